"""Orders, arrivals and scarce resources: what was ordered arrives, in lots, in time, and within the limits."""

from __future__ import annotations

from models.checks.evidence import Amounts, Evidence, UsedAmount
from models.checks.plan_check import compares
from models.checks.report import Recorder
from models.checks.rights import cancelled, coming
from models.checks.time import Interval

PART_OF_ORDER = 1e-6
"""Parts of an order below this share of all arrivals of its offer, or units, are rounding."""


@compares("arrivals.units orders.units")
def arrivals_follow_orders(plan: Evidence, record: Recorder) -> None:
    """Σ_{v ≤ t} Σ_s receive[o,s,v] = Σ orders of o deliverable by t, less cancelled, + open orders due by t.

    An order of period v is deliverable from the first u on with u − v ≥ the lead time in force at u, and of it the
    share that is delivered at u. Open orders arrive at their own site in their due period, in the same way. An offer in
    `touched` may arrive later: ≤; but since it was last touched, at least what was ordered since then has arrived when
    it is deliverable.
    """
    for name, offer in plan.facts.offers.items():
        touched = max(0, plan.touched.get(name, plan.calendar.periods))
        due = [0.0] * plan.calendar.periods
        onsets, before = _onsets(plan, name), _due_before(plan, name)
        lots_by_dates: list[tuple[int, int, float]] = []
        came = [0.0] * plan.calendar.periods
        for (ordered, t), order in plan.orders.items():
            arrival = deliverable(plan, name, t) if ordered == name else None
            if arrival is not None:
                lots = order.units if order.lots is None or offer.lot_size is None else order.lots * offer.lot_size
                lots -= cancelled(plan, name, t)
                lots *= plan.facts.delivered[name][arrival]
                due[arrival] += lots
                lots_by_dates.append((t, arrival, lots))
        for (ordered, _, t), units in coming(plan).items():
            if ordered == name and t < plan.calendar.periods:
                # What was due before the plan is late and can come at once.
                due[max(0, t)] += units
        for (arrived, _, t), units in plan.arrivals.items():
            if arrived == name:
                came[t] += units
        total_due = total_came = 0.0
        for t, label in enumerate(plan.labels):
            total_due += due[t]
            total_came += came[t]
            compare = record.at_most if t >= touched else record.equal
            compare(total_came, total_due, (name, label), "units arrived so far, against those due")
            if t >= touched:
                onset = max(onset for onset in onsets if onset <= t)
                last = max(0, onset)
                since = sum(came[last : t + 1])
                wanted = sum(lots for ordered, arrival, lots in lots_by_dates if ordered >= last and arrival <= t)
                wanted += sum(units for due_in, units in before if due_in <= t) if onset < 0 else 0.0
                record.at_least(
                    since, wanted, (name, label), "units arrived since the disruption, against orders since"
                )
    for (name, site, t), units in coming(plan, to_their_site=True).items():
        if 0 <= t < plan.touched.get(name, plan.calendar.periods):
            came_here = plan.arrivals.get((name, site, t), 0.0)
            record.at_least(came_here, units, (name, site, plan.labels[t]), "arrivals of open orders")


def _onsets(plan: Evidence, offer: str) -> list[int]:
    """The periods in which an offer is touched: each begins a time from which earlier orders may be late."""
    found = [plan.calendar.holding(row.since) for row in plan.case.backlogs if row.offer == offer]
    return [*found, *([plan.touched[offer]] if offer in plan.touched else [])]


def _due_before(plan: Evidence, offer: str) -> list[tuple[int, float]]:
    """When how many units must come of what was ordered since the offer was last touched, both before the plan.

    What has come beyond that is taken off at once.
    """
    onsets = [(plan.calendar.holding(row.since), row.came_before) for row in plan.case.backlogs if row.offer == offer]
    last, came = max((one for one in onsets if one[0] < 0), default=(0, 0.0))
    found = [(-1, -came)]
    for row in plan.case.open_orders:
        due = plan.calendar.holding(row.due)
        is_of_it = row.offer == offer and row.ordered and plan.calendar.holding(row.ordered) >= last
        if is_of_it and last < 0 and 0 <= due < plan.calendar.periods:
            found.append((due, row.units * plan.facts.delivered[offer][due]))
    return found


def deliverable(plan: Evidence, offer: str, ordered: int) -> int | None:
    """Returns the first period in which an order can be delivered; None where that is not in the horizon."""
    leads = plan.facts.leads_on_arrival[offer]
    return next((u for u in range(ordered, plan.calendar.periods) if u - ordered >= leads[u]), None)


def undelivered(plan: Evidence, offer: str) -> dict[tuple[int, int], float]:
    """Returns by period of an order, and of its delivery, the units that never come; orders before the plan are −1."""
    found: dict[tuple[int, int], float] = {}
    for (name, t), order in plan.orders.items():
        arrival = deliverable(plan, offer, t) if name == offer else None
        if arrival is not None and plan.facts.delivered[offer][arrival] < 1.0:
            units = order.units - cancelled(plan, offer, t)
            found[t, arrival] = units * (1.0 - plan.facts.delivered[offer][arrival])
    for row in plan.case.open_orders:
        due = plan.calendar.holding(row.due)
        if row.offer == offer and 0 <= due < plan.calendar.periods and plan.facts.delivered[offer][due] < 1.0:
            found[-1, due] = found.get((-1, due), 0.0) + row.units * (1.0 - plan.facts.delivered[offer][due])
    return found


