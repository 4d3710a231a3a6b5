"""What is paid a price for, and may or may not be in a plan: offers, deals, programmes, agreements and expansions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from models.calendar import parse_label
from models.case import Case
from models.frame import MUSD
from models.tables.fleet_rows import Offer, Price
from models.whatif.shock import calendar_of
from planner.studies.future_recipes import COMMITTED_KINDS

OFFER, TAPE_OUT, DEAL, AGREEMENT, EXPANSION = "offer", "tape_out", "deal", "agreement", "expansion"
USD_A_UNIT, USD_A_UNIT_YEAR, MUSD_UNIT, MUSD_A_MODULE, MUSD_A_MODULE_YEAR = (
    "USD a unit", "USD a unit and year", "USD million", "USD million a module", "USD million a module and year",
)  # fmt: skip
_DIGITS = 12
_ROOM = 1e-6
_FINANCED = {
    OFFER: {"hardware", "lease"}, TAPE_OUT: {"tape_out"}, DEAL: {"acquisition"}, AGREEMENT: {"agreement"},
    EXPANSION: {"expansion"},
}  # fmt: skip
"""The categories of cost in which the price of a kind of item is paid, as loans name them."""
COMMITTED, BARRED = "committed", "barred"


@dataclass(frozen=True)
class PricedItem:
    """An item with its price today, and the inputs through which a study gives it another.

    The price of an offer is that of the first period in which it can be ordered; other periods follow in proportion.
    That of a programme is the design and the masks of its cheapest route; other routes follow in proportion.
    """

    kind: str
    item: str
    today: float
    unit: str
    levers: tuple[str, ...]
    effect: str = "multiply"
    fixed: str = ""
    """`COMMITTED` or `BARRED` where the case decides about it at any price, else blank."""
    least_weight: float = 0.0
    """USD million of present cost that the least amount of it costs at least, by the unit of its price."""
    most_amount: int = 1
    """How often it can be taken: the modules of an expansion."""
    least_own_share: float = 1.0
    """What is left of its price if all that loans may advance on it were never paid back."""
    least_price: float = 0.0
    """The lowest price at which a unit costs no less than it can at once be resold for; no case may have a lower."""
    is_monotone: bool = True
    """False where a plan can become possible or cheaper as the price rises: then nothing is proven between prices."""

    @property
    def name(self) -> str:
        """Its name as studies name decisions: `offer:NAME`, `deal:NAME`, and so on."""
        return f"{self.kind}:{self.item}"

    @property
    def decision(self) -> str:
        """What a recipe calls the decision to take or bar it."""
        return f"order:{self.item}" if self.kind == OFFER else self.name

    @property
    def commitment(self) -> tuple[str, str]:
        """What the table of commitments calls it: a kind of decision, and its item."""
        return COMMITTED_KINDS[self.decision.partition(":")[0]], self.item

    def at(self, price: float) -> list[tuple[str, str, float]]:
        """Returns the levers of a recipe that give it a price, in its unit; none for the price of today."""
        if price == self.today:
            return []
        value = price / self.today if self.effect == "multiply" else price
        return [(lever, self.effect, float(f"{value:.{_DIGITS}g}")) for lever in self.levers]


def priced_items(case: Case) -> tuple[PricedItem, ...]:
    """Returns all items of a case that have a price, in the order of its tables.

    What costs nothing by its own column, such as an offer at no price, is left out: no factor changes that.
    """
    fixed = _fixed(case)
    found = [*_offers(case), *_programmes(case), *_deals(case), *_agreements(case), *_expansions(case)]
    return tuple(_as_financed(case, replace(one, fixed=fixed.get(one.commitment, ""))) for one in found)


def _as_financed(case: Case, item: PricedItem) -> PricedItem:
    """The item with what loans may advance on its price: a dearer item lets more be drawn."""
    loans = [row for row in case.facilities if _FINANCED[item.kind] & set(row.categories)]
    own = 1.0 - sum(row.advance_share for row in loans)
    # A draw that is committed needs a price that it may be drawn against.
    start = calendar_of(case.settings).start_month
    drawn = {
        row.item
        for row in case.commitments
        if row.kind == "draw" and row.status != "barred" and (not row.period or parse_label(row.period)[0] >= start)
    }
    is_monotone = item.is_monotone and own >= 0.0 and not drawn & {row.facility for row in loans}
    return replace(item, least_own_share=max(0.0, own), is_monotone=is_monotone)


def first_price(case: Case, offer: Offer) -> tuple[str, float]:
    """Returns the label of the first period in which an offer has a price and may be ordered, and the price in USD.

    It is that of the last row at or before that period; a blank label and 0 where it has none.
    """
    rows = sorted((row for row in case.prices if row.offer == offer.offer), key=_month)
    calendar = calendar_of(case.settings)
    start = max(calendar.start_month, parse_label(offer.first_order)[0] if offer.first_order else 0)
    known = [row for row in rows if _month(row) <= start] or rows[:1]
    if not known:
        return "", 0.0
    row = next((one for one in [known[-1], *rows] if one.unit_price_usd > 0), known[-1])
    begins = max(start, _month(row))
    return calendar.labels[max(0, calendar.period_of_month(begins))], row.unit_price_usd


def _month(row: Price) -> int:
    return parse_label(row.period)[0]


def _offers(case: Case) -> Iterator[PricedItem]:
    for row in case.offers:
        _, price = first_price(case, row)
        if price > 0:
            yield PricedItem(
                OFFER, row.offer, price, USD_A_UNIT_YEAR if row.kind == "lease" else USD_A_UNIT,
                (f"prices:{row.offer}:unit_price_usd",),
                least_weight=_least_weight(case, row, price),
                least_price=_least_price(case, row, price),
                is_monotone=_is_monotone(case, row),
            )  # fmt: skip


def _is_monotone(case: Case, offer: Offer) -> bool:
    """Whether a higher price can only make plans dearer: what counts spending, or compares prices, can do otherwise."""
    counted = any(row.basis == "spend" for row in case.policies)
    counted |= any(row.measure == "musd" for row in case.milestones)
    counted |= any(row.unit == "musd" for row in case.commit_levels)
    return not counted and not (case.settings.count_owed == "count" and offer.kind == "lease")


def _least_price(case: Case, offer: Offer, today: float) -> float:
    """The price at which the cheapest period's unit, with its integration, costs what it can at once be resold for."""
    machine = next(row for row in case.accelerators if row.accelerator == offer.accelerator)
    curves = {name: [row for row in case.resale if row.accelerator == name] for name in (machine.accelerator, "*")}
    rows = curves[machine.accelerator] or curves["*"]
    if offer.kind != "buy" or not rows:
        return 0.0
    fraction = min(rows, key=lambda row: row.age_years).fraction_of_reference_price
    discounts = [row.discount for row in case.price_tiers if row.offer == offer.offer]
    share = (
        min(row.unit_price_usd for row in case.prices if row.offer == offer.offer and row.unit_price_usd > 0) / today
    )
    paid = machine.reference_price_usd * fraction - offer.integration_usd_per_unit
    return min(today, max(0.0, paid * (1.0 + _ROOM) / (share * (1.0 - max([0.0, *discounts])))))


