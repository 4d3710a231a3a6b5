"""Result tables as lists, a row each: orders, sales, milestones, what is owed after the end, and what binds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.documents.blocks import ChartBlock, Column, Form, Medium, TableBlock, TableCell, rows_of
from planner.documents.content.decision_worth import worth_table_sections
from planner.documents.content.plan_binding import every_row
from planner.documents.content.plan_document import further_sections
from planner.documents.content.sheets.plan_lines import (
    BINDING,
    MILESTONES,
    MUSD,
    ORDER_LIST,
    OWED,
    SALES,
    PlanLines,
)
from planner.documents.live_workbook import TableSheet

_ORDERS = (
    Column("period", "Ordered", width=9), Column("offer", "Offer", width=26),
    Column("accelerator", "Accelerator", width=16), Column("vendor", "Vendor"), Column("kind", "Kind", width=8),
    Column("lots", "Lots", Form.QUANTITY), Column("units", "Units", Form.QUANTITY),
    Column("unit_price_usd", "List price of a unit (lease: a year)", Form.MUSD, "USD"),
    Column("invoice_musd", "Invoice after discounts (lease: a year)", Form.MUSD, MUSD),
    Column("contract_musd", "Contract (lease: whole term)", Form.MUSD, MUSD), Column("due", "Due", width=9),
    Column("arrives", "Arrives"), Column("arriving_units", "Units that arrive", Form.QUANTITY),
    Column("ends", "Lease ends"), Column("committed", "Committed"),
)  # fmt: skip
_SALES = (
    Column("period", "Period", width=10), Column("accelerator", "Accelerator", width=20),
    Column("site", "Site", width=18), Column("vintage", "In service since"),
    Column("age_years", "Age", Form.QUANTITY, "years"), Column("units", "Units", Form.QUANTITY),
    Column("unit_value_usd", "Brings a unit", Form.MUSD, "USD"), Column("musd", "Brings", Form.MUSD, MUSD),
    Column("end_of_life", "End of life", width=10), Column("reported", "Reported", width=10),
)  # fmt: skip
_MILESTONES = (
    Column("when", "When", width=10), Column("item", "What", width=32), Column("what", "Happens", width=40),
    Column("periods", "Periods", width=24), Column("units", "Units", Form.QUANTITY),
    Column("musd", "Cash", Form.MUSD, MUSD), Column("reported", "Reported", width=10),
)  # fmt: skip
_OWED = (
    Column("what", "What", width=42), Column("line", "Line", width=26), Column("from", "From", width=10),
    Column("to", "To", width=10),
)  # fmt: skip


def list_sheets(plan: PlanLines) -> dict[str, TableSheet]:
    """Returns the sheets of lists by name."""
    lists = (
        (ORDER_LIST, "Orders one by one: what they cost, when they arrive, and when leases end", "orders", _ORDERS),
        (SALES, "Machines that are sold or retired", "sales", _SALES),
        (MILESTONES, "What happens without being decided", "milestones", _MILESTONES),
    )
    found = [TableSheet(name, title, (_listed(plan, table, title, columns),)) for name, title, table, columns in lists]
    binds = every_row(plan.facts.loaded.table("binding"))
    found += [TableSheet(BINDING, binds.title, (binds,)), _owed(plan)]
    return {sheet.name: sheet for sheet in found}


def _listed(plan: PlanLines, table: str, title: str, columns: tuple[Column, ...]) -> TableBlock:
    rows = [{name: _spaced(cell) for name, cell in row.items()} for row in plan.facts.records(table)]
    return TableBlock(table, title, "", columns, rows_of(rows, columns))


def _spaced(cell: Any) -> Any:  # noqa: ANN401  a cell of any result table
    """Several names in a cell, of which each may begin a line."""
    return cell.replace(";", ", ") if isinstance(cell, str) else cell


def _owed(plan: PlanLines) -> TableSheet:
    """Returns what is owed after the reported periods, a column a calendar year."""
    records = plan.facts.records("owed")
    years = sorted({int(row["year"]) for row in records})
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in records:
        key = tuple(str(row[column.name] or "") for column in _OWED)
        found.setdefault(key, {**row})[str(row["year"])] = row["musd"]
    columns = (
        *_OWED, *(Column(str(year), str(year), Form.MUSD, MUSD) for year in years),
        Column("whole_musd", "In all", Form.MUSD, MUSD),
    )  # fmt: skip
    rows: list[tuple[TableCell, ...]] = list(rows_of(list(found.values()), columns))
    whole = plan.figure("owed_after_end")
    title = "Owed after the end: committed in the reported periods and due later, not discounted"
    if not rows or whole is None:
        return TableSheet(OWED, title, (TableBlock("owed", title, "", columns, tuple(rows)),))
    rows.append(("In all", *(None for _ in columns[2:]), whole.number()))
    last = len(rows) - 1
    table = TableBlock("owed", title, "", columns, tuple(rows), bold=frozenset({last}))
    return TableSheet(OWED, title, (table,), links={(last, len(columns) - 1): whole})


def section_sheets(plan: PlanLines) -> Iterator[TableSheet]:
    """Yields a sheet for each part of the document that is meant for one."""
    for section in (*worth_table_sections(plan.facts.loaded), *further_sections(plan.facts.loaded)):
        if Medium.SHEETS in section.media:
            tables = tuple(block for block in (*section.blocks, *section.details) if isinstance(block, TableBlock))
            known = {table.name for table in tables}
            charts = tuple(block for block in section.blocks if isinstance(block, ChartBlock) and block.table in known)
            yield TableSheet(section.short, section.title, tables, charts)
