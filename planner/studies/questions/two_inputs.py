"""Two inputs at a time: cost over a grid, and the frontier where a decision flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.future_recipes import recipe_of
from planner.studies.significance import decision_in_words, flips, flips_in_words, has_plan
from planner.studies.study_columns import base_facts, compared, compared_columns, lost_line, service_table, strain_lines
from planner.studies.study_context import BASE, StudyContext
from planner.studies.study_model import Study
from planner.studies.varied_inputs import VariedInput
from planner.sweeps.points import Point

_Place = tuple[int, int]


def grid(
    context: StudyContext, across: VariedInput, down: VariedInput, steps: tuple[int, int], decision: str = ""
) -> Study:
    """Returns the study of a grid; `decision` (`tape_out:NAME`, …) is the one whose frontier is drawn, "" for any.

    Raises:
        NoBaseError: the undisturbed case has no plan.
        KeyError: there is no such decision.
    """
    x = np.linspace(across.low, across.high, steps[0]).tolist()
    y = np.linspace(down.low, down.high, steps[1]).tolist()
    points = _points(across, down, x, y)
    base, results = context.with_base(list(points.values()))
    if decision and decision not in base["decisions"]:
        raise KeyError(decision)
    found = {place: results[point.name] for place, point in points.items()}
    marks = _marks(found, decision, base)
    table = _table(across, down, (x, y), found, base, marks)
    frontier = _frontier(across, down, (x, y), found, marks)
    values: dict[tuple[Cell, ...], Mapping[str, Any]] = {
        (across.value(x[i]), down.value(y[j])): result for (i, j), result in found.items()
    }
    service = service_table(values, base, _axes(across, down))
    what = decision.partition(":")[2] or "The set of strategic decisions (A, B, …)"
    headlines = [_headline(what, list(marks.values())), *strain_lines(_named(points, found))]
    return Study(
        kind="grid",
        title=f"Two inputs: {across.name}, {down.name}",
        case_name=context.case.settings.name,
        headlines=(*headlines, *lost_line(_named(points, found))),
        tables=(table, frontier, service),
        charts=(
            ChartBlock(
                "grid", "Net present cost, and where decisions flip", ChartKind.HEATMAP, "grid", "x", "y", "cost_musd",
                "mark", note="Lines between cells separate different decisions.",
            ),
        ),
        notes=("Decisions are those of the plans that were found; near a border both may lie within the gap.",),
        facts=base_facts(base),
    )  # fmt: skip


def _named(points: Mapping[_Place, Point], found: Mapping[_Place, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {point.name: found[place] for place, point in points.items()}


def _headline(what: str, marks: Sequence[str]) -> str:
    """What is decided where, the most frequent first."""
    counts = {mark: marks.count(mark) for mark in sorted(set(marks)) if mark != "no plan"}
    if not counts:
        return "No cell of the grid has a plan."
    if len(counts) == 1:
        return f"{what} is the same over the whole grid: {next(iter(counts))}."
    ranked = sorted(counts, key=lambda mark: (-counts[mark], mark))
    counted = [f"{mark} at {counts[mark]}" for mark in ranked]
    return f"{what} flips on the grid: of {len(marks)} cells, {', '.join(counted[:-1])} and {counted[-1]}."


def _points(across: VariedInput, down: VariedInput, x: Sequence[float], y: Sequence[float]) -> dict[_Place, Point]:
    """Points of a grid; each starts from its left neighbour, the first of a row from the undisturbed plan."""
    found: dict[_Place, Point] = {}
    for j, second in enumerate(y):
        for i, first in enumerate(x):
            levers = [(across.name, across.effect, float(first)), (down.name, down.effect, float(second))]
            name = f"{across.name}={first:.12g}, {down.name}={second:.12g}"
            after = BASE if i == 0 else found[i - 1, j].name
            found[i, j] = Point(name, "plan", recipe_of(levers=levers), after)
    return found


def _marks(found: Mapping[_Place, Mapping[str, Any]], decision: str, base: Mapping[str, Any]) -> dict[_Place, str]:
    """What is decided at each place: the decision in words, or a letter for each set of strategic decisions."""
    marks: dict[_Place, str] = {}
    letters: dict[str, str] = {}
    for place, result in found.items():
        if not has_plan(result):
            marks[place] = "no plan"
        elif decision:
            marks[place] = decision_in_words(result["decisions"][decision], dates=False)
        else:
            key = "; ".join(f"{name}={now}" for name, _, now in flips(result, base, dates=False))
            letters.setdefault(key, chr(ord("A") + len(letters)) if len(letters) < 26 else f"Z{len(letters)}")
            marks[place] = letters[key]
    return marks


def _axes(across: VariedInput, down: VariedInput) -> tuple[Column, Column]:
    return (
        Column("x", across.axis[0], Form.NUMBER, across.axis[1]),
        Column("y", down.axis[0], Form.NUMBER, down.axis[1]),
    )


def _table(
    across: VariedInput,
    down: VariedInput,
    values: tuple[Sequence[float], Sequence[float]],
    found: Mapping[_Place, Mapping[str, Any]],
    base: Mapping[str, Any],
    marks: Mapping[_Place, str],
) -> TableBlock:
    columns = (
        *_axes(across, down),
        *compared_columns(base),
        Column("mark", "Decided", width=24),
        Column("decisions", "Different from the undisturbed plan", width=60),
    )
    records: list[dict[str, Cell]] = []
    for (i, j), result in found.items():
        record: dict[str, Cell] = {"x": across.value(values[0][i]), "y": down.value(values[1][j])}
        record |= compared(result, base)
        record["mark"] = marks[i, j]
        if has_plan(result):
            changed = flips(result, base, dates=False)
            record["decisions"] = flips_in_words(changed, most=9) or "none"
        records.append(record)
    note = "One row per cell. `Decided` states the decision followed, or a letter for each set of decisions."
    return TableBlock("grid", "The grid", note, columns, rows_of(records, columns))


def _frontier(
    across: VariedInput,
    down: VariedInput,
    values: tuple[Sequence[float], Sequence[float]],
    found: Mapping[_Place, Mapping[str, Any]],
    marks: Mapping[_Place, str],
) -> TableBlock:
    columns = (
        Column("x_from", f"{across.axis[0]} from", Form.NUMBER, across.axis[1]),
        Column("x_to", "to", Form.NUMBER, across.axis[1]),
        Column("y_from", f"{down.axis[0]} from", Form.NUMBER, down.axis[1]),
        Column("y_to", "to", Form.NUMBER, down.axis[1]),
        Column("before", "Decided on this side", width=24),
        Column("after", "on the other", width=24),
    )
    records: list[dict[str, Cell]] = []
    for i, j in found:
        for k, m in ((i + 1, j), (i, j + 1)):
            if (k, m) in found and marks[i, j] != marks[k, m]:
                records.append(
                    {
                        "x_from": across.value(values[0][i]),
                        "x_to": across.value(values[0][k]),
                        "y_from": down.value(values[1][j]),
                        "y_to": down.value(values[1][m]),
                        "before": marks[i, j],
                        "after": marks[k, m],
                    }
                )
    note = "Each pair of neighbouring points with different decisions: the frontier runs between them."
    return TableBlock("frontier", "Where the decision flips", note, columns, rows_of(records, columns))
