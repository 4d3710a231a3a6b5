"""Columns that follow from others are put in their place: same optimum, whole plans, proofs of the whole program."""

from __future__ import annotations

import numpy as np
import pytest

from models.program import relaxed
from models.solvers.plain import greatest_violation
from models.tree_search.column_substitution import substitute_columns
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.lp_protocol import LpStatus
from tests.models.tree_search.fleets import (
    CASES,
    CLOSE,
    SEEDS,
    TIGHT,
    Rows,
    best_of,
    fleet,
    formulations_of_cases,
    scale_of,
)


def same_optimum(part, stays):
    """Solves both programs, checks the ways back and returns how many columns are gone."""
    small = substitute_columns(part, stays)
    assert small.program.column_count == part.column_count - len(small.gone)
    assert small.program.row_count == part.row_count - len(small.gone)
    assert not stays[small.gone].any()
    whole, less = best_of(part), best_of(small.program)
    assert whole.status is less.status is LpStatus.OPTIMAL
    cost = part.objective_of(whole.values)
    assert small.program.objective_of(less.values) == pytest.approx(cost, rel=TIGHT, abs=TIGHT)
    lifted = small.postsolve_values(less.values)
    assert greatest_violation(part, lifted) < CLOSE
    assert part.objective_of(lifted) == pytest.approx(cost, rel=TIGHT, abs=TIGHT)
    np.testing.assert_array_equal(lifted[small.kept], less.values)
    proven = DualBounds(part).bound(small.postsolve_duals(less.duals), part.column_lower, part.column_upper)
    assert cost - CLOSE * scale_of(cost) <= proven <= cost + CLOSE * scale_of(cost)
    return len(small.gone)


def test_program_without_what_follows_has_the_same_optimum_plan_and_proof():
    gone = 0
    for seed in SEEDS:
        part, _, _ = fleet(seed)
        random = np.random.default_rng(seed)
        none = np.zeros(part.column_count, dtype=bool)
        gone += same_optimum(part, none)
        same_optimum(part, random.random(part.column_count) < 0.5)
    assert gone > 3 * len(SEEDS), "next to nothing was taken out"


@pytest.mark.parametrize("name", CASES)
def test_real_program_without_what_follows_has_the_same_optimum_plan_and_proof(name):
    whole = relaxed(formulations_of_cases()[name][0].program)
    assert same_optimum(whole, np.zeros(whole.column_count, dtype=bool)) > 40


def test_program_with_everything_marked_stays_as_it_is():
    part, _, _ = fleet(0)
    small = substitute_columns(part, np.ones(part.column_count, dtype=bool))
    assert len(small.gone) == 0
    for name in ("objective", "starts", "columns", "values", "row_lower", "row_upper"):
        np.testing.assert_array_equal(getattr(small.program, name), getattr(part, name))


def followed(**column):
    """x earns 3 up to 4, and y ≥ x costs 1: y follows, x earns 2 on balance, 8 in all."""
    rows = Rows()
    rows.column("x", -3.0, upper=4.0)
    rows.column("y", **{"cost": 1.0, **column})
    rows.row({"y": 1.0, "x": -1.0}, low=0.0)
    return rows


def taken(part):
    return substitute_columns(part, np.zeros(part.column_count, dtype=bool)).gone.tolist()


def test_column_that_one_row_asks_for_is_put_in_its_place_by_hand():
    small = substitute_columns(followed().program(), np.zeros(2, dtype=bool))
    assert small.gone.tolist() == [1]
    np.testing.assert_array_equal(small.program.objective, [-2.0])
    np.testing.assert_array_equal(small.postsolve_values(np.array([4.0])), [4.0, 4.0])
    np.testing.assert_array_equal(small.postsolve_duals(np.empty(0)), [1.0])
    assert small.program.objective_of(np.array([4.0])) == 3.0 - 8.0


@pytest.mark.parametrize(
    "column", [{"whole": True}, {"upper": 9.0}, {"cost": -1.0}, {"lower": 0.5}, {"lower": -np.inf}], ids=str
)
def test_column_that_does_not_just_follow_is_never_taken_out(column):
    assert taken(followed(**column).program()) == []


@pytest.mark.parametrize(
    ("terms", "low", "high"),
    [
        ({"y": 1.0, "x": -2.0}, -np.inf, 0.0),
        ({"y": -1.0}, -9.0, np.inf),
    ],
)
def test_row_that_only_holds_a_column_down_does_not_keep_it(terms, low, high):
    rows = followed()
    rows.row(terms, low, high)
    assert taken(rows.program()) == [1]


