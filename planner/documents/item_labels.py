"""Ids become labels in a document: in whole cells and wherever an id stands as a word of its own.

This is the one place where documents show an item by its label. Tables in files keep ids; so do commands, paths, names
of decisions such as `tape_out:own_chip`, and the tables of inputs, which show the column of labels themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from planner.documents.blocks import (
    BesideBlock,
    Block,
    ChartBlock,
    Document,
    FactsBlock,
    Section,
    Sentence,
    TableBlock,
    TableCell,
    TextBlock,
    TimelineBlock,
)
from planner.documents.line_items import Constant, LineItem
from planner.documents.live_workbook import (
    AnySheet,
    Check,
    EventRow,
    FirstSheet,
    ItemChart,
    LineSheet,
    LiveWorkbook,
    PartTitle,
    Remark,
    Row,
    SheetNumber,
    TableSheet,
)
from planner.documents.timeline import TimelineRow

INPUTS = "input_"
"""How the names of tables begin that show inputs as they were given."""
_WORD = re.compile(r"(?<![\w.:\\-])\w+")
_LAST_WORD, _NEXT_WORD = re.compile(r"(\w+)\W+$"), re.compile(r"\W+(\w+)")
_GOES_ON = re.compile(r"\w|[-.:\\]\w")
"""What after an id makes it a part of something longer."""
_ITEMS = frozenset(("item", "name", "decision", "contract", "subject", "future", "of", "counterparty"))
"""Columns that hold ids of several tables."""


@dataclass(frozen=True)
class ItemLabels:
    """The labels of ids.

    `others` are ids without a label, in which no part is taken for another id; `in_columns` are ids that are words for
    something else in sentences, and are shown by their labels in `columns` alone.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    in_columns: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    neighbours: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Of an id that is also a word of the documents, the words before and after that word; blank for any."""

    def __post_init__(self) -> None:
        leads: dict[str, list[str]] = {}
        for name in self.labels.keys() | self.others:
            if (found := _WORD.match(name)) and name not in self.in_columns:
                leads.setdefault(found[0], []).append(name)
        for names in leads.values():
            names.sort(key=len, reverse=True)
        object.__setattr__(self, "_leads", leads)
        object.__setattr__(self, "_seen", {})

    def __bool__(self) -> bool:
        return bool(self.labels)

    def text(self, text: str) -> str:
        """Returns a sentence with the labels of the ids in it.

        >>> ItemLabels({"gb300": "GB300 rack"}, frozenset({"gb300_list"})).text("order 64 gb300, not gb300_list")
        'order 64 GB300 rack, not gb300_list'
        """
        seen: dict[str, str] = self._seen  # type: ignore[attr-defined]
        known = seen.get(text)
        if known is None:
            known = seen[text] = self._replaced(text)
        return known

    def cell(self, value: TableCell, column: str) -> TableCell:
        """Returns a cell of a column: an id as its label, sentences with the labels in them, numbers as they are."""
        if isinstance(value, tuple):
            return tuple(map(self.text, value))
        if not isinstance(value, str):
            return value
        if value in self.in_columns:
            return self.labels.get(value, value) if column in self.columns or column in _ITEMS else value
        return self.labels[value] if value in self.labels else self.text(value)

    def _replaced(self, text: str) -> str:
        leads: dict[str, list[str]] = self._leads  # type: ignore[attr-defined]
        parts, done = [], 0
        for found in _WORD.finditer(text):
            start = found.start()
            if start < done:
                continue
            for name in leads.get(found[0], ()):
                end = start + len(name)
                if text.startswith(name, start) and not (_GOES_ON.match(text, end) or self._is_word(name, text, start)):
                    parts += [text[done:start], self.labels.get(name, name)]
                    done = end
                    break
        return "".join([*parts, text[done:]]) if parts else text

    def _is_word(self, name: str, text: str, start: int) -> bool:
        """True where an id stands between the words between which it is a word of the documents."""
        if name not in self.neighbours:
            return False
        before, after = _LAST_WORD.search(text[:start]), _NEXT_WORD.match(text, start + len(name))
        beside = before[1] if before else "", after[1] if after else ""
        return any(
            all(word in ("", own) for word, own in zip(pair, beside, strict=True)) for pair in self.neighbours[name]
        )


def labelled(document: Document, labels: ItemLabels) -> Document:
    """Returns a document that shows items by their labels; the very document where there are none."""
    if not labels:
        return document
    return replace(
        document,
        headlines=_sentences(document.headlines, labels),
        sections=tuple(_section(section, labels) for section in document.sections),
        notes=_texts(document.notes, labels),
        how_to_read=_texts(document.how_to_read, labels),
        tiles=tuple(
            replace(tile, label=labels.text(tile.label), value=labels.text(tile.value), unit=labels.text(tile.unit))
            for tile in document.tiles
        ),
        claim=labels.text(document.claim),
        data=tuple(labelled_table(table, labels) for table in document.data),
    )


def labelled_table(table: TableBlock, labels: ItemLabels) -> TableBlock:
    """Returns a table that shows items by their labels; one of inputs stays as it is."""
    if table.name.startswith(INPUTS):
        return table
    columns = [
        replace(column, title=labels.text(column.title), meaning=labels.text(column.meaning))
        for column in table.columns
    ]
    rows = tuple(
        tuple(labels.cell(cell, column.name) for cell, column in zip(row, columns, strict=True)) for row in table.rows
    )
    derived = {at: replace(one, says=labels.text(one.says)) for at, one in table.derived.items()}
    title, note = labels.text(table.title), labels.text(table.note)
    return replace(table, title=title, note=note, columns=tuple(columns), rows=rows, derived=derived)


def labelled_chart(chart: ChartBlock, labels: ItemLabels) -> ChartBlock:
    """Returns a chart whose labels and series are named as the cells of its table are."""
    return replace(
        chart,
        title=labels.text(chart.title),
        note=labels.text(chart.note),
        labels=tuple(str(labels.cell(label, chart.x)) for label in chart.labels),
        palette={str(labels.cell(name, chart.colour)): colour for name, colour in chart.palette.items()},
        rules=tuple((labels.text(name), ref) for name, ref in chart.rules),
        line=labels.text(chart.line),
    )


def labelled_workbook(book: LiveWorkbook, labels: ItemLabels) -> LiveWorkbook:
    """Returns a workbook with live formulas that shows items by their labels; sheets of inputs stay as they are.

    Rows refer to each other, so they are renamed where they stand.
    """
    if not labels:
        return book
    return replace(book, sheets=tuple(_sheet(sheet, labels) for sheet in book.sheets))


def _sheet(sheet: AnySheet, labels: ItemLabels) -> AnySheet:
    if isinstance(sheet, LineSheet):
        sheet.title = labels.text(sheet.title)
        sheet.rows[:] = [_line(row, labels) for row in sheet.rows]
        return sheet
    if isinstance(sheet, FirstSheet):
        rows = tuple(
            labels.text(row) if isinstance(row, str) else tuple(_first_cell(cell, labels) for cell in row)
            for row in sheet.rows
        )
        figures = tuple((labels.text(label), number, labels.text(unit)) for label, number, unit in sheet.figures)
        charts = tuple(_item_chart(chart, labels) for chart in sheet.charts)
        return replace(sheet, figures=figures, rows=rows, charts=charts, after=_texts(sheet.after, labels))
    if isinstance(sheet, TableSheet):
        tables = tuple(labelled_table(table, labels) for table in sheet.tables)
        return replace(sheet, tables=tables, charts=tuple(labelled_chart(chart, labels) for chart in sheet.charts))
    return sheet


def _line(row: Row, labels: ItemLabels) -> Row:
    if isinstance(row, LineItem | Constant | Check):
        row.label, row.note = str(labels.cell(row.label, "item")), labels.text(row.note)
        return row
    if isinstance(row, EventRow):
        words = {at: (labels.text(word), is_event) for at, (word, is_event) in row.words.items()}
        return EventRow(str(labels.cell(row.label, "item")), words, labels.text(row.note))
    if isinstance(row, PartTitle):
        return PartTitle(str(labels.cell(row.title, "item")))
    return Remark(labels.text(row.text))


def _first_cell(cell: str | SheetNumber | None, labels: ItemLabels) -> str | SheetNumber | None:
    return labels.text(cell) if isinstance(cell, str) else cell


def _item_chart(chart: ItemChart, labels: ItemLabels) -> ItemChart:
    series = {str(labels.cell(name, chart.chart.colour)): line for name, line in chart.series.items()}
    return replace(
        chart, chart=labelled_chart(chart.chart, labels), series=series, line_name=labels.text(chart.line_name)
    )


def _section(section: Section, labels: ItemLabels) -> Section:
    return replace(
        section,
        title=labels.text(section.title),
        short=labels.text(section.short),
        claim=labels.text(section.claim),
        blocks=tuple(_block(block, labels) for block in section.blocks),
        details=tuple(labelled_table(table, labels) for table in section.details),
    )


def _block(block: Block, labels: ItemLabels) -> Block:
    if isinstance(block, TextBlock):
        return replace(block, sentences=_sentences(block.sentences, labels))
    if isinstance(block, FactsBlock):
        return replace(block, facts=tuple((labels.text(name), labels.text(value)) for name, value in block.facts))
    if isinstance(block, BesideBlock):
        return replace(block, tables=tuple(labelled_table(table, labels) for table in block.tables))
    if isinstance(block, TableBlock):
        return labelled_table(block, labels)
    if isinstance(block, ChartBlock):
        return labelled_chart(block, labels)
    return _timeline(block, labels)


def _timeline(block: TimelineBlock, labels: ItemLabels) -> TimelineBlock:
    groups = tuple(
        replace(group, title=labels.text(group.title), rows=tuple(_row(row, labels) for row in group.rows))
        for group in block.groups
    )
    title, note = labels.text(block.title), labels.text(block.note)
    return replace(block, title=title, note=note, groups=groups, table=labelled_table(block.table, labels))


def _row(row: TimelineRow, labels: ItemLabels) -> TimelineRow:
    bars = [replace(bar, label=labels.text(bar.label), says=labels.text(bar.says)) for bar in row.bars]
    marks = [replace(mark, label=labels.text(mark.label)) for mark in row.marks]
    return replace(row, name=str(labels.cell(row.name, "item")), bars=bars, marks=marks)


def _sentences(sentences: Iterable[Sentence], labels: ItemLabels) -> tuple[Sentence, ...]:
    return tuple(replace(sentence, text=labels.text(sentence.text)) for sentence in sentences)


def _texts(texts: Iterable[str], labels: ItemLabels) -> tuple[str, ...]:
    return tuple(map(labels.text, texts))


__all__ = ["ItemLabels", "labelled", "labelled_chart", "labelled_table", "labelled_workbook"]
