"""The head of a run, field by field: what manifest.json and the head of plan.json say beside the result tables."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.case import SCHEMA_VERSION
from models.checks.binding_checks import blank_prices
from models.checks.requirements import PRICE_TABLES
from models.outcome import SolveOptions, Status, Stop
from models.prices import unknown_prices
from models.solvers.catalogue import UnknownEngineError, facts_of
from models.solvers.normalise import within_gap
from models.stages import JOINED
from models.uncertainty.decomposition.decomposed import SOLVER as BY_SCENARIO
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import Report
from planner.case import ReadCase
from planner.errors import CaseFaults
from planner.files.run_folder import MANIFEST
from planner.manifest import check_of, periods_of, stated_options
from planner.plan_request import STABILITY, Request, merged, share_of_text
from planner.second_opinion import TOLERANCE, ProvenInterval, SecondOpinion
from planner.versions import version

AS_STATED = {
    "fleetplan_version": "the version that wrote the run is its own word",
    "run": "the name of the folder when the run was written; a folder may be renamed",
    "command": "what was typed is its own word; the options in it are compared",
    "seconds": "what a clock said",
    "seconds_until_written": "what a clock said",
    "peak_memory_mb": "what the system said",
    "platform": "the machine is its own word",
    "packages": "the versions of packages are its own word",
    "detail": "what the solver says of its search",
    "solver.version": "what the solver says of itself",
    "second_solver.version": "what the second solver says of itself",
    "second_solver.status": "what the second solver says of its search",
    "second_solver.reason": "what the second solver says of its search",
    "second_solver.second.bound_musd": "what the second solver has found, which is compared with the first",
    "second_solver.second.objective_musd": "what the second solver has found, which is compared with the first",
}
"""Fields of the manifest that nothing else in a run decides, with the reason; only their form is checked."""
SIZES = ("columns", "integer_columns", "rows", "non_zeros")
"""Fields that are compared with the program built again."""
_PLAN_ALONE = ("columns", "tables")
_GAP_TOLERANCE = 1e-9
_FLAGS = ("solver", "gap", "time_limit", "threads", "seed", "memory_limit", "second_solver")


@dataclass(frozen=True)
class RunHead:
    """The two JSON files of a run with what was found again: the case as it is read, and the report of the check."""

    manifest: Mapping[str, Any]
    plan: Mapping[str, Any]
    read: ReadCase
    report: Report

    @property
    def is_of_this_version(self) -> bool:
        """True where the run says that this version of fleetplan wrote it."""
        return self.manifest.get("fleetplan_version") == version()

    def number(self, name: str) -> float | None:
        """Returns a number of the manifest; None where there is none."""
        value = self.manifest.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def head_findings(head: RunHead) -> Iterator[str]:
    """Yields which fields are not what inputs, tables and each other make them."""
    yield from _head_differences(head)
    known = {*_EXPECTED, *_HOLDS, *(name for name in AS_STATED if "." not in name), *SIZES, "files"}
    for name in dict.fromkeys([*sorted(known), *head.manifest]):
        if name not in head.manifest:
            yield _finding(name, "is missing")
        elif name not in known:
            yield _finding(name, "is no field of a run")
    for name, expected in _EXPECTED.items():
        if name in head.manifest:
            found, wanted = head.manifest[name], expected(head)
            if not _is_same(found, wanted):
                yield _finding(name, f"says {found!r}, its inputs and other fields give {wanted!r}")
    for name, holds in _HOLDS.items():
        if name in head.manifest:
            yield from (_finding(name, text) for text in holds(head))
    yield from _forms(head.manifest)


def _finding(name: str, text: str) -> str:
    return f"manifest [{name}]: {text}"


def _is_same(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return abs(found - expected) <= _GAP_TOLERANCE * max(1.0, abs(expected))
    return type(found) is type(expected) and found == expected


def _head_differences(head: RunHead) -> Iterator[str]:
    """Yields the fields of the head of plan.json that the manifest states differently."""
    for name, in_plan in head.plan.items():
        if name in _PLAN_ALONE:
            continue
        stated = head.manifest.get(name)
        if name == "check" and isinstance(stated, dict) and isinstance(in_plan, dict):
            stated = {part: stated.get(part) for part in in_plan}
        if stated != in_plan:
            yield f"plan_json [{name}]: plan.json says {in_plan!r}, {MANIFEST} says {stated!r}"


def _gap(head: RunHead) -> float | None:
    objective, bound = head.number("objective_musd"), head.number("bound_musd")
    return None if objective is None or bound is None else abs(objective - bound) / max(abs(objective), 1e-9)


def _gap_musd(head: RunHead) -> float | None:
    objective, bound = head.number("objective_musd"), head.number("bound_musd")
    return None if objective is None or bound is None else abs(objective - bound)


def _options(head: RunHead) -> Mapping[str, Any]:
    options = head.manifest.get("options")
    return options if isinstance(options, dict) else {}


def _status(head: RunHead) -> str:
    gap = _options(head).get("gap")
    wanted = float(gap) if isinstance(gap, int | float) else 0.0
    done = within_gap(head.number("objective_musd"), head.number("bound_musd"), wanted)
    return str((Status.OPTIMAL if done else Status.FEASIBLE).value)


def _check(head: RunHead) -> object:
    stated, found = head.manifest.get("check"), check_of(head.report)
    if head.is_of_this_version or not isinstance(stated, dict):
        return found
    # Other versions compare other things; passed they must have.
    return {**stated, "passed": True, "findings": []}


def _scenarios(head: RunHead) -> object:
    """The scenarios of the case, or none where the tables as they stand were asked for."""
    tree = scenario_tree(head.read.case)
    typed, found = _typed(head), head.manifest.get("scenarios")
    is_base = not found if typed is None else typed.base
    return [] if tree is None or is_base else list(tree.names)


def _warnings(head: RunHead) -> object:
    if head.is_of_this_version:
        return [warning.text for warning in head.read.warnings]
    return head.manifest.get("warnings")


def _typed(head: RunHead) -> argparse.Namespace | None:
    """Returns the options in the command that was typed; None where the run was made in another way."""
    try:
        words = shlex.split(str(head.manifest.get("command")))
    except ValueError:
        return None
    if words[:2] != ["fleetplan", "plan"]:
        return None
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for flag in _FLAGS:
        parser.add_argument(f"--{flag.replace('_', '-')}")
    for flag in ("--near", "--stability"):
        parser.add_argument(flag)
    parser.add_argument("--base", action="store_true")
    try:
        return parser.parse_known_args(words[2:])[0]
    except (argparse.ArgumentError, SystemExit):
        return None


def _wanted_options(head: RunHead) -> object:
    """The options of the case, but for those that were typed; a plan made from Python states its own."""
    typed = _typed(head)
    if typed is None:
        return head.manifest.get("options") if _are_options(_options(head)) else "options of a search"

    def number(kind: Callable[[str], Any], text: str | None) -> Any:  # noqa: ANN401  whole or not, as the option is
        return None if text is None else kind(text)

    try:
        request = Request(
            solver=typed.solver,
            gap=number(float, typed.gap),
            time_limit_s=number(float, typed.time_limit),
            threads=number(int, typed.threads),
            seed=number(int, typed.seed),
            memory_mb=number(int, typed.memory_limit),
        )
        options = merged(request, head.read.case.solver)
        if typed.near is not None:
            share = STABILITY if typed.stability is None else share_of_text("--stability", typed.stability)
            options = replace(options, gap=options.gap + share)
    except (CaseFaults, ValueError):
        return "options that a solver of this version takes"
    return stated_options(options)


def _are_options(options: Mapping[str, Any]) -> bool:
    texts, whole = ("solver",), ("seed",)
    return set(options) == set(stated_options(SolveOptions())) and all(
        _is_text(value) if name in texts else (value is None and name not in (*whole, "gap")) or _is_amount(value)
        for name, value in options.items()
    )


_EXPECTED: Mapping[str, Callable[[RunHead], object]] = {
    "schema_version": lambda _: SCHEMA_VERSION,
    "case": lambda head: head.read.case.settings.name,
    "status": _status,
    "gap": _gap,
    "gap_musd": _gap_musd,
    "interrupted": lambda head: head.manifest.get("stop") == Stop.INTERRUPT.value,
    "options": _wanted_options,
    "seed": lambda head: _options(head).get("seed"),
    "periods": lambda head: periods_of(head.read.case),
    "scenarios": _scenarios,
    "check": _check,
    "warnings": _warnings,
    "case_hash": lambda head: head.read.case_hash,
    "inputs": lambda head: {file.name: file.sha256 for file in head.read.files},
}


def _stop_holds(head: RunHead) -> Iterator[str]:
    found = head.manifest["stop"]
    if found not in {stop.value for stop in Stop} - {Stop.FAILURE.value}:
        yield f"says {found!r}, which ends no search that has a plan"


def _bound_holds(head: RunHead) -> Iterator[str]:
    objective, bound = head.number("objective_musd"), head.number("bound_musd")
    if bound is None and head.manifest["bound_musd"] is not None:
        yield f"says {head.manifest['bound_musd']!r}, which is no number"
    if objective is not None and bound is not None and bound > objective:
        yield f"says {bound!r}, which lies above the cost of the plan itself, {objective!r}"


def _objective_holds(head: RunHead) -> Iterator[str]:
    if head.number("objective_musd") is None:
        yield f"says {head.manifest['objective_musd']!r}, which is no number"


def _solver_holds(head: RunHead) -> Iterator[str]:
    found = head.manifest["solver"]
    if not isinstance(found, dict) or set(found) != {"name", "version"} or not all(map(_is_text, found.values())):
        yield f"says {found!r}, which is no name and version"
        return
    # A decomposition into paths is the native search of each.
    names = ["native" if name == BY_SCENARIO else name for name in found["name"].split(JOINED)]
    try:
        for name in names:
            facts_of(name)
    except UnknownEngineError:
        yield f"says {found['name']!r}, which is no solver"
    if names[0] != _options(head).get("solver"):
        yield f"says {found['name']!r}, the options say {_options(head).get('solver')!r}"


def _second_holds(head: RunHead) -> Iterator[str]:
    opinion, typed = head.manifest["second_solver"], _typed(head)
    if typed is not None and opinion is None and typed.second_solver and not head.manifest.get("interrupted"):
        yield f"says nothing, and {typed.second_solver!r} was asked"
    if opinion is None:
        return
    try:
        first, second = (ProvenInterval(**opinion[name]) for name in ("first", "second"))
        parts = {name: value for name, value in opinion.items() if name not in ("first", "second", "text")}
        again = SecondOpinion(**parts, first=first, second=second)
        if opinion["text"] != again.text:
            yield f"says {opinion['text']!r}, its parts give {again.text!r}"
        stated = ProvenInterval(
            head.manifest["solver"]["name"], head.number("bound_musd"), head.number("objective_musd")
        )
        if first != stated:
            yield f"says {first} of the first solver, the run says {stated}"
        if again.solver != second.solver or (typed is not None and typed.second_solver != again.solver):
            yield f"says {again.solver!r}, another solver was asked"
        if again.agrees is not False and not _overlap(first, second):
            yield f"says {again.text!r}, and the intervals do not overlap"
        if again.agrees and second.objective_musd is None:
            yield "says that the two agree, and there is no second plan"
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        yield f"cannot be read ({type(error).__name__}: {error})"


def _overlap(first: ProvenInterval, second: ProvenInterval) -> bool:
    return not any(
        plan.objective_musd is not None
        and proof.bound_musd is not None
        and plan.objective_musd < proof.bound_musd - TOLERANCE * max(1.0, abs(proof.bound_musd))
        for plan, proof in ((first, second), (second, first))
    )


def _detail_holds(head: RunHead) -> Iterator[str]:
    """The solver's word says how many prices are not known; as many can be blank, and no more."""
    detail = head.manifest["detail"]
    if not isinstance(detail, str):
        yield f"says {detail!r}, which is no text"
        return
    blank, stated = blank_prices(head.plan.get("tables") or {}, PRICE_TABLES), unknown_prices(detail)
    if sum(blank.values()) > stated:
        names = ", ".join(f"{table}.price" for table, count in blank.items() if count)
        yield f"says that {stated} prices are not known, and {sum(blank.values())} are blank; see {names}"


