"""Rows of a table of histories: what inputs turned out to be, from when on, and when that was known."""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import column
from models.tables.common_columns import value_from, value_row, value_table
from models.tables.fleet_rows import InputRow

HISTORIES = "histories"


@dataclass(frozen=True, kw_only=True)
class HistoryValue(InputRow, theme="Uncertainty"):
    """A value that an input had in one history, which holds until the next row of the same input."""

    history: str = column("history", key=True, example="as it was")
    table: str = value_table(key=True, example="demand")
    key: str = value_row(key=True, example="chat")
    period: str = value_from(example="2025")
    effect: str = column("kind of change to the case", choices=("multiply", "add", "set"), example="set")
    value: float = column("size of the change, or the value itself", example="310")
    known_from: str = column(
        "when this value became known", label="period", default="", blank="from its period", example="2026"
    )
    column: str = column("column of the value", key=True, example="queries_per_day_million")
