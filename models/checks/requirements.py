"""Every requirement that a plan is checked for, in one ordered list; the function's name is the requirement's."""

from __future__ import annotations

import re

from models.checks import (
    basis,
    binding_checks,
    budget_checks,
    decision_checks,
    emissions,
    figures,
    financing,
    fleet_checks,
    incentive_checks,
    level_checks,
    listings,
    money,
    obligation_checks,
    owed_checks,
    policy_checks,
    power_checks,
    right_checks,
    service_checks,
    statement_checks,
    strategy_checks,
    sums,
    supply_checks,
    work_checks,
)
from models.checks.plan_check import PlanCheck
from models.checks.result_columns import GIVEN
from models.checks.worth_checks import BESIDE

READING = "tables"
"""The name under which cells, rows and tables that cannot be read are found."""

REQUIREMENTS: tuple[PlanCheck, ...] = (
    supply_checks.arrivals_follow_orders,
    right_checks.cancellations,
    supply_checks.order_lots,
    supply_checks.order_sites,
    supply_checks.limits,
    strategy_checks.gates,
    strategy_checks.ramp,
    strategy_checks.excludes,
    strategy_checks.once_each,
    fleet_checks.fleet_balance,
    right_checks.lease_exit,
    right_checks.lease_renewal,
    fleet_checks.leases_in_term,
    fleet_checks.active_within_fleet,
    work_checks.work_within_active,
    work_checks.workload_sites,
    work_checks.demand_balance,
    work_checks.minimum_service,
    power_checks.site_power,
    power_checks.expansion_modules,
    emissions.carbon_limits,
    incentive_checks.milestone,
    financing.facility_limits,
    financing.facility_advance,
    budget_checks.budgets,
    policy_checks.vendor_share,
    policy_checks.capability_bounds,
    policy_checks.order_growth,
    strategy_checks.active_programmes,
    strategy_checks.commitments,
    money.take_or_pay,
    level_checks.commit_level,
    money.price_tiers,
    money.cost_hardware,
    money.cost_lease,
    money.cost_expansion,
    money.cost_tape_out,
    money.cost_acquisition,
    money.cost_agreement,
    money.cost_power,
    money.cost_maintenance,
    money.cost_variable,
    emissions.cost_carbon,
    financing.cost_financing,
    incentive_checks.cost_incentive,
    money.cost_resale,
    money.cost_revenue,
    money.cost_unserved,
    money.value_left,
    money.cost_kinds,
    money.discounting,
    money.objective,
    fleet_checks.sales_table,
    listings.orders_table,
    right_checks.cancellations_table,
    right_checks.lease_changes_table,
    right_checks.leases_table,
    listings.tape_outs_table,
    listings.acquisitions_table,
    listings.agreements_table,
    listings.expansions_table,
    service_checks.service_table,
    service_checks.service_by_workload,
    power_checks.power_table,
    emissions.carbon_table,
    emissions.carbon_limits_table,
    financing.financing_table,
    incentive_checks.incentives_table,
    level_checks.commit_levels_table,
    listings.limits_table,
    listings.budgets_table,
    binding_checks.prices,
    binding_checks.binding_table,
    decision_checks.decisions_table,
    decision_checks.milestones_table,
    owed_checks.owed_table,
    figures.period_figures,
    figures.key_figures,
    basis.input_basis,
    *sums.TABLES,
    *obligation_checks.TABLES,
    *statement_checks.TABLES,
)

NAMES: tuple[str, ...] = (READING, *(requirement.name for requirement in REQUIREMENTS))
COLUMNS = GIVEN | {one.table: dict(one.cells) for one in REQUIREMENTS if one.table}
"""The columns of the result tables with the kind of their cells."""
_BY_NAME = {one.name: one for one in REQUIREMENTS}
PRICE_TABLES = {one.prices: one.table for one in REQUIREMENTS if one.prices}
"""The result table that tells the price of a requirement."""
# A price stands in two tables, which must agree.
_PRICES = tuple(f"{one.table}.price" for one in REQUIREMENTS if one.prices)


def columns_of(requirement: str, what: str) -> tuple[str, ...]:
    """Returns the columns, as `table.column`, that a comparison of a requirement looks at; at least their table.

    A requirement often compares columns of two tables, and cannot tell which of them is wrong: both are named. One
    that recomputes a table names the column that it compares.
    """
    own = _BY_NAME.get(requirement)
    if own is None:
        beside = BESIDE.get(requirement, {})
        return tuple(f"{requirement}.{word}" for word in re.findall(r"\w+", what) if word in beside)
    if own is binding_checks.prices:
        return _PRICES
    if not own.table:
        return own.columns
    named = tuple(f"{own.table}.{word}" for word in re.findall(r"\w+", what) if word in own.cells)
    return (*named, *(_PRICES if "binding.price" in named else ())) or (own.table,)
