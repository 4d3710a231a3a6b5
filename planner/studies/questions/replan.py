"""The next plan after a plan: what was carried over, what it costs beside the rest of the plan before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.content.labels_of_items import item_labels
from planner.documents.number_text import figure
from planner.errors import listed
from planner.replanning.carried_case import position_of
from planner.replanning.next_case import NextCase
from planner.replanning.remaining_futures import chances_of
from planner.replanning.run_position import RunPosition
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.studies.study_model import Study

_HOW_TO_READ = (
    "The rest of the plan before is what it would cost from the date on with its own inputs, discounted to that date.",
    "A plan costs at most its gap more than the least possible cost; each figure of a plan is between the two.",
)
_MOST = 8


def replan_study(new: NextCase, plan: LoadedRun, further: Sequence[TableBlock] = ()) -> Study:
    """Returns the study of a plan that goes on from another one; `plan` is that of the next case."""
    costs = _costs(new, plan)
    return Study(
        kind="replan",
        title=f"The next plan, from {new.as_of} on",
        case_name=new.read.case.settings.name,
        headlines=tuple(_headlines(new, plan, costs)),
        tables=(_cost_table(costs), *further, *_fence_tables(new), _carried_table(new)),
        notes=tuple(_notes(new)),
        facts={"run": new.run.name, "as_of": new.as_of, "next_run": plan.name, "case_hash": new.read.case_hash},
        how_to_read=_HOW_TO_READ,
        labels=item_labels(new.read.case),
        refers_to_base=False,
    )


def _costs(new: NextCase, plan: LoadedRun) -> list[dict[str, Cell]]:
    """What the rest of the plan before and the new plan cost: at most, and at least where a bound is known."""
    position = position_of(new.run, new.as_of, new.branch)
    found = rest_musd(position)
    gap = new.run.manifest.get("gap_musd")
    # Of the whole plan at most its gap can be saved; on a branch, at most its gap over the chance of the branch.
    spare = None if gap is None else float(gap) * _compounded(position) / branch_chance(position)
    cost, bound = float(plan.manifest["objective_musd"]), plan.manifest.get("bound_musd")
    return [
        {"what": f"rest of run {new.run.name}", "least_musd": None if spare is None else found - spare,
         "most_musd": found},
        {"what": "new plan", "least_musd": None if bound is None else float(bound), "most_musd": cost},
    ]  # fmt: skip


def rest_musd(position: RunPosition) -> float:
    """Returns what a plan costs from a date on, discounted to that date; expected over what is still possible."""
    calendar, chances = position.calendar, chances_of(position)
    parts = []
    for row in position.run.records("costs"):
        weight = 1.0
        if chances:
            names = str(row["scenarios"]).split(";")
            weight = sum(chances[name] for name in names) if set(names) <= chances.keys() else 0.0
        if row["period"] == "end" or calendar.period_at(str(row["period"])) >= position.passed:
            parts.append(weight * float(row["discounted_musd"] or 0.0))
    return math.fsum(parts) * _compounded(position)


def _compounded(position: RunPosition) -> float:
    """The factor from the start of the plan to the date."""
    return float((1.0 + position.case.settings.discount_rate) ** (position.passed * position.calendar.delta))


def branch_chance(position: RunPosition) -> float:
    """Returns the probability of the branch in the plan before; 1 in a plan for one future."""
    tree = position.run.scenario_tree
    if tree is None:
        return 1.0
    known = dict(zip(tree.names, tree.probability, strict=True))
    return math.fsum(known[name] for name in position.futures)


def _headlines(new: NextCase, plan: LoadedRun, costs: Sequence[dict[str, Cell]]) -> Iterator[str]:
    before, after = costs
    expected = "in expectation " if plan.scenario_tree is not None else ""
    yield f"From {new.as_of} on the new plan costs {expected}{_between(after)}."
    yield f"The rest of the plan before would have cost {_between(before)} with its own inputs."
    kinds: dict[str, int] = {}
    for line in new.lines:
        kinds[line.table] = kinds.get(line.table, 0) + 1
    parts = [f"{count} of {table}" for table, count in sorted(kinds.items(), key=lambda one: -one[1])]
    count = "1 line was" if len(new.lines) == 1 else f"{len(new.lines)} lines were"
    yield f"{count} carried over: {listed(parts, most=_MOST) or 'nothing'}."
    yield from _fence_lines(new)
    yield f"The base: {new.run.approval.text}"


def _fence_lines(new: NextCase) -> Iterator[str]:
    if not new.fenced:
        return
    moved = [one for one in new.fenced if not one.is_kept]
    made = [one for one in new.fenced if one.decision.quantity]
    count = "1 decision" if len(made) == 1 else f"{len(made)} decisions"
    if not moved:
        yield f"Fenced: {count} of the plan before, and nothing else in the same periods. All are kept."
        return
    names = [f"{one.decision.row.item} {one.decision.row.period}" for one in moved]
    verb = "cannot be kept" if len(moved) > 1 else "cannot be kept as it was"
    musd = figure(math.fsum(one.moved_musd for one in moved), "USD million")
    yield f"Fenced: {count} of the plan before. {listed(names)} {verb}, worth {musd} USD million."


def _fence_tables(new: NextCase) -> Iterator[TableBlock]:
    """Yields what could not be kept, and everything that is fenced."""
    if not new.fenced:
        return
    columns = (
        Column("period", "Period", width=10),
        Column("kind", "Kind", width=10),
        Column("item", "Item", width=24),
        Column("old", "Plan before", Form.QUANTITY),
        Column("new", "Kept", Form.QUANTITY),
        Column("unit", "Unit", width=10),
        Column("moved_musd", "Worth of what moved", Form.MUSD, "USD million"),
        Column("why", "What stands in the way", width=50),
    )
    records: list[dict[str, Any]] = [
        {"period": one.decision.row.period, "kind": one.decision.row.kind,
         "item": " ".join(filter(None, (one.decision.row.item, one.decision.row.route))), "old": one.decision.quantity,
         "new": one.quantity, "unit": one.decision.unit, "moved_musd": one.moved_musd, "why": one.why}
        for one in new.fenced
    ]  # fmt: skip
    kept = [one.is_kept for one in new.fenced]
    moved = [record for record, is_kept in zip(records, kept, strict=True) if not is_kept]
    note = (
        "The least worth of decisions is moved. In the way: the least change of the inputs with which the decision "
        "could be kept while the others are as they are here."
    )
    yield TableBlock("not_kept", "What could not be kept", note, columns, rows_of(moved, columns))
    shown = [record for record in records if record["old"] or record["new"]]
    note = "Every other decision of the same kinds in these periods is held at nothing."
    yield TableBlock("fenced", "What is fenced", note, columns[:-1], rows_of(shown, columns[:-1]))


def _between(row: dict[str, Cell]) -> str:
    """What a plan costs, at least and at most."""
    least, most = row["least_musd"], row["most_musd"]
    assert isinstance(most, float)
    ends = [figure(end, "USD million") for end in (least, most) if isinstance(end, float)]
    return f"{' to '.join(dict.fromkeys(ends))} USD million"


def _cost_table(costs: Sequence[dict[str, Cell]]) -> TableBlock:
    columns = (
        Column("what", "Plan", width=36),
        Column("least_musd", "At least", Form.MUSD, "USD million"),
        Column("most_musd", "At most", Form.MUSD, "USD million"),
    )
    note = "Net present cost from the date on, discounted to it. At most: the plan. At least: its proven bound."
    return TableBlock("costs_from_the_date", "What the rest costs", note, columns, rows_of(costs, columns))


def _carried_table(new: NextCase) -> TableBlock:
    columns = (
        Column("table", "Table", width=16),
        Column("item", "Item", width=30),
        Column("what", "What", width=28),
        Column("amount", "Amount", Form.NUMBER),
        Column("unit", "Unit", width=12),
        Column("source", "From", width=44, spare=1),
    )
    records: list[dict[str, Any]] = [
        {"table": one.table, "item": one.item, "what": one.what, "amount": one.amount, "unit": one.unit,
         "source": one.source}
        for one in new.lines
    ]  # fmt: skip
    note = "Each line is a row of the new case, with the rows of the result tables that it was made from."
    return TableBlock("carried_over", "What was carried over", note, columns, rows_of(records, columns))


def _notes(new: NextCase) -> Iterator[str]:
    position = position_of(new.run, new.as_of, new.branch)
    if position.futures:
        names = listed(list(position.futures))
        yield f"The branch that has happened leaves {len(position.futures)} of the scenarios possible: {names}."
    waiting = {row.offer for row in new.read.case.open_orders if row.ordered is None}
    lost = [
        row.offer
        for row in new.read.case.offers
        if row.offer in waiting and (row.cancel_until_months is not None or row.late_exit_months is not None)
    ]
    if lost:
        yield (
            f"Some of what is on order of {listed(lost)} cannot be cancelled in the new plan, although its offer allows"
            " it: it is not known when it was ordered."
        )
    if new.run.case.settings.risk_aversion or new.run.manifest.get("objective") == "regret":
        yield "The plan before weighed risk over all of its scenarios, so that the rest of it need not be the best now."
