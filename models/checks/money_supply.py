"""Cost lines of orders and arrivals, recomputed: hardware and leases, with volume discounts."""

from __future__ import annotations

from models.checks.evidence import USD_PER_MUSD, Evidence, Lines
from models.checks.rights import LATE, agreed_rent, exit_fee, exits_of, lease_terms, order_before, order_price
from models.checks.supply_checks import deliverable
from models.checks.time import MONTHS_PER_YEAR, interval
from models.tables.fleet_rows import Offer, PriceTier
from models.tables.holding_rows import OpenLease

INCOME = frozenset(
    {
        ("acquisition", "contribution"),
        ("acquisition", "refund"),
        ("hardware", "undelivered"),
        ("hardware", "cancellation"),
        ("hardware", "late order paid back"),
        ("tape_out", "respins"),
    }
)
"""Lines, by category and what they are, that nothing is lent for: they may be income."""
RUNNING = "running"
"""Rent of leases that run at the start belongs to no offer."""


def add(lines: Lines, what: str, item: str, period: int, musd: float) -> None:
    """Adds an amount to a line."""
    key = (what, item, period)
    lines[key] = lines.get(key, 0.0) + musd


def tiered(plan: Evidence) -> frozenset[str]:
    """Returns the offers with volume discounts."""
    return frozenset(row.offer for row in plan.case.price_tiers)


def bills(plan: Evidence, offer: Offer) -> dict[int, float]:
    """Returns the bill of an offer's order in each period, in USD: C(Q(n)) − C(Q(p(n))) within a span of tiers.

    Q is what was ordered in the span up to and including the period. Outside spans: price × units.
    """
    spans: dict[str, list[PriceTier]] = {}
    for row in plan.case.price_tiers:
        if row.offer == offer.offer:
            spans.setdefault(row.span, []).append(row)
    tiers_in = {t: span for span in spans for t in plan.calendar.within(interval(span))}
    past = [row for row in plan.case.past_orders if row.offer == offer.offer]
    so_far = {span: sum(row.units for row in past if _within(row.period, span)) for span in spans}
    found: dict[int, float] = {}
    for t in sorted(period for name, period in plan.orders if name == offer.offer):
        units = plan.orders[offer.offer, t].units
        price = plan.facts.prices[offer.offer][t] or 0.0
        span = tiers_in.get(t)
        if span is None:
            found[t] = price * units
        else:
            before = so_far[span]
            so_far[span] = before + units
            found[t] = price * (discounted_units(spans[span], before + units) - discounted_units(spans[span], before))
    return found


def _within(label: str, span: str) -> bool:
    """True where a label begins in a span."""
    first, end = interval(span)
    return first <= interval(label)[0] < end


def discounted_units(tiers: list[PriceTier], quantity: float) -> float:
    """Returns C(Q) over the price: the units, each less its discount.

    Of kind incremental each unit has the discount of its own tier, of kind all-units that of the tier reached.
    """
    steps = sorted((row.from_units, row.discount) for row in tiers)
    if tiers[0].kind == "all_units":
        # A quantity within rounding of a threshold has reached it; one that stays below ends a millionth away.
        reached = [discount for start, discount in steps if quantity >= start - 5e-7 * max(1.0, start)]
        return quantity * (1.0 - reached[-1]) if reached else quantity
    total = min(quantity, steps[0][0])
    for (start, discount), end in zip(steps, [*(step[0] for step in steps[1:]), float("inf")], strict=True):
        total += max(0.0, min(quantity, end) - start) * (1.0 - discount)
    return total


def hardware_lines(plan: Evidence) -> Lines:
    """Returns deposits at order and balances at order + nominal lead, open balances when due, and integration.

    What is not delivered is paid back when it would have been deliverable, but not before its balance is due.
    """
    lines: Lines = {}
    for name, offer in plan.facts.offers.items():
        lead = plan.facts.leads[name]
        if offer.kind == "buy":
            for t, usd in bills(plan, offer).items():
                share = 1.0 if lead == 0 else offer.deposit_share
                add(lines, "units", name, t, share * usd / USD_PER_MUSD)
                if lead and t + lead < plan.calendar.periods:
                    add(lines, "units", name, t + lead, (1.0 - share) * usd / USD_PER_MUSD)
                _cancelled(plan, lines, name, t)
                lost, back = paid_back(plan, name, t)
                if lost and back < plan.calendar.periods:
                    add(lines, "undelivered", name, back, -lost * usd / USD_PER_MUSD)
    for row in plan.case.open_orders:
        due = plan.calendar.holding(row.balance_due or row.due)
        if 0 <= due < plan.calendar.periods and plan.facts.offers[row.offer].kind == "buy":
            share = 1.0 if row.balance_due else plan.facts.delivered[row.offer][due]
            usd = row.units * row.balance_usd_per_unit * share
            add(lines, "open orders", row.offer, due, usd / USD_PER_MUSD + row.balance_musd)
    _cancelled_before(plan, lines)
    for (name, _, t), units in plan.arrivals.items():
        add(lines, "integration", name, t, units * plan.facts.offers[name].integration_usd_per_unit / USD_PER_MUSD)
    return lines


