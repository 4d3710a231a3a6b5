"""Columns that several input tables have: what they share is described once, and a row class adds the rest."""

from __future__ import annotations

from typing import Any

from models.tables.column_descriptions import (
    MOST_MONTHS,
    MOST_YEARS,
    NOT_LEAD_MONTHS,
    NOT_MUSD,
    NOT_MW,
    NOT_USD_PER_MWH,
    NOT_YEARS,
    column,
)


def duration_months(meaning: str, **facts: Any) -> Any:  # noqa: ANN401 (as `column`)
    """Declares a duration in months, which may be 0."""
    return column(meaning, unit="months", least=0, most=MOST_MONTHS, **facts)


def lead_time(meaning: str, **facts: Any) -> Any:  # noqa: ANN401
    """Declares the months between an order and what it brings; blank is 0."""
    return duration_months(meaning, typical=(1, 60), other_units=NOT_LEAD_MONTHS, default=0.0, blank="0", **facts)


def duration_years(meaning: str, **facts: Any) -> Any:  # noqa: ANN401
    """Declares a duration or age in years, which may be 0."""
    return column(meaning, unit="years", least=0, most=MOST_YEARS, other_units=NOT_YEARS, **facts)


def money_musd(meaning: str, *, unit: str = "USD million", **facts: Any) -> Any:  # noqa: ANN401
    """Declares an amount in USD million of at least 0, or USD million a year."""
    return column(meaning, unit=unit, least=0, other_units=NOT_MUSD, **facts)


def value_table(**facts: Any) -> Any:  # noqa: ANN401
    """Declares the table in which a value stands that another row changes."""
    return column("table of the value", **facts)


def value_row(**facts: Any) -> Any:  # noqa: ANN401
    """Declares the row of such a value, by its key."""
    return column("row of the value: its key columns except period labels, joined by `;`; `*` matches any", **facts)


def value_from(*, example: str) -> Any:  # noqa: ANN401
    """Declares the first period of such a value; blank is always."""
    return column("first period of the value", key=True, label="period", default="", blank="always", example=example)


def first_period(meaning: str) -> Any:  # noqa: ANN401
    """Declares the first period in which a decision may be taken; blank is the start of the plan."""
    return column(meaning, label="period", default=None, blank="start")


def last_period(meaning: str) -> Any:  # noqa: ANN401
    """Declares the last period in which a decision may be taken; blank is the end of the plan."""
    return column(meaning, label="period", default=None, blank="end")


def gates(meaning: str, **facts: Any) -> Any:  # noqa: ANN401
    """Declares names of programmes, acquisitions and agreements that open or close a decision; blank is none."""
    return column(meaning, refs=("gates",), many=True, default=(), blank="none", **facts)


def allowed_sites(meaning: str) -> Any:  # noqa: ANN401
    """Declares the sites to which a row is restricted; blank is all."""
    return column(meaning, refs=("sites",), many=True, default=(), blank="all")


def site_power_mw(meaning: str, *, blank: str, **facts: Any) -> Any:  # noqa: ANN401
    """Declares the facility power of a site in MW; a blank is None."""
    return column(
        meaning, unit="MW", least=0, typical=(0.01, 50_000), other_units=NOT_MW, default=None, blank=blank, **facts
    )


def electricity_price(**facts: Any) -> Any:  # noqa: ANN401
    """Declares the price of electricity of a site in USD per MWh."""
    return column(
        "price of electricity", unit="USD/MWh", least=0, typical=(10, 500), other_units=NOT_USD_PER_MWH,
        spends="power", **facts,
    )  # fmt: skip


def carbon_intensity(**facts: Any) -> Any:  # noqa: ANN401
    """Declares what the electricity of a site emits, in kg CO2e per kWh."""
    return column("carbon of electricity", unit="kg CO2e/kWh", least=0, typical=(0.001, 1.5), **facts)


def cancel_until() -> Any:  # noqa: ANN401
    """Declares until when an order may be cancelled; blank is no right to."""
    return column(
        "months before the nominal due date until which an order may be cancelled", unit="months", least=0,
        most=MOST_MONTHS, default=None, blank="never",
    )  # fmt: skip


def late_exit() -> Any:  # noqa: ANN401
    """Declares the delay beyond which what is late may be cancelled for nothing; blank is no right to."""
    return column(
        "months of delay beyond which an order may be cancelled without a fee and its payments come back",
        unit="months", least=0, most=MOST_MONTHS, default=None, blank="never",
    )  # fmt: skip


def exit_fee() -> Any:  # noqa: ANN401
    """Declares the fee for leaving a lease before its end; blank is no right to."""
    return column(
        "fee for leaving a lease early, in months of rent", unit="months of rent", least=0, most=MOST_MONTHS,
        default=None, blank="cannot be left",
    )  # fmt: skip


def exit_notice() -> Any:  # noqa: ANN401
    """Declares the months from notice to exit."""
    return duration_months("notice before leaving a lease early", default=0.0, blank="0", is_rare=True)


def renewal_term() -> Any:  # noqa: ANN401
    """Declares the term of a renewal; blank is no right to."""
    return column(
        "term of a renewal", unit="months", above=0, most=MOST_MONTHS, default=None, blank="cannot be renewed"
    )


def renewal_rent(*, blank: str) -> Any:  # noqa: ANN401
    """Declares the rent of a renewed term."""
    return column("rent of a renewed term", unit="USD per unit-year", least=0, default=None, blank=blank)


def renewal_count() -> Any:  # noqa: ANN401
    """Declares how often a lease may be renewed."""
    return column("how often it can be renewed", least=0, most=20, whole=True, default=None, blank="once")
