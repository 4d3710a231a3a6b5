"""Tables that follow from the others: sums by span, category, line, accelerator and vendor, and the statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.calendar import Calendar, LabelError, parse_label, parse_span
from models.case import Case
from models.solution import Solution
from models.tables.fleet_rows import CASH_CATEGORIES
from planner.results import statement_tables
from planner.results.decisions_table import MOST_ROWS, Records, Row
from planner.results.money_tables import CENT
from planner.results.node_labels import NodeLabels
from planner.results.obligation_tables import COLUMNS as OBLIGATIONS
from planner.results.obligation_tables import obligation_rows
from planner.results.owed_table import of_future
from planner.results.service_totals import ratio
from planner.results.table import Cell, Table, table

COLUMNS = {
    "decision_counts": "verb decisions",
    "span_figures": ("span cash_musd capex_musd opex_musd borrowing_musd incentive_musd revenue_musd penalty_musd mw"),
    "span_service": "span workload demand_million served_million share_served",
    "span_budgets": "span budget covers spent_musd available_musd share_used",
    "cash_by_span": "span category musd all_musd budget_musd",
    "costs_by_category": "category musd discounted_musd share",
    "costs_by_line": "category line musd discounted_musd share",
    "fleet_by_accelerator": (
        "accelerator period opening_units arriving_units leaving_units units unit_capability capability"
    ),
    "active_by_accelerator": "accelerator period units all_units",
    "work_by_accelerator": "workload accelerator period qps",
    "vendor_shares": "vendor period share",
    "power_by_year": "site year drawn_mw most_mw",
    **OBLIGATIONS,
    **statement_tables.COLUMNS,
}
"""The columns of each table, in the order of the documentation."""
VERBS = (
    "order", "lease", "renew", "leave", "cancel", "draw", "sell", "retire", "start", "buy", "sign", "build",
)  # fmt: skip

Rows = list[tuple[Cell, ...]]


def totals(solution: Solution, places: NodeLabels, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Returns the tables of sums by name; on a tree rows of a period stand at its node, others at the last one."""
    frame = solution.model.frame
    records = {name: list(found.records()) for name, found in tables.items()}
    if frame.tree.is_line:
        return {name: table(name, COLUMNS[name], rows) for name, rows in total_rows(frame.case, records).items()}
    found: dict[str, dict[tuple[int, tuple[Cell, ...]], list[int]]] = {name: {} for name in COLUMNS}
    for path in frame.tree.paths():
        future = int(frame.tree.future[path[-1]])
        at = {places.period[node]: int(node) for node in path}
        own = {name: of_future(rows, frame.called[future]) for name, rows in records.items()}
        for name, rows in total_rows(frame.cases[future], own).items():
            period = COLUMNS[name].split().index("period") if "period" in COLUMNS[name].split() else None
            for row in rows:
                node = int(path[-1]) if period is None else at[str(row[period])]
                found[name].setdefault((node, row), []).append(future)
    return {
        name: places.split_table(
            name, COLUMNS[name], [(node, tuple(futures), row) for (node, row), futures in rows.items()]
        )
        for name, rows in found.items()
    }


def total_rows(case: Case, tables: Records) -> dict[str, Rows]:
    """Returns the rows of each table of sums, given the other result tables of a plan without branches."""
    made: dict[str, Iterable[tuple[Cell, ...]]] = {
        "decision_counts": _decision_counts(tables),
        "span_figures": _span_figures(case, tables),
        "span_service": _span_service(case, tables),
        "span_budgets": _span_budgets(case, tables),
        "cash_by_span": _cash_by_span(case, tables),
        "costs_by_category": _costs(tables, ("category",)),
        "costs_by_line": _costs(tables, ("category", "line")),
        "fleet_by_accelerator": _fleet(case, tables),
        "active_by_accelerator": _active(case, tables),
        "work_by_accelerator": _work(case, tables),
        "vendor_shares": _vendor_shares(case, tables),
        "power_by_year": _power_by_year(case, tables),
        **obligation_rows(case, tables),
        **statement_tables.statement_rows(case, tables),
    }
    return {name: list(made[name]) for name in COLUMNS}


def reporting_spans(case: Case) -> dict[str, tuple[str, ...]]:
    """Returns the spans by which a plan is reported, each with its periods: one each, in long plans a calendar year."""
    settings = case.settings
    calendar = Calendar(settings.start, settings.period, settings.periods)
    by_label: dict[str, list[str]] = {}
    for label in calendar.labels:
        by_label.setdefault(label if settings.periods <= MOST_ROWS else label[:4], []).append(label)
    return {label: tuple(periods) for label, periods in by_label.items()}


