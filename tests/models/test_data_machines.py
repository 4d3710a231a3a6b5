"""Lives, losses, resale, rates and demand as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.data.machines import machines_of, work_of
from models.frame import frame_of
from models.tables.fleet_rows import Resale
from models.tables.holding_rows import OpeningFleet
from models.tree import branching
from tests.models.tiny import add, change, changed, tiny_case


def frame(case):
    return frame_of((case,))


def test_lives_are_rounded_down_to_whole_periods_and_survival_is_of_one_period():
    case = change(tiny_case(period="quarter", start="2027Q1"), "accelerators", "alpha", life_years=1.3)
    case = change(case, "accelerators", "beta", life_years=0.1, failure_rate_per_year=0.19)
    found = machines_of(frame(case))
    assert found.life.tolist() == [5, 1]
    assert found.survival == pytest.approx([1.0, 0.81**0.25])


def test_the_age_of_a_cohort_is_rounded_up_to_periods():
    rows = [
        OpeningFleet(accelerator="beta", site="north", units=7.0, in_service_since=s)
        for s in ("2026-12", "2025-07", "2027")
    ]
    found = machines_of(frame(add(tiny_case(), opening_fleet=rows)))
    assert found.cohort_age.tolist() == [1, 2, 0]
    assert found.cohort_units.tolist() == [7.0] * 3
    assert found.cohort_labels[1] == "beta@north:2025-07"


def test_resale_is_linear_between_rows_flat_before_the_first_and_nothing_after_the_last():
    own = [Resale(accelerator="alpha", age_years=a, fraction_of_reference_price=f) for a, f in ((3.0, 0.1), (1.0, 0.5))]
    every = Resale(accelerator="*", age_years=2.0, fraction_of_reference_price=0.25)
    case = add(tiny_case(), resale=(*own, every))
    found = machines_of(frame(case))
    ages = np.array([0.0, 1.0, 2.0, 3.0, 3.5])
    assert found.resale_musd(case, 0, ages) == pytest.approx([0.01, 0.01, 0.006, 0.002, 0.0])
    assert found.resale_musd(case, 1, ages) == pytest.approx([0.011, 0.011, 0.011, 0.0, 0.0])
    none = tiny_case()
    assert machines_of(frame(none)).resale_musd(none, 0, ages).tolist() == [0.0] * 5


def test_capability_is_stated_or_the_mean_rate_over_the_best_rates_with_missing_rates_as_zero():
    case = tiny_case()
    image = (replace(case.workloads[0], workload="image"),)
    case = add(case, workloads=image, throughput=(replace(case.throughput[0], workload="image"),))
    assert machines_of(frame(case)).capability == pytest.approx([(0.5 + 1) / 2, (1 + 0) / 2])
    stated = change(case, "accelerators", "beta", capability=3.0)
    assert machines_of(frame(stated)).capability == pytest.approx([0.75, 3.0])


def test_rates_grow_from_the_start_of_the_plan():
    case = change(tiny_case(period="half", start="2027H1"), "throughput", "beta", software_gain_per_year=0.21)
    found = work_of(frame(case))
    assert found.rate[1, 0] == pytest.approx([2.0, 2.2, 2.42])
    assert found.rate[0, 0] == pytest.approx([1.0] * 3)


def test_capability_is_that_of_the_rates_at_the_start_of_the_plan():
    """Alpha doubles each year since 2025: 4 queries/s in 2027, beta 2."""
    case = change(tiny_case(), "throughput", "alpha", software_gain_per_year=1.0, as_of="2025")
    assert machines_of(frame(case)).capability.tolist() == [1.0, 0.5]
    assert work_of(frame(case)).rate[0, 0].tolist() == [4.0, 8.0, 16.0]


def test_demand_is_at_peak_and_that_of_the_node_s_future():
    low = change(tiny_case(), "workloads", "chat", peak_to_average=1.5)
    high = changed(low, demand=(("2027", 100.0), ("2028", 300.0)))
    found = work_of(frame_of((low, high), branching(3, (0.5, 0.5), (1, 1))))
    assert found.demand[0] == pytest.approx([150.0, 150.0, 450.0, 150.0, 450.0])


def test_money_of_queries_is_in_usd_a_query_and_nothing_where_blank():
    found = work_of(frame(change(tiny_case(), "throughput", "beta", variable_usd_per_1000=4.0)))
    assert (found.penalty.tolist(), found.revenue.tolist()) == ([0.001], [0.0])
    assert found.variable.tolist() == [[0.0], [0.004]]


def test_a_workload_may_be_tied_to_sites():
    case = tiny_case()
    south = replace(case.sites[0], site="south")
    case = change(add(case, sites=(south,)), "workloads", "chat", sites=("south",))
    assert work_of(frame(case)).allowed.tolist() == [[False], [True]]
