"""What a scenario tree is, before any plan: its stages, branches with what becomes known there, and scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.case import Case
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from planner.documents.blocks import Column, Document, Form, Medium, Section, Sentence, TableBlock, Tone, rows_of
from planner.documents.content.labels_of_items import item_labels
from planner.documents.content.scenario_changes import (
    change_lines,
    change_words,
    disruption_tables,
    known_changes,
    scenarios_table,
)
from planner.documents.item_labels import labelled
from planner.errors import listed
from planner.future_texts import normalised_remark
from planner.results.tree_tables import tree_tables
from planner.scenario_cases import ScenarioSet
from planner.versions import version

_SHOWN = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY, Medium.SHEETS})
_BEHIND = frozenset({Medium.MARKDOWN, Medium.PAGE})
_NAMES = 4
"""Names that a cell lists before it counts the rest."""
Record = dict[str, Any]


def scenario_tree_document(made: ScenarioSet, command: str, *, shows_labels: bool = True) -> Document:
    """Returns the document of the scenarios of a case; `command` is what showed or made them.

    Items are shown by their labels, or by their ids as in files.
    """
    tree = scenario_tree(made.case)
    assert tree is not None, "a set of scenarios has a tree"
    document = Document(
        kind="scenarios",
        title=f"{made.case.settings.name}: scenarios",
        subject=made.case.settings.name,
        source=f"case {made.read.case_hash[:8]}",
        headlines=tuple(_headlines(made, tree)),
        sections=tuple(_sections(made, tree)),
        how_to_read=(
            "Two scenarios share a branch, and its decisions, as long as the same changes are known in both.",
            "The probabilities of the branches of a stage add up to 1.",
        ),
        facts=(("Command", command), ("Inputs", made.read.case_hash)),
        footer=f"Written by fleetplan {version()}.",
    )
    return labelled(document, item_labels(made.case)) if shows_labels else document


def _headlines(made: ScenarioSet, tree: ScenarioTree) -> Iterator[Sentence]:
    count = len(tree.names)
    if count == 1:
        yield Sentence(f"One scenario, {tree.names[0]}: there is no other.", Tone.STRONG)
    else:
        apart = f"they differ from {listed(tree.revealed, most=12)} on"
        yield Sentence(f"{count} scenarios in {tree.stages} stages: {apart}. {len(tree.tree)} nodes.", Tone.STRONG)
    yield from _origin(made)
    positive = sum(row.probability > 0 for row in made.case.scenarios)
    if positive > count:
        yield Sentence(f"{positive - count} more never differ from one of them and are planned with it.", Tone.CARE)
    if remark := normalised_remark(made.case):
        yield Sentence(remark, Tone.CARE)
    if made.is_switched_on:
        sentence = "The case is planned without them: use_scenarios = false."
        if made.request.makes_scenarios:
            sentence = "use_scenarios was false; it is true in the case with these scenarios."
        yield Sentence(sentence, Tone.CARE)


def _origin(made: ScenarioSet) -> Iterator[Sentence]:
    request = made.request
    labels = listed([reveal.label for reveal in request.reveals], most=12)
    if request.sample is not None:
        yield Sentence(f"{made.count} were drawn from uncertain with seed {request.seed or 0}, known from {labels}.")
    elif request.lattice:
        ends = ", ".join(request.lattice)
        yield Sentence(f"{made.count} are all combinations of the ends {ends}, equally likely, known from {labels}.")
    if made.reduction is not None:
        found = made.reduction.reduction
        kept = f"{len(found.kept)} of {made.count} are kept by fast forward selection, each with what is nearest to it"
        lost = (
            f"{found.distance:.4g} standard deviations, {100 * found.share:.1f} % of that of the best single scenario"
        )
        yield Sentence(f"{kept}: Kantorovich distance {lost}.")


_STAGES = (
    Column("stage", "Stage", Form.COUNT), Column("from", "From", width=9), Column("until", "Until", width=9),
    Column("branches", "Branches", Form.COUNT), Column("nodes", "Nodes", Form.COUNT),
)  # fmt: skip
_NODES = (
    Column("node", "Node", width=24), Column("parent", "After", width=24), Column("period", "Period", width=9),
    Column("stage", "Stage", Form.COUNT), Column("probability", "Probability", Form.SHARE),
    Column("scenarios", "Scenarios", width=40),
)  # fmt: skip
_REPRESENTED = (Column("scenario", "Scenario", width=24), Column("represented_by", "Represented by", width=24))
_DRAWS = (
    Column("branch", "Branch", width=12), Column("known_from", "Known from", width=12),
    Column("input", "Input", width=28), Column("quantile", "Quantile", Form.SHARE),
    Column("value", "Value", Form.EXACT),
)  # fmt: skip
_LISTS = (
    ("nodes", "Nodes", "A node is a period in a history that is still possible.", _NODES),
    ("represented", "Which scenario represents which", "", _REPRESENTED),
    ("draws", "Draws", "Every value that was drawn, also of scenarios that are not kept.", _DRAWS),
)


def _sections(made: ScenarioSet, tree: ScenarioTree) -> Iterator[Section]:
    reduction = made.reduction
    tables = tree_tables(tree, made.draws, None if reduction is None else reduction.represented_by)
    note = "A stage begins where something becomes known that not all scenarios have in common."
    shown = [
        TableBlock("stages", "Stages", note, _STAGES, rows_of(list(tables["stages"].records()), _STAGES)),
        _branches(made.case, list(tables["branches"].records())),
        scenarios_table(made.case, list(tables["futures"].records())),
        *disruption_tables(made.case),
    ]
    for table in shown:
        yield Section(table.name, table.title, (table,), media=_SHOWN)
    for name, title, note, columns in _LISTS:
        if name in tables:
            table = TableBlock(name, title, note, columns, rows_of(list(tables[name].records()), columns))
            yield Section(name, title, (table,), media=_BEHIND, is_folded=True)


def _branches(case: Case, rows: Sequence[Record]) -> TableBlock:
    """The branches, each followed by those that part from it, with what becomes known in each."""
    labels = case.settings.calendar.labels
    after: dict[str, list[Record]] = {}
    for row in rows:
        after.setdefault(row["parent"], []).append(row)
    ordered: list[Record] = []
    waiting = after.get("", [])[::-1]
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting += after.get(row["branch"], [])[::-1]
    records: list[Record] = []
    for row in ordered:
        names = row["scenarios"].split(";")
        begin, end = labels.index(row["from"]), labels.index(row["until"])
        # What all scenarios of a branch have in common may become known inside it.
        new = {change: at for change, at in known_changes(case, names[0]).items() if begin <= at <= end}
        lines = (change_words(new, is_full=True),) if set(new.values()) == {begin} else tuple(change_lines(labels, new))
        nothing = ("no change" if row["parent"] else "nothing yet",)
        records.append({**row, "known": lines or nothing, "scenarios": listed(names, most=_NAMES)})
    columns = (
        Column("stage", "Stage", Form.COUNT, width=6), Column("from", "From", width=8),
        Column("until", "Until", width=8), Column("known", "What becomes known", width=36),
        Column("probability", "Probability", Form.SHARE), Column("scenarios", "Scenarios", width=36),
    )  # fmt: skip
    note = "Each branch is followed by those that part from it."
    return TableBlock("branches", "Branches", note, columns, rows_of(records, columns))
