"""What takes longer than planned, or fails, as is known from a period on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.case import Case
from models.data.series import series
from models.frame import Frame, Lag
from models.program import Floats


def lag_of(frame: Frame, items: Sequence[str], months: Sequence[float]) -> Lag:
    """Returns the lags of items from their planned months: those of `delays` are added, then rounded up.

    Raises:
        ModelError: the futures of a tree differ before they are revealed.
    """
    lag_periods, shape = frame.calendar.lag_periods, (len(items), frame.calendar.count)
    planned = np.array([lag_periods(length) for length in months], dtype=np.int64)
    if not any(row.item in items for case in frame.cases for row in case.delays):
        return Lag.as_planned(planned, len(frame.tree))

    def lags(case: Case) -> Floats:
        late = [_by_period(frame, case, item, "months") for item in items]
        found = [lag_periods(length + more) for length, row in zip(months, late, strict=True) for more in row]
        return np.array(found, dtype=float).reshape(shape)

    def failed(case: Case) -> Floats:
        found = np.array([_by_period(frame, case, item, "fails") for item in items]).reshape(shape)
        return np.asarray(np.maximum.accumulate(found, axis=1))

    return Lag(planned, frame.by_node(lags).astype(np.int64), frame.by_node(failed) > 0)


def _by_period(frame: Frame, case: Case, item: str, column: str) -> Floats:
    points = [(row.period, float(getattr(row, column))) for row in case.delays if row.item == item]
    return np.nan_to_num(series(frame.calendar, points))
