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
from models.checks.money import expected_lines
from models.checks.report import TOLERANCE, Finding, Recorder, Report
from models.checks.requirements import NAMES, READING, REQUIREMENTS
from models.checks.tables import Tables, read_tables
from models.checks.time import calendar_of

__all__ = ["NAMES", "TOLERANCE", "Finding", "Report", "Tables", "verify"]

Result = TypeVar("Result")

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
    record = Recorder(tolerance, READING)
    evidence = _guarded(record, lambda: _evidence(case, tables, objective, touched or {}, record))
    if evidence is None:
        return Report(tuple(record.findings), dict(record.checked))
    for requirement in REQUIREMENTS:
        record.requirement = requirement.__name__
        record.checked[record.requirement] += 0
        _guarded(record, partial(requirement, evidence, record))
    return Report(tuple(record.findings), dict(record.checked))


def _evidence(
    case: Case, tables: Tables, objective: float | None, touched: Mapping[str, int], record: Recorder
) -> Evidence:
    settings = case.settings
    periods = settings.periods + settings.lookahead_periods
    calendar = calendar_of(settings.start, settings.period, periods, settings.lead_rounding)
    rows = read_tables(case, calendar, tables, record)
    late = dict(touched)
    for row in case.backlogs:
        since = calendar.holding(row.since)
        late[row.offer] = min(since, late.get(row.offer, since))
    evidence = evidence_of(case, calendar, facts_of(case, calendar), rows, objective, late)
    return dataclasses.replace(evidence, expected=expected_lines(evidence))


def _guarded(record: Recorder, work: Callable[[], Result]) -> Result | None:
    try:
        return work()
    except _BREAKDOWNS as fault:
        record.fault((), "check", f"{type(fault).__name__}: {fault}", "a check that can be carried out")
        return None
