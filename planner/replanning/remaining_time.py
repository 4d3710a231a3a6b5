"""Time from the new start on: the settings, series without values that no longer hold, and clocks that go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from models.calendar import parse_label
from models.case import TABLES, Settings
from models.tables.column_descriptions import columns_of
from models.tables.disruption_rows import Delay
from models.tables.fleet_rows import Accelerator
from planner.replanning.run_position import CarriedDraft, CarriedLine, RunPosition
from planner.results.milestones import in_force

SERIES = ("demand", "prices", "site_series", "lead_times", "milestone_values")
"""Tables whose rows hold from their label until the next."""
_BY_CAPABILITY = ("max_vendor_share", "min_vendor_share", "min_capability", "max_capability")


def settings_from(position: RunPosition) -> Settings:
    """Returns the settings of the case that starts later and ends at the same time."""
    settings = position.run.case.settings
    return replace(
        settings, start=position.start, periods=settings.periods - position.passed, carried_from=position.run.name
    )


def cut_series(draft: CarriedDraft) -> None:
    """Takes out values that another has replaced by the start."""
    for table in SERIES:
        facts = columns_of(TABLES[table])
        label = next(name for name, fact in facts.items() if fact.label == "period")
        keys = [name for name, fact in facts.items() if fact.key and name != label]
        groups: dict[tuple[Any, ...], list[Any]] = {}
        for row in draft.tables[table]:
            groups.setdefault(tuple(getattr(row, name) for name in keys), []).append(row)
        kept = {id(row) for rows in groups.values() for row in _in_force(draft.position, rows, label)}
        draft.tables[table] = [row for row in draft.tables[table] if id(row) in kept]


def _in_force(position: RunPosition, rows: Iterable[Any], label: str) -> list[Any]:
    placed = sorted(rows, key=lambda row: parse_label(getattr(row, label))[0])
    months = [parse_label(getattr(row, label))[0] for row in placed]
    last = max((month for month in months if month <= position.start_month), default=None)
    return [row for row, month in zip(placed, months, strict=True) if last is None or month >= last]


def carry_failures(draft: CarriedDraft) -> None:
    """What has failed by the start stays failed, although a later delay does not say so any more."""
    position = draft.position
    rows: list[Delay] = list(draft.tables["delays"])
    for item in dict.fromkeys(row.item for row in rows if row.fails):
        own = [row for row in rows if row.item == item]
        past = [in_force(position.calendar, own, period) for period in range(position.passed + 1)]
        now = past[-1]
        if now is not None and not now.fails and any(row is not None and row.fails for row in past):
            new = replace(now, fails=True)
            draft.change("delays", [(now, new)])
            draft.note("delays", new, "has failed", None, "", _INPUTS)


def carry_clocks(draft: CarriedDraft) -> None:
    """Says from when rates and prices have grown, where they grow from the start of the old plan."""
    old = draft.position.calendar.labels[0]
    same = {id(row) for row in (*draft.position.run.case.throughput, *draft.position.run.case.acquisitions)}
    same |= {id(row) for row in (*draft.position.case.throughput, *draft.position.case.acquisitions)}
    grown: dict[str, list[Any]] = {"throughput": [], "acquisitions": []}
    for table, growth in (("throughput", "software_gain_per_year"), ("acquisitions", "price_growth_per_year")):
        for row in draft.tables[table]:
            # A rate that is new goes by its own date.
            if row.as_of is None and getattr(row, growth) and id(row) in same:
                grown[table].append(row)
        draft.change(table, [(row, replace(row, as_of=old)) for row in grown[table]])
        if grown[table]:
            count = "1 row" if len(grown[table]) == 1 else f"{len(grown[table])} rows"
            item, what = count, f"growth from {old} on"
            line = CarriedLine(table=table, item=item, what=what, amount=None, unit="", source=_INPUTS)
            draft.lines.append(line)


_INPUTS = "inputs of the run"


def carry_capability(draft: CarriedDraft) -> None:
    """Keeps the weights of accelerators in policies, which the model takes from rates at the start of a plan."""
    position = draft.position
    counts = [row for row in position.case.policies if row.kind in _BY_CAPABILITY and row.basis == "capability"]
    gains = {row.software_gain_per_year for row in position.case.throughput}
    if not counts or len(gains) < 2:
        return
    weights = _weights(position)
    for row in draft.each(Accelerator, "accelerators"):
        if row.capability is None:
            new = replace(row, capability=weights[row.accelerator])
            draft.change("accelerators", [(row, new)])
            draft.note("accelerators", new, "capability at the old start", new.capability, "", _INPUTS)


def _weights(position: RunPosition) -> dict[str, float]:
    """By accelerator the mean over workloads of its rate over the best one, at the start of the run."""
    calendar, works = position.calendar, [row.workload for row in position.case.workloads]
    rates = {
        (row.accelerator, row.workload): row.rate_at(calendar.years_before(row.as_of))
        for row in position.case.throughput
    }
    best = {work: max((rate for (_, own), rate in rates.items() if own == work), default=0.0) for work in works}
    return {
        row.accelerator: sum(
            rates.get((row.accelerator, work), 0.0) / best[work] for work in works if best[work] > 0
        ) / len(works)
        for row in position.case.accelerators
    }  # fmt: skip
