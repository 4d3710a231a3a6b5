"""What is said of the futures of a plan: which it is made for, and which of them cannot be met."""

from __future__ import annotations

from models.build import Model
from models.case import Case
from models.outcome import SolveOptions, Status
from models.solvers.catalogue import general_code
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import ScenarioTree
from planner.errors import listed

NORMALISED = "normalised: the probability was"
"""How the note of a scenario begins whose probability was divided by the sum of all."""
NOT_NORMALISED = "--normalise has no effect: the probabilities add up to 1."
REPAIR = "`fleetplan repair CASE` lists the least repairs by kind, priced and tried, and writes the repaired case."
_SECONDS = 20.0


def planned_for(case: Case, tree: ScenarioTree | None) -> str:
    """Returns in one line whether a plan is made over the scenarios of its case; blank where it has none."""
    count = len(case.scenarios)
    if not count:
        return ""
    if tree is None:
        why = "use_scenarios = false" if not case.settings.use_scenarios else "--base"
        scenarios = "the scenario is" if count == 1 else f"its {count} scenarios are"
        return f"Planned the base case ({why}); {scenarios} ignored."
    if len(tree.names) == 1:
        return f"Planned for one scenario, {tree.names[0]}: there is no other."
    apart = f"which differ from {listed(tree.revealed, most=12)} on"
    line = f"Planned over {len(tree.names)} scenarios in {tree.stages} stages, {apart}."
    return " ".join(part for part in (line, normalised_remark(case)) if part)


def normalised_remark(case: Case) -> str:
    """Returns in a sentence that the probabilities of a case were normalised, as the notes of its scenarios say."""
    if not any(row.note.startswith(NORMALISED) for row in case.scenarios):
        return ""
    return "The probabilities did not add up to 1 and were divided by their sum."


def why_infeasible(name: str, model: Model, engine: Engine, tree: ScenarioTree | None) -> str:
    """Returns why there is no plan; of a tree the first future that cannot be met even by itself."""
    return f"{_conflict(name, model, engine, tree)}\n{REPAIR}"


def _conflict(name: str, model: Model, engine: Engine, tree: ScenarioTree | None) -> str:
    from models.diagnose import explain

    if tree is None:
        return "\n".join([f"No plan can meet the requirements of {name}.", *explain(model, engine).lines])
    for future in tree.names:
        alone = tree.future(future)
        options = SolveOptions(gap=1.0, time_limit_s=_SECONDS)
        found = engine.solve(alone.program, options, code=general_code(engine.name))
        if found.status is Status.INFEASIBLE:
            sentence = f"No plan can meet the requirements of {name} in the scenario {future}, even planned by itself."
            return "\n".join([sentence, *explain(alone, engine).lines])
    sentence = (
        f"No plan can meet the requirements of {name} in all scenarios, although each is feasible by itself: "
        "no decisions taken before they differ fit all of them."
    )
    return "\n".join([sentence, *explain(model, engine).lines])
