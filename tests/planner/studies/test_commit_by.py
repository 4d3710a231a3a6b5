"""By when decisions must be made: cases solved by hand, what is known by then on a tree, and the command."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from models.solvers.child import Engine
from models.tables.strategy_rows import Commitment
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.delayed_decisions import DelayedDecision, Waiting, early_decisions
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.questions.commit_by import commit_by
from tests.models.tiny import add, change
from tests.planner.studies.making import (
    STUDY_TABLES,
    firm_case,
    result,
    solving,
    strategic_case,
    with_two_scenarios,
)
from tests.planner.tiny import write_tiny

FIRM = "deal:firm"
runner = CliRunner(env={"COLUMNS": "160"})


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def calendar(case, engine, share=0.001, **how):
    context = solving(case, engine, **how)
    study = commit_by(context, ExplainedPlan("run", context.base(), (FIRM,), context.over_scenarios), share=share)
    waits = [row for row in study.table("waiting").records() if row["decision"] == "firm"]
    return study, {row["decision"]: row for row in study.table("calendar").records()}, waits


def growing_case():
    """Demand is 10 queries/s in 2027 and 100 from 2028 on: the company and 50 beta in two years cost 1.3.

    A year later 10 alpha serve 2027 for 0.2, and 45 beta the rest for 0.9: with the company 1.4. Two years later 100
    alpha cost 2, and the company is not bought any more.
    """
    return firm_case(demand=(("2027", 10.0), ("2028", 100.0)))


def test_what_waiting_costs_until_it_is_not_worth_taking(engine):
    study, rows, waits = calendar(growing_case(), engine)
    assert [row["label"] for row in waits] == ["2028", "2029"]
    assert [row["change_musd"] for row in waits] == pytest.approx([0.1, 0.7])
    assert [row["then"] for row in waits] == ["decided 2028", "not taken any more"]
    assert waits[0]["change_share"] == pytest.approx(0.1 / 1.3)
    assert (rows["firm"]["planned"], rows["firm"]["commit_by"], rows["firm"]["next"]) == ("2027", "2027", "2028")
    line = "firm (deal, planned 2027): decide by 2027; not before 2028 costs +0.10 USD million."
    assert line in study.headlines


def test_the_last_date_at_which_waiting_costs_less_than_an_amount(engine):
    # 10 % of 1.3 are 0.13, more than the 0.1 that a year costs and less than the 0.7 of two.
    study, rows, _ = calendar(growing_case(), engine, share=0.1)
    assert (rows["firm"]["commit_by"], rows["firm"]["next"]) == ("2028", "2029")
    assert rows["firm"]["change_musd"] == pytest.approx(0.7)
    assert "0.13" in study.notes[1]
    none = "Of 2 early decisions, for none is waiting beyond 2027 proven to cost 0.13 USD million (10.00 %) or more."
    assert study.headlines[0] == none


def test_a_share_of_nothing_is_refused(engine):
    with pytest.raises(CaseFaults, match=r"waiting.*must be above 0 and at most 1"):
        calendar(growing_case(), engine, share=0.0)


def test_an_order_is_put_off_like_a_decision(engine):
    # 50 beta a year later are too late: 100 alpha cost 2, and so 0.7 more.
    _, rows, _ = calendar(firm_case(), engine)
    assert rows["beta_list"]["kind"] == "order"
    assert (rows["beta_list"]["commit_by"], rows["beta_list"]["change_musd"]) == ("2027", pytest.approx(0.7))


def test_waiting_that_leaves_no_plan_is_said_to_be_impossible(engine):
    barred = Commitment(kind="order", item="alpha_list", status="barred")
    case = add(change(firm_case(), "workloads", "chat", min_service=1.0), commitments=(barred,))
    study, rows, waits = calendar(case, engine)
    assert [row["then"] for row in waits] == ["no plan"]
    assert rows["firm"]["commit_by"] == "2027"
    assert "from 2028 on there is no plan" in " ".join(study.headlines)


def test_what_waiting_costs_and_what_is_known_by_then_on_a_tree(engine):
    """Demand from 2028 is 100 or, with a chance of 25 % known then, 20.

    With the company 0.3 + 5 beta in 2027 (0.1), and 45 or 5 in 2028 (0.9 or 0.1): 1.1 in expectation. A year later 10
    alpha (0.2), then the company with 45 beta (1.2) or, as it waits in both, 10 alpha more (0.2): 1.15. Two years later
    90 or 10 alpha (1.8 or 0.2): 1.6, and the company is not bought any more.
    """
    study, rows, waits = calendar(with_two_scenarios(growing_case(), 0.2, 0.25), engine, over_scenarios=True)
    assert [row["label"] for row in waits] == ["2028", "2029"]
    assert [row["change_musd"] for row in waits] == pytest.approx([0.05, 0.5])
    assert [row["then"] for row in waits] == ["decided 2028", "not taken any more"]
    assert waits[0]["known"] == "same, other"
    assert (rows["firm"]["commit_by"], rows["firm"]["known"]) == ("2027", "nothing more")
    must = "Of 2 early decisions, 2 must be made in 2027"
    assert study.headlines[0] == f"{must}: waiting a period longer costs 0.0011 USD million (0.10 %) or more."


def test_only_decisions_of_the_first_third_are_early():
    plan = result(1.0, taken={"tape_out:chip": ("house", "2028")}) | {
        "orders": {"alpha_list": {"2027": 1.0, "2028": 2.0}}
    }
    case = strategic_case()
    assert [one.decision for one in early_decisions(case, plan)] == ["order:alpha_list"]
    longer = replace(case, settings=replace(case.settings, periods=6))
    assert [one.decision for one in early_decisions(longer, plan)] == ["order:alpha_list", "tape_out:chip"]


def test_gaps_tell_a_proven_date_from_a_possible_one():
    waits = [
        Waiting(1, "2028", 1.0, 0.0, 4.0, "2028"), Waiting(2, "2029", 2.0, 1.0, 6.0, "2029"),
        Waiting(3, "2030", 9.0, 7.0, 9.0, "2030"),
    ]  # fmt: skip
    one = DelayedDecision(FIRM, 0, "2027", waits)
    assert one.last_below(5.0).label == "2028"
    assert one.last_possibly_below(5.0).label == "2029"
    assert one.last_below(0.5) is None


def test_the_command_writes_the_calendar(tmp_path):
    run = tmp_path / "run"
    case = write_tiny(tmp_path / "tiny", **STUDY_TABLES)
    assert runner.invoke(app, ["plan", str(case), "--base", "-o", str(run), "-q", "--no-opposites"]).exit_code == 0
    options = ["--by-when", "--waiting", "0.5%", "--points", str(tmp_path / "points"), "--workers", "1"]
    ended = runner.invoke(app, ["explain", str(run), "-o", str(tmp_path / "study"), *options])
    assert ended.exit_code == 0, ended.output
    study = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))
    assert (study["kind"], study["facts"]["waiting_share"]) == ("commit_by", 0.005)
