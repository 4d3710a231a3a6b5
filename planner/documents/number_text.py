"""Numbers as people read them: thousands separators, no more digits than matter, never an exponent."""

from __future__ import annotations

import math

from planner.results.table import Cell

MINUS, NONE = "−", "–"
_NO_SHORTFALL = 1e-9
_ROUGH = 0.05
"""Per cent, and percentage points, from this size on are shown with one decimal; smaller ones with one digit."""
_NIL = 1e-4
_MUSD = "USD million"
_SHARE = "fraction"
"""The unit of what is shown in per cent."""


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
    >>> money(99.97), money(9.997), money(0.9999), money(0.09999)
    ('100', '10.0', '1.00', '0.10')
    """
    size = abs(value)
    if size == 0 or not math.isfinite(value):
        return "0" if size == 0 else "unknown"
    # The digits are those of the rounded amount, so that two amounts that round to one number read the same.
    if round(size, 1) >= 100:
        return f"{value:,.0f}"
    if round(size, 2) >= 10:
        return f"{value:.1f}"
    power = math.floor(math.log10(float(f"{size:.1e}")))
    return f"{value:.{1 - power}f}" if power < 0 else f"{value:.2f}"


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


def figure(value: float | None, unit: str) -> str:
    """Returns a number as its unit is read: shares in per cent, money and quantities with the digits that matter.

    >>> figure(0.985, "fraction"), figure(34565.17, "USD million"), figure(None, "MW")
    ('98.5 %', '34,565', '–')
    """
    if value is None:
        return NONE
    if unit == _SHARE:
        return f"{percent(value)} %"
    text = counted(value) if unit in ("units", "modules", "queries/s") else money(_clean(value))
    return text.replace("-", MINUS)


def difference(value: float | None, unit: str) -> str:
    """Returns a difference with its sign; of shares, in percentage points.

    >>> difference(12.34, "USD million"), difference(-0.012, "fraction"), difference(None, "MW")
    ('+12.3', '−1.2 points', '–')
    """
    if value is None:
        return NONE
    if unit == _SHARE:
        size = 100 * abs(value)
        text = f"{size:.1f}" if size >= _ROUGH else f"{size:.1g}"
        return f"{_sign(value)}{text} points" if size >= _NIL else "0"
    text = figure(abs(value), unit)
    return text if text == "0" else f"{_sign(value)}{text}"


def musd_between(
    ends: tuple[float | None, float | None], shares: tuple[float | None, float | None] = (None, None)
) -> str:
    """Returns a difference in USD million from what it is at least and at most, with its shares of a cost if given.

    >>> musd_between((138.2, 146.4), (0.00401, 0.00424)), musd_between((0.7, 0.7))
    ('+138 to +146 USD million (0.40 % to 0.42 %)', '+0.70 USD million')
    >>> musd_between((0.7, None)), musd_between((None, -0.2), (None, -0.1))
    ('at least +0.70 USD million', 'at most −0.20 USD million (−10.00 %)')
    """
    least, most = ends
    lead = "at least " if most is None else "at most " if least is None else ""
    amounts = [difference(end, _MUSD) for end in ends if end is not None]
    parts = [f"{percent(share, 2)} %".replace("-", MINUS) for share in shares if share is not None]
    of_cost = f" ({_span(parts)})" if parts else ""
    return f"{lead}{_span(amounts)} {_MUSD}{of_cost}"


def relative(value: float | None) -> str:
    """Returns a relative change in per cent, with its sign.

    >>> relative(0.0163), relative(-0.5), relative(12.5), relative(0.0), relative(None)
    ('+1.6 %', '−50.0 %', '+1,250 %', '0 %', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    size = 100 * abs(value)
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.1f}" if size >= _ROUGH else f"{size:.1g}"
    return "0 %" if size < _NIL else f"{_sign(value)}{text} %"


def input_cell(value: Cell, unit: str = "") -> str:
    """Returns the cell of an input as it is read in a sentence: text as it is, a number with its digits.

    >>> input_cell(37500.0), input_cell(0.25), input_cell("h100;b200"), input_cell(None)
    ('37,500', '0.25', 'h100;b200', '–')
    """
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    text = f"{value:,.10g}" if abs(value) < 1e15 else f"{value:,.0f}"
    return text.replace("-", MINUS)


def _span(ends: list[str]) -> str:
    """Two ends, or one where they read the same."""
    return " to ".join(dict.fromkeys(ends))


def _clean(value: float) -> float:
    """Takes the noise of a solver off: what is less than a dollar (USD million) is nothing."""
    return 0.0 if abs(value) < 1e-6 else value


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS
