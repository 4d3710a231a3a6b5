"""Every cell of every result table is checked: a change of one is refused, and the finding names table and column.

The columns are those of the tables themselves, so that a new one fails here until something checks it.
"""

import itertools
import math

import pytest

from models.checks.binding_checks import AS_STATED
from models.checks.requirements import COLUMNS
from models.checks.tables import BRANCHES
from models.verify import verify
from tests.models.checks.plans import bases

OTHER = {"yes": "no", "no": "yes"}


def is_blank(cell):
    return cell is None or cell == ""


def edits(cell):
    """One cell changed in several ways: one unit more, one per cent more, another text, blank."""
    if is_blank(cell):
        return {"given": 1.0, "another text": "other"}
    if isinstance(cell, str):
        return {"another text": OTHER.get(cell, cell + "x"), "a number": 1.0, "blank": ""}
    # A change below the tolerance is none.
    more = cell + math.copysign(max(0.01 * abs(cell), 1e-5), cell) if cell else 0.01
    return {"one more": cell + 1, "one per cent more": more, "another text": "other", "blank": None}


def places(rows, column):
    """The first and last row, and the first ones with a number other than 0, with text, and blank."""
    found = {0, len(rows) - 1}
    kinds = (is_blank, lambda cell: isinstance(cell, int | float) and cell, lambda cell: isinstance(cell, str) and cell)
    for kind in kinds:
        found |= set(itertools.islice((k for k, row in enumerate(rows) if kind(row[column])), 1))
    return sorted(found)


def is_key(table, column):
    return COLUMNS[table][column].startswith("*")


def names(finding, table, column):
    """True where a finding names the cell; of what identifies a row, the table will do, for the place names the row."""
    if finding.requirement == "tables":
        return finding.where[:1] == (table,) and (column in finding.where or is_key(table, column))
    tables = {name.partition(".")[0] for name in finding.columns}
    return f"{table}.{column}" in finding.columns or (is_key(table, column) and table in tables)


def refusals(base, table, column):
    """Yields each edit of a column with the findings about it."""
    rows = base.tables[table]
    for k in places(rows, column):
        for how, value in edits(rows[k][column]).items():
            changed = [*rows[:k], {**rows[k], column: value}, *rows[k + 1 :]]
            found = verify(base.case, {**base.tables, table: changed}, base.objective, is_priced=True).findings
            yield (base.name, k, how, rows[k][column]), found


def columns():
    """Every column of every table, with the first plan that has rows of it."""
    for table in COLUMNS:
        base = next(base for base in bases() if base.tables[table])
        for column in base.tables[table][0]:
            yield pytest.param(base, table, column, id=f"{table}.{column}")


@pytest.mark.parametrize(("base", "table", "column"), list(columns()))
def test_a_changed_cell_is_refused_by_table_and_column(base, table, column):
    missed = {}
    for edit, found in refusals(base, table, column):
        if not any(names(finding, table, column) for finding in found):
            missed[edit] = [str(finding) for finding in found]
    if table == "binding" and column in AS_STATED:
        # These can contradict the rest, and then their row is named; they need not.
        assert all("binding" in text for found in missed.values() for text in found)
        return
    assert not missed


@pytest.mark.slow
@pytest.mark.parametrize("base", bases()[-1:], ids=lambda base: base.name)
def test_a_changed_cell_is_refused_in_the_last_plan(base):
    """The test above takes the first plan that has rows of a table; this one, of contracts, has many of all."""
    missed = [
        (table, column, edit)
        for table, rows in base.tables.items()
        for column in (rows[0] if rows else ())
        if not (table == "binding" and column in AS_STATED)
        for edit, found in refusals(base, table, column)
        if not any(names(finding, table, column) for finding in found)
    ]
    assert not missed


def test_every_column_that_is_made_is_one_that_is_read():
    for base in bases():
        assert set(base.tables) == set(COLUMNS)
        for table, rows in base.tables.items():
            assert all(set(row) == set(COLUMNS[table]) for row in rows), table


@pytest.mark.parametrize("table", COLUMNS)
def test_a_column_or_table_that_nothing_checks_is_refused(table):
    base = next(base for base in bases() if base.tables[table])
    more = [{**row, "mood": 1.0} for row in base.tables[table]]
    (found,) = verify(base.case, {**base.tables, table: more}, base.objective).findings
    assert found.where == (table, "mood")
    (found,) = verify(base.case, {**base.tables, "moods": []}, base.objective).findings
    assert found.where == ("moods",)


def test_what_is_left_as_stated_is_little_and_has_a_reason():
    assert set(AS_STATED) < set(COLUMNS["binding"])
    assert len(AS_STATED) <= 4
    assert all(reason for reason in AS_STATED.values())
    assert not BRANCHES & set().union(*COLUMNS.values())
