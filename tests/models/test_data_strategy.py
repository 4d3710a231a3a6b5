"""Lags of moves, and when a gate can be open at all."""

from __future__ import annotations

import pytest

from models.data.strategic_options import risk_cost, risk_months, strategy_of
from models.frame import frame_of
from models.tables.strategy_rows import Acquisition, Agreement, Commitment, Route
from tests.models.tiny import add, tiny_case, with_programme


def found_of(case):
    frame = frame_of((case,))
    return frame, strategy_of(frame)


def possible(case, gate):
    frame, strategy = found_of(case)
    return strategy.possible[frame.gate.position(gate)].astype(int).tolist()


def test_months_are_added_up_before_they_are_rounded_up():
    case = with_programme(
        tiny_case(),
        offer="",
        design_months=7.0,
        tape_out_to_volume_months=6.0,
        respin_probability=0.5,
        respin_months=4.0,
    )
    case = add(
        case,
        acquisitions=(Acquisition(acquisition="firm", price_musd=1.0, months_to_close=7.0, months_to_integrate=6.0),),
    )
    _, strategy = found_of(case)
    assert (strategy.design.tolist(), strategy.ready.tolist()) == ([1], [2])
    assert (strategy.close.tolist(), strategy.own.tolist()) == ([1], [2])


@pytest.mark.parametrize(("setting", "share"), [("expected", 0.4), ("optimistic", 0.0), ("pessimistic", 1.0)])
def test_a_respin_is_planned_for_by_setting_in_time_and_in_cost(setting, share):
    route = Route(
        programme="chip", route="r", design_months=1.0, design_cost_musd=1.0,
        respin_probability=0.4, respin_months=5.0, respin_cost_musd=10.0,
    )  # fmt: skip
    assert risk_months(route, setting) == pytest.approx(5.0 * share)
    assert risk_cost(route, setting) == pytest.approx(10.0 * share)


def test_a_programme_can_be_ready_one_lag_after_its_window_opens_and_stays_ready():
    case = with_programme(tiny_case(periods=5), design_months=13.0, first_start="2028", last_start="2028")
    assert possible(case, "chip") == [0, 0, 0, 1, 1]


def test_an_agreement_can_be_live_for_its_term_after_each_signing_in_its_window():
    pact = Agreement(agreement="pact", lag_months=1.0, term_months=13.0, first_signing="2027", last_signing="2027")
    assert possible(add(tiny_case(periods=5), agreements=(pact,)), "pact") == [0, 1, 1, 0, 0]
    _, strategy = found_of(add(tiny_case(periods=5), agreements=(pact,)))
    assert strategy.ever[0].astype(int).tolist() == [0, 1, 1, 1, 1]


def test_gates_open_one_after_the_other_where_they_require_each_other():
    firm = Acquisition(acquisition="firm", price_musd=1.0, months_to_close=12.0)
    pact = Agreement(agreement="pact", term_months=12.0, requires=("chip",), lag_months=12.0)
    case = with_programme(tiny_case(periods=5), design_months=12.0, requires=("firm",))
    case = add(case, acquisitions=(firm,), agreements=(pact,))
    assert possible(case, "firm") == [0, 1, 1, 1, 1]
    assert possible(case, "chip") == [0, 0, 1, 1, 1]
    assert possible(case, "pact") == [0, 0, 0, 1, 1]
    _, strategy = found_of(case)
    assert strategy.may_start[0].astype(int).tolist() == [0, 1, 1, 1, 1]
    assert strategy.may_sign[0].astype(int).tolist() == [0, 0, 1, 1, 1]


def test_a_move_that_requires_a_gate_that_never_opens_is_not_offered():
    case = with_programme(tiny_case(), design_months=120.0)
    case = add(case, agreements=(Agreement(agreement="pact", term_months=12.0, requires=("chip",)),))
    _, strategy = found_of(case)
    assert not strategy.may_sign.any()
    assert not strategy.possible.any()


def test_what_was_done_before_the_plan_opens_its_gate_in_time():
    case = with_programme(tiny_case(), design_months=24.0, first_start="2029")
    done = Commitment(kind="start", item="chip", period="2026", status="done")
    assert possible(add(case, commitments=(done,)), "chip") == [0, 1, 1]
    pact = Agreement(agreement="pact", term_months=24.0, first_signing="2029", last_signing="2029")
    signed = Commitment(kind="sign", item="pact", period="2026", status="done")
    assert possible(add(tiny_case(), agreements=(pact,), commitments=(signed,)), "pact") == [1, 0, 1]


def test_windows_are_those_of_the_rows():
    case = with_programme(tiny_case(), first_start="2028", last_start="2028")
    firm = Acquisition(acquisition="firm", price_musd=1.0, last_signing="2027")
    _, strategy = found_of(add(case, acquisitions=(firm,)))
    assert strategy.may_start[0].tolist() == [False, True, False]
    assert strategy.may_close[0].tolist() == [True, False, False]
