"""Risk aversion: the mean of the worst paths enters the objective; or the greatest regret is the objective.

    excess_cost   excess[leaf] ≥ path cost[leaf] − threshold
    objective     (1 − λ) · E[cost] + λ · (threshold + Σ_leaf π · excess[leaf] / (1 − α))

The second term is CVaR_α of the cost of the path (Rockafellar and Uryasev, Journal of Risk 2, 2000). With one path it
is the cost itself, and nothing is added.

    greatest_regret   greatest ≥ path cost[leaf] − best alone[leaf]
    objective         (1 − ε) · greatest + ε · mean over leaves of (path cost − best alone)

Regret needs no probabilities. The mean decides between plans of the same greatest regret; as it is no more than the
greatest, what the objective is at least is a bound of the least greatest regret as well.

| symbol | kind | unit | meaning |
|---|---|---|---|
| excess[leaf] | variable | USD million | cost of the path above the threshold |
| threshold | variable | USD million | value at risk |
| greatest | variable | USD million | greatest regret of a path |
| best alone[leaf] | parameter | USD million | least cost known for the future of the path alone |
| ε | parameter | | weight of the mean regret, 0.001 |
| λ, α | parameter | | risk aversion and level |
| π | parameter | | probability of the path |
"""

from __future__ import annotations

import numpy as np

from models.algebra import Axis, Expr, Param
from models.builder import Builder
from models.frame import Frame
from models.ledger import Ledger

MEAN_WEIGHT = 1e-3
"""The weight of the mean regret beside the greatest."""


def define(builder: Builder, frame: Frame, ledger: Ledger) -> Expr:
    """Returns the objective, an expression without axes, USD million."""
    settings = frame.case.settings
    expected = ledger.expected()
    leaves = frame.tree.leaves
    if frame.best_alone:
        return _regret(builder, frame, ledger)
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


def _regret(builder: Builder, frame: Frame, ledger: Ledger) -> Expr:
    leaves = frame.tree.leaves
    leaf = Axis("leaf", tuple(frame.node.labels[n] for n in leaves))
    best = Param((leaf,), np.array(frame.best_alone)[frame.tree.future[leaves]])
    regret = ledger.path_cost(leaf) - best
    greatest = builder.block("greatest", (), lower=-np.inf)
    builder.require("greatest_regret", (leaf,), greatest.expr.spread(leaf), ">=", regret)
    return greatest.expr * (1.0 - MEAN_WEIGHT) + regret.sum(leaf) * (MEAN_WEIGHT / len(leaves))
