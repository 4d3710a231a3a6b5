"""What takes longer than planned, or fails, as is known from a period on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.case import Case
from models.data.series import series
from models.frame import Frame, Lag
from models.program import Floats


def lag_of(frame: Frame, items: Sequence[str], months: Sequence[float], respins: Respins | None = None) -> Lag:
    """Returns the lags of items from their planned months: those of `delays` are added, then rounded up.

    Planned months have the expected share of a respin in them; where the number of `respins` is known, it takes the
    place of that share.

    Raises:
        ModelError: the futures of a tree differ before they are revealed.
    """
    lag_periods, shape = frame.calendar.lag_periods, (len(items), frame.calendar.count)
    planned = np.array([lag_periods(length) for length in months], dtype=np.int64)
    if not any(row.item in items for case in frame.cases for row in case.delays):
        return Lag.as_planned(planned, len(frame.tree))

    def lags(case: Case) -> Floats:
        late = [_by_period(frame, case, item, "months") for item in items]
        if respins is not None:
            late = [more + longer for more, longer in zip(late, respins.months(case), strict=True)]
        found = [lag_periods(length + more) for length, row in zip(months, late, strict=True) for more in row]
        return np.array(found, dtype=float).reshape(shape)

    def failed(case: Case) -> Floats:
        found = np.array([_by_period(frame, case, item, "fails") for item in items]).reshape(shape)
        return np.asarray(np.maximum.accumulate(found, axis=1))

    return Lag(planned, frame.by_node(lags).astype(np.int64), frame.by_node(failed) > 0)


@dataclass(frozen=True, eq=False)
class Respins:
    """By route: the programme, and the number of respins, months and USD million of each that are planned for."""

    frame: Frame
    programmes: Sequence[str]
    planned: Floats
    months_each: Floats
    cost_each: Floats

    @property
    def are_known(self) -> bool:
        """True where the number of respins of a programme is known somewhere."""
        return any(row.respins is not None for case in self.frame.cases for row in case.delays)

    def known(self, case: Case) -> Floats:
        """Returns by (route, period) how many respins are known to come; NaN where that is not known."""
        calendar, rows = self.frame.calendar, case.delays
        points = [
            [(row.period, row.respins) for row in rows if row.item == name and row.respins is not None]
            for name in self.programmes
        ]
        return np.array([series(calendar, own) for own in points]).reshape(len(points), calendar.count)

    def unplanned(self, case: Case) -> Floats:
        """Returns by (route, period) how many more respins are known than are planned for; 0 where it is not known."""
        return np.nan_to_num(self.known(case) - self.planned[:, None])

    def months(self, case: Case) -> Floats:
        """Returns by (route, period) the months by which readiness is later than planned, or earlier, below 0."""
        return self.unplanned(case) * self.months_each[:, None]

    def unplanned_musd(self) -> Floats:
        """Returns by (route, node) USD million of the respins that are known beyond those planned for."""
        return self.frame.by_node(self.unplanned) * self.cost_each[:, None]

    def known_musd(self, route: int, unknown: float) -> Floats:
        """Returns by node USD million of all known respins of a route, and of `unknown` respins before that."""
        found = self.frame.by_node(lambda case: self.known(case)[[route]])[0]
        return np.asarray(np.where(np.isnan(found), unknown, found) * self.cost_each[route])


def _by_period(frame: Frame, case: Case, item: str, column: str) -> Floats:
    points = [(row.period, float(getattr(row, column))) for row in case.delays if row.item == item]
    return np.nan_to_num(series(frame.calendar, points))
