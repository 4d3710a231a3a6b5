"""Runs the search of `models.tree_search` over GLOP's linear programs; imported by the solver's process alone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import ortools
from ortools.util.python import solve_interrupter

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program
from models.solvers.catalogue import NATIVE
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import Message, RebasedProgram, interior_basis
from models.solvers.normalise import SolverClaim, normalised, within_gap
from models.solvers.reports import Reporter
from models.solvers.warm import WarmProgram
from models.solvers.wire import Search
from models.tree_search.branching_guide import LargeBranchingGuide
from models.tree_search.lp_protocol import Basis
from models.tree_search.search import SearchResult, TreeSearch
from models.tree_search.search_state import SearchCallbacks

VERSION = f"GLOP of OR-Tools {ortools.__version__}"
TREE = "tree over GLOP"
PARTS = "search by parts over GLOP"


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
        """Returns what the search has found and proven."""
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
        )
        built = time.monotonic()
        result = tree.run(options.hint, search.lp_limit)
        seconds = {"hand-off": built - began, "solve": time.monotonic() - built}
        claim = _claim(result, options.gap, search, is_large)
        found = normalised(claim, program, options, solver=NATIVE, version=VERSION, seconds=seconds)
        return replace(found, end=result.end)

    def _interior_basis(self, model: Message, seconds_left: float | None) -> Basis | None:
        self._is_in_interior_point = True
        try:
            return interior_basis(model, seconds_left)
        finally:
            self._is_in_interior_point = False


def _claim(result: SearchResult, gap: float, search: Search, is_large: bool) -> SolverClaim:
    nodes = "" if is_large else f"{result.nodes} nodes, "
    effort = f"{nodes}{result.lp_count} linear programs, {result.iterations} simplex steps"
    detail = f"{PARTS if is_large else TREE}: {effort}"
    if result.is_infeasible:
        return SolverClaim(Status.INFEASIBLE, Stop.PROOF, None, None, detail)
    # A tree that ends before its linear programs are used up has nodes whose programs nobody could solve; the search of
    # a large program ends where its heuristics find nothing more.
    is_used_up = is_large or search.node_limit is not None or result.lp_count >= search.lp_limit
    stop = result.stop or (Stop.WORK if is_used_up else Stop.FAILURE)
    if result.plan is None:
        return SolverClaim(Status.NOTHING_FOUND, stop, None, result.bound, detail)
    is_closed = result.is_closed or within_gap(result.cost, result.bound, gap)
    return SolverClaim(Status.OPTIMAL if is_closed else Status.FEASIBLE, stop, result.plan, result.bound, detail)
