"""How commands speak: as text for people or as JSON for programs, results on one stream and the rest on the other."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.documents.safe_text import plain_json
from planner.errors import CaseFaults, InternalError, OutputError, PlannerError, Stopped, written_run
from planner.streams import takes_every_letter

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class OutputOptions:
    """How a command speaks: JSON on the standard output, or text; how much of it."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    def out(self) -> Console:
        """Returns where results go; nothing of a name is taken for markup."""
        from planner.show.safe_console import SafeConsole

        return SafeConsole(quiet=self.as_json)

    def err(self) -> Console:
        """Returns where progress and errors go."""
        from planner.show.safe_console import SafeConsole

        return SafeConsole(stderr=True)

    def print_json(self, facts: Mapping[str, Any]) -> None:
        """Prints facts as JSON when that was asked for."""
        if self.as_json:
            ascii_only = not takes_every_letter()
            print(plain_json(json.dumps(facts, indent=2, ensure_ascii=ascii_only, allow_nan=False)))

    def wants_traceback(self) -> bool:
        """True when the inner story of an error is to be printed."""
        return self.verbose or bool(os.environ.get("FLEETPLAN_DEBUG"))


def ending_of(error: BaseException) -> PlannerError:
    """Returns what is said of whatever has ended a command; what is not of a known kind is an internal error.

    A run that was written before is whole and checked, and is never called an internal error.
    """
    run = written_run(error)
    kept = "Nothing was written." if run is None else _kept(run)
    if isinstance(error, PlannerError):
        return error
    if isinstance(error, KeyboardInterrupt):
        ending: PlannerError = Stopped(f"Stopped. {kept}")
    elif isinstance(error, MemoryError):
        ending = OutputError(f"There is not enough memory. {kept}\nUse a smaller case, or a machine with more memory.")
    elif run is not None:
        ending = OutputError(f"{kept}\nIt could not be shown: {type(error).__name__}: {error}")
    else:
        text = (
            f"{type(error).__name__}: {error}\nThis is an internal error of fleetplan. --verbose prints the traceback."
        )
        ending = InternalError(text)
    ending.__cause__ = error
    return ending


def print_error(error: PlannerError, output_options: OutputOptions) -> None:
    """Prints an error on the error stream, and as JSON where that was asked for."""
    from planner.show.fault_lists import show_error

    if output_options.wants_traceback():
        traceback.print_exception(error)
    show_error(output_options.err(), error)
    run = written_run(error)
    if run is not None:
        output_options.err().print(_kept(run), soft_wrap=True)
    facts: dict[str, Any] = {"exit_code": error.exit_code, "status": error.meaning, "message": str(error)}
    if isinstance(error, CaseFaults):
        facts["faults"] = [fault_facts(fault) for fault in error.faults]
        facts["warnings"] = [fault_facts(fault) for fault in error.warnings]
    output_options.print_json(facts)


def _kept(run: str) -> str:
    return f"The run is whole and checked: {run}"


def fault_facts(fault: Any) -> dict[str, Any]:  # noqa: ANN401  a Fault, whose module need not be loaded for help
    """Returns a finding for JSON; `place` is what a person would call where it stands."""
    names = ("file", "row", "column", "value", "expected", "remedy", "place")
    return {name: getattr(fault, name) for name in names}
