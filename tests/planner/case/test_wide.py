"""Series with the periods across: they read to the same case, and faults name the cell that the user sees."""

import csv
import datetime
import io
import os
import pickle
import shutil

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.case import REQUIRED_TABLES, TABLES
from models.tables.column_descriptions import columns_of
from planner.case import read_case
from planner.case.wide_form import across_of_template, widened
from planner.case.wide_tables import series_form
from planner.case_conversion import annotated, convert, template_form, template_workbook
from planner.errors import CaseFaults, Fault, FaultLog, WideRow
from planner.plan_request import Request
from planner.runs import make_plan
from planner.show.live_progress import NoProgress
from tests.planner.case.conftest import TinyCase
from tests.planner.case.workbooks import tiny_sheets, xlsx
from tests.planner.tiny import INPUTS, SHIPPED, write_tiny

FAST = ("make-or-buy-2023",)
SERIES = [table for table, row in TABLES.items() if row.series]


def test_the_tables_of_series_are_those_of_the_contract():
    assert SERIES == ["demand", "prices", "limits", "budgets", "site_series"] or set(SERIES) == {
        "demand", "prices", "limits", "budgets", "site_series",
    }  # fmt: skip
    form = series_form(TABLES["site_series"])
    assert (form.time, form.is_span, form.has_measures) == ("period", False, True)
    assert list(form.values) == ["power_mw", "available_share", "electricity_usd_per_mwh", "carbon_kg_per_kwh"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in SHIPPED]
)
def test_every_case_goes_across_and_back_without_loss(tmp_path, name):
    done = convert(INPUTS / name, tmp_path / "wide.xlsx", wide=True)
    assert done.kept_long == ()
    convert(tmp_path / "wide.xlsx", tmp_path / "long")
    convert(tmp_path / "wide.xlsx", tmp_path / "folder", wide=True)
    convert(tmp_path / "folder", tmp_path / "again.xlsx", wide=True)
    cases = [
        read_case(place) for place in (INPUTS / name, *(tmp_path / own for own in ("wide.xlsx", "long", "folder")))
    ]
    assert all(read.case == cases[0].case for read in cases)
    assert {read.case_hash for read in cases} == {done.case_hash}
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "wide.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "wide.xlsx")
    for table in SERIES:
        rows, form = getattr(cases[0].case, table), series_form(TABLES[table])
        if rows:
            headers = [cell.value for cell in book[table][1]]
            assert form.time not in headers
            assert set(form.across(headers)) == {getattr(row, form.time) for row in rows}
            keys = {
                tuple(getattr(row, key) for key in ("workload", "offer", "limit", "budget") if hasattr(row, key))
                for row in rows
            }
            assert book[table].max_row == 2 + len(keys)
    for file in (INPUTS / name).iterdir():
        if file.name != "plan.toml":
            assert (tmp_path / "long" / file.name).exists(), file.name


def case_of(folder, **tables):
    """Returns the tiny case with some tables replaced by their text, read."""
    case = TinyCase(folder)
    for table, text in tables.items():
        case.path(table).write_text(text, encoding="utf-8")
    return read_case(folder).case


def test_growth_fills_each_later_label_from_the_last_given_value(tmp_path):
    """By hand: 50 · 1.1 = 55, 50 · 1.1² = 60.5; then 80 is given; half a year later 80 · 1.1^0.5; a year later 88."""
    found = case_of(
        tmp_path, demand="workload,growth_per_year,2029,2027,2028,2030,2030H2,2031\nchat,0.1,,50,,80,,\n"
    ).demand
    given = [("2027", 50.0), ("2028", 50 * 1.1), ("2029", 50 * 1.1**2), ("2030", 80.0)]
    assert [(row.period, row.queries_per_day_million) for row in found] == [
        *given, ("2030H2", 80 * 1.1**0.5), ("2031", 80 * 1.1),
    ]  # fmt: skip


