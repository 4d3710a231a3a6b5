"""A study of a case with its rows in another order finds the same, and lists it in the order that is given."""

import csv
import os
import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from models.case import Price
from models.tables.strategy_rows import Budget, Scenario
from planner.cli.commands import app
from tests.case_folder import write_case
from tests.cases.orders_of_rows import shuffled
from tests.models.tiny import add, change
from tests.planner.studies.making import strategic_case

pytestmark = pytest.mark.slow

STUDIES = {
    "scenario plan": ["plan", "scenarios", "--information", "--risk-curve", "0,1"],
    "least regret": ["plan", "scenarios", "--objective", "regret"],
    "stress": ["stress", "case", "-d", "dear", "-d", "lost"],
    "regret": ["regret", "case", "--scenarios"],
    "tornado": ["tornado", "case"],
    "sample": ["sample", "case", "--count", "4"],
    "evaluate": ["evaluate", "run", "--scenarios", "--count", "4"],
    "explain": ["explain", "run"],
    "alternatives": ["alternatives", "run", "--within", "20%", "--count", "3"],
    "robust": ["robust", "run", "--scenarios", "--within", "20%", "--count", "1"],
    "repair": ["repair", "infeasible"],
    "stability": ["stability", "dearer", "--near", "run"],
    "causes": ["causes", "run", "dearer"],
    "backtest": ["backtest", "case", "--histories", "2"],
    "replan": ["replan", "run", "--as-of", "2028"],
}
YEARS = ("2027", "2028", "2029")
NOT_RUN = ("plan", "replan")
# ORDER_OF_ROWS=all asks for every study; these differ most in what they go by.
SOME = ("scenario plan", "least regret", "sample", "evaluate", "alternatives", "repair", "causes")
ASKED = STUDIES if os.environ.get("ORDER_OF_ROWS") == "all" else SOME


def told_apart():
    """A case with two of everything, at a gap that leaves several plans open."""
    prices = (Price(offer="beta_list", period="2028", unit_price_usd=43000.0),)
    rows = ("calm", 0.5, ()), ("bad", 0.3, ("dear",)), ("worse", 0.2, ("dearer",))
    scenarios = tuple(Scenario(scenario=n, probability=p, revealed="2028", disruptions=d) for n, p, d in rows)
    budgets = tuple(Budget(budget="cash", categories=("all",), span=span, amount_musd=9.0) for span in YEARS)
    case = add(strategic_case(use_scenarios=False), prices=prices, scenarios=scenarios, budgets=budgets)
    case = change(case, "workloads", "chat", min_service=0.5)
    return replace(case, solver=replace(case.solver, gap=0.01))


def said(*arguments):
    ended = CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1"}).invoke(app, [str(part) for part in arguments])
    assert ended.exit_code == 0, ended.output


def written(case, folder):
    """The case, and some others like it, as folders, and its run."""
    dearer = tuple(
        replace(row, unit_price_usd=row.unit_price_usd * (1.1 if row.offer == "alpha_list" else 1.0))
        for row in case.prices
    )
    little = tuple(replace(row, amount_musd=0.1) for row in case.budgets)
    others = {
        "case": case,
        "scenarios": replace(case, settings=replace(case.settings, use_scenarios=True)),
        "dearer": replace(case, prices=dearer),
        "infeasible": replace(case, budgets=little, scenarios=(), disruptions=(), uncertain=()),
    }
    for name, other in others.items():
        write_case(other, folder / name)
    said("plan", folder / "case", "-o", folder / "run", "-q")
    return folder


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The same case in two orders of its rows."""
    case = told_apart()
    return [written(one, tmp_path_factory.mktemp("order")) for one in (case, shuffled(case, 1))]


def found(folder, name):
    """The tables of a study: the cells of each row in one order, without the places of rows in their files."""
    command, *rest = STUDIES[name]
    arguments = [folder / part if (folder / part).exists() else part for part in rest]
    points = [] if command in NOT_RUN else ["--points", folder / "points" / name, "--executor", "serial"]
    said(command, *arguments, *points, "-o", folder / f"{name} made", "-q")
    files = sorted(folder.glob(f"{name} made/tables/*.csv")) or sorted(folder.glob(f"{name} made/*.csv"))
    texts = {file.name: file.read_text(encoding="utf-8").splitlines() for file in files}
    return {file: sorted(map(_cells, csv.DictReader(lines))) for file, lines in texts.items()}


def _cells(row):
    cells = [cell for column, cell in row.items() if column not in ("row", "node", "parent")]
    return sorted(part for cell in cells for part in _parts(cell))


def _parts(cell):
    try:
        return [f"{round(float(cell), 6) + 0.0:.8g}"]
    except ValueError:
        # Sentences that list several things list them in the order that is given.
        return re.split(r"[;,]? and |[;,] ?", re.sub(r"row \d+", "row", cell.lower()))


@pytest.mark.parametrize("name", ASKED)
def test_rows_in_another_order_give_the_same_study(name, places):
    first, other = (found(folder, name) for folder in places)
    assert first
    assert other == first
