"""The progress of a sweep on the screen: counts, time left, and every point in trouble by its name."""

from __future__ import annotations

import doctest
import io

import pytest
from rich.console import Console

from planner.sweeps import sweep_progress
from planner.sweeps.sweep_progress import LiveSweepProgress, PlainSweepProgress, SweepTally, time_text


def console(*, is_terminal=False):
    return Console(
        file=io.StringIO(), width=100, force_terminal=is_terminal, markup=False, highlight=False, emoji=False
    )


def test_the_examples_hold():
    assert doctest.testmod(sweep_progress).failed == 0


def test_time_left_is_the_mean_of_the_points_of_this_run_over_the_workers():
    tally = SweepTally(workers=4)
    tally.begin(100, 40)
    assert tally.seconds_left is None
    assert tally.text == "40 of 100 runs"
    for seconds in (10.0, 20.0):
        tally.point("done", seconds)
    assert tally.seconds_left == pytest.approx(58 * 15 / 4)
    assert tally.text == "42 of 100 runs, about 4 min left"
    tally.point("failed", 0.0)
    tally.point("parked", 0.0)
    assert "1 failed, 1 quarantined" in tally.text


def test_no_more_workers_count_than_there_are_points_left():
    tally = SweepTally(workers=8)
    tally.begin(3, 0)
    tally.point("done", 6.0)
    assert tally.seconds_left == pytest.approx(6.0)
    tally.point("done", 6.0)
    tally.point("done", 6.0)
    assert tally.text == "3 of 3 runs"


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "1 s"), (59.9, "1 min"), (3600, "1 h 0 min"), (61, "2 min")])
def test_durations_are_rounded_up(seconds, text):
    assert time_text(seconds) == text


def test_plain_lines_name_the_points_in_trouble_and_count_the_rest():
    out = console()
    with PlainSweepProgress(out, workers=2) as view:
        view.begin(3, 1)
        view.point("[red]odd[/red]", "failed", 1.5)
        view.point("quiet one", "done", 1.0)
        view.end()
    text = out.file.getvalue()
    assert "3 runs, 1 of them stored earlier" in text
    assert "run '[red]odd[/red]' failed after 1.5 s; see sweep.log" in text
    assert "quiet one" not in text
    assert text.rstrip().endswith("3 of 3 runs, 1 failed")


def test_the_live_line_shows_a_bar_and_leaves_only_what_matters():
    out = console(is_terminal=True)
    with LiveSweepProgress(out, workers=2) as view:
        view.begin(10, 0)
        view.point("killer", "parked", 1.0)
        still = console()
        still.print(view)
        assert "1 of 10 runs, 1 quarantined, about 5 s left" in still.file.getvalue()
        view.end()
    assert "run 'killer' ended its worker three times and is quarantined" in out.file.getvalue()
