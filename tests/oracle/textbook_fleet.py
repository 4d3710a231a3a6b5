"""Orders, arrivals, vintages, leases, work, demand and power of the textbook formulation."""

from __future__ import annotations

import pulp

from tests.oracle import running_leases
from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.clock import HOURS_PER_YEAR, NOISE, SECONDS_PER_YEAR, resale_fraction
from tests.oracle.textbook_shocks import (
    delivered_share,
    delivery,
    reached,
    site_at,
    touched_from,
    touched_last,
)


def add_orders(book):
    """Orders in lots inside their window, with a least order where there is one."""
    clock = book.clock
    for offer in book.case.offers:
        lead = clock.lag(offer.lead_time_months)
        lot = offer.lot_size
        for t in book.window("order", offer.offer, offer.first_order, offer.last_order):
            if t + lead >= clock.count or book.price(offer.offer, t) is None:
                continue
            kind = pulp.LpContinuous if lot is None else pulp.LpInteger
            lots = book.variable(name_of("order", offer.offer, t), 0, offer.max_lots_per_period, kind)
            book.order[offer.offer, t] = lots
            book.units[offer.offer, t] = lots * (lot or 1.0)
            if offer.min_lots > (0.0 if lot is None else 1.0):
                some = book.binary("some", offer.offer, t)
                most = book.most_units(offer) / (lot or 1.0)
                book.require(lots, ">=", offer.min_lots * some, "least_order", offer.offer, t)
                book.require(lots, "<=", most * some, "some_order", offer.offer, t)


def add_arrivals(book):
    """What is ordered arrives when it can be delivered, at the sites of the offer; open orders when due at theirs.

    From the period in which a backlog begins, no more than that has arrived so far; but what is ordered from when one
    has last begun is not late: at least as much has come since.
    """
    clock = book.clock
    for offer in book.case.offers:
        backlog = touched_from(book, offer)
        due = {t: [] for t in clock.periods}
        for (name, v), units in book.units.items():
            if name == offer.offer and delivery(book, offer, v) is not None:
                come = delivery(book, offer, v)
                kept = units - book.gone.get((name, v), 0.0)
                due[come].append(delivered_share(book, offer, come) * kept)
        waiting = {}
        for row in book.case.open_orders:
            t = clock.period_of(row.due)
            if row.offer == offer.offer and t < clock.count:
                kept = row.units * book.one - book.taken_back.get(id(row), 0.0)
                # What was due before the plan is late, and all of it comes.
                share, t = (delivered_share(book, offer, t), t) if t >= 0 else (1.0, 0)
                if row.any_site:
                    due[t].append(share * kept)
                else:
                    waiting[row.site, t] = waiting.get((row.site, t), 0.0) + share * kept
        for t in range(backlog):
            add_punctual(book, offer, t, due[t], waiting)
        for t in range(backlog, clock.count):
            last = touched_last(book, offer, t)
            add_late(book, offer, t, [x for u in range(t + 1) for x in due[u]], waiting)
            ordered_since = [
                delivered_share(book, offer, come) * units
                for (name, v), units in book.units.items()
                if name == offer.offer and v >= last and (come := delivery(book, offer, v)) is not None and come <= t
            ]
            ordered_since += due_before(book, offer, t)
            if ordered_since:
                came = [x for (o, _, u), x in book.arrivals.items() if o == offer.offer and last <= u <= t]
                book.require(came, ">=", ordered_since, "orders_of_a_backlog_are_punctual", offer.offer, t)


def due_before(book, offer, t):
    """Units ordered before the plan, once the offer was last touched, that must have come; less those beyond that."""
    clock = book.clock
    onsets = [row for row in book.case.backlogs if row.offer == offer.offer and clock.period_of(row.since) <= t]
    last = max(onsets, key=lambda row: clock.period_of(row.since))
    if clock.period_of(last.since) >= 0:
        return []
    rows = [row for row in book.case.open_orders if row.offer == offer.offer and row.ordered]
    rows = [row for row in rows if clock.period_of(row.ordered) >= clock.period_of(last.since)]
    dues = [(clock.period_of(row.due), row.units) for row in rows]
    found = [delivered_share(book, offer, due) * units * book.one for due, units in dues if 0 <= due <= t]
    return [*found, -last.came_before * book.one] if found or last.came_before else []


