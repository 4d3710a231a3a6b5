"""Figures of work, machines, vendors and power."""

from __future__ import annotations

from planner.export.dossier import Dossier
from planner.export.report.cells import number, reported, sums, text
from planner.export.report.colours import ACCENT, ALERT, INK, machine_colours, vendor_colours
from planner.export.report.figure import Figure, Panel, Spec, pivot
from planner.export.report.shares import by_period, vendors_of
from planner.export.report.vegalite import period_axis, stack, tips, y_axis
from planner.show.numbers import counted, percent

UNSERVED = "not served"


def service_figure(dossier: Dossier) -> Figure:
    """Returns demand at peak by workload: the accelerators that serve it, and what stays unserved."""
    periods = dossier.periods
    assigned = sums(reported(dossier, "assignments"), ("workload", "accelerator", "period"), "qps")
    service = reported(dossier, "service")
    demand, served, unserved = (
        sums(service, ("workload", "period"), f"{name}_qps") for name in ("demand", "served", "unserved")
    )
    busy = {key[1] for key in assigned}
    palette = {name: shade for name, shade in machines(dossier).items() if name in busy}
    series = palette | {UNSERVED: ALERT}
    panels, rows = [], []
    for workload in (row.workload for row in dossier.case.workloads):
        values: list[Spec] = []
        for period in periods:
            there = demand.get((workload, period), 0.0)
            amounts = {name: assigned.get((workload, name, period), 0.0) for name in palette}
            amounts[UNSERVED] = unserved.get((workload, period), 0.0)
            values += [
                _slice(period, name, amount, there, "queries/s") for name, amount in amounts.items() if amount > 0
            ]
        most = max((demand.get((workload, period), 0.0) for period in periods), default=0.0)
        tooltip = tips(("period", "period"), ("series", "by"), ("said", "queries/s at peak"), ("part", "of demand"))
        y = y_axis("queries/s at peak", most)
        spec = stack(values, x=period_axis(dossier), y=y, series=series, tooltip=tooltip)
        shares = [served.get((workload, p), 0.0) / demand[workload, p] for p in periods if demand.get((workload, p))]
        least = percent(min(shares, default=1.0))
        panels.append(Panel(workload, spec, 190, f"Demand for {workload}; at least {least} % of it is served."))
        for what, found in (("demand", demand), ("served", served), (UNSERVED, unserved)):
            rows.append((f"{workload}: {what}", [counted(found.get((workload, p), 0.0)) for p in periods]))
    return Figure(
        name="service",
        title="Capacity and demand by workload",
        caption="Height is demand at peak, in queries a second. Colours say which accelerator does the work; red is "
        "demand that the plan leaves unserved.",
        panels=tuple(panels),
        legend=tuple(series.items()),
        grid=pivot("queries/s at peak", periods, rows),
        columns=min(2, max(1, len(panels))),
        source=("service", "assignments"),
    )


def fleet_figure(dossier: Dossier) -> Figure:
    """Returns the active units by accelerator."""
    periods = dossier.periods
    active = sums(reported(dossier, "active"), ("accelerator", "period"), "units")
    working = {key[0] for key in active}
    palette = {name: shade for name, shade in machines(dossier).items() if name in working}
    totals = {period: sum(active.get((name, period), 0.0) for name in palette) for period in periods}
    values = [
        _slice(period, name, active[name, period], totals[period], "units")
        for period in periods
        for name in palette
        if active.get((name, period), 0.0) > 0
    ]
    tooltip = tips(("period", "period"), ("series", "accelerator"), ("said", "active units"), ("part", "of all units"))
    y = y_axis("active units", max(totals.values(), default=0.0))
    spec = stack(values, x=period_axis(dossier), y=y, series=palette, tooltip=tooltip)
    rows = [(name, [counted(active.get((name, period), 0.0)) for period in periods]) for name in palette]
    rows.append(("all", [counted(totals[period]) for period in periods]))
    return Figure(
        name="fleet",
        title="Fleet by accelerator",
        caption="Active units, owned and leased. Each vendor has one hue; later machines are darker.",
        panels=(Panel("", spec, 300, "Active units by accelerator and period."),),
        legend=tuple(palette.items()),
        grid=pivot("active units", periods, rows),
        source=("active",),
    )


