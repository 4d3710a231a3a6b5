"""The order of rows changes the order of a program and nothing else, and not which plan is found."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.case import TABLES
from models.outcome import SolveOptions
from models.polish import polish
from models.prices import priced
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import scenario_tree
from models.uncertainty.solve_tree import solve_tree
from planner.case import read_case
from planner.case.canonical import LOOKED_UP, case_hash, in_canonical_order
from planner.results import tables_of
from planner.search_order import SearchedCase
from tests.oracle.random_cases import random_case
from tests.planner.case.test_effect import digest

INPUTS = Path(__file__).parents[2] / "inputs"
CASES = ("tenth-of-google", "make-or-buy-2023", "mid-size", "frontier-lab", "frontier-lab-quarterly")


def shuffled(case, seed):
    """The case with the rows of every table in another order."""
    order = random.Random(seed)
    return replace(
        case, **{table: tuple(order.sample(rows, len(rows))) for table in TABLES if (rows := getattr(case, table))}
    )


def stated(case):
    """Returns what a program says, by the names of its columns and rows: bounds, costs, coefficients."""
    program = build(case).program
    columns = [program.column_name(index) for index in range(program.column_count)]
    rows = [program.row_name(index) for index in range(program.row_count)]
    by_column = zip(
        columns, program.objective, program.column_lower, program.column_upper, program.is_integer, strict=True
    )
    found = {("column", name): np.array(facts, dtype=float) for name, *facts in by_column}
    # Requirements of several kinds may have one name; what they are about tells them apart.
    for index, name in enumerate(rows):
        inside = slice(program.starts[index], program.starts[index + 1])
        order = sorted(zip((columns[i] for i in program.columns[inside]), program.values[inside], strict=True))
        values = [program.row_lower[index], program.row_upper[index], *(value for _, value in order)]
        key = "row", name, *(column for column, _ in order)
        same = [*found.get(key, np.empty((0, len(values)))).tolist(), [float(value) for value in values]]
        found[key] = np.array(sorted(same))
    return found | {("constant",): np.array([program.constant])}


@pytest.mark.parametrize("name", CASES)
def test_a_case_with_its_rows_in_another_order_states_the_same_program(name):
    case = read_case(INPUTS / name).case
    before = stated(case)
    for seed in (1, 2):
        other = shuffled(case, seed)
        after = stated(other)
        assert before.keys() == after.keys()
        apart = [key for key, value in before.items() if not np.allclose(value, after[key], rtol=1e-11, atol=1e-12)]
        assert apart == []
        assert case_hash(other) != case_hash(case)


@pytest.mark.parametrize("name", CASES)
def test_tables_that_are_looked_up_may_be_in_any_order(name):
    case = read_case(INPUTS / name).case
    turned = {table: getattr(case, table)[::-1] for table in LOOKED_UP}
    assert digest(replace(case, **turned)) == digest(case)


@pytest.fixture(scope="module")
def native():
    with Engine.start("native") as started:
        yield started


def planned(case, engine, gap=None):
    """Every result table of the plan of a case, as sets of rows: numbers to a millionth, no sign of nothing."""
    searched = SearchedCase(case, scenario_tree(case))
    options = SolveOptions(gap=case.solver.gap if gap is None else gap, threads=1)
    found = solve_tree(searched.tree, searched.model, engine, options)
    outcome = polish(searched.model.program, found, engine=engine, options=options)
    if not outcome.has_solution:
        return outcome.status, None
    solution = searched.solution(priced(searched.model, outcome, engine=engine, options=options))
    tables = tables_of(solution)
    assert solution.model.frame.case.offers == case.offers
    return outcome.objective, {
        name: sorted(repr(tuple(round(cell, 6) + 0.0 if isinstance(cell, float) else cell for cell in row))
                     for row in table.rows)
        for name, table in tables.items()
    }  # fmt: skip


def with_scenarios_in_order(case, other):
    """A shuffled case with its scenarios as they were: their order is that of the branches of the tree."""
    return replace(other, scenarios=case.scenarios)


def check_same_plan(case, seeds, engine, gap=None):
    first = planned(case, engine, gap)
    for seed in seeds:
        assert planned(with_scenarios_in_order(case, shuffled(case, seed)), engine, gap) == first


def test_canonical_order_is_the_same_for_every_order_of_rows_and_keeps_them_all():
    case = read_case(INPUTS / "deals-2026").case
    ordered = in_canonical_order(case)
    assert in_canonical_order(ordered) is ordered
    for seed in (1, 2):
        other = replace(shuffled(case, seed), scenarios=case.scenarios)
        again = in_canonical_order(other)
        for table in TABLES:
            if table in LOOKED_UP:
                assert sorted(map(repr, getattr(again, table))) == sorted(map(repr, getattr(case, table)))
            else:
                assert getattr(again, table) == getattr(ordered, table)


@pytest.mark.parametrize("name", [pytest.param("make-or-buy-2023", marks=pytest.mark.slow), "mid-size"])
def test_rows_in_another_order_give_the_same_plan(name, native):
    # The gap leaves more than one plan that a search may end with.
    check_same_plan(read_case(INPUTS / name).case, (1,), native)


def test_rows_in_another_order_give_the_same_plan_of_random_cases(native):
    for seed in range(6):
        check_same_plan(random_case(seed), (1, 2), native, gap=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["deals-2026", "frontier-lab"])
def test_rows_in_another_order_give_the_same_plan_of_larger_cases(name, native):
    check_same_plan(read_case(INPUTS / name).case, (1, 2), native)


@pytest.mark.slow
def test_rows_in_another_order_give_the_same_plan_over_scenarios(native):
    case = read_case(INPUTS / "make-or-buy-2023").case
    check_same_plan(replace(case, settings=replace(case.settings, use_scenarios=True)), (1,), native, gap=0.01)
