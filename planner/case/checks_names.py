"""Names: each row has a key of its own, each reference leads somewhere, and no two names look alike."""

from __future__ import annotations

from models.calendar import parse_label, parse_span
from models.case import TABLES
from models.tables.column_descriptions import ColumnDescription, columns_of, name_column
from models.tables.fleet_rows import Accelerator, InputRow
from planner.case.context import GATE_TABLES, Context
from planner.case.nearest_name import nearest, twin_form
from planner.errors import listed


def check_keys(context: Context) -> None:
    """No two rows of a table have the same key; two labels that begin alike count as the same."""
    faulty = set()
    for table, row_class in TABLES.items():
        keys = {name: facts for name, facts in columns_of(row_class).items() if facts.key}
        first: dict[tuple[object, ...], InputRow] = {}
        for row in context.rows(table):
            key = tuple(_key_part(getattr(row, name), facts) for name, facts in keys.items())
            other = first.setdefault(key, row)
            if other is row:
                continue
            faulty.add(id(row))
            value = ", ".join(context.text(row, name) or "(blank)" for name in keys)
            expected = f"row {context.number(other)} has the same {' and '.join(keys)}"
            context.fault(row, ", ".join(keys), expected, "Delete one of the two, or change its key.", value=value)
    context.leave_out(faulty)


def _key_part(value: object, facts: ColumnDescription) -> object:
    if not value or not facts.label or not isinstance(value, str):
        return value
    return parse_span(value) if facts.label == "span" else parse_label(value)[0]


def check_references(context: Context) -> None:
    """Each name in a reference column is a name of the table that the column refers to."""
    faulty = set()
    for table, row_class in TABLES.items():
        for column, facts in columns_of(row_class).items():
            if not facts.refs:
                continue
            tables = [context.known(ref) for ref in facts.refs]
            if any(names is None for names in tables):
                continue
            known = {name: None for names in tables for name in names or ()}
            for row in context.rows(table):
                value = getattr(row, column)
                for name in value if isinstance(value, tuple) else (value,):
                    if name and name not in known:
                        faulty.add(id(row))
                        _unknown(context, row, column, name, (facts, known))
    context.leave_out(faulty)


def _unknown(
    context: Context, row: InputRow, column: str, name: str, wanted: tuple[ColumnDescription, dict[str, None]]
) -> None:
    facts, known = wanted
    files = [f"{ref}.csv" for ref in _files(facts.refs)]
    where = files[0] if len(files) == 1 else f"{', '.join(files[:-1])} or {files[-1]}"
    expected = f"is not a name in {where}"
    close = nearest(name, known)
    if facts.many and "," in name and all(part.strip() in known for part in name.split(",")):
        remedy = f"Separate names with semicolons: {';'.join(part.strip() for part in name.split(','))}."
    elif close and twin_form(close) == twin_form(name):
        remedy = f"Use {close}: names must match exactly."
    elif close:
        remedy = f"Did you mean {close}?"
    elif known:
        remedy = f"Known names: {listed(known)}."
    else:
        remedy = f"Add it to {files[0]}." if len(files) == 1 else "Add it to one of them."
    context.fault(row, column, expected, remedy, value=name)


def _files(refs: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for ref in refs:
        if ref == "gates":
            found += GATE_TABLES
        elif ref == "vendors":
            found += [] if "accelerators" in refs else ["accelerators"]
        elif ref != "*":
            found.append(ref)
    return found


def check_twins(context: Context) -> None:
    """No two names of a table differ only in case, look-alike letters, spaces or hyphens; nor two vendors."""
    for table, row_class in TABLES.items():
        column = name_column(row_class)
        first: dict[str, tuple[str, InputRow]] = {}
        for row in context.rows(table) if column is not None and table not in GATE_TABLES else ():
            _twin(context, row, (str(column), getattr(row, str(column))), first)
    vendors: dict[str, tuple[str, InputRow]] = {}
    for machine in context.of(Accelerator):
        _twin(context, machine, ("vendor", machine.vendor), vendors)


def _twin(context: Context, row: InputRow, cell: tuple[str, str], first: dict[str, tuple[str, InputRow]]) -> None:
    column, name = cell
    other, where = first.setdefault(twin_form(name), (name, row))
    if other != name:
        expected = f"looks like {other} in row {context.number(where)} but is a different name"
        context.fault(row, column, expected, f"Use {other} in both, or two clearly different names.")


def check_gate_names(context: Context) -> None:
    """Programmes, acquisitions and agreements have names that are unique over the three tables."""
    first: dict[str, tuple[str, InputRow]] = {}
    for table in GATE_TABLES:
        for row in context.rows(table):
            column = name_column(TABLES[table]) or ""
            name = getattr(row, column)
            other, where = first.setdefault(twin_form(name), (name, row))
            if where is row:
                continue
            if other == name:
                expected = f"{context.place(where)} has the same name"
                remedy = "Choose another name: programmes, acquisitions and agreements share one namespace."
            else:
                expected = f"looks like {other} in {context.place(where)} but is a different name"
                remedy = "Use two clearly different names."
            context.fault(row, column, expected, remedy)
