"""What charts over scenarios draw, the same for every medium: a cumulative distribution, bands over time, the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.documents.blocks import ChartBlock, Document, Form, Ref
from planner.documents.cell_text import number, shapes, shown
from planner.documents.chart_data import column, money_unit
from planner.documents.colours import ACCENT, ALERT, BANDS, INK, SERIES_COLOURS, WARN

_RULE_COLOURS = (INK, ALERT, WARN)


@dataclass(frozen=True)
class Step:
    """A point of a cumulative distribution: up to `x` lies the share `y`."""

    x: float
    y: float
    x_text: str
    y_text: str
    label: str
    row: int


@dataclass(frozen=True)
class Reference:
    """A value that is marked on an axis, and the cell that it stands in."""

    label: str
    value: float
    text: str
    colour: str
    cell: Ref


@dataclass(frozen=True)
class Band:
    """A stretch between two numbers at each label, with the rows that they stand in."""

    name: str
    colour: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    columns: tuple[str, str]


@dataclass(frozen=True)
class FanLine:
    """A line over labels; None where it has no number."""

    name: str
    colour: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    rows: tuple[int | None, ...]


@dataclass(frozen=True)
class Fan:
    """Bands and lines over labels; `rows` are those of the table at the labels where there are bands."""

    panel: str
    labels: tuple[str, ...]
    bands: tuple[Band, ...]
    lines: tuple[FanLine, ...]
    rows: tuple[int, ...]
    factor: float
    unit: str
    is_share: bool

    @property
    def values(self) -> list[float]:
        """All numbers of bands and lines, scaled."""
        found = [value for line in self.lines for value in line.values if value is not None]
        return [*found, *(value for band in self.bands for value in (*band.low, *band.high))]


@dataclass(frozen=True)
class DrawnBranch:
    """A branch of the tree: from where to where along time, how high, where it parts from, and what it is called."""

    start: float
    end: float
    height: float
    parent_height: float | None
    title: str
    says: str
    chance: float
    row: int


@dataclass(frozen=True)
class TreePicture:
    """The branches of a scenario tree; heights count from the top, 0 to `count` − 1."""

    labels: tuple[str, ...]
    branches: tuple[DrawnBranch, ...]
    count: int


def steps_of(document: Document, chart: ChartBlock) -> list[Step]:
    """Returns the points of a cumulative distribution, the least first."""
    table = document.table(chart.table)
    x, y = column(table, chart.x)[0], column(table, chart.y)[0]
    label = column(table, chart.colour)[0] if chart.colour else None
    found = []
    for at, (row, shape) in enumerate(zip(table.rows, shapes(table), strict=True)):
        across, up = number(row[x]), number(row[y])
        if across is not None and up is not None:
            name = "" if label is None else str(row[label])
            found.append(Step(across, up, shown(row[x], shape[x]), shown(row[y], shape[y]), name, at))
    return sorted(found, key=lambda step: (step.x, step.y))


def references_of(document: Document, chart: ChartBlock) -> list[Reference]:
    """Returns the values that a chart marks on the axis of numbers."""
    found = []
    for place, (label, cell) in enumerate(chart.rules):
        table = document.table(cell.table)
        value = number(table.rows[cell.row][cell.column])
        if value is not None:
            text = shown(value, shapes(table)[cell.row][cell.column])
            found.append(Reference(label, value, text, _RULE_COLOURS[place % len(_RULE_COLOURS)], cell))
    return found


def fans_of(document: Document, chart: ChartBlock) -> list[Fan]:
    """Returns the bands and lines of each panel of a chart, in the order of the table."""
    table = document.table(chart.table)
    (x, _), (y, up) = column(table, chart.x), column(table, chart.y)
    panel = column(table, chart.panel)[0] if chart.panel else None
    rows: dict[str, list[int]] = {}
    for at, row in enumerate(table.rows):
        if number(row[y]) is not None:
            rows.setdefault("" if panel is None else str(row[panel]), []).append(at)
    return [_fan(document, chart, name, own, (x, y), up.form) for name, own in rows.items()]


def _fan(
    document: Document, chart: ChartBlock, panel: str, rows: Sequence[int], places: tuple[int, int], form: Form
) -> Fan:
    table = document.table(chart.table)
    x, y = places
    shape, by = shapes(table), column(table, chart.colour)[0] if chart.colour else None
    labels = chart.labels or tuple(dict.fromkeys(str(table.rows[at][x]) for at in rows))
    ends = [y, *(column(table, name)[0] for low, high, _ in chart.bands for name in (low, high))]
    most = max((abs(number(table.rows[at][place]) or 0.0) for at in rows for place in ends), default=0.0)
    factor, unit = money_unit(most) if form is Form.MUSD else (1.0, column(table, chart.y)[1].unit)
    series: dict[str, dict[str, int]] = {}
    for at in rows:
        series.setdefault(chart.line if by is None else str(table.rows[at][by]), {})[str(table.rows[at][x])] = at
    free = [name for name in series if name not in chart.palette]
    shades = {name: SERIES_COLOURS[place % len(SERIES_COLOURS)] for place, name in enumerate(free)}
    first = next(iter(series.values()), {})
    known = tuple(label for label in labels if label in first)
    # Bands have both ends at every label that they have.
    labels = known if chart.bands else labels
    lines = []
    for name, own in series.items():
        at_label = tuple(own.get(label) for label in labels)
        lines.append(
            FanLine(
                name,
                chart.palette.get(name, ACCENT if by is None else shades.get(name, ACCENT)),
                tuple(None if at is None else (number(table.rows[at][y]) or 0.0) * factor for at in at_label),
                tuple("" if at is None else shown(table.rows[at][y], shape[at][y]) for at in at_label),
                at_label,
            )
        )
    bands = []
    for place, (low, high, name) in enumerate(chart.bands):
        pair = (column(table, low)[0], column(table, high)[0])
        values = [tuple((number(table.rows[first[label]][end]) or 0.0) * factor for label in known) for end in pair]
        bands.append(Band(name, BANDS[place % len(BANDS)], values[0], values[1], (low, high)))
    is_share = form in (Form.PERCENT, Form.SHARE)
    return Fan(panel, labels, tuple(bands), tuple(lines), tuple(first[name] for name in known), factor, unit, is_share)


def tree_of(document: Document, chart: ChartBlock) -> TreePicture:
    """Returns the picture of a tree from rows with branch, parent and ends; a parent stands amid its branches."""
    table = document.table(chart.table)
    places = {name: column(table, name)[0] for name in ("branch", "parent", "start", "end", "title", "says", "chance")}

    def text(at: int, name: str) -> str:
        cell = table.rows[at][places[name]]
        return "" if cell is None else str(cell)

    children: dict[str, list[int]] = {}
    for at in range(len(table.rows)):
        children.setdefault(text(at, "parent"), []).append(at)
    heights: dict[int, float] = {}
    leaves = 0

    def place(at: int) -> float:
        nonlocal leaves
        below = [place(child) for child in children.get(text(at, "branch"), [])]
        if below:
            heights[at] = (below[0] + below[-1]) / 2
        else:
            heights[at] = float(leaves)
            leaves += 1
        return heights[at]

    for root in children.get("", []):
        place(root)
    at_name = {text(at, "branch"): at for at in range(len(table.rows))}
    drawn = []
    for at, row in enumerate(table.rows):
        above = at_name.get(text(at, "parent"))
        drawn.append(
            DrawnBranch(
                float(chart.labels.index(text(at, "start"))),
                float(chart.labels.index(text(at, "end")) + 1),
                heights[at],
                None if above is None else heights[above],
                text(at, "title"),
                text(at, "says"),
                number(row[places["chance"]]) or 0.0,
                at,
            )
        )
    return TreePicture(chart.labels, tuple(drawn), max(1, leaves))
