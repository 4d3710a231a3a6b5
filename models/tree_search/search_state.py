"""What a running search knows: the incumbent, the best bound, and the effort so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Stop
from models.program import Floats
from models.tree_search.extended_formulation import ExtendedFormulation
from models.tree_search.lp_protocol import Accuracy, BasisHandle, LpRelaxation, LpResult, LpStatus

INTEGRALITY_TOLERANCE = 1e-6
"""A value this close to a whole number is one; GLOP keeps bounds more closely than that."""
CUTOFF_MARGIN = 1e-8
"""What a node that was cut off proves must not fall short of the cutoff by a rounding error."""
SUB_MIP_GAP = 0.1
"""A sub-MIP looks for plans that are better by this part of the gap: what it finds is improved again."""
ANSWER_MARGIN = 1e-7
"""By this share a cost lies above or below another to be distinguished from it: polishing may move both by less."""
_LEAST_GAP = 1e-9
"""A relative gap of zero would be closed by rounding errors only."""


@dataclass(frozen=True)
class CostTargets:
    """Costs that answer the caller's question: a bound that is proven above one, or a plan below the other."""

    above: float = np.inf
    below: float = -np.inf

    @property
    def bound(self) -> float:
        """A bound from here on answers the question."""
        return self.above + ANSWER_MARGIN * max(1.0, abs(self.above)) if np.isfinite(self.above) else np.inf

    @property
    def cost(self) -> float:
        """A plan of at most this cost answers the question."""
        return self.below - ANSWER_MARGIN * max(1.0, abs(self.below)) if np.isfinite(self.below) else -np.inf


NO_TARGETS = CostTargets()


@dataclass
class SearchCallbacks:
    """The events of a search that the caller receives, and how it ends one."""

    on_incumbent: Callable[[Floats, float | None], None]
    on_bound: Callable[[float], None]
    should_stop: Callable[[], Stop | None]


@dataclass
class LpPoint:
    """An answered linear program: its proven bound and, where it was solved, the values of all columns.

    `duals` prove `proven`; `bound` may be greater, where a parent node had proven more. `basis` is where it ended.
    """

    bound: float
    values: Floats | None = None
    duals: Floats | None = None
    proven: float = -np.inf
    basis: BasisHandle | None = None


