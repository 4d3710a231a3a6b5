"""What is told of a family of requirements: each family states it once, beside its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Requirement:
    """One kind of requirement that people can change.

    `rows` names its rows in the program, `called` is what it is called in a sentence, `unit` what a breach of it is
    measured in.
    """

    rows: str
    called: str
    unit: str
    gives_way: bool = False
    """What people have set gives way in a stress; what is physical never does."""
    compares: bool = False
    """Its bound is a share or a multiple of another amount of the plan."""
    priced: bool = False
    """The result tables tell what one more of its bound saves."""
