"""A sweep as files and back: what a worker needs to know, without pickles.

`sweep.json` names the points with their keys, `case.json` is the exact case, `base.json` and `base.npz` hold what the
points share. The files depend on nothing but the sweep and the versions, to the last byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.case import TABLES, Case, Settings, SolverSettings, case_of
from models.outcome import SolveOptions
from planner.errors import InternalError
from planner.sweeps.points import Arrays, Point, Sweep
from planner.versions import package_version, version

SWEEP, CASE, BASE, BASE_ARRAYS = "sweep.json", "case.json", "base.json", "base.npz"
FORM = "fleetplan sweep, form 1"


@dataclass(frozen=True)
class KeyedPoint:
    """A point with its key and that of the point it starts from."""

    point: Point
    key: str
    after: str | None


@dataclass(frozen=True, eq=False)
class LoadedSweep:
    """A sweep as its files say it: every value has gone through JSON, so that all workers see the same."""

    case: Case
    options: SolveOptions
    work: str
    base: Mapping[str, Any] | None
    entries: tuple[KeyedPoint, ...]


def files_of(sweep: Sweep) -> dict[str, bytes]:
    """Returns the files of a sweep by their names.

    Raises:
        InternalError: something in it cannot be written as JSON, or would not come back as it is.
    """
    files = {CASE: _case_text(sweep.case)}
    if sweep.base is not None:
        arrays = {name: value for name, value in sweep.base.items() if isinstance(value, np.ndarray)}
        rest = {name: value for name, value in sweep.base.items() if name not in arrays}
        files |= {BASE: json_bytes(rest, "What the points share"), BASE_ARRAYS: packed(arrays)}
    shared = {
        "form": FORM,
        "case_hash": sweep.case_hash,
        "base": _digest(sweep.base),
        "options": _options_of(sweep.options),
        "versions": versions(),
        "work": sweep.work,
    }
    keys = _keys_of(sweep, shared)
    points = [
        {"name": p.name, "key": keys[p.name], "question": p.question, "after": p.after, "recipe": p.recipe}
        for p in sweep.points
    ]
    files[SWEEP] = json_bytes({**shared, "points": points}, "The sweep")
    return files


def loaded(files: Mapping[str, bytes]) -> LoadedSweep:
    """Returns the sweep that its files say.

    Raises:
        InternalError: they were written by other versions than run here.
    """
    said = json.loads(files[SWEEP])
    if said["form"] != FORM or said["versions"] != versions():
        msg = f"The sweep was begun with {said['versions']}, and {versions()} are installed here. Install the same."
        raise InternalError(msg)
    keys = {entry["name"]: entry["key"] for entry in said["points"]}
    entries = [
        KeyedPoint(Point(one["name"], one["question"], one["recipe"], one["after"]), one["key"], keys.get(one["after"]))
        for one in said["points"]
    ]
    base = None if BASE not in files else {**json.loads(files[BASE]), **unpacked(files[BASE_ARRAYS])}
    return LoadedSweep(_case_said(files[CASE]), SolveOptions(**said["options"]), said["work"], base, tuple(entries))


def versions() -> dict[str, str]:
    """Returns the versions that a result depends on."""
    packages = {name: package_version(name) or "none" for name in ("ortools", "pulp", "numpy")}
    return {"fleetplan": version(), **packages, "python": f"{sys.version_info.major}.{sys.version_info.minor}"}


def packed(arrays: Arrays) -> bytes:
    """Returns named arrays as the bytes of an .npz file, the same for the same arrays.

    Raises:
        InternalError: an array holds objects.
    """
    if any(np.asarray(values).dtype.hasobject for values in arrays.values()):
        msg = "A plan is stored as arrays of numbers and texts, and one of these holds objects."
        raise InternalError(msg)
    buffer = io.BytesIO()
    named: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """Returns the arrays of an .npz file by their names."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _keys_of(sweep: Sweep, shared: Mapping[str, Any]) -> dict[str, str]:
    """Returns the key of each point: all that its result depends on, the key of its neighbour included."""
    points = {point.name: point for point in sweep.points}
    found: dict[str, str] = {}
    for first in sweep.points:
        trail, here = [], first
        while here.name not in found:
            trail.append(here)
            if here.after is None:
                break
            here = points[here.after]
        for point in reversed(trail):
            after = None if point.after is None else found[point.after]
            own = {"question": point.question, "recipe": point.recipe, "after": after}
            found[point.name] = hashlib.sha256(json_bytes({**shared, **own}, f"Point '{point.name}'")).hexdigest()
    return found


def _options_of(options: SolveOptions) -> dict[str, Any]:
    """Returns the options as JSON, with one thread: more would make the results depend on luck."""
    said = asdict(replace(options, threads=1))
    # A sweep has none of these: each point has its own.
    return {name: value for name, value in said.items() if name not in ("hint", "answered_above", "answered_below")}


def _digest(base: Mapping[str, Any] | None) -> str | None:
    if base is None:
        return None
    digest = hashlib.sha256()
    for name in sorted(base):
        value = base[name]
        if isinstance(value, np.ndarray):
            digest.update(f"{name} {value.dtype.str} {value.shape} ".encode() + np.ascontiguousarray(value).tobytes())
        else:
            digest.update(f"{name} ".encode() + json_bytes(value, f"'{name}', which the points share,"))
    return digest.hexdigest()


def _case_text(case: Case) -> bytes:
    """Returns a case as JSON with its defaults left out, so that it stays readable."""
    tables = {name: [_row_said(row) for row in getattr(case, name)] for name in TABLES if getattr(case, name)}
    said = {"settings": _row_said(case.settings), "solver": _row_said(case.solver), "tables": tables}
    text = json_bytes(said, "The case")
    if _case_said(text) != case:
        msg = "The case of the sweep cannot be read back unchanged."
        raise InternalError(msg)
    return text


def _row_said(row: Any) -> dict[str, Any]:  # noqa: ANN401  a row of any table, or settings
    return {entry.name: value for entry in fields(row) if (value := getattr(row, entry.name)) != entry.default}


def _case_said(text: bytes) -> Case:
    said = json.loads(text)
    tables: dict[str, Any] = {
        name: tuple(TABLES[name](**{column: _cell(value) for column, value in row.items()}) for row in rows)
        for name, rows in said["tables"].items()
    }
    empty: dict[str, Any] = dict.fromkeys(TABLES, ())
    settings, solver = Settings(**said["settings"]), SolverSettings(**said["solver"])
    return case_of(settings, empty | tables, solver)


def _cell(value: Any) -> Any:  # noqa: ANN401  what JSON holds
    return tuple(value) if isinstance(value, list) else value


def json_bytes(value: Any, what: str) -> bytes:  # noqa: ANN401  whatever JSON takes
    """Returns a value as indented JSON with sorted names.

    Raises:
        InternalError: it cannot be written as JSON; `what` begins the sentence that says so.
    """
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        msg = f"{what} cannot be written as JSON: {error}."
        raise InternalError(msg) from error
    return (text + "\n").encode("utf-8", "surrogatepass")


def as_json(value: Any, what: str) -> Any:  # noqa: ANN401  whatever JSON takes
    """Returns a value as it comes back from JSON.

    Raises:
        InternalError: it cannot be written as JSON.
    """
    return json.loads(json_bytes(value, what))
