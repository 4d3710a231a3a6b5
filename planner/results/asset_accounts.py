"""The accounts of what is owned or paid ahead: orders, accelerators, power, own chips, companies and agreements."""

from __future__ import annotations

from collections.abc import Iterator

from models.calendar import MONTHS_OF_YEAR, parse_label
from models.tables.site_rows import Expansion
from planner.results.account_book import MUSD, Account, History, ModuleOrder, modules_ordered, straight_line
from planner.results.kept_orders import cancelled_before, units_kept
from planner.results.ledger_places import (
    ACCELERATORS,
    ACQUISITIONS,
    AGREEMENTS,
    CONSTRUCTION,
    LOAN_FEES,
    ORDERS,
    POWER,
    PROGRAMMES,
)
from planner.results.milestones import failure_of
from planner.results.offer_terms import deliverable, delivered_share
from planner.results.order_arrivals import taken_in_turn

YEARS_OF_POWER = 20.0
"""Years over which power modules are charged where neither the case nor the expansion says it."""
_ORDER_LINES = ("units", "open orders", "undelivered", "cancellation", "balance not due", "late order paid back")


def order_accounts(history: History) -> Iterator[tuple[Account, str]]:
    """Yields what is paid ahead of deliveries by offer, with its accelerator; what arrives leaves the account.

    A negative account is a payable: units came before they were paid.
    """
    for offer in history.offers("buy"):
        # What is still due for units that came before the plan is a payable from the start on.
        rows = [row for row in history.case.open_orders if row.offer == offer.offer]
        before = sum(row.units * row.paid_usd_per_unit * MUSD - row.balance_musd for row in rows)
        account = history.account(ORDERS, offer.offer, opening=before)
        account.paid = history.paid("hardware", *_ORDER_LINES, item=offer.offer)
        for t, musd in _cost_of_arrivals(history, offer.offer):
            account.received[t] -= musd
        for row in history.tables["cancellations"]:
            if row["offer"] == offer.offer:
                account.charged[history.at(row["period"])] += row["fee_musd"]
        yield account, offer.accelerator


def _cost_of_arrivals(history: History, name: str) -> Iterator[tuple[int, float]]:
    """Yields periods and what the units that arrive in them were bought for; the first deliverable arrive first."""
    case, offer = history.case, next(row for row in history.case.offers if row.offer == name)
    came = [0.0] * history.count
    for row in history.tables["arrivals"]:
        if row["offer"] == name:
            came[history.at(row["period"])] += row["units"]
    waiting: list[tuple[int, int, int, float]] = []
    prices: list[float] = []
    kept = units_kept(case, cancelled_before(case, history.tables["cancellations"]))
    for opened, units in zip(case.open_orders, kept, strict=True):
        if opened.offer == name:
            due, price = history.at(opened.due), opened.balance_usd_per_unit + opened.paid_usd_per_unit
            waiting.append((due, -1, len(prices), units * delivered_share(case, offer, due)))
            prices.append(price * MUSD if due < history.count else 0.0)
    for order in history.tables["orders"]:
        if order["offer"] == name and order["units"]:
            placed = history.at(order["period"])
            due = deliverable(case, offer, placed)
            units = (order["units"] - order["cancelled_units"]) * delivered_share(case, offer, due)
            waiting.append((due, placed, len(prices), units))
            prices.append(order["invoice_musd"] / order["units"])
    for (_, _, number, _), parts in taken_in_turn(waiting, came):
        yield from ((t, units * prices[number]) for t, units in parts if units)


