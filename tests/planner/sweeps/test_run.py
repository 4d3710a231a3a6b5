"""Runs: the same bytes from every executor, nothing twice, and trouble in one point is no trouble for the others."""

from __future__ import annotations

import importlib.util
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest

from planner.errors import CaseFaults, InternalError
from planner.sweeps import dask_cluster, dask_pool
from planner.sweeps.local_workers import LocalPool
from planner.sweeps.points import Point, PointStatus
from planner.sweeps.sweep_run import run
from tests.planner.sweeps.making import WORKS, base, content, grid, is_alive, sweep_of
from tests.planner.sweeps.works import calls

needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs distributed")


class Follower:
    """A watcher that remembers."""

    def __init__(self):
        self.begun, self.points, self.ends = None, [], 0

    def begin(self, total, done):
        self.begun = total, done

    def point(self, name, status, seconds):
        assert seconds >= 0
        self.points.append((name, status))

    def end(self):
        self.ends += 1


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A sweep and the bytes of its serial run."""
    base_folder = tmp_path_factory.mktemp("plain")
    sweep = sweep_of([*grid(3, 3), Point("bad", "plan", {"add": 1, "do": "raise"})], base_folder, base=base())
    found = run(sweep, base_folder / "serial", executor="serial")
    return sweep, found, content(base_folder / "serial")


def test_every_point_starts_from_its_neighbour_and_sees_what_all_share(plain):
    _, found, _ = plain
    for row in range(3):
        total = 0.0
        for column in range(3):
            result = found.points[f"{row}.{column}"].result
            assert result["start"] == (pytest.approx(total) if column else None)
            total += 0.1 * (row + 1) + column / 7
            assert result["total"] == pytest.approx(total)
            assert result["base"] == 8.5
            assert result["pair"] == [1, 2], "as it comes from the file"
            assert found.plan(f"{row}.{column}").arrays["total"].sum() == pytest.approx(total)
    assert found.plan("bad") is None
    assert found.points["0.0"].timing["sleep"] > 0


@pytest.mark.parametrize("workers", [1, 2])
def test_worker_processes_write_the_bytes_of_a_serial_run(workers, plain, tmp_path):
    sweep, serial, bytes_of_it = plain
    found = run(sweep, tmp_path / "s", workers=workers)
    assert content(tmp_path / "s") == bytes_of_it
    assert [(p.name, p.key, p.status, p.result, p.message) for p in found.points.values()] == [
        (p.name, p.key, p.status, p.result, p.message) for p in serial.points.values()
    ]


def test_a_failed_point_stops_no_other_and_its_story_is_in_the_log(plain, tmp_path):
    sweep, serial, _ = plain
    found = run(sweep, tmp_path / "s", workers=2)
    for result in (serial, found):
        assert result.failed == ("bad",)
        assert result.points["bad"].message == "ValueError: this point cannot be done"
        assert len(result.points) == 10
        assert not result.missing
        text = (result.folder / "sweep.log").read_text(encoding="utf-8")
        assert "Traceback" in text
        assert "point 'bad' failed" in text


def test_a_second_run_computes_nothing_and_says_the_same(plain, tmp_path, log):
    sweep, _, _ = plain
    first = run(sweep, tmp_path / "s", workers=2)
    count, follower = len(calls(log)), Follower()
    second = run(sweep, tmp_path / "s", workers=1, watcher=follower)
    assert count == 10
    assert len(calls(log)) == 10
    assert second.worked_out == 0
    assert second.points == first.points
    assert (follower.begun, follower.points, follower.ends) == ((10, 10), [], 1)


def test_a_changed_sweep_computes_only_what_changed(tmp_path, log):
    sweep = sweep_of(grid(2, 3), tmp_path)
    run(sweep, tmp_path / "s", executor="serial")
    middle = replace(sweep.points[1], recipe={"add": 9.0})
    changed = replace(sweep, points=(sweep.points[0], middle, *sweep.points[2:], Point("new", "plan", {"add": 1})))
    follower = Follower()
    run(changed, tmp_path / "s", executor="serial", watcher=follower)
    assert sorted(name for name, _ in follower.points) == ["0.1", "0.2", "new"]
    assert follower.begun == (7, 4)
    run(sweep, tmp_path / "s", executor="serial")
    assert len(calls(log)) == 9, "what was known of the first form still is"


def test_a_watcher_learns_of_every_point_by_name(tmp_path, log):
    twins = [Point("one", "plan", {"add": 1}), Point("two", "plan", {"add": 1}), Point("no", "plan", {"do": "raise"})]
    follower = Follower()
    found = run(sweep_of(twins, tmp_path), tmp_path / "s", workers=1, watcher=follower)
    assert sorted(follower.points) == [("no", "failed"), ("one", "done"), ("two", "done")]
    assert (follower.begun, follower.ends) == ((3, 0), 1)
    assert sorted(calls(log)) == ["no", "one"], "points that ask the same are worked out once"
    assert found.points["two"].result == found.points["one"].result


def test_a_point_that_ends_its_worker_three_times_is_parked_and_the_next_starts_from_the_base(tmp_path, log):
    points = [*grid(2, 1), Point("poison", "plan", {"add": 1, "do": "die"}, "0.0"),
              Point("next", "plan", {"add": 2}, "poison"), Point("last", "plan", {"add": 4}, "next")]  # fmt: skip
    found = run(sweep_of(points, tmp_path), tmp_path / "s", workers=2)
    assert calls(log).count("poison") == 3
    assert found.quarantined == ("poison",)
    assert found.points["poison"].message == "ended its worker 3 times"
    assert found.points["next"].result["start"] is None
    assert found.points["last"].result["start"] == pytest.approx(2.0)
    attempts = sorted((tmp_path / "s" / "attempts" / found.points["poison"].key).iterdir())
    assert [json.loads(path.read_bytes())["attempt"] for path in attempts] == [1, 2, 3]
    assert "SIGKILL" in json.loads(attempts[0].read_bytes())["ending"]
    again = run(sweep_of(points, tmp_path), tmp_path / "s", workers=2)
    assert again.worked_out == 0
    assert calls(log).count("poison") == 3


def test_a_point_whose_worker_was_killed_once_is_done_again_with_the_same_result(tmp_path, log):
    mark = {"mark": str(tmp_path / "mark")}
    points = [Point("a", "plan", {"add": 1}), Point("b", "plan", {"add": 2, "do": "die once"} | mark, "a"),
              Point("c", "plan", {"add": 4}, "b")]  # fmt: skip
    found = run(sweep_of(points, tmp_path), tmp_path / "s", workers=1)
    assert [found.points[name].result["total"] for name in "abc"] == pytest.approx([1, 3, 7])
    assert calls(log) == ["a", "b", "b", "c"]
    whole = run(sweep_of(points, tmp_path), tmp_path / "serial", executor="serial")
    assert content(whole.folder) == content(found.folder)


def test_retry_begins_failed_points_again_with_all_that_start_from_them(tmp_path, log):
    points = [Point("a", "plan", {"add": 1}), Point("b", "plan", {"add": 2, "do": "raise"}, "a"),
              Point("c", "plan", {"add": 4}, "b"), Point("d", "plan", {"add": 8})]  # fmt: skip
    sweep = sweep_of(points, tmp_path)
    run(sweep, tmp_path / "s", executor="serial")
    log.unlink()
    found = run(sweep, tmp_path / "s", executor="serial", retry=True)
    assert calls(log) == ["b", "c"]
    assert found.failed == ("b",)


def test_shards_make_the_whole_and_leave_each_other_alone(tmp_path, log):
    sweep = sweep_of(grid(5, 2), tmp_path)
    parts = [run(sweep, tmp_path / "s", executor="serial", shard=(part, 3)) for part in (1, 2, 3)]
    assert [part.worked_out for part in parts] == [4, 4, 2]
    assert len(parts[0].missing) == 6
    assert not parts[2].missing
    assert len(calls(log)) == 10
    run(sweep, tmp_path / "whole", executor="serial")
    assert content(tmp_path / "s") == content(tmp_path / "whole")


def test_a_result_whose_plan_is_damaged_is_computed_again(tmp_path, log):
    sweep = sweep_of(grid(1, 3), tmp_path)
    first = run(sweep, tmp_path / "s", executor="serial")
    whole = content(tmp_path / "s")
    plan = tmp_path / "s" / "plans" / f"{first.points['0.1'].key}.npz"
    plan.write_bytes(plan.read_bytes()[:-1])
    (tmp_path / "s" / "points" / f"{first.points['0.2'].key}.json").write_text("{", encoding="utf-8")
    run(sweep, tmp_path / "s", workers=1)
    assert calls(log)[3:] == ["0.1", "0.2"]
    assert content(tmp_path / "s") == whole


def test_once_asked_to_stop_the_points_at_work_are_finished_and_no_other_is_begun(tmp_path, log):
    follower = Follower()
    sweep = sweep_of(grid(6, 3, sleep=0.02), tmp_path)
    found = run(sweep, tmp_path / "s", workers=2, watcher=follower, should_stop=lambda: len(follower.points) >= 4)
    assert found.is_stopped
    assert 4 <= found.worked_out == len(found.points) <= 6
    assert len(found.missing) == 18 - found.worked_out
    assert len(calls(log)) == len(calls(log, "ended")) == found.worked_out
    rest = run(sweep, tmp_path / "s", workers=2, should_stop=lambda: False)
    assert not rest.is_stopped
    assert rest.worked_out == 18 - found.worked_out


def test_what_a_watcher_raises_ends_the_run_and_its_workers(tmp_path, monkeypatch):
    pids = []
    closing = LocalPool.close
    monkeypatch.setattr(LocalPool, "close", lambda pool: (pids.extend(pool.pids), closing(pool)))

    class Tired(Follower):
        def point(self, name, status, seconds):
            raise RuntimeError(name)

    sweep, tired = sweep_of(grid(4, 2), tmp_path), Tired()
    with pytest.raises(RuntimeError):
        run(sweep, tmp_path / "s", workers=2, watcher=tired)
    assert pids
    assert not any(map(is_alive, pids))
    assert tired.ends == 1
    assert run(sweep, tmp_path / "s", workers=1).worked_out < 8, "what was finished is kept"


def test_results_that_are_no_json_fail_and_say_so(tmp_path):
    found = run(sweep_of([Point("odd", "plan", {"do": "odd"})], tmp_path), tmp_path / "s", executor="serial")
    assert found.points["odd"].message.startswith("InternalError: The result cannot be written as JSON: Object of type")
    assert list((tmp_path / "s" / "plans").iterdir()) == []


def test_what_a_library_prints_does_not_disturb_the_worker(tmp_path):
    found = run(sweep_of([Point("p", "plan", {})], tmp_path, work="printing", threads=4), tmp_path / "s", workers=1)
    assert found.points["p"].result == {"engine": "native", "threads": 1}
    assert "this is no message" in (tmp_path / "s" / "sweep.log").read_text(encoding="utf-8")


def test_no_point_can_change_what_the_next_one_sees(tmp_path):
    sweep = sweep_of([Point("p", "plan", {})], tmp_path, work="helpless", base=base())
    found = run(sweep, tmp_path / "s", executor="serial")
    assert "read-only" in found.points["p"].message


def test_workers_that_cannot_start_end_the_run_with_their_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InternalError, match=r"do not start: the last one ended with code 1"):
        run(sweep_of(grid(1, 1), tmp_path), tmp_path / "s", workers=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"executor": "ray"}, "--executor, ray: is not an executor. Name one of local, serial, dask."),
        ({"cluster": "local"}, "--cluster local: needs the executor dask. Add --executor dask."),
        ({"workers": 0}, "--workers, 0: must be at least 1. Leave it out for all cores."),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_written(options, words, tmp_path):
    with pytest.raises(CaseFaults) as caught:
        run(sweep_of(grid(1, 1), tmp_path), tmp_path / "s", **options)
    assert caught.value.lines == [words]
    assert not (tmp_path / "s").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    sweep = sweep_of(grid(1, 1), tmp_path)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(CaseFaults) as caught:
        run(sweep, tmp_path / "s", executor="serial")
    assert "is not empty, and is not an earlier sweep" in caught.value.lines[0]
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["letter.txt"]
    with pytest.raises(CaseFaults) as caught:
        run(sweep, tmp_path / "s" / "letter.txt", executor="serial")
    assert "is a file" in caught.value.lines[0]


def test_a_work_or_solver_that_does_not_exist_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InternalError):
        run(replace(sweep_of(grid(1, 1), tmp_path), work=f"{WORKS}:nothing"), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_without_the_package_the_distributed_engine_is_refused_with_the_remedy(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(dask_cluster.importlib, "import_module", missing)
    with pytest.raises(CaseFaults) as caught:
        dask_pool.DaskPool({}, "local", slots=1, most=None)
    assert caught.value.lines == [
        "--executor dask: needs the package distributed. "
        "Run `pip install 'fleetplan[distributed]'`, or leave --executor out."
    ]


def test_a_thread_of_a_worker_keeps_its_solver_from_one_point_to_the_next():
    made, closed = [], []

    def make():
        made.append(SimpleNamespace(close=lambda: closed.append(True)))
        return made[-1]

    kept = dask_cluster.ThreadResources("sweep", make, is_local=False)
    kept.setup(None)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(kept.of_thread).result() is thread.submit(kept.of_thread).result() is made[0]
    assert kept.of_thread() is kept.of_thread() is made[1]
    kept.teardown(None)
    assert (len(made), len(closed)) == (2, 2)


@needs_dask
def test_the_distributed_engine_writes_the_bytes_of_a_serial_run_and_parks_what_ends_its_workers(tmp_path, log):
    points = [
        *grid(2, 3),
        Point("poison", "plan", {"add": 1, "do": "die"}),
        Point("next", "plan", {"add": 2}, "poison"),
        Point("bad", "plan", {"do": "raise"}),
        Point("leaving", "plan", {"do": "exit"}),
    ]
    sweep = sweep_of(points, tmp_path, base=base())
    found = run(sweep, tmp_path / "dask", executor="dask", workers=2)
    assert calls(log).count("poison") == 3
    assert found.quarantined == ("poison",)
    assert found.failed == ("bad", "leaving")
    assert found.points["leaving"].message == "SystemExit: 3"
    local = run(sweep, tmp_path / "local", workers=2)
    assert local.quarantined == ("poison",)
    assert content(tmp_path / "dask") == content(tmp_path / "local")
    assert run(sweep, tmp_path / "dask", executor="dask").worked_out == 0


@needs_dask
def test_a_scheduler_that_does_not_answer_is_a_fault_and_not_an_endless_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 1)
    with pytest.raises(CaseFaults) as caught:
        run(sweep_of(grid(1, 1), tmp_path), tmp_path / "s", executor="dask", cluster="tcp://127.0.0.1:9")
    assert "--cluster tcp://127.0.0.1:9: has no scheduler with workers that answers" in caught.value.lines[0]


def test_warm_solvers_give_every_executor_the_same_plans(tmp_path):
    points = [
        Point(f"{row}.{column}", "plan", {"factor": 1 + row + column / 4}, f"{row}.{column - 1}" if column else None)
        for row in range(2)
        for column in range(3)
    ]
    sweep = sweep_of(points, tmp_path, work="solving")
    serial = run(sweep, tmp_path / "serial", executor="serial")
    assert all(point.status is PointStatus.DONE for point in serial.points.values()), serial.points
    assert len({point.result["objective"] for point in serial.points.values()}) == 6
    run(sweep, tmp_path / "local", workers=2)
    assert content(tmp_path / "local") == content(tmp_path / "serial")
