"""The case with a contract of every form: what its README walks through."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.case import Case
from planner.case import read_case
from tests.models.checks.plans_contracts import contracts_case

CASE = Path(__file__).parents[2] / "inputs" / "deals-2026"
FORMS = ("commit_levels", "facilities", "milestones", "milestone_values", "open_leases", "added_supply", "scenarios")


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(CASE).case


def test_every_form_of_contract_is_in_the_case(case):
    assert all(getattr(case, name) for name in FORMS)
    offers = case.offers
    for column in ("cancel_until_months", "late_exit_months", "exit_fee_months", "renew_months"):
        assert any(getattr(row, column) is not None for row in offers), column
    assert {row.unit for row in case.commit_levels} == {"units", "musd", "mw"}
    assert {row.carry for row in case.commit_levels} == {"none", "excess"}
    assert any(row.term_months and row.exit_fee_musd_per_module for row in case.expansions)
    assert any(row.fixed_from == "first_module" for row in case.sites)


def test_each_row_names_its_source_or_says_that_it_is_judged(case):
    for name in ("agreements", "commit_levels", "facilities", "milestones", "open_leases", "expansions", "scenarios"):
        for row in getattr(case, name):
            assert row.source
            assert "judge" in f"{row.source} {row.note}" or "derived" in row.note or "20" in row.source


def test_the_case_of_the_check_uses_the_same_forms():
    mine = contracts_case()
    assert mine.commit_levels
    assert mine.facilities
    assert mine.milestones
    assert mine.open_leases
