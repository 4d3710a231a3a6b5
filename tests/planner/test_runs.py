"""How a run is made: which options hold, what is recorded, and what two codes have to agree on."""

from __future__ import annotations

import io
import json
import signal
from dataclasses import replace

import pytest
from rich.console import Console

from models.case import SolverSettings
from models.outcome import Outcome, Progress, Status, Stop
from models.solvers.self_tests import SelfTestResult
from models.uncertainty.scenario_tree import planned_model
from planner.errors import CaseFaults, CheckFailed, NoPlanFound
from planner.interrupts import Interrupts
from planner.journal import Journal
from planner.plan_request import Request, merged, start_engine
from planner.runs import make_plan
from planner.second_opinion import ProvenInterval, SecondOpinion, _compared
from planner.show.plan_text import show_plan
from tests.planner.tiny import INPUTS, manifest_of, write_tiny


class Listener:
    """Remembers what it is told."""

    def __init__(self):
        self.phases, self.notes, self.steps, self.told = [], [], [], []

    def phase(self, name):
        self.phases.append(name)

    def progress(self, progress):
        self.told.append(progress)

    def step(self, text):
        self.steps.append(text)

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def made(tmp_path):
    """A plan of the tiny case, with who watched it."""
    listener = Listener()
    case = write_tiny(tmp_path / "tiny")
    run = make_plan(case, Request(output=tmp_path / "run", command="fleetplan plan tiny"), listener)
    return run, listener


def test_the_tiny_plan_buys_three_lots_of_four_for_ten_units_of_work(made):
    run, _ = made
    (order,) = run.tables["orders"].records()
    assert (order["offer"], order["lots"], order["units"]) == ("chip_list", 3.0, 12.0)
    assert run.outcome.status is Status.OPTIMAL
    assert run.gap_musd == pytest.approx(0.0, abs=1e-5)


def test_phases_come_in_order_and_each_has_its_seconds(made):
    run, listener = made
    assert listener.phases == ["read", "build", "self-tests", "solve", "polish", "worth", "results", "verify", "write"]
    assert {*listener.phases, "hand-off"} <= run.seconds.keys()
    assert all(seconds >= 0 for seconds in run.seconds.values())


def test_the_manifest_tells_how_the_plan_came_about(made):
    run, _ = made
    manifest = manifest_of(run.folder)
    assert manifest["command"] == "fleetplan plan tiny"
    assert manifest["case_hash"] == run.read.case_hash
    assert manifest["objective_musd"] == run.outcome.objective
    assert manifest["options"]["solver"] == manifest["solver"]["name"] == "native"
    assert manifest["periods"] == {"reported": ["2027", "2028"], "lookahead": []}
    assert manifest["columns"] == planned_model(run.read.case).program.column_count > 0
    assert manifest["check"]["comparisons"] == sum(manifest["check"]["requirements"].values()) > 50
    assert manifest["peak_memory_mb"]["planner"] > 1
    assert manifest["packages"]["ortools"].startswith("9.")


def test_events_are_json_lines_in_the_order_of_time(made):
    run, _ = made
    events = [json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines()]
    assert [event["phase"] for event in events if event["event"] == "phase"][:2] == ["read", "build"]
    assert [event["seconds"] for event in events] == sorted(event["seconds"] for event in events)
    assert "phase solve" in (run.folder / "run.log").read_text()


def test_the_same_run_twice_has_byte_identical_tables(tmp_path):
    case = INPUTS / "tenth-of-google"
    runs = [make_plan(case, Request(output=tmp_path / name), Listener()) for name in ("one", "two")]
    tables = [{path.name: path.read_bytes() for path in (run.folder / "tables").iterdir()} for run in runs]
    assert len(tables[0]) >= 14
    assert tables[0] == tables[1]


def test_the_command_line_goes_before_the_case_and_the_case_before_the_defaults():
    assert merged(Request(), SolverSettings()).solver == "native"
    assert merged(Request(), SolverSettings()).gap == 0.001
    case = SolverSettings(name="highs", gap=0.02, time_limit_s=60.0, threads=2, seed=7)
    options = merged(Request(), case)
    assert (options.solver, options.gap, options.time_limit_s, options.threads, options.seed) == (
        "highs", 0.02, 60.0, 2, 7,
    )  # fmt: skip
    asked = Request(solver="cbc", gap=0.0, time_limit_s=5.0, threads=1, seed=0, memory_mb=900)
    options = merged(asked, case)
    assert (options.solver, options.gap, options.time_limit_s, options.threads, options.seed) == (
        "cbc", 0.0, 5.0, 1, 0,
    )  # fmt: skip
    assert options.memory_mb == 900


