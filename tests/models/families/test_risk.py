"""The mean of the worst paths, by hand: three futures whose plan is the same, so that only the weights differ."""

from __future__ import annotations

import pytest

from models.build import build
from models.tree import branching
from tests.models.tiny import alone, change, changed, demand, tiny_case

# Two years, every query has to be served: 2.0 in 2027 and 0, 2.0 or 4.0 more in 2028.
COSTS = (2.0, 4.0, 6.0)
CHANCES = (0.5, 0.3, 0.2)


def futures(aversion, level):
    case = alone(tiny_case(periods=2, risk_aversion=aversion, risk_level=level))
    return [changed(case, demand=demand(("2027", 100.0), ("2028", rate))) for rate in (100.0, 200.0, 300.0)]


@pytest.mark.parametrize(
    ("level", "tail"),
    [
        (0.9, 6.0),
        (0.8, 6.0),
        (0.6, (0.2 * 6.0 + 0.2 * 4.0) / 0.4),
        (0.5, (0.2 * 6.0 + 0.3 * 4.0) / 0.5),
        (0.0, 0.5 * 2.0 + 0.3 * 4.0 + 0.2 * 6.0),
    ],
)
@pytest.mark.parametrize("aversion", [0.0, 0.3, 1.0])
def test_the_objective_is_the_mean_and_the_mean_of_the_worst_share(cost_of, aversion, level, tail):
    cases = [change(case, "workloads", "chat", min_service=1.0) for case in futures(aversion, level)]
    mean = sum(chance * cost for chance, cost in zip(CHANCES, COSTS, strict=True))
    model = build(cases[0], futures=cases, tree=branching(2, CHANCES, (1, 1, 1)))
    assert cost_of(model) == pytest.approx((1 - aversion) * mean + aversion * tail)


def test_without_aversion_or_branches_there_is_no_row_of_risk():
    first = futures(0.0, 0.9)
    assert "excess" not in build(first[0], futures=first, tree=branching(2, CHANCES, (1, 1, 1))).builder.blocks
    assert "excess" not in build(futures(0.5, 0.9)[0]).builder.blocks
    averse = futures(0.5, 0.9)
    assert "excess" in build(averse[0], futures=averse, tree=branching(2, CHANCES, (1, 1, 1))).builder.blocks
