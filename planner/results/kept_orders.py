"""Orders that may be cancelled, and what is left of those from before the plan of which some are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.case import Case
from models.tables.fleet_rows import Offer


def cancelled_before(
    case: Case, rows: Iterable[Mapping[str, Any]], end: int | None = None
) -> dict[tuple[str, int], float]:
    """Returns the units cancelled of orders from before the plan, by offer and (negative) period of the order.

    `rows` are those of `cancellations`; with an end, what is cancelled before that period counts.
    """
    calendar = case.settings.calendar
    found: dict[tuple[str, int], float] = {}
    for row in rows:
        key = row["offer"], calendar.period_at(row["ordered"])
        if key[1] < 0 and (end is None or calendar.period_at(row["period"]) < end):
            found[key] = found.get(key, 0.0) + float(row["units"])
    return found


def units_kept(case: Case, gone: Mapping[tuple[str, int], float]) -> list[float]:
    """Returns the units of each row of `open_orders` that are not cancelled: of an order, in proportion at its sites.

    `gone` are the units cancelled by offer and period of the order.
    """
    calendar = case.settings.calendar
    keys = [None if row.ordered is None else (row.offer, calendar.period_at(row.ordered)) for row in case.open_orders]
    whole: dict[tuple[str, int], float] = {}
    for row, key in zip(case.open_orders, keys, strict=True):
        if key is not None:
            whole[key] = whole.get(key, 0.0) + row.units
    return [
        row.units if key is None or not gone.get(key) else row.units * (1.0 - gone[key] / whole[key])
        for row, key in zip(case.open_orders, keys, strict=True)
    ]


def may_be_cancelled(case: Case, offer: Offer) -> bool:
    """Returns whether the orders of an offer may be cancelled: an order brings its own units, and there is a right."""
    late = [row.late_exit_months for row in case.agreements if row.agreement in offer.requires]
    if all(months is None for months in (offer.cancel_until_months, offer.late_exit_months, *late)):
        return False
    is_shared = offer.offer in {row.offer for row in case.price_tiers} | {row.offer for row in case.backlogs}
    parts = [row for row in case.lead_times if row.offer == offer.offer and row.delivered_share < 1.0]
    return offer.kind == "buy" and not is_shared and not parts
