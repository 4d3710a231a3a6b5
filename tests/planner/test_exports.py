"""Workbooks, reports and comparisons from the command line: what strategy teams hand on."""

from __future__ import annotations

import shutil

import pytest
from openpyxl import load_workbook

from planner.case import read_case
from tests.planner.tiny import INPUTS, fleetplan, names_in, write_tiny


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    base = tmp_path_factory.mktemp("handed on")
    ended = fleetplan("plan", INPUTS / "make-or-buy-2023", "-o", base / "run", cwd=base)
    assert ended.returncode == 0, ended.stderr
    return base / "run"


def test_every_run_holds_its_workbook_report_and_page_and_they_are_in_the_manifest(run):
    assert {"plan.xlsx", "report.html", "plan.md"} <= set(names_in(run))
    assert fleetplan("verify", run, cwd=run).returncode == 0
    (run / "report.html").write_text("<p>nothing to see</p>", encoding="utf-8")
    ended = fleetplan("verify", run, cwd=run)
    assert ended.returncode == 5
    assert "file_hashes [report.html]: the file has changed since the run was written" in ended.stdout
    made = fleetplan("report", run, cwd=run)
    assert made.returncode == 0, made.stderr
    assert fleetplan("verify", run, cwd=run).returncode == 0, "the report that is made again is the one of the run"


def test_report_writes_charts_and_slides_where_it_is_told(run, tmp_path):
    ended = fleetplan("report", run, "-o", tmp_path / "r", "--charts", "svg", "--slides", tmp_path / "d.pptx", cwd=run)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "d.pptx").stat().st_size > 10_000
    assert (tmp_path / "r" / "charts" / "cash.svg").exists()
    wrong = fleetplan("report", run, "--charts", "gif", cwd=run)
    assert wrong.returncode == 2
    assert "--charts" in wrong.stderr


def test_a_workbook_gives_the_plan_of_its_folder(tmp_path):
    ended = fleetplan("convert", INPUTS / "tenth-of-google", tmp_path / "case.xlsx", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    for source, name in ((INPUTS / "tenth-of-google", "a"), (tmp_path / "case.xlsx", "b")):
        ended = fleetplan("plan", source, "-o", tmp_path / name, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
    tables = sorted((tmp_path / "a" / "tables").iterdir())
    assert tables
    for table in tables:
        assert table.read_bytes() == (tmp_path / "b" / "tables" / table.name).read_bytes()
    assert fleetplan("verify", tmp_path / "b", cwd=tmp_path).returncode == 0


def test_the_template_workbook_is_a_case_to_begin_with(tmp_path):
    ended = fleetplan("template", tmp_path / "case.xlsx", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert read_case(tmp_path / "case.xlsx").case.offers


def test_faulty_cells_are_red_and_say_what_is_wrong_in_the_annotated_copy(tmp_path):
    case = write_tiny(tmp_path / "tiny", offers="offer,accelerator,kind,lot_size\nchip_list,chip,rent,4\n")
    ended = fleetplan("check", case, "--annotate", tmp_path / "red.xlsx", cwd=tmp_path)
    assert ended.returncode == 2
    cells = [cell for row in load_workbook(tmp_path / "red.xlsx")["offers"].iter_rows() for cell in row if cell.comment]
    marked = [cell for cell in cells if cell.value == "rent"]
    assert len(marked) == 1
    assert "Must be one of buy, lease" in marked[0].comment.text


def test_compare_tells_what_changed_and_says_when_nothing_did(run, tmp_path):
    dear = tmp_path / "dear"
    shutil.copytree(INPUTS / "make-or-buy-2023", dear)
    (dear / "commitments.csv").write_text("kind,item,status\nstart,own_chip,barred\n", encoding="utf-8")
    assert fleetplan("plan", dear, "-o", tmp_path / "b", cwd=tmp_path).returncode == 0
    ended = fleetplan("compare", run, tmp_path / "b", "-o", tmp_path / "c", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "own_chip" in ended.stdout
    assert {"comparison.xlsx", "comparison.html", "comparison.md", "comparison.json"} <= set(names_in(tmp_path / "c"))
    same = fleetplan("compare", run, run, "-o", tmp_path / "d", cwd=tmp_path)
    assert "no difference beyond the gaps" in same.stdout or "same" in same.stdout.lower()
