"""Writes the golden files anew and says which changed; run by hand: `python -m tests.models.families.regenerate`.

A changed file is a claim about the mathematics. Derive its rows by hand before it is kept.
"""

from __future__ import annotations

import sys

from tests.models.families.goldens import CASES, FOLDER, golden_text


def main():
    FOLDER.mkdir(exist_ok=True)
    for requirement in CASES:
        path = FOLDER / f"{requirement}.lp"
        new = golden_text(requirement)
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.name} changed\n")


if __name__ == "__main__":
    main()
