"""The settings of `plan.toml`: what each key holds, read with the same care as a table."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from datetime import date
from typing import Any

from models.calendar import LabelError
from models.case import Settings, SolverSettings
from models.solvers.catalogue import ENGINES, PULP_PREFIX, UnknownEngineError, facts_of
from models.tables.column_descriptions import ColumnDescription, column_of, columns_of
from planner.case.labels import AS_TEXT, read_label
from planner.case.nearest_name import nearest
from planner.case.numbers import LARGEST
from planner.case.text import UnreadableError
from planner.case.typed_rows import bounds_of, in_bounds, unit_hint
from planner.errors import Fault, FaultLog, Severity

PLAN_FILE = "plan.toml"
LONGEST_TEXT = 200
MOST_NESTED = 8
# Texts and comments as a whole, so that brackets in them do not count.
_TOML_PARTS = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[\]{}.=,\n]''', re.DOTALL
)

SETTINGS = columns_of(Settings)
SOLVER = columns_of(SolverSettings)


def parse_plan(text: str, log: FaultLog) -> dict[str, Any] | None:
    """Returns the keys of a `plan.toml`; a text that is not TOML goes to the log and returns None."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    deep = _too_deep(text)
    if deep is not None:
        expected = f"is nested more than {MOST_NESTED} deep"
        log.add(Fault(PLAN_FILE, expected, "Write key = value, and [solver] before the keys of the solver.", deep))
        return None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        found = re.search(r"(.*?)\s*\(at line (\d+), column \d+\)", str(error))
        row = int(found.group(2)) if found else None
        reason = found.group(1) if found else str(error) or "nested too deeply"
        lines = text.splitlines()
        value = lines[row - 1].strip() if row is not None and row <= len(lines) else None
        remedy = 'Write key = value; texts and labels between quotes: start = "2027Q1".'
        log.add(Fault(PLAN_FILE, f"is not TOML ({reason})", remedy, row, value=value))
    return None


def _too_deep(text: str) -> int | None:
    """Returns the line in which brackets or the parts of a key are nested deeper than any setting; None where none are.

    The reader of TOML takes memory that grows with the square of the depth.
    """
    depth = dots = 0
    for found in _TOML_PARTS.finditer(text):
        part = found[0]
        if part in "[{":
            depth, dots = depth + 1, 0
        elif part in "]}":
            depth, dots = max(0, depth - 1), 0
        elif part == ".":
            dots += 1
        elif part in "=,\n":
            dots = 0
        if max(depth, dots) > MOST_NESTED:
            return text.count("\n", 0, found.start()) + 1
    return None


def read_settings(plan: dict[str, Any], log: FaultLog) -> tuple[Settings | None, SolverSettings | None]:
    """Returns the settings and those of the solver; None where one of its keys has a fault."""
    general = {name: value for name, value in plan.items() if name != "solver"}
    values = _values("", general, SETTINGS, Settings, log)
    if isinstance(plan.get("solver", {}), dict):
        solver = _values("solver.", plan.get("solver", {}), SOLVER, SolverSettings, log)
    else:
        solver = None
        expected = "must be a table of settings"
        log.add(Fault(PLAN_FILE, expected, "Write [solver] on a line of its own, its keys below.", column="solver"))
    wrong = None if solver is None or "name" not in solver else solver_fault(solver["name"], PLAN_FILE, "solver.name")
    if wrong is not None:
        log.add(wrong)
        solver = None
    settings = None if values is None else Settings(**values)
    if settings is not None and not _start_fits(settings, log):
        settings = None
    return settings, None if solver is None else SolverSettings(**solver)


def solver_fault(name: str, source: str, column: str | None = None) -> Fault | None:
    """Returns why a solver cannot make plans, with `source` for who named it; None where it can."""
    try:
        if facts_of(name).integers:
            return None
    except UnknownEngineError:
        able = [facts.name for facts in ENGINES if facts.integers]
        close = nearest(name, able)
        known = f"Use one of: {', '.join(able)}, or {PULP_PREFIX}NAME for a solver that PuLP knows."
        remedy = f"Did you mean {close}? {known}" if close else known
        return Fault(source, "is not a known solver", remedy, column=column, value=name)
    expected = "solves continuous programs only, and a plan has integers"
    return Fault(source, expected, "Use native, scip or highs.", column=column, value=name)


