"""What is written about a run: the manifest, the plan as JSON, and what made both."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.build import Model
from models.case import SCHEMA_VERSION, Case
from models.outcome import Outcome, SolveOptions, Stop
from models.uncertainty.decomposition.path_plans import ProgramSize
from models.verify import TOLERANCE, Report
from planner.case import ReadCase
from planner.files.run_folder import EVENTS, LOG, MANIFEST, PLAN, Content, Target, run_files, write_run
from planner.journal import Journal, known
from planner.plan_documents import run_documents
from planner.results import Table
from planner.results.loaded_run import LoadedRun
from planner.second_opinion import SecondOpinion
from planner.versions import PACKAGES, package_version, version

_RECORDS_OF_A_PIECE = 1000


@dataclass(frozen=True)
class PlanFacts:
    """What is known of a plan when it is written; the outcome is the polished one."""

    read: ReadCase
    command: str
    options: SolveOptions
    size: ProgramSize
    scenarios: tuple[str, ...]
    outcome: Outcome
    report: Report
    second: SecondOpinion | None


def write_plan(
    target: Target, facts: PlanFacts, tables: Mapping[str, Table], journal: Journal, *, parquet: bool = False
) -> Path:
    """Writes the folder of a run, with `parquet` also its tables as Parquet, and returns it.

    Raises:
        CaseFaults, InternalError: it cannot be written.
    """
    # The exporters read what the files will hold, so that a report that is written again later is the same.
    name = target.name
    stated = json.loads(json.dumps(manifest_of(facts, journal, {}, name), allow_nan=False))
    seconds = dict(journal.seconds)
    files: dict[str, Content] = dict(run_files([(file.name, file.data) for file in facts.read.files], tables, {}))
    files[PLAN] = lambda: (piece.encode() for piece in plan_pieces(facts, tables, seconds))
    files |= {EVENTS: journal.lines().encode(), LOG: journal.log().encode()}
    loaded = LoadedRun(stated, tables, facts.read, name)
    files |= run_documents(loaded)
    if parquet:
        from planner.parquet_tables import parquet_files

        files |= parquet_files(loaded)

    def manifest(written: Mapping[str, str]) -> bytes:
        made = json.dumps(manifest_of(facts, journal, written, name), indent=2, ensure_ascii=False, allow_nan=False)
        return f"{made}\n".encode()

    return write_run(target, files, last=MANIFEST, made_of=manifest)


def manifest_of(facts: PlanFacts, journal: Journal, written: Mapping[str, str], name: str) -> dict[str, Any]:
    """Returns the manifest of a run; `written` holds the SHA-256 of every file beside it, `name` is its folder's."""
    read, outcome = facts.read, facts.outcome
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_of(read.case, outcome),
        "fleetplan_version": version(),
        "run": name,
        "command": facts.command,
        "interrupted": outcome.stop is Stop.INTERRUPT,
        "second_solver": None if facts.second is None else asdict(facts.second) | {"text": facts.second.text},
        "options": stated_options(facts.options),
        "seed": facts.options.seed,
        "seconds": rounded(journal.seconds),
        "seconds_until_written": round(journal.elapsed, 3),
        "peak_memory_mb": {"planner": known(peak_memory_mb()), "solver": known(outcome.peak_memory_mb)},
        **asdict(facts.size),
        "periods": periods_of(read.case),
        "scenarios": list(facts.scenarios),
        "check": check_of(facts.report),
        "warnings": [warning.text for warning in read.warnings],
        "case_hash": read.case_hash,
        "inputs": {file.name: file.sha256 for file in read.files},
        **surroundings(),
        "files": dict(sorted(written.items())),
    }


def stated_options(options: SolveOptions) -> dict[str, Any]:
    """Returns how it was solved, but for what only parts of a search are asked."""
    parts = ("hint", "relax", "answered_above", "answered_below")
    return {name: value for name, value in asdict(options).items() if name not in parts}


def size_of(model: Model) -> ProgramSize:
    """Returns the size of the program of a model."""
    program = model.program
    return ProgramSize(program.column_count, int(program.is_integer.sum()), program.row_count, program.non_zeros)


def surroundings() -> dict[str, dict[str, str | None]]:
    """Returns the platform and the versions of packages."""
    return {
        "platform": {"system": platform.platform(), "machine": platform.machine(), "python": sys.version.split()[0]},
        "packages": {name: package_version(name) for name in PACKAGES},
    }


def plan_pieces(facts: PlanFacts, tables: Mapping[str, Table], seconds: Mapping[str, float]) -> Iterator[str]:
    """Yields the plan as JSON in pieces: its figures, and the result tables with a record a line."""
    head = {
        "schema_version": SCHEMA_VERSION,
        **summary_of(facts.read.case, facts.outcome),
        "periods": periods_of(facts.read.case),
        "scenarios": list(facts.scenarios),
        "seconds": rounded(seconds),
        "check": {"passed": facts.report.passed, "comparisons": sum(facts.report.checked.values())},
        "columns": {name: list(table.columns) for name, table in tables.items()},
    }
    yield "{\n" + ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in head.items()) + ",\n"
    for number, (name, table) in enumerate(tables.items()):
        yield ('"tables": {\n' if not number else ",\n") + f"  {_json(name)}: ["
        yield from _records(table)
        yield "]"
    yield "\n}\n}\n"


def summary_of(case: Case, outcome: Outcome) -> dict[str, Any]:
    """Returns what a plan is worth and how far that is proven; money in USD million, the gap as a fraction."""
    objective, bound = known(outcome.objective), known(outcome.bound)
    return {
        "case": case.settings.name,
        "status": outcome.status.value,
        "stop": outcome.stop.value,
        "objective_musd": objective,
        "bound_musd": bound,
        "gap": known(outcome.gap),
        "gap_musd": None if objective is None or bound is None else abs(objective - bound),
        "detail": outcome.detail,
        "solver": {"name": outcome.solver, "version": outcome.version},
    }


def check_of(report: Report) -> dict[str, Any]:
    """Returns the outcome of the independent check, with the comparisons of each requirement."""
    return {
        "passed": report.passed,
        "tolerance": TOLERANCE,
        "comparisons": sum(report.checked.values()),
        "requirements": dict(report.checked),
        "findings": [str(finding) for finding in report.findings],
    }


def periods_of(case: Case) -> dict[str, Any]:
    """Returns the labels of the reported periods and of those that were optimised beyond them."""
    settings = case.settings
    labels = settings.calendar.labels
    return {"reported": list(labels[: settings.periods]), "lookahead": list(labels[settings.periods :])}


def peak_memory_mb() -> float | None:
    """Returns the most memory that this process has held, MB; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    most = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return round(most / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    """Returns seconds to the millisecond."""
    return {name: round(value, 3) for name, value in seconds.items()}


def _records(table: Table) -> Iterator[str]:
    lines: list[str] = []
    for record in table.records():
        lines.append(f"\n    {_json(record)}")
        if len(lines) == _RECORDS_OF_A_PIECE:
            yield ",".join([*lines, ""])
            lines = []
    yield ",".join(lines) + ("\n  " if table.rows else "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
