"""Numbers as people read them: thousands separators, no more digits than matter, never an exponent."""

from __future__ import annotations

import math

_NO_SHORTFALL = 1e-9


def counted(value: float) -> str:
    """Returns a quantity: whole from 100 on, else with at most two decimals.

    >>> counted(44032.0), counted(12.5), counted(0.0)
    ('44,032', '12.5', '0')
    """
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}" if round(value) else "0"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def money(value: float) -> str:
    """Returns an amount: whole from 100 on, one decimal from 10 on, else two significant digits.

    >>> money(34565.17), money(-12.34), money(0.3412), money(0.00001), money(0.0)
    ('34,565', '-12.3', '0.34', '0.000010', '0')
    """
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size == 0 or not math.isfinite(value):
        return "0" if size == 0 else "unknown"
    return f"{value:.{1 - math.floor(math.log10(size))}f}" if size < 1 else f"{value:.2f}"


def percent(fraction: float, decimals: int = 1) -> str:
    """Returns a share in per cent; what is not quite all never rounds up to 100.

    >>> percent(0.9994), percent(0.99996), percent(1.0), percent(0.7727)
    ('99.9', '99.9', '100.0', '77.3')
    """
    value = 100 * fraction
    nearest = round(value, decimals)
    if value < 100 <= nearest and 1 - fraction > _NO_SHORTFALL:
        nearest = 100 - 10.0**-decimals
    return f"{nearest:.{decimals}f}"


def gap_percent(gap: float) -> str:
    """Returns a gap in per cent with two digits that count, rounded up.

    >>> gap_percent(0.00018753), gap_percent(0.0139), gap_percent(0.0), gap_percent(1e-9)
    ('0.019', '1.4', '0', '0.0001')
    """
    value = 100 * gap
    if value <= 0:
        return "0"
    digits = min(4, max(0, 1 - math.floor(math.log10(value))))
    scale = 10**digits
    return f"{math.ceil(value * scale - 1e-9) / scale:,.{digits}f}"
