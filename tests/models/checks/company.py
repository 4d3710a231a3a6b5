"""A company made by hand, with every kind of input row, for the tests of the independent check."""

from models.case import Case, Settings
from models.tables.fleet_rows import (
    Accelerator,
    Demand,
    Limit,
    LimitUse,
    Offer,
    Price,
    PriceTier,
    Resale,
    Throughput,
    Workload,
)
from models.tables.holding_rows import OpeningFleet, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import CarbonLimit
from tests.models.checks.company_moves import moves, rules


def machines():
    return {
        "workloads": (
            Workload(
                workload="chat",
                peak_to_average=2.0,
                min_service=0.5,
                penalty_usd_per_1000=0.5,
                revenue_usd_per_1000=0.1,
            ),
            Workload(
                workload="code",
                peak_to_average=1.5,
                min_service=0.2,
                penalty_usd_per_1000=2.0,
                sites=("north", "south"),
            ),
        ),
        "demand": (
            Demand(workload="chat", period="2027", queries_per_day_million=150.0),
            Demand(workload="chat", period="2028H2", queries_per_day_million=300.0),
            Demand(workload="code", period="2027", queries_per_day_million=12.0),
            Demand(workload="code", period="2029", queries_per_day_million=18.0),
        ),
    }


def accelerators():
    return {
        "accelerators": (
            Accelerator(
                accelerator="alpha",
                vendor="Nova",
                it_kw=1.0,
                life_years=2.0,
                failure_rate_per_year=0.1,
                maintenance_usd_per_year=800.0,
                embodied_kg=1500.0,
                utilisation=0.8,
                reference_price_usd=20000.0,
            ),
            Accelerator(
                accelerator="beta",
                vendor="Orion",
                it_kw=0.7,
                life_years=3.0,
                failure_rate_per_year=0.05,
                maintenance_usd_per_year=500.0,
                utilisation=0.9,
                reference_price_usd=15000.0,
                capability=1.5,
            ),
            Accelerator(
                accelerator="own",
                vendor="House",
                it_kw=0.5,
                life_years=1.8,
                failure_rate_per_year=0.02,
                maintenance_usd_per_year=300.0,
                reference_price_usd=9000.0,
            ),
        ),
    }


def rates():
    return {
        "throughput": (
            Throughput(
                accelerator="alpha",
                workload="chat",
                queries_per_second=50.0,
                software_gain_per_year=0.2,
                variable_usd_per_1000=0.002,
            ),
            Throughput(accelerator="alpha", workload="code", queries_per_second=10.0, variable_usd_per_1000=0.05),
            Throughput(accelerator="beta", workload="chat", queries_per_second=40.0),
            Throughput(accelerator="own", workload="chat", queries_per_second=80.0, variable_usd_per_1000=0.001),
            Throughput(accelerator="own", workload="code", queries_per_second=12.0, software_gain_per_year=0.1),
        ),
        "resale": (
            Resale(accelerator="*", age_years=0.5, fraction_of_reference_price=0.8),
            Resale(accelerator="*", age_years=1.25, fraction_of_reference_price=0.5),
            Resale(accelerator="*", age_years=3.0, fraction_of_reference_price=0.1),
            Resale(accelerator="own", age_years=0.0, fraction_of_reference_price=0.6),
            Resale(accelerator="own", age_years=2.0, fraction_of_reference_price=0.2),
        ),
    }


def supply():
    return {"offers": (*bought(), *others())}


def bought():
    return (
        Offer(
            offer="alpha-list",
            accelerator="alpha",
            kind="buy",
            lot_size=8.0,
            min_lots=2.0,
            max_lots_per_period=12.0,
            lead_time_months=6.0,
            deposit_share=0.3,
            integration_usd_per_unit=400.0,
            sites=("north", "south"),
        ),
        Offer(
            offer="alpha-bulk",
            accelerator="alpha",
            kind="buy",
            lead_time_months=7.0,
            deposit_share=0.2,
            sites=("north", "south"),
            requires=("frame",),
        ),
        Offer(
            offer="gray",
            accelerator="alpha",
            kind="buy",
            deposit_share=0.4,
            first_order="2027",
            last_order="2027H2",
            max_lots_per_period=60.0,
            min_lots=5.0,
            sites=("south",),
            excludes=("frame",),
        ),
    )


def others():
    return (
        Offer(
            offer="beta-cloud",
            accelerator="beta",
            kind="lease",
            term_months=12.0,
            sites=("cloud",),
            integration_usd_per_unit=50.0,
        ),
        Offer(
            offer="beta-lease",
            accelerator="beta",
            kind="lease",
            lot_size=10.0,
            lead_time_months=6.0,
            term_months=9.0,
            sites=("north",),
        ),
        Offer(
            offer="own-foundry",
            accelerator="own",
            kind="buy",
            lot_size=5.0,
            lead_time_months=5.0,
            deposit_share=0.5,
            integration_usd_per_unit=300.0,
            sites=("north", "south"),
            requires=("chip",),
        ),
    )


