"""The report and the Markdown of a study: everything is told, nothing is loaded, no text becomes markup."""

import dataclasses
import itertools
import json
import re

import pytest

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock
from planner.documents.cell_text import Shape, shown, texts
from planner.documents.chart_data import bars_of, bins_of, map_of, swings_of
from planner.documents.content.study_document import study_document, tables_of
from planner.documents.html.vega_charts import figures_of
from planner.studies.study_model import Study
from planner.studies.study_run import study_documents as documents
from tests.planner.export.report_runs import PAYLOADS
from tests.planner.export.test_report import NAMESPACES, Page

MUSD = "USD million"
EXPRESSIONS = {"filter", "labelExpr", "calculate", "expr", "signal"}
RUN = "2026-11-22-0a1b2c3d"


def changes():
    """Futures against an undisturbed plan of 1,000: one dearer, one within the gaps, one without a plan."""
    columns = (
        Column("future", "Future", width=30),
        Column("status", "Status", width=11),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("gap", "Gap", Form.PERCENT, width=8),
        Column("change_musd", "Change", Form.MUSD_CHANGE, MUSD),
        Column("change_least_musd", "at least", Form.MUSD_CHANGE, MUSD),
        Column("change_most_musd", "at most", Form.MUSD_CHANGE, MUSD),
        Column("change_share", "Change", Form.PERCENT, width=9),
        Column("finding", "Costs", width=14),
        Column("decisions", "Decisions that change", width=60),
    )
    rows = (
        ("quake", "optimal", 1000.5, 0.01, 0.5, -9.0, 9.0, 0.0005, "within the gaps", "none"),
        ("queue", "optimal", 1250.0, 0.01, 250.0, 240.0, 262.5, 0.25, "more", "own_chip: not taken"),
        ("boom", "infeasible", None, None, None, None, None, None, "The budget does not suffice.", None),
        ("glut", "optimal", 900.0, 0.01, -100.0, -110.0, -90.0, -0.1, "less", "none"),
    )
    return TableBlock("futures", "The best plan in each future", "Each future planned.", columns, rows, frozenset({1}))


def stressed():
    """A study of futures, with an empty table and a long one."""
    orders = TableBlock(
        "reactions",
        "How orders react",
        "Orders that differ.",
        (
            Column("offer", "Offer"),
            Column("planned", "Planned", Form.COUNT, "units"),
            Column("now", "Ordered now", Form.COUNT, "units"),
            Column("change", "Change", Form.COUNT, "units"),
        ),
        tuple((f"offer {i}", 10 * i, 1000, 1000 - 10 * i) for i in range(45)),
    )
    empty = TableBlock("violations", "Hard limits that cannot be met", "", (Column("future", "Future"),), ())
    chart = ChartBlock(
        "change", "What it costs", ChartKind.BARS, "futures", "change_musd", "future", "finding", reference=0.0
    )
    return Study(
        kind="stress",
        title="What disruptions do",
        case_name="tiny",
        tables=(changes(), empty, orders),
        charts=(chart,),
        headlines=("Undisturbed, the plan costs 1,000 USD million.", "queue has the largest effect: +250 USD million."),
        notes=("A smaller gap would tell more.",),
        facts={"base_cost_musd": 1000.0, "gap": 0.01, "case_hash": "93ff", "solver": "scip"},
    )


def regretted():
    """Two plans by two futures: one cell within the gaps."""
    names = ("as expected", "queue")
    costs = {(0, 0): 100.0, (0, 1): 160.0, (1, 0): 100.25, (1, 1): 130.0}
    matrix = TableBlock(
        "matrix",
        "Each plan in each future",
        "",
        (
            Column("plan", "Plan made for", width=30),
            Column("future", "Future", width=30),
            Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
            Column("best_musd", "Best", Form.MUSD, MUSD),
            Column("regret_musd", "Regret", Form.MUSD, MUSD),
            Column("finding", "Regret is"),
            Column("shown", "Shown"),
        ),
        tuple(
            (names[p], names[f], cost, costs[f, f], cost - costs[f, f], word, mark)
            for (p, f), cost in costs.items()
            for word, mark in [("proven", "30") if cost == 160.0 else ("within the gaps", "none")]
        ),
    )
    wide = TableBlock(
        "regret",
        "Regret",
        "",
        (
            Column("plan", "Plan made for", width=30),
            *(Column(f"future_{i}", name, Form.MUSD, MUSD) for i, name in enumerate(names, 1)),
        ),
        tuple((names[p], *(costs[p, f] - costs[f, f] for f in (0, 1))) for p in (0, 1)),
    )
    plans = TableBlock(
        "plans",
        "Regret by plan",
        "",
        (
            Column("plan", "Plan made for", width=30),
            Column("max_regret_musd", "Maximum regret", Form.MUSD, MUSD),
            Column("expected_regret_musd", "Expected regret", Form.MUSD, MUSD),
        ),
        (("as expected", 30.0, 15.0), ("queue", 0.25, 0.125)),
        frozenset({1}),
    )
    charts = (
        ChartBlock("regret", "Regret by future", ChartKind.HEATMAP, "matrix", "future", "plan", "regret_musd", "shown"),
        ChartBlock("largest", "Maximum regret", ChartKind.BARS, "plans", "max_regret_musd", "plan"),
    )
    return Study(
        kind="regret",
        title="Regret",
        case_name="tiny",
        headlines=("Least regretted: queue.",),
        tables=(plans, wide, matrix),
        charts=charts,
    )


