"""What comes after the search: its plan is read, checked and written.

Little of this is needed before a solver is at work, so it is loaded while the solver is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from models.build import Model
from models.outcome import Outcome, SolveOptions, Stop
from models.solution import Solution
from models.solvers.child import Engine
from models.verify import Report, verify
from planner.ahead import Ahead
from planner.case import ReadCase
from planner.errors import CheckFailed
from planner.folder import Target
from planner.interrupts import Interrupts
from planner.journal import Journal
from planner.manifest import PlanFacts, write_plan
from planner.results import Table, tables_of
from planner.second_opinion import SecondOpinion, second_opinion
from planner.trial import Ending

_MOST_FINDINGS = 12

Meanwhile: TypeAlias = Callable[[ReadCase, Mapping[str, Table]], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A plan that has passed the check and was written to `folder`."""

    read: ReadCase
    options: SolveOptions
    model: Model
    outcome: Outcome
    """The polished outcome: exact integers, prices at this plan, the bound of the search."""
    solution: Solution
    tables: Mapping[str, Table]
    report: Report
    second: SecondOpinion | None
    seconds: Mapping[str, float]
    folder: Path

    @property
    def gap_musd(self) -> float | None:
        """How much the plan may lie above the least possible cost, USD million; None while there is no bound."""
        return gap_musd(self.outcome)

    @property
    def is_interrupted(self) -> bool:
        """True when the user stopped the search."""
        return self.outcome.stop is Stop.INTERRUPT

    @property
    def exit_code(self) -> int:
        """0, or 5 where a second solver disagrees."""
        return CheckFailed.exit_code if self.second is not None and self.second.agrees is False else 0


def gap_musd(outcome: Outcome) -> float | None:
    """Returns |objective − bound| in USD million; None where either is unknown."""
    if outcome.objective is None or outcome.bound is None:
        return None
    return abs(outcome.objective - outcome.bound)


def finished(
    read: ReadCase,
    options: SolveOptions,
    model: Model,
    outcome: Outcome,
    target: Target,
    *,
    command: str,
    engine: Engine,
    other: Engine | None,
    journal: Journal,
    keys: Interrupts,
    ahead: Ahead,
    meanwhile: Meanwhile,
) -> Run:
    """Asks the second solver, if there is one, then checks and writes the plan; both engines are ended.

    `outcome` is the polished one. `meanwhile` is given the tables while the files of the plan are written.

    Raises:
        CheckFailed: the independent check refuses the plan.
        CaseFaults, OwnError: the run cannot be written.
    """
    second = None
    if other is not None and outcome.stop is not Stop.INTERRUPT:
        journal.begin("second solver")
        second = second_opinion(model, outcome, options, engine=other, journal=journal, interrupts=keys)
        journal.note(second.text)
    with Ending(engine, *([] if other is None else [other])):
        journal.begin("results")
        solution = Solution(model, outcome)
        tables = tables_of(solution)
        journal.begin("verify")
        report = verify(read.case, {name: list(table.records()) for name, table in tables.items()}, outcome.objective)
        if not report.passed:
            found = "\n".join(str(finding) for finding in report.findings[:_MOST_FINDINGS])
            msg = f"The independent check refuses the plan; nothing was written. {report.summary(0)}\n{found}"
            raise CheckFailed(msg)
        journal.note(report.summary())
        keys.let_finish()
        journal.begin("write")
        facts = PlanFacts(read, command, options, model, outcome, report, second)
        folder = write_plan(
            target, facts, tables, journal, ahead.begun(), lambda: meanwhile(read, tables)
        )  # fmt: skip
        journal.end()
    return Run(
        read=read, options=options, model=model, outcome=outcome, solution=solution, tables=tables, report=report,
        second=second, seconds=dict(journal.seconds), folder=folder,
    )  # fmt: skip


__all__ = ["Meanwhile", "Run", "finished", "gap_musd"]
