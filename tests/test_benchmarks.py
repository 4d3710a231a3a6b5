"""The benchmark's generator keeps cases plausible, and its figures are right; nothing here looks at the clock."""

import itertools
import json
import math
from dataclasses import fields

import pytest

from models.calendar import parse_label
from models.case import TABLES
from models.outcome import SolveOptions, Status
from models.solvers.child import Engine
from planner.case import read_case
from tests.benchmarks import ladder, scaling
from tests.benchmarks.__main__ import asked_of, parser, parts_of
from tests.benchmarks.figures import Slope, Spread, contradictions, ratios, seconds_to_plan, slope
from tests.benchmarks.measure import Keep
from tests.benchmarks.page import page, updated
from tests.benchmarks.perturbed import REPORTED, SPREAD, TUNING, perturbed
from tests.benchmarks.reduced import KEPT, reduced_case
from tests.case_folder import write_case

BASES = ("mid-size", "frontier-lab")


@pytest.fixture(scope="module")
def bases():
    return {name: read_case(ladder.INPUTS / name).case for name in BASES}


def yearly_demand(case):
    """Mean demand by workload stem and year."""
    calendar = scaling.calendar_of(case)
    found = {}
    for workload in case.workloads:
        series = scaling.demand_series([row for row in case.demand if row.workload == workload.workload])
        stem = workload.workload.partition("_w")[0]
        for label in calendar.labels:
            month = parse_label(label)[0]
            key = stem, month // 12
            found[key] = found.get(key, 0.0) + scaling.value_at(series, month) * calendar.delta
    return found


def power(case):
    return sum(row.power_mw or 0.0 for row in case.sites)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("period", ["half", "quarter", "month"])
def test_finer_periods_keep_the_mean_demand_of_every_year(bases, name, period):
    case = scaling.finer(bases[name], period)
    assert len(scaling.calendar_of(case).labels) == 10 * {"half": 2, "quarter": 4, "month": 12}[period]
    assert yearly_demand(case) == pytest.approx(yearly_demand(bases[name]), rel=1e-4)
    first = case.workloads[0].workload
    series = [value for _, value in scaling.demand_series([row for row in case.demand if row.workload == first])]
    assert max(b / a for a, b in itertools.pairwise(series)) < 1.6, "demand jumps between periods"


def test_finer_periods_need_a_case_by_year(bases):
    with pytest.raises(ValueError, match="planned by quarter"):
        scaling.finer(scaling.finer(bases["mid-size"], "quarter"), "month")


@pytest.mark.parametrize("name", BASES)
def test_more_of_everything_keeps_demand_power_budgets_and_supply(bases, name):
    base = bases[name]
    case = scaling.more_workloads(scaling.more_sites(scaling.more_offers(base, 3, 7), 2, 7), 2, 7)
    assert (len(case.offers), len(case.workloads)) == (3 * len(base.offers), 2 * len(base.workloads))
    powered = sum(row.power_mw is not None for row in base.sites)
    assert len(case.sites) == len(base.sites) + powered
    assert yearly_demand(case) == pytest.approx(yearly_demand(base), rel=1e-6)
    assert power(case) == pytest.approx(power(base), abs=0.01)
    assert (case.budgets, case.limits) == (base.budgets, base.limits)
    for table, amount in (("opening_fleet", "units"), ("open_orders", "units"), ("expansions", "max_modules")):
        sums = [sum(getattr(row, amount) for row in getattr(one, table)) for one in (base, case)]
        assert sums[0] == sums[1]
        assert sums[0] > 0, f"{name} has no {table}: the sum says nothing"


def test_work_of_a_split_workload_stays_the_same_for_the_base_machine(bases):
    base = bases["frontier-lab"]
    case = scaling.more_workloads(base, 4, 7)
    machine, stem = base.throughput[0].accelerator, base.throughput[0].workload

    def units(one):
        rate = {row.workload: row.queries_per_second for row in one.throughput if row.accelerator == machine}
        first = one.settings.start
        rows = [row for row in one.demand if row.period == first and row.workload.partition("_w")[0] == stem]
        return sum(row.queries_per_day_million / rate[row.workload] for row in rows)

    # Rates differ by 3 % from machine to machine on top of the split.
    assert units(case) == pytest.approx(units(base), rel=0.03)


def factors_of(base, case):
    """Each number of each table over what it was, by table and column."""
    return {
        (table, entry.name): [
            getattr(new, entry.name) / getattr(old, entry.name)
            for old, new in zip(getattr(base, table), getattr(case, table), strict=True)
            if isinstance(getattr(old, entry.name), float) and getattr(old, entry.name) not in (0.0, math.inf)
        ]
        for table, row in TABLES.items()
        for entry in fields(row)
    }


