"""What the search is told of a program: which integers decide most, and how they follow each other."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from models.program import Ints

FIRST = -1
NO_TOTAL = -2


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
