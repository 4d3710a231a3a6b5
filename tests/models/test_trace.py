"""Savings of more and more of one thing, traced on concave functions whose pieces are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.outcome import Worth
from models.parametric_cost import TracePoint, traced

LENGTHS = st.lists(st.floats(0.01, 50.0), min_size=1, max_size=5)
# Prices that differ by less than 1e-7 of them are the same to the trace: here the least difference is a thousandth.
PRICES = st.lists(st.integers(1, 1000).map(lambda tenths: tenths / 10), min_size=5, max_size=5, unique=True)


def concave(lengths, prices):
    """The saving of an amount, and the price from there on: pieces of falling prices, and nothing after the last."""
    pieces = list(zip(lengths, sorted(prices, reverse=True), strict=False))

    def at(amount):
        saving, left = 0.0, amount
        for length, price in pieces:
            if left < length:
                return TracePoint(amount, saving + price * left, price)
            saving, left = saving + price * length, left - length
        return TracePoint(amount, saving, 0.0)

    return pieces, at


def run(asking, at):
    """Answers what is asked until there is nothing left to ask; returns the worth and how often it was asked."""
    sent, count = None, 0
    while True:
        try:
            wanted = asking.send(sent)
        except StopIteration as end:
            return end.value, count
        sent, count = at(wanted), count + 1


@given(LENGTHS, PRICES, st.floats(0.1, 300.0))
def test_worths_and_the_end_of_the_first_price(lengths, prices, available):
    pieces, at = concave(lengths, prices)
    found, asked = run(traced(pieces[0][1], (0.01 * available, 1.0), max(available, 1.0), 1e-12), at)
    assert found.price == pieces[0][1]
    assert found.amounts == pytest.approx((at(0.01 * available).saving, at(1.0).saving), rel=1e-6)
    assert found.holds_up_to == pytest.approx(min(max(available, 1.0), pieces[0][0]), rel=3e-6)
    assert not found.reason
    assert asked <= 2 + len(pieces) + 1


@given(LENGTHS, PRICES, st.floats(1.0, 10.0))
def test_a_dual_of_less_is_no_price_of_more(lengths, prices, factor):
    """On a corner a code may give the price of less, which is higher: the price of more is returned all the same."""
    pieces, at = concave(lengths, prices)
    found, _ = run(traced(pieces[0][1] * factor * 1.01, (0.5, 1.0), 100.0, 1e-12), at)
    assert found.price == pytest.approx(pieces[0][1])
    assert found.amounts == pytest.approx((at(0.5).saving, at(1.0).saving), rel=1e-6)


def test_nothing_is_asked_where_the_price_is_nothing():
    assert run(traced(0.0, (1.0, 2.0), 10.0, 1e-12), None) == (Worth(0.0, (0.0, 0.0), None), 0)


def test_a_failed_solve_leaves_the_worth_unknown_and_says_so():
    found, _ = run(traced(2.0, (1.0, 0.5), 10.0, 1e-12), lambda _: None)
    assert found == Worth(2.0, None, None, "the linear program could not be solved again")


def test_where_only_the_end_cannot_be_found_the_worths_stay():
    _, at = concave([3.0], [2.0])
    found, _ = run(traced(2.0, (1.0, 0.5), 10.0, 1e-12), lambda amount: at(amount) if amount <= 1.0 else None)
    assert found.amounts == (2.0, 1.0)
    assert found.holds_up_to is None
    assert found.reason
