"""The branches of a scenario tree in words: what becomes known in each, and under which condition something holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.case import Case
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.documents.content.scenario_changes import (
    MOST_NAMES,
    KnownChange,
    change_lines,
    change_words,
    known_changes,
)
from planner.documents.number_text import percent
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

_MOST_BRANCHES = 32
"""Branches of a stage that are drawn one by one."""
_TREE = (
    Column("branch", ""),
    Column("parent", ""),
    Column("title", "Branch", width=24),
    Column("start", "From", width=8),
    Column("end", "Until", width=8),
    Column("chance", "Probability", Form.PERCENT),
    Column("says", ""),
    Column("learned", "What becomes known", width=40),
    Column("names", "Scenarios", width=30),
)


@dataclass(frozen=True, eq=False)
class BranchWords:
    """The scenarios of a plan, and from which period on which changes are known in each."""

    names: tuple[str, ...]
    since: dict[str, dict[KnownChange, int]] = field(default_factory=dict)

    def known(self, name: str, period: int) -> frozenset[KnownChange]:
        """Returns the changes that are known of a scenario in a period."""
        return frozenset(change for change, first in self.since[name].items() if first <= period)

    def learned(self, name: str, begin: int, end: int) -> dict[KnownChange, int]:
        """Returns what becomes known of a scenario from a period to another, with the period of each."""
        return {change: at for change, at in self.since[name].items() if begin <= at <= end}

    def condition(self, scenarios: Sequence[str], period: int) -> str:
        """Returns when a plan is in one of some scenarios, as far as it is known in a period: by what has happened."""
        within = [name for name in self.names if name in set(scenarios)]
        others = [name for name in self.names if name not in set(scenarios)]
        if not others:
            return "in every scenario"
        mine = frozenset.intersection(*(self.known(name, period) for name in within))
        theirs = frozenset.intersection(*(self.known(name, period) for name in others))
        any_of_mine = frozenset[KnownChange]().union(*(self.known(name, period) for name in within))
        any_of_theirs = frozenset[KnownChange]().union(*(self.known(name, period) for name in others))
        own, lacking = mine - any_of_theirs, theirs - any_of_mine
        # Disruptions have names that say what happens; of other changes a few names of scenarios say more.
        happened, missing = self._disruptions(within, period), self._disruptions(others, period)
        if happened and (not missing or len(happened) <= len(missing)):
            return f"if {' or '.join(happened)}"
        if missing:
            return f"unless {' or '.join(missing)}"
        if len(within) > MOST_NAMES:
            if own:
                return f"if {change_words(own)}"
            if lacking or len(others) <= MOST_NAMES:
                return f"unless {change_words(lacking)}" if lacking else f"except in {', '.join(others)}"
        return f"in {scenario_words(within, len(self.names))}"

    def _disruptions(self, names: Sequence[str], period: int) -> list[str]:
        """Returns disruptions of which one is known in each of some scenarios and none in another; few, or nothing."""
        wanted = set(names)
        found: list[str] = []
        having: dict[str, set[str]] = {}
        for name in self.names:
            for change in self.known(name, period):
                if not change.size:
                    having.setdefault(change.subject, set()).add(name)
        left = set(wanted)
        # The one that covers most comes first; in the order of the scenarios where several do.
        while left and len(found) < MOST_NAMES:
            inside = [(subject, left & own) for subject, own in having.items() if own <= wanted]
            subject, covered = max(inside, key=lambda entry: len(entry[1]), default=("", set[str]()))
            if not covered:
                return []
            found.append(subject)
            left -= covered
        return [] if left else found


def branch_words(case: Case, names: Sequence[str]) -> BranchWords:
    """Returns some scenarios of a case with what becomes known of each."""
    return BranchWords(tuple(names), {name: known_changes(case, name) for name in names})


def words_of(loaded: LoadedRun) -> BranchWords:
    """Returns the scenarios of a plan with what becomes known of each."""
    return branch_words(loaded.case, [str(row["scenario"]) for row in loaded.rows("futures")])


def chance_words(chance: float) -> str:
    """Returns a probability in per cent, with a decimal where it has one.

    >>> chance_words(0.30000000000000004), chance_words(0.575)
    ('30', '57.5')
    """
    return percent(chance, 0 if abs(round(chance, 2) - chance) < 1e-9 else 1)


def scenario_words(names: Sequence[str], every: int) -> str:
    """Returns scenarios by name where they are few, else their number.

    >>> scenario_words(["a", "b"], 4), scenario_words(["a", "b", "c", "d"], 4), scenario_words(list("abcde"), 9)
    ('a, b', 'every scenario', '5 of 9 scenarios')
    """
    if len(names) == every and every > 1:
        return "every scenario"
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} of {every} scenarios"


def short_scenarios(row: dict[str, Cell], every: int) -> dict[str, Cell]:
    """Returns a row of a result table in which many scenarios are a number of them."""
    return {**row, "scenarios": scenario_words(str(row["scenarios"]).split(";"), every)}


def branch_table(case: Case, words: BranchWords, rows: Sequence[dict[str, Cell]]) -> TableBlock:
    """Returns the branches of a tree with what becomes known in each; many of one stage are one row by parent.

    `rows` are those of the result table `branches`.
    """
    labels = case.settings.calendar.labels
    periods = labels[: case.settings.periods]
    by_name = {str(row["branch"]): row for row in rows}
    counts: dict[Cell, int] = {}
    for row in rows:
        counts[row["stage"]] = counts.get(row["stage"], 0) + 1
    made: list[dict[str, Cell]] = []
    for row in rows:
        names = str(row["scenarios"]).split(";")
        start = labels.index(str(row["from"]))
        if start >= len(periods) or _is_bundled(row, by_name, counts):
            continue
        new = words.learned(names[0], start, labels.index(str(row["until"])))
        at_once = [change for change, at in new.items() if at == start]
        later = tuple(change_lines(labels, {change: at for change, at in new.items() if at > start}))
        first = (change_words(at_once),) if at_once else ("no change",) if row["parent"] and not later else ()
        says = "; ".join((*first, *later))
        chance = row["probability"] if isinstance(row["probability"], float) else 1.0
        title = names[0] if len(names) == 1 else says if row["parent"] else "now"
        shown = f"{chance_words(chance)} %"
        end = str(row["until"]) if labels.index(str(row["until"])) < len(periods) else periods[-1]
        meaning = says if says not in ("", title) else ""
        under = ", ".join(part for part in (shown if row["parent"] else f"{len(names)} scenarios", meaning) if part)
        made.append({**row, "start": row["from"], "end": end, "title": title, "says": under, "learned": says,
                     "chance": chance, "names": scenario_words(names, len(words.names))})  # fmt: skip
    made += _bundles(rows, made, counts, periods[-1])
    return TableBlock("tree", "The scenario tree", "", _TREE, rows_of(made, _TREE), file="branches")


def _is_bundled(row: dict[str, Cell], first: dict[str, dict[str, Cell]], counts: dict[Cell, int]) -> bool:
    parent = first.get(str(row["parent"]))
    return counts[row["stage"]] > _MOST_BRANCHES or (parent is not None and _is_bundled(parent, first, counts))


def _bundles(
    rows: Sequence[dict[str, Cell]], made: Sequence[dict[str, Cell]], counts: dict[Cell, int], last: str
) -> list[dict[str, Cell]]:
    """Returns a row in place of the many branches of each branch that is drawn."""
    drawn = {row["branch"]: row for row in made}
    found: dict[Cell, dict[str, Cell]] = {}
    for row in rows:
        above = drawn.get(row["parent"])
        if counts[row["stage"]] > _MOST_BRANCHES and above is not None:
            found[row["parent"]] = {
                "branch": f"{row['parent']}/…", "parent": row["parent"], "start": row["from"],
                "end": last, "title": f"{above['count']} scenarios",
                "says": f"parting from {row['from']} on", "learned": "one of many", "chance": above["chance"],
                "names": above["names"],
            }  # fmt: skip
    return list(found.values())


def tree_chart(loaded: LoadedRun) -> ChartBlock:
    """Returns the picture of the tree."""
    note = (
        "From left to right: what is not known yet is decided on one line. A line parts where something becomes known; "
        "below it stand its probability and what that is."
    )
    return ChartBlock(
        "tree", "The scenario tree", ChartKind.TREE, "tree", "start", labels=loaded.periods, note=note,
        source=("branches", "scenarios", "scenario_values"),
    )  # fmt: skip
