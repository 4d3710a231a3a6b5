"""Own chips, acquisitions and agreements as numbers: lags, windows, gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.case import Case
from models.data.delays import Respins, lag_of
from models.frame import Frame, Lag, effects_at_start
from models.program import Ints
from models.tables.strategy_rows import Route


@dataclass(frozen=True, eq=False)
class Strategy:
    """Lags in periods, and when each gate can be open at all."""

    design: Ints
    """By route: periods from start to tape-out."""
    ready_lag: Lag
    """By route: from start to ready."""
    programme_of: Ints
    """By route: its programme."""
    close_lag: Lag
    """By acquisition: from signing to closing."""
    own_lag: Lag
    """By acquisition: from signing to owned."""
    respins: Respins
    """By route: respins that are planned for, and those that are known."""
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

    @property
    def ready(self) -> Ints:
        """By route: planned periods from start to ready."""
        return self.ready_lag.planned

    @property
    def close(self) -> Ints:
        """By acquisition: planned periods from signing to closing."""
        return self.close_lag.planned

    @property
    def own(self) -> Ints:
        """By acquisition: planned periods from signing to owned."""
        return self.own_lag.planned


def planned_respins(route: Route, setting: str) -> float:
    """How many respins are planned for: the expected share, none (optimistic) or a whole one (pessimistic)."""
    return {"expected": route.respin_probability, "optimistic": 0.0, "pessimistic": 1.0}[setting]


def risk_months(route: Route, setting: str) -> float:
    """Months that respins are planned to cost."""
    return planned_respins(route, setting) * route.respin_months


def risk_cost(route: Route, setting: str) -> float:
    """USD million that respins are planned to cost, by the same setting."""
    return planned_respins(route, setting) * route.respin_cost_musd


def required(names: tuple[str, ...], frame: Frame) -> Ints:
    """Returns the positions on the gate axis of the names in a `requires` cell."""
    return np.array([frame.gate.position(name) for name in names], dtype=np.int64)


def strategy_of(frame: Frame) -> Strategy:
    """Returns lags and the earliest openings of gates."""
    case, calendar = frame.case, frame.calendar
    setting, routes, companies = case.settings.tape_out_risk, case.routes, case.acquisitions
    design = [calendar.lag_periods(row.design_months) for row in routes]
    ready = [row.design_months + row.tape_out_to_volume_months + risk_months(row, setting) for row in routes]
    names = [row.acquisition for row in companies]
    respins = Respins(
        frame,
        [row.programme for row in routes],
        np.array([planned_respins(row, setting) for row in routes], dtype=float),
        np.array([row.respin_months for row in routes], dtype=float),
        np.array([row.respin_cost_musd for row in routes], dtype=float),
    )
    ready_lag = lag_of(frame, [row.programme for row in routes], ready, respins)
    close_lag = lag_of(frame, names, [row.months_to_close for row in companies])
    may_start = _windows(frame, [(row.first_start, row.last_start) for row in routes])
    may_close = _windows(frame, [(row.first_signing, row.last_signing) for row in companies])
    found = Strategy(
        design=np.array(design, dtype=np.int64),
        ready_lag=ready_lag,
        programme_of=np.array([frame.programme.position(row.programme) for row in routes], dtype=np.int64),
        close_lag=close_lag,
        own_lag=lag_of(frame, names, [row.months_to_close + row.months_to_integrate for row in companies]),
        respins=respins,
        live=np.array([calendar.lag_periods(row.lag_months) for row in case.agreements], dtype=np.int64),
        term=np.array([calendar.term_periods(row.term_months) for row in case.agreements], dtype=np.int64),
        may_start=may_start & _may_begin(frame, [row.programme for row in routes], ready_lag),
        may_close=may_close & _may_begin(frame, names, close_lag),
        may_sign=_windows(frame, [(row.first_signing, row.last_signing) for row in case.agreements]),
        possible=np.zeros((len(frame.gate), len(frame.tree)), dtype=bool),
        ever=np.zeros((len(frame.gate), len(frame.tree)), dtype=bool),
    )
    _open_gates(frame, found)
    return found


def _windows(frame: Frame, windows: list[tuple[str | None, str | None]]) -> np.ndarray:
    found = [frame.window(first, last) for first, last in windows]
    return np.array(found, dtype=bool).reshape(len(windows), len(frame.tree))


def _may_begin(frame: Frame, items: list[str], lag: Lag) -> np.ndarray:
    """(item, node): False where it is known to have failed; what is committed to may still be begun.

    A deal that is known to fail would be a loan: its price now, the refund later.
    """
    committed = {row.item for row in frame.case.commitments if row.status != "barred"}
    is_free = np.array([[item in committed] for item in items], dtype=bool).reshape(len(items), 1)
    return np.asarray(is_free | ~lag.failed)


@dataclass(frozen=True, eq=False)
class _GateOption:
    """One way to open a gate: an item of a table, and how long each event of it has had its effect."""

    gate: int
    row: int
    may: np.ndarray
    """(item, node): where the item of number `row` may be taken."""
    since: Ints
    """By pair of nodes; −1 before."""
    past: tuple[Ints, ...]
    """By node, for what was done before the plan."""
    term: int


def _open_gates(frame: Frame, strategy: Strategy) -> None:
    """Fills `possible` and `ever` and narrows the windows, from the earliest gates on until nothing changes."""
    case, pairs = frame.case, frame.tree.pairs
    windows = strategy.may_start.copy(), strategy.may_close.copy(), strategy.may_sign.copy()
    rows = [
        [row.requires for row in case.routes],
        [row.requires for row in case.acquisitions],
        [row.requires for row in case.agreements],
    ]
    ways = list(_ways(frame, strategy))
    for _ in range(len(frame.gate) + 1):
        narrowed = (strategy.may_start, strategy.may_close, strategy.may_sign)
        for table, window, target in zip(rows, windows, narrowed, strict=True):
            for i, names in enumerate(table):
                target[i] = window[i] & strategy.possible[required(names, frame)].all(axis=0)
        for way in ways:
            begun = (way.since >= 0) & way.may[way.row, pairs.first]
            strategy.ever[way.gate, pairs.last[begun]] = True
            strategy.possible[way.gate, pairs.last[begun & (way.since < way.term)]] = True
            for since in way.past:
                strategy.ever[way.gate] |= since >= 0
                strategy.possible[way.gate] |= (since >= 0) & (since < way.term)


def _ways(frame: Frame, strategy: Strategy) -> Iterator[_GateOption]:
    case, tree, forever = frame.case, frame.tree, 2 * frame.farthest
    live = Lag.as_planned(strategy.live, len(tree))
    terms = {"sign": strategy.term.tolist()}
    tables = (
        ("start", [(row.programme, row.route) for row in case.routes], strategy.ready_lag, strategy.may_start),
        ("close", [(row.acquisition, "") for row in case.acquisitions], strategy.own_lag, strategy.may_close),
        ("sign", [(row.agreement, "") for row in case.agreements], live, strategy.may_sign),
    )
    for kind, items, lag, may in tables:
        since = lag.since(tree)
        for i, (item, route) in enumerate(items):
            early = [
                frame.calendar.period_at(row.period)
                for row in case.commitments
                if (row.kind, row.item, row.status) == (kind, item, "done") and row.period and row.route in {"", route}
            ]
            known = effects_at_start(frame, kind)
            past = tuple(lag.since_past(tree, i, period, known.get((item, period))) for period in early if period < 0)
            term = terms[kind][i] if kind in terms else forever
            yield _GateOption(frame.gate.position(item), i, may, since[i], past, term)


def opened_with(case: Case, gate: str) -> list[str]:
    """Returns the offers that require a gate."""
    return [row.offer for row in case.offers if gate in row.requires]
