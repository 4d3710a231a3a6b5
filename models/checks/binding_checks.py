"""What binds: how much of each amount is used, and whether what is said to be its worth can be true.

A worth is found by solving again, which a check from tables cannot do. What it can say: with integers held, saving is a
concave function of how much more there is. So price × amount is the most that an amount is worth, worth a unit falls
with the amount, and up to where the price holds it is the worth of each unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.checks.evidence import Evidence, Place, UsedAmount
from models.checks.plan_check import compares, recomputes
from models.checks.report import Recorder

FULL = 0.98
_EDGE = 1e-6
_PRECISION = 1e-11
_LEAST_PRICE = 1e-12
_NOTHING = 1e-9
_ONE_UNIT, _ONE_PER_CENT = 1.0, 0.01

AS_STATED = {
    "worth_of_one_per_cent_musd": "a worth is found by solving again; here it is held between its limits",
    "worth_of_one_unit_musd": "a worth is found by solving again; here it is held between its limits",
    "holds_up_to": "how far a price holds is found by solving again",
    "note": "why something is not known is the solver's word",
}
"""Columns of `binding` that the tables do not decide, with the reason."""


@recomputes(
    "binding",
    {
        "requirement": "*text",
        "item": "*text",
        "kind": "text",
        "what": "text",
        "period": "*text",
        "used": "number",
        "available": "number",
        "share": "perhaps",
        "unit": "text",
        "price": "perhaps",
        "worth_of_one_per_cent_musd": "perhaps",
        "worth_of_one_unit_musd": "perhaps",
        "holds_up_to": "perhaps",
        "note": "text",
    },
)
def binding_table(plan: Evidence, record: Recorder) -> None:
    """Used, available and share are those of the plan; what is nearly full is listed, what is worth most first."""
    expected = {place: amount for place, amount in plan.bounding.items() if amount.reported}
    rows: dict[Place, dict[str, Any]] = {(row["requirement"], row["item"], row["period"]): row for row in plan.binding}
    for place, row in rows.items():
        amount = expected.get(place)
        if amount is None:
            record.fault(place, "row", "given", "of an amount that bounds a reported period")
            continue
        record.equal(row["used"], amount.used, place, "used", amount.available)
        record.equal(row["available"], amount.available, place, "available", amount.used)
        record.same(row["unit"], amount.unit, place, "unit")
        record.same(row["kind"], amount.kind, place, "kind")
        record.same(row["what"], amount.what, place, "what")
        share = amount.used / amount.available if amount.available > _NOTHING else None
        record.follows(row["share"], share, place, "share")
        if amount.only_in_binding:
            _price_holds(plan, record, place, amount, row["price"])
        else:
            price = plan.prices.get((*place[:2], amount.when))
            record.follows(row["price"], price, place, "price, USD million a unit")
        if row["price"] is None:
            record.holds(place, "note", found="blank", expected="why there is no price", fact=bool(row["note"]))
        _worths(record, place, row, _ONE_PER_CENT * amount.available, abs(plan.objective or 0.0))
    for place, amount in expected.items():
        is_full = amount.available > _NOTHING and amount.used / amount.available >= FULL + _EDGE
        is_priced = (plan.prices.get((*place[:2], amount.when)) or 0.0) > _LEAST_PRICE
        record.holds(place, "row, by its price", found="missing", expected="listed: it is nearly full or has a price",
                     fact=place in rows or not (is_full or is_priced))  # fmt: skip
    ranks = [_rank(row) for row in plan.binding]
    for before, after, row in zip(ranks, ranks[1:], plan.binding[1:], strict=False):
        where = (row["requirement"], row["item"], row["period"])
        what = "place, by worth_of_one_per_cent_musd"
        record.holds(where, what, found="after what is worth less", expected="what is worth most first",
                     fact=after <= before * (1.0 + _EDGE) + _EDGE)  # fmt: skip


@compares()
def prices(plan: Evidence, record: Recorder) -> None:
    """A price is at least 0, 0 where some is left for nothing, and none without a limit.

    A blank is a price that is not known; where some is left it is known.
    """
    bounded = {(requirement, item, amount.when) for (requirement, item, _), amount in plan.bounding.items()}
    for place, price in plan.prices.items():
        if place not in bounded:
            # Power without a limit has no price; any amount of a limit or budget that has none is worth 0.
            is_right = price == 0.0 or (price is None and (place[0] == "site_power" or not plan.is_priced))
            found = "blank" if price is None else price
            expected = "blank or 0 without a limit"
            record.holds((*place[:2], str(place[2])), "price", found=found, expected=expected, fact=is_right)
    for place, amount in plan.bounding.items():
        if not amount.only_in_binding:
            _price_holds(plan, record, place, amount, plan.prices.get((*place[:2], amount.when)))


def _price_holds(plan: Evidence, record: Recorder, place: Place, amount: UsedAmount, price: float | None) -> None:
    # Over scenarios, what a path has left may be used up in another that the same amount is carried over to.
    can_know = plan.is_priced or not amount.carries_over
    is_left = can_know and amount.left > record.margin(amount.available, amount.size)
    if price is None:
        if plan.is_priced and is_left:
            record.fault(place, "price", "blank", "0 where some is left")
        return
    record.holds(place, "price", found=price, expected="at least 0", fact=price >= 0.0)
    if is_left:
        record.holds(place, "price", found=price, expected="0 where some is left", fact=price == 0.0)


def blank_prices(tables: Mapping[str, Iterable[Mapping[str, Any]]], of: Mapping[str, str]) -> dict[str, int]:
    """Returns by result table how many prices are not known; `binding` counts those that stand in no other table.

    `of` has the table in which the price of a requirement stands.
    """
    found: dict[str, int] = {}
    for table in of.values():
        # Power without a limit has none.
        found[table] = _blank(row for row in tables[table] if row.get("available_mw", 0.0) is not None)
    return found | {"binding": _blank(row for row in tables["binding"] if row["requirement"] not in of)}


def _blank(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many prices are blank; over scenarios, what is split by them counts once."""
    keys = ("requirement", "budget", "limit", "site", "item", "span", "period", "node")
    return len({tuple(row.get(key) for key in keys) for row in rows if row["price"] is None})


