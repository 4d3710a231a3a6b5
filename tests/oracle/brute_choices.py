"""What one decision maker could do with each option of a tiny case, and what each way costs and brings, exactly.

A choice is one way to use one option: a plan of orders of an offer, a start, a signing, a plan of modules, or
nothing. Its effects are written out as totals by period, in fractions, so that choices only have to be added up.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle import running_leases
from tests.oracle.brute_shocks import arrival, delivered_share, fails_from, may_begin, respins_in, site_in, there
from tests.oracle.clock import resale_fraction

MILLION = Fraction(1000000)


def exact(number):
    """The decimal that was meant by a number."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


def totals():
    """Sums by key, from zero."""
    return defaultdict(Fraction)


@dataclass
class Choice:
    """The effects of one choice. Money in USD million, undiscounted."""

    cash: dict = field(default_factory=totals)  # (category, t)
    spend: dict = field(default_factory=totals)  # (offer, t): hardware and lease
    ordered: dict = field(default_factory=totals)  # (offer, t)
    arrived: dict = field(default_factory=totals)  # (offer, t)
    lost: dict = field(default_factory=totals)  # (offer, t): due and not delivered
    owned: dict = field(default_factory=totals)  # (accelerator, site, t)
    leased: dict = field(default_factory=totals)  # (accelerator, site, t)
    megawatt: dict = field(default_factory=totals)  # (site, t)
    built: dict = field(default_factory=totals)  # (expansion, t): modules
    opens: dict = field(default_factory=dict)  # gate: the periods in which it is open
    taken: dict = field(default_factory=dict)  # programme, company or agreement: period
    routes: dict = field(default_factory=dict)  # programme: the route it was started by
    needs: list = field(default_factory=list)  # (gate, t)
    bars: list = field(default_factory=list)  # (name, t, once): not taken by t, or never at all
    running: dict = field(default_factory=totals)  # t: programmes that are not ready yet
    ready_at: dict = field(default_factory=dict)  # programme: period
    left: Fraction = Fraction(0)

    def pay(self, category, t, amount, count):
        """Adds money in a period inside the horizon."""
        if 0 <= t < count:
            self.cash[category, t] += amount


def row_of(rows, attribute, name):
    """The row with a name."""
    return next(row for row in rows if getattr(row, attribute) == name)


def unit_value(case, clock, accelerator, age):
    """Resale value of a unit by its age in periods, USD million."""
    row = row_of(case.accelerators, "accelerator", accelerator)
    return exact(row.reference_price_usd) * exact(resale_fraction(case, accelerator, age * clock.years)) / MILLION


def hold(case, clock, choice, place, units, *, first, birth, left=None):
    """Adds a cohort that is never sold early: it serves its life, is then sold, or is left at the end.

    `left` are the periods that an opening cohort still serves.
    """
    accelerator, site = place
    row = row_of(case.accelerators, "accelerator", accelerator)
    alive_share = Fraction((1 - row.failure_rate_per_year) ** clock.years)
    last = birth + clock.life(row.life_years) - 1 if left is None else left - 1
    if last < -1:
        return
    for t in range(first, min(last + 1, clock.count)):
        choice.owned[accelerator, site, t] += units * alive_share ** (t - first)
    if last + 1 < clock.count:
        gone = max(last + 1, first)
        sold = units * alive_share ** (gone - first)
        choice.pay("resale", gone, -sold * unit_value(case, clock, accelerator, gone - birth), clock.count)
    else:
        kept = units * alive_share ** (clock.count - 1 - first)
        choice.left += kept * unit_value(case, clock, accelerator, clock.count - birth)


def rent(clock, choice, offer, site, begins, units, yearly):
    """Adds leased units from their arrival on, and from when it is due their yearly rent in USD million together."""
    term = clock.term(offer.term_months)
    for u in range(begins[0], min(begins[0] + term, clock.count)):
        choice.leased[offer.accelerator, site, u] += units
    for u in range(begins[1], min(begins[1] + term, clock.count)):
        choice.pay("lease", u, yearly * exact(clock.years), clock.count)
        choice.spend[offer.offer, u] += yearly * exact(clock.years)


