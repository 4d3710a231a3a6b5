"""Finished tables as pandas DataFrames, and DataFrames as the text of input tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.calendar import LabelError, parse_label
from planner.errors import CaseFaults, Fault
from planner.results.column_meanings import units_of
from planner.results.statement_tables import lines_in_order
from planner.results.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

TIMES = ("period", "when", "span", "start", "signed", "year")
"""Columns that hold period labels; in a DataFrame they are ordered categories where every label is one of time."""


class Frames(Mapping[str, "DataFrame"]):
    """Tables by name as DataFrames, each made anew when it is asked for: changing one changes nothing else."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> DataFrame:
        """Returns a table; raises KeyError with the names that there are."""
        if name not in self._tables:
            msg = f"no table {name!r}; there are {', '.join(self._tables)}"
            raise KeyError(msg)
        return frame_of(self._tables[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        return f"<tables: {', '.join(self._tables)}>"


def frame_of(table: Table, units: Mapping[str, str] | None = None) -> DataFrame:
    """Returns a table as a DataFrame: periods ordered, blanks as missing, units by column in `attrs["units"]`."""
    import pandas

    frame = pandas.DataFrame([dict(zip(table.columns, row, strict=True)) for row in table.rows], columns=table.columns)
    for column in frame.columns:
        if column in TIMES and len(frame):
            labels = _ordered(frame[column].dropna().unique().tolist())
            if labels:
                frame[column] = pandas.Categorical(frame[column], categories=labels, ordered=True)
    found = dict(units) if units is not None else units_of(table.name, table.columns)
    frame.attrs["units"] = found
    frame.attrs["table"] = table.name
    return frame


def futures_frame(tables: Mapping[str, Table]) -> DataFrame:
    """Returns the table of scenarios; without rows where the plan is for one future."""
    from planner.results.futures import FUTURES

    return frame_of(tables.get("futures", Table("futures", tuple(FUTURES.split()), ())))


STATEMENTS = {"income_statement": "section", "balance_sheet": "side", "cash_flow_statement": "section"}
"""The statements, each with the column of its parts."""


def statement_frames(tables: Mapping[str, Table]) -> dict[str, DataFrame]:
    """Returns the statements with a row for each line of a part, and a column for each period or node of a tree."""
    found = {}
    for name, part in STATEMENTS.items():
        frame = frame_of(tables[name])
        when = "node" if "node" in frame.columns else "period"
        keys = [part, "line"]
        order = lines_in_order(frame[keys].drop_duplicates().itertuples(index=False, name=None))
        wide = frame.pivot_table(index=keys, columns=when, values="musd", observed=True, sort=False).fillna(0.0)
        wide = wide.reindex(sorted(wide.index, key=order.index))
        wide.attrs.update(table=name, units={"musd": "USD million"})
        found[name] = wide
    return found


def csv_of(table: str, frame: DataFrame) -> str:
    """Returns a DataFrame as the text of an input table: missing values blank, numbers with all digits.

    Raises:
        CaseFaults: it is no DataFrame.
    """
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        fault = Fault(
            table, "is no DataFrame", "Change a copy of case.tables[...] and give that.", value=str(type(frame))
        )
        raise CaseFaults([fault])
    text: str = frame.map(_cell).to_csv(index=False, lineterminator="\n")
    return text


def _cell(value: Any) -> Any:  # noqa: ANN401  whatever a DataFrame holds
    import pandas

    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    if pandas.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _ordered(labels: Sequence[str]) -> list[str]:
    """Labels of time in their order, `end` last; nothing where some are no period labels."""
    try:
        return sorted(labels, key=lambda label: (label == "end", (0, 0) if label == "end" else _first(label)))
    except (LabelError, TypeError, AttributeError):
        return []


def _first(label: str) -> tuple[int, int]:
    return parse_label(label.partition("..")[0])
