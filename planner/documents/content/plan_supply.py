"""The work, machines, vendors and power of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from planner.documents.blocks import (
    ChartBlock,
    ChartKind,
    Column,
    Form,
    Medium,
    Section,
    Sentence,
    TableBlock,
    TableCell,
    TextBlock,
    rows_of,
)
from planner.documents.colours import ACCENT, ALERT, machine_colours, vendor_colours
from planner.documents.content.plan_headline import number
from planner.documents.number_text import counted, percent
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.results.totals import reporting_spans

UNSERVED = "not served"
_IN_FULL = 1 - 1e-6
_QPS = "queries/s at peak"
_DRAWN, _FULL = "drawn", "drawn, power binds"


def service_rows(loaded: LoadedRun) -> TableBlock:
    """Returns demand at peak by workload: the accelerators that serve it, and what stays unserved."""
    demand = {(row["workload"], row["period"]): row for row in _reported(loaded, "service")}
    columns = (
        Column("workload", "Workload"), Column("period", "Period"), Column("by", "By"),
        Column("qps", "Work", Form.AMOUNT, _QPS), Column("demand_qps", "demand", Form.AMOUNT, _QPS),
    )  # fmt: skip
    rows: list[tuple[TableCell, ...]] = []
    for given in loaded.case.workloads:
        for row in loaded.rows("work_by_accelerator"):
            if row["workload"] == given.workload:
                asked = demand[given.workload, row["period"]]["demand_qps"]
                rows.append((given.workload, row["period"], row["accelerator"], row["qps"], asked))
        rows += [
            (given.workload, period, UNSERVED, row["unserved_qps"], row["demand_qps"])
            for (name, period), row in demand.items()
            if name == given.workload
        ]
    return TableBlock("service_rows", "Capacity and demand", "", columns, tuple(rows))


def service_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns the chart of demand at peak, a panel for each workload."""
    return ChartBlock(
        "service", "Capacity and demand by workload", ChartKind.STACK, "service_rows", "period", "qps", "by",
        note="Height is demand at peak, in queries a second. Colours say which accelerator does the work; red is "
        "demand that the plan leaves unserved.",
        panel="workload", whole="demand_qps", labels=loaded.periods, source=("service", "assignments"),
        palette=machine_palette(loaded) | {UNSERVED: ALERT},
    )  # fmt: skip


def service_claim(loaded: LoadedRun) -> str:
    """Returns what is served least, and when."""
    rows = [row for row in _reported(loaded, "service") if row["share_served"] is not None]
    least = min(rows, key=lambda row: number(row["share_served"]), default=None)
    if least is None:
        return "Nothing is asked for"
    if number(least["share_served"]) > _IN_FULL:
        return "Every workload is served in full"
    share = percent(number(least["share_served"]))
    return f"Least service {share} % ({least['workload']}, {least['period']})"


def served_table(loaded: LoadedRun) -> TableBlock:
    """Returns the share of demand served by workload, the least served first, and by span."""
    shares = {(row["workload"], row["span"]): row["share_served"] for row in loaded.rows("span_service")}
    names = list(dict.fromkeys(str(row["workload"]) for row in loaded.rows("service_by_workload")))
    return _shares("served", "Demand served", names, list(reporting_spans(loaded.case)), shares)


def service_table(loaded: LoadedRun) -> TableBlock:
    """Returns demand and service of each workload in each period, in its own unit."""
    columns = (
        Column("workload", "Workload", width=20), Column("period", "Period", width=10),
        Column("demand_qps", "Demand", Form.QUANTITY, _QPS), Column("served_qps", "Served", Form.QUANTITY, _QPS),
        Column("unserved_qps", "Not served", Form.QUANTITY, _QPS), Column("share_served", "Share served", Form.SHARE),
    )  # fmt: skip
    rows = rows_of(_reported(loaded, "service"), columns)
    return TableBlock("service", "Demand and service by period", "", columns, rows)