def _worths(record: Recorder, place: Place, row: dict[str, Any], one_per_cent: float, cost: float) -> None:
    price, holds_to = row["price"], row["holds_up_to"]
    worths = [
        (one_per_cent, row["worth_of_one_per_cent_musd"], "worth_of_one_per_cent_musd"),
        (_ONE_UNIT, row["worth_of_one_unit_musd"], "worth_of_one_unit_musd"),
    ]
    if holds_to is None:
        record.holds(place, "note", found="blank", expected="why it is not known how far the price holds",
                     fact=bool(row["note"]))  # fmt: skip
    if price is None or any(worth is None for _, worth, _ in worths):
        is_blank = holds_to is None and all(worth is None for _, worth, _ in worths) and bool(row["note"])
        what = "worths, by their price"
        record.holds(place, what, found="given in part", expected="all blank, and why", fact=is_blank)
        return
    if holds_to is not None:
        record.holds(place, "holds_up_to", found=holds_to, expected="at least 0, and blank where the price is 0",
                     fact=holds_to >= 0.0 and price > 0.0)  # fmt: skip
    for amount, worth, column in worths:
        most, what = price * amount, f"{column}, by its price"
        record.holds(place, what, found=worth, expected="at least 0", fact=worth >= 0.0)
        record.holds(place, what, found=worth, expected=f"at most its price times the amount, {most:.12g}",
                     fact=worth <= most * (1.0 + _EDGE))  # fmt: skip
        least = price * min(amount, holds_to or 0.0)
        record.holds(place, what, found=worth, expected=f"at least what the price holds for, {least:.12g}",
                     fact=worth >= least * (1.0 - _EDGE))  # fmt: skip
    (few, worth_of_few, _), (many, worth_of_many, what) = sorted(worths)
    # Savings are differences of two costs of the whole plan, and no more precise than those.
    slip = _PRECISION * max(1.0, cost)
    record.holds(place, what, found=worth_of_many, expected=f"at least that of less, {worth_of_few:.12g}",
                 fact=worth_of_many >= worth_of_few * (1.0 - _EDGE) - slip)  # fmt: skip
    record.holds(place, what, found=worth_of_many, expected="no more a unit than of less",
                 fact=worth_of_many * few <= (worth_of_few * many) * (1.0 + _EDGE) + slip * many)  # fmt: skip


def _rank(row: dict[str, Any]) -> float:
    worth = row["worth_of_one_per_cent_musd"]
    return float(_ONE_PER_CENT * row["available"] * (row["price"] or 0.0) if worth is None else worth)
