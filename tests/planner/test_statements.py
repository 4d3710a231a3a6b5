"""Income statement, balance sheet and cash flow: by hand, on every shipped case, and each line of the ledger once."""

from __future__ import annotations

import ast
import collections
import importlib
import os
import pkgutil
import random
from dataclasses import replace

import pytest

from models import families
from models.build import build
from models.outcome import SolveOptions
from models.solution import Solution
from models.solve import solve
from models.tables.contract_rows import Facility
from models.tables.fleet_rows import CATEGORIES
from models.tables.holding_rows import OpeningFleet
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import verify
from planner.replanning.carried_case import carried
from planner.results import tables_of
from planner.results.ledger_places import PLACES, what_of
from tests.models.checks.plans import bases
from tests.models.checks.plans_over_scenarios import tree_bases
from tests.models.checks.simulator_derived import with_sums
from tests.models.tiny import add, alone, change, changed, rent, tiny_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_contracts import contract_case
from tests.oracle.random_leases import handed_over_case
from tests.oracle.random_shocks import disrupted_case
from tests.oracle.random_trees import tree_case
from tests.planner.export.test_workbook_recalculated import run_in_memory
from tests.planner.frozen.answers import FOLDER, planned_run
from tests.planner.tiny import INPUTS, SHIPPED

CENT = 1e-8
"""USD million."""
STATEMENTS = ("income_statement", "balance_sheet", "cash_flow_statement", "book_values", "lease_liabilities")
POLICIES = (
    {"lease_classification": "finance", "borrowing_rate": 0.12},
    {"lease_classification": "operating", "capitalise_programmes": True, "programme_years": 2.0},
    {"accelerator_years": 1.5, "power_years": 6.0},
    {"accelerator_years": 9.0, "borrowing_rate": 0.0},
)
SEEDS = int(os.environ.get("STATEMENT_SEEDS", "3"))


def required_to_balance(tables):
    """Assets are liabilities and equity, and cash that of the ledger, in each period of each scenario."""
    sums = collections.defaultdict(lambda: collections.defaultdict(float))
    for row in tables["balance_sheet"]:
        if row["line"] == "all":
            for name in str(row.get("scenarios", "")).split(";"):
                for column in ("opening_musd", "musd"):
                    sign = 1.0 if row["side"] == "assets" else -1.0
                    sums[row["period"], name][column] += sign * row[column]
    assert sums
    for where, gaps in sums.items():
        assert all(abs(gap) <= CENT for gap in gaps.values()), (where, dict(gaps))
    paid = {(row["period"], row.get("node")): row for row in tables["period_figures"]}
    for row in tables["cash_flow_statement"]:
        if row["line"] == "cash put in":
            own = paid[row["period"], row.get("node")]
            ledger = own["cash_musd"] + own["incentive_musd"] + own["revenue_musd"]
            assert abs(row["musd"] - ledger) <= CENT, row
        if row["section"] == "all":
            assert abs(row["musd"]) <= CENT, row


def lines(tables, table, part, line):
    """A line of a statement by period, where it is not next to nothing."""
    kind = "side" if table == "balance_sheet" else "section"
    found = {row["period"]: row["musd"] for row in tables[table] if (row[kind], row["line"]) == (part, line)}
    return {period: musd for period, musd in found.items() if abs(musd) > CENT}


def arguments(call, names):
    """The category and the name of a line that a call adds; a name may be for lines of running leases too."""
    first, *others = call.args
    if isinstance(first, ast.Starred):
        yield eval(ast.unparse(first.value), names)
        return
    category, what = (ast.unparse(argument) for argument in (first, others[0]))
    for prefix in ("", "running ") if "prefix" in what else ("",):
        yield eval(category, names), eval(what, {**names, "prefix": prefix})


def lines_of_families():
    """Every line that a family adds to the ledger, read from its source."""
    for module in pkgutil.iter_modules(families.__path__):
        found = importlib.import_module(f"models.families.{module.name}")
        with open(found.__file__, encoding="utf-8") as text:  # noqa: PTH123
            tree = ast.parse(text.read())
        for call in ast.walk(tree):
            is_line = isinstance(call, ast.Call) and ast.unparse(call.func) == "ledger.add"
            yield from arguments(call, vars(found)) if is_line else ()


