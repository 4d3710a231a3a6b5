"""Figures of money: cash against budgets, and where the money goes."""

from __future__ import annotations

from collections.abc import Sequence

from models.calendar import LabelError
from models.moves import CASH_CATEGORIES
from planner.export.dossier import Dossier
from planner.export.report.cells import number, reported, sums, text
from planner.export.report.colours import ACCENT, ALERT, CATEGORY_COLOURS, CATEGORY_NAMES, INK
from planner.export.report.figure import Figure, Grid, Panel, Spec, pivot
from planner.export.report.vegalite import money_unit, stack, tips, x_axis, y_axis
from planner.results.table import Cell
from planner.show.numbers import money, percent

_LEAST_MUSD = 1e-9


def cash_figure(dossier: Dossier) -> Figure:
    """Returns cash by category, by the spans of the budget for all spending where it has such, else by period."""
    periods = dossier.periods
    cash = sums([row for row in dossier.records("costs") if row["period"] in periods], ("category", "period"), "musd")
    bins, allowed = _bins(dossier)
    amounts = {
        (category, label): sum(cash.get((category, period), 0.0) for period in inside)
        for label, inside in bins.items()
        for category in CASH_CATEGORIES
    }
    shown = [c for c in CASH_CATEGORIES if any(abs(amounts[c, label]) > _LEAST_MUSD for label in bins)]
    totals = {label: sum(amounts[c, label] for c in shown) for label in bins}
    ups = [sum(max(0.0, amounts[c, label]) for c in shown) for label in bins]
    factor, unit = money_unit(max([*ups, *allowed.values()], default=0.0))
    values: list[Spec] = [
        {
            "period": label,
            "series": CATEGORY_NAMES[category],
            "value": amounts[category, label] * factor,
            "said": f"{money(amounts[category, label])} USD million",
            "whole": f"{money(totals[label])} USD million",
        }
        for label in bins
        for category in shown
        if abs(amounts[category, label]) > _LEAST_MUSD
    ]
    x = x_axis(tuple(bins))
    tooltip = tips(("period", "period"), ("series", "category"), ("said", "cash"), ("whole", "all categories"))
    series = {CATEGORY_NAMES[category]: CATEGORY_COLOURS[category] for category in shown}
    ticks = _ticks([(label, allowed[label], "") for label in bins if label in allowed], x, factor)
    spec = stack(values, x=x, y=y_axis(unit, 0.0), series=series, tooltip=tooltip, above=ticks)
    rows = [(CATEGORY_NAMES[c], [money(amounts[c, label]) for label in bins]) for c in shown]
    rows.append(("all", [money(totals[label]) for label in bins]))
    legend = [*series.items()]
    if allowed:
        rows.append(("budget", [money(allowed[label]) if label in allowed else "no limit" for label in bins]))
        legend.append(("budget for all spending", INK))
    return Figure(
        name="cash",
        title="Cash by category",
        caption=f"Cash paid, {dossier.case.settings.currency_basis} USD; resale is income and counts below zero."
        + (" The black mark is the budget for all spending, with what earlier spans left over." if allowed else ""),
        panels=(Panel("", spec, 300, "Cash by category and span, against the budget for all spending."),),
        legend=tuple(legend),
        grid=pivot("USD million", tuple(bins), rows),
        source=("costs", "budgets"),
    )


def budget_figure(dossier: Dossier) -> Figure:
    """Returns what is spent of each budget, span by span."""
    panels, cells = [], []
    by_name: dict[str, list[dict[str, Cell]]] = {}
    for row in dossier.records("budgets"):
        if _begins(dossier, text(row["span"])):
            by_name.setdefault(text(row["budget"]), []).append(row)
    for name, rows in by_name.items():
        panels.append(_budget_panel(dossier, name, rows))
        for row in rows:
            amount = row["amount_musd"]
            allowed = None if amount is None else number(amount) + number(row["carried_musd"])
            left = "" if allowed is None else money(_tidy(number(row["slack_musd"]), allowed))
            known = ("no limit", "") if allowed is None else (money(number(amount)), money(number(row["carried_musd"])))
            price = money(number(row["price"])) if number(row["price"]) > 0 else "0"
            cells.append((name, text(row["span"]), money(number(row["spent_musd"])), *known, left, price))
    header = ("budget", "span", "spent", "amount", "carried in", "left", "saved by one more USD million")
    return Figure(
        name="budgets",
        title="Budgets",
        caption="Spent in each span (bars) against what is allowed (mark), with what earlier spans left over where "
        "the budget carries over. Red: the budget binds, one more million would be worth money.",
        panels=tuple(panels),
        legend=(("spent", "#7db8e8"), ("spent, the budget binds", ALERT), ("allowed", INK)),
        grid=Grid(header, tuple(cells), frozenset(range(2, 7))),
        columns=min(3, max(1, len(panels))),
        source=("budgets",),
    )