def add_punctual(book, offer, t, due, waiting):
    """Exactly what is due in a period arrives in it."""
    here = {site: units for (site, u), units in waiting.items() if u == t}
    for site in book.sites_of(offer) if due else ():
        came = book.variable(name_of("receive", offer.offer, site, t), 0)
        book.receive[offer.offer, site, t] = came
        book.arrivals[offer.offer, site, t] = pulp.lpSum([came])
    came = [book.receive[key] for key in book.receive if (key[0], key[2]) == (offer.offer, t)]
    book.require(came, "==", due, "arrivals_follow_orders", offer.offer, t)
    for site, units in here.items():
        key = (offer.offer, site, t)
        book.arrivals[key] = book.arrivals.get(key, pulp.lpSum([])) + units


def add_late(book, offer, t, due, waiting):
    """No more has arrived by a period than could be delivered; at a site of open orders only, no more than those."""
    allowed = book.sites_of(offer)
    open_units = {}
    for (site, u), units in waiting.items():
        if u <= t:
            open_units[site] = open_units.get(site, 0.0) + units
    if not due and not open_units:
        return
    for site in dict.fromkeys([*allowed, *open_units]):
        key = (offer.offer, site, t)
        book.receive[key] = book.variable(name_of("receive", *key), 0)
        book.arrivals[key] = pulp.lpSum([book.receive[key]])
    so_far = [(site, x) for (o, site, u), x in book.arrivals.items() if o == offer.offer and u <= t]
    known = pulp.lpSum(list(open_units.values()))
    book.require([x for _, x in so_far], "<=", [*due, known], "arrivals_follow_orders", offer.offer, t)
    for site, units in open_units.items():
        if site not in allowed:
            here = [x for place, x in so_far if place == site]
            book.require(here, "<=", units, "open_orders_stay", offer.offer, site, t)


def resale_value(book, accelerator, age_periods):
    """Resale value of a unit at an age in periods, USD million."""
    row = book.accelerator(accelerator)
    fraction = resale_fraction(book.case, accelerator, age_periods * book.clock.years)
    return row.reference_price_usd * fraction / USD_PER_MUSD


def add_cohort(book, key, first, end, units, *, age=None):
    """Follows one cohort from period `first` until period `end`, in which it is sold for its age.

    `units` is what it starts from; `age`, in periods at the start of the plan, is given for an opening cohort.
    """
    arrival = first if age is None else -age
    accelerator, site, cohort = key
    clock, early = book.clock, book.case.settings.early_retirement
    previous, survival = units, 1.0
    for t in range(first, min(end + 1, clock.count)):
        alive = previous * survival
        survival = book.survival(accelerator)
        value = resale_value(book, accelerator, t - arrival)
        if t == end:
            book.pay("resale", t, [-value * alive])
            return
        name = name_of("stock", accelerator, site, cohort, t)
        stock = book.stock[accelerator, site, cohort, t] = book.variable(name, 0)
        # A vintage is not sold in its period of arrival; an opening cohort arrived before the plan.
        may_sell = early and (t > first or age is not None)
        book.require(stock, "<=" if may_sell else "==", alive, "fleet", accelerator, site, cohort, t)
        if may_sell:
            book.pay("resale", t, [-value * (alive - stock)])
        previous = stock
    if end >= clock.count:
        value = resale_value(book, accelerator, clock.count - arrival)
        book.left.append(value * previous)


def add_fleet(book):
    """Bought units by vintage, opening cohorts, and leased units in term."""
    clock = book.clock
    for row in book.case.accelerators:
        life = clock.life(row.life_years)
        bought = [o.offer for o in book.case.offers if o.accelerator == row.accelerator and o.kind == "buy"]
        for site in (s.site for s in book.case.sites):
            for t in clock.periods:
                came = [book.arrivals[o, site, t] for o in bought if (o, site, t) in book.arrivals]
                if came:
                    add_cohort(book, (row.accelerator, site, t), t, t + life, pulp.lpSum(came))
    for row in book.case.opening_fleet:
        left = clock.left(book.accelerator(row.accelerator).life_years, row.in_service_since)
        age = -clock.period_of(row.in_service_since)
        if left >= 0:
            key = (row.accelerator, row.site, f"since_{row.in_service_since}")
            add_cohort(book, key, 0, left, row.units * book.one, age=age)
    for offer in (o for o in book.case.offers if o.kind == "lease"):
        term = clock.term(offer.term_months)
        for (name, site, u), units in book.arrivals.items():
            if name != offer.offer:
                continue
            for t in range(u, min(u + term, clock.count)):
                book.leased.setdefault((offer.accelerator, site, t), []).append(units)


