"""A document as Markdown, for pasting into another: findings, sections, and what limits it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.documents.blocks import (
    BesideBlock,
    Block,
    Document,
    FactsBlock,
    Medium,
    Sentence,
    TableBlock,
    TextBlock,
    Tone,
)
from planner.documents.cell_text import cell_lines, is_blank, is_numeric, texts
from planner.documents.safe_text import printable

MOST_ROWS = 40
_SIGNS = re.compile(r"[\\`*\[\]<>|~&$#]|(?<![^\W_])_|_(?![^\W_])|(?<=:)/|@|(?<=www)\.", re.IGNORECASE)
_LEADS = re.compile(r"^(\s*\d*)([-+=.)])(?=\s|$)|^(\s*)([-+=])(?=[-+=])")
_BREAKS = re.compile(r"[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARKS = {Tone.GOOD: "✔ ", Tone.CARE: "**!** "}


def escaped(words: str) -> str:
    r"""Returns text that Markdown shows as it is: no markup, no link, no new line or cell comes of it.

    >>> print(escaped("a|b_c <b>"), escaped("_x_ http://a.b"))
    a\|b_c \<b\> \_x\_ http:\/\/a.b
    """
    return _LEADS.sub(lambda found: f"{found[1] or found[3] or ''}\\{found[2] or found[4]}", _cell(words))


def _cell(words: str) -> str:
    """Returns text for the cell of a table, where no block can begin."""
    return _SIGNS.sub(r"\\\g<0>", _BREAKS.sub(" ", words)).replace(":\\//", ":\\/\\/")


def document_markdown(document: Document) -> str:
    """Returns a document as GitHub-flavoured Markdown; no text of it becomes markup."""
    document = printable(document)
    parts: list[list[str]] = [
        [f"# {escaped(document.title)}"],
        [f"{escaped(document.subject)}, {escaped(document.source)}"],
        [f"- {_MARKS.get(line.tone, '')}{escaped(line.text)}" for line in document.headlines_in(Medium.MARKDOWN)],
    ]
    if document.tiles:
        tiles = [_line([_cell(tile.label), _cell(tile.value), _cell(tile.unit)]) for tile in document.tiles]
        parts.append(["| figure | value | unit |", "| --- | --: | --- |", *tiles])
    for section in document.sections_in(Medium.MARKDOWN):
        drawn = [part for block in section.blocks for part in _block(block, section.title) if part]
        if drawn:
            parts += [[f"## {escaped(section.title)}"], *drawn]
    limits = [f"- {escaped(line)}" for line in (*document.notes, *document.how_to_read)]
    if limits:
        parts += [["## What limits this, and how to read it"], limits]
    if document.facts:
        facts = [f"| {_cell(name)} | {_cell(value)} |" for name, value in document.facts]
        parts += [["## About"], ["| what | value |", "| --- | --- |", *facts]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _block(block: Block, title: str) -> Iterator[list[str]]:
    if isinstance(block, TextBlock):
        if block.is_list:
            yield [f"- {_sentence(line)}" for line in block.sentences]
        else:
            yield from ([_sentence(line)] for line in block.sentences)
    elif isinstance(block, FactsBlock):
        yield [f"- {escaped(name)}: {escaped(value)}" for name, value in block.facts]
    elif isinstance(block, BesideBlock):
        for table in block.tables:
            yield from _block(table, title)
    elif isinstance(block, TableBlock) and block.rows:
        if block.title != title:
            yield [f"### {escaped(block.title)}"]
        yield [escaped(block.note)] if block.note else []
        yield [*_table(block)]
        rest = len(block.rows) - MOST_ROWS
        if rest > 0:
            yield [f"and {rest:,} more row{'s' if rest > 1 else ''} in the workbook and in `tables`."]


def _sentence(line: Sentence) -> str:
    return escaped(line.text)


def _table(table: TableBlock) -> Iterator[str]:
    kept = [place for place in range(len(table.columns)) if not is_blank(table, place)]
    columns = [table.columns[place] for place in kept]
    heads = [f"{column.title}, {column.unit}" if column.unit else column.title for column in columns]
    yield _line([_cell(head) for head in heads])
    yield _line(["--:" if is_numeric(column) else "---" for column in columns])
    for at, row in enumerate(texts(table)[:MOST_ROWS]):
        cells = ["<br>".join(map(_cell, cell_lines(table, at, place, row[place]))) for place in kept]
        yield _line([f"**{cell}**" if cell and at in table.bold else cell for cell in cells])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
