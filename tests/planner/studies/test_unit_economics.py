"""What a thousand queries cost by an offer: by hand, and against what a plan costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.solvers.child import Engine
from models.tables.fleet_rows import PriceTier, Resale
from models.tables.site_rows import Expansion
from planner.studies.unit_costs import COMPONENTS
from planner.studies.unit_economics import UnitEconomics
from tests.models.tiny import add, alone, change, rent, tiny_case, with_programme
from tests.planner.studies.making import loaded_run

# Thousand queries of one query a second in a year.
YEAR = 31_536.0


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def planned(case, engine):
    """The unit economics of the optimal plan of a case, and what that plan costs."""
    run = loaded_run(case, engine)
    return UnitEconomics(run), run.manifest["objective_musd"]


def assert_adds_up(one):
    parts = [one.cost.usd_per_1000(name) for name in COMPONENTS]
    assert sum(parts) == pytest.approx(one.usd, rel=1e-12)


def test_a_machine_that_does_nothing_but_cost_its_price(engine):
    # 20,000 USD for 1 query/s over three years.
    units, cost = planned(alone(tiny_case()), engine)
    (one,) = units.offer_costs
    assert one.is_taken
    assert one.usd == pytest.approx(20_000 / (3 * YEAR))
    assert one.usd == pytest.approx(one.plan_usd)
    assert cost == pytest.approx(2.0)


def test_every_component_by_hand(engine):
    # A unit of 20,000 with 10 % failures a year serves 1 + 0.9 + 0.81 = 2.71 years. It draws 1.2 kW at 50 USD a MWh:
    # 525.6 a year, and costs 1,000 of upkeep, in 2.71 years. What is left of it at the end of three years, 0.81 of it
    # (it fails once more after the end), is worth a tenth. Without failures the same is spread over three years.
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 90.0), ("2029", 81.0))))
    case = change(case, "accelerators", "alpha", failure_rate_per_year=0.1, maintenance_usd_per_year=1000.0)
    case = change(case, "sites", "north", pue=1.2, electricity_usd_per_mwh=50.0)
    case = add(case, resale=(Resale(accelerator="alpha", age_years=3.0, fraction_of_reference_price=0.1),))
    units, _ = planned(replace(case, settings=replace(case.settings, early_retirement=False)), engine)
    (one,) = units.offer_costs
    served = 3 * YEAR
    by_hand = {
        "price": 20_000 / served,
        "power": 525.6 * 3 / served,
        "upkeep": 1000 * 3 / served,
        "resale": -2000 / served,
    }
    for name, usd in by_hand.items():
        assert one.cost.usd_per_1000(name) == pytest.approx(usd)
    total = (20_000 + (525.6 + 1000) * 2.71 - 0.81 * 2000) / (2.71 * YEAR)
    assert one.usd == pytest.approx(total)
    assert one.cost.usd_per_1000("failures") == pytest.approx(total - sum(by_hand.values()))
    assert_adds_up(one)


def test_space_is_what_the_site_costs_by_what_is_drawn(engine):
    # 100 alpha draw 0.1 MW: one module of 0.2 USD million that is worth nothing later, and 0.03 a year: 0.29 in all.
    case = change(alone(tiny_case()), "sites", "north", power_mw=0.0, fixed_musd_per_year=0.03)
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.2, max_modules=1, lead_time_months=0.0
    )
    units, cost = planned(add(case, expansions=(hall,)), engine)
    (one,) = units.offer_costs
    assert one.cost.usd_per_1000("space") == pytest.approx(290_000 / (300 * YEAR))
    assert cost == pytest.approx(2.29)


def test_space_that_is_rented_costs_its_rent(engine):
    # A module of 0.05 a year for three years, by 300 unit-years.
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.0, max_modules=1, lead_time_months=0.0,
        rent_musd_per_module_per_year=0.05,
    )  # fmt: skip
    units, _ = planned(add(change(alone(tiny_case()), "sites", "north", power_mw=0.0), expansions=(hall,)), engine)
    (one,) = units.offer_costs
    assert one.cost.usd_per_1000("space") == pytest.approx(150_000 / (300 * YEAR))


def test_gates_are_paid_by_the_units_that_come_through_them(engine):
    # The design of 0.3 USD million is paid by 100 units.
    units, _ = planned(with_programme(alone(tiny_case()), design_months=0.0), engine)
    (one,) = units.offer_costs
    assert one.cost.usd_per_1000("gates") == pytest.approx(300_000 / (300 * YEAR))


def test_a_lease_costs_its_rent(engine):
    # 6,000 a year for 1 query/s.
    units, _ = planned(rent(alone(tiny_case()), price=6000.0), engine)
    bought, rented = units.offer_costs
    assert (bought.is_taken, rented.is_taken) == (False, True)
    assert rented.usd == pytest.approx(6000 / YEAR)
    # Bought in 2027 a unit costs 6,667 a year: a ninth more.
    assert bought.dearer == pytest.approx(1 / 9)
    assert units.reason("alpha_list") == (
        "Dearer by 11.1 % at best (chat: 0.21 against 0.19 USD per thousand queries)."
    )


def test_an_offer_behind_a_gate_that_is_not_taken_says_so(engine):
    # After its design a beta serves two of the three years of an alpha: 22,000 / 2 against 20,000 / 3 a query/s.
    case = with_programme(tiny_case(), offer="beta_list", design_cost_musd=9.0)
    units, _ = planned(case, engine)
    assert units.reason("beta_list").startswith("Its gate chip is not taken; dearer by 65.0 % at best")


@pytest.mark.parametrize("period", ["year", "quarter"])
def test_with_one_offer_unit_costs_add_up_to_what_the_plan_costs(engine, period):
    # Everything that a unit can cost, with growing demand, a lead, discounts by volume, and discounting.
    case = alone(tiny_case(discount_rate=0.1, early_retirement=False, carbon_usd_per_tonne=40.0))
    labels = {"year": ("2027", "2028", "2030"), "quarter": ("2027Q1", "2027Q3", "2028Q4")}[period]
    settings = replace(case.settings, period=period, start=labels[0], periods=5 if period == "year" else 9)
    case = replace(case, settings=settings)
    rows = tuple(
        replace(case.demand[0], period=label, queries_per_day_million=rate * 0.0864)
        for label, rate in zip(labels, (50.0, 100.0, 160.0), strict=True)
    )
    case = replace(case, demand=rows)
    case = change(
        case, "accelerators", "alpha", failure_rate_per_year=0.05, maintenance_usd_per_year=700.0, embodied_kg=800.0,
        utilisation=0.8, life_years=2.0,
    )  # fmt: skip
    case = change(
        case, "offers", "alpha_list", lead_time_months=6.0 if period == "quarter" else 12.0, deposit_share=0.3,
        integration_usd_per_unit=900.0,
    )  # fmt: skip
    case = change(case, "throughput", "alpha", software_gain_per_year=0.1, variable_usd_per_1000=0.01)
    case = change(
        case, "sites", "north", power_mw=0.0, pue=1.3, electricity_usd_per_mwh=60.0, carbon_kg_per_kwh=0.4,
        fixed_musd_per_year=0.02,
    )  # fmt: skip
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.1, max_modules=6, lead_time_months=0.0,
        life_years=10.0,
    )  # fmt: skip
    curve = tuple(
        Resale(accelerator="alpha", age_years=age, fraction_of_reference_price=share)
        for age, share in ((0.0, 0.5), (2.0, 0.2), (4.0, 0.05))
    )
    span = f"{labels[0]}..{labels[0]}"
    tier = PriceTier(offer="alpha_list", span=span, from_units=20.0, discount=0.1, kind="incremental")
    case = add(case, expansions=(hall,), resale=curve, price_tiers=(tier,))
    units, cost = planned(case, engine)
    unserved = sum(
        float(row["discounted_musd"]) for row in units.loaded.records("costs") if row["category"] == "unserved"
    )
    whole = units.as_planned("alpha_list", "chat")
    assert whole.total_musd == pytest.approx(cost - unserved, rel=1e-9)
    (one,) = units.offer_costs
    assert_adds_up(one)
    served = sum(
        float(row["served_qps"]) * (1.1 ** -((number + 0.5) * settings.calendar.delta)) * settings.calendar.delta
        for number, row in enumerate(units.loaded.records("service"))
    )
    assert whole.queries == pytest.approx(served * YEAR / 1000, rel=1e-9)
