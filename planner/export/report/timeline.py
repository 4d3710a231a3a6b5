"""The plan on a timeline: what is signed, started, ordered and built, and how long each waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from models.calendar import parse_label
from planner.export.dossier import Dossier
from planner.export.report.cells import Record, number, text
from planner.export.report.colours import CATEGORY_COLOURS
from planner.export.report.supply import machines
from planner.results.table import Cell
from planner.show.decisions import closing_words, coming_words, comings_of, failure_of, powered, reached
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


@dataclass(frozen=True)
class Event:
    """One line of the list of what to do and when."""

    kind: str
    item: str
    when: str
    until: str
    quantity: str
    worth: str


def groups_of(dossier: Dossier) -> list[Group]:
    """Returns the groups of the timeline that have rows."""
    found = [
        Group("Own chips, companies and agreements", (*_programmes(dossier), *_deals(dossier))),
        Group("Orders and leases", tuple(_orders(dossier))),
        Group("Sites and power", tuple(_expansions(dossier))),
    ]
    return [group for group in found if group.rows]


def events_of(dossier: Dossier) -> list[Event]:
    """Returns everything that is decided, by date."""
    leases = {row.offer for row in dossier.case.offers if row.kind == "lease"}
    module_mw = {row.expansion: row.module_mw for row in dossier.case.expansions}
    found: list[tuple[str, Event]] = []
    for row in dossier.records("agreements"):
        signed = text(row["signed"])
        found.append((signed, Event("sign", text(row["agreement"]), signed, f"live to {row['live_to']}", "", "")))
    for row in dossier.records("acquisitions"):
        signed = text(row["signed"])
        worth = money(number(row["price_musd"]))
        owned = reached("owned", text(row["owned"]))
        found.append((signed, Event("buy", text(row["acquisition"]), signed, owned, "", worth)))
    for row in dossier.records("tape_outs"):
        start = text(row["start"])
        until = f"tape-out {row['tape_out']}, {reached('ready', text(row['ready']))}"
        found.append((start, Event("start", f"{row['programme']} by {row['route']}", start, until, "", "")))
    for row in dossier.records("expansions"):
        when, name = text(row["period"]), text(row["expansion"])
        size = f"{counted(number(row['modules']) * module_mw[name])} MW"
        on = powered([text(row["energised"])])
        found.append((when, Event("build", f"{name} at {row['site']}", when, on, size, "")))
    comings = _comings(dossier)
    for row in dossier.records("orders"):
        when, verb = text(row["period"]), "lease" if row["offer"] in leases else "order"
        worth = money(_worth(row))
        amount = f"{counted(number(row['units']))} units"
        found.append((when, Event(verb, text(row["offer"]), when, _due(row, comings), amount, worth)))
    return [event for _, event in sorted(found, key=lambda entry: parse_label(entry[0]))]


def _orders(dossier: Dossier) -> Iterator[Row]:
    rows: dict[str, list[dict[str, Cell]]] = {}
    for row in dossier.records("orders"):
        rows.setdefault(text(row["offer"]), []).append(row)
    leases = {row.offer for row in dossier.case.offers if row.kind == "lease"}
    shades = machines(dossier)
    vendors = {row.accelerator: row.vendor for row in dossier.case.accelerators}
    comings = _comings(dossier)
    found = []
    for offer, orders in rows.items():
        line = Row(offer, worth=sum(_worth(row) for row in orders))
        ends: list[float] = []
        for row in sorted(orders, key=lambda row: parse_label(text(row["period"]))):
            start = _index(dossier, row["period"])
            comes = comings.get(_order(row), [(text(row["due"]), number(row["units"]))])
            begin = _index(dossier, comes[0][0]) if comes else float(len(dossier.periods))
            lane = _lane(ends, start, _index(dossier, comes[-1][0]) + 1 if comes else begin)
            shade = shades[text(row["accelerator"])]
            verb = "leased" if offer in leases else "ordered"
            vendor = vendors[text(row["accelerator"])]
            told = f"{counted(number(row['units']))} units of {row['accelerator']} ({vendor}), {_paid(row, verb)}"
            when = f"{verb} {row['period']}, {_due(row, comings)}"
            line.bars += _clipped(dossier, start, begin, WAIT, shade, lane, "", told, when)
            for label, units in comes:
                at, size = _index(dossier, label), _short(units)
                line.bars += _clipped(dossier, at, at + 1, ARRIVAL, shade, lane, size, told, when)
        found.append((parse_label(text(orders[0]["period"])), line))
    for _, line in sorted(found, key=lambda entry: (entry[0], -entry[1].worth)):
        if line.bars:
            yield line


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


def _worth(row: Record) -> float:
    """Units at the price of the order, USD million; a year's rent of a lease."""
    return number(row["units"]) * number(row["unit_price_usd"]) * 1e-6


def _paid(row: Record, verb: str) -> str:
    rate = "USD a year" if verb == "leased" else "USD"
    return f"at {counted(number(row['unit_price_usd']))} {rate} each"


def _comings(dossier: Dossier) -> dict[tuple[str, str], list[tuple[str, float]]]:
    return comings_of(dossier.case, {name: dossier.records(name) for name in ("orders", "arrivals")})


def _order(row: Record) -> tuple[str, str]:
    return text(row["offer"]), text(row["period"])


def _due(row: Record, comings: dict[tuple[str, str], list[tuple[str, float]]]) -> str:
    """Returns when an order is due, and when it arrives where that is another time."""
    due, parts = text(row["due"]), comings.get(_order(row))
    comes = "" if parts is None else coming_words([parts], [due], number(row["units"]))
    return f"due {due}, {comes}" if comes else f"due {due}"


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
