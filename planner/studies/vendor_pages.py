"""A page for the person who negotiates with a vendor: its offers and what opens them, more supply, earlier delivery."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.number_text import counted, money, percent, relative
from planner.results.table import Cell
from planner.studies.negotiation_tables import (
    ITEM,
    MUSD,
    USD,
    NegotiationSheet,
    by_size,
    headroom,
    worth_words,
)
from planner.studies.plan_use import opened_gates
from planner.studies.price_brackets import WalkAwayPrice
from planner.studies.priced_items import AGREEMENT, DEAL, OFFER, TAPE_OUT
from planner.studies.unit_economics import OfferCost, best_of
from planner.studies.worth_of_more import PROGRAMME, VENDOR, offers_of, vendors_of


def vendor_tables(sheet: NegotiationSheet, spent: Mapping[str, float]) -> Iterator[TableBlock]:
    """Yields a page for the person who negotiates with each vendor, the one with the largest contracts first.

    `spent` is USD million that the plan orders from each vendor.
    """
    ranked = sorted(vendors_of(sheet.case), key=lambda vendor: -spent[vendor])
    names = _table_names(ranked)
    for vendor in ranked:
        yield _vendor_table(sheet, vendor, names[vendor], spent)


_PAGE = (
    Column("about", "About", width=16),
    ITEM,
    Column("now", "Price today", Form.QUANTITY),
    Column("found", "Pays up to, or saves", Form.QUANTITY),
    Column("low", "proven: at least", Form.QUANTITY, spare=2),
    Column("high", "at most", Form.QUANTITY, spare=3),
    Column("unit", "Unit", width=20),
    Column("words", "In words", width=64),
)


def _table_names(vendors: Sequence[str]) -> dict[str, str]:
    """What the tables of vendors are called: by the vendor where that is a short word of its own, else by number."""
    words = [vendor.casefold() for vendor in vendors]
    is_word = {vendor: re.fullmatch("[A-Za-z0-9_]{1,20}", vendor) is not None for vendor in vendors}
    return {
        vendor: vendor if is_word[vendor] and words.count(vendor.casefold()) == 1 else f"number_{number}"
        for number, vendor in enumerate(vendors, start=1)
    }


def _vendor_table(sheet: NegotiationSheet, vendor: str, name: str, spent: Mapping[str, float]) -> TableBlock:
    offers = [row.offer for row in offers_of(sheet.case, vendor)]
    gates = {gate for row in offers_of(sheet.case, vendor) for gate in row.requires}
    records = [
        *_offer_rows(sheet, offers),
        *_gate_rows(sheet, gates),
        *_worth_rows(sheet, vendor, gates),
    ]
    total = sum(spent.values())
    share = f", {percent(spent[vendor] / total)} % of all contracts" if total and spent[vendor] else ""
    note = (
        f"The plan signs contracts of {money(spent[vendor])} {MUSD} with {vendor}{share}. Below its walk-away price an "
        "item pays; more supply and earlier delivery are worth paying for up to what they save."
    )
    return TableBlock(f"vendor_{name}", f"Vendor {vendor}", note, _PAGE, rows_of(records, _PAGE))


def _offer_rows(sheet: NegotiationSheet, offers: Sequence[str]) -> Iterator[dict[str, Cell]]:
    """Each offer: what the plan buys or why it does not, up to which price it pays, and its unit cost at best."""
    for offer in offers:
        units, spent = sheet.bought[offer]
        words = (
            f"{counted(units)} units for {money(spent)} {MUSD}." if units else sheet.reasons.get(offer, "Not taken.")
        )
        found = sheet.prices.get(f"{OFFER}:{offer}")
        cost = best_of(sheet.costs, offer) if units else None
        words += f" {_cost_words(cost)}" if cost is not None else ""
        yield {"about": "taken" if units else "not taken", **_price_cells(found, offer, words)}


def _gate_rows(sheet: NegotiationSheet, gates: set[str]) -> Iterator[dict[str, Cell]]:
    """The programmes, deals and agreements that open a vendor's offers."""
    opened = opened_gates(sheet.loaded)
    for price in sheet.prices.values():
        if price.item.kind in (TAPE_OUT, DEAL, AGREEMENT) and price.item.item in gates:
            about = "taken" if price.item.item in opened else "not taken"
            yield {"about": about, **_price_cells(price, price.item.item, "")}


def _price_cells(price: WalkAwayPrice | None, item: str, words: str) -> dict[str, Cell]:
    if price is None:
        return {"item": item, "words": words}
    room = headroom(price)
    beside = f"; {relative(room)} from today's price" if room is not None else ""
    text = f"It {price.text}{beside}."
    return {
        "item": item, "now": price.item.today, "found": price.estimate, "low": price.low, "high": price.near_high,
        "unit": price.item.unit, "words": f"{words} {text}".strip(),
    }  # fmt: skip


def _cost_words(one: OfferCost) -> str:
    pays = f"{money(one.usd)} {USD} of {one.workload}"
    return f"By unit {pays}, {relative(one.dearer)} beside what the plan pays."


def _worth_rows(sheet: NegotiationSheet, vendor: str, gates: set[str]) -> Iterator[dict[str, Cell]]:
    for about, found in (("more supply", sorted(sheet.more, key=by_size)), ("earlier delivery", sheet.earlier)):
        for one in found:
            own = one.amount.kind == VENDOR and one.amount.item == vendor
            if own or (one.amount.kind == PROGRAMME and one.amount.item in gates):
                item = f"{one.amount.more} more" if own and one.amount.share is not None else one.amount.more
                yield {
                    "about": about, "item": item if own else f"{one.amount.item}: {item}", "found": one.found,
                    "low": one.low, "high": one.high, "unit": MUSD, "words": _sentence(worth_words(one)),
                }  # fmt: skip


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
