"""Rows of the input tables about work, machines and supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.tables.column_descriptions import MOST_YEARS, NOT_KW, NOT_MONTHS, NOT_SHARES, NOT_USD, NOT_YEARS, column
from models.tables.common_columns import (
    allowed_sites,
    cancel_until,
    duration_months,
    duration_years,
    exit_fee,
    exit_notice,
    first_period,
    gates,
    last_period,
    late_exit,
    lead_time,
    renewal_count,
    renewal_rent,
    renewal_term,
)

CASH_CATEGORIES = (
    "hardware", "lease", "expansion", "tape_out", "acquisition", "agreement", "power", "maintenance", "variable",
    "carbon", "resale", "financing",
)  # fmt: skip
BUDGET_CATEGORIES = (*CASH_CATEGORIES, "incentive")
"""What a budget may count; `all` is the cash categories."""
CATEGORIES = (*BUDGET_CATEGORIES, "revenue", "unserved", "value_left")
"""What a cost line is of."""
NOTE = "remark carried into the report"
SOURCE = "where the number comes from"


@dataclass(frozen=True)
class InputRow:
    """What every row of every table may carry."""

    note: str = column(NOTE, default="", blank="none")
    source: str = column(SOURCE, default="", blank="none")
    theme: ClassVar[str] = ""
    """What its table is about, together with others; themes stand in the order of their first tables."""

    series: ClassVar[tuple[str, ...]] = ()
    """Its columns that are values of series by period or span, which may also stand across."""

    def __init_subclass__(cls, *, theme: str = "Other", series: tuple[str, ...] = (), **others: object) -> None:
        """Names the theme of a table, and its columns that are series."""
        super().__init_subclass__(**others)
        cls.theme, cls.series = theme, series


@dataclass(frozen=True, kw_only=True)
class NamedRow(InputRow):
    """What every row of a table may carry that gives something a name."""

    label: str = column("name shown in documents in place of the id", default="", blank="the id")


@dataclass(frozen=True, kw_only=True)
class Workload(NamedRow, theme="Demand"):
    """A class of queries."""

    workload: str = column("name", key=True, example="chat")
    unit: str = column("what one query is", default="query", blank="query", example="query")
    peak_to_average: float = column(
        "ratio of peak to average rate",
        least=1,
        typical=(1, 20),
        other_units=NOT_SHARES,
        default=1.0,
        blank="1",
        example="2",
    )
    min_service: float = column(
        "minimum share of demand served", least=0, most=1, default=0.0, blank="0", example="0.2"
    )
    penalty_usd_per_1000: float = column(
        "penalty for unserved demand", unit="USD per 1000 queries", least=0, default=0.0, blank="0", example="15"
    )
    revenue_usd_per_1000: float | None = column(
        "revenue from served queries", unit="USD per 1000 queries", least=0, default=None, blank="no revenue"
    )
    sites: tuple[str, ...] = allowed_sites("sites that may serve it")


@dataclass(frozen=True, kw_only=True)
class Demand(InputRow, theme="Demand", series=("queries_per_day_million",)):
    """Demand of a workload, from a period on."""

    workload: str = column("workload", key=True, refs=("workloads",), example="chat")
    period: str = column("first period of the value", key=True, label="period", example="2027Q1")
    queries_per_day_million: float = column(
        "average demand",
        unit="million queries a day",
        least=0,
        typical=(1e-6, 1e6),
        other_units=(("queries", 1e-6), ("thousand queries", 1e-3)),
        example="40",
    )


@dataclass(frozen=True, kw_only=True)
class Accelerator(NamedRow, theme="Accelerators"):
    """An accelerator model that serves workloads."""

    accelerator: str = column("name", key=True, example="own_chip_v1")
    vendor: str = column("manufacturer", example="own")
    it_kw: float = column(
        "IT power of one unit",
        unit="kW",
        least=0,
        typical=(0.02, 100),
        other_units=NOT_KW,
        example="1.1",
    )
    life_years: float = column(
        "useful life", unit="years", above=0, most=MOST_YEARS, typical=(1, 15), other_units=NOT_YEARS, example="5"
    )
    failure_rate_per_year: float = column(
        "share of units lost to failures", unit="1/year", least=0, most=0.99, default=0.0, blank="0", example="0.03"
    )
    maintenance_usd_per_year: float = column(
        "maintenance of an active owned unit",
        unit="USD per unit-year",
        least=0,
        default=0.0,
        blank="0",
        example="900",
        spends="maintenance",
    )
    utilisation: float = column(
        "usable share of the throughput", above=0, most=1, default=1.0, blank="1", example="0.6"
    )
    reference_price_usd: float = column(
        "reference price for resale values",
        unit="USD",
        least=0,
        default=0.0,
        typical=(500, 5e6),
        other_units=NOT_USD,
        blank="0",
        example="12000",
    )
    embodied_kg: float = column(
        "embodied carbon of a unit, counted on arrival",
        unit="kg CO2e",
        least=0,
        typical=(10, 1e5),
        default=0.0,
        blank="0",
    )
    capability: float | None = column(
        "weight of a unit in shares of capability", least=0, default=None, blank="mean of its rates over the best rates"
    )


@dataclass(frozen=True, kw_only=True)
class Throughput(InputRow, theme="Accelerators"):
    """The throughput of one unit on one workload."""

    accelerator: str = column("accelerator", key=True, refs=("accelerators",), example="own_chip_v1")
    workload: str = column("workload", key=True, refs=("workloads",), example="chat")
    queries_per_second: float = column("throughput of one unit", unit="queries/s", above=0, example="0.8")
    software_gain_per_year: float = column(
        "yearly growth of the throughput",
        unit="1/year",
        above=-1,
        typical=(-0.9, 4),
        other_units=NOT_SHARES,
        default=0.0,
        blank="0",
        example="0.05",
    )
    as_of: str | None = column(
        "date of the rate, from which it grows", label="period", default=None, blank="start of the plan"
    )
    variable_usd_per_1000: float = column(
        "variable cost of serving", unit="USD per 1000 queries", least=0, default=0.0, blank="0", spends="variable"
    )

    def rate_at(self, years: float) -> float:
        """Returns the queries/s of one unit so many years after `as_of`, or after the start of the plan."""
        return float(self.queries_per_second * (1.0 + self.software_gain_per_year) ** years)


@dataclass(frozen=True, kw_only=True)
class Resale(InputRow, theme="Accelerators"):
    """The resale value of a used unit, by age."""

    accelerator: str = column(
        "accelerator, or `*` for all without their own rows", key=True, refs=("accelerators", "*"), example="*"
    )
    age_years: float = duration_years("age", key=True, typical=(0, 20), example="1")
    fraction_of_reference_price: float = column("resale value", least=0, most=1.5, example="0.7")


@dataclass(frozen=True, kw_only=True)
class Offer(NamedRow, theme="Supply"):
    """A commercial offer of an accelerator, to buy or to lease."""

    offer: str = column("name", key=True, example="own_chip_lots")
    accelerator: str = column("accelerator delivered", refs=("accelerators",), example="own_chip_v1")
    kind: str = column("bought or leased", choices=("buy", "lease"), example="buy")
    lot_size: float | None = column(
        "units per lot", unit="units", least=1, whole=True, default=None, blank="divisible", example="64"
    )
    min_lots: float = column("minimum order, if any is placed", unit="lots", least=0, default=0.0, blank="0")
    max_lots_per_period: float | None = column(
        "maximum order per period", unit="lots", least=0, default=None, blank="no limit"
    )
    lead_time_months: float = lead_time("time from order to arrival", example="6")
    deposit_share: float = column("share paid at order", least=0, most=1, default=0.0, blank="0", example="0.3")
    term_months: float = duration_months(
        "term of a lease", typical=(4, 180), other_units=NOT_MONTHS, default=0.0, blank="0"
    )
    first_order: str | None = first_period("first period to order")
    last_order: str | None = last_period("last period to order")
    integration_usd_per_unit: float = column(
        "network, racks and installation", unit="USD per unit", least=0, default=0.0, blank="0", example="2500"
    )
    sites: tuple[str, ...] = allowed_sites("sites that can host it")
    cancel_until_months: float | None = cancel_until()
    cancel_fee_share: float = column(
        "fee of a cancellation, as a share of the order's value; the deposit counts towards it", least=0, most=1,
        default=0.0, blank="0", is_rare=True,
    )  # fmt: skip
    late_exit_months: float | None = late_exit()
    exit_fee_months: float | None = exit_fee()
    exit_notice_months: float = exit_notice()
    renew_months: float | None = renewal_term()
    renew_usd_per_unit_per_year: float | None = renewal_rent(blank="price of the offer then")
    renewals: float | None = renewal_count()
    requires: tuple[str, ...] = gates("gates of the order", example="own_chip;wafer_agreement")
    excludes: tuple[str, ...] = gates("gates that end it once taken")


@dataclass(frozen=True, kw_only=True)
class Price(InputRow, theme="Supply", series=("unit_price_usd",)):
    """The price of an offer, from a period on."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    period: str = column("first period of the value", key=True, label="period", example="2027Q1")
    unit_price_usd: float = column("price of a unit (lease: per year)", unit="USD", least=0, example="12000")


