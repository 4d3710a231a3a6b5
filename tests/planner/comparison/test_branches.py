"""Plans over scenarios side by side: decisions before they differ, what waits, expected cost, CVaR, each scenario."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

import planner
from planner.comparison import compare
from planner.comparison.comparison_files import compared, comparison_facts, write_files
from planner.comparison.comparison_items import ChangeKind, DecisionKind, Standing
from planner.comparison.comparison_texts import headline, verdict_text
from planner.documents.content.comparison_document import comparison_document
from planner.results.loaded_run import read_run
from tests.planner.comparison.made import comparison_html, comparison_markdown, comparison_view, comparison_workbook
from tests.planner.studies.test_evaluate import FILES, SHORT, written

# Units for 2028 are ordered in 2027, units for 2029 in 2028, once the scenario is known: demand is 10, 20 or 30 from
# 2028 on, but 20 in `middle` grow to 40 in 2029. They live for a year, so that nothing is kept.
CASE = {
    "plan.toml": FILES["plan.toml"].replace("periods = 2", "periods = 3"),
    "demand.csv": "workload,period,queries_per_day_million\nw,2027,0\nw,2028,1.728\nw,2029,1.728\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,utilisation,reference_price_usd\ng,v,1,1,1,1000000\n",
    "offers.csv": "offer,accelerator,kind,lead_time_months\no,g,buy,12\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2029,\n",
    "scenario_values.csv": FILES["scenario_values.csv"] + "middle,demand,w,queries_per_day_million,2029,multiply,2\n",
}
FIRST, SECOND = 1.1**-1.5, 1.1**-2.5
# With a penalty of 800 instead of 80 a unit of the first year is worth its price up to the highest demand: 30.
MORE = {"workloads.csv": FILES["workloads.csv"].replace("80", "800")}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("branches")
    cases = {
        "plain": {},
        "more": MORE,
        "other": {
            "scenarios.csv": FILES["scenarios.csv"].replace("low", "least"),
            "scenario_values.csv": CASE["scenario_values.csv"].replace("low", "least").replace("1.5", "1.6"),
        },
    }
    for name, changes in cases.items():
        case = planner.read_case(written(place / f"case-{name}", **CASE | changes))
        planner.plan(case, gap=0.0).write(place / name)
    planner.plan(planner.read_case(place / "case-plain"), gap=0.0, base=True).write(place / "base")
    return {name: place / name for name in (*cases, "base")}


def line(lines, label):
    (found,) = [one for one in lines if one.labels == (label,)]
    return found


def test_what_is_decided_now_stands_before_what_waits(runs):
    found = compared([runs["plain"], runs["more"]])
    assert found.branches.reveal == "2028"
    (now,) = found.branches.now
    assert (now.kind, now.item, now.scenarios) == (DecisionKind.ORDER, "o", ())
    assert now.changes == (ChangeKind.MORE,)
    assert now.texts == ("20 units, 2027", "30 units, 2027")
    # From the reveal on each orders what its scenario needs, in both plans.
    assert {(one.scenarios, one.texts[0], one.is_changed) for one in found.branches.later} == {
        (("low",), "10 units, 2028", False),
        (("middle",), "40 units, 2028", False),
        (("high",), "30 units, 2028", False),
    }
    assert headline(found) == (
        "1 of 1 decisions before 2028 differ; from then on both decide the same in every scenario that they share."
    )


def test_expected_cost_cvar_and_the_cost_of_each_scenario_are_compared(runs):
    found = compared([runs["plain"], runs["more"]])
    futures = found.branches.futures
    plain = {"low": 20 * FIRST + 10 * SECOND, "middle": 20 * FIRST + 40 * SECOND}
    plain["high"] = (20 + 10 * SHORT) * FIRST + 30 * SECOND
    more = {"low": 30 * FIRST + 10 * SECOND, "middle": 30 * FIRST + 40 * SECOND, "high": 30 * FIRST + 30 * SECOND}
    assert [one.labels[0] for one in futures] == ["expected cost", "CVaR, the worst 20 %", "low", "middle", "high"]
    for name in plain:
        assert line(futures, name).values == pytest.approx((plain[name], more[name]))
    expected = [0.3 * own["low"] + 0.4 * own["middle"] + 0.3 * own["high"] for own in (plain, more)]
    assert line(futures, "expected cost").values == pytest.approx(expected)
    assert line(futures, "expected cost").standings == (Standing.DIFFERENT,)
    assert line(futures, "CVaR, the worst 20 %").values == pytest.approx((plain["high"], more["middle"]))


def test_a_difference_within_the_gaps_is_no_finding_in_any_scenario(runs):
    loaded = [read_run(runs[name]) for name in ("plain", "more")]
    wide = [replace(one, manifest={**one.manifest, "gap_musd": 50.0}) for one in loaded]
    found = compare(wide)
    assert {one.standings for one in found.branches.futures if "CVaR" not in one.labels[0]} == {(Standing.WITHIN,)}
    assert found.verdicts[0].standing is Standing.WITHIN


def test_a_plan_for_one_future_is_beside_every_scenario_and_its_cost_is_not_comparable(runs):
    found = compared([runs["base"], runs["plain"]])
    (now,) = found.branches.now
    assert not now.is_changed
    # The plan for one future orders 20 whichever scenario comes.
    changed = {one.scenarios: one.texts for one in found.branches.later if one.is_changed}
    assert changed == {
        ("low",): ("20 units, 2028", "10 units, 2028"),
        ("middle",): ("20 units, 2028", "40 units, 2028"),
        ("high",): ("20 units, 2028", "30 units, 2028"),
    }
    assert verdict_text(found, 1) == "The net present costs of A and B are not comparable."
    assert any("fleetplan evaluate plain --scenarios --against base" in note for note in found.notes)
    assert line(found.branches.futures, "expected cost").values[0] is None
    # Money is shown, and no difference of it is called significant.
    assert not any(
        one.standings == (Standing.DIFFERENT,)
        for one in (*found.money, *found.key_figures)
        if one.unit == "USD million"
    )


def test_only_scenarios_with_the_same_name_and_values_are_compared(runs):
    found = compared([runs["plain"], runs["other"]])
    assert [one.labels[0] for one in found.branches.futures if "C" not in one.labels[0][:2]] == [
        "expected cost",
        "middle",
    ]
    assert "Scenarios of A that other runs lack, or that differ there: low, high." in found.notes
    assert "Scenarios of B that other runs lack, or that differ there: least, high." in found.notes
    assert {name for one in found.branches.later for name in one.scenarios} == {"middle"}


def test_every_medium_shows_now_before_later_before_the_scenarios(runs, tmp_path):
    found = compared([runs["base"], runs["plain"]])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(comparison_view(found, 120))
    texts = {
        "terminal": console.export_text(),
        "markdown": comparison_markdown(found),
        "page": comparison_html(found),
    }
    order = [
        "What changed in what is decided before 2028",
        "What changed in what waits, by scenario",
        "in each of them",
    ]
    for name, text in texts.items():
        places = [text.find(part) for part in order]
        assert places == sorted(places), name
        assert -1 not in places, name
    assert comparison_workbook(found)
    names = {table.name for table in comparison_document(found).tables()}
    assert {"changed_later", "futures", "now", "later", "decisions"} <= names
    assert {"now", "later", "futures"} <= comparison_facts(found)["tables"].keys()
    assert write_files(compared([runs["plain"], runs["more"]]), tmp_path / "written")


def test_plans_for_one_future_have_no_branches(runs):
    found = compared([runs["base"], runs["base"]])
    assert found.branches is None
    assert "now" not in found.tables
