"""Disruptions of what has a value from a label on: prices, demand, lead times, sites and delays.

A series is rewritten with one row a period from the first period that is hit to the last, and a row that brings it back
to what it was; rows before and after stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.calendar import Calendar, parse_label, parse_span
from models.data.series import series
from models.program import Floats
from models.tables.column_descriptions import MOST_MONTHS
from models.tables.disruption_rows import Backlog, Delay, LeadTime
from models.tables.fleet_rows import Demand, Price
from models.tables.site_rows import Site, SiteSeries
from models.tables.strategy_rows import LASTING
from models.whatif.effects import (
    AnyRow,
    ChangedInput,
    Draft,
    Effect,
    addends,
    causes,
    factors,
    offers_of,
    value_of,
)
from models.whatif.shock import clean


def month(row: Any) -> int:  # noqa: ANN401  a row of any table with a column `period`
    """Returns the first month of a row's label, from the year 0."""
    return parse_label(row.period)[0]


def in_force(rows: Sequence[AnyRow], at: int) -> AnyRow | None:
    """Returns the row that holds at the start of a month, None before the first."""
    known = [row for row in rows if month(row) <= at]
    return max(known, key=month) if known else None


def start_of(calendar: Calendar, period: int) -> int:
    """Returns the first month of a period, from the year 0."""
    return calendar.start_month + period * calendar.months


def rewritten(
    calendar: Calendar,
    rows: Sequence[AnyRow],
    made: Callable[[int], AnyRow | None],
    undisturbed: Callable[[int], AnyRow | None],
    hit: Sequence[int],
) -> list[AnyRow]:
    """Returns the rows of one series in order of time, made new from the first to the last period hit.

    `made` and `undisturbed` give the row of a period as it is now and was before, None where there is none. A period
    whose row says what the one before it says gets none, but for prices and demand, which are read as a table.
    """
    first, after = hit[0], hit[-1] + 1
    begin, end = start_of(calendar, first), start_of(calendar, after)
    ordered = sorted(rows, key=month)
    found = [row for row in ordered if month(row) < begin]
    new = [made(period) for period in range(first, after)]
    if after < calendar.count and not any(month(row) == end for row in ordered):
        new.append(undisturbed(after))
    for row in new:
        if row is not None and not (
            isinstance(row, LeadTime | SiteSeries | Delay) and found and _has_same_values(found[-1], row)
        ):
            found.append(row)
    return found + [row for row in ordered if month(row) >= end]


def _has_same_values(before: Any, after: Any) -> bool:  # noqa: ANN401  rows of one table
    return bool(replace(after, period=before.period) == before)


def _hit(changed: Floats, base: Floats) -> list[int]:
    return [int(period) for period in np.flatnonzero((changed != base) & ~np.isnan(base))]


def _by_offer(draft: Draft, field: str) -> dict[str, list[Effect]]:
    """Returns the effects on each offer, those on its accelerator and vendor included, in the order of the offers."""
    found: dict[str, list[Effect]] = {row.offer: [] for row in draft.case.offers}
    for target, effects in draft.of(field):
        concerned = offers_of(draft.case, effects[0].kind, target)
        if not concerned:
            what = field.replace("_", " ")
            draft.sentences.append(f"{causes(effects)}: no offer sells {target}, so its {what} changes nothing.")
        for offer in concerned:
            found[offer] += effects
    return {offer: sorted(effects, key=lambda effect: effect.order) for offer, effects in found.items() if effects}


def _note_values(
    draft: Draft, place: tuple[str, str, str], values: tuple[Floats, Floats], hit: Sequence[int], cause: str
) -> None:
    """Lists what a series was and is, period by period where the two differ."""
    table, item, column = place
    before, after = values
    for p in hit:
        if before[p] != after[p]:
            change = ChangedInput(
                table, item, column, draft.calendar.labels[p], float(before[p]), float(after[p]), cause
            )
            draft.note(change, p)


def _changed(base: Floats, factor: Floats, addend: Floats) -> Floats:
    is_hit = (factor != 1.0) | (addend != 0.0)
    pairs = zip(base, factor, addend, is_hit, strict=True)
    return np.array([value_of(b, f, a) if hit else b for b, f, a, hit in pairs], dtype=float)


