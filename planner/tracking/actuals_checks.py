"""The checks of actuals: names are those of the case, keys are unique, and rows say what can have happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from models.calendar import parse_label
from models.case import Case
from models.tables.actual_rows import EVENTS, Delivery, EventDate, Payment
from models.tables.column_descriptions import columns_of, name_column
from models.tables.fleet_rows import InputRow
from planner.case.nearest_name import nearest
from planner.case.typed_rows import TypedTable
from planner.errors import Fault, FaultLog, listed


def names_of(case: Case, table: str) -> dict[str, None]:
    """Returns the names that a table of a case defines, in its order."""
    from models.case import TABLES

    column = name_column(TABLES[table])
    return {} if column is None else {getattr(row, column): None for row in getattr(case, table)}


def check_actuals(tables: Mapping[str, TypedTable], case: Case, log: FaultLog) -> None:
    """Logs every fault of rows that were read: unknown names, repeated keys, and what contradicts itself."""
    known = {
        ref: names_of(case, ref)
        for table in tables.values()
        for row in table.rows[:1]
        for facts in columns_of(type(row)).values()
        for ref in facts.refs
    }
    for table in tables.values():
        _check_keys(table, log)
        for position, row in enumerate(table.rows):
            place = _RowPlace(table, position, log)
            _check_names(row, known, place)
            _check_time(row, case, place)
            if isinstance(row, Delivery):
                _check_delivery(row, place)
            elif isinstance(row, EventDate):
                _check_event(row, case, place)
            elif isinstance(row, Payment) and not row.item and not row.vendor:
                place.fault("item", "neither an item nor a vendor is named", "Name one of them.")


class _RowPlace:
    """A row where it stands, and where its faults go."""

    def __init__(self, table: TypedTable, position: int, log: FaultLog) -> None:
        self._table = table
        self._number = table.numbers[position]
        self._log = log

    def fault(self, column: str, expected: str, remedy: str) -> None:
        sheet = self._table.sheet
        texts = sheet.texts.get(column)
        value = "" if texts is None else texts[bisect_left(sheet.rows, self._number)]
        self._log.add(Fault(sheet.file, expected, remedy, self._number, column, value))


def _check_keys(table: TypedTable, log: FaultLog) -> None:
    first: dict[tuple[object, ...], int] = {}
    for position, row in enumerate(table.rows):
        keys = {name: facts for name, facts in columns_of(type(row)).items() if facts.key}
        key = tuple(
            parse_label(value) if facts.label and (value := getattr(row, name)) else getattr(row, name)
            for name, facts in keys.items()
        )
        other = first.setdefault(key, position)
        if other != position:
            more = " Give each a reference where both are meant." if "reference" in keys else ""
            expected = f"row {table.numbers[other]} has the same {' and '.join(keys)}"
            _RowPlace(table, position, log).fault(next(iter(keys)), expected, f"Delete one of the two.{more}")


def _check_names(row: InputRow, known: Mapping[str, dict[str, None]], place: _RowPlace) -> None:
    for column, facts in columns_of(type(row)).items():
        name = getattr(row, column)
        if not facts.refs or not name:
            continue
        names = {own: None for ref in facts.refs for own in known[ref]}
        if name in names:
            continue
        close = nearest(name, names)
        remedy = f"Did you mean {close}?" if close else f"Known names: {listed(names) or 'none'}."
        place.fault(column, f"is not a name in {' or '.join(facts.refs)} of the case that was planned", remedy)


def _check_time(row: InputRow, case: Case, place: _RowPlace) -> None:
    """Nothing of the plan happens before it starts; what did belongs into the opening position of its case."""
    label = getattr(row, "period", None)
    if label is not None and sum(parse_label(label)) <= case.settings.calendar.start_month:
        remedy = "Leave the row out: what was before is in the opening position of the case."
        place.fault("period", f"lies before the start of the plan, {case.settings.start}", remedy)


def _check_delivery(row: Delivery, place: _RowPlace) -> None:
    if row.period is None and row.units:
        place.fault("units", "units are delivered at no time", "Fill in the period, or clear the units.")
    if row.period is None and not row.units_promised:
        place.fault("units_promised", "nothing is delivered and nothing is promised", "Fill in one of the two.")
    if row.period is None and row.promised is None:
        remedy = "Fill in when they are now promised, as far as is known."
        place.fault("promised", "what is not delivered yet needs the time it is promised for", remedy)


def _check_event(row: EventDate, case: Case, place: _RowPlace) -> None:
    own = [table for table in EVENTS if row.item in names_of(case, table)]
    if own and row.event not in EVENTS[own[0]]:
        place.fault("event", f"does not happen to {own[0]}", f"Use {' or '.join(EVENTS[own[0]])}.")
    if own and row.route and row.route not in {route.route for route in case.routes if route.programme == row.item}:
        routes = [route.route for route in case.routes if route.programme == row.item]
        place.fault("route", f"is no route of {row.item}", f"Its routes are {listed(routes) or 'none'}.")
    if own and row.modules is not None and own[0] != "expansions":
        place.fault("modules", "only an expansion has modules", "Clear the cell.")
