"""The engines that PuLP brings or finds; imported by the solver's process alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from models.solvers.catalogue import PULP_PREFIX
from models.solvers.cbc import Cbc
from models.solvers.pulp_objects import PulpObjects


def backend(name: str, scratch: Path, send: Callable[[object], None]) -> Cbc | PulpObjects:
    """Returns CBC from PuLP's wheel, or any solver that PuLP drives by name.

    Raises:
        ImportError: PuLP is not installed.
        ValueError: the solver or its licence is not here; the text says what PuLP says.
    """
    # `import pulp` loads highspy where it is installed; wheels of other ages of it clash, and no engine here needs it.
    sys.modules.setdefault("highspy", None)  # type: ignore[arg-type]
    import pulp

    if name.startswith(PULP_PREFIX):
        return PulpObjects(name.removeprefix(PULP_PREFIX), pulp, scratch)
    program = pulp.PULP_CBC_CMD()
    if not program.available():
        msg = f"PuLP has no CBC for this system at {program.path}"
        raise ValueError(msg)
    return Cbc(Path(program.path), f"PuLP {pulp.__version__}", scratch, send)
