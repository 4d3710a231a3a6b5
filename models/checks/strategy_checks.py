"""Programmes, companies, agreements and gates: what may be taken, when, and with what."""

from __future__ import annotations

from collections.abc import Iterator

from models.checks import dates
from models.checks.evidence import Amounts, Evidence, Place, UsedAmount
from models.checks.loan_schedules import draws
from models.checks.plan_check import compares
from models.checks.policy_checks import policy_name
from models.checks.report import Recorder
from models.checks.time import NOISE, interval


@compares("tape_outs.start tape_outs.route acquisitions.signed agreements.signed orders.units expansions.modules")
def gates(plan: Evidence, record: Recorder) -> None:
    """An action is taken in its window and only where each gate that it requires is ready, owned or live.

    A programme or deal that is known to have failed is not begun, unless it is committed.

    Actions before the plan are data and are not asked.
    """
    for (name, t), order in plan.orders.items():
        if order.units > record.tolerance:
            _open(plan, record, (name, plan.labels[t]), plan.facts.offers[name].requires, t)
    for build in plan.builds:
        if build.modules > record.tolerance:
            needed = plan.facts.expansions[build.expansion].requires
            _open(plan, record, (build.expansion, plan.calendar.label(build.period)), needed, build.period)
    for start in plan.starts:
        route = plan.facts.routes.get((start.programme, start.route))
        where = (start.programme, start.route, plan.calendar.label(start.start))
        record.holds(where, "route", found=start.route, expected="a route of the programme", fact=route is not None)
        if route is not None:
            _open(plan, record, where, route.requires, start.start)
            _window(plan, record, where, (route.first_start, route.last_start), start.start)
            _not_failed(plan, record, where, start.programme, start.start)
    for closing in plan.closings:
        company = plan.facts.acquisitions[closing.acquisition]
        signed = (closing.acquisition, plan.calendar.label(closing.signed))
        _open(plan, record, signed, company.requires, closing.signed)
        _window(plan, record, signed, (company.first_signing, company.last_signing), closing.signed)
        _not_failed(plan, record, signed, closing.acquisition, closing.signed)
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        signed = (signing.agreement, plan.calendar.label(signing.signed))
        _open(plan, record, signed, agreement.requires, signing.signed)
        _window(plan, record, signed, (agreement.first_signing, agreement.last_signing), signing.signed)


def _open(plan: Evidence, record: Recorder, where: tuple[str, ...], needed: tuple[str, ...], t: int) -> None:
    if t < 0:
        return
    for gate in needed:
        record.holds(
            where, f"gate {gate}", found="closed", expected="ready, owned or live", fact=plan.states.is_open(gate, t)
        )


def _window(
    plan: Evidence, record: Recorder, where: tuple[str, ...], window: tuple[str | None, str | None], t: int
) -> None:
    if t >= 0:
        record.holds(
            where,
            "period",
            found=plan.calendar.label(t),
            expected="inside the window",
            fact=t in plan.calendar.window(*window),
        )


def _not_failed(plan: Evidence, record: Recorder, where: tuple[str, ...], item: str, t: int) -> None:
    """What is known to have failed is not begun, unless that is committed."""
    known = plan.facts.delays.get(item)
    if known is not None and 0 <= t < plan.calendar.periods:
        committed = any(row.item == item and row.status != "barred" for row in plan.case.commitments)
        fact = committed or not known.failed[t]
        record.holds(where, item, found="known to have failed", expected="begun before, or committed", fact=fact)


def ramp_amounts(plan: Evidence) -> Amounts:
    """Returns how many units of each programme with a ramp may arrive in each period, and how many do."""
    return {
        ("ramp", programme, plan.labels[t]): UsedAmount(
            came, most, "units", t, "ramp", f"ramp {programme}", t < plan.case.settings.periods, only_in_binding=True
        )
        for programme, t, came, most in _ramps(plan)
    }


