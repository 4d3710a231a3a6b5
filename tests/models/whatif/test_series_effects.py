"""Prices, demand, lead times, sites and delays under disruptions: what each series says, period by period."""

from __future__ import annotations

import pytest

from models.calendar import Calendar
from models.tables.disruption_rows import Delay, LeadTime
from models.tables.fleet_rows import Price, PriceTier
from models.tables.site_rows import Site, SiteSeries
from models.whatif import Shock
from tests.models.tiny import DAY, add, change, changed, demand, rich_case, tiny_case
from tests.models.whatif.shocks import hit, shocked, table

QUARTERS = {"period": "quarter", "start": "2027Q1", "periods": 8}


def priced(*points, **settings):
    """The tiny case with these prices of alpha_list."""
    rows = tuple(Price(offer="alpha_list", period=label, unit_price_usd=value) for label, value in points)
    case = changed(tiny_case(), **settings)
    return changed(case, prices=(*rows, case.prices[1]))


def prices(case, offer="alpha_list"):
    return {row.period: row.unit_price_usd for row in case.prices if row.offer == offer}


def test_prices_rise_where_they_are_hit_and_come_back():
    """Half again for twelve months from July 2027: a quarter on top of two years."""
    found = shocked(priced(("2027", 100.0)), hit("alpha_list", "price", 1.5, "2027-07", 12.0))
    assert prices(found.case) == {"2027": 125.0, "2028": 125.0, "2029": 100.0}
    assert prices(found.case, "beta_list") == {"2027": 44000.0}


def test_prices_keep_their_own_steps_under_a_disruption_and_rows_outside_stay():
    points = (("2026", 130.0), ("2027Q2", 100.0), ("2027-08", 90.0), ("2028Q3", 60.0))
    case = priced(*points, **QUARTERS)
    found = shocked(case, hit("alpha", "price", 1.2, "2027Q3", 6.0))
    # August's price counts from the fourth quarter on, and is back in the first of 2028.
    expected = {"2026": 130, "2027Q2": 100, "2027Q3": 120, "2027Q4": 108, "2028Q1": 90, "2028Q3": 60}
    assert prices(found.case) == pytest.approx(expected)
    assert list(prices(found.case)) == list(expected)
    assert [(c.period, c.before, c.after) for c in found.changes] == [
        ("2027Q3", 100.0, 120.0),
        ("2027Q4", 90.0, 108.0),
    ]


def test_a_price_that_is_hit_to_the_end_needs_no_way_back_and_one_not_known_yet_stays_unknown():
    found = shocked(priced(("2028", 100.0)), hit("alpha_list", "price", 1.2, "2027", 36.0))
    assert prices(found.case) == {"2028": 120.0, "2029": 120.0}
    found = shocked(priced(("2028", 100.0)), hit("alpha_list", "price", 1.2, "2027", 12.0))
    assert found.without_effect == ("shock: alpha_list has no price in the periods hit.",)


def test_price_factors_of_offer_accelerator_and_vendor_multiply_and_addends_add():
    rows = (
        hit("alpha_list", "price", 1.1, "2028", 12.0),
        hit("alpha", "price", 1.2, "2028", 12.0),
        hit("verde", "price", -40.0, "2028", 6.0, effect="add"),
    )
    found = shocked(priced(("2027", 100.0)), *rows)
    assert prices(found.case)["2028"] == pytest.approx(100 * 1.1 * 1.2 - 20)


def test_no_price_falls_below_nothing():
    found = shocked(priced(("2027", 100.0)), hit("alpha_list", "price", -500.0, "2028", 12.0, effect="add"))
    assert prices(found.case)["2028"] == 0.0


def test_notes_and_sources_of_a_price_stay_with_it():
    row = Price(offer="alpha_list", period="2027", unit_price_usd=100.0, note="list", source="vendor")
    found = shocked(changed(tiny_case(), prices=(row,)), hit("alpha_list", "price", 1.5, "2028", 12.0))
    assert table(found.case, "prices", "period", "note", "source") == [
        (label, "list", "vendor") for label in ("2027", "2028", "2029")
    ]


