"""What disruptions change, against dates and amounts worked out on paper.

Plans by half from 2027: period 0 is 2027H1, 3 is 2028H2, six periods in all.
"""

import dataclasses

import pytest

from models.checks import dates
from models.checks.case_facts import SitePower, facts_of
from models.checks.time import calendar_of
from models.tables.disruption_rows import Backlog, Delay, LeadTime
from models.tables.site_rows import Site, SiteSeries
from models.tables.strategy_rows import Acquisition
from models.verify import verify
from tests.models.checks.plans import bases

HALVES = calendar_of("2027", "half", 6)


def base(name):
    return next(found for found in bases() if found.name == name)


def facts(**tables):
    case = base("half").case
    return facts_of(dataclasses.replace(case, **{name: tuple(rows) for name, rows in tables.items()}), HALVES)


def delay(period, months=0.0, *, fails=False):
    return Delay(item="it", period=period, months=months, fails=fails)


def findings(plan, requirement, tables=None, **changes):
    case = dataclasses.replace(plan.case, **changes)
    found = verify(case, tables or plan.tables, plan.objective).findings
    return [finding for finding in found if finding.requirement == requirement]


@pytest.mark.parametrize(
    ("taken", "months", "rows", "expected"),
    [
        (1, 10.0, [], 3),
        (1, 10.0, [delay("2027", 2.0)], 3),  # 12 months are still two periods: months are added, then rounded up
        (1, 10.0, [delay("2027", 2.1)], 4),
        (1, 10.0, [delay("2028H2", 5.0)], 4),  # known in the period in which it was to come
        (1, 10.0, [delay("2029", 5.0)], 3),  # known too late: it is there and stays
        (1, 10.0, [delay("2028-08", 5.0)], 3),  # begins inside period 3, so holds from 4 on
        (1, 10.0, [delay("2027", 60.0), delay("2029", 0.0)], 4),  # made up for: it comes when that is known
        (1, 10.0, [delay("2027", 60.0)], 13),  # after the horizon: 70 months are 12 periods
        (1, 10.0, [delay("2027", 60.0), delay("2031", 0.0)], 13),  # what is said after the horizon is not known
        (1, 10.0, [delay("2028H2", fails=True)], None),
        (1, 10.0, [delay("2029", fails=True)], 3),
        (1, 10.0, [delay("2027", fails=True), delay("2027H2")], None),  # for good, also when it is known before
        (1, 10.0, [delay("2027-02", fails=True), delay("2027H2")], 3),  # never holds at the start of a period
        (5, 10.0, [delay("2031", fails=True)], 7),
        (5, 10.0, [delay("2029H2", fails=True)], None),
        (-2, 6.0, [delay("2020", 60.0, fails=True)], -1),  # was there before the plan
        (-2, 12.0, [delay("2020", 6.0)], 1),
        (-2, 12.0, [delay("2020", fails=True)], None),
        (-2, 12.0, [delay("2027H2", fails=True)], 0),
        (0, 0.0, [delay("2027", 1.0)], 1),
    ],
)
def test_something_comes_in_the_first_period_in_which_enough_months_have_passed(taken, months, rows, expected):
    assert dates.reached(facts(delays=rows), HALVES, "it", taken, months) == expected


@pytest.mark.parametrize(
    ("signed", "rows", "expected"),
    [
        (1, [], None),
        (1, [delay("2028", 30.0)], None),  # late is not failed
        (1, [delay("2027", fails=True)], 3),  # 9 months to close: two periods
        (1, [delay("2028H2", fails=True)], 3),
        (1, [delay("2027", 30.0), delay("2029H2", fails=True)], 5),
        (1, [delay("2029", fails=True)], None),  # had closed
        (4, [delay("2027", fails=True)], None),  # would come after the horizon
        (-1, [delay("2027", fails=True)], 1),
        (-2, [delay("2027", fails=True)], 0),
        (-3, [delay("2027", fails=True)], None),
    ],
)
def test_the_price_comes_back_once_when_a_deal_fails_that_has_not_closed(signed, rows, expected):
    company = Acquisition(acquisition="it", price_musd=10.0, months_to_close=9.0)
    assert dates.refunded(facts(delays=rows, acquisitions=[company]), HALVES, "it", signed) == expected


