"""What a timeline holds: rows of stretches and milestones, in periods from the start."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


@enum.unique
class Stretch(enum.Enum):
    """What a bar of a timeline stands for."""

    WAITING = "waiting"
    ARRIVAL = "arrival"
    IN_USE = "in use"
    DESIGN = "design"
    BRING_UP = "tape-out to volume"


@enum.unique
class Milestone(enum.Enum):
    """What a mark of a timeline stands for."""

    SIGNED = "signed"
    TAPE_OUT = "tape-out"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class TimelineBar:
    """A stretch of a row, in periods from the start; `lane` keeps what overlaps apart."""

    start: float
    end: float
    stretch: Stretch
    colour: str
    lane: int
    label: str
    says: str
    when: str


@dataclass(frozen=True)
class TimelineMark:
    """A milestone of a row, in periods from the start."""

    at: float
    milestone: Milestone
    label: str
    lane: int = 0


@dataclass
class TimelineRow:
    """A line of a timeline; where there is no room for all, rows of least `weight` are left out first."""

    name: str
    bars: list[TimelineBar] = field(default_factory=list)
    marks: list[TimelineMark] = field(default_factory=list)
    weight: float = 0.0

    @property
    def lanes(self) -> int:
        """How many lanes the row needs."""
        return 1 + max([bar.lane for bar in self.bars] + [mark.lane for mark in self.marks], default=0)

    def has_room(self, mark: TimelineMark, period: float, letter: float) -> bool:
        """True where the label of a mark ends before the next mark, given the widths of a period and a letter."""
        later = [other.at for other in self.marks if other.at > mark.at]
        return not later or (min(later) - mark.at) * period > (len(mark.label) + 1.5) * letter


@dataclass(frozen=True)
class TimelineGroup:
    """Rows of one kind."""

    title: str
    rows: tuple[TimelineRow, ...]
