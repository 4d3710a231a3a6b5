"""Makes a solver's plan exact: integers rounded and fixed, the rest solved again by another code.

Engines keep rows and integrality to a tolerance. What is reported is the polished plan, and duals exist only there:
they hold "at this plan", with every integer as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program, relaxed
from models.solvers.child import Engine, lp_engine
from models.solvers.normalise import sound, within_gap
from models.solvers.plain import whole_bounds
from models.solvers.scaling import COUNTLESS, violation

INTEGER_TOLERANCE = 1e-4
"""An integer column further than this from a whole number is not rounded: the polish fails and says which."""
ROW_TOLERANCE = 1e-6
"""The polished plan keeps every row and bound to this, relative to max(1, |bound|)."""
LEAST_SECONDS = 60.0
"""What a search has found in a tenth of a second is a plan only once it is exact."""
# HiGHS solved a linear program of 20,000 columns in 0.8 s where GLOP took 1.4 s and PDLP did not end in 40 s.
_LP_CODES = ("highs", "glop")


@dataclass(frozen=True)
class Rounding:
    """Integer columns rounded; `fault` names the one that cannot be, empty when all can."""

    lower: Floats
    upper: Floats
    moved: float
    fault: str


def polish(
    program: Program, outcome: Outcome, *, engine: Engine | None = None, options: SolveOptions | None = None
) -> Outcome:
    """Returns the outcome with exact integers, rows kept within `ROW_TOLERANCE`, and duals at this plan.

    The bound, the stop and the history stay those of the search; the status is judged again for `options.gap`.
    The status is FAILED, without values, when an integer is further than `INTEGER_TOLERANCE` from a whole number, when
    the rounded plan admits no solution, or when the new values break a row; `detail` says which, and the caller still
    has the unpolished outcome. An outcome without a solution is returned as it is.

    `engine` is a warm engine to run the linear program in; another is started when it is None or not of OR-Tools.
    """
    if outcome.solution is None:
        return outcome
    options = options or SolveOptions()
    program = relaxed(program) if options.relax else program
    rounding = rounded(program, outcome.solution)
    if rounding.fault:
        return _failed(outcome, rounding.fault)
    roundings = [rounding]
    if rounding.moved > INTEGER_TOLERANCE:
        # Of countless lots half a one too few may cost more than half a one too many.
        roundings.append(rounded(program, outcome.solution, up=True))
    with lp_engine(engine, _LP_CODES[0]) as runner:
        answers = [_solved(_fixed(program, one), outcome, options, engine=runner) for one in roundings]
    best = min(range(len(answers)), key=lambda one: _cost(answers[one]))
    if not np.isfinite(_cost(answers[best])):
        detail = f"the plan with rounded integers has no solution ({answers[0].detail})"
        return _failed(outcome, detail, answers[0].stop if answers[0].stop is Stop.KILLED else Stop.FAILURE)
    return _polished(program, outcome, answers[best], roundings[best], options)


def exact_limits(options: SolveOptions) -> SolveOptions:
    """Returns the limits of a linear program that makes a plan exact: a short limit of the search is not one of its."""
    limit = None if options.time_limit_s is None else max(options.time_limit_s, LEAST_SECONDS)
    return SolveOptions(time_limit_s=limit, memory_mb=options.memory_mb, seed=options.seed)


def rounded(program: Program, solution: Floats, *, up: bool = False) -> Rounding:
    """Returns bounds that fix every integer column at its nearest whole number, or with `up` at the next one.

    What is whole to within the tolerance stays where it is either way.
    """
    whole = program.is_integer
    nearest = np.rint(solution[whole]) + 0.0
    if up:
        nearest = np.where(np.abs(solution[whole] - nearest) > INTEGER_TOLERANCE, np.ceil(solution[whole]), nearest)
    distance = np.abs(solution[whole] - nearest)
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    least, most = whole_bounds(program)
    outside = (nearest < least[whole]) | (nearest > most[whole])
    fault = ""
    # Of a hundred million lots and more half a one cannot be distinguished from a rounding error.
    excess = distance - np.maximum(INTEGER_TOLERANCE, np.abs(nearest) / COUNTLESS)
    if excess.max(initial=-1.0) > 0:
        index = int(np.flatnonzero(whole)[int(excess.argmax())])
        fault = f"{_name(program, index)} = {solution[index]:.9g} is not a whole number"
        if program.column_upper[index] > COUNTLESS:
            fault += (
                f"; of more than {COUNTLESS:.0e} lots single ones cannot be distinguished, so state a larger lot_size"
            )
    elif outside.any():
        index = int(np.flatnonzero(whole)[int(np.flatnonzero(outside)[0])])
        fault = f"{_name(program, index)} = {solution[index]:.9g} rounds to a value outside its bounds"
    lower[whole] = upper[whole] = nearest
    return Rounding(lower, upper, float(distance.max(initial=0.0)), fault)


def _fixed(program: Program, rounding: Rounding) -> Program:
    whole = np.zeros(program.column_count, dtype=bool)
    return replace(program, column_lower=rounding.lower, column_upper=rounding.upper, is_integer=whole)


def _cost(answer: Outcome) -> float:
    """The cost of a solved program; infinite where the code does not call its values optimal."""
    claimed = answer.status is Status.OPTIMAL or (answer.status is Status.FEASIBLE and answer.stop is Stop.GAP)
    return answer.objective if claimed and answer.objective is not None else np.inf


def _solved(fixed: Program, outcome: Outcome, options: SolveOptions, *, engine: Engine) -> Outcome:
    """Solves the fixed program by a code that did not make the plan, then by the other if that fails."""
    limits = exact_limits(options)
    answers = []
    for code in sorted(_LP_CODES, key=lambda code: code == outcome.solver):
        answer = engine.solve(fixed, limits, code=code)
        if answer.status is Status.OPTIMAL and _violation(fixed, answer) <= ROW_TOLERANCE:
            return answer
        answers.append(answer)
    details = "; ".join(f"{answer.solver}: {answer.status.value} {answer.detail}".strip() for answer in answers)
    # Values that its duals do not quite prove to be the least are a plan all the same.
    best = min(answers, key=lambda answer: _violation(fixed, answer))
    return replace(best, detail=details)


def _polished(
    program: Program, outcome: Outcome, answer: Outcome, rounding: Rounding, options: SolveOptions
) -> Outcome:
    # An engine may leave a bound by its tolerance; −1e-12 units are no news to anyone.
    solution = np.clip(answer.values, program.column_lower, program.column_upper)
    whole = program.is_integer
    solution[whole] = rounding.lower[whole]
    broken = violation(program, solution)
    if broken > ROW_TOLERANCE:
        return _failed(outcome, f"the polished plan breaks a row by {broken:.1e} of its bound ({answer.detail})")
    objective = program.objective_of(solution)
    notes = [outcome.detail] if outcome.detail else []
    notes.append(f"polished by {answer.solver}: integers moved {rounding.moved:.1e}, rows kept to {broken:.1e}")
    stated = outcome.bound
    if not whole.any() and answer.bound is not None:
        # Nothing was rounded: what the duals prove here is proven of the program itself.
        stated = answer.bound if stated is None else max(stated, answer.bound)
    bound, note = sound(objective, stated, program, solution, outcome.solver)
    notes += filter(None, [note])
    status = outcome.status
    if status in (Status.OPTIMAL, Status.FEASIBLE):
        # The search's gap was proven for the unpolished plan.
        status = Status.OPTIMAL if within_gap(objective, bound, options.gap) else Status.FEASIBLE
    return replace(
        outcome,
        status=status,
        objective=objective,
        bound=bound,
        solution=solution,
        row_duals=answer.row_duals,
        reduced_costs=answer.reduced_costs,
        seconds={**outcome.seconds, "polish": sum(answer.seconds.values())},
        detail="; ".join(notes),
    )


def _failed(outcome: Outcome, detail: str, stop: Stop = Stop.FAILURE) -> Outcome:
    return replace(
        outcome,
        status=Status.FAILED,
        stop=stop,
        objective=None,
        solution=None,
        row_duals=None,
        reduced_costs=None,
        detail="; ".join(filter(None, [outcome.detail, f"polishing failed: {detail}"])),
    )


def _violation(program: Program, answer: Outcome) -> float:
    return np.inf if answer.solution is None else violation(program, answer.solution)


def _name(program: Program, index: int) -> str:
    return program.column_name(index) if program.column_names else f"column {index}"
