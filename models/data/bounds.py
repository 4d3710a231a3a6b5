"""The smallest valid bound on each order, from what can be needed and what can be had.

What can be had follows from limits. A bound made of them strengthens a search, but it takes the price of the limit and
hides the limit from whoever asks what stands in the way: both ask for bounds by need alone (`within_limits` false).

More units than could ever be worked are not worth their price: an offer never costs less than its units could be
resold for at once, and resale values do not rise with age. Rules that can make idle units useful (shares, least
capability, order growth, take-or-pay, volume tiers) widen the bound by what they can ask for.
"""

from __future__ import annotations

import numpy as np

from models.data.machines import AcceleratorData, WorkData
from models.data.offer_data import Supply
from models.data.scarce_resources import ScarceResources, scarce_of
from models.data.series import SpanRow, calendar_years
from models.data.sites import places_of
from models.data.strategic_options import Strategy
from models.frame import MUSD, Frame
from models.program import Floats

IDLE_FACTOR = 1000.0
"""A share policy can make at most this many times the units useful that all work and the opening fleet need."""


def largest_orders(
    frame: Frame,
    supply: Supply,
    machines: AcceleratorData,
    work: WorkData,
    strategy: Strategy,
    *,
    within_limits: bool = True,
) -> Floats:
    """Returns (offer, node) units that an order never needs to exceed; by need alone unless `within_limits`."""
    need = _need(frame, supply, machines, work)
    # Of an order that is delivered in part, more may be of use.
    positive = np.where(supply.share_at > 0, supply.share_at, 1.0)
    more = 1.0 / positive.min(axis=1, keepdims=True)
    if not within_limits:
        return np.asarray(_widened(frame, supply, machines, need) * more)
    need = _widened(frame, supply, machines, np.minimum(need, _ever_obtainable(frame, supply, strategy)))
    return np.asarray(np.minimum(need, _obtainable(frame, supply, strategy)) * more)


def largest_of_period(frame: Frame, largest: Floats) -> Floats:
    """Returns by (item, node) the largest number of any node of its period."""
    found = np.zeros((len(largest), frame.steps))
    np.maximum.at(found.T, frame.tree.period, largest.T)
    return found[:, frame.tree.period]


def _units_at_work(work: WorkData) -> Floats:
    """(accelerator, node): units that do all the work which the accelerator can do."""
    somewhere = np.asarray(work.allowed.any(axis=0), dtype=bool)
    useful = somewhere[None, :, None] & (work.rate > 0)
    share = np.divide(work.demand[None], work.rate, out=np.zeros_like(work.rate), where=useful)
    return np.asarray(share.sum(axis=1) / work.utilisation[:, None])


def _need(frame: Frame, supply: Supply, machines: AcceleratorData, work: WorkData) -> Floats:
    """Units that do all the work which the accelerator can do, at the worst time of their lives."""
    tree, pairs = frame.tree, frame.tree.pairs
    units = _units_at_work(work)
    age = tree.age(pairs)
    found = np.zeros_like(supply.price)
    for offer, accelerator in enumerate(supply.accelerator):
        soonest, is_late = supply.lead_at[offer].min(), (supply.lead_at[offer] > supply.lead[offer]).any()
        service = age - soonest
        life = supply.term[offer] if supply.is_lease[offer] else machines.life[accelerator]
        within = age - supply.lead[offer] < life
        serves = (service >= 0) & (is_late | supply.touched[offer].any() | within)
        survival = 1.0 if supply.is_lease[offer] else machines.survival[accelerator]
        wanted = np.where(serves, units[accelerator, pairs.last] / survival ** np.maximum(service, 0), 0.0)
        np.maximum.at(found[offer], pairs.first, wanted)
    return found * _arrivals_of_an_order(frame, supply, machines)


