"""Five small programs with answers worked out by hand; an engine that misses one is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Program
from models.solvers.child import Engine

TOLERANCE = 1e-6
_LIMIT_S = 10.0
_GAP = 1e-9


@dataclass(frozen=True)
class SelfTest:
    """A program with its optimum, and that of its relaxation for engines without integers; None: infeasible."""

    name: str
    program: Program
    optimum: float | None
    relaxation: float
    arithmetic: str


@dataclass(frozen=True)
class SelfTestResult:
    """What an engine made of one test."""

    test: str
    expected: str
    found: str
    is_right: bool
    was_killed: bool = False
    """True where something outside ended the engine's process: then its answers are not known to be wrong."""


def run_self_tests(engine: Engine, should_stop: Callable[[], bool] = lambda: False) -> list[SelfTestResult]:
    """Returns one result for each test, or for those that came before it was to stop; some 0.1 s in all."""
    relax = not engine.facts.integers
    options = SolveOptions(gap=_GAP, time_limit_s=_LIMIT_S, relax=relax)
    results = []
    for test in self_tests():
        if should_stop():
            break
        may_prove = engine.facts.continuous or relax or bool(test.program.is_integer.all())
        outcome = engine.solve(test.program, options)
        results.append(_result(test, outcome, relax=relax, wanted=Status.OPTIMAL if may_prove else Status.FEASIBLE))
    return results


def self_tests() -> tuple[SelfTest, ...]:
    """Returns the five programs; all of them minimise."""
    return (_knapsack(), _fixed_charge(), _half_units(), _constant(), _large_demand())


def _knapsack() -> SelfTest:
    program = _program([-60, -100, -120], [[10, 20, 30]], lower=[-np.inf], upper=[50], most=[1, 1, 1], whole=[1, 1, 1])
    return SelfTest(
        "knapsack",
        program,
        optimum=-220.0,
        relaxation=-240.0,
        arithmetic="weights 20 + 30 = 50 are worth 100 + 120; relaxed 60 + 100 + 120·20/30",
    )


def _fixed_charge() -> SelfTest:
    """Columns: units of the plant, units bought, plant open; units ≤ 10,000·open."""
    program = _program(
        [0, 50, 1000],
        [[1, 1, 0], [1, 0, -10_000]],
        lower=[10, -np.inf],
        upper=[np.inf, 0],
        most=[10_000, 100, 1],
        whole=[0, 0, 1],
    )
    return SelfTest(
        "fixed charge",
        program,
        optimum=500.0,
        relaxation=1.0,
        arithmetic="10 bought at 50 = 500 beat opening at 1000; a plant that is a thousandth open would cost 1",
    )


def _half_units() -> SelfTest:
    program = _program([1, 1], [[2, 2]], lower=[3], upper=[3], most=[5, 5], whole=[1, 1])
    return SelfTest(
        "half units",
        program,
        optimum=None,
        relaxation=1.5,
        arithmetic="2x + 2y is even for whole x and y, and never 3; relaxed x + y = 1.5",
    )


def _constant() -> SelfTest:
    program = _program(
        [1, 2], [[1, 1]], lower=[-3], upper=[np.inf], most=[5, 5], whole=[1, 0], least=[-5, -5], constant=1000.0
    )
    return SelfTest(
        "constant",
        program,
        optimum=992.0,
        relaxation=992.0,
        arithmetic="y is dearer, so y = −5 and x = −3 + 5 = 2: 2 − 10 + 1000",
    )


def _large_demand() -> SelfTest:
    """Columns: single units (0.001 each towards the demand), lots (7.3 each)."""
    program = _program(
        [0.0001, 0.5], [[0.001, 7.3]], lower=[100_000], upper=[np.inf], most=[5_000_000, 20_000], whole=[0, 1]
    )
    return SelfTest(
        "large demand",
        program,
        optimum=6849.46,
        relaxation=0.5 * 100_000 / 7.3,
        arithmetic="13,698 lots give 99,995.4 and cost 6849; 4600 units give 4.6 and cost 0.46; one more lot costs 0.5",
    )


def _result(test: SelfTest, outcome: Outcome, *, relax: bool, wanted: Status = Status.OPTIMAL) -> SelfTestResult:
    expected = test.relaxation if relax else test.optimum
    found = outcome.status.value if outcome.objective is None else f"{outcome.status.value}, {outcome.objective:.9g}"
    if outcome.status is Status.FAILED:
        found = f"{found} ({outcome.detail})"
    if expected is None:
        was_killed = outcome.stop is Stop.KILLED
        return SelfTestResult(test.name, "infeasible", found, outcome.status is Status.INFEASIBLE, was_killed)
    near = outcome.objective is not None and abs(outcome.objective - expected) <= TOLERANCE * max(1.0, abs(expected))
    optimum = f"{wanted.value}, {expected:.9g}"
    return SelfTestResult(test.name, optimum, found, near and outcome.status is wanted, outcome.stop is Stop.KILLED)


def _program(
    cost: list[float],
    rows: list[list[float]],
    *,
    lower: list[float],
    upper: list[float],
    most: list[float],
    whole: list[int],
    least: list[float] | None = None,
    constant: float = 0.0,
) -> Program:
    matrix = np.array(rows, dtype=float)
    counts = (matrix != 0).sum(axis=1)
    return Program(
        objective=np.array(cost, dtype=float),
        constant=constant,
        column_lower=np.array(least or [0] * len(cost), dtype=float),
        column_upper=np.array(most, dtype=float),
        is_integer=np.array(whole, dtype=bool),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        columns=np.nonzero(matrix)[1].astype(np.int64),
        values=matrix[matrix != 0],
        row_lower=np.array(lower, dtype=float),
        row_upper=np.array(upper, dtype=float),
        column_names=(),
        row_names=(),
    )
