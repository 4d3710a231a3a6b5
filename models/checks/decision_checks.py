"""Recomputes every row of `decisions` and `milestones` from the case and the other tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from models.checks import dates
from models.checks.evidence import Evidence
from models.checks.financing import UNIT
from models.checks.fleet_checks import Sold, sales
from models.checks.loan_schedules import draws
from models.checks.money_moves import rent_of, signing_price
from models.checks.money_supply import bills
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.supply_checks import arrivals_of_orders
from models.checks.time import MONTHS_PER_YEAR, interval
from models.tables.site_rows import Expansion

MUSD = 1e-6
LEAST_DRAW = 1e-6
"""Draws of less than a dollar are rounding differences."""
LONG = 14
"""Decisions of plans with more periods than this are listed by calendar year."""
UNITS = 1e-6
"""A share of a vintage below this is a rounding difference."""

Item = TypeVar("Item")

Key = tuple[str, str, int, str]
"""Verb, item, first period, and of sales what is sold."""


@dataclass(frozen=True)
class DecisionRow:
    """A row of `decisions` by its content; `scale` is the size of the vintage of which units are sold."""

    verb: str
    item: str
    how: str
    periods: tuple[int, ...]
    units: float | None
    unit: str
    musd: float | None
    effect: str
    committed: bool
    scale: float = 0.0

    @property
    def key(self) -> Key:
        """The identity of the row: of a sale also what is sold."""
        return self.verb, self.item, self.periods[0], self.how.split(",")[0] if self.verb in ("sell", "retire") else ""


@dataclass(frozen=True)
class MilestoneRow:
    """A row of `milestones` by its content; `scale` is the size of what is given back or reaches its end."""

    periods: tuple[int, ...]
    units: float | None = None
    musd: float | None = None
    scale: float = 0.0


def _together(
    plan: Evidence, items: Iterable[tuple[int, Item]], key: Callable[[Item], Hashable]
) -> list[list[tuple[int, Item]]]:
    """Groups what is one row: of a period, in long plans of a calendar year; before the plan always of a period.

    Over scenarios every row stands at a node, and so is of a period.
    """
    is_long = plan.case.settings.periods > LONG and plan.calendar.months < MONTHS_PER_YEAR
    by_year = is_long and not plan.is_path
    found: dict[Hashable, list[tuple[int, Item]]] = {}
    for t, item in sorted(items, key=lambda entry: entry[0]):
        slot = ("year", plan.calendar.year_of(t)) if by_year and t >= 0 else ("period", t)
        found.setdefault((slot, key(item)), []).append((t, item))
    return list(found.values())


def expected_decisions(plan: Evidence) -> Iterator[DecisionRow]:
    """Yields the rows of `decisions` that follow from the other tables."""
    label = plan.calendar.label
    for signing in plan.signings:
        t, row = signing.signed, plan.facts.agreements[signing.agreement]
        first = t + plan.calendar.lag(row.lag_months)
        effect = f"live {label(first)} to {label(first + plan.calendar.term(row.term_months) - 1)}"
        cost = row.prepayment_musd if t >= 0 else None
        yield DecisionRow(
            "sign", row.agreement, "", (t,), None, "", cost, effect, _committed(plan, "sign", row.agreement, t)
        )
    for closing in plan.closings:
        t, name = closing.signed, closing.acquisition
        closed, owned = (when(plan.facts, plan.calendar, name, t) for when in (dates.closed, dates.owned))
        effect = "never closed (fails)"
        if closed is not None:
            effect = f"closed {label(closed)}, " + _since(plan, "owned", owned)
        price = signing_price(plan, name, t) if t >= 0 else None
        yield DecisionRow("buy", name, "", (t,), None, "", price, effect, _committed(plan, "close", name, t))
    for start in plan.starts:
        t, item = start.start, (start.programme, start.route)
        lags, route = plan.facts.lags[item], plan.facts.routes[item]
        ready = dates.ready(plan.facts, plan.calendar, *item, t)
        effect = f"tape-out {label(t + lags.tape_out)}, {_since(plan, 'ready', ready)}"
        cost = route.design_cost_musd + lags.masks_musd if t >= 0 else None
        made = _committed(plan, "start", item[0], t, item[1])
        yield DecisionRow("start", item[0], f"by {item[1]}", (t,), None, "", cost, effect, made)
    yield from _builds(plan)
    yield from _orders(plan)
    yield from _draws(plan)
    yield from _sales(plan)


def _builds(plan: Evidence) -> Iterator[DecisionRow]:
    for group in _together(plan, ((row.period, row) for row in plan.builds), lambda row: row.expansion):
        periods, name = _periods(group), group[0][1].expansion
        row, modules = plan.facts.expansions[name], sum(build.modules for _, build in group)
        on = [dates.energised(plan.facts, plan.calendar, name, t) for t, _ in group]
        works = sorted(t for t in on if t is not None)
        effect = f"power on {_span(plan, works)}" if works else "never energised (fails)"
        if works and None in on:
            effect += ", some never energised (fails)"
        if row.term_months is not None and works:
            effect += f", ends {_span(plan, [t + plan.calendar.term(row.term_months) - 1 for t in works])}"
        cost = modules * _module_cost(plan, row) if periods[0] >= 0 else None
        made = all(_committed(plan, "build", name, t) for t in periods)
        yield DecisionRow("build", name, f"at {row.site}", periods, modules * row.module_mw, "MW", cost, effect, made)


def _module_cost(plan: Evidence, row: Expansion) -> float:
    """What a module costs at its order and, where its term ends, what it costs until then."""
    if row.term_months is None:
        return row.cost_musd_per_module
    spent = [musd for k in range(plan.calendar.term(row.term_months)) for _, musd in rent_of(plan, row, k)]
    return row.cost_musd_per_module + sum(spent)


def _orders(plan: Evidence) -> Iterator[DecisionRow]:
    billed = {name: bills(plan, offer) for name, offer in plan.facts.offers.items()}
    coming = {name: arrivals_of_orders(plan, name) for name in plan.facts.offers}
    for group in _together(plan, ((t, name) for name, t in plan.orders), lambda name: name):
        periods, name = _periods(group), group[0][1]
        offer, lead, term = plan.facts.offers[name], plan.facts.leads[name], plan.facts.terms[name]
        is_lease = offer.kind == "lease"
        units = sum(plan.orders[name, t].units for t in periods)
        years = term * plan.calendar.years if is_lease else 1.0
        usd = sum(billed[name][t] for t in periods) * years
        came = [coming[name][t] for t in periods]
        effect = _arrivals(plan, [t + lead for t in periods], came, [plan.orders[name, t].units for t in periods])
        ends = [parts[-1][0] + term - 1 for parts in came if parts]
        if is_lease and ends:
            effect += f", ends {_span(plan, ends)}"
        verb, how = ("lease", f"for {offer.term_months:g} months") if is_lease else ("order", "")
        made = all(_committed(plan, "order", name, t) for t in periods)
        yield DecisionRow(verb, name, how, periods, units, "units", usd * MUSD, effect, made)


def _arrivals(
    plan: Evidence, due: Sequence[int], came: Sequence[Sequence[tuple[int, float]]], units: Sequence[float]
) -> str:
    is_whole = all(
        sum(part for _, part in parts) >= wanted - UNITS * max(1.0, wanted)
        for parts, wanted in zip(came, units, strict=True)
    )
    there = [t for parts in came for t, _ in parts]
    if is_whole and all([t for t, _ in parts] == [at] for parts, at in zip(came, due, strict=True)):
        return f"arrives {_span(plan, due)}"
    then = "does not arrive within the plan"
    if there:
        then = f"arrives {_span(plan, there)}"
        if not is_whole:
            then = f"a part {then}, the rest not within the plan"
    return f"due {_span(plan, due)}, {then}"


def _draws(plan: Evidence) -> Iterator[DecisionRow]:
    for row in plan.case.facilities:
        drawn = [(t, musd) for t, musd in draws(plan, row.facility).items() if t >= 0 and musd > LEAST_DRAW]
        term = plan.calendar.term(row.term_months)
        # Each instalment of a draw is due at its own age, and interest runs until then.
        ages = [term] if row.repayment == "bullet" else list(range(1, term + 1))
        for group in _together(plan, drawn, lambda _: ()):
            periods, musd = _periods(group), sum(amount for _, amount in group)
            years = sum(ages) / len(ages) * plan.calendar.years
            effect = f"repaid {_span(plan, [t + age for t in periods for age in ages])}"
            made = all(_committed(plan, "draw", row.facility, t) for t in periods)
            cost = musd * (row.fee_share + row.rate_per_year * years)
            how = f"{row.repayment} repayment"
            yield DecisionRow("draw", row.facility, how, periods, musd, UNIT, cost, effect, made, musd)


def _sales(plan: Evidence) -> Iterator[DecisionRow]:
    gone = [sold for sold in sales(plan) if not sold.at_end and sold.units > UNITS * max(1.0, sold.there)]

    def kind(sold: Sold) -> Hashable:
        return sold.key, plan.facts.resale_usd(sold.key[0], sold.age_years) > 0

    for group in _together(plan, ((sold.period, sold) for sold in gone), kind):
        accelerator, site, vintage = group[0][1].key
        ages = [f"{round(sold.age_years, 2):g}" for _, sold in group]
        age = " to ".join(dict.fromkeys((ages[0], ages[-1])))
        usd = sum(sold.units * plan.facts.resale_usd(accelerator, sold.age_years) for _, sold in group)
        how = f"of {vintage} at {site}, {age} {'year' if age == '1' else 'years'} old"
        units, there = sum(sold.units for _, sold in group), sum(sold.there for _, sold in group)
        verb = "sell" if plan.facts.resale_usd(accelerator, group[0][1].age_years) > 0 else "retire"
        yield DecisionRow(
            verb, accelerator, how, _periods(group), units, "units", -usd * MUSD, "", committed=False, scale=there
        )


def _periods(group: Sequence[tuple[int, Any]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(t for t, _ in group))


def _span(plan: Evidence, periods: Sequence[int]) -> str:
    return " to ".join(dict.fromkeys(plan.calendar.label(t) for t in (min(periods), max(periods))))


def _since(plan: Evidence, state: str, period: int | None) -> str:
    return f"never {state} (fails)" if period is None else f"{state} {plan.calendar.label(period)}"


def _committed(plan: Evidence, kind: str, item: str, t: int, route: str = "") -> bool:
    return t < 0 or any(
        (row.kind, row.item) == (kind, item)
        and row.status != "barred"
        and row.route in ("", route)
        and (not row.period or t in plan.calendar.touching(row.period))
        for row in plan.case.commitments
    )


@recomputes(
    "decisions",
    {
        "when": "*date",
        "verb": "*text",
        "item": "*text",
        "how": "*text",
        "periods": "text",
        "units": "perhaps",
        "unit": "text",
        "musd": "perhaps",
        "effect": "text",
        "committed": "yes or no",
        "reported": "yes or no",
    },
)
def decisions_table(plan: Evidence, record: Recorder) -> None:
    """Each decision has one row: when, what, how much, its cost, its effect, and whether it was committed."""
    expected = {row.key: row for row in expected_decisions(plan)}
    given: dict[Key, dict[str, Any]] = {}
    for row in plan.decisions:
        part = row["how"].split(",")[0] if row["verb"] in ("sell", "retire") else ""
        given[row["verb"], row["item"], row["when"], part] = row
    for key in {**expected, **given}:
        wanted, found = expected.get(key), given.get(key)
        where = (key[0], key[1], plan.calendar.label(key[2]))
        if wanted is None or found is None:
            if not _is_rounding(plan, key, wanted):
                record.fault(
                    where, "row", "missing" if found is None else "given", "one for each decision, and no other"
                )
        else:
            _same_row(plan, record, found, wanted, where)


def _is_rounding(plan: Evidence, key: Key, wanted: DecisionRow | None) -> bool:
    """True for a sale of so little of a vintage that rounding decides whether it has a row."""
    verb, item, period, what = key
    if verb not in ("sell", "retire"):
        return False
    if wanted is not None:
        return wanted.units is not None and wanted.units <= 2 * UNITS * max(1.0, wanted.scale)
    return any(
        (sold.key[0], sold.period, f"of {sold.key[2]} at {sold.key[1]}") == (item, period, what)
        and UNITS / 2 <= sold.units / max(1.0, sold.there) <= 2 * UNITS
        for sold in sales(plan)
    )


def _same_row(
    plan: Evidence, record: Recorder, row: dict[str, Any], wanted: DecisionRow, where: tuple[str, ...]
) -> None:
    texts = {
        "how": wanted.how,
        "periods": ";".join(plan.calendar.label(t) for t in wanted.periods),
        "unit": wanted.unit,
        "effect": wanted.effect,
        "committed": "yes" if wanted.committed else "no",
        "reported": "yes" if 0 <= wanted.periods[0] < plan.case.settings.periods else "no",
    }
    for column, text in texts.items():
        record.same(row[column], text, where, column)
    _amount(record, row["units"], wanted.units, where, "units", wanted.scale)
    _amount(record, row["musd"], wanted.musd, where, "musd", 0.0)


def _amount(
    record: Recorder, found: float | None, expected: float | None, where: tuple[str, ...], what: str, scale: float
) -> None:
    if found is None or expected is None:
        shown = "blank" if found is None else f"{found:.12g}"
        wanted = "blank" if expected is None else f"{expected:.12g}"
        record.same(shown, wanted, where, what)
    else:
        record.equal(found, expected, where, what, scale)


def _events(plan: Evidence) -> Iterator[tuple[int | None, str, str, float | None]]:
    """Yields period, item, what happens, and money of what happens once; None is never."""
    for start in plan.starts:
        item = (start.programme, start.route)
        tape_out = start.start + plan.facts.lags[item].tape_out
        yield (tape_out if tape_out != start.start else None), item[0], "tapes out", None
        yield dates.ready(plan.facts, plan.calendar, *item, start.start), item[0], "is ready", None
        for (what, line, t), musd in plan.expected["tape_out"].items():
            if what == "respins" and line == "/".join(item):
                yield t, item[0], "costs more for respins" if musd > 0 else "needs fewer respins", musd
    for closing in plan.closings:
        owned = dates.owned(plan.facts, plan.calendar, closing.acquisition, closing.signed)
        yield (owned if owned != closing.signed else None), closing.acquisition, "is owned", None
        back = dates.refunded(plan.facts, plan.calendar, closing.acquisition, closing.signed)
        if back is not None:
            musd = plan.expected["acquisition"].get(("refund", closing.acquisition, back), 0.0)
            yield (back if musd else None), closing.acquisition, "pays back", musd
    for (what, name, t), musd in plan.expected["hardware"].items():
        if what == "undelivered" and musd:
            yield t, name, "pays back what is not delivered", musd
    for (_, name, t), musd in plan.expected["incentive"].items():
        yield t, name, "is reached", musd
    for name in _failed(plan):
        known = plan.facts.delays[name].failed
        yield next((t for t in range(plan.calendar.periods) if known[t]), None), name, "fails", None


def _failed(plan: Evidence) -> list[str]:
    facts, calendar = plan.facts, plan.calendar
    lost = [r.programme for r in plan.starts if dates.ready(facts, calendar, r.programme, r.route, r.start) is None]
    lost += [r.acquisition for r in plan.closings if dates.owned(facts, calendar, r.acquisition, r.signed) is None]
    lost += [r.expansion for r in plan.builds if dates.energised(facts, calendar, r.expansion, r.period) is None]
    return [item for item in dict.fromkeys(lost) if item in facts.delays]


@recomputes(
    "milestones",
    {
        "when": "*period",
        "item": "*text",
        "what": "*text",
        "periods": "text",
        "units": "perhaps",
        "musd": "perhaps",
        "reported": "yes or no",
    },
)
def milestones_table(plan: Evidence, record: Recorder) -> None:
    """What happens without a decision has a row when it happens, machines at the end of life with their income."""
    inside = range(plan.calendar.periods)
    expected: dict[tuple[int, str, str], MilestoneRow] = {}
    for t, item, what, musd in _events(plan):
        if t is not None and t in inside:
            expected[t, item, what] = MilestoneRow((t,), musd=musd)
    gone = [sold for sold in sales(plan) if sold.at_end and sold.units > UNITS * max(1.0, sold.there)]
    for group in _together(plan, ((sold.period, sold) for sold in gone), lambda sold: sold.key[0]):
        accelerator = group[0][1].key[0]
        units = sum(sold.units for _, sold in group)
        usd = sum(sold.units * plan.facts.resale_usd(accelerator, sold.age_years) for _, sold in group)
        periods = _periods(group)
        expected[periods[0], accelerator, "reach the end of their life"] = MilestoneRow(
            periods, units, -usd * MUSD, units
        )
    for lease in plan.case.open_leases:
        gone_in = (interval(lease.ends)[0] - plan.calendar.start) // plan.calendar.months
        if gone_in in inside and lease.units:
            key = gone_in, lease.accelerator, f"of lease {lease.lease} are given back"
            expected[key] = MilestoneRow((gone_in,), lease.units, scale=lease.units)
    given = {(row["when"], row["item"], row["what"]): row for row in plan.milestones}
    for key in {**expected, **given}:
        where = (key[1], key[2], plan.calendar.label(key[0]))
        found, wanted = given.get(key), expected.get(key)
        if found is None or wanted is None:
            record.fault(where, "row", "missing" if found is None else "given", "one for each event, and no other")
            continue
        record.same(found["periods"], ";".join(plan.calendar.label(t) for t in wanted.periods), where, "periods")
        record.same(found["reported"], "yes" if key[0] < plan.case.settings.periods else "no", where, "reported")
        _amount(record, found["units"], wanted.units, where, "units", wanted.scale)
        _amount(record, found["musd"], wanted.musd, where, "musd", 0.0)
