"""Rights that a plan uses: orders cancelled, leases left early or renewed, and the terms of all leases."""

from __future__ import annotations

import math

from models.checks.evidence import USD_PER_MUSD, Evidence
from models.checks.plan_check import compares, recomputes
from models.checks.report import Recorder
from models.checks.rights import (
    EARLY,
    LATE,
    TermOfLease,
    exit_fee,
    exits_of,
    lease_terms,
    order_before,
    order_price,
    renewal_rent,
)
from models.checks.supply_checks import deliverable
from models.tables.fleet_rows import Offer


@compares("cancellations.units orders.units")
def cancellations(plan: Evidence, record: Recorder) -> None:
    """An order is cancelled after it and before it can be delivered, by a right that it has, in lots, once at most."""
    total: dict[tuple[str, int], float] = {}
    for row in plan.rows["cancellations"]:
        name, ordered, t, offer = row["offer"], row["ordered"], row["period"], plan.facts.offers[row["offer"]]
        where = (name, plan.calendar.label(ordered), plan.labels[t])
        total[name, ordered] = total.get((name, ordered), 0.0) + row["units"]
        come = deliverable(plan, name, ordered) if ordered >= 0 else order_before(plan, name, ordered).arrives
        in_time = ordered < t < (plan.calendar.periods if come is None else come)
        record.holds(where, "period", found=where[2], expected="after the order, before delivery", fact=in_time)
        has_right = _is_early(plan, offer, ordered, t) if row["right"] == EARLY else _is_late(plan, offer, ordered, t)
        has_right &= row["right"] in (EARLY, LATE) and offer.kind == "buy"
        record.holds(where, "right", found=row["right"], expected="a right of the offer at that time", fact=has_right)
        if offer.lot_size is not None:
            record.whole(row["units"] / offer.lot_size, where, "lots")
    for (name, ordered), units in total.items():
        order = plan.orders.get((name, ordered))
        placed = order.units if order else order_before(plan, name, ordered).units
        record.at_most(units, placed, (name, plan.calendar.label(ordered)), "units cancelled")


def _is_early(plan: Evidence, offer: Offer, ordered: int, period: int) -> bool:
    left = (ordered + plan.facts.leads[offer.offer] - period) * plan.calendar.months
    return offer.cancel_until_months is not None and left > 0 and left >= offer.cancel_until_months


def _is_late(plan: Evidence, offer: Offer, ordered: int, period: int) -> bool:
    """What is not there in a period is later by at least one more than has passed since it was due."""
    rights = [row.late_exit_months for row in plan.case.agreements if row.agreement in offer.requires]
    least = min((months for months in (offer.late_exit_months, *rights) if months is not None), default=math.inf)
    due = ordered + plan.facts.leads[offer.offer]
    return period >= due and (period + 1 - due) * plan.calendar.months > least


@compares("lease_changes.units arrivals.units")
def lease_exit(plan: Evidence, record: Recorder) -> None:
    """What leaves a lease early has the right to, leaves after its notice and before the end, and is there."""
    known = 0
    for term in lease_terms(plan):
        rows = exits_of(plan, term)
        known += len(rows)
        where = (term.name, term.site, plan.calendar.label(term.begin))
        notice = plan.calendar.lag(term.contract.exit_notice_months)
        least = term.begin if term.is_running else term.begin + 1
        for row in rows:
            record.holds(where, "right", found="none", expected="to leave early",
                         fact=term.contract.exit_fee_months is not None)  # fmt: skip
            leaves = row["period"] + notice
            inside = least <= leaves < term.end and row["period"] >= term.begin
            record.holds(where, "exit", found=plan.calendar.label(leaves), expected="inside the term", fact=inside)
        record.at_most(sum(row["units"] for row in rows), term.units, where, "units that leave early")
    every = [row for row in plan.rows["lease_changes"] if row["verb"] == "leave"]
    record.holds(("lease_changes",), "exits", found=str(len(every) - known), expected="0 of no term of a lease",
                 fact=known == len(every))  # fmt: skip


@compares("lease_changes.units lease_changes.begun")
def lease_renewal(plan: Evidence, record: Recorder) -> None:
    """What is renewed has the right to, begins where the term before it ends, and is no more than is left of that."""
    before = {(term.name, term.site, term.number, _begun(term)): term for term in lease_terms(plan)}
    for row in plan.rows["lease_changes"]:
        if row["verb"] != "renew":
            continue
        where = (row["contract"], row["site"], plan.labels[row["period"]])
        term = before.get((row["contract"], row["site"], row["term"] - 1, row["begun"]))
        record.holds(where, "term", found=row["term"], expected="the one after a term of the lease",
                     fact=term is not None)  # fmt: skip
        if term is None:
            continue
        most = 1 if term.contract.renewals is None else term.contract.renewals
        allowed = term.contract.renew_months is not None and 1 <= row["term"] <= most
        record.holds(where, "right", found=row["term"], expected=f"at most {most} renewals", fact=allowed)
        record.holds(where, "period", found=where[2], expected="the end of the term before",
                     fact=row["period"] == term.end)  # fmt: skip
        left = term.units - sum(one["units"] for one in exits_of(plan, term))
        record.at_most(row["units"], left, where, "units renewed")


