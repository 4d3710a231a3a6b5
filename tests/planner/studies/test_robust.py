"""Decisions over futures and alternatives by hand: what each saves, and whether it is no regret, a hedge or a bet."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from models.solvers.child import Engine
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.alternative_plans import AlternativesOptions
from planner.studies.questions.robust import robust_study
from planner.studies.robust_decisions import BET, NEVER_PAYS, OPEN, Advantage, RobustDecision, robust_decisions
from planner.studies.study_context import BASE, all_futures
from planner.studies.survivors import HEDGE, NO_REGRET
from tests.planner.studies.making import solving
from tests.planner.studies.test_alternatives import FILES, TREE, planned

# The case of test_alternatives with one agreement more, `core` (0.01), without which nothing can be bought, and one of
# no use, `idle` (0.001). In USD million, with core: list 2.01, pact 1.96, firm 1.99, pact and firm 2.04.
# `dear`: alpha at list price and by the pact costs half as much again: beta 2.21, pact 2.91, firm 1.99, both 2.04.
# `calm`: 40 queries a second: list 0.81, pact 0.76 + 0.06 = 0.82, firm 0.752 + 0.11 = 0.862, both 0.912.
CHANGES = {
    "offers": "offer,accelerator,kind,requires\nalpha_list,alpha,buy,core\nalpha_pact,alpha,buy,core;pact\n"
    "alpha_firm,alpha,buy,core;firm\nbeta_list,beta,buy,core\n",
    "agreements": FILES["agreements.csv"] + "core,0.01,0,36,2027\nidle,0.001,0,36,2027\n",
    "disruptions": "disruption,target,field,effect,value,start,months\ndear,alpha_list,price,multiply,1.5,2027,36\n"
    "dear,alpha_pact,price,multiply,1.5,2027,36\ncalm,chat,demand,multiply,0.4,2027,36\n",
}
ITEMS = {"pact": "agreement:pact", "firm": "deal:firm", "core": "agreement:core", "idle": "agreement:idle"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("robust") / "case", **CHANGES)


@pytest.fixture(scope="module")
def found(run):
    case = run.loaded.case
    with Engine.start("native") as engine:
        options = AlternativesOptions(within=0.05, count=3, measures=False)
        return robust_decisions(solving(case, engine), run.loaded, all_futures(case), options)


@pytest.fixture(scope="module")
def decisions(found):
    return {one.name: one for one in found.decisions}


def saved(decisions, item):
    return {future: own.found for future, own in decisions[ITEMS[item]].advantage.items()}


def test_what_a_decision_saves_is_the_least_cost_without_it_less_that_with_it(decisions):
    """The pact: 1.99 (firm) − 1.96 as expected; 1.99 − 2.04 in dear, where it is of use to nobody; 0.81 − 0.82 in calm.

    The firm: 1.96 − 1.99 as expected; 2.21 (beta) − 1.99 in dear; 0.81 − 0.862 in calm.
    """
    assert saved(decisions, "pact") == pytest.approx({BASE: 0.03, "dear": -0.05, "calm": -0.01})
    assert saved(decisions, "firm") == pytest.approx({BASE: -0.03, "dear": 0.22, "calm": -0.052})
    assert saved(decisions, "idle") == pytest.approx({BASE: -0.001, "dear": -0.001, "calm": -0.001})


def test_a_decision_of_all_plans_is_no_regret_and_shows_what_it_saves_as_expected(decisions):
    """Without core nothing is bought: 100 queries a second for 3 years at 0.031536 are 9.4608, instead of 1.96."""
    core = decisions[ITEMS["core"]]
    assert core.standing == NO_REGRET
    assert core.in_all
    assert saved(decisions, "core") == pytest.approx({BASE: 9.4608 - 1.96})


def test_a_hedge_costs_as_expected_and_is_regretted_less_by_who_has_it(decisions):
    """The firm costs 0.03 as expected and 0.052 at worst, in calm; who has it not regrets 0.22 in dear."""
    firm = decisions[ITEMS["firm"]]
    assert firm.standing == HEDGE
    assert firm.regret(taken=True) == (pytest.approx(0.052), "calm")
    assert firm.regret(taken=False) == (pytest.approx(0.22), "dear")
    assert (firm.pays_in, set(firm.costs_in)) == (["dear"], {BASE, "calm"})


def test_a_bet_pays_in_some_futures_and_costs_in_others(decisions):
    """The pact saves 0.03 as expected and costs up to 0.05, in dear."""
    pact = decisions[ITEMS["pact"]]
    assert pact.standing == BET
    assert pact.regret(taken=True) == (pytest.approx(0.05), "dear")
    assert pact.regret(taken=False) == (pytest.approx(0.03), BASE)


def test_what_only_an_alternative_takes_and_no_future_pays_for_does_not_pay(decisions):
    idle = decisions[ITEMS["idle"]]
    assert any(idle.alternatives.values())
    assert not any(idle.taken.values())
    assert idle.standing == NEVER_PAYS


def test_the_page_names_the_classes_and_the_sign_to_watch(found):
    study = robust_study(found)
    rows = {row["decision"].split()[-1]: row for row in study.table("decisions").records()}
    assert [row["standing"] for row in rows.values()] == [NO_REGRET, HEDGE, BET, NEVER_PAYS]
    assert rows["firm"]["sign"] == "prices of alpha_list, unit_price_usd in 2027: 30,000 instead of 20,000"
    assert rows["firm"]["seen"] == "2027"
    assert rows["pact"]["sign"].startswith("pays unless: ")
    assert rows["core"]["sign"] == ""
    text = "\n".join(study.headlines)
    assert "No regret as expected, in 2 futures and 3 alternatives: agreement core." in text
    assert "Hedge: deal firm costs as expected and in calm (up to 0.052 USD million in calm); pays in dear" in text
    assert "Bet: agreement pact costs in dear, calm (up to 0.050 USD million in dear); pays as expected (up to" in text
    assert "(up to 0.22 USD million). Sign to watch: prices of alpha_list" in text
    assert "(up to 0.030 USD million). Sign to watch: pays unless: " in text
    assert "proven to pay in no future: agreement idle." in text


def test_what_every_plan_orders_from_a_vendor_is_no_regret(found):
    """Of verde: 1.9 by the pact as expected, 1.88 by the firm in dear, and 0.8 at list price in calm, the least."""
    rows = {row["vendor"]: row for row in robust_study(found).table("vendors").records()}
    assert set(rows) == {"verde"}
    assert rows["verde"]["standing"] == NO_REGRET
    assert (rows["verde"]["least_musd"], rows["verde"]["least_in"]) == (pytest.approx(0.8), "calm")
    assert rows["verde"]["expected_musd"] == pytest.approx(1.9)


def decision(**advantage):
    named = {
        BASE if name == "base" else name: Advantage((low + high) / 2, low, high)
        for name, (low, high) in advantage.items()
    }
    return RobustDecision("deal:x", dict.fromkeys(named, False), {}, named)


def test_what_the_gaps_leave_open_is_no_finding():
    """A bracket around nothing neither pays nor costs."""
    assert decision(base=(-1.0, 2.0), a=(-0.5, 0.1)).standing == OPEN
    assert decision(base=(-1.0, 2.0), a=(0.5, 1.0)).standing == NO_REGRET, "it pays in a and is proven to cost nowhere"
    assert decision(base=(-2.0, -1.0), a=(-0.5, 1.0)).standing == NEVER_PAYS
    assert decision(base=(-2.0, -1.0), a=(0.5, 1.0)).standing == BET, "1.5 are regretted who has it, 0.75 who has not"
    assert decision(base=(-2.0, -1.0), a=(2.5, 3.0)).standing == HEDGE


def test_a_future_in_which_there_is_no_plan_without_a_decision_is_an_unlimited_regret():
    must = decision(base=(-2.0, -1.0), a=(math.inf, math.inf))
    assert must.standing == HEDGE
    assert must.regret(taken=False) == (math.inf, "a")


def test_the_command_and_the_method_find_the_same(run, found, tmp_path):
    folder = run.write(tmp_path / "run")
    ended = CliRunner(env={"COLUMNS": "160"}).invoke(
        app,
        ["robust", str(folder), "--within", "5%", "--count", "3", "-o", str(tmp_path / "study"), "--executor", "serial",
         "-q", "--points", str(tmp_path / "points")],
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    study = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))
    assert study["headlines"] == list(robust_study(found).headlines)
    assert {"study.xlsx", "report.html", "study.md"} <= {path.name for path in (tmp_path / "study").iterdir()}
    again = run.robust(within=0.05, count=3, points=tmp_path / "points", workers=1)
    assert list(again.headlines) == study["headlines"]


def test_over_scenarios_a_decision_is_asked_about_over_all_of_them_and_in_each_alone(tmp_path):
    """The pact saves 1.98 − 1.95 over the scenarios, and the same in the one that changes something, `fewer`."""
    tree = planned(tmp_path / "case", **TREE)
    with Engine.start("native") as engine:
        case, options = tree.loaded.case, AlternativesOptions(within=0.05, measures=False)
        found = robust_decisions(solving(case, engine), tree.loaded, all_futures(case), options)
    assert list(found.results) == [BASE, "fewer"]
    pact, firm = ({one.name: one for one in found.decisions}[ITEMS[item]] for item in ("pact", "firm"))
    assert pact.standing == NO_REGRET
    assert {name: own.found for name, own in pact.advantage.items()} == pytest.approx({BASE: 0.03, "fewer": 0.03})
    assert firm.standing == NEVER_PAYS
    assert robust_study(found).notes[1].startswith("As expected means over the scenarios")


def test_a_case_without_futures_is_refused(tmp_path):
    plain = planned(tmp_path / "case")
    with pytest.raises(CaseFaults, match="no disruptions within the horizon"):
        plain.robust(workers=1)