def prices():
    return {
        "prices": (
            Price(offer="alpha-list", period="2026", unit_price_usd=18000.0),
            Price(offer="alpha-list", period="2027H2", unit_price_usd=17000.0),
            Price(offer="alpha-list", period="2028-03", unit_price_usd=16000.0),
            Price(offer="alpha-bulk", period="2027", unit_price_usd=15500.0),
            Price(offer="gray", period="2027", unit_price_usd=23000.0),
            Price(offer="beta-cloud", period="2026H1", unit_price_usd=9000.0),
            Price(offer="beta-cloud", period="2028", unit_price_usd=8000.0),
            Price(offer="beta-lease", period="2027", unit_price_usd=7000.0),
            Price(offer="own-foundry", period="2028", unit_price_usd=6000.0),
        ),
    }


def tiers():
    return {
        "price_tiers": (
            PriceTier(offer="alpha-bulk", span="2028", from_units=50.0, discount=0.1, kind="incremental"),
            PriceTier(offer="alpha-bulk", span="2028", from_units=100.0, discount=0.2, kind="incremental"),
            PriceTier(offer="beta-lease", span="2027..2028", from_units=0.0, discount=0.02, kind="all_units"),
            PriceTier(offer="beta-lease", span="2027..2028", from_units=30.0, discount=0.15, kind="all_units"),
        ),
    }


def limits():
    return {
        "carbon_limits": (
            CarbonLimit(span="2027H1", tonnes=4000.0),
            CarbonLimit(span="2027Q3", tonnes=2000.0),
            CarbonLimit(span="2027Q4", tonnes=2000.0),
            CarbonLimit(span="2028", tonnes=8000.0),
            CarbonLimit(span="2029..2030"),
        ),
        "limits": (
            Limit(limit="packaging", span="2027H1", amount=60.0),
            Limit(limit="packaging", span="2027Q3", amount=60.0),
            Limit(limit="packaging", span="2027Q4", amount=70.0),
            Limit(limit="packaging", span="2028", amount=150.0),
            Limit(limit="packaging", span="2029..2030", amount=None),
            Limit(limit="wafers", span="2027..2030", amount=300.0),
        ),
        "limit_use": (
            LimitUse(limit="packaging", offer="alpha-list", use_per_unit=1.0),
            LimitUse(limit="packaging", offer="gray", use_per_unit=0.7),
            LimitUse(limit="packaging", offer="own-foundry", use_per_unit=0.5),
            LimitUse(limit="wafers", offer="alpha-list", use_per_unit=0.5),
            LimitUse(limit="wafers", offer="alpha-bulk", use_per_unit=0.4),
            LimitUse(limit="wafers", offer="own-foundry", use_per_unit=1.5),
        ),
    }


def opening():
    return {
        "opening_fleet": (
            OpeningFleet(accelerator="alpha", site="north", units=80.0, in_service_since="2026"),
            OpeningFleet(accelerator="alpha", site="south", units=24.0, in_service_since="2025H1"),
            OpeningFleet(accelerator="beta", site="north", units=60.0, in_service_since="2026-04"),
        ),
        "open_orders": (
            OpenOrder(offer="alpha-list", site="north", units=16.0, due="2027Q3", balance_usd_per_unit=12000.0),
            OpenOrder(offer="beta-cloud", site="cloud", units=30.0, due="2027"),
        ),
    }


def places():
    return {
        "sites": (
            Site(
                site="north",
                power_mw=0.35,
                pue=1.25,
                electricity_usd_per_mwh=60.0,
                fixed_musd_per_year=0.2,
                carbon_kg_per_kwh=0.4,
            ),
            Site(site="south", power_mw=0.2, pue=1.4, electricity_usd_per_mwh=45.0, carbon_kg_per_kwh=0.1),
            Site(site="cloud"),
        ),
        "expansions": (
            Expansion(
                expansion="north-hall",
                site="north",
                module_mw=0.1,
                cost_musd_per_module=1.5,
                max_modules=3,
                lead_time_months=11.0,
                life_years=10.0,
            ),
            Expansion(
                expansion="south-hall",
                site="south",
                module_mw=0.05,
                cost_musd_per_module=0.6,
                max_modules=4,
                requires=("frame",),
                first_order="2027H2",
                last_order="2029",
            ),
        ),
    }


def company(**settings):
    defaults = {
        "schema_version": 1, "name": "by hand", "currency_basis": "nominal", "start": "2027", "discount_rate": 0.08,
        "carbon_usd_per_tonne": 80.0,
    }  # fmt: skip
    return Case(
        settings=Settings(**defaults, **settings),
        **machines(),
        **accelerators(),
        **rates(),
        **prices(),
        **tiers(),
        **limits(),
        **opening(),
        **supply(),
        **places(),
        **moves(),
        **rules(),
    )
