"""Contracts in the textbook: yearly levels of agreements, milestones, facilities, rented modules, and fixed cost.

Loops over events and periods, from the formulation alone. No disruption takes anything back here.
"""

from __future__ import annotations

from tests.oracle import running_leases
from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.textbook_shocks import reached

A_LOT = 1e4
"""More than counts in the term of an agreement of a random case."""


def add_fixed_costs(book):
    """A site without power of its own costs from its first module on, where it says so; others from the start."""
    clock, case = book.clock, book.case
    for site in case.sites:
        own = [row for row in case.expansions if row.site == site.site]
        waits = site.fixed_from == "first_module" and site.power_mw == 0
        is_open = [book.binary("is_open", site.site, t) if waits else book.one for t in clock.periods]
        for t in clock.periods if waits else ():
            for row in own:
                for (name, v), modules in book.build.items():
                    when = reached(book, row.expansion, row.lead_time_months, v) if name == row.expansion else None
                    if when is not None and when <= t:
                        most = max(1.0, row.max_modules)
                        book.require([modules], "<=", [most * is_open[t]], "opened", site.site, row.expansion, v, t)
        for t in clock.periods:
            book.pay("maintenance", t, [site.fixed_musd_per_year * clock.years * is_open[t]])


def add_module_rents(book):
    """Rent from energising to the end of the term, and the fee in its last period."""
    clock = book.clock
    for row in book.case.expansions:
        term = None if row.term_months is None else clock.term(row.term_months)
        for (name, v), modules in book.build.items():
            when = reached(book, row.expansion, row.lead_time_months, v) if name == row.expansion else None
            if when is None:
                continue
            for t in clock.periods:
                if when <= t and (term is None or t < when + term):
                    grown = row.rent_musd_per_module_per_year * (1 + row.rent_growth_per_year) ** (
                        (t - when) * clock.years
                    )
                    book.pay("expansion", t, [grown * clock.years * modules])
                if term is not None and t == when + term - 1:
                    book.pay("expansion", t, [row.exit_fee_musd_per_module * modules])


def counting_offers(book, subject):
    """Offers of a vendor, of an accelerator, by name, or behind an agreement: the first of these that there is."""
    machines = {row.accelerator for row in book.case.accelerators if row.vendor == subject}
    machines = machines or {row.accelerator for row in book.case.accelerators if row.accelerator == subject}
    by_machine = [row.offer for row in book.case.offers if row.accelerator in machines]
    by_name = [row.offer for row in book.case.offers if row.offer == subject]
    return by_machine or by_name or book.requiring(subject)


def in_period(book, offers, measure, t):
    """What counts in a period: units, facility MW of what arrives, or money spent."""
    if measure == "musd":
        offers = {*offers, *(running_leases.key_of(row) for row in book.case.open_leases if row.offer in offers)}
        return [x for (offer, u), terms in book.spend.items() for x in terms if offer in offers and u == t]
    found = []
    for (offer, site, u), units in book.arrivals.items():
        if offer in offers and u == t:
            pue = next(row.pue for row in book.case.sites if row.site == site)
            mw = book.accelerator(book.offer(offer).accelerator).it_kw * pue / 1000
            found.append((mw if measure == "mw" else 1.0) * units)
    return found


def add_milestones(book):
    """Income in the one period in which a milestone is called reached: enough has counted by then."""
    clock = book.clock
    for row in book.case.milestones:
        offers, called = counting_offers(book, row.subject), []
        for t in clock.window(None, row.by):
            x = book.binary("reached", row.milestone, t)
            so_far = [term for u in range(t + 1) for term in in_period(book, offers, row.measure, u)]
            so_far.append(row.counted_before * book.one)
            book.require(so_far, ">=", [row.amount * x], "milestone", row.milestone, t)
            own = [(one.period, one.value_musd) for one in book.case.milestone_values if one.milestone == row.milestone]
            value = clock.step_value(own, t) if own else None
            book.pay("incentive", t, [-(row.value_musd if value is None else value) * x])
            called.append(x)
        book.require(called, "<=", 1, "reached_once", row.milestone)


def average_mw(book, agreement, periods):
    """Facility MW of the active machines of an agreement's offers, averaged over a year."""
    machines = {book.offer(name).accelerator for name in book.requiring(agreement)}
    found = []
    for (accelerator, site, t), units in book.active.items():
        if accelerator in machines and t in periods:
            pue = next(row.pue for row in book.case.sites if row.site == site)
            found.append(book.accelerator(accelerator).it_kw * pue / 1000 * book.clock.years * units)
    return found


