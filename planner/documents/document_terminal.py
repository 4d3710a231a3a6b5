"""A document on a terminal: findings first, then the sections that are meant for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from planner.documents.blocks import (
    FOLLOWS,
    BesideBlock,
    Block,
    Column,
    Document,
    FactsBlock,
    Medium,
    Sentence,
    TableBlock,
    TextBlock,
    Tile,
    Tone,
)
from planner.documents.cell_text import cell_lines, is_blank, is_numeric, texts
from planner.documents.safe_text import printable

MOST_ROWS = 30
MOST_COLUMNS = 8
MOST_NOTES = 3
_LONG = 40
"""Columns of text from this width on are shown as lines below their table."""
WIDE = 116
"""From this many columns on, tables that belong together stand side by side."""
_HEADING, _TEXT = 14, 24
"""From these widths on a heading of numbers, and a text, are broken into lines."""
_LEAST_LINES = 36
"""The least columns for the lines of a list; what stands beside them is shown in them where that leaves less."""
_LEAST_RULE = 3
_LEAST_WORDS = 30
"""Fewer columns than this are too narrow for words beside a figure, with the space around it."""
_MARKS = {Tone.PLAIN: "  ", Tone.GOOD: "✔ ", Tone.CARE: "! "}
_STYLES = {Tone.GOOD: "bold green", Tone.CARE: "bold yellow", Tone.STRONG: "bold", Tone.FAINT: "dim", Tone.PLAIN: ""}


def document_view(document: Document, width: int) -> RenderableType:
    """Returns a document as one renderable for a terminal of `width` columns; no text of it is taken for markup."""
    document = printable(document)
    parts: list[RenderableType] = [title_line(document.title, width)]
    parts += [_sentence(line) for line in document.headlines_in(Medium.TERMINAL)]
    if document.tiles:
        parts += [Text(""), tiles_view(document.tiles, width)]
    for section in document.sections_in(Medium.TERMINAL):
        drawn = [made for block in section.blocks for made in _block(block, section.title, width)]
        if drawn:
            parts += [Text(""), Text(section.title, style="bold"), *drawn]
    shown = {table.title for table in document.tables(Medium.TERMINAL)}
    others = [table.title for table in document.tables(Medium.SHEETS) if table.rows and table.title not in shown]
    # The rest of a title may be a name.
    more = [title[:1].lower() + title[1:] for title in others]
    if more:
        parts += [Text(""), Text(f"Also in the files: {', '.join(more)}.")]
    parts += [Text(f"Note: {note}", style="dim") for note in document.notes[:MOST_NOTES]]
    return Group(*parts)


def title_line(title: str, width: int) -> RenderableType:
    """Returns a title with a rule after it where there is room for one; it is never cut."""
    text = Text(title, style="bold", overflow="fold")
    return Rule(text, align="left", style="dim") if cell_len(title) + _LEAST_RULE <= width else text


def tiles_view(tiles: Sequence[Tile], width: int) -> RenderableType:
    """Returns the figures that are read first, one a row; where that leaves no room for words, one below the other."""
    label, value = (max((cell_len(text) for text in own), default=0) for own in _tile_texts(tiles))
    if width < label + value + _LEAST_WORDS:
        lines = [
            line
            for tile in tiles
            for line in (
                Text(f"  {tile.label}"),
                Padding(Text.assemble((tile.value, "bold"), " ", tile.unit), (0, 0, 0, 4)),
            )
        ]
        return Group(*lines)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for tile in tiles:
        grid.add_row(Text(f"  {tile.label}"), Text(tile.value), Text(tile.unit))
    return grid


def _tile_texts(tiles: Sequence[Tile]) -> tuple[list[str], list[str]]:
    return [tile.label for tile in tiles], [tile.value for tile in tiles]


def _sentence(line: Sentence) -> Text:
    return Text(f"{_MARKS.get(line.tone, '')}{line.text}", style=_STYLES[line.tone])


def _block(block: Block, title: str, width: int) -> Iterator[RenderableType]:
    if isinstance(block, TextBlock):
        yield from _text(block)
    elif isinstance(block, FactsBlock):
        grid = Grid.grid(padding=(0, 2, 0, 0))
        for name, value in block.facts:
            grid.add_row(Text(name), Text(value, style="bold"))
        yield grid
    elif isinstance(block, BesideBlock):
        tables = [table for table in block.tables if table.rows]
        if width >= WIDE and len(tables) > 1:
            share = width // len(tables) - 2
            grid = Grid.grid(padding=(0, 2, 0, 0))
            grid.add_row(*(Group(*table_views(table, title, share)) for table in tables))
            yield grid
        else:
            yield from (view for table in tables for view in table_views(table, title, width))
    elif isinstance(block, TableBlock) and block.is_list:
        yield list_view(block, width)
    elif isinstance(block, TableBlock):
        yield from table_views(block, title, width)
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


def table_views(table: TableBlock, title: str, width: int) -> Iterator[RenderableType]:
    """Yields the first rows of a table; columns that do not fit beside the others follow below, by the same labels.

    Numbers are never cut. The table's own title is left out where it is `title`.
    """
    cells = texts(table)[:MOST_ROWS]
    if table.title not in (title, ""):
        yield Text(table.title, style="bold")
    for place, shown in enumerate(_stacks(table, cells, width)):
        if place:
            yield Text("")
        yield _grid(table, cells, shown)
    if len(table.rows) > MOST_ROWS:
        yield Text(
            f"and {len(table.rows) - MOST_ROWS} more rows in tables/{table.file or table.name}.csv", style="italic"
        )


def list_view(table: TableBlock, width: int) -> Grid:
    """Returns a table whose cells hold lines: what has no room beside them is shown in them, led by its heading."""
    cells = texts(table)
    lines = next(place for place, column in enumerate(table.columns) if column.has_leads)
    beside = [place for place in range(1, len(table.columns)) if place != lines and not is_blank(table, place)]
    label = max((cell_len(row[0]) for row in cells), default=0) + 2

    def room() -> int:
        return width - label - sum(_size(table, cells, place) for place in beside)

    for place in sorted(beside, key=lambda place: (-table.columns[place].spare, -place)):
        if room() >= (_LEAST_LINES if not table.columns[place].spare else _LEAST_LINES + label):
            break
        beside.remove(place)
    shown = [0, *sorted([lines, *beside])]
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, width=width)
    for place in shown:
        column = table.columns[place]
        is_fixed = is_numeric(column) or not place
        title = "\n".join(_heading(column, place, cells))
        grid.add_column(
            title,
            justify="right" if is_numeric(column) else "left",
            no_wrap=is_fixed,
            overflow="fold",
            ratio=1 if place == lines else None,
            style="bold" if not place else None,
        )
    left_out = [place for place in range(1, len(table.columns)) if place not in shown]
    for at, row in enumerate(cells):
        folded = [_folded(table, place, row[place]) for place in left_out if row[place]]
        views = {lines: _led([*cell_lines(table, at, lines, row[lines]), *folded])}
        grid.add_row(*(views.get(place, Text(row[place])) for place in shown))
        grid.add_section()
    return grid


def _folded(table: TableBlock, place: int, text: str) -> str:
    column = table.columns[place]
    unit = f" {column.unit}" if column.unit else ""
    return f"{FOLLOWS}{column.title.lower()}: {', '.join(text.splitlines())}{unit}"


def _led(lines: Sequence[str]) -> RenderableType:
    """Returns lines with their first word stressed, those that only follow faint."""
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, min_width=6)
    grid.add_column(overflow="fold")
    for line in lines:
        follows = line.startswith(FOLLOWS)
        lead, _, rest = line.partition(" ")
        grid.add_row(Text(lead, style="dim" if follows else "bold"), Text(rest, style="dim" if follows else ""))
    return grid


def _grid(table: TableBlock, cells: Sequence[Sequence[str]], shown: Sequence[int]) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place in shown:
        column = table.columns[place]
        grid.add_column(
            "\n".join(_heading(column, place, cells)),
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
    return grid


def _heading(column: Column, place: int, cells: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a heading: over numbers no wider than they are, or than a word, for it would take their room."""
    if not is_numeric(column):
        return [f"{column.title}\n{column.unit}" if column.unit else column.title]
    longest = max((cell_len(row[place]) for row in cells), default=0)
    lines = [*wrap(column.title, max(_HEADING, longest)), *wrap(column.unit, max(_HEADING, longest))]
    return lines or [""]


