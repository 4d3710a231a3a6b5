"""The search of a program with so many columns that each of its linear programs takes a minute.

1. One interior point of the whole program: a bound, and which stocks are sold when.
2. A core (`large_core`): stocks that follow each other are one column but at the starts of years and where that point
   sells. Its linear programs take seconds. A plan is rounded there in bulk (`large_round`).
3. Where the gap is open, the sums "ever, or never" that carry most of it are split, on the core's word; each part that
   comes of it is then proven by an interior point of the whole program.
4. Windows of the plan, in the core, until the gap is closed or none of them finds anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Stop
from models.program import Floats, Program
from models.solvers.search.form import Form, form_of
from models.solvers.search.guide import Rank
from models.solvers.search.large_core import Chains, Core, LargeGuide, chains_of, core_of
from models.solvers.search.large_round import Rounder
from models.solvers.search.plans import Windows, take_hint
from models.solvers.search.proof import Proofs
from models.solvers.search.relaxation import Answer, Relaxation
from models.solvers.search.state import WHOLE, Listener, Point, State

SOLD = 1e-3
"""Units of a vintage that must be sold at once for the core to keep the sale apart."""
MOST_SPLITS = 4
CANDIDATES = 3
PROVEN_BY = 0.9
"""A part whose cost in the core leaves less than this share of the gap need not be split further."""


@dataclass(frozen=True)
class Codes:
    """Who solves linear programs: `interior` from column bounds of the whole one, `warm` for the core."""

    interior: Callable[[Program], Answer]
    warm: Callable[[Program], Relaxation]


@dataclass(frozen=True)
class Part:
    """A part of the search: column bounds of the core, and its answer there."""

    lower: Floats
    upper: Floats
    point: Point


class LargeSearch:
    """One search; `state` holds its best plan in columns of the core, `plan` in those of the program."""

    def __init__(self, program: Program, guide: LargeGuide, listener: Listener, codes: Codes, gap: float) -> None:
        self._program, self._guide, self._listener = program, guide, listener
        self._codes, self._gap = codes, gap
        self._form = form_of(program, guide)
        self.bound = -np.inf
        self.interiors = 0
        self.state: State | None = None
        self._core: Core | None = None

    @property
    def plan(self) -> Floats | None:
        """The best plan, by column of the program."""
        if self.state is None or self.state.plan is None:
            return None
        return self._lifted(self.state.plan)

    @property
    def stop(self) -> Stop | None:
        """What ended the search from outside; None where it ended by itself."""
        return self._listener.should_end() if self.state is None else self.state.stop

    @property
    def is_closed(self) -> bool:
        """True when the plan lies within the gap of the bound."""
        return self.state is not None and self.bound >= self.state.worth

    def run(self, hint: Floats | None, most_programs: int) -> None:
        """Searches until the gap is closed, nothing more is found, or someone ends it."""
        form = self._form
        root = self._interior(form.lower, form.upper)
        if root.values is None or root.duals is None:
            return
        self._prove(form.proofs.bound(root.duals, form.lower, form.upper))
        state = self._state(root.values, most_programs)
        self.state = state
        if hint is not None:
            take_hint(state, self._lowered(hint))
        point = state.try_out(state.form.lower, state.form.upper)
        if point.values is None or state.is_done:
            return
        series = np.append(self._guide.series, np.arange(form.program.column_count - len(self._guide.series)))
        assert self._core is not None
        Rounder(state, series[self._core.kept]).plan(state.form.lower, state.form.upper, point)
        if state.plan is not None and not state.is_done:
            self._prove(self._proven_in_parts(Part(state.form.lower, state.form.upper, point)))
        windows = Windows(state)
        while not windows.is_idle and not state.is_done:
            windows.improve()

    def _state(self, values: Floats, most_programs: int) -> State:
        form, chains = self._form, chains_of(self._form.program, self._guide.chains)
        core = core_of(form.program, chains, self._tied(chains, values), np.zeros(form.program.column_count, bool))
        number = np.full(form.program.column_count, -1)
        number[core.kept] = np.arange(len(core.kept))
        small = replace(
            form,
            program=core.program,
            size=int((core.kept < form.size).sum()),
            lower=form.lower[core.kept],
            upper=form.upper[core.kept],
            whole=number[form.whole],
            # What these prove of the core guides windows and is told to nobody.
            proofs=Proofs(core.program),
        )
        self._core = core
        listener = Listener(
            lambda plan, _: self._listener.plan(self._lifted(plan), self.bound), _ignore, self._listener.should_end
        )
        relaxation = self._codes.warm(core.program)
        state = State(small, relaxation, _no_ray, listener, self._gap, most_programs=most_programs)
        state.bound = self.bound
        return state

    def _tied(self, chains: Chains, values: Floats) -> np.ndarray:
        sells = chains.share * values[chains.earlier] - values[chains.later] > SOLD
        return ~self._guide.may_end[chains.later] & ~sells

    def _lifted(self, plan: Floats) -> Floats:
        assert self._core is not None
        core, size = self._core, self._form.size
        found: Floats = core.factor[:size] * plan[core.place[:size]]
        return found

    def _lowered(self, hint: Floats) -> Floats:
        assert self._core is not None
        added = np.full(self._form.program.column_count - len(hint), np.nan)
        return self._core.lowered(np.concatenate([hint, added]))

    def _interior(self, lower: Floats, upper: Floats) -> Answer:
        self.interiors += 1
        return self._codes.interior(replace(self._form.program, column_lower=lower, column_upper=upper))

    def _prove(self, bound: float) -> None:
        if bound > self.bound and np.isfinite(bound):
            self.bound = bound
            self._listener.bound(bound)
            if self.state is not None:
                self.state.bound = bound

    def _proven_in_parts(self, root: Part) -> float:
        """Splits sums while the core promises a better bound; returns what is proven of all parts."""
        state = self.state
        assert state is not None
        parts, whole = [root], []
        for _ in range(MOST_SPLITS):
            parts.sort(key=lambda part: part.point.bound)
            if not parts or parts[0].point.bound >= self._enough or state.is_done:
                break
            part = parts.pop(0)
            children = self._split(part)
            if children:
                parts += children
            else:
                whole.append(part)
        proven = np.inf
        # The part that promises least is proven first: where it fails the others cannot help.
        for part in sorted([*parts, *whole], key=lambda part: part.point.bound):
            if part is root or state.is_done or proven <= self.bound:
                return self.bound
            proven = min(proven, self._proven(part))
        return proven

    @property
    def _enough(self) -> float:
        assert self.state is not None
        return self.state.cost - PROVEN_BY * (self.state.cost - self.state.worth)

    def _proven(self, part: Part) -> float:
        form, core = self._form, self._core
        assert core is not None
        lower, upper = form.lower.copy(), form.upper.copy()
        lower[core.kept], upper[core.kept] = part.lower, part.upper
        answer = self._interior(lower, upper)
        return -np.inf if answer.duals is None else form.proofs.bound(answer.duals, lower, upper)

    def _asked(self, state: State, lower: Floats, upper: Floats) -> Point:
        """What these bounds cost in the core, without a cutoff: GLOP has called both sides of a sum too dear."""
        answer = state.relaxation.solve(lower, upper)
        state.programs += 1
        state.steps += answer.steps
        if answer.values is None:
            return Point(np.inf)
        program = state.form.program
        return Point(program.objective_of(answer.values), answer.values)

    def _split(self, part: Part) -> list[Part]:
        """Returns the two parts of the sum that promises most; none where every sum is whole."""
        state = self.state
        assert state is not None
        assert part.point.values is not None
        small: Form = state.form
        values = part.point.values[small.whole]
        away = np.abs(values - np.rint(values))
        sums = np.flatnonzero((away > WHOLE) & ~small.own & (small.rank == Rank.STRATEGY))
        best: list[Part] = []
        for at in sums[np.argsort(-away[sums], kind="stable")][:CANDIDATES].tolist():
            column, found = int(small.whole[at]), []
            for side in (np.floor(values[at]), np.ceil(values[at])):
                lower, upper = part.lower.copy(), part.upper.copy()
                lower[column] = upper[column] = side
                found.append(Part(lower, upper, self._asked(state, lower, upper)))
            if not best or _least(found) > _least(best):
                best = found
            if state.is_done or _least(best) >= self._enough:
                break
        return best


def _least(parts: list[Part]) -> float:
    return min(part.point.bound for part in parts)


def _ignore(*_: object) -> None:
    """The bound of the core is none of the whole program."""


def _no_ray(_lower: Floats, _upper: Floats) -> Floats | None:
    """What the core calls empty is proven by nobody."""
    return None
