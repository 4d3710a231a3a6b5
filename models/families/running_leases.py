"""Running leases: units that are leased when the plan starts, in term until their contract ends.

    running[l,n] = units_l         while t(n) < whole_l
    rent[l,n]    = units_l · price_l / 12 · min(12·Δ, max(0, left_l − 12·Δ·t(n)))

| symbol | kind | unit | meaning |
|---|---|---|---|
| running[l,n] | parameter | units | of lease l, in term at n |
| rent[l,n] | parameter | USD million | rent of lease l at n, for all its months, also in the period in which it ends |
| left_l | parameter | months | from the start of the plan to the end of the lease |
| whole_l | parameter | periods | left_l rounded down: the period of its end is paid in part and not served |
| price_l | parameter | USD million | yearly rent per unit |
| Δ | parameter | years | length of a period |
"""

from __future__ import annotations

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.calendar import MONTHS_OF_YEAR, parse_label
from models.case import Case
from models.frame import MUSD, Frame
from models.ledger import Ledger
from models.program import Floats, Ints

RUNNING = ("lease", "running")
"""Category and name of their line in the ledger."""


def define(frame: Frame, ledger: Ledger) -> Expr:
    """Adds the rents to the ledger; returns the units in term over (accelerator, site, node)."""
    rows = frame.case.open_leases
    L, N = Axis("lease", tuple(row.lease for row in rows)), frame.node
    paid = Param((L, N), frame.by_node(lambda case: _rents(frame, case)))
    ledger.add(*RUNNING, L, Expr.given((L, N), paid))
    if any(row.end_fee_usd_per_unit for row in rows):
        fees = Param((L, N), frame.by_node(lambda case: _end_fees(frame, case)))
        ledger.add(RUNNING[0], "running end fee", L, Expr.given((L, N), fees))
    kind = np.array([frame.accelerator.position(row.accelerator) for row in rows], dtype=np.int64)
    place = kind * len(frame.site) + np.array([frame.site.position(row.site) for row in rows], dtype=np.int64)
    at = Relation.of((L,), (frame.accelerator, frame.site), (np.arange(len(rows)), place))
    return Expr.given((L, N), Param((L, N), in_term(frame))).through(at)


def in_term(frame: Frame) -> Floats:
    """Returns the units of each running lease in term, by (lease, node)."""
    return frame.by_node(lambda case: _units(frame, case))


def _units(frame: Frame, case: Case) -> Floats:
    end = np.floor(_left(frame, case)[:, None] / frame.calendar.months)
    units = np.array([row.units for row in case.open_leases], dtype=float)
    return units[:, None] * (np.arange(frame.steps) < end)


def _rents(frame: Frame, case: Case) -> Floats:
    months = frame.calendar.months
    inside = np.clip(_left(frame, case)[:, None] - months * np.arange(frame.steps), 0.0, months)
    yearly = np.array([row.units * row.rent_usd_per_unit_per_year * MUSD for row in case.open_leases], dtype=float)
    return yearly[:, None] * inside / MONTHS_OF_YEAR


def _end_fees(frame: Frame, case: Case) -> Floats:
    """(lease, period): what is paid where the lease has ended."""
    end = np.floor(_left(frame, case)[:, None] / frame.calendar.months)
    fee = np.array([row.units * row.end_fee_usd_per_unit * MUSD for row in case.open_leases], dtype=float)
    return np.asarray(fee[:, None] * (np.arange(frame.steps) == end))


def of_offers(ledger: Ledger, frame: Frame, offers: Ints, target: Axis, position: int) -> Expr:
    """Returns what running leases cost that were leased under some offers, by (target, node) at one position."""
    rows = frame.case.open_leases
    known = [frame.offer.position(row.offer) if row.offer else -1 for row in rows]
    own = np.flatnonzero(np.isin(known, offers))
    found = Expr.zero((target, frame.node))
    for line in ledger.lines_of((RUNNING[0],)) if len(own) else ():
        if line.what.startswith(RUNNING[1]):
            cells = own, np.full(len(own), position)
            found = found + line.amount.through(Relation.of((line.items,), (target,), cells))
    return found


def _left(frame: Frame, case: Case) -> Floats:
    """Months from the start of the plan to the end of each lease."""
    return np.array([parse_label(row.ends)[0] - frame.calendar.start_month for row in case.open_leases], dtype=float)
