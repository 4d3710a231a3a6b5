"""The plan on a timeline: what is signed, started, ordered and built, and how long each waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from models.calendar import parse_label
from planner.export.dossier import Dossier
from planner.export.report.cells import number, text
from planner.export.report.colours import CATEGORY_COLOURS
from planner.export.report.supply import machines
from planner.results.decisions import arrival_words, closing_words, powered, reached, span_words
from planner.results.milestones import failure_of
from planner.results.table import Cell
from planner.show.decisions import told
from planner.show.numbers import counted, money

WAIT, ARRIVAL, LIVE, DESIGN, BRING_UP = "waiting", "arrival", "in use", "design", "tape-out to volume"
SIGNED, TAPE_OUT, READY, FAILED = "signed", "tape-out", "ready", "failed"


@dataclass(frozen=True)
class Bar:
    """A stretch of a row, in periods from the start of the plan; `lane` keeps what overlaps apart."""

    start: float
    end: float
    kind: str
    colour: str
    lane: int
    label: str
    told: str
    when: str


@dataclass(frozen=True)
class Mark:
    """A milestone of a row, in periods from the start of the plan."""

    at: float
    kind: str
    label: str
    lane: int = 0


@dataclass
class Row:
    """A line item of the timeline."""

    name: str
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    worth: float = 0.0
    """What orders the rows: USD million, or what comes close to it."""

    @property
    def lanes(self) -> int:
        """How many lanes the row needs."""
        return 1 + max([bar.lane for bar in self.bars] + [mark.lane for mark in self.marks], default=0)

    def has_room(self, mark: Mark, period: float, letter: float) -> bool:
        """True where the label of a mark ends before the next mark, given the widths of a period and a letter."""
        later = [other.at for other in self.marks if other.at > mark.at]
        return not later or (min(later) - mark.at) * period > (len(mark.label) + 1.5) * letter


@dataclass(frozen=True)
class Group:
    """Rows of one kind."""

    title: str
    rows: tuple[Row, ...]


def groups_of(dossier: Dossier) -> list[Group]:
    """Returns the groups of the timeline that have rows."""
    found = [
        Group("Own chips, companies and agreements", (*_programmes(dossier), *_deals(dossier))),
        Group("Orders and leases", tuple(_orders(dossier))),
        Group("Machines sold or retired", tuple(_sales(dossier))),
        Group("Sites and power", tuple(_expansions(dossier))),
    ]
    return [group for group in found if group.rows]


def _orders(dossier: Dossier) -> Iterator[Row]:
    rows: dict[str, list[dict[str, Cell]]] = {}
    for row in dossier.records("orders"):
        rows.setdefault(text(row["offer"]), []).append(row)
    shades = machines(dossier)
    found = []
    for offer, orders in rows.items():
        line = Row(offer, worth=max(number(row["contract_musd"]) for row in orders))
        ends: list[float] = []
        for row in sorted(orders, key=lambda row: parse_label(text(row["period"]))):
            start = _index(dossier, row["period"])
            comes = [label for label in text(row["arrives"]).split(";") if label]
            begin = _index(dossier, comes[0]) if comes else float(len(dossier.periods))
            lane = _lane(ends, start, _index(dossier, comes[-1]) + 1 if comes else begin)
            shade = shades[text(row["accelerator"])]
            verb = "leased" if row["kind"] == "lease" else "ordered"
            worth = f"{money(number(row['contract_musd']))} USD million"
            told = f"{counted(number(row['units']))} units of {row['accelerator']} ({row['vendor']}) for {worth}"
            when = f"{verb} {row['period']}, {arrival_words([row])}"
            line.bars += _clipped(dossier, start, begin, WAIT, shade, lane, "", told, when)
            for label in comes:
                at, size = _index(dossier, label), _short(number(row["arriving_units"])) if len(comes) == 1 else ""
                line.bars += _clipped(dossier, at, at + 1, ARRIVAL, shade, lane, size, told, when)
        found.append((parse_label(text(orders[0]["period"])), line))
    for _, line in sorted(found, key=lambda entry: (entry[0], -entry[1].worth)):
        if line.bars:
            yield line


def _sales(dossier: Dossier) -> Iterator[Row]:
    """Yields a row for each accelerator of which units are sold or retired before the end of their life."""
    lines: dict[str, tuple[Row, list[float]]] = {}
    for row in dossier.records("decisions"):
        if row["verb"] in {"sell", "retire"}:
            name, periods = text(row["item"]), text(row["periods"]).split(";")
            line, ends = lines.setdefault(name, (Row(name), []))
            start, end = _index(dossier, periods[0]), _index(dossier, periods[-1]) + 1
            size, lane = _short(number(row["units"])), _lane(ends, start, end)
            when, shade = span_words(periods), CATEGORY_COLOURS["resale"]
            line.bars += _clipped(dossier, start, end, ARRIVAL, shade, lane, size, told(row), when)
    yield from (line for line, _ in lines.values() if line.bars)


def _programmes(dossier: Dossier) -> Iterator[Row]:
    shade, light = CATEGORY_COLOURS["tape_out"], CATEGORY_COLOURS["resale"]
    for row in dossier.records("tape_outs"):
        start, tape_out = (_index(dossier, row[name]) for name in ("start", "tape_out"))
        ready, failed = _reached(dossier, row["ready"], text(row["programme"]), start)
        told = f"{row['programme']} by {row['route']}"
        is_ready = reached("ready", text(row["ready"]))
        when = f"started {row['start']}, tape-out {row['tape_out']}, {is_ready}"
        line = Row(f"{row['programme']} ({row['route']})")
        line.bars += _clipped(dossier, start, tape_out, DESIGN, shade, 0, "", told, when)
        line.bars += _clipped(dossier, tape_out, ready, BRING_UP, light, 0, "", told, when)
        line.marks += _within(dossier, tape_out, TAPE_OUT, f"tape-out {row['tape_out']}")
        if row["ready"]:
            line.bars += _clipped(dossier, ready, len(dossier.periods), LIVE, "#d9efe6", 0, "", told, when)
            line.marks += _within(dossier, ready, READY, f"ready {row['ready']}")
        line.marks += failed
        yield line


def _deals(dossier: Dossier) -> Iterator[Row]:
    for row in dossier.records("acquisitions"):
        signed = _index(dossier, row["signed"])
        owned, failed = _reached(dossier, row["owned"], text(row["acquisition"]), signed)
        told = f"{row['acquisition']} for {money(number(row['price_musd']))} USD million"
        when = f"signed {row['signed']}, {closing_words(row)}"
        line = Row(text(row["acquisition"]))
        shade, light = CATEGORY_COLOURS["acquisition"], "#f1dbe8"
        line.bars += _clipped(dossier, signed, owned, WAIT, shade, 0, "", told, when)
        line.marks += _within(dossier, signed, SIGNED, f"signed {row['signed']}")
        if row["owned"]:
            line.bars += _clipped(dossier, owned, len(dossier.periods), LIVE, light, 0, "", told, when)
            line.marks += _within(dossier, owned, READY, f"owned {row['owned']}")
        line.marks += failed
        yield line
    for row in dossier.records("agreements"):
        signed, first = _index(dossier, row["signed"]), _index(dossier, row["live_from"])
        last = _index(dossier, row["live_to"])
        when = f"signed {row['signed']}, live {row['live_from']} to {row['live_to']}"
        line = Row(text(row["agreement"]))
        shade = CATEGORY_COLOURS["agreement"]
        line.bars += _clipped(dossier, signed, first, WAIT, shade, 0, "", line.name, when)
        line.bars += _clipped(dossier, first, last + 1, LIVE, "#f3dcea", 0, "", line.name, when)
        line.marks += _within(dossier, signed, SIGNED, f"signed {row['signed']}")
        yield line


def _expansions(dossier: Dossier) -> Iterator[Row]:
    known = {row.expansion: row for row in dossier.case.expansions}
    rows: dict[str, list[dict[str, Cell]]] = {}
    for row in dossier.records("expansions"):
        rows.setdefault(text(row["expansion"]), []).append(row)
    shade = CATEGORY_COLOURS["expansion"]
    for name, builds in rows.items():
        cost = known[name].cost_musd_per_module
        line = Row(name, worth=sum(number(row["modules"]) for row in builds) * cost)
        ends: list[float] = []
        for row in sorted(builds, key=lambda row: parse_label(text(row["period"]))):
            start = _index(dossier, row["period"])
            on, failed = _reached(dossier, row["energised"], name, start)
            lane = _lane(ends, start, on + 1)
            size = number(row["modules"]) * known[name].module_mw
            told = f"{counted(size)} MW at {row['site']}"
            when = f"ordered {row['period']}, {powered([text(row['energised'])])}"
            line.bars += _clipped(dossier, start, on, WAIT, shade, lane, "", told, when)
            if row["energised"]:
                line.bars += _clipped(dossier, on, on + 1, ARRIVAL, shade, lane, counted(round(size, 1)), told, when)
            line.marks += [Mark(mark.at, mark.kind, mark.label, lane) for mark in failed]
        if line.bars:
            yield line


def _reached(dossier: Dossier, label: Cell, item: str, start: float) -> tuple[float, Iterable[Mark]]:
    """Returns where what began at `start` is reached; of what fails, where that is known, and the mark of it."""
    if label:
        return _index(dossier, label), ()
    period = failure_of(dossier.case, dossier.calendar, item)
    if period is None:
        return float(len(dossier.periods)), ()
    at = max(float(period), start)
    return at, _within(dossier, at, FAILED, f"fails {dossier.calendar.labels[period]}")


def _index(dossier: Dossier, label: object) -> float:
    return float(dossier.calendar.period_at(str(label)))


def _clipped(
    dossier: Dossier, start: float, end: float, kind: str, colour: str, lane: int, label: str, told: str, when: str
) -> Iterator[Bar]:
    """Yields the bar as far as it lies in the reported periods."""
    first, last = max(0.0, start), min(float(len(dossier.periods)), end)
    if first < last:
        yield Bar(first, last, kind, colour, lane, label, told, when)


def _within(dossier: Dossier, at: float, kind: str, label: str) -> Iterable[Mark]:
    return [Mark(at, kind, label)] if 0 <= at < len(dossier.periods) else []


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
