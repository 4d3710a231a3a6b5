"""The future of one row of `scenarios`: its own values, and then its disruptions."""

from __future__ import annotations

from models.case import Case
from models.whatif.disrupt import disrupted, ordered
from models.whatif.effects import Disrupted
from models.whatif.shock import Shock, ShockError, calendar_of, meant
from models.whatif.values import Lever, parted


def scenario_case(case: Case, name: str) -> Disrupted:
    """Returns the case in one scenario: its values of `scenario_values`, and its disruptions on top of them.

    Raises ShockError for an unknown scenario, and as `disrupted` and `changed`.
    """
    scenario = next((row for row in case.scenarios if row.scenario == name), None)
    if scenario is None:
        msg = f"there is no scenario {name}. {meant(name, (row.scenario for row in case.scenarios))}"
        raise ShockError(msg)
    values = {
        Lever(f"{name} {row.table} {row.column}", row.table, row.key, row.column, row.period, row.effect): row.value
        for row in case.scenario_values
        if row.scenario == name
    }
    part = parted(case, values, name)
    found = disrupted(part.case, [Shock(disruption) for disruption in scenario.disruptions])
    labels = calendar_of(case.settings).labels
    first = [labels.index(found.seen)] if found.seen is not None else []
    first += [part.first] if part.first is not None else []
    seen = labels[min(first)] if first else None
    return Disrupted(found.case, ordered((*part.changes, *found.changes)), seen, found.without_effect)
