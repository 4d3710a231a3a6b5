"""What the native charts of a workbook share: where their rows stand, links to the tables, titles and axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.chart import Chart

from planner.documents.blocks import ChartBlock, Form
from planner.documents.cell_text import Shape, number
from planner.documents.chart_data import round_step
from planner.documents.xlsx.cell_formulas import at
from planner.documents.xlsx.cell_style import GREY, NAVY, CellKind, Look
from planner.documents.xlsx.document_book import DocumentBook, Leaf
from planner.documents.xlsx.workbook_writing import sheet_prefix


@dataclass(frozen=True)
class Native:
    """A chart of the workbook and how high it wants to be, in pixels."""

    chart: Chart
    height: int


@dataclass(frozen=True)
class ChartRange:
    """Where the rows of a chart stand: their sheet, its title, header, first and last row."""

    sheet: str
    title: int
    head: int
    first: int
    last: int

    def span(self, place: int) -> list[Any]:
        """Returns the cells of a column of the rows."""
        return [self.sheet, self.first, place, self.last, place]

    def name(self, place: int) -> list[Any]:
        """Returns the heading of a column."""
        return [self.sheet, self.head, place]


def axis_ends(rows: Sequence[Sequence[Any]], place: int) -> dict[str, float]:
    """The ends of an axis that does not begin at zero, and the step between its numbers."""
    values = [value for row in rows if (value := number(row[place])) is not None]
    if max(values) <= min(values):
        return {}
    step = round_step((max(values) - min(values)) / 6)
    ends = math.floor(min(values) / step + 1e-9), math.ceil(max(values) / step - 1e-9)
    return {"min": round(ends[0] * step, 12), "max": round(ends[1] * step, 12), "major_unit": step}


def begin(leaf: Leaf, chart: ChartBlock, heads: Sequence[str], count: int, *, unit: str = "") -> ChartRange:
    """Writes the title and header of a block and returns where its rows go."""
    title = leaf.rows + 1
    leaf.text(title, 0, chart.title if not unit else f"{chart.title} ({unit})", Look.LABEL_STRONG)
    for place, head in enumerate(heads):
        leaf.text(title + 1, place, head, Look.HEADER if place else Look.HEADER_LEFT)
    leaf.rows = title + 2 + count
    return ChartRange(leaf.name, title, title + 1, title + 2, title + 1 + count)


def link(book: DocumentBook, leaf: Leaf, where: tuple[int, int], chart: ChartBlock, row: int, place: int) -> None:
    """Writes a number as a link to the sheet of its table; as it is where the table has none."""
    table = book.document.table(chart.table)
    shape = book.shapes(table)[row][place] or Shape()
    if table.name not in book.names:
        leaf.value(*where, number(table.rows[row][place]), book.formats.value(CellKind.PLAN, shape))
        return
    address = f"{sheet_prefix(book.names[table.name])}{at(row, place)}"
    leaf.formula(*where, address, number(table.rows[row][place]) or 0.0, book.formats.value(CellKind.LINK, shape))


def new_chart(book: DocumentBook, kind: dict[str, str], block: ChartRange | None) -> Chart:
    """Returns an empty chart, with its title where its rows are known."""
    made = book.workbook.add_chart(kind)
    made.set_chartarea({"border": {"color": "#D9D9D9"}})
    if block is not None:
        set_title(made, block)
    return made


def set_title(made: Chart, block: ChartRange) -> None:
    """Titles a chart with the cell of its title."""
    # A title that is read from a cell is shown as it is; as a text, one that begins with = would be a reference.
    made.set_title(
        {
            "name": [block.sheet, block.title, 0],
            "name_font": {"size": 11, "bold": True, "color": NAVY},
            "overlay": False,
        }
    )


def lie_flat(made: Chart, code: str) -> None:
    """Axes of lying bars: the first row on top, labels beside the chart and not at zero."""
    made.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 8}, "line": {"color": GREY},
                     "major_gridlines": {"visible": False}, "major_tick_mark": "none"})  # fmt: skip
    # With the first row on top the axis of amounts would stand above; its labels go to the other side.
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "num_format": code, "line": {"none": True},
                     "label_position": "high",
                     "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}})  # fmt: skip


def upright(code: str) -> dict[str, Any]:
    """Returns an axis of numbers beside a chart."""
    return {
        "num_font": {"size": 8, "color": GREY}, "num_format": code, "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
    }  # fmt: skip


def small() -> dict[str, Any]:
    """Returns the font of the titles of axes."""
    return {"size": 8, "bold": False, "color": GREY}


def label_code(form: Form) -> str:
    """Returns the number format of the labels of an axis."""
    special = {Form.PERCENT: "0%", Form.NUMBER: "General", Form.MUSD_CHANGE: "+#,##0;-#,##0;0"}
    return special.get(form, "#,##0;-#,##0;0")