def fleet_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns the active units by accelerator."""
    return ChartBlock(
        "fleet", "Fleet by accelerator", ChartKind.STACK, "fleet_rows", "period", "units", "accelerator",
        note="Active units, owned and leased. Each vendor has one hue; later machines are darker.",
        whole="all_units", labels=loaded.periods, palette=machine_palette(loaded), source=("active",),
    )  # fmt: skip


def fleet_rows(loaded: LoadedRun) -> TableBlock:
    """Returns active units by accelerator and period."""
    columns = (
        Column("accelerator", "Accelerator"), Column("period", "Period"),
        Column("units", "Active units", Form.AMOUNT), Column("all_units", "all", Form.AMOUNT),
    )  # fmt: skip
    return _rows(loaded, "active_by_accelerator", "fleet_rows", columns)


def vendor_rows(loaded: LoadedRun) -> TableBlock:
    """Returns each vendor's share of installed capability by period."""
    columns = (
        Column("vendor", "Vendor"), Column("period", "Period"),
        Column("share", "Share of installed capability", Form.PERCENT),
    )  # fmt: skip
    return _rows(loaded, "vendor_shares", "vendor_rows", columns)


def vendor_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns each vendor's share of installed capability."""
    return ChartBlock(
        "vendors", "Vendor share", ChartKind.STACK, "vendor_rows", "period", "share", "vendor",
        note="Share of installed capability: units owned or leased, each weighted by what it can do.",
        labels=loaded.periods, palette=vendor_colours(vendor_order(loaded)), is_share=True,
        source=("fleet", "accelerators", "throughput"),
    )  # fmt: skip


def fleet_claim(loaded: LoadedRun) -> str:
    """Returns how many units work at most, and which vendor has most of what is installed."""
    units = max((number(row["all_units"]) for row in loaded.rows("active_by_accelerator")), default=0.0)
    share = next(row for row in loaded.records("key_figures") if row["name"] == "share_of_largest_vendor")
    if share["value"] is None:
        return "No capability is installed"
    held = f"{share['of']} holds {percent(number(share['value']))} % of installed capability"
    return f"{counted(round(units))} units work at most; {held}"


def vendor_rules(loaded: LoadedRun) -> TextBlock:
    """Returns the policies about vendors."""
    return TextBlock(
        tuple(
            Sentence(
                f"Policy {row.policy}: {row.kind.replace('_', ' ')} {row.subject} {counted(row.value)}, {row.span}, "
                f"{row.basis}"
            )
            for row in loaded.case.policies
            if "vendor" in row.kind
        ),
        is_list=True,
    )


def power_rows(loaded: LoadedRun) -> TableBlock:
    """Returns the power drawn and available at each site by period."""
    columns = (
        Column("site", "Site"), Column("period", "Period"), Column("state", "State"),
        Column("drawn_mw", "Power", Form.AMOUNT, "MW"), Column("available_mw", "available", Form.AMOUNT, "MW"),
    )  # fmt: skip
    rows = tuple(
        (row["site"], row["period"], _FULL if number(row["price"]) > 0 else _DRAWN, row["drawn_mw"],
         row["available_mw"])
        for row in _reported(loaded, "power")
    )  # fmt: skip
    return TableBlock("power_rows", "Power by site", "", columns, rows)


