"""What is owed after the end: committed in the reported periods, or before them, and due later."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.calendar import MONTHS_OF_YEAR, Calendar, parse_label
from models.case import Case
from models.solution import Solution
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Expansion
from planner.results.agreed_rents import rent_of_arrival_usd
from planner.results.kept_orders import cancelled_before, units_kept
from planner.results.milestones import failure_of, respins_of
from planner.results.node_labels import NodeLabels
from planner.results.offer_terms import deliverable, delivered_share
from planner.results.supply_tables import NOISE
from planner.results.table import Cell, Table

COLUMNS = "line what from to year musd whole_musd"
AFTER = "after"
"""What the key figures call the time after the reported periods."""
CENT = 1e-9
"""Amounts below a thousandth of a dollar (USD million) are not listed."""

Records = Sequence[Mapping[str, Any]]
Due = tuple[str, str, int, float]
"""Category, what is owed, period counted from the start, USD million."""


def owed(solution: Solution, places: NodeLabels, tables: Mapping[str, Table]) -> Table:
    """Returns what is owed after the reported periods by what it is and calendar year, not discounted.

    On a branching tree the rows stand at the last reported node of each history.
    """
    frame = solution.model.frame
    last = frame.case.settings.periods - 1
    records = {name: list(table.records()) for name, table in tables.items()}
    found: dict[tuple[int, tuple[tuple[Cell, ...], ...]], list[int]] = {}
    for leaf, path in zip(frame.tree.leaves, frame.tree.paths(), strict=True):
        future = int(frame.tree.future[leaf])
        own = {name: of_future(rows, frame.called[future]) for name, rows in records.items()}
        rows = tuple(owed_rows(frame.cases[future], own))
        found.setdefault((int(path[last]), rows), []).append(future)
    listed = [(node, tuple(futures), row) for (node, rows), futures in found.items() for row in rows]
    return places.split_table("owed", COLUMNS, listed)


def of_future(rows: Records, name: str) -> Records:
    """Returns the rows that are true in a future of a branching plan; all of them on a plan for one."""
    return [row for row in rows if name in str(row.get("scenarios", name)).split(";")]


def owed_rows(case: Case, tables: Mapping[str, Records]) -> list[tuple[Cell, ...]]:
    """Returns the rows of the table for one history, given the other result tables."""
    plan = CommittedPayments(case, tables, case.settings.periods, case.settings.periods)
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    sums: dict[tuple[str, str, int], float] = {}
    net: dict[tuple[str, str, int], float] = {}
    for line, what, period, musd in plan.due():
        net[line, what, period] = net.get((line, what, period), 0.0) + musd
    for (line, what, period), musd in net.items():
        if musd > CENT:
            first, last = spans.get((line, what), (period, period))
            spans[line, what] = min(first, period), max(last, period)
            key = line, what, plan.calendar.year_of(period)
            sums[key] = sums.get(key, 0.0) + musd
    whole: dict[tuple[str, str], float] = {}
    for (line, what, _), musd in sums.items():
        whole[line, what] = whole.get((line, what), 0.0) + musd
    label = plan.calendar.label_of
    # The largest obligation is read first.
    ordered = sorted(sums.items(), key=lambda entry: (-round(whole[entry[0][:2]], 9), *entry[0]))
    return [
        (line, what, *(label(period) for period in spans[line, what]), year, musd, whole[line, what])
        for (line, what, year), musd in ordered
    ]


def further_figures(tables: Mapping[str, Table]) -> list[tuple[Cell, ...]]:
    """Returns the key figures of what is owed after the end, and its share of the cash of the reported periods."""
    figures, rows = tables["key_figures"].records(), list(tables["owed"].records())
    cash = next(row["value"] for row in figures if row["name"] == "cash_cost")
    return owed_figures(rows, float(cash or 0.0))


def owed_figures(rows: Records, cash_musd: float) -> list[tuple[Cell, ...]]:
    """Returns the rows of the key figures about what is owed; amounts of futures count by their probability."""
    whole = sum(row["musd"] * row.get("probability", 1.0) for row in rows)
    last = max((row["to"] for row in rows), key=lambda label: parse_label(label), default="")
    share = whole / cash_musd if cash_musd > CENT else None
    return [
        ("owed_after_end", whole, "USD million", AFTER, last),
        ("owed_share_of_cash", share, "fraction", AFTER, last),
    ]


@dataclass(frozen=True)
class CommittedPayments:
    """What is committed before a period `end`, and due from a period `since` on, in the plan of one history.

    What is paid at once, such as deposits, prepayments and the price of a deal, is no commitment any more.
    """

    case: Case
    tables: Mapping[str, Records]
    end: int
    since: int

    @cached_property
    def calendar(self) -> Calendar:
        """The periods of the plan."""
        return self.case.settings.calendar

    def due(self) -> Iterator[Due]:
        """Yields every payment; an amount that is not due after all is negative."""
        return (one for one in self._every() if one[2] >= self.since)

    def _every(self) -> Iterator[Due]:
        for offer in self.case.offers:
            yield from self._leases(offer) if offer.kind == "lease" else self._purchases(offer)
            yield from self._integration(offer)
        yield from self._running_leases()
        yield from self._lease_changes()
        yield from self._loans()
        yield from self._agreements()
        yield from self._levels()
        yield from self._programmes()
        yield from self._expansions()
        yield from self._acquisitions()

    def at(self, label: str) -> int:
        """The period of a label."""
        return self.calendar.period_at(label)

    def lag(self, months: float) -> int:
        """A lag in periods."""
        return self.calendar.lag_periods(months)

    def orders(self, offer: Offer) -> list[Mapping[str, Any]]:
        """The orders that are placed by the end."""
        return [
            row for row in self.tables["orders"] if row["offer"] == offer.offer and self.at(row["period"]) < self.end
        ]

    def arrivals(self, offer: Offer) -> list[tuple[int, float]]:
        """When units arrive that are ordered by the end: what was ordered first arrives first.

        What does not arrive within the optimised periods is taken to arrive right after them, and what was ordered
        before the plan when it is due.
        """
        count = self.calendar.count
        came = sorted(
            (self.at(row["period"]), row["units"]) for row in self.tables["arrivals"] if row["offer"] == offer.offer
        )
        opened = [(self.at(row.due), units) for row, units in self._opened(offer)]
        later = [(due, units * delivered_share(self.case, offer, due)) for due, units in opened]
        ordered = sum(
            (row["units"] - self.cancelled(row)) * delivered_share(self.case, offer, self.deliverable(offer, row))
            for row in self.orders(offer)
        )
        whole = left = ordered + sum(units for due, units in later if due < count)
        found = []
        for period, units in came:
            part = units if period < self.end else max(0.0, min(units, left))
            left -= part
            found.append((period, part))
        if left > NOISE * max(1.0, whole):
            found.append((count, left))
        return [*found, *((due, units) for due, units in later if due >= count)]

    def _opened(self, offer: Offer) -> list[tuple[OpenOrder, float]]:
        """What was ordered before the plan, less what is cancelled of it by the end."""
        kept = units_kept(self.case, cancelled_before(self.case, self.tables["cancellations"], self.end))
        rows = zip(self.case.open_orders, kept, strict=True)
        return [(row, units) for row, units in rows if row.offer == offer.offer]

    def deliverable(self, offer: Offer, order: Mapping[str, Any]) -> int:
        """The first period in which an order can be delivered."""
        return deliverable(self.case, offer, self.at(order["period"]))

    def _leases(self, offer: Offer) -> Iterator[Due]:
        """Rent in each period of the term: of arrivals; where volume discounts hold, of orders at their bills."""
        delta, lead = self.calendar.delta, self.lag(offer.lead_time_months)
        term = self.calendar.term_periods(offer.term_months)
        if any(row.offer == offer.offer for row in self.case.price_tiers):
            yearly = [(self.at(row["period"]) + lead, row["invoice_musd"]) for row in self.orders(offer)]
            # What is late at the start is rented from then on.
            waiting = [
                (max(0, self.at(row.due)), row.units) for row in self.case.open_orders if row.offer == offer.offer
            ]
            yearly += [(due, units * rent_of_arrival_usd(self.case, offer, due) / 1e6) for due, units in waiting]
        else:
            yearly = [
                (at, units * rent_of_arrival_usd(self.case, offer, at) / 1e6) for at, units in self.arrivals(offer)
            ]
        for arrival, musd in yearly:
            for period in range(max(arrival, self.since), arrival + term):
                yield "lease", f"rent of {offer.offer}", period, musd * delta

    def _running_leases(self) -> Iterator[Due]:
        """Rent of what is leased at the start, month by month until it ends."""
        months, start = self.calendar.months, self.calendar.start_month
        for lease in self.case.open_leases:
            left = parse_label(lease.ends)[0] - start
            yearly = lease.units * lease.rent_usd_per_unit_per_year / 1e6
            for period in range(self.since, math.ceil(left / months)):
                inside = min(months, left - period * months)
                yield "lease", f"rent of lease {lease.lease}", period, yearly * inside / MONTHS_OF_YEAR
            fee = lease.units * lease.end_fee_usd_per_unit / 1e6
            yield "lease", f"end fee of lease {lease.lease}", left // months, fee

    def _purchases(self, offer: Offer) -> Iterator[Due]:
        """The balance of each order one nominal lead after it, and of what was ordered before the plan when due.

        What is known by then not to be delivered is paid back with it, so that so much less is owed.
        """
        lead = self.lag(offer.lead_time_months)
        for row in self.orders(offer) if lead else ():
            balance, due, came = 1.0 - offer.deposit_share, self.at(row["period"]) + lead, self.deliverable(offer, row)
            if came <= due:
                balance -= 1.0 - delivered_share(self.case, offer, came)
            kept = 1.0 - self.cancelled(row) / row["units"]
            yield "hardware", f"balance of {offer.offer}", due, max(0.0, balance) * row["invoice_musd"] * kept
        for waiting, units in self._opened(offer):
            due = self.at(waiting.balance_due or waiting.due)
            share = delivered_share(self.case, offer, due) if waiting.balance_due is None else 1.0
            musd = share * units * waiting.balance_usd_per_unit / 1e6 + waiting.balance_musd
            yield "hardware", f"balance of {offer.offer}", due, musd

    def _integration(self, offer: Offer) -> Iterator[Due]:
        for period, units in self.arrivals(offer) if offer.integration_usd_per_unit else ():
            yield "hardware", f"integration of {offer.offer}", period, units * offer.integration_usd_per_unit / 1e6

    def cancelled(self, order: Mapping[str, Any]) -> float:
        """The units of an order that are cancelled by the end."""
        return sum(
            float(row["units"])
            for row in self.tables["cancellations"]
            if (row["offer"], row["ordered"]) == (order["offer"], order["period"]) and self.at(row["period"]) < self.end
        )

    def _lease_changes(self) -> Iterator[Due]:
        """Rent that is not due of what leaves a lease early, its fee, and rent of renewed terms; decided by the end."""
        known = {
            (row["contract"], row["site"], row["term"], row["begins"] or None): row for row in self.tables["leases"]
        }
        running = {row.lease for row in self.case.open_leases}
        for row in self.tables["lease_changes"]:
            name, begun = row["contract"], row["period"] if row["verb"] == "renew" else row["begun"] or None
            term = known.get((name, row["site"], row["term"], begun))
            if term is None or self.at(row["period"]) >= self.end:
                continue
            what, first = f"{'lease ' * (name in running)}{name}", self.at(row["effective"])
            yearly = row["units"] * term["rent_usd_per_unit_per_year"] / 1e6 * (1 if row["verb"] == "renew" else -1)
            for period in range(max(first, self.since), self.at(term["ends"]) + 1):
                yield "lease", f"rent of {what}", period, yearly * self.calendar.delta
            if row["verb"] == "leave":
                yield "lease", f"exit fee of {what}", first, row["musd"]

    def _loans(self) -> Iterator[Due]:
        """Instalments of what is drawn by the end, and interest on what is outstanding."""
        delta = self.calendar.delta
        for given in self.case.facilities:
            term = self.calendar.term_periods(given.term_months)
            for drawn, musd in self.drawn(given.facility):
                before = musd
                yield "financing", f"interest of {given.facility}", drawn, given.rate_per_year * delta * musd / 2
                for k in range(1, term + 1):
                    part = musd / term if given.repayment == "level" else musd * (k == term)
                    interest = given.rate_per_year * delta * (before - part / 2)
                    yield "financing", f"instalments of {given.facility}", drawn + k, part
                    yield "financing", f"interest of {given.facility}", drawn + k, interest
                    before -= part

    def drawn(self, facility: str) -> list[tuple[int, float]]:
        """What is drawn by the end, and was before the plan."""
        found = [(self.at(row["period"]), row["drawn_musd"]) for row in self.tables["financing"]
                 if row["facility"] == facility]  # fmt: skip
        found += [
            (self.at(row.period), 1.0 if row.quantity is None else row.quantity)
            for row in self.case.commitments
            if (row.kind, row.item, row.status) == ("draw", facility, "done") and row.period and self.at(row.period) < 0
        ]
        return [(period, musd) for period, musd in found if period < self.end]

    def _agreements(self) -> Iterator[Due]:
        """The fee on the least quantity of each live period, as if nothing were received."""
        known = {row.agreement: row for row in self.case.agreements}
        for row in self.tables["agreements"]:
            given = known[row["agreement"]]
            musd = given.min_units_per_year * self.calendar.delta * given.shortfall_usd_per_unit / 1e6
            if self.at(row["signed"]) < self.end:
                for period in range(max(self.at(row["live_from"]), self.since), self.at(row["live_to"]) + 1):
                    yield "agreement", f"take-or-pay of {given.agreement}", period, musd

    def _levels(self) -> Iterator[Due]:
        """The fee on each yearly level whose year ends after the end, as if nothing counted."""
        known, year = {row.agreement: row for row in self.case.agreements}, 12 // self.calendar.months
        for row in self.tables["agreements"]:
            given, first = known[row["agreement"]], self.at(row["live_from"])
            fees = {"units": given.shortfall_usd_per_unit / 1e6, "musd": 1.0, "mw": given.shortfall_musd_per_mw}
            for level in self.case.commit_levels if self.at(row["signed"]) < self.end else ():
                if level.agreement == given.agreement and first + (level.year_of_term - 1) * year <= self.at(
                    row["live_to"]
                ):
                    last = min(first + level.year_of_term * year - 1, self.at(row["live_to"]))
                    musd = level.amount * level.shortfall_share * fees[level.unit]
                    yield "agreement", f"level of {given.agreement}", last, musd

    def _programmes(self) -> Iterator[Due]:
        """Design and mask cost still to come, and sustaining cost while machines of the programme are in service."""
        routes = {(row.programme, row.route): row for row in self.case.routes}
        shares = {"optimistic": 0.0, "pessimistic": 1.0}
        for row in self.tables["tape_outs"]:
            start, tape_out, given = (
                self.at(row["start"]),
                self.at(row["tape_out"]),
                routes[row["programme"], row["route"]],
            )
            if start >= self.end:
                continue
            spread, name = max(1, tape_out - start), f"{given.programme}/{given.route}"
            failed = None if row["ready"] else failure_of(self.case, self.calendar, given.programme)
            stop = sys.maxsize if failed is None else failed
            for period in range(start, min(start + spread, stop)):
                yield "tape_out", f"design of {name}", period, given.design_cost_musd / spread
            planned = shares.get(self.case.settings.tape_out_risk, given.respin_probability)
            known = respins_of(self.case, self.calendar, given.programme, tape_out)
            respins = planned if known is None else known
            if tape_out < stop:
                yield "tape_out", f"masks of {name}", tape_out, given.mask_set_musd + respins * given.respin_cost_musd
            if row["ready"]:
                for period in range(max(self.at(row["ready"]), self.since), self._served_until(given.programme)):
                    musd = given.sustaining_musd_per_year * self.calendar.delta
                    yield "tape_out", f"sustaining of {name}", period, musd

    def _served_until(self, programme: str) -> int:
        """The first period in which no machine of the programme that is owned at the end is in service."""
        made = {row.accelerator for row in self.case.offers if programme in row.requires}
        until, months, start = self.end, self.calendar.months, self.calendar.start_month
        life = {row.accelerator: max(row.life_years * 12, months) for row in self.case.accelerators}
        last = self.calendar.label_of(self.end - 1)
        for row in self.tables["fleet"]:
            is_last = row["period"] == last and row["holding"] == "owned"
            if is_last and row["accelerator"] in made and row["units"] > NOISE:
                gone = parse_label(row["vintage"])[0] + life[row["accelerator"]]
                until = max(until, math.floor((gone - start) / months + 1e-9))
        return until

    def _expansions(self) -> Iterator[Due]:
        known = {row.expansion: row for row in self.case.expansions}
        for row in self.tables["expansions"]:
            given, ordered = known[row["expansion"]], self.at(row["period"])
            spread = max(1, self.lag(given.lead_time_months))
            for period in range(ordered, ordered + spread) if ordered < self.end else ():
                yield (
                    "expansion",
                    f"modules of {given.expansion}",
                    period,
                    row["modules"] * given.cost_musd_per_module / spread,
                )
            if row["ends"] and ordered < self.end:
                yield from self._rents(given, row["modules"], self.at(row["energised"]), self.at(row["ends"]))

    def _rents(self, given: Expansion, modules: float, first: int, last: int) -> Iterator[Due]:
        """Rent of modules in their term, and the fee at its end."""
        delta, growth = self.calendar.delta, 1.0 + given.rent_growth_per_year
        for period in range(first, last + 1):
            rent = given.rent_musd_per_module_per_year * delta * growth ** ((period - first) * delta)
            yield "expansion", f"rent of {given.expansion}", period, modules * rent
        yield "expansion", f"exit fee of {given.expansion}", last, modules * given.exit_fee_musd_per_module

    def _acquisitions(self) -> Iterator[Due]:
        """Integration cost for its years from closing; nothing of what never closes."""
        known = {row.acquisition: row for row in self.case.acquisitions}
        for row in self.tables["acquisitions"]:
            given, left = known[row["acquisition"]], known[row["acquisition"]].integration_years
            period = self.at(row["closed"]) if row["closed"] and self.at(row["signed"]) < self.end else None
            while period is not None and left > 1e-9:
                part = min(left, self.calendar.delta)
                yield (
                    "acquisition",
                    f"integration of {given.acquisition}",
                    period,
                    given.integration_musd_per_year * part,
                )
                left, period = left - part, period + 1


MAKES = (owed,)
FIGURES = (further_figures,)
