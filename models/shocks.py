"""Rows of the input tables that say what a disruption changes from a period on, and what its names stand for.

A disruption is turned into rows of these tables (`models.whatif`), so that a disrupted case is a case like any other:
it can be written down, read again, planned and checked from its files. A team may also fill them in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import MOST_MONTHS, NOT_MW, NOT_USD_PER_MWH, column
from models.moves import TARGETS
from models.rows import Row


@dataclass(frozen=True, kw_only=True)
class LeadTime(Row):
    """How long after its order a unit can arrive, where that is not the nominal lead time."""

    offer: str = column("of what", key=True, refs=("offers",))
    period: str = column("arrivals from when on, until the next label", key=True, label="period")
    lead_time_months: float = column(
        "months that an arrival lies after its order at least", unit="months", least=0, most=MOST_MONTHS
    )


@dataclass(frozen=True, kw_only=True)
class Backlog(Row):
    """From when on what was ordered may arrive later than it is due."""

    offer: str = column("of what", key=True, refs=("offers",))
    since: str = column("from when", label="period")


@dataclass(frozen=True, kw_only=True)
class SiteSeries(Row):
    """What a site has from a period on, where that is not what `sites` says; until the next label."""

    site: str = column("where", key=True, refs=("sites",))
    period: str = column("from when", key=True, label="period")
    power_mw: float | None = column(
        "existing facility power",
        unit="MW",
        least=0,
        typical=(0.01, 50_000),
        other_units=NOT_MW,
        default=None,
        blank="as in sites",
    )
    available_share: float = column(
        "share of existing and energised power that can be used", least=0, most=1, default=1.0, blank="1"
    )
    electricity_usd_per_mwh: float | None = column(
        "price of electricity",
        unit="USD per MWh",
        least=0,
        typical=(10, 500),
        other_units=NOT_USD_PER_MWH,
        default=None,
        blank="as in sites",
    )


@dataclass(frozen=True, kw_only=True)
class Delay(Row):
    """How much later something is ready than was planned, as is known from a period on; until the next label."""

    item: str = column(
        "programme, acquisition or expansion", key=True, refs=("programmes", "acquisitions", "expansions")
    )
    period: str = column("known from when", key=True, label="period")
    months: float = column("later by", unit="months", least=0, most=MOST_MONTHS, default=0.0, blank="0")
    fails: bool = column("never ready, unless it was before", default=False, blank="no")


@dataclass(frozen=True, kw_only=True)
class Role(Row):
    """What a name in the library of disruptions stands for in this case."""

    role: str = column("name in the library", key=True)
    target: str = column("what it is here", key=True, refs=TARGETS)