@pytest.mark.parametrize("name", BASES)
def test_perturbed_cases_move_prices_demand_speeds_and_costs_within_the_spread_and_nothing_else(bases, name):
    moved = {
        ("prices", "unit_price_usd"), ("demand", "queries_per_day_million"), ("throughput", "queries_per_second"),
        ("sites", "electricity_usd_per_mwh"), ("sites", "fixed_musd_per_year"),
        ("expansions", "cost_musd_per_module"), ("routes", "design_cost_musd"), ("routes", "mask_set_musd"),
        ("routes", "respin_cost_musd"), ("routes", "sustaining_musd_per_year"), ("acquisitions", "price_musd"),
        ("acquisitions", "integration_musd_per_year"), ("offers", "integration_usd_per_unit"),
        ("accelerators", "maintenance_usd_per_year"),
    }  # fmt: skip
    base = bases[name]
    found = factors_of(base, perturbed(base, 101))
    agreements = {key for key in found if key[0] == "agreements"}
    changed = {key for key, factors in found.items() if any(abs(factor - 1.0) > 1e-5 for factor in factors)}
    assert changed - agreements == moved
    assert all(abs(factor - 1.0) <= SPREAD + 1e-5 for key in changed for factor in found[key])
    prices = [row.unit_price_usd for row in perturbed(base, 101).prices]
    assert prices == [row.unit_price_usd for row in perturbed(base, 101).prices]
    assert prices != [row.unit_price_usd for row in perturbed(base, 102).prices]
    assert not set(REPORTED) & set(TUNING)


def test_the_same_seed_gives_the_same_case_and_another_seed_another():
    rung = ladder.Rung("x", base="mid-size", period="half", offers=2, sites=2, workloads=2)
    assert ladder.case_of(rung, 1) == ladder.case_of(rung, 1)
    assert ladder.case_of(rung, 1) != ladder.case_of(rung, 2)


@pytest.mark.parametrize("name", [name for name in ladder.NAMES if not ladder.rung_of(name).is_original])
def test_every_rung_passes_the_checks_and_reads_back_as_it_was_made(name, tmp_path):
    rung = ladder.rung_of(name)
    read = read_case(ladder.folder_of(rung, tmp_path))
    # Leads that are not whole periods are true of every rung; a copy may have a row that no longer matters.
    odd = [fault for fault in read.warnings if not fault.expected.startswith(("not whole periods", "has no effect"))]
    assert odd == []
    assert read.case == ladder.case_of(rung)


@pytest.fixture(scope="module")
def engine():
    with Engine.start("highs") as started:
        yield started


@pytest.mark.parametrize(
    "rung",
    [
        ladder.Rung("all", base="mid-size", period="half", offers=2, sites=2, workloads=2),
        ladder.Rung("all", period="half", offers=2, sites=2, workloads=2),
        ladder.Rung("tree", base="mid-size", futures=4),
        ladder.Rung("tree", futures=2),
    ],
    ids=lambda rung: f"{rung.base}-{rung.name}",
)
def test_scaled_cases_have_plans(rung, engine):
    model = ladder.model_of(ladder.case_of(rung), rung.futures)
    found = engine.solve(model.program, SolveOptions(relax=True, time_limit_s=60.0), code="glop")
    assert found.status is Status.OPTIMAL, found.detail
    assert found.objective > 0


def test_futures_agree_until_they_are_revealed_and_differ_after(bases):
    base = bases["frontier-lab"]
    found = scaling.futures_of(base, 4, 7)
    assert sum(found.probability) == pytest.approx(1.0)
    month = scaling.calendar_of(base).start_month + 12 * found.revealed[0]
    for table, item, amount in (
        ("demand", "workload", "queries_per_day_million"),
        ("prices", "offer", "unit_price_usd"),
    ):
        told = []
        for case in found.cases:
            rows = [
                (parse_label(row.period)[0], getattr(row, item), getattr(row, amount)) for row in getattr(case, table)
            ]
            told.append(([row for row in rows if row[0] < month], [row for row in rows if row[0] >= month]))
        assert all(before == told[0][0] for before, _ in told)
        assert len({tuple(after) for _, after in told}) == 4


