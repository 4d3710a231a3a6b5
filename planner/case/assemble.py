"""A raw case, of whatever file form, becomes a checked `Case`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from models.case import REQUIRED_TABLES, SCHEMA_VERSION, TABLES, Case, Settings, case_of
from models.tables.column_descriptions import columns_of, key_columns
from planner.case.case_checks import check_tables
from planner.case.recheck import faults_of
from planner.case.settings import PLAN_FILE, read_settings
from planner.case.sheet import Sheet
from planner.case.typed_rows import TypedTable, convert_table
from planner.errors import Fault, FaultLog

MANY_ROWS = 20_000
"""Rows from which on a step takes long enough to be reported."""
OnStep = Callable[[str], None]
MAY_BE_EMPTY = ("offers", "prices", "budgets")


@dataclass(frozen=True)
class RawCase:
    """The keys of the plan and the tables as text; `present` names the tables that have a file.

    `plan` is None where it is missing or cannot be parsed.
    """

    plan: Mapping[str, Any] | None
    sheets: Mapping[str, Sheet]
    present: frozenset[str]
    has_plan: bool = True


Migration = Callable[[RawCase], RawCase]
MIGRATIONS: Mapping[int, Migration] = {}


@dataclass(frozen=True)
class Assembled:
    """The case, None where a fault forbids it, and the rows in the files of its rows, by table."""

    case: Case | None
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def migrate(raw: RawCase, log: FaultLog, *, migrations: Mapping[int, Migration] = MIGRATIONS) -> RawCase | None:
    """Returns the raw case in today's schema version; a version that cannot be read goes to the log.

    `migrations` holds, for an older version, the pure function that leads to the next.
    """
    version = None if raw.plan is None else raw.plan.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool):
        return raw
    column, value = "schema_version", str(version)
    if version > SCHEMA_VERSION:
        expected = f"is newer than the version {SCHEMA_VERSION} that this fleetplan reads"
        log.add(Fault(PLAN_FILE, expected, "Install a newer fleetplan.", column=column, value=value))
        return None
    while version < SCHEMA_VERSION:
        if version not in migrations:
            expected = f"cannot be converted from this version to version {SCHEMA_VERSION}"
            remedy = f"Compare the tables with `fleetplan template`, then write schema_version = {SCHEMA_VERSION}."
            log.add(Fault(PLAN_FILE, expected, remedy, column=column, value=value))
            return None
        raw = migrations[version](raw)
        version += 1
        raw = replace(raw, plan={**(raw.plan or {}), "schema_version": version})
    return raw


def assemble(raw: RawCase, log: FaultLog, *, on_step: OnStep = lambda _text: None) -> Assembled:
    """Returns the case and where its rows come from; faults and warnings go to the log.

    `on_step` receives what is being done where that takes seconds.
    """
    current = migrate(raw, log)
    if current is None:
        return Assembled(None)
    _check_presence(current, log)
    settings, solver = (None, None) if current.plan is None else read_settings(dict(current.plan), log)
    tables: dict[str, TypedTable] = {}
    for name, row_class in TABLES.items():
        if name in current.sheets:
            count = current.sheets[name].row_count
            if count > MANY_ROWS:
                on_step(f"reading the numbers of {name} ({count:,} rows)")
            tables[name] = convert_table(name, row_class, current.sheets[name], log)
    _check_not_empty(tables, log)
    count = sum(len(table.rows) for table in tables.values())
    if count > MANY_ROWS:
        on_step(f"checking {count:,} rows against each other")
    unread = frozenset(name for name in current.present & set(TABLES) if name not in current.sheets)
    unread |= frozenset(REQUIRED_TABLES) - current.present
    check_tables(settings, tables, log, unread=unread, faults_of=faults_of)
    rows = {name: table.numbers for name, table in tables.items()}
    if log.faults or settings is None or solver is None:
        return Assembled(None, rows)
    return Assembled(_case(settings, solver, tables), rows)


def _case(settings: Settings, solver: Any, tables: Mapping[str, TypedTable]) -> Case:  # noqa: ANN401
    contents: dict[str, Any] = {name: table.rows for name, table in tables.items()}
    return case_of(settings, contents, solver)


def _check_presence(raw: RawCase, log: FaultLog) -> None:
    if not raw.has_plan:
        remedy = "Write one, or begin with `fleetplan template`."
        log.add(Fault(PLAN_FILE, "the file is missing", remedy))
    for name in REQUIRED_TABLES:
        if name not in raw.present:
            columns = [column for column, facts in columns_of(TABLES[name]).items() if facts.blank is None]
            remedy = f"Write it with the columns {', '.join(columns)}, or begin with `fleetplan template`."
            log.add(Fault(f"{name}.csv", "the table is missing", remedy))


def _check_not_empty(tables: Mapping[str, TypedTable], log: FaultLog) -> None:
    for name in REQUIRED_TABLES:
        if name in tables and not tables[name].sheet.row_count and name not in MAY_BE_EMPTY:
            key = key_columns(TABLES[name])[0]
            log.add(Fault(f"{name}.csv", "the table has no rows", f"Write at least one {key}."))
