"""The workbook of a study: every cell is there, formulas come to their values, no text becomes a formula."""

import dataclasses
import io
import re
import zipfile
from xml.etree import ElementTree

import formualizer
import openpyxl
import pytest

from planner.documents.blocks import TableBlock
from planner.documents.content.study_document import study_document
from planner.documents.content.study_formulas import derived_of
from planner.documents.xlsx.cell_formulas import FIRST_ROW
from planner.documents.xlsx.document_book import sheet_names
from planner.studies.study_run import study_documents
from tests.planner.export.test_study import RUN, STUDIES, drawn, gridded, regretted, renamed, stressed, swung
from tests.planner.export.test_workbook import formulas, opened
from tests.planner.export.test_workbook_recalculated import differing, recalculated, spoiled
from tests.planner.export.test_workbook_safety import PAYLOADS

FUNCTIONS = {"ABS", "AVERAGE", "IF", "MAX", "MIN", "SUM"}


def made(study):
    return study_documents(study, RUN)["study.xlsx"]


@pytest.fixture(params=STUDIES.values(), ids=STUDIES)
def study(request):
    return request.param


def test_every_cell_of_every_table_is_on_its_sheet(study):
    book = opened(made(study), values=True)
    for table in study.tables:
        sheet = book[sheet_names(study_document(study, RUN))[table.name]]
        assert [sheet.cell(FIRST_ROW - 1, place + 1).value for place in range(len(table.columns))] == [
            column.title for column in table.columns
        ]
        for at, row in enumerate(table.rows):
            told = [sheet.cell(FIRST_ROW + 1 + at, place + 1).value for place in range(len(row))]
            assert told == [pytest.approx(cell) if isinstance(cell, float) else cell for cell in row]


def test_sheets_stand_in_order_and_are_set_up_for_print(study):
    book = openpyxl.load_workbook(io.BytesIO(made(study)))
    assert book.sheetnames[0] == "Summary"
    assert book.sheetnames[-1] == "About"
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert RUN in sheet.oddFooter.left.text
        assert sheet.protection.sheet
    for table in study.tables:
        sheet = book[sheet_names(study_document(study, RUN))[table.name]]
        assert sheet.print_title_rows == f"${FIRST_ROW - 1}:${FIRST_ROW}"
        assert sheet.freeze_panes == f"{'A' if table.columns[0].name in ('x', 'draw') else 'B'}{FIRST_ROW + 1}"
        assert sheet.auto_filter.ref.startswith(f"A{FIRST_ROW}:")


def test_headlines_and_notes_are_on_the_summary():
    told = [cell.value for row in opened(made(stressed()), values=True)["Summary"].iter_rows() for cell in row]
    assert [line for line in (*stressed().headlines, *stressed().notes) if line not in told] == []


def test_formulas_use_plain_functions_and_have_their_values(study):
    data = made(study)
    for place, formula in formulas(data).items():
        bare = re.sub(r'"[^"]*"', "", formula)
        assert set(re.findall(r"([A-Z][A-Z.]*)\(", bare)) <= FUNCTIONS, (place, formula)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = [parts.read(part).decode() for part in parts.namelist() if part.startswith("xl/worksheets/sheet")]
    cells = [cell for sheet in sheets for cell in re.findall(r"<c [^>]*>(.*?)</c>", sheet) if "<f>" in cell]
    assert len(cells) == len(formulas(data))
    assert [cell for cell in cells if not re.search(r"</f><v>[^<]+</v>", cell)] == []


def test_changes_shares_and_regrets_are_formulas():
    found = {(sheet, place) for sheet, place in formulas(made(stressed())) if sheet in ("Futures", "Reactions")}
    assert {("Futures", f"E{row}") for row in (8, 9, 11)} <= found
    assert {("Futures", f"H{row}") for row in (8, 9, 11)} <= found
    assert ("Futures", "E10") not in found
    assert len([place for sheet, place in found if sheet == "Reactions" and place[0] == "D"]) == 45
    told = formulas(made(regretted()))
    assert told["Plans", "B8"] == "=MAX(Regret!B8:C8)"
    assert told["Plans", "C9"] == "=AVERAGE(Regret!B9:C9)"
    assert told["Regret", "C8"] == "=Matrix!E9"


def test_a_rule_that_does_not_come_to_what_the_study_tells_is_no_formula():
    table = regretted().tables[0]
    other = dataclasses.replace(table, rows=(("as expected", 30.0, 11.0), table.rows[1]))
    live = derived_of(dataclasses.replace(regretted(), tables=(other, *regretted().tables[1:])))
    assert (0, 1) in live["plans"]
    assert (0, 2) not in live["plans"]
    assert (1, 2) in live["plans"]


def test_all_checks_hold_and_every_sheet_says_so():
    for study in (stressed(), regretted(), swung()):
        book = opened(made(study), values=True)
        assert {sheet["A3"].value for sheet in book} == {"All checks hold"}
    assert "Checks" not in opened(made(drawn())).sheetnames


def test_a_formula_engine_comes_to_every_stored_value(study):
    data = made(study)
    done = formualizer.recalculate_xlsx_bytes(data)
    assert done["formula_cells"] == len(formulas(data))
    assert done["summary"]["total_errors"] == 0
    assert differing(data, done["bytes"]) == []


