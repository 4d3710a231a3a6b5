"""The independent check: whether a plan holds, recomputed from the input tables and the result tables alone.

Plain Python on dictionaries and floats; nothing here or in `models.checks` comes from the code that builds
or solves the program. A plan that fails is not written as a plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from models.case import Case
from models.checks.evidence import Evidence, evidence_of
from models.checks.facts import facts_of
from models.checks.plan_check import PlanCheck
from models.checks.report import TOLERANCE, Finding, Recorder, Report
from models.checks.requirements import COLUMNS, NAMES, READING, REQUIREMENTS, columns_of
from models.checks.tables import Tables, read_tables
from models.checks.time import calendar_of

__all__ = ["NAMES", "TOLERANCE", "Finding", "Report", "Tables", "verify"]

Result = TypeVar("Result")
Key = TypeVar("Key")
Value = TypeVar("Value")
Maker = Callable[[Evidence], dict[Key, Value]] | None

# What arithmetic on numbers that make no sense can raise. A check that breaks down is a finding, never a pass.
_BREAKDOWNS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def verify(
    case: Case,
    tables: Tables,
    objective: float | None,
    tolerance: float = TOLERANCE,
    *,
    touched: Mapping[str, int] | None = None,
) -> Report:
    """Returns what does not hold in a plan without branches, given as its result tables.

    Cells may be numbers or the text of numbers. `objective` is in USD million; None leaves it unchecked.
    Two numbers agree when they differ by at most `tolerance` × max(1, their sizes, the largest flow added up
    on the way), in the unit of the column; whole numbers are whole within `tolerance`. `touched` names
    offers with the first period from which they may arrive late, beside those in `backlogs` of the case.

    Nothing is raised on account of the tables: what cannot be read is a finding under the name `tables`, and
    its row is left out of all else. On a branching tree each path is checked as a plan of its own.
    """
    record = Recorder(tolerance, READING, columns_of)
    evidence = _guarded(record, lambda: _evidence(case, tables, objective, touched or {}, record))
    if evidence is None:
        return Report(tuple(record.findings), dict(record.checked))
    evidence = dataclasses.replace(
        evidence,
        bounding=_brought(evidence, record, lambda one: one.amounts),
        further_figures=_brought(evidence, record, lambda one: one.figures),
    )
    for requirement in REQUIREMENTS:
        record.requirement = requirement.name
        record.checked[record.requirement] += 0
        _guarded(record, partial(requirement, evidence, record))
    return Report(tuple(record.findings), dict(record.checked))


def _evidence(
    case: Case, tables: Tables, objective: float | None, touched: Mapping[str, int], record: Recorder
) -> Evidence:
    settings = case.settings
    periods = settings.periods + settings.lookahead_periods
    calendar = calendar_of(settings.start, settings.period, periods, settings.lead_rounding)
    rows = read_tables(case, calendar, tables, COLUMNS, record)
    late = dict(touched)
    for row in case.backlogs:
        since = calendar.holding(row.since)
        late[row.offer] = min(since, late.get(row.offer, since))
    evidence = evidence_of(case, calendar, facts_of(case, calendar), rows, objective, late, REQUIREMENTS)
    lines = {one.category: one.lines(evidence) for one in REQUIREMENTS if one.lines is not None}
    return dataclasses.replace(evidence, expected=lines)


def _brought(evidence: Evidence, record: Recorder, what: Callable[[PlanCheck], Maker[Key, Value]]) -> dict[Key, Value]:
    """What requirements bring to the others; one that breaks down brings nothing, and that is a finding."""
    found: dict[Key, Value] = {}
    for one in REQUIREMENTS:
        make = what(one)
        if make is not None:
            record.requirement = one.name
            found |= _guarded(record, partial(make, evidence)) or {}
    return found


def _guarded(record: Recorder, work: Callable[[], Result]) -> Result | None:
    try:
        return work()
    except _BREAKDOWNS as fault:
        record.fault((), "check", f"{type(fault).__name__}: {fault}", "a check that can be carried out")
        return None
