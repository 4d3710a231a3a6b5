"""Plans over wide trees that are made path by path, from the case to its tables: those of the tree as one program."""

from __future__ import annotations

from dataclasses import replace

import pytest

import planner
from models.tables.strategy_rows import Budget
from models.uncertainty import solve_tree as solve_tree_module
from models.uncertainty.decomposition.path_plans import NO_WORTHS
from models.uncertainty.decomposition.path_programs import NotDecomposableError
from models.uncertainty.scenario_tree import scenario_tree
from planner.case import read_case
from planner.plan_by_path import wide_tree
from planner.plan_request import Request, merged
from planner.results.binding_table import NOTHING_MORE
from planner.verification.written_runs import verify_run
from tests.case_folder import write_case
from tests.planner.test_plan_resumed import wide_case


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Six futures, and money for a part of the orders of 2028."""
    place = tmp_path_factory.mktemp("wide")
    read = read_case(wide_case(place / "loose", first=3, then=2)).case
    amounts = (("2027", None), ("2028", 1.8), ("2029..2030", None))
    cash = tuple(Budget(budget="cash", categories=("all",), span=span, amount_musd=amount) for span, amount in amounts)
    return planner.read_case(write_case(replace(read, budgets=cash), place / "case"))


@pytest.fixture(autouse=True)
def decomposed(monkeypatch):
    monkeypatch.setattr(solve_tree_module, "MOST_AT_ONCE", 5)


@pytest.fixture
def wide(monkeypatch):
    """Any tree counts as wide."""
    monkeypatch.setattr(solve_tree_module, "WIDE_FROM", 1)


@pytest.fixture(scope="module")
def whole(case):
    """The plan from one program."""
    return planner.plan(case)


def costs(plan):
    return {row["scenario"]: pytest.approx(row["cost_musd"], rel=1e-6) for row in plan.loaded.rows("futures")}


def test_the_plan_is_that_of_the_tree_as_one_program(case, whole, wide, tmp_path):
    made = planner.plan(case)
    made.write(tmp_path / "run")
    assert verify_run(tmp_path / "run").findings == ()
    assert made.loaded.manifest["solver"]["name"] == "native, by scenario"
    assert {row["scenario"]: row["cost_musd"] for row in made.loaded.rows("futures")} == costs(whole)
    sizes = ("columns", "integer_columns", "rows", "non_zeros")
    assert [made.loaded.manifest[name] for name in sizes] == [whole.loaded.manifest[name] for name in sizes]


def test_what_binds_says_why_its_worth_is_not_known(case, wide):
    rows = planner.plan(case).loaded.rows("binding")
    assert any(row["item"] == "cash" for row in rows)
    for row in rows:
        assert row["note"] == (NOTHING_MORE if row["price"] == 0.0 else NO_WORTHS)


def test_a_tree_that_cannot_be_decomposed_is_planned_as_one_program(case, whole, wide, monkeypatch):
    def refused(*_, **__):
        msg = "futures 1 and 2 differ"
        raise NotDecomposableError(msg)

    monkeypatch.setattr(solve_tree_module, "search_by_scenario", refused)
    made = planner.plan(case)
    assert made.loaded.manifest["objective_musd"] == pytest.approx(whole.loaded.manifest["objective_musd"], rel=1e-6)
    assert "The tree is solved as one program: futures 1 and 2 differ." in made.loaded.manifest["detail"]


def test_only_a_wide_tree_of_which_nothing_else_is_asked_goes_by_path(case, monkeypatch):
    tree, options = scenario_tree(case.read.case), merged(Request(), case.read.case.solver)
    assert wide_tree(Request(), tree, options) is None
    monkeypatch.setattr(solve_tree_module, "WIDE_FROM", 1)
    assert wide_tree(Request(), tree, options) is tree
    assert wide_tree(Request(), None, options) is None
    for request in (Request(information=True), Request(risk_curve=(0.5,))):
        assert wide_tree(request, tree, options) is None
    for other in ({"solver": "highs"}, {"relax": True}):
        assert wide_tree(Request(), tree, replace(options, **other)) is None
