from __future__ import annotations

import io
import zipfile

import pytest

from planner.documents.blocks import ChartBlock, Medium, TableBlock
from planner.documents.content.cost_categories import CATEGORY_NAMES
from planner.documents.content.plan_document import plan_document
from planner.documents.number_text import money
from planner.documents.safe_text import plain
from planner.errors import CaseFaults
from tests.planner.export.report_runs import (
    FIELDS,
    NOTE,
    PAYLOADS,
    own_run,
    quarter_run,
    renamed,
    slides,
    tiny_run,
)

pptx = pytest.importorskip("pptx")
SLIDES = 7
"""Of the smallest plan, in which nothing binds."""


def opened(data):
    return pptx.Presentation(io.BytesIO(data))


def charts_of(slide):
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def words_of(deck):
    shapes = [shape for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    return [paragraph.text for shape in shapes for paragraph in shape.text_frame.paragraphs]


def template(change):
    made = pptx.Presentation()
    change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_each_section_is_a_slide_with_native_charts_a_title_and_notes(loaded):
    deck = opened(slides(loaded))
    document = plan_document(loaded)
    sections = list(document.sections_in(Medium.SLIDES))
    titles = [section.claim or section.title for section in sections[1:]]
    assert [slide.shapes.title.text_frame.text for slide in deck.slides] == [document.claim, *titles]
    assert len(deck.slides) >= 6
    for slide, section in zip(deck.slides, sections, strict=True):
        assert bool(charts_of(slide)) == any(isinstance(block, ChartBlock) for block in section.blocks)
        tables = any(isinstance(block, TableBlock) and block.rows for block in section.blocks)
        assert any(shape.has_table for shape in slide.shapes) == tables
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        assert loaded.name in slide.notes_slide.notes_text_frame.text


def test_notes_name_tables_that_exist(loaded):
    named = set()
    for slide in opened(slides(loaded)).slides:
        words = slide.notes_slide.notes_text_frame.text.partition(" of run ")[0]
        named |= {
            word for word in words.removeprefix("Source: tables ").split(", ") if words.startswith("Source: tables")
        }
    assert named
    assert named <= {*loaded.tables, *(name for name, rows in loaded.read.rows.items() if rows)}


def test_everything_lies_on_the_slide(loaded):
    deck = opened(slides(loaded))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width * 1.02
            assert shape.top + shape.height <= deck.slide_height * 1.02


def test_the_chart_of_cash_holds_the_cash_and_the_budget(loaded):
    cash = loaded.records("cash_by_span")
    (slide,) = [
        one for one in opened(slides(loaded)).slides if one.shapes.title.text_frame.text.startswith("Cash peaks")
    ]
    chart = charts_of(slide)[0]
    bars = {series.name: list(series.values) for series in chart.plots[0].series}
    factor = sum(map(sum, bars.values())) / sum(row["musd"] for row in cash)
    assert factor == pytest.approx(1.0, rel=1e-6) or factor == pytest.approx(0.001, rel=1e-6)
    for category in dict.fromkeys(row["category"] for row in cash):
        amounts = [row["musd"] for row in cash if row["category"] == category]
        assert [value / factor for value in bars[CATEGORY_NAMES[category]]] == pytest.approx(amounts, abs=1e-6)
    allowed = {row["span"]: row["budget_musd"] for row in cash if row["budget_musd"] is not None}
    if allowed:
        marks = chart.plots[1].series[0]
        assert [value / factor for value in marks.values] == pytest.approx([*allowed.values()])


def test_titles_tell_the_figures_of_the_plan():
    deck = opened(slides(own_run()))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    cash = sum(row["cash_musd"] for row in own_run().records("period_figures"))
    assert money(cash) in titles[0]
    leases = sum(row["kind"] == "lease" for row in own_run().records("orders"))
    orders = len(own_run().records("orders")) - leases
    sales = len([row for row in own_run().records("sales") if row["end_of_life"] == "no"])
    told = f"{orders} orders, {leases} leases, {sales} sales, 1 own chip, 1 acquisition, 1 supply agreement, "
    assert titles[1].startswith(f"What is decided when: {told}")


def test_many_quarters_are_labelled_by_year_and_quarter():
    (slide,) = [one for one in opened(slides(quarter_run())).slides if len(charts_of(one)) == 2]
    chart = charts_of(slide)[0]
    levels = chart.plots[0].categories.levels
    assert [category.label for category in levels[1]] == ["2027", "2028", "2029", "2030", "2031", "2032"]
    assert [category.label for category in levels[0]][:4] == ["Q1", "Q2", "Q3", "Q4"]


def test_a_template_gives_its_look_and_loses_its_slides():
    def change(made):
        made.slide_width, made.slide_height = 9_144_000, 6_858_000
        made.slides.add_slide(made.slide_layouts[0]).shapes.title.text = "an old slide"

    deck = opened(slides(tiny_run(), template(change)))
    assert (deck.slide_width, deck.slide_height) == (9_144_000, 6_858_000)
    assert len(deck.slides) == SLIDES
    assert "an old slide" not in words_of(deck)
    assert {slide.slide_layout.name for slide in deck.slides} == {"Title Only"}
    empty = [place for slide in deck.slides for place in slide.placeholders if not place.text_frame.text]
    assert empty == []


def test_a_template_without_places_still_gets_titles():
    def change(made):
        for layout in made.slide_layouts:
            for place in list(layout.placeholders):
                place.element.getparent().remove(place.element)

    deck = opened(slides(tiny_run(), template(change)))
    assert len(deck.slides) == SLIDES
    assert any(words.startswith("tiny: ") for words in words_of(deck))


@pytest.mark.parametrize("data", [b"", b"not a deck", b"PK\x03\x04broken"])
def test_a_template_that_is_no_deck_is_refused(data):
    with pytest.raises(CaseFaults) as refused:
        slides(tiny_run(), data)
    assert "cannot be read as slides" in str(refused.value)
    assert "Give a .pptx file that PowerPoint opens" in str(refused.value)


def test_no_text_of_the_input_becomes_a_link_or_a_formula():
    names = {old: f"{PAYLOADS[place]} {field}" for place, (old, field) in enumerate(FIELDS.items(), start=9)}
    data = slides(renamed(tiny_run(), names | {NOTE: PAYLOADS[15]}))
    with zipfile.ZipFile(io.BytesIO(data)) as deck:
        for entry in deck.namelist():
            if entry.endswith(".rels"):
                assert b"evil.example" not in deck.read(entry)
            if entry.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(deck.read(entry))) as book:
                    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
                    assert sheets
                    assert not [name for name in sheets if b"<f>" in book.read(name)]
    assert len(opened(data).slides) == SLIDES


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_are_shown_as_they_are(payload):
    names = {old: f"{payload} {field}" for old, field in FIELDS.items()}
    deck = opened(slides(renamed(tiny_run(), names)))
    shown = "".join(words_of(deck))
    assert plain(f"{payload} offer") in shown


def test_the_same_plan_gives_the_same_bytes():
    assert slides(own_run()) == slides(own_run())
