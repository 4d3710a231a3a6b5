"""What contracts oblige to pay, by when it is due and to whom: of a plan for one future, and over scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.documents.blocks import Column, Form, Medium, Section, TableBlock, rows_of
from planner.documents.content.cost_categories import category_name
from planner.documents.content.plan_headline import number
from planner.documents.content.scenario_branches import short_scenarios
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.results.obligation_tables import ALL
from planner.results.table import Cell

MUSD = "USD million"
Record = Mapping[str, Cell]
MOST_PARTIES = 12
_READ = frozenset({Medium.PAGE, Medium.MARKDOWN, Medium.SHEETS})
_KINDS = {
    "hardware": "open orders", "lease": "leases", "expansion": "sites and rented modules", "tape_out": "own chips",
    "financing": "loans", "agreement": "agreements, in full", ALL: "all",
}  # fmt: skip
_DUE = (
    Column("kind", "Kind", width=24),
    Column("this_year_musd", "Due this year", Form.MUSD, MUSD),
    Column("next_year_musd", "Next year", Form.MUSD, MUSD),
    Column("years_3_to_5_musd", "Years 3 to 5", Form.MUSD, MUSD),
    Column("later_musd", "Later", Form.MUSD, MUSD),
    Column("musd", "All", Form.MUSD, MUSD),
    Column("discounted_musd", "Net present", Form.MUSD, MUSD),
)
_BY_YEAR = (Column("period", "By the end of", width=12), *_DUE)
_PARTIES = (
    Column("counterparty", "Counterparty", width=24), Column("role", "Who that is", width=16),
    Column("first_owed_musd", "Owed, first year", Form.MUSD, MUSD), Column("first_owed_share", "of all", Form.PERCENT),
    Column("owed_musd", "Owed, last year", Form.MUSD, MUSD), Column("owed_share", "of all", Form.PERCENT),
    Column("paid_musd", "Paid in the plan", Form.MUSD, MUSD), Column("paid_share", "of all", Form.PERCENT),
    Column("delivered", "Delivered", Form.QUANTITY), Column("delivered_unit", "Counted in", width=12),
)  # fmt: skip
_PARTIES_BY_BRANCH = tuple(
    replace(column, title={"owed_musd": "Owed", "paid_musd": "Paid so far"}.get(column.name, column.title))
    for column in _PARTIES
    if not column.name.startswith("first_")
)
_SPREAD = (
    Column("period", "By the end of", width=12), Column("kind", "Kind", width=24),
    Column("expected", "Expected", Form.MUSD, MUSD), Column("least", "Lowest", Form.MUSD, MUSD),
    Column("most", "Highest", Form.MUSD, MUSD),
)  # fmt: skip
_IN_FULL = (
    "Contracts that are signed by the end of the year, and what falls due on them in it and after it; what is paid at "
    "signing is left out. Net present: discounted to the start of the plan. "
    "Agreements count in full, as if nothing were taken, so that leases and orders under them count twice until then."
)


def obligation_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields what contracts oblige to pay, and the largest counterparties; nothing where there is nothing."""
    rows = [_named(row) for row in loaded.records("obligations")]
    periods = list(dict.fromkeys(str(row["period"]) for row in loaded.records("counterparties")))
    if not periods:
        return
    first = [row for row in rows if row["period"] == periods[0]]
    title = f"Obligations at the end of {periods[0]}"
    due = TableBlock("obligations", title, _IN_FULL, _DUE, rows_of(first, _DUE), bold=_whole(first))
    later = TableBlock(
        "obligations_by_year", "Obligations at the end of each year", "", _BY_YEAR, rows_of(rows, _BY_YEAR),
        file="obligations",
    )  # fmt: skip
    parties = _counterparties(loaded, periods)
    whole = next((row for row in first if row["category"] == ALL), None)
    claim = "No contract obliges to pay anything yet" if whole is None else (
        f"{money(number(whole['musd']))} {MUSD} are committed by the end of {periods[0]}, "
        f"{money(number(whole['this_year_musd']))} of it due in that year"
    )  # fmt: skip
    blocks = (*((due,) if first else ()), parties)
    yield Section("obligations", "Obligations and counterparties", blocks, "Obligations", _READ, claim=claim,
                  details=(later,) if rows else ())  # fmt: skip


