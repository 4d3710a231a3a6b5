"""The parts of the report in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.export.dossier import Dossier
from planner.export.report.cells import Record, number, reported, sums, text
from planner.export.report.figure import Figure, Grid, pivot
from planner.export.report.markup import Html, details, joined, table, tag
from planner.export.report.money import largest_lines
from planner.export.report.quality import headings, input_grid, quality_counts
from planner.export.report.relief import relief_grid
from planner.export.report.story import claims, lead, lookahead_note, span_of, tiles
from planner.export.report.trust import check_counts, run_facts
from planner.show.decisions import Step, Use, steps_of
from planner.show.numbers import money, percent
from planner.show.remarks import owed_lines
from planner.show.worth import HELD, NOTHING_BINDS, dear_rows, full_rows, full_sentence, tightest

_MOST_RELIEF = 12
_MOST_FULL = 8
_IN_FULL = 1 - 1e-6


@dataclass(frozen=True)
class Section:
    """A part of the report: what stands before its charts, the charts, what follows."""

    name: str
    title: str
    short: str
    figures: tuple[Figure, ...] = ()
    before: tuple[Html, ...] = ()
    after: tuple[Html, ...] = ()


def opening(dossier: Dossier) -> Html:
    """Returns the headline: what is planned, how far to trust it, and the figures read first."""
    said = [
        tag("li", tag("b", "✔" if claim.good else "!"), claim.text, class_=None if claim.good else "care")
        for claim in claims(dossier)
    ]
    boxes = [
        tag(
            "li",
            tag("span", tile.label, class_="l"),
            tag("span", tile.value, class_="v"),
            tag("span", tile.unit, class_="u"),
        )
        for tile in tiles(dossier)
    ]
    ahead = lookahead_note(dossier)
    warning = "Charts need scripts, which are switched off here. The tables below hold every number of them."
    return tag(
        "header",
        tag("p", f"Compute plan, {span_of(dossier)}", class_="kicker"),
        tag("h1", dossier.case.settings.name),
        tag("p", lead(dossier), class_="lead"),
        tag("ul", *said, class_="claims"),
        tag("ul", *boxes, class_="tiles"),
        *([tag("p", ahead, class_="caption")] if ahead else []),
        tag("noscript", tag("p", warning)),
    )


def closing(dossier: Dossier) -> Html:
    """Returns the foot of the page."""
    version = dossier.manifest.get("fleetplan_version", "")
    words = (
        f"Run {dossier.name}, written by fleetplan {version}. Decisions are values from a solver; prices of budgets, "
        "limits and power hold at this plan, with lots, deals and modules held as they are."
    )
    return tag("footer", tag("p", words))


def sections(dossier: Dossier, drawn: dict[str, Figure]) -> list[Section]:
    """Returns the parts of the report in the order in which they are read."""

    def of(*names: str) -> tuple[Figure, ...]:
        return tuple(drawn[name] for name in names if name in drawn)

    found = [
        Section("decisions", "What to do, and when", "Decisions", before=(_decisions(dossier),)),
        Section("timeline", "The plan on a timeline", "Timeline", of("timeline")),
        Section("service", "Capacity and demand by workload", "Service", of("service"), after=_shares(dossier)),
        Section("cash", "Cash against budgets", "Cash", of("cash", "budgets")),
        Section("owed", "Owed after the end", "Owed", before=_owed(dossier)),
        Section("worth", "Where the money goes", "Costs", of("worth"), after=(_lines(dossier),)),
        Section("fleet", "Fleet and vendors", "Fleet", of("fleet", "vendors")),
        Section("power", "Power by site", "Power", of("power")),
        Section("relief", "What binds, and what relief is worth", "What binds", before=_relief(dossier)),
        Section(
            "inputs",
            "Assumptions and data quality",
            "Assumptions",
            of("quality"),
            after=(_input_list(dossier),),
        ),
        Section("trust", "Solver status and independent check", "Check", before=_trust(dossier)),
    ]
    return [part for part in found if part.figures or part.before]


def _decisions(dossier: Dossier) -> Html:
    heads = ("when", "what to do", "cash, USD million", "budgets spent, %", "demand served, %", "power, MW")
    rows = [_step(step, heads) for step in steps_of(dossier.case, dossier.tables)]
    numeric = (2, 5)
    names = [tag("th", name, scope="col", class_="n" if at in numeric else None) for at, name in enumerate(heads)]
    head = tag("thead", tag("tr", *names))
    caption = tag("caption", "Decisions, cash, budgets, service and power")
    return tag("div", tag("table", caption, head, tag("tbody", *rows), class_="stack"), class_="list")


def _step(step: Step, heads: Sequence[str]) -> Html:
    doings = [tag("li", _verb(line)) for line in step.decisions] or [tag("li", "nothing to decide", class_="aside")]
    doings += [tag("li", f"→ {line}", class_="aside") for line in step.milestones]
    return tag(
        "tr",
        tag("th", step.label, scope="row"),
        tag("td", tag("ul", *doings)),
        tag("td", money(step.cash_musd), class_="n", data_label=heads[2]),
        tag("td", *_uses(step.budgets, 0), data_label=heads[3]),
        tag("td", *_uses(step.served, 1), data_label=heads[4]),
        tag("td", f"{step.mw:,.0f}", class_="n", data_label=heads[5]),
    )


def _verb(line: str) -> Html:
    verb, _, rest = line.partition(" ")
    return joined(tag("b", verb), f" {rest}")


def _uses(uses: Sequence[Use], decimals: int) -> list[Html]:
    return [tag("div", tag("span", use.name), " ", tag("b", use.per_cent(decimals)), class_="share") for use in uses]


def _owed(dossier: Dossier) -> tuple[Html, ...]:
    """Returns what is committed at the end of the reported periods and due after it, in all and by calendar year."""
    lines = owed_lines(dossier.tables)
    if not lines:
        return ()
    words = "Committed at the end of the reported periods and due after it; not discounted, and in no other figure."
    rows = tuple((what, when, money(musd)) for what, when, musd in lines)
    years = tuple(
        (
            text(row["what"]),
            text(row["scenarios"]) if "scenarios" in row else "",
            text(row["year"]),
            money(number(row["musd"])),
        )
        for row in dossier.records("owed")
    )
    by_year = Grid(("what", "scenarios", "year", "USD million"), years, frozenset({3}))
    return (
        tag("p", words, class_="caption"),
        table(Grid(("what", "when", "USD million"), rows, frozenset({2})), caption="Owed after the end"),
        details("By year", table(by_year, caption="Owed after the end, by calendar year")),
    )


def _shares(dossier: Dossier) -> tuple[Html, ...]:
    rows, periods = reported(dossier, "service"), dossier.periods
    demand, served = (sums(rows, ("workload", "period"), f"{name}_qps") for name in ("demand", "served"))
    body = [
        (
            name,
            [
                percent(served.get((name, period), 0.0) / demand[name, period]) if demand.get((name, period)) else ""
                for period in periods
            ],
        )
        for name in (row.workload for row in dossier.case.workloads)
    ]
    shown = table(pivot("workload", periods, body), caption="Demand served by workload and period, %", flag="100.0")
    return (tag("h3", "Demand served, %"), shown)


def _lines(dossier: Dossier) -> Html:
    return joined(
        tag("h3", "The largest lines"),
        table(largest_lines(dossier), caption="The cost lines that weigh most", bars=2),
    )


def _relief(dossier: Dossier) -> tuple[Html, ...]:
    binding = dossier.table("binding")
    rows, full = dear_rows(binding), full_rows(binding)
    words = (
        "A price is what the next small amount saves of net present cost; more and more of one thing saves less and "
        f"less, so price times an amount is the most that it can save. {HELD}"
    )
    parts = [tag("p", words, class_="caption")]
    if not rows:
        parts.append(tag("p", NOTHING_BINDS))
        return (*parts, *_full(full))
    parts.append(tag("ul", *(tag("li", line) for line in tightest(binding))))
    parts.append(table(relief_grid(rows[:_MOST_RELIEF]), caption="What binds, what saves most first", bars=8))
    if len(rows) > _MOST_RELIEF:
        rest = relief_grid(rows[_MOST_RELIEF:])
        parts.append(details(f"{len(rows) - _MOST_RELIEF} more that bind", table(rest, caption="What else binds")))
    return (*parts, *_full(full))


def _full(full: Sequence[Record]) -> tuple[Html, ...]:
    if not full:
        return ()
    listed = [tag("li", full_sentence(row)) for row in full[:_MOST_FULL]]
    more = [tag("li", f"and {len(full) - _MOST_FULL} more")] if len(full) > _MOST_FULL else []
    words = "Nearly used up, yet more would save nothing while lots, deals, tape-outs and modules are held:"
    return (tag("p", words), tag("ul", *listed, *more))


def _input_list(dossier: Dossier) -> Html:
    """Returns every input table with sources; it follows from the case alone."""
    parts = [
        details(
            f"{name}: {sum(counts.values())} rows",
            table(input_grid(dossier, name), caption=f"Input table {name}", titles=headings(name)),
            class_="inputs",
        )
        for name, counts in quality_counts(dossier).items()
    ]
    return tag("div", tag("h3", "Every input, with its source"), *parts, class_="inputs-list")


def _trust(dossier: Dossier) -> tuple[Html, ...]:
    facts = [part for name, value in run_facts(dossier) for part in (tag("dt", name), tag("dd", value))]
    warnings = [tag("li", warning.text) for warning in dossier.read.warnings]
    listed = (tag("h3", "Warnings about the inputs"), tag("ul", *warnings)) if warnings else ()
    check = dossier.manifest.get("check") or {}
    findings = [tag("li", str(finding)) for finding in check.get("findings") or []]
    found = (tag("h3", "Findings"), tag("ul", *findings)) if findings else ()
    counts, empty = check_counts(dossier)
    words = (
        "Every requirement and every cost line was computed again from the inputs and the result tables by code that "
        "shares nothing with the model. The counts say how many comparisons were made."
    )
    return (
        tag("dl", *facts),
        *listed,
        *found,
        tag("h3", "Independent check"),
        tag("p", words, class_="caption"),
        tag("ul", *(tag("li", tag("span", name), tag("b", count)) for name, count in counts), class_="counts"),
        *([tag("p", f"Nothing to compare: {', '.join(empty)}.", class_="caption")] if empty else []),
    )
