"""Cases with their rows in another order, and tables compared as sets of rows."""

import random
import re
from dataclasses import replace

from models.case import TABLES


def shuffled(case, seed):
    """The case with the rows of every table in another order."""
    order = random.Random(seed)
    return replace(
        case, **{table: tuple(order.sample(rows, len(rows))) for table in TABLES if (rows := getattr(case, table))}
    )


def sets_of_rows(tables, tree=None):
    """The rows of each table, sorted: numbers to eight digits and a millionth, and no sign of nothing.

    Nodes and lists of scenarios are in one order: a node is named after the first scenario that passes through it, in
    the order in which scenarios are given.
    """
    nodes = {} if tree is None else _nodes(tree)
    places = re.compile("|".join(sorted(map(re.escape, nodes), key=len, reverse=True)) or "(?!)")

    def same(cell):
        if isinstance(cell, float):
            return float(f"{round(cell, 6):.8g}") + 0.0
        return _sorted(places.sub(lambda found: nodes[found[0]], cell), tree) if isinstance(cell, str) else cell

    return {name: sorted(repr(tuple(map(same, row))) for row in table.rows) for name, table in tables.items()}


def _nodes(tree):
    """By label of a node, the one that it has where scenarios are in the order of their names."""
    labels, grown = tree.case.settings.calendar.labels, tree.tree
    return {
        f"{labels[period]}/{tree.names[future]}": f"{labels[period]}/{min(tree.names[one] for one in through)}"
        for period, future, through in zip(grown.period, grown.future, grown.futures_through, strict=True)
    }


def _sorted(cell, tree):
    parts = cell.split(";")
    return ";".join(sorted(parts)) if tree is not None and set(parts) <= set(tree.names) else cell
