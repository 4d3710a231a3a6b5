"""What a plan is asked for on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line; None means: as the case says, else the default.

    Times in seconds, memory in MB. `output` is the very folder to write, `command` the line that was typed.
    """

    solver: str | None = None
    gap: float | None = None
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int | None = None
    memory_mb: int | None = None
    second_solver: str | None = None
    output: Path | None = None
    replace: bool = False
    command: str = ""
