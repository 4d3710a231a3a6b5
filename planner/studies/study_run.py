"""From a case and a question to a study on disk: points are worked off, judged, and written whole."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.case import Case
from models.outcome import SolveOptions
from models.whatif.disruption_library import with_library
from models.whatif.shock import ShockError
from planner.case import ReadCase, read_case
from planner.case.disruption_file import default_library, read_library
from planner.data_package import study_package
from planner.documents.content.labels_of_items import item_labels
from planner.documents.document_files import document_files
from planner.errors import (
    InfeasibleCase,
    InternalError,
    NoPlanFound,
    PlannerError,
    Stopped,
    faults_of,
    listed,
)
from planner.files.run_folder import (
    DATA_PACKAGE,
    MANIFEST,
    STUDY,
    Target,
    dated_target,
    exact_target,
    points_folder,
    run_files,
    write_run,
)
from planner.plan_request import Request, merged
from planner.studies.study_context import NoBaseError, PointSolver, Result, StudyContext
from planner.studies.study_model import Study
from planner.sweeps.points import Point, PointStatus, Sweep, SweepWatcher
from planner.sweeps.sweep_run import run as work_off
from planner.versions import PACKAGES, package_version, version

WORK = "planner.studies.point_work:answer"
_DIGEST = 8

Question = Callable[[StudyContext], Study]


class PartFinished(Exception):
    """One part of the points is done; the study is written once all parts are."""


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """How a study is carried out; None means the default. `points` is the folder in which points are kept."""

    request: Request
    kind: str
    adds_library: bool = False
    points: Path | None = None
    workers: int | None = None
    executor: str = "local"
    cluster: str | None = None
    retry: bool = False
    shard: tuple[int, int] | None = None
    """(k, n): only the k-th of n parts of the points, from 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyRun:
    """A study that was written to `folder`."""

    study: Study
    folder: Path
    points: Path
    worked_out: int
    reused: int


def make_study(
    source: Path, question: Callable[[Case], Question], study_options: StudyOptions, watcher: SweepWatcher
) -> StudyRun:
    """Reads a case, works off the points of a question, and writes the study.

    `question` is given the case, with the disruptions of the library where that is asked for, and returns how to ask.

    Raises:
        CaseFaults: the case, a name or a value has faults.
        InfeasibleCase, NoPlanFound: the undisturbed case has no plan.
        Stopped: the sweep was stopped; what is done is kept.
        PartDone: a part of the points was asked for, and the others are not worked off yet.
        InternalError: something broke down.
    """
    request = study_options.request
    target = None if request.output is None else exact_target(request.output, replace=request.replace)
    read = read_case(source)
    points = study_options.points or points_folder(read.case.settings.name)
    study, counter = answer(read, question, study_options, points, watcher)
    target = target or dated_target(f"{read.case.settings.name}", f"{study_options.kind}-{study_digest(study)}")
    folder = write_study(target, read, study, request.command)
    return StudyRun(study=study, folder=folder, points=points, worked_out=counter.worked_out, reused=counter.reused)


def answer(
    read: ReadCase,
    question: Callable[[Case], Question],
    study_options: StudyOptions,
    points: Path,
    watcher: SweepWatcher,
) -> tuple[Study, PointCounter]:
    """Works off the points of a question about a case, which are kept in the folder `points`; writes nothing else.

    Raises:
        CaseFaults: a name or a value has faults.
        InfeasibleCase, NoPlanFound: the undisturbed case has no plan.
        Stopped: the sweep was stopped; what is done is kept.
        PartDone: a part of the points was asked for, and the others are not worked off yet.
        InternalError: something broke down.
    """
    case, notes = _with_library(read.case, study_options) if study_options.adds_library else (read.case, ())
    options = replace(merged(study_options.request, read.case.solver), threads=1)
    digest = hashlib.sha256(f"{read.case_hash} {case.disruptions!r} {case.roles!r}".encode()).hexdigest()
    counter = PointCounter()
    try:
        asking = question(case)
        study = asking(
            StudyContext(
                case,
                _solver(case, digest, options, study_options, points, counter, watcher),
                study_options.shard is not None,
            )
        )
    except ShockError as error:
        raise faults_of(error, study_options.kind) from error
    except NoBaseError as error:
        raise _ENDINGS.get(error.status, InternalError)(str(error)) from error
    facts = {**study.facts, **_facts(read, options, counter)}
    is_aside = case.scenarios and not counter.is_over_scenarios and study.refers_to_base
    aside = (LEFT_ASIDE,) if is_aside else ()
    return replace(study, notes=(*study.notes, *aside, *notes), facts=facts, labels=item_labels(case)), counter


LEFT_ASIDE = "The scenarios of the case are ignored: a study refers to the base case."


@dataclass
class PointCounter:
    """How many points were worked out, and how many were known."""

    worked_out: int = 0
    known: int = 0
    is_over_scenarios: bool = False
    """Whether rows of `scenarios` are among the futures."""

    @property
    def reused(self) -> int:
        """Points that an earlier run had worked out."""
        return max(0, self.known - self.worked_out)


