"""The sheet of the fleet: a corkscrew by accelerator, installed capability, and the shares of vendors."""

from __future__ import annotations

from collections.abc import Mapping

from models.case import Case
from planner.documents.xlsx.cell_style import FINE, SHARE, TENTHS, WHOLE, CellKind, Numbers
from planner.documents.xlsx.line_formulas import minus, same, share, times
from planner.documents.xlsx.time_sheet import TOTAL, Rule, Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import CHECKS, FLEET, PlanBook
from planner.export.workbook.series_by_period import Series


def write_fleet(book: PlanBook) -> None:
    """Writes what is owned and leased at the end of each period, and how it came to be."""
    page = book.begin(FLEET, "Fleet: units at the end of each period, by accelerator")
    facts = book.facts
    held = facts.series("fleet", ("accelerator", "site", "vintage", "holding"), "units")
    kinds = [row.accelerator for row in facts.loaded.case.accelerators]
    closing = [line for kind in kinds if (line := _corkscrew(book, page, kind, held)) is not None]
    if not closing:
        page.says("There is no fleet.")
        return
    page.section("Fleet by accelerator")
    links = [_same(page, line, "units", _numbers(line.values)) for line in closing]
    for line in links:
        book.lines["fleet", line.label] = line
    book.lines["fleet", "all"] = page.added("All units", links, unit="units", total=Sum.MOST, note="total: the most")
    _capability(book, page, links)


def _corkscrew(book: PlanBook, page: TimeSheet, kind: str, held: Mapping[tuple[str, ...], Series]) -> TimeRow | None:
    """Writes opening, arrivals, losses and closing of one accelerator; returns the closing."""
    facts = book.facts
    own = {key[1:]: values for key, values in held.items() if key[0] == kind}
    offers = [row.offer for row in facts.loaded.case.offers if row.accelerator == kind]
    arriving = [book.lines["arrives", offer] for offer in offers if ("arrives", offer) in book.lines]
    case = facts.loaded.case
    opening_values, lost, closing_values = (
        [value or 0.0 for value in facts.series("fleet_by_accelerator", ("accelerator",), column).get((kind,), ())]
        for column in ("opening_units", "leaving_units", "units")
    )
    if not opening_values:
        return None
    page.section(kind)
    parts = [
        page.values(
            _holding(case, site, vintage, holding), values, unit="units", total=Sum.NONE, numbers=_numbers(values),
        )
        for (site, vintage, holding), values in own.items()
    ]  # fmt: skip
    numbers = _numbers([opening_values[0], *(value for part in parts for value in part.values)])
    closing_row = page.row + 3
    opening = page.formula(
        "Opening", lambda _, before: f"{before}{closing_row + 1}", opening_values, unit="units", total=Sum.NONE,
        numbers=numbers,
    )  # fmt: skip
    arrivals = page.added("Arrivals", arriving, unit="units", numbers=numbers, is_strong=False)
    losses = page.formula(
        "Failed, sold, or at the end of life or lease",
        minus(TimeRow(FLEET, closing_row, ()), [opening, arrivals], FLEET),
        [0.0 - units for units in lost],
        unit="units",
        numbers=numbers,
    )
    closing = page.formula(
        "Closing", _sum_rule(parts), closing_values, unit="units", total=Sum.NONE, numbers=numbers, is_strong=True,
        before=opening_values[0],
    )  # fmt: skip
    gain = max(0.0, *(0.0 - units for units in lost))
    book.check(
        f"No unit comes from nowhere: {kind}", f"MAX(0,{losses.span(CHECKS)})", gain, size=max(closing_values),
        unit="units", note="sheet Fleet: losses are never a gain",
    )  # fmt: skip
    return TimeRow(closing.sheet, closing.row, closing.values, kind)


def _holding(case: Case, site: str, vintage: str, holding: str) -> str:
    """Returns what units are called: by their site, and since when they are there or the running lease."""
    if holding == "leased" and any(row.lease == vintage for row in case.open_leases):
        return f"{site}, lease {vintage}"
    return f"{site}, since {vintage}{', leased' if holding == 'leased' else ''}"


def _sum_rule(parts: list[TimeRow]) -> Rule:
    return lambda here, _: f"SUM({parts[0].at(here)}:{parts[-1].at(here)})" if parts else "0"


