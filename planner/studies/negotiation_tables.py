"""The tables of the negotiation sheet: walk-away prices, worth of more, earlier delivery, unit costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.case import Case
from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell, expected
from planner.studies.price_brackets import NEEDED, NOT_TAKEN, TAKEN, WalkAwayPrice
from planner.studies.priced_items import OFFER
from planner.studies.significance import NO_FINDING, kind_in_words
from planner.studies.unit_costs import COMPONENTS
from planner.studies.unit_economics import OfferCost
from planner.studies.worth_of_more import ONE_LOT, SHARES, WorthOfMore

MUSD = "USD million"
USD = "USD per 1000 queries"
KIND, ITEM = Column("kind", "Kind", width=11), Column("item", "Item", width=24)
VENDOR_COLUMN = Column("vendor", "Vendor", width=14, spare=6)
MOST_CURVES = 8
_IN_PLAN = {TAKEN: "yes", NEEDED: "yes", NOT_TAKEN: "no"}


@dataclass(frozen=True, eq=False)
class NegotiationSheet:
    """All that was found for the negotiation of a plan's terms."""

    loaded: LoadedRun
    prices: Mapping[str, WalkAwayPrice]
    more: Sequence[WorthOfMore]
    earlier: Sequence[WorthOfMore]
    costs: Sequence[OfferCost]
    reasons: Mapping[str, str]
    """Why an offer is not taken, by offer."""

    @property
    def case(self) -> Case:
        """The case of the plan."""
        return self.loaded.case

    @cached_property
    def bought(self) -> dict[str, tuple[float, float]]:
        """Units and USD million of contracts that the plan orders, by offer; expected over scenarios."""
        found = dict.fromkeys((row.offer for row in self.case.offers), (0.0, 0.0))
        for row in self.loaded.records("orders"):
            units, spent = found[str(row["offer"])]
            found[str(row["offer"])] = units + expected(row, "units"), spent + expected(row, "contract_musd")
        return found

    def vendor_of(self, offer: str) -> str:
        """Returns the vendor of an offer's machine."""
        machine = next(row.accelerator for row in self.case.offers if row.offer == offer)
        return next(row.vendor for row in self.case.accelerators if row.accelerator == machine)


def headroom(price: WalkAwayPrice) -> float | None:
    """Returns by which share of today's price an item's price may rise, or must fall, by the plans found."""
    if price.estimate is None or price.item.today <= 0.0 or price.state not in (TAKEN, NOT_TAKEN):
        return None
    return price.estimate / price.item.today - 1.0


def walk_away_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns the price at which each item enters and leaves the plan."""
    columns = (
        ITEM, KIND, VENDOR_COLUMN,
        Column("in_plan", "In the plan", width=11),
        Column("price_today", "Price today", Form.NUMBER),
        Column("pays_up_to", "Pays up to", Form.NUMBER),
        Column("pays_proven_up_to", "Proven up to", Form.NUMBER),
        Column("pays_not_above", "Not above", Form.NUMBER, spare=5),
        Column("unit", "Unit", width=20),
        Column("headroom_share", "From today's price", Form.PERCENT_CHANGE),
        Column("idle_from", "From this price on", Form.NUMBER, spare=8),
        Column("saves_at_most_musd", "it saves at most", Form.MUSD, MUSD, spare=7),
    )  # fmt: skip
    records: list[dict[str, Cell]] = []
    for price in sheet.prices.values():
        kind, item = kind_in_words(price.item.name)
        idle = price.idle_from if price.item.kind == OFFER and price.state in (TAKEN, NOT_TAKEN) else None
        records.append(
            {
                "kind": kind,
                "item": item,
                "vendor": sheet.vendor_of(item) if kind == OFFER else "",
                "in_plan": _IN_PLAN.get(price.state, price.state),
                "price_today": price.item.today,
                "pays_up_to": price.estimate,
                "pays_proven_up_to": price.low,
                "pays_not_above": price.near_high,
                "unit": price.item.unit,
                "headroom_share": headroom(price),
                "idle_from": None if idle is None else idle[0],
                "saves_at_most_musd": None if idle is None else idle[1],
            }
        )
    note = (
        "Below the price it pays, above it does not, with everything else planned again. The price of an offer is that "
        "of its first period, and other periods follow in proportion; that of a programme is the design and the masks "
        "of its cheapest route. From the last price on an offer saves no more than is said, which the gaps leave open."
    )
    return TableBlock("walk_away_prices", "Walk-away prices", note, columns, rows_of(records, columns))


def trials_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns the plans that the prices were found with."""
    columns = (
        ITEM,
        Column("price", "At a price of", Form.NUMBER),
        Column("unit", "Unit", width=20),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("bound_musd", "at least", Form.MUSD, MUSD),
        Column("taken", "Takes it", width=9),
        Column("forced", "Had to", width=9),
        Column("spent_musd", "Spent on it", Form.MUSD, MUSD),
    )
    records: list[dict[str, Cell]] = [
        {
            "item": price.item.item,
            "price": trial.price,
            "unit": price.item.unit,
            "cost_musd": trial.cost if trial.is_possible else None,
            "bound_musd": trial.bound if trial.is_possible else None,
            "taken": ("yes" if trial.takes_it else "no") if trial.is_possible else "cannot",
            "forced": "yes" if trial.is_forced else "no",
            "spent_musd": trial.slope * trial.price if trial.is_possible else None,
        }
        for price in sheet.prices.values()
        for trial in price.trials
    ]
    note = "Each price that was tried: what the best plan costs there, and how much of that is spent on the item."
    return TableBlock("price_trials", "Prices tried", note, columns, rows_of(records, columns))


