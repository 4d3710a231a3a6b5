"""The statements of a plan: income statement, balance sheet and cash flow statement, with the accounts behind them.

Every line of the ledger that is cash is booked once: on an account, or as a cost of its period. The company that makes
the plan puts in what cash is missing, so that no cash is left at the end of a period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from models.case import Case
from planner.results.account_book import Account, History, Records, history_of
from planner.results.asset_accounts import (
    accelerator_accounts,
    book_value_sold,
    deal_accounts,
    loan_fee_accounts,
    order_accounts,
    power_accounts,
    programme_accounts,
)
from planner.results.lease_accounts import FINANCE, OPERATING_LEASE, LeaseAccount, lease_accounts
from planner.results.ledger_places import (
    ACCELERATORS,
    ACQUISITIONS,
    AGREEMENTS,
    CONSTRUCTION,
    DISPOSALS,
    FINANCING,
    INVESTING,
    LEASES,
    LOAN_FEES,
    OPERATING,
    ORDERS,
    PLACES,
    POWER,
    PROGRAMMES,
)
from planner.results.table import Cell

COLUMNS = {
    "income_statement": "period section line musd",
    "balance_sheet": "period side line opening_musd cost_musd charged_so_far_musd musd",
    "cash_flow_statement": "period section line musd",
    "book_values": (
        "account item vintage period cost_musd opening_musd paid_musd received_musd charged_musd removed_musd musd"
    ),
    "lease_liabilities": "account lease begins period opening_musd added_musd interest_musd paid_musd ended_musd musd",
}
"""The columns of each table, in the order of the documentation."""
ALL = "all"
"""The line of a sum."""
INCOME, RUNNING, CHARGES, REMOVALS, INTEREST = (
    "income", "running cost", "depreciation and amortisation", "gains and losses", "financing cost",
)  # fmt: skip
LINES: dict[str, tuple[str, ...]] = {
    INCOME: ("revenue", "incentives", "contribution of acquisitions"),
    RUNNING: (
        "electricity", "maintenance", "fixed cost of sites", "cost per query", "carbon", "lease expense",
        "lease exit fees", "integration of leased units", "design, masks and respins of own chips",
        "sustaining of own chips", "integration of acquisitions", "shortfall fees", "cancellation fees",
    ),
    CHARGES: (ACCELERATORS, POWER, PROGRAMMES, AGREEMENTS, FINANCE),
    REMOVALS: (
        "resale", "failed units", "leases left early", "power modules that fail", "own chips that fail",
        "acquisitions that fail",
    ),
    INTEREST: ("interest on loans", "loan fees", "interest on finance leases"),
}  # fmt: skip
"""The lines of the income statement by section; costs are positive."""
ASSETS = (
    ORDERS, ACCELERATORS, CONSTRUCTION, POWER, PROGRAMMES, ACQUISITIONS, AGREEMENTS, FINANCE, OPERATING_LEASE,
)  # fmt: skip
PAYABLES = "payables for what has come"
EQUITY = ("equity at the start", "cash put in", "net cost so far")
FUNDING = "cash put in"
_LEAST = 1e-9
"""Amounts below a thousandth of a dollar (USD million) are not listed."""
_LIABILITIES = ("loans", "loan fees not yet charged", PAYABLES, FINANCE, OPERATING_LEASE)
_ORDER = dict.fromkeys(
    (
        *((section, line) for section, lines in LINES.items() for line in lines),
        *(("assets", line) for line in ASSETS),
        *(("liabilities", line) for line in _LIABILITIES),
        *(("equity", line) for line in EQUITY),
        (OPERATING, "revenue"),
        *((place.section, place.cash) for place in PLACES.values() if place is not None),
        (FINANCING, "loans drawn"),
        (FINANCING, "loans repaid"),
        (FINANCING, "finance leases paid back"),
        (FINANCING, FUNDING),
    )
)
"""Parts and lines of all statements in their order."""
_REMOVED = {
    CONSTRUCTION: "power modules that fail", PROGRAMMES: "own chips that fail", ACQUISITIONS: "acquisitions that fail",
}  # fmt: skip

Rows = list[tuple[Cell, ...]]
Lines = dict[tuple[str, str], list[float]]
"""USD million by period of each line, by section and name."""


def statement_rows(case: Case, tables: Records) -> dict[str, Rows]:
    """Returns the rows of each statement, given the other result tables of a plan without branches."""
    books = _Books(history_of(case, tables))
    made: dict[str, Iterable[tuple[Cell, ...]]] = {
        "income_statement": _listed(books, books.income),
        "balance_sheet": _balance(books),
        "cash_flow_statement": _listed(books, books.cash_flow),
        "book_values": _book_values(books),
        "lease_liabilities": _lease_liabilities(books),
    }
    return {name: list(made[name]) for name in COLUMNS}


def lines_in_order(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns parts and lines as a statement has them: each sum last in its part, that of all at the end.

    >>> lines_in_order([("assets", "power"), ("assets", "all"), ("all", "all"), ("assets", "orders")])
    [('assets', 'orders'), ('assets', 'power'), ('assets', 'all'), ('all', 'all')]
    """
    keys = list(dict.fromkeys(found))
    parts = {part: at for at, part in enumerate(dict.fromkeys(part for part, _ in keys if part != ALL))}
    order = list(_ORDER)
    places = {key: order.index(key) if key in _ORDER else len(order) + (key[1] == ALL) for key in keys}
    return sorted(keys, key=lambda key: (parts.get(key[0], len(parts)), places[key]))


