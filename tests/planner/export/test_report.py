from __future__ import annotations

import dataclasses
import html
import json
import re
from html.parser import HTMLParser

import pytest

from models.tables.site_rows import Site
from planner.documents.cell_text import texts
from planner.documents.content.plan_binding import NOTHING_BINDS, dear_rows, tightest
from planner.documents.content.plan_document import plan_document
from planner.documents.html.markup import json_block, tag
from planner.documents.number_text import money, percent
from planner.documents.safe_text import plain as plain_text
from planner.errors import CaseFaults
from planner.results.input_basis import DERIVED, JUDGED, NO_SOURCE, SOURCED, basis_of
from tests.planner.export.report_runs import (
    FIELDS,
    NOTE,
    PAYLOADS,
    figures,
    own_run,
    plan_markdown,
    quarter_run,
    renamed,
    report_html,
    tiny_run,
    with_manifest,
)

NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/xmlns/"}
OPEN_ENDED = {"meta", "br"}


class Page(HTMLParser):
    """The elements of a page in order, its text, and what is left open."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open, self.odd = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes += [(name, key, value) for key, value in attributes]
        if name not in OPEN_ENDED:
            self.open.append(name)

    def handle_endtag(self, name):
        if self.open and self.open[-1] == name:
            self.open.pop()
        else:
            self.odd.append(name)

    def handle_data(self, words):
        self.words.append(words)

    def handle_comment(self, words):
        self.odd.append(words)


def numbers_of(page):
    return {word.strip() for word in page.words}


def test_the_page_is_well_formed(loaded):
    page = Page(report_html(loaded))
    assert page.open == []
    assert page.odd == []
    names = [value for _, key, value in page.attributes if key == "id"]
    assert len(names) == len(set(names))
    links = {value.removeprefix("#") for name, key, value in page.attributes if (name, key) == ("a", "href")}
    assert links
    assert links <= set(names)


def test_the_page_names_no_address_on_the_network(loaded):
    text = report_html(loaded)
    found = set(re.findall(r"\w+:/{2}[^\s\"'`<>)/]+[^\s\"'`<>)]*", text))
    assert found <= NAMESPACES
    page = Page(text)
    loading = {"src", "srcset", "data", "action", "poster", "background", "ping", "xlink:href"}
    assert [entry for entry in page.attributes if entry[1] in loading] == []
    assert "@import" not in text
    assert "url(" not in text.partition("<script>")[0]
    assert "link" not in page.tags


def test_the_page_allows_its_own_two_scripts_and_no_network(loaded):
    page = Page(report_html(loaded))
    policy = next(value for _, key, value in page.attributes if key == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert page.tags.count("script") == 3


def test_each_chart_has_its_data_and_its_place(loaded):
    text = report_html(loaded)
    page = Page(text)
    places = {value for _, key, value in page.attributes if key == "id" and re.fullmatch(r"panel-\d+", value)}
    block = re.search(r'<script type="application/json" id="specs">(.*?)</script>', text, re.DOTALL)
    specs = json.loads(block.group(1))
    assert set(specs["panels"]) == places
    assert len(places) >= 7
    labels = [value for name, key, value in page.attributes if key == "aria-label"]
    assert all(labels)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_the_input_becomes_markup_script_or_link(payload):
    names = {old: f"{payload} {field}" for old, field in FIELDS.items()} | {NOTE: payload}
    plain = Page(report_html(tiny_run()))
    page = Page(report_html(renamed(tiny_run(), names)))
    assert page.tags == plain.tags
    assert page.odd == []
    links = [value for _, key, value in page.attributes if key in ("href", "src")]
    assert all(value.startswith("#") for value in links)
    assert not [key for _, key, _ in page.attributes if key.startswith("on")]
    told = "".join(page.words)
    for name in [plain_text(f"{payload} {field}") for field in FIELDS.values()]:
        assert name in told, name
    assert plain_text(payload) in told


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "a\u2028b\u2029c", "&lt;", "\x00"])
def test_data_for_scripts_cannot_end_its_element_or_line(text):
    block = json_block("x", {"name": text})
    body = re.fullmatch(r'<script type="application/json" id="x">(.*)</script>', block).group(1)
    assert re.fullmatch(r"[ -~]*", body)
    assert not set("<>&") & set(body)
    assert json.loads(body) == {"name": text}


def test_attributes_are_escaped():
    assert tag("p", title='"><b>') == '<p title="&quot;&gt;&lt;b&gt;"></p>'


def test_the_headline_shows_the_figures_of_the_tables(loaded):
    told = numbers_of(Page(report_html(loaded)))
    cash = sum(row["cash_musd"] for row in loaded.records("period_figures") if row["period"] in loaded.periods)
    assert money(loaded.figure("net_present_cost")) in told
    assert money(cash) in told
    assert percent(loaded.figure("least_share_served"), 2) in told


def test_the_page_shows_each_budget_as_the_table_has_it(loaded):
    told = numbers_of(Page(report_html(loaded)))
    rows = [row for row in loaded.records("budgets") if row["span"][:4] <= loaded.periods[-1][:4]]
    table = plan_document(loaded).table("budgets")
    assert len(table.rows) == len(rows) > 0
    for row, own, shown in zip(rows, table.records(), texts(table), strict=True):
        assert {name: row[name] for name in ("spent_musd", "amount_musd")}.items() <= own.items()
        assert set(filter(None, shown)) <= told


def test_the_page_tells_gap_in_per_cent_and_in_money():
    gapped = with_manifest(tiny_run(), status="feasible", stop="time", gap=0.0123, gap_musd=45.6)
    told = "".join(Page(report_html(gapped)).words)
    assert "at most 1.3 % (45.6 USD million) above the least possible cost" in told
    assert "Stopped by the time limit." in told


def test_an_unknown_gap_and_a_failed_check_are_said_plainly():
    check = {"passed": False, "comparisons": 10, "requirements": {"limits": 10}, "findings": ["limits: broken"]}
    bad = with_manifest(tiny_run(), status="feasible", stop="interrupt", gap=None, gap_musd=None, check=check)
    told = "".join(Page(report_html(bad)).words)
    assert "how far it lies from the least possible cost is not known" in told
    assert "The independent check did not pass: 1 finding in 10 comparisons." in told
    assert "limits: broken" in told


def test_each_medium_names_the_place_where_its_reader_finds_the_warnings():
    loaded = own_run()
    texts = [warning.text for warning in loaded.read.warnings]
    assert texts
    page = report_html(loaded)
    assert f"{len(texts)} warnings about the inputs, listed below." in page
    listed = page.partition('<section id="warnings">')[2].partition("</section>")[0]
    assert [text for text in texts if text not in html.unescape(listed)] == []
    assert f"{len(texts)} warnings about the inputs, listed in report.html and run.log." in plan_markdown(loaded)


def test_the_same_plan_gives_the_same_page(loaded):
    assert report_html(loaded) == report_html(loaded)


def test_the_page_stays_below_three_megabytes_for_24_quarters():
    assert len(report_html(quarter_run()).encode()) < 3_000_000


def test_periods_of_the_lookahead_are_not_shown_as_decisions():
    loaded = quarter_run()
    assert loaded.calendar.labels[-1] == "2033Q2"
    text = report_html(loaded)
    specs = re.search(r'<script type="application/json" id="specs">(.*?)</script>', text, re.DOTALL).group(1)
    assert "2032Q4" in specs
    assert "2033Q2" not in specs.replace("2033Q1..2033Q2", "")
    assert "2 periods of lookahead" in text


def test_shares_of_vendors_fill_the_chart_where_something_is_installed(loaded):
    for period in loaded.periods:
        whole = sum(row["share"] for row in loaded.records("vendor_shares") if row["period"] == period)
        owned = any(row["units"] for row in loaded.records("fleet") if row["period"] == period)
        assert whole == pytest.approx(1.0 if owned else 0.0, rel=1e-12)


def test_cash_of_the_chart_is_that_of_the_period_figures(loaded):
    rows = [row for row in loaded.records("period_figures") if row["period"] in loaded.periods]
    bars = figures(loaded)["cash"].panels[0].spec["layer"][0]["data"]["values"]
    factor = sum(row["value"] for row in bars) / sum(row["cash_musd"] for row in rows)
    assert factor == pytest.approx(1.0, rel=1e-9) or factor == pytest.approx(0.001, rel=1e-9)


def test_cash_of_a_quarterly_plan_meets_its_yearly_budget():
    whole = {row["span"]: row["all_musd"] for row in quarter_run().records("cash_by_span")}
    allowed = {row["span"]: row["budget_musd"] for row in quarter_run().records("cash_by_span")}
    assert list(whole) == ["2027", "2028", "2029", "2030", "2031", "2032"]
    spent = {row["span"]: row["spent_musd"] for row in quarter_run().records("budgets")}
    assert [*whole.values()] == pytest.approx([spent[label] for label in whole], rel=1e-9)
    assert all(whole[label] <= allowed[label] + 1e-6 for label in whole)


def test_the_page_counts_the_comparisons_of_each_requirement(loaded):
    page = Page(report_html(loaded))
    told = numbers_of(page)
    for name, count in loaded.manifest["check"]["requirements"].items():
        assert name.replace("_", " ") in (told if count else "".join(page.words))
        assert not count or f"{count:,}" in told


def test_what_binds_is_what_has_a_price(loaded):
    priced = {
        (table, row[name], row[when])
        for table, name, when in (
            ("budgets", "budget", "span"),
            ("limits", "limit", "span"),
            ("power", "site", "period"),
        )
        for row in loaded.records(table)
        if (row["price"] or 0) > 0 and row[when][:4] <= loaded.periods[-1][:4]
    }
    tables = {"budgets": "budgets", "limits": "limits", "site_power": "power"}
    rows = dear_rows(loaded.tables["binding"])
    told = {(tables[row["requirement"]], row["item"], row["period"]) for row in rows if row["requirement"] in tables}
    assert told == priced
    page = report_html(loaded)
    lines = tightest(loaded.tables["binding"]) if rows else [NOTHING_BINDS]
    assert all(html.escape(line) in page for line in lines)


def test_a_run_without_a_table_is_refused_and_says_what_to_do(loaded):
    tables = {name: table for name, table in loaded.tables.items() if name != "binding"}
    with pytest.raises(CaseFaults) as caught:
        report_html(dataclasses.replace(loaded, tables=tables))
    assert "has no table 'binding'. Plan the case again: the run is of another version." in str(caught.value)


@pytest.mark.parametrize(
    ("note", "source", "basis"),
    [
        ("", "", NO_SOURCE),
        ("", "a page", SOURCED),
        ("derived: 2 x 3", "a page", DERIVED),
        ("derived; the share is judged", "a page", JUDGED),
        ("Basis: sourced", "JUDG: planning judgement", SOURCED),
        ("judged. Basis: derived", "", DERIVED),
        ("[known then, in part judged]", "a page", JUDGED),
        ("prejudice", "a page", SOURCED),
        ("a number", "", NO_SOURCE),
    ],
)
def test_a_row_counts_by_its_weakest_part(note, source, basis):
    assert basis_of(Site(site="s", note=note, source=source)) == basis


def test_every_input_row_is_counted_once(loaded):
    counts = {row["table"]: row["rows"] for row in loaded.records("input_basis") if row["table"] != "all"}
    assert counts == {name: len(rows) for name, rows in loaded.read.rows.items() if rows}
    bars = figures(loaded)["quality"].panels[0].spec["layer"][0]["data"]["values"]
    assert sum(row["value"] for row in bars) == sum(counts.values())
