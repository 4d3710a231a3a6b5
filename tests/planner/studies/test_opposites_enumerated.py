"""Brackets of opposites and of waiting contain what enumeration finds, on tiny random cases."""

from __future__ import annotations

import random

import pytest

from models.solvers.child import Engine
from planner.studies.delayed_decisions import delayed_decisions
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.opposites import opposites
from planner.studies.point_summary import decision_names
from planner.studies.significance import has_plan
from planner.studies.study_context import BASE
from planner.sweeps.points import Point
from tests.oracle.brute_force import allowed_plans, lowest_work_cost, whole_work_cost
from tests.oracle.clock import Clock
from tests.oracle.random_tiny import tiny_case
from tests.planner.studies.making import solving

GAP = 0.05
"""Wide enough that bounds and plans lie apart."""
ROOM = 1e-6
SHARE = 0.02


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


class Enumerated:
    """Every plan of a tiny case that keeps the rules, cheapest first, and the least cost of those with a property."""

    def __init__(self, case):
        self.case, self.clock, self.memo = case, Clock.of(case.settings), {}
        self.plans = sorted(allowed_plans(case, self.clock)[0], key=lambda entry: entry[:2])
        self.floor = sum(lowest_work_cost(case, self.clock, t) for t in self.clock.periods)

    def least(self, keeps):
        """The least cost of the plans that keep something; None where there is none."""
        best = None
        for fixed, _, plan in self.plans:
            if best is not None and fixed + self.floor >= best:
                break
            work = whole_work_cost(self.case, self.clock, plan, self.memo) if keeps(plan) else None
            if work is not None and (best is None or fixed + work < best):
                best = fixed + work
        return best

    def taken(self, name, is_taken):
        """The least cost with a decision taken, or without it."""
        return self.least(lambda plan: bool(periods_of(plan, name)) == is_taken)

    def not_before(self, name, label):
        """The least cost where a decision is not made before a period."""
        first = self.case.settings.calendar.period_at(label)
        return self.least(lambda plan: all(period >= first for period in periods_of(plan, name)))


def periods_of(plan, name):
    """The periods in which a plan takes a decision, or a part of it."""
    kind, _, item = name.partition(":")
    parts = {"expansion": plan.built, "order": plan.ordered}
    if kind in parts:
        return [t for (one, t), amount in parts[kind].items() if one == item and amount > 0]
    return [plan.taken[item]] if item in plan.taken else []


def is_between(found, least, most):
    size = ROOM * max(1.0, abs(found))
    return (least is None or least <= found + size) and (most is None or found <= most + size)


def check(seed, engine):
    """How many brackets of a random case were compared with enumeration."""
    case = tiny_case(random.Random(seed), seed)
    committed = {row.item for row in case.commitments}
    names = [name for name in decision_names(case) if name.partition(":")[2] not in committed]
    if not names:
        return 0
    context = solving(case, engine, gap=GAP)
    base = context.solve([Point(BASE, "plan", {}, None)])[BASE]
    every = Enumerated(case)
    best = every.least(lambda plan: True)
    if not has_plan(base):
        # Some random cases have rows that a checked case has not.
        assert best is None or base["status"] == "faults", (seed, base)
        return 0
    compared = 0
    for name, own in opposites(context, base, names).items():
        turned, same = every.taken(name, not own.taken), every.taken(name, own.taken)
        if own.found is None:
            assert turned is None, (seed, name, own.reason)
        else:
            assert is_between(turned - same, own.least, own.most), (seed, name, turned - same, own)
        compared += 1
    _, decisions = delayed_decisions(context, ExplainedPlan("run", base, tuple(names), False), (), SHARE)
    for one in decisions:
        for wait in one.waits if one.decision.partition(":")[2] not in committed else ():
            cost = every.not_before(one.decision, wait.label)
            assert (cost is None) == wait.is_impossible, (seed, one.decision, wait)
            assert cost is None or is_between(cost - best, wait.least, wait.most), (
                seed,
                one.decision,
                wait,
                cost - best,
            )
            compared += 1
    return compared


def test_brackets_contain_what_enumeration_finds(engine):
    assert sum(check(seed, engine) for seed in range(8)) > 4


@pytest.mark.slow
def test_brackets_contain_what_enumeration_finds_on_many_cases(engine):
    assert sum(check(seed, engine) for seed in range(100, 140)) > 20
