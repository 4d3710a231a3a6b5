"""Searches that ask for points in rounds: what several of them want next is solved together."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Mapping
from typing import Any, TypeAlias, TypeVar

from planner.studies.study_context import Result, StudyContext
from planner.sweeps.points import Point

Results: TypeAlias = Mapping[str, Result]
Found = TypeVar("Found")
Key = TypeVar("Key", bound=Hashable)
Search: TypeAlias = Generator[list[Point], Results, Found]
"""Yields the points that it wants, is given results by name, and returns what it has found."""


def solved_in_rounds(context: StudyContext, searches: Mapping[Key, Search[Any]]) -> dict[Key, Any]:
    """Returns what each search finds, by its key; points may start from the undisturbed plan.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    context.base()
    running, found = dict(searches), dict[Key, Any]()
    results: Results | None = None
    while running:
        wanted: list[Point] = []
        for key, search in list(running.items()):
            try:
                wanted += next(search) if results is None else search.send(results)
            except StopIteration as end:
                found[key] = end.value
                del running[key]
        results = context.solve([context.base_point(), *wanted]) if wanted else {}
    return {key: found[key] for key in searches}