def swung():
    """A tornado: one input with ends on both sides, one with both ends dearer, and pale."""
    columns = (
        Column("input", "Input", width=34),
        Column("end", "End"),
        Column("value", "Value", Form.NUMBER),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("change_musd", "Change", Form.MUSD_CHANGE, MUSD),
        Column("finding", "Costs"),
    )
    rows = (
        ("price", "low", 0.9, 101.0, 1.0, "within the gaps"),
        ("price", "high", 1.25, 102.0, 2.0, "within the gaps"),
        ("demand", "low", 0.6, 60.0, -40.0, "less"),
        ("demand", "high", 1.3, 155.0, 55.0, "more"),
    )
    table = TableBlock("tornado", "Each input at both ends", "", columns, rows)
    chart = ChartBlock(
        "tornado", "Change of cost", ChartKind.TORNADO, "tornado", "change_musd", "input", "end", reference=0.0
    )
    return Study(
        kind="tornado",
        title="One at a time",
        case_name="tiny",
        headlines=("demand moves it most.",),
        tables=(table,),
        charts=(chart,),
        facts={"base_cost_musd": 100.0},
    )


def gridded():
    """A grid of three by two; the decision flips between the second and third column."""
    columns = (
        Column("x", "speed", Form.NUMBER),
        Column("y", "demand", Form.NUMBER),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("mark", "Decided", width=24),
        Column("decisions", "Different from the undisturbed plan", width=60),
    )
    rows = tuple(
        (
            x,
            y,
            100.0 * y - 10.0 * x if x < 1.2 or y < 1 else None,
            "A" if x < 1.1 else "B" if y < 1 else "no plan",
            "none" if x < 1.1 else "own_chip: not taken",
        )
        for y in (0.5, 1.5)
        for x in (0.8, 1.0, 1.2)
    )
    table = TableBlock("grid", "The grid", "One row a point.", columns, rows)
    chart = ChartBlock(
        "grid", "Cost, and where decisions flip", ChartKind.HEATMAP, "grid", "x", "y", "cost_musd", "mark"
    )
    return Study(
        kind="grid",
        title="speed and demand",
        case_name="tiny",
        headlines=("It flips.",),
        tables=(table,),
        charts=(chart,),
    )


def drawn():
    """Draws with a histogram, a line over a number with a reference, a line over labels, and points by series."""
    columns = (
        Column("draw", "Draw", Form.COUNT),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("speed", "speed", Form.NUMBER),
        Column("kind", "Kind"),
    )
    rows = tuple((i, 100.0 + (i * 37) % 23, 0.5 + i / 20, "own" if i % 2 else "merchant") for i in range(1, 13))
    charts = (
        ChartBlock("costs", "Cost over all draws", ChartKind.HISTOGRAM, "draws", "cost_musd", reference=110.0),
        ChartBlock("line", "Cost by speed", ChartKind.LINE, "draws", "speed", "cost_musd", reference=105.0),
        ChartBlock("labels", "Cost by kind", ChartKind.LINE, "draws", "kind", "cost_musd"),
        ChartBlock("points", "Cost and speed", ChartKind.SCATTER, "draws", "speed", "cost_musd", "kind"),
    )
    return Study(
        kind="sample",
        title="Draws",
        case_name="tiny",
        headlines=("It spreads.",),
        tables=(TableBlock("draws", "All draws", "", columns, rows),),
        charts=charts,
    )


