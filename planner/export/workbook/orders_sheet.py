"""The sheets of orders and arrivals: lots, units, prices and value; what is due, and what arrives where."""

from __future__ import annotations

import itertools

from planner.documents.xlsx.cell_style import FINE, PLAIN, CellKind
from planner.documents.xlsx.line_formulas import minus, times
from planner.documents.xlsx.time_sheet import NUMBER_ROW, Cell, Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import ARRIVALS, CHECKS, ORDERS, PlanBook, scaled
from planner.export.workbook.series_by_period import PeriodSeries
from planner.results.milestones import in_force

USD_PER_MUSD = 1_000_000.0


def write_orders(book: PlanBook) -> None:
    """Writes what is ordered, for how much."""
    page = book.begin(ORDERS, "Orders: what to order, when, for how much")
    facts = book.facts
    units = facts.series("orders", ("offer",), "units")
    if not units:
        page.says("Nothing is ordered.")
        return
    lots = _lots(book, page)
    page.section("Units ordered")
    for (offer,), found in units.items():
        if offer in lots:
            line, size = lots[offer], book.cells["lot", offer]
            values = [value * size.value for value in line.values]
            book.lines["units", offer] = page.formula(offer, times([line, size], ORDERS), values, unit="units")
        else:
            note = _committed(facts, offer)
            book.lines["units", offer] = page.values(offer, found, unit="units", note=note, numbers=scaled(found))
    page.section("Price of a unit at its order, before volume discounts")
    leases = {row.offer for row in facts.loaded.case.offers if row.kind == "lease"}
    for (offer,), found in facts.series("orders", ("offer",), "unit_price_usd").items():
        unit = "USD a year" if offer in leases else "USD"
        book.lines["price", offer] = page.values(offer, found, unit=unit, total=Sum.NONE)
    million = page.constant("USD in a USD million", USD_PER_MUSD, unit="USD", note="constant")
    _value(book, page, million, [offer for (offer,) in units if offer not in leases], is_lease=False)
    _value(book, page, million, [offer for (offer,) in units if offer in leases], is_lease=True)
    for column, title, note in (
        ("invoice_musd", "Invoice value, after volume discounts (leases: of a year)", "table orders"),
        ("contract_musd", "Contract value, after volume discounts (leases: of the whole term)", "table orders"),
    ):
        page.section(title)
        lines = []
        for (offer,), found in facts.series("orders", ("offer",), column).items():
            lines.append(page.values(offer, found, unit="USD million", numbers=book.money, note=note))
            book.lines[column, offer] = lines[-1]
        if column == "contract_musd":
            book.lines[column, "all"] = page.added("All orders", lines, unit="USD million", numbers=book.money)
    idle = [row.offer for row in facts.loaded.case.offers if (row.offer,) not in units]
    if idle:
        page.section("Offers from which nothing is ordered")
        for offer in idle:
            page.events(offer, {})


def _lots(book: PlanBook, page: TimeSheet) -> dict[str, TimeRow]:
    """Writes lots, the decisions, and the units of a lot; returns the lines by offer."""
    facts = book.facts
    found = facts.series("orders", ("offer",), "lots")
    page.section("Lots ordered (decisions of the plan)")
    lines = {
        offer: page.values(offer, values, unit="lots", note=_committed(facts, offer))
        for (offer,), values in found.items()
    }
    if not lines:
        page.says("No offer is sold in lots.")
        return lines
    page.section("Units of a lot")
    for offer in lines:
        source = book.cells["assumptions", "offers", offer, "lot_size"]
        book.cells["lot", offer] = page.constant(
            offer, source.value, unit="units a lot", kind=CellKind.LINK, formula=source.on(ORDERS)
        )
    return lines


def _value(book: PlanBook, page: TimeSheet, million: Cell, offers: list[str], *, is_lease: bool) -> None:
    """Writes units × price."""
    if not offers:
        return
    page.section(
        "Yearly price of the leases ordered, at list prices" if is_lease else "Value of the orders at list prices"
    )
    lines = []
    for offer in offers:
        units, price = book.lines["units", offer], book.lines["price", offer]
        values = [one * each / USD_PER_MUSD for one, each in zip(units.values, price.values, strict=True)]
        lines.append(
            page.formula(
                offer,
                times([units, price], ORDERS, million),
                values,
                unit="USD million a year" if is_lease else "USD million",
                numbers=book.money,
            )
        )
        book.lines["value", offer] = lines[-1]
    name = "All leases ordered" if is_lease else "All orders"
    unit = "USD million a year" if is_lease else "USD million"
    book.lines["value", "leases" if is_lease else "orders", "all"] = page.added(
        name, lines, unit=unit, numbers=book.money
    )


