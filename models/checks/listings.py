"""The columns of the result tables that follow from other columns: dates, prices, values, slacks."""

from __future__ import annotations

from collections.abc import Iterable

from models.checks import dates
from models.checks.budget_checks import budget_rows
from models.checks.evidence import USD_PER_MUSD, Bound, Evidence, Spending
from models.checks.money_moves import signing_price
from models.checks.money_supply import bills
from models.checks.plan_check import recomputes
from models.checks.power_checks import term_of
from models.checks.report import Recorder
from models.checks.rights import cancelled
from models.checks.supply_checks import arrivals_of_orders, limit_rows
from models.checks.time import NOISE, Interval


@recomputes(
    "orders",
    {
        "offer": "*offer",
        "accelerator": "text",
        "vendor": "text",
        "kind": "text",
        "period": "*period",
        "lots": "perhaps",
        "units": "quantity",
        "unit_price_usd": "number",
        "invoice_musd": "number",
        "contract_musd": "number",
        "due": "date",
        "arrives": "text or blank",
        "arriving_units": "quantity",
        "cancelled_units": "quantity",
        "ends": "date or never",
        "committed": "text",
    },
)
def orders_table(plan: Evidence, record: Recorder) -> None:
    """The units are lots × lot size; price, due period, accelerator, vendor and kind are those of the offer.

    The invoice is the bill after volume discounts, the contract that of the whole term; arrivals are taken from the
    orders that can be delivered first, and a lease ends a term after its last arrival.
    """
    invoices = {name: bills(plan, offer) for name, offer in plan.facts.offers.items()}
    arriving = {name: arrivals_of_orders(plan, name) for name in dict.fromkeys(name for name, _ in plan.orders)}
    for (name, t), order in plan.orders.items():
        offer = plan.facts.offers[name]
        where = (name, plan.labels[t])
        is_lotted = offer.lot_size is not None
        record.holds(where, "lots", found="blank" if order.lots is None else order.lots,
                     expected="given for an offer with lots" if is_lotted else "blank for a divisible offer",
                     fact=is_lotted == (order.lots is not None))  # fmt: skip
        if order.lots is not None:
            record.equal(order.units, order.lots * (offer.lot_size or 1.0), where, "units, of the lots")
        record.equal(order.unit_price_usd, plan.facts.prices[name][t] or 0.0, where, "unit_price_usd")
        invoice = invoices[name][t] / USD_PER_MUSD
        years = plan.facts.terms[name] * plan.calendar.years if offer.kind == "lease" else 1.0
        record.equal(order.invoice_musd, invoice, where, "invoice_musd")
        record.equal(order.contract_musd, invoice * years, where, "contract_musd")
        _same_date(plan, record, where, "due", order.due, t + plan.facts.leads[name])
        parts = arriving[name][t]
        record.same(order.arrives, ";".join(plan.calendar.label(at) for at, _ in parts), where, "arrives")
        record.equal(order.arriving_units, sum(units for _, units in parts), where, "arriving_units")
        record.equal(order.cancelled_units, cancelled(plan, name, t), where, "cancelled_units")
        is_held = offer.kind == "lease" and bool(parts)
        ends = parts[-1][0] + plan.facts.terms[name] - 1 if is_held else None
        _same_date(plan, record, where, "ends", order.ends, ends)
        record.same(order.accelerator, offer.accelerator, where, "accelerator")
        record.same(order.vendor, plan.facts.vendor(name), where, "vendor")
        record.same(order.kind, offer.kind, where, "kind")
        record.same(order.committed, "yes" if _is_committed(plan, name, t) else "no", where, "committed")


def _is_committed(plan: Evidence, offer: str, t: int) -> bool:
    rows = [row for row in plan.case.commitments if (row.kind, row.item) == ("order", offer) and row.status != "barred"]
    return any(not row.period or t in plan.calendar.touching(row.period) for row in rows)


@recomputes(
    "tape_outs",
    {
        "programme": "programme",
        "route": "text",
        "start": "date",
        "tape_out": "date",
        "ready": "date or never",
    },
)
def tape_outs_table(plan: Evidence, record: Recorder) -> None:
    """Tape-out is start + design; ready is start + all lags with the delay, rounded up once; blank: never."""
    for start in plan.starts:
        lags = plan.facts.lags.get((start.programme, start.route))
        if lags is not None:
            where = (start.programme, start.route)
            ready = dates.ready(plan.facts, plan.calendar, start.programme, start.route, start.start)
            _same_date(plan, record, where, "tape_out", start.tape_out, start.start + lags.tape_out)
            _same_date(plan, record, where, "ready", start.ready, ready)


@recomputes(
    "acquisitions",
    {
        "acquisition": "acquisition",
        "signed": "date",
        "closed": "date or never",
        "owned": "date or never",
        "price_musd": "number",
    },
)
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
        record.equal(closing.price_musd, price, where, "price_musd")


@recomputes("agreements", {"agreement": "agreement", "signed": "date", "live_from": "date", "live_to": "date"})
def agreements_table(plan: Evidence, record: Recorder) -> None:
    """The first live period is signing + lag; live_to is the last period of the term."""
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        where = (signing.agreement,)
        first = signing.signed + plan.calendar.lag(agreement.lag_months)
        last = first + plan.calendar.term(agreement.term_months) - 1
        _same_date(plan, record, where, "live_from", signing.live_from, first)
        _same_date(plan, record, where, "live_to", signing.live_to, last)


