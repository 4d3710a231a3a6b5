"""The figures that a plan is told by first; every medium shows the same."""

from __future__ import annotations

from collections.abc import Mapping

from models.case import Case
from planner.documents.blocks import Tile
from planner.results.table import Cell, Table
from planner.show.numbers import counted, money, percent
from planner.show.remarks import owed_lines

_PARTS = {
    "discounted_capex": "capex",
    "discounted_opex": "opex",
    "discounted_revenue": "revenue",
    "discounted_penalty": "penalty for unserved demand",
    "discounted_value_left": "value left",
}
_NOTHING = 5e-10
_MOST_OWED = 3


def tiles(case: Case, tables: Mapping[str, Table]) -> list[Tile]:
    """Returns the figures of the headline: of the reported periods, but for what is discounted; 0/0 is left out."""
    figures = {str(row["name"]): row for row in tables["key_figures"].records()}
    reported = [str(row["period"]) for row in tables["period_figures"].records() if row["reported"] == "yes"]
    span = reported[0] if len(reported) == 1 else f"{reported[0]} to {reported[-1]}"
    settings = case.settings
    ahead = f", {settings.lookahead_periods} periods of lookahead counted" if settings.lookahead_periods else ""
    basis = f"USD million ({settings.discount_rate * 100:.4g} % a year, {settings.currency_basis}{ahead})"
    parts = _parts(figures)
    value = figures.get("net_present_value")
    found = [
        Tile("Net present cost", _money(figures, "net_present_cost"), f"{basis}{f': {parts}' if parts else ''}"),
        None
        if value is None
        else Tile("Net present value", _money(figures, "net_present_value"), f"{basis}: revenue, without penalties"),
        Tile(
            "Cash spent",
            _money(figures, "cash_cost"),
            f"USD million, {span}, after resale: capex {_money(figures, 'capex')}, opex {_money(figures, 'opex')}",
        ),
        _penalty(figures, span),
        _owed(figures, tables),
        _service(tables),
        _unit_cost(figures),
        Tile("Most power", counted(_rounded(figures["peak_mw"]["value"])), f"MW drawn{_of(figures, 'peak_mw', ', ')}"),
        _vendor(figures),
    ]
    return [tile for tile in found if tile is not None]


Figures = Mapping[str, Mapping[str, Cell]]


def _parts(figures: Figures) -> str:
    """What the net present cost adds up from, where it is more than cash."""
    known = {word: number(figures[name]["value"]) for name, word in _PARTS.items() if name in figures}
    told = {word: amount for word, amount in known.items() if abs(amount) > _NOTHING}
    return ", ".join(f"{word} {money(amount)}" for word, amount in told.items()) if len(told) > 1 else ""


def _penalty(figures: Figures, span: str) -> Tile | None:
    amount = number(figures["unserved_penalty"]["value"])
    words = f"USD million, {span}; in the net present cost, not cash"
    return Tile("Penalty for unserved demand", money(amount), words) if amount > _NOTHING else None


def _owed(figures: Figures, tables: Mapping[str, Table]) -> Tile | None:
    """What is still to pay after the reported periods, with the largest parts of it; nothing where that is nothing."""
    amount = number(figures["owed_after_end"]["value"])
    if amount <= _NOTHING:
        return None
    parts = [f"{what} {money(musd)}" for what, _, musd in owed_lines(tables)]
    rest = f" and {len(parts) - _MOST_OWED} more" if len(parts) > _MOST_OWED else ""
    words = f"USD million, until {figures['owed_after_end']['of']}, in no figure above"
    return Tile("Owed after the end", money(amount), f"{words}: {', '.join(parts[:_MOST_OWED])}{rest}")


def _service(tables: Mapping[str, Table]) -> Tile | None:
    """The workload that is served least; on a branching tree in the least lucky of its futures."""
    rows = [row for row in tables["service_by_workload"].records() if row["share_served"] is not None]
    if not rows:
        return None
    row = min(rows, key=lambda row: round(number(row["share_served"]), 6))
    if not row["worst_period"]:
        return Tile("Demand served", percent(number(row["share_served"]), 2), "% of every workload")
    worst = f"{percent(number(row['worst_share']), 2)} % in {row['worst_period']}"
    words = f"% of {row['workload']}, served least" if len(rows) > 1 else f"% of {row['workload']}"
    return Tile("Demand served", percent(number(row["share_served"]), 2), f"{words}; {worst}")


def _unit_cost(figures: Figures) -> Tile | None:
    value = figures["cost_per_thousand_queries"]["value"]
    return None if value is None else Tile("Cash per 1,000 queries", f"{number(value):,.2f}", "USD")


def _vendor(figures: Figures) -> Tile | None:
    row = figures["share_of_largest_vendor"]
    if row["value"] is None:
        return None
    return Tile("Largest vendor's share", percent(number(row["value"])), f"% of installed capability: {row['of']}")


def _of(figures: Figures, name: str, lead: str) -> str:
    of = figures[name]["of"]
    return f"{lead}{of}" if of else ""


def _money(figures: Figures, name: str) -> str:
    return money(number(figures[name]["value"]))


def _rounded(value: Cell) -> float:
    """Returns megawatts as they are told: whole from 10 on, else with the digits that count."""
    found = number(value)
    return round(found) if found >= 10 else float(f"{found:.2g}")


def number(cell: Cell) -> float:
    """Returns a cell as a number, a blank one as 0."""
    return float(cell) if isinstance(cell, int | float) else 0.0