@compares("arrivals.units tape_outs.start", amounts=ramp_amounts)
def ramp(plan: Evidence, record: Recorder) -> None:
    """Arrivals of all offers that require a programme ≤ Δ × the ramp's value at its months since ready."""
    for programme, t, came, most in _ramps(plan):
        record.at_most(came, most, (programme, plan.labels[t]), "arrivals of the programme's offers")


def _ramps(plan: Evidence) -> Iterator[tuple[str, int, float, float]]:
    """Yields each programme with a ramp and period, the units that arrive, and how many may."""
    for programme in dict.fromkeys(row.programme for row in plan.case.ramp):
        steps = sorted(
            (row.months_since_ready, row.max_units_per_year) for row in plan.case.ramp if row.programme == programme
        )
        came = [0.0] * plan.calendar.periods
        for (name, _, t), units in plan.arrivals.items():
            if programme in plan.facts.offers[name].requires:
                came[t] += units
        ready = plan.states.ready.get(programme)
        for t in range(plan.calendar.periods):
            most = 0.0
            if ready is not None and t >= ready:
                since = (t - ready) * plan.calendar.months
                most = plan.calendar.years * next(
                    (value for months, value in reversed(steps) if months <= since + NOISE), 0.0
                )
            yield programme, t, came[t], most


@compares("tape_outs.start tape_outs.route acquisitions.signed agreements.signed orders.units")
def excludes(plan: Evidence, record: Recorder) -> None:
    """A route, company or agreement and what it excludes are not both taken; an offer or expansion not from then on."""
    taken = plan.states.taken
    routes = {(start.programme, start.route): start.start for start in plan.starts}
    moves = [(f"{j}/{m}", j, plan.facts.routes[j, m].excludes) for j, m in routes if (j, m) in plan.facts.routes]
    moves += [
        (a, a, plan.facts.acquisitions[a].excludes) for a in dict.fromkeys(row.acquisition for row in plan.closings)
    ]
    moves += [(k, k, plan.facts.agreements[k].excludes) for k in dict.fromkeys(row.agreement for row in plan.signings)]
    for shown, own, others in moves:
        for other in others:
            if other != own:
                record.holds(
                    (shown, other), "both", found="taken", expected="taken at most once", fact=other not in taken
                )
    actions = [((name, t), order.units, plan.facts.offers[name].excludes) for (name, t), order in plan.orders.items()]
    actions += [
        ((row.expansion, row.period), row.modules, plan.facts.expansions[row.expansion].excludes) for row in plan.builds
    ]
    for (name, t), amount, others in actions:
        for other in others:
            if t >= 0 and amount > record.tolerance:
                record.holds(
                    (name, plan.labels[t], other),
                    "order after what it excludes",
                    found="ordered",
                    expected="not ordered",
                    fact=taken.get(other, t + 1) > t,
                )


@compares(
    "tape_outs.start tape_outs.route tape_outs.programme acquisitions.signed acquisitions.acquisition "
    "agreements.signed agreements.agreement"
)
def once_each(plan: Evidence, record: Recorder) -> None:
    """Each programme starts, each company is bought and each agreement is signed at most once."""
    names = [("programme", row.programme) for row in plan.starts]
    names += [("acquisition", row.acquisition) for row in plan.closings]
    names += [("agreement", row.agreement) for row in plan.signings]
    for name in dict.fromkeys(names):
        record.at_most(names.count(name), 1, name, "times taken")


def programme_amounts(plan: Evidence) -> Amounts:
    """Returns how many programmes each policy allows at a time, and how many are under way."""
    busy, found = _under_way(plan), dict[Place, UsedAmount]()
    for policy in plan.case.policies:
        if policy.kind == "max_active_programmes":
            for t in plan.calendar.within(interval(policy.span)):
                name = policy_name(plan, policy)
                found["active_programmes", name, plan.labels[t]] = UsedAmount(
                    busy[t], policy.value, "programmes", t, "programmes at a time", f"programmes at a time {name}",
                    t < plan.case.settings.periods, only_in_binding=True,
                )  # fmt: skip
    return found


