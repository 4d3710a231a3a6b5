"""Inputs that a sensitivity varies: rows of `uncertain`, depth or onset of disruptions, or a number of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.case import Case
from models.moves import Uncertain
from models.whatif.sampling import ends
from models.whatif.shock import ShockError


@dataclass(frozen=True)
class Input:
    """One input: how a recipe names it, its effect, and the ends between which it is varied."""

    name: str
    effect: str
    low: float
    high: float


def inputs_of(case: Case, texts: Sequence[str]) -> list[Input]:
    """Returns the inputs that are asked for: names, or `NAME=LOW..HIGH`; without any, all rows of `uncertain`.

    An input that is no row of `uncertain` is `TABLE:KEY:COLUMN[:PERIOD]` (a factor) or `disruption:NAME:depth`, and
    needs its ends.

    Raises:
        ShockError: an input is unknown or has no ends.
    """
    if not texts:
        if not case.uncertain:
            msg = "The case has no table `uncertain`. Fill it in, or name inputs as TABLE:KEY:COLUMN=LOW..HIGH."
            raise ShockError(msg)
        return [_of_row(row) for row in case.uncertain]
    return [input_of(case, text) for text in texts]


def input_of(case: Case, text: str) -> Input:
    """Returns one input from `NAME` or `NAME=LOW..HIGH`.

    Raises:
        ShockError: it is unknown or has no ends.
    """
    name, given, span = text.partition("=")
    name = name.strip()
    rows = {row.name: row for row in case.uncertain}
    low_high = _ends(text, span) if given else None
    if name in rows:
        found = _of_row(rows[name])
        return found if low_high is None else Input(name, found.effect, *low_high)
    if low_high is None:
        msg = f"'{name}' is no row of `uncertain`, so it needs its ends: write {name}=LOW..HIGH."
        raise ShockError(msg)
    effect = "set" if name.startswith("disruption:") else "multiply"
    return Input(name, effect, *low_high)


def _of_row(row: Uncertain) -> Input:
    low, high = ends(row)
    return Input(row.name, row.effect, low, high)


def _ends(text: str, span: str) -> tuple[float, float]:
    low, dots, high = span.partition("..")
    try:
        found = float(low), float(high)
    except ValueError:
        dots = ""
        found = 0.0, 0.0
    if not dots or not found[0] < found[1]:
        msg = f"'{text}' does not say its ends. Write NAME=LOW..HIGH with LOW below HIGH, such as =0.8..1.2."
        raise ShockError(msg)
    return found
