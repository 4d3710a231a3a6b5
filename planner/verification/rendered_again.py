"""The documents of a run made again from its other files, and the size of its program."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from models.outcome import SolveOptions
from models.uncertainty.decomposition.decomposed import SOLVER
from models.uncertainty.decomposition.path_plans import ProgramSize, size_of_tree
from models.uncertainty.decomposition.path_programs import PathBuilder
from models.uncertainty.scenario_tree import ScenarioTree, searched_model
from models.uncertainty.solve_tree import is_planned_by_path
from planner.errors import UnreadableError
from planner.files.run_folder import MANIFEST, PARQUET
from planner.files.safe_reading import read_file
from planner.manifest import size_of, surroundings
from planner.plan_documents import DOCUMENTS, run_documents
from planner.results.loaded_run import LoadedRun
from planner.versions import version

_BREAKDOWNS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def same_versions(loaded: LoadedRun) -> bool:
    """True where the versions that wrote the run are those that are at work now."""
    here = surroundings()
    manifest = loaded.manifest
    python = (manifest.get("platform") or {}).get("python")
    return bool(
        manifest.get("fleetplan_version") == version()
        and manifest.get("packages") == here["packages"]
        and python == here["platform"]["python"]
    )


def other_documents(folder: Path, loaded: LoadedRun) -> Iterator[str]:
    """Yields which documents are not what the other files of the run make of them."""
    try:
        made = run_documents(loaded)
    except _BREAKDOWNS as error:
        yield f"documents [{', '.join(DOCUMENTS)}]: they cannot be regenerated ({type(error).__name__}: {error})"
        return
    for name, data in made.items():
        try:
            found = read_file(folder / name, within=folder)
        except UnreadableError as error:
            yield f"documents [{name}]: {error.expected}"
            continue
        if found != data and not (name.endswith(".xlsx") and _is_same_workbook(found, data)):
            yield f"documents [{name}]: it differs from what the other files of the run produce"


def other_parquet(folder: Path, loaded: LoadedRun) -> Iterator[str]:
    """Yields which Parquet files of the run are not what its other files make of them.

    Raises:
        CaseFaults: the run has some, and the library that reads them is not installed.
    """
    names = [name for name in loaded.manifest.get("files") or () if name.startswith(f"{PARQUET}/")]
    found = {}
    for name in names:
        try:
            found[name] = read_file(folder / name, within=folder)
        except UnreadableError as error:
            yield f"documents [{name}]: {error.expected}"
    if found:
        from planner.parquet_tables import differing_parquet

        yield from differing_parquet(found, loaded)


def other_sizes(loaded: LoadedRun) -> Iterator[str]:
    """Yields which size of the program is not that of the program built again."""
    for name, size in asdict(_size_again(loaded)).items():
        found = loaded.manifest.get(name)
        if found != size:
            yield f"manifest [{name}]: {MANIFEST} says {found!r}, the program of its inputs has {size}"


def _size_again(loaded: LoadedRun) -> ProgramSize:
    tree = loaded.scenario_tree
    if tree is not None and _is_made_by_path(loaded, tree):
        return size_of_tree(tree, [path.structure for path in PathBuilder(tree)])
    is_base = not loaded.manifest.get("scenarios")
    return size_of(searched_model(loaded.case, base=is_base, best_alone=loaded.best_alone))


def _is_made_by_path(loaded: LoadedRun, tree: ScenarioTree) -> bool:
    """True for a run that never had the program of the whole tree, whose size is counted path by path."""
    beside = {"information", "risk_curve"} & set(loaded.tables)
    solver, options = loaded.manifest.get("solver"), loaded.manifest.get("options")
    if beside or loaded.best_alone or not isinstance(solver, dict) or solver.get("name") != SOLVER:
        return False
    if not isinstance(options, dict):
        return False
    asked = SolveOptions(solver=str(options.get("solver")), relax=options.get("relax") is True)
    return is_planned_by_path(tree, asked)


def _is_same_workbook(found: bytes, made: bytes) -> bool:
    """True where two workbooks hold the same parts, however these are compressed."""
    try:
        with zipfile.ZipFile(io.BytesIO(found)) as one, zipfile.ZipFile(io.BytesIO(made)) as other:
            sizes = [{part.filename: part.file_size for part in book.infolist()} for book in (one, other)]
            # A part may be larger than it says: no more of it is read than the workbook that was made has.
            return sizes[0] == sizes[1] and all(
                one.open(name).read(size + 1) == other.read(name) for name, size in sizes[1].items()
            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return False
