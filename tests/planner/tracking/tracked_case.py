"""A case of four quarters with two chips of one vendor, its plan, and actuals drawn at random, as files."""

from __future__ import annotations

import csv
import random

import planner
from tests.planner.tiny import write_tiny

QUARTERS = ("2027Q1", "2027Q2", "2027Q3", "2027Q4")
TABLES = {
    "plan": 'schema_version = 1\nname = "tracked"\ncurrency_basis = "real"\nstart = "2027Q1"\nperiod = "quarter"\n'
    "periods = 4\ndiscount_rate = 0.0\n\n[solver]\ngap = 0.000001\ntime_limit_s = 30\n",
    # 8.64 million queries a day are 100 a second: 10 units of chip, or 5 of large.
    "demand": "workload,period,queries_per_day_million\nchat,2027Q1,8.64\nchat,2027Q2,12.96\nchat,2027Q3,17.28\n"
    "chat,2027Q4,25.92\n",
    "accelerators": "accelerator,vendor,it_kw,life_years,reference_price_usd,maintenance_usd_per_year\n"
    "chip,maker,1,3,100000,400\nlarge,maker,2,3,210000,900\n",
    "throughput": "accelerator,workload,queries_per_second\nchip,chat,10\nlarge,chat,20\n",
    "offers": "offer,accelerator,kind,lot_size\nchip_list,chip,buy,1\nlarge_list,large,buy,1\n",
    "prices": "offer,period,unit_price_usd\nchip_list,2027Q1,100000\nchip_list,2027Q3,90000\n"
    "large_list,2027Q1,210000\n",
    "limits": "limit,span,amount\nchips,2027Q1,6\nchips,2027Q2,2\nchips,2027Q3,3\nchips,2027Q4,4\n",
    "limit_use": "limit,offer,use_per_unit\nchips,chip_list,1\n",
    "budgets": "budget,categories,span,amount_musd\ncompute,all,2027,50\n",
}
OFFERS = ("chip_list", "large_list")


def planned(folder):
    """Plans the case and returns the plan, which is also written below the folder as `run`."""
    plan = planner.plan(planner.read_case(write_tiny(folder / "case", **TABLES)), opposites=False)
    plan.write(folder / "run")
    return plan


def rows_of(path):
    """The rows of a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path, rows):
    """Writes dictionaries as a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)


def draw_actuals(folder, seed):
    """Writes random actuals: deliveries of whole units at other prices, payments, power, demand and bills."""
    draw = random.Random(seed)
    deliveries = [
        {"offer": offer, "site": "home", "reference": f"{quarter}-{number}", "period": month_of(quarter, draw),
         "units": draw.randrange(6), "unit_price_usd": draw.randrange(80_000, 250_000)}
        for offer in OFFERS for quarter in QUARTERS for number in range(draw.randrange(3))
    ]  # fmt: skip
    deliveries.append(
        {"offer": "chip_list", "site": "home", "promised": "2028Q1", "units_promised": draw.randrange(1, 4)}
    )
    deliveries.append({"offer": "chip_list", "site": "home", "period": "2028-02", "units": 2, "unit_price_usd": 95_000})
    payments = [
        {"period": quarter, "category": "maintenance", "item": item, "reference": str(number),
         "amount_musd": draw.randrange(1, 50) / 1e4}
        for item in ("chip", "large") for quarter in QUARTERS for number in range(draw.randrange(3))
    ]  # fmt: skip
    payments.append({"period": "2028Q1", "category": "maintenance", "item": "chip", "amount_musd": 0.5})
    payments.append({"period": "2027Q2", "category": "hardware", "item": "chip_list", "amount_musd": 0.7})
    payments.append({"period": "2027Q2", "category": "agreement", "vendor": "=1+1", "amount_musd": 0.25})
    write_rows(folder / "deliveries.csv", deliveries)
    write_rows(folder / "payments.csv", payments)
    write_rows(folder / "power_used.csv", [
        {"site": "home", "period": quarter, "mwh": draw.randrange(20, 90), "cost_musd": draw.randrange(1, 9) / 1e3}
        for quarter in QUARTERS
    ])  # fmt: skip
    write_rows(folder / "observed_demand.csv", [
        {"workload": "chat", "period": quarter, "queries_per_day_million": draw.randrange(80, 300) / 10}
        for quarter in QUARTERS
    ])  # fmt: skip
    write_rows(folder / "cloud.csv", [
        {"BilledCost": draw.randrange(10**6), "EffectiveCost": draw.randrange(10**6), "BillingCurrency": "USD",
         "ChargePeriodStart": f"2027-0{month}-01T00:00:00Z", "ChargePeriodEnd": f"2027-0{month + 1}-01T00:00:00Z",
         "ServiceProviderName": "Cloud", "SkuId": sku, "PricingQuantity": 10}
        for month in (2, 5, 8) for sku in ("GPU", "STORAGE")
    ])  # fmt: skip
    write_rows(folder / "bill_items.csv", [{"column": "SkuId", "key": "GPU", "category": "variable", "item": "chat"}])
    return folder


def month_of(quarter, draw):
    """A month of a quarter."""
    return f"2027-{3 * int(quarter[-1]) - draw.randrange(3):02d}"
