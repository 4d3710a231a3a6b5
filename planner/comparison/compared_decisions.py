"""What runs decide otherwise: tape-outs, deals, agreements, expansions, and orders by offer and period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.calendar import LabelError, parse_label
from planner.comparison.common_periods import CommonPeriods, Record, lag, number, reported
from planner.comparison.compared_quantities import Amounts, amounts_by, quantity_change, quantity_text
from planner.comparison.comparison_items import (
    MUSD,
    ChangeKind,
    ComparedDecision,
    ComparedFigure,
    DecisionKind,
    Standing,
    is_close,
)
from planner.documents.number_text import counted, figure
from planner.results.decisions_table import powered, reached
from planner.results.loaded_run import LoadedRun

_SURE = 1 - 1e-9
NONE = "not taken"


@dataclass(frozen=True)
class _EventColumns:
    """How the events of one result table are read: what is decided, when, and what is compared of it.

    `when` is the date that "a year later" tells of, `compared` maps its words to further columns.
    """

    kind: DecisionKind
    table: str
    item: str
    starts: str
    when: tuple[str, str]
    compared: Mapping[str, str]
    text: Callable[[Record], str]


_EVENTS = (
    _EventColumns(
        DecisionKind.TAPE_OUT,
        "tape_outs",
        "programme",
        "start",
        ("tape-out", "tape_out"),
        {"by": "route", "start": "start", "ready": "ready"},
        lambda row: (
            f"by {row['route']}: start {row['start']}, tape-out {row['tape_out']}, "
            f"{reached('ready', str(row['ready'] or ''))}"
        ),
    ),
    _EventColumns(
        DecisionKind.ACQUISITION,
        "acquisitions",
        "acquisition",
        "signed",
        ("signed", "signed"),
        {"owned": "owned", "price": "price_musd"},
        lambda row: (
            f"signed {row['signed']} for {figure(number(row['price_musd']), MUSD)} {MUSD}, "
            f"{reached('owned', str(row['owned'] or ''))}"
        ),
    ),
    _EventColumns(
        DecisionKind.AGREEMENT,
        "agreements",
        "agreement",
        "signed",
        ("signed", "signed"),
        {"live from": "live_from", "live to": "live_to"},
        lambda row: f"signed {row['signed']}, live {row['live_from']} to {row['live_to']}",
    ),
)


def decisions(loaded_runs: Sequence[LoadedRun], grid: CommonPeriods) -> Iterator[ComparedDecision]:
    """Yields every decision that some run takes: strategic ones first, then orders by how much there is of them."""
    for events in _EVENTS:
        found = [_rows_by_item(loaded, events) for loaded in loaded_runs]
        for item in sorted({item for rows in found for item in rows}):
            yield _event(events, item, [rows.get(item, []) for rows in found], grid)
    yield from _amounts(loaded_runs, grid, "expansions", "expansion", "modules", lambda _: DecisionKind.EXPANSION)
    leases = _leases(loaded_runs)
    yield from _amounts(
        loaded_runs,
        grid,
        "orders",
        "offer",
        "units",
        lambda item: DecisionKind.LEASE if item in leases else DecisionKind.ORDER,
    )
    yield from _amounts(loaded_runs, grid, "sales", "accelerator", "units", lambda _: DecisionKind.SALE)


def _leases(loaded_runs: Sequence[LoadedRun]) -> set[str]:
    return {str(row["offer"]) for loaded in loaded_runs for row in loaded.records("orders") if row["kind"] == "lease"}


def orders(loaded_runs: Sequence[LoadedRun], grid: CommonPeriods) -> Iterator[ComparedFigure]:
    """Yields units ordered by offer, modules by expansion, and units sold, in each slot in which some run has any."""
    leases = _leases(loaded_runs)
    for table, column, unit in (
        ("expansions", "expansion", "modules"),
        ("orders", "offer", "units"),
        ("sales", "accelerator", "units"),
    ):
        found = [amounts_by(loaded, grid, table, column, unit) for loaded in loaded_runs]
        for item in _by_size(found):
            kinds = {"expansions": DecisionKind.EXPANSION, "sales": DecisionKind.SALE}
            kind = kinds.get(table, DecisionKind.LEASE if item in leases else DecisionKind.ORDER)
            slots = sorted({slot for runs in found for slot in runs.get(item, {})}, key=parse_label)
            for slot in slots:
                values = tuple(
                    runs.get(item, {}).get(slot, 0.0) if grid.covers(run, slot) else None
                    for run, runs in enumerate(found)
                )
                yield ComparedFigure((kind.value, item, slot), unit, values, standings_of(values, slot, grid))


def standings_of(values: Sequence[float | None], slot: str, grid: CommonPeriods) -> tuple[Standing, ...]:
    """Returns what can be said of quantities in a slot, which no gap speaks of."""
    found = []
    for run in range(1, len(values)):
        first, other = values[0], values[run]
        if first is None or other is None or not grid.shares(run, slot):
            found.append(Standing.APART)
        else:
            found.append(Standing.SAME if is_close(first, other) else Standing.DIFFERENT)
    return tuple(found)


def _by_size(found: Sequence[Mapping[str, Amounts]]) -> list[str]:
    sizes: dict[str, float] = {}
    for runs in found:
        for item, amounts in runs.items():
            sizes[item] = max(sizes.get(item, 0.0), sum(amounts.values()))
    return sorted(sizes, key=lambda item: (-sizes[item], item))


def _amounts(
    loaded_runs: Sequence[LoadedRun],
    grid: CommonPeriods,
    table: str,
    column: str,
    unit: str,
    kind: Callable[[str], DecisionKind],
) -> Iterator[ComparedDecision]:
    found = [amounts_by(loaded, grid, table, column, unit) for loaded in loaded_runs]
    for item in _by_size(found):
        amounts = [runs.get(item, {}) for runs in found]
        changes = [quantity_change(grid, run, amounts[0], amounts[run], unit) for run in range(1, len(loaded_runs))]
        texts = [quantity_text(entry, unit) or NONE for entry in amounts]
        if table == "expansions":
            lost = [_lost(loaded, item) for loaded in loaded_runs]
            texts = [f"{text}; {less}" if less else text for text, less in zip(texts, lost, strict=True)]
            changes = [
                _with_power(loaded_runs, run, item, changes[run - 1], grid) for run in range(1, len(loaded_runs))
            ]
        yield ComparedDecision(
            kind(item), item, tuple(texts), tuple(change for change, _ in changes), tuple(text for _, text in changes)
        )


def _lost(loaded: LoadedRun, expansion: str) -> str:
    """Returns how many modules never have power, in words; expected ones on several futures."""
    rows = reported(loaded, "expansions", "period")
    lost = sum(
        number(row["modules"]) * chance
        for row, chance in rows
        if row["expansion"] == expansion and not row["energised"]
    )
    return f"{counted(lost)} {reached('energised', '')}" if lost else ""


def _with_power(
    loaded_runs: Sequence[LoadedRun], run: int, expansion: str, told_as: tuple[ChangeKind, str], grid: CommonPeriods
) -> tuple[ChangeKind, str]:
    """Returns a change with what became of the power: of the same modules when it comes, of others what never does."""
    change, text = told_as
    if change is ChangeKind.SAME:
        on = [_powered(loaded_runs[side], run, expansion, grid) for side in (0, run)]
        return told_as if on[0] == on[1] else (ChangeKind.CHANGED, f"{on[1]}, not {on[0]}")
    first, other = _lost(loaded_runs[0], expansion), _lost(loaded_runs[run], expansion)
    if first == other or change in (ChangeKind.APART, ChangeKind.DROPPED):
        return told_as
    return change, f"{text}; {other or 'all energised'}{f', not {first}' * bool(first)}"


def _powered(loaded: LoadedRun, run: int, expansion: str, grid: CommonPeriods) -> str:
    rows = [row for row, _ in reported(loaded, "expansions") if row["expansion"] == expansion]
    shared = [row for row in rows if grid.shares(run, grid.slot(str(row["period"])))]
    return powered([grid.slot(str(row["energised"])) if row["energised"] else "" for row in shared])


def _rows_by_item(loaded: LoadedRun, events: _EventColumns) -> dict[str, list[tuple[Record, float]]]:
    found: dict[str, list[tuple[Record, float]]] = {}
    for row, probability in reported(loaded, events.table, events.starts):
        found.setdefault(str(row[events.item]), []).append((row, probability))
    return found


def _event(
    events: _EventColumns, item: str, found: Sequence[list[tuple[Record, float]]], grid: CommonPeriods
) -> ComparedDecision:
    changes = [_event_change(events, found[0], found[run], run, grid) for run in range(1, len(found))]
    return ComparedDecision(
        events.kind,
        item,
        tuple(_event_text(events, rows) for rows in found),
        tuple(change for change, _ in changes),
        tuple(text for _, text in changes),
    )


def _event_text(events: _EventColumns, rows: list[tuple[Record, float]]) -> str:
    chances: dict[str, float] = {}
    for row, probability in rows:
        text = events.text(row)
        chances[text] = chances.get(text, 0.0) + probability
    told_as = [text if chance >= _SURE else f"{text} ({100 * chance:.0f} %)" for text, chance in chances.items()]
    return "; ".join(told_as) or NONE


def _event_change(
    events: _EventColumns,
    first: list[tuple[Record, float]],
    other: list[tuple[Record, float]],
    run: int,
    grid: CommonPeriods,
) -> tuple[ChangeKind, str]:
    if not first and not other:
        return ChangeKind.SAME, ""
    if not first or not other:
        rows, absent = (other, 0) if other else (first, run)
        side = grid.sides[absent]
        if all(grid.is_outside(absent, str(row[events.starts])) for row, _ in rows):
            return ChangeKind.APART, f"outside the horizon of {side.letter} ({side.horizon})"
        change = ChangeKind.ADDED if other else ChangeKind.DROPPED
        return change, f"{change.value}: {_event_text(events, rows)}"
    if len(first) > 1 or len(other) > 1 or first[0][1] < _SURE or other[0][1] < _SURE:
        texts = _event_text(events, first), _event_text(events, other)
        same = texts[0] == texts[1]
        return (ChangeKind.SAME, "") if same else (ChangeKind.CHANGED, f"{texts[1]}, instead of {texts[0]}")
    return _moved(events, first[0][0], other[0][0], grid)


def _moved(events: _EventColumns, first: Record, other: Record, grid: CommonPeriods) -> tuple[ChangeKind, str]:
    """Returns how an event that both runs have has changed; dates that moved along are not repeated."""
    word, column = events.when
    parts = []
    change = ChangeKind.SAME
    before, after = grid.slot(str(first[column])), grid.slot(str(other[column]))
    if before != after:
        words = lag(before, after)
        change = ChangeKind.LATER if words.endswith("later") else ChangeKind.EARLIER
        parts.append(f"{word} {words} ({other[column]}, not {first[column]})")
    for name, further in events.compared.items():
        pair = _unlike(first[further], other[further], grid)
        along = before != after and _shift(first[further], other[further]) == _shift(before, after)
        if pair is not None and not along:
            parts.append(f"{reached(name, pair[1])}{f', not {pair[0]}' if pair[0] else ' instead of failing'}")
            change = ChangeKind.CHANGED if change is ChangeKind.SAME else change
    return change, "; ".join(parts)


def _shift(first: object, other: object) -> int | None:
    """Returns by how many months a label lies after another; None where either is no label."""
    try:
        return parse_label(str(other))[0] - parse_label(str(first))[0]
    except LabelError:
        return None


def _unlike(first: object, other: object, grid: CommonPeriods) -> tuple[str, str] | None:
    """Returns two cells as text where they differ: labels by their slot, amounts beyond rounding."""
    if isinstance(first, str) and isinstance(other, str):
        try:
            parse_label(first), parse_label(other)
        except LabelError:
            return None if first == other else (first, other)
        return None if grid.slot(first) == grid.slot(other) else (first, other)
    if isinstance(first, int | float) and isinstance(other, int | float) and not is_close(first, other):
        return f"{figure(first, MUSD)} {MUSD}", f"{figure(other, MUSD)}"
    return None
