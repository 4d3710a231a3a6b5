"""Plans over scenarios: what is decided before they differ, what waits in each of them, and what each costs.

A plan for one future beside one over scenarios is the same in every scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from models.calendar import LabelError, parse_label
from models.whatif.scenario import scenario_changes
from planner.comparison.common_periods import CommonPeriods, number
from planner.comparison.compared_decisions import decisions
from planner.comparison.comparison_items import (
    MUSD,
    ComparedBranches,
    ComparedDecision,
    ComparedFigure,
    ComparedRun,
    DecisionKind,
    Standing,
    is_close,
)
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.results.node_labels import NODE_COLUMNS
from planner.results.path_rows import ONE_FUTURE, PathRows, rows_by_scenario
from planner.results.table import Table

EXPECTED = "expected cost"
_DATES = {
    "tape_outs": "start",
    "acquisitions": "signed",
    "agreements": "signed",
    "expansions": "period",
    "orders": "period",
    "sales": "period",
}
"""The tables of decisions with the column that says when each is made."""
_ORDER = tuple(DecisionKind)


def branches(
    loaded_runs: Sequence[LoadedRun], grid: CommonPeriods, gaps: Sequence[float | None]
) -> ComparedBranches | None:
    """Returns decisions before the first reveal, those after it by scenario, and costs; None where no run has any."""
    reveals = [label for loaded in loaded_runs if (label := _reveal(loaded)) is not None]
    if not reveals:
        return None
    reveal = min(reveals, key=_month)
    end = _month(reveal)
    shared = _shared(loaded_runs)
    rows = [rows_by_scenario(loaded, _DATES) for loaded in loaded_runs]
    before = [
        _part(loaded, next(iter(own.values())), lambda month: month < end)
        for loaded, own in zip(loaded_runs, rows, strict=True)
    ]
    return ComparedBranches(
        reveal,
        tuple(decisions(before, grid)),
        tuple(_later(loaded_runs, rows, grid, shared, end)),
        tuple(_futures(loaded_runs, grid, gaps, shared)),
    )


def measure_of(loaded: LoadedRun) -> tuple[object, ...]:
    """Returns what the objective of a run measures: the cost of one future, or over scenarios with which risk."""
    settings = loaded.case.settings
    if loaded.scenario_tree is None:
        return ("one future",)
    level = settings.risk_level if settings.risk_aversion else None
    return ("scenarios", "regret" if "regret" in loaded.tables else "cost", settings.risk_aversion, level)


def notes_on_scenarios(sides: Sequence[ComparedRun], loaded_runs: Sequence[LoadedRun]) -> Iterator[str]:
    """Yields what must be known of the scenarios of runs before their numbers are read."""
    over = [side.letter for side, loaded in zip(sides, loaded_runs, strict=True) if loaded.scenario_tree is not None]
    if not over:
        return
    first, measure = sides[0], measure_of(loaded_runs[0])
    for side, loaded in zip(sides[1:], loaded_runs[1:], strict=True):
        if (loaded.scenario_tree is None) != (loaded_runs[0].scenario_tree is None):
            one, tree = (side, first) if loaded.scenario_tree is None else (first, side)
            yield (
                f"{one.letter} costs what its one future does, {tree.letter} what is expected over scenarios. "
                f"`fleetplan evaluate {tree.name} --scenarios --against {one.name}` puts both into the same futures."
            )
        elif measure_of(loaded) != measure:
            sides_named = f"{first.letter} and {side.letter}"
            yield f"The objectives of {sides_named} weigh risk differently: compare expected cost and CVaR."
    shared = _shared(loaded_runs)
    for side, loaded in zip(sides, loaded_runs, strict=True):
        tree_names = () if loaded.scenario_tree is None else loaded.scenario_tree.names
        if own := [name for name in tree_names if name not in shared]:
            yield f"Scenarios of {side.letter} that other runs lack, or that differ there: {listed(own)}."


def _reveal(loaded: LoadedRun) -> str | None:
    tree = loaded.scenario_tree
    return None if tree is None else loaded.calendar.labels[tree.first_reveal]


def _shared(loaded_runs: Sequence[LoadedRun]) -> list[str]:
    """The scenarios that have the same name and change the same inputs in the same way in all runs over scenarios."""
    known: list[dict[str, object]] = []
    for loaded in loaded_runs:
        if loaded.scenario_tree is not None:
            rows = {row.scenario: row for row in loaded.case.scenarios}
            known.append(
                {
                    name: frozenset(change.key for change in scenario_changes(loaded.case, rows[name]))
                    for name in loaded.scenario_tree.names
                }
            )
    return [name for name, what in known[0].items() if all(other.get(name) == what for other in known[1:])]


def _part(loaded: LoadedRun, rows: PathRows, keep: Callable[[int], bool]) -> LoadedRun:
    """A run with the decisions of one scenario in some of the time, as a plan for one future."""
    tables = dict(loaded.tables)
    for name, date in _DATES.items():
        if name in tables:
            columns = tuple(column for column in tables[name].columns if column not in NODE_COLUMNS.split())
            kept = [row for row in rows[name] if keep(_month(str(row[date])))]
            tables[name] = Table(name, columns, tuple(tuple(row[column] for column in columns) for row in kept))
    return replace(loaded, tables=tables)


def _month(label: str) -> int:
    try:
        return parse_label(label)[0]
    except LabelError:
        # What is dated `end` is after everything.
        return 12 * 10_000


def _later(
    loaded_runs: Sequence[LoadedRun],
    rows: Sequence[Mapping[str, PathRows]],
    grid: CommonPeriods,
    shared: Sequence[str],
    end: int,
) -> Iterator[ComparedDecision]:
    """Yields the decisions from the reveal on; scenarios in which they are the same in every run stand together."""
    found: dict[ComparedDecision, list[str]] = {}
    for scenario in shared:
        parts = [
            _part(loaded, own[ONE_FUTURE if loaded.scenario_tree is None else scenario], lambda month: month >= end)
            for loaded, own in zip(loaded_runs, rows, strict=True)
        ]
        for one in decisions(parts, grid):
            found.setdefault(one, []).append(scenario)
    for one, scenarios in sorted(found.items(), key=lambda entry: (_ORDER.index(entry[0].kind), entry[0].item)):
        yield replace(one, scenarios=tuple(scenarios))


def _futures(
    loaded_runs: Sequence[LoadedRun], grid: CommonPeriods, gaps: Sequence[float | None], shared: Sequence[str]
) -> Iterator[ComparedFigure]:
    """Yields expected cost, CVaR, and the cost of each scenario that the runs share, USD million."""
    costs = [_costs(loaded) for loaded in loaded_runs]
    measures = [measure_of(loaded) for loaded in loaded_runs]

    def line(label: str, values: Sequence[float | None], within: Callable[[int], float | None]) -> ComparedFigure:
        standings = []
        for run in range(1, len(values)):
            one, other, gap = values[0], values[run], within(run)
            if one is None or other is None or not grid.has_same_horizon(run):
                standings.append(Standing.APART)
            elif is_close(one, other):
                standings.append(Standing.SAME)
            elif gap is None:
                standings.append(Standing.UNKNOWN)
            else:
                standings.append(Standing.WITHIN if abs(other - one) <= gap else Standing.DIFFERENT)
        return ComparedFigure((label,), MUSD, tuple(values), tuple(standings))

    def of_mean(run: int) -> float | None:
        # The gap is that of what is minimised, which says nothing of one part of it.
        is_mean = all(_is_expected_cost(measures[side]) for side in (0, run))
        return gaps[run - 1] if is_mean else None

    yield line(EXPECTED, [_distribution(loaded, "expected") for loaded in loaded_runs], of_mean)
    levels = [loaded.case.settings.risk_level for loaded in loaded_runs]
    for level in dict.fromkeys(levels):
        values = [_distribution(loaded, "cvar", level) for loaded in loaded_runs]
        yield line(f"CVaR, the worst {100.0 * (1.0 - level):.4g} %", values, lambda _: None)
    for name in shared:
        chances = [own.get(name, (None, 0.0))[1] for own in costs]

        def of_path(run: int, chances: Sequence[float] = chances) -> float | None:
            # A plan within its gap may cost that much more, divided by the probability, in a single scenario.
            gap, least = of_mean(run), min(chances[0], chances[run])
            return None if gap is None or least <= 0.0 else gap / least

        yield line(name, [own.get(name, (None, 0.0))[0] for own in costs], of_path)


def _is_expected_cost(measure: tuple[object, ...]) -> bool:
    return measure[:2] == ("scenarios", "cost") and not measure[2]


def _costs(loaded: LoadedRun) -> dict[str, tuple[float | None, float]]:
    """By scenario: its cost and probability."""
    rows = loaded.records("futures") if loaded.scenario_tree is not None else []
    return {str(row["scenario"]): (number(row["cost_musd"]), number(row["probability"])) for row in rows}


def _distribution(loaded: LoadedRun, figure: str, level: float | None = None) -> float | None:
    """A figure of the costs of paths; None where a plan has one future, or another level."""
    for row in loaded.records("cost_distribution"):
        if row["figure"] == figure and (level is None or is_close(number(row["level"]), level)):
            return number(row["musd"])
    return None
