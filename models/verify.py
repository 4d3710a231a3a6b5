"""The independent check: whether a plan holds, recomputed from the input tables and the result tables alone.

Plain Python on dictionaries and floats; nothing here or in `models.checks` comes from the code that builds
or solves the program. A plan that fails is not written as a plan.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from models.case import Case
from models.checks import opposite_checks, scenario_distributions, scenario_paths, stability_checks, worth_checks
from models.checks.basis import input_basis
from models.checks.case_facts import facts_of
from models.checks.evidence import Evidence
from models.checks.evidence_tables import evidence_of
from models.checks.figures import expected_figures, key_figures
from models.checks.money import objective as objective_of_lines
from models.checks.path_summary import NonAnticipativity, PathSummary, RowsByFuture, summary_of
from models.checks.plan_check import PlanCheck
from models.checks.report import TOLERANCE, Finding, Recorder, Report
from models.checks.requirements import COLUMNS, NAMES, READING, REQUIREMENTS, columns_of
from models.checks.scenario_nodes import Nodes, nodes_of
from models.checks.tables import Tables, read_tables
from models.checks.time import CheckCalendar, calendar_of
from models.checks.worth_checks import BESIDE

__all__ = ["NAMES", "NAMES_OF_TREES", "TOLERANCE", "Finding", "Report", "Tables", "verify"]

NAMES_OF_TREES = (*NAMES, *scenario_paths.NAMES)
"""The requirements of plans over scenarios."""

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
    futures: Mapping[str, Case] | None = None,
    is_priced: bool = False,
) -> Report:
    """Returns what does not hold in a plan, given as its result tables.

    Cells may be numbers or the text of numbers. `objective` is in USD million; None leaves it unchecked.
    Two numbers agree when they differ by at most `tolerance` × max(1, their sizes, the largest flow added up
    on the way), in the unit of the column; whole numbers are whole within `tolerance`. `touched` names
    offers with the first period from which they may arrive late, beside those in `backlogs` of the case. Where
    `is_priced`, prices were asked for, and a blank one must be one that cannot be known.

    Nothing is raised on account of the tables: what cannot be read is a finding under the name `tables`, and
    its row is left out of all else. With `futures`, the case of each scenario by name, it is a plan over them: each
    path is checked as a plan of its own in the case of its future; after that, that indistinguishable futures have
    the same decisions, and the figures of the plan as a whole.
    """
    if futures:
        return _verify_tree(case, futures, tables, objective, tolerance)
    record = Recorder(tolerance, READING, columns_of)
    beside = _asked_beside(tables)
    own = {name: rows for name, rows in tables.items() if name not in BESIDE} if beside else tables
    evidence = _guarded(record, lambda: _evidence(case, own, objective, touched or {}, record, is_priced=is_priced))
    if evidence is not None:
        brought = _with_brought(evidence, record)
        _compare(brought, REQUIREMENTS, record)
        _compare_beside(case, tables, {"": (1.0, brought)}, objective, record)
    return Report(tuple(record.findings), dict(record.checked))


_CHECKS_BESIDE = {"decision_values": opposite_checks.decision_values, "stability": stability_checks.stability}
"""What is checked of tables that a plan has where they were asked for, by the first of them."""


def _asked_beside(tables: Tables) -> list[str]:
    return [name for name in _CHECKS_BESIDE if isinstance(tables, Mapping) and name in tables]


def _compare_beside(
    case: Case, tables: Tables, paths: opposite_checks.Paths, objective: float | None, record: Recorder
) -> None:
    for name in _asked_beside(tables):
        record.requirement = name
        _guarded(record, partial(_CHECKS_BESIDE[name], case, tables, paths, objective, record))


def _compare(evidence: Evidence, requirements: Iterable[PlanCheck], record: Recorder) -> None:
    for requirement in requirements:
        record.requirement = requirement.name
        record.checked[record.requirement] += 0
        _guarded(record, partial(requirement, evidence, record))


def _with_brought(evidence: Evidence, record: Recorder) -> Evidence:
    return dataclasses.replace(
        evidence,
        bounding=_brought(evidence, record, lambda one: one.amounts),
        further_figures=_brought(evidence, record, lambda one: one.figures),
    )


def _verify_tree(
    case: Case, futures: Mapping[str, Case], tables: Tables, objective: float | None, tolerance: float
) -> Report:
    calendar = _calendar_of(case)
    nodes = nodes_of(case, calendar)
    found: dict[tuple[object, ...], Finding] = {}
    checked: Counter[str] = Counter()
    paths: dict[str, PathSummary] = {}
    whole_paths: dict[str, tuple[float, Evidence]] = {}
    of_paths = [one for one in REQUIREMENTS if one not in (key_figures, input_basis, objective_of_lines)]
    rows, shared, first = RowsByFuture(tables, *scenario_paths.NOT_OF_PATHS), NonAnticipativity(nodes), None
    between = Recorder(tolerance, READING, columns_of)
    between.requirement = "non_anticipativity"
    for name, future in futures.items():
        # One path at a time: of the others only what the plan as a whole is made of is kept.
        record = Recorder(tolerance, READING, columns_of)
        evidence = _guarded(record, partial(_evidence, future, rows.of(name), objective, {}, record, is_priced=False))
        if evidence is not None:
            evidence = _with_brought(dataclasses.replace(evidence, is_path=len(futures) > 1), record)
            _compare(evidence, of_paths, record)
            record.requirement = "key_figures"
            summary = _guarded(record, partial(summary_of, evidence))
            if summary is not None:
                paths[name], first = summary, first or evidence
                if _asked_beside(tables):
                    whole_paths[name] = nodes.probability.get(name, 0.0), evidence
            if len(futures) > 1:
                _guarded(between, partial(shared.add, name, evidence, between))
        checked.update(record.checked)
        for finding in record.findings:
            key = (finding.requirement, finding.where, finding.what, finding.found, finding.expected)
            found.setdefault(key, dataclasses.replace(finding, where=(*finding.where, name)))
    record = Recorder(tolerance, READING, columns_of)
    record.same(";".join(futures), ";".join(nodes.probability), ("scenarios",), "futures")
    if first is not None and len(paths) == len(futures) and set(paths) == set(nodes.probability):
        _compare_whole(case, tables, objective, paths, first, nodes, between, record)
        _compare_beside(case, tables, whole_paths, objective, record)
    checked.update(record.checked)
    return Report((*found.values(), *record.findings), dict(checked))


def _compare_whole(
    case: Case,
    tables: Tables,
    objective: float | None,
    paths: Mapping[str, PathSummary],
    one: Evidence,
    nodes: Nodes,
    between: Recorder,
    record: Recorder,
) -> None:
    """Compares the figures of a plan as a whole with those of its paths, of which `one` is the first.

    `between` has what was compared between paths.
    """
    calendar = one.calendar
    weighted = tuple((nodes.probability[name], path.figures) for name, path in paths.items())
    costs = {name: path.cost for name, path in paths.items()}
    whole: dict[str, Callable[[], None]] = {
        "key_figures": lambda: expected_figures(weighted, one, record),
        "input_basis": lambda: input_basis(dataclasses.replace(one, case=case), record),
        "objective": lambda: scenario_paths.objective(case, tables, objective, paths, nodes, record),
        "scenario_nodes": lambda: scenario_paths.scenario_nodes(case, calendar, tables, nodes, record),
        "non_anticipativity": lambda: record.take(between),
        "futures_table": lambda: scenario_paths.futures_table(case, tables, paths, one, nodes, record),
        "cost_distribution": lambda: scenario_distributions.cost_distribution(case, tables, costs, nodes, record),
        "branches": lambda: scenario_distributions.branches(calendar, tables, nodes, record),
        "decision_distribution": lambda: scenario_distributions.decision_distribution(
            calendar, tables, paths, nodes, record
        ),
        "period_distribution": lambda: scenario_distributions.period_distribution(tables, paths, nodes, record),
    }
    asked: dict[str, Callable[[], None]] = {
        "information": lambda: worth_checks.information(tables, objective, record),
        "risk_curve": lambda: worth_checks.risk_curve(case, tables, costs, nodes, record),
        "regret": lambda: worth_checks.regret(tables, costs, record),
    }
    whole |= {name: work for name, work in asked.items() if name in tables}
    for name, work in whole.items():
        if len(paths) > 1 or name not in (*scenario_paths.NAMES, *worth_checks.WORTH):
            record.requirement = name
            _guarded(record, work)


def _calendar_of(case: Case) -> CheckCalendar:
    settings = case.settings
    periods = settings.periods + settings.lookahead_periods
    return calendar_of(settings.start, settings.period, periods, settings.lead_rounding)


def _evidence(
    case: Case,
    tables: Tables,
    objective: float | None,
    touched: Mapping[str, int],
    record: Recorder,
    *,
    is_priced: bool,
) -> Evidence:
    calendar = _calendar_of(case)
    rows = read_tables(case, calendar, tables, COLUMNS, record)
    late = dict(touched)
    for row in case.backlogs:
        since = calendar.holding(row.since)
        late[row.offer] = min(since, late.get(row.offer, since))
    facts = facts_of(case, calendar)
    evidence = evidence_of(case, calendar, facts, rows, objective, late, REQUIREMENTS, is_priced=is_priced)
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
