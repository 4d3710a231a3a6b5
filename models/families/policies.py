"""Policies: rules that the company gives itself, in each period of their span.

    vendor_share         Σ_{g of vendor} weight · units ≤ (≥) share · Σ_g weight · units
                         weight · units: capability · (owned + leased), or hardware and lease spending
    capability_bounds    least ≤ Σ_g capability_g · (owned + leased) ≤ most
    order_growth         units ordered a year in y ≤ (1 + growth) · units ordered a year in y − 1, on each path
    active_programmes    Σ_j running[j,n] ≤ most

| symbol | kind | unit | meaning |
|---|---|---|---|
| units | expression | units | owned and in lease term, over sites |
| running[j,n] | expression | 0 or 1 | programme started and not ready |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.algebra import Axes, Axis, Expr, Param, Relation, total
from models.builder import Builder, RequirementRows
from models.calendar import parse_span
from models.data.machines import AcceleratorData
from models.data.series import calendar_years
from models.families.orders import Orders
from models.families.running_leases import RUNNING
from models.frame import Frame
from models.ledger import Ledger
from models.requirement import Amounts, GivesWay, Requirement
from models.tables.strategy_rows import Policy

VENDOR_SHARE = Requirement(
    "vendor_share",
    "the policies on vendor shares",
    "of the share's basis",
    "maximum vendor share",
    gives_way=GivesWay.BY_ITS_SIZE,
    compares=True,
    priced=True,
)
CAPABILITY = Requirement(
    "capability_bounds",
    "the policies on capability",
    "of capability",
    "maximum capability",
    gives_way=GivesWay.BY_ITS_SIZE,
    priced=True,
)
ORDER_GROWTH = Requirement(
    "order_growth",
    "the policies on order growth",
    "units a year",
    "maximum order growth",
    gives_way=GivesWay.BY_ITS_SIZE,
    compares=True,
    priced=True,
)
PROGRAMMES_AT_A_TIME = Requirement(
    "active_programmes",
    "the policies on programmes at a time",
    "programmes",
    "programmes at a time",
    gives_way=GivesWay.BY_ITS_SIZE,
    priced=True,
)
SENSE = {
    "max_vendor_share": "<=",
    "min_vendor_share": ">=",
    "min_capability": ">=",
    "max_capability": "<=",
}


@dataclass(frozen=True, eq=False)
class Ruled:
    """One policy where it binds: its `amount` against what the policy allows of `measure`, over the axes of `rows`."""

    policy: Policy
    rows: RequirementRows
    amount: Expr
    measure: Expr
    where: np.ndarray
    """The cells that it bounds, also where nothing that is decided counts against it and there is no row."""

    @property
    def is_growth(self) -> bool:
        """True where the value is a growth over the measure, not a share of it."""
        return self.policy.kind == "max_order_growth"

    @property
    def is_floor(self) -> bool:
        """True where the policy asks for at least so much."""
        return SENSE.get(self.policy.kind) == ">="

    @property
    def allowed(self) -> Expr:
        """What the policy allows of the amount, or asks for."""
        return self.measure * (self.policy.value + (1.0 if self.is_growth else 0.0))


def define(
    builder: Builder,
    frame: Frame,
    ledger: Ledger,
    machines: AcceleratorData,
    installed: Expr,
    orders: Orders,
    running: Expr,
) -> tuple[Ruled, ...]:
    """States all policies; `installed` is over (accelerator, node), `running` over (programme, node)."""
    found = []
    for policy in frame.case.policies:
        inside = _inside(frame, policy.span)
        if policy.kind in {"max_vendor_share", "min_vendor_share"}:
            found.append(_vendor_share(builder, frame, ledger, machines, installed, policy, inside))
        elif policy.kind in {"min_capability", "max_capability"}:
            found.append(_capability(builder, frame, machines, installed, policy, inside))
        elif policy.kind == "max_order_growth":
            found.append(_order_growth(builder, frame, orders, policy))
        else:
            axes = _one(policy), frame.node
            at_once = running.sum(frame.programme).spread(axes[0])
            rows = builder.require("active_programmes", axes, at_once, "<=", policy.value, where=inside)
            rows = rows or _no_rows("active_programmes", axes)
            found.append(Ruled(policy, rows, at_once, Expr.given(axes, 1.0), inside))
    return tuple(found)


def ceilings(frame: Frame, policies: tuple[Ruled, ...]) -> Iterator[Amounts]:
    """Yields what each policy allows at most; what it asks for at least is no amount to have more of."""
    years = calendar_years(frame)
    families = {one.rows: one for one in (VENDOR_SHARE, CAPABILITY, ORDER_GROWTH, PROGRAMMES_AT_A_TIME)}
    spans = [years.rows[row] for row in years.ends.row]
    for ruled in policies:
        if ruled.is_floor:
            continue
        policy, family, (first, last) = ruled.policy, families[ruled.rows.name], ruled.rows.axes
        name = _name(policy, frame.case.policies)
        items = [f"{name} {offer}" for offer in first.labels] if ruled.is_growth else [name]
        if ruled.is_growth:
            labels, node, begins = [span.label for span in spans], years.ends.end, [span.first for span in spans]
        else:
            begins, node = frame.tree.period.tolist(), np.arange(len(last))
            labels = [frame.calendar.labels[period] for period in begins]
        is_bounded = np.broadcast_to(ruled.where, (len(items), len(last))).ravel()
        unit = "USD million" if policy.kind == "max_vendor_share" and policy.basis == "spend" else _UNITS[policy.kind]
        yield Amounts(
            family, ruled.rows.axes, tuple(item for item in items for _ in last.labels), tuple(labels) * len(items),
            np.tile(node, len(items)), np.tile(np.array(begins, dtype=np.int64), len(items)), ruled.amount,
            ruled.allowed, None, is_bounded, units=(unit,) * is_bounded.size,
        )  # fmt: skip


_UNITS = {
    "max_vendor_share": "of capability",
    "max_capability": "of capability",
    "max_order_growth": "units a year",
    "max_active_programmes": "programmes",
}


def _name(policy: Policy, policies: tuple[Policy, ...]) -> str:
    """What tells a policy from others: its name, with its span where several rows have that name."""
    is_alone = sum(row.policy == policy.policy for row in policies) == 1
    return policy.policy if is_alone else f"{policy.policy} {policy.span}"


def _no_rows(name: str, axes: Axes) -> RequirementRows:
    """A policy that bounds only what is there already, such as leases that run: nothing that is decided counts."""
    return RequirementRows(name, axes, np.zeros(0, dtype=np.int64), 0)


def _one(policy: Policy) -> Axis:
    return Axis("policy", (policy.policy,))


def _inside(frame: Frame, span: str) -> np.ndarray:
    first, end = (month - frame.calendar.start_month for month in parse_span(span))
    start = frame.tree.period * frame.calendar.months
    return np.asarray((start >= first) & (start < end))[None, :]


def _vendor_share(
    builder: Builder,
    frame: Frame,
    ledger: Ledger,
    machines: AcceleratorData,
    installed: Expr,
    policy: Policy,
    inside: np.ndarray,
) -> Ruled:
    case, one = frame.case, _one(policy)
    vendor = np.array([row.vendor == policy.subject for row in case.accelerators])
    if policy.basis == "capability":
        amount = installed * Param((frame.accelerator,), machines.capability)
        axis, is_own = frame.accelerator, vendor
    else:
        lines = ledger.lines_of({"hardware", "lease"})
        amount = total((frame.offer, frame.node), [line.amount for line in lines if line.items is frame.offer])
        kind = [frame.accelerator.position(row.accelerator) for row in case.offers]
        axis, is_own = frame.offer, vendor[kind]
    own = amount.where(is_own[:, None]).sum(axis).spread(one)
    everyone = amount.sum(axis).spread(one)
    for line in ledger.lines_of({"lease"}) if policy.basis == "spend" else ():
        if line.what.startswith(RUNNING[1]):
            rented = [frame.accelerator.position(row.accelerator) for row in case.open_leases]
            own = own + line.amount.where(vendor[rented][:, None]).sum(line.items).spread(one)
            everyone = everyone + line.amount.sum(line.items).spread(one)
    share = everyone * policy.value
    axes = one, frame.node
    rows = builder.require("vendor_share", axes, own, SENSE[policy.kind], share, where=inside)
    return Ruled(policy, rows or _no_rows("vendor_share", axes), own, everyone, inside)


def _capability(
    builder: Builder, frame: Frame, machines: AcceleratorData, installed: Expr, policy: Policy, inside: np.ndarray
) -> Ruled:
    one = _one(policy)
    machine = frame.case.accelerators
    counts = np.array([policy.subject in {"", row.vendor, row.accelerator} for row in machine])
    amount = (installed * Param((frame.accelerator,), machines.capability)).where(counts[:, None])
    held = amount.sum(frame.accelerator).spread(one)
    axes = one, frame.node
    rows = builder.require("capability_bounds", axes, held, SENSE[policy.kind], policy.value, where=inside)
    return Ruled(policy, rows or _no_rows("capability_bounds", axes), held, Expr.given(axes, 1.0), inside)


def _order_growth(builder: Builder, frame: Frame, orders: Orders, policy: Policy) -> Ruled:
    calendar = frame.calendar
    years = calendar_years(frame)
    first, end = parse_span(policy.span)
    starts = [calendar.start_month + period * calendar.months for period in range(frame.steps)]
    held = {calendar.year_of(period) for period, month in enumerate(starts) if first <= month < end}
    before = years.before(frame)
    opened = np.array([frame.window(row.first_order, row.last_order) for row in frame.case.offers], dtype=bool)
    could = np.zeros((len(frame.offer), len(years.axis)), dtype=bool)
    for row in np.flatnonzero(before >= 0):
        past, now = years.rows[years.ends.row[before[row]]], years.rows[years.ends.row[row]]
        in_past = (frame.tree.period >= past.first) & (frame.tree.period <= past.last)
        could[:, row] = (opened & in_past).any(axis=1) & (int(now.label) in held)
    known = _past_years(frame)
    for number, span in enumerate(years.rows[end] for end in years.ends.row):
        if int(span.label) in held:
            could[:, number] |= [(offer, int(span.label) - 1) in known for offer in frame.offer.labels]
    could &= np.array([[policy.subject in {"", offer}] for offer in frame.offer.labels])
    if known:
        return _growth_from_past(builder, frame, orders, policy, could)
    a_year = Param((years.axis,), 1.0 / years.covered)
    ordered = orders.units.through(years.from_nodes) * a_year
    has_before = np.flatnonzero(before >= 0)
    year_before = Relation.of((years.axis,), (years.axis,), (before[has_before], has_before))
    last_year = ordered.through(year_before)
    most = last_year * (1.0 + policy.value)
    axes = frame.offer, years.axis
    rows = builder.require("order_growth", axes, ordered, "<=", most, where=could)
    return Ruled(policy, rows or _no_rows("order_growth", axes), ordered, last_year, could)


def _past_years(frame: Frame) -> dict[tuple[str, int], tuple[int, float]]:
    """By offer and calendar year: the periods before the plan whose orders are known, and the units ordered in them."""
    found: dict[tuple[str, int], tuple[int, float]] = {}
    for row in frame.case.past_orders:
        key = row.offer, frame.calendar.year_of(frame.calendar.period_at(row.period))
        count, units = found.get(key, (0, 0.0))
        found[key] = count + 1, units + row.units
    return found


def _growth_from_past(builder: Builder, frame: Frame, orders: Orders, policy: Policy, could: np.ndarray) -> Ruled:
    """As `order_growth`, where orders before the plan count in the year that has begun and in the year before it."""
    years, known, O = calendar_years(frame), _past_years(frame), frame.offer
    spans = [years.rows[row] for row in years.ends.row]
    covered, units = np.tile(years.covered, (len(O), 1)), np.zeros((len(O), len(spans)))
    earlier_units, earlier = np.zeros_like(units), np.zeros_like(units)
    before = years.before(frame)
    for o, offer in enumerate(O.labels):
        for row, span in enumerate(spans):
            count, own = known.get((offer, int(span.label)), (0, 0.0))
            covered[o, row] += count * frame.delta
            units[o, row] = own
            if before[row] < 0:
                count, own = known.get((offer, int(span.label) - 1), (0, 0.0))
                earlier[o, row], earlier_units[o, row] = count * frame.delta, own
    axes = O, years.axis
    ordered = (orders.units.through(years.from_nodes) + Param(axes, units)) * Param(axes, 1.0 / covered)
    has_before = np.flatnonzero(before >= 0)
    last_year = ordered.through(Relation.of((years.axis,), (years.axis,), (before[has_before], has_before)))
    then = np.divide(earlier_units, earlier, out=np.zeros_like(earlier), where=earlier > 0)
    last_year = last_year + Param(axes, then)
    most = last_year * (1.0 + policy.value)
    rows = builder.require("order_growth", axes, ordered, "<=", most, where=could)
    return Ruled(policy, rows or _no_rows("order_growth", axes), ordered, last_year, could)
