"""What the page says of the perturbed cases: the ratio of the textbook's processor time to ours, case by case."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from tests.benchmarks.figures import Spread, geometric_mean, reached, seconds_to_plan
from tests.benchmarks.perturbed import BASES, PATIENCE, SPREAD, UNCHANGED
from tests.benchmarks.pieces import NOT_MEASURED, number, percent, spread, table

LEAST_RATIO, MEAN_RATIO = 3.0, 10.0
CLOCK = "processor"
SCIP, HIGHS = "textbook scip", "textbook highs"


@dataclass(frozen=True)
class Compared:
    """One case: processor seconds of ours and of the textbook in each solver; None where the gap was not reached.

    `spent` are the textbook's seconds whether the gap was reached or not.
    """

    seed: int
    ours: Spread | None
    textbook: dict[str, float | None]
    spent: dict[str, float]

    def ratio(self, solvers):
        """How many times as long as ours the fastest of some solvers took or was run; None where ours fell short."""
        if self.ours is None:
            return None
        in_time = [self.textbook[who] for who in solvers if self.textbook.get(who) is not None]
        seconds = min(in_time) if in_time else max(self.spent[who] for who in solvers)
        return seconds / self.ours.median

    @property
    def is_open(self):
        """True where no run of the textbook reached the gap, so that the ratio is greater than what is given."""
        return all(seconds is None for seconds in self.textbook.values())


def compared(keep, base):
    """The cases of a base that were measured in full, the base itself first."""
    found = {}
    for record in keep.of("perturbed", rung=base):
        found.setdefault(record["seed"], []).append(record)
    cases = []
    for seed in sorted(found):
        ours = [one for one in found[seed] if one["who"] == "ours"]
        theirs = {one["who"]: one for one in found[seed] if one["who"] != "ours"}
        if not ours or not theirs:
            continue
        spent = {who: seconds_to_plan(one, CLOCK) for who, one in theirs.items()}
        in_time = {who: spent[who] if reached(one) else None for who, one in theirs.items()}
        own = Spread.of(seconds_to_plan(one, CLOCK) for one in ours) if all(map(reached, ours)) else None
        cases.append(Compared(seed, own, in_time, spent))
    return cases


def targets(keep):
    """The rows of the targets for the perturbed cases."""
    rows = []
    for base in BASES:
        cases = [case for case in compared(keep, base) if case.seed != UNCHANGED]
        name = f"{base} perturbed: best textbook run {MEAN_RATIO:.0f} times slower in the geometric mean, "
        name += f"at least {LEAST_RATIO:.0f} times on each"
        if not cases:
            rows.append((name, *NOT_MEASURED))
            continue
        found = _ratios(cases, tuple(cases[0].textbook))
        missed = f"; gap not reached on {len(cases) - len(found)}" if len(found) < len(cases) else ""
        is_met = not missed and min(found) >= LEAST_RATIO and geometric_mean(found) >= MEAN_RATIO
        rows.append((name, _in_words(found) + missed, "yes" if is_met else "no"))
    return rows


def section(keep):
    """The section of the perturbed cases."""
    lines = [
        "## Perturbed cases",
        "",
        f"Beside each base case, cases of which prices, demand, speeds and costs were moved by up to {percent(SPREAD)}",
        "of what they were, each by a factor of its own (`tests/benchmarks/perturbed.py`). The search was not tuned",
        "on these seeds.",
        "Ratios and seconds are of processor time of all processes, from a case in memory to a plan within the gap;",
        "a textbook run is that of the faster of SCIP and HiGHS.",
        f"HiGHS was ended after {PATIENCE} times the seconds of SCIP, or later: its seconds count then.",
    ]
    parts = [part for base in BASES for part in _of_base(keep, base)]
    return "\n".join(lines + _measured_on(keep) + parts) if parts else "\n".join([*lines[:2], "Not measured."])


def _measured_on(keep):
    """The day and the sources of the records of this section alone: the rest of a page may be older."""
    machines, records = keep.of("machine"), keep.of("perturbed")
    if not machines or not records:
        return []
    found = ", ".join(sorted({record["sources"] for record in records}))
    facts = machines[-1]
    return ["", f"Measured on {facts['day']}: {facts['cores']} cores of {facts['processor']}, sources {found}."]


def _of_base(keep, base):
    cases = compared(keep, base)
    moved = [case for case in cases if case.seed != UNCHANGED]
    if not moved:
        return []
    gaps = percent(keep.of("perturbed", rung=base)[0]["gap"])
    lines = ["", f"### {base}, {len(moved)} cases, gap {gaps}", ""]
    who = {"best textbook run": tuple(moved[0].textbook), "textbook scip": (SCIP,), "textbook highs": (HIGHS,)}
    rows = []
    for name, solvers in who.items():
        if all(solver in case.textbook for case in moved for solver in solvers):
            found = _ratios(moved, solvers)
            few = sum(ratio < LEAST_RATIO for ratio in found)
            if found:
                figures = (geometric_mean(found), min(found), max(found))
                rows.append((name, *(f"{one:.1f}" for one in figures), str(few)))
    columns = ("times as long as fleetplan", "geometric mean", "least", "greatest", f"below {LEAST_RATIO:.0f}")
    lines += [table(columns, rows), ""]
    own = [case.ours.median for case in moved if case.ours is not None]
    if own:
        middle = statistics.median(own)
        runs = max(case.ours.count for case in moved if case.ours is not None)
        lines.append(
            f"fleetplan took {geometric_mean(own):.2f} s in the geometric mean, {middle:.2f} s in the median, "
            f"by {runs} run{'s' if runs > 1 else ''} of each case; the textbook ran once."
        )
    base_case = next((case for case in cases if case.seed == UNCHANGED), None)
    if base_case is not None and SCIP in base_case.spent:
        lines.append(f"The base itself in textbook SCIP took {base_case.spent[SCIP]:.2f} s in the same run.")
    return [*lines, "", _table_of_cases(cases)]


def _table_of_cases(cases):
    rows = []
    for case in cases:
        name = "base" if case.seed == UNCHANGED else str(case.seed)
        theirs = [_seconds(case, who) for who in (SCIP, HIGHS)]
        factor = case.ratio(tuple(case.textbook))
        ratio = f"{'more than ' if case.is_open and factor is not None else ''}{number(factor, '.1f')}"
        ours = "gap not reached" if case.ours is None else spread(case.ours, ".2f")
        rows.append((name, ours, *theirs, ratio))
    return table(("seed", "fleetplan, s", "textbook scip, s", "textbook highs, s", "ratio to the best"), rows)


def _seconds(case, who):
    if who not in case.spent:
        return "–"
    ended = "" if case.textbook[who] is not None else "ended at "
    return ended + number(case.spent[who], ".2f")


def _ratios(cases, solvers):
    """The ratio of each case in which ours reached the gap."""
    found = [case.ratio(solvers) for case in cases]
    return [ratio for ratio in found if ratio is not None]


def _in_words(found):
    return "none reached" if not found else f"{geometric_mean(found):.1f} ({min(found):.1f} to {max(found):.1f}) times"
