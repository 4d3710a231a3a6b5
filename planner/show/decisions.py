"""The list of what to do in each stretch of the plan, as the finished tables tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.calendar import Calendar, parse_label, parse_span
from models.case import Case
from planner.results import Table
from planner.results.decisions import MOST_ROWS
from planner.show.numbers import counted, money, percent
from planner.show.remarks import resale_sentence

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Use:
    """What a budget, or the demand of a workload, comes to: `taken` of `there`."""

    name: str
    taken: float
    there: float

    @property
    def share(self) -> float | None:
        """The fraction taken; None where there is nothing to take."""
        return self.taken / self.there if self.there > 0 else None

    def per_cent(self, decimals: int = 1) -> str:
        """Returns the fraction taken as it is shown, a dash where there is nothing to take."""
        return "–" if self.share is None else percent(self.share, decimals)


@dataclass(frozen=True)
class Step:
    """One row of the list; cash in USD million, power in MW at its highest."""

    label: str
    decisions: tuple[str, ...]
    milestones: tuple[str, ...]
    cash_musd: float
    budgets: tuple[Use, ...]
    served: tuple[Use, ...]
    mw: float


@dataclass(frozen=True)
class _Stretch:
    label: str
    first: int
    end: int
    periods: tuple[str, ...]


def steps_of(case: Case, tables: Mapping[str, Table]) -> list[Step]:
    """Returns the reported periods as rows, by the year where there are many."""
    names = "decisions", "milestones", "period_figures", "budgets", "service"
    records = {name: list(tables[name].records()) for name in names}
    return [_step(case, records, stretch) for stretch in _stretches(case)]


_COUNTED = {
    "order": "order",
    "lease": "lease",
    "sell": "sale",
    "retire": "retirement",
    "start": "own chip",
    "buy": "acquisition",
    "sign": "supply agreement",
    "build": "power expansion",
}


def counts_of(tables: Mapping[str, Table]) -> list[str]:
    """Returns how many decisions of each kind the reported periods have, in words; none of what is not decided."""
    rows = [row for row in tables["decisions"].records() if row["reported"] == "yes"]
    found = []
    for verb, what in _COUNTED.items():
        count = sum(len(str(row["periods"]).split(";")) for row in rows if row["verb"] == verb)
        if count:
            found.append(f"{count} {what}{'' if count == 1 else 's'}")
    return found


def told(row: Mapping[str, Any], within: str = "") -> str:
    """Returns a row of the table of decisions in words, with the periods inside the stretch `within`.

    >>> row = {"verb": "order", "units": 1200.0, "unit": "units", "item": "gpu", "how": "", "periods": "2027Q1;2027Q3"}
    >>> told({**row, "musd": 36.0, "effect": "arrives 2028Q1", "committed": "no"}, "2027")
    'order 1,200 gpu in Q1, Q3 for 36.0 USD million, arrives 2028Q1'
    """
    amount = "" if row["units"] is None else counted(round(row["units"], 2))
    amount += f" {row['unit']}" if amount and row["unit"] != "units" else ""
    how = f"{row['how']}," if "," in row["how"] else row["how"]
    words = [row["verb"], amount, row["item"], how, _times(row["periods"].split(";"), within), _paid(row["musd"])]
    head = " ".join(word for word in words if word).removesuffix(",")
    tail = f", {row['effect']}" if row["effect"] else ""
    return f"{head}{tail}{' (committed)' if row['committed'] == 'yes' else ''}"


def happened(row: Mapping[str, Any], within: str = "") -> str:
    """Returns a row of the table of milestones in words.

    >>> row = {"item": "gpu", "what": "reach the end of their life", "periods": "2028", "units": 10.0, "musd": -2.5}
    >>> happened(row, "2028"), happened({**row, "item": "chip", "what": "is ready", "units": None, "musd": None})
    ('10 gpu reach the end of their life and bring 2.50 USD million', 'chip is ready in 2028')
    """
    amount = "" if row["units"] is None else counted(round(row["units"], 2))
    brings = f"{'and bring ' if amount else ''}{money(-row['musd'])} USD million" if row["musd"] else ""
    words = [amount, row["item"], row["what"], brings, _times(row["periods"].split(";"), within)]
    return " ".join(word for word in words if word)


def _paid(musd: float | None) -> str:
    return f"for {money(abs(musd))} USD million" if musd else ""


def _times(periods: Sequence[str], within: str) -> str:
    """Names periods inside a stretch; nothing where the stretch is one period."""
    named = [name for name in (period.removeprefix(within).lstrip("-") for period in periods) if name]
    if not named:
        return ""
    return f"in {', '.join(named)}" if len(named) <= 4 else f"in {named[0]} to {named[-1]}"


def _stretches(case: Case) -> Iterator[_Stretch]:
    settings = case.settings
    calendar = Calendar(settings.start, settings.period, settings.periods)
    by_label: dict[str, list[str]] = {}
    for label in calendar.labels:
        key = label if settings.periods <= MOST_ROWS else label[:4]
        by_label.setdefault(key, []).append(label)
    for key, periods in by_label.items():
        last, months = parse_label(periods[-1])
        yield _Stretch(key, parse_label(periods[0])[0], last + months, tuple(periods))


def _step(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Step:
    figures = [row for row in records["period_figures"] if row["period"] in stretch.periods]
    here = {
        name: [row for row in records[name] if row["when"] in stretch.periods] for name in ("decisions", "milestones")
    }
    return Step(
        label=stretch.label,
        decisions=tuple(told(row, stretch.label) for row in here["decisions"]),
        milestones=(*_resale_needed(records, stretch), *(happened(row, stretch.label) for row in here["milestones"])),
        cash_musd=sum(row["cash_musd"] for row in figures),
        budgets=tuple(_budgets(records, stretch)),
        served=tuple(_served(case, records, stretch)),
        mw=max((row["mw"] for row in figures), default=0.0),
    )


def _resale_needed(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    """Yields the budgets whose spans end in the stretch and that hold only because of resale."""
    for row in records["budgets"]:
        if row["needs_resale"] == "yes" and stretch.first < parse_span(row["span"])[1] <= stretch.end:
            yield resale_sentence(row)


def _budgets(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[Use]:
    """Yields the budgets whose spans end in the stretch; what was carried into its first span counts as there."""
    spent: dict[str, list[float]] = {}
    for row in records["budgets"]:
        first, end = parse_span(row["span"])
        if row["amount_musd"] is None or not stretch.first < end <= stretch.end:
            continue
        # A span of several rows is told where it ends, under its own name.
        name = row["budget"] if first >= stretch.first else f"{row['budget']} {row['span']}"
        sums = spent.setdefault(name, [0.0, row["carried_musd"]])
        sums[0] += row["spent_musd"]
        sums[1] += row["amount_musd"]
    for name, (taken, there) in spent.items():
        yield Use(name, taken, there)


def _served(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[Use]:
    """Yields what is served of each workload in the stretch, the least served first."""
    found: list[Use] = []
    for workload in case.workloads:
        rows = [
            row
            for row in records["service"]
            if row["workload"] == workload.workload and row["period"] in stretch.periods
        ]
        there = sum(row["demand_million"] for row in rows)
        if there > 0:
            found.append(Use(workload.workload, sum(row["served_million"] for row in rows), there))
    yield from sorted(found, key=lambda use: round(use.share or 0.0, 6))
