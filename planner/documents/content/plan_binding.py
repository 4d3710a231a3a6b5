"""What binds: what more of it saves, as it was found by solving again, in words and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from planner.documents.blocks import Column, Form, Sentence, TableBlock, TableCell, TextBlock, Tone, rows_of
from planner.documents.number_text import counted, money, percent
from planner.results.table import Cell, Table

MOST = 3
NOTHING_BINDS = "No amount of the inputs binds: a little more of any saves nothing."
HELD = (
    "Found by solving again with lots, deals, tape-outs and modules held as they are: each amount by itself, what "
    "saves most first."
)
_MOST_OTHERS = 4
_LARGE = ("USD million", "MW")
"""Units of which one more is a large thing; that of a limit is whatever people have called it."""

_MOST_ROWS, _MOST_FULL = 12, 8
_COLUMNS = (
    Column("kind", "What", width=10),
    Column("item", "Name", width=24),
    Column("period", "When", width=12),
    Column("used", "Used", Form.QUANTITY),
    Column("available", "There is", Form.QUANTITY),
    Column("unit", "Unit", width=12),
    Column("share", "Share", Form.PERCENT, spare=3),
    Column("price", "Next one saves", width=20, spare=2),
    Column("worth_of_one_per_cent_musd", "1 % more saves", Form.AMOUNT, "USD million", has_bars=True),
    Column("worth_of_one_unit_musd", "One more saves", width=20),
    Column("holds_up_to", "Price holds for the next", Form.QUANTITY, spare=1),
    Column("note", "Note", width=34),
)

Record = Mapping[str, Cell]


def tightest(table: Table, most: int = MOST) -> list[str]:
    """Returns a sentence for each of the tightest amounts: one row for each budget, limit or site."""
    by_item: dict[tuple[str, str], list[Record]] = {}
    for row in table.records():
        by_item.setdefault((str(row["requirement"]), str(row["item"])), []).append(row)
    return [_with_others(rows) for rows in by_item.values()][:most]


def sentences(table: Table) -> tuple[TextBlock, ...]:
    """Returns what more of the tightest amounts saves, and how that was found."""
    rows = dear_rows(table)
    if not rows and not full_rows(table):
        return (TextBlock((Sentence(NOTHING_BINDS),)),)
    known = tightest(table) or [NOTHING_BINDS]
    return TextBlock((Sentence(HELD, Tone.FAINT),)), TextBlock(tuple(map(Sentence, known)), is_list=True)


def tables(table: Table) -> tuple[tuple[TableBlock, ...], tuple[TableBlock, ...], tuple[TextBlock, ...]]:
    """Returns the rows that save most, the rest of those that save something, and what is full for nothing."""
    dear, full = dear_rows(table), full_rows(table)
    note = (
        "A price is what the next small amount saves of net present cost; more and more of one thing saves less and "
        "less, so price times an amount is the most that it can save."
    )
    first = (_table("binding", "What binds, what saves most first", note, dear[:_MOST_ROWS]),) if dear else ()
    rest = dear[_MOST_ROWS:]
    more = (_table("binding_more", f"{len(rest)} more that bind", "", rest),) if rest else ()
    if not full:
        return first, more, ()
    words = "Nearly used up, yet more would save nothing while lots, deals, tape-outs and modules are held:"
    lines = [full_sentence(row) for row in full[:_MOST_FULL]]
    lines += [f"and {len(full) - _MOST_FULL} more"] if len(full) > _MOST_FULL else []
    said = TextBlock((Sentence(words),)), TextBlock(tuple(map(Sentence, lines)), is_list=True)
    return first, more, said


def every_row(table: Table) -> TableBlock:
    """Returns all of what binds or is nearly used up, with its prices as numbers."""
    numbers = {"price": "USD million a unit", "worth_of_one_unit_musd": "USD million"}
    columns = tuple(
        replace(column, form=Form.EXACT, unit=numbers[column.name]) if column.name in numbers else column
        for column in _COLUMNS
    )
    title = "What binds, and what more of it saves with lots, deals, tape-outs and modules held"
    return TableBlock("binding", title, "", columns, rows_of(list(table.records()), columns))


def _table(name: str, title: str, note: str, rows: list[Record]) -> TableBlock:
    return TableBlock(name, title, note, _COLUMNS, tuple(_row(row) for row in rows))


def _row(row: Record) -> tuple[TableCell, ...]:
    price, unit = (None if row[name] is None else each(row, name) for name in ("price", "worth_of_one_unit_musd"))
    return (
        kind_of(row), row["item"], row["period"], row["used"], row["available"], row["unit"], row["share"], price,
        row["worth_of_one_per_cent_musd"], unit, row["holds_up_to"], row["note"],
    )  # fmt: skip


def dear_rows(table: Table) -> list[Record]:
    """Returns the rows of what saves something, or may do so, if there is more of it."""
    return [row for row in table.records() if row["price"] != 0.0]


def full_rows(table: Table) -> list[Record]:
    """Returns the rows of what is nearly used up although more of it would save nothing."""
    return [row for row in table.records() if row["price"] == 0.0]


def kind_of(row: Record) -> str:
    """Returns what a row is an amount of: budget, limit or power."""
    return str(row["kind"])


def worth_sentence(row: Record) -> str:
    """Returns what more of an amount saves, and how far its price holds."""
    if row["price"] is None:
        return f"{_place(row)} is used up; what more of it saves is not known: {row['note']}."
    price = each(row, "price")
    if row["worth_of_one_per_cent_musd"] is None:
        return f"{_place(row)} is used up; a little more saves {price} {_per(row)}. {_capital(str(row['note']))}."
    per_cent = f"{money(_number(row, 'worth_of_one_per_cent_musd'))} USD million"
    found = f"1 % more {_of(row)} in {row['period']} saves {per_cent}"
    one = f"{_one_more(row)} {each(row, 'worth_of_one_unit_musd')}"
    if row["holds_up_to"] is None:
        return f"{found}, {one} ({row['note']})."
    upto = f"{money(_number(row, 'holds_up_to'))} {row['unit'] if row['unit'] in _LARGE else ''}".rstrip()
    if _number(row, "holds_up_to") < 1.0:
        return f"{found}, {one}: a price of {price} {_per(row)} holds for the next {upto} only."
    return f"{found}: {price} for each {_unit(row)} up to {upto} more."


def full_sentence(row: Record) -> str:
    """Returns how full an amount is of which more would save nothing."""
    amounts = f"{counted(_number(row, 'used'))} of {counted(_number(row, 'available'))} {row['unit']}".rstrip()
    share = "" if row["share"] is None else f"{percent(_number(row, 'share'))} % "
    return f"{_place(row)} is {share}used ({amounts}); {row['note']}."


def each(row: Record, column: str) -> str:
    """Returns money of one more unit as people read it: dollars where a unit is a small thing."""
    amount = _number(row, column)
    if row["unit"] in _LARGE or amount >= 1.0:
        return f"{money(amount)} USD million"
    return f"{money(amount * 1e6)} USD"


def _with_others(rows: list[Record]) -> str:
    best, *others = rows
    if best["price"] == 0.0:
        return full_sentence(best)
    spans = [str(row["period"]) for row in others if row["price"] != 0.0]
    if not spans:
        return worth_sentence(best)
    more = f" and {len(spans) - _MOST_OTHERS} more" if len(spans) > _MOST_OTHERS else ""
    return f"{worth_sentence(best)} Less so in {', '.join(spans[:_MOST_OTHERS])}{more}."


def _place(row: Record) -> str:
    return f"{_capital(str(row['what']))} in {row['period']}"


def _of(row: Record) -> str:
    """More of what has a name of its own, or simply more power."""
    is_named = row["what"] == f"{row['kind']} {row['item']}"
    return f"of {row['what']}" if is_named else str(row["what"])


def _unit(row: Record) -> str:
    """What people have called a unit of a limit is often a plural or a phrase, so it stays in brackets."""
    if row["unit"] in _LARGE:
        return str(row["unit"])
    return "unit" if row["unit"] in ("", "unit", "units") else f"unit ({row['unit']})"


def _one_more(row: Record) -> str:
    return f"one more {_unit(row)}"


def _per(row: Record) -> str:
    return f"a {_unit(row)}"


def _number(row: Record, column: str) -> float:
    cell = row[column]
    return float(cell) if isinstance(cell, int | float) else 0.0


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
