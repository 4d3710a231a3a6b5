"""Small deterministic cases: 2 offers × 1 site × 3 years to add things to, and 3 × 2 × 8 quarters with everything."""

from __future__ import annotations

from dataclasses import fields, replace

from models.case import Accelerator, Case, Demand, Offer, Price, Settings, Site, Throughput, Workload
from models.tables.fleet_rows import Limit, LimitUse, PriceTier, Resale
from models.tables.holding_rows import OpeningFleet, OpenOrder
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import (
    Acquisition,
    AddedSupply,
    Agreement,
    Budget,
    Commitment,
    Policy,
    Programme,
    Ramp,
    Route,
)

# One query a second for a year is 31,536 thousand queries: at a penalty of 1 USD per thousand, USD million.
YEAR_UNSERVED = 0.031536
# Million queries a day of one query a second.
DAY = 0.0864

SETTINGS = {entry.name for entry in fields(Settings)}
KEYS = {
    "workloads": "workload",
    "accelerators": "accelerator",
    "throughput": "accelerator",
    "offers": "offer",
    "prices": "offer",
    "sites": "site",
    "expansions": "expansion",
    "routes": "programme",
    "acquisitions": "acquisition",
    "agreements": "agreement",
}


def tiny_case(**changes):
    """Three years from 2027; 100 queries/s of chat, unserved ones at 1 USD per thousand; no discounting.

    alpha of verde does 1 query/s for 20,000 USD (offer `alpha_list`), beta of rosso 2 queries/s for 44,000 USD
    (offer `beta_list`), both for three years, without lead, lots, failures or running costs, at the site `north`
    without a power limit. So the least cost is 100 alpha in 2027: 2 USD million.

    A change is a setting (`periods=2`) or a whole table (`budgets=(...)`); `demand` may be pairs of a label and
    queries/s. `change` alters rows by name, `add` appends them.
    """
    case = Case(
        settings=Settings(
            schema_version=1,
            name="tiny",
            currency_basis="real",
            start="2027",
            period="year",
            periods=3,
            discount_rate=0.0,
        ),
        workloads=(Workload(workload="chat", penalty_usd_per_1000=1.0),),
        demand=demand(("2027", 100.0)),
        accelerators=(
            Accelerator(accelerator="alpha", vendor="verde", it_kw=1.0, life_years=3.0, reference_price_usd=20000.0),
            Accelerator(accelerator="beta", vendor="rosso", it_kw=3.0, life_years=3.0, reference_price_usd=44000.0),
        ),
        throughput=(
            Throughput(accelerator="alpha", workload="chat", queries_per_second=1.0),
            Throughput(accelerator="beta", workload="chat", queries_per_second=2.0),
        ),
        offers=(
            Offer(offer="alpha_list", accelerator="alpha", kind="buy"),
            Offer(offer="beta_list", accelerator="beta", kind="buy"),
        ),
        prices=(
            Price(offer="alpha_list", period="2027", unit_price_usd=20000.0),
            Price(offer="beta_list", period="2027", unit_price_usd=44000.0),
        ),
        sites=(Site(site="north"),),
        budgets=(),
    )
    return changed(case, **changes)


def changed(case, **changes):
    """The case with other settings or other whole tables; `demand` may be pairs of a label and queries/s."""
    own = {name: value for name, value in changes.items() if name in SETTINGS}
    tables = {name: value for name, value in changes.items() if name not in SETTINGS}
    if "demand" in tables and not isinstance(tables["demand"][0], Demand):
        tables["demand"] = demand(*tables["demand"])
    return replace(case, settings=replace(case.settings, **own), **tables)


def demand(*points, workload="chat"):
    """Rows of demand from pairs of a label and average queries/s."""
    return tuple(Demand(workload=workload, period=label, queries_per_day_million=rate * DAY) for label, rate in points)


def change(case, table, name, **values):
    """The case with other values in the rows of a table that have this name."""
    rows = getattr(case, table)
    found = tuple(replace(row, **values) if getattr(row, KEYS[table]) == name else row for row in rows)
    if found == rows:
        message = f"nothing changes in '{name}' of {table}"
        raise ValueError(message)
    return replace(case, **{table: found})


def add(case, **tables):
    """The case with more rows in some tables."""
    return replace(case, **{table: (*getattr(case, table), *rows) for table, rows in tables.items()})


def alone(case):
    """The tiny case with alpha and its offer only."""
    return replace(
        case,
        accelerators=case.accelerators[:1],
        throughput=case.throughput[:1],
        offers=case.offers[:1],
        prices=case.prices[:1],
    )


