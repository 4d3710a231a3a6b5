"""Rows of the input tables about what is owned, leased and ordered when the plan starts."""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import column
from models.tables.common_columns import exit_fee, exit_notice, renewal_count, renewal_rent, renewal_term
from models.tables.fleet_rows import InputRow, NamedRow


@dataclass(frozen=True, kw_only=True)
class OpeningFleet(InputRow, theme="Opening position"):
    """Units owned when the plan starts."""

    accelerator: str = column("accelerator", key=True, refs=("accelerators",), example="own_chip_v1")
    site: str = column("site", key=True, refs=("sites",), example="home")
    units: float = column("number of units", unit="units", least=0, example="512")
    in_service_since: str = column("when they entered service", key=True, label="period", example="2026Q4")


@dataclass(frozen=True, kw_only=True)
class OpenLease(NamedRow, theme="Opening position"):
    """Units leased when the plan starts."""

    lease: str = column("name", key=True, example="cloud_2026")
    accelerator: str = column("accelerator", refs=("accelerators",), example="own_chip_v1")
    site: str = column("site", refs=("sites",), example="home")
    units: float = column("number of units", unit="units", least=0, example="128")
    rent_usd_per_unit_per_year: float = column("rent", unit="USD per unit-year", least=0, example="4000")
    ends: str = column("first period without the units", label="period", example="2028Q1")
    exit_fee_months: float | None = exit_fee()
    exit_notice_months: float = exit_notice()
    renew_months: float | None = renewal_term()
    renew_usd_per_unit_per_year: float | None = renewal_rent(blank="the present rent")
    renewals: float | None = renewal_count()


@dataclass(frozen=True, kw_only=True)
class OpenOrder(InputRow, theme="Opening position"):
    """Units ordered before the plan starts."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    site: str = column("site", key=True, refs=("sites",), example="home")
    units: float = column("number of units", unit="units", least=0, example="64")
    due: str = column("period of arrival", key=True, label="period", example="2027Q2")
    balance_usd_per_unit: float = column(
        "balance due on arrival", unit="USD per unit", least=0, default=0.0, blank="0", example="8400"
    )
