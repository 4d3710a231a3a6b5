"""The measurements of a benchmark run, one after another, each kept as soon as it is made."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import ladder, outside, perturbed
from tests.benchmarks.figures import reached, seconds_to_plan
from tests.benchmarks.measure import Keep, machine_facts, run_json
from tests.case_folder import write_case

RIVALS = ("textbook cbc", "textbook highs", "textbook scip", "exported scip", "exported highs")
SLACK_S = 120.0
OVERRUN = 1.5
PYPSA_GAP = 1e-7
AGREES = 1e-6
"""Relative: two optima of the reduced problem are called the same when they differ by less."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. Seconds; `slow` is from when on a rival is not run again."""

    rungs: tuple[str, ...]
    rival_rungs: tuple[str, ...]
    rivals: tuple[str, ...]
    repeats: int
    gap: float
    limit: float
    ladder_limit: float
    slow: float
    threads: int
    engine: str
    seed: int
    python: str
    scratch: Path
    perturbations: tuple[int, ...] = perturbed.REPORTED


class Runs:
    """Makes the measurements that a keep does not hold yet."""

    def __init__(self, asked: Asked, keep: Keep):
        self._asked, self._keep = asked, keep

    def machine(self):
        self._keep.add({"kind": "machine", "rung": "", "who": "", "repeat": 0, **machine_facts()})

    def ladder(self):
        """Every rung once to its gap; read, check and build again for the other repeats, in turn."""
        for repeat in range(self._asked.repeats):
            for name in self._asked.rungs:
                rung = ladder.rung_of(name)
                facts = self._ours(rung, rung.gap, self._asked.ladder_limit, solve=repeat == 0) | {"traced": True}
                key = {"kind": "ladder", "rung": name, "who": "ours", "repeat": repeat, "gap": rung.gap}
                self._made(key | {"limit": self._asked.ladder_limit}, "tests.benchmarks.ours", facts)

    def rivals(self):
        """For each rung in turn: ours, the textbook's three, and our exported model in two, repeat by repeat."""
        asked = self._asked
        for repeat in range(asked.repeats):
            for name in asked.rival_rungs:
                rung = ladder.rung_of(name)
                key = {"kind": "rivals", "rung": name, "repeat": repeat, "gap": asked.gap, "limit": asked.limit}
                mine = self._ours(rung, asked.gap, asked.limit, solve=True)
                self._made(key | {"who": "ours"}, "tests.benchmarks.ours", mine)
                for who in asked.rivals:
                    form, solver = who.split()
                    # The textbook knows one history.
                    if (form == "textbook" and rung.futures > 1) or (repeat and self._was_slow(name, who)):
                        continue
                    facts = {**mine, "form": form, "solver": solver, "threads": asked.threads}
                    self._made(key | {"who": who}, "tests.benchmarks.rival", facts)

    def perturbed(self):
        """Each base and the cases beside it: ours in every repeat, the textbook in SCIP and HiGHS once."""
        asked = self._asked
        for seed in (perturbed.UNCHANGED, *asked.perturbations):
            for base in perturbed.BASES:
                self._perturbed_case(ladder.rung_of(base), seed)

    def _perturbed_case(self, rung, seed):
        asked = self._asked
        key = {"kind": "perturbed", "rung": rung.name, "gap": asked.gap, "limit": asked.limit, "seed": seed}
        facts = self._ours(rung, asked.gap, asked.limit, solve=True)
        facts["folder"] = str(perturbed.folder_of(rung, seed, asked.scratch))
        for repeat in range(asked.repeats):
            self._made(key | {"who": "ours", "repeat": repeat}, "tests.benchmarks.ours", facts)
        limit = asked.limit
        for solver in perturbed.SOLVERS:
            theirs = {**facts, "form": "textbook", "solver": solver, "threads": 1, "limit": limit}
            found = self._made(key | {"who": f"textbook {solver}", "repeat": 0}, "tests.benchmarks.rival", theirs)
            # The faster one counts: the second solver need not run much longer than the first one.
            limit = min(limit, max(perturbed.LEAST_S, perturbed.PATIENCE * seconds_to_plan(found)))

    def pypsa(self):
        """The reduced problem, in ours and in PyPSA by turns."""
        from tests.benchmarks.reduced import BASE, reduced_case

        asked = self._asked
        folder = asked.scratch / "reduced"
        if not (folder / "plan.toml").exists():
            write_case(reduced_case(), folder)
        facts = {"folder": str(folder), "gap": PYPSA_GAP, "limit": asked.limit, "engine": asked.engine}
        key = {"kind": "pypsa", "rung": f"{BASE}-reduced", "gap": PYPSA_GAP, "limit": asked.limit}
        for repeat in range(asked.repeats):
            other = key | {"who": "PyPSA", "repeat": repeat}
            theirs = self._made(other, "tests.benchmarks.pypsa_rival", facts, python=asked.python)
            if theirs["status"] == "not installed":
                say("  PyPSA is not installed here: skipped. Install the extra `rivals`, or name its Python.")
                return
            mine = self._made(key | {"who": "ours", "repeat": repeat}, "tests.benchmarks.reduced", facts)
            self._require_same(mine, theirs)

    def outside(self):
        """Whole runs of the command on frontier-lab."""
        asked = self._asked
        for repeat in range(asked.repeats):
            key = {"kind": "outside", "rung": outside.CASE, "who": "ours", "repeat": repeat, "gap": asked.gap}
            key |= {"limit": asked.limit}
            if self._keep.known(**key) is None:
                self._kept(key, outside.whole_plan(asked.gap, asked.limit))

    def startup(self):
        """Seconds to the first byte of each command, by turns."""
        for repeat in range(self._asked.repeats):
            for name, arguments in outside.COMMANDS.items():
                key = {"kind": "startup", "rung": name, "who": "ours", "repeat": repeat, "gap": None, "limit": None}
                if self._keep.known(**key) is None:
                    self._kept(key, outside.first_output(arguments))

    def _ours(self, rung, gap, limit, *, solve):
        asked = self._asked
        folder = ladder.folder_of(rung, asked.scratch, asked.seed)
        facts = {"folder": str(folder), "futures": rung.futures, "seed": asked.seed, "gap": gap, "limit": limit}
        return facts | {"engine": asked.engine, "solve": solve, "traced": False}

    def _made(self, key, module, facts, python=sys.executable):
        """The record of a key: the kept one, or that of a new run."""
        known = self._keep.known(**key)
        if known is not None:
            return known
        timeout = OVERRUN * key["limit"] + SLACK_S
        return self._kept(key, run_json((module, json.dumps(facts)), timeout=timeout, python=python))

    def _kept(self, key, found):
        record = self._keep.add({**key, **found})
        say(f"  {told(record)}")
        return record

    def _was_slow(self, rung, who):
        """True when a rival took so long in its first run that others would not be worth their time."""
        first = self._keep.of("rivals", rung=rung, who=who, repeat=0, gap=self._asked.gap, limit=self._asked.limit)
        return bool(first) and (not reached(first[0]) or seconds_to_plan(first[0]) > self._asked.slow)

    def _require_same(self, mine, theirs):
        costs = [one.get("objective") for one in (mine, theirs)]
        if not all(reached(one) for one in (mine, theirs)):
            msg = f"the reduced problem was not solved: {mine.get('detail', '')} {theirs.get('detail', '')}"
            raise RuntimeError(msg)
        if abs(costs[0] - costs[1]) > AGREES * max(1.0, abs(costs[0])):
            msg = f"the reduced problem has two optima: ours {costs[0]:.6f}, PyPSA's {costs[1]:.6f} USD million"
            raise RuntimeError(msg)


def told(record):
    """A record in a line, for whoever watches."""
    seconds = record.get("seconds")
    spent = sum(seconds.values()) if isinstance(seconds, dict) else seconds or record.get("wall") or 0.0
    parts = [record["kind"], record["rung"], record["who"], f"repeat {record['repeat'] + 1}", f"{spent:.2f} s"]
    if record.get("seed") is not None:
        parts.insert(2, f"seed {record['seed']}")
    if record.get("status"):
        parts.append(record["status"])
    if record.get("gap_left") is not None:
        parts.append(f"gap {100 * record['gap_left']:.3f} %")
    if record.get("status") == "failed":
        parts.append(record.get("detail", "")[-300:])
    return ", ".join(part for part in parts if part)


def say(text):
    print(text, flush=True)
