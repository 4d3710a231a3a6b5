"""Carbon: what electricity and the making of units emit, what that costs, and how much of it there may be.

    carbon_limits   Σ_{n∈span} Σ_s (operational[s,n] + embodied[s,n]) ≤ tonnes[span]     on each path

    operational[s,n] = intensity[s,n] · 8,760 · Δ · drawn[s,n]          drawn as in power, MW
    embodied[s,n]    = Σ_o kg_{g(o)} / 1000 · receive[o,s,n]            bought or leased, open orders included

| symbol | kind | unit | meaning |
|---|---|---|---|
| intensity[s,n] | parameter | kg CO2e/kWh | carbon intensity of electricity at the site |
| kg_{g(o)} | parameter | kg CO2e | embodied carbon of a unit delivered |
| tonnes[span] | parameter | t CO2e | amount of the row |
| Δ | parameter | years | length of a period |

A case that emits nothing and has no limit states nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder
from models.data.series import at_ends, span_ends, span_rows
from models.data.sites import at_sites
from models.frame import HOURS_OF_YEAR, MUSD, Frame
from models.ledger import Ledger
from models.requirement import Amounts, GivesWay, Requirement
from models.tables.strategy_rows import CarbonLimit

CARBON = Requirement(
    "carbon_limits", "the carbon limits", "t CO2e", "carbon allowance", gives_way=GivesWay.BY_ITS_SIZE, priced=True
)
_KG_PER_TONNE = 1000.0


@dataclass(frozen=True, eq=False)
class Carbon:
    """What is emitted by (site, node), t CO2e, and the amounts that bound it."""

    operational: Expr
    embodied: Expr
    is_reported: bool
    """Something can be emitted, or there is a limit."""
    amounts: Amounts


def define(builder: Builder, frame: Frame, ledger: Ledger, drawn: Expr, receive: Expr) -> Carbon:
    """States the limits of carbon and what it costs; `drawn` is MW by (site, node), `receive` units that arrive."""
    S, N = frame.site, frame.node
    intensity = at_sites(frame, "carbon_kg_per_kwh")
    embodied_kg = np.array([row.embodied_kg for row in frame.case.accelerators], dtype=float)
    machine = np.array([frame.accelerator.position(row.accelerator) for row in frame.case.offers], dtype=np.int64)
    # A MW for an hour is a thousand kWh, and a thousand kg are a tonne.
    operational = drawn * Param((S, N), intensity * HOURS_OF_YEAR * frame.delta)
    embodied = (receive * Param((frame.offer,), embodied_kg[machine] / _KG_PER_TONNE)).sum(frame.offer)
    emitted = operational + embodied
    price = frame.case.settings.carbon_usd_per_tonne
    # The value of a site counts although a later label may replace it: the same is reported in every future.
    stated = [row.carbon_kg_per_kwh for case in frame.cases for row in case.sites]
    stated += [row.carbon_kg_per_kwh or 0.0 for case in frame.cases for row in case.site_series]
    emits = any(stated) or bool(embodied_kg.any())
    if emits and price:
        ledger.add("carbon", "emissions", S, emitted * Param((S,), np.full(len(S), price * MUSD)))
    amounts = _limits(builder, frame, emitted.sum(S))
    return Carbon(operational, embodied, emits or bool(amounts.items), amounts)


def _limits(builder: Builder, frame: Frame, emitted: Expr) -> Amounts:
    """States that what is emitted in a span, by node, stays within its amount."""
    by_future = [
        span_rows(frame.calendar, [("", row.span, _left(row), False) for row in case.carbon_limits])
        for case in frame.cases
    ]
    rows = by_future[0]
    ends = span_ends(frame, rows)
    axis = Axis("carbon row", ends.labels(frame, rows))
    used = emitted.through(Relation.of((frame.node,), (axis,), (ends.member_node, ends.member_row)))
    table = np.array([[row.amount for row in own] for own in by_future]).reshape(len(frame.cases), len(rows))
    amount = at_ends(frame, ends, table, "limits of carbon")
    most = Expr.given((axis,), np.where(np.isfinite(amount), amount, 0.0))
    if rows:
        builder.require("carbon_limits", (axis,), used, "<=", most, where=np.isfinite(amount))
    own = [rows[i] for i in ends.row]
    return Amounts(
        CARBON, (axis,), ("",) * len(own), tuple(row.label for row in own), ends.end,
        np.array([row.first for row in own], dtype=np.int64), used, most, amount, np.isfinite(amount),
    )  # fmt: skip


def _left(row: CarbonLimit) -> float | None:
    return None if row.tonnes is None else row.tonnes - row.emitted_before_tonnes
