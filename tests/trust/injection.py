"""T11: no text of the inputs becomes a formula, a link or markup: payload × field × medium."""

from __future__ import annotations

import csv
import functools
import io
import re
import zipfile
from xml.etree import ElementTree

from planner.plan_documents import plan_workbook
from tests.planner.export import report_runs, test_workbook_safety
from tests.planner.export.test_report import Page
from tests.planner.export.test_workbook import formulas
from tests.trust.tools import require

TITLE = "injection: 24 texts × 6 fields × workbook, CSV, report"
FIELDS = (*report_runs.FIELDS, report_runs.NOTE)
BARRED = {"hyperlink", "hyperlinks", "ddeLink", "oleLink", "externalReference", "definedFunction"}
# What makes a spreadsheet compute, also after blanks, in full width, and after what ends a cell elsewhere.
COMPUTES = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"^-?\d+(\.\d*)?(e[+-]?\d+)?$", re.IGNORECASE)


@functools.cache
def plain():
    """The plan without any payload, as workbook and page."""
    loaded = report_runs.tiny_run()
    return loaded, plan_workbook(loaded), Page(report_runs.report_html(loaded))


@functools.cache
def plain_formulas():
    return formulas(plain()[1])


def workbook(loaded, text):
    data, clean = plan_workbook(loaded), plain()[1]
    require(formulas(data) == plain_formulas(), f"other formulas for {text!r}")
    with zipfile.ZipFile(io.BytesIO(data)) as parts, zipfile.ZipFile(io.BytesIO(clean)) as before:
        require(parts.namelist() == before.namelist(), "other parts")
        for part in parts.namelist():
            tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(parts.read(part)).iter()}
            require(not tags & BARRED, f"{part}: {tags & BARRED}")
            require(not part.endswith(".rels") or parts.read(part) == before.read(part), f"{part} differs")


def tables(loaded, text):
    negative = 0
    for name, table in loaded.tables.items():
        for row in csv.reader(io.StringIO(table.csv(), newline="")):
            for cell in row:
                negative += bool(NUMBER.match(cell) and cell.startswith("-"))
                require(not COMPUTES.match(cell) or NUMBER.match(cell), f"{name}.csv holds {cell!r}")
    plain_numbers = sum(
        isinstance(cell, int | float) and cell < 0
        for table in loaded.tables.values()
        for row in table.rows
        for cell in row
    )
    require(negative == plain_numbers, "a negative number is no number any more")


def report(loaded, text):
    page, clean = Page(report_runs.report_html(loaded)), plain()[2]
    require(page.tags == clean.tags and not page.odd, f"other elements for {text!r}")
    require(not [key for _, key, _ in page.attributes if key.startswith("on")], "an attribute that runs")
    links = [value for _, key, value in page.attributes if key in ("href", "src")]
    require(all(value.startswith("#") for value in links), f"a link: {links}")


MEDIA = (
    (workbook, test_workbook_safety.PAYLOADS),
    (tables, test_workbook_safety.PAYLOADS),
    (report, report_runs.PAYLOADS),
)


def count():
    return len(MEDIA) * len(FIELDS) * 24


def check(number, tools):
    (medium, payloads), rest = MEDIA[number % len(MEDIA)], number // len(MEDIA)
    field, text = FIELDS[rest % len(FIELDS)], payloads[rest // len(FIELDS)]
    loaded = report_runs.renamed(plain()[0], {field: text})
    medium(loaded, text)
    return f"{medium.__name__}, {field}: {text!r}"
