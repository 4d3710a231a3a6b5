"""Where each line of the ledger stands in the statements: in one place of the cash flow, and an account or a cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPERATING, INVESTING, FINANCING = "operating", "investing", "financing"
ORDERS, ACCELERATORS, LEASES = "orders", "accelerators", "leases"
CONSTRUCTION, POWER, PROGRAMMES = "construction", "power", "programmes"
ACQUISITIONS, AGREEMENTS, LOANS, LOAN_FEES = "acquisitions", "agreements", "loans", "loan fees"
DISPOSALS = "disposals"
"""Proceeds that are compared with the book value of what is sold."""


@dataclass(frozen=True)
class StatementPlace:
    """Where a line stands: section and line of the cash flow statement, and the account that it is booked on.

    Without an account it is a cost of its period, on the line `cost` of the income statement.
    """

    section: str
    cash: str
    account: str = ""
    cost: str = ""


_BUYING = StatementPlace(INVESTING, "accelerators", ORDERS)
_RENT = StatementPlace(OPERATING, "rents of accelerators", LEASES)
_HALLS = StatementPlace(OPERATING, "rents of power modules", LEASES)
_CHIPS = StatementPlace(INVESTING, "own chips", PROGRAMMES)
_DEAL = StatementPlace(INVESTING, "acquisitions", ACQUISITIONS)
_RUNNING = "running costs"


def _cost(line: str, cash: str = _RUNNING) -> StatementPlace:
    return StatementPlace(OPERATING, cash, cost=line)


_EXIT_FEES = _cost("lease exit fees")
PLACES: Mapping[tuple[str, str], StatementPlace | None] = {
    ("hardware", "units"): _BUYING,
    ("hardware", "open orders"): _BUYING,
    ("hardware", "undelivered"): _BUYING,
    ("hardware", "cancellation"): _BUYING,
    ("hardware", "balance not due"): _BUYING,
    ("hardware", "late order paid back"): _BUYING,
    ("hardware", "integration"): StatementPlace(INVESTING, "accelerators", ACCELERATORS),
    ("lease", "units"): _RENT,
    ("lease", "left early"): _RENT,
    ("lease", "renewed"): _RENT,
    ("lease", "exit fee"): _EXIT_FEES,
    ("lease", "running"): _RENT,
    ("lease", "running left early"): _RENT,
    ("lease", "running renewed"): _RENT,
    ("lease", "running exit fee"): _EXIT_FEES,
    ("lease", "running end fee"): _EXIT_FEES,
    ("expansion", "modules"): StatementPlace(INVESTING, "power modules", CONSTRUCTION),
    ("expansion", "rent"): _HALLS,
    ("expansion", "exit fee"): _HALLS,
    ("tape_out", "design"): _CHIPS,
    ("tape_out", "masks"): _CHIPS,
    ("tape_out", "respins"): _CHIPS,
    ("tape_out", "sustaining"): _cost("sustaining of own chips"),
    ("acquisition", "price"): _DEAL,
    ("acquisition", "refund"): _DEAL,
    ("acquisition", "integration"): _cost("integration of acquisitions"),
    ("acquisition", "contribution"): _cost("contribution of acquisitions"),
    ("agreement", "prepayment"): StatementPlace(OPERATING, "prepayments of agreements", AGREEMENTS),
    ("agreement", "shortfall"): _cost("shortfall fees"),
    ("agreement", "level"): _cost("shortfall fees"),
    ("power", "electricity"): _cost("electricity"),
    ("maintenance", "units"): _cost("maintenance"),
    ("maintenance", "fixed"): _cost("fixed cost of sites"),
    ("variable", "queries"): _cost("cost per query"),
    ("carbon", "emissions"): _cost("carbon"),
    ("resale", "units"): StatementPlace(INVESTING, "resale", DISPOSALS),
    ("financing", "draw"): StatementPlace(FINANCING, "loans drawn", LOANS),
    ("financing", "repayment"): StatementPlace(FINANCING, "loans repaid", LOANS),
    ("financing", "fee"): StatementPlace(FINANCING, "loan fees", LOAN_FEES),
    ("financing", "interest"): _cost("interest on loans", "interest on loans"),
    ("incentive", "milestone"): _cost("incentives", "incentives"),
    ("revenue", "queries"): _cost("revenue", "revenue"),
    ("unserved", "queries"): None,
    ("value_left", "units"): None,
    ("value_left", "modules"): None,
    ("value_left", "programme"): None,
    ("value_left", "loan"): None,
    ("value_left", "owed rent"): None,
    ("value_left", "owed running"): None,
    ("value_left", "owed shortfall"): None,
}
"""By category and what a line is; None for what is no cash: penalties, and values after the end."""
_WHATS: dict[str, tuple[str, ...]] = {}
for _category, _what in sorted(PLACES, key=lambda key: -len(key[1])):
    _WHATS[_category] = (*_WHATS.get(_category, ()), _what)


def what_of(category: str, line: str) -> tuple[str, str]:
    """Returns what a line of the ledger is, and its item: `units o1` is the units of o1.

    Raises:
        LookupError: the statements have no place for such a line.
    """
    for what in _WHATS.get(category, ()):
        if line.startswith(f"{what} "):
            return what, line[len(what) + 1 :]
    msg = f"the statements have no place for '{category}: {line}': add one to PLACES"
    raise LookupError(msg)


Amounts = dict[tuple[str, str, str], list[float]]
"""USD million by period of each line: category, what it is, and item."""


def cash_lines(rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Amounts:
    """Returns the lines of the ledger that are cash, from the rows of the table `costs`."""
    at = {label: t for t, label in enumerate(labels)}
    found: Amounts = {}
    for row in rows:
        what, item = what_of(row["category"], row["line"])
        if PLACES[row["category"], what] is not None:
            own = found.setdefault((row["category"], what, item), [0.0] * len(labels))
            own[at[row["period"]]] += row["musd"]
    return found