def test_growth_of_spans_fills_those_of_the_same_length_and_none_before_the_first(tmp_path):
    text = "budget,categories,2027,2028,2029,2027..2028,growth_per_year\nall_money,all,,5000,,,-0.5\n"
    with pytest.raises(CaseFaults) as caught:
        case_of(tmp_path / "gap", budgets=text)
    assert [fault.column for fault in caught.value.faults] == ["2028"]
    assert "2027" in caught.value.text
    found = case_of(tmp_path / "whole", budgets=text.replace("all,,5000", "all,4000,"))
    assert [(row.span, row.amount_musd) for row in found.budgets] == [
        ("2027", 4000.0),
        ("2028", 2000.0),
        ("2029", 1000.0),
    ]


def test_a_blank_cell_is_no_row_and_no_limit_is_said_in_words(tmp_path):
    limits = "limit,unit,2027,2028,2029\nwafers,units,100,No limit,300\n"
    use = "limit,offer,use_per_unit\nwafers,alpha_list,1\n"
    found = case_of(tmp_path, limits=limits, limit_use=use, demand="workload,2027,2028,2029\nchat,50,,80\n")
    assert [(row.span, row.amount) for row in found.limits] == [("2027", 100.0), ("2028", None), ("2029", 300.0)]
    assert [(row.period, row.queries_per_day_million) for row in found.demand] == [("2027", 50.0), ("2029", 80.0)]


def test_measures_of_a_site_stand_in_rows_of_their_own(tmp_path):
    text = (
        "site,measure,2028,2029,note\n"
        'home,electricity_usd_per_mwh,90,95,"2028: contract\n2029: guess"\n'
        "home,power_mw,,40,lease ends\n"
    )
    found = case_of(tmp_path, site_series=text).site_series
    assert [(row.period, row.electricity_usd_per_mwh, row.power_mw, row.note) for row in found] == [
        ("2028", 90.0, None, "contract"), ("2029", 95.0, 40.0, "guess; lease ends"),
    ]  # fmt: skip


