"""Trees from the tables of scenarios: who is told apart when, and that the plan on them costs what it should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.case import Budget, Disruption, Scenario, ScenarioValue
from models.checks.scenario_nodes import nodes_of
from models.checks.time import calendar_of
from models.outcome import ModelError
from models.tree import grown
from models.uncertainty.scenario_tree import planned_model, scenario_tree
from models.verify import NAMES_OF_TREES, verify
from planner.results import tables_of
from tests.models.branches import YEAR, base, late
from tests.models.tiny import add, change, changed, demand


def scenario(name, chance, revealed="2028", *disruptions):
    return Scenario(scenario=name, probability=chance, revealed=revealed, disruptions=disruptions)


def busier(name, factor, period, known_from="", table="demand", key="chat"):
    return ScenarioValue(
        scenario=name, table=table, key=key, column="queries_per_day_million", period=period, effect="multiply",
        value=factor, known_from=known_from,
    )  # fmt: skip


def staged(case=None):
    """Four years: demand doubles in 2028 or not, and where it did it halves in 2029 or not, known a year later."""
    rows = scenario("calm", 0.4), scenario("boom", 0.36), scenario("bust", 0.24)
    values = (
        busier("boom", 2.0, "2028"),
        busier("bust", 2.0, "2028"),
        busier("bust", 1.0, "2029", "2029"),
    )
    return add(base() if case is None else case, scenarios=rows, scenario_values=values)


def tables(solution):
    return {name: list(table.records()) for name, table in tables_of(solution).items()}


def test_what_becomes_known_one_after_the_other_makes_a_tree_of_several_stages():
    tree = scenario_tree(staged())
    assert tree.names == ("calm", "boom", "bust")
    assert tree.tree.period.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3]
    assert tree.tree.parent.tolist() == [-1, 0, 0, 1, 2, 2, 3, 4, 5]
    assert tree.tree.probability == pytest.approx([1, 0.4, 0.6, 0.4, 0.36, 0.24, 0.4, 0.36, 0.24])
    assert (tree.stages, tree.revealed) == (3, ("2028", "2029"))


def test_the_plan_of_several_stages_is_the_one_by_hand_and_passes_the_check_of_trees(plan_of):
    """100 at the root: 2.0; 100 more in 2028 where demand doubles, 0.6 × 2.0, kept for four years: 3.2."""
    case = staged()
    solution = plan_of(planned_model(case))
    assert solution.outcome.objective == pytest.approx(3.2)
    frame = solution.model.frame
    report = verify(case, tables(solution), solution.outcome.objective, futures=frame.futures)
    assert report.findings == ()
    assert set(report.checked) == set(NAMES_OF_TREES)
    assert min(report.checked[name] for name in ("scenario_nodes", "non_anticipativity", "futures_table")) > 0


def test_an_order_before_the_reveal_is_one_decision(plan_of):
    """A lead of a year: 100 for 2028 or 200 with the chance 0.4 are ordered in 2027 (`test_two_branches`)."""
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0)))
    case = add(case, scenarios=(scenario("low", 0.6), scenario("high", 0.4)))
    case = add(case, scenario_values=(busier("high", 2.0, "2028"),))
    solution = plan_of(planned_model(case))
    assert solution.outcome.objective == pytest.approx(4.0)
    assert plan_of(planned_model(case, base=True)).outcome.objective == pytest.approx(2.0)
    rows = tables(solution)
    assert [(row["period"], row["units"], row["scenarios"]) for row in rows["orders"]] == [("2027", 200.0, "low;high")]
    assert [row["cost_musd"] for row in rows["futures"]] == pytest.approx([4.0, 4.0])


@pytest.mark.parametrize("aversion", [0.0, 0.5, 1.0])
def test_risk_is_weighed_over_the_paths(plan_of, aversion):
    """100 at the root cost 2.0 and 7.1536 on the paths, 200 cost 4.0 on both; p = 0.3, and the tail is the second."""
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0)))
    case = add(changed(case, risk_aversion=aversion), scenarios=(scenario("low", 0.7), scenario("high", 0.3)))
    case = add(case, scenario_values=(busier("high", 2.0, "2028"),))
    solution = plan_of(planned_model(case))
    worst = 4.0 + YEAR
    few = (1 - aversion) * (0.7 * 2 + 0.3 * worst) + aversion * worst
    assert solution.outcome.objective == pytest.approx(min(few, 4.0))
    futures = solution.model.frame.futures
    assert verify(case, tables(solution), solution.outcome.objective, futures=futures).findings == ()
    broken = verify(case, tables(solution), solution.outcome.objective + 0.01, futures=futures).broken
    assert broken == ("objective",)


def test_scenarios_that_never_differ_are_one_and_a_split_probability_changes_nothing(plan_of):
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0)))
    split = add(case, scenarios=(scenario("low", 0.6), scenario("high", 0.3), scenario("too", 0.1)))
    split = add(split, scenario_values=(busier("high", 2.0, "2028"), busier("too", 2.0, "2028")))
    tree = scenario_tree(split)
    assert (tree.names, tree.probability) == (("low", "high"), pytest.approx((0.6, 0.4)))
    solution = plan_of(tree.model())
    assert solution.outcome.objective == pytest.approx(4.0)
    assert verify(split, tables(solution), 4.0, futures=solution.model.frame.futures).findings == ()


def test_a_scenario_of_probability_0_is_left_out():
    case = add(staged(), scenarios=(scenario("never", 0.0),))
    assert scenario_tree(case).names == ("calm", "boom", "bust")


def test_one_scenario_is_the_plan_for_its_case(plan_of, cost_of):
    case = add(base(), scenarios=(scenario("boom", 1.0),), scenario_values=(busier("boom", 2.0, "2028"),))
    model = planned_model(case)
    assert model.frame.tree.is_line
    solution = plan_of(model)
    assert solution.outcome.objective == pytest.approx(cost_of(base(demand=demand(("2027", 100.0), ("2028", 200.0)))))
    assert "futures" not in tables(solution)
    assert verify(case, tables(solution), solution.outcome.objective, futures=model.frame.futures).findings == ()


def test_scenarios_are_left_aside_where_the_settings_say_so():
    assert scenario_tree(base()) is None
    assert scenario_tree(changed(staged(), use_scenarios=False)) is None


def test_a_disruption_is_known_from_its_own_label():
    hit = Disruption(
        disruption="rush", target="chat", field="demand", effect="multiply", value=2.0, start="2029", months=12.0
    )
    case = add(base(), scenarios=(scenario("calm", 0.5), scenario("rush", 0.5, "2028", "rush")), disruptions=(hit,))
    assert scenario_tree(case).revealed == ("2028",)
    case = replace(case, disruptions=(replace(hit, known_from="2029"),))
    assert scenario_tree(case).revealed == ("2029",)


def test_values_of_spans_begin_with_those_that_begin_from_a_label_on():
    value = ScenarioValue(
        scenario="poor",
        table="budgets",
        key="capital",
        column="amount_musd",
        period="2028",
        effect="multiply",
        value=0.5,
    )
    case = base()
    row = Budget(budget="capital", categories=("hardware",), span="2027", amount_musd=10.0)
    spans = tuple(replace(row, span=span) for span in ("2027", "2028..2029", "2030"))
    case = add(case, budgets=spans, scenarios=(scenario("rich", 0.5), scenario("poor", 0.5)), scenario_values=(value,))
    amounts = [
        [one.amount_musd for one in found.budgets if one.budget == "capital"] for found in scenario_tree(case).cases
    ]
    assert amounts == [[10.0, 10.0, 10.0], [10.0, 5.0, 5.0]]


def test_there_is_one_root():
    with pytest.raises(ModelError, match="2 groups of futures in the first period"):
        grown([[(0,), (1,)], [(0,), (1,)]], (0.5, 0.5))


def test_the_check_finds_the_same_tree_by_itself():
    for case in (staged(), add(staged(), scenarios=(scenario("never", 0.0), scenario("again", 0.2)))):
        tree, calendar = scenario_tree(case), calendar_of("2027", "year", 4)
        nodes = nodes_of(case, calendar)
        assert tuple(nodes.probability) == tree.names
        assert tuple(nodes.probability.values()) == pytest.approx(tree.probability)
        by_period = [[{tree.names[f] for f in range(len(tree.names)) if path_node(tree, f, t) == n}
                      for n in range(len(tree.tree)) if tree.tree.period[n] == t] for t in range(4)]  # fmt: skip
        assert [[set(group) for group in groups] for groups in nodes.groups] == by_period


def path_node(tree, future, period):
    return next(int(path[period]) for path in tree.tree.paths() if tree.tree.future[path[-1]] == future)


BREAKS = {
    "scenarios": lambda row: {**row, "scenarios": "calm"},
    "probability": lambda row: {**row, "probability": 0.9},
    "node": lambda row: {**row, "node": "2028/boom"},
    "no node": lambda row: {name: cell for name, cell in row.items() if name != "node"},
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_row_that_names_another_node_is_refused(plan_of, name):
    case = staged()
    solution = plan_of(planned_model(case))
    made = tables(solution)
    made["orders"] = [BREAKS[name](made["orders"][0]), *made["orders"][1:]]
    report = verify(case, made, solution.outcome.objective, futures=solution.model.frame.futures)
    assert "scenario_nodes" in report.broken or "tables" in report.broken


def test_what_is_decided_otherwise_where_nothing_is_known_is_refused(plan_of):
    """The first order, reported as 100 in two scenarios and 120 in the third, each a plan that could be."""
    case = change(staged(), "offers", "alpha_list", max_lots_per_period=500.0)
    solution = plan_of(planned_model(case))
    made = tables(solution)
    first = made["orders"][0]
    shared = [dict(first, scenarios="calm;boom", probability=0.76), dict(first, scenarios="bust", probability=0.24)]
    shared[1] |= {"units": 120.0, "arriving_units": 120.0}
    made["orders"] = [*shared, *made["orders"][1:]]
    report = verify(case, made, solution.outcome.objective, futures=solution.model.frame.futures)
    assert "non_anticipativity" in report.broken
