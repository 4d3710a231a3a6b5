"""Drives any solver that PuLP knows, through PuLP's own objects: slower, and without progress."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program
from models.solvers.normalise import SolverClaim, near_limit, normalised
from models.solvers.reports import Reporter

# PuLP carries no types.
PulpObject: TypeAlias = Any


class PulpObjects:
    """One of PuLP's solvers by its PuLP name."""

    def __init__(self, name: str, pulp: ModuleType, scratch: Path) -> None:
        """Looks for the solver.

        Raises:
            ValueError: PuLP does not know it, or it is not usable here.
        """
        self._name = name
        self._pulp = pulp
        self._scratch = scratch
        known = pulp.listSolvers()
        if name not in known:
            msg = f"PuLP knows no solver '{name}'. It knows: {', '.join(sorted(set(known)))}."
            raise ValueError(msg)
        try:
            usable = pulp.getSolver(name, msg=False).available()
        except pulp.PulpSolverError as error:
            msg = f"PuLP cannot use {name}: {error}"
            raise ValueError(msg) from error
        if not usable:
            msg = f"PuLP finds no {name} on this machine (program, Python package or licence missing)"
            raise ValueError(msg)
        self.version = f"{name} by PuLP {pulp.__version__}"

    def stop(self) -> bool:
        """False: PuLP gives no way to stop a solver and keep its plan."""
        return False

    def solve(self, program: Program, options: SolveOptions, code: str, reporter: Reporter) -> Outcome:
        """Returns the outcome, read from PuLP's `sol_status`."""
        problem, variables = self._problem(program)
        handed = reporter.seconds
        if options.hint is not None:
            for variable, value in zip(variables, options.hint.tolist(), strict=True):
                if np.isfinite(value):
                    variable.setInitialValue(value, check=False)
        problem.solve(self._solver(program, options))
        spent = reporter.seconds
        claim = self._claim(problem, variables, program, options, spent_s=spent)
        return normalised(
            claim,
            program,
            options,
            solver=code,
            version=self.version,
            seconds={"hand-off": handed, "solve": spent - handed},
        )

    def _problem(self, program: Program) -> tuple[PulpObject, list[PulpObject]]:
        pulp = self._pulp
        problem = pulp.LpProblem("program", pulp.LpMinimize)
        variables = [
            pulp.LpVariable(
                f"x{index}",
                low if np.isfinite(low) else None,
                high if np.isfinite(high) else None,
                pulp.LpInteger if whole else pulp.LpContinuous,
            )
            for index, (low, high, whole) in enumerate(
                zip(
                    program.column_lower.tolist(),
                    program.column_upper.tolist(),
                    program.is_integer.tolist(),
                    strict=True,
                )
            )
        ]
        # The constant does not go along: several of PuLP's writers lose it.
        problem += pulp.LpAffineExpression(zip(variables, program.objective.tolist(), strict=True))
        ends, columns, values = program.starts.tolist(), program.columns.tolist(), program.values.tolist()
        for row, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)):
            span = range(ends[row], ends[row + 1])
            terms = [(variables[columns[entry]], values[entry]) for entry in span]
            if low == high:
                problem += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, f"r{row}", low)
                continue
            if np.isfinite(low):
                problem += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintGE, f"r{row}g", low)
            if np.isfinite(high):
                problem += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintLE, f"r{row}l", high)
        return problem, variables

    def _solver(self, program: Program, options: SolveOptions) -> PulpObject:
        arguments: dict[str, object] = {
            "msg": False,
            "mip": bool(program.is_integer.any()),
            "warmStart": options.hint is not None,
        }
        if options.time_limit_s is not None:
            arguments["timeLimit"] = options.time_limit_s
        if options.threads is not None:
            arguments["threads"] = options.threads
        arguments["gapRel"] = options.gap
        accepted = inspect.signature(type(self._pulp.getSolver(self._name)).__init__).parameters
        solver = self._pulp.getSolver(
            self._name, **{name: value for name, value in arguments.items() if name in accepted}
        )
        if hasattr(solver, "tmpDir"):
            solver.tmpDir = str(self._scratch)
        return solver

    def _claim(
        self,
        problem: PulpObject,
        variables: list[PulpObject],
        program: Program,
        options: SolveOptions,
        *,
        spent_s: float,
    ) -> SolverClaim:
        pulp = self._pulp
        values: Floats | None = None
        if problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            values = np.array([variable.varValue or 0.0 for variable in variables])
        if problem.sol_status == pulp.LpSolutionOptimal and values is not None:
            # PuLP hands no bound over: what is known is that the solver was asked for this gap and says it got there.
            objective = program.objective_of(values)
            inferred = objective - options.gap * abs(objective) if program.is_integer.any() else objective
            return SolverClaim(
                Status.OPTIMAL, Stop.GAP, values, inferred, "bound inferred from the gap that was asked for"
            )
        if values is not None:
            return SolverClaim(Status.FEASIBLE, Stop.TIME, values, None)
        infeasible = problem.status == pulp.LpStatusInfeasible or problem.sol_status == pulp.LpSolutionInfeasible
        if infeasible and not near_limit(options, spent_s):
            return SolverClaim(Status.INFEASIBLE, Stop.PROOF, None, None)
        if pulp.LpStatusUnbounded == problem.status or problem.sol_status == pulp.LpSolutionUnbounded:
            return SolverClaim(Status.UNBOUNDED, Stop.PROOF, None, None)
        detail = f"PuLP says '{pulp.LpSolution[problem.sol_status]}', which it also says when a limit came first"
        return SolverClaim(Status.NOTHING_FOUND, Stop.TIME, None, None, detail)