def _begun(term: TermOfLease) -> int | None:
    return None if term.is_running else term.begin


@recomputes(
    "cancellations",
    {
        "offer": "*offer",
        "ordered": "*date",
        "period": "*period",
        "right": "*text",
        "units": "quantity",
        "value_musd": "quantity",
        "fee_musd": "quantity",
    },
)
def cancellations_table(plan: Evidence, record: Recorder) -> None:
    """The value is that of the units at the price of their order, and the fee its share; none for what is late."""
    for row in plan.rows["cancellations"]:
        where = (row["offer"], plan.calendar.label(row["ordered"]), plan.labels[row["period"]])
        value = row["units"] * order_price(plan, row["offer"], row["ordered"])
        share = plan.facts.offers[row["offer"]].cancel_fee_share if row["right"] == EARLY else 0.0
        record.equal(row["value_musd"], value, where, "value_musd")
        record.equal(row["fee_musd"], value * share, where, "fee_musd", value)


@recomputes(
    "lease_changes",
    {
        "verb": "*text",
        "contract": "*text",
        "site": "*site",
        "term": "*whole",
        "begun": "*date or never",
        "period": "*period",
        "units": "quantity",
        "effective": "date",
        "musd": "quantity",
    },
)
def lease_changes_table(plan: Evidence, record: Recorder) -> None:
    """An exit has the period in which units leave and its fee; a renewal its first period and the rent of its term."""
    for term in lease_terms(plan):
        for row in exits_of(plan, term):
            where = (term.name, term.site, plan.labels[row["period"]])
            leaves = row["period"] + plan.calendar.lag(term.contract.exit_notice_months)
            record.same(plan.calendar.label(row["effective"]), plan.calendar.label(leaves), where, "effective")
            record.equal(row["musd"], exit_fee(term, row["units"]), where, "musd")
    leases = {row.lease: row for row in plan.case.open_leases}
    for row in plan.rows["lease_changes"]:
        where = (str(row["contract"]), row["site"], plan.labels[row["period"]])
        contract = plan.facts.offers.get(row["contract"], leases.get(row["contract"]))
        is_known = contract is not None and row["verb"] in ("leave", "renew")
        record.holds(where, "row", found=row["verb"], expected="leave or renew, of a lease of the case", fact=is_known)
        if row["verb"] == "renew" and contract is not None:
            label = plan.calendar.label
            record.same(label(row["effective"]), label(row["period"]), where, "effective")
            years = plan.calendar.term(contract.renew_months or 0.0) * plan.calendar.years
            rent = row["units"] * renewal_rent(plan, contract, row["period"]) * years
            record.equal(row["musd"], rent, where, "musd")


@recomputes(
    "leases",
    {
        "contract": "*text",
        "accelerator": "accelerator",
        "site": "*site",
        "term": "*whole",
        "begins": "*date or never",
        "ends": "date",
        "units": "quantity",
        "rent_usd_per_unit_per_year": "perhaps",
    },
)
def leases_table(plan: Evidence, record: Recorder) -> None:
    """Each term of a lease has its units, its last period, and its yearly rent; with volume discounts that is blank."""
    given = {(row["contract"], row["site"], row["term"], row["begins"]): row for row in plan.rows["leases"]}
    expected = {(term.name, term.site, term.number, _begun(term)): term for term in lease_terms(plan) if term.units > 0}
    discounted = {row.offer for row in plan.case.price_tiers}
    for key in {**expected, **given}:
        shown = "" if key[3] is None else plan.calendar.label(key[3])
        where, row, term = (key[0], key[1], str(key[2]), shown), given.get(key), expected.get(key)
        if row is None or term is None:
            least = 1e-6 if term is None or row is not None else term.units
            if least > 1e-6 * max(1.0, least) or row is not None:
                record.fault(where, "row", "missing" if row is None else "given", "one for each term of a lease")
            continue
        record.equal(row["units"], term.units, where, "units")
        record.same(row["accelerator"], term.accelerator, where, "accelerator")
        record.same(plan.calendar.label(row["ends"]), plan.calendar.label(term.end - 1), where, "ends")
        rent = None if term.name in discounted else term.rent * USD_PER_MUSD
        record.follows(row["rent_usd_per_unit_per_year"], rent, where, "rent_usd_per_unit_per_year")
