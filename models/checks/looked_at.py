"""Which columns of the result tables each requirement compares, so that a finding names what may be wrong.

A requirement often compares columns of two tables, and cannot tell which of them is wrong: both are named.
"""

from __future__ import annotations

import re

from models.checks.result_columns import COLUMNS

_LINES = "costs.musd"
_ASSIGNED = "assignments.qps"
_UNITS = "orders.units arrivals.units fleet.units active.units"
_PRICES = "budgets.price limits.price power.price"
_MOVES = "tape_outs.start tape_outs.route acquisitions.signed agreements.signed"

# Requirements that make a whole table again; what they compare is called by the name of its column.
_TABLES = {
    "sales_table": "sales",
    "orders_table": "orders",
    "tape_outs_table": "tape_outs",
    "acquisitions_table": "acquisitions",
    "agreements_table": "agreements",
    "expansions_table": "expansions",
    "service_table": "service",
    "service_by_workload": "service_by_workload",
    "power_table": "power",
    "limits_table": "limits",
    "budgets_table": "budgets",
    "binding_table": "binding",
    "decisions_table": "decisions",
    "milestones_table": "milestones",
    "owed_table": "owed",
    "period_figures": "period_figures",
    "key_figures": "key_figures",
    "input_basis": "input_basis",
}

_COLUMNS = {
    "arrivals_follow_orders": "arrivals.units orders.units",
    "order_lots": "orders.lots orders.units",
    "order_sites": "arrivals.units orders.units",
    "limits": "limits.used orders.units arrivals.units",
    "gates": f"{_MOVES} orders.units expansions.modules",
    "ramp": "arrivals.units tape_outs.start",
    "excludes": f"{_MOVES} orders.units",
    "once_each": f"{_MOVES} tape_outs.programme acquisitions.acquisition agreements.agreement",
    "fleet_balance": "fleet.units arrivals.units",
    "leases_in_term": "fleet.units arrivals.units",
    "active_within_fleet": "active.units fleet.units",
    "work_within_active": f"{_ASSIGNED} active.units",
    "workload_sites": _ASSIGNED,
    "demand_balance": f"{_ASSIGNED} service.unserved_qps",
    "minimum_service": "service.unserved_qps",
    "site_power": "active.units expansions.modules",
    "expansion_modules": "expansions.modules expansions.period",
    "budgets": f"{_LINES} budgets.spent_musd",
    "vendor_share": f"{_LINES} {_UNITS}",
    "capability_bounds": _UNITS,
    "order_growth": "orders.units",
    "active_programmes": "tape_outs.start",
    "commitments": f"{_MOVES} orders.units expansions.modules",
    "prices": _PRICES,
    "take_or_pay": f"{_LINES} arrivals.units agreements.signed",
    "price_tiers": f"{_LINES} orders.units",
    "cost_hardware": f"{_LINES} orders.units arrivals.units",
    "cost_lease": f"{_LINES} fleet.units arrivals.units",
    "cost_expansion": f"{_LINES} expansions.modules",
    "cost_tape_out": f"{_LINES} tape_outs.start tape_outs.route",
    "cost_acquisition": f"{_LINES} acquisitions.signed",
    "cost_agreement": f"{_LINES} agreements.signed",
    "cost_power": f"{_LINES} active.units",
    "cost_maintenance": f"{_LINES} active.units",
    "cost_variable": f"{_LINES} {_ASSIGNED}",
    "cost_resale": f"{_LINES} fleet.units arrivals.units",
    "cost_revenue": f"{_LINES} {_ASSIGNED}",
    "cost_unserved": f"{_LINES} service.unserved_qps",
    "value_left": f"{_LINES} fleet.units expansions.modules",
    "cost_kinds": "costs.kind",
    "discounting": "costs.discounted_musd costs.musd",
    "objective": "costs.discounted_musd",
}

# A price stands in two tables, which must agree.
_AS_WELL = {"binding.price": _PRICES}


def columns_of(requirement: str, what: str) -> tuple[str, ...]:
    """Returns the columns, as `table.column`, that a comparison of a requirement looks at; at least their table."""
    table = _TABLES.get(requirement)
    if table is None:
        return tuple(_COLUMNS.get(requirement, "").split())
    named = [f"{table}.{word}" for word in re.findall(r"\w+", what) if word in COLUMNS[table]]
    named += [name for own in named for name in _AS_WELL.get(own, "").split()]
    return tuple(named) or (table,)
