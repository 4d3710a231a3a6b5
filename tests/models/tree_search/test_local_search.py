"""What spares a search linear programs is never wrong, and modules and lots are rounded one by one as described."""

from __future__ import annotations

import numpy as np
import pytest

from models.tree_search.branching_guide import NO_SERIES, BranchingGuide, Priority
from models.tree_search.diving import _fix_column, _whole_neighbours
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.local_search import (
    ROUNDING_OFFSETS,
    DualEstimates,
    IntegerRows,
    _rounded_totals,
    _steps,
    round_capacity,
)
from models.tree_search.lp_protocol import Accuracy, LpStatus
from models.tree_search.node_queue import Node
from models.tree_search.strong_branching import LIKELY_CHOICE, StrongBranching
from tests.models.tree_search.fleets import Rows, formulations_of_cases
from tests.models.tree_search.test_extended_formulation import expanded, form_and_program, halls, point_at, state_of

SEEDS = range(12)
CLOSE = 1e-6


def place_of(formulation):
    return np.flatnonzero(formulation.is_original & (formulation.priority >= Priority.CAPACITY))


def modules_of(formulation):
    return np.flatnonzero(formulation.is_original & (formulation.priority == Priority.CAPACITY))


def drawn(state, random):
    """Whole values, at random, of what promises are made of, that some solution has."""
    columns = state.formulation.integers[place_of(state.formulation)]
    values = dived(state, columns, random)
    while point_at(state, columns, values)[0].values is None:
        values = dived(state, columns, random)
    return values


def dived(state, columns, random):
    """Holds one column after the other at a whole number at random, or near where it stands."""
    formulation = state.formulation
    lower, upper = formulation.lower.copy(), formulation.upper.copy()
    values = state.solve_primal(lower, upper).values
    for column in random.permutation(columns):
        near = np.array([np.rint(values[column]), np.floor(values[column]), np.ceil(values[column])])
        sides = np.concatenate([[near[0] + random.choice([-1.0, 0.0, 1.0])], near])
        for side in np.clip(sides, formulation.lower[column], formulation.upper[column]):
            low, high = lower.copy(), upper.copy()
            low[column] = high[column] = side
            point = state.solve_primal(low, high)
            if point.values is not None:
                lower, upper, values = low, high, point.values
                break
    return np.rint(values[columns])


def rows_of(steps, width):
    """A row of differences for each step."""
    found = np.zeros((len(steps[0]), width + 1))
    np.add.at(found, (np.arange(len(found)), steps[0]), 1.0)
    np.add.at(found, (np.arange(len(found)), steps[1]), -1.0)
    return found[:, :width]


def stepped(formulation, target, random):
    """The values after one to three moves of modules at random, within the bounds of the program."""
    columns = formulation.integers[place_of(formulation)]
    steps = rows_of(_steps(formulation, place_of(formulation)), len(columns))
    moves = steps[random.integers(len(steps), size=random.integers(1, 4))].sum(axis=0)
    return np.clip(target + moves, formulation.lower[columns], formulation.upper[columns])


def promising(formulation, random, known, asked):
    """Compares promises with costs, of points that were added and of others; returns how many of each had a cost.

    The third number says how many promises were of use: one that is far too low would never be wrong.
    """
    state, place = state_of(formulation), place_of(formulation)
    promises, columns = DualEstimates(state, place), formulation.integers[place]
    added = []
    for _ in range(known):
        target = drawn(state, random)
        point, lower, upper = point_at(state, columns, target)
        promises.add(point, lower, upper)
        added.append((target, point.bound))
    least = promises.least(np.array([target for target, _ in added]))
    for (_, cost), promised in zip(added, least, strict=True):
        assert promised == pytest.approx(cost, rel=CLOSE, abs=CLOSE)
    others, useful = [], 0
    for number in range(asked):
        target = (
            drawn(state, random) if number % 4 == 0 else stepped(formulation, added[number % len(added)][0], random)
        )
        cost = point_at(state, columns, target)[0].bound
        if np.isfinite(cost):
            promised = promises.least(target[None])[0]
            assert promised <= cost + CLOSE * max(1.0, abs(cost))
            others.append(cost)
            useful += promised > 0.9 * cost
    return len(added), len(others), useful


