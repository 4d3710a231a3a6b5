"""Writes the page of a benchmark from its records: tables, and sentences that are made of the numbers alone."""

from __future__ import annotations

from tests.benchmarks import perturbed_page, pieces
from tests.benchmarks.figures import Spread, contradictions, ratios, reached, seconds_to_plan
from tests.benchmarks.ladder import NAMES, rung_of
from tests.benchmarks.ours import PHASES
from tests.benchmarks.pieces import number, percent, spread, table

NOT_MEASURED = "Not measured"
TARGETS = "## Targets"
COMMAND = "python -m tests.benchmarks --write docs/performance.md"


def page(keep):
    """The whole page as Markdown; parts that were not measured say so."""
    parts = [
        head(keep),
        pieces.targets(keep, perturbed_page.targets(keep)),
        ladder(keep),
        growth(keep),
        rivals(keep),
        perturbed_page.section(keep),
        pypsa(keep),
        outside(keep),
        startup(keep),
    ]
    return "\n\n".join(parts) + "\n"


def updated(page_before, page_after):
    """The page after a run of some parts: sections and targets that it did not measure stay as they were.

    The head stays with them where any section does: it says of what they are.
    """
    before, after = _sections(page_before), _sections(page_after)
    targets = {line.split("|")[1]: line for line in before.get(TARGETS, "").splitlines() if line.startswith("| ")}
    found = {}
    for name, text in after.items():
        is_kept = name in before and f"\n{NOT_MEASURED}" in text
        found[name] = before[name] if is_kept else text
    if TARGETS in found:
        lines = [
            targets.get(line.split("|")[1], line) if f"| {pieces.NOT_MEASURED[0]} |" in line else line
            for line in found[TARGETS].splitlines(keepends=True)
        ]
        found[TARGETS] = "".join(line.rstrip("\n") + "\n" for line in lines)
    if any(found[name] == before.get(name) for name in found if name not in ("", TARGETS)):
        found[""] = before.get("", found[""])
    return "".join(found.values())


def _sections(text):
    """The text of each section by its heading, in order; what precedes the first one has no heading."""
    found, name = {"": ""}, ""
    for line in text.splitlines(keepends=True):
        if line.startswith("## "):
            name = line.strip()
        found[name] = found.get(name, "") + line
    return found


def head(keep):
    """What was measured where, when and with what."""
    lines = ["# Performance", "", f"Written by `{COMMAND}`; every figure and sentence is generated from measurements."]
    lines += [
        "Times were measured on a shared machine; ratios are of alternating runs, median",
        "(minimum to maximum).",
    ]
    machines = keep.of("machine")
    if machines:
        facts = machines[-1]
        versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
        memory = "" if facts["memory_gb"] is None else f", {facts['memory_gb']} GB"
        lines += [
            "",
            f"Measured on {facts['day']}: {facts['cores']} cores of {facts['processor']}{memory}, {facts['system']},",
        ]
        lines += [f"Python {facts['python']}, {versions}. Sources {', '.join(sources(keep))}."]
    return "\n".join(lines)


def sources(keep):
    """The digests of the sources that the records are of, each once."""
    return sorted({record["sources"] for record in keep.records})


def ladder(keep):
    """Sizes, phases, memory and gap of every rung that was run."""
    lines = [
        "## Model sizes",
        "",
        "Seconds by phase; `start` is the time to load the library of the solver.",
        "A dash: the phase did not run.",
    ]
    found = [(name, pieces.climbed(keep, name)) for name in NAMES]
    found = [(name, records) for name, records in found if records]
    if not found:
        return "\n".join([*lines[:2], "Not measured."])
    sizes, phases, ends = [], [], []
    for name, records in found:
        full = records[0]
        rung = rung_of(name)
        shape = (rung.base, rung.period, rung.offers, rung.sites, rung.workloads, rung.futures)
        size = [number(full.get(key), ",.0f") for key in ("columns", "integers", "rows", "non_zeros")]
        sizes.append((name, *map(str, shape), *size))
        spent = [pieces.phase(records, phase) for phase in (*PHASES[:3], "start", *PHASES[3:])]
        phases.append((name, *(number(value, ".3f") for value in spent)))
        memory = [number(full.get(key), ",.0f") for key in ("parent_mb", "solver_mb")]
        asked = f"{percent(full['gap'])} in {full['limit']:.0f} s"
        ends.append(
            (
                name,
                asked,
                full.get("status", "–"),
                percent(full.get("gap_left")),
                number(full.get("objective"), ",.1f"),
                *memory,
            )
        )
    shape = (
        "instance",
        "base",
        "period",
        "offers ×",
        "sites ×",
        "workloads ×",
        "futures",
        "columns",
        "integers",
        "rows",
        "non-zeros",
    )
    ending = ("instance", "asked", "ended as", "gap", "cost, USD million", "planner, MB", "solver, MB")
    lines += [
        "",
        table(shape, sizes),
        "",
        table(("instance", *PHASES[:3], "start", *PHASES[3:]), phases),
        "",
        table(ending, ends),
    ]
    done = sum(reached(records[0]) for _, records in found)
    lines += ["", f"{done} of {len(found)} instances reached the requested gap within the limit."]
    return "\n".join(lines)