def test_the_reduced_case_passes_the_checks_and_holds_one_tape_out_and_one_deal(tmp_path):
    write_case(reduced_case(), tmp_path)
    case = read_case(tmp_path).case
    assert (len(case.programmes), len(case.routes), len(case.acquisitions), len(case.sites)) == (1, 2, 1, 1)
    assert {row.requires for row in case.routes} == {(), (case.acquisitions[0].acquisition,)}
    assert all(getattr(case, table) for table in KEPT)
    assert not any(getattr(case, table) for table in TABLES if table not in KEPT)


def test_a_written_case_keeps_every_setting(bases, tmp_path):
    write_case(bases["mid-size"], tmp_path)
    read = read_case(tmp_path).case
    for entry in fields(read):
        assert getattr(read, entry.name) == getattr(bases["mid-size"], entry.name), entry.name


def test_the_slope_of_a_power_law_is_its_exponent():
    found = slope([(size, 3.0 * size**1.5) for size in (10, 100, 1000)])
    assert found == Slope(pytest.approx(1.5), 3, 10, 1000)
    assert slope([(10, 1.0), (10, 2.0), (100, 3.0)]) is None
    assert slope([(10, 1.0), (20, 2.0), (30, 3.0)], apart=10.0) is None


def run(who, repeat, solve, status="optimal", **more):
    return {
        "kind": "rivals", "rung": "lab-year", "who": who, "repeat": repeat, "gap": 0.001, "limit": 100.0,
        "status": status, "seconds": {"read": 1.0, "build": 1.0, "solve": solve},
    } | more  # fmt: skip


def test_our_seconds_leave_out_the_case_and_a_rivals_hold_its_file():
    assert seconds_to_plan(run("ours", 0, 3.0)) == 4.0
    assert seconds_to_plan(run("textbook scip", 0, 3.0)) == 5.0


def test_ratios_take_the_fastest_rival_that_reached_the_gap_repeat_by_repeat():
    ours = [run("ours", 0, 1.0), run("ours", 1, 3.0)]
    others = [
        run("textbook cbc", 0, 6.0), run("textbook cbc", 1, 18.0),
        run("textbook scip", 0, 2.0, status="feasible"),
        run("textbook highs", 0, 38.0),
    ]  # fmt: skip
    found = ratios(ours, others)
    assert found.spread == Spread(4.5, 4.0, 5.0, 2)
    assert not found.is_least


def test_rivals_that_the_limit_ended_give_a_least_ratio():
    found = ratios([run("ours", 0, 1.0)], [run("textbook cbc", 0, 99.0, status="feasible")])
    assert found.spread.median == pytest.approx(101.0 / 2.0)
    assert found.is_least
    assert ratios([run("ours", 0, 1.0, status="feasible")], [run("textbook cbc", 0, 9.0)]) is None


def test_a_plan_below_anothers_bound_is_a_contradiction():
    fine = [run("a", 0, 1.0, objective=100.0, bound=99.0), run("b", 0, 1.0, objective=100.5, bound=99.9)]
    assert contradictions(fine) == []
    clash = [*fine, run("c", 0, 1.0, objective=99.0, bound=98.0)]
    assert contradictions(clash) == [("c", 99.0, "b", 99.9)]


def test_records_outlive_the_run_and_those_of_other_sources_are_left_alone(tmp_path):
    file = tmp_path / "records.jsonl"
    keep = Keep.opened(file)
    keep.add(run("ours", 0, 1.0))
    keep.add(run("ours", 1, 1.0, status="failed"))
    with file.open("a") as more:
        more.write(json.dumps(run("ours", 2, 1.0, sources="other")) + "\n")
    again = Keep.opened(file)
    key = {"kind": "rivals", "rung": "lab-year", "who": "ours", "gap": 0.001, "limit": 100.0}
    assert again.known(**key, repeat=0)["seconds"]["solve"] == 1.0
    assert again.known(**key, repeat=1) is None, "a run that broke down is made again"
    assert again.known(**key, repeat=2) is None
    assert again.strangers == 1
    assert len(Keep.opened(file, any_source=True).records) == 3


def test_the_page_says_what_was_not_measured_and_whether_targets_are_met(tmp_path):
    keep = Keep.opened(None)
    assert page(keep).count("not measured") == 11
    keep.add(run("ours", 0, 1.0, objective=10.0, bound=9.99, gap_left=0.001))
    keep.add(run("textbook cbc", 0, 38.0, objective=10.0))
    text = page(keep)
    assert "| best textbook run at least 10 times slower, frontier-lab | 20.0 times | yes |" in text
    assert "- The best textbook run (textbook cbc, the only one that ran) took 20.0 times as long as fleetplan." in text
    keep.add(run("textbook scip", 0, 1.0, objective=9.9, bound=9.0))
    text = page(keep)
    assert "frontier-lab | 1.5 times | no |" in text
    assert "**Contradiction:** textbook scip has a plan of 9.9000, and ours calls 9.9900 a bound." in text


