"""A plain forward simulation of a plan: from decisions to all result tables, period by period.

Written from the formulation for the tests of the independent check, and sharing nothing with it: money is
booked as events happen, machines are kept in a list of lots, dates are plain (year, month) arithmetic.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from tests.models.checks.simulator_derived import with_derived_tables
from tests.models.checks.simulator_moves import moves
from tests.models.checks.simulator_tables import book
from tests.models.checks.simulator_time import STEP, ends, in_force, months, up


@dataclass
class Decisions:
    """What a planner decides; everything else follows. Periods are numbers from 0, before the plan negative."""

    orders: dict = field(default_factory=dict)  # (offer, t) -> lots (units of a divisible offer)
    receive: dict = field(default_factory=dict)  # (offer, arrival t) -> {site: units}; else the first site
    late: dict = field(default_factory=dict)  # (offer, order t) -> [(site, t, units)] that come of it in the end
    late_open: dict = field(default_factory=dict)  # number of the open order -> the same
    starts: list = field(default_factory=list)  # (programme, route, t)
    closings: list = field(default_factory=list)  # (acquisition, t)
    signings: list = field(default_factory=list)  # (agreement, t)
    builds: dict = field(default_factory=dict)  # (expansion, t) -> modules
    sold: dict = field(default_factory=dict)  # (accelerator, site, vintage label, t) -> units
    idle: dict = field(default_factory=dict)  # (accelerator, site, t) -> units not active
    work: dict = field(default_factory=dict)  # (workload, t) -> [(accelerator, site, share of its capacity)]


@dataclass
class Lot:
    """Machines that came together."""

    accelerator: str
    site: str
    vintage: str
    units: float
    came: int
    age_at_came: int
    new: bool
    term: int | None = None
    born: int | None = None  # month from which its life runs; that of its arrival when blank


class Simulation:
    """One run; `tables` holds the result tables afterwards and `total` the objective."""

    def __init__(self, case, decisions):
        self.case = case
        self.d = decisions
        self.step = STEP[case.settings.period]
        self.dt = self.step / 12
        self.start = months(case.settings.start)
        self.n = case.settings.periods + case.settings.lookahead_periods
        self.offer = {row.offer: row for row in case.offers}
        self.acc = {row.accelerator: row for row in case.accelerators}
        self.site = {row.site: row for row in case.sites}
        self.load = {row.workload: row for row in case.workloads}
        self.thru = {(row.accelerator, row.workload): row for row in case.throughput}
        self.money = defaultdict(float)
        self.lots = []
        self.tables = {
            name: []
            for name in [
                "orders",
                "arrivals",
                "fleet",
                "sales",
                "active",
                "assignments",
                "service",
                "service_by_workload",
                "power",
                "carbon",
                "carbon_limits",
                "tape_outs",
                "acquisitions",
                "agreements",
                "expansions",
                "leases",
                "lease_changes",
                "cancellations",
                "commit_levels",
                "incentives",
                "financing",
                "costs",
                "budgets",
                "limits",
                "key_figures",
                "period_figures",
                "input_basis",
            ]
        }
        self.arrived = defaultdict(float)
        self.ready_at = {}

    def name(self, t):
        month = self.start + t * self.step
        year, rest = month // 12, month % 12
        return {
            12: f"{year}",
            6: f"{year}H{rest // 6 + 1}",
            3: f"{year}Q{rest // 3 + 1}",
            1: f"{year}-{rest + 1:02d}",
        }[self.step]

    def when(self, label):
        return (months(label) - self.start) // self.step

    def year(self, t):
        return (self.start + t * self.step) // 12

    def pay(self, category, line, t, musd):
        if musd and (t == "end" or 0 <= t < self.n):
            self.money[category, line, t] += musd

    def price(self, offer, t):
        at = self.start + t * self.step
        rows = [row for row in self.case.prices if row.offer == offer and months(row.period) <= at]
        return max(rows, key=lambda row: months(row.period)).unit_price_usd

    def resale(self, accelerator, age):
        rows = [row for row in self.case.resale if row.accelerator == accelerator]
        rows = rows or [row for row in self.case.resale if row.accelerator == "*"]
        rows = sorted(rows, key=lambda row: row.age_years)
        if not rows or age > rows[-1].age_years:
            return 0.0
        if age <= rows[0].age_years:
            share = rows[0].fraction_of_reference_price
        else:
            k = next(i for i, row in enumerate(rows) if row.age_years >= age)
            a, b = rows[k - 1], rows[k]
            slope = (b.fraction_of_reference_price - a.fraction_of_reference_price) / (b.age_years - a.age_years)
            share = a.fraction_of_reference_price + slope * (age - a.age_years)
        return share * self.acc[accelerator].reference_price_usd

    def run(self):
        moves(self)
        self.ordering()
        self.opening()
        for t in range(self.n):
            self.fleet(t)
            self.serve(t)
        self.leftovers()
        self.shortfalls()
        book(self)
        return self

    # Orders and arrivals.

    def tier_cost(self, tiers, units):
        tiers = sorted(tiers, key=lambda row: row.from_units)
        if tiers[0].kind == "all_units":
            off = 0
            for row in tiers:
                if units >= row.from_units:
                    off = row.discount
            return units * (1 - off)
        cost = 0
        edges = [0, *(row.from_units for row in tiers), math.inf]
        offs = [0, *(row.discount for row in tiers)]
        for low, high, off in zip(edges[:-1], edges[1:], offs, strict=True):
            cost += (min(units, high) - min(units, low)) * (1 - off)
        return cost

    def bill(self, offer, t, units):
        at = self.start + t * self.step
        for span in {row.span for row in self.case.price_tiers if row.offer == offer}:
            first, end = ends(span)
            if first <= at < end:
                tiers = [row for row in self.case.price_tiers if (row.offer, row.span) == (offer, span)]
                earlier = sum(
                    self.units(o, k)
                    for (o, k) in self.d.orders
                    if o == offer and k < t and first <= self.start + k * self.step
                )
                now, before = self.tier_cost(tiers, earlier + units), self.tier_cost(tiers, earlier)
                return self.price(offer, t) * (now - before)
        return self.price(offer, t) * units

    def units(self, offer, t):
        return self.d.orders[offer, t] * (self.offer[offer].lot_size or 1)

    def ordering(self):
        for offer, t in sorted(self.d.orders, key=lambda key: (key[1], key[0])):
            row, units = self.offer[offer], self.units(offer, t)
            lead = up(row.lead_time_months / self.step)
            usd = self.bill(offer, t, units)
            if row.kind == "buy":
                deposit = usd if lead == 0 else usd * row.deposit_share
                self.pay("hardware", f"units {offer}", t, deposit / 1e6)
                self.pay("hardware", f"units {offer}", t + lead, (usd - deposit) / 1e6)
            elif self.is_tiered(offer):
                self.rent(offer, t + lead, usd)
            self.deliver(offer, t, units)
            self.tables["orders"].append(
                {
                    "offer": offer,
                    "accelerator": row.accelerator,
                    "vendor": self.acc[row.accelerator].vendor,
                    "period": self.name(t),
                    "lots": self.d.orders[offer, t] if row.lot_size else None,
                    "units": units,
                    "unit_price_usd": self.price(offer, t),
                    "invoice_musd": usd / 1e6,
                    "due": self.name(t + lead),
                }
            )
        for number, row in enumerate(self.case.open_orders):
            due, offer = self.when(row.due), self.offer[row.offer]
            for site, t, units in self.d.late_open.get(number, [(row.site, due, row.units)]):
                self.arrive(row.offer, site, t, units)
            if offer.kind == "buy":
                self.pay("hardware", f"open orders {row.offer}", due, row.units * row.balance_usd_per_unit / 1e6)

    def is_tiered(self, offer):
        return any(row.offer == offer for row in self.case.price_tiers)

    def rent(self, offer, t, usd):
        for k in range(up(self.offer[offer].term_months / self.step)):
            self.pay("lease", f"units {offer}", t + k, usd * self.dt / 1e6)

    def deliver(self, offer, ordered, units):
        """An order waits until it is as old as the lead time of the day."""
        row = self.offer[offer]
        waits = [r for r in self.case.lead_times if r.offer == offer]
        for t in range(ordered, self.n):
            said = in_force(waits, self.start + t * self.step)
            lead = row.lead_time_months if said is None else said.lead_time_months
            if (t - ordered) * self.step >= lead - 1e-9:
                self.ready_at[offer, ordered] = t
                sites = self.d.receive.get((offer, t), {self.default_site(row): units})
                for place, u, amount in self.d.late.get((offer, ordered), [(s, t, x) for s, x in sites.items()]):
                    assert u >= t
                    self.arrive(offer, place, u, amount)
                return

    def default_site(self, row):
        return (row.sites or tuple(self.site))[0]

    def arrive(self, offer, site, t, units):
        row = self.offer[offer]
        self.arrived[offer, site, t] += units
        self.pay("hardware", f"integration {offer}", t, units * row.integration_usd_per_unit / 1e6)
        term = None if row.kind == "buy" else up(row.term_months / self.step)
        if row.kind == "lease" and not self.is_tiered(offer):
            asked = max(0, t - up(row.lead_time_months / self.step))
            self.rent(offer, t, units * self.price(offer, asked))
        same = [
            lot
            for lot in self.lots
            if (lot.accelerator, lot.site, lot.came, lot.term) == (row.accelerator, site, t, term)
        ]
        if same:
            same[0].units += units
        else:
            self.lots.append(Lot(row.accelerator, site, self.name(t), units, t, 0, new=True, term=term))

    def opening(self):
        for row in self.case.opening_fleet:
            born = months(row.in_service_since)
            age = -((born - self.start) // self.step)
            lot = Lot(row.accelerator, row.site, row.in_service_since, row.units, 0, age, new=False, born=born)
            self.lots.append(lot)

        for row in self.case.open_leases:
            runs = months(row.ends) - self.start
            lot = Lot(row.accelerator, row.site, row.lease, row.units, 0, 0, new=False, term=runs // self.step)
            self.lots.append(lot)
            for month in range(min(runs, self.n * self.step)):
                usd = row.units * row.rent_usd_per_unit_per_year / 12
                self.pay("lease", f"running {row.lease}", month // self.step, usd / 1e6)

    # Period by period.

    def fleet(self, t):
        self.here, self.rented = defaultdict(float), defaultdict(float)
        written = defaultdict(float)
        for lot in self.lots:
            if t < lot.came:
                continue
            place = (lot.accelerator, lot.site)
            if lot.term is not None:
                if t < lot.came + lot.term:
                    self.here[place] += lot.units
                    self.rented[place] += lot.units
                    written[(*place, lot.vintage, "leased")] += lot.units
                continue
            self.age_lot(lot, t)
            if lot.units:
                self.here[place] += lot.units
                written[(*place, lot.vintage, "owned")] += lot.units
        for (accelerator, site, vintage, holding), units in written.items():
            self.tables["fleet"].append(
                {
                    "accelerator": accelerator,
                    "site": site,
                    "vintage": vintage,
                    "holding": holding,
                    "period": self.name(t),
                    "units": units,
                }
            )

    def age_lot(self, lot, t):
        machine = self.acc[lot.accelerator]
        born = self.start + lot.came * self.step if lot.born is None else lot.born
        lasts = max(machine.life_years * 12, self.step)
        # The months of life that are left as a period begins: it serves while they cover a whole one.
        left = round(born + lasts - (self.start + t * self.step), 9)
        age = lot.age_at_came + t - lot.came
        if t > lot.came:
            lot.units *= (1 - machine.failure_rate_per_year) ** self.dt
        sold = self.d.sold.get((lot.accelerator, lot.site, lot.vintage, t), 0)
        if 0 <= left < self.step:
            sold = lot.units
        elif left < 0:
            lot.units = sold = 0
        if sold:
            value = self.resale(lot.accelerator, age * self.dt)
            self.pay("resale", f"units {lot.accelerator}", t, -sold * value / 1e6)
            lot.units -= sold
            self.leave(lot, t, sold, age, value, at_end=0 <= left < self.step)

    def leave(self, lot, t, units, age, value, *, at_end):
        key = {"accelerator": lot.accelerator, "site": lot.site, "vintage": lot.vintage, "period": self.name(t)}
        same = [row for row in self.tables["sales"] if {**row, **key} == row]
        if same:
            same[0]["units"] += units
            same[0]["musd"] += units * value / 1e6
            return
        yes = {True: "yes", False: "no"}
        facts = {"units": units, "age_years": age * self.dt, "unit_value_usd": value, "musd": units * value / 1e6}
        flags = {"end_of_life": yes[at_end], "reported": yes[t < self.case.settings.periods]}
        self.tables["sales"].append({**key, **facts, **flags})

    def serve(self, t):
        busy = {}
        for place, units in self.here.items():
            active = units - self.d.idle.get((*place, t), 0)
            busy[place] = active
            machine, site = self.acc[place[0]], self.site[place[1]]
            if active:
                row = {"accelerator": place[0], "site": place[1], "period": self.name(t), "units": active}
                self.tables["active"].append(row)
            mwh = active * machine.it_kw * site.pue * 8760 * self.dt / 1000
            self.pay("power", f"electricity {place[1]}", t, mwh * self.electricity(site, t) / 1e6)
            kept_up = max(0, active - self.rented[place])
            upkeep = kept_up * machine.maintenance_usd_per_year * self.dt
            self.pay("maintenance", f"units {place[0]}", t, upkeep / 1e6)
        for name, site in self.site.items():
            self.pay("maintenance", f"fixed {name}", t, site.fixed_musd_per_year * self.dt)
        for workload in self.load:
            self.serve_workload(workload, t, busy)

    def electricity(self, site, t):
        rows = [row for row in self.case.site_series if row.site == site.site]
        said = in_force(rows, self.start + t * self.step)
        if said is None or said.electricity_usd_per_mwh is None:
            return site.electricity_usd_per_mwh
        return said.electricity_usd_per_mwh

    def demand(self, workload, t):
        at = self.start + t * self.step
        rows = [row for row in self.case.demand if row.workload == workload]
        rows.sort(key=lambda row: months(row.period))
        low = [row for row in rows if months(row.period) <= at][-1]
        high = [row for row in rows if months(row.period) > at][:1]
        daily = low.queries_per_day_million
        way = self.case.settings.demand_interpolation
        if high and way != "step":
            share = (at - months(low.period)) / (months(high[0].period) - months(low.period))
            other = high[0].queries_per_day_million
            daily = daily ** (1 - share) * other**share if way == "geometric" else daily + share * (other - daily)
        return daily * 1e6 / 86400 * self.load[workload].peak_to_average

    def speed(self, rate, t):
        """Queries a second of one unit, grown from when its rate was true."""
        since = self.start if rate.as_of is None else months(rate.as_of)
        grown = (self.start + t * self.step - since) / 12
        return rate.queries_per_second * (1 + rate.software_gain_per_year) ** grown

    def serve_workload(self, workload, t, busy):
        row = self.load[workload]
        asked = self.demand(workload, t)
        seconds = 365 * 86400 * self.dt
        queries = seconds / row.peak_to_average
        served = 0
        for accelerator, site, share in self.d.work.get((workload, t), ()):
            rate = self.thru[accelerator, workload]
            speed = self.speed(rate, t)
            able = busy.get((accelerator, site), 0) * self.acc[accelerator].utilisation * speed * share
            qps = min(able, asked - served)
            if qps <= 0:
                continue
            served += qps
            self.tables["assignments"].append(
                {"accelerator": accelerator, "site": site, "workload": workload, "period": self.name(t), "qps": qps}
            )
            cost = qps * queries / 1000 * rate.variable_usd_per_1000 / 1e6
            self.pay("variable", f"queries {workload}", t, cost)
        self.pay("revenue", f"queries {workload}", t, -served * queries / 1e9 * (row.revenue_usd_per_1000 or 0))
        self.pay("unserved", f"queries {workload}", t, (asked - served) * queries / 1e9 * row.penalty_usd_per_1000)
        self.tables["service"].append(
            {
                "workload": workload,
                "period": self.name(t),
                "demand_qps": asked,
                "served_qps": served,
                "unserved_qps": asked - served,
            }
        )

    def leftovers(self):
        for lot in self.lots:
            if lot.term is None and lot.units and lot.came < self.n:
                age = (lot.age_at_came + self.n - lot.came) * self.dt
                usd = lot.units * self.resale(lot.accelerator, age)
                self.pay("value_left", f"units {lot.accelerator}", "end", -usd / 1e6)

    def shortfalls(self):
        for agreement, t in self.d.signings:
            row = next(r for r in self.case.agreements if r.agreement == agreement)
            first = t + up(row.lag_months / self.step)
            last = first + up(row.term_months / self.step) - 1
            for year in range(self.year(0), self.year(self.n - 1) + 1):
                inside = [k for k in range(self.n) if self.year(k) == year]
                owed = sum(row.min_units_per_year * self.dt for k in inside if first <= k <= last)
                came = sum(
                    units
                    for (offer, _, k), units in self.arrived.items()
                    if k in inside and agreement in self.offer[offer].requires
                )
                fee = max(0, owed - came) * row.shortfall_usd_per_unit / 1e6
                self.pay("agreement", f"shortfall {agreement}", inside[-1], fee)


def simulate(case, decisions):
    """Result tables and objective of a plan, USD million."""
    run = Simulation(case, decisions).run()
    return with_derived_tables(case, run.tables), run.total
