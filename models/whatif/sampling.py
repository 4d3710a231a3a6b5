"""Values of uncertain inputs: quantiles of their distributions, their ends, and draws in which groups move together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from models.program import Floats
from models.tables.strategy_rows import Uncertain
from models.whatif.shock import ShockError

LOW, HIGH = 0.1, 0.9
SMALLEST = 2.0**-53
_NORMAL = NormalDist()


class Method(StrEnum):
    """How draws are made."""

    MONTE_CARLO = "monte_carlo"
    LATIN_HYPERCUBE = "latin_hypercube"


def quantile(row: Uncertain, shares: Floats) -> Floats:
    """Returns the values below which these shares (0 to 1) of the draws of an input lie, clipped to its low and high.

    Uniform from p1 to p2; triangular from p1 over its mode p2 to p3; normal with mean p1 and standard deviation p2;
    lognormal with these two of the logarithm; discrete: those of p1, p2, p3 that are given, equally likely, from the
    smallest on. Never falls with the share. Raises ShockError where parameters are missing or make no sense.
    """
    inside = np.clip(np.asarray(shares, dtype=float), 0.0, 1.0)
    found = _SHAPES[row.distribution](row, inside)
    low = -math.inf if row.low is None else row.low
    return np.asarray(np.clip(found, low, math.inf if row.high is None else row.high))


def _given(row: Uncertain, names: str) -> list[float]:
    values = [getattr(row, f"p{number}") for number in names]
    if any(value is None for value in values):
        missing = next(f"p{number}" for number, value in zip(names, values, strict=True) if value is None)
        msg = f"the {row.distribution} distribution of {row.name} needs {missing}: enter it."
        raise ShockError(msg)
    return values


def _in_order(row: Uncertain, names: str) -> list[float]:
    values = _given(row, names)
    if sorted(values) != values:
        order = " <= ".join(f"p{number}" for number in names)
        msg = f"the {row.distribution} distribution of {row.name} needs {order}: write them in this order."
        raise ShockError(msg)
    return values


def _uniform(row: Uncertain, shares: Floats) -> Floats:
    first, last = _in_order(row, "12")
    return first + shares * (last - first)


def _triangular(row: Uncertain, shares: Floats) -> Floats:
    least, mode, most = _in_order(row, "123")
    width = most - least
    if width == 0:
        return np.full(shares.shape, least)
    rising = least + np.sqrt(shares * width * (mode - least))
    falling = most - np.sqrt((1.0 - shares) * width * (most - mode))
    return np.where(shares * width < mode - least, rising, falling)


def _normal(row: Uncertain, shares: Floats) -> Floats:
    mean, spread = _given(row, "12")
    if spread < 0:
        msg = f"the spread p2 of {row.name} is {spread:g}: use 0 or more."
        raise ShockError(msg)
    # The ends 0 and 1, which designs contain, have no finite quantile.
    inside = np.clip(shares, SMALLEST, 1.0 - SMALLEST)
    scores = np.array([_NORMAL.inv_cdf(float(share)) for share in inside.ravel()], dtype=float)
    return np.asarray(mean + spread * scores.reshape(shares.shape))


def _lognormal(row: Uncertain, shares: Floats) -> Floats:
    return np.exp(_normal(row, shares))


def _discrete(row: Uncertain, shares: Floats) -> Floats:
    values = np.array(sorted(value for value in (row.p1, row.p2, row.p3) if value is not None), dtype=float)
    if not len(values):
        msg = f"the discrete distribution of {row.name} needs p1: enter it."
        raise ShockError(msg)
    return np.asarray(values[np.minimum((shares * len(values)).astype(np.int64), len(values) - 1)])


_SHAPES: Mapping[str, Callable[[Uncertain, Floats], Floats]] = {
    "uniform": _uniform,
    "triangular": _triangular,
    "normal": _normal,
    "lognormal": _lognormal,
    "discrete": _discrete,
}


def ends(row: Uncertain) -> tuple[float, float]:
    """Returns the low and high end of an input: its columns low and high, else its 10 % and 90 % quantiles."""
    low, high = (float(value) for value in quantile(row, np.array([LOW, HIGH])))
    return low if row.low is None else row.low, high if row.high is None else row.high


def middle(row: Uncertain) -> float:
    """Returns the median of an input."""
    return float(quantile(row, np.array([0.5]))[0])


def dimensions(rows: Sequence[Uncertain]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Returns what is drawn independently (names of inputs without a group, then groups), and which of these a row is.

    They are in the order of their names, so that draws do not depend on the order of rows. A design of samples made
    elsewhere has one column for each of them.
    """
    keys = [(bool(row.group), row.group or row.name) for row in rows]
    names = {key: number for number, key in enumerate(sorted(set(keys)))}
    return tuple(name for _, name in names), tuple(names[key] for key in keys)


def values_of(rows: Sequence[Uncertain], shares: Floats) -> Floats:
    """Returns the values (sample, row) of a design: shares from 0 to 1 by (sample, dimension)."""
    names, place = dimensions(rows)
    design = np.asarray(shares, dtype=float)
    if design.ndim != 2 or design.shape[1] != len(names):
        msg = f"a design of shape {design.shape} does not fit {len(names)} dimensions: give it a column for each."
        raise ShockError(msg)
    if not ((design >= 0) & (design <= 1)).all():
        msg = "the design has shares outside 0 to 1: map it to that range."
        raise ShockError(msg)
    columns = [quantile(row, design[:, at]) for row, at in zip(rows, place, strict=True)]
    return np.stack(columns, axis=1) if columns else np.empty((len(design), 0))


def draws(rows: Sequence[Uncertain], count: int, seed: int, method: Method | str = Method.MONTE_CARLO) -> Floats:
    """Returns random values (draw, row); rows of one group move together: they have the same quantile.

    The Latin hypercube has one draw in each of `count` equal strata of every dimension. The same seed gives the same
    draws. Raises ShockError for a count below 1 or an unknown method.
    """
    return values_of(rows, shares_of(len(dimensions(rows)[0]), count, seed, method))


def shares_of(width: int, count: int, seed: int | Sequence[int], method: Method | str = Method.MONTE_CARLO) -> Floats:
    """Returns random shares from 0 to 1 by (draw, dimension); raises ShockError as `draws`.

    A seed of several numbers stands for a stream of its own.
    """
    if count < 1:
        msg = f"{count} draws are none: use at least 1."
        raise ShockError(msg)
    if method not in tuple(Method):
        msg = f"'{method}' is no method: use {' or '.join(Method)}."
        raise ShockError(msg)
    generator = np.random.default_rng(seed)
    inside = generator.random((count, width))
    if method == Method.MONTE_CARLO:
        return inside
    strata = generator.permuted(np.tile(np.arange(count)[:, None], (1, width)), axis=0)
    return np.asarray((strata + inside) / count)
