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

from models.outcome import Outcome, Progress, Status, Stop
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
_CLASSES = {one.__name__: one for one in (Outcome, Progress, WarmStart, Basis)}
_ENUMS = {one.__name__: one for one in (Status, Stop)}
_SMALL = np.iinfo(np.int8)


class StoredAnswers(Protocol):
    """Whoever stores answers; it is asked by several threads."""

    def find(self, key: bytes) -> bytes | None:
        """Returns what was stored under a key; None where nothing was."""

    def keep(self, key: bytes, data: bytes) -> None:
        """Stores an answer."""


def key_of(question: wire.Solve) -> bytes:
    """Returns the key of a question that is asked once: its digest, names and limits left out.

    Raises:
        TypeError: a part of it is of a type that has no digest.
    """
    digest = hashlib.sha256()
    options, program = _parts(question.options, _LIMITS), _parts(question.program, _NAMES)
    for part in (question.code, *options, *program, question.search, question.linear):
        _add(digest, part)
    return digest.digest()


def is_lasting(outcome: Outcome) -> bool:
    """True for an answer that the same question would get again, whatever the limits and whatever happens outside."""
    return outcome.stop in _LASTING and outcome.again is None and outcome.prices is None and not outcome.worths


def packed(outcome: Outcome) -> bytes:
    """Returns an answer as bytes; `unpacked` gives the same one, all of it and to the last digit.

    Raises:
        TypeError: a part of it is of a type that has no form here.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_written(outcome, arrays)).encode()
    body = zlib.compress(b"".join(one.tobytes() for one in arrays), _LEVEL)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text + body


def unpacked(data: bytes, program: Program) -> Outcome | None:
    """Returns an answer about a program from its bytes; None where they are no answer about this one."""
    try:
        head_end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
        head, unpacking = json.loads(data[_LENGTH_BYTES:head_end]), zlib.decompressobj()
        sizes: list[int] = []
        _read(head, sizes, None)
        body = unpacking.decompress(data[head_end:], 1 + sum(sizes))
        if len(body) != sum(sizes) or not unpacking.eof:
            return None
        found = _read(head, [], body)
    except (ValueError, LookupError, TypeError, AttributeError, zlib.error):
        return None
    return found if isinstance(found, Outcome) and _fits(found, program) else None


def _written(part: Any, arrays: list[np.ndarray]) -> Any:  # noqa: ANN401  a part of an answer
    """A part of an answer as JSON; the values of arrays are put behind it."""
    if isinstance(part, np.ndarray):
        stored = np.ascontiguousarray(part)
        if part.dtype.kind == "i" and part.size and part.min() >= _SMALL.min and part.max() <= _SMALL.max:
            stored = stored.astype(np.int8)
        arrays.append(stored)
        return {"array": [part.dtype.str, list(part.shape), stored.dtype.str]}
    if isinstance(part, enum.Enum):
        return {"enum": [type(part).__name__, part.value]}
    if type(part).__name__ in _CLASSES:
        return {"class": type(part).__name__, "parts": {one.name: _written(getattr(part, one.name), arrays)
                for one in dataclasses.fields(part)}}  # fmt: skip
    if isinstance(part, tuple):
        return {"tuple": [_written(one, arrays) for one in part]}
    if isinstance(part, dict):
        return {"dict": {str(name): _written(one, arrays) for name, one in part.items()}}
    if part is None or isinstance(part, (bool, int, float, str)):
        return part
    if isinstance(part, np.generic):
        return part.item()
    msg = f"a {type(part).__name__} cannot be stored"
    raise TypeError(msg)


def _read(part: Any, sizes: list[int], body: bytes | None) -> Any:  # noqa: ANN401
    """A part of an answer from JSON; without `body` only the sizes of arrays are found, in bytes."""
    if not isinstance(part, dict):
        return part
    if "array" in part:
        kind, shape, stored = part["array"]
        count = int(np.prod([int(size) for size in shape], dtype=np.int64))
        at = sum(sizes)
        sizes.append(count * np.dtype(stored).itemsize)
        if body is None:
            return None
        return np.frombuffer(body, dtype=stored, count=count, offset=at).astype(kind).reshape(shape)
    if "enum" in part:
        name, value = part["enum"]
        return _ENUMS[name](value)
    if "class" in part:
        parts = {name: _read(one, sizes, body) for name, one in part["parts"].items()}
        return None if body is None else _CLASSES[part["class"]](**parts)
    if "tuple" in part:
        return tuple(_read(one, sizes, body) for one in part["tuple"])
    return {name: _read(one, sizes, body) for name, one in part["dict"].items()}


def _parts(whole: Any, without: Sequence[str]) -> list[Any]:  # noqa: ANN401  options or a program
    return [getattr(whole, one.name) for one in dataclasses.fields(whole) if one.name not in without]


def _fits(found: Outcome, program: Program) -> bool:
    sizes = {"solution": program.column_count, "row_duals": program.row_count, "reduced_costs": program.column_count}
    arrays = {name: getattr(found, name) for name in sizes}
    return all(one is None or one.shape == (sizes[name],) for name, one in arrays.items())


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
