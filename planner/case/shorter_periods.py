"""The same case in shorter periods: what its labels say stays, and what a period had is spread over its parts.

Labels and spans of a year say the same in a plan by quarter: a value holds until the next label, and a yearly budget or
limit binds the year. What is counted by period is the largest order, which is split evenly where that makes whole lots.
Nothing else is made up: what the finer plan reads between two values, or no longer rounds, is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.calendar import MONTHS_OF_KIND, Calendar, label_at, parse_label, parse_span
from models.case import Case
from models.tables.fleet_rows import Offer
from planner.case.checks_periods import rounded_lengths
from planner.case.settings import PLAN_FILE
from planner.case.workbook_form import CaseForm, FormSheet
from planner.case.workbook_plan import PlanLine
from planner.errors import CaseFaults, Fault, listed

MOST = "max_lots_per_period"
WHOLE = 1e-9


def in_shorter_periods(case: Case, form: CaseForm, period: str) -> tuple[CaseForm, tuple[str, ...]]:
    """Returns the sheets of a case in periods of a shorter kind, and sentences on what is read differently there.

    Raises:
        CaseFaults: the kind is not shorter, or something would have to be made up.
    """
    before = case.settings.calendar
    parts = _parts(before, period)
    faults = [fault for offer in case.offers for fault in _unsplit(case, offer, parts, period)]
    faults += _other_largest_orders(case, period)
    if faults:
        raise CaseFaults(faults)
    sheets = tuple(_split(sheet, parts) if sheet.name == "offers" else sheet for sheet in form.sheets)
    lines = _lines(form.settings, case, period, parts)
    settings = replace(case.settings, **{line.setting: line.value for line in lines if line.setting in _CHANGED})
    return replace(form, settings=lines, sheets=sheets), tuple(
        _changed_readings(case, settings.calendar, period, parts)
    )


_CHANGED = ("start", "period", "periods", "lookahead_periods")


def _parts(before: Calendar, period: str) -> int:
    """Returns how many of the new periods make one of the old; raises CaseFaults."""
    kinds = [kind for kind, months in MONTHS_OF_KIND.items() if months < before.months]
    if period in kinds:
        return before.months // MONTHS_OF_KIND[period]
    expected = f"is not shorter than a {before.period}, by which the case is planned"
    remedy = f"Use {', '.join(kinds)}." if kinds else "There is no shorter kind of period."
    if period not in MONTHS_OF_KIND:
        expected = "is not a kind of period"
    elif MONTHS_OF_KIND[period] > before.months:
        remedy = f"{remedy} Longer periods would need rows to be merged, which must be done by hand."
    raise CaseFaults([Fault(PLAN_FILE, expected, remedy, column="period", value=period)])


def _unsplit(case: Case, offer: Offer, parts: int, period: str) -> Iterator[Fault]:
    """Yields faults of a largest order that cannot be split into whole lots, or falls below the least order."""
    if offer.max_lots_per_period is None:
        return
    most = offer.max_lots_per_period / parts
    expected = f"is the maximum order of a {case.settings.period}, which is {most:.6g} lots for each {period}"
    remedy = f"Enter one that {parts} {period}s share evenly, or leave it blank for no limit."
    why = ""
    if offer.lot_size is not None and abs(most - round(most)) > WHOLE:
        why = "no whole number"
    elif most < offer.min_lots:
        why = f"below min_lots = {offer.min_lots:g}"
    if why:
        yield Fault("offers.csv", f"{expected}: {why} ({offer.offer})", remedy, column=MOST)


def _other_largest_orders(case: Case, period: str) -> list[Fault]:
    """Values of scenarios and inputs that set a largest order, or add to it, are of the old periods."""
    rows = [("scenario_values.csv", row.effect) for row in case.scenario_values if _is_largest(row.table, row.column)]
    rows += [("uncertain.csv", row.effect) for row in case.uncertain if _is_largest(row.table, row.column)]
    expected = f"sets or adds to {MOST}, which is another number for each {period}"
    remedy = "Write it as a factor (effect multiply), or take the rows out."
    return [Fault(file, expected, remedy, column="effect", value=how) for file, how in rows if how != "multiply"]


def _is_largest(table: str, column: str) -> bool:
    return (table, column) == ("offers", MOST)


def _split(sheet: FormSheet, parts: int) -> FormSheet:
    names = [column.name for column in sheet.columns]
    if MOST not in names:
        return sheet
    at = names.index(MOST)
    rows = []
    for row in sheet.rows:
        cells, most = list(row.cells), row.cells[at]
        if not row.is_comment and isinstance(most, int | float):
            cells[at] = most / parts
        rows.append(replace(row, cells=tuple(cells)))
    return replace(sheet, rows=tuple(rows))


def _lines(lines: tuple[PlanLine, ...], case: Case, period: str, parts: int) -> tuple[PlanLine, ...]:
    settings = case.settings
    values = {
        "start": label_at(settings.calendar.start_month, MONTHS_OF_KIND[period]),
        "period": period,
        "periods": settings.periods * parts,
        "lookahead_periods": settings.lookahead_periods * parts,
    }
    return tuple(replace(line, value=values[line.setting]) if line.setting in values else line for line in lines)


def _changed_readings(case: Case, after: Calendar, period: str, parts: int) -> Iterator[str]:
    """Yields what is read differently in the shorter periods, as sentences."""
    old, count = case.settings.period, case.settings.periods * parts
    yield (
        f"{count} {period}s from {after.labels[0]} on; values hold in every {period} from their label until the next, "
        f"and flows are discounted from the middle of each {period}."
    )
    split = [row.offer for row in case.offers if row.max_lots_per_period is not None]
    if split:
        yield f"Split evenly: the maximum order of each {old} into {parts} ({listed(split)})."
    between = _between(case)
    if between and case.settings.demand_interpolation != "step":
        way = case.settings.demand_interpolation
        yield f"Interpolated ({way}): demand of {listed(between)} takes values between its labels."
    growing = list(dict.fromkeys(row.accelerator for row in case.throughput if row.software_gain_per_year))
    growing += [row.acquisition for row in case.acquisitions if row.price_growth_per_year]
    if growing:
        yield f"Interpolated: growth of {listed(growing)} goes on within each {old}."
    ramps = list(dict.fromkeys(row.programme for row in case.ramp))
    if ramps:
        yield f"Split evenly: yearly arrivals of the ramps of {listed(ramps)} bind in each {period}."
    yield from _bound_one_by_one(case, period)
    fixed = list(dict.fromkeys(row.item for row in case.commitments if row.status != "barred" and _is_wide(row, after)))
    if fixed:
        remedy = "name one where it is known"
        yield f"Commitments of {listed(fixed)} hold for all {period}s of their label together: {remedy}."
    yield from _lengths(case, after)


def _between(case: Case) -> list[str]:
    """Workloads whose demand changes from one label to the next."""
    values: dict[str, set[float]] = {}
    for row in case.demand:
        values.setdefault(row.workload, set()).add(row.queries_per_day_million)
    return [workload for workload, found in values.items() if len(found) > 1]


def _bound_one_by_one(case: Case, period: str) -> Iterator[str]:
    """Rows of limits and budgets that lay within one old period and were added up."""
    months = case.settings.calendar.months
    rows = [(row.limit, row.span) for row in case.limits] + [(row.budget, row.span) for row in case.budgets]
    finer = dict.fromkeys(name for name, span in rows if parse_span(span)[1] - parse_span(span)[0] < months)
    if finer:
        yield f"Rows within a {case.settings.period} are no longer added up, but bind by {period}: {listed(finer)}."


def _is_wide(row: object, after: Calendar) -> bool:
    label = getattr(row, "period", "")
    return bool(label) and parse_label(label)[1] > after.months and parse_label(label)[0] >= after.start_month


def _lengths(case: Case, after: Calendar) -> Iterator[str]:
    """What leads, terms and lives count as, by column, where that is another number of months."""
    before = case.settings.calendar
    found: dict[tuple[str, str], list[str]] = {}
    pairs = zip(rounded_lengths(case, before), rounded_lengths(case, after), strict=True)
    for (table, column, name, months, old), (*_, new) in pairs:
        if old * before.months != new * after.months:
            counts = f"{months:.10g} as {new * after.months}, not {old * before.months}"
            found.setdefault((table, column), []).append(f"{name} {counts}")
    for (table, column), changes in found.items():
        yield f"Rounded less, in months ({table} {column}): {'; '.join(changes)}."
