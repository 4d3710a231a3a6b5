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


@cache
def is_report_word(name: str) -> bool:
    """Returns whether a name stands as a word of its own in a text of the program.

    >>> is_report_word("search"), is_report_word("demand"), is_report_word("gb300_list")
    (True, True, False)
    """
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(name in source and word.search(_texts(at)) is not None for at, source in enumerate(_sources()))


@cache
def _sources() -> tuple[str, ...]:
    files = sorted(path for folder in _SPEAKING for path in (_ROOT / folder).rglob("*.py"))
    return tuple(path.read_text(encoding="utf-8") for path in files)


@cache
def _texts(at: int) -> str:
    """Returns the texts of a module, without what describes it."""
    tree = ast.parse(_sources()[at])
    described = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in described)
    return "\n".join(node.value for node in found if isinstance(node.value, str))
