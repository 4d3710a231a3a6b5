"""Colours that people with any colour vision can tell apart, and that print."""

from __future__ import annotations

from collections.abc import Sequence

INK = "#1b2530"
MUTED = "#5b6875"
GRID = "#e3e7eb"
ALERT = "#c8321e"
ACCENT = "#1f5f99"
GOOD = "#1b7a4b"
WARN = "#9a6200"
PALE = "#dce4ec"

# One hue a vendor (after Okabe and Ito), from light to dark with each later machine: kin look alike and the order
# of lightness also tells them apart without hue.
_RAMPS = (
    ("#a9d0ee", "#0b3f6b"),
    ("#e6b5d2", "#7a2158"),
    ("#9bdcc3", "#00543c"),
    ("#efe48f", "#7d7000"),
    ("#ffd08a", "#b35900"),
    ("#c9ced4", "#3d464f"),
)

SERIES_COLOURS = ("#1f5f99", "#d98200", "#00795a", "#7a2158", "#7db8e8", "#8b96a1", "#d07fb0", "#e5cf3c")
"""Those of series that have no colour of their own, in turn."""
BANDS = ("#d3e2f0", "#9dc0df")
"""The outer and the inner band around a line."""
QUALITY_COLOURS = {"sourced": "#00795a", "derived": "#7db8e8", "judged": "#d98200", "no source": "#8b96a1"}


def machine_colours(machines: Sequence[tuple[str, str]], vendors: Sequence[str]) -> dict[str, str]:
    """Returns a colour for each accelerator, given with its vendor: a hue for the vendor, darker for each later one.

    >>> machine_colours([("h100", "nvidia"), ("b200", "nvidia")], ("nvidia", "own"))["h100"]
    '#a9d0ee'
    """
    kin: dict[str, list[str]] = {}
    for name, vendor in machines:
        kin.setdefault(vendor, []).append(name)
    found: dict[str, str] = {}
    for vendor, names in kin.items():
        light, dark = _RAMPS[list(vendors).index(vendor) % len(_RAMPS)]
        for step, name in enumerate(names):
            found[name] = _between(light, dark, step / (len(names) - 1) if len(names) > 1 else 0.55)
    return found


def vendor_colours(vendors: Sequence[str]) -> dict[str, str]:
    """Returns a colour for each vendor: the middle of the hue of its machines."""
    return {vendor: _between(*_RAMPS[place % len(_RAMPS)], 0.55) for place, vendor in enumerate(vendors)}


def share_colour(share: float) -> str:
    """Returns the colour of a share: pale for little, dark for all."""
    return _between(BANDS[0], ACCENT, share)


def _between(light: str, dark: str, share: float) -> str:
    pairs = [(int(light[i : i + 2], 16), int(dark[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
