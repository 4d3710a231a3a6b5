"""How the plan came about and what was checked, as facts for display."""

from __future__ import annotations

from planner.export.dossier import Dossier
from planner.export.report.story import check_claim, status_claim
from planner.show.numbers import gap_percent, money


def run_facts(dossier: Dossier) -> list[tuple[str, str]]:
    """Returns what is known of the run, as name and value; what is not known is left out."""
    manifest = dossier.manifest
    solver, options = manifest.get("solver") or {}, manifest.get("options") or {}
    gap, within = manifest.get("gap"), manifest.get("gap_musd")
    seconds = manifest.get("seconds") or {}
    facts: list[tuple[str, str | None]] = [
        ("Status", status_claim(dossier).text),
        ("Check", check_claim(dossier).text),
        ("Net present cost of the plan", _musd(manifest.get("objective_musd"))),
        ("No plan can cost less than", _musd(manifest.get("bound_musd"))),
        ("Gap", None if gap is None or within is None else f"{gap_percent(gap)} %, {money(within)} USD million"),
        ("Solver", f"{solver.get('name', '')} {solver.get('version', '')}".strip() or None),
        ("Options", ", ".join(f"{name} {value}" for name, value in options.items() if value is not None) or None),
        ("Second solver", (manifest.get("second_solver") or {}).get("text")),
        ("Seconds", ", ".join(f"{name} {value:.2f}" for name, value in seconds.items()) or None),
        ("Size", _size(dossier)),
        ("Command", manifest.get("command") or None),
        ("Versions", _versions(dossier)),
        ("Hash of the case", manifest.get("case_hash")),
    ]
    return [(name, value) for name, value in facts if value]


def check_counts(dossier: Dossier) -> tuple[list[tuple[str, str]], list[str]]:
    """Returns the comparisons of each requirement in the independent check, and those without any."""
    counts = (dossier.manifest.get("check") or {}).get("requirements") or {}
    made = [(name.replace("_", " "), f"{count:,}") for name, count in counts.items() if count]
    return made, [name.replace("_", " ") for name, count in counts.items() if not count]


def _musd(value: float | None) -> str | None:
    return None if value is None else f"{money(value)} USD million"


def _size(dossier: Dossier) -> str | None:
    manifest = dossier.manifest
    if "columns" not in manifest:
        return None
    whole = f"{manifest['columns']:,} columns ({manifest.get('integer_columns', 0):,} integer)"
    return f"{whole}, {manifest.get('rows', 0):,} rows, {manifest.get('non_zeros', 0):,} non-zeros"


def _versions(dossier: Dossier) -> str | None:
    manifest = dossier.manifest
    packages = manifest.get("packages") or {}
    known = [f"fleetplan {manifest['fleetplan_version']}"] if manifest.get("fleetplan_version") else []
    return ", ".join([*known, *(f"{name} {value}" for name, value in packages.items() if value)]) or None
