"""A term gives value and formula of a cell alike: hand-solved rows, and random arithmetic in a formula engine."""

import io

import formualizer
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.documents.formula_terms import ONE, ZERO, Arithmetic, Fold, Folded, Negative, Number, Share, largest
from planner.documents.line_items import (
    Added,
    AtPeriod,
    ByYear,
    Constant,
    LineItem,
    PeriodNumber,
    Prior,
    TimeAxis,
    Total,
    UntilPeriod,
)
from planner.documents.live_workbook import LineSheet
from planner.documents.xlsx.line_formulas import Formulas, Place
from planner.documents.xlsx.line_sheets import place_rows

AXIS = TimeAxis(("2027", "2028", "2029"), 2, (2027, 2028, 2029), is_yearly=True)


def sheet_of(*items, name="Fleet"):
    sheet = LineSheet(name, "Fleet", AXIS)
    for item in items:
        sheet.add(item)
    return sheet


def formulas_of(*sheets):
    places = {}
    for sheet in sheets:
        place_rows(sheet, places)
    return Formulas(places)


def test_a_corkscrew_may_name_its_closing_row_before_that_stands():
    """10 at the start, 5 arrive each period, 2 leave in the second: 15, 18, 23; opening 10, 15, 18."""
    closing = LineItem("Closing", total=Total.NONE, start=10.0)
    opening = LineItem("Opening", Prior(closing))
    arrive, leave = LineItem("Arrive", (5.0, 5.0, 5.0)), LineItem("Leave", (None, 2.0, None))
    closing.source = opening + arrive - leave
    sheet = sheet_of(opening, arrive, leave, closing)
    assert opening.numbers == (10.0, 15.0, 18.0)
    assert closing.numbers == (15.0, 18.0, 23.0)
    write = formulas_of(sheet)
    assert write.across(opening.source, "Fleet").format("E", "D") == "D10"
    assert write.across(closing.source, "Fleet").format("F", "E") == "F7+F8-F9"


def test_totals_are_of_the_reported_periods_and_what_is_checked_of_all():
    line = LineItem("Units", (1.0, 2.0, -7.0), total=Total.SUM)
    sheet_of(line)
    assert line.whole.number() == 3.0
    for total, found in ((Total.ALL, -4.0), (Total.MOST, 2.0), (Total.LEAST, -7.0), (Total.SIZE, 7.0)):
        own = LineItem("Units", line.source, total=total)
        sheet_of(own)
        assert own.whole.number() == found


def test_a_block_is_one_range_and_scattered_rows_are_added_one_by_one():
    first, second, far = (LineItem(name, (1.0, 2.0, 3.0)) for name in ("a", "b", "c"))
    write = formulas_of(sheet_of(first, second), sheet_of(far, name="Cash flow"))
    assert write.across(Added((first, second)), "Fleet").format("E", "D") == "SUM(E7:E8)"
    assert not write.has_links
    assert write.across(Added((first, far)), "Fleet").format("E", "D") == "E7+'Cash flow'!E7"
    assert write.has_links
    assert Added((first, far)).value(2) == 6.0
    assert write.across(Added(()), "Fleet") == "0"


def test_what_is_due_is_read_by_the_number_of_its_period():
    units = LineItem("Units", (4.0, 5.0, 6.0))
    wait = Constant("Order to arrival", ONE)
    write = formulas_of(sheet_of(units, wait))
    due, until = AtPeriod(units, PeriodNumber() - wait), UntilPeriod(units, PeriodNumber() - wait)
    assert [due.value(at) for at in range(3)] == [0.0, 4.0, 5.0]
    assert [until.value(at) for at in range(3)] == [0.0, 4.0, 9.0]
    assert write.across(due, "Fleet").format("F", "E") == "SUMIFS($E$7:$G$7,$E$5:$G$5,F$5-$C$8)"
    assert write.across(until, "Fleet").format("F", "E") == 'SUMIFS($E$7:$G$7,$E$5:$G$5,"<="&F$5-$C$8)'


def test_quarters_are_added_by_calendar_year():
    axis = TimeAxis(("2027Q3", "2027Q4", "2028Q1"), 3, (2027, 2027, 2028))
    line = LineItem("Cash", (1.0, 2.0, 4.0), axis=axis)
    assert [ByYear(line).value(at) for at in range(2)] == [3.0, 4.0]


def test_a_share_of_nothing_is_blank():
    part, whole = LineItem("Part", (1.0, 1.0, 0.0)), LineItem("Whole", (2.0, None, 4.0))
    share = LineItem("Share", Share(part, whole))
    write = formulas_of(sheet_of(part, whole, share))
    assert [share.value(at) for at in range(3)] == [0.5, None, 0.0]
    assert write.across(share.source, "Fleet").format("E", "D") == 'IF(E8,E7/E8,"")'


_LEAVES = st.sampled_from([0, 1, 2])
_TERMS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*/"), inner, inner),
        st.tuples(st.just("neg"), inner),
        st.tuples(st.just("max"), inner, inner),
    ),
    max_leaves=12,
)


def built(shape, rows):
    if isinstance(shape, int):
        return rows[shape]
    kind, *parts = shape
    terms = [built(part, rows) for part in parts]
    if kind == "neg":
        return Negative(terms[0])
    return largest(*terms) if kind == "max" else Arithmetic(kind, *terms)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(shapes=st.lists(_TERMS, min_size=5, max_size=5))
def test_a_formula_engine_reads_random_arithmetic_as_it_is_valued(shapes):
    """Brackets stand where they are needed: a formula engine finds the value of the term."""
    rows = [Constant(name, Number(amount)) for name, amount in (("a", 3.0), ("b", -5.0), ("c", 0.5))]
    write = Formulas({row: Place("Sheet", at) for at, row in enumerate(rows)})
    book = openpyxl.Workbook()
    book.active.title = "Sheet"
    for at, row in enumerate(rows, 1):
        book.active.cell(at, 3, row.number())
    expected = []
    for at, shape in enumerate(shapes, 1):
        term = built(shape, rows)
        try:
            expected.append(term.value(0))
        except ZeroDivisionError:
            expected.append(None)
        book.active.cell(at, 5, f"={write.of(term, 'Sheet')}")
    out = io.BytesIO()
    book.save(out)
    engine = formualizer.load_workbook_bytes(out.getvalue())
    for at, value in enumerate(expected, 1):
        if value is not None:
            assert engine.evaluate_cell("Sheet", at, 5) == pytest.approx(value, rel=1e-9, abs=1e-9), shapes[at - 1]


def test_a_power_is_taken_before_its_sign():
    rate, years = Constant("Rate", Number(0.25)), Constant("Years", Number(2.0))
    write = Formulas({rate: Place("Cash", 0), years: Place("Cash", 1)})
    factor = (ONE + rate) ** -years
    assert write.of(factor, "Cash") == "(1+$C$1)^-$C$2"
    assert factor.value(0) == pytest.approx(0.64)
    assert Folded(Fold.LEAST, (ZERO, factor)).value(0) == 0.0
