"""Random cases with contracts: yearly levels, milestones, facilities, rented modules, at terms that matter."""

from __future__ import annotations

import dataclasses
import random

from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone, MilestoneValue
from models.tables.disruption_rows import LeadTime
from models.tables.holding_rows import OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Agreement, Commitment
from tests.oracle.clock import Clock
from tests.oracle.random_cases import random_case


def contract_case(seed, size="tiny", forms=("levels", "milestones", "facilities", "rents")):
    """A random case with some of the forms of contracts."""
    case, rng = random_case(seed, size), random.Random(seed + 91_000)
    clock = Clock.of(case.settings)
    for form in forms:
        case = BY_FORM[form](case, rng, clock)
    return case


def with_levels(case, rng, clock):
    """An agreement with a level for each year of its term, behind which some offers of one machine stand."""
    machine = rng.choice(case.accelerators).accelerator
    own = [row for row in case.offers if row.accelerator == machine]
    unit = rng.choice(["units", "units", "musd", "mw"])
    only = unit == "mw"
    if only:
        case = dataclasses.replace(
            case,
            opening_fleet=tuple(row for row in case.opening_fleet if row.accelerator != machine),
            open_orders=tuple(row for row in case.open_orders if row.offer not in {offer.offer for offer in own}),
        )
    behind = {row.offer for row in (own if only else rng.sample(own, rng.randint(1, len(own))))} if own else set()
    term = rng.choice([12.0, 18.0, 24.0, 36.0])
    pact = Agreement(
        agreement="yearly_pact", term_months=term, lag_months=rng.choice([0.0, 0.0, 6.0]),
        prepayment_musd=rng.choice([0.0, 0.02]), shortfall_usd_per_unit=rng.choice([500.0, 4000.0]),
        shortfall_musd_per_mw=rng.choice([0.5, 8.0]),
    )  # fmt: skip
    size = {"units": [5.0, 20.0, 60.0], "musd": [0.05, 0.4, 1.5], "mw": [0.01, 0.04, 0.2]}[unit]
    carries, share = rng.choice([["none"], ["excess"], ["none", "excess"]]), rng.choice([0.3, 1.0])
    years = -(-int(term) // 12)
    levels = tuple(
        CommitLevel(agreement="yearly_pact", year_of_term=y, amount=rng.choice([*size, 0.0] if y == 1 else size),
                    unit=unit, shortfall_share=share, carry=rng.choice(carries), counted_before=rng.choice([0.0, 3.0]))
        for y in range(1, years + 1) if rng.random() < 0.9
    )  # fmt: skip
    offers = tuple(
        dataclasses.replace(row, requires=(*row.requires, "yearly_pact")) if row.offer in behind else row
        for row in case.offers
    )
    must = ()
    if rng.random() < 0.6:
        when = rng.choice([clock.label(0), clock.label(-rng.randint(1, 2))])
        must = (Commitment(kind="sign", item="yearly_pact", period=when, status="done"),)
    # What stands behind the agreement and is committed could not be ordered before it is live.
    kept = tuple(row for row in case.commitments if row.item not in behind)
    return dataclasses.replace(
        case, offers=offers, agreements=(*case.agreements, pact), commit_levels=levels, commitments=(*kept, *must)
    )


def with_milestones(case, rng, clock):
    """One or two milestones of vendors, machines or offers, some with a value that changes."""
    subjects = [*(row.vendor for row in case.accelerators), *(row.accelerator for row in case.accelerators),
                *(row.offer for row in case.offers), *(row.agreement for row in case.agreements)]  # fmt: skip
    rows, values = [], []
    for i in range(rng.randint(1, 2)):
        measure = rng.choice(["units", "mw", "musd"])
        amount = rng.choice({"units": [10.0, 60.0], "mw": [0.01, 0.06], "musd": [0.2, 1.5]}[measure])
        by = clock.label(rng.randint(0, clock.count - 1)) if rng.random() < 0.5 else None
        subject, value = rng.choice(subjects), rng.choice([0.01, 0.1, 0.8])
        rows.append(
            IncentiveMilestone(
                milestone=f"m{i}", subject=subject, measure=measure, amount=amount, by=by, value_musd=value
            )
        )
        if rng.random() < 0.4 and clock.count > 1:
            at = clock.label(rng.randint(1, clock.count - 1))
            values.append(MilestoneValue(milestone=f"m{i}", period=at, value_musd=rng.choice([0.0, 0.3])))
    return dataclasses.replace(case, milestones=tuple(rows), milestone_values=tuple(values))


def with_facilities(case, rng, clock):
    """A cheap loan of short term, or a dear one that only a budget makes worth while; some drawn before the plan."""
    rows, drawn = [], []
    for i in range(rng.randint(1, 2)):
        categories = rng.choice([("hardware",), ("hardware", "lease"), ("expansion", "hardware"), ("power",)])
        first = clock.label(rng.randint(0, clock.count - 1)) if rng.random() < 0.3 else None
        rows.append(Facility(
            facility=f"loan{i}", limit_musd=rng.choice([0.1, 0.6, 5.0]), rate_per_year=rng.choice([0.01, 0.08, 0.25]),
            first_draw=first, term_months=rng.choice([6.0, 12.0, 18.0, 36.0]),
            repayment=rng.choice(["level", "bullet"]), advance_share=rng.choice([0.5, 0.8, 1.0]),
            categories=categories, fee_share=rng.choice([0.0, 0.01]),
        ))  # fmt: skip
        if rng.random() < 0.3:
            when = clock.label(-rng.randint(1, 3))
            drawn.append(Commitment(kind="draw", item=f"loan{i}", period=when, quantity=0.08, status="done"))
    return dataclasses.replace(case, facilities=tuple(rows), commitments=(*case.commitments, *drawn))


def with_rents(case, rng, clock):
    """A hall that is rented at a site of its own, or more power at a site that has a limit."""
    site = Site(
        site="rented", power_mw=0.0, pue=1.1, electricity_usd_per_mwh=rng.choice([0.0, 40.0]),
        fixed_musd_per_year=rng.choice([0.0, 0.03]), fixed_from=rng.choice(["start", "first_module"]),
    )  # fmt: skip
    hall = Expansion(
        expansion="rented_hall", site="rented", module_mw=0.03, cost_musd_per_module=rng.choice([0.0, 0.01]),
        max_modules=rng.randint(1, 2), lead_time_months=rng.choice([0.0, 6.0]),
        rent_musd_per_module_per_year=rng.choice([0.005, 0.05]), rent_growth_per_year=rng.choice([0.0, 0.1]),
        term_months=rng.choice([None, 6.0, 12.0, 24.0]), exit_fee_musd_per_module=rng.choice([0.0, 0.02]),
    )  # fmt: skip
    offers = tuple(
        dataclasses.replace(row, sites=(*row.sites, "rented")) if row.sites and rng.random() < 0.7 else row
        for row in case.offers
    )
    loads = tuple(
        dataclasses.replace(row, sites=(*row.sites, "rented")) if row.sites else row for row in case.workloads
    )
    sites = tuple(dataclasses.replace(row, power_mw=row.power_mw * 0.5) if row.power_mw else row for row in case.sites)
    return dataclasses.replace(
        case, sites=(*sites, site), expansions=(*case.expansions, hall), offers=offers, workloads=loads
    )


def with_cancellations(case, rng, clock):
    """Purchases with a deposit and a lead that may be cancelled; one of them is ordered whether it is needed or not."""
    offers = []
    for row in case.offers:
        if row.kind == "buy" and rng.random() < 0.8:
            row = dataclasses.replace(
                row,
                lead_time_months=float(clock.step * rng.choice([1, 2, 2, 3])),
                deposit_share=rng.choice([0.0, 0.2, 0.6]),
                cancel_until_months=rng.choice([0.0, 0.0, float(clock.step)]),
                cancel_fee_share=rng.choice([0.0, 0.1, 0.4]),
                late_exit_months=rng.choice([None, 0.0, 3.0]),
            )
        offers.append(row)
    waits = {row.offer for row in offers if row.cancel_until_months is not None}
    kept = tuple(row for row in case.commitments if row.item not in waits)
    forced = ()
    named = [row for row in offers if row.offer in waits and not row.requires and row.first_order is None]
    if named and clock.count > 2:
        row = rng.choice(named)
        lot = row.lot_size or 1.0
        units = lot * max(row.min_lots, 3.0)
        priced = any(one.offer == row.offer and clock.period_of(one.period) <= 0 for one in case.prices)
        fits = clock.lag(row.lead_time_months) < clock.count and (row.max_lots_per_period or 9e9) * lot >= units
        if priced and fits:
            forced = (Commitment(kind="order", item=row.offer, period=clock.label(0), quantity=units, status="fixed"),)
    late = tuple(
        LeadTime(offer=row.offer, period=clock.label(1), lead_time_months=row.lead_time_months + 2.0 * clock.step)
        for row in named
        if clock.count > 3 and rng.random() < 0.7
    )
    opened = tuple(row for one in named if rng.random() < 0.6 for row in open_orders_of(one, rng, clock, case))
    opened = (*(row for row in case.open_orders if row.offer not in {one.offer for one in opened}), *opened)
    return dataclasses.replace(
        case, offers=tuple(offers), commitments=(*kept, *forced), lead_times=(*case.lead_times, *late),
        open_orders=opened,
    )  # fmt: skip


def open_orders_of(offer, rng, clock, case):
    """An order from before the plan, at one site or two, that may be cancelled; some come later than promised."""
    lead = clock.lag(offer.lead_time_months)
    ordered = -rng.randint(1, lead)
    promised = ordered + lead
    due = promised + rng.choice([0, 0, 1, 2])
    price = rng.choice([8000.0, 20000.0])
    paid, balance = offer.deposit_share * price, (1.0 - offer.deposit_share) * price
    lots, lot = rng.choice([1.0, 2.0, 3.0]), offer.lot_size or 4.0
    sites = offer.sites or tuple(row.site for row in case.sites)
    for site in sites[: rng.choice([1, 2])]:
        yield OpenOrder(
            offer=offer.offer, site=site, units=lots * lot / min(2, len(sites)), due=clock.label(due),
            balance_usd_per_unit=balance, balance_due=clock.label(promised) if due > promised else None,
            ordered=clock.label(ordered), paid_usd_per_unit=paid,
        )  # fmt: skip


def with_lease_changes(case, rng, clock):
    """Leases that may be left or renewed, those of the start among them."""

    def rights():
        may_leave, may_renew = rng.random() < 0.8, rng.random() < 0.7
        return {
            "exit_fee_months": rng.choice([0.0, 1.0, 4.0]) if may_leave else None,
            "exit_notice_months": rng.choice([0.0, 3.0, 6.0]),
            "renew_months": rng.choice([6.0, 12.0]) if may_renew else None,
            "renewals": rng.choice([None, 1, 2]),
        }

    tiered = {row.offer for row in case.price_tiers}
    offers = []
    for row in case.offers:
        if row.kind == "lease" and row.offer not in tiered:
            price = rng.choice([None, 500.0, 4000.0])
            term = rng.choice([6.0, 12.0, 24.0])
            row = dataclasses.replace(row, term_months=term, renew_usd_per_unit_per_year=price, **rights())
        offers.append(row)
    leases = tuple(
        OpenLease(
            lease=f"old{i}", accelerator=rng.choice(case.accelerators).accelerator, site=rng.choice(case.sites).site,
            units=rng.choice([5.0, 30.0]), rent_usd_per_unit_per_year=rng.choice([200.0, 3000.0, 30000.0]),
            ends=clock.label(rng.randint(1, clock.count + 1)),
            renew_usd_per_unit_per_year=rng.choice([None, 800.0]), **rights(),
        )
        for i in range(rng.randint(1, 2))
    )  # fmt: skip
    return dataclasses.replace(case, offers=tuple(offers), open_leases=(*case.open_leases, *leases))


BY_FORM = {
    "levels": with_levels, "milestones": with_milestones, "facilities": with_facilities, "rents": with_rents,
    "cancellations": with_cancellations, "leases": with_lease_changes,
}  # fmt: skip
FORMS = tuple(BY_FORM)


@dataclasses.dataclass(frozen=True)
class OneMore:
    """Cases with and without one thing of a contract; a right makes nothing dearer, a level nothing cheaper."""

    name: str
    form: str
    without: dict
    is_right: bool = True
    size: str = "tiny"
    seeds: int = 8

    def cases(self, seed):
        """The case without it, and the case with it."""
        having = contract_case(seed, self.size, (self.form,))
        case = having
        for table, values in self.without.items():
            rows = getattr(case, table)
            new = () if values is None else tuple(dataclasses.replace(row, **values) for row in rows)
            case = dataclasses.replace(case, **{table: new})
        return case, having


def with_more():
    """Each right, and the levels."""
    no_exit = {"exit_fee_months": None, "exit_notice_months": 0.0}
    no_renewal = {"renew_months": None, "renew_usd_per_unit_per_year": None, "renewals": None}
    return (
        OneMore("cancellation", "cancellations", {"offers": {"cancel_until_months": None}}, size="small"),
        OneMore("late exit", "cancellations", {"offers": {"late_exit_months": None}}, size="small"),
        OneMore("exit", "leases", {"offers": no_exit, "open_leases": no_exit}),
        OneMore("renewal", "leases", {"offers": no_renewal, "open_leases": no_renewal}),
        OneMore("milestones", "milestones", {"milestones": None, "milestone_values": None}),
        OneMore("levels", "levels", {"commit_levels": None}, is_right=False),
    )
