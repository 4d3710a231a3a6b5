"""Alternatives to plans worked by hand: other decisions at nearly the same cost, and the least of each measure."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import planner
from models.solvers.child import Engine
from planner.cli.commands import app
from planner.cli.decision_commands import share_of_text
from planner.errors import CaseFaults
from planner.journal import SilentWatcher
from planner.results.loaded_run import read_run
from planner.studies.alternative_plans import AlternativesOptions, alternatives_of
from planner.studies.questions.alternatives import alternatives_study
from planner.verification.written_runs import verify_and_resolve, verify_run
from tests.planner.studies.making import solving

runner = CliRunner(env={"COLUMNS": "160"})

# 100 queries a second from 2027 to 2029; an alpha does one for 20,000 USD, so that 100 of them cost 2 USD million in
# 2027. With the agreement `pact` (0.05) an alpha costs 19,000: 1.9 + 0.05 = 1.95. Who buys `firm` (0.1) pays 18,800 an
# alpha: 1.88 + 0.1 = 1.98. Both: 1.88 + 0.05 + 0.1 = 2.03, since only the lower price is of use. No discounting.
FILES = {
    "plan.toml": 'schema_version = 1\nname = "by hand"\ncurrency_basis = "real"\nstart = "2027"\nperiod = "year"\n'
    "periods = 3\ndiscount_rate = 0\n\n[solver]\ngap = 0.0\ntime_limit_s = 60\n",
    "workloads.csv": "workload,min_service,penalty_usd_per_1000\nchat,0,1\n",
    "demand.csv": "workload,period,queries_per_day_million\nchat,2027,8.64\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,utilisation,reference_price_usd\n"
    "alpha,verde,1,3,1,20000\nbeta,rosso,3,3,1,44000\n",
    "throughput.csv": "accelerator,workload,queries_per_second\nalpha,chat,1\nbeta,chat,2\n",
    "offers.csv": "offer,accelerator,kind,requires\nalpha_list,alpha,buy,\nalpha_pact,alpha,buy,pact\n"
    "alpha_firm,alpha,buy,firm\nbeta_list,beta,buy,\n",
    "prices.csv": "offer,period,unit_price_usd\nalpha_list,2027,20000\nalpha_pact,2027,19000\nalpha_firm,2027,18800\n"
    "beta_list,2027,44000\n",
    "resale.csv": "accelerator,age_years,fraction_of_reference_price\n*,0,0\n",
    "sites.csv": "site\nnorth\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2029,\n",
    "agreements.csv": "agreement,prepayment_musd,lag_months,term_months,last_signing\npact,0.05,0,36,2027\n",
    "acquisitions.csv": "acquisition,price_musd,months_to_close,months_to_integrate,last_signing\nfirm,0.1,0,0,2027\n",
}
NO_OPTIONS = {
    "agreements.csv": "agreement,prepayment_musd,lag_months,term_months\n",
    "acquisitions.csv": "acquisition,price_musd,months_to_close,months_to_integrate\n",
    "offers.csv": "offer,accelerator,kind\nalpha_list,alpha,buy\nbeta_list,beta,buy\n",
    "prices.csv": "offer,period,unit_price_usd\nalpha_list,2027,20000\nbeta_list,2027,44000\n",
}
# Two scenarios that are known apart from 2028 on; what is bought in 2027 is enough for both, and costs are the same.
TREE = {
    "scenarios": "scenario,probability,revealed\nas_before,0.8,2028\nfewer,0.2,2028\n",
    "scenario_values": "scenario,table,key,column,period,effect,value\n"
    "fewer,demand,chat,queries_per_day_million,2029,multiply,0.5\n",
}
WITHOUT, WITH_FIRM, WITH_BOTH = 2.0, 1.98, 2.03


def planned(folder, **changes):
    """The plan of the case in files, some of them replaced: `plan` stands for plan.toml."""
    folder.mkdir(parents=True)
    named = {
        "plan.toml" if name == "plan" else name if "." in name else f"{name}.csv": text
        for name, text in changes.items()
    }
    for name, text in (FILES | named).items():
        (folder / name).write_text(text, encoding="utf-8")
    return planner.plan(planner.read_case(folder))


def costs_of(found):
    return {name: row["cost_musd"] for name, row in plans_of(found).items() if len(name) == 1}


def plans_of(found):
    return {row["plan"]: row for row in found.table("plans").records()}


@pytest.fixture(scope="module")
def asked():
    """Asks for the alternatives to a plan in this process."""
    with Engine.start("native") as engine:

        def ask(made, **options):
            found = alternatives_of(solving(made.loaded.case, engine), made.loaded, AlternativesOptions(**options))
            return alternatives_study(found, made.loaded)

        yield ask


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("alternatives") / "case")


@pytest.fixture(scope="module")
def wide(plan):
    return plan.alternatives(within=0.05, count=1, workers=1)


def test_all_other_decisions_within_the_share_are_listed_by_cost(plan, asked):
    """Within 5 % of 1.95, up to 2.0475: the firm instead 1.98, neither 2.00, both 2.03; there is no other."""
    assert plan.objective_musd == pytest.approx(1.95)
    wide = asked(plan, within=0.05)
    assert costs_of(wide) == pytest.approx({"A": WITH_FIRM, "B": WITHOUT, "C": WITH_BOTH})
    assert "3 plans" in wide.headlines[0]
    assert "proven: there is no other" in wide.headlines[0]
    plans = plans_of(wide)
    assert plans["A"]["otherwise"] == "with deal firm (2027); without agreement pact"
    assert plans["B"]["otherwise"] == "without agreement pact"
    assert plans["C"]["otherwise"] == "with deal firm (2027)"
    assert plans["A"]["change_musd"] == pytest.approx(0.03)


def test_a_smaller_share_leaves_what_costs_more_and_proves_that_there_is_no_other(plan, asked):
    """Within 2 % of 1.95, up to 1.989, only the firm for 1.98; within 1 %, up to 1.9695, nothing."""
    near = asked(plan, within=0.02)
    assert costs_of(near) == pytest.approx({"A": WITH_FIRM})
    assert "proven: there is no other" in near.headlines[0]
    none = asked(plan, within=0.01)
    assert costs_of(none) == {}
    assert none.headlines[0].startswith("No plan with other strategic decisions lies within 1 %")
    assert none.headlines[0].endswith("proven.")


def test_a_count_below_what_there_is_says_what_any_other_costs_at_least(plan, asked):
    found = asked(plan, within=0.05, count=1)
    assert costs_of(found) == pytest.approx({"A": WITH_FIRM})
    assert f"any other costs at least {WITHOUT:.2f}" in found.headlines[0]


def test_dates_are_compared_at_their_discounted_cost(tmp_path, asked):
    """Demand begins in 2029 and 10 % a year is taken off: the pact is signed then, for 1.95 · 1.1^-2.5.

    Signed two years earlier its 0.05 are worth 1.1^-0.5: (1.9 · 1.1^-2.5 + 0.05 · 1.1^-0.5) = 1.544858 instead of
    1.536584, 0.54 % more. Dates of more than 12 months count, of more than 24 do not, and nothing else lies within 1 %.
    """
    discounted = planned(
        tmp_path / "case",
        plan=FILES["plan.toml"].replace("discount_rate = 0", "discount_rate = 0.1"),
        demand="workload,period,queries_per_day_million\nchat,2027,0\nchat,2029,8.64\n",
        agreements=FILES["agreements.csv"].replace("36,2027", "36,2029"),
        acquisitions=FILES["acquisitions.csv"].replace("0,0,2027", "0,0,2029"),
    )
    assert discounted.objective_musd == pytest.approx(1.95 * 1.1**-2.5)
    found = asked(discounted, months=12)
    assert costs_of(found) == pytest.approx({"A": 1.9 * 1.1**-2.5 + 0.05 * 1.1**-0.5})
    assert plans_of(found)["A"]["otherwise"] == "agreement pact: 2027 instead of 2029"
    assert costs_of(asked(discounted, months=24)) == {}
    assert costs_of(asked(discounted, months=None)) == {}


def measured(found):
    return {row["measure"]: row for row in found.table("measures").records()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Without the pact and the firm: 100 alpha for 2 USD million, and 2.1 within 5 %."""
    return planned(tmp_path_factory.mktemp("plain") / "case", **NO_OPTIONS)


