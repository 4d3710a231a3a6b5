"""A second code solves the same program, and it is said whether the two agree within what each has proven."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from models.build import Model
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import JOINED, solve_model
from models.verify import verify
from planner.errors import CaseFaults, Fault
from planner.interrupts import Keys
from planner.journal import Journal
from planner.plan_request import Request, require_integer_solver
from planner.results import tables_of

TOLERANCE = 1e-6
"""How far below the other's bound a plan may lie, relative, before the two are said to disagree."""


@dataclass(frozen=True)
class ProvenInterval:
    """What one code has shown: the optimum lies between `bound_musd` and `objective_musd`; None where unknown."""

    solver: str
    bound_musd: float | None
    objective_musd: float | None

    def __str__(self) -> str:
        low = "no bound" if self.bound_musd is None else f"{self.bound_musd:,.3f}"
        high = "no plan" if self.objective_musd is None else f"{self.objective_musd:,.3f}"
        return f"{self.solver}: {low} to {high}"


@dataclass(frozen=True)
class SecondOpinion:
    """What another code found; `agrees` is None where it found neither plan nor proof."""

    solver: str
    version: str
    status: str
    first: ProvenInterval
    second: ProvenInterval
    agrees: bool | None
    reason: str

    @property
    def text(self) -> str:
        """Whether the two agree, with both intervals, in USD million."""
        words = {True: "agrees", False: "DISAGREES", None: "is inconclusive"}[self.agrees]
        return f"{self.solver} {words}: {self.reason} USD million: {self.first}; {self.second}."


def second_opinion(
    model: Model,
    outcome: Outcome,
    options: SolveOptions,
    *,
    engine: Engine,
    journal: Journal,
    interrupts: Keys,
) -> SecondOpinion:
    """Solves again with `engine` and compares; its plan is polished and checked like the first one.

    `outcome` is the polished outcome of the first code.
    """
    wishes = replace(options, solver=engine.name)
    # Alone: SCIP behind the native search would be no other opinion than SCIP's.
    found = solve_model(
        model, engine, wishes, on_progress=journal.progress, should_stop=lambda: interrupts.asked, goes_on=False
    )
    polished = polish(model.program, found, engine=engine, options=wishes)
    first = ProvenInterval(outcome.solver, outcome.bound, outcome.objective)
    second = ProvenInterval(polished.solver, polished.bound, polished.objective)
    agrees, reason = _compared(first, second, polished)
    if agrees and polished.has_solution:
        solution = Solution(model, polished)
        records = {name: list(table.records()) for name, table in tables_of(solution).items()}
        report = verify(model.frame.stated, records, polished.objective, futures=model.frame.futures)
        if not report.passed:
            agrees, reason = False, f"the independent check refuses its plan ({', '.join(report.broken)})."
    return SecondOpinion(polished.solver, polished.version, polished.status.value, first, second, agrees, reason)


def _compared(first: ProvenInterval, second: ProvenInterval, polished: Outcome) -> tuple[bool | None, str]:
    if polished.status is Status.INFEASIBLE:
        return False, "it reports that the case is infeasible."
    if polished.stop is Stop.KILLED and not polished.has_solution:
        return None, f"it was killed before it found a plan ({polished.detail})."
    if polished.status in (Status.FAILED, Status.UNBOUNDED):
        return None, f"it ended as '{polished.status.value}' ({polished.detail or 'without a reason'})."
    for plan, proof in ((first, second), (second, first)):
        if plan.objective_musd is None or proof.bound_musd is None:
            continue
        if plan.objective_musd < proof.bound_musd - TOLERANCE * max(1.0, abs(proof.bound_musd)):
            return False, f"the plan of {plan.solver} costs less than {proof.solver} says is possible."
    if second.objective_musd is None:
        asked = "it was stopped" if polished.stop is Stop.INTERRUPT else "it reached its limits"
        return None, f"{asked} before it found a plan."
    if second.solver in first.solver.split(JOINED):
        return (
            True,
            f"the intervals overlap; {second.solver} had a part in the first plan too, so this is no other code.",
        )
    return True, "the intervals overlap."


def second_engine(request: Request, options: SolveOptions, stack: ExitStack) -> Engine | None:
    """Starts the second solver, if there is one, and waits until it answers: a fault must not come after a long solve.

    Raises:
        CaseFaults: there is no such solver, it is the first one, or it cannot be used here.
    """
    name = request.second_solver
    if name is None:
        return None
    require_integer_solver(name, "--second-solver")
    if name == options.solver:
        fault = Fault(f"--second-solver {name}", "is also the first solver", "Name another; see `fleetplan solvers`.")
        raise CaseFaults([fault])
    engine = stack.enter_context(Engine.start(name))
    trouble = engine.await_ready()
    if trouble:
        expected = f"cannot be used here ({trouble.strip()})"
        raise CaseFaults([Fault(f"--second-solver {name}", expected, "Name another; see `fleetplan solvers`.")])
    return engine
