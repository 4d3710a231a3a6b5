"""How a plan came about and what was checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.documents.blocks import Column, Form, Medium, Section, Sentence, TableBlock, TextBlock, Tone
from planner.documents.content.plan_headline import checked, standing
from planner.documents.number_text import gap_percent, money
from planner.results.loaded_run import LoadedRun

CHECKED = (
    "Every requirement and every cost line was computed again from the inputs and the result tables by code that "
    "shares nothing with the model. The counts say how many comparisons were made."
)


def run_facts(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns what is known of the run, as name and value; what is not known is left out."""
    solver, options = manifest.get("solver") or {}, manifest.get("options") or {}
    gap, within = manifest.get("gap"), manifest.get("gap_musd")
    seconds = manifest.get("seconds") or {}
    facts: list[tuple[str, str | None]] = [
        ("Status", standing(manifest).text),
        ("Check", checked(manifest).text),
        ("Net present cost of the plan", _musd(manifest.get("objective_musd"))),
        ("No plan can cost less than", _musd(manifest.get("bound_musd"))),
        ("Gap", None if gap is None or within is None else f"{gap_percent(gap)} %, {money(within)} USD million"),
        ("Solver", f"{solver.get('name', '')} {solver.get('version', '')}".strip() or None),
        ("Options", ", ".join(f"{name} {value}" for name, value in options.items() if value is not None) or None),
        ("Second solver", (manifest.get("second_solver") or {}).get("text")),
        ("Seconds", ", ".join(f"{name} {value:.2f}" for name, value in seconds.items()) or None),
        ("Size", _size(manifest)),
        ("Command", manifest.get("command") or None),
        ("Versions", _versions(manifest)),
        ("Hash of the case", manifest.get("case_hash")),
    ]
    return [(name, value) for name, value in facts if value]


def check_table(manifest: Mapping[str, Any]) -> TableBlock:
    """Returns the comparisons of each requirement in the independent check."""
    counts = _counts(manifest)
    columns = Column("requirement", "Requirement", width=30), Column("count", "Comparisons", Form.COUNT)
    rows = tuple((name.replace("_", " "), count) for name, count in counts.items() if count)
    return TableBlock("check", "Comparisons of each requirement", "", columns, rows)


def check_words(manifest: Mapping[str, Any]) -> TextBlock:
    """Returns what was checked, and which requirements had nothing to compare."""
    empty = [name.replace("_", " ") for name, count in _counts(manifest).items() if not count]
    rest = [Sentence(f"Nothing to compare: {', '.join(empty)}.", Tone.FAINT)] if empty else []
    return TextBlock((Sentence(CHECKED), *rest))


def finding_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the parts of the page that list what the check has found and the warnings about the inputs."""
    findings = [str(finding) for finding in (loaded.manifest.get("check") or {}).get("findings") or []]
    warnings = [warning.text for warning in loaded.read.warnings]
    for name, title, lines in (
        ("findings", "Findings of the check", findings),
        ("warnings", "Warnings about the inputs", warnings),
    ):
        if lines:
            text = TextBlock(tuple(map(Sentence, lines)), is_list=True)
            yield Section(name, title, (text,), media=frozenset({Medium.PAGE}))


def _counts(manifest: Mapping[str, Any]) -> dict[str, int]:
    return dict((manifest.get("check") or {}).get("requirements") or {})


def _musd(value: float | None) -> str | None:
    return None if value is None else f"{money(value)} USD million"


def _size(manifest: Mapping[str, Any]) -> str | None:
    if "columns" not in manifest:
        return None
    whole = f"{manifest['columns']:,} columns ({manifest.get('integer_columns', 0):,} integer)"
    return f"{whole}, {manifest.get('rows', 0):,} rows, {manifest.get('non_zeros', 0):,} non-zeros"


def _versions(manifest: Mapping[str, Any]) -> str | None:
    packages = manifest.get("packages") or {}
    known = [f"fleetplan {manifest['fleetplan_version']}"] if manifest.get("fleetplan_version") else []
    return ", ".join([*known, *(f"{name} {value}" for name, value in packages.items() if value)]) or None
