"""How far a plan moved from the earlier one that it was to stay near, in a sentence or two and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.documents.blocks import Column, Form, Medium, Section, Sentence, TableBlock, TextBlock, rows_of
from planner.documents.number_text import gap_percent, money, percent
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

MUSD = "USD million"
TITLE = "How far the plan moved from the earlier one"
_READ = frozenset({Medium.TERMINAL, Medium.PAGE, Medium.MARKDOWN, Medium.SHEETS})
_MOST_FLIPS = 6
_ORDERS = (
    Column("offer", "Offer", width=24), Column("period", "Period", width=10),
    Column("units_before", "Units before", Form.QUANTITY), Column("units_now", "Units now", Form.QUANTITY),
    Column("before_musd", "Value before", Form.MUSD, MUSD), Column("now_musd", "Value now", Form.MUSD, MUSD),
    Column("moved_musd", "Moved", Form.MUSD, MUSD),
)  # fmt: skip
_DECISIONS = (
    Column("kind", "Kind", width=12), Column("item", "Decision", width=24),
    Column("before", "Before", width=14), Column("now", "Now", width=14), Column("flips", "Flips", width=8),
)  # fmt: skip
HOW = (
    "Planned order value is the mean of both plans: expected units at the list prices of the later case, discounted. "
    "What moves from one period or offer to another counts once. A strategic decision flips where one plan alone takes "
    "it, or in another period; modules count by their first one."
)

Row = Mapping[str, Cell]


def stability_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields how far the plan moved; nothing where it was not to stay near another one."""
    for head in loaded.records("stability"):
        flipped = [row for row in loaded.records("strategic_changes") if row["flips"] == "yes"]
        text = TextBlock((Sentence(asked_words(head)), Sentence(moved_words(head, flipped))))
        orders = loaded.records("order_changes")
        details = (
            TableBlock("order_changes", "Orders of both plans", HOW, _ORDERS, rows_of(orders, _ORDERS)),
            TableBlock("strategic_changes", "Strategic decisions of both plans", "", _DECISIONS,
                       rows_of(loaded.records("strategic_changes"), _DECISIONS)),
        )  # fmt: skip
        tables = tuple(block for block in details if block.rows)
        media = _READ if tables else _READ - {Medium.SHEETS}
        yield Section("stability", TITLE, (text,), "Stability", media, details=tables)


def asked_words(head: Row) -> str:
    """Returns what was asked for, and what nearness costs: `Nearest to run old of all plans within 0.5 % …`."""
    share, least = _number(head["share"]), _number(head["least_cost_musd"])
    span = f"{head['first']} to {head['last']}{_until(head)}"
    return (
        f"Of all plans within {gap_percent(share)} % of the least cost that was found ({money(least)} {MUSD}), this is "
        f"the nearest to run {head['run']} that was found; orders are compared in {span}."
    )


def moved_words(head: Row, flipped: Sequence[Row]) -> str:
    """Returns how much moved, and what flips: `29.4 % of the planned order value moved …`."""
    share, moved, planned = head["nervousness"], _number(head["moved_musd"]), _number(head["planned_musd"])
    first = (
        "Neither plan orders anything"
        if share is None
        else f"{percent(_number(share))} % of the planned order value moved ({money(moved)} of {money(planned)} {MUSD})"
    )
    count = len(flipped)
    if not count:
        return f"{first}; no strategic decision flips."
    flips = listed([flip_words(row) for row in flipped], most=_MOST_FLIPS)
    return f"{first}; {count} strategic decision{' flips' if count == 1 else 's flip'}: {flips}."


def flip_words(row: Row) -> str:
    """Returns a strategic decision that flips: `agreement supply (2025, not 2024)`."""
    was, now = row["before"], row["now"]
    name = f"{str(row['kind']).replace('_', '-')} {row['item']}"
    if not now:
        return f"{name} (dropped, was {was})"
    return f"{name} ({now}, {f'not {was}' if was else 'added'})"


def _until(head: Row) -> str:
    """Says where strategic decisions are compared only until futures are distinguished."""
    if head["decided_to"] == head["last"]:
        return ""
    return f", strategic decisions up to {head['decided_to']}" if head["decided_to"] else ", no strategic decisions"


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


__all__ = ["HOW", "TITLE", "asked_words", "flip_words", "moved_words", "stability_sections"]
