"""What knowing the future, planning over scenarios and deciding in stages are worth, as brackets that carry the gaps.

    WS            the cost with all known: each scenario planned by itself
    RP            the cost of the plan over scenarios
    RP_two_stage  the cost of the plan in which all orders and strategic decisions are fixed at the start
    EEV           the cost when the plan for the mean is followed until scenarios are distinguished, and then anew
    EEV_fixed     the cost when all orders and strategic decisions of the plan for the mean are carried out

WS ≤ RP ≤ EEV and RP ≤ RP_two_stage ≤ EEV_fixed. The expected value of perfect information is RP − WS, the value of the
stochastic solution EEV − RP (Birge and Louveaux, Introduction to Stochastic Programming, chapter 4), the value of the
multi-stage solution RP_two_stage − RP (Huang and Ahmed, Operations Research 57, 2009). EEV and RP_two_stage stand in no
order: one follows a forecast and may react, the other weighs all scenarios and may not. With risk aversion costs of
paths are weighed as in the objective, which keeps the orders: the measure grows with each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.build import Model
from models.outcome import SolveOptions, Status
from models.solvers.child import Engine
from models.stages import solve_model
from models.uncertainty.brackets import Bracket
from models.uncertainty.mean_policies import WITHOUT_END, carried_out_mean, plan_for_mean, rolled_mean
from models.uncertainty.risk_measures import conditional_value_at_risk
from models.uncertainty.scenario_tree import ScenarioTree
from models.uncertainty.two_stage import two_stage_model


@dataclass(frozen=True)
class Information:
    """Costs with all known, over scenarios, decided at once, and with the mean's decisions; and what lies between them.

    `is_ordered` is False where an order of them is proven not to hold: then something is wrong with a bound.
    """

    ws: Bracket
    rp: Bracket
    rp_two_stage: Bracket
    eev: Bracket
    eev_fixed: Bracket
    notes: tuple[str, ...]

    @property
    def evpi(self) -> Bracket:
        """The expected value of perfect information."""
        return self.rp.less(self.ws)

    @property
    def vss(self) -> Bracket:
        """The value of the stochastic solution."""
        return self.eev.less(self.rp)

    @property
    def vms(self) -> Bracket:
        """The value of the multi-stage solution: of deciding in stages."""
        return self.rp_two_stage.less(self.rp)

    @property
    def is_ordered(self) -> bool:
        """Whether the costs can stand in the orders in which they must."""
        chains = ((self.ws, self.rp, self.eev), (self.rp, self.rp_two_stage, self.eev_fixed))
        return not any(lower.is_above(upper) for chain in chains for lower, upper in pairwise(chain))

    def named(self) -> dict[str, Bracket]:
        """Returns the costs and differences by name."""
        return {
            "WS": self.ws,
            "RP": self.rp,
            "RP_two_stage": self.rp_two_stage,
            "EEV": self.eev,
            "EEV_fixed": self.eev_fixed,
            "EVPI": self.evpi,
            "VSS": self.vss,
            "VMS": self.vms,
        }


def information(
    tree: ScenarioTree,
    model: Model,
    rp: Bracket,
    engine: Engine,
    options: SolveOptions,
    on_step: Callable[[str], object] = lambda _: None,
) -> Information:
    """Returns what knowing, planning over scenarios and deciding in stages are worth.

    Solves each scenario, the mean, and the tree three times more. `model` is the model of the tree, `rp` what its plan
    costs, `on_step` learns what is solved.
    """
    alone = []
    for name in tree.names:
        on_step(f"scenario {name} alone")
        alone.append(solve_model(tree.future(name), engine, options))
    ws = Bracket(_weighed(tree, [found.bound for found in alone]), _weighed(tree, [found.objective for found in alone]))
    on_step("the mean of the scenarios")
    mean = plan_for_mean(tree, engine, options)
    eev, followed = rolled_mean(tree, model, mean, engine, options)
    on_step("all orders fixed at the start")
    two_stage = two_stage_model(tree)
    found = solve_model(two_stage, engine, options)
    at_once, unmet = Bracket(found.bound, found.objective), ""
    if found.status is Status.INFEASIBLE:
        at_once, unmet = WITHOUT_END, "No plan whose orders are all fixed at the start fits all scenarios."
    fixed, carried_out = carried_out_mean(two_stage, mean, engine, options)
    notes = tuple(filter(None, (followed, unmet, carried_out)))
    return Information(ws, rp, at_once, eev, fixed, notes)


def _weighed(tree: ScenarioTree, costs: Sequence[float | None]) -> float | None:
    """The risk measure of the objective over costs of the scenarios."""
    if any(cost is None for cost in costs):
        return None
    known = np.array(costs, dtype=float)
    chance, settings = np.array(tree.probability), tree.case.settings
    mean = float(chance @ known)
    if not settings.risk_aversion or len(known) == 1:
        return mean
    worst = conditional_value_at_risk(known, chance, settings.risk_level)
    return (1.0 - settings.risk_aversion) * mean + settings.risk_aversion * worst