@pytest.fixture(scope="module")
def least(plain, asked):
    return measured(asked(plain, within=0.05, before="2028"))


def test_the_least_share_of_a_vendor_costs_what_the_dearer_machine_does(least):
    """A query a second by beta costs 22,000 instead of 20,000: 0.1 more pays for 50 of them.

    Then 1.1 of 2.1 USD million go to rosso, and 1.0 / 2.1 = 47.6 % to verde.
    """
    row = least["Share of verde in orders"]
    assert row["in_run"] == pytest.approx(1.0)
    assert row["found"] == pytest.approx(1.0 / 2.1, rel=0.011)
    assert row["least"] <= 1.0 / 2.1 + 1e-6 <= row["found"] + 1e-5
    assert row["least"] == pytest.approx(1.0 / 2.1, rel=0.02)


def test_the_least_early_capital_buys_a_year_later_what_stays_unserved_until_then(least):
    """A query a second left for a year costs 0.031536: 0.1 more lets 3.171 alpha wait, which are 0.06342 of 2.0."""
    row = least["Capital outlay before 2028"]
    best = 2.0 - 0.1 / 0.031536 * 0.02
    assert row["in_run"] == pytest.approx(2.0)
    assert row["least"] <= best + 1e-6 <= row["found"] + 1e-5
    assert row["found"] == pytest.approx(best, rel=0.011)


