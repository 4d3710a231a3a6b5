"""The 24 programs whose plans, bounds and amounts of work are pinned, and what is pinned of each.

`python -m tests.models.tree_search.programs` writes `pinned_plans.json` anew, after a change meant to move them.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.build import build_from
from models.frame import frame_of
from models.outcome import SolveOptions
from models.program import Program
from models.solvers.child import Engine
from models.solvers.wire import Search
from models.stages import guide_of, large_guide_of
from models.tree import branching
from models.tree_search.branching_guide import NO_SERIES, BranchingGuide, Priority, default_guide
from planner.case import read_case
from tests.models.tree_search.fleets import fleet
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[3] / "inputs"
PINNED = Path(__file__).with_name("pinned_plans.json")
LP_LIMIT = 3_000
_NUMBERS = ("objective", "column_lower", "column_upper", "values", "row_lower", "row_upper")


@dataclass(frozen=True)
class Pinned:
    """A program with the guide of its search; it ends by the gap or by a count of linear programs."""

    program: Program
    guide: BranchingGuide
    gap: float = 1e-4
    lp_limit: int = LP_LIMIT
    hint: np.ndarray | None = None


def as_given(*cases, tree=None):
    """The model of a case with columns and rows in the order of its tables, as they were pinned."""
    return build_from(frame_of(cases, tree))


def knapsack(seed, rows, columns):
    """The greatest value, as a cost, of whole numbers of things under several limits."""
    random = np.random.default_rng(seed)
    weights = random.integers(5, 60, size=(rows, columns)).astype(float)
    return Program(
        objective=-(weights.mean(axis=0) + random.integers(1, 15, columns)),
        constant=0.0,
        column_lower=np.zeros(columns),
        column_upper=random.integers(1, 4, columns).astype(float),
        is_integer=np.ones(columns, dtype=bool),
        starts=np.arange(0, rows * columns + 1, columns),
        columns=np.tile(np.arange(columns), rows),
        values=weights.ravel(),
        row_lower=np.full(rows, -np.inf),
        row_upper=np.round(0.4 * weights.sum(axis=1)) + 0.5,
        column_names=(),
        row_names=(),
    )


def covering(seed, rows, columns):
    """The cheapest choice of sets that cover all things, each of which is in about a third of the sets."""
    random = np.random.default_rng(seed)
    matrix = (random.random((rows, columns)) < 0.3) | (np.arange(columns) == np.arange(rows)[:, None] % columns)
    return Program(
        objective=random.uniform(3.0, 9.0, columns),
        constant=2.0,
        column_lower=np.zeros(columns),
        column_upper=np.ones(columns),
        is_integer=np.ones(columns, dtype=bool),
        starts=np.concatenate([[0], np.cumsum(matrix.sum(axis=1))]),
        columns=np.nonzero(matrix)[1],
        values=np.ones(int(matrix.sum())),
        row_lower=np.ones(rows),
        row_upper=np.full(rows, np.inf),
        column_names=(),
        row_names=(),
    )


def bought_in_lots(seed):
    """Vintages of a fleet of which whole lots are bought, period after period."""
    program, chains, bought = fleet(seed)
    whole = np.isin(np.arange(program.column_count), bought)
    period, before = np.zeros(program.column_count, dtype=np.int64), np.full(program.column_count, NO_SERIES)
    period[bought], before[bought] = np.arange(len(bought)), np.concatenate([[-1], bought[:-1]])
    rank = np.where(whole, int(Priority.LOT_SIZE), int(Priority.NONE))
    none = np.empty(0, dtype=np.int64)
    return Pinned(replace(program, is_integer=whole), BranchingGuide(rank, period, before, none, chains), gap=1e-6)


@functools.cache
def shipped(name):
    return as_given(read_case(INPUTS / name).case)


def of_case(name, gap, *, large=False, **options):
    model = shipped(name)
    return Pinned(model.program, large_guide_of(model) if large else guide_of(model), gap, **options)


def of_random(seed, size, gap, *, large=False):
    model = as_given(random_case(seed, size))
    return Pinned(model.program, large_guide_of(model) if large else guide_of(model), gap)


def branched():
    """Two futures, one of which asks for 1.3 times as much from the fourth year on."""
    case = read_case(INPUTS / "make-or-buy-2023").case
    start = int(case.settings.start[:4])
    more = tuple(
        replace(
            row, queries_per_day_million=row.queries_per_day_million * (1.3 if int(row.period[:4]) > start + 2 else 1)
        )
        for row in case.demand
    )
    periods = case.settings.periods + case.settings.lookahead_periods
    tree = branching(periods, (0.6, 0.4), (3, 3))
    model = as_given(case, replace(case, demand=more), tree=tree)
    return Pinned(model.program, guide_of(model), 2e-3)


def too_dear(seed, size, most, *, large=False):
    """A random case with a row that lets its plan cost `most`: more than the relaxed program, less than any plan."""
    pinned = of_random(seed, size, 1e-4, large=large)
    program = pinned.program
    columns = np.flatnonzero(program.objective)
    limited = replace(
        program,
        starts=np.append(program.starts, program.starts[-1] + len(columns)),
        columns=np.append(program.columns, columns),
        values=np.append(program.values, program.objective[columns]),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most - program.constant),
        row_names=(),
    )
    return replace(pinned, program=limited)


def rough_hint():
    """One of everything that can be ordered or chosen: far from a good plan."""
    program = shipped("mid-size").program
    return np.where(program.is_integer, np.minimum(program.column_upper, 1.0), np.nan)


PROGRAMS = {
    "tenth-of-google": lambda: of_case("tenth-of-google", 1e-3),
    "make-or-buy-2023": lambda: of_case("make-or-buy-2023", 1e-3),
    "mid-size": lambda: of_case("mid-size", 1e-3),
    "mid-size with a hint": lambda: of_case("mid-size", 5e-3, hint=rough_hint()),
    "mid-size, 150 linear programs": lambda: of_case("mid-size", 1e-5, lp_limit=150),
    "frontier-lab": lambda: of_case("frontier-lab", 1e-3),
    "tiny 0": lambda: of_random(0, "tiny", 0.0),
    "tiny 21": lambda: of_random(21, "tiny", 0.0),
    "small 0": lambda: of_random(0, "small", 1e-4),
    "small 4": lambda: of_random(4, "small", 1e-4),
    "small 9": lambda: of_random(9, "small", 1e-4),
    "two futures": branched,
    "knapsack 5 x 25": lambda: Pinned(knapsack(1, 5, 25), default_guide(knapsack(1, 5, 25)), 1e-3),
    "knapsack 2 x 40": lambda: Pinned(knapsack(2, 2, 40), default_guide(knapsack(2, 2, 40)), 1e-4),
    "covering 30 x 25": lambda: Pinned(covering(3, 30, 25), default_guide(covering(3, 30, 25)), 1e-6),
    "lots of a fleet 2": lambda: bought_in_lots(2),
    "lots of a fleet 5": lambda: bought_in_lots(5),
    "too dear, small 4": lambda: too_dear(4, "small", 3.2),
    "large, too dear, small 6": lambda: too_dear(6, "small", 1.15, large=True),
    "large, make-or-buy-2023": lambda: of_case("make-or-buy-2023", 0.01, large=True),
    "large, mid-size": lambda: of_case("mid-size", 0.01, large=True),
    "large, frontier-lab": lambda: of_case("frontier-lab", 0.0011, large=True),
    "large, frontier-lab-quarterly": lambda: of_case("frontier-lab-quarterly", 0.04, large=True),
    "large, small 5": lambda: of_random(5, "small", 1e-3, large=True),
}


def hash_of(*arrays):
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def size_of(numbers):
    return float(np.abs(numbers[np.isfinite(numbers)]).sum())


def outcome_of(engine: Engine, pinned: Pinned):
    options = SolveOptions(gap=pinned.gap, hint=pinned.hint)
    search = Search(pinned.guide, pinned.lp_limit)
    return engine.solve(pinned.program, options, code="native", search=search)


def facts_of(pinned: Pinned, outcome):
    """What is pinned. Of the plan the integers, which decide the rest; nodes and linear programs, but no simplex steps:
    rounding differs from one processor to the next."""
    program = pinned.program
    plan = None if outcome.solution is None else np.rint(outcome.solution[program.is_integer]).astype(np.int64)
    return {
        "structure": hash_of(program.starts, program.columns, program.is_integer),
        "numbers": [size_of(getattr(program, name)) for name in _NUMBERS],
        "status": outcome.status.value,
        "stop": outcome.stop.value,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "work": re.sub(r", \d+ simplex steps", "", outcome.detail),
        "integers": None if plan is None else hash_of(plan),
    }


def main():
    with Engine.start("scip") as engine:
        found = {name: facts_of(pinned := make(), outcome_of(engine, pinned)) for name, make in PROGRAMS.items()}
    PINNED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
