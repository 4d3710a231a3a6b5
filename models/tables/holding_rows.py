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
    book_value_usd_per_unit: float = column(
        "value in the books at the start of the plan, for the statements", unit="USD per unit", least=0, default=0.0,
        blank="0", is_rare=True,
    )  # fmt: skip


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
    offer: str = column(
        "offer that it was leased under: its rent counts as spending on that offer, and a renewed term costs the price "
        "of the offer then, where no rent is entered for it",
        refs=("offers",), default="", blank="none", is_rare=True,
    )  # fmt: skip
    end_fee_usd_per_unit: float = column(
        "fee when it ends, such as for leaving it early with notice given", unit="USD per unit", least=0, default=0.0,
        blank="0", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OpenOrder(InputRow, theme="Opening position"):
    """Units ordered before the plan starts."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    site: str = column("site", key=True, refs=("sites",), example="home")
    units: float = column("number of units", unit="units", least=0, example="64")
    due: str = column(
        "period of arrival; before the start of the plan for what is late and can come at once (an offer in backlogs)",
        key=True, label="period", example="2027Q2",
    )  # fmt: skip
    balance_usd_per_unit: float = column(
        "balance due on arrival", unit="USD per unit", least=0, default=0.0, blank="0", example="8400"
    )
    rent_usd_per_unit_per_year: float | None = column(
        "agreed rent of a lease", unit="USD per unit-year", least=0, default=None,
        blank="price of the offer one lead time before it is due", is_rare=True,
    )  # fmt: skip
    balance_due: str | None = column(
        "when the balance is due, where that is not on arrival; it is then paid in full", key=True, label="period",
        default=None, blank="on arrival", is_rare=True,
    )  # fmt: skip
    any_site: bool = column(
        "may arrive at other sites of its offer too", default=False, blank="no: it arrives at its site", is_rare=True
    )
    balance_musd: float = column(
        "what is due with the balance whatever arrives: for units that have come already; below 0 what comes back for "
        "units that do not come", unit="USD million", default=0.0, blank="0", is_rare=True,
    )  # fmt: skip
    ordered: str | None = column(
        "when it was ordered, before the plan: it was promised for one lead time of its offer later, and may be "
        "cancelled as the offer allows, at all its sites alike; what was ordered since the last row of its offer in "
        "backlogs is not late",
        key=True, label="period", default=None, blank="it is not cancelled, and may be late", is_rare=True,
    )  # fmt: skip
    paid_usd_per_unit: float = column(
        "paid before the plan, such as a deposit; with the balance, the price", unit="USD per unit", least=0,
        default=0.0, blank="0", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PastOrder(InputRow, theme="Opening position"):
    """Units ordered in a period before the plan starts, of offers whose orders of that time still count.

    They count in volume discounts whose span has begun, and as the year before, or the year begun, of a maximum order
    growth. A period without orders has a row of 0 units.
    """

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    period: str = column("period of the orders", key=True, label="period", example="2026Q4")
    units: float = column("units ordered", unit="units", least=0, example="640")
