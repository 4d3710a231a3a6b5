"""Malformed cases, workbooks and runs: a sentence and a documented code, within seconds and in little memory."""

from __future__ import annotations

import sys

import pytest

from tests.planner.malformed import MOST_MB, tried

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="children by fork")


@pytest.mark.parametrize(("kind", "count"), [("folders", 40), ("workbooks", 20), ("runs", 10)])
def test_malformed_things_end_in_a_sentence(tmp_path, kind, count):
    found = tried(kind, range(count), tmp_path)
    assert {number: trouble for number, command, done in found if (trouble := done.trouble(command))} == {}
    assert max(done.megabytes for *_, done in found) < MOST_MB
    assert any(done.code for *_, done in found), "nothing was wrong with any of them"
