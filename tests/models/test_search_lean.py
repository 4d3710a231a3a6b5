"""The search's smaller linear programs answer for the whole one: same optimum, whole plans, bounds that are proofs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.program import Program
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation, relaxed
from models.solvers.search import lean as lean_module
from models.solvers.search.form import form_of
from models.solvers.search.lean import LOSS, MOST_REBUILT, Lean
from models.solvers.search.proof import Proofs
from models.solvers.search.relaxation import Care, Verdict
from models.solvers.search.substitute import substituted
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from planner.case import read_case

INPUTS = Path(__file__).parents[2] / "inputs"
CASES = ("make-or-buy-2023", "mid-size")
CLOSE = 1e-7
TIGHT = 1e-8
SEEDS = range(30)


class Rows:
    """A program while it is written down: columns by name, rows as pairs of a column and its coefficient."""

    def __init__(self):
        self.numbers, self.costs, self.lowers, self.uppers, self.whole = {}, [], [], [], []
        self.rows, self.sides = [], []

    def column(self, name, cost, lower=0.0, upper=np.inf, whole=False):
        self.numbers[name] = len(self.costs)
        self.costs.append(cost)
        self.lowers.append(lower)
        self.uppers.append(upper)
        self.whole.append(whole)

    def row(self, terms, low=-np.inf, high=np.inf):
        self.rows.append(sorted((self.numbers[name], value) for name, value in terms.items()))
        self.sides.append((low, high))
        return len(self.rows) - 1

    def program(self):
        low, high = np.array(self.sides, dtype=float).T
        return Program(
            objective=np.array(self.costs, dtype=float),
            constant=3.0,
            column_lower=np.array(self.lowers, dtype=float),
            column_upper=np.array(self.uppers, dtype=float),
            is_integer=np.array(self.whole, dtype=bool),
            starts=np.cumsum([0] + [len(row) for row in self.rows]).astype(np.int64),
            columns=np.array([column for row in self.rows for column, _ in row], dtype=np.int64),
            values=np.array([value for row in self.rows for _, value in row], dtype=float),
            row_lower=low,
            row_upper=high,
            column_names=(),
            row_names=(),
        )


def fleet(seed):
    """Vintages that are bought, kept, used and sold; returns the program, its chain rows and the bought columns.

    Selling early pays now and then, and the least service makes some bounds contradictory.
    """
    random = np.random.default_rng(seed)
    rows, chains = Rows(), []
    periods = int(random.integers(3, 6))
    resale = random.choice([0.0, 2.0, 6.0]) * random.uniform(0.3, 1.0, periods)
    rows.column("peak", random.uniform(0.1, 2.0))
    for t in range(periods):
        rows.column(f"bought{t}", random.uniform(5.0, 9.0) * 0.9**t, upper=float(random.integers(2, 9)))
        rows.column(f"unserved{t}", random.uniform(2.0, 12.0))
        rows.column(f"power{t}", random.uniform(0.0, 0.4))
        rows.column(f"grid{t}", random.uniform(0.0, 0.1))
    for v in range(periods):
        for t in range(v, periods):
            share = random.uniform(0.8, 1.0)
            kept_on = random.uniform(0.0, 0.5) - (random.uniform(0.0, 1.0) if t == periods - 1 else 0.0)
            rows.column(f"stock{v},{t}", kept_on + resale[t] - (share * resale[t + 1] if t + 1 < periods else 0.0))
            rows.column(f"work{v},{t}", random.uniform(0.0, 0.1))
            before = {f"bought{v}": -1.0} if t == v else {f"stock{v},{t - 1}": -share}
            chains.append(rows.row({f"stock{v},{t}": 1.0, **before}, high=0.0))
            rows.row({f"work{v},{t}": 1.0, f"stock{v},{t}": -random.uniform(0.8, 1.5)}, high=0.0)
    for t in range(periods):
        worked = {f"work{v},{t}": 1.0 for v in range(t + 1)}
        demand = random.uniform(2.0, 9.0)
        rows.row({**worked, f"unserved{t}": 1.0}, low=demand)
        rows.row({f"power{t}": 2.0, **{f"stock{v},{t}": -random.uniform(0.5, 2.0) for v in range(t + 1)}}, low=0.0)
        # Written the other way round: at most 0, and the column is asked for by a negative coefficient.
        rows.row({f"power{t}": 1.1, f"grid{t}": -1.0}, high=0.0)
        rows.row({"peak": 1.0, f"grid{t}": -1.0}, low=-0.5)
        if random.random() < 0.3:
            rows.row(worked, low=0.3 * demand)
    if random.random() < 0.5:
        rows.row({**{f"power{t}": 1.0 for t in range(periods)}, "peak": 1.0}, high=random.uniform(15.0, 60.0))
    bought = np.array([rows.numbers[f"bought{t}"] for t in range(periods)])
    return rows.program(), np.array(chains), bought


def warm(part):
    return WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)


def best_of(part, lower=None, upper=None):
    """The answer for the whole program, from a cold start."""
    low = part.column_lower if lower is None else lower
    return warm(part).solve(low, part.column_upper if upper is None else upper)


def scale_of(cost):
    return max(1.0, abs(cost))


def narrowed(random, part, columns):
    """Bounds as a tree gives them: some of these columns held, bounded from below or from above."""
    lower, upper = part.column_lower.copy(), part.column_upper.copy()
    for column in columns:
        value = float(random.integers(lower[column], min(upper[column], lower[column] + 20.0) + 1))
        kind = random.integers(4)
        lower[column] = value if kind in (0, 1) else lower[column]
        upper[column] = value if kind in (0, 2) else upper[column]
    return lower, upper


def breach(part, values, lower, upper):
    return greatest_violation(replace(part, column_lower=lower, column_upper=upper), values)


def lean_of(part, chains, gap, proofs=None):
    return Lean(part, chains, warm, Proofs(part) if proofs is None else proofs, gap)


@pytest.fixture(scope="module")
def forms():
    """Form and guide of real cases."""
    models = {name: build(read_case(INPUTS / name).case) for name in CASES}
    return {name: (form_of(model.program, guide_of(model)), guide_of(model)) for name, model in models.items()}


def same_optimum(part, stays):
    """Solves both programs, checks the ways back and returns how many columns are gone."""
    small = substituted(part, stays)
    assert small.program.column_count == part.column_count - len(small.gone)
    assert small.program.row_count == part.row_count - len(small.gone)
    assert not stays[small.gone].any()
    whole, less = best_of(part), best_of(small.program)
    assert whole.verdict is less.verdict is Verdict.SOLVED
    cost = part.objective_of(whole.values)
    assert small.program.objective_of(less.values) == pytest.approx(cost, rel=TIGHT, abs=TIGHT)
    lifted = small.lifted(less.values)
    assert greatest_violation(part, lifted) < CLOSE
    assert part.objective_of(lifted) == pytest.approx(cost, rel=TIGHT, abs=TIGHT)
    np.testing.assert_array_equal(lifted[small.kept], less.values)
    proven = Proofs(part).bound(small.priced(less.duals), part.column_lower, part.column_upper)
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
def test_real_program_without_what_follows_has_the_same_optimum_plan_and_proof(forms, name):
    whole = relaxed(forms[name][0].program)
    assert same_optimum(whole, np.zeros(whole.column_count, dtype=bool)) > 40


def test_program_with_everything_marked_stays_as_it_is():
    part, _, _ = fleet(0)
    small = substituted(part, np.ones(part.column_count, dtype=bool))
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
    return substituted(part, np.zeros(part.column_count, dtype=bool)).gone.tolist()


def test_column_that_one_row_asks_for_is_put_in_its_place_by_hand():
    small = substituted(followed().program(), np.zeros(2, dtype=bool))
    assert small.gone.tolist() == [1]
    np.testing.assert_array_equal(small.program.objective, [-2.0])
    np.testing.assert_array_equal(small.lifted(np.array([4.0])), [4.0, 4.0])
    np.testing.assert_array_equal(small.priced(np.empty(0)), [1.0])
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
        small = substituted(part, stays)
        found += len(small.gone)
        row_of = part.row_of_entries()
        for column, by in zip(small.gone.tolist(), small.by.tolist(), strict=True):
            entries = np.flatnonzero(part.columns == column)
            low, high, up = part.row_lower[row_of[entries]], part.row_upper[row_of[entries]], part.values[entries] > 0
            asking = row_of[entries][np.where(up, np.isfinite(low), np.isfinite(high))]
            assert asking.tolist() == [by], f"{seed}: {column} is asked for by {asking}"
            assert not (np.isfinite(low) & np.isfinite(high)).any()
            assert not stays[column]
            assert not part.is_integer[column]
            assert part.column_upper[column] == np.inf
            assert part.objective[column] >= 0.0
            assert least_asked(part, column, by) >= part.column_lower[column] - 1e-9
            in_row = part.columns[part.starts[by] : part.starts[by + 1]]
            assert set(in_row.tolist()) & set(small.gone.tolist()) == {column}
        whole, less = best_of(relaxed(part)), best_of(relaxed(small.program))
        if whole.verdict is Verdict.SOLVED:
            cost = part.objective_of(whole.values)
            assert small.program.objective_of(less.values) == pytest.approx(cost, rel=1e-7, abs=1e-7), seed
            assert greatest_violation(part, small.lifted(less.values)) < CLOSE
    assert found > 50


def proves(part, proofs, lean, gap, lower, upper):
    """Compares an answer for a proof with the whole program's; returns its verdict."""
    whole, found = best_of(part, lower, upper), lean.solve(lower, upper)
    assert found.verdict is whole.verdict
    if whole.verdict is not Verdict.SOLVED:
        assert found.values is None
        return found.verdict
    best, cost = part.objective_of(whole.values), part.objective_of(found.values)
    slack = LOSS * gap * scale_of(cost)
    assert breach(part, found.values, lower, upper) < CLOSE
    assert best - TIGHT * scale_of(best) <= cost <= best + slack + TIGHT * scale_of(best)
    proven = proofs.bound(found.duals, lower, upper)
    assert cost - slack - CLOSE * scale_of(cost) <= proven <= best + CLOSE * scale_of(best)
    assert found.proven in {None, proven}
    return found.verdict


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.5])
def test_answer_for_a_proof_costs_and_proves_what_the_whole_program_costs(gap):
    verdicts, untied = [], 0
    for seed in SEEDS if gap else range(8):
        part, chains, bought = fleet(seed)
        proofs, random = Proofs(part), np.random.default_rng(seed)
        lean = lean_of(part, chains, gap, proofs)
        verdicts.append(proves(part, proofs, lean, gap, part.column_lower, part.column_upper))
        verdicts += [proves(part, proofs, lean, gap, *narrowed(random, part, bought)) for _ in range(6)]
        untied += lean.rebuilt > 1
    assert verdicts.count(Verdict.SOLVED) > len(verdicts) // 2
    assert verdicts.count(Verdict.EMPTY) > 0
    assert untied > 0


