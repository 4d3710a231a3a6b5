"""The solvers of this machine: which answer, and which pass the programs whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from models.solve import DEFAULT, Availability, available_engines
from models.solvers.child import Engine
from models.solvers.self_tests import run_self_tests
from planner.documents.blocks import Column, TableBlock
from planner.documents.document_terminal import table_views

_LISTED = tuple(
    Column(title.lower().replace(" ", "_"), title)
    for title in ("Solver", "State", "Known answers", "Version", "Remarks")
)


@dataclass(frozen=True)
class EngineState:
    """One solver: whether it answers here, and the known answers that it misses."""

    availability: Availability
    self_tests: int
    missed: tuple[str, ...]
    was_killed: bool = False

    @property
    def verdict(self) -> str:
        """What can be done with it: usable, refused, killed (while it was tried) or missing."""
        if not self.availability.is_available:
            return "missing"
        if self.was_killed:
            return "killed"
        return "refused" if self.missed else "usable"

    def facts(self) -> dict[str, Any]:
        """Returns the state for JSON."""
        facts = self.availability.facts
        return {
            "name": facts.name,
            "label": facts.label,
            "library": facts.family.value,
            "version": self.availability.version,
            "verdict": self.verdict,
            "integers": facts.integers,
            "reason": self.availability.reason,
            "self_tests": self.self_tests,
            "missed": list(self.missed),
        }


def engines() -> tuple[EngineState, ...]:
    """Returns the state of every solver of the catalogue; some seconds, for each runs five small programs."""
    return tuple(_state(one) for one in available_engines())


def show_engines(console: Console, found: tuple[EngineState, ...]) -> None:
    """Prints the solvers as a table, and what the refused ones got wrong."""
    rows = []
    for one in found:
        facts = one.availability.facts
        right = f"{one.self_tests - len(one.missed)} of {one.self_tests}" if one.self_tests else ""
        default = "the default" if facts.name == DEFAULT else ""
        remarks = one.availability.reason or ", ".join(filter(None, [default, facts.note]))
        rows.append((facts.name, one.verdict, right, one.availability.version, remarks.strip().partition("\n")[0]))
    for part in table_views(TableBlock("solvers", "", "", _LISTED, tuple(rows)), "", console.width):
        console.print(part)
    for one in found:
        for miss in one.missed:
            console.print(Text(f"  • {one.availability.facts.name}: {miss}", style="red"), soft_wrap=True)


def _state(one: Availability) -> EngineState:
    if not one.is_available:
        return EngineState(one, 0, ())
    with Engine.start(one.facts.name) as engine:
        findings = run_self_tests(engine)
    missed = tuple(
        f"{finding.test}: expected {finding.expected}, got {finding.found}"
        for finding in findings
        if not finding.is_right
    )
    return EngineState(one, len(findings), missed, any(finding.was_killed for finding in findings))
