"""How the numbers of tables are shown: by the form of their column and by their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.documents.blocks import Column, Form, Lines, TableBlock, TableCell
from planner.documents.number_text import MINUS, percent

NOTHING = 1e-9
_MOST_DIGITS = 4
_FEW = 0.1
_HUGE = 1e12
_TICKS = 5
"""About how many labels an axis has."""
_SIGNED = {
    Form.MUSD: Form.MUSD_CHANGE,
    Form.PERCENT: Form.PERCENT_CHANGE,
    Form.NUMBER: Form.NUMBER_CHANGE,
    Form.COUNT: Form.COUNT_CHANGE,
}
_CHANGES = frozenset({Form.MUSD_CHANGE, Form.NUMBER_CHANGE, Form.COUNT_CHANGE})
_OWN = frozenset({Form.MUSD, Form.NUMBER, Form.COUNT}) | _CHANGES
"""Forms of columns whose numbers take the form of their row where it has one."""


@dataclass(frozen=True)
class Shape:
    """How a number is shown: decimals, as a share in per cent, with its sign."""

    decimals: int = 0
    is_share: bool = False
    is_signed: bool = False
    is_points: bool = False
    """True for a difference of shares, which is shown in percentage points."""
    is_exact: bool = False
    """True for a number with all its digits."""
    is_plain: bool = False
    """True without thousands separators, for years and counts of periods."""
    special: str = ""
    """A number format of a spreadsheet of its own."""

    @property
    def code(self) -> str:
        """The number format of a spreadsheet: a dash for zero, brackets for negatives, changes with their sign."""
        if self.is_exact or self.special:
            return self.special or "General"
        return number_code(
            self.decimals, is_share=self.is_share, is_signed=self.is_signed, has_separators=not self.is_plain
        )


WHOLE = Shape()
PLAIN = Shape(is_plain=True)
SHARE = Shape(1, is_share=True)
TENTHS = Shape(1)
FINE = Shape(3)
FACTOR = Shape(4)
TINY = Shape(special='0.0E+00;-0.0E+00;"–"')
VERDICT = Shape(special='"holds";"?";"FAILS"')


def number_code(decimals: int, *, is_share: bool = False, is_signed: bool = False, has_separators: bool = True) -> str:
    """Returns the number format of a spreadsheet: a dash for zero, brackets for negatives, changes with their sign.

    >>> number_code(1), number_code(0, is_share=True, is_signed=True)
    ('#,##0.0_);(#,##0.0);"–"_)', '+0%;-0%;"–"')
    """
    digits = f".{'0' * decimals}" if decimals else ""
    body = f"0{digits}%" if is_share else f"#,##0{digits}" if has_separators else f"0{digits}"
    return f'+{body};-{body};"–"' if is_signed else f'{body}_);({body});"–"_)'


def shown(value: TableCell, shape: Shape | None) -> str:
    """Returns a cell as text: numbers by their shape, text as it is, nothing for None.

    >>> shown(-1234.5, Shape(is_signed=True)), shown(0.177, Shape(1, is_share=True)), shown(None, None)
    ('−1,234', '17.7 %', '')
    """
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, str) or shape is None:
        return str(value)
    if shape.is_exact:
        return f"{value:,.12g}" if abs(value) < _HUGE else repr(value)
    if shape.is_share and not shape.is_signed and 0 < value < 1:
        # What is not quite all is never shown as all.
        return f"{percent(value, shape.decimals)} %"
    size = abs(100 * value if shape.is_share else value)
    text = f"{size:,.{shape.decimals}f}"
    is_nil = not any(digit in "123456789" for digit in text)
    sign = "" if is_nil else MINUS if value < 0 else "+" if shape.is_signed else ""
    return f"{sign}{text}{' points' if shape.is_points else ' %' if shape.is_share else ''}"


def shapes(table: TableBlock) -> list[list[Shape | None]]:
    """Returns the shape of every cell by row; None for text and blanks.

    Cells of a column share their decimals, unless their rows have forms of their own.
    """
    columns = [_column_shapes(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    found = [list(row) for row in zip(*columns, strict=True)]
    for at, form in table.forms.items():
        for place, column in enumerate(table.columns):
            if column.form in _OWN and number(table.rows[at][place]) is not None:
                own = replace(column, form=_SIGNED[form] if column.form in _CHANGES else form)
                (shape,) = _column_shapes(own, [table.rows[at][place]])
                is_points = form is Form.PERCENT and column.form in _CHANGES
                found[at][place] = None if shape is None else replace(shape, is_points=is_points)
    return found


def texts(table: TableBlock) -> list[list[str]]:
    """Returns every cell as text, by row."""
    return [
        [shown(cell, shape) for cell, shape in zip(row, own, strict=True)]
        for row, own in zip(table.rows, shapes(table), strict=True)
    ]


def number(cell: TableCell) -> float | None:
    """Returns a cell as a finite number; None where it is text or blank."""
    return float(cell) if isinstance(cell, int | float) and math.isfinite(cell) else None


def is_numeric(column: Column) -> bool:
    """True for a column that holds numbers."""
    return column.form is not Form.TEXT


def cell_lines(table: TableBlock, row: int, place: int, text: str) -> Lines:
    """Returns the lines of a cell whose text is known; what is not given as several lines is one."""
    cell = table.rows[row][place]
    return cell if isinstance(cell, tuple) else (text,)


def is_blank(table: TableBlock, place: int) -> bool:
    """True for a column without any content."""
    return all(row[place] in (None, "", ()) for row in table.rows)


def axis_percent(values: Sequence[float]) -> str:
    """Returns the number format of an axis of shares, with decimals enough that its labels differ.

    >>> axis_percent([0.2, 0.9]), axis_percent([0.0, 0.0006]), axis_percent([0.9991, 1.0]), axis_percent([])
    ('0%', '0.00%', '0.00%', '0%')
    """
    span = max(values, default=0.0) - min(values, default=0.0) or max((abs(value) for value in values), default=0.0)
    decimals = 0 if span <= 0 else min(4, max(0, math.ceil(-math.log10(span * 100 / _TICKS) - 1e-9)))
    return f"0.{'0' * decimals}%" if decimals else "0%"


def axis_number(values: Sequence[float]) -> str:
    """Returns the number format of an axis of numbers, with decimals enough that its labels differ.

    >>> axis_number([0.0, 1615.0]), axis_number([154.01, 154.05]), axis_number([0.0, 0.09]), axis_number([])
    ('#,##0', '#,##0.00', '#,##0.00', '#,##0')
    """
    span = max(values, default=0.0) - min(values, default=0.0)
    decimals = 0 if span <= 0 else min(6, max(0, math.ceil(-math.log10(span / _TICKS) - 1e-9)))
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def is_map(table: TableBlock) -> bool:
    """True for a table with a label and then the same kind of money in numbered columns, as plans by futures."""
    first, *others = table.columns
    return (
        not is_numeric(first)
        and len(others) > 1
        and all(column.form in (Form.MUSD, Form.MUSD_CHANGE) and column.name[-1].isdigit() for column in others)
    )


def _column_shapes(column: Column, cells: Sequence[TableCell]) -> list[Shape | None]:
    values = [number(cell) for cell in cells]
    sizes = [abs(value) for value in values if value is not None]
    if column.form is Form.EXACT:
        return [None if value is None else Shape(is_exact=True) for value in values]
    if column.form is Form.SHARE:
        return [None if value is None else Shape(1, is_share=True) for value in values]
    if column.form is Form.QUANTITY:
        return [None if value is None else Shape(_own_digits(value)) for value in values]
    is_signed = column.form in (Form.MUSD_CHANGE, Form.COUNT_CHANGE)
    if column.form in (Form.PERCENT, Form.PERCENT_CHANGE):
        fine = all(min(size, abs(1 - size)) < _FEW for size in sizes)
        common = Shape(2 if fine else 1, is_share=True, is_signed=column.form is Form.PERCENT_CHANGE)
        return [None if value is None else common for value in values]
    if column.form in (Form.NUMBER, Form.NUMBER_CHANGE):
        is_signed = column.form is Form.NUMBER_CHANGE
        return [None if value is None else Shape(_digits(value, sizes), is_signed=is_signed) for value in values]
    decimals = 0 if column.form in (Form.COUNT, Form.COUNT_CHANGE) else money_decimals(max(sizes, default=0.0))
    return [None if value is None else Shape(decimals, is_signed=is_signed) for value in values]


def money_decimals(size: float) -> int:
    """Returns how many decimals amounts need whose largest has a size.

    >>> money_decimals(6155.0), money_decimals(12.3), money_decimals(0.4), money_decimals(0.0)
    (0, 1, 3, 0)
    """
    return 0 if size >= 100 or size < NOTHING else 1 if size >= 10 else 2 if size >= 1 else 3


def _digits(value: float, sizes: Sequence[float]) -> int:
    """Decimals of a plain number: those of its column where all are of like size, else its own."""
    most = max(sizes)
    if most < 1000:
        exact = next((d for d in range(_MOST_DIGITS) if all(abs(s - round(s, d)) < 1e-9 for s in sizes)), _MOST_DIGITS)
        least = min((size for size in sizes if size > NOTHING), default=most)
        if most <= 1000 * least:
            return exact
    return _own_digits(value)


def _own_digits(value: float) -> int:
    size = abs(value)
    if abs(size - round(size)) < NOTHING or size >= 100:
        return 0
    return 1 if size >= 10 else 2 if size >= 1 else _MOST_DIGITS
