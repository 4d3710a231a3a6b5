"""The decision list: the rows of the table of decisions, with links to the cells that hold the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.documents.number_text import money
from planner.documents.xlsx.cell_style import TENTHS, WHOLE, CellKind, Numbers
from planner.documents.xlsx.time_sheet import TimeRow
from planner.export.workbook.plan_book import SUMMARY, PlanBook
from planner.results.milestones import REFUNDED

_SAME = 1e-9


@dataclass(frozen=True)
class ListedAmount:
    """A number of the list: its formula and value, or no formula where it is the plan's own."""

    value: float
    formula: str = ""
    numbers: Numbers = WHOLE

    @property
    def kind(self) -> CellKind:
        """How it is coloured."""
        return CellKind.LINK if self.formula else CellKind.PLAN


@dataclass(frozen=True)
class ListedDecision:
    """One row of the list."""

    when: str
    act: str
    item: str
    quantity: ListedAmount | None
    unit: str
    musd: ListedAmount | None
    then: str


def decisions(book: PlanBook) -> list[ListedDecision]:
    """Returns what is decided before the end of the reported periods, in the order of time."""
    reach = book.facts.reported
    return [_decision(book, row) for row in book.facts.records("decisions") if book.facts.period(row["when"]) < reach]


def _decision(book: PlanBook, row: Mapping[str, Any]) -> ListedDecision:
    periods = row["periods"].split(";")
    parts = [label.removeprefix(periods[0][:4]).lstrip("-") for label in periods[-1:]]
    when = periods[0] if len(periods) == 1 else f"{periods[0]}–{parts[0]}"
    then = ", ".join(word for word in (row["effect"], *_back(book, row), *_made(row)) if word)
    item = " ".join(word for word in (row["item"], row["how"]) if word)
    numbers = TENTHS if row["unit"] == "MW" else WHOLE
    quantity = _amount(row["units"], _quantity(book, row), numbers)
    return ListedDecision(
        when,
        row["verb"].capitalize(),
        item,
        quantity,
        row["unit"],
        _amount(row["musd"], _cost(book, row), book.money),
        then,
    )


def _made(row: Mapping[str, Any]) -> tuple[str, ...]:
    return ("committed",) if row["committed"] == "yes" else ()


def _back(book: PlanBook, row: Mapping[str, Any]) -> list[str]:
    """Returns what comes back of a deal that fails."""
    rows = book.facts.records("milestones") if row["verb"] == "buy" else []
    return [
        f"{REFUNDED} {money(-found['musd'])}"
        for found in rows
        if (found["item"], found["what"]) == (row["item"], REFUNDED)
    ]


def _amount(value: float | None, linked: tuple[str, float] | None, numbers: Numbers) -> ListedAmount | None:
    """Returns the plan's number, with the formula of a cell that holds the same one."""
    if value is None:
        return None
    is_same = linked is not None and math.isclose(linked[1], value, rel_tol=_SAME, abs_tol=_SAME)
    return ListedAmount(value, linked[0] if linked is not None and is_same else "", numbers)


def _quantity(book: PlanBook, row: Mapping[str, Any]) -> tuple[str, float] | None:
    keys = {"order": "units", "lease": "units", "build": "expansion mw"}
    return _summed(book, (keys.get(row["verb"], ""), row["item"]), row)


def _cost(book: PlanBook, row: Mapping[str, Any]) -> tuple[str, float] | None:
    if row["verb"] in {"sign", "buy"}:
        cell = book.cells["price", row["item"]]
        return cell.on(SUMMARY), cell.value
    if row["verb"] == "start":
        name = f"{row['item']}/{row['how'].removeprefix('by ')}"
        lines = [book.lines.get(("cost", "tape_out", f"{what} {name}")) for what in ("design", "masks")]
        there = [line for line in lines if line is not None]
        return "+".join(line.constant(SUMMARY) for line in there), sum(line.total for line in there)
    keys = {"order": "contract_musd", "lease": "contract_musd", "build": "expansion cost"}
    return _summed(book, (keys.get(row["verb"], ""), row["item"]), row)


def _summed(book: PlanBook, key: tuple[str, str], row: Mapping[str, Any]) -> tuple[str, float] | None:
    """Returns the formula of a line over the periods of a decision, and its value."""
    line: TimeRow | None = book.lines.get(key)
    first, last = (book.facts.period(row["periods"].split(";")[at]) for at in (0, -1))
    if line is None or first < 0:
        return None
    span = line.span(SUMMARY, first, last)
    formula = span.partition(":")[0] if first == last else f"SUM({span})"
    return formula, sum(line.values[first : last + 1])
