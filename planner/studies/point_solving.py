"""How points are solved, whatever they ask: searched, polished, least violated, checked, stored and made results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.build import Model
from models.case import Case
from models.families.limits import LIMITS
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import polish
from models.program import Program
from models.recourse import as_columns, values_of
from models.solution import Solution
from models.tree_search.lp_protocol import Basis, WarmStart
from models.verify import verify
from models.violation import ViolatedLimit, minimum_violation
from planner.results import Table, tables_of
from planner.studies.significance import ANSWERED
from planner.sweeps.points import Arrays, StoredPlan, WorkContext

_MOST_FINDINGS = 6
ROOM = 1e-5
"""By so much less than was ordered is held as ordered, so that no solver's tolerance stands against it."""


class CheckRefusal(Exception):
    """The independent check refuses the plan of a point."""


def plan_values(stored: StoredPlan) -> dict[str, float]:
    """Returns a stored plan by the names of its columns."""
    return dict(zip(stored.arrays["names"].tolist(), stored.arrays["values"].tolist(), strict=True))


@dataclass(frozen=True)
class ViolatingPlan:
    """A plan with what it violates, and the least that any plan violates by price, as far as that is proven."""

    outcome: Outcome
    breaches: tuple[ViolatedLimit, ...] = ()
    least_price_musd: float = 0.0
    is_exact: bool = True
    """False where what is held is held with a little room, so that the plan may cost less than one without."""


def exact_plan(
    context: WorkContext,
    model: Model,
    outcome: Outcome,
    options: SolveOptions,
    *,
    plan: StoredPlan | None,
    seen: int,
    held: Program | None = None,
) -> ViolatingPlan:
    """Returns the polished outcome; where there is none, that of the least violation of what people have set.

    `plan` is the one that violations are measured against, `held` is the program of a held plan without the room that
    the model's leaves it.
    """
    is_exact = True
    if outcome.has_solution:
        polished = outcome if held is None else polish(held, outcome, engine=context.engine, options=options)
        is_exact = held is None or polished.has_solution
        if held is None or not polished.has_solution:
            polished = polish(model.program, outcome, engine=context.engine, options=options)
        outcome = polished
    if outcome.has_solution or plan is None or outcome.stop is Stop.ANSWERED:
        return ViolatingPlan(outcome, is_exact=is_exact)
    strained = minimum_violation(
        model,
        context.engine,
        options,
        undisturbed_musd=float(plan.arrays["objective"]),
        undisturbed=as_columns(model.program, plan_values(plan)),
        seen=seen,
        exact=held,
    )
    if not strained.outcome.has_solution:
        return ViolatingPlan(strained.outcome if strained.outcome.status is Status.INFEASIBLE else outcome)
    least = strained.least_price_musd or 0.0
    return ViolatingPlan(strained.outcome, strained.breaches, max(0.0, least), strained.is_exact)


def without_plan(model: Model, context: WorkContext, outcome: Outcome) -> dict[str, Any]:
    """Returns the result of a point without a plan, with its bound where that has answered the question."""
    if outcome.stop is Stop.ANSWERED and outcome.bound is not None:
        bound = float(f"{outcome.bound:.12g}")
        why = f"every plan costs at least {bound:,.1f} USD million, which answers the question"
        return {"status": ANSWERED, "stop": outcome.stop.value, "bound_musd": bound, "why": [why]}
    if outcome.status is Status.INFEASIBLE:
        return {"status": outcome.status.value, "why": _reasons(model, context)}
    limit = context.options.time_limit_s
    nothing = "no plan was found" + ("" if limit is None else f" within {limit:g} s")
    return {"status": outcome.status.value, "why": [outcome.detail or nothing]}


def started(options: SolveOptions, model: Model, start: StoredPlan | None) -> SolveOptions:
    """Returns the options of a search that starts from a stored plan."""
    if start is None:
        return options
    return replace(options, hint=as_columns(model.program, plan_values(start)))


def plan_arrays(model: Model, outcome: Outcome, tables: Mapping[str, Table]) -> Arrays:
    """Returns what is kept of the plan of a point for its neighbours: its columns, orders and cost, and its search."""
    values = values_of(model, outcome.values)
    orders = list(tables["orders"].records())
    return {
        "names": np.array(list(values), dtype=str),
        "values": np.array(list(values.values()), dtype=float),
        "objective": np.array(outcome.objective),
        "offers": np.array([str(row["offer"]) for row in orders], dtype=str),
        "periods": np.array([str(row["period"]) for row in orders], dtype=str),
        "units": np.array([row["units"] for row in orders], dtype=float),
        "scenarios": np.array([str(row.get("scenarios", "")) for row in orders], dtype=str),
        **_end_arrays(outcome.end),
    }


def _end_arrays(end: WarmStart | None) -> Arrays:
    if end is None or end.aggregated is None or end.pseudo_costs is None:
        return {}
    return {
        "basis_columns": end.basis.columns.astype(np.int8),
        "basis_rows": end.basis.rows.astype(np.int8),
        "aggregated": end.aggregated,
        "pseudo_costs": end.pseudo_costs,
    }


def search_end(start: StoredPlan | None) -> WarmStart | None:
    """Returns where the search of a stored plan ended; None where that is not known."""
    if start is None or "pseudo_costs" not in start.arrays:
        return None
    arrays = start.arrays
    basis = Basis(*(arrays[name].astype(np.int64) for name in ("basis_columns", "basis_rows")))
    return WarmStart(basis, arrays["aggregated"], arrays["pseudo_costs"])


def checked_tables(
    case: Case,
    model: Model,
    found: ViolatingPlan,
    *,
    lifted: Sequence[str] = (),
    futures: Mapping[str, Case] | None = None,
) -> dict[str, Table]:
    """Returns the result tables of a plan that passes the independent check, but for limits reported as violated.

    `futures` are the cases of a plan over scenarios by name.

    Raises:
        CheckRefusal: it does not.
    """
    tables = tables_of(Solution(model, found.outcome))
    records = {name: list(table.records()) for name, table in tables.items()}
    report = verify(case, records, found.outcome.objective, futures=futures)
    allowed = {breach.requirement for breach in found.breaches} | ({LIMITS.rows} if lifted else set())
    others = [str(finding) for finding in report.findings if finding.requirement not in allowed]
    if others:
        msg = "the independent check refuses the plan: " + "; ".join(others[:_MOST_FINDINGS])
        raise CheckRefusal(msg)
    return tables


def _reasons(model: Model, context: WorkContext) -> list[str]:
    from models.diagnose import explain

    return list(explain(model, context.engine).lines)


def violations(found: ViolatingPlan) -> dict[str, Any]:
    """Returns what a plan violates, as a part of its result."""
    price = sum(breach.price_musd for breach in found.breaches)
    return {
        "breaches": [_breach(breach) for breach in found.breaches],
        "breach_price_musd": float(f"{price:.12g}"),
        "breach_least_musd": float(f"{min(price, found.least_price_musd):.12g}"),
    }


def limit_place(name: str) -> str:
    """Returns what a row of a limit is about: the labels in its name."""
    return name.partition("[")[2].rstrip("]") or name


def _breach(breach: ViolatedLimit) -> dict[str, Any]:
    return {
        "requirement": breach.requirement,
        "where": breach.where,
        "amount": float(f"{breach.amount:.9g}"),
        "unit": breach.unit,
        "price_musd": float(f"{breach.price_musd:.9g}"),
    }
