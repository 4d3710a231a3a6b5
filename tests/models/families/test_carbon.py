"""Carbon solved by hand: what electricity and the making of units emit, what that costs, and how much there may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.tables.holding_rows import OpeningFleet, OpenOrder
from models.tables.site_rows import Site, SiteSeries
from models.tables.strategy_rows import Budget, CarbonLimit
from planner.results import tables_of
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, tiny_case


def emitting(case, *, per_kwh=0.5, embodied=1200.0):
    case = change(case, "accelerators", "alpha", embodied_kg=embodied)
    return change(case, "sites", "north", carbon_kg_per_kwh=per_kwh)


def test_what_is_emitted_costs_its_price(by_hand):
    """100 alpha at 20,000 = 2.0. 100 × 1 kW × 8,760 h × 0.5 kg = 438 t, and 100 × 1.2 t: 558 t × 100 USD = 0.0558."""
    by_hand(changed(emitting(alone(tiny_case(periods=1))), carbon_usd_per_tonne=100.0), 2.0558)


def test_a_dear_tonne_leaves_work_undone(by_hand):
    """An alpha emits 5.58 t: at 3,000 USD a tonne 0.01674, and with its 0.02 more than a year unserved, 0.031536."""
    by_hand(changed(emitting(alone(tiny_case(periods=1))), carbon_usd_per_tonne=3000.0), 100 * Y)


def test_a_limit_bounds_electricity_and_making_together(by_hand):
    """279 t are 50 alpha at 5.58 t: 1.0 + 50 Y. One more tonne saves (Y − 0.02) / 5.58."""
    case = add(emitting(alone(tiny_case(periods=1))), carbon_limits=(CarbonLimit(span="2027", tonnes=279.0),))
    solution = by_hand(case, 1.0 + 50 * Y)
    (row,) = tables_of(solution)["carbon_limits"].records()
    assert (row["span"], row["tonnes"]) == ("2027", 279.0)
    assert row["emitted_tonnes"] == pytest.approx(279.0)
    (row,) = tables_of(solution)["carbon"].records()
    parts = row["operational_tonnes"], row["embodied_tonnes"], row["tonnes"]
    assert parts == pytest.approx((219.0, 60.0, 279.0))


def test_work_goes_where_electricity_is_cleaner(by_hand):
    """North 0.5 kg, south none; 100 t: making 100 alpha takes them all, 120 t are 100; 83⅓ alpha in the south."""
    case = add(emitting(alone(tiny_case(periods=1))), sites=(Site(site="south"),))
    case = add(case, carbon_limits=(CarbonLimit(span="2027", tonnes=100.0),))
    by_hand(case, 100 / 1.2 * 0.02 + (100 - 100 / 1.2) * Y)


def test_a_span_counts_its_periods_and_rows_finer_than_one_are_added_up(by_hand):
    """Two years, rows of half a year: 438 t a year by electricity, 120 t at first; what 2027 has left is not 2028's.

    2028: 100 + 119 t of 438 t let 50 alpha work; 2027: 558 t let all.
    """
    case = emitting(alone(tiny_case(periods=2)))
    spans = (("2027", 558.0), ("2028H1", 100.0), ("2028H2", 119.0))
    rows = tuple(CarbonLimit(span=span, tonnes=tonnes) for span, tonnes in spans)
    by_hand(add(case, carbon_limits=rows), 2.0 + 50 * Y)


def test_a_series_replaces_the_site_from_its_label_on(by_hand):
    """2027 at 0.5 kg: 438 t; 2028 at 0: none. With 120 t of making 558 t in all.

    A tonne less: 1/4.38 alpha idle in 2027, which costs Y/4.38; not to buy it costs (2 Y − 0.02)/5.58, which is more.
    """
    case = emitting(alone(tiny_case(periods=2)))
    case = add(case, site_series=(SiteSeries(site="north", period="2028", carbon_kg_per_kwh=0.0),))
    by_hand(add(case, carbon_limits=(CarbonLimit(span="2027..2028", tonnes=558.0),)), 2.0)
    by_hand(add(case, carbon_limits=(CarbonLimit(span="2027..2028", tonnes=557.0),)), 2.0 + Y / 4.38)


def test_what_stands_already_was_made_before_and_what_is_on_its_way_was_not(by_hand):
    """50 opened and 50 due: 438 t by electricity and 60 t of making, at 100 USD: 0.0498."""
    case = changed(emitting(alone(tiny_case(periods=1))), carbon_usd_per_tonne=100.0)
    opened = OpeningFleet(accelerator="alpha", site="north", units=50.0, in_service_since="2027")
    due = OpenOrder(offer="alpha_list", site="north", units=50.0, due="2027")
    by_hand(add(case, opening_fleet=(opened,), open_orders=(due,)), 0.0498)


def test_carbon_is_paid_in_cash_and_counts_in_budgets(by_hand):
    """558 t × 100 USD for 100 alpha; a budget of 0.0279 for carbon lets 50 be: 1.0279 + 50 Y."""
    case = changed(emitting(alone(tiny_case(periods=1))), carbon_usd_per_tonne=100.0)
    row = Budget(budget="green", categories=("carbon",), span="2027", amount_musd=0.0279)
    by_hand(add(case, budgets=(row,)), 1.0279 + 50 * Y)


def same(one, other):
    names = ("objective", "column_lower", "column_upper", "is_integer", "starts", "columns", "values", "row_lower",
             "row_upper")  # fmt: skip
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names) and (
        one.constant == other.constant
        and [(block.block, block.first, block.size) for block in one.row_names]
        == [(block.block, block.first, block.size) for block in other.row_names]
    )


def test_a_case_that_does_not_use_it_builds_the_same_program():
    """A price of nothing emitted, emissions without price or limit, and a limit that is none change no byte."""
    case = add(tiny_case(periods=2), budgets=(Budget(budget="b", categories=("all",), span="2027..2028"),))
    plain = build(case).program
    assert same(plain, build(changed(case, carbon_usd_per_tonne=50.0)).program)
    assert same(plain, build(emitting(case)).program)
    blank = build(add(emitting(case), carbon_limits=(CarbonLimit(span="2027..2028"),))).program
    assert same(plain, replace(blank, row_names=tuple(b for b in blank.row_names if b.block != "carbon_limits")))
    assert not same(plain, build(changed(emitting(case), carbon_usd_per_tonne=50.0)).program)
    tables = [b.block for b in plain.row_names]
    assert "carbon_limits" not in tables
