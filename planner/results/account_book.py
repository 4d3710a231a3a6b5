"""An account of the balance sheet over the periods of one history, and what accounts are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from models.calendar import Calendar
from models.case import Case
from models.tables.fleet_rows import Offer
from planner.results.ledger_places import Amounts, cash_lines

Records = Mapping[str, Sequence[Mapping[str, Any]]]
MUSD = 1e-6


@dataclass
class Account:
    """What is carried of one item, USD million by period: closing = opening + paid + received − charged − removed.

    `received` comes from another account, such as what was paid ahead of units that arrive; `charged` is the cost of
    the period; `removed` is carried no more, as it is sold, has failed, or has ended. `cost` is what was paid for what
    is held at the end of each period, blank for what does not lose value by time.
    """

    kind: str
    item: str
    vintage: str
    count: int
    opening: float = 0.0
    paid: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    charged: list[float] = field(default_factory=list)
    removed: list[float] = field(default_factory=list)
    cost: list[float] | None = None
    unit_value: list[float] = field(default_factory=list)
    """Of accelerators, USD million that a unit is carried at when a period begins."""

    def __post_init__(self) -> None:
        for name in ("paid", "received", "charged", "removed"):
            if not getattr(self, name):
                setattr(self, name, [0.0] * self.count)

    def closing(self) -> list[float]:
        """Returns what is carried at the end of each period."""
        found, before = [], self.opening
        for t in range(self.count):
            before += self.paid[t] + self.received[t] - self.charged[t] - self.removed[t]
            found.append(before)
        return found


def straight_line(periods: float, life: float) -> float:
    """Returns the share of a cost that is left after so many periods of a life; nothing after it.

    >>> straight_line(0, 4), straight_line(1, 4), straight_line(5, 4)
    (1.0, 0.75, 0.0)
    """
    return max(0.0, 1.0 - max(0.0, periods) / life)


@dataclass(frozen=True, eq=False)
class History:
    """A case and the result tables of one history, by period."""

    case: Case
    tables: Records
    cash: Amounts

    @cached_property
    def calendar(self) -> Calendar:
        """The optimised periods."""
        return self.case.settings.calendar

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Their labels."""
        return self.calendar.labels

    @property
    def count(self) -> int:
        """How many periods there are."""
        return self.calendar.count

    def at(self, label: str) -> int:
        """Returns the period of a label; it may lie outside the plan."""
        return self.calendar.period_at(label)

    def account(self, kind: str, item: str, vintage: str = "", opening: float = 0.0) -> Account:
        """Returns an account in which nothing has happened."""
        return Account(kind, item, vintage, self.count, opening)

    def paid(self, category: str, *whats: str, item: str) -> list[float]:
        """Returns what is paid of some lines of an item, by period."""
        own = [self.cash.get((category, what, item), []) for what in whats]
        return [sum(amounts[t] for amounts in own if amounts) for t in range(self.count)]

    def offers(self, kind: str) -> list[Offer]:
        """Returns the offers to buy, or to lease."""
        return [offer for offer in self.case.offers if offer.kind == kind]


def history_of(case: Case, tables: Records) -> History:
    """Returns a history with its cash by line."""
    return History(case, tables, cash_lines(tables["costs"], case.settings.calendar.labels))


@dataclass(frozen=True)
class ModuleOrder:
    """Modules of an expansion that were ordered together, in periods; `works` is None where they never do."""

    expansion: str
    ordered: int
    modules: float
    works: int | None


def modules_ordered(history: History) -> list[ModuleOrder]:
    """Returns the orders of modules; those of one expansion and period are one."""
    found: dict[tuple[str, int, int | None], float] = {}
    for row in history.tables["expansions"]:
        works = history.at(row["energised"]) if row["energised"] else None
        key = row["expansion"], history.at(row["period"]), works
        found[key] = found.get(key, 0.0) + row["modules"]
    return [ModuleOrder(name, ordered, modules, works) for (name, ordered, works), modules in found.items()]
