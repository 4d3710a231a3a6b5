"""The sheet that is read first: headline figures, the decisions with links to what they follow from, and charts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.documents.cell_text import SHARE, TENTHS, WHOLE, Shape
from planner.documents.content.plan_decisions import decision_list
from planner.documents.content.plan_headline import number, standing
from planner.documents.content.plan_remarks import owed_lines, remarks
from planner.documents.content.sheets.plan_charts import charts
from planner.documents.content.sheets.plan_lines import MUSD, SUMMARY, PlanLines
from planner.documents.content.sheets.series_by_period import Record
from planner.documents.formula_terms import Number, Term, added
from planner.documents.live_workbook import FirstSheet, SheetNumber
from planner.documents.number_text import money
from planner.results.milestones import REFUNDED

_HEADINGS = (
    ("When", 12.0), ("What to do", 11.0), ("What", 46.0), ("How much", 12.0), ("Unit", 15.0), (MUSD, 13.0),
    ("Then", 46.0),
)  # fmt: skip
_NOTHING = "Nothing is decided: the fleet and the orders that there are serve as they are."
_AMOUNTS = "Amounts are what a decision costs in all, after volume discounts; Cash shows when it is paid."
_FINE_SHARE, _CENTS = Shape(2, is_share=True), Shape(2)
_WHOLE_FROM = 1000.0
_SAME = 1e-9
_QUANTITIES = {"order": "units", "lease": "units", "build": "expansion mw"}
_COSTS = {"order": "contract_musd", "lease": "contract_musd", "build": "expansion cost"}

Row = tuple[str | SheetNumber | None, ...]


def first_sheet(plan: PlanLines) -> FirstSheet:
    """Returns the page that is read first."""
    loaded = plan.facts.loaded
    drawn, after = charts(plan)
    decisions = list(_decisions(plan))
    rows: list[Row | str] = [*decisions] or [_NOTHING]
    rows += [_AMOUNTS, *_served(plan), *_owed(plan)]
    return FirstSheet(
        SUMMARY,
        "Summary: what to do, when, for how much",
        standing(loaded.manifest).text,
        tuple(_figures(plan)),
        _HEADINGS,
        (*rows, *remarks(loaded.case, loaded.tables)),
        drawn,
        after,
    )


def _figures(plan: PlanLines) -> Iterator[tuple[str, SheetNumber, str]]:
    """Yields what is read first; what has nothing to divide is left out."""
    known = (
        ("Net present cost", plan.constants[("net present cost",)], MUSD, plan.money),
        ("Cash spent", plan.figure("cash_cost"), MUSD, plan.money),
        ("Owed after the end", plan.figure("owed_after_end"), MUSD, plan.money),
        ("Least served workload", plan.figure("least_share_served"), "of its demand", _FINE_SHARE),
        ("Cash for 1,000 queries", plan.figure("cost_per_thousand_queries"), "USD", _CENTS),
        ("Largest vendor's share", plan.figure("share_of_largest_vendor"), "of installed capability", SHARE),
        ("Highest power drawn", plan.figure("peak_mw"), "MW facility", TENTHS),
    )
    for label, row, unit, shape in known:
        if row is not None:
            yield label, SheetNumber(row, shape), unit


def _decisions(plan: PlanLines) -> Iterator[Row]:
    """Yields what is decided before the end of the reported periods, in the order of time."""
    listed = decision_list(plan.facts.loaded).records()
    for row, shown in zip(plan.facts.records("decisions"), listed, strict=True):
        if plan.facts.period(row["when"]) < plan.facts.reported:
            unit, verb = str(shown["unit"] or ""), str(shown["verb"])
            committed = ("committed",) if shown["committed"] == "yes" else ()
            then = ", ".join(word for word in (str(shown["effect"] or ""), *_refunds(plan, row), *committed) if word)
            item = " ".join(word for word in (str(shown["item"]), str(shown["how"] or "")) if word)
            quantity = _figure(row["units"], _quantity(plan, row), TENTHS if unit == "MW" else WHOLE)
            cost = _figure(row["musd"], _cost(plan, row), plan.money)
            yield str(shown["when"]), verb.capitalize(), item, quantity, unit, cost, then


def _refunds(plan: PlanLines, row: Record) -> Iterator[str]:
    """Yields what comes back of a deal that fails."""
    for found in plan.facts.records("milestones") if row["verb"] == "buy" else ():
        if (found["item"], found["what"]) == (row["item"], REFUNDED):
            yield f"{REFUNDED} {money(-found['musd'])}"


def _figure(value: float | None, term: Term | None, shape: Shape) -> SheetNumber | None:
    """Returns the plan's number, as a link where a row of another sheet has the same one."""
    if value is None:
        return None
    is_same = term is not None and math.isclose(term.number(), value, rel_tol=_SAME, abs_tol=_SAME)
    return SheetNumber(term if term is not None and is_same else Number(value), shape)


def _quantity(plan: PlanLines, row: Record) -> Term | None:
    return _summed(plan, _QUANTITIES.get(row["verb"], ""), row)


def _cost(plan: PlanLines, row: Record) -> Term | None:
    if row["verb"] in {"sign", "buy"}:
        return plan.constants["price", row["item"]]
    if row["verb"] == "start":
        name = f"{row['item']}/{row['how'].removeprefix('by ')}"
        lines = (plan.items.get(("cost", "tape_out", f"{what} {name}")) for what in ("design", "masks"))
        return added(*(line.whole for line in lines if line is not None))
    return _summed(plan, _COSTS.get(row["verb"], ""), row)


def _summed(plan: PlanLines, kind: str, row: Record) -> Term | None:
    """Returns a row of another sheet over the periods of a decision."""
    line = plan.items.get((kind, row["item"]))
    periods = row["periods"].split(";")
    first, last = plan.facts.period(periods[0]), plan.facts.period(periods[-1])
    return None if line is None or first < 0 else line.summed(first, last)


def _served(plan: PlanLines) -> Iterator[Row]:
    """Yields how each workload is served in the reported periods, least served first; never a sum over workloads."""
    for row in plan.facts.records("service_by_workload"):
        share, unit = row["share_served"], f" (one is a {row['unit']})" if row["unit"] else ""
        then = f"{_million(row['served_million'])} of {_million(row['demand_million'])} million{unit}"
        if row["worst_period"]:
            then += f"; least {100 * row['worst_share']:.4g} %, in {row['worst_period']}"
        amount = None if share is None else SheetNumber(Number(share), _FINE_SHARE)
        unit = "no demand" if share is None else "of its demand"
        yield str(row["worst_period"] or ""), "Serve", str(row["workload"]), amount, unit, None, then


def _million(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM else f"{value:.4g}"


def _owed(plan: PlanLines) -> Iterator[Row]:
    """Yields what is committed at the end of the reported periods and due after it, in all years."""
    for what, when, musd in owed_lines(plan.facts.loaded.tables):
        yield when, "Owed", what, None, "after the end", SheetNumber(Number(number(musd)), plan.money), ""
