"""The result table of what binds: how much of each amount is used, and what more of it is worth."""

from __future__ import annotations

from collections.abc import Sequence

from models.outcome import Worth
from models.solution import Solution
from models.tight_limits import TightLimit, tight_bounds
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table

COLUMNS = (
    "requirement item kind what period used available share unit price worth_of_one_per_cent_musd "
    "worth_of_one_unit_musd holds_up_to note"
)
NOTHING_MORE = "relaxing it saves nothing while lots, deals, tape-outs and modules are fixed"
_NOT_ASKED = "the value of relaxing it was not requested"


def binding(solution: Solution, places: NodeLabels) -> Table:
    """Returns what binds or is nearly used up in the reported periods, what is worth most first.

    Worths are found by solving again; where that was not done they are blank and `note` says why.
    """
    found = [(bound, _worth(solution, bound)) for bound in tight_bounds(solution)]
    rows = []
    for bound, worth in found:
        per_cent, unit = (None, None) if worth.amounts is None else worth.amounts
        cells = (
            bound.requirement.rows, bound.item, bound.requirement.noun, bound.requirement.amount_of(bound.item),
            bound.label, bound.used, bound.available, bound.share, bound.unit, worth.price, per_cent, unit,
            worth.holds_up_to, worth.reason,
        )  # fmt: skip
        futures = places.futures[bound.node] if bound.futures is None else bound.futures
        rows.append((bound.node, futures, cells))
    rows.sort(key=lambda row: binding_order(row[2]))
    return places.split_table("binding", COLUMNS, rows)


def _worth(solution: Solution, bound: TightLimit) -> Worth:
    if bound.row is None:
        return Worth(0.0, (0.0, 0.0), None, NOTHING_MORE)
    known = solution.outcome.worths.get(bound.row)
    if known is None:
        return Worth(bound.price, None, None, _NOT_ASKED)
    if known.price == 0.0 and not known.reason:
        return Worth(0.0, known.amounts, None, NOTHING_MORE)
    return known


def binding_order(cells: Sequence[Cell]) -> tuple[float, float]:
    """Returns what the rows of the table are sorted by: what 1 % more is worth, and at most can be; then the share."""
    row = dict(zip(COLUMNS.split(), cells, strict=False))
    worth = row["worth_of_one_per_cent_musd"]
    most = 0.01 * float(row["available"] or 0.0) * float(row["price"] or 0.0) if worth is None else float(worth)
    return -most, -float(row["share"] or 0.0)


MAKES = (binding,)
