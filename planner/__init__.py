"""Plans how an AI company gets its compute: the Python API.

    import planner

    case = planner.read_case("inputs/frontier-lab")
    case = case.with_value("acquisitions", {"acquisition": "chip_team_deal"}, "price_musd", 400)
    plan = planner.plan(case, time_limit_s=60)
    plan.tables["decisions"]

Tables are pandas DataFrames, which are made when they are asked for. Nothing here prints, writes a file or takes over
signals unless asked. Errors are `PlannerError`; `CaseFaults` lists every fault of a case with its place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.api.change_questions import causes, stability
    from planner.api.decision_questions import repair
    from planner.api.editable_case import EditableCase, read_case
    from planner.api.listed_runs import load_runs
    from planner.api.replan_result import replan
    from planner.api.solved_plan import SolvedPlan, compare, explain, load_run, plan, worth
    from planner.api.study_result import backtest, breakeven, disrupt, regret, sample, stress, tornado
    from planner.api.tracking_result import actuals
    from planner.errors import CaseFaults, PlannerError

_PLACES = {
    "read_case": "planner.api.editable_case",
    "EditableCase": "planner.api.editable_case",
    "plan": "planner.api.solved_plan",
    "load_run": "planner.api.solved_plan",
    "load_runs": "planner.api.listed_runs",
    "compare": "planner.api.solved_plan",
    "SolvedPlan": "planner.api.solved_plan",
    "disrupt": "planner.api.study_result",
    "stress": "planner.api.study_result",
    "regret": "planner.api.study_result",
    "tornado": "planner.api.study_result",
    "sample": "planner.api.study_result",
    "backtest": "planner.api.study_result",
    "breakeven": "planner.api.study_result",
    "explain": "planner.api.solved_plan",
    "worth": "planner.api.solved_plan",
    "stability": "planner.api.change_questions",
    "causes": "planner.api.change_questions",
    "repair": "planner.api.decision_questions",
    "replan": "planner.api.replan_result",
    "actuals": "planner.api.tracking_result",
    "CaseFaults": "planner.errors",
    "PlannerError": "planner.errors",
}

__all__ = [  # noqa: RUF022  in the order in which they are used
    "read_case", "plan", "load_run", "load_runs", "compare", "disrupt", "stress", "regret",
    "tornado", "sample", "backtest", "breakeven", "explain", "worth", "repair", "stability", "causes", "replan",
    "actuals", "EditableCase", "SolvedPlan", "CaseFaults", "PlannerError",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Loads a name of the API when it is used, so that `import planner` takes no time."""
    if name not in _PLACES:
        msg = f"module 'planner' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    """Returns the names of the API."""
    return sorted(__all__)
