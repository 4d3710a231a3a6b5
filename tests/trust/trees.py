"""Properties of plans over several futures, and of sweeps."""

from __future__ import annotations

import itertools
from dataclasses import replace

from models.algebra import Axis
from models.build import build
from models.case import Commitment
from models.outcome import SolveOptions, Status
from models.solution import Solution
from models.stages import solve_model
from models.tree import branching
from planner.results import tables_of
from planner.sweeps.points import Point, Sweep
from planner.sweeps.sweep_run import run
from tests.trust.changes import demand_times
from tests.trust.tools import RELATIVE, require, require_close

LOW, HIGH = 0.8, 1.3
CHANCES = (0.6, 0.4)


def periods_of(case):
    return case.settings.periods + case.settings.lookahead_periods


def solved(tools, futures, chances, revealed=1):
    """The best plan over futures, as (model, outcome); None as the outcome where there is none."""
    tree = branching(periods_of(futures[0]), chances, (revealed,) * len(futures))
    model = build(futures[0], futures=tuple(futures), tree=tree)
    options = SolveOptions(solver="highs", gap=0.0, time_limit_s=10.0)
    found = tools.engines["highs"].solve(model.program, options)
    if found.status not in (Status.OPTIMAL, Status.INFEASIBLE):
        found = tools.engines["scip"].solve(model.program, replace(options, solver="scip", time_limit_s=90.0))
    require(found.status in (Status.OPTIMAL, Status.INFEASIBLE), f"{found.status.value}: {found.detail}")
    return model, found if found.status is Status.OPTIMAL else None


def two(case):
    return demand_times(case, LOW), demand_times(case, HIGH)


def alike(left, right, what):
    require(abs(left - right) <= 2 * RELATIVE * max(1.0, abs(left), abs(right)), f"{what}: {left!r}, {right!r}")


def no_more(left, right, what):
    require(left <= right + 2 * RELATIVE * max(1.0, abs(left), abs(right)), f"{what}: {left!r} above {right!r}")


def merged(tools, rng, case, seed):
    """Two futures of three that are alike count as one of their joint probability."""
    low, high = two(case)
    _, apart = solved(tools, (low, high, high), (0.6, 0.3, 0.1))
    _, joined = solved(tools, (low, high), CHANCES)
    if apart is None or joined is None:
        require(apart is joined, "one has a plan and the other none")
        return None
    alike(apart.objective, joined.objective, "merged")
    return f"{joined.objective:.6g}"


def single(tools, rng, case, seed):
    _, found = solved(tools, (case,), (1.0,))
    options = SolveOptions(solver="scip", gap=0.0, time_limit_s=60.0)
    plain = tools.engines["scip"].solve(build(case).program, options)
    if found is None:
        require(plain.status is Status.INFEASIBLE, "one has a plan and the other none")
        return None
    alike(found.objective, plain.objective, "one future")
    return f"{found.objective:.6g}"


def held_orders(tools, case):
    """The orders of the first period of a plan, as decisions that are made."""
    model, found = solved(tools, (case,), (1.0,))
    if found is None:
        return None
    rows = [
        row for row in tables_of(Solution(model, found))["orders"].records() if row["period"] == case.settings.start
    ]
    taken = {row.item for row in case.commitments}
    return tuple(
        Commitment(kind="order", item=row["offer"], period=row["period"], quantity=row["units"], status="fixed")
        for row in rows
        if row["offer"] not in taken
    )


def ordered(tools, rng, case, seed):
    """Informed costs no more than planned over futures, and that no more than the average's first orders held."""
    futures = two(case)
    _, over = solved(tools, futures, CHANCES)
    seen = [solved(tools, (one,), (1.0,))[1] for one in futures]
    average = held_orders(tools, demand_times(case, CHANCES[0] * LOW + CHANCES[1] * HIGH))
    if over is None or None in seen or average is None:
        return None
    informed = sum(chance * one.objective for chance, one in zip(CHANCES, seen, strict=True))
    no_more(informed, over.objective, "with all known, and over futures")
    fixed = [replace(one, commitments=(*one.commitments, *average)) for one in futures]
    _, bound = solved(tools, fixed, CHANCES)
    if bound is None:
        return f"{informed:.6g} ≤ {over.objective:.6g}; the average's orders have no plan"
    no_more(over.objective, bound.objective, "over futures, and with the average's orders")
    return f"{informed:.6g} ≤ {over.objective:.6g} ≤ {bound.objective:.6g}"


