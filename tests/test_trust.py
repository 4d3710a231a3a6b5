"""The command that puts the planner on trial: every trial has checks, a run goes on, what is missed is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.trust import __main__ as command
from tests.trust import plan_check, table, trials
from tests.trust.state import State
from tests.trust.tools import Tools
from tests.trust.workers import attempt

PAGE = Path(__file__).parents[1] / "docs" / "trust.md"
CHEAP = "T3,T7"


@pytest.mark.parametrize("name", trials.NAMES)
def test_every_trial_says_what_it_is_and_stands_on_the_page(name):
    module = trials.module_of(name)
    assert module.TITLE
    assert module.__doc__.startswith(f"{name}: ")
    text = PAGE.read_text(encoding="utf-8")
    assert f"**{name} " in text
    assert f"| {name} | {module.TITLE} |" in text


def test_the_families_of_broken_plans_hold_every_requirement():
    assert plan_check.forgotten() == []
    assert len(plan_check.FAMILIES) == 17
    assert plan_check.count() == 2700


def test_a_run_goes_on_where_the_one_before_it_ended(tmp_path, capsys):
    words = ["--only", CHEAP, "--count", "1", "--state", str(tmp_path)]
    assert command.main(words) == 0
    assert "2 checks to run" in capsys.readouterr().out
    (kept,) = tmp_path.iterdir()
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["trial"] for line in lines] == ["T3", "T7"]
    # A run that was killed in the middle of a line has lost that line and no other.
    kept.write_text(lines[0] + "\n" + lines[1][:40], encoding="utf-8")
    assert command.main(words) == 0
    told = capsys.readouterr().out
    assert "1 checks to run" in told
    assert f"| T3 | {trials.module_of('T3').TITLE} | 37 | 1 of 37 | 1 |" in told
    assert sorted(State(tmp_path).results) == [("T3", 0), ("T7", 0)]


def test_what_does_not_hold_is_told_and_ends_the_command_with_one(tmp_path, capsys, monkeypatch):
    state, page = State(tmp_path), tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(trials.module_of("T3"), "check", lambda number, tools: 1 / 0)
    tools = Tools()
    try:
        state.add(attempt("T3", 4, tools))
    finally:
        tools.close()
    assert command.main(["--count", "0", "--state", str(tmp_path), "--write", str(page)]) == 1
    told = capsys.readouterr().out
    assert "T3 4: ZeroDivisionError" in told
    assert "again: python -m tests.trust --only T3 --number 4" in told
    lines = page.read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert any(line.startswith("| T3 ") and "| 1 of 37 | 0 |" in line for line in lines)


def test_a_trial_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["--only", "T99"])
    assert "there is no trial T99" in capsys.readouterr().err
