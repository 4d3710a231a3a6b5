"""Why a case has no plan: the conflict is irreducible, and giving way where it is named makes a plan possible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.diagnose import explain
from models.moves import Budget
from models.outcome import Status
from tests.oracle.hand_base import plain, workload


def tight():
    """100 million queries a day must be served in full, with no more than one dollar to spend."""
    case = workload(plain(demand=(("2027", 100.0),)), min_service=1.0)
    return replace(case, budgets=(Budget(budget="cash", categories=("all",), span="2027", amount_musd=1e-6),))


def test_the_conflict_names_service_and_budget_and_nothing_else(engine):
    found = explain(build(tight()), engine)
    assert set(found.families) == {"minimum_service", "budgets"}
    assert found.lines[0] == ("These cannot hold together: the least share of demand that must be served; the budgets.")


@pytest.mark.parametrize("family", ["minimum_service", "budgets"])
def test_either_of_the_conflicting_families_can_end_the_conflict(outcome_of, family):
    case = tight()
    eased = (
        workload(case, min_service=0.0)
        if family == "minimum_service"
        else replace(case, budgets=tuple(replace(row, amount_musd=None) for row in case.budgets))
    )
    assert outcome_of(case).status is Status.INFEASIBLE
    assert outcome_of(eased).status is Status.OPTIMAL


def test_a_conflict_through_whole_lots_only_is_found_too(engine, outcome_of):
    """One lot of 1,000 units is too dear, and half a lot would do."""
    case = workload(plain(demand=(("2027", 1.0),)), min_service=1.0)
    dear = replace(case, offers=tuple(replace(row, lot_size=1e6) for row in case.offers))
    unit = dear.prices[0].unit_price_usd
    cash = Budget(budget="cash", categories=("all",), span="2027", amount_musd=0.9 * unit)
    case = replace(dear, budgets=(cash,))
    assert outcome_of(case).status is Status.INFEASIBLE
    assert set(explain(build(case), engine).families) == {"minimum_service", "budgets"}
