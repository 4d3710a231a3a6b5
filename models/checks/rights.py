"""What was cancelled of orders, and the terms of leases with what left them early, from the plan and the case alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.checks.evidence import USD_PER_MUSD, Evidence
from models.checks.time import MONTHS_PER_YEAR, interval
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpenLease, OpenOrder

EARLY, LATE = "in time", "late"


def cancelled(plan: Evidence, offer: str, ordered: int, by: int | None = None) -> float:
    """Returns the units of an order that are cancelled, by the end of period `by` if given."""
    return sum(
        float(row["units"])
        for row in plan.rows["cancellations"]
        if (row["offer"], row["ordered"]) == (offer, ordered) and (by is None or row["period"] <= by)
    )


@dataclass(frozen=True)
class OrderBefore:
    """An order from before the plan: units, and by unit what was paid and what is due when, USD million."""

    units: float = 0.0
    arrives: int = 0
    paid: float = 0.0
    owed: tuple[tuple[int, float], ...] = ()

    def owed_by(self, period: int) -> float:
        """Returns what is due of the price by the end of a period, after the plan has begun."""
        return sum(musd for due, musd in self.owed if due <= period)


def order_before(plan: Evidence, offer: str, ordered: int) -> OrderBefore:
    """Returns what was ordered of an offer in a period before the plan; an order of nothing where there is none."""
    rows = [row for row in plan.case.open_orders if row.offer == offer and row.ordered is not None]
    rows = [row for row in rows if plan.calendar.holding(row.ordered or "") == ordered and row.units > 0]
    whole = sum(row.units for row in rows)
    if not rows:
        return OrderBefore()
    shares = [(row, row.units / whole / USD_PER_MUSD) for row in rows]
    return OrderBefore(
        whole,
        min(plan.calendar.holding(row.due) for row in rows),
        sum(share * row.paid_usd_per_unit for row, share in shares),
        tuple((plan.calendar.holding(row.balance_due or row.due), share * row.balance_usd_per_unit)
              for row, share in shares),
    )  # fmt: skip


def not_cancelled(plan: Evidence, row: OpenOrder, by: int | None = None) -> float:
    """Returns the share of an open order that is not cancelled, by the end of period `by` if given."""
    if row.ordered is None:
        return 1.0
    ordered = plan.calendar.holding(row.ordered)
    whole = order_before(plan, row.offer, ordered).units
    return 1.0 - cancelled(plan, row.offer, ordered, by) / whole if whole else 1.0


def coming(plan: Evidence, by: int | None = None, *, to_their_site: bool = False) -> dict[tuple[str, str, int], float]:
    """Returns by offer, site and period what is delivered of orders before the plan, less what is cancelled.

    If asked, only of those that arrive at their site whatever is decided.
    """
    found = dict(plan.open_orders)
    for row in plan.case.open_orders:
        if to_their_site and row.any_site:
            due = plan.calendar.holding(row.due)
            share = plan.facts.delivered[row.offer][due] if 0 <= due < plan.calendar.periods else 1.0
            found[row.offer, row.site, due] -= row.units * share
            continue
        gone = 1.0 - not_cancelled(plan, row, by)
        if gone:
            due = plan.calendar.holding(row.due)
            share = plan.facts.delivered[row.offer][due] if 0 <= due < plan.calendar.periods else 1.0
            found[row.offer, row.site, due] -= row.units * share * gone
    return found


def order_price(plan: Evidence, offer: str, ordered: int) -> float:
    """Returns the price of a unit ordered in a period, USD million."""
    if ordered < 0:
        before = order_before(plan, offer, ordered)
        return before.paid + sum(musd for _, musd in before.owed)
    known = plan.facts.prices[offer]
    return (known[ordered] or 0.0) / USD_PER_MUSD if ordered < len(known) else 0.0


@dataclass(frozen=True)
class TermOfLease:
    """One term: `begin` to before `end`, in periods; 0 for a lease that runs at the start. Rent in USD million."""

    contract: Offer | OpenLease
    accelerator: str
    site: str
    number: int
    """0 for the first term, then the number of the renewal."""
    begin: int
    end: int
    units: float
    rent: float

    @property
    def name(self) -> str:
        """The offer or lease."""
        return self.contract.offer if isinstance(self.contract, Offer) else self.contract.lease

    @property
    def is_running(self) -> bool:
        """True for a lease that runs at the start, in its first term."""
        return isinstance(self.contract, OpenLease) and self.number == 0


def first_terms(plan: Evidence) -> Iterator[TermOfLease]:
    """Yields the first terms: of what arrives of lease offers, and of what is leased at the start."""
    for (name, site, t), units in plan.arrivals.items():
        offer = plan.facts.offers[name]
        if offer.kind == "lease":
            rent = agreed_rent(plan, name, t, rent_at(plan, name, t - plan.facts.leads[name]))
            yield TermOfLease(offer, offer.accelerator, site, 0, t, t + plan.facts.terms[name], units, rent)
    for row in plan.case.open_leases:
        whole = (interval(row.ends)[0] - plan.calendar.start) // plan.calendar.months
        rent = row.rent_usd_per_unit_per_year / USD_PER_MUSD
        yield TermOfLease(row, row.accelerator, row.site, 0, 0, whole, row.units, rent)


def rent_at(plan: Evidence, offer: str, period: int) -> float:
    """Returns the yearly price of a unit in a period, the first one before any, USD million."""
    known = plan.facts.prices[offer]
    price = known[max(0, period)]
    return (next((one for one in known if one is not None), 0.0) if price is None else price) / USD_PER_MUSD


def agreed_rent(plan: Evidence, offer: str, arrival: int, usual: float) -> float:
    """Returns the yearly rent of what arrives in a period, USD million: of open orders what was agreed, else the usual.

    Agreed rents count where nothing that is ordered in the plan can have arrived yet.
    """
    rows = [row for row in plan.case.open_orders if (row.offer, plan.calendar.holding(row.due)) == (offer, arrival)]
    units = sum(row.units for row in rows)
    if arrival >= plan.facts.leads[offer] or all(row.rent_usd_per_unit_per_year is None for row in rows):
        return usual
    rents = [
        (row.units, usual if row.rent_usd_per_unit_per_year is None else row.rent_usd_per_unit_per_year / USD_PER_MUSD)
        for row in rows
    ]
    # Where nothing is due, what is late may come then.
    return sum(count * rent for count, rent in rents) / units if units else sum(rent for _, rent in rents) / len(rents)


def renewed_terms(plan: Evidence) -> Iterator[TermOfLease]:
    """Yields the terms that are renewals."""
    leases = {row.lease: row for row in plan.case.open_leases}
    for row in plan.rows["lease_changes"]:
        contract = plan.facts.offers.get(row["contract"], leases.get(row["contract"]))
        if row["verb"] == "renew" and contract is not None and contract.renew_months is not None:
            length = plan.calendar.term(contract.renew_months)
            begin, rent = row["period"], renewal_rent(plan, contract, row["period"])
            yield TermOfLease(
                contract, contract.accelerator, row["site"], row["term"], begin, begin + length, row["units"], rent
            )


def renewal_rent(plan: Evidence, contract: Offer | OpenLease, period: int) -> float:
    """Returns the yearly rent of a renewed unit, USD million: as agreed, as the offer's price then, or as before."""
    if contract.renew_usd_per_unit_per_year is not None:
        return contract.renew_usd_per_unit_per_year / USD_PER_MUSD
    if isinstance(contract, Offer) or contract.offer:
        return (plan.facts.prices[contract.offer][period] or 0.0) / USD_PER_MUSD
    return contract.rent_usd_per_unit_per_year / USD_PER_MUSD


def exits_of(plan: Evidence, term: TermOfLease) -> list[dict[str, Any]]:
    """Returns the rows of what leaves a term early."""
    begun = None if term.is_running else term.begin
    return [
        row
        for row in plan.rows["lease_changes"]
        if (row["verb"], row["contract"], row["site"], row["term"], row["begun"])
        == ("leave", term.name, term.site, term.number, begun)
    ]


def exit_fee(term: TermOfLease, units: float) -> float:
    """Returns the fee for units that leave a term early, USD million."""
    return units * term.rent * (term.contract.exit_fee_months or 0.0) / MONTHS_PER_YEAR


def lease_terms(plan: Evidence) -> Iterator[TermOfLease]:
    """Yields all terms of leases."""
    yield from first_terms(plan)
    yield from renewed_terms(plan)


def has_rights(contract: Offer | OpenLease) -> bool:
    """True where a lease may be left early or renewed."""
    return contract.exit_fee_months is not None or contract.renew_months is not None
