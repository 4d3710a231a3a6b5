"""Reads the tables of the reduced problem for PyPSA into plain numbers; imports nothing of the planner."""

from __future__ import annotations

import csv
import math
import tomllib

NOISE = 1e-9
MUSD = 1e-6
HOURS_OF_YEAR = 8760.0
SECONDS_OF_YEAR = 365 * 86_400.0


def table(folder, name):
    """The rows of a table as texts; none where there is no file."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text, default=0.0):
    return float(text) if text else default


def named(text):
    return text.split(";") if text else []


def years_of(months):
    return math.ceil(months / 12 - NOISE)


class Facts:
    """The reduced problem in plain numbers; money in USD million, by year from 0."""

    def __init__(self, folder):
        plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
        self.start, self.count = int(plan["start"]), plan["periods"]
        self.rate = plan["discount_rate"]
        self.years = range(self.count)
        self.workloads = table(folder, "workloads")
        self.machines = {row["accelerator"]: row for row in table(folder, "accelerators")}
        self.throughput = table(folder, "throughput")
        self.offers = table(folder, "offers")
        self.fleet = table(folder, "opening_fleet")
        self.routes = table(folder, "routes")
        self.companies = table(folder, "acquisitions")
        self.budget = [float(row["amount_musd"]) for row in table(folder, "budgets")]
        self.respun = {"expected": None, "optimistic": 0.0, "pessimistic": 1.0}[plan["tape_out_risk"]]
        site = table(folder, "sites")[0]
        pue, price = number(site["pue"], 1.0), number(site["electricity_usd_per_mwh"])
        self.upkeep = {
            name: MUSD
            * (number(row["maintenance_usd_per_year"]) + number(row["it_kw"]) * pue * HOURS_OF_YEAR / 1000 * price)
            for name, row in self.machines.items()
        }
        self.prices = self._series(folder, "prices", "offer", "unit_price_usd")
        self.demand = self._series(folder, "demand", "workload", "queries_per_day_million")

    def _series(self, folder, name, key, column):
        """By item, the value of each year of the plan; None before the first label."""
        found = {}
        for row in sorted(table(folder, name), key=lambda row: row["period"]):
            values = found.setdefault(row[key], [None] * self.count)
            first = max(0, int(row["period"][:4]) - self.start)
            values[first:] = [float(row[column])] * len(values[first:])
        return found

    def discount(self, year):
        return (1 + self.rate) ** -(year + 0.5)

    def window(self, row, first, last):
        low = int(row[first][:4]) - self.start if row[first] else 0
        high = int(row[last][:4]) - self.start if row[last] else self.count - 1
        return range(max(0, low), min(self.count - 1, high) + 1)

    def life(self, machine):
        return max(1, math.floor(float(self.machines[machine]["life_years"]) + NOISE))

    def survival(self, machine, age):
        return (1 - number(self.machines[machine]["failure_rate_per_year"])) ** age if age >= 0 else 0.0

    def peak_demand(self, workload, year):
        row = next(row for row in self.workloads if row["workload"] == workload)
        return self.demand[workload][year] * 1e6 / 86_400 * number(row["peak_to_average"], 1.0)

    def rate_of(self, row, year):
        """Queries/s that one active unit does in a year of the plan."""
        utilisation = number(self.machines[row["accelerator"]]["utilisation"], 1.0)
        return float(row["queries_per_second"]) * (1 + number(row["software_gain_per_year"])) ** year * utilisation

    def most_units(self, machine):
        """Units that would do all the work that the machine can do, at its slowest and oldest."""
        units = max(
            sum(
                self.peak_demand(row["workload"], year) / self.rate_of(row, year)
                for row in self.throughput
                if row["accelerator"] == machine
            )
            for year in self.years
        )
        return units / self.survival(machine, self.life(machine))

    def respins(self, route):
        return number(route["respin_probability"]) if self.respun is None else self.respun

    def route_lag(self, route):
        months = number(route["design_months"]) + number(route["tape_out_to_volume_months"])
        return years_of(months + self.respins(route) * number(route["respin_months"]))

    def route_costs(self, route, start):
        """USD million by year of starting a route in a year."""
        costs, design = [0.0] * self.count, years_of(number(route["design_months"]))
        masks = number(route["mask_set_musd"]) + self.respins(route) * number(route["respin_cost_musd"])
        cost = number(route["design_cost_musd"])
        lines = [(start + k, cost / design) for k in range(design)] or [(start, cost)]
        lines.append((start + design, masks))
        ready = start + self.route_lag(route)
        lines += [(year, number(route["sustaining_musd_per_year"])) for year in range(ready, self.count)]
        for year, amount in lines:
            if year < self.count:
                costs[year] += amount
        return costs

    def company_lag(self, company):
        return years_of(number(company["months_to_close"]) + number(company["months_to_integrate"]))

    def company_costs(self, company, signed):
        """USD million by year of signing a company in a year; what it contributes is negative."""
        costs = [0.0] * self.count
        costs[signed] = float(company["price_musd"]) * (1 + number(company["price_growth_per_year"])) ** signed
        closed, left = signed + years_of(number(company["months_to_close"])), number(company["integration_years"])
        for year in range(closed, self.count):
            costs[year] += number(company["integration_musd_per_year"]) * min(1.0, max(0.0, left - (year - closed)))
        for year in range(signed + self.company_lag(company), self.count):
            costs[year] -= number(company["contribution_musd_per_year"])
        return costs
