"""A requirement of the check, with what it compares and what it brings to the others: stated once, beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.checks.evidence import Amounts, Evidence, Figure, Lines
from models.checks.report import Recorder


@dataclass(frozen=True)
class PlanCheck:
    """One requirement that a plan is checked for.

    `columns` names what it compares, as `table.column`. One that recomputes a whole `table` has its `cells`, the kind
    of cell by column, and the requirement whose `prices` stand in the table. `lines` are the cost lines of `category`
    that a plan causes, `amounts` what bounds it, and `figures` its key figures, each by name.
    """

    name: str
    compare: Callable[[Evidence, Recorder], None]
    columns: tuple[str, ...] = ()
    table: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    prices: str = ""
    category: str = ""
    lines: Callable[[Evidence], Lines] | None = None
    amounts: Callable[[Evidence], Amounts] | None = None
    figures: Callable[[Evidence], dict[str, Figure]] | None = None

    def __call__(self, plan: Evidence, record: Recorder) -> None:
        """Records what does not hold."""
        self.compare(plan, record)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that identify a row of its table."""
        return tuple(name for name, kind in self.cells.items() if kind.startswith("*"))


Decorator = Callable[[Callable[..., None]], PlanCheck]


def compares(columns: str = "", **brings: Any) -> Decorator:  # noqa: ANN401 (the fields of PlanCheck)
    """Makes a requirement of a function; `columns` are those that it compares, separated by spaces."""
    return lambda function: PlanCheck(function.__name__, function, tuple(columns.split()), **brings)


def recomputes(table: str, cells: Mapping[str, str], **brings: Any) -> Decorator:  # noqa: ANN401
    """Makes a requirement of a function that recomputes a table; a star marks the cells that identify a row."""
    return lambda function: PlanCheck(function.__name__, function, table=table, cells=cells, **brings)


def listed(
    plan: Evidence, record: Recorder, table: str, column: str, expected: Iterable[tuple[str, int]]
) -> Iterator[tuple[str, int, tuple[str, str], dict[str, Any]]]:
    """Yields each item and period of a table that has a row for each, with its place and row.

    A row that is missing, or of no item and period of the plan, is a fault.
    """
    rows, known = {(row[column], row["period"]): row for row in plan.rows[table]}, set(expected)
    for name, t in rows.keys() - known:
        record.fault((name, plan.labels[t]), "row", "given", f"of a {column} and period of the plan")
    for name, t in sorted(known):
        where = name, plan.labels[t]
        if (name, t) in rows:
            yield name, t, where, rows[name, t]
        else:
            record.fault(where, "row", "missing", "in the table")
