"""With unchanged inputs the plan of a carried-over case costs what the rest of the plan before did.

`CARRIED_SEEDS` asks for more cases of each family than the sample here; `agreement` lists where plans differ.
"""

import os
from dataclasses import replace

import pytest

from models.solvers.child import Engine
from models.whatif import scenario_case
from planner.errors import CaseFaults
from planner.replanning.carried_case import branches_at, carried
from tests.oracle.random_cases import random_case
from tests.oracle.textbook import solve_textbook
from tests.planner.replanning.agreement import FAMILIES, pairs_of, scarce_tree
from tests.planner.replanning.carried import checked_carried, plan_of, run_of

MORE = int(os.environ.get("CARRIED_SEEDS", "0"))
SAMPLES = {
    "all": range(10), "levels": range(4), "milestones": range(3), "facilities": range(3), "running leases": range(3),
    "rights of leases": range(3), "carbon": range(3), "cancellations": (0, 1, 74, 83, 91, 95, 229, 259),
    "disrupted": (0, 4, 7, 16, 23, 24, 37, 45, 80), "trees": (2, 21, 22, 39, 91, 145), "scarce trees": (6, 7),
}  # fmt: skip
"""Seeds of each family; of disrupted cases those in which the date lies amid what a disruption has changed."""


@pytest.fixture(scope="module")
def highs():
    with Engine.start("highs") as started:
        yield started


def check_pairs(case, engine, periods=None):
    """Compares a plan with those of its carried-over cases; returns how many there are."""
    found = list(pairs_of(case, engine, periods))
    assert not [str(pair) for pair in found if not pair.agrees]
    return len(found)


@pytest.mark.parametrize("seed", range(3))
def test_the_rest_of_a_plan_costs_the_same_when_planned_later(seed, highs):
    assert check_pairs(random_case(seed, "small"), highs, periods=[1]) == 1


def test_the_rest_of_a_plan_over_scenarios_costs_the_same_on_each_branch(highs):
    assert check_pairs(FAMILIES["trees"](1, "small"), highs, periods=[2]) > 1


@pytest.mark.slow
@pytest.mark.parametrize("family", SAMPLES)
def test_the_rest_of_plans_with_everything_costs_the_same_when_planned_later(family, highs):
    seeds = range(MORE) if MORE else SAMPLES[family]
    assert sum(check_pairs(FAMILIES[family](seed, "small"), highs) for seed in seeds) > len(seeds)


@pytest.mark.slow
@pytest.mark.parametrize(("family", "seed"), [("cancellations", 6), ("cancellations", 15), ("rights of leases", 5)])
def test_a_carried_over_case_is_carried_over_again(family, seed, highs):
    case = FAMILIES[family](seed, "small")
    _, tables = plan_of(case, highs)
    assert check_pairs(checked_carried(case, tables, 1).case, highs)


def test_a_later_disruption_leaves_as_much_of_a_span_begun_as_it_did(highs):
    """What futures had of a limit and a budget of the whole horizon, less what they have left of it, is the same."""
    case = scarce_tree(6)
    labels = case.settings.calendar.labels
    whole = f"{labels[0]}..{labels[-1]}"
    budget = next(row for row in case.budgets if row.budget == "capital")
    limits = (replace(case.limits[0], span=whole, amount=400.0),)
    case = replace(case, limits=limits, budgets=(replace(budget, span=whole, amount_musd=60.0),))
    _, tables = plan_of(case, highs)
    run = run_of(case, tables)
    tree = run.scenario_tree
    groups = [(passed, group) for passed in (1, 2, 3) for group in branches_at(tree, passed) if len(group) > 1]
    for passed, group in groups:
        new = carried(run, labels[passed], branch=group[0]).case
        before = [tree.cases[tree.names.index(name)] for name in group]
        after = [scenario_case(new, name).case for name in group]
        for table, amount in (("limits", "amount"), ("budgets", "amount_musd")):
            pairs = [(getattr(old, table)[0], getattr(rest, table)[0]) for old, rest in zip(before, after, strict=True)]
            gone = [getattr(old, amount) - getattr(rest, amount) for old, rest in pairs]
            assert gone == pytest.approx([gone[0]] * len(gone)), (passed, table)
        assert len({row.limits[0].amount for row in before}) > 1
    assert groups


@pytest.mark.slow
@pytest.mark.parametrize("family", ["all", "levels", "milestones", "disrupted", "cancellations"])
def test_the_textbook_agrees_on_carried_over_cases(family, highs):
    places = [(seed, 1) for seed in range(max(2, MORE // 10))]
    # Units that are late, refunds that have come, and modules that came later than planned.
    for seed, passed in [(16, 3), (80, 3)] if family == "disrupted" and not MORE else places:
        case = FAMILIES[family](seed, "small")
        _, tables = plan_of(case, highs)
        new = checked_carried(case, tables, passed).case
        book = solve_textbook(new, solver="cbc", gap=0.0)
        assert book.objective == pytest.approx(plan_of(new, highs)[0], rel=2e-6, abs=2e-6), seed


def test_a_date_that_is_no_later_period_is_refused(highs):
    case = random_case(0, "small")
    run = run_of(case, plan_of(case, highs)[1])
    for label in (case.settings.start, "2050", "soon"):
        with pytest.raises(CaseFaults, match="--as-of"):
            carried(run, label)
