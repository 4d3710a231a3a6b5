"""The rights that the contracts of a case give, and the case without some of them.

A case without a right allows no plan that it does not allow with it, so that no right is worth less than nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.case import Case
from models.tables.strategy_rows import Commitment

CANCELLATION, LATE_EXIT, EARLY_EXIT, RENEWAL = "cancellation", "late exit", "early exit", "renewal"
CARRY_OVER, LOAN, SHORT_TERM, OPTION = "carry-over", "loan", "short term", "option"
"""Kinds of rights: to cancel orders for a fee, or for nothing when they are late; to leave a lease early, or renew it;
to count what is above the level of a year in later ones; to finance spending by a loan; to give rented modules back at
the end of their term for a fee; to sign an agreement that asks for no quantity."""
_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    CANCELLATION: {"cancel_until_months": None, "cancel_fee_share": 0.0},
    LATE_EXIT: {"late_exit_months": None},
    EARLY_EXIT: {"exit_fee_months": None, "exit_notice_months": 0.0},
    RENEWAL: {"renew_months": None, "renew_usd_per_unit_per_year": None, "renewals": None},
}
"""The columns that give a right, the one that says whether there is any first, with their values without it."""
_BARRED = {SHORT_TERM: "build", OPTION: "sign"}
_GATED = ("offers", "routes", "expansions", "acquisitions")
_NAMES = {"offers": "offer", "open_leases": "lease", "agreements": "agreement", "facilities": "facility"}


@dataclass(frozen=True)
class ContractRight:
    """One right: its kind, the input table that gives it, and the name of its row."""

    kind: str
    table: str
    item: str

    @property
    def name(self) -> str:
        """What it is called: `early exit of cloud_2024`."""
        return f"{self.kind} of {self.item}"


def rights_of(case: Case) -> tuple[ContractRight, ...]:
    """Returns the rights of a case in the order of its tables; what commitments decide already is none."""
    decided = {(row.kind, row.item) for row in case.commitments}
    return tuple(
        right
        for right in _rights(case)
        if (_BARRED.get(right.kind, "draw" if right.kind == LOAN else ""), right.item) not in decided
    )


def without_rights(case: Case, rights: Iterable[ContractRight]) -> Case:
    """Returns the case without some of its rights; what they were given for stays as it is.

    A loan of which nothing can be drawn is still repaid. A short term and an option are not taken at all.
    """
    found: dict[str, list[Any]] = {}

    def rows(table: str) -> list[Any]:
        return found.setdefault(table, list(getattr(case, table)))

    for right in rights:
        if right.kind in _BARRED:
            rows("commitments").append(Commitment(kind=_BARRED[right.kind], item=right.item, status="barred"))
        elif right.kind == CARRY_OVER:
            own = rows("commit_levels")
            own[:] = [replace(row, carry="none") if row.agreement == right.item else row for row in own]
        else:
            blank = {"advance_share": 0.0} if right.kind == LOAN else _COLUMNS[right.kind]
            own, key = rows(right.table), _NAMES[right.table]
            own[:] = [replace(row, **blank) if getattr(row, key) == right.item else row for row in own]
    changes: dict[str, Any] = {table: tuple(own) for table, own in found.items()}
    return replace(case, **changes) if changes else case


def set_by_scenarios(case: Case) -> set[str]:
    """Returns the kinds of rights that scenarios give by a value of their own, which taking them away leaves there."""
    if not case.settings.use_scenarios:
        return set()
    given = {next(iter(columns)): kind for kind, columns in _COLUMNS.items()} | {"advance_share": LOAN}
    return {given[row.column] for row in case.scenario_values if row.effect == "set" and row.column in given}


def _rights(case: Case) -> Iterator[ContractRight]:
    for kind, columns in _COLUMNS.items():
        column = next(iter(columns))
        for table in ("offers", "open_leases", "agreements"):
            for row in getattr(case, table):
                if getattr(row, column, None) is not None:
                    yield ContractRight(kind, table, getattr(row, _NAMES[table]))
    for name in dict.fromkeys(row.agreement for row in case.commit_levels if row.carry == "excess"):
        yield ContractRight(CARRY_OVER, "agreements", name)
    for loan in case.facilities:
        if loan.advance_share > 0.0:
            yield ContractRight(LOAN, "facilities", loan.facility)
    for hall in case.expansions:
        if hall.term_months is not None and hall.exit_fee_musd_per_module > 0.0:
            yield ContractRight(SHORT_TERM, "expansions", hall.expansion)
    asking = {row.agreement for row in case.commit_levels}
    opened = {gate for table in _GATED for row in getattr(case, table) for gate in row.requires}
    opened |= {row.gate for row in case.added_supply}
    for deal in case.agreements:
        if deal.agreement in opened - asking and not deal.min_units_per_year:
            yield ContractRight(OPTION, "agreements", deal.agreement)
