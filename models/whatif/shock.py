"""One named disruption, moved in time and scaled in depth; and how hard it hits a period.

A disruption is all rows of the table `disruptions` with one name. Written as text it is `NAME`, `NAME@LABEL` (moved so
that its earliest row begins with the label), `NAME*DEPTH` (scaled), or `NAME@LABEL*DEPTH`; `A+B` is A and B together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from models.calendar import Calendar, LabelError, label_at, parse_label
from models.case import Case, Settings
from models.program import Floats
from models.tables.strategy_rows import LASTING, PERMANENT, Disruption

MOST_DEPTH = 100.0
SHOWN = 5
_FORM = re.compile(r"(?P<name>[^@*+]+)(?:@(?P<start>[^@*+]+))?(?:\*(?P<depth>[^@*+]+))?")


class ShockError(ValueError):
    """A disruption or changed value that cannot be applied; the text is a plain sentence with the remedy."""


@dataclass(frozen=True)
class Shock:
    """One named disruption; `start` is the label with which its earliest row begins, None: as the table says.

    `depth` scales it: 0 is nothing, 1 the table's values, 0.5 half as deep. A failure happens at every depth above 0.
    Raises ShockError for a label that cannot be read or a depth below 0 or above 100.
    """

    disruption: str
    start: str | None = None
    depth: float = 1.0

    def __post_init__(self) -> None:
        if self.start is not None:
            month_of(self.start, f"the start of {self.disruption}")
        if not 0.0 <= self.depth <= MOST_DEPTH:
            use = f"use a number from 0 to {MOST_DEPTH:g}; 1 is as given."
            msg = f"the depth of {self.disruption} is {self.depth:g}: {use}"
            raise ShockError(msg)

    def __str__(self) -> str:
        start = "" if self.start is None else f"@{self.start}"
        depth = "" if self.depth == 1.0 else f"*{repr(float(self.depth)).removesuffix('.0')}"
        return f"{self.disruption}{start}{depth}"


def shock_of(text: str) -> Shock:
    """Returns the disruption that a text names; raises ShockError where it cannot be read.

    >>> shock_of("h100_queue@2028Q1*0.5")
    Shock(disruption='h100_queue', start='2028Q1', depth=0.5)
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        msg = f"'{text}' is not a disruption: write NAME, NAME@2028Q1, NAME*0.5 or NAME@2028Q1*0.5."
        raise ShockError(msg)
    name, start, depth = (part and part.strip() for part in found.group("name", "start", "depth"))
    try:
        deep = 1.0 if depth is None else float(depth)
    except ValueError:
        msg = f"'{depth}' is not a depth of {name}: use a number from 0 to {MOST_DEPTH:g}; 1 is as given."
        raise ShockError(msg) from None
    return Shock(name, start, deep)


def shocks_of(text: str) -> tuple[Shock, ...]:
    """Returns the disruptions of a combination `A+B`; none for a blank text. Raises ShockError.

    >>> [str(shock) for shock in shocks_of("queue@2028 + fire*0.5")]
    ['queue@2028', 'fire*0.5']
    """
    return tuple(shock_of(part) for part in text.split("+")) if text.strip() else ()


def calendar_of(settings: Settings) -> Calendar:
    """Returns the periods of the optimised horizon, lookahead included."""
    return settings.calendar


def month_of(label: str, what: str) -> int:
    """Returns the first month of a label, from the year 0; raises ShockError that names what it belongs to."""
    try:
        return parse_label(label)[0]
    except LabelError as error:
        msg = f"{what} cannot be read: {error}"
        raise ShockError(msg) from None


def meant(name: str, known: Iterable[str]) -> str:
    """Returns the remedy for an unknown name: the nearest known one, or what there is."""
    names = list(dict.fromkeys(known))
    if close := get_close_matches(name.casefold(), [entry.casefold() for entry in names], n=1):
        return f"Did you mean {next(entry for entry in names if entry.casefold() == close[0])}?"
    if not names:
        return "There are none."
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"Known names: {', '.join(names[:SHOWN])}{more}."


