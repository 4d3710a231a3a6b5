"""Plans over wide trees, killed at random moments, by one or two processes or a cluster: always the same plan."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import importlib.util
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import planner
from models.case import Scenario
from models.outcome import SolveOptions, Stop
from planner.errors import CheckFailed, InfeasibleCase, NoPlanFound
from planner.plan_request import Request
from planner.plan_solves import engines_of, let_go, stored_solves
from tests.case_folder import write_case
from tests.models.branches import late
from tests.models.tiny import add, demand
from tests.models.uncertainty.test_decomposition import grows
from tests.planner.sweeps.making import is_alive, killed, wait_until
from tests.planner.tiny import command, environment, fleetplan

needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs distributed")
needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")


def wide_case(folder, first=5, then=5, seed=3):
    """Branches in 2028 and branches of each in 2029, too many to be one program; orders are in lots of 30."""
    draw = random.Random(seed)
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0), ("2029", 100.0)))
    rows, values = [], []
    for early in range(first):
        factor = draw.uniform(0.5, 3.0)
        for later in range(then):
            name = f"f{early}_{later}"
            rows.append(Scenario(scenario=name, probability=1 / (first * then), revealed="2028"))
            values.append(grows(name, factor, "2028", "2028"))
            values.append(grows(name, draw.uniform(0.5, 2.0), "2029", "2029"))
    case = add(case, scenarios=tuple(rows), scenario_values=tuple(values))
    offers = tuple(replace(row, lot_size=30.0) for row in case.offers)
    return write_case(replace(case, offers=offers, solver=replace(case.solver, gap=1e-7)), folder)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return wide_case(tmp_path_factory.mktemp("wide") / "case")


@pytest.fixture(scope="module")
def whole(case, tmp_path_factory):
    """The tables of a plan that nobody disturbs, made by one process."""
    place = tmp_path_factory.mktemp("whole")
    done = fleetplan("plan", case, "-o", "run", "-q", "--executor", "serial", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "native, by scenario" in log_of(place)
    assert not (place / "outputs").exists()
    return tables(place)


def log_of(place):
    return (place / "run" / "run.log").read_text(encoding="utf-8")


def tables(place):
    return {path.name: path.read_bytes() for path in sorted((place / "run" / "tables").iterdir())}


def solvers_of(pid):
    """The solver processes that a process has started and that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"models.solvers.solver_worker" in (path / "cmdline").read_bytes().split(b"\0"):
                found.append(int(path.name))
    return [pid for pid in found if is_alive(pid)]


@dataclass
class Report:
    """Kills, how many solves were stored after each of a plan's process, and the plans that ended by themselves."""

    workers_killed: int = 0
    parents_killed: int = 0
    rounds: int = 0
    stored: list = field(default_factory=list)
    places: list = field(default_factory=list)
    ended: list = field(default_factory=list)


def torment(base, case, *, moments, seed, workers=2):
    """A plan is killed at so many random moments; where it ends too soon, the next one begins in another folder.

    The plan's process and one of its solvers are killed by turns.
    """
    luck, report = random.Random(seed), Report()
    while report.workers_killed + report.parents_killed < moments or not report.ended:
        place = base / f"round{report.rounds}"
        place.mkdir()
        _round(place, case, moments, report, luck, workers)
        report.rounds += 1
        report.places.append(place)
    return report


