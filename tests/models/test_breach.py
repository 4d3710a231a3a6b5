"""The least violation of hard limits: hand-computed amounts and prices, and nothing physical among them."""

from __future__ import annotations

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.recourse import as_columns, fix_decisions
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.site_rows import Site
from models.tables.strategy_rows import Budget, Commitment, Policy
from models.verify import verify
from models.violation import MAY_GIVE, OTHER_SHARE, minimum_violation
from planner.results import tables_of
from tests.models.test_react import planned
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, changed, tiny_case

OPTIONS = SolveOptions(gap=0.0)


@pytest.fixture(scope="module")
def engine():
    with Engine.start("scip") as started:
        yield started


def strained(case, engine, *, undisturbed_musd=2.0, **options):
    """The least violation of a case that has no plan, and what the independent check still finds."""
    model = build(case)
    assert engine.solve(model.program, OPTIONS).status is Status.INFEASIBLE
    found = minimum_violation(model, engine, OPTIONS, undisturbed_musd=undisturbed_musd, **options)
    assert found.outcome.has_solution
    tables = {name: list(table.records()) for name, table in tables_of(Solution(model, found.outcome)).items()}
    report = verify(case, tables, found.outcome.objective)
    total = sum(row["discounted_musd"] for row in tables["costs"])
    assert found.outcome.objective == pytest.approx(total)
    return found, {finding.requirement for finding in report.findings}


def breaches_of(found):
    return [(one.requirement, one.where, pytest.approx(one.amount, abs=2e-3)) for one in found.breaches]


def short(amount=80.0, **changes):
    """All demand must be served, and only `amount` units of 100 can be had in 2027, none later."""
    case = change(alone(tiny_case(**changes)), "workloads", "chat", min_service=1.0)
    limits = tuple(
        Limit(limit="wafers", span=str(year), amount=amount if year == 2027 else 0.0) for year in range(2027, 2030)
    )
    return add(case, limits=limits, limit_use=(LimitUse(limit="wafers", offer="alpha_list", use_per_unit=1.0),))


def test_service_below_the_least_costs_its_penalty_once_more(engine):
    # 20 queries/s are not served in each of three years.
    found, refused = strained(short(), engine)
    assert breaches_of(found) == [("minimum_service", f"chat,{year}", 20.0) for year in (2027, 2028, 2029)]
    assert [one.price_musd for one in found.breaches] == pytest.approx([20.0 * YEAR_UNSERVED] * 3, abs=1e-4)
    assert found.least_price_musd == pytest.approx(60.0 * YEAR_UNSERVED, abs=1e-4)
    # The cost holds the penalty as every plan does, and not the price of the violation.
    assert found.outcome.objective == pytest.approx(1.6 + 60.0 * YEAR_UNSERVED, abs=1e-3)
    assert refused == {"minimum_service"}


def test_service_without_a_penalty_costs_what_demand_costs_on_average(engine):
    found, _ = strained(change(short(), "workloads", "chat", penalty_usd_per_1000=0.0), engine, undisturbed_musd=6.0)
    # 6 USD million over three years of 100 queries/s is 0.02 for each.
    assert [one.price_musd for one in found.breaches] == pytest.approx([0.4] * 3, abs=1e-4)


def test_a_dollar_over_the_budget_costs_a_dollar_in_the_last_period_of_its_span(engine):
    case = change(alone(tiny_case(discount_rate=0.1)), "workloads", "chat", min_service=1.0)
    case = changed(case, budgets=(Budget(budget="cash", categories=("hardware",), span="2027", amount_musd=1.5),))
    found, refused = strained(case, engine)
    assert breaches_of(found) == [("budgets", "cash:2027", 0.5)]
    assert found.breaches[0].price_musd == pytest.approx(0.5 * 1.1**-0.5, abs=1e-4)
    assert found.outcome.objective == pytest.approx(2.0 * 1.1**-0.5, abs=1e-4)
    assert refused == {"budgets"}


