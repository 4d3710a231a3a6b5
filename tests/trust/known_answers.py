"""T1: cases whose optimum is known from a book or by hand, in every solver that can prove it."""

from __future__ import annotations

from tests.oracle.hand_cases import HAND_CASES
from tests.trust import published
from tests.trust.tools import require, require_close

TITLE = "known answers: hand-solved cases, electricity (Louveaux and Smeers), the farmer (Birge and Louveaux)"
SOLVERS = ("native", "scip", "highs", "cbc")
LINEAR = (*SOLVERS, "glop")


def count():
    return len(HAND_CASES) + len(BOOKS)


def check(number, tools):
    if number >= len(HAND_CASES):
        return BOOKS[number - len(HAND_CASES)](tools)
    hand = HAND_CASES[number]
    for solver in SOLVERS:
        found, _ = tools.optimal(hand.case, solver)
        require_close(found.objective, hand.expected, f"{hand.name}, {solver}")
    return hand.name


def electricity(tools):
    """381.853333 with 8/3, 4, 10/3 and 2 built."""
    futures = [published.electricity(demand) for demand in published.ELECTRICITY_DEMAND]
    for solver in LINEAR:
        cost, built = published.solved(tools, solver, futures, published.ELECTRICITY_CHANCES)
        require_close(cost, published.ELECTRICITY_COST, f"electricity, {solver}", 1e-8)
        for found, expected in zip(built, published.ELECTRICITY_BUILT, strict=True):
            require_close(found, expected, f"electricity, capacity, {solver}")
    return "electricity, Louveaux and Smeers 1988"


FARMS = tuple(published.farm(future) for future in range(3))
EVEN = (1 / 3, 1 / 3, 1 / 3)


def earned(tools, solver, futures=FARMS):
    cost, acres = published.solved(tools, solver, futures, EVEN)
    return -1000.0 * cost, acres


def farmer(tools):
    """108,390 on 170, 80 and 250 acres."""
    for solver in LINEAR:
        profit, acres = earned(tools, solver)
        require_close(profit, 108390.0, f"farmer, {solver}")
        require_close(sum(abs(acres - (170.0, 80.0, 250.0))), 0.0, f"farmer, acres, {solver}", 1e-5)
    return "the farmer's profit where yields are not known"


def farmer_informed(tools):
    """115,406 where yields are known: knowing is worth 7,016."""
    for solver in LINEAR:
        seen = sum(earned(tools, solver, (farm,))[0] for farm in FARMS) / 3
        require(round(seen) == 115406, f"farmer who knows the yield, {solver}: {seen!r}")
        require(round(seen - earned(tools, solver)[0]) == 7016, f"value of information, {solver}")
    return "the farmer who knows the yield: 115,406, value of information 7,016"


def farmer_average(tools):
    """107,240 on the acres of the average year: planning for the futures is worth 1,150."""
    for solver in LINEAR:
        _, acres = earned(tools, solver, (FARMS[1],))
        fixed = dict(zip(published.USES, map(float, acres), strict=True))
        profit = earned(tools, solver, tuple(published.planted(farm, fixed) for farm in FARMS))[0]
        require_close(profit, 107240.0, f"farmer of the average year, {solver}")
        require(round(earned(tools, solver)[0] - profit) == 1150, f"value of the stochastic solution, {solver}")
    return "the farmer of the average year: 107,240, value of the stochastic solution 1,150"


BOOKS = (electricity, farmer, farmer_informed, farmer_average)