def growth(keep):
    """Exponents of build time and memory against non-zeros."""
    lines = ["## Growth with size", ""]
    rows = []
    for what, exponent in pieces.slopes(keep).items():
        if exponent is not None:
            sizes = f"{exponent.least:,.0f} to {exponent.most:,.0f}"
            rows.append((what, f"{exponent.exponent:.2f}", str(exponent.points), sizes))
    if not rows:
        return "\n".join([*lines, f"Not measured: it takes instances whose sizes are {pieces.RANGE:g} times apart."])
    least = f"{pieces.LEAST_NON_ZEROS:,}"
    about = f"Exponent of a power law in non-zeros by least squares, over instances of at least {least}: 1 is linear."
    return "\n".join([*lines, about, "", table(("what", "exponent", "instances", "non-zeros"), rows)])


def rivals(keep):
    """Seconds of everyone on the rungs of the rivals, and the ratios of the best textbook run to ours."""
    lines = [
        "## Comparison with other solvers",
        "",
        "Seconds from a case in memory to a plan with a certified gap: build, hand-off or file, solve, polish;",
        "the time to load libraries is excluded.",
    ]
    lines += [
        "`textbook` is the PuLP formulation of `tests/oracle`; `exported` is our model, exported to a file.",
        "Other solvers run with their default tolerances. `CPU` is processor time of all processes of a run, median.",
    ]
    body = []
    for name in NAMES:
        for (gap, limit), records in _settings(keep.of("rivals", rung=name)).items():
            body += [
                "",
                f"### {name}, gap {percent(gap)}, limit {limit:.0f} s",
                "",
                _entrants(records),
                "",
                *_verdict(records),
            ]
    return "\n".join(lines + body) if body else "\n".join([*lines[:2], "Not measured."])


def _settings(records):
    found = {}
    for record in records:
        found.setdefault((record["gap"], record["limit"]), []).append(record)
    return found


def _entrants(records):
    rows = []
    for who in dict.fromkeys(record["who"] for record in records):
        runs = [record for record in records if record["who"] == who]
        costs = [run["objective"] for run in runs if run.get("objective") is not None]
        gaps = [run["gap_left"] for run in runs if run.get("gap_left") is not None]
        timed = [run for run in runs if run.get("seconds")]
        seconds = spread(Spread.of(map(seconds_to_plan, timed)), ".2f") if timed else "–"
        solve = spread(Spread.of(run["seconds"].get("solve", 0.0) for run in timed), ".2f") if timed else "–"
        cpu = [run["cpu_s"] for run in runs if run.get("cpu_s") is not None]
        sizes = [number(runs[0].get(key), ",.0f") for key in ("columns", "rows", "non_zeros")]
        ended = f"{sum(map(reached, runs))} of {len(runs)}"
        used = number(Spread.of(cpu).median, ".1f") if cpu else "–"
        rows.append(
            (
                who,
                *sizes,
                seconds,
                solve,
                used,
                ended,
                percent(max(gaps, default=None)),
                number(min(costs, default=None), ",.1f"),
            )
        )
    columns = (
        "who",
        "columns",
        "rows",
        "non-zeros",
        "seconds to a plan",
        "of them solve",
        "CPU",
        "reached",
        "gap",
        "cost, USD million",
    )
    return table(columns, rows)


