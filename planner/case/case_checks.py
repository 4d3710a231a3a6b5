"""The checks of a case, in order; each finds what it can and none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.case import Settings
from planner.case.checks_commitments import check_commitments, check_contradictions
from planner.case.checks_contracts import (
    check_commit_levels,
    check_facilities,
    check_lease_rights,
    check_milestones,
    check_offer_rights,
    check_order_rights,
    check_rents,
    check_taken_before,
)
from planner.case.checks_effect import (
    check_demand_used,
    check_limits_used,
    check_machines_used,
    check_needs,
    check_nothing_there,
    check_offers_used,
    check_resale_used,
    check_sites_used,
)
from planner.case.checks_effect_futures import (
    check_disruptions_used,
    check_roles_used,
    check_scenarios_used,
    check_uncertain_used,
)
from planner.case.checks_effect_moves import (
    check_budgets_used,
    check_commitments_used,
    check_delays_used,
    check_moves_used,
    check_policies_used,
    check_settings_used,
)
from planner.case.checks_effect_statements import check_statements_used
from planner.case.checks_fleet import (
    check_expansions,
    check_open_leases,
    check_open_orders,
    check_opening_fleet,
    check_past_orders,
    check_supply_of_commitments,
    check_work,
)
from planner.case.checks_gates import (
    check_agreements,
    check_exclusions,
    check_gate_cycles,
    check_gates_open,
    check_ramps,
)
from planner.case.checks_labels import check_labels, check_labels_shown
from planner.case.checks_names import check_gate_names, check_keys, check_references, check_twins
from planner.case.checks_periods import check_growth_clocks, check_whole_periods
from planner.case.checks_plausible import (
    check_budgets_fit,
    check_costs_fit,
    check_factors,
    check_machines_power,
    check_modules_fit,
    check_prices_fit,
    check_rents_fit,
    check_sites_fit,
)
from planner.case.checks_plausible_work import check_demand_fits, check_rates_fit
from planner.case.checks_rules import (
    check_capability_names,
    check_changed_values,
    check_policies,
    check_scenarios,
    check_uncertain,
)
from planner.case.checks_scenarios import FaultsOf, check_scenario_tree
from planner.case.checks_shocks import (
    check_changes_in_time,
    check_delays,
    check_deliveries,
    check_disruptions,
    check_roles,
    check_site_series,
)
from planner.case.checks_supply import (
    check_arrivals,
    check_free_money,
    check_offer_terms,
    check_prices,
    check_resale,
    check_tiers,
)
from planner.case.checks_time import (
    check_budget_categories,
    check_covering_spans,
    check_demand,
    check_other_spans,
    check_window_reach,
    check_windows,
)
from planner.case.context import Context
from planner.case.reachable_rows import ReachableRows
from planner.case.typed_rows import TypedTable
from planner.errors import FaultLog

Check = Callable[[Context], None]
NAME_CHECKS: tuple[Check, ...] = (
    check_keys,
    check_references,
    check_twins,
    check_gate_names,
    check_labels,
    check_labels_shown,
)
DATED_CHECKS: tuple[Check, ...] = (
    check_demand,
    check_windows,
    check_window_reach,
    check_covering_spans,
    check_budget_categories,
    check_other_spans,
    check_offer_terms,
    check_arrivals,
    check_prices,
    check_tiers,
    check_free_money,
    check_resale,
    check_work,
    check_opening_fleet,
    check_open_leases,
    check_open_orders,
    check_past_orders,
    check_expansions,
    check_supply_of_commitments,
    check_gate_cycles,
    check_gates_open,
    check_exclusions,
    check_ramps,
    check_agreements,
    check_commit_levels,
    check_milestones,
    check_facilities,
    check_taken_before,
    check_offer_rights,
    check_order_rights,
    check_lease_rights,
    check_rents,
    check_commitments,
    check_contradictions,
    check_policies,
    check_capability_names,
    check_changes_in_time,
    check_site_series,
    check_delays,
    check_deliveries,
    check_disruptions,
    check_roles,
    check_scenarios,
    check_changed_values,
    check_uncertain,
    check_whole_periods,
    check_growth_clocks,
)
USE_CHECKS: tuple[Callable[[Context, ReachableRows], None], ...] = (
    check_settings_used,
    check_statements_used,
    check_demand_used,
    check_machines_used,
    check_resale_used,
    check_offers_used,
    check_limits_used,
    check_sites_used,
    check_nothing_there,
    check_needs,
    check_moves_used,
    check_budgets_used,
    check_policies_used,
    check_commitments_used,
    check_delays_used,
    check_scenarios_used,
    check_disruptions_used,
    check_roles_used,
    check_uncertain_used,
)
PRICE_CHECKS = (check_prices_fit, check_rents_fit)
FIT_CHECKS: tuple[Callable[[Context, ReachableRows], None], ...] = (
    check_costs_fit,
    check_machines_power,
    check_modules_fit,
    check_sites_fit,
    check_demand_fits,
    check_rates_fit,
    check_factors,
    check_budgets_fit,
)
"""What only warns: rows that have no effect, and quantities that do not fit each other."""


def check_tables(
    settings: Settings | None,
    tables: Mapping[str, TypedTable],
    log: FaultLog,
    *,
    unread: frozenset[str],
    faults_of: FaultsOf | None = None,
) -> None:
    """Checks what the tables say together; faults and warnings go to the log.

    Without a calendar, because the settings have faults, only names are checked. Of a case with faults only
    odd prices are reported beside them. `faults_of` checks the case that a scenario stands for; without it neither
    scenarios, odd quantities nor rows without effect are looked at.
    """
    context = Context(settings, tables, log, unread=unread)
    for check in NAME_CHECKS:
        check(context)
    if context.calendar is not None:
        for check in DATED_CHECKS:
            check(context)
        if faults_of is not None:
            check_scenario_tree(context, faults_of)
            reached = ReachableRows(context, context.calendar)
            for warning_check in PRICE_CHECKS if log.faults else (*PRICE_CHECKS, *USE_CHECKS, *FIT_CHECKS):
                warning_check(context, reached)
