"""A case in shorter periods: what it says stays, what is split is told, what would be made up is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from planner.case import read_case
from planner.case_conversion import convert
from planner.cli.commands import app
from planner.errors import CaseFaults


def finer(tiny, tmp_path, period="quarter", name="finer"):
    made = convert(tiny.folder, tmp_path / name, period)
    return read_case(tmp_path / name).case, made.changed_readings


def refused(tiny, tmp_path, period="quarter"):
    with pytest.raises(CaseFaults) as caught:
        convert(tiny.folder, tmp_path / "finer", period)
    assert not (tmp_path / "finer").exists()
    return [fault.text for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("period", "start", "periods"), [("half", "2027H1", 6), ("quarter", "2027Q1", 12), ("month", "2027-01", 36)]
)
def test_a_yearly_case_becomes_a_finer_one(tiny, tmp_path, period, start, periods):
    before = tiny.read().case
    after, told = finer(tiny, tmp_path, period)
    assert (after.settings.start, after.settings.period, after.settings.periods) == (start, period, periods)
    assert replace(after, settings=before.settings) == before
    assert told[0].startswith(f"{periods} {period}s from {start} on; values hold in every {period}")


def test_lookahead_is_as_long_as_before(tiny, tmp_path):
    tiny.change("plan lookahead_periods = 1\nbudgets 2 span = 2027..2030")
    after, _ = finer(tiny, tmp_path)
    assert (after.settings.periods, after.settings.lookahead_periods) == (12, 4)


def test_the_largest_order_of_a_year_is_split_evenly(tiny, tmp_path):
    tiny.change("offers 2 max_lots_per_period = 40\noffers 3 max_lots_per_period = 10")
    after, told = finer(tiny, tmp_path)
    assert [offer.max_lots_per_period for offer in after.offers] == [10.0, 2.5]
    assert "Split evenly: the maximum order of each year into 4 (alpha_list, beta_lease)." in told


def test_what_is_no_longer_rounded_is_told(tiny, tmp_path):
    tiny.change("offers 2 lead_time_months = 7\naccelerators 2 life_years = 2.5")
    _, told = finer(tiny, tmp_path)
    assert "Rounded less, in months (offers lead_time_months): alpha_list 7 as 9, not 12." in told
    assert "Rounded less, in months (accelerators life_years): alpha 30 as 30, not 24." in told


def test_what_is_interpolated_is_told(tiny, tmp_path):
    tiny.change("""
        plan demand_interpolation = "linear"
        throughput 2 software_gain_per_year = 0.2
        + limits limit=wafers | span=2027H1 | amount=5
        + limits limit=wafers | span=2027H2 | amount=5
        + limits limit=wafers | span=2028..2029 | amount=
        + limit_use limit=wafers | offer=alpha_list | use_per_unit=0.1
        + commitments kind=order | item=alpha_list | period=2028 | quantity=8 | status=fixed
    """)
    _, told = finer(tiny, tmp_path)
    assert told[1:] == (
        "Interpolated (linear): demand of chat takes values between its labels.",
        "Interpolated: growth of alpha goes on within each year.",
        "Rows within a year are no longer added up, but bind by quarter: wafers.",
        "Commitments of alpha_list hold for all quarters of their label together: name one where it is known.",
    )


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("year", "plan.toml, period = year: is not shorter than a quarter, by which the case is planned. "
         "Use month. Longer periods would need rows to be merged, which must be done by hand."),
        ("quarter", "plan.toml, period = quarter: is not shorter than a quarter, by which the case is planned. "
         "Use month."),
        ("week", "plan.toml, period = week: is not a kind of period. Use month."),
    ],
)  # fmt: skip
def test_only_shorter_periods_can_be_made(tiny, tmp_path, period, expected):
    tiny.change('plan period = "quarter"\nbudgets 2 span = 2027Q1..2027Q3\noffers 2 lead_time_months = 0')
    assert refused(tiny, tmp_path, period) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("offers 2 max_lots_per_period = 6",
         "offers.csv, max_lots_per_period: is the maximum order of a year, which is 1.5 lots for each quarter: no "
         "whole number (alpha_list). Enter one that 4 quarters share evenly, or leave it blank for no limit."),
        ("offers 2 max_lots_per_period = 8\noffers 2 min_lots = 3",
         "offers.csv, max_lots_per_period: is the maximum order of a year, which is 2 lots for each quarter: below "
         "min_lots = 3 (alpha_list). Enter one that 4 quarters share evenly, or leave it blank for no limit."),
        ("+ uncertain name=u | table=offers | key=alpha_list | column=max_lots_per_period | distribution=uniform "
         "| p1=4 | p2=8 | effect=set\noffers 2 max_lots_per_period = 8",
         "uncertain.csv, effect = set: sets or adds to max_lots_per_period, which is another number for each quarter. "
         "Write it as a factor (effect multiply), or take the rows out."),
    ],
    ids=["lots", "least", "uncertain"],
)  # fmt: skip
def test_what_would_have_to_be_made_up_is_refused(tiny, tmp_path, change, expected):
    tiny.change(change)
    assert refused(tiny, tmp_path) == [expected]


def test_a_case_with_faults_is_not_split(tiny, tmp_path):
    tiny.change("offers 2 lot_size = 2.5")
    assert [text.split(":")[0] for text in refused(tiny, tmp_path)] == ["offers.csv row 2, lot_size = 2.5"]


def test_workbook_and_folder_are_split_alike(tiny, tmp_path):
    tiny.change("offers 2 max_lots_per_period = 40")
    after, _ = finer(tiny, tmp_path)
    convert(tiny.folder, tmp_path / "year.xlsx")
    convert(tmp_path / "year.xlsx", tmp_path / "quarter.xlsx", "quarter")
    convert(tmp_path / "quarter.xlsx", tmp_path / "again")
    assert read_case(tmp_path / "quarter.xlsx").case == after == read_case(tmp_path / "again").case


def test_the_command_says_what_was_split(tiny, tmp_path):
    tiny.change("offers 2 max_lots_per_period = 40")
    said = CliRunner().invoke(app, ["convert", str(tiny.folder), str(tmp_path / "finer"), "--period", "quarter"])
    assert said.exit_code == 0, said.output
    assert "the maximum order of each year into 4 (alpha_list)" in said.output
    assert "the same as before" not in said.output


def test_a_plan_by_quarter_costs_what_the_plan_by_year_does_where_nothing_is_rounded(tiny, tmp_path, cost_of):
    """Nothing discounted, whole years of life, term and lead, demand by the year: no quarter has a better way."""
    tiny.change("plan discount_rate = 0\nx resale")
    after, _ = finer(tiny, tmp_path)
    assert cost_of(after) == pytest.approx(cost_of(tiny.read().case), rel=1e-6)
