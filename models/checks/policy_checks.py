"""Rules that the company gives itself: shares of vendors, capability, growth of orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.checks.evidence import Amounts, Evidence, UsedAmount
from models.checks.fleet_checks import in_place
from models.checks.money_supply import RUNNING
from models.checks.plan_check import compares
from models.checks.report import Recorder
from models.checks.time import interval
from models.tables.strategy_rows import Policy


@dataclass(frozen=True)
class RuledAmount:
    """What a policy says in a period or calendar year: an amount, its bound, and the whole that it is a share of.

    `item` is an offer where the policy is about each by itself; `first` is the first period that it is about.
    """

    policy: Policy
    label: str
    first: int
    amount: float
    bound: float
    item: str = ""
    whole: float = 0.0


def periods_of(plan: Evidence, policy: Policy) -> list[int]:
    """Returns the periods of the horizon in which a policy holds."""
    return list(plan.calendar.within(interval(policy.span)))


def capability_by_accelerator(plan: Evidence) -> dict[tuple[str, int], float]:
    """Returns installed units × capability, by accelerator and period."""
    found: dict[tuple[str, int], float] = {}
    for (accelerator, _, t), units in in_place(plan).items():
        key = (accelerator, t)
        found[key] = found.get(key, 0.0) + units * plan.facts.capability[accelerator]
    return found


def spend_by_vendor(plan: Evidence) -> list[tuple[str, int, float]]:
    """Returns hardware and lease spending as vendor, period and USD million; running leases are spending too."""
    machines = {row.lease: row.accelerator for row in plan.case.open_leases}
    found = []
    for category in ("hardware", "lease"):
        for (what, item, t), musd in plan.expected[category].items():
            accelerator = machines[item] if what.startswith(RUNNING) else plan.facts.offers[item].accelerator
            found.append((plan.facts.accelerators[accelerator].vendor, t, musd))
    return found


def policy_name(plan: Evidence, policy: Policy) -> str:
    """Returns what tells a policy from others: its name, with its span where several rows have that name."""
    is_alone = sum(row.policy == policy.policy for row in plan.case.policies) == 1
    return policy.policy if is_alone else f"{policy.policy} {policy.span}"


def _ceilings(plan: Evidence, rules: Iterable[RuledAmount], requirement: str, kind: str) -> Amounts:
    """What policies allow at most; what they ask for at least is no amount to have more of."""
    found: Amounts = {}
    for ruled in rules:
        policy, name = ruled.policy, " ".join(filter(None, (policy_name(plan, ruled.policy), ruled.item)))
        if not policy.kind.startswith("min_"):
            unit = "units a year" if ruled.item else "of capability"
            if policy.kind == "max_vendor_share" and policy.basis == "spend":
                unit = "USD million"
            found[requirement, name, ruled.label] = UsedAmount(
                ruled.amount, ruled.bound, unit, ruled.first, kind, f"{kind} {name}",
                ruled.first < plan.case.settings.periods, size=ruled.whole, only_in_binding=True,
            )  # fmt: skip
    return found


def vendor_shares(plan: Evidence) -> Iterator[RuledAmount]:
    """Yields what each vendor with a policy on its share has in each period."""
    for policy in plan.case.policies:
        if policy.kind not in ("max_vendor_share", "min_vendor_share"):
            continue
        if policy.basis == "spend":
            parts = spend_by_vendor(plan)
        else:
            capability = capability_by_accelerator(plan)
            parts = [(plan.facts.accelerators[g].vendor, t, amount) for (g, t), amount in capability.items()]
        for period in periods_of(plan, policy):
            total = sum(amount for _, t, amount in parts if t == period)
            own = sum(amount for vendor, t, amount in parts if t == period and vendor == policy.subject)
            yield RuledAmount(policy, plan.labels[period], period, own, policy.value * total, whole=total)


def share_amounts(plan: Evidence) -> Amounts:
    """Returns the largest share of each vendor that a policy allows, and what it has."""
    return _ceilings(plan, vendor_shares(plan), "vendor_share", "maximum vendor share")


@compares("costs.musd orders.units arrivals.units fleet.units active.units", amounts=share_amounts)
def vendor_share(plan: Evidence, record: Recorder) -> None:
    """Share of a vendor in installed capability, or in spend, at most or at least the value, in each period."""
    for ruled in vendor_shares(plan):
        policy = ruled.policy
        compare = record.at_most if policy.kind == "max_vendor_share" else record.at_least
        where = (policy.policy, policy.subject, ruled.label)
        compare(ruled.amount, ruled.bound, where, f"{policy.basis} of the vendor", ruled.whole)


def capabilities(plan: Evidence) -> Iterator[RuledAmount]:
    """Yields the installed capability that each policy bounds, in each period."""
    for policy in plan.case.policies:
        if policy.kind not in ("min_capability", "max_capability"):
            continue
        capability = capability_by_accelerator(plan)
        for period in periods_of(plan, policy):
            total = sum(
                amount
                for (accelerator, t), amount in capability.items()
                if t == period and policy.subject in ("", accelerator, plan.facts.accelerators[accelerator].vendor)
            )
            yield RuledAmount(policy, plan.labels[period], period, total, policy.value)


def capability_amounts(plan: Evidence) -> Amounts:
    """Returns the maximum capability that each policy allows, and what is installed."""
    return _ceilings(plan, capabilities(plan), "capability_bounds", "maximum capability")


@compares("orders.units arrivals.units fleet.units active.units", amounts=capability_amounts)
def capability_bounds(plan: Evidence, record: Recorder) -> None:
    """Installed units × capability, of all or of a vendor or accelerator, within the bound in each period."""
    for ruled in capabilities(plan):
        compare = record.at_most if ruled.policy.kind == "max_capability" else record.at_least
        where = (ruled.policy.policy, ruled.policy.subject, ruled.label)
        compare(ruled.amount, ruled.bound, where, "installed capability")


def orders_by_year(plan: Evidence) -> Iterator[RuledAmount]:
    """Yields the units ordered per year of each offer and year with a policy on growth, and what that year allows."""
    years: dict[int, list[int]] = {}
    for t in range(plan.calendar.periods):
        years.setdefault(plan.calendar.year_of(t), []).append(t)
    ordered: dict[tuple[str, int], float] = {}
    for (name, t), order in plan.orders.items():
        key = (name, plan.calendar.year_of(t))
        ordered[key] = ordered.get(key, 0.0) + order.units
    past: dict[tuple[str, int], list[int]] = {}
    for row in plan.case.past_orders:
        period = plan.calendar.holding(row.period)
        key = (row.offer, plan.calendar.year_of(period))
        ordered[key] = ordered.get(key, 0.0) + row.units
        past.setdefault(key, []).append(period)
    for policy in plan.case.policies:
        if policy.kind != "max_order_growth":
            continue
        touched = {plan.calendar.year_of(t) for t in periods_of(plan, policy)}
        for name, offer in plan.facts.offers.items():
            window = plan.calendar.window(offer.first_order, offer.last_order)
            for year in sorted(touched):
                before, known = years.get(year - 1, []), past.get((name, year - 1), [])
                if policy.subject in ("", name) and (known or any(t in window for t in before)):
                    counted = len(years[year]) + len(past.get((name, year), []))
                    now = ordered.get((name, year), 0.0) / (counted * plan.calendar.years)
                    then = ordered.get((name, year - 1), 0.0) / ((len(before) + len(known)) * plan.calendar.years)
                    yield RuledAmount(policy, str(year), years[year][0], now, (1.0 + policy.value) * then, item=name)


def growth_amounts(plan: Evidence) -> Amounts:
    """Returns what may be ordered of each offer in each year by policies on growth, and what is."""
    return _ceilings(plan, orders_by_year(plan), "order_growth", "maximum order growth")


@compares("orders.units", amounts=growth_amounts)
def order_growth(plan: Evidence, record: Recorder) -> None:
    """Units ordered per year in y ≤ (1 + value) × those in y − 1, where the offer could be ordered in y − 1."""
    for ruled in orders_by_year(plan):
        where = (ruled.policy.policy, ruled.item, ruled.label)
        record.at_most(ruled.amount, ruled.bound, where, "units ordered per year")
