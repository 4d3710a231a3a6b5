"""Processes that run checks: one that is stuck or dies costs its check and nothing else."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
import traceback
from multiprocessing.connection import wait

from tests.trust import trials
from tests.trust.state import Result
from tests.trust.tools import Tools

LIMIT_S = 900.0
SPAWN = multiprocessing.get_context("spawn")


def attempt(name, number, tools):
    """The result of one check."""
    began = time.perf_counter()
    try:
        held, detail = True, trials.module_of(name).check(number, tools) or ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # what tests raise to fail is no Exception
        where = traceback.extract_tb(error.__traceback__)[-1]
        held, detail = False, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
    return Result(name, number, trials.key_of(name), held, round(time.perf_counter() - began, 3), detail[:2000])


def _serve(connection):
    # Ctrl-C is for the parent, which lets checks end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tools = Tools()
    try:
        with contextlib.suppress(EOFError, BrokenPipeError):
            while (asked := connection.recv()) is not None:
                connection.send(attempt(*asked, tools))
    finally:
        tools.close()


class Worker:
    """One process and the check that it is at."""

    def __init__(self):
        self.connection, other = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(other,))
        self.process.start()
        other.close()
        self.asked, self.since = None, 0.0

    def ask(self, task):
        self.asked, self.since = task, time.monotonic()
        self.connection.send(task)

    def answer(self):
        """The result, or that the process has died."""
        try:
            found = self.connection.recv()
        except EOFError:
            found = self.lost("the process of the check has died")
        self.asked = None
        return found

    def lost(self, told):
        name, number = self.asked
        self.process.kill()
        return Result(name, number, trials.key_of(name), held=False, seconds=self.taken(), detail=told)

    def taken(self):
        return round(time.monotonic() - self.since, 3)

    def close(self):
        with contextlib.suppress(OSError):
            self.connection.send(None)
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()


def results(tasks, count, until):
    """Yields results as they come, from so many processes; nothing is begun after the moment `until`."""
    tasks, workers = list(tasks)[::-1], []
    try:
        while tasks or any(worker.asked for worker in workers):
            over = time.monotonic() >= until
            workers = [worker for worker in workers if worker.asked or worker.process.is_alive()]
            idle = [worker for worker in workers if worker.asked is None]
            while tasks and not over and (idle or len(workers) < count):
                worker = idle.pop() if idle else Worker()
                workers += [] if worker in workers else [worker]
                worker.ask(tasks.pop())
            busy = [worker for worker in workers if worker.asked]
            if over and not busy:
                return
            ready = wait([worker.connection for worker in busy], timeout=1.0)
            for worker in busy:
                if worker.connection in ready:
                    yield worker.answer()
                elif worker.taken() > LIMIT_S:
                    found = worker.lost(f"no answer within {LIMIT_S:.0f} s")
                    worker.asked = None
                    yield found
    finally:
        for worker in workers:
            worker.close()
