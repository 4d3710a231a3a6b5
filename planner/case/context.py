"""What the checks of a case share: the typed rows, where they come from, the calendar, and the log."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from models.calendar import Calendar, LabelError, parse_label
from models.case import TABLES, Settings
from models.tables import column_descriptions
from models.tables.fleet_rows import InputRow
from planner.case.settings import PLAN_FILE
from planner.case.typed_rows import TypedTable
from planner.errors import Fault, FaultLog, Severity, listed

AnyRow = TypeVar("AnyRow", bound=InputRow)
GATE_TABLES = ("programmes", "acquisitions", "agreements")


def table_of(row_class: type[InputRow]) -> str:
    """Returns the table of a row class; raises KeyError where it is none of a case."""
    for name, other in TABLES.items():
        if other is row_class:
            return name
    raise KeyError(row_class)


def name_column(table: str) -> str:
    """Returns the column that holds the names that a table defines; raises KeyError where it defines none."""
    found = column_descriptions.name_column(TABLES[table])
    if found is None:
        raise KeyError(table)
    return found


class Context:
    """The rows of a case while it is checked.

    A row with a fault in its names is left out of later checks; `is_whole` tells whether a conclusion may be
    drawn from what a table does not hold.
    """

    def __init__(
        self, settings: Settings | None, tables: Mapping[str, TypedTable], log: FaultLog, *, unread: frozenset[str]
    ) -> None:
        self.settings = settings
        self.log = log
        self.tables = tables
        self.unread = unread
        self.calendar = _calendar(settings)
        self._rows: dict[str, list[InputRow]] = {name: list(table.rows) for name, table in tables.items()}
        self._places: dict[int, tuple[TypedTable, int]] = {}
        self._partial = set(unread) | {name for name, table in tables.items() if table.refused or not table.sheet.texts}
        for table in tables.values():
            for position, row in enumerate(table.rows):
                self._places[id(row)] = table, position

    def of(self, row_class: type[AnyRow]) -> list[AnyRow]:
        """Returns the sound rows of a table."""
        return self._rows.get(table_of(row_class), [])  # type: ignore[return-value]

    def rows(self, table: str) -> list[InputRow]:
        """Returns the sound rows of a table by its name."""
        return self._rows.get(table, [])

    def is_whole(self, *tables: str) -> bool:
        """Returns whether every row of these tables is sound."""
        return not self._partial.intersection(tables)

    def leave_out(self, faulty: set[int]) -> None:
        """Leaves rows, given by their `id`, out of later checks."""
        for name, rows in self._rows.items():
            kept = [row for row in rows if id(row) not in faulty]
            if len(kept) < len(rows):
                self._partial.add(name)
                self._rows[name] = kept

    def number(self, row: InputRow) -> int:
        """Returns the row in the file that a row comes from."""
        table, position = self._places[id(row)]
        return table.numbers[position]

    def place(self, row: InputRow) -> str:
        """Returns where a row comes from: `offers.csv row 7`."""
        return f"{table_of(type(row))}.csv row {self.number(row)}"

    def text(self, row: InputRow, column: str) -> str:
        """Returns a cell as it was written; blank for a column that the file does not have."""
        table, _ = self._places[id(row)]
        if column not in table.sheet.texts:
            return ""
        number = self.number(row)
        at = bisect_left(table.sheet.rows, number)
        # Rows whose periods stand across share their number.
        while table.sheet.rows[at] is not number and table.sheet.rows[at + 1 : at + 2] == (number,):
            at += 1
        return table.sheet.texts[column][at]

    def fault(self, row: InputRow, column: str, expected: str, remedy: str, *, value: str | None = None) -> None:
        """Logs a fault of a cell; `value` where it is not the text of the cell that offends."""
        self._add(row, column, expected, remedy, value, Severity.FAULT)

    def warn(self, row: InputRow, column: str, expected: str, remedy: str, *, value: str | None = None) -> None:
        """Logs a warning about a cell."""
        self._add(row, column, expected, remedy, value, Severity.WARNING)

    def _add(
        self, row: InputRow, column: str, expected: str, remedy: str, value: str | None, severity: Severity
    ) -> None:
        shown = self.text(row, column) if value is None else value
        file = f"{table_of(type(row))}.csv"
        self.log.add(Fault(file, expected, remedy, self.number(row), column, shown, severity))

    def fault_unless_carried(self, row: InputRow, column: str, expected: str, remedy: str) -> None:
        """Logs a fault that is only to be expected, and so a warning, in a case that goes on from an earlier plan."""
        earlier = None if self.settings is None else self.settings.carried_from
        if earlier:
            self.warn(row, column, f"{expected} (carried over from run {earlier})", remedy)
        else:
            self.fault(row, column, expected, remedy)

    def warn_rows(self, rows: Sequence[InputRow], column: str, expected: str, remedy: str) -> None:
        """Logs one warning about a cell that several rows of a table share; none without rows."""
        if not rows:
            return
        numbers = sorted((self.number(row), at) for at, row in enumerate(rows))
        others = [str(number) for number, _ in numbers[1:]]
        if others:
            expected = f"{expected} (and so {'is row' if len(others) == 1 else 'are rows'} {listed(others)})"
        self.warn(rows[numbers[0][1]], column, expected, remedy)

    def warn_setting(self, key: str, value: object, expected: str, remedy: str) -> None:
        """Logs a warning about a key of `plan.toml`."""
        self.log.add(Fault(PLAN_FILE, expected, remedy, column=key, value=f"{value}", severity=Severity.WARNING))

    def setting_fault(self, key: str, value: object, expected: str, remedy: str) -> None:
        """Logs a fault of a key of `plan.toml`."""
        self.log.add(Fault(PLAN_FILE, expected, remedy, column=key, value=f"{value}"))

    def table_fault(self, table: str, expected: str, remedy: str) -> None:
        """Logs a fault of a whole table."""
        self.log.add(Fault(f"{table}.csv", expected, remedy))

    def known(self, table: str) -> dict[str, None] | None:
        """Returns the names that a table defines, those of refused rows included; None where it cannot be read.

        `gates` are programmes, acquisitions and agreements together; `vendors` come from the accelerators.
        """
        if table == "*":
            return {"*": None}
        if table == "gates":
            parts = [self.known(part) for part in GATE_TABLES]
            return (
                None if any(part is None for part in parts) else {name: None for part in parts for name in part or ()}
            )
        source, column = ("accelerators", "vendor") if table == "vendors" else (table, name_column(table))
        if source in self.unread or (source in self.tables and column not in self.tables[source].sheet.texts):
            return None
        if source not in self.tables:
            return {}
        return dict.fromkeys(text for text in self.tables[source].sheet.texts[column] if text)


def _calendar(settings: Settings | None) -> Calendar | None:
    if settings is None:
        return None
    try:
        return settings.calendar
    except LabelError:
        return None


def window(calendar: Calendar, row: Any, first: str, last: str) -> range:  # noqa: ANN401 (several row classes)
    """Returns the periods of the horizon in which a row can be taken: from the start of one label to the end of one."""
    low, high = getattr(row, first), getattr(row, last)
    begin = 0 if low is None else max(0, calendar.period_at(low))
    end = calendar.count if high is None else min(calendar.count, last_period(calendar, high) + 1)
    return range(begin, max(begin, end))


def is_reversed(calendar: Calendar, first: str | None, last: str | None) -> bool:
    """Returns whether a window ends before it begins."""
    return first is not None and last is not None and last_period(calendar, last) < calendar.period_at(first)


def last_period(calendar: Calendar, label: str) -> int:
    """Returns the index of the last period that a label touches."""
    first, count = parse_label(label)
    return calendar.period_of_month(first + count - 1)


def label_of(calendar: Calendar, index: int) -> str:
    """Returns the label of a period in words for a message, also where it lies beyond the labels there are."""
    try:
        return calendar.label_of(index)
    except LabelError:
        return f"the year {calendar.year_of(index)}"


def is_label(text: str) -> bool:
    """Returns whether a text is a period label."""
    try:
        parse_label(text)
    except LabelError:
        return False
    return True


@lru_cache(maxsize=65_536)
def month_of(label: str) -> int:
    """Returns the first month of a label, counted from the year 0."""
    return parse_label(label)[0]
