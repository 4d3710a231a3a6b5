"""Tables of a document as markup: in a box that scrolls, or as a list whose rows fit a telephone."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import FOLLOWS, Column, TableBlock
from planner.documents.cell_text import cell_lines, is_blank, is_numeric, number, texts
from planner.documents.html.markup import Html, joined, tag

MOST_ROWS = 400
"""Rows of a table that a page shows; the workbook has all of them."""
_MANY = 7
_LONG, _SHORT = 34, 20
"""Columns of text from this width on may wrap; narrower than that, they may be shown once for all rows."""


def table_html(table: TableBlock) -> Html:
    """Returns a table in a box that scrolls, with what is the same in every row below it."""
    same, ranges = _same(table), _ranges(table)
    folded = {place for pair in ranges.values() for place in pair} | same.keys()
    kept = [place for place in range(len(table.columns)) if place not in folded and not is_blank(table, place)]
    heads = tag("tr", *(_head(table.columns[place]) for place in kept))
    body = []
    lengths = {place: _most(table, place) for place in kept if table.columns[place].has_bars}
    for at, row in enumerate(texts(table)[:MOST_ROWS]):
        cells = []
        for place in kept:
            ends = [row[end] for end in ranges.get(place, ())]
            cells.append(_cell(table, (at, place), row[place], ends, lengths.get(place)))
        body.append(tag("tr", *cells, class_="strong" if at in table.bold else None))
    width = "tight" if len(kept) > _MANY else None
    inner = tag("table", tag("caption", table.title), tag("thead", heads), tag("tbody", *body), class_=width)
    box = tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=table.title)
    says = [f"{table.columns[place].title} {text}" for place, text in same.items()]
    rest = len(table.rows) - MOST_ROWS
    said = [f"and {rest:,} more; the workbook has all of them."] if rest > 0 else []
    said += [f"The same in every row: {', '.join(says)}."] if says else []
    said += ["Small below a difference: the ends between which it is proven to lie."] if ranges else []
    return joined(box, *([tag("p", " ".join(said), class_="caption")] if said else []))


def _same(table: TableBlock) -> dict[int, str]:
    """Narrow columns of text that say the same in every row are shown once."""
    found = {}
    for place, column in enumerate(table.columns):
        said = {row[place] for row in table.rows}
        text = next(iter(said))
        is_short = isinstance(text, str) and text and column.width < _SHORT
        if place and len(table.rows) > 1 and len(said) == 1 and is_short and not is_numeric(column):
            found[place] = str(text)
    return found


def _ranges(table: TableBlock) -> dict[int, tuple[int, int]]:
    """Differences by place, with the places of the ends between which they are proven."""
    return {
        place: (table.place(column.ends[0]), table.place(column.ends[1]))
        for place, column in enumerate(table.columns)
        if column.ends is not None
    }


def _head(column: Column) -> Html:
    unit = [tag("span", column.unit, class_="unit")] if column.unit else []
    style = "n" if is_numeric(column) else None
    return tag("th", column.title, *unit, scope="col", class_=style, title=column.meaning or None)


def _cell(table: TableBlock, at: tuple[int, int], text: str, ends: Sequence[str], most: float | None) -> Html:
    column = table.columns[at[1]]
    marks = [
        "n" if is_numeric(column) else "",
        "quiet" if at in table.quiet else "",
        "short" if at in table.alerts else "",
        "long" if not is_numeric(column) and column.width >= _LONG else "",
        "brief" if not is_numeric(column) and len(text) < _SHORT else "",
    ]
    marked = " ".join(mark for mark in marks if mark) or None
    lines = _broken(cell_lines(table, *at, text))
    if at[1] == 0 and not is_numeric(column):
        return tag("th", *lines, scope="row", class_=marked)
    span_lines = [tag("span", f"{ends[0]} to {ends[1]}", class_="range")] if any(ends) else []
    size = number(table.rows[at[0]][at[1]])
    style = None
    if most and size is not None:
        style = f"background:linear-gradient(to left,#cfe2f3 {abs(size) / most:.1%},transparent 0)"
    return tag("td", *lines, *span_lines, class_=marked, style=style)


def _most(table: TableBlock, place: int) -> float:
    return max((abs(value) for row in table.rows if (value := number(row[place])) is not None), default=0.0)


def _broken(lines: Sequence[str]) -> list[str]:
    first, *rest = lines or ("",)
    return [first, *(part for line in rest for part in (tag("br"), line))]


def list_html(table: TableBlock) -> Html:
    """Returns a table whose cells hold lines as a list: lines are points, those that only follow are set back."""
    kept = [place for place in range(len(table.columns)) if not is_blank(table, place)]
    heads = tag("tr", *(_head(table.columns[place]) for place in kept))
    body = []
    for at, row in enumerate(texts(table)):
        label, *others = (_list_cell(table, at, place, row[place]) for place in kept)
        body.append(tag("tr", label, *others, class_="strong" if at in table.bold else None))
    inner = tag("table", tag("caption", table.title), tag("thead", heads), tag("tbody", *body), class_="stack")
    return tag("div", inner, class_="list")


def _list_cell(table: TableBlock, at: int, place: int, text: str) -> Html:
    column = table.columns[place]
    if not place:
        return tag("th", text, scope="row")
    label = f"{column.title}, {column.unit}" if column.unit else column.title
    if is_numeric(column):
        return tag("td", text, class_="n", data_label=label)
    lines = cell_lines(table, at, place, text)
    if not column.has_leads:
        return tag("td", *_broken(lines), data_label=label, class_="short-lines")
    points = [tag("li", *_led(line), class_="aside" if line.startswith(FOLLOWS) else None) for line in lines]
    return tag("td", tag("ul", *points))


def _led(line: str) -> list[str]:
    if line.startswith(FOLLOWS):
        return [line]
    lead, space, rest = line.partition(" ")
    return [tag("b", lead), space + rest]
