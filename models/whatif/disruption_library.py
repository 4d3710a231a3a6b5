"""A library of disruptions that fits any case: its rows name roles, and a case says what stands for each role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.case import Case
from models.tables.disruption_rows import Role
from models.tables.strategy_rows import Disruption
from models.whatif.shock import ShockError


def mapped(
    rows: Sequence[Disruption], roles: Sequence[Role]
) -> tuple[tuple[Disruption, ...], Mapping[str, tuple[str, ...]]]:
    """Returns the rows of a library with the targets of a case, and by unusable disruption the roles it lacks.

    A role that stands for several targets gives a row for each. A disruption that lacks a role gives no row at all:
    half of it would be another disruption.

    Raises:
        ShockError: two rows of a disruption would hit the same field of the same target, and differ.
    """
    targets: dict[str, list[str]] = {}
    for entry in roles:
        targets.setdefault(entry.role, []).append(entry.target)
    missing: dict[str, list[str]] = {}
    for row in rows:
        if row.target not in targets and row.target not in missing.setdefault(row.disruption, []):
            missing[row.disruption].append(row.target)
    unusable = {name: tuple(lacking) for name, lacking in missing.items() if lacking}
    found: dict[tuple[str, str, str], tuple[str, Disruption]] = {}
    for row in rows:
        if row.disruption in unusable:
            continue
        for target in dict.fromkeys(targets[row.target]):
            made = replace(row, target=target)
            role, known = found.setdefault((row.disruption, target, row.field), (row.target, made))
            if replace(known, label=made.label, note=made.note, source=made.source) != made:
                msg = f"{row.disruption} would hit the {row.field} of {target} twice, as {role} and as {row.target}. "
                raise ShockError(msg + "Let one of the two roles stand for something else.")
    return tuple(row for _, row in found.values()), unusable


def with_library(case: Case, rows: Sequence[Disruption]) -> tuple[Case, Mapping[str, tuple[str, ...]]]:
    """Returns the case with the disruptions of a library that its roles allow, and those it cannot use.

    A disruption of the case itself stands before one of the library with the same name. Raises ShockError as `mapped`.
    """
    own = {row.disruption for row in case.disruptions}
    usable, unusable = mapped([row for row in rows if row.disruption not in own], case.roles)
    return (replace(case, disruptions=(*case.disruptions, *usable)) if usable else case), unusable