def disrupt_prices(draft: Draft) -> None:
    """Rewrites prices; over the span of a price tier the change is the mean over its periods."""
    calendar = draft.calendar
    for offer, effects in _by_offer(draft, "price").items():
        rows = [row for row in draft.rows("prices") if row.offer == offer]
        base = series(calendar, [(row.period, row.unit_price_usd) for row in rows])
        factor, addend = factors(effects, draft.count), addends(effects, draft.count)
        for span in dict.fromkeys(row.span for row in draft.case.price_tiers if row.offer == offer):
            first, end = parse_span(span)
            inside = slice(max(0, calendar.period_of_month(first)), max(0, calendar.period_of_month(end - 1) + 1))
            if len(factor[inside]):
                factor[inside], addend[inside] = factor[inside].mean(), addend[inside].mean()
        now = _changed(base, factor, addend)
        hit = _hit(now, base)
        if not hit:
            draft.sentences.append(f"{causes(effects)}: {offer} has no price in the periods hit.")
            continue
        found = rewritten(calendar, rows, _prices(calendar, rows, now), _prices(calendar, rows, base), hit)
        draft.replace_item("prices", "offer", offer, found)
        _note_values(draft, ("prices", offer, "unit_price_usd"), (base, now), hit, causes(effects))


def _prices(calendar: Calendar, rows: Sequence[Price], values: Floats) -> Callable[[int], Price | None]:
    def made(period: int) -> Price | None:
        row = in_force(rows, start_of(calendar, period))
        label = calendar.label_of(period)
        return None if row is None else replace(row, period=label, unit_price_usd=float(values[period]))

    return made


def disrupt_demand(draft: Draft) -> None:
    """Rewrites demand with a row for each period of the horizon, so that no interpolation reaches another period."""
    calendar = draft.calendar
    for workload, effects in draft.of("demand"):
        rows = [row for row in draft.rows("demand") if row.workload == workload]
        base = demand_by_period(calendar, rows, draft.case.settings.demand_interpolation)
        now = _changed(base, factors(effects, draft.count), addends(effects, draft.count))
        hit = _hit(now, base)
        if hit:
            draft.replace_item("demand", "workload", workload, demand_rows(calendar, rows, now))
            _note_values(draft, ("demand", workload, "queries_per_day_million"), (base, now), hit, causes(effects))
        else:
            draft.sentences.append(f"{causes(effects)}: {workload} has no demand in the periods hit.")


def demand_by_period(calendar: Calendar, rows: Sequence[Demand], interpolation: str) -> Floats:
    """Returns a workload's million queries a day at the start of each period; NaN before its first label."""
    points = [(row.period, row.queries_per_day_million) for row in rows]
    found = series(calendar, points, interpolation=interpolation)
    return np.array([value if np.isnan(value) else clean(float(value)) for value in found], dtype=float)


def demand_rows(calendar: Calendar, rows: Sequence[Demand], values: Floats) -> list[Demand]:
    """Returns the rows of a workload as one a period."""
    found = []
    for period, label in enumerate(calendar.labels):
        row = in_force(rows, start_of(calendar, period))
        if row is not None:
            found.append(replace(row, period=label, queries_per_day_million=float(values[period])))
    return found


