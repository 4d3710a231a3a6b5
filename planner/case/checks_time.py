"""Time: series that cover the horizon, spans that fit it, and windows that are not empty."""

from __future__ import annotations

from itertools import pairwise

from models.calendar import Calendar, label_at, parse_span
from models.case import TABLES
from models.tables.column_descriptions import columns_of, name_column
from models.tables.fleet_rows import Demand, InputRow, Offer, PriceTier, Workload
from models.tables.strategy_rows import Budget, Commitment
from planner.case.context import Context, is_reversed, last_period, month_of
from planner.case.typed_rows import as_meant

LARGEST_STEP = 100.0


def windows() -> list[tuple[type[InputRow], str, str]]:
    """Returns the row classes of what can be decided in a window, with the columns of its first and last label."""
    return [
        (row_class, first, last)
        for row_class in TABLES.values()
        for first in columns_of(row_class)
        if first.startswith("first_") and (last := first.replace("first_", "last_", 1)) in columns_of(row_class)
    ]


def check_demand(context: Context) -> None:
    """Each workload has demand from the start of the plan on."""
    calendar = context.calendar
    if calendar is None:
        return
    points: dict[str, list[Demand]] = {}
    for row in context.of(Demand):
        points.setdefault(row.workload, []).append(row)
    for rows in points.values():
        rows.sort(key=lambda row: month_of(row.period))
        _check_geometric(context, rows)
        check_steps(context, [(row, "queries_per_day_million", row.queries_per_day_million) for row in rows])
    if not context.is_whole("demand"):
        return
    for workload in context.of(Workload):
        found = points.get(workload.workload)
        if not found:
            remedy = f"Add a row for {workload.workload} at {calendar.labels[0]} to demand.csv."
            context.fault(workload, "workload", "has no demand", remedy)
        elif month_of(found[0].period) > calendar.start_month:
            expected = f"is the first demand of {workload.workload}, and the plan starts in {calendar.labels[0]}"
            context.fault(found[0], "period", expected, f"Add a row for {calendar.labels[0]}; it may be 0.")


def _check_geometric(context: Context, rows: list[Demand]) -> None:
    """Geometric interpolation has no way from or to a demand of 0."""
    if context.settings is None or context.settings.demand_interpolation != "geometric":
        return
    for row in rows:
        if row.queries_per_day_million == 0 and len(rows) > 1:
            expected = "demand_interpolation = geometric cannot pass through 0"
            remedy = "Use a small number, or step or linear in plan.toml."
            context.fault(row, "queries_per_day_million", expected, remedy)


def check_steps(context: Context, series: list[tuple[InputRow, str, float]]) -> None:
    """Warns where a series jumps by more than a factor of a hundred."""
    for (_, _, before), (row, column, after) in pairwise(series):
        if before > 0 and after > 0 and not 1 / LARGEST_STEP <= after / before <= LARGEST_STEP:
            expected = f"is {after / before:,.4g} times the preceding value ({before:,.10g})"
            context.warn(row, column, expected, _step_remedy(before, after))


def _step_remedy(before: float, after: float) -> str:
    """Returns which value another unit would mean, where one brings it near the value before it."""
    near = [after * factor for factor in (1e-3, 1e3, 1e-6, 1e6) if 0.1 <= after * factor / before <= 10]
    return f"Check the unit of the two: is {as_meant(near[0])} meant?" if near else "Check the unit of the two."


def check_windows(context: Context) -> None:
    """No window ends before it begins."""
    calendar = context.calendar
    if calendar is None:
        return
    for row_class, first, last in windows():
        for row in context.of(row_class):
            low, high = getattr(row, first), getattr(row, last)
            if is_reversed(calendar, low, high):
                expected = f"ends the window before {first} = {low} begins it"
                context.fault(row, last, expected, "Swap the two, or leave one blank.")


