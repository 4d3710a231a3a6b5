"""What is owed after the reported periods, recomputed from the decisions of the plan and the case."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from models.checks import dates
from models.checks.evidence import USD_PER_MUSD, Evidence, Lines
from models.checks.level_years import fee_musd, last_period_of
from models.checks.loan_schedules import instalments, interest
from models.checks.money_moves import rent_of
from models.checks.money_supply import add as add_line
from models.checks.money_supply import bills, lease_price, paid_back, tiered
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.rights import agreed_rent, cancelled, coming, exit_fee, exits_of, lease_terms, not_cancelled
from models.checks.supply_checks import undelivered
from models.checks.time import MONTHS_PER_YEAR, NOISE, interval
from models.tables.contract_rows import CommitLevel
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpenLease
from models.tables.site_rows import Expansion

Owed = dict[tuple[str, str], dict[int, float]]
"""By category and what is owed: USD million by period, counted from the start."""
LEAST = 1e-9
UNITS = 1e-6


def owed_payments(plan: Evidence, end: int | None = None, since: int | None = None) -> Owed:
    """Returns what is committed before a period `end` and due from `since` on: by default, the end of the reported."""
    found: Owed = {}
    end = plan.case.settings.periods if end is None else end
    first_due = end if since is None else since

    def add(line: str, what: str, period: int, musd: float) -> None:
        if period >= first_due:
            amounts = found.setdefault((line, what), {})
            amounts[period] = amounts.get(period, 0.0) + musd

    for name, offer in plan.facts.offers.items():
        came = _committed_arrivals(plan, name, end)
        if offer.kind == "lease":
            _rents(plan, offer, came, end, add)
        else:
            _balances(plan, offer, end, add)
        for t, units in came:
            add("hardware", f"integration of {name}", t, units * offer.integration_usd_per_unit / USD_PER_MUSD)
    for lease in plan.case.open_leases:
        # Each month that is left is owed in its period.
        usd = lease.units * lease.rent_usd_per_unit_per_year / MONTHS_PER_YEAR
        for month in range(max(0, interval(lease.ends)[0] - plan.calendar.start)):
            add("lease", f"rent of lease {lease.lease}", month // plan.calendar.months, usd / USD_PER_MUSD)
        gone = (interval(lease.ends)[0] - plan.calendar.start) // plan.calendar.months
        add("lease", f"end fee of lease {lease.lease}", gone, lease.units * lease.end_fee_usd_per_unit / USD_PER_MUSD)
    _lease_changes(plan, end, add)
    _loans(plan, end, add)
    _moves(plan, end, add)
    _programmes(plan, end, add)
    return found


Add = Callable[[str, str, int, float], None]


def _committed_arrivals(plan: Evidence, offer: str, end: int) -> list[tuple[int, float]]:
    """Returns arrivals of what was ordered by the end: of the later ones, the first until all of it has come.

    What never comes within the plan counts in the period after it; what was ordered before and is due after the plan
    counts when it is due.
    """
    count = plan.calendar.periods
    open_units = [(t, units) for (name, _, t), units in coming(plan, end - 1).items() if name == offer]
    placed = [(t, order.units) for (name, t), order in plan.orders.items() if name == offer and t < end]
    total = sum(units - cancelled(plan, offer, t, end - 1) for t, units in placed)
    total += sum(units for t, units in open_units if t < count)
    total -= sum(units for (t, _), units in undelivered(plan, offer).items() if 0 <= t < end)
    so_far, found = 0.0, []
    for t, units in sorted((t, units) for (name, _, t), units in plan.arrivals.items() if name == offer):
        counted = units if t < end else max(0.0, min(units, total - so_far))
        so_far += counted
        found.append((t, counted))
    if total - so_far > UNITS * max(1.0, total):
        found.append((count, total - so_far))
    return found + [(t, units) for t, units in open_units if t >= count]


def _running_years(plan: Evidence, lease: OpenLease, first: int) -> list[tuple[int, float]]:
    """Returns the periods from one on in which a running lease is paid, and for what part of a year."""
    end, found = interval(lease.ends)[0], []
    t = first
    while plan.calendar.start + t * plan.calendar.months < end:
        months = min(plan.calendar.months, end - plan.calendar.start - t * plan.calendar.months)
        found.append((t, months / MONTHS_PER_YEAR))
        t += 1
    return found


def _rents(plan: Evidence, offer: Offer, came: Iterable[tuple[int, float]], end: int, add: Add) -> None:
    lead, term = plan.facts.leads[offer.offer], plan.facts.terms[offer.offer]
    if offer.offer in tiered(plan):
        yearly = [(t + lead, usd) for t, usd in bills(plan, offer).items() if t < end]
        waiting = [(max(0, t), units) for (name, _, t), units in plan.open_orders.items() if name == offer.offer]
        yearly += [(t, units * _rent(plan, offer, t)) for t, units in waiting]
    else:
        yearly = [(t, units * _rent(plan, offer, t)) for t, units in came]
    for first, usd in yearly:
        for t in range(max(0, first), first + term):
            add("lease", f"rent of {offer.offer}", t, usd * plan.calendar.years / USD_PER_MUSD)


def _rent(plan: Evidence, offer: Offer, arrival: int) -> float:
    """The price one nominal lead before an arrival, which may lie after the plan; the first price before any."""
    month = plan.calendar.start + max(0, arrival - plan.facts.leads[offer.offer]) * plan.calendar.months
    steps = sorted(
        (interval(row.period)[0], row.unit_price_usd) for row in plan.case.prices if row.offer == offer.offer
    )
    begun = [price for first, price in steps if first <= month]
    usual = begun[-1] if begun else next((price for _, price in steps), 0.0)
    return agreed_rent(plan, offer.offer, arrival, usual / USD_PER_MUSD) * USD_PER_MUSD


def _balances(plan: Evidence, offer: Offer, end: int, add: Add) -> None:
    lead, what = plan.facts.leads[offer.offer], f"balance of {offer.offer}"
    for t, usd in bills(plan, offer).items() if lead else ():
        if t < end:
            lost, back = paid_back(plan, offer.offer, t)
            owed = 1.0 - offer.deposit_share - (lost if back == t + lead else 0.0)
            kept = 1.0 - cancelled(plan, offer.offer, t, end - 1) / plan.orders[offer.offer, t].units
            add("hardware", what, t + lead, usd * max(0.0, owed) * kept / USD_PER_MUSD)
    for row in plan.case.open_orders:
        if row.offer == offer.offer:
            due = plan.calendar.holding(row.balance_due or row.due)
            is_shared = row.balance_due is None and 0 <= due < plan.calendar.periods
            share = plan.facts.delivered[row.offer][due] if is_shared else 1.0
            units = row.units * not_cancelled(plan, row, end - 1)
            owed = share * units * row.balance_usd_per_unit / USD_PER_MUSD + row.balance_musd
            add("hardware", what, due, owed)


def _lease_changes(plan: Evidence, end: int, add: Add) -> None:
    """Rent not due of what has left by notice before the end, its fee, and rent of terms renewed before it."""
    for term in lease_terms(plan):
        what = f"lease {term.name}" if isinstance(term.contract, OpenLease) else term.name
        yearly = term.rent * plan.calendar.years
        if term.number and term.begin < end:
            for t in range(max(0, term.begin), term.end):
                add("lease", f"rent of {what}", t, term.units * yearly)
        for row in exits_of(plan, term):
            if row["period"] < end:
                for t in range(row["effective"], term.end):
                    add("lease", f"rent of {what}", t, -row["units"] * yearly)
                add("lease", f"exit fee of {what}", row["effective"], exit_fee(term, row["units"]))


def _loans(plan: Evidence, end: int, add: Add) -> None:
    for row in plan.case.facilities:
        repaid = instalments(plan, row, end)
        for t in range(max(repaid, default=0) + 1):
            add("financing", f"instalments of {row.facility}", t, repaid.get(t, 0.0))
            add("financing", f"interest of {row.facility}", t, interest(plan, row, t, end))


def _moves(plan: Evidence, end: int, add: Add) -> None:
    """Take-or-pay as if nothing were received, modules that are still paid, integration that still goes on."""
    calendar = plan.calendar
    for signing in (row for row in plan.signings if row.signed < end):
        agreement = plan.facts.agreements[signing.agreement]
        fee = agreement.min_units_per_year * agreement.shortfall_usd_per_unit / USD_PER_MUSD * calendar.years
        first = signing.signed + calendar.lag(agreement.lag_months)
        for t in range(first, first + calendar.term(agreement.term_months)):
            add("agreement", f"take-or-pay of {signing.agreement}", t, fee)
    for build in (row for row in plan.builds if row.period < end):
        expansion = plan.facts.expansions[build.expansion]
        spread = max(1, calendar.lag(expansion.lead_time_months))
        for t in range(build.period, build.period + spread):
            cost = build.modules * expansion.cost_musd_per_module / spread
            add("expansion", f"modules of {build.expansion}", t, cost)
        works = dates.energised(plan.facts, calendar, build.expansion, build.period)
        for t in _term(plan, expansion, works):
            for what, musd in rent_of(plan, expansion, t - (works or 0)):
                add("expansion", f"{what} of {build.expansion}", t, build.modules * musd)
    for row in plan.case.commit_levels:
        _levels(plan, row, end, add)
    for closing in (row for row in plan.closings if row.signed < end):
        company = plan.facts.acquisitions[closing.acquisition]
        closed = dates.closed(plan.facts, calendar, closing.acquisition, closing.signed)
        if closed is not None:
            for t in range(closed, closed + math.ceil(company.integration_years / calendar.years - NOISE)):
                part = min(calendar.years, company.integration_years - (t - closed) * calendar.years)
                add("acquisition", f"integration of {closing.acquisition}", t, company.integration_musd_per_year * part)


def _term(plan: Evidence, expansion: Expansion, works: int | None) -> range:
    """The periods of a term that has an end; none where modules are there for good, or never."""
    if works is None or expansion.term_months is None:
        return range(0)
    return range(works, works + plan.calendar.term(expansion.term_months))


def _levels(plan: Evidence, row: CommitLevel, end: int, add: Add) -> None:
    """The fee on a whole level, as if nothing counted, in the last period of its year."""
    for signing in (one for one in plan.signings if one.signed < end and one.agreement == row.agreement):
        last = last_period_of(plan, row, signing.signed)
        if last is not None:
            add("agreement", f"level of {row.agreement}", last, fee_musd(plan, row, row.amount))


def _programmes(plan: Evidence, end: int, add: Add) -> None:
    for start in (row for row in plan.starts if row.start < end):
        route = plan.facts.routes.get((start.programme, start.route))
        if route is None:
            continue
        name, lags = f"{start.programme}/{start.route}", plan.facts.lags[start.programme, start.route]
        spread, tape_out = max(1, lags.tape_out), start.start + lags.tape_out
        stop = dates.stopped(plan.facts, plan.calendar, start.programme, start.route, start.start)
        for t in range(start.start, min(start.start + spread, stop)):
            add("tape_out", f"design of {name}", t, route.design_cost_musd / spread)
        if tape_out < stop:
            known = lags.unplanned[min(max(tape_out, 0), plan.calendar.periods - 1)] * route.respin_cost_musd
            add("tape_out", f"masks of {name}", tape_out, lags.masks_musd + known)
        ready = dates.ready(plan.facts, plan.calendar, start.programme, start.route, start.start)
        for t in range(ready or 0, 0 if ready is None else _last_service(plan, start.programme, end)):
            add("tape_out", f"sustaining of {name}", t, route.sustaining_musd_per_year * plan.calendar.years)


def _last_service(plan: Evidence, programme: str, end: int) -> int:
    """The period from which no unit of the programme's machines that is owned before a period is in service."""
    made = {offer.accelerator for offer in plan.facts.offers.values() if programme in offer.requires}
    found = end
    for (accelerator, _, vintage), stock in plan.owned.items():
        if accelerator in made and stock.get(end - 1, 0.0) > UNITS:
            life = max(plan.facts.accelerators[accelerator].life_years * MONTHS_PER_YEAR, plan.calendar.months)
            months = interval(vintage)[0] + life - plan.calendar.start
            found = max(found, math.floor(months / plan.calendar.months + NOISE))
    return found


