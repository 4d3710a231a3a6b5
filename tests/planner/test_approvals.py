"""Approvals: what the record holds, that nothing writes into an approved run, and that changed bytes are named."""

from __future__ import annotations

import io
import json
import shutil
from html import escape
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import openpyxl
import pytest
from pptx import Presentation
from typer.models import ArgumentInfo, OptionInfo
from typer.testing import CliRunner

import planner
from planner.approve_run import approve
from planner.cli.commands import app
from planner.comparison.comparison_files import compared
from planner.errors import CaseFaults, CheckFailed, OutputError
from planner.files import run_folder, whole_writing
from planner.files.run_approval import (
    APPROVAL,
    SUPERSEDED,
    RunState,
    approval_of,
    approval_record,
    approved_files,
    state_of,
)
from planner.plan_request import Request
from planner.report_files import write_report, write_slides
from planner.runs import make_plan
from planner.show.live_progress import NoProgress
from planner.verification.written_runs import verify_run
from tests.planner.studies.making import STUDIES, STUDY_TABLES
from tests.planner.tiny import manifest_of, names_in, write_tiny


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A case, and two runs that nobody has approved."""
    base = tmp_path_factory.mktemp("approvals")
    case = write_tiny(base / "tiny")
    for name in ("run", "other"):
        make_plan(case, Request(output=base / name), NoProgress())
    return base


@pytest.fixture
def place(made, tmp_path):
    """Copies of them that a test may change."""
    for name in names_in(made):
        if not name.startswith(".") and name != "outputs":
            shutil.copytree(made / name, tmp_path / name)
    return tmp_path


def bytes_below(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_approval_records_who_when_and_every_file_and_its_digest_covers_all_of_it(place):
    before = bytes_below(place / "run")
    done = approve(place / "run", by=" Ann  Lee ", note="Board of 3 December")
    assert {path: data for path, data in bytes_below(place / "run").items() if path.name != APPROVAL} == before
    record = json.loads((place / "run" / APPROVAL).read_text(encoding="utf-8"))
    assert record["approved_by"] == "Ann Lee"
    assert record["note"] == "Board of 3 December"
    assert record["case_hash"] == manifest_of(place / "run")["case_hash"]
    assert set(record["files"]) == {path.relative_to(place / "run").as_posix() for path in before}
    assert "+" in record["approved_at"] or "-" in record["approved_at"][10:]
    assert done.approval.text == f"Approved by Ann Lee on {record['approved_at'][:10]}, digest {record['digest']}."
    known = {name: record[name] for name in ("run", "case", "case_hash", "note", "supersedes", "files")}
    known |= {"by": record["approved_by"], "at": record["approved_at"]}
    assert json.loads(approval_record(**known)) == record
    for name, value in (("by", "Bob"), ("note", ""), ("case_hash", "0" * 64), ("files", {})):
        assert json.loads(approval_record(**known | {name: value}))["digest"] != record["digest"]
    assert verify_run(place / "run").passed
    assert verify_run(place / "run").facts()["approval"]["by"] == "Ann Lee"


ARGUMENTS = {"case": ["tiny"], "run": ["other"], "runs": ["other", "other"], "source": ["tiny"]}
ARGUMENTS |= {"old": ["other"], "new": ["tiny"]}
"""What is given for an argument that names what is read."""
NEEDED = STUDIES | {"approve": ["--by", "Bob"], "evaluate": ["--scenarios"], "replan": ["--as-of", "2028"]}
NEEDED |= {"stability": ["--near", "other"]}
"""Options that a command needs."""
READ = {
    "near of plan", "near of stability", "template of report", "against of evaluate", "supersedes of approve",
    "tables of replan", "actuals of replan",
}  # fmt: skip
"""Options that name what is read."""


def parameters_of(callback):
    """The name of each parameter that holds paths, its option, and whether it is an argument."""
    for name, hint in get_type_hints(callback, include_extras=True).items():
        inner, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        mark = next((one for one in marks if isinstance(one, ArgumentInfo | OptionInfo)), None)
        if mark is not None and (inner is Path or {Path, list[Path]} & set(get_args(inner)) or inner == list[Path]):
            option = next(iter(mark.param_decls or ()), f"--{name.replace('_', '-')}")
            yield name, option, isinstance(mark, ArgumentInfo)


COMMANDS = {one.name or one.callback.__name__.replace("_", "-"): one.callback for one in app.registered_commands}
WRITERS = [
    (command, name)
    for command, callback in COMMANDS.items()
    for name, _, is_argument in parameters_of(callback)
    if not (is_argument and name in ARGUMENTS) and f"{name} of {command}" not in READ
]
"""Every command with every way to name a place for it: one that is added is tried without a change here."""


@pytest.fixture(scope="module")
def fenced(tmp_path_factory):
    """A case with futures, one with faults, one without a plan, and two runs, of which one is approved."""
    base = tmp_path_factory.mktemp("fenced")
    case = write_tiny(base / "tiny", **STUDY_TABLES)
    write_tiny(base / "faulty", prices="offer,period,unit_price_usd\nchip_list,2027,-1\n")
    less = "budget,categories,span,amount_musd\ncompute,all,2027,0.1\ncompute,all,2028,0.1\n"
    write_tiny(base / "short", budgets=less)
    make_plan(case, Request(output=base / "other", base=True), NoProgress())
    shutil.copytree(base / "other", base / "run")
    approve(base / "run", by="Ann")
    return base


def line_of(command, wanted, target):
    cases = {"repair": ["short"]} if wanted != "annotate" else {command: ["faulty"]}
    words = [command, *NEEDED.get(command, [])]
    for name, option, is_argument in parameters_of(COMMANDS[command]):
        if name == wanted:
            words += [target] if is_argument else [option, target]
        elif is_argument:
            words += cases.get(command, ARGUMENTS[name]) if name == "case" else ARGUMENTS[name]
    return [*words, *(["--replace"] if "replace" in get_type_hints(COMMANDS[command]) else [])]


def test_the_commands_that_write_are_found():
    known = {("plan", "output"), ("plan", "points"), ("report", "slides"), ("convert", "target"), ("stress", "output")}
    assert known <= set(WRITERS)
    assert len(WRITERS) > 25


@pytest.mark.slow
@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_no_command_writes_into_an_approved_run_whatever_place_it_is_given(fenced, monkeypatch, command, name):
    monkeypatch.chdir(fenced)
    before = bytes_below(fenced / "run"), {*(fenced / "run").rglob("*")}
    texts = []
    for target in ("run", "run/new.xlsx"):
        ended = CliRunner().invoke(app, line_of(command, name, target))
        texts.append(" ".join((ended.output + str(ended.exception or "")).split()))
        assert ended.exit_code == 2, texts
        assert (bytes_below(fenced / "run"), {*(fenced / "run").rglob("*")}) == before, texts
    assert any("approved run" in text for text in texts), texts


def test_whatever_opens_a_file_or_moves_a_folder_refuses_approved_runs(place):
    """The kind: all that writes goes through these, and a test of files holds that nothing else opens one to write."""
    approve(place / "run", by="Ann")
    inside = place / "run" / "new"
    for writes in (
        lambda: whole_writing.write_file(inside, b"x"),
        lambda: whole_writing.write_file(place / "run" / "plan.json", b"x", ours=[b""]),
        lambda: whole_writing.write_new(inside, b"x"),
        lambda: whole_writing.open_log(inside),
        lambda: whole_writing.open_lock(inside),
        lambda: whole_writing.require_target(inside),
        lambda: whole_writing.require_folder_target(inside),
        lambda: whole_writing.set_aside(place / "run").__enter__(),
        lambda: whole_writing.set_aside(place).__enter__(),
        lambda: run_folder.exact_target(place / "run", replace=True),
        lambda: run_folder.exact_target(inside / "deeper", replace=False),
        lambda: run_folder.write_run(run_folder.Target(inside, is_exact=False), {"a": b"1"}, last="a"),
    ):
        with pytest.raises(CaseFaults, match="approved run"):
            writes()
    (place / "link").symlink_to(place / "run", target_is_directory=True)
    with pytest.raises(CaseFaults, match="approved run"):
        whole_writing.write_file(place / "link" / "new", b"x")
    assert verify_run(place / "run").passed


def test_a_run_that_holds_an_approved_one_is_not_replaced(place):
    shutil.move(place / "run", place / "other" / "inner")
    approve(place / "other" / "inner", by="Ann")
    with pytest.raises(CaseFaults, match="holds the approved run inner"):
        make_plan(place / "tiny", Request(output=place / "other", replace=True), NoProgress())
    assert verify_run(place / "other" / "inner").passed


def test_a_run_is_refused_in_place_of_one_that_is_approved_while_it_is_made(place):
    target = run_folder.exact_target(place / "run", replace=True)
    approve(place / "run", by="Ann")
    with pytest.raises(CaseFaults, match="is an approved run"):
        run_folder.write_run(target, {"manifest.json": b"{}"}, last="manifest.json")


OF_PLAN = ["inputs/demand.csv", "manifest.json", APPROVAL]


def changed(path):
    """Adds a byte; in the record another name as well, which its digest covers."""
    path.write_bytes(path.read_bytes().replace(b'"approved_by": "Ann"', b'"approved_by": "Bob"') + b"\n")


@pytest.mark.parametrize("name", ["plan.xlsx", *OF_PLAN])
def test_changed_bytes_of_an_approved_run_are_named_wherever_it_is_used(place, tmp_path, name):
    approve(place / "run", by="Ann")
    changed(place / "run" / name)
    verdict, who = verify_run(place / "run"), "Bob" if name == APPROVAL else "Ann"
    found = next(finding for finding in verdict.findings if finding.startswith("approval ["))
    assert found == f"approval [{name}]: approved by {who} on {verdict.approval.at[:10]}, but it has changed since"
    words = f"pproved by {who} on {verdict.approval.at[:10]}, but {name} has changed since."
    assert verdict.approval.text.endswith(words)
    if name not in OF_PLAN:
        write_report(place / "run", tmp_path / "out")
        assert words in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        assert f"The base A: A{words}" in compared([place / "run", place / "other"]).notes
        return
    with pytest.raises(CheckFailed, match=r"approval \["):
        write_report(place / "run", tmp_path / "out")
    with pytest.raises(CheckFailed, match=r"approval \["):
        compared([place / "run", place / "other"])


@pytest.mark.parametrize("name", ["plan.md", "tables/orders.csv", "manifest.json"])
def test_a_file_of_an_approved_run_that_is_gone_is_named(place, name):
    approve(place / "run", by="Ann")
    (place / "run" / name).unlink()
    assert approval_of(place / "run").changed == (name,)
    with pytest.raises(CaseFaults, match="approved run"):
        whole_writing.write_file(place / "run" / name, b"x")


def test_what_systems_leave_in_a_folder_breaks_no_approval_and_is_not_approved(place):
    run = place / "run"
    (run / ".DS_Store").write_bytes(b"x")
    assert not {".DS_Store", "tables/~$orders.csv"} & set(approved_files(run))
    approve(run, by="Ann")
    (run / ".DS_Store").unlink()
    (run / "~$plan.xlsx").write_bytes(b"x")
    assert not approval_of(run).is_broken
    assert verify_run(run).passed


@pytest.mark.slow
def test_documents_outside_the_folder_state_the_approval_and_those_inside_never_do(place):
    run, out = place / "run", place / "out"
    own = {name: (run / name).read_bytes() for name in ("report.html", "plan.md", "plan.xlsx")}
    write_report(run)
    assert {name: (run / name).read_bytes() for name in own} == own
    assert b"not approved" not in own["report.html"] + own["plan.md"]
    write_slides(run, run / "deck.pptx", None)
    for words in ("Draft: not approved.", None):
        if words is None:
            words = approve(run, by='Ann <b>"&', note="=1+1").approval.text
        assert [path.name for path in write_report(run, out)] == ["report.html", "plan.md", "plan.xlsx"]
        book = openpyxl.load_workbook(io.BytesIO((out / "plan.xlsx").read_bytes()))
        assert all(str(sheet["A2"].value).startswith(words) for sheet in book if sheet.sheet_state == "visible")
        cells = [cell for row in book["About"].iter_rows() for cell in row if cell.value is not None]
        assert {"Approval", words} <= {cell.value for cell in cells}
        assert "f" not in {cell.data_type for cell in cells if cell.value in (words, "=1+1")}
        page = (out / "report.html").read_text(encoding="utf-8")
        assert escape(words) in page or escape(words).replace("&quot;", "&#34;") in page
        assert words == escape(words) or words not in page
        write_slides(run, out / "deck.pptx", None)
        assert words in deck_text(out / "deck.pptx")
        assert words not in deck_text(run / "deck.pptx")
    assert verify_run(run).passed


def deck_text(path):
    slides = Presentation(str(path)).slides
    return "\n".join(shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame)


@pytest.mark.slow
def test_a_workbook_that_was_saved_elsewhere_is_not_written_over(place):
    write_report(place / "run", place / "out")
    write_report(place / "run", place / "out")
    openpyxl.load_workbook(place / "out" / "plan.xlsx").save(place / "out" / "plan.xlsx")
    with pytest.raises(CaseFaults, match="exists already and is not overwritten"):
        write_report(place / "run", place / "out")


def test_a_comparison_names_the_approved_plan_as_its_base(place):
    assert not any("pproved" in note for note in compared([place / "run", place / "other"]).notes)
    text = approve(place / "run", by="Ann").approval.text
    assert compared([place / "run", place / "other"]).notes[:2] == (f"The base A: {text}", "B: Draft: not approved.")
    assert compared([place / "other", place / "run"]).notes[:2] == ("The base A: Draft: not approved.", f"B: {text}")


def test_an_approved_run_is_superseded_without_a_change_of_its_bytes(place):
    old, new = place / "run", place / "other"
    first = approve(old, by="Ann").approval
    before = bytes_below(old)
    done = approve(new, by="Bob", supersedes=old)
    assert {path: data for path, data in bytes_below(old).items() if path.name != SUPERSEDED} == before
    later = approval_of(old)
    assert (later.state, later.successor, later.successor_digest) == (
        RunState.SUPERSEDED,
        "other",
        done.approval.digest,
    )
    assert done.approval.supersedes == first.digest
    assert later.text == (
        f"Superseded by other, approved by Bob on {done.approval.at[:10]}, digest {done.approval.digest}; "
        f"approved by Ann on {first.at[:10]}, digest {first.digest}."
    )
    assert verify_run(old).passed
    assert verify_run(new).passed
    runs = planner.load_runs(place).set_index("folder")
    assert dict(runs["state"]) == {str(old): "superseded", str(new): "approved"}
    assert runs.loc[str(new), "approved_by"] == "Bob"
    with pytest.raises(CaseFaults, match="approved run"):
        whole_writing.write_file(old / "x", b"x")
    (old / SUPERSEDED).write_text("{}", encoding="utf-8")
    assert approval_of(old).changed == (SUPERSEDED,)


FULL = "No space left on device"


def test_an_approval_that_was_ended_between_its_two_records_is_completed_by_the_same_command(place, monkeypatch):
    approve(place / "run", by="Ann")
    write = whole_writing.write_file

    def full(target, *given, **options):
        if target.name == SUPERSEDED:
            raise OutputError(FULL)
        return write(target, *given, **options)

    monkeypatch.setattr("planner.approve_run.write_file", full)
    with pytest.raises(OutputError):
        approve(place / "other", by="Bob", supersedes=place / "run")
    assert not state_of(place / "other").is_approved, "nothing is left of an approval that could not be written whole"
    monkeypatch.undo()
    approve(place / "other", by="Bob", supersedes=place / "run")
    (place / "run" / SUPERSEDED).unlink()
    approve(place / "other", by="Carl", supersedes=place / "run")
    assert approval_of(place / "run").successor_by == "Bob"


def test_what_is_not_approved_and_why(place):
    run, other = place / "run", place / "other"
    for given, words in (
        ({"by": " "}, "--by: is blank"),
        ({"by": "a\u202eb"}, "cannot be printed"),
        ({"by": "a" * 201}, "has 201 characters, and at most 200 are kept"),
        ({"by": "Ann", "note": "a" * 2001}, "has 2,001 characters"),
        ({"by": "Ann", "supersedes": run}, "names the run itself"),
        ({"by": "Ann", "supersedes": other}, "other: is not approved"),
        ({"by": "Ann", "supersedes": place / "tiny"}, "is not a run"),
    ):
        with pytest.raises(CaseFaults, match=words):
            approve(run, **given)
    with pytest.raises(CaseFaults, match="is not a run"):
        approve(place / "tiny", by="Ann")
    (run / "plan.md").write_text("other", encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"not approved, because its plan is not valid(.|\n)*plan.md"):
        approve(run, by="Ann")
    assert not (run / APPROVAL).exists()
    approve(other, by="Ann")
    with pytest.raises(CaseFaults, match=r"is approved by Ann on \d{4}-\d\d-\d\d already"):
        approve(other, by="Bob")


def test_the_command_says_what_it_has_done_and_takes_no_text_for_markup(place, monkeypatch):
    monkeypatch.chdir(place)
    ended = CliRunner().invoke(app, ["approve", "run", "--by", "[red]Ann[/red]", "--note", "ok"])
    assert ended.exit_code == 0, ended.output
    assert "Approved by [red]Ann[/red] on" in " ".join(ended.output.split())
    ended = CliRunner().invoke(app, ["verify", "run"])
    assert "Approved by [red]Ann[/red] on" in " ".join(ended.output.split())
    assert "Note: ok" in " ".join(ended.output.split())


def test_plans_are_approved_from_python(place):
    plan, other = planner.load_run(place / "run"), planner.load_run(place / "other")
    assert plan.approval.text == "Draft: not approved."
    assert plan.approve(by="Ann").state is RunState.APPROVED
    assert other.approve(by="Bob", note="ok", supersedes=plan).supersedes == plan.approval.digest
    assert plan.approval.state is RunState.SUPERSEDED
    with pytest.raises(CaseFaults, match="is not written"):
        planner.plan(plan.case, opposites=False).approve(by="Ann")
