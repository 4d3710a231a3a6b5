"""The tree that the scenarios of a case make, recomputed from the tables alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.case import Case
from models.checks.time import CheckCalendar
from models.tables.strategy_rows import Scenario, ScenarioValue


@dataclass(frozen=True)
class Nodes:
    """The futures of a case by name with their probabilities, and which of them are together in each period."""

    probability: dict[str, float]
    groups: tuple[tuple[tuple[str, ...], ...], ...]


def nodes_of(case: Case, calendar: CheckCalendar) -> Nodes:
    """Returns the futures that have a probability, of equal ones one, and their groups by period.

    Two futures are together in a period as long as the same has become known in both, up to it.
    """
    rows = [row for row in case.scenarios if row.probability > 0]
    total = sum(row.probability for row in rows)
    chance: dict[str, float] = {}
    names: dict[tuple[frozenset[object], ...], str] = {}
    values: dict[str, list[ScenarioValue]] = {}
    for value in case.scenario_values:
        values.setdefault(value.scenario, []).append(value)
    for row in rows:
        known = _known(case, calendar, row, values.get(row.scenario, ()))
        name = names.setdefault(known, row.scenario)
        chance[name] = chance.get(name, 0.0) + row.probability / total
    groups = []
    for period in range(calendar.periods):
        together: dict[tuple[frozenset[object], ...], list[str]] = {}
        for known, name in names.items():
            together.setdefault(known[: period + 1], []).append(name)
        groups.append(tuple(tuple(members) for members in together.values()))
    return Nodes(chance, tuple(groups))


def _known(
    case: Case, calendar: CheckCalendar, row: Scenario, values: Iterable[ScenarioValue]
) -> tuple[frozenset[object], ...]:
    """By period: which changes of a scenario are known."""
    since: list[tuple[object, int]] = []
    for value in values:
        what = (value.table, value.key, value.column, value.period, value.effect, value.value)
        since.append((what, calendar.holding(value.known_from or row.revealed)))
    for disruption in row.disruptions:
        own = [part.known_from for part in case.disruptions if part.disruption == disruption and part.known_from]
        since.append((("disruption", disruption), min(calendar.holding(label) for label in own or [row.revealed])))
    return tuple(frozenset(what for what, first in since if first <= t) for t in range(calendar.periods))
