"""Shocks as text, moved and scaled; and the force of a disruption by period."""

from __future__ import annotations

import numpy as np
import pytest

from models.whatif import Shock, ShockError, shock_of, shocks_of
from models.whatif.shock import intensity, rows_of
from tests.models.tiny import tiny_case
from tests.models.whatif.shocks import hit, with_hits

YEARS = 12.0 * np.arange(4)
QUARTERS = 3.0 * np.arange(9)


@pytest.mark.parametrize(
    ("text", "shock"),
    [
        ("queue", Shock("queue")),
        ("queue@2028Q1", Shock("queue", "2028Q1")),
        ("queue*0.5", Shock("queue", None, 0.5)),
        ("queue@2028Q1*0.5", Shock("queue", "2028Q1", 0.5)),
        (" queue @ 2028 * 2 ", Shock("queue", "2028", 2.0)),
        ("a name with spaces@2028-07*1", Shock("a name with spaces", "2028-07")),
    ],
)
def test_a_text_names_a_shock(text, shock):
    assert shock_of(text) == shock


@pytest.mark.parametrize("depth", [0.0, 1e-7, 0.1 + 0.2, 1.0, 3.0, 100.0])
@pytest.mark.parametrize("start", [None, "2028", "2028-02"])
def test_the_text_of_a_shock_names_it_again(start, depth):
    shock = Shock("queue", start, depth)
    assert shock_of(str(shock)) == shock


def test_texts_are_short():
    assert [str(shock_of(text)) for text in ("a*1.0", "a@2028*0.50", "a*2")] == ["a", "a@2028*0.5", "a*2"]


def test_a_combination_is_split_at_its_plus_signs():
    assert shocks_of("a@2028 + b*0.5") == (Shock("a", "2028"), Shock("b", None, 0.5))
    assert shocks_of(" ") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a disruption: write NAME, NAME@2028Q1, NAME*0.5 or NAME@2028Q1*0.5."),
        ("a*b*c", "'a*b*c' is not a disruption: write NAME, NAME@2028Q1, NAME*0.5 or NAME@2028Q1*0.5."),
        ("a*half", "'half' is not a depth of a: use a number from 0 to 100; 1 is as given."),
        ("a*-1", "the depth of a is -1: use a number from 0 to 100; 1 is as given."),
        ("a*nan", "the depth of a is nan: use a number from 0 to 100; 1 is as given."),
        ("a*101", "the depth of a is 101: use a number from 0 to 100; 1 is as given."),
        (
            "a@2028Q5",
            "the start of a cannot be read: '2028Q5' is not a period label: "
            "write a year 2027, a half 2027H1, a quarter 2027Q3 or a month 2027-07.",
        ),
    ],
)
def test_a_text_that_names_no_shock_is_refused(text, message):
    with pytest.raises(ShockError) as refused:
        shock_of(text)
    assert str(refused.value) == message


def test_an_empty_part_of_a_combination_is_refused():
    with pytest.raises(ShockError, match="'' is not a disruption"):
        shocks_of("a+")


