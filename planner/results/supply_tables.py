"""Result tables of what is ordered, arrives, is owned, works and serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.families.lease_changes import held_changes
from models.families.power import SITE_POWER
from models.families.running_leases import in_term
from models.solution import Solution
from planner.results.node_labels import NodeLabels
from planner.results.order_arrivals import arrivals_of_orders
from planner.results.table import Cell, Table

NOISE = 1e-6
"""A share of a vintage, or a part of a unit, below which a sale is rounding of the solver."""


def orders(solution: Solution, places: NodeLabels) -> Table:
    """Returns what to order: lots, units, list price, values after discounts, when it is due, arrives and ends."""
    model = solution.model
    frame, supply = model.frame, model.supply
    lots, bill = solution.value(model.orders.order), solution.money(model.bill)
    label = frame.calendar.label_of
    rows: list[tuple[int, tuple[int, ...], tuple[Cell, ...]]] = []
    for offer in range(len(frame.offer)):
        given = frame.case.offers[offer]
        vendor = frame.case.accelerators[supply.accelerator[offer]].vendor
        arriving = arrivals_of_orders(solution, places, offer) if lots[offer].any() else {}
        years = float(supply.term[offer] * frame.delta) if supply.is_lease[offer] else 1.0
        for node in map(int, np.flatnonzero(lots[offer])):
            count, period, invoice = float(lots[offer, node]), int(frame.tree.period[node]), float(bill[offer, node])
            head = (
                given.offer, given.accelerator, vendor, given.kind, places.period[node],
                count if supply.is_lotted[offer] else None, float(count * supply.lot[offer]),
                round(float(supply.price[offer, node]) * 1e6, 6), invoice, invoice * years,
                label(period + int(supply.lead[offer])),
            )  # fmt: skip
            made = "yes" if _is_committed(solution, given.offer, period) else "no"
            for futures, (parts, gone) in arriving[node]:
                last = parts[-1][0] + int(supply.term[offer]) - 1 if parts else 0
                ends = label(last) if parts and supply.is_lease[offer] else None
                arrives = ";".join(label(at) for at, _ in parts)
                rows.append((node, futures, (*head, arrives, sum(part for _, part in parts), gone, ends, made)))
    money = "unit_price_usd invoice_musd contract_musd"
    fate = "due arrives arriving_units cancelled_units ends committed"
    columns = f"offer accelerator vendor kind period lots units {money} {fate}"
    return places.split_table("orders", columns, rows)


def _is_committed(solution: Solution, offer: str, period: int) -> bool:
    frame = solution.model.frame
    return any(
        row.kind == "order" and row.item == offer and row.status != "barred"
        and (not row.period or frame.calendar.period_at(row.period) <= period <= frame.last_period(row.period))
        for row in frame.case.commitments
    )  # fmt: skip


def arrivals(solution: Solution, places: NodeLabels) -> Table:
    """Returns what arrives where, open orders included."""
    frame = solution.model.frame
    units = solution.value(solution.model.orders.receive)
    rows = [
        (node, (frame.offer.labels[o], frame.site.labels[s], places.period[node], float(units[o, s, node])))
        for o, s, node in zip(*np.nonzero(units), strict=True)
    ]
    return places.table("arrivals", "offer site period units", rows)


def fleet(solution: Solution, places: NodeLabels) -> Table:
    """Returns what is owned by vintage, and what is leased and in term."""
    model = solution.model
    frame, pairs = model.frame, model.fleet.vintages.pairs
    kind, site = frame.accelerator.labels, frame.site.labels
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for c, cohort in enumerate(frame.case.opening_fleet):
        units = solution.value(model.fleet.cohort)[c]
        for node in np.flatnonzero(units):
            since = cohort.in_service_since
            cells = (cohort.accelerator, cohort.site, since, places.period[node], float(units[node]), "owned")
            rows.append((int(node), cells))
    stock = solution.value(model.fleet.stock)
    for g, s, pair in zip(*np.nonzero(stock), strict=True):
        last = int(pairs.last[pair])
        vintage = places.period[pairs.first[pair]]
        rows.append((last, (kind[g], site[s], vintage, places.period[last], float(stock[g, s, pair]), "owned")))
    rows += _leased(solution, places)
    return places.table("fleet", "accelerator site vintage period units holding", rows)


def _leased(solution: Solution, places: NodeLabels) -> list[tuple[int, tuple[Cell, ...]]]:
    model = solution.model
    frame, supply, tree = model.frame, model.supply, model.frame.tree
    receive = solution.value(model.orders.receive)
    held: dict[tuple[int, int, int, int], float] = {}
    pairs = tree.pairs
    for first, last, age in zip(pairs.first, pairs.last, tree.age(pairs), strict=True):
        for o in np.flatnonzero(supply.is_lease & (age < supply.term)):
            for s in np.flatnonzero(receive[o, :, first]):
                key = int(supply.accelerator[o]), int(s), int(first), int(last)
                held[key] = held.get(key, 0.0) + float(receive[o, s, first])
    running = in_term(frame)
    changes = model.lease_changes
    held_more = held_changes(frame, changes, solution.value(changes.leave), solution.value(changes.renew))
    for c, pair in zip(*np.nonzero(held_more), strict=True):
        term, units = changes.terms[c], float(held_more[c, pair])
        first, last = int(pairs.first[pair]), int(pairs.last[pair])
        if term.before < 0 and not term.is_offer:
            running[term.position, last] += units
        else:
            key = term.accelerator, term.site, first, last
            held[key] = held.get(key, 0.0) + units
    kind, site = frame.accelerator.labels, frame.site.labels
    rows: list[tuple[int, tuple[Cell, ...]]] = [
        (last, (kind[g], site[s], places.period[first], places.period[last], units, "leased"))
        for (g, s, first, last), units in held.items()
        if units > NOISE
    ]
    for i, node in zip(*np.nonzero(running > NOISE), strict=True):
        lease = frame.case.open_leases[i]
        cells = lease.accelerator, lease.site, lease.lease, places.period[node], float(running[i, node]), "leased"
        rows.append((int(node), cells))
    return rows


def sales(solution: Solution, places: NodeLabels) -> Table:
    """Returns what leaves the owned fleet and what it brings: units sold by decision, and those at the end of life."""
    frame = solution.model.frame
    rows: dict[tuple[str, str, str, int], _SoldUnits] = {}
    for key, sale in [*_sold_cohorts(solution), *_sold_vintages(solution, places)]:
        before = rows.get(key)
        rows[key] = sale if before is None else replace(sale, units=before.units + sale.units)
    found: list[tuple[int, tuple[Cell, ...]]] = []
    for (accelerator, site, vintage, node), sale in rows.items():
        value, period = sale.unit_musd, int(frame.tree.period[node])
        cells = accelerator, site, vintage, places.period[node], sale.units, sale.age * frame.delta
        money = round(value * 1e6, 6), sale.units * value
        flags = "yes" if sale.is_end_of_life else "no", "yes" if period < frame.case.settings.periods else "no"
        found.append((node, (*cells, *money, *flags)))
    columns = "accelerator site vintage period units age_years unit_value_usd musd end_of_life reported"
    return places.table("sales", columns, found)


@dataclass(frozen=True)
class _SoldUnits:
    """Units of one vintage that leave in one node; age in periods, value of a unit in USD million."""

    units: float
    age: int
    unit_musd: float
    is_end_of_life: bool


_Sold = tuple[tuple[str, str, str, int], _SoldUnits]


def _sold_cohorts(solution: Solution) -> Iterator[_Sold]:
    """Yields the sales of opening cohorts by accelerator, site, vintage and node."""
    frame, machines = solution.model.frame, solution.model.machines
    owned = solution.value(solution.model.fleet.cohort)
    for c, row in enumerate(frame.case.opening_fleet):
        kind, left = int(machines.cohort_accelerator[c]), int(machines.cohort_left[c])
        for node, (parent, period) in enumerate(zip(frame.tree.parent, frame.tree.period, strict=True)):
            opening = row.units if left >= 0 else 0.0
            there = opening if parent < 0 else owned[c, parent] * machines.survival[kind]
            age = int(machines.cohort_age[c] + period)
            sale = _sale(solution, kind, (there, float(owned[c, node])), age, is_last=period >= left)
            if sale is not None:
                yield (row.accelerator, row.site, row.in_service_since, node), sale


def _sold_vintages(solution: Solution, places: NodeLabels) -> Iterator[_Sold]:
    """Yields the sales of what has arrived in the plan by accelerator, site, vintage and node."""
    frame, machines, vintages = solution.model.frame, solution.model.machines, solution.model.fleet.vintages
    stock = solution.value(solution.model.fleet.stock)
    for pair in np.flatnonzero(vintages.parent >= 0):
        before = stock[:, :, vintages.parent[pair]]
        for g, s in zip(*np.nonzero(before), strict=True):
            there = before[g, s] * machines.survival[g]
            age = int(vintages.age[pair])
            kept = float(stock[g, s, pair])
            sale = _sale(solution, int(g), (there, kept), age, is_last=age >= machines.life[g])
            if sale is not None:
                vintage = places.period[vintages.pairs.first[pair]]
                node = int(vintages.pairs.last[pair])
                yield (frame.accelerator.labels[g], frame.site.labels[s], vintage, node), sale


def _sale(
    solution: Solution, accelerator: int, units: tuple[float, float], age: int, *, is_last: bool
) -> _SoldUnits | None:
    """Returns what is sold of units that have not failed, of which some are kept; None where that is noise."""
    there, kept = units
    if there - kept <= NOISE * max(1.0, there):
        return None
    frame, machines = solution.model.frame, solution.model.machines
    value = machines.resale_musd(frame.case, accelerator, np.array([age * frame.delta]))
    return _SoldUnits(float(there - kept), age, float(value[0]), bool(is_last))


def active(solution: Solution, places: NodeLabels) -> Table:
    """Returns what is powered and works."""
    frame = solution.model.frame
    units = solution.value(solution.model.fleet.active)
    rows = [
        (node, (frame.accelerator.labels[g], frame.site.labels[s], places.period[node], float(units[g, s, node])))
        for g, s, node in zip(*np.nonzero(units), strict=True)
    ]
    return places.table("active", "accelerator site period units", rows)


def assignments(solution: Solution, places: NodeLabels) -> Table:
    """Returns who does which work, queries a second at peak."""
    frame = solution.model.frame
    rate = solution.value(solution.model.assignments.assign)
    kind, site, work = frame.accelerator.labels, frame.site.labels, frame.workload.labels
    rows = [
        (node, (kind[g], site[s], work[w], places.period[node], float(rate[g, s, w, node])))
        for g, s, w, node in zip(*np.nonzero(rate), strict=True)
    ]
    return places.table("assignments", "accelerator site workload period qps", rows)


def power(solution: Solution, places: NodeLabels) -> Table:
    """Returns facility power by site: drawn, available (blank: no limit), and what one more MW is worth."""
    model = solution.model
    frame = model.frame
    drawn, available = solution.value(model.power.drawn), solution.value(model.power.available)
    price = solution.price(SITE_POWER.rows, (frame.site, frame.node))
    rows = []
    for s, site in enumerate(frame.site.labels):
        for node, period in enumerate(places.period):
            has_limit = bool(model.power.is_limited[s, node])
            there = float(available[s, node]) if has_limit else None
            slack = None if there is None else there - float(drawn[s, node])
            worth = float(price[s, node]) if has_limit else None
            rows.append((node, (site, period, float(drawn[s, node]), there, slack, worth)))
    return places.table("power", "site period drawn_mw available_mw slack_mw price", rows)


def carbon(solution: Solution, places: NodeLabels) -> Table:
    """Returns what each site emits, by electricity and by making what arrives; nothing where nothing is said of it."""
    model = solution.model
    operational, embodied = solution.value(model.carbon.operational), solution.value(model.carbon.embodied)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for s, site in enumerate(model.frame.site.labels if model.carbon.is_reported else ()):
        for node, period in enumerate(places.period):
            parts = float(operational[s, node]), float(embodied[s, node])
            rows.append((node, (site, period, *parts, sum(parts))))
    return places.table("carbon", "site period operational_tonnes embodied_tonnes tonnes", rows)


def carbon_limits(solution: Solution, places: NodeLabels) -> Table:
    """Returns what may be emitted in each span (blank: no limit), what is, and what one more tonne is worth."""
    amounts = solution.model.carbon.amounts
    used, there = solution.value(amounts.used), solution.value(amounts.available)
    price = solution.price(amounts.requirement.rows, amounts.axes)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for i, (label, node) in enumerate(zip(amounts.labels, amounts.node.tolist(), strict=True)):
        most = float(there[i]) if amounts.is_bounded[i] else None
        slack = None if most is None else most - float(used[i])
        rows.append((node, (label, most, float(used[i]), slack, float(price[i]))))
    return places.table("carbon_limits", "span tonnes emitted_tonnes slack_tonnes price", rows)


def carbon_figures(tables: Mapping[str, Table]) -> list[tuple[Cell, ...]]:
    """Returns the key figure of what is emitted in the reported periods; amounts of futures by their probability."""
    reported = {row["period"]: row["reported"] == "yes" for row in tables["period_figures"].records()}
    rows = [row for row in tables["carbon"].records() if reported[row["period"]]]
    tonnes = sum(float(row["tonnes"] or 0.0) * float(row.get("probability") or 1.0) for row in rows)
    return [("carbon_emitted", tonnes, "t CO2e", "reported", "")] if rows else []


MAKES = (orders, arrivals, fleet, sales, active, assignments, power, carbon, carbon_limits)
FIGURES: tuple[Callable[[Mapping[str, Table]], list[tuple[Cell, ...]]], ...] = (carbon_figures,)
"""What makes further key figures of the finished tables."""
