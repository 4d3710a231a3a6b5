"""Mutants of orders, arrivals, limits, gates, moves and commitments."""

from models.tables.fleet_rows import Limit, LimitUse
from models.tables.strategy_rows import Commitment, Programme
from tests.models.checks.mutants_late import deliveries
from tests.models.checks.mutation import elsewhere, num, resized, say

NEVER = "never taken"


def _is_cancelled(p, row):
    """True for an order from before the plan of which something is cancelled."""
    return any((one["offer"], one["ordered"]) == (row.offer, row.ordered) for one in p.tables["cancellations"])


def arrivals_follow_orders(p):
    for k, row in p.rows("arrivals"):
        where, units = say("arrival", row["offer"], row["site"], row["period"]), num(row, "units")
        yield say(where, "a flood"), p.cell("arrivals", k, units=1e7)
        if p.at(row["period"]) >= p.late_from(row["offer"]):
            continue
        yield say(where, "one unit more"), p.cell("arrivals", k, units=units + 1)
        yield say(where, "a hundredth less"), p.cell("arrivals", k, units=units * 0.99)
        yield say(where, "left out"), p.drop("arrivals", k)
        yield say(where, "one period late"), p.cell("arrivals", k, period=p.later(row["period"]))
        yield say(where, "one period early"), p.cell("arrivals", k, period=p.later(row["period"], -1))
    for k, row in p.rows("orders"):
        where, (at, offer) = say("order", row["offer"], row["period"]), p.offer(row["offer"])
        lots = num(row, "units") / (offer.lot_size or 1)
        comes, late = p.deliverable(row["offer"], row["period"]), p.late_from(row["offer"])
        if comes < min(late, p.count) and num(row, "cancelled_units") < num(row, "units"):
            yield say(where, "left out"), p.drop("orders", k)
            yield say(where, "one lot more"), p.cell("orders", k, **resized(row, offer, lots + 1))
        earlier = p.later(row["period"], -1)
        alone = all((r["offer"], r["period"]) != (row["offer"], earlier) for r in p.tables["orders"])
        stays = num(row, "cancelled_units") < num(row, "units")
        if stays and p.deliverable(row["offer"], earlier) < min(comes, late) and (alone or comes < p.count):
            yield say(where, "one period early"), p.cell("orders", k, period=earlier)
        longer = p.given("offers", at, lead_time_months=offer.lead_time_months + p.step)
        is_kept = num(row, "cancelled_units") < num(row, "units")
        if longer.deliverable(row["offer"], row["period"]) != comes < late and is_kept:
            yield say(row["offer"], "lead longer"), longer
    yield from deliveries(p)
    for k, row in p.inputs("open_orders"):
        if p.at(row.due) >= p.late_from(row.offer) or _is_cancelled(p, row):
            continue
        yield say("open order", k, "one unit more"), p.given("open_orders", k, units=row.units + 1)
        yield say("open order", k, "later"), p.given("open_orders", k, due=p.label(p.at(row.due) + 1))


def order_lots(p):
    for k, row in p.rows("orders"):
        where, (at, offer) = say(row["offer"], row["period"]), p.offer(row["offer"])
        lots = num(row, "units") / (offer.lot_size or 1)
        if offer.lot_size:
            yield say(where, "half a lot more"), p.cell("orders", k, **resized(row, offer, lots + 0.5))
            yield say(where, "a little off a whole lot"), p.cell("orders", k, **resized(row, offer, lots + 2e-6))
        yield say(where, "least order higher"), p.given("offers", at, min_lots=lots + 0.5)
        yield say(where, "largest order lower"), p.given("offers", at, max_lots_per_period=lots - 0.5)
        yield say(where, "window opens later"), p.given("offers", at, first_order=p.later(row["period"]))
        yield say(where, "window closes earlier"), p.given("offers", at, last_order=p.later(row["period"], -1))
        prices = [r for r in p.case.prices if r.offer != row["offer"] or p.at(r.period) > p.at(row["period"])]
        yield say(where, "no price yet"), p.given_rows("prices", prices)
        lead = (p.count - p.at(row["period"])) * p.step
        yield say(where, "arrives after the horizon"), p.given("offers", at, lead_time_months=float(lead))


def order_sites(p):
    waiting = {(row.offer, row.site) for row in p.case.open_orders}
    for k, row in p.rows("arrivals"):
        at, offer = p.offer(row["offer"])
        where = say(row["offer"], row["site"], row["period"])
        others = elsewhere(p, row["site"])
        if (row["offer"], row["site"]) not in waiting:
            yield say(where, "site not allowed"), p.given("offers", at, sites=others)
            yield say(where, "one other site allowed"), p.given("offers", at, sites=others[:1])
        for site in (place.site for place in p.case.sites):
            if offer.sites and site not in offer.sites:
                yield say(where, "moved to", site), p.cell("arrivals", k, site=site)
                part = p.cell("arrivals", k, units=num(row, "units") - 1).plus(
                    "arrivals", {**row, "site": site, "units": 1.0}
                )
                yield say(where, "one unit moved to", site), part


