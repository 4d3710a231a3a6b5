"""What it costs to stay near an earlier plan: nervousness against the cost, from the least cost to 5 % above it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.uncertainty.scenario_tree import scenario_tree
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.documents.content.plan_stability import HOW, flip_words, moved_words
from planner.documents.number_text import money, percent
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.results.stability_tables import earlier_plan
from planner.results.table import Cell
from planner.studies.nearest_work import QUESTION, recipe_of_earlier
from planner.studies.significance import bound_of, cost_of, has_plan
from planner.studies.study_columns import base_facts, reason_of
from planner.studies.study_context import BASE, Result, StudyContext
from planner.studies.study_model import Study
from planner.sweeps.points import Point

SHARES = (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""How much above the least cost plans may cost; with the plan of least cost itself they make a frontier of nine."""
CHEAPEST = "least cost"
MUSD = "USD million"
_COLUMNS = (
    Column("plan", "Plan", width=22), Column("share", "Share allowed", Form.PERCENT, width=10),
    Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
    Column("change_musd", "Above the least", Form.MUSD_CHANGE, MUSD),
    Column("change_share", "Relative change", Form.PERCENT, width=9),
    Column("nervousness", "Nervousness", Form.PERCENT, width=10), Column("moved_musd", "Moved", Form.MUSD, MUSD),
    Column("planned_musd", "Planned order value", Form.MUSD, MUSD), Column("flips", "Flips", Form.COUNT, width=8),
    Column("flipped", "What flips", width=50), Column("distance_musd", "Distance", Form.MUSD, MUSD),
    Column("least_distance_musd", "No plan of that cost is nearer than", Form.MUSD, MUSD, spare=1),
    Column("status", "Status", width=20, spare=2),
)  # fmt: skip


def stability(context: StudyContext, run: LoadedRun, *, over_scenarios: bool = False) -> Study:
    """Returns the study of what staying near the plan of a run costs.

    Raises:
        CaseFaults: the run shares no period with the case, or has periods of another length.
        NoBaseError: the case has no plan.
    """
    tree = scenario_tree(context.case) if over_scenarios else None
    earlier = recipe_of_earlier(earlier_plan(run, context.case, tree))
    asked = StudyContext(context.case, context.solve, context.in_parts, over_scenarios)
    base = asked.base()
    shared = {"earlier": earlier, "bound_musd": bound_of(base), "over_scenarios": over_scenarios}
    points = [Point(_named(share), QUESTION, {**shared, "share": share}, BASE) for share in SHARES]
    cheapest = Point(CHEAPEST, QUESTION, {**shared, "share": None}, BASE)
    results = context.solve([asked.base_point(), cheapest, *points])
    found = {name: results[name] for name in (CHEAPEST, *map(_named, SHARES))}
    table = _frontier(base, found)
    return Study(
        kind="stability",
        title="What it costs to stay near the earlier plan",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(base, found, run)),
        tables=(table,),
        charts=(
            ChartBlock(
                "frontier", "What each share of the cost saves", ChartKind.LINE, "frontier", "change_musd",
                "nervousness",
                note="Each point is the nearest plan at its cost; the first is the plan of least cost.",
            ),
        ),
        notes=(HOW, *_notes(earlier, run)),
        facts={"run": run.name, **base_facts(base)},
        refers_to_base=not over_scenarios,
    )  # fmt: skip


def _named(share: float) -> str:
    return f"within {100 * share:g} %"


def _frontier(base: Result, found: Mapping[str, Result]) -> TableBlock:
    shares: dict[str, float | None] = {CHEAPEST: None, **{_named(share): share for share in SHARES}}
    records: list[dict[str, Cell]] = []
    for name, result in found.items():
        record: dict[str, Cell] = {"plan": name, "share": shares[name]}
        if has_plan(result):
            moved, cost = result["moved"], cost_of(result)
            record |= {
                "cost_musd": cost,
                "change_musd": cost - cost_of(base),
                "change_share": (cost - cost_of(base)) / abs(cost_of(base)) if cost_of(base) else None,
                **{part: moved[part] for part in ("nervousness", "moved_musd", "planned_musd", "distance_musd")},
                "flips": len(moved["flipped"]),
                "flipped": "; ".join(_flips(moved)),
                "least_distance_musd": result.get("least_distance_musd"),
                "status": "checked",
            }
        else:
            record["status"] = reason_of(result) or str(result.get("status"))
        records.append(record)
    note = (
        "Of all plans within each share of the least cost that was found, the one nearest to the earlier plan, and of "
        "those the cheapest. Distance is what moved, and a twentieth of the earlier plan's order value for each flip."
    )
    return TableBlock("frontier", "Nervousness against cost", note, _COLUMNS, rows_of(records, _COLUMNS))


def _headlines(base: Result, found: Mapping[str, Result], run: LoadedRun) -> Iterator[str]:
    known = {name: result for name, result in found.items() if has_plan(result)}
    first = known.get(CHEAPEST)
    if first is not None:
        yield f"The plan of least cost ({money(cost_of(base))} {MUSD}) against run {run.name}: {_words(first)}"
    halved = [name for name, result in known.items() if first is not None and _is_half(result, first)]
    if halved and first is not None and (first["moved"]["nervousness"] or 0.0) > 0.0:
        result = known[halved[0]]
        change = cost_of(result) - cost_of(base)
        yield (
            f"Nervousness is halved for {money(max(0.0, change))} {MUSD} more "
            f"({percent(max(0.0, change) / max(1e-9, abs(cost_of(base))), 2)} % of the cost): {_words(result)}"
        )
    last = list(known.values())[-1] if known else None
    if last is not None and last is not first:
        yield f"Within {100 * SHARES[-1]:g} % of the least cost: {_words(last)}"
    if missing := [name for name in found if name not in known]:
        yield f"There is no plan for {listed(missing)}; the table says why."


def _is_half(result: Result, first: Result) -> bool:
    now, was = result["moved"]["nervousness"], first["moved"]["nervousness"]
    return now is not None and was is not None and now <= 0.5 * was


def _words(result: Result) -> str:
    flips = [dict(zip(("kind", "item", "before", "now"), flip, strict=True)) for flip in result["moved"]["flipped"]]
    return moved_words(result["moved"], flips)


def _flips(moved: Mapping[str, Any]) -> Iterator[str]:
    for kind, item, was, now in moved["flipped"]:
        yield flip_words({"kind": kind, "item": item, "before": was, "now": now})


def _notes(earlier: Mapping[str, Any], run: LoadedRun) -> Iterator[str]:
    shared, decided = earlier["shared"], earlier["decided"]
    yield f"Orders are compared in {shared[0]} to {shared[-1]}, which both run {run.name} and the case cover."
    if decided != shared:
        until = f"up to {decided[-1]}" if decided else "not at all"
        yield f"Strategic decisions are compared {until}: later ones depend on the scenario."
