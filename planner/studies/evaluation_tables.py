"""The tables of an evaluation: statistics with intervals beside the figures as planned, differences, and all paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.results.loaded_run import LoadedRun
from planner.results.path_rows import rows_by_scenario
from planner.results.table import Cell
from planner.studies.evaluation_paths import AGAINST, RUN, EvaluatedPath, Evaluation, expected_cost
from planner.studies.evaluation_statistics import Estimate, PathValues, share_of_paths
from planner.studies.significance import (
    NO_FINDING,
    bound_of,
    cost_of,
    difference,
    gap_of,
    has_plan,
    is_strained,
)
from planner.studies.study_columns import (
    COST,
    FINDING,
    GAP,
    LEAST_SERVED,
    OWED,
    PRICE,
    SERVED,
    STATUS,
    breaches_table,
    owed_of,
    reason_of,
)

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SERVED_IN_FULL = 1.0 - 1e-6
MUSD = "USD million"


def evaluation_tables(found: Evaluation) -> tuple[TableBlock, ...]:
    """Returns the tables of an evaluation; those of another plan where there is one."""
    tables = [_statistics(found, RUN)]
    if AGAINST in found.plans:
        tables += [differences(found), _statistics(found, AGAINST)]
    tables += [breaches_table(_by_path(found)), _kept(found), _paths(found)]
    return tuple(tables)


def _by_path(found: Evaluation) -> dict[str, Mapping[str, Any]]:
    """The results by path; those of the other plan under its name."""
    named = {path.name: found.result(path) for path in found.paths}
    if AGAINST in found.plans:
        named |= {f"{path.name} | {AGAINST}": found.result(path, AGAINST) for path in found.paths}
    return named


def _values(
    found: Evaluation, paths: Sequence[EvaluatedPath], role: str, of: Callable[[Mapping[str, Any]], float]
) -> PathValues:
    values = np.array([of(found.result(path, role)) for path in paths])
    return PathValues(values, values, values, found.weights(paths), found.is_drawn, found.asked.seed)


def costs_of(found: Evaluation, paths: Sequence[EvaluatedPath], role: str) -> PathValues:
    """Returns the costs of a plan on some paths, USD million, with the price of what it violates."""
    results = [found.result(path, role) for path in paths]
    cost = np.array([cost_of(result) for result in results])
    # What was found is a way to go on, so that the path need not cost more, whether it violates the least or not.
    most = [cost_of(result) if result.get("held_exactly", True) else None for result in results]
    return PathValues(
        cost, _known([bound_of(result) for result in results]), _known(most),
        found.weights(paths), found.is_drawn, found.asked.seed,
    )  # fmt: skip


def _known(values: Sequence[float | None]) -> np.ndarray | None:
    """The numbers; None where one is not known."""
    return None if any(value is None for value in values) else np.array(values, dtype=float)


class _InSample:
    """What a plan is expected to cost, and how it serves, in the futures that it was made for."""

    def __init__(self, plan: LoadedRun) -> None:
        rows = plan.records("futures") if plan.scenario_tree is not None else []
        self._is_tree = bool(rows)
        costs = [float(row["cost_musd"] or 0.0) for row in rows] or [expected_cost(plan)]
        shares = [row["least_share_served"] for row in rows] or [plan.figure("least_share_served")]
        weight = np.array([float(row["probability"] or 0.0) for row in rows] or [1.0])
        cost = np.array(costs)
        self.costs = PathValues(cost, cost, cost, weight, is_drawn=False, seed=0)
        served = np.array([1.0 if share is None else float(share) for share in shares])
        self.served = PathValues(served, served, served, weight, is_drawn=False, seed=0)

    def of(self, measure: Estimate, *, is_spread: bool = False) -> float | None:
        """Returns a measure; blank where it says how futures are spread and the plan has one."""
        return None if is_spread and not self._is_tree else measure.value


def _statistics(found: Evaluation, role: str) -> TableBlock:
    columns = (
        Column("measure", "Measure", width=32),
        Column("estimate", "Evaluated", Form.NUMBER),
        Column("low", "at least", Form.NUMBER),
        Column("high", "at most", Form.NUMBER),
        Column("in_sample", "As planned", Form.NUMBER),
        Column("unit", "Unit", width=12, spare=2),
        Column("interval", "Interval", width=10, spare=1),
    )
    paths = found.planned(role)
    records = [] if not paths else list(_measures(found, paths, role))
    whose = "" if role == RUN else f" of {found.plans[role].name}"
    note = (
        "At least and at most enclose the figure with 95 % confidence (by the method of the column Interval) and carry "
        "the gaps: the low end follows from the bounds of the paths, the high end from their plans. As planned: the "
        "same of the futures that the plan was made for."
    )
    name = "statistics" if role == RUN else f"statistics_{role}"
    return TableBlock(name, f"Cost and service{whose}", note, columns, rows_of(records, columns))


def _measures(found: Evaluation, paths: Sequence[EvaluatedPath], role: str) -> Iterator[dict[str, Cell]]:
    settings, known = found.case.settings, _InSample(found.plans[role])
    costs, level, aversion = costs_of(found, paths, role), settings.risk_level, settings.risk_aversion
    served = _values(found, paths, role, least_share)
    results = [found.result(path, role) for path in paths]
    weight = found.weights(paths)

    def line(measure: str, unit: str, value: Estimate, in_sample: float | None) -> dict[str, Cell]:
        return {
            "measure": measure, "unit": unit, "estimate": value.value, "low": value.low, "high": value.high,
            "interval": value.interval, "in_sample": in_sample,
        }  # fmt: skip

    yield line("expected cost", MUSD, costs.mean(), known.of(known.costs.mean()))
    yield line(
        f"CVaR, the worst {100.0 * (1.0 - level):.4g} %", MUSD, costs.tail_mean(level),
        known.of(known.costs.tail_mean(level), is_spread=True),
    )  # fmt: skip
    if aversion:
        yield line(
            f"cost with a weight of {aversion:g} on CVaR", MUSD, costs.weighed(aversion, level),
            known.of(known.costs.weighed(aversion, level)),
        )  # fmt: skip
    for share in QUANTILES:
        yield line(
            f"cost, {100 * share:.0f} % quantile", MUSD, costs.quantile(share),
            known.of(known.costs.quantile(share), is_spread=True),
        )  # fmt: skip
    yield line("least share served, mean", "fraction", served.mean(), known.of(known.served.mean()))
    yield line(
        "least share served, 5 % quantile", "fraction", served.quantile(0.05),
        known.of(known.served.quantile(0.05), is_spread=True),
    )  # fmt: skip
    short = [least_share(result) < SERVED_IN_FULL for result in results]
    in_sample = float(known.served.weight @ (known.served.found < SERVED_IN_FULL))
    yield line(
        "paths with unserved demand", "fraction", share_of_paths(short, weight, is_drawn=found.is_drawn), in_sample
    )
    broken = [is_strained(result) for result in results]
    yield line("paths that violate limits", "fraction", share_of_paths(broken, weight, is_drawn=found.is_drawn), 0.0)


def least_share(result: Mapping[str, Any]) -> float:
    """Returns the share of the least served workload; 1 where there is no demand."""
    share = result["figures"].get("least_share_served")
    return 1.0 if share is None else float(share)


def differences(found: Evaluation) -> TableBlock:
    """Returns how much more the plan costs than the other, path by path in the same futures."""
    columns = (
        Column("measure", "Measure", width=32),
        Column("estimate", "Difference", Form.NUMBER_CHANGE),
        Column("low", "at least", Form.NUMBER_CHANGE),
        Column("high", "at most", Form.NUMBER_CHANGE),
        FINDING,
        Column("unit", "Unit", width=12, spare=2),
        Column("interval", "Interval", width=10, spare=1),
    )
    records: list[dict[str, Cell]] = []
    paths = found.compared
    if paths:
        pairs = [difference(found.result(path), found.result(path, AGAINST)) for path in paths]
        values = PathValues(
            np.array([pair.found for pair in pairs]), _known([pair.least for pair in pairs]),
            _known([pair.most for pair in pairs]), found.weights(paths), found.is_drawn, found.asked.seed,
        )  # fmt: skip
        mean = values.mean()
        records.append(_difference_line("expected cost", MUSD, mean))
        for word in ("less", "more"):
            share = share_of_paths([pair.word == word for pair in pairs], found.weights(paths), is_drawn=found.is_drawn)
            cells = _difference_line(f"paths that cost {word}", "fraction", share)
            records.append(cells | {"finding": ""})
    note = (
        f"The plan less {found.plans[AGAINST].name}, path by path in the same futures. A difference that the gaps and "
        "the sampling error leave open is not a finding."
    )
    return TableBlock("differences", "Against the other plan", note, columns, rows_of(records, columns))


def _difference_line(measure: str, unit: str, value: Estimate) -> dict[str, Cell]:
    return {
        "measure": measure, "unit": unit, "estimate": value.value, "low": value.low, "high": value.high,
        "interval": value.interval, "finding": _word(value),
    }  # fmt: skip


def _word(value: Estimate) -> str:
    if value.low is not None and value.low > 0:
        return "more"
    return "less" if value.high is not None and value.high < 0 else NO_FINDING


def _kept(found: Evaluation) -> TableBlock:
    """What is decided before the first reveal, and is the same on every path."""
    columns = (
        Column("when", "When", width=9), Column("verb", "Decision", width=10), Column("item", "Of what", width=24),
        Column("how", "How", width=14), Column("units", "Amount", Form.NUMBER), Column("unit", "", width=9),
        Column("musd", "In all", Form.MUSD, MUSD),
    )  # fmt: skip
    run, calendar = found.plans[RUN], found.case.settings.calendar
    rows = next(iter(rows_by_scenario(run, ["decisions"]).values()))["decisions"]
    kept = [dict(row) for row in rows if calendar.period_at(str(row["when"])) < found.kept_until[RUN]]
    note = "Orders, arrivals, sales and strategic decisions before the reveal; what comes later reacts."
    return TableBlock("kept", "What is kept on every path", note, columns, rows_of(kept, columns))


def _paths(found: Evaluation) -> TableBlock:
    against = AGAINST in found.plans
    columns = (
        Column("path", "Path", width=24),
        Column("weight", "Probability", Form.PERCENT, width=9),
        STATUS, COST, GAP, SERVED, LEAST_SERVED,
        Column("broken", "Limits violated", Form.COUNT, width=10),
        PRICE, OWED,
        Column("delayed", "Orders late", width=8),
        *((
            Column("against_musd", "Other plan", Form.MUSD, MUSD),
            Column("difference_musd", "Difference", Form.MUSD_CHANGE, MUSD), FINDING,
        ) if against else ()),
        *(Column(f"input_{i}", name, Form.NUMBER) for i, name in enumerate(found.inputs, start=1)),
        Column("why", "Why there is no plan", width=40),
    )  # fmt: skip
    records = [_path_record(found, path) for path in found.paths]
    note = "Each future with its inputs; the same seed gives the same futures."
    return TableBlock("paths", "All paths", note, columns, rows_of(records, columns))


def _path_record(found: Evaluation, path: EvaluatedPath) -> dict[str, Cell]:
    result = found.result(path)
    record: dict[str, Cell] = {"path": path.name, "weight": path.weight, "status": str(result.get("status", "missing"))}
    record |= {f"input_{i}": value for i, value in enumerate(path.drawn, start=1)}
    if not has_plan(result):
        return record | {"why": reason_of(result)}
    record |= {
        "cost_musd": cost_of(result), "gap": gap_of(result),
        "served_share": result["figures"].get("least_share_served"), "least_served": result.get("least_served"),
        "broken": len(result.get("breaches", ())),
        "breach_price_musd": result.get("breach_price_musd", 0.0), "owed_musd": owed_of(result),
        "delayed": "yes" if result.get("delayed") else "",
    }  # fmt: skip
    if AGAINST in found.plans and has_plan(other := found.result(path, AGAINST)):
        pair = difference(result, other)
        record |= {"against_musd": cost_of(other), "difference_musd": pair.found, "finding": pair.word}
    return record
