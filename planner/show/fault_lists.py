"""Faults, warnings and findings in the terminal: one clear list, the error first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from planner.documents.safe_text import plain
from planner.errors import CaseFaults, Fault, PlannerError, rendered

if TYPE_CHECKING:
    from planner.verification.written_runs import VerifyResult

_MOST_FINDINGS = 20


def show_error(console: Console, error: PlannerError) -> None:
    """Prints an error: what is wrong first, then where and what to do."""
    if isinstance(error, CaseFaults):
        count = len(error.faults)
        heading = "1 fault in the input; nothing was written." if count == 1 else ""
        console.print(Text(heading or f"{count} faults in the input; nothing was written.", style="bold red"))
        _bullets(console, error.lines)
        show_warnings(console, error.warnings)
        return
    first, _, rest = str(error).partition("\n")
    console.print(Text(first, style="bold red"), soft_wrap=True)
    _bullets(console, [line for line in rest.split("\n") if line])


def show_warnings(console: Console, warnings: Sequence[Fault]) -> None:
    """Prints the warnings about the input; nothing where there are none."""
    if warnings:
        count = len(warnings)
        console.print(Text("1 warning:" if count == 1 else f"{count} warnings:", style="yellow"))
        _bullets(console, rendered(warnings))


def show_verdict(console: Console, verdict: VerifyResult) -> None:
    """Prints what the check of a written run has found, what it cannot say, and what the run is quoted by."""
    style = "green" if verdict.passed else "bold red"
    console.print(Text(plain(verdict.headline), style=style), soft_wrap=True)
    _bullets(console, [plain(finding) for finding in verdict.findings[:_MOST_FINDINGS]])
    if len(verdict.findings) > _MOST_FINDINGS:
        console.print(Text(f"  and {len(verdict.findings) - _MOST_FINDINGS} more"))
    if verdict.approval.is_approved:
        note = f" Note: {verdict.approval.note}" if verdict.approval.note else ""
        console.print(Text(plain(f"{verdict.approval.text}{note}")), soft_wrap=True)
    for note in verdict.notes:
        console.print(Text(plain(note)), soft_wrap=True)
    console.print(Text(f"Digest of the run, to quote: {verdict.digest}"), soft_wrap=True)


def _bullets(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        inner = line.lstrip()
        console.print(Text(f"  • {line}" if inner == line else f"      {inner}"), soft_wrap=True)