def test_the_least_power_leaves_work_undone_for_the_whole_horizon(least):
    """Served by alpha, the lesser draw, 1 kW each. A query a second less saves 0.02 and costs 3 · 0.031536 = 0.094608.

    For 0.1 more 0.1 / 0.074608 = 1.3403 kW are saved of 100.
    """
    row = least["Largest power"]
    best = 0.1 - 0.1 / 0.074608 * 1e-3
    assert row["in_run"] == pytest.approx(0.1)
    assert row["least"] <= best + 1e-6 <= row["found"] + 1e-5
    assert row["found"] == pytest.approx(best, rel=0.011)


def test_the_most_service_is_bought_for_what_is_allowed(tmp_path, asked):
    """At 0.1 USD a thousand it is cheapest to serve nothing: 100 · 3 · 0.0031536 = 0.94608.

    A query a second served for all years costs 0.02 and saves 0.0094608: 5 % more pay for 4.488 of 100. No period can
    be left out, since what counts is the worst: 95.51 % stay unserved at least.
    """
    cheap = planned(
        tmp_path / "case", **NO_OPTIONS, workloads="workload,min_service,penalty_usd_per_1000\nchat,0,0.1\n"
    )
    found = asked(cheap, within=0.05)
    row = measured(found)["Worst unserved share"]
    best = 1.0 - 0.05 * 0.94608 / (0.02 - 0.0094608) / 100.0
    assert row["in_run"] == pytest.approx(1.0)
    assert row["least"] <= best + 1e-6 <= row["found"] + 1e-5
    assert row["found"] == pytest.approx(best, rel=0.011)
    assert set(measured(found)) == {"Worst unserved share"}, "nothing is bought, so there is nothing else to lessen"


