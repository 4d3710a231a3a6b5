"""Money, service, key figures, the gap rule, and time that runs share in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.comparison import compare
from planner.comparison.comparison_headline import FIGURE_NAMES, figure_name
from planner.comparison.comparison_items import ChangeKind, Standing
from planner.comparison.comparison_texts import headline, verdict_text
from planner.errors import CaseFaults
from tests.planner.comparison.made import comparison_markdown, cost, decision, line, loaded, order, plan


def pair(tmp_path, first=None, other=None):
    return compare([loaded(tmp_path, "a", **(first or {})), loaded(tmp_path, "b", **(other or {}))])


def test_a_cost_beyond_the_gaps_is_a_finding_with_its_interval(tmp_path):
    found = pair(tmp_path, {"objective": 100.0, "gap": 1.0}, {"objective": 110.0, "gap": 2.0})
    (verdict,) = found.verdicts
    assert (verdict.difference, verdict.gaps, verdict.low, verdict.high) == (10.0, 3.0, 8.0, 11.0)
    assert verdict.standing is Standing.DIFFERENT
    assert verdict_text(found, 1) == (
        "B costs 110 instead of 100 USD million net present (+10.0, +10.0 %): more than the gaps (3.00 together) "
        "explain; the true difference lies between +8.00 and +11.0."
    )


@pytest.mark.parametrize(("objective", "standing"), [(103.0, Standing.WITHIN), (103.001, Standing.DIFFERENT)])
def test_a_difference_is_no_finding_up_to_the_sum_of_the_gaps(tmp_path, objective, standing):
    found = pair(tmp_path, {"gap": 1.0}, {"objective": objective, "gap": 2.0})
    assert found.verdicts[0].standing is standing
    assert ("no difference beyond the gaps" in verdict_text(found, 1)) is (standing is Standing.WITHIN)
    assert line(found.key_figures, "net_present_cost").standings == (standing,)


def test_the_interval_is_printed_for_what_lies_inside_the_gaps(tmp_path):
    found = pair(tmp_path, {"gap": 1.0}, {"objective": 102.0, "gap": 2.0})
    assert verdict_text(found, 1).endswith(
        "no difference beyond the gaps (3.00 together); the true difference lies between 0 and +3.00."
    )


def test_decisions_at_costs_that_cannot_be_told_apart_come_with_a_reservation(tmp_path):
    other = {"objective": 100.5, "tables": {"orders": [order("2027", 12)]}}
    assert headline(pair(tmp_path, {}, other)) == (
        "1 of 1 decisions differ; chip_list flips. The costs do not differ significantly, "
        "so either set of decisions may be the better one."
    )


def test_without_a_bound_a_difference_is_not_called_a_finding(tmp_path):
    found = pair(tmp_path, {"gap": None}, {"objective": 110.0})
    assert found.verdicts[0].standing is Standing.UNKNOWN
    assert "the difference may come from the search and not from the change" in verdict_text(found, 1)
    assert any("is not known" in note for note in found.notes)


def test_money_is_told_by_category_and_year_with_difference_and_share(tmp_path):
    first = {"tables": {"costs": [cost("hardware", "2027", 40.0), cost("power", "2028", 10.0)]}}
    other = {
        "tables": {"costs": [cost("hardware", "2027", 50.0), cost("power", "2028", 10.5), cost("resale", "2028", -3.0)]}
    }
    found = pair(tmp_path, first, other)
    hardware = line(found.money, "hardware", "2027")
    assert (hardware.values, hardware.difference(1), hardware.share(1)) == ((40.0, 50.0), 10.0, 0.25)
    assert line(found.money, "cash", "2028").values == (10.0, 7.5)
    assert line(found.money, "cash", "total").values == (50.0, 57.5)
    assert line(found.money, "resale", "2028").values == (0.0, -3.0)
    assert line(found.money, "resale", "2028").share(1) is None


def test_amounts_that_differ_by_less_than_the_gaps_are_called_that(tmp_path):
    first = {"tables": {"costs": [cost("hardware", "2027", 40.0), cost("power", "2027", 10.0)]}}
    other = {"tables": {"costs": [cost("hardware", "2027", 42.0), cost("power", "2027", 12.1)]}}
    found = pair(tmp_path, first, other)
    assert line(found.money, "hardware", "2027").standings == (Standing.WITHIN,)
    assert line(found.money, "power", "2027").standings == (Standing.DIFFERENT,)


def test_economic_costs_are_not_cash_and_value_left_has_no_year(tmp_path):
    costs = [cost("hardware", "2027", 40.0), cost("unserved", "2027", 5.0), cost("value_left", "end", -9.0, -6.0)]
    found = pair(tmp_path, {"tables": {"costs": costs}}, {"tables": {"costs": costs}})
    assert line(found.money, "cash", "2027").values == (40.0, 40.0)
    assert line(found.money, "unserved", "2027").values == (5.0, 5.0)
    assert line(found.money, "value_left", "net present").values == (-6.0, -6.0)
    assert line(found.money, "net present cost", "net present").values == (39.0, 39.0)
    assert [one.labels[1] for one in found.money if one.labels[0] == "value_left"] == ["net present"]


def test_service_is_told_by_workload_and_period(tmp_path):
    first = {"tables": {"service": [("chat", "2027", 100.0, 100.0, 0.0), ("chat", "2028", 300.0, 300.0, 0.0)]}}
    other = {"tables": {"service": [("chat", "2027", 100.0, 80.0, 20.0), ("chat", "2028", 300.0, 300.0, 0.0)]}}
    changes = {"changes": {"plan": plan(periods=2)}}
    found = pair(tmp_path, first | changes, other | changes)
    assert line(found.service, "chat", "2027", "unserved").values == (0.0, 20.0)
    assert line(found.service, "chat", "2027", "share served").difference(1) == pytest.approx(-0.2)
    assert line(found.service, "chat", "total", "share served").values == (1.0, pytest.approx(0.95))


def test_years_of_one_run_only_are_shown_and_not_compared(tmp_path):
    first = {"tables": {"costs": [cost("hardware", "2027", 40.0), cost("hardware", "2030", 7.0)]}}
    other = {"tables": {"costs": [cost("hardware", "2027", 40.0)]}, "changes": {"plan": plan(periods=2)}}
    found = pair(tmp_path, first, other)
    beyond = line(found.money, "hardware", "2030")
    assert (beyond.values, beyond.standings, beyond.difference(1)) == ((7.0, None), (Standing.APART,), None)
    assert line(found.money, "cash", "2027 to 2028").values == (40.0, 40.0)
    assert found.verdicts[0].standing is Standing.APART
    assert verdict_text(found, 1) == "The net present costs of A and B are not comparable."
    assert found.notes[0] == (
        "A covers 2027 to 2030 and B 2027 to 2028: only 2027 to 2028 is compared. "
        "Their net present costs and totals over the horizon are not comparable."
    )


def test_a_decision_outside_the_horizon_of_the_other_run_is_no_flip(tmp_path):
    tables = {"orders": [order("2030", 12)], "acquisitions": [("team", "2030", "2030", "2031", 1.0)]}
    found = pair(tmp_path, {"tables": tables}, {"changes": {"plan": plan(periods=2)}})
    assert decision(found, "team").changes == (ChangeKind.APART,)
    assert decision(found, "team").wordings == ("outside the horizon of B (2027 to 2028)",)
    assert decision(found, "chip_list").changes == (ChangeKind.APART,)
    assert not any(entry.is_changed for entry in found.decisions)


def test_yearly_and_quarterly_plans_are_compared_by_calendar_year(tmp_path):
    yearly = {"tables": {
        "orders": [order("2027", 12)],
        "costs": [cost("hardware", "2027", 40.0)],
        "service": [("chat", "2027", 100.0, 100.0, 0.0)],
        "tape_outs": [("own", "partner", "2027", "2028", "2029")],
    }}  # fmt: skip
    quarterly = {
        "tables": {
            "orders": [order("2027Q1", 8), order("2027Q3", 4)],
            "costs": [cost("hardware", "2027Q1", 30.0), cost("hardware", "2027Q4", 15.0)],
            "service": [("chat", f"2027Q{number}", 100.0, 90.0, 10.0) for number in (1, 2, 3, 4)],
            "tape_outs": [("own", "partner", "2027Q2", "2028Q1", "2029Q4")],
        },
        "changes": {"plan": plan("2027Q1", "quarter", 16)},
    }
    found = pair(tmp_path, yearly, quarterly)
    assert found.grain == "year"
    assert "compared by calendar year" in found.notes[0]
    assert decision(found, "chip_list").changes == (ChangeKind.SAME,)
    assert decision(found, "own").changes == (ChangeKind.SAME,)
    assert line(found.money, "hardware", "2027").values == (40.0, 45.0)
    assert line(found.service, "chat", "2027", "unserved").values == (0.0, 10.0)
    assert found.verdicts[0].standing is Standing.WITHIN


def test_a_year_that_a_run_covers_in_part_is_left_out_and_named(tmp_path):
    quarterly = {"changes": {"plan": plan("2027Q3", "quarter", 6)}, "tables": {"costs": [cost("power", "2027Q3", 9.0)]}}
    found = pair(
        tmp_path, {"changes": {"plan": plan(periods=2)}, "tables": {"costs": [cost("power", "2027", 9.0)]}}, quarterly
    )
    assert any("2027 is covered in part and left out" in note for note in found.notes)
    assert line(found.money, "power", "2027").standings == (Standing.APART,)
    assert line(found.money, "cash", "2028").standings == (Standing.SAME,)


def test_runs_without_a_common_period_are_still_shown(tmp_path):
    found = pair(tmp_path, {"changes": {"plan": plan(periods=2)}}, {"changes": {"plan": plan("2030", periods=2)}})
    assert "no time is shared" in found.notes[0]
    assert not found.decisions


def test_other_price_bases_rates_and_cases_are_said(tmp_path):
    text = plan().replace('"real"', '"nominal"').replace("0.1\n", "0.08\n", 1).replace('"tiny"', '"large"')
    notes = pair(tmp_path, {}, {"changes": {"plan": text}}).notes
    assert notes == (
        "The runs have different cases: A tiny, B large.",
        "The runs have different price bases: A real, B nominal. Money is not comparable.",
        "The runs have different discount rates: A 10.0 %, B 8.0 %. Money is not comparable.",
    )


def test_interrupted_refused_and_outdated_runs_are_said(tmp_path):
    manifest = {"interrupted": True, "check": {"passed": False}, "inputs": {"plan.toml": "another"}}
    notes = " ".join(pair(tmp_path, {}, {"manifest": manifest}).notes)
    assert "search of B was interrupted" in notes
    assert "check refuses the plan of B" in notes
    assert "inputs in B have changed" in notes


@pytest.mark.parametrize("count", [0, 1, 27])
def test_too_few_and_too_many_runs_are_refused(tmp_path, count):
    with pytest.raises(CaseFaults, match="Name 2 to 26 runs"):
        compare([loaded(tmp_path, "a")] * count)


def test_tables_hold_every_line_with_differences(tmp_path):
    found = pair(tmp_path, {"tables": {"orders": [order("2027", 12)]}}, {"objective": 110.0})
    assert set(found.tables) == {"decisions", "orders", "money", "service", "key_figures", "stability", "inputs"}
    (row,) = found.tables["orders"].records()
    assert (row["A"], row["B"], row["B_difference"], row["B_standing"]) == (12.0, 0.0, -12.0, "different")
    first = next(iter(found.tables["key_figures"].records()))
    assert (first["name"], first["B_difference"], first["B_share"]) == ("net_present_cost", 10.0, 0.1)


def test_a_figure_says_what_it_is_of_and_where_the_runs_differ_in_that(tmp_path):
    def figures(workload, vendor):
        return {
            "tables": {
                "key_figures": [
                    ("least_share_served", 0.9, "fraction", workload),
                    ("share_of_largest_vendor", 0.5, "fraction", vendor),
                    ("peak_mw", 10.0, "MW", "2028"),
                    ("cash_cost", 3.0, "USD million", ""),
                ]
            }
        }

    found = pair(tmp_path, figures("chat", "alpha"), figures("training", "alpha"))
    assert [figure_name(entry) for entry in found.key_figures] == [
        "Least served workload (A: chat; B: training)",
        "Largest vendor's share (alpha)",
        "Peak power (in 2028)",
        "Cash spent",
    ]
    assert next(found.tables["key_figures"].records())["of"] == "A: chat; B: training"
    assert "A: chat; B: training" in comparison_markdown(found)


def test_every_key_figure_has_a_name_that_is_read():
    page = (Path(__file__).parents[3] / "docs" / "results.md").read_text(encoding="utf-8")
    rows = page.split("| name | unit | periods | meaning |")[1].split("\n\n")[0].splitlines()[2:]
    names = {name.strip() for row in rows for name in row.split("|")[1].split(",")}
    assert names == FIGURE_NAMES.keys()
