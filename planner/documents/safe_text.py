"""Text of inputs and runs as every medium may show it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import TypeVar, cast

T = TypeVar("T")


def plain(text: str) -> str:
    r"""Returns text that shows as what it is: control, bidirectional and invisible characters become escapes.

    >>> plain("a\x1b[31mb\nc"), plain("own_chip")
    ('a\\x1b[31mb\\nc', 'own_chip')
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else part.encode("unicode_escape").decode("ascii") for part in text)


def plain_lines(text: str) -> str:
    r"""Returns text of several lines as `plain` does; line feeds and tabs stay. The very text where nothing changes.

    >>> plain_lines("two\nlines \x1b[2J")
    'two\nlines \\x1b[2J'
    """
    if text.isprintable():
        return text
    safe = "".join(part if part in "\n\t" else plain(part) for part in text)
    return text if safe == text else safe


def plain_json(text: str) -> str:
    r"""Returns a JSON text of the same content whose control and invisible characters are JSON's own escapes.

    >>> plain_json('"a\u202eb"')
    '"a\\u202eb"'
    """
    if text.isprintable():
        return text
    return "".join(part if part == "\n" or part.isprintable() else json.dumps(part)[1:-1] for part in text)


def printable(value: T) -> T:
    """Returns a document, or any part of one, in which every text shows as what it is; see `plain`."""
    return cast("T", _printable(value))


def _printable(value: object) -> object:
    if isinstance(value, str):
        return plain(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, tuple):
        shown = tuple(map(_printable, value))
        return value if all(map(is_, shown, value)) else shown
    if isinstance(value, list):
        return [_printable(part) for part in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(part) for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            part.name: new for part in fields(value) if (new := _printable(old := getattr(value, part.name))) is not old
        }
        return replace(value, **changed) if changed else value
    return value
