"""Cases without a plan: what is named, and that what is proposed is enough for a plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.build import build
from models.case import Demand
from models.diagnose import explain
from models.outcome import SolveOptions, Status
from models.tables.fleet_rows import Limit
from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import Budget
from planner.case import read_case
from tests.models.test_prices import scarce
from tests.models.tiny import alone, tiny_case

KNOWN = Path(__file__).parent / "known"


def known(name):
    return read_case(KNOWN / name).case


def first(engine, case):
    """The repair that is told first."""
    return explain(build(case), engine).repairs[0]


def told(repair):
    return [(one.what, one.spans, one.old, one.new) for one in repair.changes]


def test_the_limit_is_named_with_what_it_lacks(engine):
    """10 are needed and 3 a year can be had: 7 more in 2027, where service gives way in all three years."""
    found = explain(build(known("infeasible-limit-not-named")), engine)
    assert set(found.families) == {"minimum_service", "limits"}
    assert [told(repair) for repair in found.repairs] == [
        [("limit L", ("2027",), 3.0, 10.0)],
        [
            ("minimum service of w", ("2027",), 1.0, 0.3),
            ("minimum service of w", ("2028",), 1.0, 0.6),
            ("minimum service of w", ("2029",), 1.0, 0.9),
        ],
    ]
    assert found.lines[2] == "  limit L in 2027: 10 instead of 3 units (7 more)"


def test_one_more_is_enough_alone(engine):
    """One row over three years of 9: one more in it, and nothing else."""
    case = replace(known("infeasible-limit-not-named"), limits=(Limit(limit="L", span="2027..2029", amount=9.0),))
    assert told(first(engine, case)) == [("limit L", ("2027..2029",), 9.0, 10.0)]


@pytest.mark.parametrize("qps", [0.05, 0.5, 4.0, 10.0, 1e3, 1e6])
def test_the_ceiling_is_named_and_must_be_one_at_every_size_of_demand(engine, qps):
    case = known("infeasible-vendor-share")
    case = replace(case, demand=(Demand(workload="w", period="2027", queries_per_day_million=qps * 0.0864),))
    found = explain(build(case), engine)
    assert set(found.families) == {"minimum_service", "vendor_share"}
    assert told(found.repairs[0]) == [("policy p (max_vendor_share)", ("2027", "2028", "2029"), 0.8, 1.0)]


def repaired(case, repair):
    """The case with the new values of a repair; of a value for several spans the one that is enough for all."""
    for one in repair.changes:
        name = one.what.split()[-1] if " for " not in one.what else ""
        match one.family:
            case "limits":
                rows = [replace(row, amount=one.new) if is_row(row, row.limit, one) else row for row in case.limits]
                case = replace(case, limits=tuple(rows))
            case "budgets":
                rows = [
                    replace(row, amount_musd=one.new) if is_row(row, row.budget, one) else row for row in case.budgets
                ]
                case = replace(case, budgets=tuple(rows))
            case "minimum_service":
                least = min(one.new, next(row.min_service for row in case.workloads))
                case = replace(case, workloads=tuple(replace(row, min_service=least) for row in case.workloads))
            case "largest_order":
                offers = [
                    replace(row, max_lots_per_period=max(one.new, row.max_lots_per_period))
                    if row.offer == name
                    else row
                    for row in case.offers
                ]
                case = replace(case, offers=tuple(offers))
            case "site_power":
                more = tuple(SiteSeries(site=name, period=span, power_mw=one.new) for span in one.spans)
                case = replace(case, site_series=held_apart(case, name, more))
            case _:
                raise AssertionError(one)
    return case


def is_row(row, name, change):
    return name == change.what.split()[-1] and row.span in change.spans


def held_apart(case, site, more):
    """The series of a site in which each period has its own power."""
    usual = next(row.power_mw for row in case.sites if row.site == site)
    power = {label: usual for label in build(case).frame.calendar.labels}
    power |= {row.period: row.power_mw for row in case.site_series}
    power |= {row.period: row.power_mw for row in more}
    return tuple(SiteSeries(site=site, period=label, power_mw=mw) for label, mw in power.items())


@pytest.mark.parametrize("seed", range(30))
def test_each_repair_is_enough_for_a_plan_and_not_more_than_needed(engine, seed):
    """All demand must be served; with the new values there is a plan, with 1 % less of each change there is none."""
    case = scarce(seed)
    case = replace(case, workloads=tuple(replace(row, min_service=1.0) for row in case.workloads))
    model = build(case)
    assert engine.solve(model.program, SolveOptions(gap=1.0)).status is Status.INFEASIBLE
    repairs = explain(model, engine).repairs
    assert repairs
    for repair in repairs:
        assert repair.is_whole
        assert has_plan(engine, repaired(case, repair)), [str(one) for one in repair.changes]
        if any(one.family in {"minimum_service", "largest_order"} for one in repair.changes):
            # The inputs have one value for all periods, and the repair tells each period's own.
            continue
        short = [replace(one, new=one.new - 0.01 * (one.new - one.old)) for one in repair.changes]
        assert not has_plan(engine, repaired(case, replace(repair, changes=tuple(short))))


def has_plan(engine, case):
    found = engine.solve(build(case).program, SolveOptions(gap=1.0))
    assert found.status in {Status.OPTIMAL, Status.FEASIBLE, Status.INFEASIBLE}
    return found.status is not Status.INFEASIBLE


def test_what_is_handed_on_is_raised_once(engine):
    """1 USD million a year and 2 needed in 2027: one more in 2027, which counts in the sums of later years as well."""
    case = alone(tiny_case())
    case = replace(case, workloads=tuple(replace(row, min_service=1.0) for row in case.workloads))
    years = ("2027", "2028", "2029")
    rows = [
        Budget(budget="cash", categories=("all",), span=year, amount_musd=amount, carry_over=True)
        for year, amount in zip(years, (1.0, 0.0, 0.0), strict=True)
    ]
    assert told(first(engine, replace(case, budgets=tuple(rows)))) == [("budget cash", ("2027",), 1.0, 2.0)]
