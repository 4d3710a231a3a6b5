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


def read(path):
    """The results in a file by trial and number, but for those of trials that have changed since."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        # The last line of a run that was killed may be cut off.
        result = Result(**json.loads(line)) if line.endswith("}") else None
        if result and result.trial in trials.NAMES and result.key == trials.key_of(result.trial):
            found[result.trial, result.number] = result
    return found


class State:
    """The results of these sources: read once, added to line by line; and those of other sources, to be told."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{trials.sources()}.jsonl"
        self.results = read(self.path)
        self.others = {path.stem: read(path) for path in sorted(folder.glob("*.jsonl")) if path != self.path}

    def add(self, result):
        """Writes a result behind the others; a line that was cut off before is ended first."""
        ended = not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("" if ended else "\n") + json.dumps(asdict(result)) + "\n")
        self.results[result.trial, result.number] = result

    def of(self, name):
        """The results of a trial in order of their numbers, those beyond its full count left out."""
        return _of(name, self.results)

    def most(self, name):
        """The sources with the most results of a trial, these before others, and the results."""
        found = [(self.path.stem, self.of(name))]
        found += [(stem, _of(name, results)) for stem, results in self.others.items()]
        return max(found, key=lambda pair: len(pair[1]))

    def missing(self, name, most):
        """The numbers of a trial that have no result yet, of the first `most` of its order."""
        order = spread(trials.module_of(name).count())[:most]
        return [number for number in order if (name, number) not in self.results]


def _of(name, results):
    return [results[name, number] for number in range(trials.module_of(name).count()) if (name, number) in results]
