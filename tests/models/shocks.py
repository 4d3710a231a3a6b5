"""Rows of what a disruption changes, cases that it hits, and the check of their plans."""

from __future__ import annotations

import pytest

from models.tables.disruption_rows import Backlog, Delay, LeadTime
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import Acquisition, Commitment
from models.verify import verify
from planner.results import tables_of
from tests.models.branches import base
from tests.models.tiny import add, changed, with_programme


def lead(period, months, offer="alpha_list"):
    return LeadTime(offer=offer, period=period, lead_time_months=months)


def delays(*rows, item="chip"):
    """Rows from pairs of a label and months, or None for a failure."""
    return tuple(Delay(item=item, period=label, months=months or 0.0, fails=months is None) for label, months in rows)


def checked(solution, case):
    """The result tables, which the independent check accepts and whose cost lines add up to the objective."""
    tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
    report = verify(case, tables, solution.outcome.objective)
    assert report.findings == ()
    assert sum(row["discounted_musd"] for row in tables["costs"]) == pytest.approx(solution.outcome.objective)
    return tables


def arrived(solution, offer=0):
    return solution.value(solution.model.orders.arrivals)[offer].tolist()


def lines(tables, *names):
    """USD million by line and period, of the lines that are named."""
    rows = [row for row in tables["costs"] if row["line"] in names]
    return {(row["line"].split()[0], row["period"]): pytest.approx(row["musd"]) for row in rows}


def chip(**values):
    """A chip designed within 2027 for 0.3 opens alpha; sustaining costs 0.1 a year."""
    values = {"design_months": 12.0, "last_start": "2027", "sustaining_musd_per_year": 0.1, **values}
    return with_programme(base(), **values)


def deal(*rows, **values):
    """A company bought for 1.0 in 2027 and integrated for 0.2 a year for a year from closing; it brings 0.1 a year."""
    firm = {
        "acquisition": "firm", "price_musd": 1.0, "months_to_close": 12.0, "months_to_integrate": 12.0,
        "integration_musd_per_year": 0.2, "integration_years": 1.0, "contribution_musd_per_year": 0.1,
        "break_fee_share": 0.25, **values,
    }  # fmt: skip
    signed = Commitment(kind="close", item="firm", period="2027", status="fixed")
    case = changed(base(), acquisitions=(Acquisition(**firm),), commitments=(signed,))
    return add(case, delays=delays(*rows, item="firm"))


def hall(*rows, **values):
    """A site without power; a hall for 100 alpha costs 0.4, takes a year and lives ten."""
    row = {
        "expansion": "hall", "site": "north", "module_mw": 0.1, "cost_musd_per_module": 0.4, "max_modules": 1,
        "lead_time_months": 12.0, "life_years": 10.0, "last_order": "2027", **values,
    }  # fmt: skip
    case = changed(base(), sites=(Site(site="north", power_mw=0.0),), expansions=(Expansion(**row),))
    return add(case, delays=delays(*rows, item="hall"))


def site_rows(*rows):
    names = ("power_mw", "available_share", "electricity_usd_per_mwh")
    return tuple(
        SiteSeries(site="north", period=label, **dict(zip(names, cells, strict=True))) for label, *cells in rows
    )


def rich_and_hit(case):
    """The case with everything, with a row in every table of what a disruption changes."""
    return add(
        case,
        lead_times=(lead("2027Q3", 7.0), lead("2028Q1", 2.0), lead("2027Q4", 6.0, offer="beta_rent")),
        backlogs=(Backlog(offer="alpha_list", since="2027Q3"), Backlog(offer="beta_rent", since="2027Q4")),
        site_series=site_rows(("2027Q3", 0.1, 0.7, 120.0), ("2028Q2", None, 1.0, None)),
        delays=(
            Delay(item="chip", period="2027Q3", months=2.0),
            Delay(item="firm", period="2028Q2", fails=True),
            Delay(item="hall", period="2027Q3", months=4.0),
            Delay(item="hall", period="2028Q1", fails=True),
        ),
    )
