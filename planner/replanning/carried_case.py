"""The case of the next plan: a case and its plan, as they stand at a date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.calendar import LabelError
from models.case import Case
from planner.errors import CaseFaults, Fault
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
from planner.replanning.held_units import carry_fleet, carry_leases, carry_orders
from planner.replanning.remaining_time import carry_capability, carry_clocks, cut_series, settings_from
from planner.replanning.run_position import CarriedDraft, CarriedLine, RunPosition
from planner.results.loaded_run import LoadedRun

_STEPS: tuple[Callable[[CarriedDraft], None], ...] = (
    carry_fleet, carry_orders, carry_leases, carry_commitments, carry_levels, carry_take_or_pay, carry_milestones,
    carry_opened_sites, carry_past_orders, carry_budgets, carry_limits, carry_carbon_limits, cut_spans,
    carry_capability, carry_clocks, cut_series,
)  # fmt: skip
"""What makes the tables of the new case, in order: clocks and series come last, as the others read old ones."""


@dataclass(frozen=True, eq=False)
class CarriedCase:
    """The case of the next plan, and everything in it that comes from the plan before."""

    case: Case
    lines: tuple[CarriedLine, ...]


def carried(run: LoadedRun, as_of: str) -> CarriedCase:
    """Returns the case that starts at a period of a run: the rest of its inputs, and what the plan has made by then.

    Raises:
        CaseFaults: the label is not a later reported period of the run.
    """
    draft = CarriedDraft(position_of(run, as_of))
    for step in _STEPS:
        step(draft)
    tables: dict[str, Any] = {name: tuple(rows) for name, rows in draft.tables.items()}
    case = Case(settings=settings_from(draft.position), solver=run.case.solver, **tables)
    return CarriedCase(case, tuple(draft.lines))


def position_of(run: LoadedRun, as_of: str) -> RunPosition:
    """Returns a run as it stands at a date.

    Raises:
        CaseFaults: the label is not a later reported period of the run.
    """
    labels = run.periods
    try:
        passed = run.calendar.period_at(as_of)
    except LabelError as error:
        raise CaseFaults([Fault("--as-of", str(error).rstrip("."), f"Use one of {labels[1:]}.")]) from error
    if not 0 < passed < len(labels):
        later = f"{labels[1]} to {labels[-1]}" if len(labels) > 1 else "none: the run has one period"
        expected = "is not a later period of the run"
        raise CaseFaults([Fault("--as-of", expected, f"Later periods: {later}.", value=as_of)])
    return RunPosition(run, passed, "", run.case)
