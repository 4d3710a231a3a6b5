"""The sheet of active units and power: what works where, what it draws, and what the site has."""

from __future__ import annotations

from models.tables.site_rows import Site, SiteSeries
from planner.documents.cell_text import FACTOR, FINE, PLAIN, SHARE, TENTHS
from planner.documents.content.sheets.plan_lines import MUSD, POWER, PlanLines
from planner.documents.formula_terms import ZERO, Fold, Folded, Number, Term, added
from planner.documents.line_items import Added, Constant, LineItem, Total, Weighted
from planner.documents.live_workbook import LineSheet
from planner.results.milestones import in_force

KW_PER_MW = Number(1000.0)
_MW = "MW facility"
_MOST, _LEAST = "total: the most", "total: the least"
_BY_PLAN = "sheet Active & Power: formula and plan"


def add_power(plan: PlanLines) -> None:
    """Adds active units by site and accelerator, power drawn and available, and idle units."""
    sheet = plan.sheet(POWER, "Active units and power, by site", "Constant, or total")
    sheet.part("Constants")
    thousand = sheet.add(Constant("kW in a MW", KW_PER_MW, "kW", "constant", is_input=True))
    active = plan.facts.series("active", ("accelerator", "site"), "units")
    by_kind: dict[str, list[LineItem]] = {}
    for site in plan.case.sites:
        sheet.part(site.site)
        lines = []
        pue = plan.input("sites", site.site, column="pue")
        for (kind, place), values in active.items():
            if place == site.site:
                kw = plan.input("accelerators", kind, column="it_kw") * pue
                line = LineItem(kind, values, "units, kW of one", shape=TENTHS, total=kw, total_shape=FINE)
                lines.append(sheet.add(line))
                by_kind.setdefault(kind, []).append(line)
        _site(plan, sheet, site, tuple(lines), thousand)
    sheet.part("All sites")
    drawn = Added(tuple(item for _, item in plan.kept("drawn")))
    most = sheet.add(LineItem("Power drawn", drawn, _MW, _MOST, TENTHS, Total.MOST, is_strong=True))
    plan.items[("all power",)] = most
    _idle(plan, sheet, by_kind)
    figure = plan.constants["figure", "peak_mw"]
    note = "sheet Active & Power against the key figure of the plan"
    sheet.must_hold("Highest power drawn", most.whole - figure, figure, unit="MW", note=note)


def _site(plan: PlanLines, sheet: LineSheet, site: Site, lines: tuple[LineItem, ...], thousand: Constant) -> None:
    """Adds power drawn at a site and, where it has a limit, what is there and what is left."""
    name = site.site
    power = Weighted(lines) / thousand if lines else ZERO
    drawn = LineItem("Power drawn", power, _MW, _MOST, TENTHS, Total.MOST, is_strong=True)
    plan.items["drawn", name] = sheet.add(drawn)
    _agree_with_plan(plan, sheet, drawn, name, "drawn_mw")
    states = _states(plan, name)
    limits = [site.power_mw if row is None or row.power_mw is None else row.power_mw for row in states]
    if all(limit is None for limit in limits):
        sheet.remark("This site has no limit of power.")
        return
    if any(states):
        shares = [1.0 if row is None else row.available_share for row in states]
        there, left = _changing(plan, sheet, drawn, name, limits, shares)
    else:
        there, left = _lasting(plan, sheet, drawn, name)
    most = Folded(Fold.MOST, (there.over(),))
    label, note = f"Power is not overdrawn: {name}", "sheet Active & Power"
    sheet.must_cover(label, left, most, unit="MW", note=note)
    _agree_with_plan(plan, sheet, there, name, "available_mw")
    price = plan.facts.series("power", ("site",), "price").get((name,), ())
    if any(price):
        note = "a small amount; lots and modules held"
        sheet.add(LineItem("Next MW saves", price, "USD million a MW", note, FACTOR, Total.NONE))
        worth = plan.facts.series("binding", ("item",), "worth_of_one_per_cent_musd", where=("kind", "power"))
        found, note = worth.get((name,), (None,) * len(price)), "found by solving again; blank: not asked"
        sheet.add(LineItem("1 % more saves", found, MUSD, note, FACTOR, Total.NONE))


