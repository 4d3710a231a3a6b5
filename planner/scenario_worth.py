"""What is asked beside a plan over scenarios: the value of information and of stages, the curve of risk, regret."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.build import Model
from models.families.risk import MEAN_WEIGHT
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from models.uncertainty.brackets import Bracket
from models.uncertainty.information import Information, information
from models.uncertainty.least_regret import BestAlone, best_alone
from models.uncertainty.risk_curve import RiskPoint, averse_model, curve_of, path_costs, point_of, with_aversion
from models.uncertainty.scenario_tree import ScenarioTree
from models.verify import verify
from planner.case import ReadCase
from planner.errors import CaseFaults, CheckFailed, Fault, NoPlanFound
from planner.plan_request import Request
from planner.results import Table, tables_of
from planner.results.worth_tables import information_table, regret_table, risk_curve_table

MEASURES = ("cost", "regret")
Step = Callable[[str], object]


def measure_of(read: ReadCase, request: Request, tree: ScenarioTree | None) -> str:
    """Returns what is minimised, `cost` or `regret`.

    Raises:
        CaseFaults: scenarios are needed for what is asked, or two things are asked that exclude each other.
    """
    if request.objective not in (None, *MEASURES):
        raise CaseFaults([Fault(f"--objective {request.objective}", "is not known", f"Use {' or '.join(MEASURES)}.")])
    measure = request.objective or ("cost" if request.base else read.case.settings.objective)
    asked = {
        "--objective regret": measure == "regret",
        "--information": request.information,
        "--risk-curve": bool(request.risk_curve),
    }
    if tree is None or len(tree.names) < 2:
        remedy = "Plan a case with several scenarios, without --base."
        if read.case.scenarios and not (request.base or read.case.settings.use_scenarios):
            remedy = "Set use_scenarios = true in plan.toml."
        raise_faults([Fault(name, "needs several scenarios", remedy) for name, is_asked in asked.items() if is_asked])
    if measure == "regret":
        remedy = "Leave it out, or plan with --objective cost."
        also = [name for name, is_asked in asked.items() if is_asked][1:]
        raise_faults([Fault(name, "is about expected cost, and regret is minimised", remedy) for name in also])
    wrong = [value for value in request.risk_curve if not 0.0 <= value <= 1.0]
    if wrong or len(set(request.risk_curve)) < len(request.risk_curve):
        given = ",".join(f"{value:g}" for value in request.risk_curve)
        expected = "the weights must differ and lie between 0 and 1"
        raise_faults([Fault(f"--risk-curve {given}", expected, "Write --risk-curve 0,0.25,0.5,0.75,1.")])
    return measure


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raises CaseFaults where there are some."""
    if faults:
        raise CaseFaults(list(faults))


def plans_alone(tree: ScenarioTree, engine: Engine, options: SolveOptions, on_step: Step) -> BestAlone:
    """Returns what each scenario costs if it is known from the start.

    Raises:
        NoPlanFound: no plan was found for some scenario.
    """
    found = best_alone(tree, engine, options, on_step)
    if found.missing:
        names = ", ".join(found.missing)
        msg = f"No plan was found for {names} alone, so that regret is not known. Allow more with --time-limit."
        raise NoPlanFound(msg)
    return found


def tables_beside(
    request: Request,
    tree: ScenarioTree,
    solution: Solution,
    alone: BestAlone | None,
    *,
    engine: Engine,
    options: SolveOptions,
    on_step: Step,
) -> dict[str, Table]:
    """Returns the tables that were asked for beside a plan.

    Raises:
        CheckFailed: costs cannot stand in the order in which they must, or the check refuses a plan of the curve.
        NoPlanFound: a point of the curve has no plan.
    """
    outcome, found = solution.outcome, dict[str, Table]()
    if alone is not None:
        frame = solution.model.frame
        futures = [tree.names[future] for future in frame.tree.future[frame.tree.leaves].tolist()]
        costs = dict(zip(futures, path_costs(solution).tolist(), strict=True))
        found["regret"] = regret_table({name: costs[name] for name in tree.names}, alone.costs)
    if request.information:
        rp = Bracket(outcome.bound, outcome.objective)
        found["information"] = information_table(worth_of(tree, solution.model, rp, engine, options, on_step).named())
    if request.risk_curve:
        points = risk_points(tree, request.risk_curve, engine, options, on_step, known=solution)
        found["risk_curve"] = risk_curve_table(points)
    return found


def worth_of(
    tree: ScenarioTree, model: Model, rp: Bracket, engine: Engine, options: SolveOptions, on_step: Step
) -> Information:
    """Returns what knowing, planning over scenarios and deciding in stages are worth.

    Raises:
        CheckFailed: the costs cannot stand in the order in which they must.
    """
    found = information(tree, model, rp, engine, options, on_step)
    if not found.is_ordered:
        stated = ", ".join(f"{name} {one.low} to {one.high}" for name, one in found.named().items())
        msg = f"The costs cannot be in order, so that some bound is wrong: {stated}."
        raise CheckFailed(msg)
    return found


def risk_points(
    tree: ScenarioTree,
    levels: Sequence[float],
    engine: Engine,
    options: SolveOptions,
    on_step: Step,
    *,
    known: Solution | None = None,
) -> tuple[RiskPoint, ...]:
    """Returns the curve of risk; each plan has passed the independent check. `known` is a plan that is there already.

    Raises:
        CheckFailed, NoPlanFound: a point has no plan, or one that the check refuses.
    """
    points = []
    for aversion in sorted(levels):
        if known is not None and aversion == tree.case.settings.risk_aversion:
            points.append(point_of(known, aversion, known.outcome.bound))
            continue
        on_step(f"risk aversion {aversion:g}")
        points.append(_point(tree, aversion, engine, options))
    return curve_of(points)


def _point(tree: ScenarioTree, aversion: float, engine: Engine, options: SolveOptions) -> RiskPoint:
    """The best plan for a weight of risk.

    With all weight on the tail nothing would be said of other paths: a thousandth is left to the mean. As the mean is
    no more than the tail, what that objective is at least is a bound of the tail as well.
    """
    solved_for = min(aversion, 1.0 - MEAN_WEIGHT)
    model = averse_model(tree, solved_for)
    outcome = polish(model.program, solve_model(model, engine, options), engine=engine, options=options)
    if outcome.status is Status.INFEASIBLE or not outcome.has_solution:
        msg = f"No plan was found for risk aversion {aversion:g} ({outcome.detail}). Allow more with --time-limit."
        raise NoPlanFound(msg)
    solution = Solution(model, outcome)
    records = {name: list(made.records()) for name, made in tables_of(solution).items()}
    futures = dict(zip(tree.names, model.frame.cases, strict=True))
    report = verify(with_aversion(tree.case, solved_for), records, outcome.objective, futures=futures)
    if not report.passed:
        msg = f"The independent check refuses the plan for risk aversion {aversion:g}. {report.summary(0)}"
        raise CheckFailed(msg)
    return point_of(solution, aversion, outcome.bound)
