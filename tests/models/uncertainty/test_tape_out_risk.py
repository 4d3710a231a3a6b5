"""What scenarios say of tape-outs and deals, solved by hand on trees: respins, failures, deals that do not clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.tables.disruption_rows import Delay
from models.tables.strategy_rows import Acquisition, Budget, Commitment, Disruption, Scenario
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import verify
from planner.results import tables_of
from tests.models.branches import YEAR, base
from tests.models.families.test_programmes import START, at, chip
from tests.models.tiny import add, change, changed
from tests.models.uncertainty.test_partial_delivery import checked

CHANCES = (0.3, 0.7)


def event(name, target, field, start, value=1.0):
    return Disruption(disruption=name, target=target, field=field, effect="add", value=value, start=start)


def two(case, *disruptions, revealed):
    """The case in two scenarios of probability 0.3 and 0.7: each has its disruption, or none where it is None."""
    rows = tuple(
        Scenario(scenario=name, probability=chance, revealed=revealed, disruptions=(one.disruption,) if one else ())
        for name, chance, one in zip(("bad", "good"), CHANCES, disruptions, strict=True)
    )
    return add(case, scenarios=rows, disruptions=tuple(one for one in disruptions if one))


def planned(case, plan_of):
    """The cost, and the cost lines by line, period and scenario, of a plan that the check accepts."""
    model = scenario_tree(case).model()
    solution = plan_of(model)
    tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
    report = verify(case, tables, solution.outcome.objective, futures=model.frame.futures)
    assert report.findings == ()
    lines = {}
    for row in tables["costs"]:
        for name in row["scenarios"].split(";"):
            lines[row["line"], row["period"], name] = row["musd"]
    return solution.outcome.objective, lines, tables


def test_a_respin_is_paid_where_it_comes_and_its_share_given_back_where_it_does_not(plan_of):
    """The chip of `test_programmes`, tape-out in period 3, half a respin of 0.4 planned for: 0.7 then.

    In 2029H1 it is known: with a respin 0.2 more, and ready in 2029H2; without, 0.2 less, and ready at once.
    """
    bad, good = event("respin", "chip", "respin", "2029H1"), event("no_respin", "chip", "respin", "2029H1", 0.0)
    cost, lines, tables = planned(two(chip(), bad, good, revealed="2029H1"), plan_of)
    trunk = 0.2 * (at(0) + at(1) + at(2)) + 0.7 * at(3) - 1.21**-3
    with_respin, without = 0.2 * at(4) + 0.15 * at(5), -0.2 * at(4) + 0.15 * (at(4) + at(5))
    assert cost == pytest.approx(trunk + 0.3 * with_respin + 0.7 * without)
    realised = {
        name: sum(musd for (line, _, of), musd in lines.items() if of == name and line[:5] in ("masks", "respi"))
        for name in ("bad", "good")
    }
    assert realised == {"bad": pytest.approx(0.5 + 0.4), "good": pytest.approx(0.5)}
    events = {(row["item"], row["what"], row["scenarios"]) for row in tables["milestones"]}
    assert ("chip", "costs more for respins", "bad") in events
    assert ("chip", "needs fewer respins", "good") in events


def begun_before(case):
    """The case with its chip begun in 2025H1 and taped out in 2026H2."""
    return changed(case, commitments=(replace(START, period="2025H1", route="house", status="done"),))


@pytest.mark.parametrize(("number", "paid", "ready"), [(0.0, 0.0, 0), (1.0, 0.4, 1), (2.0, 0.8, 2)])
def test_after_a_tape_out_before_the_plan_all_known_respins_are_paid(plan_of, number, paid, ready):
    """No respin was paid with the mask set of 2026: what is known is paid in whole, and nothing is given back.

    18 + 6 months are four half-years, each respin is one more; 0.15 a half-year once ready, worth 1.0 at the end.
    """
    case = add(begun_before(chip()), delays=(Delay(item="chip", period="2027H1", respins=number),))
    cost, _ = checked(build(case), plan_of)
    assert cost == pytest.approx(paid * at(0) + 0.15 * sum(at(t) for t in range(ready, 6)) - 1.21**-3)


def test_respins_after_a_tape_out_before_the_plan_are_paid_in_the_scenario_that_has_them(plan_of):
    """In 2027H2 it is known: a respin with 0.3, else none. Ready then in both, five half-years before the end."""
    bad, good = event("respin", "chip", "respin", "2027H2"), event("no_respin", "chip", "respin", "2027H2", 0.0)
    cost, lines, _ = planned(two(begun_before(chip()), bad, good, revealed="2027H2"), plan_of)
    assert cost == pytest.approx(0.3 * 0.4 * at(1) + 0.15 * sum(at(t) for t in range(1, 6)) - 1.21**-3)
    assert [(period, of) for line, period, of in lines if line.startswith("respins")] == [("2027H2", "bad")]


def test_a_respin_and_a_slip_of_one_event_add_up(plan_of):
    """In 2029H1 a respin and six months come together with 0.3: not ready within the plan, and 0.2 more is paid."""
    bad, good = event("respin", "chip", "respin", "2029H1"), event("no_respin", "chip", "respin", "2029H1", 0.0)
    slip = event("respin", "chip", "slip", "2029H1", 6.0)
    cost, _, _ = planned(add(two(chip(), bad, good, revealed="2029H1"), disruptions=(slip,)), plan_of)
    trunk = 0.2 * (at(0) + at(1) + at(2)) + 0.7 * at(3)
    without = -0.2 * at(4) + 0.15 * (at(4) + at(5)) - 1.21**-3
    assert cost == pytest.approx(trunk + 0.3 * 0.2 * at(4) + 0.7 * without)


def test_respins_before_a_failure_are_paid(plan_of):
    """Two respins, 0.6 more than is planned for, are known in 2029H1, and the failure in 2029H2."""
    rows = Delay(item="chip", period="2029H1", respins=2.0), Delay(item="chip", period="2029H2", fails=True)
    cost, _ = checked(build(add(chip(), delays=rows)), plan_of)
    assert cost == pytest.approx(0.2 * (at(0) + at(1) + at(2)) + 0.7 * at(3) + 0.6 * at(4))


def test_a_company_that_fails_after_closing_is_paid_for_and_never_owned(plan_of):
    """Closed in 2028, when integration begins; it fails in 2029, before it is owned: nothing comes back."""
    case = with_firm(integration_musd_per_year=0.2, integration_years=1.0, months_to_integrate=12.0)
    cost, _ = checked(build(add(case, delays=(Delay(item="firm", period="2029", fails=True),))), plan_of)
    assert cost == pytest.approx(1.0 + 0.2 + 4 * YEAR)


def test_mutants_of_respins_are_rejected_by_name(plan_of):
    """Other numbers of respins, or of their cost, at another time, and other amounts in either future."""
    bad, good = event("respin", "chip", "respin", "2029H1"), event("no_respin", "chip", "respin", "2029H1", 0.0)
    case = two(chip(), bad, good, revealed="2029H1")
    cost, _, tables = planned(case, plan_of)
    futures = scenario_tree(case).model().frame.futures
    mutants = []
    for name, one in futures.items():
        for k in range(len(one.delays)):
            for cells in ({"respins": 0.5}, {"respins": 2.0}, {"respins": None}, {"period": "2028H2"}, {"fails": True}):
                rows = tuple(replace(other, **cells) if at == k else other for at, other in enumerate(one.delays))
                mutants.append((futures | {name: replace(one, delays=rows)}, tables))
        routes = tuple(replace(row, respin_cost_musd=0.5) for row in one.routes)
        mutants.append((futures | {name: replace(one, routes=routes)}, tables))
    for k, row in enumerate(tables["costs"]):
        for musd in (0.9 * row["musd"], 1.1 * row["musd"], 0.0) if row["line"].startswith("respins") else ():
            changed_rows = [{**other, "musd": musd} if at == k else other for at, other in enumerate(tables["costs"])]
            mutants.append((futures, tables | {"costs": changed_rows}))
    told = [row for row in tables["milestones"] if "respins" in row["what"]]
    for kept in ([one for one in tables["milestones"] if one is not row] for row in told):
        mutants += [(futures, tables | {"milestones": kept})]
    assert len(mutants) >= 20
    for number, (own, rows) in enumerate(mutants):
        broken = set(verify(case, rows, cost, futures=own).broken)
        assert broken & {"cost_tape_out", "tape_outs_table", "milestones_table"}, f"mutant {number}"


def test_a_programme_stops_paying_in_the_future_in_which_it_is_known_to_fail(plan_of):
    """Known in 2028H1: of three designs of 0.2 one is paid with certainty; the rest only where it goes on."""
    case = two(chip(), event("flop", "chip", "fail", "2028H1"), None, revealed="2028H1")
    cost, lines, _ = planned(case, plan_of)
    rest = 0.2 * at(2) + 0.7 * at(3) + 0.15 * at(5) - 1.21**-3
    assert cost == pytest.approx(0.2 * (at(0) + at(1)) + 0.7 * rest)
    assert {period for line, period, of in lines if of == "bad" and "chip" in line} == {"2027H1", "2027H2"}


@pytest.mark.parametrize(("terms", "fee"), [({}, 0.0), ({"break_fee_share": 0.1}, 0.1)])
def test_a_deal_that_does_not_clear_costs_its_break_fee_and_no_more(plan_of, terms, fee):
    """A company for 1.0, owned after a year, opens alpha: 2.0 for 100 queries/s from 2028 on.

    Where the deal fails in 2028, its price comes back but for the fee, three more years are unserved, and nothing is
    integrated. 1.0 + YEAR + 0.7 × (0.2 + 2.0) + 0.3 × (fee − 1.0 + 3 YEAR).
    """
    case = with_firm(integration_musd_per_year=0.2, integration_years=1.0, **terms)
    cost, lines, _ = planned(two(case, event("blocked", "firm", "fail", "2028"), None, revealed="2028"), plan_of)
    assert cost == pytest.approx(1.0 + YEAR + 0.7 * 2.2 + 0.3 * (fee - 1.0 + 3 * YEAR))
    paid = sum(musd for (line, _, of), musd in lines.items() if of == "bad" and line.endswith(" firm"))
    assert paid == pytest.approx(fee)


def with_firm(**terms):
    firm = Acquisition(acquisition="firm", price_musd=1.0, months_to_close=12.0, **terms)
    signed = Commitment(kind="close", item="firm", period="2027", status="fixed")
    case = change(base(), "offers", "alpha_list", requires=("firm",))
    return add(case, acquisitions=(firm,), commitments=(signed,))


def test_a_deal_that_is_known_to_fail_is_no_loan(plan_of):
    """Budgets of 2029 have nothing for 100 alpha, 2.0; a refund of 2029 would pay for them, of a deal of 2028.

    The deal is known to fail from 2028 on and cannot be signed then: 2027 and 2028 have no demand, 2029 and 2030 are
    unserved in that future. In the other nothing requires the company, and nothing is signed either.
    """
    firm = Acquisition(acquisition="firm", price_musd=2.0, months_to_close=12.0, first_signing="2028")
    case = change(base(demand=(("2027", 0.0), ("2029", 100.0))), "offers", "alpha_list", first_order="2029")
    budget = Budget(budget="all", categories=("all",), span="2029..2030", amount_musd=0.0)
    free = Budget(budget="all", categories=("all",), span="2027..2028", amount_musd=None)
    case = changed(add(case, acquisitions=(firm,)), budgets=(free, budget))
    cost, lines, _ = planned(two(case, event("blocked", "firm", "fail", "2028"), None, revealed="2028"), plan_of)
    assert cost == pytest.approx(2 * YEAR)
    assert not any(line.endswith(" firm") for line, *_ in lines)
