"""Mutants of a plan that holds: each breaks one requirement, which the independent check must name.

`mutants(case, tables, objective)` works on any plan, also on solved ones; a requirement that the plan gives
no occasion to break has none.
"""

import dataclasses

from tests.models.checks import (
    mutants_binding,
    mutants_carbon,
    mutants_contracts,
    mutants_figures,
    mutants_listings,
    mutants_money,
    mutants_supply,
    mutants_work,
)
from tests.models.checks.mutation import Mutant, Plan

MAKERS = (
    mutants_money.tables,
    mutants_supply.arrivals_follow_orders,
    mutants_contracts.cancellations,
    mutants_supply.order_lots,
    mutants_supply.order_sites,
    mutants_supply.limits,
    mutants_supply.gates,
    mutants_supply.ramp,
    mutants_supply.excludes,
    mutants_supply.once_each,
    mutants_work.fleet_balance,
    mutants_contracts.lease_exit,
    mutants_contracts.lease_renewal,
    mutants_work.leases_in_term,
    mutants_work.active_within_fleet,
    mutants_work.work_within_active,
    mutants_work.workload_sites,
    mutants_work.demand_balance,
    mutants_work.minimum_service,
    mutants_work.site_power,
    mutants_supply.expansion_modules,
    mutants_carbon.carbon_limits,
    mutants_contracts.milestone,
    mutants_contracts.facility_limits,
    mutants_contracts.facility_advance,
    mutants_money.budgets,
    mutants_work.vendor_share,
    mutants_work.capability_bounds,
    mutants_work.order_growth,
    mutants_work.active_programmes,
    mutants_supply.commitments,
    mutants_money.take_or_pay,
    mutants_contracts.commit_level,
    mutants_money.price_tiers,
    mutants_money.cost_hardware,
    mutants_money.cost_lease,
    mutants_money.cost_expansion,
    mutants_money.cost_tape_out,
    mutants_money.cost_acquisition,
    mutants_money.cost_agreement,
    mutants_money.cost_power,
    mutants_money.cost_maintenance,
    mutants_money.cost_variable,
    mutants_carbon.cost_carbon,
    mutants_contracts.cost_financing,
    mutants_contracts.cost_incentive,
    mutants_money.cost_resale,
    mutants_money.cost_revenue,
    mutants_money.cost_unserved,
    mutants_money.value_left,
    mutants_figures.cost_kinds,
    mutants_money.discounting,
    mutants_money.objective,
    mutants_listings.sales_table,
    mutants_figures.orders_table,
    mutants_contracts.cancellations_table,
    mutants_contracts.lease_changes_table,
    mutants_contracts.leases_table,
    mutants_money.tape_outs_table,
    mutants_money.acquisitions_table,
    mutants_money.agreements_table,
    mutants_money.expansions_table,
    mutants_figures.service_table,
    mutants_figures.service_by_workload,
    mutants_figures.power_table,
    mutants_carbon.carbon_table,
    mutants_carbon.carbon_limits_table,
    mutants_contracts.financing_table,
    mutants_contracts.incentives_table,
    mutants_contracts.commit_levels_table,
    mutants_money.limits_table,
    mutants_listings.decisions_table,
    mutants_listings.milestones_table,
    mutants_listings.owed_table,
    mutants_figures.budgets_table,
    mutants_binding.prices,
    mutants_binding.binding_table,
    mutants_figures.period_figures,
    mutants_figures.key_figures,
    mutants_figures.input_basis,
    *mutants_figures.SUMS_OF,
    *mutants_figures.OBLIGATIONS_OF,
    *mutants_figures.STATEMENTS_OF,
)
REQUIREMENTS = tuple(maker.__name__ for maker in MAKERS)


def changes(base, mutant):
    """What differs from the plan that holds, as text."""
    tables = {
        name: [row for row in mutant.tables.get(name, []) if row not in rows]
        + [row for row in rows if row not in mutant.tables.get(name, [])]
        + [len(mutant.tables.get(name, "none"))]
        for name, rows in base.tables.items()
        if mutant.tables.get(name) != rows
    }
    fields = [field.name for field in dataclasses.fields(base.case)]
    case = {
        name: getattr(mutant.case, name) for name in fields if getattr(mutant.case, name) != getattr(base.case, name)
    }
    return repr((tables, case, mutant.objective))


def mutants_of(requirement, case, tables, objective, most=None):
    """Distinct mutants of one requirement; `most` takes that many, spread evenly over all kinds."""
    maker = next(maker for maker in MAKERS if maker.__name__ == requirement)
    base = Plan(case, tables, objective)
    made = list(maker(base))
    if most is not None and len(made) > most:
        # What two changes have in common is looked for among those that are taken: it takes longer than making them.
        taken = [k * len(made) // most for k in range(most)]
        made = [made[k] for k in (*taken, *sorted(set(range(len(made))) - set(taken)))]
    found = {changes(base, base): None}
    for change, plan in made:
        found.setdefault(changes(base, plan), Mutant(requirement, change, plan.case, plan.tables, plan.objective))
        if most is not None and len(found) > most:
            break
    return list(found.values())[1:]


def mutants(case, tables, objective, most=None):
    """Mutants of every requirement, at most `most` of each."""
    return [found for name in REQUIREMENTS for found in mutants_of(name, case, tables, objective, most)]
