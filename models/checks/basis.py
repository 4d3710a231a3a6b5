"""How the rows of input are founded, counted again from their notes and sources."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from functools import lru_cache

from models.case import Case
from models.checks.evidence import Evidence
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.tables.fleet_rows import InputRow

STATED = ("sourced", "derived", "judged")
JUDGED = ("judg", "recollect", "assum", "guess")
KINDS = (*STATED, "no_source")


def basis_of(row: InputRow) -> str:
    """Returns what a row says it rests on, else the weakest that the words of its note and source tell."""
    return _basis(row.note, row.source)


@lru_cache(10_000)
def _basis(note: str, source: str) -> str:
    stated = re.findall(r"\bbasis: (\w+)", note.lower())
    known = [basis for basis in stated if basis in STATED]
    if known:
        return str(known[0])
    text = f"{note} {source}".lower()
    words = re.findall(r"\w+", text)
    if any(word.startswith(JUDGED) or word == "illustrative" for word in words):
        return "judged"
    if re.search(r"\bestimate of our own\b", text):
        return "judged"
    if any(word.startswith("deriv") for word in words):
        return "derived"
    return "sourced" if source.strip() else "no_source"


@recomputes(
    "input_basis",
    {
        "table": "*text",
        "rows": "quantity",
        "sourced": "quantity",
        "derived": "quantity",
        "judged": "quantity",
        "no_source": "quantity",
    },
)
def input_basis(plan: Evidence, record: Recorder) -> None:
    """Each input table with rows, and all together, has so many of each basis."""
    expected = _counts(plan.case)
    for name, counts in expected.items():
        row, where = plan.basis.get(name), (name,)
        if row is None:
            record.fault(where, "row", "missing", "in the table")
            continue
        for kind in KINDS:
            record.follows(row[kind], float(counts[kind]), where, kind)
        record.follows(row["rows"], float(sum(counts.values())), where, "rows")
    for name in plan.basis:
        record.holds((name,), "table", found=name, expected="an input table with rows, or all", fact=name in expected)


def _counts(case: Case) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    whole: Counter[str] = Counter()
    for part in fields(case):
        rows = getattr(case, part.name)
        if isinstance(rows, tuple) and rows:
            found[part.name] = Counter(basis_of(row) for row in rows)
            whole += found[part.name]
    return found | {"all": whole}
