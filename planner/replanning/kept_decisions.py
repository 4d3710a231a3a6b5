"""Which fenced decisions can be kept in the next case, and which give way: those of the least worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import REQUIREMENTS, Model, loosened
from models.case import Case
from models.elastic import Elastic, ElasticBound, elastic_of, sizes_of, softs_of
from models.families.commitments import BARRED, COMMITMENTS
from models.outcome import SolveOptions
from models.program import Program
from models.repairs import changes_of
from models.solvers.catalogue import general_code
from models.solvers.child import Engine
from models.tables.strategy_rows import Commitment
from models.uncertainty.scenario_tree import planned_model
from planner.errors import listed
from planner.replanning.fence import ONCE, FencedDecision

_NOISE = 1e-6
_SECONDS = 60.0
_STRUCTURE = "its window, gates, lead time or price in the new inputs"


@dataclass(frozen=True)
class KeptDecision:
    """A fenced decision as it is in the next case; `why` names what stands in the way where it is another."""

    decision: FencedDecision
    quantity: float
    why: str = ""

    @property
    def is_kept(self) -> bool:
        """True where it is what the plan before decided."""
        return abs(self.quantity - self.decision.quantity) <= _NOISE * max(1.0, self.decision.quantity)

    @property
    def moved_musd(self) -> float:
        """The worth of what is moved, USD million."""
        return abs(self.quantity - self.decision.quantity) * self.decision.musd_per_unit

    @property
    def row(self) -> Commitment:
        """The commitment of the next case."""
        given = self.decision.row
        if given.kind in ONCE:
            return replace(given, status="fixed" if self.quantity > 0.5 else "barred")
        if self.quantity <= _NOISE:
            return replace(given, quantity=None, status="barred")
        return given if self.is_kept else replace(given, quantity=self.quantity)


def kept_decisions(
    case: Case, decisions: Sequence[FencedDecision], engine: Engine, *, base: bool = False
) -> list[KeptDecision]:
    """Returns the fenced decisions as they can be kept: of all plans one that moves the least worth of them.

    Where the case has no plan at all, they are returned as they are, and planning says why.
    """
    if not decisions:
        return []
    held = replace(case, commitments=(*case.commitments, *(one.row for one in decisions)))
    model = planned_model(held, base=base)
    elastic, place = _elastic(model, decisions)
    options = SolveOptions(gap=1e-6, time_limit_s=_SECONDS)
    found = engine.solve(elastic.program, options, code=general_code(engine.name))
    if found.solution is None:
        return [KeptDecision(one, one.quantity) for one in decisions]
    moved = [one.quantity for one in decisions]
    amounts = elastic.amounts(found.solution)
    for at, soft, amount in zip(place, elastic.soft, amounts, strict=True):
        # On a tree a decision has a row on each of its paths, which all say the same.
        if amount > _NOISE:
            moved[at] = decisions[at].quantity + (amount if soft.side == "more" else -amount)
    kept = [KeptDecision(one, _clean(one, quantity)) for one, quantity in zip(decisions, moved, strict=True)]
    return [one if one.is_kept else replace(one, why=_why(case, kept, one, engine, base=base)) for one in kept]


def _clean(decision: FencedDecision, quantity: float) -> float:
    """A quantity without the noise of the solver; whole modules and single decisions."""
    whole = decision.row.kind in (*ONCE, "build") or abs(quantity - round(quantity)) < _NOISE
    return float(max(0.0, round(quantity) if whole else quantity))


def _elastic(model: Model, decisions: Sequence[FencedDecision]) -> tuple[Elastic, list[int]]:
    """The program in which fenced decisions alone give way, at their worth, and the decision of each slack."""
    model = model.searched
    soft, place = [], []
    cells = _cells(model, decisions)
    for one in softs_of(model, model.program, (COMMITMENTS.rows, BARRED.rows)):
        at = cells.get(("column", one.index) if one.is_column else ("row", one.index))
        if at is not None:
            soft.append(one)
            place.append(at)
    size = np.array([1.0 / decisions[at].musd_per_unit for at in place])
    return elastic_of(model.program, tuple(soft), size), place


def _cells(model: Model, decisions: Sequence[FencedDecision]) -> dict[tuple[str, int], int]:
    """Which decision each row of a commitment, and each column that is barred, belongs to."""
    found: dict[tuple[str, int], int] = {}
    frame = model.frame
    by_label: dict[tuple[str, str, str], list[int]] = {}
    for at, one in enumerate(decisions):
        row = one.row
        if row.status == "barred":
            block = model.builder.blocks[row.kind]
            name = f"{row.item}/{row.route}" if row.kind == "start" else row.item
            item, period = block.axes[0].position(name), frame.calendar.period_at(row.period)
            for column in block.column[item, frame.tree.period == period].ravel():
                found["column", int(column)] = at
        else:
            by_label.setdefault((row.kind, row.item, row.period), []).append(at)
    for rows in model.builder.rows:
        if rows.name != COMMITMENTS.rows:
            continue
        for index in range(rows.first, rows.first + len(rows.cells)):
            kind, name, node = rows.labels(index)[0].split(":", 2)
            for at in by_label.get((kind, name, node.split("/")[0]), ()):
                found["row", index] = at
    return found


def _why(case: Case, kept: Sequence[KeptDecision], moved: KeptDecision, engine: Engine, *, base: bool) -> str:
    """What would have to give for one decision to be kept while the others are as they can be: the least of it."""
    rows = [one.decision.row if one is moved else one.row for one in kept]
    model = planned_model(replace(case, commitments=(*case.commitments, *rows)), base=base)
    families = [one.rows for one in REQUIREMENTS if one.rows not in (COMMITMENTS.rows, BARRED.rows)]
    program: Program = loosened(model, is_capped=False)
    soft: tuple[ElasticBound, ...] = softs_of(model, program, families)
    elastic = elastic_of(program, soft, sizes_of(soft))
    options = SolveOptions(gap=1e-3, time_limit_s=_SECONDS)
    found = engine.solve(elastic.program, options, code=general_code(engine.name))
    if found.solution is None:
        return _STRUCTURE
    used = np.flatnonzero(found.solution[elastic.first_slack :] > _NOISE)
    return listed([str(change) for change in changes_of(model, elastic, found.solution, used)], most=3) or _STRUCTURE