@pytest.mark.parametrize("name", CASES)
def test_answer_for_a_proof_of_a_real_program_costs_and_proves_what_it_costs(forms, name):
    form, guide = forms[name]
    part, random = relaxed(form.program), np.random.default_rng(3)
    lean = lean_of(part, guide.chains, 0.01, form.proofs)
    own = form.whole[form.own]
    for _ in range(6):
        columns = random.choice(own, 4, replace=False)
        proves(part, form.proofs, lean, 0.01, *narrowed(random, part, columns))


@pytest.mark.parametrize("name", CASES)
def test_no_column_that_a_tree_moves_follows_or_is_tied(forms, name):
    """Bounds of such columns are not looked at any more."""
    form, guide = forms[name]
    lean = lean_of(relaxed(form.program), guide.chains, 0.01, form.proofs)
    left = lean._exact.kept
    assert len(lean._chains.later) > 20
    moved = set(form.whole.tolist())
    assert moved <= set(np.delete(left, lean._chains.later).tolist())


def test_plan_is_a_plan_of_the_whole_program_and_the_least_is_the_least():
    dearer = solved = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        # So wide a gap that an answer good enough for a proof would not be the least.
        lean, random = lean_of(part, chains, 5.0), np.random.default_rng(100 + seed)
        for _ in range(5):
            lower, upper = narrowed(random, part, bought)
            whole = best_of(part, lower, upper)
            plan, least = lean.solve(lower, upper, care=Care.PLAN), lean.solve(lower, upper, care=Care.LEAST)
            assert plan.verdict is least.verdict is whole.verdict
            if whole.verdict is not Verdict.SOLVED:
                continue
            solved += 1
            best = part.objective_of(whole.values)
            for found in (plan, least):
                assert breach(part, found.values, lower, upper) < CLOSE
            assert part.objective_of(plan.values) >= best - TIGHT * scale_of(best)
            assert part.objective_of(least.values) == pytest.approx(best, rel=TIGHT, abs=TIGHT)
            dearer += part.objective_of(plan.values) > best + 1e-3 * scale_of(best)
    assert solved > 50
    assert dearer > 5, "no tie has cost anything, so the least was no better than a plan"


