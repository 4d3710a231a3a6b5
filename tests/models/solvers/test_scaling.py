"""Programs of extreme size give the scaled objective in every solver, and those of ordinary size are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import polish
from models.solution import Solution
from models.solvers import wire
from models.solvers.child import Engine
from models.solvers.plain import greatest_violation
from models.solvers.scaling import scaling_of, violation
from models.stages import solve_model
from models.verify import verify
from planner.case import read_case
from planner.results import tables_of
from tests.models.solvers.solver_programs import make
from tests.oracle.random_cases import random_case

ROOT = Path(__file__).parents[3]
KNOWN = ROOT / "tests" / "cases" / "known"
SOLVERS = ("native", "scip", "highs", "cbc")
POWERS = (-6, -3, 3, 6)
EXACT = SolveOptions(gap=0.0, time_limit_s=30.0)


def in_units(program, factor):
    """The same program with continuous quantities counted in `1/factor` of their unit; its optimum is the same."""
    column = np.where(program.is_integer, 1.0, factor)
    whole = np.ones(program.row_count, dtype=bool)
    np.logical_and.at(whole, program.row_of_entries(), program.is_integer[program.columns])
    row = np.where(whole, 1.0, factor)
    return replace(
        program,
        objective=program.objective / column,
        column_lower=program.column_lower * column,
        column_upper=program.column_upper * column,
        values=program.values / column[program.columns] * row[program.row_of_entries()],
        row_lower=program.row_lower * row,
        row_upper=program.row_upper * row,
    )


def in_money(program, factor):
    return replace(program, objective=program.objective * factor, constant=program.constant * factor)


@pytest.fixture(scope="module")
def fleets():
    """Random fleets with their optimum."""
    found = []
    with Engine.start("highs") as engine:
        for seed in range(8):
            program = build(random_case(seed, "tiny")).program
            found.append((program, engine.solve(program, EXACT).objective))
    return found


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("power", POWERS)
def test_money_times_a_factor_costs_that_factor_as_much(engines, fleets, name, power):
    for seed, (program, optimum) in enumerate(fleets):
        outcome = engines[name].solve(in_money(program, 10.0**power), EXACT)
        check(outcome, optimum * 10.0**power, f"{name} {seed}")


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("power", POWERS)
def test_quantities_in_other_units_cost_the_same(engines, fleets, name, power):
    for seed, (program, optimum) in enumerate(fleets):
        outcome = engines[name].solve(in_units(program, 10.0**power), EXACT)
        check(outcome, optimum, f"{name} {seed}")


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize(("money", "units"), [(-6, 6), (6, -6), (-6, -6), (6, 6)])
def test_money_and_units_together(engines, fleets, name, money, units):
    for seed, (program, optimum) in enumerate(fleets):
        outcome = engines[name].solve(in_units(in_money(program, 10.0**money), 10.0**units), EXACT)
        check(outcome, optimum * 10.0**money, f"{name} {seed}")


def check(outcome, optimum, where):
    assert outcome.status is Status.OPTIMAL, f"{where}: {outcome.status.value} {outcome.detail}"
    assert outcome.objective == pytest.approx(optimum, rel=2e-6, abs=1e-9), where
    assert outcome.bound <= outcome.objective, where
    assert outcome.bound <= optimum + 2e-6 * abs(optimum) + 1e-9, where


@pytest.mark.parametrize("name", ["tenth-of-google", "make-or-buy-2023", "mid-size", "frontier-lab"])
def test_case_of_ordinary_size_is_handed_over_as_it_is(name):
    assert scaling_of(build(read_case(ROOT / "inputs" / name).case).program) is None


def test_random_fleets_are_of_ordinary_size(fleets):
    assert [scaling_of(program) for program, _ in fleets] == [None] * len(fleets)


def test_factors_are_powers_of_two_and_lead_back_to_the_same_program(fleets):
    for program, _ in fleets:
        asked = in_units(in_money(program, 1e-6), 1e6)
        scaling = scaling_of(asked)
        assert scaling is not None
        for factors in (scaling.column, scaling.row, np.array([scaling.money])):
            np.testing.assert_array_equal(np.frexp(factors)[0], 0.5)
        assert (scaling.column[asked.is_integer] == 1.0).all()
        plan = np.arange(asked.column_count, dtype=float)
        np.testing.assert_array_equal(scaling.values(scaling.hint(plan)), plan)
        assert scaling.cost(scaling.program.objective_of(scaling.hint(plan))) == pytest.approx(asked.objective_of(plan))


def test_a_plan_that_breaks_a_row_of_millionths_is_seen():
    """Serving nothing of 1e-6 breaks the demand by all of it, though by less than any tolerance."""
    program = make([1], [[1]], lower=[1e-6], upper=[np.inf], least=[0], most=[1e-5], whole=[0])
    assert greatest_violation(program, np.zeros(1)) == pytest.approx(1e-6)
    assert violation(program, np.zeros(1)) > 0.1
    assert violation(program, np.array([1e-6])) <= 1e-9


def test_costs_that_no_scale_brings_together_give_no_bound_of_a_general_code(engines):
    """One column costs 1e-9 a unit and one 1e9: a million of the first cost 0.001, and no factor shows that."""
    program = make([1e-9, 1e9], [[1, 1]], lower=[1e6], upper=[np.inf], least=[0, 0], most=[5e6, 100], whole=[1, 1])
    general, native = (engines[name].solve(program, EXACT) for name in ("scip", "native"))
    assert (general.status, general.bound) == (Status.FEASIBLE, None)
    assert "state lots, prices and penalties of like size" in general.detail
    assert native.status is Status.OPTIMAL
    assert native.objective == pytest.approx(1e-3, rel=1e-9)
    assert native.bound <= native.objective


def test_coefficient_beside_which_nothing_is_left_is_refused_with_the_remedy(engines):
    program = make([1, 1], [[1, 1e30]], lower=[1], upper=[np.inf], least=[0, 0], most=[5, 5], whole=[1, 1])
    for name in SOLVERS:
        outcome = engines[name].solve(program, EXACT)
        assert (outcome.status, outcome.stop) == (Status.FAILED, Stop.FAILURE)
        assert "State amounts in units or lots of like size" in outcome.detail


def test_duals_and_further_solves_lead_back_too(engines):
    """min 1e-9·x with x ≥ 1000: one more unit costs 1e-9."""
    program = make([1e-9, 0.03], [[1, 1]], lower=[1000], upper=[np.inf], least=[0, 0], most=[5000, 5000], whole=[0, 0])
    for name in ("native", "highs", "cbc"):
        outcome = engines[name].solve(program, EXACT)
        assert outcome.objective == pytest.approx(1e-6)
        assert outcome.row_duals.tolist() == pytest.approx([1e-9])
        assert outcome.reduced_costs.tolist() == pytest.approx([0.0, 0.03 - 1e-9])
    again = wire.RepeatedSolve(np.array([0, 1]), np.array([400.0, 250.0]))
    found = engines["native"].solve(program, EXACT, code="glop", again=again).again
    assert found.tolist() == [
        pytest.approx([400e-9 + 600 * 0.03, 1e-9 - 0.03]),
        pytest.approx([750e-9 + 250 * 0.03, 0.03 - 1e-9]),
    ]


def test_countless_lots_are_rounded_to_the_side_that_costs_less():
    """Of 2e9 units 2e9 + 0.4 are asked for, and one that is missing costs 1: rounded up, not to the nearest."""
    least = 2e9 + 0.4
    program = make([1e-9, 1.0], [[1, 1]], lower=[least], upper=[np.inf], least=[0, 0], most=[4e9, 4e9], whole=[1, 0])
    solution = np.array([least, 0.0])
    plan = Outcome(Status.OPTIMAL, Stop.GAP, "scip", "1", objective=2.0, bound=2.0, solution=solution)
    polished = polish(program, plan)
    assert polished.solution.tolist() == [2e9 + 1, 0.0]
    assert polished.status is Status.OPTIMAL


ANSWERS = {"price-1e-3": 1e-6, "scale-y40d": 16.502515, "scale-y40b": 165_025_158.0}
"""`scale-y40b` is `scale-y40d` at ten million times the price; whole lots of a thousand cost 2e-7 more."""


@pytest.mark.parametrize("name", ["native", "scip", "highs", "cbc", "cp_sat"])
@pytest.mark.parametrize("case", ANSWERS)
def test_known_case_of_extreme_size(case, name):
    read = read_case(KNOWN / case)
    model, options = build(read.case), SolveOptions(solver=name, time_limit_s=30.0)
    with Engine.start(name) as engine:
        found = solve_model(model, engine, options)
        polished = polish(model.program, found, engine=engine, options=options)
    if not polished.has_solution:
        assert (name, case) == ("cp_sat", "scale-y40b")
        assert "CP-SAT needs bounds" in polished.detail
        return
    assert polished.status is Status.OPTIMAL
    assert polished.objective == pytest.approx(ANSWERS[case], rel=1e-6)
    assert polished.bound <= polished.objective
    assert polished.bound >= ANSWERS[case] * (1 - 1e-3)
    assert sum(found.seconds.values()) < 5.0  # 0.1 to 0.4 s alone; the machine may be busy
    records = {table: list(rows.records()) for table, rows in tables_of(Solution(model, polished)).items()}
    assert verify(read.case, records, polished.objective).passed


def test_the_yearly_case_by_hand():
    """Each year as many are bought as are missing of the demand when those of the four years before are counted."""
    bought, cost = [], 0.0
    for year in range(40):
        missing = 1e9 * 1.1**year - sum(bought[-3:])
        bought.append(max(0.0, missing))
        cost += bought[-1] * 1e-9 / 1.08 ** (year + 0.5)
    assert cost == pytest.approx(ANSWERS["scale-y40d"], rel=1e-6)
    assert cost * 1e7 == pytest.approx(ANSWERS["scale-y40b"], rel=1e-6)