@dataclass(frozen=True, eq=False)
class _Books:
    """All accounts of one history, and the lines of the statements that follow from them."""

    history: History

    @cached_property
    def orders(self) -> list[tuple[Account, str]]:
        return list(order_accounts(self.history))

    @cached_property
    def accelerators(self) -> list[Account]:
        return accelerator_accounts(self.history, self.orders)

    @cached_property
    def leases(self) -> list[LeaseAccount]:
        return lease_accounts(self.history)

    @cached_property
    def accounts(self) -> list[Account]:
        """Everything that is carried, in the order of the balance sheet; fees of loans stand with the loans."""
        history = self.history
        found = [
            *(account for account, _ in self.orders), *self.accelerators, *power_accounts(history),
            *programme_accounts(history), *deal_accounts(history), *(lease.right for lease in self.leases),
            *loan_fee_accounts(history),
        ]  # fmt: skip
        order = {kind: at for at, kind in enumerate((*ASSETS, LOAN_FEES))}
        return sorted(found, key=lambda account: order[account.kind])

    @cached_property
    def loans(self) -> tuple[list[float], list[float]]:
        """What is owed of loans when each period begins, and at its end."""
        opening, closing = [0.0] * self.history.count, [0.0] * self.history.count
        for row in self.history.tables["financing"]:
            t = self.history.at(row["period"])
            opening[t] += row["outstanding_musd"] - row["drawn_musd"] + row["repaid_musd"]
            closing[t] += row["outstanding_musd"]
        return opening, closing

    def _sum(self, *parts: list[float]) -> list[float]:
        return [sum(values) for values in zip([0.0] * self.history.count, *parts, strict=True)]

    def _of(self, kind: str, what: str) -> list[float]:
        return self._sum(*(getattr(account, what) for account in self.accounts if account.kind == kind))

    @cached_property
    def income(self) -> Lines:
        """The lines of the income statement; costs are positive."""
        history = self.history
        found: Lines = {(section, line): [0.0] * history.count for section, lines in LINES.items() for line in lines}
        at = {line: (section, line) for section, line in found}

        def add(line: str, amounts: list[float], sign: float = 1.0) -> None:
            own = found[at[line]]
            own[:] = [before + sign * musd for before, musd in zip(own, amounts, strict=True)]

        leased = {offer.offer for offer in history.offers("lease")}
        for (category, what, item), amounts in history.cash.items():
            place = PLACES[category, what]
            assert place is not None
            if place.cost:
                add(place.cost, amounts)
            elif place.account == ACCELERATORS and item in leased:
                add("integration of leased units", amounts)
            elif place.account == PROGRAMMES and not history.case.settings.capitalise_programmes:
                add("design, masks and respins of own chips", amounts)
            elif place.account == LEASES:
                add("lease expense", amounts)
            elif place.account == DISPOSALS:
                add("resale", amounts)
        for lease in self.leases:
            add("lease expense", lease.paid, -1.0)
            add("leases left early", self._sum(lease.right.removed, [-musd for musd in lease.ended]))
            if lease.right.kind == FINANCE:
                add("interest on finance leases", lease.interest)
            else:
                add("lease expense", self._sum(lease.interest, lease.right.charged))
        for kind in LINES[CHARGES]:
            add(kind, self._of(kind, "charged"))
        add("loan fees", self._of(LOAN_FEES, "charged"))
        add("cancellation fees", self._of(ORDERS, "charged"))
        sold = book_value_sold(history, self.accelerators)
        add("resale", sold)
        add("failed units", self._sum(self._of(ACCELERATORS, "removed"), [-musd for musd in sold]))
        for kind, line in _REMOVED.items():
            add(line, self._of(kind, "removed"))
        return found

    @cached_property
    def cash_flow(self) -> Lines:
        """The lines of the cash flow statement; receipts are positive."""
        history = self.history
        found: Lines = {}
        for (category, what, item), amounts in history.cash.items():
            place = PLACES[category, what]
            assert place is not None
            section, line = place.section, place.cash
            if place.account == PROGRAMMES and not history.case.settings.capitalise_programmes:
                section = OPERATING
            if place.account == ACCELERATORS and item in {offer.offer for offer in history.offers("lease")}:
                section, line = OPERATING, "integration of leased units"
            own = found.setdefault((section, line), [0.0] * history.count)
            own[:] = [before - musd for before, musd in zip(own, amounts, strict=True)]
        for lease in self.leases:
            if lease.right.kind == FINANCE:
                self._move_principal(found, lease)
        whole = self._sum(*found.values())
        found[FINANCING, FUNDING] = [-musd for musd in whole]
        order = (OPERATING, INVESTING, FINANCING)
        return dict(sorted(found.items(), key=lambda entry: order.index(entry[0][0])))

    def _move_principal(self, found: Lines, lease: LeaseAccount) -> None:
        """Of what is paid of a finance lease, what is not interest pays back a debt."""
        line = (OPERATING, "rents of power modules" if lease.is_of_power else "rents of accelerators")
        principal = found.setdefault((FINANCING, "finance leases paid back"), [0.0] * self.history.count)
        for t in range(self.history.count):
            part = lease.paid[t] - lease.interest[t]
            found[line][t] += part
            principal[t] -= part


