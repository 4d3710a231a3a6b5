"""The reference page of the input tables, rendered from the descriptions of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from inspect import getdoc

from models.case import REQUIRED_TABLES, TABLES, Settings, SolverSettings
from models.tables.column_descriptions import ColumnDescription, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.settings import SETTINGS, SOLVER
from planner.case.sheet import REMARKS
from planner.case.template import meaning_of
from planner.case.typed_rows import bounds_of

HEAD = """\
# Input tables

A case is a folder of CSV files with a `plan.toml`, or one Excel workbook (.xlsx) with the same tables as sheets and
the settings on a sheet `plan`; `fleetplan convert` converts between them. This page is generated from the
definitions that also read and check the files.

- The first row is the header. Column order is free. A row whose first cell begins with `# ` is a comment.
- Separators may be commas, semicolons or tabs; encodings UTF-8, UTF-16 or Windows-1252.
- Only regular files are read: 100 MB at most each, `plan.toml` 1 MB and nested at most 8 deep, a case 250 MB and
  2,000,000 rows a table. Links are followed only within the same folder.
- Numbers have a decimal point. A decimal comma and thousands separators are accepted if used consistently in
  the whole file; an ambiguous number is refused. Per cent signs, currencies and units in cells are refused.
- A period label is `2027`, `2027H1`, `2027Q3` or `2027-07`; a span is a label or a range `2027Q3..2028Q2`.
- The order of rows is the order in charts and tables. It changes no requirement, no bound and not which plan is found;
  only with the rows of `scenarios` in another order the search may return a different plan within the same gap.
- Names must match exactly; spaces at their ends are ignored. A list has names separated by `;`.
- Every table may have the columns `note` and `source`, which are copied to the report. Every table that gives names
  may have `label`: a name for people, shown in all documents in place of the id. It is text and nothing else, at most
  80 characters. An id has one label in all tables (blank in some rows is enough); no two ids that are shown together
  have the same, and none is the id of something else. Files of results keep the ids, and commands are given ids. An id
  that is also a word of the documents (`cash`, `demand`), a vendor or a number is shown by its label in columns only,
  which a warning says.
- An apostrophe before a text that begins like a formula (`'=1+1`) is removed.

Series with their periods across: the tables `demand`, `prices`, `limits`, `budgets` and `site_series` may have a
column for each period in place of a row, in workbooks and in folders; `fleetplan convert --wide` writes that form, and
converting back loses nothing.

- Beside the key columns, and others such as `unit`, the header of each column is a period label (a span, in `limits`
  and `budgets`). In a workbook a header may be a text, the number 2027, the first day of a month, or 1 January shown
  as its year. Not both forms in one table.
- A blank cell is no row of the table: the value before it holds on. No limit is written as `no limit`.
- `growth_per_year` fills the blank cells after a number of its row: the last number given, times (1 + growth) to the
  power of the years from the beginning of its period to that of the blank one (by months, so half a year is a power of
  0.5). It fills columns that there are, one value each, which holds until the next label; of spans only those of the
  same length. Converting to a folder or back writes the values that it gave.
- `site_series` has a column `measure`: the name of the column whose value a row holds, such as `power_mw`.
- A note or source is that of every period of its row, unless its lines begin with the periods that they are of:
  `2027, 2028: contract`.
- Faults name the row and the period: `demand.csv row 3, 2028`, in a workbook the cell.

In a workbook:

- The sheet `plan` has the columns `setting` and `value`; solver settings are named `solver.gap` and so on.
  The columns `note`, `source`, `unit` and `meaning` are optional.
- Sheets named `index`, `lists` or `help`, or with a name that begins with `_`, are ignored, as are empty ones.
- Of formulas the stored value is read; a formula without one is refused, and so are errors such as `#REF!`.
- In a column of periods, the first day of a month is read as that month; all other dates are refused,
  except in `note` and `source`. Text in a numeric column is read if it is unambiguous in every locale.
- Merged cells are refused in the header and in rows. Hidden rows, columns and sheets are read, with a warning.
- Macros, passwords and formats other than .xlsx are refused.

Warnings report what is probably unintended, with the remedy:

- A row or setting that cannot change a plan of the case: a price after the horizon, a tier that no order reaches, a
  limit that no offer uses, a delay that ends before its chip can be ready, ignored scenarios.
  Similar rows are reported together. Not reported: rows that a table requires (limits cover the horizon), rows without
  a limit (a blank amount), and rows that only a lead time or gate keeps from being used.
- A value outside the usual range of its column, and inconsistent quantities, with the value in the likely
  unit: a rent of 2.6 is 22,776 USD a year if it is one per hour.
"""


def render_reference() -> str:
    """Returns the whole page as Markdown, ending with a line end."""
    parts = [HEAD, "## plan.toml\n", _settings(SETTINGS, Settings), "### [solver]\n", _settings(SOLVER, SolverSettings)]
    for table, row_class in TABLES.items():
        needed = "needed" if table in REQUIRED_TABLES else "optional"
        meaning = (getdoc(row_class) or "").splitlines()[0]
        parts.append(f"## {table}\n\n{meaning} The table is {needed}.\n")
        parts.append(render_table(row_class))
    return "\n".join(parts)


def _settings(known: Mapping[str, ColumnDescription], into: type[Settings | SolverSettings]) -> str:
    kinds = {entry.name: str(entry.type) for entry in fields(into)}
    return _rows((name, facts, kinds[name]) for name, facts in known.items())


def render_table(row_class: type[InputRow]) -> str:
    """Returns the columns of a table as Markdown."""
    kinds = {entry.name: str(entry.type) for entry in fields(row_class)}
    entries = [(name, facts) for name, facts in columns_of(row_class).items() if name not in REMARKS]
    return _rows((f"{name}{' (key)' if facts.key else ''}", facts, kinds[name]) for name, facts in entries)


def _rows(entries: Iterable[tuple[str, ColumnDescription, str]]) -> str:
    lines = ["| column | unit | meaning | value | blank |", "|---|---|---|---|---|"]
    for name, facts, kind in entries:
        cells = (name, facts.unit, meaning_of(facts), _value(facts, kind), facts.blank or "needed")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _value(facts: ColumnDescription, kind: str) -> str:
    if kind.startswith(("float", "int")):
        text = bounds_of(facts, whole=facts.whole or kind == "int")
        if facts.typical:
            text += f" (usual: {facts.typical[0]:,.10g} to {facts.typical[1]:,.10g})"
        return text
    if kind == "bool":
        return "TRUE or FALSE"
    if facts.refs:
        return "name in " + ", ".join("`*`" if ref == "*" else ref for ref in facts.refs)
    return "text"
