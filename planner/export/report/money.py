"""Figures of money: cash against budgets, and where the money goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.calendar import LabelError
from models.rows import CASH_CATEGORIES
from planner.export.dossier import Dossier
from planner.export.report.cells import number, sums, text
from planner.export.report.colours import ALERT, INK, category_colour, category_name
from planner.export.report.figure import Figure, Grid, Panel, Spec, pivot
from planner.export.report.vegalite import money_unit, range_beside, stack, tips, x_axis, y_axis
from planner.results.table import Cell
from planner.show.numbers import money, percent

_LEAST_MUSD = 1e-9


@dataclass(frozen=True)
class Cash:
    """Cash by category in each bar of the chart, USD million, and what the budget for all spending allows there."""

    labels: tuple[str, ...]
    amounts: Mapping[str, tuple[float, ...]]
    """By category, in the order of the labels; categories without any cash are left out."""
    allowed: Mapping[str, float]

    @property
    def totals(self) -> tuple[float, ...]:
        """All categories together, by label."""
        return tuple(sum(row[at] for row in self.amounts.values()) for at in range(len(self.labels)))


def cash_of(dossier: Dossier) -> Cash:
    """Returns cash by the spans of the budget for all spending where it has such, else by period."""
    periods = dossier.periods
    cash = sums([row for row in dossier.records("costs") if row["period"] in periods], ("category", "period"), "musd")
    bins, allowed = _bins(dossier)
    amounts = {
        category: tuple(sum(cash.get((category, period), 0.0) for period in inside) for inside in bins.values())
        for category in CASH_CATEGORIES
    }
    shown = {name: row for name, row in amounts.items() if any(abs(amount) > _LEAST_MUSD for amount in row)}
    return Cash(tuple(bins), shown, allowed)


def cash_figure(dossier: Dossier) -> Figure:
    """Returns cash by category against the budget for all spending."""
    cash = cash_of(dossier)
    ups = [sum(max(0.0, row[at]) for row in cash.amounts.values()) for at in range(len(cash.labels))]
    factor, unit = money_unit(max([*ups, *cash.allowed.values()], default=0.0))
    values: list[Spec] = [
        {
            "period": label,
            "series": category_name(category),
            "value": row[at] * factor,
            "said": f"{money(row[at])} USD million",
            "whole": f"{money(cash.totals[at])} USD million",
        }
        for at, label in enumerate(cash.labels)
        for category, row in cash.amounts.items()
        if abs(row[at]) > _LEAST_MUSD
    ]
    x = x_axis(cash.labels)
    tooltip = tips(("period", "period"), ("series", "category"), ("said", "cash"), ("whole", "all categories"))
    series = {category_name(category): category_colour(category) for category in cash.amounts}
    ticks = _ticks([*cash.allowed.items()], x, factor)
    spec = stack(values, x=x, y=y_axis(unit, 0.0), series=series, tooltip=tooltip, above=ticks)
    rows = [(category_name(category), [money(amount) for amount in row]) for category, row in cash.amounts.items()]
    rows.append(("all", [money(total) for total in cash.totals]))
    legend = [*series.items()]
    caption = f"Cash paid, {dossier.case.settings.currency_basis} USD; resale and other income count below zero."
    if cash.allowed:
        rows.append(("budget", [money(cash.allowed[label]) for label in cash.labels]))
        legend.append(("budget for all spending", INK))
        caption += (
            " The black mark is the budget for all spending, with what earlier spans left over; it counts what is paid "
            "less what resale brings."
        )
    return Figure(
        name="cash",
        title="Cash by category",
        caption=caption,
        panels=(Panel("", spec, 300, "Cash by category and span, against the budget for all spending."),),
        legend=tuple(legend),
        grid=pivot("USD million", cash.labels, rows),
        source=("costs", "budgets"),
    )


def budget_figure(dossier: Dossier) -> Figure:
    """Returns what is spent of each budget, span by span."""
    by_name: dict[str, list[dict[str, Cell]]] = {}
    for row in reported_budgets(dossier):
        by_name.setdefault(text(row["budget"]), []).append(row)
    panels = [_budget_panel(name, rows) for name, rows in by_name.items()]
    return Figure(
        name="budgets",
        title="Budgets",
        caption="Spent in each span (bars) against what is allowed (mark), with what earlier spans left over where "
        "the budget carries over. Red: the budget binds, one more million would be worth money.",
        panels=tuple(panels),
        legend=(("spent", "#7db8e8"), ("spent, the budget binds", ALERT), ("allowed", INK)),
        grid=budget_grid(dossier),
        columns=min(3, max(1, len(panels))),
        source=("budgets",),
    )


def budget_grid(dossier: Dossier) -> Grid:
    """Returns each budget row: spent, amount, carried in, left, and what one more million would save."""
    cells = []
    for row in reported_budgets(dossier):
        amount = row["amount_musd"]
        known: tuple[str, str, str, str] = ("no limit", "", "", "")
        if amount is not None:
            left = money(_tidy(number(row["slack_musd"]), number(row["available_musd"])))
            used = "" if row["share_used"] is None else percent(number(row["share_used"]))
            known = money(number(amount)), money(number(row["carried_musd"])), used, left
        gross, resale = money(number(row["gross_musd"])), money(number(row["resale_musd"]))
        price = money(number(row["price"])) if number(row["price"]) > 0 else "0"
        cells.append(
            (text(row["budget"]), text(row["span"]), money(number(row["spent_musd"])), gross, resale, *known, price)
        )
    spent = ("spent", "of it gross", "of it resale")
    header = ("budget", "span", *spent, "amount", "carried in", "used, %", "left", "one more USD million saves")
    return Grid(header, tuple(cells), frozenset(range(2, 10)))


def worth_figure(dossier: Dossier) -> Figure:
    """Returns the net present cost by category: what the plan minimises."""
    costs = sums(dossier.records("costs"), ("category",), "discounted_musd")
    paid = sums(dossier.records("costs"), ("category",), "musd")
    ordered = sorted(costs.items(), key=lambda entry: -entry[1])
    whole = sum(costs.values())
    rows = [(category_name(key[0]), money(paid[key]), money(value)) for key, value in ordered]
    rows.append(("all", money(sum(paid.values())), money(whole)))
    return Figure(
        name="worth",
        title="Where the money goes",
        caption="Net present cost by category over all optimised periods, USD million; the bars add up to the "
        "net present cost of the plan. Income and value left count below zero.",
        panels=(Panel("", _worth_spec(ordered), 26 * len(ordered) + 40, "Net present cost by category."),),
        least_width=300,
        grid=Grid(
            ("category", "undiscounted, USD million", "net present, USD million"), tuple(rows), frozenset({1, 2})
        ),
        source=("costs",),
    )


def _worth_spec(ordered: Sequence[tuple[tuple[str, ...], float]]) -> Spec:
    """Returns a bar for each category, the largest first, with its amount at its end."""
    whole = sum(value for _, value in ordered)
    low, high = min([0.0, *(value for _, value in ordered)]), max([1e-9, *(value for _, value in ordered)])
    values: list[Spec] = [
        {
            "name": category_name(category),
            "series": category_name(category),
            "value": value,
            "said": money(value),
            "part": f"{percent(value / whole)} %" if whole > 0 else "",
        }
        for (category,), value in ordered
    ]
    names = [row["name"] for row in values]
    y = {"field": "name", "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False, "domain": False}}
    scale = {"domain": [low, high], "nice": False, "range": range_beside([], [row["said"] for row in values])}
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": scale}
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.72}},
        "encoding": {
            "x": x,
            "y": y,
            "color": {
                "field": "series",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": names, "range": [category_colour(key[0]) for key, _ in ordered]},
            },
            "tooltip": tips(("name", "category"), ("said", "USD million"), ("part", "of the net present cost")),
        },
    }
    labels = [
        {
            "data": {"values": [row for row in values if (row["value"] < 0) == below]},
            "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11, "color": INK},
            "encoding": {"x": place, "y": y, "text": {"field": "said", "type": "nominal"}},
        }
        # Beside a bar to the left of zero there is no room: its number stands to the right of zero.
        for below, place in ((False, x), (True, {"datum": 0, "type": "quantitative", "scale": x["scale"]}))
    ]
    return {"data": {"values": values}, "layer": [bars, *labels]}


def largest_lines(dossier: Dossier, most: int = 12) -> Grid:
    """Returns the cost lines that weigh most in the net present cost."""
    costs = sums(dossier.records("costs"), ("category", "line"), "discounted_musd")
    whole = sum(costs.values())
    ordered = sorted(costs.items(), key=lambda entry: -abs(entry[1]))[:most]
    rows = tuple(
        (category_name(category), line, money(value), percent(value / whole) if whole > 0 else "")
        for (category, line), value in ordered
    )
    return Grid(("category", "line", "net present, USD million", "%"), rows, frozenset({2, 3}))


def _bins(dossier: Dossier) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Returns the periods of each bar, and what the budget for all spending allows in it."""
    periods = dossier.periods
    whole = {row.budget for row in dossier.case.budgets if "all" in row.categories}
    rows = [row for row in reported_budgets(dossier) if text(row["budget"]) in whole and row["amount_musd"] is not None]
    names = {text(row["budget"]) for row in rows}
    singles = {period: [period] for period in periods}
    if len(names) != 1 or "node" in rows[0]:
        return singles, {}
    bins: dict[str, list[str]] = {}
    for row in rows:
        inside = dossier.calendar.span_periods(text(row["span"]))
        bins[text(row["span"])] = [periods[i] for i in inside if 0 <= i < len(periods)]
    if sorted(period for inside in bins.values() for period in inside) != sorted(periods) or len(bins) < 2:
        return singles, {}
    return bins, {text(row["span"]): number(row["available_musd"]) for row in rows}


