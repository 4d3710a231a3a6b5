"""What to do in each stretch of a plan, and every decision, as the finished tables tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.calendar import parse_label, parse_span
from planner.documents.blocks import FOLLOWS, Column, Form, Sentence, TableBlock, TextBlock, Tone
from planner.documents.content.plan_headline import number
from planner.documents.content.plan_remarks import resale_sentence
from planner.documents.number_text import counted, money, percent
from planner.results.decisions_table import span_words
from planner.results.loaded_run import LoadedRun
from planner.results.milestones import IS_REACHED
from planner.results.table import Cell
from planner.results.totals import reporting_spans

NOTHING = "nothing to decide"
_MOST_FIRST = 7
_IN_FULL = 1 - 1e-6
_STEPS = (
    Column("when", "When", width=10),
    Column("what", "What to do", width=39, has_leads=True),
    Column("cash_musd", "Cash", Form.MUSD, "USD million"),
    Column("budgets", "Budgets spent", unit="USD million", width=34, spare=2),
    Column("served", "Demand served", width=26, spare=1),
    Column("mw", "Power", Form.AMOUNT, "MW"),
)
_LISTED = (
    Column("when", "When", width=12),
    Column("verb", "What", width=8),
    Column("item", "Item", width=24),
    Column("how", "How", width=24),
    Column("units", "Quantity", Form.QUANTITY),
    Column("unit", "Unit", width=8),
    Column("musd", "In all", Form.MUSD, "USD million"),
    Column("effect", "Then", width=30),
    Column("committed", "Committed", width=10),
)


def steps_table(loaded: LoadedRun) -> TableBlock:
    """Returns the reported periods as rows, by the year where there are many: what to do, cash, service, power."""
    figures = {row["span"]: row for row in loaded.rows("span_figures")}
    rows = tuple(
        (span, _doings(loaded, span, periods), figures[span]["cash_musd"], tuple(_budgets(loaded, span)),
         tuple(_served(loaded, span)), figures[span]["mw"])
        for span, periods in reporting_spans(loaded.case).items()
    )  # fmt: skip
    return TableBlock("steps", "What to do, and when", "", _STEPS, rows)


def first_to_do(loaded: LoadedRun) -> TextBlock:
    """Returns what is decided in the first stretch of the plan that decides anything."""
    for span, periods in reporting_spans(loaded.case).items():
        lines = list(_decided(loaded, span, periods))
        if lines:
            said = [Sentence(f"{span}: {line}") for line in lines[:_MOST_FIRST]]
            more = len(lines) - _MOST_FIRST
            said += [Sentence(f"and {more} more", Tone.FAINT)] if more > 0 else []
            return TextBlock(tuple(said), is_list=True)
    return TextBlock((Sentence(NOTHING),), is_list=True)


def decision_list(loaded: LoadedRun) -> TableBlock:
    """Returns every decision, as the table below the timeline."""
    rows = tuple(
        tuple(span_words(_periods(row)) if column.name == "when" else row[column.name] for column in _LISTED)
        for row in loaded.records("decisions")
    )
    note = "Amounts are after volume discounts, of a lease for its whole term; what is sold is negative."
    return TableBlock("decisions", "Every decision", note, _LISTED, rows)


def decision_text(row: Mapping[str, Any], within: str = "") -> str:
    """Returns a row of the table of decisions in words, with the periods inside the stretch `within`.

    >>> row = {"verb": "order", "units": 1200.0, "unit": "units", "item": "gpu", "how": "", "periods": "2027Q1;2027Q3"}
    >>> decision_text({**row, "musd": 36.0, "effect": "arrives 2028Q1", "committed": "no"}, "2027")
    'order 1,200 gpu in Q1, Q3 for 36.0 USD million, arrives 2028Q1'
    >>> loan = {"verb": "draw", "units": 100.0, "unit": "USD million", "item": "loan", "how": "level repayment"}
    >>> decision_text({**loan, "periods": "2027", "musd": 3.0, "effect": "repaid 2028", "committed": "no"}, "2027")
    'draw 100 USD million of loan, level repayment, for 3.00 of interest and fee, repaid 2028'
    """
    amount = "" if row["units"] is None else counted(round(row["units"], 2))
    amount += f" {row['unit']}" if amount and row["unit"] != "units" else ""
    how = f"{row['how']}," if "," in row["how"] else row["how"]
    item, paid = row["item"], _paid(row["musd"])
    if row["unit"] == "USD million":
        item, how, paid = f"of {item},", f"{how},", f"for {money(row['musd'])} of interest and fee"
    words = [row["verb"], amount, item, how, _times(row["periods"].split(";"), within), paid]
    head = " ".join(word for word in words if word).removesuffix(",")
    tail = f", {row['effect']}" if row["effect"] else ""
    return f"{head}{tail}{' (committed)' if row['committed'] == 'yes' else ''}"


def happened(row: Mapping[str, Any], within: str = "") -> str:
    """Returns a row of the table of milestones in words.

    >>> row = {"item": "gpu", "what": "reach the end of their life", "periods": "2028", "units": 10.0, "musd": -2.5}
    >>> happened(row, "2028"), happened({**row, "item": "chip", "what": "is ready", "units": None, "musd": None})
    ('10 gpu reach the end of their life and bring 2.50 USD million', 'chip is ready in 2028')
    """
    amount = "" if row["units"] is None else counted(round(row["units"], 2))
    verb = "and bring " if amount else "and brings " if row["what"] == IS_REACHED else ""
    brings = f"{verb}{money(-row['musd'])} USD million" if row["musd"] else ""
    words = [amount, row["item"], row["what"], brings, _times(row["periods"].split(";"), within)]
    return " ".join(word for word in words if word)


def _decided(loaded: LoadedRun, span: str, periods: Sequence[str]) -> Iterator[str]:
    return (decision_text(row, span) for row in loaded.records("decisions") if row["when"] in periods)


def _doings(loaded: LoadedRun, span: str, periods: Sequence[str]) -> tuple[str, ...]:
    passed = [happened(row, span) for row in loaded.records("milestones") if row["when"] in periods]
    follows = [*_resale_needed(loaded, periods), *passed]
    decisions = list(_decided(loaded, span, periods)) or [f"{FOLLOWS}{NOTHING}"]
    return (*decisions, *(f"{FOLLOWS}{line}" for line in follows))


def _resale_needed(loaded: LoadedRun, periods: Sequence[str]) -> Iterator[str]:
    """Yields the budgets whose spans end in the stretch and that hold only because of resale."""
    last, months = parse_label(periods[-1])
    first = parse_label(periods[0])[0]
    for row in loaded.records("budgets"):
        if row["needs_resale"] == "yes" and first < parse_span(str(row["span"]))[1] <= last + months:
            yield resale_sentence(row)


def _budgets(loaded: LoadedRun, span: str) -> Iterator[str]:
    for row in loaded.rows("span_budgets"):
        if row["span"] == span:
            name = str(row["budget"]) if row["covers"] == span else f"{row['budget']} {row['covers']}"
            spent, there = (money(number(row[column])) for column in ("spent_musd", "available_musd"))
            share = row["share_used"]
            yield f"{name} {spent} of {there}" + (f" ({percent(share, 0)} %)" if isinstance(share, float) else "")


def _served(loaded: LoadedRun, span: str) -> Iterator[str]:
    """Yields what is served of each workload that falls short, the least served first, and that the others do not."""
    shares = {
        str(row["workload"]): float(row["share_served"] or 0.0)
        for row in loaded.rows("span_service")
        if row["span"] == span
    }
    short = sorted((share, name) for name, share in shares.items() if share < _IN_FULL)
    yield from (f"{name} {percent(share)} %" for share, name in short)
    if len(short) < len(shares):
        yield "the others in full" if short else "all in full"


def _periods(row: Mapping[str, Cell]) -> list[str]:
    return str(row["periods"]).split(";")


def _paid(musd: float | None) -> str:
    return f"for {money(abs(musd))} USD million" if musd else ""


def _times(periods: Sequence[str], within: str) -> str:
    """Names periods inside a stretch; nothing where the stretch is one period."""
    named = [name for name in (period.removeprefix(within).lstrip("-") for period in periods) if name]
    if not named:
        return ""
    return f"in {', '.join(named)}" if len(named) <= 4 else f"in {named[0]} to {named[-1]}"
