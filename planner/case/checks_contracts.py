"""Contracts: yearly levels, milestones, facilities, rented modules, and the rights to cancel, leave and renew."""

from __future__ import annotations

from models.calendar import MONTHS_OF_YEAR, parse_label
from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Accelerator, Offer, PriceTier
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import Agreement, Commitment
from planner.case.context import Context
from planner.errors import listed

OF_RENEWALS = ("renew_usd_per_unit_per_year", "renewals")
NO_RIGHT = "is not used: {} is blank"


def check_commit_levels(context: Context) -> None:
    """Each level is of a year inside its term, counts in one unit, and its shortfall costs something."""
    agreements = {row.agreement: row for row in context.of(Agreement)}
    before: dict[str, CommitLevel] = {}
    for row in sorted(context.of(CommitLevel), key=lambda row: row.year_of_term):
        agreement = agreements.get(row.agreement)
        if agreement is None:
            continue
        if (row.year_of_term - 1) * MONTHS_OF_YEAR >= agreement.term_months:
            expected = f"lies after the term of {row.agreement}, {agreement.term_months:g} months"
            context.fault(row, "year_of_term", expected, "Delete the row, or lengthen the term.")
        earlier = before.get(row.agreement)
        if earlier is not None and earlier.carry == "excess" and earlier.unit != row.unit:
            expected = f"is not the unit of row {context.number(earlier)}, which carries its excess into this year"
            context.fault(row, "unit", expected, f"Use {earlier.unit}, or carry = none there.")
        before[row.agreement] = row
        if row.unit == "units" and not agreement.shortfall_usd_per_unit:
            _costs_nothing(context, row, "shortfall_usd_per_unit")
        if row.unit == "mw":
            if not agreement.shortfall_musd_per_mw:
                _costs_nothing(context, row, "shortfall_musd_per_mw")
            _check_only_source(context, row)
        if not any(row.agreement in offer.requires for offer in context.of(Offer)) and context.is_whole("offers"):
            expected = f"counts nothing: no offer requires {row.agreement}"
            context.fault(row, "agreement", expected, "Name it in the column requires of offers.csv.")


def _costs_nothing(context: Context, row: CommitLevel, column: str) -> None:
    expected = f"has no effect: a shortfall in {row.unit} costs nothing, {column} of {row.agreement} is 0"
    context.warn(row, "amount", expected, f"Enter {column} in agreements.csv.")


def _check_only_source(context: Context, row: CommitLevel) -> None:
    """Power is that of accelerators, which therefore must come from offers of the agreement alone."""
    if not context.is_whole("offers", "opening_fleet", "open_leases", "open_orders"):
        return
    own = {offer.offer: offer.accelerator for offer in context.of(Offer) if row.agreement in offer.requires}
    kinds = set(own.values())
    others = [offer.offer for offer in context.of(Offer) if offer.accelerator in kinds and offer.offer not in own]
    others += [held.accelerator for held in context.of(OpeningFleet) if held.accelerator in kinds]
    others += [lease.lease for lease in context.of(OpenLease) if lease.accelerator in kinds]
    others += [
        order.offer for order in context.of(OpenOrder) if order.offer not in own and _kind(context, order) in kinds
    ]
    if others:
        expected = (
            f"counts the power of {listed(sorted(kinds))}, which comes from {listed(sorted(set(others)))} as well"
        )
        context.fault_unless_carried(
            row, "unit", expected, "Use units or musd, or enter that accelerator under another name."
        )


def _kind(context: Context, order: OpenOrder) -> str:
    return next((row.accelerator for row in context.of(Offer) if row.offer == order.offer), "")


def check_milestones(context: Context) -> None:
    """Each milestone counts what some offer brings, and can still be reached."""
    calendar = context.calendar
    if calendar is None or not context.is_whole("offers", "accelerators", "agreements"):
        return
    for row in context.of(IncentiveMilestone):
        if not _has_offers(context, row.subject):
            expected = "has no offers whose units count"
            context.fault(row, "subject", expected, "Name a vendor, accelerator, offer or agreement with offers.")
        if row.by is not None and calendar.period_at(row.by) < 0:
            expected = f"lies before the start of the plan in {calendar.labels[0]}"
            context.fault(row, "by", expected, "Use a later label, or delete the row.")


