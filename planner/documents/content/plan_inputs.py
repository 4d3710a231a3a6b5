"""The assumptions of a plan: what it rests on, how well each input is founded, and every input with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from models.tables.fleet_rows import InputRow
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, Sentence, TableBlock, TableCell, TextBlock
from planner.documents.colours import QUALITY_COLOURS
from planner.documents.content.plan_headline import number, span_of
from planner.documents.number_text import counted, percent
from planner.results.input_basis import basis_of
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

QUALITIES = tuple(QUALITY_COLOURS)
_MOST_WORKLOADS = 6
EVERY = "Each row as it was planned with, where it stands, how it is founded, and where it is from."
_RISK_WORDS = {"expected": "as expected", "optimistic": "none", "pessimistic": "a full one each"}
_WORDS, _NAMES = 40, 18
"""Widths of a note or source, and of other text."""


def assumptions(loaded: LoadedRun) -> TextBlock:
    """Returns what the plan rests on, in a few sentences."""
    settings = loaded.case.settings
    ahead = f", and {settings.lookahead_periods} of lookahead" if settings.lookahead_periods else ""
    may = "be sold early" if settings.early_retirement else "not be sold before the end of their life"
    lines = [
        f"{settings.currency_basis} USD, discount rate {settings.discount_rate * 100:.4g} % a year",
        f"{len(loaded.periods)} periods, {span_of(loaded)}{ahead}",
        f"Respins of own chips: {_RISK_WORDS.get(settings.tape_out_risk, settings.tape_out_risk)}",
        f"Machines may {may}",
        *_demands(loaded),
        _founded(loaded),
    ]
    return TextBlock(tuple(map(Sentence, lines)), is_list=True)


def inputs_claim(loaded: LoadedRun) -> str:
    """Returns how much of the inputs rests on judgement or names no source."""
    row = _whole(loaded)
    whole = max(1.0, number(row["rows"]))
    judged, unknown = (percent(number(row[name]) / whole, 0) for name in ("judged", "no_source"))
    rows = counted(number(row["rows"]))
    return f"Assumptions: of {rows} input rows {judged} % rest on judgement, {unknown} % name no source"


def quality_rows(loaded: LoadedRun) -> TableBlock:
    """Returns the rows of each input table by how they are founded; tables without rows are left out."""
    columns = (
        Column("table", "Table"), Column("basis", "Basis"), Column("rows", "Rows", Form.COUNT, "rows"),
        Column("all_rows", "all", Form.COUNT, "rows"),
    )  # fmt: skip
    rows = tuple(
        (row["table"], basis, row[basis.replace(" ", "_")], row["rows"])
        for row in loaded.records("input_basis")
        for basis in QUALITIES
        if row["table"] != "all"
    )
    return TableBlock("quality_rows", "Basis of the inputs", "", columns, rows)


def quality_chart() -> ChartBlock:
    """Returns how the inputs are founded, table by table."""
    return ChartBlock(
        "quality", "How well the inputs are founded", ChartKind.STACK, "quality_rows", "table", "rows", "basis",
        note="Rows of each input table by what their note and source say. A row counts by its weakest part: one that "
        "speaks of judgement or recollection is judged, one that speaks of derivation derived. Of a row without a "
        "source nothing is known: it may be judged and not say so.",
        whole="all_rows", is_lying=True, palette=QUALITY_COLOURS, source=("input_basis",),
    )  # fmt: skip


def input_tables(loaded: LoadedRun) -> Iterator[TableBlock]:
    """Yields each input table as it was planned with: where a row stands, its values, basis, note and source."""
    for name in TABLES:
        rows: Sequence[InputRow] = getattr(loaded.case, name)
        if rows:
            yield _input_table(loaded, name, rows)


def _input_table(loaded: LoadedRun, table: str, rows: Sequence[InputRow]) -> TableBlock:
    facts = columns_of(TABLES[table])
    names = [name for name in facts if name not in ("note", "source")]
    blank = {entry.name: (None, "", (), entry.default) if facts[entry.name].is_rare else (None, "", ())
             for entry in fields(TABLES[table])}  # fmt: skip
    used = [name for name in names if any(getattr(row, name) not in blank[name] for row in rows)]
    columns = [Column("row", "row", width=6)]
    for name in used:
        cells = [getattr(row, name) for row in rows]
        is_number = all(
            isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells if cell is not None
        )
        unit = facts[name].unit
        meaning = f"{facts[name].meaning}{f', {unit}' if unit else ''}"
        columns.append(Column(name, name, Form.EXACT if is_number else Form.TEXT, width=_NAMES + 2, meaning=meaning))
    columns += [Column("basis", "basis", width=10), Column("note", "note", width=_WORDS)]
    columns.append(Column("source", "source", width=_WORDS))
    body = tuple(
        (
            str(loaded.read.rows[table][place]), *(input_cell(getattr(row, name)) for name in used), basis_of(row),
            row.note, row.source,
        )
        for place, row in enumerate(rows)
    )  # fmt: skip
    return TableBlock(f"input_{table}", table, "", tuple(columns), body)


def input_cell(value: object) -> TableCell:
    """Returns a value of the inputs as a cell: several names as one text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return value if isinstance(value, int | float) else str(value)


def _whole(loaded: LoadedRun) -> dict[str, Cell]:
    return next(row for row in loaded.records("input_basis") if row["table"] == "all")


def _founded(loaded: LoadedRun) -> str:
    row = _whole(loaded)
    counts = {name: number(row[name.replace(" ", "_")]) for name in QUALITIES}
    whole = max(1.0, number(row["rows"]))
    said = ", ".join(f"{counted(n)} {name} ({percent(n / whole, 0)} %)" for name, n in counts.items() if n)
    unknown = " Of rows without a source nothing is known." if counts["no source"] else ""
    rows = counted(number(row["rows"]))
    return f"{rows} rows of input: {said}.{unknown} A row counts by its weakest part, as its note and source tell."


def _demands(loaded: LoadedRun) -> list[str]:
    """Returns how the demand of the first workloads grows, and the least of it that must be served."""
    demand = {(row["workload"], row["period"]): number(row["demand_qps"]) for row in loaded.rows("service")}
    first, last = loaded.periods[0], loaded.periods[-1]
    return [
        f"{row.workload}: demand {counted(round(demand[row.workload, first], 1))} to "
        f"{counted(round(demand[row.workload, last], 1))} queries/s at peak, at least "
        f"{percent(row.min_service, 0)} % served"
        for row in loaded.case.workloads[:_MOST_WORKLOADS]
    ]