@recomputes(
    "owed",
    {
        "line": "*category",
        "what": "*text",
        "from": "text",
        "to": "text",
        "year": "*number",
        "musd": "number",
        "whole_musd": "number",
    },
)
def owed_table(plan: Evidence, record: Recorder) -> None:
    """Each amount is what is committed by the end of the reported periods and due in that year after it."""
    expected: dict[tuple[str, str, int], float] = {}
    spans: dict[tuple[str, str], tuple[str, str]] = {}
    for (line, what), amounts in owed_payments(plan).items():
        periods = sorted(t for t, musd in amounts.items() if musd > LEAST)
        if periods:
            spans[line, what] = plan.calendar.label(periods[0]), plan.calendar.label(periods[-1])
        for t in periods:
            key = (line, what, plan.calendar.year_of(t))
            expected[key] = expected.get(key, 0.0) + amounts[t]
    whole: dict[tuple[str, str], float] = {}
    for (line, what, _), musd in expected.items():
        whole[line, what] = whole.get((line, what), 0.0) + musd
    for key in {**expected, **plan.owed}:
        line, what, year = key
        where = (line, what, str(year))
        given = plan.owed.get(key)
        record.equal(given.musd if given else 0.0, expected.get(key, 0.0), where, "musd")
        if given and (line, what) in spans:
            record.same(given.first, spans[line, what][0], where, "from")
            record.same(given.last, spans[line, what][1], where, "to")
            record.equal(given.whole_musd, whole[line, what], where, "whole_musd")


