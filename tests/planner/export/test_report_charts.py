from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import planner.documents.html as pages
from models.tables.fleet_rows import CATEGORIES
from planner.documents.colours import machine_colours
from planner.documents.content.cost_categories import (
    CATEGORY_COLOURS,
    CATEGORY_NAMES,
    category_colour,
    category_name,
)
from planner.documents.content.plan_timeline import groups_of
from planner.documents.timeline import Milestone, Stretch
from planner.errors import CaseFaults
from planner.report_files import write_report
from tests.planner.export.report_runs import (
    FIELDS,
    charts,
    figures,
    files_of_charts,
    own_run,
    quarter_run,
    renamed,
    run_of,
    tiny_run,
)
from tests.planner.tiny import write_tiny

NAMES = {"timeline", "service", "cash", "budgets", "worth", "power", "power_by_year", "fleet", "vendors", "quality"}


def test_every_chart_is_a_valid_specification(loaded):
    altair = pytest.importorskip("altair")
    found = charts(loaded)
    assert set(found) == NAMES
    for spec in found.values():
        altair.Chart.from_dict(spec, validate=True)


def test_every_chart_becomes_svg_and_png():
    files = files_of_charts(own_run())
    assert set(files) == {f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")}
    for name, data in files.items():
        if name.endswith("svg"):
            assert ElementTree.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"
        else:
            assert data.startswith(b"\x89PNG\r\n")


def test_charts_of_many_quarters_are_drawn():
    assert len(files_of_charts(quarter_run(), ["svg"])) == len(NAMES)


def test_hostile_names_reach_a_chart_as_text_only():
    names = {old: f"</text><script>{field}</script> datum['x']" for old, field in FIELDS.items()}
    for data in files_of_charts(renamed(tiny_run(), names), ["svg"]).values():
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(data).iter()}
        assert "script" not in tags


def test_a_long_name_of_emoji_is_drawn():
    found = files_of_charts(renamed(tiny_run(), dict.fromkeys(FIELDS, "😀" * 60)), ("svg",))
    assert all(data.startswith(b"<svg") for data in found.values())


def test_an_unknown_kind_of_chart_file_is_refused():
    with pytest.raises(ValueError, match=r"^'gif' is no kind of chart file: use svg or png\.$"):
        files_of_charts(tiny_run(), ["gif"])


def test_names_of_the_input_stand_in_data_only(loaded):
    marks = {old: f"QQ{place}" for place, old in enumerate(FIELDS)} if loaded is tiny_run() else {}

    def expressions(value, key=""):
        if isinstance(value, dict):
            return [found for name, part in value.items() if name != "values" for found in expressions(part, name)]
        if isinstance(value, list):
            return [found for part in value for found in expressions(part, key)]
        return [value] if key in ("labelExpr", "expr", "filter", "calculate", "test", "field") else []

    for spec in charts(renamed(loaded, marks) if marks else loaded).values():
        assert not [found for found in expressions(spec) if "QQ" in str(found)]


def test_the_values_of_the_fleet_chart_are_those_of_the_table(loaded):
    layer = figures(loaded)["fleet"].panels[0].spec["layer"][0]
    shown = {(row["series"], row["period"]): row["value"] for row in layer["data"]["values"]}
    expected = {}
    for row in loaded.records("active"):
        if row["period"] in loaded.periods:
            key = row["accelerator"], row["period"]
            expected[key] = expected.get(key, 0.0) + row["units"]
    assert shown == pytest.approx(expected, rel=1e-12)


def test_bars_of_the_costs_add_up_to_the_net_present_cost(loaded):
    bars = figures(loaded)["worth"].panels[0].spec["data"]["values"]
    assert sum(row["value"] for row in bars) == pytest.approx(loaded.figure("net_present_cost"), rel=1e-9)


def test_an_order_waits_from_its_period_to_the_one_in_which_it_is_due(loaded):
    row = next(group for group in groups_of(loaded) if group.title.startswith("Orders")).rows[0]
    orders = [order for order in loaded.records("orders") if order["offer"] == row.name]
    arrivals = sorted(bar.start for bar in row.bars if bar.stretch == Stretch.ARRIVAL)
    due = sorted(loaded.calendar.period_at(order["due"]) for order in orders)
    assert arrivals == [at for at in due if at < len(loaded.periods)]
    waits = sorted((bar.start, bar.end) for bar in row.bars if bar.stretch == Stretch.WAITING)
    spans = sorted(
        (
            loaded.calendar.period_at(order["period"]),
            min(len(loaded.periods), loaded.calendar.period_at(order["due"])),
        )
        for order in orders
    )
    assert waits == [span for span in spans if span[0] < span[1]]


