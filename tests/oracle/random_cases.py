"""Seeded random cases: plausible, feasible, and with every feature of the formulation now and then."""

from __future__ import annotations

import random

from models.case import (
    Accelerator,
    Budget,
    Case,
    Demand,
    Limit,
    LimitUse,
    Offer,
    OpeningFleet,
    OpenOrder,
    Policy,
    Price,
    PriceTier,
    Resale,
    Settings,
    Site,
    Throughput,
    Workload,
)
from tests.oracle import random_moves
from tests.oracle.clock import Clock
from tests.oracle.random_floors import with_least_capability, with_least_service
from tests.oracle.random_tiny import tiny_case


def random_case(seed, size="small"):
    """A case for the seed; `tiny` ones have few enough integers to be enumerated."""
    rng = random.Random(f"{size}-{seed}")
    case = tiny_case(rng, seed) if size == "tiny" else Draft(rng, seed).case()
    case = with_least_service(rng, case) if rng.random() < 0.5 else case
    return with_least_capability(rng, case) if rng.random() < 0.3 else case


class Draft:
    """A case while it is drawn: tables that later draws may read and extend."""

    def __init__(self, rng, seed):
        self.rng = rng
        self.settings = self.draw_settings(seed)
        self.clock = Clock.of(self.settings)
        self.tables = {"budgets": []}

    def chance(self, share):
        """True with a probability."""
        return self.rng.random() < share

    def add(self, table, row):
        """Adds a row to a table."""
        self.tables.setdefault(table, []).append(row)

    def rows(self, table):
        """The rows drawn so far."""
        return self.tables.get(table, [])

    def case(self):
        """Draws all tables in order."""
        self.draw_sites()
        self.draw_machines()
        random_moves.draw_moves(self)
        self.draw_offers()
        self.draw_work()
        self.draw_opening()
        random_moves.draw_gates(self)
        random_moves.draw_commitments(self)
        self.draw_limits()
        self.draw_budgets()
        self.draw_policies()
        return Case(settings=self.settings, **{name: tuple(rows) for name, rows in self.tables.items()})

    def draw_settings(self, seed):
        rng = self.rng
        period = rng.choice(["year", "half", "quarter"])
        start = {"year": ["2027"], "half": ["2027H1", "2027H2"], "quarter": ["2027Q1", "2027Q3"]}[period]
        lookahead = rng.choice([0, 0, 0, 1])
        return Settings(
            schema_version=1,
            name=f"random {seed}",
            currency_basis="real",
            start=rng.choice(start),
            period=period,
            periods=rng.randint(3, 6) - lookahead,
            discount_rate=rng.choice([0.0, 0.05, 0.08, 0.12]),
            lookahead_periods=lookahead,
            early_retirement=rng.random() < 0.6,
            tape_out_risk=rng.choice(["expected", "optimistic", "pessimistic"]),
            demand_interpolation=rng.choice(["step", "linear", "geometric"]),
        )

    def span(self, first, last):
        """The span from one period to another."""
        ends = (self.clock.label(first), self.clock.label(last))
        return ends[0] if first == last else "..".join(ends)

    def spans(self):
        """Consecutive spans that cover the horizon."""
        found, t = [], 0
        while t < self.clock.count:
            last = min(self.clock.count - 1, t + self.rng.randint(0, 2))
            found.append((t, last))
            t = last + 1
        return found

    def draw_sites(self):
        rng = self.rng
        for name in ["north", "south"][: rng.choice([1, 1, 2])]:
            self.add(
                "sites",
                Site(
                    site=name,
                    power_mw=round(rng.uniform(0.01, 0.12), 3) if self.chance(0.6) else None,
                    pue=rng.choice([1.0, 1.2, 1.35]),
                    electricity_usd_per_mwh=rng.choice([0.0, 50.0, 90.0]),
                    fixed_musd_per_year=rng.choice([0.0, 0.0, 0.02]),
                ),
            )

    def draw_machines(self):
        rng = self.rng
        for name, vendor in [("gpu", "verde"), ("asic", "rosso"), ("own", "self")][: rng.randint(1, 3)]:
            self.add(
                "accelerators",
                Accelerator(
                    accelerator=name,
                    vendor=vendor,
                    it_kw=rng.choice([0.7, 1.0, 1.6]),
                    life_years=rng.choice([0.7, 1.0, 1.5, 2.0, 3.0, 5.0]),
                    failure_rate_per_year=rng.choice([0.0, 0.03, 0.1]),
                    maintenance_usd_per_year=rng.choice([0.0, 800.0, 2500.0]),
                    utilisation=rng.choice([1.0, 0.7, 0.5]),
                    reference_price_usd=float(rng.choice([6000, 9000] if name == "own" else [12000, 20000, 30000])),
                    capability=rng.choice([None, None, 1.0, 2.5]),
                ),
            )
        if self.chance(0.75):
            for name in ["*", "gpu"][: rng.choice([1, 2])]:
                first = rng.uniform(0.2, 0.5)
                for age, share in [(rng.choice([0.0, 0.5]), first), (1.5, first * 0.6), (4.0, first * 0.2)]:
                    self.add(
                        "resale", Resale(accelerator=name, age_years=age, fraction_of_reference_price=round(share, 3))
                    )

    def draw_offers(self):
        """One offer for each machine, and sometimes a lease or a second offer for the first one."""
        rng = self.rng
        machines = [row.accelerator for row in self.rows("accelerators")]
        wanted = [(f"buy_{name}", name, "buy") for name in machines]
        if self.chance(0.5) or len(wanted) == 1:
            wanted.append(("rent", machines[0], "lease"))
        if len(wanted) < 4 and self.chance(0.6):
            wanted.append(("frame", machines[0], rng.choice(["buy", "buy", "lease"])))
        for name, machine, kind in wanted:
            self.add("offers", self.draw_offer(name, machine, kind))
            self.draw_prices(name, machine, kind)

    def draw_offer(self, name, machine, kind):
        rng, clock = self.rng, self.clock
        lead = rng.choice([0, 2, clock.step, round(1.4 * clock.step)])
        first = clock.label(rng.randint(0, 1)) if self.chance(0.3) else None
        last = clock.label(rng.randint(1, clock.count - 1)) if self.chance(0.3) else None
        lot = rng.choice([None, 1.0, 8.0, 8.0])
        least = rng.choice([0.0, 0.0, 2.0, 3.0]) * (1.0 if lot else 4.0)
        most = rng.choice([4.0, 8.0]) * (4.0 if lot != 8.0 else 1.0)
        sites = [row.site for row in self.rows("sites")]
        return Offer(
            offer=name,
            accelerator=machine,
            kind=kind,
            lot_size=lot,
            min_lots=least,
            max_lots_per_period=most if self.chance(0.5) else None,
            lead_time_months=float(lead),
            deposit_share=rng.choice([0.0, 0.2, 0.5]) if kind == "buy" else 0.0,
            term_months=float(rng.choice([6, 9, 12, 24])) if kind == "lease" else 0.0,
            first_order=first,
            last_order=last,
            integration_usd_per_unit=rng.choice([0.0, 500.0, 1500.0]),
            sites=(rng.choice(sites),) if self.chance(0.25) else (),
        )

    def draw_prices(self, name, machine, kind):
        rng, clock = self.rng, self.clock
        reference = next(r.reference_price_usd for r in self.rows("accelerators") if r.accelerator == machine)
        price = reference * (rng.uniform(0.95, 1.1) if kind == "buy" else rng.uniform(0.3, 0.5))
        price *= 0.75 if name == "frame" else 1.0
        self.add("prices", Price(offer=name, period=clock.label(0), unit_price_usd=round(price)))
        if self.chance(0.4):
            later = clock.label(rng.randint(1, clock.count - 1))
            self.add("prices", Price(offer=name, period=later, unit_price_usd=round(price * rng.uniform(0.85, 1.1))))
        elif self.chance(0.6):
            kind = rng.choice(["incremental", "all_units"])
            for first, last in self.spans()[: rng.choice([1, 2, 3])]:
                begin = rng.choice([0.0, 8.0, 10.0])
                for i in range(rng.choice([1, 2])):
                    self.add(
                        "price_tiers",
                        PriceTier(
                            offer=name,
                            span=self.span(first, last),
                            from_units=begin + 24.0 * i,
                            discount=round(0.05 + 0.06 * i, 2),
                            kind=kind,
                        ),
                    )

    def draw_work(self):
        rng, clock = self.rng, self.clock
        sites = [row.site for row in self.rows("sites")]
        for name in ["chat", "image"][: rng.randint(1, 2)]:
            peak = rng.choice([1.0, 1.5, 2.0])
            self.add(
                "workloads",
                Workload(
                    workload=name,
                    peak_to_average=peak,
                    penalty_usd_per_1000=round(rng.uniform(0.05, 0.4), 3),
                    revenue_usd_per_1000=round(rng.uniform(0.0, 0.2), 3) if self.chance(0.3) else None,
                    sites=(sites[-1],) if self.chance(0.2) else (),
                ),
            )
            units, when = rng.uniform(15, 50), 0
            while when < clock.count:
                queries = units * 10.0 / peak * 86400 / 1e6
                row = Demand(workload=name, period=clock.label(when), queries_per_day_million=round(queries, 3))
                self.add("demand", row)
                units *= rng.uniform(0.9, 1.6)
                when += rng.randint(1, 3)
        for machine in self.rows("accelerators"):
            for i, work in enumerate(self.rows("workloads")):
                if i and self.chance(0.25):
                    continue
                self.add(
                    "throughput",
                    Throughput(
                        accelerator=machine.accelerator,
                        workload=work.workload,
                        queries_per_second=round(rng.uniform(8, 20), 2),
                        software_gain_per_year=rng.choice([0.0, 0.1, 0.3]),
                        variable_usd_per_1000=rng.choice([0.0, 0.0, 0.004]),
                    ),
                )

    def draw_opening(self):
        rng, clock = self.rng, self.clock
        for machine in self.rows("accelerators"):
            if machine.accelerator == "own" or not self.chance(0.5):
                continue
            for _ in range(rng.choice([1, 1, 2])):
                age = rng.randint(0, clock.life(machine.life_years))
                row = OpeningFleet(
                    accelerator=machine.accelerator,
                    site=rng.choice(self.rows("sites")).site,
                    units=float(rng.randint(4, 20)),
                    in_service_since=clock.label(-age),
                )
                if all(
                    (r.accelerator, r.site, r.in_service_since) != opening_key(row) for r in self.rows("opening_fleet")
                ):
                    self.add("opening_fleet", row)
        for offer in self.rows("offers"):
            if offer.accelerator == "own" or not self.chance(0.3):
                continue
            row = OpenOrder(
                offer=offer.offer,
                site=rng.choice(offer.sites or [r.site for r in self.rows("sites")]),
                units=float(rng.choice([3, 8, 10])),
                due=clock.label(rng.randint(0, 1)),
                balance_usd_per_unit=rng.choice([0.0, 5000.0]) if offer.kind == "buy" else 0.0,
            )
            self.add("open_orders", row)

    def certain_units(self, offer, first, last):
        """Units that arrive from an offer in some periods whatever is decided."""
        units = [r.units for r in self.rows("open_orders") if r.offer == offer]
        due = [self.clock.period_of(r.due) for r in self.rows("open_orders") if r.offer == offer]
        open_units = sum(u for u, t in zip(units, due, strict=True) if first <= t <= last)
        committed = [c.quantity for c in self.rows("commitments") if c.item == offer and c.status != "barred"]
        return open_units + sum(committed)

    def draw_limits(self):
        if not self.chance(0.6):
            return
        rng = self.rng
        offers = [row.offer for row in self.rows("offers")]
        uses = {name: rng.choice([1.0, 0.5, 2.0]) for name in rng.sample(offers, rng.randint(1, len(offers)))}
        for first, last in self.spans():
            certain = sum(use * self.certain_units(o, first, last) for o, use in uses.items())
            amount = certain + rng.choice([10.0, 25.0, 40.0])
            row = Limit(limit="packaging", span=self.span(first, last), amount=amount if self.chance(0.85) else None)
            self.add("limits", row)
        for offer, use in uses.items():
            self.add("limit_use", LimitUse(limit="packaging", offer=offer, use_per_unit=use))
        random_moves.draw_added_supply(self)

    def draw_budgets(self):
        """A wide budget over all cash, and sometimes a tight one on hardware."""
        rng = self.rng
        for first, last in self.spans():
            self.add(
                "budgets", Budget(budget="cash", categories=("all",), span=self.span(first, last), amount_musd=50.0)
            )
        if not self.chance(0.7):
            return
        categories = rng.choice([("hardware",), ("hardware", "lease"), ("hardware", "expansion", "tape_out")])
        carry = self.chance(0.5)
        for first, last in self.spans():
            # What is due without any decision: balances, integration, and committed orders at the highest price.
            amount = rng.uniform(0.05, 0.8) + 0.0065 * sum(r.units for r in self.rows("open_orders"))
            amount += 0.016 * self.clock.years * (last - first + 1) * sum(r.units for r in self.rows("open_orders"))
            amount += 0.035 * sum(r.quantity or 0 for r in self.rows("commitments") if r.kind == "order")
            amount += sum(r.design_cost_musd + 2 for r in self.rows("routes")) if self.rows("commitments") else 0
            row = Budget(
                budget="capital",
                categories=categories,
                span=self.span(first, last),
                amount_musd=round(amount, 2) if self.chance(0.9) else None,
                carry_over=carry,
            )
            self.add("budgets", row)

    def draw_policies(self):
        """Rules that the plan without any order keeps."""
        rng, count = self.rng, self.clock.count
        vendors = {row.accelerator: row.vendor for row in self.rows("accelerators")}
        machine = {row.offer: row.accelerator for row in self.rows("offers")}
        certain = {vendors[row.accelerator] for row in self.rows("opening_fleet")}
        certain |= {vendors[machine[r.offer]] for r in [*self.rows("open_orders")]}
        ordered = [c for c in self.rows("commitments") if c.kind == "order" and c.status != "barred"]
        certain |= {vendors[machine[c.item]] for c in ordered}
        free = sorted(set(vendors.values()) - certain)
        late = self.span(rng.randint(0, count - 1), count - 1)
        if free and self.chance(0.3):
            basis = rng.choice(["capability", "spend"])
            row = Policy(
                policy="spread",
                kind="max_vendor_share",
                subject=free[0],
                span=late,
                value=rng.choice([0.2, 0.5]),
                basis=basis,
            )
            self.add("policies", row)
        if len(certain) == 1 and self.chance(0.4):
            row = Policy(policy="loyal", kind="min_vendor_share", subject=min(certain), span=late, value=0.6)
            self.add("policies", row)
        if self.chance(0.2):
            units = sum(r.units for r in [*self.rows("opening_fleet"), *self.rows("open_orders")])
            units += sum(c.quantity for c in ordered)
            self.add("policies", Policy(policy="cap", kind="max_capability", span=late, value=2.5 * units + 20.0))
        if not ordered and self.chance(0.25):
            subject = rng.choice(["", self.rows("offers")[0].offer])
            span = self.span(0, count - 1)
            row = Policy(
                policy="pace", kind="max_order_growth", subject=subject, span=span, value=rng.choice([0.0, 0.3])
            )
            self.add("policies", row)
        if self.rows("programmes") and self.chance(0.5):
            row = Policy(policy="one", kind="max_active_programmes", span=self.span(0, count - 1), value=1.0)
            self.add("policies", row)


def opening_key(row):
    """What identifies a cohort."""
    return row.accelerator, row.site, row.in_service_since
