"""A plan over a wide tree, read path by path: the program of the whole tree is never made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.outcome import Outcome, Status, Stop
from models.program import Floats, Ints
from models.solution import Solution
from models.uncertainty.decomposition.path_programs import PathBuilder, PathStructure
from models.uncertainty.scenario_tree import ScenarioTree
from models.worth import without_worths

WIDE_FROM = 30_000
"""From this many columns on a tree is wide: what more of an amount is worth is not computed for its plan."""
NO_WORTHS = f"the value of relaxing it is not computed for a tree of {WIDE_FROM:,} columns or more"


@dataclass(frozen=True)
class ProgramSize:
    """How large the program of a plan is."""

    columns: int
    integer_columns: int
    rows: int
    non_zeros: int


@dataclass(frozen=True, eq=False)
class PathPlans:
    """The values of every path's columns, and what each path costs, by future; what paths share is the same in them."""

    scenarios: ScenarioTree
    values: tuple[Floats, ...]
    structures: tuple[PathStructure, ...]
    costs: Floats

    @property
    def size(self) -> ProgramSize:
        """The size of the tree's program."""
        return size_of_tree(self.scenarios, self.structures)

    @cached_property
    def _builder(self) -> PathBuilder:
        return PathBuilder(self.scenarios)

    def nodes(self, future: int) -> Ints:
        """Returns the nodes of a future's path by period."""
        return self._builder.paths[future]

    @cached_property
    def through(self) -> Ints:
        """By node: how many futures pass through it."""
        return np.bincount(np.concatenate(self._builder.paths), minlength=len(self.scenarios.tree))

    def __iter__(self) -> Iterator[Solution]:
        """Yields the plan of each future; one at a time is in memory."""
        for future, (values, cost) in enumerate(zip(self.values, self.costs.tolist(), strict=True)):
            outcome = Outcome(Status.FEASIBLE, Stop.WORK, "", "", objective=cost, solution=values)
            solution = Solution(self._builder.model(future), outcome)
            yield replace(solution, outcome=without_worths(solution, NO_WORTHS))


def size_of_tree(scenarios: ScenarioTree, structures: Sequence[PathStructure]) -> ProgramSize:
    """Returns the size of the tree's program: a node that paths share has the rows of its first path."""
    counted = np.zeros(4, dtype=np.int64)
    seen = np.zeros(len(scenarios.tree), dtype=bool)
    for path, structure in zip(PathBuilder(scenarios).paths, structures, strict=True):
        counted += structure.sizes[:, ~seen[path]].sum(axis=1)
        seen[path] = True
    return ProgramSize(*counted.tolist())


def estimated_size(scenarios: ScenarioTree) -> ProgramSize:
    """Returns about the size of the tree's program: as if all paths had what the first has."""
    return size_of_tree(scenarios, [PathBuilder(scenarios).path(0).structure] * len(scenarios.names))
