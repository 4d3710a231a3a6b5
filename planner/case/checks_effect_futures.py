"""Nothing without effect: scenarios, disruptions, roles and uncertain inputs that no question of the case can use."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from models.calendar import LabelError, label_at
from models.case import TABLES, Case, case_of
from models.tables.disruption_rows import Role
from models.tables.fleet_rows import InputRow
from models.tables.strategy_rows import LASTING, PERMANENT, Disruption, Scenario, ScenarioValue, Uncertain
from planner.case.checks_effect_moves import SLIP_REMEDY, due_periods, slip_text
from planner.case.context import Context, month_of
from planner.case.disruption_file import default_library, read_library
from planner.case.reachable_rows import ReachableRows

LEFT_ASIDE = "has no effect: use_scenarios = false plans the base case"
PARAMETERS_OF = {"uniform": 2, "triangular": 3, "normal": 2, "lognormal": 2, "discrete": 3}


def check_scenarios_used(context: Context, _: ReachableRows) -> None:
    """Says that scenarios are ignored where the settings want that, and which of their values change nothing."""
    settings = context.settings
    assert settings is not None
    values = context.of(ScenarioValue)
    if not settings.use_scenarios:
        own = " with their values in scenario_values.csv" if values else ""
        remedy = "Remove use_scenarios to plan over them; `fleetplan regret --scenarios` plans each separately."
        context.warn_rows(context.of(Scenario), "scenario", f"{LEFT_ASIDE}; scenarios{own} are ignored", remedy)
    idle = [row for row in values if _changes_nothing(row.effect, row.value)]
    context.warn_rows(idle, "value", "has no effect: it changes nothing", "Enter another value, or delete it.")


def _changes_nothing(effect: str, value: float | None) -> bool:
    return (effect, value) in {("multiply", 1.0), ("add", 0.0)}


def check_disruptions_used(context: Context, reached: ReachableRows) -> None:
    """Each row of a disruption changes an input of the case, and uses what it says of its effect and length."""
    rows = context.of(Disruption)
    for row in rows:
        if row.field == "fail" and (row.effect != "add" or row.value not in (0.0, 1.0)):
            expected = "has no effect: a failure has no magnitude"
            context.warn(row, "value", expected, "Use the effect add and the value 1.")
        if row.field in PERMANENT and row.months:
            what = "a failure" if row.field == "fail" else "the number of respins"
            context.warn(row, "months", f"has no effect: {what} is permanent", "Leave it blank.")
        if row.field in LASTING and row.recovery_months:
            expected = "has no effect: a slip, failure or respin does not recover gradually"
            context.warn(row, "recovery_months", expected, "Leave it blank.")
    case = _case(context)
    if rows and case is not None:
        for row in rows:
            _check_change(context, reached, case, row)
        _check_slips(context, reached)


def _case(context: Context) -> Case | None:
    """Returns the case as far as it is read, None where it has faults."""
    assert context.settings is not None
    if context.log.faults or not context.is_whole(*(table for table in TABLES if table in context.tables)):
        return None
    tables = {name: tuple(context.rows(name)) for name in TABLES}
    return case_of(context.settings, tables)


def _check_change(context: Context, reached: ReachableRows, case: Case, row: Disruption) -> None:
    """Warns of a row that changes no input of the case."""
    # The rules of disruptions are loaded for cases that have some.
    from models.whatif import Shock, ShockError, disrupted

    calendar = reached.calendar
    if month_of(row.start) >= calendar.end_month or (row.field not in LASTING and not row.months + row.recovery_months):
        return
    if row.field not in PERMANENT and _changes_nothing(row.effect, row.value):
        context.warn(row, "value", "has no effect: it changes nothing", "Enter another value, or delete the row.")
        return
    try:
        found = disrupted(replace(case, disruptions=(row,)), [Shock(row.disruption)])
    except ShockError:
        expected = f"has no effect: it is over before the plan starts in {calendar.labels[0]}"
        context.warn(row, "start", expected, "Use a later label, let it last longer, or delete the row.")
        return
    if not found.changes:
        why = (
            found.without_effect[0].split(": ", 1)[-1].rstrip(".")
            if found.without_effect
            else "its target is 0 or unlimited at that time"
        )
        context.warn(row, "target", f"has no effect: {why}", "Choose another target or time, or delete the row.")


def _check_slips(context: Context, reached: ReachableRows) -> None:
    """Warns of slips that are over before their item can be ready, and of what comes after it must be."""
    calendar, due = reached.calendar, due_periods(context, reached)
    for row in context.of(Disruption):
        if row.field not in LASTING or row.target not in due:
            continue
        begin, ready = calendar.period_at(row.start), due[row.target]
        if begin >= ready.stop and begin < calendar.count:
            label = calendar.labels[ready.stop - 1] if ready.stop <= calendar.count else calendar.labels[-1]
            expected = f"has no effect: {row.target} is ready by {label} at the latest, or not at all"
            context.warn(row, "start", expected, "Use an earlier label, or delete the row.")
        elif row.field == "slip" and row.months:
            month = month_of(row.start) + row.months
            if -((calendar.start_month - month) // calendar.months) <= ready.start:
                expected = slip_text(reached, row.target, _label(month), ready.start)
                context.warn(row, "months", expected, SLIP_REMEDY)


def _label(month: float) -> str:
    try:
        return label_at(int(month), 12 if month % 12 == 0 else 1)
    except LabelError:
        return "the end"


def check_roles_used(context: Context, _: ReachableRows) -> None:
    """Each role is one of the library of disruptions."""
    rows = context.of(Role)
    if not rows:
        return
    library = default_library()
    if library is None:
        return
    known = {row.target for row in read_library(library)}
    unknown = [row for row in rows if row.role not in known]
    expected = "has no effect: no disruption of the library that comes with fleetplan names this role"
    remedy = "Check the name against `fleetplan disrupt CASE --library --list`, or delete the row."
    context.warn_rows(unknown, "role", expected, remedy)


def check_uncertain_used(context: Context, _: ReachableRows) -> None:
    """Each uncertain input has a spread, only parameters of its shape, and a group of more than itself."""
    rows = context.of(Uncertain)
    groups = Counter(row.group for row in rows)
    certain: list[InputRow] = []
    for row in rows:
        given = [row.p1, row.p2, row.p3]
        if any(value is None for value in given[:1]):
            continue
        extra = [
            f"p{at + 1}"
            for at, value in enumerate(given)
            if value is not None and at >= PARAMETERS_OF[row.distribution]
        ]
        if extra:
            context.warn(row, extra[0], f"has no effect: {row.distribution} has no such parameter", "Leave it blank.")
        if not _has_spread(row):
            certain.append(row)
        if row.group and groups[row.group] == 1:
            expected = "has no effect: no other row is in this group"
            context.warn(row, "group", expected, "Leave it blank, or write it in the rows that move together.")
    expected = "has no effect: its distribution has a single value"
    context.warn_rows(certain, "p1", expected, "Enter different parameters, or delete the row.")


def _has_spread(row: Uncertain) -> bool:
    if row.low is not None and row.low == row.high:
        return False
    values = [value for value in (row.p1, row.p2, row.p3) if value is not None]
    if row.distribution in ("normal", "lognormal"):
        return bool(row.p2)
    if row.distribution == "uniform":
        return row.p1 != row.p2
    return len(set(values)) > 1
