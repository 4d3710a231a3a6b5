"""What binds the plan, and what more of it saves, as a table for display."""

from __future__ import annotations

from collections.abc import Sequence

from planner.export.report.cells import Record, number, text
from planner.export.report.figure import Grid
from planner.show.numbers import counted, money, percent
from planner.show.worth import each, kind_of

HEADER = (
    "what", "name", "when", "used", "there is", "unit", "share, %", "next one saves", "1 % more saves, USD million",
    "one more saves", "price holds for the next", "note",
)  # fmt: skip


def relief_grid(rows: Sequence[Record]) -> Grid:
    """Returns rows of the table `binding` as a table for display."""
    body = tuple(
        (
            kind_of(row),
            text(row["item"]),
            text(row["period"]),
            counted(number(row["used"])),
            counted(number(row["available"])),
            text(row["unit"]),
            "" if row["share"] is None else percent(number(row["share"])),
            "" if row["price"] is None else each(row, "price"),
            _money(row, "worth_of_one_per_cent_musd"),
            "" if row["worth_of_one_unit_musd"] is None else each(row, "worth_of_one_unit_musd"),
            _money(row, "holds_up_to"),
            text(row["note"]),
        )
        for row in rows
    )
    return Grid(HEADER, body, frozenset({3, 4, 6, 7, 8, 9, 10}))


def _money(row: Record, column: str) -> str:
    return "" if row[column] is None else money(number(row[column]))
