"""The oracle checks itself: hand-solved cases, two formulations that agree, and random cases that can be solved."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from models.case import TABLES
from tests.oracle import textbook_moves, textbook_shocks
from tests.oracle.brute_force import brute_force
from tests.oracle.clock import Clock, resale_fraction
from tests.oracle.exact_lp import maximise
from tests.oracle.hand_base import offer, plain, resale, settings
from tests.oracle.hand_cases import HAND_CASES
from tests.oracle.random_carbon import carbon_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_contracts import FORMS, contract_case
from tests.oracle.random_leases import handed_over_case
from tests.oracle.random_shocks import disrupted_case
from tests.oracle.textbook import solve_textbook

TINY_SEEDS = int(os.environ.get("ORACLE_TINY_SEEDS", "40"))
SMALL_SEEDS = int(os.environ.get("ORACLE_SMALL_SEEDS", "12"))
PLAIN_ACCURACY = 1e-9
# CBC writes its solution with eight digits, so its objective is known no better.
SOLVER_ACCURACY = 1e-7


def close(left, right, accuracy):
    """True when two objectives agree, relative to the larger of them and one."""
    return abs(left - right) <= accuracy * max(1.0, abs(left), abs(right))


@pytest.mark.parametrize("hand", HAND_CASES, ids=lambda hand: hand.name)
def test_textbook_finds_the_objective_solved_by_hand(hand):
    solved = solve_textbook(hand.case, "highs")
    assert solved.status == "optimal"
    assert close(solved.objective, hand.expected, PLAIN_ACCURACY), hand.arithmetic


MISTAKES = {
    "lead_of_four_months_takes_two_quarters": (Clock, "lag", lambda clock, months: int(months // clock.step)),
    "yearly_rates_are_prorated_in_quarters": (Clock, "years", property(lambda clock: 1.0)),
    "half_years_are_discounted_from_their_middle": (
        Clock,
        "discount",
        lambda clock, rate, t: (1 + rate) ** -(t * clock.years),
    ),
    "gate_opens_when_the_programme_is_ready": (
        textbook_moves,
        "ready",
        lambda book, gate, t, true=textbook_moves.ready: true(book, gate, t + 1),
    ),
    "budget_of_a_year_binds_the_year": (
        Clock,
        "merged",
        lambda clock, rows: [([t], amount / 4, False) for _, amount, _ in rows for t in clock.periods],
    ),
    "order_of_before_arrives_as_soon_as_the_lead_has_shrunk": (
        textbook_shocks,
        "lead_at",
        lambda book, offer, t, true=textbook_shocks.lead_at: true(book, offer, t - 1),
    ),
    "slip_before_ready_opens_the_gate_later": (
        textbook_shocks,
        "delay_months",
        lambda book, item, t, true=textbook_shocks.delay_months: true(book, item, t - 1),
    ),
    "failed_programme_is_never_ready": (
        textbook_shocks,
        "failed",
        lambda book, item, t: any(
            book.clock.step_value([(row.period, row.fails) for row in book.case.delays if row.item == item], u)
            for u in [t]
        ),
    ),
    "deal_that_fails_while_late_pays_back_then": (
        textbook_moves,
        "refunded",
        lambda book, row, signed: signed + book.clock.lag(row.months_to_close),
    ),
    "deal_that_fails_after_closing_pays_nothing_back": (
        textbook_moves,
        "refunded",
        lambda book, row, signed: signed + 2,
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_hand_case_notices_the_mistake_that_it_is_named_after(name, monkeypatch):
    hand = next(h for h in HAND_CASES if h.name == name)
    monkeypatch.setattr(*MISTAKES[name])
    solved = solve_textbook(hand.case, "cbc")
    assert not close(solved.objective, hand.expected, 1e-6)


@pytest.mark.parametrize("solver", ["scip", "highs"])
def test_every_engine_keeps_the_constant_of_the_objective(solver):
    hand = next(h for h in HAND_CASES if h.name == "half_years_are_discounted_from_their_middle")
    solved = solve_textbook(hand.case, solver)
    assert solved.status == "optimal"
    assert close(solved.objective, hand.expected, PLAIN_ACCURACY)
    assert close(solved.bound, hand.expected, PLAIN_ACCURACY)


def test_ledger_of_the_textbook_adds_up_to_its_objective():
    solved = solve_textbook(random_case(3), "cbc")
    assert close(sum(solved.totals().values()), solved.objective, SOLVER_ACCURACY)


@pytest.mark.parametrize("seed", range(TINY_SEEDS))
def test_brute_force_and_textbook_agree(seed):
    case = random_case(seed, "tiny")
    counted = brute_force(case)
    solved = solve_textbook(case, "cbc")
    assert solved.status == "optimal"
    assert close(solved.objective, counted.objective, SOLVER_ACCURACY)


@pytest.mark.parametrize("seed", range(TINY_SEEDS))
def test_brute_force_and_textbook_agree_on_disrupted_cases(seed):
    case = disrupted_case(seed, "tiny", backlogs=False)
    counted = brute_force(case)
    solved = solve_textbook(case, "cbc")
    assert solved.status == "optimal"
    assert close(solved.objective, counted.objective, SOLVER_ACCURACY)


@pytest.mark.slow
def test_brute_force_and_textbook_agree_on_many_cases():
    apart = []
    drawn = [(seed, random_case(seed, "tiny")) for seed in range(75)]
    drawn += [(seed, disrupted_case(seed, "tiny", backlogs=False)) for seed in range(75)]
    for seed, case in drawn:
        counted, solved = brute_force(case), solve_textbook(case, "cbc")
        if solved.objective is None:
            # CBC calls a few of these infeasible in its cut generators.
            solved = solve_textbook(case, "highs")
        if solved.objective is None or not close(solved.objective, counted.objective, SOLVER_ACCURACY):
            apart.append((seed, solved.objective, counted.objective))
    assert apart == []


@pytest.mark.parametrize("seed", range(SMALL_SEEDS))
def test_small_random_case_is_feasible_and_two_codes_agree(seed):
    case = random_case(seed)
    first, second = solve_textbook(case, "cbc"), solve_textbook(case, "scip")
    assert (first.status, second.status) == ("optimal", "optimal")
    assert close(first.objective, second.objective, 1e-6)


def test_random_cases_cover_every_table_but_those_of_uncertainty():
    cases = [random_case(seed) for seed in range(50)]
    used = {table for table in TABLES if any(getattr(case, table) for case in cases)}
    shocks = {"lead_times", "backlogs", "site_series", "delays"}
    contracts = {"commit_levels", "facilities", "milestones", "milestone_values"}
    assert set(TABLES) - used == shocks | contracts | {
        "open_leases",
        "carbon_limits",
        "disruptions",
        "past_orders",
        "roles",
        "scenarios",
        "scenario_values",
        "uncertain",
    }
    assert all(handed_over_case(seed).open_leases for seed in range(50))
    assert all(carbon_case(seed).carbon_limits for seed in range(50))
    cases = [contract_case(seed, forms=FORMS) for seed in range(50)]
    assert contracts <= {table for table in TABLES if any(getattr(case, table) for case in cases)}
    cases = [disrupted_case(seed) for seed in range(50)]
    assert shocks <= {table for table in TABLES if any(getattr(case, table) for case in cases)}
    assert {kind for case in cases for kind in (tier.kind for tier in case.price_tiers)} == {"incremental", "all_units"}
    assert len({policy.kind for case in cases for policy in case.policies}) == 6


@pytest.mark.parametrize("table", ["lead_times", "backlogs", "site_series", "delays"])
def test_disruptions_change_what_random_cases_cost(table):
    moved = []
    for case in [case for case in map(disrupted_case, range(30)) if getattr(case, table)][:12]:
        costs = [solve_textbook(one, "cbc").objective for one in (case, replace(case, **{table: ()}))]
        # Without its backlog a case whose leads have changed may have no plan.
        moved.append(None in costs or abs(costs[0] - costs[1]) > 1e-4)
    assert sum(moved) >= 2


def test_random_case_depends_on_its_seed_alone():
    assert disrupted_case(7) == disrupted_case(7)
    assert random_case(7) == random_case(7)
    assert random_case(7) != random_case(8)


def test_brute_force_refuses_what_it_cannot_enumerate():
    with pytest.raises(ValueError, match="early retirement"):
        brute_force(plain())


def test_brute_force_refuses_backlogs():
    case = next(case for case in (disrupted_case(seed, "tiny") for seed in range(50)) if case.backlogs)
    with pytest.raises(ValueError, match="backlogs"):
        brute_force(case)


def test_brute_force_finds_a_plan_by_hand():
    """Three lots of 40 for 100 queries/s at 20,000 USD: 2.4. Two would leave 20 unserved: 1.6 + 0.63072 = 2.23072."""
    case = settings(plain(), early_retirement=False)
    case = offer(case, lot_size=40.0, max_lots_per_period=3.0, sites=("north",))
    assert close(brute_force(case).objective, 2.23072, PLAIN_ACCURACY)


def test_exact_simplex_solves_a_textbook_program():
    """3x + 5y with x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18 is 36 at x = 2, y = 6."""
    value, point = maximise({"x": 3, "y": 5}, [{"x": 1}, {"y": 2}, {"x": 3, "y": 2}], [4, 12, 18])
    assert (value, point) == (36, {"x": 2, "y": 6})


def test_exact_simplex_says_when_there_is_no_bound():
    with pytest.raises(ValueError, match="unbounded"):
        maximise({"x": 1}, [{"x": -1}], [1])


def test_clock_rounds_lags_up_and_lives_down():
    clock = Clock.of(plain(period="quarter", start="2027Q3", periods=6).settings)
    assert [clock.lag(months) for months in (0, 0.1, 3, 3.1, 4)] == [0, 1, 1, 2, 2]
    assert [clock.life(years) for years in (0.1, 0.25, 0.74, 1.0)] == [1, 1, 2, 4]
    assert [clock.label(t) for t in (-1, 0, 2)] == ["2027Q2", "2027Q3", "2028Q1"]
    assert clock.inside("2028") == [2, 3, 4, 5]


def test_rows_finer_than_a_period_are_added_up():
    clock = Clock.of(plain(period="half", start="2027H1", periods=3).settings)
    rows = [("2027Q1", 1.0, False), ("2027Q2", 2.0, True), ("2027H2", 4.0, False), ("2028Q1", None, False)]
    assert clock.merged(rows) == [([0], 3.0, True), ([1], 4.0, False), ([2], None, False)]


def test_resale_is_linear_between_ages_and_nothing_after_the_last():
    case = resale(plain(), (1.0, 0.6), (3.0, 0.2))
    found = [resale_fraction(case, "gpu", age) for age in (0.0, 1.0, 2.0, 3.0, 3.1)]
    assert found == pytest.approx([0.6, 0.6, 0.4, 0.2, 0.0])


def test_value_left_is_discounted_to_the_end_of_the_lookahead():
    """A year reported and one more optimised: 100 units bought at 20,000 USD are worth 0.4 of it after two years."""
    case = resale(settings(plain(rate=0.1), lookahead_periods=1), (2.0, 0.4))
    expected = 2.0 * 1.1**-0.5 - 0.8 * 1.1**-2
    assert close(solve_textbook(case, "cbc").objective, expected, PLAIN_ACCURACY)


def test_more_of_a_limit_never_costs_more_and_sometimes_less():
    saved = []
    for case in [case for case in map(random_case, range(25)) if case.limits]:
        wider = replace(case, limits=tuple(replace(row, amount=None) for row in case.limits))
        saved.append(solve_textbook(case, "cbc").objective - solve_textbook(wider, "cbc").objective)
    assert min(saved) >= -1e-6
    assert max(saved) > 1e-3
