"""Turns a case from a folder into a workbook and back, and writes the workbook to begin with and that of faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.case import REQUIRED_TABLES, TABLES, Case
from planner.case.assemble import RawCase, assemble
from planner.case.canonical import case_hash
from planner.case.case_file import CaseFile
from planner.case.numbers import NumberStyle
from planner.case.read import WORKBOOK, CaseSource, read_source, source_of_workbook
from planner.case.settings import PLAN_FILE, parse_plan
from planner.case.sheet import Sheet
from planner.case.shorter_periods import in_shorter_periods
from planner.case.template import PLAN_NOTES, example_of, template_plan, template_texts, write_texts
from planner.case.text import decode
from planner.case.wide_form import across_of_template, sheet_of_text, with_periods_across
from planner.case.workbook_cell_names import CellNames
from planner.case.workbook_cells import column_letters
from planner.case.workbook_form import (
    CaseForm,
    FormRow,
    case_title,
    csv_of,
    form_columns,
    form_sheet,
    setting_columns,
    typed,
)
from planner.case.workbook_plan import PlanLine
from planner.case.workbook_toml import lines_of, toml_of
from planner.data_package import case_package
from planner.errors import CaseFaults, Fault, FaultLog, InternalError, UnreadableError, WideRow, listed
from planner.files.run_folder import DATA_PACKAGE, exact_target, write_run
from planner.files.safe_reading import read_file
from planner.files.whole_writing import require_target, write_file
from planner.parquet_tables import case_parquet

README = "README.md"
_MOST_README = 1_000_000
_MOST_PACKAGE = 10_000_000
EXAMPLE_NOTE = "example: delete this row"


@dataclass(frozen=True)
class Converted:
    """What a conversion has written: where, and the rows of each table; `case_hash` where the case is sound."""

    path: Path
    rows: Mapping[str, int]
    case_hash: str | None
    is_new: bool = False
    """Nothing was there before: an example to begin with."""
    changed_readings: tuple[str, ...] = ()
    """What is read differently in shorter periods, in sentences."""
    kept_long: tuple[str, ...] = ()
    """The tables of series whose periods stay below each other although they were to stand across."""

    @property
    def text(self) -> str:
        """The outcome in a line."""
        tables = sum(1 for count in self.rows.values() if count)
        standing = f"case {self.case_hash[:8]}, the same as before" if self.case_hash else "the case still has faults"
        if self.is_new and not self.rows:
            return f"{self.path}: headers alone. Fill in {', '.join(REQUIRED_TABLES)}; the other tables may stay empty."
        if self.is_new:
            standing = "an example that can be planned as it is"
        if self.changed_readings:
            standing = f"case {(self.case_hash or '')[:8]}"
        head = f"{self.path}: {sum(self.rows.values()):,} rows of {tables} tables; {standing}."
        kept = (
            f"Of {listed(self.kept_long)} the rows of a series do not stand together in the order of time: as before."
        )
        sentences = [*self.changed_readings, *([kept] if self.kept_long else [])]
        return "\n".join([head, *(f"  • {sentence}" for sentence in sentences)])


def convert(
    source: Path, target: Path, period: str | None = None, *, wide: bool = False, parquet: bool = False
) -> Converted:
    """Writes the case in a folder as a workbook, or that in a workbook as a folder, and reads it back.

    With `wide`, tables of series have their periods across, where that says all that they say. With `parquet`, a folder
    also has the tables as Parquet.

    What is written says the same as what was read, cell by cell; a case with faults in its values is converted
    all the same. The target is written whole or not at all. With a `period` the case is planned by shorter periods.

    Raises:
        CaseFaults: the source cannot be read, or something is at the target; in shorter periods, also faults of the
            case, and what would have to be made up.
        InternalError: what was written does not read back as what was read.
    """
    require_free_target(target)
    if parquet and target.suffix.lower() == WORKBOOK:
        raise CaseFaults([Fault("--parquet", "is for a folder", "Name a folder as the result.")])
    log = FaultLog()
    read = read_source(source, log)
    if log.faults:
        raise CaseFaults(read.in_terms_of_source(log.faults), warnings=read.in_terms_of_source(log.warnings))
    form = form_of(read, _readme_of_source(source, read))
    changed: tuple[str, ...] = ()
    if period is not None:
        form, changed = in_shorter_periods(_sound(read, read), form, period)
        shorter = _source_of_texts(folder_texts(form), log)
        _sound(shorter, read)
        read = shorter
    kept: tuple[str, ...] = ()
    if wide:
        form, kept = with_periods_across(form)
    if target.suffix.lower() == WORKBOOK:
        from planner.export.case_workbook import case_workbook

        data = case_workbook(form)
        again = source_of_workbook(target.name, data, log)
        found = _compared(read, again, log)
        write_file(target, data)
    else:
        texts = folder_texts(form)
        again = _source_of_texts(texts, log)
        found = _compared(read, again, log)
        files = {name: text.encode() for name, text in texts.items()}
        if parquet:
            files |= case_parquet(_sound(again, read), found or "")
        _write_folder(target, files | package_beside(source))
    return Converted(
        target,
        {name: len(sheet.rows) for name, sheet in read.raw.sheets.items()},
        found,
        changed_readings=changed,
        kept_long=kept,
    )


def write_case(target: Path, files: Mapping[str, bytes]) -> Path:
    """Writes the files of a folder as that folder or, where the target is named so, as a workbook; returns it.

    Raises:
        CaseFaults: something is at the target.
        InternalError: the workbook does not read back as the files.
        OutputError: the machine refuses.
    """
    require_free_target(target)
    if target.suffix.lower() != WORKBOOK:
        _write_folder(target, files)
        return target
    from planner.export.case_workbook import case_workbook

    log = FaultLog()
    source = _source_of_texts({name: decode(data).text for name, data in files.items()}, log)
    readme = tuple(decode(files[README]).text.splitlines()) if README in files else None
    data = case_workbook(form_of(source, readme))
    _compared(source, source_of_workbook(target.name, data, log), log)
    return write_file(target, data)


def _sound(source: CaseSource, shown: CaseSource) -> Case:
    """Returns the case; raises CaseFaults, with the places of the source that is `shown`, where it has faults."""
    log = FaultLog()
    case = assemble(source.raw, log).case
    if case is None:
        raise CaseFaults(shown.in_terms_of_source(log.faults), warnings=shown.in_terms_of_source(log.warnings))
    return case


def template_workbook(target: Path, *, clear: bool = False, wide: bool = False) -> Converted:
    """Writes a workbook to begin with: every table, and one small worked example that plans as it is.

    With `wide`, tables of series have their periods across, and a column for growth. With `clear` the tables have their
    headers alone: what is needed is filled in, and the rest may stay as it is.

    Raises:
        CaseFaults: something is at the target, or it is no name of a workbook.
    """
    from planner.export.case_workbook import case_workbook

    if target.suffix.lower() != WORKBOOK:
        raise CaseFaults([Fault(str(target), "is no name of a workbook", f"Name it with {WORKBOOK} at its end.")])
    require_free_target(target)
    form = template_form()
    if wide:
        form = replace(form, sheets=tuple(across_of_template(sheet) for sheet in form.sheets))
    if clear:
        form = replace(form, sheets=tuple(replace(sheet, rows=()) for sheet in form.sheets))
    data = case_workbook(form)
    if clear:
        write_file(target, data)
        return Converted(target, {}, None, is_new=True)
    log = FaultLog()
    case = assemble(source_of_workbook(target.name, data, log).raw, log).case
    if case is None:
        raise InternalError("\n".join(["The template does not read back.", *(fault.text for fault in log.faults)]))
    write_file(target, data)
    rows = {sheet.name: len(sheet.rows) for sheet in form.sheets}
    return Converted(target, rows, case_hash(case), is_new=True)


def annotated(path: Path, faults: Sequence[Fault]) -> bytes:
    """Returns a workbook of a case with its faults and warnings marked: a copy, or one made of a folder.

    `faults` are those that reading `path` has raised. What cannot be read at all is in its list alone.

    Raises:
        CaseFaults: the case cannot be opened, so there is nothing to mark.
    """
    from planner.export.case_workbook_faults import marked_workbook

    source = read_source(path, FaultLog())
    if source.places is not None:
        return marked_workbook(source.files[0].data, faults)
    from planner.export.case_workbook import case_workbook

    form = form_of(source, _readme_of_source(path, source))
    places = _places_in(form, source)
    return marked_workbook(case_workbook(form), [places(fault) for fault in faults])


def write_annotated(path: Path, faults: Sequence[Fault], target: Path) -> None:
    """Writes the workbook of `annotated` to a file that is not there yet.

    Raises:
        CaseFaults: something is at the target, or the case cannot be opened.
        OutputError: the machine refuses.
    """
    if target.suffix.lower() != WORKBOOK:
        raise CaseFaults([Fault(str(target), "is no name of a workbook", f"Name it with {WORKBOOK} at its end.")])
    require_free_target(target)
    write_file(target, annotated(path, faults))


def _places_in(form: CaseForm, source: CaseSource) -> Callable[[Fault], Fault]:
    """Returns a function that names a finding in a folder by its cell in the workbook that is made of it."""
    from planner.export.case_workbook_style import FIRST_ROW

    letters: dict[str, dict[str, str]] = {}
    rows: dict[str, dict[tuple[int, str], int]] = {}
    for sheet in form.sheets:
        letters[sheet.name] = {column.name: column_letters(at) for at, column in enumerate(sheet.columns, start=1)}
        rows[sheet.name] = {}
        for at, row in enumerate(sheet.rows, start=FIRST_ROW):
            rows[sheet.name].setdefault(_cell_of(row.source_row), at)
            for cell in row.source_row.cells.values() if isinstance(row.source_row, WideRow) else ():
                rows[sheet.name].setdefault(cell, at)
        if sheet.name in source.raw.sheets:
            rows[sheet.name][_cell_of(source.raw.sheets[sheet.name].header_row)] = 1
    settings = {line.setting: f"B{at}" for at, line in enumerate(form.settings, start=2) if line.setting}
    places = CellNames(letters, settings)

    def placed(fault: Fault) -> Fault:
        table = fault.file.removesuffix(".csv")
        if fault.row is None or table not in rows:
            return places.placed(fault)
        row = rows[table].get((fault.row, fault.column or "")) or rows[table].get(_cell_of(fault.row))
        return fault if row is None else places.placed(replace(fault, row=row))

    return placed


def _cell_of(row: int) -> tuple[int, str]:
    return int(row), ""


def template_form() -> CaseForm:
    """Returns the sheets of the template: every column of every table, and the worked example."""
    text = template_plan()
    plan = parse_plan(text, FaultLog()) or {}
    sheets = []
    for table, row_class in TABLES.items():
        columns = form_columns(row_class)
        example = example_of(table) | {"note": EXAMPLE_NOTE}
        cells = tuple(typed(example.get(name, ""), column, NumberStyle()) for name, column in columns.items())
        sheets.append(replace(form_sheet(table), rows=(FormRow(cells),)))
    known = setting_columns()
    given = {line.setting: line for line in lines_of(text, plan) if line.setting}
    lines = tuple(replace(given.get(name, PlanLine(name)), note=PLAN_NOTES.get(name, "")) for name in known)
    return CaseForm(case_title(plan), lines, tuple(sheets), known, is_template=True)


def form_of(source: CaseSource, readme: tuple[str, ...] | None = None) -> CaseForm:
    """Returns the sheets of a case as it was read; raises CaseFaults for settings that no sheet can hold."""
    sheets = tuple(form_sheet(table, source.raw.sheets.get(table)) for table in TABLES)
    lines = source.plan_lines
    if source.places is None:
        text = next((file for file in source.files if file.name == PLAN_FILE), None)
        lines = () if text is None else lines_of(_decoded(text), source.raw.plan or {})
    return CaseForm(case_title(source.raw.plan), tuple(lines), sheets, setting_columns(), readme)


def folder_texts(form: CaseForm) -> dict[str, str]:
    """Returns the files of a folder that says the same; a table without rows is left out where it may be."""
    texts = {PLAN_FILE: toml_of(form.settings)}
    for sheet in form.sheets:
        if sheet.rows or sheet.name in REQUIRED_TABLES:
            texts[f"{sheet.name}.csv"] = csv_of(sheet)
    if form.readme is not None:
        texts[README] = "\n".join(form.readme) + "\n"
    return texts


def _decoded(file: CaseFile) -> str:
    return decode(file.data).text


def _readme_of_source(path: Path, source: CaseSource) -> tuple[str, ...] | None:
    if source.readme is not None or not path.is_dir():
        return source.readme
    try:
        return tuple(read_file(path / README, most=_MOST_README, within=path).decode("utf-8").splitlines())
    except (UnreadableError, UnicodeDecodeError):
        return None


def _source_of_texts(texts: Mapping[str, str], log: FaultLog) -> CaseSource:
    """Returns the case in the texts of a folder that is not written yet."""
    sheets: dict[str, Sheet] = {}
    for table in TABLES:
        name = f"{table}.csv"
        if name in texts and (sheet := sheet_of_text(table, texts[name], log)):
            sheets[table] = sheet
    plan = CaseFile(PLAN_FILE, texts[PLAN_FILE].encode(), "")
    return CaseSource(RawCase(parse_plan(texts[PLAN_FILE], log), sheets, frozenset(sheets)), (plan,))


def _compared(before: CaseSource, after: CaseSource, log: FaultLog) -> str | None:
    """Returns the hash of the case where it is sound; raises InternalError where the two do not say the same."""
    lost = [fault.text for fault in log.faults]
    one, other = form_of(before), form_of(after)
    if _settings(one) != _settings(other):
        lost.append("the settings differ")
    lost += [
        f"the rows of {sheet.name} differ"
        for sheet, again in zip(one.sheets, other.sheets, strict=True)
        if sheet.records() != again.records()
    ]
    cases = [assemble(source.raw, FaultLog()).case for source in (before, after)]
    if cases[0] != cases[1]:
        lost.append("the cases differ")
    if lost:
        raise InternalError(
            "\n".join(["Nothing was written: the converted case differs from the original.", *lost[:5]])
        )
    return None if cases[0] is None else case_hash(cases[0])


def _settings(form: CaseForm) -> dict[str, object]:
    return {line.setting: line.value for line in form.settings if line.setting and line.value is not None}


def readme_of(path: Path) -> tuple[str, ...]:
    """Returns the lines of the text that came with a case; none where there is no such text."""
    return _readme_of_source(path, read_source(path, FaultLog())) or ()


def require_free_target(target: Path) -> None:
    """Raises CaseFaults where something stands at the target, but for an empty folder, or nothing can be made there."""
    if target.suffix.lower() == WORKBOOK:
        require_target(target)
    else:
        exact_target(target, replace=False, is_ours=None)


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Writes a folder with its data package, whole or not at all; raises OutputError where the machine refuses."""
    taken = exact_target(target, replace=False, is_ours=None)
    write_run(taken, {**files, DATA_PACKAGE: package_of_folder(files)}, last=PLAN_FILE)


