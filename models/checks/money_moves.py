"""Cost lines of strategic moves, recomputed: expansions, programmes, companies, agreements."""

from __future__ import annotations

from collections.abc import Iterator

from models.checks import dates
from models.checks.evidence import USD_PER_MUSD, Evidence, Lines
from models.checks.level_years import level_lines
from models.checks.money_supply import add
from models.checks.supply_checks import undelivered
from models.checks.time import NOISE
from models.tables.site_rows import Expansion


def expansion_lines(plan: Evidence) -> Lines:
    """Returns cost ÷ L in each of the L periods from the order's on, L the nominal lead or 1, and rents."""
    lines: Lines = {}
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        spread = max(1, plan.calendar.lag(expansion.lead_time_months))
        cost = build.modules * expansion.cost_musd_per_module / spread
        for t in range(max(0, build.period), min(plan.calendar.periods, build.period + spread)):
            add(lines, "modules", build.expansion, t, cost)
        works = dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        for t in _from_on(plan, works):
            for what, musd in rent_of(plan, expansion, t - (works or 0)):
                add(lines, what, build.expansion, t, build.modules * musd)
    return lines


def rent_of(plan: Evidence, expansion: Expansion, since: int) -> Iterator[tuple[str, float]]:
    """Yields what a module costs so many periods after it is energised: rent in its term, the fee at its end."""
    term = None if expansion.term_months is None else plan.calendar.term(expansion.term_months)
    if term is None or since < term:
        growth = (1.0 + expansion.rent_growth_per_year) ** (since * plan.calendar.years)
        yield "rent", expansion.rent_musd_per_module_per_year * plan.calendar.years * growth
    if term is not None and since == term - 1:
        yield "exit fee", expansion.exit_fee_musd_per_module


def tape_out_lines(plan: Evidence) -> Lines:
    """Returns design cost over the design periods, masks with planned respins at tape-out, sustaining from ready on.

    A delay moves only what comes from ready on. Respins beyond those that are planned for are paid, and those that do
    not come are given back, when their number is known: at tape-out or later, unless it is ready before. After a
    tape-out before the plan nothing was planned for: all that are known are paid. Where the programme fails before it
    is ready, nothing more is paid from then on.
    """
    lines: Lines = {}
    for start in plan.starts:
        route = plan.facts.routes.get((start.programme, start.route))
        if route is None:
            continue
        item = f"{start.programme}/{start.route}"
        lags = plan.facts.lags[start.programme, start.route]
        spread, tape_out = max(1, lags.tape_out), start.start + lags.tape_out
        ready = dates.ready(plan.facts, plan.calendar, start.programme, start.route, start.start)
        end = dates.stopped(plan.facts, plan.calendar, start.programme, start.route, start.start)
        for t in range(max(0, start.start), min(plan.calendar.periods, start.start + spread, end)):
            add(lines, "design", item, t, route.design_cost_musd / spread)
        if 0 <= tape_out < min(plan.calendar.periods, end):
            add(lines, "masks", item, tape_out, lags.masks_musd)
        paid = plan.facts.respins_paid.get((start.programme, start.start), 0.0) if tape_out < 0 else 0.0
        respins = [paid if one is None else one for one in lags.respins] if tape_out < 0 else lags.unplanned
        for t in range(max(0, tape_out), min(plan.calendar.periods, end)):
            before = respins[t - 1] if t > max(0, tape_out) else paid
            more = (respins[t] - before) * route.respin_cost_musd
            if more and (t == tape_out or ready is None or t <= ready):
                add(lines, "respins", item, t, more)
        for t in _from_on(plan, ready):
            add(lines, "sustaining", item, t, route.sustaining_musd_per_year * plan.calendar.years)
    return lines


