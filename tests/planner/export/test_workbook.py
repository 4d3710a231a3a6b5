"""The workbook of a plan: every row of the plan is there, formulas are plain and live, text stays text."""

import dataclasses
import functools
import io
import re
import tempfile
import zipfile
from pathlib import Path

import formualizer
import openpyxl
import pytest
from openpyxl.utils import column_index_from_string, get_column_letter

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.plan_documents import plan_workbook
from planner.results.loaded_run import read_run
from tests.planner.tiny import INPUTS, fleetplan, write_tiny

FUNCTIONS = {
    "SUM",
    "SUMIFS",
    "SUMPRODUCT",
    "INDEX",
    "MATCH",
    "IF",
    "ABS",
    "MAX",
    "MIN",
    "AND",
    "ROUND",
    "TEXT",
    "EXACT",
}
PERIODS = ("Plan", "Orders", "Arrivals", "Fleet", "Active & Power", "Service", "Tape-outs and deals", "Cash")
OVER_TIME = (*PERIODS, "Budgets and limits")
TOP, LABEL, TOTAL, FIRST = 7, 1, 3, 5
HOME = tempfile.TemporaryDirectory()

# Six quarters and two of lookahead, a lease, a budget by the year that carries over, and a limit by the half-year.
QUARTERS = {
    "plan": 'schema_version = 1\nname = "quarters"\ncurrency_basis = "nominal"\nstart = "2027Q3"\nperiod = "quarter"\n'
    "periods = 6\nlookahead_periods = 2\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.000001\ntime_limit_s = 30\n",
    "demand": "workload,period,queries_per_day_million\nchat,2027,8.64\nchat,2028,17.28\nchat,2029,12.96\n",
    "offers": "offer,accelerator,kind,lot_size,lead_time_months,term_months\n"
    "chip_list,chip,buy,4,3,\nchip_lease,chip,lease,,0,6\n",
    "prices": "offer,period,unit_price_usd\nchip_list,2027,100000\nchip_lease,2027,45000\n",
    "budgets": "budget,categories,span,amount_musd,carry_over\n"
    "compute,all,2027H2,2,yes\ncompute,all,2028,4,no\ncompute,all,2029H1,,no\nmachines,hardware,2027H2..2029Q2,9,no\n"
    "leases,lease,2027H2,3,yes\nleases,lease,2028,,yes\nleases,lease,2029H1,3,no\n",
    "limits": "limit,span,amount,unit\nchips,2027H2..2028Q2,16,chips\nchips,2028H2..2029Q2,,chips\n",
    "limit_use": "limit,offer,use_per_unit\nchips,chip_list,1\n",
    "opening_fleet": "accelerator,site,units,in_service_since\nchip,home,6,2026\n",
}


