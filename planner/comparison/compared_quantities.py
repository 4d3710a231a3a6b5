"""How quantities by time have changed: moved from one slot to another, more, or fewer."""

from __future__ import annotations

from collections.abc import Mapping

from models.calendar import parse_label
from planner.comparison.common_periods import CommonPeriods, number, reported
from planner.comparison.comparison_items import ChangeKind, is_close
from planner.documents.number_text import difference, figure, relative
from planner.results.loaded_run import LoadedRun

Amounts = Mapping[str, float]
_MOST_SHIFTS = 3
_MOST_SLOTS = 4
_NEARLY = 0.1
"""Up to this share of a total, a quantity is reported as moved; beyond it, as more or fewer by period."""


def amounts_by(loaded: LoadedRun, grid: CommonPeriods, table: str, item: str, unit: str) -> dict[str, dict[str, float]]:
    """Returns the expected quantities of a result table by item and slot, in order of time.

    What is sold because its life ends was not decided, and is left out.
    """
    found: dict[str, dict[str, float]] = {}
    for row, probability in reported(loaded, table):
        if row.get("end_of_life") == "yes":
            continue
        amounts = found.setdefault(str(row[item]), {})
        slot = grid.slot(str(row["period"]))
        amounts[slot] = amounts.get(slot, 0.0) + number(row[unit]) * probability
    return {
        name: {slot: amounts[slot] for slot in sorted(amounts, key=parse_label) if not is_close(amounts[slot], 0.0)}
        for name, amounts in found.items()
        if not is_close(sum(amounts.values()), 0.0)
    }


def quantity_text(amounts: Amounts, unit: str) -> str:
    """Returns a total with its first and last slot: `40,960 units, 2029 to 2031`; nothing where there is none."""
    if not amounts:
        return ""
    slots = [*amounts]
    when = slots[0] if len(slots) == 1 else f"{slots[0]} to {slots[-1]}"
    return f"{counted_as(sum(amounts.values()), unit)}, {when}"


def counted_as(amount: float, unit: str) -> str:
    """Returns an amount with its unit, in the singular where it is one.

    >>> counted_as(1.0, "modules"), counted_as(1200.0, "units")
    ('1 module', '1,200 units')
    """
    return f"{figure(amount, unit)} {unit.removesuffix('s') if amount == 1 else unit}"


def quantity_change(grid: CommonPeriods, run: int, first: Amounts, other: Amounts, unit: str) -> tuple[ChangeKind, str]:
    """Returns what became of a quantity, and in words, over the slots that a run shares with the reference."""
    before = {slot: amount for slot, amount in first.items() if _counts(grid, run, slot)}
    after = {slot: amount for slot, amount in other.items() if _counts(grid, run, slot)}
    total, now = sum(before.values()), sum(after.values())
    if not before and not after:
        return (ChangeKind.APART, "outside the time that both cover") if first or other else (ChangeKind.SAME, "")
    if not before:
        return ChangeKind.ADDED, f"added: {quantity_text(after, unit)}"
    if not after:
        return ChangeKind.DROPPED, f"dropped: {quantity_text(before, unit)}"
    shifts, gains = shifts_and_gains(before, after)
    if not shifts and not gains:
        return ChangeKind.SAME, ""
    if is_close(total, now):
        return _direction(shifts), "; ".join(_shift_words(shifts, unit))
    return _more_or_fewer(before, after, unit)


def _more_or_fewer(before: Amounts, after: Amounts, unit: str) -> tuple[ChangeKind, str]:
    """Returns a changed total in words, with where it changed most."""
    total, now = sum(before.values()), sum(after.values())
    way = ChangeKind.MORE if now > total else ChangeKind.FEWER
    part = relative((now - total) / total)
    head = f"{counted_as(abs(now - total), unit)} {way.value} ({figure(now, unit)}, not {figure(total, unit)}; {part})"
    shifts, gains = shifts_and_gains(before, after)
    if abs(now - total) <= _NEARLY * total and shifts:
        return way, "; ".join([f"{head} in {', '.join(slot for slot, _ in gains)}", *_shift_words(shifts, unit)])
    slots = sorted({*before, *after}, key=parse_label)
    deltas = {slot: after.get(slot, 0.0) - before.get(slot, 0.0) for slot in slots}
    changed = [slot for slot in slots if not is_close(before.get(slot, 0.0), after.get(slot, 0.0))]
    largest = sorted(changed, key=lambda slot: -abs(deltas[slot]))[:_MOST_SLOTS]
    if len(changed) == 1:
        return way, f"{head} in {changed[0]}"
    parts = [f"{difference(deltas[slot], unit)} in {slot}" for slot in changed if slot in largest]
    rest = len(changed) - len(largest)
    if rest:
        parts.append(f"smaller changes at {rest} other time{'' if rest == 1 else 's'}")
    return way, f"{head}: {', '.join(parts)}"


def shifts_and_gains(before: Amounts, after: Amounts) -> tuple[list[tuple[str, str, float]], list[tuple[str, float]]]:
    """Returns what moved from slot to slot, and what is more or fewer in a slot; the earliest is matched first."""
    slots = sorted({*before, *after}, key=parse_label)
    deltas = {slot: after.get(slot, 0.0) - before.get(slot, 0.0) for slot in slots}
    changed = [slot for slot in slots if not is_close(before.get(slot, 0.0), after.get(slot, 0.0))]
    lost = {slot: -deltas[slot] for slot in changed if deltas[slot] < 0}
    gained = {slot: deltas[slot] for slot in changed if deltas[slot] > 0}
    shifts: list[tuple[str, str, float]] = []
    while lost and gained:
        source, target = next(iter(lost)), next(iter(gained))
        moved = min(lost[source], gained[target])
        shifts.append((source, target, moved))
        for slot, left in ((source, lost), (target, gained)):
            left[slot] -= moved
            if is_close(left[slot], 0.0):
                del left[slot]
    return shifts, [(slot, -amount) for slot, amount in lost.items()] + [*gained.items()]


def _counts(grid: CommonPeriods, run: int, slot: str) -> bool:
    """True for slots that both cover alike, and for those before either begins (what was done already)."""
    month = parse_label(slot)[0]
    before_both = month < min(grid.sides[0].start, grid.sides[run].start) and not (
        grid.covers(0, slot) or grid.covers(run, slot)
    )
    return before_both or grid.shares(run, slot)


def _direction(shifts: list[tuple[str, str, float]]) -> ChangeKind:
    ways = {parse_label(target) > parse_label(source) for source, target, _ in shifts}
    return ChangeKind.MOVED if len(ways) > 1 else ChangeKind.LATER if ways == {True} else ChangeKind.EARLIER


def _shift_words(shifts: list[tuple[str, str, float]], unit: str) -> list[str]:
    largest = sorted(shifts, key=lambda shift: -shift[2])[:_MOST_SHIFTS]
    kept = [shift for shift in shifts if shift in largest]
    parts = [f"{counted_as(amount, unit)} moved from {source} to {target}" for source, target, amount in kept]
    rest = len(shifts) - len(kept)
    return [*parts, f"{rest} smaller move{'' if rest == 1 else 's'}"] if rest else parts
