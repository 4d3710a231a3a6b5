"""Where the work of a sweep notes what it was called for."""

import pytest

from tests.planner.sweeps.works import LOG


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "calls"
    monkeypatch.setenv(LOG, str(path))
    return path
