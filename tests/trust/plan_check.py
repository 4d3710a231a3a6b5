"""T7: the independent check accepts good plans, and rejects broken ones by the name of what they break."""

from __future__ import annotations

import functools

from models.verify import NAMES, verify
from tests.models.checks.mutants import changes, mutants_of
from tests.models.checks.plans import bases
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case
from tests.trust.tools import require

TITLE = "independent check: 1,000 good plans accepted, 17 × 100 broken ones rejected by name"
PLANS, OF_FAMILY = 1000, 100
FAMILIES = {
    "supply cap": ("limits", "limits_table"),
    "order minimum": ("order_lots", "price_tiers", "take_or_pay"),
    "lead time": ("arrivals_follow_orders", "orders_table"),
    "lifetime": ("fleet_balance", "leases_in_term", "cost_resale", "sales_table"),
    "tape-out before volume": ("gates", "ramp"),
    "one tape-out of a design": ("once_each", "active_programmes", "tape_outs_table", "cost_tape_out"),
    "acquisition once": ("excludes", "acquisitions_table", "cost_acquisition", "agreements_table", "cost_agreement"),
    "budgets": ("budgets", "budgets_table", "span_budgets", "binding_table"),
    "cash timing": (
        "prices",
        "cost_hardware",
        "cost_lease",
        "owed_table",
        "costs_by_year",
        "obligations",
        "counterparties",
        "milestones_table",
    ),
    "power and space": (
        "site_power",
        "power_table",
        "expansion_modules",
        "cost_expansion",
        "expansions_table",
        "carbon_limits",
        "carbon_table",
        "carbon_limits_table",
        "power_by_year",
    ),
    "demand balance": (
        "demand_balance",
        "minimum_service",
        "work_within_active",
        "active_within_fleet",
        "workload_sites",
        "service_table",
        "service_by_workload",
        "span_service",
        "work_by_accelerator",
        "active_by_accelerator",
        "fleet_by_accelerator",
    ),
    "rules and commitments": (
        "vendor_share",
        "capability_bounds",
        "order_growth",
        "commitments",
        "order_sites",
        "vendor_shares",
    ),
    "discounting": ("discounting", "objective", "value_left"),
    "cost roll-up": (
        "cost_kinds",
        "cost_power",
        "cost_maintenance",
        "cost_variable",
        "cost_carbon",
        "period_figures",
        "key_figures",
        "span_figures",
        "cash_by_span",
        "costs_by_category",
        "costs_by_line",
        "income_statement",
        "balance_sheet",
        "cash_flow_statement",
        "book_values",
        "lease_liabilities",
    ),
    "whole numbers and texts": ("tables", "decisions_table", "decision_counts", "input_basis"),
    "sign": ("cost_revenue", "cost_unserved"),
    "contracts": (
        "cancellations",
        "cancellations_table",
        "leases_table",
        "lease_exit",
        "lease_renewal",
        "lease_changes_table",
        "milestone",
        "cost_incentive",
        "incentives_table",
        "facility_limits",
        "facility_advance",
        "cost_financing",
        "financing_table",
        "commit_level",
        "commit_levels_table",
    ),
}
BROKEN = tuple((family, at) for family in FAMILIES for at in range(OF_FAMILY))


def count():
    return PLANS + len(BROKEN)


@functools.cache
def broken(family):
    """A hundred broken plans of a family, evenly from its requirements and, within each, from all its ways."""
    by_name, seen = {name: [] for name in FAMILIES[family]}, set()
    for name, found in by_name.items():
        for base in bases():
            for mutant in mutants_of(name, base.case, base.tables, base.objective):
                what = base.name, changes(base, mutant)
                # One change may break several requirements.
                found += [] if what in seen else [mutant]
                seen.add(what)
    # The shortest lists give all they have; the rest is shared by the others.
    chosen, left = [], OF_FAMILY
    for at, found in enumerate(sorted(by_name.values(), key=len)):
        share = min(len(found), left // (len(by_name) - at))
        chosen += [found[k * len(found) // share] for k in range(share)]
        left -= share
    require(len(chosen) == OF_FAMILY, f"{family}: {len(chosen)} broken plans")
    return chosen


def check(number, tools):
    if number < PLANS:
        return accepted(number, tools)
    family, at = BROKEN[number - PLANS]
    mutant = broken(family)[at]
    found = verify(mutant.case, mutant.tables, mutant.objective).broken
    require(mutant.requirement in found, f"{mutant.requirement}, {mutant.change}: named are {found}")
    return f"{family}: {mutant.requirement}, {mutant.change}"


def accepted(number, tools):
    """A plan of a random case, every second one disrupted; a case without a plan gives way to another."""
    make = disrupted_case if number % 2 else random_case
    for seed in range(5000 + number, 5000 + 20 * PLANS, PLANS):
        case = make(seed)
        found, tables = tools.planned(case, "native", gap=1e-3, limit=20.0)
        if found.has_solution:
            return f"{make.__name__} {seed}: {sum(map(len, tables.values()))} rows"
    msg = "no case of these seeds has a plan"
    raise AssertionError(msg)


def forgotten():
    """Requirements that are of no family."""
    return sorted(set(NAMES) - {name for names in FAMILIES.values() for name in names})
