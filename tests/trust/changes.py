"""Changes of a case that must not change its cost, and pairs of cases of which one must not cost more."""

from __future__ import annotations

import random
from dataclasses import replace

from models.case import TABLES, Budget, Commitment, Demand
from tests.models import test_monotone
from tests.models.test_properties import renamed, scaled
from tests.oracle.clock import Clock, demand_at

LARGER = (
    test_monotone.less_supply,
    test_monotone.longer_queue,
    test_monotone.price_rise,
    test_monotone.less_power,
    test_monotone.dearer_electricity,
    test_monotone.budget_cut,
    test_monotone.slip,
    test_monotone.later_arrivals,
)


def tables(case):
    return {name: getattr(case, name) for name in TABLES}


def reordered(rng, case):
    return replace(case, **{name: tuple(rng.sample(rows, len(rows))) for name, rows in tables(case).items()})


def other_names(rng, case):
    letters = "abcdefghijklmnopqrstuvwxyz"
    code = str.maketrans(letters, "".join(rng.sample(letters, len(letters))))
    return replace(
        case,
        **{
            name: tuple(renamed(row, lambda text: text.translate(code)) for row in rows)
            for name, rows in tables(case).items()
        },
    )


def money_scaled(case, factor):
    return replace(case, **{name: tuple(scaled(row, factor) for row in rows) for name, rows in tables(case).items()})


def with_slack(rng, case):
    """A budget over everything that nobody could spend."""
    clock = Clock.of(case.settings)
    span = f"{clock.label(0)}..{clock.label(clock.count - 1)}"
    return replace(
        case, budgets=(*case.budgets, Budget(budget="plenty", categories=("all",), span=span, amount_musd=1e6))
    )


def twins(rng, case):
    """An offer beside another of the same kind, each with half of its largest order."""
    fit = [
        row
        for row in case.offers
        if row.max_lots_per_period
        and row.max_lots_per_period % 2 == 0
        and not row.min_lots
        and not any(p.offer == row.offer for p in case.price_tiers)
        and not any(p.subject == row.offer or p.kind == "max_order_growth" for p in case.policies)
        and not any(c.item == row.offer for c in case.commitments)
    ]
    if not fit:
        return None
    one = rng.choice(fit)
    half = replace(one, max_lots_per_period=one.max_lots_per_period / 2)
    copied = {
        name: (*rows, *(replace(row, offer="twin") for row in rows if row.offer == one.offer))
        for name, rows in (("prices", case.prices), ("limit_use", case.limit_use))
    }
    offers = tuple(half if row is one else row for row in case.offers)
    return replace(case, offers=(*offers, replace(half, offer="twin")), **copied)


def only_purchases(case):
    """The case without moves, leases and what is left of machines: nothing in it is paid over time or at the end."""
    bought = {row.offer for row in case.offers if row.kind == "buy"}
    gone = ("programmes", "routes", "acquisitions", "agreements", "expansions", "ramp", "added_supply", "commitments")
    return replace(
        case,
        offers=tuple(replace(row, requires=(), excludes=()) for row in case.offers if row.kind == "buy"),
        sites=tuple(replace(row, fixed_musd_per_year=0.0) for row in case.sites),
        resale=(),
        policies=(),
        **{name: () for name in gone if name in TABLES},
        **{
            name: tuple(row for row in getattr(case, name) if row.offer in bought)
            for name in ("prices", "price_tiers", "limit_use", "open_orders")
        },
    )


def one_period_more(rng, case):
    """The case with its demand written out, and one more period without demand, as a pair."""
    case = only_purchases(case)
    if not case.offers:
        return None
    clock = Clock.of(case.settings)
    demand = written_out(case)
    settings = replace(case.settings, demand_interpolation="step", lookahead_periods=0, periods=clock.count)
    case = replace(case, settings=settings, demand=demand)
    empty = tuple(
        Demand(workload=work.workload, period=clock.label(clock.count), queries_per_day_million=0.0)
        for work in case.workloads
    )
    # What would arrive in the added period arrives after the end of the other.
    longer = replace(case, settings=replace(settings, periods=clock.count + 1), demand=(*demand, *empty))
    return case, longer


def longer_life(rng, case):
    """Machines that live longer and can be sold at any age for nothing: pairs of (no dearer, case)."""
    case = replace(case, settings=replace(case.settings, early_retirement=True), resale=(), policies=())
    longer = tuple(replace(row, life_years=row.life_years * 1.5) for row in case.accelerators)
    return replace(case, accelerators=longer), case


def barred(kind, table, column):
    def change(rng, case):
        free = [getattr(row, column) for row in getattr(case, table)]
        free = [name for name in free if name not in {row.item for row in case.commitments}]
        if not free:
            return ()
        row = Commitment(kind=kind, item=rng.choice(free), status="barred")
        return case, replace(case, commitments=(*case.commitments, row))

    change.__name__ = f"barred_{kind}"
    return change


def written_out(case):
    """A row of demand for each workload and period."""
    clock = Clock.of(case.settings)
    return tuple(
        Demand(
            workload=work.workload,
            period=clock.label(t),
            queries_per_day_million=demand_at(case, clock, work.workload, t),
        )
        for work in case.workloads
        for t in range(clock.count)
    )


def demand_times(case, factor):
    """The case with all demand after the first period multiplied."""
    first = case.settings.start
    rows = tuple(
        row if row.period == first else replace(row, queries_per_day_million=row.queries_per_day_million * factor)
        for row in written_out(case)
    )
    return replace(case, demand=rows, settings=replace(case.settings, demand_interpolation="step"))


def draw(name, seed):
    return random.Random(f"{name}-{seed}")
