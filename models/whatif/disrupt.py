"""Disruptions turn a case into another case: a pure function, whose result is a case like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from models.calendar import parse_span
from models.case import TABLES, Case
from models.whatif.effects import ChangedInput, Disrupted, Draft, effects_of
from models.whatif.series_effects import (
    disrupt_delays,
    disrupt_demand,
    disrupt_lead_times,
    disrupt_prices,
    disrupt_sites,
    write_backlogs,
)
from models.whatif.shock import Shock, calendar_of
from models.whatif.supply_effects import disrupt_budgets, disrupt_supply

_ORDER = {table: at for at, table in enumerate(TABLES)}


def disrupted(case: Case, shocks: Iterable[Shock]) -> Disrupted:
    """Returns the case under a set of disruptions, each input that changed, and what had no effect.

    The order of the disruptions makes no difference, and one that is named twice counts once. Where nothing changes,
    the case is the given one. The table `disruptions` stays. The result may be no valid case: check it like any other.

    Raises:
        ShockError: an unknown disruption or target, an onset outside the horizon, or a value that makes no sense.
    """
    calendar = calendar_of(case.settings)
    effects, sentences = effects_of(case, calendar, shocks)
    draft = Draft(case, calendar, tuple(effects), sentences=sentences)
    disrupt_supply(draft)
    disrupt_budgets(draft)
    disrupt_prices(draft)
    disrupt_demand(draft)
    disrupt_lead_times(draft)
    disrupt_sites(draft)
    disrupt_delays(draft)
    write_backlogs(draft)
    sentences = list(dict.fromkeys(draft.sentences))
    if not draft.tables:
        return Disrupted(case, without_effect=tuple(sentences))
    tables: dict[str, Any] = draft.tables
    seen = calendar.labels[min(draft.touched)] if draft.touched else None
    return Disrupted(replace(case, **tables), ordered(draft.changes), seen, tuple(sentences))


def ordered(changes: Iterable[ChangedInput]) -> tuple[ChangedInput, ...]:
    """Returns changes by table, item, column and time."""
    return tuple(sorted(changes, key=lambda one: (_ORDER[one.table], one.item, one.column, _month(one.period))))


def _month(period: str) -> int:
    return parse_span(period)[0] if period else 0
