"""The order of rows changes the order of a program and nothing else."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.case import TABLES
from planner.case import read_case
from planner.case.canonical import case_hash
from planner.comparison.compared_inputs import LOOKED_UP
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
