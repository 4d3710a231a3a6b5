"""Which cells of a study's tables are formulas: differences of two cells, and sums over a row; the rest is values.

A rule holds in a cell only where it comes to the value that the study tells; otherwise the value itself is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_rowcol_to_cell

from planner.export.study.book import CHECKS, quoted
from planner.export.study.cells import is_map, number
from planner.results.table import Cell
from planner.whatif.study import Study, StudyTable

FIRST_ROW = 7
"""The row of a sheet on which the rows of its table begin."""
BASE_ROW = 5
"""The row of the sheet of checks that holds the cost of the undisturbed plan, in its column of values."""
VALUE_COLUMN = 2
BASE = f"{CHECKS}!$C${BASE_ROW + 1}"
_NEAR = 1e-9
_PAIRS = {
    ("futures", "change_musd"): ("cost_musd", ""),
    ("tornado", "change_musd"): ("cost_musd", ""),
    ("grid", "change_musd"): ("cost_musd", ""),
    ("money", "change_musd"): ("now_musd", "undisturbed_musd"),
    ("reactions", "change"): ("now", "planned"),
    ("evidence", "advantage_musd"): ("without_musd", "with_musd"),
    ("matrix", "regret_musd"): ("cost_musd", "best_musd"),
}
"""By table and column: what is less by what; nothing stands for the undisturbed plan."""
_SHARES = {"change_share": "change_musd"}
_ROWS: dict[str, tuple[str, Callable[[list[float]], float]]] = {
    "max_regret_musd": ("MAX", max),
    "expected_regret_musd": ("AVERAGE", lambda values: sum(values) / len(values)),
}
_REGRET, _MATRIX = "regret", "matrix"


@dataclass(frozen=True)
class Formula:
    """A formula without its equals sign, and its value."""

    text: str
    value: float
    is_link: bool = False


@dataclass(eq=False)
class Live:
    """The formulas of all tables, by table, row and column, and what each group of them is."""

    formulas: dict[tuple[str, int, int], Formula] = field(default_factory=dict)
    groups: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """By table and what is computed: the first and the last column."""

    def add(self, table: StudyTable, place: tuple[int, int], formula: Formula, says: str, told: Cell) -> None:
        """Adds a formula where it comes to what the study tells."""
        value = number(told)
        if value is None or abs(formula.value - value) > _NEAR * max(1.0, abs(value)):
            return
        self.formulas[table.name, *place] = formula
        first, last = self.groups.get((table.name, says), (place[1], place[1]))
        self.groups[table.name, says] = min(first, place[1]), max(last, place[1])


def live_of(study: Study, names: Mapping[str, str]) -> Live:
    """Returns the formulas of a study; `names` are the sheets of its tables."""
    live = Live()
    for table in study.tables:
        _differences(study, table, live)
        if table.name == _REGRET and is_map(table):
            _links(study, table, names, live)
    _over_rows(study, names, live)
    return live


def base_cost(study: Study) -> float | None:
    """Returns the cost of the undisturbed plan, USD million; None where the study does not tell it."""
    cost = study.facts.get("base_cost_musd")
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None


def at(row: int, column: int) -> str:
    """Returns the address of a cell of a table on its own sheet."""
    return str(xl_rowcol_to_cell(FIRST_ROW + row, column))


def _differences(study: Study, table: StudyTable, live: Live) -> None:
    places = {column.name: place for place, column in enumerate(table.columns)}
    base = base_cost(study)
    for (name, target), (whole, less) in _PAIRS.items():
        if name != table.name or target not in places or whole not in places:
            continue
        title = table.columns[places[target]].title
        told = "the undisturbed plan" if not less else table.columns[places.get(less, 0)].title
        says = f"{title} = {table.columns[places[whole]].title} − {told}"
        for row, cells in enumerate(table.rows):
            one, other = number(cells[places[whole]]), base if not less else _at(cells, places.get(less))
            if one is None or other is None:
                continue
            address = BASE if not less else at(row, places[less])
            formula = Formula(f"{at(row, places[whole])}-{address}", one - other)
            live.add(table, (row, places[target]), formula, says, cells[places[target]])
    for target, change in _SHARES.items():
        if target in places and change in places and base:
            says = f"{table.columns[places[target]].title} in per cent of the undisturbed plan"
            for row, cells in enumerate(table.rows):
                value = number(cells[places[change]])
                if value is not None:
                    formula = Formula(f"{at(row, places[change])}/{BASE}", value / base)
                    live.add(table, (row, places[target]), formula, says, cells[places[target]])


def _links(study: Study, table: StudyTable, names: Mapping[str, str], live: Live) -> None:
    """The wide table of regret reads the matrix, which has a row for each of its cells."""
    matrix = next((own for own in study.tables if own.name == _MATRIX), None)
    if matrix is None:
        return
    places = {column.name: place for place, column in enumerate(matrix.columns)}
    if not {"plan", "future", "regret_musd"} <= places.keys():
        return
    rows = {(cells[places["plan"]], cells[places["future"]]): row for row, cells in enumerate(matrix.rows)}
    for row, cells in enumerate(table.rows):
        for place, column in enumerate(table.columns):
            source = rows.get((cells[0], column.title)) if place else None
            value = None if source is None else number(matrix.rows[source][places["regret_musd"]])
            if source is not None and value is not None:
                address = f"{quoted(names[_MATRIX])}{at(source, places['regret_musd'])}"
                formula = Formula(address, value, is_link=True)
                live.add(
                    table, (row, place), formula, f"{table.title}, read from the sheet {names[_MATRIX]}", cells[place]
                )


def _over_rows(study: Study, names: Mapping[str, str], live: Live) -> None:
    """Largest and mean regret of a plan are taken over its row of the wide table."""
    wide = next((own for own in study.tables if own.name == _REGRET and is_map(own)), None)
    plans = next((own for own in study.tables if own.name == "plans"), None)
    if wide is None or plans is None:
        return
    rows = {cells[0]: row for row, cells in enumerate(wide.rows)}
    for place, column in enumerate(plans.columns):
        if column.name not in _ROWS:
            continue
        word, over = _ROWS[column.name]
        for row, cells in enumerate(plans.rows):
            source = rows.get(cells[0])
            values = (
                []
                if source is None
                else [value for cell in wide.rows[source][1:] if (value := number(cell)) is not None]
            )
            if source is not None and values:
                span = f"{at(source, 1)}:{at(source, len(wide.columns) - 1)}"
                formula = Formula(f"{word}({quoted(names[_REGRET])}{span})", over(values))
                live.add(plans, (row, place), formula, f"{column.title} over the sheet {names[_REGRET]}", cells[place])


def _at(cells: tuple[Cell, ...], place: int | None) -> float | None:
    return None if place is None else number(cells[place])


def told_sums(study: Study, live: Live) -> Iterator[tuple[str, str, tuple[int, int], float, float]]:
    """Yields for each group of formulas: table, what it is, its columns, the sum the study tells, and the sum here."""
    for (name, says), (first, last) in live.groups.items():
        table = study.table(name)
        told = here = 0.0
        for row, cells in enumerate(table.rows):
            for place in range(first, last + 1):
                value = number(cells[place])
                if value is not None:
                    told += value
                    here += live.formulas[name, row, place].value if (name, row, place) in live.formulas else value
        yield name, says, (first, last), told, here
