"""What is asked of an engine for one path after another; each answer follows from the question alone.

Paths of a chain are solved one after another, each from where the one before ended. Chains are cut by the tree alone,
so that it does not matter how many engines there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program, relaxed
from models.solvers import wire
from models.solvers.catalogue import NATIVE, SCIP
from models.solvers.child import MOST_KILLS, Engine
from models.solvers.engine_pool import EnginePool, StoppedError
from models.tree_search.branching_guide import LP_LIMIT
from models.tree_search.lp_protocol import WarmStart
from models.uncertainty.decomposition.merged_program import MergedProgram, merged
from models.uncertainty.decomposition.multipliers import Multipliers
from models.uncertainty.decomposition.path_programs import PathProgram
from models.uncertainty.decomposition.path_store import PathStore

CHAIN = 8
"""Paths of a chain at most: the first takes longer than those after it, and the last chains of all are waited for."""
SLACKS = (1e-5, 1e-6, 1e-4)
"""How far held continuous columns may lie from their values, relative to max(1, |value|): tried in turn."""
_LP = "glop"
_PLAN_LP_LIMIT = 400
_AGGREGATION_SHARE = 0.25
"""Bounds are computed as exactly as for this share of the gap."""


class InfeasiblePathError(Exception):
    """There is proven to be no plan for a future, whatever the others are."""

    def __init__(self, future: int) -> None:
        super().__init__(f"future {future + 1} has no plan")
        self.future = future


class NoAnswerError(Exception):
    """An engine failed where an answer is needed."""


@dataclass(frozen=True, eq=False)
class RelaxedPath:
    """The linear program of a path: what it proves, its linking columns, and where it ended."""

    bound: float
    linking: Floats
    end: WarmStart | None


@dataclass(frozen=True, eq=False)
class PathPlan:
    """A plan of a path; None where none was found. `cost` is without multipliers, `bound` that of the held program."""

    solution: Floats | None
    cost: float
    bound: float


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What a batch proves of its paths together, and their new multipliers."""

    bound: float
    multipliers: dict[int, Floats]


@dataclass(frozen=True, eq=False)
class HeldColumns:
    """Values of the tree's linking columns by slot; NaN where free. `slack` is the room that continuous ones have."""

    values: Floats
    slack: float = SLACKS[0]