def test_a_deal_may_fail_between_closing_and_owning():
    company = Acquisition(acquisition="it", price_musd=10.0, months_to_close=5.0, months_to_integrate=3.0)
    known = facts(delays=[delay("2028", fails=True)], acquisitions=[company])
    found = [moment(known, HALVES, "it", 0) for moment in (dates.closed, dates.owned, dates.refunded)]
    assert found == [1, None, None]


def test_the_lead_time_of_an_arrival_is_that_of_its_period():
    rows = [("2027-02", 13.0), ("2028H2", 6.5), ("2029", 0.0)]
    known = facts(lead_times=[LeadTime(offer="gray", period=label, lead_time_months=m) for label, m in rows])
    assert known.leads_on_arrival["gray"] == [0, 3, 3, 2, 0, 0]
    assert known.leads["gray"] == 0
    assert known.leads_on_arrival["alpha-bulk"] == [2] * 6


def test_a_row_of_a_site_is_its_whole_state():
    """What is blank in the later row is as in `sites` again, and not as in the row before."""
    sites = [Site(site="mine", power_mw=2.0, electricity_usd_per_mwh=50.0), Site(site="cloud")]
    rows = [
        SiteSeries(site="mine", period="2027H2", power_mw=1.5, available_share=0.5),
        SiteSeries(site="mine", period="2028H2", electricity_usd_per_mwh=70.0),
        SiteSeries(site="cloud", period="2028", power_mw=3.0),
        SiteSeries(site="cloud", period="2028H2", available_share=0.1),
    ]
    known = facts(sites=sites, site_series=rows)
    usual, less, dear = SitePower(2.0, 1.0, 50.0), SitePower(1.5, 0.5, 50.0), SitePower(2.0, 1.0, 70.0)
    assert known.places["mine"] == [usual, less, less, dear, dear, dear]
    assert [place.power_mw for place in known.places["cloud"]] == [None, None, 3.0, None, None, None]


def test_a_share_of_existing_and_energised_power_can_be_used():
    """Site north draws 99 kW in 2028H2, with one module of 100 kW of three at work: 0.8 × (24 + 100) = 99.2 kW."""
    plan = base("shaken")

    def short(power_mw, **changes):
        sites = tuple(dataclasses.replace(row, power_mw=power_mw) if row.site == "north" else row
                      for row in plan.case.sites)  # fmt: skip
        where = [finding.where for finding in findings(plan, "site_power", sites=sites, **changes)]
        return ("north", "2028H2") in where

    drawn = sum(
        row["units"] * {"alpha": 1.0, "beta": 0.7, "own": 0.5}[row["accelerator"]] * 1.25
        for row in plan.tables["active"]
        if (row["site"], row["period"]) == ("north", "2028H2")
    )
    just = drawn / 0.8 / 1000 - 0.1
    assert just > 0
    assert not short(just)
    assert short(just * 0.999)
    on_time = tuple(row for row in plan.case.delays if row.item != "north-hall")
    assert not short(just - 0.2 + 1e-9 if just > 0.2 else 0.0, delays=on_time)
    lost = (*on_time, Delay(item="north-hall", period="2027", fails=True))
    assert short(just, delays=lost)
    assert short(just + 0.1 - 1e-5, delays=lost)
    assert not short(just + 0.1 + 1e-5, delays=lost)


def test_a_programme_that_has_failed_counts_as_active_to_the_end():
    plan = base("failed")
    none = tuple(dataclasses.replace(row, value=0.0) if row.kind == "max_active_programmes" else row
                 for row in plan.case.policies)  # fmt: skip
    where = [finding.where[1] for finding in findings(plan, "active_programmes", policies=none)]
    assert where == [f"{year}Q{quarter}" for year in (2027, 2028, 2029) for quarter in (1, 2, 3, 4)]


def test_what_comes_back_is_the_price_paid_less_the_break_fee():
    """Signed in 2027Q3 at 20 × 1.05^0.5; 60 % of it comes back in 2028Q1, when it was to close."""
    plan = base("failed")
    lines = {row["period"]: row["musd"] for row in plan.tables["costs"] if row["line"] == "refund team"}
    assert lines == pytest.approx({"2028Q1": -0.6 * 20 * 1.05**0.5})
    for share, found in ((0.4, 0), (1.0, 1), (0.0, 1)):
        companies = tuple(dataclasses.replace(row, break_fee_share=share) for row in plan.case.acquisitions)
        assert len(findings(plan, "cost_acquisition", acquisitions=companies)) == found


