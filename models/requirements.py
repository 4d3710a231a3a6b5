"""The requirements that can be given way to, in the order in which they are told."""

from __future__ import annotations

from models.families import budgets, commitments, expansions, limits, orders, policies, power, programmes, work

REQUIREMENTS = (
    work.MINIMUM_SERVICE,
    budgets.BUDGETS,
    limits.LIMITS,
    orders.LARGEST_ORDER,
    power.SITE_POWER,
    expansions.MODULES,
    programmes.RAMP,
    policies.VENDOR_SHARE,
    policies.CAPABILITY,
    policies.ORDER_GROWTH,
    policies.PROGRAMMES_AT_A_TIME,
    commitments.COMMITMENTS,
    commitments.BARRED,
)
BY_ROWS = {one.rows: one for one in REQUIREMENTS}
