"""What more of each amount that binds is worth: found by solving again, against cold solves of the changed case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.outcome import Status
from models.polish import polish
from models.prices import priced
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.strategy_rows import Budget, Commitment, Policy, Programme, Ramp, Route
from models.verify import verify
from models.worth import with_worths
from planner.results import tables_of
from planner.results.binding_table import NOTHING_MORE
from tests.models.test_prices import EXACT, KNOWN, UNSERVED, cost_of_held, raised, scarce, with_more_power
from tests.models.tiny import YEAR_UNSERVED, add, alone, tiny_case


def planned(engine, case, gap=1e-9):
    """A priced plan of a case; None where there is none."""
    model = build(case)
    found = engine.solve(model.program, replace(EXACT, gap=gap), code="scip")
    if found.status is not Status.OPTIMAL:
        return model, None
    return model, priced(model, polish(model.program, found, engine=engine), engine=engine)


def binding_of(engine, case):
    """The rows of what binds, by item and period."""
    model, outcome = planned(engine, case)
    table = tables_of(Solution(model, with_worths(model, outcome, engine=engine)))["binding"]
    return {(row["item"], row["period"]): row for row in table.records()}


@pytest.fixture(scope="module")
def known():
    from planner.case import read_case

    return read_case(KNOWN).case


def test_one_more_unit_and_one_per_cent_more_of_a_limit(engine, known):
    """3 units may come in 2027, 2028 and 2029 each, of which one saves 3 × 3.1536 − 1, 2 × 3.1536 − 1, 3.1536 − 1.

    Demand is that of 10 units and 9 may come, so the price of each year holds for one more unit: beyond it nobody has
    use for more in 2029, and what comes earlier takes the place of what comes in 2029.
    """
    found = binding_of(engine, known)
    prices = {"2027": 8.4608, "2028": 5.3072, "2029": 2.1536}
    for year, price in prices.items():
        row = found["L", year]
        assert row["price"] == pytest.approx(price)
        assert row["worth_of_one_unit_musd"] == pytest.approx(price)
        assert row["worth_of_one_per_cent_musd"] == pytest.approx(0.03 * price)
        assert row["holds_up_to"] == pytest.approx(1.0, rel=1e-5)
        assert (row["used"], row["available"], row["share"]) == pytest.approx((3.0, 3.0, 1.0))
    assert list(found) == [("L", "2027"), ("L", "2028"), ("L", "2029")]


def test_one_more_unit_is_worth_less_than_its_price_where_that_does_not_hold(engine, known):
    """9.75 units may come and 10 are of use.

    One more of 2029 saves a quarter of 3.1536 − 1. One more of 2027 saves a quarter of 3 × 3.1536 − 1; the rest of it
    takes the place of what comes in 2029, at the same price, and works two years longer: 0.75 × 2 × 3.1536.
    """
    case = replace(known, limits=tuple(replace(row, amount=3.25) for row in known.limits))
    found = binding_of(engine, case)
    last = found["L", "2029"]
    assert last["price"] == pytest.approx(UNSERVED - 1.0)
    assert last["holds_up_to"] == pytest.approx(0.25, rel=1e-5)
    assert last["worth_of_one_unit_musd"] == pytest.approx(0.25 * (UNSERVED - 1.0))
    first = found["L", "2027"]
    assert first["price"] == pytest.approx(3 * UNSERVED - 1.0)
    assert first["worth_of_one_unit_musd"] == pytest.approx(0.25 * (3 * UNSERVED - 1.0) + 0.75 * 2 * UNSERVED)


def test_what_is_handed_on_counts_in_what_there_is(engine):
    """1 USD million a year, of which 2027 leaves 0.4 to 2028 where the price falls: there 1.4 are available."""
    case = alone(tiny_case(demand=(("2027", 200.0),)))
    rows = tuple(
        Budget(budget="cash", categories=("all",), span=year, amount_musd=1.0, carry_over=True)
        for year in ("2027", "2028", "2029")
    )
    found = binding_of(engine, replace(case, budgets=rows))
    row = found["cash", "2027"]
    assert row["worth_of_one_unit_musd"] == pytest.approx(3 * 50 * YEAR_UNSERVED - 1)
    assert row["available"] == pytest.approx(1.0)


def test_a_full_amount_of_which_more_saves_nothing_says_so(engine, known):
    case = replace(known, offers=(replace(known.offers[0], lot_size=1.0),))
    rows = binding_of(engine, case)
    assert len(rows) == 3
    for row in rows.values():
        assert (row["price"], row["worth_of_one_unit_musd"], row["worth_of_one_per_cent_musd"]) == (0.0, 0.0, 0.0)
        assert (row["holds_up_to"], row["note"]) == (None, NOTHING_MORE)


@pytest.mark.parametrize("solver", ["cbc", None])
def test_it_is_found_with_an_engine_of_another_library_and_with_none(engine, known, solver):
    model, outcome = planned(engine, known)
    if solver is None:
        found = with_worths(model, outcome)
    else:
        with Engine.start(solver) as other:
            found = with_worths(model, outcome, engine=other)
    assert sorted(worth.price for worth in found.worths.values()) == pytest.approx([2.1536, 5.3072, 8.4608])
    assert all(worth.amounts is not None for worth in found.worths.values())


def test_without_time_the_worths_are_blank_and_say_why(engine, known):
    model, outcome = planned(engine, known)
    found = with_worths(model, outcome, engine=engine, seconds=0.0)
    assert [worth.amounts for worth in found.worths.values()] == [None, None, None]
    rows = tables_of(Solution(model, found))["binding"].records()
    assert {row["note"] for row in rows} == {"the time limit for solving again was reached"}
    never = tables_of(Solution(model, outcome))["binding"].records()
    assert {row["note"] for row in never} == {"the value of relaxing it was not requested"}


def test_a_plan_that_another_code_finds_cheaper_gets_no_worths(engine, known):
    model, outcome = planned(engine, known)
    found = with_worths(model, replace(outcome, objective=outcome.objective + 1.0), engine=engine)
    assert all("the plan costs" in worth.reason for worth in found.worths.values())


def more_of(case, row, amount):
    """The case with more of what a row of the table tells; None where the inputs have no one place for it."""
    table = {"budgets": "budget", "limits": "limit", "site_power": "site"}[row["requirement"]]
    if table == "site":
        return None if case.site_series else with_more_power(case, row["item"], row["period"], amount)
    inputs = list(enumerate(getattr(case, row["requirement"])))
    places = [i for i, one in inputs if (getattr(one, table), one.span) == (row["item"], row["period"])]
    return raised(case, (row["requirement"], places[0]), amount) if len(places) == 1 else None


@pytest.mark.parametrize("seed", range(30, 54))
def test_worths_are_those_of_the_changed_case_with_the_integers_of_the_plan(engine, seed):
    """1 % more, one unit more, and as much as the price holds for: each built anew and solved cold by another code."""
    case = scarce(seed)
    model, outcome = planned(engine, case, gap=1e-3)
    assert outcome is not None
    table = tables_of(Solution(model, with_worths(model, outcome, engine=engine)))["binding"]
    base = cost_of_held(engine, case, outcome.solution)
    for row in table.records():

        def saved(amount, row=row):
            more = more_of(case, row, amount)
            return None if more is None else base - cost_of_held(engine, more, outcome.solution)

        worths = [
            (0.01 * row["available"], row["worth_of_one_per_cent_musd"]),
            (1.0, row["worth_of_one_unit_musd"]),
        ]
        assert all(worth is not None for _, worth in worths), row
        if row["price"] > 0:
            holds = row["holds_up_to"]
            assert holds is not None, row
            worths.append((holds, row["price"] * holds))
            if holds < 0.999 * max(1.0, row["available"]) and (beyond := saved(1.1 * holds + 1e-3)) is not None:
                assert beyond < row["price"] * (1.1 * holds + 1e-3) * (1 - 1e-7), row
        for amount, worth in worths:
            found = saved(amount)
            if found is not None:
                assert worth == pytest.approx(found, rel=2e-5, abs=2e-6), (amount, row)


def test_holding_integers_saves_no_more_than_price_times_amount(engine):
    for seed in range(60, 70):
        model, outcome = planned(engine, scarce(seed), gap=1e-3)
        if outcome is None:
            continue
        for row in tables_of(Solution(model, with_worths(model, outcome, engine=engine)))["binding"].records():
            most = row["price"] * np.array([0.01 * row["available"], 1.0])
            assert row["worth_of_one_per_cent_musd"] <= most[0] * (1 + 1e-9)
            assert row["worth_of_one_unit_musd"] <= most[1] * (1 + 1e-9)


def without_limit(case, **more):
    return add(replace(case, limits=(), limit_use=()), **more)


def test_a_ramp_that_binds_is_reported_with_its_worth(engine, known):
    """The chip is ready before the plan and 3 units of it may come a year: as the limit of 3 units a year.

    Without a discount rate one more unit of 2027 works three years, 3 × 3.1536 − 1; in 2028 two; in 2029 one.
    """
    case = without_limit(
        replace(known, offers=(replace(known.offers[0], requires=("chip",)),)),
        programmes=(Programme(programme="chip"),),
        routes=(Route(programme="chip", route="house", design_months=12.0, design_cost_musd=0.0),),
        commitments=(Commitment(kind="start", item="chip", route="house", period="2025", status="done"),),
        ramp=(Ramp(programme="chip", months_since_ready=0.0, max_units_per_year=3.0),),
    )
    found = binding_of(engine, case)
    assert list(found) == [("chip", "2027"), ("chip", "2028"), ("chip", "2029")]
    for year, price in {"2027": 8.4608, "2028": 5.3072, "2029": 2.1536}.items():
        row = found["chip", year]
        assert (row["requirement"], row["unit"]) == ("ramp", "units")
        assert (row["price"], row["worth_of_one_unit_musd"]) == (pytest.approx(price), pytest.approx(price))
        assert (row["used"], row["available"], row["share"]) == pytest.approx((3.0, 3.0, 1.0))


def test_a_policy_that_binds_is_reported_with_its_worth(engine, known):
    """At most 3, 6, 9 units are installed: one more comes a year earlier; of the last year it is one more in all."""
    ceilings = tuple(
        Policy(policy="size", kind="max_capability", span=span, value=value)
        for span, value in (("2027", 3.0), ("2028", 6.0), ("2029", 9.0))
    )
    case = without_limit(replace(known, accelerators=(replace(known.accelerators[0], capability=1.0),)))
    found = binding_of(engine, add(case, policies=ceilings))
    assert {key: row["price"] for key, row in found.items()} == pytest.approx(
        {("size 2027", "2027"): 3.1536, ("size 2028", "2028"): 3.1536, ("size 2029", "2029"): 2.1536}
    )
    assert {(row["requirement"], row["unit"]) for row in found.values()} == {("capability_bounds", "of capability")}
    assert {row["share"] for row in found.values()} == {1.0}


def test_a_floor_is_no_amount_to_have_more_of(engine, known):
    floor = Policy(policy="size", kind="min_capability", span="2027", value=3.0)
    case = add(replace(known, accelerators=(replace(known.accelerators[0], capability=1.0),)), policies=(floor,))
    assert {row["requirement"] for row in binding_of(engine, case).values()} == {"limits"}


def test_a_vendor_share_and_a_growth_that_bind_are_listed_and_checked(engine):
    """Half of what is installed may be alpha's, and orders of beta may double from year to year."""
    case = tiny_case()
    vendor = case.accelerators[0].vendor
    policies = (
        Policy(policy="half", kind="max_vendor_share", subject=vendor, span="2027..2029", value=0.3),
        Policy(policy="pace", kind="max_order_growth", span="2028", value=0.0),
    )
    model, outcome = planned(engine, add(case, policies=policies))
    tables = tables_of(Solution(model, with_worths(model, outcome, engine=engine)))
    report = verify(
        model.frame.case, {name: list(table.records()) for name, table in tables.items()}, outcome.objective
    )
    assert report.passed, report.summary()
    rows = [row for row in tables["binding"].records() if row["requirement"] in ("vendor_share", "order_growth")]
    assert rows
    for row in rows:
        assert row["used"] <= row["available"] + 1e-6
