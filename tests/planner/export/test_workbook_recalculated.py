"""Formula engines come to the values that are stored: one in process, and LibreOffice."""

import io
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import formualizer
import openpyxl
import pytest

from models.build import build
from models.case import TABLES
from models.solution import Solution
from planner.case import ReadCase
from planner.plan_documents import plan_workbook
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from tests.models.checks.plans_contracts import contracts_case
from tests.oracle import hand_shocks
from tests.oracle.hand_cases import HAND_CASES
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case
from tests.planner.export.test_workbook import formulas, opened, row_of, written

ALL_CASES = ("make-or-buy-2023", "mid-size", "tenth-of-google", "frontier-lab", "frontier-lab-quarterly")
NEAR = 1e-9
# LibreOffice trusts stored values unless it is told to compute always (0).
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def differing(data, recalculated):
    """The formula cells whose stored value is not the one that was computed."""
    stored, computed = opened(data, values=True), opened(recalculated, values=True)
    wrong = []
    for sheet, place in formulas(data):
        old, new = stored[sheet][place].value, computed[sheet][place].value
        if isinstance(old, int | float) and isinstance(new, int | float):
            is_same = abs(old - new) <= NEAR * max(1.0, abs(old), abs(new))
        else:
            # A formula that leaves its cell blank is stored as an empty text.
            is_same = (old or None) == (new or None)
        if not is_same:
            wrong.append((sheet, place, old, new))
    return wrong


def spoiled(data, sheet, place, value):
    """The workbook with another stored input, and with no stored value of any formula."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    book[sheet][place].value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["tiny", "quarters", "make-or-buy-2023"])
def test_a_formula_engine_comes_to_every_stored_value(name):
    done = formualizer.recalculate_xlsx_bytes(written(name))
    assert done["formula_cells"] == len(formulas(written(name)))
    assert done["summary"]["total_errors"] == 0
    assert differing(written(name), done["bytes"]) == []


def test_the_comparison_sees_a_changed_input():
    data = written("tiny")
    rate = next(cell.coordinate for row in opened(data)["Assumptions"].iter_rows() for cell in row if cell.value == 0.1)
    done = formualizer.recalculate_xlsx_bytes(spoiled(data, "Assumptions", rate, 0.2))
    assert len(differing(data, done["bytes"])) > 5


def run_in_memory(solution):
    """A plan that was solved in memory."""
    case, outcome = solution.model.frame.case, solution.outcome
    rows = {table: tuple(range(2, 2 + len(getattr(case, table)))) for table in TABLES}
    read = ReadCase(case=case, warnings=(), rows=rows, row_counts={}, files=(), case_hash="none")
    manifest = {"case": case.settings.name, "objective_musd": outcome.objective, "gap": 0.0, "gap_musd": 0.0}
    return LoadedRun(manifest, tables_of(solution), read, "in memory")


def workbook_of(solution):
    return plan_workbook(run_in_memory(solution))


def assert_right(data):
    done = formualizer.recalculate_xlsx_bytes(data)
    assert done["summary"]["total_errors"] == 0
    assert differing(data, done["bytes"]) == []
    values = opened(data, values=True)
    assert [row[:4] for row in values["Checks"].iter_rows(min_row=8, values_only=True) if row[6] == 0] == []
    assert values["Summary"]["A3"].value == "All checks hold"


@pytest.mark.parametrize("hand", HAND_CASES, ids=lambda hand: hand.name)
def test_checks_hold_for_every_case_solved_by_hand(hand, plan_of):
    assert_right(workbook_of(plan_of(hand.case)))


def test_checks_hold_where_orders_are_cancelled_and_leases_left(plan_of):
    assert_right(workbook_of(plan_of(contracts_case())))


def test_checks_hold_where_units_are_late_at_the_start(plan_of):
    case, _ = hand_shocks.open_orders_of_a_touched_offer_wait_too()
    late = replace(case.open_orders[0], due="2026", balance_usd_per_unit=0.0, balance_due=None)
    begun = replace(case.backlogs[0], since="2026")
    solution = plan_of(replace(case, open_orders=(late,), backlogs=(begun,)))
    assert solution.value(solution.model.orders.receive).sum() > 0
    assert_right(workbook_of(solution))


@pytest.mark.slow
@pytest.mark.parametrize("made", [random_case, disrupted_case], ids=["plain", "disrupted"])
@pytest.mark.parametrize("seed", range(60))
def test_checks_hold_for_random_cases(seed, made, outcome_of):
    model = build(made(seed))
    outcome = outcome_of(model)
    if outcome.has_solution:
        assert_right(workbook_of(Solution(model, outcome)))


def recalculated(data):
    """The workbook as LibreOffice saves it after computing every formula."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.fail("LibreOffice is needed: install it (on Debian `apt-get install libreoffice-calc`) and try again.")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "profile" / "user").mkdir(parents=True)
        (home / "profile" / "user" / "registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
        (home / "plan.xlsx").write_bytes(data)
        profile = f"-env:UserInstallation={(home / 'profile').as_uri()}"
        command = [
            office,
            profile,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            home / "out",
        ]
        done = subprocess.run(
            [*map(str, command), str(home / "plan.xlsx")], capture_output=True, text=True, timeout=300, check=False
        )
        made = home / "out" / "plan.xlsx"
        assert made.is_file(), done.stdout + done.stderr
        return made.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL_CASES)
