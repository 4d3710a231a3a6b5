"""What the opposite of each strategic decision costs, recomputed as far as tables go.

Cost and bound of the plan with the opposite are as they were stated; that they fit this plan, and what follows from
them and from the plan's own payments, is checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from models.case import Case
from models.checks.budget_checks import budget_rows
from models.checks.evidence import Evidence, Lines
from models.checks.money import discount_factor
from models.checks.report import Recorder
from models.checks.scenario_distributions import number_of
from models.checks.tables import Tables
from models.tables.fleet_rows import CASH_CATEGORIES

DECISION_VALUES = {
    "kind": "*text",
    "item": "*text",
    "taken": "text",
    "cost_low_musd": "perhaps",
    "cost_high_musd": "perhaps",
    "share_low": "perhaps",
    "share_high": "perhaps",
    "price_musd": "perhaps",
    "pays_to_musd": "perhaps",
    "opposite_cost_musd": "perhaps",
    "opposite_bound_musd": "perhaps",
    "plan_bound_musd": "perhaps",
    "note": "text or blank",
}
"""The columns of the table `decision_values`, which a plan has unless it was made without."""
TAKEN, PARTLY, NOT_TAKEN = "yes", "in some scenarios", "no"
MADE = "made before the plan"
NO_OPPOSITE = "no plan has the opposite"
NOT_SOLVED = "not solved with the plan: fleetplan explain"
NOTES = ("", MADE, NO_OPPOSITE, NOT_SOLVED)
_KINDS = {"tape_out": "start", "deal": "close", "agreement": "sign", "expansion": "build"}
_PRICES = {
    "tape_out": ("tape_out", ("design",)),
    "deal": ("acquisition", ("price", "refund")),
    "agreement": ("agreement", ("prepayment",)),
    "expansion": ("expansion", ("modules",)),
}
"""By kind of decision: the category of its price, and the cost lines that are proportional to it."""

Paths = Mapping[str, tuple[float, Evidence]]
"""By scenario: its probability and its path; one of probability 1 where there are no scenarios."""
Row = Mapping[str, Any]


def decision_values(case: Case, tables: Tables, paths: Paths, objective: float | None, record: Recorder) -> None:
    """Each strategic decision has a row: whether it is taken, and what its opposite costs at least and at most.

    At least the bound of the opposite less the cost of the plan, at most the cost of the opposite less the bound of the
    plan. What is taken pays up to the price at which its fixed plan costs as much as the opposite at least, and which
    the budgets still have room for.
    """
    rows = [_read(row, number, record) for number, row in enumerate(tables["decision_values"], start=1)]
    names = list(_decisions(case))
    stated = ";".join(f"{row.get('kind')}:{row.get('item')}" for row in rows)
    record.same(stated, ";".join(f"{kind}:{item}" for kind, item in names), ("decision_values",), "kind item")
    bounds = {row["plan_bound_musd"] for row in rows}
    table = ("decision_values",)
    record.holds(table, "plan_bound_musd", found=len(bounds), expected="one bound", fact=len(bounds) <= 1)
    for row, (kind, item) in zip(rows, names, strict=False):
        where = ("decision_values", f"{kind}:{item}")
        taken = _taken(paths, kind, item)
        record.same(str(row.get("taken")), taken, where, "taken")
        _note(case, row, kind, item, record)
        if objective is not None:
            _costs(row, objective, where, record)
        least = row["cost_low_musd"]
        price, pays_to = _worth(case, paths, kind, item, least) if taken == TAKEN else (None, None)
        record.follows(row["price_musd"], price, where, "price_musd")
        record.follows(row["pays_to_musd"], pays_to, where, "pays_to_musd", objective or 0.0)


def _decisions(case: Case) -> Iterator[tuple[str, str]]:
    yield from (("tape_out", row.programme) for row in case.programmes)
    yield from (("deal", row.acquisition) for row in case.acquisitions)
    yield from (("agreement", row.agreement) for row in case.agreements)
    yield from (("expansion", row.expansion) for row in case.expansions)


def _taken(paths: Paths, kind: str, item: str) -> str:
    found = [_is_taken(plan, kind, item) for _, plan in paths.values()]
    return TAKEN if all(found) else PARTLY if any(found) else NOT_TAKEN


def _is_taken(plan: Evidence, kind: str, item: str) -> bool:
    if kind == "tape_out":
        return any(row.programme == item for row in plan.starts)
    if kind == "deal":
        return any(row.acquisition == item for row in plan.closings)
    if kind == "agreement":
        return any(row.agreement == item for row in plan.signings)
    return any(row.expansion == item and row.modules > 0 for row in plan.builds)


def _note(case: Case, row: Row, kind: str, item: str, record: Recorder) -> None:
    """Why something is blank: decided before, impossible, or not solved; nothing where all is known."""
    where, note = ("decision_values", f"{kind}:{item}"), str(row.get("note") or "")
    record.holds(where, "note", found=note, expected=f"one of {', '.join(NOTES[1:])}, or blank", fact=note in NOTES)
    is_made = any((one.kind, one.item, one.status) == (_KINDS[kind], item, "done") for one in case.commitments)
    record.holds(where, "note", found=note, expected=MADE if is_made else f"not {MADE}", fact=is_made == (note == MADE))
    known = [row[name] is not None for name in ("opposite_cost_musd", "opposite_bound_musd")]
    record.holds(where, "note", found=note, expected="blank only where cost and bound of the opposite are known",
                 fact=(note == "") == all(known))  # fmt: skip
    if note in (MADE, NO_OPPOSITE):
        record.holds(where, "opposite_cost_musd opposite_bound_musd", found=str(known), expected="blank",
                     fact=not any(known))  # fmt: skip


def _costs(row: Row, objective: float, where: tuple[str, ...], record: Recorder) -> None:
    names = ("opposite_cost_musd", "opposite_bound_musd", "plan_bound_musd")
    cost, bound, plan_bound = (row[name] for name in names)
    low = None if bound is None else bound - objective
    high = None if cost is None or plan_bound is None else cost - plan_bound
    for name, amount, source in (("low", low, names[1]), ("high", high, names[0])):
        share = None if amount is None or abs(objective) < 1e-9 else amount / abs(objective)
        record.follows(row[f"cost_{name}_musd"], amount, where, f"cost_{name}_musd, from {source}", objective)
        record.follows(row[f"share_{name}"], share, where, f"share_{name}", 1.0)
    if bound is not None and cost is not None:
        record.at_most(bound, cost, where, "opposite_bound_musd, against opposite_cost_musd")
    if plan_bound is not None:
        record.at_most(plan_bound, objective, where, "plan_bound_musd, against the cost of the plan")


def _worth(case: Case, paths: Paths, kind: str, item: str, least: float | None) -> tuple[float | None, float | None]:
    """The price of what is taken, and up to which price it is proven to pay; None where that is not known.

    It is not known where the objective is not the expected cost of what is paid within the horizon.
    """
    price = _price(next(iter(paths.values()))[1], kind, item)
    proportional = math.fsum(
        chance * musd * discount_factor(plan, t)
        for chance, plan in paths.values()
        for _, lines in _lines(plan, kind, item)
        for (_, _, t), musd in lines.items()
    )
    settings = case.settings
    is_expected = settings.count_owed != "count" and (len(paths) == 1 or not settings.risk_aversion)
    if not is_expected or price is None or price <= 0.0 or least is None or least <= 0.0 or proportional <= 0.0:
        return price, None
    factors = [1.0 + least / proportional]
    for _, plan in paths.values():
        factors += _room(plan, kind, item)
    return price, price * min(factors)


def _price(plan: Evidence, kind: str, item: str) -> float | None:
    if kind == "tape_out":
        start = next(row for row in plan.starts if row.programme == item)
        route = plan.facts.routes.get((item, start.route))
        return None if route is None else route.design_cost_musd
    if kind == "deal":
        return plan.facts.acquisitions[item].price_musd
    if kind == "agreement":
        return plan.facts.agreements[item].prepayment_musd
    return plan.facts.expansions[item].cost_musd_per_module


def _lines(plan: Evidence, kind: str, item: str) -> Iterator[tuple[str, Lines]]:
    """The cost lines that are proportional to the price, by category; also what of it is left at the end."""
    category, whats = _PRICES[kind]
    for own in (category, "value_left"):
        yield (
            own,
            {
                key: musd
                for key, musd in plan.expected[own].items()
                if key[0] in whats and key[1].partition("/")[0] == item
            },
        )


def _room(plan: Evidence, kind: str, item: str) -> Iterator[float]:
    """By how much the price may be multiplied before a budget has no room for it."""
    category, lines = next(_lines(plan, kind, item))
    chain: list[int] = []
    for row in budget_rows(plan):
        chain = [*([] if row.carried is None else chain), *plan.calendar.within(row.stretch)]
        named = next(one.categories for one in plan.case.budgets if one.budget == row.budget)
        if row.amount is None or category not in (CASH_CATEGORIES if "all" in named else named):
            continue
        paid = math.fsum(musd for (_, _, t), musd in lines.items() if t in chain)
        if paid > 0.0:
            yield 1.0 + max(0.0, row.chain_amount - row.chain_spent) / paid


def _read(row: Mapping[str, object], number: int, record: Recorder) -> dict[str, Any]:
    """A row with its numbers as numbers, a blank one as None; what cannot be read is recorded, and blank."""
    where = ("decision_values", f"row {number}")
    record.same(", ".join(row), ", ".join(DECISION_VALUES), where, "columns")
    found: dict[str, Any] = {}
    for name, kind in DECISION_VALUES.items():
        cell = row.get(name)
        found[name] = cell
        if kind == "perhaps":
            found[name] = None
            if cell is not None and str(cell).strip():
                amount = number_of(cell)
                record.holds(where, name, found=str(cell), expected="a number", fact=math.isfinite(amount))
                found[name] = amount if math.isfinite(amount) else None
    return found
