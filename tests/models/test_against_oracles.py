"""The model against three independent answers: hand arithmetic, the textbook formulation, and enumeration."""

from __future__ import annotations

import dataclasses
import math
import os

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.fleet_rows import Price
from models.verify import verify
from planner.results import tables_of
from tests.oracle.brute_force import brute_force
from tests.oracle.hand_cases import HAND_CASES
from tests.oracle.random_carbon import carbon_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_contracts import FORMS, contract_case, with_more
from tests.oracle.random_leases import handed_over_case
from tests.oracle.random_shocks import disrupted_case
from tests.oracle.textbook import solve_textbook

TINY_SEEDS = int(os.environ.get("ORACLE_TINY_SEEDS", "150"))
SMALL_SEEDS = int(os.environ.get("ORACLE_SMALL_SEEDS", "30"))
HANDED_OVER_SEEDS = int(os.environ.get("ORACLE_HANDED_OVER_SEEDS", "24"))
HANDED_OVER_TINY_SEEDS = int(os.environ.get("ORACLE_HANDED_OVER_TINY_SEEDS", "24"))
CARBON_SEEDS = int(os.environ.get("ORACLE_CARBON_SEEDS", "40"))
DISRUPTED_TINY_SEEDS = int(os.environ.get("ORACLE_DISRUPTED_TINY_SEEDS", "30"))


@pytest.fixture(scope="module")
def highs():
    with Engine.start("highs") as started:
        yield started


def checked_cost(case, engine, code):
    """The cost of the optimal plan, after polishing and the independent check."""
    model = build(case)
    options = SolveOptions(solver=code, gap=0.0, time_limit_s=60.0)
    outcome = polish(model.program, engine.solve(model.program, options, code=code), engine=engine, options=options)
    assert outcome.status is Status.OPTIMAL, f"{outcome.status.value}: {outcome.detail}"
    tables = {name: list(table.records()) for name, table in tables_of(Solution(model, outcome)).items()}
    report = verify(case, tables, outcome.objective)
    assert report.passed, report.summary()
    return outcome.objective, outcome.bound


@pytest.mark.parametrize("hand", HAND_CASES, ids=lambda hand: hand.name)
def test_hand_solved_cases_cost_what_the_arithmetic_says(hand, highs):
    cost, _ = checked_cost(hand.case, highs, "highs")
    assert cost == pytest.approx(hand.expected, rel=1e-7, abs=1e-7)


def textbook_cost(name, case, highs):
    """The cost on which the model and the textbook agree, None where both find no plan; no bound lies above it."""
    # By another code than that of the model; HiGHS would also start a process for each case.
    book = solve_textbook(case, solver="cbc", gap=0.0)
    if book.status not in ("optimal", "infeasible"):
        book = solve_textbook(case, solver="scip", gap=0.0)
    if book.status == "infeasible":
        options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
        assert highs.solve(build(case).program, options, code="highs").status is Status.INFEASIBLE, name
        return None
    cost, bound = checked_cost(case, highs, "highs")
    scale = 1e-6 * max(1.0, abs(cost))
    assert cost == pytest.approx(book.objective, abs=scale), name
    assert bound <= cost + scale, name
    return cost


def check_three_ways(name, case, highs, scip):
    """Two solvers and the textbook find the same cost, and no bound lies above it."""
    cost, bound = checked_cost(case, highs, "highs")
    other, other_bound = checked_cost(case, scip, "scip")
    book = solve_textbook(case, solver="cbc", gap=0.0)
    scale = 1e-6 * max(1.0, abs(cost))
    assert cost == pytest.approx(other, abs=scale), f"{name}: highs and scip differ"
    assert cost == pytest.approx(book.objective, abs=scale), f"{name}: the textbook differs"
    assert max(bound, other_bound) <= min(cost, other) + scale, f"{name}: a bound lies above a plan"


@pytest.mark.parametrize("first", range(0, SMALL_SEEDS, 10))
def test_two_solvers_and_the_textbook_agree_on_random_cases(first, highs, engine):
    for seed in range(first, min(first + 10, SMALL_SEEDS)):
        check_three_ways(f"seed {seed}", random_case(seed, "small"), highs, engine)


