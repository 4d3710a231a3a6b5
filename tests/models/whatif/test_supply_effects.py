"""Less supply: of a limit, of a part of its users, of offers with a largest order, and of those with no bound."""

from __future__ import annotations

import pytest

from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.strategy_rows import AddedSupply, Agreement, Budget
from models.whatif import Shock
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, changed, tiny_case
from tests.models.whatif.shocks import hit, shocked, table

QUARTERS = {"period": "quarter", "start": "2027Q1", "periods": 8}


def limited(*rows, uses=(("hbm", "alpha_list", 6.0),), **settings):
    """The tiny case with a limit `hbm` of these spans and amounts, and who uses it."""
    limits = tuple(Limit(limit="hbm", span=span, amount=amount) for span, amount in rows)
    use = tuple(LimitUse(limit=limit, offer=offer, use_per_unit=units) for limit, offer, units in uses)
    return add(changed(tiny_case(), **settings), limits=limits, limit_use=use)


def amounts(case, limit="hbm"):
    return {row.span: row.amount for row in case.limits if row.limit == limit}


BOTH = (("hbm", "alpha_list", 6.0), ("hbm", "beta_list", 4.0))
YEARS = (("2027", 900.0), ("2028", 600.0), ("2029", 300.0))


def test_a_limit_falls_by_the_mean_force_of_each_year():
    """40 % off for twelve months from July 2027: half a year of each of two years, 20 % off both."""
    found = shocked(limited(*YEARS), hit("hbm", "supply", 0.6, "2027-07", 12.0))
    assert amounts(found.case) == pytest.approx({"2027": 720.0, "2028": 480.0, "2029": 300.0})
    assert [(c.period, c.before, c.after) for c in found.changes if c.table == "limits"] == [
        ("2027", 900.0, 720.0),
        ("2028", 600.0, 480.0),
    ]


def test_a_span_of_a_year_loses_the_quarters_that_are_hit():
    """900 a year are 225 a quarter; two quarters at 60 %: 225 + 225 + 135 + 135. A quarter at 60 % of 400 / 2."""
    case = limited(("2027", 900.0), ("2028H1", 400.0), ("2028H2", None), **QUARTERS)
    found = shocked(case, hit("hbm", "supply", 0.6, "2027-07", 9.0))
    assert amounts(found.case) == pytest.approx({"2027": 720.0, "2028H1": 320.0, "2028H2": None})
    assert found.seen == "2027Q3"
    assert table(found.case, "backlogs", "offer", "since") == [("alpha_list", "2027Q3")]


def test_recovery_brings_supply_back_over_its_months():
    """Quarters of 225: at 0, then in recovery with a force of 7/8, 5/8, 3/8 and 1/8 (that one in 2028)."""
    case = limited(("2027", 900.0), ("2028", 900.0), **QUARTERS)
    found = shocked(case, hit("hbm", "supply", 0.0, "2027Q1", 3.0, recovery=12.0))
    assert amounts(found.case) == pytest.approx({"2027": 225 * (0 + 1 / 8 + 3 / 8 + 5 / 8), "2028": 900 - 225 / 8})


def test_rows_finer_than_a_period_take_the_factor_of_their_period():
    """Quarterly rows in a yearly plan; 50 % for half of 2027 is a factor of 0.75 for all four of its rows."""
    rows = [(f"2027Q{number}", 100.0 * number) for number in (1, 2, 3, 4)]
    found = shocked(limited(*rows, *YEARS[1:]), hit("hbm", "supply", 0.5, "2027-07", 6.0))
    expected = {span: amount * 0.75 for span, amount in rows} | dict(YEARS[1:])
    assert amounts(found.case) == pytest.approx(expected)


