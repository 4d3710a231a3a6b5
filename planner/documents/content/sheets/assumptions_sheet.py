"""The sheet of assumptions: every input with its unit, its source, and the file and row that it comes from."""

from __future__ import annotations

from dataclasses import fields

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.documents.blocks import Column, TableBlock
from planner.documents.content.plan_inputs import input_cell, input_tables
from planner.documents.content.sheets.plan_lines import ASSUMPTIONS, PlanLines
from planner.documents.live_workbook import InputSheet, InputTable

_SETTINGS = Column("name", "Name"), Column("value", "Value"), Column("file", "File")
_FILE = "plan.toml"
_REMARKS = ("row", "basis", "note", "source")


def assumptions_sheet(plan: PlanLines) -> InputSheet:
    """Returns the settings and every input table of the case that has rows."""
    loaded, case = plan.facts.loaded, plan.case
    settings = tuple(
        (f"{lead}{entry.name}", input_cell(getattr(group, entry.name)), _FILE)
        for group, lead in ((case.settings, ""), (case.solver, "solver."))
        for entry in fields(group)
    )
    tables = []
    for table in input_tables(loaded):
        facts = columns_of(TABLES[table.title])
        shown = [column.name for column in table.columns if column.name not in _REMARKS]
        tables.append(
            InputTable(
                table.title, table, tuple(name for name in shown if facts[name].key),
                {name: facts[name].unit for name in shown},
                tuple(loaded.read.cite(table.title, at) for at in range(len(table.rows))),
            )
        )  # fmt: skip
    title = "Assumptions: the inputs of the case, with their sources"
    return InputSheet(ASSUMPTIONS, title, TableBlock("plan", "plan", "", _SETTINGS, settings), tuple(tables))
