"""The optimum of a tiny case by enumeration: every combination of whole decisions, the rest solved in fractions.

It takes cases without early retirement in which each offer has lots, a largest order and one site; then nothing
but the work of each period is left to decide, and budgets and shares may count anything but the cost of that work.
Of what a disruption changes it takes all but backlogs, where the time of arrivals would be left to decide too.
It shares no line with the textbook formulation but the calendar and the resale curve.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle import brute_choices as choices
from tests.oracle.brute_choices import MILLION, Choice, exact
from tests.oracle.brute_rules import keeps_rules
from tests.oracle.brute_shocks import site_in
from tests.oracle.clock import HOURS_PER_YEAR, SECONDS_PER_YEAR, Clock, demand_at
from tests.oracle.exact_lp import maximise

FORBIDDEN = Fraction(10) ** 9


@dataclass(frozen=True)
class Enumerated:
    """The best objective (USD million, None where no combination is allowed) and how many were looked at."""

    objective: float | None
    combinations: int
    priced: int


def brute_force(case):
    """The exact optimum of a tiny case; raises `ValueError` for a case outside its reach."""
    clock = Clock.of(case.settings)
    floor = sum(lowest_work_cost(case, clock, t) for t in clock.periods)
    best, priced, memo = None, 0, {}
    allowed, looked = allowed_plans(case, clock)
    for fixed, _, plan in sorted(allowed, key=lambda entry: entry[:2]):
        if best is not None and fixed + floor >= best:
            break
        priced += 1
        work = whole_work_cost(case, clock, plan, memo)
        if work is not None:
            best = fixed + work if best is None else min(best, fixed + work)
    return Enumerated(best, looked, priced)


def allowed_plans(case, clock):
    """Every combination that keeps the rules, as (cost without work, number, plan), and how many were looked at."""
    refuse(case)
    options = [list(choices.order_choices(case, clock, row)) for row in case.offers]
    options += [list(choices.programme_choices(case, clock, row)) for row in case.programmes]
    options += [list(choices.acquisition_choices(case, clock, row)) for row in case.acquisitions]
    options += [list(choices.agreement_choices(case, clock, row)) for row in case.agreements]
    options += [list(choices.expansion_choices(case, clock, row)) for row in case.expansions]
    base, looked = choices.given(case, clock), 0
    allowed = []
    for combination in itertools.product(*options):
        looked += 1
        plan = added(base, combination)
        if keeps_rules(case, clock, plan):
            allowed.append((fixed_cost(case, clock, plan), looked, plan))
    return allowed, looked


def whole_work_cost(case, clock, plan, memo):
    """Discounted least cost of the work of all periods; None where the least service is out of reach."""
    worked = [work_cost(case, clock, plan, t, memo) for t in clock.periods]
    if None in worked:
        return None
    rate = case.settings.discount_rate
    return sum(clock.discount(rate, t) * float(cost) for t, cost in zip(clock.periods, worked, strict=True))


def refuse(case):
    """Raises where something but the work of a period would be left to decide."""
    plain = all(o.lot_size and o.max_lots_per_period is not None and len(o.sites) == 1 for o in case.offers)
    work = {"all", "power", "maintenance", "variable"}
    if case.settings.early_retirement or not plain or any(work & set(b.categories) for b in case.budgets):
        message = "brute force takes no early retirement, free sites, unbounded orders, or budgets of running cost"
        raise ValueError(message)
    if case.backlogs:
        message = "brute force takes no backlogs: when late units arrive would be left to decide"
        raise ValueError(message)
    if any(c.kind not in ("order", "start", "close", "sign") or not c.period for c in case.commitments):
        message = "brute force takes commitments of orders, starts, closings and signings in a period"
        raise ValueError(message)


def added(base, combination):
    """All effects of a combination together."""
    plan = Choice()
    for choice in (base, *combination):
        for name in ("cash", "spend", "ordered", "arrived", "lost", "owned", "leased", "megawatt", "built", "running"):
            sums = getattr(plan, name)
            for key, value in getattr(choice, name).items():
                sums[key] += value
        for name in ("opens", "taken", "routes", "ready_at"):
            getattr(plan, name).update(getattr(choice, name))
        plan.needs += choice.needs
        plan.bars += choice.bars
        plan.left += choice.left
    return plan


def fixed_cost(case, clock, plan):
    """Discounted cost of everything but the work."""
    rate = case.settings.discount_rate
    paid = sum(clock.discount(rate, t) * float(value) for (_, t), value in plan.cash.items())
    return paid - clock.discount_end(rate) * float(plan.left)


def thousands(clock, workload):
    """Million USD for each USD per thousand queries of one query a second at peak, in a period."""
    seconds = exact(SECONDS_PER_YEAR) * exact(clock.years)
    return seconds / exact(workload.peak_to_average) / 1000 / MILLION


def peak(case, clock, workload, t):
    """Demand at peak."""
    average = exact(demand_at(case, clock, workload.workload, t)) * MILLION / 86400
    return average * exact(workload.peak_to_average)


def worth(clock, workload):
    """What one query a second served at peak is worth in a period: no penalty, and revenue."""
    return thousands(clock, workload) * (
        exact(workload.penalty_usd_per_1000) + exact(workload.revenue_usd_per_1000 or 0.0)
    )


def lowest_work_cost(case, clock, t):
    """A bound: everything served at no cost, discounted."""
    rate = case.settings.discount_rate
    income = sum(
        exact(w.revenue_usd_per_1000 or 0.0) * thousands(clock, w) * peak(case, clock, w, t) for w in case.workloads
    )
    return -clock.discount(rate, t) * float(income)


def work_cost(case, clock, plan, t, memo):
    """Least cost of a period's work, undiscounted; None where the least service is out of reach."""
    places = [(g.accelerator, s.site) for g in case.accelerators for s in case.sites]
    held = tuple((plan.owned.get((*p, t), Fraction(0)), plan.leased.get((*p, t), Fraction(0))) for p in places)
    power = tuple(plan.megawatt.get((s.site, t), Fraction(0)) for s in case.sites)
    key = (t, held, power)
    if key not in memo:
        memo[key] = solve_work(case, clock, t, dict(zip(places, held, strict=True)), power)
    return memo[key]


