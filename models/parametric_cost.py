"""How the least cost of a linear program falls as one bound is raised; knows nothing of any solver.

The saving is a concave function of how much more there is, made of straight pieces, and no larger than the first price
times the amount. Where the first piece ends is found by crossing its line with the tangent at a point that lies beyond
it: the crossing is the end, or lies on a piece nearer to the first.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.outcome import Worth

MOST_STEPS = 12
"""Points that are tried before the end of the first piece counts as unknown; cases take one to four."""
_EQUAL = 1e-7
"""Relative difference up to which two prices, or two savings, are the same."""
_CLEAR = 1e3
"""A saving says where it lies only where it is this many times the noise of the costs that it is a difference of."""
_NEAR = 1e-9
_SHORT = 1e-6
"""The end of a piece is looked at from just before it, relative to it: there the price is still the piece's own."""
_UNKNOWN_END = "how far the price holds was not found in a few steps"
_FAILED = "the linear program could not be solved again"


@dataclass(frozen=True)
class TracePoint:
    """What so much more saves, and the price of the next small amount from there on."""

    amount: float
    saving: float
    price: float


Asking: TypeAlias = Generator[float, TracePoint | None, Worth]
"""Yields how much more to solve again with, is sent what was found (None: nothing), and returns the worth."""


class _FirstPiece:
    """The line of the first price: up to where it is known to hold, and the nearest point that is not on it."""

    def __init__(self, price: float, noise: float) -> None:
        self.price, self._noise = price, noise
        self.holds_to = 0.0
        self.beyond: TracePoint | None = None

    def add(self, point: TracePoint) -> bool:
        """Takes a point; True where it lies on the line."""
        if self._is_on(point):
            self.holds_to = max(self.holds_to, point.amount)
            return True
        if self.beyond is None or point.amount < self.beyond.amount:
            self.beyond = point
        return False

    def crossing(self, beyond: TracePoint) -> float:
        """Returns just before where the tangent at a point beyond crosses the line."""
        found = (beyond.saving - beyond.price * beyond.amount) / (self.price - beyond.price)
        return min(max(found, 0.0), beyond.amount) * (1.0 - _SHORT)

    def _is_on(self, point: TracePoint) -> bool:
        # A price that is the same at both ends is the same between them.
        if point.price >= self.price * (1.0 - _EQUAL):
            return True
        whole = self.price * point.amount
        return whole > _CLEAR * self._noise and point.saving >= whole * (1.0 - _EQUAL) - self._noise


def traced(price: float, amounts: Sequence[float], farthest: float, noise: float) -> Asking:
    """Finds the price of the next small amount, what each of `amounts` is worth, and how far the price holds.

    `price` is a dual: an upper bound on the price of the next small amount. Beyond `farthest` nobody looks whether the
    price still holds. `noise` is the precision of savings.
    """
    if price <= 0.0:
        return Worth(0.0, tuple(0.0 for _ in amounts), None)
    known: dict[float, TracePoint] = {}
    piece = _FirstPiece(price, noise)
    for amount in sorted({amount for amount in amounts if amount > 0.0}, reverse=True):
        point = yield amount
        if point is None:
            return Worth(price, None, None, _FAILED)
        known[amount] = point
        if piece.add(point):
            break
    reason = _UNKNOWN_END
    for _ in range(MOST_STEPS):
        wanted = _next(piece, farthest)
        if wanted is None:
            reason = ""
            break
        if wanted <= _NEAR * farthest:
            # The plan stands on a corner: its dual is that of less, and the tangent begins where there is no more.
            assert piece.beyond is not None
            piece = _restarted(piece.beyond, known, noise)
            if piece.price <= 0.0:
                return Worth(0.0, tuple(0.0 for _ in amounts), None)
            continue
        point = known[wanted] if wanted in known else (yield wanted)
        if point is None:
            reason = _FAILED
            break
        known[wanted] = point
        piece.add(point)
    worths = tuple(_worth(piece, known, amount) for amount in amounts)
    return Worth(piece.price, worths, None if reason else piece.holds_to, reason)


def _next(piece: _FirstPiece, farthest: float) -> float | None:
    """The amount to look at next; None where the end is known."""
    if piece.beyond is None:
        return None if piece.holds_to >= farthest else farthest
    found = piece.crossing(piece.beyond)
    return None if piece.holds_to > 0.0 and found <= piece.holds_to * (1.0 + _NEAR) else found


def _restarted(first: TracePoint, known: dict[float, TracePoint], noise: float) -> _FirstPiece:
    piece = _FirstPiece(max(0.0, first.price), noise)
    piece.holds_to = first.amount
    for point in known.values():
        if point.amount > first.amount:
            piece.add(point)
    return piece


def _worth(piece: _FirstPiece, known: dict[float, TracePoint], amount: float) -> float:
    most = piece.price * amount
    if amount <= piece.holds_to * (1.0 + _NEAR) or amount not in known:
        return most
    return min(max(0.0, known[amount].saving), most)