def check_covering_spans(context: Context) -> None:
    """Rows of one name cover the horizon once where their table says so, and what is said of the name is the same."""
    if context.calendar is None:
        return
    for table, row_class in TABLES.items():
        described = columns_of(row_class)
        column = next((name for name, facts in described.items() if facts.covers), None)
        if column is None:
            continue
        names = [name for name, facts in described.items() if facts.key and name != column]
        found: dict[tuple[str, ...], list[InputRow]] = {}
        for row in context.rows(table):
            found.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
        for key, rows in found.items():
            kind = names[0] if names else table.removesuffix("s").replace("_", " ")
            _check_cover(context, (kind, " ".join((kind, *key)), column), rows, whole=context.is_whole(table))
            for name, facts in described.items():
                if facts.constant:
                    _check_constant(context, rows, name)


def check_budget_categories(context: Context) -> None:
    """Each budget counts all categories, or some."""
    for budget in context.of(Budget):
        if "all" in budget.categories and len(budget.categories) > 1:
            expected = "names all and single categories beside it"
            context.fault(budget, "categories", expected, "Write all alone, or the categories alone.")


def _check_constant(context: Context, rows: list[InputRow], column: str) -> None:
    first = rows[0]
    for row in rows[1:]:
        mine, other = getattr(row, column), getattr(first, column)
        if isinstance(mine, tuple):
            mine, other = set(mine), set(other)
        if mine != other:
            expected = f"differs from {context.text(first, column) or '(blank)'} in row {context.number(first)}"
            context.fault(row, column, expected, "Use the same value in all rows of the name, or two names.")


def _check_cover(context: Context, what: tuple[str, str, str], rows: list[InputRow], *, whole: bool) -> None:
    """Faults of spans that overlap, cut a period, leave the horizon, or leave a gap in it.

    `what` is the kind of thing that the rows are of, what it is called, and the column of its spans.
    """
    calendar = context.calendar
    assert calendar is not None
    kind, called, column = what
    placed = sorted(((*parse_span(getattr(row, column)), row) for row in rows), key=lambda entry: entry[:2])
    fits = [_fits(context, calendar, row, column, bounds=(first, end)) for first, end, row in placed]
    reached = calendar.start_month
    before: InputRow | None = None
    sound = whole and all(fits)
    for first, end, row in placed:
        if before is not None and first < reached:
            expected = f"overlaps {getattr(before, column)} in row {context.number(before)}, of the same {kind}"
            context.fault(row, column, expected, "Let each span begin where the one before it ends.")
            sound = False
        elif sound and first > reached:
            _gap(context, called, row, (column, reached, first))
        reached, before = max(reached, end), row
    if sound and before is not None and reached < calendar.end_month:
        _gap(context, called, before, (column, reached, calendar.end_month))


def _gap(context: Context, what: str, row: InputRow, place: tuple[str, int, int]) -> None:
    column, first, end = place
    expected = f"{what} has no row for {stretch(first, end)}"
    remedy = f"Add a row with the span {stretch(first, end)}; a blank amount means no limit."
    context.fault(row, column, expected, remedy)


def stretch(first: int, end: int) -> str:
    """Returns the shortest label or range of labels from a month to before another, from the year 0.

    >>> stretch(24324, 24336), stretch(24324, 24330), stretch(24325, 24330)
    ('2027', '2027H1', '2027-02..2027-06')
    """
    for months in (12, 6, 3, 1):
        if first % months == 0 and end % months == 0:
            low, high = label_at(first, months), label_at(end - months, months)
            return low if low == high else f"{low}..{high}"
    return ""


def _fits(context: Context, calendar: Calendar, row: InputRow, column: str, *, bounds: tuple[int, int]) -> bool:
    """Returns whether a span lies in the horizon and cuts no period; logs the fault where not."""
    first, end = bounds
    horizon = stretch(calendar.start_month, calendar.end_month)
    if end <= calendar.start_month or first >= calendar.end_month:
        remedy = f"Delete the row, or use a span inside {horizon}."
        context.fault(row, column, f"lies outside the horizon {horizon}", remedy)
        return False
    if first < calendar.start_month or end > calendar.end_month:
        inside = stretch(max(first, calendar.start_month), min(end, calendar.end_month))
        remedy = f"Use {inside} and the amount for that part."
        context.fault(row, column, f"reaches beyond the horizon {horizon}", remedy)
        return False
    return not _cuts(context, calendar, row, column, bounds=bounds)


