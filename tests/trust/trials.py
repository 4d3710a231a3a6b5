"""The list of trials: each is a module with TITLE, `count()` and `check(number, tools)`."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "T1": "known_answers",
    "T2": "through_workbooks",
    "T3": "canaries",
    "T4": "solvers_compared",
    "T5": "settings_matrix",
    "T6": "enumeration",
    "T7": "plan_check",
    "T8": "identities",
    "T9": "statuses",
    "T10": "malformed_inputs",
    "T11": "injection",
    "T12": "crashes",
    "T13": "limits",
    "T14": "determinism",
    "T15": "one_truth",
    "T16": "scenario_plans",
}


class UnknownTrialError(ValueError):
    """A trial was asked for that there is not."""


def module_of(name):
    """The module of a trial; raises UnknownTrialError."""
    if name not in NAMES:
        msg = f"there is no trial {name}; there are {', '.join(NAMES)}"
        raise UnknownTrialError(msg)
    return import_module(f"tests.trust.{NAMES[name]}")


def sources():
    """The hash of everything that plans: a state of other sources counts for nothing."""
    digest = hashlib.sha256()
    for package in ("models", "planner"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def key_of(name):
    """The hash of a trial's own module: a check that was rewritten is run again."""
    return hashlib.sha256(Path(module_of(name).__file__).read_bytes()).hexdigest()[:12]
