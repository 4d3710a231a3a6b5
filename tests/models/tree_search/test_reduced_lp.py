"""The search's smaller linear programs answer for the whole one: same optimum, whole plans, bounds that are proofs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.program import relaxed
from models.tree_search import reduced_lp as reduced_lp_module
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.lp_protocol import Accuracy, LpStatus
from models.tree_search.reduced_lp import AGGREGATION_LOSS, MAX_REBUILDS
from tests.models.tree_search.fleets import (
    CASES,
    CLOSE,
    SEEDS,
    TIGHT,
    Rows,
    best_of,
    breach,
    fleet,
    formulations_of_cases,
    lean_of,
    narrowed,
    scale_of,
    warm,
)


def proves(part, proofs, lean, gap, lower, upper):
    """Compares an answer for a proof with the whole program's; returns its verdict.

    Ties may leave nothing where the whole program has something: then what costs least is asked for.
    """
    whole, found = best_of(part, lower, upper), lean.solve(lower, upper)
    if found.status is LpStatus.INFEASIBLE and whole.status is LpStatus.OPTIMAL:
        assert lean.aggregated.any()
        found = lean.solve(lower, upper, accuracy=Accuracy.OPTIMAL)
    assert found.status is whole.status
    if whole.status is not LpStatus.OPTIMAL:
        assert found.values is None
        return found.status
    best, cost = part.objective_of(whole.values), part.objective_of(found.values)
    slack = AGGREGATION_LOSS * gap * scale_of(cost)
    assert breach(part, found.values, lower, upper) < CLOSE
    assert best - TIGHT * scale_of(best) <= cost <= best + slack + TIGHT * scale_of(best)
    proven = proofs.bound(found.duals, lower, upper)
    assert cost - slack - CLOSE * scale_of(cost) <= proven <= best + CLOSE * scale_of(best)
    assert found.proven in {None, proven}
    return found.status


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.5])
def test_answer_for_a_proof_costs_and_proves_what_the_whole_program_costs(gap):
    verdicts, untied = [], 0
    for seed in SEEDS if gap else range(8):
        part, chains, bought = fleet(seed)
        proofs, random = DualBounds(part), np.random.default_rng(seed)
        lean = lean_of(part, chains, gap, proofs)
        verdicts.append(proves(part, proofs, lean, gap, part.column_lower, part.column_upper))
        verdicts += [proves(part, proofs, lean, gap, *narrowed(random, part, bought)) for _ in range(6)]
        untied += lean.rebuild_count > 1
    assert verdicts.count(LpStatus.OPTIMAL) > len(verdicts) // 2
    assert verdicts.count(LpStatus.INFEASIBLE) > 0
    assert untied > 0


@pytest.mark.parametrize("name", CASES)
def test_answer_for_a_proof_of_a_real_program_costs_and_proves_what_it_costs(name):
    formulation, guide = formulations_of_cases()[name]
    part, random = relaxed(formulation.program), np.random.default_rng(3)
    lean = lean_of(part, guide.stock_rows, 0.01, formulation.dual_bounds)
    own = formulation.integers[formulation.is_original]
    for _ in range(6):
        columns = random.choice(own, 4, replace=False)
        proves(part, formulation.dual_bounds, lean, 0.01, *narrowed(random, part, columns))


@pytest.mark.parametrize("name", CASES)
def test_no_column_that_a_tree_moves_follows_or_is_tied(name):
    """Bounds of such columns are not looked at any more."""
    formulation, guide = formulations_of_cases()[name]
    lean = lean_of(relaxed(formulation.program), guide.stock_rows, 0.01, formulation.dual_bounds)
    left = lean._substitution.kept
    assert len(lean._chains.rows.later) > 20
    moved = set(formulation.integers.tolist())
    assert moved <= set(np.delete(left, lean._chains.rows.later).tolist())


def test_plan_is_a_plan_of_the_whole_program_and_the_least_is_the_least():
    dearer = solved = without = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        # So wide a gap that an answer good enough for a proof would not be the least.
        lean, random = lean_of(part, chains, 5.0), np.random.default_rng(100 + seed)
        for _ in range(5):
            lower, upper = narrowed(random, part, bought)
            whole = best_of(part, lower, upper)
            plan, least = (
                lean.solve(lower, upper, accuracy=Accuracy.FEASIBLE),
                lean.solve(lower, upper, accuracy=Accuracy.OPTIMAL),
            )
            assert least.status is whole.status
            if plan.status is not whole.status:
                assert plan.status is LpStatus.INFEASIBLE
                without += 1
                continue
            if whole.status is not LpStatus.OPTIMAL:
                continue
            solved += 1
            best = part.objective_of(whole.values)
            for found in (plan, least):
                assert breach(part, found.values, lower, upper) < CLOSE
            assert part.objective_of(plan.values) >= best - TIGHT * scale_of(best)
            assert part.objective_of(least.values) == pytest.approx(best, rel=TIGHT, abs=TIGHT)
            dearer += part.objective_of(plan.values) > best + 1e-3 * scale_of(best)
    assert solved > 50
    assert 0 < without < solved // 4
    assert dearer > 5, "no tie has cost anything, so the least was no better than a plan"


def test_part_is_cut_off_only_where_its_optimum_lies_at_the_cutoff_or_above():
    cut = kept = 0
    for seed in SEEDS:
        part, chains, bought = fleet(seed)
        proofs, random = DualBounds(part), np.random.default_rng(200 + seed)
        lean = lean_of(part, chains, 0.01, proofs)
        for share in (0.5, 0.98, 0.9999, 1.0001, 1.02):
            lower, upper = narrowed(random, part, bought)
            whole = best_of(part, lower, upper)
            if whole.status is not LpStatus.OPTIMAL:
                continue
            best = part.objective_of(whole.values)
            cutoff = best + (share - 1.0) * scale_of(best)
            for accuracy in (Accuracy.DUAL_BOUND, Accuracy.OPTIMAL):
                found = lean.solve(lower, upper, cutoff, accuracy)
                if found.status is LpStatus.INFEASIBLE:
                    assert accuracy is Accuracy.DUAL_BOUND
                    assert lean.aggregated.any()
                elif found.status is LpStatus.CUTOFF:
                    assert best >= cutoff - CLOSE * scale_of(best), f"{seed} {share} {accuracy}"
                    assert found.values is None
                    proven = proofs.bound(found.duals, lower, upper)
                    assert cutoff - CLOSE * scale_of(best) <= proven <= best + CLOSE * scale_of(best)
                    cut += 1
                else:
                    assert found.status is LpStatus.OPTIMAL
                    assert part.objective_of(found.values) <= best + AGGREGATION_LOSS * 0.01 * scale_of(best) + CLOSE
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
    plan = lean.solve(part.column_lower, part.column_upper, accuracy=Accuracy.FEASIBLE)
    assert part.objective_of(plan.values) == pytest.approx(3.0 + 10.0), "the guess: nothing is sold early"
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuild_count > 1
    assert part.objective_of(found.values) == pytest.approx(3.0 + 2.0)
    assert found.proven == pytest.approx(3.0 + 2.0)
    np.testing.assert_allclose(found.values, [10.0, 0.0, 10.0, 0.0, 0.0], atol=1e-9)


def test_stock_that_is_worth_keeping_stays_tied():
    part, chains = early()
    part.objective[-3:] = [-0.1, -0.1, -0.1]
    lean = lean_of(part, chains, 0.001)
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuild_count == 1
    assert part.objective_of(found.values) == pytest.approx(3.0 + 7.0)


def test_only_what_is_sold_early_is_untied_and_everything_once_that_was_too_often(monkeypatch):
    """Held for the first year, sold in the second; the third row follows, as what it ties is sold as well."""
    part, chains = early()
    lean = lean_of(part, chains, 0.001)
    lean.solve(part.column_lower, part.column_upper)
    np.testing.assert_array_equal(lean.aggregated, [True, False, False])
    monkeypatch.setattr(reduced_lp_module, "MAX_REBUILDS", 1)
    lean = lean_of(part, chains, 0.001)
    found = lean.solve(part.column_lower, part.column_upper)
    assert not lean.aggregated.any()
    assert part.objective_of(found.values) == pytest.approx(3.0 + 2.0)


def test_at_gap_zero_nothing_is_untied_for_rounding_errors():
    """No proof equals its cost to the last digit: that alone is no reason to solve another program."""
    for seed in range(10):
        part, chains, bought = fleet(seed)
        part, random = replace(part, constant=0.0), np.random.default_rng(seed)
        lean = lean_of(part, chains, 0.0)
        bounds = [narrowed(random, part, bought) for _ in range(3)]
        for pair in bounds * 2:
            lean.solve(*pair)
        assert lean.rebuild_count <= MAX_REBUILDS + 2, seed
        rebuild_count = lean.rebuild_count
        for pair in bounds:
            lean.solve(*pair)
        assert lean.rebuild_count == rebuild_count, seed
    formulation, guide = formulations_of_cases()["mid-size"]
    part = relaxed(formulation.program)
    lean = lean_of(part, guide.stock_rows, 0.0, formulation.dual_bounds)
    found = lean.solve(part.column_lower, part.column_upper)
    assert lean.rebuild_count <= MAX_REBUILDS + 2
    assert lean.aggregated.sum() > len(lean.aggregated) // 2
    assert found.proven == pytest.approx(part.objective_of(best_of(part).values), rel=1e-9)


def test_small_program_is_not_tied_at_all():
    part, chains, _ = fleet(0)
    for least, is_tied in (
        (part.column_count, True),
        (part.column_count + 1, False),
        (reduced_lp_module.AGGREGATE_FROM, False),
    ):
        lean = reduced_lp_module.ReducedLp(part, chains, warm, DualBounds(part), 0.001, aggregate_from=least)
        assert lean.aggregated.any() == is_tied
        assert lean.solve(part.column_lower, part.column_upper).status is LpStatus.OPTIMAL
