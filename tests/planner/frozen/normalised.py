"""The one place that knows what varies between runs of the same plan: versions, platforms, hashes, memory, folders.

Times do not vary: what takes none is told by a clock that stands still, see `answers`.
"""

from __future__ import annotations

import platform
import re

from planner.versions import PACKAGES

_NAMES = "|".join(re.escape(name) for name in ("fleetplan", "python", *PACKAGES))
_VARYING = (
    (re.compile(rf"\b({_NAMES})([ |\t]+)\d+(\.\w+)+", re.IGNORECASE), r"\1\2<version>"),
    # SHA-256; no number has so many digits.
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>"),
    (re.compile(r"\b\d[\d,]*(\.\d+)? MB\b"), "<memory> MB"),
)


def normalised(text, folder):
    """The text with what varies replaced by a word for it; `folder` is where the run was written."""
    for place in sorted({str(folder.resolve()), str(folder)}, key=len, reverse=True):
        text = text.replace(place, "<folder>")
    text = text.replace(platform.platform(), "<platform>")
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text
