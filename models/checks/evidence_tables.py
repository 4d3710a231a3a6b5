"""Reads the result tables of a plan into the evidence of its check: every table by its keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from models.case import Case
from models.checks import dates
from models.checks.case_facts import CaseFacts
from models.checks.evidence import (
    Bound,
    Build,
    Closing,
    Evidence,
    Order,
    Owing,
    SaleRow,
    Served,
    Signing,
    Spending,
    Start,
    States,
)
from models.checks.plan_check import PlanCheck
from models.checks.tables import Read
from models.checks.time import CheckCalendar


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
        decisions=tuple(rows["decisions"]),
        milestones=tuple(rows["milestones"]),
        figures={row["name"]: row for row in rows["key_figures"]},
        periods={row["period"]: row for row in rows["period_figures"]},
        basis={row["table"]: row for row in rows["input_basis"]},
        open_orders=_open_orders(case, calendar, facts),
        states=_states(facts, calendar, starts, closings, signings),
        rows=rows,
    )


def _by(rows: Iterable[dict[str, Any]], keys: str, columns: str) -> dict[Any, Any]:
    """Returns a column of a table, or several as a tuple, by the columns that identify its rows."""
    key, cells = itemgetter(*keys.split()), itemgetter(*columns.split())
    return {key(row): cells(row) for row in rows}


def _prices(rows: Read, checks: Iterable[PlanCheck]) -> dict[tuple[str, str, Any], float | None]:
    """Takes the prices out of the tables of bounds, whose keys are an item and a time, or a time only."""
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


def _open_orders(case: Case, calendar: CheckCalendar, facts: CaseFacts) -> dict[tuple[str, str, int], float]:
    """What is delivered of orders before the plan."""
    found: dict[tuple[str, str, int], float] = {}
    for row in case.open_orders:
        due = calendar.holding(row.due)
        share = facts.delivered[row.offer][due] if 0 <= due < calendar.periods else 1.0
        key = (row.offer, row.site, due)
        found[key] = found.get(key, 0.0) + row.units * share
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
