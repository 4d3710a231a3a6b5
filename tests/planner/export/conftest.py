"""The runs that every medium is tried with."""

import pytest

from tests.planner.export.report_runs import own_run, quarter_run, tiny_run


@pytest.fixture(scope="module", params=[tiny_run, quarter_run, own_run], ids=["tiny", "quarters", "own"])
def loaded(request):
    return request.param()
