"""Strategic moves and rules of the company made by hand."""

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


def moves():
    return {
        "programmes": (Programme(programme="chip", terminal_value_musd=5.0), Programme(programme="dsp")),
        "routes": (
            Route(
                programme="chip",
                route="inhouse",
                design_months=7.0,
                design_cost_musd=30.0,
                mask_set_musd=10.0,
                tape_out_to_volume_months=3.0,
                respin_probability=0.5,
                respin_months=4.0,
                respin_cost_musd=8.0,
                sustaining_musd_per_year=4.0,
                last_start="2028",
            ),
            Route(programme="chip", route="partner", design_months=4.0, design_cost_musd=50.0, requires=("team",)),
            Route(programme="dsp", route="inhouse", design_months=12.0, design_cost_musd=9.0, requires=("chip",)),
        ),
        "ramp": (
            Ramp(programme="chip", months_since_ready=0.0, max_units_per_year=100.0),
            Ramp(programme="chip", months_since_ready=6.0, max_units_per_year=160.0),
        ),
        "acquisitions": (
            Acquisition(
                acquisition="team",
                price_musd=20.0,
                price_growth_per_year=0.05,
                months_to_close=5.0,
                months_to_integrate=2.0,
                integration_musd_per_year=2.0,
                integration_years=0.8,
                contribution_musd_per_year=1.5,
                excludes=("rival",),
                first_signing="2027",
            ),
            Acquisition(acquisition="rival", price_musd=35.0, months_to_close=6.0),
        ),
        "agreements": (
            Agreement(
                agreement="frame",
                first_signing="2027",
                last_signing="2027H2",
                lag_months=2.0,
                term_months=19.0,
                prepayment_musd=3.0,
                min_units_per_year=140.0,
                shortfall_usd_per_unit=2000.0,
                excludes=("other-frame",),
            ),
            Agreement(agreement="other-frame", term_months=24.0, prepayment_musd=1.0),
        ),
        "added_supply": (
            AddedSupply(gate="frame", limit="packaging", amount_per_year=40.0),
            AddedSupply(gate="team", limit="wafers", amount_per_year=30.0),
        ),
    }


def rules():
    everything = "2027..2030"
    return {
        "budgets": (
            Budget(
                budget="capex",
                categories=("hardware", "lease", "expansion"),
                span="2027",
                amount_musd=14.0,
                carry_over=True,
            ),
            Budget(
                budget="capex",
                categories=("hardware", "lease", "expansion"),
                span="2028",
                amount_musd=12.0,
                carry_over=True,
            ),
            Budget(budget="capex", categories=("hardware", "lease", "expansion"), span="2029..2030", amount_musd=None),
            Budget(budget="running", categories=("power", "maintenance", "variable"), span="2027Q1", amount_musd=0.9),
            Budget(budget="running", categories=("power", "maintenance", "variable"), span="2027Q2", amount_musd=0.9),
            Budget(budget="running", categories=("power", "maintenance", "variable"), span="2027H2", amount_musd=1.8),
            Budget(
                budget="running", categories=("power", "maintenance", "variable"), span="2028..2030", amount_musd=12.0
            ),
            Budget(budget="total", categories=("all",), span=everything, amount_musd=150.0),
        ),
        "policies": (
            Policy(policy="nova", kind="max_vendor_share", subject="Nova", span=everything, value=0.97),
            Policy(policy="orion", kind="min_vendor_share", subject="Orion", span="2027", value=0.01),
            Policy(
                policy="nova-spend", kind="max_vendor_share", subject="Nova", span="2027", value=0.99, basis="spend"
            ),
            Policy(policy="floor", kind="min_capability", span="2027..2028", value=50.0),
            Policy(policy="ceiling", kind="max_capability", subject="Nova", span=everything, value=400.0),
            Policy(policy="growth", kind="max_order_growth", subject="alpha-list", span="2028..2029", value=1.5),
            Policy(policy="focus", kind="max_active_programmes", span=everything, value=1.0),
        ),
        "commitments": (
            Commitment(kind="order", item="alpha-list", period="2027", quantity=16.0, status="done"),
            Commitment(kind="order", item="gray", period="2027", quantity=20.5, status="fixed"),
            Commitment(kind="order", item="gray", period="2028", status="barred"),
            Commitment(kind="start", item="chip", route="inhouse", status="fixed"),
            Commitment(kind="start", item="dsp", status="barred"),
            Commitment(kind="close", item="rival", status="barred"),
            Commitment(kind="close", item="team", period="2027", status="fixed"),
            Commitment(kind="sign", item="frame", period="2027", status="done"),
            Commitment(kind="sign", item="other-frame", period="2028", status="barred"),
            Commitment(kind="build", item="north-hall", period="2026H2", quantity=1.0, status="done"),
            Commitment(kind="build", item="south-hall", quantity=3.0, status="fixed"),
        ),
    }
