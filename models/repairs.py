"""The inputs that would have to change, each with its new value in its own unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.build import BY_ROWS, Model
from models.elastic import Elastic, ElasticBound, larger_sides
from models.families.commitments import BARRED, COMMITMENTS
from models.families.expansions import MODULES
from models.families.policies import Ruled
from models.families.programmes import RAMP
from models.families.work import MINIMUM_SERVICE
from models.program import Floats
from models.requirement import Amounts

_DIGITS = 6
_SAME = 1e-8
_NONE = 1e-9
"""A year with less than this part of the orders of the next is a year without orders."""


@dataclass(frozen=True)
class RequiredChange:
    """One amount of the inputs that would have to be another in some spans.

    `new` is None where no value would do and the rule would have to be lifted.
    """

    family: str
    what: str
    spans: tuple[str, ...]
    old: float
    new: float | None
    unit: str

    def __str__(self) -> str:
        """Returns it as a part of a sentence."""
        unit = f" {self.unit}" if self.unit else ""
        where = f"{self.what} in {_listed(self.spans)}" if self.spans else self.what
        if self.new is None:
            return f"{where}: removed, as no value is sufficient ({_number(self.old)}{unit} today)"
        apart = self.new - self.old
        more = f"{_number(abs(apart))} {'more' if apart > 0 else 'less'}"
        return f"{where}: {_number(self.new)} instead of {_number(self.old)}{unit} ({more})"


def changes_of(
    model: Model, elastic: Elastic, values: Floats, used: Sequence[int] | np.ndarray
) -> list[RequiredChange]:
    """Returns what the used slacks of a solution mean; equal changes of one thing in several spans are one."""
    slack = elastic.amounts(values)
    plan = values[: elastic.first_slack]
    found: dict[tuple[str, str, float, float | None, str], list[str]] = {}
    for i in used:
        soft = elastic.soft[int(i)]
        amount = float(slack[i]) if soft.side == "more" else -float(slack[i])
        one = _change(model, soft, amount, plan)
        key = one.family, one.what, _rounded(one.old, 0), _safe(one), one.unit
        found.setdefault(key, []).extend(one.spans)
    changes = [
        RequiredChange(family, what, tuple(dict.fromkeys(spans)), old, new, unit)
        for (family, what, old, new, unit), spans in found.items()
    ]
    return sorted(changes, key=lambda one: (one.spans, one.what))


def amounts_at(model: Model, soft: Sequence[ElasticBound], plan: Floats) -> Floats:
    """Returns by bound what it is measured against at a plan: what a rule allows there, or else what is there."""
    found = larger_sides(model.program, soft, plan)
    for ruled in model.policies:
        amount, allowed = ruled.amount.value(plan).ravel(), ruled.allowed.value(plan).ravel()
        for i, one in enumerate(soft):
            if one.family == ruled.rows.name and ruled.rows.has(one.index):
                cell = ruled.rows.cell(one.index)
                found[i] = allowed[cell] if allowed[cell] > 0 else amount[cell]
    return found


def _change(model: Model, soft: ElasticBound, amount: float, plan: Floats) -> RequiredChange:
    """What one slack means; `amount` is positive where more than the bound is needed."""
    if soft.is_column:
        return _service(model, soft, plan) if soft.family == MINIMUM_SERVICE.rows else _order(model, soft, plan)
    rows = next(rows for rows in model.builder.rows if rows.has(soft.index))
    for amounts in model.amounts:
        if amounts.stated is not None and amounts.is_stated_by(rows.name, rows.axes):
            return _amount(amounts, amounts.stated, rows.cell(soft.index), soft, amount)
    labels = rows.labels(soft.index)
    if soft.family == MODULES.rows:
        most = next(row.max_modules for row in model.frame.case.expansions if row.expansion == labels[0])
        return RequiredChange(soft.family, f"modules of {labels[0]}", (), most, most + amount, "over the plan")
    if soft.family == RAMP.rows:
        return _ramp(model, soft, labels, amount, plan)
    if soft.family == COMMITMENTS.rows:
        kind, item, last = labels[0].split(":", 2)
        return RequiredChange(soft.family, f"commitment to {kind} {item}", (last,), soft.bound, soft.bound + amount, "")
    for ruled in model.policies:
        if ruled.rows is rows:
            return _rule(ruled, soft, labels, plan)
    facts = BY_ROWS[soft.family]
    return RequiredChange(
        soft.family, facts.amount_of(", ".join(labels)), (), soft.bound, soft.bound + amount, facts.unit
    )


def _amount(amounts: Amounts, inputs: Floats, cell: int, soft: ElasticBound, more: float) -> RequiredChange:
    """An amount of the inputs: what it would have to be."""
    stated, share = float(inputs[cell]), 1.0 if amounts.share is None else float(amounts.share[cell])
    what = amounts.requirement.amount_of(amounts.items[cell])
    new = stated + more / share if share > 0 else None
    return RequiredChange(soft.family, what, (amounts.labels[cell],), stated, new, amounts.unit(cell))


def _service(model: Model, soft: ElasticBound, plan: Floats) -> RequiredChange:
    unserved = model.assignments.unserved
    cell = int(np.flatnonzero(unserved.column.ravel() == soft.index)[0])
    workload, node = np.unravel_index(cell, unserved.column.shape)
    row = model.frame.case.workloads[int(workload)]
    served = 1.0 - float(plan[soft.index]) / soft.own_size
    return RequiredChange(
        soft.family, f"minimum service of {row.workload}", (_period(model, int(node)),), row.min_service, served, ""
    )


def _order(model: Model, soft: ElasticBound, plan: Floats) -> RequiredChange:
    """A largest order, or something that is barred: what is taken of it at this plan."""
    name, _, labels = soft.name.rstrip("]").partition("[")
    item, label = labels.rsplit(",", 1)
    what = f"barred {name} of {item}" if soft.family == BARRED.rows else f"maximum order of {item}"
    lotted = next((row.lot_size is not None for row in model.frame.case.offers if row.offer == item), False)
    unit = "" if name not in ("order", "build") else "modules" if name == "build" else "lots" if lotted else "units"
    return RequiredChange(soft.family, what, (label,), soft.bound, float(plan[soft.index]), unit)


def _ramp(model: Model, soft: ElasticBound, labels: Sequence[str], amount: float, plan: Floats) -> RequiredChange:
    program = model.program
    own = slice(int(program.starts[soft.index]), int(program.starts[soft.index + 1]))
    received = float(np.maximum(program.values[own] * plan[program.columns[own]], 0.0).sum()) / model.frame.delta
    allowed = received - amount / model.frame.delta
    return RequiredChange(soft.family, f"ramp of {labels[0]}", (labels[1],), allowed, received, RAMP.unit)


def _rule(ruled: Ruled, soft: ElasticBound, labels: Sequence[str], plan: Floats) -> RequiredChange:
    """A policy: the value that it would need at this plan."""
    cell = ruled.rows.cell(soft.index)
    amount, measure = float(ruled.amount.value(plan).ravel()[cell]), float(ruled.measure.value(plan).ravel()[cell])
    growth = 1.0 if ruled.is_growth else 0.0
    what = f"policy {ruled.policy.policy} ({ruled.policy.kind})" + (f" for {labels[0]}" if ruled.is_growth else "")
    new = None if measure <= _NONE * amount else amount / measure - growth
    return RequiredChange(soft.family, what, (labels[1],), ruled.policy.value, new, "")


def _period(model: Model, node: int) -> str:
    return model.frame.node.labels[node]


def _listed(spans: Sequence[str]) -> str:
    return spans[0] if len(spans) == 1 else f"{', '.join(spans[:-1])} and {spans[-1]}"


def _safe(change: RequiredChange) -> float | None:
    """The new value with few digits, rounded so that it is enough."""
    if change.new is None or abs(change.new) <= _NONE * abs(change.old):
        return None if change.new is None else 0.0
    return _rounded(change.new, np.sign(change.new - change.old))


def _rounded(value: float, away: float) -> float:
    nearest = float(f"{value:.{_DIGITS}g}")
    if abs(nearest - value) <= _SAME * abs(value) or away == 0:
        return nearest
    step = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    return float(f"{(math.ceil if away > 0 else math.floor)(value / step) * step:.{_DIGITS}g}")


def _number(value: float) -> str:
    return f"{value:,.{_DIGITS}g}"
