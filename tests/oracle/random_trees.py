"""Random scenarios of a random case: two to four, known apart at one time or one after the other."""

from __future__ import annotations

import random
from dataclasses import replace

from models.case import Disruption, Scenario, ScenarioValue
from models.whatif import scenario_case
from tests.oracle.clock import Clock
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case

CHANCES = {2: ((0.5, 0.5), (0.7, 0.3)), 3: ((0.5, 0.3, 0.2), (0.2, 0.2, 0.6)), 4: ((0.4, 0.3, 0.2, 0.1),)}


def tree_case(seed, size="small"):
    """A random case with scenarios; the same for each seed. Every third is disrupted in all its futures as well."""
    rng = random.Random(f"trees-{size}-{seed}")
    case = disrupted_case(seed, size, backlogs=size != "tiny") if seed % 3 == 0 else random_case(seed, size)
    if rng.random() < 0.4:
        weights = {"risk_aversion": rng.choice([0.3, 0.7, 1.0]), "risk_level": rng.choice([0.5, 0.8])}
        # Enumeration adds costs of scenarios up, which a tail cannot be.
        case = case if size == "tiny" else replace(case, settings=replace(case.settings, **weights))
    events = random.Random(f"events-{size}-{seed}")
    draft = _Draft(rng, case, Clock.of(case.settings))
    count = rng.choice([2, 2, 3, 3, 4]) if size != "tiny" else rng.choice([2, 2, 3])
    names = [f"s{number}" for number in range(count)]
    rows = []
    for name, chance in zip(names, rng.choice(CHANCES[count]), strict=True):
        draft.draw(name, calm=name == "s0" and rng.random() < 0.5)
        draft.events(name, events)
        label = draft.clock.label(draft.revealed)
        rows.append(Scenario(scenario=name, probability=chance, revealed=label, disruptions=tuple(draft.named[name])))
    return replace(
        case, scenarios=tuple(rows), scenario_values=tuple(draft.values),
        disruptions=(*case.disruptions, *draft.disruptions),
    )  # fmt: skip


class _Draft:
    """The rows of scenarios while they are drawn."""

    def __init__(self, rng, case, clock):
        self.rng, self.case, self.clock = rng, case, clock
        self.values, self.disruptions, self.named = [], [], {}
        self.revealed = rng.randint(1, max(1, clock.count - 2))

    def draw(self, name, *, calm):
        """Adds what one scenario changes: some of it when the scenario is revealed, some of it later."""
        self.named[name] = []
        for _ in range(0 if calm else self.rng.choice([1, 1, 2])):
            begins = self.rng.randint(self.revealed, self.clock.count - 1)
            known = self.rng.randint(1, begins)
            kinds = [self.demand, self.price, self.power, self.slip, self.late]
            self.rng.choice(kinds)(name, self.clock.label(begins), self.clock.label(known))

    def events(self, name, rng):
        """Adds respins and deliveries in part, from draws of their own, to what is drawn for a scenario."""
        begins = rng.randint(self.revealed, self.clock.count - 1)
        known = self.clock.label(rng.randint(1, begins))
        priced = {row.programme for row in self.case.routes if row.respin_months or row.respin_cost_musd}
        programmes = [row.programme for row in self.case.programmes if row.programme in priced]
        if programmes and rng.random() < 0.4:
            respins = rng.choice([0.0, 1.0, 2.0])
            self.shock(name, rng.choice(programmes), "respin", "add", respins, self.clock.label(begins), known)
        tiered = {row.offer for row in self.case.price_tiers}
        offers = [row.offer for row in self.case.offers if not (row.kind == "lease" and row.offer in tiered)]
        if offers and rng.random() < 0.4 and not any(row.min_service for row in self.case.workloads):
            share = rng.choice([0.3, 0.5, 0.8])
            self.shock(name, rng.choice(offers), "delivery", "multiply", share, self.clock.label(begins), known)

    def value(self, name, table, key, column, period, known, factor):
        taken = {(row.table, row.key, row.period) for row in self.values if row.scenario == name}
        if (table, key, period) not in taken:
            row = ScenarioValue(
                scenario=name, table=table, key=key, column=column, period=period, effect="multiply", value=factor,
                known_from=known,
            )  # fmt: skip
            self.values.append(row)

    def demand(self, name, period, known):
        work = self.rng.choice(self.case.workloads).workload
        factor = self.rng.choice([0.6, 1.3, 1.6] if self.case.settings.demand_interpolation == "step" else [0.7, 1.4])
        self.value(name, "demand", work, "queries_per_day_million", period, known, factor)

    def price(self, name, period, known):
        tiered = {row.offer for row in self.case.price_tiers}
        offers = [row.offer for row in self.case.offers if row.offer not in tiered]
        if offers:
            factor = self.rng.choice([0.85, 1.3, 1.5])
            self.value(name, "prices", self.rng.choice(offers), "unit_price_usd", period, known, factor)

    def power(self, name, period, known):
        site = self.rng.choice(self.case.sites)
        if site.power_mw is not None and not any(row.min_service for row in self.case.workloads):
            self.shock(name, site.site, "power", "multiply", self.rng.choice([0.3, 0.7]), period, known)
        else:
            self.demand(name, period, known)

    def slip(self, name, period, known):
        items = [row.programme for row in self.case.programmes] + [row.acquisition for row in self.case.acquisitions]
        items += [row.expansion for row in self.case.expansions]
        if items and self.rng.random() < 0.5:
            self.shock(name, self.rng.choice(items), "fail", "add", 1.0, period, known)
        elif items:
            self.shock(name, self.rng.choice(items), "slip", "add", self.rng.choice([2.0, 7.0]), period, known)
        else:
            self.demand(name, period, known)

    def late(self, name, period, known):
        committed = {row.item for row in self.case.commitments}
        offers = [row.offer for row in self.case.offers if row.offer not in committed]
        # A late order opens the question of when it comes, which enumeration does not take.
        if offers and not any(row.max_lots_per_period is not None and len(row.sites) == 1 for row in self.case.offers):
            self.shock(name, self.rng.choice(offers), "lead_time", "add", self.rng.choice([3.0, 6.0]), period, known)
        else:
            self.price(name, period, known)

    def shock(self, name, target, field, effect, value, period, known):
        called = f"{field} {len(self.disruptions)}"
        row = Disruption(
            disruption=called, target=target, field=field, effect=effect, value=value, start=period,
            months=0.0 if field in ("slip", "fail", "respin") else 24.0, known_from=known,
        )  # fmt: skip
        self.disruptions.append(row)
        self.named[name].append(called)


def futures_of(case):
    """The case of each scenario."""
    return [scenario_case(case, row.scenario).case for row in case.scenarios]


def groups_of(case):
    """By period, which scenarios cannot be told apart, worked out from labels alone."""
    clock = Clock.of(case.settings)
    known = []
    for row in case.scenarios:
        since = {}
        for value in case.scenario_values:
            if value.scenario == row.scenario:
                what = (value.table, value.key, value.column, value.period, value.effect, value.value)
                since[what] = clock.period_of(value.known_from or row.revealed)
        for name in row.disruptions:
            label = next(one.known_from for one in case.disruptions if one.disruption == name)
            since["disruption", name] = clock.period_of(label or row.revealed)
        known.append([frozenset(what for what, first in since.items() if first <= t) for t in clock.periods])
    found = []
    for t in clock.periods:
        together = {}
        for number, of_scenario in enumerate(known):
            together.setdefault(tuple(of_scenario[: t + 1]), []).append(number)
        found.append([tuple(members) for members in together.values()])
    return found