def test_promise_of_a_random_case_never_exceeds_the_cost_and_is_the_cost_where_it_is_known():
    counts = np.zeros(3, dtype=int)
    for seed in SEEDS:
        formulation, _ = form_and_program(expanded(seed))
        counts += promising(formulation, np.random.default_rng(seed), 5, 8)
    added, asked, near = counts.tolist()
    assert added == 5 * len(SEEDS)
    assert asked > 3 * len(SEEDS)
    assert near > asked // 2


def test_promise_of_a_real_case_never_exceeds_the_cost_and_is_the_cost_where_it_is_known():
    formulation, _ = formulations_of_cases()["mid-size"]
    added, asked, near = promising(formulation, np.random.default_rng(3), 8, 12)
    assert added == 8
    assert asked > 6
    assert near > asked // 2


def test_promise_of_a_point_that_was_cut_off_never_exceeds_the_cost():
    cut = dear = 0
    for seed in SEEDS:
        formulation, _ = form_and_program(expanded(seed))
        random, state, place = np.random.default_rng(50 + seed), state_of(formulation), place_of(formulation)
        columns = formulation.integers[place]
        for _ in range(5):
            first, second = drawn(state, random), drawn(state, random)
            point, lower, upper = point_at(state, columns, first)
            other = point_at(state, columns, second)[0]
            most = point.bound - 0.2 * abs(point.bound)
            short = state.solve_primal(lower, upper, most)
            assert short.bound == np.inf
            assert short.values is None
            if short.duals is None:
                continue
            promises = DualEstimates(state, place)
            promises.add(short, lower, upper)
            at_first, at_second = promises.least(np.array([first, second]))
            assert at_first <= point.bound + CLOSE * max(1.0, abs(point.bound))
            assert at_second <= other.bound + CLOSE * max(1.0, abs(other.bound))
            cut += 1
            dear += at_first > most - CLOSE * max(1.0, abs(most))
    assert cut > 2 * len(SEEDS)
    assert dear == cut


def test_greatest_of_all_promises_counts_by_hand():
    """Without modules 10 places are missing at 100 each; a module serves them for 10, and a second one serves none."""
    state = state_of(halls((10, 0, 0), (10, 8, 6)))
    place = place_of(state.formulation)
    promises = DualEstimates(state, place)
    targets = np.array([[0.0, 0, 0, 0], [1.0, 0, 0, 0], [2.0, 0, 0, 0], [1.0, 1.0, 0, 0]])
    for target, least in ((targets[0], [1000, 10, -980, 18]), (targets[2], [1000, 10, 20, 18])):
        point, lower, upper = point_at(state, state.formulation.integers[place], target)
        promises.add(point, lower, upper)
        np.testing.assert_allclose(promises.least(targets), least, atol=1e-5)


def cramped(state, random):
    """Bounds that hold most whole columns where a solution has them, a few of them off by one."""
    formulation = state.formulation
    chosen = formulation.integers[formulation.priority >= Priority.CAPACITY]
    values = np.rint(point_at(state, formulation.integers[place_of(formulation)], drawn(state, random))[0].values)
    held = chosen[random.random(len(chosen)) < random.choice([0.3, 0.9])]
    values[random.choice(chosen, random.integers(3), replace=False)] += random.choice([-1.0, 1.0])
    lower, upper = formulation.lower.copy(), formulation.upper.copy()
    lower[held] = upper[held] = np.clip(values[held], formulation.lower[held], formulation.upper[held])
    return lower, upper


def has_room(formulation, lower, upper):
    """False where a row over whole columns alone cannot be kept, whatever the others say."""
    part, whole = formulation.program, set(formulation.integers.tolist())
    for row in range(part.row_count):
        entries = range(part.starts[row], part.starts[row + 1])
        if not {int(part.columns[entry]) for entry in entries} <= whole:
            continue
        sides = [(lower[part.columns[at]], upper[part.columns[at]]) for at in entries]
        terms = [sorted(part.values[at] * side for side in pair) for at, pair in zip(entries, sides, strict=True)]
        least, most = (sum(term[end] for term in terms) for end in (0, 1))
        if least > part.row_upper[row] + CLOSE or most < part.row_lower[row] - CLOSE:
            return False
    return True


