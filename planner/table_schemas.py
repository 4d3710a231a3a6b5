"""What the columns of a table hold, for programs that read it: types, units, meanings, constraints and keys.

Result tables take their kinds from the independent check, input tables theirs from the typed rows; an input table is
described as its file has it, with the columns that are there and the numbers as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from models.case import TABLES
from models.checks.requirements import COLUMNS
from models.checks.scenario_distributions import CELLS
from models.checks.scenario_paths import FUTURES
from models.checks.worth_checks import BESIDE
from models.tables.column_descriptions import ColumnDescription, columns_of, key_columns, name_column
from models.tables.fleet_rows import CATEGORIES
from planner.case.sheet import Sheet
from planner.case.typed_rows import NUMBER_TYPES
from planner.case.wide_tables import GROWTH, MEASURE, SeriesForm, series_form
from planner.documents.blocks import Form, TableBlock
from planner.results.column_meanings import meaning_of_column
from planner.results.node_labels import NODE_COLUMNS
from planner.results.table import Table
from planner.results.table_meanings import meaning_of_table

STRING, NUMBER, INTEGER, BOOLEAN = "string", "number", "integer", "boolean"
_KINDS: Mapping[str, Mapping[str, str]] = {**COLUMNS, "futures": FUTURES, **CELLS, **BESIDE}
_BRANCH_KINDS = {"node": "text", "scenarios": "text", "probability": "number"}
_TYPES = {"number": NUMBER, "quantity": NUMBER, "perhaps": NUMBER, "whole": INTEGER}
_OPTIONAL = frozenset({"text", "perhaps", "text or blank", "date or never"})
_LABEL = r"\d{4}(H[12]|Q[1-4]|-\d{2})?"
_PATTERNS = {"date": _LABEL, "date or never": _LABEL, "period": _LABEL}
_CHOICES = {"holding": ("owned", "leased"), "yes or no": ("yes", "no"), "category": CATEGORIES}
_UNITS = {Form.MUSD: "USD million", Form.MUSD_CHANGE: "USD million"} | dict.fromkeys(
    (Form.PERCENT, Form.PERCENT_CHANGE, Form.SHARE), "fraction"
)
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?\d+(,\d+)?")
TRUE_TEXTS, FALSE_TEXTS = ("true", "TRUE", "True", "yes", "1"), ("false", "FALSE", "False", "no", "0")


@dataclass(frozen=True, kw_only=True)
class FieldSchema:
    """One column: `refers` names the input table and column that its values are of, `decimal` the decimal mark."""

    name: str
    type: str
    unit: str = ""
    description: str = ""
    is_required: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    least: float | None = None
    most: float | None = None
    refers: tuple[str, str] | None = None
    decimal: str = "."
    heading: str = ""

    @property
    def title(self) -> str:
        """The heading of the column, else its name in words without its unit."""
        if self.heading:
            return self.heading
        words = re.sub(r"_(musd|usd|mw|qps)$", "", self.name).replace("_", " ")
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """One table: what it is about, its columns in their order, and those that identify a row."""

    name: str
    description: str
    fields: tuple[FieldSchema, ...]
    keys: tuple[str, ...] = ()


def result_schema(table: Table) -> TableSchema:
    """Returns the schema of a result table; keys are named where they tell its rows apart."""
    kinds = {**_KINDS.get(table.name, {})} | ({} if "node" not in table.columns else _BRANCH_KINDS)
    found = tuple(_result_field(table.name, column, kinds.get(column, "text")) for column in table.columns)
    keys = [column for column in table.columns if kinds.get(column, "").startswith("*")]
    keys += [name for name in NODE_COLUMNS.split()[:2] if keys and name in table.columns]
    text = meaning_of_table(table.name)
    places = [table.columns.index(key) for key in keys]
    is_unique = bool(keys) and _tells_apart(table, places)
    return TableSchema(name=table.name, description=text, fields=found, keys=tuple(keys) if is_unique else ())


def _tells_apart(table: Table, places: Sequence[int]) -> bool:
    """True where cells at some places are others in each row, and in none all blank; of long tables hashes are kept."""
    seen = set()
    for row in table.rows:
        key = tuple(row[place] for place in places)
        if all(cell in (None, "") for cell in key):
            return False
        seen.add(hash(key))
    return len(seen) == len(table.rows)


def _result_field(table: str, column: str, kind: str) -> FieldSchema:
    base, meaning = kind.lstrip("*"), meaning_of_column(table, column)
    owner = f"{base}s"
    return FieldSchema(
        name=column,
        type=_TYPES.get(base, STRING),
        unit="" if meaning is None else meaning.unit,
        description="" if meaning is None else meaning.text,
        is_required=base not in _OPTIONAL,
        choices=_CHOICES.get(base, ()),
        pattern=_PATTERNS.get(base, ""),
        refers=(owner, base) if owner in TABLES and name_column(TABLES[owner]) == base else None,
    )


def block_schema(block: TableBlock) -> TableSchema:
    """Returns the schema of a table of a study, as it is written to a CSV file."""
    rows = block.plain().rows
    found = []
    for place, column in enumerate(block.columns):
        cells = [row[place] for row in rows if row[place] is not None]
        is_number = column.form is not Form.TEXT and all(isinstance(cell, int | float) for cell in cells)
        unit = column.unit or _UNITS.get(column.form, "")
        kind = NUMBER if is_number else STRING
        found.append(
            FieldSchema(name=column.name, type=kind, unit=unit, description=column.meaning, heading=column.title)
        )
    return TableSchema(name=block.name, description=block.title, fields=tuple(found))


def input_schema(table: str, sheet: Sheet) -> TableSchema:
    """Returns the schema of an input table as its file has it."""
    known = columns_of(TABLES[table])
    types = {entry.name: str(entry.type).removesuffix(" | None") for entry in fields(TABLES[table])}
    found = tuple(
        _input_field(name, types[name], known[name], texts)
        if name in known
        else _period_field(name, texts, series_form(TABLES[table]))
        for name, texts in sheet.texts.items()
    )
    text = (TABLES[table].__doc__ or "").partition("\n")[0]
    keys = tuple(name for name in (*key_columns(TABLES[table]), MEASURE) if name in sheet.texts)
    return TableSchema(name=table, description=text, fields=found, keys=keys)


def _period_field(name: str, texts: Sequence[str], form: SeriesForm | None) -> FieldSchema:
    """Returns a column of a table with its periods across: a period, the growth of values, or which value a row has."""
    if form is None or name == MEASURE:
        return FieldSchema(name=name, type=STRING, description="" if form is None else "which value the row has")
    kind, decimal = _number_type(texts)
    if name == GROWTH:
        return FieldSchema(name=name, type=kind, unit="1/year", description="growth of the values", decimal=decimal)
    return FieldSchema(name=name, type=kind, description=f"value of {name}", decimal=decimal)


def _input_field(name: str, holds: str, facts: ColumnDescription, texts: Sequence[str]) -> FieldSchema:
    filled = [text for text in texts if text]
    kind, decimal = _input_type(holds, facts, filled)
    is_number = kind in (NUMBER, INTEGER)
    reference = _reference(facts)
    blank = "" if facts.blank is None else f"; blank: {facts.blank}"
    above = f"; above {facts.above:g}" if facts.above is not None else ""
    has_choices = bool(facts.choices) and not facts.many and set(filled) <= set(facts.choices)
    return FieldSchema(
        name=name,
        type=kind,
        unit=facts.unit,
        description=f"{facts.meaning}{above}{blank}",
        is_required=facts.blank is None,
        choices=facts.choices if has_choices else (),
        least=facts.least if is_number else None,
        most=facts.most if is_number else None,
        refers=reference,
        decimal=decimal,
    )


def _input_type(holds: str, facts: ColumnDescription, filled: Sequence[str]) -> tuple[str, str]:
    """Returns the type of a column and its decimal mark; text where people have written numbers in other ways."""
    if holds == "bool":
        return (BOOLEAN if set(filled) <= {*TRUE_TEXTS, *FALSE_TEXTS} else STRING), "."
    if holds not in NUMBER_TYPES:
        return STRING, "."
    if facts.whole and all(text.lstrip("+-").isdigit() for text in filled):
        return INTEGER, "."
    return _number_type(filled)


def _number_type(texts: Sequence[str]) -> tuple[str, str]:
    """Returns the type of numbers and their decimal mark; text where some are written in other ways."""
    filled = [text for text in texts if text]
    if all(map(_PLAIN_NUMBER.fullmatch, filled)):
        return NUMBER, "."
    return (NUMBER, ",") if all(map(_COMMA_NUMBER.fullmatch, filled)) else (STRING, ".")


def _reference(facts: ColumnDescription) -> tuple[str, str] | None:
    """Returns the table and column that the names of a column are of, where it is one."""
    if facts.many or len(facts.refs) != 1 or facts.refs[0] not in TABLES:
        return None
    column = name_column(TABLES[facts.refs[0]])
    return None if column is None else (facts.refs[0], column)


def constraints_of(field: FieldSchema) -> dict[str, Any]:
    """Returns what the cells of a column must keep to, in the words of a table schema."""
    found: dict[str, Any] = {"required": True} if field.is_required else {}
    if field.choices:
        found["enum"] = list(field.choices)
    if field.pattern:
        found["pattern"] = field.pattern
    if field.least is not None:
        found["minimum"] = field.least
    if field.most is not None:
        found["maximum"] = field.most
    return found
