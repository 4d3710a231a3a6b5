"""Result tables of rights: orders that are cancelled, terms of leases, and leases left early or renewed."""

from __future__ import annotations

import numpy as np

from models.families.lease_changes import notice_periods
from models.frame import MUSD
from models.solution import Solution
from planner.results.node_labels import NodeLabels
from planner.results.order_arrivals import cancelled_orders
from planner.results.table import Cell, Table

NOISE = 1e-6
"""Units of a lease below this are rounding of the solver."""


def cancellations(solution: Solution, places: NodeLabels) -> Table:
    """Returns which orders are cancelled when, what they were worth, and the fee."""
    model = solution.model
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for one in cancelled_orders(solution):
        given = model.frame.case.offers[one.offer]
        value, is_before = one.units * one.price, one.ordered < 0
        ordered = model.frame.calendar.label_of(one.ordered) if is_before else places.period[one.ordered]
        right, fee = ("late", 0.0) if one.is_late else ("in time", value * given.cancel_fee_share)
        cells = given.offer, ordered, places.period[one.node], right, one.units, value, fee
        rows.append((one.node, cells))
    return places.table("cancellations", "offer ordered period right units value_musd fee_musd", rows)


def leases(solution: Solution, places: NodeLabels) -> Table:
    """Returns the terms of all leases: when they begin (blank: before the plan) and end, their units and rent."""
    model = solution.model
    frame, supply = model.frame, model.supply
    label = frame.calendar.label_of
    tiers = {row.offer for row in frame.case.price_tiers}
    came = solution.value(model.orders.receive)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for o, s, node in zip(*np.nonzero(came * supply.is_lease[:, None, None]), strict=True):
        name, begin = frame.offer.labels[o], int(frame.tree.period[node])
        rent = None if name in tiers else float(supply.price_of_arrival[o, node]) / MUSD
        place = frame.accelerator.labels[supply.accelerator[o]], frame.site.labels[s]
        ends = label(begin + int(supply.term[o]) - 1)
        rows.append((int(node), (name, *place, 0, label(begin), ends, float(came[o, s, node]), rent)))
    for row in frame.case.open_leases:
        whole = (frame.calendar.period_at(row.ends)) - 1
        if row.units:
            cells = row.lease, row.accelerator, row.site, 0, "", label(whole), row.units, row.rent_usd_per_unit_per_year
            rows.append((0, cells))
    changes = model.lease_changes
    renewed = solution.value(changes.renew)
    for c, node in zip(*np.nonzero(renewed > NOISE), strict=True):
        term, begin = changes.terms[c], int(frame.tree.period[node])
        place = frame.accelerator.labels[term.accelerator], frame.site.labels[term.site]
        rent = float(changes.rent[c, node]) / MUSD
        span = label(begin), label(begin + term.periods - 1)
        rows.append((int(node), (term.name, *place, term.renewal, *span, float(renewed[c, node]), rent)))
    columns = "contract accelerator site term begins ends units rent_usd_per_unit_per_year"
    return places.table("leases", columns, rows)


def lease_changes(solution: Solution, places: NodeLabels) -> Table:
    """Returns what leaves a lease early, with its fee, and what is renewed, with the rent of its term."""
    model = solution.model
    frame, changes = model.frame, model.lease_changes
    label, pairs = frame.calendar.label_of, frame.tree.pairs
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    left, renewed = solution.value(changes.leave), solution.value(changes.renew)
    for c, pair in zip(*np.nonzero(left > NOISE), strict=True):
        term, begin, node = changes.terms[c], int(pairs.first[pair]), int(pairs.last[pair])
        units, period = float(left[c, pair]), int(frame.tree.period[node])
        begun = "" if not term.is_offer and term.before < 0 else places.period[begin]
        fee = units * float(changes.rent[c, begin]) * (term.contract.exit_fee_months or 0.0) / 12
        where = term.name, frame.site.labels[term.site], term.renewal, begun, places.period[node]
        rows.append((node, ("leave", *where, units, label(period + notice_periods(frame, term)), fee)))
    for c, node in zip(*np.nonzero(renewed > NOISE), strict=True):
        term, period = changes.terms[c], int(frame.tree.period[node])
        before = changes.terms[term.before]
        begun = "" if not term.is_offer and before.before < 0 else label(period - before.periods)
        units, when = float(renewed[c, node]), places.period[node]
        musd = units * float(changes.rent[c, node]) * term.periods * frame.delta
        rows.append(
            (
                int(node),
                ("renew", term.name, frame.site.labels[term.site], term.renewal, begun, when, units, when, musd),
            )
        )
    return places.table("lease_changes", "verb contract site term begun period units effective musd", rows)


MAKES = (cancellations, leases, lease_changes)
