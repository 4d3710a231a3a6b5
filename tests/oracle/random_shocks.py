"""Random rows of the tables that say what a disruption changes, added to a random case that stays feasible."""

from __future__ import annotations

import random
from dataclasses import replace

from models.case import Backlog, Commitment, Delay, LeadTime, SiteSeries
from tests.oracle.clock import Clock
from tests.oracle.random_cases import random_case


def disrupted_case(seed, size="small", backlogs=True):
    """A random case with late or early arrivals, delays, failures and sites that change; the same for each seed."""
    case = random_case(seed, size)
    rng = random.Random(f"shocks-{size}-{seed}")
    clock = Clock.of(case.settings)
    case = with_more_commitments(rng, clock, case, before=0 if size == "tiny" else 2)
    case = with_leads(rng, clock, case, backlogs)
    case = with_delays(rng, clock, case)
    return with_sites(rng, clock, case)


def with_more_commitments(rng, clock, case, before):
    """A start and a signing made up to some periods before the plan: delays and failures hit what cannot be avoided."""
    added = []
    committed = {row.item for row in case.commitments}
    route = next((row for row in case.routes if not row.requires and not row.first_start), None)
    if route and route.programme not in committed and rng.random() < 0.6 and not busy(case, committed):
        when = clock.label(rng.randint(-before, 0))
        added.append(
            Commitment(kind="start", item=route.programme, route=route.route, period=when, status="done"),
        )
    excluded = any("team" in row.excludes and row.agreement in committed for row in case.agreements)
    for row in case.acquisitions:
        if row.acquisition not in committed and rng.random() < 0.7 and not row.first_signing and not excluded:
            when = clock.label(rng.randint(-before, 0))
            added.append(Commitment(kind="close", item=row.acquisition, period=when, status="done"))
    companies = tuple(
        replace(
            row,
            break_fee_share=rng.choice([1.0, 0.5, 0.0]),
            months_to_close=rng.choice([row.months_to_close, 1.5 * clock.step, 2.5 * clock.step]),
        )
        for row in case.acquisitions
    )
    # What is committed must fit the budgets, and a start a tight one on tape-outs.
    budgets = tuple(
        replace(row, amount_musd=row.amount_musd + 1.0) if added and row.amount_musd is not None else row
        for row in case.budgets
    )
    return replace(case, commitments=(*case.commitments, *added), acquisitions=companies, budgets=budgets)


def busy(case, committed):
    """True where a programme is committed already and only one may run at a time."""
    one = any(row.kind == "max_active_programmes" for row in case.policies)
    return one and any(row.programme in committed for row in case.programmes)


def with_leads(rng, clock, case, backlogs):
    """Leads that grow or shrink and come back, and offers that may be served late.

    What is committed to arrive may come late wherever its lead changes: limits were drawn for its nominal arrival.
    """
    leads, late = [], []
    committed = {row.item for row in case.commitments if row.kind == "order"}
    for offer in case.offers:
        if rng.random() < 0.5 and (backlogs or offer.offer not in committed):
            first = rng.randint(-1, clock.count - 2)
            months = offer.lead_time_months * rng.choice([0.0, 0.5, 1.5, 2.0]) + rng.choice([0.0, 2.0, clock.step])
            leads.append(LeadTime(offer=offer.offer, period=inside(rng, clock, first), lead_time_months=months))
            if rng.random() < 0.6:
                back = clock.label(rng.randint(first + 1, clock.count - 1))
                row = LeadTime(offer=offer.offer, period=back, lead_time_months=offer.lead_time_months)
                leads.append(row)
            touched = rng.random() < 0.6 or offer.offer in committed
        else:
            touched, first = rng.random() < 0.25, rng.randint(-1, clock.count - 1)
        if touched and backlogs:
            since = -1 if offer.offer in committed else rng.randint(-1, max(first, 0))
            late.append(Backlog(offer=offer.offer, since=inside(rng, clock, since)))
    return replace(case, lead_times=tuple(with_shares(case, leads)), backlogs=tuple(late))


def with_shares(case, rows):
    """Some offers are delivered in part for some time, where nothing must be served; from draws of their own."""
    rng = random.Random(f"shares-{rows!r}")
    tiered = {row.offer for row in case.price_tiers}
    whole = {row.offer for row in case.offers if row.kind == "lease" and row.offer in tiered}
    if any(row.min_service > 0 for row in case.workloads):
        return rows
    partial = [row.offer not in whole and rng.random() < 0.3 for row in rows]
    return [
        replace(row, delivered_share=rng.choice([0.3, 0.5, 0.8])) if is_partial else row
        for row, is_partial in zip(rows, partial, strict=True)
    ]


def inside(rng, clock, period):
    """The label of a period, or of its last month."""
    if rng.random() < 0.7:
        return clock.label(period)
    year, month = divmod(clock.month(period + 1) - 1, 12)
    return f"{year}-{month + 1:02d}"


def with_delays(rng, clock, case):
    """Slips that come, change and go, and failures."""
    rows = []
    items = [row.programme for row in case.programmes] + [row.acquisition for row in case.acquisitions]
    for item in [*items, *(row.expansion for row in case.expansions)]:
        if rng.random() < 0.2:
            continue
        # Early rows, which hit what is not ready yet.
        when = rng.sample(range(-1, max(2, clock.count - 2)), rng.choice([1, 2]))
        for t in sorted(when):
            months = rng.choice([0.0, 1.0, 4.0, float(clock.step), 2.5 * clock.step])
            rows.append(
                Delay(item=item, period=inside(rng, clock, t), months=months, fails=rng.random() < 0.45),
            )
    return replace(case, delays=tuple(with_respins(case, rows)))


def with_respins(case, rows):
    """Some delays of programmes tell how many respins there are; from draws of their own."""
    rng = random.Random(f"respins-{rows!r}")
    names = {
        row.programme for row in case.programmes if any(r.respin_months or r.respin_cost_musd for r in case.routes)
    }
    return [
        replace(row, respins=rng.choice([0.0, 1.0, 2.0])) if row.item in names and rng.random() < 0.4 else row
        for row in rows
    ]


def with_sites(rng, clock, case):
    """Power that falls, is shared out and comes back, and electricity that grows dearer.

    A site without a limit gets one only where no least service must be given.
    """
    rows = []
    served = any(row.min_service > 0 for row in case.workloads)
    for site in case.sites:
        if rng.random() < 0.35:
            continue
        for t in sorted(rng.sample(range(-1, clock.count), rng.choice([1, 2]))):
            free = site.power_mw is None and (served or rng.random() < 0.6)
            power = None if free or rng.random() < 0.4 else round(rng.uniform(0.0, 0.08), 3)
            row = SiteSeries(
                site=site.site,
                period=inside(rng, clock, t),
                power_mw=power,
                available_share=rng.choice([1.0, 0.8, 0.4, 0.0]),
                electricity_usd_per_mwh=rng.choice([None, 20.0, 150.0, 400.0]),
            )
            rows.append(row)
    return replace(case, site_series=tuple(rows))
