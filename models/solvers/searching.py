"""Runs the native search over GLOP's warm linear programs; imported by the solver's process alone."""

from __future__ import annotations

import threading
import time

import numpy as np
import ortools
from ortools.util.python import solve_interrupter

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Program
from models.solvers.catalogue import NATIVE
from models.solvers.judge import Claim, judged, within_gap
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import Message, RebasedProgram, interior_basis
from models.solvers.plain import relaxed
from models.solvers.reports import Reporter
from models.solvers.search.emptiness import RayFinder
from models.solvers.search.form import form_of
from models.solvers.search.guide import Guide
from models.solvers.search.large import LargeSearch
from models.solvers.search.large_core import LargeGuide
from models.solvers.search.lean import Lean
from models.solvers.search.relaxation import Basis
from models.solvers.search.run import is_proven_empty, run
from models.solvers.search.state import Listener, State
from models.solvers.search.tree import Tree
from models.solvers.warm import WarmProgram

VERSION = f"GLOP of OR-Tools {ortools.__version__}"
TREE = "tree over GLOP"
PARTS = "search by parts over GLOP"


class OwnSearch:
    """One search at a time; `stop` may come from another thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interrupter = solve_interrupter.SolveInterrupter()
        self._is_inside = False

    def stop(self) -> bool:
        """Ends the search after the running linear program, which is ended at once.

        False while an interior point runs, which cannot be ended: all that is known has been handed over by then.
        """
        self._asked.set()
        self._interrupter.interrupt()
        return not self._is_inside

    def solve(
        self, program: Program, options: SolveOptions, guide: Guide, most_programs: int, reporter: Reporter
    ) -> Outcome:
        """Returns what the search has found and proven."""
        began = time.monotonic()

        def seconds_left() -> float | None:
            return None if options.time_limit_s is None else options.time_limit_s - reporter.seconds

        def should_end() -> Stop | None:
            if self._asked.is_set():
                return Stop.INTERRUPT
            left = seconds_left()
            return Stop.TIME if left is not None and left <= 0 else None

        def relaxation_of(part: Program) -> WarmProgram:
            return WarmProgram(model_of(part), part, seconds_left=seconds_left, interrupter=self._interrupter)

        listener = Listener(reporter.plan, lambda bound: reporter.figures(None, bound), should_end)
        if isinstance(guide, LargeGuide):

            def rebased(part: Program) -> RebasedProgram:
                return RebasedProgram(
                    model_of(part),
                    part,
                    seconds_left=seconds_left,
                    interrupter=self._interrupter,
                    first_basis=lambda model: self._inside(model, seconds_left()),
                )

            large = LargeSearch(program, guide, listener, rebased, options.gap)
            handed = time.monotonic()
            large.run(options.hint, most_programs)
            seconds = {"hand-off": handed - began, "solve": time.monotonic() - handed}
            return judged(_claim_of_large(large), program, options, solver=NATIVE, version=VERSION, seconds=seconds)
        form = form_of(program, guide)
        if form.is_empty:
            seconds = {"hand-off": time.monotonic() - began}
            claim = Claim(Status.INFEASIBLE, Stop.PROOF, None, None, f"{TREE}: the rows leave some column no value")
            return judged(claim, program, options, solver=NATIVE, version=VERSION, seconds=seconds)
        lean = Lean(form.program, guide.chains, relaxation_of, form.proofs, options.gap)
        rays = RayFinder(relaxed(form.program), relaxation_of)
        state = State(form, lean, rays, listener, options.gap, most_programs=most_programs)
        handed = time.monotonic()
        tree = run(state, options.hint)
        seconds = {"hand-off": handed - began, "solve": time.monotonic() - handed}
        return judged(_claim(state, tree), program, options, solver=NATIVE, version=VERSION, seconds=seconds)

    def _inside(self, model: Message, seconds_left: float | None) -> Basis | None:
        self._is_inside = True
        try:
            return interior_basis(model, seconds_left)
        finally:
            self._is_inside = False


def _claim_of_large(large: LargeSearch) -> Claim:
    told = f"{PARTS}: {large.state.programs} linear programs, {large.state.steps} simplex steps"
    bound = float(large.bound) if np.isfinite(large.bound) else None
    if large.plan is None:
        return Claim(Status.NOTHING_FOUND, large.stop or Stop.WORK, None, bound, told)
    status = Status.OPTIMAL if large.is_closed else Status.FEASIBLE
    return Claim(status, large.stop or Stop.WORK, large.plan, bound, told)


def _claim(state: State, tree: Tree) -> Claim:
    told = f"{TREE}: {tree.nodes} nodes, {state.programs} linear programs, {state.steps} simplex steps"
    bound = float(state.bound) if np.isfinite(state.bound) else None
    # A search that ends before its linear programs are used up has parts whose programs nobody could solve.
    ended = state.stop or (Stop.WORK if state.programs >= state.most_programs else Stop.FAILURE)
    if state.plan is None and state.stop is None and is_proven_empty(state, tree):
        return Claim(Status.INFEASIBLE, Stop.PROOF, None, None, told)
    if state.plan is None:
        return Claim(Status.NOTHING_FOUND, ended, None, bound, told)
    is_closed = state.bound >= state.worth or within_gap(state.cost, state.bound, state.gap)
    status = Status.OPTIMAL if is_closed else Status.FEASIBLE
    return Claim(status, ended, state.plan, bound, told)
