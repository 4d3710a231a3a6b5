"""The command line from outside: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess

import pytest
from typer.testing import CliRunner

from planner.cli.commands import app
from tests.planner.tiny import INPUTS, command, environment, fleetplan, manifest_of, names_in, write_tiny

runner = CliRunner(env={"COLUMNS": "100"})


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path / "tiny")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A written run of the tiny case; tests that change it work on a copy."""
    base = tmp_path_factory.mktemp("runs")
    case = write_tiny(base / "tiny")
    ended = fleetplan("plan", case, "-o", base / "run", cwd=base)
    assert ended.returncode == 0, ended.stderr
    return base / "run"


def test_plan_writes_a_checked_run_below_outputs_and_shows_it_first(tmp_path):
    ended = fleetplan("plan", INPUTS / "tenth-of-google", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (written,) = (tmp_path / "outputs" / "tenth-of-google").iterdir()
    assert "Optimal within 0.000" in ended.stdout
    assert "Checked independently" in ended.stdout
    assert "order  1,603,328 h100_class_list" in ended.stdout
    assert str(written) in ended.stdout
    manifest = manifest_of(written)
    assert manifest["status"] == "optimal"
    assert manifest["check"]["passed"] is True
    assert {"read", "build", "solve", "polish", "results", "verify"} <= manifest["seconds"].keys()


def test_progress_goes_to_the_error_stream_and_the_plan_to_the_output(tmp_path, tiny):
    ended = fleetplan("plan", tiny, cwd=tmp_path)
    assert "solving" in ended.stderr
    assert "solving" not in ended.stdout
    assert "Net present cost" in ended.stdout
    assert "Net present cost" not in ended.stderr


def test_a_named_folder_is_written_exactly_there_even_when_it_is_there_and_empty(tmp_path, tiny):
    (tmp_path / "here").mkdir()
    ended = fleetplan("plan", tiny, "-o", "here", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert {"inputs", "tables", "plan.json", "manifest.json", "events.jsonl", "run.log"} <= set(
        names_in(tmp_path / "here")
    )
    assert names_in(tmp_path) == ["here", "tiny"]


def test_an_earlier_run_is_written_over_only_with_replace(tmp_path, tiny):
    assert fleetplan("plan", tiny, "-o", "here", cwd=tmp_path).returncode == 0
    (tmp_path / "here" / "mine.txt").write_text("a note")
    refused = fleetplan("plan", tiny, "-o", "here", cwd=tmp_path)
    assert refused.returncode == 2
    assert "holds an earlier run. Name another folder, or add --replace" in refused.stderr
    assert (tmp_path / "here" / "mine.txt").exists()
    assert fleetplan("plan", tiny, "-o", "here", "--replace", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "here" / "mine.txt").exists()
    assert names_in(tmp_path) == ["here", "tiny"]


def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path, tiny):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    ended = fleetplan("plan", tiny, "-o", "photos", "--replace", cwd=tmp_path)
    assert ended.returncode == 2
    assert "is not empty, and is not an earlier run" in ended.stderr
    assert names_in(tmp_path / "photos") == ["cat.jpg"]


def test_faults_are_listed_at_once_with_exit_code_2_and_nothing_is_written(tmp_path):
    case = write_tiny(
        tmp_path / "bad",
        prices="offer,period,unit_price_usd\nchip_lost,2027,100000\n",
        sites="site,power_mw,pue,electricity_usd_per_mwh\nhome,-1,1,50\n",
    )
    ended = fleetplan("plan", case, cwd=tmp_path)
    assert ended.returncode == 2
    first = next(line for line in ended.stderr.splitlines() if "fault" in line)
    assert first.endswith("faults in the input; nothing was written.")
    assert "prices.csv row 2, offer = chip_lost" in ended.stderr
    assert "sites.csv row 2, power_mw = -1" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert names_in(tmp_path) == ["bad"]


def test_an_impossible_case_ends_with_exit_code_3_and_its_reason(tmp_path):
    case = write_tiny(tmp_path / "poor", budgets="budget,categories,span,amount_musd\ncompute,all,2027..2028,1\n")
    ended = fleetplan("plan", case, cwd=tmp_path)
    assert ended.returncode == 3, ended.stderr
    assert "No plan can meet the requirements of tiny." in ended.stderr
    assert "budget" in ended.stderr.partition("\n")[2]
    assert names_in(tmp_path) == ["poor"]


def test_no_plan_within_the_memory_limit_ends_with_exit_code_4(tmp_path):
    ended = fleetplan("plan", INPUTS / "frontier-lab-quarterly", "--memory-limit", "10", cwd=tmp_path)
    assert ended.returncode == 4, ended.stderr
    assert "found no plan for frontier-lab-quarterly within 10 MB." in ended.stderr
    assert names_in(tmp_path) == []


def test_shortest_time_limit_leaves_a_plan_that_says_how_far_it_is_from_the_best(tmp_path):
    ended = fleetplan("plan", INPUTS / "mid-size", "--gap", "0", "--time-limit", "0.001", "-o", "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    text = " ".join(ended.stdout.split())
    assert re.search(r"Best plan found: at most [\d.]+ % \([\d.,]+ USD million\) above the least possible cost", text)
    assert "Stopped by the time limit." in text
    assert "Penalty for unserved demand" in text


def test_a_plan_at_the_time_limit_is_written_with_its_gap_and_called_best_found(tmp_path):
    case = INPUTS / "frontier-lab"
    ended = fleetplan("plan", case, "--gap", "0", "--time-limit", "4", "-o", "run", "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["status"], told["stop"]) == ("feasible", "time")
    assert 0 < told["gap"] < 1
    assert told["gap_musd"] == pytest.approx(told["objective_musd"] - told["bound_musd"])
    assert told["standing"].startswith("Best plan found: at most ")
    assert told["standing"].endswith("Stopped by the time limit.")


def interrupted(tmp_path, times):
    """Starts a search that takes minutes, presses Ctrl-C once it has a plan, and returns how it ended."""
    line = command("plan", INPUTS / "frontier-lab", "--gap", "0", "--time-limit", "120", "-o", "run")
    signs = ["best plan", "Stopping"][:times]
    errors = []
    with subprocess.Popen(
        line, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            for told in started.stderr:
                errors.append(told)
                if signs and signs[0] in told:
                    signs.pop(0)
                    started.send_signal(signal.SIGINT)
            out = started.stdout.read()
        finally:
            started.kill()
    return started.wait(), out, "".join(errors)


def test_ctrl_c_once_writes_the_best_plan_so_far_marked_as_interrupted(tmp_path):
    code, out, err = interrupted(tmp_path, times=1)
    assert code == 0, err
    manifest = manifest_of(tmp_path / "run")
    assert manifest["interrupted"] is True
    assert (manifest["status"], manifest["stop"]) == ("feasible", "interrupt")
    assert manifest["gap"] > 0
    assert manifest["check"]["passed"] is True
    assert "Interrupted" in out
    assert fleetplan("verify", "run", cwd=tmp_path).returncode == 0


def test_ctrl_c_twice_stops_at_once_and_writes_nothing(tmp_path):
    code, _, err = interrupted(tmp_path, times=2)
    assert code == 130
    assert "Stopped. Nothing was written." in err
    assert names_in(tmp_path) == []


def test_json_holds_the_outcome_alone_on_the_output(tmp_path, tiny):
    ended = fleetplan("plan", tiny, "--json", "--quiet", "-o", "run", cwd=tmp_path)
    told = json.loads(ended.stdout)
    assert ended.stderr == ""
    assert told["exit_code"] == ended.returncode == 0
    assert told["objective_musd"] == manifest_of(tmp_path / "run")["objective_musd"]
    assert told["folder"] == str(tmp_path / "run")


def test_json_holds_every_fault_with_its_place(tmp_path):
    case = write_tiny(tmp_path / "bad", sites="site,power_mw,pue,electricity_usd_per_mwh\nhome,-1,1,50\n")
    ended = fleetplan("check", case, "--json", cwd=tmp_path)
    told = json.loads(ended.stdout)
    assert ended.returncode == told["exit_code"] == 2
    assert [(fault["file"], fault["row"], fault["column"]) for fault in told["faults"]] == [
        ("sites.csv", 2, "power_mw")
    ]


def test_a_second_solver_that_agrees_is_named_with_both_intervals(tmp_path, tiny):
    ended = fleetplan("plan", tiny, "--second-solver", "cbc", "-o", "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    second = manifest_of(tmp_path / "run")["second_solver"]
    assert second["agrees"] is True
    assert second["first"]["solver"] == "native"
    assert second["second"]["objective_musd"] == pytest.approx(second["first"]["objective_musd"], rel=1e-6)
    assert "cbc agrees" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--solver", "oracle"], "--solver, oracle: is not a known solver. Use one of: native, scip"),
        (["--solver", "hihgs"], "--solver, hihgs: is not a known solver. Did you mean highs? Use one of:"),
        (["--solver", "glop"], "--solver, glop: solves continuous programs only"),
        (["--second-solver", "native"], "--second-solver native: is also the first solver."),
    ],
)
def test_a_solver_that_cannot_be_used_is_refused_before_anything_is_solved(tmp_path, tiny, arguments, words):
    ended = fleetplan("plan", tiny, *arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "solving" not in ended.stderr


def test_verify_accepts_what_was_written_and_says_how_much_was_compared(run):
    result = runner.invoke(app, ["verify", str(run)])
    assert result.exit_code == 0, result.output
    assert "the plan is consistent with its inputs." in result.output
    assert "requirements" in result.output


def test_verify_refuses_a_folder_that_is_no_run(tmp_path):
    result = runner.invoke(app, ["verify", str(tmp_path)])
    assert result.exit_code == 2
    assert "is not a run: it has no manifest.json" in result.output


def test_check_reads_without_solving(tiny):
    result = runner.invoke(app, ["check", str(tiny)])
    assert result.exit_code == 0
    assert "tiny: 9 rows in 9 files, no faults." in result.output


def test_template_writes_a_case_and_does_not_write_over_one(tmp_path):
    assert runner.invoke(app, ["template", str(tmp_path / "new")]).exit_code == 0
    assert (tmp_path / "new" / "offers.csv").exists()
    again = runner.invoke(app, ["template", str(tmp_path / "new")])
    assert again.exit_code == 2
    assert "is not overwritten" in again.output


def test_export_model_writes_both_formats_and_asks_for_one(tmp_path, tiny):
    lp, mps = tmp_path / "a.lp", tmp_path / "a.mps"
    assert runner.invoke(app, ["export-model", str(tiny), "--lp", str(lp), "--mps", str(mps)]).exit_code == 0
    assert "order(chip_list,2027)" in lp.read_text()
    assert mps.read_text().endswith("ENDATA\n")
    assert runner.invoke(app, ["export-model", str(tiny)]).exit_code == 2


def test_formulation_prints_the_equations_of_every_family(tmp_path):
    out = tmp_path / "formulation.md"
    assert runner.invoke(app, ["formulation", "-o", str(out)]).exit_code == 0
    text = out.read_text(encoding="utf-8")
    for words in ("## Orders", "arrivals_follow_orders", "## Power", "site_power", "## Budgets"):
        assert words in text


def test_version_names_what_fleetplan_stands_on():
    told = json.loads(runner.invoke(app, ["version", "--json"]).output)
    assert {"fleetplan", "python", "numpy", "ortools", "pulp"} <= told.keys()
    assert all(told.values())


def test_solvers_lists_every_engine_with_the_known_answers_it_gives():
    told = json.loads(runner.invoke(app, ["solvers", "--json"]).output)["solvers"]
    states = {engine["name"]: engine for engine in told}
    for name in ("native", "scip"):
        assert states[name]["verdict"] == "usable"
        assert states[name]["self_tests"] >= 5
        assert states[name]["missed"] == []
    assert {"highs", "cbc", "glop"} <= states.keys()


def test_help_names_every_command_and_loads_no_solver_and_no_numpy():
    heavy = ("numpy", "ortools", "pulp", "pydantic")
    code = f"import sys, planner.cli, planner.cli.commands; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run(
        [*command()[:1], "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.strip() == "[]"
    shown = runner.invoke(app, ["--help"]).output
    for name in ("plan", "check", "template", "verify", "solvers", "export-model", "formulation", "version"):
        assert name in shown


def test_a_defect_ends_in_one_line_and_shows_its_story_only_when_asked(tmp_path, tiny):
    broken = "import planner.runs as r\nr.read_case = None\nfrom planner.cli import main\nmain()"
    for flags, has_story in (([], False), (["--verbose"], True)):
        ended = subprocess.run(
            [*command()[:1], "-c", broken, "plan", str(tiny), *flags],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert ended.returncode == 1
        assert "This is an internal error of fleetplan." in ended.stderr
        assert ("Traceback" in ended.stderr) is has_story


@pytest.mark.parametrize(("asked", "threads"), [(None, "1"), ("3", "3")])
def test_numpy_starts_no_threads_unless_asked_to(asked, threads):
    code = "import os, planner.cli, sys; sys.argv = ['fleetplan', '--version']\n"
    code += "try: planner.cli.main()\nexcept SystemExit: pass\nprint(os.environ['OPENBLAS_NUM_THREADS'])"
    around = {name: value for name, value in environment().items() if name != "OPENBLAS_NUM_THREADS"}
    around |= {} if asked is None else {"OPENBLAS_NUM_THREADS": asked}
    found = subprocess.run(
        [*command()[:1], "-c", code], env=around, capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.split()[-1] == threads
