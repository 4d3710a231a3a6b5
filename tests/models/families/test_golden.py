"""Every requirement is written down three times: in code, as an equation, and as rows that somebody has derived."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import pytest

from models.build import build
from tests.models.families.goldens import CASES, FAMILIES, FOLDER, MODELS, golden_text, stated_requirements
from tests.models.lp import lp_lines
from tests.models.tiny import rich_case

STATED = stated_requirements()
PAIRS = sorted((family, requirement) for family, names in STATED.items() for requirement in names)
MODULES = sorted(path.stem for path in FAMILIES.glob("*.py") if path.stem != "__init__")
RELATIONS = ("≤", "≥", "=", "<=", ">=")


def source(family):
    return (FAMILIES / f"{family}.py").read_text(encoding="utf-8")


def docstring(family):
    return ast.get_docstring(ast.parse(source(family)))


def docstrings_of(module):
    """All docstrings of a module, that of the module itself first."""
    path = next(path for path in (FAMILIES / f"{module}.py", MODELS / f"{module}.py") if path.exists())
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))]
    return [ast.get_docstring(node) or "" for node in nodes]


def table(family):
    """Rows of the docstring's table of symbols: symbols, kind, unit, meaning."""
    rows = [line.strip("| ").split(" | ") for line in docstring(family).splitlines() if line.startswith("| ")]
    return [([symbol.strip() for symbol in row[0].split(", ")], row[1].strip()) for row in rows if row[0] != "symbol"]


def stated_blocks(family):
    """Names of the blocks of variables that a family states; of a name with parts, its first."""
    found = []
    for node in ast.walk(ast.parse(source(family))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "block":
            name = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else node.args[0]
            found.append(name.value.rstrip(":"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "one_time":
            found.append(node.args[2].value)
    return sorted(found)


def test_every_requirement_has_a_golden_file():
    files = sorted(path.stem for path in FOLDER.glob("*.lp"))
    assert files == sorted({requirement for _, requirement in PAIRS})
    assert files == sorted(CASES)


@pytest.mark.parametrize("requirement", sorted(CASES))
def test_rows_are_those_that_were_derived_by_hand(requirement):
    kept = (FOLDER / f"{requirement}.lp").read_text(encoding="utf-8")
    assert sorted(golden_text(requirement).splitlines()) == sorted(kept.splitlines())


@pytest.mark.parametrize(("module", "requirement"), PAIRS, ids="/".join)
def test_every_requirement_stands_in_its_family_docstring(module, requirement):
    # What several families share is stated in a function outside them, whose docstring then holds the equation.
    lines = (
        docstrings_of(module)[0] if (FAMILIES / f"{module}.py").exists() else "\n".join(docstrings_of(module))
    ).splitlines()
    at = [i for i, line in enumerate(lines) if re.match(rf"\s+{requirement}\s", line)]
    assert len(at) == 1, f"'{requirement}' has to open exactly one line of the docstring of {module}"
    equation = lines[at[0]].split(requirement, 1)[1]
    assert any(sign in equation for sign in RELATIONS), f"no equation beside '{requirement}'"


@pytest.mark.parametrize("family", MODULES)
def test_symbols_of_docstring_tables_are_used(family):
    equations = "\n".join(line for line in docstring(family).splitlines() if line.startswith("    "))
    for symbols, _ in table(family):
        for symbol in symbols:
            bare = re.split(r"[\[(]", symbol)[0]
            assert re.search(rf"(?<!\w){re.escape(bare)}(?!\w*[a-z])", equations), f"'{symbol}' is in no equation"


@pytest.mark.parametrize("family", MODULES)
def test_variables_of_docstring_tables_are_those_of_the_code(family):
    everywhere = {name for module in MODULES for name in stated_blocks(module)}
    listed = {
        re.split(r"[\[(]", symbol)[0] for symbols, kind in table(family) for symbol in symbols if kind == "variable"
    }
    assert set(stated_blocks(family)) <= listed, "a block of variables has no row in the table"
    assert listed <= everywhere, "a variable of the table is stated nowhere"


def test_goldens_do_not_depend_on_the_order_of_the_rows_of_a_table():
    case = rich_case()
    tables = ("offers", "prices", "throughput", "sites", "limit_use", "routes", "accelerators", "opening_fleet")
    turned = replace(case, **{name: getattr(case, name)[::-1] for name in tables})
    one, other = build(case).program, build(turned).program
    for requirement in CASES:
        assert lp_lines(one, requirement) == lp_lines(other, requirement), requirement