@pytest.mark.parametrize(
    ("start", "months", "recovery", "bounds", "expected"),
    [
        # Twelve months from the middle of a year: half of it and half of the next.
        (6, 12, 0, YEARS, [0.5, 0.5, 0]),
        (6, 12, 0, QUARTERS, [0, 0, 1, 1, 1, 1, 0, 0]),
        # Recovery over a year: from 1 to 0 evenly. Months 18..24 go from 1 to 1/2 (mean 3/4), 24..30 from 1/2 to 0.
        (6, 12, 12, YEARS, [0.5, 0.5 + 0.5 * 0.75, 0.5 * 0.25]),
        # Four quarters of a recovery from 1 to 0: 7/8, 5/8, 3/8, 1/8.
        (0, 6, 12, QUARTERS, [1, 1, 0.875, 0.625, 0.375, 0.125, 0, 0]),
        # A recovery alone: a whole year of it is half a year of force.
        (0, 0, 12, YEARS, [0.5, 0, 0]),
        # A month and a half inside a quarter; a recovery of half a month adds a quarter of a month.
        (4, 1.5, 0, QUARTERS, [0, 0.5, 0, 0, 0, 0, 0, 0]),
        (4, 1.5, 0.5, QUARTERS, [0, 1.75 / 3, 0, 0, 0, 0, 0, 0]),
        # Begun before the plan: the first year sees what is left of the recovery, 1/2 to 0 over six months.
        (-12, 6, 12, YEARS, [0.5 * 0.25, 0, 0]),
        (-24, 12, 6, YEARS, [0, 0, 0]),
        (0, 0, 0, YEARS, [0, 0, 0]),
        (40, 12, 12, YEARS, [0, 0, 0]),
    ],
)
def test_the_force_of_a_period_is_its_mean_over_the_period(start, months, recovery, bounds, expected):
    assert intensity(start, months, recovery, bounds) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("months", "recovery"), [(7.0, 0.0), (7.0, 5.0), (0.0, 9.0), (3.3, 4.4)])
def test_force_adds_up_to_the_months_and_half_the_recovery(months, recovery):
    bounds = 3.0 * np.arange(20)
    assert (intensity(4.5, months, recovery, bounds) * 3).sum() == pytest.approx(months + recovery / 2)


def test_force_is_the_same_in_months_and_in_years():
    by_month = intensity(5, 8, 11, np.arange(37.0))
    assert intensity(5, 8, 11, YEARS) == pytest.approx(by_month.reshape(3, 12).mean(axis=1))


def test_a_moved_disruption_keeps_the_distances_of_its_rows():
    case = with_hits(
        tiny_case(),
        hit("alpha_list", "price", 1.5, "2027-09", 6.0),
        hit("chat", "demand", 2.0, "2027Q2", 6.0),
        hit("beta_list", "price", 1.1, "2028", 6.0),
    )
    found = rows_of(case, Shock("shock", "2028H1"))
    assert [row.start for row in found] == ["2028-06", "2028-01", "2028-10"]
    assert [row.value for row in found] == [1.5, 2.0, 1.1]


@pytest.mark.parametrize(
    ("effect", "value", "depth", "expected"),
    [
        ("multiply", 0.6, 0.5, 0.8),
        ("multiply", 0.6, 2.0, 0.2),
        ("multiply", 0.6, 4.0, 0.0),
        ("multiply", 1.5, 2.0, 2.0),
        ("add", -300.0, 0.5, -150.0),
        ("add", 6.0, 3.0, 18.0),
    ],
)
def test_depth_scales_a_factor_from_one_and_an_addend_from_nothing(effect, value, depth, expected):
    case = with_hits(tiny_case(), hit("chat", "demand", value, "2027", 12.0, effect=effect))
    (row,) = rows_of(case, Shock("shock", depth=depth))
    assert row.value == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shok", "there is no disruption shok. Did you mean shock?"),
        ("zzz", "there is no disruption zzz. Known names: shock."),
        (
            "shock@2030",
            "shock@2030 begins in 2030-01, after the horizon, which ends with 2029. "
            "Write shock@ and a label of 2027 to 2029.",
        ),
        (
            "shock@2026",
            "shock@2026 is over before the plan starts in 2027. Write shock@ and a label of 2027 to 2029.",
        ),
    ],
)
def test_a_shock_that_cannot_be_is_refused(text, message):
    case = with_hits(tiny_case(), hit("chat", "demand", 2.0, "2027", 12.0))
    with pytest.raises(ShockError) as refused:
        rows_of(case, shock_of(text))
    assert str(refused.value) == message


def test_a_case_without_disruptions_says_so():
    with pytest.raises(ShockError, match=r"^there is no disruption shock\. There are none\.$"):
        rows_of(tiny_case(), Shock("shock"))