def solve_work(case, clock, t, held, power):
    """The linear program of one period's work: serve what is worth its cost."""
    gain, rows, bounds = {}, [], []
    sites = {site.site: site for site in case.sites}
    machines = {row.accelerator: row for row in case.accelerators}
    drawn = {name: {} for name in sites}
    served = {w.workload: {} for w in case.workloads}
    for (g, s), units in held.items():
        busy = {}
        for row in (r for r in case.throughput if r.accelerator == g):
            work = next(w for w in case.workloads if w.workload == row.workload)
            if work.sites and s not in work.sites:
                continue
            name = f"x {g} {s} {row.workload}"
            gained = exact(row.queries_per_second) * Fraction(
                (1 + row.software_gain_per_year) ** clock.years_from(row.as_of, t)
            )
            busy[name] = 1 / gained
            gain[name] = -exact(row.variable_usd_per_1000) * thousands(clock, work)
            served[row.workload][name] = Fraction(-1)
        for kind, most in zip(("owned", "leased"), units, strict=True):
            name = f"{kind} {g} {s}"
            kw = exact(machines[g].it_kw) * exact(sites[s].pue)
            usd_per_mwh = site_in(case, clock, sites[s], t)[2]
            energy = kw * exact(HOURS_PER_YEAR * clock.years) / 1000 * exact(usd_per_mwh) / MILLION
            upkeep = exact(machines[g].maintenance_usd_per_year) * exact(clock.years) / MILLION
            gain[name] = -energy - (upkeep if kind == "owned" else 0)
            busy[name] = -exact(machines[g].utilisation)
            drawn[s][name] = kw / 1000
            rows.append({name: 1})
            bounds.append(most)
        rows.append(busy)
        bounds.append(Fraction(0))
    for site, most in zip(case.sites, power, strict=True):
        if site_in(case, clock, site, t)[0] is not None:
            rows.append(drawn[site.site])
            bounds.append(most)
    return serve(case, clock, t, (gain, rows, bounds), served)


def serve(case, clock, t, program, served):
    """Adds the demand to the program and solves it; the service that must be given is worth a fortune."""
    gain, rows, bounds = program
    unserved, due = Fraction(0), Fraction(0)
    for w in case.workloads:
        demand, least = peak(case, clock, w, t), exact(w.min_service)
        unserved += demand * exact(w.penalty_usd_per_1000) * thousands(clock, w)
        due += demand * least
        must, may = f"must {w.workload}", f"may {w.workload}"
        gain[may], gain[must] = worth(clock, w), worth(clock, w) + FORBIDDEN
        rows += [{must: 1}, {may: 1}, served[w.workload] | {must: 1, may: 1}]
        bounds += [demand * least, demand * (1 - least), Fraction(0)]
    value, point = maximise(gain, rows, bounds)
    given = sum((point[f"must {w.workload}"] for w in case.workloads), Fraction(0))
    return None if given < due else unserved - (value - FORBIDDEN * given)
