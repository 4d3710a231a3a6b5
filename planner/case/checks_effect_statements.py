"""Nothing without effect: settings of the statements that have nothing in the case to act on."""

from __future__ import annotations

from collections.abc import Iterator

from models.calendar import MONTHS_OF_YEAR, parse_label
from models.case import Settings
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpeningFleet, OpenLease
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Route
from planner.case.context import Context
from planner.case.reachable_rows import ReachableRows

LEAVE = "Leave it out."


def check_statements_used(context: Context, reached: ReachableRows) -> None:
    """Settings of the statements have leases, owned accelerators, power modules or own chips to act on."""
    settings = context.settings
    assert settings is not None
    default = {entry.name: entry.default for entry in Settings.__dataclass_fields__.values()}
    has_leases = any(months > MONTHS_OF_YEAR for months in _terms(context, reached))
    owned = any(row.kind == "buy" for row in context.of(Offer))
    owned |= any(row.book_value_usd_per_unit for row in context.of(OpeningFleet))
    absent = {
        "borrowing_rate": "" if has_leases else "the case has no lease of more than a year",
        "lease_classification": "" if has_leases else "the case has no lease of more than a year",
        "accelerator_years": "" if owned else "no accelerator is bought, and none has a book value",
        "power_years": "" if any(row.cost_musd_per_module for row in context.of(Expansion)) else "no module has a cost",
        "capitalise_programmes": "" if context.of(Route) else "the case has no programme",
        "programme_years": "" if settings.capitalise_programmes else "programmes are a cost when they are paid",
    }
    for name, why in absent.items():
        value = getattr(settings, name)
        if why and value != default[name]:
            remedy = "Leave it out, or set capitalise_programmes = true." if name == "programme_years" else LEAVE
            context.warn_setting(name, _shown(value), f"has no effect: {why}", remedy)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _terms(context: Context, reached: ReachableRows) -> Iterator[float]:
    """Yields the terms of all leases, in months: of offers, of what runs, of renewals, and of power modules."""
    for offer in context.of(Offer):
        if offer.kind == "lease":
            yield from (offer.term_months, offer.renew_months or 0.0)
    for lease in context.of(OpenLease):
        yield parse_label(lease.ends)[0] - reached.calendar.start_month
        yield lease.renew_months or 0.0
    for expansion in context.of(Expansion):
        if expansion.rent_musd_per_module_per_year or expansion.exit_fee_musd_per_module:
            yield expansion.term_months or 0.0
