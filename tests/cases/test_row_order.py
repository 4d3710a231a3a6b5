"""The order of rows changes the order of a program and nothing else, and not which plan is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build, build_from
from models.canonical_order import LOOKED_UP, in_canonical_order
from models.case import TABLES
from models.frame import frame_of
from models.outcome import SolveOptions
from models.polish import polish
from models.prices import priced
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.brackets import Bracket
from models.uncertainty.information import information
from models.uncertainty.least_regret import best_alone
from models.uncertainty.scenario_tree import model_over, scenario_tree
from models.uncertainty.solve_tree import solve_by_path, solve_tree
from models.whatif.changeable_inputs import changeable_inputs
from models.worth import with_worths
from planner.case import read_case
from planner.case.canonical import case_hash
from planner.results import tables_of
from planner.results.tables_by_path import tables_by_path
from tests.cases.orders_of_rows import sets_of_rows, shuffled
from tests.oracle.random_cases import random_case
from tests.oracle.random_trees import tree_case
from tests.planner.case.test_effect import digest
from tests.planner.test_plan_resumed import wide_case

INPUTS = Path(__file__).parents[2] / "inputs"
CASES = ("tenth-of-google", "make-or-buy-2023", "mid-size", "frontier-lab", "frontier-lab-quarterly")


def stated(case):
    """Returns what a program says, by the names of its columns and rows: bounds, costs, coefficients."""
    program = build_from(frame_of((case,))).program
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


def bytes_of(program):
    names = ("objective", "column_lower", "column_upper", "starts", "columns", "values", "row_lower", "row_upper")
    return {name: getattr(program, name).tobytes() for name in names}


@pytest.fixture(scope="module")
def native():
    with Engine.start("native") as started:
        yield started


def planned(case, engine, gap=None):
    """Every result table of the plan of a case, as sets of rows."""
    tree = scenario_tree(case)
    model = model_over(case, tree)
    options = SolveOptions(gap=case.solver.gap if gap is None else gap, threads=1)
    outcome = polish(model.program, solve_tree(tree, model, engine, options), engine=engine, options=options)
    if not outcome.has_solution:
        return outcome.status, None
    outcome = with_worths(model, priced(model, outcome, engine=engine, options=options), engine=engine)
    assert model.frame.case.offers == case.offers
    return outcome.objective, sets_of_rows(tables_of(Solution(model, outcome)), tree)


def check_same_plan(case, seeds, engine, gap=None):
    first = planned(case, engine, gap)
    for seed in seeds:
        assert planned(shuffled(case, seed), engine, gap) == first


def test_canonical_order_is_the_same_for_every_order_of_rows_and_keeps_them_all():
    case = read_case(INPUTS / "deals-2026").case
    ordered = in_canonical_order(case)
    assert in_canonical_order(ordered) is ordered
    for seed in (1, 2):
        again = in_canonical_order(shuffled(case, seed))
        for table in TABLES:
            if table in LOOKED_UP:
                assert sorted(map(repr, getattr(again, table))) == sorted(map(repr, getattr(case, table)))
            else:
                assert getattr(again, table) == getattr(ordered, table)


@pytest.mark.parametrize("seed", range(6))
def test_the_program_that_is_searched_is_the_same_to_the_last_digit(seed):
    case = random_case(seed)
    first = build(case)
    for order in (1, 2):
        other = build(shuffled(case, order))
        assert bytes_of(other.program) == bytes_of(first.program)
        assert other.program.all_column_names() == first.program.all_column_names()
        # The model itself keeps the rows as they are given.
        assert other.frame.offer.labels == tuple(row.offer for row in other.frame.case.offers)


@pytest.mark.parametrize("seed", range(8))
def test_the_program_over_scenarios_is_the_same_to_the_last_digit(seed):
    case = tree_case(seed)
    first = scenario_tree(case).model()
    for order in (1, 2):
        assert bytes_of(scenario_tree(shuffled(case, order)).model().program) == bytes_of(first.program)


def test_rows_in_another_order_give_the_same_plan_over_random_scenarios(native):
    # Some are averse to risk.
    for seed in range(4):
        check_same_plan(tree_case(seed), (1,), native, gap=0.05)


def by_path(case, engine):
    tree = scenario_tree(case)
    found, plans = solve_by_path(tree, engine, SolveOptions(gap=0.2, threads=1))
    return found.objective, found.bound, sets_of_rows(tables_by_path(plans), tree)


def test_rows_in_another_order_give_the_same_plan_by_path(native, tmp_path):
    case = read_case(wide_case(tmp_path / "wide", first=3, then=2)).case
    objective, bound, tables = by_path(case, native)
    other, other_bound, other_tables = by_path(shuffled(case, 1), native)
    assert (other, other_bound) == (pytest.approx(objective, rel=1e-12), pytest.approx(bound, rel=1e-12))
    assert other_tables == tables


def beside(case, engine):
    """The least greatest regret, and what knowing, planning over scenarios and deciding in stages are worth."""
    tree = scenario_tree(case)
    options = SolveOptions(gap=0.05, threads=1)
    alone = best_alone(tree, engine, options)
    regret = solve_tree(tree, tree.model(alone.references), engine, options)
    model = tree.model()
    found = solve_tree(tree, model, engine, options)
    named = information(tree, model, Bracket(found.bound, found.objective), engine, options).named()
    numbers = [regret.objective, regret.bound, *(side for one in named.values() for side in (one.low, one.high))]
    return [None if number is None else float(f"{number:.9g}") for number in numbers]


def test_rows_in_another_order_give_the_same_regret_and_the_same_worth_of_information(native):
    for seed in (1, 4):
        case = tree_case(seed)
        assert beside(shuffled(case, 1), native) == beside(case, native)


def test_inputs_of_a_repair_are_tried_in_one_order():
    case = read_case(INPUTS / "make-or-buy-2023").case

    def named(case):
        return [(one.kind, one.table, getattr(case, one.table)[one.row]) for one in changeable_inputs(case)]

    assert named(shuffled(case, 1)) == named(case)


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
