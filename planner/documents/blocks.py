"""What a document is before any medium draws it: sections of sentences, facts, tables and charts, each described once.

Content builds these blocks from finished tables; renderers draw them and know nothing of what they say. Numbers stay
numbers, and the form of their column says how people read them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from planner.documents.timeline import TimelineGroup
from planner.results.table import Cell, Table

Lines: TypeAlias = tuple[str, ...]
"""The lines of a cell; a line feed inside a text of the inputs is a character like any other."""
TableCell: TypeAlias = Cell | Lines
FOLLOWS = "→ "
"""How a line of a cell begins that tells what follows from the others; media set it back."""


@enum.unique
class Form(enum.Enum):
    """How the numbers of a column are shown."""

    TEXT = "text"
    MUSD = "USD million"
    MUSD_CHANGE = "USD million, with its sign"
    PERCENT = "per cent"
    """The cell holds a fraction."""
    PERCENT_CHANGE = "per cent, with its sign"
    """The cell holds a fraction."""
    SHARE = "per cent, with one decimal"
    """The cell holds a fraction."""
    NUMBER = "number"
    NUMBER_CHANGE = "number, with its sign"
    COUNT = "count"
    COUNT_CHANGE = "count, with its sign"
    EXACT = "number, with all its digits"
    AMOUNT = "amount, with the digits that money has"
    QUANTITY = "quantity, each with the digits of its own size"


@enum.unique
class Medium(enum.Enum):
    """Where a section or a headline appears."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    PAGE = "page"
    SUMMARY = "first sheet of the workbook"
    SHEETS = "sheets of the workbook"
    SLIDES = "slides"


EVERYWHERE = frozenset(Medium)


@enum.unique
class Tone(enum.Enum):
    """How a sentence is meant: its colour and mark in each medium."""

    PLAIN = "plain"
    GOOD = "good"
    CARE = "care"
    STRONG = "strong"
    FAINT = "faint"


@dataclass(frozen=True)
class Column:
    """One column: its name in the CSV file, its heading, unit and form; `width` in characters of a sheet.

    `ends` name the columns with the ends between which a difference of this column is proven to lie. Where there is
    no room for all columns, those with the highest `spare` are left out first; 0 is kept. `has_leads` stresses the
    first word of each line, and makes the table a list: there, what has no room is shown in the lines. `has_bars` draws
    the numbers as bars where a medium can. `meaning` explains the column.
    """

    name: str
    title: str
    form: Form = Form.TEXT
    unit: str = ""
    width: int = 14
    ends: tuple[str, str] | None = None
    spare: int = 0
    has_leads: bool = False
    has_bars: bool = False
    meaning: str = ""


@enum.unique
class Rule(enum.Enum):
    """How a number follows from others."""

    DIFFERENCE = "difference"
    """The first less the second."""
    SHARE = "share"
    """The first divided by the size of the second."""
    LARGEST = "largest"
    MEAN = "mean"
    LINK = "link"
    """The one number itself, which stands elsewhere."""
    WEIGHTED = "weighted mean"
    """The mean of numbers, each followed by its weight; numbers and weights stand in a column each."""


@dataclass(frozen=True)
class Ref:
    """A number of a document: a cell of a table by row and column, or a constant by name where `table` is blank."""

    table: str
    row: int = 0
    column: int = 0
    name: str = ""


@dataclass(frozen=True)
class Derived:
    """A number that is computed from others where the medium can do so; `says` tells in words how."""

    rule: Rule
    of: tuple[Ref, ...]
    value: float
    says: str


