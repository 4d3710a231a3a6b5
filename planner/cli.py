"""Where the command `fleetplan` begins and ends.

A plan whose arguments are plain is begun without the library of the command line; everything else is
`planner.commands`.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading

from planner.errors import INTERRUPTED, STOPPED, OwnError, PlannerError

_COLLECT_EVERY = 200_000


def main() -> None:
    """Runs the command line; whatever is not an error of a known kind ends here, with exit code 1."""
    # Few objects of a command are garbage before it ends; looking for them was a tenth of its time.
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    # numpy is not loaded yet; its library need not start threads for products as small as ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = _planned(sys.argv[1:]) if sys.argv[1:2] == ["plan"] else None
        if code is None:
            from planner.commands import app

            app()
    except Exception as error:
        _tell_defect(error)
        sys.exit(OwnError.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write(f"{STOPPED}\n")
        sys.exit(INTERRUPTED)
    finally:
        # What is left goes with the process.
        gc.freeze()
    leave(code or 0)


def leave(code: int) -> None:
    """Ends this process with an exit code, without taking apart what ends with it anyway.

    Everything that was to be done at the end is done, and everything printed has been handed over.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        # Python itself says what is wrong.
        sys.exit(code)
    os._exit(code)


def _planned(arguments: list[str]) -> int | None:
    """Makes the plan that is asked for and returns the exit code; None where its arguments are not plain."""
    from planner.arguments import plainly_asked
    from planner.plan_command import make_asked_plan

    asked = plainly_asked(arguments)
    if asked is None:
        return None
    try:
        return make_asked_plan(asked)
    except PlannerError as error:
        from planner.show.voice import tell

        tell(error, asked.voice)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read what is printed has gone; what is left of it must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OwnError.exit_code


def _tell_defect(error: Exception) -> None:
    from planner.show.voice import Voice, tell

    if "--verbose" in sys.argv or "-v" in sys.argv or os.environ.get("FLEETPLAN_DEBUG"):
        import traceback

        traceback.print_exc()
    text = f"{type(error).__name__}: {error}\nThis is a defect of fleetplan. --verbose shows where."
    tell(OwnError(text), Voice(as_json="--json" in sys.argv))


if __name__ == "__main__":
    main()
