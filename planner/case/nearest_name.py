"""The name that was probably meant: other writings of one name, look-alike letters, nearest spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

MOST_COMPARED = 5_000
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁɡһӏԛԝАВЕКМНОРСТХУІЈЅ" + "αορνικτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "‐‑‒–—―−",
    "aeopcyxijsdghlqwABEKMHOPCTXYIJS" + "aopvikTuxABEZHIKMNOPTYX" + "-------",
)


def other_writing(text: str) -> str:
    r"""Returns the plain writing of a name: no invisible characters, look-alikes as Latin, spaces single.

    >>> other_writing("gpu\u200b-\u0430"), other_writing("gpu\u00a0b")
    ('gpu-a', 'gpu b')
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    plain = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)
    kept = "".join(part if part.isprintable() else " " if part.isspace() else "" for part in plain)
    return " ".join(kept.split())


def twin_form(text: str) -> str:
    """Returns what two names share that a reader takes for one: case, look-alikes, spaces, - and _ left aside."""
    return other_writing(text).casefold().replace("_", "-").replace(" ", "-")


def nearest(text: str, known: Iterable[str]) -> str:
    """Returns the known name that was probably meant, or the empty text.

    >>> nearest("ofers", ["offers", "prices"]), nearest("Offers", ["offers"]), nearest("zzz", ["offers"])
    ('offers', 'offers', '')
    """
    names = list(dict.fromkeys(known))
    form = twin_form(text)
    for name in names:
        if twin_form(name) == form:
            return name
    if len(names) > MOST_COMPARED:
        return ""
    by_form = {twin_form(name): name for name in reversed(names)}
    close = get_close_matches(form[:80], by_form, n=1, cutoff=0.6)
    return by_form[close[0]] if close else ""
