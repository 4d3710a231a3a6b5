"""Pieces of the check against numbers worked out on paper."""

import pytest

from models.checks.case_facts import CaseFacts, facts_of
from models.checks.money_supply import discounted_units
from models.checks.time import calendar_of, interval
from models.families.purchases import end_of_lower_tier
from models.tables.fleet_rows import PriceTier
from tests.models.checks.plans import bases


def tiers(kind, *steps):
    return [PriceTier(offer="o", span="2027", from_units=start, discount=off, kind=kind) for start, off in steps]


@pytest.mark.parametrize(
    ("label", "months"),
    [
        ("2027", (24324, 24336)),
        ("2027H2", (24330, 24336)),
        ("2027Q3", (24330, 24333)),
        ("2027-07", (24330, 24331)),
        ("2027Q3..2028Q2", (24330, 24342)),
    ],
)
def test_labels_are_whole_months(label, months):
    assert interval(label) == months


@pytest.mark.parametrize("label", ["", "27", "2027Q5", "2027H3", "2027-13", "2027-00", "2028..2027", "2027q1", ".."])
def test_other_texts_are_no_labels(label):
    with pytest.raises(ValueError, match=r"label|span"):
        interval(label)


def test_lags_round_up_and_lives_round_down():
    quarters = calendar_of("2027", "quarter", 8)
    assert [quarters.lag(months) for months in (0, 0.5, 3, 3.1, 6)] == [0, 1, 1, 2, 2]
    assert [quarters.life(years) for years in (0.1, 0.25, 0.49, 0.5, 5)] == [1, 1, 1, 2, 20]
    assert quarters.lag(0.1 + 0.2 + 2.7) == 1


def test_labels_before_and_after_the_horizon_are_ordinary():
    halves = calendar_of("2027H2", "half", 3)
    assert [halves.label(t) for t in (-2, -1, 0, 3)] == ["2026H2", "2027H1", "2027H2", "2029H1"]
    assert [halves.exact(halves.label(t)) for t in range(-5, 9)] == list(range(-5, 9))


def test_a_window_holds_every_period_that_it_touches():
    halves = calendar_of("2027", "half", 6)
    assert list(halves.window("2027-08", "2028Q1")) == [1, 2]
    assert list(halves.window(None, "2028")) == [0, 1, 2, 3]
    assert list(halves.window("2031", None)) == []
    assert list(halves.window(None, "2026")) == []


def test_rows_finer_than_a_period_are_one_row():
    years = calendar_of("2027", "year", 3)
    assert list(years.stretches(["2027H1", "2027Q3", "2027Q4", "2028..2029"]).values()) == [[0, 1, 2], [3]]
    with pytest.raises(ValueError, match="cuts a period"):
        years.stretches(["2027H2..2028"])


def test_incremental_tiers_price_each_unit_by_its_own_tier():
    """130 units, from 50 at 10 % off, from 100 at 20 % off: 50 + 50 × 0.9 + 30 × 0.8 = 119 units' worth."""
    assert discounted_units(tiers("incremental", (50, 0.1), (100, 0.2)), 130) == pytest.approx(119)
    assert discounted_units(tiers("incremental", (50, 0.1)), 20) == 20
    assert discounted_units(tiers("incremental", (0, 0.1)), 20) == pytest.approx(18)


def test_all_units_tiers_price_every_unit_by_the_tier_reached():
    """99 units are below 100 and cost 99 × 0.9; 100 units cost 100 × 0.8."""
    steps = tiers("all_units", (50, 0.1), (100, 0.2))
    assert discounted_units(steps, 49) == 49
    assert discounted_units(steps, 99) == pytest.approx(89.1)
    assert discounted_units(steps, 100) == pytest.approx(80)


@pytest.mark.parametrize("start", [0.01, 1.0, 8.0, 32.0, 123.4, 5e7])
def test_a_plan_may_end_just_below_a_tier_without_reaching_it(start):
    """Where dearer units pay, as under a ceiling on a share of spend, a plan ends where the lower tier does."""
    steps, below = tiers("all_units", (start, 0.1)), end_of_lower_tier(start, 0.0)
    assert discounted_units(steps, below) == below
    # Solvers come to a threshold within their tolerance.
    near = start - 1e-7 * max(1.0, start)
    assert discounted_units(steps, near) == pytest.approx(0.9 * near)


def facts() -> CaseFacts:
    case = bases()[0].case
    return facts_of(case, calendar_of("2027", "half", 6))


def test_resale_is_linear_between_rows_and_nothing_after_the_last():
    """Of 20,000 USD: 0.8 up to half a year, 0.5 at 1.25 years, midway 0.65, 0.1 at 3 years, then nothing."""
    values = [facts().resale_usd("alpha", age) for age in (0, 0.5, 0.875, 1.25, 3.0, 3.5)]
    assert values == pytest.approx([16000, 16000, 13000, 10000, 2000, 0])
    assert facts().resale_usd("own", 1.0) == pytest.approx(9000 * 0.4)


def test_demand_at_peak_is_queries_per_second_times_peak():
    """150 million a day are 1736.11 a second, twice that at peak; then a third of the way to 300."""
    assert facts().demand["chat"][0] == pytest.approx(150e6 / 86400 * 2)
    assert facts().demand["chat"][1] == pytest.approx(200e6 / 86400 * 2)
    assert facts().demand["chat"][5] == pytest.approx(300e6 / 86400 * 2)


def test_blank_capability_is_the_mean_of_rates_over_best_rates():
    """Alpha: 50 of 80 at chat, 10 of 12 at code; own is best at both; beta has its own number."""
    assert facts().capability == pytest.approx({"alpha": (50 / 80 + 10 / 12) / 2, "beta": 1.5, "own": 1.0})


def test_expected_respin_delays_and_costs_its_share():
    """7 + 3 + half of 4 months are a year; tape-out after 7, in the second; 10 + half of 8 million."""
    lags = facts().lags["chip", "inhouse"]
    assert (lags.tape_out, lags.ready_months, lags.masks_musd) == (2, 12.0, 14.0)
