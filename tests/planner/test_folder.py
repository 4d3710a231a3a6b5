"""The folder of a run: whole or not at all, and checked again from its files alone."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys

import pytest

from planner.case.text import guarded, unguarded
from planner.errors import CaseFaults, OutputError
from planner.files import run_folder as folders
from planner.files.run_folder import MANIFEST, PLAN, dated_target, exact_target, folder_name, write_run
from planner.results.table import Table
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from planner.verification.written_runs import records_of, verify_run
from tests.planner.tiny import environment, names_in, write_tiny

FILES = {
    "tables/orders.csv": b"offer\nx\n",
    PLAN: b"{}",
    MANIFEST: b'{"fleetplan_version": "0"}',
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A written run of a case whose vendor has a name that a spreadsheet would run."""
    base = tmp_path_factory.mktemp("run")
    name = '"=HYPERLINK(""http://example.org"")"'
    case = write_tiny(
        base / "tiny",
        accelerators=f"accelerator,vendor,it_kw,life_years,reference_price_usd\nchip,{name},1,3,100000\n",
    )
    return make_plan(case, Request(output=base / "run"), NoProgress()).folder


@pytest.fixture
def run(original, tmp_path):
    """A copy of the run that a test may change."""
    return shutil.copytree(original, tmp_path / "run")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} does not hold {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def names_of(verdict):
    return {finding.partition(" [")[0] for finding in verdict.findings}


def test_a_run_is_written_with_its_manifest_last(tmp_path, monkeypatch):
    order = []
    write = folders.write_new
    monkeypatch.setattr(folders, "write_new", lambda path, *a, **k: (order.append(path.name), write(path, *a, **k)))
    written = write_run(exact_target(tmp_path / "run", replace=False), FILES, last=MANIFEST)
    assert written == tmp_path / "run"
    assert order[-1] == MANIFEST
    assert names_in(tmp_path) == ["run"]


def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, monkeypatch):
    write = folders.write_new

    def full(path, *given, **options):
        if path.name == MANIFEST:
            raise OSError(28, "No space left on device")
        write(path, *given, **options)

    monkeypatch.setattr(folders, "write_new", full)
    with pytest.raises(OutputError, match=r"No space left on device\. Nothing was left there"):
        write_run(exact_target(tmp_path / "run", replace=False), FILES, last=MANIFEST)
    assert names_in(tmp_path) == []


def test_an_earlier_run_survives_a_failed_replacement(tmp_path, monkeypatch):
    target = exact_target(tmp_path / "run", replace=False)
    write_run(target, FILES, last=MANIFEST)
    rename = type(tmp_path).rename

    def stubborn(self, to):
        if self.suffix == ".partial":
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(type(tmp_path), "rename", stubborn)
    with pytest.raises(OutputError):
        write_run(exact_target(tmp_path / "run", replace=True), FILES | {"run.log": b"new"}, last=MANIFEST)
    assert names_in(tmp_path) == ["run"]
    assert not (tmp_path / "run" / "run.log").exists()


def test_a_process_killed_while_it_writes_leaves_no_folder_under_the_name(tmp_path):
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nimport planner.files.run_folder as f\nwrite = f.write_new\n"
        "def killed(path, *a, **k):\n    write(path, *a, **k)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "f.write_new = killed\n"
        "f.write_run(f.exact_target(Path(sys.argv[1]), replace=False), {'a': b'1', 'b': b'2'}, last='b')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")], env=environment(), check=False, timeout=30
    )
    assert ended.returncode == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    (rest,) = names_in(tmp_path)
    assert rest.startswith(".run.")
    assert rest.endswith(".partial")
    write_run(exact_target(tmp_path / "run", replace=False), FILES, last=MANIFEST)
    assert names_in(tmp_path) == ["run"]


def test_a_second_run_of_a_day_gets_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = [write_run(dated_target("my case/../x", "abcd1234"), FILES, last=MANIFEST) for _ in range(3)]
    first = written[0].name
    assert first.endswith("-abcd1234")
    assert [path.name for path in written] == [first, f"{first}-2", f"{first}-3"]
    assert {path.parent for path in written} == {tmp_path / "outputs" / "my-case-..-x"}


@pytest.mark.parametrize("name", [".", ".."])
def test_the_folder_one_stands_in_is_not_taken(tmp_path, monkeypatch, name):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(CaseFaults, match="is or contains the working directory"):
        exact_target(tmp_path / "here" / name, replace=False)


