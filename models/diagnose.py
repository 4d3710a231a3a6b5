"""Why a case has no plan: which requirements cannot hold together, and the least that would have to give.

What comes from the inputs as a bound may give way, each at a price of 1 for giving way by its own size (an elastic
program, after Chinneck, Feasibility and Infeasibility in Optimization, 2008, chapter 6). What defines the model
(stocks, arrivals, gates) stays hard. The conflicting families are found by deletion: a family that can be dropped
without making the rest possible is not part of the conflict; what remains is irreducible. A family is dropped as
undecided only when a solve ends without an answer, and then it is kept and said so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.outcome import SolveOptions, Status
from models.program import Floats, Ints, Names, Program
from models.solvers.catalogue import general_code
from models.solvers.child import Engine

FAMILIES = {
    "minimum_service": "the least share of demand that must be served",
    "budgets": "the budgets",
    "limits": "the limits of supply",
    "site_power": "the power of the sites",
    "expansion_modules": "the number of modules",
    "ramp": "the ramps of own chips",
    "vendor_share": "the policies on vendor shares",
    "capability_bounds": "the policies on capability",
    "order_growth": "the policies on order growth",
    "active_programmes": "the policies on programmes at a time",
    "commitments": "the commitments",
}
_SECONDS = 20.0
_MOST_LINES = 8
_NOTHING = 1e-6


@dataclass(frozen=True)
class Diagnosis:
    """Plain sentences, the most telling first; `families` cannot all hold together."""

    lines: tuple[str, ...]
    families: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Elastic:
    """A program whose soft rows have slack columns: for each slack its column, family, row, side and size."""

    program: Program
    first_slack: int
    family: tuple[str, ...]
    name: tuple[str, ...]
    side: tuple[str, ...]
    size: Floats

    def with_free(self, families: Iterable[str]) -> Program:
        """Returns the program in which only the slacks of some families may be used."""
        free = set(families)
        upper = self.program.column_upper.copy()
        upper[self.first_slack :] = [np.inf if family in free else 0.0 for family in self.family]
        return replace(self.program, column_upper=upper)


def explain(model: Model, engine: Engine) -> Diagnosis:
    """Returns which families of requirements conflict, and the least relative change that makes a plan possible.

    Conflicts mostly show without integrality, which takes a fraction of a second; the integers are looked at only
    where the relaxation finds nothing.
    """
    elastic = elastic_of(model)
    present = [family for family in FAMILIES if family in elastic.family]
    for relax in (True, False):
        options = SolveOptions(solver=engine.name, gap=0.01, time_limit_s=_SECONDS, relax=relax)
        least = engine.solve(elastic.with_free(present), options, code=general_code(engine.name))
        if least.solution is None:
            return Diagnosis(("The conflict lies in the structure of the case: gates, windows and lead times.",), ())
        slack = least.solution[elastic.first_slack :]
        if (slack > _NOTHING * elastic.size).any():
            break
    conflict = _conflict(elastic, present, engine, options)
    words = [FAMILIES[family] for family in conflict]
    lines = [f"These cannot hold together: {'; '.join(words)}."] if words else []
    lines.append("The least that would have to give, each measured against its own size:")
    lines += _changes(elastic, slack)
    return Diagnosis(tuple(lines), tuple(conflict))


def _conflict(elastic: Elastic, families: list[str], engine: Engine, options: SolveOptions) -> list[str]:
    """An irreducible set of families that no plan can meet together."""
    needed = list(families)
    for family in families:
        dropped = [other for other in families if other not in needed or other == family]
        program = elastic.with_free(dropped)
        any_plan = replace(program, objective=np.zeros_like(program.objective))
        outcome = engine.solve(any_plan, replace(options, gap=1.0), code=general_code(engine.name))
        if outcome.status is Status.INFEASIBLE:
            needed.remove(family)
    return needed


def elastic_of(model: Model) -> Elastic:
    """Returns the elastic program: no cost but that of giving way."""
    program = model.program
    softs = [_soft_rows(program), _soft_service(model)]
    family = [entry[0] for soft in softs for entry in soft]
    widened, extra = _with_service_rows(program, [index for _, index, _, _ in softs[1]])
    first = program.column_count
    rows = np.array([index for _, index, _, _ in softs[0]] + extra, dtype=np.int64)
    side = [which for soft in softs for _, _, which, _ in soft]
    size = np.array([max(amount, 1.0) for soft in softs for _, _, _, amount in soft])
    sign = np.array([-1.0 if which == "more" else 1.0 for which in side])
    names = [program.row_name(index) for _, index, _, _ in softs[0]]
    names += [program.column_name(index) for _, index, _, _ in softs[1]]
    columns = first + np.arange(len(rows))
    entries = np.concatenate([widened.row_of_entries(), rows])
    places, values = np.concatenate([widened.columns, columns]), np.concatenate([widened.values, sign])
    order = np.lexsort((places, entries))
    starts = np.zeros(widened.row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(entries, minlength=widened.row_count), out=starts[1:])
    slack = Names("give", first, (tuple(str(i) for i in range(len(rows))),), (np.arange(len(rows)),))
    made = replace(
        widened,
        objective=np.concatenate([np.zeros(first), 1.0 / size]),
        constant=0.0,
        column_lower=np.concatenate([widened.column_lower, np.zeros(len(rows))]),
        column_upper=np.concatenate([widened.column_upper, np.full(len(rows), np.inf)]),
        is_integer=np.concatenate([widened.is_integer, np.zeros(len(rows), dtype=bool)]),
        starts=starts,
        columns=places[order],
        values=values[order],
        column_names=(*widened.column_names, slack),
    )
    return Elastic(made, first, tuple(family), tuple(names), tuple(side), size)


Soft = tuple[str, int, str, float]
"""Family, index of the row or column, whether it needs `more` or `less`, and the size of its bound."""


def _soft_rows(program: Program) -> list[Soft]:
    found: list[Soft] = []
    for names in program.row_names:
        if names.block in FAMILIES:
            for row in range(names.first, names.first + names.size):
                low, high = program.row_lower[row], program.row_upper[row]
                if np.isfinite(high):
                    found.append((names.block, row, "more", abs(float(high))))
                if np.isfinite(low):
                    found.append((names.block, row, "less", abs(float(low))))
    return found


def _soft_service(model: Model) -> list[Soft]:
    """The bounds on unserved demand, measured against the whole demand."""
    unserved = model.assignments.unserved
    columns, demand = unserved.column.ravel(), model.work.demand.ravel()
    return [
        ("minimum_service", int(columns[cell]), "more", float(demand[cell])) for cell in np.flatnonzero(columns >= 0)
    ]


def _with_service_rows(program: Program, columns: list[int]) -> tuple[Program, list[int]]:
    """Turns the bounds of unserved demand into rows, which can be given slack."""
    count = len(columns)
    index: Ints = np.array(columns, dtype=np.int64)
    upper = program.column_upper.copy()
    bound = upper[index]
    upper[index] = np.inf
    rows = program.row_count + np.arange(count)
    names = Names("minimum_service", program.row_count, (tuple(str(i) for i in range(count)),), (np.arange(count),))
    made = replace(
        program,
        column_upper=upper,
        starts=np.concatenate([program.starts, program.starts[-1] + 1 + np.arange(count)]),
        columns=np.concatenate([program.columns, index]),
        values=np.concatenate([program.values, np.ones(count)]),
        row_lower=np.concatenate([program.row_lower, np.full(count, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, bound]),
        row_names=(*program.row_names, names),
    )
    return made, rows.tolist()


def _changes(elastic: Elastic, slack: Floats) -> list[str]:
    share = slack / elastic.size
    used = [int(i) for i in np.argsort(-share) if slack[i] > _NOTHING * elastic.size[i]]
    lines = [f"  {_change(elastic, i, float(slack[i]))}" for i in used[:_MOST_LINES]]
    if len(used) > _MOST_LINES:
        lines.append(f"  and {len(used) - _MOST_LINES} more.")
    return lines


def _change(elastic: Elastic, index: int, slack: float) -> str:
    family, name = elastic.family[index], elastic.name[index].partition("[")[2].rstrip("]")
    where = name.replace(",", " in ").replace(":", " in ") if name else family
    size = elastic.size[index]
    if family == "minimum_service":
        return f"minimum service of {where}: lower by {slack / size:.4f} (of a demand of {size:,.6g} queries/s)"
    units = {"budgets": " USD million", "site_power": " MW", "expansion_modules": " modules", "ramp": " units"}
    unit = units.get(family, "")
    if elastic.side[index] == "less":
        return f"{family.replace('_', ' ')} of {where}: {slack:,.6g}{unit} less than asked for"
    share = f" ({slack / size:.1%} of {size:,.6g})" if size > 1.0 else ""
    return f"{family.replace('_', ' ')} of {where}: {slack:,.6g}{unit} more are needed{share}"
