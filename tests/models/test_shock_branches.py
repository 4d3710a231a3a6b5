"""Trees of which one future is disrupted, by its tables: what differs, what stays common, and what is refused.

The cases are those of `branches`: the second future has a probability of 0.4 and is told apart from 2028 on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.frame import frame_of
from models.outcome import ModelError
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.site_rows import Site
from models.tables.strategy_rows import AddedSupply, Agreement, Commitment
from models.tree import branching
from planner.results import tables_of
from tests.models.branches import YEAR, base, check_paths, from_2028, late, two
from tests.models.shocks import chip, deal, delays, hall, lead, lines, rich_and_hit, site_rows
from tests.models.tiny import YEAR_UNSERVED, add, change, changed, rich_case
from tests.oracle.random_shocks import disrupted_case


def rows_of(solution, name, *columns):
    return [tuple(row[column] for column in columns) for row in tables_of(solution)[name].records()]


@pytest.mark.parametrize(
    ("news", "ready", "high"),
    [(("2028", None), "", 4 * YEAR), (("2028", 12.0), "2029", 2.2 + 2 * YEAR), (("2029", None), "2028", 2.3 + YEAR)],
)
def test_a_programme_of_the_root_is_ready_when_each_future_lets_it(plan_of, news, ready, high):
    """0.3 at the root; ready in 2028 in the first future: 2.0, 0.1 in each of three years and 2027 unserved."""
    cases = chip(), add(chip(), delays=delays(news))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.3 + 0.6 * (2.3 + YEAR) + 0.4 * high)
    found = rows_of(solution, "tape_outs", "start", "ready", "scenarios", "probability")
    apart = [("2027", "2028", "1", pytest.approx(0.6)), ("2027", ready, "2", pytest.approx(0.4))]
    assert found == ([("2027", "2028", "1;2", 1.0)] if ready == "2028" else apart)
    check_paths(solution, cases)


def test_a_deal_is_refunded_in_the_future_in_which_it_fails(plan_of):
    cases = deal(), deal(("2028", None))
    solution = plan_of(two(*cases))
    assert rows_of(solution, "acquisitions", "closed", "owned", "scenarios") == [("2028", "2029", "1"), ("", "", "2")]
    refunds = [row for row in tables_of(solution)["costs"].records() if row["line"] == "refund firm"]
    assert [(row["period"], row["musd"], row["scenarios"]) for row in refunds] == [("2028", -0.75, "2")]
    check_paths(solution, cases)


def test_what_was_done_before_the_plan_fails_in_one_future_only(plan_of):
    done = Commitment(kind="start", item="chip", period="2025", status="done")
    slow = add(chip(design_months=36.0), commitments=(done,))
    cases = slow, add(slow, delays=delays(("2028", None)))
    solution = plan_of(two(*cases))
    assert rows_of(solution, "tape_outs", "start", "ready", "scenarios") == [("2025", "2028", "1"), ("2025", "", "2")]
    assert solution.outcome.objective == pytest.approx(0.1 + YEAR + 0.6 * 2.3 + 0.4 * 3 * YEAR)
    check_paths(solution, cases)


def test_a_hall_and_its_site_are_hit_in_one_future_only(plan_of):
    """Hall of the root: 0.4. Low: 2.0, from 2028. High: 2.0, from 2029, when half of the power can be used."""
    cases = (
        hall(),
        add(hall(("2028", 12.0)), site_series=site_rows(("2029", None, 0.5, None), ("2030", None, 1.0, None))),
    )
    solution = plan_of(two(*cases))
    low, high = 2.4 + YEAR - 0.28, 2.4 + 2.5 * YEAR - 0.32
    assert solution.outcome.objective == pytest.approx(0.6 * low + 0.4 * high)
    assert rows_of(solution, "expansions", "energised", "scenarios") == [("2028", "1"), ("2029", "2")]
    check_paths(solution, cases)


def test_a_site_is_limited_in_the_future_that_limits_it(plan_of):
    cases = base(), changed(base(), site_series=site_rows(("2028", 0.05, 1.0, None)))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.4 * 1.5 * YEAR)
    found = rows_of(solution, "power", "available_mw", "scenarios")
    assert sorted({cell for cell in found if cell[0] is not None}) == [(pytest.approx(0.05), "2")]
    check_paths(solution, cases)


def with_limit(case, name, *amounts, use=1.0):
    rows = tuple(Limit(limit=name, span=str(2027 + i), amount=most) for i, most in enumerate(amounts))
    return add(case, limits=rows, limit_use=(LimitUse(limit=name, offer="alpha_list", use_per_unit=use),))


@pytest.mark.parametrize("turned", [False, True], ids=["second", "first"])
def test_a_limit_that_only_one_future_has_binds_there_only(plan_of, turned):
    """100, then 200; 100 a year at most, and 50 in 2028 where the limit is: 4.0 + 50 unserved there."""
    case = change(base(demand=from_2028(200.0)), "offers", "alpha_list", max_lots_per_period=100.0)
    case = with_limit(case, "hbm", None, 500.0)
    cases = [case, with_limit(case, "hbm~verde", None, 50.0, None, None)]
    cases = cases[::-1] if turned else cases
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(4.0 + (0.6 if turned else 0.4) * 50 * YEAR_UNSERVED)
    own = [row for row in rows_of(solution, "limits", "limit", "span", "supply", "scenarios") if "~" in row[0]]
    which = "1" if turned else "2"
    assert own == [("hbm~verde", str(2027 + i), [None, 50.0, None, None][i], which) for i in range(4)]
    check_paths(solution, cases)


def test_an_order_may_be_as_large_as_the_future_without_a_limit_needs(plan_of):
    """200 from 2028 on, ordered from then on; in the first future 150 may come, in the second 200 come: 4.0."""
    case = change(base(demand=from_2028(200.0, before=0.0)), "offers", "alpha_list", first_order="2028")
    cases = [with_limit(case, "hbm", None, 150.0, 0.0, 0.0), case]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.6 * (3.0 + 150 * YEAR_UNSERVED) + 0.4 * 4.0)
    check_paths(solution, cases)


def test_what_adds_to_a_limit_of_one_future_adds_there(plan_of):
    """100 a year come by a pact that is signed for nothing, on top of the 50 of 2028 in the second future."""
    pact = Agreement(agreement="pact", term_months=48.0)
    case = change(base(demand=from_2028(200.0)), "offers", "alpha_list", max_lots_per_period=100.0)
    case = add(case, agreements=(pact,))
    high = with_limit(case, "hbm~verde", None, 50.0, None, None)
    cases = [case, add(high, added_supply=(AddedSupply(gate="pact", limit="hbm~verde", amount_per_year=100.0),))]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(4.0)
    check_paths(solution, cases)


@pytest.mark.parametrize(
    "changes",
    [
        {"lead_times": (lead("2027", 24.0),)},
        {"backlogs": (Backlog(offer="alpha_list", since="2027"),)},
        {"site_series": site_rows(("2027", 0.1, 1.0, None))},
        {"site_series": site_rows(("2027", None, 1.0, 70.0))},
        {"sites": (Site(site="north", power_mw=0.3),)},
        {"delays": delays(("2027", 3.0))},
        {"delays": delays(("2027", None))},
        {"limits": (Limit(limit="hbm", span="2027", amount=50.0),)},
        {"limits": (Limit(limit="hbm", span="2027", amount=70.0),)},
    ],
)
def test_what_a_future_knows_before_it_is_revealed_is_refused(changes):
    case = with_limit(chip(), "hbm", None, 100.0)
    with pytest.raises(ModelError, match="in 2027 already, before it is revealed"):
        two(case, changed(case, **changes))


def test_futures_whose_units_take_other_amounts_of_a_limit_are_refused():
    case = with_limit(base(), "hbm", None, 100.0)
    other = changed(case, limit_use=(replace(case.limit_use[0], use_per_unit=2.0),))
    with pytest.raises(ModelError, match="different amounts of 'alpha_list' in the limit 'hbm'"):
        two(case, other)


def test_later_arrivals_in_one_future_are_paid_alike_in_both(plan_of):
    cases = late(), add(late(), lead_times=(lead("2028", 24.0),))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(2.0 + YEAR + 0.4 * YEAR)
    assert lines({"costs": list(tables_of(solution)["costs"].records())}, "units alpha_list") == {
        ("units", "2028"): 2.0
    }
    check_paths(solution, cases)


@pytest.mark.parametrize("aversion", [0.0, 0.6])
def test_plans_with_every_feature_hold_on_each_path_whatever_hits_it(plan_of, aversion):
    """Six quarters; from the third on the second future is hit, from the fourth on the third is hit by all."""
    case = rich_case(periods=5, lookahead_periods=1, demand_interpolation="step", risk_aversion=aversion, policies=())
    case = changed(case, commitments=case.commitments[:3])
    case = change(case, "acquisitions", "firm", break_fee_share=0.4)
    queue = add(case, lead_times=(lead("2027Q3", 7.0),), backlogs=(Backlog(offer="alpha_list", since="2027Q3"),))
    hit = rich_and_hit(case)
    shaken = {
        table: tuple(
            row for row in getattr(hit, table) if getattr(row, "period", getattr(row, "since", "")) >= "2027Q4"
        )
        for table in ("lead_times", "backlogs", "site_series", "delays")
    }
    cases = [case, queue, changed(case, **shaken)]
    solution = plan_of(build(case, futures=cases, tree=branching(6, (0.4, 0.3, 0.3), (2, 2, 3))))
    check_paths(solution, cases)


def known_from(case, first):
    """The case with those rows of what happens that begin in a period of this number or later."""
    calendar = frame_of((case,)).calendar
    kept = {
        table: tuple(row for row in getattr(case, table) if calendar.period_at(getattr(row, label)) >= first)
        for table, label in (
            ("lead_times", "period"),
            ("backlogs", "since"),
            ("site_series", "period"),
            ("delays", "period"),
        )
    }
    return changed(case, **kept)


@pytest.mark.parametrize("seed", range(8))
def test_random_futures_hold_on_each_path_and_alike_ones_cost_what_one_does(plan_of, cost_of, seed):
    case = disrupted_case(seed, "small")
    periods = len(frame_of((case,)).node)
    tree = branching(periods, (0.5, 0.3, 0.2), (1, 1, min(2, periods - 1)))
    cases = [known_from(case, periods), known_from(case, 1), known_from(case, 2)]
    solution = plan_of(build(case, futures=cases, tree=tree))
    check_paths(solution, cases)
    alone = [cost_of(one) for one in cases]
    if case.settings.risk_aversion == 0:
        assert solution.outcome.objective >= np.dot((0.5, 0.3, 0.2), alone) - 1e-6 * max(1.0, abs(alone[0]))
    assert cost_of(build(case, futures=cases[1:2] * 3, tree=tree)) == pytest.approx(alone[1], rel=1e-6, abs=1e-6)