def allowing(formulation, random, times):
    """How many bounds are allowed and have a solution, and how many are forbidden and have none."""
    state, is_allowed = state_of(formulation), IntegerRows(formulation)
    solved = forbidden = 0
    for _ in range(times):
        lower, upper = cramped(state, random)
        allowed = is_allowed(lower, upper)
        assert allowed == has_room(formulation, lower, upper)
        point = state.solve_primal(lower, upper)
        if not allowed:
            assert point.bound == np.inf
            assert state.lp.solve(lower, upper).status is LpStatus.INFEASIBLE
            forbidden += 1
        else:
            solved += point.values is not None
    return solved, forbidden


def test_bounds_of_a_random_case_are_forbidden_only_where_nothing_is_left():
    solved, forbidden = np.sum(
        [allowing(form_and_program(expanded(seed))[0], np.random.default_rng(seed), 20) for seed in SEEDS], axis=0
    )
    assert solved > 2 * len(SEEDS)
    assert forbidden > 2 * len(SEEDS)


def test_bounds_of_a_real_case_are_forbidden_only_where_nothing_is_left():
    solved, forbidden = allowing(formulations_of_cases()["mid-size"][0], np.random.default_rng(7), 40)
    assert solved > 10
    assert forbidden > 5


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [((1, 1), (0, 0), True), ((1, 1), (1, 1), False), ((0, 0), (0, 0), False), ((0, 1), (0, 1), True)],
)
def test_bounds_are_allowed_by_hand_and_rounding_errors_forbid_nothing(first, second, allowed):
    """Exactly one of two is taken; what is said of the third column is no matter of whole columns alone."""
    rows = Rows()
    rows.column("first", 1.0, upper=1.0, whole=True)
    rows.column("second", 1.0, upper=1.0, whole=True)
    rows.column("other", 1.0)
    rows.row({"first": 1.0, "other": 1.0}, low=1.0)
    rows.row({"first": 1.0, "second": 1.0}, low=1.0, high=1.0)
    is_allowed = IntegerRows(form_by_hand(rows, [Priority.CHOICE, Priority.CHOICE, Priority.NONE], [0, 0, 0]))
    lower, upper = np.array([first[0], second[0], 0.0]), np.array([first[1], second[1], np.inf])
    for error in (-4e-7, 0.0, 4e-7):
        assert is_allowed(lower + error, upper + error) == allowed


def earlier_of(formulation):
    """By position that of the same expansion at the node before."""
    return dict(formulation.neighbours.tolist())


def summed(formulation, values, at):
    """What is ordered, or asked for, of the expansion of position `at` up to its period."""
    earlier, total = earlier_of(formulation), 0.0
    while at is not None:
        total += values[at]
        at = earlier.get(at)
    return total


@pytest.mark.parametrize("early", ROUNDING_OFFSETS)
def test_modules_up_to_each_period_are_whole_and_within_one_of_what_is_asked_for(early):
    more = fewer = late = 0
    for seed in SEEDS:
        formulation, _ = form_and_program(expanded(seed))
        random, modules = np.random.default_rng(seed), modules_of(formulation)
        columns = formulation.integers[modules]
        assert (formulation.lower[columns] == 0.0).all()
        values = np.zeros(len(formulation.integers))
        values[modules] = random.uniform(0.0, formulation.upper[columns] * random.choice([0.2, 1.0]))
        lower, upper = _rounded_totals(formulation, formulation.lower, formulation.upper, values, early)
        np.testing.assert_array_equal(lower[columns], upper[columns])
        np.testing.assert_array_equal(lower[columns], np.rint(lower[columns]))
        assert (lower >= formulation.lower).all()
        assert (upper <= formulation.upper).all()
        rest = np.delete(np.arange(len(lower)), columns)
        np.testing.assert_array_equal(lower[rest], formulation.lower[rest])
        np.testing.assert_array_equal(upper[rest], formulation.upper[rest])
        for at in modules.tolist():
            ahead = summed(formulation, lower[formulation.integers], at) - summed(formulation, values, at)
            assert early - 1.0 - 1e-9 <= ahead <= early + 1e-9
            more += ahead > 1e-9
            fewer += ahead < -1e-9
            late += at in earlier_of(formulation)
    assert min(more, fewer) > 0
    assert late > 5 * len(SEEDS)


