"""The model, family by family: this file reads as its table of contents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Expr, Param
from models.builder import Builder
from models.case import Case
from models.data.bounds import largest_builds, largest_of_period, largest_orders
from models.data.machines import AcceleratorData, WorkData, machines_of, work_of
from models.data.offer_data import Supply, supply_of
from models.data.strategic_options import Strategy, strategy_of
from models.families import (
    acquisitions,
    agreements,
    budgets,
    carbon,
    commit_levels,
    commitments,
    expansions,
    facilities,
    fleet,
    gates,
    incentives,
    lease_changes,
    limits,
    orders,
    owed,
    policies,
    power,
    programmes,
    purchases,
    risk,
    running_leases,
    work,
)
from models.families.work import Assignments
from models.frame import Frame, frame_of
from models.frame_order import frame_in_order
from models.ledger import Ledger
from models.program import Floats, Program
from models.requirement import Amounts
from models.same_program import Numbering, OtherProgramError
from models.tree import Tree

REQUIREMENTS = (
    work.MINIMUM_SERVICE,
    budgets.BUDGETS,
    facilities.FACILITY,
    limits.LIMITS,
    orders.LARGEST_ORDER,
    power.SITE_POWER,
    carbon.CARBON,
    expansions.MODULES,
    programmes.RAMP,
    policies.VENDOR_SHARE,
    policies.CAPABILITY,
    policies.ORDER_GROWTH,
    policies.PROGRAMMES_AT_A_TIME,
    commitments.COMMITMENTS,
    commitments.BARRED,
)
"""The requirements that people can change, in the order in which they are reported."""
BY_ROWS = {one.rows: one for one in REQUIREMENTS}


@dataclass(frozen=True, eq=False)
class Model:
    """A program with everything that is needed to read its solutions."""

    frame: Frame
    program: Program
    builder: Builder
    ledger: Ledger
    strategy: Strategy
    supply: Supply
    machines: AcceleratorData
    work: WorkData
    orders: orders.Orders
    bill: Expr
    """(offer, node): USD million of the orders after volume discounts; of a lease, for a year."""
    programmes: programmes.Programmes
    acquisitions: acquisitions.Acquisitions
    agreements: agreements.Agreements
    expansions: expansions.Expansions
    limits: limits.Limits
    fleet: fleet.Fleet
    assignments: Assignments
    power: power.Power
    carbon: carbon.Carbon
    lease_changes: lease_changes.LeaseChanges
    commit_levels: commit_levels.CommitLevels
    incentives: incentives.Incentives
    facilities: facilities.Facilities
    budgets: tuple[budgets.BudgetConstraint, ...]
    policies: tuple[policies.Ruled, ...]
    amounts: tuple[Amounts, ...]
    """What people can ask more of, in the order in which it is reported."""
    in_order: Model | None = None
    """The model of the same program with rows of tables in canonical order; None where they are in that order."""

    @property
    def searched(self) -> Model:
        """The model with rows of tables in canonical order: what a search does goes by its order.

        Its program is that of this model, so that columns and rows are the same.
        """
        return self if self.in_order is None else replace(self.in_order, program=self.program)


def build(
    case: Case,
    *,
    futures: Sequence[Case] = (),
    tree: Tree | None = None,
    names: Sequence[str] = (),
    best_alone: Sequence[float] = (),
) -> Model:
    """Builds the model of a case, or of the futures of a scenario tree, which may have names.

    With the least cost of each future alone, `best_alone`, the greatest regret is minimised, else the cost.

    Raises:
        ModelError: labels or axes do not fit; checked cases do not cause it.
    """
    return built(frame_of(tuple(futures) or (case,), tree, names=names, stated=case, best_alone=best_alone))


def built(frame: Frame, *, orders_by_period: bool = False, largest: Floats | None = None) -> Model:
    """Builds the model of a frame; its program does not depend on the order of rows, and is stated in canonical order.

    `orders_by_period` and `largest` as `build_from`. Where the model in another order were found to state another
    program, it would have its own.
    """
    searched = built_in_order(frame, orders_by_period=orders_by_period, largest=largest)
    if searched.frame is frame:
        return searched
    try:
        made = build_from(
            frame, orders_by_period=orders_by_period, largest=largest, numbering=searched.builder.numbering()
        )
    except OtherProgramError:
        return build_from(frame, orders_by_period=orders_by_period, largest=largest)
    return replace(made, in_order=searched)


def built_in_order(frame: Frame, *, orders_by_period: bool = False, largest: Floats | None = None) -> Model:
    """Builds the model of a frame with rows of tables in canonical order: enough where only its program is asked for.

    `orders_by_period` and `largest`, in the order of the frame, as `build_from`.
    """
    order = frame_in_order(frame)
    if order is None:
        return build_from(frame, orders_by_period=orders_by_period, largest=largest)
    own = None if largest is None else largest[np.ix_(order.offers, order.nodes)]
    return build_from(order.frame, orders_by_period=orders_by_period, largest=own)


def build_from(
    frame: Frame,
    *,
    within_limits: bool = True,
    orders_by_period: bool = False,
    largest: Floats | None = None,
    numbering: Numbering | None = None,
) -> Model:
    """Builds the model of a frame in the order of its rows, with columns and rows as in a `numbering` where it has one.

    `largest[o,n]` bounds the units of an order, for a path of a tree in which other paths may need more. Unless
    `within_limits` no bound but a limit's own row follows from a limit: the same rows and columns, and the same plans,
    in a program that stays right where an amount of a row is changed. With `orders_by_period` orders are bounded by
    what all nodes of its period need. Raises OtherProgramError where the model does not state what was numbered.
    """
    strategy = strategy_of(frame)
    supply, machines, tasks = supply_of(frame, strategy), machines_of(frame), work_of(frame)
    builder, ledger = Builder(is_loose=not within_limits, numbering=numbering), Ledger(frame)
    if largest is None:
        largest = largest_orders(frame, supply, machines, tasks, strategy, within_limits=within_limits)
    if orders_by_period:
        largest = largest_of_period(frame, largest)
    most_modules = largest_builds(frame, tasks, within_limits=within_limits)
    ordered = orders.define(builder, frame, supply, largest)
    own = programmes.define(builder, frame, ledger, strategy)
    bought = acquisitions.define(builder, frame, ledger, strategy)
    agreed = agreements.define(builder, frame, ledger, strategy)
    added = expansions.define(builder, frame, ledger, strategy, most_modules)
    open_gates = _open_gates(frame, own, bought, agreed)
    gates.define(builder, frame, open_gates, _gated(frame, supply, ordered, own, bought, agreed, added))
    limited = limits.define(builder, frame, ordered.arrivals, open_gates.open)
    ramps = programmes.define_ramp(builder, frame, strategy, own, ordered.arrivals)
    agreements.define_take_or_pay(builder, frame, ledger, strategy, agreed, ordered.taken)
    changed = lease_changes.define(builder, frame, ledger, supply, ordered.receive)
    running = running_leases.define(frame, ledger) + changed.units
    units = fleet.define(builder, frame, ledger, supply, machines, ordered.receive, running)
    expansions.define_fixed_costs(builder, frame, ledger, added)
    assigned = work.define(builder, frame, ledger, tasks, units.active)
    gates.define_work_through_gate(builder, frame, supply, open_gates, assigned.assign, tasks.demand)
    powered = power.define(builder, frame, ledger, units.active, added.energised)
    emitted = carbon.define(builder, frame, ledger, powered.drawn, ordered.receive.expr)
    bill = purchases.define(builder, frame, ledger, supply, ordered, largest)
    owed.define(builder, frame, ledger, supply, strategy, ordered, bill, agreed)
    ruled = policies.define(builder, frame, ledger, machines, units.installed, ordered, own.running)
    counted = commit_levels.Counted(ordered.receive.expr, powered.drawn_by_accelerator, supply, largest)
    levels = commit_levels.define(builder, frame, ledger, strategy, agreed, counted)
    rewarded = incentives.define(builder, frame, ledger, ordered.receive.expr)
    lent, spending = facilities.define(builder, frame, ledger), budgets.define(builder, frame, ledger)
    events = (own.starts, bought.closings, agreed.signings, added.builds, lent.draws)
    commitments.define(builder, frame, ordered.units, events)
    amounts = (
        *(one.amounts for one in spending), lent.amounts, limited.amounts, powered.amounts, emitted.amounts,
        *ramps, *policies.ceilings(frame, ruled),
    )  # fmt: skip
    program = builder.finish(risk.define(builder, frame, ledger))
    return Model(
        frame, program, builder, ledger, strategy, supply, machines, tasks, ordered, bill, own, bought, agreed, added,
        limited, units, assigned, powered, emitted, changed, levels, rewarded, lent, spending, ruled, amounts,
    )  # fmt: skip


def _open_gates(
    frame: Frame, own: programmes.Programmes, bought: acquisitions.Acquisitions, agreed: agreements.Agreements
) -> gates.Gates:
    return gates.Gates(
        open=programmes.on_gates(frame, own.ready, bought.owned, agreed.live),
        ever=programmes.on_gates(frame, own.ready, bought.owned, agreed.ever),
        taken=programmes.on_gates(frame, own.taken, bought.taken, agreed.taken),
    )


def loosened(model: Model, *, is_capped: bool = True) -> Program:
    """Returns the program of a model, as it stands, in which nothing but a requirement itself says what it says.

    No bound is made of limits and modules; unless `is_capped` none of least service, largest orders and bars either,
    which are nothing but bounds of variables (`Builder.caps`). What was changed in the program since it was built (a
    held plan) stays.
    """
    loose = build_from(model.searched.frame, within_limits=False).program
    built, own = model.builder.program, model.program
    sides = ("objective", "column_lower", "column_upper", "row_lower", "row_upper")
    changed = {name: (getattr(own, name), getattr(built, name), getattr(loose, name)) for name in sides}
    found = {name: np.where(now == then, new, now) for name, (now, then, new) in changed.items()}
    for cap in model.builder.caps if is_capped else ():
        found["column_upper"][cap.columns] = np.minimum(found["column_upper"][cap.columns], cap.upper)
    return replace(loose, **found)


def _gated(
    frame: Frame,
    supply: Supply,
    ordered: orders.Orders,
    own: programmes.Programmes,
    bought: acquisitions.Acquisitions,
    agreed: agreements.Agreements,
    added: expansions.Expansions,
) -> list[gates.Gated]:
    """Everything that can be gated or excluded."""
    case = frame.case
    single = [
        (own.starts, [(row.requires, row.excludes) for row in case.routes]),
        (bought.closings, [(row.requires, row.excludes) for row in case.acquisitions]),
        (agreed.signings, [(row.requires, row.excludes) for row in case.agreements]),
    ]
    most = Param((frame.offer, frame.node), ordered.most * supply.lot[:, None])
    rows = [(row.requires, row.excludes) for row in case.offers]
    found = [gates.Gated(frame.offer, rows, ordered.units, most, ordered.order.exists, is_single=False)]
    rows = [(row.requires, row.excludes) for row in case.expansions]
    builds = added.builds
    found.append(gates.Gated(frame.expansion, rows, builds.expr, added.most, builds.block.exists, is_single=False))
    for events, rows in single:
        axis = events.axis
        so_far = events.unfold(np.ones((len(axis), frame.farthest)))
        one = Param((axis,), np.ones(len(axis)))
        found.append(gates.Gated(axis, rows, events.expr, one, events.block.exists, is_single=True, so_far=so_far))
    return found