def test_part_is_cut_off_only_where_its_optimum_lies_at_the_cutoff_or_above():
    cut = kept = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        proofs, random = Proofs(part), np.random.default_rng(200 + seed)
        lean = lean_of(part, chains, 0.01, proofs)
        for share in (0.5, 0.98, 0.9999, 1.0001, 1.02):
            lower, upper = narrowed(random, part, bought)
            whole = best_of(part, lower, upper)
            if whole.verdict is not Verdict.SOLVED:
                continue
            best = part.objective_of(whole.values)
            cutoff = best + (share - 1.0) * scale_of(best)
            for care in (Care.PROOF, Care.LEAST):
                found = lean.solve(lower, upper, cutoff, care)
                if found.verdict is Verdict.CUT_OFF:
                    assert best >= cutoff - CLOSE * scale_of(best), f"{seed} {share} {care}"
                    assert found.values is None
                    proven = proofs.bound(found.duals, lower, upper)
                    assert cutoff - CLOSE * scale_of(best) <= proven <= best + CLOSE * scale_of(best)
                    cut += 1
                else:
                    assert found.verdict is Verdict.SOLVED
                    assert part.objective_of(found.values) <= best + LOSS * 0.01 * scale_of(best) + CLOSE
                    kept += 1
    assert cut > 20
    assert kept > 20


