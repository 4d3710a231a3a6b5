"""T16: plans over scenarios cost what two other codes say, and pass the check of their paths from the tables alone."""

from __future__ import annotations

from tests.models.uncertainty.test_trees_against_oracles import against_enumeration, against_textbook

TITLE = "plans over scenarios: random trees against the textbook, tiny ones against enumeration, by turns"


def count():
    return 260


def check(number, tools):
    seed, is_tiny = divmod(number, 2)
    compare = against_enumeration if is_tiny else against_textbook
    has_plan = compare(seed, tools.engines["highs"])
    other = "enumeration" if is_tiny else "the textbook"
    return f"tree {seed} and {other}: {'the same cost' if has_plan else 'no plan in either'}"