def _committed(facts: PeriodSeries, offer: str) -> str:
    found = [
        str(row["period"]) for row in facts.records("orders") if row["offer"] == offer and row["committed"] == "yes"
    ]
    return f"committed: {', '.join(dict.fromkeys(found))}" if found else ""


def write_arrivals(book: PlanBook) -> None:
    """Writes what arrives where, against what is due from orders."""
    page = book.begin(ARRIVALS, "Arrivals: what is due from orders, and what arrives where")
    facts = book.facts
    arriving = facts.series("arrivals", ("offer", "site"), "units")
    opened = _open_orders(facts)
    ordered = [offer for (offer,) in facts.series("orders", ("offer",), "units")]
    offers = dict.fromkeys([*(offer for offer, _ in arriving), *opened, *ordered])
    if not offers:
        page.says("Nothing arrives.")
    for offer in offers:
        page.section(offer)
        sites = [
            page.values(site, values, unit="units", numbers=scaled(values))
            for (name, site), values in arriving.items()
            if name == offer
        ]
        total = page.added("Arrives", sites, unit="units")
        book.lines["arrives", offer] = total
        if ("units", offer) in book.lines and any(row.offer == offer for row in facts.loaded.case.lead_times):
            due = [_due_by_period(book, page, offer)]
        else:
            due = [_due(book, page, offer, lag) for lag in _lags(facts, offer)]
        if offer in opened:
            values, note = opened[offer]
            due.append(page.values("Due from open orders", values, unit="units", kind=CellKind.INPUT, note=note))
        _compared(book, page, offer, total, due)


def _due(book: PlanBook, page: TimeSheet, offer: str, lag: int) -> TimeRow:
    """Writes what falls due of the orders that are due so many periods after they are placed."""
    units = book.lines["units", offer]
    wait = page.constant(
        "Order to arrival", lag, unit="periods", kind=CellKind.PLAN, numbers=PLAIN, note="as the orders of the plan say"
    )
    row = NUMBER_ROW + 1
    numbers = book.numbers_row(ARRIVALS)
    values = [units.values[index - lag] if index - lag >= 0 else 0.0 for index in range(len(units.values))]
    return page.formula(
        "Due from orders",
        lambda here, _: f"SUMIFS({units.span(ARRIVALS)},{numbers},{here}${row}-{wait.on(ARRIVALS)})",
        values,
        unit="units",
        kind=CellKind.LINK,
    )


def _due_by_period(book: PlanBook, page: TimeSheet, offer: str) -> TimeRow:
    """Writes what falls due of orders whose time to arrival changes: once due, an order stays due."""
    facts, units = book.facts, book.lines["units", offer]
    leads = _leads(facts, offer)
    wait = page.values(
        "Order to arrival, at least", leads, unit="periods", kind=CellKind.INPUT, numbers=PLAIN, total=Sum.NONE,
        note="offers.csv and lead_times.csv, months rounded up to periods",
    )  # fmt: skip
    latest, row = [0], NUMBER_ROW + 1
    for index, lead in enumerate(leads):
        latest.append(max(latest[-1], index + 1 - lead))
    # The cells before the first period, where notes stand, have to stay blank in the rows that look back.
    numbers, latest_row = book.numbers_row(ARRIVALS), page.row + 1
    page.formula(
        "Number of the last period whose orders are due", lambda here, before: (
            f"MAX(0,{before}{latest_row},{here}${row}-{wait.at(here)})"
        ), latest[1:], unit="period", numbers=PLAIN, total=Sum.NONE,
    )  # fmt: skip
    so_far = [sum(units.values[:last]) for last in latest]
    sums = page.formula(
        "Due from orders so far", lambda here, _: f'SUMIFS({units.span(ARRIVALS)},{numbers},"<="&{here}{latest_row})',
        so_far[1:], unit="units", kind=CellKind.LINK, total=Sum.NONE,
    )  # fmt: skip
    values = [after - before for before, after in itertools.pairwise(so_far)]
    return page.formula(
        "Due from orders", lambda here, before: f"{here}{sums.row + 1}-{before}{sums.row + 1}", values, unit="units"
    )


