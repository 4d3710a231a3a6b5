"""Two-stage problems of the literature, stated in our own input tables.

Both have a first year of decisions and a second year of work. A query a second for a year is 31,536 thousand queries:
a price per unit of work and year becomes one per thousand queries by that number.
"""

from __future__ import annotations

from dataclasses import replace

from models.build import build
from models.case import (
    Accelerator,
    Budget,
    Case,
    Commitment,
    Demand,
    Limit,
    LimitUse,
    Offer,
    Policy,
    Price,
    Settings,
    Site,
    Throughput,
    Workload,
)
from models.outcome import Status
from models.solution import Solution
from models.tree import branching
from tests.trust.tools import require

A_YEAR = 0.031536
DAY = 0.0864


def per_thousand(musd):
    return musd / A_YEAR


def settings(name):
    return Settings(
        schema_version=1, name=name, currency_basis="real", start="2027", period="year", periods=2, discount_rate=0.0
    )


def bought(names, price_musd):
    """The tables of machines that are ordered in the first year, work in the second, and cost so much each."""
    return {
        "accelerators": tuple(
            Accelerator(
                accelerator=name, vendor="any", it_kw=1.0, life_years=1.0, reference_price_usd=0.0, capability=1.0
            )
            for name in names
        ),
        "offers": tuple(
            Offer(offer=f"{name}_list", accelerator=name, kind="buy", lead_time_months=12.0, last_order="2027")
            for name in names
        ),
        "prices": tuple(
            Price(offer=f"{name}_list", period="2027", unit_price_usd=price * 1e6)
            for name, price in zip(names, price_musd, strict=True)
        ),
        "sites": (Site(site="here"),),
    }


def demanded(amounts):
    return tuple(
        Demand(workload=name, period=period, queries_per_day_million=amount * DAY)
        for name, in_second in amounts.items()
        for period, amount in (("2027", 0.0), ("2028", in_second))
    )


# Louveaux and Smeers 1988, as in Birge and Louveaux, section 1.3: investment in electricity.

ELECTRICITY_CHANCES, ELECTRICITY_DEMAND = (0.3, 0.4, 0.3), (3.0, 5.0, 7.0)
ELECTRICITY_COST = 381.853333333
ELECTRICITY_BUILT = (8 / 3, 4.0, 10 / 3, 2.0)


def electricity(first_mode):
    """Four technologies, three modes of demand of 10, 6 and 1 hours; all demand is met."""
    names, running = ("t1", "t2", "t3", "t4"), (4.0, 4.5, 3.2, 5.5)
    hours = {"base": 10.0, "middle": 6.0, "peak": 1.0}
    prices = (10.0, 7.0, 16.0, 6.0)
    return Case(
        settings=settings("electricity"),
        workloads=tuple(Workload(workload=mode, penalty_usd_per_1000=0.0, min_service=1.0) for mode in hours),
        demand=demanded({"base": first_mode, "middle": 3.0, "peak": 2.0}),
        throughput=tuple(
            Throughput(
                accelerator=name,
                workload=mode,
                queries_per_second=1.0,
                variable_usd_per_1000=per_thousand(cost * length),
            )
            for name, cost in zip(names, running, strict=True)
            for mode, length in hours.items()
        ),
        budgets=(Budget(budget="investment", categories=("hardware",), span="2027..2028", amount_musd=120.0),),
        policies=(Policy(policy="reserve", kind="min_capability", span="2028", value=12.0),),
        **bought(names, prices),
    )


# Birge and Louveaux, section 1.1: a farmer's 500 acres. Yields are −20 %, average, +20 %. What is uncertain in our
# tables is demand, so that a ton is counted in tons of the average yield: amounts are divided by the yield, prices
# multiplied by it, and each future has workloads of its own, without demand in the others. USD thousand here are our
# USD million.

YIELDS = (0.8, 1.0, 1.2)
TONS = {"wheat": 2.5, "corn": 3.0, "beets": 20.0}
PLANTING = (150.0, 230.0, 260.0)
USES = {
    "wheat": (("feed", 200.0, 238.0, None), ("sold", 5000.0, 0.0, 170.0)),
    "corn": (("feed", 240.0, 210.0, None), ("sold", 5000.0, 0.0, 150.0)),
    "beets": (("quota", 6000.0, 0.0, 36.0), ("over", 20000.0, 0.0, 10.0)),
}
THOUSAND = 1e-3


def farm(of):
    """The farm in one of its three futures."""
    workloads, amounts, throughput = [], {}, []
    for at, gain in enumerate(YIELDS):
        for crop, uses in USES.items():
            for use, most, missed, earned in uses:
                name = f"{crop}_{use}_{at}"
                workloads.append(
                    Workload(
                        workload=name,
                        penalty_usd_per_1000=per_thousand(missed * gain * THOUSAND),
                        revenue_usd_per_1000=None if earned is None else per_thousand(earned * gain * THOUSAND),
                    )
                )
                amounts[name] = most / gain if at == of else 0.0
                throughput.append(Throughput(accelerator=crop, workload=name, queries_per_second=TONS[crop]))
    machines = bought(tuple(USES), tuple(cost * THOUSAND for cost in PLANTING))
    return Case(
        settings=settings("farm"),
        workloads=tuple(workloads),
        demand=demanded(amounts),
        throughput=tuple(throughput),
        budgets=(),
        limits=(Limit(limit="acres", span="2028", amount=500.0),),
        limit_use=tuple(LimitUse(limit="acres", offer=f"{crop}_list", use_per_unit=1.0) for crop in USES),
        **machines,
    )


def planted(case, acres):
    """The case with the acres of each crop decided."""
    rows = tuple(
        Commitment(kind="order", item=f"{crop}_list", period="2027", quantity=amount, status="fixed")
        for crop, amount in acres.items()
    )
    return replace(case, commitments=rows)


def solved(tools, solver, futures, chances):
    """The least cost of a two-stage problem, and the units of each offer."""
    if len(futures) == 1:
        model = build(futures[0])
    else:
        model = build(futures[0], futures=futures, tree=branching(2, chances, (1,) * len(futures)))
    outcome = tools.outcome(model.program, solver)
    require(outcome.status is Status.OPTIMAL, f"{solver}: {outcome.status.value}: {outcome.detail}")
    return outcome.objective, Solution(model, outcome).value(model.orders.units)[:, 0]
