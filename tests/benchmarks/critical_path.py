"""How long a plan over a wide tree takes with some workers, in processor seconds, from a run with one.

    python -m tests.benchmarks.critical_path [--trees 32,6x6] [--workers 2,4]

On a machine that others use, the seconds of a clock say little of what a second worker brings. Here one worker does the
work; processor seconds of each request (of the planner and of the solver's process) and of the planner between them are
recorded, with what has to wait for what. Then requests are given to workers in their order, as the pool does, and the
time at which the last one ends is computed. What is left out is that two requests share the planner's process.
"""

from __future__ import annotations

import argparse
import time
from unittest import mock

from models.outcome import SolveOptions
from models.solvers.child import Engine
from models.solvers.engine_pool import EnginePool
from models.uncertainty.decomposition.decomposed import search_by_scenario
from tests.benchmarks.ours import processor_seconds
from tests.benchmarks.wide_trees import SEED, gap_of, tree_of


class Recorder:
    """Lanes of steps: the planner's own, and one for all that is begun beside it. A step is (kind, seconds)."""

    def __init__(self, engine):
        self._engine = engine
        self.main, self.beside = [], []
        self._lane, self._items = self.main, []
        self._last = self.processor_seconds()
        self._began = self._last

    def processor_seconds(self):
        """Of this process and of the solver's."""
        return time.process_time() + processor_seconds(self._engine.pid)

    def patched(self):
        """Records what a pool of one engine is given."""
        run, give = EnginePool._run, EnginePool.map

        def timed(pool, work, item):
            began = self.processor_seconds()
            try:
                return run(pool, work, item)
            finally:
                self._items.append(self.processor_seconds() - began)

        def given(pool, work, items):
            self._planner()
            self._items = []
            found = give(pool, work, items)
            self._lane.append(("requests", self._items))
            self._last = self.processor_seconds()
            return found

        def begun(pool, work):
            self._planner()
            self._lane.append(("begin", 0.0))

            def awaited():
                self._planner()
                self._lane = self.beside
                found = work()
                self._planner()
                self._lane = self.main
                self._lane.append(("wait", len(self.beside)))
                return found

            return awaited

        return mock.patch.multiple(EnginePool, _run=timed, map=given, begun_beside=begun)

    def end(self):
        """The seconds of the whole run."""
        self._planner()
        return self._last - self._began

    def _planner(self):
        now = self.processor_seconds()
        self._lane.append(("planner", now - self._last))
        self._last = now

    def seconds(self, workers):
        """When the last step ends with so many workers."""
        free, at, own, aside, place = [0.0] * workers, 0.0, 0, None, 0

        def done(kind, amount, begun):
            if kind != "requests":
                return begun + amount
            ends = [begun]
            for seconds in amount:
                slot = free.index(min(free))
                free[slot] = max(free[slot], begun) + seconds
                ends.append(free[slot])
            return max(ends)

        while own < len(self.main):
            kind, amount = self.main[own]
            until = amount if kind == "wait" else len(self.beside)
            # Whoever has come less far gives its requests first.
            while aside is not None and place < until and (kind == "wait" or aside <= at):
                aside = done(*self.beside[place], aside)
                place += 1
            own += 1
            if kind == "begin":
                aside = at if aside is None else max(aside, at)
            elif kind == "wait":
                at = max(at, aside)
            else:
                at = done(kind, amount, at)
        return at


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", default="32,6x6")
    parser.add_argument("--workers", default="2,4")
    asked = parser.parse_args()
    for name in asked.trees.split(","):
        tree = tree_of(name, SEED)
        with Engine.start("native") as engine:
            engine.await_ready()
            recorder = Recorder(engine)
            with recorder.patched():
                found = search_by_scenario(tree, engine, SolveOptions(gap=gap_of(name)))
            whole = recorder.end()
        gap = (found.plan.cost - found.bound) / found.plan.cost
        more = [
            f"{count} workers {seconds:.1f} s, {whole / seconds:.2f} times as fast"
            for count in map(int, asked.workers.split(",")) for seconds in [recorder.seconds(count)]
        ]  # fmt: skip
        print(f"{name}: gap {100 * gap:.3f} %, one worker {whole:.1f} processor seconds; {'; '.join(more)}", flush=True)


if __name__ == "__main__":
    main()
