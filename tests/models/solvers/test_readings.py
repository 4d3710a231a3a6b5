"""How lines, files and claims of engines are read."""

import numpy as np
import pytest

from models.outcome import SolveOptions, Status, Stop
from models.solvers import logs
from models.solvers.highs_plans import ImprovingPlans
from models.solvers.normalise import SolverClaim, near_limit, normalised, within_gap
from models.solvers.plain import greatest_violation, plain_answer, whole_bounds
from models.solvers.reports import Reporter
from tests.models.solvers.solver_programs import make

INF = np.inf
SCIP_ROW = (
    "p 0.0s|     1 |     0 |    60 |     - | clique*|   0 |  60 |   8 |   8 |   0 |  0 |   0 |   0 "
    "|-2.460151e+04 |-2.390888e+04 |   2.90%| unknown"
)
BOX = {"least": [0, 0], "most": [5, 5], "whole": [1, 0]}


HIGHS_START = " L       0       0         0   0.00%   "
HIGHS_END = "      446     13      4        76     0.1s"
CBC_NODE = "Cbc0010I After 4000 nodes, 1886 on tree, "
CBC_FOUND = " found by DiveCoefficient after 0 iterations and 0 nodes (0.00 seconds)"


@pytest.mark.parametrize(
    ("read", "line", "objective", "bound"),
    [
        (logs.scip, SCIP_ROW, -23908.88, pytest.approx(-24601.51 - 0.0246015)),
        (logs.scip, SCIP_ROW.replace("-2.390888e+04", "      --      "), None, pytest.approx(-24601.53, abs=0.01)),
        (logs.scip, " time | node  | left  |LP iter|LP it/n|mem/heur|mdpt |vars", None, None),
        (logs.highs, f"{HIGHS_START}-24568.346345   -24250.375         1.31%{HIGHS_END}", -24250.375, -24568.346345),
        (logs.highs, f"{HIGHS_START}-inf            1000               Large  {HIGHS_END}", 1000.0, None),
        (logs.highs, "1.7% inactive integer columns, restarting", None, None),
        (logs.highs, "  Gap               1.15% (tolerance: 0.0001%)", None, None),
        (logs.cp_sat, "#1       0.01s best:-23758.875 next:[-24601.5,-23759] default_lp", -23758.875, -24601.5),
        (logs.cp_sat, "#Bound   0.00s best:inf   next:[-44256.375,1000] initial_domain", None, -44256.375),
        (logs.cp_sat, "#Model   0.00s var:60/60 constraints:8/8", None, None),
        (logs.cbc, f"{CBC_NODE}-24243.5 best solution, best possible -24562.4 (0.15 seconds)", -24243.5, -24562.4),
        (logs.cbc, f"{CBC_NODE}1e+50 best solution, best possible 12.7 (0.15 seconds)", None, 12.7),
        (logs.cbc, f"Cbc0012I Integer solution of 975.75{CBC_FOUND}", 975.75, None),
        (logs.cbc, "Welcome to the CBC MILP Solver ", None, None),
    ],
)
def test_log_line_gives_objective_and_bound(read, line, objective, bound):
    assert read(line) == (objective, bound)


def test_plans_of_highs_are_read_as_far_as_they_are_complete(tmp_path):
    path = tmp_path / "plans"
    plans = ImprovingPlans(path, 4)
    assert plans.read() == []
    path.write_text("Objective -1.5\n# Columns -2\n 1 0\n 0.25 3\nObjective -2\n# Columns -3\n 1 0\n 1")
    assert [plan.tolist() for plan in plans.read()] == [[1.0, 0.0, 0.0, 0.25]]
    assert plans.read() == []
    with path.open("a") as file:
        file.write(" 1\n 2.5 2\nObjective -3\n# Columns 0\n")
    assert [plan.tolist() for plan in plans.read()] == [[1.0, 1.0, 2.5, 0.0], [0.0, 0.0, 0.0, 0.0]]


