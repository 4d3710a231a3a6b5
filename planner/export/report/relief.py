"""What binds the plan, and what a little relief would be worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.calendar import parse_span
from planner.export.dossier import Dossier
from planner.export.report.cells import Record, number, text
from planner.export.report.figure import Grid
from planner.show.numbers import counted, money, percent

_LEAST = 1e-12
_FULL = 1 - 1e-6


@dataclass(frozen=True)
class Binding:
    """A budget, limit or site that is used up: `price` is USD million of net present cost saved by one more unit."""

    kind: str
    name: str
    span: str
    used: float
    there: float
    unit: str
    price: float

    @property
    def per_cent(self) -> float:
        """What 1 % more of it saves, USD million, at this plan."""
        return self.price * self.there * 0.01

    @property
    def saving(self) -> str:
        """The price as people read it."""
        if self.price >= 0.01 or self.kind == "budget":
            return f"{money(self.price)} USD million"
        return f"{money(self.price * 1e6)} USD"


def bindings(dossier: Dossier) -> list[Binding]:
    """Returns what binds in the reported periods, the most valuable first."""
    found = [row for row in _rows(dossier) if row.price > _LEAST]
    return sorted(found, key=lambda row: -row.per_cent)


def full_ones(dossier: Dossier) -> list[Binding]:
    """Returns what is used up although a little more would be worth nothing while whole lots are held as they are."""
    return [row for row in _rows(dossier) if row.price <= _LEAST and row.there > 0 and row.used >= row.there * _FULL]


def relief_grid(rows: list[Binding]) -> Grid:
    """Returns what binds as a table."""
    body = tuple(
        (
            row.kind,
            row.name,
            row.span,
            counted(row.used),
            counted(row.there),
            row.unit,
            row.saving,
            money(row.per_cent),
        )
        for row in rows
    )
    header = ("what", "name", "when", "used", "there is", "unit", "one more unit saves", "1 % more saves, USD million")
    return Grid(header, body, frozenset({3, 4, 6, 7}))


def relief_sentence(row: Binding) -> str:
    """Returns what relief of one row is worth, in words."""
    one = {"budget": "One more USD million of", "limit": "One more unit of", "power": "One more MW at"}[row.kind]
    more = f"1 % more, {money(row.per_cent)} USD million"
    return f"{one} {row.name} in {row.span} saves {row.saving} of net present cost ({more})."


def full_sentence(row: Binding) -> str:
    """Returns how full a row is, in words."""
    return f"{row.kind} {row.name} in {row.span}: {percent(row.used / row.there)} % of {counted(row.there)} {row.unit}"


def _rows(dossier: Dossier) -> Iterator[Binding]:
    units = {row.limit: row.unit for row in dossier.case.limits}
    for row in dossier.records("budgets"):
        there = None if row["amount_musd"] is None else number(row["amount_musd"]) + number(row["carried_musd"])
        yield from _row(dossier, "budget", row, ("budget", "span", "spent_musd"), there, "USD million")
    for row in dossier.records("limits"):
        there = None if row["supply"] is None else number(row["supply"])
        yield from _row(dossier, "limit", row, ("limit", "span", "used"), there, units.get(text(row["limit"]), ""))
    for row in dossier.records("power"):
        there = None if row["available_mw"] is None else number(row["available_mw"])
        yield from _row(dossier, "power", row, ("site", "period", "drawn_mw"), there, "MW")


def _row(
    dossier: Dossier, kind: str, row: Record, columns: tuple[str, str, str], there: float | None, unit: str
) -> Iterator[Binding]:
    name, span, used = columns
    first, _ = parse_span(text(row[span]))
    calendar = dossier.calendar
    if there is not None and calendar.period_of_month(first) < len(dossier.periods):
        yield Binding(kind, text(row[name]), text(row[span]), number(row[used]), there, unit, number(row["price"]))
