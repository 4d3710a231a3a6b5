"""What knowing and planning over scenarios are worth, against arithmetic by hand and in order on random trees."""

from __future__ import annotations

import pytest

from models.case import Scenario, ScenarioValue
from models.outcome import SolveOptions
from models.uncertainty.information import Bracket, information
from models.uncertainty.mean_case import mean_case
from models.uncertainty.scenario_tree import scenario_tree
from tests.models.branches import YEAR, late
from tests.models.tiny import add, changed, demand
from tests.oracle.random_trees import tree_case

OPTIONS = SolveOptions(solver="scip", gap=1e-9, time_limit_s=60.0)


def two(chance, aversion=0.0):
    """A lead of a year; 100 from 2028 on, or 200 with a probability: orders of 2027 cost 2.0 a hundred."""
    case = changed(late(demand=demand(("2027", 0.0), ("2028", 100.0))), risk_aversion=aversion)
    value = ScenarioValue(
        scenario="high", table="demand", key="chat", column="queries_per_day_million", period="2028", effect="multiply",
        value=2.0,
    )  # fmt: skip
    rows = tuple(
        Scenario(scenario=name, probability=one, revealed="2028")
        for name, one in (("low", 1 - chance), ("high", chance))
    )
    return add(case, scenarios=rows, scenario_values=(value,))


def information_of(case, outcome_of, engine):
    tree = scenario_tree(case)
    model = tree.model()
    found = outcome_of(model)
    return information(tree, model, Bracket(found.bound, found.objective), engine, OPTIONS)


def near(value):
    return pytest.approx(value, abs=1e-6)


def test_the_mean_has_the_mean_of_every_series():
    tree = scenario_tree(two(0.4))
    mean = mean_case(tree.case, tree.cases, tree.probability)
    average = [row.queries_per_day_million for row in mean.demand]
    low, high = (next(row.queries_per_day_million for row in one.demand if row.period == "2028") for one in tree.cases)
    assert average == pytest.approx([0.0, *[0.6 * low + 0.4 * high] * 3])
    assert mean.scenarios == ()


def test_knowing_and_planning_over_scenarios_are_worth_what_they_are_by_hand(outcome_of, engine):
    """p = 0.3: 100 are ordered: 2.0 + 0.3 × (2.0 + YEAR) = RP. With all known: 0.7 × 2.0 + 0.3 × 4.0 = 2.6.

    The mean is 130: 2.6, and 70 more a year late in the second: 0.3 × (1.4 + 0.7 YEAR).
    """
    found = information_of(two(0.3), outcome_of, engine)
    rp, eev = 2.0 + 0.3 * (2.0 + YEAR), 2.6 + 0.3 * (1.4 + 0.7 * YEAR)
    assert (found.ws.low, found.ws.high) == (near(2.6), near(2.6))
    assert (found.rp.low, found.rp.high) == (near(rp), near(rp))
    assert (found.eev.low, found.eev.high) == (near(eev), near(eev))
    assert (found.evpi.low, found.evpi.high) == (near(rp - 2.6), near(rp - 2.6))
    assert (found.vss.low, found.vss.high) == (near(eev - rp), near(eev - rp))
    assert found.is_ordered
    assert found.notes == ()


def test_gaps_are_carried_and_an_order_that_cannot_be_is_found():
    assert Bracket(3.0, 4.0).less(Bracket(1.0, 2.5)) == Bracket(0.5, 3.0)
    assert Bracket(3.0, 4.0).less(Bracket(3.5, 5.0)) == Bracket(0.0, 0.5)
    assert Bracket(3.0, None).less(Bracket(None, 1.0)) == Bracket(2.0, None)
    assert Bracket(2.1, 3.0).is_above(Bracket(1.0, 2.0))
    assert not Bracket(2.0, 3.0).is_above(Bracket(1.0, 2.0))


@pytest.mark.parametrize("aversion", [0.5, 1.0])
def test_the_order_holds_with_risk_aversion(outcome_of, engine, aversion):
    found = information_of(two(0.3, aversion), outcome_of, engine)
    tail = 4.0
    assert found.ws.high == near((1 - aversion) * 2.6 + aversion * tail)
    assert found.is_ordered


def test_costs_of_random_trees_stand_in_their_order(outcome_of, engine):
    for seed in range(4):
        found = information_of(tree_case(seed), outcome_of, engine)
        assert found.is_ordered, f"seed {seed}: {found}"
