"""A finished plan with its inputs, from memory or from the folder of a run: what every document is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.calendar import Calendar
from models.case import Case
from planner.case import ReadCase, read_case
from planner.errors import CaseFaults, Fault
from planner.files.run_approval import DRAFT, RunApproval, approval_of
from planner.files.run_folder import MANIFEST, PLAN, inputs_of, run_json
from planner.results.table import Cell, Table

if TYPE_CHECKING:
    from models.uncertainty.scenario_tree import ScenarioTree


@dataclass(frozen=True, eq=False)
class LoadedRun:
    """A plan as its files hold it.

    `manifest` is that of the run (without the hashes of files that are still to be written), `tables` the result
    tables with numbers as numbers, `read` the case as it was planned, with file and row of each input.
    """

    manifest: Mapping[str, Any]
    tables: Mapping[str, Table]
    read: ReadCase
    name: str
    """What the run is called: the name of its folder when it was written."""
    place: str = ""
    """The name of the folder that it lies in now; blank for a plan in memory."""
    approval: RunApproval = DRAFT
    """What people have decided about it; documents in its own folder never state it, since they are approved too."""

    @property
    def case(self) -> Case:
        """The case that was planned."""
        return self.read.case

    @cached_property
    def calendar(self) -> Calendar:
        """The periods that were optimised, lookahead included."""
        settings = self.case.settings
        return settings.calendar

    @property
    def periods(self) -> tuple[str, ...]:
        """The labels of the reported periods."""
        return self.calendar.labels[: self.case.settings.periods]

    @cached_property
    def scenario_tree(self) -> ScenarioTree | None:
        """The scenario tree that the plan is made on; None for a plan for one future."""
        # What makes a tree takes a while to load, which a plan for one future need not wait for.
        from models.uncertainty.scenario_tree import scenario_tree

        return scenario_tree(self.case) if len(self.manifest.get("scenarios") or ()) > 1 else None

    def table(self, name: str) -> Table:
        """Returns a result table.

        Raises:
            CaseFaults: the run has none of that name.
        """
        if name not in self.tables:
            remedy = "Plan the case again: the run is of another version."
            raise CaseFaults([Fault(f"run {self.name}", f"has no table '{name}'", remedy)])
        return self.tables[name]

    def rows(self, table: str) -> list[dict[str, Cell]]:
        """Returns the rows of a result table by column.

        Raises:
            CaseFaults: the run has none of that name.
        """
        return list(self.table(table).records())

    def records(self, table: str) -> list[dict[str, Cell]]:
        """Returns the rows of a result table by column; none where the plan has no such table."""
        return list(self.tables[table].records()) if table in self.tables else []

    @property
    def best_alone(self) -> tuple[float, ...]:
        """The best cost of each scenario alone, in a plan of least regret; else none."""
        return tuple(float(row["best_musd"] or 0.0) for row in self.records("regret"))

    def figure(self, name: str) -> float | None:
        """Returns a key figure, or None where the plan has none of that name."""
        found = [row["value"] for row in self.records("key_figures") if row["name"] == name]
        return float(found[0]) if found and isinstance(found[0], int | float) else None


def read_run(folder: Path) -> LoadedRun:
    """Returns a written run.

    Raises:
        CaseFaults: the folder is no run, or its files cannot be read.
    """
    found = run_from_json(folder, run_json(folder, MANIFEST), run_json(folder, PLAN), read_case(inputs_of(folder)))
    return replace(found, approval=approval_of(folder))


def run_from_json(folder: Path, manifest: Mapping[str, Any], plan: Mapping[str, Any], read: ReadCase) -> LoadedRun:
    """Returns a written run whose files have been read.

    Raises:
        CaseFaults: `plan` does not hold result tables.
    """
    try:
        tables = {
            name: Table(
                name, tuple(columns), tuple(tuple(row[column] for column in columns) for row in plan["tables"][name])
            )
            for name, columns in plan["columns"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        remedy = "Name the folder of a run, such as outputs/CASE/DATE-HASH."
        raise CaseFaults([Fault(str(folder), f"cannot be read as a run ({error})", remedy)]) from error
    place = folder.resolve().name
    return LoadedRun(manifest, tables, read, str(manifest.get("run") or place), place)
