"""The table of trials, and its place in the page."""

from __future__ import annotations

from tests.trust import trials

BEGIN, END = "<!-- begin: table of python -m tests.trust -->", "<!-- end: table of python -m tests.trust -->"


def markdown(state):
    """What each trial is, its full count, how many checks were run, held, their seconds, and of which sources."""
    remarks = []
    lines = ["| | what | full count | run | held | seconds | sources |", "|---|---|---:|---:|---:|---:|---|"]
    for name in trials.NAMES:
        module, (sources, found) = trials.module_of(name), state.most(name)
        full, held = module.count(), sum(result.held for result in found)
        run = f"{len(found):,}" if len(found) == full else f"{len(found):,} of {full:,}"
        seconds = sum(result.seconds for result in found)
        told = f"{seconds:,.0f}" if found else ""
        told_of = getattr(module, "remark", lambda details: "")([result.detail for result in found])
        remarks += [f"{name}, {told_of}.", ""] if told_of else []
        lines.append(f"| {name} | {module.TITLE} | {full:,} | {run} | {held:,} | {told} | `{sources}` |")
    remarks.append(f"Sources: the hash of `models` and `planner`; `{state.path.stem}` are those that wrote this table.")
    return "\n".join([*lines, "", *remarks])


def failures(state):
    """A line for each check that did not hold, with how to run it again."""
    return [
        f"{result.trial} {result.number}: {result.detail}\n"
        f"    again: python -m tests.trust --only {result.trial} --number {result.number}"
        for name in trials.NAMES
        for result in state.of(name)
        if not result.held
    ]


def write(page, text):
    """Puts the table between the markers of a page; raises ValueError where they are not there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        msg = f"{page} has no place for the table: put '{BEGIN}' and '{END}' there."
        raise ValueError(msg)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