def _size(table: TableBlock, cells: Sequence[Sequence[str]], place: int) -> int:
    """The least width of a column, with the space beside it; texts are broken into lines, numbers are not."""
    column = table.columns[place]
    longest = max((cell_len(row[place]) for row in cells), default=0)
    head = max(cell_len(line) for line in _heading(column, place, cells))
    return 2 + (max(head, longest) if is_numeric(column) else max(min(head, _LONG), min(longest, _TEXT)))


def _stacks(table: TableBlock, cells: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """The columns of the grids that a table takes: as few as have room for them, each with the labels at its left."""
    kept = _kept(table, cells, width)
    labels = [place for place in kept if place < _labels(table)] or kept[:1]
    stacks = [[*labels]]
    for place in kept[len(labels) :]:
        is_alone = len(stacks[-1]) == len(labels)
        if not is_alone and sum(_size(table, cells, own) for own in [*stacks[-1], place]) > width:
            stacks.append([*labels])
        stacks[-1].append(place)
    return stacks


def _kept(table: TableBlock, cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that are shown: long texts stand below, those to spare are left out where there is no room."""
    kept = [
        place
        for place, column in enumerate(table.columns)
        if (is_numeric(column) or column.width < _LONG) and not is_blank(table, place)
    ]
    spare = [place for place in kept[1:] if table.columns[place].spare]
    for place in sorted(spare, key=lambda place: (-table.columns[place].spare, -place)):
        if len(kept) <= MOST_COLUMNS and sum(_size(table, cells, own) for own in kept) <= width:
            break
        kept.remove(place)
    return kept or [0]


def _labels(table: TableBlock) -> int:
    """How many columns name a row."""
    return 2 if len(table.columns) > 1 and table.columns[1].name in ("end", "y") else 1


def _below(table: TableBlock) -> Iterator[str]:
    """Yields the long texts of a table as lines under it, each led by the names of its row."""
    long = [place for place, column in enumerate(table.columns) if not is_numeric(column) and column.width >= _LONG]
    for row in texts(table)[:MOST_ROWS]:
        label = " ".join(row[: _labels(table)])
        yield from (f"  {label}: {row[place]}" for place in long if row[place] not in ("", "none"))
