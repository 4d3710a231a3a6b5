"""The decisions of the first periods of the next plan, which are to be those of the plan before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.case import Case
from models.tables.strategy_rows import Commitment
from planner.errors import CaseFaults, Fault
from planner.replanning.run_position import RunPosition, SourceRow
from planner.results.milestones import in_force

KINDS = {
    "orders": "order", "leases": "order", "programmes": "start", "deals": "close", "agreements": "sign",
    "expansions": "build", "loans": "draw",
}  # fmt: skip
"""What can be fenced, and the kind of commitment that it is."""
ONCE = ("start", "close", "sign")


@dataclass(frozen=True)
class Fence:
    """So many first periods of the next plan whose decisions are kept, of some kinds."""

    periods: int
    kinds: tuple[str, ...] = tuple(KINDS)


@dataclass(frozen=True)
class FencedDecision:
    """One decision of the plan before in a fenced period: its commitment, its worth per unit, and where it was read.

    `musd_per_unit` prices each unit that cannot be kept.
    """

    row: Commitment
    unit: str
    musd_per_unit: float
    source: str

    @property
    def quantity(self) -> float:
        """How much was decided; 0 where nothing was."""
        if self.row.status == "barred":
            return 0.0
        return 1.0 if self.row.quantity is None else self.row.quantity


def fence_of(periods: int, kinds: Sequence[str]) -> Fence:
    """Returns the fence of so many periods and kinds of decisions; all kinds where none are named.

    Raises:
        CaseFaults: a kind is none that can be fenced.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        expected, remedy = "is no kind of decision", f"Kinds are {', '.join(KINDS)}."
        raise CaseFaults([Fault("--fence-kinds", expected, remedy, value=unknown[0])])
    return Fence(periods, tuple(kinds) or tuple(KINDS))


def fenced_decisions(position: RunPosition, case: Case, fence: Fence) -> list[FencedDecision]:
    """Returns what the plan before decides in the fenced periods of the next case, and that it decides nothing else.

    Of a plan over scenarios only periods are fenced in which all that are still possible decide alike. What the next
    case has committed there stays as it is.
    """
    count = min(fence.periods, position.calendar.count - position.passed)
    last = position.passed + count
    tree = position.run.scenario_tree
    if tree is not None:
        shared = [
            t
            for t in range(position.passed, last)
            if any(
                set(position.futures) <= {tree.names[f] for f in tree.tree.futures_through[node]}
                for node, period in enumerate(tree.tree.period)
                if period == t
            )
        ]
        last = max(shared, default=position.passed - 1) + 1
    taken = {(row.kind, row.item, row.period) for row in case.commitments if row.period}
    found = []
    for period in range(position.passed, last):
        label = position.calendar.label_of(period)
        for kind in fence.kinds:
            made = _decisions(position, case, kind, label)
            found += [one for one in made if (one.row.kind, one.row.item, label) not in taken]
    return found


def _decisions(position: RunPosition, case: Case, kind: str, label: str) -> Iterator[FencedDecision]:
    """Yields for each item of a kind what is decided of it in a period."""
    made = _makers(case, label)
    table, item, when, quantity, unit, items = made[kind]
    for name, route, musd in items:
        rows = [
            row
            for row in position.rows(table)
            if row[item] == name and row[when] == label and (kind != "programmes" or row["route"] == route)
        ]
        amount = sum(float(row[quantity]) if quantity else 1.0 for row in rows)
        yield _decision(position, (KINDS[kind], name, route, label), amount, unit, musd, rows)


def _decision(
    position: RunPosition,
    key: tuple[str, str, str, str],
    amount: float,
    unit: str,
    musd: float,
    rows: list[SourceRow],
) -> FencedDecision:
    kind, item, route, label = key
    places = ", ".join(row.place for row in rows) or "nothing decided"
    source = f"fence: run {position.run.name}: {places}"
    row = Commitment(kind=kind, item=item, route=route, period=label, quantity=amount, status="fixed", source=source)
    if kind in ONCE:
        row = replace(row, quantity=None, status="fixed" if amount else "barred")
    return FencedDecision(row, unit, max(musd, _LEAST), source)


_LEAST = 1e-6
_Items = list[tuple[str, str, float]]


def _makers(case: Case, label: str) -> dict[str, tuple[str, str, str, str, str, _Items]]:
    """By kind: result table, its columns of item, period and quantity, the unit, and items with their worth then."""
    orders = {True: list[tuple[str, str, float]](), False: list[tuple[str, str, float]]()}
    for row in case.offers:
        rows = [one for one in case.prices if one.offer == row.offer]
        price = in_force(case.settings.calendar, rows, case.settings.calendar.period_at(label))
        years = row.term_months / 12 if row.kind == "lease" else 1.0
        usd = 0.0 if price is None else price.unit_price_usd * years
        orders[row.kind == "lease"].append((row.offer, "", usd / 1e6))
    starts = [(row.programme, row.route, row.design_cost_musd + row.mask_set_musd) for row in case.routes]
    deals = [(row.acquisition, "", row.price_musd) for row in case.acquisitions]
    signs = [(row.agreement, "", row.prepayment_musd) for row in case.agreements]
    halls = [
        (row.expansion, "", row.cost_musd_per_module + row.rent_musd_per_module_per_year) for row in case.expansions
    ]
    loans = [(row.facility, "", 1.0) for row in case.facilities]
    of_orders = ("orders", "offer", "period", "units", "units")
    return {
        "orders": (*of_orders, orders[False]),
        "leases": (*of_orders, orders[True]),
        "programmes": ("tape_outs", "programme", "start", "", "", starts),
        "deals": ("acquisitions", "acquisition", "signed", "", "", deals),
        "agreements": ("agreements", "agreement", "signed", "", "", signs),
        "expansions": ("expansions", "expansion", "period", "modules", "modules", halls),
        "loans": ("financing", "facility", "period", "drawn_musd", "USD million", loans),
    }
