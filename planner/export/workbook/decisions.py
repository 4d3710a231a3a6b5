"""The decision list: what to sign, buy, start, build and order, by when, for how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.export.workbook.book import SUMMARY, Book, scaled
from planner.export.workbook.page import Cell, Line
from planner.export.workbook.style import WHOLE, Kind, Numbers
from planner.show.decisions import REFUND, closing_words, coming_words, powered, reached
from planner.show.numbers import money


@dataclass(frozen=True)
class Amount:
    """A number of the list: its formula and value, or no formula where it is the plan's own."""

    value: float
    formula: str = ""
    numbers: Numbers = WHOLE

    @property
    def kind(self) -> Kind:
        """How it is coloured."""
        return Kind.LINK if self.formula else Kind.PLAN


@dataclass(frozen=True)
class Decision:
    """One row of the list."""

    first: int
    """The period it begins in, to sort by."""
    when: str
    act: str
    item: str
    quantity: Amount | None
    unit: str
    musd: Amount | None
    then: str


def decisions(book: Book) -> list[Decision]:
    """Returns the decisions in the order of time; long plans are told by the year."""
    found = [*_agreements(book), *_acquisitions(book), *_starts(book), *_expansions(book), *_orders(book)]
    reach = book.facts.reported
    return sorted((one for one in found if one.first < reach), key=lambda one: max(one.first, -1))


def _agreements(book: Book) -> Iterator[Decision]:
    for row in book.facts.records("agreements"):
        price = _linked(book.cells["price", str(row["agreement"])], book.money)
        then = f"live {row['live_from']} to {row['live_to']}"
        yield Decision(
            book.facts.period(row["signed"]), row["signed"], "Sign", row["agreement"], None, "prepayment", price, then
        )


def _acquisitions(book: Book) -> Iterator[Decision]:
    for row in book.facts.records("acquisitions"):
        price = _linked(book.cells["price", str(row["acquisition"])], book.money)
        then, back = closing_words(row), book.lines.get(("cost", "acquisition", f"{REFUND}{row['acquisition']}"))
        then += f", pays back {money(-back.total)}" if back else ""
        yield Decision(
            book.facts.period(row["signed"]), row["signed"], "Buy", row["acquisition"], None, "price", price, then
        )


def _starts(book: Book) -> Iterator[Decision]:
    for row in book.facts.records("tape_outs"):
        name = f"{row['programme']}/{row['route']}"
        lines = [book.lines.get(("cost", "tape_out", f"{what} {name}")) for what in ("design", "masks")]
        there = [line for line in lines if line is not None]
        formula = "+".join(line.constant(SUMMARY) for line in there)
        cost = Amount(sum(line.total for line in there), formula, book.money) if there else None
        then = f"tape-out {row['tape_out']}, {reached('ready', row['ready'])}"
        yield Decision(
            book.facts.period(row["start"]), row["start"], "Start", f"{row['programme']} by {row['route']}", None,
            "design and masks", cost, then,
        )  # fmt: skip


def _expansions(book: Book) -> Iterator[Decision]:
    sites = {row.expansion: row.site for row in book.facts.dossier.case.expansions}
    rows = book.facts.records("expansions")
    for key, line in book.lines.items():
        if key[0] != "expansion mw":
            continue
        name = key[1]
        for first, last, label in _stretches(book, line):
            periods = book.facts.labels[first : last + 1]
            on = [row["energised"] for row in rows if row["expansion"] == name and row["period"] in periods]
            quantity = _summed(line, first, last, scaled(line.values))
            cost = _summed(book.lines["expansion cost", name], first, last, book.money)
            then = powered(on)
            yield Decision(first, label, "Build", f"{name} at {sites[name]}", quantity, "MW", cost, then)
        for row in rows:
            if row["expansion"] == name and book.facts.period(row["period"]) < 0:
                then = powered([row["energised"]])
                modules = Amount(float(row["modules"]))
                yield Decision(-1, row["period"], "Build (done)", name, modules, "modules", None, then)


def _orders(book: Book) -> Iterator[Decision]:
    rows = book.facts.records("orders")
    leases = {row.offer for row in book.facts.dossier.case.offers if row.kind == "lease"}
    for key, line in book.lines.items():
        if key[0] != "units":
            continue
        offer = key[1]
        for first, last, label in _stretches(book, line):
            periods = book.facts.labels[first : last + 1]
            own = [row for row in rows if row["offer"] == offer and row["period"] in periods]
            late = [row for row in own if (offer, row["period"]) in book.facts.comings]
            parts = [book.facts.comings[offer, row["period"]] for row in late]
            units = sum(row["units"] for row in late)
            comes = coming_words(parts, [row["due"] for row in late], units) if late else ""
            comes = comes or f"arrives {_from_to([row['due'] for row in own])}"
            committed = " (committed)" if own and all(row["committed"] == "yes" for row in own) else ""
            yield Decision(
                first, label, "Lease" if offer in leases else "Order", offer, _summed(line, first, last, WHOLE),
                "units, a year" if offer in leases else "units",
                _summed(book.lines["value", offer], first, last, book.money), f"{comes}{committed}",
            )  # fmt: skip


def _stretches(book: Book, line: Line) -> Iterator[tuple[int, int, str]]:
    """Yields first and last period, and the label, of the stretches in which a line has amounts."""
    facts = book.facts
    if not facts.is_long:
        for index, value in enumerate(line.values):
            if value:
                yield index, index, facts.labels[index]
        return
    for year in sorted(set(facts.years)):
        within = [index for index, at in enumerate(facts.years) if at == year]
        used = [index for index in within if line.values[index]]
        if used:
            parts = [facts.labels[index].removeprefix(str(year)).lstrip("-") for index in used]
            shown = f"–{parts[-1]}" if len(parts) > 1 else ""
            yield used[0], used[-1], f"{facts.labels[used[0]]}{shown}"


def _summed(line: Line, first: int, last: int, numbers: Numbers) -> Amount:
    value = sum(line.values[first : last + 1])
    if first == last:
        begin = line.span(SUMMARY, first, last).partition(":")[0]
        return Amount(value, begin, numbers)
    return Amount(value, f"SUM({line.span(SUMMARY, first, last)})", numbers)


def _linked(cell: Cell, numbers: Numbers) -> Amount:
    return Amount(cell.value, cell.on(SUMMARY), numbers)


def _from_to(labels: list[str]) -> str:
    found = sorted(set(labels))
    return "" if not found else found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"
