"""The content of a case as one text, whatever files it was read from; its hash names the case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from models.case import TABLES, Case

_FORM = "fleetplan case, form 1"


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
    yield f"settings {_json(_said(case.settings))}"
    yield f"solver {_json(_said(case.solver))}"
    for table in sorted(TABLES):
        for row in getattr(case, table):
            yield f"{table} {_json(_said(row))}"


def _said(record: Any) -> dict[str, Any]:  # noqa: ANN401  a row of any table, or settings
    return {
        entry.name: value
        for entry in fields(record)
        if (value := getattr(record, entry.name)) != entry.default or entry.default is MISSING
    }


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
