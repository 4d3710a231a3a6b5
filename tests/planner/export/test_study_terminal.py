"""Studies on narrow terminals: no number or name is cut, columns that do not fit follow below, grids are matrices."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from planner.cli.commands import app
from planner.documents.blocks import Medium
from planner.documents.cell_text import is_numeric, texts
from planner.documents.content.study_document import matrices, study_document
from planner.documents.document_terminal import MOST_ROWS, document_view
from tests.planner.export.test_study import RUN, STUDIES, gridded


def lines(study, width):
    out = io.StringIO()
    Console(file=out, width=width).print(document_view(study_document(study, RUN), width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 140])
@pytest.mark.parametrize("kind", STUDIES)
def test_numbers_and_names_are_never_cut(kind, width):
    study = STUDIES[kind]
    shown = lines(study, width)
    assert all(len(line) <= width for line in shown)
    text = "\n".join(shown)
    assert "…" not in text
    words = set(text.split())
    for table in study_document(study, RUN).tables(Medium.TERMINAL):
        for place, column in enumerate(table.columns):
            if is_numeric(column) and not column.spare:
                cells = {row[place] for row in texts(table)[:MOST_ROWS]} - {""}
                assert all(set(cell.split()) <= words for cell in cells), (column.name, cells)


def test_columns_that_do_not_fit_follow_below_by_the_labels_of_their_rows():
    shown = lines(STUDIES["tornado"], 40)
    headings = [line.split() for line in shown if line.startswith("Input")]
    assert [line[:2] for line in headings] == [["Input", "End"]] * len(headings)
    assert sum(line.startswith("price   low") for line in shown) == len(headings) > 1


def test_a_grid_is_a_matrix_with_one_input_across_and_the_other_down():
    study = gridded()
    costs, decided = matrices(study.table("grid"))
    records = study.table("grid").records()
    across = list(dict.fromkeys(row["x"] for row in records))
    down = list(dict.fromkeys(row["y"] for row in records))
    assert [row[0] for row in costs.rows] == down
    for row in records:
        at = down.index(row["y"]), across.index(row["x"]) + 1
        assert costs.rows[at[0]][at[1]] == row.get("cost_musd")
        assert decided.rows[at[0]][at[1]] == row["mark"]
    shown = lines(study, 80)
    assert "speed (across) and demand (down)" in shown
    assert sum("0.8" in line and "1.0" in line and "1.2" in line for line in shown) == 2


@pytest.mark.parametrize("width", ["40", "60", "80"])
def test_help_shows_its_brackets_and_colons(width):
    said = CliRunner().invoke(app, ["tornado", "--help"], env={"COLUMNS": width, "TERMINAL_WIDTH": width}).output
    whole = " ".join(said.split())
    assert "TABLE:KEY:COLUMN=LOW..HIGH" in whole
    assert "[default: all rows and" in whole
    assert "[default: outputs/CASE/points]" in whole
