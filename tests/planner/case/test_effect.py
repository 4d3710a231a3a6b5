"""What is told to have no effect has none: the same program without it, or a plan that costs the same."""

import hashlib
import re
import shutil
from dataclasses import MISSING, fields, replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.case import TABLES, Settings
from models.tables.column_descriptions import columns_of, key_columns
from models.whatif import Shock, ShockError, disrupted
from planner.case import read_case
from planner.errors import CaseFaults
from tests.planner.case.test_messages import blocks

KNOWN = Path(__file__).parents[2] / "cases" / "known"
TOLD = re.compile(r"has no effect|have no effect|is never |changes nothing")
# Terms of a row that is otherwise of use; of the others the row itself is without effect.
TERMS = {"deposit_share", "min_units_per_year", "shortfall_usd_per_unit", "integration_musd_per_year", "basis"}
TERMS |= {"integration_years", "respin_months", "respin_probability", "carry_over", "quantity", "as_of"}
DEFINING = {"workloads", "accelerators", "limits", "programmes", "acquisitions", "agreements", "expansions", "sites"}
OUTSIDE = {"uncertain", "roles", "scenarios", "scenario_values"}
"""Tables that no plan reads: of what studies make of them there are tests of their own."""


def digest(case):
    """Returns a hash of the program of a case, names included."""
    program = build(case).program
    state = hashlib.sha256()
    for entry in fields(program):
        value = getattr(program, entry.name)
        state.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return state.hexdigest()


def cost(outcome_of, case):
    """Returns what the best plan of a case costs."""
    outcome = outcome_of(case)
    assert outcome.has_solution
    return pytest.approx(outcome.objective, rel=1e-8, abs=1e-6)


def without(case, warning, rows):
    """Returns the case without what a warning names, and without the rows that name it."""
    table = warning.file.removesuffix(".csv")
    if table == "plan.toml":
        default = {entry.name: entry.default for entry in fields(Settings)}[warning.column]
        assert default is not MISSING
        return replace(case, settings=replace(case.settings, **{warning.column: default}))
    more = re.search(r"\(and so (?:is row|are rows) ([0-9, ]+)\)", warning.expected)
    named = {warning.row, *(int(number) for number in (more.group(1).split(",") if more else ()))}
    kept, gone = [], set()
    for row, number in zip(getattr(case, table), rows[table], strict=True):
        if number in named and warning.column in TERMS:
            default = {entry.name: entry.default for entry in fields(row)}[warning.column]
            kept.append(replace(row, **{warning.column: default}))
        elif number not in named:
            kept.append(row)
        else:
            gone.add(getattr(row, key_columns(type(row))[0]))
    names = gone - {getattr(row, key_columns(type(row))[0]) for row in kept}
    found = {table: tuple(kept)}
    for other, row_class in TABLES.items():
        refs = [name for name, facts in columns_of(row_class).items() if table in facts.refs or "gates" in facts.refs]
        if other != table and refs and table in DEFINING:
            found[other] = tuple(
                row
                for row in getattr(case, other)
                if not names.intersection(value for name in refs if isinstance(value := getattr(row, name), str))
            )
    return replace(case, **found)


def effectless():
    for block in blocks():
        changes, expected = block.values
        if any(TOLD.search(line) for line in expected) and not any(line.startswith("fault") for line in expected):
            yield pytest.param(changes, id=block.id)


@pytest.mark.parametrize("changes", list(effectless()))
def test_a_plan_is_the_same_without_what_has_no_effect(tiny, outcome_of, changes):
    read = tiny.change(changes).read()
    told = [warning for warning in read.warnings if TOLD.search(warning.expected)]
    for warning in told:
        table = warning.file.removesuffix(".csv")
        if table == "disruptions":
            row = read.case.disruptions[read.rows[table].index(warning.row)]
            try:
                hit = disrupted(replace(read.case, disruptions=(row,)), [Shock(row.disruption)]).case
            except ShockError:
                continue
            if row.field != "fail":
                assert digest(replace(hit, disruptions=())) == digest(replace(read.case, disruptions=())), warning
        elif "its demand" in warning.expected:
            more = tuple(replace(row, queries_per_day_million=9.0) for row in read.case.demand)
            assert cost(outcome_of, replace(read.case, demand=more)) == cost(outcome_of, read.case).expected
        elif table not in OUTSIDE:
            found = without(read.case, warning, read.rows)
            same = digest(found) == digest(read.case)
            assert same or cost(outcome_of, found) == cost(outcome_of, read.case).expected, str(warning)


def test_scenarios_and_risk_are_told_to_be_left_aside(tmp_path):
    folder = shutil.copytree(KNOWN / "scenarios-ignored", tmp_path / "case")
    assert [warning.text for warning in read_case(folder).warnings] == []
    plan = folder / "plan.toml"
    plan.write_text("use_scenarios = false\n" + plan.read_text(encoding="utf-8"), encoding="utf-8")
    texts = [warning.text for warning in read_case(folder).warnings]
    assert [text.split(":")[0] for text in texts] == [
        "plan.toml, risk_aversion = 0.9",
        "plan.toml, risk_level = 0.8",
        "scenarios.csv row 2, scenario = lo",
    ]
    assert all("use_scenarios = false plans the base case" in text for text in texts)


def test_a_slip_that_is_over_when_its_chip_is_due_is_told():
    """A chip that needs two years from 2027 is due in 2029: a slip in 2027 or 2028 is over before."""
    read = read_case(KNOWN / "slip-window")
    slips = [
        warning for warning in read.warnings if warning.file == "disruptions.csv" and "cannot be ready" in warning.text
    ]
    assert [read.case.disruptions[read.rows["disruptions"].index(warning.row)].disruption for warning in slips] == [
        "slip_early",
        "slip6",
    ]
    base = digest(replace(read.case, disruptions=()))
    found = {
        name: digest(replace(disrupted(read.case, [Shock(name)]).case, disruptions=())) == base
        for name in ("slip", "slip_early", "slip6", "fail")
    }
    assert found == {"slip": False, "slip_early": True, "slip6": True, "fail": False}


def test_a_slip_for_good_is_not_told(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    for path in (KNOWN / "slip-window").iterdir():
        text = path.read_text(encoding="utf-8")
        folder.joinpath(path.name).write_text(text.replace("2027,12,0", "2027,,0"), encoding="utf-8")
    places = [(warning.file, warning.row) for warning in read_case(folder).warnings if "ready" in warning.text]
    assert places == [("disruptions.csv", 5)]


def test_a_case_with_faults_is_not_told_what_has_no_effect(tiny):
    tiny.change("+ demand workload=chat | period=2031 | queries_per_day_million=9\noffers 2 lot_size = 2.5")
    with pytest.raises(CaseFaults) as caught:
        tiny.read()
    assert caught.value.warnings == ()
