"""Budgets, limits, carbon limits, volume discounts and order growth whose time has begun before the new case starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from models.calendar import label_at, parse_label, parse_span
from models.tables.fleet_rows import CASH_CATEGORIES, Limit, Offer
from models.tables.holding_rows import PastOrder
from models.tables.strategy_rows import Budget, CarbonLimit
from models.whatif import scenario_case
from planner.case.checks_time import stretch
from planner.replanning.begun_years import spent
from planner.replanning.run_position import NOISE, CarriedDraft, RunPosition, SourceRow


def carry_budgets(draft: CarriedDraft) -> None:
    """Says what has been spent of the budget row that holds at the start; what earlier rows left over counts there."""
    position = draft.position
    for name in dict.fromkeys(row.budget for row in draft.tables["budgets"]):
        own = sorted((row for row in draft.each(Budget, "budgets") if row.budget == name), key=_begin)
        chain: list[Budget] = []
        for row in own:
            carries = bool(chain) and chain[-1].carry_over and chain[-1].amount_musd is not None
            chain = [*chain, row] if carries else [row]
            if parse_span(row.span)[1] > position.start_month:
                break
            draft.change("budgets", [(row, None)])
        _carry_budget(draft, chain)


def _begin(row: Budget) -> int:
    return parse_span(row.span)[0]


def _carry_budget(draft: CarriedDraft, chain: list[Budget]) -> None:
    position, row = draft.position, chain[-1]
    first, end = parse_span(row.span)
    if len(chain) == 1 and first >= position.start_month:
        return
    categories = CASH_CATEGORIES if "all" in row.categories else row.categories
    used = spent(position, categories, _begin(chain[0])) + chain[0].spent_before_musd
    before = used - sum(one.amount_musd or 0.0 for one in chain[:-1])
    span = stretch(max(first, position.start_month), end)
    amount, gone = _divided(position, "budgets", row, row.amount_musd) if first < position.start_month else _WHOLE
    before -= gone
    new = replace(row, span=span, spent_before_musd=before if abs(before) > NOISE else 0.0)
    new = new if amount is None else replace(new, amount_musd=amount)
    draft.change("budgets", [(row, new)])
    what = "spent before the start, less what was carried over"
    source = f"run {position.run.name}: costs, {row.budget} {chain[0].span}"
    draft.note("budgets", new, what, before, "USD million", source)


def carry_limits(draft: CarriedDraft) -> None:
    """Says what has been used of the limits whose span has begun, less what was added to them."""
    position = draft.position
    use = {(row.limit, row.offer): row.use_per_unit for row in position.case.limit_use}
    for row in draft.each(Limit, "limits"):
        first, end = parse_span(row.span)
        if end <= position.start_month:
            draft.change("limits", [(row, None)])
        elif first < position.start_month:
            came = [
                one
                for one in position.rows("arrivals")
                if first <= parse_label(one["period"])[0] < position.start_month and (row.limit, one["offer"]) in use
            ]
            used = sum(float(one["units"]) * use[row.limit, one["offer"]] for one in came)
            amount, gone = _divided(position, "limits", row, row.amount)
            used += row.used_before - _added(position, row.limit, first) - gone
            new = replace(row, span=stretch(position.start_month, end), used_before=used)
            new = new if amount is None else replace(new, amount=amount)
            draft.change("limits", [(row, new)])
            draft.note("limits", new, "used before the start", used, row.unit, draft.cited(came))


_WHOLE = None, 0.0
_AMOUNTS = {"limits": ("supply", "amount"), "budgets": ("amount", "amount_musd")}


def _divided(
    position: RunPosition, table: str, row: Limit | Budget, amount: float | None
) -> tuple[float | None, float]:
    """The part of an amount that is of the rest of its span, and what there was before; none and 0 to leave it whole.

    A disruption that some of the futures have spreads an amount evenly over its span: it must find the same parts.
    """
    field, column = _AMOUNTS[table]
    case = position.run.case
    if amount is None or len(position.futures) < 2 or all(one.field != field for one in case.disruptions):
        return _WHOLE
    (first, end), start = parse_span(row.span), position.start_month
    rest = amount * (end - start) / (end - first)
    parts: list[dict[str, Any]] = [
        {"span": stretch(first, start), column: amount - rest},
        {"span": stretch(start, end), column: rest},
    ]
    past, ahead = (replace(row, **part) for part in parts)
    rows = [each for one in getattr(case, table) for each in ((past, ahead) if one == row else (one,))]
    divided: dict[str, Any] = {table: tuple(rows)}
    then = scenario_case(replace(case, **divided), position.branch).case
    name = row.limit if isinstance(row, Limit) else row.budget
    was = [one for one in getattr(then, table) if name in (getattr(one, "limit", ""), getattr(one, "budget", ""))]
    return rest, float(next(getattr(one, column) for one in was if one.span == past.span))


def _added(position: RunPosition, limit: str, first: int) -> float:
    """What agreements and companies have added to a limit from a month until the start."""
    found = 0.0
    for row in position.case.added_supply:
        if row.limit == limit:
            for begin, end in _open(position, row.gate):
                for period in range(max(0, begin, position.calendar.period_of_month(first)), position.passed):
                    found += row.amount_per_year * position.calendar.delta * (period < end)
    return found


def _open(position: RunPosition, gate: str) -> Iterable[tuple[int, int]]:
    """When a gate is open: its first period, and the first after its last."""
    for row in position.rows("agreements"):
        if row["agreement"] == gate:
            yield position.at(row["live_from"]), position.at(row["live_to"]) + 1
    for row in position.rows("acquisitions"):
        if row["acquisition"] == gate and row["owned"]:
            yield position.at(row["owned"]), position.calendar.count


def carry_carbon_limits(draft: CarriedDraft) -> None:
    """Says what has been emitted in the spans that have begun."""
    position = draft.position
    for row in draft.each(CarbonLimit, "carbon_limits"):
        first, end = parse_span(row.span)
        if end <= position.start_month:
            draft.change("carbon_limits", [(row, None)])
        elif first < position.start_month:
            rows = [
                one for one in position.rows("carbon") if first <= parse_label(one["period"])[0] < position.start_month
            ]
            tonnes = sum(float(one["tonnes"]) for one in rows) + row.emitted_before_tonnes
            new = replace(row, span=stretch(position.start_month, end), emitted_before_tonnes=tonnes)
            draft.change("carbon_limits", [(row, new)])
            draft.note("carbon_limits", new, "emitted before the start", tonnes, "t CO2e", draft.cited(rows))


def carry_past_orders(draft: CarriedDraft) -> None:
    """Says what was ordered before the start, where volume discounts or order growth count it."""
    position, calendar = draft.position, draft.position.calendar
    before: list[PastOrder] = list(draft.tables["past_orders"])
    draft.tables["past_orders"] = []
    for offer in position.case.offers:
        spans = _begun_tiers(position, offer.offer)
        years = _years_of_growth(position, offer)
        for row in before:
            month = parse_label(row.period)[0]
            if row.offer == offer.offer and (month // 12 in years or any(a <= month < b for a, b in spans)):
                draft.tables["past_orders"].append(row)
        ordered: dict[str, list[SourceRow]] = {}
        for one in position.rows("orders"):
            if one["offer"] == offer.offer:
                ordered.setdefault(one["period"], []).append(one)
        for period in range(position.passed):
            month, label = calendar.start_month + period * calendar.months, calendar.label_of(period)
            rows = ordered.get(label, [])
            units = sum(float(one["units"]) for one in rows)
            if month // 12 in years or (units > NOISE and any(a <= month < b for a, b in spans)):
                made = PastOrder(offer=offer.offer, period=label, units=units)
                draft.put("past_orders", made, "ordered", units, "units", rows)


def _begun_tiers(position: RunPosition, offer: str) -> list[tuple[int, int]]:
    """The spans of volume discounts of an offer that have begun, as months."""
    spans = [parse_span(row.span) for row in position.case.price_tiers if row.offer == offer]
    return [(first, end) for first, end in spans if first < position.start_month < end]


def _years_of_growth(position: RunPosition, offer: Offer) -> set[int]:
    """The calendar years before the start, or begun by then, whose orders a maximum order growth counts."""
    calendar, year = position.calendar, position.new_calendar.year_of(0)
    grows = [
        row
        for row in position.case.policies
        if row.kind == "max_order_growth" and row.subject in ("", offer.offer)
        and parse_span(row.span)[1] > position.start_month
    ]  # fmt: skip
    first = 0 if offer.first_order is None else position.at(offer.first_order)
    last = (
        calendar.count if offer.last_order is None else calendar.period_of_month(sum(parse_label(offer.last_order)) - 1)
    )
    # Of a year in which it could not be ordered nothing can grow; one in which it could counts as a whole.
    opened = {calendar.year_of(t) for t in range(max(first, 0), min(last + 1, calendar.count))}
    opened |= {parse_label(row.period)[0] // 12 for row in position.case.past_orders if row.offer == offer.offer}
    return opened & {year - 1, year} if grows else set()


def cut_spans(draft: CarriedDraft) -> None:
    """Takes out policies and volume discounts that are over."""
    for table in ("policies", "price_tiers"):
        draft.tables[table] = [
            row for row in draft.tables[table] if parse_span(row.span)[1] > draft.position.start_month
        ]


__all__ = [
    "carry_budgets",
    "carry_carbon_limits",
    "carry_limits",
    "carry_past_orders",
    "cut_spans",
    "label_at",
]