def test_every_line_of_the_ledger_has_its_place():
    assert set(lines_of_families()) == set(PLACES)
    assert {category for category, _ in PLACES} == set(CATEGORIES)


def test_what_is_no_cash_is_in_no_statement_and_all_else_is_booked_once():
    for (category, what), place in PLACES.items():
        assert (place is None) == (category in ("unserved", "value_left"))
        assert place is None or bool(place.account) != bool(place.cost), (category, what)
        assert what_of(category, f"{what} of anything") == (what, "of anything")


def test_a_line_without_a_place_is_refused_by_name():
    with pytest.raises(LookupError, match="no place for 'power: steam boiler'"):
        what_of("power", "steam boiler")


@pytest.fixture
def told(plan_of):
    """Solves a case and returns its tables as records, after the independent check has accepted them."""

    def run(case):
        solution = plan_of(case)
        tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
        assert verify(case, tables, solution.outcome.objective).findings == ()
        required_to_balance(tables)
        return tables

    return run


def test_a_purchase_loses_its_value_in_a_straight_line(told):
    """100 alpha for 2.0 in 2027 with a life of 3: 2/3 a year; at the end of 2027 1.333 is left, of 2029 nothing."""
    tables = told(alone(tiny_case()))
    worn = lines(tables, "income_statement", "depreciation and amortisation", "accelerators")
    assert worn == pytest.approx({"2027": 2 / 3, "2028": 2 / 3, "2029": 2 / 3})
    assert lines(tables, "balance_sheet", "assets", "accelerators") == pytest.approx({"2027": 4 / 3, "2028": 2 / 3})
    assert lines(tables, "balance_sheet", "equity", "cash put in") == pytest.approx(dict.fromkeys(worn, 2.0))
    assert lines(tables, "cash_flow_statement", "investing", "accelerators") == pytest.approx({"2027": -2.0})


def test_years_of_accelerators_may_differ_from_their_life(told):
    """Over two years half a year: 1.0 in 2027 and 2028, nothing in 2029."""
    tables = told(changed(alone(tiny_case()), accelerator_years=2.0))
    worn = lines(tables, "income_statement", "depreciation and amortisation", "accelerators")
    assert worn == pytest.approx({"2027": 1.0, "2028": 1.0})


def test_what_is_paid_ahead_is_an_asset_until_it_arrives(told):
    """A lead of a year and a deposit of 30 %: 0.6 of 2.0 in 2027, and 1.4 on arrival in 2028."""
    case = change(alone(tiny_case(demand=(("2027", 0.0), ("2028", 100.0)))), "offers", "alpha_list",
                  lead_time_months=12.0, deposit_share=0.3)  # fmt: skip
    tables = told(case)
    assert lines(tables, "balance_sheet", "assets", "orders") == pytest.approx({"2027": 0.6})
    assert lines(tables, "balance_sheet", "assets", "accelerators") == pytest.approx({"2028": 4 / 3, "2029": 2 / 3})


def test_a_lease_by_hand(told):
    """100 beta-free units for three years at 0.3 a year, three periods of a finance lease at 0 %: 0.9 owed, 0.3 a year.

    At a rate of 0 the right of use is 0.9 and loses 0.3 a year, without interest.
    """
    case = changed(rent(alone(tiny_case()), 3000.0, term_months=36.0), lease_classification="finance")
    tables = told(changed(case, borrowing_rate=0.0))
    assert lines(tables, "balance_sheet", "liabilities", "finance leases") == pytest.approx({"2027": 0.6, "2028": 0.3})
    assert lines(tables, "balance_sheet", "assets", "finance leases") == pytest.approx({"2027": 0.6, "2028": 0.3})
    worn = lines(tables, "income_statement", "depreciation and amortisation", "finance leases")
    assert worn == pytest.approx(dict.fromkeys(("2027", "2028", "2029"), 0.3))
    assert lines(tables, "income_statement", "running cost", "lease expense") == {}
    paid = lines(tables, "cash_flow_statement", "financing", "finance leases paid back")
    assert paid == pytest.approx(dict.fromkeys(("2027", "2028", "2029"), -0.3))


