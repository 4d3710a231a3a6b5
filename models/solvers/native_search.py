"""Runs the search of `models.tree_search` over GLOP's linear programs; imported by the solver's process alone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import ortools
from ortools.util.python import solve_interrupter

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program, relaxed
from models.solvers.catalogue import NATIVE
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import Message, RebasedProgram, interior_basis
from models.solvers.normalise import SolverClaim, normalised, proven_by, within_gap
from models.solvers.reports import Reporter
from models.solvers.warm import WarmProgram
from models.solvers.wire import FIRST_PLAN_SECONDS, Search
from models.tree_search.branching_guide import BranchingGuide, LargeBranchingGuide
from models.tree_search.lp_protocol import Basis
from models.tree_search.search import SearchResult, TreeSearch
from models.tree_search.search_state import CostTargets, SearchCallbacks
from models.tree_search.starting_plan import starting_plan

VERSION = f"GLOP of OR-Tools {ortools.__version__}"
TREE = "tree over GLOP"
PARTS = "search by parts over GLOP"
FIRST = "the plan is the first one, of integers rounded in bulk"
STARTS_FIRST = 8_000
"""From this many columns on the first plan is made before the search, which takes seconds to find one."""
NOT_SEARCHED = SearchResult(None, None, None, False, False, None, 0, 0, 0)


class NativeSearch:
    """One search at a time; `stop` may come from another thread."""

    def __init__(self) -> None:
        self._is_stopped = threading.Event()
        self._interrupter = solve_interrupter.SolveInterrupter()
        self._is_in_interior_point = False

    def stop(self) -> bool:
        """Ends the search after the running linear program, which is ended at once.

        False while an interior point runs, which cannot be ended: all that is known has been handed over by then.
        """
        self._is_stopped.set()
        self._interrupter.interrupt()
        return not self._is_in_interior_point

    def solve(self, program: Program, options: SolveOptions, search: Search, reporter: Reporter) -> Outcome:
        """Returns what the search has found and proven; without linear programs to spend, a first plan alone."""
        began = time.monotonic()
        is_large = isinstance(search.guide, LargeBranchingGuide)

        def seconds_left() -> float | None:
            return None if options.time_limit_s is None else options.time_limit_s - reporter.seconds

        def should_stop() -> Stop | None:
            if self._is_stopped.is_set():
                return Stop.INTERRUPT
            left = seconds_left()
            return Stop.TIME if left is not None and left <= 0 else None

        def lp_of(part: Program) -> WarmProgram:
            if not is_large:
                return WarmProgram(model_of(part), part, seconds_left=seconds_left, interrupter=self._interrupter)
            return RebasedProgram(
                model_of(part),
                part,
                seconds_left=seconds_left,
                interrupter=self._interrupter,
                first_basis=lambda model: self._interior_basis(model, seconds_left()),
            )

        def on_incumbent(plan: Floats, bound: float | None) -> None:
            reporter.plan(plan, bound)

        first = FirstPlan(program, search.guide, reporter, is_large=is_large)
        if search.is_alone and program.column_count >= STARTS_FIRST and options.hint is None:
            first.make()
        built, result = began, NOT_SEARCHED
        if search.lp_limit > 0:
            callbacks = SearchCallbacks(on_incumbent, lambda bound: reporter.figures(None, bound), should_stop)
            tree = TreeSearch(
                program,
                search.guide,
                lp_of,
                callbacks,
                options.gap,
                node_limit=search.node_limit,
                dives=search.dives,
                start=search.start,
                targets=_targets(options),
            )
            built = time.monotonic()
            result = tree.run(options.hint, search.lp_limit)
        if search.is_alone and result.plan is None and not (result.is_infeasible or result.is_answered):
            first.make()
            if first.plan is not None and result.bound is None:
                result = replace(result, bound=first.proven_bound())
        seconds = {"hand-off": built - began, "solve": time.monotonic() - built}
        claim = _claim(result, options.gap, search, is_large, first)
        found = normalised(claim, program, options, solver=NATIVE, version=VERSION, seconds=seconds)
        return replace(found, end=result.end, linear_programs=result.lp_count)

    def _interior_basis(self, model: Message, seconds_left: float | None) -> Basis | None:
        self._is_in_interior_point = True
        try:
            return interior_basis(model, seconds_left)
        finally:
            self._is_in_interior_point = False


class FirstPlan:
    """A plan that is found in a few linear programs, kept beside the search in case that has none or a dearer one.

    No limit and no Ctrl-C ends it, but `FIRST_PLAN_SECONDS`: it is what they leave.
    """

    def __init__(self, program: Program, guide: BranchingGuide, reporter: Reporter, *, is_large: bool) -> None:
        self.plan: Floats | None = None
        self.cost = np.inf
        self._program, self._guide, self._reporter = program, guide, reporter
        self._is_large, self._is_tried = is_large, False
        self._until = np.inf

    def make(self) -> None:
        """Looks for the plan and hands it over; the second time there is nothing to do."""
        if self._is_tried:
            return
        self._is_tried, self._until = True, time.monotonic() + FIRST_PLAN_SECONDS
        self.plan = starting_plan(self._program, self._guide, self._lp_of)
        if self.plan is not None:
            self.cost = self._program.objective_of(self.plan)
            self._reporter.plan(self.plan)

    def proven_bound(self) -> float | None:
        """Returns what the relaxation proves that any plan costs; None where that would take long."""
        if self._is_large:
            return None
        part = relaxed(self._program)
        result = self._lp_of(part).solve(part.column_lower, part.column_upper)
        return proven_by(part, result.duals)

    def _lp_of(self, part: Program) -> WarmProgram:
        model = model_of(part)
        lp = WarmProgram(model, part, seconds_left=lambda: self._until - time.monotonic(), interrupter=None)
        if part.column_count >= STARTS_FIRST:
            lp.start_presolved(model)
        return lp


def _targets(options: SolveOptions) -> CostTargets:
    above, below = options.answered_above, options.answered_below
    return CostTargets(np.inf if above is None else above, -np.inf if below is None else below)


def _claim(result: SearchResult, gap: float, search: Search, is_large: bool, first: FirstPlan) -> SolverClaim:
    nodes = "" if is_large else f"{result.nodes} nodes, "
    effort = f"{nodes}{result.lp_count} linear programs, {result.iterations} simplex steps"
    detail = f"{PARTS if is_large else TREE}: {effort}"
    if result.is_infeasible:
        return SolverClaim(Status.INFEASIBLE, Stop.PROOF, None, None, detail)
    # A tree that ends before its linear programs are used up has nodes whose programs nobody could solve; the search of
    # a large program ends where its heuristics find nothing more.
    is_used_up = is_large or search.node_limit is not None or result.lp_count >= search.lp_limit
    stop = result.stop or (Stop.ANSWERED if result.is_answered else Stop.WORK if is_used_up else Stop.FAILURE)
    plan, cost = result.plan, np.inf if result.cost is None else result.cost
    if first.plan is not None and first.cost < cost and not result.is_closed:
        plan, cost, detail = first.plan, first.cost, f"{detail}; {FIRST}"
    if plan is None:
        return SolverClaim(Status.NOTHING_FOUND, stop, None, result.bound, detail)
    is_closed = result.is_closed or within_gap(cost, result.bound, gap)
    return SolverClaim(Status.OPTIMAL if is_closed else Status.FEASIBLE, stop, plan, result.bound, detail)
