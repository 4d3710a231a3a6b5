"""The tables of sums, recomputed from what they add up: by span, category, line, machine and vendor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.checks.decision_rows import LONG
from models.checks.evidence import Evidence
from models.checks.fleet_checks import in_place
from models.checks.plan_check import recomputes
from models.checks.policy_checks import capability_by_accelerator
from models.checks.power_checks import site_loads
from models.checks.report import Recorder
from models.checks.service_checks import share_of
from models.checks.time import MONTHS_PER_YEAR, Interval
from models.tables.fleet_rows import CASH_CATEGORIES

NOTHING = 1e-9
"""Cash of a category below a thousandth of a dollar (USD million) everywhere is not listed."""

Amount = tuple[float | None, float]
"""A number, None where it is blank, and the size of what was added up to it."""
Expected = Mapping[Any, Mapping[str, Amount]]
"""What the columns of each row should hold, by the tuple of cells that identifies it."""
CELLS: dict[str, dict[str, str]] = {
    "decision_counts": {"verb": "*text", "decisions": "quantity"},
    "span_figures": {
        "span": "*span",
        "cash_musd": "number",
        "capex_musd": "number",
        "opex_musd": "number",
        "borrowing_musd": "number",
        "incentive_musd": "number",
        "revenue_musd": "number",
        "penalty_musd": "number",
        "mw": "quantity",
    },
    "span_service": {
        "span": "*span",
        "workload": "*workload",
        "demand_million": "quantity",
        "served_million": "quantity",
        "share_served": "perhaps",
    },
    "span_budgets": {
        "span": "*span",
        "budget": "*budget",
        "covers": "*span",
        "spent_musd": "number",
        "available_musd": "number",
        "share_used": "perhaps",
    },
    "cash_by_span": {
        "span": "*span",
        "category": "*category",
        "musd": "number",
        "all_musd": "number",
        "budget_musd": "perhaps",
    },
    "costs_by_category": {
        "category": "*category",
        "musd": "number",
        "discounted_musd": "number",
        "share": "perhaps",
    },
    "costs_by_line": {
        "category": "*category",
        "line": "*text",
        "musd": "number",
        "discounted_musd": "number",
        "share": "perhaps",
    },
    "fleet_by_accelerator": {
        "accelerator": "*accelerator",
        "period": "*period",
        "opening_units": "quantity",
        "arriving_units": "quantity",
        "leaving_units": "number",
        "units": "quantity",
        "unit_capability": "quantity",
        "capability": "quantity",
    },
    "active_by_accelerator": {
        "accelerator": "*accelerator",
        "period": "*period",
        "units": "quantity",
        "all_units": "quantity",
    },
    "work_by_accelerator": {
        "workload": "*workload",
        "accelerator": "*accelerator",
        "period": "*period",
        "qps": "quantity",
    },
    "vendor_shares": {"vendor": "*text", "period": "*period", "share": "quantity"},
    "power_by_year": {"site": "*site", "year": "*text", "drawn_mw": "quantity", "most_mw": "quantity"},
}
"""The cells of each table of sums; a star marks those that identify a row."""


@recomputes("decision_counts", CELLS["decision_counts"])
def decision_counts(plan: Evidence, record: Recorder) -> None:
    """Decisions of a kind are counted by the reported periods in which they are taken."""
    counts: dict[tuple[str], float] = {}
    for row in plan.decisions:
        if row["reported"] == "yes":
            key = (row["verb"],)
            counts[key] = counts.get(key, 0.0) + 1.0 + row["periods"].count(";")
    _compare(plan, record, {key: {"decisions": (count, 0.0)} for key, count in counts.items()})


@recomputes("span_figures", CELLS["span_figures"])
def span_figures(plan: Evidence, record: Recorder) -> None:
    """Cash of a span is that of its periods, power the most of them."""
    names = [name for name in CELLS["span_figures"] if name.endswith("_musd")]
    expected = {}
    for span, periods in _spans(plan).items():
        rows = [plan.periods[t] for t in periods if t in plan.periods]
        expected[span,] = {name: _sum(row[name] for row in rows) for name in names}
        expected[span,]["mw"] = max((row["mw"] for row in rows), default=0.0), 0.0
    _compare(plan, record, expected)


@recomputes("span_service", CELLS["span_service"])
def span_service(plan: Evidence, record: Recorder) -> None:
    """Demand and service of a span are those of its periods; a workload without demand there is left out."""
    expected = {}
    for span, periods in _spans(plan).items():
        for name in plan.facts.workloads:
            rows = [plan.amounts[name, t] for t in periods if (name, t) in plan.amounts]
            asked, served = _sum(row.demand for row in rows), _sum(row.served for row in rows)
            if asked[0]:
                share = share_of(served[0] or 0.0, asked[0]), 0.0
                expected[span, name] = {"demand_million": asked, "served_million": served, "share_served": share}
    _compare(plan, record, expected)


@recomputes("span_budgets", CELLS["span_budgets"])
def span_budgets(plan: Evidence, record: Recorder) -> None:
    """A budget row counts in the span in which it ends; what the first of several carries over is available to all."""
    expected = {}
    for span, periods in _spans(plan).items():
        begin = plan.calendar.start + periods[0] * plan.calendar.months
        stop = plan.calendar.start + (periods[-1] + 1) * plan.calendar.months
        rows: dict[tuple[str, Interval], list[Any]] = {}
        for (budget, stretch), row in sorted(plan.budgets.items(), key=lambda entry: entry[0][1]):
            if row.amount_musd is not None and begin < stretch[1] <= stop:
                rows.setdefault((budget, span if stretch[0] >= begin else stretch), []).append(row)
        for (budget, covers), own in rows.items():
            spent = _sum(row.spent_musd for row in own)
            there = _sum([own[0].carried_musd, *(row.amount_musd for row in own)])
            expected[span, budget, covers] = {
                "spent_musd": spent,
                "available_musd": there,
                "share_used": (share_of(spent[0] or 0.0, there[0] or 0.0), 0.0),
            }
    _compare(plan, record, expected)


@recomputes("cash_by_span", CELLS["cash_by_span"])
def cash_by_span(plan: Evidence, record: Recorder) -> None:
    """Cash by category in the spans of the one budget for all spending where these fill the plan, else by period."""
    spans, allowed = _cash_spans(plan)
    cash = {
        (category, span): _sum(plan.periods[t][f"{category}_musd"] for t in periods if t in plan.periods)
        for span, periods in spans.items()
        for category in CASH_CATEGORIES
    }
    used = [c for c in CASH_CATEGORIES if any(abs(cash[c, span][0] or 0.0) > NOTHING for span in spans)]
    expected = {
        (span, category): {
            "musd": cash[category, span],
            "all_musd": _sum(cash[own, span][0] or 0.0 for own in used),
            "budget_musd": (allowed.get(span), 0.0),
        }
        for span in spans
        for category in used
    }
    _compare(plan, record, expected)


@recomputes("costs_by_category", CELLS["costs_by_category"])
def costs_by_category(plan: Evidence, record: Recorder) -> None:
    """Costs of a category are those of its lines; the share is that of the net present cost."""
    _costs(plan, record, 1)


@recomputes("costs_by_line", CELLS["costs_by_line"])
def costs_by_line(plan: Evidence, record: Recorder) -> None:
    """Costs of a line are those of all its periods; the share is that of the net present cost."""
    _costs(plan, record, 2)


@recomputes("fleet_by_accelerator", CELLS["fleet_by_accelerator"])
def fleet_by_accelerator(plan: Evidence, record: Recorder) -> None:
    """Units before a period and those that arrive in it stay to its end or leave; each adds its capability."""
    there: dict[tuple[str, int], list[float]] = {}
    came: dict[tuple[str, int], list[float]] = {}
    held = [(row.accelerator, row.units) for row in plan.case.opening_fleet]
    for name, units in [*held, *((row.accelerator, row.units) for row in plan.case.open_leases)]:
        there.setdefault((name, -1), []).append(units)
    for (name, _, t), units in in_place(plan).items():
        there.setdefault((name, t), []).append(units)
    for (offer, _, t), units in plan.arrivals.items():
        came.setdefault((plan.facts.offers[offer].accelerator, t), []).append(units)
    expected = {}
    for name, weight in plan.facts.capability.items():
        for t in range(plan.calendar.periods):
            before, more, after = there.get((name, t - 1), []), came.get((name, t), []), there.get((name, t), [])
            if any((*before, *more, *after)):
                closing, size = _sum(after)
                expected[name, t] = {
                    "opening_units": _sum(before),
                    "arriving_units": _sum(more),
                    "leaving_units": _sum([*before, *more, *(-units for units in after)]),
                    "units": (closing, size),
                    "unit_capability": (weight, 0.0),
                    "capability": (closing * weight, size * weight),
                }
    _compare(plan, record, expected)


@recomputes("active_by_accelerator", CELLS["active_by_accelerator"])
def active_by_accelerator(plan: Evidence, record: Recorder) -> None:
    """Active units of an accelerator are those at all sites; beside them stand those of all accelerators."""
    expected, whole = {}, _added(plan, plan.active, (2,))
    for (name, t), units in _added(plan, plan.active, (0, 2)).items():
        expected[name, t] = {"units": units, "all_units": whole[t,]}
    _compare(plan, record, expected)


@recomputes("work_by_accelerator", CELLS["work_by_accelerator"])
def work_by_accelerator(plan: Evidence, record: Recorder) -> None:
    """Work of an accelerator for a workload is that at all sites."""
    added = _added(plan, plan.assignments, (2, 0, 3))
    _compare(plan, record, {key: {"qps": amount} for key, amount in added.items()})


@recomputes("vendor_shares", CELLS["vendor_shares"])
def vendor_shares(plan: Evidence, record: Recorder) -> None:
    """The share of a vendor is that of its machines in installed capability, period by period."""
    vendors = plan.facts.accelerators
    owned = {(vendors[name].vendor, name, t): amount for (name, t), amount in capability_by_accelerator(plan).items()}
    whole, expected = _added(plan, owned, (2,)), {}
    for (vendor, t), (amount, _) in _added(plan, owned, (0, 2)).items():
        if amount and amount > 0:
            expected[vendor, t] = {"share": (amount / (whole[t,][0] or amount), 0.0)}
    _compare(plan, record, expected)


@recomputes("power_by_year", CELLS["power_by_year"])
def power_by_year(plan: Evidence, record: Recorder) -> None:
    """Power of a site in a calendar year is the mean of its reported periods, and the most of them."""
    drawn: dict[tuple[str, str], list[float]] = {}
    for (site, t), (amount, _) in site_loads(plan).items():
        if t < plan.case.settings.periods:
            drawn.setdefault((site, str(plan.calendar.year_of(t))), []).append(amount)
    expected = {}
    for key, amounts in drawn.items():
        most = max(amounts)
        expected[key] = {"drawn_mw": (math.fsum(amounts) / len(amounts), most), "most_mw": (most, most)}
    _compare(plan, record, expected)


def _compare(plan: Evidence, record: Recorder, expected: Expected) -> None:
    compare_rows(plan, record, CELLS[record.requirement], expected)


def compare_rows(plan: Evidence, record: Recorder, cells: Mapping[str, str], expected: Expected) -> None:
    """Compares the rows of the table with the name of the requirement with those that are expected."""
    table = record.requirement
    keys = [name for name, kind in cells.items() if kind.startswith("*")]
    given = {tuple(row[name] for name in keys): row for row in plan.rows[table]}
    for key in {**expected, **given}:
        where = tuple(_shown(plan, part, cells[name]) for name, part in zip(keys, key, strict=True))
        row, sums = given.get(key), expected.get(key)
        if row is None or sums is None:
            record.fault(where, "row", "missing" if row is None else "given", "one for each sum, and no other")
            continue
        for column, (value, scale) in sums.items():
            record.follows(row[column], value, where, column, scale)


def _shown(plan: Evidence, part: Any, kind: str) -> str:  # noqa: ANN401  a cell that identifies a row
    if kind == "*period":
        return plan.calendar.label(part)
    if kind != "*span":
        return str(part)
    labels = [
        plan.calendar.label((month - plan.calendar.start) // plan.calendar.months) for month in (part[0], part[1] - 1)
    ]
    return "..".join(dict.fromkeys(labels))


def _sum(parts: Iterable[float]) -> tuple[float, float]:
    found = list(parts)
    return math.fsum(found), max((abs(part) for part in found), default=0.0)


def _added(
    plan: Evidence, amounts: Mapping[Any, float], places: Sequence[int]
) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Adds amounts of the reported periods, which stand last in their keys, by some parts of the keys."""
    found: dict[tuple[Any, ...], list[float]] = {}
    for key, amount in amounts.items():
        if key[-1] < plan.case.settings.periods:
            found.setdefault(tuple(key[place] for place in places), []).append(amount)
    return {key: (math.fsum(parts), max(map(abs, parts))) for key, parts in found.items()}


