"""The four files and the screen: live differences that recalculate, whole folders, real runs, no false changes."""

from __future__ import annotations

import io
import json
import re
import shutil

import formualizer
import openpyxl
import pytest
from rich.console import Console

from planner.comparison import compare
from planner.comparison.comparison_files import FILES, compared, comparison_facts, write_files
from planner.comparison.comparison_headline import MOST_DECISIONS, page_of
from planner.comparison.comparison_items import ChangeKind, Standing
from planner.comparison.comparison_texts import headline, verdict_text
from planner.documents.content.comparison_document import comparison_document
from planner.documents.xlsx.cell_formulas import FIRST_ROW
from planner.errors import CaseFaults, OutputError
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from tests.planner.comparison.made import (
    comparison_html,
    comparison_markdown,
    comparison_view,
    comparison_workbook,
    cost,
    decision,
    line,
    loaded,
    order,
    plan,
)
from tests.planner.export.test_report import NAMESPACES
from tests.planner.tiny import FILES as CASE_FILES
from tests.planner.tiny import write_tiny


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three written runs of the tiny case: as it is, with dearer units, and with twice the demand in 2028."""
    base = tmp_path_factory.mktemp("runs")
    changes = {
        "plain": {},
        "dear": {"prices": CASE_FILES["prices.csv"].replace("100000", "125000")},
        "more": {"demand": CASE_FILES["demand.csv"] + "chat,2028,17.28\n"},
    }
    for name, change in changes.items():
        make_plan(write_tiny(base / f"case-{name}", **change), Request(output=base / name), NoProgress())
    return {name: base / name for name in changes}


@pytest.fixture
def rich_pair(tmp_path):
    """Two plans that differ in every part, in a way that every sheet has numbers and formulas."""
    first = {
        "orders": [order("2027", 12)],
        "costs": [cost("hardware", "2027", 40.0, 38.0), cost("power", "2028", 10.0, 8.0), cost("resale", "2029", -4.0)],
        "service": [("chat", "2027", 100.0, 100.0, 0.0), ("chat", "2028", 100.0, 100.0, 0.0)],
    }
    other = {
        "orders": [order("2028", 16)],
        "costs": [cost("hardware", "2028", 52.0, 49.0), cost("power", "2028", 11.0, 9.0), cost("resale", "2029", -4.0)],
        "service": [("chat", "2027", 100.0, 70.0, 30.0), ("chat", "2028", 100.0, 100.0, 0.0)],
    }
    return compare([loaded(tmp_path, "a", tables=first), loaded(tmp_path, "b", objective=110.0, tables=other)])


def formulas(data):
    """Every formula with its stored value, by sheet, row and column from 1."""
    live = openpyxl.load_workbook(io.BytesIO(data))
    stored = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {
        (sheet.title, cell.row, cell.column): stored[sheet.title][cell.coordinate].value
        for sheet in live
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def test_a_run_and_itself_do_not_differ(runs):
    found = compared([runs["plain"], runs["plain"]])
    assert found.is_same
    assert not found.inputs
    assert not found.notes
    assert not any(entry.is_changed for entry in (*found.decisions, *found.orders, *found.money, *found.service))
    assert headline(found) == "A and B are the same plan: no decision, amount or service differs."
    assert "costs the same as A" in verdict_text(found, 1)
    assert "no input differs" in comparison_markdown(found)


def test_real_runs_with_a_dearer_unit_differ_in_money_and_that_input_alone(runs):
    found = compared([runs["plain"], runs["dear"]])
    (entry,) = found.inputs
    assert (entry.column, entry.values, entry.share(1)) == ("unit_price_usd", (100000.0, 125000.0), 0.25)
    hardware = line(found.money, "hardware", "2027")
    assert hardware.values == (pytest.approx(1.2), pytest.approx(1.5))
    assert not any(one.is_changed for one in found.decisions)
    total = line(found.money, "net present cost", "net present")
    assert total.values == tuple(pytest.approx(side.objective_musd) for side in found.sides)


def test_real_runs_with_more_demand_order_more(runs):
    found = compared([runs["plain"], runs["dear"], runs["more"]])
    entry = decision(found, "chip_list")
    assert entry.changes == (ChangeKind.SAME, ChangeKind.MORE)
    assert line(found.service, "chat", "2028", "demand").values == (100.0, 100.0, 200.0)
    assert [one.standing for one in found.verdicts] == [Standing.DIFFERENT, Standing.DIFFERENT]


def test_every_formula_recalculates_to_its_stored_value(rich_pair, runs):
    for comparison in (rich_pair, compared([runs["plain"], runs["dear"], runs["more"]])):
        data = comparison_workbook(comparison)
        stored = formulas(data)
        assert len(stored) > 60
        book = formualizer.Workbook.from_bytes(data)
        book.evaluate_all()
        for (sheet, row, column), value in stored.items():
            found = book.evaluate_cell(sheet, row, column)
            told = f"{sheet}!R{row}C{column}"
            if isinstance(value, int | float):
                assert found == pytest.approx(value, abs=1e-9), told
            else:
                assert (found or "") == (value or ""), told


def test_what_lies_inside_the_gaps_is_marked(tmp_path):
    first = {"costs": [cost("hardware", "2027", 40.0)]}
    other = {"costs": [cost("hardware", "2027", 41.0)]}
    found = compare([loaded(tmp_path, "a", tables=first), loaded(tmp_path, "b", tables=other)])
    sheet = openpyxl.load_workbook(io.BytesIO(comparison_workbook(found)))["Money"]
    told = {row[-1].value for row in sheet.iter_rows() if (row[0].value, row[1].value) == ("hardware", "2027")}
    assert told == {"inside the gaps"}
    assert "inside the gaps" in comparison_html(found)


def test_the_summary_prints_on_one_page(rich_pair):
    sheet = openpyxl.load_workbook(io.BytesIO(comparison_workbook(rich_pair)))["Summary"]
    # A blank means one.
    assert {sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight} <= {None, 1}
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_equal_comparisons_give_equal_bytes(rich_pair):
    assert comparison_workbook(rich_pair) == comparison_workbook(rich_pair)


def test_flips_are_bold_in_every_medium(tmp_path):
    runs = [loaded(tmp_path, "a"), loaded(tmp_path, "b", tables={"orders": [order("2027", 8)]})]
    found = compare(runs)
    assert '<tr class="strong"><th scope="row" class="brief">order chip_list</th>' in comparison_html(found)
    assert "| **order chip_list** | **added: 8 units, 2027** |" in comparison_markdown(found)
    sheet = openpyxl.load_workbook(io.BytesIO(comparison_workbook(found)))["Decisions"]
    (cell,) = [cell for (cell,) in sheet.iter_rows(min_col=2, max_col=2) if cell.value == "chip_list"]
    assert cell.font.bold
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(comparison_view(found, 80))
    assert "\x1b[1madded: 8 units, 2027" in console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_keeps_to_its_width_and_tells_every_part(rich_pair, width):
    console = Console(width=width, file=io.StringIO())
    console.print(comparison_view(rich_pair, width))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for words in (
        "B against A",
        "4 units more",
        "Net present",
        "Cash",
        "demand served",
        "Key figures",
    ):
        assert words in text, words


def test_many_runs_still_fit_the_screen(tmp_path):
    found = compare(
        [loaded(tmp_path, name, objective=100.0 + len(name)) for name in ("a", "bb", "ccc", "dddd", "e5555")]
    )
    console = Console(width=80, file=io.StringIO())
    console.print(comparison_view(found, 80))
    assert max(map(len, console.file.getvalue().splitlines())) <= 80


def test_a_page_names_what_it_leaves_out(tmp_path):
    offers = "".join(f"offer_{number},chip,buy,4\n" for number in range(20))
    prices = "".join(f"offer_{number},2027,100000\n" for number in range(20))
    changes = {
        "offers": f"offer,accelerator,kind,lot_size\n{offers}",
        "prices": f"offer,period,unit_price_usd\n{prices}",
    }
    tables = {"orders": [order("2027", 4, f"offer_{number}") for number in range(20)]}
    found = compare([loaded(tmp_path, "a", changes=changes), loaded(tmp_path, "b", changes=changes, tables=tables)])
    page = page_of(found)
    assert len(page.decisions) == MOST_DECISIONS
    assert page.more_decisions == "and 8 more decisions"
    assert "and 8 more decisions" in comparison_markdown(found)


def test_cash_is_drawn_by_year_and_run_and_nothing_is_drawn_without_cash(tmp_path):
    rows = [cost("hardware", "2027", 40.0), cost("resale", "2028", -20.0)]
    found = compare([loaded(tmp_path, "a", tables={"costs": rows}), loaded(tmp_path, "b")])
    drawn = comparison_document(found).table("cash_by_year").rows
    assert {("2027", "A", 40.0), ("2028", "A", -20.0), ("2028", "B", 0.0)} <= set(drawn)
    none = comparison_document(compare([loaded(tmp_path, "c"), loaded(tmp_path, "d")]))
    assert [*none.charts()] == []


def test_four_files_are_written_and_json_holds_every_table(runs, tmp_path):
    written = write_files(compared([runs["plain"], runs["more"]]), tmp_path / "out")
    assert [path.name for path in written] == list(FILES)
    assert all(path.stat().st_size > 500 for path in written)
    facts = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert [run["letter"] for run in facts["runs"]] == ["A", "B"]
    assert facts["verdicts"][0]["standing"] == "different"
    assert {row["category"] for row in facts["tables"]["money"]} >= {"hardware", "power", "cash"}
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert set(re.findall(r"\w+:/{2}[^\s\"'`<>)/]+[^\s\"'`<>)]*", page)) <= NAMESPACES


def test_without_a_folder_the_files_land_below_outputs(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = write_files(compared([runs["plain"], runs["dear"]]))
    assert written[0].parent.parent == tmp_path / "outputs" / "compare-tiny"


def test_an_earlier_comparison_is_replaced_only_when_asked(runs, tmp_path):
    out = tmp_path / "out"
    pair = [runs["plain"], runs["dear"]]
    write_files(compared(pair), out)
    with pytest.raises(CaseFaults, match=r"holds an earlier comparison\. Name another folder, or add --replace"):
        write_files(compared(pair), out)
    before = (out / "comparison.json").read_bytes()
    write_files(compared([runs["plain"], runs["more"]]), out, replace=True)
    assert (out / "comparison.json").read_bytes() != before
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_folder_with_something_else_is_never_replaced(runs, tmp_path):
    shutil.copytree(runs["plain"], tmp_path / "run")
    with pytest.raises(CaseFaults):
        write_files(compared([runs["plain"], runs["dear"]]), tmp_path / "run", replace=True)
    assert (tmp_path / "run" / "manifest.json").exists()


@pytest.mark.parametrize("replace", [False, True])
def test_nothing_is_left_when_writing_fails(runs, tmp_path, monkeypatch, replace):
    out = tmp_path / "out"
    if replace:
        write_files(compared([runs["plain"], runs["dear"]]), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()} if replace else None

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("planner.files.run_folder.write_new", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_files(compared([runs["plain"], runs["more"]]), out, replace=replace)
    assert ({path.name: path.read_bytes() for path in out.iterdir()} if replace else None) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == (["out"] if replace else [])


def test_what_is_no_run_is_refused(tmp_path, runs):
    with pytest.raises(CaseFaults, match=r"is not a run: it has no manifest\.json"):
        write_files(compared([runs["plain"], tmp_path]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_facts_hold_no_number_that_json_lacks(tmp_path):
    changes = {"plan": plan(periods=2)}
    found = compare([loaded(tmp_path, "a", gap=None), loaded(tmp_path, "b", changes=changes)])
    assert json.loads(json.dumps(comparison_facts(found), allow_nan=False))["verdicts"][0]["difference"] is None


def test_a_report_of_many_changes_stays_small_and_counts_them(tmp_path):
    def rows(amount):
        sites = "".join(f"s{number},1,1,{amount}\n" for number in range(600))
        return {"sites": f"site,power_mw,pue,electricity_usd_per_mwh\n{sites}"}

    found = compare([loaded(tmp_path, "a", changes=rows(50)), loaded(tmp_path, "b", changes=rows(60))])
    text = comparison_html(found)
    assert "Every change of input: 600 rows" in text
    assert "and 200 more; the workbook has all of them" in text
    sheet = openpyxl.load_workbook(io.BytesIO(comparison_workbook(found)))["Inputs"]
    assert sheet.max_row == FIRST_ROW + 600