def compared_case(seed, ours, scip, highs, ended=()):
    """The records of a perturbed case; the seconds of whoever is in `ended` were not enough."""
    facts = {"kind": "perturbed", "rung": "mid-year", "seed": seed}
    seconds = {"ours": ours, "textbook scip": scip, "textbook highs": highs}
    for who, spent in seconds.items():
        status = "feasible" if who in ended else "optimal"
        yield run(who, 0, 99.0, status, **facts, processor={"read": 0.0, "solve": spent})


def test_the_page_compares_perturbed_cases_by_processor_time_with_the_faster_textbook_run():
    keep = Keep.opened(None)
    cases = [
        compared_case(0, 1.0, 5.0, 6.0),
        compared_case(1, 0.5, 20.0, 10.0, ended=("textbook highs",)),
        compared_case(2, 1.0, 12.0, 2.5),
        compared_case(3, 2.0, 90.0, 20.0, ended=("textbook scip", "textbook highs")),
    ]
    for record in itertools.chain.from_iterable(cases):
        keep.add(record)
    text = page(keep)
    assert "| 16.5 (2.5 to 45.0) times | no |" in text
    assert "| best textbook run | 16.5 | 2.5 | 45.0 | 1 |" in text
    assert "| textbook scip | 27.8 | 12.0 | 45.0 | 0 |" in text
    assert "| 1 | 0.50 | 20.00 | ended at 10.00 | 40.0 |" in text
    assert "| 3 | 2.00 | ended at 90.00 | ended at 20.00 | more than 45.0 |" in text
    assert "The base itself in textbook SCIP took 5.00 s in the same run." in text
    keep.add(run("ours", 1, 1.0, "feasible", kind="perturbed", rung="mid-year", seed=2, processor={"solve": 1.0}))
    assert "| 2 | gap not reached |" in page(keep)


def test_sections_and_targets_that_a_run_did_not_measure_stay_on_the_page():
    first, second = Keep.opened(None), Keep.opened(None)
    first.add(run("ours", 0, 1.0, objective=10.0, bound=9.99, gap_left=0.001))
    first.add(run("textbook cbc", 0, 38.0, objective=10.0))
    for record in itertools.chain(compared_case(0, 1.0, 5.0, 6.0), compared_case(1, 1.0, 5.0, 4.0)):
        second.add(record)
    before = page(first)
    after = updated(before, page(second))
    assert "| best textbook run at least 10 times slower, frontier-lab | 20.0 times | yes |" in after
    assert "took 20.0 times as long as fleetplan." in after
    assert "| best textbook run | 4.0 | 4.0 | 4.0 | 0 |" in after
    assert after.splitlines()[0] == "# Performance"
    assert updated(after, page(second)) == after
    assert updated(before, before) == before


def test_the_command_refuses_parts_and_rungs_that_there_are_not(tmp_path):
    line = parser()
    with pytest.raises(ValueError, match="no part 'speed'"):
        parts_of("speed")
    with pytest.raises(ValueError, match="no rung 'lab'"):
        asked_of(line.parse_args(["--rungs", "lab"]), tmp_path)
    with pytest.raises(ValueError, match="two numbers such as 1-20, not '5'"):
        asked_of(line.parse_args(["--perturbations", "5"]), tmp_path)
    asked = asked_of(line.parse_args(["--rungs", "lab-year, lab-month", "--limit", "30"]), tmp_path)
    assert asked.rungs == ("lab-year", "lab-month")
    assert math.isclose(asked.ladder_limit, 30.0)


def test_a_rung_that_was_given_more_time_is_told_at_the_longest_limit():
    keep = Keep.opened(None)
    facts = {"kind": "ladder", "rung": "lab-month", "gap": 0.005, "limit": 600.0, "non_zeros": 20_000}
    keep.add(run("ours", 0, 500.0, **facts, gap_left=0.004))
    keep.add(run("ours", 0, 30.0, "feasible", **facts | {"limit": 30.0}, gap_left=0.2))
    text = page(keep)
    assert "| monthly frontier-lab to 0.5 % in 600 s | gap 0.4 % after 501 s, optimal | yes |" in text
    assert "1 of 1 instances reached the requested gap" in text
