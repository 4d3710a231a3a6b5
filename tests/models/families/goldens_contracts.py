"""The smallest cases in which each requirement of a contract appears: levels, milestones, loans, rents and rights."""

from __future__ import annotations

from models.build import build
from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Agreement, Commitment
from tests.models.tiny import add, alone, change, changed, rent, tiny_case

HALVES = {"start": "2027H1", "period": "half", "demand": (("2027H1", 100.0),)}


def cancel_within_order():
    """Years, lead of two, cancelled at least a year before: of the order of 2027 in 2028 only. Lots of 10.

    25 were ordered in 2026 and are due in 2028: they are cancelled in 2027, but for five that are no whole lot.
    """
    case = change(alone(tiny_case(periods=3)), "offers", "alpha_list", lead_time_months=24.0, lot_size=10.0)
    case = add(case, open_orders=(OpenOrder(offer="alpha_list", site="north", units=25.0, due="2028", ordered="2026"),))
    return build(change(case, "offers", "alpha_list", cancel_until_months=12.0, deposit_share=0.2))


def lease_exit():
    """Half-years, terms of three; notice of one: of 2027H1 given in 2027H1 (out from H2) or in 2027H2 (from 2028H1)."""
    return build(_rented(exit_fee_months=2.0, exit_notice_months=6.0))


def lease_renewal():
    """A term of three half-years from 2027H1 ends with 2028H1: renewed from 2028H2 on, if units have not left."""
    return build(_rented(renew_months=6.0, exit_fee_months=0.0, exit_notice_months=6.0))


def site_opened():
    """Modules of a hall, ordered and energised at once, at a site that costs from its first module on."""
    return build(_empty_site(term_months=12.0))


def site_stays_open():
    """Two years: what is open in 2027 is open in 2028."""
    return build(_empty_site())


def site_opens():
    """Two years: open for what is energised, or as open as the year before; in 2027 there is none before."""
    return build(_empty_site())


def commit_level():
    """Half-years; a term of 18 months: the year of a signing in 2027H1 ends with 2027H2, its second with 2028H1."""
    return build(_levels("none"))


def level_short():
    """Of the first year only: a shortfall of the second, the last, helps no later one."""
    return build(_levels("excess"))


def level_excess():
    """What counts in three half-years is at most 100 alpha in each; 40 + 60 can be paid for: 400 in all."""
    return build(_levels("excess"))


def milestone():
    """25 kW of arrivals by 2028, at a meter of 1.25 for 1 kW: 0.00125 MW a unit."""
    case = change(alone(tiny_case(periods=3)), "sites", "north", pue=1.25)
    row = IncentiveMilestone(
        milestone="warrants", subject="verde", measure="mw", amount=0.025, by="2028", value_musd=0.1
    )
    return build(add(case, milestones=(row,)))


def facility_limits():
    """Level repayment over two years: half of a draw is outstanding a year after it, and none after two."""
    return build(_lent(repayment="level"))


def facility_advance():
    """Up to 70 % of what alpha costs at 0.02 a unit, in the year of the order."""
    return build(_lent(repayment="bullet"))


def _rented(**rights):
    case = rent(alone(tiny_case(periods=4, **HALVES)), term_months=18.0)
    return change(case, "offers", "alpha_rent", **rights)


def _empty_site(**values):
    hall = Expansion(expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.1, max_modules=3, **values)
    case = alone(tiny_case(periods=2))
    site = Site(site="north", power_mw=0.0, fixed_musd_per_year=0.5, fixed_from="first_module")
    return changed(case, sites=(site,), expansions=(hall,))


def _levels(carry):
    case = alone(tiny_case(periods=3, **HALVES))
    case = change(case, "offers", "alpha_list", requires=("pact",))
    pact = Agreement(agreement="pact", term_months=18.0, shortfall_usd_per_unit=5000.0)
    rows = tuple(
        CommitLevel(agreement="pact", year_of_term=year, amount=amount, unit="units", carry=carry)
        for year, amount in ((1, 40.0), (2, 60.0))
    )
    return add(case, agreements=(pact,), commit_levels=rows)


def _lent(**values):
    loan = Facility(
        facility="loan", limit_musd=1.5, rate_per_year=0.1, term_months=24.0, advance_share=0.7,
        categories=("hardware",), **values,
    )  # fmt: skip
    done = Commitment(kind="draw", item="loan", period="2026", quantity=0.4, status="done")
    return add(alone(tiny_case(periods=3)), facilities=(loan,), commitments=(done,))


CONTRACTS = (
    cancel_within_order,
    lease_exit,
    lease_renewal,
    site_opened,
    site_stays_open,
    site_opens,
    commit_level,
    level_short,
    level_excess,
    milestone,
    facility_limits,
    facility_advance,
)
