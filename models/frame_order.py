"""A frame with the rows of all tables, and the futures of its tree, in canonical order."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Axis
from models.canonical_order import in_canonical_order
from models.frame import Frame, frame_of
from models.program import Ints


@dataclass(frozen=True, eq=False)
class OrderedFrame:
    """A frame in canonical order, and by offer and by node of it which one of the frame as given it is."""

    frame: Frame
    offers: Ints
    nodes: Ints


def frame_in_order(frame: Frame) -> OrderedFrame | None:
    """Returns a frame in canonical order; None where it is in that order already.

    Nodes keep their labels: the names of columns do not depend on which of two models is asked.
    """
    order: Sequence[int] = frame.order or range(len(frame.cases))
    cases = tuple(in_canonical_order(frame.cases[future]) for future in order)
    if all(map(operator.is_, cases, frame.cases)) and list(order) == list(range(len(cases))):
        return None
    tree, nodes = frame.tree.with_futures_in(order)
    made = frame_of(
        cases,
        tree,
        names=tuple(frame.names[future] for future in order) if frame.names else (),
        stated=in_canonical_order(frame.stated),
        best_alone=tuple(frame.best_alone[future] for future in order) if frame.best_alone else (),
    )
    labels = tuple(frame.node.labels[node] for node in nodes)
    offers = np.array([frame.offer.position(label) for label in made.offer.labels], dtype=np.int64)
    return OrderedFrame(replace(made, node=Axis("node", labels)), offers, nodes)


__all__ = ["OrderedFrame", "frame_in_order"]
