"""Facts about a study in words, and how its documents are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.documents.number_text import gap_percent
from planner.studies.study_model import Study
from planner.versions import version

LEGEND = (
    "Costs are those of the plans that the solver found, net present and in USD million; their gaps state how much "
    "less is possible.",
    "What is marked within the gaps, in grey, is not significant: the bounds do not prove its sign.",
    "At least and at most are the ends between which the true difference is proven to lie.",
)
_NAMES = {
    "base_cost_musd": "Cost of the undisturbed plan, USD million",
    "base_bound_musd": "Least possible cost of it, USD million",
    "case_hash": "Hash of the inputs",
    "solver": "Solver",
    "gap": "Gap that was asked for",
    "time_limit_s": "Time limit of each search, seconds",
    "seed": "Seed of the solver",
    "points": "Points solved",
    "method": "Method",
    "count": "Count",
    "draw_seed": "Seed of the draws",
    "run": "Run that is evaluated",
    "against": "Run that it is compared with",
    "kept_before": "What is decided before this period is kept",
    "expected_cost_musd": "Expected cost as planned, USD million",
    "of_run": "Run that is asked about",
    "run_cost_musd": "Cost of the plan of the run, USD million",
    "bound_musd": "Least possible cost, USD million",
    "limit_musd": "Cost that alternatives may have, USD million",
    "within": "Share above the least possible cost",
    "months": "Months from which on dates count",
    "futures": "Futures",
    "alternatives": "Alternatives",
}


def facts_of(study: Study, run: str) -> Iterator[tuple[str, str]]:
    """Yields names and values for the page about a study."""
    yield "Case", study.case_name
    yield "Study", f"{study.kind}: {study.title}"
    yield "Run", run
    for name, value in _flat("", study.facts):
        yield _NAMES.get(name, name.replace("_", " ").capitalize()), _told(name, value)
    if not any("version" in name for name in study.facts):
        yield "fleetplan", version()


def _flat(lead: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        label = f"{lead} {name}".strip()
        if isinstance(value, Mapping):
            yield from _flat(label, value)
        else:
            yield label, value


def _told(name: str, value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "gap" and isinstance(value, int | float):
        return f"{gap_percent(float(value))} %"
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(part) for part in value)
    return str(value)