def add_running_leases(book):
    """Units of leases that run at the start, in their whole periods; rent for each month until they end."""
    for row in book.case.open_leases:
        for t in book.clock.periods:
            if running_leases.serves(book.clock, row, t):
                book.leased.setdefault((row.accelerator, row.site, t), []).append(row.units * book.one)
            musd = float(running_leases.rent(book.clock, row, t)) / USD_PER_MUSD
            book.pay_offer("lease", running_leases.key_of(row), t, [musd * book.one])
        gone = book.clock.period_of(row.ends)
        fee = row.units * row.end_fee_usd_per_unit / USD_PER_MUSD
        book.pay_offer("lease", running_leases.key_of(row), gone, [fee * book.one])


def add_active(book):
    """Active units are owned or in term; electricity, and maintenance of what is not leased."""
    clock, case = book.clock, book.case
    for site in case.sites:
        for row in case.accelerators:
            for t in clock.periods:
                held = [v for (g, s, _, u), v in book.stock.items() if (g, s, u) == (row.accelerator, site.site, t)]
                leased = book.leased.get((row.accelerator, site.site, t), [])
                if not held and not leased:
                    continue
                where = (row.accelerator, site.site, t)
                active = book.active[where] = book.variable(name_of("active", *where), 0)
                book.require(active, "<=", held + leased, "active_is_held", *where)
                owned = book.variable(name_of("active_owned", *where), 0)
                book.require(owned, ">=", [active, *(-1 * x for x in leased)], "leased_work_first", *where)
                upkeep = row.maintenance_usd_per_year * clock.years / USD_PER_MUSD
                book.pay("maintenance", t, [upkeep * owned])
                mwh = row.it_kw * site.pue * HOURS_PER_YEAR * clock.years / 1000
                _, _, usd_per_mwh = site_at(book, site, t)
                book.pay("power", t, [mwh * usd_per_mwh / USD_PER_MUSD * active])


def add_work(book):
    """Work fits the active units, and meets the demand or leaves it unserved."""
    clock, case = book.clock, book.case
    for t in clock.periods:
        rates = book.rates(t)
        for (g, s, u), active in book.active.items():
            if u != t:
                continue
            used = []
            for w in case.workloads:
                if (g, w.workload) not in rates or s not in book.sites_of(w):
                    continue
                key = (g, s, w.workload, t)
                book.assign[key] = book.variable(name_of("assign", *key), 0)
                used.append(book.assign[key] * (1 / rates[g, w.workload]))
            book.require(used, "<=", book.accelerator(g).utilisation * active, "work", g, s, t)
        for w in case.workloads:
            peak = book.peak(w, t)
            most = (1 - w.min_service) * peak
            missing = book.unserved[w.workload, t] = book.variable(name_of("unserved", w.workload, t), 0, most)
            done = [v for (_, _, name, u), v in book.assign.items() if (name, u) == (w.workload, t)]
            book.require([*done, missing], "==", peak, "demand", w.workload, t)
            add_query_money(book, w, t, done, missing)


def add_query_money(book, workload, t, done, missing):
    """Penalty, revenue and variable cost of a workload in a period, in average queries."""
    thousands = SECONDS_PER_YEAR * book.clock.years / workload.peak_to_average / 1000 / USD_PER_MUSD
    book.pay("unserved", t, [workload.penalty_usd_per_1000 * thousands * missing])
    if workload.revenue_usd_per_1000 is not None:
        book.pay("revenue", t, [-workload.revenue_usd_per_1000 * thousands * x for x in done])
    costs = {
        row.accelerator: row.variable_usd_per_1000 for row in book.case.throughput if row.workload == workload.workload
    }
    for (g, _, name, u), x in book.assign.items():
        if (name, u) == (workload.workload, t) and costs[g] > NOISE:
            book.pay("variable", t, [costs[g] * thousands * x])


def add_power(book):
    """Active units draw no more than what can be used of the site's power and of the modules energised there."""
    clock, case = book.clock, book.case
    for site in case.sites:
        for t in clock.periods:
            power, share, _ = site_at(book, site, t)
            if power is None:
                continue
            drawn = [
                book.accelerator(g).it_kw * site.pue / 1000 * x
                for (g, s, u), x in book.active.items()
                if (s, u) == (site.site, t)
            ]
            added = [
                row.module_mw * n
                for row in case.expansions
                for (name, v), n in book.build.items()
                if row.site == site.site and name == row.expansion and is_energised(book, row, v, t)
            ]
            if drawn:
                book.require(drawn, "<=", share * pulp.lpSum([power, *added]), "site_power", site.site, t)


def is_energised(book, row, ordered, t):
    """True where modules of an expansion that were ordered in a period work in period t."""
    when = reached(book, row.expansion, row.lead_time_months, ordered)
    term = float("inf") if row.term_months is None else book.clock.term(row.term_months)
    return when is not None and when <= t < when + term