def package_of_folder(files: Mapping[str, bytes]) -> bytes:
    """Returns the data package of the files of a case; what people wrote into the one among them is kept."""
    plan = parse_plan(decode(files[PLAN_FILE]).text, FaultLog()) if PLAN_FILE in files else None
    name = (plan or {}).get("name")
    return case_package(files, name if isinstance(name, str) and name else "case", files.get(DATA_PACKAGE))


def package_beside(path: Path) -> dict[str, bytes]:
    """Returns the data package in the folder of a case by its name; nothing where there is none."""
    try:
        return {DATA_PACKAGE: read_file(path / DATA_PACKAGE, most=_MOST_PACKAGE, within=path)} if path.is_dir() else {}
    except UnreadableError:
        return {}


def template_folder(folder: Path, *, only_required: bool, clear: bool) -> tuple[Path, ...]:
    """Writes an empty case with its data package into a folder and returns its files; see `write_template`.

    Raises:
        CaseFaults: one of the files is there already, or the folder cannot be made; nothing is written.
        OutputError: the machine refuses.
    """
    texts = template_texts(only_required=only_required, clear=clear)
    package = package_of_folder({name: text.encode() for name, text in texts.items()})
    return write_texts(folder, {**texts, DATA_PACKAGE: package.decode()})
