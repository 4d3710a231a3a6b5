"""The description of a family of requirements, and its amounts that bound a plan: stated once, beside its rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from models.algebra import Axes, Expr
from models.program import Floats, Ints


class GivesWay(Enum):
    """Whether a requirement gives way in a stress, and what that costs: what people have set does, physics never."""

    NEVER = "never"
    AT_ITS_MONEY = "a dollar over it costs a dollar once more"
    AT_ITS_PENALTY = "a query below it costs its penalty once more"
    BY_ITS_SIZE = "giving way by its own size costs a share of the whole plan"


@dataclass(frozen=True)
class Requirement:
    """One kind of requirement that people can change.

    `rows` names its rows in the program, `called` is what it is called in a sentence, `unit` what a breach of it is
    measured in. `noun` is what one of its amounts is called, and `joined` what stands between that and its name:
    the limit wafers, power at home.
    """

    rows: str
    called: str
    unit: str
    noun: str = ""
    joined: str = " "
    gives_way: GivesWay = GivesWay.NEVER
    compares: bool = False
    """Its bound is a share or a multiple of another amount of the plan."""
    priced: bool = False
    """The result tables have the saving of one more of its bound."""

    @property
    def is_money(self) -> bool:
        """True where it is measured in USD million."""
        return self.unit == "USD million"

    def amount_of(self, item: str) -> str:
        """Returns what the amount of an item is called.

        >>> Requirement("power", "the site power limits", "MW", "power", " at ").amount_of("home")
        'power at home'
        """
        return f"{self.noun}{self.joined}{item}" if item else self.noun


@dataclass(frozen=True, eq=False)
class Amounts:
    """The amounts of a requirement that bound a plan, one for each cell of `axes` in their order."""

    requirement: Requirement
    axes: Axes
    items: tuple[str, ...]
    labels: tuple[str, ...]
    """The span or period of each."""
    node: Ints
    """Where each binds."""
    first: Ints
    """The period in which each begins."""
    used: Expr
    available: Expr
    """What there is, beside `stated` what is added, handed on or cannot be used."""
    stated: Floats | None
    """The amount of the inputs; inf where there is no limit. None where what there is follows from the plan."""
    is_bounded: np.ndarray
    units: tuple[str, ...] | None = None
    """The unit of each, where that is not the requirement's."""
    futures: tuple[tuple[int, ...] | None, ...] | None = None
    """The futures that have each; None: all that pass through its node."""
    share: Floats | None = None
    """How much of what is stated counts, where that is not all."""

    def unit(self, cell: int) -> str:
        """Returns what an amount is counted in."""
        return self.requirement.unit if self.units is None else self.units[cell]

    def is_stated_by(self, rows: str, axes: Axes) -> bool:
        """Returns whether a stated requirement of this name over these axes holds these amounts."""
        same = len(axes) == len(self.axes) and all(one is other for one, other in zip(axes, self.axes, strict=True))
        return same and rows == self.requirement.rows
