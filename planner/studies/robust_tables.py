"""The tables of robust decisions: what each is, what it saves in each future, and what is ordered from whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.number_text import MINUS, money
from planner.results.table import Cell
from planner.studies.robust_decisions import BET, CLASSES, Advantage, RobustDecision, RobustDecisions, orders_by_vendor
from planner.studies.significance import NO_FINDING, cost_of, gap_of, kind_in_words
from planner.studies.study_columns import COST, FUTURE, GAP, SEEN, STATUS, reason_of
from planner.studies.study_context import BASE, Result
from planner.studies.survivors import NO_REGRET, sign_of

PAYS, COSTS = "pays", "costs"
LARGE = 0.1
"""A vendor whose share in the orders of some plan is at least this has a row."""
_DECISION = Column("decision", "Decision", width=30)
_NOTHING = 0.5e-3


def decisions_table(found: RobustDecisions) -> TableBlock:
    """Returns the one page: each decision with its class, where it is taken, its regrets, and the sign to watch."""
    columns = (
        _DECISION,
        Column("standing", "Class", width=12),
        Column("taken", "Taken in", width=10),
        Column("alternatives", "Alternatives with it", width=12),
        Column("expected", "Saves as expected", width=16),
        Column("regret_taken_musd", "Greatest regret if taken", Form.MUSD, "USD million"),
        Column("worst_taken", "in", width=18),
        Column("regret_not_taken_musd", "Greatest regret if not taken", Form.MUSD, "USD million"),
        Column("worst_not_taken", "in", width=18),
        Column("sign", "Sign to watch", width=50),
        Column("seen", "Seen from", width=10),
        Column("pays_in", "Proven to pay in", width=34, spare=2),
        Column("costs_in", "Proven to cost in", width=34, spare=1),
    )
    records: list[dict[str, Cell]] = []
    for one in sorted(found.decisions, key=lambda one: CLASSES.index(one.standing)):
        (least, worst), (other, other_worst) = one.regret(taken=True), one.regret(taken=False)
        records.append(
            {
                "decision": decision_name(one),
                "standing": one.standing,
                "taken": count_text(one.taken),
                "alternatives": count_text(one.alternatives),
                "expected": advantage_text(one.advantage.get(BASE)),
                "pays_in": ", ".join(one.pays_in),
                "costs_in": ", ".join(one.costs_in),
                "regret_taken_musd": least if math.isfinite(least) else None,
                "worst_taken": worst if math.isfinite(least) else f"no plan with it in {worst}",
                "regret_not_taken_musd": other if math.isfinite(other) else None,
                "worst_not_taken": other_worst if math.isfinite(other) else f"no plan without it in {other_worst}",
                "sign": sign_in_words(found, one),
                "seen": seen_from(found.results, sign_futures(found, one)),
            }
        )
    note = (
        "No regret: in every plan, or proven to pay somewhere and to cost nowhere. Hedge: proven to cost as expected "
        "and to pay in others, and regretted less by who has it. Bet: pays in some futures and costs in others. Open: "
        "the gaps leave it open. Regret is the cost of having it where it costs, and of not having it where it pays, "
        "by the plans found; of what all plans take, as expected only. The sign is the first input that sets the "
        "futures in which it pays apart."
    )
    return TableBlock("decisions", "Robust decisions", note, columns, rows_of(records, columns))


def decision_name(one: RobustDecision) -> str:
    """Returns the kind and the name of a decision."""
    return " ".join(kind_in_words(one.name))


def advantages_table(found: RobustDecisions) -> TableBlock:
    """Returns what each decision saves in each future, with its ends."""
    columns = (
        _DECISION,
        FUTURE,
        Column("taken", "In the plan for it", width=10),
        Column("advantage_musd", "Saves", Form.MUSD_CHANGE, "USD million"),
        Column("advantage_least_musd", "at least", Form.MUSD_CHANGE, "USD million"),
        Column("advantage_most_musd", "at most", Form.MUSD_CHANGE, "USD million"),
        Column("finding", "Finding", width=22),
        Column("shown", "Shown", width=12),
    )
    records: list[dict[str, Cell]] = []
    for one in found.decisions:
        for future, own in one.advantage.items():
            records.append(
                {
                    "decision": decision_name(one),
                    "future": future,
                    "taken": "yes" if one.taken[future] else "no",
                    "advantage_musd": _finite(own.found),
                    "advantage_least_musd": _finite(own.least),
                    "advantage_most_musd": _finite(own.most),
                    "finding": finding_of(own),
                    "shown": _shown(own),
                }
            )
    note = (
        "What the least cost of a plan without the decision is above that of a plan with it, both as if the future "
        "were known from the start: negative where it costs. Blank where no plan can be with it, or without it."
    )
    return TableBlock("advantages", "What decisions save in each future", note, columns, rows_of(records, columns))


def vendors_table(found: RobustDecisions) -> TableBlock:
    """Returns what is ordered from each large vendor: the least is what every plan orders."""
    columns = (
        Column("vendor", "Vendor", width=20),
        Column("standing", "Class", width=12),
        Column("taken", "Ordered from in", width=16),
        Column("expected_musd", "In the plan of the run", Form.MUSD, "USD million"),
        Column("least_musd", "Least", Form.MUSD, "USD million"),
        Column("least_in", "in", width=26),
        Column("most_musd", "Most", Form.MUSD, "USD million"),
        Column("most_in", "in", width=26),
        Column("sign", "Sign to watch", width=60),
    )
    by_vendor = orders_by_vendor(found)
    plans = list(next(iter(by_vendor.values()))) if by_vendor else []
    whole = {plan: sum(own[plan] for own in by_vendor.values()) for plan in plans}
    records: list[dict[str, Cell]] = []
    for vendor, own in by_vendor.items():
        if not any(whole[plan] > 0 and own[plan] >= LARGE * whole[plan] for plan in plans):
            continue
        least, most = min(own, key=lambda plan: own[plan]), max(own, key=lambda plan: own[plan])
        ordered = {plan: amount > _NOTHING for plan, amount in own.items()}
        futures = [name for name in found.results if ordered[name]]
        is_in_all = all(ordered.values())
        records.append(
            {
                "vendor": vendor,
                "standing": NO_REGRET if is_in_all else BET,
                "taken": count_text(ordered),
                "expected_musd": own[BASE],
                "least_musd": own[least],
                "least_in": least,
                "most_musd": own[most],
                "most_in": most,
                "sign": "" if len(futures) in (0, len(found.results)) else sign_of(found.results, futures),
            }
        )
    note = (
        "Contract value of all orders; a lease counts its whole term. Vendors with at least a tenth of the orders of "
        "some plan. What every plan orders is no regret; a vendor that only some plans order from is a bet."
    )
    return TableBlock("vendors", "Orders by vendor", note, columns, rows_of(records, columns))


def results_table(found: RobustDecisions) -> TableBlock:
    """Returns the futures with what their own plans cost, and those that are left out."""
    columns = (FUTURE, STATUS, COST, GAP, SEEN, Column("reason", "Reason", width=60))
    records: list[dict[str, Cell]] = []
    for name, result in (*found.results.items(), *found.left_out.items()):
        is_used = name in found.results
        records.append(
            {
                "future": name,
                "status": str(result.get("status")),
                "cost_musd": cost_of(result) if is_used else None,
                "gap": gap_of(result) if is_used else None,
                "seen": result.get("seen"),
                "reason": "" if is_used else left_out_reason(result),
            }
        )
    note = "Each future planned as if it were known from the start; as expected it is the plan of the run."
    return TableBlock("futures", "Futures", note, columns, rows_of(records, columns))


def left_out_reason(result: Result) -> str:
    """Returns why a future is left out."""
    return reason_of(result) or "hard limits cannot be met"


def count_text(taken: Mapping[str, bool]) -> str:
    """Returns in how many plans something is: `all 5`, `3 of 5`, or nothing without plans."""
    count = sum(taken.values())
    return "" if not taken else f"all {count}" if count == len(taken) else f"{count} of {len(taken)}"


def finding_of(own: Advantage) -> str:
    """Returns whether a decision is proven to pay or to cost."""
    if own.pays:
        return PAYS if math.isfinite(own.least) else "no plan without it"
    if own.costs:
        return COSTS if math.isfinite(own.most) else "no plan with it"
    return NO_FINDING


def advantage_text(own: Advantage | None) -> str:
    """Returns what a decision saves in words: `+120`, `−35`, `open`, or that there is no plan without it."""
    if own is None:
        return ""
    if not own.pays and not own.costs:
        return "open"
    if own.found is None or not math.isfinite(own.found):
        return finding_of(own)
    return f"{'+' if own.found > 0 else MINUS if own.found < 0 else ''}{money(abs(own.found))}"


def _shown(own: Advantage) -> str:
    """What a cell of the chart says: short, where no plan is possible with it or without it."""
    if own.least == math.inf:
        return "required"
    return "impossible" if own.most == -math.inf else advantage_text(own)


def sign_futures(found: RobustDecisions, one: RobustDecision) -> list[str]:
    """Returns the futures whose sign is to be watched: where a decision pays, unless it pays as expected."""
    if one.standing == NO_REGRET or not one.pays_in or len(one.pays_in) == len(found.results):
        return []
    return one.pays_in if BASE not in one.pays_in else [name for name in found.results if name not in one.pays_in]


def sign_in_words(found: RobustDecisions, one: RobustDecision) -> str:
    """Returns the first input that sets the futures in which a decision pays apart from the others."""
    return sign_of(found.results, one.pays_in) if sign_futures(found, one) else ""


def seen_from(results: Mapping[str, Result], futures: Sequence[str]) -> str:
    """Returns the first label from which any of some futures is known; blank without one."""
    labels = [str(results[name]["seen"]) for name in futures if results[name].get("seen")]
    return min(labels, default="")


def _finite(amount: float | None) -> float | None:
    return amount if amount is not None and math.isfinite(amount) else None


__all__ = [
    "advantage_text", "advantages_table", "decision_name", "decisions_table", "left_out_reason", "results_table",
    "seen_from", "sign_futures", "sign_in_words", "vendors_table",
]  # fmt: skip