def test_a_solver_of_the_case_that_does_not_exist_is_a_fault_of_the_case(tmp_path):
    with pytest.raises(CaseFaults, match=r"plan\.toml, solver\.name"):
        merged(Request(), SolverSettings(name="oracle"))


def test_a_plan_that_the_check_refuses_is_not_written(tmp_path, monkeypatch):
    from planner import finished_plan

    def forged(solution):
        tables = true_tables(solution)
        orders = tables["orders"]
        (row,) = orders.rows
        cheaper = tuple(
            1.0 if name == "unit_price_usd" else cell for name, cell in zip(orders.columns, row, strict=True)
        )
        return tables | {"orders": replace(orders, rows=(cheaper,))}

    true_tables = finished_plan.tables_of
    monkeypatch.setattr(finished_plan, "tables_of", forged)
    case = write_tiny(tmp_path / "tiny")
    with pytest.raises(CheckFailed, match=r"(?s)nothing was written.*orders_table \[chip_list, 2027\]: unit_price_usd"):
        make_plan(case, Request(output=tmp_path / "run"), Listener())
    assert not (tmp_path / "run").exists()


def test_a_second_solver_that_disagrees_is_written_down_and_ends_with_exit_code_5(tmp_path, monkeypatch):
    from planner import finished_plan

    low = ProvenInterval("scip", 1.0, 1.2), ProvenInterval("cbc", 1.4, 1.5)
    reason = "the plan of scip costs less than cbc says is possible."
    opinion = SecondOpinion("cbc", "2.10", "optimal", *low, agrees=False, reason=reason)
    monkeypatch.setattr(finished_plan, "second_opinion", lambda *_, **__: opinion)
    listener = Listener()
    request = Request(output=tmp_path / "run", second_solver="highs")
    run = make_plan(write_tiny(tmp_path / "tiny"), request, listener)
    assert run.exit_code == 5
    assert manifest_of(run.folder)["second_solver"]["agrees"] is False
    text = f"cbc DISAGREES: {reason} USD million: scip: 1.000 to 1.200; cbc: 1.400 to 1.500."
    assert text in listener.notes
    out = io.StringIO()
    show_plan(Console(file=out, width=300), run)
    assert f"✘ {text}" in out.getvalue()


@pytest.mark.parametrize(("name", "word"), [("oracle", "not a known solver"), ("glop", "continuous")])
def test_a_solver_that_cannot_plan_is_refused_before_it_is_started(tmp_path, name, word):
    with pytest.raises(CaseFaults, match=word):
        start_engine(write_tiny(tmp_path / "tiny"), Request(solver=name))


def test_the_solver_that_was_started_is_the_one_that_solves_and_has_gone_in_the_end(tmp_path):
    case, request = write_tiny(tmp_path / "tiny"), Request(output=tmp_path / "run")
    with start_engine(case, request) as engine:
        first = engine.pid
        listener = Listener()
        listener.note = lambda text: seen.append(engine.pid)
        seen: list[int | None] = []
        make_plan(case, request, listener, engine)
    assert first is not None
    assert set(seen) == {first}
    assert engine.pid is None


OUTCOME = Outcome(Status.OPTIMAL, Stop.GAP, "cbc", "2.10", solution=None)


@pytest.mark.parametrize(
    ("first", "second", "agrees"),
    [
        ((99.0, 100.0), (99.5, 100.5), True),
        ((99.0, 100.0), (100.0 + 5e-5, 101.0), True),  # within 1e-6 of the bound
        ((99.0, 100.0), (100.2, 101.0), False),
        ((99.0, 100.0), (97.0, 98.0), False),
        ((99.0, 100.0), (98.0, None), None),
        ((None, 100.0), (None, 100.0), True),
    ],
)
def test_two_codes_agree_when_no_plan_is_below_the_bound_of_the_other(first, second, agrees):
    intervals = ProvenInterval("scip", *first), ProvenInterval("cbc", *second)
    found, reason = _compared(*intervals, OUTCOME)
    assert found is agrees
    assert reason.endswith(".")


def test_a_second_code_that_calls_a_solved_case_impossible_disagrees():
    outcome = replace(OUTCOME, status=Status.INFEASIBLE)
    assert _compared(ProvenInterval("scip", 99.0, 100.0), ProvenInterval("cbc", None, None), outcome)[0] is False