def test_an_addend_is_a_year_and_is_prorated():
    """100 less a year, for half of 2027 and a quarter of 2028; in quarters 25 each; finer rows have their share."""
    hit_row = hit("hbm", "supply", -100.0, "2027-07", 9.0, effect="add")
    assert amounts(shocked(limited(*YEARS), hit_row).case) == pytest.approx({"2027": 850, "2028": 575, "2029": 300})
    quarterly = limited(("2027", 900.0), ("2028", 600.0), **QUARTERS)
    assert amounts(shocked(quarterly, hit_row).case) == pytest.approx({"2027": 850, "2028": 575})
    finer = limited(("2027H1", 500.0), ("2027H2", 400.0), *YEARS[1:])
    assert amounts(shocked(finer, hit_row).case) == pytest.approx(
        {"2027H1": 475, "2027H2": 375} | {"2028": 575, "2029": 300}
    )


def test_no_period_has_less_than_nothing():
    """Quarters of 25 lose 50 each in the second half: 25 + 25 + 0 + 0."""
    case = limited(("2027", 100.0), ("2028", 100.0), **QUARTERS)
    found = shocked(case, hit("hbm", "supply", -200.0, "2027-07", 6.0, effect="add"))
    assert amounts(found.case) == pytest.approx({"2027": 50.0, "2028": 100.0})


def test_factors_multiply_and_addends_add():
    rows = (
        hit("hbm", "supply", 0.5, "2028", 12.0),
        hit("hbm", "supply", 0.4, "2028", 12.0, name="fire"),
        hit("hbm", "supply", 30.0, "2028", 12.0, name="help", effect="add"),
    )
    assert amounts(shocked(limited(*YEARS), *rows).case)["2028"] == pytest.approx(600 * 0.5 * 0.4 + 30)


def test_a_limit_without_an_amount_stays_without_and_that_is_said():
    found = shocked(limited(("2027..2029", None)), hit("hbm", "supply", 0.5, "2028", 12.0))
    assert found.changes == ()
    assert found.without_effect == ("shock: hbm has no amount where it is hit, and stays without.",)


def test_more_supply_makes_no_backlog():
    found = shocked(limited(*YEARS), hit("hbm", "supply", 1.5, "2028", 12.0))
    assert amounts(found.case)["2028"] == 900.0
    assert found.case.backlogs == ()


def test_a_backlog_begins_where_supply_falls_for_all_users_and_others_stay():
    case = add(limited(*YEARS, uses=BOTH), backlogs=(Backlog(offer="beta_list", since="2027"),))
    found = shocked(case, hit("hbm", "supply", 0.5, "2028", 12.0))
    assert table(found.case, "backlogs", "offer", "since") == [
        ("beta_list", "2027"),
        ("beta_list", "2028"),
        ("alpha_list", "2028"),
    ]
    later = add(limited(*YEARS), backlogs=(Backlog(offer="alpha_list", since="2029"),))
    found = shocked(later, hit("hbm", "supply", 0.5, "2028", 12.0))
    assert table(found.case, "backlogs", "offer", "since") == [("alpha_list", "2028"), ("alpha_list", "2029")]
    again = shocked(found.case, hit("hbm", "supply", 0.5, "2028", 12.0))
    assert again.case.backlogs == found.case.backlogs


@pytest.mark.parametrize("target", ["alpha_list", "alpha", "verde"])
def test_a_limit_of_the_target_alone_is_hit_itself(target):
    case = limited(*YEARS, uses=(("hbm", "alpha_list", 6.0), ("hbm", "beta_list", 0.0)))
    found = shocked(case, hit(target, "supply", 0.5, "2028", 12.0))
    assert amounts(found.case) == {"2027": 900.0, "2028": 300.0, "2029": 300.0}
    assert {row.limit for row in found.case.limits} == {"hbm"}
    assert table(found.case, "backlogs", "offer") == [("alpha_list",)]