def disrupt_lead_times(draft: Draft) -> None:
    """Writes lead times and shares delivered beside the nominal ones, and lets what is late come late."""
    calendar = draft.calendar
    nominal = {row.offer: row.lead_time_months for row in draft.case.offers}
    late, partial = _by_offer(draft, "lead_time"), _by_offer(draft, "delivery")
    for offer in [name for name in nominal if name in late or name in partial]:
        own, parts = late.get(offer, []), partial.get(offer, [])
        rows = [row for row in draft.rows("lead_times") if row.offer == offer]
        base = series(calendar, [(row.period, row.lead_time_months) for row in rows])
        base = np.where(np.isnan(base), nominal[offer], base)
        now = np.minimum(_changed(base, factors(own, draft.count), addends(own, draft.count)), float(MOST_MONTHS))
        before = np.nan_to_num(series(calendar, [(row.period, row.delivered_share) for row in rows]), nan=1.0)
        share = np.minimum(_changed(before, factors(parts, draft.count), addends(parts, draft.count)), 1.0)
        hit, cause = sorted({*_hit(now, base), *_hit(share, before)}), causes([*own, *parts])
        if not hit:
            draft.sentences.append(f"{cause}: {offer} has no lead time in the periods hit that could change.")
            continue
        made = _leads(calendar, offer, (now, share), cause)
        found = rewritten(calendar, rows, made, _leads(calendar, offer, (base, before), cause), hit)
        draft.replace_item("lead_times", "offer", offer, found)
        _note_values(draft, ("lead_times", offer, "lead_time_months"), (base, now), hit, cause)
        _note_values(draft, ("lead_times", offer, "delivered_share"), (before, share), hit, cause)
        if delayed := _hit(now, base):
            draft.delay_arrivals(offer, delayed[0], own)


def _leads(calendar: Calendar, offer: str, values: tuple[Floats, Floats], cause: str) -> Callable[[int], LeadTime]:
    def made(period: int) -> LeadTime:
        months, share = (float(part[period]) for part in values)
        label = calendar.label_of(period)
        return LeadTime(offer=offer, period=label, lead_time_months=months, delivered_share=share, note=cause)

    return made


def disrupt_sites(draft: Draft) -> None:
    """Writes what sites have from a label on: power, the share of it that can be used, and the price of electricity."""
    found: dict[str, list[Effect]] = {}
    for field in ("power", "electricity"):
        for name, effects in draft.of(field):
            found.setdefault(name, []).extend(effects)
    for site in draft.case.sites:
        if site.site in found:
            _disrupt_site(draft, site, found[site.site])


def _disrupt_site(draft: Draft, site: Site, effects: list[Effect]) -> None:
    calendar, name = draft.calendar, site.site
    rows = [row for row in draft.rows("site_series") if row.site == name]
    base = [in_force(rows, start_of(calendar, p)) for p in range(draft.count)]
    before = [
        SiteSeries(site=name, period=label) if row is None else replace(row, period=label)
        for row, label in zip(base, calendar.labels, strict=True)
    ]
    power, price = ([effect for effect in effects if effect.field == field] for field in ("power", "electricity"))
    state = [_site_state(site, row, power, price, p) for p, row in enumerate(before)]
    known = [site.power_mw if row.power_mw is None else row.power_mw for row in before]
    if power and all(mw is None for mw, p in zip(known, range(draft.count), strict=True) if _forced(power, p)):
        draft.sentences.append(f"{causes(power)}: {name} has no limit of power where it is hit, and stays without.")
    hit = [p for p in range(draft.count) if state[p] != before[p]]
    if not hit:
        if price:
            draft.sentences.append(f"{causes(price)}: {name} has no price of electricity that could change.")
        return
    state = [replace(row, note=causes(effects)) if row != old else row for row, old in zip(state, before, strict=True)]
    draft.replace_item(
        "site_series", "site", name, rewritten(calendar, rows, state.__getitem__, before.__getitem__, hit)
    )
    columns = ("power_mw", power), ("available_share", power), ("electricity_usd_per_mwh", price)
    for column, why in columns:
        for p in hit:
            old, new = (_site_value(site, rows_[p], column) for rows_ in (before, state))
            if old != new:
                draft.note(ChangedInput("site_series", name, column, calendar.labels[p], old, new, causes(why)), p)


def _forced(effects: Sequence[Effect], period: int) -> bool:
    return any(effect.force[period] > 0 for effect in effects)


def _site_value(site: Site, row: SiteSeries, column: str) -> float | None:
    value: float | None = getattr(row, column)
    nominal: float | None = getattr(site, column, None)
    return nominal if value is None else value


