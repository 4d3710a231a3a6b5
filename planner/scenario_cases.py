"""Cases with other scenarios: drawn, combined, reduced or normalised, and written as ordinary cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.case import Case
from models.tables.strategy_rows import Scenario
from models.whatif.scenario_generation import (
    Draw,
    GeneratedScenarios,
    Reveal,
    inputs_at,
    lattice,
    sampled,
)
from models.whatif.scenario_reduction import ReducedScenarios, reduced
from models.whatif.shock import ShockError
from planner.case import ReadCase, read_case
from planner.case.assemble import OnStep
from planner.case.checks_rules import PROBABILITY_NOISE
from planner.case.checks_scenarios import NOT_BY_NODE, by_period
from planner.case.read import read_files, read_source
from planner.case.settings import PLAN_FILE
from planner.case.text import decode
from planner.case.typed_rows import convert_table
from planner.case_conversion import README, folder_texts, form_of, write_case
from planner.case_files import folder_files, rows_as_csv, with_setting
from planner.errors import CaseFaults, Fault, FaultLog, faults_of
from planner.future_texts import NORMALISED

SCENARIOS, VALUES = "scenarios.csv", "scenario_values.csv"


@dataclass(frozen=True, kw_only=True)
class ScenarioRequest:
    """How scenarios are made: by `sample` draws or as a `lattice` of ends, known from `reveals`; `keep` is how many.

    Without either the scenarios of the case are taken.
    """

    sample: int | None = None
    lattice: tuple[str, ...] = ()
    reveals: tuple[Reveal, ...] = ()
    seed: int | None = None
    keep: int | None = None

    @property
    def makes_scenarios(self) -> bool:
        """Whether it makes scenarios, or fewer of them."""
        return self.sample is not None or bool(self.lattice) or self.keep is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioSet:
    """A case with its scenarios, and how these were made."""

    read: ReadCase
    request: ScenarioRequest
    count: int
    """How many scenarios there were before the reduction."""
    draws: tuple[Draw, ...] = ()
    reduction: ReducedScenarios | None = None
    is_switched_on: bool = False
    """Whether the case was planned without its scenarios before."""

    @property
    def case(self) -> Case:
        """The case with the scenarios."""
        return self.read.case


def scenario_set(read: ReadCase, request: ScenarioRequest) -> ScenarioSet:
    """Returns a case with the scenarios that are requested, checked like one that is read from its files.

    Raises:
        CaseFaults: the request or an input has faults, or the case that is made has.
    """
    _check_request(read.case, request)
    is_off = not read.case.settings.use_scenarios
    if not request.makes_scenarios:
        shown = read_files(_switched_on(folder_files(read))) if is_off else read
        return ScenarioSet(read=shown, request=request, count=len(read.case.scenarios), is_switched_on=is_off)
    try:
        made = _generated(read, request)
        case = read.case
        if made is not None:
            case = replace(case, scenarios=made.scenarios, scenario_values=made.values)
        fewer = None if request.keep is None else reduced(case, request.keep)
    except ShockError as error:
        raise faults_of(error, "scenarios") from error
    count = len(case.scenarios)
    if fewer is not None:
        case = replace(case, scenarios=fewer.scenarios, scenario_values=fewer.values)
    files = folder_files(read)
    files[SCENARIOS] = rows_as_csv("scenarios", case.scenarios).encode()
    files.pop(VALUES, None)
    if case.scenario_values:
        files[VALUES] = rows_as_csv("scenario_values", case.scenario_values).encode()
    return ScenarioSet(
        read=read_files(_switched_on(files) if is_off else files),
        request=request,
        count=count,
        draws=() if made is None else made.draws,
        reduction=fewer,
        is_switched_on=is_off,
    )


def _switched_on(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Returns the files of a case that is planned over its scenarios, and checked for it."""
    text = decode(files[PLAN_FILE]).text
    return {**files, PLAN_FILE: with_setting(text, "use_scenarios", True).encode()}


def write_scenario_case(target: Path, made: ScenarioSet, readme: Sequence[str]) -> Path:
    """Writes the case of a scenario set with a README, as a folder or, where it is named so, as a workbook.

    Raises:
        CaseFaults: something is at the target.
        OutputError: the machine refuses.
    """
    text = "\n".join(readme).rstrip() + "\n"
    return write_case(target, {**folder_files(made.read), README: text.encode()})