@pytest.mark.parametrize("target", ["alpha_list", "alpha", "verde"])
def test_a_limit_shared_with_others_gets_a_limit_for_the_target_beside_it(target):
    case = limited(*YEARS, uses=BOTH)
    found = shocked(case, hit(target, "supply", 0.5, "2028", 12.0))
    name = f"hbm~{target}"
    assert amounts(found.case) == dict(YEARS)
    assert amounts(found.case, name) == {"2027": None, "2028": 300.0, "2029": None}
    assert found.case.limit_use[2:] == (LimitUse(limit=name, offer="alpha_list", use_per_unit=6.0),)
    assert table(found.case, "backlogs", "offer", "since") == [("alpha_list", "2028")]


def test_the_limit_beside_a_shared_one_has_a_row_for_each_period_lookahead_included():
    """900 in 2027 are 225 a quarter; the third and fourth quarter at 20 %, half of the first one of 2028 at 20 %."""
    case = limited(("2027", 900.0), ("2028", 600.0), uses=BOTH, **(QUARTERS | {"periods": 6, "lookahead_periods": 2}))
    found = shocked(case, hit("alpha", "supply", 0.2, "2027-07", 7.5))
    expected = {"2027Q3": 45.0, "2027Q4": 45.0, "2028Q1": 150.0 * 0.6}
    labels = [f"{year}Q{number}" for year in (2027, 2028) for number in (1, 2, 3, 4)]
    assert amounts(found.case, "hbm~alpha") == pytest.approx({label: expected.get(label) for label in labels})
    assert {row.span for row in found.case.limits if row.limit == "hbm"} == {"2027", "2028"}


def test_supply_that_a_gate_adds_to_a_shared_limit_is_added_beside_it_too():
    pact = Agreement(agreement="pact", term_months=36.0)
    gain = AddedSupply(gate="pact", limit="hbm", amount_per_year=50.0)
    case = add(limited(*YEARS, uses=BOTH), agreements=(pact,), added_supply=(gain,))
    found = shocked(case, hit("alpha", "supply", 0.5, "2028", 12.0))
    assert table(found.case, "added_supply", "gate", "limit", "amount_per_year") == [
        ("pact", "hbm", 50.0),
        ("pact", "hbm~alpha", 50.0),
    ]


def test_what_hits_a_limit_and_a_part_of_its_users_hits_the_part_twice():
    """600 in 2028: 300 for all, and of these 60 % for alpha."""
    rows = hit("hbm", "supply", 0.5, "2028", 12.0, name="fire"), hit("alpha", "supply", 0.6, "2028", 12.0)
    found = shocked(limited(*YEARS, uses=BOTH), *rows)
    assert amounts(found.case)["2028"] == 300.0
    assert amounts(found.case, "hbm~alpha")["2028"] == pytest.approx(180.0)


def test_more_of_a_shared_limit_for_one_user_changes_nothing_and_that_is_said():
    found = shocked(limited(*YEARS, uses=BOTH), hit("alpha", "supply", 1.5, "2028", 12.0))
    assert found.changes == ()
    assert found.without_effect == ("shock: hbm is shared with others, so more of it for alpha alone changes nothing.",)


def test_a_largest_order_becomes_a_limit_of_arrivals():
    """10 lots of 8 a year; half of it for half of 2028: 60."""
    case = change(tiny_case(), "offers", "alpha_list", lot_size=8.0, max_lots_per_period=10.0)
    found = shocked(case, hit("verde", "supply", 0.5, "2028-07", 6.0))
    assert amounts(found.case, "alpha_list~lots") == {"2027": None, "2028": 60.0, "2029": None}
    assert table(found.case, "limit_use", "limit", "offer", "use_per_unit") == [("alpha_list~lots", "alpha_list", 1.0)]
    divisible = change(tiny_case(), "offers", "alpha_list", max_lots_per_period=10.0)
    found = shocked(divisible, hit("alpha_list", "supply", -4.0, "2028", 12.0, effect="add"))
    assert amounts(found.case, "alpha_list~lots") == {"2027": None, "2028": 6.0, "2029": None}


