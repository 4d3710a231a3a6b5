"""The contracts of a plan: levels of agreements, loans, milestones and terms of leases, of the reported periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.documents.blocks import Column, Form, Medium, Section, TableBlock, rows_of
from planner.results.loaded_run import LoadedRun

MUSD = "USD million"
_READ = frozenset({Medium.PAGE, Medium.MARKDOWN, Medium.SHEETS})
_LEVELS = (
    Column("agreement", "Agreement", width=20), Column("year_of_term", "Year of term", Form.COUNT),
    Column("from", "From", width=10), Column("to", "To", width=10), Column("unit", "Counted in", width=10),
    Column("level", "Level", Form.QUANTITY), Column("counted", "Counted", Form.QUANTITY),
    Column("brought_forward", "From earlier years", Form.QUANTITY), Column("shortfall", "Missing", Form.QUANTITY),
    Column("fee_musd", "Fee", Form.MUSD, MUSD),
)  # fmt: skip
_FINANCING = (
    Column("facility", "Loan", width=16), Column("period", "Period", width=10),
    Column("drawn_musd", "Drawn", Form.MUSD, MUSD), Column("repaid_musd", "Repaid", Form.MUSD, MUSD),
    Column("interest_musd", "Interest", Form.MUSD, MUSD), Column("fee_musd", "Fee", Form.MUSD, MUSD),
    Column("outstanding_musd", "Outstanding", Form.MUSD, MUSD), Column("limit_musd", "Limit", Form.MUSD, MUSD),
)  # fmt: skip
_MILESTONES = (
    Column("milestone", "Milestone", width=20), Column("amount", "Amount", Form.QUANTITY),
    Column("measure", "Counted in", width=10), Column("period", "Reached in", width=14),
    Column("counted", "Counted by then", Form.QUANTITY), Column("income_musd", "Income", Form.MUSD, MUSD),
)  # fmt: skip
_LEASES = (
    Column("contract", "Lease", width=20), Column("site", "Site", width=16), Column("term", "Renewal", Form.COUNT),
    Column("begins", "From", width=10), Column("ends", "To", width=10), Column("units", "Units", Form.QUANTITY),
    Column("rent_usd_per_unit_per_year", "Rent of a unit and year", Form.QUANTITY, "USD"),
)  # fmt: skip

_CHANGES = (
    Column("verb", "What", width=8), Column("contract", "Lease", width=20), Column("site", "Site", width=16),
    Column("begun", "Begun", width=10), Column("period", "Decided in", width=10), Column("effective", "From", width=10),
    Column("units", "Units", Form.QUANTITY), Column("musd", "Fee, or rent of the term", Form.MUSD, MUSD),
)  # fmt: skip


def contract_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the contracts of the plan; nothing where the case has none with levels, loans, milestones or rights."""
    blocks = tuple(block for block in _blocks(loaded) if block.rows)
    if blocks:
        title = "Contracts"
        yield Section("contracts", title, blocks, title, _READ, claim="What each contract asks for, and what it brings")


def _blocks(loaded: LoadedRun) -> Iterator[TableBlock]:
    levels = [row for row in loaded.records("commit_levels") if row["to"] in loaded.periods]
    note = "What counts in a year of the term, what earlier years brought forward, and the fee for what is missing."
    yield TableBlock("commit_levels", "Levels of agreements, by year", note, _LEVELS, rows_of(levels, _LEVELS))
    financing = [row for row in loaded.records("financing") if row["period"] in loaded.periods]
    moving = [row for row in financing if row["drawn_musd"] or row["repaid_musd"] or row["outstanding_musd"]]
    note = "Interest and fees are paid in the period; what is outstanding is at its end."
    yield TableBlock("financing", "Loans", note, _FINANCING, rows_of(moving, _FINANCING))
    reached = list(_milestones(loaded))
    note = "Income when so much has been taken; it is no cash of a budget."
    yield TableBlock("incentives", "Milestones", note, _MILESTONES, rows_of(reached, _MILESTONES))
    terms = [row for row in loaded.records("leases") if not row["begins"] or row["begins"] in loaded.periods]
    note = "Renewal 0 is the first term; it is that of the contract, also of what leaves it early."
    yield TableBlock("leases", "Terms of leases", note, _LEASES, rows_of(terms if _has_rights(loaded) else (), _LEASES))
    changes = [row for row in loaded.records("lease_changes") if row["period"] in loaded.periods]
    yield TableBlock("lease_changes", "Leases left early or renewed", "", _CHANGES, rows_of(changes, _CHANGES))


def _milestones(loaded: LoadedRun) -> Iterator[Mapping[str, Any]]:
    """Yields the row in which each milestone is reached; of one that is not, that of the last reported period."""
    found: dict[Any, dict[str, Any]] = {}
    for row in loaded.records("incentives"):
        known = found.get(row["milestone"])
        if (known is None or known["reached"] != "yes") and row["period"] in loaded.periods:
            found[row["milestone"]] = row
    for last in found.values():
        yield last if last["reached"] == "yes" else {**last, "period": "not reached"}


def _has_rights(loaded: LoadedRun) -> bool:
    offers, leases = loaded.case.offers, loaded.case.open_leases
    return any(row.exit_fee_months is not None or row.renew_months is not None for row in offers) or any(
        row.exit_fee_months is not None or row.renew_months is not None for row in leases
    )
