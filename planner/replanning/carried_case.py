"""The case of the next plan: a case and its plan, as they stand at a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.calendar import LabelError
from models.case import Case
from planner.errors import CaseFaults, Fault, listed
from planner.replanning.actual_position import actual_spending, apply_actuals
from planner.replanning.begun_contracts import (
    carry_commitments,
    carry_levels,
    carry_milestones,
    carry_opened_sites,
    carry_take_or_pay,
)
from planner.replanning.begun_spans import (
    carry_budgets,
    carry_carbon_limits,
    carry_limits,
    carry_past_orders,
    cut_spans,
)
from planner.replanning.held_units import carry_fleet, carry_leases
from planner.replanning.orders_on_way import carry_orders
from planner.replanning.remaining_futures import remaining_inputs
from planner.replanning.remaining_time import (
    carry_capability,
    carry_clocks,
    carry_failures,
    cut_series,
    settings_from,
)
from planner.replanning.run_position import CarriedDraft, CarriedLine, RunPosition
from planner.results.loaded_run import LoadedRun
from planner.tracking.actuals_reading import Actuals

if TYPE_CHECKING:
    from models.uncertainty.scenario_tree import ScenarioTree

_STEPS: tuple[Callable[[CarriedDraft], None], ...] = (
    carry_fleet, carry_orders, carry_leases, carry_commitments, carry_levels, carry_take_or_pay, carry_milestones,
    carry_opened_sites, carry_past_orders, carry_budgets, carry_limits, carry_carbon_limits, cut_spans,
    carry_failures, carry_capability, carry_clocks, cut_series,
)  # fmt: skip
"""What makes the tables of the new case, in order: clocks and series come last, as the others read old ones."""


@dataclass(frozen=True, eq=False)
class CarriedCase:
    """The case of the next plan, and everything in it that comes from the plan before."""

    case: Case
    lines: tuple[CarriedLine, ...]


def carried(
    run: LoadedRun,
    as_of: str,
    *,
    branch: str = "",
    laid_over: Mapping[str, tuple[Any, ...]] | None = None,
    actuals: Actuals | None = None,
) -> CarriedCase:
    """Returns the case that starts at a period of a run: the rest of its inputs, and what the plan has made by then.

    `branch` is a scenario whose branch of a plan over scenarios has happened. `laid_over` are new inputs by table: what
    is still ahead goes by them, and what was decided before by the inputs of the run. `actuals` are what came instead
    of what was planned.

    Raises:
        CaseFaults: the label is not a later reported period of the run, or the branch is not one of its branches then.
    """
    position = position_of(run, as_of, branch)
    if actuals is not None:
        position = replace(position, paid=actual_spending(position, actuals))
    new: dict[str, Any] = dict(laid_over or {})
    inputs = replace(remaining_inputs(position), **new)
    draft = CarriedDraft(position, inputs)
    for step in _STEPS:
        step(draft)
    if actuals is not None:
        apply_actuals(draft, actuals)
    for table in _HOLDINGS & new.keys():
        draft.tables[table] = list(new[table])
        draft.lines = [line for line in draft.lines if line.table != table]
    tables: dict[str, Any] = {name: tuple(rows) for name, rows in draft.tables.items()}
    case = Case(settings=settings_from(position), solver=run.case.solver, **tables)
    return CarriedCase(case, tuple(draft.lines))


_HOLDINGS = frozenset(("opening_fleet", "open_leases", "open_orders", "past_orders", "commitments"))
"""Tables of what is held and decided: where they are given, they take the place of what the plan says."""


def position_of(run: LoadedRun, as_of: str, branch: str = "") -> RunPosition:
    """Returns a run as it stands at a date, on one of its branches.

    Raises:
        CaseFaults: the label is not a later reported period of the run, or the branch is not one of its branches then.
    """
    labels = run.periods
    try:
        passed = run.calendar.period_at(as_of)
    except LabelError as error:
        raise CaseFaults([Fault("--as-of", str(error).rstrip("."), f"Use one of {listed(labels[1:])}.")]) from error
    if not 0 < passed < len(labels):
        later = f"{labels[1]} to {labels[-1]}" if len(labels) > 1 else "none, as the run has one period"
        expected = "is not a later period of the run"
        raise CaseFaults([Fault("--as-of", expected, f"Later periods: {later}.", value=as_of)])
    tree = run.scenario_tree
    if tree is None:
        if branch:
            raise CaseFaults([Fault("--branch", "the plan is for one future", "Leave it out.", value=branch)])
        return RunPosition(run, passed, "", run.case)
    groups = branches_at(tree, passed)
    if branch not in tree.names and (branch or len(groups) > 1):
        listing = "; ".join(", ".join(group) for group in groups)
        expected = f"is no scenario of the run, which has {len(groups)} branches in {labels[passed]}"
        expected = expected if branch else f"is needed: the run has {len(groups)} branches in {labels[passed]}"
        raise CaseFaults([Fault("--branch", expected, f"Name a scenario of one of them: {listing}.", value=branch)])
    group = next(group for group in groups if branch in group or not branch)
    name = branch or group[0]
    return RunPosition(run, passed, name, tree.cases[tree.names.index(name)], group)


def branches_at(tree: ScenarioTree, period: int) -> list[tuple[str, ...]]:
    """Returns the scenarios that share each node of a period, by name."""
    nodes = [node for node, at in enumerate(tree.tree.period) if at == period]
    return [tuple(tree.names[future] for future in tree.tree.futures_through[node]) for node in nodes]
