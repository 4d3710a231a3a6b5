"""What knowing and planning over scenarios are worth, against arithmetic by hand and in order on random trees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.case import Acquisition, Disruption, Price, Scenario, ScenarioValue
from models.outcome import SolveOptions
from models.tables.disruption_rows import Backlog, Delay
from models.tree import branching
from models.uncertainty.brackets import Bracket
from models.uncertainty.information import information
from models.uncertainty.mean_case import mean_case
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from tests.models.branches import YEAR, base, late
from tests.models.tiny import add, change, changed, demand, tiny_case, with_programme
from tests.oracle.random_trees import tree_case
from tests.trust import published

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


def with_beta(case):
    """The case with beta and its offer as well; it lives four years."""
    other = tiny_case()
    beta = replace(other.accelerators[1], life_years=4.0)
    return add(
        case, accelerators=(beta,), throughput=other.throughput[1:], offers=other.offers[1:], prices=other.prices[1:]
    )


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


def test_the_mean_knows_no_respins_before_some_scenario_does():
    """Routes with chances of 0.1 and 0.7 are planned with their own until 2028H1; a mean of both would change them."""
    case = with_programme(tiny_case(start="2027H1", period="half"), respin_probability=0.1)
    other = replace(case.routes[0], route="partner", respin_probability=0.7)
    waiting = tuple(Backlog(offer="alpha_list", since=label) for label in ("2028", "2027"))
    late = add(case, routes=(other,), backlogs=waiting)
    futures = [
        add(late, delays=(Delay(item="chip", period=label, respins=number),))
        for label, number in (("2028H1", 1.0), ("2028H2", 0.0))
    ]
    mean = mean_case(late, futures, (0.5, 0.5))
    delays = {row.period: row.respins for row in mean.delays}
    assert delays == {"2027H1": None, "2027H2": None, "2028H1": pytest.approx(0.7)}
    assert [(row.offer, row.since) for row in mean.backlogs] == [("alpha_list", "2027")]


def test_knowing_and_planning_over_scenarios_are_worth_what_they_are_by_hand(outcome_of, engine):
    """p = 0.3: 100 are ordered: 2.0 + 0.3 × (2.0 + YEAR) = RP. With all known: 0.7 × 2.0 + 0.3 × 4.0 = 2.6.

    The mean is 130: 2.6, and 70 more a year late in the second: 0.3 × (1.4 + 0.7 YEAR).
    """
    found = information_of(two(0.3), outcome_of, engine)
    rp, eev = 2.0 + 0.3 * (2.0 + YEAR), 2.6 + 0.3 * (1.4 + 0.7 * YEAR)
    assert (found.ws.low, found.ws.high) == (near(2.6), near(2.6))
    assert (found.rp.low, found.rp.high) == (near(rp), near(rp))
    assert (found.eev.low, found.eev.high) == (near(eev), near(eev))
    # At once: 200 cost 4.0; 100 would leave 100 unserved for three years, 0.3 × 3 YEAR. The mean's 130: 70 unserved.
    assert (found.rp_two_stage.low, found.rp_two_stage.high) == (near(4.0), near(4.0))
    assert found.eev_fixed.high == pytest.approx(2.6 + 0.3 * 0.7 * 3 * YEAR, abs=3e-6)
    assert (found.vms.low, found.vms.high) == (near(4.0 - rp), near(4.0 - rp))
    assert (found.evpi.low, found.evpi.high) == (near(rp - 2.6), near(rp - 2.6))
    assert (found.vss.low, found.vss.high) == (near(eev - rp), near(eev - rp))
    assert found.is_ordered
    assert found.notes == ()


def test_the_mean_is_planned_anew_when_some_scenarios_are_ruled_out(outcome_of, engine):
    """A lead of a year, orders until 2028; 20,000 USD in 2027, 19,000 then; 100 queries/s from 2028 on, if at all.

    With 0.5 there is no demand, as is known in 2028; with 0.25 it is 300 in 2030, as is known in 2029. The mean is 50,
    50 and 100: 50 are ordered in 2027. Of the two scenarios that are left in 2028 the mean is 100, 100 and 200, so 150
    are ordered; the third hundred is used in one of them. RP orders 100 in 2027 and nothing else, as more is of use
    with 0.25 in one year. To the end, the mean's plan orders 50 in 2028.
    """
    case = change(late(demand=demand(("2027", 0.0), ("2028", 100.0))), "offers", "alpha_list", last_order="2028")
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=19000.0),))

    def times(name, factor, period, known):
        return ScenarioValue(
            scenario=name, table="demand", key="chat", column="queries_per_day_million", period=period,
            effect="multiply", value=factor, known_from=known,
        )  # fmt: skip

    rows = tuple(
        Scenario(scenario=name, probability=one, revealed="2028")
        for name, one in (("none", 0.5), ("some", 0.25), ("much", 0.25))
    )
    values = times("none", 0.0, "2028", "2028"), times("much", 3.0, "2030", "2029")
    found = information_of(add(case, scenarios=rows, scenario_values=values), outcome_of, engine)
    assert found.rp.high == near(2.0 + 0.25 * 2 * YEAR)
    assert found.rp_two_stage.high == near(found.rp.high)
    assert found.eev.high == near(1.0 + 0.5 * (0.5 * YEAR + 2.85) + 0.25 * YEAR)
    assert found.eev_fixed.high == near(1.0 + 0.95 + 0.5 * 0.5 * YEAR + 0.25 * 2 * YEAR)
    assert found.is_ordered
    assert found.notes == ()


def test_what_can_be_ordered_in_one_scenario_only_is_not_fixed_at_the_start(outcome_of, engine):
    """alpha needs a company for 0.5 that fails in one of two scenarios; beta costs three times as much in the other.

    Decided in stages: 0.5 and 100 alpha, or 50 beta at 44,000 USD. At once the beta are ordered in both.
    """
    firm = Acquisition(acquisition="firm", price_musd=0.5, first_signing="2028")
    case = with_beta(base(demand=demand(("2027", 0.0), ("2028", 100.0))))
    case = change(change(case, "offers", "alpha_list", requires=("firm",)), "workloads", "chat", min_service=1.0)
    case = change(case, "offers", "beta_list", first_order="2028")
    fail = Disruption(disruption="flop", target="firm", field="fail", effect="add", value=1.0, start="2028")
    dear = Disruption(
        disruption="dear", target="beta_list", field="price", effect="multiply", value=3.0, start="2028", months=48.0
    )  # fmt: skip
    rows = tuple(
        Scenario(scenario=name, probability=0.5, revealed="2028", disruptions=(name,)) for name in ("dear", "flop")
    )
    found = information_of(
        add(case, acquisitions=(firm,), disruptions=(fail, dear), scenarios=rows), outcome_of, engine
    )
    assert found.rp.high == near(0.5 * 2.5 + 0.5 * 2.2)
    assert found.rp_two_stage.high == near(0.5 * 6.6 + 0.5 * 2.2)
    assert found.vms.low == near(0.5 * 4.1)
    assert found.is_ordered


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


def test_a_two_stage_problem_of_the_literature_has_nothing_to_decide_in_stages(outcome_of, engine):
    """Louveaux and Smeers 1988: capacity is built once, for 381.853333; the mean mode's would not serve the highest."""
    futures = tuple(published.electricity(mode) for mode in published.ELECTRICITY_DEMAND)
    chances = published.ELECTRICITY_CHANCES
    tree = ScenarioTree(futures[0], ("low", "middle", "high"), chances, futures, branching(2, chances, (1, 1, 1)))
    model = tree.model()
    found = outcome_of(model)
    answer = information(tree, model, Bracket(found.bound, found.objective), engine, OPTIONS)
    assert answer.rp.high == near(published.ELECTRICITY_COST)
    assert answer.rp_two_stage.high == near(published.ELECTRICITY_COST)
    assert answer.vms.high == near(0.0)
    alone = [outcome_of(future).objective for future in futures]
    assert answer.ws.high == near(sum(chance * cost for chance, cost in zip(chances, alone, strict=True)))
    assert answer.is_ordered


def test_costs_of_random_trees_stand_in_their_order(outcome_of, engine):
    for seed in range(4):
        found = information_of(tree_case(seed), outcome_of, engine)
        assert found.is_ordered, f"seed {seed}: {found}"


def test_a_scenario_without_a_bound_of_its_own_leaves_the_cost_with_all_known_without_one(
    outcome_of, engine, monkeypatch
):
    """The bounds of scenarios are added up only where each has been solved to its own."""
    import models.uncertainty.information as module

    real, calls = module.solve_model, []

    def first_unfinished(model, *arguments):
        calls.append(model)
        found = real(model, *arguments)
        return replace(found, bound=None) if len(calls) == 1 else found

    monkeypatch.setattr(module, "solve_model", first_unfinished)
    found = information_of(two(0.3), outcome_of, engine)
    assert (found.ws.low, found.evpi.high) == (None, None)
    assert found.ws.high == near(2.6)
    assert found.is_ordered