def _decision_counts(tables: Records) -> Iterator[tuple[Cell, ...]]:
    counts = dict.fromkeys(VERBS, 0)
    for row in tables["decisions"]:
        if row["reported"] == "yes":
            counts[row["verb"]] += len(str(row["periods"]).split(";"))
    yield from ((verb, count) for verb, count in counts.items() if count)


def _span_figures(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    names = [name for name in COLUMNS["span_figures"].split() if name.endswith("_musd")]
    for span, periods in reporting_spans(case).items():
        rows = [row for row in tables["period_figures"] if row["period"] in periods]
        yield span, *(sum(row[name] for row in rows) for name in names), max((row["mw"] for row in rows), default=0.0)


def _span_service(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    for span, periods in reporting_spans(case).items():
        for given in case.workloads:
            rows = [row for row in tables["service"] if row["workload"] == given.workload and row["period"] in periods]
            asked, served = (sum(row[f"{name}_million"] for row in rows) for name in ("demand", "served"))
            if asked > 0:
                yield span, given.workload, asked, served, ratio(served, asked)


def _span_budgets(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    """Yields what is spent of budgets by the span in which they end; what was carried into the first is there too."""
    for span, periods in reporting_spans(case).items():
        last, months = parse_label(periods[-1])
        begin, stop = parse_label(periods[0])[0], last + months
        spent: dict[tuple[str, str], list[float]] = {}
        for row in tables["budgets"]:
            first, end = parse_span(row["span"])
            if row["amount_musd"] is None or not begin < end <= stop:
                continue
            # A budget of several spans is listed where it ends, with what it covers.
            covers = span if first >= begin else row["span"]
            sums = spent.setdefault((row["budget"], covers), [0.0, row["carried_musd"]])
            sums[0] += row["spent_musd"]
            sums[1] += row["amount_musd"]
        for (budget, covers), (taken, there) in spent.items():
            yield span, budget, covers, taken, there, ratio(taken, there)


def _cash_by_span(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    """Yields cash by category and by the spans of the budget for all spending where it has such, else by period."""
    figures = {str(row["period"]): row for row in tables["period_figures"] if row["reported"] == "yes"}
    spans, allowed = _budget_spans(case, tables)
    cash = {
        category: {span: sum(figures[period][f"{category}_musd"] for period in own) for span, own in spans.items()}
        for category in CASH_CATEGORIES
    }
    used = [name for name, amounts in cash.items() if any(abs(amount) > CENT for amount in amounts.values())]
    for span in spans:
        whole = sum(cash[category][span] for category in used)
        for category in used:
            yield span, category, cash[category][span], whole, allowed.get(span)


def _budget_spans(case: Case, tables: Records) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Returns the periods of each span, and what the budget for all spending allows in it."""
    calendar = case.settings.calendar
    periods = calendar.labels[: case.settings.periods]
    whole = {row.budget for row in case.budgets if "all" in row.categories}
    rows = [row for row in tables["budgets"] if row["budget"] in whole and row["amount_musd"] is not None]
    rows = [row for row in rows if begins_within(case, row["span"])]
    spans: dict[str, list[str]] = {}
    for row in rows:
        first, end = parse_span(row["span"])
        inside = range(calendar.period_of_month(first), calendar.period_of_month(end - 1) + 1)
        spans[row["span"]] = [periods[i] for i in inside if 0 <= i < len(periods)]
    is_whole = sorted(period for own in spans.values() for period in own) == sorted(periods)
    if len({row["budget"] for row in rows}) != 1 or not is_whole or len(spans) < 2:
        return {period: [period] for period in periods}, {}
    return spans, {row["span"]: row["available_musd"] for row in rows}


def begins_within(case: Case, span: str) -> bool:
    """True for a span that begins in the reported periods, and for one that is finer than a period."""
    try:
        return case.settings.calendar.span_periods(span).start < case.settings.periods
    except LabelError:
        return True


def _costs(tables: Records, keys: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    found: dict[tuple[str, ...], list[float]] = {}
    for row in tables["costs"]:
        sums = found.setdefault(tuple(row[key] for key in keys), [0.0, 0.0])
        sums[0] += row["musd"]
        sums[1] += row["discounted_musd"]
    whole = sum(discounted for _, discounted in found.values())
    for key, (paid, discounted) in sorted(found.items(), key=lambda entry: -entry[1][1]):
        yield *key, paid, discounted, ratio(discounted, whole)


def _fleet(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    """Yields the units of each accelerator before, in and after each optimised period, and what they can do."""
    weights, ordered = capabilities(case), {row.offer: row.accelerator for row in case.offers}
    units = _sums(tables["fleet"], ("accelerator", "period"), "units")
    came = [{**row, "accelerator": ordered[row["offer"]]} for row in tables["arrivals"]]
    arriving = _sums(came, ("accelerator", "period"), "units")
    for given in case.accelerators:
        name, weight = given.accelerator, weights[given.accelerator]
        opening = sum((row.units for row in case.opening_fleet if row.accelerator == name), start=0.0)
        opening += sum(row.units for row in case.open_leases if row.accelerator == name)
        for period in case.settings.calendar.labels:
            more, closing = arriving.get((name, period), 0.0), units.get((name, period), 0.0)
            if opening or more or closing:
                yield name, period, opening, more, opening + more - closing, closing, weight, closing * weight
            opening = closing


def _active(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    units = _sums(_reported(case, tables["active"]), ("accelerator", "period"), "units")
    whole: dict[str, float] = {}
    for (_, period), amount in units.items():
        whole[period] = whole.get(period, 0.0) + amount
    for name, period in _in_order(case, units):
        yield name, period, units[name, period], whole[period]


def _work(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    rates = _sums(_reported(case, tables["assignments"]), ("workload", "accelerator", "period"), "qps")
    for given in case.workloads:
        own = {key[1:]: rate for key, rate in rates.items() if key[0] == given.workload}
        yield from ((given.workload, *key, own[key]) for key in _in_order(case, own))


def _vendor_shares(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    """Yields shares of installed capability: units owned or leased, each with what it can do."""
    vendors, weights = {row.accelerator: row.vendor for row in case.accelerators}, capabilities(case)
    installed: dict[tuple[str, str], float] = {}
    whole: dict[str, float] = {}
    for row in _reported(case, tables["fleet"]):
        key, amount = (vendors[row["accelerator"]], row["period"]), row["units"] * weights[row["accelerator"]]
        installed[key] = installed.get(key, 0.0) + amount
        whole[row["period"]] = whole.get(row["period"], 0.0) + amount
    for vendor in dict.fromkeys(vendors.values()):
        for period in case.settings.calendar.labels[: case.settings.periods]:
            if installed.get((vendor, period), 0.0) > 0:
                yield vendor, period, installed[vendor, period] / whole[period]


def _power_by_year(case: Case, tables: Records) -> Iterator[tuple[Cell, ...]]:
    """Yields the power of a site in a calendar year: the mean of its reported periods, and the most."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in _reported(case, tables["power"]):
        found.setdefault((row["site"], row["period"][:4]), []).append(row["drawn_mw"])
    for (site, year), drawn in found.items():
        yield site, year, sum(drawn) / len(drawn), max(drawn)


def capabilities(case: Case) -> dict[str, float]:
    """Returns the weight of a unit of each accelerator: stated, or its mean rate over the best rates."""
    rates = [(row, row.rate_at(case.settings.calendar.years_before(row.as_of))) for row in case.throughput]
    best: dict[str, float] = {}
    for row, rate in rates:
        best[row.workload] = max(best.get(row.workload, 0.0), rate)
    relative = {row.accelerator: 0.0 for row in case.accelerators}
    for row, rate in rates:
        relative[row.accelerator] += rate / best[row.workload]
    count = max(1, len(case.workloads))
    return {
        row.accelerator: relative[row.accelerator] / count if row.capability is None else row.capability
        for row in case.accelerators
    }


def _reported(case: Case, rows: Sequence[Row]) -> Iterator[Row]:
    kept = frozenset(case.settings.calendar.labels[: case.settings.periods])
    return (row for row in rows if row["period"] in kept)


def _sums(rows: Iterable[Row], keys: tuple[str, ...], value: str) -> dict[tuple[Any, ...], float]:
    found: dict[tuple[Any, ...], float] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        found[key] = found.get(key, 0.0) + row[value]
    return found


def _in_order(case: Case, found: Mapping[tuple[Any, ...], float]) -> list[tuple[str, str]]:
    """Returns accelerators and periods in the order of the case and of time."""
    rank = {row.accelerator: place for place, row in enumerate(case.accelerators)}
    return sorted(((name, period) for name, period in found), key=lambda key: (rank[key[0]], parse_label(key[1])))