def vendor_figure(dossier: Dossier) -> Figure:
    """Returns each vendor's share of installed capability."""
    shares, periods = by_period(dossier), dossier.periods
    palette = {name: shade for name, shade in vendor_colours(vendor_order(dossier)).items() if name in shares}
    values: list[Spec] = [
        {"period": period, "series": name, "value": share, "said": f"{percent(share)} %"}
        for name in palette
        for period, share in shares[name].items()
        if share > 0
    ]
    tooltip = tips(("period", "period"), ("series", "vendor"), ("said", "of installed capability"))
    y = y_axis("share of installed capability", 1.0, scale={"domain": [0, 1]})
    y["axis"] = y["axis"] | {"format": ".0%"}
    spec = stack(values, x=period_axis(dossier), y=y, series=palette, tooltip=tooltip)
    rows = [(name, [percent(shares[name].get(period, 0.0)) for period in periods]) for name in palette]
    return Figure(
        name="vendors",
        title="Vendor share",
        caption="Share of installed capability: units owned or leased, each weighted by what it can do.",
        panels=(Panel("", spec, 220, "Share of each vendor in installed capability, by period."),),
        legend=tuple(palette.items()),
        grid=pivot("%", periods, rows),
        source=("fleet", "accelerators", "throughput"),
    )


def power_figure(dossier: Dossier) -> Figure:
    """Returns the power drawn and available at each site."""
    rows = reported(dossier, "power")
    drawn = sums(rows, ("site", "period"), "drawn_mw")
    available = sums([row for row in rows if row["available_mw"] is not None], ("site", "period"), "available_mw")
    full = {(text(row["site"]), text(row["period"])) for row in rows if number(row["price"]) > 0}
    sites = [site.site for site in dossier.case.sites if any(key[0] == site.site for key in drawn)]
    panels, cells = [], []
    for site in sites:
        here = [(period, drawn.get((site, period), 0.0), available.get((site, period))) for period in dossier.periods]
        panels.append(_site_panel(dossier, site, here, {period for name, period in full if name == site}))
        cells.append((f"{site}: drawn", [counted(round(used, 1)) for _, used, _ in here]))
        if any(there is not None for _, _, there in here):
            said = ["" if there is None else counted(round(there, 1)) for _, _, there in here]
            cells.append((f"{site}: available", said))
    return Figure(
        name="power",
        title="Power by site",
        caption="Facility power drawn (bars) and available (line), MW. Dark bars: one more MW would be worth money.",
        panels=tuple(panels),
        legend=(("drawn", "#7db8e8"), ("drawn, power binds", ACCENT), ("available", INK)),
        grid=pivot("MW", dossier.periods, cells),
        columns=min(2, max(1, len(panels))),
        source=("power",),
    )


def machines(dossier: Dossier) -> dict[str, str]:
    """Returns the colours of the accelerators that the plan knows, by vendor; the same in every chart."""
    vendors, order = vendors_of(dossier.case), vendor_order(dossier)
    seen = {row["accelerator"] for table in ("fleet", "orders") for row in dossier.records(table)}
    known = sorted((name for name in vendors if name in seen), key=lambda name: order.index(vendors[name]))
    return machine_colours([(name, vendors[name]) for name in known], order)


def vendor_order(dossier: Dossier) -> tuple[str, ...]:
    """Returns the vendors in the order of the input, which gives each its hue in every chart."""
    return tuple(dict.fromkeys(vendors_of(dossier.case).values()))


def _slice(period: str, series: str, amount: float, whole: float, unit: str) -> Spec:
    part = f"{percent(amount / whole)} %" if whole > 0 else ""
    return {"period": period, "series": series, "value": amount, "said": f"{counted(amount)} {unit}", "part": part}


def _site_panel(dossier: Dossier, site: str, here: list[tuple[str, float, float | None]], full: set[str]) -> Panel:
    values: list[Spec] = [
        {
            "period": period,
            "value": used,
            "series": "drawn, power binds" if period in full else "drawn",
            "said": f"{counted(round(used, 1))} MW",
            "there": "no limit" if there is None else f"{counted(round(there, 1))} MW",
            "available": there,
        }
        for period, used, there in here
    ]
    x, most = period_axis(dossier), max(max(used, there or 0.0) for _, used, there in here)
    tooltip = tips(("period", "period"), ("said", "drawn"), ("there", "available"))
    bars = stack(
        values, x=x, y=y_axis("MW", most), series={"drawn": "#7db8e8", "drawn, power binds": ACCENT}, tooltip=tooltip
    )
    bounded = [row for row in values if row["available"] is not None]
    # Periods without a limit break the line; what is left of it may be one period, which only a point shows.
    line = {
        "data": {"values": values},
        "mark": {
            "type": "line",
            "interpolate": "step",
            "strokeWidth": 2,
            "color": INK,
            "point": {"color": INK, "size": 25} if len(bounded) < len(values) else False,
        },
        "encoding": {"x": x, "y": {"field": "available", "type": "quantitative"}, "tooltip": tooltip},
    }
    if bounded:
        bars["layer"].append(line)
    return Panel(site, bars, 160, f"Power drawn and available at {site}.")
