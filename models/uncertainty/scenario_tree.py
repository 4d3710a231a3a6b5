"""From the tables `scenarios` and `scenario_values` to the tree that a plan is made on."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.build import Model, build, built, built_in_order
from models.canonical_order import in_canonical_order
from models.case import Case
from models.frame import Frame, frame_of
from models.tree import Tree, grown
from models.whatif.scenario import groups_by_period, known_by_period, scenario_case, scenario_changes


@dataclass(frozen=True, eq=False)
class ScenarioTree:
    """The futures of a case, and the tree that they make.

    Scenarios of probability 0 are left out; scenarios in which the same is known at the same time are one future, which
    has the name of the first and their probability together. `order` are the numbers of the futures in the order of
    their names, whatever order the scenarios are given in; as they are numbered where nothing is said.
    """

    case: Case
    names: tuple[str, ...]
    probability: tuple[float, ...]
    cases: tuple[Case, ...]
    tree: Tree
    order: tuple[int, ...] = ()

    @property
    def stages(self) -> int:
        """How often decisions are made: once, and again whenever futures are distinguished."""
        return int(self.tree.stages[-1])

    @cached_property
    def revealed(self) -> tuple[str, ...]:
        """The periods in which futures are distinguished."""
        labels = self.case.settings.calendar.labels
        return tuple(labels[t + 1] for t in np.flatnonzero(np.diff(self.tree.stages) > 0))

    @cached_property
    def first_reveal(self) -> int:
        """The first period, from 0, in which futures begin to differ; the number of periods where they never do."""
        counts = np.bincount(self.tree.period)
        return int(np.argmax(counts > 1)) if (counts > 1).any() else len(counts)

    @cached_property
    def known_from(self) -> dict[str, int]:
        """By future: the first period, from 0, in which no other is still possible."""
        paths = self.tree.paths()
        through = np.bincount(np.concatenate(paths), minlength=len(self.tree))
        return {self.names[int(self.tree.future[path[-1]])]: int((through[path] > 1).sum()) for path in paths}

    @cached_property
    def searched(self) -> ScenarioTree:
        """The tree that is searched: futures and the rows of their tables in canonical order.

        Its nodes are numbered as those of `Model.searched` of the tree's model.
        """
        order = self.order or tuple(range(len(self.cases)))
        cases = tuple(in_canonical_order(self.cases[future]) for future in order)
        if order == tuple(range(len(order))) and all(map(operator.is_, cases, self.cases)):
            return self
        return ScenarioTree(
            case=in_canonical_order(self.case),
            names=tuple(self.names[future] for future in order),
            probability=tuple(self.probability[future] for future in order),
            cases=cases,
            tree=self.tree.with_futures_in(order)[0],
        )

    def frame(self, best_alone: Sequence[float] = ()) -> Frame:
        """Returns the frame of the plan over all futures."""
        return frame_of(
            self.cases, self.tree, names=self.names, stated=self.case, best_alone=best_alone, order=self.order
        )

    def model(self, best_alone: Sequence[float] = ()) -> Model:
        """Builds the model of the plan over all futures: of least cost, or of least regret against `best_alone`."""
        return built(self.frame(best_alone))

    def future(self, name: str) -> Model:
        """Builds the model of the plan for one future that is known from the start."""
        return build(self.cases[self.names.index(name)])


def planned_model(case: Case, *, base: bool = False, best_alone: Sequence[float] = ()) -> Model:
    """Builds the model that a plan is made with: over the scenarios, or with `base` for the tables as they stand.

    With `best_alone`, the least cost of each scenario alone, it is that of least regret.

    Raises ShockError and ModelError as `scenario_tree`.
    """
    return model_over(case, None if base else scenario_tree(case), best_alone)


def searched_model(case: Case, *, base: bool = False, best_alone: Sequence[float] = ()) -> Model:
    """Builds the model that a plan is searched with, which has the program of `planned_model` and takes half as long.

    Raises ShockError and ModelError as `scenario_tree`.
    """
    tree = None if base else scenario_tree(case)
    return built_in_order(frame_of((case,), stated=case) if tree is None else tree.frame(best_alone))


def model_over(case: Case, tree: ScenarioTree | None, best_alone: Sequence[float] = ()) -> Model:
    """Builds the model of a case over its scenarios, where a plan is made over some, as `planned_model`."""
    return build(case) if tree is None else tree.model(best_alone)


def scenario_tree(case: Case) -> ScenarioTree | None:
    """Returns the tree of a case; None where it has no scenarios, or `use_scenarios` is false.

    Raises:
        ShockError: a value or disruption of a scenario cannot be applied; checked cases do not cause it.
        ModelError: scenarios are distinguished in the first period; checked cases do not cause it.
    """
    rows = [row for row in case.scenarios if row.probability > 0] if case.settings.use_scenarios else []
    if not rows:
        return None
    periods = case.settings.calendar.count
    joined: dict[tuple[frozenset[object], ...], list[int]] = {}
    for number, row in enumerate(rows):
        joined.setdefault(known_by_period(scenario_changes(case, row), periods), []).append(number)
    first = [rows[members[0]] for members in joined.values()]
    # Sums are exactly rounded, so that they do not depend on the order of scenarios.
    chance = np.array([math.fsum(rows[number].probability for number in members) for members in joined.values()])
    chance /= math.fsum(chance)
    least = [min(rows[number].scenario for number in members) for members in joined.values()]
    return ScenarioTree(
        case=case,
        names=tuple(row.scenario for row in first),
        probability=tuple(chance.tolist()),
        cases=tuple(scenario_case(case, row.scenario).case for row in first),
        tree=grown(groups_by_period(list(joined)), chance.tolist()),
        order=tuple(sorted(range(len(first)), key=least.__getitem__)),
    )
