"""The tables of a back-test: policies with intervals, paired differences, and each history, date and value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.backtest_paths import POLICIES, Backtest, PolicyPath
from planner.studies.evaluation_statistics import Estimate, PathValues
from planner.studies.evaluation_tables import least_share
from planner.studies.significance import cost_of, flips_in_words, has_plan
from planner.studies.study_columns import LEAST_SERVED, PRICE, SERVED, STATUS, breaches_table, reason_of

MUSD = "USD million"
NONE = "no"
"""That a difference is no finding."""
POLICY = Column("policy", "Policy", width=30)
HISTORY = Column("history", "History", width=22)
FINDING = Column("finding", "Finding", width=9)
INTERVAL = Column("interval", "Interval", width=10, spare=1)


@dataclass(frozen=True)
class PairedDifference:
    """How much more one policy costs than another over the same histories; `finding` is `less`, `more` or `no`."""

    policy: str
    other: str
    mean: Estimate
    less: int
    more: int
    finding: str


def backtest_tables(found: Backtest) -> tuple[TableBlock, ...]:
    """Returns the tables of a back-test."""
    realised = {
        f"{one.name} | {policy}": found.realised(one.name, policy)
        for one in found.histories
        for policy in found.asked.policies
    }
    return (
        _policies(found), _differences(found), _histories(found), breaches_table(realised), _replans(found),
        _values(found),
    )  # fmt: skip


def _over_paths(found: Backtest, values: np.ndarray, *, least: Any = None, most: Any = None) -> PathValues:  # noqa: ANN401
    """One number a compared history, and its least and most where these are others."""
    ends = values if least is None else least, values if most is None else most
    return PathValues(values, *ends, found.weights(found.compared), found.is_drawn, found.asked.seed)


def cost_over_histories(found: Backtest, policy: str) -> PathValues:
    """Returns what a policy cost, USD million."""
    return _over_paths(found, found.costs(policy))


def cost_above_best(found: Backtest, policy: str) -> PathValues:
    """Returns what a policy costs above the best plan for each history, USD million, with what the gap leaves open."""
    costs, (least, best) = found.costs(policy), found.bounds()
    return _over_paths(found, costs - best, least=costs - best, most=costs - least)


def nervousness_of(found: Backtest, path: PolicyPath) -> float:
    """Returns the mean over dates of the share of planned order value that moved.

    A plan that is not made again moves nothing; dates from which on nothing is ordered do not count.
    """
    shares = [
        0.0 if not one.point else (found.results[one.point].get("moved") or {}).get("nervousness")
        for one in path.replans[1:]
    ]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else 0.0


def flips_of(found: Backtest, path: PolicyPath) -> int:
    """Returns how many strategic decisions were decided otherwise than in the plan before, over all dates."""
    moved = [found.results[one.point].get("moved") for one in path.replans[1:] if one.point]
    return sum(len(one["flipped"]) for one in moved if one is not None)


def mean_nervousness(found: Backtest, policy: str) -> Estimate:
    """Returns the mean nervousness of a policy over the compared histories."""
    own = [nervousness_of(found, found.paths[one.name, policy]) for one in found.compared]
    return _over_paths(found, np.array(own)).mean_of_few()


def _policies(found: Backtest) -> TableBlock:
    columns = (
        POLICY,
        Column("cost_musd", "Realised cost", Form.MUSD, MUSD),
        Column("cost_low_musd", "from", Form.MUSD, MUSD),
        Column("cost_high_musd", "to", Form.MUSD, MUSD),
        Column("above_musd", "Above the best known in advance", Form.MUSD_CHANGE, MUSD),
        Column("above_low_musd", "from", Form.MUSD_CHANGE, MUSD),
        Column("above_high_musd", "to", Form.MUSD_CHANGE, MUSD),
        Column("worst_musd", "Worst history", Form.MUSD, MUSD, spare=2),
        Column("served_share", "Least served workload", Form.PERCENT, width=10),
        Column("served_low", "from", Form.PERCENT, width=10, spare=4),
        Column("served_high", "to", Form.PERCENT, width=10, spare=4),
        Column("nervousness", "Nervousness", Form.SHARE, width=10),
        Column("nervousness_low", "from", Form.SHARE, width=10, spare=3),
        Column("nervousness_high", "to", Form.SHARE, width=10, spare=3),
        Column("flips", "Strategic flips a history", Form.NUMBER, width=10),
        Column("broken", "Histories that violate limits", Form.COUNT, width=10),
        Column("breach_price_musd", "Violation cost in it", Form.MUSD, MUSD, spare=6),
        Column("lost", "Histories without a way on", Form.COUNT, width=10, spare=5),
        INTERVAL,
    )
    records = [_policy_record(found, policy) for policy in found.asked.policies]
    note = (
        f"Means over {len(found.compared)} of {len(found.histories)} histories, those in which all policies can go on. "
        + (
            "From and to enclose the mean with 95 % confidence, after Student; above the best, they carry the gap of "
            "the best plan."
            if found.is_drawn
            else "The histories are not drawn, so that only the gap of the best plan is between from and to."
        )
        + " Nervousness is the mean share of planned order value that moves from one plan to the next."
    )
    return TableBlock("policies", "Policies", note, columns, rows_of(records, columns))


def _policy_record(found: Backtest, policy: str) -> dict[str, Cell]:
    named: dict[str, Cell] = {"policy": POLICIES[policy]}
    realised = [found.realised(one.name, policy) for one in found.histories]
    named["lost"] = sum(not has_plan(one) for one in realised)
    if not found.compared:
        return named
    cost, above = cost_over_histories(found, policy), cost_above_best(found, policy)
    served = _over_paths(found, np.array([least_share(found.realised(one.name, policy)) for one in found.compared]))
    flips = _over_paths(
        found, np.array([float(flips_of(found, found.paths[one.name, policy])) for one in found.compared])
    )
    return {
        **named,
        **_cells("cost", cost.mean_of_few(), "_musd"),
        **_cells("above", above.mean_of_few(), "_musd"),
        "worst_musd": float(cost.found.max()),
        **{
            ("served_share" if name == "served" else name): cell
            for name, cell in _shares("served", served.mean_of_few()).items()
        },
        **_shares("nervousness", mean_nervousness(found, policy)),
        "flips": flips.mean_of_few().value,
        "broken": sum(not found.is_kept(one.name, policy) for one in found.compared),
        "breach_price_musd": _over_paths(
            found, np.array([float(found.realised(one.name, policy)["breach_price_musd"]) for one in found.compared])
        )
        .mean_of_few()
        .value,
        "interval": cost.mean_of_few().interval,
    }


def _shares(name: str, value: Estimate) -> dict[str, Cell]:
    """A share with the ends of its interval, which lie between 0 and 1."""
    cells = _cells(name, value)
    return {key: None if cell is None else min(1.0, max(0.0, float(cell))) for key, cell in cells.items()}


def _cells(name: str, value: Estimate, unit: str = "") -> dict[str, Cell]:
    return {f"{name}{unit}": value.value, f"{name}_low{unit}": value.low, f"{name}_high{unit}": value.high}


def paired_differences(found: Backtest) -> list[PairedDifference]:
    """Returns the differences between all pairs of policies over the same histories.

    A finding is beyond the interval by more than the mean gap of the best plans, since all plans are searched as far as
    they; one history has none.
    """
    pairs = []
    least, best = found.bounds()
    room = float((best - least).mean()) if found.compared else 0.0
    for policy, other in combinations(found.asked.policies, 2) if found.compared else ():
        apart = found.costs(policy) - found.costs(other)
        mean = _over_paths(found, apart).mean_of_few()
        low, high = mean.low or 0.0, mean.high or 0.0
        is_known = len(found.compared) > 1 and (low > room or high < -room)
        word = NONE if not is_known else "more" if mean.value > 0 else "less"
        pairs.append(PairedDifference(policy, other, mean, int((apart < -room).sum()), int((apart > room).sum()), word))
    return pairs


def _differences(found: Backtest) -> TableBlock:
    columns = (
        POLICY,
        Column("other", "Compared with", width=30),
        Column("difference_musd", "Difference", Form.MUSD_CHANGE, MUSD),
        Column("low_musd", "from", Form.MUSD_CHANGE, MUSD),
        Column("high_musd", "to", Form.MUSD_CHANGE, MUSD),
        FINDING,
        Column("less", "Histories with less", Form.COUNT, width=10),
        Column("more", "with more", Form.COUNT, width=10),
        INTERVAL,
    )
    records: list[dict[str, Cell]] = [
        {
            "policy": POLICIES[one.policy], "other": POLICIES[one.other], "difference_musd": one.mean.value,
            "low_musd": one.mean.low, "high_musd": one.mean.high, "finding": one.finding, "less": one.less,
            "more": one.more, "interval": one.mean.interval,
        }
        for one in paired_differences(found)
    ]  # fmt: skip
    note = (
        "Realised cost of the first policy less that of the second, history by history. A difference is a finding "
        "where its interval clears 0 by more than the mean gap of the best plans; one history has no findings."
    )
    return TableBlock("differences", "Differences between policies", note, columns, rows_of(records, columns))


def _histories(found: Backtest) -> TableBlock:
    columns = (
        HISTORY, POLICY, STATUS,
        Column("cost_musd", "Realised cost", Form.MUSD, MUSD),
        Column("best_musd", "Best known in advance", Form.MUSD, MUSD),
        Column("bound_musd", "its least", Form.MUSD, MUSD),
        Column("above_musd", "Above the best", Form.MUSD_CHANGE, MUSD),
        SERVED, LEAST_SERVED,
        Column("nervousness", "Nervousness", Form.SHARE, width=10),
        Column("flips", "Strategic flips", Form.COUNT, width=9),
        Column("plans", "Plans made", Form.COUNT, width=9),
        Column("broken", "Limits violated", Form.COUNT, width=10),
        PRICE,
        Column("delayed", "Arrivals otherwise", width=10),
        Column("weight", "Probability", Form.PERCENT, width=9),
        Column("why", "Why there is no way on", width=40),
    )  # fmt: skip
    records = [_history_record(found, path) for path in found.paths.values()]
    note = (
        "What each policy cost in each history. Cost includes the price of violated limits. Arrivals otherwise: less "
        "arrives than was ordered, or at another time."
    )
    return TableBlock("histories", "By history and policy", note, columns, rows_of(records, columns))


def _history_record(found: Backtest, path: PolicyPath) -> dict[str, Cell]:
    result, (least, best) = found.results[path.realised], found.known_best(path.history)
    weight = next(one.weight for one in found.histories if one.name == path.history)
    record: dict[str, Cell] = {
        "history": path.history, "policy": POLICIES[path.policy], "status": str(result.get("status", "missing")),
        "weight": weight, "plans": sum(bool(one.point) for one in path.replans),
    }  # fmt: skip
    if math.isfinite(best):
        record |= {"best_musd": best, "bound_musd": least}
    if not has_plan(result):
        return record | {"why": reason_of(result)}
    record |= {
        "cost_musd": cost_of(result), "served_share": result["figures"].get("least_share_served"),
        "least_served": result.get("least_served"), "nervousness": nervousness_of(found, path),
        "flips": flips_of(found, path), "broken": len(result["breaches"]) + len(result["exceeded"]),
        "breach_price_musd": result["breach_price_musd"], "delayed": "yes" if result["delayed"] else "",
    }  # fmt: skip
    return record | ({"above_musd": cost_of(result) - best} if math.isfinite(best) else {})


def _replans(found: Backtest) -> TableBlock:
    columns = (
        HISTORY, POLICY,
        Column("period", "Date", width=9),
        Column("status", "Status", width=14),
        Column("planned_musd", "Planned cost", Form.MUSD, MUSD),
        Column("moved_musd", "Order value moved", Form.MUSD, MUSD),
        Column("nervousness", "Nervousness", Form.SHARE, width=10),
        Column("flips", "Strategic flips", width=44),
        Column("scenarios", "Over scenarios", Form.COUNT, width=10),
        Column("broken", "Limits violated", Form.COUNT, width=10),
    )  # fmt: skip
    records = [record for path in found.paths.values() for record in _replan_records(found, path)]
    note = (
        "Each plan with the cost of the whole horizon as it is believed at that date: what has come, and the forecast. "
        "Nothing new: the plan before stays."
    )
    return TableBlock("replans", "Plans by date", note, columns, rows_of(records, columns))


def _replan_records(found: Backtest, path: PolicyPath) -> Iterator[dict[str, Cell]]:
    for replan in path.replans:
        record: dict[str, Cell] = {
            "history": path.history, "policy": POLICIES[path.policy], "period": replan.label, "status": "nothing new",
        }  # fmt: skip
        result: Mapping[str, Any] = found.results[replan.point] if replan.point else {}
        if result:
            record["status"] = str(result.get("status", "missing"))
        if has_plan(result):
            moved = result.get("moved") or {}
            record |= {
                "planned_musd": cost_of(result), "moved_musd": moved.get("moved_musd"),
                "nervousness": moved.get("nervousness"), "scenarios": result.get("planned_over"),
                "broken": len(result.get("breaches", ())),
                "flips": flips_in_words([(f"{kind}:{item}", was or "not taken", now or "not taken")
                                         for kind, item, was, now in moved.get("flipped", ())]),
            }  # fmt: skip
        yield record


def _values(found: Backtest) -> TableBlock:
    columns = (
        HISTORY,
        Column("table", "Table", width=14),
        Column("key", "Key", width=24),
        Column("column", "Column", width=24),
        Column("period", "From", width=9),
        Column("effect", "Effect", width=9),
        Column("value", "Value", Form.EXACT),
        Column("known", "Known in", width=9),
        Column("source", "Source", width=40),
    )
    labels = found.case.settings.calendar.labels
    records: list[dict[str, Cell]] = []
    for history in found.histories:
        for one in history.values:
            known = labels[one.known] if one.known < len(labels) else "never"
            row = one.row
            records.append({
                "history": history.name, "table": row.table, "key": row.key, "column": row.column,
                "period": row.period, "effect": row.effect, "value": row.value, "known": known, "source": row.source,
            })  # fmt: skip
        for name, first in history.shocks:
            known = labels[first] if first < len(labels) else "never"
            records.append({"history": history.name, "table": "disruptions", "key": name, "known": known})
    note = "Everything in which the histories differ from the case. Nothing of it is known in the first plan."
    return TableBlock("values", "What came otherwise", note, columns, rows_of(records, columns))
