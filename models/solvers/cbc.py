"""Runs the CBC program of PuLP's wheel on a file of ours, and reads its answer at full precision.

PuLP's own reading of CBC calls a solve that stopped at its time limit optimal, and keeps eight digits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program
from models.solvers import logs, program_text, wire
from models.solvers.normalise import SolverClaim, near_limit, normalised
from models.solvers.process import ending, is_killed
from models.solvers.reports import Reporter

_LEAST_SECONDS = 0.05
_INCREMENT = 1e-9
"""By default CBC looks only for plans better by 1e-5, and calls the last one optimal."""
_BOUND_ROUNDING = 5e-4
_HEAD = struct.Struct("<iid")
_INTERRUPTED = "User ctrl-c"
_LOWER_BOUND = "Lower bound:"


@dataclass(frozen=True)
class Answer:
    """What CBC left behind: the first line of its solution file, values and duals, and the end of its log."""

    header: str
    columns: Floats | None
    row_duals: Floats | None
    reduced_costs: Floats | None
    lower_bound: float | None
    interrupted: bool


class Cbc:
    """CBC, one process for each solve."""

    def __init__(self, program: Path, door: str, scratch: Path, send: Callable[[object], None]) -> None:
        self._path = program
        self._scratch = scratch
        self._send = send
        self._running: subprocess.Popen[bytes] | None = None
        self.version = f"CBC {_version(program)}, {door}"

    def stop(self) -> bool:
        """Asks the running CBC to end; it writes its best plan."""
        if self._running is not None:
            self._running.send_signal(signal.SIGINT)
        return True

    def solve(self, program: Program, options: SolveOptions, code: str, reporter: Reporter) -> Outcome:
        """Returns the outcome of one run."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            place = Path(folder)
            with (place / "program.mps").open("w") as file:
                file.writelines(program_text.mps_text(program, short_names=True))
            handed = reporter.seconds
            command = self._command(place, program, options, handed)
            lines, code_of_end = self._run(command, place, reporter)
            answer = _answer(place, program, lines)
        spent = reporter.seconds
        if is_killed(code_of_end):
            seconds = {"hand-off": handed, "solve": spent - handed}
            return Outcome(Status.FAILED, Stop.KILLED, code, self.version, seconds=seconds, detail=ending(code_of_end))
        claim = _claim(answer, program, options, spent_s=spent)
        duals = claim.status is Status.OPTIMAL and not program.is_integer.any()
        return normalised(
            claim,
            program,
            options,
            solver=code,
            version=self.version,
            seconds={"hand-off": handed, "solve": spent - handed},
            row_duals=answer.row_duals if duals else None,
            reduced_costs=answer.reduced_costs if duals else None,
        )

    def _command(self, place: Path, program: Program, options: SolveOptions, spent_s: float) -> list[str]:
        command = [str(self._path), "program.mps", "-timeMode", "elapsed", "-randomCbcSeed", str(options.seed + 1)]
        if options.time_limit_s is not None:
            command += ["-sec", f"{max(_LEAST_SECONDS, options.time_limit_s - spent_s):.3f}"]
        if program.is_integer.any():
            command += ["-ratio", repr(options.gap), "-increment", repr(_INCREMENT)]
            if options.threads is not None and options.threads > 1:
                command += ["-threads", str(options.threads)]
            if options.hint is not None:
                (place / "hint").write_text("".join(_hint_lines(program, options.hint)))
                command += ["-mips", "hint"]
        return [*command, "-solve", "-solution", "solution.txt", "-saveSolution", "solution.bin"]

    def _run(self, command: list[str], place: Path, reporter: Reporter) -> tuple[list[str], int]:
        """Runs CBC and returns its log and exit code, passing figures on as they appear."""
        read, write = _line_channel()
        lines = []
        with (
            os.fdopen(read, errors="replace") as log,
            subprocess.Popen(
                command, cwd=place, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.STDOUT
            ) as process,
        ):
            os.close(write)
            self._running = process
            self._send(wire.ProcessStarted(process.pid))
            # A terminal reports the end of its other side as an error.
            with contextlib.suppress(OSError):
                for line in log:
                    lines.append(line.rstrip())
                    reporter.figures(*logs.cbc(line))
        self._running = None
        if process.returncode != 0:
            lines.append(f"CBC ended with code {process.returncode}")
        return lines, process.returncode


