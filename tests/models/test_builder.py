"""Blocks, requirements and bounds, and what becomes of them in the program."""

from __future__ import annotations

import numpy as np
import pytest

from models.algebra import Axis, Expr, Param
from models.builder import Builder
from models.outcome import ModelError

COLOUR, SIZE = Axis("colour", ("red", "green")), Axis("size", ("s", "m", "l"))


def finished(builder, objective=None):
    return builder.finish(Expr.zero(()) if objective is None else objective)


def test_bounds_of_a_block_come_from_a_number_or_from_a_parameter_on_fewer_axes():
    builder = Builder()
    builder.block("x", (COLOUR, SIZE), lower=-1.0, upper=Param((SIZE,), np.array([5.0, 6.0, np.inf])))
    program = finished(builder)
    assert program.column_lower.tolist() == [-1.0] * 6
    assert program.column_upper.tolist() == [5.0, 6.0, np.inf, 5.0, 6.0, np.inf]
    assert not program.is_integer.any()


def test_a_block_has_columns_inside_its_mask_only():
    builder = Builder()
    mask = np.array([[True, False, True], [False, False, True]])
    block = builder.block("x", (COLOUR, SIZE), where=mask, upper=Param((COLOUR, SIZE), np.arange(6.0).reshape(2, 3)))
    program = finished(builder)
    assert block.exists.tolist() == mask.tolist()
    assert [program.column_name(i) for i in range(3)] == ["x[red,s]", "x[red,l]", "x[green,l]"]
    assert program.column_upper.tolist() == [0.0, 2.0, 5.0]
    assert block.value(np.array([7.0, 8.0, 9.0])).tolist() == [[7.0, 0.0, 8.0], [0.0, 0.0, 9.0]]
    assert block.expr.value(np.array([7.0, 8.0, 9.0])).tolist() == [[7.0, 0.0, 8.0], [0.0, 0.0, 9.0]]


def test_the_integers_of_a_block_may_depend_on_the_cell():
    builder = Builder()
    builder.block("x", (COLOUR, SIZE), upper=9.0, integer=Param((COLOUR,), np.array([1.0, 0.0])))
    assert finished(builder).is_integer.tolist() == [True] * 3 + [False] * 3


def test_an_integer_without_a_finite_bound_is_refused_by_name():
    builder = Builder()
    builder.block("first", (SIZE,))
    with pytest.raises(ModelError, match=r"the integer variable x\[green\] has no finite upper bound"):
        builder.block("x", (COLOUR,), integer=True, upper=Param((COLOUR,), np.array([3.0, np.inf])))


def test_a_block_is_stated_once():
    builder = Builder()
    builder.block("x", (COLOUR,))
    with pytest.raises(ModelError, match="variables 'x' are stated twice"):
        builder.block("x", (SIZE,))


def test_a_block_without_axes_is_one_column_named_plainly():
    builder = Builder()
    free = builder.block("threshold", (), lower=-np.inf)
    program = finished(builder, free.expr * 2.0)
    assert (program.column_count, program.column_name(0), program.objective.tolist()) == (1, "threshold", [2.0])


def test_terms_of_one_column_in_one_row_are_added_up():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    builder.require("row", (COLOUR,), x.expr + x.expr * 2.0, "<=", x.expr * 0.5 + 4.0)
    program = finished(builder)
    assert program.values.tolist() == [2.5, 2.5]
    assert program.columns.tolist() == [0, 1]
    assert program.row_upper.tolist() == [4.0, 4.0]


def test_terms_that_cancel_leave_no_entry():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    builder.require("row", (COLOUR,), x.expr - x.expr, "<=", 1.0)
    assert finished(builder).non_zeros == 0


def test_cells_without_variables_whose_numbers_agree_have_no_row():
    builder = Builder()
    x = builder.block("x", (COLOUR,), where=np.array([True, False]))
    builder.require("row", (COLOUR,), x.expr, "<=", 3.0)
    program = finished(builder)
    assert (program.row_count, program.row_name(0)) == (1, "row[red]")


