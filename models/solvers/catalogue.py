"""Which engines exist, what each can do, and which library carries it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from models.outcome import ModelError

PULP_PREFIX = "pulp:"
NATIVE = "native"
"""The search of fleetplan over the integers; OR-Tools carries its linear programs."""
SCIP = "scip"


@enum.unique
class Family(enum.Enum):
    """The library that carries an engine; a process loads one family only."""

    MATHOPT = "ortools"
    PULP = "pulp"


@enum.unique
class Streams(enum.Enum):
    """What a running engine hands over before it ends."""

    PLANS = "objective, bound and values"
    FIGURES = "objective and bound"
    NOTHING = "nothing"


@dataclass(frozen=True)
class EngineFacts:
    """What is known of an engine before it is started.

    `stops_softly`: it ends itself when asked. `continuous`: what it proves also holds where columns are continuous.
    """

    name: str
    label: str
    family: Family
    integers: bool = True
    continuous: bool = True
    streams: Streams = Streams.NOTHING
    stops_softly: bool = True
    note: str = ""


class UnknownEngineError(ModelError):
    """An engine was asked for that does not exist."""


ENGINES = (
    EngineFacts(
        NATIVE,
        "the native search",
        Family.MATHOPT,
        streams=Streams.PLANS,
        note="tree search of fleetplan over linear programs by GLOP; SCIP goes on where it ends with an open gap",
    ),
    EngineFacts(SCIP, "SCIP", Family.MATHOPT, streams=Streams.PLANS, note="one thread"),
    EngineFacts("highs", "HiGHS", Family.MATHOPT, streams=Streams.PLANS, stops_softly=False),
    EngineFacts(
        "cp_sat",
        "CP-SAT",
        Family.MATHOPT,
        continuous=False,
        streams=Streams.PLANS,
        note="needs bounds on every column; proves nothing where columns are continuous",
    ),
    EngineFacts("gurobi", "Gurobi", Family.MATHOPT, streams=Streams.PLANS, note="needs its own licence"),
    EngineFacts("glop", "GLOP", Family.MATHOPT, integers=False, note="continuous columns only"),
    EngineFacts("pdlp", "PDLP", Family.MATHOPT, integers=False, note="continuous columns only, low precision"),
    EngineFacts("cbc", "CBC", Family.PULP, streams=Streams.FIGURES),
)


def general_code(name: str) -> str:
    """Returns the code that solves a program of which the native search knows nothing: SCIP in its place."""
    return SCIP if name == NATIVE else name


def facts_of(name: str) -> EngineFacts:
    """Returns what is known of an engine; `pulp:NAME` is any solver that PuLP knows by that name.

    Raises:
        UnknownEngineError: there is no such engine.
    """
    for facts in ENGINES:
        if facts.name == name:
            return facts
    inner = name.removeprefix(PULP_PREFIX)
    if inner != name and inner:
        return EngineFacts(name, inner, Family.PULP, stops_softly=False, note="as PuLP drives it")
    known = ", ".join(facts.name for facts in ENGINES)
    msg = f"solver '{name}' is unknown. Use one of: {known}, or {PULP_PREFIX}NAME for a solver that PuLP knows."
    raise UnknownEngineError(msg)
