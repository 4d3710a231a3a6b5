"""How cells look: blue inputs on pale yellow, blue plan values, black formulas, green links, brackets and dashes."""

from __future__ import annotations

import enum
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from planner.documents.cell_text import Shape

FONT = "Arial"
NAVY = "#1F3864"
BLUE = "#0000FF"
GREEN = "#00703C"
GREY = "#7F7F7F"
PALE_YELLOW = "#FFFBE0"
PALE_GREY = "#EDEDED"
PALE_BLUE = "#DCE6F1"
RULE = "#A6A6A6"


@enum.unique
class CellKind(enum.Enum):
    """What a cell holds, which its colour shows."""

    # The names of members are compared for every cell otherwise.
    __hash__ = object.__hash__

    INPUT = "input"
    PLAN = "plan"
    CALC = "calc"
    LINK = "link"


@enum.unique
class Look(enum.Enum):
    """What a cell of text is for."""

    __hash__ = object.__hash__

    TITLE = "title"
    SUBTITLE = "subtitle"
    FLAG = "flag"
    HEADER = "header"
    HEADER_LEFT = "header left"
    HEADER_GREY = "header grey"
    SECTION = "section"
    LABEL = "label"
    LABEL_STRONG = "label strong"
    COLUMN = "column"
    NOTE = "note"
    UNIT = "unit"
    TEXT = "text"
    TIMING = "timing"
    WORDS = "words"
    EVENT = "event"
    SPELL = "spell"


NOTHING = 1e-6
"""What lies within this of zero is written as a dash: it is noise of the solver."""

_TEXTS: dict[Look, dict[str, Any]] = {
    Look.TITLE: {"bold": True, "font_size": 15, "font_color": NAVY, "valign": "vcenter"},
    Look.SUBTITLE: {"font_color": GREY},
    Look.FLAG: {"bold": True, "font_color": GREEN},
    Look.HEADER: {
        "bold": True,
        "font_color": "white",
        "bg_color": NAVY,
        "align": "right",
        "valign": "vcenter",
        "text_wrap": True,
    },
    Look.HEADER_LEFT: {
        "bold": True,
        "font_color": "white",
        "bg_color": NAVY,
        "valign": "vcenter",
        "text_wrap": True,
        "indent": 1,
    },
    Look.HEADER_GREY: {"bold": True, "font_color": "white", "bg_color": GREY, "align": "right", "valign": "vcenter"},
    Look.SECTION: {"bold": True, "font_color": NAVY, "bg_color": PALE_BLUE},
    Look.COLUMN: {"bold": True, "font_color": NAVY, "bg_color": PALE_BLUE, "shrink": True},
    Look.LABEL: {"indent": 1, "align": "left"},
    Look.LABEL_STRONG: {"bold": True},
    Look.NOTE: {"font_color": GREY, "italic": True, "font_size": 9, "text_wrap": True, "indent": 1, "align": "left"},
    Look.UNIT: {"font_color": GREY, "font_size": 9, "indent": 1, "align": "left"},
    Look.TEXT: {},
    Look.TIMING: {"font_color": GREY, "font_size": 8, "align": "right"},
    Look.WORDS: {"text_wrap": True, "valign": "top", "indent": 1, "align": "left"},
    Look.EVENT: {"bold": True, "font_color": "white", "bg_color": "#2E75B6", "align": "center", "font_size": 9},
    Look.SPELL: {"font_color": NAVY, "bg_color": PALE_BLUE, "align": "center", "font_size": 9},
}
COLOURS = {CellKind.INPUT: BLUE, CellKind.PLAN: BLUE, CellKind.CALC: "#000000", CellKind.LINK: GREEN}
_KINDS: dict[CellKind, dict[str, Any]] = {
    CellKind.INPUT: {"font_color": COLOURS[CellKind.INPUT], "bg_color": PALE_YELLOW, "locked": False},
    CellKind.PLAN: {"font_color": COLOURS[CellKind.PLAN], "locked": False},
    CellKind.CALC: {"font_color": COLOURS[CellKind.CALC]},
    CellKind.LINK: {"font_color": COLOURS[CellKind.LINK]},
}


class Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[object, Format] = {}

    def text(self, look: Look, *, kind: CellKind | None = None, is_grey: bool = False) -> Format:
        """Returns the format of a text; `kind` colours one that is an input or a link."""
        key = "text", look, kind, is_grey
        made = self._made.get(key)
        if made is not None:
            return made
        facts = dict(_TEXTS[look])
        if kind is not None:
            facts |= _KINDS[kind]
        return self._format(key, facts, is_grey=is_grey)

    def number(
        self, kind: CellKind, numbers: Shape, *, is_strong: bool = False, is_grey: bool = False, lead: str = ""
    ) -> Format:
        """Returns the format of a number; a strong one is a total, `lead` a word of ours before the number."""
        key = kind, numbers, is_strong, is_grey, lead
        made = self._made.get(key)
        if made is not None:
            return made
        code = f'"{lead} "{numbers.code.split(";")[0]}' if lead else numbers.code
        facts = {**_KINDS[kind], "num_format": code, "align": "right"}
        if is_strong:
            facts |= {"bold": True, "top": 1, "top_color": RULE}
        return self._format(key, facts, is_grey=is_grey)

    def grey(self) -> Format:
        """Returns the format of the empty cells of lookahead periods."""
        return self._format("grey", {}, is_grey=True)

    def zero(self) -> Format:
        """Returns the format that shows a number as nothing, for conditional formatting."""
        if "zero" not in self._made:
            self._made["zero"] = self._workbook.add_format({"num_format": '"–"_);"–"_);"–"_)'})
        return self._made["zero"]

    def alarm(self) -> Format:
        """Returns the format of a check that fails, for conditional formatting."""
        if "alarm" not in self._made:
            facts = {"bold": True, "font_color": "white", "bg_color": "#C00000"}
            self._made["alarm"] = self._workbook.add_format(facts)
        return self._made["alarm"]

    def _format(self, key: object, facts: dict[str, Any], *, is_grey: bool) -> Format:
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10, "valign": "top"}
            fill = {"bg_color": PALE_GREY} if is_grey and "bg_color" not in facts else {}
            self._made[key] = self._workbook.add_format(base | facts | fill)
        return self._made[key]
