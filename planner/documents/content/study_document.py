"""What the documents of a study say: findings first, then charts and tables, what limits them, and where it is from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from planner.documents.blocks import Column, Document, Form, Medium, Section, Sentence, TableBlock, Tone
from planner.documents.cell_text import is_map, texts
from planner.documents.content.study_facts import LEGEND, facts_of
from planner.documents.content.study_formulas import BASE, base_cost, derived_of
from planner.documents.item_labels import labelled
from planner.studies.significance import NO_FINDING
from planner.studies.study_model import Study
from planner.versions import version

QUIET = frozenset({NO_FINDING, "no"})
"""Words of a finding that say that there is none."""
MOST_OPEN = 24
"""Tables with more rows than this are folded on a page, but for the first."""
_FINDINGS = ("finding", "verdict")
_QUIETED = ("change_", "regret_", "advantage_", "mu_", "sigma_", "confidence_")
_REGRET, _MATRIX = "regret", "matrix"
_SPARE = (
    "with_bound_musd", "without_bound_musd", "change_share", "owed_musd", "q25", "q75", "gap", "breach_price_musd",
    "status", "effect", "worst_unserved_share", "change_most_musd", "change_least_musd", "pays_not_above", "idle_from",
    "saves_at_most_musd",
)  # fmt: skip
"""Columns that are left out where there is no room, the last first."""
_TERMINAL = frozenset({Medium.TERMINAL})
_FILES = frozenset({Medium.MARKDOWN, Medium.PAGE, Medium.SHEETS})


def study_document(study: Study, run: str) -> Document:
    """Returns the document of a study; `run` is the name of its folder."""
    study = dataclasses.replace(study, title=study.labels.text(study.title))
    tables = tables_of(study)
    first = next((table for table in tables if table.rows), tables[0] if tables else None)
    sections = [
        Section(f"chart-{place}", chart.title, (chart,), media=frozenset({Medium.PAGE, Medium.SUMMARY}))
        for place, chart in enumerate(study.charts)
    ]
    grid = next((table for table in tables if table.name == "grid" and table.rows), None)
    if grid is not None:
        x, y = (f"{column.title}{f', {column.unit}' if column.unit else ''}" for column in grid.columns[:2])
        sections.append(Section("matrix", f"{x} (across) and {y} (down)", matrices(grid), media=_TERMINAL))
    for place, table in enumerate(tables):
        is_on_terminal = table is first and table is not grid
        media = _FILES | ({Medium.SUMMARY} if place == 0 else set()) | (_TERMINAL if is_on_terminal else frozenset())
        is_folded = place > 0 and len(table.rows) > MOST_OPEN
        sections.append(Section(f"table-{place}", table.title, (table,), media=media, is_folded=is_folded))
    base = base_cost(study)
    made = Document(
        kind="study",
        title=study.title,
        subject=study.case_name,
        source=f"study {run}",
        headlines=tuple(
            Sentence(line, Tone.STRONG if not place else Tone.PLAIN) for place, line in enumerate(study.headlines)
        ),
        sections=tuple(sections),
        notes=study.notes,
        facts=tuple(facts_of(study, run)),
        how_to_read=study.how_to_read or LEGEND,
        constants={} if base is None else {BASE: ("Cost of the undisturbed plan", "USD million", base)},
        footer=f"Study {run} of {study.case_name}, written by fleetplan {version()}.",
    )
    return labelled(made, study.labels)


def matrices(grid: TableBlock) -> tuple[TableBlock, TableBlock]:
    """Returns the cost and the decisions of a grid as two tables: the first input across, the second down."""
    x, y, cost, mark = (grid.place(name) for name in ("x", "y", "cost_musd", "mark"))
    headings = [row[x] for row in texts(grid)]
    across = {row[x]: text for row, text in zip(grid.rows, headings, strict=True)}
    cells = {(row[x], row[y]): row for row in grid.rows}
    down = list(dict.fromkeys(row[y] for row in grid.rows))
    made = []
    for name, title, place in (("costs", "Net present cost, USD million", cost), ("decided", "Decided", mark)):
        form = grid.columns[place].form
        columns = [Column(f"x{at}", text, form, width=8) for at, text in enumerate(across.values(), start=1)]
        rows = tuple(
            (value, *(None if (own := cells.get((key, value))) is None else own[place] for key in across))
            for value in down
        )
        label = dataclasses.replace(grid.columns[y], title="", unit="", name="y")
        made.append(TableBlock(name, title, "", (label, *columns), rows))
    return made[0], made[1]


def tables_of(study: Study) -> list[TableBlock]:
    """Returns the tables of a study with what is quiet, what follows from what, and which ends belong together."""
    derived = derived_of(study)
    found = []
    for table in study.tables:
        names = {column.name for column in table.columns}
        columns = []
        for column in table.columns:
            lead = column.name.removesuffix("_musd")
            ends = f"{lead}_least_musd", f"{lead}_most_musd"
            spare = _SPARE.index(column.name) + 1 if column.name in _SPARE else column.spare
            form = Form.COUNT_CHANGE if column.form is Form.COUNT and column.name == "change" else column.form
            if form is Form.PERCENT and column.name.startswith("change"):
                form = Form.PERCENT_CHANGE
            known = ends if set(ends) <= names else None
            columns.append(dataclasses.replace(column, ends=known, spare=spare, form=form))
        quiet = frozenset(_quiet_cells(study, table))
        found.append(dataclasses.replace(table, columns=tuple(columns), quiet=quiet, derived=derived[table.name]))
    return found


def _quiet_cells(study: Study, table: TableBlock) -> Iterator[tuple[int, int]]:
    """Yields the cells, by row and column, whose difference lies within the gaps."""
    names = [column.name for column in table.columns]
    for at, row in enumerate(table.rows):
        said = [place for place, name in enumerate(names) if name in _FINDINGS and row[place] in QUIET]
        if said:
            yield from ((at, place) for place in said)
            yield from ((at, place) for place, name in enumerate(names) if name.startswith(_QUIETED))
    if table.name == _REGRET and is_map(table):
        yield from _quiet_regrets(study, table)


def _quiet_regrets(study: Study, table: TableBlock) -> Iterator[tuple[int, int]]:
    """The matrix of a regret study tells by row what the wide table has no room for."""
    matrix = next((own for own in study.tables if own.name == _MATRIX), None)
    if matrix is None:
        return
    quiet = {(row["plan"], row["future"]) for row in matrix.records() if row.get("finding") in QUIET}
    for at, row in enumerate(table.rows):
        for place, column in enumerate(table.columns):
            if place and (row[0], column.title) in quiet:
                yield at, place


__all__ = ["study_document", "tables_of"]