def early():
    """Ten bought for 1 each serve a demand of 10 now; in a year each sells for 0.8, and in two for 0.1."""
    rows = Rows()
    rows.column("bought", 1.0, upper=20.0)
    rows.column("unserved", 5.0)
    for t, cost in enumerate((0.0 - 0.8, 0.8 - 0.1, 0.1)):
        rows.column(f"stock{t}", cost)
    chains = [rows.row({"stock0": 1.0, "bought": -1.0}, high=0.0)]
    chains += [rows.row({f"stock{t}": 1.0, f"stock{t - 1}": -1.0}, high=0.0) for t in (1, 2)]
    rows.row({"stock0": 1.0, "unserved": 1.0}, low=10.0)
    return rows.program(), np.array(chains)


def test_selling_early_where_it_pays_unties_the_stock_by_hand():
    """Bought and sold: 20 × (1 − 0.8) is paid for 20, 2 for ten; held to the end each costs 1."""
    part, chains = early()
    lean = lean_of(part, chains, 0.001)
    plan = lean.solve(part.column_lower, part.column_upper, care=Care.PLAN)
    assert part.objective_of(plan.values) == pytest.approx(3.0 + 10.0), "the guess: nothing is sold early"
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuilt > 1
    assert part.objective_of(found.values) == pytest.approx(3.0 + 2.0)
    assert found.proven == pytest.approx(3.0 + 2.0)
    np.testing.assert_allclose(found.values, [10.0, 0.0, 10.0, 0.0, 0.0], atol=1e-9)