def _costs(plan: Evidence, record: Recorder, parts: int) -> None:
    found: dict[tuple[str | int, ...], list[tuple[float, float]]] = {}
    for key, amounts in plan.costs.items():
        found.setdefault(key[:parts], []).append(amounts)
    whole = math.fsum(discounted for own in found.values() for _, discounted in own)
    expected = {}
    for place, own in found.items():
        paid, discounted = _sum(musd for musd, _ in own), _sum(musd for _, musd in own)
        share = share_of(discounted[0] or 0.0, whole)
        scale = 0.0 if whole <= 0 else discounted[1] / whole
        expected[place] = {"musd": paid, "discounted_musd": discounted, "share": (share, scale)}
    _compare(plan, record, expected)


def _spans(plan: Evidence) -> dict[Interval, list[int]]:
    """The spans of the sums: periods, or calendar years where there are many periods."""
    found: dict[Interval, list[int]] = {}
    for t in range(plan.case.settings.periods):
        first = plan.calendar.start + t * plan.calendar.months
        span = first, first + plan.calendar.months
        if plan.case.settings.periods > LONG:
            year = plan.calendar.year_of(t) * MONTHS_PER_YEAR
            span = year, year + MONTHS_PER_YEAR
        found.setdefault(span, []).append(t)
    return found


