"""The sheet of active units and power: what works where, what it draws, and what the site has."""

from __future__ import annotations

from typing import Any

from models.tables.site_rows import SiteSeries
from planner.documents.xlsx.cell_style import FACTOR, FINE, PLAIN, SHARE, TENTHS, WHOLE, CellKind
from planner.documents.xlsx.line_formulas import minus, plus, times
from planner.documents.xlsx.time_sheet import Cell, Rule, Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import CHECKS, POWER, PlanBook
from planner.results.milestones import in_force

KW_PER_MW = 1000.0


def write_power(book: PlanBook) -> None:
    """Writes active units by site and accelerator, power drawn and available, and idle units."""
    page = book.begin(POWER, "Active units and power, by site", total="Constant, or total")
    page.section("Constants")
    thousand = page.constant("kW in a MW", KW_PER_MW, unit="kW", note="constant")
    active = book.facts.series("active", ("accelerator", "site"), "units")
    drawn: list[TimeRow] = []
    by_kind: dict[str, list[TimeRow]] = {}
    for site in book.facts.loaded.case.sites:
        own = {kind: values for (kind, place), values in active.items() if place == site.site}
        page.section(site.site)
        lines = []
        for kind, values in own.items():
            kw = _facility_kw(book, kind, site)
            lines.append(page.values(kind, values, unit="units, kW of one", total=Sum.NONE, numbers=TENTHS))
            page.cell(lines[-1].row, 2, kw[0], kw[1], kind=CellKind.LINK, numbers=FINE)
            by_kind.setdefault(kind, []).append(lines[-1])
        drawn.append(_site(book, page, site, lines, thousand))
    page.section("All sites")
    book.lines["drawn", "all"] = page.added(
        "Power drawn", drawn, unit="MW facility", total=Sum.MOST, numbers=TENTHS, note="total: the most"
    )
    _idle(book, page, by_kind)
    told = book.cells["figure", "peak_mw"]
    most = book.lines["drawn", "all"]
    book.check(
        "Highest power drawn", f"{most.constant(CHECKS)}-{told.on(CHECKS)}", most.total - told.value, size=told,
        unit="MW", note="sheet Active & Power against the key figure of the plan",
    )  # fmt: skip


def _facility_kw(book: PlanBook, kind: str, site: Any) -> tuple[str, float]:  # noqa: ANN401  a row of sites
    """Returns the formula of a unit's facility power at a site, kW, and its value."""
    machine = book.cells["assumptions", "accelerators", kind, "it_kw"]
    pue = book.cells["assumptions", "sites", site.site, "pue"]
    return f"{machine.on(POWER)}*{pue.on(POWER)}", machine.value * pue.value


def _site(book: PlanBook, page: TimeSheet, site: Any, lines: list[TimeRow], thousand: Cell) -> TimeRow:  # noqa: ANN401  a row of sites
    """Writes power drawn at a site and, where it has a limit, what is there and what is left."""
    name, size = site.site, len(book.facts.labels)
    kw = [_facility_kw(book, line.label, site)[1] for line in lines]
    values = [
        sum(line.values[index] * each for line, each in zip(lines, kw, strict=True)) / KW_PER_MW
        for index in range(size)
    ]
    drawn = page.formula(
        "Power drawn", _drawn_rule(lines, thousand), values, unit="MW facility", total=Sum.MOST, numbers=TENTHS,
        is_strong=True, note="total: the most",
    )  # fmt: skip
    book.lines["drawn", name] = drawn
    _as_the_plan_says(book, page, drawn, name, "drawn_mw", f"Power drawn: {name}")
    states = _states(book, name)
    power = [site.power_mw if row is None or row.power_mw is None else row.power_mw for row in states]
    if all(each is None for each in power):
        page.says("This site has no limit of power.")
        return drawn
    if any(states):
        shares = [1.0 if row is None else row.available_share for row in states]
        there, left = _changing(book, page, name, drawn, power, shares)
    else:
        there, left = _lasting(book, page, site, drawn)
    book.check(
        f"Power is not overdrawn: {name}", f"MAX(0,-{left.constant(CHECKS)})", max(0.0, -left.total),
        size=max(there.values), unit="MW", note="sheet Active & Power",
    )  # fmt: skip
    if not (book.facts.is_branching and book.facts.loaded.case.disruptions):
        _as_the_plan_says(book, page, there, name, "available_mw", f"Power available: {name}")
    price = book.facts.series("power", ("site",), "price").get((name,), ())
    if any(price):
        page.values(
            "Next MW saves", price, unit="USD million a MW", total=Sum.NONE, numbers=FACTOR,
            note="a small amount; lots and modules held",
        )  # fmt: skip
        worth = book.facts.series("binding", ("item",), "worth_of_one_per_cent_musd", where=("kind", "power"))
        blank = (None,) * len(book.facts.labels)
        page.values(
            "1 % more saves", worth.get((name,), blank), unit="USD million", total=Sum.NONE,
            numbers=FACTOR, note="found by solving again; blank: not asked",
        )  # fmt: skip
    return drawn


def _lasting(book: PlanBook, page: TimeSheet, site: Any, drawn: TimeRow) -> tuple[TimeRow, TimeRow]:  # noqa: ANN401  a row of sites
    """Writes what is there and what is left at a site whose own power stays as it is."""
    name, size = site.site, len(book.facts.labels)
    existing = page.constant(
        "Existing power", site.power_mw, unit="MW facility", kind=CellKind.LINK, numbers=TENTHS,
        formula=book.cells["assumptions", "sites", name, "power_mw"].on(POWER),
    )  # fmt: skip
    added = _added(book, name)
    there = page.formula(
        "Power available",
        plus([existing, *added], POWER),
        [existing.value + sum(line.values[index] for line in added) for index in range(size)],
        unit="MW facility", total=Sum.NONE, numbers=TENTHS, note="existing and energised modules",
    )  # fmt: skip
    left = page.formula(
        "Power left", minus(there, [drawn], POWER),
        [one - other for one, other in zip(there.values, drawn.values, strict=True)],
        unit="MW facility", total=Sum.LEAST, numbers=TENTHS, note="total: the least",
    )  # fmt: skip
    return there, left


