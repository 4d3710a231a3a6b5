"""The same plan written the textbook way: PuLP loops, plain big-M, no tightening.

Written from the formulation and its binding readings alone, for cases without scenarios. It shares nothing with
the planner's builder but the typed rows of the input tables.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulp

from tests.oracle import (
    textbook_contracts,
    textbook_fleet,
    textbook_moves,
    textbook_owed,
    textbook_rights,
    textbook_rules,
    textbook_tiers,
)
from tests.oracle.book import Book


def textbook_problem(case):
    """The problem of a deterministic case and the book of its variables."""
    book = Book.of(case)
    fill(book)
    book.problem.setObjective(objective(book))
    return book.problem, book


def fill(book):
    """Adds all variables and rows of a case to the problem of its book."""
    textbook_moves.add_moves(book)
    textbook_fleet.add_orders(book)
    textbook_rights.add_cancellations(book)
    textbook_rights.add_open_cancellations(book)
    textbook_fleet.add_arrivals(book)
    textbook_fleet.add_fleet(book)
    textbook_fleet.add_running_leases(book)
    textbook_rights.add_lease_changes(book)
    textbook_fleet.add_active(book)
    textbook_fleet.add_work(book)
    textbook_fleet.add_power(book)
    textbook_moves.add_gates(book)
    textbook_moves.add_ramp(book)
    textbook_tiers.add_order_money(book)
    textbook_moves.add_programme_money(book)
    textbook_moves.add_acquisition_money(book)
    textbook_moves.add_agreement_money(book)
    textbook_moves.add_expansion_money(book)
    textbook_contracts.add_module_rents(book)
    textbook_contracts.add_fixed_costs(book)
    textbook_contracts.add_commit_levels(book)
    textbook_contracts.add_milestones(book)
    textbook_owed.add_owed(book)
    textbook_rules.add_carbon(book)
    textbook_contracts.add_facilities(book)
    textbook_rules.add_limits(book)
    textbook_rules.add_budgets(book)
    textbook_rules.add_policies(book)
    textbook_rules.add_commitments(book)


def objective(book):
    """Discounted cost less the discounted value left, with its constant on the column fixed at one."""
    rate = book.case.settings.discount_rate
    total = pulp.lpSum(book.clock.discount(rate, t) * x for (_, t), terms in book.cash.items() for x in terms)
    total -= book.clock.discount_end(rate) * pulp.lpSum(book.left)
    total += total.constant * book.one
    total.constant = 0
    return total


@dataclass(frozen=True)
class Solved:
    """What a solve of the textbook problem found; USD million, seconds."""

    solver: str
    status: str
    objective: float | None
    bound: float | None
    seconds: dict = field(default_factory=dict)
    columns: int = 0
    rows: int = 0
    nonzeros: int = 0
    book: Any = None

    def totals(self):
        """Discounted cost by category of the solution, USD million; `value_left` is negative."""
        rate, clock = self.book.case.settings.discount_rate, self.book.clock
        found = {}
        for (category, t), terms in self.book.cash.items():
            found[category] = found.get(category, 0.0) + clock.discount(rate, t) * pulp.lpSum(terms).value()
        left = pulp.lpSum(self.book.left)
        found["value_left"] = -clock.discount_end(rate) * (left.value() if len(left) else left.constant)
        return found


def solve_textbook(case, solver="scip", gap=0.0, time_limit=60.0, threads=1):
    """Builds and solves a case with `cbc` (PuLP), `scip` or `highs` (OR-Tools in a child process)."""
    began = time.perf_counter()
    problem, book = textbook_problem(case)
    return solved(problem, book, solver, gap, time_limit, threads, began)


def solved(problem, book, solver, gap, time_limit, threads, began):
    """Solves a problem that was begun to be built at a time of the clock."""
    seconds = {"build": time.perf_counter() - began}
    with tempfile.TemporaryDirectory() as folder:
        run = cbc if solver == "cbc" else child
        status, value, bound, spent = run(problem, solver, Path(folder), (gap, time_limit, threads))
    return Solved(
        solver=solver,
        status=status,
        objective=value,
        bound=bound,
        seconds=seconds | spent,
        columns=len(problem.variables()),
        rows=len(problem.constraints()),
        nonzeros=sum(len(row) for row in problem.constraints()),
        book=book,
    )


def cbc(problem, _, folder, limits):
    """Solves with the CBC that comes with PuLP; its `sol_status` tells what its `status` hides."""
    gap, time_limit, threads = limits
    log = folder / "cbc.log"
    command = pulp.COIN_CMD(
        path=pulp.PULP_CBC_CMD.pulp_cbc_path,
        msg=False,
        gapRel=gap,
        # By default CBC looks only for solutions that are better by 1e-5, and calls the last one optimal.
        options=["increment 1e-9"],
        timeLimit=time_limit,
        threads=threads,
        logPath=str(log),
    )
    began = time.perf_counter()
    problem.solve(command)
    spent = {"write": 0.0, "solve": time.perf_counter() - began}
    status = {
        pulp.LpSolutionOptimal: "optimal",
        pulp.LpSolutionIntegerFeasible: "feasible",
        pulp.LpSolutionInfeasible: "infeasible",
        pulp.LpSolutionUnbounded: "unbounded",
    }.get(problem.sol_status, "nothing found")
    value = pulp.value(problem.objective) if status in ("optimal", "feasible") else None
    stated = re.search(r"Lower bound:\s+([-+\d.eE]+)", log.read_text(encoding="utf-8"))
    bound = float(stated.group(1)) if stated else (value if status == "optimal" and gap == 0 else None)
    return status, value, bound, spent


def child(problem, solver, folder, limits):
    """Solves with an engine of OR-Tools in a process of its own, from an MPS file."""
    gap, time_limit, threads = limits
    path = folder / "problem.mps"
    began = time.perf_counter()
    variables, names, _, _ = problem.writeMPS(str(path), rename=True)
    written = time.perf_counter()
    script = Path(__file__).with_name("run_mps.py")
    command = [sys.executable, str(script), str(path), solver, str(gap), str(time_limit), str(threads)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=4 * time_limit + 60, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    found = json.loads(answer.stdout.splitlines()[-1])
    for variable in variables:
        variable.varValue = found["values"].get(names[variable.name])
    spent = {"write": written - began, "read": found["read"], "solve": found["solve"]}
    return found["status"], found["objective"], found["bound"], spent