@pytest.mark.parametrize("first", range(0, SMALL_SEEDS, 10))
def test_two_solvers_and_the_textbook_agree_on_disrupted_cases(first, highs, engine):
    for seed in range(first, min(first + 10, SMALL_SEEDS)):
        check_three_ways(f"disrupted seed {seed}", disrupted_case(seed, "small"), highs, engine)


def counting(seed):
    """A random case that counts what it owes, in which every second lease has a price after the end."""
    case = handed_over_case(seed, "small") if seed % 4 == 0 else random_case(seed, "small")
    settings = dataclasses.replace(case.settings, count_owed="count")
    end = settings.calendar.label_of(settings.calendar.count)
    last = {row.offer: row.unit_price_usd for row in case.prices}
    later = [Price(offer=name, period=end, unit_price_usd=0.7 * price) for name, price in last.items()]
    offers = [dataclasses.replace(row, term_months=row.term_months * 3) for row in case.offers]
    return dataclasses.replace(
        case, settings=settings, offers=tuple(offers), prices=(*case.prices, *later[seed % 2 :: 2])
    )


@pytest.mark.parametrize("first", range(0, SMALL_SEEDS, 10))
def test_two_solvers_and_the_textbook_agree_on_what_is_owed_where_it_counts(first, highs, engine):
    for seed in range(first, min(first + 10, SMALL_SEEDS), 2):
        check_three_ways(f"counting seed {seed}", counting(seed), highs, engine)


def test_the_textbook_agrees_on_random_cases_with_carbon(highs):
    """Limits of carbon that what is on its way breaks leave no plan: then the textbook finds none either."""
    planned, bound_by_carbon = 0, 0
    for seed in range(CARBON_SEEDS):
        case = carbon_case(seed)
        cost = textbook_cost(f"carbon, seed {seed}", case, highs)
        if cost is None:
            continue
        planned += 1
        free = solve_textbook(dataclasses.replace(case, carbon_limits=()), solver="cbc", gap=0.0)
        # Twice the difference that is accepted between the model and the textbook.
        bound_by_carbon += free.objective < cost - 2e-6 * max(1.0, abs(cost))
    assert planned >= CARBON_SEEDS // 2
    assert bound_by_carbon >= CARBON_SEEDS // 10


@pytest.mark.parametrize("form", FORMS)
def test_the_textbook_agrees_on_random_cases_with_a_form_of_contract(form, highs):
    size = "small" if form == "cancellations" else "tiny"
    costs = [textbook_cost(f"{form}, seed {seed}", contract_case(seed, size, (form,)), highs) for seed in range(3)]
    assert any(cost is not None for cost in costs)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_the_textbook_agrees_on_a_hundred_random_cases_with_a_form_of_contract(form, highs):
    size, count = ("small", 40) if form == "cancellations" else ("tiny", 100)
    costs = [textbook_cost(f"{form}, seed {seed}", contract_case(seed, size, (form,)), highs) for seed in range(count)]
    assert sum(cost is not None for cost in costs) >= count // 2


@pytest.mark.slow
def test_the_textbook_agrees_on_random_cases_with_all_forms_of_contract(highs):
    costs = [textbook_cost(f"all forms, seed {seed}", contract_case(seed, "tiny", FORMS), highs) for seed in range(60)]
    assert sum(cost is not None for cost in costs) >= 30


@pytest.mark.parametrize("more", with_more(), ids=lambda more: more.name)
def test_a_right_never_costs_more_and_a_level_never_less(more, highs):
    """A right, a renewal, a loan or a milestone more never costs more; a level more never costs less."""
    looked_at = 0
    for seed in range(more.seeds):
        without, having = more.cases(seed)
        costs = [least_cost(case, highs) for case in (without, having)]
        if costs[0] is None:
            continue
        looked_at += 1
        assert costs[1] is not None or not more.is_right
        if costs[1] is not None:
            scale = 1e-6 * max(1.0, abs(costs[0]))
            assert costs[1] <= costs[0] + scale if more.is_right else costs[1] >= costs[0] - scale
    assert looked_at >= more.seeds // 2