def test_an_offer_with_no_bound_is_stopped_by_nothing_left_in_a_whole_period_only():
    found = shocked(tiny_case(), hit("verde", "supply", 0.0, "2028", 18.0))
    assert amounts(found.case, "alpha_list~supply") == {"2027": None, "2028": 0.0, "2029": None}
    assert table(found.case, "backlogs", "offer", "since") == [("alpha_list", "2028")]
    found = shocked(tiny_case(), hit("verde", "supply", 0.1, "2028", 18.0))
    assert found.changes == ()
    assert found.without_effect == (
        "shock: alpha_list has no limit and no largest order that could change, so its supply stays.",
    )


def test_a_ban_stops_an_offer_also_where_its_limit_has_no_amount():
    case = limited(("2027", 900.0), ("2028..2029", None))
    found = shocked(case, hit("verde", "supply", 0.0, "2027", 24.0))
    assert amounts(found.case) == {"2027": 0.0, "2028..2029": None}
    assert amounts(found.case, "alpha_list~supply") == {"2027": None, "2028": 0.0, "2029": None}


def test_an_accelerator_that_no_offer_sells_is_said():
    case = alone(tiny_case())
    case = add(case, accelerators=(tiny_case().accelerators[1],))
    found = shocked(case, hit("rosso", "supply", 0.5, "2028", 12.0))
    assert found.without_effect == ("shock: no offer sells rosso, so its supply changes nothing.",)


def test_new_limits_get_names_that_are_free():
    case = limited(*YEARS, uses=BOTH)
    taken = tuple(Limit(limit="hbm~alpha", span=span, amount=None) for span, _ in YEARS)
    found = shocked(add(case, limits=taken), hit("alpha", "supply", 0.5, "2028", 12.0))
    assert amounts(found.case, "hbm~alpha~2")["2028"] == 300.0
    long = "x" * 64
    case = change(tiny_case(), "offers", "alpha_list", offer=long)
    found = shocked(case, hit("verde", "supply", 0.0, "2028", 12.0))
    assert {len(row.limit) for row in found.case.limits} == {60}


def test_budgets_fall_like_limits():
    """Quarters of 25; the last two of 2027 lose 20 % and then 8 a year; blank rows stay."""
    rows = (("2027", 100.0), ("2028", None))
    budgets = tuple(Budget(budget="cash", categories=("all",), span=span, amount_musd=amount) for span, amount in rows)
    case = add(changed(tiny_case(), **QUARTERS), budgets=budgets)
    found = shocked(
        case,
        hit("cash", "amount", 0.8, "2027-07", 12.0),
        hit("cash", "amount", -8.0, "2027-07", 12.0, name="cut", effect="add"),
    )
    assert table(found.case, "budgets", "span", "amount_musd") == [("2027", pytest.approx(86.0)), ("2028", None)]
    assert found.case.backlogs == ()
    assert found.without_effect == ("cut + shock: cash has no amount where it is hit, and stays without.",)


@pytest.mark.parametrize(("depth", "share"), [(0.5, 0.75), (1.0, 0.5), (2.0, 0.0)])
def test_the_plan_gets_the_share_of_a_shared_limit_that_is_left(cost_of, depth, share):
    """100 of 2027's limit are left to alpha, by its share; each unit that is missing costs 3 years of unserved work.

    beta, which could do the work too, needs more than the limit has for each unit.
    """
    case = limited(
        ("2027", 100.0), ("2028..2029", 0.0), uses=(("hbm", "alpha_list", 1.0), ("hbm", "beta_list", 1000.0))
    )
    case = change(case, "offers", "beta_list", lot_size=1.0)
    found = shocked(case, hit("alpha", "supply", 0.5, "2027", 12.0), shocks=[Shock("shock", depth=depth)])
    units = 100.0 * share
    assert cost_of(found.case) == pytest.approx(units * 0.02 + (100 - units) * 3 * YEAR_UNSERVED)
