"""The case of the next plan as files: an ordinary case, with a README that lists what was carried over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.case import REQUIRED_TABLES, TABLES
from models.solvers.child import Engine
from models.tables.column_descriptions import columns_of
from planner.case import ReadCase
from planner.case.read import read_files
from planner.case.settings import PLAN_FILE
from planner.case.sheet import read_sheet
from planner.case.text import decode
from planner.case.typed_rows import convert_table
from planner.case_conversion import README
from planner.case_files import folder_files, rows_as_csv, with_setting
from planner.errors import CaseFaults, Fault, FaultLog
from planner.files.safe_reading import names_in, read_file
from planner.replanning.carried_case import CarriedCase, carried, position_of
from planner.replanning.fence import Fence, fenced_decisions
from planner.replanning.kept_decisions import KeptDecision, kept_decisions
from planner.replanning.run_position import CarriedLine
from planner.results.loaded_run import LoadedRun
from planner.tracking.actuals_reading import Actuals

Tables = Mapping[str, tuple[Any, ...]]
SETTINGS = ("start", "periods", "use_scenarios", "carried_from")
"""The settings in which the next case may differ."""
_MOST_BYTES = 100_000_000


@dataclass(frozen=True, eq=False)
class NextCase:
    """The next case as it is read, the plan that it goes on from, and what it has of it."""

    run: LoadedRun
    as_of: str
    branch: str
    carried: CarriedCase
    read: ReadCase
    files: Mapping[str, bytes]
    fenced: tuple[KeptDecision, ...] = ()
    """Decisions of the plan before that are held in the first periods, as far as they can be kept."""

    @property
    def lines(self) -> tuple[CarriedLine, ...]:
        """What is carried over."""
        return self.carried.lines


def next_case(
    run: LoadedRun,
    as_of: str,
    *,
    branch: str = "",
    laid_over: Tables | None = None,
    actuals: Actuals | None = None,
    fence: Fence | None = None,
    engine: Engine | None = None,
) -> NextCase:
    """Returns the case that starts at a later period of a run, checked like one that is read from files.

    The decisions of a `fence` are commitments of the case; those that cannot be kept give way, as `engine` finds out.

    Raises:
        CaseFaults: the date or the branch is none of the run, or the new inputs do not fit what is carried over.
    """
    new = carried(run, as_of, branch=branch, laid_over=laid_over or {}, actuals=actuals)
    files = case_files(run.read, new)
    read = read_files(files)
    if fence is None or engine is None:
        return NextCase(run, as_of, branch, new, read, files)
    is_base = is_planned_as_base(run, read)
    decisions = fenced_decisions(position_of(run, as_of, branch), new.case, fence)
    fenced = tuple(kept_decisions(new.case, decisions, engine, base=is_base))
    rows = tuple(one.row for one in fenced)
    new = replace(new, case=replace(new.case, commitments=(*new.case.commitments, *rows)))
    files = case_files(run.read, new)
    return NextCase(run, as_of, branch, new, read_files(files), files, fenced)


def is_planned_as_base(run: LoadedRun, read: ReadCase) -> bool:
    """Returns whether the next case is planned without its scenarios, as the run was."""
    return not run.manifest.get("scenarios") and bool(read.case.scenarios)


def case_files(read: ReadCase, new: CarriedCase) -> dict[str, bytes]:
    """Returns the files of a folder with the new case; tables that have not changed are left letter by letter."""
    files = {name: data for name, data in folder_files(read).items() if name == PLAN_FILE or name.endswith(".csv")}
    for table in TABLES:
        rows = getattr(new.case, table)
        if rows != getattr(read.case, table):
            files.pop(f"{table}.csv", None)
            if rows or table in REQUIRED_TABLES:
                files[f"{table}.csv"] = rows_as_csv(table, rows).encode()
    text = decode(files[PLAN_FILE]).text
    for name in SETTINGS:
        value = getattr(new.case.settings, name)
        if value != getattr(read.case.settings, name):
            text = with_setting(text, name, value)
    files[PLAN_FILE] = text.encode()
    return files


def read_tables(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Returns the rows of the tables in a folder of CSV files, by table: new inputs that are laid over others.

    Raises:
        CaseFaults: a file is no table, or has faults.
    """
    names = [name for name in names_in(folder) if name.endswith(".csv") and not name.startswith((".", "~"))]
    if not names:
        raise CaseFaults([Fault(str(folder), "holds no tables", "Name a folder with CSV files such as prices.csv.")])
    texts = {name: decode(read_file(folder / name, most=_MOST_BYTES, within=folder)).text for name in names}
    return tables_of_texts({name.removesuffix(".csv"): text for name, text in texts.items()})


def tables_of_texts(texts: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    """Returns the typed rows of tables that are given as CSV text by name.

    Raises:
        CaseFaults: a name is not that of a table, or a table has faults.
    """
    log, found = FaultLog(), {}
    for table, text in texts.items():
        name = f"{table}.csv"
        if table not in TABLES:
            log.add(Fault(name, "is not a table of a case", "Name it as its table, or leave it out."))
            continue
        sheet = read_sheet(name, text, tuple(columns_of(TABLES[table])), log)
        if sheet is not None:
            found[table] = convert_table(table, TABLES[table], sheet, log).rows
    if log.faults:
        raise CaseFaults(log.faults, warnings=log.warnings)
    return found


def readme_lines(new: NextCase, command: str, more: Sequence[str] = ()) -> list[str]:
    """Returns the README of the next case: where it comes from, and a table of everything that was carried over."""
    run, head = new.run, "| Table | Item | What | Amount | Unit | From |"
    lines = [
        f"# {run.case.settings.name} from {new.as_of} on", "",
        f"Carried over from run {run.name} by `{command}`. {run.approval.text}", "",
        "Everything that comes from that run, with the rows of its tables:", "", head, "|---|---|---|---:|---|---|",
    ]  # fmt: skip
    for one in new.lines:
        amount = "" if one.amount is None else f"{one.amount:.10g}"
        lines.append(f"| {one.table} | {one.item} | {one.what} | {amount} | {one.unit} | {one.source} |")
    return [*lines, "", *more]


def files_with_readme(new: NextCase, command: str, more: Sequence[str] = ()) -> dict[str, bytes]:
    """Returns the files of the next case with its README."""
    text = "\n".join(readme_lines(new, command, more)).rstrip() + "\n"
    return {**new.files, README: text.encode()}
