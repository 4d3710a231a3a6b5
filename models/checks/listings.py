"""The columns of the result tables that follow from other columns: dates, prices, totals, slacks."""

from __future__ import annotations

import math

from models.checks import dates
from models.checks.budgets import budget_rows
from models.checks.evidence import Bound, Evidence
from models.checks.money import discount_factor
from models.checks.money_moves import signing_price
from models.checks.report import Recorder
from models.checks.supply import limit_rows
from models.checks.time import Interval
from models.checks.work import assigned

NET_PRESENT_COST = "net_present_cost"


def orders_table(plan: Evidence, record: Recorder) -> None:
    """The units are lots × lot size; price, due period, accelerator and vendor are those of the offer."""
    for (name, t), order in plan.orders.items():
        offer = plan.facts.offers[name]
        where = (name, plan.labels[t])
        if order.lots is None:
            record.holds(
                where, "lots", found="blank", expected="given for an offer with lots", fact=offer.lot_size is None
            )
        else:
            record.equal(order.units, order.lots * (offer.lot_size or 1.0), where, "units")
        record.equal(order.unit_price_usd, plan.facts.prices[name][t] or 0.0, where, "unit price, USD")
        _same_date(plan, record, where, "due", order.due, t + plan.facts.leads[name])
        record.same(order.accelerator, offer.accelerator, where, "accelerator")
        record.same(order.vendor, plan.facts.vendor(name), where, "vendor")


def tape_outs_table(plan: Evidence, record: Recorder) -> None:
    """Tape-out is start + design; ready is start + all lags with the delay, rounded up once; blank: never."""
    for start in plan.starts:
        lags = plan.facts.lags.get((start.programme, start.route))
        if lags is not None:
            where = (start.programme, start.route)
            ready = dates.ready(plan.facts, plan.calendar, start.programme, start.route, start.start)
            _same_date(plan, record, where, "tape_out", start.tape_out, start.start + lags.tape_out)
            _same_date(plan, record, where, "ready", start.ready, ready)


def acquisitions_table(plan: Evidence, record: Recorder) -> None:
    """Closing and ownership follow the signing; the price has grown until then, and is 0 before the plan.

    The dates hold with what delays them, and are blank when it never comes to that.
    """
    for closing in plan.closings:
        where = (closing.acquisition,)
        taken = (plan.facts, plan.calendar, closing.acquisition, closing.signed)
        _same_date(plan, record, where, "closed", closing.closed, dates.closed(*taken))
        _same_date(plan, record, where, "owned", closing.owned, dates.owned(*taken))
        price = signing_price(plan, closing.acquisition, closing.signed) if closing.signed >= 0 else 0.0
        record.equal(closing.price_musd, price, where, "price, USD million")


def agreements_table(plan: Evidence, record: Recorder) -> None:
    """The first live period is signing + lag; live_to is the last period of the term."""
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        where = (signing.agreement,)
        first = signing.signed + plan.calendar.lag(agreement.lag_months)
        last = first + plan.calendar.term(agreement.term_months) - 1
        _same_date(plan, record, where, "live_from", signing.live_from, first)
        _same_date(plan, record, where, "live_to", signing.live_to, last)


def expansions_table(plan: Evidence, record: Recorder) -> None:
    """Modules are energised at order + lead + delay (blank: never), at the site of the expansion."""
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        where = (build.expansion, plan.calendar.label(build.period))
        works = dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        _same_date(plan, record, where, "energised", build.energised, works)
        record.same(build.site, expansion.site, where, "site")


def _same_date(
    plan: Evidence, record: Recorder, where: tuple[str, ...], what: str, found: int | None, expected: int | None
) -> None:
    shown = ["blank" if period is None else plan.calendar.label(period) for period in (found, expected)]
    record.same(shown[0], shown[1], where, what)


def service_table(plan: Evidence, record: Recorder) -> None:
    """Demand is the case's, served is what is assigned."""
    served = assigned(plan)
    for workload, demand in plan.facts.demand.items():
        for t, asked in enumerate(demand):
            where = (workload, plan.labels[t])
            row = plan.service.get((workload, t), (0.0, 0.0, 0.0))
            record.equal(row[0], asked, where, "demand, queries/s")
            record.equal(row[1], served.get((workload, t), 0.0), where, "served queries/s", asked)


def limits_table(plan: Evidence, record: Recorder) -> None:
    """Supply, use and slack are those of each limit and span; blank supply and slack where there is no limit."""
    known: set[tuple[str, Interval]] = set()
    for name, stretch, label, supply, used, _ in limit_rows(plan):
        known.add((name, stretch))
        slack = None if supply is None else supply - used
        _bound(record, (name, label), plan.limits.get((name, stretch)), Bound(supply, used, slack))
    _unknown(plan, record, plan.limits, known)


def budgets_table(plan: Evidence, record: Recorder) -> None:
    """Amount and spending of each budget and span are the case's; slack is what its chain still has."""
    known: set[tuple[str, Interval]] = set()
    for row in budget_rows(plan):
        known.add((row.budget, row.stretch))
        slack = None if row.amount is None else row.chain_amount - row.chain_spent
        given = plan.budgets.get((row.budget, row.stretch))
        _bound(record, (row.budget, row.label), given, Bound(row.amount, row.spent, slack))
    _unknown(plan, record, plan.budgets, known)


def _bound(record: Recorder, where: tuple[str, ...], given: Bound | None, expected: Bound) -> None:
    """Compares a row; a row of zeros, or one without a limit, may be left out."""
    if given is None:
        if expected.most is None:
            return
        given = Bound(0.0, 0.0, 0.0)
    scale = max(abs(expected.most or 0.0), abs(expected.taken or 0.0))
    for what, found, should in (
        ("amount", given.most, expected.most),
        ("amount taken", given.taken, expected.taken),
        ("slack", given.slack, expected.slack),
    ):
        if found is None or should is None:
            shown = "blank" if found is None else found
            wanted = "blank" if should is None else f"{should:.12g}"
            record.holds(where, what, found=shown, expected=wanted, fact=found is should)
        else:
            record.equal(found, should, where, what, scale)


def _unknown(
    plan: Evidence, record: Recorder, rows: dict[tuple[str, Interval], Bound], known: set[tuple[str, Interval]]
) -> None:
    for name, stretch in rows:
        if (name, stretch) not in known and plan.calendar.within(stretch):
            record.fault((name, str(stretch)), "span", "not of the case", "a span of the case")


def key_figures(plan: Evidence, record: Recorder) -> None:
    """The figure net_present_cost is the discounted sum of the lines; other figures are not known to the check."""
    figure = plan.figures.get(NET_PRESENT_COST)
    if figure is not None:
        try:
            value = float(str(figure))
        except ValueError:
            record.fault((NET_PRESENT_COST,), "value", str(figure), "a finite number")
            return
        again = math.fsum(
            musd * discount_factor(plan, t) for lines in plan.expected.values() for (_, _, t), musd in lines.items()
        )
        record.equal(value, again, (NET_PRESENT_COST,), "USD million")
