"""Why a case has no plan: the conflict is irreducible, and giving way where it is named makes a plan possible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.diagnose import explain
from models.outcome import Status
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Budget, Commitment, Policy
from tests.models.branches import base, from_2028, two
from tests.models.tiny import add, alone, change, changed, tiny_case, with_programme
from tests.oracle.hand_base import plain, workload


def tight():
    """100 million queries a day must be served in full, with no more than one dollar to spend."""
    case = workload(plain(demand=(("2027", 100.0),)), min_service=1.0)
    return replace(case, budgets=(Budget(budget="cash", categories=("all",), span="2027", amount_musd=1e-6),))


def test_the_conflict_names_service_and_budget_and_nothing_else(engine):
    found = explain(build(tight()), engine)
    assert set(found.families) == {"minimum_service", "budgets"}
    assert found.lines[0] == ("These requirements conflict: the minimum service levels; the budgets.")


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


def all_served(case):
    return workload_of(case, min_service=1.0)


def workload_of(case, **values):
    return change(case, "workloads", "chat", **values)


def limited(case, name="wafers", **amounts):
    """The case with a limit of alpha by year: `limited(case, y2027=50.0)`."""
    rows = tuple(Limit(limit=name, span=year[1:], amount=amount) for year, amount in amounts.items())
    return add(case, limits=rows, limit_use=(LimitUse(limit=name, offer="alpha_list", use_per_unit=1.0),))


def ruled(case, kind, subject, value, span="2027..2029", **values):
    return add(case, policies=(Policy(policy="rule", kind=kind, subject=subject, span=span, value=value, **values),))


def by_vendor_share(size):
    """Of 100 units that are needed all are verde's, and 0.8 of them may be."""
    return ruled(tiny(size), "max_vendor_share", "verde", 0.8)


def by_share_of_spending(size):
    return ruled(tiny(size), "max_vendor_share", "verde", 0.8, span="2027", basis="spend")


def by_least_share(size):
    """Half of the machines are to be rosso's, of which there are none."""
    case = all_served(tiny_case(demand=(("2027", 100.0 * size),)))
    nothing = Limit(limit="rosso", span="2027..2029", amount=0.0)
    case = add(case, limits=(nothing,), limit_use=(LimitUse(limit="rosso", offer="beta_list", use_per_unit=1.0),))
    return ruled(case, "min_vendor_share", "rosso", 0.5)


def by_capability(size):
    """100 units count 1 each, and 60 are allowed."""
    return ruled(change(tiny(size), "accelerators", "alpha", capability=1.0), "max_capability", "", 60.0 * size)


def by_growth(size):
    """50 units in 2027 and 150 in 2028: three times as many, where half as many again are allowed."""
    case = limited(tiny(size, (50.0, 200.0)), y2027=50.0 * size)
    return ruled(case, "max_order_growth", "alpha_list", 0.5)


def by_growth_from_nothing(size):
    """Nothing can arrive in 2027, and 100 are needed in 2028."""
    case = limited(tiny(size, (0.0, 100.0)), y2027=0.0)
    return ruled(case, "max_order_growth", "alpha_list", 0.5)


def by_ramp(size):
    """100 units of a chip that is ready at once are needed, and 40 a year can arrive."""
    return with_programme(tiny(size), ramp=((0.0, 40.0 * size),), design_months=0.0)


def by_power(size):
    """100 units draw 0.1 MW at a site that has 0.06."""
    return changed(tiny(size), sites=(Site(site="north", power_mw=0.06 * size),))


def by_no_power(size):
    return changed(tiny(size), sites=(Site(site="north", power_mw=0.0),))


def by_modules(size):
    """Five modules of 0.02 MW are needed, and two can be built."""
    hall = Expansion(expansion="hall", site="north", module_mw=0.02 * size, cost_musd_per_module=1.0, max_modules=2)
    return add(by_no_power(size), expansions=(hall,))


def by_no_supply(size):
    return limited(tiny(size), y2027=0.0)


def by_no_money(size):
    """100 units cost 2 USD million."""
    return changed(
        tiny(size), budgets=(Budget(budget="cash", categories=("all",), span="2027..2029", amount_musd=0.0),)
    )


def by_commitment(size):
    """150 units were promised, and 100 can be had."""
    promised = Commitment(kind="order", item="alpha_list", period="2027", quantity=150.0 * size, status="done")
    return add(limited(tiny(size), y2027=100.0 * size), commitments=(promised,))


def by_largest_order(size):
    """100 units are needed at once, and an order has 60 at most."""
    return change(tiny(size), "offers", "alpha_list", max_lots_per_period=60.0 * size)


def by_bar(size):
    """The order that is needed is barred."""
    barred = Commitment(kind="order", item="alpha_list", period="2027", status="barred")
    return add(tiny(size), commitments=(barred,))


