"""What a scenario tree is, before any plan: its stages, branches with what becomes known there, and scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.calendar import parse_label
from models.case import Case
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from models.whatif.scenario import ScenarioChange, scenario_changes
from planner.documents.blocks import Column, Document, Form, Medium, Section, Sentence, TableBlock, Tone, rows_of
from planner.errors import listed
from planner.future_texts import normalised_remark
from planner.results.tree_tables import tree_tables
from planner.scenario_cases import ScenarioSet
from planner.versions import version

_SHOWN = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY, Medium.SHEETS})
_BEHIND = frozenset({Medium.MARKDOWN, Medium.PAGE})
_NAMES = 4
"""Names that a cell lists before it counts the rest."""
_SUBJECTS = {
    "demand": "demand",
    "prices": "price",
    "limits": "supply",
    "budgets": "budget",
    "lead_times": "lead time",
    "carbon_limits": "carbon limit",
}
_FIELDS = {"fail": "failure", "respin": "respins", "slip": "months of delay", "amount": "budget"}
_UNITS = ("_musd", "_usd_per_mwh", "_usd", "_mw", "_kwh", "_million", "_months")
_SIGNS = {"multiply": "× ", "add": "+ ", "set": "= "}

Record = dict[str, Any]


def scenario_tree_document(made: ScenarioSet, command: str) -> Document:
    """Returns the document of the scenarios of a case; `command` is what showed or made them."""
    tree = scenario_tree(made.case)
    assert tree is not None, "a set of scenarios has a tree"
    return Document(
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
        _branches(made.case, tree, list(tables["branches"].records())),
        _scenarios(made.case, list(tables["futures"].records())),
        *_disruptions(made.case),
    ]
    for table in shown:
        yield Section(table.name, table.title, (table,), media=_SHOWN)
    for name, title, note, columns in _LISTS:
        if name in tables:
            table = TableBlock(name, title, note, columns, rows_of(list(tables[name].records()), columns))
            yield Section(name, title, (table,), media=_BEHIND, is_folded=True)


def _branches(case: Case, tree: ScenarioTree, rows: Sequence[Record]) -> TableBlock:
    """The branches, each followed by those that part from it, with what becomes known in each."""
    labels = case.settings.calendar.labels
    changes = {row.scenario: scenario_changes(case, row) for row in case.scenarios if row.scenario in tree.names}
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
        known = [change for change in changes[names[0]] if _is_new(change, row, labels)]
        lines = tuple(_lines(labels, known))
        if len(lines) == 1 and known[0].known == labels.index(row["from"]):
            lines = (change_words(known),)
        nothing = ("no change" if row["parent"] else "nothing yet",)
        records.append({**row, "known": lines or nothing, "scenarios": listed(names, most=_NAMES)})
    columns = (
        Column("stage", "Stage", Form.COUNT, width=6), Column("from", "From", width=8),
        Column("until", "Until", width=8), Column("known", "What becomes known", width=36),
        Column("probability", "Probability", Form.SHARE), Column("scenarios", "Scenarios", width=36),
    )  # fmt: skip
    note = "Each branch is followed by those that part from it."
    return TableBlock("branches", "Branches", note, columns, rows_of(records, columns))


def _is_new(change: ScenarioChange, row: Record, labels: Sequence[str]) -> bool:
    first, last = labels.index(row["from"]), labels.index(row["until"])
    # Before the first branch nothing is known; what all have in common may become known inside a branch.
    return first <= change.known <= last


def _scenarios(case: Case, futures: Sequence[Record]) -> TableBlock:
    chance = {row["scenario"]: row["probability"] for row in futures}
    labels = case.settings.calendar.labels
    columns = (
        Column("scenario", "Scenario", width=24), Column("probability", "Probability", Form.SHARE),
        Column("changes", "What becomes known", width=36), Column("note", "Note", width=30, spare=1),
    )  # fmt: skip
    records: list[Record] = []
    for row in case.scenarios:
        lines = tuple(_lines(labels, scenario_changes(case, row))) or ("nothing: the base case",)
        share = chance.get(row.scenario, row.probability if row.probability == 0 else None)
        records.append({"scenario": row.scenario, "probability": share, "changes": lines, "note": row.note})
    note = "Blank where a scenario is planned with another from which it never differs."
    has_blank = any(record["probability"] is None for record in records)
    return TableBlock("scenarios", "Scenarios", note if has_blank else "", columns, rows_of(records, columns))


def _lines(labels: Sequence[str], changes: Sequence[ScenarioChange]) -> Iterator[str]:
    """Yields changes in words, a line for each time at which something becomes known."""
    for known in sorted({change.known for change in changes}):
        label = labels[known] if known < len(labels) else "after the horizon"
        yield f"{label}: {change_words([change for change in changes if change.known == known])}"


def change_words(changes: Sequence[ScenarioChange]) -> str:
    """Returns changes in words: disruptions by name, and other values by what they are of; blank for none."""
    values: list[tuple[str, str, str]] = []
    parts = []
    for change in changes:
        if change.row is None:
            parts.append(change.what)
        else:
            row = change.row
            subject = _SUBJECTS.get(row.table) or _column_words(row.column)
            key = "" if row.key in ("", "*") else row.key
            values.append((subject, key, _size(row.effect, row.value)))
    return "; ".join([*parts, *_values_in_words(values)])


def _size(effect: str, value: float) -> str:
    return f"{_SIGNS[effect]}{value:.4g}" if abs(value) < 1e4 else f"{_SIGNS[effect]}{value:,.0f}"


def _values_in_words(values: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yields values, each a subject, the name of what it is of and a size; what changes alike is one.

    >>> list(_values_in_words([("fee", "a", "× 2"), ("fee", "b", "× 2"), ("fee", "c", "× 3"), ("demand", "", "× 4")]))
    ['fee of a, b × 2, c × 3', 'demand × 4']
    """
    for subject in dict.fromkeys(subject for subject, _, _ in values):
        names: dict[str, list[str]] = {}
        for other, name, size in values:
            if other == subject:
                names.setdefault(size, []).append(name)
        alike = [" ".join(part for part in (listed([n for n in own if n], most=_NAMES), size) if part)
                 for size, own in names.items()]  # fmt: skip
        has_names = any(name for own in names.values() for name in own)
        yield f"{subject} {'of ' if has_names else ''}{listed(alike, most=_NAMES)}"


def _disruptions(case: Case) -> Iterator[TableBlock]:
    """What the disruptions of the scenarios change, where there are any."""
    used = dict.fromkeys(name for row in case.scenarios for name in row.disruptions)
    columns = (
        Column("disruption", "Disruption", width=24), Column("start", "Begins", width=9),
        Column("changes", "What it changes", width=36),
    )  # fmt: skip
    records: list[Record] = []
    for name in used:
        own = [row for row in case.disruptions if row.disruption == name]
        values = [
            (_FIELDS.get(row.field, row.field).replace("_", " "), row.target,
             "" if row.field == "fail" else _size(row.effect, row.value))
            for row in own
        ]  # fmt: skip
        lines = tuple(_values_in_words(values))
        records.append(
            {"disruption": name, "start": min((row.start for row in own), key=parse_label), "changes": lines}
        )
    if not records:
        return
    note = "Sizes are those at full strength; the tables of the case have how long they last."
    yield TableBlock("disruptions", "Disruptions of the scenarios", note, columns, rows_of(records, columns))


def _column_words(column: str) -> str:
    unit = next((unit for unit in _UNITS if column.endswith(unit)), "")
    return column.removesuffix(unit).replace("_", " ")
