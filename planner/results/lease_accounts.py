"""The accounts of leases: what is still to be paid of them as a liability, and the right of use as an asset.

A lease of more than a year is measured when it begins, at the present value of its payments, each in the middle of its
period, at the borrowing rate. Of a finance lease the right is charged straight line and interest apart; of an
operating lease rent is one even cost, and the right is what is left. Shorter leases are costs as they are paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.calendar import MONTHS_OF_YEAR, parse_label
from models.tables.fleet_rows import Offer
from planner.results.account_book import MUSD, Account, History, modules_ordered
from planner.results.agreed_rents import rent_of_arrival_usd

FINANCE, OPERATING_LEASE = "finance leases", "operating leases"
MAJOR_PART, MOST_OF_VALUE = 0.75, 0.9
"""A lease is a finance lease from this share of the life, or of the value of what is leased, on (ASC 842-10-55-2)."""
_NOTHING = 1e-12


@dataclass
class LeaseContract:
    """A lease from the period in which it begins: its payments by period, and the share that is kept in the plan.

    `months` weigh the periods for what is spread evenly.
    """

    item: str
    kind: str
    begin: int
    payments: list[float]
    months: list[float]
    kept: list[float]
    runs_at_start: bool = False
    is_of_power: bool = False


@dataclass
class LeaseAccount:
    """The liability of a lease by period of the plan, beside the account of its right of use."""

    right: Account
    is_of_power: bool
    opening: float
    added: list[float]
    interest: list[float] = field(default_factory=list)
    paid: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def closing(self) -> list[float]:
        """Returns what is owed at the end of each period."""
        found, before = [], self.opening
        for t, new in enumerate(self.added):
            before += new + self.interest[t] - self.paid[t] - self.ended[t]
            found.append(before)
        return found


def lease_accounts(history: History) -> list[LeaseAccount]:
    """Returns the accounts of the leases that are measured; what else is paid of leases is a cost as it is paid."""
    contracts = [*_of_offers(history), *_renewed(history), *_running(history), *_of_modules(history)]
    return [_account(history, one) for one in contracts if any(abs(payment) > _NOTHING for payment in one.payments)]


def _account(history: History, lease: LeaseContract) -> LeaseAccount:
    count, length = history.count, len(lease.payments)
    rate = history.case.settings.borrowing_rate
    factor = 1.0 + (history.case.settings.discount_rate if rate is None else rate)
    delta, whole, months = history.calendar.delta, sum(lease.payments), sum(lease.months)
    # What is still to be paid at the start of each period of the lease, at the end of the one before.
    owed = [0.0] * (length + 1)
    for j in range(length - 1, -1, -1):
        owed[j] = lease.payments[j] * factor ** (-0.5 * delta) + owed[j + 1] * factor**-delta
    right = [owed[0]]
    for j, payment in enumerate(lease.payments):
        even = lease.months[j] / months
        interest = owed[j + 1] - owed[j] + payment
        right.append(right[-1] - (owed[0] * even if lease.kind == FINANCE else whole * even - interest))
    start = lease.begin
    zeros = [0.0] * count
    own = history.account(lease.kind, lease.item, history.calendar.label_of(start))
    found = LeaseAccount(own, lease.is_of_power, 0.0, list(zeros), list(zeros), list(zeros), list(zeros))
    if lease.runs_at_start:
        found.opening = own.opening = owed[0]
    else:
        found.added[start], own.received[start] = owed[0], owed[0]
    own.cost, before = [0.0] * count, 1.0
    for t in range(start, min(start + length, count)):
        j, kept = t - start, lease.kept[t - start]
        found.ended[t], own.removed[t] = (before - kept) * owed[j], (before - kept) * right[j]
        found.paid[t] = kept * lease.payments[j]
        found.interest[t] = kept * (owed[j + 1] - owed[j] + lease.payments[j])
        own.charged[t] = kept * (right[j] - right[j + 1])
        own.cost[t] = kept * owed[0] if j + 1 < length else 0.0
        before = kept
    return found


def _is_short(history: History, months: float) -> bool:
    return months <= MONTHS_OF_YEAR + 1e-9


def _kind(history: History, accelerator: str, months: float, yearly_usd: float) -> str:
    """Finance or operating, as the case says, or by what share of its life and value a unit is leased for."""
    asked = history.case.settings.lease_classification
    if asked != "tests":
        return FINANCE if asked == "finance" else OPERATING_LEASE
    given = next(row for row in history.case.accelerators if row.accelerator == accelerator)
    settings, delta = history.case.settings, history.calendar.delta
    factor = 1.0 + (settings.discount_rate if settings.borrowing_rate is None else settings.borrowing_rate)
    years = months / MONTHS_OF_YEAR
    worth, t = 0.0, 0
    while t * delta < years - 1e-9:
        worth += yearly_usd * min(delta, years - t * delta) * factor ** (-(t + 0.5) * delta)
        t += 1
    is_most = given.reference_price_usd > 0 and worth >= MOST_OF_VALUE * given.reference_price_usd
    return FINANCE if years >= MAJOR_PART * given.life_years or is_most else OPERATING_LEASE


def _of_offers(history: History) -> Iterator[LeaseContract]:
    """Yields the first terms of lease offers, found in what is paid of them: each period's rent is of those in term."""
    calendar = history.calendar
    for offer in history.offers("lease"):
        term = calendar.term_periods(offer.term_months)
        rent = [musd / calendar.delta for musd in history.paid("lease", "units", item=offer.offer)]
        begun: list[float] = []
        for t, yearly in enumerate(rent):
            begun.append(yearly - (rent[t - 1] if t else 0.0) + (begun[t - term] if t >= term else 0.0))
            months = term * calendar.months
            if begun[t] > 1e-9 and not _is_short(history, months):
                kind = _kind(history, offer.accelerator, months, rent_of_arrival_usd(history.case, offer, t))
                left = [begun[t] - gone for gone in _left(history, offer, 0, t, term)]
                yield _level(history, offer.offer, kind, t, term, begun[t], [each / begun[t] for each in left])


