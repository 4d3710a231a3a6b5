"""Limits, budgets, policies and commitments of the textbook formulation."""

from __future__ import annotations

import pulp

from models.tables.fleet_rows import CASH_CATEGORIES
from tests.oracle import running_leases
from tests.oracle.clock import HOURS_PER_YEAR
from tests.oracle.textbook_moves import ready


def add_limits(book):
    """Arrivals of a span use no more than its supply, with what live agreements and owned companies add."""
    clock, case = book.clock, book.case
    for limit in sorted({row.limit for row in case.limits}):
        rows = [
            (row.span, None if row.amount is None else row.amount - row.used_before, False)
            for row in case.limits
            if row.limit == limit
        ]
        uses = {row.offer: row.use_per_unit for row in case.limit_use if row.limit == limit}
        for periods, amount, _ in clock.merged(rows):
            if amount is None:
                continue
            used = [uses[o] * x for (o, _, t), x in book.arrivals.items() if o in uses and t in periods]
            added = [
                row.amount_per_year * clock.years * x
                for row in case.added_supply
                if row.limit == limit
                for t in periods
                for x in ready(book, row.gate, t)
            ]
            if used:
                book.require(used, "<=", [amount, *added], "limit", limit, periods[0])


def add_budgets(book):
    """Spending stays within a span's amount, and within the sum of an unbroken chain that carries over."""
    for budget in sorted({row.budget for row in book.case.budgets}):
        mine = [row for row in book.case.budgets if row.budget == budget]
        named = set(mine[0].categories)
        categories = CASH_CATEGORIES if "all" in named else [c for c in CASH_CATEGORIES if c in named]
        rows = [
            (row.span, None if row.amount_musd is None else row.amount_musd - row.spent_before_musd, row.carry_over)
            for row in mine
        ]
        spent, total, open_chain = [], 0.0, False
        for periods, amount, carry in book.clock.merged(rows):
            if amount is None:
                spent, total, open_chain = [], 0.0, False
                continue
            if not open_chain:
                spent, total = [], 0.0
            spent = spent + [x for t in periods for c in categories for x in book.cash.get((c, t), [])]
            total += amount
            open_chain = carry
            book.require(spent, "<=", total, "budget", budget, periods[0])


def add_policies(book):
    """Shares, capability, growth of orders, and programmes at a time, in each period of their span."""
    kinds = {
        "max_vendor_share": add_share,
        "min_vendor_share": add_share,
        "min_capability": add_capability,
        "max_capability": add_capability,
        "max_active_programmes": add_programme_count,
    }
    for row in book.case.policies:
        if row.kind == "max_order_growth":
            add_growth(book, row)
            continue
        for t in book.clock.inside(row.span):
            kinds[row.kind](book, row, t)


def installed(book, accelerators, t):
    """Capability of the units of some accelerators that are owned or in term."""
    weights = book.capability()
    terms = [weights[g] * x for (g, _, _, u), x in book.stock.items() if u == t and g in accelerators]
    for (g, _, u), units in book.leased.items():
        if u == t and g in accelerators:
            terms += [weights[g] * x for x in units]
    return pulp.lpSum(terms)


def add_share(book, row, t):
    """A vendor's share of installed capability or of spending on hardware and leases."""
    machines = {g.accelerator: g.vendor for g in book.case.accelerators}
    if row.basis == "spend":
        vendors = running_leases.sellers(book.case)
        everything = [x for (_, u), terms in book.spend.items() if u == t for x in terms]
        part = [x for (o, u), terms in book.spend.items() if u == t and vendors[o] == row.subject for x in terms]
        everything, part = pulp.lpSum(everything), pulp.lpSum(part)
    else:
        everything = installed(book, set(machines), t)
        part = installed(book, {g for g, vendor in machines.items() if vendor == row.subject}, t)
    sense = "<=" if row.kind == "max_vendor_share" else ">="
    book.require(part, sense, row.value * everything, "vendor_share", row.policy, row.span, t)


def add_capability(book, row, t):
    """Total capability, of all accelerators or of the subject."""
    chosen = {g.accelerator for g in book.case.accelerators if row.subject in ("", g.accelerator, g.vendor)}
    sense = "<=" if row.kind == "max_capability" else ">="
    book.require(installed(book, chosen, t), sense, row.value, "capability", row.policy, row.span, t)


def add_programme_count(book, row, t):
    """Programmes that have started and are not ready."""
    running = [x for (_, _, v), x in book.start.items() if v <= t]
    done = [x for programme in book.case.programmes for x in ready(book, programme.programme, t)]
    book.require(running, "<=", [row.value, *done], "programmes_at_a_time", row.policy, row.span, t)


