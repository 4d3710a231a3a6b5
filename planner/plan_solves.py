"""Where the solves of a plan over scenarios are done, and where they are stored until the plan is written.

A plan that was ended from outside, and is asked for again with the same inputs, finds what had been solved and goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.build import Model
from models.outcome import Outcome, SolveOptions, Stop
from models.solvers.child import MOST_KILLS, Engine
from models.uncertainty.scenario_tree import ScenarioTree
from models.uncertainty.solve_tree import why_one_program
from planner.case import ReadCase
from planner.errors import CheckFailed, InfeasibleCase
from planner.journal import Journal
from planner.plan_request import Request
from planner.sweeps.payload import versions
from planner.sweeps.solve_store import PREFIX, SUFFIX, SolveStore
from planner.sweeps.sweep_run import core_count

_DIGITS = 12
_GOES_ON = (Stop.INTERRUPT, Stop.TIME, Stop.MEMORY)


def workers_of(request: Request) -> int:
    """Returns how many solver processes share a plan on this machine."""
    return 1 if request.executor == "serial" else request.workers or core_count()


@contextmanager
def stored_solves(
    read: ReadCase,
    request: Request,
    options: SolveOptions,
    tree: ScenarioTree | None,
    engine: Engine,
    journal: Journal,
    points: Path | None,
) -> Iterator[SolveStore | None]:
    """Gives the store of a plan over scenarios, and says what is in it; None where nothing is to be stored.

    It lies in the folder that the request names, else in `points`, if that is one. `engine` stores its answers there,
    and solves again what is lost with its process.

    Once it is known that there is no plan, nothing stays; otherwise whoever writes the plan lets the store go.

    Raises:
        CaseFaults: something else lies in its place.
    """
    folder = request.points or points
    if request.points is not None and tree is None:
        journal.note("--points has no effect: the plan is not over scenarios.")
    if folder is None or tree is None:
        yield None
        return
    asked = {
        "case_hash": read.case_hash, "base": request.base, "objective": request.objective, "solver": options.solver,
        "gap": options.gap, "seed": options.seed, "threads": options.threads, "versions": versions(),
    }  # fmt: skip
    content = json.dumps(asked, sort_keys=True).encode()
    name = f"{PREFIX}{hashlib.sha256(content).hexdigest()[:_DIGITS]}{SUFFIX}"
    store = SolveStore(folder.absolute() / name, content)
    if store.known:
        journal.note(f"Resuming: {store.known:,} solves of this plan are stored in {folder}.")
    engine.answers, engine.attempts = store, MOST_KILLS
    try:
        yield store
    except (InfeasibleCase, CheckFailed):
        store.remove()
        raise
    except BaseException:
        store.close()
        raise


def note_resumed(store: SolveStore | None, journal: Journal) -> None:
    """Says how many solves were stored, and why others are not."""
    if store is None:
        return
    if store.known:
        journal.note(f"Resumed: {store.found:,} of {store.found + store.added:,} solves were stored.")
    if store.trouble:
        journal.note(f"Not every solve was stored in {store.path.parent} ({store.trouble}); the plan is whole.")


def let_go(store: SolveStore | None, outcome: Outcome, journal: Journal) -> None:
    """Takes away what was stored for a plan that is written; what one that was stopped can go on from stays."""
    if store is None:
        return
    if outcome.stop not in _GOES_ON or not (store.found + store.added):
        store.remove()
        return
    store.close()
    journal.note(
        f"The search was stopped. Its solves ({store.size_mb:.1f} MB) stay in {store.path}: the same command goes on "
        "from them, also with another time limit."
    )


@contextmanager
def engines_of(
    request: Request, options: SolveOptions, tree: ScenarioTree | None, model: Model | None, journal: Journal
) -> Iterator[Sequence[Engine]]:
    """Gives the engines of a cluster, where the plan is to be made there; else none. Without a model it goes by path.

    Raises:
        CaseFaults: the package of the cluster is not installed, or there is no scheduler at the address.
    """
    if request.executor != "dask":
        yield ()
        return
    reason = "the plan is not over scenarios." if tree is None else ""
    if tree is not None and model is not None:
        reason = why_one_program(tree, model, options)
    if reason:
        journal.note(f"--executor dask has no effect: {reason[0].lower()}{reason[1:]}")
        yield ()
        return
    # The distributed engine takes a second to import and is an extra.
    from planner.sweeps.cluster_engines import cluster_engines

    with cluster_engines(request.cluster, slots=request.workers or core_count(), most=request.workers) as engines:
        yield engines