def counted_lines(plan: Evidence) -> Lines:
    """Returns what is owed above what it would cost then, as a negative value left; nothing unless the case counts it.

    Rent of leases above the cheapest rent that has a price after the end, and fees for what can no longer arrive; each
    discounted from when it is due to the end of the optimised periods.
    """
    lines: Lines = {}
    if plan.case.settings.count_owed != "count":
        return lines
    end = plan.calendar.periods
    for name, offer in plan.facts.offers.items():
        if offer.kind == "lease":
            for musd in _rents_above(plan, offer):
                add_line(lines, "owed rent", name, end, musd)
    for row in plan.case.open_leases:
        above = sum(
            (row.rent_usd_per_unit_per_year - _cheapest(plan, row.accelerator, t)) * years * _discount(plan, t)
            for t, years in _running_years(plan, row, end)
        )
        add_line(lines, "owed running", row.lease, end, row.units * max(0.0, above) / USD_PER_MUSD)
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        fee = agreement.min_units_per_year * agreement.shortfall_usd_per_unit / USD_PER_MUSD * plan.calendar.years
        first = signing.signed + plan.calendar.lag(agreement.lag_months)
        for t in range(max(first, end), first + plan.calendar.term(agreement.term_months)):
            last = max(u for u in range(t, t + MONTHS_PER_YEAR) if plan.calendar.year_of(u) == plan.calendar.year_of(t))
            if not _can_arrive(plan, signing.agreement, last):
                add_line(lines, "owed shortfall", signing.agreement, end, fee * _discount(plan, last))
    return lines


