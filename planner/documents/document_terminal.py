"""A document on a terminal: findings first, then the sections that are meant for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from planner.documents.blocks import (
    BesideBlock,
    Block,
    Document,
    FactsBlock,
    Medium,
    Sentence,
    TableBlock,
    TextBlock,
    TilesBlock,
    Tone,
)
from planner.documents.cell_text import is_blank, is_numeric, texts
from planner.documents.safe_text import printable

MOST_ROWS = 30
MOST_COLUMNS = 8
MOST_NOTES = 3
_LONG = 40
"""Columns of text from this width on are told as lines below their table."""
WIDE = 116
"""From this many columns on, tables that belong together stand side by side."""
_STYLES = {Tone.GOOD: "bold green", Tone.CARE: "bold yellow", Tone.STRONG: "bold", Tone.FAINT: "dim", Tone.PLAIN: ""}


def document_view(document: Document, width: int) -> RenderableType:
    """Returns a document as one renderable for a terminal of `width` columns; no text of it is taken for markup."""
    document = printable(document)
    parts: list[RenderableType] = [Rule(Text(document.title, style="bold"), align="left", style="dim")]
    parts += [_sentence(line) for line in document.headlines]
    for section in document.sections_in(Medium.TERMINAL):
        drawn = [made for block in section.blocks for made in _block(block, section.title, width)]
        if drawn:
            parts += [Text(""), Text(section.title, style="bold"), *drawn]
    others = [table.title.lower() for table in document.tables(Medium.SHEETS) if table.rows]
    shown = {table.title.lower() for table in document.tables(Medium.TERMINAL)}
    more = [title for title in others if title not in shown]
    if more:
        parts += [Text(""), Text(f"In the files also: {', '.join(more)}.")]
    parts += [Text(f"Note: {note}", style="dim") for note in document.notes[:MOST_NOTES]]
    return Group(*parts)


def _sentence(line: Sentence) -> Text:
    return Text(f"  {line.text}" if line.tone is Tone.PLAIN else line.text, style=_STYLES[line.tone])


def _block(block: Block, title: str, width: int) -> Iterator[RenderableType]:
    if isinstance(block, TextBlock):
        yield from _text(block)
    elif isinstance(block, FactsBlock):
        grid = Grid.grid(padding=(0, 2, 0, 0))
        for name, value in block.facts:
            grid.add_row(Text(name), Text(value, style="bold"))
        yield grid
    elif isinstance(block, TilesBlock):
        grid = Grid.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(justify="right", no_wrap=True, style="bold")
        grid.add_column(overflow="fold")
        for tile in block.tiles:
            grid.add_row(Text(f"  {tile.label}"), Text(tile.value), Text(tile.unit))
        yield grid
    elif isinstance(block, BesideBlock):
        drawn = [_grid(table, title, width) for table in block.tables if table.rows]
        if width >= WIDE and len(drawn) > 1:
            grid = Grid.grid(padding=(0, 2, 0, 0))
            grid.add_row(*drawn)
            yield grid
        else:
            yield from drawn
    elif isinstance(block, TableBlock):
        yield _grid(block, title, width)
        yield from (Text(line) for line in _below(block))


def _text(block: TextBlock) -> Iterator[RenderableType]:
    for line in block.sentences:
        if not block.is_list:
            yield Text(line.text, style=_STYLES[line.tone])
            continue
        grid = Grid.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text("  •"), Text(line.text, style=_STYLES[line.tone]))
        yield grid


def _grid(table: TableBlock, title: str, width: int) -> Grid:
    """Returns the first rows of a table, with the columns that fit; numbers are never cut."""
    cells = texts(table)[:MOST_ROWS]
    shown = _kept(table, cells, width)
    own = None if table.title == title else table.title
    grid = Grid(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, title=own, title_justify="left",
        title_style="bold", caption_justify="left",
    )  # fmt: skip
    for place in shown:
        column = table.columns[place]
        unit = f"\n{column.unit}" if column.unit else ""
        grid.add_column(
            f"{column.title}{unit}",
            justify="right" if is_numeric(column) else "left",
            no_wrap=is_numeric(column),
            max_width=None if is_numeric(column) or place == shown[-1] else _LONG,
            overflow="fold",
        )
    for at, row in enumerate(cells):
        styles = ["dim" if (at, place) in table.quiet else "" for place in shown]
        grid.add_row(
            *(Text(row[place], style=style) for place, style in zip(shown, styles, strict=True)),
            style="bold" if at in table.bold else None,
        )
    if len(table.rows) > MOST_ROWS:
        grid.caption = f"and {len(table.rows) - MOST_ROWS} more rows in tables/{table.name}.csv"
    return grid


def _kept(table: TableBlock, cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that fit into the width: long texts stand below, the most spare go first, the first one stays."""
    kept = [
        place
        for place, column in enumerate(table.columns)
        if (is_numeric(column) or column.width < _LONG) and not is_blank(table, place)
    ]

    def size(place: int) -> int:
        column = table.columns[place]
        longest = max((len(row[place]) for row in cells), default=0)
        words = column.title.split() if is_numeric(column) else [column.title]
        head = max((len(word) for word in [*words, column.unit]), default=0)
        return max(head, longest) if is_numeric(column) else max(min(head, _LONG), min(longest, 24))

    spare = sorted(kept, key=lambda place: (-table.columns[place].spare, -place))
    for place in spare:
        fits = sum(size(own) + 1 for own in kept) <= width
        if fits and (len(kept) <= MOST_COLUMNS or not table.columns[place].spare):
            break
        if place != kept[0] and (not fits or table.columns[place].spare):
            kept.remove(place)
    return kept


def _below(table: TableBlock) -> Iterator[str]:
    """Yields the long texts of a table as lines under it, each led by the names of its row."""
    long = [place for place, column in enumerate(table.columns) if not is_numeric(column) and column.width >= _LONG]
    led = 2 if len(table.columns) > 1 and table.columns[1].name in ("end", "y") else 1
    for row in texts(table)[:MOST_ROWS]:
        label = " ".join(row[:led])
        yield from (f"  {label}: {row[place]}" for place in long if row[place] not in ("", "none"))
