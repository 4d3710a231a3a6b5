"""What a plan is asked for on the command line, and the solver that will answer.

This module imports little, so that the solver's process can be started before everything else: it loads its library
while this process loads the rest.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.outcome import SolveOptions
from models.solvers.catalogue import UnknownEngineError, facts_of
from models.solvers.child import Engine
from planner.errors import CaseFaults, Fault, UnreadableError
from planner.files.safe_reading import read_file

if TYPE_CHECKING:
    from models.case import SolverSettings
    from planner.results.loaded_run import LoadedRun


# A guess is enough: where it is wrong, the solver that the case names is started once the case is read.
_SOLVER_NAME = re.compile(r"""^\s*\[solver\][^\[]*?^\s*name\s*=\s*["']([\w:.-]+)["']""", re.MULTILINE)
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line; None means: as the case says, else the default.

    Times in seconds, memory in MB. `output` is the very folder to write, `base` leaves the scenarios aside, `normalise`
    divides their probabilities by their sum, `objective` is `cost` or `regret`. `information` asks what knowing and
    deciding in stages are worth, `risk_curve` for the weights of risk of a curve, and `opposites` what the opposite of
    each strategic decision costs. `parquet` also writes the tables as Parquet. `near` is a run, or its folder, that the
    plan is to stay near to, at a cost of at most the share `stability` above the least. `workers` solver processes
    share a plan over many scenarios, run as `executor` says (`local`, `serial`, or `dask` at the address `cluster`),
    and `points` is the folder in which what they have solved is stored meanwhile. `command` is the line that was typed.
    """

    solver: str | None = None
    gap: float | None = None
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int | None = None
    memory_mb: int | None = None
    workers: int | None = None
    executor: str = "local"
    cluster: str | None = None
    points: Path | None = None
    second_solver: str | None = None
    output: Path | None = None
    replace: bool = False
    base: bool = False
    normalise: bool = False
    objective: str | None = None
    information: bool = False
    risk_curve: tuple[float, ...] = ()
    opposites: bool = True
    parquet: bool = False
    near: Path | LoadedRun | None = None
    stability: float | None = None
    command: str = ""


def start_engine(folder: Path, request: Request) -> Engine:
    """Starts the solver that will probably be used, before the case is read and checked.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs.
    """
    if request.solver is not None:
        require_integer_solver(request.solver, "--solver")
        return Engine.start(request.solver)
    try:
        text = read_file(folder / "plan.toml", most=_MOST_BYTES, within=folder).decode("utf-8", "replace")
        named = _SOLVER_NAME.search(text)
        return Engine.start(named[1] if named is not None else SolveOptions().solver)
    except (UnreadableError, UnknownEngineError):
        # Whatever is wrong here, reading the case reports it with its place.
        return Engine.start(SolveOptions().solver)


def levels_of(text: str) -> tuple[float, ...]:
    """Returns the weights of risk in a text such as `0,0.25,1`; raises CaseFaults where it has others."""
    try:
        return tuple(float(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        remedy = "Write --risk-curve 0,0.25,0.5,0.75,1."
        raise CaseFaults([Fault(f"--risk-curve {text}", "is not a list of numbers", remedy)]) from None


STABILITY = 0.005
"""How much above the least cost a plan near an earlier one may cost, where nothing else is asked for."""


def share_of_text(option: str, text: str) -> float:
    """Returns a share that is written as a fraction or in per cent.

    Raises:
        CaseFaults: it is neither, or not above 0 and at most 1.
    """
    number, sign, rest = text.strip().partition("%")
    try:
        found = float(number) / (100.0 if sign else 1.0)
    except ValueError:
        found = -1.0
    if rest.strip() or not 0.0 < found <= 1.0:
        raise CaseFaults(
            [Fault(option, "must be a share above 0 % and up to 100 %", "Write for example 1%.", value=text)]
        )
    return found


def merged(request: Request, case: SolverSettings) -> SolveOptions:
    """Returns how to solve: the command line goes before `plan.toml`, which goes before the defaults.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs.
    """
    name = request.solver or case.name or SolveOptions().solver
    source = "--solver" if request.solver else "plan.toml, solver.name"
    require_integer_solver(name, source)
    return SolveOptions(
        solver=name,
        gap=case.gap if request.gap is None else request.gap,
        time_limit_s=case.time_limit_s if request.time_limit_s is None else request.time_limit_s,
        threads=case.threads if request.threads is None else request.threads,
        seed=case.seed if request.seed is None else request.seed,
        memory_mb=request.memory_mb,
    )


def require_integer_solver(name: str, source: str) -> None:
    """Refuses what cannot solve a plan.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs; `source` says who asked for it.
    """
    with contextlib.suppress(UnknownEngineError):
        if facts_of(name).integers:
            return
    # Reading cases takes time to load, which only a fault is worth.
    from planner.case.settings import solver_fault

    fault = solver_fault(name, source)
    assert fault is not None
    raise CaseFaults([fault])


__all__ = ["STABILITY", "Request", "merged", "require_integer_solver", "share_of_text", "start_engine"]
