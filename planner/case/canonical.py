"""The content of a case as one text, whatever files it was read from; its hash names the case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from models.case import TABLES, Case

_FORM = "fleetplan case, form 1"
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def case_hash(case: Case) -> str:
    """Returns the SHA-256 of what a case says, as 64 hexadecimal digits.

    Folder and workbook, comments, the order of columns, and blanks written out as what they mean make no
    difference; every value, name, note and source does, to the last digit, and so does the order of rows.
    """
    digest = hashlib.sha256()
    for line in canonical_lines(case):
        digest.update(line.encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def canonical_lines(case: Case) -> Iterator[str]:
    """Yields the case line by line: settings, then every row by table; what equals its default is left out.

    So a column that a later version adds does not change the hash of a case that does not use it.
    """
    yield _FORM
    yield f"settings {_JSON(_said(case.settings))}"
    yield f"solver {_JSON(_said(case.solver))}"
    for table in sorted(TABLES):
        rows = getattr(case, table)
        defaults = _defaults(rows[0]) if rows else ()
        for row in rows:
            yield f"{table} {_JSON(_said(row, defaults))}"


def _said(record: Any, defaults: Sequence[tuple[str, Any]] | None = None) -> dict[str, Any]:  # noqa: ANN401  a row of any table, or settings
    given = _defaults(record) if defaults is None else defaults
    return {name: value for name, default in given if (value := getattr(record, name)) != default}


def _defaults(record: Any) -> tuple[tuple[str, Any], ...]:  # noqa: ANN401  a row of any table, or settings
    """Returns the columns of a record in the order of their names, with the default of each; nothing equals MISSING."""
    return tuple(sorted(((entry.name, entry.default) for entry in fields(record)), key=lambda pair: pair[0]))
