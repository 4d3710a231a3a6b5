"""Answers of engines that are stored outside: under which key, and as which bytes.

An answer follows from its question alone: the program, the options, where it starts. So whoever stores answers can give
them again, such as to a plan that was ended from outside and is begun anew. Limits of time and memory are no part of a
question: an answer that one of them has ended is not stored.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.program import Program
from models.solvers import wire
from models.tree_search.lp_protocol import Basis, WarmStart

_NAMES = ("column_names", "row_names")
_LIMITS = ("solver", "time_limit_s", "memory_mb")
"""Parts of the options that no answer depends on: of the solver, the code counts."""
_LASTING = (Stop.ANSWERED, Stop.GAP, Stop.PROOF, Stop.WORK)
_LEVEL = 1
"""Of compression: higher ones take three times as long for a tenth less."""
_LENGTH_BYTES = 4
_ARRAYS = {"solution": "f8", "row_duals": "f8", "reduced_costs": "f8", "columns": "i1", "rows": "i1", "aggregated": "?"}


class StoredAnswers(Protocol):
    """Whoever stores answers; it is asked by several threads."""

    def find(self, key: bytes) -> bytes | None:
        """Returns what was stored under a key; None where nothing was."""

    def keep(self, key: bytes, data: bytes) -> None:
        """Stores an answer."""


def key_of(
    program: Program, options: SolveOptions, code: str, search: wire.Search | None, linear: wire.LinearSolve | None
) -> bytes:
    """Returns the key of a question: its digest, names and limits left out.

    Raises:
        TypeError: a part of it is of a type that has no digest.
    """
    digest = hashlib.sha256()
    for part in (code, *_parts(options, _LIMITS), *_parts(program, _NAMES), search, linear):
        _add(digest, part)
    return digest.digest()


def is_lasting(outcome: Outcome) -> bool:
    """True for an answer that the same question would get again, whatever the limits and whatever happens outside."""
    return outcome.stop in _LASTING and outcome.again is None and outcome.prices is None and not outcome.worths


def packed(outcome: Outcome) -> bytes:
    """Returns an answer as bytes; `unpacked` gives the same one, to the last digit."""
    end = outcome.end
    arrays: dict[str, Any] = {name: getattr(outcome, name) for name in ("solution", "row_duals", "reduced_costs")}
    if end is not None:
        arrays |= {"columns": end.basis.columns, "rows": end.basis.rows, "aggregated": end.aggregated}
    named = {name: np.ascontiguousarray(one, dtype=_ARRAYS[name]) for name, one in arrays.items() if one is not None}
    head = {
        "status": outcome.status.value,
        "stop": outcome.stop.value,
        "solver": outcome.solver,
        "version": outcome.version,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "incumbents": [[one.seconds, one.objective, one.bound, one.phase] for one in outcome.incumbents],
        "seconds": outcome.seconds,
        "peak_memory_mb": outcome.peak_memory_mb,
        "detail": outcome.detail,
        "arrays": {name: len(one) for name, one in named.items()},
    }
    text = json.dumps(head).encode()
    body = zlib.compress(b"".join(one.tobytes() for one in named.values()), _LEVEL)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text + body


def unpacked(data: bytes, program: Program) -> Outcome | None:
    """Returns an answer about a program from its bytes; None where they are no answer about this one."""
    try:
        head_end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
        head = json.loads(data[_LENGTH_BYTES:head_end])
        sizes = {name: int(count) * np.dtype(_ARRAYS[name]).itemsize for name, count in head.pop("arrays").items()}
        unpacking = zlib.decompressobj()
        body = unpacking.decompress(data[head_end:], 1 + sum(sizes.values()))
        arrays, at = dict[str, Any](), 0
        for name, size in sizes.items():
            arrays[name] = np.frombuffer(body[at : at + size], dtype=_ARRAYS[name]).copy()
            at += size
        if len(body) != at or not unpacking.eof or not _fits(arrays, program):
            return None
        end = None
        if "columns" in arrays:
            basis = Basis(arrays.pop("columns").astype(np.int64), arrays.pop("rows").astype(np.int64))
            end = WarmStart(basis, arrays.pop("aggregated", None))
        incumbents = tuple(Progress(*one) for one in head.pop("incumbents"))
        status, stop = Status(head.pop("status")), Stop(head.pop("stop"))
        return Outcome(status, stop, incumbents=incumbents, end=end, **arrays, **head)
    except (ValueError, LookupError, TypeError, AttributeError, zlib.error):
        return None


def _parts(whole: Any, without: Sequence[str]) -> list[Any]:  # noqa: ANN401  options or a program
    return [getattr(whole, one.name) for one in dataclasses.fields(whole) if one.name not in without]


def _fits(arrays: dict[str, Any], program: Program) -> bool:
    sizes = {"solution": program.column_count, "row_duals": program.row_count, "reduced_costs": program.column_count}
    return all(len(arrays[name]) == size for name, size in sizes.items() if name in arrays)


def _add(digest: Any, part: Any) -> None:  # noqa: ANN401  whatever a question is made of
    """Adds a part of a question to its digest, with its type and size, so that no two questions are one."""
    if isinstance(part, np.ndarray):
        digest.update(f"{part.dtype.str}{part.shape};".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    elif dataclasses.is_dataclass(part):
        digest.update(f"{type(part).__name__}(".encode())
        for one in dataclasses.fields(part):
            _add(digest, getattr(part, one.name))
    elif isinstance(part, enum.Enum):
        _add(digest, part.value)
    elif isinstance(part, float):
        digest.update(f"{float(part).hex()};".encode())
    elif part is None or isinstance(part, (bool, int, str, np.integer, np.bool_)):
        digest.update(f"{type(part).__name__}{part!r};".encode())
    else:
        msg = f"a {type(part).__name__} has no digest"
        raise TypeError(msg)
