"""Tiny random cases: two or three periods and few enough whole decisions to be enumerated."""

from __future__ import annotations

from models.case import (
    Accelerator,
    Acquisition,
    AddedSupply,
    Agreement,
    Budget,
    Case,
    Commitment,
    Demand,
    Expansion,
    Limit,
    LimitUse,
    Offer,
    OpeningFleet,
    OpenOrder,
    Policy,
    Price,
    PriceTier,
    Programme,
    Ramp,
    Resale,
    Route,
    Settings,
    Site,
    Throughput,
    Workload,
)
from tests.oracle.clock import Clock


def tiny_case(rng, seed):
    """A case that `brute_force` takes."""
    period = rng.choice(["year", "half", "quarter"])
    settings = Settings(
        schema_version=1,
        name=f"tiny {seed}",
        currency_basis="real",
        start={"year": "2027", "half": "2027H2", "quarter": "2027Q3"}[period],
        period=period,
        periods=rng.choice([2, 3, 3]),
        discount_rate=rng.choice([0.0, 0.1]),
        early_retirement=False,
        tape_out_risk=rng.choice(["expected", "optimistic", "pessimistic"]),
    )
    draft = Tiny(rng, Clock.of(settings), set(rng.sample(["chip", "team", "pact", "hall"], rng.choice([0, 1, 1, 2]))))
    draft.places()
    draft.moves()
    draft.offers()
    draft.rules()
    return Case(settings=settings, **{name: tuple(rows) for name, rows in draft.tables.items()})


