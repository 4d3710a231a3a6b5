"""Inputs that a sensitivity varies: rows of `uncertain`, depth or onset of disruptions, or a number of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.case import Case
from models.moves import Uncertain
from models.whatif.sampling import ends
from models.whatif.shock import ShockError
from models.whatif.values import lever_of, with_value


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
    found = [input_of(case, text) for text in texts]
    for entry in found:
        require_once(entry.name, [other.name for other in found])
    return found


def require_once(name: str, names: Sequence[str]) -> None:
    """Refuses an input that is named twice.

    Raises:
        ShockError: it is.
    """
    if list(names).count(name) > 1:
        msg = f"'{name}' is named twice. Name each input once."
        raise ShockError(msg)


def input_of(case: Case, text: str) -> Input:
    """Returns one input from `NAME` or `NAME=LOW..HIGH`.

    Raises:
        ShockError: it is unknown, has no ends, or has a value that its column does not allow.
    """
    rows = {row.name: row for row in case.uncertain}
    name, given, span = text.rpartition("=")
    if not given or text.strip() in rows:
        name, given = text, ""
    name = name.strip()
    if name in rows:
        found = _of_row(rows[name])
        found = Input(name, found.effect, *_ends(text, span)) if given else found
    else:
        lever = lever_of(case, name)
        if not given:
            msg = f"'{name}' is no row of `uncertain`, so it needs its ends: write {name}=LOW..HIGH."
            raise ShockError(msg)
        found = Input(name, lever.effect, *_ends(text, span))
    for value in (found.low, found.high):
        with_value(case, lever_of(case, found.name, effect=found.effect), value)
    return found


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
    if not dots or not -math.inf < found[0] < found[1] < math.inf:
        msg = f"'{text}' does not say its ends. Write NAME=LOW..HIGH with LOW below HIGH, such as =0.8..1.2."
        raise ShockError(msg)
    return found
