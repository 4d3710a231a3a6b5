"""What a disruption says from a period on, in plans without branches, solved by hand.

The cases are those of `branches`: four years from 2027; alpha lives four years, costs 0.02 for 1 query/s; 100 queries/s
unserved for a year cost 3.1536 (`YEAR`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Limit, LimitUse, Price, PriceTier, Resale
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Site
from models.tables.strategy_rows import Commitment
from tests.models.branches import YEAR, base, from_2028, late
from tests.models.shocks import arrived, checked, chip, delays, hall, lead, lines, rich_and_hit, site_rows
from tests.models.tiny import YEAR_UNSERVED, add, change, changed, demand, rent, rich_case, with_programme


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2028", 24.0)], [0, 0, 100, 0]),
        ([("2028", 36.0), ("2030", 12.0)], [0, 0, 0, 100]),
        # The value of a period is the one that holds at its start.
        ([("2028-02", 24.0)], [0, 100, 0, 0]),
        ([("2027-11", 13.0)], [0, 0, 100, 0]),
        ([("2028", 0.0)], [0, 100, 0, 0]),
    ],
)
def test_units_arrive_once_their_order_is_as_old_as_the_lead_that_holds_then(plan_of, rows, expected):
    """Lead of a year, order of 2027 only: 2.0, and 3.1536 for each year without them."""
    case = change(late(), "offers", "alpha_list", last_order="2027")
    case = add(case, lead_times=tuple(lead(*row) for row in rows))
    solution = plan_of(case)
    assert arrived(solution) == pytest.approx(expected)
    assert solution.outcome.objective == pytest.approx(2.0 + expected.index(100) * YEAR)
    tables = checked(solution, case)
    assert [row["due"] for row in tables["orders"]] == ["2028"]
    assert lines(tables, "units alpha_list") == {("units", "2028"): 2.0}


def test_orders_of_two_years_arrive_together_where_a_queue_clears(plan_of):
    """100 of 2027 and 100 of 2028, for 200 from 2028 on; nothing comes before 2029. 4.0 + 3.1536 + 2 × 3.1536."""
    case = change(late(demand=from_2028(200.0)), "offers", "alpha_list", max_lots_per_period=100.0, last_order="2028")
    case = add(case, lead_times=(lead("2028", 36.0), lead("2029", 12.0)))
    solution = plan_of(case)
    assert arrived(solution) == pytest.approx([0, 0, 200, 0])
    assert solution.outcome.objective == pytest.approx(4.0 + 3 * YEAR)
    checked(solution, case)


def scarce(**amounts):
    """Units a year by label `y2028`; 100 queries/s from 2028 on; orders of 2027 only, with a lead of a year."""
    case = change(late(demand=from_2028(100.0, before=0.0)), "offers", "alpha_list", last_order="2027")
    limits = tuple(Limit(limit="hbm", span=name[1:], amount=most) for name, most in amounts.items())
    return add(case, limits=limits, limit_use=(LimitUse(limit="hbm", offer="alpha_list", use_per_unit=1.0),))


@pytest.mark.parametrize(
    ("since", "expected"), [("2028", 2.0 + YEAR), ("2026Q4", 3 * YEAR), ("2028-08", 2.0 + YEAR), ("2029", 3 * YEAR)]
)
def test_what_cannot_come_in_a_shortage_comes_later_from_where_there_is_a_backlog(plan_of, since, expected):
    """None may arrive in 2028: the order of 2027 comes in 2029; in a backlog or without any it cannot be made."""
    case = add(scarce(y2028=0.0), backlogs=(Backlog(offer="alpha_list", since=since),))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(expected)
    checked(solution, case)


def test_a_shortage_where_units_would_be_due_does_not_bind_those_that_come_later_anyway(plan_of):
    """None may arrive in 2028, but by a lead of two years the order of 2027 comes in 2029."""
    case = add(scarce(y2028=0.0), lead_times=(lead("2028", 24.0),))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + YEAR)
    checked(solution, case)


def test_one_order_may_be_taken_piece_by_piece_for_as_long_as_units_are_needed(plan_of):
    """Alpha lives a year and comes a year after its order, at 0.02 in 2027 and 2.0 later.

    Without a backlog 100 of 2027 work in 2028, and nothing after; with one 300 are ordered and taken a hundred a year.
    """
    case = change(late(demand=from_2028(100.0, before=0.0)), "accelerators", "alpha", life_years=1.0)
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=2e6),))
    assert plan_of(case).outcome.objective == pytest.approx(2.0 + 2 * YEAR)
    case = add(case, backlogs=(Backlog(offer="alpha_list", since="2028"),))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(6.0)
    assert arrived(solution) == pytest.approx([0, 100, 100, 100])
    checked(solution, case)


def test_what_is_ordered_in_a_backlog_comes_when_it_is_due(plan_of):
    """As above, but the backlog has begun when the order is made: it cannot be taken piece by piece."""
    case = change(late(demand=from_2028(100.0, before=0.0)), "accelerators", "alpha", life_years=1.0)
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=2e6),))
    case = add(case, backlogs=(Backlog(offer="alpha_list", since="2027"),))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + 2 * YEAR)
    checked(solution, case)


def test_what_is_sold_early_may_be_taken_again_from_the_same_order(plan_of):
    """100 in 2028, none, 100 in 2030, all ordered in 2027. A unit is worth 0.019 after a year, next to nothing later.

    100 are sold in 2029 and 100 more are taken in 2030, to be worth 1.9 at the end: 2 × (2.0 − 1.9). Kept: 2.0.
    """
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0), ("2029", 0.0), ("2030", 100.0)))
    rows = ((1.0, 0.95), (2.0, 0.1), (3.0, 0.0))
    case = add(case, resale=tuple(Resale(accelerator="*", age_years=a, fraction_of_reference_price=f) for a, f in rows))
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=2e6),))
    case = add(case, backlogs=(Backlog(offer="alpha_list", since="2028"),))
    solution = plan_of(case)
    assert arrived(solution) == pytest.approx([0, 100, 0, 100])
    assert solution.outcome.objective == pytest.approx(4.0 - 1.9 - 1.9)
    checked(solution, case)


def test_open_orders_wait_in_a_backlog_and_are_paid_when_they_were_due(plan_of):
    """100 units are due in 2028, of which 30 may come then, and owe 0.5: 70 wait for 2029."""
    order = OpenOrder(offer="alpha_list", site="north", units=100.0, due="2028", balance_usd_per_unit=5000.0)
    case = change(scarce(y2028=30.0), "offers", "alpha_list", first_order="2030", last_order="2030")
    case = add(case, open_orders=(order,), backlogs=(Backlog(offer="alpha_list", since="2028"),))
    solution = plan_of(case)
    assert arrived(solution) == pytest.approx([0, 30, 70, 0])
    assert solution.outcome.objective == pytest.approx(0.5 + 70 * YEAR_UNSERVED)
    assert lines(checked(solution, case), "open orders alpha_list") == {("open", "2028"): 0.5}


def test_what_was_due_before_the_plan_can_come_at_once_and_what_was_ordered_since_is_in_time(plan_of):
    """Of 100 leased units due in 2026 none has come; 40 more are due in 2029. 30 may come in 2028, when all are needed.

    25 came more than were due since: with the 30 of 2028 no more need come. 5 came less: 5 at once, and 45 by 2029.
    """
    rows = [
        OpenOrder(offer="alpha_rent", site="north", units=100.0, due="2026"),
        OpenOrder(offer="alpha_rent", site="north", units=40.0, due="2029", ordered="2026"),
    ]
    case = rent(scarce(y2028=30.0), 8000.0, term_months=12.0, first_order="2030", last_order="2030")
    case = replace(case, limit_use=(replace(case.limit_use[0], offer="alpha_rent"),))
    case = change(case, "offers", "alpha_list", max_lots_per_period=0.0)
    case = replace(case, demand=demand(("2027", 0.0), ("2028", 100.0), ("2029", 0.0)))
    case = add(case, open_orders=tuple(rows), backlogs=(Backlog(offer="alpha_rent", since="2026", came_before=25.0),))
    solution = plan_of(case)
    assert arrived(solution, solution.model.frame.offer.position("alpha_rent")) == pytest.approx([0, 30, 0, 0])
    free = replace(case, backlogs=(replace(case.backlogs[0], came_before=-5.0),))
    solution = plan_of(free)
    assert arrived(solution, solution.model.frame.offer.position("alpha_rent")) == pytest.approx([5, 30, 10, 0])
    checked(solution, free)


@pytest.mark.parametrize(
    ("rows", "ready"),
    [
        ([], "2028"),
        ([("2028", 6.0)], "2029"),
        ([("2028", 13.0)], "2030"),
        # What is ready stays ready.
        ([("2029", 12.0)], "2028"),
        ([("2029", None)], "2028"),
        # A delay that is taken back counts while it was believed.
        ([("2028", 24.0), ("2029", 0.0)], "2029"),
        ([("2027", 12.0), ("2028", 0.0)], "2028"),
        ([("2028", 0.0), ("2028-07", 12.0)], "2028"),
    ],
)
def test_a_programme_is_ready_once_its_start_is_old_enough_with_the_delay_known_then(plan_of, rows, ready):
    """Design 0.3; 2.0 for alpha when ready; 0.1 a year from ready on; 3.1536 a year before."""
    case = add(chip(), delays=delays(*rows))
    solution = plan_of(case)
    wait = int(ready) - 2027
    assert solution.outcome.objective == pytest.approx(2.3 + wait * YEAR + (4 - wait) * 0.1)
    (row,) = checked(solution, case)["tape_outs"]
    assert (row["tape_out"], row["ready"]) == ("2028", ready)


def test_months_of_a_delay_are_added_before_they_are_rounded_up(plan_of):
    """Six months of design and six of delay are one year, seven are two."""
    for months, wait in ((6.0, 1), (7.0, 2)):
        case = add(chip(design_months=6.0), delays=delays(("2027", months)))
        assert plan_of(case).outcome.objective == pytest.approx(2.3 + wait * YEAR + (4 - wait) * 0.1)


@pytest.mark.parametrize(
    ("rows", "paid"),
    [
        ([("2029", 24.0), ("2030", None)], 0.5),
        ([("2028", None)], 0.3),
        ([("2028", None), ("2029", 0.0)], 0.3),
        ([("2027", None)], 0.0),
    ],
)
def test_a_programme_that_fails_before_it_is_ready_opens_nothing_and_stops_paying(plan_of, rows, paid):
    """A start that is fixed costs its design, 0.3 in 2027, and its masks, 0.2 in 2028, until it is known to fail.

    All demand is unserved. In the first case volume takes a year more, and fails when all is paid.
    """
    fixed = Commitment(kind="start", item="chip", period="2027", status="fixed")
    case = add(chip(mask_set_musd=0.2, tape_out_to_volume_months=24.0), delays=delays(*rows))
    assert plan_of(case).outcome.objective == pytest.approx(4 * YEAR)
    case = add(case, commitments=(fixed,))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(paid + 4 * YEAR)
    (row,) = checked(solution, case)["tape_outs"]
    assert (row["tape_out"], row["ready"]) == ("2028", "")


def test_a_gate_that_never_opens_closes_its_offers():
    """Neither an order nor a start of what requires the chip has a variable."""
    model = build(add(chip(), delays=delays(("2028", None))))
    assert not model.orders.order.exists.any()
    assert not model.strategy.possible.any()
    assert not model.strategy.ever.any()


@pytest.mark.parametrize(
    ("started", "rows", "ready"),
    [
        ("2026", [], "2027"),
        ("2026", [("2027", 6.0)], "2028"),
        ("2026", [("2027", None)], ""),
        # Before the start of the plan nothing is late.
        ("2025", [("2024", None)], "2026"),
        ("2025", [("2026", 36.0)], "2026"),
        ("2026", [("2025", 12.0)], "2028"),
        ("2026", [("2027", 60.0)], "2032"),
    ],
)
def test_what_was_started_before_the_plan_is_late_only_within_it(plan_of, started, rows, ready):
    done = Commitment(kind="start", item="chip", period=started, status="done")
    case = add(chip(last_start="2026"), commitments=(done,), delays=delays(*rows))
    solution = plan_of(case)
    (row,) = checked(solution, case)["tape_outs"]
    assert row["ready"] == ready
    wait = 4 if ready in {"", "2032"} else max(0, int(ready) - 2027)
    assert solution.outcome.objective == pytest.approx(wait * YEAR + (4 - wait) * 0.1 + (2.0 if wait < 4 else 0.0))


def test_a_ramp_counts_from_when_a_programme_is_really_ready(plan_of):
    """40 units in the first twelve months, as many as wanted after; ready in 2029: 60 unserved in 2029."""
    route = {"design_months": 12.0, "last_start": "2027", "ramp": ((0.0, 40.0), (12.0, 1000.0))}
    case = add(with_programme(base(), **route), delays=delays(("2028", 12.0)))
    solution = plan_of(case)
    assert arrived(solution) == pytest.approx([0, 0, 40, 60])
    assert solution.outcome.objective == pytest.approx(0.3 + 2.0 + 2 * YEAR + 60 * YEAR_UNSERVED)
    checked(solution, case)


def test_a_programme_that_is_not_ready_at_the_end_is_worth_nothing(plan_of):
    """Worth 5.0 at the end if ready: with a delay to 2030 it is started for that alone, with one to 2031 it is not."""
    for months, expected in ((24.0, 2.4 + 3 * YEAR - 5.0), (36.0, 4 * YEAR)):
        case = add(chip(), delays=delays(("2028", months)))
        case = changed(case, programmes=(type(case.programmes[0])(programme="chip", terminal_value_musd=5.0),))
        solution = plan_of(case)
        assert solution.outcome.objective == pytest.approx(expected)
        checked(solution, case)


def test_a_site_has_the_power_and_the_share_of_it_that_its_rows_say(plan_of):
    """Power for 100, then half of it, then for 20 whole, then as at first: 2.0 + (50 + 80) unserved."""
    rows = site_rows(("2028", None, 0.5, None), ("2029", 0.02, 1.0, None), ("2030", None, 1.0, None))
    case = changed(base(), sites=(Site(site="north", power_mw=0.1),), site_series=rows)
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + 130 * YEAR_UNSERVED)
    power = checked(solution, case)["power"]
    assert [row["available_mw"] for row in power] == pytest.approx([0.1, 0.05, 0.02, 0.1])


def test_only_a_share_of_new_modules_can_be_used_too(plan_of):
    """Half of the hall's power for 100 in 2029: 50 unserved then."""
    case = add(hall(), site_series=site_rows(("2029", None, 0.5, None), ("2030", None, 1.0, None)))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.4 + YEAR - 0.28 + 50 * YEAR_UNSERVED)
    checked(solution, case)