def _values(
    prefix: str,
    given: dict[str, Any],
    known: dict[str, ColumnDescription],
    into: type[Settings | SolverSettings],
    log: FaultLog,
) -> dict[str, Any] | None:
    """Returns the values of the keys of one table of settings, or None where one has a fault."""
    entries = {entry.name: entry for entry in fields(into)}
    sound, values = True, {}
    for key, value in given.items():
        if key not in known:
            sound = False
            close = nearest(key, [name for name in known if name not in given]) or nearest(key, known)
            remedy = f"Did you mean {close}?" if close else f"The settings are {', '.join(known)}."
            log.add(Fault(PLAN_FILE, "is not a setting", remedy, column=prefix + key))
            continue
        try:
            values[key] = _value(value, known[key], str(entries[key].type))
        except UnreadableError as error:
            sound = False
            remedy = error.remedy.replace(f", {AS_TEXT}", "") or "See the template for an example."
            log.add(Fault(PLAN_FILE, error.expected, remedy, column=prefix + key, value=str(value)))
            continue
        typical = known[key].typical
        if typical and not typical[0] <= values[key] <= typical[1]:
            expected = f"is outside the usual {typical[0]:g} to {typical[1]:g}"
            hint = unit_hint(values[key], known[key])
            log.add(Fault(PLAN_FILE, expected, hint, column=prefix + key, value=str(value), severity=Severity.WARNING))
    for key, entry in entries.items():
        if key not in given and entry.default is MISSING:
            sound = False
            facts = known[key]
            example = f"Add {key} = {toml_value(key, into)}."
            log.add(Fault(PLAN_FILE, f"the setting is missing ({facts.meaning})", example, column=prefix + key))
    return values if sound else None


def toml_value(name: str, into: type[Settings | SolverSettings]) -> str:
    """Returns a value of a setting as TOML: its example, or else its default.

    >>> toml_value("start", Settings), toml_value("early_retirement", Settings)
    ('"2027Q1"', 'true')
    """
    entry = next(entry for entry in fields(into) if entry.name == name)
    value = column_of(entry).example or entry.default
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if str(entry.type).startswith("str") else f"{value}"


def _value(value: object, facts: ColumnDescription, kind: str) -> Any:  # noqa: ANN401 (the type is that of the field)
    """Returns a setting in the type of its field; raises UnreadableError."""
    if kind == "bool":
        if isinstance(value, bool):
            return value
        expected = "must be true or false"
        raise UnreadableError(expected, "Write true or false, without quotes.")
    if kind.startswith(("int", "float")):
        whole = facts.whole or kind.startswith("int")
        if isinstance(value, bool) or not isinstance(value, int | float):
            expected = f"must be {bounds_of(facts, whole=whole)}"
            raise UnreadableError(expected, "Write the number alone, without quotes.")
        if not abs(value) <= LARGEST:
            expected = "must be a finite number of ordinary size"
            raise UnreadableError(expected, "Write the number alone.")
        checked = in_bounds(value, facts, whole=whole)
        return int(checked) if whole else float(checked)
    return _text(value, facts)


def _text(value: object, facts: ColumnDescription) -> str:
    if facts.label:
        if isinstance(value, int) and not isinstance(value, bool):
            return read_label(str(value))
        if isinstance(value, date):
            return read_label(value.isoformat())
    if not isinstance(value, str):
        expected = "must be a text"
        raise UnreadableError(expected, f'Write it between quotes: "{value}".')
    text = value.strip()
    if not text:
        expected = "a value is needed"
        raise UnreadableError(expected, f"Enter: {facts.meaning}.")
    if not text.isprintable() or len(text) > LONGEST_TEXT:
        expected = f"must be one line of at most {LONGEST_TEXT} characters"
        raise UnreadableError(expected, "Shorten it.")
    if facts.label:
        return read_label(text)
    if facts.choices and text not in facts.choices:
        close = nearest(text, facts.choices)
        expected = f"must be one of {', '.join(facts.choices)}"
        raise UnreadableError(expected, f'Use "{close}".' if close else "Use one of them.")
    return text


def _start_fits(settings: Settings, log: FaultLog) -> bool:
    try:
        _ = settings.calendar
    except LabelError as error:
        sentence = str(error).rstrip(".")
        remedy = f'Start at the first month of a {settings.period}, for example "{settings.start[:4]}".'
        log.add(Fault(PLAN_FILE, sentence, remedy, column="start", value=settings.start))
        return False
    return True
