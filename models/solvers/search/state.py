"""What a running search knows: its best plan, its bound, and what its linear programs have cost so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from models.outcome import Stop
from models.program import Floats
from models.solvers.search.form import Form
from models.solvers.search.relaxation import Answer, Care, Place, Relaxation, Verdict

WHOLE = 1e-6
CUTOFF_MARGIN = 1e-8
"""What a cut-off part proves of itself must not fall short of the cutoff by a rounding error."""
FINER = 0.1
"""A restricted search looks for plans that are better by this part of the gap."""
_LEAST_GAP = 1e-9


@dataclass
class Listener:
    """What the surroundings are told, and how they end a search."""

    plan: Callable[[Floats, float | None], None]
    bound: Callable[[float], None]
    should_end: Callable[[], Stop | None]


@dataclass
class Point:
    """An answered linear program: its proven bound and, where it was solved, the values of all columns.

    `duals` prove `proven`; `bound` may be greater, where a part of the tree above had proven more. A part of the tree
    also has a `mark`, where its program ended.
    """

    bound: float
    values: Floats | None = None
    duals: Floats | None = None
    proven: float = -np.inf
    mark: Place | None = None


@dataclass
class State:
    """The search as a whole; all linear programs go through `solve`."""

    form: Form
    relaxation: Relaxation
    ray_finder: Callable[[Floats, Floats], Floats | None]
    listener: Listener
    gap: float
    cost: float = np.inf
    plan: Floats | None = None
    bound: float = -np.inf
    stop: Stop | None = None
    programs: int = 0
    steps: int = 0
    last_steps: int = 0
    """Simplex steps of the last linear program."""
    most_programs: float = np.inf
    unproven: float = np.inf
    """The least bound of a part of the tree that a failure of the code left unexplored."""
    history: list[tuple[int, float]] = field(default_factory=list)

    @property
    def worth(self) -> float:
        """A plan has to cost less than this to be worth looking for."""
        if not np.isfinite(self.cost):
            return np.inf
        return self.cost - max(self.gap, _LEAST_GAP) * max(abs(self.cost), _LEAST_GAP)

    @property
    def is_done(self) -> bool:
        """True when the gap is closed, the linear programs are used up, or someone has ended the search."""
        if self.stop is None:
            self.stop = self.listener.should_end()
        return self.stop is not None or self.programs >= self.most_programs or self.bound >= self.worth

    def solve(self, lower: Floats, upper: Floats, at_least: float) -> Point:
        """Returns the point of these bounds, a part of the tree; `at_least` is what is proven of it already."""
        answer = self._answer(lower, upper, self.worth, Care.PROOF)
        if answer.verdict is Verdict.EMPTY:
            ray = self.ray_finder(lower, upper)
            if ray is not None and self.form.proofs.is_empty(ray, lower, upper):
                return Point(np.inf)
        if answer.verdict is Verdict.EMPTY or (answer.verdict is Verdict.BROKEN and self.listener.should_end() is None):
            # It may be so only because of what the relaxation has guessed.
            answer = self._answer(lower, upper, self.worth, Care.LEAST)
        proven = answer.proven
        if proven is None:
            proven = -np.inf if answer.duals is None else self.form.proofs.bound(answer.duals, lower, upper)
        bound = max(at_least, proven)
        if answer.verdict is Verdict.SOLVED:
            return Point(bound, answer.values, answer.duals, proven, self.relaxation.mark())
        if answer.verdict is not Verdict.CUT_OFF:
            # Nothing is known of this part but what was proven above it.
            self.unproven = min(self.unproven, bound)
            if answer.verdict is Verdict.BROKEN and self.stop is None:
                self.stop = self.listener.should_end()
        return Point(bound)

    def slopes(self, duals: Floats) -> Floats:
        """Returns by whole column what each unit adds to the bound that the duals prove."""
        program = self.form.program
        side = np.where(duals > 0, program.row_lower, program.row_upper)
        known = np.where(np.isfinite(side), duals, 0.0)
        weight = program.values * known[program.row_of_entries()]
        found = program.objective - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        return np.asarray(found[self.form.whole], dtype=np.float64)

    def try_out(self, lower: Floats, upper: Floats, most: float = np.inf, care: Care = Care.PLAN) -> Point:
        """Returns the point of these bounds with its cost; what is not below `most` or no better plan costs inf.

        Its duals prove a bound all the same.
        """
        answer = self._answer(lower, upper, min(most, self.cost), care)
        if answer.verdict is not Verdict.SOLVED or answer.values is None:
            return Point(np.inf, duals=answer.duals)
        program = self.form.program
        return Point(program.objective_of(answer.values), answer.values, answer.duals)

    def _answer(self, lower: Floats, upper: Floats, most: float, care: Care) -> Answer:
        self.programs += 1
        answer = self.relaxation.solve(lower, upper, most + CUTOFF_MARGIN * max(1.0, abs(most)), care)
        self.last_steps = answer.steps
        self.steps += answer.steps
        return answer

    def found(self, values: Floats) -> bool:
        """Takes a plan whose integers are whole; True when it is the best so far."""
        plan = values[: self.form.size].copy()
        cost = float(self.form.program.objective[: self.form.size] @ plan) + self.form.program.constant
        if cost >= self.cost:
            return False
        self.cost, self.plan = cost, plan
        self.history.append((self.programs, cost))
        self.listener.plan(plan, self.bound if np.isfinite(self.bound) else None)
        return True

    def settle(self, values: Floats) -> None:
        """Takes values whose integers are whole but for rounding errors: they are made exact and the rest follows.

        A choice of 0.000001 can open a gate by a few units; what was bought through it must not count as a plan.
        """
        whole = self.form.whole
        if float(self.form.program.objective @ values) + self.form.program.constant >= self.cost:
            return
        lower, upper = self.form.lower.copy(), self.form.upper.copy()
        lower[whole] = upper[whole] = np.rint(values[whole])
        exact = self.try_out(lower, upper, care=Care.LEAST)
        if exact.values is not None:
            self.found(exact.values)

    def restricted(self, lower: Floats, upper: Floats, most_programs: int) -> State:
        """Returns a search within narrower bounds for a plan that is better than the best one by a part of the gap."""
        return State(
            replace(self.form, lower=lower, upper=upper),
            self.relaxation,
            no_ray,
            Listener(ignore, ignore, self.listener.should_end),
            self.gap * FINER,
            cost=self.cost,
            most_programs=most_programs,
        )

    def take(self, part: State) -> None:
        """Takes over what a restricted search has found and spent."""
        self.spent(part)
        if part.plan is not None:
            self.found(part.plan)

    def spent(self, part: State) -> None:
        """Counts what a search that belongs to this one has spent."""
        self.programs += part.programs
        self.steps += part.steps
        self.stop = self.stop or part.stop

    def prove(self, bound: float) -> None:
        """Takes a bound of the whole search."""
        bound = min(bound, self.unproven, self.cost)
        if bound > self.bound and np.isfinite(bound):
            self.bound = bound
            self.listener.bound(bound)

    def is_whole(self, values: Floats) -> bool:
        """True when every column that must be whole is."""
        part = values[self.form.whole]
        return bool(np.abs(part - np.rint(part)).max(initial=0.0) <= WHOLE)


def ignore(*_: object) -> None:
    """Restricted searches tell nobody but the search that they are part of."""


def no_ray(_lower: Floats, _upper: Floats) -> Floats | None:
    """What is called empty in a restricted search need not be proven so."""
    return None