def _solver(
    case: Case,
    digest: str,
    options: SolveOptions,
    study_options: StudyOptions,
    folder: Path,
    counter: PointCounter,
    watcher: SweepWatcher,
) -> PointSolver:
    seen: dict[str, Result] = {}

    def solve(points: Sequence[Point], shared: Mapping[str, Any] | None = None, /) -> Mapping[str, Result]:
        if all(point.name in seen for point in points):
            return seen
        unique = tuple({point.name: point for point in points}.values())
        counter.is_over_scenarios |= any("scenario" in point.recipe for point in unique)
        sweep = Sweep(case, digest, options, unique, WORK, shared)
        found = work_off(
            sweep,
            folder,
            workers=study_options.workers,
            executor=study_options.executor,
            cluster=study_options.cluster,
            watcher=watcher,
            retry=study_options.retry,
            shard=study_options.shard,
        )
        counter.worked_out += found.worked_out
        if found.missing and study_options.shard is not None and not found.is_stopped:
            part, parts = study_options.shard
            msg = (
                f"Part {part} of {parts} is done; {len(found.missing)} of {len(unique)} runs belong to other parts. "
                f"Runs are stored in {folder}. Run the other parts, then the same command once more."
            )
            raise PartFinished(msg)
        if found.missing:
            msg = (
                f"Stopped with {len(found.points)} of {len(unique)} runs done. They are stored in {folder}: run "
                "the same command again to resume."
            )
            raise Stopped(msg)
        for name, point in found.points.items():
            without_plan = {"status": point.status.value, "message": point.message, "why": [point.message]}
            seen[name] = (point.result or {}) if point.status is PointStatus.DONE else without_plan
        counter.known = len(seen)
        return seen

    return solve


_ENDINGS: Mapping[str, type[PlannerError]] = {
    "infeasible": InfeasibleCase,
    "nothing found": NoPlanFound,
}


def _with_library(case: Case, study_options: StudyOptions) -> tuple[Case, tuple[str, ...]]:
    """The case with those disruptions of the library whose roles it maps, and what is said of the others."""
    folder = default_library()
    if folder is None:
        msg = "The library of disruptions is missing from this installation."
        raise InternalError(msg)
    try:
        found, unusable = with_library(case, read_library(folder))
    except ShockError as error:
        raise faults_of(error, study_options.kind) from error
    return found, unusable_note(unusable)


def unusable_note(unusable: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Returns what is said of disruptions of the library that a case has no roles for: one line, or none."""
    if not unusable:
        return ()
    roles = dict.fromkeys(role for lacking in unusable.values() for role in lacking)
    count = "1 disruption" if len(unusable) == 1 else f"{len(unusable)} disruptions"
    return (f"{count} of the library cannot be used: the table roles has no {listed(roles)}.",)


def _facts(read: ReadCase, options: SolveOptions, counter: PointCounter) -> dict[str, Any]:
    return {
        "case_hash": read.case_hash,
        "solver": options.solver,
        "gap": options.gap,
        "time_limit_s": options.time_limit_s,
        "seed": options.seed,
        "points": counter.known,
    }


def study_digest(study: Study) -> str:
    """Returns the beginning of the SHA-256 of a study, by which its folder is named."""
    return hashlib.sha256(study_text(study).encode()).hexdigest()[:_DIGEST]


def study_text(study: Study) -> str:
    """Returns a study as JSON: the same study gives the same text."""
    head = {
        "schema_version": 1,
        "kind": study.kind,
        "title": study.title,
        "case": study.case_name,
        "headlines": list(study.headlines),
        "notes": list(study.notes),
        "facts": dict(study.facts),
        "tables": {table.name: table.records() for table in study.tables},
    }
    return json.dumps(head, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def study_documents(study: Study, run: str) -> dict[str, bytes]:
    """Returns the documents of a study by file name; `run` is the name of its folder.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    from planner.documents.content.study_document import study_document

    document = study_document(study, run)
    return document_files(document, workbook="study.xlsx", page="report.html", markdown="study.md")


def write_study(
    target: Target, read: ReadCase, study: Study, command: str, *, more: Mapping[str, bytes] | None = None
) -> Path:
    """Writes the folder of a study and returns it; `more` are further files that it was made of, by their path.

    Raises:
        CaseFaults, InternalError: it cannot be written.
    """
    tables = {table.name: table.plain() for table in study.tables}
    inputs = {file.name: file.data for file in read.files}
    files = run_files([*inputs.items()], tables, {STUDY: study_text(study)})
    files |= study_documents(study, target.name) | dict(more or {})
    files[DATA_PACKAGE] = study_package(study.title, study.case_name, target.name, study.tables, inputs)
    manifest = {
        "schema_version": 1,
        "fleetplan_version": version(),
        "kind": study.kind,
        "case": study.case_name,
        "command": command,
        **study.facts,
        "inputs": {file.name: file.sha256 for file in read.files},
        "platform": {"system": platform.platform(), "machine": platform.machine(), "python": sys.version.split()[0]},
        "packages": {name: package_version(name) for name in PACKAGES},
    }

    def stated(written: Mapping[str, str]) -> bytes:
        whole = {**manifest, "files": dict(sorted(written.items()))}
        return (json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

    return write_run(target, files, last=MANIFEST, made_of=stated)


__all__ = [
    "PartFinished",
    "PointCounter",
    "StudyOptions",
    "StudyRun",
    "answer",
    "make_study",
    "study_digest",
    "study_documents",
    "study_text",
    "write_study",
]
