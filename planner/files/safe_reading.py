"""Reads regular files only, and no more of them than is wanted.

A pipe, a device or a socket is never opened, so that nothing waits for whoever would write to it. Sizes are counted
while reading: what a file says of its own size may be wrong, or out of date. Links inside a folder that is read as a
whole, such as a case or a run, are followed as long as they lead to a place in it.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planner.errors import UnreadableError

MOST_BYTES = 100_000_000
"""The most that is read of any file."""
_PIECE = 1 << 20
_READ_ONLY = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_PUT = "Put a file there."


def read_file(path: Path, *, most: int = MOST_BYTES, within: Path | None = None) -> bytes:
    """Returns the bytes of a regular file; links are followed, of a file in the folder `within` only inside it.

    Raises:
        UnreadableError: there is no such file, it is none, it has more than `most` bytes, or it cannot be read.
    """
    try:
        place = place_of(path, within)
        _require_regular(place.stat())
        handle = os.open(place, _READ_ONLY)
        with os.fdopen(handle, "rb", buffering=0):
            status = os.fstat(handle)
            _require_regular(status)
            return _read(handle, status.st_size, most)
    except OSError as error:
        msg = f"cannot be read ({error.strerror or error})"
        raise UnreadableError(msg, _PUT) from error


def read_json(path: Path, *, most: int = MOST_BYTES, within: Path | None = None) -> dict[str, Any]:
    """Returns the object in a JSON file.

    Raises:
        UnreadableError: it cannot be read, or holds no object of names and values.
    """
    remedy = "Make it again, or take it from a copy."
    try:
        found = json.loads(read_file(path, most=most, within=within), parse_int=_whole)
    except UnreadableError:
        raise
    except RecursionError as error:
        msg = "cannot be read as JSON (it is nested too deeply)"
        raise UnreadableError(msg, remedy) from error
    except ValueError as error:
        msg = f"cannot be read as JSON ({error})"
        raise UnreadableError(msg, remedy) from error
    if not isinstance(found, dict):
        msg = "is no object of names and values"
        raise UnreadableError(msg, remedy)
    return found


def _whole(text: str) -> int:
    """A whole number that arithmetic with other numbers can take.

    Raises:
        ValueError: it is larger than any of those.
    """
    found = int(text)
    if abs(found) > sys.float_info.max:
        msg = f"a number of {len(text)} digits is larger than any that can be computed with"
        raise ValueError(msg)
    return found


def place_of(path: Path, within: Path | None = None) -> Path:
    """Returns where a path leads, without links.

    Raises:
        UnreadableError: it leads out of the folder `within`, or nowhere.
    """
    try:
        place = path.resolve(strict=True)
        if within is not None and not place.is_relative_to(within.resolve(strict=True)):
            msg = "is a link that leads out of its folder"
            raise UnreadableError(msg, "Put the file itself there.")
    except FileNotFoundError as error:
        expected = "is a link that leads nowhere" if is_link(path) else "does not exist"
        raise UnreadableError(expected, _PUT) from error
    except RuntimeError as error:
        msg = "is a link that leads to itself"
        raise UnreadableError(msg, _PUT) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        msg = f"cannot be read ({reason})"
        raise UnreadableError(msg, "Name another.") from error
    return place


def kind_of(path: Path) -> str:
    """Returns what a path leads to: `file`, `folder`, or nothing where there is nothing.

    Raises:
        UnreadableError: it is a pipe, a device or a socket, or nobody here may look.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        msg = f"cannot be read ({reason})"
        raise UnreadableError(msg, "Name another.") from error
    if stat.S_ISDIR(mode):
        return "folder"
    _require_regular(path.stat())
    return "file"


def is_link(path: Path) -> bool:
    """True for a link, wherever it leads."""
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def names_in(folder: Path) -> list[str]:
    """Returns the names in a folder in their order.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        return sorted(path.name for path in folder.iterdir())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a folder"
        msg = f"cannot be read ({reason})"
        raise UnreadableError(msg, "Check the rights of the folder.") from error


def files_below(folder: Path) -> Iterator[Path]:
    """Yields whatever lies in a folder and its folders and is no folder itself; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        for name in sorted([*files, *(name for name in folders if is_link(Path(place, name)))]):
            yield Path(place, name)


def _require_regular(status: os.stat_result) -> None:
    """Raises UnreadableError for what is no regular file."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        msg = f"is {kind}, which is not read"
        raise UnreadableError(msg, _PUT)


def _read(handle: int, expected: int, most: int) -> bytes:
    pieces, count, wanted = [], 0, min(max(expected, 0), most) + 1
    while piece := os.read(handle, wanted):
        pieces.append(piece)
        count += len(piece)
        if count > most:
            text = f"has more than the {most / 1e6:,.0f} MB that are read"
            raise UnreadableError(text, "Split it, or leave out what changes nothing.")
        wanted = min(_PIECE, most + 1 - count)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
