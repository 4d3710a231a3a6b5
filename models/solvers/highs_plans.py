"""Reads the file into which HiGHS writes each better plan; through OR-Tools its callbacks are silent."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np

from models.program import Floats

OPTIONS_TEXT = "mip_improving_solution_file"
OPTION_SPARSE = "mip_improving_solution_report_sparse"
_MARK = "# Columns"


class ImprovingPlans:
    """The plans that have been written to `path` since they were last read."""

    def __init__(self, path: Path, column_count: int) -> None:
        self._path = path
        self._count = column_count
        self._offset = 0
        self._rest = ""

    def read(self) -> list[Floats]:
        """Returns the new complete plans, oldest first."""
        _flush_all()
        if not self._path.exists():
            return []
        with self._path.open() as file:
            file.seek(self._offset)
            self._rest += file.read()
            self._offset = file.tell()
        plans = []
        while (plan := self._take()) is not None:
            plans.append(plan)
        return plans

    def _take(self) -> Floats | None:
        """Removes the first complete plan: `Objective`, `# Columns -K`, then K lines of value and column."""
        start = self._rest.find(_MARK)
        end = self._rest.find("\n", start)
        if start < 0 or end < 0:
            return None
        size = abs(int(self._rest[start + len(_MARK) : end]))
        lines = self._rest[end + 1 :].split("\n", size)
        if len(lines) <= size:
            return None
        self._rest = lines[size]
        values = np.zeros(self._count)
        for line in lines[:size]:
            value, column = line.split()
            values[int(column)] = float(value)
        return values


def _flush_all() -> None:
    """Empties the C library's buffers, so that plans reach the file while HiGHS runs on."""
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
