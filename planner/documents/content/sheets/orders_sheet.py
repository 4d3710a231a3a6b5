"""The sheet of orders: lots, units, prices and value."""

from __future__ import annotations

from planner.documents.content.sheets.plan_lines import MUSD, ORDERS, PlanLines, quantity
from planner.documents.formula_terms import Number, Term
from planner.documents.line_items import Added, Constant, LineItem, Total
from planner.documents.live_workbook import EventRow, LineSheet

USD_PER_MUSD = Number(1_000_000.0)
_AFTER_DISCOUNTS = (
    ("invoice_musd", "Invoice value, after volume discounts (leases: of a year)"),
    ("contract_musd", "Contract value, after volume discounts (leases: of the whole term)"),
)


def add_orders(plan: PlanLines) -> None:
    """Adds what is ordered, for how much."""
    sheet = plan.sheet(ORDERS, "Orders: what to order, when, for how much")
    facts = plan.facts
    units = facts.series("orders", ("offer",), "units")
    if not units:
        sheet.remark("Nothing is ordered.")
        return
    lots = _lots(plan, sheet)
    sheet.part("Units ordered")
    for (offer,), found in units.items():
        note = "" if offer in lots else _committed(plan, offer)
        item = LineItem(offer, lots.get(offer, found), "units", note)
        if offer not in lots:
            item.shape = quantity(found)
        plan.items["units", offer] = sheet.add(item)
    sheet.part("Price of a unit at its order, before volume discounts")
    leases = {row.offer for row in plan.case.offers if row.kind == "lease"}
    for (offer,), found in facts.series("orders", ("offer",), "unit_price_usd").items():
        unit = "USD a year" if offer in leases else "USD"
        plan.items["price", offer] = sheet.add(LineItem(offer, found, unit, total=Total.NONE))
    million = sheet.add(Constant("USD in a USD million", USD_PER_MUSD, "USD", "constant", is_input=True))
    _value(plan, sheet, million, [offer for (offer,) in units if offer not in leases], is_lease=False)
    _value(plan, sheet, million, [offer for (offer,) in units if offer in leases], is_lease=True)
    for column, title in _AFTER_DISCOUNTS:
        sheet.part(title)
        for (offer,), found in facts.series("orders", ("offer",), column).items():
            plan.items[column, offer] = sheet.add(LineItem(offer, found, MUSD, "table orders", plan.money))
    lines = tuple(item for _, item in plan.kept("contract_musd"))
    sheet.add(LineItem("All orders", Added(lines), MUSD, shape=plan.money, is_strong=True))
    idle = [row.offer for row in plan.case.offers if (row.offer,) not in units]
    if idle:
        sheet.part("Offers from which nothing is ordered")
        sheet.rows += [EventRow(offer, {}) for offer in idle]


def _lots(plan: PlanLines, sheet: LineSheet) -> dict[str, Term]:
    """Adds lots, the decisions, and the units of a lot; returns the units by offer."""
    sheet.part("Lots ordered (decisions of the plan)")
    lots = {
        offer: sheet.add(LineItem(offer, values, "lots", _committed(plan, offer)))
        for (offer,), values in plan.facts.series("orders", ("offer",), "lots").items()
    }
    if not lots:
        sheet.remark("No offer is sold in lots.")
        return {}
    sheet.part("Units of a lot")
    found: dict[str, Term] = {}
    for offer, line in lots.items():
        size = plan.input("offers", offer, column="lot_size")
        found[offer] = line * sheet.add(Constant(offer, size, "units a lot"))
    return found


def _value(plan: PlanLines, sheet: LineSheet, million: Constant, offers: list[str], *, is_lease: bool) -> None:
    """Adds units × price."""
    if not offers:
        return
    sheet.part(
        "Yearly price of the leases ordered, at list prices" if is_lease else "Value of the orders at list prices"
    )
    unit = f"{MUSD} a year" if is_lease else MUSD
    lines = tuple(
        sheet.add(
            LineItem(offer, plan.items["units", offer] * plan.items["price", offer] / million, unit, shape=plan.money)
        )
        for offer in offers
    )
    name = "All leases ordered" if is_lease else "All orders"
    sheet.add(LineItem(name, Added(lines), unit, shape=plan.money, is_strong=True))


def _committed(plan: PlanLines, offer: str) -> str:
    rows = [row for row in plan.facts.records("orders") if row["offer"] == offer and row["committed"] == "yes"]
    return f"committed: {', '.join(dict.fromkeys(str(row['period']) for row in rows))}" if rows else ""
