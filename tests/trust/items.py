"""Tests of the suite as checks: each item of given files is one, by its name."""

from __future__ import annotations

import contextlib
import functools
import io

import pytest

from tests.trust.tools import require
from tests.trust.trials import ROOT

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "--rootdir", str(ROOT))


class _Listener:
    """Remembers the items of a collection, and what came of those that were run."""

    def __init__(self):
        self.names, self.reports = [], []

    def pytest_collection_modifyitems(self, items):
        self.names += [item.nodeid for item in items]

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)


def _pytest(*words):
    listener, out = _Listener(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = pytest.main([*QUIET, *map(str, words)], plugins=[listener])
    return listener, int(code), out.getvalue()


@functools.cache
def items(*files):
    """The names of the items of some files, in their order."""
    found, code, told = _pytest("--collect-only", *(ROOT / "tests" / file for file in files))
    require(code == 0 and found.names, told[-1000:])
    return tuple(found.names)


def run(name):
    """Runs one item; a skip counts as held, and is told."""
    found, code, told = _pytest(ROOT / name)
    require(code == 0, told[-1500:])
    skipped = [report.longrepr for report in found.reports if report.skipped]
    return f"{name}{' (skipped)' if skipped else ''}"
