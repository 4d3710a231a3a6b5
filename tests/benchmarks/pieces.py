"""Pieces of the page: tables, numbers as text, and the targets beside what was measured."""

from __future__ import annotations

import statistics

from tests.benchmarks.figures import Spread, ratios, reached, seconds_to_plan, slope

LEAST_NON_ZEROS = 10_000
"""Below, fixed costs of a start hide how build time and memory grow."""
RANGE = 10.0
"""A slope over sizes that are closer together than this factor says nothing."""
LINEAR = 1.1
TEN_TIMES, FIVE_TIMES = 10.0, 5.0
PATIENCE_S = 900.0
OUTSIDE_SHARE, OUTSIDE_S = 0.1, 0.5
MONTHLY_S = 600.0
FIRST_OUTPUT_S = 1.0
GAPS = {"mid-quarter": 0.002, "mid-month": 0.005, "lab-month-all-2": 0.01}
LIMIT_S = 60.0
LAB, MONTHLY = "lab-year", "lab-month"
NOT_MEASURED = ("not measured", "–")


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def number(value, form):
    return "–" if value is None else format(value, form)


def percent(fraction):
    return "–" if fraction is None else f"{100 * fraction:.3g} %"


def spread(found, form):
    """The median, with the least and the largest where there are several."""
    if found.count == 1:
        return format(found.median, form)
    return f"{found.median:{form}} ({found.least:{form}} to {found.most:{form}})"


def times(ratio):
    """A ratio in words."""
    return f"{'more than ' if ratio.is_least else ''}{spread(ratio.spread, '.1f')} times"


def phase(records, name):
    """The median seconds of a phase over the repeats that had it."""
    found = [record["seconds"][name] for record in records if name in record.get("seconds", {})]
    return statistics.median(found) if found else None


def climbed(keep, rung):
    """The records of a rung at the longest limit that it was given, the one that was solved first."""
    records = keep.of("ladder", rung=rung)
    longest = max((record["limit"] for record in records), default=None)
    return sorted((one for one in records if one["limit"] == longest), key=lambda one: one["repeat"])


def slopes(keep):
    """The growth of build time and of memory over the rungs of the ladder."""
    build, memory, solver = [], [], []
    for rung in dict.fromkeys(record["rung"] for record in keep.of("ladder")):
        records = climbed(keep, rung)
        size = records[0].get("non_zeros", 0)
        if size < LEAST_NON_ZEROS:
            continue
        build.append((size, phase(records, "build") or 0.0))
        grown = [one["build_mb"] for one in records if "build_mb" in one]
        memory.append((size, statistics.median(grown) if grown else 0.0))
        solver.append((size, next((one["solver_mb"] for one in records if one.get("solver_mb")), 0.0)))
    found = {"build, seconds": build, "build, memory": memory, "solver, peak memory": solver}
    return {what: slope(points, apart=RANGE) for what, points in found.items()}


def targets(keep, perturbed):
    """Each target with what was measured and whether that meets it; `perturbed` are the rows of the perturbed cases."""
    rows = [
        ("best textbook run at least 10 times slower, frontier-lab", *_lab_target(keep)),
        ("at least 5 times on every instance that one of them solves within 15 minutes", *_rungs_target(keep)),
        *perturbed,
        *_gap_targets(keep),
        ("overhead outside the solver on frontier-lab: at most 10 % and 0.5 s", *_outside_target(keep)),
        ("build time and memory linear in non-zeros", *_growth_target(keep)),
        ("monthly frontier-lab to 0.5 % in 600 s", *_monthly_target(keep)),
        ("first output within 1 s", *_startup_target(keep)),
    ]
    return "\n".join(["## Targets", "", table(("target", "measured", "met"), rows)])


def _met(is_met):
    return "yes" if is_met else "no"


