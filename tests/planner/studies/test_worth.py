"""What more is worth, and the sheet for negotiations: by hand, with gaps, against enumeration, and as a command."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from models.solvers.child import Engine
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.strategy_rows import Budget, Commitment
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.future_recipes import future_of, recipe_of, refusals
from planner.studies.questions.negotiation import require_expected_cost, worth
from planner.studies.search_rounds import solved_in_rounds
from planner.studies.worth_of_more import (
    BY_ALL,
    BY_MORE,
    SOLVED,
    MoreOfOne,
    amounts_of,
    earlier_deliveries,
    worth_search,
)
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, tiny_case, with_programme
from tests.oracle.brute_force import brute_force
from tests.oracle.random_cases import random_case
from tests.planner.studies.making import context, firm_case, loaded_run, result, solving, with_two_scenarios
from tests.planner.tiny import write_tiny

runner = CliRunner(env={"COLUMNS": "160"})
THREE_YEARS = 3 * YEAR_UNSERVED
"""What leaving 1 query/s unserved over the plan costs, USD million."""


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def worths_of(asked, base, amounts):
    return solved_in_rounds(asked, {"more": worth_search(asked, base, amounts)})["more"]


def worths(case, engine, kind, item):
    run = loaded_run(case, engine)
    asked = solving(case, engine)
    amounts = [*amounts_of(case, run), *earlier_deliveries(case)]
    found = worths_of(asked, asked.base(), amounts)
    return {one.amount.more: one for one in found if (one.amount.kind, one.amount.item) == (kind, item)}


def assert_worth(one, musd, how=SOLVED):
    assert (one.low, one.found, one.high) == pytest.approx((musd, musd, musd), abs=1e-7)
    assert one.how == how


def limited(amount, **offer):
    """Alpha alone, of which so much can be had in 2027 and nothing later."""
    case = change(alone(tiny_case()), "offers", "alpha_list", **offer) if offer else alone(tiny_case())
    rows = (Limit(limit="wafers", span="2027", amount=amount), Limit(limit="wafers", span="2028..2029", amount=0.0))
    return add(case, limits=rows, limit_use=(LimitUse(limit="wafers", offer="alpha_list", use_per_unit=1.0),))


def test_more_of_a_limit_saves_penalties_less_prices(engine):
    # 50 alpha serve half. Each more saves 0.094608 of penalties for 0.02, in 2027: 0.5, 5 and 25 of them; and one.
    found = worths(limited(50.0), engine, "limit", "wafers")
    each = THREE_YEARS - 0.02
    for more, units in (("1 %", 0.5), ("10 %", 5.0), ("50 %", 25.0)):
        assert_worth(found[more], units * each)
    # One lot more is had in the later span too, but then serves two years or less: still one in 2027, and 1 in 2028,
    # which saves two years' penalties.
    assert_worth(found["one lot"], each + 2 * YEAR_UNSERVED - 0.02)


def test_lots_make_steps(engine):
    # Lots of 20: of 50 two fit, as of 50.5 and 55; of 75 three do, which serve 20 queries/s more.
    found = worths(limited(50.0, lot_size=20.0), engine, "limit", "wafers")
    assert_worth(found["1 %"], 0.0)
    assert_worth(found["10 %"], 0.0)
    assert_worth(found["50 %"], 20 * (THREE_YEARS - 0.02))


def test_idle_amounts_are_bounded_together(engine):
    # Of 170, 100 are used: half as much again of the limit and of the vendor is planned together, and saves nothing.
    case = add(
        alone(tiny_case()),
        limits=(Limit(limit="wafers", span="2027..2029", amount=170.0),),
        limit_use=(LimitUse(limit="wafers", offer="alpha_list", use_per_unit=1.0),),
    )
    found = worths(case, engine, "limit", "wafers")
    assert {one.how for one in found.values()} == {BY_ALL}
    assert_worth(found["10 %"], 0.0, BY_ALL)


def test_more_money_is_worth_what_it_buys(engine):
    # 1 USD million buys 50 alpha; 10 % more buys 5, which save penalties of three years.
    money = Budget(budget="all", categories=("all",), span="2027", amount_musd=1.0)
    none = Budget(budget="all", categories=("all",), span="2028..2029", amount_musd=0.0)
    found = worths(add(alone(tiny_case()), budgets=(money, none)), engine, "budget", "all")
    assert_worth(found["10 %"], 5 * (THREE_YEARS - 0.02))
    assert_worth(found["50 %"], 25 * (THREE_YEARS - 0.02))


def test_more_power_is_worth_what_it_runs(engine):
    # 0.05 MW run 50 alpha; 10 % more runs 5.
    case = change(alone(tiny_case()), "sites", "north", power_mw=0.05)
    found = worths(case, engine, "site", "north")
    assert_worth(found["10 %"], 5 * (THREE_YEARS - 0.02))
    assert_worth(found["one lot"], THREE_YEARS - 0.02)


def test_one_lot_at_a_site_is_the_largest_of_its_offers(engine):
    # A list price for lots of 20, and one for single units that comes after it: a lot draws 20 kW of 0.05 MW, and
    # runs 20 queries/s more.
    offers = tiny_case().offers
    single = replace(offers[0], offer="alpha_single")
    prices = tuple(replace(row, offer="alpha_single") for row in tiny_case().prices if row.offer == "alpha_list")
    case = change(change(alone(tiny_case()), "sites", "north", power_mw=0.05), "offers", "alpha_list", lot_size=20.0)
    found = worths(add(case, offers=(single,), prices=prices), engine, "site", "north")
    assert_worth(found["one lot"], 20 * (THREE_YEARS - 0.02))


def test_more_of_a_vendor_is_more_from_the_same_limit(engine):
    # 10 % more from the same 50 wafers are 55 alpha.
    found = worths(limited(50.0), engine, "vendor", "verde")
    assert_worth(found["10 %"], 5 * (THREE_YEARS - 0.02))


def test_a_year_of_earlier_delivery_serves_a_year_more(engine):
    # A year after the order alpha serve 2028 and 2029; at once they serve 2027 too, which is a year's penalty for 100.
    case = change(alone(tiny_case()), "offers", "alpha_list", lead_time_months=12.0)
    found = worths(case, engine, "vendor", "verde")
    assert_worth(found["12 months earlier"], 100 * YEAR_UNSERVED)


def test_a_programme_that_is_ready_a_year_earlier(engine):
    # Only alpha behind the chip: ready in 2028 it serves two years, at once three.
    case = with_programme(alone(tiny_case()), design_months=12.0, design_cost_musd=0.0)
    found = worths(case, engine, "programme", "chip")
    assert_worth(found["12 months earlier"], 100 * YEAR_UNSERVED)


def test_brackets_carry_the_gaps_and_bounds_settle_what_they_can():
    # The plan costs 100, at least 99. Half as much again costs 90 at most and 88 at least: 9 to 12. A tenth costs 99.5,
    # at least 98: nothing is proven, and it is worth 2 at most. What is idle costs 99 at least: it is worth 1 at most.
    def answer(point):
        known = {"50 %": result(90.0, 88.0), "10 %": result(99.5, 98.0), "1 %": result(100.0, 87.0)}
        return known[point.name.partition(": ")[2]] if "tight" in point.name else result(100.0, 99.0)

    shares = ((0.5, "50 %"), (0.1, "10 %"), (0.01, "1 %"))
    names = (("tight", False), ("idle", True), ("other", True))
    amounts = [
        MoreOfOne("limit", name, more, share, (), is_idle=idle) for name, idle in names for share, more in shares
    ]
    found = {
        (one.amount.item, one.amount.more): one
        for one in worths_of(context(tiny_case(), answer), result(100.0, 99.0), amounts)
    }
    assert [(one.low, one.found, one.high) for one in found.values()][:3] == [
        (9.0, 10.0, 12.0),
        (0.0, 0.5, 2.0),
        (0.0, 0.0, 2.0),
    ]
    assert (found["idle", "50 %"].high, found["idle", "1 %"].how) == (1.0, BY_ALL)
    alone_ = [one for one in amounts if one.item == "idle"]
    settled = worths_of(context(tiny_case(), answer), result(100.0, 99.0), alone_)
    assert [one.how for one in settled] == [SOLVED, BY_MORE, BY_MORE]


def wrong_worths(seed, engine):
    """The worths of one item of a random case, in two of its amounts, that disagree with enumeration."""
    case, rng = random_case(seed, "tiny"), random.Random(seed)
    if refusals(case):
        return []
    run, asked = loaded_run(case, engine), solving(case, engine)
    amounts = [*amounts_of(case, run), *earlier_deliveries(case)]
    chosen = rng.choice(sorted({(one.kind, one.item) for one in amounts}))
    own = [one for one in amounts if (one.kind, one.item) == chosen]
    found = worths_of(asked, asked.base(), own)
    base, wrong = brute_force(case).objective, []
    for one in rng.sample(found, min(2, len(found))):
        more = brute_force(future_of(case, recipe_of(levers=one.amount.levers)).case).objective
        if one.found is not None and not one.low - 1e-7 <= base - more <= one.high + 1e-7:
            wrong.append((seed, one.amount.name, one.low, base - more, one.high))
    return wrong


def test_worths_contain_what_enumeration_finds(engine):
    assert [line for seed in range(4) for line in wrong_worths(seed, engine)] == []


@pytest.mark.slow
def test_worths_contain_what_enumeration_finds_on_many_cases(engine):
    assert [line for seed in range(40) for line in wrong_worths(seed, engine)] == []


def test_the_sheet_has_a_page_for_each_vendor(engine):
    case = firm_case()
    study = worth(solving(case, engine), loaded_run(case, engine))
    pages = {table.title: table for table in study.tables if table.name.startswith("vendor_")}
    # The plan buys beta of rosso for 1 USD million, and nothing of verde.
    assert list(pages) == ["Vendor rosso", "Vendor verde"]
    assert pages["Vendor rosso"].note.startswith("The plan signs contracts of 1.00 USD million with rosso, 100.0 % of")
    rosso = {(row["about"], row["item"]): row for row in pages["Vendor rosso"].records()}
    assert rosso["taken", "beta_list"]["words"].startswith("50 units for 1.00 USD million. By unit 0.14 USD per 1000")
    # Beta saves 2 - 0.3 at no price, which 50 units pay: 34,000 each. The company that it needs is worth 1.
    assert rosso["taken", "beta_list"]["found"] == pytest.approx(34_000.0, rel=1e-5)
    assert rosso["taken", "firm"]["found"] == pytest.approx(1.0, rel=1e-5)
    (alpha,) = [row for row in study.table("offers").records() if row["offer"] == "alpha_list"]
    # A query/s of alpha for three years is 20,000; of beta 10,000, and 3,000 of the company.
    assert alpha["reason"].startswith("Dearer by 53.8 % at best")
    rows = study.table("unit_costs").records()
    assert [row["total_usd"] / row["plan_usd"] for row in rows] == pytest.approx([20 / 13, 1.0])
    assert study.headlines[0] == "Nearest to leaving the plan: beta_list at 34,000 USD a unit (+70.0 %)."
    assert study.headlines[1] == "Nearest to entering it: alpha_list at 13,000 USD a unit (−35.0 %)."


def test_what_is_committed_stands_as_taken_on_the_page_of_its_vendor(engine):
    signed = Commitment(kind="close", item="firm", period="2027", status="fixed")
    case = add(firm_case(), commitments=(signed,))
    study = worth(solving(case, engine), loaded_run(case, engine))
    (row,) = [row for row in study.table("vendor_rosso").records() if row["item"] == "firm"]
    assert (row["about"], row["words"]) == ("taken", "It is committed already, at any price.")


def test_the_sheet_of_a_plan_over_scenarios_is_of_expected_amounts(engine):
    # From 2028 on demand is 100 or 200, known in 2028.
    case = with_two_scenarios(firm_case(), 2.0)
    study = worth(solving(case, engine), loaded_run(case, engine))
    prices = {row["item"]: row for row in study.table("walk_away_prices").records()}
    # 100 alpha, and 100 more in one branch, are 3 expected; beta halves both.
    assert prices["firm"]["pays_up_to"] == pytest.approx(1.5, rel=1e-5)
    # 50 beta, and 25 expected, at p with the company cost 3 at p = 2.7 / 75.
    assert prices["beta_list"]["pays_up_to"] == pytest.approx(36_000.0, rel=1e-5)
    assert any("expected over the scenarios" in note for note in study.notes)
    averse = replace(case, settings=replace(case.settings, risk_aversion=0.5))
    with pytest.raises(CaseFaults, match="weighs the worst paths"):
        require_expected_cost(replace(loaded_run(case, engine), read=SimpleNamespace(case=averse)))


def test_the_command_writes_the_sheet(tmp_path):
    case, run, study = write_tiny(tmp_path / "case"), tmp_path / "run", tmp_path / "study"
    assert runner.invoke(app, ["plan", str(case), "-o", str(run), "-q"]).exit_code == 0
    options = ["-q", "--executor", "serial", "--points", str(tmp_path / "points")]
    ended = runner.invoke(app, ["worth", str(run), "-o", str(study), *options])
    assert ended.exit_code == 0, ended.output
    assert "Walk-away prices" in ended.stdout
    names = {path.name for path in study.iterdir()}
    assert {"study.json", "study.md", "study.xlsx", "report.html"} <= names
    told = json.loads((study / "study.json").read_text(encoding="utf-8"))
    assert told["kind"] == "worth"
    assert {"walk_away_prices", "worth_of_more", "earlier_delivery", "vendor_maker", "unit_costs"} <= told[
        "tables"
    ].keys()
    assert "## Vendor maker" in (study / "study.md").read_text(encoding="utf-8")