def price_at(case, clock, offer, t):
    """Unit price in USD million."""
    rows = [(row.period, row.unit_price_usd) for row in case.prices if row.offer == offer]
    return exact(clock.step_value(rows, t)) / MILLION


def curve(rows, price, total):
    """What `total` units of a span cost with its discounts."""
    rows = sorted((exact(row.from_units), exact(row.discount), row.kind) for row in rows)
    if rows[0][2] == "all_units":
        reached = [discount for begin, discount, _ in rows if begin <= total]
        return price * total * (1 - (reached[-1] if reached else 0))
    cost, ends = price * min(total, rows[0][0]), [row[0] for row in rows[1:]] + [None]
    for (begin, discount, _), end in zip(rows, ends, strict=True):
        inside = max(Fraction(0), (total if end is None else min(total, end)) - begin)
        cost += price * (1 - discount) * inside
    return cost


def bill(case, clock, offer, plan, t):
    """What the order of t costs, given the units ordered in each period."""
    price = price_at(case, clock, offer.offer, t)
    for span in {row.span for row in case.price_tiers if row.offer == offer.offer}:
        inside = clock.inside(span)
        if t in inside:
            rows = [row for row in case.price_tiers if (row.offer, row.span) == (offer.offer, span)]
            so_far = sum((plan[u] for u in inside if u in plan and u <= t), Fraction(0))
            return curve(rows, price, so_far) - curve(rows, price, so_far - plan[t])
    return price * plan[t]


def order_choices(case, clock, offer):
    """All plans of orders of an offer."""
    lead, lot = clock.lag(offer.lead_time_months), exact(offer.lot_size)
    (site,) = offer.sites
    when = [t for t in clock.window(offer.first_order, offer.last_order) if t + lead < clock.count]
    lots = [n for n in range(int(offer.max_lots_per_period) + 1) if n == 0 or n >= offer.min_lots]
    for counts in itertools.product(lots, repeat=len(when)):
        plan = {t: n * lot for t, n in zip(when, counts, strict=True)}
        choice = Choice()
        for t in (u for u in when if plan[u]):
            choice.ordered[offer.offer, t] = plan[t]
            choice.needs += [(gate, t) for gate in offer.requires]
            choice.bars += [(name, t, False) for name in offer.excludes]
            cost, comes = bill(case, clock, offer, plan, t), arrival(case, clock, offer, t)
            part = delivered_share(case, clock, offer.offer, comes) if comes < clock.count else Fraction(1)
            if offer.kind == "lease":
                lease(case, clock, choice, offer, (t, comes, plan[t] * part, cost))
            else:
                if comes < clock.count:
                    hold(case, clock, choice, (offer.accelerator, site), plan[t] * part, first=comes, birth=comes)
                    back = max(comes, t + lead)
                    choice.pay("hardware", back, -cost * (1 - part), clock.count)
                    choice.spend[offer.offer, back] -= cost * (1 - part)
                for u, share in ((t, exact(offer.deposit_share)), (t + lead, 1 - exact(offer.deposit_share))):
                    choice.pay("hardware", u, cost * share, clock.count)
                    choice.spend[offer.offer, u] += cost * share
            if comes < clock.count:
                arrive(choice, clock, offer, comes, plan[t] * part)
                choice.lost[offer.offer, comes] += plan[t] * (1 - part)
        yield choice


def lease(case, clock, choice, offer, order):
    """Adds leased units: their rent by arrival, or by the nominal term of the order where there are discounts."""
    t, comes, units, cost = order
    begin = comes
    if any(row.offer == offer.offer for row in case.price_tiers):
        begin = t + clock.lag(offer.lead_time_months)
    elif comes < clock.count:
        cost = units * price_at(case, clock, offer.offer, max(0, comes - clock.lag(offer.lead_time_months)))
    rent(clock, choice, offer, offer.sites[0], (comes, begin), units, cost)


