"""Rows of the input tables about sites and their power."""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import MOST_MONTHS, NOT_MONTHS, NOT_MW, NOT_SHARES, column
from models.tables.common_columns import (
    carbon_intensity,
    duration_years,
    electricity_price,
    first_period,
    gates,
    last_period,
    lead_time,
    site_power_mw,
)
from models.tables.fleet_rows import InputRow, NamedRow


@dataclass(frozen=True, kw_only=True)
class Site(NamedRow, theme="Sites"):
    """A data centre site with power."""

    site: str = column("name", key=True, example="home")
    power_mw: float | None = site_power_mw("facility power", blank="no limit", example="10")
    pue: float = column("facility power over IT power", least=1, most=3, default=1.0, blank="1", example="1.2")
    electricity_usd_per_mwh: float = electricity_price(default=0.0, blank="0", example="70")
    carbon_kg_per_kwh: float = carbon_intensity(default=0.0, blank="0", example="0.35")
    fixed_musd_per_year: float = column(
        "fixed cost", unit="USD million a year", least=0, default=0.0, blank="0", spends="maintenance"
    )
    fixed_from: str = column(
        "when the fixed cost begins: with the plan, or with the first module energised at a site without own power",
        choices=("start", "first_module"), default="start", blank="start", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SiteSeries(
    InputRow,
    theme="Changes over time",
    series=("power_mw", "available_share", "electricity_usd_per_mwh", "carbon_kg_per_kwh"),
):
    """Values of a site that differ from `sites`, from a period on until the next label."""

    site: str = column("site", key=True, refs=("sites",), example="home")
    period: str = column("first period of the value", key=True, label="period", example="2028Q1")
    power_mw: float | None = site_power_mw("existing facility power", blank="as in sites")
    available_share: float = column(
        "usable share of existing and energised power", least=0, most=1, default=1.0, blank="1", example="0.9"
    )
    electricity_usd_per_mwh: float | None = electricity_price(default=None, blank="as in sites")
    carbon_kg_per_kwh: float | None = carbon_intensity(default=None, blank="as in sites")


@dataclass(frozen=True, kw_only=True)
class Expansion(NamedRow, theme="Sites"):
    """Power that can be added at a site, in modules."""

    expansion: str = column("name", key=True, example="second_hall")
    site: str = column("site", refs=("sites",), example="home")
    module_mw: float = column(
        "power of a module", unit="MW", above=0, typical=(0.05, 5_000), other_units=NOT_MW, example="5"
    )
    cost_musd_per_module: float = column("cost of a module", unit="USD million", least=0, example="60")
    max_modules: int = column("maximum modules over the plan", unit="modules", least=0, whole=True, example="2")
    lead_time_months: float = lead_time("time from order to energised power", example="12")
    life_years: float = duration_years(
        "life for the salvage value", typical=(3, 50), default=0.0, blank="0", example="20"
    )
    rent_musd_per_module_per_year: float = column(
        "rent of a module while it is energised",
        unit="USD million a year",
        least=0,
        default=0.0,
        blank="0",
        is_rare=True,
    )
    rent_growth_per_year: float = column(
        "yearly growth of the rent, from when the module is energised", above=-1, typical=(-0.2, 0.2),
        other_units=NOT_SHARES, default=0.0, blank="0", is_rare=True,
    )  # fmt: skip
    term_months: float | None = column(
        "term, from when the module is energised; its power ends with it", unit="months", above=0, most=MOST_MONTHS,
        typical=(12, 360), other_units=NOT_MONTHS, default=None, blank="no end",
    )  # fmt: skip
    exit_fee_musd_per_module: float = column(
        "fee at the end of the term, such as a guaranteed value",
        unit="USD million",
        least=0,
        default=0.0,
        blank="0",
        is_rare=True,
    )
    first_order: str | None = first_period("first period to order")
    last_order: str | None = last_period("last period to order")
    requires: tuple[str, ...] = gates("gates of the order")
    excludes: tuple[str, ...] = gates("gates that end it once taken")