def test_over_the_span_of_a_tier_the_change_is_the_mean_of_its_periods():
    """Twice the price in the last quarter of 2027 and the first of 2028: over the tier's span 2027 a factor of 1.25."""
    tier = PriceTier(offer="alpha_list", span="2027", from_units=10.0, discount=0.1, kind="incremental")
    case = add(priced(("2027", 100.0), **QUARTERS), price_tiers=(tier,))
    found = shocked(case, hit("alpha_list", "price", 2.0, "2027Q4", 6.0))
    assert prices(found.case) == pytest.approx(
        {"2027Q1": 125, "2027Q2": 125, "2027Q3": 125, "2027Q4": 125, "2028Q1": 200, "2028Q2": 100}
    )
    assert found.seen == "2027Q1"


def test_a_tier_span_that_reaches_beyond_the_horizon_counts_its_periods_inside():
    tier = PriceTier(offer="alpha_list", span="2026..2028", from_units=10.0, discount=0.1, kind="incremental")
    case = add(priced(("2027", 100.0)), price_tiers=(tier,))
    found = shocked(case, hit("alpha_list", "price", 2.0, "2028", 12.0))
    assert prices(found.case) == {"2027": 150.0, "2028": 150.0, "2029": 100.0}


def rates(case, workload="chat"):
    return {row.period: row.queries_per_day_million / DAY for row in case.demand if row.workload == workload}


def test_demand_is_written_for_each_period():
    found = shocked(tiny_case(), hit("chat", "demand", 1.5, "2028", 6.0, recovery=6.0))
    assert rates(found.case) == pytest.approx({"2027": 100, "2028": 100 * (1 + 0.5 * 0.75), "2029": 100})


@pytest.mark.parametrize(("form", "middle"), [("linear", 250.0), ("geometric", 200.0), ("step", 100.0)])
def test_interpolated_demand_is_hit_in_its_periods_and_no_other(form, middle):
    """From 100 to 400 over two years; a year hit by half doubles nothing beside it."""
    case = changed(tiny_case(), demand=demand(("2027", 100.0), ("2029", 400.0)), demand_interpolation=form)
    found = shocked(case, hit("chat", "demand", 2.0, "2028-07", 6.0))
    assert rates(found.case) == pytest.approx({"2027": 100, "2028": 1.5 * middle, "2029": 400})
    assert [change.period for change in found.changes] == ["2028"]


def test_an_addend_of_demand_is_in_its_unit_and_not_prorated():
    case = changed(tiny_case(), **QUARTERS)
    found = shocked(case, hit("chat", "demand", -2 * DAY, "2027Q2", 3.0, effect="add"))
    assert rates(found.case)["2027Q2"] == pytest.approx(98)
    found = shocked(case, hit("chat", "demand", -200 * DAY, "2027Q2", 3.0, effect="add"))
    assert rates(found.case)["2027Q2"] == 0.0


def leads(case):
    return table(case, "lead_times", "offer", "period", "lead_time_months")


def test_lead_times_grow_beside_the_nominal_one_and_come_back():
    case = change(changed(tiny_case(), **QUARTERS), "offers", "alpha_list", lead_time_months=4.0)
    found = shocked(case, hit("alpha", "lead_time", 3.0, "2027Q2", 6.0, recovery=3.0))
    assert leads(found.case) == [
        ("alpha_list", "2027Q2", 12.0),
        ("alpha_list", "2027Q4", 8.0),
        ("alpha_list", "2028Q1", 4.0),
    ]
    assert table(found.case, "backlogs", "offer", "since") == [("alpha_list", "2027Q2")]
    assert found.case.offers is case.offers
    assert [(c.period, c.before, c.after) for c in found.changes if c.table == "lead_times"] == [
        ("2027Q2", 4.0, 12.0),
        ("2027Q3", 4.0, 12.0),
        ("2027Q4", 4.0, 8.0),
    ]


