"""Own chips, acquisitions and agreements as numbers: lags, windows, gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.case import Case
from models.frame import Frame
from models.moves import Route
from models.program import Ints


@dataclass(frozen=True, eq=False)
class Strategy:
    """Lags in periods, and when each gate can be open at all."""

    design: Ints
    """By route: periods from start to tape-out."""
    ready: Ints
    """By route: periods from start to ready."""
    programme_of: Ints
    """By route: its programme."""
    close: Ints
    """By acquisition: periods from signing to closing."""
    own: Ints
    """By acquisition: periods from signing to owned."""
    live: Ints
    """By agreement: periods from signing to live."""
    term: Ints
    """By agreement: periods of its term."""
    may_start: np.ndarray
    """(route, node): in its window, and each gate it requires can be open."""
    may_close: np.ndarray
    may_sign: np.ndarray
    possible: np.ndarray
    """(gate, node): the gate can be open."""
    ever: np.ndarray
    """(gate, node): the gate can be open, or have been before."""


def risk_months(route: Route, setting: str) -> float:
    """Months that respins are planned to cost: expected, none (optimistic) or one in full (pessimistic)."""
    share = {"expected": route.respin_probability, "optimistic": 0.0, "pessimistic": 1.0}[setting]
    return share * route.respin_months


def risk_cost(route: Route, setting: str) -> float:
    """USD million that respins are planned to cost, by the same setting."""
    share = {"expected": route.respin_probability, "optimistic": 0.0, "pessimistic": 1.0}[setting]
    return share * route.respin_cost_musd


def required(names: tuple[str, ...], frame: Frame) -> Ints:
    """Returns the positions on the gate axis of the names in a `requires` cell."""
    return np.array([frame.gate.position(name) for name in names], dtype=np.int64)


def strategy_of(frame: Frame) -> Strategy:
    """Returns lags and the earliest openings of gates."""
    case, calendar = frame.case, frame.calendar
    setting = case.settings.tape_out_risk
    lags = np.array([calendar.lag_periods(row.design_months) for row in case.routes], dtype=np.int64)
    ready = [
        calendar.lag_periods(row.design_months + row.tape_out_to_volume_months + risk_months(row, setting))
        for row in case.routes
    ]
    own = [calendar.lag_periods(row.months_to_close + row.months_to_integrate) for row in case.acquisitions]
    found = Strategy(
        design=lags,
        ready=np.array(ready, dtype=np.int64),
        programme_of=np.array([frame.programme.position(row.programme) for row in case.routes], dtype=np.int64),
        close=np.array([calendar.lag_periods(row.months_to_close) for row in case.acquisitions], dtype=np.int64),
        own=np.array(own, dtype=np.int64),
        live=np.array([calendar.lag_periods(row.lag_months) for row in case.agreements], dtype=np.int64),
        term=np.array([calendar.term_periods(row.term_months) for row in case.agreements], dtype=np.int64),
        may_start=_windows(frame, [(row.first_start, row.last_start) for row in case.routes]),
        may_close=_windows(frame, [(row.first_signing, row.last_signing) for row in case.acquisitions]),
        may_sign=_windows(frame, [(row.first_signing, row.last_signing) for row in case.agreements]),
        possible=np.zeros((len(frame.gate), len(frame.tree)), dtype=bool),
        ever=np.zeros((len(frame.gate), len(frame.tree)), dtype=bool),
    )
    _open_gates(frame, found, _done_before(frame))
    return found


def _windows(frame: Frame, windows: list[tuple[str | None, str | None]]) -> np.ndarray:
    found = [frame.window(first, last) for first, last in windows]
    return np.array(found, dtype=bool).reshape(len(windows), len(frame.tree))


def _done_before(frame: Frame) -> list[tuple[str, str, str, int]]:
    """(kind, item, route, period) of strategic commitments done before the start."""
    calendar = frame.calendar
    return [
        (row.kind, row.item, row.route, calendar.period_at(row.period))
        for row in frame.case.commitments
        if row.status == "done"
        and row.period
        and row.kind in {"start", "close", "sign"}
        and calendar.period_at(row.period) < 0
    ]


def _open_gates(frame: Frame, strategy: Strategy, past: list[tuple[str, str, str, int]]) -> None:
    """Fills `possible` and `ever` and narrows the windows, from the earliest gates on until nothing changes."""
    case, period = frame.case, frame.tree.period
    windows = strategy.may_start.copy(), strategy.may_close.copy(), strategy.may_sign.copy()
    for _ in range(len(frame.gate) + 1):
        rows = [
            [row.requires for row in case.routes],
            [row.requires for row in case.acquisitions],
            [row.requires for row in case.agreements],
        ]
        narrowed = (strategy.may_start, strategy.may_close, strategy.may_sign)
        for table, window, target in zip(rows, windows, narrowed, strict=True):
            for i, names in enumerate(table):
                target[i] = window[i] & strategy.possible[required(names, frame)].all(axis=0)
        gates = _gate_events(frame, strategy, past)
        for gate, (starts, lag, term) in gates:
            for start in starts:
                strategy.possible[gate] |= (period >= start + lag) & (period < start + lag + term)
                strategy.ever[gate] |= period >= start + lag


def _gate_events(
    frame: Frame, strategy: Strategy, past: list[tuple[str, str, str, int]]
) -> list[tuple[int, tuple[list[int], int, int]]]:
    """For each way to open a gate: the gate, the periods in which it may be taken, lag and term."""
    case, period, forever = frame.case, frame.tree.period, frame.farthest * 2
    found = []
    for i, route in enumerate(case.routes):
        early = [
            t for kind, item, way, t in past if (kind, item) == ("start", route.programme) and way in {"", route.route}
        ]
        starts = sorted({*period[strategy.may_start[i]].tolist(), *early})
        found.append((frame.gate.position(route.programme), (starts, int(strategy.ready[i]), forever)))
    for i, company in enumerate(case.acquisitions):
        early = [t for kind, item, _, t in past if (kind, item) == ("close", company.acquisition)]
        starts = sorted({*period[strategy.may_close[i]].tolist(), *early})
        found.append((frame.gate.position(company.acquisition), (starts, int(strategy.own[i]), forever)))
    for i, contract in enumerate(case.agreements):
        early = [t for kind, item, _, t in past if (kind, item) == ("sign", contract.agreement)]
        starts = sorted({*period[strategy.may_sign[i]].tolist(), *early})
        found.append((frame.gate.position(contract.agreement), (starts, int(strategy.live[i]), int(strategy.term[i]))))
    return found


def opened_with(case: Case, gate: str) -> list[str]:
    """Returns the offers that require a gate."""
    return [row.offer for row in case.offers if gate in row.requires]