def by_barred_start(size):
    """The chip that is needed must not be begun."""
    case = with_programme(tiny(size), design_months=0.0)
    return add(case, commitments=(Commitment(kind="start", item="chip", period="2027", status="barred"),))


def tiny(size, demand=(100.0,)):
    points = tuple((str(2027 + i), size * rate) for i, rate in enumerate(demand))
    return all_served(alone(tiny_case(demand=points)))


# The change that must be named: what, in which spans, the old and the new value (of amounts: in a case of size 1).
NAMED = {
    by_vendor_share: ("policy rule (max_vendor_share)", ("2027", "2028", "2029"), 0.8, 1.0),
    by_share_of_spending: ("policy rule (max_vendor_share)", ("2027",), 0.8, 1.0),
    by_least_share: ("policy rule (min_vendor_share)", ("2027", "2028", "2029"), 0.5, 0.0),
    by_capability: ("policy rule (max_capability)", ("2027", "2028", "2029"), 60.0, 100.0),
    by_growth: ("policy rule (max_order_growth) for alpha_list", ("2028",), 0.5, 2.0),
    by_growth_from_nothing: ("policy rule (max_order_growth) for alpha_list", ("2028",), 0.5, None),
    by_ramp: ("ramp of chip", ("2027",), 40.0, 100.0),
    by_power: ("power at north", ("2027", "2028", "2029"), 0.06, 0.1),
    by_no_power: ("power at north", ("2027", "2028", "2029"), 0.0, 0.1),
    by_modules: ("modules of hall", (), 2.0, 5.0),
    by_no_supply: ("limit wafers", ("2027",), 0.0, 100.0),
    by_no_money: ("budget cash", ("2027..2029",), 0.0, 2.0),
    by_largest_order: ("maximum order of alpha_list", ("2027",), 60.0, 100.0),
    by_bar: ("barred order of alpha_list", ("2027",), 0.0, 100.0),
    by_barred_start: ("barred start of chip/house", ("2027",), 0.0, 1.0),
    by_commitment: ("commitment to order alpha_list", ("2027",), 150.0, 100.0),
}
WITHOUT_SIZE = {
    by_vendor_share,
    by_share_of_spending,
    by_least_share,
    by_growth,
    by_growth_from_nothing,
    by_modules,
    by_barred_start,
}


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("case_of", NAMED, ids=lambda case_of: case_of.__name__[3:])
def test_the_change_is_in_the_unit_of_its_input_at_every_size(engine, case_of, size):
    what, spans, old, new = NAMED[case_of]
    scale = 1.0 if case_of in WITHOUT_SIZE else size
    found = [change for repair in explain(build(case_of(size)), engine).repairs for change in repair.changes]
    assert what in [change.what for change in found]
    needed = next(change for change in found if change.what == what)
    assert needed.spans == spans
    assert needed.old == pytest.approx(old * scale, rel=1e-5)
    assert needed.new is None if new is None else needed.new == pytest.approx(new * scale, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("case_of", NAMED, ids=lambda case_of: case_of.__name__[3:])
def test_which_repair_comes_first_does_not_hang_on_the_size(engine, case_of, size):
    def order(case):
        return [[change.what for change in one.changes] for one in explain(build(case), engine).repairs]

    assert order(case_of(size)) == order(case_of(1.0))


def test_what_cannot_be_met_alone_is_said_to_be_so(engine):
    """A site costs 5 USD million a year, whatever is done there, and 1 may be spent."""
    case = changed(tiny(1.0), sites=(Site(site="north", fixed_musd_per_year=5.0),))
    cash = Budget(budget="cash", categories=("all",), span="2027", amount_musd=1.0)
    found = explain(build(workload_of(changed(case, budgets=(cash,)), min_service=0.0)), engine)
    assert found.lines[0] == "Cannot be met, whatever else is relaxed: the budgets."
    assert [str(change) for change in found.repairs[0].changes] == [
        "budget cash in 2027: 5 instead of 1 USD million (4 more)"
    ]


def test_a_limit_of_the_second_future_alone_is_named(engine):
    """100 a year at most, 200 from 2028 on, and there 50 in the second future: 50 more are needed."""
    case = change(base(demand=from_2028(200.0)), "offers", "alpha_list", max_lots_per_period=100.0)
    case = workload_of(case, min_service=1.0)
    limited_too = add(
        case,
        limits=(Limit(limit="hbm", span="2028", amount=50.0, unit="stacks"),),
        limit_use=(LimitUse(limit="hbm", offer="alpha_list", use_per_unit=1.0),),
    )
    changes = [str(one) for repair in explain(two(case, limited_too), engine).repairs for one in repair.changes]
    assert "limit hbm in 2028: 100 instead of 50 stacks (50 more)" in changes
