"""The six slides of a plan: headline, timeline, fleet against demand, cash, vendor share, assumptions."""

from __future__ import annotations

import itertools
from typing import Any

from planner.documents.pptx.deck import POINT, Box, Deck, faint, plain, write
from planner.documents.pptx.slide_charts import label_values, lines, paint_points, stacked
from planner.documents.pptx.slide_timeline import draw_timeline
from planner.export.dossier import Dossier
from planner.export.report.cells import reported, sums
from planner.export.report.colours import (
    ACCENT,
    GOOD,
    INK,
    MUTED,
    QUALITY_COLOURS,
    WARN,
    category_colour,
    category_name,
    vendor_colours,
)
from planner.export.report.money import cash_of
from planner.export.report.quality import QUALITIES, quality_counts
from planner.export.report.shares import by_period, largest_vendor
from planner.export.report.story import claims, lead, span_of, status_claim, tiles
from planner.export.report.supply import machines, vendor_order
from planner.export.report.timeline import groups_of
from planner.export.report.vegalite import money_unit
from planner.show.decisions import counts_of, steps_of
from planner.show.numbers import counted, money, percent
from planner.show.worth import NOTHING_BINDS, dear_rows, tightest

_MOST_FIRST = 7
_MOST_WORKLOADS = 6
_LINE_COLOURS = ("#1f5f99", "#d98200", "#c8321e", "#00795a", "#7a2158", "#8b96a1")
_RISK_WORDS = {"expected": "as expected", "optimistic": "none", "pessimistic": "a full one each"}


def slides(dossier: Dossier, template: bytes | None = None) -> bytes:
    """Returns six slides as a PowerPoint file, with charts that stay editable and notes that name their tables.

    A template gives its layouts, fonts and look; its own slides are dropped.

    Raises:
        CaseFaults: the template is not a PowerPoint file that can be read.
    """
    deck = Deck(template)
    properties = deck.file.core_properties
    properties.title = f"{dossier.case.settings.name}: plan"
    properties.author = "fleetplan"
    for page in (_headline, _timeline, _fleet, _cash, _vendors, _assumptions):
        page(deck, dossier)
    return deck.bytes()


def _notes(dossier: Dossier, *tables: str) -> str:
    version = dossier.manifest.get("fleetplan_version", "")
    return (
        f"Source: {', '.join(f'tables/{name}.csv' for name in tables)} of run {dossier.name}, fleetplan {version}.\n"
        f"{status_claim(dossier).text}"
    )


def _headline(deck: Deck, dossier: Dossier) -> None:
    least, cash = dossier.figure("least_share_served"), money(dossier.figure("cash_cost") or 0.0)
    served = "" if least is None else f"at least {percent(least, 2)} % of each workload served for "
    title = f"{dossier.case.settings.name}: {served}{cash} USD million, {span_of(dossier)}"
    tables = "key_figures", "period_figures", "costs", "decisions", "owed", "service_by_workload"
    slide, box = deck.slide(title, _notes(dossier, *tables))
    upper, lower = box.rows(0.24)
    for at, tile in enumerate(tiles(dossier)):
        cell = upper.column(at, len(tiles(dossier)), 8 * POINT)
        size = min(22.0, cell.width / POINT / (0.75 * len(tile.value)))
        said = [(tile.label, 11.0, MUTED, False), (tile.value, size, ACCENT, True), (tile.unit, 9.0, MUTED, False)]
        write(slide, cell, said)
    left, right = lower.column(0, 2), lower.column(1, 2)
    said = [
        (f"{'✔' if claim.good else '!'} {claim.text}", 12, GOOD if claim.good else WARN, True)
        for claim in claims(dossier)
    ]
    write(slide, left, [(lead(dossier), 12, INK, False), *said, ("First to do", 12, INK, True), *_first(dossier)])
    costs = sums(dossier.records("costs"), ("category",), "discounted_musd")
    ordered = sorted(costs.items(), key=lambda entry: -entry[1])
    factor, unit = money_unit(max((abs(value) for value in costs.values()), default=0.0))
    names = [category_name(key[0]) for key, _ in ordered]
    head, body = right.rows(0.08)
    write(slide, head, [(f"Net present cost by category, {unit}", 12, INK, True)])
    form = "#,##0.0" if factor < 1 else "#,##0"
    values = {"net present cost": [value * factor for _, value in ordered]}
    chart = stacked(slide, body, names, values, {"net present cost": ACCENT}, unit="", number_format=form, across=True)
    low = min([0.0, *(value * factor for _, value in ordered)])
    if low < 0:
        chart.value_axis.minimum_scale = low - 0.2 * max(abs(value) * factor for _, value in ordered)
    label_values(chart, form)
    paint_points(chart, [category_colour(key[0]) for key, _ in ordered])


