"""What can be asked of a plan over scenarios: what knowing and deciding in stages are worth, and the curve of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.outcome import SolveOptions
from models.solvers.child import Engine
from models.uncertainty.brackets import Bracket
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from planner.api.frames import frame_of
from planner.errors import CaseFaults, Fault
from planner.plan_request import Request
from planner.results.loaded_run import LoadedRun
from planner.results.worth_tables import information_table, risk_curve_table
from planner.scenario_worth import measure_of, risk_points, worth_of

if TYPE_CHECKING:
    from pandas import DataFrame


def information_of(loaded: LoadedRun) -> DataFrame:
    """Returns the costs with all known, over scenarios, at once and with the mean's decisions, and differences."""
    tree = _tree_of(loaded, Request(information=True))
    if "information" in loaded.tables:
        return frame_of(loaded.tables["information"])
    options = SolveOptions(**loaded.manifest["options"])
    rp = Bracket(loaded.manifest.get("bound_musd"), loaded.manifest["objective_musd"])
    with Engine.start(options.solver) as engine:
        found = worth_of(tree, tree.model(), rp, engine, options, _quiet)
    made = frame_of(information_table(found.named()))
    made.attrs["notes"] = found.notes
    return made


def risk_curve_of(loaded: LoadedRun, levels: tuple[float, ...]) -> DataFrame:
    """Returns the curve of risk at some weights."""
    tree = _tree_of(loaded, Request(risk_curve=levels))
    options = SolveOptions(**loaded.manifest["options"])
    with Engine.start(options.solver) as engine:
        return frame_of(risk_curve_table(risk_points(tree, levels, engine, options, _quiet)))


def _tree_of(loaded: LoadedRun, request: Request) -> ScenarioTree:
    """The tree of a plan that minimises cost over several scenarios.

    Raises:
        CaseFaults: it is another plan, or the request has faults.
    """
    tree = scenario_tree(loaded.case) if loaded.manifest.get("scenarios") else None
    if tree is None or len(tree.names) < 2:
        remedy = "Plan a case with several scenarios, without `base`."
        raise CaseFaults([Fault(f"plan {loaded.name}", "is for one future: nothing is left to be known", remedy)])
    if loaded.best_alone:
        remedy = "Plan it with objective cost."
        raise CaseFaults([Fault(f"plan {loaded.name}", "minimises regret, and this is about expected cost", remedy)])
    measure_of(loaded.read, request, tree)
    return tree


def _quiet(_: str) -> None:
    """Nobody follows."""
