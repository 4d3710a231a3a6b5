"""Plans of the shipped cases without a search: the values that one has found are kept, and all that follows is made."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np

from models.outcome import Outcome, Status, Stop, Worth
from models.solvers.catalogue import facts_of
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import planned_model
from planner.case import read_case
from planner.files.run_folder import exact_target
from planner.interrupts import Interrupts
from planner.journal import Journal
from planner.plan_request import Request, merged
from planner.runs import PlannedCase, Run, plan_case, write_planned
from planner.show.live_progress import NoProgress

FOLDER = Path(__file__).parent / "answers"
UPDATE = "python -m tests.planner.frozen --update"


class _Still(Journal):
    """A journal whose clock stands still: every phase takes half a second."""

    elapsed = 1.5

    def end(self):
        if self._phase:
            self.seconds[self._phase] = 0.5
        self._phase = ""


def planned_run(source, name, gap, output):
    """Writes the run of a case in the folder `source` to `output`; its values are those kept as `name`."""
    read = read_case(source)
    request = Request(gap=gap, output=output, opposites=False, command=f"fleetplan plan {source.name} --gap {gap:g}")
    options = merged(request, read.case.solver)
    # Of all that makes a plan, the search alone is left out, and the solver that it would ask.
    nobody = SimpleNamespace(facts=facts_of(options.solver))
    nothing = {"require_right_answers": lambda engine: None, "_solved": lambda *_, **__: None}
    kept = {"exact_and_priced": lambda model, *_, **__: outcome_of(name, model.program)}
    with (
        mock.patch.multiple("planner.runs", **nothing),
        mock.patch.multiple("planner.finished_plan", **kept),
        Interrupts() as keys,
    ):
        planned = plan_case(read, request, options, nobody, journal=_Still(NoProgress()), keys=keys)
    folder = write_planned(planned, exact_target(output, replace=False), request.command)
    return Run(**{part: getattr(planned, part) for part in PlannedCase.__dataclass_fields__}, folder=folder)


def outcome_of(name, program):
    """The kept outcome."""
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert kept["size"] == _size(program), f"{_refitted(name)} {kept['size']} became {_size(program)}."

    def values(part, count):
        found = np.zeros(count)
        if kept[part]:
            found[[int(place) for place in kept[part]]] = [np.nan if v is None else v for v in kept[part].values()]
        return found

    return Outcome(
        status=Status(kept["status"]), stop=Stop(kept["stop"]), solver=kept["solver"], version=kept["version"],
        objective=kept["objective"], bound=kept["bound"], detail=kept["detail"],
        solution=values("solution", program.column_count), prices=values("prices", program.row_count),
        worths={int(row): _worth(own) for row, own in kept["worths"].items()},
    )  # fmt: skip


def solve_and_keep(source, name, gap):
    """Plans a case and keeps the values that are found."""
    read = read_case(source)
    request = Request(gap=gap, opposites=False)
    options = merged(request, read.case.solver)
    with Engine.start(options.solver) as engine, Interrupts() as keys:
        planned = plan_case(read, request, options, engine, journal=Journal(NoProgress()), keys=keys)
    found = planned.outcome
    head = {part: getattr(found, part) for part in ("solver", "version", "objective", "bound", "detail")}
    kept = {
        "status": found.status.value, "stop": found.stop.value, **head, "size": _size(planned_model(read.case).program),
        "solution": _told(found.solution), "prices": _told(found.prices),
        "worths": {row: asdict(own) for row, own in sorted(found.worths.items())},
    }  # fmt: skip
    FOLDER.mkdir(exist_ok=True)
    lines = [f"{json.dumps(part)}: {_lines(value)}" for part, value in kept.items()]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _lines(value):
    if not isinstance(value, dict):
        return json.dumps(value)
    entries = [f"{json.dumps(str(place))}: {json.dumps(own)}" for place, own in value.items()]
    lines = [", ".join(entries[at : at + 6]) for at in range(0, len(entries), 6)]
    return "{\n" + ",\n".join(lines) + "\n}"


def _told(values):
    """The values that are not 0 by place; None for one that is not known."""
    kept = [(place, float(value)) for place, value in enumerate(values.tolist()) if value != 0.0]
    return {place: None if np.isnan(value) else value for place, value in kept}


def _worth(kept):
    amounts = kept["amounts"]
    return Worth(kept["price"], None if amounts is None else tuple(amounts), kept["holds_up_to"], kept["reason"])


def _size(program):
    return [program.column_count, program.row_count, program.non_zeros]


def _refitted(name):
    return f"The kept values do not fit the program of {name} any more. To solve it again: {UPDATE} --solve"
