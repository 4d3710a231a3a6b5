"""The statements of a plan: income statement, balance sheet and cash flow statement of the reported periods."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents.blocks import Column, Form, Medium, Section, Sentence, TableBlock, TableCell, TextBlock, rows_of
from planner.documents.content.plan_headline import number
from planner.results.decisions_table import MOST_ROWS
from planner.results.loaded_run import LoadedRun
from planner.results.statement_tables import ALL, lines_in_order

MUSD = "USD million"
Cells = dict[tuple[str, str], dict[str, float]]
"""By part and line: amounts by period."""
_READ = frozenset({Medium.PAGE})
_MOST_NAMED = 4
_STATEMENTS = (
    ("income_statement", "section", "Income statement", "Costs are positive, income is negative."),
    ("cash_flow_statement", "section", "Cash flow statement", "Receipts are positive; what is missing is put in."),
    ("balance_sheet", "side", "Balance sheet", "At the end of each period; assets are liabilities and equity."),
)
_BOOKS = (
    Column("account", "Account", width=18), Column("item", "Item", width=22), Column("vintage", "Of", width=10),
    Column("period", "Period", width=10), Column("opening_musd", "Opening", Form.MUSD, MUSD),
    Column("paid_musd", "Paid", Form.MUSD, MUSD), Column("received_musd", "From another account", Form.MUSD, MUSD),
    Column("charged_musd", "Charged", Form.MUSD, MUSD), Column("removed_musd", "Removed", Form.MUSD, MUSD),
    Column("musd", "Closing", Form.MUSD, MUSD),
)  # fmt: skip
_SPREAD = (
    Column("statement", "Statement", width=20), Column("of", "Sum", width=24), Column("period", "Period", width=10),
    Column("expected", "Expected", Form.MUSD, MUSD), Column("least", "Least", Form.MUSD, MUSD),
    Column("most", "Most", Form.MUSD, MUSD),
)  # fmt: skip


def statement_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the part of the statements; the accounts behind them are details."""
    income, *others = (_table(loaded, *each) for each in _STATEMENTS)
    said = TextBlock(tuple(_sentences(loaded)))
    details = (*others, _books(loaded))
    yield Section("statements", "Statements", (said, income), "Statements", _READ, details=details)


def statement_spread(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the part of the statements over scenarios: expected values, and how far the sums lie apart."""
    tables, sums = [], []
    for table, part, title, note in _STATEMENTS:
        rows = [row for row in loaded.rows("period_distribution") if row["measure"] == table]
        cells: Cells = {}
        for row in rows:
            section, _, line = str(row["of"]).partition(": ")
            cells.setdefault((section, line), {})[str(row["period"])] = number(row["expected"])
            if line == ALL:
                sums.append({**row, "statement": title, "of": section})
        tables.append(
            _laid_out(
                loaded, f"expected_{table}", part, f"Expected {title.lower()}", f"Over the scenarios. {note}", cells
            )
        )
    if sums:
        title, note = "Sums of the statements over the scenarios", "The least and the most of any scenario."
        spread = TableBlock("statement_sums", title, note, _SPREAD, rows_of(sums, _SPREAD), file="period_distribution")
        said = TextBlock(tuple(_sentences(loaded)))
        income, *others = tables
        yield Section("statements", "Statements", (said, income), "Statements", _READ | {Medium.SHEETS},
                      details=(*others, spread))  # fmt: skip


def _sentences(loaded: LoadedRun) -> Iterator[Sentence]:
    revenue = any(row.revenue_usd_per_1000 for row in loaded.case.workloads)
    has = "Revenue is that of the inputs." if revenue else "The inputs have no revenue."
    yield Sentence(f"A statement of the cost of compute, by US GAAP; docs/statements.md has the policies. {has}")
    if loaded.case.settings.currency_basis == "real":
        yield Sentence("All amounts are in real money: what was paid earlier is not restated.")
    nil = [row for row in loaded.case.opening_fleet if row.units and not row.book_value_usd_per_unit]
    if nil:
        named = [f"{row.accelerator} of {row.in_service_since} at {row.site} ({row.units:,.10g})" for row in nil]
        more = f" and {len(nil) - _MOST_NAMED} more rows" if len(nil) > _MOST_NAMED else ""
        yield Sentence(
            f"Opening units carried at nil, because opening_fleet has no book_value_usd_per_unit of them: "
            f"{', '.join(named[:_MOST_NAMED])}{more}. What they are sold for is all gain."
        )


def _table(loaded: LoadedRun, table: str, part: str, title: str, note: str) -> TableBlock:
    """Returns a statement: a row a line and a column a period; in long plans a row a period, of sums only."""
    rows = [row for row in loaded.rows(table) if row["period"] in loaded.periods]
    cells: Cells = {}
    for row in rows:
        cells.setdefault((str(row[part]), str(row["line"])), {})[str(row["period"])] = number(row["musd"])
    return _laid_out(loaded, table, part, title, note, cells)


def _laid_out(loaded: LoadedRun, table: str, part: str, title: str, note: str, cells: Cells) -> TableBlock:
    if len(loaded.periods) > MOST_ROWS:
        return _sums(loaded, table, title, note, cells)
    columns = (
        Column(part, "Part", width=22), Column("line", "Line", width=30),
        *(Column(period, period, Form.MUSD, MUSD) for period in loaded.periods),
    )  # fmt: skip
    keys = lines_in_order(cells)
    found: list[tuple[TableCell, ...]] = [
        (*key, *(cells[key].get(period, 0.0) for period in loaded.periods)) for key in keys
    ]
    bold = frozenset(at for at, (_, line) in enumerate(keys) if line == ALL)
    return TableBlock(table, title, note, columns, tuple(found), bold=bold)


def _sums(loaded: LoadedRun, table: str, title: str, note: str, cells: Cells) -> TableBlock:
    sums = [key for key in lines_in_order(cells) if key[1] == ALL]
    columns = (
        Column("period", "Period", width=10),
        *(Column(part, "All" if part == ALL else part.capitalize(), Form.MUSD, MUSD) for part, _ in sums),
    )
    rows: list[tuple[TableCell, ...]] = [
        (period, *(cells[key].get(period, 0.0) for key in sums)) for period in loaded.periods
    ]
    return TableBlock(table, title, f"{note} Every line stands in the workbook.", columns, tuple(rows))


def _books(loaded: LoadedRun) -> TableBlock:
    """Returns the accounts by item and vintage: the depreciation schedule."""
    rows = [row for row in loaded.rows("book_values") if row["period"] in loaded.periods]
    note = "Closing is opening, paid, and from another account, less charged and removed."
    return TableBlock("book_values", "Accounts: what is carried, and charged", note, _BOOKS, rows_of(rows, _BOOKS))
