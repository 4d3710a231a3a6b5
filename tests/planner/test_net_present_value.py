"""Where queries bring revenue, the plan also shows its net present value."""

from __future__ import annotations

import json

import pytest

from tests.planner.tiny import fleetplan, write_tiny


def figures_of(run):
    rows = json.loads((run / "plan.json").read_text(encoding="utf-8"))["tables"]["key_figures"]
    return {row["name"]: row["value"] for row in rows}


def test_net_present_value_is_revenue_less_cost_without_the_penalty(tmp_path):
    """12 units for 1.2 USD million serve all 110 queries/s (they could do 120), for half a USD a thousand.

    Revenue a year: served 110 queries/s x 31,536,000 s = 3,468.96 million queries x 0.0005 USD = 1.73448 USD million.
    Power: 1 kW x 11 units x 8,760 h = 96.36 MWh x 50 USD = 0.004818 USD million. Both years at 10 %, mid-year. The
    penalty is paid on nothing; units are worth nothing at the end.
    """
    case = write_tiny(
        tmp_path / "tiny",
        workloads="workload,min_service,penalty_usd_per_1000,revenue_usd_per_1000\nchat,0,5,0.5\n",
        demand="workload,period,queries_per_day_million\nchat,2027,9.504\n",
    )
    ended = fleetplan("plan", case, "-o", tmp_path / "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    factor = 1.1**-0.5 + 1.1**-1.5
    expected = (1.73448 - 0.004818) * factor - 1.2 * 1.1**-0.5
    found = figures_of(tmp_path / "run")
    assert found["net_present_value"] == pytest.approx(expected, rel=1e-6)
    assert found["net_present_cost"] == pytest.approx(-expected, rel=1e-6)
    assert "Net present value" in ended.stdout
    assert "Net present value" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_the_penalty_for_unserved_demand_is_no_part_of_the_value(tmp_path):
    """No unit can be bought for a budget of 0: nothing is served, nothing is paid, and the value is 0."""
    case = write_tiny(
        tmp_path / "tiny",
        workloads="workload,min_service,penalty_usd_per_1000,revenue_usd_per_1000\nchat,0,5,0.5\n",
        budgets="budget,categories,span,amount_musd\ncompute,all,2027,0\ncompute,all,2028,0\n",
    )
    ended = fleetplan("plan", case, "-o", tmp_path / "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = figures_of(tmp_path / "run")
    assert found["net_present_value"] == pytest.approx(0.0, abs=1e-9)
    assert found["net_present_cost"] > 1


def test_without_revenue_there_is_no_net_present_value(tmp_path):
    ended = fleetplan("plan", write_tiny(tmp_path / "tiny"), "-o", tmp_path / "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "net_present_value" not in figures_of(tmp_path / "run")
