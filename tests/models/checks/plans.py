"""Plans made by hand for the tests of the independent check: one company, planned by year, half and quarter.

Every kind of input row occurs: an opening cohort of three ages, open orders, a divisible offer, both kinds of
volume discount, two leases, a programme, a company, an agreement, modules ordered before the plan, limits and
budgets finer than a period, and each kind of policy and commitment. A fourth plan begins in the middle of moves
that were made before it; the last three are hit by disruptions.
"""

import dataclasses
import functools
from dataclasses import dataclass

from models.case import Case
from models.tables.holding_rows import OpeningFleet
from models.tables.strategy_rows import Commitment
from tests.models.checks import plans_disrupted
from tests.models.checks.company import company
from tests.models.checks.plans_contracts import contracts_plan
from tests.models.checks.plans_handed_over import handed_over
from tests.models.checks.simulator import Decisions, simulate


@dataclass(frozen=True)
class Base:
    """A plan that holds."""

    name: str
    case: Case
    tables: dict
    objective: float


def shifts(periods):
    """Code takes 40 % of alpha and own at both sites, chat the rest."""
    work = {}
    for t in range(periods):
        work["code", t] = [(g, s, 0.4) for s in ("north", "south") for g in ("alpha", "own")]
        work["chat", t] = [(g, s, 0.6) for s in ("north", "south") for g in ("alpha", "own")]
        work["chat", t] += [("beta", "cloud", 1.0), ("beta", "north", 1.0)]
    return work


def by_half():
    case = company(period="half", periods=5, lookahead_periods=1, demand_interpolation="linear")
    decisions = Decisions(
        orders={
            ("alpha-list", 0): 5, ("alpha-list", 2): 4, ("gray", 0): 20.5, ("alpha-bulk", 2): 60.0,
            ("alpha-bulk", 3): 75.5, ("beta-cloud", 1): 15.0, ("beta-cloud", 4): 20.0, ("beta-lease", 0): 2,
            ("beta-lease", 2): 2, ("own-foundry", 3): 8, ("own-foundry", 4): 12,
        },
        receive={("alpha-list", 1): {"north": 24.0, "south": 16.0}, ("alpha-bulk", 5): {"north": 50.0, "south": 25.5}},
        starts=[("chip", "inhouse", 0)],
        closings=[("team", 1)],
        signings=[("frame", 1)],
        builds={("north-hall", -1): 1, ("north-hall", 1): 2, ("south-hall", 2): 2, ("south-hall", 3): 1},
        sold={("alpha", "north", "2026", 0): 5.0, ("beta", "north", "2026-04", 2): 7.5,
              ("alpha", "south", "2027H2", 3): 4.0},
        idle={("alpha", "north", 0): 3.0, ("beta", "north", 4): 2.0},
        work=shifts(6),
    )  # fmt: skip
    return case, decisions


def by_quarter():
    case = company(period="quarter", periods=12, tape_out_risk="pessimistic")
    decisions = Decisions(
        orders={
            ("alpha-list", 0): 3, ("alpha-list", 2): 4, ("alpha-list", 5): 3, ("gray", 0): 20.5,
            ("alpha-bulk", 4): 45.0, ("alpha-bulk", 6): 80.0, ("alpha-bulk", 8): 30.0, ("beta-cloud", 0): 8.0,
            ("beta-cloud", 3): 6.0, ("beta-cloud", 9): 4.0, ("beta-lease", 1): 2, ("beta-lease", 3): 3,
            ("beta-lease", 8): 1, ("own-foundry", 6): 5, ("own-foundry", 8): 7, ("own-foundry", 9): 6,
        },
        receive={("alpha-bulk", 9): {"north": 40.0, "south": 40.0}},
        starts=[("chip", "inhouse", 0)],
        closings=[("team", 2)],
        signings=[("frame", 3)],
        builds={("north-hall", -2): 1, ("north-hall", 0): 1, ("south-hall", 4): 2, ("south-hall", 7): 1},
        sold={("alpha", "north", "2026", 1): 5.0, ("beta", "north", "2026-04", 3): 7.5,
              ("alpha", "south", "2027Q1", 4): 4.0, ("own", "north", "2028Q4", 9): 2.0},
        idle={("alpha", "north", 0): 1.0, ("beta", "cloud", 2): 2.0},
        work=shifts(12),
    )  # fmt: skip
    return case, decisions


