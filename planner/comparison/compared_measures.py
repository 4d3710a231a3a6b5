"""Money by category and calendar year, service by workload and slot, and key figures, run by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from models.calendar import MONTHS_OF_KIND
from models.tables.fleet_rows import CASH_CATEGORIES, CATEGORIES
from planner.comparison.common_periods import CommonPeriods, number, reported, weight
from planner.comparison.comparison_items import (
    CASH,
    DEMAND,
    FRACTION,
    MUSD,
    NET_PRESENT_COST,
    PRESENT,
    SERVED,
    UNSERVED,
    ComparedFigure,
    Standing,
    is_close,
)
from planner.results.loaded_run import LoadedRun

_QPS = "queries/s"
Sums = dict[tuple[str, ...], float]


def money(
    loaded_runs: Sequence[LoadedRun], grid: CommonPeriods, gaps: Sequence[float | None]
) -> Iterator[ComparedFigure]:
    """Yields USD million by category and calendar year, their totals, cash by year, and what adds up to the objective.

    `gaps` are the combined gaps of the reference and each other run: amounts that differ by less are marked.
    """
    cash, present = [_by_year(loaded) for loaded in loaded_runs], [_present(loaded) for loaded in loaded_runs]
    years = grid.years
    shared = grid.shared(years)
    categories = [
        category
        for category in CATEGORIES
        if any(key[0] == category and not is_close(sums[key], 0.0) for sums in (*cash, *present) for key in sums)
    ]
    yearly = [category for category in categories if any((category, year) in sums for sums in cash for year in years)]
    for category in (*yearly, CASH):
        for year in years:
            values = tuple(
                sums.get((category, year), 0.0) if grid.covers(run, year) else None for run, sums in enumerate(cash)
            )
            alike = [grid.shares(run, year) for run in _others(grid)]
            yield ComparedFigure((category, year), MUSD, values, _standings(values, gaps, alike))
        if shared:
            values = tuple(sum(sums.get((category, year), 0.0) for year in shared) for sums in cash)
            yield ComparedFigure((category, grid.total(years)), MUSD, values, _standings(values, gaps))
    alike = [grid.has_same_horizon(run) for run in _others(grid)]
    for category in categories:
        values = tuple(sums.get((category,), 0.0) for sums in present)
        yield ComparedFigure((category, PRESENT), MUSD, values, _standings(values, gaps, alike))
    values = tuple(sum(sums.values()) for sums in present)
    yield ComparedFigure((NET_PRESENT_COST, PRESENT), MUSD, values, _standings(values, gaps, alike))


def service(loaded_runs: Sequence[LoadedRun], grid: CommonPeriods) -> Iterator[ComparedFigure]:
    """Yields demand, unserved work (queries/s at peak) and the share served, by workload, over time and in all."""
    found = [_service(loaded, grid) for loaded in loaded_runs]
    slots = grid.slots
    shared = grid.shared(slots)
    for workload in dict.fromkeys(key[0] for sums in found for key in sums):
        for slot in slots:
            alike = [grid.shares(run, slot) for run in _others(grid)]
            yield from _served(workload, slot, [sums.get((workload, slot)) for sums in found], alike)
        if shared:
            totals = [_mean([sums[workload, slot] for slot in shared if (workload, slot) in sums]) for sums in found]
            yield from _served(workload, grid.total(slots), totals, [True] * (len(loaded_runs) - 1))


def key_figures(
    loaded_runs: Sequence[LoadedRun], grid: CommonPeriods, gaps: Sequence[float | None]
) -> Iterator[ComparedFigure]:
    """Yields the key figures of the runs; amounts over different horizons are not compared."""
    units = {str(row["name"]): str(row["unit"]) for loaded in loaded_runs for row in loaded.records("key_figures")}
    for name, unit in units.items():
        values = tuple(loaded.figure(name) for loaded in loaded_runs)
        is_money = unit == MUSD
        alike = [grid.has_same_horizon(run) or not is_money for run in _others(grid)]
        bounds = gaps if is_money else [0.0] * len(gaps)
        yield ComparedFigure((name,), unit, values, _standings(values, bounds, alike), _of(loaded_runs, grid, name))


_LEADS = {"owed_after_end": "until ", "owed_share_of_cash": "until ", "peak_mw": "in "}
"""How the period that a key figure is of is introduced, where that is a period."""


def _of(loaded_runs: Sequence[LoadedRun], grid: CommonPeriods, name: str) -> str:
    """What a key figure is of: once where it is the same in all runs, else with the letter of each run."""
    rows = [[row for row in loaded.records("key_figures") if row["name"] == name] for loaded in loaded_runs]
    found = [str(own[0].get("of") or "") if own else "" for own in rows]
    if len(set(found)) == 1:
        return f"{_LEADS.get(name, '')}{found[0]}" if found[0] else ""
    parts = (f"{side.letter}: {_LEADS.get(name, '')}{of}" for side, of in zip(grid.sides, found, strict=True) if of)
    return "; ".join(parts)


def _others(grid: CommonPeriods) -> range:
    return range(1, len(grid.sides))


def _standings(
    values: Sequence[float | None], gaps: Sequence[float | None], alike: Sequence[bool] | None = None
) -> tuple[Standing, ...]:
    found = []
    for run, gap in enumerate(gaps, start=1):
        first, other = values[0], values[run]
        if first is None or other is None or (alike is not None and not alike[run - 1]):
            found.append(Standing.APART)
        elif is_close(first, other):
            found.append(Standing.SAME)
        elif gap is None:
            found.append(Standing.UNKNOWN)
        else:
            found.append(Standing.WITHIN if abs(other - first) <= gap else Standing.DIFFERENT)
    return tuple(found)


def _by_year(loaded: LoadedRun) -> Sums:
    """Returns expected amounts by category and year, and cash by year."""
    sums: Sums = {}
    for row, probability in reported(loaded, "costs"):
        category, year = str(row["category"]), str(row["period"])[:4]
        amount = number(row["musd"]) * probability
        sums[category, year] = sums.get((category, year), 0.0) + amount
        if category in CASH_CATEGORIES:
            sums[CASH, year] = sums.get((CASH, year), 0.0) + amount
    return sums


def _present(loaded: LoadedRun) -> Sums:
    """Returns expected discounted amounts by category, lookahead and value left included."""
    sums: Sums = {}
    for row in loaded.records("costs"):
        key = (str(row["category"]),)
        sums[key] = sums.get(key, 0.0) + number(row["discounted_musd"]) * weight(row)
    return sums


def _service(loaded: LoadedRun, grid: CommonPeriods) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Returns mean demand and unserved work by workload and slot, and the months that they stand for."""
    found: dict[tuple[str, str], tuple[float, float, float]] = {}
    months = MONTHS_OF_KIND[loaded.case.settings.period]
    for row, probability in reported(loaded, "service"):
        key = str(row["workload"]), grid.slot(str(row["period"]))
        demand, unserved, length = found.get(key, (0.0, 0.0, 0.0))
        share = months * probability
        demand += number(row["demand_qps"]) * share
        found[key] = demand, unserved + number(row["unserved_qps"]) * share, length + share
    return {
        key: (demand / length, unserved / length, length) for key, (demand, unserved, length) in found.items() if length
    }


def _mean(parts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    length = sum(part[2] for part in parts)
    if not length:
        return None
    return sum(part[0] * part[2] for part in parts) / length, sum(part[1] * part[2] for part in parts) / length, length


def _served(
    workload: str, slot: str, found: Sequence[tuple[float, float, float] | None], alike: Sequence[bool]
) -> Iterator[ComparedFigure]:
    columns: Mapping[str, tuple[str, list[float | None]]] = {
        DEMAND: (_QPS, [None if part is None else part[0] for part in found]),
        UNSERVED: (_QPS, [None if part is None else part[1] for part in found]),
        SERVED: (
            FRACTION,
            [1 - part[1] / part[0] if part is not None and part[0] > 0 else None for part in found],
        ),
    }
    for measure, (unit, values) in columns.items():
        yield ComparedFigure(
            (workload, slot, measure), unit, tuple(values), _standings(values, [0.0] * len(alike), alike)
        )
