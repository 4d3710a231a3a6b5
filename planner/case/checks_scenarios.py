"""Scenarios as a tree: what differs, from when it is known, and whether each future is a case that can be planned."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from models.case import TABLES, Case, Settings, case_of
from models.tables.column_descriptions import columns_of
from models.tables.strategy_rows import Scenario, ScenarioValue
from planner.case.checks_effect_futures import LEFT_ASIDE
from planner.case.context import Context, label_of
from planner.errors import Fault, listed

BY_FUTURE = frozenset({"backlogs", "limit_use", "added_supply"})
"""Tables of which futures may have other rows beside those by period: a disruption writes them."""
OF_SCENARIOS = ("risk_aversion", "risk_level", "objective")
"""Settings that have an effect over scenarios only."""
NOT_BY_NODE = "applies to the whole plan, so it cannot differ in one scenario"
ONE_CASE = "--base plans the base case; `fleetplan regret --scenarios` plans each scenario separately."


FaultsOf = Callable[[Case], list[Fault]]
"""What checks a case that was not read, by itself."""


@dataclass(frozen=True)
class _ScenarioChanges:
    """A scenario, its case, those of its changes that may have a fault, and what becomes known by period."""

    row: Scenario
    made: Case
    changes: tuple[Any, ...]
    known: tuple[frozenset[object], ...]


@functools.cache
def by_period() -> list[str]:
    """Returns the tables of which futures may have other values: series over labels, and spans that cover the plan."""
    found = []
    for table, row_class in TABLES.items():
        described = columns_of(row_class)
        is_series = "period" in described and described["period"].key and described["period"].blank is None
        if is_series or any(facts.covers for facts in described.values()):
            found.append(table)
    return found


def check_scenario_tree(context: Context, faults_of: FaultsOf) -> None:
    """Scenarios make a tree: nothing is known later than it acts, nothing is known before the first decision."""
    rows, settings = context.of(Scenario), context.settings
    assert settings is not None
    _check_risk(context, settings, has_scenarios=bool(rows))
    if not rows or not settings.use_scenarios or context.log.faults:
        return
    if not context.is_whole(*(table for table in TABLES if table in context.tables)):
        return
    _check_disruptions_known(context)
    _check_tables_differ(context)
    if context.log.faults:
        return
    tables: dict[str, Any] = {name: tuple(context.rows(name)) for name in TABLES}
    case = case_of(settings, tables)
    futures = [future for row in rows if (future := _future(context, case, row)) is not None]
    if len(futures) < len(rows):
        return
    for future in futures:
        _check_known_in_time(context, case, future)
    _check_root(context, case, futures)
    _check_apart(context, futures)
    if not context.log.faults:
        for future in futures:
            _check_case(context, case, future, faults_of)


def _check_risk(context: Context, settings: Settings, *, has_scenarios: bool) -> None:
    """Risk can be weighed only over scenarios."""
    for key in OF_SCENARIOS:
        value, usual = getattr(settings, key), getattr(Settings, key)
        if value == usual:
            continue
        shown = value if isinstance(value, str) else f"{value:g}"
        if not has_scenarios:
            expected = "has no effect without scenarios: there is only one future"
            remedy = "Fill in scenarios.csv, or leave it out; `fleetplan regret` compares plans by their worst case."
            context.setting_fault(key, shown, expected, remedy)
        elif not settings.use_scenarios:
            context.warn_setting(key, shown, LEFT_ASIDE, "Remove it, or remove use_scenarios.")
        elif key != "objective" and settings.objective == "regret":
            expected = "has no effect: the greatest regret is minimised, which weighs no risk"
            context.warn_setting(key, shown, expected, "Leave it out, or remove objective.")
        elif key == "risk_level" and settings.risk_aversion == 0:
            expected = "has no effect: risk_aversion is 0"
            context.warn_setting(key, shown, expected, "Leave it out, or set risk_aversion.")


def _check_disruptions_known(context: Context) -> None:
    """All rows of one disruption are known at one time."""
    from models.tables.strategy_rows import Disruption

    first: dict[str, Disruption] = {}
    for row in context.of(Disruption):
        before = first.setdefault(row.disruption, row)
        if before.known_from != row.known_from:
            row_before = context.number(before)
            expected = f"differs from row {row_before} of the same disruption, which becomes known as a whole"
            remedy = "Enter the same label, or give what is known later another name."
            context.fault(row, "known_from", expected, remedy)


def _check_tables_differ(context: Context) -> None:
    """Values of scenarios are of tables by period."""
    for row in context.of(ScenarioValue):
        if row.table not in by_period():
            remedy = f"Change one of {', '.join(by_period())}, or use a disruption. {ONE_CASE}"
            context.fault(row, "table", NOT_BY_NODE, remedy)


def _future(context: Context, case: Case, row: Scenario) -> _ScenarioChanges | None:
    from models.whatif import ShockError, known_by_period, scenario_case, scenario_changes

    try:
        changes = scenario_changes(case, row)
        made = scenario_case(case, row.scenario).case
    except ShockError as error:
        context.fault(row, "scenario", f"cannot be applied: {str(error).rstrip('.')}", "Change it.")
        return None
    assert context.calendar is not None
    known = known_by_period(changes, context.calendar.count)
    # Of many scenarios with many changes only those are kept that may have a fault.
    early = [one for one in changes if one.known == 0 or (one.acts is not None and one.known > one.acts)]
    return _ScenarioChanges(row, made, tuple(early), known)


def _check_known_in_time(context: Context, case: Case, future: _ScenarioChanges) -> None:
    """Faults of what acts before it is known."""
    calendar = context.calendar
    assert calendar is not None
    for change in future.changes:
        if change.acts is None or change.known <= change.acts:
            continue
        acts, known = calendar.labels[change.acts], label_of(calendar, change.known)
        begin = f"let it begin in {known}"
        if change.row is not None:
            expected = f"is known from {known}, after it takes effect: {change.what} differs from {acts} on"
            column = "known_from" if change.row.known_from else "period"
            remedy = f"Enter known_from = {acts} or earlier, or {begin} (column period)."
            if change.acts == 0:
                remedy = f"{begin.capitalize()} (column period); what applies from the start belongs in the tables."
            context.fault(change.row, column, expected, remedy)
        else:
            expected = f"is known from {known}, after {change.what} takes effect in {acts}"
            remedy = f"Enter {acts} or an earlier label, or {begin}."
            if change.acts == 0:
                remedy = f"{begin.capitalize()}; what applies from the start belongs in the tables."
            named = next((row for row in case.disruptions if row.disruption == change.what and row.known_from), None)
            where, column = (future.row, "revealed") if named is None else (named, "known_from")
            context.fault(where, column, expected, remedy)


def _check_root(context: Context, case: Case, futures: list[_ScenarioChanges]) -> None:
    """Faults of scenarios that are distinguished before anything is decided."""
    if len({future.known[0] for future in futures}) == 1:
        return
    calendar = context.calendar
    assert calendar is not None
    first = calendar.labels[0]
    for future in futures:
        own = [change for change in future.changes if change.known == 0]
        if own:
            names = listed([change.what for change in own])
            expected = f"is known in the first period, {first}, so no decision precedes it ({names})"
            second = label_of(calendar, 1)
            remedy = f"Use {second} or later for what is not known yet; what is certain belongs in the tables."
            context.fault(future.row, "revealed", expected, remedy)


def _check_apart(context: Context, futures: list[_ScenarioChanges]) -> None:
    """Warns of scenarios that are never distinguished, and of those that are left out."""
    seen: dict[tuple[frozenset[object], ...], _ScenarioChanges] = {}
    for future in futures:
        row = future.row
        if row.probability == 0:
            expected = "is ignored: a scenario of probability 0 is not planned"
            context.warn(row, "probability", expected, "Enter a probability, or delete the scenario.")
            continue
        before = seen.setdefault(future.known, future)
        if before is not future:
            expected = f"never differs from {before.row.scenario}: the two are planned as one future"
            remedy = f"Give it its own changes, or add its probability to {before.row.scenario} and delete it."
            context.warn(row, "scenario", expected, remedy)


def _check_case(context: Context, case: Case, future: _ScenarioChanges, faults_of: FaultsOf) -> None:
    """Faults of the case that a scenario stands for."""
    made = future.made
    changed = [name for name in TABLES if getattr(made, name) != getattr(case, name)]
    for name in changed:
        if name not in BY_FUTURE and name not in by_period():
            expected = f"changes {name}.csv, which {NOT_BY_NODE}"
            context.fault(future.row, "disruptions", expected, f"Leave it out of scenarios. {ONE_CASE}")
            return
    if changed:
        plain = replace(case.settings, **{key: getattr(Settings, key) for key in OF_SCENARIOS})
        alone = replace(made, settings=plain, scenarios=(), scenario_values=())
        for fault in faults_of(alone):
            expected = f"leads to a case with a fault: {fault.text.rstrip('.')}"
            context.fault(future.row, "scenario", expected, "Change it.")