STUDIES = {study.kind: study for study in (stressed(), regretted(), swung(), gridded(), drawn())}


def renamed(study, text):
    """The study with every text of its cells, titles of columns, names and sentences replaced by one led by `text`."""

    def said(words):
        return f"{text} {words}"

    kept = {"within the gaps", "more", "less", "low", "high", "no", "yes", "none", "proven"}
    tables = tuple(
        dataclasses.replace(
            table,
            title=said(table.title),
            note=said(table.note),
            columns=tuple(
                dataclasses.replace(column, title=said(column.title), unit=said(column.unit))
                for column in table.columns
            ),
            rows=tuple(
                tuple(said(cell) if isinstance(cell, str) and cell not in kept else cell for cell in row)
                for row in table.rows
            ),
        )
        for table in study.tables
    )
    charts = tuple(dataclasses.replace(chart, title=said(chart.title), note=said(chart.note)) for chart in study.charts)
    return dataclasses.replace(
        study,
        title=said(study.title),
        case_name=said(study.case_name),
        tables=tables,
        charts=charts,
        headlines=tuple(map(said, study.headlines)),
        notes=tuple(map(said, study.notes)),
        facts={**study.facts, "solver": text},
    )


def html(study):
    return documents(study, RUN)["report.html"].decode()


def specs_of(text):
    return json.loads(re.search(r'<script type="application/json" id="specs">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture(params=STUDIES.values(), ids=STUDIES)
def study(request):
    return request.param


def test_there_are_a_workbook_a_report_and_a_page_and_they_repeat(study):
    made = documents(study, RUN)
    assert set(made) == {"study.xlsx", "report.html", "study.md"}
    assert documents(study, RUN) == made


def test_the_page_is_well_formed_and_names_no_address(study):
    text = html(study)
    page = Page(text)
    assert page.open == []
    assert page.odd == []
    names = [value for _, key, value in page.attributes if key == "id"]
    assert len(names) == len(set(names))
    links = {value.removeprefix("#") for name, key, value in page.attributes if (name, key) == ("a", "href")}
    assert links <= set(names)
    assert set(re.findall(r"\w+:/{2}[^\s\"'`<>)/]+[^\s\"'`<>)]*", text)) <= NAMESPACES
    policy = next(value for _, key, value in page.attributes if key == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert page.tags.count("script") == 3


def test_every_sentence_and_every_cell_is_in_the_report(study):
    page = Page(html(study))
    words = " ".join(page.words)
    for sentence in (*study.headlines, *study.notes, *(table.title for table in study.tables)):
        assert sentence in words
    for table in tables_of(study):
        for row in texts(table):
            assert [cell for cell in row if cell not in words] == []


def test_headlines_stand_before_charts_and_charts_before_tables(study):
    text = html(study)
    order = [
        text.index(study.headlines[0]),
        text.index('id="panel-0"'),
        text.index('id="table-0"'),
        text.index('id="about"'),
    ]
    assert order == sorted(order)


def test_every_chart_is_a_valid_specification_and_is_drawn(study):
    altair = pytest.importorskip("altair")
    converter = pytest.importorskip("vl_convert")
    assert len(figures_of(study_document(study, RUN))) == len(study.charts)
    panels = specs_of(html(study))["panels"]
    assert len(panels) == len(study.charts)
    for panel in panels.values():
        spec = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", **panel, "width": 500}
        altair.Chart.from_dict(spec, validate=True)
        assert "<svg" in converter.vegalite_to_svg(spec, vl_version="6.4")


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("kind", ["stress", "grid"])
def test_no_text_becomes_markup_script_or_link(payload, kind):
    plain, page = Page(html(STUDIES[kind])), Page(html(renamed(STUDIES[kind], payload)))
    assert page.tags.count("script") == 3
    assert set(page.tags) <= set(plain.tags) | {"h3", "ul", "li", "p", "span"}
    assert page.open == []
    assert page.odd == []
    assert not {key for _, key, _ in page.attributes if key.startswith("on")}
    links = [value for name, key, value in page.attributes if (name, key) == ("a", "href")]
    assert all(re.fullmatch(r"#[a-z]+(-\d+)?", link) for link in links)


def test_no_name_is_part_of_an_expression_of_a_chart():
    text = "' + alert(1) + '"
    for kind in STUDIES:
        for panel in specs_of(html(renamed(STUDIES[kind], text)))["panels"].values():
            assert "alert" not in json.dumps([*parts_of(panel, EXPRESSIONS)])


def parts_of(spec, keys):
    """Whatever stands under some keys anywhere in a specification."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key in keys:
                yield value
            yield from parts_of(value, keys)
    elif isinstance(spec, list):
        for value in spec:
            yield from parts_of(value, keys)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markup_in_markdown(payload):
    parser = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False})
    made = documents(renamed(stressed(), payload), RUN)["study.md"].decode()
    clean = documents(stressed(), RUN)["study.md"].decode()
    allowed = kinds_of(parser, clean)
    assert kinds_of(parser, made) <= allowed | {"text_special"}
    assert made.count("\n|") == clean.count("\n|")


def kinds_of(parser, text):
    found = set()
    for token in parser.parse(text):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


def test_the_markdown_tells_headlines_tables_and_notes_and_cuts_long_tables():
    made = documents(stressed(), RUN)["study.md"].decode()
    assert "- queue has the largest effect: +250 USD million." in made
    assert "| queue | optimal | 1,250 | 1.00 % | +250 | +240 | +262 |" in made.replace("**", "")
    assert "and 5 more rows" in made
    assert "offer 39 " in made
    assert "offer 40 " not in made
    assert "A smaller gap would tell more." in made
    assert "Hard limits" not in made


def test_bars_are_sorted_and_leave_out_what_has_no_plan():
    bars = bars_of(study_document(stressed(), RUN), stressed().charts[0])
    assert [(bar.label, bar.is_quiet) for bar in bars] == [("queue", False), ("quake", True), ("glut", False)]


def test_the_widest_swing_stands_first_and_ends_on_one_side_do_not_hide_each_other():
    swings = swings_of(study_document(swung(), RUN), swung().charts[0])
    assert [(swing.label, swing.is_split) for swing in swings] == [("demand", True), ("price", False)]
    panel = figures_of(study_document(swung(), RUN))[0].panels[0].spec
    parts = {
        row["part"] for layer in panel["layer"] for row in layer.get("data", {}).get("values", []) if "part" in row
    }
    assert parts == {"whole", "upper", "lower"}


def test_the_frontier_runs_where_decisions_differ_and_only_there():
    found = map_of(study_document(gridded(), RUN), gridded().charts[0])
    assert found.across == ("0.8", "1", "1.2")
    assert found.down == ("1.5", "0.5")
    places = {((one.across, one.down), (other.across, other.down)) for one, other in found.borders()}
    assert places == {((1, 0), (2, 0)), ((1, 1), (2, 1)), ((2, 0), (2, 1))}
    assert map_of(study_document(regretted(), RUN), regretted().charts[0]).borders() == []


def test_bins_hold_every_value_once():
    values = [1.0, 1.0, 2.0, 3.5, 9.75, 10.0]
    bins = bins_of(values)
    assert sum(count for _, _, count in bins) == len(values)
    assert bins[0][0] <= 1.0
    assert bins[-1][1] >= 10.0
    assert all(left[1] == right[0] for left, right in itertools.pairwise(bins))
    assert bins_of([5.0, 5.0])[0][2] == 2
    assert bins_of([]) == []


def test_what_lies_within_the_gaps_is_quiet():
    assert {at for at, _ in study_document(stressed(), RUN).table("futures").quiet} == {0}
    names = [changes().columns[place].name for _, place in study_document(stressed(), RUN).table("futures").quiet]
    assert sorted(names) == ["change_least_musd", "change_most_musd", "change_musd", "change_share", "finding"]
    assert study_document(regretted(), RUN).table("regret").quiet == {(0, 1), (1, 1), (1, 2)}


def test_numbers_never_show_a_sign_without_a_digit():
    assert shown(-0.0001, Shape(1, is_signed=True)) == "0.0"
    assert shown(0.0, Shape(is_signed=True)) == "0"
    assert shown(-12.34, Shape(1)) == "−12.3"


def test_a_study_without_charts_facts_or_rows_has_documents():
    bare = Study(kind="stress", title="Bare", case_name="tiny", headlines=(), tables=(stressed().tables[1],))
    assert "None." in html(bare)
    assert set(documents(bare, RUN)) == {"study.xlsx", "report.html", "study.md"}
    none = dataclasses.replace(bare, tables=())
    assert len(documents(none, RUN)["study.xlsx"]) > 1000
