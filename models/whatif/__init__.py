"""What a case becomes when something goes otherwise: disruptions, scenarios, and other values of its inputs.

All of it is pure: a case goes in and another case comes out, with the list of what changed.
"""

from __future__ import annotations

from models.whatif.disrupt import disrupted
from models.whatif.disruption_library import mapped, with_library
from models.whatif.effects import ChangedInput, Disrupted
from models.whatif.sampling import Method, dimensions, draws, ends, middle, quantile, shares_of, values_of
from models.whatif.scenario import ScenarioChange, groups_by_period, known_by_period, scenario_case, scenario_changes
from models.whatif.shock import Shock, ShockError, shock_of, shocks_of
from models.whatif.values import Lever, changed, lever_of, lever_of_row, levers_of, values_now, with_value

__all__ = [
    "ChangedInput",
    "Disrupted",
    "Lever",
    "Method",
    "ScenarioChange",
    "Shock",
    "ShockError",
    "changed",
    "dimensions",
    "disrupted",
    "draws",
    "ends",
    "groups_by_period",
    "known_by_period",
    "lever_of",
    "lever_of_row",
    "levers_of",
    "mapped",
    "middle",
    "quantile",
    "scenario_case",
    "scenario_changes",
    "shares_of",
    "shock_of",
    "shocks_of",
    "values_now",
    "values_of",
    "with_library",
    "with_value",
]
