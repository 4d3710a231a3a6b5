"""Contracts solved by hand: levels, milestones, loans, rented halls, and the rights to cancel, leave and renew."""

from __future__ import annotations

import pytest

from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone, MilestoneValue
from models.tables.holding_rows import OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Agreement, Budget, Commitment
from planner.results import tables_of
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, rent, tiny_case


def rows(solution, name):
    return list(tables_of(solution)[name].records())


def lent(case, **values):
    facts = {"limit_musd": 5.0, "rate_per_year": 0.1, "term_months": 12.0, "repayment": "level",
             "categories": ("hardware",), **values}  # fmt: skip
    return add(case, facilities=(Facility(facility="loan", **facts),))


def decided(case, kind, item, period, quantity=None, status="fixed"):
    row = Commitment(kind=kind, item=item, period=period, quantity=quantity, status=status)
    return add(case, commitments=(row,))


def test_a_loan_moves_what_a_budget_does_not_allow(by_hand):
    """2.0 of hardware against 1.0 in 2027. Of a draw x half a year of interest is due at once: 2 - x + 0.05 x = 1.

    The other half a year and the draw are due in 2028: interest is 0.1 x in all.
    """
    budget = tuple(
        Budget(budget="b", categories=("all",), span=span, amount_musd=amount)
        for span, amount in (("2027", 1.0), ("2028", 1.5), ("2029", 1.0))
    )
    solution = by_hand(lent(add(alone(tiny_case()), budgets=budget)), 2.0 + 0.1 / 0.95)
    first, second, _ = rows(solution, "financing")
    assert first["drawn_musd"] == pytest.approx(1 / 0.95)
    assert second["repaid_musd"] == pytest.approx(1 / 0.95)
    (decision,) = [row for row in rows(solution, "decisions") if row["verb"] == "draw"]
    assert (decision["item"], decision["effect"]) == ("loan", "repaid 2028")
    assert decision["musd"] == pytest.approx(0.1 / 0.95)


def test_a_bullet_of_two_years_pays_two_years_of_interest_over_three(by_hand):
    """1.0 drawn in mid-2027, back in mid-2029: 0.05 + 0.1 + 0.05, and a fee of 1 %."""
    case = lent(alone(tiny_case()), term_months=24.0, repayment="bullet", fee_share=0.01)
    by_hand(decided(case, "draw", "loan", "2027", 1.0), 2.0 + 0.2 + 0.01)


def test_what_is_outstanding_at_the_end_is_owed(by_hand):
    """Two years of it: 0.05 + 0.1 of interest, and 1.0 outstanding at the end, as if it were paid back then."""
    case = lent(alone(tiny_case(periods=2)), term_months=24.0, repayment="bullet")
    solution = by_hand(decided(case, "draw", "loan", "2027", 1.0), 2.0 + 0.15)
    owed = {row["what"]: row["musd"] for row in rows(solution, "owed")}
    assert owed["instalments of loan"] == pytest.approx(1.0)
    assert owed["interest of loan"] == pytest.approx(0.05)


def test_a_loan_of_before_the_plan_is_paid_back(by_hand):
    """0.4 drawn in 2026, level over two years: 0.2 in 2027 and 2028, interest on 0.3 and on 0.1."""
    case = lent(alone(tiny_case()), term_months=24.0)
    by_hand(decided(case, "draw", "loan", "2026", 0.4, "done"), 2.0 + 0.4 + 0.04)


def test_a_draw_is_at_most_its_share_of_what_is_spent(by_hand):
    """A loan at a rate of nothing, discounted at 21 %: 70 % of 2.0 in 2027, back a year later.

    2 / 1.1 for hardware in mid-year; the draw brings 1.4 / 1.1 and costs 1.4 / 1.331.
    """
    case = lent(alone(tiny_case(periods=2, discount_rate=0.21)), rate_per_year=0.0, advance_share=0.7)
    solution = by_hand(case, (2.0 - 1.4) / 1.1 + 1.4 / 1.331)
    assert rows(solution, "financing")[0]["drawn_musd"] == pytest.approx(1.4)


def test_more_is_bought_for_a_milestone_only_where_it_pays(by_hand):
    """110 units for 100 queries/s: ten more cost 0.2. Income of 0.3 pays for them, of 0.15 does not."""
    row = {"milestone": "warrants", "subject": "verde", "measure": "units", "amount": 110.0}
    case = alone(tiny_case())
    solution = by_hand(add(case, milestones=(IncentiveMilestone(**row, value_musd=0.3),)), 2.2 - 0.3)
    (event,) = [one for one in rows(solution, "milestones") if one["what"] == "is reached"]
    assert (event["item"], event["musd"]) == ("warrants", pytest.approx(-0.3))
    by_hand(add(case, milestones=(IncentiveMilestone(**row, value_musd=0.15),)), 2.0)


