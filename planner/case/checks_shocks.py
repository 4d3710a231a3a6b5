"""Disruptions and what they change: each hits what its target has, and what is known from a period on has its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from models.tables.disruption_rows import Delay, LeadTime, Role
from models.tables.fleet_rows import InputRow, Offer, PriceTier
from models.tables.site_rows import Site, SiteSeries
from models.tables.strategy_rows import LASTING, TARGETS_OF_FIELD, Disruption
from planner.case.context import Context, month_of

CHANGES_IN_TIME = LeadTime.theme


def check_disruptions(context: Context) -> None:
    """Each disruption hits a property that its target has, in a way that makes sense."""
    calendar = context.calendar
    check_terms(context)
    for row in context.of(Disruption):
        kinds = TARGETS_OF_FIELD[row.field]
        names = {kind: context.known(kind) for kind in kinds}
        if any(known is None for known in names.values()):
            continue
        hit = [kind for kind, known in names.items() if row.target in (known or {})]
        if not hit:
            expected = f"the field {row.field} needs {one_of(kinds, 'or')}, and {row.target} is none"
            context.fault(row, "target", expected, "Choose another target, or another field.")
        elif len(hit) > 1:
            expected = f"is the name of {one_of(hit, 'and')}"
            context.fault(row, "target", expected, "Rename one of them, so that the target is unambiguous.")
        if calendar is not None and calendar.period_at(row.start) >= calendar.count:
            expected = f"begins after the horizon, which ends with {calendar.labels[-1]}"
            context.warn(row, "start", expected, "Use an earlier label, or delete the row.")


def check_terms(context: Context) -> None:
    """The effect of each disruption can be had, whatever its target is; warns of those that have no length."""
    for row in context.of(Disruption):
        if row.effect == "multiply" and row.value < 0:
            context.fault(row, "value", "a factor cannot be negative", "Use 0 or more, or the effect add.")
        if row.field == "slip" and row.effect == "multiply":
            context.fault(row, "effect", "a slip is a number of months", "Use the effect add.")
        if row.field == "slip" and row.effect == "add" and row.value < 0:
            context.fault(row, "value", "a slip cannot be negative", "Use 0 or more months.")
        if row.field == "respin" and row.effect == "multiply":
            context.fault(row, "effect", "respins are counted", "Use the effect add; the value 0 is: none comes.")
        if row.field == "respin" and row.effect == "add" and row.value < 0:
            context.fault(row, "value", "a number of respins cannot be negative", "Use 0 or more.")
        if row.field not in LASTING and row.months == 0 and row.recovery_months == 0:
            expected = "has no duration: it neither lasts nor recovers"
            context.warn(row, "months", expected, "Enter the months that it lasts, or delete the row.")


def one_of(kinds: Sequence[str], word: str) -> str:
    """Returns table names as single things.

    >>> one_of(("offers", "vendors", "expansions"), "or")
    'an offer, a vendor or an expansion'
    """
    singles = [kind.removesuffix("s") for kind in kinds]
    parts = [f"{'an' if single[0] in 'aeo' else 'a'} {single}" for single in singles]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def check_changes_in_time(context: Context) -> None:
    """What is known from a period on begins before the horizon ends."""
    calendar = context.calendar
    if calendar is None:
        return
    for table, row_class in TABLES.items():
        labels = [name for name, facts in columns_of(row_class).items() if facts.label == "period"]
        column = labels[0] if labels and row_class.theme == CHANGES_IN_TIME else None
        for row in context.rows(table) if column is not None else ():
            if calendar.period_at(getattr(row, str(column))) >= calendar.count:
                expected = f"lies after the horizon, which ends with {calendar.labels[-1]}"
                context.fault(row, str(column), expected, "Use an earlier label, or delete the row.")


def check_delays(context: Context) -> None:
    """The item of each delay is one thing; warns of what is said of it after it has failed."""
    _check_one_thing(context, context.of(Delay), ("item", columns_of(Delay)["item"].refs))
    programmes = context.known("programmes")
    for row in context.of(Delay):
        if row.respins is not None and programmes is not None and row.item not in programmes:
            expected = f"only a programme is taped out, and {row.item} is none"
            context.fault(row, "respins", expected, "Leave it blank, or enter months.")
    series: dict[str, list[Delay]] = {}
    for row in context.of(Delay):
        series.setdefault(row.item, []).append(row)
    for name, rows in series.items():
        rows.sort(key=lambda row: month_of(row.period))
        first = next((at for at, row in enumerate(rows) if row.fails), len(rows))
        for row in rows[first + 1 :]:
            failed = rows[first]
            expected = f"{name} has failed in {failed.period} (row {context.number(failed)}), which is permanent"
            context.warn(row, "period", expected, "Delete the row.")


def check_deliveries(context: Context) -> None:
    """A lease whose volume discounts are on what is ordered is delivered in full: its rent is that of its orders."""
    tiered = {row.offer for row in context.of(PriceTier)}
    leases = {row.offer for row in context.of(Offer) if row.kind == "lease" and row.offer in tiered}
    for row in context.of(LeadTime):
        if row.delivered_share < 1 and row.offer in leases:
            expected = f"is less than 1, and {row.offer} is a lease with volume discounts, which are on what is ordered"
            context.fault(row, "delivered_share", expected, "Leave it blank, or leave out the discounts.")


def check_roles(context: Context) -> None:
    """Each role stands for one thing of the case, whatever field a disruption hits."""
    for kinds in dict.fromkeys(TARGETS_OF_FIELD.values()):
        _check_one_thing(context, context.of(Role), ("target", kinds))


def _check_one_thing(context: Context, rows: Iterable[InputRow], facts: tuple[str, tuple[str, ...]]) -> None:
    """Faults of names that several tables define; `facts` are the column and the tables."""
    column, tables = facts
    names = {table: context.known(table) or {} for table in tables}
    for row in rows:
        hit = [table for table, known in names.items() if getattr(row, column) in known]
        if len(hit) > 1:
            expected = f"is the name of {one_of(hit, 'and')}"
            context.fault(row, column, expected, f"Rename one of them, so that the {column} is unambiguous.")


def check_site_series(context: Context) -> None:
    """Warns of a share of the power of a site that has unlimited power."""
    sites = {row.site: row for row in context.of(Site)}
    for row in context.of(SiteSeries):
        site = sites.get(row.site)
        if site is not None and site.power_mw is None and row.power_mw is None and row.available_share < 1:
            expected = f"is not used: {row.site} has unlimited power"
            context.warn(row, "available_share", expected, f"Enter power_mw of {row.site}, or leave the cell blank.")
