"""Numbers, differences and verdicts of a comparison in words; every medium uses the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.comparison.parts import FRACTION, MUSD, Comparison, Line, Standing, Verdict
from planner.documents.number_text import counted, money, percent
from planner.errors import listed
from planner.results.table import Cell

MINUS = "−"
NONE = "–"
_ROUGH = 0.05
"""Per cent, and percentage points, from this size on are told with one decimal; smaller ones with one digit."""
_NIL = 1e-4
_MARKS = {Standing.WITHIN: "inside the gaps", Standing.UNKNOWN: "gaps not known", Standing.APART: "not comparable"}
_SIGNS = {Standing.WITHIN: "≈", Standing.UNKNOWN: "?"}
LEGEND = {
    Standing.WITHIN: "≈ inside the gaps of the two plans together: no difference beyond them, and no finding.",
    Standing.UNKNOWN: "? a gap is not known, so the difference may come from the search.",
    Standing.APART: "blank: the runs cannot be compared there.",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def figure(value: float | None, unit: str) -> str:
    """Returns a number as its unit is read: shares in per cent, money and quantities with the digits that matter.

    >>> figure(0.985, "fraction"), figure(34565.17, "USD million"), figure(None, "MW")
    ('98.5 %', '34,565', '–')
    """
    if value is None:
        return NONE
    if unit == FRACTION:
        return f"{percent(value)} %"
    text = counted(value) if unit in ("units", "modules", "queries/s") else money(_clean(value))
    return text.replace("-", MINUS)


def difference(value: float | None, unit: str) -> str:
    """Returns a difference with its sign; of shares, in percentage points.

    >>> difference(12.34, "USD million"), difference(-0.012, "fraction"), difference(None, "MW")
    ('+12.3', '−1.2 points', '–')
    """
    if value is None:
        return NONE
    if unit == FRACTION:
        size = 100 * abs(value)
        text = f"{size:.1f}" if size >= _ROUGH else f"{size:.1g}"
        return f"{_sign(value)}{text} points" if size >= _NIL else "0"
    text = figure(abs(value), unit)
    return text if text == "0" else f"{_sign(value)}{text}"


def share(value: float | None) -> str:
    """Returns a relative change in per cent, with its sign.

    >>> share(0.0163), share(-0.5), share(12.5), share(0.0), share(None)
    ('+1.6 %', '−50.0 %', '+1,250 %', '0 %', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    size = 100 * abs(value)
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.1f}" if size >= _ROUGH else f"{size:.1g}"
    return "0 %" if size < _NIL else f"{_sign(value)}{text} %"


def cell(value: Cell, unit: str = "") -> str:
    """Returns the cell of an input as it is read in a sentence: text as it is, a number with its digits.

    >>> cell(37500.0), cell(0.25), cell("h100;b200"), cell(None)
    ('37,500', '0.25', 'h100;b200', '–')
    """
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    text = f"{value:,.10g}" if abs(value) < 1e15 else f"{value:,.0f}"
    return text.replace("-", MINUS)


def change(line: Line, run: int) -> str:
    """Returns the difference of a line in one run with its share: `+555 (+1.6 %)`."""
    told = difference(line.difference(run), line.unit)
    part = share(line.share(run))
    return f"{told} ({part})" if part and told not in ("0", NONE) else told


def mark(line: Line, run: int) -> str:
    """Returns the words that follow a difference: nothing where it is a finding or nil."""
    return _MARKS.get(line.standings[run - 1], "")


def sign(line: Line, run: int) -> str:
    """Returns the sign that stands after a difference where there is no room for words; see `LEGEND`."""
    return _SIGNS.get(line.standings[run - 1], "")


def verdict_text(comparison: Comparison, run: int) -> str:
    """Returns how the net present cost of a run compares with the reference, in one or two sentences."""
    first, other = comparison.sides[0], comparison.sides[run]
    found = comparison.verdicts[run - 1]
    if found.standing is Standing.APART or found.difference is None:
        return f"The net present costs of {first.letter} and {other.letter} are not comparable."
    costs = f"{figure(other.objective_musd, MUSD)} instead of {figure(first.objective_musd, MUSD)} {MUSD}"
    part = share(found.difference / abs(first.objective_musd)) if first.objective_musd else ""
    told = difference(found.difference, MUSD)
    told = f"{told}, {part}" if part and told != "0" else told
    if told == "0":
        cost = (
            f"{other.letter} costs the same as {first.letter}, {figure(first.objective_musd, MUSD)} {MUSD} net present"
        )
        return f"{cost}: {_finding(found)}" if found.standing is Standing.WITHIN else f"{cost}."
    head = f"{other.letter} costs {costs} net present ({told})"
    if found.standing is Standing.UNKNOWN:
        return f"{head}. A gap is not known, so this may be the search and not the change."
    return f"{head}: {_finding(found)}"


def _finding(found: Verdict) -> str:
    within = f"the true difference lies between {signed(found.low)} and {signed(found.high)}"
    if found.standing is Standing.WITHIN:
        return f"no difference beyond the gaps ({figure(found.gaps, MUSD)} together); {within}."
    return f"more than the gaps ({figure(found.gaps, MUSD)} together) explain; {within}."


def signed(value: float | None) -> str:
    """Returns an amount in USD million with its sign."""
    return difference(value, MUSD)


def joined(names: Sequence[str]) -> str:
    """Returns names as a list in a sentence.

    >>> joined(["A"]), joined(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def counted_runs(count: int) -> str:
    """Returns a number of runs in words: `one run`, `27 runs`."""
    told = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{told} run{'' if count == 1 else 's'}"


def _clean(value: float) -> float:
    """Takes the noise of a solver off: what is less than a dollar (USD million) is nothing."""
    return 0.0 if abs(value) < 1e-6 else value


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS


def headline(comparison: Comparison) -> str:
    """Returns what changed in one sentence; the sentence that people remember."""
    letters = joined([side.letter for side in comparison.sides])
    if comparison.is_same:
        return f"{letters} are the same plan: no decision, amount or service differs."
    changed = [entry for entry in comparison.decisions if entry.is_changed]
    flips = [entry.item for entry in changed if entry.is_flip]
    if not changed:
        return f"{letters} take the same decisions; money or service differs."
    told = f"{len(changed)} of {len(comparison.decisions)} decisions differ"
    turned = f"; {listed(flips)} flip{'s' if len(flips) == 1 else ''}" if flips else ""
    reservation = ""
    if all(found.standing is Standing.WITHIN for found in comparison.verdicts):
        reservation = " The costs cannot be told apart, so either set of decisions may be the better one."
    return f"{told}{turned}.{reservation}"


def legend(lines: Sequence[Line]) -> list[str]:
    """Returns what the signs after differences mean, for those that occur."""
    found = {standing for line in lines for standing in line.standings}
    return [text for standing, text in LEGEND.items() if standing in found]
