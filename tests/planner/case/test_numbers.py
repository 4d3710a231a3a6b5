"""Numbers in every writing: read exactly, or refused with the remedy, never guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.case.numbers import NumberStyle, evidence, read_number, style_of
from planner.case.text import UnreadableError

COMMA_FILE = NumberStyle(",")
SEMICOLON_FILE = NumberStyle(";")
POINT = NumberStyle(";", point="1.5")
COMMA = NumberStyle(";", comma="1,5")

READ = [
    ("7", COMMA_FILE, 7.0),
    ("-7.5", COMMA_FILE, -7.5),
    ("+7", COMMA_FILE, 7.0),
    (".5", COMMA_FILE, 0.5),
    ("1E5", COMMA_FILE, 100000.0),
    ("1.5e-3", COMMA_FILE, 0.0015),
    ("00123", COMMA_FILE, 123.0),
    ("-0", COMMA_FILE, 0.0),
    ("1.234", COMMA_FILE, 1.234),
    ("0.125", SEMICOLON_FILE, 0.125),
    ("0,125", SEMICOLON_FILE, 0.125),
    ("1,234.50", COMMA_FILE, 1234.5),
    ("1.234,50", SEMICOLON_FILE, 1234.5),
    ("1,234,567", COMMA_FILE, 1234567.0),
    ("1.234.567", SEMICOLON_FILE, 1234567.0),
    ("1,5e3", SEMICOLON_FILE, 1500.0),
    ("1234,567", SEMICOLON_FILE, 1234.567),
    ("12,50", SEMICOLON_FILE, 12.5),
    ("1 234", COMMA_FILE, 1234.0),
    ("1 234,5", SEMICOLON_FILE, 1234.5),
    ("1\u00a0234\u00a0567", COMMA_FILE, 1234567.0),
    ("1\u202f234.5", COMMA_FILE, 1234.5),
    ("1\u2009234", COMMA_FILE, 1234.0),
    ("1'234", COMMA_FILE, 1234.0),
    ("1’234.5", COMMA_FILE, 1234.5),
    ("12,34,567.5", COMMA_FILE, 1234567.5),
    ("1,00,000", COMMA_FILE, 100000.0),
    ("(1,000)", POINT, -1000.0),
    ("(5)", COMMA_FILE, -5.0),
    ("−5", COMMA_FILE, -5.0),
    ("\u00a05\u200b", COMMA_FILE, 5.0),
    ("1,234", POINT, 1234.0),
    ("1.234", POINT, 1.234),
    ("1,234", COMMA, 1.234),
    ("1.234", COMMA, 1234.0),
]

REFUSED = [
    ("1,234", COMMA_FILE, "can be read as 1.234 or as 1234"),
    ("1,234", SEMICOLON_FILE, "can be read as 1.234 or as 1234"),
    ("1.234", SEMICOLON_FILE, "can be read as 1.234 or as 1234"),
    ("1.234", NumberStyle("\t"), "can be read as 1.234 or as 1234"),
    ("1.234", NumberStyle(",", comma="1,5"), "can be read as 1.234 or as 1234"),
    ("(1,000)", COMMA_FILE, "can be read as 1.000 or as 1000"),
    ("12%", COMMA_FILE, "must be a number without a per cent sign"),
    ("x%", COMMA_FILE, "must be a number without a per cent sign"),
    ("$1.2bn", COMMA_FILE, "must be a number alone, without a currency or unit"),
    ("€ 5", COMMA_FILE, "must be a number alone, without a currency or unit"),
    ("5 kW", COMMA_FILE, "must be a number alone, without a currency or unit"),
    ("0x10", COMMA_FILE, "must be a number alone, without a currency or unit"),
    ("NaN", COMMA_FILE, "must be a finite number"),
    ("-inf", COMMA_FILE, "must be a finite number"),
    ("Infinity", COMMA_FILE, "must be a finite number"),
    ("1e400", COMMA_FILE, "is too large for a number of a plan"),
    ("9999999999999999", COMMA_FILE, "is too large for a number of a plan"),
    ("n/a", COMMA_FILE, "is a placeholder and not a number"),
    ("NA", COMMA_FILE, "is a placeholder and not a number"),
    ("TBC", COMMA_FILE, "is a placeholder and not a number"),
    ("-", COMMA_FILE, "is a placeholder and not a number"),
    ("—", COMMA_FILE, "is a placeholder and not a number"),
    ("#REF!", COMMA_FILE, "is an error of the spreadsheet"),
    ("#DIV/0!", COMMA_FILE, "is an error of the spreadsheet"),
    ("#N/A", COMMA_FILE, "is an error of the spreadsheet"),
    ("#NAME?", COMMA_FILE, "is an error of the spreadsheet"),
    ("TRUE", COMMA_FILE, "must be a number"),
    ("twelve", COMMA_FILE, "must be a number"),
    ("1 23", COMMA_FILE, "must be a number"),
    ("1,23,4", COMMA_FILE, "must be a number"),
    ("1.2.3", COMMA_FILE, "must be a number"),
    ("1_000", COMMA_FILE, "must be a number"),
    ("--5", COMMA_FILE, "must be a number"),
    ("5.", COMMA_FILE, "must be a number"),
    ("٣", COMMA_FILE, "must be a number"),
    ("=1+1", COMMA_FILE, "must be a number"),
    ("2027-01-01", COMMA_FILE, "must be a number"),
    ("1;2", COMMA_FILE, "must be a number"),
    ("", COMMA_FILE, "must be a number"),
]


@pytest.mark.parametrize(("text", "style", "value"), READ)
def test_number_is_read(text, style, value):
    assert read_number(text, style) == value


@pytest.mark.parametrize(("text", "style", "expected"), REFUSED)
def test_number_is_refused(text, style, expected):
    with pytest.raises(UnreadableError) as caught:
        read_number(text, style)
    assert caught.value.expected == expected


def test_percent_names_the_number_that_is_meant():
    with pytest.raises(UnreadableError) as caught:
        read_number("12%", COMMA_FILE)
    assert caught.value.remedy == "Write 0.12."


@pytest.mark.parametrize(
    ("texts", "point", "comma"),
    [
        (["1", "2"], "", ""),
        (["1.234", "1,234"], "", ""),
        (["1.5", "2"], "1.5", ""),
        (["1,5", "1.234"], "", "1,5"),
        (["1.5", "1,5"], "1.5", "1,5"),
        (["1,234,567"], "1,234,567", ""),
        (["1 234,567"], "", "1 234,567"),
    ],
)
def test_cells_tell_the_decimal_mark(texts, point, comma):
    style = style_of(texts, separator=";")
    assert (style.point, style.comma) == (point, comma)
    assert style.is_mixed == bool(point and comma)


@given(st.floats(min_value=-1e14, max_value=1e14, allow_nan=False))
@settings(max_examples=200, derandomize=True)
def test_what_python_writes_in_a_comma_file_is_read_back_exactly(value):
    assert read_number(repr(value), COMMA_FILE) == value


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=99))
@settings(max_examples=200, derandomize=True)
def test_german_and_english_writings_agree(whole, cents):
    english = f"{whole:,}.{cents:02d}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert evidence(english) == "."
    assert evidence(german) == ","
    assert read_number(english, COMMA_FILE) == read_number(german, SEMICOLON_FILE) == whole + cents / 100


@given(st.text(max_size=12))
@settings(max_examples=300, derandomize=True)
def test_any_text_is_a_finite_number_or_refused(text):
    for style in (COMMA_FILE, SEMICOLON_FILE, POINT, COMMA):
        refusal = None
        try:
            assert abs(read_number(text, style)) <= 1e15
        except UnreadableError as error:
            refusal = error
        assert refusal is None or refusal.expected
