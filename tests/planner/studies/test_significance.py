"""What may be said of two plans: findings only beyond the gaps, flips without dates, and violations that are priced."""

from __future__ import annotations

import pytest

from planner.studies.significance import (
    NO_FINDING,
    bound_of,
    cost_of,
    decision_in_words,
    difference,
    flips,
    flips_in_words,
    gap_of,
    share_of,
)
from planner.studies.study_columns import lost_line, strain_lines, unaffected_line
from tests.planner.studies.making import result, strained


@pytest.mark.parametrize(
    ("own", "base", "word", "least", "most"),
    [
        (result(110.0, 105.0), result(100.0, 98.0), "more", 5.0, 12.0),
        (result(104.0, 99.0), result(100.0, 98.0), NO_FINDING, -1.0, 6.0),
        (result(90.0, 88.0), result(100.0, 95.0), "less", -12.0, -5.0),
        (result(96.0, 88.0), result(100.0, 95.0), NO_FINDING, -12.0, 1.0),
        (result(100.0), result(100.0), NO_FINDING, 0.0, 0.0),
    ],
)
def test_a_difference_is_a_finding_only_beyond_both_gaps(own, base, word, least, most):
    found = difference(own, base)
    assert found.word == word
    assert (found.least, found.most) == (least, most)


def test_without_bounds_nothing_is_proven():
    found = difference(result(200.0) | {"bound_musd": None}, result(100.0) | {"bound_musd": None})
    assert found.word == NO_FINDING
    assert (found.least, found.most) == (None, None)
    assert gap_of(result(200.0) | {"bound_musd": None}) is None


def test_violations_are_part_of_the_cost_and_only_their_least_price_of_the_bound():
    plan = strained(100.0, 10.0, least=4.0)
    assert cost_of(plan) == 110.0
    assert bound_of(plan) == 104.0


def test_a_decision_flips_when_it_is_taken_otherwise_not_when_it_moves():
    base = result(1.0, taken={"tape_out:chip": ("house", "2027"), "expansion:hall": ("2 modules", "2027: 2")})
    later = result(1.0, taken={"tape_out:chip": ("house", "2029"), "expansion:hall": ("3 modules", "2027: 3")})
    other = result(1.0, taken={"tape_out:chip": ("partner", "2027"), "expansion:hall": ("2 modules", "2027: 2")})
    assert flips(later, base, dates=False) == []
    assert [name for name, _, _ in flips(later, base)] == ["tape_out:chip", "expansion:hall"]
    assert flips(other, base, dates=False) == [("tape_out:chip", "taken by house", "taken by partner")]
    assert flips_in_words(flips(other, base, dates=False)) == "chip taken by partner, was taken by house"


def test_decisions_are_told_in_words():
    assert decision_in_words({"taken": False, "how": "", "when": ""}) == "not taken"
    assert decision_in_words({"taken": True, "how": "house", "when": "2027"}) == "house, 2027"
    assert decision_in_words({"taken": True, "how": "2 modules", "when": "2027: 2"}) == "2 modules (2027: 2)"
    assert decision_in_words({"taken": True, "how": "2 modules", "when": "2027: 2"}, dates=False) == "built"
    assert decision_in_words({"taken": True, "how": "", "when": "2027"}, dates=False) == "taken"


def test_a_share_of_nothing_is_not_told_and_a_negative_cost_keeps_the_sign():
    assert share_of(10.0, result(0.0)) == ""
    assert share_of(10.0, result(-100.0)) == " (+10.0%)"


def test_only_proven_violations_are_told_as_needed():
    lines = strain_lines({"a": strained(1.0, 2.0), "b": strained(1.0, 2.0, least=0.0), "c": result(1.0)})
    assert lines == [
        "Hard limits cannot be met in a: the least violation is priced and named.",
        "No plan that meets all hard limits was found for b; there may be one.",
    ]


def test_futures_without_a_plan_or_an_effect_are_named():
    changed = result(1.0, changes=[{"table": "prices"}])
    results = {"a": {"status": "infeasible"}, "b": changed, "c": result(1.0)}
    assert lost_line(results) == ["There is no plan for a; the table says why."]
    assert unaffected_line(results) == ["c changes no input of this case."]
    assert lost_line({"b": changed}) == []