def test_a_site_without_a_limit_has_one_only_where_a_row_says_so(plan_of):
    """Power for 30 in 2028 with half of it to use; a share without a limit means nothing."""
    rows = site_rows(("2027", None, 0.1, None), ("2028", 0.06, 0.5, None), ("2029", None, 0.0, None))
    case = changed(base(), site_series=rows)
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + 70 * YEAR_UNSERVED)
    power = checked(solution, case)["power"]
    assert [row["available_mw"] for row in power] == [None, pytest.approx(0.03), None, None]


def test_electricity_costs_what_the_rows_of_a_site_say(plan_of):
    """100 kW all year are 876 MWh: 0.0438 a year at 50 USD, 0.438 at 500."""
    rows = site_rows(("2028", None, 1.0, 500.0), ("2029", None, 1.0, None))
    case = changed(base(), sites=(Site(site="north", electricity_usd_per_mwh=50.0),), site_series=rows)
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + 3 * 0.0438 + 0.438)
    assert lines(checked(solution, case), "electricity north")["electricity", "2028"] == 0.438


@pytest.mark.parametrize(("tiers", "paid"), [(False, ("2029", "2030")), (True, ("2028", "2029"))])
def test_a_lease_pays_for_what_has_arrived_or_with_tiers_for_what_was_ordered(plan_of, tiers, paid):
    """100 leased for two years at 8,000 USD, due in 2028, there from 2029 on: 0.8 a year."""
    case = rent(late(), lead_time_months=12.0, term_months=24.0, last_order="2027")
    case = change(case, "offers", "alpha_list", first_order="2030")
    if tiers:
        tier = PriceTier(offer="alpha_rent", span="2028", from_units=1000.0, discount=0.1, kind="incremental")
        span = PriceTier(offer="alpha_rent", span="2027", from_units=1000.0, discount=0.1, kind="incremental")
        case = add(case, price_tiers=(tier, span))
    case = add(case, lead_times=(lead("2028", 24.0, offer="alpha_rent"),))
    solution = plan_of(case)
    assert arrived(solution, 1) == pytest.approx([0, 0, 100, 0])
    assert solution.outcome.objective == pytest.approx(1.6 + 2 * YEAR)
    assert lines(checked(solution, case), "units alpha_rent") == {("units", label): 0.8 for label in paid}


def test_a_lease_that_arrives_late_from_before_its_tiers_is_not_free(plan_of):
    """Ordered in 2027, tiers hold in 2028 only, due in 2028 and there in 2029: paid by its order."""
    case = rent(late(), lead_time_months=12.0, term_months=24.0, last_order="2027")
    case = change(case, "offers", "alpha_list", first_order="2030")
    tier = PriceTier(offer="alpha_rent", span="2028", from_units=10.0, discount=0.5, kind="all_units")
    case = add(case, price_tiers=(tier,), lead_times=(lead("2028", 24.0, offer="alpha_rent"),))
    solution = plan_of(case)
    assert lines(checked(solution, case), "units alpha_rent") == {("units", "2028"): 0.8, ("units", "2029"): 0.8}


def test_a_plan_with_every_feature_and_every_shock_holds_and_adds_up(plan_of):
    case = rich_and_hit(change(rich_case(policies=()), "acquisitions", "firm", break_fee_share=0.4))
    solution = plan_of(case)
    tables = checked(solution, case)
    assert [row["owned"] for row in tables["acquisitions"]] == [""]
    assert any(row["line"] == "refund firm" for row in tables["costs"])
    assert solution.outcome.objective > plan_of(rich_case(policies=())).outcome.objective
