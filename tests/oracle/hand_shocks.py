"""Cases solved by hand for what a disruption changes from a period on: leads, backlogs, delays, failures, sites."""

from __future__ import annotations

from dataclasses import replace

from models.case import (
    Acquisition,
    Backlog,
    Commitment,
    Delay,
    Expansion,
    LeadTime,
    Limit,
    LimitUse,
    Offer,
    OpenOrder,
    Price,
    PriceTier,
    Programme,
    Route,
    SiteSeries,
)
from tests.oracle.hand_base import closed, machine, offer, opening, plain, resale, settings, site

IDLE = (("2027", 0.0),)


def lead(months, since, name="list"):
    """A row of `lead_times`."""
    return LeadTime(offer=name, period=since, lead_time_months=months)


def late_units_are_paid_when_due_and_work_when_they_arrive():
    """100 queries/s, three years, 10 %; lead a year, for arrivals from 2028 on two; 20,000 USD, a quarter at order.

    Order 100 in 2027: 0.5 in 2027, 1.5 in 2028 as if it were on time; integration of 1,000 USD in 2029, when they
    come: 0.1. Nothing works in 2027 and 2028: unserved 3.1536 each.
    3.6536 × 1.1^−0.5 + 4.6536 × 1.1^−1.5 + 0.1 × 1.1^−2.5 = 7.5960...
    """
    case = offer(
        plain(periods=3, rate=0.1, demand=(("2027", 100.0),)),
        lead_time_months=12.0,
        deposit_share=0.25,
        integration_usd_per_unit=1000.0,
        last_order="2027",
    )
    expected = 3.6536 * 1.1**-0.5 + 4.6536 * 1.1**-1.5 + 0.1 * 1.1**-2.5
    return replace(case, lead_times=(lead(24.0, "2028"),)), expected


def order_of_before_arrives_as_soon_as_the_lead_has_shrunk():
    """Half-years; lead 18 months, from August 2027 on six: it holds from 2028H1. Order of 2027H1 arrives there.

    Demand of 100 from 2028H1 on, orders in 2027H1 only: 100 units for 2.0, due and paid three half-years later in
    2028H2, at 21 %. Without the change they would arrive then too, and leave 2028H1 unserved.
    2.0 × 1.21^−1.75 = 1.4327...
    """
    demand = (("2027H1", 0.0), ("2028H1", 100.0))
    case = offer(
        plain(period="half", start="2027H1", periods=5, rate=0.21, demand=demand),
        lead_time_months=18.0,
        last_order="2027H1",
    )
    return replace(case, lead_times=(lead(6.0, "2027-08"),)), 2.0 * 1.21**-1.75


def life_begins_when_a_unit_arrives():
    """Lead none, for arrivals in 2027 a year; units live one year. 100 of 2027 work in 2028; in 2027 nothing does.

    3.1536 in 2027; 2.0 for 100 units that are ordered in 2027 or 2028 and work in 2028. = 5.1536
    """
    case = machine(plain(periods=2), life_years=1.0)
    return replace(case, lead_times=(lead(12.0, "2027"), lead(0.0, "2028"))), 5.1536


def equality_holds_without_a_backlog():
    """60 may arrive in 2028, what was ordered in 2027 with a lead of a year must: 60 ordered, though 100 could be used.

    100 queries/s in 2028 and 2029, one order period. 60 × 20,000 USD = 1.2; 40 unserved in two years: 2.52288.
    = 3.72288
    """
    return scarce(), 3.72288


def scarce():
    """Lead of a year, orders in 2027 only, demand from 2028 on, 60 arrivals in 2028 and 60 in 2029."""
    demand = (("2027", 0.0), ("2028", 100.0))
    case = offer(plain(periods=3, demand=demand), lead_time_months=12.0, last_order="2027")
    rows = tuple(Limit(limit="hbm", span=span, amount=60.0) for span in ("2027..2028", "2029"))
    return replace(case, limits=rows, limit_use=(LimitUse(limit="hbm", offer="list", use_per_unit=1.0),))


def shortage_makes_a_backlog():
    """The same, touched from 2028 on: 100 ordered in 2027, 60 arrive in 2028, and 40 in 2029.

    100 × 20,000 USD = 2.0; 40 unserved in 2028: 1.26144. = 3.26144
    """
    return replace(scarce(), backlogs=(Backlog(offer="list", since="2028-07"),)), 3.26144


def what_is_ordered_in_a_backlog_is_punctual():
    """The same, touched from 2027 on: what is ordered in 2027 must come in 2028, so that 60 are. = 3.72288"""
    return replace(scarce(), backlogs=(Backlog(offer="list", since="2027"),)), 3.72288


