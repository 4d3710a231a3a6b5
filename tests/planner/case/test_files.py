"""Files as spreadsheets and editors of many places write them: read to the same case, or refused by name."""

import codecs
import csv
import io

import openpyxl
import pytest

from planner.case import read_case
from planner.errors import CaseFaults

PRICES = """offer,period,unit_price_usd
alpha_list,2027,30000
alpha_list,2028,28000
beta_lease,2027,9000
"""
SEMICOLONS = PRICES.replace(",", ";")


def with_numbers(*numbers, separator=";"):
    """The prices, written with these texts for 30000, 28000 and 9000."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    labels = ("alpha_list", "2027"), ("alpha_list", "2028"), ("beta_lease", "2027")
    writer.writerow(["offer", "period", "unit_price_usd"])
    writer.writerows([*label, number] for label, number in zip(labels, numbers, strict=True))
    return out.getvalue().encode()


READ = {
    "as it is": PRICES.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + PRICES.encode(),
    "utf-16 little": codecs.BOM_UTF16_LE + PRICES.encode("utf-16-le"),
    "utf-16 big": codecs.BOM_UTF16_BE + PRICES.encode("utf-16-be"),
    "utf-16 little without a mark": PRICES.encode("utf-16-le"),
    "utf-16 big without a mark": PRICES.encode("utf-16-be"),
    "utf-32": codecs.BOM_UTF32_LE + PRICES.encode("utf-32-le"),
    "utf-16 with tabs, Excel's Unicode text": codecs.BOM_UTF16_LE + PRICES.replace(",", "\t").encode("utf-16-le"),
    "semicolons": SEMICOLONS.encode(),
    "tabs": PRICES.replace(",", "\t").encode(),
    "a hint of the separator": b"sep=;\n" + SEMICOLONS.encode(),
    "a quoted hint": b'"sep=;"\n' + SEMICOLONS.encode(),
    "lines of Windows": PRICES.replace("\n", "\r\n").encode(),
    "lines of old Macs": PRICES.replace("\n", "\r").encode(),
    "no last line end": PRICES.rstrip().encode(),
    "everything quoted": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in PRICES.split()
    ).encode(),
    "spaces around cells": PRICES.replace(",", " , ").encode(),
    "no-break spaces around cells": PRICES.replace(",", "\u00a0,\u00a0").encode(),
    "trailing empty rows": (PRICES + ",,\n,,\n\n\n").encode(),
    "trailing rows of spaces": (PRICES + " , ,\u00a0\n").encode(),
    "an empty row inside": PRICES.replace("alpha_list,2028", ",,\nalpha_list,2028").encode(),
    "trailing empty columns": PRICES.replace("\n", ",,\n").encode(),
    "comments": ("# prices\n" + PRICES.replace("alpha_list,2028", "# dearer,\nalpha_list,2028") + "#\n").encode(),
    "a comment in quotes": (PRICES + '"# a, b",,\n').encode(),
    "columns in another order": b"unit_price_usd,period,offer\n30000,2027,alpha_list\n28000,2028,alpha_list\n"
    b"9000,2027,beta_lease\n",
    "decimal points": with_numbers("30000.0", "28000.00", "9000.0"),
    "decimal commas": with_numbers("30000,0", "28000,00", "9000,0"),
    "German thousands": with_numbers("30.000,00", "28.000,00", "9.000"),
    "English thousands": with_numbers("30,000.00", "28,000", "9,000", separator=","),
    "Swiss thousands": with_numbers("30'000", "28’000", "9'000"),
    "spaced thousands": with_numbers("30 000", "28\u00a0000", "9\u202f000"),
    "exponents": with_numbers("3E4", "2.8e4", "9e+03"),
    "full plus signs": with_numbers("+30000", "28000", "+9000"),
    "leading zeros": with_numbers("0030000", "28000", "09000"),
    "missing cells of remarks": PRICES.replace("_usd\n", "_usd,note,source\n").encode(),
}

REFUSED = {
    "empty": (b"", 0, "the file is empty"),
    "only line ends": (b"\n\n\n", 0, "the file is empty"),
    "only comments": (b"# nothing\n", 0, "the file is empty"),
    "header alone": (b"offer,period,unit_price_usd\n", 0, "has no price"),
    "workbook": (b"PK\x03\x04 and more", 0, "is a workbook and not a CSV file"),
    "old workbook": (b"\xd0\xcf\x11\xe0 and more", 0, "is a workbook and not a CSV file"),
    "zero bytes": (PRICES.encode().replace(b"2027", b"20\x0027", 1), 0, "holds zero bytes and is not a text file"),
    "torn utf-16": (codecs.BOM_UTF16_LE + PRICES.encode("utf-16-le")[:-1], 0, "cannot be read as utf-16-le"),
    "neither utf-8 nor cp1252": (PRICES.encode().replace(b"beta", b"b\x81ta"), 0, "cannot be read as cp1252"),
    "no header": (PRICES.split("\n", 1)[1].encode(), 2, "is not a column of this table"),
    "transposed": (b"offer,alpha_list,beta_lease\nperiod,2027,2027\nunit_price_usd,1,2\n", 2, "is not a column"),
    "header in one cell": (b'"offer,period,unit_price_usd"\nalpha_list,2027,3\n', 1, "the row has 3 cells"),
    "header twice": ((PRICES + PRICES).encode(), 7, "the header is repeated here"),
    "column twice": (PRICES.replace("period", "offer", 1).encode(), 3, "the column appears in the header twice"),
    "column renamed": (PRICES.replace("unit_price_usd", "price").encode(), 3, "is not a column of this table"),
    "column without a name": (PRICES.replace(",2027,9000", ",2027,9000,x").encode(), 3, "the row has 4 cells"),
    "unnamed column with cells": (
        b"offer,period,unit_price_usd,\nalpha_list,2027,30000,x\nbeta_lease,2027,9000,\n",
        2,
        "column 4 has cells (row 2) and no name in the header",
    ),
    "unquoted decimal comma": (PRICES.replace("30000", "30000,5").encode(), 3, "the row has 4 cells and the header 3"),
    "row cut short": (PRICES.replace(",9000", "").encode(), 3, "there is none for unit_price_usd"),
    "quote without its end": (PRICES.replace("beta", '"beta').encode(), 2, "do not match"),
    "text after a quote": (PRICES.replace("beta_lease", '"beta"_lease').encode(), 2, "do not match"),
    "monstrous cell": (PRICES.replace("beta_lease", "b" * 200_000).encode(), 2, "do not match"),
    "long cell": (PRICES.replace("beta_lease", "b" * 40_000).encode(), 3, "has 40,000 characters"),
    "thousand columns": (("x," * 1000 + "\n").encode(), 0, "has 1001 cells"),
    "totals at the end": ((PRICES + "Total,,67000\n").encode(), 4, "looks like a row of totals"),
    "sum in another language": ((PRICES + "Summe,,67000\n").encode(), 4, "looks like a row of totals"),
    "dates for labels": (PRICES.replace("2027", "2027-01-01").encode(), 3, "is a date and not a period label"),
    "German dates": (PRICES.replace("2027", "01.01.2027").encode(), 3, "is a date and not a period label"),
    "short years": (PRICES.replace("2027", "13/01/27").encode(), 3, "Use 2027-01, and format"),
    "dates with a time": (PRICES.replace("2027", "2027-01-01T00:00:00Z").encode(), 3, "Use 2027-01, and format"),
    "serial numbers": (PRICES.replace("2027", "46388").encode(), 3, "is the serial number of a date (2027-01-01)"),
    "serial numbers with a decimal": (PRICES.replace("2027", "46388.0").encode(), 3, "serial number of a date"),
    "years with a decimal": (PRICES.replace("2027", "2027.0").encode(), 3, "Use 2027."),
    "years of two digits": (PRICES.replace("2027", "27").encode(), 3, "must be a period label"),
    "29 February": (PRICES.replace("2027", "2027-02-29").encode(), 3, "is a date and not a period label"),
    "month 13": (PRICES.replace("2027", "2027-13").encode(), 3, "must be a period label"),
    "months of Excel": (PRICES.replace("2027", "Jul-27").encode(), 3, "Use 2027-07, and format the column as text."),
    "months in words": (PRICES.replace("2027", "July 2027").encode(), 3, "Use 2027-07, and format the column as text."),
    "quarters first": (PRICES.replace("2027", "Q3 2027").encode(), 3, "Use 2027Q3."),
    "halves with a space": (PRICES.replace("2027", "2027 h2").encode(), 3, "Use 2027H2."),
    "long dash": (PRICES.replace("2027", "2027–07").encode(), 3, "Use 2027-07."),
    "fiscal years": (PRICES.replace("2027", "FY27").encode(), 3, "is a fiscal label"),
    "two decimal marks": (
        with_numbers("30000,5", "28000.5", "9000"),
        3,
        "holds numbers with a decimal comma (30000,5)",
    ),
    "two readings in a semicolon file": (
        with_numbers("30.000", "28.000", "9.000"),
        3,
        "can be read as 30.000 or as 30000",
    ),
    "two readings in a comma file": (
        with_numbers("30,000", "28,000", "9,000", separator=","),
        3,
        "can be read as 30,000".replace(",", ".") + " or as 30000",
    ),
    "names in another case": (PRICES.replace("alpha", "Alpha").encode(), 3, "Use alpha_list: names must match exactly"),
    "look-alike letters": (PRICES.replace("alpha", "аlpha").encode(), 3, "Use alpha_list: names must match exactly"),
    "no-break space inside a name": (PRICES.replace("alpha_", "alpha\u00a0").encode(), 3, "Use alpha_list"),
    "hidden letter in a name": (PRICES.replace("alpha", "al\u200bpha").encode(), 3, "Use alpha_list"),
    "letter lost by an encoding": (PRICES.replace("alpha", "älpha").encode("cp1252"), 3, "Did you mean alpha_list?"),
    "duplicates": ((PRICES + "alpha_list,2027,30000\n").encode(), 4, "row 2 has the same offer and period"),
    "negative price": (PRICES.replace("9000", "-9000").encode(), 3, "must be a number of at least 0"),
    "price in brackets": (PRICES.replace("9000", "(9000)").encode(), 3, "must be a number of at least 0"),
    "price as a formula": (PRICES.replace("9000", "=1+1").encode(), 3, "must be a number"),
    "price with its currency": (PRICES.replace("9000", "9000 USD").encode(), 3, "without a currency or unit"),
    "price of a word": (PRICES.replace("9000", "cheap").encode(), 3, "must be a number"),
    "price missing": (PRICES.replace("9000", "").encode(), 3, "a value is needed"),
    "price of two numbers": (PRICES.replace("9000", "9000-9500").encode(), 3, "must be a number"),
    "name of a comment": ((PRICES + "#REF!,2027,5\n").encode(), 4, "is not a name in offers.csv"),
    "HTML": (b"<html><body>offer</body></html>\n", 0, "is not a column of this table"),
    "JSON": (b'{"offer": "alpha_list"}\n', 0, "is not a column of this table"),
    "Git's pointer": (b"version https://git-lfs.github.com/spec/v1\n", 0, "is not a column of this table"),
}


@pytest.mark.parametrize("data", list(READ.values()), ids=list(READ))
def test_file_reads_to_the_same_case(tiny, data):
    expected = tiny.read().case
    tiny.path("prices").write_bytes(data)
    found = tiny.read()
    assert found.case == expected
    assert found.warnings == ()
    assert found.row_counts["prices.csv"] == (3, 0)


@pytest.mark.parametrize(("data", "rows", "message"), list(REFUSED.values()), ids=list(REFUSED))
def test_file_is_refused_by_name(tiny, data, rows, message):
    tiny.path("prices").write_bytes(data)
    error = tiny.faults()
    texts = [fault.text for fault in error.faults]
    assert any(message in text for text in texts), texts
    for fault in error.faults:
        assert fault.expected
        assert fault.remedy.endswith((".", "?"))
    counts = error.row_counts.get("prices.csv", (0, 0))
    if message != "do not match":  # without closed quotes nobody can count the rows
        assert sum(counts) == rows


def test_a_row_is_cited_by_its_place_in_the_file(tiny):
    tiny.path("prices").write_text(
        "# first\n\n" + PRICES.replace("alpha_list,2028", '"# more\nlines",,\nalpha_list,2028')
    )
    found = tiny.read()
    assert found.rows["prices"] == (4, 6, 7)
    assert found.cite("prices", 2) == "prices.csv row 7"


def test_windows_letters_are_read_with_a_warning(tiny):
    text = tiny.path("sites").read_text().replace("site,power_mw", "note,site,power_mw").replace("home", "Zürich,home")
    tiny.path("sites").write_bytes(text.encode("cp1252"))
    found = tiny.read()
    assert found.case.sites[0].note == "Zürich"
    assert [warning.text for warning in found.warnings] == [
        "sites.csv: is not UTF-8 and was read as Windows-1252, with letters such as 'ü'. "
        "Save the file again as CSV UTF-8."
    ]


@pytest.mark.parametrize(
    ("word", "value"), [("TRUE", True), ("true", True), ("yes", True), ("1", True), ("FALSE", False), ("no", False)]
)
def test_truth_is_read(tiny, word, value):
    tiny.change(f"budgets 2 carry_over = {word}")
    assert tiny.read().case.budgets[0].carry_over is value


def test_values_that_look_like_something_else_stay_text(tiny):
    tiny.change("sites 2 site = 00123\noffers 3 sites = 00123\nworkloads 2 note = NA")
    case = tiny.read().case
    assert (case.sites[0].site, case.offers[1].sites, case.workloads[0].note) == ("00123", ("00123",), "NA")


def test_bytes_and_hashes_are_kept(tiny):
    first = tiny.read()
    assert {file.name for file in first.files} == {path.name for path in tiny.folder.iterdir()}
    for file in first.files:
        assert file.data == (tiny.folder / file.name).read_bytes()
    assert tiny.read().case_hash == first.case_hash
    tiny.change("demand 2 queries_per_day_million = 51")
    assert tiny.read().case_hash != first.case_hash


def results(folder, tiny):
    """A run as it lies on the disk: what was made, and the inputs beside it."""
    (folder / "inputs").mkdir(parents=True)
    for path in tiny.folder.iterdir():
        (folder / "inputs" / path.name).write_bytes(path.read_bytes())
    (folder / "plan.json").write_text("{}")
    (folder / "plan.xlsx").write_bytes(b"a workbook")
    return folder


@pytest.mark.parametrize(
    ("name", "what"),
    [("", "is the folder of a run"), ("plan.xlsx", "is a result of a run"), ("plan.json", "is a result of a run")],
)
def test_a_run_is_no_case_and_its_inputs_are_named(tiny, tmp_path, name, what):
    run = results(tmp_path / "run", tiny)
    with pytest.raises(CaseFaults) as caught:
        read_case(run / name)
    assert [fault.text for fault in caught.value.faults] == [
        f"{run / name if name else run}: {what}, not a case. Its inputs are in {run / 'inputs'}."
    ]
    assert read_case(run / "inputs").case.settings.name == "tiny"


def test_the_workbook_of_a_plan_is_told_wherever_it_lies(tmp_path):
    book = openpyxl.Workbook()
    for name in ("Summary", "Assumptions", "Checks"):
        book.create_sheet(name)["A1"] = "text"
    book.save(tmp_path / "sent by mail.xlsx")
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "sent by mail.xlsx")
    (fault,) = caught.value.faults
    assert fault.text == (
        "sent by mail.xlsx: is the workbook of a plan that was made, not a case. "
        "Its inputs are in the folder `inputs` of the run that it comes from: name that."
    )


def test_a_case_beside_other_files_of_a_run_is_read(tiny, tmp_path):
    run = results(tmp_path / "run", tiny)
    (run / "plan.toml").write_bytes((tiny.folder / "plan.toml").read_bytes())
    with pytest.raises(CaseFaults) as caught:
        read_case(run)
    assert "the table is missing" in caught.value.text
