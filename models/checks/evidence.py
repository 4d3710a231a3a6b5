"""What the checks look at: the case, what follows from it, and the result tables by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.case import Case
from models.checks.case_facts import CaseFacts
from models.checks.tables import Read
from models.checks.time import CheckCalendar, Interval

USD_PER_MUSD = 1e6
Lines = dict[tuple[str, str, int], float]
"""Cost lines of one category: what, item and period to USD million; the period after the last is `end`."""
Figure = tuple[float | None, str, str, str, float]
"""Value, unit, which periods it is of, what it is of, and the size of what was added up."""
Place = tuple[str, str, str]
"""Requirement, item, and span or period."""


@dataclass(frozen=True)
class UsedAmount:
    """An amount that bounds a plan: how much is used and available, in its unit; `when` is its span or period.

    `kind` is what such an amount is called, `what` this one. Where what is left carries over to later spans,
    `least_left` is the least that is left in any of them. `size` is that of the amounts that are compared, where they
    are larger. The price of one that is `only_in_binding` stands in no table but `binding`.
    """

    used: float
    available: float
    unit: str
    when: Any
    kind: str
    what: str
    reported: bool = True
    least_left: float | None = None
    carries_over: bool = False
    size: float = 0.0
    only_in_binding: bool = False

    @property
    def left(self) -> float:
        """What is available beyond what is used, at no cost."""
        return self.available - self.used if self.least_left is None else self.least_left


Amounts = dict[Place, UsedAmount]


@dataclass(frozen=True)
class Order:
    """A row of `orders`; `lots` and `ends` are None where the cell is blank."""

    lots: float | None
    units: float
    unit_price_usd: float
    invoice_musd: float
    contract_musd: float
    due: int
    arrives: str
    arriving_units: float
    cancelled_units: float
    ends: int | None
    accelerator: str
    vendor: str
    kind: str
    committed: str


@dataclass(frozen=True)
class Start:
    """A row of `tape_outs`, in periods; `ready` is None when it never is."""

    programme: str
    route: str
    start: int
    tape_out: int
    ready: int | None


@dataclass(frozen=True)
class Closing:
    """A row of `acquisitions`, in periods; dates that never come are None."""

    acquisition: str
    signed: int
    closed: int | None
    owned: int | None
    price_musd: float


@dataclass(frozen=True)
class Signing:
    """A row of `agreements`, in periods; `live_to` is the last live one."""

    agreement: str
    signed: int
    live_from: int
    live_to: int


@dataclass(frozen=True)
class Build:
    """A row of `expansions`, in periods; `energised` is None when the modules never work, `ends` where nothing ends."""

    expansion: str
    site: str
    period: int
    modules: float
    energised: int | None
    ends: int | None


@dataclass(frozen=True)
class SaleRow:
    """A row of `sales`."""

    units: float
    age_years: float
    unit_value_usd: float
    musd: float
    end_of_life: str
    reported: str


@dataclass(frozen=True)
class Owing:
    """A row of `owed`; the labels as text."""

    first: str
    last: str
    musd: float
    whole_musd: float


@dataclass(frozen=True)
class Bound:
    """A row of `limits` or `power`: what there is, what is taken, what is left; None where blank."""

    most: float | None
    taken: float | None
    slack: float | None


@dataclass(frozen=True)
class Spending:
    """A row of `budgets`; None where blank."""

    amount_musd: float | None
    carried_musd: float
    available_musd: float | None
    gross_musd: float
    resale_musd: float
    spent_musd: float
    slack_musd: float | None
    share_used: float | None
    needs_resale: str


@dataclass(frozen=True)
class Served:
    """The amounts and the share of a row of `service`, beside its rates."""

    share: float | None
    demand: float
    served: float
    unserved: float


@dataclass(frozen=True)
class Vintage:
    """Units that arrived together: `first` period of service, `gone` the first after it, age when `first` began.

    `opening` units stood there before the plan; `arrived` ones came in period `first`.
    """

    first: int
    gone: int
    age: int
    opening: float
    arrived: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The case and the plan, ready to be compared. `touched` offers may arrive late from that period on."""

    case: Case
    calendar: CheckCalendar
    facts: CaseFacts
    objective: float | None
    is_priced: bool
    """Prices were asked for: a blank one is not known, and not left out."""
    touched: Mapping[str, int]
    orders: dict[tuple[str, int], Order]
    arrivals: dict[tuple[str, str, int], float]
    owned: dict[tuple[str, str, str], dict[int, float]]
    leased: dict[tuple[str, str, str], dict[int, float]]
    sales: dict[tuple[str, str, str, int], SaleRow]
    active: dict[tuple[str, str, int], float]
    assignments: dict[tuple[str, str, str, int], float]
    service: dict[tuple[str, int], tuple[float, float, float]]
    amounts: dict[tuple[str, int], Served]
    by_workload: tuple[dict[str, Any], ...]
    power: dict[tuple[str, int], Bound]
    starts: tuple[Start, ...]
    closings: tuple[Closing, ...]
    signings: tuple[Signing, ...]
    builds: tuple[Build, ...]
    costs: dict[tuple[str, str, int], tuple[float, float]]
    kinds: dict[tuple[str, str, int], str]
    budgets: dict[tuple[str, Interval], Spending]
    limits: dict[tuple[str, Interval], Bound]
    prices: dict[tuple[str, str, Any], float | None]
    """By requirement, item and span or period: the saving by the next small amount, from the tables of bounds."""
    binding: tuple[dict[str, Any], ...]
    owed: dict[tuple[str, str, int], Owing]
    decisions: tuple[dict[str, Any], ...]
    milestones: tuple[dict[str, Any], ...]
    figures: dict[str, dict[str, Any]]
    periods: dict[int, dict[str, Any]]
    basis: dict[str, dict[str, Any]]
    open_orders: dict[tuple[str, str, int], float]
    states: States
    rows: Read
    """Every table by its rows, as they were read, but for what stands by its keys above."""
    expected: dict[str, Lines] = field(default_factory=dict)
    bounding: Amounts = field(default_factory=dict)
    """What bounds a period."""
    further_figures: dict[str, Figure] = field(default_factory=dict)
    """The key figures that other requirements bring."""
    is_path: bool = False
    """It is a path of a plan over several scenarios, whose rows stand at nodes."""
    worked_out: dict[str, Any] = field(default_factory=dict)
    """What one requirement has worked out of this plan that others need too."""

    def is_reported(self, stretch: Interval) -> bool:
        """True where a stretch of months begins before the end of the reported periods."""
        return bool(stretch[0] < self.calendar.start + self.case.settings.periods * self.calendar.months)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the periods, and of the column after them."""
        return self.calendar.labels


@dataclass(frozen=True)
class States:
    """From when programmes are ready and companies owned, and when agreements are live (first, first after).

    What is never ready or owned is left out; `taken` has every move.
    """

    ready: dict[str, int]
    owned: dict[str, int]
    live: dict[str, tuple[int, int]]
    taken: dict[str, int]

    def is_open(self, gate: str, period: int) -> bool:
        """True when a programme is ready, a company owned or an agreement live in a period."""
        if gate in self.live:
            first, end = self.live[gate]
            return first <= period < end
        since = self.ready.get(gate, self.owned.get(gate))
        return since is not None and since <= period