def _counterparties(loaded: LoadedRun, periods: list[str]) -> TableBlock:
    """The largest counterparties by what is owed and paid, at the end of the first year and of the plan."""
    rows = loaded.rows("counterparties")
    now = {(row["counterparty"], row["role"]): row for row in rows if row["period"] == periods[0]}
    end = {(row["counterparty"], row["role"]): row for row in rows if row["period"] == periods[-1]}

    def size(key: tuple[Cell, Cell]) -> float:
        at = now.get(key, {}), end.get(key, {})
        return -max(number(row.get(name)) for row in at for name in ("owed_musd", "paid_musd"))

    records = [
        {
            "counterparty": key[0], "role": key[1],
            **{f"first_{name}": now.get(key, {}).get(name) for name in ("owed_musd", "owed_share")},
            **{name: end.get(key, {}).get(name) for name in _END},
        }
        for key in sorted({**now, **end}, key=size)[:MOST_PARTIES]
    ]  # fmt: skip
    note = (
        f"Owed at the end of {periods[0]} and of {periods[-1]}, with what is due in that year; paid and delivered from "
        "the start of the plan to its end. A lease, loan, hall or agreement stands by its own name."
    )
    return TableBlock("counterparties", "Largest counterparties", note, _PARTIES, rows_of(records, _PARTIES))


_END = ("owed_musd", "owed_share", "paid_musd", "paid_share", "delivered", "delivered_unit")


def obligation_spread(loaded: LoadedRun) -> Iterator[Section]:
    """Yields what is committed by the end of each year over the scenarios: expected, lowest and highest."""
    rows = [
        {**row, "kind": _kind(str(row["of"]))}
        for row in loaded.rows("period_distribution")
        if row["measure"] == "obligations"
    ]
    if not rows:
        return
    title = "Obligations at the end of each year"
    note = f"{_IN_FULL} Expected over the scenarios, and in those with the least and the most."
    whole = rows_of([row for row in rows if row["of"] == ALL], _SPREAD)
    table = TableBlock("obligations_by_scenario", title, note, _SPREAD, whole, file="period_distribution")
    rows.sort(key=lambda row: loaded.periods.index(str(row["period"])))
    kinds = TableBlock("obligations_by_kind", f"{title}, by kind", "", _SPREAD, rows_of(rows, _SPREAD),
                       file="period_distribution")  # fmt: skip
    yield Section("obligations", "Obligations", (table,), "Obligations", _READ, details=(kinds,))


def obligation_branches(loaded: LoadedRun, branch: tuple[Column, ...]) -> Iterator[TableBlock]:
    """Yields obligations by when they are due, and counterparties, by branch; `branch` says where a row is true."""
    every = len(loaded.records("futures"))
    rows = [_named(short_scenarios(dict(row), every)) for row in loaded.records("obligations")]
    columns = (*_BY_YEAR, *branch)
    if rows:
        yield TableBlock("obligations", "Obligations by when they are due", "", columns, rows_of(rows, columns))
    parties = [short_scenarios(dict(row), every) for row in loaded.records("counterparties")]
    columns = (_BY_YEAR[0], *_PARTIES_BY_BRANCH, *branch)
    if parties:
        yield TableBlock("counterparties", "Counterparties", "Paid and delivered so far.", columns,
                         rows_of(parties, columns))  # fmt: skip


def _named(row: Record) -> dict[str, Cell]:
    return {**row, "kind": _kind(str(row["category"]))}


def _kind(category: str) -> str:
    return _KINDS.get(category, category_name(category))


def _whole(rows: list[dict[str, Cell]]) -> frozenset[int]:
    return frozenset(at for at, row in enumerate(rows) if row["category"] == ALL)
