"""A plan over scenarios the textbook way: a whole problem for each scenario, and rows that tie what is not known yet.

`groups[t]` are the scenarios, by number, that cannot be told apart in period t: whatever is decided in it is the same
in all of a group.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pulp

from tests.oracle.book import Book
from tests.oracle.clock import Clock
from tests.oracle.textbook import fill, objective, solved

DECIDED = ("order", "receive", "stock", "active", "assign", "unserved", "start", "close", "sign", "build")


@dataclass
class PathBook(Book):
    """The book of one scenario, whose names begin with its own."""

    prefix: str = ""
    cases: tuple = ()

    def most_units(self, offer):
        """The bound of the scenario in which most is of use: an order is the same in several."""
        if not self.cases:
            return super().most_units(offer)
        return max(replace(self, case=case, cases=()).most_units(offer) for case in self.cases)

    def variable(self, name, low=0, high=None, kind=pulp.LpContinuous):
        return super().variable(f"{self.prefix}_{name}", low, high, kind)

    def binary(self, *name):
        return super().binary(self.prefix, *name)

    def require(self, terms, sense, bound, *name):
        super().require(terms, sense, bound, self.prefix, *name)


AT_ONCE = ("order", "start", "close", "sign", "build")


def tree_problem(cases, chances, groups, *, at_once=False, alone=None):
    """The problem of all scenarios together, and the books of each.

    With `at_once` all orders and strategic decisions are the same in every scenario, whatever can be told by then. With
    the best costs of the scenarios `alone` the greatest regret is minimised.
    """
    problem = pulp.LpProblem("tree", pulp.LpMinimize)
    one = problem.add_variable("one", 1, 1)
    books = [PathBook(case, Clock.of(case.settings), problem, one, prefix=f"s{i}", cases=tuple(cases))
             for i, case in enumerate(cases)]  # fmt: skip
    for book in books:
        fill(book)
    for t, parts in enumerate(groups):
        for first, *others in parts:
            for other in others:
                tie(books[first], books[other], t, DECIDED)
    for number, other in enumerate(books[1:] if at_once else (), start=1):
        for t, parts in enumerate(groups):
            if not any({0, number} <= set(part) for part in parts):
                tie(books[0], other, t, AT_ONCE)
    problem.setObjective(weighed(books, chances) if alone is None else greatest_regret(books, alone))
    return problem, books


def tie(first, other, t, names):
    """Requires that decisions of a period are the same in two scenarios."""
    for name in names:
        mine, theirs = getattr(first, name), getattr(other, name)
        for key in sorted({*mine, *theirs}, key=repr):
            if key[-1] == t:
                other.require([mine.get(key, 0)], "==", [theirs.get(key, 0)], "same", first.prefix, name, *key)


def weighed(books, chances):
    """The expected cost, and the mean of the worst paths where the settings weigh it."""
    settings = books[0].case.settings
    costs = [objective(book) for book in books]
    mean = pulp.lpSum(chance * cost for chance, cost in zip(chances, costs, strict=True))
    if not settings.risk_aversion or len(books) == 1:
        return mean
    problem = books[0].problem
    threshold = problem.add_variable("threshold")
    over = [problem.add_variable(f"over_{i}", 0) for i in range(len(books))]
    for i, cost in enumerate(costs):
        problem.addConstraint(pulp.LpConstraint(cost - threshold - over[i], pulp.LpConstraintLE, f"tail_{i}", 0))
    tail = pulp.lpSum(chance * x for chance, x in zip(chances, over, strict=True)) / (1.0 - settings.risk_level)
    return (1.0 - settings.risk_aversion) * mean + settings.risk_aversion * (threshold + tail)


def greatest_regret(books, alone):
    """The largest difference between what a scenario costs and its best cost alone."""
    greatest = books[0].problem.add_variable("greatest")
    for i, (book, best) in enumerate(zip(books, alone, strict=True)):
        row = pulp.LpConstraint(objective(book) - greatest, pulp.LpConstraintLE, f"regret_{i}", best)
        books[0].problem.addConstraint(row)
    return greatest


def solve_textbook_tree(cases, chances, groups, *, at_once=False, alone=None, solver="highs", gap=0.0, time_limit=60.0):
    """Builds and solves the problem of all scenarios."""
    began = time.perf_counter()
    problem, books = tree_problem(cases, chances, groups, at_once=at_once, alone=alone)
    return solved(problem, books[0], solver, gap, time_limit, 1, began)