@pytest.mark.parametrize(
    ("terms", "low", "high"),
    [
        ({"y": 1.0, "x": 1.0}, 1.0, np.inf),
        ({"y": -1.0}, -np.inf, -1.0),
        ({"y": 1.0}, 1.0, 1.0),
        ({"y": 1.0}, -1.0, 20.0),
    ],
    ids=["two ask", "two ask with a minus", "equality", "between two sides"],
)
def test_column_that_a_second_row_pushes_up_is_never_taken_out(terms, low, high):
    rows = followed()
    rows.row(terms, low, high)
    assert taken(rows.program()) == []


def test_column_whose_row_may_ask_for_less_than_its_lower_bound_is_never_taken_out():
    rows = followed()
    rows.sides[0] = (-1.0, np.inf)
    assert taken(rows.program()) == []
    rows.sides[0] = (0.0, np.inf)
    rows.lowers[0] = -1.0
    assert taken(rows.program()) == []
    rows.lowers[0] = 0.0
    rows.uppers[0] = np.inf
    rows.rows[0] = [(0, 1.0), (1, 1.0)]
    assert taken(rows.program()) == [], "x may be any size, so the row may ask for next to minus infinity"


def test_of_two_columns_that_follow_from_each_other_one_stays():
    rows = followed()
    rows.column("z", 0.25)
    rows.row({"z": 1.0, "y": -2.0}, low=0.0)
    part = rows.program()
    assert len(taken(part)) == 1
    assert same_optimum(part, np.zeros(3, dtype=bool)) == 1


def loose(seed):
    """A program of no particular shape, in which some columns seem to follow."""
    random = np.random.default_rng(seed)
    rows, count = Rows(), 10
    for column in range(count):
        lower = float(random.choice([0.0, 0.0, 1.0, -1.0]))
        upper = float(random.choice([np.inf, np.inf, 6.0]))
        rows.column(column, float(random.integers(-1, 6)), lower, upper, bool(random.random() < 0.1))
    for _ in range(7):
        chosen = random.choice(count, int(random.integers(2, 4)), replace=False)
        side = float(random.integers(-2, 4))
        sides = ((side, np.inf), (side, np.inf), (-np.inf, side), (-np.inf, side), (side, side), (side - 4.0, side))
        low, high = sides[int(random.integers(len(sides)))]
        rows.row({int(column): float(random.choice([-2.0, -1.0, 1.0, 1.5])) for column in chosen}, low, high)
    return rows.program()


def least_asked(part, column, row):
    """What a row asks of a column at least, whatever the others do."""
    entries = range(part.starts[row], part.starts[row + 1])
    own = next(part.values[at] for at in entries if part.columns[at] == column)
    side = part.row_lower[row] if own > 0 else part.row_upper[row]
    asked = side / own
    for at in entries:
        other, value = part.columns[at], part.values[at] / own
        if other != column:
            asked -= value * (part.column_upper[other] if value > 0 else part.column_lower[other])
    return asked


def test_whatever_is_taken_out_of_programs_of_no_shape_does_follow():
    found = 0
    for seed in range(500):
        part = loose(seed)
        random = np.random.default_rng(seed)
        stays = random.random(part.column_count) < 0.2
        small = substitute_columns(part, stays)
        found += len(small.gone)
        row_of = part.row_of_entries()
        for column, by in zip(small.gone.tolist(), small.by.tolist(), strict=True):
            in_row = part.columns[part.starts[by] : part.starts[by + 1]]
            assert set(in_row.tolist()) & set(small.gone.tolist()) == {column}
            assert not part.is_integer[column]
            assert part.column_upper[column] == np.inf
            if part.is_integer[in_row].any() and part.row_lower[by] == part.row_upper[by] == 0.0:
                assert len(in_row) == 2
                continue
            entries = np.flatnonzero(part.columns == column)
            low, high, up = part.row_lower[row_of[entries]], part.row_upper[row_of[entries]], part.values[entries] > 0
            asking = row_of[entries][np.where(up, np.isfinite(low), np.isfinite(high))]
            assert asking.tolist() == [by], f"{seed}: {column} is asked for by {asking}"
            assert not (np.isfinite(low) & np.isfinite(high)).any()
            assert not stays[column]
            assert part.objective[column] >= 0.0
            assert least_asked(part, column, by) >= part.column_lower[column] - 1e-9
        whole, less = best_of(relaxed(part)), best_of(relaxed(small.program))
        if whole.status is LpStatus.OPTIMAL:
            cost = part.objective_of(whole.values)
            assert small.program.objective_of(less.values) == pytest.approx(cost, rel=1e-7, abs=1e-7), seed
            assert greatest_violation(part, small.postsolve_values(less.values)) < CLOSE
    assert found > 50
