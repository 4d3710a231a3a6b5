"""A deck: the template's look where one is given, a title and a free area on every slide, text and shapes."""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planner.documents.colours import INK, MUTED
from planner.errors import CaseFaults, Fault

POINT = 12_700
"""English metric units in a point, the unit of lengths in a deck."""
_WIDE = (960 * POINT, 540 * POINT)
_NARROW = 800 * POINT
_MARGIN = 36 * POINT
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_FIXED_DATE = (2000, 1, 1, 0, 0, 0)
BEGINS = b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x21\x28"
"""How a deck of ours begins: with a part that is dated as above, which one that was saved elsewhere is not."""
_BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FURNITURE = frozenset({13, 15, 16})
"""Placeholders of slide number, footer and date, which stay with the layout."""
_TITLES = frozenset({1, 3})
_STEPS, _SMALLEST, _LETTER = 5, 8.0, 0.57
"""How often text is made smaller, its least size in points, and the width of a letter in sizes."""
_MOST_UNPACKED = 300_000_000
# What the library and those below it raise for files that are no decks.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,
    AssertionError,
)


@dataclass(frozen=True)
class Box:
    """A rectangle on a slide, in English metric units."""

    left: int
    top: int
    width: int
    height: int

    def column(self, at: int, of: int, gap: int = 14 * POINT) -> Box:
        """Returns one of several columns of equal width."""
        width = (self.width - gap * (of - 1)) // of
        return Box(self.left + at * (width + gap), self.top, width, self.height)

    def rows(self, share: float, gap: int = 8 * POINT) -> tuple[Box, Box]:
        """Returns an upper part with a share of the height, and the rest."""
        upper = int(self.height * share)
        rest = Box(self.left, self.top + upper + gap, self.width, self.height - upper - gap)
        return Box(self.left, self.top, self.width, upper), rest


