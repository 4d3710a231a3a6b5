"""The results of checks as JSON lines, one a check, that a later run goes on from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from tests.trust import trials

GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Result:
    """What came of one check; `key` names the module that made it."""

    trial: str
    number: int
    key: str
    held: bool
    seconds: float
    detail: str


def spread(count):
    """The numbers below a count in such an order that however many come first, they are from all parts."""
    return sorted(range(count), key=lambda number: number * GOLDEN % 1.0)


class State:
    """The results of these sources: read once, added to line by line."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{trials.sources()}.jsonl"
        self.results = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []:
            # The last line of a run that was killed may be cut off.
            if line.endswith("}"):
                self._keep(Result(**json.loads(line)))

    def _keep(self, result):
        if result.trial in trials.NAMES and result.key == trials.key_of(result.trial):
            self.results[result.trial, result.number] = result

    def add(self, result):
        """Writes a result behind the others; a line that was cut off before is ended first."""
        ended = not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("" if ended else "\n") + json.dumps(asdict(result)) + "\n")
        self._keep(result)

    def of(self, name):
        """The results of a trial in order of their numbers, those beyond its full count left out."""
        full = trials.module_of(name).count()
        return [self.results[name, number] for number in range(full) if (name, number) in self.results]

    def missing(self, name, most):
        """The numbers of a trial that have no result yet, of the first `most` of its order."""
        order = spread(trials.module_of(name).count())[:most]
        return [number for number in order if (name, number) not in self.results]
