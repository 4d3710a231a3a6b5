"""Workbooks as people and programs write them: read to the same case, or refused by sheet and cell with the remedy."""

import re

import pytest

from planner.case import read_case
from planner.errors import CaseFaults
from tests.planner.case.workbooks import (
    MAIN,
    OFFICE,
    parts_of,
    sheet_xml,
    tiny_sheets,
    with_cell,
    xlsx,
    zipped,
)

DATE = '<c r="@" s="{}"><v>{}</v></c>'
FORMULA = '<c r="@"{}><f>1+1</f>{}</c>'


PARTS = {"book": "xl/workbook.xml", "relations": "xl/_rels/workbook.xml.rels", "types": "[Content_Types].xml"}


def changed(name, change):
    """The tiny case with the rows of one sheet changed."""
    sheets = tiny_sheets()
    sheets[name] = change(sheets[name])
    return sheets


def sheet_of(name, **more):
    """The tiny case by hand, one sheet with more XML around its rows."""
    return zipped(parts_of(**{name: sheet_xml(tiny_sheets()[name], **more)}))


def with_parts(**changes):
    """The tiny case by hand with parts changed, told by a short name or that of a sheet."""
    parts = parts_of()
    for name, change in changes.items():
        path = PARTS.get(name) or sheet_part(name)
        parts[path] = change(parts[path])
    return zipped(parts)


def sheet_part(name):
    return f"xl/worksheets/sheet{list(tiny_sheets()).index(name) + 1}.xml"


def prefixed(xml):
    """The same sheet with a prefix before every element, as some programs write."""
    return xml.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")


def shared_strings():
    """The tiny case with a name as a shared, formatted text with a reading beside it."""
    parts = parts_of()
    parts["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{MAIN}">'
        '<si><r><t>alpha</t></r><r><rPr><b/></rPr><t>_list</t></r><rPh sb="0" eb="1"><t>x</t></rPh>'
        "</si></sst>"
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="rIdT" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )
    part = sheet_part("prices")
    name = '<c r="A2" t="inlineStr"><is><t xml:space="preserve">alpha_list</t></is></c>'
    assert name in parts[part]
    parts[part] = parts[part].replace(name, '<c r="A2" t="s"><v>0</v></c>')
    return zipped(parts)


def with_remarks(rows):
    return [
        [*rows[0], "note", "source", "unit", "meaning"],
        ["# general"],
        *([*row, "a", "b", "c", "d"] for row in rows[1:]),
    ]


def hide(book, sheets):
    sheets["demand"].set_row(2, None, None, {"hidden": True})
    sheets["offers"].set_column(1, 2, None, None, {"hidden": True})
    sheets["budgets"].hide()


def far_formats(book, sheets):
    """Empty cells that have a format, far below and to the right."""
    sheets["prices"].write_blank(1_000_000, 200, None, book.add_format({"bold": True}))
    sheets["prices"].set_column(0, 16_383, 12, book.add_format({"italic": True}))


def chart(book, sheets):
    book.add_chartsheet("Chart1").set_chart(made := book.add_chart({"type": "line"}))
    made.add_series({"values": "=prices!$C$2:$C$4"})


