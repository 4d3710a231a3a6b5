"""Cases in memory as folders that the planner reads."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.case import read_case
from planner.errors import CaseFaults


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return repr(value) if isinstance(value, float) else str(value)


def _setting(value):
    return json.dumps(value, ensure_ascii=False)


def write_case(case, folder):
    """Writes plan.toml and every table that has rows, and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {_setting(value)}" for name, value in asdict(case.settings).items() if value is not None]
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for table, row in TABLES.items():
        rows, columns = getattr(case, table), list(columns_of(row))
        if rows or table == "budgets":
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows([[_cell(getattr(one, column)) for column in columns] for one in rows])
    return folder


def written(cases, folder):
    """The folder of the first of some cases that the reader takes: rows that contradict each other are faults there."""
    for number, case in enumerate(cases):
        place = write_case(case, folder / f"case{number}")
        try:
            read_case(place)
        except CaseFaults:
            continue
        return place
    msg = "none of these cases can be read"
    raise AssertionError(msg)
