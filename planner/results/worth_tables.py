"""Result tables of what was asked beside a plan over scenarios: what knowing is worth, the curve of risk, regret."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from models.checks.worth_checks import MEANINGS, WORTH
from models.uncertainty.brackets import Bracket
from models.uncertainty.risk_curve import RiskPoint
from planner.results.table import Cell, Table, table


def information_table(brackets: Mapping[str, Bracket]) -> Table:
    """Returns what each cost and difference is at least and at most; blank where it is not known or has no bound."""
    rows = [(name, *_known(one), MEANINGS[name]) for name, one in brackets.items()]
    return _table("information", rows)


def risk_curve_table(points: Sequence[RiskPoint]) -> Table:
    """Returns mean cost, tail, objective and its bound by the weight of risk."""
    rows = [(one.risk_aversion, one.expected, one.cvar, one.objective, one.bound) for one in points]
    return _table("risk_curve", rows)


def regret_table(costs: Mapping[str, float], best: Mapping[str, Bracket]) -> Table:
    """Returns by scenario the cost of the plan, the best cost for it alone, and the regret."""
    rows: list[tuple[Cell, ...]] = []
    for name, cost in costs.items():
        low, high = best[name].low, best[name].high
        known = 0.0 if high is None else high
        rows.append((name, cost, known, low, cost - known, None if low is None else cost - low))
    return _table("regret", rows)


def _table(name: str, rows: Sequence[tuple[Cell, ...]]) -> Table:
    return table(name, " ".join(WORTH[name]), rows)


def _known(one: Bracket) -> tuple[float | None, float | None]:
    low, high = (None if value is None or not math.isfinite(value) else value for value in (one.low, one.high))
    return low, high