def test_the_value_of_a_milestone_may_change_and_has_a_last_period(by_hand):
    """100 units count from 2027 on; 0.1 then, 0.5 from 2028 on: it is reached in 2028. By 2027 only: 0.1."""
    row = {"milestone": "warrants", "subject": "alpha", "measure": "units", "amount": 100.0, "value_musd": 0.1}
    case = add(alone(tiny_case()), milestone_values=(
        MilestoneValue(milestone="warrants", period="2028", value_musd=0.5),
    ))  # fmt: skip
    by_hand(add(case, milestones=(IncentiveMilestone(**row),)), 2.0 - 0.5)
    by_hand(add(case, milestones=(IncentiveMilestone(**row, by="2027"),)), 2.0 - 0.1)


def agreed(carry, **values):
    case = change(alone(tiny_case()), "offers", "alpha_list", requires=("pact",))
    pact = Agreement(agreement="pact", term_months=36.0, shortfall_usd_per_unit=5000.0)
    levels = tuple(
        CommitLevel(agreement="pact", year_of_term=year, amount=amount, unit="units", carry=carry, **values)
        for year, amount in ((1, 40.0), (2, 60.0))
    )
    return add(case, agreements=(pact,), commit_levels=levels)


def test_a_year_below_its_level_pays_what_is_short(by_hand):
    """All 100 are bought in 2027. 60 are short in 2028: 0.3 at 5,000 a unit; to buy them again would cost 1.2."""
    solution = by_hand(agreed("none"), 2.0 + 0.3)
    first, second = rows(solution, "commit_levels")
    assert (first["counted"], first["shortfall"]) == (100.0, 0.0)
    assert (second["counted"], second["shortfall"], second["fee_musd"]) == (0.0, 60.0, pytest.approx(0.3))


def test_what_is_above_a_level_counts_in_later_years_where_that_is_agreed(by_hand):
    """60 above the level of 2027 are the level of 2028."""
    solution = by_hand(agreed("excess"), 2.0)
    assert [row["brought_forward"] for row in rows(solution, "commit_levels")] == [0.0, 60.0]


def test_a_share_of_the_shortfall_may_be_due(by_hand):
    by_hand(agreed("none", shortfall_share=0.5), 2.0 + 0.15)


def test_an_order_that_is_not_needed_is_cancelled_for_its_fee(by_hand):
    """100 are on order from 2027, due in 2029, when nobody asks any more: 0.4 of deposit, and 0.2 more of the fee."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2029", 0.0))))
    case = change(case, "offers", "alpha_list", lead_time_months=24.0, deposit_share=0.2, cancel_until_months=12.0,
                  cancel_fee_share=0.3)  # fmt: skip
    solution = by_hand(decided(case, "order", "alpha_list", "2027", 100.0), 0.6 + 200 * Y)
    (row,) = rows(solution, "cancellations")
    assert (row["ordered"], row["period"], row["units"], row["fee_musd"]) == ("2027", "2028", 100.0, pytest.approx(0.6))
    order = rows(solution, "orders")[0]
    assert (order["cancelled_units"], order["arriving_units"]) == (100.0, 0.0)


def test_a_deposit_above_the_fee_comes_back(by_hand):
    """Of a deposit of 0.8 a fee of 0.2 is lost."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2029", 0.0))))
    case = change(case, "offers", "alpha_list", lead_time_months=24.0, deposit_share=0.4, cancel_until_months=0.0,
                  cancel_fee_share=0.1)  # fmt: skip
    by_hand(decided(case, "order", "alpha_list", "2027", 100.0), 0.2 + 200 * Y)


def ordered_before(paid, balance, balance_due=None, **terms):
    """100 alpha are on order from 2025, due in 2029, when nobody asks any more."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2029", 0.0))))
    case = change(case, "offers", "alpha_list", **terms)
    due = OpenOrder(offer="alpha_list", site="north", units=100.0, due="2029", ordered="2025",
                    paid_usd_per_unit=paid, balance_usd_per_unit=balance, balance_due=balance_due)  # fmt: skip
    return add(case, open_orders=(due,))


def test_an_order_from_before_the_plan_is_cancelled_for_its_fee(by_hand):
    """Of 2.0 a fee of 0.6 is lost, of which 0.4 was paid before: 0.2, and the balance of 1.6 is not due.

    The books begin with the 0.4; after the fee nothing is left on them.
    """
    case = ordered_before(4000.0, 16000.0, lead_time_months=48.0, cancel_until_months=12.0, cancel_fee_share=0.3)
    solution = by_hand(case, 0.2 + 200 * Y)
    (row,) = rows(solution, "cancellations")
    assert (row["ordered"], row["units"], row["right"]) == ("2025", 100.0, "in time")
    assert (row["value_musd"], row["fee_musd"]) == (pytest.approx(2.0), pytest.approx(0.6))
    assert row["period"] in ("2027", "2028")
    books = [one for one in rows(solution, "book_values") if one["account"] == "orders"]
    assert books[0]["opening_musd"] == pytest.approx(0.4)
    assert books[-1]["musd"] == pytest.approx(0.0, abs=1e-9)
    (decision,) = [one for one in rows(solution, "decisions") if one["verb"] == "cancel"]
    assert decision["how"] == "ordered 2025, before it is due"


def test_an_order_from_before_the_plan_that_is_late_is_paid_back(by_hand):
    """Promised for 2027 and due in 2029: its balance of 1.6, due in 2027, comes back with the 0.4 paid before."""
    late = {"lead_time_months": 24.0, "late_exit_months": 0.0, "cancel_fee_share": 0.3}
    solution = by_hand(ordered_before(4000.0, 16000.0, "2027", **late), -0.4 + 200 * Y)
    (row,) = rows(solution, "cancellations")
    assert (row["right"], row["fee_musd"]) == ("late", 0.0)


def test_an_order_from_before_the_plan_is_kept_after_the_last_date(by_hand):
    """A year's notice ends with 2026 for what is due in 2027, and there is no right because it is late."""
    case = ordered_before(4000.0, 16000.0, "2028", lead_time_months=24.0, cancel_until_months=12.0)
    by_hand(change(case, "accelerators", "alpha", reference_price_usd=0.0), 1.6 + 200 * Y)


