"""Prices of limits, budgets and power: what the next small amount of each is worth, with the integers held."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.prices import priced, relief_of
from models.solution import Solution
from models.solvers import repeated_solves
from models.solvers.child import Engine
from models.solvers.reports import Reporter
from models.solvers.wire import RepeatedSolve
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import Acquisition, Budget
from planner.case import read_case
from planner.results import tables_of
from tests.models.tiny import YEAR_UNSERVED, add, alone, rent, tiny_case
from tests.oracle.random_cases import random_case

KNOWN = Path(__file__).parents[1] / "cases" / "known" / "limit-price-zero"
EXACT = SolveOptions(gap=1e-9, time_limit_s=60.0)
POWER = ("site", "period", "drawn_mw", "available_mw", "slack_mw", "price")
UNSERVED = 3.1536
"""USD million that one unit's queries cost unserved for a year: 31,536 thousand at 100 USD."""


@pytest.fixture(scope="module")
def prices_of(engine):
    """Plans a case and returns its prices: of a table, by the label of the span or period."""

    def run(case, table="limits", *, solver="scip"):
        model = build(case)
        outcome = planned(model, engine, solver)
        records = tables_of(Solution(model, outcome))[table].records()
        return {row.get("span", row.get("period")): row["price"] for row in records}

    return run


def planned(model, engine, solver="scip"):
    options = replace(EXACT, solver=solver)
    if solver == "cbc":
        with Engine.start(solver) as other:
            found = other.solve(model.program, options)
            return priced(model, polish(model.program, found, engine=other), engine=other)
    found = engine.solve(model.program, options, code=solver)
    assert found.status is Status.OPTIMAL, found.detail
    return priced(model, polish(model.program, found, engine=engine), engine=engine)


@pytest.fixture(scope="module")
def known():
    return read_case(KNOWN).case


def with_offer(case, **values):
    """The case with a second offer like the first and other values, which takes of the limit too."""
    first = case.offers[0]
    cost = values.pop("unit_price_usd")
    return add(
        case,
        offers=(replace(first, offer="p", **values),),
        prices=(replace(case.prices[0], offer="p", unit_price_usd=cost),),
        limit_use=(replace(case.limit_use[0], offer="p"),),
    )


@pytest.mark.parametrize("solver", ["scip", "highs", "cbc"])
def test_a_limit_is_worth_what_one_more_unit_saves(prices_of, known, solver):
    """One unit more in 2027 works three years: 3 × 3.1536 − 1; in 2028 two; in 2029 one."""
    assert prices_of(known, solver=solver) == pytest.approx({"2027": 8.4608, "2028": 5.3072, "2029": 2.1536})


def test_a_dearer_offer_on_the_same_limit_takes_nothing_of_its_price(prices_of, known):
    """One more of the limit is one more of the cheaper offer: the prices are those without the dearer one."""
    case = with_offer(known, unit_price_usd=1.5e6)
    assert prices_of(case) == pytest.approx({"2027": 8.4608, "2028": 5.3072, "2029": 2.1536})


def test_of_one_period(prices_of, known):
    case = replace(known, settings=replace(known.settings, periods=1), limits=known.limits[:1])
    assert prices_of(case) == pytest.approx({"2027": UNSERVED - 1.0})


def test_of_quarters(prices_of, known):
    """A yearly limit is used in the first of its quarters: 12, 8 and 4 quarters of work less the price."""
    case = replace(known, settings=replace(known.settings, periods=12, period="quarter", start="2027Q1"))
    assert prices_of(case) == pytest.approx({"2027": 8.4608, "2028": 5.3072, "2029": 2.1536})


def test_of_a_lease(prices_of, known):
    """A lease of three years pays 1 a year: one more saves 3, 2 and 1 times 3.1536 − 1."""
    case = replace(known, offers=(replace(known.offers[0], kind="lease", term_months=36.0),))
    saved = UNSERVED - 1.0
    assert prices_of(case) == pytest.approx({"2027": 3 * saved, "2028": 2 * saved, "2029": saved})


def test_of_what_arrives_a_year_later(prices_of, known):
    """Nothing can arrive in 2027, so its limit is worth nothing."""
    case = replace(known, offers=(replace(known.offers[0], lead_time_months=12.0),))
    assert prices_of(case) == pytest.approx({"2027": 0.0, "2028": 5.3072, "2029": 2.1536})


def test_of_units_that_take_two(prices_of, known):
    case = replace(known, limit_use=(replace(known.limit_use[0], use_per_unit=2.0),))
    assert prices_of(case) == pytest.approx({"2027": 8.4608 / 2, "2028": 5.3072 / 2, "2029": 2.1536 / 2})


