"""How far a plan moved from the earlier plan that it was to stay near, recomputed as far as tables go.

What the earlier plan ordered and decided is as it was stated: a run does not hold another one's tables. Everything that
follows from it and from this plan is checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from models.case import Case
from models.checks.evidence import Evidence
from models.checks.report import Recorder
from models.checks.scenario_distributions import number_of
from models.checks.tables import Tables

STABILITY: dict[str, dict[str, str]] = {
    "stability": {
        "run": "*text",
        "digest": "text or blank",
        "share": "number",
        "least_cost_musd": "number",
        "most_musd": "number",
        "first": "text",
        "last": "text",
        "decided_to": "text or blank",
        "planned_musd": "number",
        "moved_musd": "number",
        "nervousness": "perhaps",
        "flips": "number",
        "distance_musd": "number",
        "least_distance_musd": "perhaps",
    },
    "order_changes": {
        "offer": "*text",
        "period": "*text",
        "units_before": "number",
        "units_now": "number",
        "unit_value_musd": "number",
        "discount": "number",
        "before_musd": "number",
        "now_musd": "number",
        "moved_musd": "number",
    },
    "strategic_changes": {
        "kind": "*text",
        "item": "*text",
        "before": "text or blank",
        "now": "text or blank",
        "flips": "text",
    },
}
"""The columns of the tables of a plan that was to stay near an earlier one."""
_FLIP_WEIGHT = 0.05
_USD_PER_MUSD = 1e6
_NOISE = 1e-6
_KINDS = ("tape_out", "deal", "agreement", "expansion")

Paths = Mapping[str, tuple[float, Evidence]]


def stability(case: Case, tables: Tables, paths: Paths, objective: float | None, record: Recorder) -> None:
    """The plan costs at most what was allowed, and its distance from the earlier plan is the sum of what moved.

    Orders are expected units at the list prices of the case, over the periods that both plans cover; strategic
    decisions are those up to `decided_to`. The earlier plan is as it was stated.
    """
    rows = {name: _read(tables, name, record) for name in STABILITY}
    record.holds(("stability",), "rows", found=len(rows["stability"]), expected="one", fact=len(rows["stability"]) == 1)
    head, where = rows["stability"][0], ("stability",)
    plan = next(iter(paths.values()))[1]
    reported = list(plan.calendar.labels[: case.settings.periods])
    first, last = reported.index(str(head["first"])), reported.index(str(head["last"]))
    shared = reported[first : last + 1]
    decided = shared[: shared.index(str(head["decided_to"])) + 1] if head["decided_to"] else []
    before, moved, planned = _orders(case, paths, shared, rows["order_changes"], record)
    flips = _decisions(paths, decided, rows["strategic_changes"], record)
    least, share, most = (float(head[name]) for name in ("least_cost_musd", "share", "most_musd"))
    record.follows(most, least + share * abs(least), where, "most_musd", least)
    if objective is not None:
        record.at_most(objective, most, where, "most_musd, against the cost of the plan")
    record.equal(head["planned_musd"], planned, where, "planned_musd", planned)
    record.equal(head["moved_musd"], moved, where, "moved_musd", planned)
    stated = float(head["planned_musd"])
    record.follows(head["nervousness"], head["moved_musd"] / stated if stated > 0.0 else None, where, "nervousness")
    record.equal(head["flips"], float(flips), where, "flips")
    distance = moved + _FLIP_WEIGHT * max(before, 1.0) * flips
    record.equal(head["distance_musd"], distance, where, "distance_musd", distance)
    if head["least_distance_musd"] is not None:
        record.at_most(head["least_distance_musd"], head["distance_musd"], where, "least_distance_musd", distance)


def _orders(
    case: Case, paths: Paths, shared: list[str], rows: list[dict[str, Any]], record: Recorder
) -> tuple[float, float, float]:
    """Compares the orders; returns what the earlier plan ordered, what moved and what is ordered in the mean."""
    plan = next(iter(paths.values()))[1]
    ordered: dict[tuple[str, str], float] = {}
    for chance, path in paths.values():
        for (offer, period), order in path.orders.items():
            label = path.labels[period]
            if label in shared:
                ordered[offer, label] = ordered.get((offer, label), 0.0) + chance * order.units
    stated = {(str(row["offer"]), str(row["period"])) for row in rows}
    for offer, label in sorted(set(ordered) - stated):
        if ordered[offer, label] > _NOISE:
            record.fault(("order_changes", offer, label), "row", "missing", "a row for what the plan orders")
    before = moved = planned = 0.0
    for row in rows:
        cell = str(row["offer"]), str(row["period"])
        where = ("order_changes", *cell)
        record.holds(where, "period", found=cell[1], expected="a shared period", fact=cell[1] in shared)
        record.equal(row["units_now"], ordered.get(cell, 0.0), where, "units_now")
        record.at_least(row["units_before"], 0.0, where, "units_before")
        value = _value(paths, *cell)
        if value:
            record.equal(row["unit_value_musd"] * _USD_PER_MUSD, value * _USD_PER_MUSD, where, "unit_value_musd")
        years = shared.index(cell[1]) * plan.calendar.years
        factor = (1.0 + case.settings.discount_rate) ** -years
        record.equal(row["discount"], factor, where, "discount")
        weight = row["unit_value_musd"] * row["discount"]
        record.follows(row["before_musd"], row["units_before"] * weight, where, "before_musd")
        record.follows(row["now_musd"], row["units_now"] * weight, where, "now_musd")
        apart = abs(row["now_musd"] - row["before_musd"])
        record.equal(row["moved_musd"], 0.5 * apart, where, "moved_musd", row["now_musd"])
        before, moved = before + row["before_musd"], moved + 0.5 * apart
        planned += 0.5 * (row["now_musd"] + row["before_musd"])
    return before, moved, planned


def _value(paths: Paths, offer: str, label: str) -> float:
    """The expected list price of a unit, of a lease for its whole term, USD million; 0 where the case has none."""
    found = 0.0
    for chance, path in paths.values():
        facts = path.facts
        if offer in facts.prices:
            price = facts.prices[offer][path.labels.index(label)] or 0.0
            years = facts.terms[offer] * path.calendar.years if facts.offers[offer].kind == "lease" else 1.0
            found += chance * price * years / _USD_PER_MUSD
    return found


def _decisions(paths: Paths, decided: list[str], rows: list[dict[str, Any]], record: Recorder) -> int:
    plan = next(iter(paths.values()))[1]
    taken: dict[tuple[str, str], str] = {}
    for kind, item, period in _moves(plan):
        label = plan.labels[period] if 0 <= period < len(plan.labels) else ""
        if label in decided:
            taken[kind, item] = min(taken.get((kind, item), label), label, key=decided.index)
    stated = {(str(row["kind"]), str(row["item"])) for row in rows}
    for key in sorted(set(taken) - stated):
        record.fault(("strategic_changes", *key), "row", "missing", "a row for what the plan decides")
    flips = 0
    for row in rows:
        key = str(row["kind"]), str(row["item"])
        where, before, now = ("strategic_changes", *key), str(row["before"] or ""), taken.get(key, "")
        record.holds(where, "kind", found=key[0], expected=f"one of {', '.join(_KINDS)}", fact=key[0] in _KINDS)
        record.holds(where, "before", found=before, expected="a period", fact=not before or before in decided)
        record.same(str(row["now"] or ""), now, where, "now")
        record.same(str(row["flips"]), "yes" if before != now else "no", where, "flips")
        flips += before != now
    return flips


def _moves(plan: Evidence) -> Iterable[tuple[str, str, int]]:
    yield from (("tape_out", row.programme, row.start) for row in plan.starts)
    yield from (("deal", row.acquisition, row.signed) for row in plan.closings)
    yield from (("agreement", row.agreement, row.signed) for row in plan.signings)
    yield from (("expansion", row.expansion, row.period) for row in plan.builds if row.modules > 0)


def _read(tables: Tables, name: str, record: Recorder) -> list[dict[str, Any]]:
    """The rows of a table with its numbers as numbers, a blank one as None."""
    found = []
    for number, row in enumerate(tables[name], start=1):
        where = (name, f"row {number}")
        record.same(", ".join(row), ", ".join(STABILITY[name]), where, "columns")
        cells: dict[str, Any] = {}
        for column, kind in STABILITY[name].items():
            cell = row.get(column)
            cells[column] = cell
            if kind in ("number", "perhaps"):
                is_blank = cell is None or not str(cell).strip()
                amount = math.nan if is_blank else number_of(cell)
                is_good = math.isfinite(amount) or (is_blank and kind == "perhaps")
                record.holds(where, column, found=str(cell), expected="a number", fact=is_good)
                cells[column] = amount if math.isfinite(amount) else None
        found.append(cells)
    return found
