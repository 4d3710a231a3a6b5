"""Markup that cannot be broken by text: everything is escaped unless it was made here."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence

from planner.documents.html.figure import DisplayTable

_VOID = frozenset({"meta", "br"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | None) -> Html:
    """Returns an element; children that are not markup are escaped, attributes always are.

    A trailing underscore of an attribute is dropped and others become hyphens; None leaves it out.

    >>> tag("p", "a < b", tag("b", "!"), class_="x")
    '<p class="x">a &lt; b<b>!</b></p>'
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{named}>" if name in _VOID else f"<{name}{named}>{joined(*children)}</{name}>")


def joined(*children: str) -> Html:
    """Returns children one after the other, escaped unless they are markup."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children))


def json_block(name: str, value: object) -> Html:
    """Returns data for the scripts of the page; no text in it can end the element or a line of script."""
    said = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return Html(f'<script type="application/json" id="{html.escape(name)}">{said}</script>')


def table(
    grid: DisplayTable,
    *,
    caption: str,
    titles: Mapping[str, str] | None = None,
    bars: int | None = None,
    flag: str = "",
) -> Html:
    """Returns a grid as a table in a box that scrolls.

    `titles` explain columns, `bars` draws the shares of one column; where `flag` is given, cells other than it
    are marked.
    """
    heads = [
        tag("th", name, scope="col", class_="n" if place in grid.numeric else None, title=(titles or {}).get(name))
        for place, name in enumerate(grid.header)
    ]
    lengths = _lengths(grid, bars)
    body = [
        tag(
            "tr",
            *(_cell(grid, place, cell, lengths[at] if place == bars else None, flag) for place, cell in enumerate(row)),
        )
        for at, row in enumerate(grid.rows)
    ]
    head = tag("thead", tag("tr", *heads))
    inner = tag("table", tag("caption", caption), head, tag("tbody", *body))
    return tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def details(summary: str, *children: str, class_: str = "data") -> Html:
    """Returns a part that can be folded; it is open until the script of the page folds it."""
    inner = joined(tag("summary", summary), *children)
    return Html(f'<details class="{html.escape(class_)}" open>{inner}</details>')


def _cell(grid: DisplayTable, place: int, cell: str, share: float | None, flag: str) -> Html:
    if place == 0:
        return tag("th", cell, scope="row", class_="n" if place in grid.numeric else None)
    style = None
    if share is not None:
        style = f"background:linear-gradient(to left,#cfe2f3 {share:.1%},transparent 0)"
    marked = "n short" if flag and cell not in (flag, "") else "n"
    return tag("td", cell, class_=marked if place in grid.numeric else None, style=style)


def _lengths(grid: DisplayTable, column: int | None) -> Sequence[float]:
    if column is None:
        return [0.0] * len(grid.rows)
    values = [abs(float(row[column].replace(",", "") or 0)) for row in grid.rows]
    most = max(values, default=0.0)
    return [value / most if most > 0 else 0.0 for value in values]
