"""The money of a plan: cash against budgets, what is owed after the end, and where the money goes."""

from __future__ import annotations

from collections.abc import Iterator

from models.ledger import OPTIONAL_KINDS
from models.tables.fleet_rows import CATEGORIES
from planner.documents.blocks import (
    ChartBlock,
    ChartKind,
    Column,
    Form,
    Sentence,
    TableBlock,
    TableCell,
    TextBlock,
    rows_of,
)
from planner.documents.colours import ALERT
from planner.documents.content.cost_categories import category_colour, category_name
from planner.documents.content.plan_headline import amount, cash_parts, number, span_of
from planner.documents.content.plan_remarks import owed_lines
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.results.totals import begins_within, reporting_spans

MUSD = "USD million"
_BINDS, _SPENT = "spent, the budget binds", "spent"
_BUDGETS = (
    Column("budget", "Budget", width=22),
    Column("span", "Span", width=12),
    Column("spent_musd", "Spent", Form.MUSD, MUSD),
    Column("gross_musd", "Of it gross", Form.MUSD, MUSD),
    Column("resale_musd", "Of it resale", Form.MUSD, MUSD),
    Column("amount_musd", "Amount", Form.MUSD, MUSD),
    Column("carried_musd", "Carried in", Form.MUSD, MUSD),
    Column("available_musd", "Available", Form.MUSD, MUSD),
    Column("share_used", "Used", Form.PERCENT),
    Column("slack_musd", "Left", Form.MUSD, MUSD),
    Column("price", "One more saves", Form.QUANTITY, MUSD),
)
_SPANS = (
    Column("budget", "Budget"),
    Column("span", "Span"),
    Column("state", "State"),
    Column("spent_musd", "Spent", Form.MUSD, MUSD),
    Column("available_musd", "available", Form.MUSD, MUSD),
)
_CASH = (
    Column("span", "When", width=12),
    Column("capex_musd", "Capex", Form.MUSD, MUSD),
    Column("opex_musd", "Opex", Form.MUSD, MUSD),
    Column("borrowing_musd", "Loans, repaid less drawn", Form.MUSD, MUSD),
    Column("cash_musd", "Cash", Form.MUSD, MUSD),
    Column("incentive_musd", "Incentives", Form.MUSD, MUSD),
    Column("revenue_musd", "Revenue", Form.MUSD, MUSD),
    Column("penalty_musd", "Penalty for unserved", Form.MUSD, MUSD),
)
_WHOLE = {"capex_musd": "capex", "opex_musd": "opex", "cash_musd": "cash_cost", "revenue_musd": "revenue",
          "borrowing_musd": "borrowing", "incentive_musd": "incentive", "penalty_musd": "unserved_penalty"}  # fmt: skip
_MOST_LINES = 12
_PALETTE = {category_name(name): category_colour(name) for name in CATEGORIES}


def cash_kinds(loaded: LoadedRun) -> TextBlock:
    """Returns what the cash is, capital apart from running cost, and what the objective counts that is no cash."""
    penalty, left, earned = (
        amount(loaded.figure(name) or 0.0) for name in ("unserved_penalty", "discounted_value_left", "incentive")
    )
    incentives = f"incentives {earned}; " if loaded.case.milestones else ""
    words = (
        f"In all {span_of(loaded)}, USD million, after resale: {cash_parts(loaded)}. Not cash: {incentives}penalty for "
        f"unserved demand {penalty}; value left {left}, discounted."
    )
    return TextBlock((Sentence(words),))


def cash_claim(loaded: LoadedRun) -> str:
    """Returns when most cash is paid."""
    rows = loaded.rows("cash_by_span")
    if not rows:
        return "No cash is paid"
    top = max(rows, key=lambda row: number(row["all_musd"]))
    return f"Cash peaks in {top['span']} at {money(number(top['all_musd']))} USD million"