_HOLDS: Mapping[str, Callable[[RunHead], Iterator[str]]] = {
    "objective_musd": _objective_holds,
    "bound_musd": _bound_holds,
    "stop": _stop_holds,
    "solver": _solver_holds,
    "second_solver": _second_holds,
    "detail": _detail_holds,
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _forms(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Fields that are as stated have at least the form of what they state."""
    for name in ("fleetplan_version", "run"):
        if name in manifest and not _is_text(manifest[name]):
            yield _finding(name, f"says {manifest[name]!r}, which is no text")
    for name in SIZES:
        # What they are is found by building the program again, which not everybody who reads them does.
        if name in manifest and (isinstance(manifest[name], float) or not _is_amount(manifest[name])):
            yield _finding(name, f"says {manifest[name]!r}, which is no count")
    if not isinstance(manifest.get("command"), str):
        yield _finding("command", f"says {manifest.get('command')!r}, which is no text")
    for name, is_right in (
        ("seconds", _is_amount),
        ("peak_memory_mb", lambda value: value is None or _is_amount(value)),
        ("platform", _is_text),
        ("packages", lambda value: value is None or _is_text(value)),
    ):
        parts = manifest.get(name)
        if not isinstance(parts, dict) or not all(is_right(value) for value in parts.values()):
            yield _finding(name, f"says {parts!r}, which it cannot be")
    if not _is_amount(manifest.get("seconds_until_written")):
        yield _finding("seconds_until_written", f"says {manifest.get('seconds_until_written')!r}, which is no time")
