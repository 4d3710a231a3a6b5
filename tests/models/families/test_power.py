"""Power solved by hand: what sites have, and what electricity costs."""

from __future__ import annotations

from models.tables.holding_rows import OpeningFleet
from models.tables.site_rows import Site
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, tiny_case


def test_facility_power_is_machine_power_times_pue(by_hand):
    """0.06 MW at a PUE of 1.5: 40 alpha of 1 kW. 0.8 + 3 × 60 Y"""
    by_hand(change(alone(tiny_case()), "sites", "north", power_mw=0.06, pue=1.5), 0.8 + 180 * Y)


def test_scarce_power_goes_to_the_machine_that_makes_most_of_it(by_hand):
    """0.12 MW: 120 alpha, or 40 beta with 80 queries/s. 150 asked for at 1 USD: 120 alpha, 2.4 + 90 Y."""
    by_hand(change(tiny_case(demand=(("2027", 150.0),)), "sites", "north", power_mw=0.12), 2.4 + 90 * Y)


def test_sites_have_their_own_power_and_a_blank_one_no_limit(by_hand):
    """Nothing in the north, everything in the south."""
    case = change(alone(tiny_case()), "sites", "north", power_mw=0.0)
    by_hand(case, 300 * Y)
    by_hand(add(case, sites=(Site(site="south"),)), 2.0)


def test_electricity_is_for_active_units_at_all_hours_of_the_period(by_hand):
    """100 owned, 50 work: 50 × 1 kW × 1.5 × 8,760 h × 100 USD/MWh = 0.0657 a year, in three quarters 0.049275."""
    case = alone(tiny_case(start="2027Q1", period="quarter", demand=(("2027Q1", 50.0),)))
    case = change(case, "sites", "north", pue=1.5, electricity_usd_per_mwh=100.0)
    row = OpeningFleet(accelerator="alpha", site="north", units=100.0, in_service_since="2027Q1")
    by_hand(add(case, opening_fleet=(row,)), 0.75 * 0.0657)
