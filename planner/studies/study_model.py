"""A finished study: sentences, tables and charts that every document of it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.documents.blocks import ChartBlock, TableBlock
from planner.documents.item_labels import ItemLabels


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a command such as `stress` or `tornado` has found.

    `headlines` are the sentences that a board reads; `notes` what limits them. `facts` are name and value pairs for
    the page about the study: case, hashes, options, versions, points solved. `refers_to_base` is true where the
    scenarios of the case, if it has any, play no part.
    """

    kind: str
    title: str
    case_name: str
    headlines: tuple[str, ...]
    tables: tuple[TableBlock, ...]
    charts: tuple[ChartBlock, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    refers_to_base: bool = True
    how_to_read: tuple[str, ...] = ()
    """How its figures are read, where that is not as in studies of solved plans."""
    labels: ItemLabels = field(default_factory=ItemLabels)
    """The labels of items in the documents of the study; its tables and sentences have ids."""

    def table(self, name: str) -> TableBlock:
        """Returns a table by name.

        Raises:
            KeyError: there is none.
        """
        return {table.name: table for table in self.tables}[name]
