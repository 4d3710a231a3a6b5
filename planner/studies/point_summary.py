"""What a study keeps of one plan: cost with its bound, service, money by category, and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.case import Case
from models.outcome import Outcome, Status, Stop
from planner.results import Table
from planner.results.loaded_run import LoadedRun
from planner.results.table import expected
from planner.results.table_makers import further_figures
from planner.studies.significance import MODULES

_DIGITS = 12
"""Results are kept to twelve significant digits: what lies beyond is noise of the last linear program."""
_YEAR = 4
"""Characters of the calendar year that the label of a period begins with."""
_FULL = 1e-6
_PRICE_LINES = {
    ("tape_out", "design"): "tape_out",
    ("acquisition", "price"): "deal",
    ("agreement", "prepayment"): "agreement",
    ("expansion", "modules"): "expansion",
}
"""The cost lines, by category and first word, that are the price of a kind of decision."""


def summary_of(case: Case, outcome: Outcome, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Returns what a study keeps of a plan that has passed the check; money in USD million, expected over scenarios."""
    rows = list(tables["key_figures"].records())
    figures = {str(row["name"]): row["value"] for row in rows}
    return {
        "status": outcome.status.value,
        "stop": outcome.stop.value,
        "objective_musd": _rounded(outcome.objective),
        "bound_musd": _rounded(outcome.bound),
        "figures": {name: _rounded(value) for name, value in figures.items()},
        "cash": _cash(tables),
        "money": _money(tables),
        "least_served": next((row["of"] for row in rows if row["name"] == "least_share_served"), None),
        "unserved": _unserved(tables),
        "decisions": decisions_of(case, tables),
        "orders": _orders(tables),
        "vendors": _vendors(case, tables),
        "binding": _binding(tables),
        **_further(tables),
    }


def summary_of_run(loaded: LoadedRun) -> dict[str, Any]:
    """Returns what a study keeps of the plan of a run, as if a point had made it."""
    stated = loaded.manifest
    outcome = Outcome(
        Status(stated["status"]), Stop(stated["stop"]), str(stated["solver"]["name"]), str(stated["solver"]["version"]),
        objective=stated["objective_musd"], bound=stated["bound_musd"],
    )  # fmt: skip
    return summary_of(loaded.case, outcome, loaded.tables)


