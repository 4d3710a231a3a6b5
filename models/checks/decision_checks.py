"""Recomputes every row of `decisions` and `milestones` from the case and the other tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.checks import dates
from models.checks.decision_rows import (
    DecisionRow,
    Key,
    is_committed,
    loans_drawn,
    part_of,
    periods_of_group,
    rights_used,
    since_text,
    span_text,
    together,
)
from models.checks.evidence import Evidence
from models.checks.fleet_checks import Sold, sales
from models.checks.money_moves import rent_of, signing_price
from models.checks.money_supply import bills
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.rights import cancelled
from models.checks.supply_checks import arrivals_of_orders
from models.checks.time import interval
from models.tables.site_rows import Expansion

MUSD = 1e-6
UNITS = 1e-6
"""A share of a vintage below this is a rounding difference."""


@dataclass(frozen=True)
class MilestoneRow:
    """A row of `milestones` by its content; `scale` is the size of what is given back or reaches its end."""

    periods: tuple[int, ...]
    units: float | None = None
    musd: float | None = None
    scale: float = 0.0


def expected_decisions(plan: Evidence) -> Iterator[DecisionRow]:
    """Yields the rows of `decisions` that follow from the other tables."""
    label = plan.calendar.label
    for signing in plan.signings:
        t, row = signing.signed, plan.facts.agreements[signing.agreement]
        first = t + plan.calendar.lag(row.lag_months)
        effect = f"live {label(first)} to {label(first + plan.calendar.term(row.term_months) - 1)}"
        cost = row.prepayment_musd if t >= 0 else None
        yield DecisionRow(
            "sign", row.agreement, "", (t,), None, "", cost, effect, is_committed(plan, "sign", row.agreement, t)
        )
    for closing in plan.closings:
        t, name = closing.signed, closing.acquisition
        closed, owned = (when(plan.facts, plan.calendar, name, t) for when in (dates.closed, dates.owned))
        effect = "never closed (fails)"
        if closed is not None:
            effect = f"closed {label(closed)}, " + since_text(plan, "owned", owned)
        price = signing_price(plan, name, t) if t >= 0 else None
        yield DecisionRow("buy", name, "", (t,), None, "", price, effect, is_committed(plan, "close", name, t))
    for start in plan.starts:
        t, item = start.start, (start.programme, start.route)
        lags, route = plan.facts.lags[item], plan.facts.routes[item]
        ready = dates.ready(plan.facts, plan.calendar, *item, t)
        effect = f"tape-out {label(t + lags.tape_out)}, {since_text(plan, 'ready', ready)}"
        cost = route.design_cost_musd + lags.masks_musd if t >= 0 else None
        made = is_committed(plan, "start", item[0], t, item[1])
        yield DecisionRow("start", item[0], f"by {item[1]}", (t,), None, "", cost, effect, made)
    yield from _builds(plan)
    yield from _orders(plan)
    yield from rights_used(plan)
    yield from loans_drawn(plan)
    yield from _sales(plan)


def _builds(plan: Evidence) -> Iterator[DecisionRow]:
    for group in together(plan, ((row.period, row) for row in plan.builds), lambda row: row.expansion):
        periods, name = periods_of_group(group), group[0][1].expansion
        row, modules = plan.facts.expansions[name], sum(build.modules for _, build in group)
        on = [dates.energised(plan.facts, plan.calendar, name, t) for t, _ in group]
        works = sorted(t for t in on if t is not None)
        effect = f"power on {span_text(plan, works)}" if works else "never energised (fails)"
        if works and None in on:
            effect += ", some never energised (fails)"
        if row.term_months is not None and works:
            effect += f", ends {span_text(plan, [t + plan.calendar.term(row.term_months) - 1 for t in works])}"
        cost = modules * _module_cost(plan, row) if periods[0] >= 0 else None
        made = all(is_committed(plan, "build", name, t) for t in periods)
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
    for group in together(plan, ((t, name) for name, t in plan.orders), lambda name: name):
        periods, name = periods_of_group(group), group[0][1]
        offer, lead, term = plan.facts.offers[name], plan.facts.leads[name], plan.facts.terms[name]
        is_lease = offer.kind == "lease"
        units = sum(plan.orders[name, t].units for t in periods)
        years = term * plan.calendar.years if is_lease else 1.0
        usd = sum(billed[name][t] for t in periods) * years
        came = [coming[name][t] for t in periods]
        ordered = [plan.orders[name, t].units for t in periods]
        kept = [units - cancelled(plan, name, t) for units, t in zip(ordered, periods, strict=True)]
        effect = _arrivals(plan, [t + lead for t in periods], came, (ordered, kept))
        ends = [parts[-1][0] + term - 1 for parts in came if parts]
        if is_lease and ends:
            effect += f", ends {span_text(plan, ends)}"
        verb, how = ("lease", f"for {offer.term_months:g} months") if is_lease else ("order", "")
        made = all(is_committed(plan, "order", name, t) for t in periods)
        yield DecisionRow(verb, name, how, periods, units, "units", usd * MUSD, effect, made)


def _arrivals(
    plan: Evidence,
    due: Sequence[int],
    came: Sequence[Sequence[tuple[int, float]]],
    units: tuple[Sequence[float], Sequence[float]],
) -> str:
    """Says when orders arrive; `units` are those ordered, and those that are not cancelled."""
    ordered, kept = units
    rounding = [UNITS * max(1.0, whole) for whole in ordered]
    if all(wanted <= least for wanted, least in zip(kept, rounding, strict=True)):
        return f"due {span_text(plan, due)}, cancelled"
    is_whole = all(
        sum(part for _, part in parts) >= wanted - least
        for parts, wanted, least in zip(came, kept, rounding, strict=True)
    )
    there = [t for parts in came for t, _ in parts]
    expected = zip(came, due, kept, rounding, strict=True)
    on_time = all([t for t, _ in parts] == [at] for parts, at, wanted, least in expected if wanted > least)
    others = (
        ", the others cancelled"
        if any(a - b > least for a, b, least in zip(ordered, kept, rounding, strict=True))
        else ""
    )
    if is_whole and on_time:
        return f"arrives {span_text(plan, due)}{others}"
    then = "does not arrive within the plan"
    if there:
        then = f"arrives {span_text(plan, there)}"
        if not is_whole:
            then = f"a part {then}, the rest not within the plan"
    return f"due {span_text(plan, due)}, {then}{others}"


def _sales(plan: Evidence) -> Iterator[DecisionRow]:
    gone = [sold for sold in sales(plan) if not sold.at_end and sold.units > UNITS * max(1.0, sold.there)]

    def kind(sold: Sold) -> Hashable:
        return sold.key, plan.facts.resale_usd(sold.key[0], sold.age_years) > 0

    for group in together(plan, ((sold.period, sold) for sold in gone), kind):
        accelerator, site, vintage = group[0][1].key
        ages = [f"{round(sold.age_years, 2):g}" for _, sold in group]
        age = " to ".join(dict.fromkeys((ages[0], ages[-1])))
        usd = sum(sold.units * plan.facts.resale_usd(accelerator, sold.age_years) for _, sold in group)
        how = f"of {vintage} at {site}, {age} {'year' if age == '1' else 'years'} old"
        units, there = sum(sold.units for _, sold in group), sum(sold.there for _, sold in group)
        verb = "sell" if plan.facts.resale_usd(accelerator, group[0][1].age_years) > 0 else "retire"
        yield DecisionRow(
            verb,
            accelerator,
            how,
            periods_of_group(group),
            units,
            "units",
            -usd * MUSD,
            "",
            committed=False,
            scale=there,
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
        given[row["verb"], row["item"], row["when"], part_of(row["verb"], row["how"])] = row
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


def _is_of_first_term(row: Mapping[str, Any], lease: str) -> bool:
    """True of a change to the term of a running lease: an exit from it, or the renewal behind it."""
    return row["contract"] == lease and row["begun"] is None and row["term"] == (0 if row["verb"] == "leave" else 1)


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
    for group in together(plan, ((sold.period, sold) for sold in gone), lambda sold: sold.key[0]):
        accelerator = group[0][1].key[0]
        units = sum(sold.units for _, sold in group)
        usd = sum(sold.units * plan.facts.resale_usd(accelerator, sold.age_years) for _, sold in group)
        periods = periods_of_group(group)
        expected[periods[0], accelerator, "reach the end of their life"] = MilestoneRow(
            periods, units, -usd * MUSD, units
        )
    for lease in plan.case.open_leases:
        gone_in = (interval(lease.ends)[0] - plan.calendar.start) // plan.calendar.months
        changed = [row["units"] for row in plan.rows["lease_changes"] if _is_of_first_term(row, lease.lease)]
        kept = lease.units - sum(changed)
        if gone_in in inside and kept > UNITS * lease.units:
            key = gone_in, lease.accelerator, f"of lease {lease.lease} are given back"
            expected[key] = MilestoneRow((gone_in,), kept, scale=lease.units)
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
