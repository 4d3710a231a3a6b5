"""The known answers are right, and an engine that misses one is found."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

from models.outcome import Outcome, Status, Stop
from models.solve import available_engines
from models.solvers import self_tests as module
from models.solvers.catalogue import facts_of
from models.solvers.plain import greatest_violation
from models.solvers.self_tests import run_self_tests, self_tests

AVAILABLE = ("native", "scip", "highs", "cp_sat", "glop", "pdlp", "cbc")


@pytest.mark.parametrize("name", AVAILABLE)
def test_engine_answers_every_self_test_in_a_third_of_a_second(engines, name):
    engines[name].await_ready()
    began = time.monotonic()
    findings = run_self_tests(engines[name])
    assert [finding for finding in findings if not finding.is_right] == []
    assert len(findings) == 5
    assert time.monotonic() - began < 1.0  # 0.03 s alone; the machine may be busy


def test_pure_integer_answers_are_those_of_enumeration():
    for test in self_tests():
        program = test.program
        if not program.is_integer.all():
            continue
        ranges = [
            np.arange(low, high + 1) for low, high in zip(program.column_lower, program.column_upper, strict=True)
        ]
        kept = [np.array(point) for point in itertools.product(*ranges)]
        kept = [point for point in kept if greatest_violation(program, point) == 0]
        best = min((program.objective_of(point) for point in kept), default=None)
        assert best == test.optimum


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("fixed charge", [0, 10, 0]),
        ("constant", [2, -5]),
        ("large demand", [4600, 13698]),
    ],
)
def test_mixed_answers_are_reached_by_the_plan_that_the_arithmetic_states(name, point):
    test = next(test for test in self_tests() if test.name == name)
    assert greatest_violation(test.program, np.array(point, dtype=float)) < 1e-12
    assert test.program.objective_of(np.array(point, dtype=float)) == pytest.approx(test.optimum, rel=1e-12)


class Liar:
    """An engine that calls every program optimal at zero."""

    facts = facts_of("scip")
    version = "0.1"

    def solve(self, program, options):
        return Outcome(Status.OPTIMAL, Stop.PROOF, "scip", "0.1", objective=0.0, bound=0.0)


def test_wrong_answers_are_found_with_what_was_expected():
    findings = run_self_tests(Liar())
    assert [finding.is_right for finding in findings] == [False] * 5
    answers = {finding.test: (finding.expected, finding.found) for finding in findings}
    assert answers["knapsack"] == ("optimal, -220", "optimal, 0")
    assert answers["half units"] == ("infeasible", "optimal, 0")


def test_answer_that_breaks_a_large_demand_by_a_millionth_is_wrong():
    """A relative tolerance of 1e-6 would let 0.1 of 100,000 go: 100 units less, 0.01 cheaper."""
    test = self_tests()[-1]
    cheaper = Outcome(Status.OPTIMAL, Stop.PROOF, "scip", "1", objective=test.optimum - 0.01, bound=test.optimum)
    right = replace(cheaper, objective=test.optimum)
    assert not module._result(test, cheaper, relax=False).is_right
    assert module._result(test, right, relax=False).is_right


def test_available_engines_have_a_version_or_a_reason():
    found = {each.facts.name: each for each in available_engines()}
    assert [name for name in AVAILABLE if not found[name].is_available] == []
    assert all(bool(each.version) or bool(each.reason) for each in found.values())
    assert found["gurobi"].is_available or "licence" in found["gurobi"].reason
