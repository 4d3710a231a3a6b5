"""The inputs of a case in groups, which groups differ between two cases, and cases that are mixed from both by group.

A mixed case takes the tables and settings of some groups from the new case and the rest from the old one. Rows that
then name what the mixed case does not have (the price of an offer that the old case lacks) say nothing and are dropped,
and so are rows that lack what they need (that offer without its price).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from models.case import TABLES, Case, Settings
from models.tables.column_descriptions import columns_of, key_columns
from models.tables.fleet_rows import InputRow
from planner.errors import CaseFaults, Fault

OTHER = "other"
MOST_GROUPS = 6
"""With more groups that differ, those with the fewest changed rows are merged into `other`: 64 plans are enough."""
RULES = "rules and settings"
UNCERTAINTY = "uncertainty"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "prices": ("prices", "price_tiers", "resale"),
    "demand": ("workloads", "demand"),
    "machines": ("accelerators", "throughput"),
    "supply": ("offers", "limits", "limit_use", "lead_times", "backlogs"),
    "programmes and deals": (
        "programmes", "routes", "ramp", "delays", "acquisitions", "agreements", "added_supply", "commit_levels",
        "milestones", "milestone_values",
    ),
    "budgets": ("budgets", "facilities"),
    "sites and power": ("sites", "expansions", "site_series", "carbon_limits"),
    UNCERTAINTY: ("scenarios", "scenario_values", "uncertain", "disruptions", "roles"),
    "position": ("opening_fleet", "open_leases", "open_orders", "past_orders", "commitments"),
    RULES: ("policies",),
}  # fmt: skip
"""The tables of each group; every table is in one."""
_OF_UNCERTAINTY = ("use_scenarios", "risk_aversion", "risk_level")
_SAID = ("schema_version", "name", "carried_from")
"""Settings that change no plan; a mixed case is carried over where either of its cases is."""
_REMARKS = ("note", "source", "label")
_NEEDED = {"offers": "prices", "workloads": "demand", "programmes": "routes"}
"""Tables whose rows say nothing without a row of the same name in another one."""
_GATES = ("programmes", "acquisitions", "agreements")


@dataclass(frozen=True)
class ChangedGroup:
    """A group of inputs that differ: its tables and settings, how many rows of each differ, and its former groups."""

    name: str
    tables: tuple[str, ...]
    settings: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def size(self) -> int:
        """How many rows and settings differ."""
        return sum(self.counts.values())

    @property
    def text(self) -> str:
        """What differs in words: `20 rows of demand, discount_rate`."""
        parts = []
        for name, count in self.counts.items():
            parts.append(name if name in self.settings else f"{count} row{'' if count == 1 else 's'} of {name}")
        return ", ".join(parts)


def changed_groups(old: Case, new: Case, most: int = MOST_GROUPS) -> list[ChangedGroup]:
    """Returns the groups of inputs that differ between two cases, at most `most`.

    Raises:
        CaseFaults: the cases start at different times or have periods of different length.
    """
    _require_same_time(old, new)
    found = [group for name in GROUPS if (group := _changed(name, old, new)).size]
    if len(found) <= most:
        return found
    ranked = sorted(found, key=lambda group: (-group.size, found.index(group)))
    kept, rest = ranked[: most - 1], ranked[most - 1 :]
    merged = _merged(OTHER, [group for group in found if group in rest])
    return [*(group for group in found if group in kept), merged]


def _changed(name: str, old: Case, new: Case) -> ChangedGroup:
    tables = {table: _rows_apart(getattr(old, table), getattr(new, table)) for table in GROUPS[name]}
    settings = [
        entry.name
        for entry in fields(Settings)
        if name in (RULES, UNCERTAINTY)
        and (entry.name in _OF_UNCERTAINTY) == (name == UNCERTAINTY)
        and entry.name not in _SAID
        and getattr(old.settings, entry.name) != getattr(new.settings, entry.name)
    ]
    counts = {table: count for table, count in tables.items() if count} | dict.fromkeys(settings, 1)
    return ChangedGroup(name, tuple(table for table, count in tables.items() if count), tuple(settings), counts)


def _merged(name: str, groups: Sequence[ChangedGroup]) -> ChangedGroup:
    counts = {part: count for group in groups for part, count in group.counts.items()}
    tables = tuple(table for group in groups for table in group.tables)
    return ChangedGroup(name, tables, tuple(part for group in groups for part in group.settings), counts)


def _rows_apart(old: Sequence[InputRow], new: Sequence[InputRow]) -> int:
    """How many rows one table has and the other has not, notes aside; a row that changes counts once."""
    before, after = Counter(map(_content, old)), Counter(map(_content, new))
    return max((before - after).total(), (after - before).total())


def _content(row: InputRow) -> tuple[object, ...]:
    return tuple(getattr(row, entry.name) for entry in fields(row) if entry.name not in _REMARKS)


def _require_same_time(old: Case, new: Case) -> None:
    for name in ("start", "period"):
        was, now = getattr(old.settings, name), getattr(new.settings, name)
        if was != now:
            remedy = "Compare cases that start together and have periods of the same length."
            raise CaseFaults([Fault("plan.toml", f"differs: it was {was}", remedy, column=name, value=str(now))])


@dataclass(frozen=True)
class MixedCase:
    """A case of tables from two, and the rows that were dropped from it, in words."""

    case: Case
    dropped: tuple[str, ...]


def mixed_case(old: Case, new: Case, tables: Collection[str], settings: Collection[str]) -> MixedCase:
    """Returns the old case with some tables and settings of the new one, without rows that name nothing in it."""
    changed: dict[str, Any] = {name: getattr(new.settings, name) for name in settings}
    is_carried = old.settings.carried_from or new.settings.carried_from
    stated = replace(old.settings, **changed, name=new.settings.name, carried_from=is_carried)
    taken: dict[str, Any] = {name: getattr(new, name) for name in tables}
    case = replace(old, settings=stated, solver=new.solver, **taken)
    dropped: list[str] = []
    while True:
        found = list(_dangling(case))
        if not found:
            return MixedCase(case, tuple(dropped))
        kept: dict[str, Any] = {}
        for table, place, text, row in found:
            rows = kept.setdefault(table, list(getattr(case, table)))
            rows[place] = row
            dropped += [] if row is not None else [text]
        left: dict[str, Any] = {table: tuple(row for row in rows if row is not None) for table, rows in kept.items()}
        case = replace(case, **left)


def _dangling(case: Case) -> Iterator[tuple[str, int, str, InputRow | None]]:
    """Yields rows that name what the case does not have: table, place, in words, and what is left of the row."""
    first = {table: key_columns(row_class)[0] for table, row_class in TABLES.items()}
    names = {table: {str(getattr(row, first[table])) for row in getattr(case, table)} for table in TABLES}
    names["gates"] = set().union(*(names[table] for table in _GATES))
    for table, other in _NEEDED.items():
        for place, row in enumerate(getattr(case, table)):
            if (name := str(getattr(row, first[table]))) not in names[other]:
                yield table, place, f"{table}: {name} has no row in {other}", None
    for table, row_class in TABLES.items():
        checked = {
            column: set().union(*(names[ref] for ref in facts.refs if ref in names))
            for column, facts in columns_of(row_class).items()
            if facts.refs
        }
        for place, row in enumerate(getattr(case, table)):
            for column, known in checked.items():
                value = getattr(row, column)
                given = value if isinstance(value, tuple) else (value,)
                lacking = [name for name in given if name not in (None, "", "*") and name not in known]
                if not lacking:
                    continue
                left = _without(row, column, value, lacking)
                yield table, place, f"{table}: {_key_of(table, row)} names {', '.join(map(str, lacking))}", left
                break


def _without(row: InputRow, column: str, value: object, lacking: Sequence[str]) -> InputRow | None:
    """A row of several names without those that are lacking; None where nothing is left of what it says."""
    if not isinstance(value, tuple) or column == "requires":
        return None
    left: Any = tuple(name for name in value if name not in lacking)
    return replace(row, **{column: left}) if left or column == "excludes" else None


def _key_of(table: str, row: InputRow) -> str:
    return " ".join(str(getattr(row, name)) for name in key_columns(TABLES[table]))


def tables_as_json(case: Case) -> dict[str, Any]:
    """Returns settings and tables of a case as JSON."""
    rows = {
        table: [[_plain(getattr(row, entry.name)) for entry in fields(row)] for row in getattr(case, table)]
        for table in TABLES
        if getattr(case, table)
    }
    return {"settings": {entry.name: getattr(case.settings, entry.name) for entry in fields(Settings)}, "tables": rows}


def case_from_json(stated: Mapping[str, Any], like: Case) -> Case:
    """Returns the case of `tables_as_json`, with the solver's settings of another one."""
    tables: dict[str, Any] = {
        table: tuple(_row(row_class, row) for row in stated["tables"].get(table, ()))
        for table, row_class in TABLES.items()
    }
    return Case(settings=Settings(**stated["settings"]), solver=like.solver, **tables)


def _row(row_class: type[InputRow], cells: Sequence[object]) -> InputRow:
    given: dict[str, Any] = {entry.name: _typed(cell) for entry, cell in zip(fields(row_class), cells, strict=True)}
    return row_class(**given)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _typed(value: object) -> Any:  # noqa: ANN401  the cell of any column
    return tuple(value) if isinstance(value, list) else value
