"""A plan that uses every form of contract: made by a solver, and accepted by the check before it is changed."""

from __future__ import annotations

import functools

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone, MilestoneValue
from models.tables.disruption_rows import LeadTime
from models.tables.fleet_rows import Offer, Price
from models.tables.holding_rows import OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Agreement, Budget, Commitment
from planner.results import tables_of
from tests.models.tiny import add, change, changed, rent, tiny_case


def contracts_case():
    """Seven half-years: demand rises and falls away, so that orders are cancelled and leases left and renewed."""
    case = tiny_case(
        start="2027H1", period="half", periods=7, discount_rate=0.08,
        demand=(("2027H1", 100.0), ("2028H1", 170.0), ("2029H1", 60.0)),
    )  # fmt: skip
    case = change(case, "offers", "alpha_list", lot_size=10.0, lead_time_months=12.0, deposit_share=0.3,
                  cancel_until_months=6.0, cancel_fee_share=0.1, late_exit_months=0.0)  # fmt: skip
    case = change(case, "offers", "beta_list", requires=("pact",))
    case = rent(case, price=9000.0, term_months=18.0, exit_fee_months=1.0, exit_notice_months=6.0, renew_months=6.0,
                renew_usd_per_unit_per_year=7000.0, renewals=2)  # fmt: skip
    case = add(
        case,
        offers=(Offer(offer="alpha_slow", accelerator="alpha", kind="buy", lead_time_months=6.0, deposit_share=0.5,
                      cancel_until_months=0.0, late_exit_months=0.0),),
        prices=(Price(offer="alpha_slow", period="2027H1", unit_price_usd=19000.0),),
        lead_times=(LeadTime(offer="alpha_slow", period="2027H2", lead_time_months=24.0),),
        agreements=(Agreement(agreement="pact", term_months=36.0, shortfall_usd_per_unit=5000.0,
                              shortfall_musd_per_mw=2.0),),
        commit_levels=tuple(
            CommitLevel(agreement="pact", year_of_term=year, amount=amount, unit=unit, shortfall_share=share,
                        carry=carry)
            for year, amount, unit, share, carry in (
                (1, 10.0, "units", 1.0, "excess"), (2, 60.0, "units", 0.5, "none"), (3, 0.9, "mw", 0.4, "none"),
            )
        ),
        facilities=(
            Facility(facility="loan", limit_musd=0.6, rate_per_year=0.05, term_months=18.0, repayment="level",
                     advance_share=0.6, categories=("hardware",), fee_share=0.01),
            Facility(facility="notes", limit_musd=0.4, rate_per_year=0.06, term_months=12.0, repayment="bullet",
                     categories=("lease", "expansion"), first_draw="2027H2"),
        ),
        milestones=(
            IncentiveMilestone(milestone="units", subject="rosso", measure="units", amount=20.0, value_musd=0.05),
            IncentiveMilestone(milestone="spent", subject="alpha_rent", measure="musd", amount=0.3, by="2029H2",
                               value_musd=0.04),
        ),
        # One was dear and is not yet late; the other is, and nobody needs it when it comes.
        open_orders=(
            OpenOrder(offer="alpha_list", site="north", units=20.0, due="2027H2", ordered="2026H2",
                      paid_usd_per_unit=10000.0, balance_usd_per_unit=70000.0),
            OpenOrder(offer="alpha_slow", site="north", units=12.0, due="2029H2", balance_due="2027H1",
                      ordered="2026H1", paid_usd_per_unit=8000.0, balance_usd_per_unit=9000.0),
            OpenOrder(offer="alpha_slow", site="south", units=6.0, due="2029H2", ordered="2026H1",
                      paid_usd_per_unit=8000.0, balance_usd_per_unit=9500.0),
        ),
        milestone_values=(MilestoneValue(milestone="units", period="2028H1", value_musd=0.06),),
        open_leases=(OpenLease(lease="old", accelerator="alpha", site="north", units=60.0,
                               rent_usd_per_unit_per_year=9000.0, ends="2028H2", exit_fee_months=1.0,
                               renew_months=12.0, renewals=2),),
        budgets=(Budget(budget="all_of_it", categories=("all",), span="2027H1..2030H1", amount_musd=20.0),),
    )  # fmt: skip
    hall = Expansion(expansion="hall", site="south", module_mw=0.05, cost_musd_per_module=0.01, max_modules=4,
                     rent_musd_per_module_per_year=0.02, rent_growth_per_year=0.05, term_months=24.0,
                     exit_fee_musd_per_module=0.01)  # fmt: skip
    south = Site(site="south", power_mw=0.0, fixed_musd_per_year=0.01, fixed_from="first_module", pue=1.1)
    case = changed(case, sites=(Site(site="north", power_mw=0.11), south), expansions=(hall,))
    return add(case, commitments=(
        Commitment(kind="sign", item="pact", period="2027H1", status="done"),
        Commitment(kind="order", item="alpha_list", period="2028H1", quantity=40.0, status="fixed"),
        Commitment(kind="order", item="alpha_list", period="2028H2", quantity=20.0, status="fixed"),
        Commitment(kind="order", item="alpha_slow", period="2027H1", quantity=15.0, status="fixed"),
        Commitment(kind="draw", item="loan", period="2026H2", quantity=0.09, status="done"),
        Commitment(kind="draw", item="notes", period="2027H2", quantity=0.05, status="fixed"),
    ))  # fmt: skip


@functools.cache
def contracts_plan():
    """The case with its result tables and its cost."""
    case = contracts_case()
    model = build(case)
    with Engine.start("highs") as engine:
        options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
        found = engine.solve(model.program, options, code="highs")
        found = polish(model.program, found, engine=engine, options=options)
    assert found.status is Status.OPTIMAL, found.detail
    tables = {name: list(table.records()) for name, table in tables_of(Solution(model, found)).items()}
    return case, tables, found.objective
