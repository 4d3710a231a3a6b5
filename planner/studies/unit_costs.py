"""The levelised cost of one unit's work: what it costs over its time in the plan by what it serves.

    cost per thousand queries = 1000 · Σ_t δ(t) · cost(t) / Σ_t δ(t) · queries(t)

    price         deposit at the order, the rest one lead later; of a lease, the rent of each period in term
    integration   network and installation, on arrival
    power         it_kW · PUE · electricity price, for the hours that the unit is active
    upkeep        maintenance of an active owned unit
    variable      variable cost of what is served
    carbon        emissions of its electricity and of its making, at the price of carbon
    space         power that it draws · what a MW-year of its site costs the plan: modules less their value left, and
                  fixed cost, by MW-years drawn there
    gates         programmes, deals and agreements that the offer requires, by unit that the plan gets through them
    resale        less what it brings at the end of its life, or is worth at the end of the horizon
    failures      what all of this costs more by thousand queries because a share of the units fails

This is the levelised cost of Short, Packey and Holt (1995), A Manual for the Economic Evaluation of Energy Efficiency
and Renewable Energy Technologies, NREL/TP-462-5173, section 3: discounted cost over discounted output. δ, lives,
failures and resale are those of the plan: flows in mid-period, a unit kept to the end of its life or of the horizon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.build import Model
from models.data.sites import at_sites, places_of
from models.frame import HOURS_OF_YEAR, MUSD, SECONDS_OF_YEAR
from models.program import Floats, Ints
from planner.results.service_totals import MILLION

COMPONENTS = (
    "price", "integration", "power", "upkeep", "variable", "carbon", "space", "gates", "resale", "failures",
)  # fmt: skip
KW_PER_MW = 1000.0
KG_PER_TONNE = 1000.0
THOUSAND = 1000.0


@dataclass(frozen=True, eq=False)
class PlanUse:
    """How a plan uses its machines, by (accelerator, site, period), and what it pays for what they share.

    `active` is the share of units that are active, `worked` the share of the usable capacity of those that works.
    `site_musd` is USD million of present cost by MW-year drawn at a site, by site; `gate_musd` that of an offer's gates
    by unit, by offer.
    """

    active: Floats
    worked: Floats
    site_musd: Floats
    gate_musd: Floats


@dataclass(frozen=True)
class LevelisedCost:
    """Present cost by component, USD million, of units whose discounted queries are `queries`, in millions."""

    musd: Mapping[str, float]
    queries: float

    @property
    def total_musd(self) -> float:
        """The present cost of all components, USD million."""
        return sum(self.musd[name] for name in COMPONENTS)

    def usd_per_1000(self, component: str = "") -> float:
        """Returns USD per thousand queries: of a component, or of all."""
        return float(THOUSAND * (self.musd[component] if component else self.total_musd) / self.queries)


@dataclass(frozen=True, eq=False)
class UnitCosts:
    """Levelised costs of the offers of a case, at the use of a plan; `model` is that of the case without scenarios."""

    model: Model
    use: PlanUse

    @cached_property
    def _electricity_usd_per_mwh(self) -> Floats:
        return places_of(self.model.frame).electricity

    @cached_property
    def _carbon_kg_per_kwh(self) -> Floats:
        return at_sites(self.model.frame, "carbon_kg_per_kwh")

    def order_periods(self, offer: int) -> list[int]:
        """Returns the periods in which an offer can be ordered."""
        return [int(t) for t in np.flatnonzero(self.model.supply.may_order[offer])]

    def sites_of(self, offer: int, workload: int) -> list[int]:
        """Returns the sites that may host an offer for a workload."""
        model = self.model
        both = model.supply.at_site[offer] & model.work.allowed[:, workload]
        return [int(s) for s in np.flatnonzero(both)]

    def can_serve(self, offer: int, workload: int) -> bool:
        """Returns whether an offer's machine does a workload at all."""
        return bool((self.model.work.rate[self._machine(offer), workload] > 0).any())

    def last_period(self, offer: int, arrival: int) -> int:
        """Returns the last period in which a unit that arrives then serves, the horizon being its end at the latest."""
        return min(arrival + self._life(offer), self.model.frame.steps) - 1

    def cost(
        self, offer: int, site: int, workload: int, arrival: int, *, share_of_price: float = 1.0
    ) -> LevelisedCost | None:
        """Returns the levelised cost of one unit that arrives at a site and does one workload only.

        `share_of_price` is what is paid of the list price, after volume discounts. None where it serves nothing.
        """
        survival = self._survival(offer)
        kept, full = (self._parts(offer, site, workload, arrival, share_of_price, rate) for rate in (survival, 1.0))
        if kept.queries <= 0.0:
            return None
        # Without failures the same cost would be spread over more queries.
        parts = {name: amount / full.queries * kept.queries for name, amount in full.musd.items()}
        parts["failures"] = sum(kept.musd.values()) - sum(parts.values())
        return LevelisedCost(parts, kept.queries)

    def _machine(self, offer: int) -> int:
        return int(self.model.supply.accelerator[offer])

    def _is_lease(self, offer: int) -> bool:
        return bool(self.model.supply.is_lease[offer])

    def _life(self, offer: int) -> int:
        model = self.model
        return int(model.supply.term[offer] if self._is_lease(offer) else model.machines.life[self._machine(offer)])

    def _survival(self, offer: int) -> float:
        return 1.0 if self._is_lease(offer) else float(self.model.machines.survival[self._machine(offer)])

    def _parts(
        self, offer: int, site: int, workload: int, arrival: int, share_of_price: float, survival: float
    ) -> LevelisedCost:
        """Present cost by component of a unit, and its queries, at a share that outlives each period."""
        model, g = self.model, self._machine(offer)
        frame, case = model.frame, model.frame.case
        t: Ints = np.arange(arrival, self.last_period(offer, arrival) + 1, dtype=np.int64)
        units = survival ** (t - arrival)
        active = units * self.use.active[g, site, t]
        weight = frame.discount[t] * frame.delta
        busy = active * model.work.utilisation[g] * self.use.worked[g, site, t]
        # Peak rates to average ones.
        served = busy * model.work.rate[g, workload, t] / model.work.peak[workload] * SECONDS_OF_YEAR * MILLION
        megawatt = active * case.accelerators[g].it_kw * case.sites[site].pue / KW_PER_MW
        queries = float(weight @ served)
        electricity = self._electricity_usd_per_mwh[site, t] * MUSD * HOURS_OF_YEAR
        upkeep = 0.0 if self._is_lease(offer) else case.accelerators[g].maintenance_usd_per_year * MUSD
        now = float(frame.discount[arrival])
        musd = {
            "price": share_of_price * self._price(offer, arrival),
            "integration": case.offers[offer].integration_usd_per_unit * MUSD * now,
            "power": float(weight @ (megawatt * electricity)),
            "upkeep": float(weight @ active) * upkeep,
            "variable": float(model.work.variable[g, workload]) * queries,
            "carbon": self._carbon(g, site, t, megawatt, arrival),
            "space": float(weight @ megawatt) * float(self.use.site_musd[site]),
            "gates": float(self.use.gate_musd[offer]),
            "resale": 0.0 if self._is_lease(offer) else -self._resale(offer, arrival, survival),
        }
        return LevelisedCost(musd, queries)

    def _carbon(self, machine: int, site: int, t: Ints, megawatt: Floats, arrival: int) -> float:
        frame = self.model.frame
        price = frame.case.settings.carbon_usd_per_tonne * MUSD
        intensity = self._carbon_kg_per_kwh[site, t]
        running = float((frame.discount[t] * frame.delta) @ (megawatt * intensity)) * HOURS_OF_YEAR
        made = frame.case.accelerators[machine].embodied_kg / KG_PER_TONNE * float(frame.discount[arrival])
        return price * (running + made)

    def _price(self, offer: int, arrival: int) -> float:
        """The present value of the list price of a unit: deposit and balance, or the rent of its term."""
        model, frame = self.model, self.model.frame
        lead = int(model.supply.lead[offer])
        if self._is_lease(offer):
            t = np.arange(arrival, self.last_period(offer, arrival) + 1)
            return float(model.supply.price_of_arrival[offer, arrival] * frame.delta * frame.discount[t].sum())
        ordered = max(0, arrival - lead)
        share = frame.case.offers[offer].deposit_share if lead else 1.0
        parts = share * frame.discount[ordered] + (1.0 - share) * frame.discount[arrival]
        return float(model.supply.price[offer, ordered] * parts)

    def _resale(self, offer: int, arrival: int, survival: float) -> float:
        """What a unit brings in the period after its last, or is worth at the end of the horizon."""
        frame, g = self.model.frame, self._machine(offer)
        last = arrival + self._life(offer)
        is_sold = last < frame.steps
        age = (min(last, frame.steps) - arrival) * frame.delta
        value = float(self.model.machines.resale_musd(frame.case, g, np.array([age]))[0])
        if is_sold:
            return value * survival ** (last - arrival) * float(frame.discount[last])
        return value * survival ** (frame.steps - 1 - arrival) * frame.discount_end


def added(parts: Iterator[tuple[float, LevelisedCost]]) -> LevelisedCost | None:
    """Returns units of several kinds together, each with its number; None without any."""
    listed = [(units, one) for units, one in parts if units > 0.0]
    if not listed:
        return None
    musd = {name: sum(units * one.musd[name] for units, one in listed) for name in COMPONENTS}
    return LevelisedCost(musd, sum(units * one.queries for units, one in listed))
