"""What a check found: one finding for each requirement that does not hold, and how much was looked at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = float | str

TOLERANCE = 1e-6
_DIGITS = 1e-3
"""Arithmetic on cells keeps more digits than a solver keeps a requirement: by this much less may be off."""


@dataclass(frozen=True)
class Finding:
    """One requirement that does not hold at one place; quantities in the unit of the table column.

    `columns` names what was compared, as `table.column`: one of them is wrong.
    """

    requirement: str
    where: tuple[str, ...]
    what: str
    found: Value
    expected: Value
    difference: float
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = ", ".join(self.where)
        by = f" (by {self.difference:.6g})" if math.isfinite(self.difference) and self.difference else ""
        see = f"; see {', '.join(self.columns)}" if self.columns else ""
        return f"{self.requirement} [{place}]: {self.what} is {_shown(self.found)}, {_shown(self.expected)}{by}{see}"


@dataclass(frozen=True)
class Report:
    """The outcome of the independent check.

    `checked` counts the comparisons of each requirement, also of those that hold.
    """

    findings: tuple[Finding, ...]
    checked: Mapping[str, int]

    @property
    def passed(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    @property
    def broken(self) -> tuple[str, ...]:
        """The requirements with findings, in the order in which they were checked."""
        return tuple(dict.fromkeys(finding.requirement for finding in self.findings))

    @property
    def applied(self) -> int:
        """How many requirements had anything to compare; what a case does not have is not counted."""
        return sum(1 for count in self.checked.values() if count)

    def summary(self, most: int = 5) -> str:
        """Returns one line where all holds, else a line and the first `most` findings."""
        total = sum(self.checked.values())
        if self.passed:
            return f"{total} comparisons of {self.applied} requirements hold."
        head = f"{len(self.findings)} of {total} comparisons fail: {', '.join(self.broken)}."
        return "\n".join([head, *(str(finding) for finding in self.findings[:most])])


@dataclass
class Recorder:
    """Compares and remembers what does not hold.

    A difference counts when it exceeds `tolerance` × max(1, both sides, `scale`), where `scale` is the largest
    flow that was added up on the way to either side: a sum of a million units may be off by one.
    """

    tolerance: float
    requirement: str = ""
    looks_at: Callable[[str, str], tuple[str, ...]] = lambda _requirement, _what: ()
    """The columns, as `table.column`, that a comparison of a requirement looks at."""
    findings: list[Finding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)

    def take(self, other: Recorder) -> None:
        """Takes what another has compared and found."""
        self.checked.update(other.checked)
        self.findings.extend(other.findings)

    def margin(self, *sizes: float) -> float:
        """Returns the difference that is still accepted between numbers of these sizes."""
        return self.tolerance * max(1.0, *(abs(size) for size in sizes))

    def equal(self, found: float, expected: float, where: tuple[str, ...], what: str, scale: float = 0.0) -> None:
        """Records a finding unless the two numbers are the same."""
        self.checked[self.requirement] += 1
        if found == expected:
            return
        gap = abs(found - expected)
        if not (math.isfinite(gap) and gap <= self.margin(found, expected, scale)):
            self._add(where, what, found, expected, found - expected, "should be ")

    def follows(
        self, found: float | None, expected: float | None, where: tuple[str, ...], what: str, scale: float = 0.0
    ) -> None:
        """Records a finding unless a cell is what other cells of the tables make of it; None is a blank cell.

        Their digits are all there, so that the difference counts relative to the sizes alone, however small they are.
        """
        if found is None or expected is None:
            shown = "blank" if expected is None else f"{expected:.12g}"
            self.holds(where, what, found="blank" if found is None else found, expected=shown, fact=found is expected)
            return
        self.checked[self.requirement] += 1
        gap = abs(found - expected)
        if not gap <= _DIGITS * self.tolerance * max(abs(found), abs(expected), abs(scale)):
            self._add(where, what, found, expected, found - expected, "should be ")

    def at_most(self, found: float, bound: float, where: tuple[str, ...], what: str, scale: float = 0.0) -> None:
        """Records a finding unless the number is at most the bound."""
        self.checked[self.requirement] += 1
        if not (math.isfinite(found - bound) and found - bound <= self.margin(found, bound, scale)):
            self._add(where, what, found, bound, found - bound, "may be at most ")

    def at_least(self, found: float, bound: float, where: tuple[str, ...], what: str, scale: float = 0.0) -> None:
        """Records a finding unless the number is at least the bound."""
        self.checked[self.requirement] += 1
        if not (math.isfinite(bound - found) and bound - found <= self.margin(found, bound, scale)):
            self._add(where, what, found, bound, found - bound, "must be at least ")

    def whole(self, found: float, where: tuple[str, ...], what: str) -> None:
        """Records a finding unless the number is an integer, within the tolerance whatever its size."""
        self.checked[self.requirement] += 1
        if not (math.isfinite(found) and abs(found - round(found)) <= self.tolerance):
            nearest = round(found) if math.isfinite(found) else 0
            self._add(where, what, found, float(nearest), found - nearest, "should be the whole number ")

    def same(self, found: str, expected: str, where: tuple[str, ...], what: str) -> None:
        """Records a finding unless the two texts are the same."""
        self.checked[self.requirement] += 1
        if found != expected:
            self._add(where, what, found, expected, math.nan, "should be ")

    def holds(self, where: tuple[str, ...], what: str, *, found: Value, expected: str, fact: bool) -> None:
        """Records a finding unless the fact is true."""
        self.checked[self.requirement] += 1
        if not fact:
            self._add(where, what, found, expected, math.nan, "should be ")

    def fault(self, where: tuple[str, ...], what: str, found: Value, expected: str) -> None:
        """Records a finding."""
        self.holds(where, what, found=found, expected=expected, fact=False)

    def _add(
        self, where: tuple[str, ...], what: str, found: Value, expected: Value, difference: float, verb: str
    ) -> None:
        shown = f"{verb}{_shown(expected)}"
        columns = self.looks_at(self.requirement, what)
        self.findings.append(Finding(self.requirement, where, what, found, shown, difference, columns))


def _shown(value: Value) -> str:
    return f"'{value}'" if value == "" else value if isinstance(value, str) else f"{value:.12g}"
