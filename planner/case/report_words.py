"""The words of documents, from the texts in the program: a name that is one of them is no name in a sentence.

A site called `search` cannot be told from the word in "the search stopped". Names that people label are looked up
here; that a text is among the words of the program errs on the safe side, for not all of them are ever shown.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_SPEAKING = (
    "planner/documents", "planner/results", "planner/studies", "planner/comparison", "models/checks", "models/families",
    "models/whatif",
)  # fmt: skip
"""Where the texts of documents are made."""


def is_report_word(name: str) -> bool:
    """Returns whether documents may use a name as a word beside any other, so that it is no name in a sentence.

    >>> is_report_word("demand"), is_report_word("search"), is_report_word("gb300_list")
    (True, False, False)
    """
    return ("", "") in neighbours_of(name)


@cache
def neighbours_of(name: str) -> frozenset[tuple[str, str]]:
    """Returns the words before and after a name in the texts of the program; none where no text has it.

    A blank stands where a text begins or ends with the name: what is beside it then is not known.
    """
    found = re.compile(rf"(?:(\w+)\W+)?(?<!\w){re.escape(name)}(?!\w)(?:\W+(\w+))?")
    return frozenset(
        (hit[1] or "", hit[2] or "")
        for at, source in enumerate(_sources())
        if name in source
        for text in _texts(at)
        if name in text
        for hit in found.finditer(text)
    )


@cache
def _sources() -> tuple[str, ...]:
    files = sorted(path for folder in _SPEAKING for path in (_ROOT / folder).rglob("*.py"))
    return tuple(path.read_text(encoding="utf-8") for path in files)


@cache
def _texts(at: int) -> tuple[str, ...]:
    """Returns the texts of a module, without what describes it."""
    tree = ast.parse(_sources()[at])
    described = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in described)
    return tuple(node.value for node in found if isinstance(node.value, str))
