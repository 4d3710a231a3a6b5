"""Rows of `scenarios`: the case that each stands for, and what is known of it when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.calendar import Calendar
from models.case import Case
from models.identity_cache import kept_by_identity
from models.tables.strategy_rows import Scenario, ScenarioValue
from models.whatif.disrupt import disrupted, ordered
from models.whatif.effects import Disrupted
from models.whatif.shock import Shock, ShockError, calendar_of, meant
from models.whatif.values import first_changed, lever_of_scenario_value, parted


@kept_by_identity(4)
def values_by_scenario(rows: tuple[ScenarioValue, ...]) -> dict[str, list[ScenarioValue]]:
    """Returns the rows of `scenario_values` by scenario, in their order."""
    found: dict[str, list[ScenarioValue]] = {}
    for row in rows:
        found.setdefault(row.scenario, []).append(row)
    return found


def scenario_case(case: Case, name: str) -> Disrupted:
    """Returns the case in one scenario: its values of `scenario_values`, and its disruptions on top of them.

    Raises ShockError for an unknown scenario, and as `disrupted` and `changed`.
    """
    scenario = next((row for row in case.scenarios if row.scenario == name), None)
    if scenario is None:
        msg = f"there is no scenario {name}. {meant(name, (row.scenario for row in case.scenarios))}"
        raise ShockError(msg)
    values = {lever_of_scenario_value(row): row.value for row in values_by_scenario(case.scenario_values).get(name, ())}
    part = parted(case, values, name)
    found = disrupted(part.case, [Shock(disruption) for disruption in scenario.disruptions])
    labels = calendar_of(case.settings).labels
    first = [labels.index(found.seen)] if found.seen is not None else []
    first += [part.first] if part.first is not None else []
    seen = labels[min(first)] if first else None
    return Disrupted(found.case, ordered((*part.changes, *found.changes)), seen, found.without_effect)


@dataclass(frozen=True)
class ScenarioChange:
    """One thing in which a scenario differs from the tables, with the periods from which it is known and acts.

    `key` is the same for the same change in another scenario. `row` is the row of `scenario_values` that it comes from,
    None for a disruption; `acts` is None where it changes nothing.
    """

    key: tuple[object, ...]
    row: ScenarioValue | None
    known: int
    acts: int | None
    what: str


def scenario_changes(case: Case, scenario: Scenario) -> tuple[ScenarioChange, ...]:
    """Returns what a scenario changes, each by itself; raises ShockError as `scenario_case`.

    A label inside a period is known in that period.
    """
    calendar, found = calendar_of(case.settings), []
    for row in values_by_scenario(case.scenario_values).get(scenario.scenario, ()):
        first = first_changed(case, lever_of_scenario_value(row), row.value)
        key = (row.table, row.key, row.column, row.period, row.effect, row.value)
        known = _known(calendar, row.known_from or scenario.revealed)
        found.append(ScenarioChange(key, row, known, first, f"{row.column} of {row.key or row.table}"))
    for name in scenario.disruptions:
        own = [row.known_from for row in case.disruptions if row.disruption == name and row.known_from]
        known = min(_known(calendar, label) for label in own or [scenario.revealed])
        seen = disrupted(case, [Shock(name)]).seen
        acts = None if seen is None else calendar.labels.index(seen)
        found.append(ScenarioChange(("disruption", name), None, known, acts, name))
    return tuple(found)


def _known(calendar: Calendar, label: str) -> int:
    return max(0, calendar.period_at(label))


def known_by_period(changes: Iterable[ScenarioChange], periods: int) -> tuple[frozenset[object], ...]:
    """Returns, for each period, the changes that become known in it; what never does within them is left out."""
    first: dict[object, int] = {}
    for change in changes:
        first[change.key] = min(change.known, first.get(change.key, change.known))
    found: list[set[object]] = [set() for _ in range(periods)]
    for key, known in first.items():
        if known < periods:
            found[known].add(key)
    return tuple(frozenset(keys) for keys in found)


def groups_by_period(known: Sequence[Sequence[object]]) -> list[list[tuple[int, ...]]]:
    """Returns, for each period, which futures are together in it; `known[future][period]` is what becomes known.

    What was distinguished stays so. Groups stand in the order of their first future.

    >>> groups_by_period([["", "a"], ["", "b"], ["", "a"]])
    [[(0, 1, 2)], [(0, 2), (1,)]]
    """
    groups: list[tuple[int, ...]] = [tuple(range(len(known)))]
    found = []
    for period in range(len(known[0])):
        apart: dict[tuple[int, object], list[int]] = {}
        for number, group in enumerate(groups):
            for future in group:
                apart.setdefault((number, known[future][period]), []).append(future)
        groups = sorted((tuple(group) for group in apart.values()), key=lambda group: group[0])
        found.append(groups)
    return found