def test_a_folder_that_fills_up_during_the_solve_is_not_written_over(tmp_path):
    target = exact_target(tmp_path / "run", replace=False)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("a note")
    with pytest.raises(CaseFaults, match="is not empty, and is not an earlier run"):
        write_run(target, FILES, last=MANIFEST)
    assert names_in(tmp_path) == ["run"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", " =1", "'=1", "''=1", "'t is", "'", "", "h100", "' =1"],
)
def test_the_apostrophe_in_front_of_formulas_comes_off_again(text):
    there = guarded(text)
    assert unguarded(there) == text
    assert there.lstrip(" ")[:1] not in {*"=+-@＝"}


def test_text_that_looks_like_a_formula_is_guarded_in_tables_and_raw_in_json(original):
    assert "'=HYPERLINK" in (original / "tables" / "orders.csv").read_text(encoding="utf-8")
    plan = json.loads((original / PLAN).read_text(encoding="utf-8"))
    assert plan["tables"]["orders"][0]["vendor"] == '=HYPERLINK("http://example.org")'
    assert verify_run(original).passed


def test_tables_read_back_as_they_were():
    table = Table("x", ("name", "value"), (("a, b", 1.5), ("=c", None), ('d "e"\nf', 3.0)))
    assert records_of(table.csv()) == [
        {"name": "a, b", "value": "1.5"},
        {"name": "=c", "value": ""},
        {"name": 'd "e"\nf', "value": "3.0"},
    ]


def test_the_written_copy_of_the_inputs_is_exact(original):
    case = original.parent / "tiny"
    assert names_in(original / "inputs") == names_in(case)
    for path in case.iterdir():
        assert (original / "inputs" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("table", "old", "new", "requirement"),
    [
        ("orders", ",12.0,", ",16.0,", "orders_table"),
        ("arrivals", ",12.0", ",8.0", "arrivals_follow_orders"),
        ("service", ",100.0,100.0,", ",100.0,90.0,", "service_table"),
        (
            "costs",
            "hardware,capex,units chip_list,2027,1.2",
            "hardware,capex,units chip_list,2027,1.1",
            "cost_hardware",
        ),
        ("budgets", "compute,2027,5.0", "compute,2027,9.0", "budgets_table"),
    ],
)
def test_one_edited_cell_fails_and_names_the_requirement(run, table, old, new, requirement):
    edit(run / "tables" / f"{table}.csv", old, new)
    verdict = verify_run(run)
    assert verdict.exit_code == 5
    assert {"file_hashes", "plan_json", requirement} <= names_of(verdict)
    assert any(finding.startswith(f"plan_json [{table}, row ") for finding in verdict.findings)


def test_an_edited_input_fails(run):
    edit(run / "inputs" / "prices.csv", "100000", "90000")
    assert {"file_hashes", "manifest", "cost_hardware"} <= names_of(verify_run(run))


def test_an_edited_objective_fails(run):
    plan = json.loads((run / PLAN).read_text())
    edit(run / PLAN, f'"objective_musd": {plan["objective_musd"]!r}', '"objective_musd": 1.0')
    assert {"file_hashes", "plan_json", "objective"} <= names_of(verify_run(run))


@pytest.mark.parametrize("name", ["tables/orders.csv", "inputs/offers.csv", "run.log"])
def test_a_missing_file_fails(run, name):
    (run / name).unlink()
    assert f"file_hashes [{name}]: the file is missing" in verify_run(run).findings


def test_a_file_that_came_in_later_fails(run):
    (run / "inputs" / "policies.csv").write_text("policy,kind,span,value\n")
    assert "file_hashes [inputs/policies.csv]: the file was not written by the run" in verify_run(run).findings


def test_a_run_is_verified_where_it_has_been_moved_to(run, tmp_path):
    moved = run.rename(tmp_path / "archive")
    assert verify_run(moved).passed


@pytest.mark.parametrize("name", ["con", "AUX.txt", "nul.", "Com1", "lpt9.case", "prn "])
def test_a_case_may_have_a_name_that_windows_keeps_for_itself(name):
    stem = folder_name(name).split(".")[0].casefold()
    assert stem.startswith("case-")
    assert dated_target(name, "abcd1234").folder.parent.name == folder_name(name)


@pytest.mark.parametrize("name", ["ends in a dot.", "ends in a space ", "..", 'a\\b:c*?"<>|d'])
def test_no_folder_has_a_name_that_windows_cuts_or_refuses(name):
    assert re.fullmatch(r"[\w-]([\w.-]*[\w-])?", folder_name(name))