@recomputes(
    "expansions",
    {
        "expansion": "*expansion",
        "site": "text",
        "period": "*date",
        "modules": "quantity",
        "energised": "date or never",
        "ends": "date or never",
    },
)
def expansions_table(plan: Evidence, record: Recorder) -> None:
    """Modules are energised at order + lead + delay (blank: never), at their site, until the end of a term if any."""
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        where = (build.expansion, plan.calendar.label(build.period))
        works = dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        _same_date(plan, record, where, "energised", build.energised, works)
        has_end = works is not None and expansion.term_months is not None
        ends = (works or 0) + term_of(plan, build.expansion) - 1 if has_end else None
        _same_date(plan, record, where, "ends", build.ends, ends)
        record.same(build.site, expansion.site, where, "site")


def _same_date(
    plan: Evidence, record: Recorder, where: tuple[str, ...], what: str, found: int | None, expected: int | None
) -> None:
    shown = ["blank" if period is None else plan.calendar.label(period) for period in (found, expected)]
    record.same(shown[0], shown[1], where, what)


@recomputes(
    "limits",
    {
        "limit": "*limit",
        "span": "*span",
        "supply": "perhaps",
        "used": "perhaps",
        "slack": "perhaps",
        "price": "perhaps",
    },
    prices="limits",
)
def limits_table(plan: Evidence, record: Recorder) -> None:
    """Supply, use and slack are those of each limit and span; blank supply and slack where there is no limit."""
    known: set[tuple[str, Interval]] = set()
    for name, stretch, label, supply, used, largest in limit_rows(plan):
        known.add((name, stretch))
        slack = None if supply is None else supply - used
        _bound(record, (name, label), plan.limits.get((name, stretch)), Bound(supply, used, slack), largest)
    _unknown(plan, record, plan.limits, known)


@recomputes(
    "budgets",
    {
        "budget": "*budget",
        "span": "*span",
        "amount_musd": "perhaps",
        "carried_musd": "number",
        "available_musd": "perhaps",
        "gross_musd": "number",
        "resale_musd": "number",
        "spent_musd": "number",
        "slack_musd": "perhaps",
        "share_used": "perhaps",
        "needs_resale": "text",
        "price": "perhaps",
    },
    prices="budgets",
)
def budgets_table(plan: Evidence, record: Recorder) -> None:
    """Each budget and span has the case's amount, what its chain has carried there, and spending gross and of resale.

    What is available, what is left, the share used and whether resale is needed follow from these.
    """
    known: set[tuple[str, Interval]] = set()
    for row in budget_rows(plan):
        known.add((row.budget, row.stretch))
        where = (row.budget, row.label)
        given = plan.budgets.get((row.budget, row.stretch))
        if given is None:
            if row.amount is not None:
                record.fault(where, "row", "missing", "in the table")
            continue
        blank = given.amount_musd is None
        record.holds(where, "amount_musd", found="blank" if blank else "given",
                     expected="blank without a limit, else given", fact=blank == (row.amount is None))  # fmt: skip
        record.equal(given.amount_musd or 0.0, row.amount or 0.0, where, "amount_musd")
        if row.carried is None:
            record.follows(given.carried_musd, 0.0, where, "carried_musd")
        else:
            record.equal(given.carried_musd, row.carried, where, "carried_musd", row.chain_amount)
        scale = max(abs(row.spent - row.resale), abs(row.resale))
        record.equal(given.gross_musd, row.spent - row.resale, where, "gross_musd", scale)
        record.equal(given.resale_musd, row.resale, where, "resale_musd", scale)
        record.equal(given.spent_musd, row.spent, where, "spent_musd", scale)
        _budget_shares(record, where, given)
    _unknown(plan, record, plan.budgets, known)


def _budget_shares(record: Recorder, where: tuple[str, ...], given: Spending) -> None:
    available = share = slack = None
    needs = False
    if given.amount_musd is not None:
        available = given.amount_musd + given.carried_musd
        slack = available - given.spent_musd
        share = given.spent_musd / available if available > NOISE else None
        needs = given.gross_musd > available + NOISE * max(1.0, abs(available))
    size = max(abs(given.amount_musd or 0.0), abs(given.carried_musd), abs(given.spent_musd))
    record.follows(given.available_musd, available, where, "available_musd", size)
    record.follows(given.slack_musd, slack, where, "slack_musd", size)
    record.follows(given.share_used, share, where, "share_used")
    record.same(given.needs_resale, "yes" if needs else "no", where, "needs_resale")


def _bound(record: Recorder, where: tuple[str, ...], given: Bound | None, expected: Bound, largest: float) -> None:
    """Compares a row; a row of zeros, or one without a limit, may be left out. `largest` is the largest use in it."""
    if given is None:
        if expected.most is None:
            return
        given = Bound(0.0, 0.0, 0.0)
    whole = max(abs(expected.most or 0.0), abs(expected.taken or 0.0))
    for what, found, should, scale in (
        ("supply", given.most, expected.most, 0.0),
        ("used", given.taken, expected.taken, largest),
        ("slack", given.slack, expected.slack, whole),
    ):
        if found is None or should is None:
            shown = "blank" if found is None else found
            wanted = "blank" if should is None else f"{should:.12g}"
            record.holds(where, what, found=shown, expected=wanted, fact=found is should)
        else:
            record.equal(found, should, where, what, scale)


def _unknown(
    plan: Evidence, record: Recorder, rows: Iterable[tuple[str, Interval]], known: set[tuple[str, Interval]]
) -> None:
    for name, stretch in rows:
        if (name, stretch) not in known and plan.calendar.within(stretch):
            record.fault((name, str(stretch)), "span", "not of the case", "a span of the case")
