"""Variances that add up: by hand, and recomputed unit by unit from the files of run and actuals alone."""

from __future__ import annotations

import math
import os
from collections import Counter, defaultdict

import pytest

import planner
from planner.tracking.amount_series import AmountSeries
from planner.tracking.cost_items import CostItem
from planner.tracking.variance_analysis import matched_units, variances
from tests.planner.tracking.tracked_case import OFFERS, QUARTERS, draw_actuals, planned, rows_of, write_rows

SEEDS = int(os.environ.get("ACTUALS_SEEDS", "4"))
CAUSES = ("price", "volume", "timing", "mix")
LABELS = ("one", "two")


def item(name, planned_units, planned_price, units, price, *, category="hardware", **more):
    def series(counts, prices):
        return AmountSeries([count * cost for count, cost in zip(counts, prices, strict=True)], list(counts))

    return CostItem(
        category=category, vendor="maker", item=name, unit="units", planned=series(planned_units, planned_price),
        actual=series(units, price), **more,
    )  # fmt: skip


def amounts(planned_musd, musd, category="expansion"):
    count = len(musd)
    return CostItem(
        category=category, vendor="", item="hall", unit="",
        planned=AmountSeries(list(planned_musd), [0.0] * count, has_quantity=False),
        actual=AmountSeries(list(musd), [0.0] * count, has_quantity=False),
    )  # fmt: skip


def found(items, labels=LABELS):
    """The four variances by item and period; they add up to actual less planned."""
    rows = variances(items, labels)
    for row in rows:
        parts = math.fsum(getattr(row, cause) for cause in CAUSES)
        assert parts == pytest.approx(row.actual_musd - row.planned_musd, abs=1e-9)
    return {(row.item, row.period): tuple(round(getattr(row, cause), 9) for cause in CAUSES) for row in rows}


def test_price_volume_and_mix_of_two_items():
    """Planned 10 a at 2 and 10 b at 4: 60, 3 on average; received 14 a at 2.5 and 8 b at 4: 67.

    Price (2.5 − 2) · 14 = 7. Units 22 − 20 = 2, at 3: volume 6. Mix: 4 · (2 − 3) for a, −2 · (4 − 3) for b: −6.
    7 + 6 − 6 = 67 − 60.
    """
    rows = found([item("a", [10], [2], [14], [2.5]), item("b", [10], [4], [8], [4])], ("one",))
    assert rows == {("a", "one"): (7, 12, 0, -4), ("b", "one"): (0, -6, 0, -2)}


def test_timing_is_what_comes_in_another_period_at_its_planned_price():
    """Planned 10 at 2 and 5 at 3, received 6 at 2.5 and 9 at 3: four of the first come in the second period."""
    rows = found([item("a", [10, 5], [2, 3], [6, 9], [2.5, 3])])
    # One: price 0.5 · 6, timing −4 · 2. Two: price of the four that were planned at 2: (3 − 2) · 4, timing +4 · 2.
    assert rows == {("a", "one"): (3, 0, -8, 0), ("a", "two"): (4, 0, 8, 0)}


def test_what_is_promised_for_later_is_timing_and_the_rest_of_what_is_short_is_volume():
    rows = found([item("a", [10, 0], [2, 2], [4, 0], [2, 2], late=5.0)])
    assert rows == {("a", "one"): (0, -2, -10, 0)}


def test_an_item_that_was_not_planned_takes_its_price_from_the_price_list():
    both = [item("a", [10], [2], [10], [2]), item("b", [0], [0], [3], [6], list_prices=(5.0,))]
    # Three units at the mean price of 2 are volume, what they are dearer by list is mix, and above the list is price.
    assert found(both, ("one",))["b", "one"] == (3, 6, 0, 9)
    unknown = [item("a", [10], [2], [10], [2]), item("b", [0], [0], [3], [6])]
    assert found(unknown, ("one",))["b", "one"] == (0, 6, 0, 12)


def test_a_service_of_one_period_is_not_delivered_in_another():
    rows = found([item("a", [10, 10], [2, 2], [0, 20], [2, 2], category="lease")])
    assert rows == {("a", "one"): (0, -20, 0, 0), ("a", "two"): (0, 20, 0, 0)}


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (amounts([100, 0], [0, 120]), {"one": (0, 0, -100, 0), "two": (20, 0, 100, 0)}),
        (amounts([100, 0], [0, 0]), {"one": (0, -100, 0, 0)}),
        (amounts([0, 0], [0, 30]), {"two": (0, 30, 0, 0)}),
        (amounts([-50, 0], [0, -40]), {"one": (10, 0, 40, 0), "two": (0, 0, -40, 0)}),
        (amounts([-50, 20], [0, 10]), {"one": (0, 50, 0, 0), "two": (-10, 0, 0, 0)}),
        (amounts([100, 10], [0, 120], "maintenance"), {"one": (0, -100, 0, 0), "two": (110, 0, 0, 0)}),
    ],
)
def test_amounts_without_units(given, parts):
    assert {period: own for (_, period), own in found([given]).items()} == parts


