"""One warm engine for the whole run, and plans of small cases solved with it."""

from __future__ import annotations

import os

import pytest

from models.build import Model, build
from models.outcome import SolveOptions, Status
from models.solution import Solution
from models.solve import solve
from models.solvers.child import Engine

# Commands and solvers that tests start would each compile the project again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
NO_SKIPS = "FLEETPLAN_NO_SKIPS"
"""Set where every program and library that tests use is installed: a test that is skipped there hides that."""
_MAY_SKIP = ("nothing is forbidden to root", "this machine has Gurobi")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _refused_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _refused_skip((yield))


def _refused_skip(report):
    """The report of a test or module; one that was skipped where nothing may be has failed."""
    if os.environ.get(NO_SKIPS) and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if not any(known in reason for known in _MAY_SKIP):
            report.outcome, report.longrepr = "failed", f"{NO_SKIPS} is set, and this is skipped: {reason}"
    return report


@pytest.fixture(scope="package")
def engine():
    """A SCIP process that stays warm."""
    with Engine.start("scip") as started:
        yield started


@pytest.fixture(scope="package")
def outcome_of(engine):
    """Solves a model or case with SCIP to a gap of 1e-9 and returns the bare outcome."""

    def run(of, **options):
        model = of if isinstance(of, Model) else build(of)
        return solve(model.program, SolveOptions(solver="scip", gap=1e-9, time_limit_s=60.0, **options), engine=engine)

    return run


@pytest.fixture(scope="package")
def plan_of(outcome_of):
    """Solves a model or case to optimality and returns the solution."""

    def run(of, **options):
        model = of if isinstance(of, Model) else build(of)
        outcome = outcome_of(model, **options)
        assert outcome.status is Status.OPTIMAL, f"{outcome.status.value}: {outcome.detail}"
        return Solution(model, outcome)

    return run


@pytest.fixture(scope="package")
def cost_of(plan_of):
    """The least cost of a model or case, USD million."""

    def run(of, **options):
        return plan_of(of, **options).outcome.objective

    return run
