"""Describes the columns of the input tables: one description serves reading, checking, templates and docs."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

MOST_MONTHS = 1200
MOST_YEARS = 100

# What a column is written in by mistake, and the factor to its own unit.
NOT_USD = (("USD thousand", 1e3), ("USD million", 1e6), ("cents", 0.01))
NOT_MUSD = (("USD", 1e-6), ("USD thousand", 1e-3), ("USD billion", 1e3))
NOT_MONTHS = (("quarters", 3.0), ("years", 12.0))
NOT_LEAD_MONTHS = (("weeks", 12 * 7 / 365), ("days", 12 / 365), ("years", 12.0))
NOT_YEARS = (("months", 1 / 12), ("quarters", 1 / 4))
NOT_KW = (("W", 1e-3), ("MW", 1e3))
NOT_MW = (("kW", 1e-3), ("GW", 1e3), ("W", 1e-6))
NOT_USD_PER_MWH = (("USD a kWh", 1e3), ("cents a kWh", 10.0))
NOT_SHARES = (("per cent", 0.01),)


@dataclass(frozen=True)
class ColumnDescription:
    """What one column holds: its unit, meaning, bounds, and the table that its names refer to.

    `blank` says in words what an empty cell means; None where a value is needed.
    `key` columns together identify a row. `refs` name the tables whose keys a cell may hold;
    `many` allows several names separated by `;`. `label` is `period`, `span` or empty.
    `example` is what the template shows. Of a span, `covers` says that the rows of one name cover the horizon once;
    other spans touch it. `constant` cells are the same in all rows of one name.
    What is not 0 is spent in the category `spends`, and has an effect only where one of the columns `needs`, each as
    `table.column`, is above 0.
    One that `is_rare` is left out of reports where no row has another value than its default.
    `typical` is the range outside which a value is probably in another unit (a warning); `other_units` are those that
    it is then mistaken for, likeliest first, each with the factor that leads from it to the unit of the column.
    """

    meaning: str
    unit: str = ""
    key: bool = False
    refs: tuple[str, ...] = ()
    many: bool = False
    label: str = ""
    choices: tuple[str, ...] = ()
    whole: bool = False
    least: float | None = None
    above: float | None = None
    most: float | None = None
    typical: tuple[float, float] | None = None
    other_units: tuple[tuple[str, float], ...] = ()
    blank: str | None = None
    example: str = ""
    covers: bool = False
    constant: bool = False
    spends: str = ""
    needs: tuple[str, ...] = ()
    is_rare: bool = False


def column(meaning: str, *, default: Any = MISSING, **facts: Any) -> Any:  # noqa: ANN401 (as dataclasses.field)
    """Declares one column; without a default a blank cell is a fault."""
    return field(default=default, metadata={"column": ColumnDescription(meaning, **facts)})


def column_of(entry: Field[Any]) -> ColumnDescription:
    """Returns the description of one dataclass field that was declared with `column`."""
    found = entry.metadata["column"]
    assert isinstance(found, ColumnDescription)
    return found


def columns_of(row: type) -> dict[str, ColumnDescription]:
    """Returns the columns of a row class by name, in the order of the documentation; it is not to be changed."""
    known = _COLUMNS.get(row)
    if known is None:
        found = {entry.name: column_of(entry) for entry in fields(row)}
        remarks = {name: found.pop(name) for name in ("label", "note", "source") if name in found}
        known = _COLUMNS[row] = found | remarks
    return known


_COLUMNS: dict[type, dict[str, ColumnDescription]] = {}
"""What is asked for of every row of large tables."""


def name_column(row: type) -> str | None:
    """Returns the column that names what a row is, its first; None where a row is of something else, or of a time."""
    name, facts = next(iter(columns_of(row).items()))
    is_name = facts.key and not facts.refs and not facts.label and not facts.choices
    return name if is_name else None


def key_columns(row: type) -> tuple[str, ...]:
    """Returns the names of the columns that identify a row of the table."""
    return tuple(name for name, facts in columns_of(row).items() if facts.key)
