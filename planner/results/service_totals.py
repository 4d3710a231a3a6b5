"""How much of each workload is asked for and served, in its own unit; sums over unlike units are never made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.frame import SECONDS_OF_YEAR
from models.program import Floats
from models.solution import Solution
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table

MILLION = 1e-6
_SHARE_DIGITS = 6
"""Shares that agree in these digits are equally small; a share of 1 in these digits is service in full."""


@dataclass(frozen=True)
class LeastServed:
    """The least share served and whose it is; blank where there is no demand, and no name where all is served."""

    share: float | None
    name: str


def least_of(shares: list[tuple[str, float | None]]) -> LeastServed:
    """Returns the smallest share with the first name that has it; None is a share of no demand."""
    known = [(round(share, _SHARE_DIGITS), place) for place, (_, share) in enumerate(shares) if share is not None]
    if not known:
        return LeastServed(None, "")
    rounded, place = min(known)
    return LeastServed(shares[place][1], shares[place][0] if rounded < 1.0 else "")


def ratio(part: float, whole: float) -> float | None:
    """Returns a share; None for 0/0 and for a share of nothing."""
    return float(part / whole) if whole > 0 else None


@dataclass(frozen=True, eq=False)
class WorkTotals:
    """Demand, served and unserved work by (workload, node): queries a second at peak, and millions in the period."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    demand: Floats
    served: Floats
    unserved: Floats
    million: Floats
    """Millions of units in a period for one query a second at peak, by workload."""

    @property
    def has_one_unit(self) -> bool:
        """True where amounts of all workloads may be added up."""
        return len(set(self.units)) == 1

    def share(self, workload: int, node: int) -> float | None:
        """Returns the share served; None where nothing is asked for."""
        return ratio(float(self.served[workload, node]), float(self.demand[workload, node]))

    def thousands(self) -> Floats:
        """Returns thousands of units served, over all workloads, by node; they are to have one unit."""
        return np.asarray((self.served * self.million[:, None]).sum(axis=0) * 1e3)


def work_of(solution: Solution) -> WorkTotals:
    """Returns demand and service of a plan."""
    model = solution.model
    rows = model.frame.case.workloads
    return WorkTotals(
        names=model.frame.workload.labels,
        units=tuple(row.unit for row in rows),
        demand=model.work.demand,
        served=solution.value(model.assignments.assign).sum(axis=(0, 1)),
        unserved=solution.value(model.assignments.unserved),
        million=SECONDS_OF_YEAR * model.frame.delta / model.work.peak * MILLION,
    )


def service(solution: Solution, places: NodeLabels) -> Table:
    """Returns demand, served and unserved work: queries a second at peak, share, and millions in the period."""
    work = work_of(solution)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for w, workload in enumerate(work.names):
        for node, period in enumerate(places.period):
            rates = tuple(float(of[w, node]) for of in (work.demand, work.served, work.unserved))
            amounts = tuple(rate * float(work.million[w]) for rate in rates)
            rows.append((node, (workload, period, *rates, work.share(w, node), *amounts)))
    columns = "demand_qps served_qps unserved_qps share_served demand_million served_million unserved_million"
    return places.table("service", f"workload period {columns}", rows)


def service_by_workload(solution: Solution, places: NodeLabels) -> Table:
    """Returns service of each workload over the reported periods, least served first; on a tree by path."""
    work, tree = work_of(solution), solution.model.frame.tree
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for path in tree.paths():
        reported = [int(node) for node in path if places.is_reported[node]]
        found = [_whole(work, w, reported, places) for w in range(len(work.names))]
        order = sorted(range(len(found)), key=lambda w: (found[w][0] is None, round(found[w][0] or 0.0, _SHARE_DIGITS)))
        rows += [(int(path[-1]), found[w][1]) for w in order]
    columns = "workload unit demand_million served_million unserved_million share_served worst_period worst_share"
    return places.table("service_by_workload", columns, rows)


def _whole(work: WorkTotals, w: int, nodes: list[int], places: NodeLabels) -> tuple[float | None, tuple[Cell, ...]]:
    sums = [float(of[w, nodes].sum() * work.million[w]) for of in (work.demand, work.served, work.unserved)]
    share = ratio(sums[1], sums[0])
    worst = least_of([(places.period[node], work.share(w, node)) for node in nodes])
    return share, (work.names[w], work.units[w], *sums, share, worst.name, worst.share)


MAKES = (service, service_by_workload)
