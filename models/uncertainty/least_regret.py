"""The plan over scenarios whose greatest regret is least: the cost of a path less the best cost for its scenario alone.

The best cost alone is that of the best plan that was found, and its bound says how much less it can be: the regret of a
plan lies between what it is against the plan that was found and what it is against the bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.build import Model
from models.outcome import Outcome, Progress, SolveOptions, Status
from models.polish import polish
from models.solvers.child import Engine
from models.stages import solve_model
from models.uncertainty.brackets import Bracket
from models.uncertainty.scenario_tree import ScenarioTree

Follow = Callable[[Progress], None]


@dataclass(frozen=True)
class BestAlone:
    """What each scenario costs at least and at most if it is known from the start, by its name."""

    costs: dict[str, Bracket]

    @property
    def missing(self) -> tuple[str, ...]:
        """The scenarios for which no plan was found, though there may be one."""
        return tuple(name for name, one in self.costs.items() if one.high is None)

    @property
    def references(self) -> tuple[float, ...]:
        """The cost of the best plan that was found for each; none where some scenario cannot be met."""
        found = tuple(math.nan if one.high is None else one.high for one in self.costs.values())
        return found if all(map(math.isfinite, found)) else ()


def best_alone(
    tree: ScenarioTree, engine: Engine, options: SolveOptions, on_step: Callable[[str], object] = lambda _: None
) -> BestAlone:
    """Plans each scenario as if it were known from the start."""
    found: dict[str, Bracket] = {}
    for name in tree.names:
        on_step(f"scenario {name} alone")
        model = tree.future(name)
        outcome = polish(model.program, solve_model(model, engine, options), engine=engine, options=options)
        is_met = outcome.status is not Status.INFEASIBLE
        found[name] = Bracket(outcome.bound, outcome.objective) if is_met else Bracket(math.inf, math.inf)
    return BestAlone(found)


def solve_measure(
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    on_progress: Follow | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Returns the outcome of a model: of one that minimises regret, searched to the gap of a plan of about its cost.

    A regret may be small beside the costs that it is a difference of: the gap that is asked for is meant of these, so
    that the search goes on with the mean best cost in its objective.
    """
    references: Sequence[float] = model.frame.best_alone
    if not references:
        return solve_model(model, engine, options, on_progress=on_progress, should_stop=should_stop)
    level = math.fsum(references) / len(references)
    program = replace(model.program, constant=model.program.constant + level)

    def follow(progress: Progress) -> None:
        assert on_progress is not None
        on_progress(_lower(progress, level))

    found = solve_model(
        replace(model, program=program), engine, options, should_stop=should_stop,
        on_progress=None if on_progress is None else follow,
    )  # fmt: skip
    return replace(
        found,
        objective=None if found.objective is None else found.objective - level,
        bound=None if found.bound is None else found.bound - level,
        incumbents=tuple(_lower(progress, level) for progress in found.incumbents),
    )


def _lower(progress: Progress, level: float) -> Progress:
    objective, bound = (None if cost is None else cost - level for cost in (progress.objective, progress.bound))
    return Progress(progress.seconds, objective, bound, progress.phase)