def _capability(book: PlanBook, page: TimeSheet, fleet: list[TimeRow]) -> None:
    """Writes installed capability by accelerator and the shares of vendors in it."""
    weights = {row["accelerator"]: row["unit_capability"] for row in book.facts.records("fleet_by_accelerator")}
    page.section("Capability of a unit (the best accelerator on every workload: 1)")
    given = {row.accelerator for row in book.facts.loaded.case.accelerators if row.capability is not None}
    weight = {}
    for line in fleet:
        is_given = line.label in given
        note = "as given" if is_given else "mean of its rates over the best rates, at the start"
        weight[line.label] = page.constant(
            line.label, weights[line.label], unit="a unit", numbers=FINE, note=note,
            kind=CellKind.LINK if is_given else CellKind.INPUT,
            formula=book.cells["assumptions", "accelerators", line.label, "capability"].on(FLEET) if is_given else "",
        )  # fmt: skip
    for name, cell in weight.items():
        book.cells["weight", name] = cell
    page.section("Installed capability")
    vendor_of = {row.accelerator: row.vendor for row in book.facts.loaded.case.accelerators}
    installed: dict[str, list[TimeRow]] = {}
    for line in fleet:
        factor = weight[line.label]
        found = page.formula(
            line.label, times([line, factor], FLEET),
            [value * factor.value for value in line.values], unit="capability", total=Sum.NONE, numbers=TENTHS,
        )  # fmt: skip
        installed.setdefault(vendor_of[line.label], []).append(found)
        book.lines["capability", line.label] = found
    everything = [line for lines in installed.values() for line in lines]
    everything.sort(key=lambda line: line.row)
    total = page.added("Installed", everything, unit="capability", total=Sum.NONE, numbers=TENTHS)
    book.lines["capability", "all"] = total
    _vendors(book, page, installed, total)


def _vendors(book: PlanBook, page: TimeSheet, installed: Mapping[str, list[TimeRow]], total: TimeRow) -> None:
    page.section("Installed capability by vendor")
    lines = [
        page.added(vendor, own, unit="capability", numbers=TENTHS, is_strong=False) for vendor, own in installed.items()
    ]
    for line in lines:
        book.lines["vendor", line.label] = line
    page.section("Share of vendors in installed capability; in all, of the reported periods")
    shares, reach = [], book.facts.reported
    everything, reported = f"SUM({total.span('', 0, reach - 1)})", sum(total.values[:reach])
    for line in lines:
        values = [part / whole if whole else None for part, whole in zip(line.values, total.values, strict=True)]
        written = page.formula(
            line.label, share(line, total, FLEET), values,
            unit="share", numbers=SHARE, total=Sum.NONE,
        )  # fmt: skip
        whole = sum(line.values[:reach]) / reported if reported else None
        formula = f'IF({everything},SUM({line.span("", 0, reach - 1)})/{everything},"")'
        cell = page.cell(written.row, TOTAL, formula, whole, numbers=SHARE)
        shares.append(cell)
        book.cells["vendor share", line.label] = cell
    first, end = shares[0], shares[-1]
    largest = max(cell.value for cell in shares)
    book.cells[("largest vendor",)] = page.cell(
        page.row, TOTAL, f"MAX({first.on(FLEET)}:{end.on(FLEET)})", largest, numbers=SHARE
    )
    page.text(page.row, 0, "Largest vendor")
    page.row += 1
    told = book.cells.get(("figure", "share_of_largest_vendor"))
    if told is None:
        return
    book.check(
        "Share of the largest vendor", f"{book.cells[('largest vendor',)].on(CHECKS)}-{told.on(CHECKS)}",
        largest - told.value, size=told, unit="share", note="sheet Fleet against the key figure of the plan",
    )  # fmt: skip


def _same(page: TimeSheet, line: TimeRow, unit: str, numbers: Numbers) -> TimeRow:
    return page.formula(line.label, same(line, FLEET), line.values, unit=unit, total=Sum.NONE, numbers=numbers)


def _numbers(values: Series | list[float] | tuple[float, ...]) -> Numbers:
    size = max((abs(value) for value in values if value), default=0.0)
    return WHOLE if size >= 100 else TENTHS
