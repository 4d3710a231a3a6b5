"""A case that was read as the files of a folder, and such files with other rows or settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from models.tables.fleet_rows import InputRow
from planner.case import ReadCase
from planner.case.read import source_of_workbook
from planner.case.recheck import sheet_of
from planner.case.text import csv_text, guarded
from planner.errors import FaultLog


def folder_files(read: ReadCase) -> dict[str, bytes]:
    """Returns the files of a folder that holds a case, by name: as they were read, or made of its workbook."""
    if not read.is_workbook:
        return {file.name: file.data for file in read.files}
    from planner.case_conversion import folder_texts, form_of

    book = read.files[0]
    form = form_of(source_of_workbook(book.name, book.data, FaultLog()))
    return {name: text.encode() for name, text in folder_texts(form).items()}


def rows_as_csv(table: str, rows: Iterable[InputRow]) -> str:
    """Returns typed rows as the text of their table, without columns that are blank in all of them."""
    kept = list(rows)
    facts = columns_of(TABLES[table])
    texts = sheet_of(table, kept).texts
    names = [name for name in facts if facts[name].blank is None or any(texts[name])]
    lines = [
        # A negative number is no formula.
        [guarded(texts[name][at]) if isinstance(getattr(row, name), str) else texts[name][at] for name in names]
        for at, row in enumerate(kept)
    ]
    return csv_text([names, *lines])


def with_setting(text: str, name: str, value: Any) -> str:  # noqa: ANN401  of any type that a setting has
    """Returns the text of `plan.toml` with another value for a setting of its first part."""
    written = json.dumps(value) if isinstance(value, bool | int | float) else json.dumps(str(value), ensure_ascii=False)
    lines = text.splitlines()
    end = next((at for at, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    kept = [line for line in lines[:end] if line.partition("=")[0].strip() != name]
    return "\n".join([*kept, f"{name} = {written}", *lines[end:]]) + "\n"