def more_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns what more of each limit, budget, site and vendor is worth, a row each."""
    columns = (
        ITEM, KIND,
        *(
            Column(f"{name}{end}_musd", title if not end else end.strip("_"), Form.MUSD_CHANGE, MUSD)
            for name, title in _AMOUNTS.values()
            for end in ("", "_least", "_most")
        ),
        Column("finding", "By half as much again", width=14),
        Column("how", "How that is known", width=30, spare=5),
        Column("lot", "One lot is", width=34, spare=4),
    )  # fmt: skip
    rows: dict[tuple[str, str], dict[str, Cell]] = {}
    for one in sorted(sheet.more, key=by_size):
        row = rows.setdefault(one.amount.of, {"kind": one.amount.kind, "item": one.amount.item})
        name, _ = _AMOUNTS[one.amount.more]
        row |= {f"{name}_musd": one.found, f"{name}_least_musd": one.low, f"{name}_most_musd": one.high}
        if one.amount.more == ONE_LOT:
            row["lot"] = one.amount.detail
        if one.amount.share == SHARES[0]:
            row |= {"finding": _finding(one), "how": one.how}
    note = (
        "What so much more in each span saves, planned again with integers free. More is never worth less than nothing "
        "and never less than a part of it, so that what half as much again saves at most bounds the rest."
    )
    return TableBlock("worth_of_more", "What more is worth", note, columns, rows_of(list(rows.values()), columns))


_AMOUNTS = {
    "1 %": ("one_per_cent", "1 % more"), "10 %": ("ten_per_cent", "10 % more"), "50 %": ("half", "50 % more"),
    ONE_LOT: ("one_lot", "One lot more"),
}  # fmt: skip


def earlier_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns what earlier delivery is worth by vendor and programme."""
    columns = (
        ITEM, KIND,
        Column("more", "Delivered", width=18),
        Column("worth_musd", "Saves", Form.MUSD_CHANGE, MUSD),
        Column("worth_least_musd", "at least", Form.MUSD_CHANGE, MUSD),
        Column("worth_most_musd", "at most", Form.MUSD_CHANGE, MUSD),
        Column("finding", "Finding", width=14),
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "kind": one.amount.kind, "item": one.amount.item, "more": one.amount.more, "worth_musd": one.found,
            "worth_least_musd": one.low, "worth_most_musd": one.high, "finding": _finding(one),
        }
        for one in sheet.earlier
    ]  # fmt: skip
    note = (
        "All lead times of the vendor, or the time of the programme to volume, are shorter by so much, and everything "
        "is planned again. It also moves payments, so that it can cost something."
    )
    return TableBlock("earlier_delivery", "What earlier delivery is worth", note, columns, rows_of(records, columns))