def test_bars_in_one_lane_never_overlap(loaded):
    bars = [(row.name, bar) for group in groups_of(loaded) for row in group.rows for bar in row.bars]
    for place, (name, bar) in enumerate(bars):
        for other_name, other in bars[place + 1 :]:
            if (name, bar.lane) == (other_name, other.lane):
                assert bar.end <= other.start or other.end <= bar.start


def test_milestones_stand_in_their_periods():
    loaded = own_run()
    [tape_out] = loaded.records("tape_outs")
    row = groups_of(loaded)[0].rows[0]
    at = {mark.milestone: mark.at for mark in row.marks}
    assert at[Milestone.TAPE_OUT] == loaded.calendar.period_at(tape_out["tape_out"])
    assert at[Milestone.READY] == loaded.calendar.period_at(tape_out["ready"])


def test_every_decision_is_listed_once():
    loaded = own_run()
    tables = ("orders", "tape_outs", "acquisitions", "agreements", "expansions")
    rows = figures(loaded)["timeline"].grid.rows
    sold = [row for row in loaded.records("sales") if row["end_of_life"] == "no"]
    assert len(rows) == len(sold) + sum(len(loaded.records(name)) for name in tables)


def test_an_accelerator_has_one_colour_in_every_chart(loaded):
    drawn = figures(loaded)
    shades = dict(drawn["service"].legend)
    for name, shade in drawn["fleet"].legend:
        assert shades.get(name, shade) == shade


def test_every_series_of_a_stack_has_a_colour_and_stands_in_the_legend(loaded):
    stacks = [figure for figure in figures(loaded).values() if "layer" in figure.panels[0].spec]
    stacks = [figure for figure in stacks if "rank" in str(figure.panels[0].spec["layer"][0].get("encoding"))]
    assert {"cash", "fleet", "power", "service"} <= {figure.name for figure in stacks}
    for figure in stacks:
        for panel in figure.panels:
            bars = panel.spec["layer"][0]
            drawn = {row["series"] for row in bars["data"]["values"]}
            assert drawn <= set(bars["encoding"]["color"]["scale"]["domain"])
            assert drawn <= {label for label, _ in figure.legend}


def test_every_category_has_a_name_and_a_colour():
    assert set(CATEGORY_COLOURS) == set(CATEGORY_NAMES) <= set(CATEGORIES)
    assert len({category_colour(category) for category in CATEGORIES}) == len(CATEGORIES)
    assert all(category_name(category) for category in CATEGORIES)


def test_machines_of_one_vendor_differ_in_colour():
    shades = machine_colours([(f"m{i}", "v") for i in range(7)], ("v",))
    assert len(set(shades.values())) == 7


def test_vega_is_the_bundle_of_vl_convert_without_its_addresses():
    vl_convert = pytest.importorskip("vl_convert")
    bundle = vl_convert.javascript_bundle()
    swaps = {
        " (https://github.com/vega/vega-lite/issues/2415)": "",
        "https://vega.github.io/schema/vega/v6.json": "/schema/vega/v6.json",
        "https://vega.github.io/editor/": "about:blank",
    }
    for address, instead in swaps.items():
        bundle = bundle.replace(address, instead)
    # The kept file spells this property as an index.
    bundle = re.sub(r"\.(library)", r'["\1"]', bundle)
    kept = (Path(pages.__file__).parent / "vega.js").read_text(encoding="utf-8")
    assert kept == bundle.rstrip("\n") + "\n"


def test_the_report_is_written_whole_and_beside_the_plan(tmp_path):
    run = run_of(write_tiny(tmp_path / "case"))
    paths = write_report(run, charts=["svg"])
    assert [path.name for path in paths[:2]] == ["report.html", "plan.md"]
    assert {path.name for path in paths[2:]} == {f"{name}.svg" for name in NAMES}
    assert paths[0].read_text(encoding="utf-8").endswith("</html>\n")
    assert not [path for path in run.rglob("*.partial")]
    again = write_report(run, out=tmp_path / "elsewhere")
    assert [path.parent for path in again] == [tmp_path / "elsewhere"] * 3
    assert [path.name for path in again] == ["report.html", "plan.md", "plan.xlsx"]
    stamped = again[0].read_text(encoding="utf-8")
    for stamp in (
        '<li class="care"><b>!</b> Draft: not approved.</li>',
        "<dt>Approval</dt><dd>Draft: not approved.</dd>",
    ):
        assert stamped.count(stamp) == 1
        stamped = stamped.replace(stamp, "")
    assert stamped == paths[0].read_text(encoding="utf-8")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(CaseFaults, match="is not a run: it has no manifest"):
        write_report(tmp_path)


def test_a_report_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("x")
    run = run_of(write_tiny(tmp_path / "case"))
    with pytest.raises(CaseFaults, match="cannot be written to"):
        write_report(run, out=tmp_path / "file" / "below")


def test_specifications_are_plain_data(loaded):
    for spec in charts(loaded).values():
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
