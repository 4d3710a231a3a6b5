"""Studies on a terminal: progress of the points, headlines, the main table, and where everything lies."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table as Grid
from rich.text import Text

from planner.errors import listed
from planner.show.voice import Voice
from planner.whatif.study import Form, StudyColumn, StudyTable

if TYPE_CHECKING:
    from planner.whatif.run import Done

MOST_ROWS = 30
MOST_COLUMNS = 8
_WIDE = 40
_TARGETS = 2


def sweep_watcher(voice: Voice, workers: int | None) -> AbstractContextManager[Any]:
    """Returns who follows the points: a live line on a terminal, plain lines elsewhere, nobody when quiet."""
    from planner.sweeps.run import Quiet, core_count
    from planner.sweeps.show import LivelySweep, PlainSweep

    if voice.quiet:
        return nullcontext(Quiet())
    console = voice.err()
    kind = LivelySweep if console.is_terminal else PlainSweep
    return kind(console, workers=workers or core_count(), verbose=voice.verbose)


def show_study(voice: Voice, done: Done) -> None:
    """Prints the headlines of a study, its first table, and where the rest lies."""
    study, console = done.study, voice.out()
    console.print(Text(study.title, style="bold"))
    for line in study.headlines:
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print()
    main = next((table for table in study.tables if table.rows), study.tables[0])
    console.print(grid_of(main))
    for line in told_below(main):
        console.print(Text(line), soft_wrap=True)
    others = [table.title.lower() for table in study.tables if table.rows and table is not main]
    if others:
        console.print(Text(f"In the files also: {', '.join(others)}."), soft_wrap=True)
    for note in study.notes[:3]:
        console.print(Text(f"Note: {note}", style="dim"), soft_wrap=True)
    known = f", {done.reused} of them from earlier" if done.reused else ""
    console.print(Text(f"{done.worked_out + done.reused} points{known}. Study in {done.folder}"), soft_wrap=True)
    voice.say_json(
        {
            "exit_code": 0,
            "kind": study.kind,
            "case": study.case_name,
            "headlines": list(study.headlines),
            "notes": list(study.notes),
            "facts": dict(study.facts),
            "tables": {table.name: table.records() for table in study.tables},
            "points": {"worked_out": done.worked_out, "reused": done.reused, "folder": str(done.points)},
            "folder": str(done.folder),
        }
    )


def grid_of(table: StudyTable) -> Grid:
    """Returns the first rows and columns of a table for a terminal."""
    grid = Grid(title=table.title, title_justify="left", title_style="bold", caption_justify="left")
    wanted = [
        i
        for i, column in enumerate(table.columns)
        if column.width < _WIDE and any(row[i] not in (None, "") for row in table.rows)
    ]
    shown = _kept(table, wanted)
    for i in shown:
        column = table.columns[i]
        is_text = column.form is Form.TEXT
        grid.add_column(column.title, justify="left" if is_text else "right", max_width=_WIDE if is_text else None)
    for number, row in enumerate(table.rows[:MOST_ROWS]):
        style = "bold" if number in table.bold else None
        grid.add_row(*(Text(cell_text(row[i], table.columns[i])) for i in shown), style=style)
    if len(table.rows) > MOST_ROWS:
        grid.caption = f"and {len(table.rows) - MOST_ROWS} more rows in tables/{table.name}.csv"
    return grid


def told_below(table: StudyTable) -> list[str]:
    """Returns the long texts of a table as lines under it, each led by the first cell of its row."""
    long = [i for i, column in enumerate(table.columns) if column.width >= _WIDE]
    led = 2 if table.columns[1].name in ("end", "y") else 1
    found = []
    for row in table.rows[:MOST_ROWS]:
        label = " ".join(cell_text(cell, column) for cell, column in zip(row[:led], table.columns[:led], strict=True))
        found += [f"  {label}: {row[i]}" for i in long if row[i] not in (None, "", "none")]
    return found


def _kept(table: StudyTable, wanted: list[int]) -> list[int]:
    """The columns that fit: bounds of changes and shares of changes go first."""
    spare = (
        "change_least_musd", "change_most_musd", "worst_unserved_share", "effect", "status", "breach_price_musd", "gap",
        "change_share", "q25", "q75", "with_bound_musd", "without_bound_musd",
    )  # fmt: skip
    idle = ("broken", "breach_price_musd")
    kept = [i for i in wanted if not (table.columns[i].name in idle and all(not row[i] for row in table.rows))]
    for name in spare:
        if len(kept) <= MOST_COLUMNS:
            break
        kept = [i for i in kept if table.columns[i].name != name]
    return kept if len(kept) <= MOST_COLUMNS else [*kept[: MOST_COLUMNS - 1], kept[-1]]


def cell_text(cell: object, column: StudyColumn) -> str:
    """Returns a cell as a terminal shows it.

    >>> cell_text(0.0123, StudyColumn("gap", "Gap", Form.PERCENT))
    '1.23 %'
    >>> cell_text(-1234.5, StudyColumn("change", "Change", Form.MUSD_CHANGE))
    '−1,234.5'
    """
    if cell is None:
        return ""
    if not isinstance(cell, int | float):
        return str(cell)
    if column.form is Form.PERCENT:
        text = f"{100 * cell:,.2f} %"
    elif column.form is Form.COUNT:
        text = f"{cell:,.0f}"
    elif column.form is Form.NUMBER:
        text = f"{cell:,.4g}" if abs(cell) < 1e4 else f"{cell:,.0f}"
    else:
        digits = 0 if abs(cell) >= 1e5 else 1
        cell = round(cell, digits) + 0.0
        text = f"{cell:+,.{digits}f}" if column.form is Form.MUSD_CHANGE and cell else f"{cell:,.{digits}f}"
    return text.replace("-", "−")


def show_disruptions(case: Path, voice: Voice, *, library: bool) -> None:
    """Prints the disruptions that can be named for a case, and those of the library that it has no roles for."""
    from models.whatif.event_library import mapped
    from planner.case import read_case
    from planner.case.event_library import default_library, read_library
    from planner.whatif.run import unusable_note

    read = read_case(case).case
    rows = [(row, "the case") for row in read.disruptions]
    unusable: dict[str, tuple[str, ...]] = {}
    folder = default_library()
    if library and folder is not None:
        found, missing = mapped(read_library(folder), read.roles)
        own = {row.disruption for row in read.disruptions}
        rows += [(row, "the library") for row in found if row.disruption not in own]
        unusable = {name: tuple(roles) for name, roles in missing.items()}
    grid = Grid(title="Disruptions", title_justify="left", title_style="bold")
    for heading in ("Disruption", "Hits", "How", "From", "Months", "Recovery", "A year", "From where"):
        grid.add_column(heading)
    alike: dict[tuple[str, ...], list[str]] = {}
    for row, origin in rows:
        how = {"fail": "fails"}.get(row.field) or (
            f"{row.field} × {row.value:g}" if row.effect == "multiply" else f"{row.field} {row.value:+g}"
        )
        months = "for good" if row.field == "fail" or (row.field == "slip" and not row.months) else f"{row.months:g}"
        cells = (how, row.start, months, f"{row.recovery_months:g}", f"{row.probability_per_year:.0%}", origin)
        alike.setdefault((row.disruption, *cells), []).append(row.target)
    for (name, how, *others), targets in alike.items():
        grid.add_row(*(Text(cell) for cell in (name, listed(targets, most=_TARGETS), how, *others)))
    console = voice.out()
    console.print(grid)
    for line in unusable_note(unusable):
        console.print(Text(line), soft_wrap=True)
    facts = [
        {"disruption": row.disruption, "target": row.target, "field": row.field, "value": row.value, "from": origin}
        for row, origin in rows
    ]
    voice.say_json({"exit_code": 0, "disruptions": facts, "unusable": {k: list(v) for k, v in unusable.items()}})