def _states(book: PlanBook, site: str) -> list[SiteSeries | None]:
    """Returns by period what a site has, where that is not what `sites` says."""
    rows = [row for row in book.facts.loaded.case.site_series if row.site == site]
    return [in_force(book.facts.loaded.calendar, rows, at) for at in range(len(book.facts.labels))]


def _changing(
    book: PlanBook, page: TimeSheet, site: str, drawn: TimeRow, power: list[float | None], shares: list[float]
) -> tuple[TimeRow, TimeRow]:
    """Writes the same of a site whose power, or what of it can be used, changes; blank where it has no limit."""
    size = len(book.facts.labels)
    existing = page.values(
        "Existing power", power, unit="MW facility", kind=CellKind.INPUT, numbers=TENTHS, total=Sum.NONE,
        note="sites.csv and site_series.csv",
    )  # fmt: skip
    share = page.values(
        "Share that can be used", shares, unit="share", kind=CellKind.INPUT, numbers=SHARE, total=Sum.NONE,
        note="site_series.csv",
    )  # fmt: skip
    holds = page.values(
        "A limit holds", [float(value is not None) for value in power], unit="flag", kind=CellKind.INPUT, numbers=PLAIN,
        total=Sum.NONE,
    )  # fmt: skip
    added = _added(book, site)
    sums = plus([existing, *added], POWER)
    whole = [existing.values[at] + sum(line.values[at] for line in added) for at in range(size)]
    there = page.formula(
        "Power available", lambda here, _: f"{holds.at(here)}*{share.at(here)}*({sums(here, '')})",
        [flag * part * all_ for flag, part, all_ in zip(holds.values, share.values, whole, strict=True)],
        unit="MW facility", total=Sum.NONE, numbers=TENTHS, note="share of site and modules",
    )  # fmt: skip
    left = page.formula(
        "Power left", lambda here, _: f"{there.at(here)}-{holds.at(here)}*{drawn.at(here)}",
        [there.values[at] - holds.values[at] * drawn.values[at] for at in range(size)],
        unit="MW facility", total=Sum.LEAST, numbers=TENTHS, note="total: the least",
    )  # fmt: skip
    return there, left


def _added(book: PlanBook, site: str) -> list[TimeRow]:
    return [line for key, line in book.lines.items() if key[0] == "energised" and key[1] == site]


def _drawn_rule(lines: list[TimeRow], thousand: Cell) -> Rule:
    if not lines:
        return lambda *_: "0"
    first, last = lines[0], lines[-1]
    kw = f"{first.constant()}:{last.constant()}"
    return lambda here, _: f"SUMPRODUCT({first.at(here)}:{last.at(here)},{kw})/{thousand.on(POWER)}"


def _as_the_plan_says(book: PlanBook, page: TimeSheet, line: TimeRow, site: str, column: str, label: str) -> None:
    """Writes what the plan says of a line that is computed here, and adds the check that they agree."""
    told = page.values(
        f"{line.label}, by the plan", book.facts.series("power", ("site",), column)[(site,)], unit="MW facility",
        total=Sum.NONE, numbers=TENTHS,
    )  # fmt: skip
    gap = page.differs(line, told, unit="MW facility")
    book.check(
        label,
        gap.constant(CHECKS),
        gap.total,
        size=max(told.values),
        unit="MW",
        note="sheet Active & Power: formula and plan",
    )


def _idle(book: PlanBook, page: TimeSheet, by_kind: dict[str, list[TimeRow]]) -> None:
    """Writes active units of each accelerator and those that stand idle."""
    page.section("Active units by accelerator")
    totals = [
        page.formula(
            kind, plus(lines, POWER),
            [sum(parts) for parts in zip(*(line.values for line in lines), strict=True)],
            unit="units", total=Sum.NONE, numbers=WHOLE,
        )
        for kind, lines in by_kind.items()
    ]  # fmt: skip
    for line in totals:
        book.lines["active", line.label] = line
    _at_work(book, page, totals)
    page.section("Idle units by accelerator")
    for line in totals:
        fleet = book.lines["fleet", line.label]
        idle = page.formula(
            line.label, minus(fleet, [line], POWER),
            [owned - works for owned, works in zip(fleet.values, line.values, strict=True)],
            unit="units", total=Sum.LEAST, note="total: the least",
        )  # fmt: skip
        book.check(
            f"No more is active than there is: {line.label}", f"MAX(0,-{idle.constant(CHECKS)})",
            max(0.0, -idle.total), size=max(fleet.values), unit="units", note="sheet Active & Power",
        )  # fmt: skip


def _at_work(book: PlanBook, page: TimeSheet, totals: list[TimeRow]) -> None:
    """Writes capability at work, which is what demand takes of the installed one."""
    page.section("Capability at work")
    lines = []
    for line in totals:
        weight = book.cells["weight", line.label]
        lines.append(
            page.formula(
                line.label, times([line, weight], POWER),
                [value * weight.value for value in line.values], unit="capability", total=Sum.NONE, numbers=TENTHS,
            )
        )  # fmt: skip
    book.lines["at work", "all"] = page.added("At work", lines, unit="capability", total=Sum.NONE, numbers=TENTHS)
