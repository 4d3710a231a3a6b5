"""Better plans, looked for beside the proof: on a thread and a relaxation of their own.

Both count linear programs and their steps, and that count is their clock. What an attempt finds takes effect when the
proof has worked as much as the attempt did, never earlier and never later, however fast either of them ran: whoever is
ahead waits.
So the same inputs give the same plan. An LP code lets go of Python while it works, so both run at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from models.outcome import Stop
from models.solvers.search.relaxation import Relaxation
from models.solvers.search.state import Listener, State, ignore, no_ray

Attempt = Callable[[State], None]

_PAUSE_S = 0.0002


@dataclass
class Aside:
    """Who tries: `prepare` returns, before each attempt, what is to answer its linear programs."""

    prepare: Callable[[], Relaxation]
    _thread: threading.Thread | None = field(default=None, init=False)
    _error: BaseException | None = field(default=None, init=False)
    _state: State | None = field(default=None, init=False)
    _began: int = field(default=0, init=False)
    _is_left: bool = field(default=False, init=False)

    @property
    def is_free(self) -> bool:
        """True when no attempt is under way or waiting to take effect."""
        return self._thread is None

    def begin(self, state: State, attempt: Attempt) -> None:
        """Starts an attempt to better the plan of a search, from what the search knows now."""
        self._state = side = State(
            state.form,
            self.prepare(),
            no_ray,
            Listener(ignore, ignore, lambda: Stop.INTERRUPT if self._is_left else state.listener.should_end()),
            state.gap,
            cost=state.cost,
            plan=state.plan,
            bound=state.bound,
        )
        self._began = state.effort
        self._thread = threading.Thread(target=self._run, args=(attempt, side), daemon=True)
        self._thread.start()

    def due(self, effort: int) -> State | None:
        """Returns what an attempt has found once the search has worked as much; until then None.

        Waits while the attempt is behind. Raises what the attempt has raised.
        """
        thread, side = self._thread, self._state
        if thread is None or side is None:
            return None
        while thread.is_alive() and side.effort <= effort - self._began:
            time.sleep(_PAUSE_S)
        # An attempt that has worked more than the search since it began is still to come, ended or not.
        if thread.is_alive() or side.effort > effort - self._began:
            return None
        return self._ended()

    def leave(self) -> State | None:
        """Ends an attempt before its time and returns what it has spent; its finds are not to be used."""
        self._is_left = True
        return None if self._thread is None else self._ended()

    def _ended(self) -> State | None:
        assert self._thread is not None
        self._thread.join()
        self._thread = None
        if self._error is not None:
            raise self._error
        return self._state

    def _run(self, attempt: Attempt, side: State) -> None:
        try:
            attempt(side)
        except BaseException as error:
            self._error = error
