"""Own chips solved by hand: what they cost and when, the respin that is planned for, and ramps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.disruption_rows import Delay
from models.tables.strategy_rows import Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, tiny_case, with_programme

START = Commitment(kind="start", item="chip", period="2027H1", status="fixed")


def chip(**settings):
    """Six half-years at 21 % without demand; 18 months of design for 0.6, masks 0.5, six months to volume.

    A respin of six months for 0.4 has a chance of a half; 0.3 a year once ready; worth 1.0 at the end.
    """
    case = alone(tiny_case(**{"start": "2027H1", "period": "half", "periods": 6, "discount_rate": 0.21, **settings}))
    case = with_programme(
        changed(case, demand=(("2027H1", 0.0),)), offer="",
        design_months=18.0, design_cost_musd=0.6, mask_set_musd=0.5, tape_out_to_volume_months=6.0,
        respin_probability=0.5, respin_months=6.0, respin_cost_musd=0.4, sustaining_musd_per_year=0.3,
    )  # fmt: skip
    return add(changed(case, programmes=(replace(case.programmes[0], terminal_value_musd=1.0),)), commitments=(START,))


def at(period):
    """The discount of a half-year: 1.21^−(t + ½)/2."""
    return 1.1 ** -(period + 0.5)


@pytest.mark.parametrize(
    ("setting", "ready", "masks"), [("expected", 5, 0.7), ("optimistic", 4, 0.5), ("pessimistic", 5, 0.9)]
)
def test_costs_of_a_programme_fall_where_its_setting_says(by_hand, setting, ready, masks):
    """Design 0.2 in each of three half-years; masks and respin in the fourth; 0.15 from ready on; −1.0 at the end.

    18 + 6 + 3 months are five half-years, without a respin four, with a whole one five.
    """
    sustaining = 0.15 * sum(at(t) for t in range(ready, 6))
    expected = 0.2 * (at(0) + at(1) + at(2)) + masks * at(3) + sustaining - 1.0 * 1.21**-3
    by_hand(chip(tape_out_risk=setting), expected)


@pytest.mark.parametrize(
    ("known", "respins", "paid", "ready"),
    [
        ("2027H1", 0.0, {3: 0.5}, 4),
        ("2027H1", 1.0, {3: 0.9}, 5),
        ("2029H1", 0.0, {3: 0.7, 4: -0.2}, 4),
        ("2029H1", 1.0, {3: 0.7, 4: 0.2}, 5),
        ("2029H1", 2.0, {3: 0.7, 4: 0.6}, None),
        ("2029H2", 1.0, {3: 0.7, 5: 0.2}, 5),
    ],
)
def test_a_known_number_of_respins_takes_the_place_of_the_expected_share(by_hand, known, respins, paid, ready):
    """Half a respin is planned for: 0.2 and three months. What is known from tape-out on is paid when it is known.

    18 + 6 months are four half-years, with a respin five, with two six, which is the end. The first known number is
    that of the later row too, which says nothing of respins.
    """
    rows = (Delay(item="chip", period=known, respins=respins), Delay(item="chip", period="2029-12"))
    sustaining = 0.0 if ready is None else 0.15 * sum(at(t) for t in range(ready, 6)) - 1.21**-3
    expected = 0.2 * (at(0) + at(1) + at(2)) + sum(musd * at(t) for t, musd in paid.items()) + sustaining
    by_hand(add(chip(), delays=rows), expected)


def test_respins_that_are_known_when_it_is_ready_change_nothing(by_hand):
    """Without a planned respin it is ready in 2029H1; what is known of respins from 2029H2 on is of no use."""
    rows = (Delay(item="chip", period="2029H2", respins=2.0),)
    expected = 0.2 * (at(0) + at(1) + at(2)) + 0.5 * at(3) + 0.15 * (at(4) + at(5)) - 1.21**-3
    by_hand(add(chip(tape_out_risk="optimistic"), delays=rows), expected)


def test_what_falls_after_the_horizon_is_not_paid_and_an_unready_programme_is_worth_nothing(by_hand):
    """Two half-years: two thirds of the design."""
    by_hand(chip(periods=2), 0.2 * (at(0) + at(1)))


def test_costs_that_fell_before_the_plan_are_spent(by_hand):
    """Started in 2026H2: design 0.2 in 2027H1 and H2; masks 0.7 in 2028H1; ready five after the start: 2029H1."""
    done = Commitment(kind="start", item="chip", route="house", period="2026H2", status="done")
    expected = 0.2 * (at(0) + at(1)) + 0.7 * at(2) + 0.15 * (at(4) + at(5)) - 1.21**-3
    by_hand(changed(chip(), commitments=(done,)), expected)


def test_a_design_that_takes_no_time_is_paid_at_the_start(by_hand):
    """0.3 and masks of 0.2 at once; 100 alpha. = 2.5"""
    by_hand(with_programme(alone(tiny_case()), design_months=0.0, mask_set_musd=0.2), 2.5)


def test_the_better_route_is_taken_and_only_one(by_hand):
    """House: 0.3 and a year, 100 Y. Partner: 1.0, at once. = 3.0"""
    case = with_programme(alone(tiny_case()), design_months=12.0)
    partner = replace(case.routes[0], route="partner", design_months=0.0, design_cost_musd=1.0)
    by_hand(add(case, routes=(partner,)), 3.0)


def test_a_ramp_bounds_the_arrivals_of_a_year_by_months_since_ready(by_hand):
    """Ready at once; 30 units in the first year, 60 a year from then on: 30, 60 and the last 10. 2.3 + 80 Y"""
    by_hand(with_programme(alone(tiny_case()), design_months=0.0, ramp=((0.0, 30.0), (12.0, 60.0))), 2.3 + 80 * Y)


def test_a_ramp_is_prorated_by_the_period_and_its_last_value_holds(by_hand):
    """Three quarters; 40 a year, 80 from three months on: 10, 20, 20 at 5 USD per thousand.

    0.3 + 50 × 0.02; unserved 90, 70 and 50 quarters of a query/s.
    """
    case = alone(tiny_case(start="2027Q1", period="quarter"))
    case = change(case, "workloads", "chat", penalty_usd_per_1000=10.0)
    by_hand(with_programme(case, design_months=0.0, ramp=((0.0, 40.0), (3.0, 80.0))), 1.3 + 10 * 52.5 * Y)


def test_a_ramp_without_a_value_at_ready_lets_nothing_arrive_before_its_first_row(by_hand):
    """From twelve months on 200 a year: 2.3 + 100 Y."""
    by_hand(with_programme(alone(tiny_case()), design_months=0.0, ramp=((12.0, 200.0),)), 2.3 + 100 * Y)


def test_offers_of_one_programme_share_its_ramp(by_hand):
    """30 units a year of both: 30 beta in 2027, 60 queries/s; 20 alpha and ten beta for the other 40 in 2028.

    0.3 + 1.32 + 0.4 + 0.44 + 40 Y.
    """
    case = with_programme(tiny_case(), design_months=0.0, ramp=((0.0, 30.0),))
    by_hand(change(case, "offers", "beta_list", requires=("chip",)), 2.46 + 40 * Y)
