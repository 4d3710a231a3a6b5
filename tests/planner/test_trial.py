"""The solver is tried out beside other work, and what is begun early changes nothing in what is written."""

import time

import pytest

from planner.ahead import Ahead
from planner.case import read_case
from planner.errors import CaseFaults
from planner.export.bundle import begun, exports
from planner.export.dossier import dossier_of
from planner.request import Request
from planner.runs import make_plan
from planner.show.live import Quiet
from planner.trial import Ending, Trial
from planner.trial import begun as trial_of
from tests.planner.tiny import write_tiny


def test_a_trial_tells_of_every_canary_and_leaves_the_engine_warm():
    with Trial("scip") as trial:
        found = trial.findings()
        pid = trial.engine.pid
        assert len(found) == 5
        assert all(finding.is_right for finding in found)
        assert trial.engine.pid == pid is not None
    assert trial.engine.pid is None


def test_a_trial_that_is_ended_at_once_leaves_no_process():
    for wait_s in (0.0, 0.05, 0.3):
        trial = Trial("scip")
        time.sleep(wait_s)
        trial.close()
        assert trial.engine.pid is None


def test_an_engine_is_ended_in_the_background_and_waited_for():
    with Trial("scip") as trial:
        trial.findings()
        with Ending(trial.engine):
            pass
        assert trial.engine.pid is None


@pytest.mark.parametrize(("name", "word"), [("oracle", "no solver"), ("glop", "continuous")])
def test_a_solver_that_cannot_plan_is_refused_before_it_is_started(tmp_path, name, word):
    with pytest.raises(CaseFaults, match=word):
        trial_of(write_tiny(tmp_path / "tiny"), Request(solver=name))


def test_what_is_begun_before_there_is_a_plan_changes_no_byte(tmp_path):
    run = make_plan(write_tiny(tmp_path / "tiny"), Request(output=tmp_path / "run"), Quiet())
    dossier = dossier_of(run.folder)
    plain = exports(dossier)
    assert exports(dossier, begun(dossier.read, dossier.name)) == plain
    other_name = begun(dossier.read, "another")
    assert exports(dossier, other_name) == plain


def test_what_cannot_be_begun_is_made_in_the_end(tmp_path):
    read = read_case(write_tiny(tmp_path / "tiny"))
    assert Ahead(read, "run").begun() is not None
    assert Ahead(None, "run").begun() is None
