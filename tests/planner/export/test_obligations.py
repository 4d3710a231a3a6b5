"""What contracts oblige to pay and to whom, by hand: on a line and in a tree, in tables and documents."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from models.tables.contract_rows import Facility, IncentiveMilestone
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Agreement, Budget, Scenario, ScenarioValue
from models.uncertainty.scenario_tree import planned_model, scenario_tree
from models.verify import verify
from planner.documents.content.plan_contracts import contract_tables
from planner.documents.content.plan_money import costs_by_year
from planner.documents.content.plan_obligations import obligation_branches, obligation_sections, obligation_spread
from planner.documents.content.scenario_plan import _BRANCH
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from tests.models.tiny import add, alone, change, rent, tiny_case


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def run_of(case, engine):
    """The checked optimal plan of a case, over its scenarios where it has some."""
    model, options = planned_model(case), SolveOptions(gap=0.0, threads=1)
    outcome = polish(model.program, solve_model(model, engine, options), engine=engine, options=options)
    tables = tables_of(Solution(model, outcome))
    tree = scenario_tree(case)
    futures = None if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    records = {name: list(table.records()) for name, table in tables.items()}
    assert verify(case, records, outcome.objective, futures=futures).passed
    manifest = {"scenarios": [] if tree is None else list(tree.names)}
    return LoadedRun(manifest, tables, SimpleNamespace(case=case, case_hash=""), "run")


def due(run, period):
    columns = ("this_year_musd", "next_year_musd", "years_3_to_5_musd", "later_musd", "musd", "discounted_musd")
    rows = (row for row in run.records("obligations") if row["period"] == period)
    return {row["category"]: [row[name] for name in columns] for row in rows}


def close(*amounts):
    return pytest.approx(list(amounts), abs=1e-9)


def lent():
    """1 of 2 for 100 alpha in 2027 is within the budget; the loan brings the other, to be repaid in two halves."""
    budgets = tuple(Budget(budget="b", categories=("all",), span=span, amount_musd=musd)
                    for span, musd in (("2027", 1.0), ("2028..2029", 9.0)))  # fmt: skip
    loan = Facility(facility="loan", limit_musd=5.0, rate_per_year=0.1, term_months=24.0, repayment="level",
                    categories=("hardware",))  # fmt: skip
    return add(alone(tiny_case(budgets=budgets)), facilities=(loan,))


def test_a_loan_is_owed_with_its_interest_by_the_year_in_which_it_is_due(engine):
    run = run_of(lent(), engine)
    drawn = 1 / 0.95
    # Interest: half of what is drawn in 2027, then three quarters, then a quarter.
    parts = [0.05 * drawn, (0.5 + 0.075) * drawn, (0.5 + 0.025) * drawn]
    assert due(run, "2027") == {
        "financing": close(*parts, 0.0, sum(parts), sum(parts)), "all": close(*parts, 0.0, sum(parts), sum(parts)),
    }  # fmt: skip
    assert due(run, "2028")["financing"] == close(parts[1], parts[2], 0.0, 0.0, sum(parts[1:]), sum(parts[1:]))
    rows = {(row["period"], row["counterparty"]): row for row in run.records("counterparties")}
    lender, vendor = rows["2028", "loan"], rows["2028", "verde"]
    assert (lender["role"], vendor["role"]) == ("lender", "vendor")
    assert lender["owed_musd"] == pytest.approx(sum(parts[1:]))
    assert lender["owed_share"] == 1.0
    assert lender["paid_musd"] == pytest.approx(sum(parts[:2]))
    assert (lender["delivered"], lender["delivered_unit"]) == (pytest.approx(drawn), "USD million")
    assert (vendor["paid_musd"], vendor["delivered"], vendor["owed_musd"]) == (pytest.approx(2.0), 100.0, 0.0)
    assert vendor["paid_share"] == pytest.approx(2.0 / (2.0 + sum(parts[:2])))


def test_obligations_of_each_kind_are_due_when_they_fall_due(engine):
    # 10 are on order for 2028, of which 0.01 each is still due; a hall is rented for seven years at 0.1, and 0.3 at
    # its end; of an agreement 20 a year of term are to be taken at a fee of 1,000 USD.
    case = alone(tiny_case(discount_rate=0.1, demand=(("2027", 90.0),)))
    case = change(case, "sites", "north", power_mw=0.0)
    case = add(
        case,
        open_orders=(OpenOrder(offer="alpha_list", site="north", units=10.0, due="2028",
                               balance_usd_per_unit=10000.0),),
        expansions=(Expansion(expansion="hall", site="north", module_mw=1.0, cost_musd_per_module=0.0, max_modules=1,
                              rent_musd_per_module_per_year=0.1, term_months=84.0, exit_fee_musd_per_module=0.3),),
        agreements=(Agreement(agreement="pact", term_months=24.0, min_units_per_year=20.0,
                              shortfall_usd_per_unit=1000.0),),
    )  # fmt: skip
    case = change(case, "offers", "alpha_list", requires=("pact",))
    found = due(run_of(case, engine), "2027")
    later = {t: 1.1 ** -(t + 0.5) for t in range(7)}
    assert found["hardware"] == close(0.0, 0.1, 0.0, 0.0, 0.1, 0.1 * later[1])
    present = sum(0.1 * factor for factor in later.values()) + 0.3 * later[6]
    assert found["expansion"] == close(0.1, 0.1, 0.3, 0.5, 1.0, present)
    assert found["agreement"] == close(0.02, 0.02, 0.0, 0.0, 0.04, 0.02 * (later[0] + later[1]))
    assert found["all"][:5] == close(0.12, 0.22, 0.3, 0.5, 1.14)


def tree():
    """100 alpha are leased for a year at a time; from 2028 on, nobody asks any more in one of two futures."""
    case = rent(alone(tiny_case(demand=(("2027", 100.0), ("2028", 100.0)))), price=1000.0)
    case = change(case, "offers", "alpha_rent", term_months=24.0, exit_fee_months=3.0)
    case = add(case, milestones=(IncentiveMilestone(milestone="many", subject="alpha_rent", measure="units",
                                                    amount=200.0, value_musd=0.01),))  # fmt: skip
    rows = (Scenario(scenario="stays", probability=0.75, revealed="2028"),
            Scenario(scenario="goes", probability=0.25, revealed="2028"))  # fmt: skip
    value = ScenarioValue(scenario="goes", table="demand", key="chat", column="queries_per_day_million",
                          period="2028", effect="multiply", value=0.0)  # fmt: skip
    return add(case, scenarios=rows, scenario_values=(value,))


def test_over_scenarios_obligations_are_expected_lowest_and_highest(engine):
    run = run_of(tree(), engine)
    (section,) = obligation_spread(run)
    assert [row["kind"] for row in section.blocks[0].records()] == ["all"] * 3
    rows = {row["period"]: row for row in section.details[0].records() if row["kind"] == "leases"}
    # In 2027 the lease of two years is owed in both; in 2028 where it is not left, and three months where it is.
    assert [rows["2027"][name] for name in ("expected", "least", "most")] == close(0.2, 0.2, 0.2)
    assert [rows["2028"][name] for name in ("expected", "least", "most")] == close(
        0.75 * 0.1 + 0.25 * 0.025, 0.025, 0.1
    )
    by_branch = {table.name: table for table in obligation_branches(run, _BRANCH)}
    assert by_branch.keys() == {"obligations", "counterparties"}
    scenarios = {(row["period"], row["scenarios"]) for row in by_branch["obligations"].records()}
    assert ("2027", "every scenario") in scenarios
    assert {("2028", "stays"), ("2028", "goes"), ("2029", "stays")} <= scenarios
    assert ("2029", "goes") not in scenarios


def test_contracts_of_a_tree_stand_by_branch_and_a_milestone_where_it_is_reached(engine):
    run = run_of(tree(), engine)
    tables = {table.name: table for table in contract_tables(run, _BRANCH)}
    assert {"incentives", "leases", "lease_changes"} <= tables.keys()
    (row,) = tables["lease_changes"].records()
    assert (row["verb"], row["contract"], row["units"], row["scenarios"]) == ("leave", "alpha_rent", 100.0, "goes")
    assert row["probability"] == 0.25
    reached = {row["scenarios"]: row["period"] for row in tables["incentives"].records()}
    # 100 more are leased in 2029 where demand stays.
    assert reached == {"stays": "2029", "goes": "not reached"}


def test_documents_show_what_is_owed_first_the_largest_counterparties_and_every_year(engine):
    (section,) = obligation_sections(run_of(lent(), engine))
    first, parties = section.blocks
    assert first.title == "Obligations at the end of 2027"
    assert [row["kind"] for row in first.records()] == ["loans", "all"]
    assert [row["counterparty"] for row in parties.records()] == ["verde", "loan"]
    assert {row["period"] for row in section.details[0].records()} == {"2027", "2028", "2029"}
    assert section.claim == "1.21 USD million are committed by the end of 2027, 0.053 of it due in that year"
    (idle,) = obligation_sections(run_of(alone(tiny_case()), engine))
    assert [block.name for block in idle.blocks] == ["counterparties"]
    assert idle.claim.startswith("No contract")


def test_costs_stand_by_calendar_year_where_periods_are_shorter(engine):
    halves = tiny_case(period="half", start="2027H1", periods=4, demand=(("2027H1", 100.0),))
    halves = replace(alone(halves), prices=(replace(halves.prices[0], period="2027H1"),))
    (table,) = costs_by_year(run_of(halves, engine))
    assert [(row["year"], row["capex_musd"]) for row in table.records()] == [("2027", 2.0), ("2028", 0.0)]
    assert costs_by_year(run_of(alone(tiny_case()), engine)) == ()
