"""The seven commands from the command line to the files, on a case that is solved in no time."""

from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

import planner.studies.study_run
from planner.cli.commands import app
from planner.sweeps.points import PointResult, PointStatus
from planner.sweeps.sweep_run import SweepResult
from tests.planner.studies.making import STUDIES, STUDY_TABLES
from tests.planner.tiny import write_tiny

runner = CliRunner(env={"COLUMNS": "160"})

TABLES = STUDY_TABLES | {"disruptions": STUDY_TABLES["disruptions"] + "long ago,chat,demand,multiply,0.6,2020,12\n"}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("whatif") / "tiny", **TABLES)


def ask(kind, case, folder, *options):
    return invoked(kind, case, *options, "-o", folder, "--points", case.parent / "points")


def tables_in(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def rows_in(folder, table):
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def studies(case, tmp_path_factory):
    """The folder of each command's study, with what it printed."""
    base = tmp_path_factory.mktemp("studies")
    found = {}
    for kind, options in STUDIES.items():
        ended = ask(kind, case, base / kind, *options)
        assert ended.exit_code == 0, (kind, ended.output)
        found[kind] = base / kind, ended.stdout
    return found


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_is_written_whole_and_its_headlines_are_shown(kind, studies):
    folder, printed = studies[kind]
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == study["kind"] == kind
    for line in study["headlines"]:
        assert " ".join(line.split()) in " ".join(printed.split())
    assert {f"{name}.csv" for name in study["tables"]} == {path.name for path in (folder / "tables").iterdir()}
    assert set(manifest["files"]) >= {"study.json"}


@pytest.mark.parametrize("kind", STUDIES)
def test_a_second_run_works_out_nothing_and_writes_the_same_tables(kind, studies, case, tmp_path):
    ended = ask(kind, case, tmp_path / "again", *STUDIES[kind], "--json")
    assert ended.exit_code == 0, ended.output
    said = json.loads(ended.stdout)
    assert said["points"]["worked_out"] == 0
    assert said["points"]["reused"] > 0
    assert tables_in(tmp_path / "again") == tables_in(studies[kind][0])
    assert said["headlines"] == json.loads((studies[kind][0] / "study.json").read_text(encoding="utf-8"))["headlines"]


def test_disruptions_change_the_best_plan_by_what_the_hand_finds(studies):
    # Ten units in three lots of four serve 2027, and 20 units in five lots both: without another hall power is short.
    rows = {row["future"]: row for row in rows_in(studies["disrupt"][0], "futures")}
    assert set(rows) == {"dear", "fewer"}
    assert float(rows["dear"]["change_musd"]) > 0
    assert float(rows["fewer"]["change_musd"]) < 0
    assert rows["dear"]["seen"] == "2028"


def test_a_stressed_plan_is_never_better_than_one_that_knew(studies, case, tmp_path):
    disruptions = STUDIES["stress"][1:]
    assert ask("disrupt", case, tmp_path / "known", *disruptions).exit_code == 0
    known = {row["future"]: row for row in rows_in(tmp_path / "known", "futures")}
    stressed = {row["future"]: row for row in rows_in(studies["stress"][0], "futures")}
    assert known.keys() == stressed.keys() == {"dear", "fewer@2028*0.5", "dear+fewer"}
    for name, row in stressed.items():
        bound = float(known[name]["cost_musd"]) * (1 - float(known[name]["gap"] or 0))
        assert float(row["cost_musd"]) >= bound - 1e-6
        assert float(row["foresight_musd"]) >= 0


def test_regret_of_scenarios_is_never_negative_and_nothing_happening_is_the_undisturbed_plan(studies):
    rows = rows_in(studies["regret"][0], "matrix")
    assert {row["plan"] for row in rows} == {"as expected", "bad"}
    assert all(float(row["regret_musd"]) >= 0 for row in rows)


def test_the_break_even_of_a_hall_lies_where_its_cost_eats_what_it_saves(studies):
    (row,) = rows_in(studies["breakeven"][0], "breakeven")
    assert row["below"] == "better taken"
    assert float(row["low"]) <= float(row["estimate"]) <= float(row["high"])


def test_disruptions_are_listed_and_those_of_the_library_that_have_no_roles_take_one_line(case):
    ended = runner.invoke(app, ["disrupt", str(case), "--list", "--library"])
    assert ended.exit_code == 0, ended.output
    assert "dear" in ended.stdout
    told = [line for line in ended.stdout.splitlines() if "of the library cannot be used" in line]
    assert len(told) == 1


def test_a_study_with_the_library_says_in_one_note_what_it_cannot_use(case, tmp_path):
    ended = ask("disrupt", case, tmp_path / "study", "-d", "dear", "--library")
    assert ended.exit_code == 0, ended.output
    (note,) = [line for line in ended.stdout.splitlines() if "of the library cannot be used" in line]
    assert "roles has no" in note


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["disrupt", "-d", "deer"], "Did you mean dear?"),
        (["disrupt", "-d", "dear@2090"], "after the horizon"),
        (["disrupt", "-d", "long ago"], "over before the plan starts"),
        (["disrupt", "-d", "dear*x"], "is not a depth"),
        (["disrupt", "-d", "dear", "--depths", "a"], "must be numbers"),
        (["stress", "--scenarios", "-d", "dear"], "cannot be combined with disruptions, onsets or depths"),
        (["tornado", "-i", "price of chip"], "price of chips"),
        (["tornado", "-i", "prices:chip_list:unit_price_usd"], "needs its ends"),
        (["tornado", "-i", "price of chips=-2..1"], "must be at least 0"),
        (["grid", "--x", "price of chips", "--y", "price of chips"], "named twice"),
        (["grid", "--x", "price of chips", "--y", "cost of the hall", "--steps", "1x9"], "at least 2"),
        (["grid", "--x", "price of chips", "--y", "cost of the hall", "--decision", "expansion:hal"], "expansion:hall"),
        (["breakeven", "-i", "cost of the hall", "--decision", "deal:firm"], "is not a decision of this case"),
        (["breakeven", "-i", "cost of the hall", "--decision", ""], "is not a decision of this case"),
        (["sample", "--method", "guess"], "latin_hypercube"),
        (["tornado", "--shard", "3/2"], "Write for example 1/4."),
        (["sample", "-i", "price of chip"], "price of chips"),
        (["sample", "--method", "sobol", "--count", "3"], "power of two"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_worked_out(arguments, words, case, tmp_path):
    kind, *rest = arguments
    points = tmp_path / "points"
    ended = invoked(kind, case, *rest, "--points", points, "-o", tmp_path / "study")
    assert ended.exit_code == 2
    assert words in " ".join(ended.output.split())
    assert not (tmp_path / "study").exists()


def invoked(kind, case, *options):
    return runner.invoke(app, [kind, str(case), "--executor", "serial", "--quiet", *map(str, options)])


def test_a_case_without_disruptions_or_scenarios_says_what_to_fill_in(tmp_path):
    case = write_tiny(tmp_path / "plain")
    for option, table in (([], "disruptions.csv"), (["--scenarios"], "scenarios.csv")):
        ended = invoked("disrupt", case, *option, "--points", tmp_path / "points")
        assert ended.exit_code == 2
        assert table in ended.output


def test_an_undisturbed_case_without_a_plan_ends_as_a_plan_would(tmp_path):
    short = {
        **TABLES,
        "sites": "site,power_mw\nhome,0\n",
        "expansions": "expansion,site,module_mw,cost_musd_per_module,max_modules\nhall,home,1,1,0\n",
    }
    case = write_tiny(tmp_path / "short", **short)
    ended = invoked("disrupt", case, "-d", "dear", "--points", tmp_path / "points")
    assert ended.exit_code == 3
    assert "The undisturbed case has no plan (infeasible)" in ended.output
    assert "the site power limits" in " ".join(ended.output.split())


def test_a_stopped_sweep_says_how_to_go_on(case, tmp_path, monkeypatch):
    def stopped(sweep, folder, **options):
        return SweepResult(folder, {}, tuple(point.name for point in sweep.points), is_stopped=True, worked_out=0)

    monkeypatch.setattr(planner.studies.study_run, "work_off", stopped)
    ended = invoked("disrupt", case, "--points", tmp_path / "points")
    assert ended.exit_code == 130
    assert "run the same command again to resume" in " ".join(ended.output.split())


def test_a_point_that_broke_down_is_told_and_the_others_still_answer(case, tmp_path, monkeypatch):
    whole = planner.studies.study_run.work_off

    def broken(sweep, folder, **options):
        found = whole(sweep, folder, **options)
        points = dict(found.points)
        if "dear" in points:
            points["dear"] = PointResult("dear", points["dear"].key, PointStatus.FAILED, None, "it broke down")
        return SweepResult(folder, points, (), is_stopped=False, worked_out=found.worked_out)

    monkeypatch.setattr(planner.studies.study_run, "work_off", broken)
    ended = ask("disrupt", case, tmp_path / "study")
    assert ended.exit_code == 0, ended.output
    assert "There is no plan for dear; the table says why." in ended.stdout
    rows = {row["future"]: row for row in rows_in(tmp_path / "study", "futures")}
    assert (rows["dear"]["status"], rows["dear"]["finding"]) == ("failed", "it broke down")
    assert rows["fewer"]["cost_musd"]


@pytest.mark.parametrize("kind", ["tornado", "regret"])
def test_parts_of_a_study_make_the_whole_and_the_last_writes_it(kind, case, studies, tmp_path):
    options = [*STUDIES[kind], "--points", tmp_path / "points", "-o", tmp_path / "study"]
    told = []
    for part in ["1/2", "2/2"] * 3:
        ended = invoked(kind, case, *options, "--shard", part)
        assert ended.exit_code == 0, ended.output
        if (tmp_path / "study").exists():
            break
        told.append(f"Part {part[0]} of 2 is done" in ended.stdout)
    assert told
    assert all(told)
    assert tables_in(tmp_path / "study") == tables_in(studies[kind][0])


def test_retry_reaches_every_round_of_points(case, tmp_path, monkeypatch):
    whole, context = planner.studies.study_run.work_off, []

    def noted(sweep, folder, **options):
        context.append((len(sweep.points), options["retry"]))
        return whole(sweep, folder, **options)

    monkeypatch.setattr(planner.studies.study_run, "work_off", noted)
    ended = ask("disrupt", case, tmp_path / "study", "--retry")
    assert ended.exit_code == 0, ended.output
    assert context == [(1, True), (3, True)]
