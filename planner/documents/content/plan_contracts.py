"""The contracts of a plan: levels of agreements, loans, milestones and terms of leases, of the reported periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.documents.blocks import Column, Form, Medium, Section, TableBlock, rows_of
from planner.documents.content.scenario_branches import short_scenarios
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

MUSD = "USD million"
Record = Mapping[str, Cell]
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
    blocks = tuple(contract_tables(loaded))
    if blocks:
        title = "Contracts"
        yield Section("contracts", title, blocks, title, _READ, claim="What each contract asks for, and what it brings")


def contract_tables(loaded: LoadedRun, branch: tuple[Column, ...] = ()) -> Iterator[TableBlock]:
    """Yields a table of each form of contracts that the plan has; `branch` are columns that say where a row is true."""
    yield from (block for block in _tables(loaded, branch) if block.rows)


def _tables(loaded: LoadedRun, branch: tuple[Column, ...]) -> Iterator[TableBlock]:
    def table(name: str, title: str, note: str, columns: tuple[Column, ...], rows: Iterable[Record]) -> TableBlock:
        known = (*columns, *branch)
        return TableBlock(name, title, note, known, rows_of([_shown(loaded, row) for row in rows], known))

    levels = [row for row in loaded.records("commit_levels") if row["to"] in loaded.periods]
    note = "What counts in a year of the term, what earlier years brought forward, and the fee for what is missing."
    yield table("commit_levels", "Levels of agreements, by year", note, _LEVELS, levels)
    financing = [row for row in loaded.records("financing") if row["period"] in loaded.periods]
    moving = [row for row in financing if row["drawn_musd"] or row["repaid_musd"] or row["outstanding_musd"]]
    note = "Interest and fees are paid in the period; what is outstanding is at its end."
    yield table("financing", "Loans", note, _FINANCING, moving)
    note = "Income when so much has been taken; it is no cash of a budget."
    yield table("incentives", "Milestones", note, _MILESTONES, _milestones(loaded))
    terms = [row for row in loaded.records("leases") if not row["begins"] or row["begins"] in loaded.periods]
    note = "Renewal 0 is the first term; it is that of the contract, also of what leaves it early."
    yield table("leases", "Terms of leases", note, _LEASES, terms if _has_rights(loaded) else ())
    changes = [row for row in loaded.records("lease_changes") if row["period"] in loaded.periods]
    yield table("lease_changes", "Leases left early or renewed", "", _CHANGES, changes)


def _shown(loaded: LoadedRun, row: Record) -> Record:
    """A row with its scenarios in words, where it has some."""
    return short_scenarios(dict(row), len(loaded.records("futures"))) if "scenarios" in row else row


def _milestones(loaded: LoadedRun) -> Iterator[Record]:
    """Yields the rows in which each milestone is reached; where it is not, that of the last reported period."""
    rows = [row for row in loaded.records("incentives") if row["period"] in loaded.periods]
    reached = [row for row in rows if row["reached"] == "yes"]
    known = {(row["milestone"], name) for row in reached for name in _scenarios(row)}
    for milestone in dict.fromkeys(row["milestone"] for row in rows):
        yield from (row for row in reached if row["milestone"] == milestone)
        for row in rows:
            is_last = row["milestone"] == milestone and row["period"] == loaded.periods[-1]
            if is_last and not any((milestone, name) in known for name in _scenarios(row)):
                yield {**row, "period": "not reached"}


def _scenarios(row: Record) -> list[str]:
    return str(row.get("scenarios", "")).split(";")


def _has_rights(loaded: LoadedRun) -> bool:
    offers, leases = loaded.case.offers, loaded.case.open_leases
    return any(row.exit_fee_months is not None or row.renew_months is not None for row in offers) or any(
        row.exit_fee_months is not None or row.renew_months is not None for row in leases
    )