def arrive(choice, clock, offer, t, units):
    """Adds arriving units and their integration."""
    choice.arrived[offer.offer, t] += units
    cost = units * exact(offer.integration_usd_per_unit) / MILLION
    choice.pay("hardware", t, cost, clock.count)
    choice.spend[offer.offer, t] += cost


def given(case, clock):
    """What happens whatever is decided: opening fleet, open orders, fixed cost."""
    choice = Choice()
    for row in case.opening_fleet:
        birth = clock.period_of(row.in_service_since)
        left = clock.left(row_of(case.accelerators, "accelerator", row.accelerator).life_years, row.in_service_since)
        hold(case, clock, choice, (row.accelerator, row.site), exact(row.units), first=0, birth=birth, left=left)
    for row in case.open_orders:
        offer, due, units = row_of(case.offers, "offer", row.offer), clock.period_of(row.due), exact(row.units)
        part = delivered_share(case, clock, row.offer, due)
        choice.lost[row.offer, due] += units * (1 - part)
        units *= part
        arrive(choice, clock, offer, due, units)
        if offer.kind == "lease":
            price = price_at(case, clock, row.offer, max(0, due - clock.lag(offer.lead_time_months)))
            rent(clock, choice, offer, row.site, (due, due), units, units * price)
        else:
            hold(case, clock, choice, (offer.accelerator, row.site), units, first=due, birth=due)
            owed = units * exact(row.balance_usd_per_unit) / MILLION
            choice.pay("hardware", due, owed, clock.count)
            choice.spend[row.offer, due] += owed
    for row in case.open_leases:
        for t in clock.periods:
            choice.leased[row.accelerator, row.site, t] += exact(row.units) * running_leases.serves(clock, row, t)
            cost = running_leases.rent(clock, row, t) / MILLION
            choice.pay("lease", t, cost, clock.count)
            choice.spend[running_leases.key_of(row), t] += cost
    for row in case.sites:
        for t in clock.periods:
            power, share, _ = site_in(case, clock, row, t)
            choice.megawatt[row.site, t] += exact(power or 0.0) * exact(share)
            choice.pay("maintenance", t, exact(row.fixed_musd_per_year) * exact(clock.years), clock.count)
    return choice


def programme_choices(case, clock, programme):
    """No start, or a start by one route in one period."""
    yield Choice()
    mode = case.settings.tape_out_risk
    for row in (r for r in case.routes if r.programme == programme.programme):
        weight = {"optimistic": Fraction(0), "pessimistic": Fraction(1), "expected": exact(row.respin_probability)}[
            mode
        ]
        months = exact(row.design_months) + exact(row.tape_out_to_volume_months) + weight * exact(row.respin_months)
        design = clock.lag(row.design_months)
        for t in clock.window(row.first_start, row.last_start):
            if not may_begin(case, clock, row.programme, t):
                continue
            choice = Choice()
            choice.taken[row.programme] = t
            choice.routes[row.programme] = row.route
            risk = weight, exact(row.respin_months)
            ready = there(case, clock, row.programme, months, t, risk)
            stop = fails_from(case, clock, row.programme) if ready == clock.count else clock.count
            choice.opens[row.programme] = range(ready, clock.count)
            choice.ready_at[row.programme] = ready
            choice.needs += [(gate, t) for gate in row.requires]
            choice.bars += [(name, t, True) for name in row.excludes]
            for u in range(max(design, 1)):
                if t + u < stop:
                    choice.pay("tape_out", t + u, exact(row.design_cost_musd) / max(design, 1), clock.count)
            if t + design < stop:
                choice.pay("tape_out", t + design, exact(row.mask_set_musd), clock.count)
            before = Fraction(0)
            for u in range(t + design, min(stop, ready + 1)):
                counted = respins_in(case, clock, row.programme, u, weight if t + design >= 0 else Fraction(0))
                choice.pay("tape_out", u, (counted - before) * exact(row.respin_cost_musd), clock.count)
                before = counted
            for u in range(ready, clock.count):
                choice.pay("tape_out", u, exact(row.sustaining_musd_per_year) * exact(clock.years), clock.count)
            for u in range(t, ready):
                choice.running[u] += 1
            if ready < clock.count:
                choice.left += exact(programme.terminal_value_musd)
            yield choice


