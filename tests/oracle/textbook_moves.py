"""Chip programmes, acquisitions, agreements, power expansions and their gates in the textbook formulation."""

from __future__ import annotations

import pulp

from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.textbook_shocks import delivered_share, delivery, failed, reached, refunded, respins_at


def respins(book, route, t, paid=None):
    """Respins that count in a period: as known then, or those that were paid for before the plan, or planned for."""
    known = respins_at(book, route.programme, t)
    if known is not None:
        return known
    if paid is not None:
        return paid
    return {"optimistic": 0.0, "pessimistic": 1.0}.get(book.case.settings.tape_out_risk, route.respin_probability)


def respins_paid(book, programme, started):
    """Respins that were paid for before the plan, of a start then."""
    rows = [row for row in book.case.commitments if row.item == programme and row.period]
    return sum(row.respins_paid for row in rows if book.clock.period_of(row.period) == started)


def ready_at(book, route, started):
    """The period in which a programme is ready that starts by a route in a period; None if not in the horizon."""
    least = route.design_months + route.tape_out_to_volume_months
    return reached(book, route.programme, lambda t: least + respins(book, route, t) * route.respin_months, started)


def owned_at(book, row, signed):
    """The period in which an acquisition is owned that is signed in a period; None if not in the horizon."""
    return reached(book, row.acquisition, row.months_to_close + row.months_to_integrate, signed)


def is_by(when, t):
    """True where something that is there from `when` on (None: never) is there in period t."""
    return when is not None and when <= t


def add_moves(book):
    """One binary for each start, closing and signing, and whole modules; each happens at most once."""
    case = book.case
    for row in case.routes:
        for t, route, _ in book.earlier("start", row.programme):
            only = next(r.route for r in case.routes if r.programme == row.programme)
            if (route or only) == row.route:
                book.start[row.programme, row.route, t] = 1
        for t in begun_in_time(book, "start", row.programme, row.first_start, row.last_start):
            key = (row.programme, row.route, t)
            book.start[key] = book.binary("start", *key)
    for programme in case.programmes:
        starts = [x for (j, _, _), x in book.start.items() if j == programme.programme]
        book.require(starts, "<=", 1, "one_start", programme.programme)
    families = (
        ("close", book.close, [(a.acquisition, a.first_signing, a.last_signing) for a in case.acquisitions]),
        ("sign", book.sign, [(k.agreement, k.first_signing, k.last_signing) for k in case.agreements]),
    )
    for kind, events, rows in families:
        for name, first, last in rows:
            for t, _, _ in book.earlier(kind, name):
                events[name, t] = 1
            for t in begun_in_time(book, kind, name, first, last):
                events[name, t] = book.binary(kind, name, t)
            book.require([x for (n, _), x in events.items() if n == name], "<=", 1, f"one_{kind}", name)
    add_builds(book)


def add_builds(book):
    """Modules ordered in time to be energised inside the horizon, no more than there is room for."""
    for row in book.case.expansions:
        lead = book.clock.lag(row.lead_time_months)
        for t, _, modules in book.earlier("build", row.expansion):
            book.build[row.expansion, t] = book.build.get((row.expansion, t), 0) + modules
        for t in book.window("build", row.expansion, row.first_order, row.last_order):
            if t + lead < book.clock.count:
                key = (row.expansion, t)
                book.build[key] = book.variable(name_of("build", *key), 0, row.max_modules, pulp.LpInteger)
        built = [n for (e, _), n in book.build.items() if e == row.expansion]
        book.require(built, "<=", row.max_modules, "room_for_modules", row.expansion)


def begun_in_time(book, kind, name, first, last):
    """The periods of a window in which something is not known to have failed; all of what is committed."""
    committed = any(row.item == name and row.status != "barred" for row in book.case.commitments)
    return [t for t in book.window(kind, name, first, last) if committed or not failed(book, name, t)]


def taken(book, gate, until=None):
    """Terms that add up to one where a programme, company or agreement was taken, up to a period or ever."""
    events = [(j, t, x) for (j, _, t), x in book.start.items()]
    events += [(name, t, x) for (name, t), x in (book.close | book.sign).items()]
    return [x for name, t, x in events if name == gate and (until is None or t <= until)]


