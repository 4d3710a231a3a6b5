"""Checks a written plan again from the files of its run alone: no solver, no model, no trust in what was printed."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.case import Case
from models.verify import Report, verify
from planner.case import read_case
from planner.case.text import unguarded
from planner.errors import CaseFaults, CheckFailed, UnreadableError
from planner.files.safe_reading import files_below, read_file
from planner.folder import INPUTS, MANIFEST, PLAN, TABLES, inputs_of, run_json, sha256
from planner.results.table import Table

_TWICE_TOLD = ("schema_version", "case", "status", "stop", "objective_musd", "bound_musd", "gap", "gap_musd", "solver")
_GAP_TOLERANCE = 1e-9
_MOST_CELLS = 3


@dataclass(frozen=True)
class Verdict:
    """What the check of a written plan has found; each finding begins with the name of what does not hold."""

    folder: Path
    findings: tuple[str, ...]
    comparisons: int
    requirements: int

    @property
    def passed(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    @property
    def exit_code(self) -> int:
        """0, or 5 where something was found."""
        return 0 if self.passed else CheckFailed.exit_code

    @property
    def headline(self) -> str:
        """The outcome in one line."""
        if self.passed:
            return (
                f"{self.folder}: the plan holds. {self.comparisons:,} comparisons of {self.requirements} requirements; "
                "every file is as it was written."
            )
        names = list(dict.fromkeys(finding.partition(" [")[0] for finding in self.findings))
        return f"{self.folder}: the plan does not hold: {', '.join(names)}."

    def facts(self) -> dict[str, Any]:
        """Returns the outcome for JSON."""
        return {
            "folder": str(self.folder),
            "passed": self.passed,
            "exit_code": self.exit_code,
            "comparisons": self.comparisons,
            "findings": list(self.findings),
        }


def verify_run(folder: Path) -> Verdict:
    """Returns whether the plan in a run's folder holds: its hashes, its requirements, and that its files agree.

    Raises:
        CaseFaults: the folder is no run.
    """
    manifest, plan = run_json(folder, MANIFEST), run_json(folder, PLAN)
    findings = [*_changed_files(folder, manifest), *_told_otherwise(manifest, plan)]
    texts = _texts(folder)
    findings += _other_cells(texts, plan)
    report = None
    try:
        read = read_case(inputs_of(folder))
    except CaseFaults as error:
        findings += [f"inputs [{fault.place}]: {fault.text}" for fault in error.faults]
    else:
        if read.case_hash != manifest.get("case_hash"):
            findings.append("inputs [case_hash]: the copy of the case is not the case that was planned")
        report = _checked(read.case, texts, plan)
        findings += [str(finding) for finding in report.findings]
    checked = report.checked if report is not None else {}
    return Verdict(folder, tuple(findings), sum(checked.values()), sum(1 for count in checked.values() if count))


def _checked(case: Case, texts: Mapping[str, str], plan: Mapping[str, Any]) -> Report:
    objective = plan.get("objective_musd")
    try:
        number = float(objective) if isinstance(objective, int | float) else float("nan")
    except OverflowError:
        number = float("inf")
    return verify(case, {name: records_of(text) for name, text in texts.items()}, number)


def records_of(text: str) -> list[dict[str, str]]:
    """Returns the rows of a result table as text by column, as far as they can be read.

    A row of another length keeps what has a column.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    records: list[dict[str, str]] = []
    with contextlib.suppress(csv.Error):
        columns = next(rows, [])
        records.extend(dict(zip(columns, map(unguarded, row), strict=False)) for row in rows)
    return records


def _changed_files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yields what is missing, changed, or has come in since the run was written."""
    written = manifest.get("files")
    if not isinstance(written, dict):
        yield f"file_hashes [{MANIFEST}]: it does not list the files of the run"
        return
    there = {path.relative_to(folder).as_posix() for path in files_below(folder)}
    for name, expected in written.items():
        if name not in there:
            yield f"file_hashes [{name}]: the file is missing"
            continue
        try:
            found = sha256(read_file(folder / name, within=folder))
        except UnreadableError as error:
            yield f"file_hashes [{name}]: {error.expected}"
            continue
        if found != expected:
            yield f"file_hashes [{name}]: the file has changed since the run was written"
    for name in sorted(there - written.keys()):
        if name.startswith((f"{TABLES}/", f"{INPUTS}/")):
            yield f"file_hashes [{name}]: the file was not written by the run"


def _told_otherwise(manifest: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    """Yields what the two JSON files tell differently, and a gap that does not follow from plan and bound."""
    for name in _TWICE_TOLD:
        if manifest.get(name) != plan.get(name):
            yield f"plan_json [{name}]: plan.json says {plan.get(name)!r}, {MANIFEST} says {manifest.get(name)!r}"
    objective, bound, gap = plan.get("objective_musd"), plan.get("bound_musd"), plan.get("gap")
    if isinstance(objective, int | float) and isinstance(bound, int | float) and isinstance(gap, int | float):
        expected = abs(objective - bound) / max(abs(objective), 1e-9)
        if abs(gap - expected) > _GAP_TOLERANCE * max(1.0, expected):
            yield f"plan_json [gap]: the gap is {gap!r}, plan and bound give {expected!r}"


def _other_cells(texts: Mapping[str, str], plan: Mapping[str, Any]) -> Iterator[str]:
    """Yields where plan.json and the CSV tables differ, by table, row and column."""
    tables, columns = plan.get("tables"), plan.get("columns")
    if not isinstance(tables, dict) or not isinstance(columns, dict):
        yield "plan_json [tables]: plan.json has no result tables"
        return
    for name in dict.fromkeys([*tables, *texts]):
        if name not in tables or name not in texts:
            yield f"plan_json [{name}]: the table is only in {'plan.json' if name in tables else 'tables/'}"
            continue
        try:
            told = _as_csv(name, columns[name], tables[name])
        except (LookupError, TypeError, AttributeError):
            yield f"plan_json [{name}]: plan.json does not hold rows of the columns that it names"
            continue
        if told != texts[name]:
            yield from _differences(name, records_of(told), records_of(texts[name]))


def _as_csv(name: str, columns: list[str], records: list[dict[str, Any]]) -> str:
    return Table(name, tuple(columns), tuple(tuple(record[column] for column in columns) for record in records)).csv()


def _differences(name: str, told: list[dict[str, str]], there: list[dict[str, str]]) -> Iterator[str]:
    if len(told) != len(there):
        yield f"plan_json [{name}]: plan.json has {len(told)} rows, tables/{name}.csv has {len(there)}"
        return
    found = 0
    for number, (one, other) in enumerate(zip(told, there, strict=True), start=2):
        for column in dict.fromkeys([*one, *other]):
            if one.get(column) != other.get(column):
                found += 1
                if found <= _MOST_CELLS:
                    yield (
                        f"plan_json [{name}, row {number}, {column}]: plan.json says {one.get(column)}, "
                        f"tables/{name}.csv says {other.get(column)}"
                    )
    if found == 0:
        yield f"plan_json [{name}]: tables/{name}.csv is written in another way than the run wrote it"
    elif found > _MOST_CELLS:
        yield f"plan_json [{name}]: {found - _MOST_CELLS} more cells differ"


def _texts(folder: Path) -> dict[str, str]:
    """Returns the text of each result table; one that cannot be read is not there, which the hashes tell."""
    texts = {}
    for path in files_below(folder / TABLES):
        if path.suffix == ".csv" and path.parent == folder / TABLES:
            with contextlib.suppress(UnreadableError):
                texts[path.stem] = read_file(path, within=folder).decode("utf-8", errors="replace")
    return texts
