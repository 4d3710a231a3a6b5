"""What rights of contracts are worth: by hand in a tree and on one path, on random cases, and as a command."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from models.solvers.child import Engine
from models.tables.contract_rows import CommitLevel, Facility
from models.tables.holding_rows import OpenLease
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Agreement, Budget, Commitment, Scenario, ScenarioValue
from models.whatif.contract_rights import (
    CANCELLATION,
    CARRY_OVER,
    EARLY_EXIT,
    LATE_EXIT,
    LOAN,
    OPTION,
    RENEWAL,
    SHORT_TERM,
    ContractRight,
    rights_of,
    without_rights,
)
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.future_recipes import future_of, recipe_of, refusals
from planner.studies.questions.negotiation import worth_of_rights
from planner.studies.worth_of_rights import (
    NO_PLAN,
    NOT_USED,
    NOTHING,
    SET_BY_SCENARIOS,
    SOLVED,
    rights_lines,
    rights_search,
    rights_table,
    uses_of,
)
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, rent, tiny_case
from tests.oracle.random_contracts import contract_case
from tests.planner.studies.making import context, loaded_run, result, solving
from tests.planner.tiny import write_tiny

runner = CliRunner(env={"COLUMNS": "160"})
UNSERVED = 100 * YEAR_UNSERVED
"""What leaving all demand of a year unserved costs, USD million."""


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def two_futures(case, column_value, *, period):
    """The case with a future that stays as it is, and one whose demand is another from a period on, known from 2028."""
    rows = tuple(Scenario(scenario=name, probability=0.5, revealed="2028") for name in ("stays", "goes"))
    value = ScenarioValue(scenario="goes", table="demand", key="chat", column="queries_per_day_million",
                          period=period, effect="multiply", value=column_value)  # fmt: skip
    return add(case, scenarios=rows, scenario_values=(value,))


def study(case, engine, gap=0.0):
    run = loaded_run(case, engine)
    return worth_of_rights(solving(case, engine, gap=gap), run)


def rows_of_study(case, engine):
    return {(row["right"], row["item"]): row for row in study(case, engine).table("rights").records()}


def assert_worth(row, musd, how=SOLVED):
    ends = row["worth_least_musd"], row["worth_musd"], row["worth_most_musd"]
    assert ends == pytest.approx((musd, musd, musd), abs=1e-7)
    assert row["how"] == how
    assert row["finding"] == ("saves" if musd else NOTHING)


def cancellable():
    """100 alpha ordered in 2027 come in 2029; an order may be cancelled in 2028 for 0.3 of its value."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2029", 100.0))))
    return change(case, "offers", "alpha_list", lead_time_months=24.0, deposit_share=0.2, cancel_until_months=12.0,
                  cancel_fee_share=0.3)  # fmt: skip


def leavable():
    """A lease of three years at 0.8 a year for 100 alpha, left for three months of rent; buying costs 2."""
    case = rent(alone(tiny_case(demand=(("2027", 100.0), ("2028", 100.0)))), term_months=36.0)
    return change(case, "offers", "alpha_rent", exit_fee_months=3.0)


def test_a_cancellation_pays_in_a_tree_and_is_worth_nothing_on_a_single_path(engine):
    # Ordered in 2027 for 2, what is not wanted in 2029 costs 2 all the same, or 0.6 where it can be cancelled. Without
    # the right nobody orders: half of a year's penalties is less than 2.
    tree = two_futures(cancellable(), 0.0, period="2029")
    row = rows_of_study(tree, engine)[CANCELLATION, "alpha_list"]
    assert_worth(row, UNSERVED / 2 - (0.5 * 2.0 + 0.5 * 0.6))
    assert row["used_share"] == pytest.approx(0.5)
    # On the path that stays it is ordered and comes; on the other nothing is ordered. Nobody cancels.
    for case in (cancellable(), change_demand(cancellable(), 0.0)):
        row = rows_of_study(case, engine)[CANCELLATION, "alpha_list"]
        assert_worth(row, 0.0, NOT_USED)
        assert row["used_share"] == 0.0


def change_demand(case, last):
    return replace(case, demand=(case.demand[0], replace(case.demand[1], queries_per_day_million=last)))


def test_leaving_a_lease_pays_in_a_tree_and_is_worth_nothing_on_the_path_that_stays(engine):
    # 2.4 if demand stays and 1.0 if it goes, against 2 for buying; on the path that stays buying is cheaper than rent.
    tree = two_futures(leavable(), 0.0, period="2028")
    assert_worth(rows_of_study(tree, engine)[EARLY_EXIT, "alpha_rent"], 2.0 - (0.5 * 2.4 + 0.5 * 1.0))
    assert_worth(rows_of_study(leavable(), engine)[EARLY_EXIT, "alpha_rent"], 0.0, NOT_USED)


