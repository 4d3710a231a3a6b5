"""Which cells of a study's tables follow from others: differences of two cells, shares, sums over a row, and links.

A rule holds in a cell only where it comes to the value that the study tells; otherwise the value stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.documents.blocks import Derived, Ref, Rule, TableBlock, TableCell
from planner.documents.cell_text import is_map, number
from planner.studies.study_model import Study

BASE = "base_cost_musd"
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
_ROWS = {"max_regret_musd": Rule.LARGEST, "expected_regret_musd": Rule.MEAN}
_REGRET, _MATRIX = "regret", "matrix"


def derived_of(study: Study) -> dict[str, dict[tuple[int, int], Derived]]:
    """Returns by table, then by row and column, the cells that follow from others."""
    found: dict[str, dict[tuple[int, int], Derived]] = {table.name: {} for table in study.tables}
    for table in study.tables:
        rules = [*_differences(study, table), *_shares(study, table), *_links(study, table)]
        found[table.name] |= _true(table, rules)
    plans = next((own for own in study.tables if own.name == "plans"), None)
    if plans is not None:
        found[plans.name] |= _true(plans, _over_rows(study, plans))
    return found


def base_cost(study: Study) -> float | None:
    """Returns the cost of the undisturbed plan, USD million; None where the study does not tell it."""
    cost = study.facts.get(BASE)
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None


def _true(table: TableBlock, rules: list[tuple[tuple[int, int], Derived]]) -> dict[tuple[int, int], Derived]:
    """The rules that come to what the table tells."""
    found = {}
    for (row, column), rule in rules:
        value = number(table.rows[row][column])
        if value is not None and abs(rule.value - value) <= _NEAR * max(1.0, abs(value)):
            found[row, column] = rule
    return found


def _differences(study: Study, table: TableBlock) -> Iterator[tuple[tuple[int, int], Derived]]:
    places, base = _places(table), base_cost(study)
    for (name, target), (whole, less) in _PAIRS.items():
        if name != table.name or target not in places or whole not in places:
            continue
        subtracted = "the undisturbed plan" if not less else table.columns[places.get(less, 0)].title
        says = f"{table.columns[places[target]].title} = {table.columns[places[whole]].title} − {subtracted}"
        for row, cells in enumerate(table.rows):
            one, other = number(cells[places[whole]]), base if not less else _at(cells, places.get(less))
            if one is None or other is None:
                continue
            second = Ref(table.name, row, places[less]) if less else Ref("", name=BASE)
            of = Ref(table.name, row, places[whole]), second
            yield (row, places[target]), Derived(Rule.DIFFERENCE, of, one - other, says)


def _shares(study: Study, table: TableBlock) -> Iterator[tuple[tuple[int, int], Derived]]:
    places, base = _places(table), base_cost(study)
    for target, change in _SHARES.items():
        if target not in places or change not in places or not base:
            continue
        says = f"{table.columns[places[target]].title} in per cent of the undisturbed plan"
        for row, cells in enumerate(table.rows):
            value = number(cells[places[change]])
            if value is not None:
                of = Ref(table.name, row, places[change]), Ref("", name=BASE)
                yield (row, places[target]), Derived(Rule.SHARE, of, value / abs(base), says)


def _links(study: Study, table: TableBlock) -> Iterator[tuple[tuple[int, int], Derived]]:
    """The wide table of regret reads the matrix, which has a row for each of its cells."""
    matrix = next((own for own in study.tables if own.name == _MATRIX), None)
    if matrix is None or table.name != _REGRET or not is_map(table):
        return
    places = _places(matrix)
    if not {"plan", "future", "regret_musd"} <= places.keys():
        return
    rows = {(cells[places["plan"]], cells[places["future"]]): row for row, cells in enumerate(matrix.rows)}
    says = f"{table.title}, read from the table {matrix.title}"
    for row, cells in enumerate(table.rows):
        for place, column in enumerate(table.columns):
            source = rows.get((cells[0], column.title)) if place else None
            value = None if source is None else number(matrix.rows[source][places["regret_musd"]])
            if source is not None and value is not None:
                of = (Ref(_MATRIX, source, places["regret_musd"]),)
                yield (row, place), Derived(Rule.LINK, of, value, says)


def _over_rows(study: Study, plans: TableBlock) -> list[tuple[tuple[int, int], Derived]]:
    """Largest and mean regret of a plan are taken over its row of the wide table."""
    wide = next((own for own in study.tables if own.name == _REGRET and is_map(own)), None)
    if wide is None:
        return []
    rows = {cells[0]: row for row, cells in enumerate(wide.rows)}
    found = []
    for place, column in enumerate(plans.columns):
        if column.name not in _ROWS:
            continue
        for row, cells in enumerate(plans.rows):
            source = rows.get(cells[0])
            known = [] if source is None else [(i, number(cell)) for i, cell in enumerate(wide.rows[source]) if i]
            values = [value for _, value in known if value is not None]
            if source is None or not values:
                continue
            of = tuple(Ref(_REGRET, source, i) for i, _ in known)
            value = max(values) if _ROWS[column.name] is Rule.LARGEST else sum(values) / len(values)
            found.append(((row, place), Derived(_ROWS[column.name], of, value, f"{column.title} over {wide.title}")))
    return found


def _places(table: TableBlock) -> Mapping[str, int]:
    return {column.name: place for place, column in enumerate(table.columns)}


def _at(cells: tuple[TableCell, ...], place: int | None) -> float | None:
    return None if place is None else number(cells[place])
