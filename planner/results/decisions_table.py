"""The steps of the plan: what is decided when, what follows from it, and what happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.calendar import Calendar, parse_label
from models.case import Case
from models.solution import Solution
from models.tables.site_rows import Expansion
from planner.results.node_labels import NODE_COLUMNS, NodeLabels
from planner.results.supply_tables import NOISE
from planner.results.table import Cell, Table, table

LEAST_DRAW = 1e-6
"""A draw of less than a dollar, in USD million, is rounding and no decision."""
CANCELLED = {
    "in time": ("before it is due", "its balance is not due"),
    "late": ("because it is late", "what was paid comes back"),
}
"""How the right is described by which an order is cancelled, and what follows."""
MOST_ROWS = 14
"""Plans with more periods than this are listed by the calendar year."""
DECISIONS = "when verb item how periods units unit musd effect committed reported"
_ORDER = (
    "sign", "buy", "start", "build", "order", "lease", "renew", "leave", "cancel", "draw", "sell", "retire",
)  # fmt: skip
_RESPINS = {"optimistic": 0.0, "pessimistic": 1.0}

Row = Mapping[str, Any]
Records = Mapping[str, Sequence[Row]]


def decisions(solution: Solution, places: NodeLabels, tables: Mapping[str, Table]) -> Table:
    """Returns every decision with what it costs (negative: brings) in all, and what follows when."""
    frame = solution.model.frame
    records = {name: list(found.records()) for name, found in tables.items()}
    rows = decision_rows(frame.case, records)
    if frame.tree.is_line:
        return table("decisions", DECISIONS, [row.cells for row in rows])
    wide = [(*row.cells, *(row.place[name] for name in NODE_COLUMNS.split())) for row in rows]
    return table("decisions", f"{DECISIONS} {NODE_COLUMNS}", wide)


@dataclass(frozen=True)
class DecisionLine:
    """One line of the plan: cells by column, and a row of the table it comes from, which has its node."""

    cells: tuple[Cell, ...]
    place: Row


@dataclass(frozen=True)
class _PlannedDecision:
    """A decision in one period, or several of one kind that are listed together."""

    verb: str
    item: str
    how: str
    periods: tuple[str, ...]
    units: float | None
    unit: str
    musd: float | None
    effect: str
    is_committed: bool
    place: Row


def is_by_year(case: Case) -> bool:
    """True where decisions of one kind and calendar year are listed together: there are many periods."""
    return case.settings.periods > MOST_ROWS and case.settings.calendar.months < 12


def decision_rows(case: Case, tables: Records) -> list[DecisionLine]:
    """Returns the rows of the table in the order of time, given the other result tables."""
    calendar, reach = case.settings.calendar, case.settings.periods
    makers = (_signings, _acquisitions, _starts, _builds, _orders, _cancellations, _lease_changes, _draws, _sales)
    found = [one for make in makers for one in make(_DecisionSource(case, calendar, tables))]
    lines = []
    for one in sorted(found, key=lambda one: _sorting(case, calendar, one)):
        committed = "yes" if one.is_committed else "no"
        reported = "yes" if 0 <= calendar.period_at(one.periods[0]) < reach else "no"
        lines.append(
            DecisionLine(
                (one.periods[0], one.verb, one.item, one.how, ";".join(one.periods), one.units, one.unit, one.musd,
                 one.effect, committed, reported),
                one.place,
            )
        )  # fmt: skip
    return lines


def _sorting(case: Case, calendar: Calendar, one: _PlannedDecision) -> tuple[int, int, float, str]:
    return _order_of(case, calendar, one.periods[0], one.verb, one.units or 0.0, one.item)


def _order_of(
    case: Case, calendar: Calendar, label: str, verb: str, units: float, item: str
) -> tuple[int, int, float, str]:
    when = parse_label(label[:4] if is_by_year(case) and calendar.period_at(label) >= 0 else label)[0]
    is_order = verb in {"order", "lease"}
    return when, _ORDER.index("order" if is_order else verb), -units if is_order else 0.0, item


def decision_order(case: Case) -> Callable[[Sequence[Cell]], tuple[int, int, float, str]]:
    """Returns what the rows of the table are sorted by; rows that are equal in it stay in their order."""
    calendar, columns = case.settings.calendar, DECISIONS.split()
    when, verb, item, units = (columns.index(name) for name in ("when", "verb", "item", "units"))

    def order(cells: Sequence[Cell]) -> tuple[int, int, float, str]:
        label, amount = str(cells[when]), cells[units]
        return _order_of(case, calendar, label, str(cells[verb]), float(amount or 0.0), str(cells[item]))

    return order


@dataclass(frozen=True)
class _DecisionSource:
    """A case and its finished tables."""

    case: Case
    calendar: Calendar
    tables: Records

    def at(self, label: str) -> int:
        return self.calendar.period_at(label)

    def together(self, rows: Sequence[Row], key: Callable[[Row], tuple[Any, ...]], when: str) -> Iterator[list[Row]]:
        """Yields the rows that are listed as one: those of one period, in long plans of one year, in order of time."""
        groups: dict[tuple[Any, ...], list[Row]] = {}
        by_year = is_by_year(self.case) and not any("node" in row for row in rows)
        for row in sorted(rows, key=lambda row: parse_label(row[when])[0]):
            label = str(row[when])
            slot = label[:4] if by_year and self.at(label) >= 0 else label
            groups.setdefault((slot, row.get("node"), row.get("scenarios"), *key(row)), []).append(row)
        yield from groups.values()

    def is_committed(self, kind: str, item: str, label: str, route: str = "") -> bool:
        """True for what a commitment names in a period, and for what was done before the plan."""
        period = self.at(label)
        rows = [row for row in self.case.commitments if (row.kind, row.item) == (kind, item) and row.status != "barred"]
        return period < 0 or any(
            row.route in {"", route} and (not row.period or self.at(row.period) <= period <= self._last(row.period))
            for row in rows
        )

    def _last(self, label: str) -> int:
        first, months = parse_label(label)
        return self.calendar.period_of_month(first + months - 1)

    def paid(self, label: str, musd: float) -> float | None:
        """What a move costs; blank for one before the plan, which is paid in part at least."""
        return musd if self.at(label) >= 0 else None


def _signings(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    known = {row.agreement: row for row in source.case.agreements}
    for row in source.tables["agreements"]:
        item, when = row["agreement"], row["signed"]
        yield _PlannedDecision(
            "sign", item, "", (when,), None, "", source.paid(when, known[item].prepayment_musd),
            f"live {row['live_from']} to {row['live_to']}", source.is_committed("sign", item, when), row,
        )  # fmt: skip


def _acquisitions(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    for row in source.tables["acquisitions"]:
        item, when = row["acquisition"], row["signed"]
        yield _PlannedDecision(
            "buy", item, "", (when,), None, "", source.paid(when, row["price_musd"]), closing_words(row),
            source.is_committed("close", item, when), row,
        )  # fmt: skip


def _starts(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    known = {(row.programme, row.route): row for row in source.case.routes}
    for row in source.tables["tape_outs"]:
        item, route, when = row["programme"], row["route"], row["start"]
        given = known[item, route]
        share = _RESPINS.get(source.case.settings.tape_out_risk, given.respin_probability)
        cost = given.design_cost_musd + given.mask_set_musd + share * given.respin_cost_musd
        effect = f"tape-out {row['tape_out']}, {reached('ready', row['ready'])}"
        is_committed = source.is_committed("start", item, when, route)
        yield _PlannedDecision(
            "start", item, f"by {route}", (when,), None, "", source.paid(when, cost), effect, is_committed, row
        )


def _builds(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    known = {row.expansion: row for row in source.case.expansions}
    for rows in source.together(source.tables["expansions"], lambda row: (row["expansion"],), "period"):
        given, periods = known[rows[0]["expansion"]], _labels(rows, "period")
        modules = sum(row["modules"] for row in rows)
        yield _PlannedDecision(
            "build", given.expansion, f"at {given.site}", periods, modules * given.module_mw, "MW",
            source.paid(periods[0], modules * module_cost(source.calendar, given)), power_words(rows),
            all(source.is_committed("build", given.expansion, period) for period in periods), rows[0],
        )  # fmt: skip


def _orders(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    terms = {row.offer: row.term_months for row in source.case.offers if row.kind == "lease"}
    for rows in source.together(source.tables["orders"], lambda row: (row["offer"],), "period"):
        offer = rows[0]["offer"]
        how = f"for {terms[offer]:g} months" if offer in terms else ""
        yield _PlannedDecision(
            "lease" if offer in terms else "order", offer, how, _labels(rows, "period"),
            sum(row["units"] for row in rows), "units", sum(row["contract_musd"] for row in rows), arrival_words(rows),
            all(row["committed"] == "yes" for row in rows), rows[0],
        )  # fmt: skip


def _cancellations(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    for row in source.tables["cancellations"]:
        why = f"ordered {row['ordered']}, {CANCELLED[row['right']][0]}"
        yield _PlannedDecision(
            "cancel", row["offer"], why, (row["period"],), row["units"], "units", row["fee_musd"],
            CANCELLED[row["right"]][1], False, row,
        )  # fmt: skip


def _lease_changes(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    ends = {(row["contract"], row["site"], row["term"], row["begins"]): row["ends"] for row in source.tables["leases"]}
    for row in source.tables["lease_changes"]:
        where, begun = f"at {row['site']}", row["begun"] or "before the plan"
        if row["verb"] == "leave":
            how, effect = f"{where}, begun {begun}", f"out of the lease {row['effective']}"
        else:
            until = ends[row["contract"], row["site"], row["term"], row["period"]]
            how, effect = f"{where}, for the {ordinal(row['term'])} time", f"until {until}"
        yield _PlannedDecision(
            row["verb"], row["contract"], how, (row["period"],), row["units"], "units", row["musd"], effect, False, row
        )


def ordinal(number: float) -> str:
    """Returns a small number as an ordinal.

    >>> ordinal(1), ordinal(4)
    ('first', '4th')
    """
    names = ("first", "second", "third")
    return names[int(number) - 1] if number <= len(names) else f"{number:g}th"


def _draws(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    known = {row.facility: row for row in source.case.facilities}
    drawn = [row for row in source.tables["financing"] if row["drawn_musd"] > LEAST_DRAW]
    for rows in source.together(drawn, lambda row: (row["facility"],), "period"):
        given, periods = known[rows[0]["facility"]], _labels(rows, "period")
        term, musd = source.calendar.term_periods(given.term_months), sum(row["drawn_musd"] for row in rows)
        # Level repayment leaves half of the term on the average, from the middle of a period to that of another.
        years = (term + 1) / 2 if given.repayment == "level" else term
        cost = musd * (given.fee_share + given.rate_per_year * source.calendar.delta * years)
        first = 1 if given.repayment == "level" else term
        ends = [source.calendar.label_of(source.at(period) + k) for period in periods for k in (first, term)]
        yield _PlannedDecision(
            "draw", given.facility, f"{given.repayment} repayment", periods, musd, "USD million", cost,
            f"repaid {span_words(ends)}", all(source.is_committed("draw", given.facility, at) for at in periods),
            rows[0],
        )  # fmt: skip


def _sales(source: _DecisionSource) -> Iterator[_PlannedDecision]:
    rows = [row for row in source.tables["sales"] if row["end_of_life"] == "no"]
    names = "accelerator", "site", "vintage"
    for sold in source.together(
        rows, lambda row: (*(row[name] for name in names), row["unit_value_usd"] > 0), "period"
    ):
        ages = [f"{round(row['age_years'], 2):g}" for row in sold]
        age = ages[0] if ages[0] == ages[-1] else f"{ages[0]} to {ages[-1]}"
        first = sold[0]
        how = f"of {first['vintage']} at {first['site']}, {age} {'year' if age == '1' else 'years'} old"
        yield _PlannedDecision(
            "sell" if first["unit_value_usd"] > 0 else "retire", first["accelerator"],
            how, _labels(sold, "period"), sum(row["units"] for row in sold), "units",
            0.0 - sum(row["musd"] for row in sold), "", False, first,
        )  # fmt: skip


def _labels(rows: Sequence[Row], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[column] for row in rows))


def arrival_words(rows: Sequence[Row]) -> str:
    """Returns when orders are due and arrive, and when what is leased ends."""
    due, comes = span_words([row["due"] for row in rows]), [row["arrives"].split(";") for row in rows]
    there = [label for labels in comes for label in labels if label]
    kept = [(row["units"] - row["cancelled_units"], row) for row in rows]
    if all(units <= NOISE * max(1.0, row["units"]) for units, row in kept):
        return f"due {due}, cancelled"
    is_whole = all(row["arriving_units"] >= units - NOISE * max(1.0, row["units"]) for units, row in kept)
    if is_whole and all(row["arrives"] == row["due"] for units, row in kept if units > NOISE):
        words = f"arrives {due}"
    elif not there:
        words = f"due {due}, does not arrive within the plan"
    elif is_whole:
        words = f"due {due}, arrives {span_words(there)}"
    else:
        words = f"due {due}, a part arrives {span_words(there)}, the rest not within the plan"
    if any(row["cancelled_units"] > NOISE * max(1.0, row["units"]) for row in rows):
        words += ", the others cancelled"
    ends = [row["ends"] for row in rows if row["ends"]]
    return f"{words}, ends {span_words(ends)}" if ends else words


def span_words(labels: Sequence[str]) -> str:
    """Returns the first and the last of some labels.

    >>> span_words(["2028", "2027", "2028"]), span_words(["2028"])
    ('2027 to 2028', '2028')
    """
    found = sorted(set(labels), key=parse_label)
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


def reached(state: str, label: str) -> str:
    """Returns since when something is in a state; a blank label says that it failed before.

    >>> reached("ready", "2028Q1"), reached("ready", "")
    ('ready 2028Q1', 'never ready (fails)')
    """
    return f"{state} {label}" if label else f"never {state} (fails)"


def closing_words(row: Row) -> str:
    """Returns when a company is closed and owned.

    >>> closing_words({"closed": "2028", "owned": ""}), closing_words({"closed": "", "owned": ""})
    ('closed 2028, never owned (fails)', 'never closed (fails)')
    """
    closed = reached("closed", row["closed"])
    return f"{closed}, {reached('owned', row['owned'])}" if row["closed"] else closed


def module_cost(calendar: Calendar, given: Expansion) -> float:
    """Returns what a module costs, USD million: at its order, and where its term has an end, its rent and fee."""
    if given.term_months is None:
        return given.cost_musd_per_module
    growth = 1.0 + given.rent_growth_per_year
    years = [k * calendar.delta for k in range(calendar.term_periods(given.term_months))]
    rent = given.rent_musd_per_module_per_year * calendar.delta * sum(float(growth**year) for year in years)
    return given.cost_musd_per_module + rent + given.exit_fee_musd_per_module


def power_words(rows: Sequence[Row]) -> str:
    """Returns since when modules have power, and until when where that ends."""
    ends = [row["ends"] for row in rows if row["ends"]]
    words = powered([row["energised"] for row in rows])
    return f"{words}, ends {span_words(ends)}" if ends else words


def powered(labels: Sequence[str]) -> str:
    """Returns since when modules have power; a blank label says that they never have.

    >>> powered(["2028", "2027"]), powered([""]), powered(["2028", ""])
    ('power on 2027 to 2028', 'never energised (fails)', 'power on 2028, some never energised (fails)')
    """
    on = [label for label in labels if label]
    if not on:
        return reached("energised", "")
    some = f", some {reached('energised', '')}" if "" in labels else ""
    return f"power on {span_words(on)}{some}"


MAKES = (decisions,)
