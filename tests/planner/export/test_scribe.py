"""The workbook that a process of its own writes is the one that this process would have written."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from planner.ahead import APART_FROM, Ahead
from planner.export.bundle import WORKBOOK, begun, exports
from planner.export.dossier import dossier_of
from planner.export.scribe import Scribe
from planner.request import Request
from planner.runs import make_plan
from planner.show.live import Quiet
from tests.planner.tiny import ROOT, write_tiny


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    base = tmp_path_factory.mktemp("scribe")
    run = make_plan(write_tiny(base / "tiny"), Request(output=base / "run"), Quiet())
    return dossier_of(run.folder)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_workbook_written_apart_is_the_same_to_the_byte(dossier):
    with Scribe(dossier.read, dossier.name) as scribe:
        scribe.begin()
        scribe.ask(dossier)
        written = scribe.answer()
        pid = scribe._process.pid
    assert written == exports(dossier)[WORKBOOK]
    assert not is_running(pid)


def test_documents_are_the_same_with_a_process_for_the_workbook(dossier):
    with Scribe(dossier.read, dossier.name) as scribe:
        made = begun(dossier.read, dossier.name, scribe)
        scribe.begin()
        assert exports(dossier, made) == exports(dossier)


def test_a_process_that_was_killed_costs_nothing_but_time(dossier):
    with Scribe(dossier.read, dossier.name) as scribe:
        made = begun(dossier.read, dossier.name, scribe)
        scribe.begin()
        scribe._process.kill()
        scribe._process.wait()
        assert exports(dossier, made) == exports(dossier)


def test_a_process_that_was_never_given_the_case_is_not_waited_for(dossier):
    with Scribe(dossier.read, dossier.name) as scribe:
        scribe.ask(dossier)
        assert scribe.answer() is None


def test_a_plan_of_another_case_or_name_is_written_here(dossier):
    with Scribe(dossier.read, "another") as scribe:
        scribe.begin()
        made = begun(dossier.read, "another", scribe)
        assert exports(dossier, made) == exports(dossier)
    with Scribe(replace(dossier.read), dossier.name) as scribe:
        scribe.begin()
        scribe.ask(dossier)
        assert scribe.answer() is None


def test_a_small_plan_gets_no_process_of_its_own(dossier):
    with Ahead(dossier.read, dossier.name, APART_FROM - 1) as ahead:
        assert ahead.begun() is not None
        assert ahead._scribe is None


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core")
def test_a_large_plan_gets_one_which_ends_with_it(dossier):
    with Ahead(dossier.read, dossier.name, APART_FROM) as ahead:
        made = ahead.begun()
        pid = ahead._scribe._process.pid
        assert made.book is ahead._scribe
        assert is_running(pid)
    assert not is_running(pid)


def test_it_ends_when_the_plan_is_killed(tmp_path):
    code = (
        "import sys, time\n"
        "from planner.case import read_case\n"
        "from planner.export.scribe import Scribe\n"
        f"scribe = Scribe(read_case(__import__('pathlib').Path({str(write_tiny(tmp_path / 'tiny'))!r})), 'run')\n"
        "scribe.begin()\n"
        "print(scribe._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)
