"""A case, its plan up to a date, and the plan of the case that is carried over: what each costs."""

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import verify
from planner.case.read import ReadCase
from planner.case.recheck import faults_of
from planner.replanning.carried_case import carried
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun

SECONDS = 20.0


def plan_of(case, engine):
    """The cost of the best plan, over scenarios where there are some, and its tables, which the check has passed.

    None where there is no plan.

    Where HiGHS finds none, or does not close the gap in time, SCIP is asked: of a few of these cases the HiGHS of
    OR-Tools says that they are impossible, or crashes, and SCIP and CBC have plans.
    """
    tree = scenario_tree(case)
    model = build(case) if tree is None else tree.model()
    for code in ("highs", "scip"):
        options = SolveOptions(solver=code, gap=0.0, time_limit_s=SECONDS)
        outcome = engine.solve(model.program, options, code=code)
        if outcome.status is Status.OPTIMAL:
            break
    if outcome.status is Status.INFEASIBLE:
        return None
    outcome = polish(model.program, outcome, engine=engine, options=options)
    assert outcome.status is Status.OPTIMAL, f"{outcome.status.value}: {outcome.detail}"
    tables = tables_of(Solution(model, outcome))
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    records = {name: list(table.records()) for name, table in tables.items()}
    report = verify(case, records, outcome.objective, futures=futures)
    assert report.passed, report.summary()
    return outcome.objective, tables


def run_of(case, tables, name="first"):
    """A plan in memory as a run."""
    read = ReadCase(case=case, warnings=(), rows={}, row_counts={}, files=(), case_hash="")
    tree = scenario_tree(case)
    return LoadedRun({"run": name, "scenarios": [] if tree is None else list(tree.names)}, tables, read, name)


def checked_carried(case, tables, passed, branch=""):
    """The carried-over case, which has no fault that the case did not have."""
    new = carried(run_of(case, tables), case.settings.calendar.labels[passed], branch=branch)
    known = {kind_of(fault) for fault in faults_of(case)}
    found = [fault for fault in faults_of(new.case) if kind_of(fault) not in known]
    assert not found, found
    return new


def kind_of(fault):
    """A fault without the row that it is of."""
    return fault.file, fault.column, fault.expected.split(" (the row")[0]
