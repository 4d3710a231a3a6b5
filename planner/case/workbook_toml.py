"""The lines of a `plan.toml`, with the comments that belong to its settings, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planner.case.workbook_plan import SOLVER_PREFIX, PlanLine

_KEY = re.compile(r"\s*(?:([A-Za-z0-9_-]+)|\"([^\"]*)\"|'([^']*)')\s*=(.*)")
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(?:#.*)?")
_SOURCE = " | source: "


def lines_of(text: str, plan: Mapping[str, Any]) -> tuple[PlanLine, ...]:
    """Returns the settings of a `plan.toml` line by line, each with the comment behind it, and the comments between.

    `plan` are its parsed keys. A setting whose line cannot be distinguished comes last, without a comment.
    """
    flat: dict[str, Any] = {}
    for name, value in plan.items():
        inner = value.items() if name == "solver" and isinstance(value, dict) else ()
        flat |= {SOLVER_PREFIX + key: part for key, part in inner} if inner else {name: value}
    found: dict[str, PlanLine] = {}
    lines: list[PlanLine] = []
    prefix = ""
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line):
            prefix = f"{section.group(1)}."
        elif line.lstrip().startswith("#"):
            lines.append(PlanLine(comment=line.strip().removeprefix("#").strip()))
        elif key := _KEY.fullmatch(line):
            name = prefix + next(part for part in key.group(1, 2, 3) if part is not None)
            if name in flat and name not in found:
                note, _, source = _comment(key.group(4)).partition(_SOURCE)
                found[name] = PlanLine(name, _plain(flat[name]), note, source)
                lines.append(found[name])
    return (*lines, *(PlanLine(name, _plain(value)) for name, value in flat.items() if name not in found))


def toml_of(lines: Iterable[PlanLine]) -> str:
    """Returns a `plan.toml` that holds these settings, remarks behind them as comments."""
    general: list[str] = []
    solver: list[str] = []
    waiting: list[str] = []
    for line in lines:
        if not line.setting:
            waiting.append(f"# {_one_line(line.comment)}".rstrip())
            continue
        part = solver if line.setting.startswith(SOLVER_PREFIX) else general
        part.extend(waiting)
        waiting.clear()
        if line.value is not None:
            part.append(_setting(line))
        elif line.note or line.source:
            part.append(f"# {line.setting}: {_remark(line)}")
    (solver or general).extend(waiting)
    return "\n".join([*general, *(["", "[solver]", *solver] if solver else [])]) + "\n"


def _setting(line: PlanLine) -> str:
    name = line.setting.removeprefix(SOLVER_PREFIX)
    key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)
    text = f"{key} = {_value(line.value)}"
    remark = _remark(line)
    return f"{text:<34} # {remark}" if remark else text


def _remark(line: PlanLine) -> str:
    return _one_line(line.note) + (f"{_SOURCE}{_one_line(line.source)}" if line.source else "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join(part if part.isprintable() else " " for part in re.split(r"\s+", text.strip()))


def _plain(value: object) -> Any:  # noqa: ANN401  a cell of any type
    return value if isinstance(value, str | int | float | bool) else str(value)


def _comment(rest: str) -> str:
    """Returns the comment behind a value, without its sign."""
    for at, letter in _outside_quotes(rest):
        if letter == "#":
            return rest[at + 1 :].strip()
    return ""


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    quote, is_escaped = "", False
    for at, letter in enumerate(text):
        if quote:
            is_escaped = quote == '"' and letter == "\\" and not is_escaped
            if letter == quote and not is_escaped and not (at and text[at - 1] == "\\" and quote == '"'):
                quote = ""
        elif letter in "\"'":
            quote = letter
        else:
            yield at, letter
