"""Running leases solved by hand: units in term, rents, and that nobody owns them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from models.build import build
from models.outcome import Status
from models.tables.fleet_rows import Resale
from models.tables.holding_rows import OpenLease, OpenOrder
from models.tables.site_rows import Site, SiteSeries
from models.tables.strategy_rows import Agreement, Budget, Policy
from models.whatif import disrupted, lever_of, shocks_of, with_value
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, rent, tiny_case
from tests.models.whatif.shocks import hit


def leased(case, units=100.0, usd=6000.0, ends="2030", accelerator="alpha", site="north"):
    """The case with a running lease."""
    row = OpenLease(
        lease="old",
        accelerator=accelerator,
        site=site,
        units=units,
        rent_usd_per_unit_per_year=usd,
        ends=ends,
    )
    return add(case, open_leases=(row,))


def closed(case):
    """Alpha alone, and nothing on offer."""
    return change(alone(case), "offers", "alpha_list", max_lots_per_period=0.0)


def test_units_serve_and_are_paid_until_the_lease_ends(by_hand):
    """100 alpha at 6,000 USD to the end of 2028: 0.6 and 0.6. In 2029 nothing serves: 100 Y."""
    by_hand(leased(closed(tiny_case()), ends="2029"), 1.2 + 100 * Y)


def test_machines_are_bought_when_the_lease_ends(by_hand):
    """0.6 in 2027 and in 2028; 100 alpha for 2.0 in 2029, of which two thirds of the life outlast the plan."""
    by_hand(leased(alone(tiny_case()), ends="2029"), 1.2 + 2.0)


def test_a_period_that_the_lease_ends_in_is_paid_in_part_and_not_served(by_hand):
    """Ends with June 2028: 0.6 and 0.3, served in 2027 only."""
    by_hand(leased(closed(tiny_case()), ends="2028-07"), 0.9 + 200 * Y)


def test_rent_is_paid_by_the_period(by_hand):
    """Half-years: 0.3 each for two; the third is not served: 100 Y / 2."""
    case = closed(tiny_case(start="2027H1", period="half", demand=(("2027H1", 100.0),)))
    by_hand(leased(case, ends="2028H1"), 0.6 + 50 * Y)


def test_nothing_is_gained_by_a_lease_beyond_the_horizon(by_hand):
    """Three years of rent: 1.8. No value is left, though a unit keeps half of its price for ever."""
    rows = (Resale(accelerator="*", age_years=0.0, fraction_of_reference_price=0.5),)
    by_hand(add(leased(closed(tiny_case()), ends="2040"), resale=rows), 1.8)


def test_units_are_paid_without_work_and_never_sold(by_hand):
    """Demand 40: 1.8 all the same, whatever a unit would bring."""
    rows = (Resale(accelerator="*", age_years=0.0, fraction_of_reference_price=1.0),)
    by_hand(add(leased(closed(tiny_case(demand=(("2027", 40.0),)))), resale=rows), 1.8)


def test_units_neither_fail_nor_need_maintenance(by_hand):
    """Half of the owned units would fail, and owned ones cost 1,000 USD a year: 1.8."""
    case = change(
        closed(tiny_case()), "accelerators", "alpha", failure_rate_per_year=0.5, maintenance_usd_per_year=1000.0
    )
    by_hand(leased(case), 1.8)


def test_leased_units_work_first_and_owned_ones_are_maintained(by_hand):
    """60 leased, 40 bought for 0.8 and kept up at 0.04 a year; rents of 0.36 a year."""
    case = change(alone(tiny_case()), "accelerators", "alpha", maintenance_usd_per_year=1000.0)
    by_hand(leased(case, units=60.0), 0.8 + 3 * 0.04 + 3 * 0.36)


def test_units_draw_the_power_of_their_site(by_hand):
    """0.06 MW let 60 of 100 alpha of 1 kW work, at 100 USD/MWh: 0.05256 a year; all 100 are paid, 40 Y unserved."""
    case = change(closed(tiny_case()), "sites", "north", power_mw=0.06, electricity_usd_per_mwh=100.0)
    by_hand(leased(case), 1.8 + 3 * (0.05256 + 40 * Y))


def test_units_stand_at_their_own_site(by_hand):
    """The north has no power; a lease in the south serves there."""
    case = add(change(closed(tiny_case()), "sites", "north", power_mw=0.0), sites=(Site(site="south"),))
    by_hand(leased(case, site="south"), 1.8)
    by_hand(leased(case), 1.8 + 300 * Y)


def test_units_count_in_shares_of_capability(by_hand):
    """100 alpha of weight 1/2 are leased; a quarter of all is to be beta of weight 1: x = (50 + x) / 4 = 50 / 3."""
    row = Policy(policy="two", kind="min_vendor_share", subject="rosso", span="2027", value=0.25)
    by_hand(add(leased(tiny_case()), policies=(row,)), 1.8 + 50 / 3 * 0.044)


def test_rents_count_in_shares_of_spend(by_hand):
    """A quarter of the spending of 2027 goes to rosso: y = (0.6 + y) / 4 = 0.2."""
    row = Policy(policy="two", kind="min_vendor_share", subject="rosso", span="2027", value=0.25, basis="spend")
    by_hand(add(leased(tiny_case()), policies=(row,)), 1.8 + 0.2)


def test_units_count_in_least_capability(by_hand):
    """At least 60 of capability: 50 are leased (100 of weight 1/2), 20 alpha more for 0.4 (10 beta were 0.44)."""
    row = Policy(policy="floor", kind="min_capability", span="2027", value=60.0)
    by_hand(add(leased(tiny_case()), policies=(row,)), 1.8 + 0.4)


def test_rents_are_in_budgets_of_leases(by_hand, outcome_of):
    """Nothing else can be leased in 2027 where the budget holds just the 0.6; below that there is no plan."""
    case = leased(rent(alone(tiny_case(demand=(("2027", 120.0),))), 5000.0))
    rows = tuple(Budget(budget="rents", categories=("lease",), span=str(y), amount_musd=None) for y in (2028, 2029))

    def with_budget(amount):
        first = Budget(budget="rents", categories=("lease",), span="2027", amount_musd=amount)
        return add(case, budgets=(first, *rows))

    # 20 more alpha: leased for 0.1 a year, or in 2027 bought for 0.4, which then serve on.
    by_hand(with_budget(0.7), 1.8 + 0.3)
    by_hand(with_budget(0.6), 1.8 + 0.4)
    assert outcome_of(with_budget(0.59)).status is Status.INFEASIBLE


def test_leased_units_work_though_all_offers_of_their_machine_are_gated(by_hand):
    """Alpha can be bought under an agreement for 10 only; what is leased needs none."""
    deal = Agreement(agreement="deal", term_months=36.0, prepayment_musd=10.0)
    case = change(add(alone(tiny_case()), agreements=(deal,)), "offers", "alpha_list", requires=("deal",))
    by_hand(leased(case), 1.8)


def test_two_leases_of_one_machine_at_one_site_add_up(by_hand):
    """60 at 6,000 to the end and 40 at 8,000 USD for two years: 1.08 + 0.64, and 40 Y in 2029."""
    case = leased(closed(tiny_case()), units=60.0)
    second = OpenLease(
        lease="new", accelerator="alpha", site="north", units=40.0, rent_usd_per_unit_per_year=8000.0, ends="2029"
    )
    by_hand(add(case, open_leases=(second,)), 1.08 + 0.64 + 40 * Y)


def test_an_open_order_of_a_lease_begins_in_the_plan(by_hand):
    """40 more, due in 2028 for a year at 8,000 USD: 0.32; the running 60 cost 1.08. Unserved: 40 Y twice."""
    case = rent(leased(closed(tiny_case()), units=60.0), max_lots_per_period=0.0)
    due = OpenOrder(offer="alpha_rent", site="north", units=40.0, due="2028")
    by_hand(add(case, open_orders=(due,)), 1.08 + 0.32 + 80 * Y)


@pytest.mark.parametrize(
    "row",
    [
        hit("verde", "supply", 0.0, "2027", 36.0),
        hit("alpha", "price", 2.0, "2027", 36.0),
        hit("verde", "lead_time", 12.0, "2027", 36.0, effect="add"),
    ],
    ids=lambda row: row.field,
)
def test_what_hits_a_vendor_or_machine_leaves_running_leases_alone(by_hand, row):
    """Supply, prices and leads are of what is still to be ordered: 1.8, as before."""
    case = add(leased(alone(tiny_case())), disruptions=(row,))
    found = disrupted(case, shocks_of("shock")).case
    assert found.open_leases == case.open_leases
    by_hand(found, 1.8)


def test_what_hits_a_site_stops_units_there_and_not_their_rent(by_hand):
    """Half of the 0.1 MW is gone in 2028: 50 Y; all rents are paid."""
    case = change(leased(closed(tiny_case())), "sites", "north", power_mw=0.1)
    lost = SiteSeries(site="north", period="2028", available_share=0.5)
    back = SiteSeries(site="north", period="2029", available_share=1.0)
    by_hand(add(case, site_series=(lost, back)), 1.8 + 50 * Y)


def test_units_and_rents_are_inputs_that_studies_change(by_hand):
    """Half of the units, or half of the rent: 0.9, and what then is not served."""
    case = leased(closed(tiny_case()))
    fewer = with_value(case, lever_of(case, "open_leases:old:units"), 0.5)
    by_hand(fewer, 0.9 + 150 * Y)
    by_hand(with_value(case, lever_of(case, "open_leases:old:rent_usd_per_unit_per_year"), 0.5), 0.9)


def test_no_units_leave_the_program_as_it_is_to_the_last_byte():
    """A lease of nothing adds no column, no row and no number, also where shares and budgets count leases."""
    share = Policy(policy="two", kind="max_vendor_share", subject="rosso", span="2027..2029", value=0.5, basis="spend")
    everything = Budget(budget="all", categories=("all",), span="2027..2029", amount_musd=9.0)
    case = add(rent(tiny_case()), policies=(share,), budgets=(everything,))
    before, after = build(case).program, build(leased(case, units=0.0)).program
    for entry in fields(before):
        values = getattr(before, entry.name), getattr(after, entry.name)
        same = np.array_equal(*values) if isinstance(values[0], np.ndarray) else repr(values[0]) == repr(values[1])
        assert same, entry.name


def test_a_case_without_leases_has_no_line_of_them():
    assert ("lease", "running") not in {(line.category, line.what) for line in build(tiny_case()).ledger.lines}
    assert changed(tiny_case(), open_leases=()) == tiny_case()