def test_rounded_modules_stay_inside_narrower_bounds():
    low, high = 0, 0
    for seed in SEEDS:
        formulation, _ = form_and_program(expanded(seed))
        random, modules = np.random.default_rng(seed), modules_of(formulation)
        columns = formulation.integers[modules]
        lower, upper = formulation.lower.copy(), formulation.upper.copy()
        lower[columns], upper[columns] = np.sort(random.integers(0, upper[columns] + 1.0, (2, len(columns))), axis=0)
        values = np.zeros(len(formulation.integers))
        values[modules] = random.uniform(0.0, formulation.upper[columns])
        for early in ROUNDING_OFFSETS:
            least, most = _rounded_totals(formulation, lower, upper, values, early)
            np.testing.assert_array_equal(least[columns], most[columns])
            np.testing.assert_array_equal(least[columns], np.rint(least[columns]))
            assert (least >= lower).all()
            assert (most <= upper).all()
            low += ((least == lower) & (lower > formulation.lower))[columns].sum()
            high += ((most == upper) & (upper < formulation.upper))[columns].sum()
    assert low > len(SEEDS)
    assert high > len(SEEDS)


@pytest.mark.parametrize(
    ("asked", "early", "most", "ordered"),
    [
        ((0.2, 0.4, 0.0), 0.9, 4, (1, 0, 0)),
        ((0.2, 0.4, 0.0), 0.5, 4, (0, 1, 0)),
        ((0.05, 0.02, 0.02), 0.9, 4, (0, 0, 0)),
        ((0.05, 0.02, 0.05), 0.9, 4, (0, 0, 1)),
        ((1.3, 1.3, 1.3), 0.5, 4, (1, 2, 1)),
        ((1.3, 1.3, 1.3), 0.9, 4, (2, 1, 1)),
        ((1.3, 0.0, 0.0), 0.9, 1, (1, 1, 0)),
        ((2.6, 0.0, 0.0), 0.5, 1, (1, 1, 1)),
    ],
)
def test_modules_are_rounded_by_hand(asked, early, most, ordered):
    """What did not fit into one period is ordered in the next."""
    formulation = halls((10, 20, 30), (10, 8, 6))
    upper = formulation.upper.copy()
    upper[:3] = most
    values = np.zeros(len(formulation.integers))
    values[:3] = asked
    before = formulation.lower.copy()
    low, high = _rounded_totals(formulation, formulation.lower, upper, values, early)
    np.testing.assert_array_equal(low[:3], ordered)
    np.testing.assert_array_equal(high[:3], ordered)
    np.testing.assert_array_equal(formulation.lower, before)
    assert (upper[:3] == most).all()


@pytest.mark.parametrize(("demand", "ordered", "cost"), [((2, 6, 6), (1, 0, 0), 10.0), ((0, 6, 6), (0, 1, 0), 8.0)])
def test_cheaper_of_ordering_early_and_late_is_taken_by_hand(demand, ordered, cost):
    state = state_of(halls(demand, (10, 8, 6)))
    values = np.zeros(len(state.formulation.integers))
    values[:3] = (0.2, 0.4, 0.0)
    lower, upper, point = round_capacity(state, state.formulation.lower, state.formulation.upper, values)
    assert point.bound == pytest.approx(cost)
    np.testing.assert_allclose(point.values[:3], ordered, atol=1e-9)
    np.testing.assert_array_equal(lower[:3], ordered)
    np.testing.assert_array_equal(upper[:3], ordered)
    assert state.lp_count == 2


def test_bounds_stay_as_they_are_where_no_rounding_has_a_plan():
    state = state_of(halls((90, 90, 90), (10, 8, 6)))
    formulation = state.formulation
    upper = formulation.upper.copy()
    upper[4:7] = 0.0
    values = np.zeros(len(formulation.integers))
    values[:3] = 0.5
    low, high, point = round_capacity(state, formulation.lower, upper, values)
    np.testing.assert_array_equal(low, formulation.lower)
    np.testing.assert_array_equal(high, upper)
    assert point.bound == np.inf
    assert point.values is None