def _site_state(
    site: Site, row: SiteSeries, power: Sequence[Effect], price: Sequence[Effect], period: int
) -> SiteSeries:
    """Returns the state of a site in a period: less power is a share of all of it, more is more of what is there."""
    count = len((*power, *price)[0].force)
    factor, addend = float(factors(power, count)[period]), float(addends(power, count)[period])
    megawatts = site.power_mw if row.power_mw is None else row.power_mw
    if megawatts is not None and factor < 1.0:
        row = replace(row, available_share=value_of(row.available_share, factor, 0.0))
    if megawatts is not None and (factor > 1.0 or addend != 0.0):
        more = value_of(megawatts, max(1.0, factor), addend)
        row = replace(row, power_mw=row.power_mw if more == megawatts else more)
    factor, addend = float(factors(price, count)[period]), float(addends(price, count)[period])
    if factor != 1.0 or addend != 0.0:
        usd = site.electricity_usd_per_mwh if row.electricity_usd_per_mwh is None else row.electricity_usd_per_mwh
        new = value_of(usd, factor, addend)
        row = replace(row, electricity_usd_per_mwh=row.electricity_usd_per_mwh if new == usd else new)
    return row


def disrupt_delays(draft: Draft) -> None:
    """Writes by how much programmes, acquisitions and expansions are late, which are never ready, and respins."""
    calendar = draft.calendar
    found: dict[str, list[Effect]] = {}
    for field in LASTING:
        for item, effects in draft.of(field):
            found.setdefault(item, []).extend(effects)
    for item, effects in sorted(found.items()):
        cause = causes(effects)
        rows = [row for row in draft.rows("delays") if row.item == item]
        base = [in_force(rows, start_of(calendar, p)) for p in range(draft.count)]
        before = [
            Delay(item=item, period=label) if row is None else replace(row, period=label)
            for row, label in zip(base, calendar.labels, strict=True)
        ]
        state = _delayed(before, effects)
        hit = [p for p in range(draft.count) if state[p] != before[p]]
        if not hit:
            draft.sentences.append(f"{cause}: {item} is no later than it was already.")
            continue
        state = [replace(row, note=cause) if row != old else row for row, old in zip(state, before, strict=True)]
        new = rewritten(calendar, rows, state.__getitem__, before.__getitem__, hit)
        draft.replace_item("delays", "item", item, new)
        for column in ("months", "fails"):
            values = tuple(np.array([float(getattr(row, column)) for row in part]) for part in (before, state))
            _note_values(draft, ("delays", item, column), (values[0], values[1]), hit, cause)
        for p in hit:
            if state[p].respins != before[p].respins:
                known = before[p].respins, state[p].respins
                draft.note(ChangedInput("delays", item, "respins", calendar.labels[p], *known, cause), p)


def _delayed(before: Sequence[Delay], effects: Sequence[Effect]) -> list[Delay]:
    """Returns the state of an item by period; what has failed stays as it was then."""
    later = addends([effect for effect in effects if effect.field == "slip"], len(before))
    respins = [effect for effect in effects if effect.field == "respin"]
    more = addends(respins, len(before))
    state: list[Delay] = []
    counted = 0.0
    for p, row in enumerate(before):
        counted = counted if row.respins is None else row.respins
        if state and state[-1].fails:
            state.append(replace(state[-1], period=row.period))
            continue
        fails = any(effect.field == "fail" and effect.force[p] > 0 for effect in effects)
        months = min(value_of(row.months, 1.0, float(later[p])), float(MOST_MONTHS))
        known = row.respins
        if any(effect.force[p] > 0 for effect in respins):
            known = value_of(counted, 1.0, float(more[p]))
        state.append(replace(row, months=months, fails=row.fails or fails, respins=known))
    return state


def write_backlogs(draft: Draft) -> None:
    """Writes from when on the offers that are short or late may arrive late, beside the rows that there are."""
    calendar = draft.calendar
    for offer, (period, why) in sorted(draft.backlogs.items()):
        known = [row for row in draft.rows("backlogs") if row.offer == offer]
        if any(max(0, calendar.period_at(row.since)) == period for row in known):
            continue
        label, cause = calendar.label_of(period), " + ".join(sorted(why))
        made = (*known, Backlog(offer=offer, since=label, note=cause))
        made = tuple(sorted(made, key=lambda row: parse_label(row.since)[0]))
        draft.replace_item("backlogs", "offer", offer, made)
        draft.note(ChangedInput("backlogs", offer, "since", label, None, None, cause), period)
