"""The terms of contracts that a study may vary, each by a name in words: `rate of gpu_loan`, `levels of cloud_pact`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.case import TABLES, Case
from models.tables.column_descriptions import columns_of

APART = 0.2
"""By this share a term is lower and higher where nobody says how far it may move; terms are agreed, and not drawn."""


@dataclass(frozen=True)
class ContractTerm:
    """A number of a contract: its name in words, where it stands, and the factors between which it is varied.

    `is_price` is what is paid at signing, for a missing unit or for a lease that runs: it has a name in words, and is
    no part of the standard sensitivity.
    """

    name: str
    table: str
    key: str
    column: str
    low: float
    high: float
    is_price: bool = False


_OFFERS = (
    ("cancellation fee", "cancel_fee_share", "cancel_until_months"),
    ("exit fee", "exit_fee_months", "exit_fee_months"),
    ("renewal rent", "renew_usd_per_unit_per_year", "renew_months"),
)
_TERMS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "offers": ("offer", _OFFERS),
    "open_leases": ("lease", _OFFERS[1:]),
    "commit_levels": (
        "agreement",
        (("levels", "amount", "agreement"), ("shortfall share", "shortfall_share", "agreement")),
    ),
    "facilities": (
        "facility",
        (("rate", "rate_per_year", "facility"), ("limit", "limit_musd", "facility"), ("fee", "fee_share", "facility")),
    ),
    "milestones": ("milestone", (("income", "value_musd", "milestone"), ("amount", "amount", "milestone"))),
    "milestone_values": ("milestone", (("later income", "value_musd", "milestone"),)),
    "expansions": (
        "expansion",
        (
            ("rent", "rent_musd_per_module_per_year", "rent_musd_per_module_per_year"),
            ("rent growth", "rent_growth_per_year", "rent_musd_per_module_per_year"),
            ("exit fee", "exit_fee_musd_per_module", "term_months"),
        ),
    ),
}
"""By table: the column of the contract's name, and words, column and the column that says whether there is any."""
_PRICES: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "open_leases": ("lease", (("rent", "rent_usd_per_unit_per_year", "lease"),)),
    "agreements": (
        "agreement",
        (
            ("prepayment", "prepayment_musd", "agreement"),
            ("fee per missing unit", "shortfall_usd_per_unit", "agreement"),
            ("fee per missing MW", "shortfall_musd_per_mw", "agreement"),
        ),
    ),
}


def contract_terms(case: Case) -> tuple[ContractTerm, ...]:
    """Returns the terms of the contracts of a case in the order of its tables; what is 0 or blank is no term."""
    found: dict[str, ContractTerm] = {}
    for terms, is_price in ((_TERMS, False), (_PRICES, True)):
        for table, (key, columns) in terms.items():
            for term in _of_table(case, table, key, columns, is_price=is_price):
                found.setdefault(term.name, term)
    return tuple(found.values())


def _of_table(
    case: Case, table: str, key: str, columns: tuple[tuple[str, str, str], ...], *, is_price: bool
) -> Iterator[ContractTerm]:
    rows: tuple[Any, ...] = getattr(case, table)
    for item in dict.fromkeys(getattr(row, key) for row in rows):
        own = [row for row in rows if getattr(row, key) == item]
        for words, column, given in columns:
            values = [getattr(row, column) for row in own if getattr(row, column) and getattr(row, given) is not None]
            if values:
                facts = columns_of(TABLES[table])[column]
                most = 1.0 + APART if facts.most is None else min(1.0 + APART, facts.most / max(values))
                yield ContractTerm(f"{words} of {item}", table, item, column, 1.0 - APART, most, is_price)
