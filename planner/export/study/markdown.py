"""A study as Markdown, for pasting into a document: findings, tables with their first rows, what limits them."""

from __future__ import annotations

from collections.abc import Iterator

from planner.export.markdown import escaped
from planner.export.study.cells import is_blank, is_numeric, texts
from planner.export.study.facts import LEGEND, facts_of
from planner.whatif.study import Study, StudyTable

MOST_ROWS = 20


def study_markdown(study: Study, run: str) -> str:
    """Returns a study as GitHub-flavoured Markdown; no text of it becomes markup."""
    parts: list[list[str]] = [
        [f"# {escaped(study.title)}"],
        [f"{escaped(study.case_name)}, study {escaped(run)}"],
        [f"- {escaped(line)}" for line in study.headlines],
    ]
    for table in study.tables:
        if table.rows:
            parts += [[f"## {escaped(table.title)}"], [escaped(table.note)] if table.note else [], [*_table(table)]]
            if len(table.rows) > MOST_ROWS:
                rest = len(table.rows) - MOST_ROWS
                parts.append([f"and {rest:,} more row{'s' if rest > 1 else ''} in the workbook and in `tables`."])
    limits = [f"- {escaped(line)}" for line in (*study.notes, *LEGEND)]
    parts += [["## What limits this, and how to read it"], limits]
    facts = [f"| {escaped(name)} | {escaped(value)} |" for name, value in facts_of(study, run)]
    parts += [["## About"], ["| what | value |", "| --- | --- |", *facts]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _table(table: StudyTable) -> Iterator[str]:
    kept = [place for place in range(len(table.columns)) if not is_blank(table, place)]
    columns = [table.columns[place] for place in kept]
    heads = [f"{column.title}, {column.unit}" if column.unit else column.title for column in columns]
    yield _line([escaped(head) for head in heads])
    yield _line(["--:" if is_numeric(column) else "---" for column in columns])
    for at, row in enumerate(texts(table)[:MOST_ROWS]):
        cells = [escaped(row[place]) for place in kept]
        yield _line([f"**{cell}**" if cell and at in table.bold else cell for cell in cells])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
