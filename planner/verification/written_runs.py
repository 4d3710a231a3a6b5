"""Checks a written plan again from the files of its run alone: no solver, no trust in what was printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checks.requirements import COLUMNS
from models.checks.scenario_paths import columns_of_tree
from models.checks.worth_checks import BESIDE, WORTH
from models.prices import unknown_prices
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import Report, verify
from planner.case import ReadCase, read_case
from planner.documents.safe_text import plain
from planner.errors import CaseFaults, CheckFailed, listed
from planner.files.run_approval import APPROVAL, DRAFT, RunApproval, approval_of
from planner.files.run_folder import EVENTS, INPUTS, LOG, MANIFEST, PLAN, TABLES, inputs_of, run_json
from planner.journal import Journal, Watcher
from planner.plan_documents import DOCUMENTS
from planner.results.loaded_run import LoadedRun, run_from_json
from planner.verification.run_files import (
    changed_files,
    differing_cells,
    differing_events,
    digest_of,
    records_of,
    table_texts,
)
from planner.verification.run_head import RunHead, head_findings
from planner.versions import version

if TYPE_CHECKING:
    from planner.verification.solved_again import Proof

# What arithmetic on values that make no sense can raise: that is a finding.
_BREAKDOWNS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_DOCUMENTS = tuple(f"file_hashes [{name}]" for name in DOCUMENTS)
_OF_PLAN = (MANIFEST, PLAN, EVENTS, LOG), (f"{INPUTS}/", f"{TABLES}/")
"""The files of a run that its plan consists of; the others are made of them."""


@dataclass(frozen=True)
class VerifyResult:
    """What the check of a written plan has found; each finding begins with the name of what does not hold.

    `notes` say what was not looked at and why, `digest` is what the run is quoted by, `approval` what people have
    decided about it.
    """

    folder: Path
    findings: tuple[str, ...]
    comparisons: int
    requirements: int
    digest: str
    notes: tuple[str, ...] = ()
    proof: Proof | None = None
    approval: RunApproval = DRAFT

    @property
    def passed(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    @property
    def exit_code(self) -> int:
        """0, or 5 where something was found."""
        return 0 if self.passed else CheckFailed.exit_code

    @property
    def headline(self) -> str:
        """The outcome in one line."""
        if self.passed:
            return (
                f"{self.folder}: the plan is consistent with its inputs. {self.comparisons:,} comparisons of "
                f"{self.requirements} requirements agree; every file is unchanged."
            )
        names = list(dict.fromkeys(finding.partition(" [")[0] for finding in self.findings))
        return f"{self.folder}: the plan is not valid: {', '.join(names)}."

    def facts(self) -> dict[str, Any]:
        """Returns the outcome for JSON."""
        return {
            "folder": str(self.folder),
            "passed": self.passed,
            "exit_code": self.exit_code,
            "comparisons": self.comparisons,
            "digest": self.digest,
            "approval": self.approval.facts(),
            "findings": list(self.findings),
            "notes": list(self.notes),
            "resolved": None if self.proof is None else self.proof.facts(),
        }


@dataclass(frozen=True)
class _RunFiles:
    """The files of a run as they were read; `read` and `report` are None where the inputs have faults."""

    folder: Path
    manifest: Mapping[str, Any]
    plan: Mapping[str, Any]
    read: ReadCase | None
    report: Report | None
    findings: tuple[str, ...]
    documents: tuple[str, ...]
    """What was found in files that are made of the others."""
    approval: RunApproval

    def run(self) -> LoadedRun:
        assert self.read is not None
        return replace(run_from_json(self.folder, self.manifest, self.plan, self.read), approval=self.approval)


def verify_run(folder: Path) -> VerifyResult:
    """Returns whether the plan in a run's folder holds.

    Looked at are the hashes of its files, every cell of its result tables, every field of its head, and its documents,
    which are generated again. Its bound is as it was stated: a file cannot prove it, `verify_and_resolve` can.

    Raises:
        CaseFaults: the folder is no run.
    """
    loaded = _loaded(folder)
    findings, notes = [*loaded.findings, *loaded.documents], [_statement(loaded.manifest, loaded.plan)]
    if loaded.read is not None:
        try:
            found, skipped = _rendered_again(loaded)
        except CaseFaults as error:
            found, skipped = [f"plan_json [tables]: {fault.text}" for fault in error.faults], []
        findings, notes = findings + found, notes + skipped
    checked = loaded.report.checked if loaded.report is not None else {}
    return VerifyResult(
        folder=folder,
        findings=tuple(findings),
        comparisons=sum(checked.values()),
        requirements=sum(1 for count in checked.values() if count),
        digest=digest_of(loaded.manifest),
        notes=tuple(notes),
        approval=loaded.approval,
    )


def verify_and_resolve(folder: Path, watcher: Watcher, *, time_limit_s: float | None = None) -> VerifyResult:
    """Returns whether the plan in a run's folder holds, and what solving its case again says of bound and prices.

    `time_limit_s` goes before the limit of the run. Nothing is solved where the files alone are refused.

    Raises:
        CaseFaults: the folder is no run.
        NoPlanFound, InternalError: the solver breaks down.
    """
    verdict = verify_run(folder)
    if not verdict.passed:
        return verdict
    from planner.verification.solved_again import solved_again

    proof = solved_again(_loaded(folder).run(), Journal(watcher), time_limit_s)
    return replace(verdict, findings=proof.findings, notes=proof.notes, proof=proof)


def read_checked_run(folder: Path) -> LoadedRun:
    """Returns a written run whose plan holds.

    All is looked at that `verify_run` looks at, but for the documents, which cost more than the rest together and which
    whoever asks is about to make; where one of an approved run has changed, the approval of the returned run says so.

    Raises:
        CaseFaults: the folder is no run.
        CheckFailed: `verify_run` refuses it.
    """
    loaded = _loaded(folder)
    if loaded.findings:
        more = len(loaded.findings) - 1
        others = f" and {more} more" if more else ""
        written_by = "" if loaded.manifest.get("fleetplan_version") == version() else (
            f" It was written by fleetplan {loaded.manifest.get('fleetplan_version')}, and this is {version()}."
        )  # fmt: skip
        msg = (
            f"{folder} is refused, because its plan is not valid: {plain(loaded.findings[0])}{others}.{written_by} "
            f"`fleetplan verify` lists all that it finds; `fleetplan plan {folder}/{INPUTS}` makes the plan again."
        )
        raise CheckFailed(msg)
    return loaded.run()


def _loaded(folder: Path) -> _RunFiles:
    manifest, plan = run_json(folder, MANIFEST), run_json(folder, PLAN)
    changed = list(changed_files(folder, manifest, DOCUMENTS))
    approval = approval_of(folder)
    unapproved = {name: f"approval [{name}]: {approval.who}, but it has changed since" for name in approval.changed}
    documents = [finding for finding in changed if finding.startswith(_DOCUMENTS)]
    findings = [finding for name, finding in unapproved.items() if _is_of_plan(name)]
    findings += [finding for finding in changed if finding not in documents]
    documents += [finding for name, finding in unapproved.items() if not _is_of_plan(name)]
    findings += differing_events(folder, manifest)
    texts = table_texts(folder)
    findings += differing_cells(texts, plan)
    findings += _other_columns(plan)
    try:
        read = read_case(inputs_of(folder))
    except CaseFaults as error:
        findings += [f"inputs [{fault.place}]: {fault.text}" for fault in error.faults]
        return _RunFiles(folder, manifest, plan, None, None, tuple(findings), tuple(documents), approval)
    objective = plan.get("objective_musd")
    number = float(objective) if isinstance(objective, int | float) else float("nan")
    report = _checked(read, manifest, {name: records_of(text) for name, text in texts.items()}, number)
    findings += [str(finding) for finding in report.findings]
    try:
        findings.extend(head_findings(RunHead(manifest, plan, read, report)))
    except _BREAKDOWNS as error:
        findings.append(f"manifest [{MANIFEST}]: the check could not be completed ({type(error).__name__}: {error})")
    return _RunFiles(folder, manifest, plan, read, report, tuple(findings), tuple(documents), approval)


def _is_of_plan(name: str) -> bool:
    """True for a file that the plan consists of, and for a record that is not what was written."""
    names, folders = _OF_PLAN
    return name in (*names, APPROVAL) or name.startswith(folders)


def _checked(
    read: ReadCase, manifest: Mapping[str, Any], tables: dict[str, list[dict[str, str]]], objective: float
) -> Report:
    """The report of the independent check: over the scenarios, where the run says that it was made over them."""
    tree = scenario_tree(read.case) if manifest.get("scenarios") else None
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    return verify(read.case, tables, objective, futures=futures, is_priced=True)


def _other_columns(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yields tables whose columns are not those that are checked, in their order."""
    columns, names = plan.get("columns"), plan.get("scenarios")
    known = (
        columns_of_tree() if isinstance(names, list) and len(names) > 1 else {t: list(c) for t, c in COLUMNS.items()}
    )
    if isinstance(columns, dict):
        beside = BESIDE if isinstance(names, list) and len(names) > 1 else BESIDE.keys() - WORTH.keys()
        known |= {table: list(BESIDE[table]) for table in beside if table in columns}
    if not isinstance(columns, dict) or set(columns) != set(known):
        yield "plan_json [columns]: plan.json does not name the columns of the result tables"
        return
    for name, expected in known.items():
        if columns[name] != expected:
            yield f"plan_json [{name}]: its columns are {columns[name]}, not {expected}"