def _round(place, case, moments, report, luck, workers):
    words = ("plan", case, "-o", "run", "-q", "--points", "solves", "--workers", workers)

    def begin():
        return subprocess.Popen(
            command(*words), cwd=place, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    process, known = begin(), set()
    while process.poll() is None:
        if luck.random() < 0.8:
            _await_solve(process, place)
        time.sleep(luck.uniform(0.0, 0.2))
        if process.poll() is not None or report.workers_killed + report.parents_killed >= moments:
            process.wait()
            break
        if report.workers_killed < report.parents_killed:
            # Between two solves of a pool there may be no solver at all.
            wait_until(lambda p=process: solvers_of(p.pid) or p.poll() is not None, 60.0, "no solver starts")
        solvers = solvers_of(process.pid)
        if solvers and report.workers_killed < report.parents_killed:
            # It may have ended by itself in this very moment.
            with contextlib.suppress(ProcessLookupError):
                os.kill(luck.choice(solvers), signal.SIGKILL)
                report.workers_killed += 1
            # The fifth kill over one program would end the search, as it should, and this is about those that go on.
            _await_solve(process, place)
            continue
        killed(process)
        report.parents_killed += 1
        wait_until(lambda pids=tuple(solvers): not any(map(is_alive, pids)), 10.0, "solvers are left behind")
        if (place / "run").exists():
            # The plan was whole; only the end of its process was missing.
            return
        now = keys(place)
        assert known <= now, "a solve that was stored is lost"
        known = now
        report.stored.append(len(now))
        process = begin()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    report.ended.append(place)
    if known:
        assert f"Resumed: {len(known):,} of " in log_of(place), "a solve that was stored was not used"


def _await_solve(process, place):
    """Waits until another solve is stored."""
    size = _size(place)
    wait_until(lambda: _size(place) != size or process.poll() is not None, 60.0, "nothing is solved")


def _size(place):
    with contextlib.suppress(OSError, StopIteration):
        return next((place / "solves").iterdir()).stat().st_size
    return 0


def keys(place):
    """The keys of the solves that are whole, by the form of the file, once nobody writes any more."""
    path = next((place / "solves").glob("*.solves"), None) if (place / "solves").is_dir() else None
    data, found = b"" if path is None else path.read_bytes(), set()
    at = len(b"fleetplan solves, form 1\n") + 32
    while at + 72 <= len(data):
        length, key, digest = (
            int.from_bytes(data[at : at + 8], "little"),
            data[at + 8 : at + 40],
            data[at + 40 : at + 72],
        )
        body = data[at + 72 : at + 72 + length]
        if hashlib.sha256(key + body).digest() != digest:
            break
        found.add(key)
        at += 72 + length
    return found


@needs_proc
def test_kills_of_solvers_and_of_the_plan_lose_nothing_and_change_nothing(case, whole, tmp_path):
    report = torment(tmp_path, case, moments=4, seed=1)
    check(report, whole, moments=4)


@needs_proc
@pytest.mark.slow
def test_thirty_kills_lose_nothing_and_change_nothing(case, whole, tmp_path):
    report = torment(tmp_path, case, moments=30, seed=2)
    assert min(report.workers_killed, report.parents_killed) >= 8
    check(report, whole, moments=30)


def check(report, whole, *, moments):
    assert report.workers_killed + report.parents_killed == moments
    assert report.parents_killed
    assert max(report.stored, default=0) > 0, "no plan had anything to go on from"
    assert report.ended
    for place in report.places:
        assert tables(place) == whole
    for place in report.ended:
        assert not list((place / "solves").glob("*")), "the file stays behind"


@needs_dask
@pytest.mark.slow
def test_a_cluster_makes_the_same_plan(case, whole, tmp_path):
    words = ("--executor", "dask", "--cluster", "local", "--workers", 2)
    done = fleetplan("plan", case, "-o", "run", "-q", *words, cwd=tmp_path, timeout=200)
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path) == whole


class Notes:
    """A journal that keeps what is noted."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def stored(folder, journal, tree="a tree"):
    """The store of a plan, by the planner's own name for it."""
    read, request = SimpleNamespace(case_hash="abc"), Request(points=folder)
    return stored_solves(read, request, SolveOptions(), tree, SimpleNamespace(), journal, None)


@pytest.mark.parametrize(("stop", "stays"), [(Stop.GAP, False), (Stop.INTERRUPT, True), (Stop.TIME, True)])
def test_the_solves_of_a_search_that_was_stopped_stay_and_those_of_others_go(stop, stays, tmp_path):
    journal = Notes()
    with stored(tmp_path, journal) as store:
        store.keep(b"k" * 32, b"answer")
    let_go(store, SimpleNamespace(stop=stop), journal)
    assert bool(list(tmp_path.iterdir())) == stays
    assert any("the same command goes on from them" in note for note in journal.notes) == stays
    with stored(tmp_path, journal) as again:
        assert again.known == int(stays)
    assert any(note.startswith("Resuming: 1 solves of this plan") for note in journal.notes) == stays


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (InfeasibleCase("none"), False),
        (CheckFailed("no"), False),
        (NoPlanFound("yet"), True),
        (KeyboardInterrupt(), True),
    ],
)
def test_solves_go_once_it_is_known_that_there_is_no_plan(error, stays, tmp_path):
    def fail():
        with stored(tmp_path, Notes()) as store:
            store.keep(b"k" * 32, b"answer")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert bool(list(tmp_path.iterdir())) == stays


def test_for_one_future_nothing_is_stored_and_a_cluster_is_not_used_which_is_noted(tmp_path):
    journal = Notes()
    with stored(tmp_path, journal, tree=None) as store:
        assert store is None
    with engines_of(Request(executor="dask", cluster="local"), SolveOptions(), None, None, journal) as engines:
        assert engines == ()
    said = "has no effect: the plan is not over scenarios."
    assert journal.notes == [f"--points {said}", f"--executor dask {said}"]


def test_a_call_from_python_resumes_too(case, whole, tmp_path, monkeypatch):
    """The first call is ended at its first plan; the second one finds what it had solved, and makes the same plan."""
    read = planner.read_case(case)

    def end(seconds, cost, bound):
        if cost is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        planner.plan(read, points=tmp_path / "solves", workers=2, progress=end)
    known = len(keys(tmp_path))
    assert known > 20
    made = planner.plan(read, points=tmp_path / "solves", workers=2)
    rows = csv.DictReader(whole["futures.csv"].decode().splitlines())
    costs = {row["scenario"]: float(row["cost_musd"]) for row in rows}
    assert {row["scenario"]: row["cost_musd"] for row in made.loaded.rows("futures")} == costs
    assert not list((tmp_path / "solves").iterdir())