class PathTasks:
    """Work on the paths of a store; every method may run in any thread with an engine of its own."""

    def __init__(self, store: PathStore, pool: EnginePool) -> None:
        self.store, self._pool = store, pool
        self.gap = pool.options.gap

    def relaxed_chain(
        self, engine: Engine, item: tuple[Sequence[int], Multipliers | None, WarmStart | None]
    ) -> list[RelaxedPath]:
        """Returns the linear programs of some paths, each with its multipliers."""
        futures, multipliers, start = item
        found = []
        for future in futures:
            path = self.store[future]
            program = _with_cost(path.program, multipliers, future)
            outcome = self.linear(engine, program, start)
            if outcome.solution is None:
                self._require_plan(engine, path)
                raise NoAnswerError(outcome.detail)
            start = outcome.end or start
            bound = -np.inf if outcome.bound is None else outcome.bound
            found.append(RelaxedPath(bound, outcome.solution[self.store.linking[future]], outcome.end))
        return found

    def held_ends(
        self, engine: Engine, futures: Sequence[int], held: HeldColumns, starts: Sequence[WarmStart | None]
    ) -> list[WarmStart | None]:
        """Returns where the linear programs of paths with held columns end, or their starts where they have no plan."""
        found = []
        for future, start in zip(futures, starts, strict=True):
            outcome = self.linear(engine, self.hold(self.store[future], held).program, start)
            found.append(outcome.end or start)
        return found

    def batch(
        self, engine: Engine, item: tuple[Sequence[int], Multipliers, Sequence[RelaxedPath]]
    ) -> BatchResult | None:
        """Returns better multipliers of some paths, from their linear programs merged; None where an engine fails."""
        futures, multipliers, ends = item
        found = self._parted(engine, futures, self.store.probability[list(futures)], multipliers, ends)
        return None if found is None else BatchResult(found[0], dict(zip(futures, found[1], strict=True)))

    def reduced_duals(
        self, engine: Engine, item: tuple[Sequence[int], Floats, Sequence[RelaxedPath]]
    ) -> list[Floats] | None:
        """Returns the multipliers of representatives in the reduced tree that they make; None where an engine fails."""
        futures, weights, ends = item
        found = self._parted(engine, futures, weights, None, ends)
        return None if found is None else found[1]

    def _parted(
        self,
        engine: Engine,
        futures: Sequence[int],
        weights: Floats,
        multipliers: Multipliers | None,
        ends: Sequence[RelaxedPath],
    ) -> tuple[float, list[Floats]] | None:
        """What the linear program of some paths together proves, and their multipliers by its duals.

        It starts from the bases of the paths once what they share is held at its mean: bases of paths that agree fit.
        """
        held = self.mean_of(futures, ends)
        starts = self.held_ends(engine, futures, held, [one.end for one in ends])
        costs = [None if multipliers is None else multipliers.cost(one) for one in futures]
        together = merged([self.store[one] for one in futures], weights, costs)
        outcome = self.linear(engine, together.program, together.start(starts))
        if outcome.row_duals is None or outcome.bound is None:
            return None
        parts = together.split(outcome.row_duals)
        return outcome.bound, [own[self.store.linking[one]] for one, own in zip(futures, parts, strict=True)]

    def bound_chain(
        self, engine: Engine, item: tuple[Sequence[int], Multipliers, int, Sequence[Floats | None]]
    ) -> list[float]:
        """Returns what a search proves of each path with its multipliers; −inf where nothing.

        It looks for no plans, but for those that it is given: what cannot be better than they are is not searched.
        """
        futures, multipliers, node_limit, plans = item
        start, found = None, []
        for future, plan in zip(futures, plans, strict=True):
            path = self.store[future]
            program = _with_cost(path.program, multipliers, future)
            dives = 0 if plan is None else 1
            search = wire.Search(path.structure.guide, LP_LIMIT, node_limit=node_limit, dives=dives, start=start)
            outcome = self._search(engine, program, search, _AGGREGATION_SHARE * self._pool.options.gap, plan)
            if outcome.status is Status.INFEASIBLE:
                raise InfeasiblePathError(future)
            start = outcome.end or start
            found.append(-np.inf if outcome.bound is None else outcome.bound)
        return found

    def plan_chain(self, engine: Engine, item: tuple[Sequence[int], HeldColumns]) -> list[PathPlan]:
        """Returns a plan of each path with what is held; None where there is none within the limits."""
        futures, held = item
        start, found = None, []
        for future in futures:
            path = self.store[future]
            search = wire.Search(path.structure.guide, LP_LIMIT, node_limit=1, dives=1, start=start)
            outcome = self._search(engine, self.hold(path, held).program, search, self._pool.options.gap)
            start = outcome.end or start
            for slack in SLACKS:
                if outcome.solution is not None:
                    break
                wider = self.hold(path, replace(held, slack=slack)).program
                again = wire.Search(path.structure.guide, _PLAN_LP_LIMIT)
                outcome = self._search(engine, wider, again, self._pool.options.gap)
            found.append(_plan_of(outcome))
        return found

    def plan_with(self, engine: Engine, path: PathProgram, values: Floats, room: float) -> Floats | None:
        """Returns a plan of a path with some columns at these values (NaN: free); None where none is found."""
        held = with_known(path.program, values, room)
        search = wire.Search(path.structure.guide, _PLAN_LP_LIMIT)
        return self._search(engine, held, search, self._pool.options.gap).solution

    def searched(self, engine: Engine, together: MergedProgram, gap: float, lp_limit: int) -> Floats | None:
        """Returns a plan of some paths together by our own search, or by SCIP where that finds none."""
        search = wire.Search(together.guide(), lp_limit)
        outcome = self._search(engine, together.program, search, gap)
        if outcome.solution is None and outcome.status is not Status.INFEASIBLE:
            outcome = self._answered(
                lambda: engine.solve(
                    together.program, replace(self._options(), gap=gap), code=SCIP, should_stop=self._pool.is_stopping
                )
            )
        return outcome.solution

    def mean_of(self, futures: Sequence[int], ends: Sequence[RelaxedPath]) -> HeldColumns:
        """Returns the mean of what some paths decide, held as continuous values."""
        total, weight = np.zeros(len(self.store.slot_node)), np.zeros(len(self.store.slot_node))
        for future, end in zip(futures, ends, strict=True):
            total[self.store.slots[future]] += self.store.probability[future] * end.linking
            weight[self.store.slots[future]] += self.store.probability[future]
        return HeldColumns(np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan))

    def hold(self, path: PathProgram, held: HeldColumns) -> PathProgram:
        """Returns a path with its linking columns held."""
        columns, values = self.store.linking[path.future], held.values[self.store.slots[path.future]]
        known = np.isfinite(values)
        columns, values = columns[known], values[known]
        program = path.program
        lower, upper = program.column_lower.copy(), program.column_upper.copy()
        is_whole = program.is_integer[columns] & (values == np.rint(values))
        room = np.where(is_whole, 0.0, held.slack * np.maximum(1.0, np.abs(values)))
        low, high = np.maximum(lower[columns], values - room), np.minimum(upper[columns], values + room)
        crossed = low > high
        lower[columns], upper[columns] = np.where(crossed, values, low), np.where(crossed, values, high)
        return replace(path, program=replace(program, column_lower=lower, column_upper=upper))

    def _require_plan(self, engine: Engine, path: PathProgram) -> None:
        """Asks again for a path that the code calls infeasible; raises InfeasiblePathError where that is proven."""
        search = wire.Search(path.structure.guide, _PLAN_LP_LIMIT)
        outcome = self._search(engine, path.program, search, self._pool.options.gap)
        if outcome.status is Status.INFEASIBLE:
            raise InfeasiblePathError(path.future)

    def linear(self, engine: Engine, program: Program, start: WarmStart | None) -> Outcome:
        """Returns the outcome of a linear program from a start."""

        def solve() -> Outcome:
            return engine.solve(
                relaxed(program),
                self._options(),
                code=_LP,
                linear=wire.LinearSolve(start),
                should_stop=self._pool.is_stopping,
            )

        return self._answered(solve)

    def _search(
        self, engine: Engine, program: Program, search: wire.Search, gap: float, hint: Floats | None = None
    ) -> Outcome:
        def solve() -> Outcome:
            options = replace(self._options(), gap=gap, hint=hint)
            return engine.solve(program, options, code=NATIVE, search=search, should_stop=self._pool.is_stopping)

        return self._answered(solve)

    def _options(self) -> SolveOptions:
        given = self._pool.options
        return SolveOptions(
            seed=given.seed, memory_mb=given.memory_mb, time_limit_s=self._pool.seconds_left, gap=given.gap
        )

    def _answered(self, solve: Callable[[], Outcome]) -> Outcome:
        """Returns an answer.

        Raises:
            NoAnswerError: it was lost each time: what is not known must not be taken for what is not there.
            StoppedError: the work has to end.
        """
        outcome = solve()
        if outcome.stop is Stop.KILLED:
            msg = f"the process of a solver was ended {MOST_KILLS} times in a row over one program: {outcome.detail}"
            raise NoAnswerError(msg)
        if outcome.stop in (Stop.INTERRUPT, Stop.TIME) and self._pool.must_end():
            raise StoppedError(outcome.stop)
        return outcome