def _rendered_again(loaded: _RunFiles) -> tuple[list[str], list[str]]:
    """Returns what is found where documents and program are generated again, and notes on what is not compared."""
    from planner.verification.rendered_again import other_documents, other_parquet, other_sizes, same_versions

    run, notes = loaded.run(), []
    found = [*other_sizes(run), *other_documents(loaded.folder, run)]
    try:
        found += other_parquet(loaded.folder, run)
    except CaseFaults:
        notes.append("Not compared: the Parquet files of the run, because pyarrow is not installed.")
    if not found or same_versions(run):
        return found, notes
    names = listed(finding.partition("]")[0].partition("[")[2] for finding in found)
    reason = "Other versions of fleetplan or its packages wrote the run, which produce some documents differently."
    return [], [f"{reason} Not compared: {names}.", *notes]


def _statement(manifest: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    bound, gap, tables = manifest.get("bound_musd"), manifest.get("gap"), plan.get("tables")
    is_regret = isinstance(tables, Mapping) and "regret" in tables
    less = "has a greatest regret of less" if is_regret else "costs less"
    proof = f"that no plan is proven to {'have less regret' if is_regret else 'cost less'}"
    if isinstance(bound, int | float) and isinstance(gap, int | float):
        proof = f"that no plan {less} than {bound:,.3f} USD million (a gap of {100 * gap:.4g} %)"
    unknown = unknown_prices(str(manifest.get("detail")))
    blank = f" ({unknown} of them unknown)" if unknown else ""
    return (
        f"As stated by the run, not provable from its files: {proof}; the shadow prices of "
        f"binding limits{blank}, and the value of relaxing them (in `binding`). "
        "`fleetplan verify RUN --resolve` solves again and compares."
    )


__all__ = ["VerifyResult", "read_checked_run", "records_of", "verify_and_resolve", "verify_run"]
