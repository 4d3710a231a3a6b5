"""Engines that stay warm for a whole module."""

import pytest

from models.solvers.child import Engine


@pytest.fixture(scope="module")
def engines():
    """Starts an engine when a test first asks for it and ends all of them after the module."""
    started = _Started()
    yield started
    for engine in started.values():
        engine.close()


class _Started(dict):
    def __missing__(self, name):
        self[name] = Engine.start(name)
        return self[name]
