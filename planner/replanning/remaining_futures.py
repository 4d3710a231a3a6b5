"""What may still happen: the scenarios of a branch with what is left of their probability, and disruptions ahead."""

from __future__ import annotations

import math
from dataclasses import replace

from models.case import Case
from models.whatif.shock import end_of
from planner.replanning.run_position import RunPosition


def remaining_inputs(position: RunPosition) -> Case:
    """Returns the inputs of the rest of a plan: of one scenario its own tables, of several those that are left.

    Probabilities are divided by their sum. Disruptions that are over are taken out.
    """
    case = position.run.case
    if position.futures and len(position.futures) == 1:
        case = replace(position.case, scenarios=(), scenario_values=())
    elif position.futures:
        chances = chances_of(position)
        kept = [row for row in case.scenarios if row.scenario in chances]
        case = replace(
            case,
            scenarios=tuple(replace(row, probability=chances[row.scenario]) for row in kept),
            scenario_values=tuple(row for row in case.scenario_values if row.scenario in position.futures),
        )
    over = {row.disruption for row in case.disruptions}
    over -= {row.disruption for row in case.disruptions if end_of(row) > position.start_month}
    return replace(
        case,
        disruptions=tuple(row for row in case.disruptions if row.disruption not in over),
        scenarios=tuple(
            replace(row, disruptions=tuple(name for name in row.disruptions if name not in over))
            for row in case.scenarios
        ),
    )


def chances_of(position: RunPosition) -> dict[str, float]:
    """Returns the probability of each scenario that is still possible, given that the branch has happened."""
    tree = position.run.scenario_tree
    if tree is None:
        return {}
    known = dict(zip(tree.names, tree.probability, strict=True))
    whole = math.fsum(known[name] for name in position.futures)
    return {name: known[name] / whole for name in position.futures}