def limits(p):
    for k, row in p.rows("limits"):
        if row["supply"] in ("", None):
            continue
        where, over = say(row["limit"], row["span"]), num(row, "slack") + 2e-6 * max(1, num(row, "supply"))
        at, given = next(
            (i, r)
            for i, r in p.inputs("limits")
            if r.limit == row["limit"]
            and (p.inside(r.span.split("..")[0], row["span"]) or p.inside(row["span"].split("..")[0], r.span))
        )
        yield say(where, "just too little"), p.given("limits", at, amount=given.amount - over)
        yield say(where, "one too little", k), p.given("limits", at, amount=given.amount - num(row, "slack") - 1)
        for i, use in p.inputs("limit_use"):
            came = [r for r in p.tables["arrivals"] if r["offer"] == use.offer and p.inside(r["period"], row["span"])]
            if use.limit == row["limit"] and came:
                more = use.use_per_unit + (num(row, "slack") + 1) / sum(num(r, "units") for r in came)
                yield say(where, use.offer, "uses more"), p.given("limit_use", i, use_per_unit=more)
    for row in p.tables["arrivals"]:
        limit = Limit(limit="new", span=row["period"], amount=num(row, "units") - 0.5)
        use = LimitUse(limit="new", offer=row["offer"], use_per_unit=1.0)
        changed = p.given_plus("limits", limit).given_plus("limit_use", use)
        yield say("new limit on", row["offer"], row["site"], row["period"]), changed


def gates(p):
    shut = p.given_plus("programmes", Programme(programme=NEVER))
    for row in p.tables["orders"]:
        at, offer = p.offer(row["offer"])
        changed = shut.given("offers", at, requires=(*offer.requires, NEVER))
        yield say("order", row["offer"], row["period"], "behind a shut gate"), changed
    for row in p.tables["expansions"]:
        if p.at(row["period"]) >= 0:
            at = next(i for i, r in p.inputs("expansions") if r.expansion == row["expansion"])
            changed = shut.given("expansions", at, requires=(NEVER,))
            yield say("build", row["expansion"], row["period"], "behind a shut gate"), changed
    for table, at, of, k, name, label in p.taken():
        if p.at(label) < 0:
            continue
        first, last = {
            "routes": ("first_start", "last_start"),
        }.get(table, ("first_signing", "last_signing"))
        yield say(name, "behind a shut gate"), shut.given(table, at, requires=(NEVER,))
        yield say(name, "window opens later"), p.given(table, at, **{first: p.later(label)})
        yield say(name, "window closes earlier"), p.given(table, at, **{last: p.later(label, -1)})
        asked = [r for r in p.tables["orders"] if name in p.offer(r["offer"])[1].requires]
        for row in asked:
            column = "start" if of == "tape_outs" else "signed"
            yield say(name, "taken with", row["offer"], row["period"]), p.cell(of, k, **{column: row["period"]})
        if asked:
            yield say(name, "left out"), p.drop(of, k)
            for column in {"tape_outs": ("ready",), "acquisitions": ("owned",)}.get(of, ()):
                yield from p.hindered(name, p.tables[of][k][column])


def ramp(p):
    ready = {row["programme"]: p.at(row["ready"]) for row in p.tables["tape_outs"] if row["ready"]}
    for programme in dict.fromkeys(row.programme for row in p.case.ramp):
        others = [row for row in p.case.ramp if row.programme != programme]
        own = [row for row in p.case.ramp if row.programme == programme]
        tape = next((k for k, row in p.rows("tape_outs") if row["programme"] == programme), None)
        for label in p.periods():
            rows = [
                r for r in p.tables["arrivals"] if r["period"] == label and programme in p.offer(r["offer"])[1].requires
            ]
            came = sum(num(r, "units") for r in rows)
            if not came or tape is None:
                continue
            yield from p.hindered(programme, p.tables["tape_outs"][tape]["ready"])
            since = (p.at(label) - ready[programme]) * p.step
            for part in (0.99, 0.5, 0.0):
                steps = [type(own[0])(programme=programme, months_since_ready=0.0,
                                      max_units_per_year=part * came / p.years)]  # fmt: skip
                yield say(programme, label, "ramp at", part), p.given_rows("ramp", [*others, *steps])
            steps = [type(own[0])(programme=programme, months_since_ready=since + 1.0, max_units_per_year=1e6)]
            yield say(programme, label, "ramp begins later"), p.given_rows("ramp", [*others, *steps])
            late = p.cell("tape_outs", tape, start=label)
            yield say(programme, label, "started as units arrive"), late
            yield say(programme, label, "never started"), p.drop("tape_outs", tape)
            at = next(k for k, r in p.rows("arrivals") if r is rows[0])
            yield say(programme, label, "a flood"), p.cell("arrivals", at, units=1e7)
        for row in p.tables["arrivals"]:
            at, offer = p.offer(row["offer"])
            if programme in ready and p.at(row["period"]) < ready[programme]:
                changed = p.given("offers", at, requires=(*offer.requires, programme))
                yield say(row["offer"], row["period"], "before", programme, "is ready"), changed


