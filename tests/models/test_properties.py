"""What must not change a plan, and what may change it one way only, on small variants of the case with everything."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from models.case import Accelerator, Case, Offer, Price, Throughput
from models.tables.column_descriptions import column_of
from models.tables.fleet_rows import InputRow
from models.tables.site_rows import Site
from models.tables.strategy_rows import Programme, Route
from tests.models.tiny import add, changed, rich_case

SEEDS = range(8)
# Labels of time and words with a fixed meaning; everything else that a text cell holds is a name.
FIXED = re.compile(r"[0-9]{4}(H[12]|Q[1-4]|-[0-9]{2})?(\.\..*)?|\*|")


def variant(seed):
    """Four quarters and one to look ahead, with prices, demand, supply and moves of its own."""
    rng = np.random.default_rng(seed)
    case = rich_case(periods=4, lookahead_periods=1)
    case = changed(case, commitments=case.commitments[:-1])
    return replace(
        case,
        demand=tuple(
            replace(row, queries_per_day_million=row.queries_per_day_million * rng.uniform(0.6, 1.6))
            for row in case.demand
        ),
        prices=tuple(replace(row, unit_price_usd=row.unit_price_usd * rng.uniform(0.6, 1.5)) for row in case.prices),
        limits=tuple(
            row if row.amount is None else replace(row, amount=row.amount * rng.uniform(0.5, 1.5))
            for row in case.limits
        ),
        budgets=tuple(replace(row, amount_musd=row.amount_musd * rng.uniform(0.3, 1.2)) for row in case.budgets),
        sites=tuple(
            row if row.power_mw is None else replace(row, power_mw=row.power_mw * rng.uniform(0.6, 2.0))
            for row in case.sites
        ),
        routes=tuple(
            replace(row, design_cost_musd=row.design_cost_musd * rng.uniform(0.2, 2.0)) for row in case.routes
        ),
    )


@pytest.fixture(scope="module")
def base_cost(cost_of):
    """The least cost of each variant, solved once."""
    known = {}

    def run(seed):
        if seed not in known:
            known[seed] = cost_of(variant(seed))
        return known[seed]

    return run


def tables(case):
    return {
        entry.name: getattr(case, entry.name) for entry in fields(Case) if isinstance(getattr(case, entry.name), tuple)
    }


def test_variants_differ(base_cost):
    costs = sorted(base_cost(seed) for seed in SEEDS)
    assert min(np.diff(costs)) > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_does_not_change_the_cost(cost_of, base_cost, seed):
    rng = np.random.default_rng(100 + seed)
    case = variant(seed)
    turned = {name: tuple(rows[i] for i in rng.permutation(len(rows))) for name, rows in tables(case).items()}
    assert cost_of(replace(case, **turned)) == pytest.approx(base_cost(seed), rel=1e-7)


def renamed(row: InputRow, names):
    values = {}
    for entry in fields(row):
        value, facts = getattr(row, entry.name), column_of(entry)
        if facts.choices or facts.label or entry.name in {"note", "source", "unit", "table"}:
            continue
        if isinstance(value, tuple):
            values[entry.name] = tuple(names(name) for name in value)
        elif isinstance(value, str) and not FIXED.fullmatch(value):
            values[entry.name] = names(value)
    return replace(row, **values)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_do_not_change_the_cost(cost_of, base_cost, seed):
    case = variant(seed)
    letters = np.random.default_rng(seed).permutation(list("abcdefghijklmnopqrstuvwxyz"))
    code = str.maketrans("abcdefghijklmnopqrstuvwxyz", "".join(letters))
    other = {
        name: tuple(renamed(row, lambda text: text.translate(code)) for row in rows)
        for name, rows in tables(case).items()
    }
    assert other["offers"][0].offer != case.offers[0].offer
    assert other["agreements"][0].agreement == other["offers"][0].requires[0]
    assert cost_of(replace(case, **other)) == pytest.approx(base_cost(seed), rel=1e-7)


def scaled(row: InputRow, factor):
    money = [
        entry.name for entry in fields(row) if re.search("usd", entry.name) and getattr(row, entry.name) is not None
    ]
    return replace(row, **{name: getattr(row, name) * factor for name in money})


@pytest.mark.parametrize("seed", SEEDS)
def test_money_times_a_thousand_is_cost_times_a_thousand(cost_of, base_cost, seed):
    case = variant(seed)
    rich = {name: tuple(scaled(row, 1000.0) for row in rows) for name, rows in tables(case).items()}
    assert rich["acquisitions"][0].price_musd == case.acquisitions[0].price_musd * 1000
    assert cost_of(replace(case, **rich)) == pytest.approx(base_cost(seed) * 1000, rel=1e-7)


def each(rows, **factors):
    """Rows with some of their numbers multiplied; blank ones stay blank."""
    known = [{name: getattr(row, name) for name in factors} for row in rows]
    return tuple(
        replace(row, **{name: None if value is None else value * factors[name] for name, value in values.items()})
        for row, values in zip(rows, known, strict=True)
    )


def without(rows, **values):
    return tuple(replace(row, **values) for row in rows)


def looser(case):
    """The case with one bound or another loosened, by what it is."""
    return {
        "limits": changed(case, limits=each(case.limits, amount=1.5)),
        "budgets": changed(case, budgets=each(case.budgets, amount_musd=1.5)),
        "power": changed(case, sites=each(case.sites, power_mw=1.5)),
        "modules": changed(case, expansions=without(case.expansions, max_modules=9)),
        "policies": changed(case, policies=()),
        "order size": changed(case, offers=without(case.offers, min_lots=0.0, max_lots_per_period=None)),
        "exclusions": changed(case, offers=without(case.offers, excludes=()), routes=without(case.routes, excludes=())),
        "service": changed(case, workloads=without(case.workloads, min_service=0.0)),
        "ramp": changed(case, ramp=()),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_loosening_a_bound_never_makes_a_plan_dearer(cost_of, base_cost, seed):
    names = sorted(looser(variant(seed)))
    for name in (names[seed % len(names)], names[(seed + 4) % len(names)]):
        assert cost_of(looser(variant(seed))[name]) <= base_cost(seed) + 1e-6, name


def worthless(case):
    """The case with an offer, a programme and a site that nobody would want."""
    dear = Price(offer="folly", period="2027Q1", unit_price_usd=9e8)
    chip = Route(programme="toy", route="idle", design_months=6.0, design_cost_musd=5.0)
    return add(
        case,
        accelerators=(Accelerator(accelerator="abacus", vendor="museum", it_kw=9.0, life_years=1.0, capability=0.0),),
        throughput=(Throughput(accelerator="abacus", workload="chat", queries_per_second=1e-3),),
        offers=(Offer(offer="folly", accelerator="abacus", kind="buy", lead_time_months=1.0),),
        prices=(dear,),
        programmes=(Programme(programme="toy"),),
        routes=(chip,),
        sites=(Site(site="attic", power_mw=0.0),),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_an_option_that_nobody_would_take_changes_nothing(cost_of, base_cost, seed):
    assert cost_of(worthless(variant(seed))) == pytest.approx(base_cost(seed), rel=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_option_more_never_makes_a_plan_dearer(cost_of, base_cost, seed):
    case = variant(seed)
    more = replace(case.offers[1], offer="other_rent", requires=(), excludes=())
    price = replace(case.prices[1], offer="other_rent", unit_price_usd=case.prices[1].unit_price_usd * 0.8)
    assert cost_of(add(case, offers=(more,), prices=(price,))) <= base_cost(seed) + 1e-6
