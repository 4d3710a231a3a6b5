"""Histories: how inputs turn out over the plan, and what of that a planner believes at a date.

A history is known piece by piece: each value from a label on. What a planner believes at a date is what is known by
then, followed by a forecast. Nothing of a history is known before the first plan is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from models.calendar import Calendar, parse_label
from models.case import Case
from models.tables.history_rows import HistoryValue
from models.tables.strategy_rows import Uncertain
from models.whatif.disrupt import disrupted
from models.whatif.scenario import values_by_scenario
from models.whatif.scenario_generation import Reveal, sampled
from models.whatif.shock import ShockError, shocks_of
from models.whatif.values import Lever, check_lever, parted
from planner.case.checks_scenarios import by_period
from planner.errors import CaseFaults, Fault
from planner.studies.study_context import usable_disruptions


class Course(StrEnum):
    """How a drawn value comes about over the periods."""

    DRIFT = "drift"
    """In equal steps from the second period to the last."""
    STEP = "step"
    """At once in the second period."""
    REDRAWN = "redrawn"
    """Another value is drawn at each year that begins in the plan."""


class Forecast(StrEnum):
    """What is believed of the time after the last value that is known."""

    REBASED = "rebased"
    """The forecast of the case, moved by as much as the last known value differs from it."""
    UNCHANGED = "unchanged"
    """The forecast of the case."""


Choice = TypeVar("Choice", Course, Forecast)


def chosen(option: str, text: str, choices: type[Choice]) -> Choice:
    """Returns a choice by its name; raises CaseFaults where there is none of that name."""
    try:
        return choices(text)
    except ValueError as error:
        names = [choice.value for choice in choices]
        fault = Fault(option, f"must be {' or '.join(names)}", f"Write for example {names[0]}.", value=text)
        raise CaseFaults([fault]) from error


@dataclass(frozen=True)
class KnownValue:
    """A value of a history, and the first period, from 0, in which it is known."""

    row: HistoryValue
    known: int


@dataclass(frozen=True)
class InputHistory:
    """How inputs turn out: values, disruptions with the period in which each is known, and how likely that is.

    A history that is `whole` is known with all its course once it is known, as are scenarios and disruptions: no
    forecast follows. Histories that are drawn, or were observed, are known value by value.
    """

    name: str
    weight: float
    values: tuple[KnownValue, ...] = ()
    shocks: tuple[tuple[str, int], ...] = ()
    is_whole: bool = False


def belief(case: Case, history: InputHistory, at: int, forecast: Forecast) -> dict[str, Any]:
    """Returns the recipe of the case as it is believed in a period, counted from 0; in period 0 it is as it stands."""
    if at == 0:
        return {}
    known = [value.row for value in history.values if value.known <= at]
    rows = known if history.is_whole else [*known, *_forecasts(case, known, at, forecast)]
    return _recipe(rows, [name for name, first in history.shocks if first <= at])


def truth(case: Case, history: InputHistory) -> dict[str, Any]:
    """Returns the recipe of the case as the history makes it; after its last value the forecast moves with that."""
    rows = [value.row for value in history.values]
    more = () if history.is_whole else _forecasts(case, rows, case.settings.calendar.count, Forecast.REBASED)
    return _recipe([*rows, *more], [name for name, _ in history.shocks])


def _recipe(rows: Iterable[HistoryValue], shocks: Sequence[str]) -> dict[str, Any]:
    values = [[row.table, row.key, row.column, row.period, row.effect, row.value] for row in rows]
    found: dict[str, Any] = {"values": sorted(values, key=lambda one: one[:4])} if values else {}
    return found | ({"shocks": "+".join(sorted(shocks))} if shocks else {})


def _forecasts(case: Case, known: Sequence[HistoryValue], at: int, forecast: Forecast) -> list[HistoryValue]:
    """What follows the last known value of each input: nothing where that goes on by itself."""
    calendar = case.settings.calendar
    series: dict[tuple[str, str, str], HistoryValue] = {}
    for row in known:
        place = row.table, row.key, row.column
        if row.period and (place not in series or _month(series[place].period) <= _month(row.period)):
            series[place] = row
    found = []
    for last in series.values():
        after = max(0, calendar.period_at(last.period)) + 1
        if forecast is Forecast.UNCHANGED:
            after = max(after, at + 1)
        elif last.effect != "set":
            continue
        if after < calendar.count:
            factor = 1.0 if forecast is Forecast.UNCHANGED else _ratio(case, calendar, last)
            found.append(replace(last, period=calendar.labels[after], effect="multiply", value=factor))
    return found


def _ratio(case: Case, calendar: Calendar, row: HistoryValue) -> float:
    """By how much the value of a row differs from the forecast of its period."""
    lever, after = lever_of_history(row), max(0, calendar.period_at(row.period)) + 1
    until = replace(lever, period=calendar.label_of(after), effect="multiply")
    changes = parted(case, {lever: row.value, until: 1.0}).changes
    if not changes:
        return 1.0
    if len({change.item for change in changes}) > 1 or not changes[0].before:
        why = "names several inputs" if changes[0].before else "has a forecast of 0, from which nothing can be moved"
        msg = f"the value of {row.table} {row.key} in {row.period} {why}. Name one input, or use the effect multiply."
        raise ShockError(msg)
    return row.value / changes[0].before


def lever_of_history(row: HistoryValue) -> Lever:
    """Returns what a value of a history changes."""
    return Lever(f"{row.history} {row.table} {row.column}", row.table, row.key, row.column, row.period, row.effect)


def _month(label: str) -> int:
    return parse_label(label)[0]


def drawn_histories(case: Case, count: int, seed: int, course: Course) -> tuple[InputHistory, ...]:
    """Returns equally likely histories with drawn values of `uncertain`: those of `scenarios --sample` with this seed.

    Inputs without periods have their drawn value over the whole plan, known from the second period on.

    Raises:
        ShockError: there is nothing to draw.
        CaseFaults: the plan has one period.
    """
    labels, calendar = case.settings.calendar.labels[: case.settings.periods], case.settings.calendar
    if len(labels) < 2:
        raise CaseFaults([Fault("plan.toml", "has one period, after which nothing is left", "Plan several.")])
    reveals = [labels[1]]
    if course is Course.REDRAWN:
        year = max(1, 12 // calendar.months)
        reveals = [labels[at] for at in range(1, len(labels)) if at == 1 or at % year == 0]
    values: dict[int, list[KnownValue]] = {number: [] for number in range(count)}
    rows = {row.name: row for row in case.uncertain}
    for label in reveals:
        made = sampled(case, count, [Reveal(label)], seed)
        for number, scenario in enumerate(made.scenarios):
            branch = scenario.scenario.removeprefix("draw ")
            for draw in made.draws:
                if draw.branch == branch:
                    values[number] += _drawn(
                        case, rows[draw.name], draw.value, label, course, is_first=label == labels[1]
                    )
    width = len(str(count))
    return tuple(
        InputHistory(f"history {number + 1:0{width}}", 1.0 / count, tuple(own)) for number, own in values.items()
    )


def _drawn(
    case: Case,
    row: Uncertain,
    value: float,
    label: str,
    course: Course,
    *,
    is_first: bool,
) -> list[KnownValue]:
    """What one drawn value makes of an input, from a label on."""
    calendar, periods = case.settings.calendar, case.settings.periods
    first = calendar.period_at(label)

    def known(at: int, amount: float, period: str) -> KnownValue:
        made = HistoryValue(
            history="", table=row.table, key=row.key or "*", column=row.column, period=period, effect=row.effect,
            value=float(f"{amount:.12g}"), source=f"uncertain: {row.name}",
        )  # fmt: skip
        return KnownValue(made, at)

    if row.table not in by_period():
        return [known(first, value, "")] if is_first else []
    if course is not Course.DRIFT or row.effect == "set":
        return [known(first, value, label)]
    still = 1.0 if row.effect == "multiply" else 0.0
    steps = periods - first
    return [
        known(at, still + (value - still) * (at - first + 1) / steps, calendar.labels[at])
        for at in range(first, periods)
    ]


def scenario_histories(case: Case) -> tuple[InputHistory, ...]:
    """Returns the scenarios of a case as histories, each with its probability; raises CaseFaults without any."""
    if not case.scenarios:
        raise CaseFaults([Fault("scenarios.csv", "has no scenarios", "Fill it in, or name a number of histories.")])
    calendar = case.settings.calendar
    found = []
    for scenario in case.scenarios:
        values = [
            KnownValue(
                HistoryValue(
                    history=row.scenario, table=row.table, key=row.key, column=row.column, period=row.period,
                    effect=row.effect, value=row.value, source=row.source,
                ),
                max(1, calendar.period_at(row.known_from or scenario.revealed)),
            )
            for row in values_by_scenario(case.scenario_values).get(scenario.scenario, ())
        ]  # fmt: skip
        known = max(1, calendar.period_at(scenario.revealed))
        shocks = tuple((name, known) for name in scenario.disruptions)
        found.append(InputHistory(scenario.scenario, scenario.probability, tuple(values), shocks, is_whole=True))
    return tuple(found)


def disruption_histories(case: Case) -> tuple[InputHistory, ...]:
    """Returns each disruption of a case as a history, known from when it is seen; raises CaseFaults without any."""
    names = usable_disruptions(case)
    if not names:
        remedy = "Fill it in, add --library, or name a number of histories."
        raise CaseFaults([Fault("disruptions.csv", "has no disruptions within the horizon", remedy)])
    calendar, found = case.settings.calendar, []
    for name in names:
        seen = disrupted(case, shocks_of(name)).seen
        known = 1 if seen is None else max(1, calendar.period_at(seen))
        found.append(InputHistory(name, 1.0 / len(names), (), ((name, known),), is_whole=True))
    return tuple(found)


def observed_histories(case: Case, rows: Sequence[HistoryValue]) -> tuple[InputHistory, ...]:
    """Returns the histories of some rows by name, equally weighed.

    Raises:
        ShockError: a row names no input of the case.
    """
    calendar, found = case.settings.calendar, dict[str, list[KnownValue]]()
    for row in rows:
        check_lever(case, lever_of_history(row))
        label = row.known_from or row.period
        known = max(1, calendar.period_at(label)) if label else 1
        found.setdefault(row.history, []).append(KnownValue(row, known))
    return tuple(InputHistory(name, 1.0 / len(found), tuple(values)) for name, values in found.items())