FAULTS = [
    (
        "demand", "workload,2027,2028\nchat,50,-3\n",
        "demand.csv row 2, 2028 = -3: must be a number of at least 0. Use 0 or more.",
    ),
    (
        "demand", "workload,2027,2028\nchat,50,60\nchat,,70\n",
        "demand.csv row 3, workload, period = chat, 2028: row 2 (2028) has the same workload and period. "
        "Delete one of the two, or change its key.",
    ),
    (
        "demand", "workload,2027,2028\nchat,50,60\ntalk,1,\n",
        "demand.csv row 3, workload = talk: is not a name in workloads.csv. Known names: chat.",
    ),
    (
        "demand", "workload,period,2027,2028\nchat,2027,50,60\n",
        "demand.csv row 1, period: stands beside columns of periods (2027, 2028). Keep period and its values below "
        "each other, or the periods across, and not both.",
    ),
    (
        "demand", "workload,2027,2028Q9\nchat,50,60\n",
        "demand.csv row 1, 2028Q9: is neither a column of this table nor a period. Write one of these forms.",
    ),
    (
        "demand", "workload,2027,Jan-28\nchat,50,60\n",
        "demand.csv row 1, Jan-28: is neither a column of this table nor a period. "
        "Use 2028-01, and format the column as text.",
    ),
    (
        "demand", "workload,2027,46753\nchat,50,60\n",
        "demand.csv row 1, 46753: is neither a column of this table nor a period. "
        "Use 2028-01 or another label, and format the column as text.",
    ),
    (
        "demand", "workload,2027,growth\nchat,50,0.1\n",
        "demand.csv row 1, growth: is neither a column of this table nor a period. "
        "Use a label such as 2027 or growth_per_year, or delete it.",
    ),
    (
        "demand", "workload,2027,growth_per_year,2028\nchat,50,10%,\n",
        "demand.csv row 2, growth_per_year = 10%: must be a number without a per cent sign. Write 0.1.",
    ),
    (
        "demand", "workload,2027,2028\nchat,50,60\nchat,,\n",
        "demand.csv row 3, 2027 = (blank): the row has no value under any period. "
        "Enter a value, delete the row, or begin it with '# ' to keep it as a remark.",
    ),
    (
        "site_series", "site,2028\nhome,3\n",
        "site_series.csv, measure: the column is missing (what a row holds: power_mw, available_share, "
        "electricity_usd_per_mwh, carbon_kg_per_kwh). Add it to the header in row 1.",
    ),
    (
        "site_series", "site,measure,2028\nhome,power,3\n",
        "site_series.csv row 2, measure = power: must be one of power_mw, available_share, electricity_usd_per_mwh, "
        "carbon_kg_per_kwh. Use power_mw.",
    ),
    (
        "site_series", "site,measure,2028\nhome,power_mw,3\nhome,power_mw,4\n",
        "site_series.csv row 3, 2028 = 4: row 2 has a value of the same key and measure. Delete one of the two.",
    ),
    (
        "site_series", "site,measure,2028\nhome,power_mw,30\nhome,available_share,4\n",
        "site_series.csv row 3, 2028 = 4: must be a number from 0 to 1. Use 0.04 for 4 %.",
    ),
    (
        "demand", "workload,2027E,2028\nchat,50,60\n",
        "demand.csv row 1, 2027E: is neither a column of this table nor a period. Use 2027.",
    ),
    (
        "demand", "workload,FY27\nchat,50\n",
        "demand.csv row 1, FY27: is neither a column of this table nor a period. Use labels of the calendar: a year "
        "2027, a half 2027H1, a quarter 2027Q3 or a month 2027-07.",
    ),
    (
        "demand", "Demand of all work\n\nin millions;;\nworkload;2027;2028\nchat;50;60\n",
        "demand.csv row 1, Demand of all work: stands above the header, which is row 4, like the row below it. "
        "Delete it, or begin it with '# ' to keep it as a remark.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "told"), FAULTS)
def test_faults_name_the_period_that_the_user_sees(tmp_path, table, text, told):
    with pytest.raises(CaseFaults) as caught:
        case_of(tmp_path, **{table: text})
    assert caught.value.lines == [told]


@pytest.mark.parametrize(
    ("growth", "cells", "told"),
    [
        ("0.1", "50,60", "demand.csv row 2, growth_per_year = 0.1: fills nothing: no cell after a number is blank. "
         "Clear it, or the cells that it is to fill."),
        ("10", "50,", "demand.csv row 2, growth_per_year = 10: is outside the usual -0.9 to 4 1/year. "
         "Is it in per cent? Then use 0.1."),
    ],
)  # fmt: skip
def test_a_growth_that_is_odd_or_without_effect_is_named(tmp_path, growth, cells, told):
    TinyCase(tmp_path).path("demand").write_text(f"workload,growth_per_year,2027,2028\nchat,{growth},{cells}\n")
    assert told in [str(warning) for warning in read_case(tmp_path).warnings]


def wide_sheets(header, *rows):
    """The tiny case as sheets, with demand across."""
    return tiny_sheets() | {"demand": [header, *rows]}


def test_headers_are_read_as_spreadsheets_store_them(tmp_path):
    """A number, a text, the first day of a month, and a first of January that is shown as its year."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in wide_sheets(["workload", 2027, "2027H2", None, None, None], ["chat", 50, 55, 60, 70, 80]).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    dates = [(2028, 1, "mmm-yy"), (2028, 7, "yyyy-mm-dd"), (2029, 1, "yyyy")]
    for at, (year, month, form) in enumerate(dates, start=4):
        cell = book["demand"].cell(1, at)
        cell.value, cell.number_format = datetime.date(year, month, 1), form
    book.save(tmp_path / "case.xlsx")
    assert [(row.period, row.queries_per_day_million) for row in read_case(tmp_path / "case.xlsx").case.demand] == [
        ("2027", 50), ("2027H2", 55), ("2028-01", 60), ("2028-07", 70), ("2029", 80),
    ]  # fmt: skip
    book["demand"].cell(1, 5).value = datetime.date(2028, 7, 15)
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "bad.xlsx")
    assert caught.value.lines == [
        "demand!E1, 2028-07-15: is a date and not a period label. Use 2028-07 or another label, "
        "and format the column as text."
    ]


def test_faults_of_a_workbook_name_the_cell_under_the_period(tmp_path):
    rows = ["chat", 50, "?", "-1"], ["chat", None, None, 3]
    (tmp_path / "case.xlsx").write_bytes(xlsx(wide_sheets(["workload", "2027", 2028, "2029"], *rows)))
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "case.xlsx")
    assert [fault.place for fault in caught.value.faults] == ["demand!C2", "demand!D2"]
    assert [fault.column for fault in caught.value.faults] == ["2028", "2029"]
    marked = openpyxl.load_workbook(io.BytesIO(annotated(tmp_path / "case.xlsx", caught.value.faults)))
    assert {cell.coordinate for row in marked["demand"].iter_rows() for cell in row if cell.comment} == {"C2", "D2"}


def test_a_title_above_the_header_is_one_fault(tmp_path):
    """Merged or not, and also above the sheets that stay below each other."""
    sheets = wide_sheets(["workload", 2027, 2029], ["chat", 50, 80])
    sheets["demand"] = [["Demand, million queries a day"], [], *sheets["demand"]]
    sheets["prices"] = [[None, "list prices"], *sheets["prices"]]
    merge = lambda _, made: made["demand"].merge_range("A1:C1", "Demand, million queries a day")  # noqa: E731
    (tmp_path / "case.xlsx").write_bytes(xlsx(sheets, change=merge))
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "case.xlsx")
    assert caught.value.lines == [
        "demand!A1, Demand, million queries a day: stands above the header, which is row 3. "
        "Delete it, or begin it with '# ' to keep it as a remark.",
        "prices!B1, list prices: stands above the header, which is row 2. "
        "Delete it, or begin it with '# ' to keep it as a remark.",
    ]
    sheets["demand"][0], sheets["prices"][0] = ["# Demand"], ["# prices"]
    (tmp_path / "remark.xlsx").write_bytes(xlsx(sheets))
    assert len(read_case(tmp_path / "remark.xlsx").case.demand) == 2


def test_faults_of_a_folder_are_marked_in_the_row_of_their_period(tmp_path):
    case = TinyCase(tmp_path / "case")
    case.path("demand").write_text("workload,2027,2028,2029\nchat,50,x,60\n")
    with pytest.raises(CaseFaults) as caught:
        read_case(case.folder)
    marked = openpyxl.load_workbook(io.BytesIO(annotated(case.folder, caught.value.faults)))
    comments = [cell for row in marked["demand"].iter_rows() for cell in row if cell.comment]
    assert [marked["demand"].cell(cell.row, 2).value for cell in comments] == ["2028"]


def test_a_file_of_another_locale_reads_across(tmp_path):
    text = "workload;2027;2028;2029;growth_per_year\r\nchat;1.234,5;;50,25;0,1\r\n"
    found = case_of(tmp_path, demand="\ufeff" + text).demand
    assert [row.queries_per_day_million for row in found] == [1234.5, 1234.5 * 1.1, 50.25]


@pytest.mark.parametrize("clear", [False, True])
def test_the_wide_template_is_a_case(tmp_path, clear):
    done = template_workbook(tmp_path / "case.xlsx", wide=True, clear=clear)
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert [cell.value for cell in book["demand"][1]] == [
        "workload", "growth_per_year", "2027Q1", "2028Q1", "note", "source",
    ]  # fmt: skip
    headers = [cell.value for cell in book["limits"][1]]
    assert headers[:2] + headers[-6:] == ["limit", "unit", "growth_per_year", "2027", "2028", "label", "note", "source"]
    if not clear:
        read = read_case(tmp_path / "case.xlsx")
        assert read.case_hash == done.case_hash
        assert read.warnings == ()
        return
    other = tmp_path / "example.xlsx"
    template_workbook(other, wide=True)
    example = openpyxl.load_workbook(other)
    for table in REQUIRED_TABLES:
        elsewhere = {
            name for name, facts in columns_of(TABLES[table]).items() if set(facts.refs) - set(REQUIRED_TABLES)
        }
        for at, head in enumerate(book[table][1], start=1):
            if head.value not in elsewhere:
                book[table].cell(3, at).value = example[table].cell(3, at).value
    book.save(tmp_path / "filled.xlsx")
    # The needed sheets alone: no fault comes from those that stay empty.
    assert read_case(tmp_path / "filled.xlsx").case.demand[1].queries_per_day_million == pytest.approx(44)


def test_rows_of_a_series_that_do_not_stand_together_stay_below_each_other(tmp_path):
    case = TinyCase(tmp_path / "case")
    case.path("prices").write_text(
        "offer,period,unit_price_usd\nalpha_list,2028,28000\nbeta_lease,2027,9000\nalpha_list,2027,30000\n"
    )
    done = convert(case.folder, tmp_path / "wide", wide=True)
    # Each stretch of a series has a row of its own, which reads back in the same order.
    with (tmp_path / "wide" / "prices.csv").open(newline="") as file:
        assert list(csv.reader(file))[1:] == [
            ["alpha_list", "", "28000"],
            ["beta_lease", "9000", ""],
            ["alpha_list", "30000", ""],
        ]
    assert done.kept_long == ()
    assert read_case(tmp_path / "wide").case == read_case(case.folder).case


def test_what_cannot_stand_across_is_named_and_stays(tmp_path):
    case = TinyCase(tmp_path / "case")
    case.path("demand").write_text(
        'workload,period,queries_per_day_million,note\nchat,2027,50,"a\n2028: b"\nchat,2028,60,c\n'
    )
    done = convert(case.folder, tmp_path / "wide.xlsx", wide=True)
    assert done.kept_long == ("demand",)
    assert "Of demand the rows" in done.text
    assert read_case(tmp_path / "wide.xlsx").case == read_case(case.folder).case


MANY = int(os.environ.get("WIDE_EXAMPLES", "6"))
"""Random series that are tried; by hand many more."""
NUMBERS = st.floats(min_value=25000, max_value=1e9, allow_nan=False).map(lambda number: float(f"{number:.12g}"))
REMARKS = st.sampled_from(["", "list", "2027: list", "2028, 2029: x", "two\nlines", "a: b", "2027", ":"])
LABELS = st.sampled_from(["2027", "2027H2", "2028", "2028Q2", "2028-07", "2029", "2029-12"])


@settings(max_examples=MANY, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["alpha_list", "beta_lease"]), LABELS, NUMBERS, REMARKS, REMARKS), max_size=12
    )
)
def test_any_series_goes_across_and_back(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    case = TinyCase(folder / "case")
    starts = [("alpha_list", "2027-01", 30000.0, "", ""), ("beta_lease", "2027-01", 9000.0, "", "")]
    out = io.StringIO()
    csv.writer(out).writerows([["offer", "period", "unit_price_usd", "note", "source"], *starts, *rows])
    case.path("prices").write_text(out.getvalue(), encoding="utf-8")
    convert(case.folder, folder / "wide.xlsx", wide=True)
    convert(folder / "wide.xlsx", folder / "back")
    findings = []
    for place in (case.folder, folder / "back"):
        try:
            findings.append((read_case(place).case, None))
        except CaseFaults as error:
            findings.append((None, [fault.column for fault in error.faults]))
    assert findings[0] == findings[1]
    shutil.rmtree(folder)


def test_a_wide_row_is_its_number_and_its_cells():
    row = WideRow(3, {"amount": (3, "2027"), "span": (3, "2027")})
    assert (row, f"{row}", str(row), row + 1) == (3, "3 (2027)", "3 (2027)", 4)
    again = pickle.loads(pickle.dumps(row))
    assert (again, again.cells) == (3, row.cells)
    log = FaultLog()
    log.add(Fault("limits.csv", "is odd", "Look at it.", row, "amount", "1"))
    log.add(Fault("limits.csv", "is odd", "Look at it.", row, "limit", "1"))
    assert [str(fault) for fault in log.faults] == [
        "limits.csv row 3, 2027 = 1: is odd. Look at it.", "limits.csv row 3, limit = 1: is odd. Look at it.",
    ]  # fmt: skip


def test_a_plan_cites_the_cells_of_a_wide_sheet(tmp_path):
    demand = "workload,2027,2028\nchat,8.64,8.64\n"
    read = read_case(write_tiny(tmp_path / "case", demand=demand))
    assert [read.cite("demand", at) for at in range(2)] == ["demand.csv row 2 (2027)", "demand.csv row 2 (2028)"]
    run = make_plan(tmp_path / "case", Request(output=tmp_path / "run"), NoProgress())
    assert "2 (2028)" in (run.folder / "report.html").read_text(encoding="utf-8")


def test_template_and_conversion_lay_sheets_out_alike():
    form = template_form()
    for table in SERIES:
        sheet = form.sheet(table)
        assert widened(sheet) is not None
        assert across_of_template(sheet).name == table
