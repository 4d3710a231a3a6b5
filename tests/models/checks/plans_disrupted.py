"""The plans made by hand, hit by disruptions: later arrivals and backlogs, less power, delays, failures, a refund.

Each says in its rows what happened and in its decisions what the company still did; the rest is simulated.
"""

import dataclasses

from models.tables.disruption_rows import Backlog, Delay, LeadTime
from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import Commitment


def hit(case, **tables):
    """The case with rows of the tables that say what happened, and with other values of whole tables."""
    return dataclasses.replace(case, **{name: tuple(rows) for name, rows in tables.items()})


def shaken(case, decisions):
    """By half: queues lengthen, a site has less power for a while, the chip, the company and a hall are late.

    Part of alpha-bulk is still waited for at the end, and the last chips of the foundry never come in time. The
    modules ordered last for the south never work. The chip's delay is over when it no longer matters.
    """
    case = hit(
        case,
        lead_times=[
            LeadTime(offer="alpha-list", period="2028", lead_time_months=9.0),
            LeadTime(offer="alpha-list", period="2029", lead_time_months=6.0),
            LeadTime(offer="beta-lease", period="2028H2", lead_time_months=11.0),
            LeadTime(offer="own-foundry", period="2029-02", lead_time_months=12.0),
        ],
        backlogs=[Backlog(offer="alpha-bulk", since="2029"), Backlog(offer="alpha-list", since="2027-09")],
        site_series=[
            SiteSeries(site="north", period="2028", available_share=0.8, electricity_usd_per_mwh=80.0),
            SiteSeries(site="north", period="2029", power_mw=0.3),
            SiteSeries(site="north", period="2029H2"),
            SiteSeries(site="cloud", period="2028H2", power_mw=0.1, available_share=0.5, electricity_usd_per_mwh=9.0),
            SiteSeries(site="cloud", period="2029", available_share=0.0),
        ],
        delays=[
            Delay(item="chip", period="2027H2", months=3.0, respins=1.0),
            Delay(item="chip", period="2029", fails=True),
            Delay(item="team", period="2028", months=6.0),
            Delay(item="north-hall", period="2027H2", months=4.0),
            Delay(item="south-hall", period="2028H2", fails=True),
        ],
    )
    late = {
        ("alpha-list", 2): [("north", 4, 24.0), ("south", 5, 8.0)],
        ("alpha-bulk", 2): [("north", 4, 20.0), ("south", 5, 40.0)],
        ("alpha-bulk", 3): [("north", 5, 50.0), ("south", 5, 10.0)],
    }
    late_open = {0: [("north", 2, 10.0), ("south", 2, 6.0)]}
    return case, dataclasses.replace(decisions, late=late, late_open=late_open, receive={})


def failed(case, decisions):
    """By quarter: chip, company and hall fail for good, though the last news of the company sounds better."""
    companies = [
        dataclasses.replace(row, break_fee_share=0.4) if row.acquisition == "team" else row for row in case.acquisitions
    ]
    offers = [
        dataclasses.replace(row, lead_time_months=3.0) if row.offer == "beta-cloud" else row for row in case.offers
    ]
    case = hit(
        case,
        acquisitions=companies,
        offers=offers,
        backlogs=[Backlog(offer="beta-cloud", since="2028Q1")],
        delays=[
            Delay(item="chip", period="2027Q4", fails=True),
            Delay(item="team", period="2027-10", months=2.0, fails=True),
            Delay(item="team", period="2028Q2", months=1.0),
            Delay(item="north-hall", period="2027-02", fails=True),
        ],
    )
    orders = {key: lots for key, lots in decisions.orders.items() if key[0] != "own-foundry"}
    # A quarter earlier, so that they come when the vendors' shares need them.
    orders["beta-cloud", 8] = orders.pop(("beta-cloud", 9))
    sold = {key: units for key, units in decisions.sold.items() if key[0] != "own"}
    late = {("beta-cloud", 3): [("cloud", 5, 4.0), ("cloud", 6, 1.5)]}
    # What fails was an asset in the books.
    case = dataclasses.replace(case, settings=dataclasses.replace(case.settings, capitalise_programmes=True))
    return case, dataclasses.replace(decisions, orders=orders, sold=sold, late=late)


def too_late(case, decisions):
    """By half, with moves made before the plan: what was reached then stays; the company does not clear."""
    companies = [
        dataclasses.replace(row, break_fee_share=0.25) if row.acquisition == "team" else row
        for row in case.acquisitions
    ]
    started = Commitment(kind="start", item="chip", route="inhouse", period="2025H2", status="done")
    kept = [row for row in case.commitments if (row.kind, row.item) != ("start", "chip")]
    case = hit(
        case,
        acquisitions=companies,
        commitments=[*kept, started],
        delays=[
            Delay(item="chip", period="2026", fails=True),
            Delay(item="team", period="2027", fails=True),
            Delay(item="north-hall", period="2026", months=3.0),
            Delay(item="north-hall", period="2028H2", months=60.0),
        ],
    )
    return case, dataclasses.replace(decisions, starts=[("chip", "inhouse", -3)])
