"""Bytes of a file become text: encodings as spreadsheets and editors of many places write them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.errors import UnreadableError as UnreadableError

WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FORMULA_LEADS = frozenset("=+-@＝＋－＠")
_BREAKS = frozenset("\t\r\n")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
SAVE_AS_UTF8 = "Save the file again as CSV UTF-8."


@dataclass(frozen=True)
class Decoded:
    """The text of a file and the encoding that it was read by; `is_guess` where nothing in the file says so."""

    text: str
    encoding: str
    is_guess: bool = False


def decode(data: bytes) -> Decoded:
    """Returns the text of a file, by its byte-order mark, as UTF-8, UTF-16 or else Windows-1252.

    Raises UnreadableError for workbooks, other binary files and bytes that no encoding here explains.
    """
    if data.startswith(WORKBOOK_MAGIC):
        expected = "is a workbook and not a CSV file"
        raise UnreadableError(expected, "Save each sheet as CSV UTF-8 under the name of its table.")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(_checked(data[len(mark) :], encoding), encoding)
    encoding = _wide_encoding(data)
    if encoding:
        return Decoded(_checked(data, encoding), encoding)
    if b"\0" in data:
        expected = "holds zero bytes and is not a text file"
        raise UnreadableError(expected, SAVE_AS_UTF8)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return Decoded(_checked(data, "cp1252"), "cp1252", is_guess=True)


def _wide_encoding(data: bytes) -> str:
    even, odd = data[:400:2], data[1:400:2]
    if even and odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16-le"
    if odd and even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def _checked(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        expected = f"byte {error.start + 1} cannot be read as {encoding}"
        raise UnreadableError(expected, SAVE_AS_UTF8) from error
    if "\0" in text:
        expected = "holds zero characters and is not a text file"
        raise UnreadableError(expected, SAVE_AS_UTF8)
    return text


def trim(text: str) -> str:
    r"""Returns the text without spaces of any kind, and characters without width, at its ends.

    >>> trim("\u00a0gpu-a \u200b")
    'gpu-a'
    """
    if text.isascii():
        return text.strip()
    previous = None
    while previous != text:
        previous, text = text, text.strip().strip(_INVISIBLE)
    return text


def guarded(text: str) -> str:
    """Returns text as it stands in a CSV file: led by an apostrophe where a spreadsheet would take it for a formula.

    >>> guarded("=1+1"), guarded("h100"), guarded("'=1+1")
    ("'=1+1", 'h100', "''=1+1")
    """
    return f"'{text}" if _is_risky(text) else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Returns rows as CSV text with `\n` behind each row, cells with a line break of any kind in quotes.

    >>> csv_text([("a", "b\r=1+1"), (1, None)])
    'a,"b\r=1+1"\n1,\n'
    """
    out, lines = io.StringIO(newline=""), []
    # The writer quotes the line breaks that it ends rows with, and no others: a bare \r would begin another row.
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow(row)
        lines.append(out.getvalue()[:-2])
        out.seek(0)
        out.truncate()
    return "".join(f"{line}\n" for line in lines)


def unguarded(text: str) -> str:
    """Returns the text that `guarded` was given.

    >>> unguarded("'=1+1"), unguarded("'t is"), unguarded("''=1+1")
    ('=1+1', "'t is", "'=1+1")
    """
    return text[1:] if text[:1] == "'" and _is_risky(text[1:]) else text


def _is_risky(text: str) -> bool:
    # Apostrophes in front do not count, so that each guard can be recognised in the text and taken off again.
    bare = text.lstrip("'")
    return bare[:1] in _BREAKS or bare.lstrip()[:1] in _FORMULA_LEADS