def _cash_spans(plan: Evidence) -> tuple[dict[Interval, list[int]], dict[Interval, float | None]]:
    end = plan.calendar.start + plan.case.settings.periods * plan.calendar.months
    whole = {row.budget for row in plan.case.budgets if "all" in row.categories}
    rows = {
        key: row
        for key, row in plan.budgets.items()
        if key[0] in whole and row.amount_musd is not None and key[1][0] < end
    }
    spans = {
        span: [t for t in plan.calendar.within(span) if t < plan.case.settings.periods] for _, span in sorted(rows)
    }
    covered = sorted(t for periods in spans.values() for t in periods)
    if len({budget for budget, _ in rows}) != 1 or covered != list(range(plan.case.settings.periods)) or len(spans) < 2:
        months = plan.calendar.months
        firsts = {t: plan.calendar.start + t * months for t in range(plan.case.settings.periods)}
        return {(first, first + months): [t] for t, first in firsts.items()}, {}
    return spans, {span: row.available_musd for (_, span), row in rows.items()}


TABLES = (
    decision_counts,
    span_figures,
    span_service,
    span_budgets,
    cash_by_span,
    costs_by_category,
    costs_by_line,
    fleet_by_accelerator,
    active_by_accelerator,
    work_by_accelerator,
    vendor_shares,
    power_by_year,
)