def _line_channel() -> tuple[int, int]:
    """Returns the two ends of a channel; to a terminal CBC writes each line at once, to a pipe in blocks."""
    return os.openpty() if hasattr(os, "openpty") else os.pipe()


def _version(program: Path) -> str:
    found = subprocess.run([str(program), "-quit"], capture_output=True, text=True, check=False, timeout=10)
    return next((line.split()[-1] for line in found.stdout.splitlines() if line.startswith("Version")), "unknown")


def _hint_lines(program: Program, hint: Floats) -> Iterator[str]:
    yield "Stopped on time - objective value 0\n"
    for index in np.flatnonzero(np.isfinite(hint)).tolist():
        yield f"{index} x{index} {float(hint[index])!r} 0\n"


def _answer(place: Path, program: Program, lines: list[str]) -> Answer:
    text = place / "solution.txt"
    header = ""
    if text.exists():
        with text.open() as file:
            header = file.readline().strip()
    header = header or (lines[-1].strip() if lines else "CBC wrote nothing")
    bound = None
    for line in lines:
        if line.startswith(_LOWER_BOUND):
            bound = logs.number(line.removeprefix(_LOWER_BOUND).strip())
    columns, row_duals, reduced_costs = _binary(place / "solution.bin", program)
    return Answer(
        header,
        columns,
        row_duals,
        reduced_costs,
        lower_bound=None if bound is None else bound - _BOUND_ROUNDING - 1e-9 * abs(bound),
        interrupted=any(_INTERRUPTED in line for line in lines),
    )


def _binary(path: Path, program: Program) -> tuple[Floats, Floats, Floats] | tuple[None, None, None]:
    """Returns column values, row duals and reduced costs from CBC's binary file."""
    if not path.exists():
        return None, None, None
    data = path.read_bytes()
    rows, columns, _ = _HEAD.unpack_from(data)
    numbers = np.frombuffer(data, offset=_HEAD.size)
    if rows != program.row_count or columns < program.column_count or len(numbers) < 2 * (rows + columns):
        return None, None, None
    keep = program.column_count
    values, costs = numbers[2 * rows :][:keep], numbers[2 * rows + columns :][:keep]
    return values.copy(), numbers[rows : 2 * rows].copy(), costs.copy()


def _claim(answer: Answer, program: Program, options: SolveOptions, *, spent_s: float) -> SolverClaim:
    """Reads the header, such as `Optimal` or `Stopped on time (no integer solution - continuous used)`."""
    header = answer.header
    limit = Stop.INTERRUPT if answer.interrupted else Stop.TIME
    bound = answer.lower_bound
    if header.startswith("Optimal"):
        if "within gap" not in header and answer.columns is not None:
            # CBC drops every node within the gap of its best plan and then calls the search complete.
            bound = program.objective_of(answer.columns)
            if program.is_integer.any():
                bound -= options.gap * abs(bound) + _INCREMENT
        return SolverClaim(Status.OPTIMAL, limit, answer.columns, bound)
    if header.startswith(("Infeasible", "Integer infeasible")):
        if near_limit(options, spent_s):
            return SolverClaim(
                Status.NOTHING_FOUND, limit, None, bound, "CBC's claim of infeasibility at its limit is not trusted"
            )
        return SolverClaim(Status.INFEASIBLE, limit, None, None)
    if header.startswith("Unbounded"):
        return SolverClaim(Status.UNBOUNDED, limit, None, None)
    if header.startswith("Stopped"):
        found = "no integer solution" not in header and program.is_integer.any() and answer.columns is not None
        status = Status.FEASIBLE if found else Status.NOTHING_FOUND
        return SolverClaim(status, limit, answer.columns if found else None, bound)
    return SolverClaim(Status.FAILED, limit, None, None, header)
