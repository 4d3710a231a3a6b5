"""Reads the arguments of `fleetplan plan` where they are plain, without the library of the command line.

That library and what it stands on load for as long as the rest of a command takes before its solver is at work. It
reads whatever is not read here, and says what is wrong with it; a test holds that both read the same.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.plan_command import Asked
from planner.request import Request
from planner.show.voice import Voice

if TYPE_CHECKING:
    Reader = Callable[[str], Any]

COMMAND = "plan"
COMPLETION = "_FLEETPLAN_COMPLETE"
_COUNT = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?(e-[0-9]{1,2})?")


class _NotPlainError(Exception):
    """An argument that somebody else has to read."""


def _count(least: int) -> Reader:
    def read(text: str) -> int:
        if not _COUNT.fullmatch(text) or int(text) < least:
            raise _NotPlainError
        return int(text)

    return read


def _amount(least: float) -> Reader:
    def read(text: str) -> float:
        if not _AMOUNT.fullmatch(text) or float(text) < least:
            raise _NotPlainError
        return float(text)

    return read


# By option: the field that it fills, and what reads its value.
VALUES: dict[str, tuple[str, Reader]] = {
    "--solver": ("solver", str),
    "--gap": ("gap", _amount(0.0)),
    "--time-limit": ("time_limit_s", _amount(0.001)),
    "--threads": ("threads", _count(1)),
    "--seed": ("seed", _count(0)),
    "--memory-limit": ("memory_mb", _count(1)),
    "--output": ("output", Path),
    "-o": ("output", Path),
    "--second-solver": ("second_solver", str),
    "--annotate": ("annotate", Path),
}
FLAGS = {
    "--replace": "replace",
    "--json": "as_json",
    "--quiet": "quiet",
    "-q": "quiet",
    "--verbose": "verbose",
    "-v": "verbose",
}
_OF_THE_VOICE = frozenset({"as_json", "quiet", "verbose"})


def plainly_asked(arguments: Sequence[str]) -> Asked | None:
    """Returns the plan that a command line asks for; None where it is not a plain one, or not one for a plan."""
    if tuple(arguments[:1]) != (COMMAND,) or sys.platform == "win32" or COMPLETION in os.environ:
        return None
    try:
        found = _fields(list(arguments[1:]))
    except _NotPlainError:
        return None
    case, annotate = found.pop("case"), found.pop("annotate", None)
    voice = Voice(**{name: found.pop(name) for name in _OF_THE_VOICE & found.keys()})
    request = Request(**found, command=shlex.join(["fleetplan", *arguments]))
    return Asked(case=case, request=request, voice=voice, annotate=annotate)


def _fields(rest: list[str]) -> dict[str, Any]:
    """Returns the value of each field that is given, by name.

    Raises:
        _NotPlainError: an argument is unknown, given twice, faulty or written in another way than most.
    """
    found: dict[str, Any] = {}
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in FLAGS and not equals:
            field, read = FLAGS[name], True
        elif name in VALUES:
            value = value if equals else rest.pop(0) if rest else ""
            field, read = VALUES[name][0], _read(value, VALUES[name][1])
        else:
            field, read = "case", _read(word, Path)
        if field in found:
            raise _NotPlainError
        found[field] = read
    if "case" not in found:
        raise _NotPlainError
    return found


def _read(value: str, reader: Reader) -> Any:  # noqa: ANN401  each option has a type of its own
    if not value or value.startswith("-"):
        raise _NotPlainError
    return reader(value)


__all__ = ["FLAGS", "VALUES", "plainly_asked"]
