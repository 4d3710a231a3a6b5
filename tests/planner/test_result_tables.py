"""Figures of the result tables, worked out by hand: of which workload, which periods, which kind of money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.fleet_rows import CASH_CATEGORIES, PriceTier, Resale, Throughput, Workload
from models.tables.holding_rows import OpeningFleet
from models.tables.strategy_rows import Budget, Commitment
from models.verify import verify
from planner.results import tables_of
from planner.results.input_basis import table_of
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, demand, rent, rich_case, tiny_case


@pytest.fixture
def told(plan_of):
    """Solves a case and returns its tables as records, after the independent check has accepted them."""

    def run(case):
        solution = plan_of(case)
        tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
        assert verify(case, tables, solution.outcome.objective).findings == ()
        return tables

    return run


def figures(tables):
    return {row["name"]: row["value"] for row in tables["key_figures"]}


def tier(offer, start, discount, kind, span):
    return PriceTier(offer=offer, span=span, from_units=start, discount=discount, kind=kind)


@pytest.mark.parametrize(("kind", "invoice"), [("incremental", 1.84), ("all_units", 1.6)])
def test_an_invoice_is_the_bill_after_volume_discounts(told, kind, invoice):
    """100 alpha at 20,000 USD, 20 % off from 60 on: 60 × 0.02 + 40 × 0.016 = 1.84, off all units 100 × 0.016 = 1.6."""
    tables = told(add(alone(tiny_case()), price_tiers=(tier("alpha_list", 60.0, 0.2, kind, "2027..2029"),)))
    (order,) = tables["orders"]
    assert order["unit_price_usd"] == 20000.0
    assert (order["invoice_musd"], order["contract_musd"]) == pytest.approx((invoice, invoice))
    assert (order["kind"], order["arrives"], order["ends"]) == ("buy", "2027", None)


def test_the_second_order_of_a_span_is_billed_above_the_first(told):
    """100 alpha, then 100 more, 20 % off from 60 on: 60 × 0.02 + 40 × 0.016 = 1.84 and 100 × 0.016 = 1.6.

    Each query a second that is not served for a year costs 10 Y = 0.315, a unit 0.02.
    """
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 200.0))))
    case = change(case, "workloads", "chat", penalty_usd_per_1000=10.0)
    case = change(case, "offers", "alpha_list", max_lots_per_period=100.0)
    tables = told(add(case, price_tiers=(tier("alpha_list", 60.0, 0.2, "incremental", "2027..2029"),)))
    assert [row["invoice_musd"] for row in tables["orders"]] == pytest.approx([1.84, 1.6])


def test_a_lease_is_told_with_its_whole_term_also_after_the_end(told):
    """100 units at 3,000 USD a year for five years from 2027, planned to 2029: 0.3 a year, 1.5 in all, to 2031."""
    tables = told(rent(alone(tiny_case()), 3000.0, term_months=60.0))
    (order,) = tables["orders"]
    assert (order["invoice_musd"], order["contract_musd"]) == pytest.approx((0.3, 1.5))
    assert (order["kind"], order["arrives"], order["arriving_units"], order["ends"]) == ("lease", "2027", 100.0, "2031")
    assert figures(tables)["opex"] == pytest.approx(0.9)


def test_a_term_counts_as_whole_periods(told):
    """Quarters; 100 units for 8 months are 3 quarters at 8,000 USD a year: 0.8 a year, 0.6 over the term."""
    tables = told(rent(alone(tiny_case(start="2027Q1", period="quarter")), 8000.0, term_months=8.0))
    (order,) = tables["orders"]
    assert (order["invoice_musd"], order["contract_musd"], order["ends"]) == pytest.approx((0.8, 0.6, "2027Q3"))


def test_a_commitment_of_a_year_holds_for_orders_of_its_quarters(told):
    row = Commitment(kind="order", item="alpha_list", period="2027", quantity=100.0, status="done")
    tables = told(add(alone(tiny_case(start="2027Q1", period="quarter")), commitments=(row,)))
    assert [row["committed"] for row in tables["orders"]] == ["yes"]
    assert [row["committed"] for row in told(alone(tiny_case()))["orders"]] == ["no"]


def training(case, **values):
    """The case with a second workload of 100 GPU-hours a second, of which alpha does 1 a second."""
    row = Workload(workload="training", unit="GPU-hour", **values)
    own = Throughput(accelerator="alpha", workload="training", queries_per_second=1.0)
    return add(case, workloads=(row,), throughput=(own,), demand=demand(("2027", 100.0), workload="training"))


def test_half_a_workload_that_is_not_served_is_told_as_half(told):
    """10,000 queries a second of chat are served; of training the least, 50 of 100, as nothing is lost without it.

    All together 10,050 of 10,100 would be 99.5 %.
    """
    case = training(alone(tiny_case(demand=(("2027", 10000.0),))), min_service=0.5)
    tables = told(change(case, "workloads", "chat", penalty_usd_per_1000=10.0))
    rows = [(row["workload"], row["unit"], row["share_served"]) for row in tables["service_by_workload"]]
    assert rows == [("training", "GPU-hour", pytest.approx(0.5)), ("chat", "query", pytest.approx(1.0))]
    least = tables["service_by_workload"][0]
    # 100 a second for three years, in millions.
    assert least["demand_million"] == pytest.approx(100 * 3 * 365 * 86400 / 1e6)
    assert least["unserved_million"] == pytest.approx(least["demand_million"] / 2)
    assert (least["worst_period"], least["worst_share"]) == ("2027", pytest.approx(0.5))
    (row,) = [row for row in tables["key_figures"] if row["name"] == "least_share_served"]
    assert (row["value"], row["of"], row["periods"]) == (pytest.approx(0.5), "training", "reported")
    assert [(r["least_share_served"], r["least_served"]) for r in tables["period_figures"]] == [
        (pytest.approx(0.5), "training")
    ] * 3


def test_cost_by_query_is_told_only_where_all_workloads_have_one_unit(told):
    """20 + 2 USD million for 1,100 queries a second over three years; with GPU-hours among them, nothing."""
    case = training(alone(tiny_case(demand=(("2027", 1000.0),))), penalty_usd_per_1000=1.0)
    assert figures(told(case))["cost_per_thousand_queries"] is None
    alike = replace(case, workloads=tuple(replace(row, unit="query") for row in case.workloads))
    found = figures(told(alike))["cost_per_thousand_queries"]
    assert found == pytest.approx(22e6 / (1100 * 3 * 365 * 86400 / 1e3))


def test_the_worst_period_is_the_first_with_the_least_share(told):
    """150 queries/s in 2028, of which 100 are served: at most 100 alpha, as the budget of 2.0 allows."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 150.0), ("2029", 100.0))))
    row = Budget(budget="all", categories=("all",), span="2027..2029", amount_musd=2.0)
    (found,) = told(add(case, budgets=(row,)))["service_by_workload"]
    assert (found["worst_period"], found["worst_share"]) == ("2028", pytest.approx(2 / 3))
    assert found["share_served"] == pytest.approx(300 / 350)