def accelerator_accounts(history: History, orders: list[tuple[Account, str]]) -> list[Account]:
    """Returns the accounts of owned accelerators by vintage: charged straight line, removed as they leave."""
    cost: dict[tuple[str, str], list[float]] = {}
    for account, accelerator in orders:
        for t, label in enumerate(history.labels):
            paid = history.paid("hardware", "integration", item=account.item)[t]
            own = cost.setdefault((accelerator, label), [0.0, 0.0, 0.0])
            own[0], own[1] = own[0] - account.received[t], own[1] + paid
    bought = {offer.offer: offer.accelerator for offer in history.offers("buy")}
    for row in history.tables["arrivals"]:
        if row["offer"] in bought:
            cost.setdefault((bought[row["offer"]], row["period"]), [0.0, 0.0, 0.0])[2] += row["units"]
    held: dict[tuple[str, str], list[float]] = {}
    for row in history.tables["fleet"]:
        if row["holding"] == "owned":
            units = held.setdefault((row["accelerator"], row["vintage"]), [0.0] * history.count)
            units[history.at(row["period"])] += row["units"]
    opening: dict[tuple[str, str], list[float]] = {}
    for owned in history.case.opening_fleet:
        book = opening.setdefault((owned.accelerator, owned.in_service_since), [0.0, 0.0])
        book[0], book[1] = book[0] + owned.units, book[1] + owned.units * owned.book_value_usd_per_unit * MUSD
    keys = [key for key in {**opening, **cost} if opening.get(key, (0.0, 0.0))[1] or any(cost.get(key, ())[:2])]
    return [_vintage(history, key, opening.get(key), cost.get(key), held.get(key)) for key in keys]


def _vintage(
    history: History, key: tuple[str, str], opening: list[float] | None, cost: list[float] | None,
    held: list[float] | None,
) -> Account:  # fmt: skip
    """The account of a vintage: what stood there at the start (units, book value), and what arrived (cost, units)."""
    (accelerator, label), (stood, book) = key, opening or (0.0, 0.0)
    received, integration, arrived = cost or (0.0, 0.0, 0.0)
    units = held or [0.0] * history.count
    first = max(0, history.at(label))
    account = history.account(ACCELERATORS, accelerator, label, book)
    if cost is not None:
        account.received[first], account.paid[first] = received, integration
    whole = stood + arrived
    each = (book + received + integration) / whole if whole else 0.0
    life = life_in_periods(history, accelerator, label if opening is not None else None)
    account.cost, before = [], book
    account.unit_value = [each * straight_line(t - first, life) for t in range(history.count)]
    for t in range(history.count):
        left, was_left = straight_line(t - first + 1, life), straight_line(t - first, life)
        gross = units[t] * each
        account.cost.append(gross)
        account.charged[t] = gross * (was_left - left)
        after = gross * left
        account.removed[t] = before + account.received[t] + account.paid[t] - account.charged[t] - after
        before = after
    return account


def life_in_periods(history: History, accelerator: str, since: str | None) -> float:
    """Returns the periods over which a vintage is charged; of units in service at the start what is left of them."""
    case, calendar = history.case, history.calendar
    life = next(row.life_years for row in case.accelerators if row.accelerator == accelerator)
    years = life if case.settings.accelerator_years is None else case.settings.accelerator_years
    months = 0 if since is None else max(0, calendar.start_month - parse_label(since)[0])
    return max(1.0, (years * MONTHS_OF_YEAR - months) / calendar.months)


def book_value_sold(history: History, accounts: list[Account]) -> list[float]:
    """Returns by period the book value of accelerators that are sold, at the end of life too; the rest has failed."""
    known = {(account.item, account.vintage): account for account in accounts}
    found = [0.0] * history.count
    for row in history.tables["sales"]:
        account, t = known.get((row["accelerator"], row["vintage"])), history.at(row["period"])
        if account is not None:
            found[t] += row["units"] * account.unit_value[t]
    return found


def power_accounts(history: History) -> Iterator[Account]:
    """Yields by order of modules what is paid while they are built, and what is carried of them once they work."""
    known = {row.expansion: row for row in history.case.expansions}
    for order in modules_ordered(history):
        given, ordered = known[order.expansion], order.ordered
        spread = max(1, history.calendar.lag_periods(given.lead_time_months))
        each = order.modules * given.cost_musd_per_module / spread
        building = history.account(CONSTRUCTION, given.expansion, history.calendar.label_of(ordered))
        building.paid = [each if ordered <= t < ordered + spread else 0.0 for t in range(history.count)]
        whole = each * max(0, ordered + spread - max(0, ordered))
        if not whole:
            continue
        yield building
        if order.works is not None:
            if order.works < history.count:
                building.received[max(0, order.works)] -= whole
                yield _modules(history, given, order, whole)
            continue
        fails = failure_of(history.case, history.calendar, given.expansion)
        for t in range(history.count if fails is None else max(0, fails, ordered), history.count):
            building.removed[t] = building.paid[t]
            if t == max(0, fails or 0, ordered):
                building.removed[t] += sum(building.paid[:t])


