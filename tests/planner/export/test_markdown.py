from __future__ import annotations

import re

import pytest

from planner.documents.document_markdown import escaped
from planner.documents.number_text import money, percent
from tests.planner.export.report_runs import (
    FIELDS,
    NOTE,
    PAYLOADS,
    plan_markdown,
    renamed,
    tiny_run,
    with_manifest,
)


def tables_of(text):
    """Each table as rows of cells; escaped bars belong to their cell."""
    found, rows = [], []
    for line in [*text.split("\n"), ""]:
        if line.startswith("| "):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            found.append(rows)
            rows = []
    return found


def test_it_has_headline_decisions_cash_service_what_binds_and_status(loaded):
    text = plan_markdown(loaded)
    assert text.startswith(f"# {loaded.case.settings.name}\n")
    headings = [line for line in text.split("\n") if line.startswith("## ")]
    owed = ["## Owed after the end"] if loaded.records("owed") else []
    worth = ["## What each strategic decision is worth"] if loaded.records("decision_values") else []
    binds = [name for name in ("## What binds, what saves most first", "## Nearly used up") if name in headings]
    assert headings == [
        *worth,
        "## What to do, and when",
        "## Capacity and demand by workload",
        "## Cash",
        "## Cash: capital and running cost",
        "## Cash against budgets",
        *owed,
        "## Obligations and counterparties",
        "## What binds, and what more of it saves",
        *binds,
        "## Assumptions and data quality",
        "## What limits this, and how to read it",
        "## About",
    ]


def test_every_row_of_a_table_has_the_cells_of_its_header(loaded):
    for rows in tables_of(plan_markdown(loaded)):
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_figures_are_those_of_the_tables(loaded):
    figures = {row[0]: row[1] for row in tables_of(plan_markdown(loaded))[0]}
    assert figures["Net present cost"] == money(loaded.figure("net_present_cost"))
    assert figures["Demand served"] == percent(loaded.figure("least_share_served"), 2)
    assert figures["Cash per 1,000 queries"] == f"{loaded.figure('cost_per_thousand_queries'):,.2f}"


def test_each_budget_row_is_there(loaded):
    (shown,) = [rows[2:] for rows in tables_of(plan_markdown(loaded)) if rows[0][:2] == ["Budget", "Span"]]
    rows = [row for row in loaded.records("budgets") if row["span"][:4] <= loaded.periods[-1][:4]]
    assert [row[1] for row in shown] == [row["span"] for row in rows]
    found = [float(row[2].replace(",", "")) for row in shown]
    assert found == pytest.approx([row["spent_musd"] for row in rows], rel=0.01, abs=0.01)


def test_a_gap_is_told_in_per_cent_and_in_money():
    gapped = with_manifest(tiny_run(), status="feasible", stop="time", gap=0.0123, gap_musd=45.6)
    assert "**!** Best plan found: at most 1.3 % (45.6 USD million) above" in plan_markdown(gapped)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_make_no_markup_no_link_and_no_cell(payload):
    names = {old: f"{payload} {field}" for old, field in FIELDS.items()} | {NOTE: payload}
    plain, text = plan_markdown(tiny_run()), plan_markdown(renamed(tiny_run(), names))
    shape = [[len(row) for row in rows] for rows in tables_of(text)]
    assert shape == [[len(row) for row in rows] for rows in tables_of(plain)]
    assert text.count("\n") == plain.count("\n")
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", text).replace("<br>", "")
    assert not re.search(r"https?://|www\.", bare)
    assert not set("<>[]`") & set(bare)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("gen2031_list", "gen2031_list"),
        ("_x_", r"\_x\_"),
        ("a|b", r"a\|b"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("-13,268", "-13,268"),
        ("99.81", "99.81"),
        ("two\nlines", "two lines"),
        ("# head", r"\# head"),
        ("me@here.example", r"me\@here.example"),
    ],
)
def test_text_is_escaped_where_it_would_be_read_as_markup(words, shown):
    assert escaped(words) == shown


def test_the_same_plan_gives_the_same_text(loaded):
    assert plan_markdown(loaded) == plan_markdown(loaded)
