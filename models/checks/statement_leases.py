"""Leases in the books of a plan, recomputed: what is still to be paid of each, and the right to use what is leased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.checks import dates
from models.checks.evidence import Evidence
from models.checks.money_moves import rent_of
from models.checks.money_supply import bills, lease_price, tiered
from models.checks.rights import TermOfLease, exits_of, lease_terms, renewed_terms
from models.checks.statement_assets import Key, modules_of, nothing
from models.checks.time import MONTHS_PER_YEAR, NOISE, interval

YEAR_RENT = 1e-9
"""Leases of less a year, USD million, are none."""


@dataclass(frozen=True)
class LeaseLine:
    """A measured lease in a period, USD million: the liability, and the right of use."""

    cost: float
    opening: float
    added: float
    interest: float
    paid: float
    ended: float
    closing: float
    right_opening: float
    right_charged: float
    right_removed: float
    right_closing: float
    is_of_power: bool


Leases = dict[Key, dict[int, LeaseLine]]


@dataclass(frozen=True)
class _Payments:
    """A lease: due in each of its periods of that which is still in term, and for how many months."""

    key: Key
    begin: int
    due: list[float]
    months: list[float]
    left: list[float]
    """The share still in term."""
    is_old: bool = False
    is_of_power: bool = False


def leases_of(plan: Evidence) -> Leases:
    """Returns the measured leases: those of more than a year."""
    every = (*_first(plan), *_again(plan), *_old(plan), *_halls(plan))
    return {one.key: _lines(plan, one) for one in every if sum(one.months) > MONTHS_PER_YEAR or one.is_old}


def _rate(plan: Evidence) -> float:
    settings = plan.case.settings
    return settings.discount_rate if settings.borrowing_rate is None else settings.borrowing_rate


def _worth(plan: Evidence, due: list[float], at: int) -> float:
    """What payments are worth when the period `at` of the lease begins, of those from it on."""
    years = plan.calendar.years
    factor = 1.0 + _rate(plan)
    return float(sum(musd * factor ** (-(j + 0.5 - at) * years) for j, musd in enumerate(due) if j >= at))


def _lines(plan: Evidence, lease: _Payments) -> dict[int, LeaseLine]:
    found: dict[int, LeaseLine] = {}
    count, whole, months = len(lease.due), sum(lease.due), sum(lease.months)
    worth = [_worth(plan, lease.due, j) for j in range(count + 1)]
    is_finance = lease.key[0] == "finance leases"
    right = []
    for j in range(count + 1):
        spent = sum(lease.months[:j]) / months
        accrued = whole * spent - sum(lease.due[:j])
        right.append(worth[0] * (1.0 - spent) if is_finance else worth[j] - accrued)
    for j in range(min(count, plan.calendar.periods - lease.begin)):
        was, now = 1.0 if j == 0 else lease.left[j - 1], lease.left[j]
        is_new = j == 0 and not lease.is_old
        opening = 0.0 if is_new else was * worth[j]
        ended, paid, closing = (was - now) * worth[j], now * lease.due[j], now * worth[j + 1]
        new = worth[0] if is_new else 0.0
        found[lease.begin + j] = LeaseLine(
            cost=now * worth[0] if j + 1 < count else 0.0,
            opening=opening, added=new, interest=closing - opening - new + paid + ended, paid=paid, ended=ended,
            closing=closing, right_opening=0.0 if is_new else was * right[j],
            right_charged=now * (right[j] - right[j + 1]),
            right_removed=(was - now) * right[j], right_closing=now * right[j + 1], is_of_power=lease.is_of_power,
        )  # fmt: skip
    return found


def _account(plan: Evidence, accelerator: str, months: float, yearly: float) -> str:
    """Finance leases take three quarters of a life, or nine tenths of the value, unless the case says which all are."""
    chosen = plan.case.settings.lease_classification
    if chosen == "tests":
        given = plan.facts.accelerators[accelerator]
        length = plan.calendar.months
        parts = [min(length, months - first) / MONTHS_PER_YEAR * yearly for first in _steps(months, length)]
        value = _worth(plan, parts, 0) * 1e6
        is_most = given.reference_price_usd > 0 and value >= 0.9 * given.reference_price_usd
        chosen = "finance" if months / MONTHS_PER_YEAR >= 0.75 * given.life_years or is_most else "operating"
    return f"{chosen} leases"


def _steps(months: float, length: int) -> list[float]:
    found, first = [], 0.0
    while first < months - NOISE:
        found.append(first)
        first += length
    return found


def _level(
    plan: Evidence, kind: str, name: str, begin: int, term: int, yearly: float, gone: list[float]
) -> _Payments:  # fmt: skip
    months = [float(plan.calendar.months)] * term
    left = [1.0 - musd / yearly for musd in gone]
    key = kind, name, plan.calendar.label(begin)
    return _Payments(key, begin, [yearly * plan.calendar.years] * term, months, left)


def _gone(plan: Evidence, terms: list[TermOfLease], begin: int, length: int) -> list[float]:
    """Yearly rent of what has left some terms by their periods."""
    found = [0.0] * length
    for term in terms:
        for row in exits_of(plan, term):
            for t in range(row["effective"], begin + length):
                found[t - begin] += row["units"] * term.rent
    return found


def _first(plan: Evidence) -> Iterator[_Payments]:
    """First terms of offers, by when their rent begins: on arrival, of what has volume discounts with its order."""
    terms = [term for term in lease_terms(plan) if term.number == 0 and not term.is_running]
    for name, offer in plan.facts.offers.items():
        if offer.kind != "lease":
            continue
        yearly = nothing(plan)
        given = plan.open_orders if name in tiered(plan) else plan.arrivals
        for (own, _, due), units in given.items():
            # What is late at the start is rented from then on.
            t = max(0, due)
            if own == name and t < plan.calendar.periods:
                yearly[t] += units * lease_price(plan, name, t) / 1e6
        for t, usd in bills(plan, offer).items() if name in tiered(plan) else ():
            if t + plan.facts.leads[name] < plan.calendar.periods:
                yearly[t + plan.facts.leads[name]] += usd / 1e6
        length = plan.facts.terms[name]
        for t, rent in enumerate(yearly):
            if rent > YEAR_RENT:
                kind = _account(
                    plan, offer.accelerator, length * plan.calendar.months, lease_price(plan, name, t) / 1e6
                )
                own_terms = [term for term in terms if (term.name, term.begin) == (name, t)]
                yield _level(plan, kind, name, t, length, rent, _gone(plan, own_terms, t, length))


def _again(plan: Evidence) -> Iterator[_Payments]:
    together: dict[tuple[str, int, int], list[TermOfLease]] = {}
    for term in renewed_terms(plan):
        together.setdefault((term.name, term.number, term.begin), []).append(term)
    for (name, number, begin), terms in together.items():
        rent, length = sum(term.units * term.rent for term in terms), terms[0].end - begin
        if rent:
            kind = _account(plan, terms[0].accelerator, length * plan.calendar.months, terms[0].rent)
            gone = _gone(plan, terms, begin, length)
            yield _level(plan, kind, f"{name}, renewal {number}", begin, length, rent, gone)


def _old(plan: Evidence) -> Iterator[_Payments]:
    """Leases that run at the start; the part of their last period stands apart, for nobody leaves it."""
    months = plan.calendar.months
    for term in lease_terms(plan):
        if not term.is_running:
            continue
        row = next(row for row in plan.case.open_leases if row.lease == term.name)
        left = interval(row.ends)[0] - plan.calendar.start
        yearly = term.units * term.rent
        if left <= MONTHS_PER_YEAR or not yearly:
            continue
        kind, start = _account(plan, term.accelerator, left, term.rent), plan.calendar.label(0)
        whole = left // months
        gone = _gone(plan, [term], 0, whole)
        due, rest = [yearly * plan.calendar.years] * whole, left - whole * months
        kept = [1.0 - musd / yearly for musd in gone]
        yield _Payments((kind, row.lease, start), 0, due, [float(months)] * whole, kept, is_old=True)
        if rest:
            due, spread = [0.0] * whole + [yearly * rest / MONTHS_PER_YEAR], [0.0] * whole + [float(rest)]
            key = kind, f"{row.lease}, last months", start
            yield _Payments(key, 0, due, spread, [1.0] * (whole + 1), is_old=True)


def _halls(plan: Evidence) -> Iterator[_Payments]:
    """Rented modules with a term: rent that grows, and the fee at the end."""
    kind = "finance leases" if plan.case.settings.lease_classification == "finance" else "operating leases"
    for (name, ordered), builds in modules_of(plan).items():
        given = plan.facts.expansions[name]
        works = dates.energised(plan.facts, plan.calendar, name, ordered)
        if works is None or given.term_months is None or works >= plan.calendar.periods:
            continue
        term, modules = plan.calendar.term(given.term_months), sum(build.modules for build in builds)
        due = [modules * sum(musd for _, musd in rent_of(plan, given, k)) for k in range(max(0, -works), term)]
        if any(due) and term * plan.calendar.months > MONTHS_PER_YEAR:
            key = kind, f"{name} of {plan.calendar.label(ordered)}", plan.calendar.label(max(0, works))
            months, ones = [float(plan.calendar.months)] * len(due), [1.0] * len(due)
            yield _Payments(key, max(0, works), due, months, ones, is_old=works < 0, is_of_power=True)