def _arrivals_of_an_order(frame: Frame, supply: Supply, machines: AcceleratorData) -> Floats:
    """(offer, node): how often units of one order can arrive that are needed.

    More than once only in a backlog: once in a life or term, and any time where units can be sold meanwhile.
    """
    tree, pairs = frame.tree, frame.tree.pairs
    years = np.asarray(np.arange(1, frame.steps + 1) * frame.delta, dtype=np.float64)
    age, found = tree.age(pairs), np.ones_like(supply.price)
    for offer, accelerator in enumerate(supply.accelerator):
        if not supply.touched[offer].any():
            continue
        lead, leads = supply.lead[offer], supply.lead_at[offer]
        waits = supply.touched[offer, pairs.last] & ((age == lead) | (leads != lead).any())
        may_wait = np.bincount(pairs.first[waits], minlength=len(tree)) > 0
        sells = frame.case.settings.early_retirement and machines.resale_musd(frame.case, int(accelerator), years).any()
        kept = supply.term[offer] if supply.is_lease[offer] else 1 if sells else machines.life[accelerator]
        left = frame.steps - tree.period - leads.min()
        found[offer] = np.where(may_wait, np.maximum(1.0, np.ceil(left / max(1, kept))), 1.0)
    return found


def _ever_obtainable(frame: Frame, supply: Supply, strategy: Strategy) -> Floats:
    """(offer, node): what limits let arrive from an order on; inf where some of the time has no limit."""
    scarce, found = scarce_of(frame), np.full_like(supply.price, np.inf)
    if supply.is_due_only.all():
        return found
    by_period: dict[str, Floats] = {}
    for name in scarce.names:
        own = [(i, row) for i, row in enumerate(scarce.rows) if row.item == name]
        most = np.full((len(frame.cases), frame.steps), np.inf)
        for i, row in own:
            periods = range(max(0, row.first), min(row.last + 1, frame.steps))
            # The whole of a row may come in any of its periods: it counts in its last one, whichever is reached first.
            most[:, periods.start : periods.stop] = 0.0
            most[:, periods.stop - 1] = scarce.amounts[:, i] + _added(frame, scarce, strategy, row)
        by_period[name] = most.max(axis=0)
    for use in scarce.use:
        offer = frame.offer.position(use.offer)
        if use.use_per_unit > 0:
            to_come = np.cumsum(by_period[use.limit][::-1])[::-1]
            first = np.minimum(frame.tree.period + supply.lead_at[offer].min(), frame.steps - 1)
            found[offer] = np.minimum(found[offer], to_come[first] / use.use_per_unit)
    return found


def _widened(frame: Frame, supply: Supply, machines: AcceleratorData, need: Floats) -> Floats:
    """Adds what policies, take-or-pay and tiers can make worth having idle."""
    case = frame.case
    capability = machines.capability[supply.accelerator][:, None]
    found = need.copy()
    # What is added comes after what is compared, so that the order of rows does not matter.
    for policy in sorted(case.policies, key=lambda row: row.kind == "min_capability"):
        is_vacuous = (policy.kind, policy.value) in {("max_vendor_share", 1.0), ("min_vendor_share", 0.0)}
        if policy.kind in {"max_vendor_share", "min_vendor_share"} and not is_vacuous:
            slim = max(min(policy.value, 1.0 - policy.value), 1e-3)
            weight = capability if policy.basis == "capability" else _paid(frame, supply)
            everyone = _everyone(frame, supply, machines, need, weight, policy.basis)
            # Where one offer is dearer than others by many orders, the bound would drown the numbers around it.
            there = machines.cohort_units.sum() + sum(row.units for row in case.open_leases)
            most = IDLE_FACTOR * (need.max(axis=1, keepdims=True) + there)
            found = np.maximum(found, np.minimum(_units(everyone / slim, weight), most))
        elif policy.kind == "min_capability":
            found = found + _units(policy.value, capability)
        elif policy.kind == "max_order_growth":
            covered = calendar_years(frame).covered
            found = np.maximum(found, need.sum(axis=1, keepdims=True) * covered.max() / covered.min())
    for contract in case.agreements:
        bound = [i for i, row in enumerate(case.offers) if contract.agreement in row.requires]
        found[bound] += contract.min_units_per_year
    for tier in case.price_tiers:
        found[frame.offer.position(tier.offer)] += tier.from_units
    for row in case.commitments:
        if row.kind == "order" and row.status != "barred" and row.quantity:
            found[frame.offer.position(row.item)] += row.quantity
    return found


def _units(amount: float, weight: Floats) -> Floats:
    """Units that make up an amount; 0 for units that count nothing, which no rule can ask for."""
    return np.divide(amount, weight, out=np.zeros_like(weight * 1.0), where=weight > 0)