def test_rights_that_stand_in_for_each_other_are_worth_more_together_than_one_by_one(engine):
    # A lease of a year for 0.8 that can be renewed for 0.5 does the same as one of three years that can be left.
    case = two_futures(leavable(), 0.0, period="2028")
    short = replace(case.offers[1], offer="alpha_year", term_months=12.0, exit_fee_months=None, renew_months=12.0,
                    renew_usd_per_unit_per_year=8000.0, renewals=2)  # fmt: skip
    price = replace(case.prices[1], offer="alpha_year", unit_price_usd=8000.0)
    # From 2028 on new leases are dear, so that only a right keeps the price.
    later = tuple(
        replace(price, offer=name, period="2028", unit_price_usd=90000.0) for name in ("alpha_rent", "alpha_year")
    )
    found = rows_of_study(add(case, offers=(short,), prices=(price, *later)), engine)
    one, other, whole = (
        found[EARLY_EXIT, "alpha_rent"],
        found[RENEWAL, "alpha_year"],
        found["all rights", "all together"],
    )
    # With either 1.7, or 1.6 by renewing: 2.4 if demand stays, 0.8 if it goes. With neither 0.8 for a year,
    # and 2 for buying then if demand stays.
    assert_worth(other, 1.7 - 1.6)
    assert_worth(one, 0.0, NOT_USED)
    assert_worth(whole, 1.8 - 1.6)


def every_right():
    """A case with a right of each kind: eight of them, some twice."""
    late = dict(late_exit_months=6.0)
    case = change(leavable(), "offers", "alpha_rent", renew_months=12.0)
    case = change(case, "offers", "alpha_list", cancel_until_months=3.0, requires=("pact", "choice"), **late)
    return add(
        case,
        open_leases=(OpenLease(lease="old", accelerator="alpha", site="north", units=5.0, ends="2029",
                               rent_usd_per_unit_per_year=9000.0, exit_fee_months=1.0, renew_months=12.0),),
        agreements=(Agreement(agreement="pact", term_months=36.0, **late),
                    Agreement(agreement="choice", term_months=36.0),),
        commit_levels=tuple(CommitLevel(agreement="pact", year_of_term=y, amount=10.0, unit="units", carry="excess")
                            for y in (1, 2)),
        facilities=(Facility(facility="loan", limit_musd=1.0, rate_per_year=0.1, term_months=12.0, repayment="level",
                             categories=("hardware",)),),
        expansions=(Expansion(expansion="hall", site="north", module_mw=1.0, cost_musd_per_module=0.0, max_modules=2,
                              rent_musd_per_module_per_year=0.1, term_months=12.0, exit_fee_musd_per_module=0.2),),
    )  # fmt: skip


def test_every_right_of_a_case_is_listed_once_and_taken_away_leaves_no_fault():
    rights = rights_of(every_right())
    assert rights == (
        ContractRight(CANCELLATION, "offers", "alpha_list"),
        ContractRight(LATE_EXIT, "offers", "alpha_list"),
        ContractRight(LATE_EXIT, "agreements", "pact"),
        ContractRight(EARLY_EXIT, "offers", "alpha_rent"), ContractRight(EARLY_EXIT, "open_leases", "old"),
        ContractRight(RENEWAL, "offers", "alpha_rent"), ContractRight(RENEWAL, "open_leases", "old"),
        ContractRight(CARRY_OVER, "agreements", "pact"), ContractRight(LOAN, "facilities", "loan"),
        ContractRight(SHORT_TERM, "expansions", "hall"), ContractRight(OPTION, "agreements", "choice"),
    )  # fmt: skip
    for taken in (*((one,) for one in rights), rights):
        made = future_of(every_right(), json.loads(json.dumps(recipe_of(without=taken)))).case
        assert refusals(made) == []
        assert set(rights_of(made)) == set(rights) - set(taken)


def test_what_is_committed_is_no_right_any_more():
    rows = (
        Commitment(kind="draw", item="loan", period="2027", quantity=0.5, status="fixed"),
        Commitment(kind="build", item="hall", period="2027", quantity=1.0, status="done"),
        Commitment(kind="sign", item="choice", period="2027", status="fixed"),
    )
    kinds = {right.kind for right in rights_of(add(every_right(), commitments=rows))}
    assert not kinds & {LOAN, SHORT_TERM, OPTION}


def test_brackets_carry_both_gaps_and_no_right_is_worth_more_than_all_together():
    case = leavable()
    right, other = ContractRight(EARLY_EXIT, "offers", "a"), ContractRight(RENEWAL, "offers", "b")
    idle = ContractRight(LATE_EXIT, "offers", "c")
    answers = {
        "without all rights": result(13.0, 12.5),
        "without early exit of a": result(14.0, 12.0),
        "without renewal of b": result(11.0, 9.0),
    }
    found = searched(case, {right: 1.0, other: 0.25, idle: 0.0}, answers)
    # The plan costs 10 and at least 9: without the first at least 12, and at most the 13 of the plan without any.
    assert [(one.low, one.found, one.high, one.how) for one in found] == [
        (2.0, 4.0, 4.0, SOLVED), (0.0, 1.0, 2.0, SOLVED), (0.0, 0.0, 1.5, NOT_USED), (2.5, 4.0, 4.0, SOLVED),
    ]  # fmt: skip


