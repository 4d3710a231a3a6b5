"""One file of a case: its bytes as they are, and its text; what cannot be read is a fault with a remedy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from planner.case.text import SAVE_AS_UTF8, decode
from planner.errors import Fault, FaultLog, Severity, UnreadableError
from planner.files.safe_reading import MOST_BYTES, read_file


@dataclass(frozen=True)
class CaseFile:
    """One file of a case as it was read: its name, exact bytes, their SHA-256, encoding and separator."""

    name: str
    data: bytes = field(repr=False)
    sha256: str
    encoding: str = "utf-8"
    separator: str = ""


def read_case_file(path: Path, most: int, log: FaultLog) -> tuple[CaseFile, str] | None:
    """Returns a file of a folder and its text; what cannot be read goes to the log."""
    data = bytes_of(path, most, log, path.parent)
    return None if data is None else decoded(path.name, data, log)


def decoded(name: str, data: bytes, log: FaultLog) -> tuple[CaseFile, str] | None:
    """Returns a file and its text from its bytes; what cannot be decoded goes to the log."""
    try:
        text = decode(data)
    except UnreadableError as error:
        log.add(Fault(name, error.expected, error.remedy))
        return None
    if text.is_guess:
        odd = next(part for part in text.text if not part.isascii())
        expected = f"is not UTF-8 and was read as Windows-1252, with letters such as '{odd}'"
        log.add(Fault(name, expected, SAVE_AS_UTF8, severity=Severity.WARNING))
    return CaseFile(name, data, hashlib.sha256(data).hexdigest(), text.encoding), text.text


def read_text(path: Path, log: FaultLog) -> str | None:
    """Returns the text of a file beside a case; what cannot be read goes to the log."""
    found = read_case_file(path, MOST_BYTES, log)
    return None if found is None else found[1]


def bytes_of(path: Path, most: int, log: FaultLog, within: Path | None) -> bytes | None:
    """Returns the bytes of a file; what is no file, too large or cannot be read goes to the log."""
    try:
        return read_file(path, most=most, within=within)
    except UnreadableError as error:
        log.add(Fault(path.name, error.expected, error.remedy))
        return None
