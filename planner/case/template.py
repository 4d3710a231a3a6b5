"""An empty case to fill in: every table with its header, units, meanings and one example row as comments."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from models.case import REQUIRED_TABLES, TABLES, Settings, SolverSettings
from models.tables.column_descriptions import ColumnDescription, column_of, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.settings import PLAN_FILE, toml_value
from planner.errors import CaseFaults, Fault
from planner.files.whole_writing import require_folder_target, write_file

EXAMPLE_MARK = "# example: "

PLAN_NOTES = {"discount_rate": "0.08 is 8 %", "start": "it must begin a period"}
"""What else is said of a setting in a template."""
_WIDTH = 33


def template_plan() -> str:
    """Returns the settings of an empty case, each with its meaning; those that need not be given are comments."""
    lines = ["# The settings of a case. Lines that begin with # are comments."]
    for into in (Settings, SolverSettings):
        if into is SolverSettings:
            lines += ["", "[solver]"]
        for entry in fields(into):
            facts = column_of(entry)
            mark = "# " if entry.default is None else ""
            note = f"; {PLAN_NOTES[entry.name]}" if entry.name in PLAN_NOTES else ""
            text = f"{mark}{entry.name} = {toml_value(entry.name, into)}"
            lines.append(f"{text:<{_WIDTH}}# {meaning_of(facts)}{note}")
    return "\n".join(lines) + "\n"


def example_of(table: str) -> dict[str, str]:
    """Returns the worked example of a table, by column; raises KeyError for a table that does not exist."""
    return {name: facts.example for name, facts in columns_of(TABLES[table]).items() if facts.example}


def template_text(table: str, *, clear: bool = False) -> str:
    """Returns the empty table: its header, and units, meanings, blanks and an example row as comments.

    Without the words `# example: ` the last line is a row; with `clear` there is none. Raises KeyError for a table that
    does not exist.
    """
    return header_text(TABLES[table], clear=clear)


def header_text(row_class: type[InputRow], *, clear: bool = False) -> str:
    """Returns the empty table of a row class, as `template_text` does."""
    described = columns_of(row_class)
    example = {name: facts.example for name, facts in described.items() if facts.example}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(described)
    lines = {
        "# units: ": [facts.unit for facts in described.values()],
        "# meaning: ": [meaning_of(facts) for facts in described.values()],
        "# blank means: ": ["needed" if facts.blank is None else facts.blank for facts in described.values()],
        EXAMPLE_MARK: [example.get(name, "") for name in described],
    }
    if clear:
        del lines[EXAMPLE_MARK]
    for mark, cells in lines.items():
        writer.writerow([mark + cells[0], *cells[1:]])
    return out.getvalue()


def meaning_of(facts: ColumnDescription) -> str:
    """Returns the meaning of a column with its choices or form."""
    if facts.choices:
        joint = "; several with a semicolon" if facts.many else ""
        return f"{facts.meaning} ({' | '.join(facts.choices)}{joint})"
    if facts.many:
        return f"{facts.meaning} (names with a semicolon between them)"
    if facts.label:
        form = "2027, 2027H1, 2027Q3 or 2027-07"
        return f"{facts.meaning} ({form}{', or a range 2027Q3..2028Q2' if facts.label == 'span' else ''})"
    return facts.meaning


def write_template(folder: Path, *, only_required: bool = False, clear: bool = False) -> tuple[Path, ...]:
    """Writes an empty case into a folder, which is made where it is missing, and returns its files.

    With `clear` no table has an example row.

    Raises:
        CaseFaults: one of the files is there already, or the folder cannot be made; nothing is written.
        OutputError: the machine refuses.
    """
    return write_texts(folder, template_texts(only_required=only_required, clear=clear))


def template_texts(*, only_required: bool = False, clear: bool = False) -> dict[str, str]:
    """Returns the files of an empty case by name; with `clear` no table has an example row."""
    texts = {PLAN_FILE: template_plan()}
    for table in REQUIRED_TABLES if only_required else TABLES:
        texts[f"{table}.csv"] = template_text(table, clear=clear)
    return texts


def write_texts(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Writes texts into a folder by the names of their files, none of which may be there, and returns them.

    Raises:
        CaseFaults: one of the files is there already, or the folder cannot be made; nothing is written.
        OutputError: the machine refuses.
    """
    require_folder_target(folder)
    faults = [
        Fault(str(folder / name), "exists already and is not overwritten", "Choose an empty folder.")
        for name in texts
        if os.path.lexists(folder / name)
    ]
    if faults:
        raise CaseFaults(faults)
    return tuple(write_file(folder / name, text.encode()) for name, text in texts.items())