def _sections(lines: Lines) -> Iterator[tuple[str, list[tuple[str, list[float]]]]]:
    for section in dict.fromkeys(section for section, _ in lines):
        yield section, [(line, amounts) for (own, line), amounts in lines.items() if own == section]


def _listed(books: _Books, lines: Lines) -> Iterator[tuple[Cell, ...]]:
    """Yields the lines of each period by section, with the sum of each section, and of all."""
    for t, label in enumerate(books.history.labels):
        whole = 0.0
        for section, own in _sections(lines):
            for line, amounts in own:
                if abs(amounts[t]) > _LEAST:
                    yield label, section, line, amounts[t]
            part = sum(amounts[t] for _, amounts in own)
            whole += part
            yield label, section, ALL, part
        yield label, ALL, ALL, whole


def _balance(books: _Books) -> Iterator[tuple[Cell, ...]]:
    """Yields what is owned, owed, and put in, at the start and the end of each period."""
    net = [0.0] * books.history.count
    for amounts in books.income.values():
        net = [before + musd for before, musd in zip(net, amounts, strict=True)]
    put_in = books.cash_flow[FINANCING, FUNDING]
    sides = [_assets(books), _liabilities(books)]
    at_start = sum(rows[0][0] for _, rows in sides[0]) - sum(rows[0][0] for _, rows in sides[1])
    equity: list[tuple[str, list[tuple[float, float, float]]]] = []
    for line, amounts, start in zip(EQUITY, ([], put_in, [-musd for musd in net]), (at_start, 0.0, 0.0), strict=True):
        before, rows = start, []
        for t in range(books.history.count):
            after = before + (amounts[t] if amounts else 0.0)
            rows.append((before, after, after))
            before = after
        equity.append((line, rows))
    for t, label in enumerate(books.history.labels):
        for side, lines in zip(("assets", "liabilities", "equity"), (*sides, equity), strict=True):
            for line, rows in lines:
                opening, cost, closing = rows[t]
                if any(abs(musd) > _LEAST for musd in rows[t]):
                    yield label, side, line, opening, cost, cost - closing, closing
            whole = [sum(rows[t][part] for _, rows in lines) for part in range(3)]
            yield label, side, ALL, whole[0], whole[1], whole[1] - whole[2], whole[2]