def wasteful_plan(case, seed, highs):
    """A plan whose whole numbers are chosen at random, the rest at least cost; None where that has no answer."""
    model = build(case)
    program, generator = model.program, np.random.default_rng(seed)
    noise = generator.normal(0.0, 4.0 * np.abs(program.objective).mean(), program.column_count)
    noisy = dataclasses.replace(program, objective=np.where(program.is_integer, noise, program.objective))
    found = highs.solve(noisy, SolveOptions(solver="highs", gap=0.05, time_limit_s=30.0), code="highs")
    unbounded = dataclasses.replace(found, bound=-math.inf)
    outcome = polish(program, unbounded, engine=highs, options=SolveOptions(solver="highs", gap=0.0))
    return None if outcome.solution is None else Solution(model, outcome)


def check_wasteful_plans(seeds, highs):
    """What is told of a plan is true whether or not it is the cheapest: the search may stop at any."""
    found = 0
    for seed in seeds:
        for forms in (FORMS[:4], FORMS):
            case = contract_case(seed, forms=forms)
            solution = wasteful_plan(case, seed, highs)
            if solution is not None:
                found += 1
                tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
                report = verify(case, tables, solution.outcome.objective)
                assert report.passed, f"seed {seed}, {forms}: {report.summary()}"
    assert found > len(seeds)


def test_what_is_told_of_a_wasteful_plan_is_true(highs):
    check_wasteful_plans((1, 9, 26), highs)


@pytest.mark.slow
def test_what_is_told_of_many_wasteful_plans_is_true(highs):
    check_wasteful_plans(range(100, 130), highs)


def least_cost(case, highs):
    """The cost of the optimal plan, None where there is none."""
    options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
    return highs.solve(build(case).program, options, code="highs").objective


@pytest.mark.slow
def test_two_solvers_and_the_textbook_agree_on_many_disrupted_cases(highs, engine):
    for seed in range(SMALL_SEEDS, SMALL_SEEDS + 50):
        check_three_ways(f"disrupted seed {seed}", disrupted_case(seed, "small"), highs, engine)


def test_cases_made_from_an_earlier_plan_agree_with_the_textbook(highs):
    """Rules that running leases break leave no plan: then the textbook finds none either."""
    planned = 0
    for seed in range(HANDED_OVER_SEEDS):
        planned += textbook_cost(f"handed over, seed {seed}", handed_over_case(seed), highs) is not None
    assert planned >= HANDED_OVER_SEEDS // 2


def check_enumeration(name, case, highs):
    """The plan costs what the best of all combinations does."""
    enumerated = brute_force(case).objective
    assert enumerated is not None, f"{name} has no plan"
    cost, _ = checked_cost(case, highs, "highs")
    assert cost == pytest.approx(enumerated, rel=1e-6, abs=1e-6), name


@pytest.mark.parametrize("first", range(0, TINY_SEEDS, 50))
def test_tiny_cases_agree_with_enumeration(first, highs):
    for seed in range(first, min(first + 50, TINY_SEEDS)):
        check_enumeration(f"seed {seed}", random_case(seed, "tiny"), highs)


def test_tiny_cases_made_from_an_earlier_plan_agree_with_enumeration(highs):
    planned = 0
    for seed in range(HANDED_OVER_TINY_SEEDS):
        case = handed_over_case(seed, "tiny")
        if brute_force(case).objective is not None:
            check_enumeration(f"handed over, seed {seed}", case, highs)
            planned += 1
    assert planned >= HANDED_OVER_TINY_SEEDS // 2


@pytest.mark.parametrize("first", range(0, DISRUPTED_TINY_SEEDS, 50))
def test_disrupted_tiny_cases_agree_with_enumeration(first, highs):
    for seed in range(first, min(first + 50, DISRUPTED_TINY_SEEDS)):
        check_enumeration(f"disrupted seed {seed}", disrupted_case(seed, "tiny", backlogs=False), highs)
