"""The errors that end a command, as one tree with an exit code on each leaf.

    PlannerError
    ├── InternalError     1   an internal error, or a solver that failed
    ├── CaseFaults        2   faults in the input or the command, all of them at once
    ├── InfeasibleCase    3   no plan can meet the requirements
    ├── NoPlanFound       4   no plan was found within the time and memory limits
    ├── CheckFailed       5   a plan was found, and the independent check refuses it
    ├── OutputError       6   an operating system error: a result cannot be written or printed, or memory is exhausted
    └── Stopped         130   Ctrl-C, or a termination signal

Exit code 0 says that the command is done. A fault has the form "what is wrong, where, the offending
value, what to do": `offers.csv row 7, lot_size = 2.5: must be a whole number of at least 1. Use 2 or 3.`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

LONGEST_VALUE = 60
_LONGEST_END = 24
MOST_ALIKE = 5
MOST_KEPT_PER_COLUMN = 200


class Severity(Enum):
    """How bad a finding in the input is."""

    FAULT = "fault"
    WARNING = "warning"


def shown(value: str) -> str:
    r"""Returns a cell as a message shows it: blank named, invisible characters escaped, long text cut.

    >>> shown("2.5"), shown(""), shown("gpu-a\u200b")
    ('2.5', '(blank)', "'gpu-a\\u200b'")
    """
    if not value:
        return "(blank)"
    text = value
    if len(value) > LONGEST_VALUE:
        # Names that share a beginning differ at their end.
        text = f"{value[: LONGEST_VALUE - _LONGEST_END - 1]}…{value[-_LONGEST_END:]}"
    if not text.isprintable() or text != text.strip():
        escaped = "".join(
            part if part.isprintable() else part.encode("unicode_escape").decode("ascii") for part in text
        )
        return f"'{escaped}'"
    return text


def listed(names: Iterable[str], *, most: int = MOST_ALIKE) -> str:
    """Returns at most five names and the count of the rest.

    >>> listed(["a", "b"]), listed("abcdefg")
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    every = [shown(name) for name in names]
    rest = len(every) - most
    return ", ".join(every) if rest <= 0 else f"{', '.join(every[:most])} and {rest} more"


@dataclass(frozen=True)
class Fault:
    """One finding in the input: where, the offending value, what is expected, and the remedy.

    `row` counts as a spreadsheet does: the header is row 1. `expected` is a clause without a full stop,
    `remedy` a sentence with one. A None leaves the part out; a blank cell is the empty text.
    """

    file: str
    expected: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = Severity.FAULT

    @property
    def place(self) -> str:
        """The file and row, as `offers.csv row 7`."""
        return self.file if self.row is None else f"{self.file} row {self.row}"

    @property
    def text(self) -> str:
        """The whole message on one line."""
        where = self.place
        if self.column is not None:
            where += f", {self.column}" if self.value is None else f", {self.column} = {shown(self.value)}"
        elif self.value is not None:
            where += f", {shown(self.value)}"
        return f"{where}: {self.expected}. {self.remedy}"

    def __str__(self) -> str:
        return self.text


