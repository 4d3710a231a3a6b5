"""A requirement of the check, with what it compares and what it brings to the others: stated once, beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.checks.evidence import Evidence, Lines
    from models.checks.report import Recorder

Figure = tuple[float | None, str, str, str, float]
"""Value, unit, which periods it is of, what it is of, and the size of what was added up."""
Place = tuple[str, str, str]
"""Requirement, item, and span or period."""


@dataclass(frozen=True)
class UsedAmount:
    """What bounds a plan: what is used and what there is, in its unit; `when` is its span or period.

    `kind` is what such an amount is called, `what` this one. Where what is left goes to later spans, `least_left` is
    the least that is left in any of them. `size` is that of the amounts that are compared, where they are larger. No
    table but `binding` tells the price of what is `alone` there.
    """

    used: float
    there: float
    unit: str
    when: Any
    kind: str
    what: str
    reported: bool = True
    least_left: float | None = None
    hands_on: bool = False
    size: float = 0.0
    alone: bool = False

    @property
    def left(self) -> float:
        """What is left of it for nothing."""
        return self.there - self.used if self.least_left is None else self.least_left


Amounts = dict[Place, UsedAmount]


@dataclass(frozen=True)
class PlanCheck:
    """One requirement that a plan is checked for.

    `columns` names what it compares, as `table.column`. One that makes a whole `table` again has its `cells`, the kind
    of cell by column, and the requirement whose `prices` the table tells. `lines` are the cost lines of `category` that
    a plan causes, `amounts` what bounds it, and `figures` its key figures, each by name.
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


def makes_again(table: str, cells: Mapping[str, str], **brings: Any) -> Decorator:  # noqa: ANN401
    """Makes a requirement of a function that makes a table again; a star marks the cells that identify a row."""
    return lambda function: PlanCheck(function.__name__, function, table=table, cells=cells, **brings)
