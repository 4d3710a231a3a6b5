"""Compares runs: pure, from dossiers to a comparison; the first run is the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.comparison.decisions import decisions, orders
from planner.comparison.grid import Grid
from planner.comparison.inputs import inputs
from planner.comparison.measures import key_figures, money, service
from planner.comparison.parts import Comparison, Side, Standing, Verdict, is_close
from planner.comparison.words import counted_runs, joined
from planner.documents.number_text import figure, percent
from planner.errors import CaseFaults, Fault, listed
from planner.export.dossier import Dossier

FEWEST, MOST = 2, 26
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compare(dossiers: Sequence[Dossier]) -> Comparison:
    """Returns what differs between the first run and each of the others.

    Raises:
        CaseFaults: there are fewer than two runs, or more than 26.
    """
    if not FEWEST <= len(dossiers) <= MOST:
        expected = f"got {counted_runs(len(dossiers))}"
        raise CaseFaults([Fault("compare", expected, f"Name {FEWEST} to {MOST} runs; the first is the reference.")])
    sides = tuple(_side(letter, dossier) for letter, dossier in zip(_LETTERS, dossiers, strict=False))
    grid = Grid(sides)
    verdicts = tuple(_verdict(grid, run) for run in range(1, len(sides)))
    gaps = tuple(_together(sides[0], side) for side in sides[1:])
    return Comparison(
        sides=sides,
        grain="year" if grid.by_year else "period",
        total=grid.total(grid.years),
        notes=tuple(_notes(grid, dossiers)),
        verdicts=verdicts,
        decisions=tuple(decisions(dossiers, grid)),
        orders=tuple(orders(dossiers, grid)),
        money=tuple(money(dossiers, grid, gaps)),
        service=tuple(service(dossiers, grid)),
        key_figures=tuple(key_figures(dossiers, grid, gaps)),
        inputs=tuple(inputs(dossiers)),
    )


def _side(letter: str, dossier: Dossier) -> Side:
    manifest, settings, calendar = dossier.manifest, dossier.case.settings, dossier.calendar
    return Side(
        letter=letter,
        name=dossier.place or dossier.name,
        case=settings.name,
        objective_musd=_known(manifest.get("objective_musd")),
        bound_musd=_known(manifest.get("bound_musd")),
        gap_musd=_known(manifest.get("gap_musd")),
        status=str(manifest.get("status", "")),
        currency_basis=settings.currency_basis,
        discount_rate=settings.discount_rate,
        period=settings.period,
        labels=dossier.periods,
        lookahead=settings.lookahead_periods,
        start=calendar.start_month,
        end=calendar.start_month + settings.periods * calendar.months,
        case_hash=dossier.read.case_hash,
    )


def _together(first: Side, other: Side) -> float | None:
    """Returns the sum of two gaps; None where one is not known."""
    return None if first.gap_musd is None or other.gap_musd is None else first.gap_musd + other.gap_musd


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _verdict(grid: Grid, run: int) -> Verdict:
    """Returns whether the costs differ by more than their gaps explain."""
    first, other = grid.sides[0], grid.sides[run]
    if first.objective_musd is None or other.objective_musd is None or not grid.has_same_horizon(run):
        return Verdict(None, None, None, None, Standing.APART)
    difference = other.objective_musd - first.objective_musd
    gaps = _together(first, other)
    if gaps is None or first.gap_musd is None or other.gap_musd is None:
        same = is_close(first.objective_musd, other.objective_musd)
        return Verdict(difference, None, None, None, Standing.SAME if same else Standing.UNKNOWN)
    # Each true least cost lies between its bound and the plan's own cost.
    low, high = difference - other.gap_musd, difference + first.gap_musd
    if is_close(first.objective_musd, other.objective_musd) and is_close(gaps, 0.0):
        standing = Standing.SAME
    else:
        standing = Standing.WITHIN if abs(difference) <= gaps else Standing.DIFFERENT
    return Verdict(difference, gaps, low, high, standing)


def _notes(grid: Grid, dossiers: Sequence[Dossier]) -> Iterator[str]:
    """Yields what must be known before the numbers are read."""
    sides = grid.sides
    yield from _notes_on_time(grid)
    for what, found in (
        ("cases", [side.case for side in sides]),
        ("price bases", [side.currency_basis for side in sides]),
        ("discount rates", [f"{percent(side.discount_rate)} %" for side in sides]),
    ):
        if len(set(found)) > 1:
            told = ", ".join(f"{side.letter} {value}" for side, value in zip(sides, found, strict=True))
            warning = "" if what == "cases" else " Money is not comparable."
            yield f"The runs have different {what}: {told}.{warning}"
    ahead = [side.letter for side in sides if side.lookahead]
    if ahead:
        yield f"Net present cost counts the lookahead periods of {joined(ahead)}; the rest shows the reported periods."
    for side, dossier in zip(sides, dossiers, strict=True):
        yield from _notes_on_run(side, dossier)


def _notes_on_time(grid: Grid) -> Iterator[str]:
    first, *others = grid.sides
    if grid.by_year:
        told = ", ".join(f"{side.letter} by {side.period}" for side in grid.sides)
        yield f"The runs plan in periods of different length ({told}): they are compared by calendar year."
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


def _notes_on_run(side: Side, dossier: Dossier) -> Iterator[str]:
    manifest = dossier.manifest
    check = manifest.get("check")
    if isinstance(check, dict) and check.get("passed") is False:
        yield f"The independent check refuses the plan of {side.letter}."
    if manifest.get("interrupted"):
        yield f"The search of {side.letter} was interrupted; its plan is the best that was found."
    planned = manifest.get("inputs")
    # Hashes of files, not of the case: how a case is hashed may change between versions, and its files do not.
    if isinstance(planned, dict) and planned != {file.name: file.sha256 for file in dossier.read.files}:
        yield f"The inputs in {side.letter} have changed since it was planned: statements about them are outdated."
    if side.objective_musd is not None and side.gap_musd is None:
        cost = figure(side.objective_musd, "USD million")
        yield f"How far the plan of {side.letter} ({cost} USD million) lies from the least possible cost is not known."
    if any("probability" in row for row in dossier.records("service")):
        yield f"The plan of {side.letter} has scenarios: its quantities and money are expected values."
