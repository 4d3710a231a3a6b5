"""Why a case has no plan: which requirements cannot hold together, and the least that would have to give.

The conflicting families are found by deletion: a family that can be dropped without making the rest possible is not
part of the conflict; what remains is irreducible. A family is dropped as undecided only when a solve ends without an
answer, and then it is kept. For each family of the conflict the least is sought by which it alone would have to give,
each bound at a price of 1 for giving way by its own size. Where none alone is enough, families are taken out of what
gives as long as the rest is enough.

Bounds that are made of limits would hide the limits: the program is that in which there are none (`loosened`). What
bounds that are 0 are measured against is the cheapest plan without any of these requirements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import BY_ROWS, REQUIREMENTS, Model, loosened
from models.elastic import Elastic, elastic_of, sizes_of, softs_of
from models.families.work import MINIMUM_SERVICE
from models.outcome import SolveOptions, Status
from models.prices import raised_rows
from models.program import Floats, Program
from models.repairs import RequiredChange, amounts_at, changes_of
from models.solvers.catalogue import general_code
from models.solvers.child import Engine

_SECONDS = 20.0
_SECONDS_WHOLE = 4.0
_MOST_LINES = 8
_NOTHING = 1e-6
_STRUCTURE = "The conflict lies in what cannot be relaxed: gates, windows, lead times, minimum orders and open orders."


@dataclass(frozen=True)
class Repair:
    """What would have to give together: enough for a plan. `least` is the sum of slack, in sizes."""

    changes: tuple[RequiredChange, ...]
    least: float
    is_whole: bool
    """False where only a plan with parts of lots and modules is known."""


@dataclass(frozen=True)
class Diagnosis:
    """Plain sentences, the most telling first; `families` cannot all hold together.

    Each of `repairs` alone makes a plan possible: the one with the fewest changes first, then the smallest.
    """

    lines: tuple[str, ...]
    families: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()


def explain(model: Model, engine: Engine) -> Diagnosis:
    """Returns which families of requirements conflict, and the least changes that make a plan possible.

    Conflicts mostly show without integrality, which takes a fraction of a second; the integers are looked at only
    where the relaxation has a solution.
    """
    model = model.searched
    program = loosened(model, is_capped=False)
    soft = softs_of(model, program)
    raised = dict(raised_rows(model))
    elastic = elastic_of(program, soft, sizes_of(soft), raised)
    used = {one.family for one in soft}
    present = [one.rows for one in REQUIREMENTS if one.rows in used]
    for relax in (True, False):
        options = SolveOptions(gap=1.0, time_limit_s=_SECONDS, relax=relax)
        if engine.solve(_any_plan(elastic, present), options, code=general_code(engine.name)).solution is None:
            return Diagnosis((_STRUCTURE,), ())
        if engine.solve(_any_plan(elastic, []), options, code=general_code(engine.name)).status is Status.INFEASIBLE:
            break
    conflict = _conflict(elastic, present, engine, options)
    elastic = elastic_of(program, soft, _sizes(model, elastic, conflict, present, engine), raised)
    repairs = _repairs(model, elastic, conflict, present, engine)
    return Diagnosis((*_conflicting(conflict), *_repair_lines(repairs)), tuple(conflict), tuple(repairs))


def _any_plan(elastic: Elastic, families: Sequence[str]) -> Program:
    """Asks whether there is a plan where some families may give way by any amount."""
    program = elastic.with_free(families)
    return replace(program, objective=np.zeros_like(program.objective))


def _sizes(model: Model, elastic: Elastic, conflict: Sequence[str], present: Sequence[str], engine: Engine) -> Floats:
    """What each bound is measured against: where it has no size of its own, the cheapest plan without its family.

    Where that is impossible, or needs nothing of it, the cheapest plan without any of these requirements.
    """
    soft = elastic.soft
    costs = np.concatenate([model.program.objective, np.zeros(len(soft))])
    amounts = np.zeros(len(soft))
    family = np.array([one.family for one in soft])
    others = [one for one in present if one != MINIMUM_SERVICE.rows]
    for free in (*([one] for one in conflict), others, list(present)):
        cheapest = replace(elastic.with_free(free), objective=costs)
        found = engine.solve(cheapest, SolveOptions(time_limit_s=_SECONDS, relax=True), code=general_code(engine.name))
        if found.solution is not None:
            at_plan = amounts_at(model, soft, found.solution[: elastic.first_slack])
            amounts = np.where((amounts == 0.0) & np.isin(family, free), at_plan, amounts)
    return sizes_of(soft, amounts)


def _conflict(elastic: Elastic, families: list[str], engine: Engine, options: SolveOptions) -> list[str]:
    """An irreducible set of families that no plan can meet together."""
    needed = list(families)
    for family in families:
        dropped = [other for other in families if other not in needed or other == family]
        outcome = engine.solve(_any_plan(elastic, dropped), options, code=general_code(engine.name))
        if outcome.status is Status.INFEASIBLE:
            needed.remove(family)
    return needed


def _repairs(
    model: Model, elastic: Elastic, conflict: Sequence[str], present: Sequence[str], engine: Engine
) -> list[Repair]:
    """What is enough: each family of the conflict alone, or where none is, few families together.

    Serving less is nearly always enough; so there is also something else, where that is possible.
    """
    alone = {family: _repair(model, elastic, [family], engine) for family in conflict}
    found = [repair for repair in alone.values() if repair is not None]
    if not any(repair is not None for family, repair in alone.items() if family != MINIMUM_SERVICE.rows):
        others = [family for family in present if family != MINIMUM_SERVICE.rows]
        for families in (others, present) if not found else (others,):
            joint = _together(model, elastic, families, engine)
            if joint is not None:
                found.append(joint)
                break
    # What is equal but for a solver's tolerance stays in the order of families.
    return sorted(found, key=lambda one: (len(one.changes), float(f"{one.least:.4g}")))


def _together(model: Model, elastic: Elastic, families: Sequence[str], engine: Engine) -> Repair | None:
    """What is enough of several families, none of which is left out without need."""
    options = SolveOptions(gap=1.0, time_limit_s=_SECONDS, relax=True)
    needed = list(families)
    for family in families:
        rest = [other for other in needed if other != family]
        if engine.solve(_any_plan(elastic, rest), options, code=general_code(engine.name)).solution is not None:
            needed = rest
    # What is enough for parts of lots may not be for whole ones.
    return _repair(model, elastic, needed, engine) or _repair(model, elastic, families, engine)


def _repair(model: Model, elastic: Elastic, families: Sequence[str], engine: Engine) -> Repair | None:
    solved = _solved(elastic.with_free(families), engine)
    if solved is None:
        return None
    values, is_whole = solved
    slack = np.maximum(values[elastic.first_slack :], 0.0)
    used = np.flatnonzero(slack > _NOTHING)
    return Repair(tuple(changes_of(model, elastic, values, used)), float(slack[used].sum()), is_whole)


def _solved(program: Program, engine: Engine) -> tuple[Floats, bool] | None:
    """The least slack; without integers where time is not enough for them."""
    for relax, seconds in ((False, _SECONDS_WHOLE), (True, _SECONDS)):
        options = SolveOptions(gap=1e-3, time_limit_s=seconds, relax=relax)
        found = engine.solve(program, options, code=general_code(engine.name))
        if found.solution is not None:
            return found.solution, not relax
        if found.status is Status.INFEASIBLE:
            return None
    return None


def _conflicting(conflict: Sequence[str]) -> list[str]:
    words = [BY_ROWS[family].called for family in conflict]
    if len(words) == 1:
        return [f"Cannot be met, whatever else is relaxed: {words[0]}."]
    return [f"These requirements conflict: {'; '.join(words)}."] if words else []


def _repair_lines(repairs: Sequence[Repair]) -> list[str]:
    if not repairs:
        return []
    if len(repairs) == 1:
        return ["The smallest sufficient change:", *(f"  {line}" for line in _parts(repairs[0]))]
    lines = [f"  {'; '.join(_parts(repair))}" for repair in repairs]
    return ["Each of these alone would be sufficient, fewest changes first:", *lines]


def _parts(repair: Repair) -> list[str]:
    parts = [str(change) for change in repair.changes[:_MOST_LINES]]
    if len(repair.changes) > _MOST_LINES:
        parts.append(f"and {len(repair.changes) - _MOST_LINES} more")
    if not repair.is_whole:
        parts.append("with fractional lots and modules; whole ones may need more")
    return parts
