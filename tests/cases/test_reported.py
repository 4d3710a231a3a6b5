"""What is told of a plan is of its reported periods, and 0/0 is blank, in the tables and in every medium."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from planner.documents.content.plan_headline import lead, tiles
from planner.results.loaded_run import read_run
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from planner.show.plan_text import plan_facts, show_plan
from planner.studies.point_summary import summary_of
from tests.planner.export.report_runs import plan_markdown

KNOWN = Path(__file__).parent / "known"


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Plans a known case once."""
    base, made = tmp_path_factory.mktemp("reported"), {}

    def run(name):
        if name not in made:
            made[name] = make_plan(KNOWN / name, Request(output=base / name), NoProgress())
        return made[name]

    return run


def figures(run):
    return {row["name"]: row["value"] for row in run.tables["key_figures"].records()}


def printed(run):
    out = io.StringIO()
    show_plan(Console(file=out, width=160), run)
    return " ".join(out.getvalue().split())


# 10 units at 1 USD million a year live for a year, and a site costs 1: cash 2 × 11. 0.864 million queries a day are
# 630.72 million in two years: 22e6 USD / 630,720 thousand = 34.88. Ten units of 1 kW draw 0.01 MW.
HEADLINE = ("lookahead-in-headline", 22.0, 34.88, 0.01)
# 1,000 units of the start serve 2027, 1,000 more at 10,000 USD come in 2028: 10. (86.4 + 172.8) × 365 million queries
# are 94,608,000 thousand: 0.1057. 2,000 units of 1 kW draw 2 MW.
CASH = ("lookahead-cash", 10.0, 0.1057, 2.0)


@pytest.mark.parametrize(("name", "cash", "cost", "peak"), [HEADLINE, CASH])
def test_key_figures_are_those_of_the_reported_periods(planned, name, cash, cost, peak):
    found = figures(planned(name))
    assert (found["cash_cost"], found["peak_mw"]) == pytest.approx((cash, peak))
    assert found["cost_per_thousand_queries"] == pytest.approx(cost, rel=2e-4)
    periods = {row["period"]: row["reported"] for row in planned(name).tables["period_figures"].records()}
    assert periods == {"2027": "yes", "2028": "yes", "2029": "no", "2030": "no"}


def test_the_net_present_cost_counts_the_lookahead_and_says_so(planned):
    """11/1.1^0.5 + 11/1.1^1.5 + 1,001/1.1^2.5 + 1,001/1.1^3.5."""
    run = planned("lookahead-in-headline")
    expected = 11 / 1.1**0.5 + 11 / 1.1**1.5 + 1001 / 1.1**2.5 + 1001 / 1.1**3.5
    assert figures(run)["net_present_cost"] == pytest.approx(expected)
    periods = {row["name"]: row["periods"] for row in run.tables["key_figures"].records()}
    assert (periods["net_present_cost"], periods["cash_cost"]) == ("optimised", "reported")
    assert "2 periods of lookahead counted" in printed(run)


@pytest.mark.parametrize(("name", "cash", "cost", "peak"), [HEADLINE, CASH])
def test_every_medium_tells_the_reported_periods(planned, name, cash, cost, peak):
    run = planned(name)
    loaded = read_run(run.folder)
    values = {tile.label: tile.value for tile in tiles(loaded)}
    assert values["Cash spent"] == f"{cash:.1f}"
    assert values["Cash per 1,000 queries"] == f"{cost:.2f}"
    assert float(values["Most power"]) == peak
    for text in (printed(run), " ".join(plan_markdown(loaded).replace("|", " ").split())):
        assert f"Cash spent {cash:.1f}" in text
        assert f"Cash per 1,000 queries {cost:.2f}" in text
    told = json.loads(json.dumps(plan_facts(run)))
    assert told["key_figures"]["cash_cost"] == pytest.approx(cash)
    assert told["periods"] == {"reported": ["2027", "2028"], "lookahead": ["2029", "2030"]}
    assert json.loads((run.folder / "plan.json").read_text(encoding="utf-8"))["periods"] == told["periods"]
    sheet = openpyxl.load_workbook(run.folder / "plan.xlsx", data_only=True)["Summary"]
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows(max_col=6)]
    assert [row[1] for row in rows if row and str(row[0]).startswith("Cash spent")] == [pytest.approx(cash)]


def test_orders_of_the_lookahead_are_not_counted(planned):
    assert "2027 to 2028 (2 years): 2 orders" in lead(read_run(planned("lookahead-in-headline").folder))
    assert "2027 to 2028 (2 years): 1 order." in lead(read_run(planned("lookahead-cash").folder))


def test_nothing_of_nothing_is_blank(planned):
    """No demand, no machines, 7 a year of fixed cost: no share served, no cost by query, no utilisation."""
    run = planned("no-demand-shown-as-not-served")
    found = figures(run)
    assert found["cash_cost"] == pytest.approx(21.0)
    blank = ("cost_per_thousand_queries", "hardware_cost_per_thousand_queries", "least_share_served", "utilisation",
             "share_of_largest_vendor")  # fmt: skip
    assert [found[name] for name in blank] == [None] * 5
    for row in run.tables["period_figures"].records():
        assert (row["cash_musd"], row["least_share_served"], row["cost_per_thousand_queries_usd"]) == (7.0, None, None)
    (whole,) = run.tables["service_by_workload"].records()
    assert (whole["share_served"], whole["worst_period"], whole["worst_share"]) == (None, "", None)
    assert [row["share_served"] for row in run.tables["service"].records()] == [None] * 3
    assert summary_of(run.read.case, run.outcome, run.tables)["unserved"] == {}
    sheet = openpyxl.load_workbook(run.folder / "plan.xlsx", data_only=True)["Service"]
    assert [cell.value for row in sheet.iter_rows(min_row=7) for cell in row[4:] if row[0].value == "w"][-3:] == [
        None
    ] * 3
    text = printed(run)
    assert "Demand served" not in text
    assert "per 1,000 queries" not in text
    assert "\nleast_share_served,,fraction,reported,\n" in run.tables["key_figures"].csv()
