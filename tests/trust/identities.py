"""T8: what must not change a plan's cost, and what may change it one way only: 27 properties × 100 random cases."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np

from models.build import build
from models.outcome import SolveOptions, Status
from models.program import relaxed
from tests.models import test_monotone
from tests.oracle.random_cases import random_case
from tests.trust import changes, trees
from tests.trust.tools import RELATIVE, require

TITLE = "identities and monotonicity: 27 properties × 100 random cases"
INSTANCES, TRIES = 100, 40


def count():
    return len(PROPERTIES) * INSTANCES


def check(number, tools):
    name, prove = PROPERTIES[number // INSTANCES]
    for seed in range(number % INSTANCES, TRIES * INSTANCES, INSTANCES):
        told = prove(tools, changes.draw(name, seed), random_case(seed), seed)
        if told is not None:
            return f"{name}, case {seed}: {told}"
    msg = f"{name}: none of {TRIES} cases has what it is about"
    raise AssertionError(msg)


def known(tools, program, options=None):
    """The bound and the cost of a program's best plan; both infinite where there is none."""
    wishes = options or SolveOptions(solver="highs", gap=0.0, time_limit_s=5.0)
    found = tools.engines["highs"].solve(program, wishes)
    if found.status not in (Status.OPTIMAL, Status.INFEASIBLE):
        # HiGHS does not come back from a few of these small programs.
        found = tools.engines["scip"].solve(program, replace(wishes, solver="scip", time_limit_s=60.0))
    require(found.status in (Status.OPTIMAL, Status.INFEASIBLE), f"{found.status.value}: {found.detail}")
    return (math.inf, math.inf) if found.status is Status.INFEASIBLE else (found.bound, found.objective)


def cost_of(tools, case):
    return known(tools, build(case).program)


def no_dearer(pairs):
    """The bound of what may cost less lies at most at the cost of what may cost more."""
    for (bound, _), (_, worse) in pairs:
        require(bound <= worse + RELATIVE * max(1.0, abs(worse)), f"{bound!r} where at most {worse!r} may be needed")


def same(one, other, factor=1.0):
    left, right = one[1] * factor, other[1]
    alike = left == right or abs(left - right) <= 2 * RELATIVE * max(1.0, abs(left), abs(right))
    require(alike, f"{right!r}, expected {left!r}")
    return f"{right:.6g}"


def rising(change):
    """A series of cases, each of which costs at least what the one before it does."""

    def prove(tools, rng, case, seed):
        if seed in test_monotone.TOGETHER.get(change.__name__, ()):
            return None
        cases = change(rng, case)
        costs = [cost_of(tools, one) for one in cases]
        no_dearer(itertools.pairwise(costs))
        return f"{costs[0][1]:.6g} to {costs[-1][1]:.6g}" if len(costs) > 1 else None

    return prove


def larger_disruption(tools, rng, case, seed):
    change = changes.LARGER[seed % len(changes.LARGER)]
    return rising(change)(tools, changes.draw(change.__name__, seed), case, seed)


def unchanged(change, factor=1.0):
    def prove(tools, rng, case, seed):
        other = change(rng, case)
        return None if other is None else same(cost_of(tools, case), cost_of(tools, other), factor)

    return prove


def relaxation(tools, rng, case, seed):
    program = build(case).program
    loose, whole = known(tools, relaxed(program)), known(tools, program)
    no_dearer([(loose, whole)])
    return f"{loose[1]:.6g}, with whole numbers {whole[1]:.6g}"


def empty_period(tools, rng, case, seed):
    pair = changes.one_period_more(rng, case)
    return None if pair is None else same(*(cost_of(tools, one) for one in pair))


def held(tools, rng, case, seed):
    """The best plan's whole numbers held: the same cost in another engine."""
    program = build(case).program
    found = tools.engines["highs"].solve(program, SolveOptions(solver="highs", gap=0.0, time_limit_s=10.0))
    if found.status is not Status.OPTIMAL:
        return None
    whole = program.is_integer
    low, high = program.column_lower.copy(), program.column_upper.copy()
    low[whole] = high[whole] = np.rint(found.values[whole])
    fixed = replace(program, column_lower=low, column_upper=high)
    return same((0.0, found.objective), known(tools, fixed, SolveOptions(solver="scip", gap=0.0, time_limit_s=60.0)))


PROPERTIES = (
    ("more budget", rising(lambda rng, case: test_monotone.more_budget(rng, case))),
    ("more supply", rising(lambda rng, case: test_monotone.more_supply(rng, case))),
    ("more options", rising(test_monotone.offer_less)),
    ("longer life", rising(changes.longer_life)),
    ("higher price", rising(test_monotone.dearer)),
    ("longer lead time", rising(test_monotone.longer_nominal_leads)),
    ("larger disruption", larger_disruption),
    ("higher demand", rising(test_monotone.demand_surge)),
    ("tape-out forbidden", rising(changes.barred("start", "programmes", "programme"))),
    ("acquisition forbidden", rising(changes.barred("close", "acquisitions", "acquisition"))),
    ("relaxation", relaxation),
    ("money times a thousand", unchanged(lambda rng, case: changes.money_scaled(case, 1000.0), 1000.0)),
    ("other names", unchanged(changes.other_names)),
    ("other order of rows", unchanged(changes.reordered)),
    ("an offer split into twins", unchanged(changes.twins)),
    ("an empty period at the end", empty_period),
    ("equal futures merged", trees.merged),
    ("one future", trees.single),
    ("value of information and of the stochastic solution", trees.ordered),
    ("CVaR weight 0 is the mean", trees.mean),
    ("CVaR weight 1 at an extreme level is the worst case", trees.worst),
    ("CVaR monotone between", trees.between),
    ("plan held and solved again", held),
    ("point of a sweep is a run of its own", trees.point),
    ("order of a sweep", trees.order),
    ("money in another unit", unchanged(lambda rng, case: changes.money_scaled(case, 1e-3), 1e-3)),
    ("a budget that nobody reaches", unchanged(changes.with_slack)),
)