def test_the_cheaper_violation_is_chosen(engine):
    # A dollar over the budget buys 5 · 10⁻⁵ queries/s for three years: less than their penalty.
    case = change(alone(tiny_case()), "workloads", "chat", min_service=1.0)
    case = changed(case, budgets=(Budget(budget="cash", categories=("all",), span="2027..2029", amount_musd=0.0),))
    found, refused = strained(case, engine)
    assert refused == {"budgets"}
    assert found.outcome.objective == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_a_vendor_share_is_priced_by_its_own_size(engine, size):
    # At most a tenth of the machines may be verde's in 2027, and rosso has 10 of 2 queries/s: 80 of verde are needed,
    # 0.9 · 80 − 0.1 · 10 = 71 too many. The undisturbed plan has 100 of verde: 0.9 · 100 on one side, nothing beyond.
    free = change(tiny_case(demand=(("2027", 100.0 * size),)), "accelerators", "alpha", capability=1.0)
    free = change(free, "accelerators", "beta", capability=1.0)
    free = add(
        change(free, "workloads", "chat", min_service=1.0),
        limits=(Limit(limit="rosso", span="2027..2029", amount=10.0 * size),),
        limit_use=(LimitUse(limit="rosso", offer="beta_list", use_per_unit=1.0),),
    )
    _, plan, cost = planned(free, engine)
    assert cost == pytest.approx(2.0 * size)
    policy = Policy(policy="mix", kind="max_vendor_share", subject="verde", span="2027", value=0.1)
    ruled = add(free, policies=(policy,))
    undisturbed = as_columns(build(ruled).program, plan)
    found, refused = strained(ruled, engine, undisturbed_musd=cost, undisturbed=undisturbed)
    assert [(one.requirement, one.where) for one in found.breaches] == [("vendor_share", "mix,2027")]
    assert found.breaches[0].amount == pytest.approx(71.0 * size, rel=1e-4)
    assert found.breaches[0].price_musd == pytest.approx(OTHER_SHARE * 2.0 * size * 71.0 / 90.0, rel=1e-3)
    assert found.outcome.objective == pytest.approx((80 * 0.02 + 10 * 0.044) * size, rel=1e-4)
    assert refused == {"vendor_share"}


def test_nothing_physical_gives_way(engine):
    # Commitments ask for 100 units where 80 can be had: the commitment gives way, the supply does not.
    case = add(
        short(),
        commitments=(Commitment(kind="order", item="alpha_list", period="2027", quantity=100.0, status="done"),),
    )
    found, refused = strained(case, engine)
    assert {one.requirement for one in found.breaches} == {"commitments", "minimum_service"}
    assert refused <= set(MAY_GIVE)


def test_power_stays_short_and_service_gives_way(engine):
    case = changed(short(200.0), sites=(Site(site="north", power_mw=0.06),))
    found, refused = strained(case, engine)
    assert breaches_of(found)[0] == ("minimum_service", "chat,2027", 40.0)
    assert refused == {"minimum_service"}


def test_service_does_not_give_way_before_the_change_is_seen(engine):
    model = build(short())
    found = minimum_violation(model, engine, OPTIONS, undisturbed_musd=2.0, seen=1)
    assert not found.outcome.has_solution
    assert found.breaches == ()


def test_a_held_plan_breaks_only_what_it_must(engine):
    # Ordered before: 100 units for 2027. Then demand grows to 150 and only 20 more can be had.
    base = short(120.0)
    _, plan, _ = planned(base, engine)
    limits = tuple(
        Limit(limit="wafers", span=str(year), amount={2027: 120.0, 2028: 20.0}.get(year, 0.0))
        for year in range(2027, 2030)
    )
    model = build(changed(base, demand=(("2027", 100.0), ("2028", 150.0)), limits=limits))
    held = fix_decisions(model, plan, 1)
    found = minimum_violation(
        type(model)(**{**vars(model), "program": held.program}), engine, OPTIONS, undisturbed_musd=2.0, seen=1
    )
    assert breaches_of(found) == [("minimum_service", "chat,2028", 30.0), ("minimum_service", "chat,2029", 30.0)]


def test_a_case_with_a_plan_violates_nothing(engine):
    model = build(short(100.0))
    found = minimum_violation(model, engine, OPTIONS, undisturbed_musd=2.0)
    assert found.breaches == ()
    assert found.least_price_musd == pytest.approx(0.0, abs=1e-9)
    assert found.outcome.objective == pytest.approx(2.0, abs=1e-4)
    assert np.isfinite(found.outcome.values).all()