def _ratios_of(keep):
    """By rung, the ratio of the best textbook run to ours; None where ours did not reach the gap."""
    found = {}
    for record in keep.of("rivals"):
        found.setdefault(record["rung"], []).append(record)
    named = {rung: [one for one in records if one["who"].startswith("textbook")] for rung, records in found.items()}
    ours = {rung: [one for one in records if one["who"] == "ours"] for rung, records in found.items()}
    return {rung: (ratios(ours[rung], named[rung]), named[rung]) for rung in found if named[rung]}


def _lab_target(keep):
    found = _ratios_of(keep)
    if LAB not in found:
        return NOT_MEASURED
    ratio, _ = found[LAB]
    if ratio is None:
        return "ours did not reach the gap", "no"
    is_met = ratio.spread.median >= TEN_TIMES
    return times(ratio), "not decided by this limit" if ratio.is_least and not is_met else _met(is_met)


def _rungs_target(keep):
    ended = {
        rung: ratio
        for rung, (ratio, runs) in _ratios_of(keep).items()
        if any(reached(run) and seconds_to_plan(run) <= PATIENCE_S for run in runs)
    }
    if not ended:
        return NOT_MEASURED
    parts = [f"{rung} {'not reached by ours' if ratio is None else times(ratio)}" for rung, ratio in ended.items()]
    is_met = all(ratio is not None and ratio.spread.median >= FIVE_TIMES for ratio in ended.values())
    return "; ".join(parts), _met(is_met)


def _outside_target(keep):
    records = keep.of("outside")
    if not records:
        return NOT_MEASURED
    spent, share = (
        Spread.of(one["outside"] for one in records),
        Spread.of(one["outside"] / one["wall"] for one in records),
    )
    is_met = spent.median <= OUTSIDE_S and share.median <= OUTSIDE_SHARE
    return f"{spread(share, '.0%')}; {spread(spent, '.2f')} s", _met(is_met)


def _growth_target(keep):
    found = {what: one for what, one in slopes(keep).items() if one is not None and what.startswith("build")}
    if not found:
        return NOT_MEASURED
    words = "; ".join(f"{what}: exponent {one.exponent:.2f}" for what, one in found.items())
    return words, _met(all(one.exponent <= LINEAR for one in found.values()))


def _monthly_target(keep):
    records = [record for record in climbed(keep, MONTHLY) if record["repeat"] == 0]
    if not records:
        return NOT_MEASURED
    record = records[0]
    seconds = seconds_to_plan(record)
    words = f"gap {percent(record.get('gap_left'))} after {seconds:.0f} s, {record['status']}"
    if not reached(record) and record["limit"] < MONTHLY_S:
        return words, "not decided by this limit"
    return words, _met(reached(record) and seconds <= MONTHLY_S)


def _gap_targets(keep):
    """The gaps of the instances that the limit ends, and the plan that each has within it."""
    rows = []
    for rung, most in GAPS.items():
        records = [record for record in climbed(keep, rung) if record["repeat"] == 0]
        name = f"{rung}: a plan and a gap of at most {percent(most)} within {LIMIT_S:.0f} s"
        if not records:
            rows.append((name, *NOT_MEASURED))
            continue
        record = records[0]
        first, gap = record.get("first_plan_s"), record.get("gap_left")
        words = "no plan" if first is None else f"first plan after {first:.1f} s, gap {percent(gap)}"
        is_met = first is not None and first <= LIMIT_S and gap is not None and gap <= most
        rows.append((name, words, _met(is_met)))
    return rows


def _startup_target(keep):
    records = keep.of("startup")
    if not records:
        return NOT_MEASURED
    names = dict.fromkeys(record["rung"] for record in records)
    found = {name: Spread.of(one["seconds"] for one in records if one["rung"] == name) for name in names}
    words = "; ".join(f"{name}: {spread(one, '.2f')} s" for name, one in found.items())
    return words, _met(all(one.median <= FIRST_OUTPUT_S for one in found.values()))
