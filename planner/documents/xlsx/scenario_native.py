"""Native charts of a workbook over scenarios: cumulative distribution, bands and lines over time, the tree."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.cell_text import Shape, axis_number, axis_percent
from planner.documents.chart_data import axis_title, column
from planner.documents.colours import ACCENT, INK
from planner.documents.scenario_charts import Fan, fans_of, references_of, steps_of, tree_of
from planner.documents.xlsx.cell_formulas import at
from planner.documents.xlsx.cell_style import GREY, CellKind, Look
from planner.documents.xlsx.chart_parts import (
    ChartRange,
    Native,
    axis_ends,
    begin,
    link,
    new_chart,
    set_title,
    small,
    upright,
)
from planner.documents.xlsx.document_book import DATA, DocumentBook, Leaf
from planner.documents.xlsx.workbook_writing import sheet_prefix

_MOST_NAMED = 14
_ABOVE = 0.22
"""How far texts stand above their lines, in rows of the tree."""
_LINES: dict[str, Any] = {"type": "scatter", "subtype": "straight"}
_LEGEND = {"position": "bottom", "font": {"size": 8}}


def _distribution(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> list[Native]:
    """A staircase through the costs of scenarios, each with its name where they are few, and dashed references."""
    steps, rules = steps_of(book.document, chart), references_of(book.document, chart)
    if not steps:
        return []
    table = book.document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    block = begin(leaf, chart, (axis_title(across), up.title, "Scenario"), 2 * len(steps))
    share = book.formats.value(CellKind.CALC, Shape(1, is_share=True))
    for place, step in enumerate(steps):
        row = block.first + 2 * place
        link(book, leaf, (row, 0), chart, step.row, x)
        link(book, leaf, (row + 1, 0), chart, step.row, x)
        if place:
            leaf.formula(row, 1, f"B{row}", steps[place - 1].y, share)
        else:
            leaf.value(row, 1, 0.0, share)
        link(book, leaf, (row + 1, 1), chart, step.row, y)
        leaf.text(row + 1, 2, step.label)
    made = new_chart(book, _LINES, block)
    labels: dict[str, Any] = {}
    if len(steps) <= _MOST_NAMED:
        custom = [
            part
            for place, step in enumerate(steps)
            for part in ({"delete": True}, _text_of(block, 2 * place + 1, step.label))
        ]
        labels = {"data_labels": {"value": True, "custom": custom, "position": "right", "font": {"size": 8}}}
    made.add_series(
        {"name": block.name(1), "categories": block.span(0), "values": block.span(1),
         "line": {"color": ACCENT, "width": 2}, "marker": {"type": "none"}, **labels}
    )  # fmt: skip
    for rule in rules:
        own = begin(leaf, chart, (rule.label, "Height"), 2)
        for row, height in ((own.first, 0.0), (own.last, 1.0)):
            address = f"{sheet_prefix(book.names[rule.cell.table])}{at(rule.cell.row, rule.cell.column)}"
            leaf.formula(row, 0, address, rule.value, book.formats.value(CellKind.LINK, Shape()))
            leaf.value(row, 1, height, share)
        made.add_series(
            {"name": own.name(0), "categories": own.span(0), "values": own.span(1), "marker": {"type": "none"},
             "line": {"color": rule.colour, "width": 1.75, "dash_type": "dash"}}
        )  # fmt: skip
    known = [[value] for value in (*(step.x for step in steps), *(rule.value for rule in rules))]
    made.set_x_axis(
        {"num_font": {"size": 8, "color": GREY}, "name": block.name(0), "name_font": small(),
         "num_format": axis_number([value for (value,) in known]),
         "major_gridlines": {"visible": False}, **axis_ends(known, 0)}
    )  # fmt: skip
    made.set_y_axis(upright("0%") | {"min": 0, "max": 1})
    made.set_legend(_LEGEND)
    return [Native(made, 320)]


def _text_of(block: ChartRange, row: int, text: str) -> dict[str, str]:
    """Returns a label; one that begins with = would be a formula, and is read from the third cell of its row."""
    if not text.startswith("="):
        return {"value": text}
    return {"value": f"={sheet_prefix(DATA)}{xl_rowcol_to_cell(block.first + row, 2, row_abs=True, col_abs=True)}"}


def _fans(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> list[Native]:
    return [_fan(book, leaf, chart, fan) for fan in fans_of(book.document, chart)]


def _fan(book: DocumentBook, leaf: Leaf, chart: ChartBlock, fan: Fan) -> Native:
    """Lines over the periods; a band is a pair of stacked areas, of which the lower one is not filled."""
    table = book.document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    del x
    edges = _edges(fan)
    heads = [across.title, *(line.name for line in fan.lines), *(name for name, _ in edges)]
    block = begin(leaf, chart, heads, len(fan.labels), unit=" ".join(part for part in (fan.panel, up.unit) if part))
    for row, label in enumerate(fan.labels, block.first):
        leaf.text(row, 0, label)
    for place, line in enumerate(fan.lines, 1):
        for row, source in enumerate(line.rows, block.first):
            if source is not None:
                link(book, leaf, (row, place), chart, source, y)
    first = 1 + len(fan.lines)
    for place, (_, ends) in enumerate(edges, first):
        for row, source in enumerate(fan.rows, block.first):
            _edge(book, leaf, chart, (row, place), source, ends)
    lines = new_chart(book, {"type": "line"}, None)
    for place, line in enumerate(fan.lines, 1):
        is_dashed = line.colour == INK and len(fan.lines) > 1
        lines.add_series(
            {"name": block.name(place), "categories": block.span(0), "values": block.span(place),
             "line": {"color": line.colour, "width": 2, **({"dash_type": "dash"} if is_dashed else {})}}
        )  # fmt: skip
    made = lines
    if edges:
        made = new_chart(book, {"type": "area", "subtype": "stacked"}, None)
        shades = _shades(fan)
        for place, (_, _) in enumerate(edges):
            shade = shades[place]
            fill = {"fill": {"none": True}} if shade is None else {"fill": {"color": shade}}
            made.add_series(
                {"name": block.name(first + place), "categories": block.span(0), "values": block.span(first + place),
                 "border": {"none": True}, **fill}
            )  # fmt: skip
        made.combine(lines)
    _finish(made, block, fan)
    if edges:
        made.set_legend(_LEGEND | {"delete_series": [0, 3]})
    return Native(made, 280)


def _edges(fan: Fan) -> list[tuple[str, tuple[str, str]]]:
    """Returns what is stacked: the lowest edge, and the distances to each edge above it, as pairs of columns."""
    if not fan.bands:
        return []
    ends = [band.columns[0] for band in fan.bands] + [band.columns[1] for band in reversed(fan.bands)]
    names = [band.name for band in fan.bands] + [f"{band.name}, upper" for band in reversed(fan.bands[:-1])]
    above = [(name, (upper, lower)) for name, (lower, upper) in zip(names, pairwise(ends), strict=True)]
    return [(f"below {fan.bands[0].name}", (ends[0], "")), *above]


def _shades(fan: Fan) -> list[str | None]:
    """Returns the colour of each edge of `_edges`: none below the lowest, the inner band amid the outer ones."""
    colours = [band.colour for band in fan.bands]
    return [None, *colours[:-1], colours[-1], *reversed(colours[:-1])]


def _edge(
    book: DocumentBook, leaf: Leaf, chart: ChartBlock, where: tuple[int, int], row: int, ends: tuple[str, str]
) -> None:
    table = book.document.table(chart.table)
    upper, lower = ends
    if not lower:
        link(book, leaf, where, chart, row, column(table, upper)[0])
        return
    sheet = sheet_prefix(book.names[table.name])
    cells = [at(row, column(table, name)[0]) for name in (upper, lower)]
    values = [table.rows[row][column(table, name)[0]] for name in (upper, lower)]
    known = [float(value) if isinstance(value, int | float) else 0.0 for value in values]
    form = book.formats.value(CellKind.LINK, Shape(2))
    leaf.formula(*where, f"{sheet}{cells[0]}-{sheet}{cells[1]}", known[0] - known[1], form)


def _finish(made: Any, block: ChartRange, fan: Fan) -> None:  # noqa: ANN401  a chart of the library
    set_title(made, block)
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "label_position": "low"})
    if fan.is_share:
        low = min([0.99, *fan.values])
        least = max(0.0, round(low - 0.1 * (1.0 - low) - 0.005, 2))
        made.set_y_axis(upright(axis_percent([low, 1.0])) | {"min": least, "max": 1})
    else:
        made.set_y_axis(upright(axis_number([0.0, *(value / fan.factor for value in fan.values)])))
    made.set_legend(_LEGEND)


def _tree(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> list[Native]:
    """The tree as lines between points: a blank row parts the lines of one branch from those of the next."""
    picture = tree_of(book.document, chart)
    block = begin(leaf, chart, ("Periods from the start", "Height", "Branch"), 4 * len(picture.branches))
    form = book.formats.value(CellKind.PLAN, Shape(2))
    for place, branch in enumerate(picture.branches):
        row = block.first + 4 * place
        above = branch.height if branch.parent_height is None else branch.parent_height
        points = ((branch.start, above), (branch.start, branch.height), (branch.end, branch.height))
        for step, (x, y) in enumerate(points):
            leaf.value(row + step, 0, x, form)
            leaf.value(row + step, 1, picture.count - 1 - y, form)
    words = begin(leaf, chart, ("Periods from the start", "Height of its text", "Branch"), len(picture.branches))
    texts: list[dict[str, str]] = []
    for row, branch in enumerate(picture.branches, words.first):
        leaf.value(row, 0, branch.start, form)
        leaf.value(row, 1, picture.count - 1 - branch.height + _ABOVE, form)
        branch_text = ", ".join(part for part in (branch.title, branch.says) if part)
        leaf.text(row, 2, branch_text)
        texts.append(_text_of(words, row - words.first, branch_text))
    made = new_chart(book, _LINES, block)
    made.add_series(
        {"name": block.name(1), "categories": block.span(0), "values": block.span(1), "marker": {"type": "none"},
         "line": {"color": ACCENT, "width": 2}}
    )  # fmt: skip
    # Texts beside points stand on their lines: points of their own lie a little higher.
    made.add_series(
        {"name": words.name(1), "categories": words.span(0), "values": words.span(1), "marker": {"type": "none"},
         "line": {"none": True},
         "data_labels": {"value": True, "custom": texts, "position": "right",
                         "font": {"size": 8}}}
    )  # fmt: skip
    made.show_blanks_as("gap")
    years = f"{picture.labels[0]} to {picture.labels[-1]}"
    leaf.text(leaf.rows, 0, f"Time runs from left to right: {years}.", Look.SUBTITLE)
    made.set_x_axis(
        {"min": 0, "max": len(picture.labels), "num_font": {"size": 8, "color": GREY}, "name": block.name(0),
         "name_font": small(), "major_gridlines": {"visible": False}}
    )  # fmt: skip
    made.set_y_axis({"visible": False, "min": -0.7, "max": picture.count - 0.3, "major_gridlines": {"visible": False}})
    made.set_legend({"none": True})
    return [Native(made, min(900, 120 + 56 * picture.count))]


SCENARIO_CHARTS: dict[ChartKind, Callable[[DocumentBook, Leaf, ChartBlock], list[Native]]] = {
    ChartKind.DISTRIBUTION: _distribution,
    ChartKind.FAN: _fans,
    ChartKind.TREE: _tree,
}
"""How each kind of chart over scenarios is drawn."""
