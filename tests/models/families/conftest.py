"""A hand-solved case: the objective is the one of the arithmetic, and the independent check accepts the plan."""

from __future__ import annotations

import pytest

from models.verify import verify
from planner.results import tables_of


@pytest.fixture(scope="package")
def by_hand(plan_of):
    """Solves a case, compares its objective in USD million with the arithmetic, and returns the solution."""

    def run(case, expected):
        solution = plan_of(case)
        assert solution.outcome.objective == pytest.approx(expected, rel=1e-8, abs=1e-8)
        tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
        assert verify(case, tables, solution.outcome.objective).findings == ()
        return solution

    return run
