"""What a thousand queries cost by each offer, beside what the plan pays for them, and why an offer is not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.build import Model, build
from models.program import Floats
from models.tables.fleet_rows import Offer
from planner.documents.number_text import money, percent
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.studies.plan_use import arrived, is_full, opened_gates, paid_shares, queries_served, use_of
from planner.studies.unit_costs import LevelisedCost, UnitCosts, added

_SAME = 0.005
"""Costs that differ by less than this are said to be the same."""


@dataclass(frozen=True)
class OfferCost:
    """What a thousand queries of a workload cost by an offer, USD.

    As the plan orders it, or, if it does not, in the period and at the site where it costs least beside what the plan
    pays (`plan_usd`; None where the plan serves none of them from what it gets in that time).
    """

    offer: str
    workload: str
    is_taken: bool
    cost: LevelisedCost
    site: str
    ordered: str
    plan_usd: float | None

    @property
    def usd(self) -> float:
        """USD per thousand queries."""
        return self.cost.usd_per_1000()

    @property
    def dearer(self) -> float | None:
        """By which share it is dearer than what the plan pays; negative where it is cheaper."""
        return None if not self.plan_usd else self.usd / self.plan_usd - 1.0


@dataclass(frozen=True, eq=False)
class UnitEconomics:
    """The levelised costs of the offers of a plan's case; nothing is solved."""

    loaded: LoadedRun

    @cached_property
    def model(self) -> Model:
        """The model of the case without scenarios, for its numbers."""
        return build(self.loaded.case)

    @cached_property
    def costs(self) -> UnitCosts:
        """Levelised costs at the use of the plan."""
        return UnitCosts(self.model, use_of(self.loaded, self.model))

    @cached_property
    def ordered(self) -> dict[str, list[tuple[int, int, float]]]:
        """Site, period of arrival and units of what the plan gets, by offer."""
        found: dict[str, list[tuple[int, int, float]]] = {}
        for offer, site, period, units in arrived(self.loaded, self.model):
            found.setdefault(offer, []).append((site, period, units))
        return found

    @cached_property
    def _paid(self) -> dict[tuple[str, int], float]:
        return paid_shares(self.loaded, self.model)

    @cached_property
    def _served(self) -> Floats:
        return queries_served(self.loaded, self.model)

    def as_planned(self, offer: str, workload: str) -> LevelisedCost | None:
        """Returns what all units that the plan gets by an offer cost, and would serve if they did one workload only."""
        frame = self.model.frame
        o, w = frame.offer.position(offer), frame.workload.position(workload)

        def parts() -> Iterator[tuple[float, LevelisedCost]]:
            for site, period, units in self.ordered.get(offer, ()):
                share = self._paid.get((offer, period), 1.0)
                found = self.costs.cost(o, site, w, period, share_of_price=share)
                if found is not None:
                    yield units, found

        return added(parts())

    @cached_property
    def _by_machine(self) -> dict[tuple[int, int], float]:
        """USD per thousand queries of what the plan gets, by machine and workload."""
        frame = self.model.frame
        found = {}
        for g in range(len(frame.accelerator)):
            own = [row.offer for row in frame.case.offers if row.accelerator == frame.accelerator.labels[g]]
            for w, workload in enumerate(frame.workload.labels):
                known = (self.as_planned(offer, workload) for offer in own)
                whole = added((1.0, one) for one in known if one is not None)
                if whole is not None:
                    found[g, w] = whole.usd_per_1000()
        return found

    def plan_pays(self, workload: str, first: int, last: int) -> float | None:
        """Returns USD per thousand queries that the plan pays for a workload in some periods, by what it gets.

        The levelised costs of its machines, weighted by the discounted queries that each serves then; None where
        it serves none by machines that it gets.
        """
        frame, w = self.model.frame, self.model.frame.workload.position(workload)
        weight = frame.discount[first : last + 1]
        amounts = {g: float(weight @ self._served[g, w, first : last + 1]) for (g, own) in self._by_machine if own == w}
        total = sum(amounts.values())
        paid = sum(amount * self._by_machine[g, w] for g, amount in amounts.items())
        return float(paid / total) if total > 0.0 else None

    @cached_property
    def offer_costs(self) -> list[OfferCost]:
        """The cost of each offer for each workload that it can serve, in the order of the tables."""
        frame = self.model.frame
        found = []
        for o, offer in enumerate(frame.offer.labels):
            for w, workload in enumerate(frame.workload.labels):
                if self.costs.can_serve(o, w):
                    one = (
                        self._taken(o, offer, workload) if offer in self.ordered else self._best(o, offer, w, workload)
                    )
                    found += [one] if one is not None else []
        return found

    def _taken(self, o: int, offer: str, workload: str) -> OfferCost | None:
        cost = self.as_planned(offer, workload)
        if cost is None:
            return None
        frame = self.model.frame
        periods = sorted({period for _, period, _ in self.ordered[offer]})
        sites = [frame.site.labels[site] for site in sorted({site for site, _, _ in self.ordered[offer]})]
        last = max(self.costs.last_period(o, period) for period in periods)
        pays = self.plan_pays(workload, periods[0], last)
        first = frame.calendar.label_of(periods[0] - int(self.model.supply.lead[o]))
        end = frame.calendar.label_of(periods[-1] - int(self.model.supply.lead[o]))
        return OfferCost(offer, workload, True, cost, ", ".join(sites), _span(first, end), pays)

    def _best(self, o: int, offer: str, w: int, workload: str) -> OfferCost | None:
        frame = self.model.frame
        options = []
        for period in self.costs.order_periods(o):
            arrival = period + int(self.model.supply.lead[o])
            pays = self.plan_pays(workload, arrival, self.costs.last_period(o, arrival))
            for site in self.costs.sites_of(o, w):
                cost = self.costs.cost(o, site, w, arrival)
                if cost is not None:
                    label = frame.calendar.labels[period]
                    options.append(OfferCost(offer, workload, False, cost, frame.site.labels[site], label, pays))
        known = [one for one in options if one.dearer is not None]
        return min(known or options, key=lambda one: one.usd if one.dearer is None else one.dearer, default=None)

    def reasons(self) -> dict[str, str]:
        """Returns in a sentence why an offer is not taken, by offer."""
        return {offer: self.reason(offer) for offer in self.model.frame.offer.labels if offer not in self.ordered}

    def reason(self, offer: str) -> str:
        """Returns in a sentence why an offer is not taken."""
        opened = opened_gates(self.loaded)
        shut = [gate for gate in self._row(offer).requires if gate not in opened]
        parts = [f"its gate {listed(shut)} is not taken"] if shut else []
        best = best_of(self.offer_costs, offer)
        if best is None:
            parts += ["the plan serves none of its work by machines that it gets"] if not parts else []
        elif (best.dearer or 0.0) > _SAME:
            parts.append(f"dearer by {percent(best.dearer or 0.0)} % at best ({_beside(best)})")
        elif same := self._same_machine(offer, best):
            parts.append(same)
        else:
            parts += self._in_the_way(offer, best)[: 1 if shut else None]
        return _sentence(parts)

    def _in_the_way(self, offer: str, best: OfferCost) -> list[str]:
        """What stands against an offer that is not dearer by unit."""
        share = best.dearer or 0.0
        word = "it costs the same" if abs(share) <= _SAME else f"it is cheaper by {percent(-share)} %"
        found = [f"{word} by unit ({_beside(best)})"]
        limits, sites = self._limits_full(offer), self._sites_full(offer)
        if limits:
            found.append(f"its limits are used up: {listed(limits)}")
        if sites:
            found.append(f"no power is left in some period at {listed(sites)}")
        lead = self._first_arrival(offer)
        if len(found) == 1 and lead:
            found.append(f"it arrives from {lead} on at the earliest")
        return [*found, "lots, budgets or the time at which work is needed decide"] if len(found) == 1 else found

    def _same_machine(self, offer: str, best: OfferCost) -> str:
        """A taken offer that brings the same machine at the same time for less, gates aside; blank without one."""
        frame, case = self.model.frame, self.loaded.case
        o = frame.offer.position(offer)
        w, site = frame.workload.position(best.workload), frame.site.position(best.site)
        arrival = frame.calendar.period_at(best.ordered) + int(self.model.supply.lead[o])
        found = []
        for other in self.ordered:
            place = frame.offer.position(other)
            is_same = case.offers[place].accelerator == case.offers[o].accelerator
            ordered = arrival - int(self.model.supply.lead[place])
            if is_same and other != offer and ordered in self.costs.order_periods(place):
                cost = self.costs.cost(place, site, w, arrival)
                found += [(_without_gates(cost), other)] if cost is not None else []
        usd, other = min(found, default=(0.0, ""))
        share = 1.0 - usd / _without_gates(best.cost)
        return (
            f"the offer {other} brings the same machine for {percent(share)} % less" if other and share > _SAME else ""
        )

    def _row(self, offer: str) -> Offer:
        return self.model.frame.case.offers[self.model.frame.offer.position(offer)]

    def _limits_full(self, offer: str) -> list[str]:
        own = {row.limit for row in self.loaded.case.limit_use if row.offer == offer and row.use_per_unit > 0}
        full: dict[str, list[str]] = {}
        for row in self.loaded.records("limits"):
            if row["limit"] in own and is_full(row["used"], row["supply"]):
                full.setdefault(str(row["limit"]), []).append(str(row["span"]))
        return [f"{name} ({_span(min(spans), max(spans))})" for name, spans in full.items()]

    def _sites_full(self, offer: str) -> list[str]:
        allowed = self._row(offer).sites
        sites = [row.site for row in self.loaded.case.sites if not allowed or row.site in allowed]
        full = {
            row["site"]
            for row in self.loaded.records("power")
            if row["available_mw"] and is_full(row["drawn_mw"], row["available_mw"])
        }
        return sites if full >= set(sites) else []

    def _first_arrival(self, offer: str) -> str:
        """The label of the first period in which it can arrive, if that is not the plan's first."""
        o = self.model.frame.offer.position(offer)
        periods = self.costs.order_periods(o)
        first = periods[0] + int(self.model.supply.lead[o]) if periods else 0
        return self.model.frame.calendar.labels[first] if first > 0 else ""


def best_of(costs: Iterable[OfferCost], offer: str) -> OfferCost | None:
    """Returns the work for which an offer compares best with what the plan pays; None where none compares."""
    known = [one for one in costs if one.offer == offer and one.dearer is not None]
    return min(known, key=lambda one: one.dearer or 0.0, default=None)


def _without_gates(cost: LevelisedCost) -> float:
    return cost.usd_per_1000() - cost.usd_per_1000("gates")


def _beside(one: OfferCost) -> str:
    pays = money(one.plan_usd or 0.0)
    return f"{one.workload}: {money(one.usd)} against {pays} USD per thousand queries"


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
