"""Cases solved by hand for policies, exclusions, and what was done before the plan."""

from __future__ import annotations

from dataclasses import replace

from models.case import (
    Accelerator,
    Acquisition,
    Agreement,
    Commitment,
    Offer,
    Policy,
    Price,
    Programme,
    Route,
    Throughput,
)
from tests.oracle.hand_base import machine, offer, plain


def two_vendors(case, policy):
    """The case with verde at 10,000 USD, an equal machine of rosso at 20,000 USD, and a policy."""
    case = offer(case, price=10000.0)
    other = Accelerator(accelerator="asic", vendor="rosso", it_kw=1.0, life_years=3.0)
    return replace(
        case,
        accelerators=(*case.accelerators, other),
        throughput=(*case.throughput, Throughput(accelerator="asic", workload="chat", queries_per_second=1.0)),
        offers=(*case.offers, Offer(offer="other", accelerator="asic", kind="buy")),
        prices=(*case.prices, Price(offer="other", period="2027", unit_price_usd=20000.0)),
        policies=(policy,),
    )


def vendor_share_counts_installed_capability():
    """At most half from verde: 50 units at 10,000 USD and 50 of rosso at 20,000 USD for 100 queries/s. = 1.5"""
    policy = Policy(policy="half", kind="max_vendor_share", subject="verde", span="2027", value=0.5)
    return two_vendors(plain(), policy), 1.5


def vendor_share_of_spend_counts_money():
    """At least half of the money to rosso: one unit of it for two of verde, so 100/3 and 200/3 units: 2 × 2/3. = 4/3"""
    policy = Policy(policy="half", kind="min_vendor_share", subject="rosso", span="2027", value=0.5, basis="spend")
    return two_vendors(plain(), policy), 4 / 3


def least_capability_is_bought_without_demand():
    """No demand, at least 50 of capability, 2 in a unit: 25 units at 20,000 USD. = 0.5"""
    case = machine(plain(demand=(("2027", 0.0),)), capability=2.0)
    return replace(case, policies=(Policy(policy="floor", kind="min_capability", span="2027", value=50.0),)), 0.5


def order_growth_makes_early_orders():
    """Demand 10 and 100 at 10 %; orders may double at most: a third of the 100 units in 2027, the rest in 2028.

    2/3 × 1.1^−0.5 + 4/3 × 1.1^−1.5 = 1.7913... Three units more for each early one serve 3 × 0.031536 in 2028.
    """
    case = plain(periods=2, rate=0.1, demand=(("2027", 10.0), ("2028", 100.0)))
    policy = Policy(policy="pace", kind="max_order_growth", subject="list", span="2027..2028", value=1.0)
    return replace(case, policies=(policy,)), 2 / 3 * 1.1**-0.5 + 4 / 3 * 1.1**-1.5


def one_programme_at_a_time():
    """Two designs of a year at 0.1, each worth 0.5 once ready; of two years the second comes too late for one.

    0.1 − 0.5 = −0.4. Without the policy both start in 2027: −0.8.
    """
    case = plain(periods=2, demand=(("2027", 0.0),))
    names = ("chip", "next")
    programmes = tuple(Programme(programme=name, terminal_value_musd=0.5) for name in names)
    routes = tuple(Route(programme=name, route="house", design_months=12.0, design_cost_musd=0.1) for name in names)
    policy = Policy(policy="one", kind="max_active_programmes", span="2027..2028", value=1.0)
    return replace(case, programmes=programmes, routes=routes, policies=(policy,)), -0.4


def excluded_companies_are_not_both_bought():
    """One year: alpha costs 0.2 and brings 0.5, beta costs 0.1 and brings 0.3; alpha excludes beta. = −0.3"""
    case = plain(demand=(("2027", 0.0),))
    alpha = Acquisition(acquisition="alpha", price_musd=0.2, contribution_musd_per_year=0.5, excludes=("beta",))
    beta = Acquisition(acquisition="beta", price_musd=0.1, contribution_musd_per_year=0.3)
    return replace(case, acquisitions=(alpha, beta)), -0.3


def agreement_signed_before_the_plan_is_spent_and_live():
    """Signed in 2026 for two years: its 0.3 is spent, it is live in 2027 and not in 2028. Units live one year.

    2027: 100 units at 10,000 USD, 20 below the 120 of take-or-pay at 1,000 USD: 1.02. 2028 is unserved: 3.1536.
    = 4.1736
    """
    case = offer(machine(plain(periods=2), life_years=1.0), price=10000.0, requires=("pact",))
    pact = Agreement(
        agreement="pact",
        term_months=24.0,
        prepayment_musd=0.3,
        min_units_per_year=120.0,
        shortfall_usd_per_unit=1000.0,
    )
    signed = Commitment(kind="sign", item="pact", period="2026", status="done")
    return replace(case, agreements=(pact,), commitments=(signed,)), 4.1736


BUILDERS = (
    vendor_share_counts_installed_capability,
    vendor_share_of_spend_counts_money,
    least_capability_is_bought_without_demand,
    order_growth_makes_early_orders,
    one_programme_at_a_time,
    excluded_companies_are_not_both_bought,
    agreement_signed_before_the_plan_is_spent_and_live,
)