def arrivals_of_orders(plan: Evidence, offer: str) -> dict[int, list[tuple[int, float]]]:
    """Returns, by period of an order, when how many of its units arrive: the first deliverable ones arrive first.

    What was ordered before the plan waits with the rest; parts within rounding of nothing are left out.
    """
    came = [0.0] * plan.calendar.periods
    for (name, _, t), units in plan.arrivals.items():
        if name == offer:
            came[t] += units
    queue = [(due, -1, units) for (name, _, due), units in coming(plan).items() if name == offer]
    for (name, t), order in plan.orders.items():
        if name == offer:
            arrival = deliverable(plan, offer, t)
            share = 1.0 if arrival is None else plan.facts.delivered[offer][arrival]
            units = order.units - cancelled(plan, offer, t)
            queue.append((plan.calendar.periods if arrival is None else arrival, t, units * share))
    least = PART_OF_ORDER * max(1.0, sum(came))
    found: dict[int, list[tuple[int, float]]] = {}
    rest, now = list(came), 0
    for _, ordered, units in sorted(queue):
        wanted = units
        parts: list[tuple[int, float]] = []
        while wanted > 0 and now < len(rest):
            part = min(wanted, rest[now])
            wanted -= part
            rest[now] -= part
            if part > least:
                parts.append((now, part))
            now += rest[now] <= 0
        if ordered >= 0:
            found[ordered] = parts
    return found


@compares("orders.lots orders.units")
def order_lots(plan: Evidence, record: Recorder) -> None:
    """order[o,n] is a whole number of lots, zero or within [min_lots, max_lots], in the window, at a price, in time."""
    for (name, t), order in plan.orders.items():
        offer = plan.facts.offers[name]
        where = (name, plan.labels[t])
        lots = order.units if order.lots is None else order.lots
        if offer.lot_size is not None:
            record.whole(lots, where, "lots")
        if lots > record.tolerance:
            record.at_least(lots, offer.min_lots, where, "lots")
            record.holds(
                where,
                "order period",
                found=plan.labels[t],
                expected="inside the window of the offer",
                fact=t in plan.calendar.window(offer.first_order, offer.last_order),
            )
            record.holds(
                where,
                "price",
                found="none",
                expected="known in the period of the order",
                fact=plan.facts.prices[name][t] is not None,
            )
            arrival = t + plan.facts.leads[name]
            record.at_most(arrival, plan.calendar.periods - 1, where, "period of nominal arrival, counted from 0")
        if offer.max_lots_per_period is not None:
            record.at_most(lots, offer.max_lots_per_period, where, "lots")


@compares("arrivals.units orders.units")
def order_sites(plan: Evidence, record: Recorder) -> None:
    """receive[o,s,n] > 0 only at a site that the offer names; elsewhere so far at most the open orders due there."""
    for name, site, t in plan.arrivals:
        allowed = plan.facts.offers[name].sites
        if allowed and site not in allowed:
            came, due = (
                sum(units for (o, s, u), units in rows.items() if (o, s) == (name, site) and u <= t)
                for rows in (plan.arrivals, coming(plan))
            )
            record.at_most(came, due, (name, site, plan.labels[t]), "arrivals so far at a site that is not allowed")
        else:
            record.checked[record.requirement] += 1


def limit_rows(plan: Evidence) -> list[tuple[str, Interval, str, float | None, float, float]]:
    """Returns limit, stretch, its label, supply with what is added (None: no limit), use, and the largest use."""
    found: list[tuple[str, Interval, str, float | None, float, float]] = []
    for name in dict.fromkeys(row.limit for row in plan.case.limits):
        rows = [row for row in plan.case.limits if row.limit == name]
        uses = {row.offer: row.use_per_unit for row in plan.case.limit_use if row.limit == name}
        used = [0.0] * plan.calendar.periods
        largest = [0.0] * plan.calendar.periods
        for (offer, _, t), units in plan.arrivals.items():
            amount = uses.get(offer, 0.0) * units
            used[t] += amount
            largest[t] = max(largest[t], amount)
        for stretch, members in plan.calendar.stretches(row.span for row in rows).items():
            periods = plan.calendar.within(stretch)
            if not periods:
                continue
            amounts = [rows[member].amount for member in members]
            before = sum(rows[member].used_before for member in members)
            given = [amount for amount in amounts if amount is not None]
            supply = sum(given) - before + added_supply(plan, name, periods) if len(given) == len(amounts) else None
            taken = sum(used[t] for t in periods)
            label = rows[members[0]].span if len(members) == 1 else plan.labels[periods[0]]
            found.append((name, stretch, label, supply, taken, max(largest[t] for t in periods)))
    return found


def added_supply(plan: Evidence, limit: str, periods: range) -> float:
    """Returns Δ × amount per year over the periods in which agreements are live and companies owned."""
    return sum(
        row.amount_per_year * plan.calendar.years
        for row in plan.case.added_supply
        if row.limit == limit
        for t in periods
        if plan.states.is_open(row.gate, t)
    )


def limit_amounts(plan: Evidence) -> Amounts:
    """Returns the supply of each limit in its span, and what is used of it."""
    units = {row.limit: row.unit for row in plan.case.limits}
    return {
        ("limits", name, label): UsedAmount(
            used, supply, units[name], stretch, "limit", f"limit {name}", reported=plan.is_reported(stretch)
        )
        for name, stretch, label, supply, used, _ in limit_rows(plan)
        if supply is not None
    }


@compares("limits.used orders.units arrivals.units", amounts=limit_amounts)
def limits(plan: Evidence, record: Recorder) -> None:
    """Σ use[ℓ,o]·receive[o,s,n] over a span ≤ supply + what live agreements and owned companies add."""
    for name, _, label, supply, used, largest in limit_rows(plan):
        if supply is not None:
            record.at_most(used, supply, (name, label), "use of the limit", largest)
