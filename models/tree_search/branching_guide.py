"""What the caller knows of the integer columns of a program: which decide most, and how they follow each other."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from models.program import Ints, Program

NO_PREDECESSOR = -1
NO_SERIES = -2
LP_LIMIT = 6_000
"""Linear programs that a search may take; cases that it suits take a few hundred (decision 0007)."""


@enum.unique
class Priority(enum.IntEnum):
    """Branching priority of a column, greatest first; continuous columns have none."""

    NONE = 0
    LOT_SIZE = 1
    """A number of lots: many equal ones, each of little weight."""
    CAPACITY = 2
    """A number of capacity modules: few, and what they allow lasts."""
    CHOICE = 3
    """Yes or no, for a detail."""
    STRATEGY = 4
    """Yes or no, once; branched on before all else."""


@dataclass(frozen=True)
class BranchingGuide:
    """By column: `priority`, `period` (for the order of a dive), and `predecessor`.

    `predecessor` is the column of the same series one period before, `NO_PREDECESSOR` at the start of a series, and
    `NO_SERIES` for columns of which no running total is kept. `sos1_rows` are those that let at most one of their
    columns be 1, and `stock_rows` those that may say `later ≤ share · earlier` of two stocks.
    """

    priority: Ints
    period: Ints
    predecessor: Ints
    sos1_rows: Ints
    stock_rows: Ints


@dataclass(frozen=True)
class LargeBranchingGuide(BranchingGuide):
    """What is known beyond that of a program whose linear programs take seconds each.

    By column: `never_aggregated`, and `series`, a number for the columns that follow each other in time.
    """

    never_aggregated: np.ndarray
    series: Ints


def default_guide(program: Program) -> BranchingGuide:
    """Returns the guide of a program of which nothing is known but which columns are integer."""
    count, none = program.column_count, np.empty(0, dtype=np.int64)
    priority = np.where(program.is_integer, int(Priority.LOT_SIZE), int(Priority.NONE)).astype(np.int64)
    return BranchingGuide(priority, np.zeros(count, dtype=np.int64), np.full(count, NO_SERIES), none, none)
