"""Changes of inputs in words with values, such as "raise the budget compute of 2028 from 900 to 1,020 USD million"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.case import Case
from models.whatif.changeable_inputs import REMOVED, SIZE_UNITS, RepairKind
from planner.documents.number_text import input_cell

KIND_TEXTS: Mapping[str, str] = {
    "money": "money: budgets",
    "time": "time: delivery, tape-out, closing and order windows",
    "service": "service: minimum service levels",
    "supply": "supply: limits, order sizes, ramps and vendor shares",
    "power": "power: site power and modules",
    "rules": "rules: other policies, carbon limits, fixed and barred decisions",
}
"""What each kind of a repair changes."""
_SHARES = ("max_vendor_share", "min_vendor_share")
_MONTHS = {
    ("offers", "lead_time_months"): "deliver {name} {after} months after the order instead of {before}",
    ("routes", "design_months"): "finish the design of {name} in {after} months instead of {before}",
    ("routes", "tape_out_to_volume_months"): "bring {name} from tape-out to volume in {after} months instead of "
    "{before}",
    ("acquisitions", "months_to_close"): "close {name} {after} months after signing instead of {before}",
    ("acquisitions", "months_to_integrate"): "integrate {name} in {after} months instead of {before}",
    ("agreements", "lag_months"): "put the agreement {name} into effect {after} months after signing instead of "
    "{before}",
    ("expansions", "lead_time_months"): "energise {name} {after} months after the order instead of {before}",
}
_AT_ONCE = {
    ("offers", "lead_time_months"): "deliver {name} at once instead of {before} months after the order",
    ("acquisitions", "months_to_close"): "close {name} at once instead of {before} months after signing",
    ("acquisitions", "months_to_integrate"): "integrate {name} at once instead of in {before} months",
    ("agreements", "lag_months"): "put the agreement {name} into effect at once instead of {before} months after "
    "signing",
    ("expansions", "lead_time_months"): "energise {name} at once instead of {before} months after the order",
}
_AMOUNTS = {
    ("budgets", "amount_musd"): ("the budget {name} of {row.span}", "USD million"),
    ("workloads", "min_service"): ("the minimum service of {name}", "%"),
    ("limits", "amount"): ("the limit {name} of {row.span}", "{row.unit}"),
    ("offers", "max_lots_per_period"): ("the maximum order of {name}", "{lots} a period"),
    ("offers", "min_lots"): ("the minimum order of {name}", "{lots}"),
    ("offers", "lot_size"): ("the lot size of {name}", "units"),
    ("ramp", "max_units_per_year"): (
        "the ramp of {name}, {row.months_since_ready:g} months after it is ready,",
        "units a year",
    ),
    ("sites", "power_mw"): ("the power at {name}", "MW"),
    ("site_series", "power_mw"): ("the power at {name} from {row.period} on", "MW"),
    ("expansions", "max_modules"): ("the maximum number of modules of {name}", "modules"),
    ("carbon_limits", "tonnes"): ("the carbon limit of {row.span}", "t CO2e"),
}
"""By table and column: what an amount is called, and its unit."""
_VERBS = {"order": "order", "start": "start", "signing": "sign"}


def change_text(case: Case, change: Mapping[str, Any]) -> str:
    """Returns one change in words with its values, as an instruction."""
    table, column = str(change["table"]), str(change["column"])
    row = getattr(case, table)[int(change["row"])]
    name = _name(table, row)
    before, after = change["before"], change["after"]
    if (table, column) in _MONTHS:
        what = _MONTHS[table, column] if after or (table, column) not in _AT_ONCE else _AT_ONCE[table, column]
        return what.format(name=name, before=input_cell(before), after=input_cell(after))
    if column.startswith(("first_", "last_")):
        end, _, what = column.partition("_")
        when = f"from {after} on" if end == "first" else f"until {after}"
        return f"{_VERBS[what]} {name} {when} instead of {before}"
    if table == "commitments":
        what = f"{row.kind} of {row.item}" + (f" in {row.period}" if row.period else "")
        return f"allow the barred {what}" if before == "barred" else f"release the fixed {what}"
    if after == REMOVED:
        return f"lift the policy {row.policy} ({row.kind}) of {row.span}, as no value is sufficient"
    verb = "raise" if float(after) > float(before) else "lower"
    what, unit = _amount(table, column, row, name)
    if unit == "%":
        return f"{verb} {what} from {_share(before)} to {_share(after)} %"
    return f"{verb} {what} from {input_cell(before)} to {input_cell(after)}" + (f" {unit}" if unit else "")


def changes_text(case: Case, changes: Sequence[Mapping[str, Any]]) -> str:
    """Returns a repair as one sentence without a full stop, its first letter a capital."""
    parts = [change_text(case, change) for change in changes]
    joined = parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; and {parts[-1]}"
    return joined[:1].upper() + joined[1:]


def value_text(case: Case, change: Mapping[str, Any], name: str) -> str:
    """Returns one value of a change (`before`, `after`, `smaller`) as people read it, with its unit."""
    value = change[name]
    if not isinstance(value, int | float):
        return "row removed" if value == REMOVED else str(value)
    table, column = str(change["table"]), str(change["column"])
    row = getattr(case, table)[int(change["row"])]
    unit = "months" if (table, column) in _MONTHS else _amount(table, column, row, "")[1]
    text = _share(value) if unit == "%" else input_cell(value)
    return f"{text} {unit}".strip()


def size_text(kinds: Sequence[str], size: float) -> str:
    """Returns the size of a repair in the measure of its kind, in a few words."""
    if len(kinds) > 1:
        return f"{size:,.4g} % of budgets, power and limits together"
    return f"{size:,.6g} {SIZE_UNITS[RepairKind(kinds[0])]}"


def _amount(table: str, column: str, row: Any, name: str) -> tuple[str, str]:  # noqa: ANN401  a row of any table
    """What an amount is called, and its unit."""
    if table == "scenario_values":
        of = f"{row.column} of {row.table} {row.key}" + (f" from {row.period} on" if row.period else "")
        units = {"budgets": "USD million", "workloads": "%", "sites": "MW"}
        return f"{of} in the scenario {row.scenario}", units.get(row.table, "")
    if table == "policies":
        share = "maximum" if row.kind.startswith("max") else "minimum"
        if row.kind in _SHARES:
            return f"the {share} share of {row.subject} (policy {row.policy}, {row.span})", "%"
        what = {
            "min_capability": "the minimum capability",
            "max_capability": "the maximum capability",
            "max_order_growth": "the maximum growth of orders",
            "max_active_programmes": "the number of programmes at a time",
        }[row.kind]
        subject = f" of {row.subject}" if row.subject else ""
        return f"{what}{subject} (policy {row.policy}, {row.span})", "%" if row.kind == "max_order_growth" else ""
    what, unit = _AMOUNTS[table, column]
    lots = "lots" if getattr(row, "lot_size", None) is not None else "units"
    return what.format(name=name, row=row), unit.format(lots=lots, row=row)


def _name(table: str, row: Any) -> str:  # noqa: ANN401  a row of any table
    if table == "routes":
        return f"{row.programme} ({row.route})"
    fields = {
        "budgets": "budget", "workloads": "workload", "limits": "limit", "offers": "offer", "ramp": "programme",
        "sites": "site", "site_series": "site", "expansions": "expansion", "acquisitions": "acquisition",
        "agreements": "agreement", "policies": "policy",
    }  # fmt: skip
    return str(getattr(row, fields[table])) if table in fields else ""


def _share(value: float) -> str:
    """A share in per cent with the digits that it has.

    >>> _share(0.95), _share(0.8466), _share(1.0)
    ('95', '84.66', '100')
    """
    return f"{100 * value:.8g}"