def _first(dossier: Dossier) -> list[tuple[str, float, str, bool]]:
    """Returns what is decided in the first stretch of the plan that decides anything."""
    step = next((step for step in steps_of(dossier.case, dossier.tables) if step.decisions), None)
    if step is None:
        return [plain("nothing")]
    found = [plain(f"•  {step.label}: {line}") for line in step.decisions[:_MOST_FIRST]]
    more = len(step.decisions) - _MOST_FIRST
    return [*found, faint(f"and {more} more")] if more > 0 else found


def _timeline(deck: Deck, dossier: Dossier) -> None:
    said = ", ".join(counts_of(dossier.tables))
    notes = _notes(dossier, "decisions", "orders", "tape_outs", "acquisitions", "agreements", "expansions")
    slide, box = deck.slide(f"What is decided when: {said or 'nothing'}", notes)
    words = "Pale: ordered and waiting. Solid: the period of arrival, with units or MW."
    draw_timeline(slide, box, dossier.periods, groups_of(dossier), words)


def _fleet(deck: Deck, dossier: Dossier) -> None:
    periods = dossier.periods
    active = sums(reported(dossier, "active"), ("accelerator", "period"), "units")
    palette = {name: shade for name, shade in machines(dossier).items() if any(key[0] == name for key in active)}
    totals = [sum(active.get((name, period), 0.0) for name in palette) for period in periods]
    title = f"Fleet against demand: {counted(round(max(totals, default=0.0)))} units at most, {_short_of(dossier)}"
    slide, box = deck.slide(title, _notes(dossier, "active", "service"))
    left = Box(box.left, box.top, int(box.width * 0.56), box.height)
    right = Box(left.left + left.width + 14 * POINT, box.top, box.width - left.width - 14 * POINT, box.height)
    fleet = {name: [active.get((name, period), 0.0) for period in periods] for name in palette}
    if fleet:
        stacked(slide, left, periods, fleet, palette, unit="active units")
    upper, lower = right.rows(0.5)
    _served(slide, upper, lower, dossier)


def _served(slide: Any, upper: Box, lower: Box, dossier: Dossier) -> None:  # noqa: ANN401  a slide of the library
    """Draws the share served of each workload, and served and unserved of the one that misses most."""
    periods, service = dossier.periods, reported(dossier, "service")
    demand, served, unserved = (
        sums(service, ("workload", "period"), f"{name}_qps") for name in ("demand", "served", "unserved")
    )
    names = [row.workload for row in dossier.case.workloads if any(key[0] == row.workload for key in demand)]
    if not names:
        return
    shares = {
        name: [served.get((name, p), 0.0) / demand[name, p] if demand.get((name, p)) else None for p in periods]
        for name in names
    }
    shades = dict(zip(names, itertools.cycle(_LINE_COLOURS), strict=False))
    lines(slide, upper, periods, shares, shades, unit="share of demand served")
    missed = {name: sum(unserved.get((name, period), 0.0) for period in periods) for name in names}
    most = max(names, key=lambda name: missed[name])
    amounts = {"served": served, "unserved": unserved}
    series = {what: [found.get((most, period), 0.0) for period in periods] for what, found in amounts.items()}
    fills = {"served": "#7db8e8", "unserved": category_colour("unserved")}
    stacked(slide, lower, periods, series, fills, unit=f"{most}, queries/s at peak")


def _short_of(dossier: Dossier) -> str:
    rows = reported(dossier, "service")
    demand, served = (sums(rows, ("workload", "period"), f"{name}_qps") for name in ("demand", "served"))
    shares = {key: served.get(key, 0.0) / there for key, there in demand.items() if there > 0}
    if not shares or min(shares.values()) > 1 - 1e-6:
        return "every workload served in full"
    (workload, period), least = min(shares.items(), key=lambda entry: entry[1])
    return f"least service {percent(least)} % ({workload}, {period})"


