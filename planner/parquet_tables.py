"""Tables of a run as Parquet, with unit, meaning and sources in the metadata of each column.

The library is an extra of the package. Types follow from the schema of a table and not from its rows, so that the files
of several runs can be read together: numbers are doubles, counts that identify rows 64-bit integers, all else text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from models.case import TABLES, Case
from models.tables.column_descriptions import columns_of, key_columns
from planner.data_package import INPUT_PREFIX
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import PARQUET
from planner.results.loaded_run import LoadedRun
from planner.results.table import Table
from planner.table_schemas import BOOLEAN, INTEGER, NUMBER, STRING, FieldSchema, TableSchema, result_schema
from planner.versions import version

_TYPES_OF_INPUTS = {"float": NUMBER, "int": INTEGER, "bool": BOOLEAN}

Rows = Sequence[Sequence[Any]]


def require_parquet() -> None:
    """Raises CaseFaults where the library that writes Parquet is not installed."""
    _library()


def parquet_files(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the result tables of a run, and the inputs as they were read, as files by path in the folder of the run.

    Raises:
        CaseFaults: the library that writes Parquet is not installed.
    """
    library = _library()
    return {f"{PARQUET}/{name}.parquet": _bytes(library, table) for name, table in _tables(library, loaded)}


def case_parquet(case: Case, digest: str) -> dict[str, bytes]:
    """Returns the tables of a case as it is read, as files by path in its folder; `digest` is the hash of the case.

    Raises:
        CaseFaults: the library that writes Parquet is not installed.
    """
    library = _library()
    facts = {"case": case.settings.name, "case_hash": digest, "currency_basis": case.settings.currency_basis}
    facts |= {"fleetplan_version": version()}
    return {f"{PARQUET}/{name}.parquet": _bytes(library, table) for name, table in _inputs(library, case, facts)}


def differing_parquet(found: Mapping[str, bytes], loaded: LoadedRun) -> Iterator[str]:
    """Yields which Parquet files of a run hold other cells, types or metadata than its other files give.

    How they are compressed depends on the version of the library, and is not compared.

    Raises:
        CaseFaults: the library that reads Parquet is not installed.
    """
    library = _library()
    expected = dict(_tables(library, loaded))
    for name, data in found.items():
        table = expected.get(name.removeprefix(f"{PARQUET}/").removesuffix(".parquet"))
        try:
            again = library.parquet.read_table(io.BytesIO(data))
        except (library.ArrowException, OSError) as error:
            yield f"documents [{name}]: it cannot be read as Parquet ({type(error).__name__})"
            continue
        if table is None or not again.equals(table, check_metadata=True):
            yield f"documents [{name}]: it differs from what the other files of the run produce"


def _tables(library: Any, loaded: LoadedRun) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  the library has no types
    written_by = str(loaded.manifest.get("fleetplan_version"))
    facts = {
        "run": loaded.name,
        "case": loaded.case.settings.name,
        "case_hash": loaded.read.case_hash,
        "currency_basis": loaded.case.settings.currency_basis,
        "fleetplan_version": written_by,
    }
    computed = {f"run {loaded.name}: computed by fleetplan {written_by} from the inputs"}
    for name, table in loaded.tables.items():
        schema = result_schema(table)
        yield name, _arrow(library, schema, _cells(table, schema), facts, [computed] * len(schema.fields))
    for name, found in _inputs(library, loaded.case, facts):
        yield f"{INPUT_PREFIX}{name}", found


def _inputs(library: Any, case: Case, facts: Mapping[str, str]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yields the input tables that have rows; the sources of a column are those of the rows that fill it."""
    for name, row_class in TABLES.items():
        rows = getattr(case, name)
        if rows:
            schema = _typed_schema(name, row_class)
            cells = [[_plain(getattr(row, field.name)) for field in schema.fields] for row in rows]
            sources = [{row.source for row in rows if row.source and _is_filled(row, field)} for field in schema.fields]
            yield name, _arrow(library, schema, cells, facts, sources)


def _typed_schema(table: str, row_class: type) -> TableSchema:
    """Returns the schema of the rows of an input table as they were read, with defaults where cells were blank."""
    types = {entry.name: str(entry.type).removesuffix(" | None") for entry in fields(row_class)}
    described = columns_of(row_class)
    found = tuple(
        FieldSchema(
            name=name,
            type=_TYPES_OF_INPUTS.get(types[name], STRING),
            unit=facts.unit,
            description=facts.meaning,
        )
        for name, facts in described.items()
    )
    text = (row_class.__doc__ or "").partition("\n")[0]
    return TableSchema(name=table, description=text, fields=found, keys=key_columns(row_class))


def _arrow(
    library: Any,  # noqa: ANN401
    schema: TableSchema,
    rows: Rows,
    facts: Mapping[str, str],
    sources: Sequence[set[str]],
) -> Any:  # noqa: ANN401
    types = {
        NUMBER: library.float64(), INTEGER: library.int64(), BOOLEAN: library.bool_(), STRING: library.string()
    }  # fmt: skip
    columns, described = [], []
    for place, field in enumerate(schema.fields):
        stated = {
            "unit": field.unit,
            "description": field.description,
            "sources": _json(sorted(sources[place])),
        }
        metadata = {name: text for name, text in stated.items() if text}
        described.append(library.field(field.name, types[field.type], metadata=metadata))
        columns.append(library.array([row[place] for row in rows], type=types[field.type]))
    whole = {"table": schema.name, "description": schema.description, "primary_key": _json(list(schema.keys)), **facts}
    return library.table(columns, schema=library.schema(described, metadata=whole))


def _cells(table: Table, schema: TableSchema) -> Rows:
    """Returns the rows of a result table with cells of the types of its schema."""
    kinds = [field.type for field in schema.fields]
    return [[_typed(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in table.rows]


def _typed(cell: Any, kind: str) -> Any:  # noqa: ANN401  a cell of any type
    if cell is None or (cell == "" and kind != STRING):
        return None
    if kind == NUMBER:
        return float(cell)
    return int(cell) if kind == INTEGER else str(cell)


def _plain(value: Any) -> Any:  # noqa: ANN401
    return ";".join(value) if isinstance(value, tuple) else value


def _is_filled(row: object, field: FieldSchema) -> bool:
    return getattr(row, field.name) not in (None, "", ())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bytes(library: Any, table: Any) -> bytes:  # noqa: ANN401
    stream = io.BytesIO()
    library.parquet.write_table(table, stream)
    return stream.getvalue()


def _library() -> Any:  # noqa: ANN401
    """Returns the library that reads and writes Parquet."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        remedy = "Install it: pip install 'fleetplan[parquet]'."
        raise CaseFaults([Fault("--parquet", "needs pyarrow, which is not installed", remedy)]) from error
    return pyarrow