def _cancelled(plan: Evidence, lines: Lines, offer: str, ordered: int) -> None:
    """Adds the fee less the deposit, and the balance that is not due; of what is late all that was paid comes back."""
    row, lead = plan.facts.offers[offer], plan.facts.leads[offer]
    for one in plan.rows["cancellations"]:
        if (one["offer"], one["ordered"]) == (offer, ordered):
            value = one["units"] * order_price(plan, offer, ordered)
            if one["right"] == LATE:
                add(lines, "late order paid back", offer, one["period"], -value)
                continue
            add(lines, "cancellation", offer, one["period"], value * (row.cancel_fee_share - row.deposit_share))
            if ordered + lead < plan.calendar.periods:
                add(lines, "balance not due", offer, ordered + lead, -value * (1.0 - row.deposit_share))


def _cancelled_before(plan: Evidence, lines: Lines) -> None:
    """Of orders from before the plan: the fee less all that was paid by then, and balances that are not due."""
    for one in plan.rows["cancellations"]:
        if one["ordered"] >= 0:
            continue
        name, units, t = one["offer"], one["units"], one["period"]
        order = order_before(plan, name, one["ordered"])
        is_late = one["right"] == LATE
        fee = 0.0 if is_late else order_price(plan, name, one["ordered"]) * plan.facts.offers[name].cancel_fee_share
        what = "late order paid back" if is_late else "cancellation"
        add(lines, what, name, t, units * (fee - order.paid - order.owed_by(t)))
        for due, musd in order.owed:
            if t < due < plan.calendar.periods:
                add(lines, "balance not due", name, due, -units * musd)


def _changed(plan: Evidence, lines: Lines) -> None:
    """Adds rents not due of what leaves a lease early, its fees, and rents of renewed terms."""
    for term in lease_terms(plan):
        lead = "running " if isinstance(term.contract, OpenLease) else ""
        inside = range(term.begin, min(term.end, plan.calendar.periods))
        yearly = term.rent * plan.calendar.years
        if term.number:
            for t in inside:
                add(lines, f"{lead}renewed", term.name, t, term.units * yearly)
        for row in exits_of(plan, term):
            if row["effective"] < plan.calendar.periods:
                add(lines, f"{lead}exit fee", term.name, row["effective"], exit_fee(term, row["units"]))
            for t in inside:
                if t >= row["effective"]:
                    add(lines, f"{lead}left early", term.name, t, -row["units"] * yearly)


def paid_back(plan: Evidence, offer: str, ordered: int) -> tuple[float, int]:
    """Returns what share of an order's price is paid back as it is not delivered, and in which period."""
    came = deliverable(plan, offer, ordered)
    due = ordered + plan.facts.leads[offer]
    return (0.0, due) if came is None else (1.0 - plan.facts.delivered[offer][came], max(came, due))


def lease_lines(plan: Evidence) -> Lines:
    """Returns yearly price × Δ in each period of the term, per unit that arrived, at the price one lead before.

    With volume discounts the bill of an order is the yearly amount of the term that starts one nominal lead later.
    A running lease pays for each month that is left of it, also of a period that it ends in.
    """
    lines: Lines = {}
    for row in plan.case.open_leases:
        end = interval(row.ends)[0]
        for t in range(plan.calendar.periods):
            first = plan.calendar.start + t * plan.calendar.months
            months = max(0, min(end, first + plan.calendar.months) - first)
            usd = row.units * row.rent_usd_per_unit_per_year * months / MONTHS_PER_YEAR
            add(lines, "running", row.lease, t, usd / USD_PER_MUSD)
        gone = (end - plan.calendar.start) // plan.calendar.months
        if row.end_fee_usd_per_unit and gone < plan.calendar.periods:
            add(lines, "running end fee", row.lease, gone, row.units * row.end_fee_usd_per_unit / USD_PER_MUSD)
    discounted = tiered(plan)
    for name, offer in plan.facts.offers.items():
        if offer.kind != "lease":
            continue
        yearly: list[tuple[int, float]] = []
        if name in discounted:
            yearly += [(t + plan.facts.leads[name], usd) for t, usd in bills(plan, offer).items()]
            arrived = plan.open_orders
        else:
            arrived = plan.arrivals
        for (arriving, _, due), units in arrived.items():
            # What is late at the start is rented from then on.
            u = max(0, due)
            if arriving == name:
                yearly.append((u, units * lease_price(plan, name, u)))
        for u, usd in yearly:
            for t in range(u, min(u + plan.facts.terms[name], plan.calendar.periods)):
                add(lines, "units", name, t, usd * plan.calendar.years / USD_PER_MUSD)
    _changed(plan, lines)
    return lines


def lease_price(plan: Evidence, offer: str, arrival: int) -> float:
    """Returns the yearly price of a unit that arrives in a period, USD: that of one nominal lead before.

    Where no price holds yet, the first one that does.
    """
    asked = plan.facts.prices[offer][max(0, arrival - plan.facts.leads[offer]) :]
    usual = next((price for price in asked if price is not None), 0.0)
    return agreed_rent(plan, offer, arrival, usual / USD_PER_MUSD) * USD_PER_MUSD