def add_growth(book, row):
    """Units ordered per year grow no faster than the bound from one calendar year to the next."""
    clock = book.clock
    by_year = {}
    for t in clock.periods:
        by_year.setdefault(clock.calendar_year(t), []).append(t)
    bound_years = {clock.calendar_year(t) for t in clock.inside(row.span)}
    for offer in book.case.offers:
        if row.subject not in ("", offer.offer):
            continue
        for year in sorted(bound_years):
            last = by_year.get(year - 1, [])
            before = [book.units[offer.offer, t] for t in last if (offer.offer, t) in book.units]
            known = {
                back: [
                    one.units
                    for one in book.case.past_orders
                    if one.offer == offer.offer and clock.calendar_year(clock.period_of(one.period)) == year - back
                ]
                for back in (0, 1)
            }
            if not before and not known[1]:
                continue
            now = [book.units[offer.offer, t] for t in by_year[year] if (offer.offer, t) in book.units]
            now += [units * book.one for units in known[0]]
            before += [units * book.one for units in known[1]]
            pace = pulp.lpSum(now) * (1 / ((len(by_year[year]) + len(known[0])) * clock.years))
            pace_before = pulp.lpSum(before) * (1 / ((len(last) + len(known[1])) * clock.years))
            book.require(
                pace, "<=", (1 + row.value) * pace_before, "order_growth", row.policy, row.span, offer.offer, year
            )


def add_commitments(book):
    """Decisions already made, fixed or barred."""
    for i, row in enumerate(book.case.commitments):
        when = book.clock.period_of(row.period) if row.period else None
        if when is not None and when < 0:
            continue
        decisions = {
            "order": [(t, x) for (o, t), x in book.units.items() if o == row.item],
            "build": [(t, x) for (e, t), x in book.build.items() if e == row.item],
            "start": [(t, x) for (j, m, t), x in book.start.items() if j == row.item and row.route in ("", m)],
            "close": [(t, x) for (a, t), x in book.close.items() if a == row.item],
            "sign": [(t, x) for (k, t), x in book.sign.items() if k == row.item],
            "draw": list(book.draws.get(row.item, {}).items()),
        }[row.kind]
        terms = pulp.lpSum(x for t, x in decisions if (t >= 0 if when is None else t == when))
        quantity = 1.0 if row.quantity is None else row.quantity
        if row.status == "barred":
            book.require(terms, "==", 0, "barred", row.kind, row.item, i)
        elif row.kind in ("order", "build", "draw") and row.status == "done":
            book.require(terms, ">=", quantity, "done", row.kind, row.item, i)
        elif row.kind in ("order", "build", "draw"):
            book.require(terms, "==", quantity, "fixed", row.kind, row.item, i)
        else:
            book.require(terms, "==", 1, "committed", row.kind, row.item, i)


def add_carbon(book):
    """What active units draw and what arrivals were made with is paid for, and stays within the tonnes of its span."""
    clock, case = book.clock, book.case
    emitted = {t: [] for t in clock.periods}
    for site in case.sites:
        for t in clock.periods:
            series = [(row.period, row) for row in case.site_series if row.site == site.site]
            said = clock.step_value(series, t) if series else None
            kg = site.carbon_kg_per_kwh if said is None or said.carbon_kg_per_kwh is None else said.carbon_kg_per_kwh
            for (g, s, u), units in book.active.items():
                if (s, u) == (site.site, t):
                    kwh = book.accelerator(g).it_kw * site.pue * HOURS_PER_YEAR * clock.years
                    emitted[t].append(kwh * kg / 1000 * units)
            for (o, s, u), units in book.arrivals.items():
                if (s, u) == (site.site, t):
                    machine = next(row.accelerator for row in case.offers if row.offer == o)
                    emitted[t].append(book.accelerator(machine).embodied_kg / 1000 * units)
    price = case.settings.carbon_usd_per_tonne / 1e6
    for t in clock.periods:
        book.pay("carbon", t, [price * x for x in emitted[t]])
    caps = [
        (row.span, None if row.tonnes is None else row.tonnes - row.emitted_before_tonnes, False)
        for row in case.carbon_limits
    ]
    for periods, tonnes, _ in clock.merged(caps):
        if tonnes is not None:
            book.require([x for t in periods for x in emitted[t]], "<=", tonnes, "carbon", periods[0])