def by_year():
    case = company(period="year", periods=4, early_retirement=False, demand_interpolation="geometric",
                   tape_out_risk="optimistic", accelerator_years=2.5, power_years=12.0, capitalise_programmes=True,
                   programme_years=1.5)  # fmt: skip
    # In a yearly plan the framework is signed in the year of the order that it would end.
    offers = tuple(dataclasses.replace(row, excludes=("other-frame",) if row.excludes else ()) for row in case.offers)
    case = dataclasses.replace(case, offers=offers)
    decisions = Decisions(
        orders={
            ("alpha-list", 0): 6, ("alpha-list", 1): 9, ("alpha-list", 2): 5, ("gray", 0): 20.5,
            ("alpha-bulk", 1): 120.0, ("alpha-bulk", 2): 40.0, ("beta-cloud", 0): 8.0, ("beta-cloud", 2): 6.0,
            ("beta-lease", 0): 3, ("beta-lease", 2): 2, ("own-foundry", 1): 6, ("own-foundry", 2): 9,
        },
        receive={("alpha-list", 1): {"north": 30.0, "south": 18.0}},
        starts=[("chip", "inhouse", 0)],
        closings=[("team", 0)],
        signings=[("frame", 0)],
        builds={("north-hall", -1): 1, ("north-hall", 0): 2, ("south-hall", 1): 2, ("south-hall", 2): 1},
        idle={("alpha", "north", 0): 1.0, ("beta", "north", 2): 2.0},
        work=shifts(4),
    )  # fmt: skip
    return case, decisions


def begun():
    """By half, with all strategic moves made before the plan, and a cohort named like a period of arrival."""
    case, decisions = by_half()
    gone = {("start", "chip"), ("close", "team"), ("sign", "frame")}
    kept = [row for row in case.commitments if (row.kind, row.item) not in gone]
    done = [
        Commitment(kind="start", item="chip", route="inhouse", period="2026H1", status="done"),
        Commitment(kind="close", item="team", period="2026H2", status="done"),
        Commitment(kind="sign", item="frame", period="2026-10", status="done"),
    ]
    offers = tuple(dataclasses.replace(row, excludes=()) for row in case.offers)
    cohort = OpeningFleet(accelerator="alpha", site="south", units=6.0, in_service_since="2027H1")
    fleet = [dataclasses.replace(row, book_value_usd_per_unit=9_000.0) for row in (*case.opening_fleet, cohort)]
    settings = dataclasses.replace(case.settings, lease_classification="finance", borrowing_rate=0.06)
    case = dataclasses.replace(
        case, settings=settings, commitments=(*kept, *done), offers=offers, opening_fleet=tuple(fleet)
    )
    moves = {"starts": [("chip", "inhouse", -2)], "closings": [("team", -1)], "signings": [("frame", -1)]}
    builds = {("north-hall", -1): 1, ("north-hall", 1): 2, ("south-hall", 1): 3}
    return case, dataclasses.replace(decisions, **moves, builds=builds)


PLANS = (
    ("half", by_half),
    ("quarter", by_quarter),
    ("year", by_year),
    ("begun", begun),
    ("shaken", lambda: plans_disrupted.shaken(*by_half())),
    ("failed", lambda: plans_disrupted.failed(*by_quarter())),
    ("too late", lambda: plans_disrupted.too_late(*begun())),
    ("handed over", lambda: handed_over(*by_half())),
)


@functools.cache
def bases():
    """The plans, simulated, and one with contracts that a solver has made."""
    found = []
    for name, make in PLANS:
        case, decisions = make()
        tables, objective = simulate(case, decisions)
        found.append(Base(name, case, tables, objective))
    return *found, Base("contracts", *contracts_plan())
