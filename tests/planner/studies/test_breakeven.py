"""Break-even on cost functions that are known: brackets, proof, several crossings, and none."""

from __future__ import annotations

import pytest

from planner.studies.questions.breakeven import (
    BARRED,
    NO_PLAN,
    ONLY_WITH,
    ONLY_WITHOUT,
    OPEN,
    TAKEN,
    ProbedValue,
    breakeven,
)
from planner.studies.study_context import BASE
from planner.studies.varied_inputs import VariedInput
from tests.planner.studies.making import context, result, strategic_case

ENTRY = VariedInput("price a", "set", 0.0, 1.0)


def study_of(advantage, *, gap=0.0, share=0.01, counted=None, lost=None):
    """The study where taking the chip saves `advantage(value)` of 100, each cost being proven to `gap`."""

    def answer(point):
        if point.name == BASE:
            return result(100.0)
        if counted is not None:
            counted.append(point.recipe["first"]["levers"][0][2])
        return {side: found(**point.recipe[side]) for side in ("first", "second")}

    def found(levers, decide):
        value, taken = levers[0][2], decide[0][-1] == "taken"
        status = lost(value, taken) if lost else None
        if status:
            return {"status": status, "why": []}
        cost = 100.0 - advantage(value) if taken else 100.0
        return result(cost, cost - gap)

    return breakeven(context(strategic_case(), answer), ENTRY, "tape_out:chip", share=share)


def table(study):
    return study.table("breakeven").records()


def test_the_break_even_is_found_within_its_bracket():
    (row,) = table(study_of(lambda value: 40.0 * (0.37 - value)))
    assert row["low"] <= 0.37 <= row["high"]
    assert row["high"] - row["low"] <= 0.01
    assert row["estimate"] == pytest.approx(0.37)
    assert (row["below"], row["above"]) == (TAKEN, BARRED)
    # Without gaps the proof reaches the bracket.
    assert (row["proven_low"], row["proven_high"]) == (row["low"], row["high"])


def test_a_straight_advantage_takes_two_more_values():
    counted = []
    study_of(lambda value: 40.0 * (value - 0.37), counted=counted)
    # Five values first, then both ends of the bracket.
    assert sorted(set(counted)) == pytest.approx([0.0, 0.25, 0.3655, 0.3745, 0.5, 0.75, 1.0])


def test_a_bracket_is_halved_at_least_every_other_time_however_the_advantage_runs():
    counted = []
    (row,) = table(study_of(lambda value: 1.0 if value > 0.2613 else -1e-6, counted=counted))
    assert row["low"] <= 0.2613 < row["high"] <= row["low"] + 0.01
    # A quarter is halved five times.
    assert len(set(counted)) <= 5 + 5 + 2 * 5


def test_gaps_leave_it_open_between_the_values_that_are_proven():
    # Ten are saved a unit of the input; a gap of 2 leaves 0.2 on both sides open.
    study = study_of(lambda value: 10.0 * (value - 0.5), gap=2.0)
    (row,) = table(study)
    assert row["proven_low"] == pytest.approx(0.3, abs=0.05)
    assert row["proven_high"] == pytest.approx(0.7, abs=0.05)
    assert row["proven_low"] < 0.3
    assert row["proven_high"] > 0.7
    verdicts = {entry["value"]: entry["verdict"] for entry in study.table("evidence").records()}
    assert {verdicts[value] for value in verdicts if value < 0.3} == {BARRED}
    assert {verdicts[value] for value in verdicts if 0.3 < value < 0.7} == {OPEN}
    assert study.headlines[0].startswith("By the plans found, chip breaks even at price a = 0.5")
    assert "pays above and not below" in study.headlines[0]
    assert study.headlines[1].startswith("Proven up to 0.2")


def test_the_value_itself_is_told_with_the_factor_beside_it():
    entry = VariedInput("price", "multiply", 0.0, 1.0, now=(90.0,), unit="USD million", column="price_musd")

    def answer(point):
        if point.name == BASE:
            return result(100.0)
        return {
            "first": result(100.0 - 40.0 * (0.6488 - point.recipe["first"]["levers"][0][2])),
            "second": result(100.0),
        }

    study = breakeven(context(strategic_case(), answer), entry, "tape_out:chip")
    # 0.6488 of 90 USD million is 58.392.
    (row,) = table(study)
    assert (row["value"], row["estimate"]) == (pytest.approx(58.392), pytest.approx(0.6488))
    assert "price = 58.39 USD million (× 0.6488)" in study.headlines[0]
    column = study.table("breakeven").columns[0]
    assert (column.title, column.unit) == ("Break-even: price", "USD million")


