"""Solves the opposites of the strategic decisions of a plan, in about as many linear programs as its search took.

They are counted and not timed, so that the same inputs give the same table. What it does not reach is left to
`explain`, which searches each opposite to the gap and checks its plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from models.build import Model
from models.canonical_order import in_canonical_order
from models.case import Case
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import polish
from models.program import Program
from models.solution import Solution
from models.solvers.catalogue import NATIVE
from models.solvers.child import Engine, lp_engine
from models.solvers.wire import Search
from models.stages import LARGE, guide_of
from models.uncertainty.scenario_tree import ScenarioTree, model_over, scenario_tree
from planner.interrupts import Keys
from planner.journal import Journal
from planner.plan_request import Request
from planner.results import Table
from planner.results.opposites_table import SolvedOpposite, decision_values
from planner.studies.future_recipes import KINDS, future_of, recipe_of, refusals
from planner.studies.opposites import made_already
from planner.studies.point_summary import decision_names, decisions_of, payments_of

LEAST_PROGRAMS, MOST_PROGRAMS = 16, 72
"""Linear programs of the search for one opposite: fewer find little, and most searches end within so many."""
_MODULES = "expansion:"
WORK = 720_000
"""Linear programs times columns of all opposites together, where the search of the plan took fewer: about 300 for
frontier-lab, in the time of its whole plan."""


@dataclass(frozen=True)
class _Planned:
    """The plan whose decisions are turned round, and how to solve."""

    case: Case
    tree: ScenarioTree | None
    model: Model
    outcome: Outcome
    engine: Engine
    options: SolveOptions
    should_stop: Callable[[], bool]


def opposites_beside(
    request: Request,
    tree: ScenarioTree | None,
    solution: Solution,
    tables: Mapping[str, Table],
    engine: Engine,
    options: SolveOptions,
    *,
    journal: Journal,
    keys: Keys,
) -> dict[str, Table]:
    """Returns the table of what the opposite of each strategic decision of a plan costs, by its name; else nothing.

    There is none where it was not asked for, where nothing strategic can be decided, where regret is minimised, and
    where the user has stopped the search. What is taken comes first, and of that what costs most; what is left when the
    linear programs are used up, or the user stops, is not solved. `solution` is exact, `tables` are those of the plan.
    """
    model, outcome, case = solution.model, solution.outcome, solution.model.frame.stated
    is_asked = request.opposites and "regret" not in tables and outcome.stop is not Stop.INTERRUPT
    if not is_asked or not decision_names(case):
        return {}
    journal.begin("opposites")

    def should_stop() -> bool:
        return keys.asked

    decisions, paid, made = decisions_of(case, tables), payments_of(tables), made_already(case)
    solved = {name: SolvedOpposite(is_made=name in made) for name in decisions}
    left = max(outcome.linear_programs or 0, WORK // max(1, model.program.column_count))
    open_names = [name for name in decisions if name not in made]
    each = max(MOST_PROGRAMS, left // max(1, len(open_names)))
    place = {name: number for number, name in enumerate(decision_names(in_canonical_order(case)))}
    # Modules of power are many and large; what is decided once is asked about more.
    ranked = sorted(
        open_names,
        key=lambda name: (
            not decisions[name]["taken"], name.startswith(_MODULES), -paid.get(name, 0.0), place[name],
        ),
    )  # fmt: skip
    with lp_engine(engine, NATIVE) as runner:
        wanted = replace(options, solver=NATIVE, threads=1, hint=None)
        planned = _Planned(case, tree, model, outcome, runner, wanted, should_stop)
        for name in ranked:
            if left < LEAST_PROGRAMS or model.program.column_count >= LARGE or should_stop():
                break
            journal.step(f"the opposite of {name}")
            found, used = _solved(planned, name, taken=decisions[name]["taken"], most=min(left, each))
            solved[name], left = found, left - used
    assert outcome.objective is not None
    names = () if tree is None or len(tree.names) < 2 else tree.names
    made_table = decision_values(
        case, tables, solved, objective=outcome.objective, bound=outcome.bound, scenarios=names
    )
    return {made_table.name: made_table}


def _solved(planned: _Planned, name: str, *, taken: bool, most: int) -> tuple[SolvedOpposite, int]:
    """Returns what is known of the opposite of a decision, and how many linear programs that took."""
    kind, _, item = name.partition(":")
    committed = {(row.kind, row.item) for row in planned.case.commitments}
    if taken and (KINDS[kind], item) not in committed:
        program, guide = _barred(planned.model, kind, item), guide_of(planned.model)
        search = Search(guide, most, start=planned.outcome.end)
    else:
        changed = future_of(planned.case, recipe_of(decide=[(name, not taken)])).case
        over = None if planned.tree is None else scenario_tree(changed)
        if any(refusals(one) for one in ((changed,) if over is None else over.cases)):
            return SolvedOpposite(is_impossible=True), 0
        model = model_over(changed, over)
        program, search = model.program, Search(guide_of(model), most)
    found = planned.engine.solve(program, planned.options, code=NATIVE, search=search, should_stop=planned.should_stop)
    used = most if found.linear_programs is None else found.linear_programs
    if found.status is Status.INFEASIBLE:
        return SolvedOpposite(is_impossible=True), used
    exact = polish(program, found, engine=planned.engine, options=planned.options)
    return SolvedOpposite(exact.objective, exact.bound), used


def _barred(model: Model, kind: str, item: str) -> Program:
    """The program of a plan without a decision: as it is, but for bounds, so that its first basis serves again."""
    block = model.builder.blocks[KINDS[kind]]
    rows = [at for at, label in enumerate(block.axes[0].labels) if label.split("/")[0] == item]
    upper = model.program.column_upper.copy()
    upper[block.column[rows][block.exists[rows]]] = 0.0
    return replace(model.program, column_upper=upper)
