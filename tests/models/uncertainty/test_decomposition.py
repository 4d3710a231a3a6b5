"""Plans over trees by decomposition against the tree as one program: bounds lie below its optimum, plans above."""

from __future__ import annotations

import itertools
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from models.case import Scenario, ScenarioValue
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import polish
from models.program import relaxed
from models.solution import Solution
from models.solvers.child import Engine
from models.solvers.engine_pool import EnginePool
from models.solvers.plain import greatest_violation
from models.tables.contract_rows import CommitLevel
from models.tables.strategy_rows import Agreement
from models.uncertainty import solve_tree as solve_tree_module
from models.uncertainty.decomposition.batches import batches_of, branchings
from models.uncertainty.decomposition.decomposed import SOLVER, search_by_scenario
from models.uncertainty.decomposition.dual_ascent import DualAscent, relaxed_paths
from models.uncertainty.decomposition.exact_paths import exact_plan
from models.uncertainty.decomposition.merged_program import merged
from models.uncertainty.decomposition.multipliers import Multipliers
from models.uncertainty.decomposition.path_plans import NO_WORTHS, PathPlans
from models.uncertainty.decomposition.path_programs import NotDecomposableError
from models.uncertainty.decomposition.path_store import PathStore
from models.uncertainty.decomposition.path_tasks import PathTasks
from models.uncertainty.decomposition.representatives import clusters
from models.uncertainty.decomposition.tree_columns import tree_solution
from models.uncertainty.decomposition.tree_plan import TreePlan, _stratified, planned_tree
from models.uncertainty.scenario_tree import scenario_tree
from models.uncertainty.solve_tree import LEAST_FUTURES, solve_tree, why_one_program
from models.verify import verify
from models.worth import without_worths
from planner.manifest import size_of
from planner.results import tables_of
from planner.results.tables_by_path import tables_by_path
from tests.models.branches import late
from tests.models.tiny import add, alone, change, changed, demand, tiny_case
from tests.oracle.random_trees import tree_case

FAST, RANDOM = 10, 40


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as started:
        yield started


def grows(name, factor, period, known):
    return ScenarioValue(
        scenario=name, table="demand", key="chat", column="queries_per_day_million", period=period, effect="multiply",
        value=factor, known_from=known,
    )  # fmt: skip


def two_stages(factors=(1.0, 2.0), chances=(0.6, 0.4)):
    """Work of 100 times a factor from 2028 on, which is known then; orders take a year."""
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0)))
    names = [f"f{number}" for number in range(len(factors))]
    rows = tuple(Scenario(scenario=n, probability=p, revealed="2028") for n, p in zip(names, chances, strict=True))
    values = tuple(grows(n, f, "2028", "2028") for n, f in zip(names, factors, strict=True) if f != 1.0)
    return add(case, scenarios=rows, scenario_values=values)


def three_stages(leaves=(("a", 1.0, 1.0, 0.3), ("b", 1.0, 3.0, 0.2), ("c", 2.0, 1.0, 0.1), ("d", 2.0, 2.0, 0.4))):
    """Two branches in 2028 and two of each in 2029, of unequal chances."""
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0), ("2029", 100.0)))
    rows = tuple(Scenario(scenario=name, probability=chance, revealed="2028") for name, *_, chance in leaves)
    values = [grows(name, early, "2028", "2028") for name, early, _, _ in leaves if early != 1.0]
    values += [grows(name, later, "2029", "2029") for name, _, later, _ in leaves if later != 1.0]
    return add(case, scenarios=rows, scenario_values=tuple(values))


def wide_case(count=9):
    """Work of 50 to 130 from 2028 on, in lots of 30: the gap stays open for a while."""
    factors = tuple(0.5 + 0.1 * number for number in range(count))
    case = two_stages(factors, tuple(1 / count for _ in range(count)))
    return replace(case, offers=tuple(replace(row, lot_size=30.0) for row in case.offers))


def searched(case, engine, gap=1e-6, **options):
    tree = scenario_tree(case)
    return tree, search_by_scenario(tree, engine, SolveOptions(gap=gap), **options)