def intensity(start_month: float, months: float, recovery_months: float, bounds: Floats) -> Floats:
    """Returns how much of a disruption is in force in each period, from 0 to 1: its mean over the period.

    It is in full force for `months` from `start_month`, then falls evenly to nothing over `recovery_months`. Period p
    lasts from `bounds[p]` to `bounds[p + 1]`; all are months from the year 0 and may be fractions.

    >>> intensity(6, 12, 12, np.array([0.0, 12.0, 24.0, 36.0]))
    array([0.5  , 0.875, 0.125])
    """
    since = np.maximum(np.asarray(bounds, dtype=float) - start_month, 0.0)
    falling = np.clip(since - months, 0.0, recovery_months)
    lost = falling**2 / (2.0 * recovery_months) if recovery_months > 0 else 0.0
    total = np.minimum(since, months) + falling - lost
    return np.asarray(np.diff(total) / np.diff(bounds))


def scaled(row: Disruption, depth: float) -> Disruption:
    """Returns a row with its value scaled: a factor moves from 1 to its value and not below 0, an addend from 0."""
    if depth == 1.0:
        return row
    value = max(0.0, 1.0 + (row.value - 1.0) * depth) if row.effect == "multiply" else row.value * depth
    return replace(row, value=clean(value))


def moved(row: Disruption, months: int) -> Disruption:
    """Returns a row that begins so many months later; raises ShockError beyond the years that have labels."""
    if months == 0:
        return row
    try:
        return replace(row, start=label_at(month_of(row.start, f"the start of {row.disruption}") + months, 1))
    except LabelError as error:
        msg = f"{row.disruption} cannot be moved by {months} months: {error}"
        raise ShockError(msg) from None


def rows_of(case: Case, shock: Shock) -> tuple[Disruption, ...]:
    """Returns the rows of a disruption, moved and scaled; none at depth 0.

    Raises:
        ShockError: there is no such disruption, or it begins after the horizon or is over before it.
    """
    rows = [row for row in case.disruptions if row.disruption == shock.disruption]
    if not rows:
        known = [row.disruption for row in case.disruptions]
        msg = f"there is no disruption {shock.disruption}. {meant(shock.disruption, known)}"
        raise ShockError(msg)
    if shock.depth == 0.0:
        return ()
    starts = [month_of(row.start, f"the start of {row.disruption}") for row in rows]
    shift = 0 if shock.start is None else month_of(shock.start, "its start") - min(starts)
    found = tuple(moved(scaled(row, shock.depth), shift) for row in rows)
    _check_reach(case, shock, found, min(starts) + shift)
    return found


def _check_reach(case: Case, shock: Shock, rows: Sequence[Disruption], onset: int) -> None:
    calendar = calendar_of(case.settings)
    inside = f"Write {shock.disruption}@ and a label of {calendar.labels[0]} to {calendar.labels[-1]}."
    if onset >= calendar.end_month:
        when = f"in {label_at(onset, 1)}, after the horizon, which ends with {calendar.labels[-1]}"
        msg = f"{shock} begins {when}. {inside}"
        raise ShockError(msg)
    if max(end_of(row) for row in rows) <= calendar.start_month:
        msg = f"{shock} is over before the plan starts in {calendar.labels[0]}. {inside}"
        raise ShockError(msg)


def end_of(row: Disruption) -> float:
    """Returns the month, from the year 0, in which a row is over; infinite for what lasts."""
    onset = month_of(row.start, f"the start of {row.disruption}")
    if row.field in PERMANENT or (row.field in LASTING and row.months == 0):
        return math.inf
    # A row without any length never was: its onset alone says where it lies.
    return onset + max(1.0, row.months + (0.0 if row.field in LASTING else row.recovery_months))


def clean(value: float) -> float:
    """Returns a number without the noise of its last digit: 120560.00000000001 is 120560."""
    return float(f"{value:.15g}")
