"""The tables of a plan over scenarios as a whole, recomputed: branches, and how costs, decisions and periods differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.case import Case
from models.checks.path_summary import STATEMENTS, Paths
from models.checks.report import Recorder
from models.checks.scenario_nodes import Nodes
from models.checks.tables import Tables
from models.checks.time import CheckCalendar

CELLS: dict[str, dict[str, str]] = {
    "cost_distribution": {"figure": "*text", "level": "*perhaps", "musd": "number"},
    "branches": {
        "branch": "*text",
        "parent": "text or blank",
        "stage": "number",
        "from": "text",
        "until": "text",
        "count": "number",
        "probability": "number",
        "scenarios": "text",
    },
    "decision_distribution": {
        "when": "*text",
        "verb": "*text",
        "item": "*text",
        "how": "*text or blank",
        "stage": "number",
        "probability": "number",
        "units_least": "perhaps",
        "units_mean": "perhaps",
        "units_most": "perhaps",
        "unit": "*text or blank",
        "musd_mean": "number",
        "scenarios": "text",
    },
    "period_distribution": {
        "measure": "*text",
        "of": "*text or blank",
        "unit": "text",
        "period": "*text",
        "expected": "number",
        "least": "number",
        "p10": "number",
        "p25": "number",
        "p50": "number",
        "p75": "number",
        "p90": "number",
        "most": "number",
    },
}
"""The columns of each table with the kind of their cells; a star marks those that identify a row."""
_QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
_LACKING = 1e-9

Expected = dict[tuple[str, ...], dict[str, Any]]
"""The cells of each row by those that identify it."""


def number_of(cell: object) -> float:
    """Returns a cell as a number; not a number where it is none."""
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def worst_shares(costs: Mapping[str, float], nodes: Nodes, tail: float) -> dict[str, float]:
    """Returns how much of the probability of each future is among the dearest ones, up to `tail` together.

    Of costs that agree to nine digits the first name counts first.
    """
    found, taken = dict.fromkeys(costs, 0.0), 0.0
    for name, _ in sorted(costs.items(), key=lambda entry: (-float(f"{entry[1]:.9g}"), entry[0])):
        found[name] = min(nodes.probability[name], max(0.0, tail - taken))
        taken += found[name]
    return found


def cost_distribution(case: Case, tables: Tables, costs: Mapping[str, float], nodes: Nodes, record: Recorder) -> None:
    """Mean, ends, quantiles and tail of the costs of futures, and what risk aversion makes of mean and tail."""
    aversion, level = case.settings.risk_aversion, case.settings.risk_level
    shares = worst_shares(costs, nodes, 1.0 - level)
    values = [(cost, nodes.probability[name]) for name, cost in costs.items()]
    average = _average(values)
    tail = _average([(costs[name], share) for name, share in shares.items()])
    figures: dict[tuple[str, str], float] = {
        ("risk_adjusted", _level(aversion)): (1.0 - aversion) * average + aversion * tail,
        ("expected", ""): average,
        ("least", ""): min(costs.values()),
        ("most", ""): max(costs.values()),
        ("value_at_risk", _level(level)): _reached(values, level),
        ("cvar", _level(level)): tail,
    }
    figures |= {("quantile", _level(share)): _reached(values, share) for share in _QUANTILES.values()}
    scale = max(abs(cost) for cost in costs.values())
    _compare(tables, "cost_distribution", {key: {"musd": musd} for key, musd in figures.items()}, record, scale)


def branches(calendar: CheckCalendar, tables: Tables, nodes: Nodes, record: Recorder) -> None:
    """Each set of futures that stay together is a branch, from the period in which it parts to the last it holds in."""
    expected: Expected = {}
    above: dict[str, str] = {}
    stage = 0
    for t, groups in enumerate(nodes.groups):
        stage += t == 0 or len(groups) > len(nodes.groups[t - 1])
        for group in groups:
            parent = above.get(group[0], "")
            if parent and expected[parent,]["scenarios"] == ";".join(group):
                expected[parent,]["until"] = calendar.labels[t]
                continue
            branch = f"{calendar.labels[t]}/{group[0]}"
            expected[branch,] = {
                "parent": parent,
                "stage": float(stage),
                "from": calendar.labels[t],
                "until": calendar.labels[t],
                "count": float(len(group)),
                "probability": math.fsum(nodes.probability[name] for name in group),
                "scenarios": ";".join(group),
            }
            above |= dict.fromkeys(group, branch)
    _compare(tables, "branches", expected, record)


def decision_distribution(
    calendar: CheckCalendar, tables: Tables, paths: Paths, nodes: Nodes, record: Recorder
) -> None:
    """Each kind of decision of a period has the futures in which it is made, their probability, and its amounts."""
    sums: dict[tuple[str, ...], dict[str, tuple[float, float]]] = {}
    for name, path in paths.items():
        for kind, amounts in path.decisions.items():
            sums.setdefault(kind, {})[name] = amounts
    counts = [len(groups) for groups in nodes.groups]
    expected: Expected = {}
    for key, by_name in sums.items():
        at = calendar.exact(key[0])
        names = [name for name in nodes.probability if name in by_name]
        units = [by_name[name][0] for name in names]
        expected[key] = {
            "stage": float(1 + sum(counts[t] > counts[t - 1] for t in range(1, at + 1))),
            "probability": math.fsum(nodes.probability[name] for name in names),
            "units_least": min(units) if key[4] else None,
            "units_mean": _average([(by_name[n][0], nodes.probability[n]) for n in names]) if key[4] else None,
            "units_most": max(units) if key[4] else None,
            "musd_mean": _average([(by_name[n][1], nodes.probability[n]) for n in names]),
            "scenarios": ";".join(names),
        }
    _compare(tables, "decision_distribution", expected, record)


def period_distribution(tables: Tables, paths: Paths, nodes: Nodes, record: Recorder) -> None:
    """Cash, power, service, obligations and statements of a reported period over the futures: mean, ends, quantiles."""
    values: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    units: dict[str, str] = {"power": "MW", "share_served": "fraction"}
    for measure in {one for path in paths.values() for one in path.measures}:
        # A path on which there is nothing of a kind has no such row of what is committed and of the statements.
        none = 0.0 if measure[0] == "obligations" or measure[0] in STATEMENTS else None
        amounts = ((path.measures.get(measure, none), nodes.probability[name]) for name, path in paths.items())
        values[measure] = [(value, chance) for value, chance in amounts if value is not None]
    expected: Expected = {}
    for key, own in values.items():
        expected[key] = {
            "unit": units.get(key[0], "USD million"),
            "expected": _average(own),
            "least": min(own)[0],
            "most": max(own)[0],
            **{column: _reached(own, level) for column, level in _QUANTILES.items()},
        }
    _compare(tables, "period_distribution", expected, record)


def _average(values: Sequence[tuple[float, float]]) -> float:
    return math.fsum(value * chance for value, chance in values) / math.fsum(chance for _, chance in values)


def _reached(values: Sequence[tuple[float, float]], level: float) -> float:
    """The least value that holds at least a share `level` of the probability below or at it."""
    wanted = level * math.fsum(chance for _, chance in values) - _LACKING
    known, left = sorted(values), math.fsum(chance for _, chance in values)
    # From above: as long as what lies below suffices without a value, it is not needed.
    while len(known) > 1 and left - known[-1][1] >= wanted:
        left -= known.pop()[1]
    return known[-1][0]


def _level(level: float) -> str:
    return f"{level:.12g}"


def _compare(tables: Tables, name: str, expected: Expected, record: Recorder, scale: float = 0.0) -> None:
    """Records rows that are missing, that nothing stands for, that stand twice, and cells that are others."""
    cells = CELLS[name]
    keys = [column for column, kind in cells.items() if kind.startswith("*")]
    readers: dict[str, Callable[[object], str]] = {
        column: (lambda cell: "" if cell in (None, "") else _level(number_of(cell))) if "perhaps" in cells[column]
        else (lambda cell: str(cell or ""))
        for column in keys
    }  # fmt: skip
    seen: set[tuple[str, ...]] = set()
    for row in tables.get(name, ()):
        key = tuple(readers[column](row.get(column)) for column in keys)
        where = (name, *key)
        record.same(", ".join(row), ", ".join(cells), where, "columns")
        own = expected.get(key)
        record.holds(where, "row", found=" ".join(key), expected="a row that the plan has, once",
                     fact=own is not None and key not in seen)  # fmt: skip
        seen.add(key)
        for column, value in (own or {}).items():
            found = row.get(column)
            if value is None or isinstance(value, str):
                record.same("" if found is None else str(found), value or "", where, column)
            else:
                record.equal(number_of(found), value, where, column, scale)
    for key in expected.keys() - seen:
        record.fault((name, *key), "row", "missing", "in the table")
