"""The search makes the same plans with the same bounds and the same amount of work as when they were pinned."""

from __future__ import annotations

import json

import pytest

from tests.models.tree_search.programs import PINNED, PROGRAMS, facts_of, outcome_of

EXACT = ("status", "stop", "work", "integers")


def test_twenty_four_programs_are_pinned():
    assert list(json.loads(PINNED.read_text(encoding="utf-8"))) == list(PROGRAMS)
    assert len(PROGRAMS) == 24


@pytest.mark.parametrize("name", PROGRAMS)
def test_plan_bound_and_work_are_as_pinned(engine, name):
    expected = json.loads(PINNED.read_text(encoding="utf-8"))[name]
    pinned = PROGRAMS[name]()
    found = facts_of(pinned, outcome_of(engine, pinned))
    is_same = found["structure"] == expected["structure"]
    assert is_same, "the program itself is another one: write the pins anew"
    assert found["numbers"] == pytest.approx(expected["numbers"], rel=1e-9), "its numbers are others: pin it anew"
    assert {key: found[key] for key in EXACT} == {key: expected[key] for key in EXACT}
    for key in ("objective", "bound"):
        assert found[key] == (expected[key] if expected[key] is None else pytest.approx(expected[key], rel=1e-9)), key
