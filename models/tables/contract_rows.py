"""Rows of the input tables about contracts that finance, reward or bind what is bought."""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import MOST_MONTHS, NOT_MONTHS, NOT_SHARES, column
from models.tables.common_columns import first_period, last_period, money_musd
from models.tables.fleet_rows import CASH_CATEGORIES, InputRow, NamedRow

FINANCED = tuple(category for category in CASH_CATEGORIES if category not in ("resale", "financing"))
"""The categories whose spending a facility may advance."""
REPAYMENTS = ("level", "bullet")
SUBJECTS = ("vendors", "accelerators", "offers", "agreements")
"""What units that count towards a milestone may be named by; of one name, the first counts."""
MEASURES = ("units", "mw", "musd")
LEVEL_UNITS = ("units", "musd", "mw")


@dataclass(frozen=True, kw_only=True)
class Facility(NamedRow, theme="Deals"):
    """A loan facility that can be drawn against what is spent."""

    facility: str = column("name", key=True, example="machine_loan")
    limit_musd: float = money_musd("maximum amount outstanding", typical=(0.1, 1e6), example="200")
    rate_per_year: float = column(
        "yearly interest on what is outstanding", unit="1/year", least=0, most=1, typical=(0.005, 0.4),
        other_units=NOT_SHARES, example="0.09",
    )  # fmt: skip
    first_draw: str | None = first_period("first period to draw")
    last_draw: str | None = last_period("last period to draw")
    term_months: float = column(
        "term of a draw", unit="months", above=0, most=MOST_MONTHS, typical=(3, 240), other_units=NOT_MONTHS,
        example="24",
    )  # fmt: skip
    repayment: str = column(
        "level: equal instalments, one a period; bullet: all at the end of the term", choices=REPAYMENTS,
        example="level",
    )  # fmt: skip
    advance_share: float = column(
        "maximum draw, as a share of the period's spending on the categories", least=0, most=1, default=1.0, blank="1",
        example="0.7",
    )  # fmt: skip
    categories: tuple[str, ...] = column("cost categories financed", choices=FINANCED, many=True, example="hardware")
    fee_share: float = column(
        "fee, as a share of each draw", least=0, most=1, typical=(1e-4, 0.1), default=0.0, blank="0", example="0.01"
    )


@dataclass(frozen=True, kw_only=True)
class IncentiveMilestone(NamedRow, theme="Deals"):
    """Income that a seller pays once so much has been taken, such as warrants that vest."""

    milestone: str = column("name", key=True, example="first_megawatts")
    subject: str = column(
        "vendor, accelerator, offer or agreement whose units count", refs=SUBJECTS, example="wafer_agreement"
    )
    measure: str = column(
        "units: arrivals; mw: facility power of arrivals; musd: spending on hardware and leases", choices=MEASURES,
        example="units",
    )  # fmt: skip
    amount: float = column("amount to reach, from the start of the plan on", above=0, example="1280")
    by: str | None = last_period("last period in which it can be reached")
    value_musd: float = money_musd("income when it is reached", typical=(0.01, 1e6), example="12")
    counted_before: float = column(
        "what counted before the start of the plan", least=0, default=0.0, blank="0", is_rare=True
    )


@dataclass(frozen=True, kw_only=True)
class MilestoneValue(InputRow, theme="Changes over time"):
    """The income of a milestone that is reached from a period on, where it differs: the price of a share, say."""

    milestone: str = column("milestone", key=True, refs=("milestones",), example="first_megawatts")
    period: str = column("first period of the value", key=True, label="period", example="2028Q1")
    value_musd: float = money_musd("income when it is reached", typical=(0.01, 1e6), example="15")


@dataclass(frozen=True, kw_only=True)
class CommitLevel(InputRow, theme="Deals"):
    """What an agreement obliges to take in a year of its term."""

    agreement: str = column("agreement", key=True, refs=("agreements",), example="wafer_agreement")
    year_of_term: int = column("year of the term, from 1", key=True, least=1, whole=True, example="1")
    amount: float = column("level of the year", least=0, example="320")
    unit: str = column(
        "units: arrivals of the agreement's offers; musd: spending on them; mw: facility power of their active "
        "accelerators, averaged over the year",
        choices=LEVEL_UNITS, example="units",
    )  # fmt: skip
    shortfall_share: float = column("share of the shortfall that is paid", least=0, most=1, default=1.0, blank="1")
    carry: str = column(
        "excess: what a year has above its level counts in the next year", choices=("none", "excess"), default="none",
        blank="none", example="excess",
    )  # fmt: skip
    counted_before: float = column(
        "what counted in this year before the start of the plan", least=0, default=0.0, blank="0"
    )
    brought_forward: float = column(
        "what earlier years of the term took above their levels, of an agreement signed before the plan", least=0,
        default=0.0, blank="0", is_rare=True,
    )  # fmt: skip