def test_what_is_carried_counts_as_available(told):
    """1.0 and 1.0 a year with carry-over, 1.5 spent in 2028: 75 % of 2.0, not 150 % of 1.0."""
    case = alone(tiny_case(demand=(("2027", 0.0), ("2028", 75.0)), periods=2))
    rows = tuple(
        Budget(budget="all", categories=("all",), span=year, amount_musd=1.0, carry_over=True)
        for year in ("2027", "2028")
    )
    first, second = told(add(case, budgets=rows))["budgets"]
    assert (first["available_musd"], first["share_used"], first["slack_musd"]) == pytest.approx((1.0, 0.0, 1.0))
    told_second = [second[name] for name in ("amount_musd", "carried_musd", "available_musd", "share_used")]
    assert told_second == pytest.approx([1.0, 1.0, 2.0, 0.75])


def test_a_budget_of_nothing_has_no_share_used(told):
    row = Budget(budget="deals", categories=("acquisition",), span="2027..2029", amount_musd=0.0)
    none = Budget(budget="open", categories=("all",), span="2027..2029", amount_musd=None)
    found = {row["budget"]: row for row in told(add(alone(tiny_case()), budgets=(row, none)))["budgets"]}
    assert found["deals"]["share_used"] is None
    assert (found["open"]["available_musd"], found["open"]["share_used"]) == (None, None)


def test_a_budget_that_holds_only_because_of_resale_says_so(told):
    """100 alpha of 2025 live to 2027 and bring half of 20,000 USD each, 1.0, in 2028, when 100 new ones cost 2.0.

    The budget of 1.2 holds 2.0 gross less 1.0: five sixths of it.
    """
    case = add(
        alone(tiny_case(periods=2)),
        opening_fleet=(OpeningFleet(accelerator="alpha", site="north", units=100.0, in_service_since="2025"),),
        resale=(Resale(accelerator="alpha", age_years=0.0, fraction_of_reference_price=0.5),
                Resale(accelerator="alpha", age_years=3.0, fraction_of_reference_price=0.5)),
        budgets=(Budget(budget="all", categories=("all",), span="2027..2028", amount_musd=1.2),),
    )  # fmt: skip
    (row,) = told(case)["budgets"]
    spent = [row[name] for name in ("gross_musd", "resale_musd", "spent_musd", "share_used")]
    assert spent == pytest.approx([2.0, -1.0, 1.0, 1.0 / 1.2])
    assert row["needs_resale"] == "yes"


