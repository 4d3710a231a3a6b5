"""Rows of the tables of actuals: what was delivered, paid, lost, demanded and reached while a plan is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.tables.column_descriptions import NOT_SHARES, NOT_USD, column
from models.tables.fleet_rows import CASH_CATEGORIES, InputRow

PAID_CATEGORIES = (*CASH_CATEGORIES, "incentive", "revenue")
"""What a payment or a bill may be of."""
ITEMS = (
    "offers", "open_leases", "sites", "programmes", "acquisitions", "agreements", "expansions", "facilities",
    "milestones", "accelerators", "workloads",
)  # fmt: skip
"""What a payment may be for."""
STARTED, TAPED_OUT, READY = "started", "taped_out", "ready"
SIGNED, CLOSED, OWNED, LIVE = "signed", "closed", "owned", "live"
ORDERED, ENERGISED = "ordered", "energised"
EVENTS: dict[str, tuple[str, ...]] = {
    "programmes": (STARTED, TAPED_OUT, READY),
    "acquisitions": (SIGNED, CLOSED, OWNED),
    "agreements": (SIGNED, LIVE),
    "expansions": (ORDERED, ENERGISED),
}
"""What can happen to each kind of item."""
FAILED, SOLD = "failed", "sold"
BILL_COLUMNS = (
    "SkuId", "SkuPriceId", "ContractId", "ContractCommitmentId", "CommitmentDiscountId", "ResourceId", "ServiceName",
)  # fmt: skip
"""The columns of a FOCUS bill by which its rows are assigned; of one row the first in this order counts."""


def _reference() -> Any:  # noqa: ANN401 (as `column`)
    return column(
        "number of the order or invoice, to tell rows apart", key=True, default="", blank="none", example="PO-4711"
    )


@dataclass(frozen=True, kw_only=True)
class Delivery(InputRow, theme="Supply"):
    """Units of an offer that were promised, delivered, or both."""

    offer: str = column("offer", key=True, refs=("offers",), example="own_chip_lots")
    site: str = column("site", key=True, refs=("sites",), example="home")
    reference: str = _reference()
    promised: str | None = column(
        "when they were promised", key=True, label="period", default=None, blank="as in the plan", example="2027Q2"
    )
    units_promised: float | None = column(
        "units promised; of several deliveries of one promise, on one of their rows", unit="units", least=0,
        default=None, blank="as many as were delivered", example="64",
    )  # fmt: skip
    period: str | None = column(
        "when they were delivered", key=True, label="period", default=None, blank="not delivered yet",
        example="2027Q3",
    )  # fmt: skip
    units: float = column("units delivered", unit="units", least=0, default=0.0, blank="0", example="60")
    unit_price_usd: float | None = column(
        "price of a unit after discounts; of a lease, the rent of a year", unit="USD per unit", least=0,
        typical=(500, 5e6), other_units=NOT_USD, default=None, blank="as in the plan", example="11500",
    )  # fmt: skip
    balance_usd_per_unit: float | None = column(
        "what is still to be paid when they are delivered", unit="USD per unit", least=0, default=None,
        blank="by the deposit of the offer",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Payment(InputRow, theme="Money"):
    """An amount that was charged."""

    period: str = column("when it was charged", key=True, label="period", example="2027Q3")
    category: str = column("what it is of", key=True, choices=PAID_CATEGORIES, example="maintenance")
    item: str = column(
        "offer, site, programme or other item that it is for", key=True, refs=ITEMS, default="",
        blank="none: the whole category of the vendor", example="own_chip_v1",
    )  # fmt: skip
    vendor: str = column("who was paid", key=True, default="", blank="the vendor of the item", example="own")
    reference: str = _reference()
    amount_musd: float = column("amount; income is negative", unit="USD million", typical=(-1e6, 1e6), example="0.12")
    quantity: float | None = column(
        "what was received for it: units of hardware, unit-years of a lease, MWh of power", default=None, least=0,
        blank="not known",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FleetChange(InputRow, theme="Supply"):
    """Owned units that failed or were sold."""

    accelerator: str = column("accelerator", key=True, refs=("accelerators",), example="own_chip_v1")
    site: str = column("site", key=True, refs=("sites",), example="home")
    change: str = column("what happened", key=True, choices=(FAILED, SOLD), example=FAILED)
    period: str = column("when it happened", key=True, label="period", example="2027Q3")
    in_service_since: str | None = column(
        "when the units entered service", key=True, label="period", default=None, blank="the oldest",
        example="2026Q4",
    )  # fmt: skip
    units: float = column("number of units", unit="units", least=0, example="3")
    proceeds_musd: float = column("what was received for them", unit="USD million", least=0, default=0.0, blank="0")


@dataclass(frozen=True, kw_only=True)
class ObservedDemand(InputRow, theme="Demand"):
    """The demand of a workload that was observed."""

    workload: str = column("workload", key=True, refs=("workloads",), example="chat")
    period: str = column("period of the average", key=True, label="period", example="2027Q3")
    queries_per_day_million: float = column(
        "average demand", unit="million queries a day", least=0, typical=(1e-6, 1e6),
        other_units=(("queries", 1e-6), ("thousand queries", 1e-3)), example="44",
    )  # fmt: skip
    share_served: float | None = column(
        "share of it that was served", least=0, most=1, other_units=NOT_SHARES, default=None, blank="not known",
        example="0.98",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EventDate(InputRow, theme="Strategic decisions"):
    """When something happened to a programme, acquisition, agreement or expansion, or is now expected to."""

    item: str = column(
        "programme, acquisition, agreement or expansion", key=True, refs=tuple(EVENTS), example="own_chip"
    )
    event: str = column(
        "what happened", key=True, choices=tuple(dict.fromkeys(name for own in EVENTS.values() for name in own)),
        example=TAPED_OUT,
    )  # fmt: skip
    period: str = column("when it happened, or is expected", key=True, label="period", example="2027Q4")
    route: str = column("route of a programme", default="", blank="as in the plan", example="in_house")
    modules: float | None = column(
        "modules of an expansion", unit="modules", above=0, default=None, blank="as in the plan"
    )


@dataclass(frozen=True, kw_only=True)
class PowerUse(InputRow, theme="Power"):
    """Electricity that a site used."""

    site: str = column("site", key=True, refs=("sites",), example="home")
    period: str = column("when it was used", key=True, label="period", example="2027Q3")
    mwh: float = column("electricity used", unit="MWh", least=0, example="2100")
    peak_mw: float | None = column("highest facility power", unit="MW", least=0, default=None, blank="not known")
    cost_musd: float | None = column(
        "what it cost", unit="USD million", least=0, default=None, blank="in payments, or not known", example="0.15"
    )


@dataclass(frozen=True, kw_only=True)
class BillItem(InputRow, theme="Money"):
    """What the rows of cloud bills with one identifier are for."""

    key: str = column("identifier in the bill", key=True, example="8GPU-HOUR-1Y")
    category: str = column("what it is of", choices=PAID_CATEGORIES, default="lease", blank="lease", example="lease")
    item: str = column(
        "offer, lease, site or other item that it is for", refs=ITEMS, default="",
        blank="none: the whole category of the vendor", example="own_chip_lots",
    )  # fmt: skip
    vendor: str = column("who is paid", default="", blank="the vendor of the item", example="own")
    units_per_quantity: float | None = column(
        "what one of PricingQuantity is: unit-years of a lease (one GPU-hour is 1/8760), MWh of power", above=0,
        default=None, blank="the quantity is not used", example="0.00011415525",
    )  # fmt: skip
    column: str = column("column of the bill that holds it", key=True, choices=BILL_COLUMNS, example="SkuId")


ACTUAL_TABLES: dict[str, type[InputRow]] = {
    "deliveries": Delivery,
    "payments": Payment,
    "fleet_changes": FleetChange,
    "observed_demand": ObservedDemand,
    "event_dates": EventDate,
    "power_used": PowerUse,
    "bill_items": BillItem,
}
"""The row class of each table of actuals."""
