"""Whether a combination of choices keeps the rules of a tiny case; may add the shortfall fee of agreements."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle import running_leases
from tests.oracle.brute_choices import MILLION, exact
from tests.oracle.clock import capabilities, label_months


def keeps_rules(case, clock, plan):
    """True when the combination is allowed. Adds the shortfall fees, which depend on all choices, to its cash."""
    if not (gates_open(plan) and keeps_commitments(case, clock, plan) and keeps_ramps(case, clock, plan)):
        return False
    if not keeps_limits(case, clock, plan):
        return False
    add_shortfalls(case, clock, plan)
    return keeps_budgets(case, clock, plan) and all(keeps_policy(case, clock, plan, row) for row in case.policies)


def gates_open(plan):
    """Everything that needs a gate finds it open; nothing is taken with what it excludes."""
    if any(t not in plan.opens.get(gate, ()) for gate, t in plan.needs):
        return False
    return not any(name in plan.taken and (once or plan.taken[name] <= t) for name, t, once in plan.bars)


def keeps_commitments(case, clock, plan):
    """Orders, starts, closings and signings as committed, each in a stated period."""
    for row in case.commitments:
        t = clock.period_of(row.period)
        if row.kind == "order":
            units, quantity = plan.ordered.get((row.item, t), Fraction(0)), exact(row.quantity)
            kept = {"done": units >= quantity, "fixed": units == quantity, "barred": units == 0}[row.status]
        else:
            way = row.route in ("", plan.routes.get(row.item, ""))
            kept = (way and plan.taken.get(row.item) == t) != (row.status == "barred")
        if not kept:
            return False
    return True


def keeps_ramps(case, clock, plan):
    """Arrivals of a programme's offers stay below its ramp."""
    for name in {row.programme for row in case.ramp}:
        rows = sorted((row.months_since_ready, row.max_units_per_year) for row in case.ramp if row.programme == name)
        offers = [row.offer for row in case.offers if name in row.requires]
        for t in clock.periods:
            most = 0.0
            ready = plan.ready_at.get(name)
            if ready is not None and t >= ready:
                most = max([(m, value) for m, value in rows if m <= (t - ready) * clock.step], default=(0, 0.0))[1]
            if sum(plan.arrived.get((o, t), 0) for o in offers) > exact(most) * exact(clock.years):
                return False
    return True


def keeps_limits(case, clock, plan):
    """Arrivals of each span stay within its supply."""
    for row in case.limits:
        if row.amount is None:
            continue
        periods, supply = clock.inside(row.span), exact(row.amount)
        for extra in (e for e in case.added_supply if e.limit == row.limit):
            open_periods = [t for t in periods if t in plan.opens.get(extra.gate, ())]
            supply += exact(extra.amount_per_year) * exact(clock.years) * len(open_periods)
        uses = [use for use in case.limit_use if use.limit == row.limit]
        used = sum(exact(use.use_per_unit) * plan.arrived.get((use.offer, t), 0) for use in uses for t in periods)
        if used > supply:
            return False
    return True


def add_shortfalls(case, clock, plan):
    """Fees for what was not received of a take-or-pay quantity, by calendar year."""
    for row in case.agreements:
        offers = [o.offer for o in case.offers if row.agreement in o.requires]
        for year in {clock.calendar_year(t) for t in clock.periods}:
            inside = [t for t in clock.periods if clock.calendar_year(t) == year]
            live = [t for t in inside if t in plan.opens.get(row.agreement, ())]
            owed = exact(row.min_units_per_year) * exact(clock.years) * len(live)
            came = sum(plan.arrived.get((o, t), 0) + plan.lost.get((o, t), 0) for o in offers for t in inside)
            short = owed - came
            if short > 0:
                plan.cash["agreement", inside[-1]] += short * exact(row.shortfall_usd_per_unit) / MILLION


def keeps_budgets(case, clock, plan):
    """Each span spends what it has, and what it does not spend it may hand on."""
    for budget in {row.budget for row in case.budgets}:
        rows = sorted(
            (r for r in case.budgets if r.budget == budget), key=lambda r: label_months(r.span.split("..")[0])
        )
        handed = Fraction(0)
        for row in rows:
            if row.amount_musd is None:
                handed = Fraction(0)
                continue
            spent = sum(plan.cash.get((c, t), 0) for c in row.categories for t in clock.inside(row.span))
            left = exact(row.amount_musd) + handed - spent
            if left < 0:
                return False
            handed = left if row.carry_over else Fraction(0)
    return True


def keeps_policy(case, clock, plan, row):
    """One policy, in every period of its span."""
    if row.kind == "max_order_growth":
        return grows_slowly(case, clock, plan, row)
    vendors = {g.accelerator: g.vendor for g in case.accelerators}
    weights = {g: exact(value) for g, value in capabilities(case).items()}
    for t in clock.inside(row.span):
        if row.kind == "max_active_programmes":
            if plan.running.get(t, 0) > row.value:
                return False
            continue
        parts = []
        if row.basis == "spend" and row.kind.endswith("vendor_share"):
            sellers = running_leases.sellers(case)
            parts = [(sellers[o], o, value) for (o, u), value in plan.spend.items() if u == t]
        else:
            for held in (plan.owned, plan.leased):
                parts += [(vendors[g], g, weights[g] * units) for (g, _, u), units in held.items() if u == t]
        everything = sum(value for _, _, value in parts)
        chosen = sum(value for vendor, name, value in parts if row.subject in ("", vendor, name))
        bound = exact(row.value) * (everything if row.kind.endswith("vendor_share") else 1)
        if chosen > bound if row.kind.startswith("max") else chosen < bound:
            return False
    return True


def grows_slowly(case, clock, plan, row):
    """Orders a year of each offer against the year before."""
    years = sorted({clock.calendar_year(t) for t in clock.inside(row.span)})
    for offer in (o for o in case.offers if row.subject in ("", o.offer)):
        lead = clock.lag(offer.lead_time_months)
        can = [t for t in clock.window(offer.first_order, offer.last_order) if t + lead < clock.count]
        for year in years:
            now = [t for t in clock.periods if clock.calendar_year(t) == year]
            last = [t for t in clock.periods if clock.calendar_year(t) == year - 1]
            if not any(t in can for t in last):
                continue
            pace = Fraction(sum(plan.ordered.get((offer.offer, t), 0) for t in now)) / len(now)
            before = Fraction(sum(plan.ordered.get((offer.offer, t), 0) for t in last)) / len(last)
            if pace > (1 + exact(row.value)) * before:
                return False
    return True
