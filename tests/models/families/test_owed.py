"""What is owed after the end, counted as a negative value left, solved by hand; USD million."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.tables.fleet_rows import Offer, Price, PriceTier
from models.tables.strategy_rows import Agreement, Commitment
from models.tree import branching
from models.verify import verify
from planner.results import tables_of
from tests.models.branches import check_paths
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, tiny_case


def lease(name, months, usd, period="2027", **values):
    offer = Offer(offer=name, accelerator="alpha", kind="lease", term_months=months, **values)
    return offer, Price(offer=name, period=period, unit_price_usd=usd)


def leased(*offers, **settings):
    """Two years of 10 queries/s, which 10 alpha do that can only be leased."""
    case = alone(tiny_case(**{"periods": 2, "demand": (("2027", 10.0),), "count_owed": "count", **settings}))
    rows, prices = zip(*offers, strict=True)
    return replace(case, offers=rows, prices=prices)


LONG, SHORT = lease("long", 120.0, 500.0), lease("short", 12.0, 600.0)


def ordered(solution):
    rows = list(tables_of(solution)["orders"].records())
    return sorted({row["offer"] for row in rows})


def asked_in_2029(usd, offer="long"):
    return Price(offer=offer, period="2029", unit_price_usd=usd)


def test_all_rent_is_owed_where_nothing_is_on_offer_after_the_end(by_hand):
    """Ten years at 500: 2 × 0.005 and 8 × 0.005 owed are 0.05; each year anew at 600 is 2 × 0.006 = 0.012."""
    assert ordered(by_hand(leased(LONG, SHORT), 0.012)) == ["short"]


def test_only_reported_the_long_lease_is_the_cheaper_one(by_hand):
    """2 × 0.005; the 0.04 that are owed are in the table and in no cost."""
    solution = by_hand(leased(LONG, SHORT, count_owed="report"), 0.01)
    assert ordered(solution) == ["long"]
    rows = list(tables_of(solution)["owed"].records())
    assert [(row["what"], row["year"]) for row in rows] == [("rent of long", year) for year in range(2029, 2037)]
    assert [row["musd"] for row in rows] == pytest.approx([0.005] * 8)


@pytest.mark.parametrize(
    ("usd", "expected", "taken"),
    [
        (495.0, 0.01 + 8 * 10 * 5e-6, "long"),
        (300.0, 0.012, "short"),
        (500.0, 0.01, "long"),
        (900.0, 0.01, "long"),
    ],
)
def test_rent_counts_above_the_cheapest_that_has_a_price_then(by_hand, usd, expected, taken):
    """Eight years at 500 against 495: 5 USD of 10 units in each, 0.0004. Rent below the market is no gain."""
    case = leased(LONG, SHORT)
    assert ordered(by_hand(replace(case, prices=(*case.prices, asked_in_2029(usd))), expected)) == [taken]


def test_a_price_that_comes_later_or_ends_is_the_market_only_then(by_hand):
    """On offer at 500 from 2031 to 2032 only: of eight years owed, six count in full, 6 × 0.005 + 0.01 = 0.04."""
    case = leased(LONG)
    later = Price(offer="long", period="2031", unit_price_usd=500.0)
    case = change(replace(case, prices=(*case.prices, later)), "offers", "long", last_order="2032")
    by_hand(case, 0.01 + 6 * 0.005)


def test_what_is_owed_is_discounted_from_when_it_is_due(by_hand):
    """A lease of three years at 21 %: a third rent of 0.005 is due in the middle of the year after the end, at 2.5."""
    case = leased(lease("long", 36.0, 500.0), discount_rate=0.21)
    by_hand(case, sum(0.005 * 1.21 ** -(t + 0.5) for t in range(3)))


def test_a_lease_with_volume_discounts_owes_its_bill(by_hand):
    """All of 10 units from 5 on at half: the rent is 0.0025 a year, 10 in all; against 200 then, 8 × 0.0005 count."""
    tier = PriceTier(offer="long", span="2027..2028", from_units=5.0, discount=0.5, kind="all_units")
    case = add(leased(LONG), price_tiers=(tier,))
    by_hand(case, 10 * 0.0025)
    by_hand(replace(case, prices=(*case.prices, asked_in_2029(200.0))), 2 * 0.0025 + 8 * 0.0005)
    by_hand(replace(case, prices=(*case.prices, asked_in_2029(300.0))), 2 * 0.0025)


def test_lookahead_counts_from_the_end_of_what_is_optimised(by_hand):
    """One year reported, one of lookahead: the objective owes from 2029 on, the table from 2028 on."""
    solution = by_hand(leased(LONG, periods=1, lookahead_periods=1), 0.05)
    assert [row["year"] for row in tables_of(solution)["owed"].records()] == list(range(2028, 2037))


def test_a_tree_owes_on_each_path_what_its_future_asks_then(plan_of):
    """Told apart in 2028, 30 % of 10 units at 500 against 400 after the end: 8 years × 0.001; else all of it, 0.04.

    The lease is ordered before that is known: 0.01 + 0.3 × 0.008 + 0.7 × 0.04 = 0.0404.
    """
    full = leased(LONG)
    cheap = replace(full, prices=(*full.prices, asked_in_2029(400.0)))
    dear = replace(full, prices=(*full.prices, asked_in_2029(0.0)))
    solution = plan_of(build(cheap, futures=(cheap, dear), tree=branching(2, (0.3, 0.7), (1, 1))))
    check_paths(solution, (cheap, dear))
    assert solution.outcome.objective == pytest.approx(0.01 + 0.3 * 0.008 + 0.7 * 0.04)


def agreed(lead=0.0, prices=(), **settings):
    """An agreement over 2028 to 2030, 40 units a year at 5,000 USD for each one short, in a plan to 2028."""
    case = alone(tiny_case(**{"periods": 2, "demand": (("2027", 1.0),), "count_owed": "count", **settings}))
    case = change(case, "offers", "alpha_list", requires=("pact",), lead_time_months=lead)
    pact = Agreement(agreement="pact", lag_months=12.0, term_months=36.0, min_units_per_year=40.0,
                     shortfall_usd_per_unit=5000.0)  # fmt: skip
    signed = Commitment(kind="sign", item="pact", period="2027", status="fixed")
    return add(case, agreements=(pact,), commitments=(signed,), prices=prices)


THEN = Price(offer="alpha_list", period="2029", unit_price_usd=20000.0)


@pytest.mark.parametrize(("lead", "prices", "years"), [(0.0, (), 2), (0.0, (THEN,), 0), (12.0, (THEN,), 1)])
def test_a_shortfall_counts_where_nothing_can_arrive_in_time(by_hand, lead, prices, years):
    """Of 40 units a year 2028 owes 40, one bought then (0.02); each year after the end that is lost owes 40 × 0.005.

    One unit of demand: a year without it is 0.0315, so it is bought; with a lead of a year only after 2028 begins.
    """
    first, bought = 1, 0.02
    short_2028 = (40 - (1 if lead == 0 else 0)) * 0.005
    # 2027 is not served: the agreement is live from 2028 on. With a lead the order of 2028 would come after the end.
    unserved = Y * (first if lead == 0 else 2)
    cost = unserved + short_2028 + (bought if lead == 0 else 0.0)
    by_hand(agreed(lead, prices), cost + years * 40 * 0.005)


def test_a_changed_amount_that_is_owed_is_refused(by_hand):
    solution = by_hand(leased(LONG), 0.05)
    tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
    at = next(k for k, row in enumerate(tables["costs"]) if row["line"] == "owed rent long")
    assert tables["costs"][at]["musd"] == pytest.approx(0.04)
    for factor in (0.0, 0.99, 1.001, -1.0):
        rows = [{**row, "musd": row["musd"] * factor} if k == at else row for k, row in enumerate(tables["costs"])]
        assert "value_left" in verify(leased(LONG), {**tables, "costs": rows}, 0.05).broken
    assert not verify(changed(leased(LONG), count_owed="report"), tables, 0.05).passed