def excludes(p):
    taken = p.taken()
    for table, at, _, _, name, _ in taken:
        for other in taken:
            if other[4] != name:
                yield say(name, "excludes", other[4]), p.given(table, at, excludes=(other[4],))
    for row in p.tables["orders"]:
        at, _ = p.offer(row["offer"])
        for move in taken:
            if p.at(move[5]) <= p.at(row["period"]):
                changed = p.given("offers", at, excludes=(move[4],))
                yield say(row["offer"], row["period"], "excludes", move[4]), changed
    for row in p.tables["expansions"]:
        at = next(i for i, r in p.inputs("expansions") if r.expansion == row["expansion"])
        for move in taken:
            if 0 <= p.at(row["period"]) >= p.at(move[5]):
                changed = p.given("expansions", at, excludes=(move[4],))
                yield say(row["expansion"], row["period"], "excludes", move[4]), changed
    for row in p.case.acquisitions:
        for label in p.periods():
            if any(row.acquisition in getattr(r, "excludes", ()) for r in p.case.acquisitions):
                extra = {"acquisition": row.acquisition, "signed": label, "closed": label, "owned": label}
                yield say(row.acquisition, "bought in", label), p.plus("acquisitions", {**extra, "price_musd": 1.0})


def once_each(p):
    for table, _, of, k, name, label in p.taken():
        row = p.tables[of][k]
        column = "start" if of == "tape_outs" else "signed"
        yield say(name, "twice"), p.plus(of, dict(row))
        for other in p.periods():
            if other != label:
                yield say(name, "again in", other), p.plus(of, {**row, column: other})
        if table == "routes":
            for route in p.case.routes:
                if route.programme == name and route.route != row["route"]:
                    yield say(name, "also by", route.route), p.plus(of, {**row, "route": route.route})


def expansion_modules(p):
    for k, row in p.rows("expansions"):
        at, given = next((i, r) for i, r in p.inputs("expansions") if r.expansion == row["expansion"])
        where, modules = say(row["expansion"], row["period"]), num(row, "modules")
        yield say(where, "half a module more"), p.cell("expansions", k, modules=modules + 0.5)
        yield say(where, "a little off"), p.cell("expansions", k, modules=modules - 2e-6)
        if p.at(row["period"]) < 0:
            continue
        built = sum(num(r, "modules") for r in p.tables["expansions"] if r["expansion"] == given.expansion)
        yield say(given.expansion, "one module too many"), p.given("expansions", at, max_modules=int(built) - 1)
        yield say(where, "far too many"), p.cell("expansions", k, modules=modules + given.max_modules)
        yield say(where, "window opens later"), p.given("expansions", at, first_order=p.later(row["period"]))
        yield say(where, "window closes earlier"), p.given("expansions", at, last_order=p.later(row["period"], -1))
        lead = float((p.count - p.at(row["period"])) * p.step)
        yield say(where, "works after the horizon"), p.given("expansions", at, lead_time_months=lead)


def commitments(p):
    for k, row in p.inputs("commitments"):
        where = say(row.kind, row.item, row.period)
        # What was drawn before the plan is a fact of its loan, and barring it asks for nothing.
        if row.status in ("done", "fixed") and not (row.kind == "draw" and p.at(row.period) < 0):
            yield say(where, "barred after all"), p.given("commitments", k, status="barred")
            period = p.label(p.count + 3) if p.at(row.period or "2000") >= 0 else "1990"
            yield say(where, "asked for elsewhen"), p.given("commitments", k, period=period)
        else:
            yield say(where, "done after all"), p.given("commitments", k, status="done")
    for row in p.tables["orders"]:
        named = {"kind": "order", "item": row["offer"], "period": row["period"]}
        where, units = say(row["offer"], row["period"]), num(row, "units")
        for status, quantity in (("barred", None), ("fixed", units - 0.5), ("fixed", units + 1), ("done", units + 1)):
            changed = p.given_plus("commitments", Commitment(**named, quantity=quantity, status=status))
            yield say(where, status, "at", quantity), changed
    for row in p.tables["expansions"]:
        named = {"kind": "build", "item": row["expansion"], "period": row["period"]}
        changed = p.given_plus("commitments", Commitment(**named, quantity=num(row, "modules") + 1, status="fixed"))
        yield say(row["expansion"], row["period"], "one more was fixed"), changed
        yield (
            say(row["expansion"], row["period"], "in the past"),
            p.plus("expansions", {**row, "period": p.label(-5), "energised": p.label(-4)}),
        )
    for _, _, of, k, name, label in p.taken():
        kind = {"tape_outs": "start", "acquisitions": "close", "agreements": "sign"}[of]
        for period in ("", label):
            changed = p.given_plus("commitments", Commitment(kind=kind, item=name, period=period, status="barred"))
            yield say(name, "barred", period), changed
        column = "start" if of == "tape_outs" else "signed"
        for by in (1, 2, 5):
            yield say(name, "taken before the plan", by), p.cell(of, k, **{column: p.label(-by)})