def power_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns the power drawn and available at each site."""
    return ChartBlock(
        "power", "Power by site", ChartKind.STACK, "power_rows", "period", "drawn_mw", "state", "available_mw",
        note="Facility power drawn (bars) and available (marks), MW. Dark bars: one more MW would be worth money.",
        panel="site", labels=loaded.periods, palette={_DRAWN: "#7db8e8", _FULL: ACCENT}, source=("power",),
    )  # fmt: skip


def machine_palette(loaded: LoadedRun) -> dict[str, str]:
    """Returns the colours of the accelerators that the plan knows, by vendor; the same in every chart."""
    vendors, order = {row.accelerator: row.vendor for row in loaded.case.accelerators}, vendor_order(loaded)
    seen = {row["accelerator"] for table in ("fleet", "orders") for row in loaded.records(table)}
    known = sorted((name for name in vendors if name in seen), key=lambda name: order.index(vendors[name]))
    return machine_colours([(name, vendors[name]) for name in known], order)


def vendor_order(loaded: LoadedRun) -> tuple[str, ...]:
    """Returns the vendors in the order of the input, which gives each its hue in every chart."""
    return tuple(dict.fromkeys(row.vendor for row in loaded.case.accelerators))


def _reported(loaded: LoadedRun, table: str) -> list[dict[str, Cell]]:
    kept = set(loaded.periods)
    return [row for row in loaded.rows(table) if row["period"] in kept]


def _rows(loaded: LoadedRun, table: str, name: str, columns: tuple[Column, ...]) -> TableBlock:
    rows = tuple(tuple(row[column.name] for column in columns) for row in loaded.rows(table))
    return TableBlock(name, name, "", columns, rows)


def _shares(
    name: str, title: str, names: Sequence[str], times: Sequence[str], shares: Mapping[tuple[Cell, Cell], Cell]
) -> TableBlock:
    columns = (Column("workload", "Workload", width=20), *(Column(time, time, Form.SHARE) for time in times))
    rows = tuple((name, *(shares.get((name, time)) for time in times)) for name in names)
    alerts = frozenset(
        (at, place)
        for at, row in enumerate(rows)
        for place, cell in enumerate(row)
        if isinstance(cell, float) and cell < _IN_FULL
    )
    return TableBlock(name, title, "", columns, rows, alerts=alerts)


def carbon_section(loaded: LoadedRun) -> Iterator[Section]:
    """Yields what is emitted, by site and period, and what may be; nothing where the case says nothing of carbon."""
    rows, limits = _reported(loaded, "carbon"), loaded.records("carbon_limits")
    if not rows:
        return
    unit = "t CO2e"
    columns: tuple[Column, ...] = (
        Column("site", "Site", width=20), Column("period", "Period", width=10),
        Column("operational_tonnes", "By electricity", Form.QUANTITY, unit),
        Column("embodied_tonnes", "By making what arrives", Form.QUANTITY, unit),
        Column("tonnes", "In all", Form.QUANTITY, unit),
    )  # fmt: skip
    emitted = TableBlock("carbon", "Carbon by site and period", "", columns, rows_of(rows, columns))
    columns = (
        Column("span", "Span", width=16), Column("tonnes", "May be emitted", Form.QUANTITY, unit),
        Column("emitted_tonnes", "Is emitted", Form.QUANTITY, unit),
        Column("slack_tonnes", "Left", Form.QUANTITY, unit)
    )  # fmt: skip
    allowed = TableBlock("carbon_limits", "Limits of carbon", "", columns, rows_of(limits, columns))
    chart = ChartBlock(
        "carbon", "Carbon by site", ChartKind.STACK, "carbon", "period", "tonnes", "site",
        note="Carbon of electricity, and of making what arrives in the period, t CO2e.",
        labels=loaded.periods, palette=_site_colours(loaded), source=("carbon",),
    )  # fmt: skip
    claim = f"{counted(round(loaded.figure('carbon_emitted') or 0.0))} {unit} are emitted in the reported periods"
    said = TextBlock((Sentence(f"{claim}: by electricity, and by making what arrives."),))
    yield Section(
        "carbon", "Carbon", (said, chart, *((allowed,) if limits else ())), "Carbon",
        frozenset(Medium) - {Medium.SUMMARY}, claim=claim, details=(emitted,),
    )  # fmt: skip


def _site_colours(loaded: LoadedRun) -> dict[str, str]:
    return vendor_colours([row.site for row in loaded.case.sites])


def yearly_power(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the power that sites draw by calendar year; nothing where nothing draws any."""
    rows = loaded.rows("power_by_year")
    most = max(rows, key=lambda row: number(row["most_mw"]), default=None)
    if most is None or number(most["most_mw"]) <= 0:
        return
    columns = (
        Column("site", "Site", width=20), Column("year", "Year", width=8),
        Column("drawn_mw", "Drawn, mean of the year", Form.QUANTITY, "MW"),
        Column("most_mw", "Most in a period", Form.QUANTITY, "MW"),
    )  # fmt: skip
    table = TableBlock("power_by_year", "Power by site and year", "", columns, rows_of(rows, columns))
    chart = ChartBlock(
        "power_by_year", "Power by site and year", ChartKind.STACK, "power_by_year", "year", "drawn_mw", "site",
        note="Facility power drawn, mean of the year, MW.", palette=_site_colours(loaded), source=("power_by_year",),
        labels=tuple(dict.fromkeys(str(row["year"]) for row in rows)),
    )  # fmt: skip
    claim = f"{most['site']} draws most power: {counted(number(most['most_mw']))} MW in {most['year']}"
    media = frozenset({Medium.PAGE, Medium.SHEETS, Medium.SLIDES})
    yield Section("power-by-year", chart.title, (chart,), "Power by year", media, claim=claim, details=(table,))


SECTIONS: tuple[Callable[[LoadedRun], Iterator[Section]], ...] = (yearly_power, carbon_section)
"""Parts of the document that each make themselves, in their order."""
