"""Where the command `fleetplan` begins and ends."""

from __future__ import annotations

import gc
import os
import sys

from planner.errors import InternalError, PlannerError
from planner.interrupts import heed_signals, ignore_signals
from planner.streams import prepare_streams

_COLLECT_EVERY = 200_000


def main() -> None:
    """Runs the command line and ends the process with its exit code, whatever happens."""
    # Few objects of a command are garbage before it ends; looking for them was a tenth of its time.
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    # numpy is not loaded yet; its library need not start threads for products as small as ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    prepare_streams()
    code = _run()
    try:
        sys.stdout.flush()
    except PlannerError as error:
        code = _print_ending(error)
    sys.exit(code)


def _run() -> int:
    """Runs the command line and returns its exit code.

    The one place where an exception of any kind ends: what is not an error of a known kind is an internal error.
    """
    try:
        heed_signals()
        from planner.cli.commands import app

        app()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except (Exception, KeyboardInterrupt) as error:
        return _print_ending(error)
    return 0


def _print_ending(error: BaseException) -> int:
    """Prints what has ended the command, and returns its exit code."""
    # It ends now; a further Ctrl-C must not end in the middle of saying so.
    ignore_signals()
    from planner.show.output_options import OutputOptions, ending_of, print_error

    ending = ending_of(error)
    output_options = OutputOptions(as_json="--json" in sys.argv, verbose=not {"--verbose", "-v"}.isdisjoint(sys.argv))
    try:
        print_error(ending, output_options)
    except PlannerError as lost:
        # The answer cannot be printed either, which is no news where that is what has ended the command.
        return ending.exit_code if isinstance(ending, InternalError) else lost.exit_code
    return ending.exit_code


if __name__ == "__main__":
    main()