def optimum(tree, engine):
    """What the best plan of the tree as one program costs, and its model; None where there is none."""
    model = tree.model()
    found = engine.solve(model.program, SolveOptions(gap=0.0), code="highs")
    return model, None if found.status is Status.INFEASIBLE else found.objective


def neutral(seed):
    """A random tree whose objective is the mean."""
    case = tree_case(seed)
    return replace(case, settings=replace(case.settings, risk_aversion=0.0))


def test_a_tree_that_was_solved_by_hand(engine):
    """100 for 2028 or 200 with the chance 0.4, ordered a year before at 2.0 for 100: 200 are ordered, for 4.0."""
    tree, result = searched(two_stages(), engine)
    assert (result.status, result.stop) == (Status.OPTIMAL, Stop.GAP)
    assert result.plan.cost == pytest.approx(4.0)
    assert result.bound == pytest.approx(4.0)
    assert result.plan.costs == pytest.approx([4.0, 4.0])
    model = tree.model()
    values = tree_solution(tree, model, result.plan.structures, result.plan.solutions)
    assert model.program.objective_of(values) == pytest.approx(4.0)


@pytest.mark.parametrize("case", [two_stages((0.5, 1.0, 3.0), (0.5, 0.3, 0.2)), three_stages()])
def test_stages_agree_with_the_tree_as_one_program(engine, case):
    tree, result = searched(case, engine)
    model, best = optimum(tree, engine)
    assert result.bound <= best + 1e-6 * best
    assert result.plan.cost >= best - 1e-6 * best
    # Orders can be divided here, so that nothing lies between.
    assert result.bound == pytest.approx(best, rel=1e-5)
    assert result.plan.cost == pytest.approx(best, rel=1e-5)
    require_checked(tree, model, result)


def require_checked(tree, model, result):
    """Requires that the independent check passes the plan, in the tree's tables."""
    values = tree_solution(tree, model, result.plan.structures, result.plan.solutions)
    outcome = Outcome(
        Status.FEASIBLE, Stop.WORK, SOLVER, "", objective=model.program.objective_of(values), bound=result.bound,
        solution=values,
    )  # fmt: skip
    made = tables_of(Solution(model, without_worths(Solution(model, outcome), NO_WORTHS)))
    tables = {name: list(table.records()) for name, table in made.items()}
    report = verify(tree.case, tables, outcome.objective, futures=model.frame.futures)
    assert report.passed, report.summary()
    require_same_by_path(tree, model, result, made)


def require_same_by_path(tree, model, result, made):
    """Requires that tables made path by path are those of the tree as one program, and pass the check."""
    plans = PathPlans(tree, result.plan.solutions, result.plan.structures, result.plan.costs)
    by_path = tables_by_path(plans)
    size = size_of(model)
    assert (plans.size.columns, plans.size.integer_columns) == (size.columns, size.integer_columns)
    assert list(by_path) == list(made)
    for name, table in made.items():
        assert by_path[name].columns == table.columns
        assert by_future(by_path[name]) == by_future(table), name
    records = {name: table.mappings() for name, table in by_path.items()}
    report = verify(tree.case, records, result.plan.cost, futures=model.frame.futures)
    assert report.passed, report.summary()


def by_future(table):
    """The rows of a table with each future in which they are true: which rows are listed as one is left to rounding."""
    if "node" not in table.columns:
        # Which of two futures of the same cost is dearer is a matter of rounding.
        shown = len(table.columns) - (2 if table.name == "futures" else 0)
        return sorted(rounded_cells(row[:shown]) for row in table.rows)
    *_, place, _ = range(len(table.columns))
    return sorted((rounded_cells(row[:place]), name) for row in table.rows for name in row[place].split(";"))


def rounded_cells(row):
    """A row as texts, with numbers to eight digits: prices and sums are made in another order."""
    return tuple(
        cell if isinstance(cell, str) else "" if cell is None else f"{cell if abs(cell) > 1e-9 else 0.0:.8g}"
        for cell in row
    )