SAME = {
    "as a library writes it": lambda: xlsx(),
    "by hand": lambda: zipped(parts_of()),
    "stored without compression": lambda: zipped(parts_of(), method=0),
    "with other sheets that are not read": lambda: xlsx(
        {**tiny_sheets(), "_mine": [["=1"]], "index": [["x"]], "help": [["y"]]}
    ),
    "with an empty sheet": lambda: xlsx({**tiny_sheets(), "Sheet1": []}),
    "with a chart of its own": lambda: xlsx(change=chart),
    "trailing formats": lambda: xlsx(change=far_formats),
    "trailing rows of spaces": lambda: xlsx(changed("prices", lambda rows: [*rows, [], [" ", "\u00a0"], []])),
    "an empty row inside": lambda: xlsx(changed("prices", lambda rows: [*rows[:2], [], *rows[2:]])),
    "an empty column inside": lambda: xlsx(
        changed("prices", lambda rows: [[*row[:1], None, *row[1:]] for row in rows])
    ),
    "an empty first column": lambda: xlsx(changed("prices", lambda rows: [[None, *row] for row in rows])),
    "rows above the header": lambda: xlsx(changed("prices", lambda rows: [[], ["# my prices"], [], *rows])),
    "comments": lambda: xlsx(changed("prices", lambda rows: [*rows[:2], ["# dearer", 5, "x"], ["#"], *rows[2:]])),
    "columns in another order": lambda: xlsx(changed("prices", lambda rows: [row[::-1] for row in rows])),
    "spaces around texts": lambda: with_cell("prices!A2", " alpha_list\u00a0"),
    "labels as numbers": lambda: with_cell("prices!B2", 2027),
    "labels as texts": lambda: with_cell("prices!B2", "2027"),
    "numbers as texts": lambda: with_cell("prices!C2", "30000"),
    "numbers as texts of another place": lambda: with_cell("prices!C2", "30.000,0"),
    "numbers as grouped texts": lambda: with_cell("prices!C2", "30 000"),
    "numbers with an exponent": lambda: with_cell("prices!C2", "<c r='@'><v>3E4</v></c>"),
    "numbers behind zeros": lambda: with_cell("prices!C2", "<c r='@'><v>30000.000</v></c>"),
    "formula with a value": lambda: with_cell("prices!C2", FORMULA.format("", "<v>30000</v>")),
    "formula with a text": lambda: with_cell("prices!A2", FORMULA.format(' t="str"', "<v>alpha_list</v>")),
    "formula with an empty text": lambda: with_cell("offers!G2", FORMULA.format(' t="str"', "<v></v>")),
    "truth as a text": lambda: with_cell("budgets!E2", "no"),
    "truth as a number": lambda: with_cell("budgets!E2", 0),
    "first day of a month as a date": lambda: with_cell("prices!B2", DATE.format(1, 46388)),
    "first day of a month as an ISO date": lambda: with_cell(
        "prices!B2", '<c r="@" t="d"><v>2027-01-01T00:00:00</v></c>'
    ),
    "days counted from 1904": lambda: zipped(
        parts_of()
        | {"xl/workbook.xml": parts_of()["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')}
        | {
            sheet_part("prices"): sheet_xml(
                [
                    *tiny_sheets()["prices"][:1],
                    ["alpha_list", DATE.format(4, 44926), 30000.0],
                    *tiny_sheets()["prices"][2:],
                ]
            )
        }
    ),
    "money formats are no dates": lambda: with_cell("prices!C2", DATE.format(3, 30000)),
    "a million declared columns": lambda: sheet_of(
        "prices", before='<dimension ref="A1:BDWGN1048576"/><cols><col min="1" max="1000000"/></cols>'
    ),
    "elements with a prefix": lambda: with_parts(offers=prefixed),
    "strict namespaces": lambda: with_parts(
        offers=lambda xml: xml.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
    ),
    "cells without references": lambda: with_parts(prices=lambda xml: re.sub(r' r="[A-Z]*[0-9]+"', "", xml)),
    "shared and formatted texts": shared_strings,
    "settings as texts": lambda: with_cell("plan!B7", "3"),
    "settings with remarks": lambda: xlsx(changed("plan", with_remarks)),
    "settings of the solver": lambda: xlsx(
        changed("plan", lambda rows: [*rows, ["solver.gap", 0.001], ["solver.seed", 0], ["solver.threads", None]])
    ),
    "start as a number": lambda: with_cell("plan!B5", 2027),
    "start as a date": lambda: with_cell("plan!B5", DATE.format(1, 46388)),
    "merged comment": lambda: xlsx(
        changed("prices", lambda rows: [*rows, ["# a long remark"]]),
        change=lambda book, made: made["prices"].merge_range(4, 0, 4, 2, "# a long remark"),
    ),
}
MONTHS = {
    "first day of a month as a date",
    "first day of a month as an ISO date",
    "days counted from 1904",
    "start as a date",
}


def read(tmp_path, data, name="case.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_case(path)


def faults(tmp_path, data, name="case.xlsx"):
    with pytest.raises(CaseFaults) as caught:
        read(tmp_path, data, name)
    return [fault.text for fault in caught.value.faults]


@pytest.mark.parametrize("name", SAME)
def test_workbook_reads_to_the_same_case(tmp_path, tiny, name):
    found, expected = read(tmp_path, SAME[name]()), tiny.read()
    if name in MONTHS:
        assert [*found.case.prices, found.case.settings.start].count("2027-01") + sum(
            price.period == "2027-01" for price in found.case.prices
        ) == 1
        return
    assert found.case == expected.case
    assert found.case_hash == expected.case_hash
    assert found.warnings == ()
    assert found.row_counts["prices"] == (3, 0)


ASIDE = "Name it _{} to keep it without its being read."
UNMERGE = "Unmerge them, and write the value in every cell."
REFUSED = {
    "error cell": (
        lambda: with_cell("prices!C2", '<c r="@" t="e"><v>#REF!</v></c>'),
        "prices!C2, unit_price_usd = #REF!: is an error of the spreadsheet. "
        "Correct the formula and save the workbook again.",
    ),
    "error of a formula": (
        lambda: with_cell("prices!C2", FORMULA.format(' t="e"', "<v>#DIV/0!</v>")),
        "prices!C2, unit_price_usd = #DIV/0!: is an error of the spreadsheet. "
        "Correct the formula and save the workbook again.",
    ),
    "error in a remark": (
        lambda: with_cell("workloads!F2", '<c r="@" t="e"><v>#N/A</v></c>'),
        "workloads!F2, note = #N/A: is an error of the spreadsheet. Correct the formula and save the workbook again.",
    ),
    "formula without a value": (
        lambda: with_cell("prices!C2", FORMULA.format("", "")),
        "prices!C2, unit_price_usd: is a formula without a stored value. "
        "Open the workbook in a spreadsheet program, let it calculate and save it, or write the value itself.",
    ),
    "formula with an empty value": (
        lambda: with_cell("prices!C2", FORMULA.format("", "<v></v>")),
        "prices!C2, unit_price_usd: is a formula without a stored value. "
        "Open the workbook in a spreadsheet program, let it calculate and save it, or write the value itself.",
    ),
    "number out of bounds": (
        lambda: with_cell("offers!D2", 2.5),
        "offers!D2, lot_size = 2.5: must be a whole number of at least 1. Use 2 or 3.",
    ),
    "number of three digits after the point": (
        lambda: with_cell("offers!D2", 2.125),
        "offers!D2, lot_size = 2.1250: must be a whole number of at least 1. Use 2 or 3.",
    ),
    "text of two readings": (
        lambda: with_cell("prices!C2", "30.000"),
        "prices!C2, unit_price_usd = 30.000: can be read as 30.000 or as 30000. "
        "Write 30.000 or 30000 as a number and not as a text.",
    ),
    "word for a number": (
        lambda: with_cell("prices!C2", "cheap"),
        "prices!C2, unit_price_usd = cheap: must be a number. Write the number in USD alone.",
    ),
    "truth for a number": (
        lambda: with_cell("prices!C2", True),
        "prices!C2, unit_price_usd = TRUE: is a Boolean value and not a number. Write the number.",
    ),
    "date for a number": (
        lambda: with_cell("prices!C2", DATE.format(1, 30000)),
        "prices!C2, unit_price_usd = 1982-02-18: is a date and not a number. "
        "Format the cell as a number, and enter it again.",
    ),
    "date within a month": (
        lambda: with_cell("prices!B2", DATE.format(1, 46390)),
        "prices!B2, period = 2027-01-03: is a date and not a period label. "
        "Use 2027-01 or another label, and format the column as text.",
    ),
    "time of a day": (
        lambda: with_cell("prices!B2", DATE.format(1, 46388.5)),
        "prices!B2, period = 2027-01-01T12:00:00: is a date and not a period label. "
        "Use 2027-01 or another label, and format the column as text.",
    ),
    "date for a span": (
        lambda: with_cell("budgets!C2", DATE.format(1, 46388)),
        "budgets!C2, span = 2027-01-01: is a date and not a span of time. "
        "Use 2027-01 or another label, and format the column as text.",
    ),
    "date for a name": (
        lambda: with_cell("offers!A2", DATE.format(1, 46388)),
        "offers!A2, offer = 2027-01-01: is a date and not a name. Format the column as text, and enter it again.",
    ),
    "date beyond the calendar": (
        lambda: with_cell("prices!B2", DATE.format(1, 99999999)),
        "prices!B2, period = 99999999: is formatted as a date but is not one. Format the cell as a number.",
    ),
    "negative date": (
        lambda: with_cell("prices!B2", DATE.format(1, -5)),
        "prices!B2, period = -5: is formatted as a date but is not one. Format the cell as a number.",
    ),
    "serial number for a label": (
        lambda: with_cell("prices!B2", 46388),
        "prices!B2, period = 46388: is the serial number of a date (2027-01-01). "
        "Use 2027-01 or another label, and format the column as text.",
    ),
    "half a year for a label": (
        lambda: with_cell("prices!B2", 2027.5),
        "prices!B2, period = 2027.5: must be a period label: a year 2027, a half 2027H1, a quarter 2027Q3 or "
        "a month 2027-07. Use 2027-05.",
    ),
    "name of sixteen digits": (
        lambda: with_cell("offers!A2", 1234567890123456),
        "offers!A2, offer = 1234567890123456.0: is a number of more than 15 digits, of which a spreadsheet keeps 15. "
        "Format the column as text, and enter it again.",
    ),
    "number that is none": (
        lambda: with_cell("prices!C2", "<c r='@'><v>3O</v></c>"),
        "prices!C2, unit_price_usd = 3O: is stored as a number but is not one. Enter it again.",
    ),
    "infinite number": (
        lambda: with_cell("prices!C2", "<c r='@'><v>1e400</v></c>"),
        "prices!C2, unit_price_usd = 1e400: must be a finite number. Write the number alone.",
    ),
    "blank where a value is needed": (
        lambda: with_cell("prices!C2", None),
        "prices!C2, unit_price_usd = (blank): a value is needed. Enter: price of a unit (lease: per year), USD.",
    ),
    "unknown name": (
        lambda: with_cell("prices!A2", "alpha_lst"),
        "prices!A2, offer = alpha_lst: is not a name in the sheet offers. Did you mean alpha_list?",
    ),
    "duplicate key": (
        lambda: with_cell("prices!B3", "2027"),
        "prices!A3, offer, period = alpha_list, 2027: row 2 has the same offer and period. "
        "Delete one of the two, or change its key.",
    ),
    "merged records": (
        lambda: sheet_of("prices", after='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'),
        f"prices!A2: the cells A2:A3 are merged, and only the first of them holds a value. {UNMERGE}",
    ),
    "merged header": (
        lambda: sheet_of("prices", after='<mergeCells><mergeCell ref="B1:C1"/></mergeCells>'),
        f"prices!B1: the cells B1:C1 are merged, and only the first of them holds a value. {UNMERGE}",
    ),
    "header twice": (
        lambda: xlsx(changed("prices", lambda rows: [*rows, rows[0]])),
        "prices!A5: the header is repeated here. Delete the row.",
    ),
    "column twice": (
        lambda: xlsx(changed("prices", lambda rows: [[*rows[0], "offer"], *rows[1:]])),
        "prices!D1, offer: the column appears in the header twice. Delete one of the two; the other is column A.",
    ),
    "column renamed": (
        lambda: with_cell("offers!D1", "lotsize"),
        "offers!D1, lotsize: is not a column of this table. Did you mean lot_size?",
    ),
    "column missing": (
        lambda: xlsx(changed("prices", lambda rows: [row[:2] for row in rows])),
        "prices, unit_price_usd: the column is missing (price of a unit (lease: per year)). "
        "Add it to the header in row 1.",
    ),
    "column without a name": (
        lambda: with_cell("prices!E3", "x"),
        "prices!E3, x: column E has cells and no name in the header. Name the column, or clear it.",
    ),
    "header of an error": (
        lambda: with_cell("prices!D1", '<c r="@" t="e"><v>#NAME?</v></c>'),
        "prices!D1, #NAME?: is an error of the spreadsheet. Correct the formula and save the workbook again.",
    ),
    "title above the header": (
        lambda: xlsx(changed("prices", lambda rows: [["My prices"], *rows])),
        "prices!A1, My prices: stands above the header, which is row 2. "
        "Delete it, or begin it with '# ' to keep it as a remark.",
    ),
    "empty table": (
        lambda: xlsx({**tiny_sheets(), "prices": []}),
        "prices: the sheet is empty. Write the header in row 1: offer, period, unit_price_usd.",
    ),
    "header alone": (
        lambda: xlsx(changed("workloads", lambda rows: rows[:1])),
        "workloads: the table has no rows. Write at least one workload.",
    ),
    "sheet missing": (
        lambda: xlsx({name: rows for name, rows in tiny_sheets().items() if name != "prices"}),
        "prices: the table is missing. Write it with the columns offer, period, unit_price_usd, "
        "or begin with `fleetplan template`.",
    ),
    "sheet renamed": (
        lambda: xlsx({("ofers" if name == "offers" else name): rows for name, rows in tiny_sheets().items()}),
        f"ofers: is not a sheet of a case. Did you mean offers? {ASIDE.format('ofers')}",
    ),
    "sheet in another case": (
        lambda: xlsx({("Offers" if name == "offers" else name): rows for name, rows in tiny_sheets().items()}),
        f"Offers: is not a sheet of a case. Did you mean offers? {ASIDE.format('Offers')}",
    ),
    "sheet more": (
        lambda: xlsx({**tiny_sheets(), "Zebra": [["a"]]}),
        f"Zebra: is not a sheet of a case. {ASIDE.format('Zebra')}",
    ),
    "chart for a table": (
        lambda: with_parts(
            relations=lambda xml: xml.replace(
                '/worksheet" Target="worksheets/sheet5', '/chartsheet" Target="worksheets/sheet5'
            )
        ),
        "throughput: is a chart or dialog and holds no cells. "
        "Write the table on a sheet of this name, and name the other _throughput.",
    ),
    "charts alone": (
        lambda: xlsx({"data": []}, change=chart_alone),
        "case.xlsx: holds no sheet of a case. "
        "Begin with `fleetplan template case.xlsx`, or name the sheets as the tables are named.",
    ),
    "totals at the end": (
        lambda: xlsx(changed("prices", lambda rows: [*rows, ["Total", None, 67000]])),
        "prices!A5, offer = Total: looks like a row of totals. Delete the row, or choose another name.",
    ),
    "transposed": (
        lambda: xlsx(changed("prices", lambda rows: [list(column) for column in zip(*rows, strict=True)])),
        "prices!B1, alpha_list: is not a column of this table. "
        "The columns are offer, period, unit_price_usd, note, source.",
    ),
    "cell too long": (
        lambda: with_cell("workloads!F2", "n" * 40_000),
        f"workloads!F2, note = {'n' * 35}…{'n' * 24}: has 40,000 characters. Shorten it to at most 32,767.",
    ),
    "cell in column 600": (
        lambda: with_cell("prices!WB2", "x"),
        "prices: row 2 has a cell in column WB. Remove what is not a column of the table (at most 500).",
    ),
    "no settings": (
        lambda: xlsx({name: rows for name, rows in tiny_sheets().items() if name != "plan"}),
        "plan: the sheet is missing. Write one, or begin with `fleetplan template`.",
    ),
    "settings empty": (
        lambda: xlsx({**tiny_sheets(), "plan": []}),
        "plan: the sheet is empty. Write the header setting and value in row 1.",
    ),
    "settings without a header": (
        lambda: xlsx(changed("plan", lambda rows: rows[1:])),
        "plan!A1, schema_version: is not a column of this sheet. "
        "The columns are setting, value, note, source, unit, meaning.",
    ),
    "setting unknown": (
        lambda: xlsx(changed("plan", lambda rows: [*rows, ["discountrate", 1]])),
        "plan!B9, discountrate: is not a setting. Did you mean discount_rate?",
    ),
    "setting missing": (
        lambda: xlsx(changed("plan", lambda rows: rows[:-1])),
        "plan, discount_rate: the setting is missing (yearly discount rate). Add discount_rate = 0.08.",
    ),
    "setting twice": (
        lambda: xlsx(changed("plan", lambda rows: [*rows, ["periods", 4]])),
        "plan!A9, periods: is repeated here. Delete it: see B7.",
    ),
    "setting out of bounds": (
        lambda: with_cell("plan!B8", 8),
        "plan!B8, discount_rate = 8.0: must be a number above -1 and at most 1. Use 0.08 for 8 %.",
    ),
    "setting of a word": (
        lambda: with_cell("plan!B7", "some"),
        "plan!B7, periods = some: must be a whole number from 1 to 1,200. Write the number alone.",
    ),
    "setting of an error": (
        lambda: with_cell("plan!B4", '<c r="@" t="e"><v>#N/A</v></c>'),
        "plan!B4, currency_basis = #N/A: is an error of the spreadsheet. "
        "Correct the formula and save the workbook again.",
    ),
    "setting without a name": (
        lambda: with_cell("plan!B9", 5),
        "plan!B9: there is a value without a setting. Name the setting, or clear it.",
    ),
    "setting merged": (
        lambda: sheet_of("plan", after='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'),
        "plan!B2: the cells B2:B3 are merged, and only the first of them holds a value. Unmerge them.",
    ),
}


def chart_alone(book, sheets):
    made = book.add_chart({"type": "line"})
    made.add_series({"values": "=data!$C$2:$C$4"})
    book.add_chartsheet("Chart1").set_chart(made)


@pytest.mark.parametrize("name", REFUSED)
def test_workbook_is_refused_with_its_remedy(tmp_path, name):
    make, expected = REFUSED[name]
    found = faults(tmp_path, make())
    assert expected in found
    for text in found:
        assert text.endswith((".", "?"))
        assert ".csv" not in text
        assert "plan.toml" not in text


def test_more_than_fifty_malformed_workbooks_are_refused():
    assert len(REFUSED) >= 50


def test_hidden_rows_columns_and_sheets_are_read_with_a_warning(tmp_path, tiny):
    found = read(tmp_path, xlsx(change=hide))
    assert found.case == tiny.read().case
    assert [warning.text for warning in found.warnings] == [
        "budgets: the sheet is hidden and is read like the others. Show them, or delete what the plan must not count.",
        "demand: holds 1 hidden rows (3), which are read like the others. "
        "Show them, or delete what the plan must not count.",
        "offers: holds hidden columns (B, C), which are read like the others. "
        "Show them, or delete what the plan must not count.",
    ]


def test_names_that_look_like_numbers_stay_as_they_are_shown(tmp_path):
    sheets = tiny_sheets()
    sheets["sites"][1][0] = "00123"
    sheets["offers"][2][8] = '<c r="@" s="2"><v>123</v></c>'
    sheets["workloads"][1][5] = 5
    case = read(tmp_path, zipped(parts_of(sheets))).case
    assert (case.sites[0].site, case.offers[1].sites, case.workloads[0].note) == ("00123", ("00123",), "5")


@pytest.mark.parametrize("name", ["1E5", "MAR1", "TRUE", "2027", "-5", "1.234", "NA", "007", "1/2"])
def test_text_that_looks_like_something_else_stays_text(tmp_path, name):
    sheets = tiny_sheets()
    sheets["sites"][1][0] = sheets["offers"][2][8] = sheets["workloads"][1][5] = name
    case = read(tmp_path, xlsx(sheets)).case
    assert (case.sites[0].site, case.offers[1].sites, case.workloads[0].note) == (name, (name,), name)


def test_rows_are_cited_and_counted_by_sheet(tmp_path):
    data = xlsx(changed("prices", lambda rows: [["# first"], [], *rows[:2], ["# more"], *rows[2:]]))
    found = read(tmp_path, data)
    assert found.rows["prices"] == (4, 6, 7)
    assert found.cite("prices", 2) == "prices row 7"
    assert sum(read_rows for read_rows, _ in found.row_counts.values()) == sum(
        len(rows) - 1 for name, rows in tiny_sheets().items() if name != "plan"
    )


def test_refused_rows_are_counted(tmp_path):
    sheets = changed("prices", lambda rows: [*rows, ["alpha_list", "2029", "x"], rows[0], ["beta_lease", None, 4]])
    with pytest.raises(CaseFaults) as caught:
        read(tmp_path, xlsx(sheets))
    assert caught.value.row_counts["prices"] == (3, 3)


def test_all_faults_are_raised_at_once(tmp_path):
    sheets = tiny_sheets()
    sheets["offers"][1][3] = 2.5
    sheets["offers"][2][1] = "gamma"
    sheets["sites"][1][2] = 0.5
    sheets["plan"][-1][1] = 8
    assert [text.split(",")[0] for text in faults(tmp_path, xlsx(sheets))] == [
        "offers!D2", "offers!B3", "plan!B8", "sites!C2",
    ]  # fmt: skip


def test_many_alike_are_printed_as_five_and_a_count(tmp_path):
    sheets = tiny_sheets() | {"demand": [tiny_sheets()["demand"][0], *[["chat", "soon", 1]] * 400]}
    with pytest.raises(CaseFaults) as caught:
        read(tmp_path, xlsx(sheets))
    lines = caught.value.lines
    assert len(lines) == 7
    assert lines[1].startswith("demand!B2, period = soon: must be a period label")
    assert lines[6] == "demand, period: 195 more of the same kind, with the same remedy."


def test_bytes_and_hash_of_the_file_are_kept(tmp_path):
    data = xlsx()
    file = read(tmp_path, data).files[0]
    assert (file.name, file.data, file.encoding) == ("case.xlsx", data, "xlsx")


def test_a_folder_with_one_workbook_is_that_workbook(tmp_path, tiny):
    read(tmp_path, xlsx(), "some case.xlsx")
    (tmp_path / "~$some case.xlsx").write_bytes(b"a lock of the spreadsheet program")
    assert read_case(tmp_path).case == tiny.read().case


def test_a_folder_with_two_workbooks_is_refused(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        (tmp_path / name).write_bytes(xlsx())
    with pytest.raises(CaseFaults, match=r"holds 2 workbooks \(a.xlsx, b.xlsx\)\. Name one of them"):
        read_case(tmp_path)


def test_a_workbook_beside_the_tables_of_a_folder_is_not_read(tiny):
    (tiny.folder / "copy.xlsx").write_bytes(b"anything")
    assert tiny.findings() == []


def test_a_workbook_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "none.xlsx")
    assert [fault.text for fault in caught.value.faults] == [
        f"{tmp_path / 'none.xlsx'}: does not exist. Begin one with `fleetplan template`, or name another."
    ]
