"""A case in memory: read, looked at as DataFrames, changed, and checked like one in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.api.frames import Frames, csv_of, frame_of
from planner.case.nearest_name import nearest
from planner.case.read import ReadCase, read_files
from planner.case.read import read_case as read_place
from planner.case.settings import PLAN_FILE
from planner.case_files import folder_files, with_setting
from planner.errors import CaseFaults, Fault, rendered
from planner.results.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

    from planner.scenario_cases import ScenarioSet


def read_case(path: str | PathLike[str], *, normalise: bool = False) -> EditableCase:
    """Returns the case in a folder or workbook, checked.

    With `normalise`, probabilities of scenarios that do not add up to 1 are divided by their sum; the notes of the
    scenarios have what they were.

    Raises:
        CaseFaults: it has faults; each is listed with file or sheet, row, column, value and remedy.
    """
    if normalise:
        from planner.scenario_cases import read_normalised

        return EditableCase(read_normalised(Path(path)))
    return EditableCase(read_place(Path(path)))


class EditableCase:
    """A checked case that does not change: every change gives another case."""

    def __init__(self, read: ReadCase) -> None:
        self._read = read

    @property
    def read(self) -> ReadCase:
        """The case as the commands read it: typed rows, and the files that a run keeps a copy of."""
        return self._read

    @property
    def name(self) -> str:
        """What the case is called."""
        return self._read.case.settings.name

    @property
    def case_hash(self) -> str:
        """The SHA-256 of what the case says; the same for a folder and a workbook."""
        return self._read.case_hash

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd in the inputs, a sentence each."""
        return tuple(rendered(self._read.warnings))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of `plan.toml` by name."""
        from dataclasses import asdict

        return asdict(self._read.case.settings)

    @property
    def tables(self) -> Mapping[str, DataFrame]:
        """The input tables by name as DataFrames, copies that may be changed; tables without rows included."""
        return _InputFrames(self._read)

    def with_table(self, table: str, frame: DataFrame) -> EditableCase:
        """Returns the case with another table, checked like a file.

        Raises:
            CaseFaults: the table is unknown, or the case has faults with it.
        """
        _require_table(table)
        return self._changed({f"{table}.csv": csv_of(table, frame)})

    def with_value(self, table: str, key: Mapping[str, Any], column: str, value: Any) -> EditableCase:  # noqa: ANN401
        """Returns the case with another value in one column of the rows that have a key, such as {"offer": "list"}.

        Raises:
            CaseFaults: there is no such table, column or row, or the case has faults with the value.
        """
        _require_table(table)
        frame = self.tables[table]
        names = list(columns_of(TABLES[table]))
        for name in (*key, column):
            if name not in names:
                close = nearest(name, names)
                remedy = f"Did you mean {close}?" if close else f"Columns are {', '.join(names)}."
                raise CaseFaults([Fault(table, "has no column of that name", remedy, column=name)])
        chosen = frame.index == frame.index
        for name, wanted in key.items():
            chosen = chosen & (frame[name].astype(str) == str(wanted))
        if not chosen.any():
            said = ", ".join(f"{name} {wanted}" for name, wanted in key.items())
            remedy = "Look at case.tables for the rows that there are."
            raise CaseFaults([Fault(table, f"has no row with {said}", remedy)])
        frame[column] = frame[column].astype(object)
        frame.loc[chosen, column] = value
        return self.with_table(table, frame)

    def with_setting(self, name: str, value: Any) -> EditableCase:  # noqa: ANN401
        """Returns the case with another setting of `plan.toml`, such as `with_setting("discount_rate", 0.08)`.

        Raises:
            CaseFaults: the case has faults with it.
        """
        return self._changed({PLAN_FILE: with_setting(folder_files(self._read)[PLAN_FILE].decode(), name, value)})

    def scenarios(
        self,
        *,
        sample: int | None = None,
        lattice: Sequence[str] = (),
        reveal: Sequence[str] | Mapping[str, Sequence[str]] = (),
        seed: int | None = None,
        reduce: int | None = None,
    ) -> ScenarioResult:
        """Returns the scenario tree of the case, or of it with scenarios that are made.

        `sample` draws so many from the table `uncertain`, `lattice` combines ends of its inputs (`low`, `mid`, `high`);
        `reveal` has the labels from which the values are known, all inputs at each, or inputs and groups by label.
        `reduce` keeps so many by fast forward selection.

        Raises:
            CaseFaults: the case has no scenarios and none are made, or what is requested has faults.
        """
        from planner.scenario_cases import ScenarioRequest, reveals_of, scenario_set

        request = ScenarioRequest(
            sample=sample, lattice=tuple(lattice), reveals=reveals_of(reveal), seed=seed, keep=reduce
        )
        return ScenarioResult(scenario_set(self._read, request))

    def write(self, place: str | PathLike[str]) -> Path:
        """Writes the case as a folder or, where the name ends in .xlsx, as a workbook, and returns where it is.

        Raises:
            CaseFaults: something is there.
            OutputError: the machine refuses.
        """
        from planner.case_conversion import write_case

        return write_case(Path(place), folder_files(self._read))

    def with_files(self, files: Mapping[str, bytes]) -> EditableCase:
        """Returns the case in other files of a folder, such as those of a repair.

        Raises:
            CaseFaults: they have faults.
        """
        return EditableCase(read_files(files))

    def _changed(self, texts: Mapping[str, str]) -> EditableCase:
        return EditableCase(
            read_files({**folder_files(self._read), **{name: text.encode() for name, text in texts.items()}})
        )

    def __repr__(self) -> str:
        rows = sum(len(rows) for rows in self._read.rows.values())
        return f"<case {self.name}: {rows:,} rows, {len(self.warnings)} warnings>"


class ScenarioResult:
    """A scenario tree: `headlines`, `tables` (stages, branches, nodes, scenarios, draws, …), and the `case` with it."""

    def __init__(self, made: ScenarioSet) -> None:
        from planner.documents.content.scenario_tree_document import scenario_tree_document

        self._made = made
        command = "planner.read_case(…).scenarios(…)"
        self._document = scenario_tree_document(made, command)
        self._by_id = scenario_tree_document(made, command, shows_labels=False)
        self.headlines = tuple(line.text for line in self._by_id.headlines)
        self.case = EditableCase(made.read)
        """The case with the scenarios; it is planned over them."""

    @property
    def tables(self) -> Mapping[str, DataFrame]:
        """The tables by name as DataFrames."""
        return Frames({table.name: table.plain() for table in self._by_id.tables()})

    def write(self, place: str | PathLike[str]) -> Path:
        """Writes the case as a folder or workbook, as the command does, and returns where it is.

        Raises:
            CaseFaults: something is there.
            OutputError: the machine refuses.
        """
        from planner.documents.document_markdown import document_markdown
        from planner.scenario_cases import write_scenario_case

        return write_scenario_case(Path(place), self._made, [document_markdown(self._document)])

    def __repr__(self) -> str:
        return "\n".join(self.headlines)


class _InputFrames(Mapping[str, "DataFrame"]):
    """The input tables of a case as DataFrames, made when they are asked for."""

    def __init__(self, read: ReadCase) -> None:
        self._read = read

    def __getitem__(self, name: str) -> DataFrame:
        _require_table(name)
        facts = columns_of(TABLES[name])
        rows = [
            tuple(";".join(map(str, cell)) if isinstance(cell, tuple) else cell for cell in cells)
            for cells in (tuple(getattr(row, column) for column in facts) for row in getattr(self._read.case, name))
        ]
        units = {column: fact.unit for column, fact in facts.items() if fact.unit}
        return frame_of(Table(name, tuple(facts), tuple(rows)), units)

    def __iter__(self) -> Any:  # noqa: ANN401  an iterator of names
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def __repr__(self) -> str:
        return f"<tables: {', '.join(TABLES)}>"


def _require_table(name: str) -> None:
    if name not in TABLES:
        close = nearest(name, list(TABLES))
        remedy = f"Did you mean {close}?" if close else f"Tables are {', '.join(TABLES)}."
        raise CaseFaults([Fault(name, "is no input table", remedy)])