def test_cheaper_of_both_roundings_is_returned_with_its_bounds():
    chosen = []
    for seed in range(40):
        formulation, _ = form_and_program(expanded(seed))
        state, random = state_of(formulation), np.random.default_rng(seed)
        root = state.solve_primal(formulation.lower, formulation.upper)
        values = root.values[formulation.integers]
        modules = modules_of(formulation)
        values[modules] = np.minimum(
            values[modules] + random.uniform(0.0, 0.4), formulation.upper[formulation.integers[modules]]
        )
        both = [
            _rounded_totals(formulation, formulation.lower, formulation.upper, values, early)
            for early in ROUNDING_OFFSETS
        ]
        costs = [state_of(formulation).solve_primal(*bounds).bound for bounds in both]
        low, high, point = round_capacity(state, formulation.lower, formulation.upper, values)
        assert point.bound == pytest.approx(min(costs), rel=1e-9)
        if abs(costs[0] - costs[1]) > CLOSE:
            best = int(np.argmin(costs))
            chosen.append(best)
            np.testing.assert_array_equal(low, both[best][0])
            np.testing.assert_array_equal(high, both[best][1])
    assert min(chosen.count(0), chosen.count(1)) > 0


def test_steps_are_a_module_more_or_less_and_one_earlier_or_later_by_hand():
    """Three modules of one expansion; the strategy in the last column never moves."""
    formulation = halls((10, 10, 10), (10, 8, 6))
    singles = [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)]
    pairs = [(-1, 1, 0, 0), (0, -1, 1, 0)]
    up = singles + pairs
    expected = sorted(up + [tuple(-value for value in row) for row in up])
    found = rows_of(_steps(formulation, place_of(formulation)), 4)
    assert sorted(tuple(row) for row in found.astype(int).tolist()) == expected
    assert found.shape == (2 * 3 + 2 * 2, 4)


class Recorder:
    """A relaxation that remembers what its answers were for."""

    def __init__(self, inner):
        self._inner, self.accuracies = inner, []

    def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
        self.accuracies.append(accuracy)
        return self._inner.solve(lower, upper, cutoff, accuracy)


def recorded(formulation):
    state = state_of(formulation)
    state.lp = Recorder(state.lp)
    return state


def form_by_hand(rows, rank, period, once=()):
    none = np.full(len(rank), NO_SERIES)
    no_chains = np.empty(0, dtype=np.int64)
    guide = BranchingGuide(np.array(rank), np.array(period), none, np.array(once, dtype=np.int64), no_chains)
    return extended_formulation(rows.program(), guide)


def equal_offers(demand):
    """Lots of two offers at 1 each in one period; what is not served costs 3."""
    rows = Rows()
    rows.column("first", 1.0, upper=4.0, whole=True)
    rows.column("second", 1.0, upper=4.0, whole=True)
    rows.column("unserved", 3.0)
    rows.row({"first": 1.0, "second": 1.0, "unserved": 1.0}, low=demand)
    return form_by_hand(rows, [Priority.LOT_SIZE, Priority.LOT_SIZE, Priority.NONE], [0, 0, 0])


@pytest.mark.parametrize(("demand", "lots", "cost"), [(2.4, 3.0, 3.0), (2.5, 3.0, 3.0), (2.2, 2.0, 2.6)])
def test_lots_of_one_offer_are_rounded_and_no_fraction_wanders_to_the_next(demand, lots, cost):
    """Left free, the second offer would take the fraction over, and nothing would cost more than before."""
    state = recorded(equal_offers(demand))
    formulation = state.formulation
    low, high, point = _fix_column(state, formulation.lower, formulation.upper, np.array([demand, 0.0]), 0, -np.inf)
    assert point.bound == pytest.approx(3.0 + cost)
    np.testing.assert_allclose(point.values[:2], [lots, 0.0], atol=1e-9)
    np.testing.assert_array_equal(low[:2], [lots, 0.0])
    np.testing.assert_array_equal(high[:2], [lots, 0.0])
    assert state.lp.accuracies == [Accuracy.OPTIMAL] * 2
    np.testing.assert_array_equal(formulation.upper[:2], [4.0, 4.0])


def test_farther_side_is_not_looked_at_where_the_nearer_one_is_good_enough():
    state = recorded(equal_offers(2.4))
    formulation = state.formulation
    low, high, point = _fix_column(state, formulation.lower, formulation.upper, np.array([2.4, 0.0]), 0, 3.0 + 3.2)
    assert point.bound == pytest.approx(3.0 + 2.0 + 1.2)
    assert low[0] == high[0] == 2.0
    assert state.lp_count == 1


