"""The headline of a plan in words and tiles; report, Markdown and slides tell the same."""

from __future__ import annotations

from dataclasses import dataclass

from planner.documents.blocks import Tile
from planner.export.dossier import Dossier
from planner.export.report.cells import branches
from planner.show import headline
from planner.show.decisions import counts_of
from planner.show.numbers import gap_percent, money
from planner.show.remarks import remarks

_STOPS = {
    "gap": "the gap was reached",
    "proof": "the proof is complete",
    "time": "the time limit",
    "memory": "the memory limit",
    "interrupt": "the user",
    "failure": "a failure of the solver",
}


@dataclass(frozen=True)
class Claim:
    """A sentence about how far the plan can be trusted; `good` is False where the reader should take care."""

    text: str
    good: bool


def span_of(dossier: Dossier) -> str:
    """Returns the reported periods in words."""
    periods = dossier.periods
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


def tiles(dossier: Dossier) -> list[Tile]:
    """Returns the figures that a strategy team reads first."""
    return headline.tiles(dossier.case, dossier.tables)


def lead(dossier: Dossier) -> str:
    """Returns the plan in one sentence."""
    settings = dossier.case.settings
    said = counts_of(dossier.tables)
    listed = ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1] if said else "no decision"
    kind = {"year": "years", "half": "half-years", "quarter": "quarters", "month": "months"}[settings.period]
    expected = " Amounts are expected values over the scenarios." if branches(dossier) else ""
    return f"{settings.name}, {span_of(dossier)} ({len(dossier.periods)} {kind}): {listed}.{expected}"


def status_claim(dossier: Dossier) -> Claim:
    """Returns how good the plan is proven to be, the gap in per cent and in money."""
    manifest = dossier.manifest
    gap, within = manifest.get("gap"), manifest.get("gap_musd")
    asked = (manifest.get("options") or {}).get("gap")
    is_optimal = manifest.get("status") == "optimal"
    stopped = (
        f" Stopped by {_STOPS.get(str(manifest.get('stop')), str(manifest.get('stop')))}." if not is_optimal else ""
    )
    early = "Interrupted. " if manifest.get("interrupted") else ""
    if gap is None or within is None:
        words = "Best plan found; how far it lies from the least possible cost is not known."
        return Claim(f"{early}{words}{stopped}", good=False)
    if is_optimal and within == 0:
        return Claim(f"{early}Optimal: no plan costs less.", good=True)
    distance = f"{gap_percent(gap)} % ({money(within)} USD million)"
    wish = f"; {gap_percent(asked)} % was asked" if asked is not None else ""
    if is_optimal:
        return Claim(f"{early}Optimal within {distance} of the least possible cost{wish}.", good=not early)
    return Claim(
        f"{early}Best plan found: at most {distance} above the least possible cost{wish}.{stopped}", good=False
    )


def check_claim(dossier: Dossier) -> Claim:
    """Returns what the independent check found."""
    check = dossier.manifest.get("check") or {}
    requirements = check.get("requirements") or {}
    count, kinds = check.get("comparisons", sum(requirements.values())), len([n for n in requirements.values() if n])
    if check.get("passed"):
        return Claim(f"Checked independently: {count:,} comparisons of {kinds} requirements hold.", good=True)
    findings = len(check.get("findings") or [])
    return Claim(f"The independent check did not pass: {findings} findings in {count:,} comparisons.", good=False)


def second_claim(dossier: Dossier) -> Claim | None:
    """Returns what a second solver said; None where none was asked."""
    second = dossier.manifest.get("second_solver")
    if not second:
        return None
    return Claim(f"Second solver: {second.get('text', '')}", good=second.get("agrees") is True)


def claims(dossier: Dossier) -> list[Claim]:
    """Returns all that is said about trust: proof, check, second solver, warnings, lookahead."""
    found = [status_claim(dossier), check_claim(dossier)]
    second = second_claim(dossier)
    if second is not None:
        found.append(second)
    warnings = len(dossier.read.warnings)
    if warnings:
        found.append(Claim(f"{_many(warnings, 'warning')} about the inputs; the report lists them.", good=False))
    found += [Claim(text, good=False) for text in remarks(dossier.case, dossier.tables)]
    return found


def lookahead_note(dossier: Dossier) -> str:
    """Returns what to know where more periods were optimised than are shown; nothing where not."""
    extra = dossier.case.settings.lookahead_periods
    if not extra:
        return ""
    ahead = _many(extra, "period")
    rest = f"net present cost counts them, all other figures are of {span_of(dossier)}"
    return f"{ahead} of lookahead are optimised and not shown: {rest}."


def _many(count: int, what: str) -> str:
    if count == 0:
        return ""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