def _least_weight(case: Case, offer: Offer, today: float) -> float:
    """What one lot of an offer, or one unit where it is divisible, costs at least by USD of its price today."""
    calendar, settings = calendar_of(case.settings), case.settings
    prices = [row.unit_price_usd for row in case.prices if row.offer == offer.offer]
    discounts = [row.discount for row in case.price_tiers if row.offer == offer.offer]
    chances = [row.probability for row in case.scenarios if row.probability > 0] if settings.use_scenarios else []
    share = min(prices) / today * (1.0 - max([0.0, *discounts])) * min([1.0, *chances])
    units = (offer.lot_size or 1.0) * max(1.0, offer.min_lots)
    if offer.cancel_until_months is not None:
        # What is ordered and cancelled costs its fee.
        share *= offer.cancel_fee_share
    at_end = (1.0 + settings.discount_rate) ** (-calendar.count * calendar.delta)
    return float(MUSD * units * max(0.0, share) * at_end * (calendar.delta if offer.kind == "lease" else 1.0))


def _programmes(case: Case) -> Iterator[PricedItem]:
    for row in case.programmes:
        routes = [route for route in case.routes if route.programme == row.programme]
        costs = [route.design_cost_musd + route.mask_set_musd for route in routes]
        if paid := [cost for cost in costs if cost > 0]:
            levers = tuple(f"routes:{row.programme}:{column}" for column in ("design_cost_musd", "mask_set_musd"))
            yield PricedItem(TAPE_OUT, row.programme, min(paid), MUSD_UNIT, levers)


def _deals(case: Case) -> Iterator[PricedItem]:
    for row in case.acquisitions:
        lever = f"acquisitions:{row.acquisition}:price_musd"
        yield PricedItem(DEAL, row.acquisition, row.price_musd, MUSD_UNIT, (lever,), effect="set")


def _agreements(case: Case) -> Iterator[PricedItem]:
    for row in case.agreements:
        lever = f"agreements:{row.agreement}:prepayment_musd"
        yield PricedItem(AGREEMENT, row.agreement, row.prepayment_musd, MUSD_UNIT, (lever,), effect="set")


def _expansions(case: Case) -> Iterator[PricedItem]:
    for row in case.expansions:
        lead, rent = f"expansions:{row.expansion}:", row.rent_musd_per_module_per_year or 0.0
        levers, today, unit = [f"{lead}cost_musd_per_module"], row.cost_musd_per_module, MUSD_A_MODULE
        if rent > 0.0:
            # Cost and rent rise together.
            levers = [*(levers if today > 0.0 else []), f"{lead}rent_musd_per_module_per_year"]
            today, unit = (today, unit) if today > 0.0 else (rent, MUSD_A_MODULE_YEAR)
        effect = "multiply" if rent > 0.0 else "set"
        yield PricedItem(EXPANSION, row.expansion, today, unit, tuple(levers), effect, most_amount=row.max_modules)


def _fixed(case: Case) -> Mapping[tuple[str, str], str]:
    """Commitments, by kind and item, that decide for the whole plan: taken already, or barred at any time."""
    found: dict[tuple[str, str], str] = {}
    for row in case.commitments:
        if row.status == "barred" and not row.period and not row.route:
            found[row.kind, row.item] = BARRED
        elif row.status != "barred":
            found[row.kind, row.item] = COMMITTED
    return found
