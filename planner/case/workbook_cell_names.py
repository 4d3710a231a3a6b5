"""Findings in a workbook: named by sheet and cell, in the words of a workbook and not of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.case import TABLES
from planner.case.settings import PLAN_FILE
from planner.errors import Fault

PLAN_SHEET = "plan"
_NAMES = "|".join(sorted(TABLES, key=len, reverse=True))
_WORDS = (
    (re.compile(rf"\b({_NAMES})\.csv row (\d+)"), r"\1 row \2"),
    (re.compile(rf"\b({_NAMES})\.csv\b"), r"the sheet \1"),
    (re.compile(rf"\b{re.escape(PLAN_FILE)}\b"), f"the sheet {PLAN_SHEET}"),
    (re.compile(r"\bthe file is\b"), "the sheet is"),
    (re.compile(r"\bof the file\b"), "of the sheet"),
    (re.compile(r", without quotes\b"), ""),
    (re.compile(r", alike in the whole file\b"), " as a number and not as a text"),
)


@dataclass(frozen=True)
class WorkbookFault(Fault):
    """A finding in a workbook: `file` is the name of the sheet, `cell` the place in it, open for a whole sheet."""

    cell: str = ""

    @property
    def place(self) -> str:
        """The sheet and cell, as `offers!D7`."""
        return f"{self.file}!{self.cell}" if self.cell else self.file


@dataclass(frozen=True)
class CellNames:
    """The letters of the columns by sheet, and the cells of the settings."""

    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def placed(self, fault: Fault) -> Fault:
        """Returns a finding with its cell, in the words of a workbook."""
        if isinstance(fault, WorkbookFault):
            return fault
        sheet = PLAN_SHEET if fault.file == PLAN_FILE else fault.file.removesuffix(".csv")
        if sheet == fault.file:
            return fault
        cell, row = "", fault.row
        if sheet == PLAN_SHEET:
            cell = self.settings.get(fault.column or "", "")
            row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) if cell else row
        elif row is not None:
            letters = self.letters.get(sheet, {})
            cell = f"{letters.get(fault.column or '') or next(iter(letters.values()), 'A')}{row}"
        expected, remedy = in_words(fault.expected), in_words(fault.remedy)
        return WorkbookFault(sheet, expected, remedy, row, fault.column, fault.value, fault.severity, cell)

    def all_placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Returns findings with their cells."""
        return tuple(self.placed(fault) for fault in faults)


def in_words(text: str) -> str:
    """Returns a sentence about the files of a folder as one about the sheets of a workbook.

    >>> in_words("Add its rates to throughput.csv"), in_words("is above that of offers.csv row 3")
    ('Add its rates to the sheet throughput', 'is above that of offers row 3')
    """
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text
