"""The console that every command prints through: no text of it reaches the terminal as anything but text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from planner.documents.safe_text import plain_lines
from planner.streams import unfiltered

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType


class SafeConsole(Console):
    """A console whose colours and moves are its own; what a text holds of them is written as escapes.

    It writes past the filter of the standard streams, which would take its own colours for those of a text. Nothing
    is taken for markup, numbers are not coloured, and no name becomes a picture.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(file=unfiltered(is_error=stderr), quiet=quiet, markup=False, highlight=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yields the pieces of anything that is shown, each with text that shows as what it is."""
        for segment in super().render(_safe(renderable), options):
            text = segment.text if segment.control else plain_lines(segment.text)
            yield segment if text is segment.text else Segment(text, segment.style)


def _safe(renderable: RenderableType) -> RenderableType:
    """Returns a text with its escapes before it is broken into lines, so that nothing of it is cut."""
    if isinstance(renderable, str):
        return plain_lines(renderable)
    if not isinstance(renderable, Text):
        return renderable
    old = renderable
    safe = plain_lines(old.plain)
    if safe is old.plain:
        return old
    return Text(safe, style=old.style, justify=old.justify, overflow=old.overflow, no_wrap=old.no_wrap, end=old.end)


__all__ = ["SafeConsole"]
