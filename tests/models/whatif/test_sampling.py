"""Distributions of uncertain inputs: quantiles against their definitions, ends, and draws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from models.tables.strategy_rows import Uncertain
from models.whatif import Method, ShockError, dimensions, draws, ends, middle, quantile, shares_of, values_of

SHARES = np.linspace(0.001, 0.999, 999)


def row(distribution, *parameters, name="x", **values):
    given = dict(zip(("p1", "p2", "p3"), parameters, strict=False))
    return Uncertain(name=name, table="demand", column="c", distribution=distribution, **given, **values)


SHAPES = (
    row("uniform", 2.0, 6.0),
    row("triangular", 0.0, 3.0, 4.0),
    row("triangular", 1.0, 1.0, 5.0),
    row("triangular", 1.0, 5.0, 5.0),
    row("normal", 10.0, 2.0),
    row("lognormal", 0.3, 0.5),
    row("discrete", 5.0, 1.0, 3.0),
)


def test_a_uniform_quantile_lies_between_its_ends():
    assert quantile(SHAPES[0], np.array([0.0, 0.25, 1.0])) == pytest.approx([2.0, 3.0, 6.0])


def test_a_triangular_quantile_inverts_its_distribution():
    """From 0 over 3 to 4: F(x) = x² / 12 up to the mode, 1 − (4 − x)² / 4 after it; F(3) = 3/4."""
    found = quantile(SHAPES[1], SHARES)
    below = found <= 3.0
    assert found[below] ** 2 / 12 == pytest.approx(SHARES[below])
    assert 1 - (4 - found[~below]) ** 2 / 4 == pytest.approx(SHARES[~below])
    assert quantile(SHAPES[1], np.array([0.0, 0.75, 1.0])) == pytest.approx([0.0, 3.0, 4.0])
    assert quantile(row("triangular", 7.0, 7.0, 7.0), np.array([0.0, 0.5, 1.0])).tolist() == [7.0] * 3


def test_a_normal_quantile_inverts_its_distribution():
    found = quantile(SHAPES[4], SHARES)
    below = [0.5 * (1 + math.erf((value - 10) / (2 * math.sqrt(2)))) for value in found]
    assert below == pytest.approx(SHARES)
    assert np.isfinite(quantile(SHAPES[4], np.array([0.0, 1.0]))).all()
    assert quantile(row("normal", 4.0, 0.0), np.array([0.0, 0.3])).tolist() == [4.0, 4.0]


def test_a_lognormal_is_the_exponential_of_a_normal():
    assert np.log(quantile(SHAPES[5], SHARES)) == pytest.approx(quantile(row("normal", 0.3, 0.5), SHARES))
    assert middle(SHAPES[5]) == pytest.approx(math.exp(0.3))


def test_a_discrete_input_takes_its_values_equally_often_from_the_smallest_on():
    found = quantile(SHAPES[6], np.array([0.0, 0.33, 0.34, 0.66, 0.67, 1.0]))
    assert found.tolist() == [1.0, 1.0, 3.0, 3.0, 5.0, 5.0]
    assert quantile(row("discrete", 4.0), np.array([0.0, 1.0])).tolist() == [4.0, 4.0]
    assert quantile(row("discrete", None, 2.0, 1.0), np.array([0.2, 0.8])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_never_fall(shape):
    assert (np.diff(quantile(shape, np.linspace(0, 1, 2001))) >= 0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_values_stay_between_low_and_high(shape):
    inside = replace(shape, low=1.7, high=3.3)
    found = quantile(inside, np.linspace(0, 1, 201))
    assert found.min() >= 1.7
    assert found.max() <= 3.3
    assert ends(inside) == (1.7, 3.3)


def test_ends_are_the_columns_or_the_tenth_and_ninetieth_percent():
    assert ends(row("uniform", 0.0, 10.0)) == pytest.approx((1.0, 9.0))
    assert ends(row("uniform", 0.0, 10.0, low=0.5)) == pytest.approx((0.5, 9.0))
    assert ends(row("normal", 0.0, 1.0)) == pytest.approx((-1.2815515655, 1.2815515655))
    assert ends(SHAPES[6]) == (1.0, 5.0)


ROWS = (
    row("uniform", 0.0, 1.0, name="a"),
    row("uniform", 10.0, 20.0, name="b", group="chips"),
    row("normal", 5.0, 1.0, name="c"),
    row("triangular", 0.0, 1.0, 2.0, name="d", group="chips"),
    row("uniform", 0.0, 1.0, name="chips"),
)


def test_rows_of_a_group_are_one_dimension_and_a_name_is_not_a_group():
    assert dimensions(ROWS) == (("a", "c", "chips", "chips"), (0, 3, 1, 3, 2))


@pytest.mark.parametrize("method", Method)
def test_draws_do_not_depend_on_the_order_of_rows(method):
    order = (3, 0, 4, 2, 1)
    assert (draws([ROWS[at] for at in order], 20, 3, method) == draws(ROWS, 20, 3, method)[:, order]).all()


@pytest.mark.parametrize("method", Method)
def test_rows_of_a_group_move_together_and_others_do_not(method):
    found = draws(ROWS, 500, 3, method)
    assert found.shape == (500, 5)
    assert (np.argsort(found[:, 1], kind="stable") == np.argsort(found[:, 3], kind="stable")).all()
    others = np.corrcoef(found[:, [0, 1, 2, 4]].T) - np.eye(4)
    assert np.abs(others).max() < 0.15


@pytest.mark.parametrize("method", list(Method))
def test_the_same_seed_gives_the_same_draws_and_another_others(method):
    assert (draws(ROWS, 50, 7, method) == draws(ROWS, 50, 7, str(method))).all()
    assert (draws(ROWS, 50, 7, method) != draws(ROWS, 50, 8, method)).any()


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_a_latin_hypercube_has_one_draw_in_each_stratum_of_every_dimension(count):
    found = shares_of(4, count, 11, Method.LATIN_HYPERCUBE)
    strata = np.sort((found * count).astype(int), axis=0)
    assert (strata == np.arange(count)[:, None]).all()
    if count > 5:
        orders = {tuple(np.argsort(column)) for column in found.T}
        assert len(orders) == 4


def test_a_latin_hypercube_hits_the_mean_more_closely_than_monte_carlo():
    rows = (row("normal", 0.0, 1.0, name="a"),)
    spread = {method: np.std([draws(rows, 50, seed, method).mean() for seed in range(60)]) for method in Method}
    assert spread[Method.LATIN_HYPERCUBE] < 0.3 * spread[Method.MONTE_CARLO]


def test_designs_made_elsewhere_become_values():
    found = values_of(ROWS, np.array([[0.5, 0.5, 0.25, 0.0], [1.0, 0.5, 0.75, 1.0]]))
    assert found == pytest.approx(np.array([[0.5, 10.0, 5.0, 0.0, 0.25], [1.0, 20.0, 5.0, 2.0, 0.75]]))
    assert values_of((), np.empty((3, 0))).shape == (3, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draws(ROWS, 0, 1), "0 draws are none: use at least 1."),
        (lambda: draws(ROWS, 3, 1, "sobol"), "'sobol' is no method: use monte_carlo or latin_hypercube."),
        (
            lambda: values_of(ROWS, np.zeros((2, 3))),
            "a design of shape (2, 3) does not fit 4 dimensions: give it a column for each.",
        ),
        (
            lambda: values_of(ROWS[:1], np.array([[1.2]])),
            "the design has shares outside 0 to 1: map it to that range.",
        ),
        (lambda: middle(row("uniform", 1.0)), "the uniform distribution of x needs p2: enter it."),
        (
            lambda: middle(row("triangular", 1.0, 3.0, 2.0)),
            "the triangular distribution of x needs p1 <= p2 <= p3: write them in this order.",
        ),
        (lambda: middle(row("normal", 1.0, -1.0)), "the spread p2 of x is -1: use 0 or more."),
        (lambda: middle(row("discrete")), "the discrete distribution of x needs p1: enter it."),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ShockError) as refused:
        call()
    assert str(refused.value) == message