def test_two_break_evens_are_both_found():
    rows = table(study_of(lambda value: 100.0 * (value - 0.2) * (0.8 - value)))
    assert [row["estimate"] for row in rows] == pytest.approx([0.2, 0.8], abs=0.005)
    assert [row["below"] for row in rows] == [BARRED, TAKEN]


def test_changes_of_sign_that_no_bound_tells_apart_are_one():
    # It is open from 0.2 to 0.8; the plans found cross three times there.
    study = study_of(lambda value: (value - 0.5) * (1.0 if abs(value - 0.5) > 0.3 else -1.0) * 10.0, gap=3.0)
    (row,) = table(study)
    assert (row["below"], row["above"]) == (BARRED, TAKEN)
    assert row["low"] <= 0.2 < 0.8 <= row["high"]


def test_signs_that_come_back_are_no_break_even():
    study = study_of(lambda value: 10.0 if value in (0.0, 1.0) else -0.1, gap=1.0)
    assert study.headlines == (
        "No break-even between 0 and 1 of price a: chip is better taken, proven at 2 of "
        f"{len(study.table('evidence').rows)} values looked at.",
    )
    (row,) = table(study)
    assert row["below"] == row["above"] == TAKEN


def test_without_a_break_even_the_better_side_and_its_proof_are_told():
    study = study_of(lambda value: 5.0 + value)
    assert study.headlines == (
        "No break-even between 0 and 1 of price a: chip is better taken, proven at all values looked at.",
    )
    assert table(study) == []
    barred = study_of(lambda value: -5.0)
    assert "chip is better left" in barred.headlines[0]


def test_what_lies_within_the_gaps_everywhere_is_told_so():
    study = study_of(lambda value: 0.5, gap=1.0)
    assert study.headlines == ("Whether chip pays lies within the gaps everywhere between 0 and 1 of price a.",)


def test_a_decision_that_makes_no_difference_has_no_break_even():
    assert table(study_of(lambda value: 0.0)) == []


def test_a_value_without_advantage_between_two_signs_is_one_break_even():
    (row,) = table(study_of(lambda value: 0.5 - value))
    assert row["estimate"] == pytest.approx(0.5)


def test_a_side_that_is_impossible_proves_the_other():
    study = study_of(lambda value: 1.0, lost=lambda value, taken: "infeasible" if taken and value > 0.6 else None)
    (row,) = table(study)
    assert row["low"] <= 0.6 < row["high"]
    assert row["high"] - row["low"] <= 0.01
    assert (row["below"], row["above"]) == (TAKEN, ONLY_WITHOUT)
    assert study.headlines[0].startswith("Above price a = 0.59")
    assert "there is no plan with chip: what changes there is what can be had" in study.headlines[0]
    records = study.table("evidence").records()
    assert all(entry["advantage_musd"] is None for entry in records if entry["value"] > 0.6)


def test_a_search_that_was_stopped_proves_nothing():
    one, none = result(1.0), {"status": "nothing found"}
    assert ProbedValue(0.0, one, none).verdict == OPEN
    assert ProbedValue(0.0, none, one).verdict == OPEN
    assert ProbedValue(0.0, one, {"status": "infeasible"}).verdict == ONLY_WITH
    assert ProbedValue(0.0, none, none).verdict == NO_PLAN


def test_a_side_without_a_plan_is_decided_by_its_bound():
    bounded = {"status": "answered", "bound_musd": 103.0}
    probe = ProbedValue(0.0, result(100.0, 99.0), bounded)
    assert (probe.verdict, probe.advantage, probe.saves) == (TAKEN, 3.0, (3.0, float("inf")))
    probe = ProbedValue(0.0, bounded, result(100.0, 99.0))
    assert (probe.verdict, probe.advantage, probe.saves) == (BARRED, -3.0, (float("-inf"), -3.0))
    # A bound that says too little leaves it open.
    assert ProbedValue(0.0, result(104.0, 99.0), bounded).verdict == OPEN


def test_without_any_plan_there_is_nothing_to_say():
    study = study_of(lambda value: 1.0, lost=lambda value, taken: "infeasible")
    assert study.headlines == ("Neither with nor without chip is there a plan between 0 and 1 of price a.",)


def test_an_unknown_decision_is_an_error():
    with pytest.raises(KeyError):
        breakeven(context(strategic_case(), lambda point: result(1.0)), ENTRY, "tape_out:else")