@dataclass(frozen=True)
class TableBlock:
    """One table. `note` says in a sentence how to read it.

    `bold` tells rows to stress by number, `quiet` cells by row and column that are no finding, `alerts` cells that
    fall short of something, `derived` numbers that follow from others. `forms` tells the form of the numbers of a row
    where it is not that of their columns; columns of changes show them with their sign, and shares in points. A cell of
    text may hold several lines.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    bold: frozenset[int] = frozenset()
    quiet: frozenset[tuple[int, int]] = frozenset()
    derived: Mapping[tuple[int, int], Derived] = field(default_factory=dict)
    forms: Mapping[int, Form] = field(default_factory=dict)
    alerts: frozenset[tuple[int, int]] = frozenset()
    file: str = ""
    """The result table that has all of its rows, where that is not one of its own name."""

    @property
    def is_list(self) -> bool:
        """True where lines of text are what the table is about."""
        return any(column.has_leads for column in self.columns)

    def records(self) -> list[dict[str, Cell]]:
        """Returns each row as a dictionary by column, several lines as one text."""
        return list(self.plain().records())

    def plain(self) -> Table:
        """Returns the table as it is written to a CSV file."""
        rows = tuple(tuple("; ".join(cell) if isinstance(cell, tuple) else cell for cell in row) for row in self.rows)
        return Table(self.name, tuple(column.name for column in self.columns), rows)

    def place(self, name: str) -> int:
        """Returns the place of a column.

        Raises:
            KeyError: there is none of that name.
        """
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise KeyError(name)


@enum.unique
class ChartKind(enum.Enum):
    """What a chart shows, and how its columns are read."""

    BARS = "bars"
    """One bar a row: `x` a number (musd change), `y` the label; `colour` an optional text column."""
    TORNADO = "tornado"
    """Two bars a label from a shared zero: `x` number, `y` label, `colour` the end (low, high)."""
    HEATMAP = "heatmap"
    """A cell a row: `x` and `y` labels or numbers, `colour` a number, `mark` a text written in the cell."""
    HISTOGRAM = "histogram"
    """Distribution of the column `x` over the rows."""
    LINE = "line"
    """`x` number or label, `y` number, `colour` an optional series."""
    SCATTER = "scatter"
    """`x` and `y` numbers, `colour` an optional text."""
    COLUMNS = "columns"
    """Columns side by side: `x` a label, `y` a number, `colour` the series."""
    STACK = "stack"
    """Stacked columns: `x` a label, `y` a number, `colour` the series, `panel` an optional column of small multiples.

    `mark` names a column of numbers that are drawn as dashes over the columns: what is allowed or available. `whole`
    names one with the height of a column.
    """
    DISTRIBUTION = "distribution"
    """A cumulative distribution: `x` a number, `y` the share up to it, `colour` an optional label of each point."""
    FAN = "fan"
    """`x` a label, `y` a number that is drawn as a line, `colour` its series, with `bands` between two other columns.

    `panel` is an optional column of small multiples.
    """
    TREE = "tree"
    """The scenario tree: rows with branch, parent, start, end, title, says and chance; `labels` are the periods."""


@dataclass(frozen=True)
class ChartBlock:
    """One chart over the rows of a table; `reference` draws a line at a value of the number axis.

    A heatmap draws the frontier between cells whose `mark` differs. `palette` gives the colour of each series, in the
    order of stacking, and of bars by their label. `labels` are those of `x` in their order. `is_share` fixes the axis
    of numbers at 0 to 100 %, `is_lying` lays columns flat, `is_tabulated` says that a table beside
    the chart has its numbers. `source` names the files that it is drawn from. `rules` are values that are marked on the
    axis of numbers, each with its label and the cell that it stands in; `bands` have the columns of their lower and
    upper ends and their label; `line` is the label of a line without a series.
    """

    name: str
    title: str
    kind: ChartKind
    table: str
    x: str
    y: str = ""
    colour: str = ""
    mark: str = ""
    reference: float | None = None
    note: str = ""
    panel: str = ""
    whole: str = ""
    labels: tuple[str, ...] = ()
    palette: Mapping[str, str] = field(default_factory=dict)
    is_share: bool = False
    is_lying: bool = False
    is_tabulated: bool = False
    source: tuple[str, ...] = ()
    rules: tuple[tuple[str, Ref], ...] = ()
    bands: tuple[tuple[str, str, str], ...] = ()
    line: str = ""


@dataclass(frozen=True)
class TimelineBlock:
    """What happens when: groups of rows over periods; `table` lists the same as text."""

    name: str
    title: str
    note: str
    labels: tuple[str, ...]
    groups: tuple[TimelineGroup, ...]
    table: TableBlock
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tile:
    """One figure that is read first: its label, its value as text, its unit."""

    label: str
    value: str
    unit: str


@dataclass(frozen=True)
class Sentence:
    """A sentence, how it is meant, and, among the headlines of a document, in which media it appears."""

    text: str
    tone: Tone = Tone.PLAIN
    media: frozenset[Medium] = EVERYWHERE


@dataclass(frozen=True)
class TextBlock:
    """Sentences: a paragraph each, or the points of a list."""

    sentences: tuple[Sentence, ...]
    is_list: bool = False


@dataclass(frozen=True)
class FactsBlock:
    """Names and values, as about a run."""

    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BesideBlock:
    """Tables that stand side by side where there is room."""

    tables: tuple[TableBlock, ...]


Block: TypeAlias = TextBlock | FactsBlock | TableBlock | ChartBlock | TimelineBlock | BesideBlock


@dataclass(frozen=True)
class Section:
    """A part of a document; `name` is its anchor, `short` its entry in a list of sections."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    short: str = ""
    media: frozenset[Medium] = EVERYWHERE
    is_folded: bool = False
    """True where a page shows its tables only when asked to."""
    claim: str = ""
    """What it says, in a sentence: the title of its slide."""
    details: tuple[TableBlock, ...] = ()
    """Tables that only a medium with room for all shows, and only when asked to."""
    is_continued: bool = False
    """True for a part of the section before it, which has no entry of its own in a list of sections."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document: what it is about, what a board reads first, its sections, what limits it, and where it is from.

    `tiles` are the figures that are read first, `claim` is the plan in a line. `data` are tables that charts are drawn
    from and that no section shows. `constants` are numbers that derived cells refer to: title, unit and value by name.
    """

    kind: str
    title: str
    subject: str
    """What it is about: the name of a case."""
    source: str
    """What it was made from or is part of: a run or study, by name."""
    headlines: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    how_to_read: tuple[str, ...] = ()
    constants: Mapping[str, tuple[str, str, float]] = field(default_factory=dict)
    footer: str = ""
    tiles: tuple[Tile, ...] = ()
    claim: str = ""
    data: tuple[TableBlock, ...] = ()

    def tables(self, *media: Medium) -> Iterator[TableBlock]:
        """Yields the tables that appear in one of some media, or in any, each once."""
        seen = set()
        for section in self.sections_in(*media):
            for block in (*section.blocks, *section.details):
                for table in block.tables if isinstance(block, BesideBlock) else (block,):
                    if isinstance(table, TableBlock) and table.name not in seen:
                        seen.add(table.name)
                        yield table

    def charts(self, *media: Medium) -> Iterator[ChartBlock]:
        """Yields the charts that appear in one of some media, or in any."""
        yield from (block for block in self.drawings(*media) if isinstance(block, ChartBlock))

    def drawings(self, *media: Medium) -> Iterator[ChartBlock | TimelineBlock]:
        """Yields the charts and timelines that appear in one of some media, or in any, each once."""
        seen = set()
        for section in self.sections_in(*media):
            for block in section.blocks:
                if isinstance(block, ChartBlock | TimelineBlock) and block.name not in seen:
                    seen.add(block.name)
                    yield block

    def headlines_in(self, medium: Medium) -> list[Sentence]:
        """Returns the headlines that appear in a medium."""
        return [line for line in self.headlines if medium in line.media]

    def sections_in(self, *media: Medium) -> Iterator[Section]:
        """Yields the sections that appear in one of some media, or all."""
        return (section for section in self.sections if not media or section.media & set(media))

    def table(self, name: str) -> TableBlock:
        """Returns a table by name.

        Raises:
            KeyError: there is none.
        """
        for table in (*self.tables(), *self.data):
            if table.name == name:
                return table
        raise KeyError(name)


def rows_of(records: Sequence[Mapping[str, Cell]], columns: Sequence[Column]) -> tuple[tuple[Cell, ...], ...]:
    """Returns records as the rows of columns; what a record lacks is blank."""
    return tuple(tuple(record.get(column.name) for column in columns) for record in records)