def _discount(plan: Evidence, period: int) -> float:
    """From the middle of a period after the end to the end."""
    years = (period + 0.5 - plan.calendar.periods) * plan.calendar.years
    return float((1.0 + plan.case.settings.discount_rate) ** -years)


def _rents_above(plan: Evidence, offer: Offer) -> Iterable[float]:
    """Yields for each arrival, with volume discounts for each order, the rent after the end above the cheapest."""
    name, term = offer.offer, plan.facts.terms[offer.offer]
    at_price = {key: units for key, units in plan.arrivals.items() if key[0] == name}
    if name in tiered(plan):
        for t, usd in bills(plan, offer).items():
            yield _above(plan, offer, t + plan.facts.leads[name], term, usd, plan.orders[name, t].units)
        at_price = {key: units for key, units in plan.open_orders.items() if key[0] == name}
    for (_, _, due), units in at_price.items():
        t = max(0, due)
        if t < plan.calendar.periods:
            yield _above(plan, offer, t, term, units * lease_price(plan, name, t), units)


def _above(plan: Evidence, offer: Offer, first: int, term: int, yearly_usd: float, units: float) -> float:
    found = 0.0
    for t in range(max(first, plan.calendar.periods), first + term):
        then = units * _cheapest(plan, offer.accelerator, t)
        found += (yearly_usd - then) * plan.calendar.years * _discount(plan, t) / USD_PER_MUSD
    return max(0.0, found)


def _cheapest(plan: Evidence, accelerator: str, period: int) -> float:
    leases = [row for row in plan.case.offers if row.kind == "lease" and row.accelerator == accelerator]
    known = [_price_after(plan, row, period) for row in leases if not row.requires]
    return min((price for price in known if price is not None), default=0.0)


def _price_after(plan: Evidence, offer: Offer, period: int) -> float | None:
    """The price of an offer in a period after the end, of the rows that begin there; None where it is not on offer."""
    month, months = plan.calendar.start + period * plan.calendar.months, plan.calendar.months
    end = plan.calendar.start + plan.calendar.periods * months
    if offer.first_order is not None and interval(offer.first_order)[0] >= month + months:
        return None
    if offer.last_order is not None and interval(offer.last_order)[1] <= month:
        return None
    rows = [(interval(row.period)[0], row.unit_price_usd) for row in plan.case.prices if row.offer == offer.offer]
    begun = sorted(row for row in rows if end <= row[0] <= month)
    return begun[-1][1] if begun else None


def _can_arrive(plan: Evidence, agreement: str, period: int) -> bool:
    """True where an offer that requires the agreement, ordered after the end, arrives by a period."""
    return any(
        _price_after(plan, offer, t) is not None
        for offer in plan.case.offers
        if agreement in offer.requires
        for t in range(plan.calendar.periods, period - plan.facts.leads[offer.offer] + 1)
    )