def ready(book, gate, t):
    """Terms that add up to one where a gate is ready, owned or live in period t."""
    terms = []
    for route in book.case.routes:
        if route.programme == gate:
            mine = [(v, x) for (j, m, v), x in book.start.items() if (j, m) == (gate, route.route)]
            terms += [x for v, x in mine if is_by(ready_at(book, route, v), t)]
    for row in book.case.acquisitions:
        if row.acquisition == gate:
            terms += [x for (a, v), x in book.close.items() if a == gate and is_by(owned_at(book, row, v), t)]
    for row in book.case.agreements:
        if row.agreement == gate:
            lag, term = book.clock.lag(row.lag_months), book.clock.term(row.term_months)
            terms += [x for (k, v), x in book.sign.items() if k == gate and v + lag <= t < v + lag + term]
    return terms


def add_gates(book):
    """What requires a gate happens only where the gate is open; what excludes another ends where that was taken."""
    case = book.case
    actions = []
    for offer in case.offers:
        most = book.most_units(offer)
        units = [(t, x) for (o, t), x in book.units.items() if o == offer.offer]
        actions += [("order", offer.offer, t, x, most, offer) for t, x in units]
    for row in case.expansions:
        modules = [(t, n) for (e, t), n in book.build.items() if e == row.expansion and t >= 0]
        actions += [("build", row.expansion, t, n, row.max_modules, row) for t, n in modules]
    for kind, name, t, x, most, row in actions:
        for gate in row.requires:
            book.require(x, "<=", most * pulp.lpSum(ready(book, gate, t)), "gate", kind, name, gate, t)
        for other in row.excludes:
            bound = most * (1 - pulp.lpSum(taken(book, other, t)))
            book.require(x, "<=", bound, "excluded", kind, name, other, t)
    for kind, name, row, events in strategic_events(book):
        for gate in row.requires:
            for t, x in events:
                if t >= 0:
                    book.require(x, "<=", ready(book, gate, t), "gate", kind, name, gate, t)
        for other in row.excludes:
            terms = [x for _, x in events] + taken(book, other)
            book.require(terms, "<=", 1, "excludes", kind, name, other)


def strategic_events(book):
    """Each route, acquisition and agreement with its kind, its name and its (period, variable) pairs."""
    found = []
    for row in book.case.routes:
        events = [(t, x) for (j, m, t), x in book.start.items() if (j, m) == (row.programme, row.route)]
        found.append(("start", name_of(row.programme, row.route), row, events))
    for row in book.case.acquisitions:
        events = [(t, x) for (a, t), x in book.close.items() if a == row.acquisition]
        found.append(("close", row.acquisition, row, events))
    for row in book.case.agreements:
        events = [(t, x) for (k, t), x in book.sign.items() if k == row.agreement]
        found.append(("sign", row.agreement, row, events))
    return found


def add_ramp(book):
    """Arrivals of a programme's offers grow with the time since it is ready."""
    clock = book.clock
    for programme in book.case.programmes:
        rows = sorted(
            (r.months_since_ready, r.max_units_per_year) for r in book.case.ramp if r.programme == programme.programme
        )
        if not rows:
            continue
        for t in clock.periods:
            allowed = []
            for route in (r for r in book.case.routes if r.programme == programme.programme):
                for (j, m, v), x in book.start.items():
                    when = ready_at(book, route, v)
                    if (j, m) != (route.programme, route.route) or not is_by(when, t):
                        continue
                    steps = [most for months, most in rows if months <= (t - when) * clock.step]
                    allowed.append((steps[-1] if steps else 0.0) * clock.years * x)
            came = book.arrived(book.requiring(programme.programme), [t])
            book.require(came, "<=", allowed, "ramp", programme.programme, t)


def add_programme_money(book):
    """Design, mask set with respin, sustaining engineering, and the worth of a ready programme at the end."""
    clock = book.clock
    for row in book.case.routes:
        design = clock.lag(row.design_months)
        for (j, m, v), x in book.start.items():
            if (j, m) != (row.programme, row.route):
                continue
            when = ready_at(book, row, v)
            for t in clock.periods:
                if when is None and failed(book, row.programme, t):
                    break
                if v <= t < v + max(design, 1):
                    book.pay("tape_out", t, [row.design_cost_musd / max(design, 1) * x])
                if t == v + design:
                    book.pay("tape_out", t, [(row.mask_set_musd + respins(book, row, t) * row.respin_cost_musd) * x])
                if t > v + design and (when is None or t <= when):
                    paid = None if v + design >= 0 else respins_paid(book, row.programme, v)
                    now, before = (respins(book, row, u, paid) for u in (t, t - 1))
                    more = now - before
                    book.pay("tape_out", t, [more * row.respin_cost_musd * x])
            for t in range(clock.count if when is None else when, clock.count):
                book.pay("tape_out", t, [row.sustaining_musd_per_year * clock.years * x])
    for row in book.case.programmes:
        book.left += [row.terminal_value_musd * x for x in ready(book, row.programme, clock.count - 1)]


