"""The terms of line items as formulas of a workbook: one text for a row, filled in for each column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from planner.documents.formula_terms import Arithmetic, Fold, Folded, Negative, Number, Share, Term
from planner.documents.line_items import (
    Added,
    AddedByNote,
    AtPeriod,
    ByYear,
    Constant,
    InputCell,
    ItemCells,
    LineItem,
    PeriodNumber,
    PeriodNumbers,
    Prior,
    RowCells,
    UntilPeriod,
    Weighted,
    WholeOf,
)
from planner.documents.live_workbook import CountOfChanged, Verdicts
from planner.documents.xlsx.workbook_writing import sheet_prefix

LABEL, UNIT, TOTAL, NOTE, FIRST = range(5)
HEADER_ROW, NUMBER_ROW, YEAR_ROW, TOP = 3, 4, 5, 6
VERDICT_COLUMN = FIRST + 2
HERE, BEFORE = "{0}", "{1}"
"""Where a formula names the column of its own period, and of the one before."""
_FUNCTIONS = {Fold.SUM: "SUM", Fold.MOST: "MAX", Fold.LEAST: "MIN"}
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


@dataclass(frozen=True)
class Place:
    """Where something stands: its sheet, row and column."""

    sheet: str
    row: int
    column: int = TOTAL


@dataclass(eq=False)
class Formulas:
    """Writes formulas for a sheet; `places` say where rows and cells stand."""

    places: dict[object, Place]
    sheet: str = ""
    has_links: bool = False
    """True where the last formula reads another sheet."""
    is_copied: bool = False
    """True where the formula is one that is copied across time."""

    def of(self, term: Term, sheet: str) -> str:
        """Returns the formula of a term in one cell of a sheet, without its equals sign."""
        self.sheet, self.has_links, self.is_copied = sheet, False, False
        return self._text(term)

    def across(self, term: Term, sheet: str) -> str:
        """Returns the formula of a term over time, to be filled in with its own column and the one before."""
        self.sheet, self.has_links, self.is_copied = sheet, False, True
        return self._text(term)

    def _text(self, term: Term) -> str:
        return _WRITERS[type(term)](self, term)

    def _within(self, term: Term, level: int) -> str:
        """A term inside another, in brackets where it binds less."""
        text, binds = self._text(term), _LEVELS[term.sign] if isinstance(term, Arithmetic) else level
        if isinstance(term, Added) and len(term.items) > 1 and not text.startswith("SUM("):
            binds = _LEVELS["+"]
        return f"({text})" if binds < level else text

    def _on(self, place: Place) -> str:
        if place.sheet == self.sheet:
            return ""
        self.has_links = True
        return sheet_prefix(place.sheet)

    def _cell(self, what: object) -> str:
        place = self.places[what]
        return f"{self._on(place)}${xl_col_to_name(place.column)}${place.row + 1}"

    def _span(self, place: Place, first: int, last: int) -> str:
        begin, end = xl_col_to_name(FIRST + first), xl_col_to_name(FIRST + last)
        on, row, fixed = self._on(place), place.row + 1, "$" if self.is_copied or place.sheet != self.sheet else ""
        return f"{on}{fixed}{begin}{fixed}{row}:{fixed}{end}{fixed}{row}"

    def _whole_span(self, item: LineItem, row: int | None = None) -> str:
        place = self.places[item]
        return self._span(place if row is None else Place(place.sheet, row), 0, len(item.axis.labels) - 1)

    def _block(self, items: tuple[LineItem, ...]) -> str:
        """The cells of rows from the first to the last, in the column of the period."""
        first, last = self.places[items[0]], self.places[items[-1]]
        return f"{self._on(first)}{HERE}{first.row + 1}:{HERE}{last.row + 1}"

    def _item(self, item: LineItem) -> str:
        place = self.places[item]
        return f"{self._on(place)}{HERE}{place.row + 1}"

    def _number(self, term: Number) -> str:
        return f"{term.amount:g}"

    def _arithmetic(self, term: Arithmetic) -> str:
        level = _LEVELS[term.sign]
        left = self._within(term.left, level)
        return f"{left}{term.sign}{self._within(term.right, level + (term.sign in '-/^'))}"

    def _negative(self, term: Negative) -> str:
        return f"-{self._within(term.term, max(_LEVELS.values()) + 1)}"

    def _share(self, term: Share) -> str:
        whole = self._text(term.whole)
        return f'IF({whole},{self._text(term.part)}/{whole},"")'

    def _folded(self, term: Folded) -> str:
        (one, *others) = term.terms
        if isinstance(one, ItemCells) and one.first == one.last and not others:
            return self._item_cells(one).partition(":")[0]
        return f"{_FUNCTIONS[term.fold]}({','.join(map(self._text, term.terms))})"

    def _whole(self, term: WholeOf) -> str:
        return self._cell(term.item)

    def _item_cells(self, term: ItemCells) -> str:
        return self._span(self.places[term.item], term.first, term.last)

    def _row_cells(self, term: RowCells) -> str:
        first, last = self._cell(term.rows[0]), self._cell(term.rows[-1])
        return f"{first}:{last.rpartition('!')[2]}"

    def _prior(self, term: Prior) -> str:
        return f"{BEFORE}{self.places[term.item].row + 1}"

    def _added(self, term: Added) -> str:
        places = [self.places[item] for item in term.items]
        first = places[0].row if places else 0
        is_block = [(place.sheet, place.row) for place in places] == [
            (places[0].sheet, first + at) for at in range(len(places))
        ]
        if is_block and len(places) > 1:
            return f"SUM({self._block(term.items)})"
        return "+".join(map(self._item, term.items)) or "0"

    def _by_note(self, term: AddedByNote) -> str:
        first, last = self.places[term.items[0]].row + 1, self.places[term.items[-1]].row + 1
        note = xl_col_to_name(NOTE)
        return f'SUMIFS({HERE}${first}:{HERE}${last},${note}${first}:${note}${last},"{term.word}")'

    def _weighted(self, term: Weighted) -> str:
        if not term.items:
            return "0"
        return f"SUMPRODUCT({self._block(term.items)},{self._row_cells(RowCells(term.items))})"

    def _period_number(self, term: PeriodNumber) -> str:
        del term
        return f"{HERE}${NUMBER_ROW + 1}"

    def _numbers(self, term: PeriodNumbers) -> str:
        return self._span(Place(self.sheet, NUMBER_ROW), 0, len(term.axis.labels) - 1)

    def _at_period(self, term: AtPeriod) -> str:
        numbers = self._numbers(PeriodNumbers(term.item.axis))
        return f"SUMIFS({self._whole_span(term.item)},{numbers},{self._text(term.period)})"

    def _until_period(self, term: UntilPeriod) -> str:
        numbers = self._numbers(PeriodNumbers(term.item.axis))
        return f'SUMIFS({self._whole_span(term.item)},{numbers},"<="&{self._text(term.period)})'

    def _by_year(self, term: ByYear) -> str:
        years = self._whole_span(term.item, YEAR_ROW)
        return f"SUMIFS({self._whole_span(term.item)},{years},{HERE}${YEAR_ROW + 1})"

    def _verdicts(self, term: Verdicts) -> str:
        first, last = (self.places[check] for check in (term.checks[0], term.checks[-1]))
        column = xl_col_to_name(VERDICT_COLUMN)
        return f"{self._on(first)}${column}${first.row + 1}:${column}${last.row + 1}"


_WRITERS: dict[type, Callable[[Formulas, Any], str]] = {
    Added: Formulas._added,
    AddedByNote: Formulas._by_note,
    Arithmetic: Formulas._arithmetic,
    AtPeriod: Formulas._at_period,
    ByYear: Formulas._by_year,
    Constant: Formulas._cell,
    CountOfChanged: lambda writer, term: writer._cell(("changed", term.is_input)),
    Folded: Formulas._folded,
    InputCell: lambda writer, term: writer._cell(term.key),
    ItemCells: Formulas._item_cells,
    LineItem: Formulas._item,
    Negative: Formulas._negative,
    Number: Formulas._number,
    PeriodNumber: Formulas._period_number,
    PeriodNumbers: Formulas._numbers,
    Prior: Formulas._prior,
    RowCells: Formulas._row_cells,
    Share: Formulas._share,
    UntilPeriod: Formulas._until_period,
    Verdicts: Formulas._verdicts,
    Weighted: Formulas._weighted,
    WholeOf: Formulas._whole,
}
