"""No column and no setting without effect: for each a change that changes the plan, a finding, a study or a document.

The changes are in `columns/edits.txt`, the case that they are made to in `columns/base.txt` and the examples of the
template. A new column fails here until it has its line.
"""

import re
import shutil
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest

import planner
from models.case import TABLES, Settings, SolverSettings
from models.tables.column_descriptions import columns_of
from models.uncertainty.scenario_tree import scenario_tree
from models.whatif import Method, draws, lever_of_row, with_library
from planner.case import read_case, write_template
from planner.case.disruption_file import default_library, read_library
from planner.case.template import EXAMPLE_MARK
from planner.errors import CaseFaults
from planner.plan_request import Request, merged
from planner.results.statement_tables import statement_rows
from planner.runs import make_plan
from planner.studies.future_recipes import future_of
from planner.studies.study_context import futures_of
from planner.studies.varied_inputs import inputs_of
from tests.planner.case.conftest import TinyCase
from tests.planner.case.test_effect import digest

HERE = Path(__file__).parent / "columns"
REMARKS = ("label", "note", "source")
COLUMNS = [f"{table}.{column}" for table, row in TABLES.items() for column in columns_of(row) if column not in REMARKS]
COLUMNS += [f"plan.{entry.name}" for entry in fields(Settings)]
COLUMNS += [f"solver.{entry.name}" for entry in fields(SolverSettings)]
EDITS = {}
for line in (HERE / "edits.txt").read_text(encoding="utf-8").splitlines():
    if not line.startswith("#"):
        place, kind, edits = line.split(": ", 2)
        EDITS[place] = kind, edits


class FullCase(TinyCase):
    """A case with rows in every table."""

    def __init__(self, folder):
        self.folder = folder

    def change(self, lines):
        for change in filter(None, map(str.strip, lines.splitlines())):
            if change.startswith("solver "):
                self._solver(change.removeprefix("solver "))
            else:
                super().change(change)
        return self

    def _solver(self, change):
        path = self.folder / "plan.toml"
        general, rest = path.read_text(encoding="utf-8").split("[solver]")
        kept = [text for text in rest.splitlines() if text.split(" =")[0] != change.split(" =")[0]]
        path.write_text("\n".join([f"{general}[solver]", *kept, change]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base") / "case"
    for path in write_template(folder):
        path.write_text(path.read_text(encoding="utf-8").replace(EXAMPLE_MARK, ""), encoding="utf-8")
    FullCase(folder).change((HERE / "base.txt").read_text(encoding="utf-8"))
    return folder


def findings(folder):
    """Returns the case, None where it has faults, and what is found in it, without values that it only repeats."""
    try:
        read = read_case(folder)
    except CaseFaults as error:
        return None, [(fault.place, fault.column, fault.expected) for fault in error.faults]
    return read, [(fault.place, fault.column, fault.expected) for fault in read.warnings]


def studied(case):
    """Returns what studies make of a case: futures and their tree, inputs and their draws, the library by its roles."""
    plain = [(future.name, future.probability, future_of(case, future.recipe)) for future in futures_of(case, ())]
    told = [
        (future.name, future.probability, future_of(case, future.recipe))
        for future in futures_of(case, (), scenarios=True)
    ]
    inputs = [(inputs_of(case, ()), [lever_of_row(row) for row in case.uncertain])]
    drawn = draws(case.uncertain, 3, 1, Method.MONTE_CARLO).tolist()
    library = with_library(case, read_library(default_library()))[0].disruptions
    tree = scenario_tree(case)
    over = (tree.names, tree.probability, tree.cases, tree.tree.parent.tolist())
    return repr((plain, told, over, inputs, drawn, library, [row.probability_per_year for row in case.disruptions]))


def outcome(folder, kind, planned=None):
    """Returns what is looked at for a kind of change."""
    read, found = findings(folder)
    if kind == "check":
        return found
    assert read is not None, found
    if kind == "program":
        return digest(read.case)
    if kind == "study":
        return studied(read.case)
    if kind == "statement":
        assert digest(read.case) == digest(planned[0])
        return statement_rows(read.case, planned[1])
    if kind == "options":
        return merged(Request(), read.case.solver)
    return None


BOOKED = """
offers 7 term_months = 24
+ commitments kind=build | item=second_hall | period=2027Q2 | quantity=1 | status=fixed
+ commitments kind=start | item=second_chip | route=partner | period=2027Q3 | status=fixed
"""
"""What a plan does that has something in each of its accounts."""


@pytest.fixture(scope="module")
def booked(base, tmp_path_factory):
    folder = shutil.copytree(base, tmp_path_factory.mktemp("booked") / "case")
    FullCase(folder).change(BOOKED)
    return folder


@pytest.fixture(scope="module")
def planned(booked):
    """A case and the tables of its plan, as records: its statements are made again from them."""
    frames = planner.plan(planner.read_case(booked), base=True, opposites=False).tables
    tables = {
        name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()
    }
    return read_case(booked).case, tables


@pytest.mark.parametrize("place", [place for place, (kind, _) in EDITS.items() if kind != "document"])
def test_a_change_of_the_column_changes_something(base, booked, planned, tmp_path, place):
    kind, edits = EDITS[place]
    given, _, change = edits.rpartition("then: ")
    before = shutil.copytree(booked if kind == "statement" else base, tmp_path / "before")
    FullCase(before).change(given.replace("; ", "\n"))
    after = shutil.copytree(before, tmp_path / "after")
    FullCase(after).change(change.replace("; ", "\n"))
    assert place.split(".")[-1] in change
    assert outcome(before, kind, planned) != outcome(after, kind, planned)


def test_every_column_and_setting_has_its_change():
    assert sorted(EDITS) == sorted(COLUMNS)
    assert {kind for kind, _ in EDITS.values()} == {"program", "check", "study", "options", "statement", "document"}


def test_what_changes_no_plan_is_shown_in_the_report(base, tmp_path):
    """Notes and sources of every table, units, and what `edits.txt` calls a change of a document."""
    folder = shutil.copytree(base, tmp_path / "case")
    shown = []
    for place, (kind, edits) in EDITS.items():
        if kind == "document":
            FullCase(folder).change(edits)
            shown.append((place, re.split(r" = ", edits)[1].strip('"')))
    for table in TABLES:
        for remark in ("note", "source"):
            FullCase(folder).change(f"{table} 5 {remark} = the {remark} of {table}")
            shown.append((f"{table}.{remark}", f"the {remark} of {table}"))
    watcher = SimpleNamespace(phase=print, progress=print, note=print, step=print)
    run = make_plan(folder, Request(output=tmp_path / "run", base=True), watcher)
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert [place for place, text in shown if text not in page] == []