def test_a_changed_cost_moves_change_summary_and_the_flag():
    data = spoiled(made(stressed()), "Futures", "C9", 1300.0)
    done = opened(formualizer.recalculate_xlsx_bytes(data)["bytes"], values=True)
    assert done["Futures"]["E9"].value == pytest.approx(300.0)
    assert done["Futures"]["H9"].value == pytest.approx(0.3)
    assert done["Summary"]["A3"].value.startswith("A CHECK FAILS")


@pytest.mark.slow
def test_libreoffice_comes_to_every_stored_value(study):
    assert differing(made(study), recalculated(made(study))) == []


@pytest.mark.slow
def test_libreoffice_does_compute():
    data = made(stressed())
    assert len(differing(data, recalculated(spoiled(data, "Futures", "C9", 1300.0)))) > 3


def test_what_is_within_the_gaps_is_grey():
    book = opened(made(stressed()))
    assert book["Futures"]["E8"].font.color.rgb == "FF7F7F7F"
    assert book["Futures"]["I8"].font.color.rgb == "FF7F7F7F"
    assert book["Futures"]["C8"].font.color.rgb != "FF7F7F7F"
    assert book["Futures"]["E9"].font.color.rgb != "FF7F7F7F"
    assert opened(made(regretted()))["Regret"]["C9"].font.color.rgb == "FF7F7F7F"


def test_the_row_to_stress_is_bold():
    sheet = opened(made(stressed()))["Futures"]
    assert [sheet.cell(row, 3).font.bold for row in (8, 9, 11)] == [False, True, False]


def test_plans_by_futures_have_a_colour_scale():
    data = made(regretted())
    rules = [rule.type for ranges in opened(data)["Regret"].conditional_formatting for rule in ranges.rules]
    assert "colorScale" in rules
    plans = [rule.type for ranges in opened(data)["Plans"].conditional_formatting for rule in ranges.rules]
    assert "colorScale" not in plans


def test_the_map_of_a_grid_has_thick_lines_on_its_frontier_only():
    sheet = opened(made(gridded()))["Map"]
    place = {cell.value: cell.coordinate for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    top = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "no plan")
    assert place
    thick = {
        (cell.row - top.row, cell.column - top.column, side)
        for row in sheet.iter_rows(min_row=top.row, max_row=top.row + 1, min_col=top.column - 2, max_col=top.column)
        for cell in row
        for side in ("left", "right", "top", "bottom")
        if getattr(cell.border, side).style == "thick"
    }
    assert thick == {
        (0, -1, "right"), (0, 0, "left"), (1, -1, "right"), (1, 0, "left"), (0, 0, "bottom"), (1, 0, "top"),
    }  # fmt: skip
    assert sheet.cell(top.row, top.column - 1).value == "=Grid!C12"


@pytest.mark.parametrize(("kind", "charts"), [("stress", 1), ("regret", 1), ("tornado", 1), ("grid", 0), ("sample", 4)])
def test_charts_are_native_and_read_cells(kind, charts):
    with zipfile.ZipFile(io.BytesIO(made(STUDIES[kind]))) as parts:
        found = [parts.read(part).decode() for part in parts.namelist() if part.startswith("xl/charts/chart")]
    assert len(found) == charts
    for chart in found:
        assert len(re.findall(r"<c:title><c:tx><c:strRef>", chart)) >= 1
        assert "<c:rich>" not in re.sub(r"<c:title>.*?</c:title>", "", chart)
        assert re.findall(r"<c:v>[^<]+</c:v>", chart)


def test_names_of_sheets_are_fit_and_different():
    table = stressed().tables[1]
    names = ("summary", "a/b:c", "A B C", "x" * 50, "x" * 60, "")
    tables = tuple(TableBlock(name, "t", "", table.columns, ()) for name in names)
    found = list(sheet_names(study_document(dataclasses.replace(stressed(), tables=tables, charts=()), RUN)).values())
    assert len({name.lower() for name in found}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in found)
    assert "summary" not in {name.lower() for name in found}


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_text_becomes_a_formula_a_link_or_markup(text):
    for study in (stressed(), regretted(), drawn(), gridded()):
        data, clean = made(renamed(study, text)), made(study)
        # How many columns fit on the summary depends on their texts; what stands there only reads other sheets.
        found, known = formulas(data), formulas(clean)
        assert {at: told for at, told in found.items() if at[0] != "Summary"} == {
            at: told for at, told in known.items() if at[0] != "Summary"
        }
        read = [told for at, told in found.items() if at[0] == "Summary"]
        assert all(re.fullmatch(r"=[A-Za-z0-9' ]+!\$?[A-Z]{1,2}\$?[0-9]+", told) for told in read)
        with zipfile.ZipFile(io.BytesIO(data)) as parts, zipfile.ZipFile(io.BytesIO(clean)) as others:
            assert parts.namelist() == others.namelist()
            for part in parts.namelist():
                tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(parts.read(part)).iter()}
                assert not tags & {"hyperlink", "hyperlinks", "ddeLink", "oleLink", "externalReference"}
                if part.endswith(".rels"):
                    assert parts.read(part) == others.read(part)
