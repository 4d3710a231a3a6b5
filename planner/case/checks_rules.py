"""Rules and futures: policies, scenarios and uncertain inputs name what exists and make sense."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import fields

from models.calendar import parse_span
from models.case import TABLES
from models.tables.column_descriptions import columns_of
from models.tables.fleet_rows import Accelerator, InputRow, Offer
from models.tables.strategy_rows import Policy, Scenario, ScenarioValue, Uncertain
from planner.case.context import Context
from planner.case.nearest_name import nearest
from planner.case.text import UnreadableError
from planner.case.typed_rows import NUMBER_TYPES, in_bounds
from planner.errors import listed

PROBABILITY_NOISE = 1e-6
SHARES = ("max_vendor_share", "min_vendor_share")
SUBJECTS: dict[str, tuple[str, ...]] = {
    "max_vendor_share": ("vendors",),
    "min_vendor_share": ("vendors",),
    "min_capability": ("", "vendors", "accelerators"),
    "max_capability": ("", "vendors", "accelerators"),
    "max_order_growth": ("", "offers"),
    "max_active_programmes": ("",),
}
FUTURES = ("backlogs", "disruptions", "roles", "scenarios", "scenario_values", "uncertain", "commitments", "policies")
DISRUPTIONS = "disruptions"
# What can be uncertain of a disruption as a whole: how deep it is (1 is as given), and how many months it is later.
OF_A_DISRUPTION = ("depth", "onset_months")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "uniform": ("p1", "p2"),
    "triangular": ("p1", "p2", "p3"),
    "normal": ("p1", "p2"),
    "lognormal": ("p1", "p2"),
    "discrete": ("p1",),
}
# What a distribution draws lies between these parameters; those of the others are no values of the column.
VALUES_OF: dict[str, tuple[str, ...]] = {
    "uniform": ("p1", "p2"),
    "triangular": ("p1", "p2", "p3"),
    "normal": ("p1",),
    "lognormal": (),
    "discrete": ("p1", "p2", "p3"),
}


def check_policies(context: Context) -> None:
    """Each policy has a subject of its kind and a value that its kind can have; lows do not exceed highs."""
    for row in context.of(Policy):
        kinds = SUBJECTS[row.kind]
        names = [context.known(kind) for kind in kinds if kind]
        if any(known is None for known in names):
            continue
        if not row.subject and "" not in kinds:
            context.fault(row, "subject", f"{row.kind} needs a vendor", "Enter a vendor of accelerators.csv.")
        elif row.subject and not names:
            context.fault(row, "subject", f"{row.kind} applies to all and has no subject", "Leave the cell blank.")
        elif row.subject and not any(row.subject in (known or {}) for known in names):
            every = [name for known in names for name in known or ()]
            what = " or ".join(kind.removesuffix("s") for kind in kinds if kind)
            close = nearest(row.subject, every)
            remedy = f"Did you mean {close}?" if close else f"Known names: {listed(every)}."
            context.fault(row, "subject", f"{row.kind} needs the name of a known {what}", remedy)
        if row.kind in SHARES and row.value > 1:
            share = f"Use {row.value / 100:.10g} for {row.value:g} %." if row.value <= 100 else "Use 1 or less."
            context.fault(row, "value", "must be a share from 0 to 1", share)
        if row.kind == "max_active_programmes" and row.value != int(row.value):
            context.fault(row, "value", "must be a whole number of programmes", f"Use {math.floor(row.value)}.")
    _check_bands(context, ("min_vendor_share", "max_vendor_share"))
    _check_bands(context, ("min_capability", "max_capability"))
    _check_least_shares(context)


def _check_bands(context: Context, kinds: tuple[str, str]) -> None:
    least, most = ([row for row in context.of(Policy) if row.kind == kind] for kind in kinds)
    for low in least:
        for high in most:
            alike = low.subject == high.subject and low.basis == high.basis and _overlap((low, high))
            if alike and low.value > high.value:
                expected = f"is above {kinds[1]} = {high.value:g} in row {context.number(high)}, of the same subject"
                context.fault(low, "value", expected, f"Use {high.value:g} or less.")


def _overlap(rows: Sequence[Policy]) -> bool:
    bounds = [parse_span(row.span) for row in rows]
    return max(first for first, _ in bounds) < min(end for _, end in bounds)


def _check_least_shares(context: Context) -> None:
    rows = [row for row in context.of(Policy) if row.kind == "min_vendor_share" and row.value <= 1]
    for row in rows:
        largest: dict[str, float] = {}
        for other in rows:
            if (
                other.basis == row.basis
                and parse_span(other.span)[0] <= parse_span(row.span)[0]
                and _overlap((row, other))
            ):
                largest[other.subject] = max(largest.get(other.subject, 0.0), other.value)
        total = math.fsum(largest.values())
        if total > 1 + PROBABILITY_NOISE:
            expected = f"the minimum shares of {listed(largest)} add up to {total:g}"
            context.fault(row, "value", expected, "Lower them until they add up to at most 1.")
            return


def check_scenarios(context: Context) -> None:
    """The probabilities of the scenarios add up to 1; warns of what is revealed after the horizon."""
    rows = context.of(Scenario)
    calendar = context.calendar
    if rows and context.is_whole("scenarios"):
        total = math.fsum(row.probability for row in rows)
        if abs(total - 1) > PROBABILITY_NOISE:
            listing = ", ".join(f"{row.probability:g}" for row in rows[:5])
            rest = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
            expected = f"the probabilities add up to {total:.6g} ({listing}{rest})"
            last = rows[-1]
            missing = last.probability + 1 - total
            remedy = "Change them until they add up to 1"
            remedy += f", for example {last.scenario} to {missing:.6g}" if 0 <= missing <= 1 else ""
            remedy += ", or add --normalise to `plan` or `scenarios`."
            context.table_fault("scenarios", expected, remedy)
    for row in rows:
        if calendar is not None and calendar.period_at(row.revealed) >= calendar.count:
            expected = f"is revealed after the horizon, which ends with {calendar.labels[-1]}"
            context.warn(row, "revealed", expected, "Use an earlier label, or delete the scenario.")


def check_changed_values(context: Context) -> None:
    """Scenario values and uncertain inputs name a number in a row of a table."""
    rows: list[ScenarioValue | Uncertain] = [*context.of(ScenarioValue), *context.of(Uncertain)]
    sound: set[tuple[str, str]] = set()
    for row in rows:
        allowed = [name for name in TABLES if name not in FUTURES or _is_drawn(row, name)]
        if row.table not in allowed:
            close = nearest(row.table, allowed)
            remedy = f"Did you mean {close}?" if close else f"The tables are {', '.join(allowed)}."
            context.fault(row, "table", "is not a table whose values can change", remedy)
            continue
        described, numeric = columns_of(TABLES[row.table]), _numeric(row.table)
        if row.table == DISRUPTIONS and row.column in OF_A_DISRUPTION:
            _check_disruption(context, row)
            continue
        if row.column not in numeric:
            known = [*numeric, *(OF_A_DISRUPTION if row.table == DISRUPTIONS else ())]
            close = nearest(row.column, known)
            remedy = f"Did you mean {close}?" if close else f"Its numeric columns are {', '.join(known)}."
            context.fault(row, "column", f"is not a numeric column of {row.table}.csv", remedy)
        elif isinstance(row, ScenarioValue) and row.effect == "set":
            whole = described[row.column].whole
            try:
                in_bounds(row.value, described[row.column], whole=whole)
            except UnreadableError as error:
                context.fault(row, "value", f"as {row.column} it {error.expected}", error.remedy)
        if row.key and (row.table, row.key) not in sound and _is_key(context, row):
            sound.add((row.table, row.key))
        if isinstance(row, ScenarioValue) and row.period and not {"period", "span"} & described.keys():
            expected = f"{row.table}.csv has no column period or span"
            context.fault(row, "period", expected, "Leave the cell blank.")


@functools.cache
def _numeric(table: str) -> list[str]:
    """Returns the columns of a table that hold numbers and are no keys."""
    kinds = {entry.name: str(entry.type) for entry in fields(TABLES[table])}
    found = columns_of(TABLES[table])
    return [name for name, facts in found.items() if kinds[name] in NUMBER_TYPES and not facts.key]


def _is_drawn(row: ScenarioValue | Uncertain, table: str) -> bool:
    """Returns whether a row may change a table of futures: how a disruption turns out can be uncertain."""
    return table == DISRUPTIONS and isinstance(row, Uncertain)


def _check_disruption(context: Context, row: ScenarioValue | Uncertain) -> None:
    """Faults of a depth or onset of what is no disruption."""
    known = context.known(DISRUPTIONS)
    if known is not None and row.key not in known:
        close = nearest(row.key, known)
        remedy = f"Did you mean {close}?" if close else f"Known names: {listed(known)}." if known else "Add it there."
        context.fault(row, "key", f"{row.column} needs the name of a disruption in disruptions.csv", remedy)


def _is_key(context: Context, row: ScenarioValue | Uncertain) -> bool:
    """Whether rows of the table have a key; what no row has is a fault."""
    columns = _named(row.table)
    wanted = [part.strip() for part in row.key.split(";")] if row.key != "*" else []
    if len(wanted) > len(columns):
        form = ";".join(columns)
        context.fault(row, "key", f"has {len(wanted)} parts, and a key of {row.table}.csv is {form}", f"Write {form}.")
        return False
    if not context.is_whole(row.table) or _matched(context, row):
        return True
    keys = [[_as_text(getattr(other, name)) for name in columns] for other in context.rows(row.table)]
    close = nearest(row.key, (";".join(key[: len(wanted)]) for key in keys))
    remedy = f"Did you mean {close}?" if close else f"Write the {';'.join(columns)} of a row."
    context.fault(row, "key", f"is not the key of a row of {row.table}.csv", remedy)
    return False


def _named(table: str) -> list[str]:
    """Returns the key columns of a table but its period labels."""
    return [name for name, column in columns_of(TABLES[table]).items() if column.key and not column.label]


def _matched(context: Context, row: ScenarioValue | Uncertain) -> list[InputRow]:
    """Returns the rows that a key names: its parts in order, `*` for any, and all rows where it is blank."""
    wanted = [part.strip() for part in row.key.split(";")] if row.key not in ("", "*") else []
    columns = _named(row.table)
    return [
        other
        for other in context.rows(row.table)
        if all(part in ("*", _as_text(getattr(other, name))) for part, name in zip(wanted, columns, strict=False))
    ]


def _as_text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def check_uncertain(context: Context) -> None:
    """Each distribution has its parameters, in an order and of a size that make sense."""
    for row in context.of(Uncertain):
        given = {name: getattr(row, name) for name in ("p1", "p2", "p3")}
        missing = [name for name in PARAMETERS[row.distribution] if given[name] is None]
        for name in missing:
            context.fault(row, name, f"{row.distribution} needs {name}", "Enter the parameter.")
        if row.low is not None and row.high is not None and row.low > row.high:
            context.fault(row, "low", f"is above high = {row.high:g}", "Swap the two.")
        _check_drawn(context, row)
        _check_one_value(context, row)
        if missing:
            continue
        if row.distribution in ("uniform", "triangular"):
            values = [given[name] for name in PARAMETERS[row.distribution]]
            if sorted(values) != values:
                names = " <= ".join(PARAMETERS[row.distribution])
                context.fault(row, "p1", f"{row.distribution} needs {names}", "Write the parameters in this order.")
        elif row.distribution in ("normal", "lognormal") and given["p2"] < 0:
            context.fault(row, "p2", "a spread cannot be negative", "Use 0 or more.")


def _check_drawn(context: Context, row: Uncertain) -> None:
    """Faults of parameters that stand for a factor or a value which the column cannot have."""
    kinds = {entry.name: str(entry.type) for entry in fields(TABLES[row.table])} if row.table in TABLES else {}
    if row.effect == "add" or kinds.get(row.column) not in NUMBER_TYPES:
        return
    facts = columns_of(TABLES[row.table])[row.column]
    for name in (*VALUES_OF[row.distribution], "low", "high"):
        value = getattr(row, name)
        if value is None:
            continue
        if row.effect == "multiply" and value < 0:
            context.fault(row, name, "a factor cannot be negative", "Use 0 or more, or the effect add.")
        elif row.effect == "set":
            try:
                in_bounds(value, facts, whole=False)
            except UnreadableError as error:
                context.fault(row, name, f"as {row.column} it {error.expected}", error.remedy)


def _check_one_value(context: Context, row: Uncertain) -> None:
    """Faults of one value that is set in several periods in which the case has different ones."""
    described = {} if row.table not in TABLES or row.table in FUTURES else columns_of(TABLES[row.table])
    label = next((name for name, facts in described.items() if facts.key and facts.label), None)
    if row.effect != "set" or label is None or row.column not in described:
        return
    first: dict[tuple[str, ...], InputRow] = {}
    for other in _matched(context, row):
        key = tuple(_as_text(getattr(other, name)) for name in _named(row.table))
        before = first.setdefault(key, other)
        if getattr(before, row.column) != getattr(other, row.column):
            expected = (
                f"sets one value in all periods, and {row.table}.csv has {context.text(before, row.column)} in "
                f"{getattr(before, label)} and {context.text(other, row.column)} in {getattr(other, label)}"
            )
            context.fault(row, "effect", expected, "Use the effect multiply, and sample a factor.")
            return


def check_capability_names(context: Context) -> None:
    """Warns of a vendor that has the name of an accelerator or offer, which a policy's subject could confuse."""
    vendors = {row.vendor for row in context.of(Accelerator)}
    subjects = {row.subject for row in context.of(Policy)}
    for machine in context.of(Accelerator):
        if machine.accelerator in vendors & subjects:
            expected = "is the name of an accelerator and of a vendor, and a policy names it"
            context.warn(machine, "accelerator", expected, "Rename one of the two.")
    for offer in context.of(Offer):
        if offer.offer in vendors & subjects:
            context.warn(offer, "offer", "is the name of an offer and of a vendor", "Rename one of the two.")
