"""Back-tests: what policies come to in histories, never below what the best plan that knows the history must cost."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from models.case import Case
from models.tables.history_rows import HistoryValue
from planner.case import read_case
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.backtest_paths import replan_dates
from planner.studies.evaluation_statistics import PathValues
from planner.studies.future_recipes import future_of, refusals
from planner.studies.histories import (
    Course,
    Forecast,
    belief,
    drawn_histories,
    observed_histories,
    scenario_histories,
    truth,
)
from planner.studies.history_reading import read_histories
from tests.planner.tiny import INPUTS

runner = CliRunner(env={"COLUMNS": "160"})

# Machines are bought a year ahead or rented at once for a year; a hall can be built. Demand, price, rent, supply and
# speed are uncertain.
FILES = {
    "plan.toml": 'schema_version = 1\nname = "four years"\ncurrency_basis = "real"\nstart = "2027"\nperiod = "year"\n'
    'periods = 4\ndiscount_rate = 0.1\ndemand_interpolation = "step"\n\n[solver]\ngap = 0.0\ntime_limit_s = 60\n',
    "workloads.csv": "workload,min_service,penalty_usd_per_1000\nw,0,80\n",
    "demand.csv": "workload,period,queries_per_day_million\nw,2027,0.8\nw,2028,1.2\nw,2029,1.6\nw,2030,2.0\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,utilisation,reference_price_usd\ng,v,1,10,1,1000000\n"
    "h,v,1,10,1,1000000\n",
    "throughput.csv": "accelerator,workload,queries_per_second\ng,w,1\nh,w,1\n",
    "offers.csv": "offer,accelerator,kind,lead_time_months,term_months,lot_size\nbought,g,buy,12,,2\n"
    "rented,h,lease,0,12,\n",
    "prices.csv": "offer,period,unit_price_usd\nbought,2027,1000000\nrented,2027,700000\n",
    "limits.csv": "limit,span,amount\nsupply,2027,9\nsupply,2028,9\nsupply,2029,9\nsupply,2030,9\n",
    "limit_use.csv": "limit,offer,use_per_unit\nsupply,bought,1\n",
    "resale.csv": "accelerator,age_years,fraction_of_reference_price\n*,0,0.5\n*,4,0\n",
    "sites.csv": "site,power_mw,pue,electricity_usd_per_mwh\ns,0.02,1,50\n",
    "expansions.csv": "expansion,site,module_mw,cost_musd_per_module,max_modules\nhall,s,0.01,0.4,2\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2030,\n",
    "scenarios.csv": "scenario,probability,revealed\ncalm,0.5,2028\nboom,0.5,2028\n",
    "scenario_values.csv": "scenario,table,key,column,period,effect,value\n"
    "boom,demand,w,queries_per_day_million,2029,multiply,1.5\n",
    "uncertain.csv": "name,table,key,column,effect,distribution,p1,p2,p3\n"
    "demand,demand,w,queries_per_day_million,multiply,triangular,0.5,1,1.6\n"
    "price,prices,bought,unit_price_usd,multiply,triangular,0.7,1,1.4\n"
    "rent,prices,rented,unit_price_usd,multiply,triangular,0.7,1,1.4\n"
    "supply,limits,supply,amount,multiply,uniform,0.4,1.5,\n"
    "speed,throughput,g,queries_per_second,multiply,uniform,0.8,1.1,\n",
}
ONE = "history,table,key,column,period,effect,value,known_from,source\n"


@pytest.fixture
def case_folder(tmp_path):
    return written(tmp_path / "case")


def written(folder, **changes):
    folder.mkdir(parents=True)
    for name, text in (FILES | changes).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def backtested(folder, histories, **options):
    """The study of a back-test in memory: its tables as records."""
    found = planner.backtest(planner.read_case(folder), histories, workers=1, **options)
    return found, {name: list(table.records()) for name, table in found.raw_tables.items()}


def in_force(case, label):
    """Demand and price in a period of a case."""
    at = case.settings.calendar.period_at(label)
    labels = case.settings.calendar.labels

    def value(rows, column):
        known = [row for row in rows if labels.index(row.period) <= at]
        return getattr(max(known, key=lambda row: labels.index(row.period)), column)

    prices = [row for row in case.prices if row.offer == "bought"]
    return value(case.demand, "queries_per_day_million"), value(prices, "unit_price_usd")


def believed(case: Case, history, label, forecast=Forecast.REBASED):
    at = case.settings.calendar.labels.index(label)
    return future_of(case, belief(case, history, at, forecast)).case


def test_a_belief_is_what_is_known_and_then_the_forecast(case_folder):
    case = read_case(case_folder).case
    rows = [
        HistoryValue(
            history="h", table="demand", key="w", column="queries_per_day_million", period=period, effect="set",
            value=value, known_from=known,
        )
        for period, value, known in (("2027", 1.0, "2028"), ("2028", 1.8, ""), ("2029", 1.6, "2030"))
    ]  # fmt: skip
    (history,) = observed_histories(case, rows)
    labels = case.settings.calendar.labels
    assert believed(case, history, "2027") == case
    # Demand of 2027 was 1.25 times the forecast and is known a year later, that of 2028, 1.5 times, at once.
    seen = believed(case, history, "2028")
    assert [in_force(seen, label)[0] for label in labels] == pytest.approx([1.0, 1.8, 2.4, 3.0])
    unmoved = believed(case, history, "2028", Forecast.UNCHANGED)
    assert [in_force(unmoved, label)[0] for label in labels] == pytest.approx([1.0, 1.8, 1.6, 2.0])
    assert believed(case, history, "2029") == seen
    came = future_of(case, truth(case, history)).case
    assert [in_force(came, label)[0] for label in labels] == pytest.approx([1.0, 1.8, 1.6, 2.0])
    assert believed(case, history, "2030") == came


def test_drawn_values_come_at_once_in_steps_or_anew(case_folder):
    case = read_case(case_folder).case
    at_once, steps, anew = (
        drawn_histories(case, 4, 3, course) for course in (Course.STEP, Course.DRIFT, Course.REDRAWN)
    )
    for one, two, three in zip(at_once, steps, anew, strict=True):
        first, second, third = (
            [
                in_force(future_of(case, truth(case, own)).case, label)[1] / 1e6
                for label in case.settings.calendar.labels
            ]
            for own in (one, two, three)
        )
        drawn = first[1]
        assert first == pytest.approx([1.0, drawn, drawn, drawn])
        assert second == pytest.approx([1.0, 1 + (drawn - 1) / 3, 1 + (drawn - 1) * 2 / 3, drawn])
        assert third[:2] == pytest.approx(first[:2])
        assert len(set(third[1:])) == 3
        # Speed has no periods: it differs over the whole plan, and is known from the second period on.
        speed = future_of(case, truth(case, two)).case.throughput[0].queries_per_second
        assert speed != 1.0
        assert believed(case, two, "2028").throughput[0].queries_per_second == speed
    assert drawn_histories(case, 4, 3, Course.DRIFT) == steps
    assert drawn_histories(case, 4, 4, Course.DRIFT) != steps


def test_draws_are_those_of_the_command_scenarios(case_folder):
    from planner.scenario_cases import ScenarioRequest, reveals_of, scenario_set

    read = read_case(case_folder)
    names = "demand;price;rent;supply"
    request = ScenarioRequest(sample=4, reveals=reveals_of([f"2028:{names}"]), seed=3)
    made = scenario_set(read, request).case
    ours = drawn_histories(read.case, 4, 3, Course.STEP)
    for scenario, history in zip(made.scenarios, ours, strict=True):
        theirs = {(row.table, row.key): row.value for row in made.scenario_values if row.scenario == scenario.scenario}
        assert theirs.items() <= {(one.row.table, one.row.key): one.row.value for one in history.values}.items()


def test_scenarios_as_histories_are_the_scenarios(case_folder):
    case = read_case(case_folder).case
    calm, boom = scenario_histories(case)
    assert (calm.weight, boom.weight) == (0.5, 0.5)
    assert future_of(case, truth(case, calm)).case == case
    expected = future_of(case, {"scenario": "boom"}).case
    assert future_of(case, truth(case, boom)).case.demand == expected.demand
    assert believed(case, boom, "2028").demand == expected.demand


RENTED = {
    "offers.csv": "offer,accelerator,kind,lead_time_months,term_months\nrented,h,lease,0,12\n",
    "prices.csv": "offer,period,unit_price_usd\nrented,2027,700000\n",
    "limits.csv": "limit,span,amount\n" + "".join(f"supply,{year},900\n" for year in range(2027, 2031)),
    "limit_use.csv": "limit,offer,use_per_unit\nsupply,rented,1\n",
    "sites.csv": "site\ns\n",
    "expansions.csv": "expansion,site,module_mw,cost_musd_per_module,max_modules\n",
    "uncertain.csv": FILES["uncertain.csv"].splitlines()[0] + "\n",
}
"""All machines are rented, at once and for a year."""
PER_YEAR = [1.1 ** -(year + 0.5) * 0.7 * 1e6 / 86400 for year in range(4)]
"""USD million of present rent for a million queries a day, by year."""
ALL = ("replan", "scenarios", "frozen", "stable")
WAYS = [("drift", "rebased"), ("redrawn", "unchanged")]


@pytest.mark.slow
@pytest.mark.parametrize(("course", "forecast"), WAYS)
def test_no_policy_costs_less_than_the_best_plan_that_knows(case_folder, course, forecast):
    found, tables = backtested(
        case_folder, 1 if course == "drift" else 3, course=course, forecast=forecast, seed=7, scenario_count=2
    )
    assert_bounded(tables, policies=len(ALL))
    assert found.headlines


def assert_bounded(tables, policies):
    rows = tables["histories"]
    assert len({row["policy"] for row in rows}) == policies
    kept = [row for row in rows if row["cost_musd"] is not None and not row["broken"]]
    assert len(kept) >= 0.8 * len(rows)
    for row in kept:
        assert row["cost_musd"] >= row["bound_musd"] - 1e-6 * row["bound_musd"]
    # Something is lost by not knowing, so that the comparison can fail.
    assert any(row["above_musd"] > 1e-3 * row["bound_musd"] for row in kept)


def as_forecast(case):
    """A history in which everything comes as it was forecast, and is known late, so that plans are made again."""
    rows = [
        f"as forecast,demand,w,queries_per_day_million,{row.period},set,{row.queries_per_day_million},,\n"
        for row in case.demand
    ]
    return ONE + "".join(rows)


def test_what_comes_as_forecast_costs_what_was_planned(case_folder):
    case = read_case(case_folder).case
    (case_folder.parent / "histories.csv").write_text(as_forecast(case), encoding="utf-8")
    # Scenarios that do not differ are the forecast.
    still = (
        "name,table,key,column,effect,distribution,p1,p2,p3\nd,demand,w,queries_per_day_million,multiply,uniform,1,1,\n"
    )
    (case_folder / "uncertain.csv").write_text(still, encoding="utf-8")
    _, tables = backtested(case_folder, case_folder.parent / "histories.csv", policies=ALL)
    planned = planner.plan(planner.read_case(case_folder), base=True).objective_musd
    assert [row["cost_musd"] for row in tables["histories"]] == pytest.approx([planned] * 4, rel=1e-6)
    dates = [row for row in tables["replans"] if row["policy"] == "planned again"]
    assert [row["status"] for row in dates] == ["optimal"] * 4
    assert [row["planned_musd"] for row in dates] == pytest.approx([planned] * 4, rel=1e-6)


def test_one_history_by_hand(case_folder):
    """Demand of 2029 and 2030 is what it was in 2028, 1.2 million a day. All machines are rented, at once.

    A million a day is 1e6/86400 machines of one query a second; a unit-year costs 0.7 USD million and is paid in the
    middle of the year.
    """
    folder = written(case_folder.parent / "rented", **RENTED)
    text = ONE + "".join(f"flat,demand,w,queries_per_day_million,{year},set,1.2,,\n" for year in (2029, 2030))
    (folder.parent / "flat.csv").write_text(text, encoding="utf-8")
    _, tables = backtested(folder, folder.parent / "flat.csv", policies=["replan", "frozen"])
    again, first = tables["histories"]
    least = sum(price * million for price, million in zip(PER_YEAR, [0.8, 1.2, 1.2, 1.2], strict=True))
    kept = sum(price * million for price, million in zip(PER_YEAR, [0.8, 1.2, 1.6, 2.0], strict=True))
    # 2029 is known in 2029, in time for renting less; the first plan rents what it had planned.
    assert again["cost_musd"] == pytest.approx(least, rel=1e-6)
    assert again["best_musd"] == pytest.approx(least, rel=1e-6)
    assert first["cost_musd"] == pytest.approx(kept, rel=1e-6)
    assert first["above_musd"] == pytest.approx(kept - least, rel=1e-5)


def test_what_cannot_be_had_is_refused(case_folder):
    """In 2030 five machines can be rented, and the first plan has ordered 23.15: it gets five, and serves as much.

    A machine that is missing for a year leaves 31.536 million queries unserved, at 80 USD a thousand.
    """
    folder = written(case_folder.parent / "short", **RENTED)
    (folder.parent / "short.csv").write_text(ONE + "short,limits,supply,amount,2030,set,5,,\n", encoding="utf-8")
    _, tables = backtested(folder, folder.parent / "short.csv", policies=["frozen"])
    (row,) = tables["histories"]
    before = sum(price * million for price, million in zip(PER_YEAR, [0.8, 1.2, 1.6], strict=False))
    last = 1.1**-3.5 * (5 * 0.7 + (2.0e6 / 86400 - 5) * 0.08 * 31.536)
    assert row["cost_musd"] == pytest.approx(before + last, rel=1e-6)
    assert row["best_musd"] == pytest.approx(before + last, rel=1e-6)
    assert (row["delayed"], row["broken"]) == ("yes", 0)


def test_faults_name_what_to_do(case_folder):
    case = planner.read_case(case_folder)
    table = case_folder.parent / "table.csv"
    for text, expected in (
        (ONE, "has no rows"),
        (ONE + "h,demand,w,queries_per_day_million,2028,set,1,,\nh,demand,w,queries_per_day_million,2028,set,2,,\n",
         "has the same history and table and key"),
        (ONE + "h,demand,nobody,queries_per_day_million,2028,set,1,,\n", "no row of demand has the key nobody"),
    ):  # fmt: skip
        table.write_text(text, encoding="utf-8")
        with pytest.raises(CaseFaults, match=expected):
            planner.backtest(case, table)
    for options, expected in (
        ({"every": "half"}, "is shorter than a year"),
        ({"policies": ["best"]}, "is no policy"),
        ({"course": "up"}, "must be drift or step or redrawn"),
        ({"histories": "nowhere.csv"}, "does not exist"),
    ):
        with pytest.raises(CaseFaults, match=expected):
            planner.backtest(case, **{"histories": 2, **options})


@pytest.mark.slow
def test_command_writes_a_study_and_goes_on_where_it_was_stopped(case_folder):
    words = ["backtest", case_folder, "--histories", "1", "--policy", "replan", "--policy", "frozen", "--points",
             case_folder.parent / "points", "--executor", "serial", "-q", "--draw-seed", "7"]  # fmt: skip
    ended = runner.invoke(app, [str(word) for word in [*words, "-o", case_folder.parent / "study"]])
    assert ended.exit_code == 0, ended.output
    study = json.loads((case_folder.parent / "study" / "study.json").read_text(encoding="utf-8"))
    assert set(study["tables"]) == {"policies", "differences", "histories", "violations", "replans", "values"}
    # Some points are lost, as when a run is stopped; the rest is read, and the study is the same to the byte.
    known = sorted((case_folder.parent / "points" / "points").iterdir())
    assert len(known) >= 6
    for file in known[::2]:
        file.unlink()
    again = runner.invoke(app, [str(word) for word in [*words, "-o", case_folder.parent / "again", "--json"]])
    assert again.exit_code == 0, again.output
    names = ("study.json", "tables/policies.csv", "tables/replans.csv")
    for name in names:
        assert (case_folder.parent / "again" / name).read_bytes() == (case_folder.parent / "study" / name).read_bytes()


def test_few_draws_have_the_interval_after_student():
    values = np.array([1.0, 3.0])
    mean = PathValues(values, values, values, np.array([0.5, 0.5]), is_drawn=True, seed=0).mean_of_few()
    # The standard error of 1 and 3 is 1; with one degree of freedom the quantile is tan(0.95 · 90°).
    assert mean.value == 2.0
    assert (mean.low, mean.high) == pytest.approx((2 - 12.7062, 2 + 12.7062), abs=1e-3)
    alone = PathValues(values[:1], values[:1], values[:1], np.array([1.0]), is_drawn=True, seed=0).mean_of_few()
    assert (alone.value, alone.low, alone.high) == (1.0, None, None)


@pytest.mark.parametrize(
    ("period", "every", "dates"),
    [
        ("year", "", (0, 1, 2, 3)),
        ("quarter", "", (0, 4)),
        ("quarter", "half", (0, 2, 4, 6)),
        ("quarter", "quarter", tuple(range(8))),
    ],
)
def test_plans_are_made_by_year_half_or_quarter(case_folder, period, every, dates):
    case = read_case(case_folder).case
    periods = 4 if period == "year" else 8
    start = "2027" if period == "year" else "2027Q1"
    case = replace(case, settings=replace(case.settings, period=period, periods=periods, start=start))
    assert replan_dates(case, every) == dates


def test_the_shipped_history_is_one_of_make_or_buy():
    case = read_case(INPUTS / "make-or-buy-2023").case
    rows = read_histories(INPUTS / "make-or-buy-2024-2026")
    (history,) = observed_histories(case, rows)
    assert all(row.source and row.note for row in rows)
    came = future_of(case, truth(case, history)).case
    assert refusals(came) == []
    # Demand goes on from what it was in 2025, as forecast from there.
    of_chat = {row.period: row.queries_per_day_million for row in came.demand if row.workload == "chat"}
    forecast = {row.period: row.queries_per_day_million for row in case.demand if row.workload == "chat"}
    assert (of_chat["2024"], of_chat["2025"]) == (206, 635)
    assert of_chat["2033"] == pytest.approx(forecast["2033"] * 635 / forecast["2025"])
    # That of 2024 is known in 2025, that of 2025 in 2026.
    at = case.settings.calendar.labels.index("2025")
    known = future_of(case, belief(case, history, at, Forecast.REBASED)).case
    expected = {row.period: row.queries_per_day_million for row in known.demand if row.workload == "chat"}
    assert expected["2025"] == pytest.approx(forecast["2025"] * 206 / forecast["2024"])