def weighted(case, weight, level=0.5):
    return replace(case, settings=replace(case.settings, risk_aversion=weight, risk_level=level))


def path_costs(model, found):
    leaf = Axis("leaf", tuple(model.frame.node.labels[n] for n in model.frame.tree.leaves))
    return Solution(model, found).money(model.ledger.path_cost(leaf))


def averse(tools, case, weight, level):
    return solved(tools, two(weighted(case, weight, level)), CHANCES)


def mean(tools, rng, case, seed):
    model, found = averse(tools, case, 0.0, 0.9)
    if found is None:
        return None
    costs = path_costs(model, found)
    alike(found.objective, float(CHANCES[0] * costs[0] + CHANCES[1] * costs[1]), "mean of the paths")
    return f"{found.objective:.6g}"


def worst(tools, rng, case, seed):
    """With all weight on the worst, a plan costs its costliest path, and no plan over futures has a cheaper one."""
    model, found = averse(tools, case, 1.0, 0.99)
    other, usual = averse(tools, case, 0.0, 0.9)
    if found is None or usual is None:
        return None
    alike(found.objective, float(max(path_costs(model, found))), "the costliest path")
    no_more(found.objective, float(max(path_costs(other, usual))), "the costliest path of another plan")
    return f"{found.objective:.6g}"


def between(tools, rng, case, seed):
    found = [averse(tools, case, weight, 0.5)[1] for weight in (0.0, 0.4, 0.7, 1.0)]
    if None in found:
        return None
    costs = [one.objective for one in found]
    for left, right in itertools.pairwise(costs):
        no_more(left, right, "more weight on the worst")
    return f"{costs[0]:.6g} to {costs[-1]:.6g}"


FACTORS = (0.9, 1.0, 1.2)
WORK = "tests.planner.sweeps.works:solving"


def swept(tools, case, factors, folder):
    """The cost of each point of a sweep over prices."""
    points = tuple(Point(str(factor), "plan", {"factor": factor}) for factor in factors)
    options = SolveOptions(solver="scip", gap=1e-9, time_limit_s=60.0)
    sweep = Sweep(case=case, case_hash="0" * 64, options=options, points=points, work=WORK, base=None)
    found = run(sweep, folder, workers=1, executor="serial")
    results = {name: point.result for name, point in found.points.items()}
    return None if None in results.values() else {name: result["objective"] for name, result in results.items()}


def dearer(case, factor):
    rows = tuple(replace(row, unit_price_usd=row.unit_price_usd * factor) for row in case.prices)
    return replace(case, prices=rows)


def point(tools, rng, case, seed):
    found = swept(tools, case, FACTORS, tools.folder() / "sweep")
    if found is None:
        return None
    for factor in FACTORS:
        options = SolveOptions(solver="scip", gap=1e-9, time_limit_s=60.0)
        alone = solve_model(build(dearer(case, factor)), tools.engines["scip"], options)
        require_close(alone.objective, found[str(factor)], f"prices × {factor}")
    return ", ".join(f"{cost:.6g}" for cost in found.values())


def order(tools, rng, case, seed):
    folder = tools.folder()
    one, other = swept(tools, case, FACTORS, folder / "one"), swept(tools, case, FACTORS[::-1], folder / "other")
    if one is None or other is None:
        require(one is other, "one order has a result and the other none")
        return None
    require(one == other, f"{one}, {other}")
    return ", ".join(f"{cost:.6g}" for cost in one.values())
