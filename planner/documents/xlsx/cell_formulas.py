"""Numbers that follow from others as formulas of a workbook, with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from planner.documents.blocks import Derived, Document, Medium, Ref, Rule, TableBlock
from planner.documents.cell_text import number
from planner.documents.xlsx.document_book import CHECKS
from planner.documents.xlsx.workbook_writing import sheet_prefix

FIRST_ROW = 7
"""The row of a sheet on which the rows of its table begin."""
BASE_ROW = 5
"""The row of the sheet of checks on which constants begin."""
VALUE_COLUMN = 2


@dataclass(frozen=True)
class Group:
    """Formulas of one kind in a table: what they are, their columns, the sum as found, and the sum that they give."""

    table: TableBlock
    says: str
    first: int
    last: int
    reported: float
    here: float


def at(row: int, column: int) -> str:
    """Returns the address of a cell of a table on its own sheet."""
    return str(xl_rowcol_to_cell(FIRST_ROW + row, column))


def formula(document: Document, names: Mapping[str, str], home: str, derived: Derived) -> str:
    """Returns a formula without its equals sign for a cell on the sheet of the table `home`; `names` are the sheets."""
    if derived.rule is Rule.WEIGHTED:
        values, weights = (_column(document, names, home, derived.of[place::2]) for place in (0, 1))
        return f"SUMPRODUCT({values},{weights})/SUM({weights})"
    refs = [_address(document, names, home, ref) for ref in derived.of]
    if derived.rule is Rule.DIFFERENCE:
        return f"{refs[0]}-{refs[1]}"
    if derived.rule is Rule.SHARE:
        return f"{refs[0]}/ABS({refs[1]})"
    if derived.rule is Rule.LINK:
        return refs[0]
    word = "MAX" if derived.rule is Rule.LARGEST else "AVERAGE"
    first, last = derived.of[0], derived.of[-1]
    is_span = first.row == last.row and last.column - first.column == len(refs) - 1
    return f"{word}({refs[0]}:{at(last.row, last.column)})" if is_span else f"{word}({','.join(refs)})"


def groups_of(document: Document) -> Iterator[Group]:
    """Yields the formulas of the tables by what they are, with the sums that must agree."""
    for table in document.tables(Medium.SHEETS):
        says: dict[str, list[int]] = {}
        for (_, column), derived in table.derived.items():
            says.setdefault(derived.says, []).append(column)
        for words, columns in says.items():
            first, last, reported, here = min(columns), max(columns), 0.0, 0.0
            for row, cells in enumerate(table.rows):
                for place in range(first, last + 1):
                    value = number(cells[place])
                    if value is not None:
                        reported += value
                        own = table.derived.get((row, place))
                        here += value if own is None else own.value
            yield Group(table, words, first, last, reported, here)


def _column(document: Document, names: Mapping[str, str], home: str, refs: Sequence[Ref]) -> str:
    """Returns the address of cells that stand one below the other."""
    return f"{_address(document, names, home, refs[0])}:{at(refs[-1].row, refs[-1].column)}"


def _address(document: Document, names: Mapping[str, str], home: str, ref: Ref) -> str:
    if not ref.table:
        place = list(document.constants).index(ref.name)
        return f"{CHECKS}!{xl_rowcol_to_cell(BASE_ROW + place, VALUE_COLUMN, row_abs=True, col_abs=True)}"
    sheet = "" if ref.table == home else sheet_prefix(names[ref.table])
    return f"{sheet}{at(ref.row, ref.column)}"