@dataclass(frozen=True, kw_only=True)
class PriceTier(InputRow, theme="Supply"):
    """A volume discount within a span."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    span: str = column("span of the volume", key=True, label="span", example="2027")
    from_units: float = column("threshold, units ordered in the span", unit="units", key=True, least=0, example="1280")
    discount: float = column("discount on the price", most=1, example="0.05")
    kind: str = column("units discounted", choices=("incremental", "all_units"), example="incremental")


@dataclass(frozen=True, kw_only=True)
class Limit(NamedRow, theme="Supply", series=("amount",)):
    """The supply of a scarce resource in a span."""

    limit: str = column("name", key=True, example="wafers")
    span: str = column("when", key=True, label="span", example="2027..2028", covers=True)
    amount: float | None = column("supply in the span", least=0, default=None, blank="no limit", example="4000")
    unit: str = column("unit of measure", default="units", blank="units", example="wafers", constant=True)
    used_before: float = column(
        "used of the amount before the start of the plan, less what was added to it", default=0.0, blank="0",
        is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LimitUse(InputRow, theme="Supply"):
    """The amount of a scarce resource that an arriving unit uses."""

    limit: str = column("limit", key=True, refs=("limits",), example="wafers")
    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    use_per_unit: float = column("use per unit", least=0, example="0.05")