@dataclass
class SearchState:
    """The search as a whole; all its linear programs go through `solve` and `solve_primal`."""

    formulation: ExtendedFormulation
    lp: LpRelaxation
    farkas_ray: Callable[[Floats, Floats], Floats | None]
    callbacks: SearchCallbacks
    gap: float
    incumbent_cost: float = np.inf
    incumbent: Floats | None = None
    best_bound: float = -np.inf
    stop: Stop | None = None
    lp_count: int = 0
    iterations: int = 0
    last_iterations: int = 0
    """Simplex iterations of the last linear program."""
    lp_limit: float = np.inf
    unresolved_bound: float = np.inf
    """The least bound of a node that a failure of the LP code left unexplored."""
    targets: CostTargets = NO_TARGETS
    has_dived: bool = False
    """Whether a dive was begun: later ones end elsewhere."""

    @property
    def cutoff(self) -> float:
        """A plan has to cost less than this to be worth finding: within the question, and by the gap at least."""
        return min(self._gap_cutoff, self.targets.bound)

    @property
    def _gap_cutoff(self) -> float:
        """The incumbent's cost less the gap."""
        if not np.isfinite(self.incumbent_cost):
            return np.inf
        return self.incumbent_cost - max(self.gap, _LEAST_GAP) * max(abs(self.incumbent_cost), _LEAST_GAP)

    @property
    def is_closed(self) -> bool:
        """True when the incumbent lies within the gap of the bound."""
        return self.best_bound >= self._gap_cutoff

    @property
    def is_answered(self) -> bool:
        """True when the bound or a plan answers the caller's question."""
        return self.best_bound >= self.targets.bound or self.incumbent_cost <= self.targets.cost

    @property
    def is_finished(self) -> bool:
        """True when the gap is closed, the question answered, the linear programs used up, or the caller ends it."""
        if self.stop is None:
            self.stop = self.callbacks.should_stop()
        return self.stop is not None or self.lp_count >= self.lp_limit or self.is_closed or self.is_answered

    def solve(self, lower: Floats, upper: Floats, parent_bound: float) -> LpPoint:
        """Returns the point of a node with these column bounds; `parent_bound` is proven of it already."""
        result = self._result(lower, upper, self.cutoff, Accuracy.DUAL_BOUND)
        if result.status is LpStatus.INFEASIBLE:
            ray = self.farkas_ray(lower, upper)
            if ray is not None and self.formulation.dual_bounds.proves_infeasible(ray, lower, upper):
                return LpPoint(np.inf)
        has_failed = result.status is LpStatus.FAILED and self.callbacks.should_stop() is None
        if result.status is LpStatus.INFEASIBLE or has_failed:
            # It may be so only because of what a reduced program has guessed.
            result = self._result(lower, upper, self.cutoff, Accuracy.OPTIMAL)
        proven = result.proven
        if proven is None and result.duals is not None:
            proven = self.formulation.dual_bounds.bound(result.duals, lower, upper)
        proven = -np.inf if proven is None else proven
        bound = max(parent_bound, proven)
        if result.status is LpStatus.OPTIMAL:
            return LpPoint(bound, result.values, result.duals, proven, self.lp.saved_basis())
        if result.status is not LpStatus.CUTOFF:
            # Nothing is known of this node but what its parent has proven.
            self.unresolved_bound = min(self.unresolved_bound, bound)
            if result.status is LpStatus.FAILED and self.stop is None:
                self.stop = self.callbacks.should_stop()
        return LpPoint(bound)

    def reduced_costs(self, duals: Floats) -> Floats:
        """Returns by integer column what each unit adds to the bound that the duals prove."""
        return self.formulation.dual_bounds.reduced_costs(duals)[self.formulation.integers]

    def solve_primal(
        self, lower: Floats, upper: Floats, most: float = np.inf, accuracy: Accuracy = Accuracy.FEASIBLE
    ) -> LpPoint:
        """Returns the point of these bounds for a heuristic: its `bound` is its cost, which proves nothing.

        What is not below `most` or no better than the incumbent costs inf; its duals prove a bound all the same.
        """
        result = self._result(lower, upper, min(most, self.incumbent_cost), accuracy)
        if result.status is not LpStatus.OPTIMAL or result.values is None:
            return LpPoint(np.inf, duals=result.duals)
        program = self.formulation.program
        return LpPoint(program.objective_of(result.values), result.values, result.duals)

    def _result(self, lower: Floats, upper: Floats, cutoff: float, accuracy: Accuracy) -> LpResult:
        self.lp_count += 1
        result = self.lp.solve(lower, upper, cutoff + CUTOFF_MARGIN * max(1.0, abs(cutoff)), accuracy)
        self.last_iterations = result.iterations
        self.iterations += result.iterations
        return result

    def update_incumbent(self, values: Floats) -> bool:
        """Takes a plan whose integers are whole; True when it is the best so far."""
        formulation = self.formulation
        plan = values[: formulation.original_count].copy()
        cost = float(formulation.program.objective[: formulation.original_count] @ plan) + formulation.program.constant
        if cost >= self.incumbent_cost:
            return False
        self.incumbent_cost, self.incumbent = cost, plan
        self.callbacks.on_incumbent(plan, self.best_bound if np.isfinite(self.best_bound) else None)
        return True

    def accept_rounded(self, values: Floats) -> None:
        """Takes values whose integers are whole but for rounding errors: they are made exact and the rest follows.

        A choice of 0.000001 can open a gate by a few units; what was bought through it must not count as a plan.
        """
        formulation = self.formulation
        integers = formulation.integers
        if float(formulation.program.objective @ values) + formulation.program.constant >= self.incumbent_cost:
            return
        lower, upper = formulation.lower.copy(), formulation.upper.copy()
        lower[integers] = upper[integers] = np.rint(values[integers])
        exact = self.solve_primal(lower, upper, accuracy=Accuracy.OPTIMAL)
        if exact.values is not None:
            self.update_incumbent(exact.values)

    def sub_mip(self, lower: Floats, upper: Floats, lp_limit: int) -> SearchState:
        """Returns a search within narrower bounds for a plan that is better than the incumbent by a part of the gap."""
        return SearchState(
            replace(self.formulation, lower=lower, upper=upper),
            self.lp,
            no_farkas_ray,
            SearchCallbacks(ignore, ignore, self.callbacks.should_stop),
            self.gap * SUB_MIP_GAP,
            incumbent_cost=self.incumbent_cost,
            lp_limit=lp_limit,
            targets=CostTargets(below=self.targets.below),
        )

    def absorb(self, part: SearchState) -> None:
        """Takes over what a sub-MIP has found and spent."""
        self.lp_count += part.lp_count
        self.iterations += part.iterations
        self.stop = self.stop or part.stop
        if part.incumbent is not None:
            self.update_incumbent(part.incumbent)

    def raise_best_bound(self, bound: float) -> None:
        """Takes a bound of the whole search, if it is better than the one before."""
        bound = min(bound, self.unresolved_bound, self.incumbent_cost)
        if bound > self.best_bound and np.isfinite(bound):
            self.best_bound = bound
            self.callbacks.on_bound(bound)

    def is_integral(self, values: Floats) -> bool:
        """True when every integer column has a whole value."""
        part = values[self.formulation.integers]
        return bool(np.abs(part - np.rint(part)).max(initial=0.0) <= INTEGRALITY_TOLERANCE)


def ignore(*_: object) -> None:
    """Sub-MIPs tell nobody but the search that they are part of."""


def no_farkas_ray(_lower: Floats, _upper: Floats) -> Floats | None:
    """What is called infeasible in a sub-MIP need not be proven so."""
    return None
