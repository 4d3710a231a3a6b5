"""What is frozen: the shipped cases, one study of each kind, a plan over scenarios and its evaluation, a comparison."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from planner.cli.commands import app
from planner.documents.document_terminal import document_view
from planner.plan_documents import scenario_document
from planner.report_files import write_slides
from planner.results.loaded_run import read_run
from planner.show.plan_text import show_plan
from tests.planner.frozen.answers import FOLDER as ANSWERS
from tests.planner.frozen.answers import planned_run, solve_and_keep
from tests.planner.frozen.media import (
    NARROW,
    WIDTH,
    page_of,
    slides_text,
    terminal_text,
    trimmed,
    workbook_outline,
    workbook_text,
)
from tests.planner.frozen.normalised import normalised
from tests.planner.studies.making import STUDIES, STUDY_TABLES
from tests.planner.tiny import INPUTS, write_tiny

SEEN = Path(__file__).parent / "seen"
# Any plan will do; these gaps are reached within seconds.
CASES = {
    "tenth-of-google": 0.00001,
    "make-or-buy-2023": 0.01,
    "mid-size": 0.01,
    "frontier-lab": 0.01,
    "frontier-lab-quarterly": 0.05,
}
# Every cell of these is kept; of the workbooks of the others, which are ten times as long, a line a column.
WHOLE_WORKBOOKS = ("tenth-of-google", "make-or-buy-2023")
BASE, LOWER_RATE = "make-or-buy-2023", "make-or-buy-2023-lower-rate"
SCENARIOS, EVALUATION, COMPARISON = "scenarios", "evaluate", "comparison"
SUBJECTS = (*CASES, *STUDIES, SCENARIOS, EVALUATION, COMPARISON)
# A case of three futures that are told apart after the first period.
_FUTURES = Path(__file__).parents[2] / "cases" / "known" / "scenarios-ignored"


def seen_of(subject, folder):
    """What is seen of a subject by file name; `folder` is one to work in."""
    made = {SCENARIOS: _scenarios, EVALUATION: _evaluation, COMPARISON: _comparison}.get(
        subject, _case if subject in CASES else _study
    )
    return {name: normalised(text, folder) for name, text in made(subject, folder).items()}


def page_of_subject(subject, folder):
    """Makes what a subject shows, and returns the file of its page."""
    if subject in CASES or subject == SCENARIOS:
        return _run(subject, folder).folder / "report.html"
    if subject == COMPARISON:
        _compare(folder)
        return folder / "compared" / "comparison.html"
    _evaluate(folder) if subject == EVALUATION else _ask(subject, folder)
    return folder / "study" / "report.html"


def fit(subject, *, is_solved):
    """Solves what a subject shows where its values are not kept, or where `is_solved`."""
    name = {COMPARISON: LOWER_RATE, EVALUATION: SCENARIOS}.get(subject, subject)
    if name in STUDIES or ((ANSWERS / f"{name}.json").exists() and not is_solved):
        return
    with tempfile.TemporaryDirectory() as folder:
        source = _source(name, Path(folder))
        solve_and_keep(source, name, CASES.get(name, CASES[BASE]))


def write_seen(subject, seen):
    """Keeps what is seen of a subject, and returns the names of the files that have changed."""
    place = SEEN / subject
    changed = [name for name, text in seen.items() if kept(subject, name) != text]
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, text in seen.items():
        (place / name).write_text(text, encoding="utf-8")
    return changed


def kept(subject, name):
    """What was kept of a subject; nothing where there is no such file."""
    place = SEEN / subject / name
    return place.read_text(encoding="utf-8") if place.exists() else ""


def _case(name, folder):
    run = _run(name, folder)
    cells_of = workbook_text if name in WHOLE_WORKBOOKS else workbook_outline
    widths = (terminal_text(lambda console: show_plan(console, run), width) for width in (WIDTH, NARROW))
    page, specs = page_of((run.folder / "report.html").read_text(encoding="utf-8"))
    write_slides(run.folder, folder / "plan.pptx", None)
    return {
        "terminal.txt": "\n".join(widths),
        "plan.md": (run.folder / "plan.md").read_text(encoding="utf-8"),
        "page.txt": page,
        "drawings.txt": specs,
        "workbook.txt": cells_of((run.folder / "plan.xlsx").read_bytes()),
        "slides.txt": slides_text((folder / "plan.pptx").read_bytes()),
    }


def _run(name, folder):
    return planned_run(_source(name, folder), name, CASES.get(name, CASES[BASE]), folder / "run")


def _source(name, folder):
    """The folder of the case whose plan is kept under a name."""
    made = {SCENARIOS: _futures, LOWER_RATE: _lower_rate}
    return made[name](folder) if name in made else INPUTS / name


def _scenarios(name, folder):
    run = _run(name, folder)
    document = scenario_document(read_run(run.folder))
    said = (
        terminal_text(lambda own: own.print(document_view(document, own.width)), width) for width in (WIDTH, NARROW)
    )
    write_slides(run.folder, folder / "plan.pptx", None)
    seen = {"terminal.txt": "\n".join(said), "slides.txt": slides_text((folder / "plan.pptx").read_bytes())}
    return seen | _documents(run.folder, "report.html", "plan")


def _study(kind, folder):
    return {"terminal.txt": _ask(kind, folder)} | _documents(folder / "study", "report.html", "study")


def _ask(kind, folder):
    case = write_tiny(folder / "tiny", **STUDY_TABLES)
    places = ["-o", folder / "study", "--points", folder / "points"]
    return _said(kind, case, *STUDIES[kind], *places, "--executor", "serial", "--quiet")


def _evaluation(_, folder):
    return {"terminal.txt": _evaluate(folder)} | _documents(folder / "study", "report.html", "study")


def _evaluate(folder):
    run = _run(SCENARIOS, folder).folder
    places = ["-o", folder / "study", "--points", folder / "points"]
    return _said("evaluate", run, "--scenarios", "--count", 12, "--seed", 1, *places, "--executor", "serial", "--quiet")


def _comparison(_, folder):
    return {"terminal.txt": _compare(folder)} | _documents(folder / "compared", "comparison.html", "comparison")


def _compare(folder):
    planned_run(INPUTS / BASE, BASE, CASES[BASE], folder / "base")
    planned_run(_lower_rate(folder), LOWER_RATE, CASES[BASE], folder / "lower-rate")
    return _said("compare", folder / "base", folder / "lower-rate", "-o", folder / "compared")


def _said(*arguments):
    ended = CliRunner(env={"COLUMNS": str(WIDTH), "NO_COLOR": "1"}).invoke(app, [str(part) for part in arguments])
    assert ended.exit_code == 0, ended.output
    return trimmed(ended.stdout)


def _documents(folder, page, name):
    text, specs = page_of((folder / page).read_text(encoding="utf-8"))
    return {
        f"{name}.md": (folder / f"{name}.md").read_text(encoding="utf-8"),
        "page.txt": text,
        "drawings.txt": specs,
        "workbook.txt": workbook_text((folder / f"{name}.xlsx").read_bytes()),
    }


def _futures(folder):
    """The case of three scenarios, without the risk that it would be asked to weigh."""
    case = shutil.copytree(_FUTURES, folder / SCENARIOS)
    lines = (case / "plan.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("risk_")]
    assert len(kept) < len(lines)
    (case / "plan.toml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return case


def _lower_rate(folder):
    """The case of the comparison, with another discount rate."""
    case = shutil.copytree(INPUTS / BASE, folder / LOWER_RATE)
    text = (case / "plan.toml").read_text(encoding="utf-8")
    changed = text.replace("discount_rate = 0.12 ", "discount_rate = 0.08 ")
    assert changed != text
    (case / "plan.toml").write_text(changed, encoding="utf-8")
    return case