def test_reporter_passes_on_only_plans_that_hold_and_are_better():
    program = make([-1, -1], [[1, 1]], lower=[-INF], upper=[4.5], **BOX)
    sent = []
    reporter = Reporter(program, sent.append)
    for values in ([1, 1], [1, 0.5], [5, 5], [1.5, 1], [2, 2.5], [2, 2.5]):
        reporter.plan(np.array(values, dtype=float))
    assert [message.progress.objective for message in sent] == [-2.0, -4.5]


def judge(claim, program, gap=0.001):
    return normalised(claim, program, SolveOptions(gap=gap), solver="x", version="1", seconds={})


def test_optimal_claim_outside_the_gap_is_only_feasible():
    program = make([1, 1], [[1, 1]], lower=[1], upper=[INF], **BOX)
    outcome = judge(SolverClaim(Status.OPTIMAL, Stop.TIME, np.array([1.0, 1.0]), 1.0), program)
    assert outcome.status is Status.FEASIBLE
    assert outcome.detail == "called optimal, but objective 2.0 and bound 1.0 are more than the gap apart"


def test_optimal_claim_without_values_is_a_failure():
    program = make([1, 1], [[1, 1]], lower=[1], upper=[INF], **BOX)
    assert judge(SolverClaim(Status.OPTIMAL, Stop.TIME, None, 1.0), program).status is Status.FAILED
    assert judge(SolverClaim(Status.FEASIBLE, Stop.TIME, None, 1.0), program).status is Status.NOTHING_FOUND


def test_values_that_break_a_row_are_not_a_plan():
    program = make([1, 1], [[1, 1]], lower=[1000], upper=[INF], least=[0, 0], most=[1e4, 1e4], whole=[1, 1])
    outcome = judge(SolverClaim(Status.OPTIMAL, Stop.TIME, np.array([500.0, 499.0]), 999.0), program)
    assert (outcome.status, outcome.stop, outcome.solution) == (Status.FAILED, Stop.FAILURE, None)
    assert outcome.detail == "the values break a row by 1.0e-03 of its bound"


def test_small_breach_is_reported_and_left_to_the_polish():
    program = make([1, 1], [[1, 1]], lower=[1e5], upper=[INF], least=[0, 0], most=[1e6, 1e6], whole=[1, 1])
    outcome = judge(SolverClaim(Status.OPTIMAL, Stop.TIME, np.array([5e4, 5e4 - 2]), 99_998.0), program)
    assert outcome.status is Status.OPTIMAL
    assert outcome.detail == "the values break a row by 2.0e-05 of its bound"


@pytest.mark.parametrize(
    ("objective", "bound", "gap", "is_within"),
    [
        (100.0, 99.9, 0.001, True),
        (100.0, 99.8, 0.001, False),
        (0.0, 0.0, 0.0, True),
        (4e-6, 1e-6, 0.001, False),
        (1e-6, 1e-6 - 1e-10, 0.0, True),
        (None, 1.0, 1.0, False),
        (1.0, None, 1.0, False),
    ],
)
def test_gap_is_relative_to_the_objective(objective, bound, gap, is_within):
    assert within_gap(objective, bound, gap) is is_within


def test_bound_of_a_continuous_program_is_what_its_duals_prove():
    """min x + 2y with x + y ≥ 1 and x ≤ 0.4: y = 0.6 costs 1.6; the dual 2 proves 2 − 1·0.4."""
    program = make([1, 2], [[1, 1]], lower=[1], upper=[INF], least=[0, 0], most=[0.4, 5], whole=[0, 0])
    best, worse = np.array([0.4, 0.6]), np.array([0.0, 1.0])

    def said(values, duals):
        claim = SolverClaim(Status.OPTIMAL, Stop.TIME, values, 1e9)
        return normalised(
            claim, program, SolveOptions(), solver="x", version="1", seconds={}, row_duals=duals,
        )  # fmt: skip

    right = said(best, np.array([2.0]))
    assert (right.status, right.bound) == (Status.OPTIMAL, pytest.approx(1.6, abs=1e-9))
    assert right.bound <= right.objective
    false = said(worse, np.array([2.0]))
    assert (false.status, false.bound) == (Status.FEASIBLE, pytest.approx(1.6, abs=1e-9))
    without = said(best, None)
    assert (without.status, without.bound) == (Status.FEASIBLE, None)
    assert "x gives no duals that prove a bound, so none is reported" in without.detail