def test_interest_of_a_finance_lease_and_the_even_cost_of_an_operating_lease(told):
    """At 21 % payments of 0.3 in the middle of three years: 0.3 · (1.21^−½ + 1.21^−1½ + 1.21^−2½) at the start."""
    case = changed(rent(alone(tiny_case()), 3000.0, term_months=36.0), borrowing_rate=0.21)
    start = 0.3 * (1 / 1.1 + 1 / 1.1 / 1.21 + 1 / 1.1 / 1.21**2)
    finance = told(changed(case, lease_classification="finance"))
    interest = lines(finance, "income_statement", "financing cost", "interest on finance leases")
    assert sum(interest.values()) == pytest.approx(0.9 - start)
    left = 0.3 * (1 / 1.1 + 1 / 1.1 / 1.21)
    assert interest["2027"] == pytest.approx(left - start + 0.3)
    operating = told(changed(case, lease_classification="operating"))
    even = lines(operating, "income_statement", "running cost", "lease expense")
    assert even == pytest.approx(dict.fromkeys(("2027", "2028", "2029"), 0.3))
    assert lines(operating, "balance_sheet", "liabilities", "operating leases")["2027"] == pytest.approx(left)
    # Three of three years of life is the major part of it.
    assert lines(told(case), "balance_sheet", "liabilities", "finance leases")["2027"] == pytest.approx(left)


def test_a_lease_of_a_year_is_a_cost_as_it_is_paid(told):
    tables = told(rent(alone(tiny_case()), 3000.0, term_months=12.0))
    assert tables["lease_liabilities"] == []
    assert lines(tables, "income_statement", "running cost", "lease expense")["2027"] == pytest.approx(0.3)


def test_an_opening_fleet_has_the_book_value_that_is_given(told):
    """100 alpha of 2026 at 9,000 USD: 0.9, of a life of three years two are left: 0.45 a year."""
    fleet = OpeningFleet(
        accelerator="alpha", site="north", units=100.0, in_service_since="2026", book_value_usd_per_unit=9000.0
    )
    tables = told(add(alone(tiny_case()), opening_fleet=(fleet,)))
    opening = [row for row in tables["balance_sheet"] if row["period"] == "2027" and row["line"] == "accelerators"]
    assert [row["opening_musd"] for row in opening] == pytest.approx([0.9])
    assert lines(tables, "balance_sheet", "equity", "equity at the start")["2027"] == pytest.approx(0.9)
    worn = lines(tables, "income_statement", "depreciation and amortisation", "accelerators")
    assert worn["2027"] == pytest.approx(0.45)


def test_what_is_carried_goes_on_in_the_next_plan(plan_of):
    """100 alpha of 2027 at 20,000 USD with a life of 3: carried at 13,333 a unit when 2028 begins."""
    loaded = run_in_memory(plan_of(alone(tiny_case())))
    (fleet,) = carried(loaded, "2028").case.opening_fleet
    assert (fleet.units, fleet.in_service_since) == (pytest.approx(100.0), "2027")
    assert fleet.book_value_usd_per_unit == pytest.approx(20_000 * 2 / 3)


