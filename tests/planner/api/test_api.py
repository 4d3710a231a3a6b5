"""The Python API: cases in memory are checked like files, plans are those of the command, nothing else happens."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys

import pytest

import planner
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from tests.planner.tiny import FILES, write_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("api") / "case")


@pytest.fixture(scope="module")
def case(folder):
    return planner.read_case(folder)


@pytest.fixture(scope="module")
def plan(case):
    return planner.plan(case)


def changed(seed):
    """The tables of the tiny case with other prices, demand and budgets."""
    draw = random.Random(seed)
    price, demand = draw.randrange(60_000, 160_000), round(draw.uniform(2.0, 20.0), 3)
    return {
        "prices": FILES["prices.csv"].replace("100000", str(price)),
        "demand": f"workload,period,queries_per_day_million\nchat,2027,{demand}\nchat,2029,{round(demand * 1.5, 3)}\n",
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_in_memory_is_that_of_the_command(tmp_path, seed):
    place = write_tiny(tmp_path / "case", **changed(seed))
    run = make_plan(place, Request(output=tmp_path / "run"), NoProgress())
    made = planner.plan(planner.read_case(place))
    assert made.objective_musd == run.outcome.objective
    assert made.verify() == ()
    written = made.write(tmp_path / "again")
    for file in sorted((run.folder / "tables").iterdir()):
        assert (written / "tables" / file.name).read_bytes() == file.read_bytes(), file.name
    told = [json.loads((place / "plan.json").read_text()) for place in (run.folder, written)]
    assert told[0]["tables"] == told[1]["tables"]
    assert planner.load_run(written).verify() == ()


def test_a_change_gives_another_case_and_leaves_the_first(case):
    other = case.with_value("prices", {"offer": "chip_list"}, "unit_price_usd", 125_000)
    assert other.tables["prices"]["unit_price_usd"].tolist() == [125_000.0]
    assert case.tables["prices"]["unit_price_usd"].tolist() == [100_000.0]
    assert other.case_hash != case.case_hash
    frame = case.tables["prices"]
    frame["unit_price_usd"] = 1.0
    assert case.tables["prices"]["unit_price_usd"].tolist() == [100_000.0]
    assert case.with_setting("discount_rate", 0.2).settings["discount_rate"] == 0.2


def test_a_table_given_back_unchanged_is_the_same_case(case):
    for name in case.tables:
        frame = case.tables[name]
        if len(frame):
            assert case.with_table(name, frame).case_hash == case.case_hash, name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda case: case.with_value("ofers", {}, "lot_size", 2), "Did you mean offers?"),
        (lambda case: case.with_value("offers", {"offr": "x"}, "lot_size", 2), "Did you mean offer?"),
        (lambda case: case.with_value("offers", {"offer": "x"}, "lot_size", 2), "has no row with offer x"),
        (lambda case: case.with_value("offers", {"offer": "chip_list"}, "lot_size", 2.5), "offers.csv row 2"),
        (lambda case: case.with_value("offers", {"offer": "chip_list"}, "lot_size", float("inf")), "lot_size"),
        (lambda case: case.with_table("offers", [1]), "is no DataFrame"),
        (lambda case: case.with_setting("discount_rat", 1), "discount_rate"),
    ],
)
def test_what_no_file_could_hold_is_refused_with_its_place(case, change, words):
    with pytest.raises(planner.CaseFaults) as caught:
        change(case)
    assert words in str(caught.value)


def test_text_of_a_setting_stays_text(case):
    name = 'x" [solver] name = "y'
    found = case.with_setting("name", name)
    assert found.name == name
    assert found.read.case.solver == case.read.case.solver


def test_tables_are_frames_with_ordered_periods_and_units(plan):
    figures = plan.tables["period_figures"]
    assert figures["period"].cat.ordered
    assert figures["period"].is_monotonic_increasing
    assert figures.attrs["units"]["cash_musd"] == "USD million"
    assert list(plan.tables) == list(plan.loaded.tables)
    with pytest.raises(KeyError, match="there are orders"):
        plan.tables["order"]


def test_progress_is_told_and_what_it_raises_ends_the_search(case):
    told = []
    planner.plan(case, progress=lambda *facts: told.append(facts))
    assert all(len(facts) == 3 for facts in told)


def test_signals_stay_those_of_the_caller(case):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    planner.plan(case)
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_case_without_a_plan_says_what_must_give(case):
    demand = case.tables["demand"]
    demand["queries_per_day_million"] *= 1000.0
    workloads = case.tables["workloads"]
    workloads["min_service"] = 1.0
    with pytest.raises(planner.PlannerError, match="No plan can meet the requirements"):
        planner.plan(case.with_table("demand", demand).with_table("workloads", workloads))


def test_a_workbook_is_changed_like_a_folder(folder, case, tmp_path):
    from planner.case_conversion import convert

    book = tmp_path / "case.xlsx"
    convert(folder, book)
    read = planner.read_case(book)
    assert read.case_hash == case.case_hash
    one, other = (
        each.with_value("prices", {"offer": "chip_list"}, "unit_price_usd", 90_000).case_hash for each in (read, case)
    )
    assert one == other


def test_plans_are_compared_and_studies_written(case, plan, tmp_path):
    dear = planner.plan(case.with_value("prices", {"offer": "chip_list"}, "unit_price_usd", 125_000))
    found = planner.compare([plan, dear])
    assert found.tables["inputs"]["column"].tolist() == ["unit_price_usd"]
    assert {path.suffix for path in found.write(tmp_path / "out").iterdir()} == {".xlsx", ".html", ".md", ".json"}
    swing = planner.tornado(case, ["prices:chip_list:unit_price_usd=80000..120000"], workers=1)
    assert len(swing.tables["tornado"]) == 2
    assert (swing.write(tmp_path / "study") / "study.xlsx").stat().st_size > 1000
    with pytest.raises(planner.CaseFaults, match="has no option gapp"):
        planner.tornado(case, gapp=1)


def test_importing_loads_none_of_what_takes_time():
    code = "import sys; before = set(sys.modules); import planner; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names == {"planner"}
    assert not [name for name in loaded if name.startswith("planner.")]
    assert len(planner.__all__) <= 24
    assert all(hasattr(planner, name) for name in planner.__all__)