def test_bound_above_a_plan_is_refused_and_a_rounding_error_is_taken_off():
    program = make([1, 1], [[1, 1]], lower=[1], upper=[INF], **BOX)
    plan = np.array([1.0, 0.0])
    near = judge(SolverClaim(Status.OPTIMAL, Stop.TIME, plan, 1.0 + 1e-8), program)
    assert (near.status, near.bound) == (Status.OPTIMAL, 1.0)
    false = judge(SolverClaim(Status.OPTIMAL, Stop.TIME, plan, 1.1), program)
    assert (false.status, false.bound) == (Status.FEASIBLE, None)
    assert "x calls 1.1 a bound, which this plan of 1 proves false; it is refused" in false.detail


def test_claims_of_infeasibility_near_the_limit_are_not_trusted():
    assert near_limit(SolveOptions(time_limit_s=10.0), 9.5)
    assert not near_limit(SolveOptions(time_limit_s=10.0), 5.0)
    assert not near_limit(SolveOptions(), 1e6)


@pytest.mark.parametrize(
    ("lower", "upper", "least", "most", "status", "detail"),
    [
        (-INF, INF, [0.2, 0], [0.8, 1], Status.INFEASIBLE, "column x[0]: no value between its bounds"),
        (-INF, INF, [0, 1], [1, 0], Status.INFEASIBLE, "column x[1]: no value between its bounds"),
        (2, 1, [0, 0], [1, 1], Status.INFEASIBLE, "row r[0]: lower side above upper side"),
        (1, 2, [0, 0], [1, 1], Status.INFEASIBLE, "row r[0]: has no columns and asks for a value"),
        (-1, 2, [0, -INF], [1, 1], Status.UNBOUNDED, "column x[1]: gains without a bound"),
        (-1, 2, [INF, 0], [INF, 1], Status.FAILED, "a column has a lower bound of +inf or an upper bound of -inf"),
        (np.nan, 2, [0, 0], [1, 1], Status.FAILED, "a bound is not a number"),
    ],
)
def test_programs_that_need_no_solver_are_answered_by_name(lower, upper, least, most, status, detail):
    program = make([-1, 1], [[0, 0]], lower=[lower], upper=[upper], least=least, most=most, whole=[1, 0])
    answer = plain_answer(program)
    assert (answer.status, answer.detail) == (status, detail)


def test_separate_columns_stand_at_their_better_bounds():
    program = make(
        [-1, 1, 0, 0], [], lower=[], upper=[], least=[0.5, -3.5, 2, -INF], most=[9.9, 4, 5, INF], whole=[1, 1, 0, 0]
    )
    assert plain_answer(program).solution.tolist() == [9.0, -3.0, 2.0, 0.0]


def test_program_with_coefficients_needs_a_solver():
    assert plain_answer(make([1, 1], [[1, 1]], lower=[1], upper=[INF], **BOX)) is None


def test_violation_is_relative_to_the_bound():
    program = make([0, 0], [[1, 1]], lower=[1e5], upper=[INF], least=[0, 0], most=[1e6, 2], whole=[0, 0])
    assert greatest_violation(program, np.array([1e5 - 1.0, 0.0])) == pytest.approx(1e-5)
    assert greatest_violation(program, np.array([1e5, 3.0])) == pytest.approx(0.5)
    assert greatest_violation(program, np.array([1e5, 0.0])) == 0.0


def test_whole_bounds_forgive_float_noise():
    program = make([0], [[1]], lower=[0], upper=[9], least=[1 + 1e-12], most=[3 - 1e-12], whole=[1])
    lower, upper = whole_bounds(program)
    assert (lower[0], upper[0]) == (1.0, 3.0)
