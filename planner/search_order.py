"""The case that is searched: the rows of its tables in one order, whatever order they are given in.

Among plans of nearly the same cost the order of rows decides which is found. So every plan of least cost is searched,
made exact and priced with rows in canonical order, and its tables are then made with the rows as they are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from models.build import Model, build
from models.case import Case
from models.outcome import Outcome
from models.reordered import Reordered, reordered
from models.solution import Solution
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from planner.case.canonical import in_canonical_order


@dataclass(frozen=True, eq=False)
class _OrderedModel:
    """A case with its tree and its model."""

    case: Case
    tree: ScenarioTree | None
    model: Model


@dataclass(frozen=True, eq=False)
class SearchedCase:
    """A case as it is given, and its tree if it is planned over one: what is searched for it, and what that says of it.

    With the least cost of each scenario alone, `best_alone`, the greatest regret is minimised, with rows as given.
    """

    given: Case
    given_tree: ScenarioTree | None
    best_alone: tuple[float, ...] = ()

    @property
    def case(self) -> Case:
        """The case that is searched: in canonical order, unless that is found to be another program."""
        return self._searched.case

    @property
    def tree(self) -> ScenarioTree | None:
        """The tree of the case that is searched."""
        return self._searched.tree

    @property
    def model(self) -> Model:
        """The model that is searched."""
        return self._searched.model

    def solution(self, outcome: Outcome) -> Solution:
        """Returns the solution of the case as it is given, from an outcome of the model that is searched."""
        model, places = self._given.model, self._order[1]
        return Solution(model, outcome if places is None else places.outcome(outcome))

    @property
    def _searched(self) -> _OrderedModel:
        return self._order[0]

    @cached_property
    def _given(self) -> _OrderedModel:
        tree = self.given_tree
        return _OrderedModel(self.given, tree, build(self.given) if tree is None else tree.model(self.best_alone))

    @cached_property
    def _order(self) -> tuple[_OrderedModel, Reordered | None]:
        """What is searched, and which of its columns and rows is which of the case as given."""
        case = self.given if self.best_alone else in_canonical_order(self.given)
        if case is self.given:
            return self._given, None
        tree = None if self.given_tree is None else scenario_tree(case)
        model = build(case) if tree is None else tree.model()
        places = reordered(self._given.model, model)
        return (self._given, None) if places is None else (_OrderedModel(case, tree, model), places)


__all__ = ["SearchedCase"]
