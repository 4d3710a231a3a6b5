"""Why decisions are as they are: cases solved by hand, sources that add up, flips in their brackets, and the command.

Cases are those of `firm_case`: 100 queries/s for three years; a company of 0.3 USD million opens beta, 50 of which do
it for 1 USD million; without it 100 alpha do it for 2.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from models.solvers.child import Engine
from planner.cli.commands import app
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.flip_levers import DELAY, DEMAND, LEAD_TIME, YIELD, flip_levers
from planner.studies.flip_search import flips_of
from planner.studies.opposites import opposites
from planner.studies.questions.explain import explain
from tests.models.tiny import add, change, tiny_case, with_programme
from tests.planner.studies.making import STUDY_TABLES, firm_case, solving
from tests.planner.tiny import write_tiny

FIRM, CHIP = "deal:firm", "tape_out:chip"
runner = CliRunner(env={"COLUMNS": "160"})


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def explained(case, engine, name=FIRM, **how):
    context = solving(case, engine, **how)
    return explain(context, ExplainedPlan("run", context.base(), (name,), context.over_scenarios))


def flips(case, engine, name=FIRM, **how):
    context = solving(case, engine, **how)
    base = context.base()
    found = flips_of(context, base, opposites(context, base, [name]))
    return {search.lever.what: search for search in found if search.estimate is not None or search.lever.what != DEMAND}


def test_the_sources_of_a_difference_add_up_to_it(engine):
    # Without the company 2 are paid for machines instead of 1, and 0.3 for the company are saved.
    study = explained(firm_case(), engine)
    rows = {row["category"]: row for row in study.table("sources").records()}
    assert rows["hardware"]["change_musd"] == pytest.approx(1.0)
    assert rows["hardware"]["change_2027_musd"] == pytest.approx(1.0)
    assert rows["acquisitions"]["change_musd"] == pytest.approx(-0.3)
    parts = [row["change_musd"] for name, row in rows.items() if name != "in all"]
    assert rows["in all"]["change_musd"] == pytest.approx(math.fsum(parts), abs=1e-12)
    assert rows["in all"]["change_musd"] == pytest.approx(0.7)
    (decision,) = study.table("decisions").records()
    assert decision["change_musd"] == rows["in all"]["change_musd"]


def test_the_price_up_to_which_a_company_pays(engine):
    # It saves 1 on machines: at a price of 1 both cost 2.
    study = explained(firm_case(), engine)
    (row,) = study.table("decisions").records()
    assert (row["price"], row["walk_away_musd"]) == (0.3, pytest.approx(1.0, rel=1e-3))
    assert row["walk_away_least_musd"] <= 1.0 <= row["walk_away_most_musd"]
    line = study.headlines[1]
    assert line.startswith("firm (deal, 2027): without it +0.70 USD million (53.85 %); pays up to a price of 1")
    assert line.endswith("; a delay of +12 months flips it.")


def test_the_price_from_which_a_company_that_is_not_bought_would_pay(engine):
    (row,) = explained(change(firm_case(), "acquisitions", "firm", price_musd=1.2), engine).table("decisions").records()
    assert (row["in_plan"], row["walk_away_musd"]) == ("not taken", pytest.approx(1.0, rel=1e-3))


def test_the_delay_that_flips_a_decision(engine):
    # A year later beta is there in 2028, when alpha has been bought for all three years.
    search = flips(firm_case(), engine)[DELAY]
    assert (search.estimate, search.flip[0].value) == (12.0, 0.0)


def test_the_demand_that_flips_a_decision(engine):
    # Machines for a share v of the demand cost v and 2 v: a company of 0.7 pays from v = 0.7 on.
    search = flips(change(firm_case(), "acquisitions", "firm", price_musd=0.7), engine)[DEMAND]
    assert search.estimate == pytest.approx(0.7, abs=0.02)
    kept, flipped = search.proven
    assert flipped.value <= 0.7 <= kept.value


def test_the_speed_that_flips_a_tape_out(engine):
    """A chip of 0.3 USD million opens beta at 20,000 USD and 2 queries/s, which then is all that is bought.

    At a speed of 2 v, 50 / v of them cost 1 / v: with 0.3 more it is as dear as alpha at 1 / v = 1.7, v = 0.588.
    """
    case = firm_case()
    case = with_programme(change(case, "offers", "beta_list", requires=()), offer="beta_list", design_months=0.0)
    search = flips(add(case), engine, CHIP)[YIELD]
    assert search.estimate == pytest.approx(1.0 / 1.7, abs=0.01)


def test_a_speed_is_that_of_what_only_the_programme_opens():
    case = with_programme(firm_case(), offer="alpha_list")
    levers = {lever.what: lever for lever in flip_levers(case, CHIP, taken=True)}
    assert [entry.name for entry in levers[YIELD].entries] == ["throughput:alpha:queries_per_second"]
    assert levers[YIELD].words(0.5) == "0.5 queries/s (× 0.5)"
    assert levers[DELAY].words(12.0) == "+12 months"
    assert list(flip_levers(tiny_case(), "deal:none", taken=True)) == []
    (lead_time,) = flip_levers(change(firm_case(), "acquisitions", "firm", months_to_close=12.0), FIRM, taken=False)
    assert (lead_time.what, lead_time.words(0.5)) == (LEAD_TIME, "6 months (× 0.5)")


def test_what_the_gaps_leave_open_is_no_finding_and_has_no_flip(engine):
    # Bounds that are 1 too low leave open whether a company that saves 0.7 saves anything.
    context = solving(firm_case(), engine)

    def with_gaps(points):
        return {name: lowered(found) for name, found in context.solve(points).items()}

    def lowered(found):
        return {**found, "bound_musd": found["bound_musd"] - 1.0} if "bound_musd" in found else found

    gaps = replace(context, solve=with_gaps)
    study = explain(gaps, ExplainedPlan("run", gaps.base(), (FIRM,), gaps.over_scenarios))
    (row,) = study.table("decisions").records()
    assert (row["change_least_musd"], row["change_most_musd"]) == pytest.approx((-0.3, 1.7))
    assert row["finding"] == "within the gaps"
    assert study.table("flips").rows == ()
    assert study.headlines[1].endswith("so that the gaps leave it open.")


def test_the_command_explains_a_run_and_writes_every_medium(tmp_path):
    case = write_tiny(tmp_path / "tiny", **STUDY_TABLES)
    run = tmp_path / "run"
    assert runner.invoke(app, ["plan", str(case), "--base", "-o", str(run), "-q"]).exit_code == 0
    options = ["--points", str(tmp_path / "points"), "--workers", "1", "--no-flips"]
    ended = runner.invoke(app, ["explain", str(run), "-o", str(tmp_path / "study"), *options])
    assert ended.exit_code == 0, ended.output
    study = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))
    assert study["kind"] == "explain"
    assert [row["decision"] for row in study["tables"]["decisions"]] == ["hall"]
    assert {"study.xlsx", "report.html", "study.md"} <= {path.name for path in (tmp_path / "study").iterdir()}
    ended = runner.invoke(app, ["explain", str(run), "--decision", "expansion:hal", *options])
    assert ended.exit_code == 2
    assert "Did you mean expansion:hall?" in ended.output
