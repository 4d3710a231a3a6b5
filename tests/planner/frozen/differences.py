"""How two texts differ, for people: lines that differ, cut to the place; noise in the last digits is none."""

from __future__ import annotations

import difflib
import math
import re

_NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
_CLOSE = 1e-9
_DIGITS = 9
_AROUND = 70
_MOST = 40


def differences(kept, seen):
    """Lines that tell how `seen` differs from what was kept; none where it does in nothing but rounding noise."""
    before, after = kept.splitlines(), seen.splitlines()
    if len(before) == len(after) and all(map(is_same, before, after)):
        return []
    # Of lines that say the same, one wording, so that only the others are found.
    known = {_rounded(line): line for line in before}
    after = [known.get(_rounded(line), line) for line in after]
    told = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        old, new = before[a:b], after[c:d]
        for at in range(max(len(old), len(new))):
            pair = (old[at] if at < len(old) else None, new[at] if at < len(new) else None)
            told += _told(a + at + 1, *pair)
    if len(told) > _MOST:
        told = [*told[:_MOST], f"… and {len(told) - _MOST} more lines."]
    return told or ["Lines are in another order."]


def is_same(before, after):
    """True for two lines that differ in nothing, or in the last digits of numbers."""
    if before == after:
        return True
    if _NUMBER.sub("#", before) != _NUMBER.sub("#", after):
        return False
    return all(map(_is_close, _NUMBER.findall(before), _NUMBER.findall(after)))


def _is_close(before, after):
    if before == after:
        return True
    is_exact = _has_noise(before) or _has_noise(after)
    return is_exact and math.isclose(_number(before), _number(after), rel_tol=_CLOSE, abs_tol=_CLOSE)


def _has_noise(number):
    """True for a number told with so many digits that the last ones depend on the machine; not for what is rounded."""
    return "e-" in number or len(re.sub(r"\D", "", number).lstrip("0")) >= _DIGITS


def _told(number, old, new):
    if old is None or new is None:
        whole = new if old is None else old
        return [f"{'-' if new is None else '+'} line {number}: {whole[: 2 * _AROUND]}"]
    first = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return [f"{mark} line {number}: {_cut(line, first)}" for mark, line in (("-", old), ("+", new))]


def _cut(line, place):
    begin, end = max(0, place - _AROUND), place + _AROUND
    head = line[:20] + "…" if begin > 20 else line[:begin]
    return f"{head}{line[begin:end]}{'…' if end < len(line) else ''}"


def _rounded(line):
    return _NUMBER.sub(lambda found: f"{_number(found[0]):.8g}" if _has_noise(found[0]) else found[0], line)


def _number(text):
    return float(text.replace(",", "").replace("−", "-"))