def test_the_fleet_of_an_accelerator_has_its_units_and_capability_by_period(told):
    """100 alpha of 2025 live to 2027; in 2028 100 new ones arrive. alpha does half of what beta does."""
    case = tiny_case(periods=2, discount_rate=0.1)
    case = add(
        replace(case, offers=case.offers[:1], prices=case.prices[:1]),
        opening_fleet=(OpeningFleet(accelerator="alpha", site="north", units=100.0, in_service_since="2025"),),
    )
    first, second = ({"accelerator": "alpha", "period": period, "opening_units": 100.0, "units": 100.0,
                      "unit_capability": 0.5, "capability": 50.0} for period in ("2027", "2028"))  # fmt: skip
    assert told(case)["fleet_by_accelerator"] == [
        first | {"arriving_units": 0.0, "leaving_units": 0.0},
        second | {"arriving_units": 100.0, "leaving_units": 100.0},
    ]
    stated = told(change(case, "accelerators", "alpha", capability=3.0))["fleet_by_accelerator"]
    assert [row["capability"] for row in stated] == [300.0, 300.0]


def test_cash_penalty_and_value_left_are_told_apart_and_add_up(told):
    """100 queries/s of which 60 are served: 60 alpha for 1.2, 3 × 40 Y of penalty, and 60 × 0.002 left at the end."""
    case = add(
        alone(tiny_case()),
        resale=(Resale(accelerator="alpha", age_years=0.0, fraction_of_reference_price=0.1),
                Resale(accelerator="alpha", age_years=3.0, fraction_of_reference_price=0.1)),
        budgets=(Budget(budget="all", categories=("all",), span="2027..2029", amount_musd=1.2),),
    )  # fmt: skip
    found = figures(told(case))
    parts = [found[f"discounted_{name}"] for name in ("capex", "opex", "penalty", "value_left")]
    assert parts == pytest.approx([1.2, 0.0, 120 * Y, -0.12])
    assert sum(parts) == pytest.approx(found["net_present_cost"])
    cash = [found[name] for name in ("cash_cost", "capex", "opex", "unserved_penalty")]
    assert cash == pytest.approx([1.2, 1.2, 0.0, 120 * Y])


def test_each_line_is_capital_or_running_and_cash_is_both(told):
    """A case with a row in every table: the kinds of the ledger add up to cash and to the objective."""
    tables = told(rich_case())
    kinds = {(row["category"], row["line"].split()[0], row["kind"]) for row in tables["costs"]}
    expected = {
        ("hardware", "capex"), ("lease", "opex"), ("power", "opex"), ("maintenance", "opex"), ("variable", "opex"),
        ("revenue", "revenue"), ("unserved", "penalty"), ("value_left", "value_left"),
    }  # fmt: skip
    assert {(category, kind) for category, _, kind in kinds} >= expected - {("unserved", "penalty")}
    for row in tables["period_figures"]:
        assert row["cash_musd"] == pytest.approx(sum(row[f"{name}_musd"] for name in CASH_CATEGORIES))
        assert row["cash_musd"] == pytest.approx(row["capex_musd"] + row["opex_musd"])
    found = figures(tables)
    parts = [value for name, value in found.items() if name.startswith("discounted_")]
    assert sum(parts) == pytest.approx(found["net_present_cost"])


def test_rows_without_a_source_are_counted_as_such():
    """Two workloads: one judged, one with a source; two accelerators and all else without a word."""
    case = tiny_case()
    rows = (replace(case.workloads[0], note="Basis: judged"), Workload(workload="image", source="a list"))
    found = {row["table"]: row for row in table_of(changed(case, workloads=rows)).records()}
    assert list(found["workloads"].values())[1:] == [2, 1, 0, 1, 0]
    assert list(found["accelerators"].values())[1:] == [2, 0, 0, 0, 2]
    whole = sum(row["rows"] for name, row in found.items() if name != "all")
    assert (found["all"]["rows"], found["all"]["no_source"]) == (whole, whole - 2)