def _modules(history: History, given: Expansion, order: ModuleOrder, whole: float) -> Account:
    """Modules that work: charged over their life, but not beyond their term."""
    case, calendar, works = history.case, history.calendar, order.works or 0
    years = given.life_years or YEARS_OF_POWER if case.settings.power_years is None else case.settings.power_years
    life = max(1.0, years * MONTHS_OF_YEAR / calendar.months)
    if given.term_months is not None:
        life = min(life, float(calendar.term_periods(given.term_months)))
    first = max(0, works)
    life = max(1.0, life - (first - works))
    account = history.account(POWER, given.expansion, calendar.label_of(order.ordered))
    account.received[first] = whole
    account.cost = [whole if t >= first else 0.0 for t in range(history.count)]
    for t in range(first, history.count):
        account.charged[t] = whole * (straight_line(t - first, life) - straight_line(t - first + 1, life))
    return account


def programme_accounts(history: History) -> Iterator[Account]:
    """Yields what is carried of own chips, where the case capitalises them: charged from when they are ready.

    What is paid once they are ready is charged over what is left of their life. A programme that fails is removed.
    """
    settings = history.case.settings
    life = max(1.0, settings.programme_years * MONTHS_OF_YEAR / history.calendar.months)
    for row in history.tables["tape_outs"] if settings.capitalise_programmes else ():
        name = f"{row['programme']}/{row['route']}"
        account = history.account(PROGRAMMES, name, row["start"])
        account.paid = history.paid("tape_out", "design", "masks", "respins", item=name)
        ready = history.at(row["ready"]) if row["ready"] else None
        fails = None if row["ready"] else failure_of(history.case, history.calendar, row["programme"])
        carried, cost, account.cost = 0.0, 0.0, []
        for t, paid in enumerate(account.paid):
            carried, cost = carried + paid, cost + paid
            if ready is not None and t >= ready:
                account.charged[t] = carried / max(1.0, life - (t - max(0, ready)))
            if fails is not None and t >= fails:
                account.removed[t], cost = carried, 0.0
            carried -= account.charged[t] + account.removed[t]
            account.cost.append(cost)
        if any(account.paid):
            yield account


def deal_accounts(history: History) -> Iterator[Account]:
    """Yields what was paid for companies, which is not charged, and for agreements, charged over their term.

    What is not paid back of a company that fails to close is removed when that is known, but not before its planned
    close.
    """
    companies = {row.acquisition: row for row in history.case.acquisitions}
    for row in history.tables["acquisitions"]:
        account = history.account(ACQUISITIONS, row["acquisition"], row["signed"])
        account.paid = history.paid("acquisition", "price", "refund", item=row["acquisition"])
        fails = None if row["closed"] else failure_of(history.case, history.calendar, row["acquisition"])
        months = companies[row["acquisition"]].months_to_close
        at = max(0, fails or 0, history.at(row["signed"]) + history.calendar.lag_periods(months))
        if fails is not None and at < history.count:
            account.removed[at] = sum(account.paid)
        if any(account.paid):
            yield account
    for row in history.tables["agreements"]:
        account = history.account(AGREEMENTS, row["agreement"], row["signed"])
        account.paid = history.paid("agreement", "prepayment", item=row["agreement"])
        first, last, whole = history.at(row["live_from"]), history.at(row["live_to"]), sum(account.paid)
        for t in range(max(0, first), min(last + 1, history.count)):
            account.charged[t] = whole / (last - first + 1)
        account.cost = [whole if any(account.paid[: t + 1]) else 0.0 for t in range(history.count)]
        if whole:
            yield account


def loan_fee_accounts(history: History) -> Iterator[Account]:
    """Yields the fees of draws, charged evenly over the term of each."""
    for given in history.case.facilities:
        term = max(1, history.calendar.term_periods(given.term_months))
        for t, fee in enumerate(history.paid("financing", "fee", item=given.facility)):
            if fee:
                account = history.account(LOAN_FEES, given.facility, history.labels[t])
                account.paid[t] = fee
                for later in range(t, min(t + term, history.count)):
                    account.charged[later] = fee / term
                account.cost = [fee if later >= t else 0.0 for later in range(history.count)]
                yield account