def test_stock_that_is_worth_keeping_stays_tied():
    part, chains = early()
    part.objective[-3:] = [-0.1, -0.1, -0.1]
    lean = lean_of(part, chains, 0.001)
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuilt == 1
    assert part.objective_of(found.values) == pytest.approx(3.0 + 7.0)


def test_twin_gives_the_answers_of_the_one_it_comes_from_and_leaves_it_alone():
    untied = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        lean, random = lean_of(part, chains, 0.001), np.random.default_rng(300 + seed)
        lean.solve(part.column_lower, part.column_upper)
        twin = lean.twin(None)
        assert twin is not lean
        assert lean.twin(twin) is twin
        rebuilt, tied = lean.rebuilt, lean._tied.copy()
        untied += rebuilt > 1
        bounds = [narrowed(random, part, bought) for _ in range(4)]
        others = [[twin.solve(*pair, care=care) for care in Care] for pair in bounds]
        assert lean.rebuilt == rebuilt
        np.testing.assert_array_equal(lean._tied, tied)
        for pair, answers in zip(bounds, others, strict=True):
            for care, other in zip(Care, answers, strict=True):
                own = lean.solve(*pair, care=care)
                assert other.verdict is own.verdict
                if own.verdict is Verdict.SOLVED and care is not Care.PLAN:
                    cost = part.objective_of(own.values)
                    slack = (TIGHT + LOSS * 0.001) * scale_of(cost)
                    assert part.objective_of(other.values) == pytest.approx(cost, abs=slack)
    assert untied > 0


def test_twin_of_one_that_has_untied_more_since_is_made_anew():
    part, chains = early()
    lean = lean_of(part, chains, 0.001)
    first = lean.twin(None)
    lean.solve(part.column_lower, part.column_upper)
    assert lean.twin(first) is not first
    cost = part.objective_of(lean.twin(first).solve(part.column_lower, part.column_upper, care=Care.PLAN).values)
    assert cost == pytest.approx(3.0 + 2.0), "the twin still ties what the search has untied"


def test_only_what_is_sold_early_is_untied_and_everything_once_that_was_too_often(monkeypatch):
    """Held for the first year, sold in the second; the third row follows, as what it ties is sold as well."""
    part, chains = early()
    lean = lean_of(part, chains, 0.001)
    lean.solve(part.column_lower, part.column_upper)
    np.testing.assert_array_equal(lean._tied, [True, False, False])
    monkeypatch.setattr(lean_module, "MOST_REBUILT", 1)
    lean = lean_of(part, chains, 0.001)
    found = lean.solve(part.column_lower, part.column_upper)
    assert not lean._tied.any()
    assert part.objective_of(found.values) == pytest.approx(3.0 + 2.0)


def test_at_gap_zero_nothing_is_untied_for_rounding_errors(forms):
    """No proof equals its cost to the last digit: that alone is no reason to solve another program."""
    for seed in range(10):
        part, chains, bought = fleet(seed)
        part, random = replace(part, constant=0.0), np.random.default_rng(seed)
        lean = lean_of(part, chains, 0.0)
        bounds = [narrowed(random, part, bought) for _ in range(3)]
        for pair in bounds * 2:
            lean.solve(*pair)
        assert lean.rebuilt <= MOST_REBUILT + 2, seed
        rebuilt = lean.rebuilt
        for pair in bounds:
            lean.solve(*pair)
        assert lean.rebuilt == rebuilt, seed
    form, guide = forms["mid-size"]
    part = relaxed(form.program)
    lean = lean_of(part, guide.chains, 0.0, form.proofs)
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuilt <= MOST_REBUILT + 2
    assert lean._tied.sum() > len(lean._tied) // 2
    assert found.proven == pytest.approx(part.objective_of(best_of(part).values), rel=1e-9)
