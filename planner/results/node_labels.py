"""Labels of periods and nodes for the rows of result tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from models.solution import Solution
from planner.results.table import Cell, Table, table

NODE_COLUMNS = "node scenarios probability"


@dataclass(frozen=True, eq=False)
class NodeLabels:
    """How a node is named in a table: by its period, and on a branching tree also by node and scenarios."""

    solution: Solution

    @cached_property
    def period(self) -> tuple[str, ...]:
        """The period label of each node."""
        frame = self.solution.model.frame
        return tuple(frame.calendar.labels[t] for t in frame.tree.period)

    @cached_property
    def is_reported(self) -> tuple[bool, ...]:
        """By node: its period is reported; the others are lookahead."""
        frame = self.solution.model.frame
        return tuple(bool(t < frame.case.settings.periods) for t in frame.tree.period)

    @cached_property
    def futures(self) -> tuple[tuple[int, ...], ...]:
        """The futures that pass through each node, in order of their leaves."""
        return self.solution.model.frame.tree.futures_through

    @cached_property
    def leaf_of(self) -> dict[int, int]:
        """The last node of each future."""
        tree = self.solution.model.frame.tree
        return {int(tree.future[leaf]): int(leaf) for leaf in tree.leaves}

    @cached_property
    def chances(self) -> dict[str, float]:
        """The probability of each future by name."""
        frame = self.solution.model.frame
        return {frame.called[future]: float(frame.tree.probability[leaf]) for future, leaf in self.leaf_of.items()}

    def extra(self, node: int, futures: tuple[int, ...]) -> tuple[Cell, ...]:
        """Returns what else names a node and some of its futures; nothing when there is one history."""
        frame = self.solution.model.frame
        tree = frame.tree
        if tree.is_line:
            return ()
        is_whole = futures == self.futures[node]
        chance = tree.probability[node] if is_whole else tree.probability[[self.leaf_of[f] for f in futures]].sum()
        return frame.node.labels[node], ";".join(frame.called[future] for future in futures), float(chance)

    def table(self, name: str, columns: str, rows: Sequence[tuple[int, tuple[Cell, ...]]]) -> Table:
        """Returns a table whose rows are given with their node, which adds the columns of branching trees."""
        return self.split_table(name, columns, [(node, self.futures[node], row) for node, row in rows])

    def split_table(
        self, name: str, columns: str, rows: Sequence[tuple[int, tuple[int, ...], tuple[Cell, ...]]]
    ) -> Table:
        """Returns a table whose rows are given with their node and those of its futures in which they are true."""
        wide = columns if self.solution.model.frame.tree.is_line else f"{columns} {NODE_COLUMNS}"
        return table(name, wide, [(*row, *self.extra(node, futures)) for node, futures, row in rows])
