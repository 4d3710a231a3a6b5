"""The ids of a case with their labels: names for people, which documents show in place of the ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from models.calendar import LabelError, parse_span
from models.case import TABLES, Case
from models.tables.column_descriptions import name_column
from models.tables.fleet_rows import NamedRow
from planner.case.report_words import is_report_word

NAME_OF_TABLE: Mapping[str, str] = {
    table: name_column(row_class) or "route" for table, row_class in TABLES.items() if issubclass(row_class, NamedRow)
}
"""The column that holds the ids of each table whose rows may have a label; a route is named within its programme."""


def labels_of(case: Case) -> dict[str, str]:
    """Returns the label of each id that has one; of an id that stands in several tables it is the same."""
    return {name: row.label for _, name, row in named_rows(case) if row.label}


def ids_of(case: Case) -> frozenset[str]:
    """Returns every id of the case that may have a label."""
    return frozenset(name for _, name, _ in named_rows(case))


def named_rows(case: Case) -> Iterator[tuple[str, str, NamedRow]]:
    """Yields table, id and row of every row that may have a label."""
    for table, column in NAME_OF_TABLE.items():
        for row in getattr(case, table):
            yield table, getattr(row, column), row


def why_not_in_sentences(name: str, vendors: frozenset[str]) -> str:
    """Returns why an id cannot be told from other words of a sentence, as a clause; the empty text where it can.

    >>> why_not_in_sentences("gb300_list", frozenset()), why_not_in_sentences("2027", frozenset())
    ('', 'is also a number or a period')
    """
    if name in vendors:
        return "is also the name of a vendor"
    if not any(map(str.isalpha, name)) or _is_span(name):
        return "is also a number or a period"
    return "is also a word of the documents" if is_report_word(name) else ""


def _is_span(text: str) -> bool:
    try:
        parse_span(text)
    except LabelError:
        return False
    return True


__all__ = ["NAME_OF_TABLE", "ids_of", "labels_of", "named_rows", "why_not_in_sentences"]
