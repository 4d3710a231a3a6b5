"""The walls of the house: who may import whom, and how large a module and a function may grow."""

from __future__ import annotations

import ast
import graphlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for package in ("models", "planner") for path in (ROOT / package).rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
SOLVER_LIBRARIES = {"ortools", "pulp", "highspy", "pybind11_abseil"}
DATA_ONLY = {"models.case", "models.tables"}

RENDERERS = (
    "planner.documents.html",
    "planner.documents.pptx",
    "planner.documents.xlsx",
    "planner.documents.document_markdown",
    "planner.documents.document_terminal",
)
# A function with its bracket, or the address of a cell with fixed column or row.
SPREADSHEET_FORMULA = re.compile(r"\b(SUM|SUMIFS|SUMPRODUCT|IF|MAX|MIN|ABS|AVERAGE)\(|\$[A-Z]{1,3}\$?\d|[A-Z]\$\d")
MEDIA_LIBRARIES = {"lxml", "openpyxl", "pptx", "rich", "typer", "vl_convert", "xlsxwriter"}


def imports(path):
    """Modules that a file imports, wherever it does: of the names taken from a package, those that are modules too."""
    found = set()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else str(node.module))
    return found


def lies_below(module, packages):
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def strangers(modules, allowed):
    """Imports of given modules that are project modules or third parties outside the allowed ones."""
    known = set(sys.stdlib_module_names)
    return [
        f"{module} imports {name}"
        for module in modules
        for name in sorted(imports(MODULES[module]))
        if name.split(".")[0] not in known and not lies_below(name, allowed)
    ]


def below(*packages):
    found = [module for module in MODULES if lies_below(module, packages)]
    assert found, f"no modules below {packages}"
    return found


def test_models_import_only_numpy_and_models():
    outside = [module for module in below("models") if not lies_below(module, ("models.solvers",))]
    assert strangers(outside, ("models", "numpy")) == []


def test_solver_libraries_are_named_only_below_models_solvers():
    assert strangers(below("models.solvers"), ("models", "numpy", *SOLVER_LIBRARIES)) == []
    names = {name.split(".")[0] for module in MODULES for name in imports(MODULES[module])}
    assert "ortools" in names, "the wall guards nothing"
    assert [m for m in below("planner") if SOLVER_LIBRARIES & {n.split(".")[0] for n in imports(MODULES[m])}] == []


def test_the_program_and_the_solvers_know_nothing_of_the_model():
    allowed = ("models.solvers", "models.tree_search", "models.program", "models.outcome", "numpy", *SOLVER_LIBRARIES)
    found = strangers(["models.solve", *below("models.solvers")], allowed)
    # The parent finds its own package on disc to start a child from it; that names the package and nothing in it.
    assert [line for line in found if not line.endswith(" imports models")] == []


def test_the_tree_search_knows_programs_and_nothing_of_models_or_solvers():
    allowed = ("models.tree_search", "models.program", "models.outcome", "numpy")
    assert strangers(["models.program", "models.outcome", *below("models.tree_search")], allowed) == []


def test_the_independent_check_shares_nothing_with_the_builder():
    assert strangers(["models.verify", *below("models.checks")], ("models.checks", *DATA_ONLY)) == []


def test_families_do_not_know_the_solvers_the_checks_or_what_is_built_of_them():
    known = (
        "algebra",
        "builder",
        "calendar",
        "case",
        "data",
        "families",
        "requirement",
        "frame",
        "ledger",
        "outcome",
        "tables",
    )
    allowed = ("numpy", "models.program", "models.tree", *(f"models.{name}" for name in known))
    assert strangers(below("models.families", "models.data", "models.ledger", "models.tree"), allowed) == []


def test_exporters_know_nothing_that_builds_solves_or_checks():
    # Finished tables come to them; of `models` they may name typed input rows and the period labels.
    allowed = ("models.calendar", *DATA_ONLY)
    exporters = [module for module in MODULES if lies_below(module, ("planner.export",))]
    named = [(m, n) for m in exporters for n in imports(MODULES[m]) if lies_below(n, ("models",))]
    assert [f"{m} imports {n}" for m, n in named if not lies_below(n, allowed)] == []


def test_the_command_reaches_the_models_through_runs_only():
    commands = ("planner.cli", "planner.cli.commands")
    found = [f"{m} imports {n}" for m in commands for n in imports(MODULES[m]) if lies_below(n, ("models",))]
    assert found == []


def test_no_module_needs_itself():
    # A module that is imported runs the packages that it lies in; its own packages have begun before it does.
    needed = {module: set(imports(path)) & MODULES.keys() for module, path in MODULES.items()}
    for module, names in needed.items():
        for name in list(names):
            parts = name.split(".")
            packages = {".".join(parts[:count]) for count in range(1, len(parts))} & MODULES.keys()
            names |= {package for package in packages if not lies_below(module, (package,))}
    try:
        graphlib.TopologicalSorter(needed).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle: {' is needed by '.join(error.args[1])}")