def test_a_limit_of_nothing_has_a_price_too(prices_of, known):
    case = replace(known, limits=tuple(replace(row, amount=0.0) for row in known.limits))
    assert prices_of(case) == pytest.approx({"2027": 8.4608, "2028": 5.3072, "2029": 2.1536})


def test_whole_lots_are_held_and_a_little_more_is_worth_nothing(prices_of, known):
    case = replace(known, offers=(replace(known.offers[0], lot_size=1.0),))
    assert prices_of(case) == {"2027": 0.0, "2028": 0.0, "2029": 0.0}


def test_where_less_hurts_and_more_helps_nobody_more_is_reported(prices_of, known):
    """10 units of a limit for 10 queries a second: one less costs 8.4608, one more is worth nothing."""
    case = replace(known, limits=(Limit(limit="L", span="2027..2029", amount=10.0),))
    assert prices_of(case) == {"2027..2029": 0.0}


def test_two_limits_that_only_help_together_are_worth_nothing_alone(prices_of, known):
    case = add(
        known,
        limits=tuple(replace(row, limit="M") for row in known.limits),
        limit_use=(replace(known.limit_use[0], limit="M"),),
    )
    assert prices_of(case) == {"2027": 0.0, "2028": 0.0, "2029": 0.0}


def test_an_amount_that_is_handed_on_is_worth_its_best_use(prices_of):
    """1 USD million a year of which alpha costs 0.02: 50 units a year, each served year saves a year's penalty.

    A million more in 2027 buys 50 more for three years: 50 × 3 × 0.031536 − 1. It also raises what 2028 can spend, but
    that is of use only where it is not spent before.
    """
    case = alone(tiny_case(demand=(("2027", 200.0),)))
    rows = tuple(
        Budget(budget="cash", categories=("all",), span=year, amount_musd=1.0, carry_over=True)
        for year in ("2027", "2028", "2029")
    )
    saved = 50 * YEAR_UNSERVED
    found = prices_of(replace(case, budgets=rows), "budgets")
    assert found == pytest.approx({"2027": 3 * saved - 1, "2028": 2 * saved - 1, "2029": saved - 1})


def test_a_gated_offer_leaves_its_limit_the_price(engine, known):
    """The bound that opens with a deal is made of the limit as well."""
    case = add(known, acquisitions=(Acquisition(acquisition="firm", price_musd=0.1),))
    case = replace(case, offers=(replace(case.offers[0], requires=("firm",)),))
    model = build(case)
    found = tables_of(Solution(model, planned(model, engine)))["limits"].records()
    assert [row["price"] for row in found] == pytest.approx([8.4608, 5.3072, 2.1536])


def test_a_plan_that_was_not_priced_has_no_prices(engine, known):
    model = build(known)
    found = polish(model.program, engine.solve(model.program, EXACT), engine=engine)
    assert [row["price"] for row in tables_of(Solution(model, found))["limits"].records()] == [None, None, None]
    assert priced(model, replace(found, solution=None), engine=engine).prices is None


def test_a_large_program_that_starts_from_an_interior_point_says_the_same(engine, known, monkeypatch):
    model = build(with_offer(known, unit_price_usd=1.5e6))
    relief = relief_of(model, planned(model, engine).solution)
    found = []
    for least in (0, 10**9):
        monkeypatch.setattr(repeated_solves, "LARGE", least)
        asked = RepeatedSolve(relief.columns, relief.steps)
        outcome = repeated_solves.RepeatedSolver().solve(relief.program, EXACT, asked, Reporter(relief.program, print))
        found.append(-outcome.again[:, 1])
    assert found[0] == pytest.approx([8.4608, 5.3072, 2.1536])
    assert found[1] == pytest.approx(found[0])


def with_more_power(case, site, period, step):
    """The case with more power at a site in one period."""
    labels = build(case).frame.calendar.labels
    usual = next(row.power_mw for row in case.sites if row.site == site)
    series = tuple(
        SiteSeries(site=site, period=label, power_mw=usual + (step if label == period else 0.0)) for label in labels
    )
    return replace(case, site_series=series)


def raised(case, row, step):
    """The case with the amount of a row of limits or budgets raised by a step."""
    table, place = row
    if table == "limits":
        amount = case.limits[place].amount + step
        return replace(case, limits=swapped(case.limits, place, amount=amount))
    amount = case.budgets[place].amount_musd + step
    return replace(case, budgets=swapped(case.budgets, place, amount_musd=amount))