def with_programme(case, *, offer="alpha_list", ramp=(), **values):
    """The case with a programme `chip` by the route `house`, which an offer requires.

    Six months of design, and nothing else, unless `values` say so; `ramp` is pairs of months and units a year.
    """
    route = Route(**{"programme": "chip", "route": "house", "design_months": 6.0, "design_cost_musd": 0.3, **values})
    rows = tuple(Ramp(programme="chip", months_since_ready=month, max_units_per_year=most) for month, most in ramp)
    case = change(case, "offers", offer, requires=("chip",)) if offer else case
    return add(case, programmes=(Programme(programme="chip"),), routes=(route,), ramp=rows)


def rent(case, price=8000.0, **values):
    """The case with a lease of alpha for twelve months, at `price` USD a unit and year."""
    offer = Offer(**{"offer": "alpha_rent", "accelerator": "alpha", "kind": "lease", "term_months": 12.0, **values})
    row = Price(offer="alpha_rent", period=case.settings.start, unit_price_usd=price)
    return add(case, offers=(offer,), prices=(row,))


def rich_case(**changes):
    """Three offers × two sites × eight quarters, with a row in every table that the model reads."""
    case = Case(
        settings=Settings(
            schema_version=1,
            name="rich",
            currency_basis="nominal",
            start="2027Q1",
            period="quarter",
            periods=7,
            discount_rate=0.08,
            lookahead_periods=1,
            demand_interpolation="linear",
        ),
        workloads=(
            Workload(workload="chat", peak_to_average=2.0, penalty_usd_per_1000=3.0, revenue_usd_per_1000=0.5),
            Workload(
                workload="image", peak_to_average=1.5, min_service=0.2, penalty_usd_per_1000=9.0, sites=("south",)
            ),
        ),
        demand=(
            *demand(("2027Q1", 100.0), ("2028Q3", 400.0)),
            *demand(("2027Q1", 40.0), ("2028Q1", 90.0), workload="image"),
        ),
        resale=(
            Resale(accelerator="*", age_years=0.0, fraction_of_reference_price=0.7),
            Resale(accelerator="*", age_years=4.0, fraction_of_reference_price=0.1),
            Resale(accelerator="own", age_years=0.0, fraction_of_reference_price=0.2),
        ),
        budgets=(
            Budget(
                budget="capital", categories=("hardware", "expansion"), span="2027", amount_musd=12.0, carry_over=True
            ),
            Budget(budget="capital", categories=("hardware", "expansion"), span="2028", amount_musd=9.0),
            Budget(budget="cash", categories=("all",), span="2028", amount_musd=30.0),
        ),
        **_rich_machines(),
        **_rich_offers(),
        **_rich_moves(),
    )
    return changed(case, **changes)


def _rich_machines():
    alpha = Accelerator(
        accelerator="alpha",
        vendor="verde",
        it_kw=1.2,
        life_years=1.5,
        failure_rate_per_year=0.06,
        maintenance_usd_per_year=900.0,
        utilisation=0.8,
        reference_price_usd=30000.0,
    )
    beta = replace(alpha, accelerator="beta", vendor="rosso", it_kw=2.1, life_years=3.0, utilisation=1.0)
    own = replace(alpha, accelerator="own", vendor="self", it_kw=0.8, life_years=4.0, capability=0.9)
    rates = (("alpha", "chat", 2.0), ("alpha", "image", 1.0), ("beta", "chat", 2.5), ("own", "chat", 3.0))
    return {
        "accelerators": (alpha, beta, own),
        "throughput": tuple(
            Throughput(
                accelerator=machine,
                workload=work,
                queries_per_second=rate,
                software_gain_per_year=0.1,
                variable_usd_per_1000=0.02,
            )
            for machine, work, rate in rates
        ),
        "sites": (
            Site(site="north", power_mw=0.12, pue=1.3, electricity_usd_per_mwh=80.0, fixed_musd_per_year=0.4),
            Site(site="south", pue=1.1, electricity_usd_per_mwh=60.0),
        ),
        "expansions": (
            Expansion(
                expansion="hall",
                site="north",
                module_mw=0.05,
                cost_musd_per_module=0.6,
                max_modules=4,
                lead_time_months=5.0,
                life_years=10.0,
            ),
        ),
        "opening_fleet": (
            OpeningFleet(accelerator="alpha", site="north", units=60.0, in_service_since="2026-08"),
            OpeningFleet(accelerator="alpha", site="south", units=40.0, in_service_since="2026-08"),
            OpeningFleet(accelerator="beta", site="south", units=20.0, in_service_since="2025"),
        ),
    }


