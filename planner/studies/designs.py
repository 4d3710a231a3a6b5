"""Designs of samples for Morris screening and Sobol indices, and what they say; SALib does the arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.errors import CaseFaults, Fault

Floats = NDArray[np.float64]
LEVELS = 4
"""Levels of a Morris design: the usual choice, whose steps span two thirds of each range."""


@dataclass(frozen=True)
class Screened:
    """Morris screening of one input: mean and mean absolute elementary effect, and their spread."""

    name: str
    mu: float
    mu_star: float
    mu_star_confidence: float
    sigma: float


@dataclass(frozen=True)
class Indices:
    """Sobol indices of one input with the half-width of their 95 % confidence interval."""

    name: str
    first: float
    first_confidence: float
    total: float
    total_confidence: float


def problem_of(names: Sequence[str]) -> dict[str, Any]:
    """Returns the problem as SALib reads it: every dimension a share from 0 to 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def morris_design(names: Sequence[str], trajectories: int, seed: int) -> Floats:
    """Returns shares (point, dimension) of a Morris design: trajectories × (dimensions + 1) points.

    Raises:
        CaseFaults: SALib is not installed.
    """
    _require()
    from SALib.sample import morris

    return np.asarray(morris.sample(problem_of(names), trajectories, num_levels=LEVELS, seed=seed))


def sobol_design(names: Sequence[str], count: int, seed: int) -> Floats:
    """Returns shares (point, dimension) after Saltelli: count × (dimensions + 2) points; count a power of two.

    Raises:
        CaseFaults: SALib is not installed, or the count is no power of two.
    """
    _require()
    if count < 2 or count & (count - 1):
        fault = Fault("--count", "must be a power of two for Sobol indices", "Use 8, 16, 32, 64, …", value=str(count))
        raise CaseFaults([fault])
    from SALib.sample import sobol

    return np.asarray(sobol.sample(problem_of(names), count, calc_second_order=False, seed=seed))


def screened(names: Sequence[str], design: Floats, values: Floats, seed: int) -> list[Screened]:
    """Returns Morris measures of each input from the values at the points of its design."""
    from SALib.analyze import morris

    found = morris.analyze(problem_of(names), design, values, num_levels=LEVELS, seed=seed)
    return [
        Screened(name, *(float(found[key][i]) for key in ("mu", "mu_star", "mu_star_conf", "sigma")))
        for i, name in enumerate(names)
    ]


def indices(names: Sequence[str], values: Floats, seed: int) -> list[Indices]:
    """Returns Sobol indices of each input from the values at the points of its design."""
    from SALib.analyze import sobol

    found = sobol.analyze(problem_of(names), values, calc_second_order=False, seed=seed)
    return [
        Indices(name, *(float(found[key][i]) for key in ("S1", "S1_conf", "ST", "ST_conf")))
        for i, name in enumerate(names)
    ]


def _require() -> None:
    try:
        import SALib  # noqa: F401
    except ImportError as error:
        remedy = "Install it with: pip install 'fleetplan[sensitivity]'"
        raise CaseFaults([Fault("--method", "needs the package SALib", remedy)]) from error