def cash_by_category(loaded: LoadedRun) -> TableBlock:
    """Returns cash by category in each span of the budget for all spending, else by period."""
    rows = tuple(
        (row["span"], category_name(str(row["category"])), row["musd"], row["all_musd"], row["budget_musd"])
        for row in loaded.rows("cash_by_span")
    )
    columns = (
        Column("span", "When"), Column("category", "Category"), Column("musd", "Cash", Form.MUSD, MUSD),
        Column("all_musd", "all", Form.MUSD, MUSD), Column("budget_musd", "budget for all spending", Form.MUSD, MUSD),
    )  # fmt: skip
    return TableBlock("cash_by_category", "Cash by category", "", columns, rows)


def cash_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns cash by category against the budget for all spending."""
    note = f"Cash paid, {loaded.case.settings.currency_basis} USD; resale and other income count below zero."
    if any(row["budget_musd"] is not None for row in loaded.rows("cash_by_span")):
        note += (
            " The black mark is the budget for all spending, with what earlier spans left over; it counts what is paid "
            "less what resale brings."
        )
    return ChartBlock(
        "cash", "Cash by category", ChartKind.STACK, "cash_by_category", "span", "musd", "category", "budget_musd",
        note=note, whole="all_musd", source=("costs", "budgets", "cash_by_span"),
        palette=_PALETTE,
    )  # fmt: skip


def cash_table(loaded: LoadedRun) -> TableBlock:
    """Returns cash by span, capital apart from running cost, and beside it what is no cash; then all together."""
    known = _known(loaded)
    whole = ("all", *(loaded.figure(_WHOLE[column.name]) for column in known[1:]))
    rows = (*rows_of(loaded.rows("span_figures"), known), whole)
    title = "Cash: capital and running cost"
    return TableBlock("cash_by_year", title, "Not discounted.", known, rows, bold=frozenset({len(rows) - 1}))


def cash_by_period(loaded: LoadedRun) -> tuple[TableBlock, ...]:
    """Returns the same by period; nothing where the plan is by period anyway."""
    if len(reporting_spans(loaded.case)) == len(loaded.periods):
        return ()
    rows = [{**row, "span": row["period"]} for row in loaded.rows("period_figures") if row["reported"] == "yes"]
    known = _known(loaded)
    return (TableBlock("cash_by_period", "Cash by period", "", known, rows_of(rows, known)),)


def costs_by_year(loaded: LoadedRun) -> tuple[TableBlock, ...]:
    """Returns capital and running cost by calendar year; nothing where the plan is reported by such years anyway."""
    rows = loaded.rows("costs_by_year")
    if [row["year"] for row in rows] == [row["span"] for row in loaded.rows("span_figures")]:
        return ()
    kept = [column for column in _known(loaded)[1:] if column.name in loaded.table("costs_by_year").columns]
    columns = (Column("year", "Year", width=12), *kept)
    return (TableBlock("costs_by_year", "By calendar year", "", columns, rows_of(rows, columns)),)


def _known(loaded: LoadedRun) -> tuple[Column, ...]:
    absent = {f"{kind}_musd" for kind in OPTIONAL_KINDS if loaded.figure(kind) is None}
    return tuple(column for column in _CASH if column.name not in absent)


def budget_table(loaded: LoadedRun) -> TableBlock:
    """Returns each budget row: spent, amount, carried in, left, and what one more million would save."""
    rows = [
        {**row, **({"carried_musd": None, "price": None} if row["amount_musd"] is None else {})}
        for row in _budgets(loaded)
    ]
    note = "Without an amount there is no limit."
    return TableBlock("budgets", "Budgets", note, _BUDGETS, rows_of(rows, _BUDGETS))


def budget_rows(loaded: LoadedRun) -> TableBlock:
    """Returns the rows of the chart of budgets."""
    rows = [{**row, "state": _BINDS if number(row["price"]) > 0 else _SPENT} for row in _budgets(loaded)]
    return TableBlock("budget_rows", "Budgets", "", _SPANS, rows_of(rows, _SPANS))


def _budgets(loaded: LoadedRun) -> list[dict[str, Cell]]:
    return [row for row in loaded.rows("budgets") if begins_within(loaded.case, str(row["span"]))]


def budget_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns what is spent of each budget, span by span."""
    return ChartBlock(
        "budgets", "Spent of each budget", ChartKind.STACK, "budget_rows", "span", "spent_musd", "state",
        "available_musd",
        note="Spent in each span (bars) against what is available (mark), with what earlier spans left over where the "
        "budget carries over. Red: the budget binds, one more million would be worth money.",
        panel="budget", source=("budgets",), palette={_SPENT: "#7db8e8", _BINDS: ALERT},
    )  # fmt: skip


