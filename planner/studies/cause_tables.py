"""The tables of causes: the share of each group, what groups do together, what flips decisions, and every coalition."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.cause_findings import NONE, Causes, Flip, named
from planner.studies.shapley_shares import ValueBracket, coalitions_of, difference_of
from planner.studies.significance import NO_FINDING, has_plan
from planner.studies.study_columns import FINDING, reason_of

MUSD = "USD million"
_SAME = 1e-6
_LEAST = Column("least_musd", "at least", Form.MUSD_CHANGE, MUSD)
_MOST = Column("most_musd", "at most", Form.MUSD_CHANGE, MUSD)
_CAUSES = (
    Column("group", "Changed inputs", width=26), Column("what", "What changed", width=46),
    Column("share_musd", "Share of the change", Form.MUSD_CHANGE, MUSD), _LEAST, _MOST,
    Column("share_of_cost", "of the old cost", Form.PERCENT_CHANGE, width=10), FINDING,
    Column("alone_musd", "Alone, from the old", Form.MUSD_CHANGE, MUSD, spare=1),
    Column("last_musd", "Last, to the new", Form.MUSD_CHANGE, MUSD, spare=2),
)  # fmt: skip
_TOGETHER = (
    Column("first", "Changed inputs", width=26), Column("second", "and", width=26),
    Column("together_musd", "Together, beyond each alone", Form.MUSD_CHANGE, MUSD), _LEAST, _MOST, FINDING,
)  # fmt: skip
_FLIPS = (
    Column("kind", "Kind", width=12), Column("item", "Decision", width=24), Column("before", "Before", width=34),
    Column("now", "Now", width=34), Column("flipped_by", "Smallest changes that make it so", width=50),
    Column("sets", "How many", Form.COUNT, width=8), Column("groups", "Groups in each", Form.COUNT, width=8),
)  # fmt: skip
_COALITIONS = (
    Column("changed", "Changed", width=50), Column("status", "Status", width=12),
    Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
    Column("bound_musd", "Least possible cost", Form.MUSD, MUSD),
    Column("change_musd", "Change", Form.MUSD_CHANGE, MUSD), Column("why", "Why there is no plan", width=50),
)  # fmt: skip
RUNS_ABOVE = "the runs above the least cost found"


def causes_table(causes: Causes) -> TableBlock:
    """Returns the share of each group in the change of cost; the shares add up to the change."""
    everything, start = causes.everything, causes.values[NONE].found
    records: list[dict[str, Cell]] = []
    for part, share in causes.shares.items():
        alone = difference_of(frozenset({part}), NONE, causes.values)
        last = difference_of(everything, everything - {part}, causes.values)
        what = "; ".join(group.text for group in causes.changed if group.name in causes.blocks[part])
        records.append(
            {"group": part, "what": what, **_cells("share_musd", share), "alone_musd": alone.found,
             "last_musd": last.found, "share_of_cost": share.found / abs(start) if start else None}
        )  # fmt: skip
    whole = difference_of(everything, NONE, causes.values)
    records.append(
        {"group": "all changed inputs", "what": "", **_cells("share_musd", whole),
         "share_of_cost": whole.found / abs(start) if start else None}
    )  # fmt: skip
    above = above_of_runs(causes)
    if above is not None and abs(above) > _SAME * max(1.0, abs(start)):
        records.append({"group": RUNS_ABOVE, "what": "no input: how far the plans of the runs cost more than others "
                        "that were found", "share_musd": above})  # fmt: skip
    note = (
        "Shares after Shapley: what the group adds to the least cost, in the mean over all orders in which the groups "
        "may change. They add up to the change. At least and at most carry the gaps of all plans. Alone: only this "
        "group changes; last: all others have changed."
    )
    bold = frozenset({len(causes.parts)})
    return TableBlock("causes", "What caused the change of cost", note, _CAUSES, rows_of(records, _CAUSES), bold=bold)


def together_table(causes: Causes) -> TableBlock:
    """Returns what each two groups do together."""
    records: list[dict[str, Cell]] = [
        {"first": one, "second": other, **_cells("together_musd", value)}
        for (one, other), value in causes.together.items()
    ]
    note = (
        "The Shapley interaction index: above 0, the two cost more together than each by itself; below 0, one softens "
        "the other. It is contained in the shares."
    )
    title = "What changes do together"
    return TableBlock("together", title, note, _TOGETHER, rows_of(records, _TOGETHER))


def flips_table(causes: Causes, found: Sequence[Flip]) -> TableBlock:
    """Returns every decision that differs, with the smallest sets of groups that make it as it is now."""
    names = [group.name for group in causes.changed]
    records: list[dict[str, Cell]] = [
        {
            "kind": flip.kind.replace("_", "-"), "item": flip.item, "before": flip.before, "now": flip.now,
            "flipped_by": "; or ".join(named(one, names) for one in flip.sets), "sets": len(flip.sets),
            "groups": len(flip.sets[0]) if flip.sets else None,
        }
        for flip in found
    ]  # fmt: skip
    note = (
        "Of the plans that were found. A strategic decision is flipped by a set of changes if the plan with these "
        "alone decides as the new one does; the orders of an offer if at least half of their change is there. Within "
        "the gaps other decisions may be as good."
    )
    return TableBlock("flips", "What flipped each decision", note, _FLIPS, rows_of(records, _FLIPS))


def coalitions_table(causes: Causes) -> TableBlock:
    """Returns the plan of every set of changed groups."""
    names = [group.name for group in causes.changed]
    start = causes.results[NONE]
    records: list[dict[str, Cell]] = []
    for coalition in coalitions_of(names):
        result = causes.results[coalition]
        record: dict[str, Cell] = {"changed": named(coalition, names), "status": str(result.get("status"))}
        if has_plan(result):
            record |= {
                "cost_musd": result["objective_musd"], "bound_musd": result["bound_musd"],
                "change_musd": result["objective_musd"] - start["objective_musd"],
            }  # fmt: skip
        else:
            record["why"] = reason_of(result)
        records.append(record)
    note = "All other inputs are as before. Each plan has passed the independent check."
    return TableBlock("coalitions", "Every set of changes", note, _COALITIONS, rows_of(records, _COALITIONS))


def above_of_runs(causes: Causes) -> float | None:
    """Returns by how much the difference of the runs exceeds that of the costs found; None without both runs."""
    old, new = causes.old.cost_musd, causes.new.cost_musd
    if old is None or new is None:
        return None
    return math.fsum([new, -old, -causes.values[causes.everything].found, causes.values[NONE].found])


def _cells(name: str, value: ValueBracket) -> dict[str, Cell]:
    least, most = (end if math.isfinite(end) else None for end in (value.least, value.most))
    word = NO_FINDING
    if least is not None and least > 0.0:
        word = "more"
    elif most is not None and most < 0.0:
        word = "less"
    return {name: value.found, "least_musd": least, "most_musd": most, "finding": word}


__all__ = ["causes_table", "coalitions_table", "flips_table", "together_table"]