def _cuts(context: Context, calendar: Calendar, row: InputRow, column: str, *, bounds: tuple[int, int]) -> bool:
    """Returns whether a span takes a part of a period together with another; logs the fault."""
    first, end = bounds
    low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
    begin = calendar.start_month + low * calendar.months
    close = calendar.start_month + (high + 1) * calendar.months
    if low == high or (begin == first and close == end):
        return False
    expected = f"splits a {calendar.period} of the plan"
    context.fault(row, column, expected, f"Use {stretch(begin, close)}, or split the row where the periods begin.")
    return True


def check_other_spans(context: Context) -> None:
    """Spans of policies and price tiers touch the horizon and cut no period; tiers of an offer do not overlap."""
    calendar = context.calendar
    if calendar is None:
        return
    for table, row_class in TABLES.items():
        for column, facts in columns_of(row_class).items():
            if facts.label == "span" and not facts.covers:
                for row in context.rows(table):
                    _check_touches(context, calendar, row, column)
    offers: dict[str, dict[str, PriceTier]] = {}
    for tier in context.of(PriceTier):
        offers.setdefault(tier.offer, {}).setdefault(tier.span, tier)
    for tiers in offers.values():
        placed = sorted(tiers.values(), key=lambda tier: parse_span(tier.span))
        for before, tier in pairwise(placed):
            if parse_span(tier.span)[0] < parse_span(before.span)[1]:
                expected = f"overlaps {before.span} in row {context.number(before)}, of the same offer"
                context.fault(tier, "span", expected, "Let each span begin where the one before it ends.")


def _check_touches(context: Context, calendar: Calendar, row: InputRow, column: str) -> None:
    """Faults of a span that lies outside the horizon or cuts a period."""
    horizon = stretch(calendar.start_month, calendar.end_month)
    first, end = parse_span(getattr(row, column))
    if end <= calendar.start_month or first >= calendar.end_month:
        remedy = f"Delete the row, or use a span inside {horizon}."
        context.fault(row, column, f"lies outside the horizon {horizon}", remedy)
        return
    months = calendar.months
    if (first - calendar.start_month) % months or (end - calendar.start_month) % months:
        low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
        whole = stretch(calendar.start_month + low * months, calendar.start_month + (high + 1) * months)
        context.fault(row, column, f"splits a {calendar.period} of the plan", f"Use {whole}.")


def check_window_reach(context: Context) -> None:
    """Warns of windows that lie wholly before or after the horizon, where nothing can be decided."""
    calendar = context.calendar
    if calendar is None:
        return
    taken = {row.item for row in context.of(Commitment) if row.status == "done"}
    for row_class, first, last in windows():
        for row in context.of(row_class) if row_class is not Offer else ():
            if taken.intersection(_names_of(row)):
                continue
            low, high = getattr(row, first), getattr(row, last)
            if low is not None and calendar.period_at(low) >= calendar.count:
                expected = f"begins after the horizon, which ends with {calendar.labels[-1]}"
                context.warn(row, first, expected, "Use an earlier label, or delete the row.")
            elif high is not None and last_period(calendar, high) < 0:
                expected = f"ends before the plan starts in {calendar.labels[0]}"
                context.warn(row, last, expected, "Use a later label, or delete the row.")


def _names_of(row: InputRow) -> list[str]:
    """Returns the names by which a commitment may mean what is decided."""
    refs = columns_of(Commitment)["item"].refs
    return [getattr(row, name) for table in refs if hasattr(row, name := str(name_column(TABLES[table])))]
