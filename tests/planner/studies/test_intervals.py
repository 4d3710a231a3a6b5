"""What is told as proven: every interval contains the value that exact solves find, also where a plan is held."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.recourse import HELD, STRATEGIC, as_columns, fix_decisions, periods_of
from models.solvers.child import Engine
from planner.studies.future_recipes import future_of, recipe_of
from planner.studies.held_plans import as_it_stands
from planner.studies.point_solving import plan_values
from planner.studies.point_work import first_difference, plan_point, stress_point
from planner.studies.regret_cells import RegretCells
from planner.studies.significance import difference, has_plan, is_strained, most_of
from planner.studies.study_context import NamedFuture
from planner.sweeps.points import Point, StoredPlan, WorkContext
from tests.models.test_prices import scarce
from tests.planner.studies.making import hit, result, strained

NOISE = 2e-9
"""Of two linear programs solved by one code, relative to their cost."""


@pytest.fixture(scope="module")
def engine():
    with Engine.start("scip") as started:
        yield started


def shaken(seed):
    """A scarce case with two disruptions that are seen in its second or third year."""
    rng = random.Random(1000 + seed)
    case = scarce(seed)
    start = rng.choice(["2028", "2029"])
    hits = (
        hit("dear", target=case.offers[0].offer, start=start, value=rng.choice([1.3, 2.0]), months=24.0),
        hit("less", target="chat", field="demand", start=start, value=rng.uniform(0.4, 0.9), months=24.0),
        hit("more", target="chat", field="demand", start=start, value=rng.uniform(1.1, 1.6), months=24.0),
    )
    return replace(case, disruptions=hits)


def planned(engine, case, recipe, gap):
    """The point of a plan, and what it stores."""
    context = WorkContext(case, SolveOptions(solver="scip", gap=gap), engine)
    told = plan_point(context, Point(name="plan", question="plan", recipe=recipe, after=None))
    return told, None if context.plan is None else StoredPlan(context.plan)


def stressed(engine, case, start, future, gap, known=None):
    seen = first_difference(case, future_of(case, known or {}), future_of(case, future))
    context = WorkContext(case, SolveOptions(solver="scip", gap=gap), engine, start=start)
    recipe = {"future": future, "seen": seen, "strategy_stays": True}
    return seen, stress_point(context, Point(name="stress", question="stress", recipe=recipe, after="plan"))


def least_cost(engine, program):
    """The least cost of a program, to the last digit that a code has; None where it has no solution."""
    found = engine.solve(program, SolveOptions(gap=0.0), code="scip")
    if found.status is not Status.OPTIMAL:
        return None
    return polish(program, found, engine=engine).objective


def cost_of_held(engine, case, start, future, seen):
    """The least cost of a future with what was decided before fixed to its value, none of it with any room."""
    stands = as_it_stands(future_of(case, future).case, start, seen)
    model = build(stands)
    held = fix_decisions(model, plan_values(start), seen)
    if held.released or held.lifted:
        return None
    wanted = as_columns(model.program, plan_values(start))
    lower, upper = model.program.column_lower.copy(), model.program.column_upper.copy()
    period = periods_of(model)
    for name in set(HELD) & model.builder.blocks.keys():
        block = model.builder.blocks[name]
        columns = block.column[block.exists]
        fixed = columns[(period[columns] < seen) | (name in STRATEGIC)]
        lower[fixed] = upper[fixed] = np.where(model.program.is_integer[fixed], np.rint(wanted[fixed]), wanted[fixed])
    return least_cost(engine, replace(model.program, column_lower=lower, column_upper=upper))


@pytest.mark.parametrize("seed", range(24))
def test_what_a_disruption_costs_lies_in_the_interval_that_is_told(engine, seed):
    case, gap = shaken(seed), random.Random(seed).choice([0.0, 0.0, 1e-3, 0.03])
    base, start = planned(engine, case, {}, gap)
    assert start is not None
    least = least_cost(engine, build(case).program)
    compared = 0
    for name in ("dear", "less", "more"):
        future = recipe_of(shocks=name)
        seen, told = stressed(engine, case, start, future, gap)
        if not has_plan(told) or is_strained(told):
            continue
        assert told["held_exactly"], (seed, name)
        true = cost_of_held(engine, case, start, future, seen)
        if true is None:
            continue
        gap_of = difference(told, base)
        slip = NOISE * max(1.0, abs(true), abs(least))
        assert gap_of.least - slip <= true - least <= gap_of.most + slip, (name, gap_of, true - least)
        if gap == 0.0:
            assert gap_of.most - gap_of.least <= 1e-5 * max(1.0, abs(true))
        compared += 1
    assert compared


@pytest.mark.parametrize("seed", range(24, 32))
def test_regret_lies_in_the_interval_that_is_told(engine, seed):
    case, gap = shaken(seed), random.Random(seed).choice([0.0, 1e-3, 0.03])
    futures = {"calm": {}, "less": recipe_of(shocks="less"), "more": recipe_of(shocks="more")}
    plans = {name: planned(engine, case, recipe, gap) for name, recipe in futures.items()}
    assert all(start is not None for _, start in plans.values())
    best = {name: told for name, (told, _) in plans.items()}
    through, true = {}, {}
    for plan in futures:
        for future, recipe in futures.items():
            if plan == future:
                through[plan, future] = best[plan]
                continue
            seen, told = stressed(engine, case, plans[plan][1], recipe, gap, futures[plan])
            through[plan, future] = told
            if has_plan(told) and not is_strained(told):
                true[plan, future] = cost_of_held(engine, case, plans[plan][1], recipe, seen)
    cells = RegretCells(tuple(NamedFuture(name, recipe) for name, recipe in futures.items()), best, through)
    compared = 0
    for (plan, future), cost in true.items():
        least = least_cost(engine, build(future_of(case, futures[future]).case).program)
        low, high = cells.range_of(plan, future)
        if cost is None:
            continue
        slip = NOISE * max(1.0, abs(cost), abs(least))
        assert low - slip <= cost - least <= high + slip, (plan, future, low, high, cost - least)
        compared += 1
    assert compared


def test_a_bound_above_the_plans_own_cost_is_its_cost():
    assert difference(result(100.0, 100.0 + 1e-7), result(90.0)).least == 10.0


def test_nothing_is_proven_from_above_of_a_plan_held_loosely_or_that_may_violate_too_much():
    loose = result(100.0, 99.0) | {"held_exactly": False}
    assert most_of(loose) is None
    assert difference(loose, result(90.0)) == type(difference(loose, result(90.0)))(10.0, 9.0, None)
    assert most_of(strained(100.0, 10.0, least=4.0)) is None
    assert most_of(strained(100.0, 10.0)) == 110.0


def test_a_plan_that_breaks_limits_is_not_the_best_that_is_known():
    """It costs less than any plan that keeps them: nothing is regretted against it."""
    futures = (NamedFuture("a", {}), NamedFuture("b", {}))
    best = {"a": result(10.0), "b": result(20.0)}
    through = {("a", "a"): best["a"], ("b", "b"): best["b"], ("a", "b"): strained(5.0, 1.0), ("b", "a"): result(11.0)}
    cells = RegretCells(futures, best, through)
    assert cells.least_known("b") == 20.0
    assert cells.regret("b", "b") == 0.0
    assert cells.regret("a", "b") == 0.0
    lifted = through | {("a", "b"): result(5.0) | {"exceeded": ["wafers:2028"]}}
    assert RegretCells(futures, best, lifted).least_known("b") == 20.0
