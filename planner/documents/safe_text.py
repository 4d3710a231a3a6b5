"""Text of inputs and runs as every medium may show it."""

from __future__ import annotations


def plain(text: str) -> str:
    r"""Returns text that shows as what it is: control, bidirectional and invisible characters become escapes.

    >>> plain("a\x1b[31mb\nc"), plain("own_chip")
    ('a\\x1b[31mb\\nc', 'own_chip')
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else part.encode("unicode_escape").decode("ascii") for part in text)