def _cash(deck: Deck, dossier: Dossier) -> None:
    cash = cash_of(dossier)
    most = max([*cash.totals, *cash.allowed.values()], default=0.0)
    factor, unit = money_unit(most)
    top = max(range(len(cash.labels)), key=lambda at: cash.totals[at])
    title = f"Cash peaks in {cash.labels[top]} at {money(cash.totals[top])} USD million"
    slide, box = deck.slide(title, _notes(dossier, "costs", "budgets", "binding", "key_figures"))
    binding = dossier.table("binding")
    found = [plain(line) for line in tightest(binding)] if dear_rows(binding) else []
    upper, lower = box.rows(0.8)
    series = {category_name(name): [value * factor for value in values] for name, values in cash.amounts.items()}
    shades = {category_name(name): category_colour(name) for name in cash.amounts}
    marks = None
    if cash.allowed:
        marks = ("budget for all spending", [cash.allowed[label] * factor for label in cash.labels])
    form = "#,##0"
    if series:
        stacked(slide, upper, cash.labels, series, shades, unit=unit, number_format=form, marks=marks)
    write(slide, lower, [plain(_kinds(dossier)), *(found or [plain(NOTHING_BINDS)])], bullets=True)


def _kinds(dossier: Dossier) -> str:
    """Returns what the cash is, capital apart from running cost, and what the objective counts that is no cash."""
    capex, opex, penalty, left = (
        money(dossier.figure(name) or 0.0) for name in ("capex", "opex", "unserved_penalty", "discounted_value_left")
    )
    return (
        f"In all {span_of(dossier)}: capex {capex} and opex {opex} USD million, after resale. Not cash: penalty for "
        f"unserved demand {penalty}; value left {left}, discounted"
    )


def _vendors(deck: Deck, dossier: Dossier) -> None:
    shares, periods = by_period(dossier), dossier.periods
    vendor, share = largest_vendor(dossier)
    title = f"{vendor} holds {percent(share)} % of installed capability" if vendor else "No capability is installed"
    slide, box = deck.slide(title, _notes(dossier, "fleet"))
    palette = vendor_colours(vendor_order(dossier))
    upper, lower = box.rows(0.84)
    series = {name: [row.get(period, 0.0) for period in periods] for name, row in shares.items()}
    if series:
        unit = "share of installed capability"
        stacked(slide, upper, periods, series, palette, unit=unit, number_format="0.0%", whole=True)
    rules = [
        f"Policy {row.policy}: {row.kind.replace('_', ' ')} {row.subject} {counted(row.value)}, {row.span}, {row.basis}"
        for row in dossier.case.policies
        if "vendor" in row.kind
    ]
    words = "Units owned or leased, each weighted by what it can do; the title gives the share over all periods."
    write(slide, lower, [faint(words), *(plain(rule) for rule in rules[:2])])


def _assumptions(deck: Deck, dossier: Dossier) -> None:
    counts, settings = quality_counts(dossier), dossier.case.settings
    totals = {name: sum(entry[name] for entry in counts.values()) for name in QUALITIES}
    whole = max(1, sum(totals.values()))
    shares = {name: percent(totals[name] / whole, 0) for name in ("judged", "no source")}
    title = f"Assumptions: of {whole:,} input rows {shares['judged']} % rest on judgement, "
    title += f"{shares['no source']} % name no source"
    slide, box = deck.slide(title, _notes(dossier, *()) + "\nThe inputs of the run, by their notes and sources.")
    left, right = box.column(0, 2), box.column(1, 2)
    series = {name: [float(entry[name]) for entry in counts.values()] for name in QUALITIES if totals[name]}
    chart = stacked(slide, left, [*counts], series, QUALITY_COLOURS, unit="", number_format="#,##0", across=True)
    chart.font.size = 9 * POINT
    words = [
        f"{settings.currency_basis} USD, discount rate {settings.discount_rate * 100:.4g} % a year",
        f"{len(dossier.periods)} periods, {span_of(dossier)}"
        + (f", and {settings.lookahead_periods} of lookahead" if settings.lookahead_periods else ""),
        f"Respins of own chips: {_RISK_WORDS.get(settings.tape_out_risk, settings.tape_out_risk)}",
        f"Machines may {'be sold early' if settings.early_retirement else 'not be sold before the end of their life'}",
        *_demands(dossier),
        ", ".join(f"{count:,} rows {name}" for name, count in totals.items() if count),
        "A row counts by its weakest part; every row with its source is in the report.",
    ]
    write(slide, right, [(line, 12, INK, False) for line in words], bullets=True)


def _demands(dossier: Dossier) -> list[str]:
    """Returns how the demand of the first workloads grows, and the least of it that must be served."""
    demand = sums(reported(dossier, "service"), ("workload", "period"), "demand_qps")
    first, last = dossier.periods[0], dossier.periods[-1]
    return [
        f"{row.workload}: demand {counted(round(demand.get((row.workload, first), 0.0), 1))} to "
        f"{counted(round(demand.get((row.workload, last), 0.0), 1))} queries/s at peak, at least "
        f"{percent(row.min_service, 0)} % served"
        for row in dossier.case.workloads[:_MOST_WORKLOADS]
    ]
