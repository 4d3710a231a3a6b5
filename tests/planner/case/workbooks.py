"""Workbooks for tests: the tiny case as sheets, written by the usual library or part by part by hand."""

import csv
import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from tests.planner.case.conftest import TABLES

PLAN_ROWS = [
    ["setting", "value"],
    ["schema_version", 1],
    ["name", "tiny"],
    ["currency_basis", "real"],
    ["start", "2027"],
    ["period", "year"],
    ["periods", 3],
    ["discount_rate", 0.08],
]
TEXTS = {"workload", "period", "accelerator", "vendor", "offer", "kind", "site", "budget", "span", "categories"}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    '<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="00000"/>'
    '<numFmt numFmtId="166" formatCode="[$-409]#,##0.00 &quot;days&quot;"/></numFmts>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/>'
    '<xf numFmtId="14"/></cellXfs>'
)


def tiny_sheets():
    """The tiny case as rows of values by sheet: numbers as numbers, text as text."""
    sheets = {"plan": [list(row) for row in PLAN_ROWS]}
    for table, lines in TABLES.items():
        header, *rows = list(csv.reader(lines))
        sheets[table] = [header] + [
            [_value(name, cell) for name, cell in zip(header, row, strict=True)] for row in rows
        ]
    return sheets


def _value(name, cell):
    if name in TEXTS or not cell:
        return cell or None
    if cell in ("TRUE", "FALSE"):
        return cell == "TRUE"
    try:
        return float(cell)
    except ValueError:
        return cell


def xlsx(sheets=None, *, change=None, **options):
    """The bytes of a workbook with these sheets; `change` gets the library's book and its sheets by name."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, **options}
    )
    made = {}
    for name, rows in (tiny_sheets() if sheets is None else sheets).items():
        made[name] = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    made[name].write(at, column, value)
    if change is not None:
        change(book, made)
    book.close()
    return out.getvalue()


def cell_xml(reference, value):
    """A cell as it stands in a file; text that begins with `<` is taken as it is."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<"):
        return value.replace("@", reference)
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value!r}</v></c>'


def sheet_xml(rows, *, before="", after="", row_attributes=None):
    """A sheet as XML."""
    lines = []
    for at, row in enumerate(rows, start=1):
        cells = "".join(cell_xml(f"{xlsxwriter.utility.xl_col_to_name(column)}{at}", v) for column, v in enumerate(row))
        lines.append(f'<row r="{at}"{(row_attributes or {}).get(at, "")}>{cells}</row>')
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(lines)}</sheetData>{after}</worksheet>'


def parts_of(sheets=None, **xml):
    """The parts of a workbook by name, written by hand; `xml` replaces whole sheets."""
    sheets = tiny_sheets() if sheets is None else sheets
    names = [*sheets, *(name for name in xml if name not in sheets)]
    entries = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in enumerate(names, start=1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{SHEET_TYPE}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rIdS" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>',
    }
    for at, name in enumerate(names, start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = xml.get(name) or sheet_xml(sheets[name])
    return parts


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    """The bytes of a ZIP file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def with_cell(place, value):
    """The tiny case as a workbook by hand with one cell changed: `offers!D3`; a bool, a number, a text, or XML."""
    sheets = tiny_sheets()
    name, reference = place.split("!")
    row, column = xlsxwriter.utility.xl_cell_to_rowcol(reference)
    rows = sheets[name]
    while len(rows) <= row:
        rows.append([])
    rows[row] = rows[row] + [None] * (column + 1 - len(rows[row]))
    rows[row][column] = value
    return zipped(parts_of(sheets))
