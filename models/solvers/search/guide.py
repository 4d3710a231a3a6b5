"""What the search is told of a program: which integers decide most, and how they follow each other."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from models.program import Ints, Program

FIRST = -1
NO_TOTAL = -2
MOST_PROGRAMS = 6_000
"""Linear programs that a search may take; cases that it suits take a few hundred."""


@enum.unique
class Rank(enum.IntEnum):
    """How early a column is branched on; columns that are not whole have none."""

    NONE = 0
    LOT = 1
    MODULE = 2
    CHOICE = 3
    STRATEGY = 4


@dataclass(frozen=True)
class Guide:
    """By column: `rank`, `period` (for the order of a dive), and `before`.

    `before` is the column of the same expansion or offer at the node before, `FIRST` where there is none, and
    `NO_TOTAL` for columns of which no running total is kept. `once` holds the rows that let at most one of their
    columns be 1, and `chains` those that may tie a stock to the one before.
    """

    rank: Ints
    period: Ints
    before: Ints
    once: Ints
    chains: Ints


def plain_guide(program: Program) -> Guide:
    """Returns the guide of a program of which nothing is known but which columns are whole."""
    count, none = program.column_count, np.empty(0, dtype=np.int64)
    rank = np.where(program.is_integer, int(Rank.LOT), int(Rank.NONE)).astype(np.int64)
    return Guide(rank, np.zeros(count, dtype=np.int64), np.full(count, NO_TOTAL, dtype=np.int64), none, none)
