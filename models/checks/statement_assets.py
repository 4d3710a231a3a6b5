"""What is carried in the books of a plan, recomputed: orders, accelerators, power, own chips, companies, agreements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from models.checks import dates
from models.checks.evidence import Build, Evidence
from models.checks.rights import EARLY, cancelled, not_cancelled, order_price
from models.checks.supply_checks import deliverable
from models.checks.time import MONTHS_PER_YEAR, interval

Key = tuple[str, str, str]
"""Account, item, and vintage: when it was ordered, begun or arrived; blank where all is one."""
LIFE_OF_POWER = 20.0


@dataclass(frozen=True)
class Carried:
    """What is carried in a period, USD million: at its begin and end, what it cost, and what happened in between."""

    cost: float
    opening: float
    paid: float
    received: float
    charged: float
    removed: float
    closing: float


Books = dict[Key, dict[int, Carried]]


Result = TypeVar("Result")


def once(plan: Evidence, what: str, work: Callable[[], Result]) -> Result:
    """Returns what was worked out of a plan before, or works it out."""
    if what not in plan.worked_out:
        plan.worked_out[what] = work()
    found: Result = plan.worked_out[what]
    return found


def ledger_lines(plan: Evidence) -> dict[tuple[str, str], list[float]]:
    """Returns the lines of the ledger by category and name, USD million by period; without what is left at the end."""

    def work() -> dict[tuple[str, str], list[float]]:
        found: dict[tuple[str, str], list[float]] = {}
        for (category, line, t), (musd, _) in plan.costs.items():
            if t < plan.calendar.periods:
                found.setdefault((category, line), nothing(plan))[t] += musd
        return found

    return once(plan, "ledger lines", work)


def cash_of(plan: Evidence, category: str, *names: str) -> list[float]:
    """Returns what is paid by period of lines of the ledger, by their names."""
    lines = ledger_lines(plan)
    return added(nothing(plan), *(lines[category, name] for name in names if (category, name) in lines))


def carried(
    opening: float, paid: list[float], received: list[float], closing: list[float], charged: list[float],
    cost: list[float] | None = None,
) -> dict[int, Carried]:  # fmt: skip
    """Returns the periods of an account; what is neither charged nor left is removed."""
    found, before = {}, opening
    for t, after in enumerate(closing):
        gone = before + paid[t] + received[t] - charged[t] - after
        found[t] = Carried((cost or closing)[t], before, paid[t], received[t], charged[t], gone, after)
        before = after
    return found


def nothing(plan: Evidence) -> list[float]:
    """Returns 0 in each period."""
    return [0.0] * plan.calendar.periods


def left_of(age: float, life: float) -> float:
    """Returns the share of a cost that is left at an age, both in periods: 1 before it begins, 0 after its life."""
    return min(1.0, max(0.0, (life - age) / life))


def periods_of(plan: Evidence, years: float) -> float:
    """Returns years as periods, at least one."""
    return max(1.0, years / plan.calendar.years)


def books_of(plan: Evidence) -> Books:
    """Returns every account but those of leases."""
    arriving = {row.offer: cost_of_arrivals(plan, row.offer) for row in plan.case.offers if row.kind == "buy"}
    books: Books = {}
    for part in (_orders(plan, arriving), _machines(plan, arriving), _power(plan), _chips(plan), _deals(plan),
                 _loan_fees(plan)):  # fmt: skip
        books |= dict(part)
    return books


def cost_of_arrivals(plan: Evidence, offer: str) -> list[float]:
    """Returns what the units that arrive of an offer were bought for, by period: the first deliverable arrive first."""
    return once(plan, f"cost of arrivals of {offer}", lambda: _cost_of_arrivals(plan, offer))


def _cost_of_arrivals(plan: Evidence, offer: str) -> list[float]:
    count = plan.calendar.periods
    queue: list[tuple[int, int, float, float]] = []
    for number, row in enumerate(row for row in plan.case.open_orders if row.offer == offer):
        due = plan.calendar.holding(row.due)
        inside = 0 <= due < count
        share = plan.facts.delivered[offer][due] if inside else 1.0
        price = (row.balance_usd_per_unit + row.paid_usd_per_unit) / 1e6
        units = row.units * share * not_cancelled(plan, row)
        queue.append((due, number - len(plan.case.open_orders) - 1, units, price if due < count else 0.0))
    for (name, t), order in plan.orders.items():
        if name == offer and order.units:
            when = deliverable(plan, offer, t)
            share = 1.0 if when is None else plan.facts.delivered[offer][when]
            units = (order.units - cancelled(plan, offer, t)) * share
            queue.append((count if when is None else when, t, units, order.invoice_musd / order.units))
    came = nothing(plan)
    for (name, _, t), units in plan.arrivals.items():
        came[t] += units if name == offer else 0.0
    found, waiting = nothing(plan), [[units, price] for _, _, units, price in sorted(queue)]
    for t, wanted in enumerate(came):
        while wanted > 0 and waiting:
            part = min(wanted, waiting[0][0])
            found[t] += part * waiting[0][1]
            wanted -= part
            waiting[0][0] -= part
            if waiting[0][0] <= 0:
                waiting.pop(0)
    return found


def _orders(plan: Evidence, arriving: dict[str, list[float]]) -> Iterator[tuple[Key, dict[int, Carried]]]:
    whats = ("units", "open orders", "undelivered", "cancellation", "balance not due", "late order paid back")
    for offer, cost in arriving.items():
        paid = cash_of(plan, "hardware", *(f"{what} {offer}" for what in whats))
        fees = nothing(plan)
        for row in plan.rows["cancellations"]:
            if row["offer"] == offer and row["right"] == EARLY:
                share = plan.facts.offers[offer].cancel_fee_share
                fees[row["period"]] += row["units"] * share * order_price(plan, offer, row["ordered"])
        rows = [row for row in plan.case.open_orders if row.offer == offer]
        before = sum(row.units * row.paid_usd_per_unit / 1e6 - row.balance_musd for row in rows)
        left = [
            before + sum(paid[: t + 1]) - sum(cost[: t + 1]) - sum(fees[: t + 1]) for t in range(plan.calendar.periods)
        ]
        yield ("orders", offer, ""), carried(before, paid, [-musd for musd in cost], left, fees)


def unit_values(plan: Evidence) -> dict[tuple[str, str], tuple[float, float, float, int]]:
    """Returns by accelerator and vintage its book value at the start, what it cost after, per unit, and when it began.

    The cost of a unit is that of all units of the vintage, those of the opening fleet at their book value.
    """
    return once(plan, "unit values", lambda: _unit_values(plan))


def _unit_values(plan: Evidence) -> dict[tuple[str, str], tuple[float, float, float, int]]:
    found: dict[tuple[str, str], tuple[float, float, float, int]] = {}
    came: dict[tuple[str, str], dict[str, float]] = {}
    for row in plan.case.opening_fleet:
        came.setdefault((row.accelerator, row.in_service_since), {})
    for (name, _, t), units in plan.arrivals.items():
        offer = plan.facts.offers[name]
        if offer.kind == "buy":
            own = came.setdefault((offer.accelerator, plan.labels[t]), {})
            own[name] = own.get(name, 0.0) + units
    for (accelerator, label), own in came.items():
        rows = [r for r in plan.case.opening_fleet if (r.accelerator, r.in_service_since) == (accelerator, label)]
        opening = sum(row.units * row.book_value_usd_per_unit for row in rows) / 1e6
        first = max(0, (interval(label)[0] - plan.calendar.start) // plan.calendar.months)
        units = sum(row.units for row in rows) + sum(own.values())
        cost = sum(cost_of_arrivals(plan, name)[first] for name in own)
        cost += sum(cash_of(plan, "hardware", f"integration {name}")[first] for name in own)
        if units and (opening or cost):
            found[accelerator, label] = opening, cost, (opening + cost) / units, first
    return found


def life_of(plan: Evidence, accelerator: str, label: str) -> float:
    """Returns the periods over which a vintage loses its value; of opening units those that are left."""
    chosen = plan.case.settings.accelerator_years
    years = plan.facts.accelerators[accelerator].life_years if chosen is None else chosen
    age = max(0, plan.calendar.start - interval(label)[0]) / MONTHS_PER_YEAR
    return periods_of(plan, years - age)


def _machines(plan: Evidence, arriving: dict[str, list[float]]) -> Iterator[tuple[Key, dict[int, Carried]]]:
    for (accelerator, label), (opening, _, each, first) in unit_values(plan).items():
        life, paid, received = life_of(plan, accelerator, label), nothing(plan), nothing(plan)
        for name, cost in arriving.items():
            if plan.facts.offers[name].accelerator == accelerator and label == plan.labels[first]:
                received[first] += cost[first]
                paid[first] += cash_of(plan, "hardware", f"integration {name}")[first]
        held = nothing(plan)
        for site in plan.facts.sites:
            for t, units in plan.owned.get((accelerator, site, label), {}).items():
                held[t] += units
        cost_held = [units * each for units in held]
        closing = [musd * left_of(t + 1 - first, life) for t, musd in enumerate(cost_held)]
        worn = [left_of(t - first, life) - left_of(t + 1 - first, life) for t in range(len(held))]
        charged = [musd * share for musd, share in zip(cost_held, worn, strict=True)]
        yield ("accelerators", accelerator, label), carried(opening, paid, received, closing, charged, cost_held)


def sold_book_value(plan: Evidence) -> list[float]:
    """Returns by period what sold units were carried at when the period began."""
    found, known = nothing(plan), unit_values(plan)
    for (accelerator, _, label, t), sale in plan.sales.items():
        if (accelerator, label) in known:
            _, _, each, first = known[accelerator, label]
            found[t] += sale.units * each * left_of(t - first, life_of(plan, accelerator, label))
    return found


def modules_of(plan: Evidence) -> dict[tuple[str, int], list[Build]]:
    """Returns orders of modules by expansion and period."""
    found: dict[tuple[str, int], list[Build]] = {}
    for build in plan.builds:
        found.setdefault((build.expansion, build.period), []).append(build)
    return found


def _power(plan: Evidence) -> Iterator[tuple[Key, dict[int, Carried]]]:
    count, calendar = plan.calendar.periods, plan.calendar
    for (name, ordered), builds in modules_of(plan).items():
        given, modules = plan.facts.expansions[name], sum(build.modules for build in builds)
        spread = max(1, calendar.lag(given.lead_time_months))
        due = [t for t in range(ordered, ordered + spread) if t >= 0]
        whole = len(due) * modules * given.cost_musd_per_module / spread
        if not whole:
            continue
        paid = [whole / len(due) if t in due else 0.0 for t in range(count)]
        works, label = dates.energised(plan.facts, calendar, name, ordered), calendar.label(ordered)
        first = count if works is None else min(count, max(0, works))
        moved, so_far = nothing(plan), [sum(paid[: t + 1]) for t in range(count)]
        if first < count:
            moved[first] = whole
        building = [musd - (whole if t >= first else 0.0) for t, musd in enumerate(so_far)]
        if works is None:
            failed = plan.facts.delays[name].failed
            building = [0.0 if failed[t] and t >= ordered else musd for t, musd in enumerate(so_far)]
        yield ("construction", name, label), carried(0.0, paid, [-musd for musd in moved], building, nothing(plan))
        if works is not None and first < count:
            chosen = plan.case.settings.power_years
            life = periods_of(plan, (given.life_years or LIFE_OF_POWER) if chosen is None else chosen)
            life = life if given.term_months is None else min(life, calendar.term(given.term_months))
            life = max(1.0, life + min(0, works))
            left = [whole * left_of(t + 1 - first, life) if t >= first else 0.0 for t in range(count)]
            worn = [(left[t - 1] if t > first else whole) - left[t] if t >= first else 0.0 for t in range(count)]
            cost = [whole if t >= first else 0.0 for t in range(count)]
            yield ("power", name, label), carried(0.0, nothing(plan), moved, left, worn, cost)


def _chips(plan: Evidence) -> Iterator[tuple[Key, dict[int, Carried]]]:
    """What is paid is charged evenly from when it is paid, or the chip is ready, to the end of its years."""
    count = plan.calendar.periods
    life = periods_of(plan, plan.case.settings.programme_years)
    for start in plan.starts if plan.case.settings.capitalise_programmes else ():
        name, route = f"{start.programme}/{start.route}", (start.programme, start.route)
        paid = cash_of(plan, "tape_out", f"design {name}", f"masks {name}", f"respins {name}")
        ready = dates.ready(plan.facts, plan.calendar, *route, start.start)
        stop = dates.stopped(plan.facts, plan.calendar, *route, start.start)
        closing, charged, cost = nothing(plan), nothing(plan), nothing(plan)
        for t, musd in enumerate(paid):
            begin = t if ready is None else max(t, ready, 0)
            end = begin + 1.0 if ready is None else max(begin + 1.0, max(0, ready) + life)
            for u in range(t, min(count, stop)):
                worn = 0.0 if ready is None else min(1.0, max(0.0, (u + 1 - begin) / (end - begin)))
                before = 0.0 if ready is None or u == t == begin else min(1.0, max(0.0, (u - begin) / (end - begin)))
                closing[u] += musd * (1.0 - worn)
                charged[u] += musd * (worn - before)
                cost[u] += musd
        if any(paid):
            label = plan.calendar.label(start.start)
            yield ("programmes", name, label), carried(0.0, paid, nothing(plan), closing, charged, cost)


def _deals(plan: Evidence) -> Iterator[tuple[Key, dict[int, Carried]]]:
    count = plan.calendar.periods
    for deal in plan.closings:
        name = deal.acquisition
        paid = cash_of(plan, "acquisition", f"price {name}", f"refund {name}")
        lost = dates.refunded(plan.facts, plan.calendar, name, deal.signed)
        kept = [sum(paid[: t + 1]) if lost is None or t < lost else 0.0 for t in range(count)]
        if any(paid):
            label = plan.calendar.label(deal.signed)
            yield ("acquisitions", name, label), carried(0.0, paid, nothing(plan), kept, nothing(plan))
    for signing in plan.signings:
        paid = cash_of(plan, "agreement", f"prepayment {signing.agreement}")
        given, whole = plan.facts.agreements[signing.agreement], sum(paid)
        first, term = signing.signed + plan.calendar.lag(given.lag_months), plan.calendar.term(given.term_months)
        if whole:
            so_far = [sum(paid[: t + 1]) for t in range(count)]
            worn = [whole / term if first <= t < first + term else 0.0 for t in range(count)]
            left = [musd - sum(worn[: t + 1]) for t, musd in enumerate(so_far)]
            label = plan.calendar.label(signing.signed)
            yield ("agreements", signing.agreement, label), carried(0.0, paid, nothing(plan), left, worn, so_far)


def _loan_fees(plan: Evidence) -> Iterator[tuple[Key, dict[int, Carried]]]:
    for row in plan.case.facilities:
        term = plan.calendar.term(row.term_months)
        for t, fee in enumerate(cash_of(plan, "financing", f"fee {row.facility}")):
            if fee:
                times = range(plan.calendar.periods)
                paid = [fee if u == t else 0.0 for u in times]
                worn = [fee / term if t <= u < t + term else 0.0 for u in times]
                left = [fee * left_of(u + 1 - t, term) if u >= t else 0.0 for u in times]
                cost = [fee if u >= t else 0.0 for u in times]
                yield ("loan fees", row.facility, plan.labels[t]), carried(0.0, paid, nothing(plan), left, worn, cost)


def total(plan: Evidence, books: Books, account: str, what: str) -> list[float]:
    """Returns what happens in all accounts of a kind, by period."""
    found = nothing(plan)
    for (kind, _, _), periods in books.items():
        for t, row in periods.items() if kind == account else ():
            found[t] += getattr(row, what)
    return found


def added(*parts: Iterable[float]) -> list[float]:
    """Returns the sums of several series."""
    return [sum(values) for values in zip(*parts, strict=True)]
