"""Terms of contracts by their names in words: which there are, how far they move, and what they change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Agreement
from models.whatif.contract_terms import contract_terms
from models.whatif.shock import ShockError
from models.whatif.values import lever_of, with_value
from planner.studies.varied_inputs import input_of, inputs_of
from tests.models.tiny import add, change, rent, tiny_case
from tests.planner.studies.making import uncertain


def agreed():
    case = change(rent(tiny_case()), "offers", "alpha_rent", exit_fee_months=0.0, renew_months=12.0)
    case = change(case, "offers", "alpha_list", cancel_until_months=0.0, cancel_fee_share=0.9)
    return add(
        case,
        agreements=(Agreement(agreement="pact", term_months=36.0, prepayment_musd=0.5, shortfall_usd_per_unit=10.0),),
        commit_levels=tuple(CommitLevel(agreement="pact", year_of_term=year, amount=10.0 * year, unit="units")
                            for year in (1, 2)),
        facilities=(Facility(facility="loan", limit_musd=5.0, rate_per_year=0.1, term_months=12.0, repayment="level",
                             categories=("hardware",)),),
        milestones=(IncentiveMilestone(milestone="many", subject="alpha", measure="units", amount=5.0,
                                       value_musd=0.1),),
        expansions=(Expansion(expansion="hall", site="north", module_mw=1.0, cost_musd_per_module=0.0, max_modules=2,
                              rent_musd_per_module_per_year=0.1, term_months=12.0, exit_fee_musd_per_module=0.2),),
    )  # fmt: skip


STANDARD = [
    "cancellation fee of alpha_list", "levels of pact", "shortfall share of pact", "rate of loan", "limit of loan",
    "income of many", "amount of many", "rent of hall", "exit fee of hall",
]  # fmt: skip


def test_terms_are_those_that_a_contract_has_and_that_are_not_nothing():
    # A lease that is left for nothing has no fee to vary, and one renewed at the offer's price no rent of its own.
    terms = {term.name: term for term in contract_terms(agreed())}
    assert [name for name, term in terms.items() if not term.is_price] == STANDARD
    assert [name for name, term in terms.items() if term.is_price] == [
        "prepayment of pact",
        "fee per missing unit of pact",
    ]
    assert contract_terms(tiny_case()) == ()


def test_a_name_in_words_changes_all_rows_of_its_contract():
    case = with_value(agreed(), lever_of(agreed(), "levels of pact"), 1.2)
    assert [row.amount for row in case.commit_levels] == pytest.approx([12.0, 24.0])
    case = with_value(agreed(), lever_of(agreed(), "rate of loan"), 0.8)
    assert case.facilities[0].rate_per_year == pytest.approx(0.08)


def test_the_standard_sensitivity_has_the_terms_a_fifth_apart_but_for_what_is_drawn_already():
    found = {entry.name: entry for entry in inputs_of(agreed(), [])}
    assert list(found) == STANDARD
    assert (found["rate of loan"].low, found["rate of loan"].high) == (0.8, 1.2)
    assert found["rate of loan"].ends == ("a fifth less", "a fifth more")
    # 0.9 of the value is the fee; more than all of it cannot be.
    assert found["cancellation fee of alpha_list"].high == pytest.approx(1 / 0.9)
    assert found["cancellation fee of alpha_list"].ends[1] == "the most there is"
    row = uncertain("cost of money", "loan", 0.5, 2.0, table="facilities", column="rate_per_year")
    names = [entry.name for entry in inputs_of(replace(agreed(), uncertain=(row,)), [])]
    assert names == ["cost of money", *(name for name in STANDARD if name != "rate of loan")]


def test_one_term_by_name_has_ends_of_its_own_or_those_that_are_given():
    entry = input_of(agreed(), "prepayment of pact")
    assert entry.said(entry.low) == "0.4 USD million (× 0.8)"
    assert input_of(agreed(), "levels of pact=0..3").high == 3.0
    with pytest.raises(ShockError, match=r"Did you mean rate of loan\?"):
        input_of(agreed(), "rate of loans")
