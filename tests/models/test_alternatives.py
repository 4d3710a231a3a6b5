"""Exclusion of strategic decisions and least measures against enumeration of all plans, and on a tree by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from models.alternatives.least_measure import WantedMeasure, least_measure
from models.alternatives.measures import CAPITAL, VENDOR_SHARE, capital_before, ordered_from
from models.alternatives.strategic_choices import choices_of, excluding, otherwise
from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solvers.child import Engine
from models.stages import solve_model
from models.tables.strategy_rows import Agreement, Scenario, ScenarioValue
from models.uncertainty.scenario_tree import scenario_tree
from tests.models.tiny import add, tiny_case
from tests.oracle.brute_choices import bill, exact
from tests.oracle.brute_force import allowed_plans, whole_work_cost
from tests.oracle.clock import Clock
from tests.oracle.random_cases import random_case

FAST, ALL, MOST_LISTED = 4, 100, 40
EXACT = SolveOptions(gap=0.0, time_limit_s=60.0)
ONE = {"": 1.0}


@pytest.fixture(scope="module")
def native():
    with Engine.start("native") as started:
        yield started


def plans_with_cost(case):
    """Every allowed plan of a tiny case whose work can be done, with its cost."""
    clock, memo = Clock.of(case.settings), {}
    for fixed, _, plan in allowed_plans(case, clock)[0]:
        work = whole_work_cost(case, clock, plan, memo)
        if work is not None:
            yield plan, fixed + work


def enumerated(case):
    """The strategic decisions and the cost of every plan of a tiny case."""
    clock, found = Clock.of(case.settings), []
    kinds = {row.acquisition: "close" for row in case.acquisitions} | {row.agreement: "sign" for row in case.agreements}
    site_of = {row.expansion: row.site for row in case.expansions}
    for plan, cost in plans_with_cost(case):
        own = {}
        for name, t in plan.taken.items():
            if t >= 0:
                own[f"{kinds[name]}:{name}" if name in kinds else f"start:{name}/{plan.routes[name]}"] = clock.label(t)
        for (expansion, t), modules in sorted(plan.built.items(), key=lambda entry: entry[0][1]):
            if modules > 0 and t >= 0:
                own.setdefault(f"build:{site_of[expansion]}", clock.label(t))
        found.append(({"": own}, cost))
    return found


def cases_with_choices(count, least=1):
    """The first random tiny cases that have so many strategic things to decide."""
    found, seed = [], 0
    while len(found) < count:
        case = random_case(seed, "tiny")
        if len(case.routes) + len(case.acquisitions) + len(case.agreements) + len(case.expansions) >= least:
            found.append((seed, case))
        seed += 1
    return found


def check_by_enumeration(seed, case, months, engine):
    """Each plan found is the cheapest of all that decide otherwise than those before it; then there is none."""
    plans, calendar = enumerated(case), case.settings.calendar
    model, listed = build(case), []
    while True:
        left = [cost for own, cost in plans if all(otherwise(own, other, ONE, calendar, months) for other in listed)]
        program = excluding(model, listed, months)
        found = solve_model(replace(model, program=program), engine, EXACT)
        if not left:
            assert found.status is Status.INFEASIBLE, seed
            return len(listed)
        polished = polish(program, found, engine=engine, options=EXACT)
        assert polished.objective == pytest.approx(min(left), abs=1e-6 * max(1.0, abs(min(left)))), (seed, listed)
        assert polished.bound <= min(left) + 1e-6 * max(1.0, abs(min(left))), seed
        listed.append(choices_of(model, polished.values))
        assert len(listed) < MOST_LISTED, seed


@pytest.mark.parametrize("months", [None, 6])
def test_excluded_plans_are_those_of_enumeration(months, native):
    listed = [check_by_enumeration(seed, case, months, native) for seed, case in cases_with_choices(FAST, least=2)]
    assert max(listed) > 3, "some case must have several sets of decisions"


@pytest.mark.slow
@pytest.mark.parametrize("months", [None, 6])
def test_excluded_plans_are_those_of_enumeration_on_a_hundred_cases(months, native):
    for seed, case in cases_with_choices(ALL):
        check_by_enumeration(seed, case, months, native)


def share_of(case, plan, vendor):
    """The share of a vendor in the contract value of all orders, a lease for its whole term; none without orders."""
    clock, found = Clock.of(case.settings), defaultdict(Fraction)
    vendors = {row.accelerator: row.vendor for row in case.accelerators}
    for offer in case.offers:
        own = {t: units for (name, t), units in plan.ordered.items() if name == offer.offer}
        years = clock.term(offer.term_months) * exact(clock.years) if offer.kind == "lease" else 1
        found[vendors[offer.accelerator]] += sum(years * bill(case, clock, offer, own, t) for t in own)
    whole = sum(found.values())
    return float(found[vendor] / whole) if whole else None


def early_capital(plan):
    """What is paid in the first period but for running cost, of a case without programmes and acquisitions."""
    return float(sum(plan.cash[kind, 0] for kind in ("hardware", "expansion", "agreement", "resale")))


def is_of_use(model, plan):
    """Whether each order is within what work can need: the program has no larger ones."""
    block, lots = model.builder.blocks["order"], dict(zip(model.frame.offer.labels, model.supply.lot, strict=True))
    upper = dict.fromkeys(np.ndindex(block.column.shape), 0.0)
    upper |= {at: model.program.column_upper[block.column[at]] for at in zip(*np.nonzero(block.exists), strict=True)}
    return all(
        units <= upper[model.frame.offer.position(name), t] * lots[name] + 1e-6
        for (name, t), units in plan.ordered.items()
    )


def check_least(case, engine, wanted, amount, plans):
    """The least of a measure over all plans of at most a tenth more than the least cost, and the cheapest with it.

    A plan without orders has no share of a vendor.
    """
    model = build(case)
    costs = [cost for _, cost in plans]
    most = min(costs) + 0.1 * abs(min(costs)) + 0.01
    allowed = [(amount(plan), cost) for plan, cost in plans if cost <= most and is_of_use(model, plan)]
    best = min(own for own, _ in allowed if own is not None)
    made = least_measure(model, model.program, wanted, most, engine, EXACT)
    exactly = polish(made.program, made.outcome, engine=engine, options=EXACT)
    found = exactly.values[: model.program.column_count]
    if wanted.name == CAPITAL:
        reached = float(capital_before(model, wanted.until).value(found))
    else:
        part, whole = (float(ordered_from(model, vendor).value(found)) for vendor in (wanted.vendor, None))
        if whole <= 1e-6:
            return False
        reached = part / whole
    assert best - 1e-6 <= reached <= best + 0.02 * wanted.size + 1e-6
    assert made.least <= best + 1e-6
    # The bound of a share is that of a difference by the least amount that is ordered, which may be far less.
    assert wanted.name == VENDOR_SHARE or made.least >= best - 0.02 * max(1.0, wanted.size) - 1e-6
    cheapest = min(cost for own, cost in allowed if own is not None and own <= reached + 1e-5)
    assert model.program.objective_of(found) == pytest.approx(cheapest, rel=1e-5, abs=1e-5)
    return wanted.size - best > 0.02 * wanted.size


def least_of_case(seed, case, engine):
    """Compares the measures of a random case with enumeration; returns how many can be lessened."""
    plans, count = list(plans_with_cost(case)), 0
    if not plans:
        return 0
    cheapest, _ = min(plans, key=lambda entry: entry[1])
    for vendor in sorted({row.vendor for row in case.accelerators}):
        if share := share_of(case, cheapest, vendor):
            wanted = WantedMeasure(VENDOR_SHARE, share, vendor)
            count += check_least(case, engine, wanted, lambda plan, of=vendor: share_of(case, plan, of), plans)
    if not case.programmes and not case.acquisitions and (size := early_capital(cheapest)) > 0:
        count += check_least(case, engine, WantedMeasure(CAPITAL, size, until=1), early_capital, plans)
    return count


def test_least_measures_are_those_of_enumeration(native):
    assert sum(least_of_case(seed, case, native) for seed, case in cases_with_choices(2 * FAST, least=0)) > 1


@pytest.mark.slow
def test_least_measures_are_those_of_enumeration_on_forty_cases(native):
    for seed, case in cases_with_choices(MOST_LISTED, least=0):
        least_of_case(seed, case, native)


def with_pact(case, **changes):
    """The tiny case with an agreement that costs 0.05 USD million and brings nothing."""
    return add(case, agreements=(Agreement(agreement="pact", prepayment_musd=0.05, term_months=36.0, **changes),))


def test_a_decision_of_few_scenarios_does_not_count_on_a_tree(native):
    """Two scenarios of 0.8 and 0.2: with the agreement barred in both, the other plans are those that sign it.

    It brings nothing and costs 0.05 a signing. A plan that signs it in the less likely scenario alone, from 2028 on,
    would cost 0.2 · 0.05 = 0.01 more, but a probability of 0.2 does not count. Signing in the likely one alone costs
    0.8 · 0.05 = 0.04 more than the 2 USD million of 100 alpha.
    """
    case = with_pact(tiny_case())
    rows = (
        Scenario(scenario="likely", probability=0.8, revealed="2028"),
        Scenario(scenario="other", probability=0.2, revealed="2028"),
    )
    less = ScenarioValue(
        scenario="other", table="demand", key="chat", column="queries_per_day_million", period="2029",
        effect="multiply", value=0.5,
    )  # fmt: skip
    tree = scenario_tree(replace(case, scenarios=rows, scenario_values=(less,)))
    model = tree.model()
    first = solve_model(model, native, EXACT)
    assert first.objective == pytest.approx(2.0)
    program = excluding(model, [choices_of(model, first.values)], None)
    other = solve_model(replace(model, program=program), native, EXACT)
    assert other.objective == pytest.approx(2.04)
    assert choices_of(model, other.values)["other"] == {}
    assert "sign:pact" in choices_of(model, other.values)["likely"]


def test_dates_count_where_they_lie_further_apart_than_is_said():
    calendar = tiny_case().settings.calendar
    early, late, never = ({"": own} for own in ({"sign:pact": "2027"}, {"sign:pact": "2029"}, {}))
    assert otherwise(early, late, ONE, calendar, None) == []
    assert otherwise(early, late, ONE, calendar, 24) == []
    assert otherwise(early, late, ONE, calendar, 23) == ["sign:pact"]
    assert otherwise(early, never, ONE, calendar, None) == ["sign:pact"]
    site = {"": {"build:north": "2027"}}, {"": {"build:north": "2029"}}
    assert otherwise(*site, ONE, calendar, 0) == [], "modules are a matter of amounts, and their dates do not count"