@pytest.mark.parametrize(
    "seeds", [range(FAST), pytest.param(range(FAST, RANDOM), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_random_trees_lie_between_bound_and_plan(engine, seeds):
    """40 random trees: what is proven is no more than the optimum, and the plan costs no less and passes the check."""
    closed = decomposed = 0
    for seed in seeds:
        tree = scenario_tree(neutral(seed))
        if tree is None or len(tree.names) < 2:
            continue
        model, best = optimum(tree, engine)
        try:
            result = search_by_scenario(tree, engine, SolveOptions(gap=1e-4))
        except NotDecomposableError:
            continue
        decomposed += 1
        if best is None:
            assert result.plan is None, f"seed {seed}: a plan where there is none"
            continue
        slack = 1e-6 * max(1.0, abs(best))
        assert result.infeasible is None, f"seed {seed}"
        assert result.bound <= best + slack, f"seed {seed}: bound {result.bound}, optimum {best}"
        if result.plan is not None:
            assert result.plan.cost >= best - slack, f"seed {seed}: plan {result.plan.cost}, optimum {best}"
            require_checked(tree, model, result)
            closed += 1
    assert decomposed >= 0.8 * len(seeds)
    assert closed >= 0.7 * len(seeds)


@pytest.mark.parametrize("seed", [1, 4, 7, 10])
def test_the_paths_together_are_the_tree(engine, seed):
    """The merged program of all paths has the tree's rows, columns and optimum; objectives of paths add up to its."""
    tree = scenario_tree(neutral(seed))
    store, program = PathStore(tree), tree.model().program
    paths = [store[future] for future in range(store.count)]
    together = merged(paths, store.probability, [None] * store.count)
    assert (together.program.column_count, together.program.row_count) == (program.column_count, program.row_count)
    found = [engine.solve(one, SolveOptions(gap=0.0), code="highs") for one in (together.program, program)]
    assert found[0].objective == pytest.approx(found[1].objective, rel=1e-6, abs=1e-6)
    values = found[0].solution
    parts = [path.program.objective_of(values[columns]) for path, columns in zip(paths, together.columns, strict=True)]
    assert store.probability @ parts == pytest.approx(together.program.objective_of(values), rel=1e-9, abs=1e-9)


def test_a_path_that_does_not_fit_what_was_decided_is_searched_anew_and_what_it_finds_is_held(engine):
    """All work is to be served, in lots of 50; of 2028 no lots at all are left in the plan of the first two paths."""
    case = three_stages((("b", 1.0, 3.0, 0.2), ("a", 1.0, 1.0, 0.3), ("c", 2.0, 1.0, 0.1), ("d", 2.0, 2.0, 0.4)))
    workloads = tuple(replace(row, min_service=1.0) for row in case.workloads)
    case = replace(case, offers=tuple(replace(row, lot_size=50.0) for row in case.offers), workloads=workloads)
    store = PathStore(scenario_tree(case))
    node = store.nodes[0][1]
    assert store.nodes[1][1] == node
    emptied = (store.slot_node == node) & store.slot_is_whole
    with EnginePool(engine, SolveOptions(gap=1e-6)) as pool:
        tasks = PathTasks(store, pool)
        plan = planned_tree(tasks, pool, relaxed_paths(tasks, pool), 4)
        assert plan.held[emptied].sum() > 0
        expected = exact_plan(tasks, pool, plan)
        paths = [replace(path, solution=path.solution.copy(), bound=-np.inf) for path in plan.paths]
        for future, path in enumerate(paths):
            path.solution[store.linking[future][emptied[store.slots[future]]]] = 0.0
        found = exact_plan(tasks, pool, TreePlan(tuple(paths), np.where(emptied, 0.0, plan.held), plan.cost))
    # The first path decides by itself now, and no longer for all.
    assert found.cost >= expected.cost * (1 - 1e-6)
    values = [{} for _ in store.slot_node]
    for future, solution in enumerate(found.solutions):
        assert greatest_violation(store[future].program, solution) <= 1e-6
        for slot, value in zip(store.slots[future].tolist(), solution[store.linking[future]].tolist(), strict=True):
            values[slot][value] = True
    assert all(len(known) == 1 for known in values)


def test_duals_are_parted_without_loss(engine):
    """With the multipliers of the tree's own duals the paths' linear programs prove what the tree's does."""
    tree = scenario_tree(three_stages())
    store = PathStore(tree)
    paths = [store[future] for future in range(store.count)]
    together = merged(paths, store.probability, [None] * store.count)
    whole = engine.solve(relaxed(together.program), SolveOptions(), code="glop")
    parts = together.split(whole.row_duals)
    multipliers = Multipliers(store, tuple(own[at] for own, at in zip(parts, store.linking, strict=True)))
    assert multipliers.rounding_loss(store.most) < 1e-6 * whole.objective
    with EnginePool(engine, SolveOptions()) as pool:
        tasks = PathTasks(store, pool)
        proven = [one.bound for one in relaxed_paths(tasks, pool, multipliers)]
        alone = relaxed_paths(tasks, pool)
        assert store.probability @ proven == pytest.approx(whole.objective, rel=1e-6)
        assert store.probability @ [one.bound for one in alone] < whole.objective * (1 - 1e-3)
        ascent = DualAscent(tasks, pool, alone)
        ascent.improve()
        ascent.improve()
    assert ascent.bound == pytest.approx(whole.objective, rel=1e-3)
    assert ascent.bound <= whole.objective * (1 + 1e-9)


def test_centred_multipliers_add_up_to_nothing():
    store = PathStore(scenario_tree(three_stages()))
    draw = np.random.default_rng(1)
    moved = Multipliers(store, tuple(draw.normal(size=len(own)) for own in store.linking)).centred()
    sums = np.zeros(len(store.slot_node))
    for own, slots, chance in zip(moved.values, store.slots, store.probability, strict=True):
        sums[slots] += chance * own
    assert np.abs(sums).max() < 1e-14
    assert np.abs(np.concatenate(moved.values)).max() > 0.1


class Answers(dict):
    """Stores answers in memory, and which were looked up in vain."""

    def __init__(self, known=()):
        super().__init__(known)
        self.missed = []

    def find(self, key):
        if key not in self:
            self.missed.append(key)
        return self.get(key)

    keep = dict.__setitem__


def require_same(one, other):
    assert (one.bound, one.plan.cost, one.status, one.stop) == (other.bound, other.plan.cost, other.status, other.stop)
    for mine, theirs in zip(one.plan.solutions, other.plan.solutions, strict=True):
        assert mine.tobytes() == theirs.tobytes()


def test_the_result_depends_neither_on_workers_nor_on_what_is_stored(engine):
    """Of one and of two workers; with nothing, all and a part stored; nothing that is stored is solved again."""
    case = wide_case()
    expected = searched(case, engine, 1e-2)[1]
    require_same(searched(case, engine, 1e-2, workers=2)[1], expected)
    stored = Answers()
    for answers in (stored, Answers(stored), Answers(list(stored.items())[::3])):
        # Where an engine has nothing loaded it answers the same.
        with Engine.start("native") as fresh:
            fresh.answers, known = answers, set(answers)
            require_same(searched(case, fresh, 1e-2, workers=1 + len(known) % 2)[1], expected)
            assert not known & set(answers.missed)
            assert answers.keys() == stored.keys()
    assert len(stored) > 10


def test_an_infeasible_future_is_named(engine):
    """A hundred times the work, all of which must be served by three lots of fifty units a year."""
    case = two_stages((1.0, 100.0), (0.5, 0.5))
    offers = tuple(replace(row, lot_size=50.0, max_lots_per_period=3) for row in case.offers)
    workloads = tuple(replace(row, min_service=1.0) for row in case.workloads)
    case = replace(case, offers=offers, workloads=workloads)
    tree, result = searched(case, engine)
    assert result.status is Status.INFEASIBLE
    assert tree.names[result.infeasible] == "f1"


def test_a_stopped_search_keeps_what_it_has(engine):
    """Stopped at once there is nothing; stopped at the first plan there is that plan, with a bound that holds."""
    _, at_once = searched(three_stages(), engine, should_stop=lambda: True)
    assert (at_once.status, at_once.stop) == (Status.NOTHING_FOUND, Stop.INTERRUPT)
    seen = []
    has_plan = lambda: any(one.objective for one in seen)  # noqa: E731
    _, early = searched(three_stages(), engine, on_progress=seen.append, should_stop=has_plan)
    assert early.stop is Stop.INTERRUPT
    _, whole = searched(three_stages(), engine)
    assert early.plan.cost >= whole.bound
    assert early.bound <= whole.plan.cost


def test_an_engine_that_is_killed_is_asked_again():
    """Each time a plan or a bound comes in, the engine's process is ended from outside; the result stays the same."""
    with Engine.start("native") as started:
        expected = searched(three_stages(), started)[1]
        kills = []

        def kill(_):
            if len(kills) < 3 and started.pid is not None:
                kills.append(started.pid)
                os.kill(started.pid, signal.SIGKILL)

        result = searched(three_stages(), started, on_progress=kill)[1]
    assert kills
    assert (result.plan.cost, result.bound) == (expected.plan.cost, expected.bound)


def test_what_is_not_decomposed_is_said(engine, monkeypatch):
    case = two_stages((0.5, 1.0, 1.5, 2.0, 2.5, 3.0), (0.1, 0.2, 0.2, 0.2, 0.2, 0.1))
    tree, averse = scenario_tree(case), scenario_tree(changed(case, risk_aversion=0.5))
    options = SolveOptions(gap=1e-4)
    assert why_one_program(tree, tree.model(), options) == "The tree is solved as one program."
    whole = two_stages((0.5, 1.0, 1.5, 2.0, 2.5, 3.0), (0.1, 0.2, 0.2, 0.2, 0.2, 0.1))
    whole = replace(whole, offers=tuple(replace(row, lot_size=10.0) for row in whole.offers))
    tree, averse = scenario_tree(whole), scenario_tree(changed(whole, risk_aversion=0.5))
    assert why_one_program(tree, tree.model(), options) == ""
    assert "risk aversion" in why_one_program(averse, averse.model(), options)
    assert "highs" in why_one_program(tree, tree.model(), replace(options, solver="highs"))
    few = scenario_tree(two_stages())
    assert str(LEAST_FUTURES) in why_one_program(few, few.model(), options)
    at_once = solve_tree(tree, tree.model(), engine, options)
    assert SOLVER not in at_once.solver
    monkeypatch.setattr(solve_tree_module, "MOST_AT_ONCE", 0)
    by_paths = solve_tree(tree, tree.model(), engine, options)
    assert by_paths.solver == SOLVER
    assert by_paths.objective == pytest.approx(at_once.objective, rel=2e-4)
    one = engine.solve(tree.model().program, SolveOptions(gap=0.0), code="highs")
    assert by_paths.bound <= one.objective * (1 + 1e-6)
    assert by_paths.objective >= one.objective * (1 - 1e-6)
    polished = polish(tree.model().program, by_paths, engine=engine, options=options)
    assert polished.objective == pytest.approx(by_paths.objective, rel=1e-6)
    told = solve_tree(averse, averse.model(), engine, options)
    assert "With risk aversion" in told.detail


def test_batches_join_branches_and_leave_nobody_out():
    store = PathStore(scenario_tree(three_stages()))
    levels = branchings(store.scenarios.tree, list(store.nodes))
    assert levels == [[[[0, 1], [2, 3]]], [[[0], [1]], [[2], [3]]]]
    order = np.arange(20)
    for turn in range(3):
        batches = batches_of([[future] for future in range(20)], order, turn, most=8)
        assert sorted(future for batch in batches for future in batch) == list(range(20))
        assert max(len(batch) for batch in batches) <= 8
    assert batches_of([[0, 1], [2, 3]], order, 0) == [[0, 2], [1, 3]]


def test_representatives_stand_for_those_near_them():
    features = np.array([[0.0, 0.0], [0.1, 0.0], [5.0, 0.0], [5.1, 0.0], [5.2, 0.0]])
    found = clusters(features, np.array([0.1, 0.3, 0.2, 0.2, 0.2]), 2)
    assert found.representatives.tolist() == [1, 3]
    assert found.of.tolist() == [0, 0, 1, 1, 1]
    assert found.weights == pytest.approx([0.4, 0.6])
    assert len(clusters(features, np.full(5, 0.2), 9).representatives) == 5


def test_a_small_tree_that_stays_open_gets_the_better_of_both(engine, monkeypatch):
    """The search of the whole tree is cut short; decomposition goes on from its plan, and nothing found gets worse."""
    factors = tuple(0.5 + 0.25 * number for number in range(8))
    case = two_stages(factors, (0.1, 0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.1))
    case = replace(case, offers=tuple(replace(row, lot_size=30.0) for row in case.offers))
    tree = scenario_tree(case)
    model, best = optimum(tree, engine)
    seen = []
    whole = solve_tree_module.solve_model

    def cut_short(model, engine, options, **wishes):
        assert wishes["lp_limit"] == solve_tree_module.FIRST_LPS
        found = whole(model, engine, replace(options, gap=0.5), **wishes)
        return replace(found, status=Status.FEASIBLE, stop=Stop.WORK)

    monkeypatch.setattr(solve_tree_module, "solve_model", cut_short)
    found = solve_tree(tree, model, engine, SolveOptions(gap=1e-5), on_progress=seen.append)
    assert found.solver.endswith(SOLVER)
    assert found.bound <= best * (1 + 1e-6)
    assert found.objective >= best * (1 - 1e-6)
    assert found.objective <= min(one.objective for one in seen if one.objective is not None) * (1 + 1e-9)
    assert found.bound >= max(one.bound for one in seen if one.bound is not None) * (1 - 1e-6)


def test_a_tree_that_is_stopped_before_it_has_a_plan_gets_one_with_its_bound(engine, monkeypatch):
    """Stopped as soon as the paths alone have proven something, it has the first plan, and the bound stays."""
    case = two_stages((0.5, 1.0, 1.5, 2.0, 2.5, 3.0), (0.1, 0.2, 0.2, 0.2, 0.2, 0.1))
    case = replace(case, offers=tuple(replace(row, lot_size=70.0) for row in case.offers))
    tree, seen = scenario_tree(case), []
    monkeypatch.setattr(solve_tree_module, "MOST_AT_ONCE", 0)
    is_proven = lambda: any(one.bound is not None for one in seen)  # noqa: E731
    found = solve_tree(
        tree, tree.model(), engine, SolveOptions(gap=1e-9), on_progress=seen.append, should_stop=is_proven
    )  # fmt: skip
    assert found.stop is Stop.INTERRUPT
    assert found.bound >= max(one.bound for one in seen if one.bound is not None) * (1 - 1e-9)
    assert found.objective >= found.bound
    assert found.solution is not None


@pytest.mark.parametrize("splits", [(10, 10), (10, 10, 10), (4, 3, 2, 5)])
def test_a_reduced_tree_has_as_many_paths_as_are_asked_for_in_any_number_of_stages(splits):
    """More would make its search grow with the stages; two branches at each branching are the least."""
    paths = list(itertools.product(*(range(count) for count in splits)))
    numbers = {prefix: number for number, prefix in enumerate(sorted({path[:t] for path in paths for t in range(9)}))}
    nodes = [np.array([numbers[path[:t]] for t in range(len(splits) + 1)]) for path in paths]
    count = len(paths)
    store = SimpleNamespace(nodes=nodes, probability=np.full(count, 1.0 / count))
    relaxed = [SimpleNamespace(bound=float(future % 7)) for future in range(count)]
    for asked in (8, 12):
        chosen = _stratified(store, range(count), 0, relaxed, asked, 1.0)
        assert max(asked / 2, 2 ** len(splits)) <= len(chosen) <= max(asked, 2 ** len(splits))
        assert sum(one.weight for one in chosen) == pytest.approx(1.0)
        assert len({one.future for one in chosen}) == len(chosen)


def test_levels_whose_excess_carries_leave_futures_the_same_in_what_they_share():
    """What can count by a node is known by then: demand that doubles later makes no row of the first year another."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 100.0))))
    case = add(
        change(case, "offers", "alpha_list", requires=("pact",)),
        agreements=(Agreement(agreement="pact", term_months=36.0, shortfall_usd_per_unit=1000.0),),
        commit_levels=tuple(CommitLevel(agreement="pact", year_of_term=year, amount=40.0, unit="units", carry="excess")
                            for year in (1, 2, 3)),
        scenarios=tuple(Scenario(scenario=name, probability=0.5, revealed="2028") for name in ("same", "more")),
        scenario_values=(ScenarioValue(scenario="more", table="demand", key="chat", column="queries_per_day_million",
                                       period="2028", effect="multiply", value=2.0),),
    )  # fmt: skip
    assert PathStore(scenario_tree(case)).count == 2