def test_lead_times_that_are_known_already_are_what_grows():
    known = (LeadTime(offer="alpha_list", period="2028", lead_time_months=6.0),)
    case = add(change(tiny_case(), "offers", "alpha_list", lead_time_months=4.0), lead_times=known)
    found = shocked(
        case,
        hit("alpha_list", "lead_time", 2.0, "2027", 24.0),
        hit("verde", "lead_time", 3.0, "2027", 24.0, effect="add"),
    )
    assert leads(found.case) == [
        ("alpha_list", "2027", 11.0),
        ("alpha_list", "2028", 15.0),
        ("alpha_list", "2029", 6.0),
    ]


def test_a_lead_time_of_nothing_cannot_be_multiplied_and_that_is_said():
    found = shocked(tiny_case(), hit("alpha_list", "lead_time", 2.0, "2028", 12.0))
    assert found.without_effect == ("shock: alpha_list has no lead time in the periods hit that could change.",)
    assert leads(shocked(tiny_case(), hit("alpha_list", "lead_time", 2.0, "2028", 12.0, effect="add")).case) == [
        ("alpha_list", "2028", 2.0),
        ("alpha_list", "2029", 0.0),
    ]


def powered(power=10.0, **settings):
    return changed(tiny_case(), sites=(Site(site="north", power_mw=power, electricity_usd_per_mwh=80.0),), **settings)


def states(case):
    return table(case, "site_series", "period", "power_mw", "available_share", "electricity_usd_per_mwh")


def test_less_power_is_a_share_of_all_of_it():
    found = shocked(powered(), hit("north", "power", 0.6, "2028-07", 6.0))
    assert states(found.case) == [("2028", None, 0.8, None), ("2029", None, 1.0, None)]
    (one,) = found.changes
    assert (one.column, one.before, one.after) == ("available_share", 1.0, 0.8)


def test_more_power_is_more_of_what_is_there_and_addends_are_megawatts():
    found = shocked(powered(), hit("north", "power", 1.5, "2028", 12.0))
    assert states(found.case) == [("2028", 15.0, 1.0, None), ("2029", None, 1.0, None)]
    found = shocked(powered(), hit("north", "power", -4.0, "2028-07", 6.0, effect="add"))
    assert states(found.case) == [("2028", 8.0, 1.0, None), ("2029", None, 1.0, None)]
    found = shocked(powered(), hit("north", "power", -40.0, "2028", 12.0, effect="add"))
    assert states(found.case)[0] == ("2028", 0.0, 1.0, None)


def test_power_and_electricity_of_a_site_are_one_state():
    rows = hit("north", "power", 0.5, "2027", 12.0), hit("north", "electricity", 2.0, "2027", 24.0)
    found = shocked(powered(), *rows)
    assert states(found.case) == [("2027", None, 0.5, 160.0), ("2028", None, 1.0, 160.0), ("2029", None, 1.0, None)]


def test_a_state_that_is_known_already_is_what_changes():
    known = (
        SiteSeries(site="north", period="2027", power_mw=6.0, available_share=0.9),
        SiteSeries(site="north", period="2029", electricity_usd_per_mwh=50.0),
    )
    case = add(powered(), site_series=known)
    found = shocked(
        case, hit("north", "power", 0.5, "2028", 24.0), hit("north", "electricity", 5.0, "2029", 12.0, effect="add")
    )
    assert states(found.case) == [("2027", 6.0, 0.9, None), ("2028", 6.0, 0.45, None), ("2029", None, 0.5, 55.0)]


def test_a_site_without_a_limit_of_power_stays_without_and_that_is_said():
    found = shocked(tiny_case(), hit("north", "power", 0.5, "2028", 12.0))
    assert found.without_effect == ("shock: north has no limit of power where it is hit, and stays without.",)
    assert found.changes == ()


def test_electricity_for_nothing_cannot_be_multiplied_and_that_is_said():
    found = shocked(tiny_case(), hit("north", "electricity", 2.0, "2028", 12.0))
    assert found.without_effect == ("shock: north has no price of electricity that could change.",)
    assert found.changes == ()


