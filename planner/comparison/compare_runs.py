"""Compares runs: pure, from loaded runs to a comparison; the first run is the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.comparison.common_periods import CommonPeriods
from planner.comparison.compared_branches import branches, measure_of, notes_on_scenarios
from planner.comparison.compared_decisions import decisions, orders
from planner.comparison.compared_inputs import inputs
from planner.comparison.compared_measures import key_figures, money, service
from planner.comparison.compared_stability import stability
from planner.comparison.comparison_items import ComparedRun, Comparison, CostVerdict, Standing, is_close
from planner.comparison.comparison_texts import counted_runs, joined
from planner.documents.content.labels_of_items import item_labels
from planner.documents.number_text import figure, percent
from planner.errors import CaseFaults, Fault, listed
from planner.results.loaded_run import LoadedRun

FEWEST, MOST = 2, 26
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compare(loaded_runs: Sequence[LoadedRun]) -> Comparison:
    """Returns what differs between the first run and each of the others.

    Raises:
        CaseFaults: there are fewer than two runs, or more than 26.
    """
    if not FEWEST <= len(loaded_runs) <= MOST:
        expected = f"got {counted_runs(len(loaded_runs))}"
        raise CaseFaults([Fault("compare", expected, f"Name {FEWEST} to {MOST} runs; the first is the reference.")])
    has_states = any(loaded.approval.is_approved for loaded in loaded_runs)
    sides = tuple(
        _side(letter, loaded, loaded.approval.text if has_states else "")
        for letter, loaded in zip(_LETTERS, loaded_runs, strict=False)
    )
    grid = CommonPeriods(sides)
    verdicts = tuple(_verdict(grid, run, loaded_runs) for run in range(1, len(sides)))
    # Gaps do not bound a difference between what one future costs and what is expected over scenarios.
    alike = [measure_of(loaded) == measure_of(loaded_runs[0]) for loaded in loaded_runs[1:]]
    gaps = tuple(
        _together(sides[0], side) if is_alike else None for side, is_alike in zip(sides[1:], alike, strict=True)
    )
    return Comparison(
        sides=sides,
        grain="year" if grid.by_year else "period",
        total=grid.total(grid.years),
        notes=tuple(_notes(grid, loaded_runs)),
        verdicts=verdicts,
        decisions=tuple(decisions(loaded_runs, grid)),
        orders=tuple(orders(loaded_runs, grid)),
        money=tuple(money(loaded_runs, grid, gaps)),
        service=tuple(service(loaded_runs, grid)),
        key_figures=tuple(key_figures(loaded_runs, grid, gaps)),
        inputs=tuple(inputs(loaded_runs)),
        stability=tuple(stability(loaded_runs)),
        branches=branches(loaded_runs, grid, gaps),
        labels=item_labels(*(loaded.case for loaded in loaded_runs)),
    )


def _side(letter: str, loaded: LoadedRun, approval: str) -> ComparedRun:
    manifest, settings, calendar = loaded.manifest, loaded.case.settings, loaded.calendar
    return ComparedRun(
        letter=letter,
        name=loaded.place or loaded.name,
        case=settings.name,
        objective_musd=_known(manifest.get("objective_musd")),
        bound_musd=_known(manifest.get("bound_musd")),
        gap_musd=_known(manifest.get("gap_musd")),
        status=str(manifest.get("status", "")),
        currency_basis=settings.currency_basis,
        discount_rate=settings.discount_rate,
        period=settings.period,
        labels=loaded.periods,
        lookahead=settings.lookahead_periods,
        start=calendar.start_month,
        end=calendar.start_month + settings.periods * calendar.months,
        case_hash=loaded.read.case_hash,
        approval=approval,
    )


def _together(first: ComparedRun, other: ComparedRun) -> float | None:
    """Returns the sum of two gaps; None where one is not known."""
    return None if first.gap_musd is None or other.gap_musd is None else first.gap_musd + other.gap_musd


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _verdict(grid: CommonPeriods, run: int, loaded_runs: Sequence[LoadedRun]) -> CostVerdict:
    """Returns whether the costs differ by more than their gaps explain."""
    first, other = grid.sides[0], grid.sides[run]
    is_alike = grid.has_same_horizon(run) and measure_of(loaded_runs[0]) == measure_of(loaded_runs[run])
    if first.objective_musd is None or other.objective_musd is None or not is_alike:
        return CostVerdict(None, None, None, None, Standing.APART)
    difference = other.objective_musd - first.objective_musd
    gaps = _together(first, other)
    if gaps is None or first.gap_musd is None or other.gap_musd is None:
        same = is_close(first.objective_musd, other.objective_musd)
        return CostVerdict(difference, None, None, None, Standing.SAME if same else Standing.UNKNOWN)
    # Each true least cost lies between its bound and the plan's own cost.
    low, high = difference - other.gap_musd, difference + first.gap_musd
    if is_close(first.objective_musd, other.objective_musd) and is_close(gaps, 0.0):
        standing = Standing.SAME
    else:
        standing = Standing.WITHIN if abs(difference) <= gaps else Standing.DIFFERENT
    return CostVerdict(difference, gaps, low, high, standing)


def _notes(grid: CommonPeriods, loaded_runs: Sequence[LoadedRun]) -> Iterator[str]:
    """Yields what must be known before the numbers are read."""
    sides = grid.sides
    for at, side in enumerate(sides):
        if side.approval:
            yield f"{'' if at else 'The base '}{side.letter}: {side.approval}"
    yield from _notes_on_time(grid)
    for what, found in (
        ("cases", [side.case for side in sides]),
        ("price bases", [side.currency_basis for side in sides]),
        ("discount rates", [f"{percent(side.discount_rate)} %" for side in sides]),
    ):
        if len(set(found)) > 1:
            by_side = ", ".join(f"{side.letter} {value}" for side, value in zip(sides, found, strict=True))
            warning = "" if what == "cases" else " Money is not comparable."
            yield f"The runs have different {what}: {by_side}.{warning}"
    ahead = [side.letter for side in sides if side.lookahead]
    if ahead:
        yield f"Net present cost counts the lookahead periods of {joined(ahead)}; the rest shows the reported periods."
    yield from notes_on_scenarios(sides, loaded_runs)
    for side, loaded in zip(sides, loaded_runs, strict=True):
        yield from _notes_on_run(side, loaded)


def _notes_on_time(grid: CommonPeriods) -> Iterator[str]:
    first, *others = grid.sides
    if grid.by_year:
        by_side = ", ".join(f"{side.letter} by {side.period}" for side in grid.sides)
        yield f"The runs plan in periods of different length ({by_side}): they are compared by calendar year."
    for run, side in enumerate(others, start=1):
        if grid.has_same_horizon(run):
            continue
        shared = grid.shared(grid.slots, run)
        partly = [slot for slot in grid.slots if grid.covers(0, slot) and grid.covers(run, slot) and slot not in shared]
        span = f"only {shared[0]} to {shared[-1]} is compared" if shared else "no time is shared"
        part = f" {listed(partly)} is covered in part and left out." if partly else ""
        yield (
            f"{first.letter} covers {first.horizon} and {side.letter} {side.horizon}: {span}.{part} "
            "Their net present costs and totals over the horizon are not comparable."
        )


def _notes_on_run(side: ComparedRun, loaded: LoadedRun) -> Iterator[str]:
    manifest = loaded.manifest
    check = manifest.get("check")
    if isinstance(check, dict) and check.get("passed") is False:
        yield f"The independent check refuses the plan of {side.letter}."
    if manifest.get("interrupted"):
        yield f"The search of {side.letter} was interrupted; its plan is the best that was found."
    planned = manifest.get("inputs")
    # Hashes of files, not of the case: how a case is hashed may change between versions, and its files do not.
    if isinstance(planned, dict) and planned != {file.name: file.sha256 for file in loaded.read.files}:
        yield f"The inputs in {side.letter} have changed since it was planned: statements about them are outdated."
    if side.objective_musd is not None and side.gap_musd is None:
        cost = figure(side.objective_musd, "USD million")
        yield f"How far the plan of {side.letter} ({cost} USD million) lies from the least possible cost is not known."
    if any("probability" in row for row in loaded.records("service")):
        yield f"The plan of {side.letter} has scenarios: its quantities and money are expected values."
