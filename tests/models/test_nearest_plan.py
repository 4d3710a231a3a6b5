"""The plan nearest to an earlier one against the enumeration of all plans of tiny cases."""

from __future__ import annotations

import os
import random

import pytest

from models.alternatives.least_measure import LEAST_GAP
from models.alternatives.nearest_plan import nearest_plan
from models.alternatives.plan_distance import FLIP_WEIGHT, EarlierPlan
from models.build import build
from models.outcome import SolveOptions
from models.polish import polish
from models.solvers.child import Engine
from models.stages import solve_model
from models.whatif.shock import calendar_of
from tests.models.test_alternatives import cases_with_choices
from tests.oracle.brute_force import allowed_plans, whole_work_cost
from tests.oracle.clock import Clock

FAST, ALL = 3, int(os.environ.get("NEAREST_SEEDS", "15"))
SHARES = (0.0, 0.002, 0.02, 0.2)
EXACT = SolveOptions(gap=0.0, time_limit_s=60.0)


@pytest.fixture(scope="module")
def native():
    with Engine.start("native") as started:
        yield started


def earlier_of(case, plan, clock):
    """What a plan of the enumeration orders and takes, with nothing of it looked up in the model."""
    labels = calendar_of(case.settings).labels
    kinds = dict.fromkeys((row.acquisition for row in case.acquisitions), "deal")
    kinds |= dict.fromkeys((row.agreement for row in case.agreements), "agreement")
    taken = {(kinds.get(name, "tape_out"), name): clock.label(t) for name, t in plan.taken.items() if t >= 0}
    for (expansion, t), modules in sorted(plan.built.items(), key=lambda entry: entry[0][1]):
        if modules > 0 and t >= 0:
            taken.setdefault(("expansion", expansion), clock.label(t))
    units = {(offer, labels[t]): float(amount) for (offer, t), amount in plan.ordered.items() if amount and t >= 0}
    return EarlierPlan(tuple(labels), tuple(labels), units, {}, taken)


def distance_between(case, plan, other):
    """The distance by its definition, in plain Python."""
    calendar = calendar_of(case.settings)
    price = {}
    for row in sorted(case.prices, key=lambda row: calendar.period_at(row.period)):
        for t in range(max(0, calendar.period_at(row.period)), calendar.count):
            price[row.offer, calendar.labels[t]] = row.unit_price_usd / 1e6
    years = {
        row.offer: calendar.term_periods(row.term_months) * calendar.delta if row.kind == "lease" else 1.0
        for row in case.offers
    }
    factor = {
        label: (1 + case.settings.discount_rate) ** (-t * calendar.delta) for t, label in enumerate(calendar.labels)
    }
    value = {cell: musd * years[cell[0]] * factor[cell[1]] for cell, musd in price.items()}
    cells = plan.units.keys() | other.units.keys()
    apart = {cell: abs(plan.units.get(cell, 0.0) - other.units.get(cell, 0.0)) for cell in cells}
    moved = sum(0.5 * value[cell] * units for cell, units in apart.items())
    size = sum(value[cell] * units for cell, units in plan.units.items())
    flips = sum(plan.taken.get(key) != other.taken.get(key) for key in plan.taken.keys() | other.taken.keys())
    return moved + FLIP_WEIGHT * max(1.0, size) * flips, size


def check_by_enumeration(seed, case, engine):
    clock, memo, plans = Clock.of(case.settings), {}, []
    for fixed, _, plan in allowed_plans(case, clock)[0]:
        work = whole_work_cost(case, clock, plan, memo)
        if work is not None:
            plans.append((fixed + work, earlier_of(case, plan, clock)))
    model = build(case)
    cheapest = polish(model.program, solve_model(model, engine, EXACT), engine=engine, options=EXACT)
    if not plans or not cheapest.has_solution:
        return 0
    chosen = random.Random(seed).choice(plans)[1]
    for share in SHARES:
        found = nearest_plan(model, cheapest, chosen, share, engine, EXACT)
        cost = found.outcome.objective
        assert cost <= found.most_musd + 1e-6 * max(1.0, abs(found.most_musd)), seed
        allowed = [distance_between(case, chosen, own) for musd, own in plans if musd <= found.most_musd + 1e-6]
        best, size = min(allowed)
        assert found.distance <= best + LEAST_GAP * (best + max(1.0, size)) + 1e-6, (seed, share)
        assert found.distance >= best - 1e-6 * max(1.0, best), (seed, share)
        assert found.least <= best + 1e-6 * max(1.0, best), (seed, share)
    return 1


@pytest.mark.parametrize(
    ("seed", "case"), cases_with_choices(FAST), ids=lambda one: one if isinstance(one, int) else ""
)
def test_the_plan_is_the_nearest_of_all_within_the_share(seed, case, native):
    assert check_by_enumeration(seed, case, native)


@pytest.mark.slow
def test_the_plan_is_the_nearest_of_all_within_the_share_in_many_cases(native):
    assert sum(check_by_enumeration(seed, case, native) for seed, case in cases_with_choices(ALL)) > ALL // 2