def test_libreoffice_comes_to_every_stored_value(name):
    assert differing(written(name), recalculated(written(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("builder", hand_shocks.BUILDERS, ids=lambda builder: builder.__name__)
def test_libreoffice_comes_to_every_stored_value_of_disrupted_cases(builder, plan_of):
    case, _ = builder()
    data = workbook_of(plan_of(case))
    assert differing(data, recalculated(data)) == []


@pytest.mark.slow
def test_libreoffice_does_compute():
    data = written("tiny")
    rate = next(cell.coordinate for row in opened(data)["Assumptions"].iter_rows() for cell in row if cell.value == 0.1)
    assert len(differing(data, recalculated(spoiled(data, "Assumptions", rate, 0.2)))) > 5


@pytest.mark.slow
def test_libreoffice_turns_the_banner_of_every_sheet_where_an_input_was_changed():
    data = written("tiny")
    assert {sheet["A3"].value for sheet in opened(recalculated(data), values=True)} == {"All checks hold"}
    price = next(cell for row in opened(data)["Assumptions"].iter_rows() for cell in row if cell.value == 100000)
    book = opened(recalculated(spoiled(data, "Assumptions", price.coordinate, 90000)), values=True)
    assert {sheet["A3"].value for sheet in book} == {"Inputs changed: plan again"}


def test_the_balance_sheet_balances_by_formulas_when_cash_or_a_life_is_changed():
    """A cash line changed by 5.0 is put in and stands in the books; a longer life of machines charges less."""
    data = written("tiny")
    assert opened(data)["Statements"].cell(row_of(data, "Statements", "Balance", GAP), 6).value.startswith("=")
    before, cell = statements(data), opened(data)["Cash"]
    line = next(row for row in cell.iter_rows(min_row=7) if str(row[0].value).startswith("units "))
    paid = next(one for one in line[4:] if isinstance(one.value, int | float))
    done = formualizer.recalculate_xlsx_bytes(spoiled(data, "Cash", paid.coordinate, paid.value + 5.0))
    after = statements(done["bytes"])
    assert after["put in"] - before["put in"] == pytest.approx(5.0)
    assert after["gap"] == pytest.approx(0.0, abs=1e-6)
    lives = (re.match(r"=MAX\(1,Assumptions!\$([A-Z]+)\$(\d+)\*", text) for text in formulas(data).values())
    life = "".join(next(found for found in lives if found).groups())
    years = opened(data)["Assumptions"][life].value
    done = formualizer.recalculate_xlsx_bytes(spoiled(data, "Assumptions", life, years * 2))
    after = statements(done["bytes"])
    assert after["net"] < before["net"]
    assert after["gap"] == pytest.approx(0.0, abs=1e-6)


GAP = "Assets less liabilities and equity"


def statements(data):
    """What is put in, the net cost, and the largest gap of the balance sheet."""
    rows = {str(row[0].value).strip(): row for row in opened(data, values=True)["Statements"].iter_rows(min_row=7)}
    put_in, net, gap = (
        [cell.value or 0.0 for cell in rows[label][4:]]
        for label in ("Cash put in by the company", "Net cost of compute", GAP)
    )
    return {"put in": sum(put_in), "net": sum(net), "gap": max(map(abs, gap))}