def another_backlog_makes_earlier_orders_late_again():
    """The same, touched in 2027 and again in 2028: the 100 of 2027 may be late after all. = 3.26144"""
    rows = tuple(Backlog(offer="list", since=since) for since in ("2027", "2028-07"))
    return replace(scarce(), backlogs=rows), 3.26144


def open_orders_of_a_touched_offer_wait_too():
    """50 open units due in 2027 with 4,000 USD to pay then; 20 of them may arrive a year. Nothing else is on offer.

    50 queries/s, two years: 0.2; 30 unserved in 2027 and 10 in 2028: 1.26144. = 1.46144
    """
    case = offer(plain(periods=2, demand=(("2027", 50.0),)), max_lots_per_period=0.0)
    due = OpenOrder(offer="list", site="north", units=50.0, due="2027", balance_usd_per_unit=4000.0)
    rows = tuple(Limit(limit="hbm", span=span, amount=20.0) for span in ("2027", "2028"))
    use = (LimitUse(limit="hbm", offer="list", use_per_unit=1.0),)
    touched = (Backlog(offer="list", since="2026"),)
    return replace(case, open_orders=(due,), limits=rows, limit_use=use, backlogs=touched), 1.46144


def late_lease(tiers=()):
    """Lead none, for arrivals in 2027 a year; leased for a year at 9,000 USD in 2027, 12,000 in 2028; in 2027 only."""
    rent = Offer(offer="rent", accelerator="gpu", kind="lease", term_months=12.0, last_order="2027")
    case = closed(plain(periods=2))
    prices = [Price(offer="rent", period=when, unit_price_usd=usd) for when, usd in (("2027", 9e3), ("2028", 12e3))]
    late = (lead(12.0, "2027", "rent"), lead(0.0, "2028", "rent"))
    return replace(
        case,
        offers=(*case.offers, rent),
        prices=(*case.prices, *prices),
        lead_times=late,
        price_tiers=tiers,
    )


def late_lease_pays_the_price_of_its_arrival():
    """Leased units come in 2028: 100 × 12,000 USD, the price one nominal lead (none) before they do; 2027 unserved.

    1.2 + 3.1536 = 4.3536
    """
    return late_lease(), 4.3536


def late_lease_with_discounts_pays_its_order():
    """A tenth off from 50 units: the bill of 2027, 100 × 8,100 USD, is paid in the term that begins with the order.

    0.81 in 2027, though they come in 2028; 2027 is unserved: 3.1536. = 3.9636
    """
    tier = PriceTier(offer="rent", span="2027", from_units=50.0, discount=0.1, kind="all_units")
    return late_lease((tier,)), 3.9636


def chip(**changes):
    """Five half-years; a design of six months and 0.1, six to volume, 0.2 a year from ready on; worth 0.4 at the end.

    Units at 10,000 USD need the chip, started in 2027H1; 100 queries/s.
    """
    case = plain(period="half", start="2027H1", periods=5, penalty=1.0)
    case = offer(machine(case, life_years=5.0), price=10000.0, requires=("chip",))
    route = Route(
        programme="chip",
        route="house",
        design_months=6.0,
        design_cost_musd=0.1,
        mask_set_musd=0.05,
        tape_out_to_volume_months=6.0,
        sustaining_musd_per_year=0.2,
    )
    started = Commitment(kind="start", item="chip", period="2027H1", status="done")
    made = replace(
        case,
        programmes=(Programme(programme="chip", terminal_value_musd=0.4),),
        routes=(route,),
        commitments=(started,),
    )
    return replace(made, **changes)


def slip_before_ready_opens_the_gate_later():
    """Ready in 2028H1 by plan; a slip of 2 months is known from 2028H1 on, and one of 8 from 2028H2 on.

    12 + 2 months are three half-years, so not in 2028H1; 12 + 8 months are four, so not in 2028H2: ready in 2029H1,
    when 100 units are bought: 1.0. Unserved till then: 4 × 1.5768. Design 0.1, masks 0.05, sustaining 0.1 in 2029H1;
    worth 0.4. 1.0 + 6.3072 + 0.25 − 0.4 = 7.1572
    """
    rows = (Delay(item="chip", period="2028H1", months=2.0), Delay(item="chip", period="2028-07", months=8.0))
    return chip(delays=rows), 7.1572


def slip_after_ready_changes_nothing():
    """Ready in 2028H1; the slip of 8 months and even the failure of 2028H2 come too late: it stays ready.

    2027 unserved: 3.1536; 100 units 1.0; 0.15 + three half-years of 0.1; worth 0.4. = 4.2036
    """
    rows = (Delay(item="chip", period="2028H2", months=8.0), Delay(item="chip", period="2029", fails=True))
    return chip(delays=rows), 4.2036


