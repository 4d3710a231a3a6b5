"""Prices at which items enter and leave a plan: by hand, with gaps, on a tree, and against enumeration."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from models.solvers.child import Engine
from models.tables.contract_rows import Facility
from models.tables.fleet_rows import Resale
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Agreement, Budget, Commitment
from planner.studies.future_recipes import future_of, recipe_of, refusals
from planner.studies.price_brackets import NEEDED, NOT_TAKEN, TAKEN
from planner.studies.price_slopes import QUESTION
from planner.studies.priced_items import priced_items
from planner.studies.study_context import BASE
from planner.studies.walk_away_prices import walk_away_prices
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, tiny_case, with_programme
from tests.oracle.brute_force import brute_force
from tests.oracle.random_cases import random_case
from tests.planner.studies.making import context, firm_case, result, solving, with_two_scenarios

ONE_PER_CENT = 0.01


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def price_of(case, engine, name, **how):
    (item,) = [one for one in priced_items(case) if one.name == name]
    return walk_away_prices(solving(case, engine, **how), [item])[name]


def assert_bracket(found, value, state):
    assert found.state == state
    assert (found.low, found.estimate, found.high) == pytest.approx((value, value, value), rel=1e-5)


def test_an_offer_leaves_the_plan_at_the_price_of_its_substitute(engine):
    # 100 alpha at p, or 50 beta at 44,000 = 2.2 USD million: alpha pays up to 2.2 / 100.
    assert_bracket(price_of(tiny_case(), engine, "offer:alpha_list"), 22_000.0, TAKEN)


def test_an_offer_enters_the_plan_at_the_price_of_what_it_replaces(engine):
    # 50 beta at p cost what 100 alpha do, 2 USD million, at 40,000.
    found = price_of(tiny_case(), engine, "offer:beta_list")
    assert_bracket(found, 40_000.0, NOT_TAKEN)
    assert found.text == "would pay up to a price of 40,000 USD a unit (proven up to 40,000, not above 40,000)"


def test_without_a_substitute_the_penalty_sets_the_price(engine):
    # An alpha serves 1 query/s for three years, which else cost three times a year's penalty.
    assert_bracket(price_of(alone(tiny_case()), engine, "offer:alpha_list"), 3e6 * YEAR_UNSERVED, TAKEN)


def test_a_machine_that_is_dearer_to_run_is_worth_less_by_that(engine):
    # A beta at 5,000 a year for three years: 50 of them cost 50 (p + 15,000) = 2,000,000 at p = 25,000.
    case = change(tiny_case(), "accelerators", "beta", maintenance_usd_per_year=5000.0)
    assert_bracket(price_of(case, engine, "offer:beta_list"), 25_000.0, NOT_TAKEN)


def test_a_deal_is_worth_what_it_saves(engine):
    # With the company 50 beta at 20,000 = 1, without it 100 alpha = 2: it is worth 1, taken at 0.3 and not at 1.2.
    assert_bracket(price_of(firm_case(), engine, "deal:firm"), 1.0, TAKEN)
    dear = change(firm_case(), "acquisitions", "firm", price_musd=1.2)
    assert_bracket(price_of(dear, engine, "deal:firm"), 1.0, NOT_TAKEN)


def test_the_growth_of_a_price_is_counted_from_the_date_at_which_it_is_paid(engine):
    # Signed in 2027, in mid-year, both costs are discounted alike: it is worth 1 still.
    case = firm_case(discount_rate=0.25)
    assert_bracket(
        price_of(change(case, "acquisitions", "firm", price_growth_per_year=0.5), engine, "deal:firm"), 1.0, TAKEN
    )


def test_a_programme_is_worth_what_its_chip_saves(engine):
    # After a year of design, beta at 10,000 serves from 2028 on: 0.5, and 3.1536 for what is unserved in 2027. Alpha
    # bought in 2027 serves all three years for 2, so that the chip saves nothing.
    prices = tuple(
        replace(row, unit_price_usd=10_000.0) if row.offer == "beta_list" else row for row in tiny_case().prices
    )
    chip = with_programme(tiny_case(prices=prices), offer="beta_list", design_months=12.0)
    found = price_of(chip, engine, "tape_out:chip")
    assert (found.state, found.high) == (NOT_TAKEN, 0.0)
    assert found.text == "does not pay even at a price of nothing"
    # Without a year of design, beta costs 0.5 instead of 2: worth 1.5, its design at 0.3 pays.
    ready = with_programme(tiny_case(prices=prices), offer="beta_list", design_months=0.0)
    assert_bracket(price_of(ready, engine, "tape_out:chip"), 1.5, TAKEN)


def test_an_agreement_without_a_prepayment_has_one_that_it_is_worth(engine):
    # With it 50 beta at 20,000 = 1 instead of 2.
    case = change(firm_case(), "offers", "beta_list", requires=("pact",))
    case = add(replace(case, acquisitions=()), agreements=(Agreement(agreement="pact", term_months=36.0),))
    assert_bracket(price_of(case, engine, "agreement:pact"), 1.0, TAKEN)


def test_modules_that_only_pay_together(engine):
    # A lot of 100 alpha needs two modules, which save 100 x 3 x 0.031536 of penalties for 2: 7.4608 / 2 a module. Taken
    # at 5 they cost 12, one alone 14.4608, none 9.4608: the price has to fall by half of what is too much.
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.05, cost_musd_per_module=5.0, max_modules=2, lead_time_months=0.0
    )
    case = change(change(alone(tiny_case()), "sites", "north", power_mw=0.0), "offers", "alpha_list", lot_size=100.0)
    worth = (300 * YEAR_UNSERVED - 2) / 2
    assert_bracket(price_of(add(case, expansions=(hall,)), engine, "expansion:hall"), worth, NOT_TAKEN)


def test_a_hall_that_is_rented_is_worth_its_rent(engine):
    # Without it 9.4608 of penalties in three years; with it 2 for machines and three rents.
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.0, max_modules=1, lead_time_months=0.0,
        rent_musd_per_module_per_year=0.5,
    )  # fmt: skip
    case = add(change(alone(tiny_case()), "sites", "north", power_mw=0.0), expansions=(hall,))
    assert_bracket(price_of(case, engine, "expansion:hall"), (300 * YEAR_UNSERVED - 2) / 3, TAKEN)


def test_what_the_plan_needs_has_no_price(engine):
    case = alone(tiny_case())
    needed = replace(case, workloads=tuple(replace(row, min_service=1.0) for row in case.workloads))
    found = price_of(needed, engine, "offer:alpha_list")
    assert (found.state, found.low, found.high) == (NEEDED, None, None)
    assert found.text == "is needed at any price: there is no plan without it"


def test_what_is_committed_or_barred_is_not_solved():
    rows = (
        Commitment(kind="order", item="alpha_list", period="2027", quantity=1.0, status="fixed"),
        Commitment(kind="order", item="beta_list", status="barred"),
    )
    case = add(tiny_case(), commitments=rows)
    asked = context(case, lambda point: {BASE: result(1.0)}[point.name])
    found = walk_away_prices(asked, priced_items(case))
    assert [one.state for one in found.values()] == ["committed", "barred"]


def test_a_budget_ends_a_price_before_the_saving_does(engine):
    # All money is 1.5 in 2027: at most 75 alpha, 25 unserved for three years cost 2.3652: 3.8652 without the company.
    # With it at p, (1.5 - p) / 0.02 beta serve up to 100: beyond p = 0.5 what is unserved rises by 100 queries/s a USD
    # million, which cost 9.4608: 1.5 + 9.4608 (p - 0.5) = 3.8652 at p = 0.75.
    money = Budget(budget="all", categories=("all",), span="2027", amount_musd=1.5)
    none = Budget(budget="all", categories=("all",), span="2028..2029", amount_musd=0.0)
    found = price_of(add(firm_case(), budgets=(money, none)), engine, "deal:firm")
    assert 0.7 < found.low <= 0.75 * (1 + 1e-6)
    assert 0.75 * (1 - 1e-6) <= found.high < 0.8


def test_a_loan_on_the_price_makes_each_unit_of_it_cost_less(engine):
    # Half of the price p is lent without interest until the end of the plan, discounted at 25 % a year. With d from
    # 2027 to the end, what is lent costs d of it: 1 + p (0.5 + 0.5 d) = 2.
    loan = Facility(
        facility="loan", limit_musd=5.0, rate_per_year=0.0, term_months=36.0, repayment="bullet", advance_share=0.5,
        categories=("acquisition",),
    )  # fmt: skip
    found = price_of(add(firm_case(discount_rate=0.25), facilities=(loan,)), engine, "deal:firm")
    value = 1 / (0.5 + 0.5 * 1.25**-2.5)
    assert found.low <= value * (1 + 1e-6)
    assert found.high >= value * (1 - 1e-6)
    assert found.high - found.low < 0.05 * value


def test_a_loan_that_was_drawn_already_fixes_no_price():
    loan = Facility(
        facility="loan", limit_musd=5.0, rate_per_year=0.1, term_months=36.0, repayment="bullet",
        categories=("hardware",),
    )  # fmt: skip
    drawn = Commitment(kind="draw", item="loan", period="2026", quantity=0.1, status="done")
    items = priced_items(add(tiny_case(), facilities=(loan,), commitments=(drawn,)))
    assert [(one.fixed, one.least_own_share, one.is_monotone) for one in items] == [("", 0.0, True)] * 2


def test_no_price_is_tried_at_which_a_unit_could_at_once_be_resold_for_more():
    curve = (Resale(accelerator="beta", age_years=0.0, fraction_of_reference_price=0.5),)
    (_, beta) = priced_items(add(tiny_case(), resale=curve))
    assert beta.least_price == pytest.approx(22_000.0, rel=1e-5)


def test_the_ends_carry_the_gaps():
    # At 0.3 the plan costs 1.3, at least 1.2; without the company 2, at least 1.9. So it is worth 0.3 + (1.9 - 1.3) at
    # least. With it at 1 both cost 2, at least 1.9: not above 1 + (2 - 1.9).
    def answer(point):
        if point.question == QUESTION:
            known = {"slope": 1.0, "fixed": 0.0, "room": None, "least": 1.0, "most": 1.0, "in_rows": False}
            return {"status": "done", "slopes": {"deal:firm": known}}
        decide = point.recipe.get("decide", [["", "", "taken"]])[0][-1]
        price = next((value for _, _, value in point.recipe.get("levers", [])), 0.3)
        cost = 2.0 if decide == "barred" else 1.0 + price
        return result(cost, cost - 0.1)

    case = firm_case()
    (item,) = [one for one in priced_items(case) if one.name == "deal:firm"]
    found = walk_away_prices(context(case, answer), [item])["deal:firm"]
    assert (found.low, found.estimate, found.high) == pytest.approx((0.9, 1.0, 1.1))
    assert found.text == "pays up to a price of 1 USD million (proven up to 0.9, not above 1.1)"


def test_on_a_tree_a_price_counts_the_branches_that_pay_it(engine):
    # From 2028 on demand is 100 or 200, known in 2028. Alpha at 20,000 needs 100 in 2027 (2 USD million) and, in the
    # branch, 100 more for two years: 1 expected. Beta behind the company at 20,000 halves both: it is worth 1.5.
    found = price_of(with_two_scenarios(firm_case(), 2.0), engine, "deal:firm", over_scenarios=True)
    assert_bracket(found, 1.5, TAKEN)


def barred_case(case, item):
    """The case without an item, barred in each period, as enumeration takes it."""
    kinds = {"offer": "order", "tape_out": "start", "deal": "close", "agreement": "sign", "expansion": "build"}
    if item.kind == "expansion":
        rows = tuple(replace(row, max_modules=0) for row in case.expansions)
        return replace(case, expansions=rows)
    labels = case.settings.calendar.labels
    rows = [
        Commitment(kind=kinds[item.kind], item=item.item, period=label, quantity=0.0, status="barred")
        for label in labels
    ]
    return add(case, commitments=tuple(rows))


def at_price(case, item, price):
    return future_of(case, recipe_of(levers=item.at(price))).case


def wrong_ends(case, found):
    """What enumeration says against a bracket: it pays below it by something, and by nothing above it."""
    item = found.item
    barred = brute_force(barred_case(case, item)).objective
    if barred is None or found.state == NEEDED:
        return [] if (barred is None) == (found.state == NEEDED) else [(item.name, found.state, barred)]
    wrong = []
    if found.low is not None and found.low * (1 - ONE_PER_CENT) > item.least_price:
        below = brute_force(at_price(case, item, found.low * (1 - ONE_PER_CENT))).objective
        wrong += [(item.name, "low", found.low, below, barred)] if below > barred - 1e-9 else []
    if found.high is not None:
        above = brute_force(at_price(case, item, found.high * (1 + ONE_PER_CENT) + 1e-9)).objective
        wrong += [(item.name, "high", found.high, above, barred)] if above < barred - 1e-9 else []
    return wrong


def questioned(seed, engine, most=2):
    """The brackets of a random case that disagree with enumeration, and whether each is narrow."""
    case = random_case(seed, "tiny")
    if refusals(case):
        return [], []
    rng = random.Random(seed)
    items = [one for one in priced_items(case) if not one.fixed]
    items = rng.sample(items, min(most, len(items)))
    found = walk_away_prices(solving(case, engine), items).values()
    return [line for one in found for line in wrong_ends(case, one)], [is_narrow(one) for one in found]


def is_narrow(found):
    """Whether both ends are proven, and lie close to each other."""
    ends = (found.low, found.high)
    return None not in ends and found.high - found.low <= 0.02 * max(found.high, found.item.today)


def assert_brackets(asked):
    assert [line for wrong, _ in asked for line in wrong] == []
    narrow = [one for _, all_of_case in asked for one in all_of_case]
    print(narrow)


def test_brackets_contain_what_enumeration_finds(engine):
    assert_brackets([questioned(seed, engine) for seed in range(6)])


@pytest.mark.slow
def test_brackets_contain_what_enumeration_finds_on_many_cases(engine):
    assert_brackets([questioned(seed, engine, most=1) for seed in range(40)])
