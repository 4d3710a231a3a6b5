"""How the cost of a plan depends on the price of something in it, while all that is decided stays.

Nothing is solved: the program of the case is built at two prices, and the plan is put into both. Costs and rows are
linear in the price, so that two prices say all: what the plan costs more by unit of the price, and up to which price it
keeps every row (a budget, say).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.build import Model, build
from models.program import Floats, Ints, Program
from models.recourse import as_columns
from models.uncertainty.scenario_tree import planned_model
from planner.studies.future_recipes import KINDS, future_of
from planner.studies.point_solving import plan_values
from planner.sweeps.points import Point, WorkContext

QUESTION = "price slopes"
_TOLERANCE = 1e-6
"""A row that a plan keeps to this, relative to max(1, its bound), is kept: solvers keep rows to a tolerance."""
_NOISE = 1e-9
"""A change of a row by less than this, relative to its size, is none."""


def slopes_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns how the cost of the neighbour's plan depends on prices.

    The recipe holds the `future` that the plan was made for, and for each of `prices` by name the price there (`at`),
    another one (`beside`) and the `levers` that set it. `slope` is USD million a unit of the price for what is decided,
    `fixed` for what is paid whatever is decided, `room` by how much the price may rise before the plan breaks a row
    (none: by any amount), `least` and `most` the slope of one event of a strategic decision, over its dates, and
    `in_rows` says whether some row depends on the price.
    """
    if context.start is None:
        return {"status": "failed", "why": ["there is no plan at this price"]}
    future, values = dict(point.recipe["future"]), plan_values(context.start)
    model = _model(context, future)
    solution = as_columns(model.program, values)
    found = {}
    for name, one in point.recipe["prices"].items():
        beside = _model(context, future | {"levers": one["levers"]})
        step = float(one["beside"]) - float(one["at"])
        found[name] = _slopes(model, beside, solution, step, name)
    return {"status": "done", "slopes": found}


def _model(context: WorkContext, recipe: Mapping[str, Any]) -> Model:
    case = future_of(context.case, recipe).case
    return planned_model(case) if recipe.get("over_scenarios") else build(case)


def _slopes(model: Model, beside: Model, solution: Floats, step: float, name: str) -> dict[str, Any]:
    first, second = model.program, beside.program
    by_column = (second.objective - first.objective) / step
    room = _room(first, second, solution)
    events = by_column[_events(model, name)]
    return {
        "slope": _clean(float(by_column @ solution)),
        "fixed": _clean((second.constant - first.constant) / step),
        "room": None if room is None else _clean(room * step),
        "least": _clean(events.min()) if len(events) else None,
        "most": _clean(events.max()) if len(events) else None,
        "in_rows": _differ(first, second),
    }


def _differ(first: Program, second: Program) -> bool:
    """True where two programs of the same rows and columns differ in a row that is bounded."""
    kept = np.isfinite(first.row_upper) | np.isfinite(first.row_lower)
    same = len(first.values) == len(second.values) and np.array_equal(first.columns, second.columns)
    ends = ((first.row_lower, second.row_lower), (first.row_upper, second.row_upper))
    if not same or not all(np.array_equal(one[kept], other[kept]) for one, other in ends):
        return True
    return bool((kept[first.row_of_entries()] & (first.values != second.values)).any())


def _room(first: Program, second: Program, solution: Floats) -> float | None:
    """How many steps from the first program to the second a solution keeps all rows; None for any number."""
    before, after = first.row_activity(solution), second.row_activity(solution)
    steps = []
    for low, high, sign in ((first.row_upper, second.row_upper, 1.0), (first.row_lower, second.row_lower, -1.0)):
        kept = np.isfinite(low) & np.isfinite(high)
        slack, later = sign * (low - before)[kept], sign * (high - after)[kept]
        size = np.maximum(1.0, np.maximum(np.abs(before[kept]), np.abs(low[kept])))
        falls = slack - later > _NOISE * size
        steps += ((slack + _TOLERANCE * size)[falls] / (slack - later)[falls]).tolist()
    return max(0.0, min(steps)) if steps else None


def _events(model: Model, name: str) -> Ints:
    """The columns of the dates of a strategic decision; none for an offer, whose amounts are not one."""
    kind, _, item = name.partition(":")
    block = model.builder.blocks[KINDS[kind]] if kind in KINDS else None
    if block is None:
        return np.empty(0, dtype=np.int64)
    labels = block.axes[0].labels
    own = [place for place, label in enumerate(labels) if label.split("/")[0] == item]
    columns = block.column[own].ravel()
    return np.asarray(columns[columns >= 0])


def _clean(value: float) -> float:
    return float(f"{value:.12g}")