def _further(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Returns the units of the key figures that not every case has; nothing where there are none."""
    units = {str(row[0]): row[2] for row in further_figures(tables)}
    return {"further": units} if units else {}


def decision_names(case: Case) -> list[str]:
    """Returns the names of all strategic decisions of a case: `tape_out:NAME`, `deal:NAME`, and so on."""
    return [
        *(f"tape_out:{row.programme}" for row in case.programmes),
        *(f"deal:{row.acquisition}" for row in case.acquisitions),
        *(f"agreement:{row.agreement}" for row in case.agreements),
        *(f"expansion:{row.expansion}" for row in case.expansions),
    ]


def decisions_of(case: Case, tables: Mapping[str, Table]) -> dict[str, dict[str, Any]]:
    """Returns strategic decisions by `kind:item`, with how and when; what is not taken has `taken` false.

    Of a plan over scenarios, those of the first branch that takes them.
    """
    found: dict[str, dict[str, Any]] = {name: {"taken": False, "how": "", "when": ""} for name in decision_names(case)}
    for name, rows in _first_branch(tables["tape_outs"], "programme").items():
        found[f"tape_out:{name}"] = {"taken": True, "how": rows[0]["route"], "when": rows[0]["start"]}
    for name, rows in _first_branch(tables["acquisitions"], "acquisition").items():
        found[f"deal:{name}"] = {"taken": True, "how": "", "when": rows[0]["signed"]}
    for name, rows in _first_branch(tables["agreements"], "agreement").items():
        found[f"agreement:{name}"] = {"taken": True, "how": "", "when": rows[0]["signed"]}
    for name, rows in _first_branch(tables["expansions"], "expansion").items():
        parts = [(str(row["period"]), _number(row["modules"])) for row in rows]
        total = sum(amount for _, amount in parts)
        found[f"expansion:{name}"] = {
            "taken": total > 0,
            "how": f"{total:g}{MODULES}",
            "when": ", ".join(f"{period}: {amount:g}" for period, amount in parts),
        }
    return found


def _first_branch(decided: Table, column: str) -> dict[str, list[dict[str, Any]]]:
    """By item: the rows of the first scenario in which it has any; all of them in a plan for one future."""
    first: dict[str, str] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in decided.records():
        item, scenarios = str(row[column]), str(row.get("scenarios", "")).split(";")
        if first.setdefault(item, scenarios[0]) in scenarios:
            found.setdefault(item, []).append(row)
    return found


def _cash(tables: Mapping[str, Table]) -> dict[str, Any]:
    totals: dict[str, float] = {}
    for row in tables["costs"].records():
        category = str(row["category"])
        totals[category] = totals.get(category, 0.0) + expected(row, "discounted_musd")
    return {name: _rounded(value) for name, value in sorted(totals.items())}


def _money(tables: Mapping[str, Table]) -> dict[str, dict[str, Any]]:
    """Present cost by category and calendar year, `end` for what is left then; it adds up to the expected cost."""
    totals: dict[str, dict[str, float]] = {}
    for row in tables["costs"].records():
        own, period = totals.setdefault(str(row["category"]), {}), str(row["period"])
        year = period[:_YEAR] if period[:_YEAR].isdigit() else period
        own[year] = own.get(year, 0.0) + expected(row, "discounted_musd")
    return {name: {year: _rounded(musd) for year, musd in sorted(own.items())} for name, own in sorted(totals.items())}


def payments_of(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Returns the present USD million paid of the price of each strategic decision that is paid, by its name."""
    totals: dict[str, float] = {}
    for row in tables["costs"].records():
        lead, _, item = str(row["line"]).partition(" ")
        kind = _PRICE_LINES.get((str(row["category"]), lead))
        if kind is not None:
            name = f"{kind}:{item.partition('/')[0]}"
            totals[name] = totals.get(name, 0.0) + expected(row, "discounted_musd")
    return {name: _rounded(musd) for name, musd in sorted(totals.items())}


def _binding(tables: Mapping[str, Table]) -> list[str]:
    """What is used up, in words: `budget all_spending in 2027`."""
    full = (row for row in tables["binding"].records() if _number(row["used"]) >= _number(row["available"]) - _FULL)
    return sorted({f"{row['what']} in {row['period']}" for row in full})


def _unserved(tables: Mapping[str, Table]) -> dict[str, Any]:
    """The largest share of demand that is not served in a reported period, by workload that is asked for."""
    worst: dict[str, float] = {}
    for row in tables["service_by_workload"].records():
        least, name = row["worst_share"], str(row["workload"])
        if isinstance(least, int | float):
            worst[name] = max(worst.get(name, 0.0), 1.0 - float(least))
    return {name: _rounded(value) for name, value in sorted(worst.items())}


def _orders(tables: Mapping[str, Table]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in tables["orders"].records():
        own = found.setdefault(str(row["offer"]), {})
        period = str(row["period"])
        own[period] = _rounded(own.get(period, 0.0) + expected(row, "units"))
    return found


def _vendors(case: Case, tables: Mapping[str, Table]) -> dict[str, Any]:
    """USD million ordered from each vendor after volume discounts; a lease counts its whole term."""
    totals: dict[str, float] = {row.vendor: 0.0 for row in case.accelerators}
    for row in tables["orders"].records():
        totals[str(row["vendor"])] += expected(row, "contract_musd")
    return {name: _rounded(value) for name, value in sorted(totals.items())}


def largest_vendor(summary: Mapping[str, Any]) -> str:
    """Returns the vendor with the largest orders in USD million; the first by name of equals, none without orders."""
    vendors = {name: value for name, value in summary["vendors"].items() if value}
    return max(sorted(vendors), key=lambda name: vendors[name]) if vendors else "none"


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _rounded(value: object) -> Any:  # noqa: ANN401 (numbers to twelve digits, anything else as it is)
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
