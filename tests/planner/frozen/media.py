"""What people read in each medium, as lines of text: terminal, Markdown, page, drawings, workbook, slides."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections import Counter
from html.parser import HTMLParser

import openpyxl
from openpyxl.formula.translate import Translator
from pptx import Presentation
from rich.console import Console

WIDTH = 100
NARROW = 58
_BREAKS = frozenset(
    (
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "li",
        "tr",
        "div",
        "section",
        "summary",
        "caption",
        "dt",
        "header",
        "footer",
        "nav",
        "ul",
    )
)
_UNREAD = frozenset(("script", "style", "title", "noscript"))
_SHORT = 110


def terminal_text(show, width):
    """What `show` prints on a console of a width, without colours; blanks at the ends of lines are dropped."""
    console = Console(
        file=io.StringIO(),
        width=width,
        color_system=None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    show(console)
    return trimmed(console.file.getvalue())


def trimmed(text):
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


class _Reader(HTMLParser):
    """Collects what a page shows: a block a line, cells of a row with bars between them."""

    def __init__(self):
        super().__init__()
        self.lines, self.specs = [], ""
        self._parts, self._hidden, self._is_specs = [], [], False

    def handle_starttag(self, name, given):
        facts = dict(given)
        if name in _UNREAD:
            self._hidden.append(name)
            self._is_specs = facts.get("id") == "specs"
        elif name in _BREAKS:
            self.end()
        if facts.get("aria-label") and facts.get("role") == "img":
            self.lines.append(f"[{facts['aria-label']}]")
        if name in ("h1", "h2", "h3", "h4"):
            self._parts.append("#" * int(name[1]) + " ")

    def handle_endtag(self, name):
        if self._hidden and self._hidden[-1] == name:
            self._hidden.pop()
            self._is_specs = False
        elif name in ("td", "th", "dt", "a"):
            self._parts.append(" | ")
        elif name in _BREAKS:
            self.end()

    def handle_data(self, data):
        if self._is_specs:
            self.specs += data
        elif not self._hidden:
            self._parts.append(data)

    def end(self):
        line = " ".join("".join(self._parts).split()).removesuffix(" |")
        if line:
            self.lines.append(line)
        self._parts = []


def page_of(html):
    """The text of a page, and the specifications of its drawings."""
    reader = _Reader()
    reader.feed(html)
    reader.end()
    return "".join(f"{line}\n" for line in reader.lines), drawings(json.loads(reader.specs))


def drawings(specs):
    """Specifications by panel, each list or mapping on a line of its own where it is short."""
    return "".join(f"{line}\n" for line in _laid_out(specs, ""))


def _laid_out(value, lead):
    whole = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(lead) + len(whole) <= _SHORT:
        yield f"{lead}{whole}"
        return
    indent = " " * (len(lead) - len(lead.lstrip()) + 1)
    yield f"{lead}{'{' if isinstance(value, dict) else '['}"
    named = value.items() if isinstance(value, dict) else ((None, part) for part in value)
    for name, part in named:
        yield from _laid_out(part, f"{indent}{name}: " if name is not None else indent)


def workbook_text(data):
    """Every cell of a workbook: place, text or formula, the value stored with a formula, number format.

    Neighbours in a row share a line where they have one format, and of formulas where each is the first one filled to
    the right.
    """
    formulas = openpyxl.load_workbook(io.BytesIO(data))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    lines = []
    for sheet in formulas.worksheets:
        lines.append(f"## {sheet.title} ({sheet.sheet_state}, {sheet.dimensions})")
        for row, stored in zip(sheet.iter_rows(), values[sheet.title].iter_rows(), strict=True):
            lines += _row(row, [cell.value for cell in stored])
    lines += [f"name {name} = {own.attr_text}" for name, own in formulas.defined_names.items()]
    return "".join(f"{line}\n" for line in lines)


def workbook_outline(data):
    """A line a column of a workbook: cells, formulas, sum of the numbers, number formats, and a hash of the rest.

    For workbooks whose cells are too many to be kept. The hash is of texts and formulas.
    """
    formulas = openpyxl.load_workbook(io.BytesIO(data))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    lines = []
    for sheet in formulas.worksheets:
        lines.append(f"## {sheet.title} ({sheet.sheet_state}, {sheet.dimensions})")
        for column, stored in zip(sheet.iter_cols(), values[sheet.title].iter_cols(), strict=True):
            cells = [cell for cell in column if cell.value is not None]
            if cells:
                lines.append(_column(cells, [cell.value for cell in stored]))
    return "".join(f"{line}\n" for line in lines)


def _column(cells, stored):
    numbers = [value for value in stored if isinstance(value, int | float)]
    is_formula = [cell.data_type == "f" for cell in cells]
    words = [f"{cell.row} {cell.value}" for cell in cells if cell.data_type in ("f", "s")]
    words += [value for value in stored if isinstance(value, str)]
    formats = Counter(cell.number_format for cell in cells)
    told = ", ".join(f"{count} × {name}" for name, count in sorted(formats.items()))
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
    whole = f"{len(cells)} cells, {sum(is_formula)} formulas, {len(numbers)} numbers, sum {_value(math.fsum(numbers))}"
    return f"{cells[0].column_letter}\t{whole}\ttexts {digest}\t{told}"


def _row(row, stored):
    told = [pair for pair in zip(row, stored, strict=True) if pair[0].value is not None]
    while told:
        count = next((at for at, (cell, _) in enumerate(told) if not _continues(told[0][0], cell, at)), len(told))
        run, told = told[:count], told[count:]
        first, last = run[0][0], run[-1][0]
        parts = [first.coordinate if count == 1 else f"{first.coordinate}:{last.column_letter}"]
        if first.data_type == "f":
            parts.append(first.value)
        parts.append(" | ".join(_value(value) for _, value in run))
        if first.number_format != "General":
            parts.append(f"[{first.number_format}]")
        yield "\t".join(parts)


def _continues(first, cell, places):
    """True where a cell is told in the line of the first one, so many places to its left."""
    if places == 0:
        return True
    alike = (cell.data_type, cell.number_format, cell.column) == (
        first.data_type, first.number_format, first.column + places,
    )  # fmt: skip
    if not alike or first.data_type != "f":
        return alike
    filled = Translator(first.value, origin=first.coordinate).translate_formula(cell.coordinate)
    return filled == cell.value


def _value(value):
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).replace("\n", "⏎")


def slides_text(data):
    """The texts of slides, the numbers of their charts, and the notes below them."""
    lines = []
    for number, slide in enumerate(Presentation(io.BytesIO(data)).slides, start=1):
        lines.append(f"## Slide {number}")
        for shape in slide.shapes:
            lines += _shape(shape)
        if slide.has_notes_slide:
            lines += [f"note: {line}" for line in slide.notes_slide.notes_text_frame.text.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _shape(shape):
    if shape.has_chart:
        yield f"chart {shape.chart.chart_type.name}"
        for plot in shape.chart.plots:
            yield f" across: {' | '.join(map(str, plot.categories))}"
            for series in plot.series:
                yield f" {series.name}: {' | '.join('' if v is None else _value(v) for v in series.values)}"
    elif shape.has_table:
        for row in shape.table.rows:
            yield " | ".join(" ".join(cell.text.split()) for cell in row.cells)
    elif shape.has_text_frame:
        yield from (line for line in shape.text_frame.text.splitlines() if line.strip())
    elif shape.shape_type is not None and hasattr(shape, "shapes"):
        for part in shape.shapes:
            yield from _shape(part)
