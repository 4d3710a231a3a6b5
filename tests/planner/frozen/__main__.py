"""Accepts what users see now: `python -m tests.planner.frozen --update`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.planner.frozen.subjects import SUBJECTS, fit, seen_of, write_seen


def main():
    """Compares, and with --update writes, what is seen of each subject."""
    parser = argparse.ArgumentParser(prog="python -m tests.planner.frozen", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"only these of {', '.join(SUBJECTS)}")
    parser.add_argument("--update", action="store_true", help="accept what users see now")
    parser.add_argument("--solve", action="store_true", help="solve the cases again as well")
    given = parser.parse_args()
    unknown = set(given.subjects) - set(SUBJECTS)
    if unknown or not given.update:
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "add --update; pytest compares")
    for name in given.subjects or SUBJECTS:
        fit(name, is_solved=given.solve)
        with tempfile.TemporaryDirectory() as folder:
            changed = write_seen(name, seen_of(name, Path(folder)))
        print(f"{name}: {', '.join(changed) or 'nothing has changed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
