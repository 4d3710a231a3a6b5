"""The figures that a strategy team reads first: of the reported periods, but for what is discounted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.algebra import total
from models.ledger import KINDS, OPTIONAL_KINDS
from models.program import Floats
from models.solution import Solution
from models.tables.fleet_rows import CASH_CATEGORIES
from planner.results.node_labels import NodeLabels
from planner.results.service_totals import WorkTotals, least_of, ratio, work_of
from planner.results.table import Cell, Table, table

REPORTED, OPTIMISED = "reported", "optimised"
MUSD = "USD million"
COLUMNS = "name value unit periods of"

_BY_PERIOD = ("capex", "opex", "borrowing", "incentive", "revenue", "penalty")
"""The kinds of amounts that stand in a period; the value left stands at the end."""
Figure = tuple[str, float | None, str, str, str]
"""Name, value (None: 0/0, or a sum over unlike units), unit, which periods it is of, and what it is of."""


def key_figures(solution: Solution, places: NodeLabels) -> Table:
    """Returns figures of the whole plan; on a branching tree they are expected values."""
    found = figures_of(solution, places, solution.model.frame.tree.probability)
    return table("key_figures", COLUMNS, found)


@dataclass(frozen=True)
class FigureSums:
    """What key figures are made of: sums over nodes by weight, that may be added up over paths.

    Money in USD million, `work` what is served and asked for of each workload, `capability` by vendor, `busy` and
    `usable` unit-periods, `peak` the greatest power in MW with its period from 0.
    """

    discounted: Mapping[str, float]
    cash: Mapping[str, float]
    hardware: float
    thousands: float
    work: Mapping[str, tuple[float, float]]
    capability: Mapping[str, float]
    busy: float
    usable: float
    peak: tuple[float, int]


def figures_of(solution: Solution, places: NodeLabels, weight: Floats) -> list[Figure]:
    """Returns the key figures with nodes weighted: by probability for expected values, by 1 on a path for its own."""
    return figures_from(solution, sums_of(solution, places, weight))


def sums_of(solution: Solution, places: NodeLabels, weight: Floats) -> FigureSums:
    """Returns what the key figures are made of, with nodes weighted."""
    model, work = solution.model, work_of(solution)
    reported = weight * np.array(places.is_reported)
    cash = {kind: by_kind(solution, kind) for kind in KINDS}
    paid = cash["capex"] + cash["opex"]
    drawn = np.where(reported > 0, megawatts(solution), 0.0)
    most = int(np.argmax(drawn))
    return FigureSums(
        _discounted(solution, weight),
        {
            "cash": float((paid + cash["borrowing"]) @ reported),
            "paid": float(paid @ reported),
            **{kind: float(cash[kind] @ reported) for kind in KINDS},
        },
        float(spending(solution, ("hardware",)) @ reported),
        float(work.thousands() @ reported) if work.has_one_unit else 0.0,
        {
            name: (float(work.served[w] @ reported), float(work.demand[w] @ reported))
            for w, name in enumerate(work.names)
        },
        _capability(solution, reported),
        *_capacity(solution, reported),
        (float(drawn[most]), int(model.frame.tree.period[most])),
    )


def weighted(paths: Sequence[tuple[float, FigureSums]]) -> FigureSums:
    """Returns the expected sums of paths with their probabilities."""
    chances, sums = [chance for chance, _ in paths], [one for _, one in paths]

    def mean(amounts: Iterable[float]) -> float:
        return float(sum(chance * amount for chance, amount in zip(chances, amounts, strict=True)))

    def means(amounts: Sequence[Mapping[str, float]]) -> dict[str, float]:
        return {name: mean(one[name] for one in amounts) for name in amounts[0]}

    served, asked = (means([{name: of[at] for name, of in one.work.items()} for one in sums]) for at in (0, 1))
    return FigureSums(
        means([one.discounted for one in sums]),
        means([one.cash for one in sums]),
        mean(one.hardware for one in sums),
        mean(one.thousands for one in sums),
        {name: (served[name], asked[name]) for name in served},
        means([one.capability for one in sums]),
        mean(one.busy for one in sums),
        mean(one.usable for one in sums),
        max((one.peak for one in sums), key=lambda peak: (peak[0], -peak[1])),
    )


def figures_from(solution: Solution, sums: FigureSums) -> list[Figure]:
    """Returns the key figures; units and names are those of a solution of the case."""
    work, missing = work_of(solution), _missing_kinds(solution)
    discounted, cash = sums.discounted, sums.cash
    whole: list[Figure] = [
        ("net_present_cost", sum(discounted.values()), MUSD, OPTIMISED, ""),
        *((f"discounted_{kind}", discounted[kind], MUSD, OPTIMISED, "") for kind in KINDS if kind not in missing),
    ]
    if "revenue" not in missing:
        whole.append(("net_present_value", discounted["penalty"] - sum(discounted.values()), MUSD, OPTIMISED, ""))
    whole += [
        ("cash_cost", cash["cash"], MUSD, REPORTED, ""),
        ("capex", cash["capex"], MUSD, REPORTED, ""),
        ("opex", cash["opex"], MUSD, REPORTED, ""),
        ("unserved_penalty", cash["penalty"], MUSD, REPORTED, ""),
    ]
    for kind in OPTIONAL_KINDS:
        if kind not in missing:
            whole.append((kind, cash[kind], MUSD, REPORTED, ""))
    thousands = sums.thousands if work.has_one_unit else 0.0
    vendor, share = _largest_vendor(sums.capability)
    least = least_of([(name, ratio(*of)) for name, of in sums.work.items()])
    most, at = sums.peak
    return [
        *whole,
        ("cost_per_thousand_queries", _per_thousand(cash["paid"], thousands), "USD", REPORTED, ""),
        ("hardware_cost_per_thousand_queries", _per_thousand(sums.hardware, thousands), "USD", REPORTED, ""),
        ("least_share_served", least.share, "fraction", REPORTED, least.name),
        ("share_of_largest_vendor", share, "fraction", REPORTED, vendor),
        ("utilisation", ratio(sums.busy, sums.usable), "fraction", REPORTED, ""),
        ("peak_mw", most, "MW", REPORTED, solution.model.frame.calendar.labels[at] if most > 0 else ""),
    ]


def _missing_kinds(solution: Solution) -> set[str]:
    """The kinds of lines that a case does not have."""
    case = solution.model.frame.case
    given = {
        "borrowing": bool(case.facilities),
        "incentive": bool(case.milestones),
        "revenue": bool(solution.model.work.revenue.any()),
    }
    return {kind for kind in OPTIONAL_KINDS if not given[kind]}


def period_figures(solution: Solution, places: NodeLabels) -> Table:
    """Returns by period the cash by category and by kind, least share served, power, and cost of a thousand queries."""
    work = work_of(solution)
    cash = [spending(solution, (category,)) for category in CASH_CATEGORIES]
    kinds = {kind: by_kind(solution, kind) for kind in KINDS}
    weighed = sum(kinds[kind] for kind in _BY_PERIOD) * solution.model.frame.discount
    drawn, thousands = megawatts(solution), work.thousands()
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for node, period in enumerate(places.period):
        paid = float(kinds["capex"][node] + kinds["opex"][node])
        by_kind_of_node = tuple(float(kinds[kind][node]) for kind in _BY_PERIOD)
        spent = paid + float(kinds["borrowing"][node])
        unit_cost = _per_thousand(paid, float(thousands[node])) if work.has_one_unit else None
        rows.append((node, (
            period, "yes" if places.is_reported[node] else "no", *(float(amount[node]) for amount in cash), spent,
            *by_kind_of_node, float(weighed[node]), unit_cost, *_least(work, node), float(drawn[node]),
        )))  # fmt: skip
    named = " ".join(f"{category}_musd" for category in CASH_CATEGORIES)
    by_kinds = "cash_musd capex_musd opex_musd borrowing_musd incentive_musd revenue_musd penalty_musd discounted_musd"
    service = "cost_per_thousand_queries_usd least_share_served least_served"
    return places.table("period_figures", f"period reported {named} {by_kinds} {service} mw", rows)


def _least(work: WorkTotals, node: int) -> tuple[Cell, Cell]:
    found = least_of([(name, work.share(w, node)) for w, name in enumerate(work.names)])
    return found.share, found.name


def spending(solution: Solution, categories: tuple[str, ...]) -> Floats:
    """Returns USD million of some categories, by node."""
    return solution.money(solution.model.ledger.by_node(categories))


def by_kind(solution: Solution, kind: str) -> Floats:
    """Returns USD million of the lines of a kind, by node; value left stands at the last nodes."""
    ledger = solution.model.ledger
    lines = [line.amount.sum(line.items) for line in ledger.lines if line.kind == kind]
    return solution.money(total((ledger.frame.node,), lines))


def megawatts(solution: Solution) -> Floats:
    """Returns the facility power that is drawn, MW by node."""
    return np.asarray(solution.value(solution.model.power.drawn).sum(axis=0))


def _discounted(solution: Solution, weight: Floats) -> dict[str, float]:
    frame = solution.model.frame
    found = {}
    for kind in KINDS:
        factor = frame.discount_end if kind == "value_left" else frame.discount
        found[kind] = float((by_kind(solution, kind) * factor) @ weight)
    return found


def _capability(solution: Solution, weight: Floats) -> dict[str, float]:
    """Installed capability by vendor."""
    model = solution.model
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    capability = (installed * model.machines.capability[:, None]) @ weight
    totals = {row.vendor: 0.0 for row in model.frame.case.accelerators}
    for row, amount in zip(model.frame.case.accelerators, capability, strict=True):
        totals[row.vendor] += float(amount)
    return totals


def _largest_vendor(totals: Mapping[str, float]) -> tuple[str, float | None]:
    """The vendor with the largest share of installed capability, and its share; blank where nothing is installed."""
    name = max(totals, key=lambda vendor: totals[vendor])
    share = ratio(totals[name], sum(totals.values()))
    return ("", None) if share is None else (name, share)


def _capacity(solution: Solution, weight: Floats) -> tuple[float, float]:
    """Returns the usable unit-periods that work at peak, and those that are installed, at work or idle."""
    model = solution.model
    assign = solution.value(model.assignments.assign).sum(axis=1)
    rate = model.work.rate
    busy = np.divide(assign, rate, out=np.zeros_like(assign), where=rate > 0).sum(axis=(0, 1))
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    usable = (installed * model.work.utilisation[:, None]).sum(axis=0)
    return float(busy @ weight), float(usable @ weight)


def _per_thousand(musd: float, thousand: float) -> float | None:
    return float(musd * 1e6 / thousand) if thousand > 0 else None


MAKES = (key_figures, period_figures)
