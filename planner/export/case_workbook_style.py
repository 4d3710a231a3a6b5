"""How an input workbook looks: dark names, grey explanations, blue entries."""

from __future__ import annotations

from functools import cache
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped, unused-ignore]
from xlsxwriter.format import Format  # type: ignore[import-untyped, unused-ignore]

from planner.case.workbook_form import FormCell, FormColumn
from planner.case.workbook_sheet import Holds

FIRST_ROW = 3
LAST_CHECKED_ROW = 2_000
NAVY, SLATE, INPUT_BLUE = "#1F3864", "#5B7083", "#0000FF"
PALE, GREY, LINE, INPUT_FILL = "#EEF2F7", "#595959", "#D5DCE4", "#FFFFF0"
EXAMPLE_FILL = "#FFF2CC"
NEEDED_TAB, FILLED_TAB, EMPTY_TAB = "#1F3864", "#6FA8DC", "#D9D9D9"
FONT = {"font_name": "Calibri", "font_size": 10}


class Style:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made = cache(self._make)
        self.plain_header = self._of(bold=True, font_color="#FFFFFF", bg_color=NAVY, valign="vcenter")
        self.comment = self._of(italic=True, font_color="#7F7F7F", num_format="@")
        self.remark = self._of(font_color=GREY, num_format="@")
        self.grey = self._of(font_color=GREY, num_format="@")
        self.readme = self._of(num_format="@", text_wrap=True)
        self.setting_name = self._of(bold=True, num_format="@")
        self.title = self._of(bold=True, font_size=18, font_color=NAVY)
        self.lead = self._of(font_size=11, font_color=GREY)
        self.group = self._of(bold=True, font_color=NAVY, bottom=1, bottom_color=NAVY)
        self.text = self._of()
        self.link = self._of(font_color="#0563C1", underline=1)
        self.count = self._of(align="right", num_format='0;-0;"–"')
        self.list_cell = self._of(font_color=GREY, num_format="@")

    def header(self, column: FormColumn) -> Format:
        """Returns the look of a name: dark where a value is needed, lighter where a cell may be blank."""
        fill = NAVY if column.is_needed else SLATE
        looks = {"font_color": "#FFFFFF", "bg_color": fill, "valign": "vcenter", "num_format": "@"}
        return self._of(bold=True, **looks, **_aligned(column))

    def explanation(self, column: FormColumn) -> Format:
        """Returns the look of the explanation below a name."""
        looks = {"font_color": GREY, "bg_color": PALE, "bottom": 1, "bottom_color": LINE, "num_format": "@"}
        return self._of(font_size=8, text_wrap=True, valign="top", **looks, **_aligned(column))

    def blank(self, column: FormColumn) -> Format:
        """Returns the look of cells that are still to be filled in."""
        return self._of(**_entry(column, None))

    def cell(self, column: FormColumn, value: FormCell, *, is_example: bool = False) -> Format:
        """Returns the look of an entry, or of one of the example."""
        fill = {"bg_color": EXAMPLE_FILL, "italic": True} if is_example else {}
        return self._of(**_entry(column, value), **fill)

    def setting(self, column: FormColumn, value: FormCell) -> Format:
        """Returns the look of the value of a setting."""
        looks = _entry(column, value) | {
            "align": "left",
            "indent": 0,
            "border": 1,
            "border_color": LINE,
            "bg_color": INPUT_FILL,
        }
        return self._of(**looks)

    def _of(self, **looks: Any) -> Format:  # noqa: ANN401  what the library takes
        return self._made(tuple(sorted((FONT | looks).items())))

    def _make(self, looks: tuple[tuple[str, Any], ...]) -> Format:
        return self._book.add_format(dict(looks))


def _aligned(column: FormColumn) -> dict[str, Any]:
    # Text is moved in a little, so that it keeps apart from the numbers on its left.
    return {"align": "right"} if column.holds is Holds.NUMBER else {"align": "left", "indent": 1}


def _has_lines(value: FormCell) -> bool:
    return isinstance(value, str) and "\n" in value


def _entry(column: FormColumn, value: FormCell) -> dict[str, Any]:
    if column.holds is Holds.REMARK:
        # Lines below each other are cut at the height of the row, which they would otherwise leave.
        lines = {"text_wrap": True, "valign": "top"} if _has_lines(value) else {}
        return {"font_color": GREY, "num_format": "@"} | lines | _aligned(column)
    if column.holds is Holds.TRUTH:
        return {"font_color": INPUT_BLUE, "align": "center"}
    if column.holds is not Holds.NUMBER or isinstance(value, str):
        return {"font_color": INPUT_BLUE, "num_format": "@"} | _aligned(column)
    is_round = value is None or float(value).is_integer()
    number = "#,##0" if column.is_large and is_round else "General"
    return {"font_color": INPUT_BLUE, "num_format": number} | _aligned(column)
