"""Solves a program with a chosen engine, and tells which engines this machine has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.outcome import Outcome, Progress, SolveOptions, Status
from models.program import Program
from models.solvers.catalogue import ENGINES, NATIVE, EngineFacts, Family
from models.solvers.child import Engine

DEFAULT = NATIVE


@dataclass(frozen=True)
class Availability:
    """One engine on this machine: `version` when it answers, else `reason` why it does not."""

    facts: EngineFacts
    version: str
    reason: str

    @property
    def is_available(self) -> bool:
        """True when the engine has solved a program here."""
        return not self.reason


def solve(
    program: Program,
    options: SolveOptions | None = None,
    *,
    engine: Engine | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Returns the unpolished outcome of a solve with `options.solver` in a process of its own.

    `engine` is a warm engine to use instead of a new one; `options.solver` must then be of its library.

    Raises:
        UnknownEngineError: there is no such solver, or it is not of the engine's library.
    """
    options = options or SolveOptions()
    if engine is not None:
        return engine.solve(program, options, code=options.solver, on_progress=on_progress, should_stop=should_stop)
    with Engine.start(options.solver) as started:
        return started.solve(program, options, on_progress=on_progress, should_stop=should_stop)


def available_engines() -> tuple[Availability, ...]:
    """Returns every engine of the catalogue with its version, or the reason why it cannot be used here.

    Each engine solves a program of two columns, so a missing library or licence shows.
    """
    firsts = {family: next(facts for facts in ENGINES if facts.family is family) for family in Family}
    engines = {family: Engine.start(facts.name) for family, facts in firsts.items()}
    try:
        return tuple(_availability(facts, engines[facts.family]) for facts in ENGINES)
    finally:
        for engine in engines.values():
            engine.close()


def _availability(facts: EngineFacts, engine: Engine) -> Availability:
    outcome = engine.solve(_probe(), SolveOptions(time_limit_s=5.0, relax=not facts.integers), code=facts.name)
    if outcome.status is Status.OPTIMAL:
        return Availability(facts, outcome.version, "")
    return Availability(
        facts, engine.version, outcome.detail or f"answered '{outcome.status.value}' to a small program"
    )


def _probe() -> Program:
    """Minimise x + y with x + y ≥ 1.5, integers from 0 to 3."""
    return Program(
        objective=np.ones(2),
        constant=0.0,
        column_lower=np.zeros(2),
        column_upper=np.full(2, 3.0),
        is_integer=np.ones(2, dtype=bool),
        starts=np.array([0, 2]),
        columns=np.array([0, 1]),
        values=np.ones(2),
        row_lower=np.array([1.5]),
        row_upper=np.array([np.inf]),
        column_names=(),
        row_names=(),
    )
