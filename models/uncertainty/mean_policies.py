"""What it costs to follow a plan for the mean of the scenarios, as if it were the only future.

    EEV         its decisions are followed until scenarios can be distinguished; then the mean of those that are left is
                planned, followed until these can be distinguished, and so on
    EEV_fixed   all its orders and strategic decisions are carried out to the end, whatever scenario comes

Both are plans over the scenarios, so that neither costs less than the best of them; the second is a two-stage plan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model, build
from models.outcome import Outcome, SolveOptions, Status
from models.program import Floats, Ints
from models.recourse import HELD, SLACK
from models.solvers.child import Engine
from models.stages import solve_model
from models.uncertainty.brackets import Bracket
from models.uncertainty.mean_case import mean_case
from models.uncertainty.scenario_tree import ScenarioTree
from models.uncertainty.two_stage import AT_ONCE, is_decidable

UNKNOWN = Bracket(None, None)
WITHOUT_END = Bracket(math.inf, math.inf)


@dataclass(eq=False)
class _Held:
    """The values at which columns of a program are held; NaN for columns that are free."""

    model: Model
    value: Floats

    @staticmethod
    def of(model: Model) -> _Held:
        return _Held(model, np.full(model.program.column_count, np.nan))

    def take(self, path: Ints, line: Model, solution: Floats, periods: range, names: Sequence[str] = HELD) -> None:
        """Holds what a plan for one future decides in some periods, at the nodes of a path."""
        for name in _in_both(self.model, line, names):
            mine, at = _on_path(self.model, name, path)
            theirs, _ = _on_path(line, name, np.arange(line.frame.steps))
            both = (mine >= 0) & (theirs >= 0) & np.isin(at, np.arange(periods.start, periods.stop))
            self.value[mine[both]] = solution[theirs[both]]

    def narrowed(self) -> Model:
        """The model with its held columns at their values; continuous ones have a little room."""
        program = self.model.program
        columns = np.flatnonzero(~np.isnan(self.value))
        lower, upper = program.column_lower.copy(), program.column_upper.copy()
        whole = program.is_integer[columns]
        values = np.where(whole, np.rint(self.value[columns]), self.value[columns])
        room = np.where(whole, 0.0, SLACK * np.maximum(1.0, np.abs(values)))
        low, high = np.maximum(lower[columns], values - room), np.minimum(upper[columns], values + room)
        # A bound that follows from what the scenarios need may be less than what the mean's plan has done.
        crossed = low > high
        lower[columns], upper[columns] = np.where(crossed, values, low), np.where(crossed, values, high)
        return replace(self.model, program=replace(program, column_lower=lower, column_upper=upper))


def plan_for_mean(tree: ScenarioTree, engine: Engine, options: SolveOptions) -> tuple[Model, Outcome]:
    """Returns the model of the mean of all scenarios, and its plan."""
    line = _mean_model(tree, range(len(tree.names)))
    return line, solve_model(line, engine, options)


def _mean_model(tree: ScenarioTree, members: Sequence[int]) -> Model:
    """The model of the mean of some scenarios, added up in their canonical order."""
    own = [future for future in tree.order or range(len(tree.names)) if future in set(members)]
    chance = np.array([tree.probability[future] for future in own])
    return build(mean_case(tree.case, [tree.cases[future] for future in own], (chance / chance.sum()).tolist()))


def rolled_mean(
    tree: ScenarioTree, model: Model, mean: tuple[Model, Outcome], engine: Engine, options: SolveOptions
) -> tuple[Bracket, str]:
    """Returns what following the mean costs while it is planned anew whenever scenarios are distinguished, and a note.

    `model` is the model of the tree, `mean` the model and plan of the mean of all scenarios.
    """
    held, paths = _Held.of(model), {int(tree.tree.future[path[-1]]): path for path in tree.tree.paths()}
    waiting = [(tuple(range(len(tree.names))), 0)]
    while waiting:
        members, first = waiting.pop()
        if len(members) == 1:
            continue
        path, end = paths[members[0]], _parting(paths, members)
        line, found = mean if first == 0 else _mean_of(tree, held, members, path[:first], engine, options)
        if found.solution is None:
            return UNKNOWN, _without_mean_plan(tree, members)
        held.take(path, line, found.solution, range(first, end))
        parts: dict[int, list[int]] = {}
        for member in members if end < tree.tree.periods else ():
            parts.setdefault(int(paths[member][end]), []).append(member)
        waiting += [(tuple(part), end) for part in parts.values()]
    return _cost_of(held, engine, options, "Once the plan for the mean has been followed")


def carried_out_mean(
    two_stage: Model, mean: tuple[Model, Outcome], engine: Engine, options: SolveOptions
) -> tuple[Bracket, str]:
    """Returns what it costs to carry out all orders and strategic decisions of the mean's plan, and a note.

    `two_stage` is the model in which all of these are fixed at the start.
    """
    line, found = mean
    if found.solution is None:
        return UNKNOWN, ""
    held, tree = _Held.of(two_stage), two_stage.frame.tree
    for path in tree.paths():
        held.take(path, line, found.solution, range(tree.periods), AT_ONCE)
    for name in AT_ONCE:
        block = two_stage.builder.blocks[name]
        wanted = line.builder.blocks[name].value(found.solution)[:, tree.period]
        if (wanted[~is_decidable(two_stage, block)] > SLACK).any():
            return WITHOUT_END, "What the plan for the mean decides later cannot be decided in every scenario."
    return _cost_of(held, engine, options, "Where all orders of the plan for the mean are carried out")


def _cost_of(held: _Held, engine: Engine, options: SolveOptions, when: str) -> tuple[Bracket, str]:
    found = solve_model(held.narrowed(), engine, options)
    if found.status is Status.INFEASIBLE:
        return WITHOUT_END, f"{when}, some scenario cannot be met: its cost has no bound."
    return Bracket(found.bound, found.objective), ""


def _parting(paths: dict[int, Ints], members: Sequence[int]) -> int:
    """The first period in which some of the scenarios are distinguished; the number of periods where none are."""
    together = np.array([paths[member] for member in members])
    apart = np.flatnonzero((together != together[0]).any(axis=0))
    return int(apart[0]) if len(apart) else together.shape[1]


def _mean_of(
    tree: ScenarioTree, held: _Held, members: Sequence[int], path: Ints, engine: Engine, options: SolveOptions
) -> tuple[Model, Outcome]:
    """The plan for the mean of the scenarios that are left, after what has been decided on their path."""
    line = _mean_model(tree, members)
    past = _Held.of(line)
    for name in _in_both(line, held.model, HELD):
        mine, at = _on_path(line, name, np.arange(line.frame.steps))
        theirs, _ = _on_path(held.model, name, path)
        own = mine[..., at < len(path)]
        both = (own >= 0) & (theirs >= 0)
        past.value[own[both]] = held.value[theirs[both]]
    return line, solve_model(past.narrowed(), engine, options)


def _in_both(one: Model, other: Model, names: Sequence[str]) -> list[str]:
    """The blocks of variables that two models have: what a case gives no right to is in neither."""
    return [name for name in names if name in one.builder.blocks and name in other.builder.blocks]


def _on_path(model: Model, name: str, path: Ints) -> tuple[Ints, Ints]:
    """The columns of a block at the nodes of a path, or pairs of them, in the order of time, and the period of each."""
    block, tree = model.builder.blocks[name], model.frame.tree
    if block.axes[-1] in (model.fleet.vintages.axis, model.frame.pair):
        pairs = tree.pairs if block.axes[-1] is model.frame.pair else model.fleet.vintages.pairs
        inside = np.flatnonzero(np.isin(pairs.last, path))
        order = np.lexsort((tree.period[pairs.first[inside]], tree.period[pairs.last[inside]]))
        at = inside[order]
        return block.column[..., at], tree.period[pairs.last[at]]
    return block.column[..., path], tree.period[path]


def _without_mean_plan(tree: ScenarioTree, members: Sequence[int]) -> str:
    if len(members) == len(tree.names):
        return "There is no plan for the mean of the scenarios: the cost of following one is not known."
    names = ", ".join(tree.names[member] for member in members)
    return (
        f"The mean of {names} has no plan after the earlier decisions, so that the cost of following it is not known."
    )
