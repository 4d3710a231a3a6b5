"""A linear program asked about many times over: the same answers from a loaded program as from a fresh one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.outcome import SolveOptions, Status
from models.program import Program
from models.solvers import wire


def ladder(costs, most):
    """Minimise Σ cost·x with Σ x ≥ 10, 0 ≤ x ≤ most, and a last column of cost 0 that is fixed at 0 and counts too."""
    count = len(costs)
    return Program(
        objective=np.array([*costs, 0.0]),
        constant=1.0,
        column_lower=np.zeros(count + 1),
        column_upper=np.array([*most, 0.0]),
        is_integer=np.zeros(count + 1, dtype=bool),
        starts=np.array([0, count + 1]),
        columns=np.arange(count + 1),
        values=np.ones(count + 1),
        row_lower=np.array([10.0]),
        row_upper=np.array([np.inf]),
        column_names=(),
        row_names=(),
    )


def asked(engine, program, amounts):
    again = wire.RepeatedSolve(np.full(len(amounts), program.column_count - 1), np.array(amounts, dtype=float))
    return engine.solve(program, SolveOptions(time_limit_s=20.0), code="glop", again=again)


def test_each_amount_saves_the_dearest_that_is_left(engines):
    """4 at 1, 4 at 2 and 2 at 5 cost 22: 1 more saves 5, 3 more 5 + 5 + 2, and then the next one saves 2."""
    found = asked(engines["scip"], ladder((1.0, 2.0, 5.0), (4.0, 4.0, 9.0)), (1.0, 3.0))
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(23.0)
    assert found.again[:, 0] == pytest.approx([18.0, 11.0])
    assert found.again[:, 1] == pytest.approx([-5.0, -2.0])


def test_a_loaded_program_answers_as_before_and_another_one_replaces_it(engines):
    engine, first = engines["scip"], ladder((1.0, 2.0, 5.0), (4.0, 4.0, 9.0))
    before = asked(engine, first, (1.0, 3.0))
    for changed, saved in (
        (replace(first, objective=np.array([1.0, 2.0, 7.0, 0.0])), [20.0, 11.0]),
        (replace(first, row_lower=np.array([9.0])), [13.0, 9.0]),
        (replace(first, constant=3.0), [20.0, 13.0]),
    ):
        assert asked(engine, changed, (1.0, 3.0)).again[:, 0] == pytest.approx(saved)
        assert asked(engine, first, (1.0, 3.0)).again.tolist() == before.again.tolist()
    assert asked(engine, first, ()).objective == pytest.approx(23.0)


def test_a_program_without_a_solution_is_said_to_have_none_each_time(engines):
    empty = ladder((1.0,), (4.0,))
    for _ in range(2):
        found = asked(engines["scip"], empty, (1.0,))
        assert found.status is Status.INFEASIBLE
        assert np.isnan(found.again).all()