def leased(periods=3, **rights):
    case = rent(alone(tiny_case(periods=periods, demand=(("2027", 100.0), ("2028", 0.0)))), term_months=36.0)
    return change(case, "offers", "alpha_rent", **rights) if rights else case


def test_a_lease_is_left_when_the_work_is_gone(by_hand):
    """A year's rent of 0.8 and three months of it as the fee; without the right 2.4, and buying would cost 2.0."""
    solution = by_hand(leased(exit_fee_months=3.0), 1.0)
    (row,) = rows(solution, "lease_changes")
    assert (row["verb"], row["effective"], row["units"]) == ("leave", "2028", 100.0)
    by_hand(leased(), 2.0)


def test_notice_is_paid_for(by_hand):
    """A year of notice given in 2027: out in 2028. Given in 2028 it would be 2029."""
    solution = by_hand(leased(exit_fee_months=0.0, exit_notice_months=12.0), 0.8)
    (row,) = rows(solution, "lease_changes")
    assert (row["period"], row["effective"]) == ("2027", "2028")


def test_a_lease_is_renewed_at_its_rent_as_often_as_agreed(by_hand):
    """0.8 in 2027, then 0.5 a year: 1.3 for two years; for three 1.8 if twice, with once 2.0 for buying."""
    for periods, renewals, cost in ((2, None, 1.3), (3, 2, 1.8), (3, None, 2.0)):
        case = rent(alone(tiny_case(periods=periods)))
        case = change(case, "offers", "alpha_rent", renew_months=12.0, renew_usd_per_unit_per_year=5000.0,
                      renewals=renewals)  # fmt: skip
        by_hand(case, cost)


def test_a_lease_that_runs_is_left_or_renewed(by_hand):
    """100 run to the end of 2028 at 0.9 a year, renewed for 2029 at 0.9; what is dearer than 2.0 for three years.

    Left at once for two months of rent: 0.15, and 2.0 for buying; kept until 2028 and renewed 2.7.
    """
    lease = OpenLease(lease="old", accelerator="alpha", site="north", units=100.0, rent_usd_per_unit_per_year=9000.0,
                      ends="2029", exit_fee_months=2.0, renew_months=12.0)  # fmt: skip
    case = add(alone(tiny_case()), open_leases=(lease,))
    solution = by_hand(case, 0.15 + 2.0)
    (row,) = rows(solution, "lease_changes")
    assert (row["contract"], row["period"], row["begun"]) == ("old", "2027", "")
    dear = change(case, "prices", "alpha_list", unit_price_usd=40000.0)
    solution = by_hand(dear, 2.7)
    (row,) = rows(solution, "lease_changes")
    assert (row["verb"], row["period"]) == ("renew", "2029")


def test_a_rented_hall_costs_its_rent_its_end_and_its_site_from_the_first_module_on(by_hand):
    """0.1 MW for two years: rent 0.05 and 0.055, 0.02 at the end, and 0.1 a year for the site."""
    hall = Expansion(expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.0, max_modules=1,
                     rent_musd_per_module_per_year=0.05, rent_growth_per_year=0.1, term_months=24.0,
                     exit_fee_musd_per_module=0.02)  # fmt: skip
    site = Site(site="north", power_mw=0.0, fixed_musd_per_year=0.1, fixed_from="first_module")
    case = changed(alone(tiny_case(periods=2)), sites=(site,), expansions=(hall,))
    solution = by_hand(case, 2.0 + 0.05 + 0.055 + 0.02 + 0.2)
    (row,) = rows(solution, "expansions")
    assert (row["energised"], row["ends"]) == ("2027", "2028")


def test_power_ends_with_the_term(by_hand):
    """A term of one year, one module in all: 100 Y in 2028, when there is no power any more."""
    hall = Expansion(expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.0, max_modules=1,
                     rent_musd_per_module_per_year=0.05, term_months=12.0)  # fmt: skip
    case = changed(alone(tiny_case(periods=2)), sites=(Site(site="north", power_mw=0.0),), expansions=(hall,))
    by_hand(case, 2.0 + 0.05 + 100 * Y)
