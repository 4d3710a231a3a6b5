"""Capacitated warehouse location of the OR-Library, stated in our own input tables.

J. E. Beasley, OR-Library: distributing test problems by electronic mail, Journal of the Operational Research Society
41, 1990; problems cap41 and cap71 of Akinc and Khumawala. A line of `warehouses.txt` is a customer: demand, and what
all of it costs from each of 16 warehouses, the eleventh of which is open already. A warehouse is an agreement with a
prepayment that opens an offer without a price; a customer is a workload that must be served, at a variable cost by
warehouse. USD thousand there are USD million here, and a unit of capacity serves one query a second.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from models.build import build
from models.case import (
    Accelerator,
    Agreement,
    Case,
    Demand,
    Offer,
    Price,
    Settings,
    Site,
    Throughput,
    Workload,
)
from models.outcome import SolveOptions, Status
from models.solve import solve
from tests.models.tiny import DAY, YEAR_UNSERVED

ROWS = [line.split() for line in (Path(__file__).parent / "warehouses.txt").read_text(encoding="utf-8").splitlines()]
FIXED, OPEN = 7.5, 10


def warehouses(capacity):
    """The problem with warehouses of one capacity."""
    customers, houses = range(len(ROWS)), range(len(ROWS[0]) - 1)
    demands = [float(row[0]) for row in ROWS]
    settings = Settings(
        schema_version=1, name="warehouses", currency_basis="real", start="2027", period="year", periods=1,
        discount_rate=0.0,
    )  # fmt: skip
    return Case(
        settings=settings,
        workloads=tuple(Workload(workload=f"c{j}", min_service=1.0) for j in customers),
        demand=tuple(
            Demand(workload=f"c{j}", period="2027", queries_per_day_million=demands[j] * DAY) for j in customers
        ),
        accelerators=tuple(Accelerator(accelerator=f"w{i}", vendor="any", it_kw=1.0, life_years=1.0) for i in houses),
        throughput=tuple(
            Throughput(
                accelerator=f"w{i}",
                workload=f"c{j}",
                queries_per_second=1.0,
                variable_usd_per_1000=float(ROWS[j][i + 1]) / 1000.0 / demands[j] / YEAR_UNSERVED,
            )
            for i in houses
            for j in customers
        ),
        offers=tuple(
            Offer(offer=f"w{i}", accelerator=f"w{i}", kind="buy", max_lots_per_period=capacity, requires=(f"open{i}",))
            for i in houses
        ),
        prices=tuple(Price(offer=f"w{i}", period="2027", unit_price_usd=0.0) for i in houses),
        agreements=tuple(
            Agreement(agreement=f"open{i}", term_months=12.0, prepayment_musd=0.0 if i == OPEN else FIXED)
            for i in houses
        ),
        sites=(Site(site="here"),),
        budgets=(),
    )


@pytest.mark.parametrize(
    ("capacity", "cost"), [pytest.param(5000.0, 1040.444375, id="cap41"), pytest.param(58268.0, 932.61575, id="cap71")]
)
@pytest.mark.parametrize("solver", ["scip", "highs"])
def test_warehouses_cost_what_is_published(capacity, cost, solver):
    outcome = solve(build(warehouses(capacity)).program, SolveOptions(solver=solver, gap=1e-7, time_limit_s=60.0))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(cost, rel=1e-6)