def failed_programme_is_never_ready():
    """It fails in 2027H2; that the row of 2028H1 does not say so any more changes nothing: a failure is permanent.

    Five half-years unserved: 7.884; the design of 2027H1, 0.1, is spent; masks, due in 2027H2, are not paid any more.
    = 7.984
    """
    rows = (Delay(item="chip", period="2027H2", fails=True), Delay(item="chip", period="2028H1"))
    return chip(delays=rows), 7.984


def start_before_the_plan_slips_by_what_is_known_in_it():
    """Started in 2026H1 with 18 months to volume, due 2027H2; a slip of 6 known since 2026 holds from 2027H1 on.

    Ready in 2028H1: unserved 3.1536; 1.0 for 100 units. Design and masks fell in 2026 and are spent. Sustaining 0.1 in
    each of three half-years; worth 0.4. = 4.0536
    """
    case = chip(delays=(Delay(item="chip", period="2026", months=6.0),))
    route = replace(case.routes[0], tape_out_to_volume_months=12.0)
    started = Commitment(kind="start", item="chip", period="2026H1", status="done")
    return replace(case, routes=(route,), commitments=(started,)), 4.0536


def deal(**changes):
    """Five half-years without demand; alpha signed in 2027H1 for 1.0, closes in 6 months, is owned 6 months later.

    Integration 0.2 a year for a year from closing, 0.6 a year once owned; four tenths of the price are lost on failure.
    """
    case = plain(period="half", start="2027H1", periods=5, demand=IDLE, rate=0.21)
    alpha = Acquisition(
        acquisition="alpha",
        price_musd=1.0,
        months_to_close=6.0,
        months_to_integrate=6.0,
        integration_musd_per_year=0.2,
        integration_years=1.0,
        contribution_musd_per_year=0.6,
        break_fee_share=0.4,
    )
    signed = Commitment(kind="close", item="alpha", period="2027H1", status="fixed")
    return replace(case, acquisitions=(alpha,), commitments=(signed,), **changes)


def late_closing_moves_integration_and_income():
    """Six months late: closed in 2028H1, owned in 2028H2. 0.1 in 2028H1 and 2028H2, −0.3 in 2028H2 and 2029H1.

    1.0 × 1.21^−0.25 + 0.1 × 1.21^−1.25 − 0.2 × 1.21^−1.75 − 0.3 × 1.21^−2.25 = 0.6936...
    """
    expected = 1.21**-0.25 + 0.1 * 1.21**-1.25 - 0.2 * 1.21**-1.75 - 0.3 * 1.21**-2.25
    return deal(delays=(Delay(item="alpha", period="2027", months=6.0),)), expected


def deal_that_does_not_clear_pays_back_all_but_the_fee():
    """Known at signing: six tenths of the price come back in 2027H2, when it should have closed.

    1.0 × 1.21^−0.25 − 0.6 × 1.21^−0.75 = 0.4333...
    """
    expected = 1.21**-0.25 - 0.6 * 1.21**-0.75
    return deal(delays=(Delay(item="alpha", period="2027H1", fails=True),)), expected


def deal_that_fails_while_late_pays_back_then():
    """Ten months late, so not closed in 2027H2 or 2028H1; it fails in 2028H1: six tenths come back there.

    1.0 × 1.21^−0.25 − 0.6 × 1.21^−1.25 = 0.4806...
    """
    rows = (Delay(item="alpha", period="2027", months=10.0), Delay(item="alpha", period="2028", fails=True))
    return deal(delays=rows), 1.21**-0.25 - 0.6 * 1.21**-1.25


def deal_that_fails_after_closing_pays_nothing_back():
    """Closed in 2027H2, failed in 2028H1 before it is owned: integration goes on for its year, no income, no refund.

    1.0 × 1.21^−0.25 + 0.1 × 1.21^−0.75 + 0.1 × 1.21^−1.25 = 1.1189...
    """
    expected = 1.21**-0.25 + 0.1 * 1.21**-0.75 + 0.1 * 1.21**-1.25
    return deal(delays=(Delay(item="alpha", period="2028H1", fails=True),)), expected


def hall(*delays):
    """Four half-years; 100 opening units of 1 kW at a site without power; modules of 100 kW at 1.2 in 6 months."""
    case = plain(period="half", start="2027H1", periods=4, penalty=10.0)
    case = site(opening(closed(case), 100.0, "2027H1"), power_mw=0.0)
    row = Expansion(
        expansion="hall",
        site="north",
        module_mw=0.1,
        cost_musd_per_module=1.2,
        max_modules=1,
        lead_time_months=6.0,
        life_years=10.0,
        last_order="2027H1",
    )
    return replace(case, expansions=(row,), delays=delays)