def test_a_second_code_that_had_a_part_in_the_first_plan_is_said_to_be_no_other():
    first, second = ProvenInterval("native, then scip", 99.0, 100.0), ProvenInterval("scip", 99.5, 100.5)
    agrees, reason = _compared(first, second, OUTCOME)
    assert agrees is True
    assert reason == "the intervals overlap; scip had a part in the first plan too, so this is no other code."
    assert _compared(replace(first, solver="native"), second, OUTCOME) == (True, "the intervals overlap.")


def test_a_second_code_that_was_killed_has_no_opinion():
    outcome = replace(OUTCOME, status=Status.FAILED, stop=Stop.KILLED, detail="the solver's process was killed")
    agrees, reason = _compared(ProvenInterval("native", 99.0, 100.0), ProvenInterval("cbc", None, None), outcome)
    assert (agrees, reason) == (None, "it was killed before it found a plan (the solver's process was killed).")


def test_scip_after_the_native_search_is_another_code(tmp_path):
    request = Request(output=tmp_path / "run", second_solver="scip")
    run = make_plan(write_tiny(tmp_path / "tiny"), request, Listener())
    assert (run.outcome.solver, run.second.second.solver, run.second.agrees) == ("native", "scip", True)
    assert run.outcome.version.startswith("GLOP of OR-Tools ")
    assert run.second.version.startswith("OR-Tools ")
    assert "tree over GLOP" in manifest_of(run.folder)["detail"]


@pytest.mark.parametrize("name", ["scip", "highs", "cbc"])
def test_a_code_by_name_makes_the_plan_alone(tmp_path, name):
    run = make_plan(write_tiny(tmp_path / "tiny"), Request(output=tmp_path / "run", solver=name), Listener())
    assert manifest_of(run.folder)["solver"]["name"] == name
    assert "tree over GLOP" not in run.outcome.detail


def test_a_solver_that_is_killed_in_its_self_test_is_called_killed_and_not_refused(tmp_path, monkeypatch):
    from planner import search_ends

    finding = SelfTestResult(
        "knapsack", "optimal, -220", "failed (was killed (SIGKILL))", is_right=False, was_killed=True
    )
    monkeypatch.setattr(search_ends, "run_self_tests", lambda _engine: [finding])
    with pytest.raises(NoPlanFound, match="native was killed during its self-tests") as caught:
        make_plan(write_tiny(tmp_path / "tiny"), Request(output=tmp_path / "run"), Listener())
    assert "refused" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_solver_that_is_killed_before_it_has_a_plan_is_called_killed(tmp_path, monkeypatch):
    from planner import runs

    dead = Outcome(Status.FAILED, Stop.KILLED, "native", "1", detail="the solver's process was killed (SIGKILL).")
    monkeypatch.setattr(runs, "solve_tree", lambda *_, **__: dead)
    with pytest.raises(NoPlanFound, match="native was killed before it had found a plan for tiny"):
        make_plan(write_tiny(tmp_path / "tiny"), Request(output=tmp_path / "run"), Listener())


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (None, "Stopping: a first plan is made, if there is one. Ctrl-C again stops at once, without a plan."),
        (5.0, "Stopping: the best plan so far is kept. Ctrl-C again stops at once, without a plan."),
    ],
)
def test_what_is_kept_when_a_search_is_stopped_is_said_as_it_is(objective, words):
    from planner.search_ends import stopper

    listener = Listener()
    journal = Journal(listener)
    journal.progress(Progress(0.1, objective, 1.0))
    keys = Interrupts()
    should_stop = stopper(journal, keys)
    assert should_stop() is False
    keys._count = 1
    assert should_stop() is True
    assert should_stop() is True
    assert listener.notes == [words]


def test_before_there_is_a_model_ctrl_c_stops_at_once():
    with Interrupts() as keys, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert keys.asked


def test_after_that_the_first_ctrl_c_asks_and_the_second_stops():
    before = signal.getsignal(signal.SIGINT)

    def press_twice():
        with Interrupts() as keys:
            keys.keep_plans()
            signal.raise_signal(signal.SIGINT)
            assert keys.asked
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                pytest.fail("a search would have taken this for the first Ctrl-C")

    with pytest.raises(KeyboardInterrupt):
        press_twice()
    assert signal.getsignal(signal.SIGINT) is before


def test_while_the_run_is_written_ctrl_c_waits():
    with Interrupts() as keys:
        keys.let_finish()
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert not keys.asked


def test_a_bound_that_is_infinite_is_recorded_as_unknown():
    journal = Journal(Listener())
    journal.begin("solve")
    journal.progress(Progress(0.1, None, float("-inf")))
    last = json.loads(journal.lines().splitlines()[-1])
    assert (last["objective_musd"], last["bound_musd"]) == (None, None)
    assert "no plan yet, no bound yet" in journal.log()
