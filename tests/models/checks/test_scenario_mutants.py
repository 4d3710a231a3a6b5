"""The check accepts plans over scenarios that hold and rejects each mutant by the name of what it breaks."""

import pytest

from models.verify import NAMES_OF_TREES, verify
from tests.models.checks.mutants import REQUIREMENTS
from tests.models.checks.plans_over_scenarios import OWN, tree_bases, tree_mutants_of

LEAST, OF_EACH_PLAN, QUICK = 20, 5, 2
ALL = (*REQUIREMENTS, *OWN)


def checked(plan):
    return verify(plan.case, plan.tables, plan.objective, futures=plan.futures)


def survivors(requirement, most, bases):
    """The mutants that are not rejected by name, and how many there are."""
    found, seen = [], set()
    for base in bases:
        for mutant in tree_mutants_of(requirement, base, most):
            seen.add((base.name, mutant.change, repr(mutant.plan.objective)))
            report = checked(mutant.plan)
            if requirement not in report.broken:
                found.append((base.name, mutant.change, report.broken))
    return found, len(seen)


def test_plans_over_scenarios_that_hold_pass_and_every_requirement_is_looked_at():
    reports = [checked(base) for base in tree_bases()]
    assert [report.summary() for report in reports if not report.passed] == []
    assert set(ALL) == set(NAMES_OF_TREES)
    assert [name for name in ALL if not any(report.checked[name] for report in reports)] == []


def test_a_path_with_rows_of_its_own_is_the_same_plan():
    for base in tree_bases():
        for name in base.futures:
            report = checked(base.with_path(name, base.path(name)))
            assert report.passed, report.summary()


@pytest.mark.parametrize("requirement", ALL)
def test_mutants_of_paths_are_rejected_by_name(requirement):
    """Of the first plan that has any."""
    for base in tree_bases():
        found, made = survivors(requirement, QUICK, (base,))
        assert not found
        if made:
            return
    assert requirement in ("binding_table", "cost_unserved")


@pytest.mark.slow
@pytest.mark.parametrize("requirement", ALL)
def test_twenty_mutants_of_each_requirement_are_rejected_by_name(requirement):
    """Of the four smallest plans, of all where these have few, and of those of contracts where none has any."""
    *simulated, signed = tree_bases()
    smallest = sorted(simulated, key=lambda base: sum(map(len, base.tables.values())))[:4]
    for most, bases in ((OF_EACH_PLAN, smallest), (LEAST, simulated), (2 * LEAST, (signed,))):
        found, made = survivors(requirement, most, bases)
        assert not found
        if made >= LEAST:
            break
    assert made >= LEAST
