"""What a plan over scenarios decides now, and what it decides later, by what has become known until then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.documents.blocks import (
    FOLLOWS,
    Column,
    Form,
    Sentence,
    TableBlock,
    TextBlock,
    TimelineBlock,
    Tone,
    rows_of,
)
from planner.documents.colours import share_colour
from planner.documents.content.plan_decisions import decision_text
from planner.documents.content.plan_timeline import groups_of
from planner.documents.content.scenario_branches import BranchWords, chance_words, short_scenarios, words_of
from planner.documents.number_text import counted
from planner.documents.timeline import Stretch, TimelineBar, TimelineGroup, TimelineRow
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell, Table
from planner.results.totals import reporting_spans

STRATEGIC = frozenset({"sign", "buy", "start", "build"})
_SOLD = frozenset({"sell", "retire"})
_MOST_AMOUNTS = 4
_MOST_GROUPS = 9
"""Branches that have a part of the timeline each; of more, decisions are drawn with their probability."""
_MOST_BRANCHES = 16
_MOST_LINES = 9
_NOTHING = "nothing to decide"
_MUSD = "USD million"
_COMPOUND = re.compile(r" or |^in \d+ of \d+ scenarios$")
_LIST = (Column("when", "When", width=10), Column("what", "What to decide", width=60, has_leads=True))
_DISTRIBUTION = (
    Column("when", "When", width=9),
    Column("verb", "Decision", width=9),
    Column("item", "Of what", width=22),
    Column("how", "How", width=16, spare=3),
    Column("if", "If", width=30),
    Column("probability", "Probability", Form.SHARE),
    Column("units_least", "Least", Form.QUANTITY, spare=4),
    Column("units_mean", "Mean", Form.QUANTITY, spare=2),
    Column("units_most", "Most", Form.QUANTITY, spare=4),
    Column("unit", "", width=7, spare=2),
    Column("musd_mean", "Mean cost", Form.MUSD, _MUSD, spare=1),
)
_DECIDED = (
    Column("when", "When", width=9),
    Column("node", "Node", width=18, spare=4),
    Column("scenarios", "Scenarios", width=24),
    Column("probability", "Probability", Form.SHARE),
    Column("verb", "Decision", width=10),
    Column("item", "Of what", width=22),
    Column("how", "How", width=14, spare=3),
    Column("units", "Amount", Form.QUANTITY),
    Column("unit", "", width=9, spare=1),
    Column("musd", "In all", Form.MUSD, _MUSD),
    Column("effect", "What follows", width=30, spare=2),
)

Row = Mapping[str, Any]


def now_lines(loaded: LoadedRun) -> dict[str, list[str]]:
    """Returns what is decided before scenarios differ, by period; effects that differ have their condition."""
    words = words_of(loaded)
    first = {str(row["when"]) for row in loaded.rows("decision_distribution") if row["stage"] == 1}
    together: dict[tuple[Any, ...], list[Row]] = {}
    for row in loaded.rows("decisions"):
        if row["reported"] == "yes" and row["when"] in first:
            key = tuple(row[name] for name in ("when", "verb", "item", "how", "periods", "units", "musd"))
            together.setdefault(key, []).append(row)
    found: dict[str, list[str]] = {}
    for (when, *_), rows in together.items():
        effects: dict[str, list[str]] = {}
        for one in rows:
            effects.setdefault(str(one["effect"] or ""), []).extend(str(one["scenarios"]).split(";"))
        effect = next(iter(effects))
        if len(effects) > 1:
            last = len(loaded.calendar.labels) - 1
            effect = alternatives([(text, words.condition(names, last)) for text, names in effects.items() if text])
        found.setdefault(str(when), []).append(decision_text({**rows[0], "effect": effect}, str(when)))
    return dict(sorted(found.items(), key=lambda entry: loaded.calendar.period_at(entry[0])))


def now_table(loaded: LoadedRun) -> TableBlock:
    """Returns what has to be decided now: the same whichever scenario comes."""
    rows = tuple((when, tuple(lines)) for when, lines in now_lines(loaded).items())
    title = "What to decide now"
    note = "Before scenarios can be distinguished: the same whichever comes."
    rows = rows or ((loaded.periods[0], (f"{FOLLOWS}{_NOTHING}",)),)
    return TableBlock("now", title, note, _LIST, rows, file="decisions")


def now_text(loaded: LoadedRun, most: int = _MOST_LINES) -> TextBlock:
    """Returns the same as points of a list, as many as have room."""
    lines = [f"{when}: {line}" for when, own in now_lines(loaded).items() for line in own]
    return _points(lines[:most], most, len(lines))


def _points(lines: Sequence[str], most: int, count: int) -> TextBlock:
    said = [Sentence(line) for line in lines] or [Sentence(_NOTHING)]
    more = count - most
    return TextBlock((*said, *([Sentence(f"and {more} more", Tone.FAINT)] if more > 0 else [])), is_list=True)


def later_table(loaded: LoadedRun) -> TableBlock:
    """Returns what waits, by period: what is decided then, how much of it, and on what it depends."""
    words = words_of(loaded)
    every = list(_later(loaded, words))
    rows = []
    for span, periods in reporting_spans(loaded.case).items():
        lines = [_dated(row, line, span) for row, line in every if row["when"] in periods]
        if lines:
            rows.append((span, tuple(lines)))
    title = "What to decide later, and what it depends on"
    note = "Conditions are what has become known by then. Machines that are sold are in the table of decisions."
    return TableBlock("later", title, note, _LIST, tuple(rows), file="decision_distribution")


def _dated(row: Row, line: str, span: str) -> str:
    """Returns a line with the part of the year in which it is decided, where it stands with others of a year."""
    part = str(row["when"]).removeprefix(span).lstrip("-")
    verb, _, rest = line.partition(" ")
    return f"{verb} in {part} {rest}" if part else line


def later_text(loaded: LoadedRun, most: int = _MOST_LINES) -> TextBlock:
    """Returns what waits as points of a list; where there is no room for all, deals, own chips and sites remain."""
    words = words_of(loaded)
    found = [
        (row["verb"] not in STRATEGIC, row["probability"] > 1 - 1e-9, place, f"{row['when']}: {line}")
        for place, (row, line) in enumerate(_later(loaded, words))
    ]
    kept = sorted(sorted(found)[:most], key=lambda entry: entry[2])
    return _points([line for *_, line in kept], most, len(found))


def _later(loaded: LoadedRun, words: BranchWords) -> Iterator[tuple[Row, str]]:
    """Yields what is decided after scenarios differ, but for sales, with its amounts and conditions in a line."""
    rows: dict[tuple[Any, ...], list[Row]] = {}
    for one in loaded.rows("decisions"):
        rows.setdefault((one["when"], one["verb"], one["item"]), []).append(one)
    for row in loaded.rows("decision_distribution"):
        if row["when"] in loaded.periods and row["stage"] != 1 and row["verb"] not in _SOLD:
            same = [
                one
                for one in rows[row["when"], row["verb"], row["item"]]
                if one["unit"] == row["unit"] and row["how"] in ("", one["how"])
            ]
            yield row, _line(loaded, words, row, same)


def _line(loaded: LoadedRun, words: BranchWords, row: Row, same: Sequence[Row]) -> str:
    """A decision with its amounts and conditions in one line; `same` are its rows by branch."""
    what, period = f"{row['item']} {row['how']}".strip(), loaded.calendar.period_at(row["when"])
    chance = row["probability"]
    share = f" ({chance_words(chance)} %)" if chance < 1 - 1e-9 else ""
    whole = words.condition(row["scenarios"].split(";"), period)
    if not row["unit"]:
        return f"{row['verb']} {what} {whole}{share}"
    amounts = _amounts(same)
    unit = f" {row['unit']}" if row["unit"] != "units" else ""
    if len(amounts) == 1:
        return f"{row['verb']} {counted(round(next(iter(amounts)), 2))}{unit} {what} {whole}{share}"
    if 1 < len(amounts) <= _MOST_AMOUNTS:
        parts = [
            (f"{counted(round(amount, 2))}{unit}", words.condition(names, period)) for amount, names in amounts.items()
        ]
        listed_parts = (
            "; ".join(" ".join(part) for part in parts) + "; none otherwise" if share else alternatives(parts)
        )
        return f"{row['verb']} {what}: {listed_parts}"
    least, mean, most = (counted(round(row[name])) for name in ("units_least", "units_mean", "units_most"))
    return f"{row['verb']} {what}: {least} to {most}{unit}, {mean} in the mean, {whole}{share}"


def alternatives(parts: Sequence[tuple[str, str]]) -> str:
    """Returns texts with their conditions, of which one always holds; the one that is long to say comes last.

    >>> alternatives([("800 MW", "if squeeze"), ("600 MW", "unless squeeze or dry"), ("400 MW", "if dry")])
    '800 MW if squeeze; 400 MW if dry; 600 MW otherwise'
    >>> alternatives([("20", "in hi"), ("5", "in lo")])
    '20 in hi; 5 in lo'
    """

    def length(condition: str) -> int:
        is_plain = condition.startswith(("if ", "in ")) and not _COMPOUND.search(condition)
        return 0 if is_plain else len(condition)

    longest = max(parts, key=lambda part: length(part[1]))
    if len(parts) < 2 or not length(longest[1]):
        return "; ".join(" ".join(part) for part in parts)
    others = [" ".join(part) for part in parts if part is not longest]
    return "; ".join([*others, f"{longest[0]} otherwise"])


def _amounts(rows: Sequence[Row]) -> dict[float, list[str]]:
    """The scenarios by what is decided in each, the most first; none where one scenario has several such rows."""
    found: dict[float, list[str]] = {}
    seen: set[str] = set()
    for row in rows:
        for name in str(row["scenarios"]).split(";"):
            if name in seen:
                return {}
            seen.add(name)
            found.setdefault(round(float(row["units"] or 0.0), 2), []).append(name)
    return dict(sorted(found.items(), reverse=True))


def distribution_table(loaded: LoadedRun) -> TableBlock:
    """Returns every kind of decision by period with its condition, its probability and its amounts."""
    words = words_of(loaded)
    rows = [
        {**row, "if": words.condition(str(row["scenarios"]).split(";"), loaded.calendar.period_at(str(row["when"])))}
        for row in loaded.rows("decision_distribution")
    ]
    title = "Decisions over all scenarios"
    note = "Least, mean and most over the scenarios in which it is decided; mean cost after volume discounts."
    return TableBlock("decision_distribution", title, note, _DISTRIBUTION, rows_of(rows, _DISTRIBUTION))


def decided_table(loaded: LoadedRun) -> TableBlock:
    """Returns every decision of every branch."""
    every = len(loaded.rows("futures"))
    rows = [short_scenarios(row, every) for row in loaded.rows("decisions") if row["reported"] == "yes"]
    title = "Every decision by branch"
    return TableBlock("decisions", title, "Each row holds where one of its scenarios comes.", _DECIDED,
                      rows_of(rows, _DECIDED))  # fmt: skip


def branch_timeline(loaded: LoadedRun) -> TimelineBlock:
    """Returns what is decided when: by branch where there are few, else each decision with its probability."""
    is_few = len(loaded.rows("branches")) <= _MOST_BRANCHES
    groups = _by_branch(loaded) if is_few else []
    note = (
        "A part for each branch, with what is decided in it. Pale: ordered and waiting. Solid: the period of arrival, "
        "with units or MW. Marks: signing (circle), tape-out (diamond), ready or owned (triangle)."
    )
    if not is_few or len(groups) > _MOST_GROUPS:
        groups = _by_probability(loaded)
        note = "Each decision in the periods in which it may be taken, with its probability: dark is certain."
    title = "Decisions by branch and time"
    source = "decisions", "decision_distribution", "branches"
    return TimelineBlock("branch-timeline", title, note, loaded.periods, tuple(groups), distribution_table(loaded),
                         source)  # fmt: skip


def _by_branch(loaded: LoadedRun) -> list[TimelineGroup]:
    words, labels, found = words_of(loaded), loaded.calendar.labels, []
    for branch in loaded.rows("branches"):
        names = str(branch["scenarios"]).split(";")
        start, end = (labels.index(str(branch[name])) for name in ("from", "until"))
        nodes = {f"{label}/{names[0]}" for label in labels[start : end + 1]}
        tables = {
            name: Table(name, table.columns, tuple(_of_nodes(table, nodes)))
            for name, table in loaded.tables.items()
            if name in ("orders", "tape_outs", "acquisitions", "agreements", "expansions")
        }
        own = LoadedRun(loaded.manifest, {**loaded.tables, **tables, "decisions": _none(loaded)}, loaded.read, "")
        rows = [row for group in groups_of(own) for row in group.rows]
        if rows:
            when = words.condition(names, start) if branch["parent"] else "now, in every scenario"
            chance = branch["probability"] if isinstance(branch["probability"], float) else 1.0
            share = f" ({chance_words(chance)} %)" if branch["parent"] else ""
            found.append(
                TimelineGroup(f"{branch['from'] if branch['parent'] else labels[0]}: {when}{share}", tuple(rows))
            )
    return found


def _of_nodes(table: Table, nodes: set[str]) -> Iterator[tuple[Cell, ...]]:
    at = table.columns.index("node")
    return (row for row in table.rows if row[at] in nodes)


def _none(loaded: LoadedRun) -> Table:
    return Table("decisions", loaded.table("decisions").columns, ())


_KINDS = (
    ("Deals, own chips and sites", STRATEGIC),
    ("Orders and leases", frozenset({"order", "lease"})),
    ("Machines sold or retired", _SOLD),
)


def _by_probability(loaded: LoadedRun) -> list[TimelineGroup]:
    found = []
    for title, verbs in _KINDS:
        lines: dict[str, TimelineRow] = {}
        for row in loaded.rows("decision_distribution"):
            if row["verb"] in verbs:
                name = f"{row['verb']} {row['item']}"
                chance = row["probability"] if isinstance(row["probability"], float) else 0.0
                at = float(loaded.calendar.period_at(str(row["when"])))
                amount = ""
                if isinstance(row["units_mean"], float):
                    least, most = (counted(round(float(row[end] or 0))) for end in ("units_least", "units_most"))
                    amount = f", {least} to {most} {row['unit']}" if least != most else f", {least} {row['unit']}"
                label = f"{chance_words(chance)} %"
                line = lines.setdefault(name, TimelineRow(name))
                line.weight += chance
                line.bars.append(
                    TimelineBar(at, at + 1, Stretch.ARRIVAL, share_colour(chance), 0, label, f"{name}{amount}",
                                f"{row['when']}, probability {label}")
                )  # fmt: skip
        if lines:
            found.append(TimelineGroup(title, tuple(lines.values())))
    return found
