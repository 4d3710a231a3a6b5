"""Results that are kept for the object they were made from, which is recognised by identity."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


def kept_by_identity(most: int) -> Callable[[Callable[[Given], Result]], Callable[[Given], Result]]:
    """Keeps the results of a function of one object that never changes, for the `most` objects asked for last.

    A long tuple of rows is compared and hashed row by row, which costs as much as the work that a cache saves.
    """

    def decorate(function: Callable[[Given], Result]) -> Callable[[Given], Result]:
        kept: OrderedDict[int, tuple[Given, Result]] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def result_of(given: Given) -> Result:
            with lock:
                known = kept.get(id(given))
                if known is not None:
                    kept.move_to_end(id(given))
                    return known[1]
            found = function(given)
            with lock:
                # The object is kept as well: while it is, no other has its number.
                kept[id(given)] = given, found
                while len(kept) > most:
                    kept.popitem(last=False)
            return found

        return result_of

    return decorate
