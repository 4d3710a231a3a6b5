"""No text of the inputs becomes a formula, a link or markup in the workbook."""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from planner.documents.safe_text import plain
from planner.plan_documents import plan_workbook
from tests.planner.export.test_workbook import formulas, loaded, opened, written

PAYLOADS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)",
    "=cmd|'/C calc'!A0", '=HYPERLINK("http://example.org","x")', '=WEBSERVICE("http://example.org")',
    "=DDE(\"cmd\";\"/C calc\";\"x\")", "{=1+1}", "http://example.org", "internal:Cash!A1", "file:///etc/passwd",
    "<r><f>1+1</f></r>", "</t></si><si><t>&amp;<![CDATA[x]]>", "&A&P&\"Arial\"&24x", "_x0041_\x07'\"é",
)  # fmt: skip


def poisoned(text):
    """A plan with a text in six fields: name of the case, note, source, vendor, unit of work, unit of a limit."""
    clean = loaded("quarters")
    case = clean.case
    case = replace(
        case,
        settings=replace(case.settings, name=text),
        workloads=tuple(replace(row, unit=text, note=text) for row in case.workloads),
        accelerators=tuple(replace(row, vendor=text, source=text) for row in case.accelerators),
        limits=tuple(replace(row, unit=text) for row in case.limits),
    )
    manifest = dict(clean.manifest) | {"case": text, "command": text, "warnings": [text]}
    return replace(clean, read=replace(clean.read, case=case), manifest=manifest, name=text)


def test_there_are_two_dozen_payloads():
    assert len(set(PAYLOADS)) == 24


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_text_of_the_inputs_becomes_a_formula_a_link_or_markup(text):
    data = plan_workbook(poisoned(text))
    assert formulas(data) == formulas(written("quarters"))
    with zipfile.ZipFile(io.BytesIO(data)) as parts, zipfile.ZipFile(io.BytesIO(written("quarters"))) as clean:
        assert parts.namelist() == clean.namelist()
        for part in parts.namelist():
            root = ElementTree.fromstring(parts.read(part))
            tags = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert not tags & {"hyperlink", "hyperlinks", "ddeLink", "oleLink", "externalReference", "definedFunction"}
            if part.endswith(".rels"):
                assert parts.read(part) == clean.read(part)
    shown = plain(text)
    cells = [cell.value for sheet in opened(data, values=True) for row in sheet.iter_rows() for cell in row]
    # The case, its run, command, warning and a unit, a note, a source and a vendor stand alone in a cell.
    assert cells.count(shown) >= 8
    footer = re.search(r"<oddFooter>(.*?)</oddFooter>", sheet_xml(data), re.DOTALL)[1]
    assert len(footer) < 400


def sheet_xml(data):
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()
