"""The parts of a workbook file, judged by sizes, names and kind before anything of it is unpacked."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped, unused-ignore]
from defusedxml.expatreader import DefusedExpatParser  # type: ignore[import-untyped, unused-ignore]

from planner.case.text import UnreadableError

MOST_PARTS = 5_000
MOST_UNPACKED = 300_000_000
MOST_PART = 200_000_000
MOST_RATIO = 150
SMALL_PART = 2_000_000
CHUNK = 1 << 16

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACRO = re.compile(r"vbaProject|macrosheets/|macroEnabled|intlMacro", re.IGNORECASE)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,  # what zipfile raises for a compression that it does not know
    RuntimeError,
    UnicodeError,
    ValueError,
)
SAVE_AGAIN = "Open it in a spreadsheet program and save it again as an Excel workbook (.xlsx)."
SAVE_PLAIN = "Save it as an Excel workbook without macros (.xlsx)."
DAMAGED = "is a damaged workbook"


class Package:
    """A workbook file whose parts can be read one by one; nothing is written to the disk.

    Raises UnreadableError, here and in every method, for what is no workbook, harmful, damaged or too large.
    """

    def __init__(self, data: bytes) -> None:
        _check_kind(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            expected = f"{DAMAGED} ({_reason(error)})"
            raise UnreadableError(expected, SAVE_AGAIN) from error
        self._parts = {entry.filename: entry for entry in self._zip.infolist()}
        self._check_entries()
        if any(_MACRO.search(name) for name in self._parts) or self._has_macro_type():
            expected = "holds macros, which are never run or read"
            raise UnreadableError(expected, SAVE_PLAIN)
        if "xl/workbook.bin" in self._parts:
            expected = "is a binary workbook (.xlsb)"
            raise UnreadableError(expected, SAVE_AGAIN)
        if "mimetype" in self._parts and "content.xml" in self._parts:
            expected = "is an OpenDocument file (.ods)"
            raise UnreadableError(expected, SAVE_AGAIN)

    def has(self, part: str) -> bool:
        """Returns whether the file holds a part of this name."""
        return part in self._parts

    def parse(self, part: str, handler: ContentHandler) -> Iterator[None]:
        """Feeds a part to a handler and yields after every piece; entities and document types are refused."""
        if part not in self._parts:
            expected = f"{DAMAGED}: its part {part} is missing"
            raise UnreadableError(expected, SAVE_AGAIN)
        parser = DefusedExpatParser(forbid_dtd=True)
        parser.setContentHandler(handler)
        try:
            with self._zip.open(part) as stream:
                while piece := stream.read(CHUNK):
                    parser.feed(piece)
                    yield
            parser.close()
            yield
        except UnreadableError:
            raise
        except DefusedXmlException as error:
            expected = f"declares a document type or entities in its part {part}, which no workbook needs"
            raise UnreadableError(expected, SAVE_AGAIN) from error
        except (SAXException, *_BROKEN) as error:
            expected = f"{DAMAGED}: its part {part} cannot be read ({_reason(error)})"
            raise UnreadableError(expected, SAVE_AGAIN) from error

    def parse_whole(self, part: str, handler: ContentHandler) -> None:
        """Feeds the whole of a part to a handler."""
        for _ in self.parse(part, handler):
            pass

    def _check_entries(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > MOST_PARTS or len(self._parts) < len(entries):
            expected = f"{DAMAGED}: it holds {len(entries):,} parts, {len(self._parts):,} of different names"
            raise UnreadableError(expected, SAVE_AGAIN)
        for entry in entries:
            name = entry.filename
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
                expected = f"holds a part named {name[:60]}, which no workbook has"
                raise UnreadableError(expected, SAVE_AGAIN)
            if entry.flag_bits & 1:
                expected = "is protected by a password"
                raise UnreadableError(expected, "Save it without a password.")
            ratio = entry.file_size / max(1, entry.compress_size)
            if entry.file_size > SMALL_PART and ratio > MOST_RATIO:
                expected = f"holds the part {name}, which unpacks to {ratio:,.0f} times its size"
                raise UnreadableError(expected, "Delete rows and columns that are empty but formatted, and save again.")
        largest = max((entry.file_size for entry in entries), default=0)
        total = sum(entry.file_size for entry in entries)
        if largest > MOST_PART or total > MOST_UNPACKED:
            expected = f"unpacks to {total / 1e6:,.0f} MB, more than the {MOST_UNPACKED / 1e6:,.0f} MB that are read"
            if total <= MOST_UNPACKED:
                expected = (
                    f"holds a part of {largest / 1e6:,.0f} MB, more than the {MOST_PART / 1e6:,.0f} MB that are read"
                )
            raise UnreadableError(expected, "Remove what does not belong to the case, or use a folder of CSV files.")

    def _has_macro_type(self) -> bool:
        types = ContentTypes()
        if self.has("[Content_Types].xml"):
            self.parse_whole("[Content_Types].xml", types)
        return any(_MACRO.search(found) for found in types.found)


class ContentTypes(ContentHandler):
    """Collects the content types that a package declares."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: D102  as SAX has it
        self.found.append(str(attrs.get("ContentType", "")))


def _check_kind(data: bytes) -> None:
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            expected = "is protected by a password"
            raise UnreadableError(expected, "Save it without a password.")
        expected = "is a workbook in the old format (.xls)"
        raise UnreadableError(expected, SAVE_AGAIN)
    if not data:
        expected = "the file is empty"
        raise UnreadableError(expected, SAVE_AGAIN)
    if not data.startswith(b"PK"):
        expected = "is not a workbook, although its name says so"
        raise UnreadableError(expected, f"{SAVE_AGAIN} CSV files belong in a folder with a plan.toml.")


def _reason(error: BaseException) -> str:
    text = error.getMessage() if isinstance(error, SAXException) else str(error)
    return " ".join(text.split()).rstrip(".")[:120] or type(error).__name__
