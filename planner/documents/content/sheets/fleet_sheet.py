"""The sheet of the fleet: a corkscrew by accelerator, installed capability, and the shares of vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.documents.cell_text import FINE, SHARE, TENTHS, WHOLE, Shape
from planner.documents.content.sheets.plan_lines import FLEET, PlanLines
from planner.documents.formula_terms import ZERO, Fold, Folded, Number, Share, largest
from planner.documents.line_items import Added, Constant, LineItem, Prior, RowCells, Series, Total
from planner.documents.live_workbook import LineSheet

_CAPABILITY = "capability"


def add_fleet(plan: PlanLines) -> None:
    """Adds what is owned and leased at the end of each period, and how it came to be."""
    sheet = plan.sheet(FLEET, "Fleet: units at the end of each period, by accelerator")
    held = plan.facts.series("fleet", ("accelerator", "site", "vintage", "holding"), "units")
    kinds = [row.accelerator for row in plan.case.accelerators]
    closing = {kind: line for kind in kinds if (line := _corkscrew(plan, sheet, kind, held)) is not None}
    if not closing:
        sheet.remark("There is no fleet.")
        return
    sheet.part("Fleet by accelerator")
    for kind, line in closing.items():
        shape = _shape(line.numbers)
        plan.items["fleet", kind] = sheet.add(LineItem(kind, line, "units", shape=shape, total=Total.NONE))
    units = Added(tuple(item for _, item in plan.kept("fleet")))
    plan.items[("all units",)] = sheet.add(
        LineItem("All units", units, "units", "total: the most", total=Total.MOST, is_strong=True)
    )
    _capability(plan, sheet)


def _corkscrew(plan: PlanLines, sheet: LineSheet, kind: str, held: Mapping[tuple[str, ...], Series]) -> LineItem | None:
    """Adds opening, arrivals, losses and closing of one accelerator; returns the closing."""
    case = plan.case
    own = {key[1:]: values for key, values in held.items() if key[0] == kind}
    offers = [row.offer for row in case.offers if row.accelerator == kind]
    arriving = tuple(plan.items["arrives", offer] for offer in offers if ("arrives", offer) in plan.items)
    units = plan.facts.series("fleet_by_accelerator", ("accelerator",), "opening_units").get((kind,))
    if units is None:
        return None
    start = units[0] or 0.0
    sheet.part(kind)
    parts = tuple(
        sheet.add(LineItem(_holding(plan, *key), values, "units", shape=_shape(values), total=Total.NONE))
        for key, values in own.items()
    )
    shape = _shape([start, *(value for values in own.values() for value in values)])
    closing = LineItem("Closing", Added(parts), "units", shape=shape, total=Total.NONE, is_strong=True, start=start)
    opening = sheet.add(LineItem("Opening", Prior(closing), "units", shape=shape, total=Total.NONE))
    arrivals = sheet.add(LineItem("Arrivals", Added(arriving), "units", shape=shape))
    losses = LineItem(
        "Failed, sold, or at the end of life or lease", closing - opening - arrivals, "units", shape=shape
    )
    sheet.add(losses)
    sheet.add(closing)
    note = "sheet Fleet: losses are never a gain"
    most = Folded(Fold.MOST, (closing.over(),))
    sheet.must_hold(f"No unit comes from nowhere: {kind}", largest(ZERO, losses.over()), most, unit="units", note=note)
    return closing


def _holding(plan: PlanLines, site: str, vintage: str, holding: str) -> str:
    """Returns what units are called: by their site, and since when they are there or the running lease."""
    if holding == "leased" and any(row.lease == vintage for row in plan.case.open_leases):
        return f"{site}, lease {vintage}"
    return f"{site}, since {vintage}{', leased' if holding == 'leased' else ''}"


def _capability(plan: PlanLines, sheet: LineSheet) -> None:
    """Adds installed capability by accelerator and the shares of vendors in it."""
    weights = {row["accelerator"]: row["unit_capability"] for row in plan.facts.records("fleet_by_accelerator")}
    sheet.part("Capability of a unit (the best accelerator on every workload: 1)")
    given = {row.accelerator for row in plan.case.accelerators if row.capability is not None}
    for kind, _ in plan.kept("fleet"):
        is_given = kind in given
        weight = plan.input("accelerators", kind, column=_CAPABILITY) if is_given else Number(weights[kind])
        note = "as given" if is_given else "mean of its rates over the best rates, at the start"
        plan.constants["weight", kind] = sheet.add(Constant(kind, weight, "a unit", note, FINE, is_input=True))
    sheet.part("Installed capability")
    vendor_of = {row.accelerator: row.vendor for row in plan.case.accelerators}
    by_vendor: dict[str, list[LineItem]] = {}
    for kind, fleet in plan.kept("fleet"):
        units = fleet * plan.constants["weight", kind]
        line = sheet.add(LineItem(kind, units, _CAPABILITY, shape=TENTHS, total=Total.NONE))
        by_vendor.setdefault(vendor_of[kind], []).append(line)
        plan.items[_CAPABILITY, kind] = line
    every = Added(tuple(item for _, item in plan.kept(_CAPABILITY)))
    installed = LineItem("Installed", every, _CAPABILITY, shape=TENTHS, total=Total.NONE, is_strong=True)
    plan.items[("installed",)] = sheet.add(installed)
    _vendors(plan, sheet, by_vendor, installed)


def _vendors(plan: PlanLines, sheet: LineSheet, by_vendor: Mapping[str, list[LineItem]], installed: LineItem) -> None:
    sheet.part("Installed capability by vendor")
    for vendor, own in by_vendor.items():
        line = LineItem(vendor, Added(tuple(own)), _CAPABILITY, shape=TENTHS)
        plan.items["vendor", vendor] = sheet.add(line)
    sheet.part("Share of vendors in installed capability; in all, of the reported periods")
    last = plan.facts.reported - 1
    shares = []
    for vendor, line in plan.kept("vendor"):
        whole = Share(line.summed(0, last), installed.summed(0, last))
        shares.append(sheet.add(LineItem(vendor, Share(line, installed), "share", shape=SHARE, total=whole)))
    most = sheet.add(Constant("Largest vendor", largest(RowCells(tuple(shares))), shape=SHARE))
    figure = plan.figure("share_of_largest_vendor")
    if figure is not None:
        note = "sheet Fleet against the key figure of the plan"
        sheet.must_hold("Share of the largest vendor", most - figure, figure, unit="share", note=note)


def _shape(values: Sequence[float | None]) -> Shape:
    size = max((abs(value) for value in values if value), default=0.0)
    return WHOLE if size >= 100 else TENTHS
