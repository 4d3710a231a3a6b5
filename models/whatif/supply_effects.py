"""Disruptions of supply and budgets: what there is in a span, and what is left of it for some of its users.

Supply that is lost is taken per period: the amount of a row is spread evenly over its span, times the factor of each
period, and added up again. A disruption of an offer, accelerator or vendor lowers the limits that only its offers use;
of a limit that others use too, its offers get a limit of their own beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.calendar import MONTHS_OF_YEAR, Calendar, parse_span
from models.case import Case
from models.program import Floats
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Limit, LimitUse, Offer
from models.tables.strategy_rows import Budget
from models.whatif.effects import ChangedInput, Draft, Effect, addends, causes, factors, offers_of, value_of
from models.whatif.shock import calendar_of, clean

LONGEST_NAME = 60
GONE = 1e-12


@dataclass(eq=False)
class _EffectsByLimit:
    """Which effects act on which limits."""

    direct: dict[str, list[Effect]] = field(default_factory=dict)
    """By limit, for all its users."""
    shared: dict[tuple[str, str], list[Effect]] = field(default_factory=dict)
    """By limit and target, for the offers of the target."""
    single: dict[str, list[Effect]] = field(default_factory=dict)
    """By offer."""


def disrupt_supply(draft: Draft) -> None:
    """Rewrites limits, and adds those that hold for a part of the offers."""
    plan, users = _planned(draft), _users(draft.case)
    for limit in sorted(plan.direct):
        _lower_limit(draft, limit, plan.direct[limit], users.get(limit, []))
    # Amounts with the effects on the limits themselves: what acts on a part acts on what is left.
    amounts = {
        limit: amount_by_period(draft, limit) for limit in dict.fromkeys(row.limit for row in draft.rows("limits"))
    }
    for (limit, target), effects in sorted(plan.shared.items()):
        _add_shared(draft, limit, target, effects, amounts[limit])
    offers = {row.offer: row for row in draft.case.offers}
    bound = {name: _bound(offers[name], amounts, users) for name in plan.single}
    for name in sorted(plan.single):
        _add_single(draft, offers[name], plan.single[name], bound[name])


def _planned(draft: Draft) -> _EffectsByLimit:
    plan, users = _EffectsByLimit(), _users(draft.case)
    for target, effects in draft.of("supply"):
        kind = effects[0].kind
        if kind == "limits":
            plan.direct.setdefault(target, []).extend(effects)
            continue
        concerned = offers_of(draft.case, kind, target)
        if not concerned:
            draft.sentences.append(f"{causes(effects)}: no offer sells {target}, so its supply changes nothing.")
        for limit, names in users.items():
            if set(names) <= set(concerned):
                plan.direct.setdefault(limit, []).extend(effects)
            elif set(names) & set(concerned):
                plan.shared.setdefault((limit, target), []).extend(effects)
        for name in concerned:
            plan.single.setdefault(name, []).extend(effects)
    for found in (plan.direct, plan.shared, plan.single):
        for listed in found.values():
            listed.sort(key=lambda effect: effect.order)
    return plan


def _users(case: Case) -> dict[str, list[str]]:
    """Returns the offers that take something of each limit."""
    found: dict[str, list[str]] = {}
    for row in case.limit_use:
        if row.use_per_unit > 0:
            found.setdefault(row.limit, []).append(row.offer)
    return found


def _pieces(calendar: Calendar, span: str) -> Iterator[tuple[int, int]]:
    """Yields the periods of the horizon that a span touches, each with its months in the span."""
    first, end = parse_span(span)
    low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
    for period in range(max(0, low), min(calendar.count - 1, high) + 1):
        start = calendar.start_month + period * calendar.months
        yield period, min(end, start + calendar.months) - max(first, start)


def _months(span: str) -> int:
    first, end = parse_span(span)
    return end - first


def amount_by_period(draft: Draft, limit: str) -> Floats:
    """Returns what there is of a limit in each period, its rows spread evenly; infinite where it has no amount."""
    found = np.zeros(draft.count)
    covered = np.zeros(draft.count, dtype=bool)
    for row in draft.rows("limits"):
        if row.limit == limit:
            for period, months in _pieces(draft.calendar, row.span):
                share = months / _months(row.span)
                found[period] += math.inf if row.amount is None else row.amount * share
                covered[period] = True
    return np.where(covered, found, math.inf)


def with_late_orders(case: Case, changed: Case) -> Case:
    """Returns a changed case in which orders may arrive late once a limit of supply that they use is lower than before.

    What was ordered when more was to be had need not all be delivered in time, as in a disruption of supply. A case
    in which no limit is lower is returned as it is.
    """
    calendar, before = calendar_of(case.settings), {(row.limit, row.span): row for row in case.limits}
    since: dict[str, int] = {}
    for row in changed.limits:
        known = before.get((row.limit, row.span), row)
        if row.amount is not None and (known.amount is None or row.amount < known.amount):
            period = max(0, calendar.period_of_month(parse_span(row.span)[0]))
            since[row.limit] = min(since.get(row.limit, period), period)
    late: dict[str, int] = {}
    for limit, offers in _users(changed).items():
        for offer in offers if limit in since else ():
            late[offer] = min(late.get(offer, since[limit]), since[limit])
    known_since = {(row.offer, max(0, calendar.period_at(row.since))) for row in changed.backlogs}
    rows = [
        Backlog(offer=offer, since=calendar.label_of(period), note="a limit of supply is lower")
        for offer, period in sorted(late.items())
        if period < calendar.count and (offer, period) not in known_since
    ]
    return replace(changed, backlogs=(*changed.backlogs, *rows)) if rows else changed


def spread(calendar: Calendar, span: str, amount: float, changed: tuple[Floats, Floats]) -> float:
    """Returns the amount of a span, spread evenly, changed in each period by its factor and addend, and added up.

    `changed` holds factors and addends by period; an addend is a year's. No period falls below 0.
    """
    factor, addend = changed
    whole = _months(span)
    parts = list(_pieces(calendar, span))
    outside = amount * (whole - sum(months for _, months in parts)) / whole
    inside = (
        max(0.0, amount * months / whole * factor[p] + addend[p] * months / MONTHS_OF_YEAR) for p, months in parts
    )
    return clean(math.fsum((outside, *inside)))


def _rewritten(
    draft: Draft, rows: Sequence[Limit | Budget], column: str, effects: list[Effect]
) -> Iterator[tuple[int, float | None, list[int]]]:
    """Yields the rows of a limit or budget that are hit: position, new amount (None: blank), the periods hit."""
    changed = factors(effects, draft.count), addends(effects, draft.count)
    is_hit = (changed[0] != 1.0) | (changed[1] != 0.0)
    for at, row in enumerate(rows):
        hit = [period for period, _ in _pieces(draft.calendar, row.span) if is_hit[period]]
        if hit:
            amount = getattr(row, column)
            yield at, None if amount is None else spread(draft.calendar, row.span, amount, changed), hit


def _lower(draft: Draft, item: str, effects: list[Effect], place: tuple[str, str, str]) -> list[tuple[int, bool]]:
    """Rewrites the rows of a limit or budget; returns the periods hit, and whether there is less in the row."""
    table, name, column = place
    rows = [row for row in draft.rows(table) if getattr(row, name) == item]
    found: list[tuple[int, bool]] = []
    cause, is_blank = causes(effects), False
    for at, amount, hit in _rewritten(draft, rows, column, effects):
        before = getattr(rows[at], column)
        if amount is None:
            is_blank = True
        elif amount != before:
            draft.note(ChangedInput(table, item, column, rows[at].span, before, amount, cause), hit[0])
            rows[at] = replace(rows[at], **{column: amount})
            found += [(period, amount < before) for period in hit]
    if found:
        draft.replace_item(table, name, item, rows)
    if is_blank:
        draft.sentences.append(f"{cause}: {item} has no amount where it is hit, and stays without.")
    return found


def _lower_limit(draft: Draft, limit: str, effects: list[Effect], users: list[str]) -> None:
    found = _lower(draft, limit, effects, ("limits", "limit", "amount"))
    less = [period for period, is_less in found if is_less]
    if less:
        for offer in users:
            draft.delay_arrivals(offer, min(less), effects)


def disrupt_budgets(draft: Draft) -> None:
    """Rewrites the amounts of budgets."""
    for budget, effects in draft.of("amount"):
        _lower(draft, budget, effects, ("budgets", "budget", "amount_musd"))


def _add_shared(draft: Draft, limit: str, target: str, effects: list[Effect], amount: Floats) -> None:
    """Adds a limit for the offers of a target, which share one with others."""
    concerned = set(offers_of(draft.case, effects[0].kind, target))
    rows = [row for row in draft.case.limit_use if row.limit == limit and row.offer in concerned]
    uses = [(row.offer, row.use_per_unit) for row in rows if row.use_per_unit > 0]
    factor, addend = factors(effects, draft.count), addends(effects, draft.count) * draft.calendar.delta
    most = [
        value_of(amount[p], factor[p], addend[p]) if math.isfinite(amount[p]) else math.inf for p in range(draft.count)
    ]
    less = [value if value < amount[p] else None for p, value in enumerate(most)]
    unit = next(row.unit for row in draft.case.limits if row.limit == limit)
    name = _add_limit(draft, f"{limit}~{target}", unit, less, uses, effects)
    if name is None:
        if np.isfinite(amount[(factor != 1.0) | (addend != 0.0)]).any():
            reason = f"{limit} is shared with others, so more of it for {target} alone changes nothing"
            draft.sentences.append(f"{causes(effects)}: {reason}.")
        return
    copies = [replace(row, limit=name) for row in draft.case.added_supply if row.limit == limit]
    for row in copies:
        item, cause = f"{row.gate};{name}", causes(effects)
        draft.changes.append(
            ChangedInput("added_supply", item, "amount_per_year", "", None, row.amount_per_year, cause)
        )
    if copies:
        draft.tables["added_supply"] = (*draft.rows("added_supply"), *copies)


def _bound(offer: Offer, amounts: dict[str, Floats], users: dict[str, list[str]]) -> np.ndarray:
    """Returns by period whether a limit with an amount bounds an offer."""
    found = [np.isfinite(amounts[limit]) for limit, names in users.items() if offer.offer in names]
    return np.logical_or.reduce(found) if found else np.zeros(1, dtype=bool)


def _add_single(draft: Draft, offer: Offer, effects: list[Effect], bound: np.ndarray) -> None:
    """Adds limits for one offer: on its lots, and none at all where nothing is left and nothing else bounds it."""
    factor, addend = factors(effects, draft.count), addends(effects, draft.count) * draft.calendar.delta
    if offer.max_lots_per_period is not None:
        base = offer.max_lots_per_period * (1.0 if offer.lot_size is None else offer.lot_size)
        most = [value_of(base, factor[p], addend[p]) for p in range(draft.count)]
        less = [value if value < base else None for value in most]
        if _add_limit(draft, f"{offer.offer}~lots", "units", less, [(offer.offer, 1.0)], effects) is not None:
            return
    if offer.max_lots_per_period is None:
        nothing = (factor <= GONE) & (addend <= 0.0) & ~np.broadcast_to(bound, (draft.count,))
        none = [0.0 if is_none else None for is_none in nothing]
        if _add_limit(draft, f"{offer.offer}~supply", "units", none, [(offer.offer, 1.0)], effects) is not None:
            return
    is_hit = (factor != 1.0) | (addend != 0.0)
    if not (is_hit & bound).any():
        reason = "has no limit and no largest order that could change, so its supply stays"
        draft.sentences.append(f"{causes(effects)}: {offer.offer} {reason}.")


def _add_limit(
    draft: Draft,
    wanted: str,
    unit: str,
    amounts: Sequence[float | None],
    uses: Sequence[tuple[str, float]],
    effects: list[Effect],
) -> str | None:
    """Adds a limit with one row a period, and returns its name; None where no period has an amount."""
    hit = [period for period, amount in enumerate(amounts) if amount is not None]
    if not hit:
        return None
    name, cause = _new_name(wanted, {row.limit for row in draft.rows("limits")}), causes(effects)
    labels = draft.calendar.labels
    made = [
        Limit(limit=name, span=label, amount=amount, unit=unit, note=cause if amount is not None else "")
        for label, amount in zip(labels, amounts, strict=True)
    ]
    draft.tables["limits"] = (*draft.rows("limits"), *made)
    taken = [LimitUse(limit=name, offer=offer, use_per_unit=use) for offer, use in uses]
    draft.tables["limit_use"] = (*draft.rows("limit_use"), *taken)
    for period in hit:
        draft.note(ChangedInput("limits", name, "amount", labels[period], None, amounts[period], cause), period)
    for offer, use in uses:
        draft.note(ChangedInput("limit_use", f"{name};{offer}", "use_per_unit", "", None, use, cause), hit[0])
        draft.delay_arrivals(offer, hit[0], effects)
    return name


def _new_name(wanted: str, taken: set[str]) -> str:
    """Returns a name that is free and short enough for a table."""
    name, number = wanted[:LONGEST_NAME], 1
    while name in taken:
        number += 1
        name = f"{wanted[: LONGEST_NAME - 3]}~{number}"
    return name
