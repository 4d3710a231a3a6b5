"""What a set of disruptions does to each target in each period, before any table is rewritten."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from models.calendar import Calendar
from models.case import TABLES, Case
from models.program import Floats
from models.tables.column_descriptions import name_column
from models.tables.fleet_rows import InputRow
from models.tables.strategy_rows import LASTING, PERMANENT, TARGETS_OF_FIELD, Disruption
from models.whatif.shock import Shock, ShockError, clean, intensity, meant, month_of, rows_of

AnyRow = TypeVar("AnyRow", bound=InputRow)
COUNTED = {"slip": "months", "respin": "respins"}
"""Fields whose values are added, and what they count."""


@dataclass(frozen=True)
class ChangedInput:
    """One input that is different: where it stands, its value before and after (None: blank, or no such row).

    `period` is the label or span that it holds for, blank for what has no time. `cause` names the disruptions.
    """

    table: str
    item: str
    column: str
    period: str
    before: float | None
    after: float | None
    cause: str

    @property
    def text(self) -> str:
        """The change as a line: `prices alpha_list unit_price_usd 2028: 20,000 becomes 24,000 (tariff)`."""
        place = " ".join(part for part in (self.table, self.item, self.column, self.period) if part)
        if self.before is None and self.after is None:
            return f"{place} ({self.cause})"
        before, after = ("blank" if value is None else f"{value:,.10g}" for value in (self.before, self.after))
        return f"{place}: {before} becomes {after} ({self.cause})"


@dataclass(frozen=True)
class Disrupted:
    """A case under disruptions, with each input that changed.

    `seen` is the label of the first period that a change touches, None where nothing changes. `without_effect` says in
    sentences what changes nothing, and why.
    """

    case: Case
    changes: tuple[ChangedInput, ...] = ()
    seen: str | None = None
    without_effect: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Effect:
    """What one row does: a factor or an addend on a field of a target, with its force by period, from 0 to 1."""

    cause: str
    field: str
    kind: str
    target: str
    is_factor: bool
    value: float
    force: Floats

    @property
    def order(self) -> tuple[str, str, bool, float]:
        """What effects are sorted by, so that the order of disruptions makes no difference."""
        return self.cause, self.target, self.is_factor, self.value


def factors(effects: Iterable[Effect], count: int) -> Floats:
    """Returns by period the product of 1 + (factor − 1) · force."""
    found = np.ones(count)
    for effect in effects:
        if effect.is_factor:
            found *= 1.0 + (effect.value - 1.0) * effect.force
    return found


def addends(effects: Iterable[Effect], count: int) -> Floats:
    """Returns by period the sum of addend · force."""
    found = np.zeros(count)
    for effect in effects:
        if not effect.is_factor:
            found += effect.value * effect.force
    return found


def causes(effects: Iterable[Effect]) -> str:
    """Returns the disruptions behind effects, joined by ` + `."""
    return " + ".join(sorted({effect.cause for effect in effects}))


@dataclass(eq=False)
class Draft:
    """A case that is being rewritten, table by table; the case that it began with stays as it is."""

    case: Case
    calendar: Calendar
    effects: tuple[Effect, ...]
    tables: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    changes: list[ChangedInput] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    backlogs: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """By offer: since which period, and why."""

    @property
    def count(self) -> int:
        """The number of periods."""
        return self.calendar.count

    def rows(self, table: str) -> tuple[Any, ...]:
        """Returns the rows of a table as they are by now."""
        found = self.tables.get(table)
        return getattr(self.case, table) if found is None else found

    def of(self, name: str) -> Iterator[tuple[str, list[Effect]]]:
        """Yields each target of a field with its effects, in the order of the names."""
        found: dict[str, list[Effect]] = {}
        for effect in self.effects:
            if effect.field == name:
                found.setdefault(effect.target, []).append(effect)
        yield from sorted(found.items())

    def note(self, change: ChangedInput, period: int) -> None:
        """Lists a change, and the period that it first touches."""
        self.changes.append(change)
        self.touched.append(period)

    def delay_arrivals(self, offer: str, period: int, effects: Iterable[Effect]) -> None:
        """Lets arrivals of an offer come late from a period on."""
        since, why = self.backlogs.get(offer, (period, frozenset()))
        self.backlogs[offer] = min(since, period), why | {effect.cause for effect in effects}

    def replace_item(self, table: str, column: str, item: str, rows: Sequence[InputRow]) -> None:
        """Puts rows in the place of those of an item; at the end of the table where it has none."""
        old = self.rows(table)
        at = next((i for i, row in enumerate(old) if getattr(row, column) == item), len(old))
        after = tuple(row for row in old[at:] if getattr(row, column) != item)
        self.tables[table] = (*old[:at], *rows, *after)


def names_of(case: Case, kind: str) -> list[str]:
    """Returns the names of a kind of target, in the order of their table."""
    if kind == "vendors":
        return list(dict.fromkeys(row.vendor for row in case.accelerators))
    column = name_column(TABLES[kind])
    return list(dict.fromkeys(getattr(row, str(column)) for row in getattr(case, kind)))


def offers_of(case: Case, kind: str, target: str) -> list[str]:
    """Returns the offers that a target stands for: one, or all of an accelerator or vendor."""
    if kind == "offers":
        return [target]
    column = "vendor" if kind == "vendors" else "accelerator"
    machines = {row.accelerator for row in case.accelerators if getattr(row, column) == target}
    return [row.offer for row in case.offers if row.accelerator in machines]


def effects_of(case: Case, calendar: Calendar, shocks: Iterable[Shock]) -> tuple[list[Effect], list[str]]:
    """Returns the effects of disruptions, sorted, and sentences on rows that change nothing.

    Raises:
        ShockError: as `rows_of`, a field or target that does not exist, or a slip that multiplies.
    """
    effects: list[Effect] = []
    sentences: list[str] = []
    for shock in sorted(set(shocks), key=lambda shock: (str(shock), shock.depth)):
        for row in rows_of(case, shock):
            found = _effect(case, calendar, str(shock), row)
            if found is None:
                sentences.append(f"{shock}: its {row.field} of {row.target} {_why_none(row)}.")
            elif not found.force.any():
                when = (
                    "lies outside the horizon" if row.months or row.recovery_months else "lasts no time: give it months"
                )
                sentences.append(f"{shock}: its {row.field} of {row.target} {when}.")
            else:
                effects.append(found)
    return sorted(effects, key=lambda effect: effect.order), sentences


def _why_none(row: Disruption) -> str:
    return "is multiplied by 1" if row.effect == "multiply" else "is changed by 0"


def _effect(case: Case, calendar: Calendar, cause: str, row: Disruption) -> Effect | None:
    """Returns the effect of a row; None for a value that changes nothing."""
    kind = _kind_of(case, cause, row)
    is_factor = row.effect == "multiply" and row.field != "fail"
    if row.field != "fail" and (not math.isfinite(row.value) or (is_factor and row.value < 0)):
        msg = (
            f"{cause}: its {row.field} of {row.target} cannot be changed by {row.value:g}: use a factor of at least 0."
        )
        raise ShockError(msg)
    if row.field in COUNTED and row.effect == "multiply":
        msg = f"{cause}: the {row.field} of {row.target} is a number of {COUNTED[row.field]}: use the effect add."
        raise ShockError(msg)
    # That no respin comes is news as well.
    if row.field not in PERMANENT and row.value == (1.0 if is_factor else 0.0):
        return None
    return Effect(cause, row.field, kind, row.target, is_factor, row.value, _force(calendar, row))


def _force(calendar: Calendar, row: Disruption) -> Floats:
    onset = month_of(row.start, f"the start of {row.disruption}")
    bounds = calendar.start_month + calendar.months * np.arange(calendar.count + 1, dtype=float)
    if row.field not in LASTING:
        return intensity(onset, row.months, row.recovery_months, bounds)
    lasts = row.field in PERMANENT or row.months == 0
    end = math.inf if lasts else onset + row.months
    return np.asarray((bounds[1:] > onset) & (bounds[:-1] < end), dtype=float)


def _kind_of(case: Case, cause: str, row: Disruption) -> str:
    kinds = TARGETS_OF_FIELD.get(row.field)
    if kinds is None:
        msg = f"{cause}: {row.field} is not a field. {meant(row.field, TARGETS_OF_FIELD)}"
        raise ShockError(msg)
    hit = [kind for kind in kinds if row.target in names_of(case, kind)]
    if len(hit) == 1:
        return hit[0]
    if hit:
        msg = f"{cause}: {row.target} is a name in {' and '.join(hit)}. Rename one, so that the target is unambiguous."
        raise ShockError(msg)
    known = [name for kind in kinds for name in names_of(case, kind)]
    msg = f"{cause}: its {row.field} needs a name in {' or '.join(kinds)}, and {row.target} is none. "
    raise ShockError(msg + meant(row.target, known))


def value_of(base: float, factor: float, addend: float) -> float:
    """Returns base · factor + addend, not below 0, without noise."""
    return max(0.0, clean(base * factor + addend))
