"""The tables of a comparison: the runs as columns, each beside its difference from the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from planner.comparison.comparison_headline import ComparisonHeadline, figure_name
from planner.comparison.comparison_items import (
    CASH,
    FRACTION,
    MUSD,
    NET_PRESENT_COST,
    ComparedBranches,
    ComparedDecision,
    ComparedFigure,
    Comparison,
    Standing,
)
from planner.comparison.comparison_texts import mark
from planner.documents.blocks import Column, Derived, Form, Ref, Rule, TableBlock, TableCell
from planner.documents.cell_text import is_numeric, number

MOST_WITH_VALUES = 3
"""With more runs beside the reference, short tables show their differences only."""
_COUNTS = frozenset({"units", "modules"})
_QUIET = frozenset({Standing.SAME, Standing.WITHIN, Standing.UNKNOWN, Standing.APART})


def short_tables(
    comparison: Comparison, page: ComparisonHeadline
) -> tuple[TableBlock, TableBlock, TableBlock, TableBlock]:
    """Returns net present money by category, cash by year, service and key figures, as one page shows them."""
    behind = {table.name: table for table in line_tables(comparison)}
    made = (
        ("money", "present", f"Net present, {MUSD}", page.present, "Category", _category),
        ("money", "cash", f"Cash, {MUSD}", page.cash, "Year", _label(1)),
        ("service", "served", "Share of demand served", page.service, "Workload", _served_label),
        ("key_figures", "figures", "Key figures", page.key_figures, "Figure", _figure_label),
    )
    present, cash, served, figures = (
        _linked(
            comparison, _table(comparison, f"short_{name}", title, lines, ((name, heading, of),)), lines, behind[part]
        )
        for part, name, title, lines, heading, of in made
    )
    return present, cash, served, figures


def line_tables(comparison: Comparison) -> list[TableBlock]:
    """Returns every line of orders, money, service and key figures."""
    grain = comparison.grain.capitalize()
    kind = ("kind", "Kind", _label(0)), ("item", "Item", _label(1)), (comparison.grain, grain, _label(2))
    money = ("category", "Category", _category), ("year", "Year", _label(1))
    served = (
        ("workload", "Workload", _label(0)), (comparison.grain, grain, _label(1)), ("measure", "Measure", _label(2)),
    )  # fmt: skip
    figure = (("figure", "Figure", figure_name),)
    return [
        _table(comparison, "orders", "Orders, leases, sales and expansions", comparison.orders, kind),
        _table(comparison, "money", "Money by category and calendar year", comparison.money, money),
        _table(comparison, "service", "Service by workload", comparison.service, served),
        _table(comparison, "key_figures", "Key figures", comparison.key_figures, figure),
    ]


def decision_tables(comparison: Comparison) -> list[TableBlock]:
    """Returns every decision that some run takes; of plans over scenarios those before they differ, and those after."""
    branches = comparison.branches
    found = [_decision_table(comparison, "decisions", "Every decision", comparison.decisions)]
    if branches is not None:
        found = [
            _decision_table(comparison, "now", f"Every decision before {branches.reveal}", branches.now),
            _decision_table(comparison, "later", "Every decision that waits", branches.later),
            _decision_table(comparison, "decisions", "Every decision, expected over scenarios", comparison.decisions),
        ]
    return found


def future_table(comparison: Comparison, branches: ComparedBranches) -> TableBlock:
    """Returns expected cost, CVaR and the cost of each scenario that the runs share."""
    label = (("figure", "Figure or scenario", _label(0)),)
    made = _table(comparison, "futures", "Cost over the scenarios and in each of them", branches.futures, label)
    note = "A scenario has no gap of its own: that of the expected cost is divided by its probability."
    return replace(made, note=note)


def _decision_table(comparison: Comparison, name: str, title: str, entries: Sequence[ComparedDecision]) -> TableBlock:
    table = comparison.tables[name]
    columns = [Column("scenarios", "Scenarios", width=24)] if name == "later" else []
    columns += [Column("kind", "Kind", width=11), Column("item", "Item", width=24)]
    columns += [Column(side.letter, side.letter, width=30) for side in comparison.sides]
    for side in comparison.sides[1:]:
        columns.append(Column(f"{side.letter}_change", f"{side.letter}: change", width=11))
        columns.append(Column(f"{side.letter}_wording", f"{side.letter}: in words", width=52))
    bold = frozenset(at for at, entry in enumerate(entries) if entry.is_flip)
    note = "Bold: some run does what the reference does not do at all, or the reverse."
    return TableBlock(name, title, note, tuple(columns), tuple(table.rows), bold=bold)


def input_table(comparison: Comparison) -> TableBlock:
    """Returns every input that is not the same in all runs."""
    columns = [
        Column("table", "Table", width=18), Column("row", "Row", width=22), Column("time", "Time", width=12),
        Column("column", "Column", width=22), Column("unit", "Unit", width=14),
    ]  # fmt: skip
    columns += [Column(side.letter, side.letter, width=26) for side in comparison.sides]
    for side in comparison.sides[1:]:
        columns.append(Column(f"{side.letter}_change", f"{side.letter}: change", width=12))
        columns.append(Column(f"{side.letter}_share", f"{side.letter}: relative", Form.PERCENT_CHANGE))
        columns.append(Column(f"{side.letter}_place", f"{side.letter}: where", width=26))
    rows = tuple(comparison.tables["inputs"].rows)
    return TableBlock("inputs", "Every change of input", "", tuple(columns), rows)


def stability_table(comparison: Comparison) -> TableBlock:
    """Returns how far each run moved from the reference."""
    columns = (
        Column("run", "Run", width=6), Column("first", "From", width=10), Column("last", "To", width=10),
        Column("decided_to", "Strategic decisions up to", width=12),
        Column("planned_musd", "Planned order value", Form.MUSD, MUSD), Column("moved_musd", "Moved", Form.MUSD, MUSD),
        Column("nervousness", "Nervousness", Form.PERCENT), Column("flips", "Flips", Form.COUNT),
        Column("flipped", "What flips", width=50), Column("note", "Note", width=40),
    )  # fmt: skip
    rows = tuple(comparison.tables["stability"].rows)
    return TableBlock("stability", "How far each run moved from the reference", "", columns, rows)


def cash_by_year(comparison: Comparison) -> TableBlock:
    """Returns the cash of each run by calendar year, a row each; none where there is no cash at all."""
    lines = [line for line in comparison.money if line.labels[0] == CASH and line.labels[1].isdigit()]
    rows = tuple(
        (line.labels[1], side.letter, line.values[run])
        for line in lines
        for run, side in enumerate(comparison.sides)
        if line.values[run] is not None
    )
    columns = Column("year", "Year"), Column("run", "Run"), Column("cash_musd", "Cash", Form.MUSD, MUSD)
    shown = rows if any(value for _, _, value in rows) else ()
    return TableBlock("cash_by_year", "Cash by year and run", "", columns, shown)


def category_name(category: str) -> str:
    """Returns a cost category as it is read: `tape_out` is `tape-out`, `value_left` is `value left`."""
    return {"tape_out": "tape-out"}.get(category, category.replace("_", " "))


def is_total(line: ComparedFigure) -> bool:
    """True for the line that sums those above it."""
    return line.labels[0] == NET_PRESENT_COST or (line.labels[0] == CASH and not line.labels[1].isdigit())


_LabelOf = Callable[[ComparedFigure], str]


def _label(place: int) -> _LabelOf:
    return lambda line: line.labels[place]


def _category(line: ComparedFigure) -> str:
    return category_name(line.labels[0])


def _served_label(line: ComparedFigure) -> str:
    return f"{line.labels[0]}, {line.labels[1]}"


def _figure_label(line: ComparedFigure) -> str:
    return figure_name(line) if line.unit == FRACTION else f"{figure_name(line)}, {line.unit}"


def _linked(
    comparison: Comparison, short: TableBlock, lines: Sequence[ComparedFigure], behind: TableBlock
) -> TableBlock:
    """Returns a short table whose numbers are read from the table that has every line."""
    rows = {line.labels: at for at, line in enumerate(getattr(comparison, behind.name))}
    derived = {}
    for at, line in enumerate(lines):
        source = rows.get(line.labels)
        for place, column in enumerate(short.columns):
            value = number(short.rows[at][place])
            if source is None or not is_numeric(column) or value is None:
                continue
            ref = Ref(behind.name, source, behind.place(column.name))
            derived[at, place] = Derived(Rule.LINK, (ref,), value, f"{short.title}, read from {behind.title}")
    return replace(short, derived=derived)


def _table(
    comparison: Comparison,
    name: str,
    title: str,
    lines: Sequence[ComparedFigure],
    labels: Sequence[tuple[str, str, _LabelOf]],
) -> TableBlock:
    """Returns lines as a table: labels, the reference, and for each other run its value, difference and finding."""
    is_short = len(labels) == 1 and name.startswith("short")
    with_values = not is_short or len(comparison.sides) - 1 <= MOST_WITH_VALUES
    with_share = not is_short or len(comparison.sides) == 2
    columns = [Column(key, heading, width=20) for key, heading, _ in labels]
    columns += [] if is_short else [Column("unit", "Unit", width=12)]
    start = len(columns)
    columns += _number_columns(comparison, with_values=with_values, with_share=with_share)
    rows, quiet, derived = [], set(), {}
    for at, line in enumerate(lines):
        cells: list[TableCell] = [of(line) for _, _, of in labels]
        cells += [] if is_short else ["share" if line.unit == FRACTION else line.unit]
        cells.append(line.values[0])
        for run in comparison.others:
            cells += [line.values[run]] if with_values else []
            place, difference, share = len(cells), line.difference(run), line.share(run)
            cells += [difference, *([share] if with_share else []), mark(line, run)]
            if with_values and difference is not None:
                derived[at, place] = _difference(name, at, (place - 1, start), difference)
            if with_share and share is not None:
                derived[at, place + 1] = _share(name, at, (place, start), share)
            if line.standings[run - 1] in _QUIET:
                quiet |= {(at, own) for own in range(place, len(cells))}
        rows.append(tuple(cells))
    bold = frozenset(at for at, line in enumerate(lines) if is_total(line))
    forms = {at: _form(line) for at, line in enumerate(lines)}
    return TableBlock(name, title, "", tuple(columns), tuple(rows), bold, frozenset(quiet), derived, forms)


def _number_columns(comparison: Comparison, *, with_values: bool, with_share: bool) -> Iterator[Column]:
    first, *others = (side.letter for side in comparison.sides)
    yield Column(first, first, Form.NUMBER)
    for letter in others:
        if with_values:
            yield Column(letter, letter, Form.NUMBER)
        yield Column(f"{letter}_difference", f"{letter} − {first}", Form.NUMBER_CHANGE)
        if with_share:
            yield Column(f"{letter}_share", "Relative", Form.PERCENT_CHANGE, spare=2)
        yield Column(f"{letter}_finding", "Finding", width=16, spare=1)


def _form(line: ComparedFigure) -> Form:
    if line.unit == FRACTION:
        return Form.PERCENT
    return Form.COUNT if line.unit in _COUNTS else Form.MUSD


def _difference(table: str, row: int, of: tuple[int, int], value: float) -> Derived:
    refs = Ref(table, row, of[0]), Ref(table, row, of[1])
    return Derived(Rule.DIFFERENCE, refs, value, "Difference from the reference")


def _share(table: str, row: int, of: tuple[int, int], value: float) -> Derived:
    refs = Ref(table, row, of[0]), Ref(table, row, of[1])
    return Derived(Rule.SHARE, refs, value, "Difference as a share of the reference")
