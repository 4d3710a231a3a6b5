"""The standard streams of a command, which may be narrow, full or closed.

What an encoding cannot take is written in plain letters: `ok` for a tick. A control or invisible character of any
text is written as its escape, so that no input or run commands a terminal; `unfiltered` is for the console alone, which
makes its texts safe before it adds colours. An output that cannot be written to ends the command with a sentence; an
error stream that cannot is done without.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import IO, cast

from planner.documents.safe_text import plain_lines
from planner.errors import OutputError

PLAIN = "plain"
"""The name under which the handler of characters that an encoding lacks is registered."""
_LETTERS = {
    "✔": "ok", "✘": "NO", "→": "->", "←": "<-", "•": "-", "·": "-", "…": "...", "≤": "<=", "≥": ">=", "≈": "~",
    "×": "x", "−": "-", "–": "-", "—": "-", "±": "+/-", "’": "'", "‘": "'", "“": '"', "”": '"', "│": "|", "┃": "|",
    "─": "-", "━": "-", "═": "=", "█": "#", "▇": "#", "■": "#", "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
_OUTPUT, _ERRORS = 1, 2


def prepare_streams() -> None:
    """Makes the standard streams of this process safe to write to, whatever they are connected to."""
    codecs.register_error(PLAIN, in_plain_letters)
    for number in (0, _OUTPUT, _ERRORS):
        _fill(number)
    sys.stdout = _wrapped(sys.stdout, _Output, _OUTPUT)
    sys.stderr = _wrapped(sys.stderr, _ErrorStream, _ERRORS)


def in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Returns what stands for characters that an encoding lacks, and where they end.

    Raises:
        UnicodeError: the error is not one of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    plain = (_LETTERS.get(letter) or letter.encode("ascii", "backslashreplace").decode() for letter in letters)
    return "".join(plain), error.end


def takes_every_letter() -> bool:
    """True when the standard output can take any character."""
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf")


def unfiltered(*, is_error: bool = False) -> IO[str]:
    """Returns a standard stream for whoever makes its texts safe itself, and adds colours to them."""
    stream = sys.stderr if is_error else sys.stdout
    return cast("IO[str]", _Unfiltered(stream)) if isinstance(stream, _Output | _ErrorStream) else stream


class _Output(io.TextIOWrapper):
    """The standard output; what cannot be written ends the command, and the rest goes nowhere."""

    def write(self, text: str) -> int:
        self.write_unfiltered(plain_lines(text))
        return len(text)

    def write_unfiltered(self, text: str) -> int:
        if not text:
            # Libraries ask in this way what a stream takes; a full one would fail then, and nobody would hear of it.
            return 0
        try:
            return super().write(text)
        except OSError as error:
            raise _lost(self, error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _lost(self, error) from error


class _ErrorStream(io.TextIOWrapper):
    """The error stream; what cannot be written is done without."""

    def write(self, text: str) -> int:
        self.write_unfiltered(plain_lines(text))
        return len(text)

    def write_unfiltered(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            _send_to_nowhere(_ERRORS)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _send_to_nowhere(_ERRORS)


class _Unfiltered:
    """A standard stream without its filter."""

    def __init__(self, stream: _Output | _ErrorStream) -> None:
        self._stream = stream
        self.write = stream.write_unfiltered
        self.flush = stream.flush
        self.isatty = stream.isatty
        self.fileno = stream.fileno

    @property
    def encoding(self) -> str:
        return self._stream.encoding


class _Closed(io.RawIOBase):
    """A stream that was closed before the command began."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        del data
        raise OSError(errno.EBADF, "it is closed")


def _wrapped(stream: IO[str] | None, kind: type[io.TextIOWrapper], number: int) -> io.TextIOWrapper:
    if not isinstance(stream, io.TextIOWrapper):
        # There is nobody to print for: the answer is missed, messages are not.
        raw = _Closed() if number == _OUTPUT else open(os.devnull, "wb", buffering=0)  # noqa: SIM115, PTH123
        return kind(io.BufferedWriter(raw), encoding="utf-8", errors=PLAIN, write_through=True)
    encoding, by_line, at_once = stream.encoding, stream.line_buffering, stream.write_through
    return kind(stream.detach(), encoding=encoding, errors=PLAIN, line_buffering=by_line, write_through=at_once)


def _fill(number: int) -> None:
    """Opens a standard stream that is closed, so that no file of ours takes its place."""
    try:
        os.fstat(number)
    except OSError:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)


def _lost(stream: io.TextIOWrapper, error: OSError) -> OutputError:
    """Returns what is said of an output that cannot be written to; what is still to come fails no more."""
    _send_to_nowhere(_OUTPUT)
    if isinstance(getattr(stream.buffer, "raw", None), _Closed):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    reason = "its reader has closed it" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
    return OutputError(f"The standard output cannot be written to: {reason}.")


def _send_to_nowhere(number: int) -> None:
    handle = os.open(os.devnull, os.O_WRONLY)
    os.dup2(handle, number)
    os.close(handle)


__all__ = ["PLAIN", "in_plain_letters", "prepare_streams", "takes_every_letter"]