def _has_offers(context: Context, subject: str) -> bool:
    """True where the subject stands for some offer, as `models.families.incentives.offers_of` reads it."""
    machines = {row.accelerator for row in context.of(Accelerator) if subject in (row.vendor, row.accelerator)}
    offers = context.of(Offer)
    return any(row.accelerator in machines or row.offer == subject or subject in row.requires for row in offers)


def check_taken_before(context: Context) -> None:
    """Warns of units taken before the start in a calendar year that begins with the plan."""
    calendar = context.calendar
    if calendar is None or calendar.start_month % MONTHS_OF_YEAR:
        return
    for row in context.of(Agreement):
        if row.taken_before is not None:
            expected = f"has no effect: the calendar year begins with the plan in {calendar.labels[0]}"
            context.warn(row, "taken_before", expected, "Leave it blank.")


def check_facilities(context: Context) -> None:
    """What is outstanding at the start is within the limit; cheap money and double financing are named."""
    settings, financed = context.settings, dict[str, list[Facility]]()
    for row in context.of(Facility):
        for category in row.categories:
            financed.setdefault(category, []).append(row)
        drawn = _outstanding(context, row)
        if drawn > row.limit_musd * (1 + 1e-9):
            expected = f"is below the {drawn:,.6g} USD million that commitments.csv has outstanding at the start"
            context.fault(row, "limit_musd", expected, f"Use {drawn:,.6g} or more.")
        if settings is not None and row.rate_per_year + row.fee_share < settings.discount_rate:
            expected = (
                f"is below the discount rate of {settings.discount_rate:g} in plan.toml: each draw lowers the cost of "
                "the plan as if it were income"
            )
            context.warn(row, "rate_per_year", expected, "Check both rates; compare plans with and without it.")
    for category, rows in financed.items():
        if len(rows) > 1 and sum(row.advance_share for row in rows) > 1:
            names = listed([row.facility for row in rows])
            expected = f"of {names} are above 1 together for {category}: the same spending is financed more than once"
            context.warn(rows[-1], "advance_share", expected, "Lower them, or finance other categories.")


def _outstanding(context: Context, row: Facility) -> float:
    calendar, found = context.calendar, 0.0
    if calendar is None:
        return 0.0
    term = calendar.term_periods(row.term_months)
    for done in context.of(Commitment):
        if (done.kind, done.item, done.status) == ("draw", row.facility, "done") and done.period:
            age = -1 - calendar.period_at(done.period)
            left = 1.0 - age / term if row.repayment == "level" else 1.0
            found += (1.0 if done.quantity is None else done.quantity) * (left if 0 <= age < term else 0.0)
    return found


def check_offer_rights(context: Context) -> None:
    """Purchases are cancelled, leases left and renewed; neither where volume discounts make a bill of many orders."""
    tiered = {row.offer for row in context.of(PriceTier)}
    for row in context.of(Offer):
        to_cancel = [name for name in ("cancel_until_months", "late_exit_months") if getattr(row, name) is not None]
        to_change = [name for name in ("exit_fee_months", "renew_months") if getattr(row, name) is not None]
        if row.kind == "lease":
            for name in to_cancel:
                context.fault(row, name, "is of purchases: a lease is left", "Leave it blank; enter exit_fee_months.")
        for name in to_change if row.kind == "buy" else ():
            context.fault(row, name, "is of leases: what is bought is sold", "Leave it blank.")
        for name in (*to_cancel, *to_change) if row.offer in tiered else ():
            expected = "cannot be used with volume discounts: the bill is of all orders of their span together"
            context.fault(row, name, expected, "Leave it blank, or enter the prices of the tiers as offers.")
        if row.cancel_fee_share and row.cancel_until_months is None:
            context.warn(
                row, "cancel_fee_share", NO_RIGHT.format("cancel_until_months"), "Enter it, or leave this blank."
            )
        _check_lease_rights(context, row)
        _check_not_counted(context, row, to_change)


