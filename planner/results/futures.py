"""The result table of a plan over scenarios: what each future costs, and how it is served."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.solution import Solution
from models.uncertainty.risk_measures import tail_probability
from planner.results.distributions import cumulative
from planner.results.key_figures import Figure, figures_of
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table, table

FUTURES = (
    "scenario probability cost_musd cash_musd penalty_musd least_share_served least_served peak_mw "
    "cumulative_probability tail_probability"
)
_FIGURES = ("net_present_cost", "cash_cost", "unserved_penalty")


def futures(solution: Solution, places: NodeLabels) -> Table:
    """Returns a row for each future: its probability, the discounted cost of its path, and figures of it alone.

    `cumulative_probability` is that of a cost no higher than its own, `tail_probability` how much of its probability
    is among the worst 1 − risk_level.
    """
    frame = solution.model.frame
    rows: list[FutureRow] = []
    for path in frame.tree.paths():
        on_path = np.isin(np.arange(len(frame.tree)), path).astype(float)
        leaf = int(path[-1])
        name, chance = frame.called[int(frame.tree.future[leaf])], float(frame.tree.probability[leaf])
        rows.append((name, chance, figures_of(solution, places, on_path)))
    return futures_table(rows, frame.case.settings.risk_level)


FutureRow = tuple[str, float, Sequence[Figure]]
"""The name of a future, its probability, and the key figures of its path."""


def futures_table(paths: Sequence[FutureRow], risk_level: float) -> Table:
    """Returns the table from the figures of each path."""
    rows: list[tuple[Cell, ...]] = []
    for name, chance, figures in paths:
        found = {figure: (value, of) for figure, value, _, _, of in figures}
        money = [found[figure][0] for figure in _FIGURES]
        rows.append((name, chance, *money, *found["least_share_served"], found["peak_mw"][0]))
    costs = [(float(cost or 0.0), float(chance or 0.0)) for _, chance, cost, *_ in rows]
    # Of costs that are equal but for rounding errors the first name counts first, in any order of scenarios.
    order = sorted(range(len(rows)), key=lambda at: str(rows[at][0]))
    paid, chances = (np.array(column)[order] for column in zip(*costs, strict=True))
    tail = np.empty(len(rows))
    tail[order] = tail_probability(np.array([float(f"{cost:.9g}") for cost in paid]), chances, risk_level)
    shares = zip(cumulative(costs), tail.tolist(), strict=True)
    return table("futures", FUTURES, [(*row, *own) for row, own in zip(rows, shares, strict=True)])
