"""Programs for the solver tests: small ones with plain answers, and seeded ones that are hard."""

import numpy as np

from models.program import Names, Program


def make(cost, rows, *, lower, upper, least, most, whole, constant=0.0):
    """Builds a program from dense lists; `rows` is a matrix."""
    matrix = np.array(rows, dtype=float).reshape(len(lower), len(cost))
    counts = (matrix != 0).sum(axis=1)
    return Program(
        objective=np.array(cost, dtype=float),
        constant=constant,
        column_lower=np.array(least, dtype=float),
        column_upper=np.array(most, dtype=float),
        is_integer=np.array(whole, dtype=bool),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        columns=np.nonzero(matrix)[1].astype(np.int64),
        values=matrix[matrix != 0],
        row_lower=np.array(lower, dtype=float),
        row_upper=np.array(upper, dtype=float),
        column_names=numbered("x", len(cost)),
        row_names=numbered("r", len(lower)),
    )


def numbered(block, count):
    return (Names(block, 0, (tuple(map(str, range(count))),), (np.arange(count),)),) if count else ()


def knapsacks(columns, rows, seed, constant=1000.0):
    """A seeded multi-dimensional knapsack with weakly correlated profits: slow to prove from about 60 columns on."""
    random = np.random.default_rng(seed)
    weights = random.integers(10, 1000, (rows, columns))
    profit = weights.sum(axis=0) / rows + random.integers(0, 500, columns)
    return make(
        -profit,
        weights,
        lower=[-np.inf] * rows,
        upper=weights.sum(axis=1) // 2,
        least=[0] * columns,
        most=[1] * columns,
        whole=[1] * columns,
        constant=constant,
    )


def market_split(columns, rows, seed):
    """Equalities in binaries: a plan is hard to find and its absence hard to prove."""
    random = np.random.default_rng(seed)
    shares = random.integers(0, 100, (rows, columns))
    half = shares.sum(axis=1) // 2
    return make(
        [1] * columns, shares, lower=half, upper=half, least=[0] * columns, most=[1] * columns, whole=[1] * columns
    )
