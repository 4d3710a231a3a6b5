"""A case or a run as a Tabular Data Package: one JSON file that tells any program what the tables beside it hold.

The descriptor follows the profile `tabular-data-package` of the Data Package standard, version 1. Units are stated in
the property `unit` of a field, which the standard leaves open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.case.sheet import Sheet, read_sheet
from planner.case.text import decode
from planner.documents.blocks import TableBlock
from planner.errors import FaultLog, UnreadableError
from planner.files.run_folder import INPUTS
from planner.files.run_folder import TABLES as RESULTS
from planner.results.loaded_run import LoadedRun
from planner.table_schemas import (
    BOOLEAN,
    FALSE_TEXTS,
    TRUE_TEXTS,
    FieldSchema,
    TableSchema,
    block_schema,
    constraints_of,
    input_schema,
    result_schema,
)

_PROFILE, _RESOURCE_PROFILE = "tabular-data-package", "tabular-data-resource"
INPUT_PREFIX = "input_"
"""How the name of an input table begins in the package of a run, which has result tables of the same names."""
_WORDS_OF_PEOPLE = ("title", "description", "homepage", "version", "licenses", "contributors", "keywords", "image")
"""What people write in the package of a case, and what a conversion keeps."""
_PLAN = "plan.toml"
_NAME = re.compile(r"[^a-z0-9._-]+")


def case_package(files: Mapping[str, bytes], name: str, written: bytes | None = None) -> bytes:
    """Returns the package of a case from the files of its folder; `written` is that which people have changed.

    Title, description, licences and contributors that stand there are kept; everything else follows from the tables.
    """
    sheets = dict(input_sheets(files))
    resources = [_resource(input_schema(table, sheet), f"{table}.csv", sheet) for table, sheet in sheets.items()]
    head = {
        "profile": _PROFILE,
        "name": slug(name),
        "title": name,
        "description": f"A case of fleetplan: the tables of a fleet plan; its settings are in {_PLAN}.",
    }
    return _text({**head, **_kept(written), **_sources(sheets.values()), "resources": _with_references(resources, "")})


def run_package(loaded: LoadedRun) -> bytes:
    """Returns the package of a run: its result tables, and the inputs that they refer to."""
    manifest = loaded.manifest
    sheets = dict(input_sheets({file.name: file.data for file in loaded.read.files}))
    resources = [
        *(_resource(result_schema(table), f"{RESULTS}/{name}.csv") for name, table in loaded.tables.items()),
        *(
            _resource(input_schema(table, sheet), f"{INPUTS}/{table}.csv", sheet, INPUT_PREFIX)
            for table, sheet in sheets.items()
        ),
    ]
    case = loaded.case.settings.name
    head = {
        "profile": _PROFILE,
        "name": slug(f"{case}-{loaded.name}"),
        "title": f"Plan of {case}, run {loaded.name}",
        "description": "A plan of fleetplan: its result tables, and the inputs that it was made from. Money is USD "
        "million unless stated; costs are positive; a blank is not 0.",
        "fleetplan": {
            "version": manifest.get("fleetplan_version"),
            "run": loaded.name,
            "case": case,
            "case_hash": loaded.read.case_hash,
            "currency_basis": loaded.case.settings.currency_basis,
        },
    }
    return _text({**head, **_sources(sheets.values(), case), "resources": _with_references(resources, INPUT_PREFIX)})


def study_package(title: str, case: str, run: str, blocks: Iterable[TableBlock], inputs: Mapping[str, bytes]) -> bytes:
    """Returns the package of a study in the folder `run`: its tables, and the inputs of its case by file name."""
    sheets = dict(input_sheets(inputs))
    resources = [
        *(_resource(block_schema(block), f"{RESULTS}/{block.name}.csv") for block in blocks),
        *(
            _resource(input_schema(table, sheet), f"{INPUTS}/{table}.csv", sheet, INPUT_PREFIX)
            for table, sheet in sheets.items()
        ),
    ]
    head = {
        "profile": _PROFILE,
        "name": slug(f"{case}-{run}"),
        "title": f"{title}: {case}",
        "description": "A study of fleetplan: its tables, and the inputs that it was made from. A blank is not 0.",
    }
    return _text({**head, **_sources(sheets.values(), case), "resources": _with_references(resources, INPUT_PREFIX)})


def input_sheets(files: Mapping[str, bytes]) -> Iterator[tuple[str, Sheet]]:
    """Yields the input tables among the files of a folder, each as text; what cannot be read is left out."""
    for table, row in TABLES.items():
        name = f"{table}.csv"
        if name not in files:
            continue
        try:
            text = decode(files[name]).text
        except UnreadableError:
            continue
        sheet = read_sheet(name, text, tuple(columns_of(row)), FaultLog())
        if sheet is not None:
            yield table, sheet


def sources_of(sheets: Iterable[Sheet]) -> list[str]:
    """Returns every source that the rows of input tables name, once, in alphabetical order."""
    return sorted({text for sheet in sheets for text in sheet.texts.get("source", ()) if text})


def slug(name: str) -> str:
    """Returns a name in the letters that names of packages have.

    >>> slug("My case, 2027")
    'my-case-2027'
    """
    return _NAME.sub("-", name.lower()).strip("-.") or "case"


def _resource(schema: TableSchema, path: str, sheet: Sheet | None = None, prefix: str = "") -> dict[str, Any]:
    text = schema.description[:1].upper() + schema.description[1:]
    return {
        "profile": _RESOURCE_PROFILE,
        "name": slug(f"{prefix}{schema.name}"),
        "path": path,
        **({"description": text if text.endswith(".") else f"{text}."} if text else {}),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **({} if sheet is None else {"dialect": {"delimiter": sheet.separator, "commentChar": "#"}}),
        "schema": {
            "fields": [_field(field) for field in schema.fields],
            "missingValues": [""],
            **({"primaryKey": list(schema.keys)} if schema.keys else {}),
            # Resolved once all resources are known.
            "foreignKeys": [(field.name, *field.refers) for field in schema.fields if field.refers],
        },
    }


def _field(field: FieldSchema) -> dict[str, Any]:
    found: dict[str, Any] = {"name": field.name, "type": field.type, "title": field.title}
    if field.description:
        found["description"] = field.description
    if field.unit:
        found["unit"] = field.unit
    if field.decimal != ".":
        found["decimalChar"] = field.decimal
    if field.type == BOOLEAN:
        found |= {"trueValues": list(TRUE_TEXTS), "falseValues": list(FALSE_TEXTS)}
    constraints = constraints_of(field)
    return {**found, **({"constraints": constraints} if constraints else {})}


def _with_references(resources: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """Returns the resources with names that differ, and the foreign keys whose tables are in the package."""
    taken: set[str] = set()
    for one in resources:
        # Names that differ in letters which names of resources do not have.
        bare, number = one["name"], 2
        while one["name"] in taken:
            one["name"], number = f"{bare}-{number}", number + 1
        taken.add(one["name"])
    columns = {one["name"]: {field["name"] for field in one["schema"]["fields"]} for one in resources}
    for one in resources:
        keys = [
            {"fields": [name], "reference": {"resource": f"{prefix}{table}", "fields": [column]}}
            for name, table, column in one["schema"].pop("foreignKeys")
            if column in columns.get(f"{prefix}{table}", ())
        ]
        if keys:
            one["schema"]["foreignKeys"] = keys
    return resources


def _sources(sheets: Iterable[Sheet], case: str = "") -> dict[str, Any]:
    titles = sources_of(sheets)
    found = [{"title": f"case {case}", "path": f"{INPUTS}"}] if case else []
    found += [{"title": text} for text in titles]
    return {"sources": found} if found else {}


def _kept(written: bytes | None) -> dict[str, Any]:
    """Returns what people have written in a package; nothing of one that cannot be read."""
    try:
        found = json.loads(written) if written is not None else {}
    except ValueError:
        return {}
    return {name: found[name] for name in _WORDS_OF_PEOPLE if name in found} if isinstance(found, dict) else {}


def _text(package: Mapping[str, Any]) -> bytes:
    return (json.dumps(package, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
