"""A case that was made and not read is checked as if it had been read, and its faults name the rows by their keys."""

from dataclasses import replace

import pytest

from models.tables.disruption_rows import Backlog, Delay, LeadTime
from planner.case import read_case
from planner.case.recheck import cell_text, faults_of
from tests.planner.tiny import INPUTS, SHIPPED


def changed(rows, at, **values):
    return (*rows[:at], replace(rows[at], **values), *rows[at + 1 :])


@pytest.mark.parametrize("name", SHIPPED)
def test_a_case_that_was_read_without_fault_has_none(name):
    assert faults_of(read_case(INPUTS / name).case) == []


@pytest.fixture
def case(tiny):
    return tiny.read().case


def test_a_price_below_the_resale_value_is_told_by_the_key_of_its_row(case):
    (fault,) = faults_of(replace(case, prices=changed(case.prices, 1, unit_price_usd=250.5)))
    assert fault.text == (
        "prices.csv row 3, unit_price_usd = 250.5: a unit costs 250.50 USD with integration and could immediately be "
        "resold for 21,000.00 USD (reference price 30,000 x 0.7) (the row of alpha_list, 2028). Lower the reference "
        "price or resale fraction of alpha, or raise the price."
    )


def test_a_value_that_a_column_cannot_have_is_a_fault(case):
    (fault,) = faults_of(replace(case, prices=changed(case.prices, 0, unit_price_usd=-1.0)))
    assert fault.text == (
        "prices.csv row 2, unit_price_usd = -1: must be a number of at least 0 (the row of alpha_list, 2027). "
        "Use 0 or more."
    )
    (fault,) = faults_of(replace(case, sites=changed(case.sites, 0, pue=float("nan"))))
    assert fault.text == (
        "sites.csv row 2, pue = nan: must be a finite number (the row of home). "
        "Write the number alone, or leave the cell blank (1)."
    )


def test_rows_of_new_tables_are_checked_too(case):
    made = replace(
        case,
        lead_times=(LeadTime(offer="alpha_list", period="2030", lead_time_months=12.0),),
        backlogs=(Backlog(offer="alpha", since="2028"),),
        delays=(Delay(item="nothing", period="2028", months=3.0),),
    )
    assert [(fault.file, fault.row, fault.column, fault.value) for fault in faults_of(made)] == [
        ("backlogs.csv", 2, "offer", "alpha"),
        ("delays.csv", 2, "item", "nothing"),
        ("lead_times.csv", 2, "period", "2030"),
    ]


def test_what_only_warns_is_no_fault(case):
    assert faults_of(replace(case, prices=changed(case.prices, 2, unit_price_usd=25.0))) == []


def test_every_digit_is_checked_as_it_is(case):
    third = 1 / 3
    assert cell_text(third) == repr(third)
    for value in (third, 1e-7, 12345.678, 1.234, 9e14, 0.1 + 0.2):
        made = replace(case, demand=changed(case.demand, 0, queries_per_day_million=value))
        assert faults_of(made) == [], value


def test_a_key_that_is_there_twice_is_told_once(case):
    (fault,) = faults_of(replace(case, sites=(*case.sites, case.sites[0])))
    assert fault.text == (
        "sites.csv row 3, site = home: row 2 has the same site. Delete one of the two, or change its key."
    )
