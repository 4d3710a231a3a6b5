"""The plan on a timeline: what is signed, started, ordered and built, and how long each waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.calendar import parse_label
from planner.documents.content.cost_categories import CATEGORY_COLOURS
from planner.documents.content.plan_decisions import decision_text
from planner.documents.content.plan_headline import number
from planner.documents.content.plan_supply import machine_palette
from planner.documents.number_text import counted, money
from planner.documents.timeline import Milestone, Stretch, TimelineBar, TimelineGroup, TimelineMark, TimelineRow
from planner.results.decisions_table import arrival_words, closing_words, powered, reached, span_words
from planner.results.loaded_run import LoadedRun
from planner.results.milestones import failure_of
from planner.results.table import Cell


def groups_of(loaded: LoadedRun) -> list[TimelineGroup]:
    """Returns the groups of the timeline that have rows."""
    found = [
        TimelineGroup("Own chips, companies and agreements", (*_programmes(loaded), *_deals(loaded))),
        TimelineGroup("Orders and leases", tuple(_orders(loaded))),
        TimelineGroup("Machines sold or retired", tuple(_sales(loaded))),
        TimelineGroup("Sites and power", tuple(_expansions(loaded))),
    ]
    return [group for group in found if group.rows]


def _orders(loaded: LoadedRun) -> Iterator[TimelineRow]:
    rows: dict[str, list[dict[str, Cell]]] = {}
    for row in loaded.records("orders"):
        rows.setdefault(text(row["offer"]), []).append(row)
    shades = machine_palette(loaded)
    found = []
    for offer, orders in rows.items():
        line = TimelineRow(offer, weight=max(number(row["contract_musd"]) for row in orders))
        ends: list[float] = []
        for row in sorted(orders, key=lambda row: parse_label(text(row["period"]))):
            start = _index(loaded, row["period"])
            comes = [label for label in text(row["arrives"]).split(";") if label]
            begin = _index(loaded, comes[0]) if comes else float(len(loaded.periods))
            lane = _lane(ends, start, _index(loaded, comes[-1]) + 1 if comes else begin)
            shade = shades[text(row["accelerator"])]
            verb = "leased" if row["kind"] == "lease" else "ordered"
            worth = f"{money(number(row['contract_musd']))} USD million"
            says = f"{counted(number(row['units']))} units of {row['accelerator']} ({row['vendor']}) for {worth}"
            when = f"{verb} {row['period']}, {arrival_words([row])}"
            line.bars += _clipped(loaded, start, begin, Stretch.WAITING, shade, lane, "", says, when)
            for label in comes:
                at, size = _index(loaded, label), _short(number(row["arriving_units"])) if len(comes) == 1 else ""
                line.bars += _clipped(loaded, at, at + 1, Stretch.ARRIVAL, shade, lane, size, says, when)
        found.append((parse_label(text(orders[0]["period"])), line))
    for _, line in sorted(found, key=lambda entry: (entry[0], -entry[1].weight)):
        if line.bars:
            yield line


def _sales(loaded: LoadedRun) -> Iterator[TimelineRow]:
    """Yields a row for each accelerator of which units are sold or retired before the end of their life."""
    lines: dict[str, tuple[TimelineRow, list[float]]] = {}
    for row in loaded.records("decisions"):
        if row["verb"] in {"sell", "retire"}:
            name, periods = text(row["item"]), text(row["periods"]).split(";")
            line, ends = lines.setdefault(name, (TimelineRow(name), []))
            start, end = _index(loaded, periods[0]), _index(loaded, periods[-1]) + 1
            size, lane = _short(number(row["units"])), _lane(ends, start, end)
            when, shade = span_words(periods), CATEGORY_COLOURS["resale"]
            line.bars += _clipped(loaded, start, end, Stretch.ARRIVAL, shade, lane, size, decision_text(row), when)
    yield from (line for line, _ in lines.values() if line.bars)


def _programmes(loaded: LoadedRun) -> Iterator[TimelineRow]:
    shade, light = CATEGORY_COLOURS["tape_out"], CATEGORY_COLOURS["resale"]
    for row in loaded.records("tape_outs"):
        start, tape_out = (_index(loaded, row[name]) for name in ("start", "tape_out"))
        ready, failed = _reached(loaded, row["ready"], text(row["programme"]), start)
        says = f"{row['programme']} by {row['route']}"
        is_ready = reached("ready", text(row["ready"]))
        when = f"started {row['start']}, tape-out {row['tape_out']}, {is_ready}"
        line = TimelineRow(f"{row['programme']} ({row['route']})")
        line.bars += _clipped(loaded, start, tape_out, Stretch.DESIGN, shade, 0, "", says, when)
        line.bars += _clipped(loaded, tape_out, ready, Stretch.BRING_UP, light, 0, "", says, when)
        line.marks += _within(loaded, tape_out, Milestone.TAPE_OUT, f"tape-out {row['tape_out']}")
        if row["ready"]:
            line.bars += _clipped(loaded, ready, len(loaded.periods), Stretch.IN_USE, "#d9efe6", 0, "", says, when)
            line.marks += _within(loaded, ready, Milestone.READY, f"ready {row['ready']}")
        line.marks += failed
        yield line


def _deals(loaded: LoadedRun) -> Iterator[TimelineRow]:
    for row in loaded.records("acquisitions"):
        signed = _index(loaded, row["signed"])
        owned, failed = _reached(loaded, row["owned"], text(row["acquisition"]), signed)
        says = f"{row['acquisition']} for {money(number(row['price_musd']))} USD million"
        when = f"signed {row['signed']}, {closing_words(row)}"
        line = TimelineRow(text(row["acquisition"]))
        shade, light = CATEGORY_COLOURS["acquisition"], "#f1dbe8"
        line.bars += _clipped(loaded, signed, owned, Stretch.WAITING, shade, 0, "", says, when)
        line.marks += _within(loaded, signed, Milestone.SIGNED, f"signed {row['signed']}")
        if row["owned"]:
            line.bars += _clipped(loaded, owned, len(loaded.periods), Stretch.IN_USE, light, 0, "", says, when)
            line.marks += _within(loaded, owned, Milestone.READY, f"owned {row['owned']}")
        line.marks += failed
        yield line
    for row in loaded.records("agreements"):
        signed, first = _index(loaded, row["signed"]), _index(loaded, row["live_from"])
        last = _index(loaded, row["live_to"])
        when = f"signed {row['signed']}, live {row['live_from']} to {row['live_to']}"
        line = TimelineRow(text(row["agreement"]))
        shade = CATEGORY_COLOURS["agreement"]
        line.bars += _clipped(loaded, signed, first, Stretch.WAITING, shade, 0, "", line.name, when)
        line.bars += _clipped(loaded, first, last + 1, Stretch.IN_USE, "#f3dcea", 0, "", line.name, when)
        line.marks += _within(loaded, signed, Milestone.SIGNED, f"signed {row['signed']}")
        yield line


def _expansions(loaded: LoadedRun) -> Iterator[TimelineRow]:
    known = {row.expansion: row for row in loaded.case.expansions}
    rows: dict[str, list[dict[str, Cell]]] = {}
    for row in loaded.records("expansions"):
        rows.setdefault(text(row["expansion"]), []).append(row)
    shade = CATEGORY_COLOURS["expansion"]
    for name, builds in rows.items():
        cost = known[name].cost_musd_per_module
        line = TimelineRow(name, weight=sum(number(row["modules"]) for row in builds) * cost)
        ends: list[float] = []
        for row in sorted(builds, key=lambda row: parse_label(text(row["period"]))):
            start = _index(loaded, row["period"])
            on, failed = _reached(loaded, row["energised"], name, start)
            lane = _lane(ends, start, on + 1)
            size = number(row["modules"]) * known[name].module_mw
            says = f"{counted(size)} MW at {row['site']}"
            when = f"ordered {row['period']}, {powered([text(row['energised'])])}"
            line.bars += _clipped(loaded, start, on, Stretch.WAITING, shade, lane, "", says, when)
            if row["energised"]:
                line.bars += _clipped(
                    loaded, on, on + 1, Stretch.ARRIVAL, shade, lane, counted(round(size, 1)), says, when
                )
            line.marks += [TimelineMark(mark.at, mark.milestone, mark.label, lane) for mark in failed]
        if line.bars:
            yield line


def _reached(loaded: LoadedRun, label: Cell, item: str, start: float) -> tuple[float, Iterable[TimelineMark]]:
    """Returns where what began at `start` is reached; of what fails, where that is known, and the mark of it."""
    if label:
        return _index(loaded, label), ()
    period = failure_of(loaded.case, loaded.calendar, item)
    if period is None:
        return float(len(loaded.periods)), ()
    at = max(float(period), start)
    return at, _within(loaded, at, Milestone.FAILED, f"fails {loaded.calendar.labels[period]}")


def _index(loaded: LoadedRun, label: object) -> float:
    return float(loaded.calendar.period_at(str(label)))


def _clipped(
    loaded: LoadedRun,
    start: float,
    end: float,
    stretch: Stretch,
    colour: str,
    lane: int,
    label: str,
    says: str,
    when: str,
) -> Iterator[TimelineBar]:
    """Yields the bar as far as it lies in the reported periods."""
    first, last = max(0.0, start), min(float(len(loaded.periods)), end)
    if first < last:
        yield TimelineBar(first, last, stretch, colour, lane, label, says, when)


def _within(loaded: LoadedRun, at: float, milestone: Milestone, label: str) -> Iterable[TimelineMark]:
    return [TimelineMark(at, milestone, label)] if 0 <= at < len(loaded.periods) else []


def _lane(ends: list[float], start: float, end: float) -> int:
    """Returns the first lane that is free from `start` on, and takes it until `end`."""
    for lane, taken in enumerate(ends):
        if taken <= start:
            ends[lane] = end
            return lane
    ends.append(end)
    return len(ends) - 1


def _short(value: float) -> str:
    """Returns a quantity in at most four characters.

    >>> _short(655360.0), _short(9216.0), _short(600.0), _short(1.5e6)
    ('655k', '9.2k', '600', '1.5M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            scaled = value / size
            return f"{scaled:.1f}{letter}".replace(".0", "") if scaled < 10 else f"{scaled:.0f}{letter}"
    return counted(round(value))


def text(cell: Cell) -> str:
    """Returns a cell as text; nothing where it is blank."""
    return "" if cell is None else str(cell)