def add_acquisition_money(book):
    """Price at signing, integration from closing for its years, contribution from owned on, refund if it fails."""
    clock = book.clock
    for row in book.case.acquisitions:
        for (a, v), x in book.close.items():
            if a != row.acquisition:
                continue
            price = row.price_musd * (1 + row.price_growth_per_year) ** clock.years_from(row.as_of, v)
            book.pay("acquisition", v, [price * x])
            closed = reached(book, row.acquisition, row.months_to_close, v, "closed")
            for t in range(clock.count if closed is None else closed, clock.count):
                years = min(clock.years, row.integration_years - (t - closed) * clock.years)
                book.pay("acquisition", t, [row.integration_musd_per_year * max(0.0, years) * x])
            owned = owned_at(book, row, v)
            for t in range(clock.count if owned is None else owned, clock.count):
                book.pay("acquisition", t, [-row.contribution_musd_per_year * clock.years * x])
            back = refunded(book, row, v)
            if back is not None:
                book.pay("acquisition", back, [-(1 - row.break_fee_share) * price * x])


def lost_units(book, gate, periods):
    """Units of the offers behind a gate that are due in some periods and not delivered."""
    lost = 0.0 * book.one
    for offer in (row for row in book.case.offers if row.offer in set(book.requiring(gate))):
        for (name, v), units in book.units.items():
            come = delivery(book, offer, v) if name == offer.offer else None
            if come in periods and delivered_share(book, offer, come) < 1:
                lost += (1 - delivered_share(book, offer, come)) * units
        for row in book.case.open_orders:
            due = book.clock.period_of(row.due)
            if row.offer == offer.offer and due in periods:
                lost += (1 - delivered_share(book, offer, due)) * row.units * book.one
    return lost


def add_agreement_money(book):
    """Prepayment at signing, and a fee for what is received below take-or-pay in a calendar year."""
    clock = book.clock
    for row in book.case.agreements:
        for (k, v), x in book.sign.items():
            if k == row.agreement:
                book.pay("agreement", v, [row.prepayment_musd * x])
        if row.min_units_per_year <= 0:
            continue
        for year in sorted({clock.calendar_year(t) for t in clock.periods}):
            inside = [t for t in clock.periods if clock.calendar_year(t) == year]
            owed = [row.min_units_per_year * clock.years * x for t in inside for x in ready(book, row.agreement, t)]
            taken = 0.0
            for v, _, _ in book.earlier("sign", row.agreement) if row.taken_before is not None else ():
                begin = v + clock.lag(row.lag_months)
                live = [t for t in range(begin, begin + clock.term(row.term_months)) if t < 0]
                past = [t for t in live if clock.calendar_year(t) == year == clock.calendar_year(0)]
                owed += [row.min_units_per_year * clock.years * book.one for _ in past]
                taken += row.taken_before if past else 0.0
            if not owed:
                continue
            short = book.variable(name_of("shortfall", row.agreement, year), 0)
            came = book.arrived(book.requiring(row.agreement), inside) + lost_units(book, row.agreement, inside)
            book.require([short, came, taken * book.one], ">=", owed, "take_or_pay", row.agreement, year)
            book.pay("agreement", inside[-1], [row.shortfall_usd_per_unit / USD_PER_MUSD * short])


def add_expansion_money(book):
    """Modules are paid evenly over their lead time and keep their straight-line value."""
    clock = book.clock
    for row in book.case.expansions:
        lead = clock.lag(row.lead_time_months)
        for (e, v), n in book.build.items():
            if e != row.expansion:
                continue
            for t in range(v, v + max(lead, 1)):
                book.pay("expansion", t, [row.cost_musd_per_module / max(lead, 1) * n])
            when = reached(book, row.expansion, row.lead_time_months, v)
            if row.life_years > 0 and when is not None:
                used = (clock.count - when) * clock.years / row.life_years
                book.left.append(row.cost_musd_per_module * max(0.0, 1 - used) * n)
