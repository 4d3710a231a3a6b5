"""Rows of the input tables that say what a disruption changes from a period on, and what its names stand for.

A disruption is turned into rows of these tables (`models.whatif`), so that a disrupted case is a case like any other:
it can be written down, read again, planned and checked from its files. A team may also fill them in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import MOST_MONTHS, column
from models.moves import TARGETS
from models.rows import Row


@dataclass(frozen=True, kw_only=True)
class LeadTime(Row, theme="What changes in time"):
    """How long after its order a unit can arrive, where that is not the nominal lead time."""

    offer: str = column("of what", key=True, refs=("offers",), example="own_chip_lots")
    period: str = column("arrivals from when on, until the next label", key=True, label="period", example="2028Q1")
    lead_time_months: float = column(
        "months that an arrival lies after its order at least", unit="months", least=0, most=MOST_MONTHS, example="9"
    )


@dataclass(frozen=True, kw_only=True)
class Backlog(Row, theme="What changes in time"):
    """From when on what was ordered may arrive later than it is due."""

    offer: str = column("of what", key=True, refs=("offers",), example="own_chip_lots")
    since: str = column("from when", label="period", example="2028Q1")


@dataclass(frozen=True, kw_only=True)
class Delay(Row, theme="What changes in time"):
    """How much later something is ready than was planned, as is known from a period on; until the next label."""

    item: str = column(
        "programme, acquisition or expansion",
        key=True,
        refs=("programmes", "acquisitions", "expansions"),
        example="second_hall",
    )
    period: str = column("known from when", key=True, label="period", example="2027Q3")
    months: float = column("later by", unit="months", least=0, most=MOST_MONTHS, default=0.0, blank="0", example="3")
    fails: bool = column("never ready, unless it was before", default=False, blank="no")


@dataclass(frozen=True, kw_only=True)
class Role(Row, theme="Uncertainty"):
    """What a name in the library of disruptions stands for in this case."""

    role: str = column("name in the library", key=True, example="leading_edge_wafers")
    target: str = column("what it is here", key=True, refs=TARGETS, example="wafers")