def searched(case, uses, answers, plan=None, over=False):
    asked = replace(context(case, answers), over_scenarios=over)
    search = rights_search(asked, result(10.0, 9.0), plan or result(10.5, 9.0), uses)
    try:
        points = next(search)
        return search.send({point.name: answers[point.name] for point in points})
    except StopIteration as end:
        return end.value


def test_a_plan_that_uses_no_right_bounds_them_all_by_its_gap():
    idle = ContractRight(LATE_EXIT, "offers", "c")
    # 10.5 for the plan of the run, which stays possible, and 9 at least for any with the right.
    (one, whole) = searched(leavable(), {idle: 0.0}, {})
    assert (one.low, one.found, one.high, one.how) == (0.0, 0.0, 1.5, NOT_USED)
    assert whole.high == 1.5
    assert list(rights_lines([one, whole])) == [
        "This is worth at most 1.50 USD million, within the gaps: late exit of c."
    ]


def test_a_right_without_which_there_is_no_plan_is_said_to_be_needed():
    right = ContractRight(EARLY_EXIT, "offers", "a")
    (one, whole) = searched(leavable(), {right: 1.0}, {"without all rights": {"status": "infeasible"}})
    assert (one.found, one.high, one.how, whole.how) == (None, None, NO_PLAN, NO_PLAN)
    assert next(rights_lines([one, whole])) == "The early exit of a is needed: there is no plan without it."
    assert rights_table([one, whole]).records()[0]["finding"] == NO_PLAN


def test_a_right_that_scenarios_give_is_not_valued(engine):
    tree = two_futures(cancellable(), 0.0, period="2029")
    value = ScenarioValue(scenario="goes", table="offers", key="alpha_list", column="cancel_until_months", period="",
                          effect="set", value=6.0)  # fmt: skip
    tree = add(tree, scenario_values=(value,))
    run = loaded_run(two_futures(cancellable(), 0.0, period="2029"), engine)
    found = searched(tree, uses_of(tree, run), {}, over=True)
    assert next((one.how, one.high) for one in found) == (SET_BY_SCENARIOS, None)


def test_a_case_without_rights_says_so(engine):
    case = alone(tiny_case())
    with pytest.raises(CaseFaults, match="has no contract that gives a right"):
        study(case, engine)


def test_a_loan_is_worth_what_its_budget_leaves_unserved(engine):
    # 1 in 2027 buys 50 for three years; the loan the others, which are bought in 2028 without it, for two years only.
    case = alone(
        tiny_case(
            budgets=tuple(
                Budget(budget="b", categories=("all",), span=span, amount_musd=amount)
                for span, amount in (("2027", 1.0), ("2028..2029", 9.0))
            )
        )
    )
    loan = Facility(facility="loan", limit_musd=5.0, rate_per_year=0.1, term_months=12.0, repayment="level",
                    categories=("hardware",))  # fmt: skip
    row = rows_of_study(add(case, facilities=(loan,)), engine)[LOAN, "loan"]
    assert row["how"] == SOLVED
    # Its interest of half a year in 2027 is within the budget of then, so that 1 / 0.95 is borrowed.
    assert_worth(row, UNSERVED / 2 - 0.1 / 0.95)


FORMS = ("levels", "facilities", "rents", "cancellations", "leases")


def costs(case, engine):
    found = solving(case, engine).base()
    return float(found["objective_musd"])


@pytest.mark.slow
def test_worth_is_the_difference_of_two_least_costs_on_random_cases(engine):
    seen = set()
    for seed in range(30):
        case = contract_case(seed, "tiny", FORMS)
        rights = rights_of(case)
        if not rights or refusals(case):
            continue
        with_all = costs(case, engine)
        found = {row["right"] + " of " + row["item"]: row for row in study(case, engine).table("rights").records()}
        for right in rights:
            exact = costs(without_rights(case, [right]), engine) - with_all
            row = found[right.name]
            room = 1e-6 * max(1.0, abs(with_all))
            assert exact >= -room
            assert row["worth_least_musd"] - room <= exact <= row["worth_most_musd"] + room
            seen.add((right.kind, exact > room))
    assert {kind for kind, _ in seen} >= {CANCELLATION, EARLY_EXIT, RENEWAL, LOAN}
    assert any(pays for _, pays in seen)


def test_the_command_writes_the_table_of_rights(tmp_path):
    offers = "offer,accelerator,kind,lot_size,cancel_until_months,cancel_fee_share\nchip_list,chip,buy,4,0,0.1\n"
    case = write_tiny(tmp_path / "tiny", offers=offers)
    planned = runner.invoke(app, ["plan", str(case), "-o", str(tmp_path / "run"), "--quiet"])
    assert planned.exit_code == 0, planned.output
    made = runner.invoke(app, ["worth", str(tmp_path / "run"), "--rights", "-o", str(tmp_path / "study"), "--quiet",
                               "--points", str(tmp_path / "points"), "--workers", "1"])  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "within the gaps: cancellation of chip_list." in " ".join(made.output.split())
    written = json.loads((tmp_path / "study" / "study.json").read_text())
    assert [row["right"] for row in written["tables"]["rights"]] == [CANCELLATION, "all rights"]
