"""Cases made from an earlier plan: leases that run, ages within a period, rates that were true before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from models.case import Offer, OpeningFleet, OpenOrder, Price
from models.verify import verify
from planner.case import read_case
from planner.errors import CaseFaults
from planner.results import tables_of

KNOWN = Path(__file__).parent / "known"


@pytest.fixture(scope="module")
def planned(plan_of):
    """Plans a case, checks it, and returns its objective in USD million and its tables."""

    def run(case):
        solution = plan_of(case)
        tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
        assert verify(case, tables, solution.outcome.objective).findings == ()
        return solution.outcome.objective, tables

    return run


def known(name):
    return read_case(KNOWN / name).case


def test_a_running_lease_pays_its_rent_and_ends(planned):
    """Two years of rent at 3.0, and a tenth of the 10.0 that new units cost: 7.0."""
    cost, tables = planned(known("running-lease-handed-over"))
    assert cost == pytest.approx(7.0)
    held = sorted((row["vintage"], row["period"], row["units"], row["holding"]) for row in tables["fleet"])
    rented = [("L2027", "2028", 10.0, "leased"), ("L2027", "2029", 10.0, "leased")]
    assert held == [("2030", "2030", 10.0, "owned"), *rented]
    rents = [row["musd"] for row in tables["costs"] if row["line"] == "running L2027"]
    assert rents == [3.0, 3.0]
    assert not [row for row in tables["costs"] if row["category"] == "resale"]
    told = [(row["when"], row["item"], row["what"], row["units"], row["musd"]) for row in tables["milestones"]]
    assert told == [("2030", "g", "of lease L2027 are given back", 10.0, None)]


def test_the_rent_of_a_running_lease_after_the_plan_is_owed(planned):
    """Until June 2033: 3.0 in 2031 and in 2032, and 1.5 in 2033; no machine is bought in the plan."""
    case = known("running-lease-handed-over")
    cost, tables = planned(replace(case, open_leases=(replace(case.open_leases[0], ends="2033-07"),)))
    assert cost == pytest.approx(9.0)
    assert [(row["what"], row["from"], row["to"], row["year"], row["musd"]) for row in tables["owed"]] == [
        ("rent of lease L2027", "2031", "2033", 2031, pytest.approx(3.0)),
        ("rent of lease L2027", "2031", "2033", 2032, pytest.approx(3.0)),
        ("rent of lease L2027", "2031", "2033", 2033, pytest.approx(1.5)),
    ]


def test_an_offer_of_its_own_says_the_same_as_a_running_lease(planned):
    case = known("running-lease-handed-over")
    rest = Offer(
        offer="rest", accelerator="g", kind="lease", term_months=24.0, last_order="2028", max_lots_per_period=0.0
    )
    case = replace(
        case,
        open_leases=(),
        offers=(*case.offers, rest),
        prices=(*case.prices, Price(offer="rest", period="2028", unit_price_usd=300000.0)),
        open_orders=(OpenOrder(offer="rest", site="s", units=10.0, due="2028"),),
    )
    assert planned(case)[0] == pytest.approx(7.0)


def test_leased_units_entered_as_owned_cost_six_less_than_nothing(planned):
    """What the lease would cost if its units were the company's own: no rent, and 8.0, 7.0 … when they are sold."""
    case = known("running-lease-handed-over")
    own = OpeningFleet(accelerator="g", site="s", units=10.0, in_service_since="2027")
    assert planned(replace(case, open_leases=(), opening_fleet=(own,)))[0] == pytest.approx(-6.0)


def test_a_lease_that_has_begun_is_no_open_order(tmp_path):
    case = tmp_path / "case"
    shutil.copytree(KNOWN / "running-lease-handed-over", case)
    (case / "open_leases.csv").unlink()
    (case / "open_orders.csv").write_text("offer,site,units,due,balance_usd_per_unit\nL,s,10,2027,0\n")
    with pytest.raises(CaseFaults) as refused:
        read_case(case)
    (fault,) = refused.value.faults
    assert fault.remedy == "Enter a lease that has begun in open_leases.csv, with its rent and its end."


def served(tables, cohort):
    return [row["period"] for row in tables["fleet"] if row["vintage"] == cohort]


def test_thirteen_of_thirty_months_leave_one_year_of_service(planned):
    """17 months are one year: the cohort serves 2027. Ten units for 10.0 serve two years each from 2028 on."""
    cost, tables = planned(known("opening-age-rounded-twice"))
    assert served(tables, "2025-12") == ["2027"]
    assert cost == pytest.approx(10 / 1.1**1.5 + 10 / 1.1**3.5 + 10 / 1.1**5.5)


@pytest.mark.parametrize(("period", "periods", "expected"), [("year", 6, 3), ("half", 12, 6), ("quarter", 24, 12)])
def test_a_life_of_four_and_a_half_years_less_eighteen_months_is_three_years(planned, period, periods, expected):
    case = known("opening-age-rounded-twice")
    settings = replace(case.settings, period=period, periods=periods)
    machines = tuple(replace(row, life_years=4.5) for row in case.accelerators)
    fleet = tuple(replace(row, in_service_since="2025-07") for row in case.opening_fleet)
    _, tables = planned(replace(case, settings=settings, accelerators=machines, opening_fleet=fleet))
    assert len(served(tables, "2025-07")) == expected
