"""The smallest case in which each requirement appears; the files in `golden/` hold its rows.

Two runs of the same code agree on anything, so each file was derived by hand from `formulation.md` before it was
kept: the numbers of the cases are chosen so that this takes a minute.
"""

from __future__ import annotations

import ast
from pathlib import Path

from models.build import build
from models.tables.fleet_rows import Limit, LimitUse, Price, PriceTier
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.site_rows import Expansion, SiteSeries
from models.tables.strategy_rows import Acquisition, AddedSupply, Agreement, Budget, CarbonLimit, Commitment, Policy
from models.tree import branching
from tests.models.families.goldens_contracts import CONTRACTS
from tests.models.lp import lp_lines
from tests.models.tiny import add, alone, change, changed, rent, tiny_case, with_programme

FOLDER = Path(__file__).parent / "golden"
MODELS = Path(__file__).resolve().parents[3] / "models"
FAMILIES = MODELS / "families"


def stated_requirements():
    """Names of requirements by the module that states them, below `models`."""
    found = {}
    for path in sorted((*FAMILIES.glob("*.py"), *MODELS.glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "require":
                name = node.args[0]
                if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                    message = f"{path.name} line {node.lineno}: the name of a requirement is to be a plain text"
                    raise TypeError(message)
                found.setdefault(path.stem, set()).add(name.value)
    return found


def golden_text(requirement):
    """The text of the golden file of a requirement, from the model as it is now."""
    lines = lp_lines(CASES[requirement]().program, requirement)
    if not lines:
        message = f"the model has no rows '{requirement}'"
        raise ValueError(message)
    return "\n".join(lines) + "\n"


def arrivals_follow_orders():
    """Half-years, lead of four months: an order of half-year t arrives in t + 1. Lots of 10; five units due at once."""
    case = alone(tiny_case(start="2027H1", period="half", demand=(("2027H1", 100.0),)))
    case = change(case, "offers", "alpha_list", lot_size=10.0, lead_time_months=4.0)
    due = OpenOrder(offer="alpha_list", site="north", units=5.0, due="2027H1")
    return build(add(case, open_orders=(due,)))


def order_lots():
    """Nothing or three to five lots of 10 units; demand never needs more than 100 units, 10 lots."""
    case = alone(tiny_case(periods=1))
    return build(change(case, "offers", "alpha_list", lot_size=10.0, min_lots=3.0, max_lots_per_period=5.0))


def once_each():
    """One programme by two routes, a company and an agreement, over two years."""
    case = with_programme(alone(tiny_case(periods=2)), offer="")
    partner = changed(case, routes=(*case.routes, with_programme(tiny_case(), offer="", route="partner").routes[0]))
    company = _company()
    pact = Agreement(agreement="pact", term_months=12.0)
    return build(add(partner, acquisitions=(company,), agreements=(pact,)))


def ramp():
    """Ready six months, a half-year, after a start; 80 units a year at first, 200 from six months on: 40 and 100."""
    case = alone(tiny_case(start="2027H1", period="half", demand=(("2027H1", 100.0),)))
    return build(with_programme(case, ramp=((0.0, 80.0), (6.0, 200.0))))


def take_or_pay():
    """Half-years; live for 18 months from the signing, 40 units a year owed: 20 for each live half-year."""
    case = alone(tiny_case(start="2027H1", period="half", demand=(("2027H1", 100.0),)))
    pact = Agreement(agreement="pact", term_months=18.0, min_units_per_year=40.0, last_signing="2027H1")
    return build(add(change(case, "offers", "alpha_list", requires=("pact",)), agreements=(pact,)))


def expansion_modules():
    """At most three modules, one of which was ordered in 2026, over two years."""
    case = add(alone(tiny_case(periods=2)), expansions=(_hall(),))
    before = Commitment(kind="build", item="hall", period="2026", quantity=1.0, status="done")
    return build(add(case, commitments=(before,)))


def gates():
    """Orders, modules and a signing behind a programme that takes a year.

    2027 is not possible: the programme cannot be ready. An order of 2028 can need 100 units, the sum of modules is 3.
    """
    case = with_programme(alone(tiny_case(periods=2)), design_months=12.0)
    pact = Agreement(agreement="pact", term_months=12.0, requires=("chip",))
    return build(add(case, expansions=(_hall(requires=("chip",)),), agreements=(pact,)))


def work_through_gate():
    """beta can only come through the programme, ready after a year, and then takes a year to arrive: 2029."""
    case = with_programme(tiny_case(), offer="beta_list", design_months=12.0)
    return build(change(case, "offers", "beta_list", lead_time_months=12.0))


def excludes():
    """The route and the company exclude each other; alpha's offer ends with the company. Two years, 100 units."""
    case = with_programme(alone(tiny_case(periods=2)), offer="", excludes=("firm",))
    case = change(case, "offers", "alpha_list", excludes=("firm",))
    return build(add(case, acquisitions=(_company(),)))


def limits():
    """Six of 600 for each unit in 2027, six of 400 in 2028; the agreement adds 90 a year while live."""
    rows = (Limit(limit="hbm", span="2027", amount=600.0), Limit(limit="hbm", span="2028", amount=400.0))
    case = add(alone(tiny_case(periods=2)), limits=rows)
    case = add(case, limit_use=(LimitUse(limit="hbm", offer="alpha_list", use_per_unit=6.0),))
    pact = Agreement(agreement="pact", term_months=12.0, last_signing="2027")
    return build(
        add(case, agreements=(pact,), added_supply=(AddedSupply(gate="pact", limit="hbm", amount_per_year=90.0),))
    )


def fleet_balance():
    """Life of two years, a tenth fails: arrivals of 2027 and what is left a year later; 40 units of 2026 likewise."""
    case = change(alone(tiny_case(periods=2)), "accelerators", "alpha", life_years=2.0, failure_rate_per_year=0.1)
    return build(add(case, opening_fleet=(_opening(40.0, "2026"),)))


def active_within_fleet():
    """Owned and leased for twelve months, over two years; 30 units more are leased until the end of the first."""
    return build(_running(rent(change(alone(tiny_case(periods=2)), "accelerators", "alpha", life_years=2.0))))


def owned_at_work():
    """Maintenance is for owned units; alpha can be leased for twelve months, and 30 are until the end of 2027."""
    case = change(alone(tiny_case(periods=2)), "accelerators", "alpha", maintenance_usd_per_year=1000.0)
    return build(_running(rent(case)))


def work_within_active():
    """beta does 2 queries/s at first, 3 a year later; four fifths of its time."""
    case = change(tiny_case(periods=2), "throughput", "beta", software_gain_per_year=0.5)
    return build(change(case, "accelerators", "beta", utilisation=0.8))


def demand_balance():
    """100 queries/s on average are 150 at the peak; at least a tenth is served."""
    return build(change(tiny_case(periods=1), "workloads", "chat", peak_to_average=1.5, min_service=0.1))


def site_power():
    """alpha 1 kW and beta 3 kW with a PUE of 1.2: 0.0012 and 0.0036 MW. 0.1 exist; modules of 0.05 take a year."""
    case = change(tiny_case(periods=2), "sites", "north", power_mw=0.1, pue=1.2)
    return build(add(case, expansions=(_hall(lead_time_months=12.0),)))


def price_tiers():
    """Two years, 10 % off from 50 units on; lots of 10. A tier widens what is worth having: 15 lots."""
    case = change(alone(tiny_case(periods=2)), "offers", "alpha_list", lot_size=10.0)
    tier = PriceTier(offer="alpha_list", span="2027..2028", from_units=50.0, discount=0.1, kind="incremental")
    return build(add(case, price_tiers=(tier,)))


def rent_owed():
    """A year of 36 months at 8,000 USD (divisible), 10 % off from 50 units on; then 6,000 USD are asked: 0.012 for two.

    Of an order of q units 2 × its bill less 0.012 q; the bill is 0.008 of each unit below 50 and 0.0072 of each other.
    """
    case = changed(rent(alone(tiny_case(periods=1)), term_months=36.0), count_owed="count")
    tier = PriceTier(offer="alpha_rent", span="2027", from_units=50.0, discount=0.1, kind="incremental")
    then = Price(offer="alpha_rent", period="2028", unit_price_usd=6000.0)
    return build(add(case, price_tiers=(tier,), prices=(then,)))


def budgets():
    """Half-years, deposits of a quarter, lead of a half-year; a year's budget is one row, what it leaves is carried.

    An order of 20,000 USD: 0.005 in its half-year and 0.015 in the next.
    """
    case = alone(tiny_case(start="2027H1", period="half", periods=4, demand=(("2027H1", 100.0),)))
    case = change(case, "offers", "alpha_list", lead_time_months=6.0, deposit_share=0.25)
    row = Budget(budget="capital", categories=("hardware",), span="2027", amount_musd=1.0, carry_over=True)
    later = Budget(budget="capital", categories=("hardware",), span="2028", amount_musd=0.5)
    return build(add(case, budgets=(row, later)))


def vendor_share():
    """At most 0.6 of capability from verde (weights ½ and 1), at least 0.25 of spending; one year."""
    case = add(tiny_case(periods=1), policies=(_policy("mix", "max_vendor_share", 0.6, subject="verde"),))
    return build(add(case, policies=(_policy("buy", "min_vendor_share", 0.25, subject="verde", basis="spend"),)))


def capability_bounds():
    """At least 40 of all machines, at most 30 of rosso's; alpha weighs ½, beta 1."""
    low = _policy("floor", "min_capability", 40.0)
    return build(add(tiny_case(periods=1), policies=(low, _policy("roof", "max_capability", 30.0, subject="rosso"))))


def order_growth():
    """Half-years 2027H2 to 2028H2: orders a year of 2028 at most 1.5 times those of 2027, of which half is covered."""
    case = alone(tiny_case(start="2027H2", period="half", demand=(("2027H2", 100.0),)))
    return build(
        add(changed(case, prices=_prices("2027H2")), policies=(_policy("pace", "max_order_growth", 0.5, span="2028"),))
    )


def active_programmes():
    """At most one programme between start and ready, in 2028; a programme takes a year."""
    case = with_programme(alone(tiny_case()), offer="", design_months=12.0)
    return build(add(case, policies=(_policy("focus", "max_active_programmes", 1.0, span="2028"),)))


def commitments():
    """At least 10 units in 2027, exactly 20 in 2028; the programme is started at some time; two modules in 2028."""
    case = with_programme(alone(tiny_case(periods=2)), offer="")
    rows = (
        Commitment(kind="order", item="alpha_list", period="2027", quantity=10.0, status="done"),
        Commitment(kind="order", item="alpha_list", period="2028", quantity=20.0, status="fixed"),
        Commitment(kind="start", item="chip", status="fixed"),
        Commitment(kind="build", item="hall", period="2028", quantity=2.0, status="done"),
        Commitment(kind="build", item="hall", period="2027", status="barred"),
    )
    return build(add(case, expansions=(_hall(),), commitments=rows))


def excess_cost():
    """Two futures told apart in 2028: demand 100 or 200 queries/s then. At 21 %, 1.21^−0.5 = 1 / 1.1."""
    case = alone(tiny_case(periods=2, risk_aversion=0.5, risk_level=0.8, discount_rate=0.21))
    high = changed(case, demand=(("2027", 100.0), ("2028", 200.0)))
    return build(case, futures=(case, high), tree=branching(2, (0.75, 0.25), (1, 1)))


def greatest_regret():
    """The two futures of `excess_cost` with at best 1.5 and 2.75 alone."""
    case = alone(tiny_case(periods=2, discount_rate=0.21))
    high = changed(case, demand=(("2027", 100.0), ("2028", 200.0)))
    tree = branching(2, (0.75, 0.25), (1, 1))
    return build(case, futures=(case, high), tree=tree, best_alone=(1.5, 2.75))


def _company(**values):
    return Acquisition(**{"acquisition": "firm", "price_musd": 1.0, **values})


def _hall(**values):
    known = {"expansion": "hall", "site": "north", "module_mw": 0.05, "cost_musd_per_module": 1.0, "max_modules": 3}
    return Expansion(**{**known, **values})


def _running(case):
    """The case with 30 alpha that are leased until the end of 2027."""
    row = OpenLease(
        lease="old", accelerator="alpha", site="north", units=30.0, rent_usd_per_unit_per_year=7000.0, ends="2028"
    )
    return add(case, open_leases=(row,))


def _opening(units, since):
    return OpeningFleet(accelerator="alpha", site="north", units=units, in_service_since=since)


def _policy(name, kind, value, *, span="2027", **values):
    return Policy(policy=name, kind=kind, value=value, span=span, **values)


def _prices(label):
    return (Price(offer="alpha_list", period=label, unit_price_usd=20000.0),)


def carbon_limits():
    """Half-years; 1.5 kW at the meter for 4,380 h: 6,570 kWh at 0.5, then 0.4 kg; 1.2 t to make one; 100 t in all."""
    case = alone(tiny_case(start="2027H1", period="half", periods=2, demand=(("2027H1", 100.0),)))
    case = change(case, "accelerators", "alpha", embodied_kg=1200.0)
    case = change(case, "sites", "north", pue=1.5, carbon_kg_per_kwh=0.5)
    later = SiteSeries(site="north", period="2027H2", carbon_kg_per_kwh=0.4)
    return build(add(case, site_series=(later,), carbon_limits=(CarbonLimit(span="2027", tonnes=100.0),)))


CASES = {
    make.__name__: make
    for make in (
        arrivals_follow_orders,
        order_lots,
        once_each,
        ramp,
        take_or_pay,
        rent_owed,
        expansion_modules,
        gates,
        work_through_gate,
        excludes,
        limits,
        fleet_balance,
        active_within_fleet,
        owned_at_work,
        work_within_active,
        demand_balance,
        site_power,
        carbon_limits,
        price_tiers,
        budgets,
        vendor_share,
        capability_bounds,
        order_growth,
        active_programmes,
        commitments,
        excess_cost,
        greatest_regret,
        *CONTRACTS,
    )
}
