"""Rules that the company gives itself: shares of vendors, capability, growth of orders."""

from __future__ import annotations

from models.checks.evidence import Evidence
from models.checks.fleet import in_place
from models.checks.plan_check import compares
from models.checks.report import Recorder
from models.checks.time import interval
from models.moves import Policy


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
            accelerator = machines[item] if what == "running" else plan.facts.offers[item].accelerator
            found.append((plan.facts.accelerators[accelerator].vendor, t, musd))
    return found


@compares("costs.musd orders.units arrivals.units fleet.units active.units")
def vendor_share(plan: Evidence, record: Recorder) -> None:
    """Share of a vendor in installed capability, or in spend, at most or at least the value, in each period."""
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
            compare = record.at_most if policy.kind == "max_vendor_share" else record.at_least
            where = (policy.policy, policy.subject, plan.labels[period])
            compare(own, policy.value * total, where, f"{policy.basis} of the vendor", total)


@compares("orders.units arrivals.units fleet.units active.units")
def capability_bounds(plan: Evidence, record: Recorder) -> None:
    """Installed units × capability, of all or of a vendor or accelerator, within the bound in each period."""
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
            compare = record.at_most if policy.kind == "max_capability" else record.at_least
            compare(total, policy.value, (policy.policy, policy.subject, plan.labels[period]), "installed capability")


@compares("orders.units")
def order_growth(plan: Evidence, record: Recorder) -> None:
    """Units ordered per year in y ≤ (1 + value) × those in y − 1, where the offer could be ordered in y − 1."""
    years: dict[int, list[int]] = {}
    for t in range(plan.calendar.periods):
        years.setdefault(plan.calendar.year_of(t), []).append(t)
    ordered: dict[tuple[str, int], float] = {}
    for (name, t), order in plan.orders.items():
        key = (name, plan.calendar.year_of(t))
        ordered[key] = ordered.get(key, 0.0) + order.units
    for policy in plan.case.policies:
        if policy.kind != "max_order_growth":
            continue
        touched = {plan.calendar.year_of(t) for t in periods_of(plan, policy)}
        for name, offer in plan.facts.offers.items():
            window = plan.calendar.window(offer.first_order, offer.last_order)
            for year in sorted(touched):
                before = years.get(year - 1, [])
                if policy.subject in ("", name) and any(t in window for t in before):
                    now = ordered.get((name, year), 0.0) / (len(years[year]) * plan.calendar.years)
                    then = ordered.get((name, year - 1), 0.0) / (len(before) * plan.calendar.years)
                    where = (policy.policy, name, str(year))
                    record.at_most(now, (1.0 + policy.value) * then, where, "units ordered per year")
