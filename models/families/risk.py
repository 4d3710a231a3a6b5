"""Risk aversion: the mean of the worst paths enters the objective.

    excess_cost   excess[leaf] ≥ path cost[leaf] − threshold
    objective     (1 − λ) · E[cost] + λ · (threshold + Σ_leaf π · excess[leaf] / (1 − α))

The second term is CVaR_α of the cost of the path (Rockafellar and Uryasev, Journal of Risk 2, 2000). With one path it
is the cost itself, and nothing is added.

| symbol | kind | unit | meaning |
|---|---|---|---|
| excess[leaf] | variable | USD million | cost of the path above the threshold |
| threshold | variable | USD million | value at risk |
| λ, α | parameter | | risk aversion and level |
| π | parameter | | probability of the path |
"""

from __future__ import annotations

import numpy as np

from models.algebra import Axis, Expr, Param
from models.builder import Builder
from models.frame import Frame
from models.ledger import Ledger


def define(builder: Builder, frame: Frame, ledger: Ledger) -> Expr:
    """Returns the objective, an expression without axes, USD million."""
    settings = frame.case.settings
    expected = ledger.expected()
    leaves = frame.tree.leaves
    if settings.risk_aversion == 0 or len(leaves) == 1:
        return expected
    leaf = Axis("leaf", tuple(frame.node.labels[n] for n in leaves))
    threshold = builder.block("threshold", (), lower=-np.inf)
    excess = builder.block("excess", (leaf,))
    over = ledger.path_cost(leaf) - threshold.expr.spread(leaf)
    builder.require("excess_cost", (leaf,), excess.expr, ">=", over)
    weight = frame.tree.probability[leaves] / (1.0 - settings.risk_level)
    cvar = threshold.expr + (excess.expr * Param((leaf,), weight)).sum(leaf)
    return expected * (1.0 - settings.risk_aversion) + cvar * settings.risk_aversion
