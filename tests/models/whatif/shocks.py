"""Small cases with disruptions for the tests of this folder."""

from __future__ import annotations

from models.tables.strategy_rows import Disruption
from models.whatif import Shock, disrupted
from tests.models.tiny import add


def hit(target, field, value, start, months, *, recovery=0.0, name="shock", effect="multiply"):
    """One row of `disruptions`."""
    return Disruption(
        disruption=name,
        target=target,
        field=field,
        effect=effect,
        value=value,
        start=start,
        months=months,
        recovery_months=recovery,
    )


def with_hits(case, *rows):
    return add(case, disruptions=rows)


def shocked(case, *rows, shocks=None):
    """The case under all disruptions of these rows."""
    names = dict.fromkeys(row.disruption for row in rows)
    return disrupted(with_hits(case, *rows), [Shock(name) for name in names] if shocks is None else shocks)


def table(case, name, *columns):
    """Columns of the rows of a table, as tuples."""
    return [tuple(getattr(row, column) for column in columns) for row in getattr(case, name)]
