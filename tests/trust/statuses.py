"""T9: what is told of a solve is what happened, in twelve situations and every engine."""

from __future__ import annotations

from tests.trust import items

TITLE = "statuses: optimal, gap, limits, interrupt, infeasible, unbounded, killed, … in every engine, and their words"
FILES = ("models/solvers/test_contract.py", "models/solvers/test_statuses.py")


def names():
    return items.items(*FILES)


def count():
    return len(names())


def check(number, tools):
    return items.run(names()[number])
