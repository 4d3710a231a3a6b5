"""Offers as numbers: prices, lots, leads, windows, and what was ordered before the plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.case import Case
from models.data.series import series
from models.data.strategic_options import Strategy, required
from models.frame import MUSD, Frame
from models.program import Floats, Ints
from models.tables.holding_rows import OpenOrder


@dataclass(frozen=True, eq=False)
class Supply:
    """By offer, and by (offer, node) or (offer, site, node)."""

    accelerator: Ints
    is_lease: np.ndarray
    lot: Floats
    """Units of a lot; 1 for a divisible offer, whose orders are counted in units."""
    is_lotted: np.ndarray
    lead: Ints
    """Nominal lead in periods."""
    lead_at: Ints
    """(offer, node): periods that an arrival in the node must lie after its order."""
    term: Ints
    """Periods of a lease; 0 for a purchase."""
    price: Floats
    """(offer, node) USD million a unit (lease: a year); 0 where no price holds."""
    price_of_arrival: Floats
    """(offer, node) USD million a unit that arrives there: the price of one nominal lead before, or the first price."""
    may_order: np.ndarray
    """(offer, node): window, price, arrival inside the horizon, and gates that can be open."""
    at_site: np.ndarray
    """(offer, site)."""
    open_units: Floats
    """(offer, site, node): due there from orders before the plan."""
    open_free: Floats
    """(offer, site, node): what of it may arrive at other sites too."""
    open_balance: Floats
    """(offer, node) USD million."""
    late_since: Ints
    """(offer, node): the period in which a disruption has last touched the offer on the path up to the node, or −1."""
    share_at: Floats
    """(offer, node): the share delivered of what is due there; the rest never comes."""
    punctual: Floats
    """(offer, node): units of orders before the plan that must have come by then, less what has come of them; else 0.

    Below 0: so many of the orders of the plan may be late.
    """
    open_lost: Floats
    """(offer, node): units of orders before the plan that are due there and not delivered."""

    @cached_property
    def touched(self) -> np.ndarray:
        """(offer, node): a disruption has touched the offer on the path up to the node."""
        return np.asarray(self.late_since >= 0)

    @property
    def is_whole(self) -> bool:
        """True where all that is due is delivered."""
        return bool((self.share_at == 1.0).all())

    @property
    def is_due_only(self) -> np.ndarray:
        """By offer: everything arrives where it is due by the nominal lead, on every path."""
        changed = self.touched | (self.lead_at != self.lead[:, None]) | (self.share_at != 1.0)
        return np.asarray(~changed.any(axis=1))


@dataclass(frozen=True)
class PlacedOrder:
    """An order from before the plan of which it is known when it was placed, with its rows at all sites."""

    offer: int
    ordered: int
    """The period of the order, negative."""
    due: int
    name: str
    at_site: tuple[tuple[int, float, bool], ...]
    """Site and units of each row, and whether they may arrive at other sites too."""
    paid: float
    """USD million a unit, before the plan."""
    balances: tuple[tuple[int, float], ...]
    """Period and USD million a unit of what is still to pay."""

    @property
    def units(self) -> float:
        """Units at all sites."""
        return sum(units for _, units, _ in self.at_site)

    @property
    def price(self) -> float:
        """USD million a unit."""
        return self.paid + sum(musd for _, musd in self.balances)


def placed_orders(frame: Frame) -> list[PlacedOrder]:
    """Returns the orders from before the plan of which it is known when they were placed; none of no units."""
    found: dict[tuple[int, int], list[OpenOrder]] = {}
    calendar = frame.calendar
    for row in frame.case.open_orders:
        if row.ordered is not None and row.units > 0:
            found.setdefault((frame.offer.position(row.offer), calendar.period_at(row.ordered)), []).append(row)
    orders = []
    for (offer, ordered), rows in sorted(found.items()):
        units = sum(row.units for row in rows)
        balances: dict[int, float] = {}
        for row in rows:
            due = calendar.period_at(row.balance_due or row.due)
            balances[due] = balances.get(due, 0.0) + row.units * row.balance_usd_per_unit * MUSD / units
        orders.append(
            PlacedOrder(
                offer=offer, ordered=ordered, due=calendar.period_at(rows[0].due),
                name=f"{frame.offer.labels[offer]}@{calendar.label_of(ordered)}",
                at_site=tuple((frame.site.position(row.site), row.units, row.any_site) for row in rows),
                paid=sum(row.units * row.paid_usd_per_unit for row in rows) * MUSD / units,
                balances=tuple(sorted(balances.items())),
            )
        )  # fmt: skip
    return orders


def supply_of(frame: Frame, strategy: Strategy) -> Supply:
    """Returns the numbers of all offers."""
    case, calendar, tree = frame.case, frame.calendar, frame.tree
    offers = case.offers
    lead = np.array([calendar.lag_periods(row.lead_time_months) for row in offers], dtype=np.int64)
    price = frame.by_node(lambda one: list_prices(frame, one))
    may_order = np.array([frame.window(row.first_order, row.last_order) for row in offers], dtype=bool)
    may_order &= ~np.isnan(price) & (tree.period + lead[:, None] < frame.steps)
    for i, row in enumerate(offers):
        may_order[i] &= strategy.possible[required(row.requires, frame)].all(axis=0)
    lead_at = frame.by_node(lambda one: _leads(frame, one)).astype(np.int64)
    share = frame.by_node(lambda one: _shares(frame, one))
    if (share == 0.0).any():
        may_order &= _delivers(frame, lead_at, share)
    terms = [calendar.term_periods(row.term_months) if row.kind == "lease" else 0 for row in offers]
    units, late, balance = _open_orders(frame, share)
    free = _open_orders(frame, share, any_site=True)[0]
    sites = frame.site.labels
    return Supply(
        accelerator=np.array([frame.accelerator.position(row.accelerator) for row in offers], dtype=np.int64),
        is_lease=np.array([row.kind == "lease" for row in offers], dtype=bool),
        lot=np.array([1.0 if row.lot_size is None else row.lot_size for row in offers]),
        is_lotted=np.array([row.lot_size is not None for row in offers], dtype=bool),
        lead=lead,
        lead_at=lead_at,
        term=np.array(terms, dtype=np.int64),
        price=np.nan_to_num(price) * MUSD,
        price_of_arrival=_agreed(frame, lead, _prices_of_arrivals(frame, lead, price)) * MUSD,
        may_order=may_order,
        at_site=np.array([[not row.sites or site in row.sites for site in sites] for row in offers], dtype=bool),
        open_units=units * share[:, None, :] + late,
        open_free=free * share[:, None, :],
        open_balance=balance,
        late_since=frame.by_node(lambda one: _late_since(frame, one)).astype(np.int64),
        share_at=share,
        punctual=frame.by_node(lambda one: _punctual(frame, one)),
        open_lost=(units * (1.0 - share)[:, None, :]).sum(axis=1),
    )


def deliveries(frame: Frame, lead_at: Ints) -> tuple[np.ndarray, np.ndarray]:
    """Returns by (offer, pair of nodes) whether an order of the first is deliverable at the last: first, or by then.

    `lead_at` is by (offer, node), the periods that an arrival must lie after its order.
    """
    tree, pairs = frame.tree, frame.tree.pairs
    deliverable = lead_at[:, pairs.last] <= tree.age(pairs)
    parent = tree.parent_pair
    before = np.where(parent >= 0, deliverable[:, np.maximum(parent, 0)], False)
    ever_before = before.copy()
    for period in range(1, tree.periods):
        level = np.flatnonzero((tree.period[pairs.last] == period) & (parent >= 0))
        ever_before[:, level] = before[:, level] | ever_before[:, parent[level]]
    return deliverable & ~ever_before, deliverable | ever_before


def delivered_by(frame: Frame, supply: Supply) -> Floats:
    """Returns by (offer, pair of nodes) the share of an order of the first that is delivered by the last."""
    tree, pairs, above = frame.tree, frame.tree.pairs, frame.tree.parent_pair
    first, _ = deliveries(frame, supply.lead_at)
    found = np.where(first, supply.share_at[:, pairs.last], 0.0)
    for period in range(1, tree.periods):
        level = np.flatnonzero((tree.period[pairs.last] == period) & (above >= 0))
        found[:, level] = np.where(first[:, level], found[:, level], found[:, above[level]])
    return found


def _delivers(frame: Frame, lead_at: Ints, share: Floats) -> np.ndarray:
    """(offer, node): False where nothing of an order is delivered in any future; what is committed may be ordered.

    Such an order would be a loan: its deposit now, all of it back later.
    """
    pairs, first = frame.tree.pairs, deliveries(frame, lead_at)[0]
    offer, pair = np.nonzero(first)
    best = np.full(lead_at.shape, -1.0)
    np.maximum.at(best, (offer, pairs.first[pair]), share[offer, pairs.last[pair]])
    committed = {row.item for row in frame.case.commitments if row.kind == "order" and row.status != "barred"}
    return np.asarray((best != 0.0) | np.array([[name in committed] for name in frame.offer.labels], dtype=bool))


def list_prices(frame: Frame, case: Case) -> Floats:
    """Returns the list price of a unit by (offer, period), USD, of a lease for a year; NaN where none holds."""
    points: dict[str, list[tuple[str, float]]] = {row.offer: [] for row in case.offers}
    for row in case.prices:
        points.setdefault(row.offer, []).append((row.period, row.unit_price_usd))
    found = [series(frame.calendar, points[row.offer]) for row in case.offers]
    return np.array(found).reshape(len(found), frame.calendar.count)


def _prices_of_arrivals(frame: Frame, lead: Ints, price: Floats) -> Floats:
    """(offer, node): the price one nominal lead before; where none holds yet, the first that does."""
    firsts = np.array(
        [row[np.isfinite(row)][0] if np.isfinite(row).any() else 0.0 for row in list_prices(frame, frame.case)]
    )
    period = np.maximum(frame.tree.period - lead[:, None], 0)
    priced_at = np.array([frame.tree.ancestor_at(row) for row in period]).reshape(price.shape)
    found = np.take_along_axis(price, priced_at, axis=1)
    return np.where(np.isnan(found), firsts[:, None], found)


def _agreed(frame: Frame, lead: Ints, price: Floats) -> Floats:
    """As `price` of arrivals, but where only open orders can arrive yet, the rent that was agreed for them."""
    rents: dict[tuple[int, int], list[tuple[float, float | None]]] = {}
    for row in frame.case.open_orders:
        place = frame.offer.position(row.offer), frame.calendar.period_at(row.due)
        if place[1] < lead[place[0]]:
            rents.setdefault(place, []).append((row.units, row.rent_usd_per_unit_per_year))
    found = price
    for (offer, period), rows in rents.items():
        if not sum(count for count, _ in rows):
            # Nothing is due, but what is late may come then.
            rows = [(1.0, rent) for _, rent in rows]
        units = sum(count for count, _ in rows)
        if any(rent is not None for _, rent in rows):
            at = frame.tree.period == period
            parts = [count / units * (found[offer] if rent is None else rent) for count, rent in rows]
            found = found.copy()
            found[offer, at] = np.broadcast_to(sum(parts), at.shape)[at]
    return found


def _leads(frame: Frame, case: Case) -> Floats:
    """(offer, period): periods that an arrival lies after its order at least."""
    found = []
    for offer in case.offers:
        points = [(row.period, row.lead_time_months) for row in case.lead_times if row.offer == offer.offer]
        months = series(frame.calendar, points)
        found.append([frame.calendar.lag_periods(offer.lead_time_months if np.isnan(m) else m) for m in months])
    return np.array(found, dtype=float).reshape(len(found), frame.calendar.count)


def _shares(frame: Frame, case: Case) -> Floats:
    """(offer, period): the share delivered of what is due."""
    found = []
    for offer in case.offers:
        points = [(row.period, row.delivered_share) for row in case.lead_times if row.offer == offer.offer]
        share = series(frame.calendar, points)
        found.append(np.where(np.isnan(share), 1.0, share))
    return np.array(found, dtype=float).reshape(len(found), frame.calendar.count)


def _late_since(frame: Frame, case: Case) -> Floats:
    """(offer, period): the last period up to there from which on earlier orders may come later than due; else −1."""
    found = np.full((len(case.offers), frame.calendar.count), -1.0)
    for row in case.backlogs:
        offer, since = frame.offer.position(row.offer), max(0, frame.calendar.period_at(row.since))
        found[offer, since:] = np.maximum(found[offer, since:], since)
    return found


def _punctual(frame: Frame, case: Case) -> Floats:
    """(offer, period): what must have come of orders from before the plan, where it last was touched before it."""
    found, share = np.zeros((len(case.offers), frame.calendar.count)), _shares(frame, case)
    at = frame.calendar.period_at
    for i, offer in enumerate(case.offers):
        rows = [row for row in case.backlogs if row.offer == offer.offer]
        last = max((row for row in rows if at(row.since) < 0), key=lambda row: at(row.since), default=None)
        if last is None:
            continue
        for row in case.open_orders:
            due = at(row.due)
            if row.offer == offer.offer and row.ordered and at(row.ordered) >= at(last.since) and due >= 0:
                found[i, due:] += row.units * (share[i, due] if due < frame.calendar.count else 0.0)
        again = min((at(row.since) for row in rows if at(row.since) >= 0), default=frame.calendar.count)
        found[i] = np.where(np.arange(frame.calendar.count) < again, found[i] - last.came_before, 0.0)
    return found


def _open_orders(frame: Frame, share: Floats, *, any_site: bool = False) -> tuple[Floats, Floats, Floats]:
    """What was ordered before the plan: units due, and late at its start, by (offer, site, node); balances by node.

    With `any_site` only of what may arrive at other sites too.
    """
    units = np.zeros((len(frame.offer), len(frame.site), len(frame.tree)))
    late, balance = np.zeros_like(units), np.zeros((len(frame.offer), len(frame.tree)))
    for row in frame.case.open_orders:
        if any_site and not row.any_site:
            continue
        offer, site = frame.offer.position(row.offer), frame.site.position(row.site)
        period = frame.calendar.period_at(row.due)
        due = frame.tree.period == period
        units[offer, site, due] += row.units
        late[offer, site, frame.tree.period == 0] += row.units * (period < 0)
        if frame.case.offers[offer].kind == "buy":
            owed = row.units * row.balance_usd_per_unit * MUSD
            paid = due if row.balance_due is None else frame.tree.period == frame.calendar.period_at(row.balance_due)
            # What is not delivered is not paid for, unless the balance is due at a time of its own.
            balance[offer, paid] += owed * (share[offer, paid] if row.balance_due is None else 1.0) + row.balance_musd
    return units, late, balance
