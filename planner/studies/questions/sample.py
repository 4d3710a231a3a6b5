"""All uncertain inputs at once: Monte Carlo, Latin hypercube, Morris screening and Sobol indices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.tables.strategy_rows import Uncertain
from models.whatif.sampling import dimensions, shares_of, values_of
from models.whatif.shock import ShockError
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.errors import CaseFaults, Fault
from planner.results.table import Cell
from planner.studies.designs import Floats, indices, morris_design, screened, sobol_design
from planner.studies.future_recipes import recipe_of
from planner.studies.significance import (
    MODULES,
    bound_of,
    cost_of,
    decision_in_words,
    gap_of,
    has_plan,
    is_strained,
    kind_in_words,
)
from planner.studies.study_columns import OWED, WORKLOAD, owed_of, reason_of, worst_shares
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study
from planner.studies.varied_inputs import drawn_levers, uncertain_rows
from planner.sweeps.points import Point

METHODS = ("monte_carlo", "latin_hypercube", "morris", "sobol")
TITLES = dict(zip(METHODS, ("Monte Carlo", "Latin hypercube", "Morris screening", "Sobol indices"), strict=True))
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class DrawnSample:
    """A sample: what was drawn at each point, and the results there."""

    rows: tuple[Uncertain, ...]
    dimensions: tuple[str, ...]
    design: Floats
    values: Floats
    results: tuple[Mapping[str, Any], ...]

    @property
    def planned(self) -> list[int]:
        """The numbers of the points that have a plan."""
        return [i for i, result in enumerate(self.results) if has_plan(result)]

    @property
    def costs(self) -> Floats:
        """The cost at each point that has a plan, USD million."""
        return np.array([cost_of(self.results[i]) for i in self.planned])


def sample(context: StudyContext, *, method: str, count: int, seed: int, only: Sequence[str] = ()) -> Study:
    """Returns the study of a sample; for `morris` the count is of trajectories, for `sobol` of base points.

    Raises:
        CaseFaults: the method or the count does not fit.
        NoBaseError: the undisturbed case has no plan.
        ShockError: there are no uncertain inputs, or none of a name.
    """
    drawn = _drawn(context, method, count, seed, only)
    base = context.base()
    tables = [_quantiles(drawn, base), _service(drawn, base), _decisions(drawn), _draws(drawn)]
    charts = [
        ChartBlock("costs", "Net present cost over all draws", ChartKind.HISTOGRAM, "draws", "cost_musd",
                   reference=float(base["objective_musd"]), note="The line is the plan as expected."),
    ]  # fmt: skip
    notes = ["Each draw is planned as if it were known: the spread is that of the best plans, not of one plan."]
    if method in {"morris", "sobol"}:
        measures, chart, remark = _measures(drawn, method, seed)
        tables.insert(0, measures)
        charts.insert(0, chart)
        notes.append(remark)
    return Study(
        kind="sample",
        title=f"Uncertain inputs: {TITLES[method]}",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(drawn, base)),
        tables=tuple(tables),
        charts=tuple(charts),
        notes=tuple(notes),
        facts={"method": method, "count": count, "draw_seed": seed, "base_cost_musd": base["objective_musd"]},
    )


def _drawn(context: StudyContext, method: str, count: int, seed: int, only: Sequence[str]) -> DrawnSample:
    if method not in METHODS:
        raise CaseFaults([Fault("--method", "is no method", f"Use one of {', '.join(METHODS)}.", value=method)])
    rows = uncertain_rows(context.case, only)
    names, _ = dimensions(rows)
    if method == "morris":
        design = morris_design(names, count, seed)
    elif method == "sobol":
        design = sobol_design(names, count, seed)
    else:
        design = shares_of(len(names), count, seed, method)
    values = values_of(rows, design)
    points = []
    for number, own in enumerate(values, start=1):
        points.append(Point(f"draw {number}", "plan", recipe_of(levers=drawn_levers(rows, own)), None))
    _, results = context.with_base(points)
    return DrawnSample(rows, names, design, values, tuple(results[point.name] for point in points))


def _headlines(drawn: DrawnSample, base: Mapping[str, Any]) -> list[str]:
    if not drawn.planned:
        return ["No draw has a plan; the table of draws says why."]
    low, middle, high = np.quantile(drawn.costs, (0.05, 0.5, 0.95))
    lines = [
        f"Over {len(drawn.planned)} draws the best plan costs {middle:,.0f} USD million at the median, and between "
        f"{low:,.0f} and {high:,.0f} in 90 % of them; with expected inputs {float(base['objective_musd']):,.0f}."
    ]
    strained = sum(1 for i in drawn.planned if is_strained(drawn.results[i]))
    if strained:
        lines.append(f"In {strained} of them the plan violates hard limits; the cost includes the least violation.")
    lost = len(drawn.results) - len(drawn.planned)
    if lost:
        lines.append(f"{lost} of {len(drawn.results)} draws have no plan; the table of draws says why.")
    shares = {name: _share_taken(drawn, name) for name in base["decisions"]}
    always = [name.split(":", 1)[1] for name, share in shares.items() if share == 1.0]
    torn = sorted((abs(share - 0.5), name) for name, share in shares.items() if 0.0 < share < 1.0)
    if always:
        lines.append(f"Taken in every draw: {', '.join(always)}.")
    if torn:
        name = torn[0][1]
        lines.append(f"Most uncertain is {name.split(':', 1)[1]}: taken in {shares[name]:.0%} of the draws.")
    return lines


def _share_taken(drawn: DrawnSample, name: str) -> float:
    taken = [bool(drawn.results[i]["decisions"][name]["taken"]) for i in drawn.planned]
    return sum(taken) / len(taken)


def _least_shares(drawn: DrawnSample) -> list[float | None]:
    """The share of the least served workload of each draw; None where nothing is asked for."""
    return [drawn.results[i]["figures"]["least_share_served"] for i in drawn.planned]


def _quantiles(drawn: DrawnSample, base: Mapping[str, Any]) -> TableBlock:
    columns = (
        Column("measure", "Measure", width=28),
        Column("unit", "Unit", width=14),
        Column("expected", "As expected", Form.NUMBER),
        Column("mean", "Mean", Form.NUMBER),
        *_spread_columns(Form.NUMBER),
    )
    measures: dict[str, tuple[str, list[float], float | None]] = {
        "net present cost": ("USD million", [cost_of(drawn.results[i]) for i in drawn.planned], cost_of(base)),
        "least share of a workload served": (
            "fraction",
            [float(share) for share in _least_shares(drawn) if share is not None],
            base["figures"]["least_share_served"],
        ),
        "peak power": (
            "MW",
            [float(drawn.results[i]["figures"]["peak_mw"]) for i in drawn.planned],
            base["figures"]["peak_mw"],
        ),
        "owed after the end": (
            "USD million",
            [owed for i in drawn.planned if (owed := owed_of(drawn.results[i])) is not None],
            owed_of(base),
        ),
    }
    records: list[dict[str, Cell]] = []
    for name, (unit, values, expected) in measures.items():
        if values:
            records.append({"measure": name, "unit": unit, "expected": expected, **_spread(values)})
    note = "Quantiles over the draws that have a plan."
    return TableBlock("quantiles", "The spread", note, columns, rows_of(records, columns))


def _spread_columns(form: Form) -> tuple[Column, ...]:
    cuts = (Column(f"q{share * 100:g}", f"{share:.0%}", form) for share in QUANTILES)
    return (*cuts, Column("deviation", "Standard deviation", form))


def _spread(values: Sequence[float]) -> dict[str, Cell]:
    """Mean, quantiles and standard deviation of values."""
    cuts = np.quantile(values, QUANTILES)
    found: dict[str, Cell] = {f"q{share * 100:g}": float(cut) for share, cut in zip(QUANTILES, cuts, strict=True)}
    return {"mean": float(np.mean(values)), "deviation": float(np.std(values)), **found}


def _service(drawn: DrawnSample, base: Mapping[str, Any]) -> TableBlock:
    columns = (
        WORKLOAD,
        Column("expected", "As expected", Form.PERCENT),
        Column("mean", "Mean", Form.PERCENT),
        *_spread_columns(Form.PERCENT),
    )
    shares: dict[str, list[float]] = {}
    for i in drawn.planned:
        for workload, worst in worst_shares(drawn.results[i]):
            shares.setdefault(workload, []).append(worst)
    expected = dict(worst_shares(base))
    ranked = sorted(shares, key=lambda workload: (float(np.mean(shares[workload])), workload))
    records: list[dict[str, Cell]] = [
        {"workload": workload, "expected": expected.get(workload), **_spread(shares[workload])} for workload in ranked
    ]
    note = "The share of a workload's demand that is served in its worst period, over the draws; least served first."
    return TableBlock("service", "Service by workload", note, columns, rows_of(records, columns))


def _decisions(drawn: DrawnSample) -> TableBlock:
    columns = (
        Column("kind", "Kind", width=12),
        Column("item", "Decision", width=26),
        Column("share", "Taken in", Form.PERCENT),
        Column("ways", "How often how", width=70),
    )
    records: list[dict[str, Cell]] = []
    if drawn.planned:
        for name in drawn.results[drawn.planned[0]]["decisions"]:
            kind, item = kind_in_words(name)
            ways: dict[str, int] = {}
            for i in drawn.planned:
                way = _way(drawn.results[i]["decisions"][name])
                ways[way] = ways.get(way, 0) + 1
            ranked = sorted(ways.items(), key=lambda pair: (-pair[1], pair[0]))
            text = "; ".join(f"{way}: {count}" for way, count in ranked[:5])
            records.append({"kind": kind, "item": item, "share": _share_taken(drawn, name), "ways": text})
    note = "In how many draws each strategic decision is taken, and how."
    return TableBlock("decisions", "Decisions over the draws", note, columns, rows_of(records, columns))


def _way(decision: Mapping[str, Any]) -> str:
    """A decision with its date, or of an expansion with its modules."""
    is_modules = decision["taken"] and str(decision["how"]).endswith(MODULES)
    return str(decision["how"]) if is_modules else decision_in_words(decision)


def _draws(drawn: DrawnSample) -> TableBlock:
    columns = (
        Column("draw", "Draw", Form.COUNT, width=7),
        Column("status", "Status", width=11),
        Column("cost_musd", "Net present cost", Form.MUSD, "USD million"),
        Column("gap", "Gap", Form.PERCENT, width=8),
        Column("served_share", "Least served workload", Form.PERCENT, width=10),
        OWED,
        Column("broken", "Hard limits violated", Form.COUNT, width=10),
        *(Column(f"input_{i}", row.name, Form.NUMBER) for i, row in enumerate(drawn.rows, start=1)),
        Column("why", "Why there is no plan", width=40),
    )
    records: list[dict[str, Cell]] = []
    for number, (own, result) in enumerate(zip(drawn.values, drawn.results, strict=True), start=1):
        record: dict[str, Cell] = {"draw": number, "status": str(result.get("status", "missing"))}
        record |= {f"input_{i}": float(value) for i, value in enumerate(own, start=1)}
        if has_plan(result):
            record |= {"cost_musd": cost_of(result), "gap": gap_of(result)}
            record["broken"] = len(result.get("breaches", ()))
            record["owed_musd"] = owed_of(result)
            record["served_share"] = result["figures"].get("least_share_served")
        else:
            record["why"] = reason_of(result)
        records.append(record)
    note = "Every draw with its inputs, as they were used."
    return TableBlock("draws", "All draws", note, columns, rows_of(records, columns))


def _measures(drawn: DrawnSample, method: str, seed: int) -> tuple[TableBlock, ChartBlock, str]:
    """The measures of a design, which need every point of it."""
    if len(drawn.planned) < len(drawn.results):
        lost = [i for i in range(len(drawn.results)) if i not in drawn.planned]
        first = f"draw {lost[0] + 1} the first: {reason_of(drawn.results[lost[0]]).rstrip('.')}"
        count = f"{len(lost)} of {len(drawn.results)} points of the design have no plan ({first})"
        msg = f"{count}, and {method} needs them all. Narrow the inputs."
        raise ShockError(msg)
    bounds = [bound_of(result) for result in drawn.results]
    if any(bound is None for bound in bounds):
        remark = "Some costs have no proven bound, so the effect of gaps on the measures is unknown."
        noise = math.inf
    else:
        noise = float(max(cost - (bound or 0.0) for cost, bound in zip(drawn.costs, bounds, strict=True)))
        remark = ""
    spread = float(drawn.costs.max() - drawn.costs.min())
    remark = remark or (
        f"Each cost may lie up to {noise:,.0f} USD million above the least one, beside a spread of {spread:,.0f}: "
        "smaller effects are not significant."
    )
    if method == "morris":
        return _morris(drawn, seed, noise), _ranking("mu_star_musd", "Mean absolute effect on cost"), remark
    return _sobol(drawn, seed), _ranking("total", "Total Sobol index"), remark


def _number(value: float) -> float | None:
    """A measure; blank where the costs do not vary, so that there is none."""
    return value if math.isfinite(value) else None


def _ranking(column: str, title: str) -> ChartBlock:
    return ChartBlock("measures", title, ChartKind.BARS, "measures", column, "input")


def _morris(drawn: DrawnSample, seed: int, noise: float) -> TableBlock:
    columns = (
        Column("input", "Input or group", width=30),
        Column("mu_star_musd", "Mean absolute effect", Form.MUSD, "USD million"),
        Column("confidence_musd", "± (95 %)", Form.MUSD, "USD million"),
        Column("mu_musd", "Mean effect", Form.MUSD_CHANGE, "USD million"),
        Column("sigma_musd", "Spread of effects", Form.MUSD, "USD million"),
        Column("finding", "Beyond the gaps", width=14),
    )
    found = sorted(screened(drawn.dimensions, drawn.design, drawn.costs, seed), key=lambda entry: -entry.mu_star)
    records: list[dict[str, Cell]] = [
        {
            "input": entry.name,
            "mu_star_musd": _number(entry.mu_star),
            "confidence_musd": _number(entry.mu_star_confidence),
            "mu_musd": _number(entry.mu),
            "sigma_musd": _number(entry.sigma),
            # An elementary effect divides a difference by a step of two thirds, so its noise grows likewise.
            "finding": "yes" if entry.mu_star > 1.5 * noise else "no",
        }
        for entry in found
    ]
    note = "Elementary effects over the whole range of each input; a wide spread means that it acts with others."
    return TableBlock("measures", "Morris screening", note, columns, rows_of(records, columns))


def _sobol(drawn: DrawnSample, seed: int) -> TableBlock:
    columns = (
        Column("input", "Input or group", width=30),
        Column("first", "First order", Form.NUMBER),
        Column("first_confidence", "± (95 %)", Form.NUMBER),
        Column("total", "Total", Form.NUMBER),
        Column("total_confidence", "± (95 %)", Form.NUMBER),
    )
    found = sorted(indices(drawn.dimensions, drawn.costs, seed), key=lambda entry: -entry.total)
    records: list[dict[str, Cell]] = [
        {
            "input": entry.name,
            "first": _number(entry.first),
            "first_confidence": _number(entry.first_confidence),
            "total": _number(entry.total),
            "total_confidence": _number(entry.total_confidence),
        }
        for entry in found
    ]
    note = "The share of the variance of cost that an input explains by itself, and together with others."
    return TableBlock("measures", "Sobol indices", note, columns, rows_of(records, columns))