def test_units_are_matched_first_in_first_out():
    assert matched_units([3, 4], [2, 6]) == ([(0, 0, 2), (0, 1, 1), (1, 1, 4)], [0, 0], [0, 1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    return planned(folder), folder / "run"


def number(text):
    return float(text or 0)


def hardware_unit_by_unit(run, actuals):
    """The variances of hardware from the files alone: every unit is one entry of a list, and lists are zipped."""
    price = {(row["offer"], row["arrives"]): number(row["invoice_musd"]) / number(row["units"]) for row in rows_of(
        run / "tables" / "orders.csv")}  # fmt: skip
    due, came, cost, late = defaultdict(list), defaultdict(list), Counter(), Counter()
    for row in sorted(rows_of(run / "tables" / "arrivals.csv"), key=lambda row: row["period"]):
        due[row["offer"]] += [row["period"]] * round(number(row["units"]))
    for row in sorted(rows_of(actuals / "deliveries.csv"), key=lambda row: row["period"]):
        year, month = (row["period"] or "2028-01").split("-")
        quarter = f"{year}Q{(int(month) + 2) // 3}"
        if not row["period"]:
            late[row["offer"]] += round(number(row["units_promised"]))
        elif quarter in QUARTERS:
            came[row["offer"]] += [quarter] * round(number(row["units"]))
            cost[row["offer"], quarter] += number(row["units"]) * number(row["unit_price_usd"]) / 1e6
    planned_cost = {offer: sum(price[offer, quarter] for quarter in due[offer]) for offer in OFFERS}
    mean = sum(planned_cost.values()) / sum(len(units) for units in due.values())
    parts = defaultdict(Counter)
    for offer in OFFERS:
        gap = planned_cost[offer] / len(due[offer]) - mean
        for promised, received in zip(due[offer], came[offer], strict=False):
            parts[offer, received]["price"] -= price[offer, promised]
            parts[offer, received]["timing"] += price[offer, promised]
            parts[offer, promised]["timing"] -= price[offer, promised]
        for quarter in due[offer][len(came[offer]) :]:
            is_late, late[offer] = late[offer] > 0, late[offer] - 1
            parts[offer, quarter]["timing" if is_late else "volume"] -= price[offer, quarter]
            if not is_late:
                parts[offer, quarter]["mix"] -= gap
                parts[offer, quarter]["volume"] += gap
        for quarter in came[offer][len(due[offer]) :]:
            known = max((own for own in due[offer] if own <= quarter), default=min(due[offer]))
            parts[offer, quarter]["price"] -= price[offer, known]
            parts[offer, quarter]["volume"] += price[offer, known] - gap
            parts[offer, quarter]["mix"] += gap
        for quarter in QUARTERS:
            parts[offer, quarter]["price"] += cost[offer, quarter]
    return parts


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_independent_reading_of_the_files_finds_the_same_variances(run, tmp_path, seed):
    plan, folder = run
    actuals = draw_actuals(tmp_path / "actuals", seed)
    study = planner.actuals(plan, actuals, until="2027Q4").write(tmp_path / "study")
    items = rows_of(study / "tables" / "variance_items.csv")
    expected = hardware_unit_by_unit(folder, actuals)
    hardware = {(row["item"], row["period"]): row for row in items if row["category"] == "hardware"}
    for place, causes in expected.items():
        for cause in CAUSES:
            value = number(hardware[place][f"{cause}_musd"]) if place in hardware else 0.0
            assert value == pytest.approx(causes[cause], abs=1e-9), (place, cause)
    paid = defaultdict(float)
    for row in rows_of(actuals / "payments.csv"):
        if row["category"] == "maintenance" and row["period"] in QUARTERS:
            paid[row["period"], row["item"]] += number(row["amount_musd"])
    planned_costs = defaultdict(float)
    for row in rows_of(folder / "tables" / "costs.csv"):
        if row["category"] == "maintenance":
            planned_costs[row["period"], row["line"].split()[-1]] += number(row["musd"])
    upkeep = {(row["period"], row["item"]): row for row in items if row["category"] == "maintenance"}
    for place in paid.keys() | planned_costs.keys():
        both = paid[place] and planned_costs[place]
        cause = "price_musd" if both else "volume_musd"
        assert number(upkeep[place][cause]) == pytest.approx(paid[place] - planned_costs[place], abs=1e-12)
    for row in (row for row in items if row["category"] == "power"):
        [used] = [own for own in rows_of(actuals / "power_used.csv") if own["period"] == row["period"]]
        [drawn] = [own for own in rows_of(folder / "tables" / "power.csv") if own["period"] == row["period"]]
        mwh = number(drawn["drawn_mw"]) * 8760 / 4
        assert number(row["volume_musd"]) == pytest.approx((number(used["mwh"]) - mwh) * 50 / 1e6, abs=1e-12)
        assert number(row["price_musd"]) == pytest.approx(
            number(used["cost_musd"]) - number(used["mwh"]) * 50 / 1e6, abs=1e-12
        )


def test_a_plan_that_is_carried_out_as_planned_has_no_variance(run, tmp_path):
    plan, folder = run
    tables, actuals = folder / "tables", tmp_path / "actuals"
    write_rows(actuals / "deliveries.csv", [
        {name: row[name] for name in ("offer", "site", "period", "units")} for row in rows_of(tables / "arrivals.csv")
    ])  # fmt: skip
    costs = rows_of(tables / "costs.csv")
    write_rows(actuals / "payments.csv", [
        {"period": row["period"], "category": row["category"], "item": row["line"].split()[-1],
         "amount_musd": row["musd"], "quantity": number(row["musd"]) / 50e-6 if row["category"] == "power" else ""}
        for row in costs if row["category"] in ("maintenance", "power")
    ])  # fmt: skip
    write_rows(actuals / "observed_demand.csv", [
        {"workload": "chat", "period": row["period"], "queries_per_day_million": number(row["demand_million"]) / 91.25}
        for row in rows_of(tables / "service.csv")
    ])  # fmt: skip
    found = planner.actuals(plan, actuals)
    rows = list(found.raw_tables["variance_items"].records())
    assert {row["category"] for row in rows} == {"hardware", "maintenance", "power"}
    for row in rows:
        for name in ("variance", *CAUSES):
            assert row[f"{name}_musd"] == pytest.approx(0.0, abs=1e-12)
    bought = math.fsum(number(row["invoice_musd"]) for row in rows_of(tables / "orders.csv"))
    assert math.fsum(row["planned_musd"] for row in rows if row["category"] == "hardware") == pytest.approx(bought)
    assert [row["share_on_time"] for row in found.raw_tables["deliveries"].records()] == [1, 1]
    [error] = found.raw_tables["forecast_errors"].records()
    assert (error["bias"], error["wmape"]) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_sums_hold_at_every_level_and_no_amount_is_lost(run, tmp_path, seed):
    plan, _ = run
    actuals = draw_actuals(tmp_path / "actuals", seed)
    tables = planner.actuals(plan, actuals, until="2027Q4").raw_tables
    items = list(tables["variance_items"].records())
    for row in items:
        parts = math.fsum(row[f"{cause}_musd"] for cause in CAUSES)
        assert parts == pytest.approx(row["actual_musd"] - row["planned_musd"], abs=1e-9)
    for name in ("by_category", "variances"):
        rows = [row for row in tables[name].records() if row["category"] != "in all"]
        for column in ("planned_musd", "actual_musd", "variance_musd", *(f"{cause}_musd" for cause in CAUSES)):
            sums = [math.fsum(row[column] for row in own) for own in (rows, items)]
            assert sums[0] == pytest.approx(sums[1], abs=1e-9)
    [total] = [row for row in tables["by_category"].records() if row["category"] == "in all"]
    assert total["variance_musd"] == pytest.approx(math.fsum(row["variance_musd"] for row in items), abs=1e-9)
    given = math.fsum(
        [
            *(
                number(row["units"]) * number(row["unit_price_usd"]) / 1e6
                for row in rows_of(actuals / "deliveries.csv")
            ),
            *(number(row["amount_musd"]) for row in rows_of(actuals / "payments.csv")),
            *(number(row["cost_musd"]) for row in rows_of(actuals / "power_used.csv")),
            *(number(row["EffectiveCost"]) / 1e6 for row in rows_of(actuals / "cloud.csv")),
        ]
    )
    left = math.fsum(row["musd"] for row in tables["not_compared"].records())
    assert given == pytest.approx(left + math.fsum(row["actual_musd"] for row in items), abs=1e-9)
    why = Counter(row["why"] for row in tables["not_compared"].records())
    assert why["no row of bill_items names it"] == 3
    assert why["deliveries have what was bought"] == 1
