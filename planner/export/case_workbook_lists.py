"""The hidden sheet of names from which the drop-downs choose that take theirs from several sheets."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped, unused-ignore]

from planner.case.workbook_cells import column_letters
from planner.case.workbook_form import CaseForm, FormColumn
from planner.export.case_workbook_style import FIRST_ROW, LAST_CHECKED_ROW, Style

LISTS = "lists"
_NAMES_EACH = 40
Key = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]


class Lists:
    """Where the drop-downs of a workbook take their names from."""

    def __init__(self, form: CaseForm) -> None:
        self._form = form
        keys = {_key(column): None for sheet in form.sheets for column in sheet.columns if _is_joined(column)}
        self._places = {key: 3 * number for number, key in enumerate(keys)}

    def source_of(self, column: FormColumn) -> str | None:
        """Returns the range of names that a column may hold, as a formula; None where it holds no names of others."""
        if not column.refers_to:
            return None
        if not _is_joined(column):
            sheet, name = column.refers_to[0]
            letters = self._letters(sheet, name)
            return None if not letters else f"={sheet}!${letters}${FIRST_ROW}:${letters}${LAST_CHECKED_ROW}"
        letters = column_letters(self._places[_key(column)] + 3)
        return f"={LISTS}!${letters}$2:${letters}${1 + self._length(_key(column))}"

    def write(self, sheet: Worksheet, style: Style) -> None:
        """Writes the joined names: all of them, the number of each, and the list without gaps."""
        for key, left in self._places.items():
            cells = list(self._cells(key))
            length = len(cells)
            names = [name for _, name in cells if name]
            every, ranks = column_letters(left + 1), column_letters(left + 2)
            for at, title in enumerate(("names", "number", "list")):
                sheet.write_string(0, left + at, f"{title}: {', '.join(table for table, _ in key[0])}", style.list_cell)
            rank = 0
            for row, (formula, name) in enumerate(cells, start=1):
                rank += bool(name)
                if formula:
                    sheet.write_formula(row, left, formula, style.list_cell, name)
                else:
                    sheet.write_string(row, left, name, style.list_cell)
                count = f'=IF({every}{row + 1}="","",COUNTIF({every}$2:{every}{row + 1},"?*"))'
                sheet.write_formula(row, left + 1, count, style.list_cell, rank if name else "")
                found = f"MATCH(ROW()-1,{ranks}$2:{ranks}${length + 1},0)"
                listed = f'=IFERROR(INDEX({every}$2:{every}${length + 1},{found}),"")'
                sheet.write_formula(row, left + 2, listed, style.list_cell, names[row - 1] if row <= len(names) else "")
        sheet.hide()

    def _cells(self, key: Key) -> Iterator[tuple[str, str]]:
        """Yields the formula and the present text of each name; fixed names have no formula."""
        for name in key[1]:
            yield "", name
        for table, column in key[0]:
            letters = self._letters(table, column)
            texts = self._texts(table, column)
            for at in range(max(_NAMES_EACH, len(texts) + 20)) if letters else ():
                place = f"{table}!{letters}{FIRST_ROW + at}"
                yield f'=IF({place}="","",{place})', texts[at] if at < len(texts) else ""

    def _length(self, key: Key) -> int:
        return sum(1 for _ in self._cells(key))

    def _letters(self, table: str, column: str) -> str:
        names = [found.name for found in self._form.sheet(table).columns]
        return column_letters(names.index(column) + 1) if column in names else ""

    def _texts(self, table: str, column: str) -> list[str]:
        sheet = self._form.sheet(table)
        at = [found.name for found in sheet.columns].index(column)
        return ["" if at >= len(row.cells) or row.cells[at] is None else str(row.cells[at]) for row in sheet.rows]


def _is_joined(column: FormColumn) -> bool:
    return len(column.refers_to) + len(column.also) > 1


def _key(column: FormColumn) -> Key:
    return column.refers_to, column.also