def reported_budgets(dossier: Dossier) -> list[dict[str, Cell]]:
    """Returns the rows of budgets whose spans begin in the reported periods and cut none."""
    return [row for row in dossier.records("budgets") if _begins(dossier, text(row["span"]))]


def _begins(dossier: Dossier, span: str) -> bool:
    try:
        return dossier.calendar.span_periods(span).start < len(dossier.periods)
    except LabelError:
        return True


def _ticks(marks: Sequence[tuple[str, float]], x: Spec, factor: float) -> list[Spec]:
    """Returns a layer with a black mark at each amount, given with its label."""
    if not marks:
        return []
    values = [
        {"period": label, "value": amount * factor, "said": f"{money(amount)} USD million"} for label, amount in marks
    ]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "tick", "thickness": 2.5, "color": INK, "opacity": 1, "orient": "horizontal"},
            "encoding": {
                "x": x,
                "y": {"field": "value", "type": "quantitative"},
                "tooltip": tips(("period", "period"), ("said", "allowed")),
            },
        }
    ]


def _budget_panel(name: str, rows: Sequence[dict[str, Cell]]) -> Panel:
    labels = tuple(dict.fromkeys(text(row["span"]) for row in rows))
    there = {text(row["span"]): number(row["available_musd"]) for row in rows if row["amount_musd"] is not None}
    spent = sums(rows, ("span",), "spent_musd")
    binding = {text(row["span"]) for row in rows if number(row["price"]) > 0}
    factor, unit = money_unit(max([*there.values(), *spent.values()], default=0.0))
    values: list[Spec] = [
        {
            "period": label,
            "series": "spent, the budget binds" if label in binding else "spent",
            "value": amount * factor,
            "said": f"{money(amount)} USD million",
            "there": f"{money(there[label])} USD million" if label in there else "no limit",
        }
        for (label,), amount in spent.items()
    ]
    x = x_axis(labels)
    tooltip = tips(("period", "span"), ("said", "spent"), ("there", "allowed"))
    series = {"spent": "#7db8e8", "spent, the budget binds": ALERT}
    ticks = _ticks([*there.items()], x, factor)
    spec = stack(values, x=x, y=y_axis(unit, 0.0), series=series, tooltip=tooltip, above=ticks)
    return Panel(name, spec, 160, f"Spent and allowed of budget {name}, by span.")


def _tidy(amount: float, scale: float) -> float:
    """Returns an amount, or 0 where it is the rounding of a far larger one."""
    return 0.0 if abs(amount) <= _LEAST_MUSD * max(1.0, scale) else amount