def _level(
    history: History, item: str, kind: str, begin: int, term: int, yearly: float, kept: list[float]
) -> LeaseContract:
    months = float(history.calendar.months)
    return LeaseContract(item, kind, begin, [yearly * history.calendar.delta] * term, [months] * term, kept)


def _left(history: History, contract: Any, number: int, begun: int | None, term: int) -> list[float]:  # noqa: ANN401
    """The yearly rent of what has left a term, by its periods; None for one that runs at the start."""
    name = contract.offer if isinstance(contract, Offer) else contract.lease
    label = "" if begun is None else history.calendar.label_of(begun)
    found = [0.0] * term
    for row in history.tables["lease_changes"]:
        if row["verb"] == "leave" and (row["contract"], row["term"], row["begun"] or "") == (name, number, label):
            rent = _rent_of_term(history, contract, row)
            for t in range(history.at(row["effective"]) - (begun or 0), term):
                found[t] += row["units"] * rent
    return found


def _rent_of_term(history: History, contract: Any, row: Mapping[str, Any]) -> float:  # noqa: ANN401
    """Yearly rent of a unit of the term that a row of `lease_changes` leaves, USD million."""
    if not row["term"]:
        if isinstance(contract, Offer):
            return rent_of_arrival_usd(history.case, contract, history.at(row["begun"])) * MUSD
        return float(contract.rent_usd_per_unit_per_year) * MUSD
    wanted = row["contract"], row["site"], row["term"], row["begun"]
    for one in history.tables["leases"]:
        if (one["contract"], one["site"], one["term"], one["begins"]) == wanted:
            return float(one["rent_usd_per_unit_per_year"]) * MUSD
    return 0.0


def _renewed(history: History) -> Iterator[LeaseContract]:
    """Yields renewed terms, those of one contract that begin together as one."""
    contracts: dict[str, Any] = {row.lease: row for row in history.case.open_leases}
    contracts |= {row.offer: row for row in history.case.offers}
    yearly: dict[tuple[str, int, str], float] = {}
    rents: dict[tuple[str, int, str], float] = {}
    calendar = history.calendar
    for row in history.tables["lease_changes"]:
        if row["verb"] == "renew" and row["units"]:
            key = row["contract"], int(row["term"]), row["period"]
            years = calendar.term_periods(contracts[key[0]].renew_months) * calendar.delta
            yearly[key] = yearly.get(key, 0.0) + row["musd"] / years
            rents[key] = row["musd"] / years / row["units"] / MUSD
    for (name, number, label), whole in yearly.items():
        contract, begin = contracts[name], history.at(label)
        term = calendar.term_periods(contract.renew_months)
        if whole and not _is_short(history, term * calendar.months):
            kind = _kind(history, contract.accelerator, term * calendar.months, rents[name, number, label])
            kept = [1.0 - gone / whole for gone in _left(history, contract, number, begin, term)]
            yield _level(history, f"{name}, renewal {number}", kind, begin, term, whole, kept)


def _running(history: History) -> Iterator[LeaseContract]:
    """Yields the leases that run at the start, measured then; a last period that is paid in part is never left."""
    calendar = history.calendar
    for row in history.case.open_leases:
        left = parse_label(row.ends)[0] - calendar.start_month
        monthly = row.units * row.rent_usd_per_unit_per_year * MUSD / MONTHS_OF_YEAR
        if left <= 0 or not monthly or _is_short(history, left):
            continue
        kind = _kind(history, row.accelerator, left, row.rent_usd_per_unit_per_year)
        whole, rest = divmod(left, calendar.months)
        gone = _left(history, row, 0, None, whole)
        kept = [1.0 - each / (monthly * MONTHS_OF_YEAR) for each in gone]
        months = [float(calendar.months)] * whole
        yield LeaseContract(row.lease, kind, 0, [monthly * m for m in months], months, kept, runs_at_start=True)
        if rest:
            months = [0.0] * whole + [float(rest)]
            kept = [1.0] * (whole + 1)
            yield LeaseContract(
                f"{row.lease}, last months", kind, 0, [monthly * m for m in months], months, kept, runs_at_start=True
            )


def _of_modules(history: History) -> Iterator[LeaseContract]:
    """Yields rented modules that have a term, from when they are energised, with the fee at its end."""
    calendar, known = history.calendar, {row.expansion: row for row in history.case.expansions}
    asked = history.case.settings.lease_classification
    kind = FINANCE if asked == "finance" else OPERATING_LEASE
    for order in modules_ordered(history):
        given = known[order.expansion]
        if order.works is None or given.term_months is None or order.works >= history.count:
            continue
        term = calendar.term_periods(given.term_months)
        if _is_short(history, term * calendar.months):
            continue
        growth, rent = 1.0 + given.rent_growth_per_year, given.rent_musd_per_module_per_year * calendar.delta
        payments = [order.modules * rent * growth ** (k * calendar.delta) for k in range(term)]
        payments[-1] += order.modules * given.exit_fee_musd_per_module
        due = payments[max(0, -order.works) :]
        if due:
            months, kept = [float(calendar.months)] * len(due), [1.0] * len(due)
            name, begin = f"{given.expansion} of {calendar.label_of(order.ordered)}", max(0, order.works)
            yield LeaseContract(name, kind, begin, due, months, kept, runs_at_start=order.works < 0, is_of_power=True)