def test_alternatives_are_plans_that_pass_the_check_and_can_be_compared(plan, wide, tmp_path):
    named = wide.plan("A")
    assert named.objective_musd == pytest.approx(WITH_FIRM)
    assert named.bound_musd == pytest.approx(1.95)
    assert named.verify() == ()
    assert list(named.tables["acquisitions"]["acquisition"]) == ["firm"]
    folder = named.write(tmp_path / "A")
    assert not verify_run(folder).findings
    assert "firm" in str(planner.compare([plan, planner.load_run(folder)]).tables["decisions"].to_dict())
    for name in wide.names:
        assert wide.plan(name).verify() == ()
    with pytest.raises(CaseFaults, match="is not one of those"):
        wide.plan("Z")


def test_a_plan_over_scenarios_has_alternatives_over_its_scenarios(tmp_path, asked):
    """Both decide before the scenarios are known apart: the expected costs are those of the plan for one future."""
    tree = planned(tmp_path / "case", **TREE)
    assert tree.loaded.scenario_tree is not None
    found = asked(tree, within=0.05, measures=False)
    assert costs_of(found) == pytest.approx({"A": WITH_FIRM, "B": WITHOUT, "C": WITH_BOTH})
    assert "Over scenarios, a decision is otherwise" in found.notes[1]


def test_written_alternatives_of_a_plan_over_scenarios_pass_the_check(tmp_path):
    """Those of other decisions, and those of least measure."""
    tree = planned(tmp_path / "case", **TREE)
    run, runs = tree.write(tmp_path / "run"), tmp_path / "runs"
    ended = runner.invoke(
        app,
        ["alternatives", str(run), "--within", "5%", "-o", str(tmp_path / "study"), "--executor", "serial", "-q",
         "--points", str(tmp_path / "points"), "--runs", str(runs)],
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    folders = sorted(runs.iterdir())
    assert {"A", "B", "C"} < {folder.name for folder in folders}
    for folder in folders:
        assert runner.invoke(app, ["verify", str(folder)]).exit_code == 0, folder
        assert read_run(folder).scenario_tree is not None


def test_a_plan_of_least_measure_states_the_bound_of_its_case(plain, tmp_path):
    """With its orders held no plan costs less than 2.1, which says nothing of others: 100 alpha cost 2.0."""
    named = plain.alternatives(within=0.05, count=0, workers=1).plan("least share of verde")
    assert named.objective_musd == pytest.approx(2.1, rel=1e-3)
    assert named.bound_musd == pytest.approx(2.0)
    assert verify_and_resolve(named.write(tmp_path / "run"), SilentWatcher()).findings == ()


def test_the_command_writes_the_study_and_its_alternatives_as_runs(plan, tmp_path):
    run = plan.write(tmp_path / "run")
    ended = runner.invoke(
        app,
        ["alternatives", str(run), "--within", "2%", "-o", str(tmp_path / "study"), "--executor", "serial", "-q",
         "--no-measures", "--points", str(tmp_path / "points"), "--runs", str(tmp_path / "runs")],
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    study = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))
    assert study["headlines"][0] in " ".join(ended.stdout.split())
    assert {"study.xlsx", "report.html", "study.md"} <= {path.name for path in (tmp_path / "study").iterdir()}
    assert not verify_run(tmp_path / "runs" / "A").findings


@pytest.mark.parametrize("text", ["0", "0%", "101%", "a", "1%%", "-1%", "nan"])
def test_a_share_that_is_none_is_refused(text):
    with pytest.raises(CaseFaults, match="must be a share"):
        share_of_text("--within", text)


def test_a_share_is_a_fraction_or_in_per_cent():
    assert share_of_text("--within", "0.5 %") == share_of_text("--within", "0.005") == 0.005


def test_a_date_outside_the_plan_is_refused(plan, asked):
    for label in ("2027", "2031", "soon"):
        with pytest.raises(CaseFaults, match="--before"):
            asked(plan, before=label)


def test_options_that_mean_nothing_are_refused_together(plan, asked):
    with pytest.raises(CaseFaults) as refused:
        asked(plan, within=0.0, count=27, months=-1)
    assert {fault.file for fault in refused.value.faults} == {"within", "count", "months"}