Balances = list[tuple[str, list[tuple[float, float, float]]]]
"""By line, in each period: what it begins with, its cost, and what is left at the end."""


def _assets(books: _Books) -> Balances:
    found = []
    for kind in ASSETS:
        rows = [[0.0, 0.0, 0.0] for _ in range(books.history.count)]
        for account in books.accounts:
            if account.kind == kind:
                closing, before = account.closing(), account.opening
                for t, after in enumerate(closing):
                    cost = after if account.cost is None else account.cost[t]
                    own = (
                        (before, cost, after) if kind != ORDERS else (max(before, 0.0), max(cost, 0.0), max(after, 0.0))
                    )
                    rows[t] = [known + more for known, more in zip(rows[t], own, strict=True)]
                    before = after
        found.append((kind, [(row[0], row[1], row[2]) for row in rows]))
    return found


def _liabilities(books: _Books) -> Balances:
    count = books.history.count
    opening, closing = books.loans
    found = [("loans", list(zip(opening, closing, closing, strict=True)))]
    fees, payable = [(0.0, 0.0, 0.0)] * count, [(0.0, 0.0, 0.0)] * count
    for account in books.accounts:
        before = account.opening
        for t, after in enumerate(account.closing()):
            if account.kind == LOAN_FEES:
                fees[t] = fees[t][0] - before, fees[t][1] - after, fees[t][2] - after
            if account.kind == ORDERS:
                first, last = max(-before, 0.0), max(-after, 0.0)
                payable[t] = payable[t][0] + first, payable[t][1] + last, payable[t][2] + last
            before = after
    found += [("loan fees not yet charged", fees), (PAYABLES, payable)]
    for kind in (FINANCE, OPERATING_LEASE):
        rows = [(0.0, 0.0, 0.0)] * count
        for lease in books.leases:
            before = lease.opening
            for t, after in enumerate(lease.closing() if lease.right.kind == kind else ()):
                rows[t] = rows[t][0] + before, rows[t][1] + after, rows[t][2] + after
                before = after
        found.append((kind, rows))
    return found


def _book_values(books: _Books) -> Iterator[tuple[Cell, ...]]:
    for account in books.accounts:
        before = account.opening
        for t, after in enumerate(account.closing()):
            flows = account.paid[t], account.received[t], account.charged[t], account.removed[t]
            cost = after if account.cost is None else account.cost[t]
            if any(abs(musd) > _LEAST for musd in (before, cost, after, *flows)):
                label = books.history.labels[t]
                yield account.kind, account.item, account.vintage, label, cost, before, *flows, after
            before = after


def _lease_liabilities(books: _Books) -> Iterator[tuple[Cell, ...]]:
    for lease in books.leases:
        before, right = lease.opening, lease.right
        for t, after in enumerate(lease.closing()):
            flows = lease.added[t], lease.interest[t], lease.paid[t], lease.ended[t]
            if any(abs(musd) > _LEAST for musd in (before, after, *flows)):
                yield right.kind, right.item, right.vintage, books.history.labels[t], before, *flows, after
            before = after
