"""Numbers as people and spreadsheets write them, read by rules that never guess.

`1.234` is 1.234 in one country and 1234 in the next. A file tells by its other cells which it means
(`1,5` and `1.234,50` speak for a decimal comma, `1.5` and `1,234.50` for a decimal point); where they are
silent, a number with two readings is refused. Only a comma-separated file without such evidence reads
`1.234` by its decimal point, which is the form that the documentation gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from planner.case.text import UnreadableError, trim

LARGEST = 1e15
MOST_EXACT = 1e15
ERROR_CELLS = re.compile(r"#[A-Z0-9/]+[!?]?|#N/A")
PLACEHOLDERS = frozenset(
    ("n/a", "na", "n.a.", "n.a", "tbc", "tbd", "tba", "none", "null", "nil", "unknown", "open", "pending", "missing")
) | frozenset(("-", "--", "–", "—", "?", "??", "x", ".", "…"))
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
_MINUSES = str.maketrans({"−": "-", "﹣": "-", "－": "-", "–": "-", "＋": "+"})
_SPACES = " \u00a0\u202f\u2009'’"
_PLAIN = re.compile(r"[+-]?[0-9]+")
_SIGNED = re.compile(r"([+-]?)(.*?)((?:[eE][+-]?[0-9]+)?)", re.DOTALL)
_GROUPED = re.compile(rf"[0-9]{{1,3}}([{_SPACES}])[0-9]{{3}}(?:\1[0-9]{{3}})*(?:([.,])[0-9]+)?")
_SIMPLE = re.compile(r"([0-9]*)([.,])([0-9]+)")
_BOTH = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]*|(?:\.[0-9]{3})+,[0-9]*)")
_MANY = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?")


@dataclass(frozen=True)
class NumberStyle:
    """What the cells of one file say about its decimal mark; the texts are the first that say so."""

    separator: str = ","
    point: str = ""
    comma: str = ""

    @property
    def is_mixed(self) -> bool:
        """Some cells speak for a decimal point and others for a decimal comma."""
        return bool(self.point and self.comma)

    def decimal_of(self, mark: str) -> bool | None:
        """Returns whether `mark` in a number with two readings is the decimal mark; None where nothing tells."""
        if self.is_mixed:
            return None
        if self.point:
            return mark == "."
        if self.comma:
            # A quoted decimal comma in a comma-separated file and a dot beside it: two habits in one file.
            return None if self.separator == "," and mark == "." else mark == ","
        return True if self.separator == "," and mark == "." else None


def evidence(text: str) -> str:
    """Returns the decimal mark that a cell speaks for, or the empty text.

    >>> evidence("1.5"), evidence("1.234,50"), evidence("1,234,567"), evidence("1.234"), evidence("0,125")
    ('.', ',', '.', '', ',')
    """
    sign_body = _split(text)
    if sign_body is None:
        return ""
    _, body, exponent = sign_body
    if grouped := _GROUPED.fullmatch(body):
        return grouped.group(2) or ""
    if simple := _SIMPLE.fullmatch(body):
        before, mark, after = simple.groups()
        return "" if _has_two_readings(before, after) and not exponent else mark
    if _BOTH.fullmatch(body):
        return "." if body.rfind(".") > body.rfind(",") else ","
    if _MANY.fullmatch(body) or _INDIAN.fullmatch(body):
        return "," if "," not in body else "."
    return ""


def style_of(texts: Iterable[str], *, separator: str) -> NumberStyle:
    """Returns what the texts of the numeric cells of a file say about its decimal mark."""
    first: dict[str, str] = {}
    for text in texts:
        if not _PLAIN.fullmatch(text) and (mark := evidence(text)):
            first.setdefault(mark, text)
            if len(first) == 2:
                break
    return NumberStyle(separator, first.get(".", ""), first.get(",", ""))


def read_number(text: str, style: NumberStyle) -> float:
    """Returns the number in a cell, finite; raises UnreadableError with the remedy.

    >>> style = NumberStyle(";", comma="1,5")
    >>> read_number("1.234,50", style), read_number("(1.000)", style), read_number("−3", style)
    (1234.5, -1000.0, -3.0)
    """
    parts = _split(text)
    body = None if parts is None else _canonical(parts[1], parts[2], style)
    if parts is None or body is None:
        raise _refusal(text)
    value = float(parts[0] + body + parts[2])
    if not abs(value) <= LARGEST:
        expected = "is too large for a number of a plan"
        raise UnreadableError(expected, "Write the number in the unit of the column.")
    return value or 0.0


def number_text(value: float) -> str:
    """Returns a number as text of one reading, which gives the same number again.

    >>> number_text(30000.0), number_text(0.1), number_text(1.234), number_text(1e-07)
    ('30000', '0.1', '1.2340', '1e-07')
    """
    if value == int(value) and abs(value) < MOST_EXACT:
        return str(int(value))
    text = repr(value)
    before, _, after = text.lstrip("-").partition(".")
    # Three digits after one to three others have two readings in texts; a further zero leaves one.
    return f"{text}0" if len(after) == 3 and len(before) <= 3 and after.isdigit() else text


def _has_two_readings(before: str, after: str) -> bool:
    return len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")


def _split(text: str) -> tuple[str, str, str] | None:
    text = trim(text.translate(_MINUSES))
    if text.startswith("(") and text.endswith(")") and text[1:2].isdigit():
        text = "-" + text[1:-1]
    found = _SIGNED.fullmatch(text)
    if found is None or not any("0" <= part <= "9" for part in found.group(2)):
        return None
    return found.group(1), found.group(2), found.group(3)


def _canonical(body: str, exponent: str, style: NumberStyle) -> str | None:
    if body.isascii() and body.isdigit():
        return body
    if grouped := _GROUPED.fullmatch(body):
        for space in _SPACES:
            body = body.replace(space, "")
        return body.replace(",", ".") if grouped.group(2) else body
    if simple := _SIMPLE.fullmatch(body):
        before, mark, after = simple.groups()
        if exponent or not _has_two_readings(before, after):
            return f"{before or '0'}.{after}"
        is_decimal = style.decimal_of(mark)
        if is_decimal is None:
            expected = f"can be read as {before}.{after} or as {before}{after}"
            raise UnreadableError(expected, f"Write {before}.{after} or {before}{after}, alike in the whole file.")
        return f"{before}.{after}" if is_decimal else before + after
    if _BOTH.fullmatch(body):
        mark = "." if body.rfind(".") > body.rfind(",") else ","
        return body.replace("," if mark == "." else ".", "").replace(",", ".")
    if _MANY.fullmatch(body):
        return body.replace(",", "").replace(".", "")
    return body.replace(",", "") if _INDIAN.fullmatch(body) else None


def _refusal(text: str) -> UnreadableError:
    bare = trim(text)
    if ERROR_CELLS.fullmatch(bare):
        return UnreadableError("is an error of the spreadsheet", "Correct the formula and save the file again.")
    if _NOT_FINITE.fullmatch(bare):
        return UnreadableError("must be a finite number")
    if bare.casefold() in PLACEHOLDERS:
        return UnreadableError("is a placeholder and not a number")
    if bare.endswith("%"):
        try:
            share = read_number(bare[:-1], NumberStyle()) / 100
        except UnreadableError:
            return UnreadableError("must be a number without a per cent sign", "Write 0.12 for 12 %.")
        return UnreadableError("must be a number without a per cent sign", f"Write {share:.10g}.")
    if any("0" <= part <= "9" for part in bare) and re.search(r"[$€£¥]|[A-Za-z]", bare):
        return UnreadableError("must be a number alone, without a currency or unit")
    return UnreadableError("must be a number")
