"""Where a relaxation goes on, what a search makes of parts that are called empty, and what a program keeps."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from models.outcome import Stop
from models.program import relaxed
from models.tree_search.branching_guide import NO_SERIES, BranchingGuide, Priority
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.infeasibility import FarkasRayFinder
from models.tree_search.lp_protocol import Accuracy, LpResult, LpStatus
from models.tree_search.search_state import SearchCallbacks, SearchState, ignore, no_farkas_ray
from tests.models.tree_search.fleets import SEEDS, Rows, best_of, fleet, lean_of, narrowed, warm

CLOSE = 1e-7


def bounds_that(part, bought, random, verdict):
    """Random bounds with this verdict; None where ten tries find none."""
    for _ in range(10):
        bounds = narrowed(random, part, bought)
        if best_of(part, *bounds).status is verdict:
            return bounds
    return None


def steps_back(part, here, there, verdict):
    """Simplex steps from there back to here, after going back to the mark of here and without that."""
    steps = []
    for goes_back in (True, False):
        relaxation = warm(part)
        cost = part.objective_of(relaxation.solve(*here).values)
        mark = relaxation.saved_basis()
        assert relaxation.solve(*there).status is verdict
        assert (relaxation.saved_basis() is mark) == (verdict is LpStatus.INFEASIBLE)
        if goes_back:
            relaxation.restore_basis(mark)
        again = relaxation.solve(*here)
        assert part.objective_of(again.values) == pytest.approx(cost, rel=CLOSE)
        steps.append(again.iterations)
    return steps


def test_solve_after_going_back_to_its_own_end_takes_no_steps():
    away = met = 0
    for seed in SEEDS:
        part, _, bought = fleet(seed)
        random = np.random.default_rng(seed)
        here, there = (bounds_that(part, bought, random, LpStatus.OPTIMAL) for _ in range(2))
        if here is None or there is None:
            continue
        steps = steps_back(part, here, there, LpStatus.OPTIMAL)
        met += 1
        assert steps[0] == 0, seed
        away += steps[1] > 0
    assert met > 20
    assert away > 10


def test_mark_from_before_an_empty_part_is_gone_back_to():
    """Then the last mark is still where the last solution was, and the code stands elsewhere."""
    met = away = 0
    for seed in SEEDS:
        part, _, bought = fleet(seed)
        random = np.random.default_rng(seed)
        here, there = (bounds_that(part, bought, random, one) for one in (LpStatus.OPTIMAL, LpStatus.INFEASIBLE))
        if here is None or there is None:
            continue
        steps = steps_back(part, here, there, LpStatus.INFEASIBLE)
        met += 1
        assert steps[0] == 0, seed
        away += steps[1] > 0
    assert met > 5
    assert away > 2


def test_going_back_to_nowhere_changes_nothing():
    moved = 0
    for seed in SEEDS:
        part, _, bought = fleet(seed)
        random = np.random.default_rng(seed)
        bounds = [narrowed(random, part, bought) for _ in range(4)]
        plain, restored = warm(part), warm(part)
        assert restored.saved_basis() is None
        restored.restore_basis(None)
        for pair in bounds:
            expected, found = plain.solve(*pair), restored.solve(*pair)
            assert found.status is expected.status
            assert found.iterations == expected.iterations
            np.testing.assert_array_equal(found.values, expected.values)
            restored.restore_basis(None)
            moved += found.iterations > 0
    assert moved > len(SEEDS)


def test_going_back_to_nowhere_changes_nothing_of_a_tied_program():
    part, chains, _ = fleet(0)
    lean = lean_of(part, chains, 0.001)
    assert lean.saved_basis() is None
    lean.solve(part.column_lower, part.column_upper)
    lean.restore_basis(None)
    assert lean.solve(part.column_lower, part.column_upper).iterations == 0


def untied_since(lean, part, bought, random):
    """Solves other bounds until a tie is broken; False where that does not happen."""
    before = lean.rebuild_count
    for _ in range(8):
        lean.solve(*narrowed(random, part, bought))
        if lean.rebuild_count > before:
            return True
    return False


def test_mark_from_before_ties_were_broken_leads_to_the_same_answer_in_fewer_steps():
    met = from_mark = from_there = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        here = bounds_that(part, bought, np.random.default_rng(seed), LpStatus.OPTIMAL)
        if here is None:
            continue
        fresh, steps = lean_of(part, chains, 0.0).solve(*here, accuracy=Accuracy.OPTIMAL), []
        for goes_back in (True, False):
            lean, random = lean_of(part, chains, 0.0), np.random.default_rng(100 + seed)
            if lean.solve(*here).status is not LpStatus.OPTIMAL:
                break
            mark = lean.saved_basis()
            if not untied_since(lean, part, bought, random):
                break
            if goes_back:
                lean.restore_basis(mark)
            again = lean.solve(*here)
            assert again.status is LpStatus.OPTIMAL, seed
            assert part.objective_of(again.values) == pytest.approx(part.objective_of(fresh.values), rel=CLOSE)
            steps.append(again.iterations)
        if len(steps) == 2:
            met += 1
            from_mark, from_there = from_mark + steps[0], from_there + steps[1]
    assert met > 5
    assert from_mark < 0.7 * from_there


class Script:
    """A relaxation that answers by what the answer is for, and remembers what it was asked."""

    def __init__(self, answers):
        self._answers, self.accuracies, self.backs = answers, [], []

    def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
        self.accuracies.append(accuracy)
        return self._answers[accuracy]

    def saved_basis(self):
        return f"after {self.accuracies[-1].value}"

    def restore_basis(self, mark):
        self.backs.append(mark)


def lots():
    """Two offers of at most four lots at 2 and 3 each, of which five are asked for, and a constant of 3."""
    rows = Rows()
    rows.column("first", 2.0, upper=4.0, whole=True)
    rows.column("second", 3.0, upper=4.0, whole=True)
    rows.row({"first": 1.0, "second": 1.0}, low=5.0)
    none = np.empty(0, dtype=np.int64)
    guide = BranchingGuide(
        np.array([Priority.LOT_SIZE] * 2), np.zeros(2, dtype=np.int64), np.full(2, NO_SERIES), none, none
    )
    return extended_formulation(rows.program(), guide)


def scripted(formulation, answers, farkas_ray=no_farkas_ray):
    return SearchState(formulation, Script(answers), farkas_ray, SearchCallbacks(ignore, ignore, lambda: None), 0.01)


def rays_of(formulation):
    return FarkasRayFinder(relaxed(formulation.program), warm)


EMPTY = LpResult(LpStatus.INFEASIBLE, iterations=3)


@pytest.mark.parametrize(("at_least", "bound"), [(1.0, 3.0 + 11.0), (15.5, 15.5)])
def test_part_that_is_empty_only_by_a_guess_has_the_bound_of_the_least(at_least, bound):
    formulation = lots()
    least = best_of(relaxed(formulation.program), formulation.lower, formulation.upper)
    state = scripted(formulation, {Accuracy.DUAL_BOUND: EMPTY, Accuracy.OPTIMAL: replace(least, iterations=4)})
    point = state.solve(formulation.lower, formulation.upper, at_least)
    assert point.bound == pytest.approx(bound)
    assert point.proven == pytest.approx(3.0 + 11.0)
    np.testing.assert_allclose(point.values, [4.0, 1.0])
    assert point.basis == "after optimal"
    assert state.lp.accuracies == [Accuracy.DUAL_BOUND, Accuracy.OPTIMAL]
    assert (state.lp_count, state.iterations, state.last_iterations) == (2, 7, 4)
    assert state.unresolved_bound == np.inf


def test_part_that_is_empty_only_by_a_guess_may_still_be_cut_off():
    formulation = lots()
    duals = best_of(relaxed(formulation.program), formulation.lower, formulation.upper).duals
    state = scripted(
        formulation, {Accuracy.DUAL_BOUND: EMPTY, Accuracy.OPTIMAL: LpResult(LpStatus.CUTOFF, duals=duals)}
    )
    point = state.solve(formulation.lower, formulation.upper, 1.0)
    assert point.bound == pytest.approx(3.0 + 11.0)
    assert point.values is None
    assert state.unresolved_bound == np.inf


@pytest.mark.parametrize(
    "farkas_ray", [lambda _formulation: no_farkas_ray, rays_of], ids=["no ray", "a ray that proves nothing"]
)
def test_part_that_is_called_empty_without_proof_keeps_what_was_known_above(farkas_ray):
    """There are plans within these bounds, so no ray can prove that there are none."""
    formulation = lots()
    state = scripted(formulation, {Accuracy.DUAL_BOUND: EMPTY, Accuracy.OPTIMAL: EMPTY}, farkas_ray(formulation))
    point = state.solve(formulation.lower, formulation.upper, 7.25)
    assert point.bound == 7.25
    assert point.values is None
    assert state.lp.accuracies == [Accuracy.DUAL_BOUND, Accuracy.OPTIMAL]
    assert state.lp_count == 2
    assert state.unresolved_bound == 7.25
    state.solve(formulation.lower, formulation.upper, 9.0)
    assert state.unresolved_bound == 7.25, "the least of them counts"
    state.raise_best_bound(8.0)
    assert state.best_bound == 7.25


def test_part_that_a_ray_proves_empty_is_closed_and_nothing_else_is_asked():
    """At most two lots of each offer are not five."""
    formulation = lots()
    state = scripted(formulation, {Accuracy.DUAL_BOUND: EMPTY}, rays_of(formulation))
    point = state.solve(formulation.lower, np.minimum(formulation.upper, 2.0), 7.25)
    assert point.bound == np.inf
    assert point.values is None
    assert state.lp.accuracies == [Accuracy.DUAL_BOUND]
    assert state.unresolved_bound == np.inf


def test_part_without_an_answer_is_asked_about_once_more_with_nothing_tied():
    formulation = lots()
    broken = LpResult(LpStatus.FAILED)
    state = scripted(formulation, {Accuracy.DUAL_BOUND: broken, Accuracy.OPTIMAL: broken}, rays_of(formulation))
    point = state.solve(formulation.lower, np.minimum(formulation.upper, 2.0), 7.25)
    assert point.bound == 7.25
    assert state.lp.accuracies == [Accuracy.DUAL_BOUND, Accuracy.OPTIMAL]
    assert state.lp_count == 2
    assert state.unresolved_bound == 7.25


def test_part_that_breaks_once_is_answered_with_nothing_tied():
    formulation = lots()
    values = np.full(formulation.program.column_count, 1.0)
    least = LpResult(LpStatus.OPTIMAL, values, np.zeros(formulation.program.row_count))
    state = scripted(
        formulation, {Accuracy.DUAL_BOUND: LpResult(LpStatus.FAILED), Accuracy.OPTIMAL: least}, rays_of(formulation)
    )
    point = state.solve(formulation.lower, formulation.upper, 7.25)
    assert point.values is values
    assert state.unresolved_bound == np.inf


def test_part_that_breaks_as_the_search_ends_is_not_asked_about_again():
    formulation = lots()
    state = scripted(formulation, {Accuracy.DUAL_BOUND: LpResult(LpStatus.FAILED)}, rays_of(formulation))
    state.callbacks.should_stop = lambda: Stop.TIME
    assert state.solve(formulation.lower, formulation.upper, 7.25).bound == 7.25
    assert state.lp.accuracies == [Accuracy.DUAL_BOUND]
    assert state.stop is Stop.TIME


def rows_by_loop(program):
    found = []
    for row in range(program.row_count):
        found += [row] * int(program.starts[row + 1] - program.starts[row])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_row_of_each_entry_is_right_and_the_same_array_every_time(seed):
    part, _, _ = fleet(seed)
    found = part.row_of_entries()
    assert found.tolist() == rows_by_loop(part)
    assert len(found) == part.non_zeros > 20
    assert part.row_of_entries() is found


def test_empty_rows_have_no_entries():
    rows = Rows()
    rows.column("only", 1.0)
    for terms in ({}, {"only": 1.0}, {}, {"only": 2.0}, {}):
        rows.row(terms, high=1.0)
    assert rows.program().row_of_entries().tolist() == [1, 3]


def test_row_of_entries_cannot_be_written_to():
    part, _, _ = fleet(0)
    before = part.row_of_entries().tolist()
    with pytest.raises(ValueError, match="read-only"):
        part.row_of_entries()[0] = 1
    assert part.row_of_entries().tolist() == before


def test_row_of_entries_is_not_sent_to_another_process():
    part, _, _ = fleet(0)
    before = pickle.dumps(part)
    part.row_of_entries()
    assert len(pickle.dumps(part)) == len(before)
    arrived = pickle.loads(pickle.dumps(part))
    assert arrived.row_of_entries().tolist() == part.row_of_entries().tolist()
    np.testing.assert_array_equal(arrived.values, part.values)
    with pytest.raises(ValueError, match="read-only"):
        arrived.row_of_entries()[0] = 1


def test_program_with_other_starts_has_rows_of_its_own():
    part, _, _ = fleet(0)
    before = part.row_of_entries().tolist()
    starts = part.starts.copy()
    starts[1:-1] = np.minimum(starts[1:-1] + 1, starts[-1])
    other = replace(part, starts=starts)
    assert other.row_of_entries().tolist() == rows_by_loop(other) != before
    assert part.row_of_entries().tolist() == before


def test_bounds_that_cross_are_empty_and_the_next_ones_are_answered():
    """MathOpt refuses such bounds, and after them everything."""
    part, _, _ = fleet(0)
    relaxation = warm(part)
    first = relaxation.solve(part.column_lower, part.column_upper)
    crossed = part.column_upper.copy()
    crossed[0] = part.column_lower[0] - 1.0
    assert relaxation.solve(part.column_lower, crossed).status is LpStatus.INFEASIBLE
    again = relaxation.solve(part.column_lower, part.column_upper)
    assert part.objective_of(again.values) == pytest.approx(part.objective_of(first.values))


def test_going_back_twice_begins_at_the_second_mark():
    took = 0
    for seed in range(12):
        part, _, bought = fleet(seed)
        relaxation, random = warm(part), np.random.default_rng(seed)
        relaxation.solve(part.column_lower, part.column_upper)
        first = relaxation.saved_basis()
        other = narrowed(random, part, bought)
        found = relaxation.solve(*other)
        if found.status is not LpStatus.OPTIMAL:
            continue
        took += found.iterations
        relaxation.restore_basis(first)
        relaxation.restore_basis(relaxation.saved_basis())
        assert relaxation.solve(*other).iterations == 0
    assert took > 12
