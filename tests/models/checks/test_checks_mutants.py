"""The check accepts plans that hold and rejects each mutant by the name of the requirement that it breaks."""

import pytest

from models.verify import NAMES, verify
from tests.models.checks.mutants import REQUIREMENTS, changes, mutants, mutants_of
from tests.models.checks.plans import bases

LEAST = 20
OF_EACH_PLAN, MANY_OF_EACH_PLAN = 3, 4


@pytest.mark.parametrize("base", bases(), ids=lambda base: base.name)
def test_plan_that_holds_passes(base):
    report = verify(base.case, base.tables, base.objective)
    assert not report.findings, report.summary()
    assert report.passed
    assert set(report.checked) == set(NAMES)


def test_every_requirement_is_looked_at_in_some_plan():
    reports = [verify(base.case, base.tables, base.objective) for base in bases()]
    assert all(max(report.checked[name] for report in reports) >= 1 for name in NAMES)


def test_every_requirement_has_its_mutants():
    assert set(REQUIREMENTS) == set(NAMES)
    assert len(REQUIREMENTS) == len(set(REQUIREMENTS))


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_mutant_is_rejected_by_the_name_of_what_it_breaks(requirement):
    survivors, seen, made = [], set(), 0
    # What only one plan has an occasion to break is broken more often there.
    having = [base for base in bases() if mutants_of(requirement, base.case, base.tables, base.objective, 1)]
    most = max(OF_EACH_PLAN, -(-LEAST // len(having)))
    for base in having:
        for mutant in mutants_of(requirement, base.case, base.tables, base.objective, most):
            made += 1
            seen.add((base.name, changes(base, mutant)))
            report = verify(mutant.case, mutant.tables, mutant.objective)
            if requirement not in report.broken:
                survivors.append((base.name, mutant.change, report.broken))
    assert not survivors
    assert len(seen) == made >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("base", bases(), ids=lambda base: base.name)
def test_no_mutant_of_any_kind_survives(base):
    """So many of each requirement, spread over all kinds; without the number there are about 10,000 of each plan."""
    survivors = [
        (mutant.requirement, mutant.change)
        for mutant in mutants(base.case, base.tables, base.objective, MANY_OF_EACH_PLAN)
        if mutant.requirement not in verify(mutant.case, mutant.tables, mutant.objective).broken
    ]
    assert not survivors