def _plan_of(outcome: Outcome) -> PathPlan:
    bound = -np.inf if outcome.bound is None else outcome.bound
    if outcome.solution is None or outcome.objective is None:
        return PathPlan(None, np.inf, bound)
    return PathPlan(outcome.solution, outcome.objective, bound)


def _with_cost(program: Program, multipliers: Multipliers | None, future: int) -> Program:
    if multipliers is None:
        return program
    return replace(program, objective=program.objective + multipliers.cost(future))


def with_known(program: Program, values: Floats, room: float) -> Program:
    """Returns a program with columns at values where these are known, within `room` relative to max(1, |value|).

    Rows of known columns alone were kept where those were decided: here they are left out, as a code that keeps them to
    another tolerance would call them broken.
    """
    known = np.isfinite(values)
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    size = np.where(program.is_integer[known], 0.0, room * np.maximum(1.0, np.abs(values[known])))
    lower[known], upper[known] = values[known] - size, values[known] + size
    is_open = np.bincount(program.row_of_entries(), weights=~known[program.columns], minlength=program.row_count) > 0
    return replace(
        program,
        column_lower=lower,
        column_upper=upper,
        row_lower=np.where(is_open, program.row_lower, -np.inf),
        row_upper=np.where(is_open, program.row_upper, np.inf),
    )