def swapped(rows, place, **values):
    return (*rows[:place], replace(rows[place], **values), *rows[place + 1 :])


def cost_of_held(engine, case, solution):
    """The least cost of a case with the integers of a plan: a cold linear program of another code, by its own build."""
    program = build(case).program
    lower, upper, whole = program.column_lower.copy(), program.column_upper.copy(), program.is_integer
    lower[whole] = upper[whole] = np.rint(solution[whole])
    held = replace(program, column_lower=lower, column_upper=upper, is_integer=np.zeros_like(whole))
    found = engine.solve(held, SolveOptions(gap=0.0), code="highs")
    assert found.status is Status.OPTIMAL, found.detail
    return found.objective


def scarce(seed):
    """A case of three or four years in which offers, limits, budgets and power are all too small now and then."""
    rng = random.Random(seed)
    years = [str(2027 + i) for i in range(rng.choice([3, 4]))]
    spans = [years, [f"{years[0]}..{years[1]}", *years[2:]], [f"{years[0]}..{years[-1]}"]]
    case = tiny_case(
        periods=len(years),
        discount_rate=rng.choice([0.0, 0.1]),
        demand=tuple((year, rng.uniform(50, 150)) for year in years),
    )
    case = rent(case, price=rng.uniform(6000, 16000)) if rng.random() < 0.5 else case
    offers = tuple(
        replace(
            row,
            lead_time_months=rng.choice([0.0, 0.0, 12.0]),
            lot_size=rng.choice([None, None, None, 5.0]),
            max_lots_per_period=rng.choice([None, 30.0]),
        )
        for row in case.offers
    )
    names = [row.offer for row in offers]
    limits = tuple(
        Limit(limit=name, span=span, amount=rng.choice([0.0, 10.0, 30.0, 60.0]))
        for name in ("hbm", "cowos")
        for span in rng.choice(spans)
    )
    use = tuple(
        LimitUse(limit=name, offer=offer, use_per_unit=rng.choice([0.5, 1.0, 2.0]))
        for name in ("hbm", "cowos")
        for offer in rng.sample(names, rng.choice([1, 2]))
    )
    carry = rng.random() < 0.5
    budgets = tuple(
        Budget(budget="cash", categories=("all",), span=span, amount_musd=rng.uniform(0.3, 1.5), carry_over=carry)
        for span in rng.choice(spans)
    )
    sites = tuple(replace(row, power_mw=rng.choice([None, 0.04, 0.08, 0.2])) for row in case.sites)
    return replace(case, offers=offers, limits=limits, limit_use=use, budgets=budgets, sites=sites)


def rows_with_amounts(case):
    yield from (("limits", i) for i, row in enumerate(case.limits) if row.amount is not None)
    yield from (("budgets", i) for i, row in enumerate(case.budgets) if row.amount_musd is not None)


@pytest.mark.parametrize("seed", range(30))
def test_prices_are_what_a_little_more_is_worth(engine, seed):
    """Each price is the cost of the held plan, less that of the case with a little more in that row, per unit."""
    case = random_case(seed, "tiny") if seed % 6 == 0 else scarce(seed)
    model = build(case)
    found = engine.solve(model.program, replace(EXACT, gap=1e-3), code="scip")
    assert found.status is Status.OPTIMAL
    outcome = priced(model, polish(model.program, found, engine=engine), engine=engine)
    tables = tables_of(Solution(model, outcome))
    base = cost_of_held(engine, case, outcome.solution)
    compared = 0
    for table, place in rows_with_amounts(case):
        row = getattr(case, table)[place]
        name = {"limits": "limit", "budgets": "budget"}[table]
        rows = [one for one in tables[table].records() if (one[name], one["span"]) == (getattr(row, name), row.span)]
        if len(rows) != 1:
            continue
        step = 1e-4 * max(1.0, abs(row.amount if table == "limits" else row.amount_musd))
        saved = (base - cost_of_held(engine, raised(case, (table, place), step), outcome.solution)) / step
        assert rows[0]["price"] == pytest.approx(saved, rel=1e-4, abs=1e-4), (table, row)
        compared += 1
    for row in tables["power"].records():
        if row["available_mw"] is None or case.site_series or len(row) > len(POWER):
            continue
        step = 1e-4 * max(1.0, row["available_mw"])
        more = with_more_power(case, row["site"], row["period"], step)
        saved = (base - cost_of_held(engine, more, outcome.solution)) / step
        assert row["price"] == pytest.approx(saved, rel=1e-4, abs=1e-4), row
        compared += 1
    assert compared or not (case.limits or case.budgets)
