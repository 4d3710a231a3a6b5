"""The files of a run against each other: hashes, result tables twice, events and log; and the digest of them all."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.case.text import unguarded
from planner.errors import UnreadableError
from planner.files.run_folder import EVENTS, INPUTS, LOG, MANIFEST, PLAN, TABLES, sha256
from planner.files.safe_reading import files_below, read_file
from planner.journal import OUTCOME, log_of, outcome_of
from planner.results.table import Table

_MOST_CELLS = 3
_DIGEST_LENGTH = 20


def digest_of(manifest: Mapping[str, Any]) -> str:
    """Returns what a run is quoted by: 20 digits of a SHA-256 over the names and hashes of all its files.

    It is the same wherever the folder lies, and another one as soon as a byte of a file is another.

    >>> digest_of({"files": {"plan.json": "ab", "inputs/plan.toml": "cd"}})
    'b12bb31ab5a2cb1ec0ab'
    """
    written = manifest.get("files")
    names = sorted(written.items()) if isinstance(written, dict) else []
    return hashlib.sha256("".join(f"{name} {found}\n" for name, found in names).encode()).hexdigest()[:_DIGEST_LENGTH]


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


def changed_files(folder: Path, manifest: Mapping[str, Any], documents: Collection[str]) -> Iterator[str]:
    """Yields what is missing, changed, or has come in since the run was written; `documents` every run has."""
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
    for name in sorted({PLAN, EVENTS, LOG, *documents} - written.keys()):
        yield f"file_hashes [{name}]: {MANIFEST} does not list the file"
    for name in sorted(there - written.keys()):
        if name.startswith((f"{TABLES}/", f"{INPUTS}/")):
            yield f"file_hashes [{name}]: the file was not written by the run"


def differing_events(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yields where events, log and manifest differ."""
    try:
        text = read_file(folder / EVENTS, within=folder).decode("utf-8")
        log = read_file(folder / LOG, within=folder).decode("utf-8")
        events = [json.loads(line) for line in text.splitlines()]
        expected_log = log_of(events)
        ends = [event for event in events if event["event"] == OUTCOME]
    except (UnreadableError, ValueError, LookupError, TypeError, AttributeError) as error:
        yield f"events [{EVENTS}]: it cannot be read as the events of a run ({type(error).__name__})"
        return
    if log != expected_log:
        yield f"events [{LOG}]: it does not match the events of {EVENTS}"
    if len(ends) != 1:
        yield f"events [{EVENTS}]: it states the outcome {len(ends)} times, not once"
        return
    for name, expected in outcome_of(manifest).items():
        if ends[0].get(name) != expected:
            yield f"manifest [{name}]: {MANIFEST} says {expected!r}, {EVENTS} says {ends[0].get(name)!r}"


def differing_cells(texts: Mapping[str, str], plan: Mapping[str, Any]) -> Iterator[str]:
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
            stated = _as_csv(name, columns[name], tables[name])
        except (LookupError, TypeError, AttributeError):
            yield f"plan_json [{name}]: plan.json does not hold rows of the columns that it names"
            continue
        if stated != texts[name]:
            yield from _differences(name, records_of(stated), records_of(texts[name]))


def _as_csv(name: str, columns: list[str], records: list[dict[str, Any]]) -> str:
    return Table(name, tuple(columns), tuple(tuple(record[column] for column in columns) for record in records)).csv()


def _differences(name: str, stated: list[dict[str, str]], there: list[dict[str, str]]) -> Iterator[str]:
    if len(stated) != len(there):
        yield f"plan_json [{name}]: plan.json has {len(stated)} rows, tables/{name}.csv has {len(there)}"
        return
    found = 0
    for number, (one, other) in enumerate(zip(stated, there, strict=True), start=2):
        for column in dict.fromkeys([*one, *other]):
            if one.get(column) != other.get(column):
                found += 1
                if found <= _MOST_CELLS:
                    yield (
                        f"plan_json [{name}, row {number}, {column}]: plan.json says {one.get(column)}, "
                        f"tables/{name}.csv says {other.get(column)}"
                    )
    if found == 0:
        yield f"plan_json [{name}]: tables/{name}.csv is formatted differently from how the run wrote it"
    elif found > _MOST_CELLS:
        yield f"plan_json [{name}]: {found - _MOST_CELLS} more cells differ"


def table_texts(folder: Path) -> dict[str, str]:
    """Returns the text of each result table; one that cannot be read is not there, which the hashes show."""
    texts = {}
    for path in files_below(folder / TABLES):
        if path.suffix == ".csv" and path.parent == folder / TABLES:
            with contextlib.suppress(UnreadableError):
                texts[path.stem] = read_file(path, within=folder).decode("utf-8", errors="replace")
    return texts