def signing_price(plan: Evidence, acquisition: str, signed: int) -> float:
    """Returns price × (1 + growth)^years since the price was true, USD million."""
    company = plan.facts.acquisitions[acquisition]
    years = plan.calendar.years_since(company.as_of, signed)
    return company.price_musd * float((1.0 + company.price_growth_per_year) ** years)


def acquisition_lines(plan: Evidence) -> Lines:
    """Returns the price at signing, integration for its years from closing, less the contribution once owned.

    What has failed before it closed gives the price back but for the break fee, as a negative line `refund`.
    """
    lines: Lines = {}
    years = plan.calendar.years
    for closing in plan.closings:
        name, signed = closing.acquisition, closing.signed
        company = plan.facts.acquisitions[name]
        if 0 <= signed < plan.calendar.periods:
            add(lines, "price", name, signed, signing_price(plan, name, signed))
        closed = dates.closed(plan.facts, plan.calendar, name, signed)
        for t in _from_on(plan, closed):
            part = min(years, company.integration_years - (t - (closed or 0)) * years)
            if part <= NOISE:
                break
            add(lines, "integration", name, t, company.integration_musd_per_year * part)
        for t in _from_on(plan, dates.owned(plan.facts, plan.calendar, name, signed)):
            add(lines, "contribution", name, t, -company.contribution_musd_per_year * years)
        back = dates.refunded(plan.facts, plan.calendar, name, signed)
        if back is not None:
            add(lines, "refund", name, back, -(1.0 - company.break_fee_share) * signing_price(plan, name, signed))
    return lines


def _from_on(plan: Evidence, period: int | None) -> range:
    """The periods of the horizon from one on; none from never on."""
    return range(0) if period is None else range(max(0, period), plan.calendar.periods)


def agreement_lines(plan: Evidence) -> Lines:
    """Returns the prepayment at signing, and the shortfall fee in the last period of each year.

    shortfall = max(0, min_units_per_year × live periods of the year × Δ − what was taken in the year).
    """
    lines: Lines = {}
    for signing in plan.signings:
        agreement = plan.facts.agreements[signing.agreement]
        if 0 <= signing.signed < plan.calendar.periods:
            add(lines, "prepayment", signing.agreement, signing.signed, agreement.prepayment_musd)
        first = signing.signed + plan.calendar.lag(agreement.lag_months)
        live = range(first, first + plan.calendar.term(agreement.term_months))
        came = arrivals_by_year(plan, signing.agreement)
        begun = plan.calendar.year_of(0)
        past = [t for t in live if t < 0 and plan.calendar.year_of(t) == begun and agreement.taken_before is not None]
        inside = [t for t in live if 0 <= t < plan.calendar.periods]
        for year in sorted({plan.calendar.year_of(t) for t in (*past, *inside)}):
            periods = [t for t in range(plan.calendar.periods) if plan.calendar.year_of(t) == year]
            counts = sum(t in live for t in periods) + (len(past) if year == begun else 0)
            taken = agreement.taken_before if past and year == begun else 0.0
            owed = agreement.min_units_per_year * plan.calendar.years * counts
            short = max(0.0, owed - came.get(year, 0.0) - (taken or 0.0))
            fee = short * agreement.shortfall_usd_per_unit / USD_PER_MUSD
            add(lines, "shortfall", signing.agreement, periods[-1], fee)
    return lines | level_lines(plan)


def arrivals_by_year(plan: Evidence, gate: str) -> dict[int, float]:
    """Returns what arrives, or was due and is not delivered, of all offers that require a gate, by calendar year."""
    found: dict[int, float] = {}
    for (name, _, t), units in plan.arrivals.items():
        if gate in plan.facts.offers[name].requires:
            year = plan.calendar.year_of(t)
            found[year] = found.get(year, 0.0) + units
    for name, offer in plan.facts.offers.items():
        for (_, t), units in undelivered(plan, name).items() if gate in offer.requires else ():
            year = plan.calendar.year_of(t)
            found[year] = found.get(year, 0.0) + units
    return found
