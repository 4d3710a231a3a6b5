"""Pages that are made from the code are current, and the README's commands are those that are run."""

from __future__ import annotations

import re
from pathlib import Path

from planner.case.reference import render_reference
from planner.cli.model_commands import formulation_text

ROOT = Path(__file__).parents[1]


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