def owed_table(loaded: LoadedRun) -> TableBlock:
    """Returns what is committed at the end of the reported periods and due after it, in all years."""
    columns = (
        Column("what", "What", width=30), Column("when", "When", width=14), Column("musd", "Owed", Form.AMOUNT, MUSD),
    )  # fmt: skip
    words = "Committed at the end of the reported periods and due after it; not discounted, and in no other figure."
    return TableBlock("owed", "Owed after the end", words, columns, tuple(owed_lines(loaded.tables)))


def owed_by_year(loaded: LoadedRun) -> TableBlock:
    """Returns what is owed by calendar year."""
    columns = (
        Column("what", "What", width=30), Column("scenarios", "Scenarios", width=10), Column("year", "Year"),
        Column("musd", "Owed", Form.AMOUNT, MUSD),
    )  # fmt: skip
    rows = tuple((row["what"], row.get("scenarios"), str(row["year"]), row["musd"]) for row in loaded.records("owed"))
    return TableBlock("owed_by_year", "By year", "", columns, rows)


def worth_table(loaded: LoadedRun) -> TableBlock:
    """Returns the costs by category, undiscounted and net present; the net present cost is what the plan minimises."""
    columns = (
        Column("category", "Category", width=24), Column("musd", "Undiscounted", Form.MUSD, MUSD),
        Column("discounted_musd", "Net present", Form.MUSD, MUSD), Column("share", "Of net present cost", Form.PERCENT),
    )  # fmt: skip
    rows: list[tuple[TableCell, ...]] = [
        (category_name(str(row["category"])), row["musd"], row["discounted_musd"], row["share"])
        for row in loaded.rows("costs_by_category")
    ]
    rows.append(("all", None, loaded.figure("net_present_cost"), None))
    title = "Costs by category"
    note = "Over all optimised periods; income and value left count below zero."
    return TableBlock("costs_by_category", title, note, columns, tuple(rows), bold=frozenset({len(rows) - 1}))


def worth_rows(loaded: LoadedRun) -> TableBlock:
    """Returns the rows of the chart of net present cost: the categories without their total."""
    table = worth_table(loaded)
    return TableBlock("worth_rows", table.title, "", table.columns, table.rows[:-1])


def worth_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns the net present cost by category: what the plan minimises."""
    return ChartBlock(
        "worth", "Net present cost by category", ChartKind.BARS, "worth_rows", "discounted_musd", "category",
        note="Net present cost by category over all optimised periods; the bars add up to the net present cost of the "
        "plan. Income and value left count below zero.",
        source=("costs",), is_tabulated=True,
        palette=_PALETTE,
    )  # fmt: skip


def line_table(loaded: LoadedRun) -> TableBlock:
    """Returns the cost lines that weigh most in the net present cost."""
    columns = (
        Column("line", "Line", width=34), Column("category", "Category", width=20),
        Column("discounted_musd", "Net present", Form.MUSD, MUSD, has_bars=True),
        Column("share", "Of net present cost", Form.PERCENT),
    )  # fmt: skip
    rows = sorted(loaded.rows("costs_by_line"), key=lambda row: -abs(number(row["discounted_musd"])))
    largest = tuple(_lines(rows[:_MOST_LINES]))
    return TableBlock("costs_by_line", "The largest lines", "", columns, largest)


def _lines(rows: list[dict[str, Cell]]) -> Iterator[tuple[TableCell, ...]]:
    for row in rows:
        yield row["line"], category_name(str(row["category"])), row["discounted_musd"], row["share"]