def worth_figure(dossier: Dossier) -> Figure:
    """Returns the net present cost by category: what the plan minimises."""
    costs = sums(dossier.records("costs"), ("category",), "discounted_musd")
    paid = sums(dossier.records("costs"), ("category",), "musd")
    ordered = sorted(costs.items(), key=lambda entry: -entry[1])
    factor, unit = money_unit(max((abs(value) for _, value in ordered), default=0.0))
    whole = sum(costs.values())
    values: list[Spec] = [
        {
            "name": CATEGORY_NAMES.get(category, category),
            "series": CATEGORY_NAMES.get(category, category),
            "value": value * factor,
            "said": f"{money(value)} USD million",
            "part": f"{percent(value / whole)} % of the net present cost" if whole > 0 else "",
        }
        for (category,), value in ordered
    ]
    names = [row["name"] for row in values]
    y = {"field": "name", "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False, "domain": False}}
    x = y_axis(f"{unit} of net present cost", 0.0)
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.72}},
        "encoding": {
            "x": x,
            "y": y,
            "color": {
                "field": "series",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": names, "range": [CATEGORY_COLOURS.get(key[0], ACCENT) for key, _ in ordered]},
            },
            "tooltip": tips(("name", "category"), ("said", "net present cost"), ("part", "share")),
        },
    }
    label = {
        "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11, "color": INK},
        "encoding": {"x": x, "y": y, "text": {"field": "said", "type": "nominal"}},
    }
    rows = [(CATEGORY_NAMES.get(key[0], key[0]), money(paid[key]), money(value)) for key, value in ordered]
    rows.append(("all", money(sum(paid.values())), money(whole)))
    return Figure(
        name="worth",
        title="Where the money goes",
        caption="Net present cost by category over all optimised periods; the bars add up to the net present cost of "
        "the plan. Income and value left count below zero.",
        panels=(Panel("", {"data": {"values": values}, "layer": [bars, label]}, 26 * len(values) + 40, "Net present cost by category."),),
        grid=Grid(("category", "undiscounted, USD million", "net present, USD million"), tuple(rows), frozenset({1, 2})),
        source=("costs",),
    )


def largest_lines(dossier: Dossier, most: int = 12) -> Grid:
    """Returns the cost lines that weigh most in the net present cost."""
    costs = sums(dossier.records("costs"), ("category", "line"), "discounted_musd")
    whole = sum(costs.values())
    ordered = sorted(costs.items(), key=lambda entry: -abs(entry[1]))[:most]
    rows = tuple(
        (CATEGORY_NAMES.get(category, category), line, money(value), percent(value / whole) if whole > 0 else "")
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
    return bins, {text(row["span"]): number(row["amount_musd"]) + number(row["carried_musd"]) for row in rows}


def reported_budgets(dossier: Dossier) -> list[dict[str, Cell]]:
    """Returns the rows of budgets whose spans begin in the reported periods and cut none."""
    return [row for row in dossier.records("budgets") if _begins(dossier, text(row["span"]))]


def _begins(dossier: Dossier, span: str) -> bool:
    try:
        return dossier.calendar.span_periods(span).start < len(dossier.periods)
    except LabelError:
        return True


def _ticks(marks: Sequence[tuple[str, float, str]], x: Spec, factor: float) -> list[Spec]:
    """Returns a layer with a black mark at each amount, given as label, amount and what to say."""
    if not marks:
        return []
    values = [
        {"period": label, "value": amount * factor, "said": said or f"{money(amount)} USD million"}
        for label, amount, said in marks
    ]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "tick", "thickness": 2.5, "color": INK, "orient": "horizontal", "width": {"band": 1.1}},
            "encoding": {
                "x": x,
                "y": {"field": "value", "type": "quantitative"},
                "tooltip": tips(("period", "period"), ("said", "allowed")),
            },
        }
    ]


def _budget_panel(dossier: Dossier, name: str, rows: Sequence[dict[str, Cell]]) -> Panel:
    labels = tuple(dict.fromkeys(text(row["span"]) for row in rows))
    there = {
        text(row["span"]): number(row["amount_musd"]) + number(row["carried_musd"])
        for row in rows
        if row["amount_musd"] is not None
    }
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
    ticks = _ticks([(label, amount, "") for label, amount in there.items()], x, factor)
    spec = stack(values, x=x, y=y_axis(unit, 0.0), series=series, tooltip=tooltip, above=ticks)
    return Panel(name, spec, 160, f"Spent and allowed of budget {name}, by span.")


def _tidy(amount: float, scale: float) -> float:
    """Returns an amount, or 0 where it is the rounding of a far larger one."""
    return 0.0 if abs(amount) <= _LEAST_MUSD * max(1.0, scale) else amount