def _everyone(
    frame: Frame, supply: Supply, machines: AcceleratorData, need: Floats, weight: Floats, basis: str
) -> float:
    """What all units that are ever bought for work, and all that were there before, count for in a share."""
    bought = float((need * supply.may_order * weight).sum())
    leases = frame.case.open_leases
    if basis == "spend":
        rents = sum(row.units * row.rent_usd_per_unit_per_year * MUSD for row in leases) * frame.delta
        return bought + rents + float(supply.open_balance.sum() + (supply.open_units.sum(axis=1) * weight).sum())
    held = float((machines.cohort_units * machines.capability[machines.cohort_accelerator]).sum())
    held += sum(row.units * float(machines.capability[frame.accelerator.position(row.accelerator)]) for row in leases)
    return bought + held + float((supply.open_units.sum(axis=(1, 2)) * weight[:, 0]).sum())


def _paid(frame: Frame, supply: Supply) -> Floats:
    """(offer, node) the least that one unit adds to the spending of a period in which it adds anything, USD million."""
    share = np.array([[row.deposit_share] for row in frame.case.offers])
    rest = np.where(supply.lead[:, None] > 0, 1.0 - share, 1.0)
    part = np.where((share > 0) & (supply.lead[:, None] > 0), np.minimum(share, np.where(rest > 0, rest, 1.0)), rest)
    integration = np.array([[row.integration_usd_per_unit * MUSD] for row in frame.case.offers])
    yearly = np.where(supply.is_lease[:, None], supply.price * frame.delta, supply.price * part)
    least = np.where(yearly > 0, yearly, integration)
    # Of what comes at another time than it is due, integration may be all that a period sees.
    alone = ~supply.is_due_only[:, None] & (integration > 0)
    return np.where(alone, np.minimum(least, integration), least)


def largest_builds(frame: Frame, work: WorkData, *, within_limits: bool = True) -> Floats:
    """Returns by expansion the modules of one order: all there are; unless `within_limits` also what work needs."""
    rows = frame.case.expansions
    most = np.array([row.max_modules for row in rows], dtype=float)
    if within_limits or not rows:
        return most
    places, site = places_of(frame), [frame.site.position(row.site) for row in rows]
    machine = np.array([row.it_kw for row in frame.case.accelerators])
    drawn = float((_units_at_work(work) * machine[:, None] / 1000.0).sum(axis=0).max(initial=0.0))
    share = np.where(places.share > 0, places.share, 1.0).min(axis=1)
    pue = np.array([row.pue for row in frame.case.sites])
    modules = np.array([row.module_mw for row in rows])
    needed = drawn * pue[site] / share[site] / np.where(modules > 0, modules, np.inf)
    return np.asarray(np.maximum(most, np.ceil(needed)))


def _obtainable(frame: Frame, supply: Supply, strategy: Strategy) -> Floats:
    """Units that limits let arrive in the span in which the order is due; inf where nothing limits.

    What may arrive at another time than it is due has no such bound.
    """
    period, scarce, on_time = frame.tree.period, scarce_of(frame), supply.is_due_only
    found = np.full_like(supply.price, np.inf)
    most = scarce.amounts.max(axis=0, initial=0.0)
    totals = [amount + _added(frame, scarce, strategy, row) for row, amount in zip(scarce.rows, most, strict=True)]
    for use in scarce.use:
        offer = frame.offer.position(use.offer)
        if use.use_per_unit <= 0 or not on_time[offer]:
            continue
        due = period + supply.lead[offer]
        for row, total in zip(scarce.rows, totals, strict=True):
            if row.item == use.limit:
                inside = (due >= row.first) & (due <= row.last)
                found[offer, inside] = np.minimum(found[offer, inside], total / use.use_per_unit)
    return found


def _added(frame: Frame, scarce: ScarceResources, strategy: Strategy, row: SpanRow) -> float:
    """What agreements and companies can add to a limit in a span at most."""
    added = 0.0
    for extra in scarce.added:
        if extra.limit == row.item:
            gate = strategy.possible[frame.gate.position(extra.gate)]
            inside = (frame.tree.period >= row.first) & (frame.tree.period <= row.last)
            periods = len(set(frame.tree.period[gate & inside].tolist()))
            added += extra.amount_per_year * frame.delta * periods
    return added
