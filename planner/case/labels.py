"""Labels and spans in cells, with the remedy for what spreadsheets make of them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from models.calendar import FORMS, LabelError, parse_label, parse_span
from planner.case.text import UnreadableError

EXCEL_EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 32874, 73415  # 1990-01-01 to 2100-12-31
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
AS_TEXT = "and format the column as text"

_DIGITS = re.compile(r"[0-9]+(?:[.,]0+)?")
_ISO_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ].*)?")
_DATE = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})(?:[T ].*)?")
_MONTH = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})|([0-9]{1,2})[-/. ]([0-9]{4})")
_NAMED = re.compile(r"(?:[0-9]{1,2}[-/. ])?([a-z]{3})[a-z]*[-/. ']*([0-9]{4}|[0-9]{2})")
_RANGE = re.compile(r"[0-9]{4}\S{0,3}?\s*(?:-|:|to|\.|,|…)\s*[0-9]{4}\S{0,3}")
_OF_YEAR = re.compile(
    r"(?:cy|year|y)?[ '-]*([0-9]{4})[ -]*(?:[aefpb]|est\.?|act\.?|estimate|actual|plan|budget|forecast)?"
)
_PART = re.compile(r"([0-9]{4})[-/ ]?([hq])[-/ ]?([1-4])|([hq])[-/ ]?([1-4])[-/ ]?([0-9]{4})")


def read_label(text: str) -> str:
    """Returns the label in a cell as it stands; raises UnreadableError with the remedy.

    >>> read_label("2027Q3")
    '2027Q3'
    """
    try:
        parse_label(text)
    except LabelError:
        raise _refusal(text) from None
    return text


def read_span(text: str) -> str:
    """Returns the span in a cell without inner spaces; raises UnreadableError with the remedy.

    >>> read_span("2027Q3 .. 2028Q2")
    '2027Q3..2028Q2'
    """
    parts = [part.strip() for part in text.split("..")]
    if len(parts) > 2:
        expected = "must be a label or a range of two labels"
        raise UnreadableError(expected, "Write it as 2027Q3..2028Q2.")
    for part in parts:
        try:
            parse_label(part)
        except LabelError:
            if len(parts) == 1:
                raise _refusal(part, is_span=True) from None
            inner = _refusal(part)
            expected = f"holds '{part}', which {inner.expected}"
            raise UnreadableError(expected, inner.remedy) from None
    span = "..".join(parts)
    try:
        parse_span(span)
    except LabelError:
        expected = "ends before it begins"
        raise UnreadableError(expected, f"Write {parts[1]}..{parts[0]}, or repair one of the two.") from None
    return span


def _refusal(text: str, *, is_span: bool = False) -> UnreadableError:
    bare = text.strip().replace("–", "-").replace("—", "-").replace("−", "-")
    found = _date_of(bare)
    if found is not None:
        return found
    meant = _meant(bare.casefold())
    if meant:
        return UnreadableError(f"must be a period label: {FORMS}", f"Use {meant}.")
    if re.fullmatch(r"(?i)(?:q[1-4]|h[12])?[ -]?fy[ -']*[0-9]{2,4}|fy.*", bare):
        return UnreadableError("is a fiscal label", f"Use labels of the calendar: {FORMS}.")
    if is_span and _RANGE.fullmatch(bare):
        return UnreadableError("must be a label or a range", "Write a range with two dots: 2027Q3..2028Q2.")
    form = "period label or span" if is_span else "period label"
    return UnreadableError(f"must be a {form}: {FORMS}", "Write one of these forms.")


def _date_of(bare: str) -> UnreadableError | None:
    """Returns the refusal of a date or a date serial number, or None for anything else."""
    if _DIGITS.fullmatch(bare):
        number = int(re.split("[.,]", bare)[0])
        if FIRST_SERIAL <= number <= LAST_SERIAL:
            day = EXCEL_EPOCH + timedelta(days=number)
            return UnreadableError(
                f"is the serial number of a date ({day.isoformat()})", f"Use {day:%Y-%m} or another label, {AS_TEXT}."
            )
        if 1900 <= number <= 2200:
            return UnreadableError("must be a period label", f"Use {number}.")
        return None
    if iso := _ISO_DATE.fullmatch(bare):
        year, month = iso.group(1), int(iso.group(2))
        remedy = f"Use {year}-{month:02d}" if 1 <= month <= 12 else "Use a label such as 2027-07"
        return UnreadableError("is a date and not a period label", f"{remedy}, {AS_TEXT}.")
    if day_first := _DATE.fullmatch(bare):
        first, second, year = int(day_first.group(1)), int(day_first.group(2)), day_first.group(3)
        year = year if len(year) == 4 else f"20{year}"
        months = sorted({f"{year}-{month:02d}" for month in (first, second) if 1 <= month <= 12})
        meant = " or ".join(months) or "a label such as 2027-07"
        return UnreadableError("is a date and not a period label", f"Use {meant}, {AS_TEXT}.")
    return None


def _meant(bare: str) -> str:
    """Returns the one label that a text in a neighbouring form means, or the empty text."""
    if of_year := _OF_YEAR.fullmatch(bare):
        return of_year.group(1)
    if part := _PART.fullmatch(bare):
        year, letter, number = part.group(1, 2, 3) if part.group(1) else part.group(6, 4, 5)
        return f"{year}{letter.upper()}{number}" if letter == "q" or number in "12" else ""
    if month := _MONTH.fullmatch(bare):
        year, number = (month.group(1), month.group(2)) if month.group(1) else (month.group(4), month.group(3))
        return f"{year}-{int(number):02d}" if 1 <= int(number) <= 12 else ""
    if (named := _NAMED.fullmatch(bare)) and named.group(1) in MONTH_NAMES:
        year = named.group(2) if len(named.group(2)) == 4 else f"20{named.group(2)}"
        return f"{year}-{MONTH_NAMES.index(named.group(1)) + 1:02d}, {AS_TEXT}"
    return ""
