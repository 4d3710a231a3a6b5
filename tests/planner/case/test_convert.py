"""A case goes from folder to workbook and back without loss; what begins and what marks faults reads back too."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import fields, replace

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.case import REQUIRED_TABLES, TABLES
from models.tables.column_descriptions import columns_of
from planner.case import read_case
from planner.case.canonical import canonical_lines, case_hash
from planner.case.template import write_template
from planner.case.text import guarded, unguarded
from planner.case.workbook_book import open_book
from planner.case.workbook_cells import SheetFacts, read_rows
from planner.case_conversion import annotated, convert, template_workbook, write_annotated
from planner.errors import CaseFaults
from planner.verification.written_runs import verify_run
from tests.planner.case.conftest import TinyCase
from tests.planner.case.workbooks import tiny_sheets, with_cell, xlsx
from tests.planner.tiny import INPUTS, SHIPPED, fleetplan, write_tiny

LEADS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
PAYLOADS = [
    *(f"{lead}1+1" for lead in LEADS),
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://localhost/?x="&A1,"click")',
    '=WEBSERVICE("http://localhost/"&A1)',
    "=DDE(\"cmd\",\"/C calc\",\"x\")",
    '"=1+1"',
    "'=1+1",
    "''=1+1",
    "a;=1+1",
    "first\n=1+1",
    "first\r\n=1+1",
    "http://localhost/x",
    "mailto:someone@localhost",
    "internal:offers!A1",
    "{=1+1}",
    "<script>alert(1)</script>",
    "_x0041_ _x005F_ =1",
]  # fmt: skip
# Names hold no semicolon and no line end; they are tried as remarks only.
NAME_PAYLOADS = [text for text in PAYLOADS if ";" not in text and text.isprintable()]


def there_and_back(folder, tmp_path):
    """The case as a folder, as a workbook made of it, and as a folder made of that."""
    convert(folder, tmp_path / "made.xlsx")
    convert(tmp_path / "made.xlsx", tmp_path / "again")
    return read_case(folder), read_case(tmp_path / "made.xlsx"), read_case(tmp_path / "again")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_case_goes_there_and_back_without_loss(tmp_path, name):
    first, book, again = there_and_back(INPUTS / name, tmp_path)
    assert first.case == book.case == again.case
    assert first.case_hash == book.case_hash == again.case_hash
    assert [len(rows) for rows in book.rows.values() if rows] == [len(rows) for rows in first.rows.values() if rows]
    for file in (INPUTS / name).iterdir():
        if file.name == "datapackage.json":
            # A workbook holds no words about its licence.
            packages = [json.loads(path.read_text(encoding="utf-8")) for path in (file, tmp_path / "again" / file.name)]
            assert packages[0].pop("licenses")
            assert packages[0] == packages[1]
        elif file.name != "plan.toml":
            assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def cells_by_another_library(path):
    """Every cell that holds something, by sheet, row and column."""
    for sheet in openpyxl.load_workbook(path, data_only=True):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value not in (None, ""):
                    yield (sheet.title, cell.row, cell.column), cell.value


def cells_by_the_reader(path):
    book = open_book(path.read_bytes())
    for sheet in book.sheets:
        for row in read_rows(book.package, sheet.part, book.strings, SheetFacts()):
            for cell in row.cells:
                if cell.text:
                    value = {"n": float, "b": lambda text: text == "1"}.get(cell.kind, str)(cell.text)
                    yield (sheet.name, row.number, cell.column), value


def test_another_library_reads_the_same_cells(tmp_path):
    convert(INPUTS / "frontier-lab", tmp_path / "made.xlsx")
    openpyxl.load_workbook(tmp_path / "made.xlsx").save(tmp_path / "saved.xlsx")
    for name in ("made.xlsx", "saved.xlsx"):
        found = dict(cells_by_the_reader(tmp_path / name))
        assert found == dict(cells_by_another_library(tmp_path / name))
        assert len(found) > 3000
    assert read_case(tmp_path / "saved.xlsx").case == read_case(INPUTS / "frontier-lab").case


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_workbook_that_libreoffice_has_saved_is_the_same_case(tmp_path):
    convert(INPUTS / "make-or-buy-2023", tmp_path / "made.xlsx")
    arguments = [f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir"]
    command = ["soffice", *arguments, str(tmp_path / "saved"), str(tmp_path / "made.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert read_case(tmp_path / "saved" / "made.xlsx").case == read_case(INPUTS / "make-or-buy-2023").case


@pytest.mark.parametrize("name", ["tenth-of-google", "make-or-buy-2023"])
def test_workbook_gives_the_same_plan_and_its_run_can_be_verified(tmp_path, name):
    convert(INPUTS / name, tmp_path / "made.xlsx")
    for source, run in ((INPUTS / name, "one"), (tmp_path / "made.xlsx", "other")):
        done = fleetplan("plan", source, "-q", "-o", tmp_path / run, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    for file in (tmp_path / "one" / "tables").iterdir():
        assert (tmp_path / "other" / "tables" / file.name).read_text() == file.read_text(), file.name
    one, other = (json.loads((tmp_path / run / "manifest.json").read_text()) for run in ("one", "other"))
    assert one["case_hash"] == other["case_hash"]
    assert [path.name for path in (tmp_path / "other" / "inputs").iterdir()] == ["made.xlsx"]
    assert (tmp_path / "other" / "inputs" / "made.xlsx").read_bytes() == (tmp_path / "made.xlsx").read_bytes()
    assert verify_run(tmp_path / "other").findings == ()


def test_comments_settings_and_the_readme_come_along(tiny, tmp_path):
    plan = (tiny.folder / "plan.toml").read_text().replace("periods = 3", 'periods = 3  # "three", as agreed')
    (tiny.folder / "plan.toml").write_text(
        f"# first\n{plan}# of the solver\n[solver]\ngap = 0.1 # wide\nname = 'scip'\n"
    )
    (tiny.folder / "README.md").write_text("# Tiny\n\n=1+1\n  indented\n")
    tiny.path("prices").write_text("# all prices\n" + tiny.path("prices").read_text() + "# the end,,more\n")
    first, _, again = there_and_back(tiny.folder, tmp_path)
    assert first.case == again.case
    made = tmp_path / "again"
    assert (made / "README.md").read_text() == (tiny.folder / "README.md").read_text()
    lines = [" ".join(line.split()) for line in (made / "plan.toml").read_text().splitlines()]
    for expected in (
        "# first",
        'periods = 3 # "three", as agreed',
        "# of the solver",
        "gap = 0.1 # wide",
        'name = "scip"',
    ):
        assert expected in lines
    assert "# all prices" in (made / "prices.csv").read_text()
    assert "# the end,,more" in (made / "prices.csv").read_text()


def test_a_second_conversion_changes_nothing_more(tiny, tmp_path):
    there_and_back(tiny.folder, tmp_path)
    convert(tmp_path / "again", tmp_path / "second.xlsx")
    convert(tmp_path / "second.xlsx", tmp_path / "third")
    for file in (tmp_path / "again").iterdir():
        assert (tmp_path / "third" / file.name).read_bytes() == file.read_bytes()
    assert (tmp_path / "second.xlsx").read_bytes() == (tmp_path / "made.xlsx").read_bytes()


NUMBERS = [
    0.1,
    1 / 3,
    1e-7,
    0.1 + 0.2,
    1234567890.123456,
    999999999999999.9,
    5e-324,
    1.234,
    123.456,
    999.999,
    1e15,
    0.07,
]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_keep_every_digit(tiny, tmp_path, number):
    tiny.change(f"workloads 2 revenue_usd_per_1000 = {number!r}\nplan discount_rate = {min(number, 0.9)!r}")
    for read in there_and_back(tiny.folder, tmp_path):
        assert read.case.workloads[0].revenue_usd_per_1000 == number
        assert read.case.settings.discount_rate == min(number, 0.9)


@given(numbers=st.lists(st.floats(0, 1e15), min_size=3, max_size=3))
@settings(max_examples=12, derandomize=True, deadline=None)
def test_any_numbers_keep_every_digit(tmp_path_factory, numbers):
    folder = tmp_path_factory.mktemp("numbers")
    case = TinyCase(folder / "tiny")
    places = ("workloads 2 revenue_usd_per_1000", "workloads 2 penalty_usd_per_1000", "sites 2 fixed_musd_per_year")
    case.change("\n".join(f"{place} = {number!r}" for place, number in zip(places, numbers, strict=True)))
    for read in there_and_back(case.folder, folder):
        work, site = read.case.workloads[0], read.case.sites[0]
        assert [work.revenue_usd_per_1000, work.penalty_usd_per_1000, site.fixed_musd_per_year] == numbers


LETTERS = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff")


@given(texts=st.lists(st.text(LETTERS, max_size=40), min_size=3, max_size=3))
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_remarks_come_back(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("texts")
    sheets = tiny_sheets()
    sheets["prices"] = [[*row, note] for row, note in zip(sheets["prices"], ["note", *texts], strict=True)]
    (folder / "first.xlsx").write_bytes(xlsx(sheets))
    first = read_case(folder / "first.xlsx")
    convert(folder / "first.xlsx", folder / "again")
    again = read_case(folder / "again")
    assert again.case == first.case
    assert again.case_hash == first.case_hash


@pytest.mark.parametrize("text", ["00123", "1E5", "2027", "1.234", "MAR1", "TRUE", "NA", "1/2", "-5", "0x10", "1e400"])
def test_text_that_looks_like_a_number_stays_text(tiny, tmp_path, text):
    tiny.change(f'sites 2 site = {text}\noffers 3 sites = {text}\nworkloads 2 note = {text}\nplan name = "{text}"')
    for read in there_and_back(tiny.folder, tmp_path):
        case = read.case
        assert (case.sites[0].site, case.offers[1].sites, case.workloads[0].note) == (text, (text,), text)
        assert case.settings.name == text


def payload_case(tmp_path, text):
    """A workbook with a payload in six fields of text; a payload that no name can be stands in remarks alone."""
    sheets = tiny_sheets()
    sheets["workloads"][1][5] = text
    sheets["prices"] = [[*row, source] for row, source in zip(sheets["prices"], ["source", text, "", ""], strict=True)]
    if text in NAME_PAYLOADS:
        sheets["sites"][1][0] = sheets["offers"][2][8] = text
        sheets["accelerators"][1][1] = text
        sheets["budgets"][1][0] = text
    sheets["plan"][2][1] = text if text.isprintable() else "tiny"
    (tmp_path / "first.xlsx").write_bytes(xlsx(sheets))
    return tmp_path / "first.xlsx"


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_text_becomes_a_formula_or_link(tmp_path, text):
    first = payload_case(tmp_path, text)
    read = read_case(first)
    assert read.case.workloads[0].note == text
    convert(first, tmp_path / "folder")
    convert(tmp_path / "folder", tmp_path / "made.xlsx")
    assert read_case(tmp_path / "folder").case == read_case(tmp_path / "made.xlsx").case == read.case
    with zipfile.ZipFile(tmp_path / "made.xlsx") as file:
        for name in file.namelist():
            xml = file.read(name).decode()
            if name.startswith("xl/worksheets/sheet"):
                formulas = re.findall(r"<f>(.*?)</f>", xml)
                assert all(re.match(r"(IF|IFERROR|COUNTA)\(", formula) for formula in formulas)
                assert "r:id" not in xml.replace("<legacyDrawing", "")
            assert 'TargetMode="External"' not in xml
    for path in (tmp_path / "folder").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert cell.lstrip(" \t")[:1] not in [*LEADS, "\t", "\r", "\n"] or is_number(cell), (
                        path.name,
                        cell,
                    )


def test_a_bare_carriage_return_in_a_remark_does_not_begin_a_row(tmp_path):
    sheets = tiny_sheets()
    sheets["workloads"][1][5] = "a\r=1+1"
    (tmp_path / "first.xlsx").write_bytes(xlsx(sheets))
    convert(tmp_path / "first.xlsx", tmp_path / "folder")
    assert read_case(tmp_path / "folder").case == read_case(tmp_path / "first.xlsx").case
    assert b'"a\r=1+1"' in (tmp_path / "folder" / "workloads.csv").read_bytes()


def is_number(cell):
    return re.fullmatch(r"-?[0-9.]+(e[-+]?[0-9]+)?", cell) is not None


def test_there_are_24_payloads():
    assert len(set(PAYLOADS)) == 24


def test_text_that_looks_like_the_markup_of_a_cell_stays_text(tmp_path):
    text = "<r><t>=1+1</t></r>"
    folder = write_tiny(
        tmp_path / "tiny", workloads=f"workload,min_service,penalty_usd_per_1000,note\nchat,1,5,{text}\n"
    )
    convert(folder, tmp_path / "made.xlsx")
    assert read_case(tmp_path / "made.xlsx").case.workloads[0].note == text
    assert [cell.value for row in load_workbook(tmp_path / "made.xlsx")["workloads"] for cell in row].count(text) == 1


@given(text=st.text(max_size=12))
@settings(max_examples=200, derandomize=True)
def test_the_guard_of_texts_can_be_taken_off_again(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text).lstrip()[:1] not in LEADS


def test_hash_does_not_tell_how_a_case_is_written(tiny):
    first = tiny.read().case_hash
    tiny.change("workloads 2 unit = query\naccelerators 2 utilisation = 1\nplan early_retirement = true")
    tiny.path("prices").write_text("# dear\n\n" + tiny.path("prices").read_text().replace(",", ";"))
    (tiny.folder / "plan.toml").write_text("# mine\n" + (tiny.folder / "plan.toml").read_text())
    tiny.write("ramp", [["programme", "months_since_ready", "max_units_per_year"]])
    assert tiny.read().case_hash == first


@pytest.mark.parametrize(
    "change",
    [
        "workloads 2 note = x",
        "workloads 2 source = y",
        'plan name = "other"',
        "plan discount_rate = 0.080000000000000002",
        "offers 2 lot_size = 9",
        "offers 2 lot_size =",
        "sites 2 power_mw = 50.00000000000001",
        "- demand 3",
        "demand 2 period = 2027H1",
    ],
)
def test_hash_tells_what_a_case_says(tiny, change):
    first = tiny.read().case_hash
    tiny.change(change)
    is_same_number = change.endswith("0.080000000000000002")
    assert (tiny.read().case_hash == first) is is_same_number


def test_order_of_rows_is_part_of_the_hash(tiny):
    first = tiny.read().case_hash
    header, *rows = tiny.rows("prices")
    tiny.write("prices", [header, *rows[::-1]])
    assert tiny.read().case_hash != first


def test_every_value_of_a_case_is_in_its_hash():
    case = read_case(INPUTS / "make-or-buy-2023").case
    before = case_hash(case)
    for table in TABLES:
        for row in getattr(case, table)[:1]:
            for entry in fields(row):
                value = getattr(row, entry.name)
                if isinstance(value, float):
                    rows = (replace(row, **{entry.name: np.nextafter(value, np.inf).item()}), *getattr(case, table)[1:])
                    assert case_hash(replace(case, **{table: rows})) != before, (table, entry.name)
    assert len(list(canonical_lines(case))) == 3 + sum(len(getattr(case, table)) for table in TABLES)


def test_faulty_case_is_converted_all_the_same(tiny, tmp_path):
    tiny.change("offers 2 lot_size = 2.5\nprices 2 unit_price_usd = cheap\nprices 3 offer = nobody")
    done = convert(tiny.folder, tmp_path / "made.xlsx")
    assert done.case_hash is None
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "made.xlsx")
    assert [fault.text.split(",")[0] for fault in caught.value.faults] == ["offers!D3", "prices!C3", "prices!A4"]


@pytest.mark.parametrize("kind", ["file", "folder", "full"])
def test_nothing_is_overwritten(tiny, tmp_path, kind):
    target = tmp_path / ("made.xlsx" if kind != "full" else "made")
    if kind == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").write_text("mine")
    words = "is a folder" if kind == "folder" else "exists already and is not overwritten"
    with pytest.raises(CaseFaults, match=words):
        convert(tiny.folder, target)
    assert [path.name for path in tmp_path.iterdir()].count(target.name) == 1
    assert not list(tmp_path.glob(".*"))


def test_unreadable_source_writes_nothing(tmp_path):
    (tmp_path / "bad.xlsx").write_bytes(with_cell("prices!C2", '<c r="@"><f>1+1</f></c>'))
    with pytest.raises(CaseFaults, match="prices!C2"):
        convert(tmp_path / "bad.xlsx", tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.xlsx"]


def test_template_reads_as_a_case_without_findings(tmp_path):
    done = template_workbook(tmp_path / "case.xlsx")
    assert done.text.endswith(" tables; an example that can be planned as it is.")
    read = read_case(tmp_path / "case.xlsx")
    assert not read.warnings
    assert set(read.row_counts.values()) == {(1, 0)}
    assert read.case_hash == done.case_hash
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert book.sheetnames == ["index", "plan", *TABLES, "lists"]
    for table, row_class in TABLES.items():
        sheet = book[table]
        described = columns_of(row_class)
        assert [cell.value for cell in sheet[1]] == list(described)
        for name, cell in zip(described, sheet[2], strict=True):
            assert described[name].meaning in cell.value
            assert described[name].unit in cell.value
        assert sheet.freeze_panes == "B3"


def test_rows_that_are_filled_in_later_are_printed(tmp_path):
    """An area of print that ends with the example would print one row of what people fill in."""
    path = tmp_path / "case.xlsx"
    template_workbook(path)
    assert [sheet.title for sheet in load_workbook(path) if sheet.print_area] == []


def test_drop_downs_of_the_template_refer_to_the_other_sheets(tmp_path):
    template_workbook(tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    for table, row_class in TABLES.items():
        rules = {
            next(iter(rule.sqref.ranges)).coord.split(":")[0]: rule
            for rule in book[table].data_validations.dataValidation
        }
        for at, facts in enumerate(columns_of(row_class).values(), start=1):
            place = f"{openpyxl.utils.get_column_letter(at)}3"
            if facts.refs or facts.choices:
                source = rules[place].formula1
                assert rules[place].type == "list"
                if facts.refs == ("sites",):
                    assert source == "sites!$A$3:$A$2000"
                elif facts.choices:
                    assert source == f'"{",".join(facts.choices)}"'


def test_emptied_template_asks_only_for_rows(tmp_path):
    template_workbook(tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    for table in TABLES:
        book[table].delete_rows(3)
    del book["index"]
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "empty.xlsx")
    assert {fault.expected for fault in caught.value.faults} == {"the table has no rows"}


def test_cleared_template_with_the_needed_sheets_filled_in_has_no_faults_from_the_others(tmp_path):
    template_workbook(tmp_path / "example.xlsx")
    done = template_workbook(tmp_path / "clear.xlsx", clear=True)
    assert "headers alone" in done.text
    example, book = (openpyxl.load_workbook(tmp_path / name) for name in ("example.xlsx", "clear.xlsx"))
    for table in TABLES:
        assert book[table].max_row < 3 or all(cell.value is None for cell in book[table][3]), table
        headers = [cell.value for cell in book[table][1]]
        elsewhere = {
            name for name, facts in columns_of(TABLES[table]).items() if set(facts.refs) - set(REQUIRED_TABLES)
        }
        if table in REQUIRED_TABLES:
            for at, name in enumerate(headers, start=1):
                if name not in elsewhere:
                    book[table].cell(3, at).value = example[table].cell(3, at).value
    book.save(tmp_path / "filled.xlsx")
    assert set(read_case(tmp_path / "filled.xlsx").row_counts.values()) == {(1, 0), (0, 0)}


def test_cleared_folder_has_no_example(tmp_path):
    files = write_template(tmp_path, clear=True)
    assert not any("# example" in path.read_text(encoding="utf-8") for path in files)
    assert any("# meaning: " in path.read_text(encoding="utf-8") for path in files)


def test_template_is_not_written_over_something_or_under_another_name(tmp_path):
    (tmp_path / "case.xlsx").write_text("mine")
    for name, words in (("case.xlsx", "exists already"), ("case.xls", "is no name of a workbook")):
        with pytest.raises(CaseFaults, match=words):
            template_workbook(tmp_path / name)
    assert (tmp_path / "case.xlsx").read_text() == "mine"


def findings(path):
    with pytest.raises(CaseFaults) as caught:
        read_case(path)
    return caught.value.faults + caught.value.warnings


def test_faulty_cells_are_marked_in_a_copy(tmp_path):
    path = tmp_path / "case.xlsx"
    sheets = tiny_sheets()
    sheets["offers"][1][3] = 2.5
    sheets["prices"][1][0] = "=nobody"
    sheets["plan"][-1][1] = 8
    path.write_bytes(xlsx(sheets, change=lambda book, made: made["prices"].write_formula(8, 6, "=1+1", None, 2)))
    found = findings(path)
    book = openpyxl.load_workbook(io.BytesIO(annotated(path, found)))
    cell = book["offers"]["D2"]
    assert (cell.value, cell.fill.fgColor.rgb) == (2.5, "FFFF9999")
    assert cell.comment.text == "Must be a whole number of at least 1. Use 2 or 3."
    assert (book["prices"]["A2"].value, book["prices"]["A2"].data_type) == ("=nobody", "s")
    assert book["plan"]["B8"].fill.fgColor.rgb == "FFFF9999"
    assert book["prices"]["B2"].comment is None
    listed = [[cell.value for cell in row] for row in book["_faults"].iter_rows(min_row=2)]
    assert [row[0] for row in listed] == [
        f"{fault.place}, {fault.column}" if fault.column else fault.place for fault in found
    ]
    assert all(cell.data_type != "f" for row in book["_faults"].iter_rows() for cell in row)


def test_marked_copy_keeps_cells_formulas_and_values_and_is_marked_anew(tmp_path):
    path = tmp_path / "case.xlsx"
    sheets = tiny_sheets()
    sheets["offers"][1][3] = 2.5
    path.write_bytes(
        xlsx(sheets, change=lambda book, made: made["prices"].write_formula("C2", "=3*10000", None, 30000))
    )
    found = findings(path)
    (tmp_path / "marked.xlsx").write_bytes(annotated(path, found))
    again = findings(tmp_path / "marked.xlsx")
    assert [fault.text for fault in again] == [fault.text for fault in found]
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert book["prices"]["C2"].value == "=3*10000"
    for name, rows in sheets.items():
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if (name, at, column) != ("prices", 2, 3):
                    assert book[name].cell(at, column).value == value
    third = openpyxl.load_workbook(io.BytesIO(annotated(tmp_path / "marked.xlsx", ())))
    assert third["offers"]["D2"].comment is None
    assert third["offers"]["D2"].fill.fill_type is None
    assert third.sheetnames.count("_faults") == 1


def test_faults_of_a_folder_are_marked_in_a_workbook_made_of_it(tiny, tmp_path):
    tiny.change("prices 3 unit_price_usd = cheap\nplan discount_rate = 8\noffers 2 lot_size = 2.5")
    tiny.path("prices").write_text("# dear\n\n" + tiny.path("prices").read_text())
    found = findings(tiny.folder)
    write_annotated(tiny.folder, found, tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    marked = [f"{sheet.title}!{cell.coordinate}" for sheet in book for row in sheet for cell in row if cell.comment]
    assert [(place, book[place.split("!")[0]][place.split("!")[1]].value) for place in marked] == [
        ("plan!B2", 8), ("offers!D3", 2.5), ("prices!C5", "cheap"),
    ]  # fmt: skip
    with pytest.raises(CaseFaults, match="exists already"):
        write_annotated(tiny.folder, found, tmp_path / "marked.xlsx")


def test_what_cannot_be_opened_cannot_be_marked(tmp_path):
    (tmp_path / "case.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(CaseFaults, match="is a damaged workbook"):
        annotated(tmp_path / "case.xlsx", ())
