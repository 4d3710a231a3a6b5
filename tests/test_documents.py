"""Pages that are made from the code are current, and what others state of the code is true."""

from __future__ import annotations

import re
from pathlib import Path

from models.build import build
from models.checks.requirements import REQUIREMENTS
from models.checks.scenario_distributions import CELLS
from models.checks.worth_checks import BESIDE
from models.tables.fleet_rows import CASH_CATEGORIES
from models.tree import branching
from planner.case.disruption_file import default_library, read_library
from planner.case.reference import render_reference
from planner.cli.model_commands import formulation_text
from planner.results import tables_of
from tests.models.checks.plans import bases
from tests.models.tiny import tiny_case

ROOT = Path(__file__).parents[1]
OF_TREES = ("futures", *CELLS)
"""Tables that only plans over several scenarios have."""
ON_REQUEST = tuple(BESIDE)
"""Tables that plans over several scenarios have where they are asked for."""


def test_the_formulation_page_is_what_the_code_states():
    assert (ROOT / "docs" / "formulation.md").read_text(encoding="utf-8") == formulation_text()


def test_the_page_of_the_input_tables_is_what_the_code_reads():
    assert (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8") == render_reference()


def test_every_page_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_each_of_the_two_commands_of_the_readme_is_one_line():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- (plan|tests) -->\n```sh\n(.*?)```", readme, flags=re.DOTALL)
    assert [name for name, _ in blocks] == ["plan", "tests"]
    assert all(block.count("\n") == 1 and block.startswith("python3 -m venv") for _, block in blocks)


def test_the_readme_counts_requirements_and_disruptions_as_they_are():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(REQUIREMENTS)} requirements and every column" in readme
    assert len({row.disruption for row in read_library(default_library())}) == 41
    assert "`inputs/library` has forty-one historic" in " ".join(readme.split())


def results_page(heading):
    """The cells of each row of the table of docs/results.md with this heading."""
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    rows = page.split(f"{heading}\n")[1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def result_columns():
    """The columns of each result table, as docs/results.md lists them."""
    cash = ", ".join(f"{category}_musd" for category in CASH_CATEGORIES)
    rows = results_page("| table | columns | remarks |")
    return {name: tuple(text.replace("one column a cash category", cash).split(", ")) for name, text, _ in rows}


def test_the_page_of_the_result_tables_lists_those_of_a_plan_in_their_order(plan_of):
    found = [(name, table.columns) for name, table in tables_of(plan_of(tiny_case())).items()]
    listed = result_columns()
    assert found == [(name, listed[name]) for name in listed if name not in (*OF_TREES, *ON_REQUEST)]
    assert {name: listed[name] for name in ON_REQUEST} == {name: tuple(cells) for name, cells in BESIDE.items()}


def test_the_page_of_the_result_tables_lists_those_of_a_plan_over_scenarios(plan_of):
    low, high = tiny_case(), tiny_case(demand=(("2027", 100.0), ("2028", 170.0)))
    plan = plan_of(build(low, futures=(low, high), tree=branching(3, (0.6, 0.4), (1, 1))))
    found = [(name, table.columns) for name, table in tables_of(plan).items()]
    whole, branch = {"key_figures", "input_basis", *OF_TREES}, ("node", "scenarios", "probability")
    assert found == [
        (name, own if name in whole else own + branch)
        for name, own in result_columns().items()
        if name not in ON_REQUEST
    ]


def test_the_page_of_the_result_tables_has_every_key_figure_with_its_unit_and_periods():
    listed = {}
    for names, units, periods, _ in results_page("| name | unit | periods | meaning |"):
        own = names.split(", ")
        for name, unit in zip(own, units.split(", ") if ", " in units else [units] * len(own), strict=True):
            listed[name] = unit, periods
    found = {row["name"]: (row["unit"], row["periods"]) for base in bases() for row in base.tables["key_figures"]}
    assert found == listed
