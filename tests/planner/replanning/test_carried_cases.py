"""With unchanged inputs the plan of a carried-over case costs what the rest of the plan before did.

`CARRIED_SEEDS` asks for more cases of each family than the sample here.
"""

import os
from dataclasses import replace

import pytest

from models.solvers.child import Engine
from planner.errors import CaseFaults
from planner.replanning.carried_case import branches_at, carried, position_of
from planner.studies.questions.replan import rest_musd
from tests.oracle.random_carbon import carbon_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_contracts import contract_case
from tests.oracle.random_leases import handed_over_case
from tests.oracle.random_trees import tree_case
from tests.oracle.textbook import solve_textbook
from tests.planner.replanning.carried import checked_carried, plan_of, rest_of, run_of

MORE = int(os.environ.get("CARRIED_SEEDS", "0"))
FAMILIES = {
    "all": (random_case, 10),
    "levels": (lambda seed, size: contract_case(seed, size, ("levels",)), 4),
    "milestones": (lambda seed, size: contract_case(seed, size, ("milestones",)), 3),
    "facilities": (lambda seed, size: contract_case(seed, size, ("facilities",)), 3),
    "running leases": (handed_over_case, 3),
    "rights of leases": (lambda seed, size: contract_case(seed, size, ("leases",)), 3),
    "carbon": (lambda seed, _: carbon_case(seed), 3),
}


@pytest.fixture(scope="module")
def highs():
    with Engine.start("highs") as started:
        yield started


def check_costs(case, engine, *, periods=None):
    """Plans a case, carries it over at each of some periods, and plans again."""
    found = plan_of(case, engine)
    if found is None:
        return 0
    cost, tables = found
    dates = range(1, case.settings.periods) if periods is None else periods
    for passed in dates:
        new = checked_carried(case, tables, passed).case
        again = plan_of(new, engine)
        assert again is not None, f"no plan from period {passed} on"
        wanted = rest_of(case, tables, passed)
        scale = 2e-6 * max(1.0, abs(wanted), abs(cost))
        assert again[0] == pytest.approx(wanted, abs=scale), f"from period {passed} on"
    return len(list(dates))


@pytest.mark.parametrize("seed", range(3))
def test_the_rest_of_a_plan_costs_the_same_when_planned_later(seed, highs):
    assert check_costs(random_case(seed, "small"), highs, periods=[1])


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_rest_of_plans_with_everything_costs_the_same_when_planned_later(family, highs):
    draw, few = FAMILIES[family]
    assert sum(check_costs(draw(seed, "small"), highs) for seed in range(MORE or few)) > few


def check_branches(case, engine, passed):
    """Plans a case over its scenarios, and again from a period on for each of the branches that there are then."""
    found = plan_of(case, engine)
    if found is None:
        return 0
    cost, tables = found
    run = run_of(case, tables)
    groups = branches_at(run.scenario_tree, passed)
    for group in groups:
        new = checked_carried(case, tables, passed, group[0]).case
        assert len(new.scenarios) == (0 if len(group) == 1 else len(group))
        wanted = rest_musd(position_of(run, case.settings.calendar.labels[passed], group[0]))
        assert plan_of(new, engine)[0] == pytest.approx(wanted, abs=2e-6 * max(1.0, abs(wanted), abs(cost))), group
    return len(groups)


def tree_without_risk(seed):
    """A random case over scenarios that minimises expected cost; what weighs risk weighs it over all scenarios."""
    case = tree_case(seed, "small")
    return replace(case, settings=replace(case.settings, risk_aversion=0.0))


def test_the_rest_of_a_plan_over_scenarios_costs_the_same_on_each_branch(highs):
    assert check_branches(tree_without_risk(1), highs, 2) > 1


@pytest.mark.slow
def test_the_rest_of_plans_over_scenarios_costs_the_same_on_each_branch(highs):
    seeds = [seed for seed in range(MORE or 8) if seed % 3]
    found = [
        check_branches(case, highs, passed)
        for case in map(tree_without_risk, seeds)
        for passed in range(1, case.settings.periods)
    ]
    assert sum(found) > 2 * len(seeds)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["all", "levels", "milestones"])
def test_the_textbook_agrees_on_carried_over_cases(family, highs):
    draw, _ = FAMILIES[family]
    for seed in range(max(2, MORE // 10)):
        case = draw(seed, "small")
        _, tables = plan_of(case, highs)
        new = checked_carried(case, tables, 1).case
        book = solve_textbook(new, solver="cbc", gap=0.0)
        assert book.objective == pytest.approx(plan_of(new, highs)[0], rel=2e-6, abs=2e-6), seed


def test_a_date_that_is_no_later_period_is_refused(highs):
    case = random_case(0, "small")
    run = run_of(case, plan_of(case, highs)[1])
    for label in (case.settings.start, "2050", "soon"):
        with pytest.raises(CaseFaults, match="--as-of"):
            carried(run, label)
