"""Small programs with stocks that follow each other, and the forms of real cases, for tests of the search."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.build import build
from models.program import Program
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.reduced_lp import ReducedLp
from planner.case import read_case

INPUTS = Path(__file__).parents[3] / "inputs"
CASES = ("make-or-buy-2023", "mid-size")
CLOSE = 1e-7
TIGHT = 1e-8
SEEDS = range(30)


class Rows:
    """A program while it is written down: columns by name, rows as pairs of a column and its coefficient."""

    def __init__(self):
        self.numbers, self.costs, self.lowers, self.uppers, self.whole = {}, [], [], [], []
        self.rows, self.sides = [], []

    def column(self, name, cost, lower=0.0, upper=np.inf, whole=False):
        self.numbers[name] = len(self.costs)
        self.costs.append(cost)
        self.lowers.append(lower)
        self.uppers.append(upper)
        self.whole.append(whole)

    def row(self, terms, low=-np.inf, high=np.inf):
        self.rows.append(sorted((self.numbers[name], value) for name, value in terms.items()))
        self.sides.append((low, high))
        return len(self.rows) - 1

    def program(self):
        low, high = np.array(self.sides, dtype=float).T
        return Program(
            objective=np.array(self.costs, dtype=float),
            constant=3.0,
            column_lower=np.array(self.lowers, dtype=float),
            column_upper=np.array(self.uppers, dtype=float),
            is_integer=np.array(self.whole, dtype=bool),
            starts=np.cumsum([0] + [len(row) for row in self.rows]).astype(np.int64),
            columns=np.array([column for row in self.rows for column, _ in row], dtype=np.int64),
            values=np.array([value for row in self.rows for _, value in row], dtype=float),
            row_lower=low,
            row_upper=high,
            column_names=(),
            row_names=(),
        )


def fleet(seed):
    """Vintages that are bought, kept, used and sold; returns the program, its chain rows and the bought columns.

    Selling early pays now and then, and the least service makes some bounds contradictory.
    """
    random = np.random.default_rng(seed)
    rows, chains = Rows(), []
    periods = int(random.integers(3, 6))
    resale = random.choice([0.0, 2.0, 6.0]) * random.uniform(0.3, 1.0, periods)
    rows.column("peak", random.uniform(0.1, 2.0))
    for t in range(periods):
        rows.column(f"bought{t}", random.uniform(5.0, 9.0) * 0.9**t, upper=float(random.integers(2, 9)))
        rows.column(f"unserved{t}", random.uniform(2.0, 12.0))
        rows.column(f"power{t}", random.uniform(0.0, 0.4))
        rows.column(f"grid{t}", random.uniform(0.0, 0.1))
    for v in range(periods):
        for t in range(v, periods):
            share = random.uniform(0.8, 1.0)
            kept_on = random.uniform(0.0, 0.5) - (random.uniform(0.0, 1.0) if t == periods - 1 else 0.0)
            rows.column(f"stock{v},{t}", kept_on + resale[t] - (share * resale[t + 1] if t + 1 < periods else 0.0))
            rows.column(f"work{v},{t}", random.uniform(0.0, 0.1))
            before = {f"bought{v}": -1.0} if t == v else {f"stock{v},{t - 1}": -share}
            chains.append(rows.row({f"stock{v},{t}": 1.0, **before}, high=0.0))
            rows.row({f"work{v},{t}": 1.0, f"stock{v},{t}": -random.uniform(0.8, 1.5)}, high=0.0)
    for t in range(periods):
        worked = {f"work{v},{t}": 1.0 for v in range(t + 1)}
        demand = random.uniform(2.0, 9.0)
        rows.row({**worked, f"unserved{t}": 1.0}, low=demand)
        rows.row({f"power{t}": 2.0, **{f"stock{v},{t}": -random.uniform(0.5, 2.0) for v in range(t + 1)}}, low=0.0)
        # Written the other way round: at most 0, and the column is asked for by a negative coefficient.
        rows.row({f"power{t}": 1.1, f"grid{t}": -1.0}, high=0.0)
        rows.row({"peak": 1.0, f"grid{t}": -1.0}, low=-0.5)
        if random.random() < 0.3:
            rows.row(worked, low=0.3 * demand)
    if random.random() < 0.5:
        rows.row({**{f"power{t}": 1.0 for t in range(periods)}, "peak": 1.0}, high=random.uniform(15.0, 60.0))
    bought = np.array([rows.numbers[f"bought{t}"] for t in range(periods)])
    return rows.program(), np.array(chains), bought


def warm(part):
    return WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)


def best_of(part, lower=None, upper=None):
    """The answer for the whole program, from a cold start."""
    low = part.column_lower if lower is None else lower
    return warm(part).solve(low, part.column_upper if upper is None else upper)


def scale_of(cost):
    return max(1.0, abs(cost))


def narrowed(random, part, columns):
    """Bounds as a tree gives them: some of these columns held, bounded from below or from above."""
    lower, upper = part.column_lower.copy(), part.column_upper.copy()
    for column in columns:
        value = float(random.integers(lower[column], min(upper[column], lower[column] + 20.0) + 1))
        kind = random.integers(4)
        lower[column] = value if kind in (0, 1) else lower[column]
        upper[column] = value if kind in (0, 2) else upper[column]
    return lower, upper


def breach(part, values, lower, upper):
    return greatest_violation(replace(part, column_lower=lower, column_upper=upper), values)


def lean_of(part, chains, gap, proofs=None):
    return ReducedLp(part, chains, warm, DualBounds(part) if proofs is None else proofs, gap, aggregate_from=0)


@functools.cache
def formulations_of_cases():
    """ExtendedFormulation and guide of real cases."""
    models = {name: build(read_case(INPUTS / name).case) for name in CASES}
    return {
        name: (extended_formulation(model.program, guide_of(model)), guide_of(model)) for name, model in models.items()
    }
