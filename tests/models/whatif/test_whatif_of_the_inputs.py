"""Every case that comes with the project, disrupted in every field: a sound case that can be written and read."""

from __future__ import annotations

from functools import cache

import pytest

from models.case import TABLES
from models.tables.strategy_rows import TARGETS_OF_FIELD
from models.whatif import Shock, disrupted
from models.whatif.effects import names_of
from planner.case.read import read_case
from tests.case_folder import write_case
from tests.models.whatif.shocks import hit, with_hits
from tests.planner.tiny import INPUTS, ONE_FUTURE

VALUES = {
    "supply": ("multiply", 0.8),
    "price": ("multiply", 1.4),
    "lead_time": ("add", 3.0),
    "demand": ("multiply", 1.05),
    "power": ("multiply", 0.9),
    "electricity": ("multiply", 1.7),
    "amount": ("add", -3.0),
    "slip": ("add", 5.0),
    "fail": ("multiply", 0.0),
}


@cache
def case_of(name):
    return read_case(INPUTS / name).case


def everything(case):
    """The case with a disruption of each field for each thing that has it, from the middle of its second year on."""
    start = f"{int(case.settings.start[:4]) + 1}-07"
    rows = []
    for field, (effect, value) in VALUES.items():
        for kind in TARGETS_OF_FIELD[field]:
            rows += [
                hit(name, field, value, start, 14.0, recovery=8.0, name=f"{field}-{kind}", effect=effect)
                for name in names_of(case, kind)
            ]
    return with_hits(case, *rows)


def test_there_are_cases():
    assert len(ONE_FUTURE) >= 5


@pytest.mark.parametrize("name", ONE_FUTURE)
def test_a_case_disrupted_in_every_field_passes_the_checks_and_reads_back(name, tmp_path):
    case = everything(case_of(name))
    names = dict.fromkeys(row.disruption for row in case.disruptions)
    found = disrupted(case, [Shock(disruption) for disruption in names])
    assert {c.table for c in found.changes} >= {"prices", "demand", "lead_times", "backlogs", "delays"} - (
        set() if case.programmes or case.acquisitions or case.expansions else {"delays"}
    )
    write_case(found.case, tmp_path / "case")
    read = read_case(tmp_path / "case")
    assert read.case == found.case


@pytest.mark.parametrize("name", ONE_FUTURE)
@pytest.mark.parametrize("field", VALUES)
def test_every_field_alone_changes_its_own_tables(name, field):
    tables = {
        "supply": {"limits", "limit_use", "added_supply", "backlogs"},
        "price": {"prices"},
        "lead_time": {"lead_times", "backlogs"},
        "demand": {"demand"},
        "power": {"site_series"},
        "electricity": {"site_series"},
        "amount": {"budgets"},
        "slip": {"delays"},
        "fail": {"delays"},
    }
    case = everything(case_of(name))
    own = dict.fromkeys(row.disruption for row in case.disruptions if row.disruption.startswith(f"{field}-"))
    found = disrupted(case, [Shock(disruption) for disruption in own])
    different = {table for table in TABLES if getattr(found.case, table) is not getattr(case, table)}
    assert different <= tables[field]
    assert bool(different) == bool(found.changes)
    assert found.changes or found.without_effect or not own
    assert all(change.text for change in found.changes)


@pytest.mark.parametrize("name", ONE_FUTURE)
def test_deeper_disruptions_of_supply_leave_less_everywhere(name):
    case = everything(case_of(name))
    shallow, deep = (
        {
            (row.limit, row.span): row.amount
            for row in disrupted(case, [Shock("supply-vendors", depth=depth)]).case.limits
            if row.amount is not None
        }
        for depth in (0.5, 2.0)
    )
    assert shallow.keys() == deep.keys()
    assert all(deep[place] <= amount for place, amount in shallow.items())
