"""The search of a program with so many columns that each of its linear programs would take a minute.

1. Linear programs are solved with most stocks tied and proven of the whole program (`large_price`); each takes seconds.
2. A leaf of the strategy: what is nearest to whole is made whole, until start, closing and signing all are. A plan is
   rounded there in bulk (`large_round`).
3. Where the gap is open, the part with the least bound is split on the strategy; a part whose strategy is whole gets a
   plan of its own.
4. Windows of the plan, until the gap is closed or none of them finds anything.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.outcome import Stop
from models.program import Floats, Ints, Program
from models.solvers.search.form import Form, form_of
from models.solvers.search.guide import Rank
from models.solvers.search.large_core import LargeGuide
from models.solvers.search.large_price import Priced
from models.solvers.search.large_round import Rounder
from models.solvers.search.links import Mark
from models.solvers.search.plans import Windows
from models.solvers.search.relaxation import WarmRelaxation
from models.solvers.search.state import WHOLE, Listener, Point, State

TIES = 0.03
"""Ties may cost this share of the gap."""
PARTS_PER_PLAN = 8
"""After so many parts the strategy of the best one is made whole, and planned for where that is worth it."""
MOST_PARTS = 200
"""Parts that are answered before windows take over."""


@dataclass(order=True)
class Part:
    """A part of the search: column bounds, and the answer and basis there; parts go by their bounds, then by age."""

    bound: float
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    point: Point = field(compare=False)
    mark: Mark | None = field(compare=False)


class LargeSearch:
    """One search; what it finds and proves is that of the whole program. `warm` makes the relaxations of its cores."""

    def __init__(
        self,
        program: Program,
        guide: LargeGuide,
        listener: Listener,
        warm: Callable[[Program], WarmRelaxation],
        gap: float,
    ) -> None:
        self._guide, self._form = guide, form_of(program, guide)
        added = self._form.program.column_count - program.column_count
        self._relaxation = Priced(
            self._form.program,
            self._form.proofs,
            guide.chains,
            np.append(guide.may_end, np.ones(added, dtype=bool)),
            warm,
            TIES * gap,
            listener.should_end,
        )
        self.state = State(self._form, self._relaxation, self._relaxation.ray, listener, gap)
        series = np.append(guide.series, np.arange(program.column_count, self._form.program.column_count))
        self._rounder = Rounder(self.state, series)
        self._strategy = Strategy(self._form, guide.once)
        self._open: list[Part] = []
        self._left = np.inf
        self._parts = 0
        self._planned: set[bytes] = set()

    @property
    def bound(self) -> float:
        """What is proven of every plan."""
        return self.state.bound

    @property
    def plan(self) -> Floats | None:
        """The best plan, by column of the program."""
        return self.state.plan

    @property
    def stop(self) -> Stop | None:
        """What ended the search from outside; None where it ended by itself."""
        return self.state.stop

    @property
    def is_closed(self) -> bool:
        """True when the plan lies within the gap of the bound."""
        return self.state.bound >= self.state.worth

    def run(self, hint: Floats | None, most_programs: int) -> None:
        """Searches until the gap is closed, nothing more is found, or someone ends it."""
        state, form = self.state, self._form
        state.most_programs = most_programs
        if state.is_done:
            return
        self._add(form.lower, form.upper, -np.inf)
        self._prove()
        if not self._open or state.is_done:
            return
        root = self._open[0]
        if hint is not None:
            self._take_hint(hint, root)
        if state.plan is None and not state.is_done:
            self._plan_at_leaf(root)
        self._prove()
        planned = self._parts
        while self._open and self._parts < MOST_PARTS and not state.is_done:
            if self._parts >= planned + PARTS_PER_PLAN:
                planned = self._parts
                self._relaxation.go_back(self._open[0].mark)
                self._plan_at_leaf(self._open[0])
                self._prove()
                continue
            self._split(heapq.heappop(self._open))
            self._prove()
        windows = Windows(state)
        while not state.is_done and not windows.is_idle(state):
            windows.improve(state)
            self._prove()

    def _prove(self) -> None:
        self.state.prove(min(self._open[0].bound if self._open else np.inf, self._left))

    def _add(self, lower: Floats, upper: Floats, at_least: float) -> None:
        """Answers a part and keeps it where it may hold a better plan."""
        self._parts += 1
        point = self.state.solve(lower, upper, at_least)
        if point.values is None or point.bound >= self.state.worth:
            self._left = min(self._left, point.bound)
            return
        if self.state.is_whole(point.values):
            self.state.settle(point.values)
        heapq.heappush(self._open, Part(point.bound, self._parts, lower, upper, point, self._relaxation.mark()))

    def _split(self, part: Part) -> None:
        """Splits a part on the strategy; where that is whole, the part gets a plan of its own and is left."""
        assert part.point.values is not None
        sides = None
        if part.bound < self.state.worth:
            sides = self._strategy.sides(part.lower, part.upper, part.point.values)
            if sides is None:
                self._plan(part.lower, part.upper, part.point)
        if sides is None:
            self._left = min(self._left, part.bound)
            return
        for lower, upper in sides:
            if self.state.is_done:
                self._left = min(self._left, part.bound)
                return
            self._relaxation.go_back(part.mark)
            self._add(lower, upper, part.bound)

    def _plan_at_leaf(self, part: Part) -> None:
        """Makes the strategy whole from what is nearest to it on, and plans there."""
        state = self.state
        lower, upper, point = part.lower, part.upper, part.point
        while point.values is not None and not state.is_done:
            trials = self._strategy.trials(lower, upper, point.values)
            if not trials:
                # What was tied for another strategy may not suit this one.
                exact = state.solve(lower, upper, -np.inf)
                if exact.bound < state.worth:
                    self._plan(lower, upper, exact if exact.values is not None else point)
                return
            point = Point(np.inf)
            for low, high in trials:
                lower, upper = low, high
                point = state.try_out(low, high)
                if point.values is not None or state.is_done:
                    break

    def _plan(self, lower: Floats, upper: Floats, point: Point) -> None:
        """Rounds a plan where the strategy is whole; for each strategy once."""
        assert point.values is not None
        strategy = np.rint(point.values[self._form.whole[self._form.rank == Rank.STRATEGY]]).tobytes()
        if strategy not in self._planned:
            self._planned.add(strategy)
            self._rounder.plan(lower, upper, point)

    def _take_hint(self, hint: Floats, root: Part) -> None:
        """Tries the integers of a plan of this or a neighbouring program, then its strategy with another rounding."""
        form, state = self._form, self.state
        columns = form.whole[form.own]
        known = np.isfinite(hint[columns])
        for part in (known, known & (form.rank[form.own] == Rank.STRATEGY)):
            at = columns[part]
            if not len(at) or state.plan is not None or state.is_done:
                continue
            lower, upper = root.lower.copy(), root.upper.copy()
            lower[at] = upper[at] = np.clip(np.rint(hint[at]), form.lower[at], form.upper[at])
            answer = state.solve(lower, upper, -np.inf)
            if answer.values is not None and state.is_whole(answer.values):
                state.found(answer.values)
            elif answer.values is not None:
                self._rounder.plan(lower, upper, answer)


class Strategy:
    """What can be done to the columns of the strategy; `once` are rows that let at most one of their columns be 1."""

    def __init__(self, form: Form, once: Ints) -> None:
        self._of_rank = form.whole[form.rank == Rank.STRATEGY]
        self._is_sum = self._of_rank >= form.size
        program = form.program
        entries = [slice(program.starts[row], program.starts[row + 1]) for row in once.tolist()]
        groups = [program.columns[at][program.columns[at] < form.size] for at in entries]
        self._groups = [group for group in groups if program.is_integer[group].all() and len(group) > 1]

    def sides(self, lower: Floats, upper: Floats, values: Floats) -> list[tuple[Floats, Floats]] | None:
        """Returns two parts that hold all whole plans between them; None where the strategy is whole.

        Sums come first; of what can happen once, the earlier or the later half of it does not.
        """
        apart = self._apart(values)
        if not apart.any():
            return None
        sums = np.flatnonzero((apart > WHOLE) & self._is_sum)
        if len(sums):
            column = int(self._of_rank[sums[np.argmax(apart[sums])]])
            return [_with(lower, upper, column, side) for side in (np.floor(values[column]), np.ceil(values[column]))]
        best, halves = WHOLE, None
        for group in self._groups:
            held = np.cumsum(values[group])
            # Halves of what is taken, as even as can be.
            even = np.minimum(held[:-1], held[-1] - held[:-1])
            at = int(np.argmax(even))
            if even[at] > best:
                best, halves = float(even[at]), (group[: at + 1], group[at + 1 :])
        if halves is None:
            column = int(self._of_rank[np.argmax(apart)])
            return [_with(lower, upper, column, side) for side in (np.floor(values[column]), np.ceil(values[column]))]
        found = []
        for half in halves:
            without = upper.copy()
            without[half] = np.minimum(without[half], 0.0)
            found.append((lower, without))
        return found

    def trials(self, lower: Floats, upper: Floats, values: Floats) -> list[tuple[Floats, Floats]]:
        """Returns bounds to try in turn, each closer to a whole strategy; none where it is whole."""
        apart = self._apart(values)
        if not apart.any():
            return []
        found = []
        sums = self._of_rank[(apart > 0.0) & self._is_sum]
        if len(sums):
            low, high = lower.copy(), upper.copy()
            low[sums] = high[sums] = np.rint(values[sums])
            found.append((low, high))
            near = int(sums[np.argmin(np.abs(values[sums] - np.rint(values[sums])))])
            nearest = np.rint(values[near])
            other = np.floor(values[near]) + np.ceil(values[near]) - nearest
            return [*found, _with(lower, upper, near, nearest), _with(lower, upper, near, other)]
        open_ones = self._of_rank[apart > 0.0]
        greatest = int(open_ones[np.argmax(values[open_ones])])
        return [_with(lower, upper, greatest, side) for side in (np.ceil(values[greatest]), np.floor(values[greatest]))]

    def _apart(self, values: Floats) -> Floats:
        """How far from whole each column of the strategy is; 0 where that is next to nothing."""
        part = values[self._of_rank]
        found: Floats = np.abs(part - np.rint(part))
        return np.where(found > WHOLE, found, 0.0)


def _with(lower: Floats, upper: Floats, column: int, value: float) -> tuple[Floats, Floats]:
    low, high = lower.copy(), upper.copy()
    low[column] = high[column] = value
    return low, high