def test_other_lots_are_let_go_where_holding_them_leaves_no_plan():
    """With two of the second: 1 of the first serves 18 of 24, and 2 of the first cost 14 of a budget of 13."""
    rows = Rows()
    rows.column("first", 5.0, upper=4.0, whole=True)
    rows.column("second", 3.0, upper=5.0, whole=True)
    rows.row({"first": 10.0, "second": 4.0}, low=24.0)
    rows.row({"first": 5.0, "second": 2.0}, high=13.0)
    state = recorded(form_by_hand(rows, [Priority.LOT_SIZE, Priority.LOT_SIZE], [0, 0]))
    least, most = state.formulation.lower.copy(), state.formulation.upper.copy()
    low, high, point = _fix_column(state, least.copy(), most.copy(), np.array([1.6, 2.0]), 0, -np.inf)
    np.testing.assert_allclose(point.values[:2], [2.0, 1.0], atol=1e-9)
    assert low[0] == high[0] == 2.0
    assert (low[1], high[1]) == (least[1], most[1])
    assert least[1] < 2.0 < most[1]
    assert state.lp.accuracies == [Accuracy.OPTIMAL] * 4


def test_neighbours_are_the_whole_lots_of_the_same_period():
    """Position 0 is asked about; 1 is like it, 2 is not whole, 3 comes later, 4 is a module, and 5 is whole enough."""
    rows = Rows()
    for number in range(6):
        rows.column(number, 1.0, upper=4.0, whole=True)
    rows.row(dict.fromkeys(range(6), 1.0), low=1.0)
    rank = [Priority.LOT_SIZE] * 4 + [Priority.CAPACITY, Priority.LOT_SIZE]
    formulation = form_by_hand(rows, rank, [0, 0, 0, 1, 0, 0])
    values = np.array([1.5, 2.0, 0.5, 1.0, 1.0, 3.0 - 1e-7])
    assert _whole_neighbours(formulation, values, 0).tolist() == [1, 5]
    assert _whole_neighbours(formulation, values, 3).tolist() == [3]
    assert _whole_neighbours(formulation, values, 4).tolist() == []


def once_of(rank):
    """Two choices of which at most one is taken, with their sum in column 2."""
    rows = Rows()
    rows.column("one", -1.0, upper=1.0, whole=True)
    rows.column("two", -1.0, upper=1.0, whole=True)
    rows.row({"one": 1.0, "two": 1.0}, high=1.0)
    formulation = form_by_hand(rows, [rank] * 2, [0, 0], once=[0])
    assert formulation.sos1_members.tolist() == [[0, 2], [1, 2]]
    return formulation


def left_of(formulation, values):
    values = np.array(values)
    node = Node(0.0, 0, np.zeros(len(values)), np.ones(len(values)), values, np.zeros(len(values)), 0.0, None)
    return StrongBranching(state_of(formulation)).fractional(node, 0).tolist()


@pytest.mark.parametrize("rank", [Priority.CHOICE, Priority.STRATEGY])
@pytest.mark.parametrize(
    ("values", "left"),
    [
        ((LIKELY_CHOICE, 0.0, LIKELY_CHOICE), [0]),
        ((0.0, 0.95, 0.95), [1]),
        ((LIKELY_CHOICE - 0.01, 0.0, LIKELY_CHOICE - 0.01), [2]),
        ((0.0, 0.1, 0.1), [2]),
        ((0.0, 1.0, 1.0), []),
        ((1.0 - 0.8e-6, 0.0, 1.0 - 1.5e-6), [2]),
        ((1.5e-6, 0.0, 0.8e-6), [0]),
    ],
)
def test_of_a_sum_and_its_only_choice_one_is_left(rank, values, left):
    assert left_of(once_of(rank), values) == left


@pytest.mark.parametrize("total", [0.5, 0.9])
def test_sum_of_two_choices_and_both_of_them_stay(total):
    values = (0.2, total - 0.2, total)
    assert left_of(once_of(Priority.STRATEGY), values) == [0, 1, 2]
    assert left_of(once_of(Priority.CHOICE), values) == [2], "choices wait for the strategy"


def test_choices_stay_where_their_sum_is_whole():
    assert left_of(once_of(Priority.CHOICE), (0.4, 0.6, 1.0)) == [0, 1]