class Tiny:
    """The tables of a tiny case while they are drawn; `with_moves` names its strategic options."""

    def __init__(self, rng, clock, with_moves):
        self.rng, self.clock, self.with_moves = rng, clock, with_moves
        self.tables = {"budgets": []}

    def add(self, table, *rows):
        """Adds rows to a table."""
        self.tables.setdefault(table, []).extend(rows)

    def chance(self, share):
        """True with a probability."""
        return self.rng.random() < share

    def span(self, first, last):
        """The span from one period to another."""
        ends = (self.clock.label(first), self.clock.label(last))
        return ends[0] if first == last else "..".join(ends)

    def spans(self):
        """The horizon in one or two spans."""
        cut, count = self.rng.randint(0, self.clock.count - 1), self.clock.count
        return [(0, count - 1)] if cut == 0 else [(0, cut - 1), (cut, count - 1)]

    def places(self):
        """Sites, machines, work and what is there already."""
        rng, clock = self.rng, self.clock
        for name in ["north", "south"][: rng.choice([1, 1, 2])]:
            power = rng.choice([0.012, 0.02, 0.03]) if "hall" in self.with_moves or self.chance(0.3) else None
            price = rng.choice([0.0, 60.0])
            self.add("sites", Site(site=name, power_mw=power, pue=1.25, electricity_usd_per_mwh=price))
        for name, vendor in [("gpu", "verde"), ("own", "self")][
            : 2 if "chip" in self.with_moves else rng.choice([1, 2])
        ]:
            self.add(
                "accelerators",
                Accelerator(
                    accelerator=name,
                    vendor=vendor,
                    it_kw=rng.choice([0.8, 1.6]),
                    life_years=rng.choice([0.5, 1.0, 2.0, 4.0]),
                    failure_rate_per_year=rng.choice([0.0, 0.1]),
                    maintenance_usd_per_year=rng.choice([0.0, 900.0]),
                    utilisation=rng.choice([1.0, 0.6]),
                    reference_price_usd=8000.0 if name == "own" else 16000.0,
                ),
            )
        if self.chance(0.7):
            ages = ((0.0, 0.45), (1.0, 0.3), (3.0, 0.1))
            self.add("resale", *(Resale(accelerator="*", age_years=a, fraction_of_reference_price=f) for a, f in ages))
        for name in ["chat", "image"][: rng.choice([1, 1, 2])]:
            work = Workload(
                workload=name,
                peak_to_average=rng.choice([1.0, 1.6]),
                penalty_usd_per_1000=rng.choice([0.1, 0.2, 0.5]),
                revenue_usd_per_1000=rng.choice([None, None, 0.05]),
            )
            self.add("workloads", work)
            for t in range(clock.count):
                queries = rng.randint(8, 30) * 10 * 0.0864 / work.peak_to_average
                self.add(
                    "demand", Demand(workload=name, period=clock.label(t), queries_per_day_million=round(queries, 4))
                )
            for machine in self.tables["accelerators"]:
                row = Throughput(
                    accelerator=machine.accelerator,
                    workload=name,
                    queries_per_second=rng.choice([8.0, 12.0, 16.0]),
                    software_gain_per_year=rng.choice([0.0, 0.2]),
                    variable_usd_per_1000=rng.choice([0.0, 0.01]),
                )
                self.add("throughput", row)
        if self.chance(0.5):
            since = clock.label(-rng.randint(0, 3))
            site = rng.choice(self.tables["sites"]).site
            units = float(rng.randint(3, 9))
            self.add("opening_fleet", OpeningFleet(accelerator="gpu", site=site, units=units, in_service_since=since))

    def moves(self):
        """At most two strategic options."""
        rng, step = self.rng, self.clock.step
        if "chip" in self.with_moves:
            self.add("programmes", Programme(programme="chip", terminal_value_musd=rng.choice([0.0, 0.03])))
            for route in ["house", "partner"][: rng.choice([1, 2])]:
                self.add("routes", self.route(route, step))
            if self.chance(0.6):
                self.add("ramp", Ramp(programme="chip", months_since_ready=0.0, max_units_per_year=8.0 * 12 / step))
                later = Ramp(programme="chip", months_since_ready=float(step), max_units_per_year=16.0 * 12 / step)
                self.add("ramp", later)
        if "team" in self.with_moves:
            company = Acquisition(
                acquisition="team",
                price_musd=rng.choice([0.01, 0.05]),
                price_growth_per_year=0.1,
                months_to_close=rng.choice([0.0, 2.0]),
                months_to_integrate=rng.choice([0.0, float(step)]),
                integration_musd_per_year=0.01,
                integration_years=rng.choice([0.0, 0.4, 1.0]),
                contribution_musd_per_year=rng.choice([0.0, 0.05]),
            )
            self.add("acquisitions", company)
        if "pact" in self.with_moves:
            pact = Agreement(
                agreement="pact",
                lag_months=rng.choice([0.0, 1.0]),
                term_months=float(rng.choice([step, 2 * step])),
                prepayment_musd=rng.choice([0.0, 0.02]),
                min_units_per_year=rng.choice([0.0, 10.0, 30.0]),
                shortfall_usd_per_unit=rng.choice([2000.0, 9000.0]),
                excludes=("team",) if "team" in self.with_moves and self.chance(0.5) else (),
            )
            self.add("agreements", pact)
        if "hall" in self.with_moves:
            hall = Expansion(
                expansion="hall",
                site=self.tables["sites"][0].site,
                module_mw=0.01,
                cost_musd_per_module=rng.choice([0.005, 0.04]),
                max_modules=rng.choice([1, 2]),
                lead_time_months=float(rng.choice([0, step, step + 1])),
                life_years=rng.choice([0.0, 8.0]),
                excludes=("team",) if "team" in self.with_moves and self.chance(0.4) else (),
            )
            self.add("expansions", hall)

    def route(self, name, step):
        """A short route, by the team where there is one to buy."""
        rng = self.rng
        return Route(
            programme="chip",
            route=name,
            design_months=rng.choice([0.0, 0.5 * step]),
            design_cost_musd=rng.choice([0.01, 0.05]),
            mask_set_musd=0.01,
            tape_out_to_volume_months=rng.choice([0.0, 0.4 * step]),
            respin_probability=0.5,
            respin_months=rng.choice([0.0, 0.4 * step]),
            respin_cost_musd=0.006,
            sustaining_musd_per_year=0.004,
            requires=("team",) if name == "partner" and "team" in self.with_moves else (),
        )

    def offers(self):
        """One offer for each machine, or a lease beside the only one."""
        rng, clock = self.rng, self.clock
        machines = [row.accelerator for row in self.tables["accelerators"]]
        kinds = [(name, "buy") for name in machines]
        if len(kinds) == 1 and self.chance(0.6):
            kinds.append((machines[0], "lease"))
        for i, (machine, kind) in enumerate(kinds):
            gates = ("chip",) if machine == "own" and "chip" in self.with_moves else ()
            if not gates and "pact" in self.with_moves and i == len(kinds) - 1:
                gates = ("pact",)
            most = rng.choice([1.0, 2.0, 3.0])
            lead = float(rng.choice([0, 1, clock.step])) if not gates or clock.count > 2 else 0.0
            name = f"{kind}_{machine}"
            narrow = most == 3.0 or clock.count == 3
            first = rng.randint(0, 1) if narrow else 0
            offer = Offer(
                offer=name,
                accelerator=machine,
                kind=kind,
                lot_size=rng.choice([4.0, 8.0]),
                min_lots=2.0 if most > 1 and self.chance(0.3) else 0.0,
                max_lots_per_period=most,
                lead_time_months=lead,
                deposit_share=rng.choice([0.0, 0.3]) if kind == "buy" else 0.0,
                term_months=float(rng.choice([clock.step, clock.step + 1])) if kind == "lease" else 0.0,
                first_order=clock.label(first),
                last_order=clock.label(min(first + 1, clock.count - 1)) if narrow else None,
                integration_usd_per_unit=rng.choice([0.0, 700.0]),
                sites=(rng.choice(self.tables["sites"]).site,),
                requires=gates,
                excludes=("team",) if "team" in self.with_moves and self.chance(0.2) else (),
            )
            self.add("offers", offer)
            self.price(offer, 8000.0 if machine == "own" else 16000.0)

    def price(self, offer, reference):
        """One price or two, or discounts of either kind."""
        rng, clock = self.rng, self.clock
        price = reference * (0.4 if offer.kind == "lease" else 1.0)
        self.add("prices", Price(offer=offer.offer, period=clock.label(0), unit_price_usd=price))
        if self.chance(0.3):
            self.add("prices", Price(offer=offer.offer, period=clock.label(1), unit_price_usd=price * 0.9))
        elif self.chance(0.7):
            kind = rng.choice(["incremental", "all_units"])
            for begin, discount in ((rng.choice([0.0, 6.0, 8.0]), 0.1), (16.0, 0.2)):
                span = self.span(0, clock.count - 1)
                self.add(
                    "price_tiers",
                    PriceTier(offer=offer.offer, span=span, from_units=begin, discount=discount, kind=kind),
                )

    def rules(self):
        """Open orders, limits, budgets, policies and a commitment."""
        rng, clock, last = self.rng, self.clock, self.clock.count - 1
        first = self.tables["offers"][0]
        waiting = 0.0
        if self.chance(0.4) and first.accelerator != "own" and not first.requires:
            waiting = 3.0
            owed = 4000.0 if first.kind == "buy" else 0.0
            due = clock.label(rng.randint(0, 1))
            row = OpenOrder(offer=first.offer, site=first.sites[0], units=waiting, due=due, balance_usd_per_unit=owed)
            self.add("open_orders", row)
        if self.chance(0.4):
            for span in self.spans():
                self.add(
                    "limits", Limit(limit="hbm", span=self.span(*span), amount=waiting + rng.choice([4.0, 8.0, 16.0]))
                )
            self.add("limit_use", LimitUse(limit="hbm", offer=first.offer, use_per_unit=rng.choice([0.5, 1.0])))
            for gate in sorted({"pact", "team"} & self.with_moves):
                self.add("added_supply", AddedSupply(gate=gate, limit="hbm", amount_per_year=96.0 / clock.step))
        if self.chance(0.5):
            names = rng.choice([("hardware",), ("hardware", "lease"), ("hardware", "tape_out", "expansion", "resale")])
            carry = self.chance(0.5)
            for span in self.spans():
                amount = rng.choice([0.06, 0.14, 0.22])
                row = Budget(
                    budget="capital", categories=names, span=self.span(*span), amount_musd=amount, carry_over=carry
                )
                self.add("budgets", row)
        if self.chance(0.3):
            kind = rng.choice(["max_capability", "max_vendor_share", "max_order_growth"])
            subject = {"max_vendor_share": "self", "max_capability": "", "max_order_growth": first.offer}[kind]
            value = {"max_vendor_share": 0.5, "max_capability": 16.0, "max_order_growth": 0.5}[kind]
            basis = rng.choice(["capability", "spend"])
            row = Policy(policy="rule", kind=kind, subject=subject, span=self.span(0, last), value=value, basis=basis)
            self.add("policies", row)
        elif self.chance(0.4) and not first.requires and not first.excludes and first.min_lots == 0:
            tight = self.tables["budgets"] or "limits" in self.tables
            status = "barred" if tight else rng.choice(["done", "fixed"])
            row = Commitment(
                kind="order", item=first.offer, period=first.first_order, quantity=first.lot_size, status=status
            )
            self.add("commitments", row)
