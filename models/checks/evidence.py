"""What the checks look at: the case, what follows from it, and the result tables by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from models.case import Case
from models.checks import dates
from models.checks.case_facts import CaseFacts
from models.checks.plan_check import Amounts, Figure, PlanCheck
from models.checks.tables import Read
from models.checks.time import CheckCalendar, Interval

Lines = dict[tuple[str, str, int], float]
"""Cost lines of one category: what, item and period to USD million; the period after the last is `end`."""


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
    """A row of `expansions`, in periods; `energised` is None when the modules never work."""

    expansion: str
    site: str
    period: int
    modules: float
    energised: int | None


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
    """What a row of `service` says beside its rates."""

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
    """By requirement, item and span or period: what the tables of bounds say that the next small amount saves."""
    binding: tuple[dict[str, Any], ...]
    owed: dict[tuple[str, str, int], Owing]
    told: tuple[dict[str, Any], ...]
    """Rows of `decisions`."""
    passed: tuple[dict[str, Any], ...]
    """Rows of `milestones`."""
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


def evidence_of(
    case: Case,
    calendar: CheckCalendar,
    facts: CaseFacts,
    rows: Read,
    objective: float | None,
    touched: Mapping[str, int],
    checks: Iterable[PlanCheck],
    *,
    is_priced: bool,
) -> Evidence:
    """Returns the tables of a plan by their keys; cost lines and amounts are still to be worked out."""
    starts = tuple(Start(**row) for row in rows["tape_outs"])
    closings = tuple(Closing(**row) for row in rows["acquisitions"])
    signings = tuple(Signing(**row) for row in rows["agreements"])
    prices = _prices(rows, checks)
    return Evidence(
        case=case,
        calendar=calendar,
        facts=facts,
        objective=objective,
        is_priced=is_priced,
        touched=touched,
        orders={(row.pop("offer"), row.pop("period")): Order(**row) for row in rows["orders"]},
        arrivals=_by(rows["arrivals"], "offer site period", "units"),
        owned=_holdings(rows, "owned"),
        leased=_holdings(rows, "leased"),
        sales={
            (row.pop("accelerator"), row.pop("site"), row.pop("vintage"), row.pop("period")): SaleRow(**row)
            for row in rows["sales"]
        },
        active=_by(rows["active"], "accelerator site period", "units"),
        assignments=_by(rows["assignments"], "accelerator site workload period", "qps"),
        service=_by(rows["service"], "workload period", "demand_qps served_qps unserved_qps"),
        amounts=_amounts(rows),
        by_workload=tuple(rows["service_by_workload"]),
        power=_bounds(rows, "power", "site period available_mw drawn_mw slack_mw"),
        starts=starts,
        closings=closings,
        signings=signings,
        builds=tuple(Build(**row) for row in rows["expansions"]),
        costs=_by(rows["costs"], "category line period", "musd discounted_musd"),
        kinds=_by(rows["costs"], "category line period", "kind"),
        budgets={(row.pop("budget"), row.pop("span")): Spending(**row) for row in rows["budgets"]},
        limits=_bounds(rows, "limits", "limit span supply used slack"),
        prices=prices,
        binding=tuple(rows["binding"]),
        owed={
            (row["line"], row["what"], int(row["year"])): Owing(row["from"], row["to"], row["musd"], row["whole_musd"])
            for row in rows["owed"]
        },
        told=tuple(rows["decisions"]),
        passed=tuple(rows["milestones"]),
        figures={row["name"]: row for row in rows["key_figures"]},
        periods={row["period"]: row for row in rows["period_figures"]},
        basis={row["table"]: row for row in rows["input_basis"]},
        open_orders=_open_orders(case, calendar),
        states=_states(facts, calendar, starts, closings, signings),
        rows=rows,
    )


def _by(rows: Iterable[dict[str, Any]], keys: str, columns: str) -> dict[Any, Any]:
    """Returns a column of a table, or several as a tuple, by the columns that tell its rows apart."""
    key, cells = itemgetter(*keys.split()), itemgetter(*columns.split())
    return {key(row): cells(row) for row in rows}


def _prices(rows: Read, checks: Iterable[PlanCheck]) -> dict[tuple[str, str, Any], float | None]:
    """Takes the prices out of the tables of bounds, which are told apart by an item and a time, or by a time alone."""
    found: dict[tuple[str, str, Any], float | None] = {}
    for check in checks:
        if check.prices:
            *items, when = check.keys
            for row in rows[check.table]:
                found[check.prices, row[items[0]] if items else "", row[when]] = row.pop("price")
    return found


def _amounts(rows: Read) -> dict[tuple[str, int], Served]:
    return {
        (row["workload"], row["period"]): Served(
            row["share_served"], row["demand_million"], row["served_million"], row["unserved_million"]
        )
        for row in rows["service"]
    }


def _bounds(rows: Read, table: str, columns: str) -> dict[tuple[str, Any], Bound]:
    name, when, *cells = columns.split()
    return {(row[name], row[when]): Bound(*(row[cell] for cell in cells)) for row in rows[table]}


def _holdings(rows: Read, holding: str) -> dict[tuple[str, str, str], dict[int, float]]:
    found: dict[tuple[str, str, str], dict[int, float]] = {}
    for row in rows["fleet"]:
        if row["holding"] == holding:
            stock = found.setdefault((row["accelerator"], row["site"], row["vintage"]), {})
            stock[row["period"]] = stock.get(row["period"], 0.0) + row["units"]
    return found


def _open_orders(case: Case, calendar: CheckCalendar) -> dict[tuple[str, str, int], float]:
    found: dict[tuple[str, str, int], float] = {}
    for row in case.open_orders:
        key = (row.offer, row.site, calendar.holding(row.due))
        found[key] = found.get(key, 0.0) + row.units
    return found


def _states(
    facts: CaseFacts,
    calendar: CheckCalendar,
    starts: tuple[Start, ...],
    closings: tuple[Closing, ...],
    signings: tuple[Signing, ...],
) -> States:
    """Recomputes every date from the period of the decision; the dates of the tables are compared elsewhere."""
    ready: dict[str, int] = {}
    owned: dict[str, int] = {}
    live: dict[str, tuple[int, int]] = {}
    taken: dict[str, int] = {}
    for start in starts:
        taken[start.programme] = min(start.start, taken.get(start.programme, start.start))
        since = dates.ready(facts, calendar, start.programme, start.route, start.start)
        if since is not None:
            ready[start.programme] = min(since, ready.get(start.programme, since))
    for closing in closings:
        taken[closing.acquisition] = min(closing.signed, taken.get(closing.acquisition, closing.signed))
        since = dates.owned(facts, calendar, closing.acquisition, closing.signed)
        if since is not None:
            owned[closing.acquisition] = min(since, owned.get(closing.acquisition, since))
    for signing in signings:
        agreement = facts.agreements[signing.agreement]
        if signing.agreement not in taken or signing.signed < taken[signing.agreement]:
            taken[signing.agreement] = signing.signed
            first = signing.signed + calendar.lag(agreement.lag_months)
            live[signing.agreement] = (first, first + calendar.term(agreement.term_months))
    return States(ready, owned, live, taken)