def delays(case):
    return table(case, "delays", "item", "period", "months", "fails")


def test_a_slip_without_months_is_for_good():
    found = shocked(rich_case(), hit("chip", "slip", 7.0, "2027-05", 0.0, recovery=12.0, effect="add"))
    assert delays(found.case) == [("chip", "2027Q2", 7.0, False)]
    assert found.seen == "2027Q2"


def test_a_slip_with_months_ends_with_them():
    """In force from May to November: in the second to fourth quarter, which it touches. No recovery."""
    found = shocked(rich_case(), hit("chip", "slip", 7.0, "2027-05", 6.0, recovery=12.0, effect="add"))
    assert delays(found.case) == [("chip", "2027Q2", 7.0, False), ("chip", "2028Q1", 0.0, False)]
    found = shocked(rich_case(), hit("chip", "slip", 7.0, "2027-04", 6.0, effect="add"))
    assert delays(found.case) == [("chip", "2027Q2", 7.0, False), ("chip", "2027Q4", 0.0, False)]


def test_slips_add_up_with_each_other_and_with_what_is_known_and_scale_with_depth():
    known = (Delay(item="chip", period="2027Q1", months=1.0), Delay(item="chip", period="2027Q4", months=2.0))
    rows = (
        hit("chip", "slip", 6.0, "2027Q2", 0.0, effect="add"),
        hit("chip", "slip", 3.0, "2027Q3", 3.0, name="more", effect="add"),
    )
    found = shocked(add(rich_case(), delays=known), *rows, shocks=[Shock("shock", depth=0.5), Shock("more")])
    assert delays(found.case) == [
        ("chip", "2027Q1", 1.0, False),
        ("chip", "2027Q2", 4.0, False),
        ("chip", "2027Q3", 7.0, False),
        ("chip", "2027Q4", 5.0, False),
    ]


@pytest.mark.parametrize("item", ["chip", "firm", "hall"])
@pytest.mark.parametrize("depth", [0.2, 1.0])
def test_a_failure_is_for_good_at_every_depth_but_none(item, depth):
    row = hit(item, "fail", 1.0, "2027-08", 3.0)
    found = shocked(rich_case(), row, shocks=[Shock("shock", depth=depth)])
    assert delays(found.case) == [(item, "2027Q3", 0.0, True)]
    assert shocked(rich_case(), row, shocks=[Shock("shock", depth=0.0)]).changes == ()


def test_what_has_failed_is_not_late_any_more():
    rows = hit("chip", "fail", 0.0, "2027Q3", 0.0), hit("chip", "slip", 4.0, "2027Q2", 9.0, effect="add")
    found = shocked(rich_case(), *rows)
    assert delays(found.case) == [("chip", "2027Q2", 4.0, False), ("chip", "2027Q3", 4.0, True)]


def test_rows_of_a_series_stand_where_they_stood():
    case = priced(("2027", 100.0))
    found = shocked(case, hit("alpha_list", "price", 1.5, "2028", 12.0))
    assert [row.offer for row in found.case.prices] == ["alpha_list"] * 3 + ["beta_list"]


@pytest.mark.parametrize(
    ("period", "start"), [("year", "2027"), ("half", "2027H1"), ("quarter", "2027Q1"), ("month", "2027-01")]
)
def test_a_year_of_prices_costs_the_same_in_every_calendar(period, start):
    """Twice the price for a year from July 2027 is a mean of 150 over 2027 and 2028."""
    case = priced(("2027", 100.0), period=period, start=start, periods=24 // Calendar(start, period, 1).months)
    found = shocked(case, hit("alpha_list", "price", 2.0, "2027-07", 12.0))
    calendar = Calendar(start, period, case.settings.periods)
    known = prices(found.case)
    values = []
    for label in calendar.labels:
        values.append(known.get(label, values[-1] if values else 100.0))
    assert sum(values) / len(values) == pytest.approx(150.0)
