"""What the opposite of each strategic decision costs, in a line for each and as a table: from the table of the run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from models.checks.opposite_checks import MADE, NO_OPPOSITE, NOT_SOLVED, NOT_TAKEN, PARTLY
from planner.documents.blocks import Column, Form, Medium, Section, Sentence, TableBlock, TextBlock, Tone, rows_of
from planner.documents.content.plan_headline import number
from planner.documents.number_text import money, musd_between
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.studies.point_summary import decisions_of
from planner.studies.significance import decision_in_short, kind_in_words

TITLE = "What each strategic decision is worth"
MOST_LINES = 12
_MUSD = "USD million"
_READ = frozenset({Medium.TERMINAL, Medium.PAGE, Medium.MARKDOWN, Medium.SUMMARY})
_TABLED = frozenset({Medium.SLIDES, Medium.SHEETS})
_CLEAR = 1.001
_COLUMNS = (
    Column("kind", "Kind", width=12),
    Column("item", "Decision", width=24),
    Column("decided", "In the plan", width=30, spare=1),
    Column("cost_low_musd", "The opposite costs at least", Form.MUSD_CHANGE, _MUSD),
    Column("cost_high_musd", "at most", Form.MUSD_CHANGE, _MUSD),
    Column("share_low", "of the cost, at least", Form.PERCENT_CHANGE, width=10, spare=2),
    Column("share_high", "at most", Form.PERCENT_CHANGE, width=10, spare=3),
    Column("price_musd", "Price", Form.AMOUNT, _MUSD, spare=4),
    Column("pays_to_musd", "Pays at least up to", Form.AMOUNT, _MUSD),
    Column("note", "Note", width=30),
)
_HOW = (
    "What is taken is barred, what is not taken is taken at its best time, and everything else is planned again; the "
    "gaps of both plans are in at least and at most. fleetplan explain narrows both, and shows where the costs come "
    "from."
)

Record = Mapping[str, Cell]


def worth_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields what each strategic decision is worth, also over scenarios; nothing where the plan was made without it."""
    lines = worth_lines(loaded)
    if lines:
        yield Section("decision-worth", TITLE, lines, "Worth", _READ, details=(worth_of_decisions(loaded),))


def worth_table_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the same as a table, for slides and sheets."""
    table = worth_of_decisions(loaded)
    if table.rows:
        yield Section("decision-worth-table", TITLE, (table,), "Worth", _TABLED)


def worth_lines(loaded: LoadedRun) -> tuple[TextBlock, ...]:
    """Returns a line for each strategic decision, what is taken first; none where the plan was made without them."""
    rows = [row for row in loaded.records("decision_values") if row["note"] != MADE]
    if not rows:
        return ()
    decided = decisions_of(loaded.case, loaded.tables)
    known = [row for row in rows if row["note"] != NOT_SOLVED or row["cost_low_musd"] is not None]
    ranked = sorted(known, key=lambda row: (row["taken"] == NOT_TAKEN, -_least(row)))
    lines = [Sentence(_line(row, decided)) for row in ranked[:MOST_LINES]]
    if len(ranked) > MOST_LINES:
        lines.append(Sentence(f"and {len(ranked) - MOST_LINES} more", Tone.FAINT))
    if left := [str(row["item"]) for row in rows if row not in known]:
        lines.append(
            Sentence(f"Not solved with the plan: {listed(left, most=9)}; fleetplan explain solves them.", Tone.FAINT)
        )
    return TextBlock((Sentence(_HOW, Tone.FAINT),)), TextBlock(tuple(lines), is_list=True)


def worth_of_decisions(loaded: LoadedRun) -> TableBlock:
    """Returns the table, a row for each strategic decision; without rows where the plan was made without them."""
    decided = decisions_of(loaded.case, loaded.tables)
    records = [dict(row) | {"decided": _decided(row, decided)} for row in loaded.records("decision_values")]
    return TableBlock("decision_values", TITLE, _HOW, _COLUMNS, rows_of(records, _COLUMNS))


def _name(row: Record) -> str:
    return f"{row['kind']}:{row['item']}"


def _decided(row: Record, decided: Mapping[str, Mapping[str, object]]) -> str:
    part = " in some scenarios" if row["taken"] == PARTLY else ""
    return f"{decision_in_short(decided[_name(row)])}{part}"


def _line(row: Record, decided: Mapping[str, Mapping[str, object]]) -> str:
    """One decision: `chip (tape-out, partner, 2026): without it +138 to +146 USD million (0.40 % to 0.42 %)`."""
    kind, item = kind_in_words(_name(row))
    side = "with it" if row["taken"] == NOT_TAKEN else "without it"
    lead = f"{item} ({kind}, {_decided(row, decided)}): "
    if row["note"] == NO_OPPOSITE:
        return f"{lead}there is no plan {side}."
    low, high = _known(row, "cost_low_musd"), _known(row, "cost_high_musd")
    between = musd_between((low, high), (_known(row, "share_low"), _known(row, "share_high")))
    is_open = low is not None and high is not None and low <= 0.0 <= high
    return f"{lead}{side} {between}{', open within the gaps' if is_open else ''}{_price(row)}."


def _known(row: Record, name: str) -> float | None:
    return None if row[name] is None else number(row[name])


def _least(row: Record) -> float:
    return math.inf if row["note"] == NO_OPPOSITE else number(row["cost_low_musd"])


def _price(row: Record) -> str:
    price, pays_to = number(row["price_musd"]), row["pays_to_musd"]
    if pays_to is None or number(pays_to) < _CLEAR * price:
        return ""
    return f"; pays at least up to a price of {money(number(pays_to))} {_MUSD} (it is {money(price)})"
