"""Labels, spans and periods."""

import doctest

import pytest

from models import calendar as module
from models.calendar import Calendar, LabelError, label_at, parse_label, parse_span


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("months", [1, 3, 6, 12])
def test_labels_are_read_back_to_their_months(months):
    for month in range(2026 * 12, 2029 * 12, months):
        assert parse_label(label_at(month, months)) == (month, months)


@pytest.mark.parametrize(
    "text", ["", "27", "2027H3", "2027Q0", "2027-13", "2027-1", " 2027", "2027q1", "２０２７", "2027\n"]
)
def test_other_texts_are_no_labels(text):
    with pytest.raises(LabelError, match="is not a period label"):
        parse_label(text)


@pytest.mark.parametrize("text", ["2028..2027", "2027Q2..2027Q1", "2027..2027Q1..2028", "2027Q3..2027", "..", "2027.."])
def test_spans_that_end_before_they_begin_or_have_no_ends_are_refused(text):
    with pytest.raises(LabelError):
        parse_span(text)


def test_a_range_may_mix_kinds_of_labels():
    assert parse_span("2027Q3..2028") == (2027 * 12 + 6, 2029 * 12)


@pytest.mark.parametrize(
    ("start", "period", "count"),
    [("2027Q2", "year", 3), ("2027-02", "quarter", 3), ("2027", "week", 3), ("2027", "year", 0), ("9999", "year", 2)],
)
def test_calendars_that_do_not_fit_are_refused(start, period, count):
    with pytest.raises(LabelError):
        Calendar(start, period, count)


@pytest.mark.parametrize(("period", "delta"), [("month", 1 / 12), ("quarter", 0.25), ("half", 0.5), ("year", 1.0)])
def test_periods_have_their_length(period, delta):
    calendar = Calendar("2027", period, 4)
    assert calendar.delta == delta
    assert [calendar.period_at(label) for label in calendar.labels] == [0, 1, 2, 3]
    assert [calendar.label_of(index) for index in range(4)] == list(calendar.labels)
    assert calendar.end_month - calendar.start_month == 4 * calendar.months


def test_a_label_lies_in_the_period_that_holds_its_start():
    calendar = Calendar("2027Q1", "quarter", 4)
    assert calendar.period_at("2027-05") == 1
    assert calendar.period_at("2026") == -4
    assert calendar.period_at("2030") == 12


def test_lags_round_up_and_lives_round_down_without_float_noise():
    calendar = Calendar("2027", "quarter", 4)
    assert [calendar.lag_periods(months) for months in (0, 0.1 + 0.2 - 0.3, 3, 3.1, 0.3 * 10)] == [0, 0, 1, 2, 1]
    assert [calendar.life_periods(years) for years in (0.1, 0.25, 0.3 * 10, 2.99)] == [1, 1, 12, 11]
    assert [calendar.term_periods(months) for months in (1, 12, 13)] == [1, 4, 5]


def test_a_life_less_an_age_is_rounded_down_once():
    years = Calendar("2027", "year", 4)
    assert [years.life_periods(2.5, age) for age in (0, 6, 7, 18, 19, 30, 31)] == [2, 2, 1, 1, 0, 0, -1]
    assert [years.life_periods(0.5, age) for age in (0, 1, 12, 13)] == [1, 0, 0, -1]


def test_leads_go_to_the_nearest_period_and_halves_up():
    quarters = Calendar("2027", "quarter", 4, "nearest")
    assert [quarters.lag_periods(months) for months in (0, 1, 1.5, 4, 4.5, 7)] == [0, 0, 1, 1, 2, 2]
    assert [quarters.term_periods(months) for months in (1, 4)] == [1, 2]


def test_years_from_a_label_to_the_start():
    assert [Calendar("2028", "year", 1).years_before(label) for label in (None, "2027", "2028-07")] == [0.0, 1.0, -0.5]


def test_years_are_those_of_the_calendar():
    calendar = Calendar("2027H2", "half", 4)
    assert [calendar.year_of(index) for index in range(-2, 4)] == [2026, 2027, 2027, 2028, 2028, 2029]


def test_spans_are_whole_periods_or_refused():
    calendar = Calendar("2027", "half", 4)
    assert calendar.span_periods("2027H2..2028") == range(1, 4)
    for text in ("2027Q1", "2027Q2..2027Q3"):
        with pytest.raises(LabelError, match="cuts a half"):
            calendar.span_periods(text)