def curves_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns the worth of more over its share, for what is worth something or may be."""
    columns = (
        Column("name", "Of", width=24), Column("more", "More by", width=9),
        Column("worth_musd", "Saves", Form.MUSD, MUSD), Column("worth_least_musd", "At least", Form.MUSD, MUSD),
        Column("worth_most_musd", "At most", Form.MUSD, MUSD),
    )  # fmt: skip
    known = [one for one in sheet.more if one.amount.share is not None and one.high is not None]
    worth = {one.amount.of: one.low or 0.0 for one in known if one.amount.share == SHARES[0] and one.is_finding}
    shown = sorted(worth, key=lambda key: -worth[key])[:MOST_CURVES]
    records: list[dict[str, Cell]] = []
    for key in shown:
        own = [one for one in known if one.amount.of == key]
        name = f"{key[0]} {key[1]}"
        records.append({"name": name, "more": "0", "worth_musd": 0.0, "worth_least_musd": 0.0, "worth_most_musd": 0.0})
        records += [
            {
                "name": name, "more": one.amount.more, "worth_musd": one.found, "worth_least_musd": one.low,
                "worth_most_musd": one.high,
            }
            for one in sorted(own, key=lambda one: one.amount.share or 0.0)
        ]  # fmt: skip
    note = "What 1 %, 10 % and 50 % more save, of what is proven to be worth something; the bands carry the gaps."
    return TableBlock("worth_curves", "Worth by amount", note, columns, rows_of(records, columns))


def unit_cost_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns the levelised cost of each offer and workload by component, beside what the plan pays."""
    columns = (
        Column("offer", "Offer", width=24), VENDOR_COLUMN,
        Column("workload", "Workload", width=14),
        Column("in_plan", "In the plan", width=10),
        Column("ordered", "Ordered", width=14, spare=2),
        Column("site", "Site", width=20, spare=5),
        *(Column(f"{name}_usd", name.capitalize(), Form.AMOUNT, USD, spare=3) for name in COMPONENTS),
        Column("total_usd", "All in", Form.AMOUNT, USD),
        Column("plan_usd", "The plan pays", Form.AMOUNT, USD),
        Column("dearer_share", "Dearer by", Form.PERCENT_CHANGE),
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "offer": one.offer,
            "vendor": sheet.vendor_of(one.offer),
            "workload": one.workload,
            "in_plan": "yes" if one.is_taken else "no",
            "ordered": one.ordered,
            "site": one.site,
            **{f"{name}_usd": one.cost.usd_per_1000(name) for name in COMPONENTS},
            "total_usd": one.usd,
            "plan_usd": one.plan_usd,
            "dearer_share": one.dearer,
        }
        for one in sheet.costs
    ]
    note = (
        "Discounted cost over discounted queries of one unit that does this work only, at the plan's use; its parts "
        "add up to all in. What the plan pays is the mean of what it gets, by the work that each machine does in the "
        "same periods. An offer that is not taken stands in the period and at the site where it compares best."
    )
    return TableBlock("unit_costs", "Unit costs", note, columns, rows_of(records, columns))


def offers_table(sheet: NegotiationSheet) -> TableBlock:
    """Returns each offer with what the plan spends on it, or why it is not taken."""
    columns = (
        Column("offer", "Offer", width=24), VENDOR_COLUMN, Column("in_plan", "In the plan", width=10),
        Column("units", "Units", Form.QUANTITY), Column("contract_musd", "Contracts", Form.MUSD, MUSD),
        Column("reason", "Why it is not taken", width=80),
    )  # fmt: skip
    records: list[dict[str, Cell]] = []
    for row in sheet.case.offers:
        units, spent = sheet.bought[row.offer]
        records.append(
            {
                "offer": row.offer,
                "vendor": sheet.vendor_of(row.offer),
                "in_plan": "yes" if units else "no",
                "units": units,
                "contract_musd": spent,
                "reason": "" if units else sheet.reasons.get(row.offer, ""),
            }
        )
    note = "By unit cost at the plan's use, and by what is used up; the walk-away price says what would change it."
    return TableBlock("offers", "Offers taken and not taken", note, columns, rows_of(records, columns))


def worth_words(one: WorthOfMore) -> str:
    """Returns what an amount more is worth, as the end of a sentence."""
    if one.found is None:
        return f"has no plan: {one.how}"
    if one.low is None or one.high is None:
        return f"saves {money(one.found)} {MUSD} by the plans found, of which nothing is proven"
    if not one.is_finding:
        return f"is worth at most {money(max(0.0, one.high))} {MUSD}, within the gaps"
    low, high = sorted((abs(one.low), abs(one.high)))
    return f"{_finding(one)} {money(abs(one.found))} {MUSD} (proven between {money(low)} and {money(high)})"


def by_size(one: WorthOfMore) -> tuple[str, str, float]:
    """Returns the order of amounts: by kind and item, the smallest first, one lot last."""
    share = one.amount.share
    return one.amount.kind, one.amount.item, 1.0 if share is None else share


def _finding(one: WorthOfMore) -> str:
    return ("saves" if (one.low or 0.0) > 0 else "costs") if one.is_finding else NO_FINDING