def _waiting(book: PlanBook, page: TimeSheet, offer: str, total: TimeRow, due: list[TimeRow], since: int) -> None:
    """Writes the corkscrew of what is due and has not arrived, which is allowed from a period on, and its checks."""
    came_due = page.added("Due in all", due, unit="units", is_strong=False)
    closing = list(itertools.accumulate(one - other for one, other in zip(came_due.values, total.values, strict=True)))
    closing_row = page.row + 2
    opening = page.formula(
        "Still to come, before", lambda _, before: f"{before}{closing_row}", [0.0, *closing[:-1]], unit="units",
        total=Sum.NONE,
    )  # fmt: skip
    left = page.formula(
        "Still to come, after",
        lambda here, _: f"{opening.at(here)}+{came_due.at(here)}-{total.at(here)}", closing, unit="units",
        total=Sum.LEAST, numbers=FINE, is_strong=True,
    )  # fmt: skip
    page.says(f"From {book.facts.labels[since]} on what is due may arrive later.")
    book.check(
        f"No more arrives than was due: {offer}", f"MAX(0,-{left.constant(CHECKS)})", max(0.0, -left.total),
        size=total.cell, unit="units", note="sheet Arrivals, still to come",
    )  # fmt: skip
    if since:
        cells, found = left.span(CHECKS, 0, since - 1), closing[:since]
        book.check(
            f"Arrivals follow orders before {book.facts.labels[since]}: {offer}", f"MAX(MAX({cells}),-MIN({cells}))",
            max(max(found), -min(found)), size=total.cell, unit="units", note="sheet Arrivals, still to come",
        )  # fmt: skip


def _backlog(facts: PeriodSeries, offer: str) -> int | None:
    """Returns the period from which on what is due may arrive later; None where there is none."""
    case = facts.loaded.case
    if facts.is_branching and case.disruptions:
        # Futures differ in what disturbs them.
        return 0
    found = [max(0, facts.period(row.since)) for row in case.backlogs if row.offer == offer]
    return min((period for period in found if period < len(facts.labels)), default=None)


def _compared(book: PlanBook, page: TimeSheet, offer: str, total: TimeRow, due: list[TimeRow]) -> None:
    """Writes how far arrivals lie from what is due, and adds the check."""
    since = _backlog(book.facts, offer)
    if since is not None:
        _waiting(book, page, offer, total, due, since)
        return
    values = [arrived - sum(line.values[index] for line in due) for index, arrived in enumerate(total.values)]
    line = page.formula(
        "Arrives beyond what is due", minus(total, due, ARRIVALS), values, unit="units", total=Sum.SIZE, numbers=FINE
    )
    book.check(
        f"Arrivals follow orders: {offer}", line.constant(CHECKS), line.total, size=total.cell, unit="units",
        note="sheet Arrivals, by period",
    )  # fmt: skip


def _lags(facts: PeriodSeries, offer: str) -> list[int]:
    """Returns the periods from order to arrival that the orders of an offer have."""
    rows = [row for row in facts.records("orders") if row["offer"] == offer]
    return sorted({facts.period(row["due"]) - facts.period(row["period"]) for row in rows})


def _open_orders(facts: PeriodSeries) -> dict[str, tuple[list[float | None], str]]:
    """Returns the units of open orders over time by offer, and where they come from."""
    found: dict[str, tuple[list[float | None], str]] = {}
    for index, row in enumerate(facts.loaded.case.open_orders):
        values, note = found.get(row.offer, ([None] * len(facts.labels), "open_orders.csv rows"))
        period = facts.period(row.due)
        if 0 <= period < len(values):
            values[period] = (values[period] or 0.0) + row.units
            found[row.offer] = values, f"{note} {facts.loaded.read.rows['open_orders'][index]}"
    return found


def _leads(facts: PeriodSeries, offer: str) -> list[int]:
    """Returns by period how many periods an arrival lies after its order at least."""
    case, calendar = facts.loaded.case, facts.loaded.calendar
    rows = [row for row in case.lead_times if row.offer == offer]
    usual = next(row.lead_time_months for row in case.offers if row.offer == offer)
    held = (in_force(calendar, rows, period) for period in range(calendar.count))
    return [calendar.lag_periods(usual if row is None else row.lead_time_months) for row in held]
