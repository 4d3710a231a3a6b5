"""What a reader should know of a plan before trusting its totals: what it owes later, and what rests on resale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from models.calendar import parse_span
from models.case import Case
from planner.documents.number_text import money, percent
from planner.results.table import Cell, Table

_MOST = 3
MUCH = 0.1
"""A plan that owes more than this share of its cash after its end is warned of where nothing looks further."""


def remarks(case: Case, tables: Mapping[str, Table]) -> list[str]:
    """Returns sentences about a plan, of the reported periods; none where there is nothing to know."""
    return [*_owed(case, tables), *_resale(case, tables)]


def _owed(case: Case, tables: Mapping[str, Table]) -> Iterator[str]:
    """Yields how much is owed after the end, and how to look further where nothing does."""
    figures = {str(row["name"]): row for row in tables["key_figures"].records()}
    share, last = figures["owed_share_of_cash"]["value"], str(figures["owed_share_of_cash"]["of"])
    if not last or case.settings.lookahead_periods or (isinstance(share, float) and share <= MUCH):
        return
    whole = money(_number(figures["owed_after_end"]["value"]))
    part = f"{percent(share)} % of its cash" if isinstance(share, float) else "with no cash spent"
    settings, calendar = case.settings, case.settings.calendar
    periods = min(calendar.period_at(last) + 1 - settings.periods, settings.periods)
    counted = (
        "" if getattr(settings, "count_owed", "") == "count" else ', or count_owed = "count" to weigh what is owed'
    )
    yield (
        f"{whole} USD million are owed after the end, until {last}: {part}. Nothing looks beyond the end: set "
        f"lookahead_periods = {periods} in plan.toml to optimise further{counted}."
    )


def _resale(case: Case, tables: Mapping[str, Table]) -> Iterator[str]:
    """Yields which budgets hold only because machines are sold, gross and net."""
    settings = case.settings
    end = settings.calendar.start_month + settings.periods * settings.calendar.months
    rows = [row for row in tables["budgets"].records() if row["needs_resale"] == "yes"]
    rows = [row for row in rows if parse_span(str(row["span"]))[0] < end]
    rows.sort(key=lambda row: parse_span(str(row["span"])))
    yield from (resale_sentence(row) for row in rows[:_MOST])
    if len(rows) > _MOST:
        yield f"{len(rows) - _MOST} more budgets hold only because of resale; the list of decisions names them."


def resale_sentence(row: Mapping[str, Cell]) -> str:
    """Returns that a budget holds only because of resale, gross and net.

    >>> row = {"budget": "all", "span": "2031", "gross_musd": 120.0, "resale_musd": -30.0, "spent_musd": 90.0}
    >>> resale_sentence({**row, "available_musd": 100.0})
    'Budget all in 2031 holds only because of resale income of 30.0 USD million: 120 gross, 90.0 net, 100 available.'
    """
    gross, net, there = (money(_number(row[name])) for name in ("gross_musd", "spent_musd", "available_musd"))
    resale = money(-_number(row["resale_musd"]))
    return (
        f"Budget {row['budget']} in {row['span']} holds only because of resale income of {resale} USD million: "
        f"{gross} gross, {net} net, {there} available."
    )


def owed_lines(tables: Mapping[str, Table]) -> list[tuple[str, str, float]]:
    """Returns what is owed, from when until when in words, and USD million in all years, the largest first.

    On a branching tree each history has its own rows, which are listed with their scenarios.
    """
    found: dict[tuple[str, str], float] = {}
    for row in tables["owed"].records():
        span = str(row["from"]) if row["from"] == row["to"] else f"{row['from']} to {row['to']}"
        where = f" (scenarios {row['scenarios']})" if "scenarios" in row else ""
        found[f"{row['what']}{where}", span] = _number(row["whole_musd"])
    return [(what, span, musd) for (what, span), musd in found.items()]


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
