"""The two-stage plan: all orders and strategic decisions are fixed at the start, for every period and in all scenarios.

    order[o,n] = order[o,m], likewise start, close, sign, build    for all nodes n, m of one period

What is left to the branches is how arrivals are used: work, power, sales, and what stays unserved.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.build import Model, built
from models.builder import VariableBlock
from models.program import Program, with_rows
from models.recourse import STRATEGIC
from models.uncertainty.scenario_tree import ScenarioTree

AT_ONCE = (*STRATEGIC, "order")
"""The decisions that are fixed at the start."""
ROWS = "as_in_other_scenarios"


def two_stage_model(tree: ScenarioTree) -> Model:
    """Builds the model of the two-stage plan over the scenarios of a tree.

    A bound on an order that follows from what the scenarios below its node need is that of all scenarios: an order of a
    branch may be of use in another.
    """
    model = built(tree.frame(), orders_by_period=True)
    return replace(model, program=_tied(model.searched))


def _tied(model: Model) -> Program:
    """The program with a row for each decision of a node that has to be as in the first node of its period."""
    tree, program = model.frame.tree, model.program
    upper = program.column_upper.copy()
    pairs: list[tuple[int, int]] = []
    for name in AT_ONCE:
        for row in model.builder.blocks[name].column:
            for period in range(tree.periods):
                columns = row[tree.period == period]
                if (columns < 0).any():
                    # What cannot be decided in one scenario cannot be decided for all.
                    upper[columns[columns >= 0]] = 0.0
                else:
                    pairs += [(int(columns[0]), int(other)) for other in columns[1:]]
    tied = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    entries = np.repeat(np.arange(len(tied)), 2), tied.ravel(), np.tile([1.0, -1.0], len(tied))
    return with_rows(replace(program, column_upper=upper), ROWS, entries, np.zeros(len(tied)))


def is_decidable(model: Model, block: VariableBlock) -> np.ndarray:
    """Returns by (item, node) whether a decision can be taken in all nodes of its period."""
    tree = model.frame.tree
    missing = np.zeros((len(block.column), tree.periods), dtype=bool)
    np.logical_or.at(missing.T, tree.period, ~block.exists.T)
    return np.asarray(~missing[:, tree.period])