def _verdict(records):
    """The ratios in words, and whether anyone's plan contradicts another's bound."""
    ours = [record for record in records if record["who"] == "ours"]
    lines = []
    for form, words in (("textbook", "the best textbook run"), ("exported", "the best solve of our exported model")):
        found = ratios(ours, [record for record in records if record["who"].startswith(form)])
        if found is not None:
            ran = sorted({record["who"] for record in records if record["who"].startswith(form)})
            among = f" ({ran[0]}, the only one that ran)" if len(ran) == 1 else ""
            lines.append(f"- {words[0].upper()}{words[1:]}{among} took {pieces.times(found)} as long as fleetplan.")
        elif ours and not all(map(reached, ours)):
            lines.append(f"- Ours did not reach the gap in every run, so there is no ratio to {words}.")
    clashes = contradictions(records)
    for who, cost, other, bound in clashes:
        lines.append(f"- **Contradiction:** {who} has a plan of {cost:,.4f}, and {other} calls {bound:,.4f} a bound.")
    if not clashes and len({record["who"] for record in records}) > 1:
        lines.append("- No plan costs less than another solver's bound.")
    return lines


def pypsa(keep):
    """The reduced problem in both, seconds and optima."""
    lines = [
        "## PyPSA",
        "",
        "The reduced problem: purchases in whole lots, failures, demand of every workload, a yearly budget,",
        "one tape-out by two routes of which one needs a company. Seconds to build, and to solve to optimality,",
        "hand-off included.",
    ]
    records = keep.of("pypsa")
    pairs = {}
    for record in records:
        if reached(record):
            pairs.setdefault(record["repeat"], {})[record["who"]] = record
    pairs = [pair for pair in pairs.values() if len(pair) == 2]
    if not pairs:
        return "\n".join([*lines[:2], "Not measured: PyPSA is an extra, `rivals`."])
    rows, columns = [], ("who", "columns", "rows", "build, s", "solve, s", "optimum, USD million")
    for who in ("ours", "PyPSA"):
        runs = [pair[who] for pair in pairs]
        spent = [spread(Spread.of(run["seconds"][phase] for run in runs), ".3f") for phase in ("build", "solve")]
        sizes = [number(runs[0].get(key), ",.0f") for key in ("columns", "rows")]
        ends = (f"{runs[0]['objective']:,.6f}", str(runs[0]["starts"]), str(runs[0]["closings"]))
        memory = Spread.of(run["parent_mb"] + run.get("solver_mb", 0.0) for run in runs)
        rows.append((who, *sizes, *spent, *ends, spread(memory, ",.0f")))
    apart = max(
        abs(pair["ours"]["objective"] - pair["PyPSA"]["objective"]) / abs(pair["ours"]["objective"]) for pair in pairs
    )
    versions = ", ".join(f"{name} {version}" for name, version in pairs[0]["PyPSA"]["versions"].items())
    lines += [
        "",
        table((*columns, "tape-outs", "deals", "MB"), rows),
        "",
    ]
    for phase in ("build", "solve"):
        found = Spread.of(pair["PyPSA"]["seconds"][phase] / pair["ours"]["seconds"][phase] for pair in pairs)
        lines.append(f"- To {phase}, PyPSA took {spread(found, '.1f')} times as long as fleetplan.")
    lines.append(f"- The optima differ by {apart:.1e} of the cost ({versions}).")
    return "\n".join(lines)


def outside(keep):
    """Where the wall time of a whole plan goes."""
    lines = ["## Overhead outside the solver", ""]
    records = keep.of("outside")
    if not records:
        return "\n".join([*lines, "Not measured."])
    names = list(dict.fromkeys(name for record in records for name in record["phases"]))
    rows = [(name, spread(Spread.of(record["phases"].get(name, 0.0) for record in records), ".3f")) for name in names]
    wall, spent = Spread.of(one["wall"] for one in records), Spread.of(one["outside"] for one in records)
    share = Spread.of(one["outside"] / one["wall"] for one in records)
    gap, runs = percent(records[0]["gap"]), len(records)
    lines += [
        f"`fleetplan plan inputs/{records[0]['rung']}` at gap {gap}, {runs} runs: {spread(wall, '.2f')} s in all."
    ]
    lines += [f"Not spent in the solver (search and polish): {spread(spent, '.2f')} s, {spread(share, '.0%')}.", ""]
    return "\n".join([*lines, table(("phase", "seconds"), rows)])


def startup(keep):
    """Seconds to the first byte."""
    lines = ["## Start-up", ""]
    records = keep.of("startup")
    if not records:
        return "\n".join([*lines, "Not measured."])
    rows = []
    for name in dict.fromkeys(record["rung"] for record in records):
        found = [record["seconds"] for record in records if record["rung"] == name]
        rows.append((f"`fleetplan {name}`", spread(Spread.of(found), ".2f")))
    return "\n".join([*lines, table(("command", "seconds to the first byte"), rows)])
