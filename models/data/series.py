"""Series and spans: values by period from rows with labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from models.algebra import Axis, Relation
from models.calendar import Calendar, parse_label, parse_span
from models.frame import Frame
from models.outcome import ModelError
from models.program import Floats, Ints


def series(calendar: Calendar, points: Iterable[tuple[str, float]], *, interpolation: str = "step") -> Floats:
    """Returns the value of each period, at its start: that of the last label, or between labels.

    NaN before the first label. `linear` and `geometric` interpolate by time between the starts of labels.
    """
    known = sorted((parse_label(label)[0], value) for label, value in points)
    if not known:
        return np.full(calendar.count, np.nan)
    months = np.array([month for month, _ in known], dtype=float)
    values = np.array([value for _, value in known], dtype=float)
    starts = calendar.start_month + calendar.months * np.arange(calendar.count, dtype=float)
    if interpolation == "linear":
        found = np.interp(starts, months, values)
    elif interpolation == "geometric":
        found = np.exp(np.interp(starts, months, np.log(np.maximum(values, 1e-300))))
    else:
        found = values[np.maximum(np.searchsorted(months, starts, side="right") - 1, 0)]
    return np.where(starts < months[0], np.nan, found)


@dataclass(frozen=True)
class SpanRow:
    """One row of a limit or budget: periods `first` to `last` (inclusive), amount (inf: no limit)."""

    item: str
    label: str
    first: int
    last: int
    amount: float
    carry_over: bool = False


def span_rows(calendar: Calendar, rows: Sequence[tuple[str, str, float | None, bool]]) -> list[SpanRow]:
    """Returns the rows (item, span, amount, carry over) in periods; rows inside one period are added up.

    Raises:
        ModelError: a span cuts a period.
    """
    found = []
    for item, span, amount, carry in rows:
        first, end = parse_span(span)
        low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
        whole = (first - calendar.start_month) % calendar.months == 0 == (end - calendar.start_month) % calendar.months
        if low != high and not whole:
            msg = f"the span '{span}' of '{item}' cuts a period"
            raise ModelError(msg)
        found.append(SpanRow(item, span, low, high, np.inf if amount is None else amount, carry))
    merged = []
    items = list(dict.fromkeys(row.item for row in found))
    for item in items:
        own = sorted((row for row in found if row.item == item), key=lambda row: (row.first, row.last))
        for (first, last), group in groupby(own, key=lambda row: (row.first, row.last)):
            parts = list(group)
            label = parts[0].label if len(parts) == 1 else calendar.label_of(first)
            merged.append(SpanRow(item, label, first, last, sum(row.amount for row in parts), parts[-1].carry_over))
    return [row for row in merged if row.first < calendar.count and row.last >= 0]


@dataclass(frozen=True)
class SpanEnds:
    """Where the rows of spans bind: at the last node of the span on each path.

    Row i is row `row[i]` of the list, bound at node `end[i]`; `cells` are (row i, node) of all nodes it counts.
    """

    row: Ints
    end: Ints
    member_row: Ints
    member_node: Ints

    def labels(self, frame: Frame, rows: Sequence[SpanRow]) -> tuple[str, ...]:
        """Returns a label for each bound row: the span, and the node where there are several."""
        if frame.tree.is_line:
            return tuple(rows[i].label for i in self.row)
        return tuple(f"{rows[i].label}@{frame.node.labels[n]}" for i, n in zip(self.row, self.end, strict=True))


def span_ends(frame: Frame, rows: Sequence[SpanRow], *, since: Sequence[int] | None = None) -> SpanEnds:
    """Returns where rows bind; `since` widens a row to earlier periods (for carried amounts)."""
    tree, pairs = frame.tree, frame.tree.pairs
    row: list[int] = []
    end: list[int] = []
    member_row: list[Ints] = []
    member_node: list[Ints] = []
    by_last = [np.flatnonzero(pairs.last == node) for node in range(len(tree))] if not tree.is_line else None
    for i, span in enumerate(rows):
        first = span.first if since is None else since[i]
        for node in np.flatnonzero(tree.period == min(span.last, frame.steps - 1)):
            above = np.arange(node + 1) if by_last is None else pairs.first[by_last[node]]
            inside = above[tree.period[above] >= first]
            member_row.append(np.full(len(inside), len(row)))
            member_node.append(inside)
            row.append(i)
            end.append(int(node))
    empty = np.empty(0, np.int64)
    return SpanEnds(
        np.array(row, dtype=np.int64),
        np.array(end, dtype=np.int64),
        np.concatenate(member_row) if member_row else empty,
        np.concatenate(member_node) if member_node else empty,
    )


def at_ends(frame: Frame, ends: SpanEnds, by_future: Floats, what: str) -> Floats:
    """Returns for each bound row its amount in the future that passes through its end, from (future, row).

    Raises:
        ModelError: two futures that are not distinguished yet where a row ends have different amounts of it.
    """
    found = by_future[frame.tree.future[ends.end], ends.row]
    for path in frame.tree.paths() if len(frame.cases) > 1 else ():
        future, on_path = int(frame.tree.future[path[-1]]), np.isin(ends.end, path)
        same = np.isclose(by_future[future, ends.row], found, rtol=1e-12, atol=0.0) | ~on_path
        if not same.all():
            period = frame.calendar.labels[int(frame.tree.period[ends.end[int(np.argmin(same))]])]
            msg = f"future {future + 1} has other {what} in {period} already, before it is revealed"
            raise ModelError(msg)
    return found


@dataclass(frozen=True, eq=False)
class Years:
    """Calendar years where they end: one row for each year on each path."""

    rows: tuple[SpanRow, ...]
    ends: SpanEnds
    axis: Axis
    from_nodes: Relation
    """Sums nodes into the rows of their year."""
    covered: Floats
    """By row: the part of the year that the horizon covers, in years."""

    def before(self, frame: Frame) -> Ints:
        """Returns, by row, the row of the year before on the same path; −1 where there is none."""
        number = {
            (int(row), int(node)): i for i, (row, node) in enumerate(zip(self.ends.row, self.ends.end, strict=True))
        }
        found = []
        for row, end in zip(self.ends.row, self.ends.end, strict=True):
            node = int(end)
            while row and frame.tree.period[node] > self.rows[row - 1].last:
                node = int(frame.tree.parent[node])
            found.append(number[int(row) - 1, node] if row else -1)
        return np.array(found, dtype=np.int64)


def calendar_years(frame: Frame) -> Years:
    """Returns the calendar years of the horizon, bound at their last node on each path."""
    year_of = [frame.calendar.year_of(period) for period in range(frame.steps)]
    years = sorted(set(year_of))
    spans = [[period for period in range(frame.steps) if year_of[period] == year] for year in years]
    rows = tuple(SpanRow("", str(year), span[0], span[-1], 0.0) for year, span in zip(years, spans, strict=True))
    ends = span_ends(frame, rows)
    axis = Axis("year", ends.labels(frame, rows))
    summed = Relation.of((frame.node,), (axis,), (ends.member_node, ends.member_row))
    covered = np.array([len(span) for span in spans]) * frame.delta
    return Years(rows, ends, axis, summed, covered[ends.row])
