"""Labels of periods and nodes for the rows of result tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from models.solution import Solution
from planner.results.table import Cell, Table, table

NODE_COLUMNS = "node scenarios probability"


@dataclass(frozen=True, eq=False)
class Places:
    """How a node is named in a table: by its period, and on a branching tree also by node and scenarios."""

    solution: Solution

    @cached_property
    def period(self) -> tuple[str, ...]:
        """The period label of each node."""
        frame = self.solution.model.frame
        return tuple(frame.calendar.labels[t] for t in frame.tree.period)

    @cached_property
    def extra(self) -> tuple[tuple[Cell, ...], ...]:
        """What else names each node; nothing when there is one history."""
        frame = self.solution.model.frame
        tree = frame.tree
        if tree.is_line:
            return tuple(() for _ in range(len(tree)))
        through: list[list[str]] = [[] for _ in range(len(tree))]
        for path in tree.paths():
            for node in path:
                through[node].append(str(int(tree.future[path[-1]]) + 1))
        return tuple((frame.node.labels[n], ";".join(through[n]), float(tree.probability[n])) for n in range(len(tree)))

    def table(self, name: str, columns: str, rows: Sequence[tuple[int, tuple[Cell, ...]]]) -> Table:
        """Returns a table whose rows are given with their node, which adds the columns of branching trees."""
        wide = columns if self.solution.model.frame.tree.is_line else f"{columns} {NODE_COLUMNS}"
        return table(name, wide, [(*row, *self.extra[node]) for node, row in rows])