def late_expansion_is_paid_on_time_and_lasts_longer():
    """Seven months late: 13 months are three half-years, so power from 2028H2 on; 1.2 is paid in 2027H1 as planned.

    Three half-years unserved at 10 USD: 47.304; half a year of ten used: 1.2 × 0.95 = 1.14 left. = 47.364
    """
    return hall(Delay(item="hall", period="2027", months=7.0)), 47.364


def failed_expansion_is_not_worth_ordering():
    """It fails in 2027H2: ordering it costs 1.2 and brings nothing. Two years unserved at 10 USD. = 63.072"""
    return hall(Delay(item="hall", period="2027H2", fails=True)), 63.072


def committed_expansion_that_fails_is_paid_and_worth_nothing():
    """The same, but ordered already: 1.2 more. = 64.272"""
    built = Commitment(kind="build", item="hall", period="2027H1", quantity=1.0, status="done")
    case = hall(Delay(item="hall", period="2027H2", fails=True))
    return replace(case, commitments=(built,)), 64.272


def share_of_power_counts_modules_too():
    """A module of 100 kW works from 2027H2 on. In 2028H1 half can be used, in 2028H2 eight tenths, with 20 kW more.

    Served of 100: none, 100, 50, 96. Unserved 100 + 50 + 4 = 154 for a half-year at 10 USD: 24.28272; 1.2 less
    1.2 × 0.85 left. = 24.46272
    """
    rows = (
        SiteSeries(site="north", period="2028H1", available_share=0.5),
        SiteSeries(site="north", period="2028H2", available_share=0.8, power_mw=0.02),
    )
    return replace(hall(), site_series=rows), 24.46272


def site_without_a_limit_keeps_none_whatever_its_share():
    """Three years, 100 units of 1 kW. A share of 0 changes nothing in 2027; from 2028 on 40 kW are all there is.

    2.0 for 100 units; 60 unserved in 2028: 1.89216; from 2029 on the limit is gone again. = 3.89216
    """
    rows = (
        SiteSeries(site="north", period="2027", available_share=0.0),
        SiteSeries(site="north", period="2028", power_mw=0.04),
        SiteSeries(site="north", period="2029"),
    )
    return replace(plain(periods=3), site_series=rows), 3.89216


def electricity_follows_its_series():
    """100 units of 1 kW at 50 USD/MWh; from 2028Q3 on 200, and from 2028Q4 on 50 again. Quarters 2028Q1 … Q4.

    876 MWh a year, 219 a quarter: 3 × 0.01095 + 0.0438 = 0.07665; 100 units 2.0. = 2.07665
    """
    case = site(plain(period="quarter", start="2028Q1", periods=4, penalty=10.0), electricity_usd_per_mwh=50.0)
    rows = (
        SiteSeries(site="north", period="2028Q3", electricity_usd_per_mwh=200.0),
        SiteSeries(site="north", period="2028Q4"),
    )
    return replace(case, site_series=rows), 2.07665


def late_units_are_worth_their_own_age():
    """One order period; lead none, for arrivals in 2027 a year: 100 units come in 2028, a year old at the end.

    Resale 0.5 at one year, 0.3 at two, and no early sale: 2.0 − 1.0 left; 2027 unserved 3.1536. = 4.1536
    """
    case = settings(offer(plain(periods=2), last_order="2027"), early_retirement=False)
    case = resale(case, (1.0, 0.5), (2.0, 0.3))
    return replace(case, lead_times=(lead(12.0, "2027"), lead(0.0, "2028"))), 4.1536


BUILDERS = (
    late_units_are_paid_when_due_and_work_when_they_arrive,
    order_of_before_arrives_as_soon_as_the_lead_has_shrunk,
    life_begins_when_a_unit_arrives,
    equality_holds_without_a_backlog,
    shortage_makes_a_backlog,
    what_is_ordered_in_a_backlog_is_punctual,
    another_backlog_makes_earlier_orders_late_again,
    open_orders_of_a_touched_offer_wait_too,
    late_lease_pays_the_price_of_its_arrival,
    late_lease_with_discounts_pays_its_order,
    slip_before_ready_opens_the_gate_later,
    slip_after_ready_changes_nothing,
    failed_programme_is_never_ready,
    start_before_the_plan_slips_by_what_is_known_in_it,
    late_closing_moves_integration_and_income,
    deal_that_does_not_clear_pays_back_all_but_the_fee,
    deal_that_fails_while_late_pays_back_then,
    deal_that_fails_after_closing_pays_nothing_back,
    late_expansion_is_paid_on_time_and_lasts_longer,
    failed_expansion_is_not_worth_ordering,
    committed_expansion_that_fails_is_paid_and_worth_nothing,
    share_of_power_counts_modules_too,
    site_without_a_limit_keeps_none_whatever_its_share,
    electricity_follows_its_series,
    late_units_are_worth_their_own_age,
)
