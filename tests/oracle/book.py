"""What the parts of the textbook formulation share: the problem, its variables, and the cash of each period."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pulp

from tests.oracle.clock import Clock, capabilities, demand_at, label_months, rates_at

SENSES = {"<=": pulp.LpConstraintLE, ">=": pulp.LpConstraintGE, "==": pulp.LpConstraintEQ}
USD_PER_MUSD = 1e6


def name_of(*parts):
    """A readable name for a variable or row."""
    return "_".join(str(part) for part in parts)


@dataclass
class Book:
    """Variables by key, and lists of terms that later parts add up. Money in USD million.

    One-time events (`start`, `close`, `sign`, `build`) before the plan have negative periods and constant values.
    """

    case: Any
    clock: Clock
    problem: Any
    one: Any
    order: dict = field(default_factory=dict)  # (offer, t): lots, or units when divisible
    units: dict = field(default_factory=dict)  # (offer, t): units ordered
    bills: dict = field(default_factory=dict)  # offer: USD million of its orders by t
    receive: dict = field(default_factory=dict)  # (offer, site, t): units that follow orders
    arrivals: dict = field(default_factory=dict)  # (offer, site, t): with open orders
    stock: dict = field(default_factory=dict)  # (accelerator, site, cohort, t)
    leased: dict = field(default_factory=dict)  # (accelerator, site, t)
    active: dict = field(default_factory=dict)  # (accelerator, site, t)
    assign: dict = field(default_factory=dict)  # (accelerator, site, workload, t)
    unserved: dict = field(default_factory=dict)  # (workload, t)
    start: dict = field(default_factory=dict)  # (programme, route, t)
    close: dict = field(default_factory=dict)  # (acquisition, t)
    sign: dict = field(default_factory=dict)  # (agreement, t)
    build: dict = field(default_factory=dict)  # (expansion, t)
    gone: dict = field(default_factory=dict)  # (offer, t): units of an order that are cancelled
    taken_back: dict = field(default_factory=dict)  # id of a row of open_orders: its units that are cancelled
    draws: dict = field(default_factory=dict)  # facility: {t: USD million}
    cash: dict = field(default_factory=lambda: defaultdict(list))  # (category, t): terms, undiscounted
    spend: dict = field(default_factory=lambda: defaultdict(list))  # (offer, t): terms of hardware and lease
    left: list = field(default_factory=list)  # value left, undiscounted

    @classmethod
    def of(cls, case):
        """An empty book of a case."""
        problem = pulp.LpProblem("textbook", pulp.LpMinimize)
        # PuLP and MPS files lose the constant of an objective, so constants ride on a column fixed at one.
        one = problem.add_variable("one", 1, 1)
        return cls(case, Clock.of(case.settings), problem, one)

    def variable(self, name, low=0, high=None, kind=pulp.LpContinuous):
        """A new variable of the problem."""
        return self.problem.add_variable(name, low, high, kind)

    def binary(self, *name):
        """A new variable that is 0 or 1."""
        return self.problem.add_variable(name_of(*name), cat=pulp.LpBinary)

    def require(self, terms, sense, bound, *name):
        """Adds a row `terms sense bound`; both sides may hold constants."""
        expression = pulp.lpSum(terms) - pulp.lpSum(bound)
        if not len(expression):
            value = expression.constant
            holds = {"<=": value <= 1e-9, ">=": value >= -1e-9, "==": abs(value) <= 1e-9}[sense]
            if holds:
                return
            expression = value * self.one
        constant, expression.constant = expression.constant, 0
        self.problem.addConstraint(pulp.LpConstraint(expression, SENSES[sense], name_of(*name), -constant))

    def pay(self, category, period, terms):
        """Adds USD million to a category in a period; what falls outside the horizon is dropped."""
        if period in self.clock.periods:
            self.cash[category, period].append(pulp.lpSum(terms))

    def pay_offer(self, category, offer, period, terms):
        """Adds what an offer costs, so that shares of spend can be read."""
        self.pay(category, period, terms)
        if period in self.clock.periods:
            self.spend[offer, period].append(pulp.lpSum(terms))

    def accelerator(self, name):
        """The row of an accelerator."""
        return next(row for row in self.case.accelerators if row.accelerator == name)

    def offer(self, name):
        """The row of an offer."""
        return next(row for row in self.case.offers if row.offer == name)

    def price(self, offer, period):
        """Unit price of an offer in a period, USD, or None."""
        rows = [(row.period, row.unit_price_usd) for row in self.case.prices if row.offer == offer]
        return self.clock.step_value(rows, period)

    def sites_of(self, row):
        """Names of the sites of an offer or workload."""
        return row.sites or tuple(site.site for site in self.case.sites)

    def peak(self, workload, period):
        """Demand in queries per second at peak."""
        average = demand_at(self.case, self.clock, workload.workload, period) * 1e6 / 86400
        return average * workload.peak_to_average

    def rates(self, period):
        """Rates in a period by (accelerator, workload)."""
        return rates_at(self.case, period)

    def survival(self, accelerator):
        """Share of a vintage that outlives a period."""
        return (1 - self.accelerator(accelerator).failure_rate_per_year) ** self.clock.years

    def capability(self):
        """Weights of units in shares."""
        return capabilities(self.case)

    def requiring(self, gate):
        """Names of the offers that require a gate."""
        return [row.offer for row in self.case.offers if gate in row.requires]

    def arrived(self, offers, periods):
        """Units of some offers that arrive in some periods."""
        wanted, when = set(offers), set(periods)
        return pulp.lpSum(units for (offer, _, t), units in self.arrivals.items() if offer in wanted and t in when)

    def committed_periods(self, kind, item):
        """Periods, the plan's and earlier ones, in which something is done or fixed."""
        return {
            self.clock.period_of(row.period)
            for row in self.case.commitments
            if (row.kind, row.item) == (kind, item) and row.status != "barred" and row.period
        }

    def most_units(self, offer):
        """A plain bound on the units of one order of an offer: the largest order, or all that could be of use."""
        lot = offer.lot_size or 1.0
        if offer.max_lots_per_period is not None:
            committed = [row.quantity or 1.0 for row in self.case.commitments if row.item == offer.offer]
            return max([offer.max_lots_per_period * lot, *committed])
        row = self.accelerator(offer.accelerator)
        need = 0.0
        for period in self.clock.periods:
            rates = self.rates(period)
            loads = [
                self.peak(w, period) / (rates[row.accelerator, w.workload] * row.utilisation)
                for w in self.case.workloads
                if (row.accelerator, w.workload) in rates
            ]
            need = max(need, sum(loads))
        need /= self.survival(row.accelerator) ** self.clock.count
        # What may come late can be ordered at once for every period to come: a lease, or a machine, after another.
        if any(backlog.offer == offer.offer for backlog in self.case.backlogs):
            need *= self.clock.count
        # Where a share of what is due is delivered, more is ordered than is of use.
        shares = [row.delivered_share for row in self.case.lead_times if row.offer == offer.offer]
        need /= min([1.0, *(share for share in shares if share)])
        need += sum(tier.from_units for tier in self.case.price_tiers if tier.offer == offer.offer)
        need += sum(c.quantity or 1.0 for c in self.case.commitments if c.item == offer.offer)
        years = self.clock.count * self.clock.years + 1
        need += sum(k.min_units_per_year * years for k in self.case.agreements if k.agreement in offer.requires)
        weight = self.capability()[row.accelerator]
        for policy in self.case.policies:
            if policy.kind == "min_capability" and weight > 0:
                need += policy.value / weight
            if policy.kind in ("max_vendor_share", "min_vendor_share"):
                need *= 4
        return need + lot * max(1.0, offer.min_lots)

    def window(self, kind, item, first, last):
        """Periods in which something may be decided: its window, and where it is committed."""
        committed = {t for t in self.committed_periods(kind, item) if t in self.clock.periods}
        return sorted(committed | set(self.clock.window(first, last)))

    def earlier(self, kind, item):
        """Commitments of an item that were carried out before the plan: (period, route, quantity)."""
        found = []
        for row in self.case.commitments:
            if (row.kind, row.item, row.status) != (kind, item, "done") or not row.period:
                continue
            if label_months(row.period)[0] < self.clock.start:
                found.append((self.clock.period_of(row.period), row.route, row.quantity or 1.0))
        return found
