"""Cases in memory as folders that the planner reads."""

from __future__ import annotations

import csv
import json
from dataclasses import fields

from models.case import TABLES
from models.tables.column_descriptions import columns_of


def write_case(case, folder):
    """Writes plan.toml and every table that has rows as a folder that reads back as the same case; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, row_class in TABLES.items():
        rows, names = getattr(case, table), list(columns_of(row_class))
        # A case needs the table of budgets, though it may have none.
        if rows or table == "budgets":
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(names)
                writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    lines = [*_settings(case.settings), "", "[solver]", *_settings(case.solver)]
    # Written last, so that a folder with a plan is a whole one.
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _settings(record):
    pairs = [(entry.name, getattr(record, entry.name)) for entry in fields(record)]
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in pairs if value is not None]


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return repr(value) if isinstance(value, float) else str(value)
