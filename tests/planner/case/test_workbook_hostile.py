"""Files that are no workbook, or a harmful, locked, damaged or huge one: refused in time and in a sentence."""

import io
import random
import re
import struct
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.case import read_case
from planner.errors import CaseFaults
from tests.planner.case.conftest import faults_of
from tests.planner.case.workbooks import (
    MAIN,
    OFFICE,
    SHEET_TYPE,
    parts_of,
    sheet_xml,
    tiny_sheets,
    with_cell,
    xlsx,
    zipped,
)

AGAIN = "Open it in a spreadsheet program and save it again as an Excel workbook (.xlsx)."
PLAIN = "Save it as an Excel workbook without macros (.xlsx)."
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{at} "{f"&lol{at - 1 if at > 1 else str()};" * 10}">' for at in range(1, 10))
    + f']><worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&lol9;</t></is></c></row>'
    "</sheetData></worksheet>"
)
EXTERNAL = (
    f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]><worksheet xmlns="{MAIN}">'
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&secret;</t></is></c></row></sheetData></worksheet>'
)
OFFERS = "xl/worksheets/sheet7.xml"


def ole(*streams):
    """The head of an old Office file with these names of streams somewhere behind it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in streams)


def part(content, name=OFFERS):
    """The tiny case with one part replaced."""
    return zipped(parts_of() | {name: content})


def rows(xml):
    return part(f'<worksheet xmlns="{MAIN}"><sheetData>{xml}</sheetData></worksheet>')


def patched(data, signature, offset, layout, value):
    """A ZIP file with a field changed in every record of a kind."""
    out = bytearray(data)
    at = -1
    while (at := data.find(signature, at + 1)) >= 0:
        struct.pack_into(layout, out, at + offset, value)
    return bytes(out)


def claims_four_gigabytes():
    return patched(zipped(parts_of()), b"PK\x01\x02", 24, "<I", 0xFFFFFFFE)


def locked_zip():
    data = patched(zipped(parts_of()), b"PK\x01\x02", 8, "<H", 1)
    return patched(data, b"PK\x03\x04", 6, "<H", 1)


def other_compression():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as file:
        for name, content in parts_of().items():
            file.writestr(name, content)
    return patched(patched(out.getvalue(), b"PK\x01\x02", 10, "<H", 99), b"PK\x03\x04", 8, "<H", 99)


def twice_the_same_name():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts_of().items():
            file.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("xl/workbook.xml", "x")
    return out.getvalue()


def flipped():
    """A workbook whose packed bytes were changed on the way."""
    data = bytearray(zipped(parts_of()))
    at = data.find(OFFERS.encode()) + len(OFFERS) + 40
    data[at : at + 30] = bytes(byte ^ 0x55 for byte in data[at : at + 30])
    return bytes(data)


def with_type(kind):
    return zipped(
        parts_of()
        | {"[Content_Types].xml": parts_of()["[Content_Types].xml"].replace(f"{SHEET_TYPE}.sheet.main+xml", kind)}
    )


HOSTILE = {
    "empty file": (lambda: b"", "the file is empty", AGAIN),
    "a text": (lambda: b"offer,period\nalpha,2027\n", "is not a workbook, although its name says so", AGAIN),
    "a page": (lambda: b"<html><table><tr><td>offer</td></tr></table></html>", "is not a workbook", AGAIN),
    "an old workbook": (lambda: ole("Workbook"), "is a workbook in the old format (.xls)", AGAIN),
    "a locked workbook": (
        lambda: ole("EncryptionInfo", "EncryptedPackage"),
        "is protected by a password",
        "Save it without a password.",
    ),
    "a locked ZIP file": (locked_zip, "is protected by a password", "Save it without a password."),
    "a ZIP file of something else": (lambda: zipped({"a.txt": "x"}), "is a ZIP file and not a workbook", AGAIN),
    "a document": (
        lambda: zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": parts_of()["_rels/.rels"].replace("xl/workbook", "word/document"),
                "word/document.xml": "<x/>",
            }
        ),
        "is a ZIP file and not a workbook",
        AGAIN,
    ),
    "an open document": (
        lambda: zipped({"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}),
        "is an OpenDocument file (.ods)",
        AGAIN,
    ),
    "a binary workbook": (
        lambda: zipped({"xl/workbook.bin": "x", "[Content_Types].xml": "<Types/>"}),
        "is a binary workbook (.xlsb)",
        AGAIN,
    ),
    "macros": (lambda: part(b"x", "xl/vbaProject.bin"), "holds macros", PLAIN),
    "macros by their type": (
        lambda: with_type("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        "holds macros",
        PLAIN,
    ),
    "macros of the old kind": (lambda: part("<x/>", "xl/macrosheets/sheet1.xml"), "holds macros", PLAIN),
    "a torn file": (lambda: xlsx()[:-300], "is a damaged workbook (File is not a zip file)", AGAIN),
    "half a file": (lambda: xlsx()[: len(xlsx()) // 2], "is a damaged workbook", AGAIN),
    "a few bytes": (lambda: b"PK\x03\x04", "is a damaged workbook", AGAIN),
    "changed bytes": (flipped, "cannot be read", AGAIN),
    "a name twice": (twice_the_same_name, "is a damaged workbook: it holds", AGAIN),
    "a path to the root": (lambda: part("x", "/etc/cron.d/x"), "which no workbook has", AGAIN),
    "a path upwards": (lambda: part("x", "xl/../../../x"), "which no workbook has", AGAIN),
    "a path of Windows": (lambda: part("x", "C:\\x"), "which no workbook has", AGAIN),
    "many parts": (
        lambda: zipped(parts_of() | {f"x{at}": "" for at in range(6000)}),
        "is a damaged workbook: it holds",
        AGAIN,
    ),
    "another compression": (other_compression, "is a damaged workbook", AGAIN),
    "a bomb": (
        lambda: part(b" " * 150_000_000),
        "which unpacks to",
        "Delete rows and columns that are empty but formatted, and save again.",
    ),
    "a bomb of strings": (
        lambda: part(f'<sst xmlns="{MAIN}"><si><t>{"A" * 100_000_000}</t></si></sst>', "xl/sharedStrings.xml"),
        "which unpacks to",
        "Delete rows and columns that are empty but formatted, and save again.",
    ),
    "four gigabytes": (claims_four_gigabytes, "which unpacks to", ""),
    "a billion laughs": (lambda: part(LAUGHS), "declares a document type or entities", AGAIN),
    "an outside entity": (lambda: part(EXTERNAL), "declares a document type or entities", AGAIN),
    "entities in the settings": (lambda: part(LAUGHS, "xl/styles.xml"), "declares a document type or entities", AGAIN),
    "entities in the book": (lambda: part(LAUGHS, "xl/workbook.xml"), "declares a document type or entities", AGAIN),
    "an outside document type": (
        lambda: part(f'<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><worksheet xmlns="{MAIN}"/>'),
        "declares a document type",
        AGAIN,
    ),
    "no sheet part": (
        lambda: zipped({name: text for name, text in parts_of().items() if name != OFFERS}),
        f"its part {OFFERS} is missing",
        AGAIN,
    ),
    "no list of sheets": (lambda: part("<workbook/>", "xl/workbook.xml"), "it has 0 sheets", AGAIN),
    "no relations": (
        lambda: zipped({name: text for name, text in parts_of().items() if "workbook.xml.rels" not in name}),
        "workbook.xml.rels is missing",
        AGAIN,
    ),
    "a torn sheet": (lambda: part(parts_of()[OFFERS][:300]), "cannot be read", AGAIN),
    "no XML": (lambda: part("offer;accelerator"), "cannot be read", AGAIN),
    "bytes that are no text": (lambda: part(b"<worksheet>\xff\xfe\x00</worksheet>"), "cannot be read", AGAIN),
    "a row beyond the last": (
        lambda: rows('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
        "row 1,048,577 follows row 0",
        AGAIN,
    ),
    "a row of many digits": (
        lambda: rows(f'<row r="{"9" * 400}"><c><v>1</v></c></row>'),
        "stands where a number belongs",
        AGAIN,
    ),
    "rows out of order": (lambda: rows('<row r="5"/><row r="4"/>'), "row 4 follows row 5", AGAIN),
    "a column beyond the last": (lambda: rows('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "are out of order", AGAIN),
    "columns out of order": (
        lambda: rows('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'),
        "are out of order",
        AGAIN,
    ),
    "a cell nowhere": (lambda: rows('<row r="1"><c r="?1"><v>1</v></c></row>'), "it holds a cell '?1'", AGAIN),
    "a text that is missing": (
        lambda: rows('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        "the text of a cell in row 1 is missing",
        AGAIN,
    ),
    "a text by a wrong number": (
        lambda: rows('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
        "the text of a cell in row 1 is missing",
        AGAIN,
    ),
    "a kind of cell that is none": (
        lambda: rows('<row r="1"><c r="A1" t="zz"><v>1</v></c></row>'),
        "is of the kind 'zz'",
        AGAIN,
    ),
    "a style of letters": (
        lambda: rows('<row r="1"><c r="A1" s="x"><v>1</v></c></row>'),
        "stands where a number belongs",
        AGAIN,
    ),
    "many merged cells": (
        lambda: part(
            sheet_xml(
                tiny_sheets()["offers"], after="<mergeCells>" + '<mergeCell ref="Z9:Z10"/>' * 20_000 + "</mergeCells>"
            )
        ),
        "holds more than 10,000 merged cells",
        "Unmerge the cells of the sheet.",
    ),
    "a million columns": (
        lambda: rows('<row r="1">' + "".join(f"<c><v>{at * 7919}</v></c>" for at in range(1_000_000)) + "</row>"),
        "row 1 has a cell in column SG",
        "Remove what is not a column of the table (at most 500).",
    ),
    "a thousand sheets": (
        lambda: part(
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            + '<sheet name="a" r:id="rId1"/>' * 2000
            + "</sheets></workbook>",
            "xl/workbook.xml",
        ),
        "it has 2,000 sheets",
        AGAIN,
    ),
}


def refusal(tmp_path, data, name="case.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return faults_of(path)


@pytest.fixture(scope="module")
def second():
    """The processor time of work that takes about a second where these bounds were found: a bound for any machine."""
    start = time.process_time()
    assert sum(value * value % 7 for value in range(10_000_000)) > 0
    return time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_harmful_or_damaged_file_is_refused_in_time(tmp_path, name, second):
    make, expected, remedy = HOSTILE[name]
    data, start = make(), time.process_time()
    found = refusal(tmp_path, data)
    spent = time.process_time() - start
    assert any(expected in text and remedy in text for text in found), found
    assert all(len(text) < 500 and text.endswith((".", "?")) for text in found)
    assert spent < 2 * second


@pytest.mark.parametrize("suffix", [".xls", ".xlsm", ".xlsb", ".ods"])
def test_workbook_of_another_kind_is_refused_by_its_name(tmp_path, suffix):
    found = refusal(tmp_path, xlsx(), f"case{suffix}")
    assert found == [
        f"{tmp_path / f'case{suffix}'}: is not an Excel workbook (.xlsx) and not a folder. "
        "Save it as an Excel workbook."
    ]


def test_single_table_is_refused_as_a_case(tmp_path):
    found = refusal(tmp_path, b"offer,period\n", "prices.csv")
    assert found[0].endswith("A table belongs in a folder with plan.toml.")


def test_nothing_outside_the_workbook_is_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    found = refusal(tmp_path, part(EXTERNAL.replace("/etc/passwd", str(secret))))
    assert "the secret" not in "\n".join(found)


def test_empty_rows_down_to_the_last_are_passed_over_in_time(tmp_path, tiny, second):
    empty = "".join(f'<row r="{at}" spans="1:3"/>' for at in range(10, 1_048_577, 5))
    prices = parts_of()["xl/worksheets/sheet8.xml"].replace("</sheetData>", f"{empty}</sheetData>")
    (tmp_path / "case.xlsx").write_bytes(zipped(parts_of() | {"xl/worksheets/sheet8.xml": prices}))
    start = time.process_time()
    assert read_case(tmp_path / "case.xlsx").case == tiny.read().case
    assert time.process_time() - start < 5 * second


def read_or_faults(path):
    """Returns whether a case was read; anything but a case or faults with texts is an error."""
    refusal = None
    try:
        read_case(path)
    except CaseFaults as error:
        refusal = error
    if refusal is not None:
        assert refusal.faults
        assert all(fault.text and fault.expected and fault.remedy for fault in refusal.faults)
    return refusal is None


def test_any_changed_bytes_are_read_or_refused(tmp_path):
    source = random.Random(11)
    path = tmp_path / "case.xlsx"
    seen = set()
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = zipped(parts_of(), method=method)
        for _ in range(150):
            changed = bytearray(data)
            for _ in range(source.randint(1, 6)):
                at = source.randrange(len(changed))
                changed[at : at + source.choice([0, 1, 5])] = source.randbytes(source.choice([0, 1, 3]))
            path.write_bytes(bytes(changed))
            seen.add(read_or_faults(path))
    assert False in seen


def test_any_changed_markup_is_read_or_refused(tmp_path):
    source = random.Random(12)
    path = tmp_path / "case.xlsx"
    parts = parts_of()
    words = [
        "<c>",
        "</c>",
        "<v>",
        "</v>",
        '<row r="2">',
        "</row>",
        ' r="A1"',
        ' t="s"',
        ' t="e"',
        "<f>",
        "</f>",
        "1e999",
        "&#0;",
        "&amp;",
        "-",
    ]
    seen = set()
    for _ in range(300):
        name = source.choice([name for name in parts if name.startswith("xl/")])
        pieces = re.split(r"(?<=>)|(?=<)", parts[name])
        for _ in range(source.randint(1, 4)):
            pieces[source.randrange(len(pieces))] = source.choice([*words, ""])
        path.write_bytes(zipped(parts | {name: "".join(pieces)}))
        seen.add(read_or_faults(path))
    assert seen == {True, False}


PLACES = st.sampled_from(
    [
        "plan!B4",
        "plan!B5",
        "plan!B7",
        "plan!B8",
        "prices!A2",
        "prices!B2",
        "prices!C2",
        "offers!C2",
        "offers!D2",
        "budgets!E2",
        "budgets!C2",
        "workloads!F2",
        "sites!A2",
        "prices!A1",
        "prices!D3",
    ]
)
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    XML_TEXT.filter(lambda text: not text.startswith("<")),
    st.builds('<c r="@" s="{}"><v>{}</v></c>'.format, st.integers(0, 6), st.floats(-1e6, 1e7)),
    st.sampled_from(['<c r="@" t="e"><v>#NUM!</v></c>', '<c r="@"><f>1</f></c>', '<c r="@" t="d"><v>2027-13</v></c>']),
)


@given(place=PLACES, value=VALUES)
@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_cell_is_read_or_refused(tmp_path, place, value):
    path = tmp_path / "case.xlsx"
    path.write_bytes(with_cell(place, value))
    read_or_faults(path)