@compares("tape_outs.start", amounts=programme_amounts)
def active_programmes(plan: Evidence, record: Recorder) -> None:
    """Programmes started and not yet ready ≤ the policy's value, in each period of its span; failed ones count on."""
    busy = _under_way(plan)
    for policy in plan.case.policies:
        if policy.kind == "max_active_programmes":
            for t in plan.calendar.within(interval(policy.span)):
                record.at_most(busy[t], policy.value, (policy.policy, plan.labels[t]), "programmes at a time")


def _under_way(plan: Evidence) -> list[int]:
    """Returns by period how many programmes have started and are not ready."""
    busy = [0] * plan.calendar.periods
    for start in plan.starts:
        if (start.programme, start.route) in plan.facts.lags:
            ready = dates.ready(plan.facts, plan.calendar, start.programme, start.route, start.start)
            end = plan.calendar.periods if ready is None else min(plan.calendar.periods, ready)
            for t in range(max(0, start.start), end):
                busy[t] += 1
    return busy


@compares(
    "tape_outs.start tape_outs.route acquisitions.signed agreements.signed orders.units expansions.modules "
    "financing.drawn_musd"
)
def commitments(plan: Evidence, record: Recorder) -> None:
    """What is done happens at least so, what is fixed exactly so, what is barred not; the past is what was done."""
    for row in plan.case.commitments:
        amounts = _amounts(plan, row.kind, row.item, row.route)
        if row.period:
            amounts = [(t, amount) for t, amount in amounts if t in _periods(plan, row.period)]
        where = tuple(part for part in (row.kind, row.item, row.route, row.period) if part)
        total = sum(amount for _, amount in amounts)
        wanted = 1.0 if row.quantity is None or row.kind not in ("order", "build", "draw") else row.quantity
        if row.status == "barred":
            record.at_most(total, 0.0, where, "barred quantity")
        elif row.status == "fixed":
            record.equal(total, wanted, where, "fixed quantity")
        else:
            record.at_least(total, wanted, where, "quantity of what is done")
    _past(plan, record)


def _periods(plan: Evidence, label: str) -> range:
    """The periods that a commitment names; what lies before the plan was done when its label began."""
    first = plan.calendar.holding(label)
    return range(first, first + 1) if first < 0 else plan.calendar.touching(label)


def _amounts(plan: Evidence, kind: str, item: str, route: str) -> list[tuple[int, float]]:
    if kind == "order":
        return [(t, order.units) for (offer, t), order in plan.orders.items() if offer == item]
    if kind == "build":
        return [(row.period, row.modules) for row in plan.builds if row.expansion == item]
    if kind == "start":
        return [(row.start, 1.0) for row in plan.starts if row.programme == item and route in ("", row.route)]
    if kind == "draw":
        return list(draws(plan, item).items())
    if kind == "close":
        return [(row.signed, 1.0) for row in plan.closings if row.acquisition == item]
    return [(row.signed, 1.0) for row in plan.signings if row.agreement == item]


def _past(plan: Evidence, record: Recorder) -> None:
    rows = [("start", start.programme, start.start, 1.0) for start in plan.starts]
    rows += [("close", closing.acquisition, closing.signed, 1.0) for closing in plan.closings]
    rows += [("sign", signing.agreement, signing.signed, 1.0) for signing in plan.signings]
    rows += [("build", build.expansion, build.period, build.modules) for build in plan.builds]
    for kind, item, t, amount in rows:
        if t < 0:
            done = sum(
                1.0 if row.quantity is None or kind != "build" else row.quantity
                for row in plan.case.commitments
                if (row.kind, row.item, row.status) == (kind, item, "done")
                and row.period
                and t in _periods(plan, row.period)
            )
            record.at_most(amount, done, (kind, item, plan.calendar.label(t)), "taken before the plan")
        elif t >= plan.calendar.periods:
            record.fault((kind, item, plan.calendar.label(t)), "period", "after the horizon", "inside the horizon")
