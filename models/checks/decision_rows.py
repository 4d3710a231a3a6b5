"""The rows of `decisions` as they are expected: what they share, and those of contracts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from models.checks.evidence import Evidence
from models.checks.financing import UNIT
from models.checks.loan_schedules import draws
from models.checks.rights import EARLY, LATE, exit_fee, exits_of, lease_terms, order_price
from models.checks.time import MONTHS_PER_YEAR

LONG = 14
"""Decisions of plans with more periods than this are listed by calendar year."""
SOLD = ("sell", "retire")
LISTED_BY_HOW = ("cancel", "leave", "renew")
"""Verbs of which an item has several rows in a period, told apart by what is written about them."""
LEAST_DRAW = 1e-6
"""Draws of less than a dollar are rounding differences."""

Item = TypeVar("Item")

Key = tuple[str, str, int, str]
"""Verb, item, first period, and of sales what is sold."""


@dataclass(frozen=True)
class DecisionRow:
    """A row of `decisions` by its content; `scale` is the size of the vintage of which units are sold."""

    verb: str
    item: str
    how: str
    periods: tuple[int, ...]
    units: float | None
    unit: str
    musd: float | None
    effect: str
    committed: bool
    scale: float = 0.0

    @property
    def key(self) -> Key:
        """The identity of the row: of a sale also what is sold."""
        return self.verb, self.item, self.periods[0], part_of(self.verb, self.how)


def part_of(verb: str, how: str) -> str:
    """Returns what tells apart rows of one verb, item and period; of sales without the age."""
    return how.split(",")[0] if verb in SOLD else how if verb in LISTED_BY_HOW else ""


def together(
    plan: Evidence, items: Iterable[tuple[int, Item]], key: Callable[[Item], Hashable]
) -> list[list[tuple[int, Item]]]:
    """Groups what is one row: of a period, in long plans of a calendar year; before the plan always of a period.

    Over scenarios every row stands at a node, and so is of a period.
    """
    is_long = plan.case.settings.periods > LONG and plan.calendar.months < MONTHS_PER_YEAR
    by_year = is_long and not plan.is_path
    found: dict[Hashable, list[tuple[int, Item]]] = {}
    for t, item in sorted(items, key=lambda entry: entry[0]):
        slot = ("year", plan.calendar.year_of(t)) if by_year and t >= 0 else ("period", t)
        found.setdefault((slot, key(item)), []).append((t, item))
    return list(found.values())


def periods_of_group(group: Sequence[tuple[int, Any]]) -> tuple[int, ...]:
    """Returns the periods of what is one row."""
    return tuple(dict.fromkeys(t for t, _ in group))


def span_text(plan: Evidence, periods: Sequence[int]) -> str:
    """Returns the labels of the first and the last of some periods."""
    return " to ".join(dict.fromkeys(plan.calendar.label(t) for t in (min(periods), max(periods))))


def since_text(plan: Evidence, state: str, period: int | None) -> str:
    """Returns since when something is in a state; None is never."""
    return f"never {state} (fails)" if period is None else f"{state} {plan.calendar.label(period)}"


def is_committed(plan: Evidence, kind: str, item: str, t: int, route: str = "") -> bool:
    """Returns whether a commitment names a decision, or it was taken before the plan."""
    return t < 0 or any(
        (row.kind, row.item) == (kind, item)
        and row.status != "barred"
        and row.route in ("", route)
        and (not row.period or t in plan.calendar.touching(row.period))
        for row in plan.case.commitments
    )


def rights_used(plan: Evidence) -> Iterator[DecisionRow]:
    """Yields orders that are cancelled, and leases that are left early or renewed: one decision a row."""
    label = plan.calendar.label
    why = {EARLY: "before it is due", LATE: "because it is late"}
    for row in plan.rows["cancellations"]:
        offer, value = row["offer"], row["units"] * order_price(plan, row["offer"], row["ordered"])
        fee = value * plan.facts.offers[offer].cancel_fee_share if row["right"] == EARLY else 0.0
        how = f"ordered {label(row['ordered'])}, {why[row['right']]}"
        effect = "its balance is not due" if row["right"] == EARLY else "what was paid comes back"
        yield DecisionRow("cancel", offer, how, (row["period"],), row["units"], "units", fee, effect, False, value)
    for term in lease_terms(plan):
        for row in exits_of(plan, term):
            begun = "before the plan" if term.is_running else label(term.begin)
            how, effect = f"at {term.site}, begun {begun}", f"out of the lease {label(row['effective'])}"
            fee = exit_fee(term, row["units"])
            yield DecisionRow("leave", term.name, how, (row["period"],), row["units"], "units", fee, effect, False)
        if term.number:
            which = {1: "first", 2: "second", 3: "third"}.get(term.number, f"{term.number}th")
            how, effect = f"at {term.site}, for the {which} time", f"until {label(term.end - 1)}"
            rent = term.units * term.rent * (term.end - term.begin) * plan.calendar.years
            yield DecisionRow("renew", term.name, how, (term.begin,), term.units, "units", rent, effect, False)


def loans_drawn(plan: Evidence) -> Iterator[DecisionRow]:
    """Yields the draws of facilities."""
    for row in plan.case.facilities:
        drawn = [(t, musd) for t, musd in draws(plan, row.facility).items() if t >= 0 and musd > LEAST_DRAW]
        term = plan.calendar.term(row.term_months)
        # Each instalment of a draw is due at its own age, and interest runs until then.
        ages = [term] if row.repayment == "bullet" else list(range(1, term + 1))
        for group in together(plan, drawn, lambda _: ()):
            periods, musd = periods_of_group(group), sum(amount for _, amount in group)
            years = sum(ages) / len(ages) * plan.calendar.years
            effect = f"repaid {span_text(plan, [t + age for t in periods for age in ages])}"
            made = all(is_committed(plan, "draw", row.facility, t) for t in periods)
            cost = musd * (row.fee_share + row.rate_per_year * years)
            how = f"{row.repayment} repayment"
            yield DecisionRow("draw", row.facility, how, periods, musd, UNIT, cost, effect, made, musd)
