"""How far each run moved from the reference: the planned order value that moved, and strategic decisions that flip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.comparison.comparison_items import ComparedStability
from planner.errors import CaseFaults
from planner.results.loaded_run import LoadedRun
from planner.results.stability_tables import changes_between


def stability(loaded_runs: Sequence[LoadedRun]) -> Iterator[ComparedStability]:
    """Yields for each run after the first how far it moved from that; where that is not defined, why not."""
    for after in loaded_runs[1:]:
        try:
            changes = changes_between(loaded_runs[0], after)
        except CaseFaults as error:
            yield ComparedStability(note=f"not defined: {error.faults[0].expected}")
            continue
        yield ComparedStability(
            first=changes.shared[0],
            last=changes.shared[-1],
            decided_to=changes.decided[-1] if changes.decided else "",
            planned_musd=changes.planned_musd,
            moved_musd=changes.moved_musd,
            nervousness=changes.nervousness,
            flipped=changes.flipped,
        )
