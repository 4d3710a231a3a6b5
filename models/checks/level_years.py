"""What yearly levels of agreements cost: what counts in each year of a term, and what is short, from the plan alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.checks.evidence import USD_PER_MUSD, Evidence, Lines
from models.checks.money_supply import RUNNING, add, hardware_lines, lease_lines
from models.checks.power_checks import KW_PER_MW
from models.checks.time import MONTHS_PER_YEAR
from models.tables.contract_rows import CommitLevel

Key = tuple[str, int, int]
"""Agreement, year of the term, and its last period."""


@dataclass(frozen=True)
class YearOfTerm:
    """One year of a signed agreement: what is to be taken in it, and what was."""

    row: CommitLevel
    first: int
    last: int
    counted: float
    brought_forward: float
    shortfall: float


def years_of_term(plan: Evidence) -> Iterator[YearOfTerm]:
    """Yields the years of signed agreements that end within the optimised periods, in their order."""
    rows = sorted(plan.case.commit_levels, key=lambda row: row.year_of_term)
    length = MONTHS_PER_YEAR // plan.calendar.months
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        begin = signing.signed + plan.calendar.lag(agreement.lag_months)
        end = begin + plan.calendar.term(agreement.term_months)
        excess = 0.0
        for row in rows:
            first = begin + (row.year_of_term - 1) * length
            last = min(first + length, end) - 1
            if row.agreement != signing.agreement or not 0 <= last < plan.calendar.periods:
                continue
            counted = _counted(plan, row, range(max(0, first), last + 1)) + row.counted_before * (first < 0)
            counted += row.brought_forward * (signing.signed < 0)
            if row.amount > 0:
                yield YearOfTerm(row, first, last, counted, excess, max(0.0, row.amount - counted - excess))
            excess = max(0.0, excess + counted - row.amount) if row.carry == "excess" else 0.0


def last_period_of(plan: Evidence, row: CommitLevel, signed: int) -> int | None:
    """Returns the last period of a row's year of the term; None where the term is over before."""
    agreement, length = plan.facts.agreements[row.agreement], MONTHS_PER_YEAR // plan.calendar.months
    term = plan.calendar.term(agreement.term_months)
    if (row.year_of_term - 1) * length >= term:
        return None
    return signed + plan.calendar.lag(agreement.lag_months) + min(row.year_of_term * length, term) - 1


def _counted(plan: Evidence, row: CommitLevel, periods: range) -> float:
    """Units that arrive, spending, or average facility MW of active units, of the agreement's offers."""
    offers = {name for name, offer in plan.facts.offers.items() if row.agreement in offer.requires}
    if row.unit == "units":
        return sum(units for (name, _, t), units in plan.arrivals.items() if name in offers and t in periods)
    if row.unit == "musd":
        leases = leased_under(plan, offers)
        return sum(
            musd
            for lines in (hardware_lines(plan), lease_lines(plan))
            for (what, item, t), musd in lines.items()
            if t in periods and item in (leases if what.startswith(RUNNING) else offers)
        )
    kinds = {plan.facts.offers[name].accelerator for name in offers}
    drawn = (
        units * plan.facts.accelerators[name].it_kw * plan.facts.sites[site].pue / KW_PER_MW
        for (name, site, t), units in plan.active.items()
        if name in kinds and t in periods
    )
    return sum(drawn) * plan.calendar.months / MONTHS_PER_YEAR


def leased_under(plan: Evidence, offers: set[str]) -> set[str]:
    """Returns the running leases that count as those of some offers."""
    return {row.lease for row in plan.case.open_leases if row.offer in offers}


def fee_musd(plan: Evidence, row: CommitLevel, shortfall: float) -> float:
    """Returns what a shortfall costs: its share, at the agreement's fee."""
    agreement = plan.facts.agreements[row.agreement]
    each = {
        "units": agreement.shortfall_usd_per_unit / USD_PER_MUSD, "musd": 1.0, "mw": agreement.shortfall_musd_per_mw,
    }  # fmt: skip
    return shortfall * row.shortfall_share * each[row.unit]


def level_lines(plan: Evidence) -> Lines:
    """Returns the fee for the shortfall of each year, in its last period."""
    lines: Lines = {}
    for year in years_of_term(plan):
        item = f"{year.row.agreement}/{year.row.year_of_term}"
        add(lines, "level", item, year.last, fee_musd(plan, year.row, year.shortfall))
    return lines


def level_line_names(plan: Evidence) -> frozenset[str]:
    """Returns the names of the lines of yearly levels."""
    return frozenset(f"level {row.agreement}/{row.year_of_term}" for row in plan.case.commit_levels)
