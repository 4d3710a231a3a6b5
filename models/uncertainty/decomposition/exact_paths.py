"""Makes a plan of the tree exact: integers whole, and what paths share the same to the last digit.

The first path through a node decides what is shared there; the others are solved again with that held. So the plan can
be put together node by node, and every path of it keeps its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.polish import rounded
from models.program import Floats, Ints, Program, relaxed
from models.solvers.child import Engine
from models.solvers.engine_pool import EnginePool
from models.solvers.plain import greatest_violation
from models.tree_search.lp_protocol import WarmStart
from models.uncertainty.decomposition.dual_ascent import chains
from models.uncertainty.decomposition.path_programs import PathProgram, PathStructure
from models.uncertainty.decomposition.path_store import PathStore
from models.uncertainty.decomposition.path_tasks import HeldColumns, PathTasks, with_known
from models.uncertainty.decomposition.tree_plan import TreePlan

_ROOMS = (
    (0.0, 0.0), (1e-9, 1e-11), (1e-9, 1e-10), (1e-7, 1e-10), (1e-6, 1e-10), (1e-5, 1e-10), (1e-4, 2e-10), (1e-3, 3e-10)
)  # fmt: skip
"""How far a path may leave what representatives have decided, and what paths before it have, relative to
max(1, |value|): tried in turn. The first path through a node gains what the others have to pay for."""
_SEARCHED_ROOMS = (1e-7, 1e-6)
"""The same where the integers of a path do not fit what was decided, and are searched for anew."""
_ROW_TOLERANCE = 1e-6
SAME_COST = 1e-5
"""A path costs no less than was proven of it with what is shared held in a little room, relative to its cost."""


@dataclass(frozen=True, eq=False)
class ExactPlan:
    """The values of each path's columns, what each costs, and the cost of the tree."""

    solutions: tuple[Floats, ...]
    structures: tuple[PathStructure, ...]
    costs: Floats
    cost: float


class InexactPlanError(Exception):
    """A plan of a path cannot be made exact; the text says why."""


Decided = Mapping[int, Floats]
"""By node: the values of its columns, in their order."""


def exact_plan(tasks: PathTasks, pool: EnginePool, plan: TreePlan) -> ExactPlan:
    """Returns the plan made exact.

    Raises:
        InexactPlanError: that is not possible.
        StoppedError: the caller or the time limit has ended the work.
    """
    store, owner = tasks.store, first_futures(tasks.store)
    decided: dict[int, Floats] = {}
    found: dict[int, Floats] = {}
    for wave in _waves(store, owner):
        work = [(tasks, plan, [wave[at] for at in chain], owner, decided) for chain in chains(len(wave))]
        for done in pool.map(_exact_chain, work):
            found |= done
        for future in wave:
            _note(store[future], owner, found[future], decided)
    costs = np.array([store[future].program.objective_of(found[future]) for future in range(store.count)])
    for future, planned in enumerate(plan.paths):
        # What is shared must not be worth less here than where it was decided.
        if costs[future] < planned.bound - SAME_COST * max(1.0, abs(costs[future])):
            msg = f"future {future + 1} costs {costs[future]:.9g}, less than the {planned.bound:.9g} that were proven"
            raise InexactPlanError(msg)
    solutions = tuple(found[future] for future in range(store.count))
    return ExactPlan(solutions, store.structures, costs, float(store.probability @ costs))


def first_futures(store: PathStore) -> Ints:
    """Returns by node the first future whose path passes through it."""
    found = np.full(int(store.nodes.max()) + 1, store.count, dtype=np.int64)
    for future in range(store.count - 1, -1, -1):
        found[store.nodes[future]] = future
    return found


def _waves(store: PathStore, owner: Ints) -> list[list[int]]:
    """The futures in waves: what a future takes over from others was decided in waves before."""
    wave = np.zeros(store.count, dtype=np.int64)
    for future in range(store.count):
        others = np.unique(owner[store.nodes[future]])
        before = wave[others[others != future]]
        wave[future] = 1 + int(before.max()) if len(before) else 0
    return [np.flatnonzero(wave == number).tolist() for number in range(int(wave.max()) + 1)]


def _note(path: PathProgram, owner: Ints, solution: Floats, decided: dict[int, Floats]) -> None:
    for period, node in enumerate(path.nodes.tolist()):
        if owner[node] == path.future:
            decided[node] = solution[path.structure.column_period == period]


def _put_together(path: PathProgram, owner: Ints, solution: Floats, decided: Decided) -> Floats:
    """The values of a path with those of the nodes that other paths have decided."""
    found = solution.copy()
    for period, node in enumerate(path.nodes.tolist()):
        if owner[node] != path.future:
            found[path.structure.column_period == period] = decided[node]
    return found


def _exact_chain(engine: Engine, item: tuple[PathTasks, TreePlan, Sequence[int], Ints, Decided]) -> dict[int, Floats]:
    """The exact plans of some futures, with what others have decided."""
    tasks, plan, futures, owner, decided = item
    found, start = {}, None
    for future in futures:
        path, solution = tasks.store[future], plan.paths[future].solution
        assert solution is not None
        values = _put_together(path, owner, np.full(len(solution), np.nan), decided)
        found[future], start = _exact(engine, tasks, plan, path, solution, values, start)
    return found


def _exact(
    engine: Engine,
    tasks: PathTasks,
    plan: TreePlan,
    path: PathProgram,
    solution: Floats,
    values: Floats,
    start: WarmStart | None,
) -> tuple[Floats, WarmStart | None]:
    """A plan of a path made exact with `values` where they are known, and where its linear program ended."""
    reason, held = "", plan.held
    for room in (None, *_SEARCHED_ROOMS):
        if room is not None:
            again = tasks.plan_with(engine, path, values, room)
            if again is None:
                continue
            solution, held = again, plan.held.copy()
            held[tasks.store.slots[path.future]] = again[tasks.store.linking[path.future]]
        for slack, left in _ROOMS:
            program, fault = _held(tasks, path, HeldColumns(held, slack), solution, values, left)
            if fault:
                reason = reason or fault
                break
            outcome = tasks.linear(engine, program, start)
            start = outcome.end or start
            if outcome.solution is None:
                reason = reason or f"has no plan with what the others have decided: {outcome.detail}"
                continue
            exact = np.where(np.isfinite(values), values, outcome.solution)
            exact[path.program.is_integer] = np.rint(exact[path.program.is_integer])
            broken = greatest_violation(path.program, exact)
            if broken <= _ROW_TOLERANCE:
                return exact, start
            reason = f"breaks a row by {broken:.1e} of its bound"
    msg = f"future {path.future + 1} {reason}"
    raise InexactPlanError(msg)


def _held(
    tasks: PathTasks, path: PathProgram, columns: HeldColumns, solution: Floats, values: Floats, room: float
) -> tuple[Program, str]:
    """The linear program of a path with its integers and linking columns held, and `values` where they are known.

    A fault is said where the integers do not fit.
    """
    held = tasks.hold(path, columns).program
    rounding = rounded(held, np.where(np.isfinite(values), values, solution))
    whole = replace(relaxed(held), column_lower=rounding.lower, column_upper=rounding.upper)
    return with_known(whole, values, room), rounding.fault
