"""Rows of the input tables that say what a disruption changes from a period on, and what its names stand for.

A disruption is turned into rows of these tables (`models.whatif`), so that a disrupted case is a case like any other:
it can be written down, read again, planned and checked from its files. A team may also fill them in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import column
from models.tables.common_columns import duration_months
from models.tables.fleet_rows import InputRow
from models.tables.strategy_rows import TARGETS

MOST_RESPINS = 10


@dataclass(frozen=True, kw_only=True)
class LeadTime(InputRow, theme="Changes over time"):
    """Lead times that differ from the nominal one, and what share is delivered, by period of arrival."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    period: str = column("first period of arrival, until the next label", key=True, label="period", example="2028Q1")
    lead_time_months: float = duration_months("minimum time from order to arrival", example="9")
    delivered_share: float = column(
        "share delivered of what is due then; the rest is cancelled and its price paid back",
        least=0,
        most=1,
        default=1.0,
        blank="1",
    )


@dataclass(frozen=True, kw_only=True)
class Backlog(InputRow, theme="Changes over time"):
    """The period from which orders of an offer may arrive later than due; a row for each time that this begins."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    since: str = column("first period", key=True, label="period", example="2028Q1")
    came_before: float = column(
        "units that came since then and before the start of the plan, less those ordered since then and due before it: "
        "so many of the next may be late", unit="units", default=0.0, blank="0", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Delay(InputRow, theme="Changes over time"):
    """The delay of a programme, acquisition or expansion, as known from a period on until the next label."""

    item: str = column(
        "programme, acquisition or expansion",
        key=True,
        refs=("programmes", "acquisitions", "expansions"),
        example="second_hall",
    )
    period: str = column("when it becomes known", key=True, label="period", example="2027Q3")
    months: float = duration_months("delay", default=0.0, blank="0", example="3")
    fails: bool = column("fails: never ready, unless ready before", default=False, blank="no")
    respins: float | None = column(
        "number of respins of a programme, in place of the expected share",
        least=0,
        most=MOST_RESPINS,
        default=None,
        blank="not known: by tape_out_risk",
    )


@dataclass(frozen=True, kw_only=True)
class Role(InputRow, theme="Uncertainty"):
    """The meaning of a role of the disruption library in this case."""

    role: str = column("role in the library", key=True, example="leading_edge_wafers")
    target: str = column("name in this case", key=True, refs=TARGETS, example="wafers")