def test_a_date_is_blank_only_when_it_never_comes():
    plan = base("shaken")
    rows = plan.tables["expansions"]
    assert [row["energised"] for row in rows] == ["2028H1", "2029H1", "2028H1", ""]
    for at, cell, expected in ((3, "2028H2", "blank"), (0, "", "2028H1"), (3, None, None)):
        table = [{**row, "energised": cell} if k == at else row for k, row in enumerate(rows)]
        found = findings(plan, "expansions_table", {**plan.tables, "expansions": table})
        assert [str(finding.expected) for finding in found] == ([f"should be {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("table", "column"), [("tape_outs", "tape_out"), ("acquisitions", "signed"), ("orders", "due")]
)
def test_other_dates_are_never_blank(table, column):
    plan = base("failed")
    rows = [{**row, column: ""} if k == 0 else row for k, row in enumerate(plan.tables[table])]
    assert findings(plan, "tables", {**plan.tables, table: rows})


def test_open_orders_of_an_offer_with_a_backlog_may_come_later_and_elsewhere_but_not_before():
    plan = base("shaken")
    where = [finding.where for finding in findings(plan, "arrivals_follow_orders", backlogs=plan.case.backlogs[:1])]
    assert ("alpha-list", "2027H2") in where
    early = tuple(dataclasses.replace(row, due="2029") if row.offer == "alpha-list" else row
                  for row in plan.case.open_orders)  # fmt: skip
    where = [finding.where for finding in findings(plan, "arrivals_follow_orders", open_orders=early)]
    assert ("alpha-list", "2028H1") in where


def test_open_orders_for_any_site_need_not_arrive_at_theirs():
    plan = base("year")
    rows = [row for row in plan.case.open_orders if row.offer == "alpha-list"]
    for any_site in (False, True):
        moved = tuple(dataclasses.replace(row, site="south", any_site=any_site) if row in rows else row
                      for row in plan.case.open_orders)  # fmt: skip
        found = findings(plan, "arrivals_follow_orders", open_orders=moved)
        assert bool(found) is not any_site


def test_what_was_ordered_since_a_backlog_began_before_the_plan_has_come_in_time():
    plan = base("shaken")
    others = [row for row in plan.case.backlogs if row.offer != "alpha-list"]
    begun = Backlog(offer="alpha-list", since="2026")
    orders = tuple(dataclasses.replace(row, ordered="2026-07", units=row.units + 1000.0)
                   if row.offer == "alpha-list" else row for row in plan.case.open_orders)  # fmt: skip
    for backlog, is_broken in ((dataclasses.replace(begun, came_before=1e4), False), (begun, True)):
        found = findings(plan, "arrivals_follow_orders", backlogs=(*others, backlog), open_orders=orders)
        assert any("since the disruption" in str(finding) for finding in found) is is_broken


def test_open_orders_allow_no_more_than_themselves_at_a_site_that_the_offer_may_not_use():
    """16 units are due at north; were south alone allowed, what came there with 40, 10 and 24 units is too much."""
    plan = base("shaken")
    offers = tuple(dataclasses.replace(row, sites=("south",)) if row.offer == "alpha-list" else row
                   for row in plan.case.offers)  # fmt: skip
    found = [finding for finding in findings(plan, "order_sites", offers=offers) if finding.where[0] == "alpha-list"]
    assert {finding.where[1] for finding in found} == {"north"}
    assert max(finding.difference for finding in found) == pytest.approx(40 + 10 + 24 - 16)


@pytest.mark.parametrize("since", ["2029", "2029-03", "2029Q2"])
def test_a_backlog_begins_with_the_period_of_its_first_month(since):
    plan = base("shaken")
    others = plan.case.backlogs[1:]
    assert not findings(plan, "arrivals_follow_orders", backlogs=(*others, Backlog(offer="alpha-bulk", since=since)))
    later = (*others, Backlog(offer="alpha-bulk", since="2029-07"))
    assert [f.where for f in findings(plan, "arrivals_follow_orders", backlogs=later)] == [("alpha-bulk", "2029H1")]