class WideRow(int):
    """The row of a table whose periods stand across: its number in the file, and the cell of each of its columns.

    In a text it names the column too: `3 (2027)`.
    """

    cells: Mapping[str, tuple[int, str]]

    def __new__(cls, row: int, cells: Mapping[str, tuple[int, str]]) -> Self:
        """Returns a row; `cells` has the row and the header of each column that stands under a header of its own."""
        made = super().__new__(cls, row)
        made.cells = dict(cells)
        return made

    def __getnewargs__(self) -> tuple[int, Mapping[str, tuple[int, str]]]:  # type: ignore[override]
        return int(self), self.cells

    def __str__(self) -> str:
        return f"{int(self)} ({next(iter(self.cells.values()))[1]})"

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def placed(self, fault: Fault) -> Fault:
        """Returns a finding in this row as one in the cell of the file, as the user sees it."""
        row, column = self.cells.get(fault.column or "", (int(self), fault.column))
        return replace(fault, row=row, column=column)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Returns faults by file, row and column; what concerns a whole file comes first."""
    return tuple(sorted(faults, key=lambda fault: (fault.file, fault.row or 0)))


def rendered(faults: Sequence[Fault]) -> list[str]:
    """Returns one line a fault; of many of one kind in one column the first five and a count."""
    counts = Counter(_kind(fault) for fault in faults)
    printed: Counter[tuple[str, str | None, str]] = Counter()
    lines = []
    for fault in faults:
        kind = _kind(fault)
        printed[kind] += 1
        if printed[kind] <= MOST_ALIKE:
            lines.append(fault.text)
        elif printed[kind] == counts[kind]:
            where = fault.file if fault.column is None else f"{fault.file}, {fault.column}"
            lines.append(f"{where}: {counts[kind] - MOST_ALIKE} more of the same kind, with the same remedy.")
    return lines


def _kind(fault: Fault) -> tuple[str, str | None, str]:
    return fault.file, fault.column, fault.expected if fault.row is not None else fault.text


class FaultLog:
    """The findings of one case, collected while it is read and checked.

    At most 200 findings of a severity are kept per column; the rest are counted and reported as one.
    """

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self._seen: set[Fault] = set()
        self._counts: Counter[tuple[str, str | None, Severity]] = Counter()

    def add(self, fault: Fault) -> None:
        """Takes a finding; one that was taken before is not taken again."""
        if isinstance(fault.row, WideRow):
            fault = fault.row.placed(fault)
        if fault in self._seen:
            return
        kind = fault.file, fault.column, fault.severity
        self._counts[kind] += 1
        if self._counts[kind] <= MOST_KEPT_PER_COLUMN:
            self._seen.add(fault)
            self._kept.append(fault)

    def _found(self, severity: Severity) -> tuple[Fault, ...]:
        rest = [
            Fault(
                file,
                f"{count - MOST_KEPT_PER_COLUMN} more findings in this column are not listed",
                "Correct the listed ones first.",
                column=column,
                severity=severity,
            )
            for (file, column, kind), count in self._counts.items()
            if kind is severity and count > MOST_KEPT_PER_COLUMN
        ]
        return in_order(fault for fault in self._kept + rest if fault.severity is severity)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, by file and row."""
        return self._found(Severity.FAULT)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The warnings, by file and row."""
        return self._found(Severity.WARNING)


class UnreadableError(ValueError):
    """A file or cell that cannot be read; carries what is expected and the remedy, which may be open."""

    def __init__(self, expected: str, remedy: str = "") -> None:
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{expected}. {remedy}")


class PlannerError(Exception):
    """An error that ends a command; each leaf has an exit code and its meaning."""

    exit_code: ClassVar[int]
    meaning: ClassVar[str]


class InternalError(PlannerError):
    """An internal error, or a solver that failed."""

    exit_code = 1
    meaning = "an internal error of fleetplan"


class CaseFaults(PlannerError):
    """The input has faults; carries all of them, the warnings, and the rows read and refused by file."""

    exit_code = 2
    meaning = "faults in the input"

    def __init__(
        self,
        faults: Iterable[Fault],
        *,
        warnings: Iterable[Fault] = (),
        row_counts: dict[str, tuple[int, int]] | None = None,
    ) -> None:
        self.faults = in_order(faults)
        self.warnings = in_order(warnings)
        self.row_counts = dict(row_counts or {})
        super().__init__(self.text)

    @property
    def lines(self) -> list[str]:
        """One line a fault, grouped by file."""
        return rendered(self.faults)

    @property
    def text(self) -> str:
        """The lines and a closing count."""
        count = len(self.faults)
        return "\n".join([*self.lines, "1 fault." if count == 1 else f"{count} faults."])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.faults, self.warnings, self.row_counts)


def faults_of(error: ValueError, where: str) -> CaseFaults:
    """Returns an error whose text is "what is wrong. What to do." as the fault of a place.

    >>> faults_of(ValueError("it is too late. Name an earlier period."), "--reveal").lines
    ['--reveal: it is too late. Name an earlier period.']
    """
    head, _, remedy = str(error).partition(". ")
    return CaseFaults([Fault(where, head.rstrip("."), remedy or "See --help.")])


def _rebuilt(
    faults: tuple[Fault, ...], warnings: tuple[Fault, ...], row_counts: dict[str, tuple[int, int]]
) -> CaseFaults:
    return CaseFaults(faults, warnings=warnings, row_counts=row_counts)


class InfeasibleCase(PlannerError):
    """No plan can meet the requirements; the text names the smallest set of them that conflict."""

    exit_code = 3
    meaning = "no plan can meet the requirements"


class NoPlanFound(PlannerError):
    """No plan was found within the time and memory limits."""

    exit_code = 4
    meaning = "no plan within the time and memory limits"


class CheckFailed(PlannerError):
    """The independent check refuses the plan; the text names the requirements that it breaks."""

    exit_code = 5
    meaning = "the independent check refuses the plan"


class OutputError(PlannerError):
    """An operating system error: a result cannot be written or printed, or memory is exhausted."""

    exit_code = 6
    meaning = "a result cannot be written"


class Stopped(PlannerError):
    """The user has stopped the command; the text says what is kept."""

    exit_code = 130
    meaning = "stopped"


class WrittenRun:
    """Adds to whatever ends a block where the run lies that was written in it; a context manager.

    A run that is on disk is whole and checked, whatever goes wrong after it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.folder is not None and written_run(error) is None:
            error.add_note(f"{_WRITTEN}{self.folder}")


_WRITTEN = "The run is on disk: "


def written_run(error: BaseException) -> str | None:
    """Returns the folder of the run that was written before an error; None where there was none."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((note.removeprefix(_WRITTEN) for note in notes if note.startswith(_WRITTEN)), None)
