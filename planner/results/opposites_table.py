"""The result table of what the opposite of each strategic decision costs, and up to which price what is taken pays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.calendar import Calendar
from models.case import Case
from models.checks.opposite_checks import DECISION_VALUES, MADE, NO_OPPOSITE, NOT_SOLVED, NOT_TAKEN, PARTLY, TAKEN
from models.tables.fleet_rows import CASH_CATEGORIES
from planner.results.table import Cell, Table, table

NAME = "decision_values"
_TABLES = {
    "tape_out": ("tape_outs", "programme"),
    "deal": ("acquisitions", "acquisition"),
    "agreement": ("agreements", "agreement"),
    "expansion": ("expansions", "expansion"),
}
_LINES = {
    "tape_out": ("tape_out", ("design",)),
    "deal": ("acquisition", ("price", "refund")),
    "agreement": ("agreement", ("prepayment",)),
    "expansion": ("expansion", ("modules",)),
}
"""By kind of decision: the category of its price, and the cost lines that are proportional to it."""
_ALL = frozenset({""})
Records = Mapping[str, list[dict[str, Cell]]]


@dataclass(frozen=True)
class SolvedOpposite:
    """What is known of the plan with the opposite of a decision: its cost and its bound, USD million, or why not."""

    cost: float | None = None
    bound: float | None = None
    is_impossible: bool = False
    is_made: bool = False


def decision_values(
    case: Case,
    tables: Mapping[str, Table],
    solved: Mapping[str, SolvedOpposite],
    *,
    objective: float,
    bound: float | None,
    scenarios: tuple[str, ...] = (),
) -> Table:
    """Returns the table, a row for each decision in `solved`; money in USD million.

    What is taken pays up to the price at which the plan, all else as it is, costs as much as any plan with the opposite
    at least, and which its budgets still have room for. `scenarios` are those that the plan is made over, if any.
    """
    records = {name: list(made.records()) for name, made in tables.items()}
    rows: list[tuple[Cell, ...]] = []
    for name, own in solved.items():
        kind, _, item = name.partition(":")
        taken = taken_in(records, kind, item, frozenset(scenarios) or _ALL)
        low = None if own.bound is None else own.bound - objective
        high = None if own.cost is None or bound is None else own.cost - bound
        shares = (None if end is None or abs(objective) < 1e-9 else end / abs(objective) for end in (low, high))
        price, pays_to = None, None
        if taken == TAKEN:
            is_expected = case.settings.count_owed != "count" and (
                len(scenarios) < 2 or not case.settings.risk_aversion
            )
            price, pays_to = _worth(case, records, kind, item, low if is_expected else None)
        note = MADE if own.is_made else NO_OPPOSITE if own.is_impossible else NOT_SOLVED
        note = "" if own.cost is not None and own.bound is not None else note
        rows.append((kind, item, taken, low, high, *shares, price, pays_to, own.cost, own.bound, bound, note))
    return table(NAME, " ".join(DECISION_VALUES), rows)


def taken_in(records: Records, kind: str, item: str, scenarios: frozenset[str]) -> str:
    """Returns whether a decision is taken: in all scenarios, in some, or in none."""
    name, column = _TABLES[kind]
    found: set[str] = set()
    for row in records[name]:
        if row[column] == item and (kind != "expansion" or _number(row["modules"]) > 0):
            found |= _scenarios(row)
    return TAKEN if found >= scenarios else PARTLY if found else NOT_TAKEN


def _worth(
    case: Case, records: Records, kind: str, item: str, least: float | None
) -> tuple[float | None, float | None]:
    price, own = _price(case, records, kind, item), list(_payments(records, kind, item))
    paid = math.fsum(_number(row["discounted_musd"]) * _number(row.get("probability", 1.0)) for row in own)
    if price is None or price <= 0.0 or least is None or least <= 0.0 or paid <= 0.0:
        return price, None
    return price, price * min([1.0 + least / paid, *_room(case, records, _LINES[kind][0], own)])


def _price(case: Case, records: Records, kind: str, item: str) -> float | None:
    if kind == "tape_out":
        route = next(row["route"] for row in records["tape_outs"] if row["programme"] == item)
        return next((row.design_cost_musd for row in case.routes if (row.programme, row.route) == (item, route)), None)
    if kind == "deal":
        return next(row.price_musd for row in case.acquisitions if row.acquisition == item)
    if kind == "agreement":
        return next(row.prepayment_musd for row in case.agreements if row.agreement == item)
    return next(row.cost_musd_per_module for row in case.expansions if row.expansion == item)


def _payments(records: Records, kind: str, item: str) -> Iterator[dict[str, Cell]]:
    """The cost lines that are proportional to the price, with what of it is left at the end."""
    category, leads = _LINES[kind]
    for row in records["costs"]:
        lead, _, rest = str(row["line"]).partition(" ")
        if row["category"] in (category, "value_left") and lead in leads and rest.partition("/")[0] == item:
            yield row


def _room(case: Case, records: Records, category: str, own: list[dict[str, Cell]]) -> Iterator[float]:
    """By how much the price may be multiplied before a budget has no room, in any scenario."""
    calendar: Calendar = case.settings.calendar
    paid = [(calendar.period_at(str(row["period"])), row) for row in own if row["category"] == category]
    carrying = {(row.budget, row.span) for row in case.budgets if row.carry_over and row.amount_musd is not None}
    chains: dict[tuple[str, str], set[int]] = {}
    for row in records["budgets"]:
        name, span = str(row["budget"]), str(row["span"])
        named = next(one.categories for one in case.budgets if one.budget == name)
        for scenario in sorted(_scenarios(row)):
            chain = chains.get((name, scenario), set()) | set(calendar.span_periods(span))
            chains[name, scenario] = chain if (name, span) in carrying else set()
            if row["slack_musd"] is None or category not in (CASH_CATEGORIES if "all" in named else named):
                continue
            own_musd = math.fsum(
                _number(line["musd"]) for at, line in paid if at in chain and scenario in _scenarios(line)
            )
            if own_musd > 0.0:
                yield 1.0 + max(0.0, _number(row["slack_musd"])) / own_musd


def _scenarios(row: Mapping[str, Cell]) -> frozenset[str]:
    """The scenarios in which a row is true; one without a name where there are none."""
    return frozenset(str(row["scenarios"]).split(";")) if "scenarios" in row else _ALL


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
