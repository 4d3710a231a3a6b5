"""Numbers, differences and verdicts of a comparison in words; every medium uses the same."""

from __future__ import annotations

from collections.abc import Sequence

from planner.comparison.comparison_items import (
    MUSD,
    ComparedBranches,
    ComparedFigure,
    Comparison,
    CostVerdict,
    Standing,
)
from planner.documents.number_text import NONE, difference, figure, relative
from planner.errors import listed

_MARKS = {Standing.WITHIN: "inside the gaps", Standing.UNKNOWN: "no gap bounds it", Standing.APART: "not comparable"}
_SIGNS = {Standing.WITHIN: "≈", Standing.UNKNOWN: "?"}
LEGEND = {
    Standing.WITHIN: "≈ inside the gaps of the two plans together: not significant.",
    Standing.UNKNOWN: "? no gap bounds the difference: one is not known, or the plans minimise different measures.",
    Standing.APART: "blank: the runs cannot be compared there.",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def change(line: ComparedFigure, run: int) -> str:
    """Returns the difference of a line in one run with its share: `+555 (+1.6 %)`."""
    wording = difference(line.difference(run), line.unit)
    part = relative(line.share(run))
    return f"{wording} ({part})" if part and wording not in ("0", NONE) else wording


def mark(line: ComparedFigure, run: int) -> str:
    """Returns the words that follow a difference: nothing where it is a finding or nil."""
    return _MARKS.get(line.standings[run - 1], "")


def sign(line: ComparedFigure, run: int) -> str:
    """Returns the sign that stands after a difference where there is no room for words; see `LEGEND`."""
    return _SIGNS.get(line.standings[run - 1], "")


def verdict_text(comparison: Comparison, run: int) -> str:
    """Returns how the net present cost of a run compares with the reference, in one or two sentences."""
    first, other = comparison.sides[0], comparison.sides[run]
    found = comparison.verdicts[run - 1]
    if found.standing is Standing.APART or found.difference is None:
        return f"The net present costs of {first.letter} and {other.letter} are not comparable."
    costs = f"{figure(other.objective_musd, MUSD)} instead of {figure(first.objective_musd, MUSD)} {MUSD}"
    part = relative(found.difference / abs(first.objective_musd)) if first.objective_musd else ""
    wording = difference(found.difference, MUSD)
    wording = f"{wording}, {part}" if part and wording != "0" else wording
    if wording == "0":
        cost = (
            f"{other.letter} costs the same as {first.letter}, {figure(first.objective_musd, MUSD)} {MUSD} net present"
        )
        return f"{cost}: {_finding(found)}" if found.standing is Standing.WITHIN else f"{cost}."
    head = f"{other.letter} costs {costs} net present ({wording})"
    if found.standing is Standing.UNKNOWN:
        return f"{head}. A gap is not known, so the difference may come from the search and not from the change."
    return f"{head}: {_finding(found)}"


def _finding(found: CostVerdict) -> str:
    within = f"the true difference lies between {difference(found.low, MUSD)} and {difference(found.high, MUSD)}"
    if found.standing is Standing.WITHIN:
        return f"no difference beyond the gaps ({figure(found.gaps, MUSD)} together); {within}."
    return f"more than the gaps ({figure(found.gaps, MUSD)} together) explain; {within}."


def joined(names: Sequence[str]) -> str:
    """Returns names as a list in a sentence.

    >>> joined(["A"]), joined(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def counted_runs(count: int) -> str:
    """Returns a number of runs in words: `one run`, `27 runs`."""
    wording = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{wording} run{'' if count == 1 else 's'}"


def headline(comparison: Comparison) -> str:
    """Returns what changed in one sentence; the sentence that people remember."""
    letters = joined([side.letter for side in comparison.sides])
    if comparison.branches is not None:
        return _headline_of_branches(letters, comparison.branches, len(comparison.sides))
    if comparison.is_same:
        return f"{letters} are the same plan: no decision, amount or service differs."
    changed = [entry for entry in comparison.decisions if entry.is_changed]
    flips = [entry.item for entry in changed if entry.is_flip]
    if not changed:
        return f"{letters} take the same decisions; money or service differs."
    wording = f"{len(changed)} of {len(comparison.decisions)} decisions differ"
    turned = f"; {listed(flips)} flip{'s' if len(flips) == 1 else ''}" if flips else ""
    reservation = ""
    if all(found.standing is Standing.WITHIN for found in comparison.verdicts):
        reservation = " The costs do not differ significantly, so either set of decisions may be the better one."
    return f"{wording}{turned}.{reservation}"


def _headline_of_branches(letters: str, branches: ComparedBranches, count: int) -> str:
    """What differs of plans over scenarios: what is decided now, then what waits."""
    now = [entry for entry in branches.now if entry.is_changed]
    later = [entry for entry in branches.later if entry.is_changed]
    flips = [entry.item for entry in now if entry.is_flip]
    turned = f"; {listed(flips)} flip{'s' if len(flips) == 1 else ''}" if flips else ""
    each = "both" if count == 2 else "all"
    first = (
        f"Now, before {branches.reveal}, {letters} decide the same"
        if not now
        else f"{len(now)} of {len(branches.now)} decisions before {branches.reveal} differ{turned}"
    )
    if not later:
        return f"{first}; from then on {each} decide the same in every scenario that they share."
    names = dict.fromkeys(name for entry in later for name in entry.scenarios)
    return f"{first}; of what waits, {len(later)} of {len(branches.later)} differ, in {listed(names)}."


def legend(lines: Sequence[ComparedFigure]) -> list[str]:
    """Returns what the signs after differences mean, for those that occur."""
    found = {standing for line in lines for standing in line.standings}
    return [text for standing, text in LEGEND.items() if standing in found]