def add_commit_levels(book):
    """A shortfall for each signing and year of its term that ends in the plan."""
    clock, year = book.clock, 12 // book.clock.step
    fees = {
        row.agreement: {
            "units": row.shortfall_usd_per_unit / USD_PER_MUSD, "musd": 1.0, "mw": row.shortfall_musd_per_mw,
        }
        for row in book.case.agreements
    }  # fmt: skip
    for agreement in book.case.agreements:
        rows = sorted(
            (row for row in book.case.commit_levels if row.agreement == agreement.agreement),
            key=lambda row: row.year_of_term,
        )
        for (name, v), signed in book.sign.items():
            begin, met, wanted = v + clock.lag(agreement.lag_months), [], []
            for row in rows if name == agreement.agreement else ():
                first = begin + (row.year_of_term - 1) * year
                last = min(first + year, begin + clock.term(agreement.term_months)) - 1
                if not 0 <= last < clock.count:
                    continue
                inside = range(max(0, first), last + 1)
                offers = set(book.requiring(name))
                if row.unit == "mw":
                    counted = average_mw(book, name, inside)
                else:
                    counted = [x for t in inside for x in in_period(book, offers, row.unit, t)]
                most = None if row.amount > 0 else 0
                short = book.variable(name_of("short", name, row.year_of_term, v), 0, most)
                had = (row.counted_before if first < 0 else 0.0) + (row.brought_forward if v < 0 else 0.0)
                own = [*counted, had * book.one, short]
                met, wanted = [*met, *own], [*wanted, row.amount * signed]
                book.require(met, ">=", wanted, "level", name, row.year_of_term, v)
                if row.carry == "excess":
                    # Nothing is paid ahead: either nothing is paid, or no more than is missing.
                    late = book.binary("late", name, row.year_of_term, v)
                    book.require([short], "<=", [row.amount * late], "short", name, row.year_of_term, v)
                    book.require(met, "<=", [*wanted, A_LOT - A_LOT * late], "missing", name, row.year_of_term, v)
                else:
                    met, wanted = [], []
                book.pay("agreement", last, [row.shortfall_share * fees[name][row.unit] * short])


def add_facilities(book):
    """Each draw has its own schedule: half-period interest, instalments, a fee; what is left counts against."""
    clock = book.clock
    for row in book.case.facilities:
        term = clock.term(row.term_months)
        draws = {t: book.variable(name_of("draw", row.facility, t), 0, row.limit_musd)
                 for t in clock.window(row.first_draw, row.last_draw)}  # fmt: skip
        for t, x in draws.items():
            spent = [x for (category, u), terms in book.cash.items() for x in terms
                     if category in row.categories and u == t]  # fmt: skip
            book.require([x], "<=", [row.advance_share * part for part in spent], "advance", row.facility, t)
        for done in book.case.commitments:
            if (done.kind, done.item, done.status) == ("draw", row.facility, "done") and done.period:
                t = clock.period_of(done.period)
                if t < 0:
                    draws[t] = draws.get(t, 0.0) + (1.0 if done.quantity is None else done.quantity) * book.one
        book.draws[row.facility] = draws
        left_at = {t: [] for t in clock.periods}
        for v, x in draws.items():
            for t in range(max(0, v), clock.count):
                before, after, paid, drawn = _schedule(row.repayment, term, t - v)
                interest = row.rate_per_year * clock.years * (before + 0.5 * drawn - 0.5 * paid)
                book.pay("financing", t, [(paid + interest - drawn + row.fee_share * drawn) * x])
                left_at[t].append(after * x)
        for t in clock.periods:
            book.require(left_at[t], "<=", row.limit_musd, "outstanding", row.facility, t)
        book.left += [-1.0 * part for part in left_at[clock.count - 1]]


def _schedule(repayment, term, age):
    """Of one dollar, so many periods after its draw: outstanding before and after, repaid, drawn."""

    def outstanding(k):
        if k < 0 or k >= term:
            return 0.0
        return 1.0 if repayment == "bullet" else (term - k) / term

    drawn = float(age == 0)
    before, after = outstanding(age - 1), outstanding(age)
    return before, after, before + drawn - after, drawn