def test_renderers_know_blocks_and_no_content():
    others = (*RENDERERS, "planner.documents.content", "planner.documents.document_files")
    blocks = [name for name in MODULES if name.startswith("planner.documents.") and not lies_below(name, others)]
    allowed = (*blocks, *RENDERERS, "planner.errors", "planner.results.table", *MEDIA_LIBRARIES)
    assert strangers(below(*RENDERERS), allowed) == []
    assert strangers(blocks, (*blocks, "planner.results.table")) == []


def test_content_knows_no_medium():
    barred = (*RENDERERS, "planner.documents.document_files", *MEDIA_LIBRARIES)
    content = below("planner.documents.content")
    assert [f"{m} imports {n}" for m in content for n in imports(MODULES[m]) if lies_below(n, barred)] == []


def test_workbooks_are_written_by_renderers_and_say_nothing_of_plans():
    """Sheets of a plan are described by content; what writes workbooks gets descriptions, or the tables of a case."""
    writers = [m for m in MODULES if any(lies_below(name, ("xlsxwriter",)) for name in imports(MODULES[m]))]
    assert [m for m in writers if not lies_below(m, (*RENDERERS, "planner.export"))] == []
    barred = ("planner.results", "planner.documents.content", "planner.plan_documents")
    found = [f"{m} imports {n}" for m in below("planner.export") for n in imports(MODULES[m]) if lies_below(n, barred)]
    assert found == []


def test_content_writes_no_formula_of_a_spreadsheet():
    others = (*RENDERERS, "planner.documents.document_files")
    found = [
        f"{module}: {node.value}"
        for module in below("planner.documents")
        if not lies_below(module, others)
        for node in ast.walk(TREES[MODULES[module]])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SPREADSHEET_FORMULA.search(node.value)
    ]
    assert found == []


def test_documents_know_no_command_line():
    barred = (
        "planner.cli",
        "planner.cli.commands",
        "planner.cli.study_commands",
        "planner.show.output_options",
        "planner.show.live_progress",
        "typer",
    )
    documents = below("planner.documents")
    assert [f"{m} imports {n}" for m in documents for n in imports(MODULES[m]) if lies_below(n, barred)] == []


def test_cases_are_read_without_building_a_model():
    # The catalogue of solvers holds their names; `solver.name` is checked against it.
    own = ("models.calendar", "models.whatif", "models.solvers.catalogue", *DATA_ONLY)
    allowed = ("planner", "openpyxl", "defusedxml", "xml", "numpy", *own)
    assert strangers(below("planner.case"), allowed) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small_and_quiet(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{lines} lines"
    prints = path.relative_to(ROOT).parts[:2] in {("planner", "cli.py"), ("planner", "show"), ("planner", "cli")}
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            assert node.end_lineno - first < 60, f"{node.name} has {node.end_lineno - first + 1} lines"
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert prints or node.func.id != "print", f"line {node.lineno}: print"


def repeated(names):
    """Names that stand in several files, with the files."""
    where = {}
    for name, path in names:
        where.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return {name: paths for name, paths in where.items() if len(paths) > 1}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("module", [(path.stem, path) for path in FILES if not path.stem.startswith("__")]),
        (
            "class",
            [
                (node.name.lstrip("_"), path)
                for path in FILES
                for node in ast.walk(TREES[path])
                if isinstance(node, ast.ClassDef)
            ],
        ),
    ],
)
def test_a_name_stands_once_in_the_tree(kind, names):
    found = repeated(names)
    assert found == {}, f"a {kind} of that name is there already: take the field's term for what this one is"


def test_the_models_read_no_file_and_know_no_clock():
    barred = {"time", "datetime", "pathlib", "os", "io", "csv", "json", "tomllib", "random", "logging", "pickle"}
    outside = [module for module in below("models") if not lies_below(module, ("models.solvers",))]
    assert [f"{m}: {sorted(barred & imports(MODULES[m]))}" for m in outside if barred & imports(MODULES[m])] == []
    opens = [
        module
        for module in outside
        for node in ast.walk(TREES[MODULES[module]])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "input"}
    ]
    assert opens == []


def test_the_names_of_requirements_stand_with_their_families_and_checks_only():
    from models.build import REQUIREMENTS

    # These are also names of tables, or words of a status.
    tables = {"budgets", "carbon_limits", "limits", "commitments", "ramp", "barred"}
    names = {one.rows for one in REQUIREMENTS} - tables
    assert len(names) > 6
    found = [
        f"{module}: {node.value}"
        for module, path in MODULES.items()
        if not lies_below(module, ("models.families", "models.checks"))
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []
