"""The labels of the items of cases, as documents show them."""

from __future__ import annotations

from collections.abc import Sequence

from models.case import Case
from planner.case.item_names import NAME_OF_TABLE, ids_of, labels_of, why_not_in_sentences
from planner.case.report_words import neighbours_of
from planner.documents.item_labels import ItemLabels

_COLUMNS = frozenset(NAME_OF_TABLE.values()) | {"decision", "lease"}


def item_labels(*cases: Case) -> ItemLabels:
    """Returns the labels of the items of cases; where they differ, those of the last."""
    labels: dict[str, str] = {}
    for case in cases:
        labels |= labels_of(case)
    return _found(labels, cases) if labels else ItemLabels()


def _found(labels: dict[str, str], cases: Sequence[Case]) -> ItemLabels:
    vendors = frozenset(row.vendor for case in cases for row in case.accelerators)
    ids = frozenset(name for case in cases for name in ids_of(case))
    unsaid = frozenset(name for name in labels if why_not_in_sentences(name, vendors))
    words = {name: found for name in labels if name not in unsaid and (found := neighbours_of(name))}
    return ItemLabels(labels, ids - labels.keys(), unsaid, _COLUMNS, words)


__all__ = ["item_labels"]