class Deck:
    """Slides in the making."""

    def __init__(self, template: bytes | None) -> None:
        """Opens the template, or a plain wide deck.

        Raises:
            CaseFaults: the template is not a PowerPoint file that can be read.
        """
        self._own = template is None
        self.file = _opened(template)
        if self._own:
            self.file.slide_width, self.file.slide_height = _WIDE
        self._layout = _layout(self.file)

    def slide(self, title: str, notes: str) -> tuple[Any, Box]:
        """Adds a slide with its title and speaker notes; returns it and the area that is free for content."""
        slide = self.file.slides.add_slide(self._layout)
        width, height = int(self.file.slide_width), int(self.file.slide_height)
        head = slide.shapes.title
        if head is None:
            head = slide.shapes.add_textbox(_MARGIN, _MARGIN // 2, width - 2 * _MARGIN, 54 * POINT)
        if self._own:
            head.left, head.top, head.width, head.height = _MARGIN, 18 * POINT, width - 2 * _MARGIN, 58 * POINT
        frame = head.text_frame
        frame.word_wrap = True
        frame.text = clean(title)
        self._style_title(frame, has_own_look=self._own or not head.is_placeholder)
        for shape in list(slide.placeholders):
            if shape.placeholder_format.type not in (*_FURNITURE, *_TITLES) and shape.shape_id != head.shape_id:
                shape.element.getparent().remove(shape.element)
        slide.notes_slide.notes_text_frame.text = clean(notes)
        return slide, _free(head, width, height)

    def bytes(self) -> bytes:
        """Returns the deck as a file; the same plan gives the same bytes."""
        out = io.BytesIO()
        self.file.save(out)
        return _dateless(out.getvalue())

    def _style_title(self, frame: Any, *, has_own_look: bool) -> None:  # noqa: ANN401  a text frame of the library
        # Headings of themes are set for a few words; these are sentences.
        frame.paragraphs[0].font.size = (24 if self.file.slide_width > _NARROW else 20) * POINT
        if has_own_look:
            from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

            frame.vertical_anchor = MSO_ANCHOR.MIDDLE
            frame.paragraphs[0].alignment = PP_ALIGN.LEFT
            frame.paragraphs[0].font.bold = True
            frame.paragraphs[0].font.color.rgb = rgb(INK)


def write(
    slide: Any,  # noqa: ANN401  a slide of the library
    box: Box,
    lines: Sequence[tuple[str, float, str, bool]],
    *,
    middle: bool = False,
    bullets: bool = False,
) -> Any:  # noqa: ANN401
    """Writes lines of text, each given with size in points, colour and weight, and returns the shape."""
    from pptx.enum.text import MSO_ANCHOR

    shape = slide.shapes.add_textbox(box.left, box.top, box.width, box.height)
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = 2 * POINT
    frame.margin_top = frame.margin_bottom = POINT
    for at, (words, size, shade, bold) in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.text = f"•  {clean(words)}" if bullets else clean(words)
        paragraph.space_after = int(3 * POINT)
        _font(paragraph, size, shade, bold=bold)
    return shape


def fitting(lines: Sequence[tuple[str, float, str, bool]], box: Box) -> list[tuple[str, float, str, bool]]:
    """Returns lines of text in sizes that fit a box; where the smallest are too large, the last lines are counted."""
    found = list(lines)
    for _ in range(_STEPS):
        if _height(found, box.width) <= box.height:
            return found
        found = [(words, max(_SMALLEST, size * 0.93), shade, bold) for words, size, shade, bold in found]
    kept = list(found)
    while len(kept) > 1 and _height(kept, box.width) > box.height:
        kept = kept[:-2] if len(kept) == len(found) else kept[:-1]
        kept = kept or found[:1]
    more = len(found) - len(kept)
    return [*kept, (f"and {more} more in the report", _SMALLEST, MUTED, False)] if more else kept


def cut_to(words: str, size: float, width: int) -> str:
    """Returns text that fits a line of a width, in a size in points; what is longer ends with an ellipsis.

    >>> cut_to("A rack of nvidia, list price", 10.0, 100 * POINT), cut_to("GB300 rack", 10.0, 100 * POINT)
    ('A rack of nvidia…', 'GB300 rack')
    """
    most = max(2, int(width / (size * _LETTER * POINT)))
    return words if len(words) <= most else f"{words[: most - 1].rstrip(' ,;')}…"


def _height(lines: Sequence[tuple[str, float, str, bool]], width: int) -> float:
    """How high lines of text are about to be, broken at the width."""
    return sum(
        max(1, math.ceil(len(words) * size * _LETTER * POINT / width)) * size * 1.2 * POINT + 3 * POINT
        for words, size, _, _ in lines
    )


def block(
    slide: Any,  # noqa: ANN401  a slide of the library
    box: Box,
    fill: str,
    *,
    words: str = "",
    ink: str = "#ffffff",
    size: float = 8,
    kind: str = "rectangle",
) -> Any:  # noqa: ANN401
    """Draws a filled shape, with words in it, and returns it."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    kinds = {"rectangle": MSO_SHAPE.RECTANGLE, "diamond": MSO_SHAPE.DIAMOND, "circle": MSO_SHAPE.OVAL}
    kinds["cross"] = MSO_SHAPE.MATH_MULTIPLY
    shape = slide.shapes.add_shape(
        kinds.get(kind, MSO_SHAPE.ISOSCELES_TRIANGLE), box.left, box.top, max(1, box.width), max(1, box.height)
    )
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(fill)
    shape.line.fill.background()
    # The style of the theme would bring shadows and borders that nobody asked for.
    for style in shape._element.findall(f"{{{_SLIDES}}}style"):
        shape._element.remove(style)
    if words:
        frame = shape.text_frame
        frame.word_wrap = False
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        frame.text = clean(words)
        frame.paragraphs[0].alignment = PP_ALIGN.CENTER
        _font(frame.paragraphs[0], size, ink, bold=False)
    return shape


def rgb(shade: str) -> Any:  # noqa: ANN401
    """Returns a colour of the library from `#rrggbb`."""
    from pptx.dml.color import RGBColor

    maker: Any = RGBColor
    return maker(*(int(shade[at : at + 2], 16) for at in (1, 3, 5)))


def clean(words: str) -> str:
    r"""Returns text without the signs that a deck cannot hold.

    >>> clean("a\x00b")
    'ab'
    """
    return _BAD.sub("", words)


def plain(words: str) -> tuple[str, float, str, bool]:
    """Returns a line of small text for `write`."""
    return words, 11, INK, False


def faint(words: str) -> tuple[str, float, str, bool]:
    """Returns a line of pale small text for `write`."""
    return words, 10, MUTED, False


def _font(paragraph: Any, size: float, shade: str, *, bold: bool) -> None:  # noqa: ANN401
    paragraph.font.size = int(size * POINT)
    paragraph.font.bold = bold
    paragraph.font.color.rgb = rgb(shade)


def _opened(template: bytes | None) -> Any:  # noqa: ANN401
    """Returns an empty deck; the slides of a template are dropped, its layouts and look stay."""
    import pptx
    from lxml.etree import LxmlError  # type: ignore[import-untyped, unused-ignore]
    from pptx.exc import PythonPptxError

    if template is None:
        return pptx.Presentation()
    remedy = "Give a .pptx file that PowerPoint opens, without a password."
    try:
        _require_ordinary_size(template)
        file = pptx.Presentation(io.BytesIO(template))
        listed = file.slides._sldIdLst
        for entry in list(listed):
            file.part.drop_rel(entry.rId)
            listed.remove(entry)
        layouts = len(file.slide_layouts)
    except (PythonPptxError, LxmlError, *_BROKEN) as error:
        raise CaseFaults([Fault("the template", f"cannot be read as slides ({error})", remedy)]) from error
    if not layouts:
        remedy = "Give a template whose slide master has at least one layout."
        raise CaseFaults([Fault("the template", "has no slide layout", remedy)])
    return file


def _require_ordinary_size(template: bytes) -> None:
    """Refuses a file that unpacks to more than any template holds.

    Raises:
        ValueError: it does.
    """
    with zipfile.ZipFile(io.BytesIO(template)) as file:
        size = sum(entry.file_size for entry in file.infolist())
    if size > _MOST_UNPACKED:
        msg = f"it unpacks to {size / 1e6:,.0f} MB, more than the {_MOST_UNPACKED / 1e6:,.0f} MB that are read"
        raise ValueError(msg)


def _layout(file: Any) -> Any:  # noqa: ANN401
    """Returns the layout with a title and the fewest other places to fill."""

    def rank(layout: Any) -> tuple[bool, int]:  # noqa: ANN401
        kinds = [place.placeholder_format.type for place in layout.placeholders]
        others = [kind for kind in kinds if kind not in (*_FURNITURE, *_TITLES)]
        return 1 not in kinds, len(others)

    return min(file.slide_layouts, key=rank)


def _free(head: Any, width: int, height: int) -> Box:  # noqa: ANN401
    """Returns the area below the title; of a title that fills most of the slide, the lower four fifths."""
    below = int(head.top + head.height) + 6 * POINT
    top = below if below < height * 0.4 else int(height * 0.2)
    left = min(max(int(head.left), _MARGIN // 2), width // 8)
    return Box(left, top, width - 2 * left, height - top - _MARGIN)


def _dateless(data: bytes) -> bytes:
    """Returns a zip file with all its entries dated alike, so that equal content is equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in read.infolist():
            made = zipfile.ZipInfo(entry.filename, _FIXED_DATE)
            made.compress_type = zipfile.ZIP_DEFLATED
            content = read.read(entry)
            written.writestr(made, content)
    return out.getvalue()