def _lasting(plan: PlanLines, sheet: LineSheet, drawn: LineItem, site: str) -> tuple[LineItem, LineItem]:
    """Adds what is there and what is left at a site whose own power stays as it is."""
    existing = Constant("Existing power", plan.input("sites", site, column="power_mw"), _MW, shape=TENTHS)
    power = added(sheet.add(existing), *_energised(plan, site))
    note = "existing and energised modules"
    there = sheet.add(LineItem("Power available", power, _MW, note, TENTHS, Total.NONE))
    left = sheet.add(LineItem("Power left", there - drawn, _MW, _LEAST, TENTHS, Total.LEAST))
    return there, left


def _states(plan: PlanLines, site: str) -> list[SiteSeries | None]:
    """Returns by period what a site has, where that differs from `sites`."""
    rows = [row for row in plan.case.site_series if row.site == site]
    return [in_force(plan.facts.loaded.calendar, rows, at) for at in range(len(plan.facts.labels))]


def _changing(
    plan: PlanLines, sheet: LineSheet, drawn: LineItem, site: str, limits: list[float | None], shares: list[float]
) -> tuple[LineItem, LineItem]:
    """Adds the same of a site whose power, or what of it can be used, changes; blank where it has no limit."""
    note = "sites.csv and site_series.csv"
    existing = LineItem("Existing power", limits, _MW, note, TENTHS, Total.NONE, is_input=True)
    share = LineItem("Share that can be used", shares, "share", "site_series.csv", SHARE, Total.NONE, is_input=True)
    flags = [float(limit is not None) for limit in limits]
    holds = LineItem("A limit holds", flags, "flag", shape=PLAIN, total=Total.NONE, is_input=True)
    for line in (existing, share, holds):
        sheet.add(line)
    power = holds * share * added(existing, *_energised(plan, site))
    note = "share of site and modules"
    there = sheet.add(LineItem("Power available", power, _MW, note, TENTHS, Total.NONE))
    left = sheet.add(LineItem("Power left", there - holds * drawn, _MW, _LEAST, TENTHS, Total.LEAST))
    return there, left


def _energised(plan: PlanLines, site: str) -> list[Term]:
    return [line for key, line in plan.items.items() if key[:2] == ("energised", site)]


def _agree_with_plan(plan: PlanLines, sheet: LineSheet, line: LineItem, site: str, column: str) -> None:
    """Adds what the plan has of a line item that is computed here, and the check that they agree."""
    values = plan.facts.series("power", ("site",), column)[(site,)]
    given = sheet.add(LineItem(f"{line.label}, by the plan", values, _MW, shape=TENTHS, total=Total.NONE))
    most = Folded(Fold.MOST, (given.over(),))
    sheet.must_agree(f"{line.label}: {site}", line, given, most, unit="MW", note=_BY_PLAN)


def _idle(plan: PlanLines, sheet: LineSheet, by_kind: dict[str, list[LineItem]]) -> None:
    """Adds active units of each accelerator, the capability at work, and the units that stand idle."""
    sheet.part("Active units by accelerator")
    active = {
        kind: sheet.add(LineItem(kind, Added(tuple(lines)), "units", total=Total.NONE))
        for kind, lines in by_kind.items()
    }
    sheet.part("Capability at work")
    weights = plan.constants
    work = tuple(
        sheet.add(LineItem(kind, line * weights["weight", kind], "capability", shape=TENTHS, total=Total.NONE))
        for kind, line in active.items()
    )
    at_work = LineItem("At work", Added(work), "capability", shape=TENTHS, total=Total.NONE, is_strong=True)
    plan.items[("at work",)] = sheet.add(at_work)
    sheet.part("Idle units by accelerator")
    for kind, line in active.items():
        fleet = plan.items["fleet", kind]
        idle = sheet.add(LineItem(kind, fleet - line, "units", _LEAST, total=Total.LEAST))
        most = Folded(Fold.MOST, (fleet.over(),))
        label = f"No more is active than there is: {kind}"
        sheet.must_cover(label, idle, most, unit="units", note="sheet Active & Power")