@functools.cache
def planned(name):
    """The folder of a plan: of a case in `inputs`, or of the tiny ones."""
    run = Path(HOME.name) / f"run-{name}"
    case = INPUTS / name
    if name in ("tiny", "quarters"):
        case = write_tiny(Path(HOME.name) / name, **(QUARTERS if name == "quarters" else {}))
    # The plan need not be the best one: any plan must come out right.
    done = fleetplan("plan", case, "-o", run, "--gap", "0.05", cwd=HOME.name, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return run


@functools.cache
def loaded(name):
    return read_run(planned(name))


@functools.cache
def written(name):
    return plan_workbook(loaded(name))


def opened(data, *, values=False):
    return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


@functools.cache
def formulas(data):
    """Every formula by sheet and cell."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(data)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


@functools.cache
def blocks(data, name):
    """The rows of a sheet by section and label: (constant or total, values over time)."""
    found, section = {}, ""
    for row in opened(data, values=True)[name].iter_rows(min_row=TOP):
        label = row[0].value
        if label is None:
            continue
        if row[0].font.bold and row[0].fill.fgColor.rgb == "FFDCE6F1":
            section = label
        else:
            found.setdefault((section, label), []).append((row[2].value, [cell.value for cell in row[4:]]))
    return found


def line(data, sheet, section, label):
    (only,) = blocks(data, sheet)[section, label]
    return only


CASES = ("tiny", "quarters", "make-or-buy-2023")


@pytest.mark.parametrize("name", CASES)
def test_all_checks_hold_and_every_sheet_says_so(name):
    book = opened(written(name), values=True)
    assert {sheet["A3"].value for sheet in book} == {"All checks hold"}
    verdicts = [row[6] for row in book["Checks"].iter_rows(min_row=TOP, values_only=True) if row[6] is not None]
    assert len(verdicts) > 10
    assert set(verdicts) == {1}


@pytest.mark.parametrize("name", CASES)
def test_the_net_present_cost_is_that_of_the_solver_and_of_the_ledger(name):
    objective = loaded(name).manifest["objective_musd"]
    total, _ = line(written(name), "Cash", "Discounting", "Net present cost")
    assert total == pytest.approx(objective, rel=1e-6)
    ledger = sum(row["discounted_musd"] for row in loaded(name).records("costs"))
    assert total == pytest.approx(ledger, rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_formulas_use_plain_functions_and_no_constants_or_names(name):
    found = formulas(written(name))
    assert len(found) > 200
    for place, formula in found.items():
        bare = re.sub(r'"[^"]*"', "", formula)
        used = set(re.findall(r"([A-Z][A-Z.]*)\(", bare))
        assert used <= FUNCTIONS, (place, formula)
        rest = re.sub(r"'[^']+'!|[A-Za-z]+!", "", bare)
        rest = re.sub(r"[A-Z][A-Z.]*\(", "(", rest)
        rest = re.sub(r"\$?[A-Z]{1,3}\$?[0-9]+", "", rest)
        assert not re.search(r"[A-Za-z_\[#]", rest), (place, formula)
        assert set(re.findall(r"[0-9.]+", rest)) <= {"0", "1"}, (place, formula)


@pytest.mark.parametrize("name", CASES)
def test_each_row_holds_one_formula_copied_across(name):
    rows = {}
    for (sheet, place), formula in formulas(written(name)).items():
        letters, number = re.fullmatch(r"([A-Z]+)([0-9]+)", place).groups()
        column = column_index_from_string(letters)
        if sheet in (*OVER_TIME, "Years") and column >= FIRST:
            rows.setdefault((sheet, number), set()).add(relative(formula, column))
    assert len(rows) > 40
    assert {place: shapes for place, shapes in rows.items() if len(shapes) > 1} == {}


def relative(formula, column):
    """The formula with its relative columns as distances from its own."""
    return re.sub(
        r"(?<![A-Z$'])([A-Z]{1,3})(?=\$?[0-9])",
        lambda found: f"[{column_index_from_string(found[1]) - column}]",
        formula,
    )


@pytest.mark.parametrize("name", CASES)
def test_no_formula_is_without_its_value(name):
    with zipfile.ZipFile(io.BytesIO(written(name))) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/sheet")]
        cells = [
            cell
            for part in sheets
            for cell in re.findall(r"(<c [^>]*>.*?)</c>", parts.read(part).decode())
            if "<f>" in cell
        ]
    assert len(cells) == len(formulas(written(name)))
    assert [cell for cell in cells if not re.search(r't="str".*</f><v></v>|</f><v>[^<]+</v>', cell)] == []


def test_the_same_plan_gives_the_same_bytes():
    assert plan_workbook(loaded("tiny")) == plan_workbook(read_run(planned("tiny")))


@pytest.mark.parametrize("name", CASES)
def test_every_input_row_is_on_assumptions_with_its_file_and_row(name):
    case = loaded(name)
    sheet = opened(written(name), values=True)["Assumptions"]
    cited = [row for row in sheet.iter_rows(min_row=TOP) if re.fullmatch(r".*\.csv row [0-9]+", row[1].value or "")]
    for table, numbers in case.read.rows.items():
        places = [f"{table}.csv row {number}" for number in numbers]
        found = [row for row in cited if row[1].value in places]
        assert {row[1].value for row in found} == set(places)
        first = {}
        for row in found:
            first.setdefault(row[1].value, row)
        for place, given in zip(places, getattr(case.case, table), strict=True):
            assert ((first[place][2].value or ""), (first[place][3].value or "")) == (given.source, given.note)
        told = {}
        for row in found:
            told.setdefault(row[1].value, []).extend(cell.value for cell in row[4:])
        given_rows = getattr(case.case, table)
        usual = {entry.name: entry.default for entry in dataclasses.fields(TABLES[table])}
        columns = columns_of(TABLES[table])
        left_out = {
            name
            for name, facts in columns.items()
            if facts.is_rare and all(getattr(row, name) == usual[name] for row in given_rows)
        }
        for place, given in zip(places, given_rows, strict=True):
            numbers_given = [
                value
                for field, value in vars(given).items()
                if field not in ("note", "source", *left_out)
                and isinstance(value, int | float)
                and not isinstance(value, bool)
            ]
            assert [value for value in told[place] if isinstance(value, int | float)] == numbers_given


def held(row):
    return row[
        "accelerator"
    ], f"{row['site']}, since {row['vintage']}{', leased' if row['holding'] == 'leased' else ''}"


# Where each row of a result table stands: its sheet, its section and label, and the column that is shown.
ROWS = {
    "arrivals": ("Arrivals", lambda row: (row["offer"], row["site"]), "units"),
    "fleet": ("Fleet", held, "units"),
    "active": ("Active & Power", lambda row: (row["site"], row["accelerator"]), "units"),
    "power": ("Active & Power", lambda row: (row["site"], "Power drawn, by the plan"), "drawn_mw"),
    "assignments": ("Service", lambda row: (row["workload"], f"{row['accelerator']} at {row['site']}"), "qps"),
    "service": ("Service", lambda row: (row["workload"], "Demand"), "demand_qps"),
    "costs": ("Cash", lambda row: (row["category"], row["line"]), "musd"),
    "orders": (
        "Orders",
        lambda row: ("Price of a unit at its order, before volume discounts", row["offer"]),
        "unit_price_usd",
    ),
    "period_figures": ("Cash", lambda _: ("The plan", "Cash, by the plan"), "cash_musd"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("table", ROWS)
def test_every_row_of_a_result_table_is_in_one_cell(name, table):
    sheet, place, column = ROWS[table]
    case = loaded(name)
    found = {
        (section.partition(" (one is")[0], label): rows
        for (section, label), rows in blocks(written(name), sheet).items()
    }
    found |= {("The plan", label): rows for (_, label), rows in found.items() if label == "Cash, by the plan"}
    used = set()
    rows = [row for row in case.records(table) if row["period"] != "end"]
    assert rows
    for row in rows:
        ((_, values),) = found[place(row)]
        period = case.calendar.labels.index(row["period"])
        assert values[period] == pytest.approx(row[column], rel=1e-12)
        used.add((place(row), period))
    assert len(used) == len(rows)
    if table != "period_figures":
        filled = {place for place, _ in used}
        cells = sum(value is not None for key in filled for value in found[key][0][1])
        assert cells == len(rows)


@pytest.mark.parametrize("name", CASES)
def test_every_value_left_is_told(name):
    rows = [row for row in loaded(name).records("costs") if row["period"] == "end"]
    for row in rows:
        total, _ = line(written(name), "Cash", "Value left at the end of the horizon", row["line"])
        assert total == pytest.approx(row["musd"], rel=1e-12)


def test_moves_budgets_limits_and_figures_are_all_told():
    for name in CASES:
        data, case = written(name), loaded(name)
        deals = blocks(data, "Tape-outs and deals")
        for section, table, label in (
            ("Chip programmes", "tape_outs", lambda row: f"{row['programme']} by {row['route']}"),
            ("Acquisitions", "acquisitions", lambda row: row["acquisition"]),
            ("Supply agreements", "agreements", lambda row: row["agreement"]),
        ):
            for row in case.records(table):
                assert (section, label(row)) in deals
        for row in case.records("expansions"):
            _, modules = deals[f"{row['expansion']} at {row['site']}", "Modules ordered (decision)"][0]
            assert modules[case.calendar.labels.index(row["period"])] == row["modules"]
        limits = blocks(data, "Budgets and limits")
        for table, kind, amount, slack in (
            ("budgets", "Budget", "amount_musd", "slack_musd"),
            ("limits", "Limit", "supply", "slack"),
        ):
            for row in case.records(table):
                section = f"{kind} {row[kind.lower()]}"
                if row[amount] is None:
                    continue
                ((_, told),) = limits[section, "Slack, by the plan"]
                assert any(value == pytest.approx(row[slack], abs=1e-9) for value in told if value is not None)
        checks = blocks(data, "Checks")
        for row in case.records("key_figures"):
            assert checks["What the plan came with", row["name"]][0][0] == pytest.approx(row["value"])


def test_a_changed_order_moves_totals_and_the_flag():
    data = written("tiny")
    book = formualizer.load_workbook_bytes(data)
    row = row_of(data, "Orders", "Lots ordered (decisions of the plan)", "chip_list")
    total = row_of(data, "Orders", "Value of the orders at list prices", "All orders")
    due = row_of(data, "Arrivals", "chip_list", "Due from orders")
    before = [book.evaluate_cell("Orders", total, TOTAL), book.evaluate_cell("Arrivals", due, FIRST)]
    assert before == pytest.approx([1.2, 12.0])
    assert book.evaluate_cell("Summary", 3, 1) == "All checks hold"
    book.set_value("Orders", row, FIRST, 5.0)
    after = [book.evaluate_cell("Orders", total, TOTAL), book.evaluate_cell("Arrivals", due, FIRST)]
    assert after == pytest.approx([2.0, 20.0])
    assert book.evaluate_cell("Summary", 3, 1).startswith("A CHECK FAILS")


def test_a_changed_cost_line_moves_cash_slack_and_net_present_cost():
    data = written("tiny")
    book = formualizer.load_workbook_bytes(data)
    row = row_of(data, "Cash", "hardware", "units chip_list")
    cash = row_of(data, "Cash", "Cash", "Cash")
    npc = row_of(data, "Cash", "Discounting", "Net present cost")
    slack = row_of(data, "Budgets and limits", "Budget compute", "Slack")
    places = [("Cash", cash, TOTAL), ("Cash", npc, TOTAL), ("Budgets and limits", slack, FIRST)]
    before = [book.evaluate_cell(*place) for place in places]
    book.set_value("Cash", row, FIRST, 2.2)
    moved = [book.evaluate_cell(*place) - old for place, old in zip(places, before, strict=True)]
    assert moved == pytest.approx([1.0, 1.1**-0.5, -1.0])
    assert book.evaluate_cell("About", 3, 1).startswith("A CHECK FAILS")


def test_a_changed_discount_rate_on_assumptions_reaches_the_net_present_cost():
    data = written("tiny")
    book = formualizer.load_workbook_bytes(data)
    rate = row_of(data, "Assumptions", "plan", "discount_rate")
    npc = row_of(data, "Cash", "Discounting", "Net present cost")
    before = book.evaluate_cell("Cash", npc, TOTAL)
    book.set_value("Assumptions", rate, FIRST, 0.0)
    cash, _ = line(data, "Cash", "Cash", "Cash")
    left, _ = line(data, "Cash", "Value left at the end of the horizon", "Value left")
    assert book.evaluate_cell("Cash", npc, TOTAL) == pytest.approx(cash + left)
    assert before != pytest.approx(cash + left)


def open_cells(data, kind):
    """The cells that can be overwritten, by the fill of inputs or by that of values of the plan."""
    return [
        (sheet.title, cell.row, cell.column, cell.value)
        for sheet in opened(data)
        for row in sheet.iter_rows()
        for cell in row
        # The legend shows a cell of each kind; nothing reads them.
        if not cell.protection.locked and sheet.title != "About"
        if (cell.fill.fgColor.rgb == "FFFFFBE0") == (kind == "input")
    ]


@pytest.mark.parametrize("name", ["tiny", "quarters"])
@pytest.mark.parametrize(("kind", "banner"), [("input", "Inputs changed: plan again"), ("plan", "A CHECK FAILS")])
def test_every_cell_that_is_overwritten_turns_the_banner(name, kind, banner):
    data = written(name)
    book = formualizer.load_workbook_bytes(data)
    cells = open_cells(data, kind)
    assert len(cells) > 50
    for sheet, row, column, value in cells[:: 1 if name == "tiny" else 7]:
        others = ("another", 0.0) if value is None else (value + (1e-6 if isinstance(value, int | float) else "s"),)
        for other in others:
            book.set_value(sheet, row, column, other)
            assert book.evaluate_cell("Cash", 3, 1).startswith(banner), (sheet, row, column, other)
        book.set_value(sheet, row, column, value)
        assert book.evaluate_cell("Cash", 3, 1) == "All checks hold", (sheet, row, column, value)


@pytest.mark.parametrize("sheet", ["Assumptions", "Orders"])
def test_an_edited_price_does_not_leave_cash_green(sheet):
    data = written("tiny")
    book = formualizer.load_workbook_bytes(data)
    row, column = next(
        (cell.row, cell.column)
        for line in opened(data)[sheet].iter_rows(min_col=FIRST)
        for cell in line
        if cell.value == 100000
    )
    book.set_value(sheet, row, column, 90000.0)
    for told in opened(data).sheetnames:
        assert book.evaluate_cell(told, 3, 1) != "All checks hold"


def row_of(data, sheet, section, label):
    """The number of the first row with a label in a section."""
    inside = False
    for row in opened(data)[sheet].iter_rows(min_row=5):
        if row[0].font.bold and row[0].fill.fgColor.rgb == "FFDCE6F1":
            inside = row[0].value == section
        elif inside and row[0].value == label:
            return row[0].row
    message = f"no {label} in {section} of {sheet}"
    raise AssertionError(message)


def test_lookahead_periods_are_shown_in_grey():
    sheet = opened(written("quarters"))["Cash"]
    labels = [cell.value for cell in sheet[4][FIRST - 1 :]]
    assert labels == list(loaded("quarters").calendar.labels)
    fills = [cell.fill.fgColor.rgb for cell in sheet[4][FIRST - 1 :]]
    assert fills == ["FF1F3864"] * 6 + ["FF7F7F7F"] * 2
    spent = row_of(written("quarters"), "Cash", "Cash", "Cash")
    assert [cell.fill.fgColor.rgb == "FFEDEDED" for cell in sheet[spent][FIRST - 1 :]] == [False] * 6 + [True] * 2


def test_short_periods_are_also_told_by_the_year():
    data = written("quarters")
    total, years = line(data, "Years", "Cash", "Cash")
    whole, periods = line(data, "Cash", "Cash", "Cash")
    assert len(years) == 3
    assert total == pytest.approx(whole)
    assert years[0] == pytest.approx(sum(periods[:2]))
    assert "Years" not in opened(written("tiny")).sheetnames


def test_a_rest_that_is_carried_over_is_left_for_the_next_span():
    _, left = line(written("quarters"), "Budgets and limits", "Budget compute", "Left after what is taken")
    rows = {row["span"]: row for row in loaded("quarters").records("budgets") if row["budget"] == "compute"}
    assert left[1] == pytest.approx(rows["2027H2"]["slack_musd"])
    assert left[5] == pytest.approx(rows["2028"]["slack_musd"])
    assert rows["2028"]["carried_musd"] > 0


def test_sheets_are_set_up_for_print_and_protected_without_a_password():
    for sheet in opened(written("make-or-buy-2023")):
        assert sheet.page_setup.orientation == "landscape"
        assert bool(sheet.print_area) == (sheet.sheet_state == "visible")
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert "make-or-buy-2023" in sheet.oddFooter.left.text
        if sheet.title in OVER_TIME:
            assert sheet.freeze_panes == f"{get_column_letter(FIRST)}{TOP}"
            assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.print_title_rows == "$4:$6"


def test_inputs_are_open_to_change_and_formulas_are_locked():
    book = opened(written("make-or-buy-2023"))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert cell.protection.locked, (sheet.title, cell.coordinate)
    lots = row_of(written("tiny"), "Orders", "Lots ordered (decisions of the plan)", "chip_list")
    assert not opened(written("tiny"))["Orders"].cell(lots, FIRST).protection.locked