@pytest.mark.parametrize(("sense", "right"), [("<=", -2.0), (">=", 2.0), ("==", 2.0), ("==", -2.0)])
def test_numbers_that_cannot_agree_keep_their_row_so_that_the_solver_says_infeasible(sense, right):
    builder = Builder()
    builder.require("row", (COLOUR,), Expr.zero((COLOUR,)), sense, Param((COLOUR,), np.array([0.0, right])))
    program = finished(builder)
    assert (program.row_count, program.row_name(0), program.non_zeros) == (1, "row[green]", 0)
    assert (program.row_lower[0] if sense != "<=" else program.row_upper[0]) == right


def test_a_requirement_outside_its_mask_is_not_stated():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    builder.require("row", (COLOUR,), x.expr, ">=", 5.0, where=np.array([False, True]))
    builder.require("none", (COLOUR,), x.expr, ">=", 5.0, where=np.array([False, False]))
    program = finished(builder)
    assert [program.row_name(i) for i in range(program.row_count)] == ["row[green]"]
    assert program.row_lower.tolist() == [5.0]


def test_axes_of_a_requirement_may_stand_in_another_order_than_those_of_its_sides():
    builder = Builder()
    x = builder.block("x", (COLOUR, SIZE))
    right = Param((COLOUR, SIZE), np.arange(6.0).reshape(2, 3) + 1.0)
    builder.require("row", (SIZE, COLOUR), x.expr, "<=", right)
    program = finished(builder)
    assert program.row_name(1) == "row[s,green]"
    assert (program.columns[1], program.row_upper[1]) == (3, 4.0)


def test_a_foreign_axis_of_a_requirement_is_named():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    with pytest.raises(ModelError, match="'size', which is not among colour"):
        builder.require("row", (COLOUR, SIZE), x.expr, "<=", 1.0)
    with pytest.raises(ModelError, match="'size', which is not among colour"):
        builder.require("row", (COLOUR,), x.expr, "<=", Param((SIZE,), np.ones(3)))
    with pytest.raises(ModelError, match="'size', which is not among colour"):
        builder.block("y", (COLOUR,), upper=Param((SIZE,), np.ones(3)))


def test_bounds_are_tightened_never_loosened():
    builder = Builder()
    builder.block("before", (COLOUR,))
    x = builder.block("x", (SIZE,), lower=1.0, upper=5.0, where=np.array([True, False, True]))
    builder.fix(x, np.array([0, 2]), lower=np.array([0.0, 2.0]), upper=np.array([3.0, 9.0]))
    program = finished(builder)
    assert program.column_lower.tolist() == [0.0, 0.0, 1.0, 2.0]
    assert program.column_upper.tolist() == [np.inf, np.inf, 3.0, 5.0]
    with pytest.raises(ModelError, match="'x' has no variable in a cell whose bound is to be set"):
        builder.fix(x, np.array([1]), upper=np.array([1.0]))


def test_bounds_that_were_tightened_do_not_reach_into_a_shared_array():
    builder = Builder()
    values = np.array([5.0, 6.0])
    x = builder.block("x", (COLOUR,), upper=Param((COLOUR,), values))
    builder.fix(x, np.array([0]), upper=np.array([1.0]))
    assert values.tolist() == [5.0, 6.0]


def test_the_objective_has_no_axes():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    with pytest.raises(ModelError, match="the objective has axes colour"):
        builder.finish(x.expr)


def test_the_objective_keeps_its_constant_and_adds_up_its_terms():
    builder = Builder()
    x = builder.block("x", (COLOUR,))
    program = builder.finish((x.expr + x.expr * Param((COLOUR,), np.array([1.0, 2.0])) + 3.0).sum(COLOUR))
    assert (program.objective.tolist(), program.constant) == ([2.0, 3.0], 6.0)


def test_an_empty_model_is_a_program_without_rows_and_columns():
    program = finished(Builder())
    assert (program.column_count, program.row_count, program.non_zeros, program.constant) == (0, 0, 0, 0.0)


def test_names_are_made_only_when_asked_for():
    class Counted(tuple):
        asked = 0

        def __getitem__(self, key):
            Counted.asked += 1
            return super().__getitem__(key)

    axis = Axis("counted", Counted(("a", "b")))
    builder = Builder()
    x = builder.block("x", (axis,))
    builder.require("row", (axis,), x.expr, "<=", 1.0)
    program = finished(builder)
    assert Counted.asked == 0
    assert (program.column_name(1), program.row_name(0), Counted.asked) == ("x[b]", "row[a]", 2)
