"""Where the command `fleetplan` begins and ends."""

from __future__ import annotations

import gc
import os
import sys

from planner.errors import INTERRUPTED, STOPPED, OwnError

_COLLECT_EVERY = 200_000


def main() -> None:
    """Runs the command line; whatever is not an error of a known kind ends here, with exit code 1."""
    # Few objects of a command are garbage before it ends; looking for them was a tenth of its time.
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    # numpy is not loaded yet; its library need not start threads for products as small as ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from planner.commands import app

        app()
    except Exception as error:
        _tell_defect(error)
        sys.exit(OwnError.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write(f"{STOPPED}\n")
        sys.exit(INTERRUPTED)


def _tell_defect(error: Exception) -> None:
    from planner.show.voice import Voice, tell

    if "--verbose" in sys.argv or "-v" in sys.argv or os.environ.get("FLEETPLAN_DEBUG"):
        import traceback

        traceback.print_exc()
    text = f"{type(error).__name__}: {error}\nThis is a defect of fleetplan. --verbose shows where."
    tell(OwnError(text), Voice(as_json="--json" in sys.argv))


if __name__ == "__main__":
    main()