def read_normalised(path: Path, *, on_step: OnStep = lambda _text: None) -> ReadCase:
    """Returns the case in a folder or workbook with probabilities of its scenarios that add up to 1.

    Each is divided by the sum of all, and the note of its row has what it was. A sum of 1, or of nothing, is left to
    the reader.

    Raises:
        CaseFaults: the case has other faults.
    """
    log = FaultLog()
    source = read_source(path, log, on_step=on_step)
    sheet = source.raw.sheets.get("scenarios")
    found = () if sheet is None or log.faults else convert_table("scenarios", Scenario, sheet, log).rows
    rows = [row for row in found if isinstance(row, Scenario)]
    total = math.fsum(row.probability for row in rows)
    if log.faults or total <= 0 or abs(total - 1) <= PROBABILITY_NOISE:
        return read_case(path, on_step=on_step)
    files = (
        {file.name: file.data for file in source.files}
        if source.places is None
        else {name: text.encode() for name, text in folder_texts(form_of(source)).items()}
    )
    files[SCENARIOS] = rows_as_csv("scenarios", _normalised(rows, total)).encode()
    return read_files(files)


def _normalised(rows: Iterable[Scenario], total: float) -> list[Scenario]:
    return [
        replace(
            row,
            probability=row.probability / total,
            note="; ".join(part for part in (f"{NORMALISED} {row.probability:g} of {total:g}", row.note) if part),
        )
        for row in rows
    ]


def reveals_of(texts: Iterable[str] | Mapping[str, Sequence[str]]) -> tuple[Reveal, ...]:
    """Returns reveals from texts such as `2028,2030` or `2028:demand;supply`, or from names by label.

    >>> [(reveal.label, reveal.names) for reveal in reveals_of(["2028,2029", "2030:demand;supply"])]
    [('2028', ()), ('2029', ()), ('2030', ('demand', 'supply'))]
    """
    if isinstance(texts, Mapping):
        return tuple(Reveal(str(label), tuple(names)) for label, names in texts.items())
    found = []
    for text in texts:
        label, colon, names = str(text).partition(":")
        if colon:
            found.append(Reveal(label.strip(), tuple(part.strip() for part in names.split(";") if part.strip())))
        else:
            found += [Reveal(part.strip()) for part in label.split(",") if part.strip()]
    return tuple(found)


def _check_request(case: Case, request: ScenarioRequest) -> None:
    """Raises CaseFaults with all that does not fit together in a request."""
    faults = []
    generates = request.sample is not None or bool(request.lattice)
    if request.sample is not None and request.lattice:
        faults.append(Fault("--lattice", "cannot be combined with --sample", "Leave out one of them."))
    if request.reveals and not generates:
        faults.append(Fault("--reveal", "has no effect without draws", "Add --sample or --lattice, or leave it out."))
    if request.seed is not None and request.sample is None:
        faults.append(Fault("--seed", "has no effect without draws", "Add --sample, or leave it out."))
    if not generates and not case.scenarios:
        remedy = "Fill it in, or make scenarios: --sample 20 --reveal 2028 draws them from the table uncertain."
        faults.append(Fault(SCENARIOS, "has no scenarios", remedy))
    if faults:
        raise CaseFaults(faults)


def _generated(read: ReadCase, request: ScenarioRequest) -> GeneratedScenarios | None:
    if request.sample is None and not request.lattice:
        return None
    if request.sample is not None:
        made = sampled(read.case, request.sample, request.reveals, request.seed or 0)
    else:
        made = lattice(read.case, request.lattice, request.reveals)
    # Afterwards, so that the remedy repeats only reveals that are right.
    _check_by_period(read, request.reveals)
    return made


def _check_by_period(read: ReadCase, reveals: Sequence[Reveal]) -> None:
    """Raises CaseFaults with each input that a scenario cannot change."""
    drawn = {row.name: row for reveal in reveals for row in inputs_at(read.case, reveal)}
    fixed = {name for name, row in drawn.items() if row.table not in by_period()}
    if not fixed:
        return
    usable = [row for row in read.case.uncertain if row.table in by_period()]
    spoiled = {row.group for row in read.case.uncertain if row.table not in by_period()}
    names = list(dict.fromkeys(row.name if row.group in spoiled else row.group or row.name for row in usable))
    label = reveals[0].label
    remedy = f'Name the inputs of each reveal without it: --reveal "{label}:{";".join(names)}".'
    if not names:
        remedy = f"Scenarios can change {', '.join(by_period())}."
    file = "uncertain" if read.is_workbook else "uncertain.csv"
    raise CaseFaults(
        [
            Fault(file, f"({row.name}) {NOT_BY_NODE}", remedy, row=number, column="table", value=row.table)
            for row, number in zip(read.case.uncertain, read.rows["uncertain"], strict=True)
            if row.name in fixed
        ]
    )
