"""What knowing and planning over scenarios are worth, as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.outcome import SolveOptions
from models.solvers.child import Engine
from models.uncertainty.information import Bracket, Information, information
from models.uncertainty.scenario_tree import scenario_tree
from planner.api.frames import frame_of
from planner.errors import CaseFaults, CheckFailed, Fault
from planner.results.loaded_run import LoadedRun
from planner.results.table import table

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = "name at_least_musd at_most_musd meaning"
_MEANINGS = {
    "WS": "expected cost if the scenario were known from the start",
    "RP": "expected cost of the plan over scenarios",
    "EEV": "expected cost when the plan for the mean is followed until the first reveal",
    "EVPI": "what knowing the scenario would be worth at most: RP less WS",
    "VSS": "what planning over scenarios is worth: EEV less RP",
}


def information_of(loaded: LoadedRun) -> DataFrame:
    """Returns the costs with all known, over scenarios and with the mean's first decisions, and what lies between."""
    tree = scenario_tree(loaded.case) if loaded.manifest.get("scenarios") else None
    if tree is None or len(tree.names) < 2:
        remedy = "Plan a case with several scenarios, without `base`."
        raise CaseFaults([Fault(f"plan {loaded.name}", "is for one future: nothing is left to be known", remedy)])
    options = SolveOptions(**loaded.manifest["options"])
    rp = Bracket(loaded.manifest.get("bound_musd"), loaded.manifest["objective_musd"])
    with Engine.start(options.solver) as engine:
        found = information(tree, tree.model(), rp, engine, options)
    if not found.is_ordered:
        msg = f"The costs cannot be in order, which no bound may say: {_costs_as_text(found)}."
        raise CheckFailed(msg)
    brackets = {"WS": found.ws, "RP": found.rp, "EEV": found.eev, "EVPI": found.evpi, "VSS": found.vss}
    rows = [(name, _known(one.low), _known(one.high), _MEANINGS[name]) for name, one in brackets.items()]
    made = frame_of(table("information", COLUMNS, rows))
    made.attrs["notes"] = found.notes
    return made


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _costs_as_text(found: Information) -> str:
    brackets = {"WS": found.ws, "RP": found.rp, "EEV": found.eev}
    return ", ".join(f"{name} {one.low} to {one.high}" for name, one in brackets.items())