def test_a_loan_is_a_debt_and_its_fee_is_charged_over_its_term(told):
    """Half of 2.0 is drawn for two years, at no interest and with a fee of 4 %: 0.04, of which 0.02 a year."""
    loan = Facility(
        facility="bank", limit_musd=1.0, rate_per_year=0.0, term_months=24.0, repayment="level", advance_share=0.5,
        categories=("hardware",), fee_share=0.04,
    )  # fmt: skip
    tables = told(changed(add(alone(tiny_case()), facilities=(loan,)), discount_rate=0.2))
    drawn = lines(tables, "cash_flow_statement", "financing", "loans drawn")
    assert drawn == pytest.approx({"2027": 1.0})
    assert lines(tables, "balance_sheet", "liabilities", "loans") == pytest.approx({"2027": 1.0, "2028": 0.5})
    fees = lines(tables, "income_statement", "financing cost", "loan fees")
    assert fees == pytest.approx({"2027": 0.02, "2028": 0.02})


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: " ".join(policy))
def test_other_policies_hold_in_the_plans_of_the_check(policy):
    """The statements of nine plans, made again by another policy: the independent check comes to the same."""
    for base in bases():
        fleet = tuple(replace(row, book_value_usd_per_unit=7000.0) for row in base.case.opening_fleet)
        case = replace(base.case, settings=replace(base.case.settings, **policy), opening_fleet=fleet)
        tables = with_sums(case, base.tables)
        required_to_balance(tables)
        findings = verify(case, tables, base.objective).findings
        assert [str(one) for one in findings if one.requirement in STATEMENTS] == [], base.name


def test_paths_of_trees_balance():
    for base in tree_bases():
        required_to_balance(base.tables)


@pytest.mark.parametrize("make", [random_case, contract_case, handed_over_case, disrupted_case])
def test_random_cases_balance(make, outcome_of):
    """STATEMENT_SEEDS asks for more."""
    for seed in range(SEEDS):
        rng = random.Random(seed)
        case = make(seed)
        policy = {
            "lease_classification": rng.choice(["tests", "finance", "operating"]),
            "borrowing_rate": rng.choice([None, 0.0, 0.11]), "capitalise_programmes": rng.random() < 0.5,
            "accelerator_years": rng.choice([None, 1.5, 7.0]), "power_years": rng.choice([None, 4.0]),
        }  # fmt: skip
        fleet = tuple(replace(row, book_value_usd_per_unit=5000.0) for row in case.opening_fleet)
        case = replace(case, settings=replace(case.settings, **policy), opening_fleet=fleet)
        outcome = outcome_of(case)
        if outcome.has_solution:
            made = tables_of(Solution(build(case), outcome))
            tables = {name: list(table.records()) for name, table in made.items()}
            found = verify(case, tables, outcome.objective).findings
            assert [str(one) for one in found if one.requirement in STATEMENTS] == [], seed
            required_to_balance(tables)


KEPT = [name for name in SHIPPED if (FOLDER / f"{name}.json").exists()]
"""The shipped cases whose answers are kept, so that they need no search; those of the others are planned elsewhere."""


@pytest.mark.slow
@pytest.mark.parametrize("name", KEPT)
def test_shipped_cases_balance(name, tmp_path):
    run = planned_run(INPUTS / name, name, 0.01, tmp_path / "run")
    required_to_balance({table: list(found.records()) for table, found in run.tables.items()})


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(SHIPPED) - set(KEPT) - {"frontier-lab-futures"}))
def test_shipped_cases_that_are_searched_balance(name):
    import planner

    plan = planner.plan(planner.read_case(INPUTS / name), gap=0.1, opposites=False)
    known = {table: frame.astype(object).where(frame.notna(), None) for table, frame in plan.tables.items()}
    required_to_balance({table: frame.to_dict("records") for table, frame in known.items()})
    income = plan.statements["income_statement"]
    assert list(income.index[-1]) == ["all", "all"]
    assert income.loc[("all", "all")].tolist() == pytest.approx(
        income[income.index.get_level_values("line") != "all"].sum().tolist()
    )


def test_random_trees_balance(engine):
    """Trees whose paths differ in prices, demand and failures: each path balances by itself."""
    done = 0
    for seed in range(2 * SEEDS):
        tree = scenario_tree(tree_case(seed))
        if tree is None:
            continue
        model = tree.model()
        outcome = solve(model.program, SolveOptions(solver="scip", gap=0.05, time_limit_s=20.0), engine=engine)
        if outcome.has_solution:
            made = tables_of(Solution(model, outcome))
            required_to_balance({name: list(table.records()) for name, table in made.items()})
            done += 1
    assert done
