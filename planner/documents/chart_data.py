"""What a chart draws, the same for every medium: bars, ends, bins, points and cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner.documents.blocks import ChartBlock, Column, Document, Form, TableBlock, TableCell
from planner.documents.cell_text import number, shapes, shown
from planner.documents.colours import SERIES_COLOURS

MOST_BARS = 30
MOST_INPUTS = 20
_MOST_BINS = 24
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_BILLIONS_FROM = 10_000.0


@dataclass(frozen=True)
class Bar:
    """One bar: its label, value as number and text, whether it lies within the gaps, and its row in the table."""

    label: str
    value: float
    text: str
    word: str
    is_quiet: bool
    row: int


@dataclass(frozen=True)
class Swing:
    """The ends of one input: bars by end, with what the input is there."""

    label: str
    ends: dict[str, Bar]

    @property
    def is_split(self) -> bool:
        """True where the ends lie on both sides of zero."""
        values = [bar.value for bar in self.ends.values()]
        return min(values) <= 0 <= max(values)


@dataclass(frozen=True)
class Slice:
    """One number of a stack: its panel, label and series, as number and text; beside it the mark and the whole."""

    panel: str
    label: str
    series: str
    value: float
    text: str
    mark: float | None
    mark_text: str
    whole: float | None
    whole_text: str


@dataclass(frozen=True)
class Square:
    """One cell of a map: its place from the left and from the top, value, texts, and its row in the table."""

    across: int
    down: int
    value: float | None
    text: str
    mark: str
    row: int


@dataclass(frozen=True)
class Map:
    """A map: the labels of its columns and rows, the first row on top, and its squares.

    `is_grid` is true where both axes are numbers; then neighbours with different marks have a border between them.
    """

    across: tuple[str, ...]
    down: tuple[str, ...]
    squares: tuple[Square, ...]
    is_grid: bool

    @property
    def values(self) -> list[float]:
        """The values that are known."""
        return [square.value for square in self.squares if square.value is not None]

    def borders(self) -> list[tuple[Square, Square]]:
        """Returns neighbouring squares of a grid whose marks differ: left and right, or upper and lower."""
        if not self.is_grid:
            return []
        known = {(square.across, square.down): square for square in self.squares}
        pairs = [
            (square, known.get(place))
            for (i, j), square in known.items()
            for place in ((i + 1, j), (i, j + 1))
        ]  # fmt: skip
        return [(one, other) for one, other in pairs if other is not None and one.mark != other.mark]


def column(table: TableBlock, name: str) -> tuple[int, Column]:
    """Returns a column of a table with its place.

    Raises:
        KeyError: there is none.
    """
    for place, own in enumerate(table.columns):
        if own.name == name:
            return place, own
    raise KeyError(name)


def bars_of(document: Document, chart: ChartBlock) -> list[Bar]:
    """Returns the bars of a chart, the largest value first; rows without a value are left out."""
    table = document.table(chart.table)
    found = _bars(table, chart, chart.y)
    return sorted(found, key=lambda bar: -bar.value)


def slices_of(document: Document, chart: ChartBlock) -> list[Slice]:
    """Returns the numbers of a stack in the order of its table; rows without a number are left out."""
    table = document.table(chart.table)
    places = {
        part: column(table, name)[0] if name else None
        for part, name in (
            ("panel", chart.panel), ("x", chart.x), ("y", chart.y), ("by", chart.colour), ("mark", chart.mark),
            ("whole", chart.whole),
        )
    }  # fmt: skip
    shape = shapes(table)

    def cell(at: int, part: str) -> tuple[TableCell, str]:
        place = places[part]
        return (None, "") if place is None else (table.rows[at][place], shown(table.rows[at][place], shape[at][place]))

    found = []
    for at in range(len(table.rows)):
        value, text = cell(at, "y")
        amount = number(value)
        if amount is not None:
            panel, label, series = (cell(at, part)[1] for part in ("panel", "x", "by"))
            (mark, mark_text), (whole, whole_text) = cell(at, "mark"), cell(at, "whole")
            found.append(Slice(panel, label, series, amount, text, number(mark), mark_text, number(whole), whole_text))
    return found


def labels_of(chart: ChartBlock, slices: Sequence[Slice]) -> tuple[str, ...]:
    """Returns the labels of a stack in their order."""
    return chart.labels or tuple(dict.fromkeys(part.label for part in slices))


def palette_of(chart: ChartBlock, slices: Sequence[Slice]) -> dict[str, str]:
    """Returns the colours of the series of a stack that have a number, in the order of stacking.

    Series without a colour of their own take turns.
    """
    seen = list(dict.fromkeys(part.series for part in slices if part.value))
    found = {name: shade for name, shade in chart.palette.items() if name in seen}
    others = [name for name in seen if name not in found]
    return found | {name: SERIES_COLOURS[place % len(SERIES_COLOURS)] for place, name in enumerate(others)}


def marks_of(slices: Sequence[Slice]) -> dict[tuple[str, str], tuple[float, str]]:
    """Returns the marks over the columns of a stack as number and text, by panel and label."""
    return {(part.panel, part.label): (part.mark, part.mark_text) for part in slices if part.mark is not None}


def tallest(slices: Sequence[Slice]) -> float:
    """Returns how high the columns and marks of a stack reach."""
    ups: dict[tuple[str, str], float] = {}
    for part in slices:
        ups[part.panel, part.label] = ups.get((part.panel, part.label), 0.0) + max(0.0, part.value)
    return max([*ups.values(), *(mark for mark, _ in marks_of(slices).values())], default=0.0)


def scale_of(own: Column, most: float) -> tuple[float, str]:
    """Returns what to multiply numbers of a column by where the largest is `most`, and the unit that comes of it."""
    return money_unit(most) if own.form is Form.MUSD else (1.0, own.unit)


def money_unit(most_musd: float) -> tuple[float, str]:
    """Returns what to multiply USD million by, and the unit that comes of it.

    >>> money_unit(250.0), money_unit(66_700.0)
    ((1.0, 'USD million'), (0.001, 'USD billion'))
    """
    return (0.001, "USD billion") if most_musd >= _BILLIONS_FROM else (1.0, "USD million")


def swings_of(document: Document, chart: ChartBlock) -> list[Swing]:
    """Returns the inputs of a tornado, the widest first."""
    table = document.table(chart.table)
    end, _ = column(table, chart.colour)
    rows: dict[str, dict[str, Bar]] = {}
    for bar in _bars(table, chart, chart.y):
        rows.setdefault(bar.label, {})[str(table.rows[bar.row][end])] = bar
    swings = [Swing(label, ends) for label, ends in rows.items()]
    return sorted(swings, key=lambda swing: -_width(swing))


def end_text(table: TableBlock, bar: Bar, end: str) -> str:
    """Returns what stands beside an end of a tornado: the end, and the value of the input where the table has it."""
    try:
        place, _ = column(table, "at")
    except KeyError:
        return end
    return f"{end} {table.rows[bar.row][place]}"


def bins_of(values: Sequence[float]) -> list[tuple[float, float, int]]:
    """Returns the bins of a histogram with round borders: from, to, and how many values lie in it.

    >>> bins_of([1.0, 1.1, 3.9])
    [(1.0, 2.0, 2), (2.0, 3.0, 0), (3.0, 4.0, 1)]
    """
    if not values:
        return []
    low, high = min(values), max(values)
    wanted = max(3, min(_MOST_BINS, math.ceil(2 * len(values) ** (1 / 2))))
    span = high - low or abs(high) or 1.0
    step = round_step(span / wanted)
    first = math.floor(low / step + 1e-9)
    last = max(first, math.ceil(high / step - 1e-9) - 1)
    counts = [0] * (last - first + 1)
    for value in values:
        counts[min(last, max(first, math.floor(value / step + 1e-9))) - first] += 1
    # Borders are multiples of a round step; rounding takes the noise of the multiplication off.
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [
        (round((first + i) * step, digits), round((first + i + 1) * step, digits), count)
        for i, count in enumerate(counts)
    ]


def round_step(rough: float) -> float:
    """Returns the next round number from a size on: 1, 2, 2.5 or 5 times a power of ten."""
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in _STEPS if step * size >= rough * (1 - 1e-9))


def map_of(document: Document, chart: ChartBlock) -> Map:
    """Returns the map of a chart: numbers rise to the right and upwards, labels stand in the order of the table."""
    table = document.table(chart.table)
    x, y = column(table, chart.x)[0], column(table, chart.y)[0]
    value, mark = column(table, chart.colour)[0], column(table, chart.mark)[0] if chart.mark else None
    is_grid = all(number(row[place]) is not None for row in table.rows for place in (x, y))
    across = _values(table, x, is_number=is_grid)
    down = _values(table, y, is_number=is_grid)
    if is_grid:
        down.reverse()
    shape = shapes(table)
    squares = tuple(
        Square(
            across.index(row[x]), down.index(row[y]), number(row[value]), shown(row[value], shape[at][value]),
            "" if mark is None else str(row[mark] or ""), at,
        )
        for at, row in enumerate(table.rows)
    )  # fmt: skip
    return Map(_labels(across), _labels(down), squares, is_grid)


def variants_of(document: Document, chart: ChartBlock) -> list[tuple[str, str]]:
    """Returns what the marks of a map stand for, where its table says which decisions are taken; the first row each."""
    table = document.table(chart.table)
    try:
        decisions, mark = column(table, "decisions")[0], column(table, chart.mark)[0]
    except KeyError:
        return []
    decision_by_mark: dict[str, str] = {}
    for row in table.rows:
        if row[mark] and row[decisions]:
            decision_by_mark.setdefault(str(row[mark]), str(row[decisions]))
    return sorted(decision_by_mark.items(), key=lambda pair: (len(pair[0]), pair[0]))


def axis_title(own: Column) -> str:
    """Returns the title of an axis: the heading of a column with its unit."""
    unit = own.unit or ("%" if own.form is Form.PERCENT else "")
    return f"{own.title}, {unit}" if unit else own.title


def _bars(table: TableBlock, chart: ChartBlock, label: str) -> list[Bar]:
    x, y = column(table, chart.x)[0], column(table, label)[0]
    word = next((place for place, own in enumerate(table.columns) if own.name == "finding"), None)
    found = []
    for at, (row, shape) in enumerate(zip(table.rows, shapes(table), strict=True)):
        value = number(row[x])
        if value is not None:
            said = "" if word is None else str(row[word] or "")
            found.append(Bar(str(row[y]), value, shown(row[x], shape[x]), said, (at, x) in table.quiet, at))
    return found


def _width(swing: Swing) -> float:
    values = [0.0, *(bar.value for bar in swing.ends.values())]
    return max(values) - min(values)


def _values(table: TableBlock, place: int, *, is_number: bool) -> list[TableCell]:
    found: list[TableCell] = list(dict.fromkeys(row[place] for row in table.rows))
    return sorted(found, key=lambda cell: number(cell) or 0.0) if is_number else found


def _labels(values: Sequence[TableCell]) -> tuple[str, ...]:
    """Returns labels that differ from each other, since places of a map are distinguished by them."""
    labels = tuple(f"{value:.4g}" if isinstance(value, float) else str(value) for value in values)
    return labels if len(set(labels)) == len(labels) else tuple(str(value) for value in values)
