"""Mutants of lead times and backlogs: what can arrive when, after a disruption."""

from tests.models.checks.mutation import num, say


def open_units(p, offer, t):
    """Units of open orders due by a period."""
    return sum(row.units for row in p.case.open_orders if row.offer == offer and 0 <= p.at(row.due) <= t)


def behind(p, offer):
    """The first period in which less has come than was deliverable; none when all came in time."""
    for t in range(p.count):
        rows = [row for row in p.tables["orders"] if row["offer"] == offer]
        due = sum(num(row, "units") for row in rows if p.deliverable(offer, row["period"]) <= t)
        came = sum(num(r, "units") for r in p.tables["arrivals"] if r["offer"] == offer and p.at(r["period"]) <= t)
        if came < due + open_units(p, offer, t) - 1e-3:
            return t
    return None


def deliveries(p):
    """Changes of lead times and backlogs that the arrivals do not follow."""
    for k, row in p.inputs("backlogs"):
        short = behind(p, row.offer)
        if short is not None:
            rest = [r for i, r in p.inputs("backlogs") if i != k]
            yield say("no backlog of", row.offer), p.given_rows("backlogs", rest)
            for by in (1, 2, 5):
                since = p.label(short + by)
                yield say("backlog of", row.offer, "only from", since), p.given("backlogs", k, since=since)
    for k, row in p.inputs("lead_times"):
        rest = [r for i, r in p.inputs("lead_times") if i != k]
        changes = [("forgotten", p.given_rows("lead_times", rest))]
        for by in (-1, 1, 2):
            months = max(0.0, row.lead_time_months + by * p.step)
            changes.append((say("by", by, "periods"), p.given("lead_times", k, lead_time_months=months)))
            begins = p.later(row.period, by)
            changes.append((say("from", begins), p.given("lead_times", k, period=begins)))
        for change, changed in changes:
            if differs(p, changed, row.offer):
                yield say("lead of", row.offer, row.period, change), changed
    for name in dict.fromkeys(row["offer"] for row in p.tables["orders"]):
        changed = p.given_rows("lead_times", [])
        if differs(p, changed, name):
            yield say("no lead time is longer:", name), changed


def differs(p, changed, offer):
    """True when another total was deliverable by some period that has no backlog yet."""
    rows = [row for row in p.tables["orders"] if row["offer"] == offer]
    for t in range(int(min(p.count, p.late_from(offer)))):
        totals = [
            sum(kept(row) for row in rows if plan.deliverable(offer, row["period"]) <= t) for plan in (p, changed)
        ]
        if abs(totals[0] - totals[1]) > 1e-3:
            return True
    return False


def kept(row):
    """The units of an order that are not cancelled, which are those that arrive."""
    return num(row, "units") - num(row, "cancelled_units")
