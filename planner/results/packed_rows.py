"""Rows of a long table in little memory: blocks of rows, packed, that are unpacked when they are read."""

from __future__ import annotations

import marshal
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

Cell = str | float | int | None
Cells = tuple[Cell, ...]
_BLOCK = 256
"""Rows of a block."""
_UNPACKED = 2
"""Blocks that stay unpacked."""
_FAST = 1


class PackedRows(Sequence[Cells]):
    """The rows of a table, which do not change."""

    def __init__(self, rows: Iterable[Cells] = ()) -> None:
        self._blocks: list[bytes] = []
        self._starts = [0]
        self._open: list[Cells] = []
        self._unpacked: OrderedDict[int, list[Cells]] = OrderedDict()
        for row in rows:
            self.add(row)

    def add(self, row: Cells) -> None:
        """Adds a row at the end; for those who make the table."""
        self._open.append(row)
        if len(self._open) == _BLOCK:
            self._pack()

    def followed_by(self, other: PackedRows) -> PackedRows:
        """Returns these rows with those of another table after them."""
        found = PackedRows()
        for part in (self, other):
            part._pack()
            found._blocks += part._blocks
            before = found._starts[-1]
            found._starts += [before + end for end in part._starts[1:]]
        return found

    def _pack(self) -> None:
        if self._open:
            self._blocks.append(zlib.compress(marshal.dumps(self._open), _FAST))
            self._starts.append(self._starts[-1] + len(self._open))
            self._open = []

    def __len__(self) -> int:
        return self._starts[-1] + len(self._open)

    def __iter__(self) -> Iterator[Cells]:
        for block in self._blocks:
            yield from marshal.loads(zlib.decompress(block))
        yield from self._open

    @overload
    def __getitem__(self, at: int) -> Cells: ...

    @overload
    def __getitem__(self, at: slice) -> list[Cells]: ...

    def __getitem__(self, at: int | slice) -> Cells | list[Cells]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        if place >= self._starts[-1]:
            return self._open[place - self._starts[-1]]
        number = self._block_of(place)
        return self._block(number)[place - self._starts[number]]

    def _block_of(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _block(self, number: int) -> list[Cells]:
        if number not in self._unpacked:
            self._unpacked[number] = marshal.loads(zlib.decompress(self._blocks[number]))
            while len(self._unpacked) > _UNPACKED:
                self._unpacked.popitem(last=False)
        self._unpacked.move_to_end(number)
        return self._unpacked[number]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(tuple.__eq__, self, other))

    def __hash__(self) -> int:
        return hash(len(self))