def check_order_rights(context: Context) -> None:
    """Purchases ordered before the plan are cancelled as their offer allows; all of an order is due in one period."""
    calendar = context.calendar
    if calendar is None:
        return
    offers = {row.offer: row for row in context.of(Offer)}
    agreed = {row.agreement for row in context.of(Agreement) if row.late_exit_months is not None}
    late = {row.offer for row in context.of(Backlog)}
    first: dict[tuple[str, int], OpenOrder] = {}
    for row in context.of(OpenOrder):
        offer = offers.get(row.offer)
        if offer is not None and offer.kind == "lease" and row.paid_usd_per_unit:
            context.fault(row, "paid_usd_per_unit", "is of purchases: a lease is paid each period", "Leave it blank.")
        if row.ordered is None or offer is None:
            continue
        ordered = calendar.period_at(row.ordered)
        if ordered >= 0:
            expected = f"is not before the start of the plan in {calendar.labels[0]}"
            context.fault(row, "ordered", expected, "Enter when it was ordered, or leave it blank.")
        same = first.setdefault((row.offer, ordered), row)
        if calendar.period_at(same.due) != calendar.period_at(row.due):
            expected = f"is another period than {same.due}, in which the same order is due ({context.place(same)})"
            context.fault(row, "due", expected, "Use one period, or leave ordered blank in one of them.")
        rights = (offer.cancel_until_months, offer.late_exit_months)
        if offer.offer in late or (offer.kind == "buy" and rights != (None, None)):
            continue
        if offer.kind == "lease":
            expected = "is not used: its offer is a lease without a row in backlogs"
            context.warn(row, "ordered", expected, "Leave it blank.")
        elif not agreed & set(offer.requires):
            expected = NO_RIGHT.format("cancel_until_months or late_exit_months of its offer")
            context.warn(row, "ordered", expected, "Enter one of them, or leave this blank.")


def _check_lease_rights(context: Context, row: Offer | OpenLease) -> None:
    if row.exit_notice_months and row.exit_fee_months is None:
        context.warn(row, "exit_notice_months", NO_RIGHT.format("exit_fee_months"), "Enter it, or leave this blank.")
    for name in OF_RENEWALS:
        if getattr(row, name) is not None and row.renew_months is None:
            context.warn(row, name, NO_RIGHT.format("renew_months"), "Enter it, or leave this blank.")


def _check_not_counted(context: Context, row: Offer | OpenLease, columns: list[str]) -> None:
    if columns and context.settings is not None and context.settings.count_owed == "count":
        expected = "cannot be combined with count_owed = count, which counts the rent of whole terms"
        context.fault(row, columns[0], expected, 'Set count_owed = "report" in plan.toml, or leave it blank.')


def check_lease_rights(context: Context) -> None:
    """A running lease with rights ends with a period, so that its next term begins with one."""
    calendar = context.calendar
    for row in context.of(OpenLease):
        columns = [name for name in ("exit_fee_months", "renew_months") if getattr(row, name) is not None]
        _check_lease_rights(context, row)
        _check_not_counted(context, row, columns)
        if columns and calendar is not None and (parse_label(row.ends)[0] - calendar.start_month) % calendar.months:
            expected = f"lies inside a period of {calendar.months} months, and the lease has a right to leave or renew"
            context.fault(row, "ends", expected, "Use the first label after a period, or plan by shorter periods.")


def check_rents(context: Context) -> None:
    """Rented modules have no value left; terms, fees and growth have something that they are of."""
    for row in context.of(Expansion):
        if row.term_months is not None and row.life_years > 0:
            expected = "is for modules that are owned: these end with their term"
            context.fault(row, "life_years", expected, "Leave it blank, or leave term_months blank.")
        if row.exit_fee_musd_per_module and row.term_months is None:
            context.warn(
                row, "exit_fee_musd_per_module", NO_RIGHT.format("term_months"), "Enter it, or leave this blank."
            )
        if row.rent_growth_per_year and not row.rent_musd_per_module_per_year:
            expected = "is not used: rent_musd_per_module_per_year is 0"
            context.warn(row, "rent_growth_per_year", expected, "Enter the rent, or leave this blank.")
    halls = {row.site for row in context.of(Expansion)}
    powered = {row.site for row in context.of(SiteSeries) if row.power_mw}
    for site in context.of(Site):
        if site.fixed_from != "first_module":
            continue
        if site.power_mw != 0 or site.site in powered:
            expected = "needs a site without power of its own"
            context.fault(site, "fixed_from", expected, "Enter power_mw = 0, or use start.")
        elif not site.fixed_musd_per_year or site.site not in halls:
            what = "fixed_musd_per_year is 0" if site.site in halls else "no expansion is at the site"
            context.warn(site, "fixed_from", f"is not used: {what}", "Enter it, or leave this blank.")