def _rich_offers():
    return {
        "offers": (
            Offer(
                offer="alpha_list",
                accelerator="alpha",
                kind="buy",
                lot_size=8.0,
                min_lots=2.0,
                max_lots_per_period=12.0,
                lead_time_months=4.0,
                deposit_share=0.3,
                integration_usd_per_unit=1500.0,
                requires=("pact",),
            ),
            Offer(
                offer="beta_rent",
                accelerator="beta",
                kind="lease",
                lead_time_months=2.0,
                term_months=8.0,
                integration_usd_per_unit=400.0,
                sites=("south",),
                excludes=("firm",),
            ),
            Offer(
                offer="own_foundry",
                accelerator="own",
                kind="buy",
                lead_time_months=3.0,
                deposit_share=0.5,
                requires=("chip",),
            ),
        ),
        "prices": (
            Price(offer="alpha_list", period="2027Q1", unit_price_usd=30000.0),
            Price(offer="beta_rent", period="2027Q1", unit_price_usd=22000.0),
            Price(offer="beta_rent", period="2028Q1", unit_price_usd=18000.0),
            Price(offer="own_foundry", period="2027Q1", unit_price_usd=4000.0),
        ),
        "price_tiers": (
            PriceTier(offer="alpha_list", span="2027", from_units=40.0, discount=0.1, kind="incremental"),
            PriceTier(offer="alpha_list", span="2027", from_units=80.0, discount=0.2, kind="incremental"),
            PriceTier(offer="beta_rent", span="2027", from_units=30.0, discount=0.1, kind="all_units"),
        ),
        "limits": (
            Limit(limit="hbm", span="2027", amount=900.0),
            Limit(limit="hbm", span="2028H1", amount=400.0),
            Limit(limit="hbm", span="2028H2", amount=None),
        ),
        "limit_use": (
            LimitUse(limit="hbm", offer="alpha_list", use_per_unit=6.0),
            LimitUse(limit="hbm", offer="own_foundry", use_per_unit=4.0),
        ),
        "open_orders": (
            OpenOrder(offer="alpha_list", site="north", units=10.0, due="2027Q2", balance_usd_per_unit=20000.0),
        ),
    }


def _rich_moves():
    route = Route(
        programme="chip",
        route="house",
        design_months=5.0,
        design_cost_musd=0.6,
        mask_set_musd=0.3,
        tape_out_to_volume_months=3.0,
        respin_probability=0.4,
        respin_months=2.0,
        respin_cost_musd=0.5,
        sustaining_musd_per_year=0.2,
        excludes=("rival",),
    )
    firm = Acquisition(
        acquisition="firm",
        price_musd=0.4,
        price_growth_per_year=0.1,
        months_to_close=2.0,
        months_to_integrate=2.0,
        integration_musd_per_year=0.2,
        integration_years=0.6,
        contribution_musd_per_year=0.1,
    )
    return {
        "programmes": (Programme(programme="chip", terminal_value_musd=0.3),),
        "routes": (
            route,
            replace(route, route="partner", design_months=2.0, requires=("firm",), design_cost_musd=0.4),
        ),
        "ramp": (
            Ramp(programme="chip", months_since_ready=0.0, max_units_per_year=80.0),
            Ramp(programme="chip", months_since_ready=6.0, max_units_per_year=240.0),
        ),
        "acquisitions": (firm, replace(firm, acquisition="rival", price_musd=0.5)),
        "agreements": (
            Agreement(
                agreement="pact",
                lag_months=1.0,
                term_months=15.0,
                prepayment_musd=0.5,
                min_units_per_year=50.0,
                shortfall_usd_per_unit=4000.0,
                last_signing="2027Q2",
            ),
        ),
        "added_supply": (AddedSupply(gate="pact", limit="hbm", amount_per_year=300.0),),
        "policies": (
            Policy(policy="mix", kind="max_vendor_share", subject="verde", span="2028", value=0.9),
            Policy(policy="spread", kind="min_vendor_share", subject="rosso", span="2027", value=0.02, basis="spend"),
            Policy(policy="floor", kind="min_capability", span="2028", value=50.0),
            Policy(policy="roof", kind="max_capability", subject="beta", span="2027", value=300.0),
            Policy(policy="pace", kind="max_order_growth", subject="beta_rent", span="2028", value=1.0),
            Policy(policy="focus", kind="max_active_programmes", span="2027..2028", value=1.0),
        ),
        "commitments": (
            Commitment(kind="order", item="beta_rent", period="2027Q1", quantity=12.0, status="done"),
            Commitment(kind="build", item="hall", period="2026Q4", quantity=1.0, status="done"),
            Commitment(kind="close", item="rival", status="barred"),
            Commitment(kind="close", item="firm", period="2028Q2", status="fixed"),
        ),
    }
