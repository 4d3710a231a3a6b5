"""Rows of the input tables about work, machines, supply and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.columns import (
    MOST_MONTHS,
    MOST_YEARS,
    NOT_KW,
    NOT_LEAD_MONTHS,
    NOT_MONTHS,
    NOT_MW,
    NOT_SHARES,
    NOT_USD,
    NOT_USD_PER_MWH,
    NOT_YEARS,
    column,
)

CASH_CATEGORIES = (
    "hardware", "lease", "expansion", "tape_out", "acquisition", "agreement", "power", "maintenance", "variable",
    "carbon", "resale",
)  # fmt: skip
CATEGORIES = (*CASH_CATEGORIES, "revenue", "unserved", "value_left")
"""What a cost line is of."""
CARBON = ("sites.carbon_kg_per_kwh", "site_series.carbon_kg_per_kwh", "accelerators.embodied_kg")
"""The columns that say what is emitted."""
NOTE = "remark carried into the report"
SOURCE = "where the number comes from"


@dataclass(frozen=True)
class Row:
    """What every row of every table may carry."""

    note: str = column(NOTE, default="", blank="none")
    source: str = column(SOURCE, default="", blank="none")
    theme: ClassVar[str] = ""
    """What its table is about, together with others; themes stand in the order of their first tables."""

    def __init_subclass__(cls, *, theme: str = "Other", **others: object) -> None:
        """Names the theme of a table."""
        super().__init_subclass__(**others)
        cls.theme = theme


@dataclass(frozen=True, kw_only=True)
class Workload(Row, theme="Work"):
    """A class of queries."""

    workload: str = column("name", key=True, example="chat")
    unit: str = column("what one query is", default="query", blank="query", example="query")
    peak_to_average: float = column(
        "peak rate over average rate",
        least=1,
        typical=(1, 20),
        other_units=NOT_SHARES,
        default=1.0,
        blank="1",
        example="2",
    )
    min_service: float = column("least share of demand served", least=0, most=1, default=0.0, blank="0", example="0.2")
    penalty_usd_per_1000: float = column(
        "economic cost of unserved demand", unit="USD per 1000 queries", least=0, default=0.0, blank="0", example="15"
    )
    revenue_usd_per_1000: float | None = column(
        "income from served queries", unit="USD per 1000 queries", least=0, default=None, blank="no revenue"
    )
    sites: tuple[str, ...] = column("sites that may serve it", refs=("sites",), many=True, default=(), blank="all")


@dataclass(frozen=True, kw_only=True)
class Demand(Row, theme="Work"):
    """Queries asked for, from a period on."""

    workload: str = column("what is asked for", key=True, refs=("workloads",), example="chat")
    period: str = column("from when", key=True, label="period", example="2027Q1")
    queries_per_day_million: float = column(
        "average demand",
        unit="million queries a day",
        least=0,
        typical=(1e-6, 1e6),
        other_units=(("queries", 1e-6), ("thousand queries", 1e-3)),
        example="40",
    )


@dataclass(frozen=True, kw_only=True)
class Accelerator(Row, theme="Machines"):
    """A machine model that does the work."""

    accelerator: str = column("name", key=True, example="own_chip_v1")
    vendor: str = column("who makes it", example="own")
    it_kw: float = column(
        "electric load of one unit at the machine",
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
        "share lost for good each year", unit="1/year", least=0, most=0.99, default=0.0, blank="0", example="0.03"
    )
    maintenance_usd_per_year: float = column(
        "upkeep of an active owned unit",
        unit="USD per unit-year",
        least=0,
        default=0.0,
        blank="0",
        example="900",
        spends="maintenance",
    )
    utilisation: float = column("usable share of the rate", above=0, most=1, default=1.0, blank="1", example="0.6")
    reference_price_usd: float = column(
        "price that resale fractions refer to",
        unit="USD",
        least=0,
        default=0.0,
        typical=(500, 5e6),
        other_units=NOT_USD,
        blank="0",
        example="12000",
    )
    embodied_kg: float = column(
        "carbon of making a unit, emitted when it arrives",
        unit="kg CO2e",
        least=0,
        typical=(10, 1e5),
        default=0.0,
        blank="0",
    )
    capability: float | None = column(
        "weight of a unit in shares", least=0, default=None, blank="mean of its rates over the best rates"
    )


@dataclass(frozen=True, kw_only=True)
class Throughput(Row, theme="Machines"):
    """What one unit does of one workload."""

    accelerator: str = column("who works", key=True, refs=("accelerators",), example="own_chip_v1")
    workload: str = column("on what", key=True, refs=("workloads",), example="chat")
    queries_per_second: float = column("rate of one unit", unit="queries/s", above=0, example="0.8")
    software_gain_per_year: float = column(
        "yearly growth of the rate",
        unit="1/year",
        above=-1,
        typical=(-0.9, 4),
        other_units=NOT_SHARES,
        default=0.0,
        blank="0",
        example="0.05",
    )
    as_of: str | None = column(
        "when the rate was true, from where it grows", label="period", default=None, blank="start of the plan"
    )
    variable_usd_per_1000: float = column(
        "cost of serving with it", unit="USD per 1000 queries", least=0, default=0.0, blank="0", spends="variable"
    )

    def rate_at(self, years: float) -> float:
        """Returns the queries/s of one unit so many years after `as_of`, or after the start of the plan."""
        return float(self.queries_per_second * (1.0 + self.software_gain_per_year) ** years)


@dataclass(frozen=True, kw_only=True)
class Resale(Row, theme="Machines"):
    """What a used unit brings, by age."""

    accelerator: str = column(
        "which, or `*` for every one without rows of its own", key=True, refs=("accelerators", "*"), example="*"
    )
    age_years: float = column(
        "age", unit="years", key=True, least=0, most=MOST_YEARS, typical=(0, 20), other_units=NOT_YEARS, example="1"
    )
    fraction_of_reference_price: float = column("resale value", least=0, most=1.5, example="0.7")


@dataclass(frozen=True, kw_only=True)
class Offer(Row, theme="Supply"):
    """A commercial way to get an accelerator."""

    offer: str = column("name", key=True, example="own_chip_lots")
    accelerator: str = column("what is delivered", refs=("accelerators",), example="own_chip_v1")
    kind: str = column("bought or leased", choices=("buy", "lease"), example="buy")
    lot_size: float | None = column(
        "units bought together", unit="units", least=1, whole=True, default=None, blank="divisible", example="64"
    )
    min_lots: float = column("least order, when there is one", unit="lots", least=0, default=0.0, blank="0")
    max_lots_per_period: float | None = column(
        "largest order of a period", unit="lots", least=0, default=None, blank="no limit"
    )
    lead_time_months: float = column(
        "order to arrival",
        unit="months",
        least=0,
        most=MOST_MONTHS,
        typical=(1, 60),
        other_units=NOT_LEAD_MONTHS,
        default=0.0,
        blank="0",
        example="6",
    )
    deposit_share: float = column("share paid at order", least=0, most=1, default=0.0, blank="0", example="0.3")
    term_months: float = column(
        "term of a lease",
        unit="months",
        least=0,
        most=MOST_MONTHS,
        typical=(4, 180),
        other_units=NOT_MONTHS,
        default=0.0,
        blank="0",
    )
    first_order: str | None = column("first possible order", label="period", default=None, blank="start")
    last_order: str | None = column("last possible order", label="period", default=None, blank="end")
    integration_usd_per_unit: float = column(
        "network, racks and work at arrival", unit="USD per unit", least=0, default=0.0, blank="0", example="2500"
    )
    sites: tuple[str, ...] = column("where it can stand", refs=("sites",), many=True, default=(), blank="all")
    requires: tuple[str, ...] = column(
        "gates of the order", refs=("gates",), many=True, default=(), blank="none", example="own_chip;wafer_agreement"
    )
    excludes: tuple[str, ...] = column("what ends it once taken", refs=("gates",), many=True, default=(), blank="none")


@dataclass(frozen=True, kw_only=True)
class Price(Row, theme="Supply"):
    """The price of an offer, from a period on."""

    offer: str = column("of what", key=True, refs=("offers",), example="own_chip_lots")
    period: str = column("from when", key=True, label="period", example="2027Q1")
    unit_price_usd: float = column("price of a unit (lease: per year)", unit="USD", least=0, example="12000")


@dataclass(frozen=True, kw_only=True)
class PriceTier(Row, theme="Supply"):
    """A volume discount within a span."""

    offer: str = column("of what", key=True, refs=("offers",), example="own_chip_lots")
    span: str = column("when it counts", key=True, label="span", example="2027")
    from_units: float = column(
        "from how many units ordered in the span", unit="units", key=True, least=0, example="1280"
    )
    discount: float = column("off the price", most=1, example="0.05")
    kind: str = column("what the discount applies to", choices=("incremental", "all_units"), example="incremental")


@dataclass(frozen=True, kw_only=True)
class Limit(Row, theme="Supply"):
    """How much there is of a scarce resource in a span."""

    limit: str = column("name", key=True, example="wafers")
    span: str = column("when", key=True, label="span", example="2027..2028", covers=True)
    amount: float | None = column("supply in the span", least=0, default=None, blank="no limit", example="4000")
    unit: str = column("what it is counted in", default="units", blank="units", example="wafers", alike=True)


@dataclass(frozen=True, kw_only=True)
class LimitUse(Row, theme="Supply"):
    """What an arriving unit takes of a scarce resource."""

    limit: str = column("of what", key=True, refs=("limits",), example="wafers")
    offer: str = column("by what", key=True, refs=("offers",), example="own_chip_lots")
    use_per_unit: float = column("taken by one unit", least=0, example="0.05")


@dataclass(frozen=True, kw_only=True)
class Site(Row, theme="Places"):
    """A place with power."""

    site: str = column("name", key=True, example="home")
    power_mw: float | None = column(
        "facility power",
        unit="MW",
        least=0,
        typical=(0.01, 50_000),
        other_units=NOT_MW,
        default=None,
        blank="no limit",
        example="10",
    )
    pue: float = column("facility power over machine power", least=1, most=3, default=1.0, blank="1", example="1.2")
    electricity_usd_per_mwh: float = column(
        "price of electricity",
        unit="USD/MWh",
        least=0,
        typical=(10, 500),
        other_units=NOT_USD_PER_MWH,
        default=0.0,
        blank="0",
        example="70",
        spends="power",
    )
    carbon_kg_per_kwh: float = column(
        "carbon of electricity",
        unit="kg CO2e/kWh",
        least=0,
        typical=(0.001, 1.5),
        default=0.0,
        blank="0",
        example="0.35",
    )
    fixed_musd_per_year: float = column(
        "fixed cost", unit="USD million a year", least=0, default=0.0, blank="0", spends="maintenance"
    )


@dataclass(frozen=True, kw_only=True)
class SiteSeries(Row, theme="What changes in time"):
    """What a site has from a period on, where that is not what `sites` says; until the next label."""

    site: str = column("where", key=True, refs=("sites",), example="home")
    period: str = column("from when", key=True, label="period", example="2028Q1")
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
        "share of existing and energised power that can be used", least=0, most=1, default=1.0, blank="1", example="0.9"
    )
    electricity_usd_per_mwh: float | None = column(
        "price of electricity",
        unit="USD per MWh",
        least=0,
        typical=(10, 500),
        other_units=NOT_USD_PER_MWH,
        default=None,
        blank="as in sites",
        spends="power",
    )
    carbon_kg_per_kwh: float | None = column(
        "carbon of electricity", unit="kg CO2e/kWh", least=0, typical=(0.001, 1.5), default=None, blank="as in sites"
    )


@dataclass(frozen=True, kw_only=True)
class CarbonLimit(Row, theme="Money and rules"):
    """How much carbon may be emitted in a span: by the electricity of all sites, and by making what arrives."""

    span: str = column("when", key=True, label="span", covers=True, example="2027..2028")
    tonnes: float | None = column(
        "the most", unit="t CO2e", least=0, default=None, blank="no limit", needs=CARBON, example="20000"
    )


@dataclass(frozen=True, kw_only=True)
class Expansion(Row, theme="Places"):
    """Power that can be added at a site, in modules."""

    expansion: str = column("name", key=True, example="second_hall")
    site: str = column("where", refs=("sites",), example="home")
    module_mw: float = column(
        "power of a module", unit="MW", above=0, typical=(0.05, 5_000), other_units=NOT_MW, example="5"
    )
    cost_musd_per_module: float = column("cost of a module", unit="USD million", least=0, example="60")
    max_modules: int = column("most modules over the plan", unit="modules", least=0, whole=True, example="2")
    lead_time_months: float = column(
        "order to power",
        unit="months",
        least=0,
        most=MOST_MONTHS,
        typical=(1, 60),
        other_units=NOT_LEAD_MONTHS,
        default=0.0,
        blank="0",
        example="12",
    )
    life_years: float = column(
        "life for the value left",
        unit="years",
        least=0,
        most=MOST_YEARS,
        typical=(3, 50),
        other_units=NOT_YEARS,
        default=0.0,
        blank="0",
        example="20",
    )
    first_order: str | None = column("first possible order", label="period", default=None, blank="start")
    last_order: str | None = column("last possible order", label="period", default=None, blank="end")
    requires: tuple[str, ...] = column("gates of the order", refs=("gates",), many=True, default=(), blank="none")
    excludes: tuple[str, ...] = column("what ends it once taken", refs=("gates",), many=True, default=(), blank="none")