def acquisition_choices(case, clock, row):
    """No purchase, or one in some period."""
    yield Choice()
    for t in clock.window(row.first_signing, row.last_signing):
        if not may_begin(case, clock, row.acquisition, t):
            continue
        choice = Choice()
        closed = there(case, clock, row.acquisition, row.months_to_close, t)
        owned = there(case, clock, row.acquisition, row.months_to_close + row.months_to_integrate, t)
        choice.taken[row.acquisition] = t
        choice.opens[row.acquisition] = range(owned, clock.count)
        choice.needs += [(gate, t) for gate in row.requires]
        choice.bars += [(name, t, True) for name in row.excludes]
        growth = Fraction((1 + row.price_growth_per_year) ** clock.years_from(row.as_of, t))
        choice.pay("acquisition", t, exact(row.price_musd) * growth, clock.count)
        back = max(t + clock.lag(row.months_to_close), fails_from(case, clock, row.acquisition))
        if closed == clock.count > back:
            refund = exact(row.price_musd) * growth * (1 - exact(row.break_fee_share))
            choice.pay("acquisition", back, -refund, clock.count)
        years, u = exact(row.integration_years), closed
        while years > 0 and u < clock.count:
            part = min(years, exact(clock.years))
            choice.pay("acquisition", u, exact(row.integration_musd_per_year) * part, clock.count)
            years, u = years - part, u + 1
        for u in range(owned, clock.count):
            income = exact(row.contribution_musd_per_year) * exact(clock.years)
            choice.pay("acquisition", u, -income, clock.count)
        yield choice


def agreement_choices(case, clock, row):
    """No signature, or one in some period. The shortfall fee depends on other choices and is not here."""
    yield Choice()
    lag, term = clock.lag(row.lag_months), clock.term(row.term_months)
    for t in clock.window(row.first_signing, row.last_signing):
        choice = Choice()
        choice.taken[row.agreement] = t
        choice.opens[row.agreement] = range(t + lag, min(t + lag + term, clock.count))
        choice.needs += [(gate, t) for gate in row.requires]
        choice.bars += [(name, t, True) for name in row.excludes]
        choice.pay("agreement", t, exact(row.prepayment_musd), clock.count)
        yield choice


def expansion_choices(case, clock, row):
    """All plans of modules."""
    lead = clock.lag(row.lead_time_months)
    when = [t for t in clock.window(row.first_order, row.last_order) if t + lead < clock.count]
    for counts in itertools.product(range(row.max_modules + 1), repeat=len(when)):
        if sum(counts) > row.max_modules:
            continue
        choice = Choice()
        for t, modules in zip(when, counts, strict=True):
            if not modules:
                continue
            choice.built[row.expansion, t] = Fraction(modules)
            choice.needs += [(gate, t) for gate in row.requires]
            choice.bars += [(name, t, False) for name in row.excludes]
            cost = modules * exact(row.cost_musd_per_module)
            for u in range(max(lead, 1)):
                choice.pay("expansion", t + u, cost / max(lead, 1), clock.count)
            works = there(case, clock, row.expansion, row.lead_time_months, t)
            for u in range(works, clock.count):
                site = row_of(case.sites, "site", row.site)
                share = exact(site_in(case, clock, site, u)[1])
                choice.megawatt[row.site, u] += modules * exact(row.module_mw) * share
            if row.life_years and works < clock.count:
                age = (clock.count - works) * exact(clock.years) / exact(row.life_years)
                choice.left += cost * max(Fraction(0), 1 - age)
        yield choice
